//! What was done, for whoever must find out why a run failed; and its sum, by which two runs are compared.

use std::collections::VecDeque;
use std::fmt::Arguments;
use std::hash::{DefaultHasher, Hash as _, Hasher as _};

/// Lines that a failure shows; a run that is asked for by its seed tells everything.
const LINES_MAX: usize = 200;
const LINES_ASKED_MAX: usize = 1_000_000;

/// The last lines of a run, and the sum of all. Dropped in a panic it tells how to see that again.
pub(crate) struct Trace {
    seed: u64,
    steps: usize,
    step: usize,
    lines: VecDeque<String>,
    lines_max: usize,
    sum: DefaultHasher,
}

impl Trace {
    pub(crate) fn new(seed: u64, steps: usize) -> Self {
        let lines_max = if std::env::var_os("SIMULATION_SEED").is_some() { LINES_ASKED_MAX } else { LINES_MAX };
        Self { seed, steps, step: 0, lines: VecDeque::new(), lines_max, sum: DefaultHasher::new() }
    }

    pub(crate) fn begin_step(&mut self, step: usize) {
        self.step = step;
    }

    /// Notes what happened.
    pub(crate) fn note(&mut self, what: Arguments<'_>) {
        let line = what.to_string();
        line.hash(&mut self.sum);
        if self.lines.len() >= self.lines_max {
            self.lines.pop_front();
        }
        self.lines.push_back(line);
    }

    /// The sum of everything that was noted.
    pub(crate) fn sum(&self) -> u64 {
        self.sum.finish()
    }
}

impl Drop for Trace {
    fn drop(&mut self) {
        if std::thread::panicking() {
            let lines: Vec<&str> = self.lines.iter().map(String::as_str).collect();
            eprintln!("{}", lines.join("\n"));
            eprintln!(
                "failed with seed {seed} at step {step}; see it again with\n  \
                 SIMULATION_SEED={seed} SIMULATION_STEPS={steps} cargo test --workspace --test simulation whatever_fails",
                seed = self.seed,
                step = self.step,
                steps = self.steps,
            );
        }
    }
}
