//! Stripe's Checkout Session and PaymentIntent behind the trait, with Stripe's words and rules and no network: proof
//! that the trait fits. One capture, which lets the rest go; expiring a complete session is refused.

use crate::contract::World;
use crate::support::NOW;
use commerce::ids::CheckoutId;
use commerce::moment::Moment;
use commerce::money::Money;
use http::{HeaderMap, HeaderName};
use payments::{
    Asked, Capabilities, Ending, Gateway, GatewayError, IdempotencyKey, Next, ProviderPayment, ProviderReference,
    ProviderStatus, Reply, Secret, StartPayment, Started, Subject, Wake, WebhookError, signature,
};
use std::collections::HashMap;
use std::sync::Mutex;

const STRIPE_SIGNATURE: HeaderName = HeaderName::from_static("stripe-signature");

#[derive(Default)]
pub(crate) struct FakeStripe {
    api: Mutex<Api>,
}

/// What Stripe keeps.
#[derive(Default)]
struct Api {
    sessions: Vec<Session>,
    /// Parameters and answer by idempotency key.
    answers: HashMap<String, (String, ProviderPayment)>,
}

#[derive(Clone)]
struct Session {
    id: String,
    client_reference_id: String,
    amount_total: Money,
    created: Moment,
    /// `open`, `complete` or `expired`.
    status: &'static str,
    intent: Option<Intent>,
}

#[derive(Clone)]
struct Intent {
    /// `requires_capture`, `requires_payment_method`, `succeeded` or `canceled`.
    status: &'static str,
    amount: Money,
    amount_received: Money,
    amount_refunded: Money,
    decline_code: Option<&'static str>,
}

fn error(code: &str) -> GatewayError {
    GatewayError::Refused { code: code.to_owned(), message: code.to_owned() }
}

impl Session {
    fn intent(&mut self, status: &str) -> Result<&mut Intent, GatewayError> {
        let intent = self.intent.as_mut().filter(|intent| intent.status == status);
        intent.ok_or_else(|| error("payment_intent_unexpected_state"))
    }

    fn to_payment(&self) -> ProviderPayment {
        let zero = Money::zero(self.amount_total.currency());
        let status = match (self.status, self.intent.as_ref().map(|intent| (intent.status, intent.decline_code))) {
            (_, Some(("requires_capture", _))) => ProviderStatus::Authorised,
            (_, Some(("succeeded", _))) => ProviderStatus::Captured,
            (_, Some(("canceled", _))) => ProviderStatus::Voided,
            (_, Some((_, Some(code)))) => ProviderStatus::Declined { code: code.to_owned() },
            ("expired", _) => ProviderStatus::Expired,
            _ => ProviderStatus::Open,
        };
        let authorised = self.intent.as_ref().filter(|intent| intent.decline_code.is_none());
        ProviderPayment {
            provider_reference: ProviderReference::parse(&self.id).unwrap(),
            reference: CheckoutId::parse(&self.client_reference_id).ok(),
            status,
            amount: self.amount_total,
            authorised: authorised.map_or(zero, |intent| intent.amount),
            captured: self.intent.as_ref().map_or(zero, |intent| intent.amount_received),
            refunded: self.intent.as_ref().map_or(zero, |intent| intent.amount_refunded),
        }
    }
}

impl Api {
    /// `GET /v1/checkout/sessions/{id}`, or the list from `created[gte]` on, by `client_reference_id`.
    fn session(&mut self, asked: &Asked) -> Option<&mut Session> {
        self.sessions.iter_mut().find(|session| match &asked.provider_reference {
            Some(id) => session.id == id.as_str(),
            None => asked.started_at <= session.created && session.client_reference_id == asked.reference.to_string(),
        })
    }

