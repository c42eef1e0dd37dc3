//! Amounts of US dollars, as prices of clouds need them: far below a cent, and exact.

use std::fmt;
use std::iter::Sum;
use std::ops::Add;

/// Digits after the point: prices such as 0.0000166667 are exact, with room for two more digits.
const DIGITS: usize = 12;
const PICO_IN_A_DOLLAR: u128 = 1_000_000_000_000;
const PICO_IN_A_CENT: u128 = PICO_IN_A_DOLLAR / 100;
/// The longest text of a price; longer ones are a mistake.
const TEXT_BYTES_MAX: usize = 32;

/// US dollars in millionths of a millionth; never negative. Adding is exact; what would not fit stays at the greatest
/// amount, some 3 × 10^26 dollars.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Usd {
    pico: u128,
}

/// A text that is no amount: an amount is digits with at most twelve after a point, such as `0.0000166667`.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{text:?} is not an amount of dollars: write digits, and at most {DIGITS} after a point")]
pub struct InvalidUsd {
    text: String,
}

impl Usd {
    /// Nothing.
    pub const ZERO: Self = Self { pico: 0 };

    /// Reads `0.0000166667`.
    pub fn parse(text: &str) -> Result<Self, InvalidUsd> {
        let invalid = || InvalidUsd { text: text.chars().take(TEXT_BYTES_MAX).collect() };
        let (whole, part) = text.split_once('.').unwrap_or((text, "0"));
        let digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
        if TEXT_BYTES_MAX < text.len() || !digits(whole) || !digits(part) || DIGITS < part.len() {
            return Err(invalid());
        }
        let pico: u128 = format!("{part:0<DIGITS$}").parse().map_err(|_| invalid())?;
        let whole: u128 = whole.parse().map_err(|_| invalid())?;
        let pico = whole.checked_mul(PICO_IN_A_DOLLAR).and_then(|whole| whole.checked_add(pico));
        pico.map(|pico| Self { pico }).ok_or_else(invalid)
    }

    /// This price for `per` of something, times `quantity` of it: rounded half up to a millionth of a millionth of a
    /// dollar, the only rounding of a bill's line.
    #[must_use]
    pub fn for_quantity(self, quantity: u128, per: u128) -> Self {
        let per = per.max(1);
        // Whole multiples apart, so that only an amount that does not fit is cut, never a product on the way to it.
        let whole = self.pico.saturating_mul(quantity / per);
        let part = self.pico.saturating_mul(quantity % per).saturating_add(per / 2) / per;
        Self { pico: whole.saturating_add(part) }
    }

    /// What is left of it above `less`.
    #[must_use]
    pub fn saturating_sub(self, less: Self) -> Self {
        Self { pico: self.pico.saturating_sub(less.pico) }
    }

    /// Its millionths of a millionth, for charts.
    pub(crate) fn pico(self) -> u128 {
        self.pico
    }

    /// A price for people, not rounded: `$0.20`, `$0.0000166667`.
    pub(crate) fn exact(self) -> String {
        let text = self.to_string();
        let (whole, part) = text.split_once('.').unwrap_or((&text, ""));
        format!("${whole}.{part:0<2}")
    }

    /// As people read it: `$1,234.57`, below a cent two digits that count (`$0.0042`), below a millionth of a dollar
    /// in words. Rounded half up, here only.
    pub fn shown(self) -> String {
        if self.pico == 0 {
            return "$0.00".to_owned();
        }
        if self.pico < PICO_IN_A_DOLLAR / 1_000_000 {
            return "under $0.000001".to_owned();
        }
        // The first of two digits that count stands at 10^-places.
        let mut places = 2;
        let mut step = PICO_IN_A_CENT;
        while self.pico < step * 10 && self.pico < PICO_IN_A_CENT && places < 7 {
            places += 1;
            step /= 10;
        }
        let rounded = (self.pico + step / 2) / step;
        let in_a_dollar = PICO_IN_A_DOLLAR / step;
        let part = format!("{:0places$}", rounded % in_a_dollar);
        let part = part.trim_end_matches('0');
        format!("${}.{part:0<2}", crate::shown::whole(rounded / in_a_dollar))
    }
}

/// Exact: `0.0000166667`, `12.5`, `0`.
impl fmt::Display for Usd {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let part = format!("{:0DIGITS$}", self.pico % PICO_IN_A_DOLLAR);
        match part.trim_end_matches('0') {
            "" => write!(out, "{}", self.pico / PICO_IN_A_DOLLAR),
            part => write!(out, "{}.{part}", self.pico / PICO_IN_A_DOLLAR),
        }
    }
}

impl Add for Usd {
    type Output = Self;

    fn add(self, other: Self) -> Self {
        Self { pico: self.pico.saturating_add(other.pico) }
    }
}

impl Sum for Usd {
    fn sum<I: Iterator<Item = Self>>(amounts: I) -> Self {
        amounts.fold(Self::ZERO, Add::add)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn amounts_are_read_exactly_or_not_at_all() {
        for (case, text, want) in [
            ("a price of Lambda", "0.0000166667", Some(16_666_700)),
            ("whole dollars", "15", Some(15_000_000_000_000)),
            ("the finest", "0.000000000001", Some(1)),
            ("too fine", "0.0000000000001", None),
            ("negative", "-1", None),
            ("no digits after the point", "1.", None),
            ("no digits before it", ".5", None),
            ("an exponent", "1e-3", None),
            ("empty", "", None),
            ("endless", "99999999999999999999999999999999999999999", None),
        ] {
            assert_eq!(Usd::parse(text).ok().map(|usd| usd.pico), want, "{case}");
        }
    }

    #[test]
    fn amounts_are_shown_as_people_read_them() {
        for (exact, shown) in [
            ("0", "$0.00"),
            ("0.0000009", "under $0.000001"),
            ("0.00000123", "$0.0000012"),
            ("0.0042", "$0.0042"),
            ("0.00425", "$0.0043"),
            ("0.00999", "$0.01"),
            ("0.01", "$0.01"),
            ("0.015", "$0.02"),
            ("1.996", "$2.00"),
            ("12.5", "$12.50"),
            ("1234.567", "$1,234.57"),
        ] {
            let usd = Usd::parse(exact).unwrap();
            assert_eq!(usd.shown(), shown, "{exact}");
            assert_eq!(usd.to_string(), exact);
        }
    }

    #[test]
    fn prices_are_shown_whole() {
        for (price, shown) in [("0.2", "$0.20"), ("8", "$8.00"), ("0.0000166667", "$0.0000166667")] {
            assert_eq!(Usd::parse(price).unwrap().exact(), shown);
        }
    }

    proptest! {
        #[test]
        fn what_is_written_reads_back(pico in 0_u128..1 << 100) {
            let usd = Usd { pico };
            prop_assert_eq!(Usd::parse(&usd.to_string()), Ok(usd));
        }

        #[test]
        fn a_greater_quantity_never_costs_less(pico in any::<u64>(), some in any::<u64>(), more in any::<u64>(), per in 1_u64..1 << 40) {
            let price = Usd { pico: pico.into() };
            let (some, more, per) = (u128::from(some), u128::from(more), u128::from(per));
            prop_assert!(price.for_quantity(some, per) <= price.for_quantity(some + more, per));
        }
    }
}
