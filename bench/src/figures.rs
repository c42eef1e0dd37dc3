//! Medians, percentiles and ratios, in whole numbers.

use std::time::{Duration, Instant};

/// Since then, in microseconds.
pub(crate) fn micros_since(start: Instant) -> u64 {
    micros(start.elapsed())
}

/// In microseconds.
pub(crate) fn micros(duration: Duration) -> u64 {
    u64::try_from(duration.as_micros()).unwrap_or(u64::MAX)
}

/// The value below which so many of a hundred lie; 0 of nothing.
pub(crate) fn percentile(sorted: &[u64], percent: usize) -> u64 {
    let place = (sorted.len() * percent).div_ceil(100).saturating_sub(1);
    sorted.get(place).copied().unwrap_or_default()
}

/// The middle one.
pub(crate) fn median(values: &[u64]) -> u64 {
    let mut sorted = values.to_vec();
    sorted.sort_unstable();
    percentile(&sorted, 50)
}

/// `a / b` with two decimals.
pub(crate) fn ratio(a: u64, b: u64) -> String {
    let hundredths = a.saturating_mul(100) / b.max(1);
    format!("{}.{:02}", hundredths / 100, hundredths % 100)
}

/// So many in that time, a second.
pub(crate) fn per_second(count: u64, micros: u64) -> u64 {
    count.saturating_mul(1_000_000) / micros.max(1)
}

/// Microseconds as milliseconds with two decimals.
pub(crate) fn ms(micros: u64) -> String {
    ratio(micros, 1_000)
}

/// What the machine did besides: a figure that was taken while others worked says so.
pub(crate) fn load_average() -> String {
    let text = std::fs::read_to_string("/proc/loadavg").unwrap_or_default();
    text.split(' ').next().unwrap_or("?").to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percentiles_are_values_that_occurred() {
        let hundred: Vec<u64> = (1..=100).collect();
        for (case, values, percent, want) in [
            ("of nothing", &[][..], 50, 0),
            ("of one", &[7], 99, 7),
            ("the middle", &hundred, 50, 50),
            ("nearly all", &hundred, 99, 99),
            ("all", &hundred, 100, 100),
        ] {
            assert_eq!(percentile(values, percent), want, "{case}");
        }
        assert_eq!(median(&[9, 1, 5]), 5);
    }

    #[test]
    fn ratios_have_two_decimals_and_survive_nothing() {
        assert_eq!(ratio(7, 10), "0.70");
        assert_eq!(ratio(5, 0), "5.00");
        assert_eq!(ms(12_345), "12.34");
        assert_eq!(per_second(10, 500_000), 20);
    }
}
