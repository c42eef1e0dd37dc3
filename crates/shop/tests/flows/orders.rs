//! The life of an order after it was placed: taken money, sent goods, what goes back, and who did it.

use crate::on_both_and_in_conflict;
use crate::support::bank::{Call, Fate};
use crate::support::sold::{JUG, MUG, POST, Sold, declaration, staff};
use crate::support::{Engine, assert_stock_adds_up, gbp, level, settle_down};
use commerce::event::Actor;
use commerce::ids::{CheckoutId, OrderId};
use commerce::order::{FulfilmentStatus, NOTE_CHARS_MAX, OrderState, TRACKING_CHARS_MAX};
use commerce::payment::{PaymentState, PaymentStatus};
use payments::ProviderStatus;
use shop::order::MoveError;

const MINUTE_MS: i64 = 60_000;
const DAY_MS: i64 = 24 * 60 * MINUTE_MS;
/// Two mugs and a jug, sent.
const TOTAL: i64 = 2 * MUG + JUG + POST;
const LINES: [(&str, u32); 2] = [("mug", 2), ("jug", 1)];

/// A move that was refused, in words.
fn why<T: std::fmt::Debug>(moved: Result<T, MoveError>) -> String {
    moved.unwrap_err().to_string()
}

on_both_and_in_conflict! {
    async fn money_is_taken_in_parts_and_never_more_than_is_set_aside(engine: Engine) {
        let (sold, ann) = (Sold::open(engine).await, staff("ann"));
        sold.bank.fate(|call| if call == Call::Capture { Fate::Lost } else { Fate::Works });
        let id = sold.paid(&LINES).await;
        let other = sold.paid(&LINES).await;
        sold.bank.fate(|_| Fate::Works);
        // The bank did not hear our own tasks, which come back in a while.
        let part = sold.shop().capture(id, Some(gbp(500)), &ann).await.unwrap();
        assert_eq!((part.payment_status(), part.money.capturable()), (PaymentStatus::PartPaid, gbp(TOTAL - 500)));
        for wrong in [TOTAL - 499, 0, -1] {
            let refused = sold.shop().capture(id, Some(gbp(wrong)), &ann).await;
            assert!(matches!(refused, Err(MoveError::Amount { most, .. }) if most == gbp(TOTAL - 500)), "{wrong}");
        }
        let all = sold.shop().capture(id, None, &ann).await.unwrap();
        assert_eq!((all.payment_status(), all.state), (PaymentStatus::Paid, OrderState::Open));
        assert_eq!(why(sold.shop().capture(id, None, &ann).await), "capturing is not possible while it is paid");
        sold.shop().capture(other, Some(gbp(500)), &ann).await.unwrap();
        sold.shop().clock().advance_ms(MINUTE_MS);
        settle_down(sold.shop()).await;
        assert_eq!((sold.moved(id), sold.moved(other)), ((TOTAL, 0), (TOTAL, 0)));
        assert_eq!(sold.history(id).await, ["captured staff", "captured staff"]);
        assert_eq!(sold.history(other).await, ["captured job", "captured staff"], "the task takes what is left");
        sold.close().await;
    }

    async fn goods_leave_by_line_and_the_order_closes_when_it_is_paid_and_sent(engine: Engine) {
        let (sold, ann) = (Sold::open(engine).await, staff("ann"));
        let id = sold.paid(&LINES).await;
        for (case, units, want) in [
            ("too many", vec![(0, 3)], "line 1 has 2 to send, 3 wanted"),
            ("none", vec![(1, 0)], "a parcel needs at least one unit of a line"),
            ("twice the same line", vec![(0, 1), (0, 1)], "line 1 has 2 to send, 1 wanted"),
            ("no such line", vec![(2, 1)], "line 3 has 0 to send, 1 wanted"),
        ] {
            assert_eq!(why(sold.shop().ship(id, &units, "", &ann).await), want, "{case}");
        }
        let long = "T".repeat(TRACKING_CHARS_MAX + 1);
        for tracking in [long.as_str(), "T\n1"] {
            assert!(matches!(sold.shop().ship(id, &[], tracking, &ann).await, Err(MoveError::Text(_))), "{tracking:?}");
        }
        let part = sold.shop().ship(id, &[(0, 1)], " T1 ", &ann).await.unwrap();
        assert_eq!((part.fulfilment_status(), part.state), (FulfilmentStatus::Part, OrderState::Open));
        assert_eq!(part.parcels[0].tracking, "T1");
        assert_eq!(sold.levels().await, ((59, 58, 0, 1), (60, 59, 0, 1)));
        let all = sold.shop().ship(id, &[], "T2", &ann).await.unwrap();
        assert_eq!((all.fulfilment_status(), all.state), (FulfilmentStatus::Fulfilled, OrderState::Closed));
        assert_eq!(all.parcels[1].units, [(0, 1), (1, 1)]);
        assert_eq!(sold.levels().await, ((58, 58, 0, 0), (59, 59, 0, 0)));
        settle_down(sold.shop()).await;
        assert_eq!(sold.letters(id, "A parcel").await, 2);
        let want = ["captured job", "order_closed staff", "parcel_sent staff", "parcel_sent staff"];
        assert_eq!(sold.history(id).await, want);
        assert_stock_adds_up(sold.shop()).await;
        sold.close().await;
    }

    async fn an_order_that_was_sent_first_closes_with_its_money(engine: Engine) {
        let (sold, ann) = (Sold::open(engine).await, staff("ann"));
        let id = sold.invoiced(&LINES).await;
        let sent = sold.shop().ship(id, &[], "", &ann).await.unwrap();
        assert_eq!((sent.fulfilment_status(), sent.state), (FulfilmentStatus::Fulfilled, OrderState::Open));
        let part = sold.shop().capture(id, Some(gbp(1)), &ann).await.unwrap();
        assert_eq!((part.payment_status(), part.state), (PaymentStatus::PartPaid, OrderState::Open));
        let paid = sold.shop().capture(id, None, &ann).await.unwrap();
        assert_eq!((paid.payment_status(), paid.state), (PaymentStatus::Paid, OrderState::Closed));
        sold.close().await;
    }

    async fn money_goes_back_in_parts_and_never_more_than_came(engine: Engine) {
        let (sold, ann) = (Sold::open(engine).await, staff("ann"));
        let id = sold.placed(&LINES).await;
        assert_eq!(why(sold.shop().refund(id, None, &ann).await), "refunding is not possible while it is authorised");
        settle_down(sold.shop()).await;
        let part = sold.shop().refund(id, Some(gbp(400)), &ann).await.unwrap();
        assert_eq!((part.payment_status(), part.refundable()), (PaymentStatus::PartRefunded, gbp(TOTAL - 400)));
        for wrong in [TOTAL - 399, 0, -1] {
            let refused = sold.shop().refund(id, Some(gbp(wrong)), &ann).await;
            assert!(matches!(refused, Err(MoveError::Amount { most, .. }) if most == gbp(TOTAL - 400)), "{wrong}");
        }
        // Somebody gave £1 back at the bank itself: the next one finds it.
        sold.bank.change(CheckoutId::new(id.uuid()), |payment| payment.refunded = gbp(500));
        assert!(matches!(sold.shop().refund(id, None, &ann).await, Err(MoveError::Overtaken)));
        assert_eq!(sold.order(id).await.refundable(), gbp(TOTAL - 500));
        let all = sold.shop().refund(id, None, &ann).await.unwrap();
        assert_eq!((all.payment_status(), all.state), (PaymentStatus::Refunded, OrderState::Open));
        assert_eq!(why(sold.shop().refund(id, None, &ann).await), "refunding is not possible while it is refunded");
        assert_eq!(why(sold.shop().ship(id, &[], "", &ann).await), "shipping is not possible while it is refunded");
        settle_down(sold.shop()).await;
        assert_eq!((sold.moved(id), sold.letters(id, "A refund").await), ((TOTAL, TOTAL), 3));
        let want = ["captured job", "refunded staff", "refunded staff", "refunded staff"];
        assert_eq!(sold.history(id).await, want);
        sold.close().await;
    }

    async fn a_cancelled_order_lets_go_of_what_was_set_aside(engine: Engine) {
        let (sold, ann) = (Sold::open(engine).await, staff("ann"));
        let id = sold.placed(&LINES).await;
        let cancelled = sold.shop().cancel(id, &ann, "Sold twice.").await.unwrap();
        assert_eq!(cancelled.state, OrderState::Cancelled);
        assert_eq!(level(sold.shop(), "mug").await, (60, 60, 0, 0), "units come back at once");
        assert_eq!(why(sold.shop().cancel(id, &ann, "").await), "cancelling is not possible while it is cancelled");
        settle_down(sold.shop()).await;
        let order = sold.order(id).await;
        assert_eq!((order.payment_status(), sold.moved(id)), (PaymentStatus::Voided, (0, 0)));
        assert_eq!(sold.bank.sums(CheckoutId::new(id.uuid())).0, ProviderStatus::Voided);
        assert_eq!((sold.letters(id, "is cancelled").await, sold.letters(id, "A refund").await), (1, 0));
        assert_eq!(sold.history(id).await, ["order_cancelled staff", "voided job"]);
        let notes = sold.shop().db().list_notes(id).await.unwrap();
        assert_eq!(notes.iter().map(|note| note.body.as_str()).collect::<Vec<_>>(), ["Sold twice."]);
        assert_eq!(level(sold.shop(), "mug").await, (60, 60, 0, 0));
        sold.close().await;
    }

    async fn a_cancelled_order_gives_back_what_was_taken_once(engine: Engine) {
        let sold = Sold::open(engine).await;
        let id = sold.placed(&LINES).await;
        // A part is taken, the rest still set aside.
        sold.shop().capture(id, Some(gbp(700)), &Actor::Operator).await.unwrap();
        sold.shop().cancel(id, &Actor::Operator, "").await.unwrap();
        for _ in 0..2 {
            settle_down(sold.shop()).await;
            sold.open.shop.clock().advance_ms(DAY_MS);
        }
        let order = sold.order(id).await;
        assert_eq!((order.payment_status(), sold.moved(id)), (PaymentStatus::Refunded, (700, 700)));
        assert!(order.money.is_sound() && order.money.capturable().is_zero(), "{:?}", order.money);
        assert_eq!((sold.letters(id, "is cancelled").await, sold.letters(id, "A refund").await), (1, 1));
        assert_eq!(sold.levels().await, ((60, 60, 0, 0), (60, 60, 0, 0)));
        assert_stock_adds_up(sold.shop()).await;
        sold.close().await;
    }

    async fn notes_are_kept_with_who_wrote_them(engine: Engine) {
        let (sold, ann) = (Sold::open(engine).await, staff("ann"));
        let id = sold.paid(&LINES).await;
        for wrong in ["", " \n ", "a\u{7}b", &"n".repeat(NOTE_CHARS_MAX + 1)] {
            assert!(matches!(sold.shop().note(id, wrong, &ann).await, Err(MoveError::Text(_))), "{wrong:?}");
        }
        sold.shop().note(id, " Called:\n\tsend on Monday. ", &ann).await.unwrap();
        sold.shop().note(id, "Sent.", &Actor::Operator).await.unwrap();
        let notes = sold.shop().db().list_notes(id).await.unwrap();
        let mut told: Vec<_> = notes.iter().map(|note| (note.actor.as_str(), note.body.as_str())).collect();
        told.sort_unstable();
        assert_eq!(told, [("operator", "Sent."), ("staff", "Called:\n\tsend on Monday.")]);
        assert_eq!(sold.history(id).await, ["captured job", "note_added operator", "note_added staff"]);
        sold.close().await;
    }

    async fn a_withdrawal_is_one_however_often_it_is_declared(engine: Engine) {
        let sold = Sold::open(engine).await;
        let id = sold.paid(&LINES).await;
        let first = declaration("ann.at.work@example.org");
        sold.shop().clock().advance_ms(100 * DAY_MS);
        let withdrawn = sold.shop().withdraw(id, &first, &Actor::Visitor).await.unwrap();
        assert_eq!(withdrawn.withdrawn_at, Some(sold.shop().now()), "before anything is sent it is never too late");
        settle_down(sold.shop()).await;
        sold.shop().clock().advance_ms(DAY_MS);
        let again = sold.shop().withdraw(id, &declaration("eve@example.org"), &Actor::Visitor).await.unwrap();
        assert_eq!(again.withdrawn_at, withdrawn.withdrawn_at);
        settle_down(sold.shop()).await;
        assert_eq!(sold.shop().db().find_withdrawal(id).await.unwrap(), Some(first));
        assert_eq!(sold.letters(id, "Receipt of your withdrawal").await, 1);
        let receipts = sold.open.letters().into_iter().filter(|letter| letter.contains("ann.at.work@example.org"));
        assert_eq!(receipts.count(), 1, "the receipt goes where it was asked for");
        assert_eq!(sold.history(id).await, ["captured job", "withdrawn visitor"]);
        sold.close().await;
    }

    async fn a_withdrawal_is_too_late_some_time_after_the_last_parcel(engine: Engine) {
        let sold = Sold::open(engine).await;
        let (in_time, late, cancelled) = (sold.paid(&LINES).await, sold.paid(&LINES).await, sold.paid(&LINES).await);
        sold.shop().cancel(cancelled, &Actor::Operator, "").await.unwrap();
        for id in [in_time, late] {
            sold.shop().ship(id, &[(0, 1)], "", &Actor::Operator).await.unwrap();
            sold.shop().clock().advance_ms(DAY_MS);
            sold.shop().ship(id, &[], "", &Actor::Operator).await.unwrap();
        }
        // 14 days to think about it, and 7 for the parcel; the first one left a day earlier.
        sold.shop().clock().advance_ms(20 * DAY_MS);
        sold.shop().withdraw(in_time, &declaration("a@example.org"), &Actor::Visitor).await.unwrap();
        sold.shop().clock().advance_ms(DAY_MS + 1);
        let refused = sold.shop().withdraw(late, &declaration("a@example.org"), &Actor::Visitor).await;
        assert!(matches!(refused, Err(MoveError::TooLate)), "{refused:?}");
        assert_eq!(
            why(sold.shop().withdraw(cancelled, &declaration("a@example.org"), &Actor::Visitor).await),
            "withdrawing is not possible while it is cancelled"
        );
        settle_down(sold.shop()).await;
        assert_eq!((sold.letters(in_time, "Receipt").await, sold.letters(late, "Receipt").await), (1, 0));
        sold.close().await;
    }

    async fn a_customer_cancels_for_a_while(engine: Engine) {
        let sold = Sold::open(engine).await;
        let (soon, late, sent) = (sold.paid(&LINES).await, sold.paid(&LINES).await, sold.paid(&LINES).await);
        sold.shop().ship(sent, &[(0, 1)], "", &Actor::Operator).await.unwrap();
        sold.shop().clock().advance_ms(30 * MINUTE_MS);
        let cancelled = sold.shop().cancel_by_customer(soon).await.unwrap();
        assert_eq!(cancelled.state, OrderState::Cancelled);
        let told = why(sold.shop().cancel_by_customer(sent).await);
        assert_eq!(told, "cancelling is not possible while it is part_fulfilled");
        sold.shop().clock().advance_ms(1);
        assert!(matches!(sold.shop().cancel_by_customer(late).await, Err(MoveError::TooLate)));
        assert!(!sold.shop().customer_may_cancel(&sold.order(late).await));
        settle_down(sold.shop()).await;
        assert_eq!((sold.moved(soon), sold.moved(late)), ((TOTAL, TOTAL), (TOTAL, 0)));
        assert_eq!(sold.history(soon).await, ["captured job", "order_cancelled visitor", "refunded job"]);
        sold.close().await;
    }

    async fn an_invoice_is_paid_outside_and_what_came_is_owed_when_it_is_cancelled(engine: Engine) {
        let sold = Sold::open(engine).await;
        let before = sold.bank.steps();
        let (unpaid, paid) = (sold.invoiced(&LINES).await, sold.invoiced(&LINES).await);
        assert_eq!(sold.order(paid).await.payment_status(), PaymentStatus::Due, "nothing is taken by itself");
        sold.shop().capture(paid, Some(gbp(900)), &staff("ann")).await.unwrap();
        for id in [unpaid, paid] {
            sold.shop().cancel(id, &staff("ann"), "").await.unwrap();
            settle_down(sold.shop()).await;
        }
        let states = async |id: OrderId| (sold.order(id).await.payment_status(), sold.order(id).await.refundable());
        assert_eq!(states(unpaid).await, (PaymentStatus::Voided, gbp(0)));
        assert_eq!(states(paid).await, (PaymentStatus::PartPaid, gbp(900)), "somebody must send it back");
        sold.shop().refund(paid, None, &staff("ann")).await.unwrap();
        assert_eq!(states(paid).await, (PaymentStatus::Refunded, gbp(0)));
        settle_down(sold.shop()).await;
        assert_eq!((sold.letters(paid, "A refund").await, sold.letters(unpaid, "A refund").await), (1, 0));
        assert_eq!(sold.bank.steps(), before, "no bank hears of an invoice");
        assert_eq!(level(sold.shop(), "mug").await, (60, 60, 0, 0));
        sold.close().await;
    }

    async fn a_move_that_the_state_refuses_says_why_and_changes_nothing(engine: Engine) {
        let (sold, ann) = (Sold::open(engine).await, staff("ann"));
        let (closed, cancelled, part) = (sold.paid(&LINES).await, sold.paid(&LINES).await, sold.paid(&LINES).await);
        sold.shop().ship(closed, &[], "", &ann).await.unwrap();
        sold.shop().cancel(cancelled, &ann, "").await.unwrap();
        sold.shop().ship(part, &[(1, 1)], "", &ann).await.unwrap();
        settle_down(sold.shop()).await;
        let letters = sold.open.letters().len();
        let refused = |what: &str, state: &str| format!("{what} is not possible while it is {state}");
        for (id, capture, cancel, ship) in [
            (closed, "paid", "closed", Some("closed")),
            (cancelled, "cancelled", "cancelled", Some("cancelled")),
            (part, "paid", "part_fulfilled", None),
        ] {
            let (before, history) = (sold.order(id).await, sold.history(id).await);
            assert_eq!(why(sold.shop().capture(id, None, &ann).await), refused("capturing", capture));
            assert_eq!(why(sold.shop().cancel(id, &ann, "no").await), refused("cancelling", cancel));
            if let Some(ship) = ship {
                assert_eq!(why(sold.shop().ship(id, &[], "", &ann).await), refused("shipping", ship));
            }
            assert_eq!((sold.order(id).await, sold.history(id).await), (before, history));
        }
        let nobodys = OrderId::new(sold.shop().chance().id());
        let moves = [
            why(sold.shop().capture(nobodys, None, &ann).await), why(sold.shop().ship(nobodys, &[], "", &ann).await),
            why(sold.shop().refund(nobodys, None, &ann).await), why(sold.shop().cancel(nobodys, &ann, "").await),
            why(sold.shop().note(nobodys, "Hm.", &ann).await), why(sold.shop().cancel_by_customer(nobodys).await),
            why(sold.shop().withdraw(nobodys, &declaration("a@example.org"), &ann).await),
        ];
        assert!(moves.iter().all(|told| told == "there is no such order"), "{moves:?}");
        settle_down(sold.shop()).await;
        assert_eq!(sold.open.letters().len(), letters);
        sold.close().await;
    }

    async fn what_the_gateway_did_by_itself_is_found_out(engine: Engine) {
        let sold = Sold::open(engine).await;
        let (taken, run_out, part) = (sold.placed(&LINES).await, sold.placed(&LINES).await, sold.placed(&LINES).await);
        let checkout = |id: OrderId| CheckoutId::new(id.uuid());
        // By hand at the bank, before our own tasks came to it.
        sold.bank.change(checkout(taken), |payment| {
            (payment.captured, payment.status) = (payment.amount, ProviderStatus::Captured);
        });
        sold.bank.change(checkout(run_out), |payment| payment.status = ProviderStatus::Voided);
        sold.bank.change(checkout(part), |payment| {
            (payment.captured, payment.status) = (gbp(300), ProviderStatus::PartCaptured);
        });
        sold.shop().clock().advance_ms(DAY_MS);
        sold.shop().sweep().await.unwrap();
        for (id, status, state) in [
            (taken, PaymentStatus::Paid, PaymentState::Captured),
            (run_out, PaymentStatus::Voided, PaymentState::Voided),
            (part, PaymentStatus::PartPaid, PaymentState::Captured),
        ] {
            let payment = sold.shop().db().list_payments(checkout(id)).await.unwrap().remove(0);
            assert_eq!((sold.order(id).await.payment_status(), payment.state, payment.ask_at), (status, state, None));
        }
        assert_eq!(sold.history(run_out).await, ["voided gateway"]);
        settle_down(sold.shop()).await;
        assert_eq!((sold.moved(taken), sold.moved(run_out), sold.moved(part)), ((TOTAL, 0), (0, 0), (TOTAL, 0)));
        assert_eq!(sold.history(part).await, ["captured gateway", "captured job"]);
        sold.close().await;
    }
}
