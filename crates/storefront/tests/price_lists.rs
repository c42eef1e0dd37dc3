//! Price lists as shoppers see them: tiers and the market's price on pages that everybody shares, a group's price on
//! none.

#![allow(clippy::unwrap_used, reason = "helpers of tests: what fails here fails the test")]

mod cache_world;

use cache_world::{World, text};
use commerce::basket::Quantity;
use commerce::catalogue::{PriceRow, ProductEntry};
use commerce::event::Actor;
use commerce::ids::{CustomerGroupId, PriceId, PriceListId, derived_uuid};
use commerce::market::MarketCode;
use commerce::money::{Currency, Money};
use commerce::price_list::{PriceEffect, PriceList, PriceListParts};
use shop::price_lists::PriceChange;

fn pounds(pence: i64) -> Money {
    Money::from_minor(pence, Currency::parse("GBP").unwrap())
}

/// Two products at 20 pounds and 30 euros.
async fn world() -> (World, Vec<ProductEntry>) {
    let priced = |products: &mut Vec<ProductEntry>| {
        for record in products.iter_mut().flat_map(|entry| &mut entry.stock_records) {
            let row = |code: &str, minor: i64| PriceRow {
                id: PriceId::new(derived_uuid("price", &format!("{} {code}", record.sku))),
                amount: Money::from_minor(minor, Currency::parse(code).unwrap()),
                from: None,
                until: None,
            };
            record.prices = vec![row("GBP", 2_000), row("EUR", 3_000)];
        }
    };
    let world = World::of(2, priced, "").await;
    let ids = world.shop.db().list_family_ids(None).await.unwrap();
    let families = world.shop.db().load_families(&ids).await.unwrap();
    (world, families.into_iter().map(|family| family.head.entry).collect())
}

