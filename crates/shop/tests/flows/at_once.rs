//! Two who move one order at once, and moves while every tenth transaction fails: each counts once or is refused.

use crate::on_both;
use crate::support::sold::{MUG, POST, Sold, declaration, staff};
use crate::support::{Engine, assert_stock_adds_up, gbp, level, settle_down};
use commerce::event::Actor;
use commerce::ids::OrderId;
use commerce::order::{FulfilmentStatus, OrderState};
use commerce::payment::PaymentStatus;
use shop::Shop;
use shop::order::MoveError;

/// Rounds of one race.
const ROUNDS: i64 = 10;
/// Orders of each kind, where every tenth transaction fails.
const ORDERS: i64 = 6;
const CONFLICTS_PER_MILLE: u64 = 100;
/// A task that failed is tried again by then.
const LATER_MS: i64 = 10_000;

/// Two instances of one store, and a member of staff at each.
async fn two(engine: Engine) -> (Sold, Shop, Actor, Actor) {
    let sold = Sold::open(engine).await;
    let other = sold.open.second_instance().await;
    (sold, other, staff("ann"), staff("ben"))
}

on_both! {
    async fn what_one_program_does_not_begin_in_time_another_does_at_once(engine: Engine) {
        let sold = Sold::open(engine).await;
        for _ in 0..3 {
            sold.placed(&[("mug", 1)]).await;
        }
        let shop = sold.shop();
        assert_eq!(shop.work_outbox_while(|| false).await.unwrap(), 0);
        let begun = std::sync::atomic::AtomicBool::new(false);
        let done = shop.work_outbox_while(|| !begun.swap(true, std::sync::atomic::Ordering::Relaxed)).await.unwrap();
        assert_eq!(done, 1);
        // The clock stands still, so nobody waits for the end of a lock.
        let taken = shop.db().take_tasks(shop.now(), 1_000).await.unwrap();
        let placed = taken.iter().filter(|task| task.kind == "order_placed");
        assert_eq!(placed.map(|task| task.attempts).collect::<Vec<_>>(), [1, 1], "{taken:?}");
        sold.close().await;
    }

    async fn two_parcels_at_once_never_hold_the_same_units(engine: Engine) {
        let (sold, other, ann, ben) = two(engine).await;
        for round in 1..=ROUNDS {
            let id = sold.paid(&[("mug", 3)]).await;
            let (one, two) =
                tokio::join!(sold.shop().ship(id, &[(0, 2)], "A", &ann), other.ship(id, &[(0, 2)], "B", &ben));
            assert!(one.is_ok() != two.is_ok(), "round {round}: {one:?} {two:?}");
            let refused = one.err().or(two.err()).unwrap();
            assert_eq!(refused.to_string(), "line 1 has 1 to send, 2 wanted", "round {round}");
            // Everything that is left, by both: one has it, the other hears that nothing is.
            let (one, two) = tokio::join!(sold.shop().ship(id, &[], "A", &ann), other.ship(id, &[], "B", &ben));
            assert!(one.is_ok() != two.is_ok(), "round {round}: {one:?} {two:?}");
            let order = sold.order(id).await;
            assert_eq!((order.parcels.len(), order.units_sent(0), order.state), (2, 3, OrderState::Closed));
            assert_eq!(level(sold.shop(), "mug").await, (60 - 3 * round, 60 - 3 * round, 0, 0), "round {round}");
            settle_down(sold.shop()).await;
            assert_eq!(sold.letters(id, "A parcel").await, 2, "round {round}");
        }
        other.close().await;
        sold.close().await;
    }

    async fn parcels_of_different_units_at_once_both_leave(engine: Engine) {
        let (sold, other, ann, ben) = two(engine).await;
        for round in 1..=ROUNDS {
            let id = sold.paid(&[("mug", 1), ("jug", 1)]).await;
            let (one, two) =
                tokio::join!(sold.shop().ship(id, &[(0, 1)], "A", &ann), other.ship(id, &[(1, 1)], "B", &ben));
            assert!(one.is_ok() && two.is_ok(), "round {round}: {one:?} {two:?}");
            assert_eq!(sold.order(id).await.state, OrderState::Closed, "round {round}: the later one closes it");
            let closed = sold.history(id).await.into_iter().filter(|event| event.starts_with("order_closed"));
            assert_eq!(closed.count(), 1, "round {round}");
        }
        other.close().await;
        sold.close().await;
    }

    async fn two_refunds_at_once_are_one_or_hear_of_each_other(engine: Engine) {
        let (sold, other, ann, ben) = two(engine).await;
        let total = MUG + POST;
        for round in 0..ROUNDS {
            let id = sold.paid(&[("mug", 1)]).await;
            // The same amount twice: whoever is second made the same refund, or finds that too little is left.
            let (one, two) = tokio::join!(sold.shop().refund(id, None, &ann), other.refund(id, None, &ben));
            assert!(one.is_ok() || two.is_ok(), "round {round}: {one:?} {two:?}");
            let status = sold.order(id).await.payment_status();
            assert_eq!((sold.moved(id), status), ((total, total), PaymentStatus::Refunded), "round {round}");
            // Different ones: both may go back one after the other, but never under one name.
            let id = sold.paid(&[("mug", 1)]).await;
            let (one, two) =
                tokio::join!(sold.shop().refund(id, Some(gbp(300)), &ann), other.refund(id, Some(gbp(500)), &ben));
            let made = [(&one, 300), (&two, 500)].into_iter().filter(|(refund, _)| refund.is_ok());
            let went: i64 = made.map(|(_, minor)| minor).sum();
            assert_eq!((sold.moved(id).1, sold.order(id).await.money.refunded), (went, gbp(went)), "{one:?} {two:?}");
            for refused in [one.err(), two.err()].into_iter().flatten() {
                assert!(matches!(refused, MoveError::Overtaken), "round {round}: {refused:?}");
            }
            settle_down(sold.shop()).await;
            let letters = usize::from(went != 500 && went != 300) + 1;
            assert_eq!(sold.letters(id, "A refund").await, letters, "round {round}");
        }
        other.close().await;
        sold.close().await;
    }

    async fn a_cancellation_and_a_parcel_at_once_have_one_winner(engine: Engine) {
        let (sold, other, ann, ben) = two(engine).await;
        let mut gone = 0;
        for round in 0..ROUNDS {
            let id = sold.paid(&[("mug", 2)]).await;
            let (sent, cancelled) =
                tokio::join!(sold.shop().ship(id, &[(0, 1)], "", &ann), other.cancel(id, &ben, ""));
            assert!(sent.is_ok() != cancelled.is_ok(), "round {round}: {sent:?} {cancelled:?}");
            settle_down(sold.shop()).await;
            let back = if cancelled.is_ok() { 2 * MUG + POST } else { 0 };
            assert_eq!(sold.moved(id), (2 * MUG + POST, back), "round {round}");
            gone += i64::from(sent.is_ok());
            assert_eq!(level(sold.shop(), "mug").await, (60 - gone, 60 - 2 * gone, 0, gone), "round {round}");
            let letters = (sold.letters(id, "A parcel").await, sold.letters(id, "is cancelled").await);
            assert_eq!(letters, if sent.is_ok() { (1, 0) } else { (0, 1) }, "round {round}");
        }
        assert_stock_adds_up(sold.shop()).await;
        other.close().await;
        sold.close().await;
    }

    async fn a_capture_and_a_cancellation_at_once_leave_no_money_behind(engine: Engine) {
        let (sold, other, ann, ben) = two(engine).await;
        for round in 0..ROUNDS {
            let id = sold.placed(&[("mug", 2)]).await;
            let cancels = async {
                other.cancel(id, &ben, "").await.unwrap();
                other.drain_outbox().await.unwrap();
            };
            let (_captured, ()) = tokio::join!(sold.shop().capture(id, Some(gbp(700)), &ann), cancels);
            for _ in 0..2 {
                sold.shop().clock().advance_ms(LATER_MS);
                settle_down(sold.shop()).await;
            }
            let (order, (captured, refunded)) = (sold.order(id).await, sold.moved(id));
            assert_eq!((captured, order.state), (refunded, OrderState::Cancelled), "round {round}");
            assert_eq!((order.money.captured, order.money.refunded), (gbp(captured), gbp(refunded)), "round {round}");
            assert!(order.money.is_sound() && order.money.capturable().is_zero(), "round {round}: {:?}", order.money);
            assert_eq!(level(sold.shop(), "mug").await, (60, 60, 0, 0), "round {round}");
        }
        other.close().await;
        sold.close().await;
    }

    async fn two_withdrawals_and_two_cancellations_at_once_are_one(engine: Engine) {
        let (sold, other, _, ben) = two(engine).await;
        for round in 0..ROUNDS {
            let (kept, id) = (sold.paid(&[("mug", 1)]).await, sold.paid(&[("jug", 1)]).await);
            let (first, second) = (declaration("a@example.org"), declaration("b@example.org"));
            let (one, two) = tokio::join!(
                sold.shop().withdraw(kept, &first, &Actor::Visitor),
                other.withdraw(kept, &second, &Actor::Visitor)
            );
            assert_eq!(one.unwrap().withdrawn_at, two.unwrap().withdrawn_at, "round {round}");
            let (one, two) =
                tokio::join!(sold.shop().cancel_by_customer(id), other.cancel(id, &ben, "Out of clay."));
            assert!(one.is_ok() != two.is_ok(), "round {round}: {one:?} {two:?}");
            settle_down(sold.shop()).await;
            let letters = (sold.letters(kept, "Receipt").await, sold.letters(id, "is cancelled").await);
            assert_eq!(letters, (1, 1), "round {round}");
            assert_eq!(level(sold.shop(), "jug").await, (60, 60, 0, 0), "round {round}");
        }
        other.close().await;
        sold.close().await;
    }

    async fn every_flow_ends_right_while_every_tenth_transaction_fails(engine: Engine) {
        let sold = Sold::with_conflicts(engine, CONFLICTS_PER_MILLE).await;
        let (ann, line) = (staff("ann"), [("mug", 2)]);
        for _ in 0..ORDERS {
            let sent = sold.paid(&line).await;
            sold.shop().ship(sent, &[(0, 1)], "", &ann).await.unwrap();
            sold.shop().ship(sent, &[], "", &ann).await.unwrap();
            sold.shop().refund(sent, Some(gbp(100)), &ann).await.unwrap();
            let called_off = sold.placed(&line).await;
            sold.shop().cancel(called_off, &ann, "Broken.").await.unwrap();
            let given_back = sold.paid(&line).await;
            sold.shop().cancel_by_customer(given_back).await.unwrap();
            let later = sold.invoiced(&line).await;
            sold.shop().capture(later, Some(gbp(500)), &ann).await.unwrap();
            sold.shop().note(later, "Paid a part.", &ann).await.unwrap();
            sold.shop().withdraw(later, &declaration("a@example.org"), &Actor::Visitor).await.unwrap();
            sold.shop().clock().advance_ms(LATER_MS);
            settle_down(sold.shop()).await;
            check(&sold, [sent, called_off, given_back, later]).await;
        }
        assert_eq!(level(sold.shop(), "mug").await, (60 - 2 * ORDERS, 60 - 4 * ORDERS, 0, 2 * ORDERS));
        assert_eq!(sold.shop().list_orders(None, None, 100).await.unwrap().len(), usize::try_from(4 * ORDERS).unwrap());
        assert_stock_adds_up(sold.shop()).await;
        sold.close().await;
    }
}

