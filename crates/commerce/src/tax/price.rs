//! What a price that was entered for one place is at another one.

use super::rate::{RATE_WHOLE, TaxRate};
use super::rounding::RoundingMode;
use super::treatment::TaxTreatment;
use crate::market::TaxDisplay;
use crate::money::{Money, MoneyError};

/// What stays when the tax is another than that of home, for prices that were entered with tax.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Default)]
pub enum PriceKept {
    /// What the shopper pays: the price is the same everywhere, and the store earns more or less.
    #[default]
    Gross,
    /// What the store earns: the price follows the tax.
    Net,
}

/// What a store declares of prices that were entered with its home's tax.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct PricesAbroad {
    /// Where tax is charged at another rate.
    pub taxed: PriceKept,
    /// Where none is charged: to businesses, for export.
    pub untaxed: PriceKept,
}

impl Default for PricesAbroad {
    /// One price for all shoppers who pay tax; whoever pays none is not asked for it.
    fn default() -> Self {
        Self { taxed: PriceKept::Gross, untaxed: PriceKept::Net }
    }
}

impl PricesAbroad {
    /// What stays in a sale that is treated so.
    pub fn kept(self, treatment: TaxTreatment) -> PriceKept {
        if treatment.rates_of().is_some() { self.taxed } else { self.untaxed }
    }
}

/// How a price was entered and how it is shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PriceTerms {
    /// Whether it was entered with tax.
    pub entered: TaxDisplay,
    /// Whether it is shown with tax.
    pub shown: TaxDisplay,
    /// The tax that it was entered with; for one without tax it plays no part.
    pub home: TaxRate,
    /// The tax that is charged; 0 where none is.
    pub charged: TaxRate,
    /// What stays where the two differ.
    pub kept: PriceKept,
    /// Where halves go.
    pub mode: RoundingMode,
}

/// A unit price as it is shown. Rounded once; like [`shown_price`](super::shown_price) where both rates are one.
pub fn price_shown(entered: Money, terms: PriceTerms) -> Result<Money, MoneyError> {
    use TaxDisplay::{Excluding, Including};
    let whole = i128::from(RATE_WHOLE);
    let (home, charged) = (i128::from(terms.home.millionths()), i128::from(terms.charged.millionths()));
    match (terms.entered, terms.shown, terms.kept) {
        (Excluding, Excluding, _) | (Including, Including, PriceKept::Gross) => Ok(entered),
        (Excluding, Including, _) => entered.plus(ratio(entered, charged, whole, terms.mode)?),
        (Including, Including, PriceKept::Net) => ratio(entered, whole + charged, whole + home, terms.mode),
        // The tax is what is rounded, here as elsewhere.
        (Including, Excluding, kept) => {
            let rate = if kept == PriceKept::Gross { charged } else { home };
            entered.minus(ratio(entered, rate, whole + rate, terms.mode)?)
        }
    }
}

fn ratio(amount: Money, numerator: i128, denominator: i128, mode: RoundingMode) -> Result<Money, MoneyError> {
    let product = i128::from(amount.minor()).checked_mul(numerator).ok_or(MoneyError::TooLarge)?;
    let minor = mode.divide(product, denominator).and_then(|minor| i64::try_from(minor).ok());
    Ok(Money::from_minor(minor.ok_or(MoneyError::TooLarge)?, amount.currency()))
}

#[cfg(test)]
mod tests {
    use super::super::shown_price;
    use super::super::treatment::RatesOf;
    use super::*;
    use crate::money::Currency;
    use TaxDisplay::{Excluding, Including};
    use proptest::prelude::*;

    fn eur(minor: i64) -> Money {
        Money::from_minor(minor, Currency::parse("EUR").unwrap())
    }

    fn rate(percent: &str) -> TaxRate {
        TaxRate::parse_percent(percent).unwrap()
    }

    #[test]
    fn either_the_price_stays_or_what_the_store_earns() {
        for (case, entered, shown, charged, kept, minor, want) in [
            ("one price everywhere", Including, Including, "25", PriceKept::Gross, 11_900, 11_900),
            ("the price follows the tax", Including, Including, "25", PriceKept::Net, 11_900, 12_500),
            ("a lower tax", Including, Including, "7", PriceKept::Net, 11_900, 10_700),
            ("no tax, the price stays", Including, Including, "0", PriceKept::Gross, 11_900, 11_900),
            ("no tax, none is asked for", Including, Including, "0", PriceKept::Net, 11_900, 10_000),
            ("shown without, one price", Including, Excluding, "25", PriceKept::Gross, 12_500, 10_000),
            ("shown without, the net stays", Including, Excluding, "25", PriceKept::Net, 11_900, 10_000),
            ("entered without, shown with", Excluding, Including, "25", PriceKept::Gross, 10_000, 12_500),
            ("without throughout", Excluding, Excluding, "25", PriceKept::Net, 10_000, 10_000),
            ("rounded once", Including, Including, "25.5", PriceKept::Net, 1_999, 2_108),
        ] {
            let (home, charged) = (rate("19"), rate(charged));
            let terms = PriceTerms { entered, shown, home, charged, kept, mode: RoundingMode::HalfUp };
            assert_eq!(price_shown(eur(minor), terms), Ok(eur(want)), "{case}");
        }
    }

    #[test]
    fn the_store_declares_what_stays() {
        let kept = |treatment| PricesAbroad::default().kept(treatment);
        assert_eq!(kept(TaxTreatment::Charged(RatesOf::Destination)), PriceKept::Gross);
        assert_eq!(kept(TaxTreatment::ReverseCharged), PriceKept::Net);
        assert_eq!(kept(TaxTreatment::Export), PriceKept::Net);
    }

    proptest! {
        #[test]
        fn at_home_a_price_is_shown_as_ever(
            minor in 0_i64..1_000_000_000, millionths in 0_u32..=2_000_000, entered in any::<bool>(),
            shown in any::<bool>(), net in any::<bool>(),
        ) {
            let side = |with| if with { Including } else { Excluding };
            let rate = TaxRate::from_millionths(millionths).unwrap();
            let terms = PriceTerms {
                entered: side(entered), shown: side(shown), home: rate, charged: rate,
                kept: if net { PriceKept::Net } else { PriceKept::Gross }, mode: RoundingMode::HalfUp,
            };
            let want = shown_price(eur(minor), terms.entered, terms.shown, rate);
            prop_assert_eq!(price_shown(eur(minor), terms), want);
        }

        #[test]
        fn no_price_panics(minor in any::<i64>(), home in 0_u32..=10_000_000, charged in 0_u32..=10_000_000, kept in any::<bool>()) {
            for (entered, shown) in [(Including, Including), (Including, Excluding), (Excluding, Including)] {
                let [home, charged] = [home, charged].map(|millionths| TaxRate::from_millionths(millionths).unwrap());
                let kept = if kept { PriceKept::Net } else { PriceKept::Gross };
                let terms = PriceTerms { entered, shown, home, charged, kept, mode: RoundingMode::HalfEven };
                let _ = price_shown(eur(minor), terms);
            }
        }
    }
}
