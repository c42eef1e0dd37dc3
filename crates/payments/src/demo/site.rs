//! The payment site itself: what it needs, its routes, and how it is served.

use super::store::{Changed, Delivery, Store};
use super::webhooks::Sender;
use super::{api, pages};
use crate::gateway::GatewayError;
use crate::secret::Secret;
use axum::Router;
use axum::body::{Body, to_bytes};
use axum::extract::Request;
use axum::middleware::{self, Next};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use commerce::moment::Moment;
use http::StatusCode;
use reqwest::Url;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;
use tokio::net::TcpListener;
use tokio::sync::oneshot;

/// The longest request body that is read.
const BODY_BYTES_MAX: usize = 64 * 1024;
/// How long a request's body may take to arrive.
const BODY_DEADLINE_MS: u64 = 10_000;
/// How long requests under way may take after the site was told to stop.
const STOP_MS_MAX: u64 = 5_000;
/// The wait after a webhook's first failure, doubled with each: six attempts in half a minute.
const WEBHOOK_RETRY_MS: u64 = 1_000;

/// Tells the time, so that a test can hold it still.
pub type Clock = Arc<dyn Fn() -> Moment + Send + Sync>;

/// What the site needs to run.
#[derive(Clone)]
pub struct SiteConfig {
    /// Where browsers reach it: `http://127.0.0.1:8001`.
    pub public_url: String,
    /// What proves to the site that the store is calling.
    pub api_secret: Secret,
    /// What proves to the store that the site is calling.
    pub webhook_secret: Secret,
    /// Where webhooks go whose payment names no address; plain http.
    pub webhook_url: Option<String>,
    /// The wait after a webhook's first failure; it doubles with each.
    pub webhook_retry: Duration,
    /// The file that a restart reads; without one, a restart forgets.
    pub file: Option<PathBuf>,
    /// Whether `/admin/behaviour` and `/admin/release` exist; such a site serves this machine only.
    pub test_controls: bool,
    /// Tells the time.
    pub clock: Clock,
}

impl SiteConfig {
    /// A site that forgets when it stops, without test controls.
    pub fn new(public_url: &str, api_secret: Secret, webhook_secret: Secret, clock: Clock) -> Self {
        Self {
            public_url: public_url.to_owned(),
            api_secret,
            webhook_secret,
            webhook_url: None,
            webhook_retry: Duration::from_millis(WEBHOOK_RETRY_MS),
            file: None,
            test_controls: false,
            clock,
        }
    }
}

/// Why the site does not run.
#[derive(Debug, thiserror::Error)]
pub enum SiteError {
    /// The address in the settings is none.
    #[error("{0:?} is no address for the payment site")]
    Address(String),
    /// A secret is empty.
    #[error("the payment site needs two secrets that are not empty")]
    NoSecret,
    /// The file cannot be read or written.
    #[error("the payment site's file {path}: {source}")]
    File {
        /// The file.
        path: PathBuf,
        /// What went wrong.
        source: std::io::Error,
    },
    /// No HTTP client for webhooks.
    #[error(transparent)]
    Client(#[from] GatewayError),
    /// Test controls are on, and the listener takes calls from other machines.
    #[error("the payment site's test controls are on: let it listen on a loopback address")]
    NotLoopback,
    /// The listener failed.
    #[error("the payment site cannot serve: {0}")]
    Serve(std::io::Error),
}

/// The payment site.
#[derive(Clone)]
pub struct Site(Arc<Shared>);

pub(super) struct Shared {
    pub(super) store: Store,
    pub(super) sender: Arc<Sender>,
    pub(super) api_secret: Secret,
    pub(super) clock: Clock,
    public_url: Url,
    test_controls: bool,
}

impl Site {
    /// Reads the file, if there is one.
    pub fn open(config: SiteConfig) -> Result<Self, SiteError> {
        let public_url = Url::parse(&config.public_url).ok().filter(|url| ["http", "https"].contains(&url.scheme()));
        let public_url = public_url.ok_or_else(|| SiteError::Address(config.public_url.clone()))?;
        if let Some(url) = config.webhook_url.as_ref().filter(|url| !is_plain_http(url)) {
            return Err(SiteError::Address(url.clone()));
        }
        if config.api_secret.is_empty() || config.webhook_secret.is_empty() {
            return Err(SiteError::NoSecret);
        }
        let store = Store::open(config.file.as_deref())
            .map_err(|source| SiteError::File { path: config.file.clone().unwrap_or_default(), source })?;
        let clock = Arc::clone(&config.clock);
        let sender = Sender::new(config.webhook_secret, clock, config.webhook_url, config.webhook_retry)?;
        Ok(Self(Arc::new(Shared {
            store,
            sender: Arc::new(sender),
            api_secret: config.api_secret,
            clock: config.clock,
            public_url,
            test_controls: config.test_controls,
        })))
    }

