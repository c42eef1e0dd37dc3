//! What a function said, as an HTTP answer.

use std::collections::BTreeMap;

use axum::body::Body;
use axum::response::{IntoResponse, Response};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use bytes::{Bytes, BytesMut};
use http::StatusCode;
use http::header::{CONTENT_LENGTH, CONTENT_TYPE, HeaderName, HeaderValue, SET_COOKIE, TRANSFER_ENCODING};
use serde::Deserialize;
use serde_json::Value;
use tokio::sync::mpsc;

use super::message;
use crate::api::body_of;
use crate::environment::Part;

/// The content type by which a stream says that an object with status and headers comes first.
const INTEGRATION: &str = "application/vnd.awslambda.http-integration-response";
/// What stands between that object and the body.
const SEPARATOR: [u8; 8] = [0; 8];
/// The object, in bytes.
const PRELUDE_BYTES_MAX: usize = 64 * 1024;

/// Status, headers and body, where a function gives them.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Said {
    status_code: u16,
    #[serde(default)]
    headers: BTreeMap<String, Value>,
    #[serde(default)]
    multi_value_headers: BTreeMap<String, Vec<Value>>,
    #[serde(default)]
    cookies: Vec<String>,
    #[serde(default)]
    body: Option<String>,
    #[serde(default)]
    is_base64_encoded: bool,
}

/// An answer of payload format 2.0. Without a `statusCode` all of it is the body of a 200.
pub(super) fn whole(body: &Bytes) -> Response {
    let Ok(value) = serde_json::from_slice::<Value>(body) else { return bad() };
    if value.get("statusCode").is_none() {
        return ([(CONTENT_TYPE, "application/json")], body.clone()).into_response();
    }
    let Ok(said) = serde_json::from_value::<Said>(value) else { return bad() };
    let text = said.body.clone().unwrap_or_default();
    let body = match said.is_base64_encoded {
        true => BASE64.decode(text).ok().map(Bytes::from),
        false => Some(Bytes::from(text)),
    };
    match body {
        Some(body) => with_head(&said, Body::from(body), Some("application/json")),
        None => bad(),
    }
}

/// An answer that is passed on as it is.
pub(super) fn raw(body: Bytes) -> Response {
    ([(CONTENT_TYPE, "application/octet-stream")], body).into_response()
}

/// A streamed answer that was asked for whole.
pub(super) fn collected(content_type: Option<&str>, body: &Bytes) -> Response {
    if content_type != Some(INTEGRATION) {
        return whole(body);
    }
    match split(body) {
        Some((said, rest)) => with_head(&said, Body::from(body.slice(rest..)), None),
        None => bad(),
    }
}

/// A streamed answer, part by part. Waits for the head only.
pub(super) async fn streamed(content_type: Option<String>, mut parts: mpsc::Receiver<Part>) -> Response {
    if content_type.as_deref() != Some(INTEGRATION) {
        let content_type = content_type.unwrap_or_else(|| "application/octet-stream".to_owned());
        return ([(CONTENT_TYPE, content_type)], body_of(parts, data)).into_response();
    }
    let mut begun = BytesMut::new();
    while let Some(Part::Data(part)) = parts.recv().await {
        begun.extend_from_slice(&part);
        if let Some((said, rest)) = split(&begun) {
            let first = begun.freeze().slice(rest..);
            return with_head(&said, body_after(first, parts), None);
        }
        if PRELUDE_BYTES_MAX < begun.len() {
            break;
        }
    }
    bad()
}

/// The rest of the body, after what came with the head.
fn body_after(first: Bytes, mut parts: mpsc::Receiver<Part>) -> Body {
    let (sender, all) = mpsc::channel(1);
    tokio::spawn(async move {
        let mut next = Some(Part::Data(first));
        while let Some(part) = next {
            if sender.send(part).await.is_err() {
                return;
            }
            next = parts.recv().await;
        }
    });
    body_of(all, data)
}

fn data(part: Part) -> Bytes {
    match part {
        Part::Data(data) => data,
        // The status has gone out long ago: the body just ends.
        Part::End { .. } => Bytes::new(),
    }
}

/// The head and where the body begins, once both are there.
fn split(begun: &[u8]) -> Option<(Said, usize)> {
    let at = begun.windows(SEPARATOR.len()).position(|window| window == SEPARATOR)?;
    let said = serde_json::from_slice(begun.get(..at)?).ok()?;
    Some((said, at + SEPARATOR.len()))
}

fn with_head(said: &Said, body: Body, default_type: Option<&'static str>) -> Response {
    let Ok(status) = StatusCode::from_u16(said.status_code) else { return bad() };
    let mut response = Response::new(body);
    *response.status_mut() = status;
    let headers = response.headers_mut();
    let all = said.multi_value_headers.iter().flat_map(|(name, values)| values.iter().map(move |value| (name, value)));
    for (name, value) in said.headers.iter().chain(all) {
        let text = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
        let (Ok(name), Ok(value)) = (name.parse::<HeaderName>(), HeaderValue::from_str(&text)) else { return bad() };
        // Length and framing are the front's own.
        if name != CONTENT_LENGTH && name != TRANSFER_ENCODING {
            headers.append(name, value);
        }
    }
    for cookie in &said.cookies {
        let Ok(cookie) = HeaderValue::from_str(cookie) else { return bad() };
        headers.append(SET_COOKIE, cookie);
    }
    if let Some(default_type) = default_type.filter(|_| !headers.contains_key(CONTENT_TYPE)) {
        headers.insert(CONTENT_TYPE, HeaderValue::from_static(default_type));
    }
    response
}

fn bad() -> Response {
    message(StatusCode::BAD_GATEWAY, "Internal Server Error")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn answers_are_taken_apart() {
        for (case, said, status, content_type) in [
            ("plain JSON", r#"{"a":1}"#, 200, Some("application/json")),
            ("status alone", r#"{"statusCode":204}"#, 204, Some("application/json")),
            ("own type", r#"{"statusCode":200,"headers":{"Content-Type":"text/html"}}"#, 200, Some("text/html")),
            ("base64", r#"{"statusCode":200,"body":"aGk=","isBase64Encoded":true}"#, 200, Some("application/json")),
            ("broken base64", r#"{"statusCode":200,"body":"%","isBase64Encoded":true}"#, 502, Some("application/json")),
            ("status that is none", r#"{"statusCode":7}"#, 502, Some("application/json")),
            ("header that is none", r#"{"statusCode":200,"headers":{"a b":"c"}}"#, 502, Some("application/json")),
            ("no JSON", "<html>", 502, Some("application/json")),
        ] {
            let answer = whole(&Bytes::from(said));
            assert_eq!(answer.status().as_u16(), status, "{case}");
            let got = answer.headers().get(CONTENT_TYPE).map(|value| value.to_str().unwrap());
            assert_eq!(got, content_type, "{case}");
        }
    }
}
