//! A viewer, an edge and events for tests.
#![allow(dead_code, reason = "each test file uses its own part")]
#![allow(clippy::unwrap_used, reason = "Clippy does not take this file for a test")]

use functions::{
    Bounds, Engine, Function, Ids, KeyValues, MEMORY_BYTES_MAX, RequestOutcome, ResponseOutcome, Run, STACK_BYTES_MAX,
    UnixMs, ViewerRequest, ViewerResponse,
};
use http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode};
use std::net::{IpAddr, Ipv4Addr};
use std::sync::Arc;
use std::time::Duration;

/// 2026-11-03T10:00:00Z.
pub(crate) const NOW: UnixMs = UnixMs(1_793_700_000_000);
pub(crate) const IDS: Ids<'static> =
    Ids { distribution_domain_name: "d1.cloudfront.net", distribution_id: "E1", request_id: "r1" };

/// A time limit that a slow machine keeps; those tests that are about the limit set their own.
pub(crate) const PATIENT: Bounds = Bounds {
    cpu_max: Duration::from_secs(5),
    wall_max: Duration::from_secs(50),
    memory_bytes_max: MEMORY_BYTES_MAX,
    stack_bytes_max: STACK_BYTES_MAX,
};

/// An engine that has time.
pub(crate) fn engine(source: &str) -> Engine {
    let function = Function::new("test", source).unwrap_or_else(|error| panic!("{error}\n{source}"));
    Engine::new(function).with_bounds(PATIENT)
}

pub(crate) fn store(pairs: &[(&str, &str)]) -> Arc<KeyValues> {
    let pairs = pairs.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned()));
    Arc::new(KeyValues::new(pairs).unwrap())
}

pub(crate) fn headers(pairs: &[(&str, &str)]) -> HeaderMap {
    let mut headers = HeaderMap::new();
    for (name, value) in pairs {
        let name = HeaderName::from_bytes(name.as_bytes()).unwrap();
        headers.append(name, HeaderValue::from_bytes(value.as_bytes()).unwrap());
    }
    headers
}

/// `target` is a path with or without a query string.
pub(crate) fn request<'r>(target: &'r str, headers: &'r HeaderMap) -> ViewerRequest<'r> {
    let (uri, query) = match target.split_once('?') {
        Some((uri, query)) => (uri, Some(query)),
        None => (target, None),
    };
    ViewerRequest { method: &Method::GET, uri, query, headers, viewer_ip: IpAddr::V4(Ipv4Addr::LOCALHOST), ids: IDS }
}

pub(crate) fn ask(engine: &mut Engine, target: &str, pairs: &[(&str, &str)]) -> Run<RequestOutcome> {
    engine.on_request(&request(target, &headers(pairs)), NOW)
}

pub(crate) fn answer(engine: &mut Engine, status: u16, pairs: &[(&str, &str)]) -> Run<ResponseOutcome> {
    let (of_request, of_response) = (headers(&[("host", "shop.example")]), headers(pairs));
    let request = request("/a?b=c", &of_request);
    let status = StatusCode::from_u16(status).unwrap();
    engine.on_response(&ViewerResponse { request, status, headers: &of_response }, NOW)
}

/// The text of the header `x-out` that a handler with this body leaves, or the error.
pub(crate) fn evaluate(body: &str) -> Result<String, String> {
    let source = format!(
        "async function handler(event) {{ var out; {body}; event.request.headers['x-out'] = {{value: String(out)}}; return event.request; }}"
    );
    match ask(&mut engine(&source), "/", &[]).outcome {
        Ok(RequestOutcome::Forward(request)) => {
            Ok(String::from_utf8(request.headers["x-out"].as_bytes().to_vec()).unwrap())
        }
        Ok(other) => Err(format!("{other:?}")),
        Err(error) => Err(error.to_string()),
    }
}
