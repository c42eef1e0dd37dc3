//! The store's side of the demo gateway.

use super::wire::{
    EndingBody, ErrorBody, EventBody, LineBody, MoveBody, PAYMENT_CHANGED, PaymentBody, PaymentsBody, StartBody,
    StartedBody, Status,
};
use crate::gateway::{
    Asked, CALL_DEADLINE_MS, Capabilities, Ending, Gateway, GatewayError, IdempotencyKey, Next, ProviderPayment,
    ProviderReference, ProviderStatus, REFERENCE_CHARS_MAX, Reply, SUMMARY_LINES_MAX, StartPayment, Started, Subject,
    Wake, WebhookError,
};
use crate::http_client::{loopback_client, send};
use crate::secret::Secret;
use crate::signature;
use commerce::ids::CheckoutId;
use commerce::moment::Moment;
use commerce::money::Money;
use http::{HeaderMap, HeaderName};
use reqwest::{Client, Method, StatusCode, Url};
use serde::{Serialize, de::DeserializeOwned};
use std::time::Duration;

/// The header that carries the signature of a webhook.
pub const SIGNATURE_HEADER: HeaderName = HeaderName::from_static("demo-signature");
/// The header that carries the key of a call.
pub(super) const KEY_HEADER: HeaderName = HeaderName::from_static("idempotency-key");

/// How the store reaches the payment site.
#[derive(Clone, Debug)]
pub struct DemoConfig {
    /// Where the store calls it: plain http, as the site runs on the same machine: `http://127.0.0.1:8001`.
    pub api_url: String,
    /// Where browsers reach it; the same, unless something stands in front.
    pub pages_url: String,
    /// What proves to the site that the store is calling.
    pub api_secret: Secret,
    /// What proves to the store that the site is calling; several while one is being changed.
    pub webhook_secrets: Vec<Secret>,
    /// Where the site sends webhooks; where left out, to the address that it was started with.
    pub webhook_url: Option<String>,
    /// How long a call may take; [`DemoConfig::new`] says [`CALL_DEADLINE_MS`].
    pub deadline: Duration,
}

impl DemoConfig {
    /// A site that is reached by everyone at one address, with one secret for webhooks.
    pub fn new(url: &str, api_secret: Secret, webhook_secret: Secret) -> Self {
        Self {
            api_url: url.to_owned(),
            pages_url: url.to_owned(),
            api_secret,
            webhook_secrets: vec![webhook_secret],
            webhook_url: None,
            deadline: Duration::from_millis(CALL_DEADLINE_MS),
        }
    }
}

/// The gateway `demo`.
pub struct DemoGateway {
    config: DemoConfig,
    payments: Url,
    pages_origin: String,
    http: Client,
}

impl DemoGateway {
    /// Reads the addresses; calls nobody yet.
    pub fn new(config: DemoConfig) -> Result<Self, GatewayError> {
        let api = parse_url(&config.api_url)?;
        if api.scheme() != "http" {
            return Err(GatewayError::Misconfigured(format!("{api} must be plain http to this machine")));
        }
        let payments = api.join("/api/payments").map_err(|error| GatewayError::Misconfigured(error.to_string()))?;
        let pages_origin = parse_url(&config.pages_url)?.origin().ascii_serialization();
        Ok(Self { http: loopback_client(config.deadline)?, payments, pages_origin, config })
    }

    async fn start_payment(&self, payment: &StartPayment) -> Result<Started, GatewayError> {
        let line = |line: &crate::gateway::SummaryLine| LineBody {
            title: line.title.clone(),
            quantity: line.quantity,
            amount: line.amount.into(),
        };
        let body = StartBody {
            reference: payment.reference.to_string(),
            amount: payment.amount.into(),
            return_url: payment.return_url.clone(),
            cancel_url: payment.cancel_url.clone(),
            webhook_url: self.config.webhook_url.clone(),
            expires_at: payment.expires_at.micros(),
            lines: payment.summary.iter().take(SUMMARY_LINES_MAX).map(line).collect(),
        };
        let started: StartedBody = self.post(self.payments.clone(), &payment.key, &body).await?;
        let page = Url::parse(&started.url).map_err(|_| wrong("the page's address is none"))?;
        if page.origin().ascii_serialization() != self.pages_origin {
            return Err(wrong("the page is on another site than the one configured"));
        }
        Ok(Started { provider_reference: provider_reference(&started.id)?, next: Next::Redirect(started.url) })
    }

