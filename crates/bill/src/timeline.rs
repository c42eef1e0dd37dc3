//! What it was like from second to second.

use std::collections::VecDeque;

use serde::Serialize;

use crate::counts::Counts;
use crate::histogram::{Histogram, Percentiles};

/// A sample is taken once in so many milliseconds.
const INTERVAL_MS: u64 = 1_000;
/// So many samples are kept as they were taken: ten minutes.
const RECENT_MAX: usize = 600;
/// So many thinned ones are kept of the time before.
const OLDER_MAX: usize = 600;
/// The most samples that a timeline keeps.
pub const SAMPLES_MAX: usize = RECENT_MAX + OLDER_MAX;

/// Samples of a run, whatever its length in bounded memory: one a second for the last ten minutes, and of the time
/// before at most 600, each of which stands for twice as long whenever they grow too many.
#[derive(Clone, Debug)]
pub struct Timeline {
    recent: VecDeque<Sample>,
    older: VecDeque<Sample>,
    /// Seconds that an older sample stands for.
    older_s: u64,
    before: State,
}

/// A stretch of time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Sample {
    /// Its end, in milliseconds since the start.
    pub at_ms: u64,
    /// How long it is.
    pub span_ms: u64,
    /// Environments at its end; of a thinned sample the most.
    pub environments: u64,
    /// Requests at the edge in it.
    pub requests: u64,
    /// Invocations in it.
    pub invocations: u64,
    /// Time to the first byte at the edge in it; of a thinned sample the slowest of its parts. None without requests.
    pub first_byte: Option<Percentiles>,
}

/// What the next sample is the difference to.
#[derive(Clone, Debug, Default)]
struct State {
    at_ms: u64,
    requests: u64,
    invocations: u64,
    answer_times: Histogram,
}

impl Default for Timeline {
    fn default() -> Self {
        Self { recent: VecDeque::new(), older: VecDeque::new(), older_s: 2, before: State::default() }
    }
}

impl Timeline {
    /// Takes a sample, if a second has passed since the last one: to be called about once a second with the time since
    /// the start.
    pub fn push(&mut self, at_ms: u64, counts: &Counts) {
        let span_ms = at_ms.saturating_sub(self.before.at_ms);
        // A timer that comes a little early still takes its sample.
        if span_ms < INTERVAL_MS * 9 / 10 {
            return;
        }
        let state = State {
            at_ms,
            requests: counts.edge.requests,
            invocations: counts.invocations.count,
            answer_times: counts.edge.answer_times.clone(),
        };
        self.recent.push_back(Sample {
            at_ms,
            span_ms,
            environments: counts.environments.now,
            requests: state.requests.saturating_sub(self.before.requests),
            invocations: state.invocations.saturating_sub(self.before.invocations),
            first_byte: state.answer_times.since(&self.before.answer_times).percentiles(),
        });
        self.before = state;
        if RECENT_MAX < self.recent.len()
            && let Some(oldest) = self.recent.pop_front()
        {
            self.keep(oldest);
        }
    }

    /// All samples, oldest first.
    pub fn samples(&self) -> impl Iterator<Item = &Sample> {
        self.older.iter().chain(&self.recent)
    }

    /// At most `max` samples that cover the same time, oldest first: neighbours are joined.
    pub fn thinned(&self, max: usize) -> Vec<Sample> {
        let samples: Vec<Sample> = self.samples().copied().collect();
        let start = samples.first().map_or(0, |first| first.at_ms - first.span_ms);
        let stretch_ms = (self.before.at_ms - start).div_ceil(u64::try_from(max.max(1)).unwrap_or(u64::MAX)).max(1);
        let mut thinned: Vec<Sample> = Vec::new();
        for sample in samples {
            match thinned.last_mut() {
                Some(last) if (last.at_ms - 1 - start) / stretch_ms == (sample.at_ms - 1 - start) / stretch_ms => {
                    *last = last.joined(&sample);
                }
                _ => thinned.push(sample),
            }
        }
        thinned
    }

