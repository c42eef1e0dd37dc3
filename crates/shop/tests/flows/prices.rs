//! Price lists from staff to the order: what a page says is what is paid, by market, number of units and time.

use crate::on_both;
use crate::support::bank::Bank;
use crate::support::sold::staff;
use crate::support::store::{document, newest};
use crate::support::{Engine, TestShop, basket, draft, gbp, locale, new_checkout, order, press, product_id, record_id};
use commerce::basket::{Answer, Line, Quantity};
use commerce::catalogue::stock_record::PRIOR_PRICE_MS;
use commerce::event::Subject;
use commerce::ids::{CustomerGroupId, PriceListId, derived_uuid};
use commerce::market::MarketCode;
use commerce::moment::Moment;
use commerce::money::{Currency, Money};
use commerce::price_list::{LIST_KEPT_MS, ListRefused, PriceEffect, PriceList, PriceListParts, TIERS_MAX};
use shop::Shop;
use shop::checkout::PayError;
use shop::offered::Buyer;
use shop::price_lists::{PriceChange, PriceListError, PricesChanged, RemovedList};

const DAY_MS: i64 = 24 * 3_600_000;

fn list(shop: &Shop, name: &str, change: impl FnOnce(&mut PriceListParts)) -> PriceList {
    let mut parts = PriceListParts {
        id: PriceListId::new(derived_uuid("price list", name)),
        name: name.to_owned(),
        currency: gbp(0).currency(),
        market: None,
        group: None,
        from: None,
        until: None,
        effect: PriceEffect::Lowers,
        created_at: shop.now(),
    };
    change(&mut parts);
    PriceList::new(parts).unwrap()
}

fn change(sku: &str, minimum: u32, pence: Option<i64>) -> PriceChange {
    let minimum = Quantity::new(minimum).unwrap();
    PriceChange { record: record_id(sku), product: product_id(sku), minimum, amount: pence.map(gbp) }
}

/// Saves a list with prices, and lets shoppers see it.
async fn put(shop: &Shop, list: &PriceList, changes: &[PriceChange]) -> PricesChanged {
    shop.save_price_list(list, &staff("ann")).await.unwrap();
    let done = shop.change_listed_prices(list.id(), changes, &staff("ann")).await.unwrap();
    shop.drain_outbox().await.unwrap();
    done
}

/// Unit price and total of a basket, line by line, in pence.
async fn priced(shop: &Shop, basket: &commerce::basket::Basket) -> Vec<(i64, i64)> {
    let view = newest(shop).await;
    let priced = shop.price_basket(&view, basket, locale(), Buyer::default()).await.unwrap();
    let sold = priced.lines.iter().filter_map(|line| line.sold.as_ref()).map(|sold| sold.entered.minor());
    sold.zip(priced.quote.lines.iter().map(|line| line.total.gross().minor())).collect()
}

