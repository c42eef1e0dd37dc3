//! What the origin hears of a request, and what a viewer hears of an answer that was not kept.

use crate::behaviour::Behaviour;
use crate::decision::Decision;
use crate::description::{Class, Profile};
use crate::entry::Entry;
use crate::key::{Encodings, write_query};
use crate::selection::pairs;
use http::header::{
    ACCEPT_ENCODING, AUTHORIZATION, CONNECTION, CONTENT_ENCODING, CONTENT_LENGTH, CONTENT_TYPE, COOKIE, ETAG, EXPECT,
    HeaderMap, HeaderName, HeaderValue, IF_MATCH, IF_MODIFIED_SINCE, IF_NONE_MATCH, IF_RANGE, IF_UNMODIFIED_SINCE,
    LAST_MODIFIED, PROXY_AUTHENTICATE, PROXY_AUTHORIZATION, RANGE, SET_COOKIE, TE, TRAILER, TRANSFER_ENCODING, UPGRADE,
    USER_AGENT, VIA,
};
use std::net::SocketAddr;

/// What CloudFront calls itself towards origins that do not hear the viewer's own name.
const USER_AGENT_OF_EDGE: HeaderValue = HeaderValue::from_static("Amazon CloudFront");
/// The edge among those who handed a message on.
const VIA_EDGE: HeaderValue = HeaderValue::from_static("1.1 tradewind");
/// Under this name an origin hears who signs in.
pub(crate) const AUTHORIZATION_FORWARDED: HeaderName = AUTHORIZATION;
const FORWARDED_FOR: HeaderName = HeaderName::from_static("x-forwarded-for");
const VIEWER_ADDRESS: HeaderName = HeaderName::from_static("cloudfront-viewer-address");
const VIEWER_COUNTRY: HeaderName = HeaderName::from_static("cloudfront-viewer-country");
/// Headers that speak of one connection (RFC 9110, 7.6.1).
const HOP_BY_HOP: [HeaderName; 11] = [
    CONNECTION,
    TRANSFER_ENCODING,
    UPGRADE,
    TE,
    TRAILER,
    PROXY_AUTHENTICATE,
    PROXY_AUTHORIZATION,
    HeaderName::from_static("keep-alive"),
    HeaderName::from_static("proxy-connection"),
    HeaderName::from_static("proxy-authentication-info"),
    HeaderName::from_static("http2-settings"),
];
/// Headers by which a viewer asks for less than the whole answer.
const CONDITIONS: [HeaderName; 6] = [IF_NONE_MATCH, IF_MODIFIED_SINCE, IF_MATCH, IF_UNMODIFIED_SINCE, IF_RANGE, RANGE];

/// Who asks, as the edge knows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Viewer<'v> {
    /// The other end of the connection.
    pub address: SocketAddr,
    /// The country as two letters, where the edge knows it.
    pub country: Option<&'v str>,
}

/// Says in a request who asks, as far as a policy names it; what the viewer claims of itself in headers of the edge is
/// dropped.
pub fn mark_viewer(behaviour: &Behaviour, request: &mut HeaderMap, viewer: Viewer<'_>) {
    let claimed = request.keys().filter(|name| name.as_str().starts_with("cloudfront-"));
    let claimed: Vec<HeaderName> = claimed.cloned().collect();
    for name in claimed {
        request.remove(name);
    }
    let named = |name: &HeaderName| {
        let is_listed = behaviour.origin_headers.names().iter().any(|listed| listed == name.as_str());
        behaviour.key_headers.contains(name) || (is_listed && behaviour.origin_headers.takes(name.as_str()))
    };
    if named(&VIEWER_ADDRESS) {
        let text = format!("{}:{}", viewer.address.ip(), viewer.address.port());
        insert_text(request, VIEWER_ADDRESS, &text);
    }
    if let Some(country) = viewer.country.filter(|_| named(&VIEWER_COUNTRY)) {
        insert_text(request, VIEWER_COUNTRY, country);
    }
}

fn insert_text(headers: &mut HeaderMap, name: HeaderName, text: &str) {
    if let Ok(value) = HeaderValue::from_str(text) {
        headers.insert(name, value);
    }
}

/// Removes what speaks of one connection, with what `Connection` names.
pub fn strip_hop_by_hop(headers: &mut HeaderMap) {
    if let Some(connection) = headers.get(CONNECTION) {
        let lines = headers.get_all(CONNECTION).iter().filter_map(|value| value.to_str().ok());
        let named = lines.flat_map(|line| line.split(',')).filter_map(|name| name.trim().parse().ok());
        let named: Vec<HeaderName> = named.collect();
        debug_assert!(!connection.is_empty() || named.is_empty());
        for name in named {
            headers.remove(name);
        }
    }
    for name in &HOP_BY_HOP {
        headers.remove(name);
    }
}

