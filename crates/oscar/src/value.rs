//! Cells as text, and what they mean: one reading for both engines.
//!
//! PostgreSQL casts each cell to text itself; on SQLite a number becomes its shortest text that reads back as the
//! same number, which is exact for the decimals that Django stored.

use commerce::decimal::{DECIMAL_SCALE_MAX, Decimal};
use commerce::moment::Moment;

/// A number, and whether it is all that the text said.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Number {
    pub(crate) value: Decimal,
    pub(crate) exact: bool,
}

/// Reads a decimal. Digits past [`DECIMAL_SCALE_MAX`] are cut, so that a later rounding half up sees the true digits.
pub(crate) fn decimal(text: &str) -> Option<Number> {
    if let Ok(value) = Decimal::parse(text) {
        return Some(Number { value, exact: true });
    }
    // A float prints without exponent, so its digits can be cut as text.
    let plain = if text.contains(['e', 'E']) { text.trim().parse::<f64>().ok()?.to_string() } else { text.to_owned() };
    let (whole, fraction) = plain.split_once('.')?;
    let kept = fraction.get(..usize::from(DECIMAL_SCALE_MAX))?;
    let value = Decimal::parse(&format!("{whole}.{kept}")).ok()?;
    fraction.trim().bytes().all(|digit| digit.is_ascii_digit()).then_some(Number { value, exact: false })
}

/// Reads a measured number: digits past [`DECIMAL_SCALE_MAX`] are noise of binary floats and are rounded.
pub(crate) fn measured(text: &str) -> Option<Number> {
    if let Ok(value) = Decimal::parse(text) {
        return Some(Number { value, exact: true });
    }
    let float = text.trim().parse::<f64>().ok()?;
    let value = Decimal::parse(&format!("{float:.*}", usize::from(DECIMAL_SCALE_MAX))).ok()?;
    Some(Number { value, exact: false })
}

/// Reads 0 and 1 of SQLite, `true` and `false` of PostgreSQL.
pub(crate) fn flag(text: &str) -> Option<bool> {
    match text.trim() {
        "1" | "t" | "true" => Some(true),
        "0" | "f" | "false" => Some(false),
        _ => None,
    }
}

/// Reads a whole number.
pub(crate) fn integer(text: &str) -> Option<i64> {
    text.trim().parse().ok()
}

/// Reads a day.
pub(crate) fn date(text: &str) -> Option<jiff::civil::Date> {
    text.trim().parse().ok()
}

/// Reads a moment with offset as PostgreSQL prints it, or without one as Django stores UTC on SQLite.
pub(crate) fn moment(text: &str) -> Option<Moment> {
    let text = text.trim();
    let timestamp = text.parse::<jiff::Timestamp>().ok().or_else(|| {
        let civil = text.parse::<jiff::civil::DateTime>().ok()?;
        jiff::tz::Offset::UTC.to_timestamp(civil).ok()
    })?;
    Some(Moment::from_micros(timestamp.as_microsecond()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn amounts_are_read_digit_by_digit() {
        for (text, want) in [
            ("12.63", Some(("12.63", true))),
            ("90", Some(("90", true))),
            ("12.5000000000001", Some(("12.5", false))),
            ("0.004999999999999999", Some(("0.004999999999", false))),
            ("1e-20", Some(("0", false))),
            ("1e300", None),
            ("12.50x0000000000000", None),
            ("12,50", None),
            ("NaN", None),
            ("", None),
        ] {
            let got = decimal(text).map(|number| (number.value.to_string(), number.exact));
            assert_eq!(got.as_ref().map(|(value, exact)| (value.as_str(), *exact)), want, "{text}");
        }
    }

    #[test]
    fn measured_numbers_lose_the_noise_of_floats() {
        for (text, want) in [("0.30000000000000004", "0.3"), ("2.9999999999999996", "3"), ("1.86", "1.86")] {
            assert_eq!(measured(text).map(|number| number.value.to_string()).as_deref(), Some(want), "{text}");
        }
        assert_eq!(measured("inf"), None);
    }

    #[test]
    fn moments_of_both_engines_agree() {
        let want = Moment::parse_rfc3339("2026-11-23T10:34:04.60024Z");
        for text in ["2026-11-23 10:34:04.600240", "2026-11-23 10:34:04.60024+00", "2026-11-23 12:34:04.60024+02:00"] {
            assert_eq!(moment(text), want, "{text}");
        }
        for text in ["", "yesterday", "infinity", "2026-02-30 00:00:00"] {
            assert_eq!(moment(text), None, "{text}");
        }
        assert_eq!(date("2021-02-14"), Some(jiff::civil::date(2021, 2, 14)));
        assert_eq!(date("2021-02-31"), None);
    }

    proptest! {
        #[test]
        fn money_in_a_float_column_comes_back_exactly(minor in -999_999_999_999_i64..999_999_999_999) {
            let text = Decimal::new(minor, 2).unwrap().to_string();
            let float: f64 = text.parse().unwrap();
            prop_assert_eq!(decimal(&float.to_string()).unwrap().value.scaled(2), Ok(minor));
        }

        #[test]
        fn no_text_panics(text in "\\PC{0,40}") {
            let _ = (decimal(&text), measured(&text), flag(&text), integer(&text), date(&text), moment(&text));
        }
    }
}
