//! Where the Union's VAT applies to goods: its states, less the parts that stand outside, and what counts as inside.
//!
//! Source: Directive 2006/112/EC, articles 5 to 7, and for Northern Ireland the Windsor Framework, article 8. A part of a
//! state is told by its postcodes; where these are shared with places that are inside, they count as inside.

use super::place::TaxPlace;
use crate::address::Country;

/// The member states by ISO 3166-1. (VAT numbers and the Commission call Greece EL.)
pub const EU_MEMBERS: [&str; 27] = [
    "AT", "BE", "BG", "CY", "CZ", "DE", "DK", "EE", "ES", "FI", "FR", "GR", "HR", "HU", "IE", "IT", "LT", "LU", "LV",
    "MT", "NL", "PL", "PT", "RO", "SE", "SI", "SK",
];

/// Parts of member states outside the territory of VAT, by the beginning of their postcodes (article 6).
const OUTSIDE: &[(&str, &[&str])] = &[
    // Büsingen and Heligoland.
    ("DE", &["78266", "27498"]),
    // The Canary Islands, Ceuta, Melilla.
    ("ES", &["35", "38", "51", "52"]),
    // The Åland islands.
    ("FI", &["22"]),
    // The overseas departments and collectivities. (980 is Monaco, which is inside.)
    ("FR", &["97", "984", "986", "987", "988"]),
    // Mount Athos.
    ("GR", &["63086", "63087"]),
    // Livigno and Campione d'Italia.
    ("IT", &["23041", "22061"]),
];

/// Where a place stands towards the Union's VAT on goods.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum VatArea {
    /// In this member state.
    Member(Country),
    /// In Northern Ireland, where the Union's rules hold for goods, at the rates of the United Kingdom.
    NorthernIreland,
    /// Neither.
    Outside,
}

impl VatArea {
    /// The area that an address is in.
    pub fn of(place: &TaxPlace) -> Self {
        let country = counts_as(place.country());
        let begins = |prefixes: &[&str]| prefixes.iter().any(|prefix| place.postcode().starts_with(prefix));
        if country.code() == "XI" || (place.country().code() == "GB" && begins(&["BT"])) {
            return Self::NorthernIreland;
        }
        let outside = OUTSIDE.iter().any(|(code, prefixes)| country.code() == *code && begins(prefixes));
        if !outside && EU_MEMBERS.contains(&country.code()) { Self::Member(country) } else { Self::Outside }
    }

    /// Whether goods move here without customs from a member state.
    pub fn is_inside(self) -> bool {
        self != Self::Outside
    }
}

/// The country whose tax holds in another one: Monaco counts as France, the Isle of Man as the United Kingdom (article 7).
pub fn counts_as(country: Country) -> Country {
    let other = match country.code() {
        "MC" => "FR",
        "IM" => "GB",
        _ => return country,
    };
    Country::parse(other).unwrap_or(country)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_place_has_its_area() {
        let member = |code: &str| VatArea::Member(Country::parse(code).unwrap());
        for (case, country, postcode, want) in [
            ("a member state", "DE", "10115", member("DE")),
            ("Büsingen", "DE", "78266", VatArea::Outside),
            ("Heligoland", "DE", "27498", VatArea::Outside),
            ("mainland Spain", "ES", "28001", member("ES")),
            ("Las Palmas", "ES", "35001", VatArea::Outside),
            ("Melilla", "ES", "52001", VatArea::Outside),
            ("Åland", "FI", "22100", VatArea::Outside),
            ("Réunion under its own code", "RE", "97400", VatArea::Outside),
            ("Réunion under France", "FR", "97400", VatArea::Outside),
            ("Monaco", "MC", "98000", member("FR")),
            ("Madeira", "PT", "9000-001", member("PT")),
            ("Livigno", "IT", "23041", VatArea::Outside),
            ("Mount Athos", "GR", "630 86", VatArea::Outside),
            ("Great Britain", "GB", "SW1A 1AA", VatArea::Outside),
            ("Northern Ireland", "GB", "BT1 1AA", VatArea::NorthernIreland),
            ("Northern Ireland under its VAT code", "XI", "", VatArea::NorthernIreland),
            ("the Isle of Man", "IM", "IM1 1AA", VatArea::Outside),
            ("Switzerland", "CH", "8001", VatArea::Outside),
        ] {
            let place = TaxPlace::new(Country::parse(country).unwrap(), "", postcode);
            assert_eq!(VatArea::of(&place), want, "{case}");
        }
    }
}
