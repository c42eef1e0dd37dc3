//! Finding products and categories by what names them.

use crate::shop::*;
use catalog::*;
use commerce::availability::Availability;

#[tokio::test]
async fn products_are_found_by_every_key_they_have() {
    let shop = Shop::new();
    let mut parent = mug(500);
    parent.slug = "teapot".into();
    parent.variants = vec![variant(501, 501, 1_000), variant(502, 502, 1_200)];
    parent.variants[0].slug = "teapot-small".into();
    parent.variants[1].slug = "teapot-large".into();
    parent.oscar_keys = vec![900, 901];
    let documents: Vec<_> = (0..100).map(mug).chain([parent.clone()]).collect();
    shop.publish(documents.clone()).await;
    let snapshot = shop.snapshot().await;
    assert_eq!(snapshot.products(), 101);
    for document in &documents {
        assert_eq!(snapshot.product(&document.slug).unwrap().as_ref(), Some(document));
        assert_eq!(snapshot.product_by_id(document.id).unwrap().as_ref(), Some(document));
    }
    assert_eq!(snapshot.product_by_id(product_id(502)).unwrap(), Some(parent));
    assert_eq!(snapshot.slug_by_variant_slug("teapot-small").unwrap().as_deref(), Some("teapot"));
    assert_eq!(snapshot.slug_by_oscar_key(901).unwrap().as_deref(), Some("teapot"));
    assert_eq!(snapshot.slug_by_oscar_key(7).unwrap().as_deref(), Some("mug-7"));
    let several = snapshot.products_by_id(&[product_id(3), product_id(9_999), product_id(1)]).unwrap();
    let several: Vec<_> = several.iter().map(|found| found.as_ref().map(|document| document.slug.as_str())).collect();
    assert_eq!(several, [Some("mug-3"), None, Some("mug-1")]);
    let cards = snapshot.cards(&[product_id(3), product_id(9_999), product_id(1)]).unwrap();
    assert_eq!(cards.iter().map(|card| card.slug.as_str()).collect::<Vec<_>>(), ["mug-3", "mug-1"]);
    for missing in ["", "mug-1000", "MUG-1", "mug-1/", "\0", &"x".repeat(100_000)] {
        assert_eq!(snapshot.product(missing).unwrap(), None, "{missing:.20}");
    }
    assert_eq!(snapshot.slug_by_oscar_key(-1).unwrap(), None);
    assert_eq!(snapshot.slug_by_variant_slug("teapot").unwrap(), None);
}

#[tokio::test]
async fn categories_know_their_place_and_their_products() {
    let shop = Shop::new();
    let in_category = |number, category| {
        let mut mug = mug(number);
        mug.categories = vec![category_id(category)];
        mug
    };
    let mut both = in_category(4, 3);
    both.categories.push(category_id(2));
    shop.publish(vec![in_category(1, 1), in_category(2, 2), in_category(3, 3), both]).await;
    let snapshot = shop.snapshot().await;
    assert_eq!([1, 2, 3, 4].map(|number| snapshot.products_in(category_id(number))), [4, 3, 2, 0]);
    assert_eq!(snapshot.category_by_slug("category-3").map(|category| category.id), Some(category_id(3)));
    assert_eq!(snapshot.category_by_oscar_key(2).map(|category| category.id), Some(category_id(2)));
    let path: Vec<_> = snapshot.category_path(category_id(3)).iter().map(|category| category.id).collect();
    assert_eq!(path, [1, 2, 3].map(category_id));
    assert!(snapshot.category_path(category_id(99)).is_empty());
    assert_eq!(snapshot.categories(), front().categories);
}

#[tokio::test]
async fn a_tree_that_bites_its_tail_still_opens() {
    let shop = Shop::new();
    let mut front = front();
    front.categories[0].parent = Some(category_id(3));
    let draft = shop.draft(front, vec![mug(1)]).unwrap();
    shop.publisher.publish_full(draft, stamp(1)).await.unwrap();
    let snapshot = shop.snapshot().await;
    assert_eq!(snapshot.products_in(category_id(3)), 1);
    assert!(!snapshot.category_path(category_id(1)).is_empty());
}

#[tokio::test]
async fn every_address_is_listed_once_over_base_and_small_parts() {
    let shop = Shop::new();
    shop.publish((0..200).map(mug).collect()).await;
    let mut moved = mug(5);
    moved.slug = "moved".into();
    moved.updated_at = moment(77);
    shop.change(vec![moved, mug(1_000)], vec![product_id(7)]).await;
    let snapshot = shop.snapshot().await;
    for size in [1, 3, 50, 199, 200, 201, SLUGS_MAX] {
        let (mut found, mut next, mut pages) = (Vec::new(), None, 0);
        loop {
            let page = snapshot.slugs(next, size).unwrap();
            found.extend(page.entries);
            next = page.next;
            pages += 1;
            assert!(pages <= 201, "the walk ends");
            if next.is_none() {
                break;
            }
        }
        let mut slugs: Vec<_> = found.iter().map(|entry| entry.slug.clone()).collect();
        slugs.sort();
        let mut want: Vec<_> = (0..200).filter(|n| ![5, 7].contains(n)).map(|n| format!("mug-{n}")).collect();
        want.extend(["moved".into(), "mug-1000".into()]);
        want.sort();
        assert_eq!(slugs, want, "pages of {size}");
        assert!(found.contains(&SlugEntry { slug: "moved".into(), updated_at: moment(77) }));
    }
}

#[tokio::test]
async fn stock_that_changed_since_is_told_from_the_overlay() {
    let shop = Shop::new();
    shop.publish(vec![mug(1)]).await;
    let reader = shop.reader().await;
    let before = reader.current();
    assert_eq!(before.availability(Some(stock_id(1)), Availability::Available), Availability::Available);
    let records = vec![(stock_id(1), Availability::SoldOut), (stock_id(2), Availability::FewLeft)];
    assert_eq!(shop.publisher.publish_stock(records, stamp(11)).await.unwrap(), 1);
    let view = reader.look(moment(100)).await.view;
    for (record, from_document, want) in [
        (Some(stock_id(1)), Availability::Available, Availability::SoldOut),
        (Some(stock_id(2)), Availability::SoldOut, Availability::FewLeft),
        (Some(stock_id(3)), Availability::SoldOut, Availability::SoldOut),
        (Some(stock_id(2)), Availability::NotForSale, Availability::NotForSale),
        (None, Availability::Available, Availability::Available),
    ] {
        assert_eq!(view.availability(record, from_document), want, "{record:?}");
    }
    assert_eq!(before.stock.sequence(), 0, "who holds the old view keeps it");
    let old = Stamp { fence: 0, ..stamp(12) };
    assert!(matches!(shop.publisher.publish_stock(Vec::new(), old).await, Err(PublishError::Fenced { .. })));
    assert_eq!(shop.publisher.publish_stock(Vec::new(), stamp(12)).await.unwrap(), 2);
    let view = reader.look(moment(200)).await.view;
    assert_eq!(view.availability(Some(stock_id(1)), Availability::Available), Availability::Available);
}
