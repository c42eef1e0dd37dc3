//! Everything that the demo payment site can be asked to do to a store, over real HTTP.

use crate::support::{DemoWorld, NOW, asked, code_of, eur, key, payment};
use commerce::payment::PaymentNews;
use payments::demo::{Behaviour, Operation, Outcome};
use payments::{Asked, Ending, Gateway, GatewayError, ProviderStatus, StartPayment};

/// Where the browser goes after a decision: the shop's address and the payment's id, never a status.
fn back_to(address: &str, asked: &Asked) -> String {
    format!("{address}?payment={}", asked.provider_reference.as_ref().unwrap())
}

#[tokio::test]
async fn an_approval_sets_the_amount_aside_and_sends_the_browser_back_with_the_id_alone() {
    let mut world = DemoWorld::start().await;
    let (payment, asked) = world.started(1).await;
    assert_eq!(world.press(&asked, "approve").await, back_to(&payment.return_url, &asked));
    assert_eq!(world.state(&asked).await.news(&asked), PaymentNews::Authorised);
    assert_eq!(world.woken_about().await, payment.reference);
    assert_eq!(world.press(&asked, "decline").await, back_to(&payment.return_url, &asked), "decided once");
    assert_eq!(world.state(&asked).await.news(&asked), PaymentNews::Authorised);
    world.stop().await;
}

#[tokio::test]
async fn a_decline_and_a_cancellation_are_told() {
    let mut world = DemoWorld::start().await;
    let (payment, declined) = world.started(1).await;
    assert_eq!(world.press(&declined, "decline").await, back_to(&payment.return_url, &declined));
    assert_eq!(world.woken_about().await, payment.reference);
    let status = world.state(&declined).await.status;
    assert_eq!(status, ProviderStatus::Declined { code: "card_declined".to_owned() });
    let (payment, cancelled) = world.started(2).await;
    assert_eq!(world.press(&cancelled, "cancel").await, back_to(&payment.cancel_url, &cancelled));
    assert_eq!(world.woken_about().await, payment.reference);
    assert_eq!(world.state(&cancelled).await.news(&cancelled), PaymentNews::Cancelled);
}

#[tokio::test]
async fn three_d_secure_is_a_second_page() {
    let world = DemoWorld::start().await;
    for (number, choice, want) in [
        (1, "approve", PaymentNews::Authorised),
        (2, "decline", PaymentNews::Declined),
        (3, "cancel", PaymentNews::Cancelled),
    ] {
        let (_, asked) = world.started(number).await;
        assert_eq!(world.press(&asked, "three_d_secure").await, world.page_of(&asked));
        let state = world.state(&asked).await;
        assert_eq!((&state.status, state.news(&asked)), (&ProviderStatus::NeedsAction, PaymentNews::Started));
        assert!(world.get(&world.page_of(&asked)).await.text().await.unwrap().contains("Is it you?"));
        world.press(&asked, choice).await;
        assert_eq!(world.state(&asked).await.news(&asked), want, "{choice}");
    }
}

#[tokio::test]
async fn an_abandoned_payment_expires_and_cannot_be_approved_any_more() {
    let world = DemoWorld::start().await;
    let (payment, asked) = world.started(1).await;
    world.set_time(payment.expires_at.plus_ms(-1));
    assert_eq!(world.state(&asked).await.status, ProviderStatus::Open);
    world.set_time(payment.expires_at);
    world.press(&asked, "approve").await;
    assert_eq!(world.state(&asked).await.news(&asked), PaymentNews::Expired);
}

#[tokio::test]
async fn a_late_answer_comes_after_the_browser() {
    let mut world = DemoWorld::start().await;
    let (payment, asked) = world.started(1).await;
    assert_eq!(world.press(&asked, "late").await, back_to(&payment.return_url, &asked));
    assert_eq!(world.state(&asked).await.status, ProviderStatus::Open);
    assert!(!world.has_webhook());
    world.press(&asked, "decline").await;
    assert_eq!(world.state(&asked).await.status, ProviderStatus::Open, "the shopper has decided");
    world.release(&asked).await;
    assert_eq!(world.woken_about().await, payment.reference);
    assert_eq!(world.state(&asked).await.news(&asked), PaymentNews::Authorised);
}

