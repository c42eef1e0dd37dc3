//! Lifetimes by both profiles; the table of CloudFront's is in `tests/cloudfront.rs`.

use super::*;
use http::HeaderValue;
use proptest::prelude::*;

const STORE: TtlSeconds = TtlSeconds { min: 0, default: 0, max: 31_536_000 };
/// Sun, 06 Nov 1994 08:49:37 GMT.
const NOW: UnixMs = UnixMs(784_111_777_000);
const NOW_TEXT: &str = "Sun, 06 Nov 1994 08:49:37 GMT";
const HOUR_LATER: &str = "Sun, 06 Nov 1994 09:49:37 GMT";
const HOUR_EARLIER: &str = "Sun, 06 Nov 1994 07:49:37 GMT";

fn headers(list: &[(&'static str, &str)]) -> HeaderMap {
    let mut headers = HeaderMap::new();
    for (name, value) in list {
        headers.append(*name, HeaderValue::from_str(value).unwrap());
    }
    headers
}

/// How long it is fresh by the RFC; `None` where it must not be kept.
fn fresh(list: &[(&'static str, &str)]) -> Option<u64> {
    Lifetime::of(Profile::Rfc9111, &headers(list), STORE, NOW).map(|life| life.fresh)
}

#[test]
fn what_is_said_to_an_edge_alone_counts_more() {
    for (case, sent, want) in [
        ("a maximum", vec![("cdn-cache-control", "max-age=3600")], Some(3_600)),
        ("a large one", vec![("cdn-cache-control", "max-age=2147483648")], Some(SECONDS_MAX.min(STORE.max))),
        ("a larger one", vec![("cdn-cache-control", "max-age=99999999999")], Some(STORE.max)),
        ("older than that", vec![("cdn-cache-control", "max-age=3600"), ("age", "7200")], Some(0)),
        ("0", vec![("cdn-cache-control", "max-age=0")], Some(0)),
        ("beside others", vec![("cdn-cache-control", "foobar, max-age=3600")], Some(3_600)),
        ("a past Expires", vec![("cdn-cache-control", "max-age=3600"), ("expires", HOUR_EARLIER)], Some(3_600)),
        ("Expires that is no date", vec![("cdn-cache-control", "max-age=3600"), ("expires", "0")], Some(3_600)),
        ("0 and a future Expires", vec![("cdn-cache-control", "max-age=0"), ("expires", HOUR_LATER)], Some(0)),
        ("longer", vec![("cache-control", "max-age=1"), ("cdn-cache-control", "max-age=3600")], Some(3_600)),
        ("shorter", vec![("cache-control", "max-age=3600"), ("cdn-cache-control", "max-age=1")], Some(1)),
        ("private", vec![("cache-control", "max-age=9"), ("cdn-cache-control", "private")], None),
        ("no-cache", vec![("cache-control", "max-age=9"), ("cdn-cache-control", "no-cache")], Some(0)),
        ("no-store", vec![("cache-control", "max-age=9"), ("cdn-cache-control", "no-store")], None),
        ("beats no-store", vec![("cache-control", "no-store"), ("cdn-cache-control", "max-age=9")], Some(9)),
        ("unreadable", vec![("cache-control", "no-store"), ("cdn-cache-control", "max-age=9, &&&&&")], None),
        ("of the wrong type", vec![("cache-control", "no-store"), ("cdn-cache-control", "max-age=\"9\"")], None),
    ] {
        assert_eq!(fresh(&sent), want, "{case}");
    }
}

#[test]
fn lifetimes_follow_the_rfc() {
    for (case, sent, want) in [
        ("nothing said", vec![], Some(0)),
        ("s-maxage", vec![("cache-control", "max-age=1, s-maxage=60")], Some(60)),
        ("Expires", vec![("expires", HOUR_LATER), ("date", NOW_TEXT)], Some(3_600)),
        ("Expires twice", vec![("expires", HOUR_LATER), ("expires", HOUR_LATER)], Some(0)),
        ("a date in the past is an age", vec![("cache-control", "max-age=4000"), ("date", HOUR_EARLIER)], Some(400)),
        ("an age that is none", vec![("cache-control", "max-age=4000"), ("age", "old")], Some(0)),
        ("two ages", vec![("cache-control", "max-age=4000"), ("age", "0"), ("age", "0")], Some(0)),
        ("a list of ages", vec![("cache-control", "max-age=4000"), ("age", "0, 7200")], Some(0)),
        ("no-cache", vec![("cache-control", "max-age=60, no-cache")], Some(0)),
        ("private", vec![("cache-control", "max-age=60, private")], None),
        ("private for a field", vec![("cache-control", "max-age=60, private=\"x\"")], None),
    ] {
        assert_eq!(fresh(&sent), want, "{case}");
    }
}

#[test]
fn what_is_stale_is_served_only_where_nobody_forbade_it() {
    for (control, while_revalidate, if_error, if_gone) in [
        ("max-age=9", 0, 0, STALE_WHILE_GONE_SECONDS),
        ("max-age=9, stale-while-revalidate=5, stale-if-error=7", 5, 7, 7),
        ("max-age=9, stale-if-error=7, must-revalidate", 0, 0, 0),
        ("max-age=9, stale-if-error=7, proxy-revalidate", 0, 0, 0),
        ("max-age=9, no-cache", 0, 0, 0),
        ("s-maxage=9", 0, 0, 0),
        ("s-maxage=9, stale-while-revalidate=5, stale-if-error=7", 5, 7, 7),
    ] {
        let life = Lifetime::of(Profile::Rfc9111, &headers(&[("cache-control", control)]), STORE, NOW).unwrap();
        let got = (life.stale_while_revalidate, life.stale_if_error, life.stale_if_gone);
        assert_eq!(got, (while_revalidate, if_error, if_gone), "{control}");
    }
}

proptest! {
    #[test]
    fn no_answer_outlives_its_bounds(control in "[a-z0-9=, \"-]{0,60}", min in 0_u64..50, more in 0_u64..50) {
        let ttl = TtlSeconds { min, default: min, max: min + more };
        let sent = headers(&[("cache-control", &control)]);
        if let Some(life) = Lifetime::of(Profile::CloudFront, &sent, ttl, NOW) {
            prop_assert!((min..=min + more).contains(&life.fresh), "{:?}", life);
        }
        if let Some(life) = Lifetime::of(Profile::Rfc9111, &sent, ttl, NOW) {
            prop_assert!(life.fresh <= min + more, "{:?}", life);
        }
    }

    #[test]
    fn a_forbidden_answer_is_never_kept(
        before in "[a-z0-9=, -]{0,30}", word in "private|no-store|PRIVATE", after in "[a-z0-9=, -]{0,30}"
    ) {
        let sent = headers(&[("cache-control", &format!("{before},{word},{after}"))]);
        for profile in [Profile::CloudFront, Profile::Rfc9111] {
            prop_assert_eq!(Lifetime::of(profile, &sent, STORE, NOW), None);
        }
    }
}
