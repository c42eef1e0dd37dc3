//! What an onlooker is told: one record for each request, when it is over.

use std::time::Duration;

use http::StatusCode;

use crate::operation::Operation;

/// Told of every request, in the middle of it: implementations count or hand on, and never wait.
pub trait Observer: Send + Sync + 'static {
    /// A request is over: its answer is out, or nobody reads it any more.
    fn request(&self, _record: &RequestRecord) {}
}

/// Nobody looks on.
#[derive(Debug, Clone, Copy)]
pub struct NoObserver;

impl Observer for NoObserver {}

/// What a request was and cost. Keys are not in it: they may say what is nobody's business.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RequestRecord {
    /// What was asked for. [`Operation::class`] says how S3 bills it; of those that were refused with 403 it bills none.
    pub operation: Operation,
    /// The bucket, by the name in the address, whether it is there or not.
    pub bucket: Option<String>,
    /// Length of the object's key in bytes, as the address has it; 0 without one.
    pub key_bytes: usize,
    /// Bytes of the request's body that came, with what `aws-chunked` adds to them.
    pub bytes_in: u64,
    /// Bytes of the answer's body that went out.
    pub bytes_out: u64,
    /// The answer's status.
    pub status: StatusCode,
    /// From the request's headers to the last byte of the answer.
    pub duration: Duration,
}
