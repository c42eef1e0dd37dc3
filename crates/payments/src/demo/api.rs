//! The demo site's API, which the store calls, and its test controls.

use super::client::KEY_HEADER;
use super::payment::{Call, Payment, Refusal, to_json};
use super::site::{Shared, is_plain_http};
use super::store::Reply;
use super::wire::{Behaviour, ErrorBody, MoveBody, Operation, PaymentsBody, StartBody};
use crate::gateway::{GatewayError, IdempotencyKey, SUMMARY_LINES_MAX};
use axum::body::Bytes;
use axum::extract::{Path, Query, Request, State};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use commerce::ids::CheckoutId;
use http::{HeaderMap, StatusCode, header};
use reqwest::Url;
use ring::digest;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use std::fmt::Write;
use std::sync::Arc;
use std::time::Duration;

/// How long an answer is held back that nobody releases; longer than any caller's deadline.
const HELD_MS_MAX: u64 = 60_000;
/// The longest address that a shop may name.
const URL_CHARS_MAX: usize = 2_000;
/// Payments of one reference that are listed.
const LISTED_MAX: usize = 10;

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        let body = ErrorBody { code: self.code.to_owned(), message: self.message.to_owned() };
        json(self.status, to_json(&body))
    }
}

/// Lets only the store in.
pub(super) async fn require_secret(State(site): State<Arc<Shared>>, request: Request, next: Next) -> Response {
    let value = request.headers().get(header::AUTHORIZATION).and_then(|value| value.to_str().ok());
    match value.and_then(|value| value.strip_prefix("Bearer ")) {
        Some(secret) if site.api_secret.matches(secret) => next.run(request).await,
        _ => Refusal::new(StatusCode::UNAUTHORIZED, "unauthorised", "a bearer secret is needed").into_response(),
    }
}

