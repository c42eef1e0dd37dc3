//! Numbers as people read them. Rounding is half up and happens here only.

use crate::item::{Item, Unit};

/// A number and its unit stay on one line.
const NBSP: char = '\u{a0}';

/// `1,234,567`.
pub(crate) fn whole(number: u128) -> String {
    let digits = number.to_string();
    let mut shown = String::with_capacity(digits.len() + digits.len() / 3);
    for (index, digit) in digits.chars().enumerate() {
        if 0 < index && (digits.len() - index).is_multiple_of(3) {
            shown.push(',');
        }
        shown.push(digit);
    }
    shown
}

/// `value / per` with at most `places` decimals, none that is 0 at the end: `1,234.5`.
pub(crate) fn decimal(value: u128, per: u128, places: u32) -> String {
    let step = 10_u128.pow(places);
    let rounded = (value.saturating_mul(step).saturating_add(per / 2)) / per;
    let part = format!("{:0width$}", rounded % step, width = usize::try_from(places).unwrap_or(0));
    match part.trim_end_matches('0') {
        "" => whole(rounded / step),
        part => format!("{}.{part}", whole(rounded / step)),
    }
}

/// Microseconds with about three digits that count: `0.42 ms`, `12.3 ms`, `345 ms`, `1.23 s`.
pub(crate) fn time(us: u64) -> String {
    let us_wide = u128::from(us);
    match us {
        0..10_000 => format!("{}{NBSP}ms", decimal(us_wide, 1_000, 2)),
        10_000..100_000 => format!("{}{NBSP}ms", decimal(us_wide, 1_000, 1)),
        100_000..1_000_000 => format!("{}{NBSP}ms", decimal(us_wide, 1_000, 0)),
        _ => format!("{}{NBSP}s", decimal(us_wide, 1_000_000, 2)),
    }
}

/// Whole milliseconds, for times that are estimates: `312 ms`.
pub(crate) fn about(us: u64) -> String {
    format!("{}{NBSP}ms", decimal(us.into(), 1_000, 0))
}

/// `95.2 %`.
pub(crate) fn percent(permille: u64) -> String {
    format!("{}{NBSP}%", decimal(permille.into(), 10, 1))
}

/// `45 s`, `12 min 5 s`, `3 h 20 min`, `2 days 4 h`.
pub(crate) fn span(ms: u64) -> String {
    let seconds = ms / 1_000;
    let two = |great: u64, name: &str, small: u64, small_name: &str| match small {
        0 => format!("{great}{NBSP}{name}"),
        small => format!("{great}{NBSP}{name} {small}{NBSP}{small_name}"),
    };
    match seconds {
        0..60 => format!("{seconds}{NBSP}s"),
        60..3_600 => two(seconds / 60, "min", seconds % 60, "s"),
        3_600..86_400 => two(seconds / 3_600, "h", seconds % 3_600 / 60, "min"),
        86_400..172_800 => two(1, "day", seconds % 86_400 / 3_600, "h"),
        _ => two(seconds / 86_400, "days", seconds % 86_400 / 3_600, "h"),
    }
}

/// A quantity of an item with its unit: `12,345 requests`, `0.53 GB-seconds`, `3.2 MB`.
pub(crate) fn quantity(item: Item, grains: u128) -> String {
    let unit = item.unit();
    match unit {
        Unit::Gb if grains < unit.grains() => bytes(grains),
        Unit::Request | Unit::PathOrTag | Unit::Run | Unit::Read | Unit::Letter => {
            format!("{} {}", whole(grains), if grains == 1 { singular(unit) } else { unit.plural() })
        }
        Unit::GbSecond | Unit::Gb | Unit::GbMonth | Unit::Dpu => {
            format!("{} {}", amount(grains, unit.grains()), unit.plural())
        }
    }
}

/// `512 bytes`, `3.2 KB`, `20.1 MB`, `1.5 GB`.
pub(crate) fn bytes(count: u128) -> String {
    match count {
        0..1_024 => format!("{count}{NBSP}bytes"),
        1_024..1_048_576 => format!("{}{NBSP}KB", decimal(count, 1 << 10, 1)),
        1_048_576..1_073_741_824 => format!("{}{NBSP}MB", decimal(count, 1 << 20, 1)),
        _ => format!("{}{NBSP}GB", decimal(count, 1 << 30, 1)),
    }
}

/// Few decimals for much, more for little; what is there is never shown as 0.
fn amount(value: u128, per: u128) -> String {
    let hundred = per * 100;
    match value {
        0 => "0".to_owned(),
        value if hundred <= value => decimal(value, per, 0),
        value if per <= value => decimal(value, per, 2),
        value if value * 20_000 < per => "under 0.0001".to_owned(),
        value => decimal(value, per, 4),
    }
}

/// A unit's own name.
pub(crate) fn singular(unit: Unit) -> &'static str {
    match unit {
        Unit::Request => "request",
        Unit::GbSecond => "GB-second",
        Unit::Gb => "GB",
        Unit::GbMonth => "GB-month",
        Unit::PathOrTag => "path or tag",
        Unit::Run => "run",
        Unit::Read => "read",
        Unit::Dpu => "DPU",
        Unit::Letter => "letter",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// With plain spaces, as one types them.
    fn plain(shown: &str) -> String {
        shown.replace(NBSP, " ")
    }

    #[test]
    fn times_are_short_and_true() {
        for (us, want) in [
            (0, "0 ms"),
            (424, "0.42 ms"),
            (9_996, "10 ms"),
            (12_345, "12.3 ms"),
            (345_678, "346 ms"),
            (1_234_567, "1.23 s"),
        ] {
            assert_eq!(plain(&time(us)), want);
        }
    }

    #[test]
    fn spans_name_their_two_greatest_parts() {
        for (seconds, want) in [
            (45, "45 s"),
            (60, "1 min"),
            (725, "12 min 5 s"),
            (12_000, "3 h 20 min"),
            (90_000, "1 day 1 h"),
            (187_200, "2 days 4 h"),
        ] {
            assert_eq!(plain(&span(seconds * 1_000)), want);
        }
    }

    #[test]
    fn quantities_carry_their_unit() {
        for (item, grains, want) in [
            (Item::LambdaRequests, 1, "1 request"),
            (Item::LambdaRequests, 1_234_567, "1,234,567 requests"),
            (Item::LambdaDurationX86, 512_000, "0.5 GB-seconds"),
            (Item::LambdaDurationX86, 1, "under 0.0001 GB-seconds"),
            (Item::LambdaDurationX86, 1_024_000 * 1_500, "1,500 GB-seconds"),
            (Item::EdgeTransfer, 3_355_443, "3.2 MB"),
            (Item::EdgeTransfer, 3 << 29, "1.5 GB"),
            (Item::DatabaseUnits, 60_000, "0.06 DPU"),
        ] {
            assert_eq!(plain(&quantity(item, grains)), want);
        }
    }

    #[test]
    fn decimals_are_rounded_half_up() {
        for (value, per, places, want) in [(5, 10, 0, "1"), (12_345, 10, 1, "1,234.5"), (1, 3, 3, "0.333")] {
            assert_eq!(decimal(value, per, places), want);
        }
        assert_eq!(plain(&percent(952)), "95.2 %");
        assert_eq!(plain(&bytes(2_048)), "2 KB");
    }
}
