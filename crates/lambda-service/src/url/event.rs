//! A request as the event of payload format 2.0, which function URLs and HTTP APIs share.

use std::collections::BTreeMap;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use http::header::{CONTENT_TYPE, COOKIE, HeaderMap};
use http::request::Parts;
use percent_encoding::percent_decode_str;
use serde_json::{Value, json};

use crate::clock::format_time;

/// What the event says beside the request.
pub(super) struct Facts<'a> {
    pub(super) request_id: &'a str,
    pub(super) now_ms: u64,
    pub(super) account: &'a str,
    /// The host that was asked.
    pub(super) domain: String,
}

/// The event of a request.
pub(super) fn event(head: &Parts, body: &[u8], facts: &Facts<'_>) -> Value {
    let (path, query) = (head.uri.path(), head.uri.query().unwrap_or(""));
    let text = |name: &str| head.headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or("");
    let forwarded = text("x-forwarded-for").split(',').next().unwrap_or("").trim().to_owned();
    let source_ip = if forwarded.is_empty() { "127.0.0.1".to_owned() } else { forwarded };
    let (body, is_base64) = body_text(&head.headers, body);
    let mut event = json!({
        "version": "2.0",
        "routeKey": "$default",
        "rawPath": percent_decode_str(path).decode_utf8_lossy(),
        "rawQueryString": query,
        "headers": joined(&head.headers),
        "requestContext": {
            "accountId": if text("authorization").is_empty() { "anonymous" } else { facts.account },
            "apiId": facts.domain.split('.').next().unwrap_or(""),
            "domainName": facts.domain,
            "domainPrefix": facts.domain.split('.').next().unwrap_or(""),
            "http": {
                "method": head.method.as_str(),
                "path": percent_decode_str(path).decode_utf8_lossy(),
                "protocol": format!("{:?}", head.version),
                "sourceIp": source_ip,
                "userAgent": text("user-agent"),
            },
            "requestId": facts.request_id,
            "routeKey": "$default",
            "stage": "$default",
            "time": format_time(facts.now_ms, "%d/%b/%Y:%H:%M:%S +0000"),
            "timeEpoch": facts.now_ms,
        },
        "isBase64Encoded": is_base64,
    });
    let cookies = cookies(&head.headers);
    if !cookies.is_empty() {
        event["cookies"] = json!(cookies);
    }
    let parameters = parameters(query);
    if !parameters.is_empty() {
        event["queryStringParameters"] = json!(parameters);
    }
    if let Some(body) = body {
        event["body"] = body.into();
    }
    event
}

/// Each header once, its values joined with commas; cookies are apart.
fn joined(headers: &HeaderMap) -> BTreeMap<String, String> {
    let mut all: BTreeMap<String, String> = BTreeMap::new();
    for (name, value) in headers.iter().filter(|(name, _)| **name != COOKIE) {
        let value = String::from_utf8_lossy(value.as_bytes());
        all.entry(name.as_str().to_owned()).and_modify(|there| *there += &format!(",{value}")).or_insert(value.into());
    }
    all
}

fn cookies(headers: &HeaderMap) -> Vec<String> {
    let lines = headers.get_all(COOKIE).iter().filter_map(|line| line.to_str().ok());
    lines.flat_map(|line| line.split(';')).map(|cookie| cookie.trim().to_owned()).filter(|c| !c.is_empty()).collect()
}

/// Each name once, decoded, its values joined with commas.
fn parameters(query: &str) -> BTreeMap<String, String> {
    let mut all: BTreeMap<String, String> = BTreeMap::new();
    for (name, value) in pairs(query) {
        all.entry(decoded(name))
            .and_modify(|there| *there += &format!(",{}", decoded(value)))
            .or_insert(decoded(value));
    }
    all
}

/// Names and values of a query, still encoded.
pub(super) fn pairs(query: &str) -> impl Iterator<Item = (&str, &str)> {
    query.split('&').filter(|part| !part.is_empty()).map(|part| part.split_once('=').unwrap_or((part, "")))
}

/// A name or value of a query as it was meant.
pub(super) fn decoded(raw: &str) -> String {
    let spaced = raw.replace('+', " ");
    percent_decode_str(&spaced).decode_utf8_lossy().into_owned()
}

/// The body as the event has it, and whether that is base64: all that is not plainly text.
pub(super) fn body_text(headers: &HeaderMap, body: &[u8]) -> (Option<String>, bool) {
    const TEXTS: &[&str] = &["application/json", "application/xml", "application/javascript"];
    if body.is_empty() {
        return (None, false);
    }
    let content_type = headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or("");
    let kind = content_type.split(';').next().unwrap_or("").trim().to_ascii_lowercase();
    let is_text = kind.starts_with("text/") || TEXTS.contains(&kind.as_str());
    match std::str::from_utf8(body) {
        Ok(text) if is_text => (Some(text.to_owned()), false),
        _ => (Some(BASE64.encode(body)), true),
    }
}
