//! What counts against limits: invocations at once, and new environments in ten seconds.

use std::sync::Arc;

use tokio::sync::Notify;

/// Invocations of a function, and its allowance of new environments.
#[derive(Debug)]
pub(super) struct Load {
    pub(super) concurrency: u32,
    pub(super) scaling: Bucket,
    /// Wakes one of those who wait for an invocation to end.
    pub(super) place_free: Arc<Notify>,
}

/// An allowance that fills up continuously, to a limit, and is used up one by one.
#[derive(Debug)]
pub(super) struct Bucket {
    per_10_s: u32,
    /// In ten thousandths: what one millisecond brings of one in ten seconds.
    level: u64,
    at_ms: u64,
}

const WHOLE: u64 = 10_000;

impl Bucket {
    /// A full one.
    pub(super) fn new(per_10_s: u32, now_ms: u64) -> Self {
        Self { per_10_s, level: u64::from(per_10_s) * WHOLE, at_ms: now_ms }
    }

    /// Takes one, if there is one.
    pub(super) fn take(&mut self, now_ms: u64) -> bool {
        let rate = u64::from(self.per_10_s);
        let gained = now_ms.saturating_sub(self.at_ms).saturating_mul(rate);
        self.level = self.level.saturating_add(gained).min(rate * WHOLE);
        self.at_ms = self.at_ms.max(now_ms);
        match self.level.checked_sub(WHOLE) {
            Some(level) => {
                self.level = level;
                true
            }
            None => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Bucket;

    #[test]
    fn an_allowance_fills_up_continuously_and_does_not_pile_up() {
        let mut bucket = Bucket::new(10, 0);
        let mut taken = |now_ms| std::iter::from_fn(|| bucket.take(now_ms).then_some(())).count();
        for (case, now_ms, want) in [
            ("all at the start", 0, 10),
            ("none left", 999, 0),
            ("one each second", 1_000, 1),
            ("half a minute brings no more than the limit", 31_000, 10),
            ("a clock that goes back brings nothing", 30_000, 0),
        ] {
            assert_eq!(taken(now_ms), want, "{case}");
        }
    }
}
