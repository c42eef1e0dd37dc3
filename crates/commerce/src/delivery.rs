//! Delivery: methods, what they cost, when they arrive.

use crate::address::Country;
use crate::decimal::Decimal;
use crate::language::Texts;
use crate::money::{Currency, Money, MoneyError};
use jiff::civil::{Date, Weekday};

/// Most weight bands of a method.
pub const WEIGHT_BANDS_MAX: usize = 64;
/// Longest promise that a method may make, in working days.
pub const DELIVERY_DAYS_MAX: u32 = 120;

/// A way to send a parcel.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DeliveryMethod {
    /// Short name, unique.
    pub code: String,
    /// What shoppers read.
    pub name: Texts,
    /// Countries that it reaches; empty for all of the market's.
    pub countries: Vec<Country>,
    /// How its charge is worked out, one a currency. A currency that is missing is not served.
    pub charges: Vec<Charge>,
    /// Working days until it arrives, at best and at worst.
    pub days: (u32, u32),
}

/// How a charge is worked out. Amounts are as entered, like prices.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Charge {
    /// For each order.
    pub per_order: Money,
    /// For each unit.
    pub per_item: Money,
    /// By weight, on top; empty where weight plays no part. Sorted by weight.
    pub bands: Vec<WeightBand>,
    /// Weight of a product that has none, in kilograms.
    pub default_weight_kg: Decimal,
    /// Free from this total of goods on (as shoppers see it, after discounts; Oscar's threshold is inclusive too).
    pub free_from: Option<Money>,
}

/// Up to this weight, this charge.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct WeightBand {
    /// In kilograms, inclusive.
    pub up_to_kg: Decimal,
    /// As entered.
    pub charge: Money,
}

/// A parcel as far as its charge is concerned.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Parcel {
    /// Total of the goods as shoppers see it, after discounts.
    pub goods: Money,
    /// Weight of one unit and number of units, for each line that is sent.
    pub units: Vec<(Option<Decimal>, u32)>,
}

impl DeliveryMethod {
    /// The charge of a parcel to a country, as entered; `None` if it is not served.
    pub fn charge(&self, parcel: &Parcel, country: Country) -> Option<Result<Money, MoneyError>> {
        let currency = parcel.goods.currency();
        let reached = self.countries.is_empty() || self.countries.contains(&country);
        let charge = self.charges.iter().find(|charge| charge.per_order.currency() == currency)?;
        reached.then(|| charge.of(parcel))
    }

    /// The least that it may cost in a currency, for *delivery from* beside a product.
    pub fn least_charge(&self, currency: Currency) -> Option<Money> {
        let charge = self.charges.iter().find(|charge| charge.per_order.currency() == currency)?;
        let band = charge.bands.first().map_or(Money::zero(currency), |band| band.charge);
        charge.per_order.plus(charge.per_item).and_then(|sum| sum.plus(band)).ok()
    }
}

impl Charge {
    fn of(&self, parcel: &Parcel) -> Result<Money, MoneyError> {
        if let Some(from) = self.free_from
            && from.minor() <= parcel.goods.minor()
        {
            return Ok(Money::zero(parcel.goods.currency()));
        }
        let count = parcel.units.iter().fold(0_u32, |sum, (_, units)| sum.saturating_add(*units));
        let flat = self.per_order.plus(self.per_item.times(count)?)?;
        if self.bands.is_empty() { Ok(flat) } else { flat.plus(self.by_weight(parcel)?) }
    }

