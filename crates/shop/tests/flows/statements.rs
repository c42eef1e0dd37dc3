//! What use cases cost in statements, BEGIN and COMMIT counted: figures that the design promises.

use crate::on_both;
use crate::support::bank::Bank;
use crate::support::{Engine, TestShop, basket, draft, locale, new_checkout, press, product_id};
use commerce::basket::{Basket, Quantity};
use shop::basket::AddRequest;
use shop::delivery::DeliveryWish;
use shop::offered::Buyer;
use std::sync::Arc;

/// Freeze and hold: 8, and one for each stock record.
pub(crate) const HOLD: u64 = 8;
/// A start at the gateway: the checkout and its payments are read, and what the gateway said is written.
pub(crate) const START: u64 = 3;
/// A settlement before the order is placed: payments, whether there is an order, the checkout.
pub(crate) const SETTLE: u64 = 3;
/// Placing, whatever the lines.
pub(crate) const PLACE: u64 = 9;

on_both! {
    async fn paying_costs_what_was_promised_with_1_10_and_250_lines(engine: Engine) {
        let bank = Bank::new();
        let mut shop = TestShop::new().gateways(vec![bank.gateway(), Arc::new(payments::Invoice)]);
        let skus: Vec<String> = (0..250).map(|number| format!("thing-{number}")).collect();
        for sku in &skus {
            shop = shop.product(sku, 100, Some(60));
        }
        let open = shop.open(engine).await;
        let shop = &open.shop;
        for count in [1_usize, 10, 250] {
            let lines: Vec<(&str, u32)> = skus.iter().take(count).map(|sku| (sku.as_str(), 2)).collect();
            let records = u64::try_from(count).unwrap();
            let spent = |before: u64| shop.db().statements() - before;

            let later = press(shop, new_checkout(shop), &basket(&lines), &draft("ann@example.org", "invoice"));
            let before = shop.db().statements();
            shop.pay(&later).await.unwrap();
            assert_eq!(spent(before), HOLD + records + START + SETTLE + PLACE, "{count} lines on invoice");

            let now = press(shop, new_checkout(shop), &basket(&lines), &draft("ben@example.org", "demo"));
            let before = shop.db().statements();
            shop.pay(&now).await.unwrap();
            assert_eq!(spent(before), HOLD + records + START, "{count} lines to the payment page");

            bank.approve(now.id);
            let before = shop.db().statements();
            shop.settle(now.id).await.unwrap();
            assert_eq!(spent(before), SETTLE + PLACE, "{count} lines placed");
            let before = shop.db().statements();
            shop.settle(now.id).await.unwrap();
            assert_eq!(spent(before), 2, "placed before");
        }
        open.close().await;
    }

    async fn browsing_and_a_cookie_basket_cost_nothing(engine: Engine) {
        let open = TestShop::new().product("mug", 1_000, Some(5)).open(engine).await;
        let shop = &open.shop;
        let before = shop.db().statements();
        let view = shop.snapshots().look(shop.now()).await.view;
        let mut kept = Basket::default();
        let quantity = Quantity::new(2).unwrap();
        let add = AddRequest { product: product_id("mug"), quantity, answers: vec![], token: None };
        shop.add_to_basket(&view, &mut kept, locale(), &add).unwrap();
        let priced = shop.price_basket(&view, &kept, locale(), Buyer::default()).await.unwrap();
        assert!(priced.can_be_bought());
        shop.checkout_quote(priced, &DeliveryWish::default()).unwrap();
        assert_eq!(shop.db().statements() - before, 0);
        open.close().await;
    }
}
