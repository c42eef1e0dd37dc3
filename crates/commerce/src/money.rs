//! Money: whole minor units with their currency, and the rounding that is allowed on it.

use crate::decimal::Decimal;
use std::fmt;
use std::num::NonZeroU32;

/// A currency by its ISO 4217 code, with its number of minor digits (JPY 0, EUR 2, KWD 3).
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Currency {
    code: [u8; 3],
    digits: u8,
}

/// The code is not one of ISO 4217's currencies in use.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is not a currency code of ISO 4217 such as EUR")]
pub struct UnknownCurrency(pub String);

/// Currencies with other than two minor digits (ISO 4217, list one).
const DIGITS_0: &str = "BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF";
const DIGITS_3: &str = "BHD IQD JOD KWD LYD OMR TND";
const DIGITS_2: &str = "AED AFN ALL AMD AOA ARS AUD AWG AZN BAM BBD BDT BGN BMD BND BOB BRL BSD BTN BWP BYN BZD CAD CDF CHF \
     CNY COP CRC CUP CVE CZK DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS GIP GMD GTQ GYD HKD HNL HTG \
     HUF IDR ILS INR IRR JMD KES KGS KHR KPW KYD KZT LAK LBP LKR LRD LSL MAD MDL MGA MKD MMK MNT MOP MRU \
     MUR MVR MWK MXN MYR MZN NAD NGN NIO NOK NPR NZD PAB PEN PGK PHP PKR PLN QAR RON RSD RUB SAR SBD SCR \
     SDG SEK SGD SHP SLE SOS SRD SSP STN SVC SYP SZL THB TJS TMT TOP TRY TTD TWD TZS UAH USD UYU UZS VED \
     VES WST XCD XCG YER ZAR ZMW ZWG";

impl Currency {
    /// Looks a code up, in any case.
    pub fn parse(raw: &str) -> Result<Self, UnknownCurrency> {
        let code = raw.trim().to_ascii_uppercase();
        let listed = |list: &str| list.split(' ').any(|known| known == code);
        let digits = [(DIGITS_2, 2), (DIGITS_0, 0), (DIGITS_3, 3)]
            .into_iter()
            .find_map(|(list, digits)| listed(list).then_some(digits));
        match (digits, <[u8; 3]>::try_from(code.as_bytes())) {
            (Some(digits), Ok(code)) => Ok(Self { code, digits }),
            _ => Err(UnknownCurrency(raw.chars().take(10).collect())),
        }
    }

    /// The three letters, upper case.
    pub fn code(&self) -> &str {
        std::str::from_utf8(&self.code).unwrap_or_default()
    }

    /// Digits behind the point: 0, 2 or 3.
    pub fn digits(self) -> u8 {
        self.digits
    }
}

impl fmt::Debug for Currency {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code())
    }
}

impl fmt::Display for Currency {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code())
    }
}

/// Money in the currency's smallest unit: `minor: 1999` in EUR is 19.99 EUR.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Money {
    minor: i64,
    currency: Currency,
}

/// Money arithmetic that has no answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum MoneyError {
    /// The sum does not fit; far beyond any real order.
    #[error("an amount is too large")]
    TooLarge,
    /// Two currencies in one sum.
    #[error("{0} and {1} cannot be added")]
    Mixed(Currency, Currency),
    /// More digits behind the point than the currency has.
    #[error("{0} has {digits} digits behind the point", digits = .0.digits())]
    TooPrecise(Currency),
}

impl Money {
    /// So many minor units.
    pub fn from_minor(minor: i64, currency: Currency) -> Self {
        Self { minor, currency }
    }

    /// Nothing, in this currency.
    pub fn zero(currency: Currency) -> Self {
        Self { minor: 0, currency }
    }

    /// An amount as people write it; refused if it has more digits than the currency.
    pub fn from_decimal(amount: Decimal, currency: Currency) -> Result<Self, MoneyError> {
        let minor = amount.scaled(currency.digits).map_err(|_| MoneyError::TooPrecise(currency))?;
        Ok(Self { minor, currency })
    }

    /// Minor units.
    pub fn minor(self) -> i64 {
        self.minor
    }

    /// Its currency.
    pub fn currency(self) -> Currency {
        self.currency
    }

