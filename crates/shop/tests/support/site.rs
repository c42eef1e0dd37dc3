//! The demo payment site on loopback, with a browser that presses its buttons and a tiny server that takes its webhooks
//! to the shop.

use bytes::Bytes;
use commerce::ids::CheckoutId;
use http::{HeaderMap, HeaderName, HeaderValue};
use payments::demo::{Behaviour, DemoConfig, DemoGateway, Operation, Outcome, Site, SiteConfig};
use payments::{Gateway, Secret};
use shop::{Clock, Shop};
use std::sync::{Arc, OnceLock};
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{Mutex, mpsc};

/// How long a test waits for something that must come.
const PATIENCE: Duration = Duration::from_secs(30);
/// How long the shop waits for an answer of the site.
const DEADLINE: Duration = Duration::from_secs(1);
/// The longest webhook.
const WEBHOOK_BYTES_MAX: usize = 64 * 1024;
const API_SECRET: &str = "api-secret";
const WEBHOOK_SECRET: &str = "webhook-secret";

/// A running site.
pub struct PaySite {
    pub url: String,
    browser: reqwest::Client,
    shop: Arc<OnceLock<Shop>>,
    handled: Mutex<mpsc::UnboundedReceiver<bool>>,
}

impl PaySite {
    pub async fn start(clock: &Clock) -> Self {
        let shop: Arc<OnceLock<Shop>> = Arc::default();
        let (told, handled) = mpsc::unbounded_channel();
        let webhooks = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let webhook_url = format!("http://{}/webhooks/demo", webhooks.local_addr().unwrap());
        let theirs = shop.clone();
        tokio::spawn(async move {
            while let Ok((stream, _)) = webhooks.accept().await {
                tokio::spawn(take_webhook(stream, theirs.clone(), told.clone()));
            }
        });
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let clock = clock.clone();
        let now = Arc::new(move || clock.now());
        let mut config = SiteConfig::new(&url, Secret::new(API_SECRET), Secret::new(WEBHOOK_SECRET), now);
        config.webhook_url = Some(webhook_url);
        config.webhook_retry = Duration::from_millis(1);
        config.test_controls = true;
        let site = Site::open(config).unwrap();
        tokio::spawn(site.serve(listener, std::future::pending()));
        let browser = reqwest::Client::builder()
            .redirect(reqwest::redirect::Policy::none())
            .no_proxy()
            .tls_certs_only([])
            .timeout(PATIENCE)
            .build()
            .unwrap();
        Self { url, browser, shop, handled: Mutex::new(handled) }
    }

    /// The shop's side of it.
    pub fn gateways(&self) -> Vec<Arc<dyn Gateway>> {
        let config = DemoConfig::new(&self.url, Secret::new(API_SECRET), Secret::new(WEBHOOK_SECRET));
        vec![
            Arc::new(DemoGateway::new(DemoConfig { deadline: DEADLINE, ..config }).unwrap()),
            Arc::new(payments::Invoice),
        ]
    }

    /// Brings webhooks to this shop; until then they are refused.
    pub fn attach(&self, shop: &Shop) {
        assert!(self.shop.set(shop.clone()).is_ok(), "one shop is attached once");
    }

    /// Waits until the next webhook was taken to the shop; whether the shop took it.
    pub async fn webhook_handled(&self) -> bool {
        tokio::time::timeout(PATIENCE, self.handled.lock().await.recv()).await.unwrap().unwrap()
    }

    /// Presses a button on a payment's page; where the browser is sent.
    pub async fn press(&self, page: &str, choice: Outcome) -> String {
        let response = self.browser.post(page).form(&[("choice", choice)]).send().await.unwrap();
        assert_eq!(response.status(), 303);
        response.headers()["location"].to_str().unwrap().to_owned()
    }

    /// Prepares what happens to a payment.
    pub async fn hold_answer(&self, id: CheckoutId, operation: Operation) {
        let behaviour = Behaviour { reference: Some(id), hold_answers: [operation].into(), ..Behaviour::default() };
        let call = self.browser.post(format!("{}/admin/behaviour", self.url)).bearer_auth(API_SECRET).json(&behaviour);
        assert!(call.send().await.unwrap().status().is_success());
    }

    /// Lets a late yes come.
    pub async fn release(&self, id: CheckoutId) {
        let body = serde_json::json!({ "reference": id.to_string() });
        let call = self.browser.post(format!("{}/admin/release", self.url)).bearer_auth(API_SECRET).json(&body);
        assert!(call.send().await.unwrap().status().is_success());
    }

    /// Payments that the site has of a checkout, as its API tells them.
    pub async fn payments(&self, id: CheckoutId) -> Vec<serde_json::Value> {
        let call = self.browser.get(format!("{}/api/payments?reference={id}", self.url)).bearer_auth(API_SECRET);
        let body: serde_json::Value = call.send().await.unwrap().json().await.unwrap();
        body["payments"].as_array().unwrap().clone()
    }

    /// The one payment of a checkout: its status, and what was captured and refunded.
    pub async fn sums(&self, id: CheckoutId) -> (String, i64, i64) {
        let payments = self.payments(id).await;
        let [payment] = payments.as_slice() else { panic!("{} payments of one checkout", payments.len()) };
        let minor = |name: &str| payment[name]["minor"].as_i64().unwrap();
        (payment["status"].as_str().unwrap().to_owned(), minor("captured"), minor("refunded"))
    }
}

/// Takes one webhook to the shop, whose word decides over the status.
async fn take_webhook(mut stream: TcpStream, shop: Arc<OnceLock<Shop>>, told: mpsc::UnboundedSender<bool>) {
    let Some((headers, body)) = read_request(&mut stream).await else { return };
    let taken = match shop.get() {
        Some(shop) => shop.webhook("demo", &headers, &body).await.is_ok(),
        None => false,
    };
    let status = if taken { "204 No Content" } else { "503 Service Unavailable" };
    let answer = format!("HTTP/1.1 {status}\r\ncontent-length: 0\r\nconnection: close\r\n\r\n");
    // Told before the answer goes out. Neither the site nor the test need be there any more.
    let _ = told.send(taken);
    let _ = stream.write_all(answer.as_bytes()).await;
}

/// Reads one small request.
pub(super) async fn read_request(stream: &mut TcpStream) -> Option<(HeaderMap, Bytes)> {
    let mut bytes = Vec::new();
    loop {
        let end = bytes.windows(4).position(|window| window == b"\r\n\r\n");
        if let Some(end) = end {
            let head = String::from_utf8_lossy(&bytes[..end]).into_owned();
            let mut headers = HeaderMap::new();
            for (name, value) in head.lines().skip(1).filter_map(|line| line.split_once(": ")) {
                headers.insert(name.parse::<HeaderName>().ok()?, HeaderValue::from_str(value).ok()?);
            }
            let length: usize = headers.get("content-length")?.to_str().ok()?.parse().ok()?;
            if bytes.len() >= end + 4 + length {
                return Some((headers, Bytes::copy_from_slice(&bytes[end + 4..end + 4 + length])));
            }
        }
        if bytes.len() > WEBHOOK_BYTES_MAX || stream.read_buf(&mut bytes).await.ok()? == 0 {
            return None;
        }
    }
}
