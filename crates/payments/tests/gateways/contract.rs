//! The suite that every gateway runs.

use crate::fake_paypal::FakePayPal;
use crate::fake_stripe::FakeStripe;
use crate::support::{DemoWorld, asked, code_of, eur, key, page, payment};
use commerce::money::{Currency, Money};
use commerce::payment::PaymentNews;
use payments::{
    Asked, Ending, Gateway, GatewayError, Invoice, Next, ProviderPayment, ProviderStatus, StartPayment, WebhookError,
};

/// A gateway with a shopper in front of its page.
pub(crate) trait World {
    fn gateway(&self) -> &dyn Gateway;
    async fn shopper_pays(&self, asked: &Asked);
    async fn shopper_is_declined(&self, asked: &Asked);
}

impl World for DemoWorld {
    fn gateway(&self) -> &dyn Gateway {
        &self.gateway
    }

    async fn shopper_pays(&self, asked: &Asked) {
        self.press(asked, "approve").await;
    }

    async fn shopper_is_declined(&self, asked: &Asked) {
        self.press(asked, "decline").await;
    }
}

async fn started(world: &impl World, number: u128) -> (StartPayment, Asked) {
    let payment = payment(number);
    let started = world.gateway().start(&payment).await.unwrap();
    let asked = asked(&payment, Some(&started));
    (payment, asked)
}

/// What a store does when it is woken: asks, and confirms what the shopper agreed to.
async fn settled(world: &impl World, asked: &Asked) -> ProviderPayment {
    let gateway = world.gateway();
    let payment = gateway.state(asked).await.unwrap().unwrap();
    if payment.status != ProviderStatus::Approved {
        return payment;
    }
    let confirmed = gateway.confirm(asked, &key("confirm")).await.unwrap();
    assert_eq!(gateway.confirm(asked, &key("confirm")).await.unwrap(), confirmed, "a repeated confirmation");
    confirmed
}

async fn paid(world: &impl World, number: u128) -> Asked {
    let (_, asked) = started(world, number).await;
    world.shopper_pays(&asked).await;
    let payment = settled(world, &asked).await;
    assert_eq!(payment.status, ProviderStatus::Authorised);
    assert_eq!((payment.authorised, payment.captured, payment.refunded), (eur(2_350), eur(0), eur(0)));
    assert_eq!(payment.news(&asked), PaymentNews::Authorised);
    asked
}

async fn every_gateway(world: &impl World) {
    a_repeated_start_is_one_payment(world).await;
    what_is_captured_and_refunded_adds_up(world).await;
    a_part_may_be_captured_and_the_rest_let_go(world).await;
    what_is_set_aside_can_be_let_go(world).await;
    an_unpaid_payment_can_be_closed(world).await;
    a_decline_is_told(world).await;
    what_was_never_started_is_unknown(world).await;
}

async fn a_repeated_start_is_one_payment(world: &impl World) {
    let gateway = world.gateway();
    let payment = payment(1);
    let first = gateway.start(&payment).await.unwrap();
    assert_eq!(gateway.start(&payment).await.unwrap(), first);
    let origin = gateway.form_action_origins().into_iter().find(|origin| page(&first).starts_with(origin.as_str()));
    assert!(origin.is_some(), "{first:?} is on none of the declared origins");
    let other = StartPayment { amount: eur(1), ..payment.clone() };
    assert!(matches!(gateway.start(&other).await, Err(GatewayError::Refused { .. })), "another content under the key");
    let asked = asked(&payment, Some(&first));
    let state = gateway.state(&asked).await.unwrap().unwrap();
    assert_eq!((state.status.clone(), state.news(&asked)), (ProviderStatus::Open, PaymentNews::Started));
    if gateway.capabilities().finds_by_our_reference {
        let lost = Asked { provider_reference: None, ..asked };
        assert_eq!(gateway.state(&lost).await.unwrap(), Some(state), "the answer to the start was lost");
    }
}

async fn what_is_captured_and_refunded_adds_up(world: &impl World) {
    let gateway = world.gateway();
    let asked = paid(world, 2).await;
    let usd = Money::from_minor(100, Currency::parse("USD").unwrap());
    for wrong in [eur(2_351), eur(0), eur(-1), usd] {
        code_of(gateway.capture(&asked, wrong, &key(&format!("wrong{}", wrong.minor()))).await);
    }
    code_of(gateway.refund(&asked, eur(1), &key("refund-early")).await);
    let captured = gateway.capture(&asked, eur(2_350), &key("capture-2")).await.unwrap();
    assert_eq!((captured.status.clone(), captured.captured), (ProviderStatus::Captured, eur(2_350)));
    let again = gateway.capture(&asked, eur(2_350), &key("capture-2")).await.unwrap();
    assert_eq!(again, captured, "a repeated capture");
    code_of(gateway.capture(&asked, eur(1), &key("capture-more")).await);
    code_of(gateway.capture(&asked, eur(2_349), &key("capture-2")).await);
    for ending in [gateway.void(&asked, &key("void-2")).await, gateway.expire(&asked, &key("expire-2")).await] {
        assert!(matches!(ending.unwrap(), Ending::AlreadyPaid(_)), "what is captured can only be refunded");
    }
    for _ in 0..2 {
        let refunded = gateway.refund(&asked, eur(350), &key("refund-2")).await.unwrap();
        assert_eq!(refunded.refunded, eur(350));
    }
    code_of(gateway.refund(&asked, eur(2_001), &key("refund-too-much")).await);
    code_of(gateway.refund(&asked, eur(0), &key("refund-nothing")).await);
    gateway.refund(&asked, eur(2_000), &key("refund-rest")).await.unwrap();
    code_of(gateway.refund(&asked, eur(1), &key("refund-more")).await);
    let state = gateway.state(&asked).await.unwrap().unwrap();
    assert_eq!((state.captured, state.refunded), (eur(2_350), eur(2_350)));
    assert_eq!(state.news(&asked), PaymentNews::Captured);
}

