//! The shapes and check digits of each country. A check answers `None` where the shape is wrong.

use super::checks::{digits, exactly, is_day, luhn, luhn_sum, mod_11_10, mod_97, number, place, sign, weighted};
use crate::address::Country;

/// How a country's numbers are read.
pub(super) struct Scheme {
    /// ISO 3166-1, and XI.
    pub(super) code: &'static str,
    /// What may stand in front; the first is what is printed.
    pub(super) prefixes: &'static [&'static str],
    /// A number as it stands on invoices.
    pub(super) example: &'static str,
    check: fn(&str) -> Option<bool>,
}

const fn scheme(
    code: &'static str,
    prefixes: &'static [&'static str],
    example: &'static str,
    check: fn(&str) -> Option<bool>,
) -> Scheme {
    Scheme { code, prefixes, example, check }
}

/// All countries whose numbers are known.
pub(super) const SCHEMES: &[Scheme] = &[
    scheme("AT", &["AT"], "ATU13585627", austria),
    scheme("BE", &["BE"], "BE0403227515", belgium),
    scheme("BG", &["BG"], "BG175074752", bulgaria),
    scheme("CH", &["CHE"], "CHE116281710", switzerland),
    scheme("CY", &["CY"], "CY10259033P", cyprus),
    scheme("CZ", &["CZ"], "CZ25123891", czechia),
    scheme("DE", &["DE"], "DE136695976", germany),
    scheme("DK", &["DK"], "DK13585628", denmark),
    scheme("EE", &["EE"], "EE100931558", estonia),
    scheme("ES", &["ES"], "ESB58378431", spain),
    scheme("FI", &["FI"], "FI20774740", finland),
    scheme("FR", &["FR"], "FR40303265045", france),
    scheme("GB", &["GB"], "GB980780684", united_kingdom),
    scheme("GR", &["EL", "GR"], "EL094259216", greece),
    scheme("HR", &["HR"], "HR33392005961", croatia),
    scheme("HU", &["HU"], "HU12892312", hungary),
    scheme("IE", &["IE"], "IE6433435F", ireland),
    scheme("IT", &["IT"], "IT00743110157", italy),
    scheme("LT", &["LT"], "LT119511515", lithuania),
    scheme("LU", &["LU"], "LU15027442", luxembourg),
    scheme("LV", &["LV"], "LV40003521600", latvia),
    scheme("MT", &["MT"], "MT11679112", malta),
    scheme("NL", &["NL"], "NL004495445B01", netherlands),
    scheme("NO", &["NO"], "NO995525828MVA", norway),
    scheme("PL", &["PL"], "PL8567346215", poland),
    scheme("PT", &["PT"], "PT501964843", portugal),
    scheme("RO", &["RO"], "RO18547290", romania),
    scheme("SE", &["SE"], "SE123456789701", sweden),
    scheme("SI", &["SI"], "SI50223054", slovenia),
    scheme("SK", &["SK"], "SK2022749619", slovakia),
    scheme("XI", &["XI", "GB"], "XI980780684", united_kingdom),
];

impl Scheme {
    /// The scheme of a country, if it is known.
    pub(super) fn of(country: Country) -> Option<&'static Self> {
        SCHEMES.iter().find(|scheme| scheme.code == country.code())
    }

    /// `None`: not of this shape. `Some(false)`: a check digit is wrong.
    pub(super) fn check(&self, number: &str) -> Option<bool> {
        // Nothing but noughts satisfies most sums, and is nobody's.
        let something = number.chars().any(|c| c.is_ascii_digit() && c != '0');
        if something { (self.check)(number) } else { None }
    }

    /// The one form of numbers that are written in several.
    pub(super) fn tidied(&self, number: &str) -> String {
        match (self.code, number.len()) {
            // The leading nought came in 2005 and 2007; old papers do without.
            ("BE", 9) | ("GR", 8) => format!("0{number}"),
            // What the letters behind it say, the register says too.
            ("CH", _) => ["MWST", "TVA", "IVA", "TPV"]
                .iter()
                .find_map(|word| number.strip_suffix(word))
                .unwrap_or(number)
                .to_owned(),
            ("NO", 9) => format!("{number}MVA"),
            _ => number.to_owned(),
        }
    }
}

