//! What is answered: each line with its tax, and a tax line for each rate; and whether an answer can be believed.

use super::Taxed;
use super::request::TaxRequest;
use super::rule::AppliedRate;
use crate::money::{Money, MoneyError};
use std::fmt;

/// Most tax lines of an answer.
pub const TAX_ANSWER_RATES_MAX: usize = 100;

/// The tax of a sale.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TaxAnswer {
    /// The lines, in the order in which they were asked.
    pub lines: Vec<TaxedLine>,
    /// Delivery, if it was asked.
    pub delivery: Option<TaxedLine>,
    /// A line for each rate that was applied, of 0 % too; none where no tax is charged.
    pub taxes: Vec<TaxLine>,
}

/// A line, or delivery, with its tax.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TaxedLine {
    /// Net, tax and gross.
    pub total: Taxed,
    /// Which taxes its tax is made of.
    pub shares: Vec<TaxShare>,
}

/// What of a tax line belongs to a line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TaxShare {
    /// Place of the tax line in [`TaxAnswer::taxes`].
    pub tax_line: usize,
    /// What was taxed: the line without tax, or a part of delivery.
    pub net: Money,
    /// The tax.
    pub tax: Money,
}

/// What one rate comes to: what an invoice shows, and what a return of tax is made from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TaxLine {
    /// The rate, and whose tax it is.
    pub applied: AppliedRate,
    /// What was taxed, without tax.
    pub net: Money,
    /// The tax.
    pub tax: Money,
}

/// What an answer is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Answered {
    /// A line, by its place.
    Line(usize),
    /// Delivery.
    Delivery,
}

impl fmt::Display for Answered {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Line(index) => write!(f, "line {}", index.saturating_add(1)),
            Self::Delivery => f.write_str("delivery"),
        }
    }
}

/// Why an answer cannot be believed. Whoever asked a provider goes on with the store's own table then.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum AnswerProblem {
    /// Other lines than were asked about, or delivery more or less.
    #[error("the answer has other lines than the question")]
    OtherLines,
    /// More than [`TAX_ANSWER_RATES_MAX`] tax lines, or a line with more shares than there are tax lines.
    #[error("the answer has too many tax lines")]
    TooManyTaxLines,
    /// The side that was given has changed.
    #[error("the answer changes the price of {0}")]
    OtherPrice(Answered),
    /// An amount below nothing.
    #[error("the answer has an amount below nothing for {0}")]
    Negative(Answered),
    /// The taxes of a line are not its tax, or name a tax line that is not there.
    #[error("the taxes of {0} do not add up")]
    Shares(Answered),
    /// A tax line is not the sum of what the lines have of it.
    #[error("tax line {} is not the sum of its parts", .0.saturating_add(1))]
    TaxLine(usize),
    /// Tax although none is charged.
    #[error("the answer charges tax although the sale is not taxed")]
    Untaxed,
    /// An amount does not fit, or a second currency.
    #[error(transparent)]
    Money(#[from] MoneyError),
}

impl TaxAnswer {
    /// Everything together.
    pub fn total(&self, request: &TaxRequest) -> Result<Taxed, MoneyError> {
        let zero = Taxed::zero(request.currency);
        self.answered().try_fold(zero, |sum, (_, line)| sum.plus(line.total))
    }

    /// Whether this answers the request: the same lines at the same prices, nothing below 0, and every sum right.
    pub fn check(&self, request: &TaxRequest) -> Result<(), AnswerProblem> {
        if self.lines.len() != request.lines.len() || self.delivery.is_some() != request.delivery.is_some() {
            return Err(AnswerProblem::OtherLines);
        }
        let taxed = request.treatment.rates_of().is_some();
        if self.taxes.len() > TAX_ANSWER_RATES_MAX {
            return Err(AnswerProblem::TooManyTaxLines);
        }
        let zero = Money::zero(request.currency);
        let mut sums = vec![(zero, zero); self.taxes.len()];
        for ((answered, line), asked) in self.answered().zip(request.amounts()) {
            let has_tax = !line.total.tax().is_zero() || !line.shares.is_empty();
            if has_tax && !taxed {
                return Err(AnswerProblem::Untaxed);
            }
            if line.total.shown(request.base) != asked {
                return Err(AnswerProblem::OtherPrice(answered));
            }
            if line.total.net().is_negative() || line.total.tax().is_negative() {
                return Err(AnswerProblem::Negative(answered));
            }
            line.add_up(answered, zero, &mut sums)?;
        }
        if !taxed && !self.taxes.is_empty() {
            return Err(AnswerProblem::Untaxed);
        }
        let wrong = self.taxes.iter().zip(&sums).position(|(line, sum)| (line.net, line.tax) != *sum);
        wrong.map_or(Ok(()), |index| Err(AnswerProblem::TaxLine(index)))
    }

    fn answered(&self) -> impl Iterator<Item = (Answered, &TaxedLine)> {
        let lines = self.lines.iter().enumerate().map(|(index, line)| (Answered::Line(index), line));
        lines.chain(self.delivery.iter().map(|delivery| (Answered::Delivery, delivery)))
    }
}

impl TaxedLine {
    /// Adds the shares to the sums of their tax lines, and compares them with the line.
    fn add_up(&self, answered: Answered, zero: Money, sums: &mut [(Money, Money)]) -> Result<(), AnswerProblem> {
        if self.shares.len() > sums.len() {
            return Err(AnswerProblem::TooManyTaxLines);
        }
        let mut tax = zero;
        for share in &self.shares {
            if share.net.is_negative() || share.tax.is_negative() {
                return Err(AnswerProblem::Negative(answered));
            }
            let sum = sums.get_mut(share.tax_line).ok_or(AnswerProblem::Shares(answered))?;
            *sum = (sum.0.plus(share.net)?, sum.1.plus(share.tax)?);
            tax = tax.plus(share.tax)?;
            if share.net.minor() > self.total.net().minor() {
                return Err(AnswerProblem::Shares(answered));
            }
        }
        if tax == self.total.tax() { Ok(()) } else { Err(AnswerProblem::Shares(answered)) }
    }
}

#[cfg(test)]
mod tests;
