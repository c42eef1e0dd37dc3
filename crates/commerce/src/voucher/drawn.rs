//! Codes that are drawn at random, for sets of vouchers that go to one person each.

use super::VoucherCode;
use crate::order::NUMBER_LETTERS;

/// Fewest letters of a drawn code: 28 to the 8th power are enough that nobody finds one by trying.
pub const DRAWN_LETTERS_MIN: u8 = 8;
/// Most letters of a drawn code: more are not typed without a mistake.
pub const DRAWN_LETTERS_MAX: u8 = 32;
/// Letters between two hyphens (as Oscar groups them).
const GROUP_LETTERS: usize = 4;

/// How many letters a drawn code has, hyphens not counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CodeLength(u8);

/// Not a length of codes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a drawn code has {DRAWN_LETTERS_MIN} to {DRAWN_LETTERS_MAX} letters")]
pub struct InvalidCodeLength;

impl CodeLength {
    /// Within the bounds.
    pub fn new(letters: u8) -> Result<Self, InvalidCodeLength> {
        let is_within = (DRAWN_LETTERS_MIN..=DRAWN_LETTERS_MAX).contains(&letters);
        is_within.then_some(Self(letters)).ok_or(InvalidCodeLength)
    }
}

impl Default for CodeLength {
    /// Twelve, as in Oscar.
    fn default() -> Self {
        Self(12)
    }
}

impl VoucherCode {
    /// A code of random letters in groups: `4KTB-9WM2-HB7C`. Its letters are those of order numbers, none of which
    /// looks like another. Takes one random number a group.
    pub fn drawn(length: CodeLength, mut random: impl FnMut() -> u64) -> Self {
        let (mut code, mut bits) = (String::new(), 0);
        for place in 0..usize::from(length.0) {
            if place.is_multiple_of(GROUP_LETTERS) {
                bits = random();
                if place > 0 {
                    code.push('-');
                }
            }
            let letters = u64::try_from(NUMBER_LETTERS.len()).unwrap_or(1);
            let letter = usize::try_from(bits % letters).unwrap_or_default();
            bits /= letters;
            code.push(char::from(NUMBER_LETTERS[letter]));
        }
        Self(code)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_drawn_code_is_a_code_of_its_length_in_groups() {
        let mut seed = 0_u64;
        let mut random = || {
            seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            seed
        };
        for (letters, want) in [(8, 9), (9, 11), (12, 14), (32, 39)] {
            let code = VoucherCode::drawn(CodeLength::new(letters).unwrap(), &mut random);
            assert_eq!(code.as_str().len(), want, "{code}");
            assert_eq!(VoucherCode::parse(&code.as_str().to_lowercase()), Ok(code.clone()), "as it is typed");
            assert!(code.as_str().split('-').rev().skip(1).all(|group| group.len() == 4), "{code}");
            let is_known = |letter: char| u8::try_from(letter).is_ok_and(|letter| NUMBER_LETTERS.contains(&letter));
            assert!(code.as_str().chars().all(|letter| letter == '-' || is_known(letter)), "{code}");
        }
    }

    #[test]
    fn lengths_are_parsed_at_the_door() {
        for (letters, want) in [(0, false), (7, false), (8, true), (32, true), (33, false), (255, false)] {
            assert_eq!(CodeLength::new(letters).is_ok(), want, "{letters}");
        }
        assert_eq!(CodeLength::new(12), Ok(CodeLength::default()));
    }
}
