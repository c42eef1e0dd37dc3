//! VAT numbers: the numbers by which businesses are known to the tax offices of the Union's states, the United Kingdom,
//! Switzerland and Norway.
//!
//! Shape and check digits say whether a number was typed well, not whether it is somebody's: that is told by the Union's
//! register VIES, by HMRC, by the UID register and by Brønnøysund. Sources: the Commission's questions and answers on
//! VIES (shapes), the tax offices' descriptions of their check digits, UID ordinance (CH), Enhetsregisteret (NO).

mod checks;
mod schemes;

use crate::address::Country;
use schemes::{SCHEMES, Scheme};
use std::fmt;

/// Longest text that is looked at, in characters: a number with all the spaces and points that people put in.
pub const VAT_NUMBER_CHARS_MAX: usize = 40;

/// A VAT number of the right shape with the right check digits.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct VatNumber {
    country: Country,
    prefix: &'static str,
    number: String,
}

/// Why a text is no VAT number.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum InvalidVatNumber {
    /// Numbers of this country are not known here.
    #[error("VAT numbers of {0} are not known here")]
    Country(Country),
    /// No country at its front.
    #[error("a VAT number begins with its country, such as {}", SCHEMES[0].example)]
    NoCountry,
    /// Not the country's shape.
    #[error("a VAT number of {country} looks like {example}")]
    Shape {
        /// Whose shape it is.
        country: Country,
        /// A number that has it.
        example: &'static str,
    },
    /// A digit is wrong, or two have changed places.
    #[error("a digit of this VAT number is wrong: please compare it with your papers")]
    CheckDigits,
}

impl VatNumber {
    /// Reads a number of a country (Greece is GR, Northern Ireland XI), with or without its letters at the front.
    /// Spaces, points, hyphens and slashes are left out.
    pub fn parse(country: Country, raw: &str) -> Result<Self, InvalidVatNumber> {
        let scheme = Scheme::of(country).ok_or(InvalidVatNumber::Country(country))?;
        let shape = InvalidVatNumber::Shape { country, example: scheme.example };
        if raw.chars().count() > VAT_NUMBER_CHARS_MAX {
            return Err(shape);
        }
        let text = bare(raw);
        // The letters at the front may be the country's or, in France, a part of the number.
        let without = scheme.prefixes.iter().find_map(|prefix| text.strip_prefix(prefix));
        let mut verdict = Err(shape);
        for number in without.into_iter().chain([text.as_str()]) {
            let number = scheme.tidied(number);
            match scheme.check(&number) {
                Some(true) => return Ok(Self { country, prefix: scheme.prefixes[0], number }),
                Some(false) => verdict = Err(InvalidVatNumber::CheckDigits),
                None => {}
            }
        }
        verdict
    }

    /// Reads a number that begins with its country's letters: `EL` for Greece, `XI` for Northern Ireland.
    pub fn parse_with_country(raw: &str) -> Result<Self, InvalidVatNumber> {
        let letters: String = bare(raw).chars().take(2).collect();
        let country = Country::parse(if letters == "EL" { "GR" } else { &letters });
        Self::parse(country.map_err(|_| InvalidVatNumber::NoCountry)?, raw)
    }

    /// Who gave it, by ISO 3166-1; XI for Northern Ireland.
    pub fn country(&self) -> Country {
        self.country
    }

    /// The number without its country's letters, as VIES wants it.
    pub fn number(&self) -> &str {
        &self.number
    }
}

impl fmt::Display for VatNumber {
    /// As it stands on invoices: `EL094259216`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}{}", self.prefix, self.number)
    }
}

impl fmt::Debug for VatNumber {
    /// Without the number: it may be a person's, and would end in logs.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "VatNumber({} ***)", self.country)
    }
}

fn bare(raw: &str) -> String {
    let kept = raw.chars().filter(|c| !c.is_whitespace() && !".-/".contains(*c));
    kept.map(|c| c.to_ascii_uppercase()).collect()
}

#[cfg(test)]
mod tests;
