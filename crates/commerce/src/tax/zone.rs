//! Zones: the places that a rule of tax holds in.

use super::place::{POSTCODE_CHARS_MAX, RegionCode, TaxPlace, bare_postcode};
use super::territory::counts_as;
use crate::address::Country;
use std::fmt;

/// Most postcodes, beginnings and ranges of one zone.
pub const ZONE_POSTCODES_MAX: usize = 200;

/// Postcodes that belong to a zone. Spaces, hyphens and case play no part.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum PostcodePattern {
    /// `78266`: this one.
    One(String),
    /// `35*`: all that begin so.
    Begins(String),
    /// `9500..9999`: from the first to the last, both included; of a longer postcode only the beginning is compared.
    Range(String, String),
}

/// Not a pattern of postcodes.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "{0:?} is not a postcode such as 78266, a beginning such as 35*, or a range such as 9500..9999 with ends of one length"
)]
pub struct InvalidPostcodePattern(pub String);

impl PostcodePattern {
    /// Reads one of the three forms.
    pub fn parse(raw: &str) -> Result<Self, InvalidPostcodePattern> {
        Self::parse_inner(raw.trim()).ok_or_else(|| InvalidPostcodePattern(raw.chars().take(40).collect()))
    }

    fn parse_inner(text: &str) -> Option<Self> {
        if let Some((first, last)) = text.split_once("..") {
            let (first, last) = (code(first)?, code(last)?);
            return (first.len() == last.len() && first <= last).then_some(Self::Range(first, last));
        }
        match text.strip_suffix('*') {
            Some(beginning) => code(beginning).map(Self::Begins),
            None => code(text).map(Self::One),
        }
    }

    /// Whether the zone holds a postcode in the form of [`TaxPlace::postcode`].
    pub fn holds(&self, postcode: &str) -> bool {
        match self {
            Self::One(code) => postcode == code,
            Self::Begins(beginning) => postcode.starts_with(beginning.as_str()),
            Self::Range(first, last) => postcode
                .get(..first.len())
                .is_some_and(|beginning| first.as_str() <= beginning && beginning <= last.as_str()),
        }
    }

    /// How narrow it is: one postcode before any beginning, then by the number of signs that are fixed.
    fn narrowness(&self) -> usize {
        match self {
            Self::One(_) => POSTCODE_CHARS_MAX + 1,
            Self::Begins(beginning) => beginning.len(),
            Self::Range(first, last) => first.bytes().zip(last.bytes()).take_while(|(a, b)| a == b).count(),
        }
    }
}

/// The bare form of a postcode in a pattern; `None` if it is empty, too long, or has signs that no postcode has.
fn code(raw: &str) -> Option<String> {
    let signs = raw.chars().filter(char::is_ascii_alphanumeric).count();
    let clean = raw.chars().all(|c| c.is_ascii_alphanumeric() || c == ' ' || c == '-');
    (clean && (1..=POSTCODE_CHARS_MAX).contains(&signs)).then(|| bare_postcode(raw))
}

impl fmt::Display for PostcodePattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::One(code) => f.write_str(code),
            Self::Begins(beginning) => write!(f, "{beginning}*"),
            Self::Range(first, last) => write!(f, "{first}..{last}"),
        }
    }
}

/// The places that a rule holds in: everywhere, a country, a region of it, or some of its postcodes.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct TaxZone {
    country: Option<Country>,
    region: Option<RegionCode>,
    postcodes: Vec<PostcodePattern>,
}

/// Why a zone is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum InvalidTaxZone {
    /// A region or postcodes without their country.
    #[error("a region or postcodes need their country")]
    NoCountry,
    /// More than [`ZONE_POSTCODES_MAX`].
    #[error("a zone holds at most {ZONE_POSTCODES_MAX} postcodes and ranges")]
    TooManyPostcodes,
}

/// How closely a zone is drawn; the greater one wins. Within a country postcodes go before a region.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Closeness {
    country: Option<OwnCountry>,
    postcode: Option<usize>,
    region: bool,
}

/// Whether a zone names the country itself or the one that it counts as.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum OwnCountry {
    No,
    Yes,
}

impl TaxZone {
    /// Everywhere.
    pub fn everywhere() -> Self {
        Self { country: None, region: None, postcodes: Vec::new() }
    }

    /// Puts a zone together; the order of its postcodes plays no part.
    pub fn new(
        country: Option<Country>,
        region: Option<RegionCode>,
        mut postcodes: Vec<PostcodePattern>,
    ) -> Result<Self, InvalidTaxZone> {
        if country.is_none() && (region.is_some() || !postcodes.is_empty()) {
            return Err(InvalidTaxZone::NoCountry);
        }
        if postcodes.len() > ZONE_POSTCODES_MAX {
            return Err(InvalidTaxZone::TooManyPostcodes);
        }
        postcodes.sort();
        postcodes.dedup();
        Ok(Self { country, region, postcodes })
    }

    /// Its country; `None` for everywhere.
    pub fn country(&self) -> Option<Country> {
        self.country
    }

    /// Its region; `None` for the whole country.
    pub fn region(&self) -> Option<&RegionCode> {
        self.region.as_ref()
    }

