//! PayPal's Orders v2 with `intent=AUTHORIZE` behind the trait, with PayPal's words and rules and no network: proof that
//! the trait fits. Shoppers only agree; the shop authorises, captures in parts, and refunds capture by capture.

use crate::contract::World;
use crate::support::NOW;
use commerce::ids::CheckoutId;
use commerce::moment::Moment;
use commerce::money::Money;
use http::HeaderMap;
use payments::{
    Asked, Capabilities, Ending, Gateway, GatewayError, IdempotencyKey, Next, ProviderPayment, ProviderReference,
    ProviderStatus, Reply, StartPayment, Started, Subject, Wake, WebhookError,
};
use std::collections::HashMap;
use std::sync::Mutex;

#[derive(Default)]
pub(crate) struct FakePayPal {
    api: Mutex<Api>,
}

/// What PayPal keeps.
#[derive(Default)]
struct Api {
    orders: Vec<Order>,
    /// Content and answer by `PayPal-Request-Id`.
    answers: HashMap<String, (String, ProviderPayment)>,
}

#[derive(Clone)]
struct Order {
    id: String,
    custom_id: String,
    amount: Money,
    /// `PAYER_ACTION_REQUIRED`, `APPROVED` or `COMPLETED`.
    status: &'static str,
    /// `CREATED`, `PARTIALLY_CAPTURED`, `CAPTURED` or `VOIDED`.
    authorization: Option<&'static str>,
    captures: Vec<Capture>,
    /// What the next authorize answers instead.
    instrument_declined: bool,
    issue: Option<&'static str>,
}

#[derive(Clone)]
struct Capture {
    amount: Money,
    refunded: Money,
}

fn issue(code: &str) -> GatewayError {
    GatewayError::Refused { code: code.to_owned(), message: code.to_owned() }
}

impl Order {
    fn sum(&self, of: impl Fn(&Capture) -> Money) -> Money {
        Money::sum(self.amount.currency(), self.captures.iter().map(of)).unwrap()
    }

    fn to_payment(&self) -> ProviderPayment {
        let status = match (self.status, self.authorization) {
            (_, Some("CREATED")) => ProviderStatus::Authorised,
            (_, Some("PARTIALLY_CAPTURED")) => ProviderStatus::PartCaptured,
            (_, Some("VOIDED")) if self.captures.is_empty() => ProviderStatus::Voided,
            (_, Some(_)) => ProviderStatus::Captured,
            (_, None) if self.issue.is_some() => {
                ProviderStatus::Declined { code: self.issue.unwrap_or_default().to_owned() }
            }
            ("APPROVED", None) => ProviderStatus::Approved,
            _ => ProviderStatus::Open,
        };
        let zero = Money::zero(self.amount.currency());
        ProviderPayment {
            provider_reference: ProviderReference::parse(&self.id).unwrap(),
            reference: CheckoutId::parse(&self.custom_id).ok(),
            status,
            amount: self.amount,
            authorised: if self.authorization.is_some() { self.amount } else { zero },
            captured: self.sum(|capture| capture.amount),
            refunded: self.sum(|capture| capture.refunded),
        }
    }

    /// `POST /v2/checkout/orders/{id}/authorize`.
    fn authorize(&mut self) -> Result<(), GatewayError> {
        match self.status {
            "APPROVED" if self.instrument_declined => {
                (self.status, self.issue) = ("PAYER_ACTION_REQUIRED", Some("INSTRUMENT_DECLINED"));
                Ok(())
            }
            "APPROVED" => {
                (self.status, self.authorization) = ("COMPLETED", Some("CREATED"));
                Ok(())
            }
            "COMPLETED" => Err(issue("ORDER_ALREADY_AUTHORIZED")),
            _ => Err(issue("ORDER_NOT_APPROVED")),
        }
    }

    /// `POST /v2/payments/authorizations/{id}/capture`.
    fn capture(&mut self, amount: Money) -> Result<(), GatewayError> {
        if !matches!(self.authorization, Some("CREATED" | "PARTIALLY_CAPTURED")) {
            return Err(issue("AUTHORIZATION_NOT_OPEN"));
        }
        let sum = self.sum(|capture| capture.amount).plus(amount).map_err(|_| issue("CURRENCY_MISMATCH"))?;
        if amount.minor() <= 0 || self.amount.minor() < sum.minor() {
            return Err(issue("MAX_CAPTURE_AMOUNT_EXCEEDED"));
        }
        self.captures.push(Capture { amount, refunded: Money::zero(amount.currency()) });
        self.authorization = Some(if sum == self.amount { "CAPTURED" } else { "PARTIALLY_CAPTURED" });
        Ok(())
    }

