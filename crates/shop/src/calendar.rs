//! Moments as staff write them: a rule by date means the store's time zone, from the first instant to the last.

use commerce::moment::Moment;
use jiff::civil::Date;
use jiff::tz::TimeZone;

/// What of a day is meant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DayEdge {
    /// Its first instant.
    Begin,
    /// The first instant after it.
    End,
}

/// Neither a day nor a moment.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is neither a day such as 2026-12-27 nor a moment such as 2026-12-27T08:00:00Z")]
pub struct InvalidMoment(String);

/// Reads RFC 3339, or a day.
pub fn parse_moment(raw: &str, edge: DayEdge, zone: &TimeZone) -> Result<Moment, InvalidMoment> {
    if let Some(moment) = Moment::parse_rfc3339(raw) {
        return Ok(moment);
    }
    let first = || {
        let day: Date = raw.trim().parse().ok()?;
        let day = if edge == DayEdge::End { day.tomorrow().ok()? } else { day };
        day.to_zoned_datetime(zone.clone()).ok()
    };
    let first = first().ok_or_else(|| InvalidMoment(raw.chars().take(40).collect()))?;
    Ok(Moment::from_micros(first.timestamp().as_microsecond()))
}

#[cfg(test)]
mod tests {
    use super::*;

    const BERLIN: &str = "CET-1CEST,M3.5.0,M10.5.0/3";

    #[test]
    fn a_day_is_the_stores_and_a_moment_is_itself() {
        for (case, raw, edge, zone, want) in [
            ("a moment", "2026-12-27T08:00:00+01:00", DayEdge::Begin, "UTC0", Some("2026-12-27T07:00:00Z")),
            ("the same as an end", "2026-12-27T08:00:00Z", DayEdge::End, "UTC0", Some("2026-12-27T08:00:00Z")),
            ("a day begins", "2026-12-27", DayEdge::Begin, BERLIN, Some("2026-12-26T23:00:00Z")),
            ("a day ends", "2026-12-27", DayEdge::End, BERLIN, Some("2026-12-27T23:00:00Z")),
            ("the day that clocks go back", "2026-10-25", DayEdge::End, BERLIN, Some("2026-10-25T23:00:00Z")),
            ("no such day", "2026-02-30", DayEdge::Begin, "UTC0", None),
            ("a word", "soon", DayEdge::Begin, "UTC0", None),
            ("nothing", "", DayEdge::End, "UTC0", None),
        ] {
            let zone = TimeZone::posix(zone).unwrap();
            let got = parse_moment(raw, edge, &zone).ok().map(Moment::to_rfc3339);
            assert_eq!(got.as_deref(), want, "{case}");
        }
    }
}