    /// Serves until `shutdown` ends, then finishes what runs, for a few seconds at most. Refuses an open address while
    /// test controls are on.
    pub async fn serve(
        self,
        listener: TcpListener,
        shutdown: impl Future<Output = ()> + Send + 'static,
    ) -> Result<(), SiteError> {
        let address = listener.local_addr().map_err(SiteError::Serve)?;
        if self.0.test_controls && !address.ip().is_loopback() {
            return Err(SiteError::NotLoopback);
        }
        for (id, at) in self.0.store.list_due() {
            self.0.wake_at(id, at);
        }
        let shared = Arc::clone(&self.0);
        let (stopping, stopped) = oneshot::channel();
        let shutdown = async move {
            shutdown.await;
            // Whoever waits for an answer that is held back would keep the site from stopping.
            shared.store.release(None);
            // The other end is gone only when serving has ended already.
            let _ = stopping.send(());
        };
        let served = axum::serve(listener, self.router()).with_graceful_shutdown(shutdown).into_future();
        let patience = async {
            if stopped.await.is_ok() {
                tokio::time::sleep(Duration::from_millis(STOP_MS_MAX)).await;
            }
        };
        tokio::select! {
            served = served => served.map_err(SiteError::Serve),
            () = patience => Ok(()),
        }
    }

    /// The routes: pages for shoppers, the API for the store, and the test controls if they are on.
    fn router(&self) -> Router {
        let mut guarded = Router::new()
            .route("/api/payments", post(api::start).get(api::list))
            .route("/api/payments/{id}", get(api::show))
            .route("/api/payments/{id}/{verb}", post(api::call));
        if self.0.test_controls {
            guarded = guarded.route("/admin/behaviour", post(api::behave)).route("/admin/release", post(api::release));
        }
        let guard = middleware::from_fn_with_state(Arc::clone(&self.0), api::require_secret);
        Router::new()
            .merge(guarded.route_layer(guard))
            .route("/", get(pages::home))
            .route("/pay.css", get(pages::style))
            .route("/pay/{id}", get(pages::show).post(pages::decide))
            .fallback(pages::not_found)
            .layer(middleware::from_fn(read_whole_body))
            .with_state(Arc::clone(&self.0))
    }
}

impl Shared {
    /// Now, in microseconds after the epoch.
    pub(super) fn now(&self) -> i64 {
        (self.clock)().micros()
    }

    /// The address of a payment's page.
    pub(super) fn page_of(&self, id: &str) -> String {
        let mut url = self.public_url.clone();
        url.set_path(&format!("/pay/{id}"));
        url.into()
    }

    /// The result of a change, with its webhook sent beside.
    pub(super) fn settle<T>(&self, changed: Changed<T>) -> T {
        changed.webhook.into_iter().for_each(|delivery: Delivery| self.sender.send_later(delivery));
        changed.result
    }

    /// Looks at a payment again at that moment.
    pub(super) fn wake_at(self: &Arc<Self>, id: String, at: i64) {
        let shared = Arc::clone(self);
        tokio::spawn(async move {
            // The clock of the day and the one that timers run by may drift apart: look again until it is time.
            while let Some(wait) = u64::try_from(at.saturating_sub(shared.now())).ok().filter(|wait| 0 < *wait) {
                tokio::time::sleep(Duration::from_micros(wait)).await;
            }
            if let Some(changed) = shared.store.change(&id, shared.now(), |_| ()) {
                shared.settle(changed);
            }
        });
    }
}

/// Whether webhooks can be sent there: the site trusts no certificate, so that it can only call plain http.
pub(super) fn is_plain_http(raw: &str) -> bool {
    Url::parse(raw).is_ok_and(|url| url.scheme() == "http" && url.has_host())
}

/// Reads the body before the handler runs, bounded in size and time.
async fn read_whole_body(request: Request, next: Next) -> Response {
    let (parts, body) = request.into_parts();
    let reading = tokio::time::timeout(Duration::from_millis(BODY_DEADLINE_MS), to_bytes(body, BODY_BYTES_MAX));
    match reading.await {
        Ok(Ok(bytes)) => next.run(Request::from_parts(parts, Body::from(bytes))).await,
        Ok(Err(_)) => (StatusCode::PAYLOAD_TOO_LARGE, "too much was sent\n").into_response(),
        Err(_) => (StatusCode::REQUEST_TIMEOUT, "that took too long\n").into_response(),
    }
}