    /// Whether it is nothing.
    pub fn is_zero(self) -> bool {
        self.minor == 0
    }

    /// Whether it is below nothing.
    pub fn is_negative(self) -> bool {
        self.minor < 0
    }

    /// The sum.
    pub fn plus(self, other: Self) -> Result<Self, MoneyError> {
        self.same_currency(other)?;
        let minor = self.minor.checked_add(other.minor).ok_or(MoneyError::TooLarge)?;
        Ok(Self { minor, ..self })
    }

    /// The difference; may be negative.
    pub fn minus(self, other: Self) -> Result<Self, MoneyError> {
        self.same_currency(other)?;
        let minor = self.minor.checked_sub(other.minor).ok_or(MoneyError::TooLarge)?;
        Ok(Self { minor, ..self })
    }

    /// So many times the amount.
    pub fn times(self, count: u32) -> Result<Self, MoneyError> {
        let minor = self.minor.checked_mul(i64::from(count)).ok_or(MoneyError::TooLarge)?;
        Ok(Self { minor, ..self })
    }

    /// The sum of many; zero of none.
    pub fn sum(currency: Currency, amounts: impl IntoIterator<Item = Money>) -> Result<Self, MoneyError> {
        amounts.into_iter().try_fold(Self::zero(currency), Self::plus)
    }

    fn same_currency(self, other: Self) -> Result<(), MoneyError> {
        if self.currency == other.currency { Ok(()) } else { Err(MoneyError::Mixed(self.currency, other.currency)) }
    }

    /// `self × numerator / denominator`, rounded half away from zero.
    ///
    /// This is the one place where a rate meets an amount. `denominator` must not be 0.
    pub fn ratio_half_up(self, numerator: i64, denominator: i64) -> Result<Self, MoneyError> {
        if denominator == 0 {
            return Err(MoneyError::TooLarge);
        }
        let product = i128::from(self.minor) * i128::from(numerator);
        let divisor = i128::from(denominator);
        let sign = product.signum() * divisor.signum();
        let (magnitude, divisor) = (product.abs(), divisor.abs());
        let rounded = sign * ((magnitude * 2 + divisor) / (divisor * 2));
        let minor = i64::try_from(rounded).map_err(|_| MoneyError::TooLarge)?;
        Ok(Self { minor, ..self })
    }

    /// This share of the amount, rounded half away from zero.
    pub fn share_half_up(self, share: BasisPoints) -> Result<Self, MoneyError> {
        self.ratio_half_up(i64::from(share.get()), 10_000)
    }

    /// Splits into `parts` amounts that differ by at most one unit and sum to `self`.
    pub fn split(self, parts: NonZeroU32) -> Vec<Self> {
        let parts = i64::from(parts.get());
        let (share, rest) = (self.minor.div_euclid(parts), self.minor.rem_euclid(parts));
        (0..parts).map(|part| Self { minor: share + i64::from(part < rest), ..self }).collect()
    }

    /// Splits in proportion to `weights`; the parts sum to `self` to the unit.
    ///
    /// Each part is the running total's share less what earlier parts took, so no part is off by more than
    /// one unit. Where all weights are 0 everything goes to the first part; negative weights count as 0.
    pub fn split_by(self, weights: &[i64]) -> Vec<Self> {
        let clean = |weight: &i64| i128::from((*weight).max(0));
        let total: i128 = weights.iter().map(clean).sum();
        let mut seen = 0_i128;
        let mut given = 0_i64;
        let amount = i128::from(self.minor);
        let last = weights.len().saturating_sub(1);
        weights
            .iter()
            .enumerate()
            .map(|(index, weight)| {
                seen += clean(weight);
                let due = if total == 0 || index == last { amount } else { amount * seen / total };
                // `due` lies between 0 and `self.minor`, so it fits.
                let due = i64::try_from(due).unwrap_or(self.minor);
                let part = due - given;
                given = due;
                Self { minor: part, ..self }
            })
            .collect()
    }

    /// The amount as a plain decimal number without its currency: `19.99`, `-5`, `0.005`.
    pub fn to_decimal_string(self) -> String {
        let digits = usize::from(self.currency.digits);
        if digits == 0 {
            return self.minor.to_string();
        }
        let divisor = 10_u64.pow(u32::from(self.currency.digits));
        let sign = if self.minor < 0 { "-" } else { "" };
        let magnitude = self.minor.unsigned_abs();
        format!("{sign}{}.{:0digits$}", magnitude / divisor, magnitude % divisor)
    }
}

