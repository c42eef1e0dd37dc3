//! The sums that check digits are made of.

/// The digits of a text that has nothing else; `None` for any other.
pub(super) fn digits(text: &str) -> Option<Vec<u32>> {
    text.chars().map(|c| c.to_digit(10)).collect()
}

/// So many digits and nothing else.
pub(super) fn exactly<const N: usize>(text: &str) -> Option<[u32; N]> {
    digits(text)?.try_into().ok()
}

/// Each digit times its weight, added up. Digits without a weight do not count.
pub(super) fn weighted(digits: &[u32], weights: &[u32]) -> u32 {
    digits.iter().zip(weights).map(|(digit, weight)| digit * weight).sum()
}

/// The digits as one number; of at most 18 digits.
pub(super) fn number(digits: &[u32]) -> u64 {
    digits.iter().take(18).fold(0, |number, digit| number * 10 + u64::from(*digit))
}

/// The sum of Luhn's formula (ISO 7812-1, annex B) for digits to which a check digit is still to come.
pub(super) fn luhn_sum(digits: &[u32]) -> u32 {
    let doubled = |digit: u32| digit * 2 / 10 + digit * 2 % 10;
    digits.iter().rev().enumerate().map(|(place, digit)| if place % 2 == 0 { doubled(*digit) } else { *digit }).sum()
}

/// Whether the last digit is that of Luhn's formula.
pub(super) fn luhn(digits: &[u32]) -> bool {
    digits.split_last().is_some_and(|(last, rest)| (luhn_sum(rest) + last).is_multiple_of(10))
}

/// Whether the last digit is that of ISO 7064, MOD 11,10.
pub(super) fn mod_11_10(digits: &[u32]) -> bool {
    let Some((last, rest)) = digits.split_last() else { return false };
    let carried = rest.iter().fold(10, |carried, digit| {
        let sum = (carried + digit) % 10;
        (if sum == 0 { 10 } else { sum }) * 2 % 11
    });
    (carried + last) % 10 == 1
}

/// The remainder that a number leaves by 97 when its letters count as 10 to 35 (ISO 7064, MOD 97-10). Other signs count
/// as nothing.
pub(super) fn mod_97(text: &str) -> u32 {
    text.chars().filter_map(|c| c.to_digit(36)).fold(0, |rest, value| {
        let shift = if value < 10 { 10 } else { 100 };
        (rest * shift + value) % 97
    })
}

/// Whether the calendar has such a day.
pub(super) fn is_day(year: u32, month: u32, day: u32) -> bool {
    let date = || {
        let (year, month, day) = (i16::try_from(year).ok()?, i8::try_from(month).ok()?, i8::try_from(day).ok()?);
        jiff::civil::Date::new(year, month, day).ok()
    };
    date().is_some()
}

/// Place of a sign in an alphabet.
pub(super) fn place(alphabet: &str, sign: char) -> Option<u32> {
    alphabet.chars().position(|c| c == sign).and_then(|place| u32::try_from(place).ok())
}

/// The sign at a place of an alphabet.
pub(super) fn sign(alphabet: &str, place: u32) -> Option<char> {
    usize::try_from(place).ok().and_then(|place| alphabet.chars().nth(place))
}
