//! Pick-up points: where shoppers fetch what they ordered.

use super::{Consignment, DeliveryMethod, Destination, NotOffered};
use crate::address::{Address, Country};
use crate::language::Texts;
use crate::money::Money;

/// Most points of one method: they stand in one list of a form.
pub const PICKUP_POINTS_MAX: usize = 200;

/// A place where orders are handed over: a shop, a locker.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PickupPoint {
    /// Short name, unique in its method.
    pub code: String,
    /// What it is called.
    pub name: String,
    /// Street and number.
    pub line1: String,
    /// Floor, entrance.
    pub line2: String,
    /// Town.
    pub city: String,
    /// State, county or region, where used.
    pub region: String,
    /// Postcode.
    pub postcode: String,
    /// The country.
    pub country: Country,
    /// When it is open, in words; may be empty.
    pub hours: Texts,
}

impl PickupPoint {
    /// Its address with the name and telephone of whoever fetches the goods there.
    pub fn address_for(&self, person: &Address) -> Address {
        Address {
            name: person.name.clone(),
            company: self.name.clone(),
            line1: self.line1.clone(),
            line2: self.line2.clone(),
            city: self.city.clone(),
            region: self.region.clone(),
            postcode: self.postcode.clone(),
            country: self.country,
            phone: person.phone.clone(),
        }
    }

    /// Where goods go that are fetched here.
    pub fn destination(&self) -> Destination {
        Destination { country: self.country, region: self.region.clone(), postcode: self.postcode.clone() }
    }
}

impl DeliveryMethod {
    /// The points in these countries at which the goods can be fetched, in their order, with what that costs; why there
    /// are none, otherwise.
    pub fn points_for(
        &self,
        sent: &Consignment,
        countries: &[Country],
    ) -> Result<Vec<(&PickupPoint, Money)>, NotOffered> {
        let (mut points, mut why) = (Vec::new(), NotOffered::Elsewhere);
        for point in self.points.iter().filter(|point| countries.contains(&point.country)) {
            match self.charge(sent, &point.destination()) {
                Ok(charge) => points.push((point, charge)),
                Err(error) => why = error,
            }
        }
        if points.is_empty() { Err(why) } else { Ok(points) }
    }
}
