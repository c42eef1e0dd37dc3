//! A store in a folder of its own, its router without a port, and an edge in front of it.

#![allow(clippy::unwrap_used, reason = "helpers of tests: what fails here fails the test")]
#![allow(dead_code, unreachable_pub, missing_docs, reason = "each test file uses a part of it")]

pub mod visitor;

use axum::Router;
use axum::body::Body;
use bytes::Bytes;
use commerce::catalogue::{PriceRow, ProductEntry, Structure};
use commerce::event::Actor;
use commerce::ids::PriceId;
use commerce::moment::Moment;
use edge::{Cache, Class, Decision, Edge, Entry, UnixMs};
use http::{HeaderMap, Method, Request, Response};
use http_body_util::BodyExt;
use shop::catalogue::Showing;
use shop::folder::{NewStore, create};
use shop::settings::Settings;
use shop::{Chance, Clock, OpenOptions, Shop, load_keys};
use std::path::Path;
use std::sync::Arc;
use storefront::web::Storefront;
use storefront::web::routes::{QUERY_NAMES, RouteClass, edge_patterns, router};
use tempfile::TempDir;
use tower::ServiceExt;

/// Tue, 24 Nov 2026 12:00:00 UTC.
pub const NOON: Moment = Moment::from_micros(1_795_521_600_000_000);
/// The demo payment site's origin.
pub const GATEWAY: &str = "http://127.0.0.1:9";
/// A product of the demo that tests give an old key.
pub const OSCAR_KEY: i64 = 4_711;
/// Bytes of the largest answer that a test reads.
const ANSWER_BYTES_MAX: usize = 16 << 20;

pub struct World {
    pub shop: Shop,
    pub clock: Clock,
    pub router: Router,
    /// The folder's own folder: its keys lie beside it.
    pub place: TempDir,
}

/// One instance of a store.
pub struct Instance {
    pub shop: Shop,
    pub clock: Clock,
    pub router: Router,
}

impl World {
    /// The demo's assortment.
    pub async fn demo() -> Self {
        Self::of(usize::MAX, |_| {}, "").await
    }

    /// So many plain products of the demo, changed as a test likes, with more settings in front.
    pub async fn of(most: usize, change: impl Fn(&mut Vec<ProductEntry>), settings: &str) -> Self {
        Self::made(most, change, |text| format!("{settings}\n{text}")).await
    }

    /// The same with the demo's settings changed.
    pub async fn made(
        most: usize,
        change: impl Fn(&mut Vec<ProductEntry>),
        settings: impl Fn(String) -> String,
    ) -> Self {
        let place = tempfile::tempdir().unwrap();
        let folder = place.path().join("store");
        let pages: Vec<(String, String)> = demo::pages::PAGES
            .iter()
            .map(|page| (format!("{}/{}.md", page.language, page.name), page.text.into()))
            .collect();
        create(&folder, NewStore::Demo, &pages, &Chance::system()).unwrap();
        let file = folder.join("tradewind.toml");
        let text = std::fs::read_to_string(&file).unwrap();
        std::fs::write(&file, settings(text)).unwrap();
        let clock = Clock::fixed(NOON);
        let Instance { shop, router, clock } = open(&folder, clock).await;
        let assortment = demo::assortment().unwrap();
        let mut products = assortment.products;
        if most < products.len() {
            products.retain(|entry| matches!(entry.product.structure, Structure::Standalone(_)));
            products.truncate(most);
        }
        change(&mut products);
        shop.put_catalogue_setup(&assortment.setup, &Actor::Operator, Showing::LaterAsAWhole).await.unwrap();
        put(&shop, &products, Showing::LaterAsAWhole).await;
        shop.publish_all().await.unwrap();
        clock.advance_ms(1_000);
        Self { shop, clock, router, place }
    }

    pub async fn second_instance(&self, clock: Clock) -> Instance {
        open(self.shop.folder(), clock).await
    }

    pub async fn get(&self, path: &str) -> Response<Bytes> {
        send(&self.router, "GET", path, &[]).await
    }
}

async fn open(folder: &Path, clock: Clock) -> Instance {
    // A second test of one process finds it installed.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let settings = Settings::load(folder, |_| None).unwrap();
    let options =
        OpenOptions { clock: clock.clone(), demo_payment_url: Some(GATEWAY.to_owned()), ..OpenOptions::default() };
    let shop = Shop::open_with(folder, settings, load_keys(folder).unwrap(), options).await.unwrap();
    shop.set_base_url("https://shop.example");
    let router = router(Storefront::open(shop.clone()).unwrap());
    Instance { shop, clock, router }
}

pub async fn put(shop: &Shop, products: &[ProductEntry], showing: Showing) {
    let entries: Vec<(ProductEntry, i64)> = products.iter().map(|entry| (entry.clone(), 0)).collect();
    shop.put_products(&entries, &Actor::Operator, showing).await.unwrap();
}

