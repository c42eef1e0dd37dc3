//! Prices a case as the store prices a basket: unit prices as shown, offers, the quote.

use crate::read::{Case, CaseLine, CaseShipping};
use commerce::address::Country;
use commerce::delivery::{Consignment, NotOffered, SentLine};
use commerce::money::{Money, MoneyError};
use commerce::offer::{Decisions, Facts, InvalidBook, InvalidFacts, OfferBook, OfferLine, apply};
use commerce::quote::{DeliveryInput, LineInput, Quote, QuoteError, quote};
use commerce::tax::class::TaxClass;

/// A priced case.
#[derive(Clone, Debug)]
pub struct Priced {
    /// The offers that can be made.
    pub book: OfferBook,
    /// The basket, as offers see it.
    pub lines: Vec<OfferLine>,
    /// What offers decide.
    pub decisions: Decisions,
    /// The goods without offers.
    pub before: Quote,
    /// The goods with offers.
    pub after: Quote,
    /// Delivery without and with offers; `None` if nothing is sent or no method is given.
    pub delivery: Option<(Quote, Quote)>,
}

/// Why a case cannot be priced.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PricingError {
    /// Its offers make no book.
    #[error(transparent)]
    Book(#[from] InvalidBook),
    /// Its basket is none.
    #[error(transparent)]
    Facts(#[from] InvalidFacts),
    /// Its amounts do not fit.
    #[error(transparent)]
    Quote(#[from] QuoteError),
    /// The method of delivery does not serve the currency.
    #[error("the delivery has no charge")]
    NotDelivered,
}

impl From<MoneyError> for PricingError {
    fn from(error: MoneyError) -> Self {
        Self::Quote(error.into())
    }
}

/// Prices a case, with the offers that could be made.
pub fn price(case: &Case) -> Result<Priced, PricingError> {
    let offers = case.offers.iter().filter_map(|(_, offer)| offer.clone().ok()).collect();
    let book = OfferBook::new(offers)?;
    let lines = case.basket.iter().map(|of_case| line(case, of_case));
    let lines = lines.collect::<Result<Vec<_>, _>>()?;
    let facts = Facts {
        currency: case.sale.terms().currency,
        lines: &lines,
        shipping: None,
        vouchers: &case.vouchers,
        shopper: &case.shopper,
        uses: &case.uses,
        now: case.now,
    };
    // The charge of delivery may depend on the price of the goods after offers, so they come first.
    let decisions = apply(&book, &facts)?;
    let none = vec![Money::zero(case.sale.terms().currency); lines.len()];
    let discounts: Vec<Money> = decisions.lines.iter().map(|line| line.discount).collect();
    let (before, after) = (quote_goods(case, &none)?, quote_goods(case, &discounts)?);
    let sent = lines.iter().any(|line| line.requires_shipping);
    let Some(shipping) = case.shipping.as_ref().filter(|_| sent) else {
        return Ok(Priced { book, lines, decisions, before, after, delivery: None });
    };
    let charge = charge(case, shipping, &after)?;
    let sale = &shipping.sale;
    let shown = sale.delivery_shown(charge).map_err(QuoteError::from)?;
    // Delivery changes no price of goods.
    let decisions = apply(&book, &Facts { shipping: Some(shown), ..facts })?;
    let discount = decisions.shipping_discount(sale.terms().currency);
    let with = quote(sale, &[], Some(DeliveryInput { charge, discount }))?;
    let without = quote(sale, &[], Some(DeliveryInput { charge, discount: Money::zero(sale.terms().currency) }))?;
    Ok(Priced { book, lines, decisions, before, after, delivery: Some((without, with)) })
}

fn line(case: &Case, line: &CaseLine) -> Result<OfferLine, PricingError> {
    Ok(OfferLine {
        product: line.product.ranged.clone(),
        unit_price: case.sale.price_shown(line.price, &TaxClass::standard()).map_err(QuoteError::from)?,
        quantity: line.quantity,
        discountable: line.product.discountable,
        requires_shipping: line.product.requires_shipping,
    })
}

fn quote_goods(case: &Case, discounts: &[Money]) -> Result<Quote, QuoteError> {
    let class = TaxClass::standard();
    let input = |(line, discount): (&CaseLine, &Money)| LineInput {
        unit_price: line.price,
        quantity: line.quantity.get(),
        discount: *discount,
        class: &class,
        is_sent: line.product.requires_shipping,
    };
    let inputs: Vec<LineInput> = case.basket.iter().zip(discounts).map(input).collect();
    quote(&case.sale, &inputs, None)
}

fn charge(case: &Case, shipping: &CaseShipping, goods: &Quote) -> Result<Money, PricingError> {
    let sent = case.basket.iter().filter(|line| line.product.requires_shipping);
    let lines = sent.map(|line| SentLine { partner: None, weight_kg: line.product.weight, units: line.quantity.get() });
    let consignment = Consignment { goods: goods.goods.gross(), lines: lines.collect() };
    // A case's method reaches every country.
    let country = Country::parse("GB").map_err(|_| PricingError::NotDelivered)?;
    shipping.method.charge(&consignment, &country.into()).map_err(|error| match error {
        NotOffered::Money(error) => error.into(),
        _ => PricingError::NotDelivered,
    })
}
