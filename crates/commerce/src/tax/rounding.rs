//! How tax is rounded, and how what was rounded as a whole is spread without losing a unit.

use super::rate::{RATE_WHOLE, TaxRate};
use crate::market::TaxDisplay;
use crate::money::MoneyError;

/// Where exactly half a unit goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Default)]
pub enum RoundingMode {
    /// Away from nought, as most tax offices have it.
    #[default]
    HalfUp,
    /// To the even neighbour.
    HalfEven,
}

/// What is rounded.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Default)]
pub enum RoundedPer {
    /// The tax of each line.
    #[default]
    Line,
    /// The tax of all lines that are taxed alike, which is then spread over them.
    Total,
}

/// How a store rounds tax. The law of most countries leaves the choice, and wants it kept to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Default)]
pub struct RoundingRule {
    /// What is rounded.
    pub per: RoundedPer,
    /// Where halves go.
    pub mode: RoundingMode,
}

impl RoundingMode {
    /// `numerator / denominator` as a whole number; `None` for a denominator that is not above 0.
    pub(super) fn divide(self, numerator: i128, denominator: i128) -> Option<i128> {
        if denominator <= 0 {
            return None;
        }
        let (magnitude, sign) = (numerator.checked_abs()?, numerator.signum());
        let (whole, rest) = (magnitude / denominator, magnitude % denominator);
        let up = match (rest.checked_mul(2)?.cmp(&denominator), self) {
            (std::cmp::Ordering::Less, _) => false,
            (std::cmp::Ordering::Greater, _) | (_, Self::HalfUp) => true,
            (std::cmp::Ordering::Equal, Self::HalfEven) => whole % 2 == 1,
        };
        Some(sign * (whole + i128::from(up)))
    }
}

impl RoundingRule {
    /// The tax of each amount at one rate, in minor units. No amount may be below 0.
    pub(super) fn taxes(self, amounts: &[i64], base: TaxDisplay, rate: TaxRate) -> Result<Vec<i64>, MoneyError> {
        let (part, whole) = (i128::from(rate.millionths()), whole(base, rate));
        // An amount has 63 bits and a rate 24, so that no product and no sum of these leaves 127.
        let exact: Vec<i128> = amounts.iter().map(|amount| i128::from(*amount) * part).collect();
        let rounded = |numerator: i128| {
            let tax = self.mode.divide(numerator, whole).and_then(|tax| i64::try_from(tax).ok());
            tax.ok_or(MoneyError::TooLarge)
        };
        match self.per {
            RoundedPer::Line => exact.into_iter().map(rounded).collect(),
            RoundedPer::Total => Ok(spread(rounded(exact.iter().sum())?, &exact, whole)),
        }
    }
}

/// What the rate is a part of: the amount without tax is the whole, one with tax is the whole and the rate.
fn whole(base: TaxDisplay, rate: TaxRate) -> i128 {
    match base {
        TaxDisplay::Excluding => i128::from(RATE_WHOLE),
        TaxDisplay::Including => i128::from(RATE_WHOLE) + i128::from(rate.millionths()),
    }
}

/// Whole numbers near `shares / whole` that sum to `total`, by largest remainder: each is its share without the fraction,
/// and what then is missing goes, one each, to those whose fractions are largest; of equals to the first.
///
/// `total` must be within one of the exact sum, `shares` not below 0; `whole` of 0 gives noughts.
pub(super) fn spread(total: i64, shares: &[i128], whole: i128) -> Vec<i64> {
    if whole <= 0 {
        return vec![0; shares.len()];
    }
    let mut parts: Vec<i64> = shares.iter().map(|share| i64::try_from(share / whole).unwrap_or(i64::MAX)).collect();
    let given: i128 = parts.iter().map(|part| i128::from(*part)).sum();
    let missing = usize::try_from(i128::from(total) - given).unwrap_or(0);
    let mut order: Vec<usize> = (0..shares.len()).collect();
    order.sort_by_key(|index| std::cmp::Reverse(shares[*index] % whole));
    for index in order.into_iter().take(missing) {
        parts[index] = parts[index].saturating_add(1);
    }
    parts
}

