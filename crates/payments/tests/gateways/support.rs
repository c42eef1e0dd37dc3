//! The small world of the tests: payments to start, a demo site with a clock that is moved by hand, a shop that collects
//! webhooks, and a browser.

use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::routing::post;
use commerce::address::EmailAddress;
use commerce::ids::CheckoutId;
use commerce::language::Language;
use commerce::moment::Moment;
use commerce::money::{Currency, Money};
use http::{HeaderMap, StatusCode};
use payments::demo::{Behaviour, DemoConfig, DemoGateway, Site, SiteConfig};
use payments::{
    Asked, Gateway, GatewayError, IdempotencyKey, Next, ProviderPayment, Secret, StartPayment, Started, Subject,
    SummaryLine, Wake,
};
use reqwest::{Client, Response, redirect};
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, AtomicU32, Ordering};
use std::time::Duration;
use tokio::net::TcpListener;
use tokio::sync::{mpsc, oneshot};
use tokio::task::JoinHandle;
use uuid::Uuid;

pub(crate) const NOW: Moment = Moment::from_micros(1_790_000_000_000_000);
/// How long a test waits for something that must come.
const PATIENCE: Duration = Duration::from_secs(30);
const API_SECRET: &str = "api-secret";
const WEBHOOK_SECRET: &str = "webhook-secret";

pub(crate) fn eur(minor: i64) -> Money {
    Money::from_minor(minor, Currency::parse("EUR").unwrap())
}

pub(crate) fn key(raw: &str) -> IdempotencyKey {
    IdempotencyKey::parse(raw).unwrap()
}

/// A payment of 23.50 EUR that is open for ten minutes.
pub(crate) fn payment(number: u128) -> StartPayment {
    let reference = CheckoutId::new(Uuid::from_u128(number));
    StartPayment {
        reference,
        key: IdempotencyKey::of(reference, "start").unwrap(),
        amount: eur(2_350),
        email: EmailAddress::parse("ann@example.org").ok(),
        language: Some(Language::ENGLISH),
        return_url: "http://shop.test/pay/return/demo".to_owned(),
        cancel_url: "http://shop.test/checkout".to_owned(),
        expires_at: NOW.plus_ms(600_000),
        summary: vec![SummaryLine { title: "Mug <blue>".to_owned(), quantity: 2, amount: eur(2_350) }],
    }
}

pub(crate) fn asked(payment: &StartPayment, started: Option<&Started>) -> Asked {
    Asked {
        reference: payment.reference,
        provider_reference: started.map(|started| started.provider_reference.clone()),
        amount: payment.amount,
        started_at: NOW,
    }
}

pub(crate) fn code_of<T: std::fmt::Debug>(result: Result<T, GatewayError>) -> String {
    match result {
        Err(GatewayError::Refused { code, .. }) => code,
        other => panic!("not refused: {other:?}"),
    }
}

/// A running demo site, its gateway, and a shop that collects its webhooks.
pub(crate) struct DemoWorld {
    pub(crate) gateway: DemoGateway,
    pub(crate) url: String,
    browser: Client,
    time: Arc<AtomicI64>,
    webhooks: mpsc::UnboundedReceiver<(HeaderMap, Bytes)>,
    /// How many webhooks the shop still answers with an error.
    failures: Arc<AtomicU32>,
    stop: Option<oneshot::Sender<()>>,
    served: JoinHandle<()>,
}

impl DemoWorld {
    pub(crate) async fn start() -> Self {
        Self::with_file(None).await
    }

    pub(crate) async fn with_file(file: Option<PathBuf>) -> Self {
        let (webhook_url, webhooks, failures) = shop().await;
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let time = Arc::new(AtomicI64::new(NOW.micros()));
        let clock = Arc::clone(&time);
        let (api_secret, webhook_secret) = (Secret::new(API_SECRET), Secret::new(WEBHOOK_SECRET));
        let mut config = SiteConfig::new(
            &url,
            api_secret,
            webhook_secret,
            Arc::new(move || Moment::from_micros(clock.load(Ordering::SeqCst))),
        );
        config.webhook_url = Some(webhook_url);
        config.webhook_retry = Duration::from_millis(1);
        config.test_controls = true;
        config.file = file;
        let site = Site::open(config).unwrap();
        let (stop, stopped) = oneshot::channel();
        let served = tokio::spawn(async move {
            site.serve(listener, async { stopped.await.unwrap_or_default() }).await.unwrap();
        });
        let gateway = gateway(&url, Duration::from_secs(10));
        let browser = Client::builder()
            .redirect(redirect::Policy::none())
            .no_proxy()
            .tls_certs_only([])
            .timeout(PATIENCE)
            .build()
            .unwrap();
        Self { gateway, url, browser, time, webhooks, failures, stop: Some(stop), served }
    }

    /// Stops the site as Ctrl-C would.
    pub(crate) async fn stop(mut self) {
        self.stop.take().unwrap().send(()).unwrap();
        drop(self.browser);
        drop(self.gateway);
        tokio::time::timeout(PATIENCE, self.served).await.unwrap().unwrap();
    }