/// Ends the prices of a product at a moment, after which it costs a penny more.
pub fn end_prices(entry: &mut ProductEntry, until: Moment) {
    for record in &mut entry.stock_records {
        let later: Vec<PriceRow> = record
            .prices
            .iter()
            .map(|row| {
                let id = PriceId::new(commerce::ids::derived_uuid("later", &row.id.to_string()));
                let amount = commerce::money::Money::from_minor(row.amount.minor() + 1, row.amount.currency());
                PriceRow { id, amount, from: Some(until), until: None }
            })
            .collect();
        record.prices.iter_mut().for_each(|row| row.until = Some(until));
        record.prices.extend(later);
    }
}

pub fn request(method: &str, path: &str, headers: &[(&str, &str)]) -> Request<Body> {
    let mut request = Request::builder().method(method).uri(path);
    if !headers.iter().any(|(name, _)| *name == "host") {
        request = request.header("host", "shop.example");
    }
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    request.body(Body::empty()).unwrap()
}

pub async fn send(router: &Router, method: &str, path: &str, headers: &[(&str, &str)]) -> Response<Bytes> {
    read(router.clone().oneshot(request(method, path, headers)).await.unwrap()).await
}

/// Reads a whole answer.
pub async fn read(response: Response<Body>) -> Response<Bytes> {
    let (parts, body) = response.into_parts();
    let body = body.collect().await.unwrap().to_bytes();
    assert!(body.len() <= ANSWER_BYTES_MAX);
    Response::from_parts(parts, body)
}

pub fn header<'r>(response: &'r Response<Bytes>, name: &str) -> &'r str {
    response.headers().get(name).map_or("", |value| value.to_str().unwrap())
}

pub fn text(response: &Response<Bytes>) -> String {
    String::from_utf8(response.body().to_vec()).unwrap()
}

/// What stands in quotes behind `start`, at its first place.
pub fn quoted(text: &str, start: &str) -> String {
    let at = text.find(start).unwrap_or_else(|| panic!("{start} stands in the page"));
    let rest = &text[at..];
    rest[..rest.find('"').unwrap()].to_owned()
}

/// The edge as the storefront describes it.
pub fn store_edge() -> Edge {
    let patterns = edge_patterns();
    let patterns = patterns.iter().map(|(pattern, class)| (pattern.as_str(), class_of(*class)));
    Edge::for_store(patterns, QUERY_NAMES).unwrap()
}

pub fn class_of(class: RouteClass) -> Class {
    match class {
        RouteClass::Cached => Class::Cached,
        RouteClass::Own => Class::Own,
        RouteClass::Asset => Class::Asset,
    }
}

pub fn unix_ms(moment: Moment) -> UnixMs {
    UnixMs(u64::try_from(moment.micros() / 1_000).unwrap())
}

/// An edge with its memory.
pub struct Front {
    pub edge: Edge,
    pub cache: Cache,
    /// Requests that reached the store.
    pub asked: usize,
}

impl Front {
    pub fn new() -> Self {
        Self { edge: store_edge(), cache: Cache::new(64 << 20), asked: 0 }
    }

    /// A request through the edge.
    pub async fn ask(
        &mut self,
        router: &Router,
        method: &str,
        path: &str,
        headers: &[(&str, &str)],
        now: UnixMs,
    ) -> Response<Bytes> {
        let request = request(method, path, headers);
        let behaviour = self.edge.behaviour(request.uri().path()).clone();
        let key = behaviour.key(request.uri().path(), request.uri().query(), request.headers());
        let kept = self.cache.find(&key, request.headers());
        let decision = edge::decide(&behaviour, request.method(), request.headers(), kept.as_deref(), now);
        if let (Decision::Serve | Decision::ServeAndRevalidate, Some(kept)) = (decision, &kept) {
            return kept.respond(request.method(), request.headers(), now);
        }
        self.asked += 1;
        let fetch = self.cache.begin();
        let mut forwarded = edge::to_origin(&behaviour, decision, request.headers(), kept.as_deref(), None);
        forwarded.insert("host", http::HeaderValue::from_static("shop.example"));
        let (mut parts, body) = request.into_parts();
        parts.headers = forwarded;
        parts.uri = key.address().parse().unwrap();
        let answer = read(router.clone().oneshot(Request::from_parts(parts, body)).await.unwrap()).await;
        if decision == Decision::Pass {
            return answer;
        }
        if let Some(entry) = take(&behaviour, kept.as_deref(), &answer, now) {
            self.cache.put(&key, Arc::new(entry), fetch);
            if let Some(kept) = self.cache.find(&key, &HeaderMap::new()) {
                return kept.respond(&Method::GET, &HeaderMap::new(), now);
            }
        } else {
            self.cache.remove(&key);
        }
        answer
    }
}

impl Default for Front {
    fn default() -> Self {
        Self::new()
    }
}

/// What the edge keeps of an answer.
pub fn take(behaviour: &edge::Behaviour, kept: Option<&Entry>, answer: &Response<Bytes>, now: UnixMs) -> Option<Entry> {
    match kept {
        Some(kept) if answer.status() == 304 => kept.renewed(behaviour, answer.headers(), now),
        _ => Entry::new(behaviour, &Method::GET, &HeaderMap::new(), answer, now),
    }
}