    /// Its postcodes; none for all of them.
    pub fn postcodes(&self) -> &[PostcodePattern] {
        &self.postcodes
    }

    /// How closely the zone is drawn around a place; `None` if it is not in the zone. A country's own zone goes before
    /// that of the country that it [counts as](counts_as).
    pub(super) fn closeness(&self, place: &TaxPlace) -> Option<Closeness> {
        let country = match self.country {
            None => None,
            Some(country) if country == place.country() => Some(OwnCountry::Yes),
            Some(country) if country == counts_as(place.country()) => Some(OwnCountry::No),
            Some(_) => return None,
        };
        if self.region.is_some() && self.region.as_ref() != place.region() {
            return None;
        }
        let narrowest = self.postcodes.iter().filter(|pattern| pattern.holds(place.postcode()));
        let postcode = narrowest.map(PostcodePattern::narrowness).max();
        if postcode.is_none() && !self.postcodes.is_empty() {
            return None;
        }
        Some(Closeness { country, postcode, region: self.region.is_some() })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn zone(country: &str, region: &str, postcodes: &[&str]) -> TaxZone {
        let postcodes = postcodes.iter().map(|raw| PostcodePattern::parse(raw).unwrap()).collect();
        TaxZone::new(Country::parse(country).ok(), RegionCode::parse(region).ok(), postcodes).unwrap()
    }

    fn place(country: &str, region: &str, postcode: &str) -> TaxPlace {
        TaxPlace::new(Country::parse(country).unwrap(), region, postcode)
    }

    #[test]
    fn patterns_are_read_and_hold_their_postcodes() {
        for (raw, shown, inside, outside) in [
            ("78266", "78266", vec!["78266"], vec!["7826", "782661", ""]),
            ("35*", "35*", vec!["35001", "35"], vec!["36001", "3"]),
            ("9500..9999", "9500..9999", vec!["9500", "9999321", "9600000"], vec!["9499999", "950", ""]),
            ("bt1 .. bt9", "BT1..BT9", vec!["BT11AA", "BT93BD"], vec!["BS11AA"]),
            ("9500-001", "9500001", vec!["9500001"], vec!["9500002"]),
        ] {
            let pattern = PostcodePattern::parse(raw).unwrap();
            assert_eq!(pattern.to_string(), shown, "{raw}");
            assert!(inside.iter().all(|postcode| pattern.holds(postcode)), "{raw} holds {inside:?}");
            assert!(!outside.iter().any(|postcode| pattern.holds(postcode)), "{raw} holds none of {outside:?}");
        }
        for raw in ["", "*", "..", "1..", "9999..9500", "95..9999", "1234567890123", "9*5", "35?", "1..2..3", "٣٥"] {
            assert!(PostcodePattern::parse(raw).is_err(), "{raw:?}");
        }
    }

    #[test]
    fn the_closer_zone_comes_before_the_wider() {
        let here = place("US", "NY", "10001");
        let order = [
            zone("", "", &[]),
            zone("US", "", &[]),
            zone("US", "NY", &[]),
            zone("US", "NY", &["00000..99999"]),
            zone("US", "", &["1*"]),
            zone("US", "", &["10000..10099"]),
            zone("US", "NY", &["10000..10099"]),
            zone("US", "", &["10001"]),
        ];
        let found: Vec<Closeness> = order.iter().filter_map(|zone| zone.closeness(&here)).collect();
        assert_eq!(found.len(), order.len(), "the place is in all of them");
        assert!(found.windows(2).all(|pair| pair[0] < pair[1]), "{found:?}");
        for (case, elsewhere) in [
            ("another country", zone("CA", "", &[])),
            ("another region", zone("US", "NJ", &[])),
            ("another postcode", zone("US", "NY", &["12*", "13001"])),
        ] {
            assert_eq!(elsewhere.closeness(&here), None, "{case}");
        }
        assert_eq!(zone("US", "NY", &[]).closeness(&place("US", "", "10001")), None, "the region is not known");
    }

    #[test]
    fn monaco_takes_the_rules_of_france_unless_it_has_its_own() {
        let monaco = place("MC", "", "98000");
        let [french, own] = ["FR", "MC"].map(|country| zone(country, "", &[]).closeness(&monaco));
        assert!(french.is_some() && french < own);
        assert_eq!(zone("MC", "", &[]).closeness(&place("FR", "", "75001")), None);
    }

    #[test]
    fn impossible_zones_are_refused() {
        let postcode = PostcodePattern::parse("1*").unwrap();
        assert_eq!(TaxZone::new(None, RegionCode::parse("NY").ok(), vec![]), Err(InvalidTaxZone::NoCountry));
        assert_eq!(TaxZone::new(None, None, vec![postcode]), Err(InvalidTaxZone::NoCountry));
        let many: Vec<PostcodePattern> =
            (0..=ZONE_POSTCODES_MAX).map(|n| PostcodePattern::One(format!("{n:05}"))).collect();
        assert_eq!(TaxZone::new(Country::parse("DE").ok(), None, many), Err(InvalidTaxZone::TooManyPostcodes));
    }
}
