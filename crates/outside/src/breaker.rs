//! Lets whoever does not answer rest, so that a dead module does not add its deadline to every basket.

use commerce::moment::Moment;
use std::sync::{Mutex, PoisonError};

/// So many questions in a row without an answer, and an address is left alone.
pub const FAILURES_IN_A_ROW_MAX: u32 = 5;
/// How long it is left alone then, in milliseconds. After that one question is let through, and its fate decides.
pub const REST_MS: i64 = 30_000;

/// Who may ask an address now. The lock is held for a few instructions, never while anybody waits.
#[derive(Debug)]
pub(crate) struct Breaker {
    state: Mutex<State>,
}

#[derive(Debug)]
struct State {
    mode: Mode,
    /// Grows with every change of mode: the fate of a question that was admitted before says nothing of now.
    age: u64,
}

#[derive(Debug, Clone, Copy)]
enum Mode {
    /// Everybody may ask; so many in a row were not answered.
    Open { failures: u32 },
    /// Nobody may ask, from then on for [`REST_MS`].
    Resting { since: Moment },
    /// One is asking.
    Probing { since: Moment },
}

/// Leave to ask once. Dropped without a word (whoever asked has gone away), it counts for nothing.
#[derive(Debug)]
pub(crate) struct Admission<'b> {
    breaker: &'b Breaker,
    age: u64,
}

/// What a question's fate has changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Change {
    /// Nothing.
    None,
    /// The address is left alone from now on.
    Rests,
    /// The address may be asked by everybody again.
    Back,
}

impl Breaker {
    /// Lets everybody ask.
    pub(crate) fn new() -> Self {
        Self { state: Mutex::new(State { mode: Mode::Open { failures: 0 }, age: 0 }) }
    }

