//! The one calculation: what a basket costs. Basket page, checkout, payment, order and mail all show its figures.
//!
//! Offers enter between the list price and the line's total ([`LineInput::discount`]), and between the charge of
//! delivery and what is paid for it ([`DeliveryInput::discount`]); then the [sale](SaleTax) says what tax is in it, or on
//! it. The laws below hold with all of them: each line keeps net, tax and gross after discounts, net + tax = gross;
//! total = Σ gross; the taxes sum to the total's; nothing is below 0.

use crate::market::TaxDisplay;
use crate::money::{Currency, Money, MoneyError};
use crate::tax::Taxed;
use crate::tax::answer::{AnswerProblem, TaxAnswer, TaxLine, TaxShare};
use crate::tax::class::TaxClass;
use crate::tax::request::{TaxError, TaxRequest, TaxableLine};
use crate::tax::sale::SaleTax;
use crate::tax::treatment::TaxTreatment;

/// A line to be priced.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LineInput<'l> {
    /// Unit price as entered.
    pub unit_price: Money,
    /// Units.
    pub quantity: u32,
    /// What offers take off the line, in the shown base; not more than the line.
    pub discount: Money,
    /// How it is taxed.
    pub class: &'l TaxClass,
    /// Whether it is sent.
    pub is_sent: bool,
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
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct QuotedLine {
    /// Unit price in the shown base.
    pub unit_shown: Money,
    /// Units.
    pub quantity: u32,
    /// What offers took off, in the shown base.
    pub discount: Money,
    /// What the line costs after discounts.
    pub total: Taxed,
    /// What of each tax line is its.
    pub taxes: Vec<TaxShare>,
}

/// What a basket costs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Quote {
    /// What its amounts are in.
    pub currency: Currency,
    /// Whether the market shows them with tax.
    pub shown: TaxDisplay,
    /// How the sale is taxed.
    pub treatment: TaxTreatment,
    /// Whether tax cannot be told yet: it comes to the total once the region is known.
    pub is_tax_open: bool,
    /// The lines, in the order given.
    pub lines: Vec<QuotedLine>,
    /// The goods: the sum of the lines.
    pub goods: Taxed,
    /// Delivery after discounts; `None` while no method is chosen.
    pub delivery: Option<Taxed>,
    /// What of each tax line is delivery's.
    pub delivery_taxes: Vec<TaxShare>,
    /// A line for each rate that was applied; none where no tax is charged.
    pub taxes: Vec<TaxLine>,
    /// Everything.
    pub total: Taxed,
}