#[tokio::test]
async fn a_late_answer_does_not_outlive_the_end_of_its_payment() {
    let world = DemoWorld::start().await;
    let (_, asked) = world.started(1).await;
    world.press(&asked, "late").await;
    assert!(matches!(world.gateway.expire(&asked, &key("expire")).await.unwrap(), Ending::Ended(_)));
    world.release(&asked).await;
    assert_eq!(world.state(&asked).await.news(&asked), PaymentNews::Expired);
}

#[tokio::test]
async fn an_answer_may_come_twice_and_is_one_event() {
    let mut world = DemoWorld::start().await;
    let (_, asked) = world.started(1).await;
    world.press(&asked, "webhook_twice").await;
    let (first, second) = (world.wake().await, world.wake().await);
    assert_eq!(first, second);
    assert_eq!(world.state(&asked).await.news(&asked), PaymentNews::Authorised);
}

#[tokio::test]
async fn the_webhook_may_be_there_before_the_browser() {
    let mut world = DemoWorld::start().await;
    let (_, asked) = world.started(1).await;
    world.press(&asked, "webhook_first").await;
    assert!(world.has_webhook(), "it was taken before the browser's answer");
}

#[tokio::test]
async fn a_lost_webhook_is_never_sent_and_the_state_tells() {
    let mut world = DemoWorld::start().await;
    let (_, lost) = world.started(1).await;
    world.press(&lost, "webhook_lost").await;
    world.gateway.capture(&lost, eur(2_350), &key("capture")).await.unwrap();
    assert_eq!(world.state(&lost).await.news(&lost), PaymentNews::Captured);
    // This one waits for its webhook, so any of the first would have come before.
    let (payment, told) = world.started(2).await;
    world.press(&told, "webhook_first").await;
    assert_eq!(world.woken_about().await, payment.reference);
}

#[tokio::test]
async fn a_wrong_amount_is_a_mismatch_however_small_the_payment() {
    let world = DemoWorld::start().await;
    for (number, minor) in [(1, 2_350), (2, 100), (3, 1)] {
        let payment = StartPayment { amount: eur(minor), ..payment(number) };
        let started = world.gateway.start(&payment).await.unwrap();
        let asked = asked(&payment, Some(&started));
        world.press(&asked, "wrong_amount").await;
        let state = world.state(&asked).await;
        assert_eq!((&state.status, state.news(&asked)), (&ProviderStatus::Authorised, PaymentNews::Mismatch));
        assert_ne!(state.authorised, asked.amount);
    }
}

#[tokio::test]
async fn a_payment_may_be_paid_after_it_expired() {
    let mut world = DemoWorld::start().await;
    let (payment, asked) = world.started(1).await;
    world.press(&asked, "paid_after_expiry").await;
    assert_eq!(world.state(&asked).await.status, ProviderStatus::Open);
    world.set_time(payment.expires_at);
    assert_eq!(world.state(&asked).await.news(&asked), PaymentNews::Expired);
    assert_eq!(world.woken_about().await, payment.reference);
    world.set_time(payment.expires_at.plus_ms(2_000));
    assert_eq!(world.state(&asked).await.news(&asked), PaymentNews::Authorised);
}

#[tokio::test]
async fn a_payment_may_be_paid_after_the_shop_closed_it() {
    let world = DemoWorld::start().await;
    let (_, asked) = world.started(1).await;
    world.press(&asked, "paid_after_expiry").await;
    assert!(matches!(world.gateway.expire(&asked, &key("expire")).await.unwrap(), Ending::Ended(_)));
    assert_eq!(world.state(&asked).await.news(&asked), PaymentNews::Expired);
    world.release(&asked).await;
    assert_eq!(world.state(&asked).await.news(&asked), PaymentNews::Authorised);
    assert!(matches!(world.gateway.expire(&asked, &key("expire-2")).await.unwrap(), Ending::AlreadyPaid(_)));
}

