//! How far long work is.

use crate::output;
use std::io::{IsTerminal, Write};
use std::time::{Duration, Instant};

/// How often the progress is told on a terminal, and elsewhere, in milliseconds.
const TERMINAL_EVERY_MS: u64 = 200;
const PLAIN_EVERY_MS: u64 = 5_000;

/// One line that is written over on a terminal, plain lines elsewhere.
pub(super) struct ProgressLine {
    what: &'static str,
    start: Instant,
    told: Option<Instant>,
    is_terminal: bool,
}

impl ProgressLine {
    /// Of things that are called so when they are several.
    pub(super) fn new(what: &'static str) -> Self {
        let is_terminal = std::io::stderr().is_terminal() && std::env::var_os("NO_COLOR").is_none();
        Self { what, start: Instant::now(), told: None, is_terminal }
    }

    pub(super) fn tell(&mut self, done: u64, total: u64) {
        let every = Duration::from_millis(if self.is_terminal { TERMINAL_EVERY_MS } else { PLAIN_EVERY_MS });
        let is_last = done >= total;
        if !is_last && self.told.is_some_and(|told| told.elapsed() < every) {
            return;
        }
        self.told = Some(Instant::now());
        let ms = u64::try_from(self.start.elapsed().as_millis()).unwrap_or(u64::MAX).max(1);
        let rate = done.saturating_mul(1_000) / ms;
        // Before the first second nobody knows.
        let left = total.saturating_sub(done).checked_div(rate);
        let left = left.map(|seconds| format!(", {seconds} s left")).unwrap_or_default();
        let text = format!("{done}/{total} {}, {rate} a second{left}", self.what);
        if self.is_terminal {
            let mut out = std::io::stderr();
            // The end of a longer line before must not stay.
            let _ = write!(out, "\r{text:<70}").and_then(|()| out.flush());
        } else {
            output::note(text);
        }
    }

    pub(super) fn end(&mut self) {
        if self.is_terminal && self.told.is_some() {
            output::note("");
        }
    }
}