/// Why a basket cannot be priced.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum QuoteError {
    /// An amount does not fit, or a second currency.
    #[error(transparent)]
    Money(#[from] MoneyError),
    /// Its tax cannot be worked out.
    #[error(transparent)]
    Tax(#[from] TaxError),
    /// An answer about its tax that is none.
    #[error(transparent)]
    Answer(#[from] AnswerProblem),
    /// A discount below nothing, or above the line.
    #[error("a discount is more than what it is taken off")]
    Discount,
    /// A price below nothing.
    #[error("a price is below nothing")]
    NegativePrice,
}

/// Lines and delivery with their shown prices, before tax is worked out: [`request`](Self::request) is what is asked of
/// whoever does that, and [`taxed`](Self::taxed) takes the answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Untaxed {
    sale: SaleTax,
    lines: Vec<UntaxedLine>,
    request: TaxRequest,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct UntaxedLine {
    unit_shown: Money,
    quantity: u32,
    discount: Money,
}

/// Prices lines and delivery, each with what offers take off it, and taxes them by the store's own table.
pub fn quote(sale: &SaleTax, lines: &[LineInput<'_>], delivery: Option<DeliveryInput>) -> Result<Quote, QuoteError> {
    let untaxed = Untaxed::new(sale, lines, delivery)?;
    let answer = sale.answer(&untaxed.request)?;
    untaxed.taxed(answer)
}

impl Untaxed {
    /// Prices lines and delivery, each with what offers take off it.
    pub fn new(sale: &SaleTax, lines: &[LineInput<'_>], delivery: Option<DeliveryInput>) -> Result<Self, QuoteError> {
        let (mut priced, mut taxable) = (Vec::with_capacity(lines.len()), Vec::with_capacity(lines.len()));
        for line in lines {
            let shown = shown_line(sale, line)?;
            let amount = less(shown.unit_shown.times(shown.quantity)?, shown.discount)?;
            taxable.push(TaxableLine { amount, class: line.class.clone(), is_sent: line.is_sent });
            priced.push(shown);
        }
        let delivery = delivery.map(|delivery| shown_delivery(sale, delivery)).transpose()?;
        let request = sale.request(taxable, delivery);
        Ok(Self { sale: sale.clone(), lines: priced, request })
    }

    /// What is asked of whoever works out tax.
    pub fn request(&self) -> &TaxRequest {
        &self.request
    }

    /// The figures with their tax. An answer that is not one to the [request](Self::request) is refused.
    pub fn taxed(self, answer: TaxAnswer) -> Result<Quote, QuoteError> {
        answer.check(&self.request)?;
        let terms = self.sale.terms();
        let total = answer.total(&self.request)?;
        let zero = Taxed::zero(terms.currency);
        let goods = answer.lines.iter().try_fold(zero, |sum, line| sum.plus(line.total))?;
        let line = |(line, answer): (UntaxedLine, crate::tax::answer::TaxedLine)| QuotedLine {
            unit_shown: line.unit_shown,
            quantity: line.quantity,
            discount: line.discount,
            total: answer.total,
            taxes: answer.shares,
        };
        let lines = self.lines.into_iter().zip(answer.lines).map(line).collect();
        let (delivery, delivery_taxes) =
            answer.delivery.map_or((None, Vec::new()), |delivery| (Some(delivery.total), delivery.shares));
        Ok(Quote {
            currency: terms.currency,
            shown: terms.shown,
            treatment: self.sale.treatment(),
            is_tax_open: self.sale.is_open(),
            lines,
            goods,
            delivery,
            delivery_taxes,
            taxes: answer.taxes,
            total,
        })
    }
}

/// What is left of an amount after a discount.
fn less(amount: Money, discount: Money) -> Result<Money, QuoteError> {
    let after = amount.minus(discount)?;
    if discount.is_negative() || after.is_negative() { Err(QuoteError::Discount) } else { Ok(after) }
}

fn shown_delivery(sale: &SaleTax, delivery: DeliveryInput) -> Result<Money, QuoteError> {
    if delivery.charge.is_negative() {
        return Err(QuoteError::NegativePrice);
    }
    less(sale.delivery_shown(delivery.charge)?, delivery.discount)
}

fn shown_line(sale: &SaleTax, line: &LineInput<'_>) -> Result<UntaxedLine, QuoteError> {
    if line.unit_price.is_negative() {
        return Err(QuoteError::NegativePrice);
    }
    let unit_shown = sale.price_shown(line.unit_price, line.class)?;
    Ok(UntaxedLine { unit_shown, quantity: line.quantity, discount: line.discount })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::address::Country;
    use crate::money::BasisPoints;
    use crate::tax::class::TaxClass;
    use crate::tax::policy::TaxPolicy;
    use crate::tax::sale::SaleTerms;
    use proptest::prelude::*;
    use std::sync::{Arc, LazyLock};

    static STANDARD: LazyLock<TaxClass> = LazyLock::new(TaxClass::standard);

    /// A sale at one rate.
    fn sale(code: &str, entered: TaxDisplay, shown: TaxDisplay, rate: u32) -> SaleTax {
        let home = Country::parse("GB").unwrap();
        let policy = TaxPolicy::flat(BasisPoints::new(rate).unwrap().into(), home);
        let day = "2026-11-30".parse().unwrap();
        Arc::new(policy).usual_sale(SaleTerms { currency: Currency::parse(code).unwrap(), entered, shown, day }, home)
    }

    fn line(sale: &SaleTax, minor: i64, quantity: u32, discount: i64) -> LineInput<'static> {
        let money = |minor| Money::from_minor(minor, sale.terms().currency);
        LineInput { unit_price: money(minor), quantity, discount: money(discount), class: &STANDARD, is_sent: true }
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
            let sale = sale("GBP", entered, shown, 2_000);
            let quote = quote(&sale, &[line(&sale, unit, quantity, 0)], None).unwrap();
            let got = (quote.lines[0].unit_shown.minor(), quote.total.net().minor(), quote.total.gross().minor());
            assert_eq!(got, (unit_shown, net, gross), "{case}");
        }
    }

    #[test]
    fn impossible_amounts_are_refused() {
        let sale = sale("EUR", TaxDisplay::Including, TaxDisplay::Including, 1_900);
        assert_eq!(quote(&sale, &[line(&sale, -1, 1, 0)], None), Err(QuoteError::NegativePrice));
        assert_eq!(quote(&sale, &[line(&sale, 100, 1, 101)], None), Err(QuoteError::Discount));
        assert_eq!(quote(&sale, &[line(&sale, 100, 1, -1)], None), Err(QuoteError::Discount));
        assert!(quote(&sale, &[line(&sale, i64::MAX, 2, 0)], None).is_err());
        let delivery = |charge, discount| {
            let [charge, discount] = [charge, discount].map(|minor| Money::from_minor(minor, sale.terms().currency));
            quote(&sale, &[], Some(DeliveryInput { charge, discount })).map(|quote| quote.total.gross().minor())
        };
        assert_eq!(delivery(495, 495), Ok(0));
        assert_eq!(delivery(495, 496), Err(QuoteError::Discount));
        assert_eq!(delivery(495, -1), Err(QuoteError::Discount));
        assert_eq!(delivery(-1, 0), Err(QuoteError::NegativePrice));
    }

    #[test]
    fn a_discount_on_delivery_is_taken_off_the_shown_charge() {
        let sale = sale("GBP", TaxDisplay::Excluding, TaxDisplay::Including, 2_000);
        let [charge, discount] = [1_000, 500].map(|minor| Money::from_minor(minor, sale.terms().currency));
        let delivery = quote(&sale, &[], Some(DeliveryInput { charge, discount })).unwrap().delivery.unwrap();
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
            let sale = sale(code, side(entered), side(shown), rate);
            let currency = sale.terms().currency;
            let inputs: Vec<LineInput> = lines.iter().map(|(minor, quantity, percent)| {
                let mut input = line(&sale, *minor, *quantity, 0);
                let shown = sale.price_shown(input.unit_price, &STANDARD).unwrap();
                input.discount = Money::from_minor(shown.minor() * i64::from(*quantity) * i64::from(*percent) / 100, currency);
                input
            }).collect();
            let delivery = delivery.map(|(minor, percent)| {
                let charge = Money::from_minor(minor, currency);
                let shown = sale.delivery_shown(charge).unwrap();
                DeliveryInput { charge, discount: Money::from_minor(shown.minor() * percent / 100, currency) }
            });
            let quote = quote(&sale, &inputs, delivery).unwrap();
            prop_assert!(quote.delivery.is_none_or(|charge| !charge.net().is_negative() && !charge.tax().is_negative()));
            let sum: i64 = quote.lines.iter().map(|line| line.total.gross().minor()).sum();
            let delivery = quote.delivery.map_or(0, |charge| charge.gross().minor());
            prop_assert_eq!(sum + delivery, quote.total.gross().minor(), "total = Σ gross");
            let taxes: i64 = quote.taxes.iter().map(|line| line.tax.minor()).sum();
            prop_assert_eq!(taxes, quote.total.tax().minor(), "the taxes are the total's");
            for line in &quote.lines {
                prop_assert_eq!(line.total.net().plus(line.total.tax()).unwrap(), line.total.gross());
                prop_assert!(!line.total.gross().is_negative() && !line.total.tax().is_negative());
            }
        }
    }
}
