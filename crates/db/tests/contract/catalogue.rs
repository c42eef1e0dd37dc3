//! The catalogue comes back as it was written.

use crate::sample::{category, full_product, plain_product, record_id, setup, stock_record, uuid};
use crate::support::{NOW, TestDb, on_both};
use commerce::catalogue::stock_record::PRIOR_PRICE_MS;
use commerce::catalogue::{ProductEntry, Structure};
use commerce::ids::ProductId;
use commerce::slug::Slug;
use db::DbError;
use db::checkouts::OnSale;
use db::products::RangedRow;
use db::uploads::Upload;

on_both![
    a_setup_comes_back_as_it_was_written,
    a_product_comes_back_as_it_was_written,
    a_family_has_its_children_in_order,
    writing_a_product_again_keeps_what_was_sold,
    writing_a_record_again_adds_no_unit,
    a_slug_is_taken_once,
    an_address_of_before_is_kept_until_somebody_takes_it,
    what_was_made_of_an_upload_is_found_by_its_file,
    slugs_that_begin_alike_are_found,
    many_products_are_paged_by_id,
    price_changes_are_found_by_time,
    an_article_number_is_found_for_each_partner,
    what_ranges_know_products_by_is_listed_in_pages,
];

async fn put(test: &TestDb, entries: &[ProductEntry]) -> Result<(), DbError> {
    let mut tx = test.db.begin().await?;
    let entries: Vec<_> = entries.iter().cloned().zip(0..).collect();
    tx.put_products(&entries).await?;
    tx.commit().await
}

async fn load(test: &TestDb, number: u64) -> db::products::Family {
    test.db.load_families(&[ProductId::new(uuid(number))]).await.unwrap().remove(0)
}

async fn a_setup_comes_back_as_it_was_written(test: TestDb) {
    for round in 0..2 {
        let mut tx = test.db.begin().await.unwrap();
        tx.put_catalogue_setup(&setup()).await.unwrap();
        tx.commit().await.unwrap();
        assert_eq!(test.db.load_catalogue_setup().await.unwrap(), setup(), "round {round}");
    }
    let mut changed = category(2, None);
    changed.is_public = false;
    let mut tx = test.db.begin().await.unwrap();
    tx.put_category(&changed).await.unwrap();
    tx.commit().await.unwrap();
    assert_eq!(test.db.load_catalogue_setup().await.unwrap().categories[1], changed);
}

async fn a_product_comes_back_as_it_was_written(test: TestDb) {
    let mut odd = full_product(2, 70);
    odd.product.measure = None;
    odd.product.weight_kg = None;
    odd.product.rating_hundredths = None;
    odd.product.upc = None;
    odd.stock_records.push(stock_record(22, odd.product.id, None));
    put(&test, &[full_product(1, 100), odd.clone()]).await.unwrap();
    for want in [full_product(1, 100), odd] {
        let family = test.db.load_families(&[want.product.id]).await.unwrap().remove(0);
        assert_eq!(family.head.entry, want);
        assert_eq!((family.head.sold, family.children.len()), (0, 0));
    }
}

async fn a_family_has_its_children_in_order(test: TestDb) {
    let mut parent = plain_product(1, None);
    parent.product.structure = Structure::Parent(parent.product.structure.class().unwrap());
    parent.stock_records.clear();
    let mut entries = vec![parent.clone()];
    for number in [4, 2, 3] {
        let mut child = full_product(number, 5);
        child.product.structure = Structure::Child(parent.product.id);
        entries.push(child);
    }
    put(&test, &entries).await.unwrap();
    let family = load(&test, 1).await;
    assert_eq!(family.head.entry, parent);
    let children: Vec<_> = family.children.into_iter().map(|child| child.entry).collect();
    assert_eq!(children, entries[1..], "as their positions say, not their ids");
    let ids = [3, 4, 1].map(|number| ProductId::new(uuid(number)));
    assert_eq!(test.db.find_family_heads(&ids).await.unwrap(), [parent.product.id]);
    assert_eq!(test.db.list_family_ids(None).await.unwrap(), [parent.product.id], "children have no page");
}

