//! What the cache did, for `Cache-Status` (RFC 9211) and for the log.

use edge::{Entry, UnixMs};
use http::{HeaderMap, HeaderName, HeaderValue};
use std::io::Write;

const CACHE_STATUS: HeaderName = HeaderName::from_static("cache-status");
/// Longest text of ours: names and two numbers.
const TEXT_BYTES_MAX: usize = 128;

/// Why the origin was asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reason {
    /// Nothing is kept under the address.
    UriMiss,
    /// What is kept there is another variant.
    VaryMiss,
    /// What is kept is stale.
    Stale,
    /// The viewer asked past the cache.
    Request,
    /// A method that is not answered from the cache.
    Method,
    /// Nothing is kept here.
    Bypass,
}

/// What the cache did.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CacheResult {
    /// Served what is kept.
    Hit,
    /// Served what is kept though it is stale.
    Stale,
    /// Asked whether what is kept is still true; it was.
    Revalidated {
        /// Why.
        reason: Reason,
    },
    /// Asked the origin.
    Miss {
        /// Why.
        reason: Reason,
        /// Whether the answer may be kept.
        stored: bool,
        /// Whether it was the answer to another's request.
        collapsed: bool,
    },
    /// Handed to the origin and back.
    Passed {
        /// Why.
        reason: Reason,
    },
    /// Answered by the edge itself: a refusal, a fault, a function.
    Generated,
}

impl Reason {
    /// As RFC 9211, 2.2, names it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::UriMiss => "uri-miss",
            Self::VaryMiss => "vary-miss",
            Self::Stale => "stale",
            Self::Request => "request",
            Self::Method => "method",
            Self::Bypass => "bypass",
        }
    }
}

impl CacheResult {
    /// One word for a log.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Hit => "Hit",
            Self::Stale => "StaleHit",
            Self::Revalidated { .. } => "RefreshHit",
            Self::Miss { collapsed: true, .. } => "CollapsedMiss",
            Self::Miss { .. } => "Miss",
            Self::Passed { .. } => "Pass",
            Self::Generated => "Generated",
        }
    }

    /// Says it in an answer, behind what caches before this one said.
    pub(crate) fn mark(self, headers: &mut HeaderMap, entry: Option<&Entry>, now: UnixMs) {
        let mut text = [0_u8; TEXT_BYTES_MAX];
        let mut rest = &mut text[..];
        let ttl = entry.map_or(0, |entry| entry.fresh_ms(now).div_euclid(1_000));
        let written = match self {
            Self::Hit | Self::Stale => write!(rest, "tradewind; hit; ttl={ttl}"),
            Self::Revalidated { reason } => write!(rest, "tradewind; fwd={}; fwd-status=304; stored", reason.as_str()),
            Self::Miss { reason, stored, collapsed } => {
                let stored = if stored { "; stored" } else { "" };
                let collapsed = if collapsed { "; collapsed" } else { "" };
                write!(rest, "tradewind; fwd={}{stored}{collapsed}", reason.as_str())
            }
            Self::Passed { reason } => write!(rest, "tradewind; fwd={}", reason.as_str()),
            Self::Generated => return,
        };
        let left = rest.len();
        if let (Ok(()), Ok(value)) = (written, HeaderValue::from_bytes(&text[..TEXT_BYTES_MAX - left])) {
            headers.append(CACHE_STATUS, value);
        }
    }
}
