//! Postcodes of a zone: a whole one, all that begin alike, or a range.

use crate::address::{Country, postcode_fits};
use std::fmt;

/// Longest pattern, in characters.
const PATTERN_CHARS_MAX: usize = 40;
/// Characters of the second half of a British postcode.
const BRITISH_INWARD_CHARS: usize = 3;

/// Which postcodes of a country are meant. Case, spaces and hyphens of a postcode make no difference.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PostcodePattern {
    /// `27498`: this one.
    Whole(String),
    /// `BT*`: all that begin so. In British ones a space ends the district: `KW1 *` is not KW15.
    Begins(String),
    /// `20095...21149`: all whose beginning lies between, both included. In British ones the ends are districts:
    /// `PA20...PA49`.
    Between(String, String),
}

/// Not a pattern of postcodes.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum InvalidPostcodePattern {
    /// Neither a whole postcode nor one of the other shapes.
    #[error("{raw:?} is no whole postcode of {country}; write {raw}* for all that begin so")]
    NotWhole {
        /// What stands there.
        raw: String,
        /// Where it should be one.
        country: Country,
    },
    /// A range whose ends are not alike, or stand the wrong way round.
    #[error("{0:?} is no range; its ends look alike, the lower one first, as in 20095...21149")]
    Range(String),
    /// A British range of something else than districts.
    #[error("{0:?} is no range of districts such as PA20...PA49")]
    Districts(String),
    /// Nothing, or far too much.
    #[error("{0:?} is no pattern of postcodes; they are like 27498, BT* or 20095...21149")]
    Shape(String),
}

impl PostcodePattern {
    /// Takes `27498`, `BT*` or `20095...21149`.
    pub fn parse(country: Country, raw: &str) -> Result<Self, InvalidPostcodePattern> {
        let text = raw.trim().to_ascii_uppercase();
        let shown = || raw.trim().chars().take(PATTERN_CHARS_MAX).collect::<String>();
        if text.chars().count() > PATTERN_CHARS_MAX {
            return Err(InvalidPostcodePattern::Shape(shown()));
        }
        if let Some((low, high)) = text.split_once("...") {
            return range(country, low, high, shown());
        }
        let (start, is_beginning) = text.strip_suffix('*').map_or((text.as_str(), false), |start| (start, true));
        if bare(start).is_empty() || !start.chars().all(is_postal) {
            return Err(InvalidPostcodePattern::Shape(shown()));
        }
        match is_beginning {
            true if is_british(country) && start.contains(' ') => Ok(Self::Begins(squeezed(start))),
            true => Ok(Self::Begins(bare(start))),
            false if postcode_fits(country, start) => Ok(Self::Whole(bare(start))),
            false => Err(InvalidPostcodePattern::NotWhole { raw: shown(), country }),
        }
    }

    /// Whether a postcode of that country is meant; one that nobody knows yet never is.
    pub fn matches(&self, country: Country, postcode: &str) -> bool {
        let bare = bare(postcode);
        match self {
            _ if bare.is_empty() => false,
            Self::Whole(whole) => *whole == bare,
            Self::Begins(start) if start.contains(' ') => spaced(&bare).starts_with(start.as_str()),
            Self::Begins(start) => bare.starts_with(start.as_str()),
            Self::Between(low, high) if is_british(country) => {
                match (district(low), district(high), district(outward(&bare))) {
                    (Some(low), Some(high), Some(found)) => low <= found && found <= high && low.0 == found.0,
                    _ => false,
                }
            }
            Self::Between(low, high) => bare
                .get(..low.len())
                .is_some_and(|start| are_alike(low, start) && low.as_str() <= start && start <= high.as_str()),
        }
    }
}

impl fmt::Display for PostcodePattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Whole(whole) => f.write_str(whole),
            Self::Begins(start) => write!(f, "{start}*"),
            Self::Between(low, high) => write!(f, "{low}...{high}"),
        }
    }
}

fn range(country: Country, low: &str, high: &str, shown: String) -> Result<PostcodePattern, InvalidPostcodePattern> {
    if !low.chars().chain(high.chars()).all(is_postal) {
        return Err(InvalidPostcodePattern::Shape(shown));
    }
    let (low, high) = (bare(low), bare(high));
    if is_british(country) {
        return match (district(&low), district(&high)) {
            (Some(first), Some(last)) if first.0 == last.0 && first.1 <= last.1 && is_district(&low, &high) => {
                Ok(PostcodePattern::Between(low, high))
            }
            _ => Err(InvalidPostcodePattern::Districts(shown)),
        };
    }
    if low.is_empty() || !are_alike(&low, &high) || low.len() != high.len() || low > high {
        return Err(InvalidPostcodePattern::Range(shown));
    }
    Ok(PostcodePattern::Between(low, high))
}

fn is_british(country: Country) -> bool {
    country.code() == "GB"
}

/// What may stand in a postcode.
fn is_postal(c: char) -> bool {
    c.is_ascii_alphanumeric() || c == ' ' || c == '-'
}

/// Letters and digits alone, in upper case.
fn bare(postcode: &str) -> String {
    postcode.chars().filter(char::is_ascii_alphanumeric).map(|c| c.to_ascii_uppercase()).collect()
}

/// Runs of spaces as one, and none in front.
fn squeezed(start: &str) -> String {
    let words: Vec<String> = start.split(' ').map(bare).filter(|word| !word.is_empty()).collect();
    let end = if start.ends_with(' ') { " " } else { "" };
    format!("{}{end}", words.join(" "))
}

/// A British postcode without its second half: `KW15` of `KW151AA`.
fn outward(bare: &str) -> &str {
    bare.get(..bare.len().saturating_sub(BRITISH_INWARD_CHARS)).unwrap_or_default()
}

/// A British postcode with its space.
fn spaced(bare: &str) -> String {
    let outward = outward(bare);
    format!("{outward} {}", &bare[outward.len()..])
}

/// Area and number of a British district: PA and 20 of `PA20`; of `EC1A` EC and 1.
fn district(outward: &str) -> Option<(&str, u32)> {
    let number = outward.find(|c: char| c.is_ascii_digit())?;
    let (area, rest) = outward.split_at(number);
    let digits = rest.find(|c: char| !c.is_ascii_digit()).unwrap_or(rest.len());
    Some((area, rest[..digits].parse().ok()?)).filter(|(area, _)| !area.is_empty())
}

/// Whether both are an area and a number and nothing behind.
fn is_district(low: &str, high: &str) -> bool {
    [low, high].iter().all(|end| end.len() <= 4 && end.ends_with(|c: char| c.is_ascii_digit()))
}

/// Whether both have letters and digits in the same places, as far as the shorter goes.
fn are_alike(one: &str, other: &str) -> bool {
    one.bytes().zip(other.bytes()).all(|(one, other)| one.is_ascii_digit() == other.is_ascii_digit())
}
