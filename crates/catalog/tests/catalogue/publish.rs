//! Publishing: what is refused, what it means for the edge, what is kept and for how long.

use crate::shop::*;
use catalog::document::ProductDocument;
use catalog::query::ListingQuery;
use catalog::*;
use commerce::availability::Availability;
use commerce::ids::{CategoryId, ProductId};
use commerce::money::{Currency, Money};
use std::collections::BTreeSet;

#[tokio::test]
async fn what_is_there_twice_is_refused() {
    let shop = Shop::new();
    let edited = |number, edit: fn(&mut ProductDocument)| {
        let mut mug = mug(number);
        edit(&mut mug);
        mug
    };
    let cases = [
        ("slug", edited(2, |mug| mug.slug = "mug-1".into())),
        ("id", edited(2, |mug| mug.id = product_id(1))),
        ("variant", edited(2, |mug| mug.variants = vec![variant(1, 9, 1)])),
        ("key in oscar", edited(2, |mug| mug.oscar_keys = vec![1])),
    ];
    for (case, double) in &cases {
        let draft = shop.draft(front(), vec![mug(1), double.clone()]);
        assert!(matches!(draft, Err(PublishError::Duplicate(_))), "{case}");
    }
    shop.publish(vec![mug(1), mug(2)]).await;
    let changes = Changes { upserts: vec![cases[0].1.clone()], ..Changes::default() };
    let taken = shop.publisher.publish_changes(changes, stamp(2)).await;
    assert!(matches!(taken, Err(PublishError::Duplicate(_))));
    // Two that swap addresses are no double.
    let swapped = vec![edited(1, |mug| mug.slug = "mug-2".into()), edited(2, |mug| mug.slug = "mug-1".into())];
    shop.change(swapped, Vec::new()).await;
    let snapshot = shop.snapshot().await;
    assert_eq!(snapshot.product("mug-1").unwrap().map(|mug| mug.id), Some(product_id(2)));
    assert_eq!(snapshot.product("mug-2").unwrap().map(|mug| mug.id), Some(product_id(1)));
    let doubles: [fn(&mut Front); 3] = [
        |front| front.categories.push(front.categories[0].clone()),
        |front| front.languages.push(en()),
        |front| front.currencies.push(eur()),
    ];
    for double in doubles {
        let mut front = front();
        double(&mut front);
        assert!(matches!(shop.draft(front, Vec::new()), Err(PublishError::Duplicate(_))));
    }
    let mut front = front();
    front.synonyms = vec![vec!["a".into()]; SYNONYM_GROUPS_MAX + 1];
    assert!(matches!(shop.draft(front, Vec::new()), Err(PublishError::TooMany { .. })));
}

#[tokio::test]
async fn an_empty_catalogue_is_a_catalogue() {
    let shop = Shop::new();
    shop.publisher.publish_full(shop.draft(Front::default(), Vec::new()).unwrap(), stamp(1)).await.unwrap();
    let snapshot = shop.snapshot().await;
    assert_eq!(snapshot.listing(&listing()).unwrap().total, 0);
    assert_eq!(snapshot.product("mug-1").unwrap(), None);
    assert!(snapshot.suggest("mug", en(), eur()).unwrap().is_empty());
    assert!(snapshot.slugs(None, 10).unwrap().entries.is_empty());
    let search = ListingQuery { words: Some("mug".into()), ..listing() };
    assert_eq!(snapshot.listing(&search).unwrap().total, 0);
}

#[tokio::test]
async fn a_change_purges_the_product_and_its_categories_old_and_new() {
    let shop = Shop::new();
    shop.publish(vec![mug(1), mug(2)]).await;
    let products = |numbers: &[u64]| numbers.iter().map(|n| product_id(*n)).collect::<BTreeSet<ProductId>>();
    let categories = |numbers: &[u64]| numbers.iter().map(|n| category_id(*n)).collect::<BTreeSet<CategoryId>>();
    let mut state = mug(1);
    let steps: [(&str, fn(&mut ProductDocument), &[u64], &[u64], &[u64]); 6] = [
        ("nothing", |_| {}, &[], &[], &[]),
        ("text of the page", |mug| mug.description = texts("New.", "Neu."), &[], &[], &[1]),
        ("units sold", |mug| mug.sold = 9, &[], &[], &[]),
        ("price", |mug| mug.variants[0].prices[0].amount = Money::from_minor(5, eur()), &[1], &[1], &[]),
        ("category", |mug| mug.categories = vec![category_id(3)], &[1], &[1, 2, 3], &[]),
        ("facet", |mug| mug.attributes = vec![choice("colour", "red")], &[1], &[1, 2, 3], &[]),
    ];
    for (case, edit, cards, listed, pages) in steps {
        edit(&mut state);
        let purge = shop.change(vec![state.clone()], Vec::new()).await.purge;
        let (cards, categories, pages) = (products(cards), categories(listed), products(pages));
        assert_eq!(purge, Purge { cards, categories, pages, ..Purge::default() }, "{case}");
    }
    let purge = shop.change(vec![mug(3)], vec![product_id(1)]).await.purge;
    assert_eq!((purge.cards, purge.categories), (products(&[1, 3]), categories(&[1, 2, 3])));
    assert!(shop.change(Vec::new(), vec![product_id(99)]).await.purge.is_empty());
    let mut renamed = front();
    renamed.categories[0].name = texts("Cookery", "Küche");
    let changes = Changes { front: Some(renamed), ..Changes::default() };
    let purge = shop.publisher.publish_changes(changes, stamp(3)).await.unwrap().purge;
    assert!(purge.store && purge.cards.is_empty());
    let snapshot = shop.snapshot().await;
    assert_eq!(snapshot.categories()[0].name.get(&[en()]), "Cookery");
}

