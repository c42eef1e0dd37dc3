//! Who and where: countries, e-mail addresses, postal addresses.

use std::fmt;

/// Longest name, company or line of an address, in characters.
pub const ADDRESS_FIELD_CHARS_MAX: usize = 120;

/// Whether a text can be printed as it reads: no control characters, and none of Unicode's that turn the order of signs
/// around (U+202A to U+202E, U+2066 to U+2069), with which a name shows as another.
pub fn is_printable(text: &str) -> bool {
    !text.chars().any(|c| c.is_control() || matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}'))
}

/// A country by its ISO 3166-1 code of two upper-case letters.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Country([u8; 2]);

/// Not a country code.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is not a country code such as GB")]
pub struct InvalidCountry(pub String);

impl Country {
    /// Takes two ASCII letters, in any case.
    pub fn parse(raw: &str) -> Result<Self, InvalidCountry> {
        match raw.trim().to_ascii_uppercase().as_bytes() {
            [a, b] if a.is_ascii_uppercase() && b.is_ascii_uppercase() => Ok(Self([*a, *b])),
            _ => Err(InvalidCountry(raw.chars().take(20).collect())),
        }
    }

    /// The code.
    pub fn code(&self) -> &str {
        std::str::from_utf8(&self.0).unwrap_or_default()
    }
}

impl fmt::Debug for Country {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code())
    }
}

impl fmt::Display for Country {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code())
    }
}

/// An address that mail can be sent to. Only its shape is checked; whether it is somebody's, mail tells.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct EmailAddress(String);

/// Not an e-mail address.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("that does not look like an e-mail address such as ann@example.org")]
pub struct InvalidEmail;

impl EmailAddress {
    /// Something, an @, and a domain with a point; at most 254 characters (RFC 5321), no space, no control.
    pub fn parse(raw: &str) -> Result<Self, InvalidEmail> {
        let text = raw.trim();
        let (local, domain) = text.rsplit_once('@').ok_or(InvalidEmail)?;
        let clean =
            |part: &str| is_printable(part) && !part.chars().any(|c| c.is_whitespace() || "<>\"(),:;@[\\]".contains(c));
        let labels = domain.split('.').count() >= 2 && domain.split('.').all(|label| !label.is_empty());
        if local.is_empty() || local.len() > 64 || text.len() > 254 || !labels || !clean(local) || !clean(domain) {
            return Err(InvalidEmail);
        }
        Ok(Self(text.to_owned()))
    }

    /// As it was typed.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The form that two spellings of one address share: lower case.
    pub fn key(&self) -> String {
        self.0.to_lowercase()
    }
}

impl fmt::Debug for EmailAddress {
    /// Never the address itself: it would end in logs.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("EmailAddress(***)")
    }
}

/// Where a parcel or a bill goes.
#[derive(Clone, PartialEq, Eq)]
pub struct Address {
    /// The person's full name, in one field.
    pub name: String,
    /// A company, if named.
    pub company: String,
    /// Street and number.
    pub line1: String,
    /// Flat, floor, c/o.
    pub line2: String,
    /// Town.
    pub city: String,
    /// State, county or region, where used.
    pub region: String,
    /// Postcode, upper case; empty where a country has none.
    pub postcode: String,
    /// The country.
    pub country: Country,
    /// For the carrier; may be empty.
    pub phone: String,
}

impl fmt::Debug for Address {
    /// Never the address itself: it would end in logs.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Address(*** {})", self.country)
    }
}

