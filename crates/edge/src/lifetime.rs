//! How long an answer may be kept, read from its headers.

use crate::behaviour::TtlSeconds;
use crate::entry::UnixMs;
use http::HeaderMap;
use http::header::{AGE, CACHE_CONTROL, DATE, EXPIRES, HeaderName};
use std::time::UNIX_EPOCH;

/// Longest time that is told apart, in seconds: ten years.
const SECONDS_MAX: u64 = 315_360_000;

/// How long an answer is kept, in seconds from when it came.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Lifetime {
    /// So long it is served without asking.
    pub fresh: u64,
    /// So long after that it is served while a new one is fetched.
    pub stale_while_revalidate: u64,
    /// So long after `fresh` it is served where the origin fails.
    pub stale_if_error: u64,
}

/// What `Cache-Control` says, as far as a shared cache cares.
#[derive(Clone, Copy, Debug, Default)]
struct Directives {
    forbids_keeping: bool,
    no_cache: bool,
    must_revalidate: bool,
    max_age: Option<u64>,
    s_maxage: Option<u64>,
    stale_while_revalidate: Option<u64>,
    stale_if_error: Option<u64>,
}

impl Lifetime {
    /// The lifetime of an answer; `None` if it must not be kept.
    ///
    /// `s-maxage`, else `max-age`, else `Expires`, else the default, within minimum and maximum. A minimum above 0
    /// beats `private`, `no-store` and `no-cache` (CloudFront's rule).
    pub fn of(headers: &HeaderMap, ttl: TtlSeconds, now: UnixMs) -> Option<Self> {
        let said = Directives::read(headers);
        if said.forbids_keeping || said.no_cache {
            let forced = Self { fresh: ttl.min, ..Self::default() };
            return match ttl.min {
                0 if said.forbids_keeping => None,
                // Kept for its validator alone.
                _ => Some(forced),
            };
        }
        let asked = said.s_maxage.or(said.max_age).or_else(|| expires(headers, now));
        let fresh = asked.unwrap_or(ttl.default).clamp(ttl.min, ttl.max);
        let age = number(headers, &AGE).unwrap_or(0);
        // What must be asked about once it is stale is never served stale.
        let stale = |seconds: Option<u64>, unsaid: u64| {
            if said.must_revalidate { 0 } else { seconds.unwrap_or(unsaid) }
        };
        Some(Self {
            fresh: fresh.saturating_sub(age).max(ttl.min),
            stale_while_revalidate: stale(said.stale_while_revalidate, 0),
            // Under a minimum an origin that is gone leaves what there is, unless the answer forbade it.
            stale_if_error: stale(said.stale_if_error, if ttl.min > 0 { ttl.max } else { 0 }),
        })
    }

    /// How long `Cache-Control` or `Expires` asks for; `None` if neither says.
    pub(crate) fn asked(headers: &HeaderMap, now: UnixMs) -> Option<u64> {
        let said = Directives::read(headers);
        if said.forbids_keeping || said.no_cache {
            return Some(0);
        }
        said.s_maxage.or(said.max_age).or_else(|| expires(headers, now))
    }
}

impl Directives {
    fn read(headers: &HeaderMap) -> Self {
        let mut said = Self::default();
        for value in headers.get_all(CACHE_CONTROL) {
            // What cannot be read might forbid anything.
            let Ok(text) = value.to_str() else {
                said.forbids_keeping = true;
                continue;
            };
            for directive in text.split(',') {
                let (name, argument) = directive.split_once('=').unwrap_or((directive, ""));
                said.take(&name.trim().to_ascii_lowercase(), argument.trim().trim_matches('"'));
            }
        }
        said
    }

    fn take(&mut self, name: &str, argument: &str) {
        let seconds = || {
            let digits = !argument.is_empty() && argument.bytes().all(|byte| byte.is_ascii_digit());
            // Too long for a number is long; what is no number is nothing.
            if digits { argument.parse().unwrap_or(u64::MAX).min(SECONDS_MAX) } else { 0 }
        };
        // Of a directive that is there twice the shorter counts.
        let least = |slot: &mut Option<u64>| *slot = Some(slot.map_or(seconds(), |known| known.min(seconds())));
        match name {
            "private" | "no-store" => self.forbids_keeping = true,
            "no-cache" => self.no_cache = true,
            "must-revalidate" | "proxy-revalidate" => self.must_revalidate = true,
            "max-age" => least(&mut self.max_age),
            "s-maxage" => least(&mut self.s_maxage),
            "stale-while-revalidate" => least(&mut self.stale_while_revalidate),
            "stale-if-error" => least(&mut self.stale_if_error),
            _ => {}
        }
    }
}

fn number(headers: &HeaderMap, name: &HeaderName) -> Option<u64> {
    headers.get(name)?.to_str().ok()?.trim().parse().ok()
}