impl fmt::Debug for Money {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl fmt::Display for Money {
    /// `19.99 EUR`, for logs and commands; pages format by locale.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.to_decimal_string(), self.currency)
    }
}

/// A rate in hundredths of a percent: `BasisPoints(750)` is 7.5 %.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Default)]
pub struct BasisPoints(u32);

impl BasisPoints {
    /// The rate; at most 1,000 %.
    pub fn new(points: u32) -> Option<Self> {
        (points <= 100_000).then_some(Self(points))
    }

    /// Hundredths of a percent.
    pub fn get(self) -> u32 {
        self.0
    }

    /// Reads a percentage such as `20` or `7.75`.
    pub fn parse_percent(raw: &str) -> Option<Self> {
        let points = Decimal::parse(raw).ok()?.scaled(2).ok()?;
        u32::try_from(points).ok().and_then(Self::new)
    }
}

impl fmt::Display for BasisPoints {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match Decimal::new(i64::from(self.0), 2) {
            Some(percent) => write!(f, "{percent}%"),
            None => write!(f, "{}bp", self.0),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn eur(minor: i64) -> Money {
        Money::from_minor(minor, Currency::parse("EUR").unwrap())
    }

    #[test]
    fn currencies_know_their_digits() {
        for (code, digits) in
            [("eur", Some(2)), ("JPY", Some(0)), ("KWD", Some(3)), ("XXX", None), ("", None), ("EURO", None)]
        {
            assert_eq!(Currency::parse(code).ok().map(Currency::digits), digits, "{code}");
        }
    }

    #[test]
    fn amounts_print_with_their_digits() {
        for (minor, code, want) in [(1999, "EUR", "19.99"), (-5, "EUR", "-0.05"), (5, "JPY", "5"), (1, "KWD", "0.001")]
        {
            let money = Money::from_minor(minor, Currency::parse(code).unwrap());
            assert_eq!(money.to_decimal_string(), want);
        }
    }

    #[test]
    fn rates_round_half_up() {
        for (minor, rate, want) in [(250, 1_000, 25), (25, 1_000, 3), (-25, 1_000, -3), (24, 1_000, 2), (100, 750, 8)] {
            assert_eq!(eur(minor).share_half_up(BasisPoints::new(rate).unwrap()), Ok(eur(want)), "{minor} at {rate}");
        }
    }

    proptest! {
        #[test]
        fn a_split_loses_no_unit(minor in -1_000_000_000_i64..1_000_000_000, parts in 1_u32..50) {
            let split = eur(minor).split(NonZeroU32::new(parts).unwrap());
            prop_assert_eq!(split.iter().map(|m| m.minor()).sum::<i64>(), minor);
            let (least, most) = (split.iter().map(|m| m.minor()).min(), split.iter().map(|m| m.minor()).max());
            prop_assert!(most.unwrap() - least.unwrap() <= 1);
        }

        #[test]
        fn a_weighted_split_loses_no_unit_and_stays_near_its_share(
            minor in 0_i64..1_000_000_000, weights in prop::collection::vec(0_i64..1_000_000, 1..40)
        ) {
            let split = eur(minor).split_by(&weights);
            prop_assert_eq!(split.iter().map(|m| m.minor()).sum::<i64>(), minor);
            prop_assert!(split.iter().all(|part| part.minor() >= 0));
            let total: i128 = weights.iter().map(|w| i128::from(*w)).sum();
            if total > 0 {
                for (part, weight) in split.iter().zip(&weights) {
                    let exact = i128::from(minor) * i128::from(*weight) / total;
                    prop_assert!((i128::from(part.minor()) - exact).abs() <= 1);
                }
            }
        }

        #[test]
        fn no_sum_panics(a in any::<i64>(), b in any::<i64>(), n in any::<u32>(), d in any::<i64>()) {
            let _ = (eur(a).plus(eur(b)), eur(a).minus(eur(b)), eur(a).times(n), eur(a).ratio_half_up(b, d));
            let _ = eur(a).to_decimal_string();
        }
    }
}
