//! What becomes of requests as an answer ages; more of CloudFront's is in `tests/cloudfront.rs`.

use super::*;
use crate::Edge;
use bytes::Bytes;
use http::{HeaderValue, Response};

const CAME: UnixMs = UnixMs(1_000_000);

fn behaviour(class: Class, profile: Profile) -> Behaviour {
    let edge = Edge::for_store([("/own", Class::Own), ("/static/*", Class::Asset)], &["q"]).unwrap();
    let found = edge.behaviours().iter().find(|behaviour| behaviour.class == class).unwrap().clone();
    Behaviour { profile, ..found }
}

fn entry(profile: Profile, control: &str) -> Entry {
    let answer = Response::builder().header("cache-control", control).header("etag", "W/\"a\"");
    let answer = answer.body(Bytes::from_static(b"page")).unwrap();
    Entry::new(&behaviour(Class::Cached, profile), &Method::GET, &HeaderMap::new(), &answer, CAME).unwrap()
}

fn decide_plainly(class: Class, method: &Method, kept: Option<&Entry>, now: UnixMs) -> Decision {
    decide(&behaviour(class, Profile::CloudFront), method, &HeaderMap::new(), kept, now)
}

#[test]
fn a_kept_page_ages_through_every_decision() {
    let control = "max-age=0, s-maxage=300, stale-while-revalidate=3600, stale-if-error=86400";
    let page = entry(Profile::CloudFront, control);
    for (seconds, want, after_failure) in [
        (0, Decision::Serve, true),
        (299, Decision::Serve, true),
        (300, Decision::ServeAndRevalidate, true),
        (3_899, Decision::ServeAndRevalidate, true),
        (3_900, Decision::Revalidate, true),
        (86_699, Decision::Revalidate, true),
        (86_700, Decision::Revalidate, false),
    ] {
        let now = CAME.plus_seconds(seconds);
        assert_eq!(decide_plainly(Class::Cached, &Method::GET, Some(&page), now), want, "{seconds} s");
        for failure in [Failure::Gone, Failure::Fault] {
            assert_eq!(may_serve_after_failure(&page, failure, now), after_failure, "{seconds} s {failure:?}");
        }
    }
}

#[test]
fn an_origin_that_has_just_failed_is_left_alone_for_a_while() {
    let page = entry(Profile::CloudFront, "s-maxage=1, stale-if-error=60").resting(10, CAME.plus_seconds(5));
    for (seconds, want) in [(5, Decision::Serve), (14, Decision::Serve), (15, Decision::Revalidate)] {
        let now = CAME.plus_seconds(seconds);
        assert_eq!(decide_plainly(Class::Cached, &Method::GET, Some(&page), now), want, "{seconds} s");
    }
}

#[test]
fn a_clock_that_was_set_back_makes_nothing_stale() {
    let page = entry(Profile::CloudFront, "s-maxage=1");
    assert_eq!(decide_plainly(Class::Cached, &Method::GET, Some(&page), UnixMs(0)), Decision::Serve);
}

#[test]
fn methods_and_classes_decide_first() {
    let page = entry(Profile::CloudFront, "s-maxage=300");
    for (class, method, kept, want) in [
        (Class::Cached, Method::GET, None, Decision::Fetch),
        (Class::Cached, Method::HEAD, None, Decision::Pass),
        (Class::Cached, Method::HEAD, Some(&page), Decision::Serve),
        (Class::Cached, Method::POST, Some(&page), Decision::Pass),
        (Class::Cached, Method::OPTIONS, Some(&page), Decision::Pass),
        (Class::Own, Method::GET, Some(&page), Decision::Pass),
        (Class::Own, Method::GET, None, Decision::Pass),
        (Class::Asset, Method::GET, None, Decision::Fetch),
    ] {
        assert_eq!(decide_plainly(class, &method, kept, CAME), want, "{class:?} {method}");
    }
}

#[test]
fn viewers_ask_past_the_cache_by_the_rfc_alone() {
    let fresh = "max-age=100, stale-while-revalidate=50";
    for (case, control, asked, seconds, want) in [
        ("a reload", fresh, "no-cache", 1, Decision::Revalidate),
        ("not so old", fresh, "max-age=10", 11, Decision::Revalidate),
        ("young enough", fresh, "max-age=10", 10, Decision::Serve),
        ("fresh for a while yet", fresh, "min-fresh=50", 50, Decision::Serve),
        ("not fresh for long", fresh, "min-fresh=50", 51, Decision::Revalidate),
        ("stale will do", "max-age=100", "max-stale=10", 110, Decision::Serve),
        ("not so stale", "max-age=100", "max-stale=10", 111, Decision::Revalidate),
        ("any will do", "max-age=100", "max-stale", 9_000, Decision::Serve),
        ("never stale", "max-age=100, must-revalidate", "max-stale", 101, Decision::Revalidate),
        ("only what is kept", fresh, "only-if-cached", 1, Decision::Serve),
        ("only what is kept, stale", "max-age=100", "only-if-cached", 101, Decision::Refuse),
        ("none of it on record", fresh, "no-store", 1, Decision::Serve),
    ] {
        let mut request = HeaderMap::new();
        request.insert(CACHE_CONTROL, HeaderValue::from_static(asked));
        let now = CAME.plus_seconds(seconds);
        let behaviour = behaviour(Class::Cached, Profile::Rfc9111);
        let page = entry(Profile::Rfc9111, control);
        assert_eq!(decide(&behaviour, &Method::GET, &request, Some(&page), now), want, "{case}");
    }
}

#[test]
fn what_is_not_kept_is_asked_for_unless_the_viewer_forbids_it() {
    let behaviour = behaviour(Class::Cached, Profile::Rfc9111);
    for (asked, want) in
        [("no-cache", Decision::Fetch), ("no-store", Decision::Pass), ("only-if-cached", Decision::Refuse)]
    {
        let mut request = HeaderMap::new();
        request.insert(CACHE_CONTROL, HeaderValue::from_static(asked));
        assert_eq!(decide(&behaviour, &Method::GET, &request, None, CAME), want, "{asked}");
    }
}
