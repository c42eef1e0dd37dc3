//! What happened, while it happens: every request of every session is noted here.

use crate::cache_status::CacheUse;
use crate::client::Failure;
use crate::histogram::Histogram;
use crate::kind::{ErrorKind, Kind};
use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// Seconds that are told one by one; what is later counts to the last of them.
const SECONDS_MAX: usize = 3_600;
/// Examples of each kind of error.
const EXAMPLES_MAX: usize = 5;
/// Codes of refusals; more are counted under `other`.
const REFUSALS_MAX: usize = 50;

/// One request and what came of it.
#[derive(Clone, Debug)]
pub(crate) struct Exchange {
    pub(crate) kind: Kind,
    /// Method and address, without secrets.
    pub(crate) what: String,
    /// When it was due, since the start.
    pub(crate) due: Duration,
    pub(crate) took: Duration,
    pub(crate) bytes: u64,
    pub(crate) is_not_modified: bool,
    pub(crate) cache: Option<CacheUse>,
    pub(crate) failure: Option<Failure>,
    /// An answer that is no error and no yes: sold out, a price that changed.
    pub(crate) refusal: Option<String>,
}

/// Requests of a kind.
#[derive(Clone, Debug, Default)]
pub(crate) struct OfKind {
    pub(crate) latency: Histogram,
    pub(crate) errors: u64,
    pub(crate) cache: BTreeMap<CacheUse, u64>,
}

/// A second of the run.
#[derive(Clone, Debug, Default)]
pub(crate) struct OfSecond {
    pub(crate) due: u64,
    pub(crate) not_played: u64,
    pub(crate) requests: u64,
    pub(crate) errors: u64,
    pub(crate) latency: BTreeMap<Kind, Histogram>,
}

/// An error as it was seen.
#[derive(Clone, Debug)]
pub(crate) struct Example {
    pub(crate) kind: Kind,
    pub(crate) what: String,
    pub(crate) detail: String,
    pub(crate) second: u64,
}

/// Everything that is counted.
#[derive(Clone, Debug, Default)]
pub(crate) struct Counts {
    pub(crate) kinds: BTreeMap<Kind, OfKind>,
    pub(crate) seconds: Vec<OfSecond>,
    pub(crate) errors: BTreeMap<ErrorKind, (u64, Vec<Example>)>,
    pub(crate) refusals: BTreeMap<String, u64>,
    /// From a page's due time until its last file was there.
    pub(crate) whole_page: Histogram,
    pub(crate) requests: u64,
    pub(crate) failed: u64,
    pub(crate) bytes: u64,
    pub(crate) not_modified: u64,
    pub(crate) from_browser_cache: u64,
    pub(crate) began: u64,
    pub(crate) finished: u64,
    pub(crate) gave_up: u64,
    pub(crate) cut_off: u64,
    pub(crate) broken: u64,
    pub(crate) not_played: u64,
    pub(crate) at_once_max: usize,
    pub(crate) baskets: u64,
    pub(crate) checkouts: u64,
    pub(crate) orders: u64,
    pub(crate) late_starts: u64,
    pub(crate) lateness_max: Duration,
}

/// The one place for it, shared by all sessions.
#[derive(Debug, Default)]
pub(crate) struct Ledger(Mutex<Counts>);

impl Ledger {
    /// For a change or a look. Never held across a wait.
    pub(crate) fn counts(&self) -> MutexGuard<'_, Counts> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn note(&self, exchange: Exchange) {
        self.counts().note(exchange);
    }
}

impl Counts {
    fn note(&mut self, exchange: Exchange) {
        let kind = self.kinds.entry(exchange.kind).or_default();
        kind.latency.note(exchange.took);
        kind.errors += u64::from(exchange.failure.is_some());
        if let Some(cache) = exchange.cache {
            *kind.cache.entry(cache).or_default() += 1;
        }
        self.requests += 1;
        self.bytes = self.bytes.saturating_add(exchange.bytes);
        self.not_modified += u64::from(exchange.is_not_modified);
        let second = self.second(exchange.due);
        second.requests += 1;
        second.errors += u64::from(exchange.failure.is_some());
        second.latency.entry(exchange.kind).or_default().note(exchange.took);
        if let Some(code) = exchange.refusal {
            self.refuse(code);
        }
        if let Some(failure) = exchange.failure {
            let (kind, what, second) = (exchange.kind, exchange.what, exchange.due.as_secs());
            self.fail(failure.kind, Example { kind, what, detail: failure.detail, second });
        }
    }

