//! How long an answer may be kept, read from its headers.

use crate::behaviour::TtlSeconds;
use crate::description::Profile;
use crate::directives::{Directives, SECONDS_MAX};
use crate::moment::UnixMs;
use crate::targeted;
use http::HeaderMap;
use http::header::{AGE, DATE, EXPIRES};

/// How long an answer that nobody forbade is served while the origin is out of reach, in seconds (RFC 9111, 4.2.4).
const STALE_WHILE_GONE_SECONDS: u64 = 86_400;

/// How long an answer is kept, in seconds from when it came.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Lifetime {
    /// So long it is served without asking.
    pub fresh: u64,
    /// So long after that it is served while a new one is fetched.
    pub stale_while_revalidate: u64,
    /// So long after `fresh` it is served where the origin answers with a fault.
    pub stale_if_error: u64,
    /// So long after `fresh` it is served where the origin cannot be reached.
    pub stale_if_gone: u64,
    /// How old it was when it came.
    pub age: u64,
    /// Once stale it must be asked about, whatever the viewer says.
    pub must_revalidate: bool,
}

impl Lifetime {
    /// The lifetime of an answer; `None` if it must not be kept.
    pub fn of(profile: Profile, headers: &HeaderMap, ttl: TtlSeconds, now: UnixMs) -> Option<Self> {
        match profile {
            Profile::CloudFront => Self::by_cloudfront(headers, ttl, now),
            Profile::Rfc9111 => Self::by_rfc(headers, ttl, now),
        }
    }

    /// `s-maxage`, else `max-age`, else `Expires`, else the default, within minimum and maximum. A minimum above 0
    /// beats `private`, `no-store` and `no-cache`.
    fn by_cloudfront(headers: &HeaderMap, ttl: TtlSeconds, now: UnixMs) -> Option<Self> {
        let said = Directives::read(headers);
        let age = age(headers).unwrap_or(0);
        if said.forbids_keeping || said.no_cache {
            let forced = Self { fresh: ttl.min, age, must_revalidate: true, ..Self::default() };
            return match ttl.min {
                0 if said.forbids_keeping => None,
                // Kept for its validator alone.
                _ => Some(forced),
            };
        }
        let asked = said.s_maxage.or(said.max_age).or_else(|| expires(headers, now));
        let fresh = asked.unwrap_or(ttl.default).clamp(ttl.min, ttl.max);
        // What must be asked about once it is stale is never served stale.
        let stale = |seconds: Option<u64>, unsaid: u64| {
            if said.must_revalidate { 0 } else { seconds.unwrap_or(unsaid) }
        };
        Some(Self {
            fresh: fresh.saturating_sub(age).max(ttl.min),
            stale_while_revalidate: stale(said.stale_while_revalidate, 0),
            stale_if_error: stale(said.stale_if_error, 0),
            // Under a minimum an origin that is gone leaves what there is, unless the answer forbade it.
            stale_if_gone: stale(said.stale_if_error, if ttl.min > 0 { ttl.max } else { 0 }),
            age,
            must_revalidate: said.must_revalidate,
        })
    }

    /// RFC 9111, 4.2, with RFC 9213 and RFC 5861. Nothing is guessed: what says nothing has the default, and 0 of it
    /// is no time.
    fn by_rfc(headers: &HeaderMap, ttl: TtlSeconds, now: UnixMs) -> Option<Self> {
        let targeted = targeted::read(headers);
        let said = targeted.unwrap_or_else(|| Directives::read(headers));
        if said.forbids_keeping {
            return None;
        }
        // What cannot be read as an age is older than anything (RFC 9111, 4.2.3 with 5.1).
        let said_age = age(headers).unwrap_or(SECONDS_MAX);
        let apparent = headers.get(DATE).and_then(UnixMs::parse_http_date).map_or(0, |date| now.since(date) / 1_000);
        let age = said_age.max(apparent);
        let by_expires = || if targeted.is_some() { None } else { expires(headers, now) };
        let asked = said.s_maxage.or(said.max_age).or_else(by_expires);
        let fresh = asked.unwrap_or(ttl.default).clamp(ttl.min, ttl.max);
        let must_revalidate = said.must_revalidate || said.no_cache;
        let stale = |seconds: u64| if must_revalidate { 0 } else { seconds };
        // `s-maxage` is also a `proxy-revalidate` (RFC 9111, 5.2.2.10), unless the answer asks for more.
        let while_gone = if said.s_maxage.is_some() { 0 } else { STALE_WHILE_GONE_SECONDS };
        Some(Self {
            fresh: if said.no_cache { 0 } else { fresh.saturating_sub(age) },
            stale_while_revalidate: stale(said.stale_while_revalidate.unwrap_or(0)),
            stale_if_error: stale(said.stale_if_error.unwrap_or(0)),
            stale_if_gone: stale(said.stale_if_error.unwrap_or(while_gone)),
            age,
            must_revalidate: must_revalidate || said.s_maxage.is_some(),
        })
    }

    /// Whether anybody but the first could ever get the answer without asking.
    pub(crate) fn is_served_unasked(&self) -> bool {
        self.fresh > 0 || self.stale_while_revalidate > 0
    }
}

/// How long `Cache-Control` or `Expires` asks for; `None` if neither says.
pub(crate) fn asked_for(profile: Profile, headers: &HeaderMap, now: UnixMs) -> Option<u64> {
    let targeted = if profile == Profile::Rfc9111 { targeted::read(headers) } else { None };
    let said = targeted.unwrap_or_else(|| Directives::read(headers));
    if said.forbids_keeping || said.no_cache {
        return Some(0);
    }
    let by_expires = || if targeted.is_some() { None } else { expires(headers, now) };
    said.s_maxage.or(said.max_age).or_else(by_expires)
}

/// The age that an answer says it had; `None` for one that cannot be read, 0 for none. Of several no one is believed:
/// the first (RFC 9111, 5.1) may be what somebody put in front of the true one.
fn age(headers: &HeaderMap) -> Option<u64> {
    let mut values = headers.get_all(AGE).iter();
    let Some(value) = values.next() else { return Some(0) };
    let text = value.to_str().ok()?.trim();
    let digits = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    let is_one = digits && values.next().is_none();
    is_one.then(|| text.parse().unwrap_or(u64::MAX).min(SECONDS_MAX))
}

/// Seconds until `Expires`, by the origin's clock where it tells it; 0 for what is no date.
fn expires(headers: &HeaderMap, now: UnixMs) -> Option<u64> {
    let mut values = headers.get_all(EXPIRES).iter();
    let first = values.next()?;
    let from = headers.get(DATE).and_then(UnixMs::parse_http_date).unwrap_or(now);
    let until = UnixMs::parse_http_date(first).filter(|_| values.next().is_none());
    Some(until.map_or(0, |until| (until.since(from) / 1_000).min(SECONDS_MAX)))
}

#[cfg(test)]
mod tests;
