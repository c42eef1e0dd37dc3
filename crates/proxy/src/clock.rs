//! The time, which tests hold still.

use edge::UnixMs;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{SystemTime, UNIX_EPOCH};

/// Where the time comes from.
#[derive(Clone, Debug, Default)]
pub struct Clock(Option<Arc<AtomicU64>>);

impl Clock {
    /// The machine's.
    pub fn system() -> Self {
        Self(None)
    }

    /// One that stands still until it is told to go on. Copies go with it.
    pub fn fixed(at: UnixMs) -> Self {
        Self(Some(Arc::new(AtomicU64::new(at.0))))
    }

    /// Lets so many seconds pass; the machine's clock does not listen.
    pub fn advance_seconds(&self, seconds: u64) {
        if let Some(fixed) = &self.0 {
            fixed.fetch_add(seconds.saturating_mul(1_000), Ordering::SeqCst);
        }
    }

    /// Now.
    pub fn now(&self) -> UnixMs {
        match &self.0 {
            Some(fixed) => UnixMs(fixed.load(Ordering::SeqCst)),
            None => system_now(),
        }
    }
}

#[expect(clippy::disallowed_methods, reason = "this is the clock that the rest of the crate is given")]
fn system_now() -> UnixMs {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    UnixMs(u64::try_from(since.as_millis()).unwrap_or(u64::MAX))
}
