//! The one calculation: what a basket costs. Basket page, checkout, payment, order and mail all show its figures.
//!
//! Offers enter between the list price and the line's total ([`LineInput::discount`]), and between the charge of
//! delivery and what is paid for it ([`DeliveryInput::discount`]); the laws below hold with them too: each line keeps net,
//! tax and gross after discounts, net + tax = gross; total = Σ gross; nothing is below 0.

use crate::market::TaxDisplay;
use crate::money::{BasisPoints, Currency, Money, MoneyError};
use crate::tax::{Taxed, shown_price};

/// How a store and a market see prices.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PriceBase {
    /// The order's currency.
    pub currency: Currency,
    /// Whether prices were entered with tax.
    pub entered: TaxDisplay,
    /// Whether the market shows them with tax.
    pub shown: TaxDisplay,
    /// The market's rate.
    pub rate: BasisPoints,
}

/// A line to be priced.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LineInput {
    /// Unit price as entered.
    pub unit_price: Money,
    /// Units.
    pub quantity: u32,
    /// What offers take off the line, in the shown base; not more than the line.
    pub discount: Money,
}

/// Delivery to be priced.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DeliveryInput {
    /// What the method charges, as entered.
    pub charge: Money,
    /// What offers take off, in the shown base; not more than the charge.
    pub discount: Money,
}

/// A line with its figures.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct QuotedLine {
    /// Unit price in the shown base.
    pub unit_shown: Money,
    /// Units.
    pub quantity: u32,
    /// What offers took off, in the shown base.
    pub discount: Money,
    /// What the line costs after discounts.
    pub total: Taxed,
}

/// What a basket costs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Quote {
    /// How its figures are to be read.
    pub base: PriceBase,
    /// The lines, in the order given.
    pub lines: Vec<QuotedLine>,
    /// The goods: the sum of the lines.
    pub goods: Taxed,
    /// Delivery after discounts; `None` while no method is chosen.
    pub delivery: Option<Taxed>,
    /// Everything.
    pub total: Taxed,
}

/// Why a basket cannot be priced.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum QuoteError {
    /// An amount does not fit, or a second currency.
    #[error(transparent)]
    Money(#[from] MoneyError),
    /// A discount below nothing, or above the line.
    #[error("a discount is more than what it is taken off")]
    Discount,
    /// A price below nothing.
    #[error("a price is below nothing")]
    NegativePrice,
}

/// Prices lines and delivery (as entered) without an offer on delivery.
pub fn quote(base: PriceBase, lines: &[LineInput], delivery: Option<Money>) -> Result<Quote, QuoteError> {
    let discount = Money::zero(base.currency);
    quote_with_offers(base, lines, delivery.map(|charge| DeliveryInput { charge, discount }))
}

/// Prices lines and delivery, each with what offers take off it.
pub fn quote_with_offers(
    base: PriceBase,
    lines: &[LineInput],
    delivery: Option<DeliveryInput>,
) -> Result<Quote, QuoteError> {
    let lines = lines.iter().map(|line| quote_line(base, line)).collect::<Result<Vec<_>, _>>()?;
    let zero = Taxed::zero(base.currency);
    let goods = lines.iter().try_fold(zero, |sum, line| sum.plus(line.total))?;
    let delivery = delivery.map(|delivery| quote_delivery(base, delivery)).transpose()?;
    let total = goods.plus(delivery.unwrap_or(zero))?;
    Ok(Quote { base, lines, goods, delivery, total })
}

fn quote_delivery(base: PriceBase, delivery: DeliveryInput) -> Result<Taxed, QuoteError> {
    if delivery.charge.is_negative() {
        return Err(QuoteError::NegativePrice);
    }
    let shown = shown_price(delivery.charge, base.entered, base.shown, base.rate)?;
    let after = shown.minus(delivery.discount)?;
    if delivery.discount.is_negative() || after.is_negative() {
        return Err(QuoteError::Discount);
    }
    Ok(Taxed::from_base(after, base.shown, base.rate)?)
}