async fn writing_a_product_again_keeps_what_was_sold(test: TestDb) {
    let entry = full_product(1, 100);
    put(&test, std::slice::from_ref(&entry)).await.unwrap();
    let mut tx = test.db.begin().await.unwrap();
    tx.add_sold(entry.product.id, 3).await.unwrap();
    tx.set_stock(record_id(1), Some(40), 40).await.unwrap();
    tx.commit().await.unwrap();
    let mut again = entry.clone();
    again.product.version = 5;
    put(&test, std::slice::from_ref(&again)).await.unwrap();
    let head = load(&test, 1).await.head;
    assert_eq!(head.sold, 3);
    assert_eq!(head.entry.product.version, 5);
    assert_eq!(head.entry.stock_records[0].on_hand, Some(40), "what is in the house is counted, not imported");
    let level = test.db.stock_level(record_id(1)).await.unwrap().unwrap();
    assert_eq!((level.free, level.held, level.claimed), (40, 0, 0));
}

async fn writing_a_record_again_adds_no_unit(test: TestDb) {
    // One bucket first; the second time the entry tells of so many units that there would be sixteen.
    for (round, told) in [(0, Some(10)), (1, Some(1_000)), (2, None), (3, Some(500))] {
        put(&test, &[plain_product(1, told)]).await.unwrap();
        let mut tx = test.db.begin_read().await.unwrap();
        let on_sale = tx.on_sale(&[record_id(1)]).await.unwrap();
        let OnSale { buckets, prices, .. } = &on_sale[&record_id(1)];
        assert_eq!(buckets.iter().map(|bucket| bucket.free).collect::<Vec<_>>(), [10], "round {round}");
        assert_eq!(prices.len(), 3, "prices are replaced");
    }
    assert_eq!(test.db.list_unsound_stock().await.unwrap(), []);
}

async fn a_slug_is_taken_once(test: TestDb) {
    put(&test, &[plain_product(1, None)]).await.unwrap();
    let mut other = plain_product(2, None);
    other.product.slug = Slug::parse("mug-1").unwrap();
    let error = put(&test, &[other]).await.unwrap_err();
    assert!(matches!(&error, DbError::Taken { constraint } if constraint.contains("slug")), "{error}");
    assert!(test.db.load_families(&[ProductId::new(uuid(2))]).await.unwrap().is_empty(), "nothing was written");
}

async fn an_address_of_before_is_kept_until_somebody_takes_it(test: TestDb) {
    let slugs = async |number: u64| load(&test, number).await.head.old_slugs;
    let named = |number: u64, slug: &str| {
        let mut entry = plain_product(number, None);
        entry.product.slug = Slug::parse(slug).unwrap();
        entry
    };
    put(&test, &[named(1, "mug"), named(2, "cup")]).await.unwrap();
    assert_eq!(slugs(1).await, [""; 0]);
    put(&test, &[named(1, "mug-blue")]).await.unwrap();
    put(&test, &[named(1, "blue-mug")]).await.unwrap();
    put(&test, &[named(1, "blue-mug")]).await.unwrap();
    assert_eq!(slugs(1).await, ["mug", "mug-blue"]);
    put(&test, &[named(2, "mug")]).await.unwrap();
    assert_eq!((slugs(1).await, slugs(2).await), (vec!["mug-blue".to_owned()], vec!["cup".to_owned()]));
    put(&test, &[named(2, "cup")]).await.unwrap();
    assert_eq!(slugs(2).await, ["mug"], "its own again");
}

async fn what_was_made_of_an_upload_is_found_by_its_file(test: TestDb) {
    let upload = |source: &str, made: &str, problem: &str| Upload {
        source: source.into(),
        made: made.into(),
        problem: problem.into(),
        bytes: 12,
        changed_at: 34,
    };
    let known = [upload("a.jpg", "sizes/1-2x2", ""), upload("b.svg", "", "no picture")];
    let mut tx = test.db.begin().await.unwrap();
    for upload in [&upload("a.jpg", "sizes/0-2x2", "old"), &known[0], &known[1]] {
        tx.put_upload(upload).await.unwrap();
    }
    tx.commit().await.unwrap();
    let sources = ["a.jpg", "b.svg", "c.png"].map(str::to_owned);
    let found = test.db.find_uploads(&sources).await.unwrap();
    assert_eq!(found.into_values().collect::<Vec<_>>(), known);
    assert_eq!(test.db.list_unusable_uploads().await.unwrap(), known[1..]);
}