    /// Leave to ask, or none while the address rests or a probe is under way.
    pub(crate) fn admit(&self, now: Moment) -> Option<Admission<'_>> {
        self.with(|state| {
            match state.mode {
                Mode::Open { .. } => {}
                // A clock that was put back must not prolong the rest.
                Mode::Resting { since } if !(0..REST_MS).contains(&now.ms_since(since)) => {
                    state.turn(Mode::Probing { since });
                }
                Mode::Resting { .. } | Mode::Probing { .. } => return None,
            }
            Some(Admission { breaker: self, age: state.age })
        })
    }

    fn with<T>(&self, work: impl FnOnce(&mut State) -> T) -> T {
        // Every change is a single assignment, so that a panic elsewhere leaves nothing half done.
        work(&mut self.state.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl State {
    fn turn(&mut self, mode: Mode) {
        self.mode = mode;
        self.age = self.age.wrapping_add(1);
    }
}

impl Admission<'_> {
    /// There was an answer.
    pub(crate) fn answered(self) -> Change {
        self.breaker.with(|state| match state.mode {
            _ if state.age != self.age => Change::None,
            Mode::Open { .. } => {
                state.mode = Mode::Open { failures: 0 };
                Change::None
            }
            Mode::Probing { .. } | Mode::Resting { .. } => {
                state.turn(Mode::Open { failures: 0 });
                Change::Back
            }
        })
    }

    /// There was none.
    pub(crate) fn failed(self, now: Moment) -> Change {
        self.breaker.with(|state| match state.mode {
            _ if state.age != self.age => Change::None,
            Mode::Open { failures } if failures.saturating_add(1) < FAILURES_IN_A_ROW_MAX => {
                state.mode = Mode::Open { failures: failures.saturating_add(1) };
                Change::None
            }
            Mode::Open { .. } => {
                state.turn(Mode::Resting { since: now });
                Change::Rests
            }
            // It was told when it began to rest.
            Mode::Probing { .. } | Mode::Resting { .. } => {
                state.turn(Mode::Resting { since: now });
                Change::None
            }
        })
    }
}

impl Drop for Admission<'_> {
    fn drop(&mut self) {
        self.breaker.with(|state| {
            if let (Mode::Probing { since }, true) = (state.mode, state.age == self.age) {
                // Its rest is over, so that the next one is the probe.
                state.turn(Mode::Resting { since });
            }
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const START: Moment = Moment::from_micros(1_790_000_000_000_000);

    fn at(ms: i64) -> Moment {
        START.plus_ms(ms)
    }

    /// A breaker whose address began to rest at [`START`].
    fn resting() -> Breaker {
        let breaker = Breaker::new();
        for failure in 1..=FAILURES_IN_A_ROW_MAX {
            let change = breaker.admit(START).unwrap().failed(START);
            assert_eq!(change == Change::Rests, failure == FAILURES_IN_A_ROW_MAX, "failure {failure}");
        }
        breaker
    }

    #[test]
    fn failures_in_a_row_end_in_a_rest_and_an_answer_begins_the_row_anew() {
        let breaker = Breaker::new();
        for _ in 0..3 {
            for _ in 1..FAILURES_IN_A_ROW_MAX {
                assert_eq!(breaker.admit(START).unwrap().failed(START), Change::None);
            }
            assert_eq!(breaker.admit(START).unwrap().answered(), Change::None);
        }
        assert!(breaker.admit(START).is_some());
        assert!(resting().admit(START).is_none());
    }

    #[test]
    fn after_the_rest_one_asks_and_its_fate_decides() {
        let breaker = resting();
        assert!(breaker.admit(at(REST_MS - 1)).is_none(), "still resting");
        let probe = breaker.admit(at(REST_MS)).unwrap();
        assert!(breaker.admit(at(REST_MS)).is_none(), "a second one beside the probe");
        assert_eq!(probe.failed(at(REST_MS + 500)), Change::None);
        assert!(breaker.admit(at(2 * REST_MS + 499)).is_none(), "rests anew from the failure on");
        let probe = breaker.admit(at(2 * REST_MS + 500)).unwrap();
        assert_eq!(probe.answered(), Change::Back);
        let both = (breaker.admit(at(2 * REST_MS + 500)), breaker.admit(at(2 * REST_MS + 500)));
        assert!(both.0.is_some() && both.1.is_some(), "everybody asks again");
    }

    #[test]
    fn a_probe_that_goes_away_leaves_its_place_to_the_next() {
        let breaker = resting();
        drop(breaker.admit(at(REST_MS)).unwrap());
        assert_eq!(breaker.admit(at(REST_MS)).unwrap().answered(), Change::Back);
    }

    #[test]
    fn late_news_of_old_questions_changes_nothing() {
        let breaker = Breaker::new();
        let old: Vec<_> = (0..20).filter_map(|_| breaker.admit(START)).collect();
        for _ in 0..FAILURES_IN_A_ROW_MAX {
            breaker.admit(START).unwrap().failed(START);
        }
        let mut old = old.into_iter();
        assert_eq!(old.next().unwrap().answered(), Change::None);
        assert!(breaker.admit(at(1)).is_none(), "an old answer does not end the rest");
        breaker.admit(at(REST_MS)).unwrap().answered();
        for admission in old {
            assert_eq!(admission.failed(at(REST_MS + 1)), Change::None);
        }
        assert!(breaker.admit(at(REST_MS + 1)).is_some(), "old failures do not begin a rest");
    }

    #[test]
    fn a_clock_that_is_put_back_ends_the_rest() {
        assert!(resting().admit(at(-1)).is_some());
    }

    #[test]
    fn of_many_at_once_one_is_the_probe() {
        let breaker = resting();
        let admitted = std::thread::scope(|scope| {
            let threads: Vec<_> = (0..16).map(|_| scope.spawn(|| breaker.admit(at(REST_MS)))).collect();
            threads.into_iter().filter_map(|thread| thread.join().unwrap()).collect::<Vec<_>>()
        });
        assert_eq!(admitted.len(), 1);
    }
}