    /// Counts answers from here on. Sessions, errors and seconds are those of the whole run.
    pub(crate) fn begin_anew(&mut self) {
        let seen = std::mem::take(self);
        *self = Self {
            seconds: seen.seconds,
            errors: seen.errors,
            requests: seen.failed,
            failed: seen.failed,
            began: seen.began,
            finished: seen.finished,
            gave_up: seen.gave_up,
            cut_off: seen.cut_off,
            broken: seen.broken,
            not_played: seen.not_played,
            at_once_max: seen.at_once_max,
            late_starts: seen.late_starts,
            lateness_max: seen.lateness_max,
            ..Self::default()
        };
    }

    /// Counts a no that is no error.
    pub(crate) fn refuse(&mut self, code: String) {
        let is_known = self.refusals.contains_key(&code) || self.refusals.len() < REFUSALS_MAX;
        *self.refusals.entry(if is_known { code } else { "other".to_owned() }).or_default() += 1;
    }

    /// Counts an error.
    pub(crate) fn fail(&mut self, kind: ErrorKind, example: Example) {
        self.failed += 1;
        let (count, examples) = self.errors.entry(kind).or_default();
        *count += 1;
        if examples.len() < EXAMPLES_MAX {
            examples.push(example);
        }
    }

    /// A session that is due.
    pub(crate) fn arrive(&mut self, at: Duration, is_played: bool, at_once: usize) {
        let second = self.second(at);
        second.due += 1;
        second.not_played += u64::from(!is_played);
        self.began += u64::from(is_played);
        self.not_played += u64::from(!is_played);
        self.at_once_max = self.at_once_max.max(at_once);
    }

    /// What the generator itself was late by.
    pub(crate) fn late(&mut self, by: Duration) {
        self.late_starts += 1;
        self.lateness_max = self.lateness_max.max(by);
    }

    fn second(&mut self, at: Duration) -> &mut OfSecond {
        let place = usize::try_from(at.as_secs()).unwrap_or(usize::MAX).min(SECONDS_MAX - 1);
        if self.seconds.len() <= place {
            self.seconds.resize_with(place + 1, OfSecond::default);
        }
        &mut self.seconds[place]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn exchange(second: u64, failure: Option<Failure>) -> Exchange {
        Exchange {
            kind: Kind::Home,
            what: "GET /".to_owned(),
            due: Duration::from_secs(second),
            took: Duration::from_millis(3),
            bytes: 10,
            is_not_modified: false,
            cache: Some(CacheUse::Hit),
            failure,
            refusal: None,
        }
    }

    #[test]
    fn seconds_and_examples_are_bounded() {
        let ledger = Ledger::default();
        for second in [0, 5, 100_000, u64::MAX / 4] {
            ledger.note(exchange(second, None));
        }
        for number in 0..20 {
            ledger.note(exchange(1, Some(Failure::new(ErrorKind::Reset, format!("{number}")))));
        }
        let counts = ledger.counts();
        assert_eq!((counts.seconds.len(), counts.seconds[SECONDS_MAX - 1].requests), (SECONDS_MAX, 2));
        let (count, examples) = &counts.errors[&ErrorKind::Reset];
        assert_eq!((*count, examples.len()), (20, EXAMPLES_MAX));
        assert_eq!((counts.requests, counts.failed, counts.bytes, counts.kinds[&Kind::Home].errors), (24, 20, 240, 20));
    }

    #[test]
    fn codes_of_refusals_are_bounded() {
        let ledger = Ledger::default();
        for number in 0..100 {
            ledger.note(Exchange { refusal: Some(format!("code{number}")), ..exchange(0, None) });
        }
        let counts = ledger.counts();
        assert_eq!((counts.refusals.len(), counts.refusals["other"]), (REFUSALS_MAX + 1, 50));
    }
}