#[tokio::test]
async fn stock_alone_purges_no_listing() {
    use Availability as A;
    let shop = Shop::new();
    let mut state = mug(1);
    state.variants[0].availability = A::Available;
    shop.publish(vec![state.clone()]).await;
    for (case, now, restocked, crossed) in [
        ("the same", A::Available, false, false),
        ("few left", A::FewLeft, true, false),
        ("sold out", A::SoldOut, true, true),
        ("back", A::Available, true, true),
    ] {
        state.variants[0].availability = now;
        let purge = shop.change(vec![state.clone()], Vec::new()).await.purge;
        let is_in = |yes: bool| yes.then_some(product_id(1)).into_iter().collect::<BTreeSet<_>>();
        let want = Purge { restocked: is_in(restocked), crossed: is_in(crossed), ..Purge::default() };
        assert_eq!(purge, want, "{case}");
    }
    // Together with something else it is that.
    state.variants[0].availability = A::SoldOut;
    state.variants[0].prices[0].amount = Money::from_minor(5, eur());
    let purge = shop.change(vec![state.clone()], Vec::new()).await.purge;
    assert_eq!((purge.cards.len(), purge.categories.len(), purge.crossed.len()), (1, 1, 1));
    // What has no price any more is no question of stock.
    state.variants[0].availability = A::NotForSale;
    state.variants[0].prices.clear();
    let purge = shop.change(vec![state], Vec::new()).await.purge;
    assert_eq!((purge.cards.len(), purge.restocked.len(), purge.crossed.len()), (1, 0, 0));
}

#[tokio::test]
async fn a_new_currency_needs_a_whole_publish() {
    let shop = Shop::new();
    shop.publish(vec![mug(1)]).await;
    let mut front = front();
    front.currencies.push(Currency::parse("USD").unwrap());
    let changes = Changes { front: Some(front.clone()), ..Changes::default() };
    let refused = shop.publisher.publish_changes(changes, stamp(2)).await;
    assert!(matches!(refused, Err(PublishError::NeedsFull(_))));
    shop.publisher.publish_full(shop.draft(front, vec![mug(1)]).unwrap(), stamp(3)).await.unwrap();
    assert_eq!(shop.snapshot().await.currencies().len(), 2);
}

#[tokio::test]
async fn small_parts_stay_few() {
    let shop = Shop::new();
    shop.publish((0..50).map(mug).collect()).await;
    let mut most = 0;
    for round in 0..70_u64 {
        let mut changed = mug(round % 7);
        changed.sold = round;
        shop.change(vec![changed], Vec::new()).await;
        let needed = shop.snapshot().await.file_count();
        most = most.max(needed);
    }
    assert!(most < 21 * 10, "{most} files in one snapshot");
    let snapshot = shop.snapshot().await;
    assert_eq!(snapshot.products(), 50);
    assert_eq!(snapshot.product("mug-6").unwrap().map(|mug| mug.sold), Some(69));
    assert!(snapshot.changes_since_full() <= 27, "merged parts hold each product once");
}

#[tokio::test]
async fn a_whole_publish_is_advised_when_much_has_changed() {
    let shop = Shop::new();
    shop.publish((0..100).map(mug).collect()).await;
    assert!(!shop.change((0..900).map(mug).collect(), Vec::new()).await.full_advised);
    assert!(shop.change((900..1_100).map(mug).collect(), Vec::new()).await.full_advised);
}

#[tokio::test]
async fn collection_keeps_what_the_last_seven_days_needed() {
    const DAY: i64 = 24 * 60 * 60;
    let shop = Shop::new();
    // Files bear today's date, so the story is told from here on.
    let today = std::fs::metadata(shop.folder.path()).unwrap().modified().unwrap();
    let today = i64::try_from(today.duration_since(std::time::UNIX_EPOCH).unwrap().as_secs()).unwrap();
    let day = |days: i64| moment(today + days * DAY);
    let publish = async |days: i64, number: u64| {
        let stamp = Stamp { now: day(days), fence: 1, next_change: None };
        shop.publisher.publish_full(shop.draft(front(), vec![mug(number)]).unwrap(), stamp).await.unwrap();
    };
    publish(0, 1).await;
    let first = shop.reader().await;
    publish(10, 2).await;
    publish(15, 3).await;
    std::fs::write(shop.folder.path().join("snapshot/notes.txt"), "not ours").unwrap();
    let collect = async |days: i64| shop.publisher.collect(day(days)).await.unwrap();
    assert_eq!(collect(15).await, Collected::default(), "the first was replaced on day 10");
    let collected = collect(18).await;
    assert_eq!(collected.manifests, 1);
    assert!(collected.files > 2, "{collected:?}");
    let old = first.current().snapshot;
    assert_eq!(old.product("mug-1").unwrap(), Some(mug(1)), "who has it open still reads it");
    let files = shop.files();
    assert!(files.iter().any(|name| name == "manifest-00000000000000000002"), "{files:?}");
    assert!(files.iter().any(|name| name == "notes.txt"));
    assert_eq!(collect(23).await.manifests, 1);
    let last = collect(100).await;
    assert_eq!(last, Collected::default(), "what current names is never deleted");
    shop.snapshot().await.verify_all().unwrap();
    assert_eq!(first.look(day(100)).await.view.snapshot.version(), 3);
}
