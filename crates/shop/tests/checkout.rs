//! From a press of Pay to an order, and everything that may come between.

#![allow(clippy::unwrap_used, reason = "helpers of tests: what fails here fails the test")]

mod support;

use commerce::ids::OrderId;
use commerce::order::Move;
use commerce::payment::PaymentStatus;
use shop::checkout::{PayError, Paying};
use shop::payment::CheckoutState;
use std::collections::BTreeSet;
use support::{Engine, TestShop, basket, draft, gbp, level, new_checkout, press};

on_both! {
    async fn an_invoice_makes_an_order_at_once_and_only_one(engine: Engine) {
        let open = TestShop::new().product("mug", 1_000, Some(5)).open(engine).await;
        let shop = &open.shop;
        let (id, basket) = (new_checkout(shop), basket(&[("mug", 2)]));
        let request = press(shop, id, &basket, &draft("ann@example.org", "invoice"));
        for _ in 0..3 {
            assert_eq!(shop.pay(&request).await.unwrap(), Paying::Settled(id));
        }
        assert_eq!(shop.settle(id).await.unwrap(), CheckoutState::Placed(OrderId::new(id.uuid())));
        assert_eq!(shop.list_orders(None, None, 10).await.unwrap().len(), 1);
        assert_eq!(level(shop, "mug").await, (5, 3, 0, 2), "on hand, free, held, claimed");
        let order = shop.db().find_order(OrderId::new(id.uuid())).await.unwrap().unwrap();
        assert_eq!((order.sold.total.gross(), order.payment_status()), (gbp(2_395), PaymentStatus::Due));
        assert!(order.allows(Move::Ship).is_ok());
        open.close().await;
    }

    async fn the_amount_on_the_button_is_what_is_charged_or_nothing(engine: Engine) {
        let open = TestShop::new().product("mug", 1_000, Some(5)).open(engine).await;
        let shop = &open.shop;
        let mut request = press(shop, new_checkout(shop), &basket(&[("mug", 1)]), &draft("ann@example.org", "invoice"));
        request.amount_shown = gbp(1_394);
        assert!(matches!(shop.pay(&request).await, Err(PayError::Changed { now }) if now == gbp(1_395)));
        assert_eq!(level(shop, "mug").await, (5, 5, 0, 0));
        open.close().await;
    }

    async fn the_same_id_with_other_content_is_refused(engine: Engine) {
        let open = TestShop::new().product("mug", 1_000, Some(5)).open(engine).await;
        let shop = &open.shop;
        let id = new_checkout(shop);
        let one = press(shop, id, &basket(&[("mug", 1)]), &draft("ann@example.org", "invoice"));
        let two = press(shop, id, &basket(&[("mug", 2)]), &draft("ann@example.org", "invoice"));
        shop.pay(&one).await.unwrap();
        assert!(matches!(shop.pay(&two).await, Err(PayError::OtherContent)));
        assert_eq!(level(shop, "mug").await, (5, 4, 0, 1));
        open.close().await;
    }

    async fn too_few_are_told_with_their_number(engine: Engine) {
        let open = TestShop::new().product("mug", 1_000, Some(2)).open(engine).await;
        let shop = &open.shop;
        let request = press(shop, new_checkout(shop), &basket(&[("mug", 3)]), &draft("ann@example.org", "invoice"));
        let refused = shop.pay(&request).await;
        assert!(matches!(&refused, Err(PayError::OutOfStock { free: 2, wanted: 3, .. })), "{refused:?}");
        open.close().await;
    }

    async fn many_buyers_of_few_units_get_exactly_these(engine: Engine) {
        let open = TestShop::new().product("mug", 1_000, Some(7)).system_clock().open(engine).await;
        race(&open.shop, 40, 7).await;
        open.close().await;
    }

    async fn the_race_ends_right_with_forced_conflicts(engine: Engine) {
        let open = TestShop::new().product("mug", 1_000, Some(7)).system_clock().conflicts_per_mille(100).open(engine).await;
        race(&open.shop, 40, 7).await;
        open.close().await;
    }
}

/// Every buyer presses three times at once; so many orders as units, everybody else is told.
async fn race(shop: &shop::Shop, buyers: usize, units: i64) {
    let mut tasks = tokio::task::JoinSet::new();
    for buyer in 0..buyers {
        let request = press(
            shop,
            new_checkout(shop),
            &basket(&[("mug", 1)]),
            &draft(&format!("b{buyer}@example.org"), "invoice"),
        );
        for _ in 0..3 {
            let (shop, request) = (shop.clone(), request.clone());
            tasks.spawn(async move { (buyer, shop.pay(&request).await) });
        }
    }
    let (mut winners, mut losers) = (BTreeSet::new(), BTreeSet::new());
    while let Some(done) = tasks.join_next().await {
        match done.unwrap() {
            (buyer, Ok(_)) => {
                winners.insert(buyer);
            }
            (buyer, Err(PayError::OutOfStock { .. } | PayError::InSomebodysCheckout { .. })) => {
                losers.insert(buyer);
            }
            (buyer, Err(error)) => panic!("buyer {buyer}: {error:?}"),
        }
    }
    assert_eq!(i64::try_from(winners.len()).unwrap(), units);
    assert_eq!(winners.intersection(&losers).count(), 0, "nobody is told both");
    assert_eq!(winners.len() + losers.len(), buyers);
    assert_eq!(level(shop, "mug").await, (units, 0, 0, units));
    assert!(shop.db().list_unsound_stock().await.unwrap().is_empty());
}
