//! What is asked of whoever works out tax: the table of a store, or a provider outside.

use super::class::TaxClass;
use super::place::TaxPlace;
use super::rounding::RoundingRule;
use super::table::NoTaxRule;
use super::treatment::{RatesOf, TaxTreatment};
use crate::basket::BASKET_LINES_MAX;
use crate::market::TaxDisplay;
use crate::money::{Currency, Money, MoneyError};
use jiff::civil::Date;

/// Most lines of one request.
pub const TAX_LINES_MAX: usize = BASKET_LINES_MAX;

/// A sale whose tax is to be worked out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TaxRequest {
    /// What all amounts are in.
    pub currency: Currency,
    /// Whether the amounts hold the tax. This side of every line stays as it is.
    pub base: TaxDisplay,
    /// The day of the sale, in the store's time zone.
    pub day: Date,
    /// Where the store is.
    pub home: TaxPlace,
    /// Where the goods go.
    pub destination: TaxPlace,
    /// How the sale is treated.
    pub treatment: TaxTreatment,
    /// How tax is rounded.
    pub rounding: RoundingRule,
    /// The lines; at most [`TAX_LINES_MAX`].
    pub lines: Vec<TaxableLine>,
    /// Delivery, once a method is chosen.
    pub delivery: Option<TaxableDelivery>,
}

/// A line after discounts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TaxableLine {
    /// What it costs, in the request's base; not below 0.
    pub amount: Money,
    /// What it is.
    pub class: TaxClass,
    /// Whether it is in a parcel: delivery is taxed in proportion to what is.
    pub is_sent: bool,
}

/// Delivery after discounts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TaxableDelivery {
    /// What it costs, in the request's base; not below 0.
    pub amount: Money,
    /// How it is taxed.
    pub taxed: DeliveryTax,
}

/// How delivery is taxed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum DeliveryTax {
    /// By a class of its own.
    OwnClass(TaxClass),
    /// Like the goods that are sent: its price is split over their rates in proportion to what they cost without tax. With
    /// goods that cost nothing all of it has the highest of their rates; without goods, that of the class `standard`.
    InProportion,
}

/// Why tax cannot be worked out.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TaxError {
    /// The table has a gap.
    #[error(transparent)]
    NoRule(#[from] NoTaxRule),
    /// An amount does not fit, or a second currency.
    #[error(transparent)]
    Money(#[from] MoneyError),
    /// An amount below nothing.
    #[error("an amount to be taxed is below nothing")]
    Negative,
    /// More than [`TAX_LINES_MAX`].
    #[error("tax is worked out for at most {TAX_LINES_MAX} lines")]
    TooManyLines,
}

impl TaxRequest {
    /// The place whose rates hold; `None` where no tax is charged.
    pub fn rates_at(&self) -> Option<&TaxPlace> {
        self.treatment.rates_of().map(|rates| match rates {
            RatesOf::Destination => &self.destination,
            RatesOf::Home => &self.home,
        })
    }

    /// All amounts: the lines in order, then delivery.
    pub fn amounts(&self) -> impl Iterator<Item = Money> + '_ {
        let delivery = self.delivery.iter().map(|delivery| delivery.amount);
        self.lines.iter().map(|line| line.amount).chain(delivery)
    }

    /// Refuses what has no answer.
    pub fn check(&self) -> Result<(), TaxError> {
        if self.lines.len() > TAX_LINES_MAX {
            return Err(TaxError::TooManyLines);
        }
        if self.amounts().any(Money::is_negative) {
            return Err(TaxError::Negative);
        }
        Money::sum(self.currency, self.amounts())?;
        Ok(())
    }
}
