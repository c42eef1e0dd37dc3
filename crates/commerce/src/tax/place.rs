//! Places as far as tax is concerned: country, region, postcode.

use crate::address::{Address, Country};
use std::fmt;

/// Longest postcode that is compared, in characters without spaces and hyphens.
pub const POSTCODE_CHARS_MAX: usize = 12;

/// Digits of a ZIP code that name a delivery area; four more may follow.
const ZIP_DIGITS: usize = 5;

/// A state, province or other region: the part of its ISO 3166-2 code behind the country, such as `NY`, `ON` or `20`.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct RegionCode(String);

/// Not the code of a region.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is not the code of a region such as NY: one to three letters or digits")]
pub struct InvalidRegionCode(pub String);

impl RegionCode {
    /// Takes one to three ASCII letters or digits, in any case.
    pub fn parse(raw: &str) -> Result<Self, InvalidRegionCode> {
        let code = raw.trim().to_ascii_uppercase();
        if !(1..=3).contains(&code.len()) || !code.bytes().all(|b| b.is_ascii_alphanumeric()) {
            return Err(InvalidRegionCode(raw.chars().take(20).collect()));
        }
        Ok(Self(code))
    }

    /// Reads what people write into the field of an address: `NY`, `US-NY`, and for the USA and Canada `New York` and `N.Y.`.
    /// There only regions that exist are taken: where tax hangs on it, a made-up one would be one without.
    pub fn from_address(country: Country, text: &str) -> Option<Self> {
        let text = text.trim();
        let known = named_regions(country);
        if let Some((code, _)) = known.iter().find(|(_, name)| name.eq_ignore_ascii_case(text)) {
            return Some(Self((*code).to_owned()));
        }
        let code = match text.split_once('-') {
            Some((first, rest)) if first.eq_ignore_ascii_case(country.code()) => rest,
            _ => text,
        };
        let region = Self::parse(&code.replace(['.', ' '], "")).ok()?;
        let exists = known.is_empty() || known.iter().any(|(code, _)| *code == region.as_str());
        exists.then_some(region)
    }

    /// The code.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for RegionCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for RegionCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// What a tax rule looks at in an address.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct TaxPlace {
    country: Country,
    region: Option<RegionCode>,
    postcode: String,
}

impl TaxPlace {
    /// Takes the fields of an address as people write them. A region that cannot be read is none.
    pub fn new(country: Country, region: &str, postcode: &str) -> Self {
        let mut postcode = bare_postcode(postcode);
        if country.code() == "US" {
            postcode.truncate(ZIP_DIGITS);
        }
        Self { country, region: RegionCode::from_address(country, region), postcode }
    }

    /// The place of an address.
    pub fn of(address: &Address) -> Self {
        Self::new(address.country, &address.region, &address.postcode)
    }

    /// The country of the address.
    pub fn country(&self) -> Country {
        self.country
    }

    /// The region, where it is known.
    pub fn region(&self) -> Option<&RegionCode> {
        self.region.as_ref()
    }

    /// Capital letters and digits, without spaces and hyphens; a ZIP code has five. May be empty.
    pub fn postcode(&self) -> &str {
        &self.postcode
    }
}

impl fmt::Debug for TaxPlace {
    /// Without the postcode: it says too much about a person to stand in a log.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.region {
            Some(region) => write!(f, "TaxPlace({}-{region} ***)", self.country),
            None => write!(f, "TaxPlace({} ***)", self.country),
        }
    }
}

/// A postcode as it is compared: its ASCII letters and digits, in capitals.
pub(super) fn bare_postcode(raw: &str) -> String {
    let signs = raw.chars().filter(char::is_ascii_alphanumeric);
    signs.take(POSTCODE_CHARS_MAX).map(|c| c.to_ascii_uppercase()).collect()
}

/// Regions that shoppers may write out, where tax depends on them.
fn named_regions(country: Country) -> &'static [(&'static str, &'static str)] {
    match country.code() {
        "US" => US_STATES,
        "CA" => CANADIAN_PROVINCES,
        _ => &[],
    }
}

