//! Whether and where a sale is taxed: by where the store is, where the goods go, and who buys.
//!
//! For goods that are sent from where the store is. Sources: Directive 2006/112/EC, articles 32, 33 and 59c (sales at a
//! distance, the threshold), 138 (to a business in another state), 146 (export), 369a (the one-stop shop); for the USA
//! *South Dakota v. Wayfair* (a state taxes who has enough sales there, which the store tells by registering).

use super::place::{RegionCode, TaxPlace};
use super::territory::{EU_MEMBERS, VatArea, counts_as};
use super::vat_number::VatNumber;
use crate::address::Country;

/// Most countries and regions in which a store is registered.
pub const REGISTRATIONS_MAX: usize = 200;

/// How a sale is treated.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum TaxTreatment {
    /// Tax is charged.
    Charged(RatesOf),
    /// A business in another state of the Union owes the tax itself. (For goods the law calls it an exempt supply within
    /// the Community; the invoice carries both VAT numbers and says so.)
    ReverseCharged,
    /// The goods leave the area of the tax: none is charged, and the buyer pays what is due at the border.
    Export,
    /// The buyer is exempt and has shown it: a resale certificate, a public body.
    ExemptBusiness,
    /// The store is not registered where the goods go, and has no duty to be.
    NotRegistered,
}

/// Whose rates are charged.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum RatesOf {
    /// Of the place where the goods go.
    Destination,
    /// Of the place where the store is.
    Home,
}

/// A country or region whose tax the store charges.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Registration {
    /// The country.
    pub country: Country,
    /// One of its regions, where tax is theirs, as in the USA; `None` for the whole country.
    pub region: Option<RegionCode>,
}

/// What of the store matters.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Seller {
    /// Where it is, and where goods are sent from.
    pub home: TaxPlace,
    /// Its own VAT number at home: without it no sale can be reverse-charged.
    pub vat_number: Option<VatNumber>,
    /// Where it is registered, besides at home; at most [`REGISTRATIONS_MAX`]. In a country whose tax is its regions', home
    /// counts only if its region is named here.
    pub registrations: Vec<Registration>,
    /// Whether it reports to the Union's one-stop shop (OSS): consumers in other states then pay their own state's rates.
    /// Without it (below the threshold of 10,000 euros) they pay the rates of home.
    pub one_stop_shop: bool,
    /// What becomes of a VAT number that the register was not asked about, or did not answer for in time.
    pub unchecked_number: UncheckedNumber,
}

/// What becomes of a VAT number with good check digits of which the register has said nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum UncheckedNumber {
    /// Tax is charged, as to a consumer: the store never owes tax that it did not take.
    #[default]
    Charge,
    /// It is believed.
    Believe,
}

/// What the register said of a VAT number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NumberCheck {
    /// It is somebody's.
    Confirmed,
    /// It is nobody's.
    Refused,
    /// It was not asked, or did not answer in time.
    Unknown,
}

impl NumberCheck {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Confirmed, Self::Refused, Self::Unknown];

    /// The short name in orders and commands.
    pub fn name(self) -> &'static str {
        match self {
            Self::Confirmed => "confirmed",
            Self::Refused => "refused",
            Self::Unknown => "unknown",
        }
    }

    /// The check of that name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|check| check.name() == name)
    }
}

/// What of the buyer matters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Buyer<'a> {
    /// The VAT number that was given, and what the register said of it.
    pub vat_number: Option<(&'a VatNumber, NumberCheck)>,
    /// Whether staff have seen a certificate of exemption. Plays no part inside the Union.
    pub exempt: bool,
}

/// The tax of this country is its regions', and the address does not tell the region.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the address needs its state or region: the tax of {0} depends on it")]
pub struct RegionMissing(pub Country);

impl Seller {
    /// Decides how a sale to a place is treated.
    pub fn treatment(&self, destination: &TaxPlace, buyer: Buyer<'_>) -> Result<TaxTreatment, RegionMissing> {
        let (from, to) = (VatArea::of(&self.home), VatArea::of(destination));
        if from.is_inside() && to.is_inside() {
            return Ok(self.inside_the_union(from, to, buyer));
        }
        self.elsewhere(from, to, destination, buyer)
    }