async fn slugs_that_begin_alike_are_found(test: TestDb) {
    let mut entries = Vec::new();
    for (number, slug) in (1..).zip(["mug", "mug-2", "mug-10", "mugs", "mu", "mug2", "mug-blue"]) {
        let mut entry = plain_product(number, None);
        entry.product.slug = Slug::parse(slug).unwrap();
        entries.push(entry);
    }
    put(&test, &entries).await.unwrap();
    let found = test.db.list_slugs_like(&Slug::parse("mug").unwrap()).await.unwrap();
    assert_eq!(found, ["mug", "mug-10", "mug-2", "mug-blue"]);
    let id = test.db.find_product_by_slug(&Slug::parse("mug-10").unwrap()).await.unwrap();
    assert_eq!(id, Some(ProductId::new(uuid(3))));
    assert_eq!(test.db.find_product_by_slug(&Slug::parse("nothing").unwrap()).await.unwrap(), None);
}

async fn many_products_are_paged_by_id(test: TestDb) {
    let entries: Vec<_> = (1..=150).map(|number| plain_product(number, Some(1))).collect();
    put(&test, &entries).await.unwrap();
    let (mut after, mut seen) = (None, Vec::new());
    loop {
        let page = test.db.list_family_ids(after).await.unwrap();
        let Some(last) = page.last() else { break };
        after = Some(*last);
        let before = test.db.statements();
        assert_eq!(test.db.load_families(&page).await.unwrap().len(), page.len());
        assert_eq!(test.db.statements() - before, 6, "the number of statements does not grow with the products");
        seen.extend(page);
    }
    assert_eq!(seen, entries.iter().map(|entry| entry.product.id).collect::<Vec<_>>());
}

async fn price_changes_are_found_by_time(test: TestDb) {
    put(&test, &[plain_product(1, None)]).await.unwrap();
    let at = |ms| NOW.plus_ms(ms);
    assert_eq!(test.db.next_price_change(NOW).await.unwrap(), Some(at(1_000)));
    assert_eq!(test.db.next_price_change(at(1_000)).await.unwrap(), Some(at(9_000)));
    // For so long it is told as a reduction.
    let told = 1_000 + PRIOR_PRICE_MS;
    assert_eq!(test.db.next_price_change(at(9_000)).await.unwrap(), Some(at(told)));
    assert_eq!(test.db.next_price_change(at(told)).await.unwrap(), None);
    let id = ProductId::new(uuid(1));
    for (from, to, want) in [
        (0, 999, vec![]),
        (999, 1_000, vec![id]),
        (1_000, 9_000, vec![id]),
        (9_000, told - 1, vec![]),
        (told - 1, told, vec![id]),
        (told, told + 99_000, vec![]),
    ] {
        assert_eq!(test.db.list_price_changes(at(from), at(to)).await.unwrap(), want, "{from} to {to}");
    }
}

async fn an_article_number_is_found_for_each_partner(test: TestDb) {
    put(&test, &[plain_product(1, Some(2)), plain_product(2, Some(2))]).await.unwrap();
    let found = test.db.find_sku("SKU-2").await.unwrap();
    assert_eq!(found.iter().map(|found| found.stock_record).collect::<Vec<_>>(), [record_id(2)]);
    assert_eq!(test.db.find_sku("SKU-9").await.unwrap(), []);
}

async fn what_ranges_know_products_by_is_listed_in_pages(test: TestDb) {
    let alone = full_product(1, 1);
    let mut parent = full_product(2, 1);
    let class = parent.product.structure.class();
    parent.product.structure = Structure::Parent(class.unwrap());
    parent.stock_records.clear();
    let mut child = full_product(3, 1);
    child.product.structure = Structure::Child(parent.product.id);
    child.product.categories.clear();
    put(&test, &[alone.clone(), parent.clone(), child.clone()]).await.unwrap();
    let row = |entry: &ProductEntry, parent: Option<ProductId>| RangedRow {
        product: entry.product.id,
        parent,
        class,
        categories: alone.product.categories.clone(),
    };
    let want = [row(&alone, None), row(&child, Some(parent.product.id))];
    assert!(!alone.product.categories.is_empty());
    assert_eq!(test.db.list_ranged_products(None).await.unwrap(), want, "a parent is bought as its child");
    assert_eq!(test.db.list_ranged_products(Some(alone.product.id)).await.unwrap(), want[1..]);
    assert_eq!(test.db.list_ranged_products(Some(child.product.id)).await.unwrap(), []);
}
