//! Rates of tax, in millionths.
//!
//! Hundredths of a percent hold every rate of VAT, and too few of the USA's: New York City has 8.875 %, Santa Fe 8.1875 %.

use crate::decimal::Decimal;
use crate::money::BasisPoints;
use std::fmt;

/// Millionths in the whole: a rate of 100 %.
pub const RATE_WHOLE: u32 = 1_000_000;

/// Highest rate, 1,000 %: that of [`BasisPoints`], so that each of them is a rate too.
pub const RATE_MILLIONTHS_MAX: u32 = 10 * RATE_WHOLE;

/// Digits behind the point of a percentage that a rate keeps.
const PERCENT_DIGITS: u8 = 4;

/// A rate of tax in millionths: 88,750 is 8.875 %.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Default)]
pub struct TaxRate(u32);

impl TaxRate {
    /// No tax.
    pub const ZERO: Self = Self(0);

    /// The rate; `None` past [`RATE_MILLIONTHS_MAX`].
    pub fn from_millionths(millionths: u32) -> Option<Self> {
        (millionths <= RATE_MILLIONTHS_MAX).then_some(Self(millionths))
    }

    /// Millionths.
    pub fn millionths(self) -> u32 {
        self.0
    }

    /// Reads a percentage of at most four digits behind the point, such as `20`, `8.875` or `8.875 %`.
    pub fn parse_percent(raw: &str) -> Option<Self> {
        let number = raw.trim().trim_end_matches('%');
        let millionths = Decimal::parse(number).ok()?.scaled(PERCENT_DIGITS).ok()?;
        u32::try_from(millionths).ok().and_then(Self::from_millionths)
    }

    /// Whether there is no tax.
    pub fn is_zero(self) -> bool {
        self.0 == 0
    }

    /// The same rate in hundredths of a percent; `None` where it has more digits than these hold.
    pub fn in_basis_points(self) -> Option<BasisPoints> {
        if self.0.is_multiple_of(MILLIONTHS_OF_A_POINT) {
            BasisPoints::new(self.0 / MILLIONTHS_OF_A_POINT)
        } else {
            None
        }
    }

    /// The rates of taxes that are worked out on one amount; stays at the highest rate when that is passed.
    pub fn sum(rates: impl IntoIterator<Item = Self>) -> Self {
        let sum = rates.into_iter().fold(0_u32, |sum, rate| sum.saturating_add(rate.0));
        Self(sum.min(RATE_MILLIONTHS_MAX))
    }
}

const MILLIONTHS_OF_A_POINT: u32 = 100;

impl From<BasisPoints> for TaxRate {
    /// Loses nothing, and stays within the bound, which is that of basis points.
    fn from(points: BasisPoints) -> Self {
        Self(points.get().saturating_mul(MILLIONTHS_OF_A_POINT))
    }
}

impl fmt::Display for TaxRate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match Decimal::new(i64::from(self.0), PERCENT_DIGITS) {
            Some(percent) => write!(f, "{percent}%"),
            None => write!(f, "{} millionths", self.0),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn percentages_are_read_to_four_digits() {
        for (raw, want) in [
            ("20", Some(200_000)),
            ("8.875", Some(88_750)),
            (" 8.1875 % ", Some(81_875)),
            ("0", Some(0)),
            ("25.5%", Some(255_000)),
            ("1000", Some(RATE_MILLIONTHS_MAX)),
            ("1000.0001", None),
            ("8.18755", None),
            ("-1", None),
            ("19,5", None),
            ("", None),
            ("%", None),
        ] {
            assert_eq!(TaxRate::parse_percent(raw).map(TaxRate::millionths), want, "{raw:?}");
        }
    }

    #[test]
    fn rates_print_as_percentages() {
        for (millionths, want) in [(88_750, "8.875%"), (200_000, "20%"), (0, "0%"), (1, "0.0001%")] {
            assert_eq!(TaxRate::from_millionths(millionths).unwrap().to_string(), want);
        }
    }

    #[test]
    fn a_sum_stays_within_the_bound() {
        let high = TaxRate::from_millionths(RATE_MILLIONTHS_MAX).unwrap();
        assert_eq!(TaxRate::sum([high, high]), high);
        assert_eq!(TaxRate::sum([]), TaxRate::ZERO);
    }

    proptest! {
        #[test]
        fn basis_points_come_back_unchanged(points in 0_u32..=100_000) {
            let points = BasisPoints::new(points).unwrap();
            let rate = TaxRate::from(points);
            prop_assert_eq!(rate.in_basis_points(), Some(points));
            prop_assert_eq!(rate.to_string(), points.to_string());
            prop_assert!(TaxRate::from_millionths(rate.millionths()).is_some(), "within the bound");
        }

        #[test]
        fn what_basis_points_cannot_hold_is_not_rounded(millionths in 0_u32..=RATE_MILLIONTHS_MAX) {
            let rate = TaxRate::from_millionths(millionths).unwrap();
            prop_assert_eq!(rate.in_basis_points().is_some(), millionths.is_multiple_of(100));
            prop_assert_eq!(TaxRate::parse_percent(&rate.to_string()), Some(rate));
        }
    }
}
