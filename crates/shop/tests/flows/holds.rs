//! Hold, claim and release: whoever is first has the units, and at every step free + held + claimed = on hand.

use crate::on_both_and_in_conflict;
use crate::support::bank::{Bank, Call, Fate};
use crate::support::store::{document, newest};
use crate::support::{
    Engine, OpenShop, TestShop, assert_stock_adds_up, basket, draft, level, new_checkout, order_of, press, record_id,
    settle_down,
};
use commerce::availability::Availability;
use commerce::event::Actor;
use payments::ProviderStatus;
use shop::checkout::{PayError, PayRequest, Paying};
use shop::payment::CheckoutState;
use shop::stock::StockChange;
use std::sync::Arc;

const HOLD_MS: i64 = 15 * 60_000;
/// Abandoned checkouts that a product must get over.
const ABANDONED: usize = 200;
/// Rounds of one race.
const ROUNDS: usize = 12;

async fn banked(engine: Engine, mugs: i64) -> (OpenShop, Bank) {
    let bank = Bank::new();
    let gateways = vec![bank.gateway(), Arc::new(payments::Invoice)];
    let shop = TestShop::new().product("mug", 1_000, Some(mugs)).product("jug", 2_000, Some(1_000)).gateways(gateways);
    (shop.open(engine).await, bank)
}

fn wants(open: &OpenShop, who: &str, lines: &[(&str, u32)]) -> PayRequest {
    press(&open.shop, new_checkout(&open.shop), &basket(lines), &draft(&format!("{who}@example.org"), "demo"))
}

async fn hold(open: &OpenShop, who: &str, mugs: u32) -> PayRequest {
    let request = wants(open, who, &[("mug", mugs)]);
    assert!(matches!(open.shop.pay(&request).await.unwrap(), Paying::Redirect(_)));
    request
}

