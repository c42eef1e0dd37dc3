//! Money, numbers, percentages and sizes as a language writes them. No floats: digits are moved as text.

use commerce::catalogue::product::Measure;
use commerce::decimal::Decimal;
use commerce::language::Language;
use commerce::money::Money;
use commerce::tax::rate::TaxRate;

/// A space that does not break, as stands between a number and its sign.
const NBSP: char = '\u{a0}';
/// The narrow one, which groups thousands in French and by ISO 80000.
const NARROW_NBSP: char = '\u{202f}';
/// The minus sign.
const MINUS: char = '\u{2212}';

/// How a language writes numbers (Unicode CLDR, `numbers`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Numbers {
    decimal: char,
    group: char,
    /// Fewest digits before the point at which groups are made.
    group_from: usize,
    currency_first: bool,
    percent_gap: bool,
}

impl Numbers {
    /// The language's; for one that is not listed, the international way: `1 234.5`, sign behind.
    pub fn of(language: Language) -> Self {
        let style = |decimal, group, group_from, currency_first, percent_gap| Self {
            decimal,
            group,
            group_from,
            currency_first,
            percent_gap,
        };
        match language.code() {
            "en" | "ja" | "zh" | "ko" | "th" | "he" | "mt" | "ga" => style('.', ',', 4, true, false),
            "de" | "da" | "el" | "id" | "is" | "sl" | "hr" | "sr" | "ro" => style(',', '.', 4, false, true),
            "es" | "it" | "pt" | "ca" => style(',', '.', 5, false, true),
            "nl" | "tr" => style(',', '.', 4, true, false),
            "fr" => style(',', NARROW_NBSP, 4, false, true),
            "sv" | "nb" | "no" | "nn" | "fi" | "cs" | "sk" | "hu" | "uk" | "ru" | "bg" | "lt" | "lv" | "et" => {
                style(',', NBSP, 4, false, true)
            }
            "pl" => style(',', NBSP, 5, false, false),
            "ar" | "fa" | "ur" => style('.', ',', 4, false, false),
            _ => style('.', NARROW_NBSP, 5, false, true),
        }
    }

    /// A plain decimal number such as `-1234.5` with the language's signs.
    pub fn plain(&self, number: &str) -> String {
        let (minus, digits) = number.strip_prefix('-').map_or(("", number), |rest| ("-", rest));
        let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
        let mut out = String::with_capacity(number.len() + 4);
        if !minus.is_empty() {
            out.push(MINUS);
        }
        for (place, digit) in whole.chars().enumerate() {
            let left = whole.len() - place;
            if place > 0 && left.is_multiple_of(3) && whole.len() >= self.group_from {
                out.push(self.group);
            }
            out.push(digit);
        }
        if !fraction.is_empty() {
            out.push(self.decimal);
            out.push_str(fraction);
        }
        out
    }

    /// A whole number.
    pub fn integer(&self, number: i64) -> String {
        self.plain(&number.to_string())
    }

    /// A number with a fraction.
    pub fn decimal(&self, number: Decimal) -> String {
        self.plain(&number.to_string())
    }

    /// `£23.50`, `23,50 €`, `¥500`, `12.50 KWD`-like for a currency without a sign of its own.
    pub fn money(&self, money: Money) -> String {
        let (minus, amount) = match money.to_decimal_string().strip_prefix('-') {
            Some(rest) => (true, self.plain(rest)),
            None => (false, self.plain(&money.to_decimal_string())),
        };
        let code = money.currency();
        let sign = currency_sign(code.code());
        let minus = if minus { MINUS.to_string() } else { String::new() };
        match (sign, self.currency_first) {
            (Some(sign), true) => format!("{minus}{sign}{amount}"),
            (None, true) => format!("{minus}{code}{NBSP}{amount}"),
            (Some(sign), false) => format!("{minus}{amount}{NBSP}{sign}"),
            (None, false) => format!("{minus}{amount}{NBSP}{code}"),
        }
    }

    /// `7.5%`, `7,5 %`.
    pub fn tax_rate(&self, rate: TaxRate) -> String {
        let number = Decimal::new(i64::from(rate.millionths()), 4).unwrap_or(Decimal::ZERO);
        let gap = if self.percent_gap { NBSP.to_string() } else { String::new() };
        format!("{}{gap}%", self.decimal(number))
    }
}

/// The sign of a currency, where it is clear which dollar or crown is meant.
pub fn currency_sign(code: &str) -> Option<&'static str> {
    Some(match code {
        "GBP" => "£",
        "EUR" => "€",
        "USD" => "$",
        "JPY" => "¥",
        "CAD" => "CA$",
        "AUD" => "A$",
        "NZD" => "NZ$",
        "CNY" => "CN¥",
        "INR" => "₹",
        "KRW" => "₩",
        "ILS" => "₪",
        "UAH" => "₴",
        "VND" => "₫",
        "PLN" => "zł",
        "TRY" => "₺",
        _ => return None,
    })
}