/// ISO 3166-2:US, states, the district and outlying areas, and the three "states" of military mail.
const US_STATES: &[(&str, &str)] = &[
    ("AL", "Alabama"),
    ("AK", "Alaska"),
    ("AZ", "Arizona"),
    ("AR", "Arkansas"),
    ("CA", "California"),
    ("CO", "Colorado"),
    ("CT", "Connecticut"),
    ("DE", "Delaware"),
    ("DC", "District of Columbia"),
    ("FL", "Florida"),
    ("GA", "Georgia"),
    ("HI", "Hawaii"),
    ("ID", "Idaho"),
    ("IL", "Illinois"),
    ("IN", "Indiana"),
    ("IA", "Iowa"),
    ("KS", "Kansas"),
    ("KY", "Kentucky"),
    ("LA", "Louisiana"),
    ("ME", "Maine"),
    ("MD", "Maryland"),
    ("MA", "Massachusetts"),
    ("MI", "Michigan"),
    ("MN", "Minnesota"),
    ("MS", "Mississippi"),
    ("MO", "Missouri"),
    ("MT", "Montana"),
    ("NE", "Nebraska"),
    ("NV", "Nevada"),
    ("NH", "New Hampshire"),
    ("NJ", "New Jersey"),
    ("NM", "New Mexico"),
    ("NY", "New York"),
    ("NC", "North Carolina"),
    ("ND", "North Dakota"),
    ("OH", "Ohio"),
    ("OK", "Oklahoma"),
    ("OR", "Oregon"),
    ("PA", "Pennsylvania"),
    ("RI", "Rhode Island"),
    ("SC", "South Carolina"),
    ("SD", "South Dakota"),
    ("TN", "Tennessee"),
    ("TX", "Texas"),
    ("UT", "Utah"),
    ("VT", "Vermont"),
    ("VA", "Virginia"),
    ("WA", "Washington"),
    ("WV", "West Virginia"),
    ("WI", "Wisconsin"),
    ("WY", "Wyoming"),
    ("AS", "American Samoa"),
    ("GU", "Guam"),
    ("MP", "Northern Mariana Islands"),
    ("PR", "Puerto Rico"),
    ("VI", "U.S. Virgin Islands"),
    ("AA", "Armed Forces Americas"),
    ("AE", "Armed Forces Europe"),
    ("AP", "Armed Forces Pacific"),
];

/// ISO 3166-2:CA.
const CANADIAN_PROVINCES: &[(&str, &str)] = &[
    ("AB", "Alberta"),
    ("BC", "British Columbia"),
    ("MB", "Manitoba"),
    ("NB", "New Brunswick"),
    ("NL", "Newfoundland and Labrador"),
    ("NS", "Nova Scotia"),
    ("NT", "Northwest Territories"),
    ("NU", "Nunavut"),
    ("ON", "Ontario"),
    ("PE", "Prince Edward Island"),
    ("QC", "Quebec"),
    ("SK", "Saskatchewan"),
    ("YT", "Yukon"),
];

#[cfg(test)]
mod tests {
    use super::*;

    fn place(country: &str, region: &str, postcode: &str) -> TaxPlace {
        TaxPlace::new(Country::parse(country).unwrap(), region, postcode)
    }

    #[test]
    fn regions_are_read_as_people_write_them() {
        for (country, text, want) in [
            ("US", "NY", Some("NY")),
            ("US", " ny ", Some("NY")),
            ("US", "US-NY", Some("NY")),
            ("US", "new york", Some("NY")),
            ("US", "Iowa", Some("IA")),
            ("CA", "Quebec", Some("QC")),
            ("PT", "PT-20", Some("20")),
            ("GB", "Kent", None),
            ("DE", "Baden-Württemberg", None),
            ("US", "N.Y.", Some("NY")),
            ("US", "Puerto Rico", Some("PR")),
            ("US", "ZZ", None),
            ("US", "", None),
        ] {
            let got = place(country, text, "").region().map(|region| region.as_str().to_owned());
            assert_eq!(got.as_deref(), want, "{country} {text:?}");
        }
    }

    #[test]
    fn postcodes_are_compared_bare() {
        for (country, postcode, want) in [
            ("GB", "bt1 1aa", "BT11AA"),
            ("US", "10001-1234", "10001"),
            ("PT", "9500-321", "9500321"),
            ("PL", "00-950", "00950"),
            ("HK", "", ""),
            ("IE", "D02 AF30 and a great deal more", "D02AF30ANDAG"),
        ] {
            assert_eq!(place(country, "", postcode).postcode(), want, "{country} {postcode}");
        }
    }

    #[test]
    fn postcodes_stay_out_of_logs() {
        assert_eq!(format!("{:?}", place("US", "NY", "10001")), "TaxPlace(US-NY ***)");
    }
}
