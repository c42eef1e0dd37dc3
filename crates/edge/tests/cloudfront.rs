//! CloudFront's own rules of caching, as a table. They come from its developer guide (Expiration, custom origins, status
//! codes, invalidation) and differ from RFC 9111 in many places; the public suite of HTTP caches does not know them.

#![allow(clippy::unwrap_used, reason = "helpers of tests: what fails here fails the test")]

use bytes::Bytes;
use edge::{
    Behaviour, Class, Decision, Description, Edge, Entry, Failure, Profile, Selection, StoreOrigins, TtlSeconds,
    UnixMs, decide, may_serve_after_failure, to_origin,
};
use http::header::VARY;
use http::{HeaderMap, HeaderName, HeaderValue, Method, Response, StatusCode};

/// Sun, 06 Nov 1994 08:49:37 GMT.
const NOW: UnixMs = UnixMs(784_111_777_000);
const HOUR_LATER: &str = "Sun, 06 Nov 1994 09:49:37 GMT";
const HOUR_EARLIER: &str = "Sun, 06 Nov 1994 07:49:37 GMT";
/// CloudFront's own default: nothing, a day, a year.
const DEFAULT: TtlSeconds = TtlSeconds { min: 0, default: 86_400, max: 31_536_000 };
const FLOOR: TtlSeconds = TtlSeconds { min: 60, default: 100, max: 200 };
const DAY: u64 = 86_400;
const YEAR: u64 = 31_536_000;

type Sent<'a> = &'a [(&'static str, &'a str)];

fn behaviour(ttl: TtlSeconds) -> Behaviour {
    let edge = Edge::for_store([("/static/*", Class::Asset), ("/own", Class::Own)], &["q"]).unwrap();
    let found = edge.behaviour("/static/x").clone();
    assert_eq!(found.profile, Profile::CloudFront);
    Behaviour { ttl, ..found }
}

fn headers(list: Sent<'_>) -> HeaderMap {
    let mut headers = HeaderMap::new();
    for (name, value) in list {
        headers.append(HeaderName::from_static(name), HeaderValue::from_str(value).unwrap());
    }
    headers
}

fn keep(behaviour: &Behaviour, status: u16, sent: Sent<'_>) -> Option<Entry> {
    let mut answer = Response::new(Bytes::from_static(b"page"));
    *answer.status_mut() = StatusCode::from_u16(status).unwrap();
    // A validator makes even what is stale at once worth keeping.
    *answer.headers_mut() = headers(&[sent, &[("etag", "\"a\"")]].concat());
    Entry::new(behaviour, &Method::GET, &HeaderMap::new(), &answer, NOW)
}

