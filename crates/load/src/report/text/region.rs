//! What a local region says of a run, for people: invocations, cold starts, costs.

use super::{Many, Time};
use crate::options::decimal;
use crate::report::RegionReport;
use serde_json::Value;
use std::fmt::{Display, Formatter, Result};

/// Digits behind the point of a region's amounts.
const USD_DIGITS: usize = 12;
/// Millionths of a millionth of a dollar in the smallest amount that is told.
const PICO_IN_A_MICRO: u64 = 1_000_000;
const MICRO_IN_A_DOLLAR: u64 = 1_000_000;

impl Display for RegionReport {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        if self.after.is_null() {
            return writeln!(f, "\nThe region did not answer after the run: what it counted is not known.");
        }
        writeln!(f)?;
        self.starts(f)?;
        self.costs(f)?;
        writeln!(f, "All that the region counted meanwhile is in the JSON, under `region`.")
    }
}

impl RegionReport {
    fn starts(&self, f: &mut Formatter<'_>) -> Result {
        let counted =
            |name: &str| self.difference.pointer(&format!("/counts/invocations/{name}")).and_then(Value::as_u64);
        let (Some(count), Some(cold)) = (counted("count"), counted("cold")) else { return Ok(()) };
        write!(f, "In the region meanwhile: {}, {}", Many(count, "invocation"), Many(cold, "cold start"))?;
        if let Some(mean) = counted("init_us").and_then(|init_us| init_us.checked_div(cold)) {
            write!(f, " of {} in the mean", Time(mean))?;
        }
        for (name, what) in [("failed", "failed"), ("throttled", "turned away")] {
            match counted(name) {
                None | Some(0) => {}
                Some(count) => write!(f, ", {count} {what}")?,
            }
        }
        writeln!(f, ".")
    }

    fn costs(&self, f: &mut Formatter<'_>) -> Result {
        let (Some(before_free), Some(after_free)) = (self.cost("before_free"), self.cost("after_free")) else {
            return Ok(());
        };
        write!(f, "It cost {before_free} if nothing were free, {after_free} above what is free in a month")?;
        let not_known = self.after.pointer("/so_far/before_free/not_known").and_then(Value::as_array);
        let items = not_known.into_iter().flatten().filter_map(Value::as_str).map(|item| item.replace('_', " "));
        match items.collect::<Vec<_>>().join(", ") {
            items if items.is_empty() => writeln!(f, "."),
            items => writeln!(f, "; not in it, as no price is known: {items}."),
        }
    }

    /// What a sum of the bill grew by. Its amounts are exact decimals in text.
    fn cost(&self, sum: &str) -> Option<Dollars> {
        let pico = |report: &Value| {
            decimal(report.pointer(&format!("/so_far/{sum}/usd")).and_then(Value::as_str)?, USD_DIGITS)
        };
        pico(&self.after)?.checked_sub(pico(&self.before)?).map(Dollars)
    }
}

/// Dollars for people, in millionths of a millionth.
struct Dollars(u64);

impl Display for Dollars {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        match self.0 {
            0 => f.write_str("$0.00"),
            1..PICO_IN_A_MICRO => f.write_str("under $0.000001"),
            pico => {
                let micro = pico / PICO_IN_A_MICRO + u64::from(PICO_IN_A_MICRO / 2 <= pico % PICO_IN_A_MICRO);
                let part = format!("{:06}", micro % MICRO_IN_A_DOLLAR);
                write!(f, "${}.{:0<2}", micro / MICRO_IN_A_DOLLAR, part.trim_end_matches('0'))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::region::difference;
    use serde_json::json;

    fn told(before: Value, after: Value) -> String {
        let difference = difference(&before, &after);
        RegionReport { before, after, difference }.to_string()
    }

    #[test]
    fn a_run_is_told_by_what_grew() {
        let report = |count: u64, cold: u64, init_us: u64, usd: &str, not_known: &[&str]| {
            json!({
                "counts": {"invocations": {"count": count, "cold": cold, "init_us": init_us, "failed": 1, "throttled": cold}},
                "so_far": {"before_free": {"usd": usd, "not_known": not_known}, "after_free": {"usd": "0", "not_known": []}},
            })
        };
        let text =
            told(report(2, 1, 9_000, "0.5", &[]), report(12, 4, 69_000, "0.501234499999", &["store_gets", "letters"]));
        assert_eq!(
            text.lines().collect::<Vec<_>>(),
            [
                "",
                "In the region meanwhile: 10 invocations, 3 cold starts of 20.0 ms in the mean, 3 turned away.",
                "It cost $0.001234 if nothing were free, $0.00 above what is free in a month; not in it, as no price is \
                 known: store gets, letters.",
                "All that the region counted meanwhile is in the JSON, under `region`.",
            ]
        );
        let same = report(5, 2, 8, "7", &[]);
        let text = told(same.clone(), same);
        assert!(text.contains("0 invocations, 0 cold starts.\nIt cost $0.00 if nothing"), "{text}");
    }

    #[test]
    fn what_a_region_does_not_say_is_left_out() {
        let text = told(json!({"starts": 1}), json!({"starts": 2}));
        assert_eq!(text, "\nAll that the region counted meanwhile is in the JSON, under `region`.\n");
        assert!(told(json!({"starts": 1}), Value::Null).contains("did not answer after the run"));
    }

    #[test]
    fn small_amounts_are_told_by_the_digits_that_count() {
        for (pico, want) in [
            (0, "$0.00"),
            (999_999, "under $0.000001"),
            (1_500_000, "$0.000002"),
            (1_234_567_000_000, "$1.234567"),
            (2_500_000_000_000, "$2.50"),
            (2_999_999_600_000, "$3.00"),
        ] {
            assert_eq!(Dollars(pico).to_string(), want, "{pico}");
        }
    }
}
