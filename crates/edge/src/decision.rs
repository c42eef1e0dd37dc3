//! What to do with a request.

use crate::behaviour::{Behaviour, Class};
use crate::entry::{Entry, UnixMs};
use crate::key::Encodings;
use http::header::{
    ACCEPT_ENCODING, CONNECTION, ETAG, HeaderMap, HeaderName, HeaderValue, IF_NONE_MATCH, TRANSFER_ENCODING,
};
use http::{Method, StatusCode};

/// What to do with a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Decision {
    /// Serve what is kept.
    Serve,
    /// Serve what is kept, and ask the origin for a new one behind it.
    ServeAndRevalidate,
    /// Ask the origin whether what is kept is still true. If it fails, [`may_serve_after_failure`] decides.
    Revalidate,
    /// Ask the origin, and keep the answer if it may be kept.
    Fetch,
    /// Hand the request to the origin and the answer back; keep nothing.
    Pass,
}

/// Decides from what is kept under the request's key. What the viewer says in `Cache-Control` or `Pragma` plays no
/// part: a shopper's reload cannot reach the origin.
pub fn decide(behaviour: &Behaviour, method: &Method, kept: Option<&Entry>, now: UnixMs) -> Decision {
    if behaviour.class == Class::Own || !matches!(*method, Method::GET | Method::HEAD) {
        return Decision::Pass;
    }
    let Some(entry) = kept else {
        // An answer without a body is no answer to a GET.
        return if method == Method::HEAD { Decision::Pass } else { Decision::Fetch };
    };
    let lifetime = entry.lifetime();
    let past_ms = now.since(entry.came_at()).checked_sub(lifetime.fresh.saturating_mul(1_000));
    match past_ms {
        None => Decision::Serve,
        Some(past) if past < lifetime.stale_while_revalidate.saturating_mul(1_000) => Decision::ServeAndRevalidate,
        Some(_) => Decision::Revalidate,
    }
}

/// Whether what is kept may be served because the origin could not be reached or answered with a fault.
pub fn may_serve_after_failure(entry: &Entry, now: UnixMs) -> bool {
    let lifetime = entry.lifetime();
    let until = lifetime.fresh.saturating_add(lifetime.stale_if_error).saturating_mul(1_000);
    entry.status() == StatusCode::OK && now.since(entry.came_at()) < until
}

/// The headers with which the origin is asked. A cached page hears nothing of who asks: only which compressed forms
/// they read, and the validator of what is kept.
pub fn to_origin(behaviour: &Behaviour, request: &HeaderMap, kept: Option<&Entry>) -> HeaderMap {
    if behaviour.class == Class::Own {
        let mut headers = request.clone();
        for name in [CONNECTION, TRANSFER_ENCODING, HeaderName::from_static("keep-alive")] {
            headers.remove(name);
        }
        return headers;
    }
    let mut headers = HeaderMap::new();
    if let Some(encodings) = Encodings::of(request).as_str() {
        headers.insert(ACCEPT_ENCODING, HeaderValue::from_static(encodings));
    }
    if let Some(etag) = kept.and_then(|entry| entry.headers().get(ETAG)) {
        headers.insert(IF_NONE_MATCH, etag.clone());
    }
    headers
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::PathPattern;
    use bytes::Bytes;
    use http::Response;

    const CAME: UnixMs = UnixMs(1_000_000);

    fn behaviour(class: Class) -> Behaviour {
        Behaviour::of_class(PathPattern::parse("*").unwrap(), class, &["q"])
    }

    fn entry(control: &str) -> Entry {
        let answer = Response::builder().header("cache-control", control).header("etag", "W/\"a\"");
        let answer = answer.body(Bytes::from_static(b"page")).unwrap();
        Entry::new(&behaviour(Class::Cached), &Method::GET, &answer, CAME).unwrap()
    }

    fn after(seconds: u64) -> UnixMs {
        UnixMs(CAME.0 + seconds * 1_000)
    }

    #[test]
    fn a_kept_page_ages_through_every_decision() {
        let page = entry("max-age=0, s-maxage=300, stale-while-revalidate=3600, stale-if-error=86400");
        for (seconds, want, after_failure) in [
            (0, Decision::Serve, true),
            (299, Decision::Serve, true),
            (300, Decision::ServeAndRevalidate, true),
            (3_899, Decision::ServeAndRevalidate, true),
            (3_900, Decision::Revalidate, true),
            (86_699, Decision::Revalidate, true),
            (86_700, Decision::Revalidate, false),
        ] {
            let now = after(seconds);
            assert_eq!(decide(&behaviour(Class::Cached), &Method::GET, Some(&page), now), want, "{seconds} s");
            assert_eq!(may_serve_after_failure(&page, now), after_failure, "{seconds} s");
        }
    }

    #[test]
    fn a_clock_that_was_set_back_makes_nothing_stale() {
        let page = entry("s-maxage=1");
        assert_eq!(decide(&behaviour(Class::Cached), &Method::GET, Some(&page), UnixMs(0)), Decision::Serve);
    }

    #[test]
    fn methods_and_classes_decide_first() {
        let page = entry("s-maxage=300");
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
            assert_eq!(decide(&behaviour(class), &method, kept, CAME), want, "{class:?} {method}");
        }
    }

    #[test]
    fn the_origin_hears_of_nobody_behind_a_cached_page() {
        let mut request = HeaderMap::new();
        for (name, value) in [
            ("cookie", "basket=1"),
            ("authorization", "Basic x"),
            ("user-agent", "x"),
            ("cache-control", "no-cache"),
            ("if-none-match", "\"theirs\""),
            ("accept-encoding", "zstd, br"),
            ("connection", "close"),
        ] {
            request.insert(name, HeaderValue::from_static(value));
        }
        let names = |headers: &HeaderMap| {
            let mut names: Vec<String> = headers.keys().map(ToString::to_string).collect();
            names.sort();
            names
        };
        let cached = behaviour(Class::Cached);
        assert_eq!(names(&to_origin(&cached, &request, None)), ["accept-encoding"]);
        let asked = to_origin(&cached, &request, Some(&entry("s-maxage=1")));
        assert_eq!(
            (asked["accept-encoding"].as_bytes(), asked["if-none-match"].as_bytes()),
            (&b"br"[..], &b"W/\"a\""[..])
        );
        let own = to_origin(&behaviour(Class::Own), &request, None);
        assert!(own.contains_key("cookie") && !own.contains_key("connection"));
    }
}
