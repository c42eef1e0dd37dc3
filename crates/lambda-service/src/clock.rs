//! The time, which a test can hold still.
//!
//! Idle times, ages, rates, waits between attempts and time-outs of functions follow this clock; durations in reports
//! are measured.

use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use tokio::sync::watch;

/// The machine's clock, or one that stands until it is moved. Clones show the same time.
#[derive(Debug, Clone)]
pub struct Clock(Source);

#[derive(Debug, Clone)]
enum Source {
    Machine,
    Held(Arc<watch::Sender<u64>>),
}

impl Clock {
    /// The machine's own.
    pub fn machine() -> Self {
        Self(Source::Machine)
    }

    /// One that stands at `epoch_ms`, milliseconds since 1970, until [`Self::advance`] is called.
    pub fn held_at(epoch_ms: u64) -> Self {
        Self(Source::Held(Arc::new(watch::channel(epoch_ms).0)))
    }

    /// Milliseconds since 1970.
    pub fn now_ms(&self) -> u64 {
        match &self.0 {
            Source::Machine => machine_ms(),
            Source::Held(now_ms) => *now_ms.borrow(),
        }
    }

    /// Moves a held clock on and wakes whoever waited for that time; the machine's clock moves by itself.
    pub fn advance(&self, by: Duration) {
        if let Source::Held(now_ms) = &self.0 {
            let by_ms = u64::try_from(by.as_millis()).unwrap_or(u64::MAX);
            now_ms.send_modify(|now_ms| *now_ms = now_ms.saturating_add(by_ms));
        }
    }

    /// Comes back once it is `at_ms` or later.
    pub(crate) async fn wait_until(&self, at_ms: u64) {
        match &self.0 {
            Source::Machine => {
                let left_ms = at_ms.saturating_sub(machine_ms());
                tokio::time::sleep(Duration::from_millis(left_ms)).await;
            }
            Source::Held(now_ms) => {
                // The sender lives in `self`, so the wait can only end by the time.
                let _ = now_ms.subscribe().wait_for(|now_ms| at_ms <= *now_ms).await;
            }
        }
    }

    /// Comes back after `ms` milliseconds.
    pub(crate) async fn wait_ms(&self, ms: u64) {
        self.wait_until(self.now_ms().saturating_add(ms)).await;
    }
}

#[expect(clippy::disallowed_methods, reason = "this is the clock that the service takes its time from")]
fn machine_ms() -> u64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    u64::try_from(since.as_millis()).unwrap_or(u64::MAX)
}

/// `2026-11-29T17:00:00.000+0000`, as Lambda writes the time of a change.
pub(crate) fn stamp(epoch_ms: u64) -> String {
    format_time(epoch_ms, "%Y-%m-%dT%H:%M:%S%.3f+0000")
}

/// `2026-11-29T17:00:00.000Z`, as Lambda writes times into logs.
pub(crate) fn log_time(epoch_ms: u64) -> String {
    format_time(epoch_ms, "%Y-%m-%dT%H:%M:%S%.3fZ")
}

/// The time in UTC by a pattern of `strftime`.
pub(crate) fn format_time(epoch_ms: u64, pattern: &str) -> String {
    let ms = i64::try_from(epoch_ms).unwrap_or(i64::MAX);
    let time = jiff::Timestamp::from_millisecond(ms).unwrap_or(jiff::Timestamp::MAX);
    time.strftime(pattern).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_written_as_lambda_writes_them() {
        assert_eq!(stamp(1_796_058_000_123), "2026-11-30T17:00:00.123+0000");
        assert_eq!(log_time(0), "1970-01-01T00:00:00.000Z");
    }

    #[tokio::test]
    async fn a_held_clock_wakes_whoever_waited() {
        let clock = Clock::held_at(1_000);
        let waiting = tokio::spawn({
            let clock = clock.clone();
            async move { clock.wait_until(3_000).await }
        });
        clock.advance(Duration::from_secs(1));
        assert!(!waiting.is_finished());
        clock.advance(Duration::from_secs(1));
        waiting.await.unwrap();
        assert_eq!(clock.now_ms(), 3_000);
    }
}
