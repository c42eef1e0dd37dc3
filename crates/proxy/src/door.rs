//! The door: what is no request for this edge goes no further.

use crate::options::Bounds;
use crate::refusal::Refusal;
use edge::{Behaviour, Decision, Edge, Methods, Profile, UnknownHost};
use http::header::{CONTENT_LENGTH, HOST, TRANSFER_ENCODING};
use http::request::Parts;
use http::{HeaderValue, Method, StatusCode, Uri, Version};

/// What the bytes of a header cost beside name and value: a colon, a space and the end of its line.
const BETWEEN_BYTES: usize = 4;

/// Looks at a request's form and host. Afterwards its address is a path with a query string, and `Host` is there once.
pub(crate) fn admit(edge: &Edge, bounds: &Bounds, asked: &mut Parts) -> Result<(), Refusal> {
    // The method CONNECT has no path, and `OPTIONS *` is about the edge itself.
    if asked.method == Method::CONNECT || asked.uri.path() == "*" {
        return Err(Refusal::Method(edge.description().profile, "GET, HEAD"));
    }
    let address_bytes = asked.uri.path_and_query().map_or(0, |address| address.as_str().len());
    if address_bytes > bounds.address_bytes_max {
        return Err(Refusal::AddressTooLong);
    }
    let header_bytes = asked.headers.iter().map(|(name, value)| name.as_str().len() + value.len() + BETWEEN_BYTES);
    if asked.headers.len() > bounds.request_headers_max || header_bytes.sum::<usize>() > bounds.request_header_bytes_max
    {
        return Err(Refusal::HeadersTooLarge);
    }
    take_host(edge, asked)
}

/// The address of an absolute form counts more than `Host` (RFC 9112, 3.2.2); HTTP/2 has no other.
fn take_host(edge: &Edge, asked: &mut Parts) -> Result<(), Refusal> {
    let hosts = asked.headers.get_all(HOST).iter().count();
    if hosts > 1 || (hosts == 0 && asked.version == Version::HTTP_11) {
        return Err(Refusal::BadRequest);
    }
    if let Some(authority) = asked.uri.authority() {
        if authority.as_str().contains('@') {
            return Err(Refusal::BadRequest);
        }
        let host = HeaderValue::from_str(authority.as_str()).map_err(|_| Refusal::BadRequest)?;
        asked.headers.insert(HOST, host);
        let address = asked.uri.path_and_query().cloned().unwrap_or_else(|| http::uri::PathAndQuery::from_static("/"));
        asked.uri = Uri::from(address);
    }
    let host = asked.headers.get(HOST).map_or(Ok(""), |value| value.to_str()).map_err(|_| Refusal::BadRequest)?;
    let is_odd = host.bytes().any(|byte| !byte.is_ascii_graphic() || b"/\\?#@,".contains(&byte));
    if is_odd {
        return Err(Refusal::BadRequest);
    }
    if edge.answers_for(without_port(host)) {
        return Ok(());
    }
    let status = match edge.description().unknown_host {
        UnknownHost::Forbidden => StatusCode::FORBIDDEN,
        UnknownHost::Misdirected => StatusCode::MISDIRECTED_REQUEST,
    };
    Err(Refusal::UnknownHost(status))
}

fn without_port(host: &str) -> &str {
    match host.rsplit_once(':') {
        Some((name, port)) if port.bytes().all(|byte| byte.is_ascii_digit()) => name,
        _ => host,
    }
}

/// Whether a behaviour lets a method pass.
pub(crate) fn allow(behaviour: &Behaviour, method: &Method) -> Result<(), Refusal> {
    if behaviour.allows(method) {
        return Ok(());
    }
    let allowed = match behaviour.methods {
        Methods::Read => "GET, HEAD",
        Methods::ReadAndOptions => "GET, HEAD, OPTIONS",
        Methods::All => "GET, HEAD, OPTIONS, POST, PUT, PATCH, DELETE",
    };
    Err(Refusal::Method(behaviour.profile, allowed))
}

/// Whether a request has a body.
pub(crate) fn has_body(asked: &Parts) -> bool {
    let length = asked.headers.get(CONTENT_LENGTH);
    asked.headers.contains_key(TRANSFER_ENCODING) || length.is_some_and(|length| length.as_bytes() != b"0")
}

/// A body with a request that is answered from the cache is none of the origin's business: CloudFront refuses it.
pub(crate) fn allow_body(behaviour: &Behaviour, decision: Decision, asked: &Parts) -> Result<(), Refusal> {
    let is_read = decision != Decision::Pass && behaviour.profile == Profile::CloudFront;
    if is_read && has_body(asked) { Err(Refusal::BodyOnRead) } else { Ok(()) }
}
