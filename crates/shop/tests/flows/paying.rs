//! Every road that a payment can take, on the real payment site over loopback HTTP.

use crate::support::bank::{Bank, Call, Fate};
use crate::support::site::PaySite;
use crate::support::{
    Engine, NOON, OpenShop, TestShop, assert_stock_adds_up, basket, draft, level, new_checkout, order, order_of, press,
    settle_down,
};
use crate::{on_both, on_both_and_in_conflict};
use commerce::event::{Actor, Subject};
use commerce::ids::CheckoutId;
use commerce::order::OrderState;
use commerce::payment::{PaymentState, PaymentStatus};
use payments::demo::{Operation, Outcome};
use shop::Clock;
use shop::checkout::{PayError, PayRequest, Paying};
use shop::payment::{CheckoutState, GiveBackError};
use std::sync::Arc;

const HOLD_MS: i64 = 15 * 60_000;
/// The setting of a store that sends everything for nothing.
const FREE_DELIVERY: &str =
    r#"[{ code = "post", name = { en = "Post" }, days = [2, 3], charges = [{ currency = "GBP", per_order = "0" }] }]"#;

/// A store with five mugs whose payments are made at a running site.
async fn world(engine: Engine) -> (OpenShop, PaySite) {
    let clock = Clock::fixed(NOON);
    let site = PaySite::start(&clock).await;
    let shop = TestShop::new().product("mug", 1_000, Some(5)).clock(&clock).gateways(site.gateways());
    (shop.open(engine).await, site)
}

/// A store with five mugs beside a bank in memory.
async fn banked(engine: Engine) -> (OpenShop, Bank) {
    let bank = Bank::new();
    let gateways = vec![bank.gateway(), Arc::new(payments::Invoice)];
    (TestShop::new().product("mug", 1_000, Some(5)).gateways(gateways).open(engine).await, bank)
}

fn mugs(open: &OpenShop, count: u32) -> PayRequest {
    let id = new_checkout(&open.shop);
    press(&open.shop, id, &basket(&[("mug", count)]), &draft("ann@example.org", "demo"))
}

async fn go_to_page(open: &OpenShop, request: &PayRequest) -> String {
    match open.shop.pay(request).await.unwrap() {
        Paying::Redirect(page) => page,
        settled @ Paying::Settled(_) => panic!("{settled:?}"),
    }
}

async fn payment_state(open: &OpenShop, id: CheckoutId) -> PaymentState {
    open.shop.db().list_payments(id).await.unwrap().last().unwrap().state
}

async fn placed(open: &OpenShop, id: CheckoutId) {
    assert_eq!(open.shop.settle(id).await.unwrap(), CheckoutState::Placed(order_of(id)));
}

