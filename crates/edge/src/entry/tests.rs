//! What is kept of an answer, and what a viewer gets of it.

use super::*;
use crate::PathPattern;
use proptest::prelude::*;

const NOW: UnixMs = UnixMs(1_000_000);

fn behaviour(class: Class) -> Behaviour {
    Behaviour::of_class(PathPattern::parse("*").unwrap(), class, &[])
}

fn answer(status: u16, headers: &[(&'static str, &str)]) -> Response<Bytes> {
    let mut response = Response::new(Bytes::from_static(b"page"));
    *response.status_mut() = StatusCode::from_u16(status).unwrap();
    for (name, value) in headers {
        response.headers_mut().append(*name, HeaderValue::from_str(value).unwrap());
    }
    response
}

fn kept(class: Class, status: u16, headers: &[(&'static str, &str)]) -> Option<Entry> {
    Entry::new(&behaviour(class), &Method::GET, &answer(status, headers), NOW)
}

#[test]
fn statuses_are_kept_as_cloudfront_does() {
    for (status, control, fresh) in [
        (200, "s-maxage=300", Some(300)),
        (200, "private, no-store", None),
        (200, "", Some(0)),
        (301, "s-maxage=300", Some(300)),
        (303, "s-maxage=300", None),
        (206, "s-maxage=300", None),
        (404, "", Some(10)),
        (404, "s-maxage=300", Some(300)),
        (404, "no-store", Some(10)),
        (500, "private, no-store", Some(10)),
        (503, "", Some(10)),
        (400, "", None),
        (400, "s-maxage=3", Some(10)),
        (400, "no-store", None),
        (405, "private, no-store", None),
        (401, "s-maxage=300", None),
        (429, "s-maxage=300", None),
    ] {
        let entry = kept(Class::Cached, status, &[("cache-control", control)]);
        assert_eq!(entry.map(|entry| entry.lifetime().fresh), fresh, "{status} {control}");
    }
}

#[test]
fn a_visitors_own_answer_is_never_kept() {
    for status in [200, 301, 404, 500] {
        assert!(kept(Class::Own, status, &[("cache-control", "public, s-maxage=300")]).is_none(), "{status}");
    }
    for method in [Method::POST, Method::HEAD, Method::PUT] {
        let page = answer(200, &[("cache-control", "s-maxage=300")]);
        assert!(Entry::new(&behaviour(Class::Cached), &method, &page, NOW).is_none(), "{method}");
    }
}

#[test]
fn nothing_of_one_visitor_is_kept() {
    let sent = [
        ("cache-control", "s-maxage=300"),
        ("set-cookie", "basket=secret"),
        ("vary", "Cookie, Accept-Encoding"),
        ("vary", "User-Agent"),
        ("connection", "close"),
        ("age", "3"),
    ];
    let entry = kept(Class::Cached, 200, &sent).unwrap();
    let names: Vec<&str> = entry.headers().keys().map(HeaderName::as_str).collect();
    assert_eq!(names, ["cache-control", "vary"]);
    assert_eq!(entry.headers()[VARY], "Accept-Encoding");
    assert!(kept(Class::Cached, 200, &[("cache-control", "s-maxage=300"), ("vary", "Accept, *")]).is_none());

    let mut passed = answer(200, &sent).headers().clone();
    to_viewer(&behaviour(Class::Cached), &mut passed);
    assert!(!passed.contains_key(SET_COOKIE), "dropped on the way of the first answer, too");
    let mut own = answer(200, &sent).headers().clone();
    to_viewer(&behaviour(Class::Own), &mut own);
    assert!(own.contains_key(SET_COOKIE));
}

#[test]
fn the_first_fifty_tags_count_in_any_case() {
    let many: Vec<String> = (0..60).map(|number| format!("P{number}")).collect();
    let entry = kept(Class::Cached, 200, &[("cache-tag", &many.join(", ")), ("cache-tag", "late")]).unwrap();
    assert_eq!(entry.tags().len(), TAGS_MAX);
    assert_eq!((entry.tags()[0].as_str(), entry.tags()[49].as_str()), ("p0", "p49"));
    let odd = kept(Class::Cached, 200, &[("cache-tag", ",, two words,\t,ok")]).unwrap();
    assert_eq!(odd.tags(), ["ok"]);
}

#[test]
fn viewers_that_have_it_get_headers_only() {
    let sent = [("cache-control", "s-maxage=300"), ("etag", "W/\"a\""), ("content-length", "4")];
    let entry = kept(Class::Cached, 200, &sent).unwrap();
    for (held, status) in
        [("\"a\"", 304), ("W/\"a\"", 304), ("\"b\", W/\"a\"", 304), ("*", 304), ("\"b\"", 200), ("a", 200), ("", 200)]
    {
        let mut request = HeaderMap::new();
        request.insert(IF_NONE_MATCH, HeaderValue::from_static(held));
        let response = entry.respond(&Method::GET, &request, UnixMs(NOW.0 + 61_900));
        assert_eq!(response.status().as_u16(), status, "{held}");
        assert_eq!(response.body().is_empty(), status == 304, "{held}");
        assert_eq!(response.headers()[AGE], "61", "{held}");
    }
    let head = entry.respond(&Method::HEAD, &HeaderMap::new(), NOW);
    assert!(head.body().is_empty() && head.headers()[CONTENT_LENGTH] == "4");
}

#[test]
fn an_answer_that_is_still_true_begins_anew() {
    let entry = kept(Class::Cached, 200, &[("cache-control", "s-maxage=1"), ("etag", "\"a\""), ("cache-tag", "p1")]);
    let said = answer(304, &[("cache-control", "s-maxage=9"), ("cache-tag", "p1,p2"), ("set-cookie", "x")]);
    let later = UnixMs(NOW.0 + 5_000);
    let renewed = entry.unwrap().renewed(&behaviour(Class::Cached), said.headers(), later).unwrap();
    assert_eq!((renewed.lifetime().fresh, renewed.came_at()), (9, later));
    assert_eq!((renewed.tags().len(), &renewed.body()[..], renewed.status().as_u16()), (2, &b"page"[..], 200));
    assert!(!renewed.headers().contains_key(SET_COOKIE));
    let forbidden = answer(304, &[("cache-control", "private")]);
    assert!(renewed.renewed(&behaviour(Class::Cached), forbidden.headers(), later).is_none());
}

proptest! {
    #[test]
    fn no_header_makes_it_panic_or_leak(name in "cache-control|vary|cache-tag|expires|age|etag|set-cookie", value in "[ -~]{0,80}") {
        if let Some(entry) = kept(Class::Cached, 200, &[("cache-control", "s-maxage=5"), ("set-cookie", "a=b")]) {
            prop_assert!(!entry.headers().contains_key(SET_COOKIE));
        }
        let name = HeaderName::from_bytes(name.as_bytes()).unwrap();
        let mut response = answer(200, &[]);
        response.headers_mut().insert(name, HeaderValue::from_str(&value).unwrap());
        if let Some(entry) = Entry::new(&behaviour(Class::Cached), &Method::GET, &response, NOW) {
            prop_assert!(entry.tags().len() <= TAGS_MAX && !entry.headers().contains_key(SET_COOKIE));
        }
    }
}