/// One that was sent, one that was cancelled before and one after its money was taken, one that was paid in part.
async fn check(sold: &Sold, [sent, called_off, given_back, later]: [OrderId; 4]) {
    let total = 2 * MUG + POST;
    assert_eq!((sold.moved(sent), sold.moved(called_off)), ((total, 100), (0, 0)));
    assert_eq!(sold.moved(given_back), (total, total));
    for (id, state, payment, fulfilment, letters) in [
        (sent, OrderState::Closed, PaymentStatus::PartRefunded, FulfilmentStatus::Fulfilled, (2, 0, 1, 0)),
        (called_off, OrderState::Cancelled, PaymentStatus::Voided, FulfilmentStatus::Unfulfilled, (0, 1, 0, 0)),
        (given_back, OrderState::Cancelled, PaymentStatus::Refunded, FulfilmentStatus::Unfulfilled, (0, 1, 1, 0)),
        (later, OrderState::Open, PaymentStatus::PartPaid, FulfilmentStatus::Unfulfilled, (0, 0, 0, 1)),
    ] {
        let order = sold.order(id).await;
        assert_eq!((order.state, order.payment_status(), order.fulfilment_status()), (state, payment, fulfilment));
        let got = (
            sold.letters(id, "A parcel").await,
            sold.letters(id, "is cancelled").await,
            sold.letters(id, "A refund").await,
            sold.letters(id, "Receipt").await,
        );
        assert_eq!(
            (sold.letters(id, "at Test").await, got),
            (1, letters),
            "letters: placed; sent, cancelled, refunded, receipt"
        );
    }
}