#[test]
fn how_long_an_answer_is_kept() {
    let cases: [(&str, TtlSeconds, Sent<'_>, Option<u64>); 30] = [
        ("nothing said: the default", DEFAULT, &[], Some(DAY)),
        ("s-maxage beats max-age", DEFAULT, &[("cache-control", "max-age=99, s-maxage=10")], Some(10)),
        ("max-age beats Expires", DEFAULT, &[("cache-control", "max-age=7"), ("expires", HOUR_LATER)], Some(7)),
        ("Expires", DEFAULT, &[("expires", HOUR_LATER)], Some(3_600)),
        ("Expires by the origin's clock", DEFAULT, &[("date", HOUR_EARLIER), ("expires", HOUR_LATER)], Some(7_200)),
        ("Expires in the past", DEFAULT, &[("expires", HOUR_EARLIER)], Some(0)),
        ("Expires that is no date", DEFAULT, &[("expires", "-1")], Some(0)),
        ("past the maximum", DEFAULT, &[("cache-control", "max-age=99999999999999999999")], Some(YEAR)),
        ("past a small maximum", FLOOR, &[("cache-control", "max-age=999")], Some(200)),
        ("below the minimum", FLOOR, &[("cache-control", "max-age=5")], Some(60)),
        ("between the two", FLOOR, &[("cache-control", "max-age=150")], Some(150)),
        ("a default between the two", FLOOR, &[], Some(100)),
        ("public says nothing", FLOOR, &[("cache-control", "public")], Some(100)),
        ("no-store", DEFAULT, &[("cache-control", "max-age=9, no-store")], None),
        ("private", DEFAULT, &[("cache-control", "private, max-age=9")], None),
        ("no-cache is asked about each time", DEFAULT, &[("cache-control", "no-cache, s-maxage=9")], Some(0)),
        ("a minimum beats no-store", FLOOR, &[("cache-control", "no-store")], Some(60)),
        ("a minimum beats private", FLOOR, &[("cache-control", "private, max-age=999")], Some(60)),
        ("a minimum beats no-cache", FLOOR, &[("cache-control", "no-cache")], Some(60)),
        ("names in any case", DEFAULT, &[("cache-control", "S-MaxAge=5")], Some(5)),
        ("a quoted number", DEFAULT, &[("cache-control", "max-age=\"5\"")], Some(5)),
        ("no number", DEFAULT, &[("cache-control", "max-age=soon")], Some(0)),
        ("below nothing", DEFAULT, &[("cache-control", "s-maxage=-1")], Some(0)),
        ("twice, the shorter", DEFAULT, &[("cache-control", "max-age=9, max-age=3")], Some(3)),
        ("in two lines", DEFAULT, &[("cache-control", "s-maxage=9"), ("cache-control", "private")], None),
        ("age counts", DEFAULT, &[("cache-control", "max-age=10"), ("age", "4")], Some(6)),
        ("older than fresh", DEFAULT, &[("cache-control", "max-age=10"), ("age", "99")], Some(0)),
        ("age and a minimum", FLOOR, &[("cache-control", "max-age=100"), ("age", "99")], Some(60)),
        ("CDN-Cache-Control is not read", DEFAULT, &[("cdn-cache-control", "max-age=5")], Some(DAY)),
        ("Pragma of an answer is not read", DEFAULT, &[("pragma", "no-cache")], Some(DAY)),
    ];
    for (case, ttl, sent, want) in cases {
        let kept = keep(&behaviour(ttl), 200, sent);
        assert_eq!(kept.map(|entry| entry.lifetime().fresh), want, "{case}");
    }
}

#[test]
fn which_statuses_are_kept() {
    for (status, control, fresh) in [
        (200, "s-maxage=300", Some(300)),
        (203, "s-maxage=300", Some(300)),
        (301, "s-maxage=300", Some(300)),
        (302, "s-maxage=300", Some(300)),
        (308, "s-maxage=300", Some(300)),
        (303, "s-maxage=300", None),
        (206, "s-maxage=300", None),
        (404, "", Some(10)),
        (404, "s-maxage=300", Some(300)),
        (404, "s-maxage=3", Some(10)),
        (404, "no-store", Some(10)),
        (410, "", Some(10)),
        (414, "", Some(10)),
        (500, "private, no-store", Some(10)),
        (502, "", Some(10)),
        (503, "", Some(10)),
        (504, "", Some(10)),
        (400, "", None),
        (400, "s-maxage=3", Some(10)),
        (400, "no-store", None),
        (403, "s-maxage=30", Some(30)),
        (405, "private, no-store", None),
        (401, "s-maxage=300", None),
        (429, "s-maxage=300", None),
    ] {
        let kept = keep(&behaviour(DEFAULT), status, &[("cache-control", control)]);
        assert_eq!(kept.map(|entry| entry.lifetime().fresh), fresh, "{status} {control}");
    }
    let mut named = behaviour(DEFAULT);
    named.errors.by_status = [(404, 60), (503, 0)].into();
    let fresh = |status| keep(&named, status, &[]).map(|entry| entry.lifetime().fresh);
    assert_eq!((fresh(404), fresh(503), fresh(500)), (Some(60), Some(0), Some(10)), "by status");
}

#[test]
fn what_is_stale_is_served_where_the_answer_allows_it() {
    for (case, ttl, control, seconds, decision, after_fault, when_gone) in [
        ("fresh", DEFAULT, "max-age=10", 9, Decision::Serve, true, true),
        ("stale", DEFAULT, "max-age=10", 10, Decision::Revalidate, false, false),
        (
            "within the window",
            DEFAULT,
            "max-age=10, stale-while-revalidate=5",
            14,
            Decision::ServeAndRevalidate,
            true,
            true,
        ),
        ("past the window", DEFAULT, "max-age=10, stale-while-revalidate=5", 15, Decision::Revalidate, false, false),
        ("if the origin fails", DEFAULT, "max-age=10, stale-if-error=20", 29, Decision::Revalidate, true, true),
        ("past that, too", DEFAULT, "max-age=10, stale-if-error=20", 30, Decision::Revalidate, false, false),
        ("never", DEFAULT, "max-age=10, stale-if-error=20, must-revalidate", 11, Decision::Revalidate, false, false),
        (
            "never by a proxy",
            DEFAULT,
            "max-age=10, stale-if-error=20, proxy-revalidate",
            11,
            Decision::Revalidate,
            false,
            false,
        ),
        ("no-cache", DEFAULT, "no-cache, stale-if-error=20", 0, Decision::Revalidate, false, false),
        ("a minimum, origin gone", FLOOR, "max-age=100", 299, Decision::Revalidate, false, true),
        ("a minimum, gone for long", FLOOR, "max-age=100", 300, Decision::Revalidate, false, false),
        ("a minimum, but forbidden", FLOOR, "max-age=100, stale-if-error=0", 101, Decision::Revalidate, false, false),
    ] {
        let behaviour = behaviour(ttl);
        let entry = keep(&behaviour, 200, &[("cache-control", control)]).unwrap();
        let now = NOW.plus_seconds(seconds);
        assert_eq!(decide(&behaviour, &Method::GET, &HeaderMap::new(), Some(&entry), now), decision, "{case}");
        assert_eq!(may_serve_after_failure(&entry, Failure::Fault, now), after_fault, "{case}");
        assert_eq!(may_serve_after_failure(&entry, Failure::Gone, now), when_gone, "{case}");
    }
}

#[test]
fn viewers_cannot_ask_past_the_cache() {
    let behaviour = behaviour(DEFAULT);
    let entry = keep(&behaviour, 200, &[("cache-control", "max-age=100")]).unwrap();
    for asked in [
        ("cache-control", "no-cache"),
        ("cache-control", "no-store"),
        ("cache-control", "max-age=0"),
        ("cache-control", "min-fresh=9999"),
        ("pragma", "no-cache"),
        ("authorization", "Basic x"),
        ("cookie", "session=1"),
    ] {
        let request = headers(&[asked]);
        let decision = decide(&behaviour, &Method::GET, &request, Some(&entry), NOW.plus_seconds(5));
        assert_eq!(decision, Decision::Serve, "{asked:?}");
        assert_eq!(decide(&behaviour, &Method::GET, &request, None, NOW), Decision::Fetch, "{asked:?}");
    }
    let only = headers(&[("cache-control", "only-if-cached")]);
    assert_eq!(decide(&behaviour, &Method::GET, &only, None, NOW), Decision::Fetch);
}

#[test]
fn vary_is_trimmed_to_what_stands_in_the_key() {
    let listed = |names: &[&str]| Selection::Listed(names.iter().map(|name| (*name).to_owned()).collect());
    let keyed = Behaviour { key_headers: vec![HeaderName::from_static("x-market")], ..behaviour(DEFAULT) };
    // What a file carries is for all, so cookies are none of its affair.
    let with_cookies = Behaviour { class: Class::Cached, key_cookies: listed(&["a"]), ..behaviour(DEFAULT) };
    for (case, behaviour, vary, want) in [
        ("compression", behaviour(DEFAULT), "Accept-Encoding", Some("Accept-Encoding")),
        ("the viewer's program", behaviour(DEFAULT), "User-Agent, Accept-Encoding", Some("Accept-Encoding")),
        ("nothing is left", behaviour(DEFAULT), "User-Agent, Origin", None),
        ("what is keyed", keyed, "X-Market, Origin", Some("X-Market")),
        ("cookies that are not forwarded", behaviour(DEFAULT), "Cookie", None),
        ("cookies that are", with_cookies, "Cookie", Some("Cookie")),
    ] {
        let entry = keep(&behaviour, 200, &[("vary", vary)]).unwrap();
        let left = entry.header(&VARY).map(|value| value.to_str().unwrap());
        assert_eq!(left, want, "{case}");
        let other = headers(&[("user-agent", "another"), ("x-market", "another")]);
        assert!(entry.matches(&other), "{case}: the key alone tells answers apart");
    }
    assert!(keep(&behaviour(DEFAULT), 200, &[("vary", "*")]).is_none(), "asked for each time");
}

#[test]
fn cookies_come_back_only_where_they_are_forwarded() {
    let pages = Edge::for_store([], &[]).unwrap().behaviour("/").clone();
    let sent: Sent<'_> = &[("cache-control", "s-maxage=9"), ("set-cookie", "a=b")];
    assert!(!pages.forwards_cookies());
    assert!(!keep(&pages, 200, sent).unwrap().headers().contains_key("set-cookie"));
    for forwarding in [
        Behaviour { key_cookies: Selection::All, ..pages.clone() },
        Behaviour { origin_cookies: Selection::Listed(vec!["a".into()]), ..pages.clone() },
        Behaviour { origin_headers: Selection::Listed(vec!["cookie".into()]), ..pages },
    ] {
        assert!(forwarding.forwards_cookies(), "requests are not collapsed then");
        assert!(keep(&forwarding, 200, sent).unwrap().headers().contains_key("set-cookie"));
    }
}

#[test]
fn origins_hear_a_fixed_user_agent_unless_it_is_forwarded() {
    let request = headers(&[("user-agent", "Lynx"), ("accept-encoding", "zstd, gzip;q=0.5, br")]);
    let heard = to_origin(&behaviour(DEFAULT), Decision::Fetch, &request, None, None);
    assert_eq!(
        (&heard["user-agent"], &heard["accept-encoding"]),
        (&"Amazon CloudFront".parse().unwrap(), &"br,gzip".parse().unwrap())
    );
    let forwarding = Behaviour { origin_headers: Selection::Listed(vec!["user-agent".into()]), ..behaviour(DEFAULT) };
    assert_eq!(to_origin(&forwarding, Decision::Fetch, &request, None, None)["user-agent"], "Lynx");
}

#[test]
fn a_description_may_not_keep_private_pages() {
    let mut description = Description::for_store([("/own", Class::Own)], &[], StoreOrigins::at("http://localhost"));
    description.cache_policies[0].ttl_seconds = FLOOR;
    let error = Edge::new(description).unwrap_err();
    assert_eq!(error.field, "behaviours[1].cache_policy", "{error}");
}
