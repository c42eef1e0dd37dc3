//! The time, which a test can hold still.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// The machine's clock, or one that stands until it is moved. Clones show the same time. It says when objects and
/// uploads were put; how old a signature may be follows the machine's clock whatever this one shows.
#[derive(Debug, Clone)]
pub struct Clock(Source);

#[derive(Debug, Clone)]
enum Source {
    Machine,
    Held(Arc<AtomicU64>),
}

impl Clock {
    /// The machine's own.
    pub fn machine() -> Self {
        Self(Source::Machine)
    }

    /// One that stands at `epoch_ms`, milliseconds since 1970, until [`Self::advance`] is called.
    pub fn held_at(epoch_ms: u64) -> Self {
        Self(Source::Held(Arc::new(AtomicU64::new(epoch_ms))))
    }

    /// Milliseconds since 1970.
    pub fn now_ms(&self) -> u64 {
        match &self.0 {
            Source::Machine => machine_ms(),
            Source::Held(now_ms) => now_ms.load(Ordering::SeqCst),
        }
    }

    /// Moves a held clock on; the machine's clock moves by itself.
    pub fn advance(&self, by: Duration) {
        if let Source::Held(now_ms) = &self.0 {
            let by_ms = u64::try_from(by.as_millis()).unwrap_or(u64::MAX);
            let _ =
                now_ms.fetch_update(Ordering::SeqCst, Ordering::SeqCst, |now_ms| Some(now_ms.saturating_add(by_ms)));
        }
    }
}

#[expect(clippy::disallowed_methods, reason = "this is the clock that the service takes its time from")]
fn machine_ms() -> u64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    u64::try_from(since.as_millis()).unwrap_or(u64::MAX)
}