    async fn find(&self, asked: &Asked) -> Result<Option<ProviderPayment>, GatewayError> {
        let found = match &asked.provider_reference {
            Some(reference) => match self.get::<PaymentBody>(self.address(reference, None)?).await {
                Ok(payment) => Some(payment),
                Err(GatewayError::Refused { code, .. }) if code == GatewayError::UNKNOWN_PAYMENT => None,
                Err(error) => return Err(error),
            },
            None => {
                let mut address = self.payments.clone();
                address.query_pairs_mut().append_pair("reference", &asked.reference.to_string());
                self.get::<PaymentsBody>(address).await?.payments.into_iter().next()
            }
        };
        found.map(provider_payment).transpose()
    }

    /// The provider's reference, looked up where the answer to the start was lost.
    async fn reference(&self, asked: &Asked) -> Result<ProviderReference, GatewayError> {
        match &asked.provider_reference {
            Some(reference) => Ok(reference.clone()),
            None => Ok(self.find(asked).await?.ok_or_else(GatewayError::unknown_payment)?.provider_reference),
        }
    }

    async fn move_money(
        &self,
        asked: &Asked,
        verb: &str,
        amount: Money,
        key: &IdempotencyKey,
    ) -> Result<ProviderPayment, GatewayError> {
        let address = self.address(&self.reference(asked).await?, Some(verb))?;
        provider_payment(self.post(address, key, &MoveBody { amount: amount.into() }).await?)
    }

    async fn end(&self, asked: &Asked, verb: &str, key: &IdempotencyKey) -> Result<Ending, GatewayError> {
        let address = self.address(&self.reference(asked).await?, Some(verb))?;
        let answer: EndingBody = self.post(address, key, &serde_json::json!({})).await?;
        let payment = provider_payment(answer.payment)?;
        Ok(if answer.already_paid { Ending::AlreadyPaid(payment) } else { Ending::Ended(payment) })
    }

    fn address(&self, reference: &ProviderReference, verb: Option<&str>) -> Result<Url, GatewayError> {
        let mut address = self.payments.clone();
        address
            .path_segments_mut()
            .map_err(|()| GatewayError::Misconfigured("the site's address has no path".to_owned()))?
            .push(reference.as_str())
            .extend(verb);
        Ok(address)
    }

    async fn get<T: DeserializeOwned>(&self, address: Url) -> Result<T, GatewayError> {
        self.call(self.http.request(Method::GET, address)).await
    }

    async fn post<T: DeserializeOwned>(
        &self,
        address: Url,
        key: &IdempotencyKey,
        body: &impl Serialize,
    ) -> Result<T, GatewayError> {
        self.call(self.http.request(Method::POST, address).header(KEY_HEADER, key.as_str()).json(body)).await
    }

    async fn call<T: DeserializeOwned>(&self, request: reqwest::RequestBuilder) -> Result<T, GatewayError> {
        let (status, body) = send(request.bearer_auth(self.config.api_secret.reveal())).await?;
        if status.is_success() {
            return serde_json::from_slice(&body).map_err(|error| wrong(&error.to_string()));
        }
        Err(refusal(status, &body))
    }
}

/// What a status that is no success means.
fn refusal(status: StatusCode, body: &[u8]) -> GatewayError {
    if status.is_server_error() || status == StatusCode::TOO_MANY_REQUESTS {
        return GatewayError::Unreachable(format!("status {status}"));
    }
    if status == StatusCode::UNAUTHORIZED {
        return GatewayError::Misconfigured("the secret of the demo gateway is not the payment site's".to_owned());
    }
    match serde_json::from_slice::<ErrorBody>(body) {
        Ok(error) if status.is_client_error() => GatewayError::refused(&error.code, &error.message),
        _ => wrong(&format!("status {status}")),
    }
}