/// Seconds until `Expires`, by the origin's clock where it tells it; 0 for what is no date.
fn expires(headers: &HeaderMap, now: UnixMs) -> Option<u64> {
    let date = |name: &HeaderName| {
        let time = httpdate::parse_http_date(headers.get(name)?.to_str().ok()?).ok()?;
        time.duration_since(UNIX_EPOCH).ok().map(|since| since.as_secs())
    };
    headers.get(EXPIRES)?;
    let from = date(&DATE).unwrap_or(now.seconds());
    Some(date(&EXPIRES).map_or(0, |until| until.saturating_sub(from).min(SECONDS_MAX)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use http::HeaderValue;
    use proptest::prelude::*;

    const STORE: TtlSeconds = TtlSeconds { min: 0, default: 0, max: 31_536_000 };
    /// Sun, 06 Nov 1994 08:49:37 GMT.
    const NOW: UnixMs = UnixMs(784_111_777_000);

    fn headers(list: &[(&'static str, &str)]) -> HeaderMap {
        let mut headers = HeaderMap::new();
        for (name, value) in list {
            headers.append(*name, HeaderValue::from_str(value).unwrap());
        }
        headers
    }

    fn life(fresh: u64, stale_while_revalidate: u64, stale_if_error: u64) -> Option<Lifetime> {
        Some(Lifetime { fresh, stale_while_revalidate, stale_if_error })
    }

    #[test]
    fn lifetimes_follow_cloudfront() {
        let control = |text| headers(&[("cache-control", text)]);
        for (case, sent, want) in [
            ("nothing said", headers(&[]), life(0, 0, 0)),
            (
                "the store's own",
                control("public, max-age=0, s-maxage=300, stale-while-revalidate=3600"),
                life(300, 3_600, 0),
            ),
            ("s-maxage beats max-age", control("s-maxage=10, max-age=99"), life(10, 0, 0)),
            ("max-age beats Expires", headers(&[("cache-control", "max-age=7"), ("expires", "0")]), life(7, 0, 0)),
            ("an hour by Expires", headers(&[("expires", "Sun, 06 Nov 1994 09:49:37 GMT")]), life(3_600, 0, 0)),
            (
                "by the origin's clock",
                headers(&[("date", "Sun, 06 Nov 1994 09:49:07 GMT"), ("expires", "Sun, 06 Nov 1994 09:49:37 GMT")]),
                life(30, 0, 0),
            ),
            ("Expires that is no date", headers(&[("expires", "-1")]), life(0, 0, 0)),
            ("age counts", headers(&[("cache-control", "max-age=10"), ("age", "4")]), life(6, 0, 0)),
            ("older than fresh", headers(&[("cache-control", "max-age=10"), ("age", "99")]), life(0, 0, 0)),
            ("names in any case", control("S-MaxAge=5"), life(5, 0, 0)),
            ("a quoted number", control("max-age=\"5\""), life(5, 0, 0)),
            ("no number", control("max-age=soon"), life(0, 0, 0)),
            ("below nothing", control("s-maxage=-1"), life(0, 0, 0)),
            ("past the maximum", control("max-age=99999999999999999999999"), life(31_536_000, 0, 0)),
            ("twice", control("max-age=9, max-age=3"), life(3, 0, 0)),
            ("private", control("private, max-age=9"), None),
            ("no-store", control("max-age=9, No-Store"), None),
            ("in two lines", headers(&[("cache-control", "s-maxage=9"), ("cache-control", "private")]), None),
            ("no-cache is asked about each time", control("no-cache, s-maxage=9"), life(0, 0, 0)),
            ("must-revalidate is never stale", control("max-age=9, must-revalidate, stale-if-error=9"), life(9, 0, 0)),
            ("stale if the origin fails", control("max-age=9, stale-if-error=20"), life(9, 0, 20)),
        ] {
            assert_eq!(Lifetime::of(&sent, STORE, NOW), want, "{case}");
        }
    }

    #[test]
    fn a_minimum_beats_what_forbids_keeping() {
        let ttl = TtlSeconds { min: 60, default: 100, max: 200 };
        for (sent, want) in [
            ("private", life(60, 0, 0)),
            ("no-store", life(60, 0, 0)),
            ("no-cache", life(60, 0, 0)),
            ("max-age=5", life(60, 0, 200)),
            ("max-age=5, stale-if-error=0", life(60, 0, 0)),
            ("max-age=999", life(200, 0, 200)),
            ("public", life(100, 0, 200)),
        ] {
            assert_eq!(Lifetime::of(&headers(&[("cache-control", sent)]), ttl, NOW), want, "{sent}");
        }
    }

    proptest! {
        #[test]
        fn no_answer_outlives_its_bounds(control in "[a-z0-9=, \"-]{0,60}", min in 0_u64..50, more in 0_u64..50) {
            let ttl = TtlSeconds { min, default: min, max: min + more };
            if let Some(life) = Lifetime::of(&headers(&[("cache-control", &control)]), ttl, NOW) {
                prop_assert!((min..=min + more).contains(&life.fresh), "{:?}", life);
            }
        }

        #[test]
        fn a_forbidden_answer_is_never_kept(before in "[a-z0-9=, -]{0,30}", word in "private|no-store|PRIVATE", after in "[a-z0-9=, -]{0,30}") {
            let control = format!("{before},{word},{after}");
            prop_assert_eq!(Lifetime::of(&headers(&[("cache-control", &control)]), STORE, NOW), None);
        }
    }
}
