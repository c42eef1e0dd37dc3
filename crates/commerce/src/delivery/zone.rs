//! Zones: parts of the world that a method goes to, or that its charge differs in.

use super::PostcodePattern;
use crate::address::{Address, Country};

/// Most zones of a store.
pub const ZONES_MAX: usize = 200;
/// Most places that one zone names, exceptions included.
pub const ZONE_PLACES_MAX: usize = 2_000;

/// Where something goes, as far as delivery is concerned.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Destination {
    /// The country.
    pub country: Country,
    /// State, county or region as it was typed; empty while nobody knows.
    pub region: String,
    /// Postcode as it was typed; empty while nobody knows.
    pub postcode: String,
}

impl From<Country> for Destination {
    /// Somewhere in that country.
    fn from(country: Country) -> Self {
        Self { country, region: String::new(), postcode: String::new() }
    }
}

impl From<&Address> for Destination {
    fn from(address: &Address) -> Self {
        let (region, postcode) = (address.region.clone(), address.postcode.clone());
        Self { country: address.country, region, postcode }
    }
}

/// A part of the world with a name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Zone {
    /// Short name, unique.
    pub code: String,
    /// What belongs to it.
    pub places: Vec<ZonePlace>,
    /// What does not, although a place of it holds it: islands.
    pub except: Vec<ZonePlace>,
}

/// A place of a zone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ZonePlace {
    /// All of a country.
    Country(Country),
    /// A state, county or region of it, by its name as [`ZonePlace::region`] keeps it.
    Region(Country, String),
    /// Postcodes of it.
    Postcodes(Country, PostcodePattern),
}

/// How narrowly a zone names a destination; the greatest is the narrowest.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Narrowness {
    /// It names nothing.
    Everywhere,
    /// The country.
    Country,
    /// The region.
    Region,
    /// The postcode.
    Postcode,
}

impl Zone {
    /// How narrowly it names the destination; `None` if that is outside. Exceptions need a postcode or region to be
    /// known, so a country alone is inside if most of it is.
    pub fn holds(&self, to: &Destination) -> Option<Narrowness> {
        let narrowest = self.places.iter().filter_map(|place| place.holds(to)).max()?;
        let is_outside = self.except.iter().any(|place| place.holds(to).is_some());
        (!is_outside).then_some(narrowest)
    }
}

impl ZonePlace {
    /// A region by its name; spaces, full stops and case make no difference.
    pub fn region(country: Country, name: &str) -> Self {
        Self::Region(country, region_key(name))
    }

    fn holds(&self, to: &Destination) -> Option<Narrowness> {
        let (country, narrowness, inside) = match self {
            Self::Country(country) => (country, Narrowness::Country, true),
            Self::Region(country, region) => {
                let known = !to.region.is_empty() && *region == region_key(&to.region);
                (country, Narrowness::Region, known)
            }
            Self::Postcodes(country, pattern) => {
                (country, Narrowness::Postcode, pattern.matches(to.country, &to.postcode))
            }
        };
        (*country == to.country && inside).then_some(narrowness)
    }
}

fn region_key(name: &str) -> String {
    name.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect()
}
