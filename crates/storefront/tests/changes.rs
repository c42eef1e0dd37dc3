//! What a catalogue file changes, seen by who looks at pages: prices with what they were before, addresses.

#![allow(clippy::unwrap_used, reason = "helpers of tests: what fails here fails the test")]

mod cache_world;

use cache_world::{World, header, text};
use commerce::catalogue::stock_record::PRIOR_PRICE_MS;
use commerce::catalogue::{PriceRow, ProductEntry};
use commerce::event::Actor;
use commerce::ids::{PriceId, derived_uuid};
use commerce::money::{Currency, Money};
use shop::catalogue_file::ApplyOptions;
use shop::stock::StockChange;

async fn apply(world: &World, csv: &str) {
    let file = world.place.path().join("goods.csv");
    std::fs::write(&file, csv).unwrap();
    let report = world.shop.apply_catalogue_file(&file, ApplyOptions::default(), &Actor::Operator).await.unwrap();
    assert_eq!((report.errors, report.changed), (vec![], 1));
    world.shop.drain_outbox().await.unwrap();
    world.clock.advance_ms(1_000);
}

/// A few products at 20 pounds, and the first of them.
async fn world() -> (World, ProductEntry) {
    let amount = Money::from_minor(2_000, Currency::parse("GBP").unwrap());
    let at_20_pounds = |products: &mut Vec<ProductEntry>| {
        for record in products.iter_mut().flat_map(|entry| &mut entry.stock_records) {
            let id = PriceId::new(derived_uuid("price", &record.sku));
            record.prices = vec![PriceRow { id, amount, from: None, until: None }];
        }
    };
    let world = World::of(3, at_20_pounds, "").await;
    let ids = world.shop.db().list_family_ids(None).await.unwrap();
    let entry = world.shop.db().load_families(&ids[..1]).await.unwrap().remove(0).head.entry;
    (world, entry)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reduction_names_the_price_before_it_for_30_days() {
    let (world, mug) = world().await;
    let (sku, path) = (&mug.stock_records[0].sku, format!("/product/{}", mug.product.slug));
    let shown = async || {
        let page = text(&world.get(&path).await);
        (page.contains("£15.00"), page.contains("£20.00</del>"), page.contains("−25%"))
    };
    assert_eq!(shown().await, (false, false, false));
    let reduced = world.shop.now();
    apply(&world, &format!("sku,price_GBP\n{sku},15.00\n")).await;
    assert_eq!(shown().await, (true, true, true), "the price before, and the percentage worked out from it");
    let listing = text(&world.get("/search?sort=newest").await);
    assert!(listing.contains("£20.00</del>"), "so do the listings");

    let next = world.shop.snapshots().current().snapshot.next_change();
    assert_eq!(next, Some(reduced.plus_ms(PRIOR_PRICE_MS)), "no page may be kept beyond the last of the 30 days");
    world.clock.advance_ms(PRIOR_PRICE_MS);
    // The publisher wakes at that moment and publishes what is due.
    world.shop.publish_products(&[]).await.unwrap();
    world.clock.advance_ms(1_000);
    assert_eq!(shown().await, (true, false, false), "by then it is simply the price");

    apply(&world, &format!("sku,price_GBP\n{sku},18.00\n")).await;
    apply(&world, &format!("sku,price_GBP\n{sku},16.00\n")).await;
    assert!(!text(&world.get(&path).await).contains("</del>"), "raised first and reduced then is no reduction");
    let ids = [mug.product.id];
    let rows = world.shop.db().load_families(&ids).await.unwrap().remove(0).head.entry.stock_records.remove(0).prices;
    let mut amounts: Vec<i64> = rows.iter().map(|row| row.amount.minor()).collect();
    amounts.sort_unstable();
    assert_eq!(amounts, [1_500, 1_600, 1_800, 2_000], "what was charged is known");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_address_of_before_leads_to_the_one_of_now() {
    let (world, mug) = world().await;
    let (sku, first) = (&mug.stock_records[0].sku, mug.product.slug.to_string());
    for slug in ["a-second-name", "a-third-name"] {
        apply(&world, &format!("sku,slug\n{sku},{slug}\n")).await;
    }
    assert_eq!(world.get("/product/a-third-name").await.status(), 200);
    for old in [first.as_str(), "a-second-name"] {
        let answer = world.get(&format!("/product/{old}")).await;
        assert_eq!((answer.status().as_u16(), header(&answer, "location")), (301, "/product/a-third-name"), "{old}");
        let german = world.get(&format!("/de/product/{old}")).await;
        assert_eq!(header(&german, "location"), "/de/product/a-third-name");
    }
    world.shop.publish_all().await.unwrap();
    world.clock.advance_ms(1_000);
    assert_eq!(world.get(&format!("/product/{first}")).await.status(), 301, "a whole publish knows it too");
    // Its own name again: no way leads in a circle.
    apply(&world, &format!("sku,slug\n{sku},{first}\n")).await;
    assert_eq!(world.get(&format!("/product/{first}")).await.status(), 200);
    assert_eq!(header(&world.get("/product/a-third-name").await, "location"), format!("/product/{first}"));
    assert_eq!(world.get("/product/nobodys").await.status(), 404);
}

#[tokio::test(flavor = "multi_thread")]
async fn cards_say_at_once_that_a_product_is_sold_out_and_that_it_is_back() {
    let (world, mug) = world().await;
    let (product, record) = world.shop.find_stock_record(&mug.stock_records[0].sku).await.unwrap();
    let label = async |path: &str| {
        let page = text(&world.get(path).await);
        let link = format!("href=\"/product/{}\"", mug.product.slug);
        let card = page.split("<li class=\"card\"").find(|card| card.contains(&link)).map(str::to_owned);
        let card = card.unwrap_or_else(|| panic!("{path} shows the product"));
        (card.contains("Sold out"), card.contains("class=\"quick-add\""))
    };
    for path in ["/", "/search?sort=newest"] {
        assert_eq!(label(path).await, (false, true), "{path}");
    }
    let snapshot = world.shop.snapshots().current().snapshot.version();
    for (units, want) in [(0, (true, false)), (40, (false, true))] {
        let change = StockChange::Set(units);
        world.shop.change_stock(product, record, change, "counted", &Actor::Operator).await.unwrap();
        world.shop.drain_outbox().await.unwrap();
        world.clock.advance_ms(1_000);
        for path in ["/", "/search?sort=newest"] {
            assert_eq!(label(path).await, want, "{units} units on {path}");
        }
    }
    assert_eq!(world.shop.snapshots().current().snapshot.version(), snapshot, "stock makes no snapshot");
}