on_both_and_in_conflict! {
    async fn an_approved_payment_is_an_order_and_is_captured_after(engine: Engine) {
        let (open, site) = world(engine).await;
        site.attach(&open.shop);
        let request = mugs(&open, 2);
        let page = go_to_page(&open, &request).await;
        assert_eq!(go_to_page(&open, &request).await, page, "pressing again leads to the same page");
        assert_eq!(level(&open.shop, "mug").await, (5, 3, 2, 0));
        assert!(matches!(open.shop.settle(request.id).await.unwrap(), CheckoutState::Waiting { next_url: Some(url) } if url == page));
        let back = site.press(&page, Outcome::Approve).await;
        assert!(back.contains(&format!("/pay/return/{}", request.id)), "{back}");
        placed(&open, request.id).await;
        assert!(site.webhook_handled().await);
        settle_down(&open.shop).await;
        assert_eq!(site.sums(request.id).await, ("captured".to_owned(), 2_395, 0));
        assert_eq!(order(&open.shop, request.id).await.payment_status(), PaymentStatus::Paid);
        assert_eq!(open.letters().len(), 1);
        assert_eq!(open.shop.pay(&request).await.unwrap(), Paying::Settled(request.id));
        assert_eq!(level(&open.shop, "mug").await, (5, 3, 0, 2));
        open.close().await;
    }

    async fn a_declined_payment_gives_the_units_back_and_a_new_checkout_works(engine: Engine) {
        let (open, site) = world(engine).await;
        let request = mugs(&open, 5);
        let page = go_to_page(&open, &request).await;
        site.press(&page, Outcome::Decline).await;
        for _ in 0..2 {
            let state = open.shop.settle(request.id).await.unwrap();
            assert!(matches!(state, CheckoutState::Failed { state: PaymentState::Declined, .. }), "{state:?}");
        }
        assert_eq!(level(&open.shop, "mug").await, (5, 5, 0, 0));
        assert_eq!(open.shop.pay(&request).await.unwrap(), Paying::Settled(request.id), "this one is over");
        let again = PayRequest { id: new_checkout(&open.shop), ..request };
        site.press(&go_to_page(&open, &again).await, Outcome::Approve).await;
        placed(&open, again.id).await;
        assert_eq!(level(&open.shop, "mug").await, (5, 0, 0, 5));
        open.close().await;
    }

    async fn a_second_step_at_the_bank_is_waited_for(engine: Engine) {
        let (open, site) = world(engine).await;
        let request = mugs(&open, 1);
        let page = go_to_page(&open, &request).await;
        site.press(&page, Outcome::ThreeDSecure).await;
        assert!(matches!(open.shop.settle(request.id).await.unwrap(), CheckoutState::Waiting { .. }));
        site.press(&page, Outcome::Approve).await;
        placed(&open, request.id).await;
        open.close().await;
    }

    async fn an_abandoned_payment_ends_with_its_hold(engine: Engine) {
        let (open, site) = world(engine).await;
        let request = mugs(&open, 1);
        let page = go_to_page(&open, &request).await;
        open.shop.clock().advance_ms(HOLD_MS);
        settle_down(&open.shop).await;
        assert_eq!(level(&open.shop, "mug").await, (5, 5, 0, 0));
        assert_eq!(payment_state(&open, request.id).await, PaymentState::Expired);
        site.press(&page, Outcome::Approve).await;
        assert_eq!(site.sums(request.id).await.0, "expired");
        assert!(matches!(open.shop.settle(request.id).await.unwrap(), CheckoutState::Failed { .. }));
        open.close().await;
    }

    async fn a_shopper_who_gives_up_is_told_and_a_left_checkout_cannot_be_paid(engine: Engine) {
        let (open, site) = world(engine).await;
        let (first, second) = (mugs(&open, 1), mugs(&open, 2));
        let page = go_to_page(&open, &first).await;
        assert!(site.press(&page, Outcome::Cancel).await.contains("cancelled=1"));
        let state = open.shop.settle(first.id).await.unwrap();
        assert!(matches!(state, CheckoutState::Failed { state: PaymentState::Cancelled, .. }), "{state:?}");
        let page = go_to_page(&open, &second).await;
        open.shop.abandon(second.id).await.unwrap();
        site.press(&page, Outcome::Approve).await;
        assert_eq!(site.sums(second.id).await.0, "expired");
        assert_eq!(level(&open.shop, "mug").await, (5, 5, 0, 0));
        open.close().await;
    }

    async fn a_left_checkout_tells_what_became_of_it(engine: Engine) {
        let (open, bank) = banked(engine).await;
        assert_eq!(open.shop.checkout_state(new_checkout(&open.shop)).await.unwrap(), CheckoutState::Unknown);
        let (left, paid, silent) = (mugs(&open, 1), mugs(&open, 1), mugs(&open, 1));
        for request in [&left, &paid, &silent] {
            let page = go_to_page(&open, request).await;
            let waiting = CheckoutState::Waiting { next_url: Some(page) };
            assert_eq!(open.shop.checkout_state(request.id).await.unwrap(), waiting);
        }
        bank.approve(paid.id);
        let state = open.shop.abandon(left.id).await.unwrap();
        assert!(matches!(state, CheckoutState::Failed { state: PaymentState::Expired, .. }), "{state:?}");
        assert_eq!(open.shop.abandon(paid.id).await.unwrap(), CheckoutState::Placed(order_of(paid.id)));
        bank.fate(|_| Fate::Lost);
        let state = open.shop.abandon(silent.id).await.unwrap();
        assert!(matches!(state, CheckoutState::Waiting { next_url: Some(_) }), "its page can still be paid: {state:?}");
        assert_eq!(level(&open.shop, "mug").await, (5, 3, 1, 1));
        open.close().await;
    }

    async fn the_one_address_is_the_billing_address_also_of_a_repeated_press(engine: Engine) {
        let (open, _) = banked(engine).await;
        let request = mugs(&open, 1);
        let page = go_to_page(&open, &request).await;
        let frozen = open.shop.db().find_checkout(request.id).await.unwrap().unwrap();
        assert_eq!(frozen.billing_address, request.draft.delivery);
        assert_eq!(go_to_page(&open, &request).await, page);
        open.close().await;
    }

    async fn what_costs_nothing_is_an_order_without_a_payment(engine: Engine) {
        let bank = Bank::new();
        let shop = TestShop::new().product("leaflet", 0, Some(5)).product("mug", 1_000, Some(5));
        let open = shop.setting("delivery", FREE_DELIVERY).gateways(vec![bank.gateway()]).open(engine).await;
        let of = |sku: &str, gateway: &str| {
            press(&open.shop, new_checkout(&open.shop), &basket(&[(sku, 2)]), &draft("ann@example.org", gateway))
        };
        let leaflets = of("leaflet", "demo");
        for _ in 0..2 {
            assert_eq!(open.shop.pay(&leaflets).await.unwrap(), Paying::Settled(leaflets.id));
        }
        placed(&open, leaflets.id).await;
        settle_down(&open.shop).await;
        let order = order(&open.shop, leaflets.id).await;
        assert_eq!((order.payment_status(), order.money.is_sound()), (PaymentStatus::Paid, true));
        assert_eq!((bank.payments(leaflets.id).len(), level(&open.shop, "leaflet").await), (0, (5, 3, 0, 2)));
        // Nobody chooses it for what has a price.
        assert!(matches!(open.shop.pay(&of("mug", "none")).await, Err(PayError::Gateway)));
        open.shop.cancel(order_of(leaflets.id), &Actor::Operator, "").await.unwrap();
        settle_down(&open.shop).await;
        assert_eq!(level(&open.shop, "leaflet").await, (5, 5, 0, 0));
        open.close().await;
    }

    async fn a_late_yes_is_taken_when_it_comes(engine: Engine) {
        let (open, site) = world(engine).await;
        site.attach(&open.shop);
        let request = mugs(&open, 1);
        let page = go_to_page(&open, &request).await;
        site.press(&page, Outcome::Late).await;
        assert!(matches!(open.shop.settle(request.id).await.unwrap(), CheckoutState::Waiting { .. }));
        site.release(request.id).await;
        assert!(site.webhook_handled().await);
        placed(&open, request.id).await;
        open.close().await;
    }

    async fn a_webhook_that_comes_twice_or_first_places_one_order(engine: Engine) {
        let (open, site) = world(engine).await;
        site.attach(&open.shop);
        let (twice, first) = (mugs(&open, 1), mugs(&open, 1));
        let page = go_to_page(&open, &twice).await;
        site.press(&page, Outcome::WebhookTwice).await;
        assert!(site.webhook_handled().await && site.webhook_handled().await);
        let page = go_to_page(&open, &first).await;
        site.press(&page, Outcome::WebhookFirst).await;
        assert!(open.shop.db().has_order(order_of(first.id)).await.unwrap(), "before the browser was back");
        placed(&open, first.id).await;
        placed(&open, twice.id).await;
        assert_eq!(open.shop.list_orders(None, None, 10).await.unwrap().len(), 2);
        settle_down(&open.shop).await;
        assert_eq!((site.sums(twice.id).await.1, site.sums(first.id).await.1), (1_395, 1_395));
        open.close().await;
    }

    async fn each_event_of_a_gateway_counts_once_and_one_that_failed_comes_again(engine: Engine) {
        let (open, bank) = banked(engine).await;
        let request = mugs(&open, 1);
        go_to_page(&open, &request).await;
        let tell = async |event: &str| {
            let (headers, body) = (http::HeaderMap::new(), format!("{event} {}", request.id));
            open.shop.webhook("demo", &headers, body.as_bytes()).await
        };
        let before = bank.steps();
        for _ in 0..3 {
            tell("opened").await.unwrap();
        }
        assert_eq!(bank.steps() - before, 2, "the bank was asked once");
        bank.approve(request.id);
        bank.next(Call::State, Fate::Lost);
        assert!(tell("paid").await.is_err(), "it must be sent again");
        tell("paid").await.unwrap();
        placed(&open, request.id).await;
        open.close().await;
    }

    async fn a_lost_webhook_is_made_up_for_by_the_sweep(engine: Engine) {
        let (open, site) = world(engine).await;
        site.attach(&open.shop);
        let request = mugs(&open, 1);
        let page = go_to_page(&open, &request).await;
        site.press(&page, Outcome::WebhookLost).await;
        open.shop.clock().advance_ms(HOLD_MS);
        settle_down(&open.shop).await;
        assert_eq!(order(&open.shop, request.id).await.payment_status(), PaymentStatus::Paid);
        assert_eq!(level(&open.shop, "mug").await, (5, 4, 0, 1));
        open.close().await;
    }

    async fn a_wrong_amount_goes_to_review_and_places_nothing(engine: Engine) {
        let (open, site) = world(engine).await;
        let request = mugs(&open, 1);
        let page = go_to_page(&open, &request).await;
        site.press(&page, Outcome::WrongAmount).await;
        for _ in 0..3 {
            assert_eq!(open.shop.settle(request.id).await.unwrap(), CheckoutState::InReview);
        }
        open.shop.clock().advance_ms(HOLD_MS);
        settle_down(&open.shop).await;
        assert!(!open.shop.db().has_order(order_of(request.id)).await.unwrap());
        let payment = open.shop.db().list_payments(request.id).await.unwrap().remove(0);
        assert_eq!(payment.state, PaymentState::Review);
        assert!(payment.ask_at.is_some(), "it is asked about until a person has settled it");
        let events = open.shop.db().list_events(Subject::Payment, &payment.id.to_string()).await.unwrap();
        assert_eq!(events.len(), 1, "noted once, however often it is looked at");
        assert_eq!((site.sums(request.id).await.1, open.letters().len()), (0, 0));
        assert_eq!(level(&open.shop, "mug").await, (5, 5, 0, 0));
        open.close().await;
    }

    async fn a_payment_that_does_not_match_is_given_back_by_a_person_once(engine: Engine) {
        let (open, site) = world(engine).await;
        let (request, ann) = (mugs(&open, 1), Actor::Operator);
        site.press(&go_to_page(&open, &request).await, Outcome::WrongAmount).await;
        let payment = open.shop.db().list_payments(request.id).await.unwrap().remove(0);
        let early = open.shop.give_back_in_review(payment.id, &ann).await;
        assert!(matches!(early, Err(GiveBackError::NotInReview(PaymentState::Pending))), "{early:?}");
        assert_eq!(open.shop.settle(request.id).await.unwrap(), CheckoutState::InReview);
        let waiting = open.shop.list_payments_in_review().await.unwrap();
        assert_eq!(waiting.iter().map(|known| known.payment.id).collect::<Vec<_>>(), [payment.id]);
        let shown = open.shop.show_payment(payment.id).await.unwrap().unwrap();
        assert_ne!(shown.found.unwrap().unwrap().authorised, shown.known.payment.amount);
        open.shop.give_back_in_review(payment.id, &ann).await.unwrap();
        let again = open.shop.give_back_in_review(payment.id, &ann).await;
        assert!(matches!(again, Err(GiveBackError::NotInReview(PaymentState::Voided))), "{again:?}");
        assert_eq!(open.shop.settle(request.id).await.unwrap(), CheckoutState::GivenBack);
        let (_, captured, refunded) = site.sums(request.id).await;
        assert_eq!(captured, refunded, "nothing of it stays");
        assert_eq!(open.shop.list_payments_in_review().await.unwrap().len(), 0);
        assert_eq!(level(&open.shop, "mug").await, (5, 5, 0, 0));
        open.close().await;
    }

    async fn a_payment_after_expiry_gets_the_goods_if_they_are_there(engine: Engine) {
        let (open, site) = world(engine).await;
        site.attach(&open.shop);
        let request = mugs(&open, 3);
        let page = go_to_page(&open, &request).await;
        open.shop.clock().advance_ms(HOLD_MS);
        settle_down(&open.shop).await;
        assert_eq!(level(&open.shop, "mug").await, (5, 5, 0, 0));
        site.press(&page, Outcome::PaidAfterExpiry).await;
        assert!(site.webhook_handled().await);
        placed(&open, request.id).await;
        assert_eq!(level(&open.shop, "mug").await, (5, 2, 0, 3));
        open.close().await;
    }

    async fn a_payment_after_expiry_goes_back_if_the_goods_are_gone(engine: Engine) {
        let (open, site) = world(engine).await;
        let request = mugs(&open, 3);
        let page = go_to_page(&open, &request).await;
        open.shop.clock().advance_ms(HOLD_MS);
        settle_down(&open.shop).await;
        let other = mugs(&open, 4);
        site.press(&go_to_page(&open, &other).await, Outcome::Approve).await;
        placed(&open, other.id).await;
        site.press(&page, Outcome::PaidAfterExpiry).await;
        for _ in 0..2 {
            assert_eq!(open.shop.settle(request.id).await.unwrap(), CheckoutState::GivenBack);
        }
        assert_eq!(site.sums(request.id).await, ("voided".to_owned(), 0, 0));
        settle_down(&open.shop).await;
        let letters = open.letters();
        assert_eq!(letters.len(), 2, "one of the order, one of the money");
        let of_the_money = letters.iter().find(|letter| letter.contains("is on its way back")).unwrap();
        assert!(!of_the_money.contains("/order/"), "there is none");
        assert_eq!(payment_state(&open, request.id).await, PaymentState::Voided);
        // Even when the goods come back, that money carries no order any more.
        open.shop.cancel(order_of(other.id), &Actor::Operator, "").await.unwrap();
        assert_eq!(open.shop.settle(request.id).await.unwrap(), CheckoutState::GivenBack);
        settle_down(&open.shop).await;
        assert_eq!(level(&open.shop, "mug").await, (5, 5, 0, 0));
        open.close().await;
    }

    async fn captured_money_that_comes_too_late_is_refunded_once(engine: Engine) {
        let bank = Bank::capturing();
        let shop = TestShop::new().product("mug", 1_000, Some(5)).gateways(vec![bank.gateway(), Arc::new(payments::Invoice)]);
        let open = shop.open(engine).await;
        let request = mugs(&open, 3);
        go_to_page(&open, &request).await;
        open.shop.clock().advance_ms(HOLD_MS);
        settle_down(&open.shop).await;
        let other = press(&open.shop, new_checkout(&open.shop), &basket(&[("mug", 5)]), &draft("b@example.org", "invoice"));
        open.shop.pay(&other).await.unwrap();
        bank.approve_late(request.id);
        bank.next(Call::Refund, Fate::AnswerLost);
        assert!(open.shop.settle(request.id).await.is_err(), "nobody knows yet whether it went back");
        open.shop.cancel(order_of(other.id), &Actor::Operator, "").await.unwrap();
        settle_down(&open.shop).await;
        let (_, _, captured, refunded) = bank.sums(request.id);
        assert_eq!((captured, refunded), (3_000 + 395, 3_000 + 395));
        assert_eq!(open.shop.settle(request.id).await.unwrap(), CheckoutState::GivenBack);
        assert_eq!(open.shop.list_orders(Some(OrderState::Open), None, 10).await.unwrap().len(), 0);
        assert_eq!(level(&open.shop, "mug").await, (5, 5, 0, 0));
        open.close().await;
    }

    async fn a_start_whose_answer_was_lost_is_repeated_as_the_same_payment(engine: Engine) {
        let (open, site) = world(engine).await;
        let request = mugs(&open, 1);
        site.hold_answer(request.id, Operation::Start).await;
        assert!(matches!(open.shop.pay(&request).await, Err(PayError::Gateway)));
        let page = go_to_page(&open, &request).await;
        assert_eq!(site.payments(request.id).await.len(), 1);
        site.press(&page, Outcome::Approve).await;
        placed(&open, request.id).await;
        assert_eq!(level(&open.shop, "mug").await, (5, 4, 0, 1));
        open.close().await;
    }

    async fn a_capture_and_a_refund_whose_answers_are_lost_move_money_once(engine: Engine) {
        let (open, site) = world(engine).await;
        let request = mugs(&open, 1);
        let page = go_to_page(&open, &request).await;
        site.press(&page, Outcome::AnswerLost).await;
        placed(&open, request.id).await;
        settle_down(&open.shop).await;
        open.shop.clock().advance_ms(10_000);
        settle_down(&open.shop).await;
        assert_eq!(site.sums(request.id).await, ("captured".to_owned(), 1_395, 0));
        assert_eq!(order(&open.shop, request.id).await.payment_status(), PaymentStatus::Paid);
        assert!(open.shop.refund(order_of(request.id), None, &Actor::Operator).await.is_err(), "its answer is lost");
        let refunded = open.shop.refund(order_of(request.id), None, &Actor::Operator).await.unwrap();
        assert_eq!(refunded.payment_status(), PaymentStatus::Refunded);
        assert_eq!(site.sums(request.id).await, ("captured".to_owned(), 1_395, 1_395));
        open.close().await;
    }

    async fn a_cancelled_order_whose_void_was_not_answered_is_let_go_once(engine: Engine) {
        let (open, bank) = banked(engine).await;
        let request = mugs(&open, 1);
        go_to_page(&open, &request).await;
        bank.approve(request.id);
        placed(&open, request.id).await;
        bank.next(Call::Void, Fate::AnswerLost);
        open.shop.cancel(order_of(request.id), &Actor::Operator, "").await.unwrap();
        settle_down(&open.shop).await;
        assert_eq!(order(&open.shop, request.id).await.payment_status(), PaymentStatus::Authorised, "not known yet");
        open.shop.clock().advance_ms(10_000);
        settle_down(&open.shop).await;
        let order = order(&open.shop, request.id).await;
        assert_eq!((order.payment_status(), order.money.is_sound()), (PaymentStatus::Voided, true));
        assert_eq!(level(&open.shop, "mug").await, (5, 5, 0, 0));
        open.close().await;
    }

    async fn an_unknown_checkout_is_told_so(engine: Engine) {
        let (open, site) = world(engine).await;
        assert_eq!(open.shop.settle(new_checkout(&open.shop)).await.unwrap(), CheckoutState::Unknown);
        open.shop.abandon(new_checkout(&open.shop)).await.unwrap();
        let forged = open.shop.webhook("demo", &http::HeaderMap::new(), b"{}").await;
        assert!(forged.is_err() && site.payments(new_checkout(&open.shop)).await.is_empty());
        open.close().await;
    }

    async fn a_gateway_that_is_down_loses_nothing(engine: Engine) {
        let (open, bank) = banked(engine).await;
        let (paid, open_one) = (mugs(&open, 1), mugs(&open, 1));
        go_to_page(&open, &paid).await;
        bank.fate(|_| Fate::Lost);
        assert!(matches!(open.shop.pay(&open_one).await, Err(PayError::Gateway)));
        bank.approve(paid.id);
        assert!(open.shop.settle(paid.id).await.is_err());
        open.shop.clock().advance_ms(HOLD_MS);
        settle_down(&open.shop).await;
        assert_eq!(level(&open.shop, "mug").await, (5, 3, 2, 0), "nothing goes back before the gateway has said so");
        assert_stock_adds_up(&open.shop).await;
        bank.fate(|_| Fate::Works);
        open.shop.clock().advance_ms(60_000);
        settle_down(&open.shop).await;
        placed(&open, paid.id).await;
        assert!(matches!(open.shop.settle(open_one.id).await.unwrap(), CheckoutState::Failed { .. }));
        assert_eq!(level(&open.shop, "mug").await, (5, 4, 0, 1));
        open.close().await;
    }

    async fn a_number_that_another_order_has_is_drawn_anew(engine: Engine) {
        let (open, bank) = banked(engine).await;
        let (first, second) = (mugs(&open, 1), mugs(&open, 1));
        for request in [&first, &second] {
            go_to_page(&open, request).await;
            bank.approve(request.id);
        }
        placed(&open, first.id).await;
        let theirs = open.shop.db().find_checkout(second.id).await.unwrap().unwrap().number;
        open.meddle(&format!("UPDATE orders SET number = '{}' WHERE id = '{}'", theirs.as_str(), first.id)).await;
        placed(&open, second.id).await;
        let number = order(&open.shop, second.id).await.sold.number;
        assert_ne!(number, theirs);
        assert_eq!(open.shop.show_order(&number).await.unwrap().unwrap().order.id, order_of(second.id));
        open.close().await;
    }

    async fn a_repeated_press_has_its_answer_whatever_the_catalogue_says_since(engine: Engine) {
        let (open, _) = banked(engine).await;
        let request = mugs(&open, 1);
        let page = go_to_page(&open, &request).await;
        let (setup, entries) = crate::support::catalogue(&[("mug".to_owned(), 1_200, Some(5))]);
        open.shop.put_catalogue_setup(&setup, &Actor::Operator, shop::catalogue::Showing::LaterAsAWhole).await.unwrap();
        open.shop.put_products(&entries, &Actor::Operator, shop::catalogue::Showing::LaterAsAWhole).await.unwrap();
        let behind = PayRequest { id: new_checkout(&open.shop), ..request.clone() };
        match open.shop.pay(&behind).await {
            Err(PayError::PriceChanged { title, before, now, .. }) => {
                assert_eq!((title.as_str(), before.minor(), now.minor()), ("mug", 1_000, 1_200));
            }
            other => panic!("the page does not know the new price yet: {other:?}"),
        }
        open.shop.publish_all().await.unwrap();
        open.shop.clock().advance_ms(1);
        assert_eq!(go_to_page(&open, &request).await, page);
        let fresh = PayRequest { id: new_checkout(&open.shop), ..request };
        assert!(matches!(open.shop.pay(&fresh).await, Err(PayError::Changed { .. })));
        open.close().await;
    }
}

// It counts steps, which conflicts add to.
on_both! {
    async fn an_invoice_that_nobody_settled_is_cancelled_without_a_word_of_money(engine: Engine) {
        let (open, _) = banked(engine).await;
        let request = press(&open.shop, new_checkout(&open.shop), &basket(&[("mug", 2)]), &draft("ann@example.org", "invoice"));
        // Stopped between the hold and the order.
        let bank = Bank::new();
        assert!(crate::support::crash::crash_after(&open.shop, &bank, 10, open.shop.pay(&request)).await.is_none());
        open.shop.clock().advance_ms(HOLD_MS);
        settle_down(&open.shop).await;
        let state = open.shop.settle(request.id).await.unwrap();
        assert!(matches!(state, CheckoutState::Failed { state: PaymentState::Cancelled, .. }), "{state:?}");
        settle_down(&open.shop).await;
        assert_eq!((open.letters().len(), level(&open.shop, "mug").await), (0, (5, 5, 0, 0)));
        open.close().await;
    }
}
