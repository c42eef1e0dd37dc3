//! Benefits: what an offer takes off.

use super::condition::{Condition, Need};
use super::rule::{Field, InvalidOffer, Problem, amount, amount_above_zero};
use crate::decimal::Decimal;
use crate::money::{BasisPoints, Currency, Money};
use crate::range::Range;
use std::num::NonZeroU32;
use std::sync::Arc;

/// Kinds of benefits, by django-oscar's names.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum BenefitKind {
    /// A percentage off units of the range.
    Percentage,
    /// An amount off units of the range together, shared in proportion to their price.
    Absolute,
    /// An amount off each unit of the range.
    FixedUnit,
    /// The cheapest unit of the range is free.
    Multibuy,
    /// The units that meet the condition cost so much together.
    FixedPrice,
    /// A percentage off delivery.
    ShippingPercentage,
    /// An amount off delivery.
    ShippingAbsolute,
    /// Delivery costs so much.
    ShippingFixedPrice,
    /// Nothing off: the offer's actions follow the order.
    AfterOrder,
}

/// A benefit as a form or a file holds it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BenefitParts {
    /// Its kind.
    pub kind: BenefitKind,
    /// Off which goods; only for percentage, absolute, fixed unit and multibuy.
    pub range: Option<Arc<Range>>,
    /// A percentage, or an amount in the offer's currency; not for multibuy and after order.
    pub value: Option<Decimal>,
    /// Most units that one application takes something off; only for percentage, absolute and fixed unit.
    pub max_affected_items: Option<u32>,
}

/// What an offer takes off.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Benefit {
    /// A share of the price of units, cheapest first.
    Percentage {
        /// Off which goods.
        range: Arc<Range>,
        /// The share, at most 100 %.
        percent: BasisPoints,
        /// Most units in one basket.
        units_max: Option<NonZeroU32>,
    },
    /// An amount off units together, cheapest first.
    Absolute {
        /// Off which goods.
        range: Arc<Range>,
        /// How much, at most.
        amount: Money,
        /// Most units of one application.
        units_max: Option<NonZeroU32>,
    },
    /// An amount off each unit, cheapest first.
    FixedUnit {
        /// Off which goods.
        range: Arc<Range>,
        /// How much off a unit, at most.
        amount: Money,
        /// Most units of one application.
        units_max: Option<NonZeroU32>,
    },
    /// The cheapest unit is free in every full group that meets the condition. Where one unit meets it, there is
    /// no group and one unit of the basket is free.
    Multibuy {
        /// Off which goods.
        range: Arc<Range>,
    },
    /// The cheapest units that meet the condition cost this much together.
    FixedPrice {
        /// What they cost together.
        price: Money,
    },
    /// Off delivery; only the first such offer of a basket changes the charge, as in Oscar.
    Shipping(ShippingBenefit),
    /// Nothing off: the offer's actions follow the order (Oscar's `PostOrderAction`).
    AfterOrder,
}

/// What is taken off delivery.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ShippingBenefit {
    /// A share of the charge, at most 100 %.
    Percentage(BasisPoints),
    /// This much of the charge.
    Absolute(Money),
    /// All that the charge is above this.
    FixedPrice(Money),
}

impl Benefit {
    pub(super) fn new(
        parts: BenefitParts,
        condition: &Condition,
        currency: Option<Currency>,
    ) -> Result<Self, InvalidOffer> {
        parts.refuse_what_is_not_asked_for()?;
        let value = parts.value;
        let above_zero = || amount_above_zero(value, currency, Field::BenefitValue);
        let units_max = match parts.max_affected_items.map(NonZeroU32::new) {
            Some(None) => return Err(Field::MaxAffectedItems.problem(Problem::NotAboveZero)),
            units => units.flatten(),
        };
        let range = || parts.range.clone().ok_or(Field::BenefitRange.problem(Problem::Missing));
        Ok(match parts.kind {
            BenefitKind::Percentage => Self::Percentage { range: range()?, percent: percent(value)?, units_max },
            BenefitKind::Absolute => Self::Absolute { range: range()?, amount: above_zero()?, units_max },
            BenefitKind::FixedUnit => Self::FixedUnit { range: range()?, amount: above_zero()?, units_max },
            BenefitKind::Multibuy => Self::Multibuy { range: range()? },
            BenefitKind::FixedPrice if matches!(condition.need(), Need::Amount(_)) => {
                return Err(Field::Condition.problem(Problem::FixedPriceNeedsUnits));
            }
            BenefitKind::FixedPrice => Self::FixedPrice { price: amount(value, currency, Field::BenefitValue)? },
            BenefitKind::ShippingPercentage => Self::Shipping(ShippingBenefit::Percentage(percent(value)?)),
            BenefitKind::ShippingAbsolute => Self::Shipping(ShippingBenefit::Absolute(above_zero()?)),
            BenefitKind::ShippingFixedPrice => {
                Self::Shipping(ShippingBenefit::FixedPrice(amount(value, currency, Field::BenefitValue)?))
            }
            BenefitKind::AfterOrder => Self::AfterOrder,
        })
    }

    /// Off which goods; `None` where the condition's range counts, or no goods at all.
    pub fn range(&self) -> Option<&Arc<Range>> {
        match self {
            Self::Percentage { range, .. }
            | Self::Absolute { range, .. }
            | Self::FixedUnit { range, .. }
            | Self::Multibuy { range } => Some(range),
            Self::FixedPrice { .. } | Self::Shipping(_) | Self::AfterOrder => None,
        }
    }
}

impl BenefitParts {
    /// A value that would be passed over is a mistake of whoever filled the form in.
    fn refuse_what_is_not_asked_for(&self) -> Result<(), InvalidOffer> {
        use BenefitKind::{AfterOrder, FixedUnit, Multibuy, Percentage};
        let on_units = matches!(self.kind, Percentage | BenefitKind::Absolute | FixedUnit);
        for (field, present, wanted) in [
            (Field::BenefitRange, self.range.is_some(), on_units || self.kind == Multibuy),
            (Field::BenefitValue, self.value.is_some(), !matches!(self.kind, Multibuy | AfterOrder)),
            (Field::MaxAffectedItems, self.max_affected_items.is_some(), on_units),
        ] {
            if present && !wanted {
                return Err(field.problem(Problem::NotForThisKind));
            }
        }
        Ok(())
    }
}

impl ShippingBenefit {
    /// What is taken off a charge; never more than the charge.
    pub(super) fn discount(self, charge: i64) -> i64 {
        match self {
            Self::Percentage(percent) => super::share::percent_off(charge, percent),
            Self::Absolute(amount) => amount.minor().min(charge),
            Self::FixedPrice(price) => charge.saturating_sub(price.minor()).max(0),
        }
    }
}

/// A percentage above 0, at most 100, with at most two digits behind the point.
fn percent(value: Option<Decimal>) -> Result<BasisPoints, InvalidOffer> {
    let problem = |problem| Field::BenefitValue.problem(problem);
    let value = value.ok_or(problem(Problem::Missing))?;
    // Before the digits are looked at: of a percentage that does not fit, its size is what is wrong.
    if value <= Decimal::ZERO {
        return Err(problem(Problem::NotAboveZero));
    }
    if Decimal::new(100, 0).is_some_and(|whole| whole < value) {
        return Err(problem(Problem::Above100Percent));
    }
    let points = value.scaled(2).map_err(|_| problem(Problem::TooPrecise))?;
    u32::try_from(points).ok().and_then(BasisPoints::new).ok_or(problem(Problem::Above100Percent))
}
