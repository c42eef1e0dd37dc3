//! Who is told of every request: an access log, a bill.

use crate::cache_status::CacheResult;
use edge::UnixMs;
use http::{Method, StatusCode, Uri};
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// One request and what became of it. Its bytes are those of the body.
#[derive(Clone, Debug)]
pub struct Record {
    /// When it came.
    pub at: UnixMs,
    /// Who asked.
    pub viewer: SocketAddr,
    /// How.
    pub method: Method,
    /// For what, as it was sent.
    pub uri: Uri,
    /// The behaviour's place in the description; `None` where the request was refused before.
    pub behaviour: Option<usize>,
    /// What the cache did.
    pub result: CacheResult,
    /// The answer's status.
    pub status: StatusCode,
    /// Bytes of the answer's body that went out.
    pub body_bytes: u64,
    /// How long the origin took to its first byte, where it was asked.
    pub origin_time: Option<Duration>,
    /// From the request's headers to the last byte handed on.
    pub total_time: Duration,
    /// Whether the body was cut off before its end.
    pub cut_off: bool,
}

/// Is told of every request, in the middle of it: whatever takes time is to be done elsewhere.
pub trait Observer: Send + Sync {
    /// A request is over.
    fn observe(&self, record: &Record);
}

/// Nobody.
#[derive(Clone, Copy, Debug, Default)]
pub struct NoObserver;

impl Observer for NoObserver {
    fn observe(&self, _: &Record) {}
}

/// A record that is told when the answer's body is over, or dropped.
pub(crate) struct Pending {
    pub(crate) record: Record,
    pub(crate) began: Instant,
    pub(crate) observer: Arc<dyn Observer>,
    pub(crate) ended: bool,
    /// Bytes of the body, where they were said.
    pub(crate) expected: Option<u64>,
}

impl Drop for Pending {
    fn drop(&mut self) {
        self.record.total_time = self.began.elapsed();
        self.record.cut_off = !self.ended && self.expected != Some(self.record.body_bytes);
        self.observer.observe(&self.record);
    }
}
