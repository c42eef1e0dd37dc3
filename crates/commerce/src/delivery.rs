//! Delivery: methods, where they go, what they cost, when they arrive.
//!
//! Start at [`DeliveryMethod::charge`]. A method's [`Charge`] may differ by [`Zone`]: the narrowest that holds the
//! destination counts. Days are counted by the store's [`Calendar`].

mod calendar;
mod charge;
mod pickup;
mod postcode;
#[cfg(test)]
mod tests;
mod weekdays;
mod zone;

pub use calendar::{Calendar, HANDLING_DAYS_MAX, HOLIDAYS_MAX, Holidays, InvalidHoliday};
pub use charge::{Charge, PRICE_BANDS_MAX, PriceBand, WEIGHT_BANDS_MAX, WeightBand};
pub use pickup::{PICKUP_POINTS_MAX, PickupPoint};
pub use postcode::{InvalidPostcodePattern, PostcodePattern};
pub use weekdays::{InvalidWeekdays, Weekdays};
pub use zone::{Destination, Narrowness, ZONE_PLACES_MAX, ZONES_MAX, Zone, ZonePlace};

use crate::decimal::Decimal;
use crate::ids::PartnerId;
use crate::language::Texts;
use crate::money::{Currency, Money, MoneyError};
use std::collections::BTreeMap;
use std::sync::Arc;

/// Longest promise that a method may make, in working days.
pub const DELIVERY_DAYS_MAX: u32 = 120;
/// Charges of one method: so many currencies and zones.
pub const CHARGES_MAX: usize = 200;

/// A way to send goods, or to hand them over at a pick-up point.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DeliveryMethod {
    /// Short name, unique.
    pub code: String,
    /// What shoppers read.
    pub name: Texts,
    /// Where a charge without a zone counts: each of these holds whole countries or parts of them. Empty for everywhere,
    /// as far as the market goes.
    pub zones: Vec<Arc<Zone>>,
    /// How its charge is worked out. A currency that is missing is not served.
    pub charges: Vec<Charge>,
    /// Heaviest parcel, itself included, in kilograms.
    pub max_weight_kg: Option<Decimal>,
    /// Most units of a parcel.
    pub max_items: Option<u32>,
    /// Whether what each partner sends is charged for itself, as a parcel of its own.
    pub per_parcel: bool,
    /// Working days until it arrives, at best and at worst, from the day on which it leaves the house.
    pub days: (u32, u32),
    /// On which days it is carried and handed over.
    pub weekdays: Weekdays,
    /// Where shoppers fetch it; empty for a method that brings it to their address.
    pub points: Arc<[PickupPoint]>,
}

/// Everything of a basket that is sent, as far as its charge is concerned.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Consignment {
    /// Total of all goods as shoppers see it, after discounts.
    pub goods: Money,
    /// The lines that are sent.
    pub lines: Vec<SentLine>,
}

/// A line that is sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SentLine {
    /// Who sends it. Lines of which nobody knows that lie in one parcel.
    pub partner: Option<PartnerId>,
    /// Weight of a unit, if it is known.
    pub weight_kg: Option<Decimal>,
    /// Units.
    pub units: u32,
}

/// Why a method is not offered.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotOffered {
    /// It does not go there, or has no charge there in that currency.
    #[error("it does not go there")]
    Elsewhere,
    /// A parcel is too heavy.
    #[error("it takes {0} kg at most")]
    TooHeavy(Decimal),
    /// A parcel holds too many units.
    #[error("it takes {0} units at most")]
    TooMany(u32),
    /// The goods come to too little.
    #[error("it is for orders from {0} on")]
    TooLittle(Money),
    /// The goods come to too much.
    #[error("it is for orders up to {0}")]
    TooMuch(Money),
    /// Its charge cannot be worked out.
    #[error(transparent)]
    Money(#[from] MoneyError),
}

impl DeliveryMethod {
    /// A method that goes everywhere and takes everything, by working days from Monday to Friday.
    pub fn new(code: impl Into<String>, charges: Vec<Charge>, days: (u32, u32)) -> Self {
        Self {
            code: code.into(),
            name: Texts::default(),
            zones: Vec::new(),
            charges,
            max_weight_kg: None,
            max_items: None,
            per_parcel: false,
            days,
            weekdays: Weekdays::MONDAY_TO_FRIDAY,
            points: Arc::new([]),
        }
    }

    /// Whether shoppers fetch it at one of its points.
    pub fn is_pickup(&self) -> bool {
        !self.points.is_empty()
    }

    /// The point of that code.
    pub fn point(&self, code: &str) -> Option<&PickupPoint> {
        self.points.iter().find(|point| point.code == code)
    }

    /// What it costs to send these goods there, as entered.
    pub fn charge(&self, sent: &Consignment, to: &Destination) -> Result<Money, NotOffered> {
        let charge = self.charge_to(sent.goods.currency(), to).ok_or(NotOffered::Elsewhere)?;
        charge.check_total(sent.goods)?;
        let parcels = sent.parcels(self.per_parcel);
        for parcel in &parcels {
            self.check_parcel(charge, parcel)?;
        }
        Ok(charge.of(sent.goods, &parcels)?)
    }

    /// The charge that counts there: that of the narrowest zone; of two zones alike, and of two charges in one zone, the
    /// first; a charge with a zone of its own before one without.
    pub fn charge_to(&self, currency: Currency, to: &Destination) -> Option<&Charge> {
        let of_method = match self.zones.is_empty() {
            true => Some(Narrowness::Everywhere),
            false => self.zones.iter().filter_map(|zone| zone.holds(to)).max(),
        };
        let ranked = self.charges.iter().filter(|charge| charge.currency() == currency).filter_map(|charge| {
            let narrowness = charge.zone.as_ref().map_or(of_method, |zone| zone.holds(to))?;
            Some(((narrowness, charge.zone.is_some()), charge))
        });
        // The last of equals is the greatest for `max_by_key`.
        ranked.rev().max_by_key(|(rank, _)| *rank).map(|(_, charge)| charge)
    }

    fn check_parcel(&self, charge: &Charge, parcel: &[&SentLine]) -> Result<(), NotOffered> {
        let units = count(parcel);
        if let Some(most) = self.max_items.filter(|most| *most < units) {
            return Err(NotOffered::TooMany(most));
        }
        if let Some(most) = self.max_weight_kg
            && charge::grams(most) < charge.grams_of(parcel)?
        {
            return Err(NotOffered::TooHeavy(most));
        }
        Ok(())
    }
}

impl Consignment {
    /// The lines by who sends them, or all in one parcel. No lines, no parcel.
    fn parcels(&self, per_partner: bool) -> Vec<Vec<&SentLine>> {
        let mut parcels: BTreeMap<Option<PartnerId>, Vec<&SentLine>> = BTreeMap::new();
        for line in &self.lines {
            parcels.entry(line.partner.filter(|_| per_partner)).or_default().push(line);
        }
        parcels.into_values().collect()
    }
}

/// Units of a parcel.
fn count(parcel: &[&SentLine]) -> u32 {
    parcel.iter().fold(0, |sum, line| sum.saturating_add(line.units))
}