/// Splits `total` in proportion to `weights` by largest remainder. Where all weights are 0, all parts are.
pub(super) fn in_proportion(total: i64, weights: &[i64]) -> Vec<i64> {
    let shares: Vec<i128> = weights.iter().map(|weight| i128::from(total) * i128::from(*weight)).collect();
    spread(total, &shares, weights.iter().map(|weight| i128::from(*weight)).sum())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn halves_go_where_the_mode_says() {
        for (numerator, denominator, up, even) in [
            (5, 2, 3, 2),
            (7, 2, 4, 4),
            (-5, 2, -3, -2),
            (-7, 2, -4, -4),
            (24, 10, 2, 2),
            (26, 10, 3, 3),
            (1, 3, 0, 0),
            (0, 7, 0, 0),
        ] {
            let got = [RoundingMode::HalfUp, RoundingMode::HalfEven].map(|mode| mode.divide(numerator, denominator));
            assert_eq!(got, [Some(up), Some(even)], "{numerator} / {denominator}");
        }
        assert_eq!(RoundingMode::HalfUp.divide(1, 0), None);
        assert_eq!(RoundingMode::HalfUp.divide(i128::MIN, 1), None);
        assert_eq!(RoundingMode::HalfUp.divide(i128::MAX - 1, i128::MAX), None, "twice the rest does not fit");
    }

    #[test]
    fn what_is_rounded_as_a_whole_is_spread_by_largest_remainder() {
        let rate = TaxRate::parse_percent("7.5").unwrap();
        for (case, per, mode, amounts, want) in [
            ("each line up", RoundedPer::Line, RoundingMode::HalfUp, vec![10, 10, 10, 10], vec![1, 1, 1, 1]),
            ("the total: 3", RoundedPer::Total, RoundingMode::HalfUp, vec![10, 10, 10, 10], vec![1, 1, 1, 0]),
            ("half a unit, up", RoundedPer::Total, RoundingMode::HalfUp, vec![10, 10], vec![1, 1]),
            ("one and a half, to even", RoundedPer::Total, RoundingMode::HalfEven, vec![10, 10], vec![1, 1]),
            ("four and a half, up", RoundedPer::Total, RoundingMode::HalfUp, vec![20, 40], vec![2, 3]),
            ("four and a half, to even", RoundedPer::Total, RoundingMode::HalfEven, vec![20, 40], vec![1, 3]),
            ("the largest remainder first", RoundedPer::Total, RoundingMode::HalfUp, vec![2, 25, 12], vec![0, 2, 1]),
            ("nothing", RoundedPer::Total, RoundingMode::HalfUp, vec![0, 0], vec![0, 0]),
            ("no line", RoundedPer::Total, RoundingMode::HalfUp, vec![], vec![]),
        ] {
            let got = RoundingRule { per, mode }.taxes(&amounts, TaxDisplay::Excluding, rate);
            assert_eq!(got, Ok(want), "{case}");
        }
    }

    #[test]
    fn what_does_not_fit_is_refused() {
        let rate = TaxRate::parse_percent("200").unwrap();
        for per in [RoundedPer::Line, RoundedPer::Total] {
            let rule = RoundingRule { per, mode: RoundingMode::HalfUp };
            let many = vec![i64::MAX; 250];
            assert_eq!(rule.taxes(&many, TaxDisplay::Excluding, rate), Err(MoneyError::TooLarge));
        }
    }

    proptest! {
        #[test]
        fn a_total_is_the_rounded_exact_sum_and_each_part_is_near_its_share(
            amounts in prop::collection::vec(0_i64..1_000_000_000, 0..60), millionths in 0_u32..=2_000_000,
            including in any::<bool>(), even in any::<bool>(),
        ) {
            let base = if including { TaxDisplay::Including } else { TaxDisplay::Excluding };
            let mode = if even { RoundingMode::HalfEven } else { RoundingMode::HalfUp };
            let rate = TaxRate::from_millionths(millionths).unwrap();
            let taxes = RoundingRule { per: RoundedPer::Total, mode }.taxes(&amounts, base, rate).unwrap();
            let exact: i128 = amounts.iter().map(|amount| i128::from(*amount) * i128::from(millionths)).sum();
            let whole = whole(base, rate);
            let sum: i64 = taxes.iter().sum();
            prop_assert_eq!(mode.divide(exact, whole), Some(i128::from(sum)));
            for (amount, tax) in amounts.iter().zip(&taxes) {
                let (share, tax) = (i128::from(*amount) * i128::from(millionths), i128::from(*tax));
                prop_assert!(share / whole <= tax && tax * whole < share + whole, "less than one unit off");
                prop_assert!(!including || tax <= i128::from(*amount), "never more tax than price");
            }
        }

        #[test]
        fn a_proportional_split_loses_no_unit(
            total in 0_i64..1_000_000_000, weights in prop::collection::vec(0_i64..1_000_000_000, 1..60),
        ) {
            let parts = in_proportion(total, &weights);
            let sum: i64 = parts.iter().sum();
            prop_assert_eq!(sum, if weights.iter().all(|weight| *weight == 0) { 0 } else { total });
            prop_assert!(parts.iter().zip(&weights).all(|(part, weight)| *part >= 0 && (*weight > 0 || *part == 0)));
        }
    }
}
