//! Codes of gift cards: whoever knows one can spend it.

use std::fmt;

/// Signs of a code, hyphens not counted; the last one checks the others.
pub const CODE_SIGNS: usize = 16;
/// Signs between two hyphens.
const GROUP_SIGNS: usize = 4;
/// Crockford's base 32: no letter that looks like a digit, and no U, so that a code spells little.
const SIGNS: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";
/// Bits of a sign.
const SIGN_BITS: u32 = 5;

/// The code of a gift card: 15 signs that nobody can guess (75 bits) and one that finds a mistyped one. It is a secret:
/// only [`fmt::Display`] gives it away, and only for letters and commands that hand it over.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct GiftCardCode(String);

/// Not a code.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum InvalidGiftCardCode {
    /// Too few or too many signs, or one that no code has.
    #[error("a code has {CODE_SIGNS} letters and digits, such as 7KQ2-9XMB-T4WD-3HN5")]
    Shape,
    /// The last sign does not fit the others.
    #[error("a letter or digit of the code is mistyped")]
    Mistyped,
}

impl GiftCardCode {
    /// The code of 75 random bits, the lowest of these.
    pub fn from_bits(mut bits: u128) -> Self {
        let mut values = Vec::with_capacity(CODE_SIGNS);
        for _ in 1..CODE_SIGNS {
            values.push(usize::try_from(bits % 32).unwrap_or_default());
            bits >>= SIGN_BITS;
        }
        values.push(check_value(&values));
        Self(values.into_iter().filter_map(|value| SIGNS.get(value)).copied().map(char::from).collect())
    }

    /// As people type it: in any case, with or without hyphens and spaces, with O for 0 and I or L for 1.
    pub fn parse(raw: &str) -> Result<Self, InvalidGiftCardCode> {
        let mut values = Vec::with_capacity(CODE_SIGNS);
        let signs = raw.chars().filter(|sign| !sign.is_whitespace() && !is_hyphen(*sign));
        for sign in signs.take(CODE_SIGNS + 1) {
            values.push(value(sign).ok_or(InvalidGiftCardCode::Shape)?);
        }
        match values.split_last() {
            Some((last, others)) if values.len() == CODE_SIGNS && *last == check_value(others) => {
                Ok(Self(values.iter().filter_map(|value| SIGNS.get(*value)).copied().map(char::from).collect()))
            }
            Some(_) if values.len() == CODE_SIGNS => Err(InvalidGiftCardCode::Mistyped),
            _ => Err(InvalidGiftCardCode::Shape),
        }
    }

    /// Without hyphens: what is hashed, and what a sealed cookie keeps.
    pub fn secret(&self) -> &str {
        &self.0
    }

    /// The last four signs, which name the card where its code must not stand.
    pub fn last_four(&self) -> &str {
        self.0.get(CODE_SIGNS - GROUP_SIGNS..).unwrap_or_default()
    }
}

fn is_hyphen(sign: char) -> bool {
    // As letters and word processors write them.
    matches!(sign, '-' | '\u{2010}'..='\u{2015}' | '\u{2212}')
}

fn value(sign: char) -> Option<usize> {
    let sign = match sign.to_ascii_uppercase() {
        'O' => '0',
        'I' | 'L' => '1',
        sign => sign,
    };
    SIGNS.iter().position(|known| char::from(*known) == sign)
}

/// The values weighted by odd numbers, modulo 32: an odd factor has an inverse, so any one wrong sign is found, and a swap
/// of neighbours unless they lie 16 apart.
fn check_value(values: &[usize]) -> usize {
    values.iter().enumerate().map(|(place, value)| (2 * place + 1) * value).sum::<usize>() % SIGNS.len()
}

impl fmt::Display for GiftCardCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (place, sign) in self.0.chars().enumerate() {
            if place > 0 && place.is_multiple_of(GROUP_SIGNS) {
                f.write_str("-")?;
            }
            write!(f, "{sign}")?;
        }
        Ok(())
    }
}

impl fmt::Debug for GiftCardCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "GiftCardCode(…{})", self.last_four())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_code_is_read_as_people_type_it() {
        let code = GiftCardCode::from_bits(0x1_2345_6789_abcd_ef01);
        let shown = code.to_string();
        assert_eq!(shown.len(), 19, "{shown}");
        let with_o = shown.replace('0', "o").replace('1', "l").to_lowercase();
        for raw in [shown.clone(), shown.replace('-', " "), shown.replace('-', "\u{2011}"), format!("  {with_o} ")] {
            assert_eq!(GiftCardCode::parse(&raw), Ok(code.clone()), "{raw}");
        }
        for (case, raw) in [
            ("nothing", String::new()),
            ("too short", shown[1..].to_owned()),
            ("too long", format!("{shown}0")),
            ("no letter of ours", shown.replacen(char::is_alphanumeric, "U", 1)),
            ("far too long", "0".repeat(100_000)),
        ] {
            assert_eq!(GiftCardCode::parse(&raw), Err(InvalidGiftCardCode::Shape), "{case}");
        }
    }

    #[test]
    fn a_code_stands_in_no_log() {
        let code = GiftCardCode::from_bits(u128::MAX);
        let logged = format!("{code:?}");
        assert!(logged.contains(code.last_four()) && !logged.contains(&code.secret()[..6]), "{logged}");
    }

    proptest! {
        #[test]
        fn every_code_reads_back_and_one_wrong_sign_is_found(bits in any::<u128>(), place in 0..CODE_SIGNS, other in 0_usize..32) {
            let code = GiftCardCode::from_bits(bits);
            prop_assert_eq!(GiftCardCode::parse(&code.to_string()), Ok(code.clone()));
            let mut signs: Vec<char> = code.secret().chars().collect();
            let wrong = char::from(SIGNS[other]);
            if signs[place] != wrong {
                signs[place] = wrong;
                let typed: String = signs.into_iter().collect();
                prop_assert_eq!(GiftCardCode::parse(&typed), Err(InvalidGiftCardCode::Mistyped));
            }
        }

        #[test]
        fn nothing_that_is_typed_makes_it_panic(raw in ".{0,60}") {
            let _ = GiftCardCode::parse(&raw);
        }
    }
}