#[tokio::test]
async fn an_expired_payment_is_approved_only_by_the_button_that_says_so() {
    let world = DemoWorld::start().await;
    let (payment, asked) = world.started(1).await;
    world.set_time(payment.expires_at);
    world.press(&asked, "webhook_first").await;
    assert_eq!(world.state(&asked).await.news(&asked), PaymentNews::Expired);
    world.press(&asked, "paid_after_expiry").await;
    assert_eq!(world.state(&asked).await.news(&asked), PaymentNews::Authorised);
}

fn unreachable<T: std::fmt::Debug>(result: Result<T, GatewayError>) {
    assert!(matches!(result, Err(GatewayError::Unreachable(_))), "{result:?}");
}

#[tokio::test]
async fn a_start_whose_answer_is_lost_has_worked() {
    let world = DemoWorld::start().await;
    let payment = payment(1);
    let hold_answers = [Operation::Start].into();
    world.behave(Behaviour { reference: Some(payment.reference), hold_answers, ..Behaviour::default() }).await;
    unreachable(world.impatient().start(&payment).await);
    let lost = asked(&payment, None);
    let found = world.state(&lost).await;
    assert_eq!((found.reference, &found.status), (Some(payment.reference), &ProviderStatus::Open));
    let repeated = world.gateway.start(&payment).await.unwrap();
    assert_eq!(repeated.provider_reference, found.provider_reference);
    assert!(matches!(world.gateway.expire(&lost, &key("expire")).await.unwrap(), Ending::Ended(_)), "by our reference");
    world.stop().await;
}

#[tokio::test]
async fn a_capture_refund_void_or_expiry_whose_answer_is_lost_has_worked() {
    let world = DemoWorld::start().await;
    let impatient = world.impatient();
    let (_, taken) = world.started(1).await;
    world.press(&taken, "answer_lost").await;
    unreachable(impatient.capture(&taken, eur(2_350), &key("capture")).await);
    assert_eq!(world.state(&taken).await.captured, eur(2_350));
    let again = world.gateway.capture(&taken, eur(2_350), &key("capture")).await.unwrap();
    assert_eq!(again.captured, eur(2_350), "the repeated key takes nothing twice");
    unreachable(impatient.refund(&taken, eur(50), &key("refund")).await);
    assert_eq!(world.gateway.refund(&taken, eur(50), &key("refund")).await.unwrap().refunded, eur(50));
    let (_, let_go) = world.started(2).await;
    world.press(&let_go, "answer_lost").await;
    unreachable(impatient.void(&let_go, &key("void")).await);
    assert_eq!(world.state(&let_go).await.status, ProviderStatus::Voided);
    let hold_answers = [Operation::Expire].into();
    let (payment, closed) = world.started(3).await;
    world.behave(Behaviour { reference: Some(payment.reference), hold_answers, ..Behaviour::default() }).await;
    unreachable(impatient.expire(&closed, &key("expire")).await);
    assert_eq!(world.state(&closed).await.status, ProviderStatus::Expired);
}

#[tokio::test]
async fn a_held_answer_comes_when_it_is_released() {
    let mut world = DemoWorld::start().await;
    let (_, asked) = world.started(1).await;
    world.press(&asked, "answer_lost").await;
    world.wake().await;
    let (gateway, key) = (&world.gateway, key("capture"));
    let mut captured = gateway.capture(&asked, eur(2_350), &key);
    // The webhook of the capture goes out before its answer is held.
    let held = tokio::select! { answer = &mut captured => panic!("{answer:?}"), state = until_captured(&world, &asked) => state };
    assert_eq!(held, eur(2_350));
    let (answer, ()) = tokio::join!(captured, world.release(&asked));
    assert_eq!(answer.unwrap().captured, eur(2_350));
}

