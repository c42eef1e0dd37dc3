//! Chance that is the same for the same seed, on every machine.

use crate::options::Share;
use std::time::Duration;

/// Longest wait that is drawn, in multiples of the mean: e^-8 of all draws would be longer, and an outlier of an hour
/// would hold a whole run up.
const GAP_MEANS_MAX: u32 = 8;

/// SplitMix64: numbers that look random. Good enough for shoppers; nothing secret hangs on it.
#[derive(Clone, Debug)]
pub(crate) struct Dice(u64);

impl Dice {
    pub(crate) fn new(seed: u64) -> Self {
        Self(seed)
    }

    pub(crate) fn number(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        mix(self.0)
    }

    /// A number below `count`; 0 where that is 0.
    pub(crate) fn below(&mut self, count: usize) -> usize {
        let wide = u128::from(self.number()) * u128::try_from(count).unwrap_or_default();
        usize::try_from(wide >> 64).unwrap_or_default()
    }

    /// One of several; `None` of none.
    pub(crate) fn one_of<'l, T>(&mut self, list: &'l [T]) -> Option<&'l T> {
        let place = self.below(list.len());
        list.get(place)
    }

    /// One of a table by its weights.
    ///
    /// # Panics
    ///
    /// With an empty table: tables are constants.
    pub(crate) fn weighted<T: Copy>(&mut self, table: &[(T, u32)]) -> T {
        let total: u32 = table.iter().map(|(_, weight)| weight).sum();
        let mut left = self.below(usize::try_from(total).unwrap_or_default());
        for (value, weight) in table {
            let weight = usize::try_from(*weight).unwrap_or_default();
            if left < weight {
                return *value;
            }
            left -= weight;
        }
        table.last().expect("a table has a row").0
    }

    /// Whether this one is among so many of a hundred.
    pub(crate) fn is_among(&mut self, share: Share) -> bool {
        self.below(10_000) < usize::from(share.basis_points())
    }

    /// Evenly from above 0 to 1.
    #[expect(clippy::float_arithmetic, reason = "statistics, no money")]
    pub(crate) fn unit(&mut self) -> f64 {
        // 53 bits are all that a double holds, so that each step is as likely as any other.
        let steps = u32::try_from(self.number() >> 32).unwrap_or_default();
        (f64::from(steps) + 1.0) / (f64::from(u32::MAX) + 1.0)
    }

    /// A wait with this mean, exponentially distributed: the gaps of a Poisson process.
    #[expect(clippy::float_arithmetic, reason = "statistics, no money")]
    pub(crate) fn gap(&mut self, mean: Duration) -> Duration {
        mean.mul_f64(-self.unit().ln())
    }

    /// The same, but never longer than [`GAP_MEANS_MAX`] means.
    pub(crate) fn bounded_gap(&mut self, mean: Duration) -> Duration {
        self.gap(mean).min(mean.saturating_mul(GAP_MEANS_MAX))
    }
}

/// Spreads a number over all 64 bits.
pub(crate) fn mix(number: u64) -> u64 {
    let number = (number ^ (number >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let number = (number ^ (number >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    number ^ (number >> 31)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn weights_are_kept() {
        let mut dice = Dice::new(7);
        let mut counts = [0_u32; 3];
        for _ in 0..30_000 {
            counts[dice.weighted(&[(0, 40), (1, 45), (2, 15)])] += 1;
        }
        for (count, want) in counts.iter().zip([12_000_u32, 13_500, 4_500]) {
            assert!(count.abs_diff(want) < 400, "{counts:?}");
        }
    }

    #[test]
    fn gaps_have_their_mean_and_are_exponential() {
        let mut dice = Dice::new(3);
        let mean = Duration::from_millis(100);
        let gaps: Vec<Duration> = (0..20_000).map(|_| dice.gap(mean)).collect();
        let total: Duration = gaps.iter().sum();
        assert!((1_960..2_040).contains(&total.as_secs()), "{total:?}");
        // e^-1 of them are longer than the mean.
        let longer = gaps.iter().filter(|gap| mean < **gap).count();
        assert!(longer.abs_diff(7_358) < 250, "{longer}");
    }

    #[test]
    fn nothing_is_chosen_from_nothing() {
        let mut dice = Dice::new(1);
        assert_eq!(dice.below(0), 0);
        assert_eq!(dice.one_of::<u8>(&[]), None);
        assert!((0..1_000).all(|_| dice.below(3) < 3));
    }
}