    /// `POST /v2/payments/authorizations/{id}/void`; what has ended already is no issue for us.
    fn void(&mut self) {
        if matches!(self.authorization, Some("CREATED" | "PARTIALLY_CAPTURED")) {
            self.authorization = Some("VOIDED");
        }
    }

    /// `POST /v2/payments/captures/{id}/refund`, for as many captures as it takes.
    fn refund(&mut self, amount: Money) -> Result<(), GatewayError> {
        let left = self.sum(|capture| capture.amount).minus(self.sum(|capture| capture.refunded)).unwrap();
        if amount.minor() <= 0 || left.minus(amount).is_ok_and(|rest| rest.is_negative()) {
            return Err(issue("REFUND_AMOUNT_EXCEEDED"));
        }
        let mut wanted = amount;
        for capture in &mut self.captures {
            let part = wanted.minor().min(capture.amount.minus(capture.refunded).unwrap().minor());
            let part = Money::from_minor(part, amount.currency());
            capture.refunded = capture.refunded.plus(part).map_err(|_| issue("CURRENCY_MISMATCH"))?;
            wanted = wanted.minus(part).unwrap();
        }
        Ok(())
    }
}

impl Api {
    /// `GET /v2/checkout/orders/{id}`; there is no list.
    fn order(&mut self, asked: &Asked) -> Option<&mut Order> {
        let id = asked.provider_reference.as_ref()?;
        self.orders.iter_mut().find(|order| order.id == id.as_str())
    }

    /// A call under its request id: the first answer again, or an issue for another content.
    fn once(
        &mut self,
        key: &IdempotencyKey,
        content: String,
        asked: &Asked,
        act: impl FnOnce(&mut Order) -> Result<(), GatewayError>,
    ) -> Result<ProviderPayment, GatewayError> {
        if let Some((known, answer)) = self.answers.get(key.as_str()) {
            return if *known == content { Ok(answer.clone()) } else { Err(issue("DUPLICATE_REQUEST_ID")) };
        }
        let order = self.order(asked).ok_or_else(|| issue(GatewayError::UNKNOWN_PAYMENT))?;
        act(order)?;
        let answer = order.to_payment();
        self.answers.insert(key.as_str().to_owned(), (content, answer.clone()));
        Ok(answer)
    }

    fn create(&mut self, payment: &StartPayment) -> Result<Started, GatewayError> {
        let content = format!("{payment:?}");
        let known = self.answers.get(payment.key.as_str()).cloned();
        let answer = match known {
            Some((known, _)) if known != content => return Err(issue("DUPLICATE_REQUEST_ID")),
            Some((_, answer)) => answer,
            None => {
                let order = Order {
                    id: format!("5O190127TN36471{:02}", self.orders.len()),
                    custom_id: payment.reference.to_string(),
                    amount: payment.amount,
                    status: "PAYER_ACTION_REQUIRED",
                    authorization: None,
                    captures: Vec::new(),
                    instrument_declined: false,
                    issue: None,
                };
                let answer = order.to_payment();
                self.orders.push(order);
                self.answers.insert(payment.key.as_str().to_owned(), (content, answer.clone()));
                answer
            }
        };
        let url = format!("https://www.paypal.com/checkoutnow?token={}", answer.provider_reference);
        Ok(Started { provider_reference: answer.provider_reference, next: Next::Redirect(url) })
    }
}

impl FakePayPal {
    fn with<T>(&self, act: impl FnOnce(&mut Api) -> T) -> T {
        act(&mut self.api.lock().unwrap())
    }

    fn shopper_agrees(&self, asked: &Asked, instrument_declined: bool) {
        self.with(|api| {
            let order = api.order(asked).unwrap();
            (order.status, order.instrument_declined) = ("APPROVED", instrument_declined);
        });
    }
}

impl Gateway for FakePayPal {
    fn code(&self) -> &str {
        "paypal"
    }

    fn capabilities(&self) -> Capabilities {
        Capabilities {
            authorises_first: true,
            captures_in_parts: true,
            hosted_page: true,
            pays_later: false,
            finds_by_our_reference: false,
        }
    }

    fn form_action_origins(&self) -> Vec<String> {
        vec!["https://www.paypal.com".to_owned()]
    }

    fn start<'a>(&'a self, payment: &'a StartPayment) -> Reply<'a, Started> {
        Box::pin(async { self.with(|api| api.create(payment)) })
    }

    fn state<'a>(&'a self, asked: &'a Asked) -> Reply<'a, Option<ProviderPayment>> {
        Box::pin(async { Ok(self.with(|api| api.order(asked).map(|order| order.to_payment()))) })
    }

