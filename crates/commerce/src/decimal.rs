//! Exact decimal numbers, for what people type: weights, measurements, rates, and money on its way in.
//!
//! Oscar keeps money in REAL columns on SQLite; the shortest decimal text of a float is exact here,
//! and no float arithmetic takes place anywhere.

use std::cmp::Ordering;
use std::fmt;

/// Most digits behind the point that are kept.
pub const DECIMAL_SCALE_MAX: u8 = 12;

/// `mantissa / 10^scale`, without trailing zeros behind the point: 1.50 is 15 / 10^1.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Decimal {
    mantissa: i64,
    scale: u8,
}

/// The text is not a decimal number, or has more digits than fit.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is not a number such as 12 or 12.50")]
pub struct InvalidDecimal(pub String);

/// The number has more digits behind the point than the target can hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("more than {digits} digits behind the point")]
pub struct TooPrecise {
    /// Digits that the target has.
    pub digits: u8,
}

impl Decimal {
    /// Nought.
    pub const ZERO: Self = Self { mantissa: 0, scale: 0 };

    /// Makes `mantissa / 10^scale`; `None` past [`DECIMAL_SCALE_MAX`].
    pub fn new(mantissa: i64, scale: u8) -> Option<Self> {
        (scale <= DECIMAL_SCALE_MAX).then(|| Self { mantissa, scale }.trimmed())
    }

    /// Takes in `-12`, `12.5`, `.5`, `1e-3`: the forms in which databases and spreadsheets print numbers.
    pub fn parse(raw: &str) -> Result<Self, InvalidDecimal> {
        Self::parse_inner(raw.trim()).ok_or_else(|| InvalidDecimal(raw.chars().take(40).collect()))
    }

    fn parse_inner(text: &str) -> Option<Self> {
        let (number, exponent) = match text.split_once(['e', 'E']) {
            Some((number, exponent)) => (number, exponent.parse::<i32>().ok()?),
            None => (text, 0),
        };
        let (sign, digits) = match number.strip_prefix('-') {
            Some(rest) => (-1, rest),
            None => (1, number.strip_prefix('+').unwrap_or(number)),
        };
        let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
        if whole.is_empty() && fraction.is_empty() {
            return None;
        }
        // Zeros at the end carry nothing and must not overflow the mantissa.
        let fraction = fraction.trim_end_matches('0');
        let mut mantissa: i64 = 0;
        for digit in whole.bytes().chain(fraction.bytes()) {
            let digit = digit.is_ascii_digit().then(|| i64::from(digit - b'0'))?;
            mantissa = mantissa.checked_mul(10)?.checked_add(digit)?;
        }
        let mut scale = i32::try_from(fraction.len()).ok()?.checked_sub(exponent)?;
        while scale < 0 && mantissa != 0 {
            mantissa = mantissa.checked_mul(10)?;
            scale += 1;
        }
        while scale > i32::from(DECIMAL_SCALE_MAX) && mantissa % 10 == 0 && mantissa != 0 {
            mantissa /= 10;
            scale -= 1;
        }
        let scale = if mantissa == 0 { 0 } else { u8::try_from(scale).ok()? };
        Self::new(sign * mantissa, scale)
    }

    fn trimmed(mut self) -> Self {
        while self.scale > 0 && self.mantissa % 10 == 0 {
            self.mantissa /= 10;
            self.scale -= 1;
        }
        self
    }

    /// The number times `10^digits`, exactly: 12.5 with 2 digits is 1250.
    pub fn scaled(self, digits: u8) -> Result<i64, TooPrecise> {
        let up = digits.checked_sub(self.scale).ok_or(TooPrecise { digits })?;
        10_i64
            .checked_pow(u32::from(up))
            .and_then(|factor| self.mantissa.checked_mul(factor))
            .ok_or(TooPrecise { digits })
    }

    /// The number times `10^digits`, rounded half away from zero where digits are lost.
    /// `None` if it does not fit.
    pub fn scaled_half_up(self, digits: u8) -> Option<i64> {
        match self.scaled(digits) {
            Ok(exact) => Some(exact),
            Err(_) if self.scale > digits => {
                let divisor = 10_i64.checked_pow(u32::from(self.scale - digits))?;
                let (whole, rest) = (self.mantissa / divisor, self.mantissa % divisor);
                let up = i64::from(rest.checked_abs()?.checked_mul(2)? >= divisor);
                Some(whole + up * self.mantissa.signum())
            }
            Err(_) => None,
        }
    }

    /// Whether it is below nought.
    pub fn is_negative(self) -> bool {
        self.mantissa < 0
    }
}

impl PartialOrd for Decimal {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Decimal {
    fn cmp(&self, other: &Self) -> Ordering {
        let scale = self.scale.max(other.scale);
        let raise = |d: &Self| i128::from(d.mantissa) * 10_i128.pow(u32::from(scale - d.scale));
        raise(self).cmp(&raise(other))
    }
}

impl fmt::Display for Decimal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.scale == 0 {
            return write!(f, "{}", self.mantissa);
        }
        let divisor = 10_u64.pow(u32::from(self.scale));
        let sign = if self.mantissa < 0 { "-" } else { "" };
        let magnitude = self.mantissa.unsigned_abs();
        let width = usize::from(self.scale);
        write!(f, "{sign}{}.{:0width$}", magnitude / divisor, magnitude % divisor)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn numbers_are_read_as_databases_print_them() {
        for (raw, want) in [
            ("12", Some("12")),
            (" 12.50 ", Some("12.5")),
            ("-0.05", Some("-0.05")),
            (".5", Some("0.5")),
            ("5.", Some("5")),
            ("1e-3", Some("0.001")),
            ("1.5e3", Some("1500")),
            ("0.00000000000000", Some("0")),
            ("9223372036854775807", Some("9223372036854775807")),
            ("9223372036854775808", None),
            ("0.0000000000001", None),
            ("1e400", None),
            ("0e400", Some("0")),
            ("", None),
            (".", None),
            ("-", None),
            ("1,5", None),
            ("NaN", None),
            ("1 2", None),
        ] {
            let got = Decimal::parse(raw).ok().map(|d| d.to_string());
            assert_eq!(got.as_deref(), want, "{raw:?}");
        }
    }

    #[test]
    fn scaling_is_exact_or_refused_and_rounding_is_half_up() {
        let number = |text| Decimal::parse(text).unwrap();
        assert_eq!(number("12.5").scaled(2), Ok(1250));
        assert_eq!(number("12.505").scaled(2), Err(TooPrecise { digits: 2 }));
        for (text, want) in [("12.505", 1251), ("12.504", 1250), ("-12.505", -1251), ("12.5", 1250)] {
            assert_eq!(number(text).scaled_half_up(2), Some(want), "{text}");
        }
    }

    proptest! {
        #[test]
        fn printing_and_reading_come_back(mantissa in any::<i64>(), scale in 0..=DECIMAL_SCALE_MAX) {
            let number = Decimal::new(mantissa, scale).unwrap();
            prop_assert_eq!(Decimal::parse(&number.to_string()), Ok(number));
        }

        #[test]
        fn no_text_panics(raw in "\\PC{0,40}") {
            let _ = Decimal::parse(&raw);
        }
    }
}