fn austria(text: &str) -> Option<bool> {
    let digits: [u32; 8] = exactly(text.strip_prefix('U')?)?;
    // Luhn's formula, shifted by four.
    let sum: u32 =
        digits[..7].iter().enumerate().map(|(i, d)| if i % 2 == 0 { *d } else { d * 2 / 10 + d * 2 % 10 }).sum();
    Some((sum + 4 + digits[7]).is_multiple_of(10))
}

fn belgium(text: &str) -> Option<bool> {
    let digits: [u32; 10] = exactly(text)?;
    let shaped = digits[0] <= 1;
    shaped.then(|| (number(&digits[..8]) + number(&digits[8..])).is_multiple_of(97) && digits[8..] != [0, 0])
}

fn bulgaria(text: &str) -> Option<bool> {
    let digits = digits(text)?;
    match digits.len() {
        9 => {
            let first = weighted(&digits, &[1, 2, 3, 4, 5, 6, 7, 8]) % 11;
            let second = weighted(&digits, &[3, 4, 5, 6, 7, 8, 9, 10]) % 11 % 10;
            Some(digits[8] == if first == 10 { second } else { first })
        }
        10 => Some(bulgarian_citizen(&digits) || bulgarian_foreigner(&digits) || bulgarian_other(&digits)),
        _ => None,
    }
}

/// A personal number: the month tells the century too.
fn bulgarian_citizen(digits: &[u32]) -> bool {
    let [year, month, day] = [0, 2, 4].map(|start| digits[start] * 10 + digits[start + 1]);
    let (century, month) = match month {
        21..=32 => (1_800, month - 20),
        41..=52 => (2_000, month - 40),
        _ => (1_900, month),
    };
    is_day(century + year, month, day) && weighted(digits, &[2, 4, 8, 5, 10, 9, 7, 3, 6]) % 11 % 10 == digits[9]
}

fn bulgarian_foreigner(digits: &[u32]) -> bool {
    weighted(digits, &[21, 19, 17, 13, 11, 9, 7, 3, 1]) % 10 == digits[9]
}

fn bulgarian_other(digits: &[u32]) -> bool {
    (11 - weighted(digits, &[4, 3, 2, 7, 6, 5, 4, 3, 2]) % 11) % 11 == digits[9]
}

fn switzerland(text: &str) -> Option<bool> {
    let digits: [u32; 9] = exactly(text)?;
    Some((weighted(&digits, &[5, 4, 3, 2, 7, 6, 5, 4]) + digits[8]).is_multiple_of(11))
}

fn cyprus(text: &str) -> Option<bool> {
    let letter = text.chars().last().filter(char::is_ascii_uppercase)?;
    let digits: [u32; 8] = exactly(text.strip_suffix(letter)?)?;
    // No number begins with 12: it was left out when companies and persons got numbers of one kind.
    if digits[..2] == [1, 2] {
        return None;
    }
    const ODD_PLACES: [u32; 10] = [1, 0, 5, 7, 9, 13, 15, 17, 19, 21];
    let sum: u32 = digits
        .iter()
        .enumerate()
        .map(|(place, digit)| match ODD_PLACES.get(*digit as usize) {
            Some(value) if place % 2 == 0 => *value,
            _ => *digit,
        })
        .sum();
    Some(sign("ABCDEFGHIJKLMNOPQRSTUVWXYZ", sum % 26) == Some(letter))
}

fn czechia(text: &str) -> Option<bool> {
    let digits = digits(text)?;
    const WEIGHTS: [u32; 7] = [8, 7, 6, 5, 4, 3, 2];
    match (digits.len(), digits.first()?) {
        (8, 0..=8) => {
            let check = (11 - weighted(&digits, &WEIGHTS) % 11) % 11;
            Some(digits[7] == if check == 0 { 1 } else { check % 10 })
        }
        // Persons without a birth number.
        (9, 6) => {
            let to_eleven = 11 - weighted(&digits[1..], &WEIGHTS) % 11;
            Some(digits[8] == (19 - to_eleven) % 10)
        }
        (9 | 10, _) => czech_birth_number(&digits),
        _ => None,
    }
}

