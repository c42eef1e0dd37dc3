//! Codes that a merchant makes anew: stricter than those that old stores have.

use super::VoucherCode;

/// Longest code that is made anew, in characters: more are not typed without a mistake.
pub const NEW_CODE_CHARS_MAX: usize = 64;
/// What may stand in a new code beside letters and digits.
const SIGNS: &str = "-_.+%!";

/// Not a code that can be made anew.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a new voucher code is 1 to {NEW_CODE_CHARS_MAX} letters, digits and {SIGNS} without spaces")]
pub struct InvalidNewCode;

impl VoucherCode {
    /// A code that is made anew: only what everybody sees and can type, so that no two look alike for a sign that
    /// nobody sees.
    pub fn parse_new(raw: &str) -> Result<Self, InvalidNewCode> {
        let code = Self::parse(raw).map_err(|_| InvalidNewCode)?;
        if code.is_easily_typed() { Ok(code) } else { Err(InvalidNewCode) }
    }

    /// Whether a code could be made anew.
    pub fn is_easily_typed(&self) -> bool {
        let can_be_typed = |sign: char| sign.is_alphanumeric() || SIGNS.contains(sign);
        self.as_str().chars().all(can_be_typed) && self.as_str().chars().count() <= NEW_CODE_CHARS_MAX
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn new_codes_are_stricter_than_old_ones() {
        let long = "x".repeat(NEW_CODE_CHARS_MAX + 1);
        for (case, raw, want) in [
            ("plain", "tea-2026", Some("TEA-2026")),
            ("a percentage", "10%OFF!", Some("10%OFF!")),
            ("letters of any language", "grün", Some("GRÜN")),
            ("a sign that nobody sees", "TEA\u{200b}", None),
            ("turned around", "TEA\u{202e}", None),
            ("a quotation mark", "\"TEA\"", None),
            ("a comma", "TEA,MUG", None),
            ("a space", "TEA MUG", None),
            ("nothing", "", None),
            ("too long", &long, None),
        ] {
            let got = VoucherCode::parse_new(raw).ok();
            assert_eq!(got.as_ref().map(VoucherCode::as_str), want, "{case}");
        }
    }
}