fn provider_payment(body: PaymentBody) -> Result<ProviderPayment, GatewayError> {
    let money = |amount: &super::wire::Amount| amount.money().ok_or_else(|| wrong("an unknown currency"));
    let status = match body.status {
        Status::Open => ProviderStatus::Open,
        Status::NeedsAction => ProviderStatus::NeedsAction,
        Status::Authorised => ProviderStatus::Authorised,
        Status::PartCaptured => ProviderStatus::PartCaptured,
        Status::Captured => ProviderStatus::Captured,
        Status::Declined => ProviderStatus::Declined { code: body.decline_code.unwrap_or_default() },
        Status::Cancelled => ProviderStatus::Cancelled,
        Status::Expired => ProviderStatus::Expired,
        Status::Voided => ProviderStatus::Voided,
    };
    Ok(ProviderPayment {
        provider_reference: provider_reference(&body.id)?,
        reference: CheckoutId::parse(&body.reference).ok(),
        status,
        amount: money(&body.amount)?,
        authorised: money(&body.authorised)?,
        captured: money(&body.captured)?,
        refunded: money(&body.refunded)?,
    })
}

fn read_wake(body: &[u8]) -> Result<Option<Wake>, WebhookError> {
    let event: EventBody = serde_json::from_slice(body).map_err(|_| WebhookError::Unreadable("not an event"))?;
    if event.kind != PAYMENT_CHANGED {
        return Ok(None);
    }
    if event.id.is_empty() || REFERENCE_CHARS_MAX < event.id.chars().count() {
        return Err(WebhookError::Unreadable("the event's id is empty or too long"));
    }
    let reference =
        CheckoutId::parse(&event.reference).map_err(|_| WebhookError::Unreadable("no reference of ours"))?;
    Ok(Some(Wake { event_id: event.id, subject: Subject::Ours(reference) }))
}

fn provider_reference(id: &str) -> Result<ProviderReference, GatewayError> {
    ProviderReference::parse(id).map_err(|error| wrong(&error.to_string()))
}

fn parse_url(raw: &str) -> Result<Url, GatewayError> {
    Url::parse(raw).map_err(|error| GatewayError::Misconfigured(format!("{raw:?} is no address: {error}")))
}

fn wrong(what: &str) -> GatewayError {
    GatewayError::WrongAnswer(what.to_owned())
}

impl Gateway for DemoGateway {
    fn code(&self) -> &str {
        "demo"
    }

    fn capabilities(&self) -> Capabilities {
        Capabilities {
            authorises_first: true,
            captures_in_parts: true,
            hosted_page: true,
            pays_later: false,
            finds_by_our_reference: true,
        }
    }

    fn form_action_origins(&self) -> Vec<String> {
        vec![self.pages_origin.clone()]
    }

    fn start<'a>(&'a self, payment: &'a StartPayment) -> Reply<'a, Started> {
        Box::pin(self.start_payment(payment))
    }

    fn state<'a>(&'a self, asked: &'a Asked) -> Reply<'a, Option<ProviderPayment>> {
        Box::pin(self.find(asked))
    }

    fn capture<'a>(&'a self, asked: &'a Asked, amount: Money, key: &'a IdempotencyKey) -> Reply<'a, ProviderPayment> {
        Box::pin(self.move_money(asked, "capture", amount, key))
    }

    fn expire<'a>(&'a self, asked: &'a Asked, key: &'a IdempotencyKey) -> Reply<'a, Ending> {
        Box::pin(self.end(asked, "expire", key))
    }

    fn void<'a>(&'a self, asked: &'a Asked, key: &'a IdempotencyKey) -> Reply<'a, Ending> {
        Box::pin(self.end(asked, "void", key))
    }

    fn refund<'a>(&'a self, asked: &'a Asked, amount: Money, key: &'a IdempotencyKey) -> Reply<'a, ProviderPayment> {
        Box::pin(self.move_money(asked, "refund", amount, key))
    }

    fn webhook<'a>(
        &'a self,
        headers: &'a HeaderMap,
        body: &'a [u8],
        now: Moment,
    ) -> Reply<'a, Option<Wake>, WebhookError> {
        let checked = signature::verify(headers, &SIGNATURE_HEADER, body, &self.config.webhook_secrets, now);
        let wake = checked.and_then(|()| read_wake(body));
        Box::pin(async { wake })
    }
}