/// Persons: the day of birth, then a number. Women have 50 more in the month, and since 2004 either may have 20 more.
fn czech_birth_number(digits: &[u32]) -> Option<bool> {
    let [year, month, day] = [0, 2, 4].map(|start| digits[start] * 10 + digits[start + 1]);
    let old = digits.len() == 9;
    if old && year > 53 {
        return None;
    }
    let year = if old || year >= 54 { 1_900 + year } else { 2_000 + year };
    let month = match month {
        51..=62 => month - 50,
        21..=32 if year >= 2_004 => month - 20,
        71..=82 if year >= 2_004 => month - 70,
        _ => month,
    };
    if !is_day(year, month, day) {
        return None;
    }
    if old {
        return Some(true);
    }
    // Until 1985 a remainder of ten became a nought.
    let first = number(&digits[..9]) % 11;
    let folded = first == 10 && year < 1_985 && digits[9] == 0;
    Some(folded || first == u64::from(digits[9]))
}

fn germany(text: &str) -> Option<bool> {
    let digits: [u32; 9] = exactly(text)?;
    (digits[0] != 0).then(|| mod_11_10(&digits))
}

fn denmark(text: &str) -> Option<bool> {
    let digits: [u32; 8] = exactly(text)?;
    (digits[0] != 0).then(|| weighted(&digits, &[2, 7, 6, 5, 4, 3, 2, 1]).is_multiple_of(11))
}

fn estonia(text: &str) -> Option<bool> {
    let digits: [u32; 9] = exactly(text)?;
    Some(weighted(&digits, &[3, 7, 1, 3, 7, 1, 3, 7, 1]).is_multiple_of(10))
}

/// Companies have a letter, seven digits and a sign; persons eight digits and a letter, foreigners seven between letters.
fn spain(text: &str) -> Option<bool> {
    let (first, last) = (text.chars().next()?, text.chars().last()?);
    if text.len() != 9 || !text.is_ascii() {
        return None;
    }
    let middle: [u32; 7] = exactly(&text[1..8])?;
    let person =
        |number: u64| sign("TRWAGMYFPDXBNJZSQVHLCKE", u32::try_from(number % 23).ok()?).map(|want| want == last);
    if let Some(digit) = first.to_digit(10) {
        return last.is_ascii_uppercase().then(|| person(u64::from(digit) * 10_000_000 + number(&middle)))?;
    }
    match first {
        'K' | 'L' | 'M' if last.is_ascii_uppercase() => person(number(&middle)),
        'X' | 'Y' | 'Z' if last.is_ascii_uppercase() => {
            person(u64::from(place("XYZ", first)?) * 10_000_000 + number(&middle))
        }
        _ => spanish_company(first, &middle, last),
    }
}

/// What is said of which kinds of company have a digit at the end and which a letter is not of one mind: either will do.
fn spanish_company(kind: char, middle: &[u32], last: char) -> Option<bool> {
    let check = (10 - luhn_sum(middle) % 10) % 10;
    if !"ABCDEFGHJNPQRSUVW".contains(kind) || !last.is_ascii_alphanumeric() {
        return None;
    }
    Some(last.to_digit(10) == Some(check) || sign("JABCDEFGHI", check) == Some(last))
}

fn finland(text: &str) -> Option<bool> {
    let digits: [u32; 8] = exactly(text)?;
    Some(weighted(&digits, &[7, 9, 10, 5, 8, 4, 2, 1]).is_multiple_of(11))
}