/// A field of an address that cannot stay as it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum AddressProblem {
    /// A field that is needed is empty.
    #[error("{0} is missing")]
    Missing(&'static str),
    /// A field is longer than [`ADDRESS_FIELD_CHARS_MAX`] or cannot be printed ([`is_printable`]).
    #[error("{0} is too long or holds characters that cannot be printed")]
    Unprintable(&'static str),
    /// The postcode does not have the country's shape.
    #[error("that is not a postcode of this country")]
    Postcode,
}

impl Address {
    /// Trims every field and says everything that is wrong, so that a form can show it all at once.
    pub fn checked(mut self) -> Result<Self, Vec<AddressProblem>> {
        let mut problems = Vec::new();
        self.postcode = self.postcode.trim().to_uppercase();
        let fields: [(&'static str, bool, &mut String); 8] = [
            ("name", true, &mut self.name),
            ("company", false, &mut self.company),
            ("line1", true, &mut self.line1),
            ("line2", false, &mut self.line2),
            ("city", true, &mut self.city),
            ("region", false, &mut self.region),
            ("postcode", postcode_shape(self.country) != PostcodeShape::None, &mut self.postcode),
            ("phone", false, &mut self.phone),
        ];
        for (field, needed, value) in fields {
            *value = value.trim().to_owned();
            if needed && value.is_empty() {
                problems.push(AddressProblem::Missing(field));
            }
            if value.chars().count() > ADDRESS_FIELD_CHARS_MAX || !is_printable(value) {
                problems.push(AddressProblem::Unprintable(field));
            }
        }
        if !self.postcode.is_empty() && !postcode_fits(self.country, &self.postcode) {
            problems.push(AddressProblem::Postcode);
        }
        if problems.is_empty() { Ok(self) } else { Err(problems) }
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum PostcodeShape {
    /// The country has no postcodes.
    None,
    /// `9` a digit, `A` a letter, a space may be left out; several shapes.
    Shapes(&'static [&'static str]),
    /// Not known here: anything goes.
    Any,
}

/// Shapes of the countries that most stores sell to (Universal Postal Union, addressing guides).
fn postcode_shape(country: Country) -> PostcodeShape {
    use PostcodeShape::{Any, None, Shapes};
    match country.code() {
        "GB" => Shapes(&["A9 9AA", "A99 9AA", "AA9 9AA", "AA99 9AA", "A9A 9AA", "AA9A 9AA"]),
        "DE" | "FR" | "IT" | "ES" | "FI" | "EE" | "HR" => Shapes(&["99999"]),
        "AT" | "BE" | "DK" | "NO" | "CH" | "LU" | "HU" | "SI" | "AU" | "NZ" | "BG" | "CY" => Shapes(&["9999"]),
        "NL" => Shapes(&["9999 AA"]),
        "US" => Shapes(&["99999", "99999-9999"]),
        "CA" => Shapes(&["A9A 9A9"]),
        "SE" | "CZ" | "SK" | "GR" => Shapes(&["999 99"]),
        "PL" => Shapes(&["99-999"]),
        "PT" => Shapes(&["9999-999"]),
        "JP" => Shapes(&["999-9999"]),
        "RO" => Shapes(&["999999"]),
        "HK" | "AE" | "QA" | "PA" | "BO" => None,
        _ => Any,
    }
}

/// Whether a postcode has the shape of those of the country, as far as it is known here.
pub(crate) fn postcode_fits(country: Country, postcode: &str) -> bool {
    let PostcodeShape::Shapes(shapes) = postcode_shape(country) else { return true };
    let bare = |text: &str| text.chars().filter(|c| !c.is_whitespace()).collect::<Vec<char>>();
    let typed = bare(postcode);
    shapes.iter().any(|shape| {
        let shape = bare(shape);
        shape.len() == typed.len()
            && shape.iter().zip(&typed).all(|(want, got)| match want {
                '9' => got.is_ascii_digit(),
                'A' => got.is_ascii_alphabetic(),
                other => got == other,
            })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn emails_are_parsed_at_the_door() {
        for (raw, good) in [
            ("ann@example.org", true),
            (" Ann.O'Neil+shop@mail.example.co.uk ", true),
            ("jörg@bücher.example", true),
            ("ann", false),
            ("@example.org", false),
            ("ann@example", false),
            ("ann@.org", false),
            ("ann@exa mple.org", false),
            ("ann@example.org\r\nBcc: x@y.z", false),
            ("a@b@example.org", false),
        ] {
            assert_eq!(EmailAddress::parse(raw).is_ok(), good, "{raw}");
        }
        assert!(EmailAddress::parse(&format!("{}@example.org", "a".repeat(300))).is_err());
    }

    #[test]
    fn an_address_says_everything_that_is_wrong() {
        let address = |country: &str, postcode: &str, name: &str| Address {
            name: name.to_owned(),
            company: String::new(),
            line1: "1 Quay".to_owned(),
            line2: String::new(),
            city: "Porthaven".to_owned(),
            region: String::new(),
            postcode: postcode.to_owned(),
            country: Country::parse(country).unwrap(),
            phone: String::new(),
        };
        assert_eq!(address("GB", " ph1 9xx ", "Ann").checked().unwrap().postcode, "PH1 9XX");
        assert!(address("GB", "ph19xx", "Ann").checked().is_ok());
        assert!(address("HK", "", "Ann").checked().is_ok());
        assert!(address("KE", "anything", "Ann").checked().is_ok());
        assert_eq!(
            address("DE", "1234", "").checked(),
            Err(vec![AddressProblem::Missing("name"), AddressProblem::Postcode])
        );
        assert!(address("DE", "12345", &"x".repeat(200)).checked().is_err());
        assert!(address("DE", "12345", "A\u{0}n").checked().is_err());
        // Names in scripts from right to left need no such signs.
        assert!(address("DE", "12345", "\u{5d3}\u{5d5}\u{5d3} \u{200f}Ann").checked().is_ok());
        for turned in ["Ann \u{202e}nnA", "\u{2066}Ann\u{2069}", "Ann\u{202a}"] {
            let want = Err(vec![AddressProblem::Unprintable("name")]);
            assert_eq!(address("DE", "12345", turned).checked(), want, "{turned:?}");
            assert!(EmailAddress::parse(&format!("{turned}@example.org").replace(' ', "")).is_err(), "{turned:?}");
        }
    }

    #[test]
    fn addresses_stay_out_of_logs() {
        let email = EmailAddress::parse("ann@example.org").unwrap();
        assert!(!format!("{email:?}").contains("ann"));
    }
}
