//! The calendar of a store: what a day means where the store is.

use crate::moment::Moment;
use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;

/// Letters of a day: `2026-05-01`. The parser knows more spellings, and files shall have one.
const DAY_LENGTH: usize = 10;

/// Days in the store's time zone. A rule by date holds from the first instant of its first day to the last microsecond
/// of its last one.
#[derive(Clone, Debug)]
pub struct Calendar(TimeZone);

impl Calendar {
    /// Of a time zone.
    pub fn new(zone: TimeZone) -> Self {
        Self(zone)
    }

    /// Where no store says otherwise.
    pub fn utc() -> Self {
        Self(TimeZone::UTC)
    }

    /// Where something begins that is written as a day or as a moment (RFC 3339).
    pub fn parse_start(&self, raw: &str) -> Option<Moment> {
        parse_day(raw).map_or_else(|| Moment::parse_rfc3339(raw), |day| self.first_of(day))
    }

    /// Where something ends, inclusive, that is written as a day or as a moment.
    pub fn parse_end(&self, raw: &str) -> Option<Moment> {
        parse_day(raw).map_or_else(|| Moment::parse_rfc3339(raw), |day| self.last_of(day))
    }

    /// A start as [`Calendar::parse_start`] reads it: a day where it is the first instant of one.
    pub fn show_start(&self, start: Moment) -> String {
        self.show(start, self.day(start).filter(|day| self.first_of(*day) == Some(start)))
    }

    /// An end as [`Calendar::parse_end`] reads it: a day where it is the last instant of one.
    pub fn show_end(&self, end: Moment) -> String {
        self.show(end, self.day(end).filter(|day| self.last_of(*day) == Some(end)))
    }

    fn show(&self, moment: Moment, whole_day: Option<Date>) -> String {
        match (whole_day, Timestamp::from_microsecond(moment.micros())) {
            (Some(day), _) => day.to_string(),
            // With all its digits, so that the same moment is read back.
            (None, Ok(stamp)) => stamp.to_string(),
            (None, Err(_)) => moment.to_rfc3339(),
        }
    }

    fn day(&self, moment: Moment) -> Option<Date> {
        let stamp = Timestamp::from_microsecond(moment.micros()).ok()?;
        Some(stamp.to_zoned_datetime(self.0.clone()).date())
    }

    /// Midnight, or what comes first where clocks skip midnight.
    fn first_of(&self, day: Date) -> Option<Moment> {
        let first = day.to_zoned_datetime(self.0.clone()).ok()?;
        Some(Moment::from_micros(first.timestamp().as_microsecond()))
    }

    fn last_of(&self, day: Date) -> Option<Moment> {
        let next = self.first_of(day.tomorrow().ok()?)?;
        next.micros().checked_sub(1).map(Moment::from_micros)
    }
}

fn parse_day(raw: &str) -> Option<Date> {
    let raw = raw.trim();
    raw.parse().ok().filter(|_| raw.len() == DAY_LENGTH)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn calendar(zone: &str) -> Calendar {
        Calendar::new(TimeZone::get(zone).unwrap())
    }

    #[test]
    fn a_day_goes_from_its_first_instant_to_its_last() {
        for (case, zone, day, first, last) in [
            ("plain", "UTC", "2026-05-01", "2026-05-01T00:00:00Z", "2026-05-01T23:59:59.999999Z"),
            ("east", "Europe/Berlin", "2026-05-01", "2026-04-30T22:00:00Z", "2026-05-01T21:59:59.999999Z"),
            ("23 hours", "Europe/Berlin", "2026-03-29", "2026-03-28T23:00:00Z", "2026-03-29T21:59:59.999999Z"),
            ("25 hours", "Europe/Berlin", "2026-10-25", "2026-10-24T22:00:00Z", "2026-10-25T22:59:59.999999Z"),
            ("no midnight", "America/Santiago", "2026-09-06", "2026-09-06T04:00:00Z", "2026-09-07T02:59:59.999999Z"),
        ] {
            let calendar = calendar(zone);
            let read = (calendar.parse_start(day), calendar.parse_end(day));
            let want = (Moment::parse_rfc3339(first), Moment::parse_rfc3339(last));
            assert_eq!(read, want, "{case}");
            let shown = (calendar.show_start(read.0.unwrap()), calendar.show_end(read.1.unwrap()));
            assert_eq!(shown, (day.to_owned(), day.to_owned()), "{case}");
        }
    }

    #[test]
    fn what_is_shown_is_read_back() {
        let calendar = calendar("Europe/Berlin");
        for micros in [0, 1, -1, 1_795_489_200_000_000, 1_795_489_200_000_001, 1_777_586_400_000_000] {
            let moment = Moment::from_micros(micros);
            assert_eq!(calendar.parse_start(&calendar.show_start(moment)), Some(moment), "{micros}");
            assert_eq!(calendar.parse_end(&calendar.show_end(moment)), Some(moment), "{micros}");
        }
        assert!(!calendar.show_end(Moment::from_micros(i64::MAX)).is_empty());
    }

    #[test]
    fn other_spellings_are_no_days() {
        let calendar = Calendar::utc();
        for raw in ["", "20260501", "2026-5-1", "2026-02-30", "1 May 2026", "2026-05-01 10:00", "9999-12-31"] {
            assert_eq!(calendar.parse_end(raw), None, "{raw}");
        }
        let moment = "2026-05-01T10:00:00+02:00";
        assert_eq!(calendar.parse_start(moment), Moment::parse_rfc3339("2026-05-01T08:00:00Z"));
    }
}
