//! What to do with a request.

use crate::behaviour::Behaviour;
use crate::description::{Class, Profile};
use crate::directives::Asked;
use crate::entry::Entry;
use crate::moment::UnixMs;
use http::header::{CACHE_CONTROL, PRAGMA};
use http::{HeaderMap, Method, StatusCode};

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
    /// Answer 504: the viewer wants nothing but what is kept (`only-if-cached`).
    Refuse,
}

/// How the origin failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Failure {
    /// It cannot be reached, takes too long or breaks off.
    Gone,
    /// It answers 500, 502, 503 or 504.
    Fault,
}

impl Failure {
    /// Whether an answer's status is a fault of the origin.
    pub fn of_status(status: StatusCode) -> Option<Self> {
        matches!(status.as_u16(), 500 | 502 | 503 | 504).then_some(Self::Fault)
    }
}

/// Decides from what is kept under the request's key. With CloudFront's rules what the viewer says in `Cache-Control`
/// or `Pragma` plays no part: a shopper's reload cannot reach the origin.
pub fn decide(
    behaviour: &Behaviour,
    method: &Method,
    request: &HeaderMap,
    kept: Option<&Entry>,
    now: UnixMs,
) -> Decision {
    if behaviour.class == Class::Own || !matches!(*method, Method::GET | Method::HEAD) {
        return Decision::Pass;
    }
    let is_asked_for_more =
        behaviour.profile == Profile::Rfc9111 && (request.contains_key(CACHE_CONTROL) || request.contains_key(PRAGMA));
    let asked = if is_asked_for_more { Asked::read(request) } else { Asked::default() };
    let decision = match kept {
        // An answer without a body is no answer to a GET, and one that must not be kept is nobody's but the viewer's.
        None if *method == Method::HEAD || asked.no_store || !behaviour.keeps() => Decision::Pass,
        None => Decision::Fetch,
        Some(entry) => decide_by_age(entry, asked, now),
    };
    if asked.only_if_cached && !matches!(decision, Decision::Serve | Decision::ServeAndRevalidate) {
        return Decision::Refuse;
    }
    decision
}

fn decide_by_age(entry: &Entry, asked: Asked, now: UnixMs) -> Decision {
    let seconds_ms = |seconds: u64| seconds.saturating_mul(1_000).cast_signed();
    if asked.no_cache || asked.max_age.is_some_and(|most| entry.age(now) > most) {
        return Decision::Revalidate;
    }
    let fresh_ms = entry.fresh_ms(now);
    if fresh_ms > 0 {
        let is_fresh_enough = asked.min_fresh.is_none_or(|least| seconds_ms(least) <= fresh_ms);
        return if is_fresh_enough { Decision::Serve } else { Decision::Revalidate };
    }
    let lifetime = entry.lifetime();
    let past_ms = fresh_ms.saturating_neg();
    if entry.rests(now) {
        Decision::Serve
    } else if past_ms < seconds_ms(lifetime.stale_while_revalidate) {
        Decision::ServeAndRevalidate
    } else if !lifetime.must_revalidate && asked.max_stale.is_some_and(|most| past_ms <= seconds_ms(most)) {
        Decision::Serve
    } else {
        Decision::Revalidate
    }
}

/// Whether what is kept may be served because the origin failed.
pub fn may_serve_after_failure(entry: &Entry, failure: Failure, now: UnixMs) -> bool {
    let lifetime = entry.lifetime();
    let past = match failure {
        Failure::Gone => lifetime.stale_if_gone.max(lifetime.stale_if_error),
        Failure::Fault => lifetime.stale_if_error,
    };
    // Where it may be served while a new one is fetched, it may be served while that fails.
    let past = past.max(lifetime.stale_while_revalidate);
    let until = lifetime.fresh.saturating_add(past).saturating_mul(1_000);
    entry.status() == StatusCode::OK && now.since(entry.came_at()) < until
}

#[cfg(test)]
mod tests;
