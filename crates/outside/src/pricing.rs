//! Asks a pricing module what the lines of a basket cost: all of them in one question.
//!
//! The module may leave a line at the store's price. Whatever else it answers is checked before it counts: as many lines as were
//! asked about, no amount below nothing or finer than the currency, no basket beyond what the store can add up.

use crate::field::{Field, FieldError, FieldProblem};
use crate::line::{Deadline, OutsideError};
use crate::outside::{FORMAT, Outside};
use commerce::basket::{BASKET_LINES_MAX, Quantity};
use commerce::ids::ProductId;
use commerce::language::Language;
use commerce::market::{MarketCode, TaxDisplay};
use commerce::money::{Currency, Money};
use serde::Serialize;
use serde_json::Value;

/// How long a module has where the store says nothing else: a shopper waits for the basket. 800 ms.
pub const PRICING_DEADLINE: Deadline = Deadline(800);
/// Longest reference of a customer, in characters.
pub const CUSTOMER_CHARS_MAX: usize = 120;

/// A basket whose prices are asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PricingQuestion {
    /// What all amounts are in.
    pub currency: Currency,
    /// The market that the shopper buys in.
    pub market: MarketCode,
    /// The shopper's language.
    pub language: Language,
    /// Who is buying, by a reference that both sides know; `None` for whoever is not known. No name, no mail address: the module
    /// needs neither.
    pub customer: Option<CustomerReference>,
    /// The lines; at most [`BASKET_LINES_MAX`].
    pub lines: Vec<PricingLine>,
}

/// A line whose price is asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PricingLine {
    /// The partner's code for what is bought.
    pub sku: String,
    /// The product.
    pub product: ProductId,
    /// How many.
    pub quantity: Quantity,
    /// What the store charges for one, unless the module says otherwise.
    pub unit_price: Money,
    /// Whether that holds the tax. The answer is understood in the same way.
    pub tax: TaxDisplay,
}

/// What a customer is called between the store and a module: 1 to [`CUSTOMER_CHARS_MAX`] visible ASCII characters, such as the
/// number in the books.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct CustomerReference(String);

/// Not a reference of a customer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a customer's reference has 1 to {CUSTOMER_CHARS_MAX} letters, digits and signs without spaces")]
pub struct InvalidCustomerReference;

impl CustomerReference {
    /// Takes a reference as it is.
    pub fn parse(raw: &str) -> Result<Self, InvalidCustomerReference> {
        let fits = (1..=CUSTOMER_CHARS_MAX).contains(&raw.len()) && raw.bytes().all(|byte| byte.is_ascii_graphic());
        if fits { Ok(Self(raw.to_owned())) } else { Err(InvalidCustomerReference) }
    }
}

/// Why the store's own prices stay.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PricingError {
    /// More than [`BASKET_LINES_MAX`]; nobody was asked.
    #[error("prices are asked for at most {BASKET_LINES_MAX} lines")]
    TooManyLines,
    /// There is no answer.
    #[error(transparent)]
    Outside(#[from] OutsideError),
    /// The answer cannot be used. None of it counts, the lines that are in order neither.
    #[error(transparent)]
    Field(#[from] FieldError),
}

/// The unit prices that a module gives, in the order of the lines; `None` where the store's price stays.
///
/// An empty basket is not asked about.
pub async fn ask_prices(module: &Outside, question: &PricingQuestion) -> Result<Vec<Option<Money>>, PricingError> {
    if BASKET_LINES_MAX < question.lines.len() {
        return Err(PricingError::TooManyLines);
    }
    if question.lines.is_empty() {
        return Ok(Vec::new());
    }
    let answer = module.ask(&QuestionBody::of(question)).await?;
    Ok(read_prices(&answer, question)?)
}

/// Checks the answer to a question.
fn read_prices(answer: &Value, question: &PricingQuestion) -> Result<Vec<Option<Money>>, FieldError> {
    let whole = Field::whole(answer);
    refuse_other(whole.part_if_told("currency")?, question.currency.code())?;
    let lines = whole.part("lines")?;
    let mut total = Money::zero(question.currency);
    let mut prices = Vec::with_capacity(question.lines.len());
    for (line, asked) in lines.lines(question.lines.len())?.iter().zip(&question.lines) {
        let price = read_price(line, asked, question.currency)?;
        let sum = price.unwrap_or(asked.unit_price).times(asked.quantity.get()).and_then(|sum| total.plus(sum));
        // The store's own prices add up, or else there would be no basket.
        total = sum.map_err(|_| line.wrong(FieldProblem::TooLarge))?;
        prices.push(price);
    }
    Ok(prices)
}

/// `null` and `{"unit_price": null}` leave the store's price; a line that says nothing of a price is a mistake.
fn read_price(line: &Field<'_>, asked: &PricingLine, currency: Currency) -> Result<Option<Money>, FieldError> {
    if line.is_null() {
        return Ok(None);
    }
    let price = line.part("unit_price")?;
    // Whoever repeats these is held to them: an answer in another order would give one article the price of another.
    refuse_other(line.part_if_told("sku")?, &asked.sku)?;
    refuse_other(line.part_if_told("product")?, &asked.product.to_string())?;
    if price.is_null() { Ok(None) } else { price.amount(currency).map(Some) }
}

fn refuse_other(told: Option<Field<'_>>, asked: &str) -> Result<(), FieldError> {
    match told {
        Some(told) if told.text()? != asked => Err(told.wrong(FieldProblem::Other)),
        _ => Ok(()),
    }
}

/// The question as it is sent.
#[derive(Serialize)]
struct QuestionBody<'q> {
    format: u32,
    question: &'static str,
    currency: &'q str,
    market: &'q str,
    language: &'q str,
    customer: Option<&'q str>,
    lines: Vec<LineBody<'q>>,
}

#[derive(Serialize)]
struct LineBody<'q> {
    sku: &'q str,
    product: String,
    quantity: u32,
    unit_price: String,
    tax_included: bool,
}

impl<'q> QuestionBody<'q> {
    fn of(question: &'q PricingQuestion) -> Self {
        let line = |line: &'q PricingLine| LineBody {
            sku: &line.sku,
            product: line.product.to_string(),
            quantity: line.quantity.get(),
            unit_price: line.unit_price.to_decimal_string(),
            tax_included: line.tax == TaxDisplay::Including,
        };
        Self {
            format: FORMAT,
            question: "prices",
            currency: question.currency.code(),
            market: question.market.as_str(),
            language: question.language.code(),
            customer: question.customer.as_ref().map(|customer| customer.0.as_str()),
            lines: question.lines.iter().map(line).collect(),
        }
    }
}

#[cfg(test)]
mod tests;