    /// A call under its key: the first answer again, or an error for other parameters. Errors are not kept.
    fn once(
        &mut self,
        key: &IdempotencyKey,
        parameters: String,
        asked: &Asked,
        act: impl FnOnce(&mut Session) -> Result<(), GatewayError>,
    ) -> Result<ProviderPayment, GatewayError> {
        if let Some((known, answer)) = self.answers.get(key.as_str()) {
            return if *known == parameters { Ok(answer.clone()) } else { Err(error("idempotency_error")) };
        }
        let session = self.session(asked).ok_or_else(|| error(GatewayError::UNKNOWN_PAYMENT))?;
        act(session)?;
        let answer = session.to_payment();
        self.answers.insert(key.as_str().to_owned(), (parameters, answer.clone()));
        Ok(answer)
    }

    fn create(&mut self, payment: &StartPayment) -> Result<Started, GatewayError> {
        let parameters = format!("{payment:?}");
        let known = self.answers.get(payment.key.as_str()).cloned();
        let answer = match known {
            Some((known, _)) if known != parameters => return Err(error("idempotency_error")),
            Some((_, answer)) => answer,
            None => {
                let session = Session {
                    id: format!("cs_test_{}", self.sessions.len()),
                    client_reference_id: payment.reference.to_string(),
                    amount_total: payment.amount,
                    created: NOW,
                    status: "open",
                    intent: None,
                };
                let answer = session.to_payment();
                self.sessions.push(session);
                self.answers.insert(payment.key.as_str().to_owned(), (parameters, answer.clone()));
                answer
            }
        };
        let url = format!("https://checkout.stripe.com/c/pay/{}", answer.provider_reference);
        Ok(Started { provider_reference: answer.provider_reference, next: Next::Redirect(url) })
    }
}

impl FakeStripe {
    fn with<T>(&self, act: impl FnOnce(&mut Api) -> T) -> T {
        act(&mut self.api.lock().unwrap())
    }

    fn shopper(&self, asked: &Asked, status: &'static str, decline_code: Option<&'static str>) {
        self.with(|api| {
            let session = api.session(asked).unwrap();
            if session.status == "open" {
                session.status = if decline_code.is_some() { "open" } else { "complete" };
                let (amount, zero) = (session.amount_total, Money::zero(session.amount_total.currency()));
                let intent = Intent { status, amount, amount_received: zero, amount_refunded: zero, decline_code };
                session.intent = Some(intent);
            }
        });
    }

    /// Ends by one of Stripe's two calls; both refuse what is paid, and then the state tells.
    fn end(&self, asked: &Asked, key: &IdempotencyKey, let_go: bool) -> Result<Ending, GatewayError> {
        let ended = self.with(|api| {
            api.once(key, format!("end {let_go}"), asked, |session| match (session.status, &mut session.intent) {
                ("open", _) => {
                    session.status = "expired";
                    Ok(())
                }
                ("complete", Some(intent)) if let_go && intent.status != "succeeded" => {
                    intent.status = "canceled";
                    Ok(())
                }
                ("expired", _) => Ok(()),
                _ => Err(error("payment_intent_unexpected_state")),
            })
        });
        match ended {
            Err(GatewayError::Refused { code, .. }) if code == "payment_intent_unexpected_state" => {
                let state = self.with(|api| api.session(asked).map(|session| session.to_payment()));
                state.map(Ending::AlreadyPaid).ok_or_else(|| error(GatewayError::UNKNOWN_PAYMENT))
            }
            ended => ended.map(Ending::Ended),
        }
    }
}

impl Gateway for FakeStripe {
    fn code(&self) -> &str {
        "stripe"
    }

    fn capabilities(&self) -> Capabilities {
        Capabilities {
            authorises_first: true,
            captures_in_parts: false,
            hosted_page: true,
            pays_later: false,
            finds_by_our_reference: true,
        }
    }

    fn form_action_origins(&self) -> Vec<String> {
        vec!["https://checkout.stripe.com".to_owned()]
    }

    fn start<'a>(&'a self, payment: &'a StartPayment) -> Reply<'a, Started> {
        Box::pin(async { self.with(|api| api.create(payment)) })
    }