    /// Over the top band a parcel counts as several: top × quotient and the band of what remains (Oscar's
    /// `WeightBased.get_charge`).
    fn by_weight(&self, parcel: &Parcel) -> Result<Money, MoneyError> {
        let grams = |kg: Decimal| kg.scaled_half_up(3).unwrap_or_default().max(0);
        let mut weight: i64 = 0;
        for (kg, units) in &parcel.units {
            let line = grams(kg.unwrap_or(self.default_weight_kg)).checked_mul(i64::from(*units));
            weight = line.and_then(|line| weight.checked_add(line)).ok_or(MoneyError::TooLarge)?;
        }
        let zero = Money::zero(parcel.goods.currency());
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

/// The day after so many working days (Monday to Friday); the end of the calendar stays the end.
pub fn working_days_after(start: Date, days: u32) -> Date {
    let mut day = start;
    let mut left = days.min(DELIVERY_DAYS_MAX);
    while left > 0 {
        match day.tomorrow() {
            Ok(next) => day = next,
            Err(_) => return day,
        }
        left -= u32::from(!matches!(day.weekday(), Weekday::Saturday | Weekday::Sunday));
    }
    day
}

#[cfg(test)]
mod tests {
    use super::*;

    fn gbp(minor: i64) -> Money {
        Money::from_minor(minor, Currency::parse("GBP").unwrap())
    }

    fn kg(text: &str) -> Decimal {
        Decimal::parse(text).unwrap()
    }

    fn method(charge: Charge) -> DeliveryMethod {
        let countries = vec![Country::parse("GB").unwrap()];
        DeliveryMethod { code: "post".into(), name: Texts::default(), countries, charges: vec![charge], days: (2, 3) }
    }

    fn flat(per_order: i64, per_item: i64, free_from: Option<i64>, bands: &[(&str, i64)]) -> Charge {
        Charge {
            per_order: gbp(per_order),
            per_item: gbp(per_item),
            bands: bands.iter().map(|(to, charge)| WeightBand { up_to_kg: kg(to), charge: gbp(*charge) }).collect(),
            default_weight_kg: kg("0.5"),
            free_from: free_from.map(gbp),
        }
    }

    #[test]
    fn each_kind_of_charge_is_worked_out() {
        let bands = [("1", 320), ("5", 680), ("10", 1_000)];
        for (case, charge, goods, units, want) in [
            ("flat", flat(395, 0, None, &[]), 2_000, vec![(None, 3)], 395),
            ("order and item", flat(200, 50, Some(9_000), &[]), 8_999, vec![(None, 2), (None, 1)], 350),
            ("free from, inclusive", flat(200, 50, Some(9_000), &[]), 9_000, vec![(None, 2)], 0),
            ("first band", flat(0, 0, None, &bands), 1, vec![(Some(kg("1")), 1)], 320),
            ("second band by default weight", flat(0, 0, None, &bands), 1, vec![(None, 3)], 680),
            ("over the top", flat(0, 0, None, &bands), 1, vec![(Some(kg("10.5")), 2)], 2_320),
            ("twice the top", flat(0, 0, None, &bands), 1, vec![(Some(kg("10")), 2)], 2_000),
        ] {
            let parcel = Parcel { goods: gbp(goods), units };
            let got = method(charge).charge(&parcel, Country::parse("GB").unwrap());
            assert_eq!(got, Some(Ok(gbp(want))), "{case}");
        }
    }

    #[test]
    fn what_is_not_served_has_no_charge() {
        let parcel = Parcel { goods: gbp(1), units: vec![] };
        assert_eq!(method(flat(1, 0, None, &[])).charge(&parcel, Country::parse("FR").unwrap()), None);
        let euros = Parcel { goods: Money::from_minor(1, Currency::parse("EUR").unwrap()), units: vec![] };
        assert_eq!(method(flat(1, 0, None, &[])).charge(&euros, Country::parse("GB").unwrap()), None);
    }

    #[test]
    fn working_days_skip_the_weekend() {
        let day = |text: &str| text.parse::<Date>().unwrap();
        for (start, days, want) in
            [("2026-11-27", 1, "2026-11-30"), ("2026-11-24", 0, "2026-11-24"), ("2026-11-24", 5, "2026-12-01")]
        {
            assert_eq!(working_days_after(day(start), days), day(want), "{start} + {days}");
        }
    }
}
