//! What a method costs: for the order, for each unit, by weight and by price.

use super::{NotOffered, SentLine, Zone, count};
use crate::decimal::Decimal;
use crate::money::{Currency, Money, MoneyError};
use std::sync::Arc;

/// Most weight bands of a charge.
pub const WEIGHT_BANDS_MAX: usize = 64;
/// Most price bands of a charge.
pub const PRICE_BANDS_MAX: usize = 64;

/// How a charge is worked out: the sum of what it names, for each parcel. Amounts are as entered, like prices.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Charge {
    /// Where it counts; `None` for wherever the method goes.
    pub zone: Option<Arc<Zone>>,
    /// For each order; its currency is the charge's.
    pub per_order: Money,
    /// For each unit.
    pub per_item: Money,
    /// By weight; empty where weight plays no part. Sorted by weight.
    pub bands: Vec<WeightBand>,
    /// By the total of the goods; empty where it plays no part. Sorted by total.
    pub price_bands: Vec<PriceBand>,
    /// Weight of a product that has none, in kilograms.
    pub default_weight_kg: Decimal,
    /// Free from this total of goods on (as shoppers see it, after discounts; Oscar's threshold is inclusive too).
    pub free_from: Option<Money>,
    /// Not offered below this total of goods.
    pub min_total: Option<Money>,
    /// Not offered above this total of goods.
    pub max_total: Option<Money>,
}

/// Up to this weight, this charge.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct WeightBand {
    /// In kilograms, inclusive.
    pub up_to_kg: Decimal,
    /// As entered.
    pub charge: Money,
}

/// From this total of goods on, this charge.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PriceBand {
    /// As shoppers see it, inclusive.
    pub from: Money,
    /// As entered.
    pub charge: Money,
}

impl Charge {
    /// The same for every order, wherever the method goes.
    pub fn flat(per_order: Money) -> Self {
        Self {
            zone: None,
            per_order,
            per_item: Money::zero(per_order.currency()),
            bands: Vec::new(),
            price_bands: Vec::new(),
            default_weight_kg: Decimal::ZERO,
            free_from: None,
            min_total: None,
            max_total: None,
        }
    }

    /// The currency of all its amounts.
    pub fn currency(&self) -> Currency {
        self.per_order.currency()
    }

    /// The total of goods from which on it costs nothing; `None` if it always costs something, or is not offered for so
    /// much.
    pub fn free_from(&self) -> Option<Money> {
        let is_by_price_alone = self.per_order.is_zero() && self.per_item.is_zero() && self.bands.is_empty();
        let paid = self.price_bands.iter().rposition(|band| !band.charge.is_zero()).map_or(0, |last| last + 1);
        let band = self.price_bands.get(paid).map(|band| band.from);
        let by_price = band.or((self.price_bands.is_empty()).then_some(Money::zero(self.currency())));
        let from = self.free_from.into_iter().chain(by_price.filter(|_| is_by_price_alone));
        let from = from.min_by_key(|from| from.minor())?;
        self.max_total.is_none_or(|most| from.minor() <= most.minor()).then_some(from)
    }

    /// The least that it may cost while it is not free, for *delivery from* beside a product.
    pub fn least(&self) -> Result<Money, MoneyError> {
        let zero = Money::zero(self.currency());
        let free = self.free_from().map_or(i64::MAX, Money::minor);
        let paid = self.price_bands.iter().filter(|band| band.from.minor() < free);
        let price = paid.map(|band| band.charge).min_by_key(|charge| charge.minor()).unwrap_or(zero);
        let weight = self.bands.iter().map(|band| band.charge).min_by_key(|charge| charge.minor()).unwrap_or(zero);
        self.per_order.plus(self.per_item)?.plus(weight)?.plus(price)
    }

    /// Whether it is offered for goods of that total.
    pub(super) fn check_total(&self, goods: Money) -> Result<(), NotOffered> {
        match (self.min_total, self.max_total) {
            (Some(least), _) if goods.minor() < least.minor() => Err(NotOffered::TooLittle(least)),
            (_, Some(most)) if goods.minor() > most.minor() => Err(NotOffered::TooMuch(most)),
            _ => Ok(()),
        }
    }

    /// The charge of these parcels. What depends on the total of the goods looks at the whole order's.
    pub(super) fn of(&self, goods: Money, parcels: &[Vec<&SentLine>]) -> Result<Money, MoneyError> {
        let zero = Money::zero(self.currency());
        if self.free_from.is_some_and(|from| from.minor() <= goods.minor()) {
            return Ok(zero);
        }
        parcels.iter().try_fold(zero, |sum, parcel| {
            let flat = self.per_order.plus(self.per_item.times(count(parcel))?)?;
            let by_weight = if self.bands.is_empty() { zero } else { self.by_weight(self.grams_of(parcel)?)? };
            sum.plus(flat)?.plus(by_weight)?.plus(self.by_price(goods))
        })
    }

    fn by_price(&self, goods: Money) -> Money {
        let band = self.price_bands.iter().rev().find(|band| band.from.minor() <= goods.minor());
        band.map_or(Money::zero(self.currency()), |band| band.charge)
    }

    /// Weight of a parcel.
    pub(super) fn grams_of(&self, parcel: &[&SentLine]) -> Result<i64, MoneyError> {
        parcel.iter().try_fold(0_i64, |sum, line| {
            let line = grams(line.weight_kg.unwrap_or(self.default_weight_kg)).checked_mul(i64::from(line.units));
            line.and_then(|line| sum.checked_add(line)).ok_or(MoneyError::TooLarge)
        })
    }

    /// Over the top band a parcel counts as several: top × quotient and the band of what remains (Oscar's
    /// `WeightBased.get_charge`).
    fn by_weight(&self, weight: i64) -> Result<Money, MoneyError> {
        let zero = Money::zero(self.currency());
        let band_of = |weight: i64| self.bands.iter().find(|band| weight <= grams(band.up_to_kg));
        if let Some(band) = band_of(weight) {
            return Ok(band.charge);
        }
        let Some(top) = self.bands.last().filter(|band| grams(band.up_to_kg) > 0) else { return Ok(zero) };
        let (times, rest) = (weight / grams(top.up_to_kg), weight % grams(top.up_to_kg));
        let whole = top.charge.times(u32::try_from(times).map_err(|_| MoneyError::TooLarge)?)?;
        let rest = if rest == 0 { zero } else { band_of(rest).map_or(zero, |band| band.charge) };
        whole.plus(rest)
    }
}

/// A weight in grams, half a gram up; nothing below nought.
pub(super) fn grams(kg: Decimal) -> i64 {
    kg.scaled_half_up(3).unwrap_or_default().max(0)
}