on_both! {
    async fn more_units_cost_less_each_from_the_page_to_the_order(engine: Engine) {
        let bank = Bank::new();
        let open = TestShop::new().gateways(vec![bank.gateway(), std::sync::Arc::new(payments::Invoice)])
            .product("mug", 1_000, Some(500)).product("jug", 2_000, Some(500)).open(engine).await;
        let shop = &open.shop;
        let tiers = list(shop, "Six and more", |_| {});
        let done = put(shop, &tiers, &[change("mug", 6, Some(850)), change("mug", 12, Some(800))]).await;
        assert_eq!(done, PricesChanged { changed: 2, unchanged: 0 });
        for (units, want) in [(1, 1_000), (5, 1_000), (6, 850), (11, 850), (12, 800)] {
            let total = want * i64::from(units);
            assert_eq!(priced(shop, &basket(&[("mug", units)])).await, [(want, total)], "{units} units");
        }
        // Other goods do not count, the same goods with another engraving do.
        assert_eq!(priced(shop, &basket(&[("mug", 5), ("jug", 1)])).await, [(1_000, 5_000), (2_000, 2_000)]);
        let mut engraved = basket(&[("mug", 5)]);
        let answers = vec![Answer { option: "engraving".into(), value: "A".into() }];
        let line = Line { product: product_id("mug"), quantity: Quantity::ONE, answers, seen_price: Some(gbp(1_000)) };
        engraved.add(line, None).unwrap();
        assert_eq!(priced(shop, &engraved).await, [(850, 4_250), (850, 850)]);
        let view = newest(shop).await;
        let changed = shop.price_basket(&view, &engraved, locale(), Buyer::default()).await.unwrap();
        let told: Vec<_> = changed.lines.iter().map(|line| line.sold.as_ref().unwrap().price_change).collect();
        assert_eq!(told, [None, None], "that six cost less each is no change of the price");

        let pressed = press(shop, new_checkout(shop), &engraved, &draft("ann@example.org", "invoice"));
        let before = shop.db().statements();
        shop.pay(&pressed).await.unwrap();
        assert_eq!(shop.db().statements() - before, 8 + 1 + 3 + 3 + 9, "no statement more than without lists");
        let placed = order(shop, pressed.id).await;
        let sold: Vec<_> = placed.sold.lines.iter().map(|line| (line.unit_entered, line.quantity)).collect();
        assert_eq!(sold, [(gbp(850), 5), (gbp(850), 1)]);
        assert_eq!(shop.db().check_data().await.unwrap(), []);
        open.close().await;
    }

    async fn a_price_that_changed_since_the_page_is_told_before_money_moves(engine: Engine) {
        let open = TestShop::new().product("mug", 1_000, Some(500)).open(engine).await;
        let (shop, ann) = (&open.shop, staff("ann"));
        let tiers = list(shop, "Six and more", |_| {});
        put(shop, &tiers, &[change("mug", 6, Some(850))]).await;
        newest(shop).await;
        let pay = async |units: u32| {
            let pressed = press(shop, new_checkout(shop), &basket(&[("mug", units)]), &draft("ann@example.org", "invoice"));
            shop.pay(&pressed).await
        };
        let changed = shop.change_listed_prices(tiers.id(), &[change("mug", 6, Some(900))], &ann).await.unwrap();
        assert_eq!(changed.changed, 1);
        // Nothing is published yet.
        let refused = pay(6).await.unwrap_err();
        let told = matches!(&refused, PayError::PriceChanged { before, now, .. } if (*before, *now) == (gbp(850), gbp(900)));
        assert!(told, "{refused}");
        pay(5).await.unwrap();
        // What is for a group is nobody's yet, and what is for another market is not this one's.
        let trade = list(shop, "Trade", |list| list.group = Some(CustomerGroupId::new(derived_uuid("group", "trade"))));
        put(shop, &trade, &[change("mug", 1, Some(1))]).await;
        newest(shop).await;
        assert_eq!(priced(shop, &basket(&[("mug", 6)])).await, [(900, 5_400)]);
        pay(6).await.unwrap();
        open.close().await;
    }

    async fn a_sale_by_a_list_begins_and_ends_by_itself_and_names_the_lowest_price_before(engine: Engine) {
        let open = TestShop::new().product("mug", 1_000, Some(500)).open(engine).await;
        let shop = &open.shop;
        shop.clock().advance_ms(100 * DAY_MS);
        // Cheaper for five days, and then raised just before the sale.
        let (a_while, sale) = (shop.now().plus_ms(5 * DAY_MS), shop.now().plus_ms(20 * DAY_MS));
        let early = list(shop, "Early", |list| (list.from, list.until) = (Some(shop.now()), Some(a_while)));
        put(shop, &early, &[change("mug", 1, Some(880))]).await;
        let winter = list(shop, "Winter", |list| (list.from, list.until) = (Some(sale), Some(sale.plus_ms(60 * DAY_MS))));
        put(shop, &winter, &[change("mug", 1, Some(800))]).await;
        let shown = async |at: Moment| {
            shop.clock().advance_ms(at.ms_since(shop.now()));
            shop.work(std::future::ready(())).await;
            let view = newest(shop).await;
            let price = document(&view, "mug").variants[0].prices[0];
            (price.amount.minor(), price.prior.map(Money::minor), view.snapshot.next_change())
        };
        let told = |from: Moment| from.plus_ms(PRIOR_PRICE_MS);
        let begun = winter.from().unwrap();
        let early_from = early.from().unwrap();
        for (case, at, want) in [
            ("cheaper for a while", early_from.plus_ms(1), (880, Some(1_000), Some(a_while))),
            ("as before", a_while, (1_000, None, Some(begun))),
            ("the sale, against the lowest of the 30 days", begun, (800, Some(880), Some(told(early_from)))),
            ("as long as it lasts", begun.plus_ms(50 * DAY_MS), (800, Some(880), winter.until())),
            ("after its end", winter.until().unwrap(), (1_000, None, Some(told(winter.until().unwrap())))),
        ] {
            assert_eq!(shown(at).await, want, "{case}");
        }
        open.close().await;
    }

    async fn what_was_charged_stays_known_whatever_becomes_of_a_list(engine: Engine) {
        let open = TestShop::new().product("mug", 1_000, Some(500)).open(engine).await;
        let (shop, ann) = (&open.shop, staff("ann"));
        let all = list(shop, "All", |_| {});
        put(shop, &all, &[change("mug", 1, Some(700))]).await;
        let next_day = || shop.clock().advance_ms(DAY_MS);
        let prior = async || {
            shop.drain_outbox().await.unwrap();
            document(&newest(shop).await, "mug").variants[0].prices[0].prior.map(Money::minor)
        };
        next_day();
        shop.change_listed_prices(all.id(), &[change("mug", 1, Some(900))], &ann).await.unwrap();
        next_day();
        shop.change_listed_prices(all.id(), &[change("mug", 1, Some(650))], &ann).await.unwrap();
        assert_eq!(prior().await, Some(700), "not the 9.00 of yesterday");
        next_day();
        assert_eq!(shop.remove_price_list(all.id(), &ann).await.unwrap(), RemovedList::Ended);
        let over = shop.now();
        let sale = list(shop, "Sale", |list| list.until = Some(shop.now().plus_ms(60 * DAY_MS)));
        next_day();
        put(shop, &sale, &[change("mug", 1, Some(600))]).await;
        assert_eq!(prior().await, Some(650), "the list that is over is not forgotten");
        let kept = shop.remove_price_list(all.id(), &ann).await.unwrap();
        assert_eq!(kept, RemovedList::KeptUntil(over.plus_ms(LIST_KEPT_MS)));
        shop.clock().advance_ms(LIST_KEPT_MS);
        assert_eq!(shop.remove_price_list(all.id(), &ann).await.unwrap(), RemovedList::Gone);
        let gone = shop.remove_price_list(all.id(), &ann).await;
        assert!(matches!(gone, Err(PriceListError::NoSuchList(_))));
        let kinds = shop.db().list_events(Subject::PriceList, &all.id().to_string()).await.unwrap();
        let mut kinds: Vec<_> = kinds.iter().map(|event| event.kind.clone()).collect();
        kinds.sort_unstable();
        let changed = "listed_prices_changed";
        assert_eq!(kinds, [changed, changed, changed, "price_list_ended", "price_list_removed", "price_list_saved"]);
        assert_eq!(shop.db().check_data().await.unwrap(), []);
        open.close().await;
    }

    async fn lists_are_refused_with_what_to_do(engine: Engine) {
        let open = TestShop::new().product("mug", 1_000, Some(500)).open(engine).await;
        let (shop, ann) = (&open.shop, staff("ann"));
        let market = |code| Some(MarketCode::parse(code).unwrap());
        let save = async |list: &PriceList| shop.save_price_list(list, &ann).await;
        let nowhere = save(&list(shop, "A", |list| list.market = market("mars"))).await;
        assert!(matches!(nowhere, Err(PriceListError::NoSuchMarket(_))));
        let euros = save(&list(shop, "A", |list| list.currency = Currency::parse("EUR").unwrap())).await;
        assert!(matches!(euros, Err(PriceListError::OtherCurrency { .. })));
        let first = list(shop, "A", |list| list.market = market("uk"));
        save(&first).await.unwrap();
        let named_alike = list(shop, "B", |list| list.name = "A".into());
        assert!(matches!(save(&named_alike).await, Err(PriceListError::NameTaken)));
        let begun = save(&list(shop, "A", |_| {})).await;
        assert!(matches!(begun, Err(PriceListError::Refused(ListRefused::Begun("market")))));
        let change_prices = async |changes: &[PriceChange]| shop.change_listed_prices(first.id(), changes, &ann).await;
        let tiers: Vec<PriceChange> =
            (1..).take(TIERS_MAX + 1).map(|units| change("mug", units, Some(999 - i64::from(units)))).collect();
        assert!(matches!(change_prices(&tiers).await, Err(PriceListError::TooManyTiers)));
        let twice = [change("mug", 1, Some(1)), change("mug", 1, Some(2))];
        assert!(matches!(change_prices(&twice).await, Err(PriceListError::Twice)));
        assert!(matches!(change_prices(&[change("mug", 1, Some(-1))]).await, Err(PriceListError::Amount)));
        assert_eq!(change_prices(&tiers[1..]).await.unwrap().changed, 16);
        assert_eq!(change_prices(&tiers[1..]).await.unwrap(), PricesChanged { changed: 0, unchanged: 16 });
        let over = list(shop, "Over", |list| list.until = Some(shop.now().plus_ms(1)));
        save(&over).await.unwrap();
        shop.clock().advance_ms(1);
        let late = shop.change_listed_prices(over.id(), &tiers[..1], &ann).await;
        assert!(matches!(late, Err(PriceListError::Refused(ListRefused::Over))));
        open.close().await;
    }
}