/// Two signs and the SIREN; those of Monaco begin with 000 and are not checked by Luhn's formula.
fn france(text: &str) -> Option<bool> {
    if text.len() != 11 || !text.is_ascii() {
        return None;
    }
    const SIGNS: &str = "0123456789ABCDEFGHJKLMNPQRSTUVWXYZ";
    let siren_digits: [u32; 9] = exactly(&text[2..])?;
    let siren = number(&siren_digits);
    let [first, second] = [0, 1].map(|at| text.chars().nth(at).and_then(|c| place(SIGNS, c)));
    let (first, second) = (first?, second?);
    let key_is_right = if first < 10 && second < 10 {
        (siren * 100 + 12) % 97 == u64::from(first * 10 + second)
    } else {
        let key = if first < 10 { first * 24 + second - 10 } else { first * 34 + second - 100 };
        (siren + 1 + u64::from(key / 11)) % 11 == u64::from(key % 11)
    };
    Some(key_is_right && (siren_digits[..3] == [0, 0, 0] || luhn(&siren_digits)))
}

/// Companies, branches of them (three digits more), departments of government (GD), health authorities (HA).
fn united_kingdom(text: &str) -> Option<bool> {
    for (letters, range) in [("GD", 0..=499), ("HA", 500..=999)] {
        if let Some(rest) = text.strip_prefix(letters) {
            return range.contains(&number(&exactly::<3>(rest)?)).then_some(true);
        }
    }
    let digits = digits(text).filter(|digits| matches!(digits.len(), 9 | 12))?;
    // Numbers given since 2010 are off by 55.
    let rest = weighted(&digits, &[8, 7, 6, 5, 4, 3, 2, 10, 1]) % 97;
    Some(rest == 0 || rest == 42)
}

fn greece(text: &str) -> Option<bool> {
    let digits: [u32; 9] = exactly(text)?;
    Some(weighted(&digits, &[256, 128, 64, 32, 16, 8, 4, 2]) % 11 % 10 == digits[8])
}

fn croatia(text: &str) -> Option<bool> {
    Some(mod_11_10(&exactly::<11>(text)?))
}

fn hungary(text: &str) -> Option<bool> {
    let digits: [u32; 8] = exactly(text)?;
    Some(weighted(&digits, &[9, 7, 3, 1, 9, 7, 3, 1]).is_multiple_of(10))
}

/// Seven digits and one or two letters; until 1991 the second sign was a letter, `+` or `*`.
fn ireland(text: &str) -> Option<bool> {
    const LETTERS: &str = "WABCDEFGHIJKLMNOPQRSTUV";
    if !text.is_ascii() || !(8..=9).contains(&text.len()) {
        return None;
    }
    let second = text.chars().nth(1)?;
    let old = second.is_ascii_uppercase() || "+*".contains(second);
    let seven = if old { format!("0{}{}", &text[2..7], &text[..1]) } else { text[..7].to_owned() };
    let digits: [u32; 7] = exactly(&seven)?;
    let check = place(LETTERS, text.chars().nth(7)?)?;
    let more = match text.chars().nth(8) {
        None => 0,
        Some(_) if old => return None,
        Some(letter) => place(LETTERS, letter)?,
    };
    Some((weighted(&digits, &[8, 7, 6, 5, 4, 3, 2]) + 9 * more) % 23 == check)
}

/// Seven digits, three for the office, Luhn's digit.
fn italy(text: &str) -> Option<bool> {
    let digits: [u32; 11] = exactly(text)?;
    let office = number(&digits[7..10]);
    let shaped = digits[..7] != [0; 7] && matches!(office, 1..=100 | 120 | 121 | 888 | 999);
    shaped.then(|| luhn(&digits))
}

/// Nine digits, or twelve for those who registered for a time.
fn lithuania(text: &str) -> Option<bool> {
    let digits = digits(text).filter(|digits| matches!(digits.len(), 9 | 12))?;
    let (last, rest) = digits.split_last()?;
    if rest.last() != Some(&1) {
        return None;
    }
    let sum = |start: u32| (start..).zip(rest).map(|(place, digit)| (place % 9 + 1) * digit).sum::<u32>() % 11;
    let (first, second) = (sum(0), sum(2) % 10);
    Some(*last == if first == 10 { second } else { first })
}

