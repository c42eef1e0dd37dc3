//! Conditions: what a basket must hold for an offer to apply.

use super::rule::{Field, InvalidOffer, Problem, amount_above_zero, count_above_zero};
use crate::decimal::Decimal;
use crate::money::{Currency, Money};
use crate::range::Range;
use std::num::NonZeroU32;
use std::sync::Arc;

/// What a condition counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ConditionKind {
    /// Units.
    Count,
    /// Their price before any discount.
    Value,
    /// Different products.
    Coverage,
}

/// A condition as a form or a file holds it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConditionParts {
    /// What it counts.
    pub kind: ConditionKind,
    /// Of which goods.
    pub range: Option<Arc<Range>>,
    /// How much: a whole number, or an amount in the offer's currency.
    pub value: Decimal,
}

/// How much of something.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Need {
    /// So many units.
    Units(NonZeroU32),
    /// Units of so many different products.
    Products(NonZeroU32),
    /// Units worth so much, before any discount.
    Amount(Money),
}

impl Need {
    /// Whether lines (product, unit price in minor units, units) hold as much.
    pub(super) fn is_met_by<P: Ord>(self, lines: impl Iterator<Item = (P, i64, u32)>) -> bool {
        match self {
            Self::Units(wanted) => u64::from(wanted.get()) <= lines.map(|(_, _, units)| u64::from(units)).sum(),
            Self::Amount(wanted) => {
                let worth = |(_, price, units): (P, i64, u32)| i128::from(price) * i128::from(units);
                i128::from(wanted.minor()) <= lines.map(worth).sum()
            }
            Self::Products(wanted) => {
                let mut products: Vec<P> = lines.map(|(product, _, _)| product).collect();
                products.sort_unstable();
                products.dedup();
                usize::try_from(wanted.get()).is_ok_and(|wanted| wanted <= products.len())
            }
        }
    }
}

/// What a basket must hold.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Condition {
    range: Arc<Range>,
    need: Need,
}

impl Condition {
    pub(super) fn new(parts: ConditionParts, currency: Option<Currency>) -> Result<Self, InvalidOffer> {
        let field = Field::ConditionValue;
        let range = parts.range.ok_or(InvalidOffer { field: Field::ConditionRange, problem: Problem::Missing })?;
        let need = match parts.kind {
            ConditionKind::Count => Need::Units(count_above_zero(parts.value, field)?),
            ConditionKind::Coverage => Need::Products(count_above_zero(parts.value, field)?),
            ConditionKind::Value => Need::Amount(amount_above_zero(Some(parts.value), currency, field)?),
        };
        Ok(Self { range, need })
    }

    /// Of which goods.
    pub fn range(&self) -> &Arc<Range> {
        &self.range
    }

    /// How much.
    pub fn need(&self) -> Need {
        self.need
    }
}
