//! Moments, as callers bring them in.

use http::HeaderValue;
use std::time::{Duration, UNIX_EPOCH};

/// A moment: milliseconds since 1970-01-01T00:00:00Z.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct UnixMs(pub u64);

impl UnixMs {
    /// Whole seconds since 1970.
    pub fn seconds(self) -> u64 {
        self.0 / 1_000
    }

    /// Milliseconds from `earlier` to here; 0 if it is later.
    pub fn since(self, earlier: Self) -> u64 {
        self.0.saturating_sub(earlier.0)
    }

    /// So many seconds later.
    #[must_use]
    pub fn plus_seconds(self, seconds: u64) -> Self {
        Self(self.0.saturating_add(seconds.saturating_mul(1_000)))
    }

    /// As headers say it (RFC 9110, 5.6.7).
    pub fn http_date(self) -> HeaderValue {
        /// The last second that a date of HTTP can name: the end of the year 9999.
        const SECONDS_MAX: u64 = 253_402_300_799;
        let text = httpdate::fmt_http_date(UNIX_EPOCH + Duration::from_secs(self.seconds().min(SECONDS_MAX)));
        HeaderValue::from_str(&text).unwrap_or_else(|_| HeaderValue::from_static("Thu, 01 Jan 1970 00:00:00 GMT"))
    }

    /// Reads a date of HTTP; `None` for what is none.
    pub(crate) fn parse_http_date(value: &HeaderValue) -> Option<Self> {
        let time = httpdate::parse_http_date(value.to_str().ok()?).ok()?;
        let since = time.duration_since(UNIX_EPOCH).ok()?;
        Some(Self(since.as_secs().saturating_mul(1_000)))
    }
}
