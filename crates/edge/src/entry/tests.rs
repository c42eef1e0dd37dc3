//! What is kept of an answer, and what a viewer gets of it.

use super::*;
use crate::{Edge, Selection};
use http::header::IF_NONE_MATCH;
use proptest::prelude::*;

const NOW: UnixMs = UnixMs(1_000_000);

fn behaviour(class: Class) -> Behaviour {
    let edge = Edge::for_store([("/own", Class::Own), ("/static/*", Class::Asset)], &[]).unwrap();
    edge.behaviours().iter().find(|behaviour| behaviour.class == class).unwrap().clone()
}

fn answer(status: u16, headers: &[(&'static str, &str)]) -> Response<Bytes> {
    let mut response = Response::new(Bytes::from_static(b"page"));
    *response.status_mut() = StatusCode::from_u16(status).unwrap();
    for (name, value) in headers {
        response.headers_mut().append(*name, HeaderValue::from_str(value).unwrap());
    }
    response
}

fn kept_by(behaviour: &Behaviour, status: u16, headers: &[(&'static str, &str)]) -> Option<Entry> {
    Entry::new(behaviour, &Method::GET, &HeaderMap::new(), &answer(status, headers), NOW)
}

fn kept(class: Class, status: u16, headers: &[(&'static str, &str)]) -> Option<Entry> {
    kept_by(&behaviour(class), status, headers)
}

#[test]
fn a_visitors_own_answer_is_never_kept() {
    for status in [200, 301, 404, 500] {
        assert!(kept(Class::Own, status, &[("cache-control", "public, s-maxage=300")]).is_none(), "{status}");
    }
    for method in [Method::POST, Method::HEAD, Method::PUT] {
        let page = answer(200, &[("cache-control", "s-maxage=300")]);
        let entry = Entry::new(&behaviour(Class::Cached), &method, &HeaderMap::new(), &page, NOW);
        assert!(entry.is_none(), "{method}");
    }
}

#[test]
fn what_was_asked_for_by_one_who_signed_in_is_kept_only_if_it_is_for_all() {
    let mut request = HeaderMap::new();
    request.insert(AUTHORIZATION_FORWARDED, HeaderValue::from_static("Basic x"));
    for profile in [Profile::CloudFront, Profile::Rfc9111] {
        let behaviour = Behaviour { profile, ..behaviour(Class::Cached) };
        for (control, want) in [
            ("max-age=300", false),
            ("max-age=300, public", true),
            ("s-maxage=300", true),
            ("max-age=300, must-revalidate", true),
            ("max-age=300, proxy-revalidate", false),
        ] {
            let page = answer(200, &[("cache-control", control)]);
            let entry = Entry::new(&behaviour, &Method::GET, &request, &page, NOW);
            assert_eq!(entry.is_some(), want, "{profile:?} {control}");
        }
    }
}

#[test]
fn nothing_of_one_visitor_is_kept() {
    let sent = [
        ("cache-control", "s-maxage=300"),
        ("set-cookie", "basket=secret"),
        ("vary", "Cookie, Accept-Encoding"),
        ("vary", "User-Agent"),
        ("connection", "close, x-hop"),
        ("x-hop", "1"),
        ("keep-alive", "timeout=5"),
        ("age", "3"),
    ];
    let entry = kept(Class::Cached, 200, &sent).unwrap();
    let headers = entry.headers();
    let mut names: Vec<&str> = headers.keys().map(HeaderName::as_str).collect();
    names.sort_unstable();
    assert_eq!(names, ["cache-control", "content-length", "date", "vary", "via"]);
    assert_eq!(headers[VARY], "Accept-Encoding");
    assert!(kept(Class::Cached, 200, &[("cache-control", "s-maxage=300"), ("vary", "Accept, *")]).is_none());
}

#[test]
fn cookies_stay_where_they_are_forwarded() {
    let with_cookies = Behaviour { key_cookies: Selection::All, ..behaviour(Class::Cached) };
    let sent = [("cache-control", "s-maxage=300"), ("set-cookie", "a=b"), ("vary", "Cookie, X")];
    let entry = kept_by(&with_cookies, 200, &sent).unwrap();
    assert_eq!(
        (&entry.headers()[SET_COOKIE], &entry.headers()[VARY]),
        (&"a=b".parse().unwrap(), &"Cookie".parse().unwrap())
    );
}

#[test]
fn the_first_fifty_tags_count_in_any_case() {
    let many: Vec<String> = (0..60).map(|number| format!("P{number}")).collect();
    let sent = [("cache-control", "s-maxage=5"), ("cache-tag", &many.join(", ")), ("cache-tag", "late")];
    let entry = kept(Class::Cached, 200, &sent).unwrap();
    let tags: Vec<&str> = entry.tags().collect();
    assert_eq!((tags.len(), tags[0], tags[49]), (TAGS_MAX, "p0", "p49"));
    let odd =
        kept(Class::Cached, 200, &[("cache-control", "s-maxage=5"), ("cache-tag", ",, two words,\t,ok")]).unwrap();
    assert_eq!(odd.tags().collect::<Vec<_>>(), ["ok"]);
}

#[test]
fn another_header_may_carry_the_tags() {
    let behaviour = Behaviour { tag_header: HeaderName::from_static("surrogate-key"), ..behaviour(Class::Cached) };
    let sent = [("cache-control", "s-maxage=5"), ("cache-tag", "a"), ("surrogate-key", "b")];
    assert_eq!(kept_by(&behaviour, 200, &sent).unwrap().tags().collect::<Vec<_>>(), ["b"]);
}

#[test]
fn what_is_asked_about_each_time_is_nobody_elses() {
    let behaviour = Behaviour { profile: Profile::Rfc9111, ..behaviour(Class::Cached) };
    let mut german = HeaderMap::new();
    german.insert("accept-language", HeaderValue::from_static("de"));
    for (control, same, other) in [
        ("max-age=60", true, false),
        ("max-age=0, stale-while-revalidate=9", true, false),
        ("no-cache", false, false),
        ("max-age=0", false, false),
    ] {
        let sent = [("cache-control", control), ("etag", "\"a\""), ("vary", "accept-language")];
        let entry = kept_by(&behaviour, 200, &sent).unwrap();
        let shared = (entry.may_be_shared_with(&HeaderMap::new()), entry.may_be_shared_with(&german));
        assert_eq!(shared, (same, other), "{control}");
    }
}

#[test]
fn viewers_that_have_it_get_headers_only() {
    let sent = [("cache-control", "s-maxage=300"), ("etag", "W/\"a\""), ("content-type", "text/html")];
    let entry = kept(Class::Cached, 200, &sent).unwrap();
    let later = NOW.plus_seconds(61);
    for (held, status) in [("W/\"a\"", 304), ("\"b\"", 200)] {
        let mut request = HeaderMap::new();
        request.insert(IF_NONE_MATCH, HeaderValue::from_static(held));
        let response = entry.respond(&Method::GET, &request, later);
        assert_eq!(response.status().as_u16(), status, "{held}");
        assert_eq!(response.body().is_empty(), status == 304, "{held}");
        assert_eq!(response.headers().contains_key("content-type"), status == 200, "{held}");
        assert_eq!(response.headers()[AGE], "61", "{held}");
    }
    let head = entry.respond(&Method::HEAD, &HeaderMap::new(), NOW);
    assert!(head.body().is_empty() && head.headers()[CONTENT_LENGTH] == "4");
}

#[test]
fn a_part_is_cut_out_of_a_kept_body_unless_the_edge_compressed_it() {
    let mut request = HeaderMap::new();
    request.insert("range", HeaderValue::from_static("bytes=1-2"));
    let entry = kept(Class::Cached, 200, &[("cache-control", "s-maxage=300")]).unwrap();
    let part = entry.respond(&Method::GET, &request, NOW);
    assert_eq!((part.status().as_u16(), &part.body()[..]), (206, &b"ag"[..]));
    assert_eq!(
        (&part.headers()[CONTENT_RANGE], &part.headers()[CONTENT_LENGTH]),
        (&"bytes 1-2/4".parse().unwrap(), &"2".parse().unwrap())
    );
    request.insert("range", HeaderValue::from_static("bytes=4-"));
    let none = entry.respond(&Method::GET, &request, NOW);
    assert_eq!((none.status().as_u16(), none.body().len()), (416, 0));
    assert_eq!(none.headers()[CONTENT_RANGE], "bytes */4");

    let behaviour = behaviour(Class::Cached);
    let page = answer(200, &[("cache-control", "s-maxage=300")]);
    let head = EntryHead::of(&behaviour, &Method::GET, &HeaderMap::new(), StatusCode::OK, page.headers(), NOW).unwrap();
    let squeezed = head.squeezed(Squeeze::Gzip).complete(Bytes::from_static(b"zip"));
    assert_eq!(squeezed.respond(&Method::GET, &request, NOW).status().as_u16(), 200);
}

#[test]
fn an_answer_that_is_still_true_begins_anew() {
    let entry = kept(Class::Cached, 200, &[("cache-control", "s-maxage=1"), ("etag", "\"a\""), ("cache-tag", "p1")]);
    let said = [
        ("cache-control", "s-maxage=9"),
        ("cache-tag", "p1,p2"),
        ("set-cookie", "x"),
        ("etag", "\"b\""),
        ("content-encoding", "gzip"),
        ("content-length", "0"),
    ];
    let later = NOW.plus_seconds(5);
    let renewed = entry.unwrap().renewed(&behaviour(Class::Cached), answer(304, &said).headers(), later).unwrap();
    assert_eq!((renewed.lifetime().fresh, renewed.came_at()), (9, later));
    assert_eq!((renewed.tags().count(), &renewed.body()[..], renewed.status().as_u16()), (2, &b"page"[..], 200));
    assert_eq!(
        (&renewed.headers()[ETAG], &renewed.headers()[CONTENT_LENGTH]),
        (&"\"a\"".parse().unwrap(), &"4".parse().unwrap())
    );
    assert!(!renewed.headers().contains_key(SET_COOKIE) && !renewed.headers().contains_key(CONTENT_ENCODING));
    let forbidden = answer(304, &[("cache-control", "private")]);
    assert!(renewed.renewed(&behaviour(Class::Cached), forbidden.headers(), later).is_none());
}

#[test]
fn what_the_behaviour_sets_is_there_once() {
    let mut description = crate::Description::for_store([], &[], crate::StoreOrigins::at("http://localhost"));
    let set =
        |name: &str, value: &str, overrides| crate::HeaderSetting { name: name.into(), value: value.into(), overrides };
    description.response_headers_policies = vec![crate::ResponseHeadersPolicy {
        name: "p".into(),
        set: vec![set("x-a", "edge", true), set("x-b", "edge", false), set("x-c", "edge", false)],
        remove: vec!["server".into()],
    }];
    description.behaviours[0].response_headers_policy = Some("p".into());
    let behaviour = Edge::new(description).unwrap().behaviour("/").clone();
    let sent = [("cache-control", "s-maxage=5"), ("x-a", "origin"), ("x-b", "origin"), ("server", "x")];
    let headers = kept_by(&behaviour, 200, &sent).unwrap().headers();
    let value = |name: &str| headers.get_all(name).iter().map(|value| value.to_str().unwrap()).collect::<Vec<_>>();
    assert_eq!((value("x-a"), value("x-b"), value("x-c")), (vec!["edge"], vec!["origin"], vec!["edge"]));
    assert!(value("server").is_empty());
}

proptest! {
    #[test]
    fn no_header_makes_it_panic_or_leak(name in "cache-control|vary|cache-tag|expires|age|etag|connection", value in "[ -~]{0,80}") {
        let name = HeaderName::from_bytes(name.as_bytes()).unwrap();
        let mut response = answer(200, &[("cache-control", "s-maxage=5"), ("set-cookie", "a=b")]);
        response.headers_mut().append(name, HeaderValue::from_str(&value).unwrap());
        for profile in [Profile::CloudFront, Profile::Rfc9111] {
            let behaviour = Behaviour { profile, ..behaviour(Class::Cached) };
            if let Some(entry) = Entry::new(&behaviour, &Method::GET, &HeaderMap::new(), &response, NOW) {
                prop_assert!(entry.tags().count() <= TAGS_MAX && !entry.headers().contains_key(SET_COOKIE));
                prop_assert!(entry.weight() >= entry.body().len());
            }
        }
    }

    #[test]
    fn no_private_answer_is_kept(
        status in 200_u16..400, word in "private|no-store|Private|NO-STORE", before in "[a-z0-9=, -]{0,20}", etag in any::<bool>()
    ) {
        let control = format!("{before},{word},s-maxage=60");
        let mut sent = vec![("cache-control", control.as_str())];
        if etag {
            sent.push(("etag", "\"a\""));
        }
        for profile in [Profile::CloudFront, Profile::Rfc9111] {
            let behaviour = Behaviour { profile, ..behaviour(Class::Cached) };
            prop_assert!(kept_by(&behaviour, status, &sent).is_none());
        }
    }
}