/// `POST /api/payments`: starts a payment.
pub(super) async fn start(
    State(site): State<Arc<Shared>>,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Response, Refusal> {
    let key = key(&headers)?;
    let start = check_start(parse(&body)?)?;
    let fingerprint = fingerprint(&["start"], &body);
    let reply = site.store.start(key.as_str(), fingerprint, start, site.now(), |id| site.page_of(id))?;
    Ok(answer(StatusCode::CREATED, reply).await)
}

/// `GET /api/payments/{id}`: how a payment stands.
pub(super) async fn show(State(site): State<Arc<Shared>>, Path(id): Path<String>) -> Result<Response, Refusal> {
    let body = site.store.change(&id, site.now(), |payment| payment.body()).ok_or_else(unknown)?;
    Ok(json(StatusCode::OK, to_json(&site.settle(body))))
}

/// What a list is asked for.
#[derive(Deserialize)]
pub(super) struct ListQuery {
    reference: String,
}

/// `GET /api/payments?reference=…`: payments by the store's reference, the newest first.
pub(super) async fn list(
    State(site): State<Arc<Shared>>,
    query: Result<Query<ListQuery>, axum::extract::rejection::QueryRejection>,
) -> Result<Response, Refusal> {
    let Query(query) = query.map_err(|_| unreadable())?;
    let ids = site.store.list_by_reference(&query.reference);
    let body = |id: &String| site.store.change(id, site.now(), |payment| payment.body());
    let found = ids.iter().take(LISTED_MAX).filter_map(body);
    let payments = found.map(|changed| site.settle(changed)).collect();
    Ok(json(StatusCode::OK, to_json(&PaymentsBody { payments })))
}

/// `POST /api/payments/{id}/{verb}`: captures, expires, voids or refunds.
pub(super) async fn call(
    State(site): State<Arc<Shared>>,
    Path((id, verb)): Path<(String, String)>,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Response, Refusal> {
    let moved = || parse::<MoveBody>(&body).map(|body| Some(body.amount));
    let (operation, amount) = match verb.as_str() {
        "capture" => (Operation::Capture, moved()?),
        "refund" => (Operation::Refund, moved()?),
        "expire" => (Operation::Expire, None),
        "void" => (Operation::Void, None),
        _ => return Err(Refusal::new(StatusCode::NOT_FOUND, "unknown_verb", "there is no such call")),
    };
    let key = key(&headers)?;
    let call = Call { operation, key: key.as_str(), fingerprint: fingerprint(&[&id, &verb], &body), amount };
    let changed = site.store.call(&id, &call, site.now()).ok_or_else(unknown)?;
    Ok(answer(StatusCode::OK, site.settle(changed)?).await)
}

/// `POST /admin/behaviour`: says how a payment is to behave.
pub(super) async fn behave(State(site): State<Arc<Shared>>, body: Bytes) -> Result<StatusCode, Refusal> {
    site.store.behave(parse::<Behaviour>(&body)?, site.now());
    Ok(StatusCode::NO_CONTENT)
}

/// What is to be released.
#[derive(Deserialize)]
struct ReleaseBody {
    reference: String,
}

/// `POST /admin/release`: a yes that was to come later comes now, and answers that are held back go out.
pub(super) async fn release(State(site): State<Arc<Shared>>, body: Bytes) -> Result<Response, Refusal> {
    let ReleaseBody { reference } = parse(&body)?;
    for id in site.store.list_by_reference(&reference) {
        if let Some(changed) = site.store.change(&id, site.now(), Payment::arrive) {
            site.settle(changed);
        }
    }
    let released = site.store.release(Some(&reference));
    Ok(json(StatusCode::OK, serde_json::json!({ "released": released }).to_string()))
}

/// Answers, after the wait of an answer that is held back.
async fn answer(status: StatusCode, reply: Reply) -> Response {
    if let Some(released) = reply.held {
        // Released, given up by the tests, or too long: the answer goes out in any case.
        let _ = tokio::time::timeout(Duration::from_millis(HELD_MS_MAX), released).await;
    }
    json(status, reply.body)
}

fn check_start(start: StartBody) -> Result<StartBody, Refusal> {
    let no = |message| Err(Refusal::new(StatusCode::UNPROCESSABLE_ENTITY, "bad_payment", message));
    if CheckoutId::parse(&start.reference).is_err() {
        return no("the reference is no id");
    }
    if start.amount.minor <= 0 || start.amount.money().is_none() {
        return no("the amount must be above nothing, in a known currency");
    }
    if ![&start.return_url, &start.cancel_url].into_iter().all(|address| is_web_address(address)) {
        return no("return_url and cancel_url must be absolute addresses");
    }
    if start.webhook_url.as_ref().is_some_and(|address| URL_CHARS_MAX < address.len() || !is_plain_http(address)) {
        return no("webhook_url must be an absolute address of plain http");
    }
    if SUMMARY_LINES_MAX < start.lines.len() {
        return no("too many lines");
    }
    Ok(start)
}

fn is_web_address(raw: &str) -> bool {
    let parsed = Url::parse(raw).is_ok_and(|url| ["http", "https"].contains(&url.scheme()) && url.has_host());
    raw.len() <= URL_CHARS_MAX && parsed
}

fn key(headers: &HeaderMap) -> Result<IdempotencyKey, Refusal> {
    let value = headers.get(KEY_HEADER).and_then(|value| value.to_str().ok());
    let key = value.and_then(|value| IdempotencyKey::parse(value).ok());
    key.ok_or(Refusal::new(StatusCode::BAD_REQUEST, "no_key", "an Idempotency-Key header is needed"))
}

fn parse<T: DeserializeOwned>(body: &[u8]) -> Result<T, Refusal> {
    serde_json::from_slice(body).map_err(|_| unreadable())
}

/// A hash of everything that makes two calls the same call.
fn fingerprint(path: &[&str], body: &[u8]) -> String {
    let mut context = digest::Context::new(&digest::SHA256);
    for part in path {
        context.update(part.as_bytes());
        context.update(b"/");
    }
    context.update(body);
    let mut hex = String::new();
    // Writing to a String does not fail.
    context.finish().as_ref().iter().for_each(|byte| _ = write!(hex, "{byte:02x}"));
    hex
}

fn unknown() -> Refusal {
    Refusal::new(StatusCode::NOT_FOUND, GatewayError::UNKNOWN_PAYMENT, "no such payment")
}

fn unreadable() -> Refusal {
    Refusal::new(StatusCode::BAD_REQUEST, "unreadable", "the request is not what was expected")
}

fn json(status: StatusCode, body: String) -> Response {
    (status, [(header::CONTENT_TYPE, "application/json"), (header::CACHE_CONTROL, "no-store")], body).into_response()
}