fn quote_line(base: PriceBase, line: &LineInput) -> Result<QuotedLine, QuoteError> {
    if line.unit_price.is_negative() {
        return Err(QuoteError::NegativePrice);
    }
    let unit_shown = shown_price(line.unit_price, base.entered, base.shown, base.rate)?;
    let before = unit_shown.times(line.quantity)?;
    let after = before.minus(line.discount)?;
    if line.discount.is_negative() || after.is_negative() {
        return Err(QuoteError::Discount);
    }
    let total = Taxed::from_base(after, base.shown, base.rate)?;
    Ok(QuotedLine { unit_shown, quantity: line.quantity, discount: line.discount, total })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn base(code: &str, entered: TaxDisplay, shown: TaxDisplay, rate: u32) -> PriceBase {
        let currency = Currency::parse(code).unwrap();
        PriceBase { currency, entered, shown, rate: BasisPoints::new(rate).unwrap() }
    }

    fn line(base: &PriceBase, minor: i64, quantity: u32, discount: i64) -> LineInput {
        let money = |minor| Money::from_minor(minor, base.currency);
        LineInput { unit_price: money(minor), quantity, discount: money(discount) }
    }

    #[test]
    fn what_stands_on_the_page_times_the_quantity_is_charged() {
        use TaxDisplay::{Excluding, Including};
        for (case, entered, shown, unit, quantity, unit_shown, net, gross) in [
            ("with tax throughout", Including, Including, 1_999, 3, 1_999, 4_997, 5_997),
            ("without tax throughout", Excluding, Excluding, 1_666, 3, 1_666, 4_998, 5_998),
            ("entered without, shown with", Excluding, Including, 833, 3, 1_000, 2_500, 3_000),
            ("entered with, shown without", Including, Excluding, 1_000, 3, 833, 2_499, 2_999),
        ] {
            let base = base("GBP", entered, shown, 2_000);
            let quote = quote(base, &[line(&base, unit, quantity, 0)], None).unwrap();
            let got = (quote.lines[0].unit_shown.minor(), quote.total.net().minor(), quote.total.gross().minor());
            assert_eq!(got, (unit_shown, net, gross), "{case}");
        }
    }

    #[test]
    fn impossible_amounts_are_refused() {
        let base = base("EUR", TaxDisplay::Including, TaxDisplay::Including, 1_900);
        assert_eq!(quote(base, &[line(&base, -1, 1, 0)], None), Err(QuoteError::NegativePrice));
        assert_eq!(quote(base, &[line(&base, 100, 1, 101)], None), Err(QuoteError::Discount));
        assert_eq!(quote(base, &[line(&base, 100, 1, -1)], None), Err(QuoteError::Discount));
        assert!(quote(base, &[line(&base, i64::MAX, 2, 0)], None).is_err());
        let delivery = |charge, discount| {
            let [charge, discount] = [charge, discount].map(|minor| Money::from_minor(minor, base.currency));
            quote_with_offers(base, &[], Some(DeliveryInput { charge, discount }))
                .map(|quote| quote.total.gross().minor())
        };
        assert_eq!(delivery(495, 495), Ok(0));
        assert_eq!(delivery(495, 496), Err(QuoteError::Discount));
        assert_eq!(delivery(495, -1), Err(QuoteError::Discount));
        assert_eq!(delivery(-1, 0), Err(QuoteError::NegativePrice));
    }

    #[test]
    fn a_discount_on_delivery_is_taken_off_the_shown_charge() {
        let base = base("GBP", TaxDisplay::Excluding, TaxDisplay::Including, 2_000);
        let [charge, discount] = [1_000, 500].map(|minor| Money::from_minor(minor, base.currency));
        let delivery =
            quote_with_offers(base, &[], Some(DeliveryInput { charge, discount })).unwrap().delivery.unwrap();
        assert_eq!((delivery.net().minor(), delivery.gross().minor()), (583, 700), "10.00 and tax is 12.00, less 5.00");
    }

    proptest! {
        #[test]
        fn the_laws_of_money_hold(
            code in prop::sample::select(vec!["JPY", "EUR", "KWD"]), rate in 0_u32..3_000,
            entered in any::<bool>(), shown in any::<bool>(), delivery in prop::option::of((0_i64..100_000, 0_i64..=100)),
            lines in prop::collection::vec((0_i64..10_000_000, 1_u32..10_000, 0_u32..=100), 0..30),
        ) {
            let side = |with| if with { TaxDisplay::Including } else { TaxDisplay::Excluding };
            let base = base(code, side(entered), side(shown), rate);
            let inputs: Vec<LineInput> = lines.iter().map(|(minor, quantity, percent)| {
                let mut input = line(&base, *minor, *quantity, 0);
                let shown = shown_price(input.unit_price, base.entered, base.shown, base.rate).unwrap();
                input.discount = Money::from_minor(shown.minor() * i64::from(*quantity) * i64::from(*percent) / 100, base.currency);
                input
            }).collect();
            let delivery = delivery.map(|(minor, percent)| {
                let charge = Money::from_minor(minor, base.currency);
                let shown = shown_price(charge, base.entered, base.shown, base.rate).unwrap();
                DeliveryInput { charge, discount: Money::from_minor(shown.minor() * percent / 100, base.currency) }
            });
            let quote = quote_with_offers(base, &inputs, delivery).unwrap();
            prop_assert!(quote.delivery.is_none_or(|charge| !charge.net().is_negative() && !charge.tax().is_negative()));
            let sum: i64 = quote.lines.iter().map(|line| line.total.gross().minor()).sum();
            let delivery = quote.delivery.map_or(0, |charge| charge.gross().minor());
            prop_assert_eq!(sum + delivery, quote.total.gross().minor(), "total = Σ gross");
            for line in &quote.lines {
                prop_assert_eq!(line.total.net().plus(line.total.tax()).unwrap(), line.total.gross());
                prop_assert!(!line.total.gross().is_negative() && !line.total.tax().is_negative());
            }
        }
    }
}