    fn confirm<'a>(&'a self, asked: &'a Asked, key: &'a IdempotencyKey) -> Reply<'a, ProviderPayment> {
        // Keys of the suite are the same for all payments; a store's have the reference in them.
        let key = IdempotencyKey::parse(&format!("{}:{}", asked.reference, key.as_str())).unwrap();
        Box::pin(async move { self.with(|api| api.once(&key, "authorize".to_owned(), asked, Order::authorize)) })
    }

    fn capture<'a>(&'a self, asked: &'a Asked, amount: Money, key: &'a IdempotencyKey) -> Reply<'a, ProviderPayment> {
        let act = move |order: &mut Order| order.capture(amount);
        Box::pin(async move { self.with(|api| api.once(key, format!("capture {amount}"), asked, act)) })
    }

    fn expire<'a>(&'a self, asked: &'a Asked, _: &'a IdempotencyKey) -> Reply<'a, Ending> {
        // Nothing to call: without an authorize no money moves, and the store does not ask for one any more.
        let state = self.with(|api| api.order(asked).map(|order| order.to_payment()));
        let state = state.ok_or_else(|| issue(GatewayError::UNKNOWN_PAYMENT));
        Box::pin(async {
            state.map(|state| if state.is_paid() { Ending::AlreadyPaid(state) } else { Ending::Ended(state) })
        })
    }

    fn void<'a>(&'a self, asked: &'a Asked, key: &'a IdempotencyKey) -> Reply<'a, Ending> {
        Box::pin(async {
            let before = self.state(asked).await?.ok_or_else(|| issue(GatewayError::UNKNOWN_PAYMENT))?;
            if before.status == ProviderStatus::Captured {
                return Ok(Ending::AlreadyPaid(before));
            }
            let act = |order: &mut Order| {
                order.void();
                Ok(())
            };
            self.with(|api| api.once(key, "void".to_owned(), asked, act)).map(Ending::Ended)
        })
    }

    fn refund<'a>(&'a self, asked: &'a Asked, amount: Money, key: &'a IdempotencyKey) -> Reply<'a, ProviderPayment> {
        let act = move |order: &mut Order| order.refund(amount);
        Box::pin(async move { self.with(|api| api.once(key, format!("refund {amount}"), asked, act)) })
    }

    fn webhook<'a>(
        &'a self,
        headers: &'a HeaderMap,
        body: &'a [u8],
        _: Moment,
    ) -> Reply<'a, Option<Wake>, WebhookError> {
        Box::pin(async move {
            // Stands for `POST /v1/notifications/verify-webhook-signature`: the answer comes from elsewhere.
            tokio::task::yield_now().await;
            if headers.get("paypal-transmission-sig").is_none_or(|signature| signature != "genuine") {
                return Err(WebhookError::Forged("verification_status FAILURE"));
            }
            let event: serde_json::Value =
                serde_json::from_slice(body).map_err(|_| WebhookError::Unreadable("no event"))?;
            let Some(ours) = event["resource"]["custom_id"].as_str() else { return Ok(None) };
            let reference = CheckoutId::parse(ours).map_err(|_| WebhookError::Unreadable("no reference of ours"))?;
            let event_id = event["id"].as_str().unwrap_or_default().to_owned();
            Ok(Some(Wake { event_id, subject: Subject::Ours(reference) }))
        })
    }
}

impl World for FakePayPal {
    fn gateway(&self) -> &dyn Gateway {
        self
    }

    async fn shopper_pays(&self, asked: &Asked) {
        self.shopper_agrees(asked, false);
    }

    async fn shopper_is_declined(&self, asked: &Asked) {
        self.shopper_agrees(asked, true);
    }
}

#[tokio::test]
async fn a_webhook_that_needs_a_question_to_the_gateway_fits() {
    let reference = CheckoutId::new(uuid::Uuid::from_u128(9));
    let body = serde_json::json!({ "id": "WH-1", "resource": { "custom_id": reference.to_string() } }).to_string();
    let headers = HeaderMap::from_iter([("paypal-transmission-sig".parse().unwrap(), "genuine".parse().unwrap())]);
    let wake = FakePayPal::default().webhook(&headers, body.as_bytes(), NOW).await.unwrap().unwrap();
    assert_eq!(wake.subject, Subject::Ours(reference));
    let forged = FakePayPal::default().webhook(&HeaderMap::new(), body.as_bytes(), NOW).await;
    assert!(matches!(forged, Err(WebhookError::Forged(_))));
}