/// Asks until the capture has worked.
async fn until_captured(world: &DemoWorld, asked: &Asked) -> commerce::money::Money {
    loop {
        let captured = world.state(asked).await.captured;
        if !captured.is_zero() {
            return captured;
        }
    }
}

#[tokio::test]
async fn a_plain_approval_can_be_told_beforehand_to_do_something_else() {
    let world = DemoWorld::start().await;
    let next = |outcome| Behaviour { outcome: Some(outcome), ..Behaviour::default() };
    world.behave(next(Outcome::Decline)).await;
    world.behave(next(Outcome::ThreeDSecure)).await;
    let named = StartPayment { ..payment(9) };
    let behaviour = Behaviour { reference: Some(named.reference), ..next(Outcome::WrongAmount) };
    world.behave(behaviour).await;
    let (_, wrong) = world.started(9).await;
    let (_, declined) = world.started(1).await;
    let (_, challenged) = world.started(2).await;
    let (started, late) = world.started(3).await;
    world.behave(Behaviour { reference: Some(started.reference), ..next(Outcome::Late) }).await;
    for asked in [&wrong, &declined, &challenged, &late] {
        world.press(asked, "approve").await;
    }
    assert_eq!(world.state(&wrong).await.news(&wrong), PaymentNews::Mismatch);
    assert_eq!(world.state(&declined).await.news(&declined), PaymentNews::Declined);
    assert_eq!(world.state(&challenged).await.status, ProviderStatus::NeedsAction);
    assert_eq!(world.state(&late).await.status, ProviderStatus::Open);
    world.press(&challenged, "approve").await;
    assert_eq!(world.state(&challenged).await.news(&challenged), PaymentNews::Authorised, "told once");
}

#[tokio::test]
async fn a_webhook_is_sent_again_until_the_shop_takes_it_and_not_for_ever() {
    let mut world = DemoWorld::start().await;
    world.fail_webhooks(5);
    let (payment, asked) = world.started(1).await;
    world.press(&asked, "webhook_first").await;
    assert_eq!(world.woken_about().await, payment.reference, "the sixth attempt");
    world.fail_webhooks(6);
    let (_, asked) = world.started(2).await;
    world.press(&asked, "webhook_first").await;
    assert!(!world.has_webhook(), "given up");
    assert_eq!(world.state(&asked).await.news(&asked), PaymentNews::Authorised);
}

#[tokio::test]
async fn a_site_that_is_gone_is_unreachable_and_a_wrong_secret_a_mistake_of_ours() {
    let world = DemoWorld::start().await;
    let (payment, _) = world.started(1).await;
    let config = payments::demo::DemoConfig::new(&world.url, payments::Secret::new("x"), payments::Secret::new("y"));
    let stranger = payments::demo::DemoGateway::new(config).unwrap();
    assert!(matches!(stranger.start(&payment).await, Err(GatewayError::Misconfigured(_))));
    let config =
        payments::demo::DemoConfig::new("http://127.0.0.1:1", payments::Secret::new("x"), payments::Secret::new("y"));
    unreachable(payments::demo::DemoGateway::new(config).unwrap().start(&payment).await);
    for url in ["https://bank.test", "ftp://x", "127.0.0.1:80", ""] {
        let config = payments::demo::DemoConfig::new(url, payments::Secret::new("x"), payments::Secret::new("y"));
        assert!(matches!(payments::demo::DemoGateway::new(config), Err(GatewayError::Misconfigured(_))), "{url}");
    }
    let early = StartPayment { expires_at: NOW, key: key("early"), ..payment };
    let started = world.gateway.start(&early).await.unwrap();
    assert_eq!(world.state(&asked(&early, Some(&started))).await.news(&asked(&early, None)), PaymentNews::Expired);
    assert_eq!(
        code_of(world.gateway.start(&StartPayment { amount: eur(0), key: key("zero"), ..early }).await),
        "bad_payment"
    );
}