    /// A gateway that does not wait long.
    pub(crate) fn impatient(&self) -> DemoGateway {
        gateway(&self.url, Duration::from_secs(1))
    }

    pub(crate) fn set_time(&self, now: Moment) {
        self.time.store(now.micros(), Ordering::SeqCst);
    }

    pub(crate) fn fail_webhooks(&self, times: u32) {
        self.failures.store(times, Ordering::SeqCst);
    }

    pub(crate) async fn started(&self, number: u128) -> (StartPayment, Asked) {
        let payment = payment(number);
        let started = self.gateway.start(&payment).await.unwrap();
        let asked = asked(&payment, Some(&started));
        (payment, asked)
    }

    pub(crate) async fn state(&self, asked: &Asked) -> ProviderPayment {
        self.gateway.state(asked).await.unwrap().unwrap()
    }

    /// Presses a button on the payment's page; the address to which the browser is sent.
    pub(crate) async fn press(&self, asked: &Asked, choice: &str) -> String {
        let response = self.post_form(asked, &[("choice", choice)]).await;
        assert_eq!(response.status(), StatusCode::SEE_OTHER);
        response.headers()["location"].to_str().unwrap().to_owned()
    }

    pub(crate) async fn post_form(&self, asked: &Asked, form: &[(&str, &str)]) -> Response {
        self.browser.post(self.page_of(asked)).form(form).send().await.unwrap()
    }

    pub(crate) async fn get(&self, address: &str) -> Response {
        self.browser.get(address).send().await.unwrap()
    }

    pub(crate) fn page_of(&self, asked: &Asked) -> String {
        format!("{}/pay/{}", self.url, asked.provider_reference.as_ref().unwrap())
    }

    /// A call to the site's API with the secret, whatever it holds.
    pub(crate) fn api(&self, path: &str) -> reqwest::RequestBuilder {
        self.browser.post(format!("{}{path}", self.url)).bearer_auth(API_SECRET)
    }

    pub(crate) fn browser(&self) -> &Client {
        &self.browser
    }

    pub(crate) async fn behave(&self, behaviour: Behaviour) {
        let response = self.api("/admin/behaviour").json(&behaviour).send().await.unwrap();
        assert_eq!(response.status(), StatusCode::NO_CONTENT);
    }

    pub(crate) async fn release(&self, asked: &Asked) {
        let body = serde_json::json!({ "reference": asked.reference.to_string() });
        assert_eq!(self.api("/admin/release").json(&body).send().await.unwrap().status(), StatusCode::OK);
    }

    /// The next genuine webhook, however long it takes.
    pub(crate) async fn wake(&mut self) -> Wake {
        let (headers, body) = tokio::time::timeout(PATIENCE, self.webhooks.recv()).await.unwrap().unwrap();
        let now = Moment::from_micros(self.time.load(Ordering::SeqCst));
        self.gateway.webhook(&headers, &body, now).await.unwrap().unwrap()
    }

    /// The reference that the next webhook names.
    pub(crate) async fn woken_about(&mut self) -> CheckoutId {
        match self.wake().await.subject {
            Subject::Ours(reference) => reference,
            Subject::Provider(reference) => panic!("named {reference}"),
        }
    }

    /// Whether a webhook has arrived already.
    pub(crate) fn has_webhook(&mut self) -> bool {
        self.webhooks.try_recv().is_ok()
    }
}

fn gateway(url: &str, deadline: Duration) -> DemoGateway {
    let config = DemoConfig::new(url, Secret::new(API_SECRET), Secret::new(WEBHOOK_SECRET));
    DemoGateway::new(DemoConfig { deadline, ..config }).unwrap()
}

/// What a shop keeps of a webhook, and how many it is to refuse before.
type Mailbox = (mpsc::UnboundedSender<(HeaderMap, Bytes)>, Arc<AtomicU32>);

/// A shop that collects webhooks.
async fn shop() -> (String, mpsc::UnboundedReceiver<(HeaderMap, Bytes)>, Arc<AtomicU32>) {
    async fn take(State((sender, failures)): State<Mailbox>, headers: HeaderMap, body: Bytes) -> StatusCode {
        let fails = failures.fetch_update(Ordering::SeqCst, Ordering::SeqCst, |left| left.checked_sub(1)).is_ok();
        if fails {
            return StatusCode::INTERNAL_SERVER_ERROR;
        }
        // The test may be over already.
        let _ = sender.send((headers, body));
        StatusCode::NO_CONTENT
    }
    let (sender, receiver) = mpsc::unbounded_channel();
    let failures = Arc::new(AtomicU32::new(0));
    let router = Router::new().route("/webhooks/demo", post(take)).with_state((sender, Arc::clone(&failures)));
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/webhooks/demo", listener.local_addr().unwrap());
    tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
    (url, receiver, failures)
}

/// The page to which a shopper is sent.
pub(crate) fn page(started: &Started) -> &str {
    match &started.next {
        Next::Redirect(url) => url,
        Next::Done => panic!("no page"),
    }
}