async fn put(
    world: &World,
    name: &str,
    change: impl FnOnce(&mut PriceListParts),
    prices: &[(&ProductEntry, u32, Money)],
) {
    let mut parts = PriceListParts {
        id: PriceListId::new(derived_uuid("price list", name)),
        name: name.to_owned(),
        currency: pounds(0).currency(),
        market: None,
        group: None,
        from: None,
        until: None,
        effect: PriceEffect::Lowers,
        created_at: world.shop.now(),
    };
    change(&mut parts);
    let list = PriceList::new(parts).unwrap();
    world.shop.save_price_list(&list, &Actor::Operator).await.unwrap();
    let change = |(entry, minimum, amount): &(&ProductEntry, u32, Money)| PriceChange {
        record: entry.stock_records[0].id,
        product: entry.product.id,
        minimum: Quantity::new(*minimum).unwrap(),
        amount: Some(*amount),
    };
    let changes: Vec<PriceChange> = prices.iter().map(change).collect();
    world.shop.change_listed_prices(list.id(), &changes, &Actor::Operator).await.unwrap();
    world.shop.drain_outbox().await.unwrap();
    world.clock.advance_ms(1_000);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_page_says_what_more_units_cost_in_both_languages() {
    let (world, goods) = world().await;
    let path = format!("/product/{}", goods[0].product.slug);
    let german = world.shop.settings().markets.iter().find(|market| market.currency.code() == "EUR").unwrap().clone();
    let page = async |path: &str| text(&world.get(path).await);
    assert!(!page(&path).await.contains("data-tiers"), "a product without tiers has no list of them");
    put(&world, "Six", |_| {}, &[(&goods[0], 6, pounds(1_750)), (&goods[0], 12, pounds(1_500))]).await;
    let euros = |minor| Money::from_minor(minor, german.currency);
    put(&world, "Sechs", |list| list.currency = german.currency, &[(&goods[0], 6, euros(2_550))]).await;
    let english = page(&path).await;
    let tiers = english.split("data-tiers").nth(1).and_then(|rest| rest.split("</ul>").next()).unwrap().to_owned();
    for words in ["from 6: £17.50 each", "from 12: £15.00 each"] {
        assert!(tiers.contains(words), "{words}: {tiers}");
    }
    assert!(english.contains("£20.00"), "one unit costs what it did");
    let locale = format!("/{}{path}", german.code);
    let page_in_german = page(&locale).await;
    assert!(page_in_german.contains("ab 6 Stück: je 25,50\u{a0}€"), "{page_in_german}");
    let listing = page("/search?sort=newest").await;
    assert!(listing.contains("£20.00") && !listing.contains("£17.50"), "cards show the price of one unit");
    let other = page(&format!("/product/{}", goods[1].product.slug)).await;
    assert!(!other.contains("data-tiers"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_market_has_its_price_and_a_group_s_price_stands_on_no_page() {
    let (world, goods) = world().await;
    let markets = &world.shop.settings().markets;
    let second = markets.iter().find(|market| market.currency.code() == "EUR").unwrap().clone();
    let (mug, jug) = (&goods[0], &goods[1]);
    let euros = |minor| Money::from_minor(minor, second.currency);
    let market = |code: &MarketCode| Some(code.clone());
    let of_market = |list: &mut PriceListParts| {
        (list.currency, list.market, list.effect) = (second.currency, market(&second.code), PriceEffect::Replaces);
    };
    put(&world, "Dearer there", of_market, &[(mug, 1, euros(3_333))]).await;
    let trade = |list: &mut PriceListParts| list.group = Some(CustomerGroupId::new(derived_uuid("group", "trade")));
    put(&world, "Trade", trade, &[(mug, 1, pounds(1_111)), (jug, 6, pounds(1_222))]).await;
    for entry in [mug, jug] {
        let prefix = format!("/{}", second.code);
        for path in ["/".to_owned(), "/search?sort=newest".to_owned(), format!("/product/{}", entry.product.slug)] {
            let own = text(&world.get(&path).await);
            assert!(own.contains("£20.00"), "{path}");
            for secret in ["11.11", "12.22", "1111", "1222", "33,33"] {
                assert!(
                    !own.contains(&format!("£{secret}")) && !own.contains(&format!("\"{secret}\"")),
                    "{secret} on {path}"
                );
            }
            let there = text(&world.get(&format!("{prefix}{path}")).await);
            let shows_mug = path.contains("search") || path.ends_with(mug.product.slug.as_str());
            assert!(!shows_mug || there.contains("33,33"), "the market's price, on {prefix}{path}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_sale_by_a_list_strikes_the_lowest_price_of_30_days_and_its_percentage_is_of_that() {
    const DAY_MS: i64 = 24 * 3_600_000;
    let (world, goods) = world().await;
    let path = format!("/product/{}", goods[0].product.slug);
    world.clock.advance_ms(60 * DAY_MS);
    let (week, now) = (world.shop.now().plus_ms(7 * DAY_MS), world.shop.now());
    put(&world, "A week", |list| (list.from, list.until) = (Some(now), Some(week)), &[(&goods[0], 1, pounds(1_600))])
        .await;
    world.clock.advance_ms(10 * DAY_MS);
    world.shop.publish_products(&[]).await.unwrap();
    let until = world.shop.now().plus_ms(20 * DAY_MS);
    put(&world, "Sale", |list| list.until = Some(until), &[(&goods[0], 1, pounds(1_200))]).await;
    let page = text(&world.get(&path).await);
    // Of the 20.00 of yesterday it would be 40 per cent.
    assert!(page.contains("£12.00") && page.contains("£16.00</del>") && page.contains("−25%"), "{page}");
    let listing = text(&world.get("/search?sort=newest").await);
    assert!(listing.contains("£16.00</del>") && listing.contains("−25%"));
    let next = world.shop.snapshots().current().snapshot.next_change();
    assert!(next.is_some_and(|next| next <= until), "no page may be kept beyond its end: {next:?}");
}