    fn state<'a>(&'a self, asked: &'a Asked) -> Reply<'a, Option<ProviderPayment>> {
        Box::pin(async { Ok(self.with(|api| api.session(asked).map(|session| session.to_payment()))) })
    }

    fn capture<'a>(&'a self, asked: &'a Asked, amount: Money, key: &'a IdempotencyKey) -> Reply<'a, ProviderPayment> {
        let act = move |session: &mut Session| {
            let intent = session.intent("requires_capture")?;
            let fits = 0 < amount.minor() && intent.amount.minus(amount).is_ok_and(|left| !left.is_negative());
            if !fits {
                return Err(error("amount_too_large"));
            }
            (intent.status, intent.amount_received) = ("succeeded", amount);
            Ok(())
        };
        Box::pin(async move { self.with(|api| api.once(key, format!("capture {amount}"), asked, act)) })
    }

    fn expire<'a>(&'a self, asked: &'a Asked, key: &'a IdempotencyKey) -> Reply<'a, Ending> {
        Box::pin(async { self.end(asked, key, false) })
    }

    fn void<'a>(&'a self, asked: &'a Asked, key: &'a IdempotencyKey) -> Reply<'a, Ending> {
        Box::pin(async { self.end(asked, key, true) })
    }

    fn refund<'a>(&'a self, asked: &'a Asked, amount: Money, key: &'a IdempotencyKey) -> Reply<'a, ProviderPayment> {
        let act = move |session: &mut Session| {
            let intent = session.intent("succeeded")?;
            let sum = intent.amount_refunded.plus(amount).map_err(|_| error("currency"))?;
            if amount.minor() <= 0 || intent.amount_received.minor() < sum.minor() {
                return Err(error("charge_already_refunded"));
            }
            intent.amount_refunded = sum;
            Ok(())
        };
        Box::pin(async move { self.with(|api| api.once(key, format!("refund {amount}"), asked, act)) })
    }

    fn webhook<'a>(
        &'a self,
        headers: &'a HeaderMap,
        body: &'a [u8],
        now: Moment,
    ) -> Reply<'a, Option<Wake>, WebhookError> {
        Box::pin(async move {
            signature::verify(headers, &STRIPE_SIGNATURE, body, &[Secret::new("whsec")], now)?;
            let event: serde_json::Value =
                serde_json::from_slice(body).map_err(|_| WebhookError::Unreadable("no event"))?;
            let Some(ours) = event["data"]["object"]["metadata"]["reference"].as_str() else { return Ok(None) };
            let reference = CheckoutId::parse(ours).map_err(|_| WebhookError::Unreadable("no reference of ours"))?;
            let event_id = event["id"].as_str().unwrap_or_default().to_owned();
            Ok(Some(Wake { event_id, subject: Subject::Ours(reference) }))
        })
    }
}

impl World for FakeStripe {
    fn gateway(&self) -> &dyn Gateway {
        self
    }

    async fn shopper_pays(&self, asked: &Asked) {
        self.shopper(asked, "requires_capture", None);
    }

    async fn shopper_is_declined(&self, asked: &Asked) {
        self.shopper(asked, "requires_payment_method", Some("card_declined"));
    }
}

#[tokio::test]
async fn stripes_header_is_checked_by_the_same_signature() {
    let reference = CheckoutId::new(uuid::Uuid::from_u128(9));
    let event = serde_json::json!({
        "id": "evt_1", "type": "payment_intent.succeeded",
        "data": { "object": { "metadata": { "reference": reference.to_string() } } }
    });
    let body = event.to_string();
    let signed = signature::sign(&Secret::new("whsec"), body.as_bytes(), NOW).parse().unwrap();
    let headers = HeaderMap::from_iter([(STRIPE_SIGNATURE, signed)]);
    let wake = FakeStripe::default().webhook(&headers, body.as_bytes(), NOW).await.unwrap().unwrap();
    assert_eq!(wake, Wake { event_id: "evt_1".to_owned(), subject: Subject::Ours(reference) });
}
