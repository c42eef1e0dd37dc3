//! What each side hears of the other.

use super::*;
use crate::{Edge, Selection, UnixMs};
use bytes::Bytes;
use http::{Method, Response};

fn behaviour(class: Class) -> Behaviour {
    let edge = Edge::for_store([("/own", Class::Own), ("/static/*", Class::Asset)], &["q"]).unwrap();
    edge.behaviours().iter().find(|behaviour| behaviour.class == class).unwrap().clone()
}

fn headers(list: &[(&'static str, &'static str)]) -> HeaderMap {
    let mut headers = HeaderMap::new();
    for (name, value) in list {
        headers.append(*name, HeaderValue::from_static(value));
    }
    headers
}

fn names(headers: &HeaderMap) -> Vec<&str> {
    let mut names: Vec<&str> = headers.keys().map(HeaderName::as_str).collect();
    names.sort_unstable();
    names
}

fn viewer() -> Viewer<'static> {
    Viewer { address: "192.0.2.7:4711".parse().unwrap(), country: Some("DE") }
}

/// A request with all that a viewer may try.
fn tried() -> HeaderMap {
    headers(&[
        ("host", "evil.example"),
        ("cookie", "basket=1"),
        ("authorization", "Basic x"),
        ("user-agent", "x"),
        ("cache-control", "no-cache"),
        ("if-none-match", "\"theirs\""),
        ("range", "bytes=0-1"),
        ("accept-encoding", "zstd, br"),
        ("connection", "close, x-secret"),
        ("x-secret", "1"),
        ("x-forwarded-for", "203.0.113.9"),
        ("x-forwarded-host", "evil.example"),
        ("expect", "100-continue"),
        ("content-length", "5"),
    ])
}

#[test]
fn the_origin_hears_of_nobody_behind_a_cached_page() {
    let cached = behaviour(Class::Cached);
    let asked = to_origin(&cached, Decision::Fetch, &tried(), None, Some(viewer()));
    assert_eq!(names(&asked), ["accept-encoding", "user-agent", "via", "x-forwarded-for"]);
    assert_eq!((&asked["accept-encoding"], &asked["user-agent"]), (&"br".parse().unwrap(), &USER_AGENT_OF_EDGE));
    assert_eq!(asked["x-forwarded-for"], "192.0.2.7", "what the viewer claims would be heard by everybody");
}

#[test]
fn what_is_kept_is_asked_about_by_its_validators() {
    let cached = behaviour(Class::Cached);
    let answer = Response::builder().header("cache-control", "s-maxage=1").header("etag", "W/\"a\"");
    let answer = answer.header("last-modified", "Sun, 06 Nov 1994 08:49:37 GMT").body(Bytes::new()).unwrap();
    let entry = Entry::new(&cached, &Method::GET, &HeaderMap::new(), &answer, UnixMs(0)).unwrap();
    let asked = to_origin(&cached, Decision::Revalidate, &tried(), Some(&entry), None);
    assert_eq!((&asked[IF_NONE_MATCH], asked.contains_key(IF_MODIFIED_SINCE)), (&"W/\"a\"".parse().unwrap(), true));
}

#[test]
fn a_visitors_own_request_passes_but_for_what_is_of_the_connection() {
    let own = behaviour(Class::Own);
    let asked = to_origin(&own, Decision::Pass, &tried(), None, Some(viewer()));
    for name in ["cookie", "authorization", "if-none-match", "range", "cache-control", "accept-encoding"] {
        assert!(asked.contains_key(name), "{name}");
    }
    for name in ["connection", "x-secret", "host", "expect", "content-length"] {
        assert!(!asked.contains_key(name), "{name}");
    }
    assert_eq!(asked["x-forwarded-for"], "203.0.113.9, 192.0.2.7");
}

#[test]
fn policies_add_names_to_what_the_origin_hears() {
    let list = |names: &[&str]| Selection::Listed(names.iter().map(|name| (*name).to_owned()).collect());
    let cached = Behaviour {
        origin_headers: list(&["user-agent", "x-forwarded-host"]),
        origin_cookies: list(&["b"]),
        origin_query: list(&["extra"]),
        key_cookies: list(&["a"]),
        ..behaviour(Class::Cached)
    };
    let mut request = tried();
    request.insert(COOKIE, HeaderValue::from_static("c=3; b=2;a=1 ; d"));
    let asked = to_origin(&cached, Decision::Fetch, &request, None, None);
    assert_eq!(names(&asked), ["accept-encoding", "cookie", "user-agent", "via", "x-forwarded-host"]);
    assert_eq!((&asked[COOKIE], &asked[USER_AGENT]), (&"b=2; a=1".parse().unwrap(), &"x".parse().unwrap()));
    for (query, want) in [(None, "/s"), (Some("utm=1"), "/s"), (Some("extra=1&utm=2&q=tea"), "/s?extra=1&q=tea")] {
        assert_eq!(address_for_origin(&cached, "/s", query), want);
    }
    assert_eq!(address_for_origin(&behaviour(Class::Own), "/s", Some("a&&b=%20")), "/s?a&&b=%20");
}

#[test]
fn what_a_viewer_claims_of_itself_is_dropped() {
    let claimed = [("cloudfront-viewer-country", "FR"), ("cloudfront-is-mobile-viewer", "true")];
    let mut request = headers(&claimed);
    mark_viewer(&behaviour(Class::Cached), &mut request, viewer());
    assert!(request.is_empty());
    let keyed = Behaviour { key_headers: vec![VIEWER_COUNTRY], ..behaviour(Class::Cached) };
    let mut request = headers(&claimed);
    mark_viewer(&keyed, &mut request, viewer());
    assert_eq!(
        (names(&request), &request[VIEWER_COUNTRY]),
        (vec!["cloudfront-viewer-country"], &"DE".parse().unwrap())
    );
    let named = Behaviour {
        origin_headers: Selection::Listed(vec![VIEWER_ADDRESS.as_str().to_owned()]),
        ..behaviour(Class::Cached)
    };
    let mut request = headers(&claimed);
    mark_viewer(&named, &mut request, viewer());
    assert_eq!(request[VIEWER_ADDRESS], "192.0.2.7:4711");
}

#[test]
fn cookies_come_back_only_where_they_go() {
    let sent = [("set-cookie", "basket=secret"), ("connection", "x-hop"), ("x-hop", "1"), ("keep-alive", "5")];
    let mut passed = headers(&sent);
    to_viewer(&behaviour(Class::Cached), &mut passed);
    assert_eq!(names(&passed), ["via"]);
    let mut own = headers(&sent);
    to_viewer(&behaviour(Class::Own), &mut own);
    assert_eq!(names(&own), ["set-cookie", "via"]);
}
