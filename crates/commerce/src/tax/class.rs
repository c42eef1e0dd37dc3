//! Classes of tax: what a product or a way of delivery is, as far as its rate is concerned.

use std::fmt;

/// Longest code of a class, in characters.
pub const TAX_CLASS_CHARS_MAX: usize = 32;

/// The class that a place without rules for another one falls back to.
const STANDARD: &str = "standard";

/// The class that needs no rules.
const ZERO: &str = "zero";

/// The code of a tax class, such as `standard`, `reduced`, `zero` or `books`: lower-case letters, digits and hyphens,
/// beginning with a letter. Its rate stands in the rules of a [table](super::table::TaxTable).
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct TaxClass(String);

/// Not the code of a tax class.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "{0:?} is not a tax class: lower-case letters, digits and hyphens such as books, at most {TAX_CLASS_CHARS_MAX}"
)]
pub struct InvalidTaxClass(pub String);

impl TaxClass {
    /// Takes a code exactly as written.
    pub fn parse(raw: &str) -> Result<Self, InvalidTaxClass> {
        let signs = raw.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-');
        let begins = raw.bytes().next().is_some_and(|first| first.is_ascii_lowercase());
        if !begins || !signs || raw.ends_with('-') || raw.len() > TAX_CLASS_CHARS_MAX {
            return Err(InvalidTaxClass(raw.chars().take(40).collect()));
        }
        Ok(Self(raw.to_owned()))
    }

    /// The class of whatever has no other.
    pub fn standard() -> Self {
        Self(STANDARD.to_owned())
    }

    /// Whether it is the class of whatever has no other.
    pub fn is_standard(&self) -> bool {
        self.0 == STANDARD
    }

    /// Whether it is the class of what is not taxed anywhere, such as a voucher that is sold: where a table has no rules for
    /// `zero` there is no tax, and no fallback to `standard`.
    pub fn is_zero(&self) -> bool {
        self.0 == ZERO
    }

    /// The code.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for TaxClass {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for TaxClass {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn classes_are_parsed_at_the_door() {
        for (raw, good) in [
            ("standard", true),
            ("super-reduced", true),
            ("books2", true),
            ("", false),
            ("Books", false),
            ("2books", false),
            ("-books", false),
            ("books-", false),
            ("b ooks", false),
            ("bücher", false),
        ] {
            assert_eq!(TaxClass::parse(raw).is_ok(), good, "{raw:?}");
        }
        assert!(TaxClass::parse(&"a".repeat(TAX_CLASS_CHARS_MAX)).is_ok());
        assert!(TaxClass::parse(&"a".repeat(TAX_CLASS_CHARS_MAX + 1)).is_err());
        assert_eq!(TaxClass::parse(STANDARD), Ok(TaxClass::standard()));
        assert!(TaxClass::parse(ZERO).is_ok_and(|class| class.is_zero() && !class.is_standard()));
    }
}
