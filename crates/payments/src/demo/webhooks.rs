//! Sending webhooks: signed, a few times until the shop takes them, and then no more.

use super::client::SIGNATURE_HEADER;
use super::payment::Webhooks as Manner;
use super::site::Clock;
use super::store::Delivery;
use crate::gateway::GatewayError;
use crate::http_client::loopback_client;
use crate::secret::Secret;
use crate::signature;
use reqwest::{Client, header};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::Semaphore;

/// How often a webhook is tried.
const ATTEMPTS_MAX: u32 = 6;
/// How long the shop may take for one.
const DEADLINE_MS: u64 = 5_000;
/// Webhooks under way; more are dropped, as a shop must get along without any of them.
const UNDER_WAY_MAX: usize = 1_000;

/// The sender of webhooks.
pub(super) struct Sender {
    http: Client,
    secret: Secret,
    clock: Clock,
    /// Where webhooks go whose payment names no address.
    url: Option<String>,
    /// The wait after the first failure; it doubles with each.
    retry: Duration,
    slots: Arc<Semaphore>,
}

impl Sender {
    pub(super) fn new(
        secret: Secret,
        clock: Clock,
        url: Option<String>,
        retry: Duration,
    ) -> Result<Self, GatewayError> {
        let http = loopback_client(Duration::from_millis(DEADLINE_MS))?;
        Ok(Self { http, secret, clock, url, retry, slots: Arc::new(Semaphore::new(UNDER_WAY_MAX)) })
    }

    /// Sends it beside whatever goes on.
    pub(super) fn send_later(self: &Arc<Self>, delivery: Delivery) {
        let Ok(slot) = Arc::clone(&self.slots).try_acquire_owned() else {
            tracing::warn!("too many webhooks are under way; one is dropped");
            return;
        };
        let sender = Arc::clone(self);
        tokio::spawn(async move {
            sender.send(&delivery).await;
            drop(slot);
        });
    }

    /// Sends it, as often as its manner says; returns when it was taken or given up.
    pub(super) async fn send(&self, delivery: &Delivery) {
        let Some(url) = delivery.url.as_ref().or(self.url.as_ref()) else { return };
        let times = match delivery.manner {
            Manner::Never => 0,
            Manner::Once | Manner::BeforeTheBrowser => 1,
            Manner::Twice => 2,
        };
        for _ in 0..times {
            self.send_once(url, &delivery.body).await;
        }
    }

    async fn send_once(&self, url: &str, body: &str) {
        let mut wait = self.retry;
        for attempt in 1..=ATTEMPTS_MAX {
            // Signed anew each time: an old signature would be refused as a replay.
            let signature = signature::sign(&self.secret, body.as_bytes(), (self.clock)());
            let request = self.http.post(url).header(header::CONTENT_TYPE, "application/json");
            let sent = request.header(SIGNATURE_HEADER, signature).body(body.to_owned()).send().await;
            if sent.is_ok_and(|response| response.status().is_success()) {
                return;
            }
            if attempt < ATTEMPTS_MAX {
                tokio::time::sleep(wait).await;
                wait = wait.saturating_mul(2);
            }
        }
        tracing::warn!(attempts = ATTEMPTS_MAX, "the shop does not take a webhook; it is given up");
    }
}