    /// Takes up a sample that is ten minutes old.
    fn keep(&mut self, sample: Sample) {
        match self.older.back_mut() {
            Some(last) if last.span_ms + sample.span_ms <= self.older_s * INTERVAL_MS => *last = last.joined(&sample),
            _ => self.older.push_back(sample),
        }
        if OLDER_MAX < self.older.len() {
            self.older_s *= 2;
            let mut halved: VecDeque<Sample> = VecDeque::with_capacity(OLDER_MAX);
            for (index, sample) in self.older.iter().enumerate() {
                match halved.back_mut() {
                    Some(last) if index % 2 == 1 => *last = last.joined(sample),
                    _ => halved.push_back(*sample),
                }
            }
            self.older = halved;
        }
    }
}

impl Sample {
    /// This one and the next as one. Percentiles cannot be joined, so the slower ones stand for both.
    fn joined(&self, next: &Self) -> Self {
        let slower = |one: Percentiles, other: Percentiles| Percentiles {
            p50_us: one.p50_us.max(other.p50_us),
            p95_us: one.p95_us.max(other.p95_us),
            p99_us: one.p99_us.max(other.p99_us),
        };
        Self {
            at_ms: next.at_ms,
            span_ms: self.span_ms + next.span_ms,
            environments: self.environments.max(next.environments),
            requests: self.requests + next.requests,
            invocations: self.invocations + next.invocations,
            first_byte: match (self.first_byte, next.first_byte) {
                (Some(one), Some(other)) => Some(slower(one, other)),
                (one, other) => one.or(other),
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn run(seconds: u64) -> Timeline {
        let (mut timeline, mut counts) = (Timeline::default(), Counts::default());
        for second in 1..=seconds {
            counts.edge.requests += 3;
            counts.environments.now = second;
            counts.edge.answer_times.record(second.min(100));
            timeline.push(second * 1_000, &counts);
        }
        timeline
    }

    #[test]
    fn a_sample_is_what_came_since_the_one_before() {
        let timeline = run(3);
        let last = timeline.samples().last().unwrap();
        let first_byte = Some(Percentiles { p50_us: 3, p95_us: 3, p99_us: 3 });
        let want = Sample { at_ms: 3_000, span_ms: 1_000, environments: 3, requests: 3, invocations: 0, first_byte };
        assert_eq!(*last, want);
    }

    #[test]
    fn a_second_sample_within_a_second_is_left_out() {
        let mut timeline = run(1);
        timeline.push(1_500, &Counts::default());
        assert_eq!(timeline.samples().count(), 1);
    }

    #[test]
    fn whatever_the_length_the_memory_is_bounded_and_nothing_is_lost() {
        for (case, seconds, count) in
            [("all of ten minutes", 600, 600), ("then two seconds a sample", 1_800, 1_200), ("then four", 1_802, 901)]
        {
            let timeline = run(seconds);
            assert_eq!(timeline.samples().count(), count, "{case}");
            assert_eq!(timeline.samples().map(|sample| sample.requests).sum::<u64>(), 3 * seconds, "{case}");
            assert_eq!(timeline.samples().map(|sample| sample.span_ms).sum::<u64>(), 1_000 * seconds, "{case}");
        }
        let long = run(50_000);
        assert!(long.samples().count() <= SAMPLES_MAX);
        assert_eq!(long.samples().map(|sample| sample.requests).sum::<u64>(), 150_000);
    }

    #[test]
    fn thinned_samples_cover_the_same_time() {
        for (seconds, max) in [(1, 10), (10, 10), (95, 10), (1_900, 120)] {
            let thinned = run(seconds).thinned(max);
            assert!(thinned.len() <= max, "{seconds}");
            assert_eq!(thinned.iter().map(|sample| sample.requests).sum::<u64>(), 3 * seconds, "{seconds}");
            assert_eq!(thinned.last().unwrap().environments, seconds, "{seconds}");
        }
        assert!(Timeline::default().thinned(10).is_empty());
    }
}
