//! Moments: UTC microseconds. The domain takes them as values and has no clock of its own.

use std::fmt;

/// Microseconds since 1970-01-01T00:00:00Z.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Default)]
pub struct Moment(i64);

impl Moment {
    /// So many microseconds after the epoch.
    pub const fn from_micros(micros: i64) -> Self {
        Self(micros)
    }

    /// Microseconds after the epoch.
    pub const fn micros(self) -> i64 {
        self.0
    }

    /// Later by so many milliseconds; stays at the end of time when that is passed.
    pub const fn plus_ms(self, ms: i64) -> Self {
        Self(self.0.saturating_add(ms.saturating_mul(1_000)))
    }

    /// Milliseconds from `earlier` to `self`; negative if it is later.
    pub const fn ms_since(self, earlier: Self) -> i64 {
        self.0.saturating_sub(earlier.0) / 1_000
    }

    /// RFC 3339 in UTC, to the second.
    pub fn to_rfc3339(self) -> String {
        match jiff::Timestamp::from_microsecond(self.0) {
            Ok(moment) => format!("{:.0}", moment),
            Err(_) => format!("{} us", self.0),
        }
    }

    /// Reads RFC 3339.
    pub fn parse_rfc3339(raw: &str) -> Option<Self> {
        raw.trim().parse::<jiff::Timestamp>().ok().map(|moment| Self(moment.as_microsecond()))
    }
}

impl fmt::Debug for Moment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.to_rfc3339())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn moments_print_and_read_rfc_3339() {
        let moment = Moment::parse_rfc3339("2026-11-24T03:02:01Z").unwrap();
        assert_eq!(moment.to_rfc3339(), "2026-11-24T03:02:01Z");
        assert_eq!(moment.plus_ms(60_000).ms_since(moment), 60_000);
        assert_eq!(Moment::from_micros(i64::MAX).plus_ms(1), Moment::from_micros(i64::MAX));
        assert!(!Moment::from_micros(i64::MAX).to_rfc3339().is_empty());
    }
}