/// What one unit of the measure costs: the price of the pack over what is in it, rounded half up (98/6/EC).
/// Nothing where the pack is empty or just one unit, for which the price says it all.
pub fn unit_price(price: Money, measure: Measure) -> Option<Money> {
    const DIGITS: u8 = 6;
    let amount = measure.amount.scaled_half_up(DIGITS)?;
    let one = 10_i64.pow(u32::from(DIGITS));
    if amount <= 0 || amount == one {
        return None;
    }
    price.ratio_half_up(one, amount).ok()
}

/// The percentage by which a price fell, rounded down so that no page promises more than it gives.
pub fn reduction_percent(price: Money, prior: Money) -> Option<i64> {
    let fallen = prior.minus(price).ok()?.minor();
    if fallen <= 0 || prior.minor() <= 0 {
        return None;
    }
    i64::try_from(i128::from(fallen) * 100 / i128::from(prior.minor())).ok().filter(|percent| *percent > 0)
}

/// Whether the language runs from right to left.
pub fn direction(language: Language) -> &'static str {
    match language.code() {
        "ar" | "he" | "fa" | "ur" | "yi" | "ps" | "dv" | "ckb" | "sd" => "rtl",
        _ => "ltr",
    }
}

/// What a language calls itself; its code where that is not known here.
pub fn own_name(language: Language) -> String {
    let name = match language.code() {
        "en" => "English",
        "de" => "Deutsch",
        "fr" => "Français",
        "es" => "Español",
        "it" => "Italiano",
        "nl" => "Nederlands",
        "pt" => "Português",
        "pl" => "Polski",
        "sv" => "Svenska",
        "da" => "Dansk",
        "nb" | "no" => "Norsk",
        "fi" => "Suomi",
        "cs" => "Čeština",
        "ja" => "日本語",
        "ar" => "العربية",
        "he" => "עברית",
        code => return code.to_uppercase(),
    };
    name.to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use commerce::catalogue::product::MeasureUnit;
    use commerce::money::BasisPoints;
    use commerce::money::Currency;
    use proptest::prelude::*;

    fn numbers(language: &str) -> Numbers {
        Numbers::of(Language::parse(language).unwrap())
    }

    fn money(minor: i64, code: &str) -> Money {
        Money::from_minor(minor, Currency::parse(code).unwrap())
    }

    #[test]
    fn money_is_written_as_the_language_writes_it() {
        for (language, minor, code, want) in [
            ("en", 2_350, "GBP", "£23.50"),
            ("de", 2_350, "EUR", "23,50\u{a0}€"),
            ("en", 500, "JPY", "¥500"),
            ("en", 123_456_789, "EUR", "€1,234,567.89"),
            ("de", 123_456_789, "GBP", "1.234.567,89\u{a0}£"),
            ("fr", 123_456, "EUR", "1\u{202f}234,56\u{a0}€"),
            ("es", 123_456, "EUR", "1234,56\u{a0}€"),
            ("en", -5, "GBP", "\u{2212}£0.05"),
            ("en", 12_345, "KWD", "KWD\u{a0}12.345"),
            ("de", 12_345, "CHF", "123,45\u{a0}CHF"),
            ("gsw", 100, "EUR", "1.00\u{a0}€"),
        ] {
            assert_eq!(numbers(language).money(money(minor, code)), want, "{minor} {code} in {language}");
        }
    }

    #[test]
    fn numbers_and_percentages_follow_the_language() {
        assert_eq!(numbers("en").integer(1_234_567), "1,234,567");
        assert_eq!(numbers("de").decimal(Decimal::parse("-1234.5").unwrap()), "\u{2212}1.234,5");
        assert_eq!(numbers("pl").integer(1_234), "1234");
        assert_eq!(numbers("en").tax_rate(BasisPoints::new(750).unwrap().into()), "7.5%");
        assert_eq!(numbers("de").tax_rate(BasisPoints::new(1_900).unwrap().into()), "19\u{a0}%");
    }

    #[test]
    fn a_unit_price_is_rounded_half_up_and_a_reduction_down() {
        let pack = |amount| Measure { amount: Decimal::parse(amount).unwrap(), unit: MeasureUnit::Kilogram };
        for (minor, amount, want) in [
            (310, "0.25", Some(1_240)),
            (100, "0.3", Some(333)),
            (200, "0.3", Some(667)),
            (100, "1", None),
            (1, "0", None),
        ] {
            let got = unit_price(money(minor, "GBP"), pack(amount)).map(Money::minor);
            assert_eq!(got, want, "{minor} for {amount} kg");
        }
        assert_eq!(reduction_percent(money(801, "GBP"), money(1_000, "GBP")), Some(19));
        assert_eq!(reduction_percent(money(1_000, "GBP"), money(1_000, "GBP")), None);
    }

    proptest! {
        #[test]
        fn no_digit_of_an_amount_is_lost(minor in any::<i64>(), place in 0..5_usize) {
            let language = ["en", "de", "fr", "ar", "gsw"][place];
            let digits = |text: &str| text.chars().filter(char::is_ascii_digit).collect::<String>();
            let amount = money(minor, "EUR");
            prop_assert_eq!(digits(&numbers(language).money(amount)), digits(&amount.to_decimal_string()));
        }
    }
}