    fn inside_the_union(&self, from: VatArea, to: VatArea, buyer: Buyer<'_>) -> TaxTreatment {
        // Within a state the place where goods set out decides (article 32), also between its regions.
        if from == to {
            return TaxTreatment::Charged(RatesOf::Home);
        }
        match buyer.vat_number.filter(|(_, check)| self.believes(*check)).and_then(|(number, _)| issued_in(number)) {
            Some(state) if state != from && self.vat_number.is_some() => TaxTreatment::ReverseCharged,
            // A business that is known only at home is neither a consumer elsewhere nor a business elsewhere.
            Some(state) if state == from => TaxTreatment::Charged(RatesOf::Home),
            _ if self.one_stop_shop || self.is_registered_in(to) => TaxTreatment::Charged(RatesOf::Destination),
            _ => TaxTreatment::Charged(RatesOf::Home),
        }
    }

    fn elsewhere(
        &self,
        from: VatArea,
        to: VatArea,
        destination: &TaxPlace,
        buyer: Buyer<'_>,
    ) -> Result<TaxTreatment, RegionMissing> {
        let country = counts_as(destination.country());
        // The parts of a member state that are outside do not belong to its tax, whoever is registered there.
        let left_out = to == VatArea::Outside && EU_MEMBERS.contains(&country.code());
        let at_home = country == counts_as(self.home.country()) && (from == to || country.code() == "GB");
        let of_country = || self.registrations.iter().filter(|registration| registration.country == country);
        let by_region = of_country().any(|registration| registration.region.is_some());
        let registered = if by_region {
            let region = destination.region().ok_or(RegionMissing(country))?;
            of_country().any(|registration| registration.region.as_ref().is_none_or(|known| known == region))
        } else {
            at_home || (!left_out && of_country().next().is_some())
        };
        Ok(match (registered, buyer.exempt, at_home) {
            (true, true, _) => TaxTreatment::ExemptBusiness,
            (true, false, _) => TaxTreatment::Charged(RatesOf::Destination),
            (false, _, true) => TaxTreatment::NotRegistered,
            (false, _, false) => TaxTreatment::Export,
        })
    }

    fn believes(&self, check: NumberCheck) -> bool {
        match check {
            NumberCheck::Confirmed => true,
            NumberCheck::Refused => false,
            NumberCheck::Unknown => self.unchecked_number == UncheckedNumber::Believe,
        }
    }

    fn is_registered_in(&self, area: VatArea) -> bool {
        self.registrations.iter().any(|registration| match area {
            VatArea::Member(country) => registration.country == country,
            VatArea::NorthernIreland => ["GB", "XI"].contains(&registration.country.code()),
            VatArea::Outside => false,
        })
    }
}

/// The area whose businesses have such a number, if it is inside.
fn issued_in(number: &VatNumber) -> Option<VatArea> {
    let country = number.country();
    Some(VatArea::of(&TaxPlace::new(country, "", ""))).filter(|area| area.is_inside())
}

impl TaxTreatment {
    /// All of them.
    pub const ALL: [Self; 6] = [
        Self::Charged(RatesOf::Destination),
        Self::Charged(RatesOf::Home),
        Self::ReverseCharged,
        Self::Export,
        Self::ExemptBusiness,
        Self::NotRegistered,
    ];

    /// The short name in orders and commands.
    pub fn name(self) -> &'static str {
        match self {
            Self::Charged(RatesOf::Destination) => "destination",
            Self::Charged(RatesOf::Home) => "home",
            Self::ReverseCharged => "reverse_charged",
            Self::Export => "export",
            Self::ExemptBusiness => "exempt_business",
            Self::NotRegistered => "not_registered",
        }
    }

    /// The treatment of that name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|treatment| treatment.name() == name)
    }

    /// Whose rates are charged; `None` where no tax is.
    pub fn rates_of(self) -> Option<RatesOf> {
        match self {
            Self::Charged(rates) => Some(rates),
            Self::ReverseCharged | Self::Export | Self::ExemptBusiness | Self::NotRegistered => None,
        }
    }
}

#[cfg(test)]
mod tests;