fn luxembourg(text: &str) -> Option<bool> {
    let digits: [u32; 8] = exactly(text)?;
    Some(number(&digits[..6]) % 89 == number(&digits[6..]))
}

/// Companies begin with 4 to 9. Persons begin with their day of birth, or since 2017 with 32; no office says how the last
/// digit of these is made.
fn latvia(text: &str) -> Option<bool> {
    let digits: [u32; 11] = exactly(text)?;
    if digits[0] > 3 {
        return Some(weighted(&digits, &[9, 1, 4, 8, 3, 10, 2, 5, 7, 6, 1]) % 11 == 3);
    }
    if digits[..2] == [3, 2] {
        return Some(true);
    }
    let [day, month, year] = [0, 2, 4].map(|start| digits[start] * 10 + digits[start + 1]);
    if digits[6] > 2 || !is_day(1_800 + 100 * digits[6] + year, month, day) {
        return None;
    }
    Some((1 + weighted(&digits, &[10, 5, 8, 4, 2, 1, 6, 3, 7, 9])) % 11 % 10 == digits[10])
}

fn malta(text: &str) -> Option<bool> {
    let digits: [u32; 8] = exactly(text)?;
    (digits[0] != 0).then(|| weighted(&digits, &[3, 4, 6, 7, 8, 9, 10, 1]).is_multiple_of(37))
}

/// Companies are checked by eleven; since 2020 sole traders have numbers that are checked by 97 instead.
fn netherlands(text: &str) -> Option<bool> {
    let (company, establishment) = text.split_once('B')?;
    let (digits, establishment): ([u32; 9], [u32; 2]) = (exactly(company)?, exactly(establishment)?);
    if establishment == [0, 0] {
        return None;
    }
    let sum = weighted(&digits, &[9, 8, 7, 6, 5, 4, 3, 2]);
    Some(sum % 11 == digits[8] || mod_97(&format!("NL{text}")) == 1)
}

fn norway(text: &str) -> Option<bool> {
    let digits: [u32; 9] = exactly(text.strip_suffix("MVA")?)?;
    Some(weighted(&digits, &[3, 2, 7, 6, 5, 4, 3, 2, 1]).is_multiple_of(11))
}

fn poland(text: &str) -> Option<bool> {
    let digits: [u32; 10] = exactly(text)?;
    Some(weighted(&digits, &[6, 5, 7, 2, 3, 4, 5, 6, 7]) % 11 == digits[9])
}

fn portugal(text: &str) -> Option<bool> {
    let digits: [u32; 9] = exactly(text)?;
    let check = (11 - weighted(&digits, &[9, 8, 7, 6, 5, 4, 3, 2]) % 11) % 11 % 10;
    (digits[0] != 0).then_some(check == digits[8])
}

fn romania(text: &str) -> Option<bool> {
    let digits = digits(text).filter(|digits| (2..=10).contains(&digits.len()) && digits[0] != 0)?;
    let (last, rest) = digits.split_last()?;
    let weights = [7, 5, 3, 2, 1, 7, 5, 3, 2];
    let sum = weighted(rest, &weights[weights.len() - rest.len()..]);
    Some(sum * 10 % 11 % 10 == *last)
}

/// The number of the organisation, and two digits: 01, and up to 94 for others under one number.
fn sweden(text: &str) -> Option<bool> {
    let digits: [u32; 12] = exactly(text)?;
    (1..=94).contains(&number(&digits[10..])).then(|| luhn(&digits[..10]))
}

fn slovenia(text: &str) -> Option<bool> {
    let digits: [u32; 8] = exactly(text)?;
    let check = 11 - weighted(&digits, &[8, 7, 6, 5, 4, 3, 2]) % 11;
    (digits[0] != 0).then_some(if check == 10 { digits[7] == 0 } else { digits[7] == check })
}

fn slovakia(text: &str) -> Option<bool> {
    let digits: [u32; 10] = exactly(text)?;
    let shaped = digits[0] != 0 && matches!(digits[2], 2 | 3 | 4 | 7 | 8 | 9);
    shaped.then(|| number(&digits).is_multiple_of(11))
}
