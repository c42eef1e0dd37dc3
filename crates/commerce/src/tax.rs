//! Tax: amounts with their tax, and the rules by class, place and day.
//!
//! A sale is first [treated](treatment::Seller::treatment): charged at home's or the destination's rates, or not at all.
//! Prices that were entered for home are then [shown](price::price_shown) for the destination, and [`calculate()`] works
//! out what a [table] says of the lines; a provider outside takes the same [request] and its [answer] is checked.
//!
//! Rounding: an amount is brought to the base that the market shows (with or without tax) once per unit, half away
//! from zero; the other side of a line is worked out once from the line's total. So what stands on a page times the
//! quantity is what is charged.

pub mod answer;
pub mod calculate;
pub mod class;
pub mod data;
pub mod file;
pub mod place;
pub mod policy;
pub mod price;
pub mod rate;
pub mod request;
pub mod rounding;
pub mod rule;
pub mod sale;
pub mod table;
pub mod territory;
pub mod treatment;
pub mod vat_number;
pub mod zone;

#[cfg(test)]
mod scenarios;

pub use calculate::calculate;

use crate::market::TaxDisplay;
use crate::money::{Money, MoneyError};
use rate::{RATE_WHOLE, TaxRate};

/// An amount with its tax: net + tax = gross, always.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Taxed {
    net: Money,
    tax: Money,
}

impl Taxed {
    /// Works the tax out of, or onto, an amount; rounded half away from zero.
    pub fn from_base(amount: Money, base: TaxDisplay, rate: impl Into<TaxRate>) -> Result<Self, MoneyError> {
        let (rate, whole) = (i64::from(rate.into().millionths()), i64::from(RATE_WHOLE));
        match base {
            TaxDisplay::Excluding => Self::new(amount, amount.ratio_half_up(rate, whole)?),
            TaxDisplay::Including => {
                let tax = amount.ratio_half_up(rate, whole + rate)?;
                Ok(Self { net: amount.minus(tax)?, tax })
            }
        }
    }

    /// Takes amounts that were worked out elsewhere.
    pub fn new(net: Money, tax: Money) -> Result<Self, MoneyError> {
        net.plus(tax).map(|_| Self { net, tax })
    }

    /// Nothing, and no tax on it.
    pub fn zero(currency: crate::money::Currency) -> Self {
        Self { net: Money::zero(currency), tax: Money::zero(currency) }
    }

    /// Without tax.
    pub fn net(self) -> Money {
        self.net
    }

    /// The tax.
    pub fn tax(self) -> Money {
        self.tax
    }

    /// With tax.
    pub fn gross(self) -> Money {
        // The sum was checked when the value was made.
        self.net.plus(self.tax).unwrap_or(self.net)
    }

    /// The side that a market shows.
    pub fn shown(self, display: TaxDisplay) -> Money {
        match display {
            TaxDisplay::Including => self.gross(),
            TaxDisplay::Excluding => self.net,
        }
    }

    /// The sum.
    pub fn plus(self, other: Self) -> Result<Self, MoneyError> {
        let net = self.net.plus(other.net)?;
        Self::new(net, self.tax.plus(other.tax)?)
    }
}

/// An entered amount in the base that a market shows: the unit price on its pages.
pub fn shown_price(
    entered: Money,
    entered_as: TaxDisplay,
    shown_as: TaxDisplay,
    rate: impl Into<TaxRate>,
) -> Result<Money, MoneyError> {
    if entered_as == shown_as { Ok(entered) } else { Ok(Taxed::from_base(entered, entered_as, rate)?.shown(shown_as)) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::money::{BasisPoints, Currency};
    use proptest::prelude::*;

    fn money(minor: i64, code: &str) -> Money {
        Money::from_minor(minor, Currency::parse(code).unwrap())
    }

    #[test]
    fn tax_is_worked_out_of_and_onto_an_amount() {
        let rate = BasisPoints::new(2_000).unwrap();
        for (amount, base, net, gross) in [
            (1_200, TaxDisplay::Including, 1_000, 1_200),
            (1_000, TaxDisplay::Excluding, 1_000, 1_200),
            (1_999, TaxDisplay::Including, 1_666, 1_999),
            (1, TaxDisplay::Including, 1, 1),
            (3, TaxDisplay::Excluding, 3, 4),
        ] {
            let taxed = Taxed::from_base(money(amount, "EUR"), base, rate).unwrap();
            assert_eq!((taxed.net().minor(), taxed.gross().minor()), (net, gross), "{amount} {base:?}");
        }
    }

    proptest! {
        #[test]
        fn net_and_tax_make_the_gross_in_every_currency(
            minor in -1_000_000_000_i64..1_000_000_000, points in 0_u32..5_000,
            code in prop::sample::select(vec!["JPY", "EUR", "KWD"]), including in any::<bool>(),
        ) {
            let base = if including { TaxDisplay::Including } else { TaxDisplay::Excluding };
            let amount = money(minor, code);
            let taxed = Taxed::from_base(amount, base, BasisPoints::new(points).unwrap()).unwrap();
            prop_assert_eq!(taxed.net().plus(taxed.tax()).unwrap(), taxed.gross());
            prop_assert_eq!(taxed.shown(base), amount, "the entered side stays as it was entered");
        }
    }
}