/// Path and query string as the origin is asked for them: what stands in the key, and what the policy adds.
pub fn address_for_origin(behaviour: &Behaviour, path: &str, query: Option<&str>) -> String {
    let mut text = path.as_bytes().to_vec();
    write_query(&mut text, query.unwrap_or_default(), &behaviour.key_query, &behaviour.origin_query);
    // Pairs are cut at `&`, so what was text stays text.
    String::from_utf8(text).unwrap_or_else(|_| path.to_owned())
}

/// The headers with which the origin is asked: of the viewer's only what the key or the policy names. Where the answer
/// may be kept, conditions are the edge's own: the validators of what is kept.
pub fn to_origin(
    behaviour: &Behaviour,
    decision: Decision,
    request: &HeaderMap,
    kept: Option<&Entry>,
    viewer: Option<Viewer<'_>>,
) -> HeaderMap {
    let mut headers = named_headers(behaviour, request);
    let encodings = Encodings::kept_by(behaviour, request);
    if behaviour.gzip || behaviour.brotli {
        headers.remove(ACCEPT_ENCODING);
        if let Some(encodings) = encodings.as_str() {
            headers.insert(ACCEPT_ENCODING, HeaderValue::from_static(encodings));
        }
    }
    if behaviour.profile == Profile::CloudFront && !headers.contains_key(USER_AGENT) {
        headers.insert(USER_AGENT, USER_AGENT_OF_EDGE);
    }
    if decision == Decision::Pass {
        // What tells how to read a body goes with it.
        for name in [CONTENT_TYPE, CONTENT_ENCODING] {
            if let Some(value) = request.get(&name) {
                headers.insert(name, value.clone());
            }
        }
    } else {
        for name in &CONDITIONS {
            headers.remove(name);
        }
        for (validator, condition) in [(ETAG, IF_NONE_MATCH), (LAST_MODIFIED, IF_MODIFIED_SINCE)] {
            if let Some(value) = kept.and_then(|entry| entry.header(&validator)) {
                headers.insert(condition, value.clone());
            }
        }
    }
    if let Some(viewer) = viewer {
        forwarded_for(&mut headers, decision, request, viewer);
    }
    add_via(&mut headers);
    headers
}

/// The viewer's headers that the key or the policy names. `Expect` is the edge's own affair.
fn named_headers(behaviour: &Behaviour, request: &HeaderMap) -> HeaderMap {
    let mut headers = HeaderMap::with_capacity(request.len() + 4);
    let mut named = request.clone();
    strip_hop_by_hop(&mut named);
    // How long the body is follows from the body that is sent.
    named.remove(CONTENT_LENGTH);
    named.remove(EXPECT);
    named.remove(FORWARDED_FOR);
    for (name, value) in &named {
        let counts = behaviour.key_headers.contains(name) || behaviour.origin_headers.takes(name.as_str());
        if counts && *name != COOKIE {
            headers.append(name.clone(), value.clone());
        }
    }
    let takes = |name: &str| behaviour.key_cookies.takes(name) || behaviour.origin_cookies.takes(name);
    let lines = named.get_all(COOKIE).iter().filter_map(|value| value.to_str().ok());
    let cookies = lines.flat_map(|line| pairs(line, ';')).filter(|(name, _)| takes(name));
    let cookies: Vec<&str> = cookies.map(|(_, pair)| pair).collect();
    if !cookies.is_empty() {
        insert_text(&mut headers, COOKIE, &cookies.join("; "));
    }
    headers
}

/// An answer that may be kept is asked for in the name of the last hop alone: what a viewer says of earlier ones would
/// be heard by everybody.
fn forwarded_for(headers: &mut HeaderMap, decision: Decision, request: &HeaderMap, viewer: Viewer<'_>) {
    let said = request.get_all(FORWARDED_FOR).iter().filter(|_| decision == Decision::Pass);
    let mut hops: Vec<&str> = said.filter_map(|value| value.to_str().ok()).collect();
    let last = viewer.address.ip().to_string();
    hops.push(&last);
    insert_text(headers, FORWARDED_FOR, &hops.join(", "));
}

/// Adds the edge to those who handed a message on.
pub(crate) fn add_via(headers: &mut HeaderMap) {
    if headers.get_all(VIA).iter().all(|value| *value != VIA_EDGE) {
        headers.append(VIA, VIA_EDGE);
    }
}

/// What a viewer gets of an answer that comes straight from the origin: nothing of the other connection, no cookies
/// where none are forwarded, and what the behaviour sets.
pub fn to_viewer(behaviour: &Behaviour, headers: &mut HeaderMap) {
    strip_hop_by_hop(headers);
    if !behaviour.forwards_cookies() || behaviour.class == Class::Asset {
        headers.remove(SET_COOKIE);
    }
    add_via(headers);
    behaviour.response_headers.apply(headers);
}

#[cfg(test)]
mod tests;