on_both_and_in_conflict! {
    async fn a_release_and_a_payment_at_once_have_one_winner(engine: Engine) {
        let (open, bank) = banked(engine, 40).await;
        let other = open.second_instance().await;
        for round in 0..ROUNDS {
            let request = hold(&open, &format!("b{round}"), 2).await;
            bank.approve(request.id);
            // Every third is in time, every third is not, and the rest race from before the end.
            if round % 3 == 0 {
                open.shop.settle(request.id).await.unwrap();
            }
            open.shop.clock().advance_ms(HOLD_MS);
            if round % 3 == 1 {
                other.sweep().await.unwrap();
            }
            let (settled, swept, left) =
                tokio::join!(open.shop.settle(request.id), other.sweep(), other.abandon(request.id));
            swept.unwrap();
            left.unwrap();
            assert_eq!(settled.unwrap(), CheckoutState::Placed(order_of(request.id)), "it was paid: round {round}");
            assert_stock_adds_up(&open.shop).await;
        }
        settle_down(&open.shop).await;
        let sold = i64::try_from(ROUNDS * 2).unwrap();
        assert_eq!(level(&open.shop, "mug").await, (40, 40 - sold, 0, sold));
        other.close().await;
        open.close().await;
    }

    async fn a_release_and_a_shopper_who_pays_meanwhile_agree_with_the_bank(engine: Engine) {
        let (open, bank) = banked(engine, 100).await;
        let other = open.second_instance().await;
        let mut sold = 0;
        for round in 0..ROUNDS {
            let request = hold(&open, &format!("b{round}"), 2).await;
            open.shop.clock().advance_ms(HOLD_MS);
            let theirs = bank.clone();
            let pays = async move {
                for _ in 0..round {
                    tokio::task::yield_now().await;
                }
                theirs.approve(request.id);
            };
            let (swept, settled, ()) = tokio::join!(other.sweep(), open.shop.settle(request.id), pays);
            swept.unwrap();
            settled.unwrap();
            settle_down(&open.shop).await;
            let state = open.shop.settle(request.id).await.unwrap();
            match bank.sums(request.id).0 {
                ProviderStatus::Captured => {
                    assert_eq!(state, CheckoutState::Placed(order_of(request.id)), "round {round}");
                    sold += 2;
                }
                ProviderStatus::Expired => assert!(matches!(state, CheckoutState::Failed { .. }), "round {round}: {state:?}"),
                status => panic!("round {round}: {status:?} at the bank, {state:?} in the shop"),
            }
            assert_stock_adds_up(&open.shop).await;
        }
        assert_eq!(level(&open.shop, "mug").await, (100, 100 - sold, 0, sold));
        other.close().await;
        open.close().await;
    }

    async fn a_buyer_who_finds_too_little_takes_expired_holds_back(engine: Engine) {
        let (open, bank) = banked(engine, 5).await;
        let left = hold(&open, "ann", 5).await;
        open.shop.clock().advance_ms(HOLD_MS);
        let request = wants(&open, "ben", &[("mug", 3)]);
        assert!(matches!(open.shop.pay(&request).await.unwrap(), Paying::Redirect(_)));
        assert_eq!(level(&open.shop, "mug").await, (5, 2, 3, 0));
        assert_eq!(bank.sums(left.id).0, ProviderStatus::Expired, "nobody can pay the one that was left");
        open.close().await;
    }

    async fn what_is_in_somebodys_checkout_is_not_sold_out(engine: Engine) {
        let (open, bank) = banked(engine, 5).await;
        let held = hold(&open, "ann", 4).await;
        open.shop.clock().advance_ms(5 * 60_000);
        for (mugs, want) in [(5_u32, Some(11)), (6, None)] {
            // The jug is there; what is short is the other line.
            match open.shop.pay(&wants(&open, "ben", &[("jug", 1), ("mug", mugs)])).await {
                Err(PayError::InSomebodysCheckout { title, minutes }) => {
                    assert_eq!((title.as_str(), Some(minutes)), ("mug", want));
                }
                Err(PayError::OutOfStock { title, wanted, free }) => {
                    assert_eq!((title.as_str(), wanted, free, want), ("mug", mugs, 1, None));
                }
                other => panic!("{other:?}"),
            }
        }
        let last = hold(&open, "cyd", 1).await;
        let refused = open.shop.pay(&wants(&open, "ben", &[("mug", 6)])).await;
        let may_come_back = matches!(refused, Err(PayError::InSomebodysCheckout { .. }));
        assert!(may_come_back, "all are held, none is sold: {refused:?}");
        open.shop.abandon(last.id).await.unwrap();
        bank.approve(held.id);
        open.shop.settle(held.id).await.unwrap();
        let refused = open.shop.pay(&wants(&open, "ben", &[("mug", 2)])).await;
        assert!(matches!(refused, Err(PayError::OutOfStock { free: 1, .. })), "{refused:?}");
        assert_eq!(level(&open.shop, "jug").await.2, 0, "nothing was held for those who were refused");
        open.close().await;
    }

    async fn what_is_said_of_stock_follows_holds_claims_and_releases(engine: Engine) {
        let (open, bank) = banked(engine, 10).await;
        let said = async || {
            settle_down(&open.shop).await;
            let view = newest(&open.shop).await;
            view.availability(Some(record_id("mug")), document(&view, "mug").variants[0].availability)
        };
        assert_eq!(said().await, Availability::Available);
        let left = hold(&open, "ann", 10).await;
        assert_eq!(said().await, Availability::FewLeft, "they may come back");
        open.shop.abandon(left.id).await.unwrap();
        assert_eq!(said().await, Availability::Available);
        let sold = hold(&open, "ben", 10).await;
        assert_eq!(said().await, Availability::FewLeft);
        bank.approve(sold.id);
        open.shop.settle(sold.id).await.unwrap();
        assert_eq!(said().await, Availability::SoldOut);
        open.shop.cancel(order_of(sold.id), &Actor::Operator, "").await.unwrap();
        assert_eq!(said().await, Availability::Available);
        open.close().await;
    }

    async fn abandoned_checkouts_starve_a_product_no_longer_than_one_hold(engine: Engine) {
        let units = i64::try_from(ABANDONED).unwrap();
        let (open, _) = banked(engine, units).await;
        for number in 0..ABANDONED {
            hold(&open, &format!("b{number}"), 1).await;
        }
        let request = wants(&open, "ann", &[("mug", 1)]);
        assert!(matches!(open.shop.pay(&request).await, Err(PayError::InSomebodysCheckout { minutes: 16, .. })));
        open.shop.clock().advance_ms(HOLD_MS);
        assert!(matches!(open.shop.pay(&request).await.unwrap(), Paying::Redirect(_)), "one that comes in person");
        open.shop.sweep().await.unwrap();
        assert_eq!(level(&open.shop, "mug").await, (units, units - 1, 1, 0), "and all of them by one sweep");
        open.close().await;
    }

    async fn one_person_holds_a_few_checkouts_at_once(engine: Engine) {
        let (open, _) = banked(engine, 50).await;
        for _ in 0..shop::checkout::HOLDS_PER_PERSON_MAX {
            hold(&open, "ann", 1).await;
        }
        let refused = open.shop.pay(&wants(&open, "Ann", &[("mug", 1)])).await;
        assert!(matches!(refused, Err(PayError::TooManyHolds)), "{refused:?}");
        hold(&open, "ben", 1).await;
        open.shop.clock().advance_ms(HOLD_MS);
        hold(&open, "ann", 1).await;
        open.close().await;
    }

    async fn a_claim_after_the_release_takes_afresh_or_goes_back(engine: Engine) {
        let (open, bank) = banked(engine, 5).await;
        let (fresh, gone) = (hold(&open, "ann", 2).await, hold(&open, "ben", 3).await);
        open.shop.clock().advance_ms(HOLD_MS);
        settle_down(&open.shop).await;
        for request in [&fresh, &gone] {
            bank.approve_late(request.id);
        }
        let keeper = hold(&open, "cyd", 3).await;
        assert_eq!(open.shop.settle(fresh.id).await.unwrap(), CheckoutState::Placed(order_of(fresh.id)));
        assert_eq!(level(&open.shop, "mug").await, (5, 0, 3, 2));
        assert_eq!(open.shop.settle(gone.id).await.unwrap(), CheckoutState::GivenBack);
        assert_eq!(bank.sums(gone.id).0, ProviderStatus::Voided);
        bank.approve(keeper.id);
        open.shop.settle(keeper.id).await.unwrap();
        assert_eq!(level(&open.shop, "mug").await, (5, 0, 0, 5));
        assert_stock_adds_up(&open.shop).await;
        open.close().await;
    }

    async fn money_that_must_go_back_does_however_often_the_bank_is_silent(engine: Engine) {
        let (open, bank) = banked(engine, 5).await;
        let request = hold(&open, "ann", 3).await;
        open.shop.clock().advance_ms(HOLD_MS);
        settle_down(&open.shop).await;
        hold(&open, "ben", 4).await;
        bank.approve_late(request.id);
        let mut silences = 3;
        bank.fate(move |call| {
            if call == Call::Void && silences > 0 {
                silences -= 1;
                return if silences % 2 == 0 { Fate::Lost } else { Fate::AnswerLost };
            }
            Fate::Works
        });
        assert!(open.shop.settle(request.id).await.is_err());
        // The units come back; the decision stands.
        open.shop.clock().advance_ms(HOLD_MS);
        for _ in 0..4 {
            settle_down(&open.shop).await;
            open.shop.clock().advance_ms(60_000);
        }
        assert_eq!(open.shop.settle(request.id).await.unwrap(), CheckoutState::GivenBack);
        assert_eq!(bank.sums(request.id).0, ProviderStatus::Voided);
        assert_eq!((open.letters().len(), level(&open.shop, "mug").await), (1, (5, 5, 0, 0)));
        open.close().await;
    }

    async fn a_silent_bank_does_not_stand_before_the_holds_of_another(engine: Engine) {
        let (open, bank) = banked(engine, 40).await;
        for number in 0..30 {
            hold(&open, &format!("b{number}"), 1).await;
        }
        bank.fate(|_| Fate::Lost);
        open.shop.clock().advance_ms(HOLD_MS);
        let before = bank.steps();
        open.shop.sweep().await.unwrap();
        let asked = bank.steps() - before;
        assert!((3..=10).contains(&asked), "those on their way and no more, once it was silent three times: {asked}");
        assert_eq!(open.shop.db().list_expired_holds(open.shop.now()).await.unwrap(), [], "all were gone through");
        bank.fate(|_| Fate::Works);
        open.shop.clock().advance_ms(60_000);
        open.shop.sweep().await.unwrap();
        assert_eq!(level(&open.shop, "mug").await, (40, 40, 0, 0));
        open.close().await;
    }

    async fn counting_anew_while_units_are_held_and_sold_loses_none(engine: Engine) {
        let (open, bank) = banked(engine, 10).await;
        let (held, sold) = (hold(&open, "ann", 2).await, hold(&open, "ben", 3).await);
        bank.approve(sold.id);
        open.shop.settle(sold.id).await.unwrap();
        let (product, record) = open.shop.find_stock_record("mug").await.unwrap();
        let count = |units| StockChange::Set(units);
        let change = async |change| open.shop.change_stock(product, record, change, "counted", &Actor::Operator).await;
        assert!(change(count(4)).await.is_err(), "five are held or sold");
        for units in [5, 100, 7] {
            change(count(units)).await.unwrap();
            assert_eq!(level(&open.shop, "mug").await, (units, units - 5, 2, 3));
        }
        open.shop.clock().advance_ms(HOLD_MS);
        settle_down(&open.shop).await;
        assert_eq!(level(&open.shop, "mug").await, (7, 4, 0, 3));
        assert!(matches!(open.shop.settle(held.id).await.unwrap(), CheckoutState::Failed { .. }));
        assert_stock_adds_up(&open.shop).await;
        open.close().await;
    }
}