async fn a_part_may_be_captured_and_the_rest_let_go(world: &impl World) {
    let gateway = world.gateway();
    let asked = paid(world, 3).await;
    let part = gateway.capture(&asked, eur(1_000), &key("capture-3a")).await.unwrap();
    assert_eq!(part.captured, eur(1_000));
    if gateway.capabilities().captures_in_parts {
        assert_eq!(part.status, ProviderStatus::PartCaptured);
        code_of(gateway.capture(&asked, eur(1_351), &key("capture-3b")).await);
        gateway.capture(&asked, eur(350), &key("capture-3c")).await.unwrap();
        let ending = gateway.void(&asked, &key("void-3")).await.unwrap();
        assert!(matches!(&ending, Ending::Ended(payment) if payment.captured == eur(1_350)), "{ending:?}");
    }
    let state = gateway.state(&asked).await.unwrap().unwrap();
    assert_eq!(state.status, ProviderStatus::Captured);
    code_of(gateway.capture(&asked, eur(1), &key("capture-3d")).await);
    code_of(gateway.refund(&asked, eur(1_351), &key("refund-3")).await);
}

async fn what_is_set_aside_can_be_let_go(world: &impl World) {
    let gateway = world.gateway();
    let asked = paid(world, 4).await;
    assert!(matches!(gateway.expire(&asked, &key("expire-4")).await.unwrap(), Ending::AlreadyPaid(_)));
    for name in ["void-4", "void-4", "void-4-again"] {
        let ending = gateway.void(&asked, &key(name)).await.unwrap();
        assert!(matches!(&ending, Ending::Ended(payment) if payment.status == ProviderStatus::Voided), "{ending:?}");
    }
    code_of(gateway.capture(&asked, eur(1), &key("capture-4")).await);
    let state = gateway.state(&asked).await.unwrap().unwrap();
    assert_eq!(state.news(&asked), PaymentNews::Voided);
}

async fn an_unpaid_payment_can_be_closed(world: &impl World) {
    let gateway = world.gateway();
    let (_, asked) = started(world, 5).await;
    for name in ["expire-5", "expire-5", "expire-5-again"] {
        let ending = gateway.expire(&asked, &key(name)).await.unwrap();
        assert!(matches!(&ending, Ending::Ended(payment) if !payment.is_paid()), "{ending:?}");
    }
    world.shopper_pays(&asked).await;
    let state = gateway.state(&asked).await.unwrap().unwrap();
    assert!(!state.is_paid(), "{state:?}");
    code_of(gateway.capture(&asked, eur(1), &key("capture-5")).await);
}

async fn a_decline_is_told(world: &impl World) {
    let (_, asked) = started(world, 6).await;
    world.shopper_is_declined(&asked).await;
    let payment = settled(world, &asked).await;
    assert_eq!(payment.news(&asked), PaymentNews::Declined);
    assert!(matches!(payment.status, ProviderStatus::Declined { code } if !code.is_empty()));
}

async fn what_was_never_started_is_unknown(world: &impl World) {
    let gateway = world.gateway();
    let (_, known) = started(world, 7).await;
    let reference = payments::ProviderReference::parse("pay_../../x?y#z").unwrap();
    let asked = Asked { provider_reference: Some(reference), ..known };
    assert_eq!(gateway.state(&asked).await.unwrap(), None);
    assert_eq!(code_of(gateway.capture(&asked, eur(1), &key("capture-7")).await), GatewayError::UNKNOWN_PAYMENT);
    assert_eq!(code_of(gateway.void(&asked, &key("void-7")).await), GatewayError::UNKNOWN_PAYMENT);
}

#[tokio::test]
async fn the_demo_gateway_keeps_the_contract() {
    every_gateway(&DemoWorld::start().await).await;
}

#[tokio::test]
async fn the_trait_fits_stripe() {
    every_gateway(&FakeStripe::default()).await;
}

#[tokio::test]
async fn the_trait_fits_paypal() {
    every_gateway(&FakePayPal::default()).await;
}

#[tokio::test]
async fn an_invoice_is_due_and_moves_no_money_itself() {
    let gateway: &dyn Gateway = &Invoice;
    let payment = payment(8);
    let started = gateway.start(&payment).await.unwrap();
    assert_eq!((gateway.start(&payment).await.unwrap(), &started.next), (started.clone(), &Next::Done));
    assert!(gateway.capabilities().pays_later && gateway.form_action_origins().is_empty());
    let asked = asked(&payment, None);
    let state = gateway.state(&asked).await.unwrap().unwrap();
    assert_eq!((state.news(&asked), state.authorised, state.amount), (PaymentNews::ToPayLater, eur(0), eur(2_350)));
    for _ in 0..2 {
        let ending = gateway.void(&asked, &key("void")).await.unwrap();
        assert_eq!(ending.payment().news(&asked), PaymentNews::Cancelled);
    }
    assert_eq!(code_of(gateway.capture(&asked, eur(1), &key("capture")).await), Invoice::PAID_OUTSIDE);
    assert_eq!(code_of(gateway.refund(&asked, eur(1), &key("refund")).await), Invoice::PAID_OUTSIDE);
    let webhook = gateway.webhook(&http::HeaderMap::new(), b"{}", crate::support::NOW).await;
    assert_eq!(webhook, Err(WebhookError::NoneExpected));
}
