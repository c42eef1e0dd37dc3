//! Money, days and addresses as a language writes them. No floats: digits are moved as text.

use crate::words::Words;
use commerce::address::Address;
use commerce::decimal::Decimal;
use commerce::language::Language;
use commerce::moment::Moment;
use commerce::money::Money;
use commerce::tax::rate::TaxRate;
use fluent_bundle::FluentValue;
use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;

/// A space that does not break, as stands between a number and its sign.
const NBSP: char = '\u{a0}';
const MINUS: char = '\u{2212}';

/// `£1,223.50`, `1.223,50 €`, `12.345 KWD`.
pub(crate) fn money(language: Language, money: Money) -> String {
    let decimal = money.to_decimal_string();
    let (minus, digits) = decimal.strip_prefix('-').map_or((None, decimal.as_str()), |rest| (Some(MINUS), rest));
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
    let (point, group, sign_first) = match language.code() {
        "en" => ('.', ',', true),
        "nl" => (',', '.', true),
        "de" | "da" | "es" | "it" | "pt" => (',', '.', false),
        _ => (',', NBSP, false),
    };
    let mut out: String = minus.into_iter().collect();
    let currency = money.currency();
    let (code, sign) = (currency.code(), sign(currency.code()));
    if sign_first {
        out.push_str(&sign.map_or_else(|| format!("{code}{NBSP}"), str::to_owned));
    }
    for (place, digit) in whole.chars().enumerate() {
        if place > 0 && (whole.len() - place).is_multiple_of(3) {
            out.push(group);
        }
        out.push(digit);
    }
    if !fraction.is_empty() {
        out.push(point);
        out.push_str(fraction);
    }
    if !sign_first {
        out.push(NBSP);
        out.push_str(sign.unwrap_or(code));
    }
    out
}

/// `20%`, `7,5 %`.
pub(crate) fn rate(language: Language, rate: TaxRate) -> String {
    let percent = rate.to_string();
    match language.code() {
        "en" => percent,
        _ => percent.replace('.', ",").replace('%', &format!("{NBSP}%")),
    }
}

/// A number with its point as the language writes it: `3.2`, `3,2`.
pub(crate) fn decimal(language: Language, number: Decimal) -> String {
    let plain = number.to_string();
    if language.code() == "en" { plain } else { plain.replace('.', ",") }
}

/// The sign of a currency, where it is clear whose it is.
fn sign(code: &str) -> Option<&'static str> {
    Some(match code {
        "GBP" => "£",
        "EUR" => "€",
        "USD" => "$",
        "JPY" => "¥",
        _ => return None,
    })
}

/// `24 November 2026`, `24. November 2026`.
pub(crate) fn day(words: &Words, date: Date) -> String {
    let month = words.text(&format!("month-{}", date.month()), &[]);
    let day = FluentValue::from(date.day().to_string());
    words.text("date", &[("day", day), ("month", month.into()), ("year", date.year().to_string().into())])
}

/// The day of a moment in a zone.
pub(crate) fn day_of(words: &Words, zone: &TimeZone, at: Moment) -> String {
    match Timestamp::from_microsecond(at.micros()) {
        Ok(timestamp) => day(words, zone.to_datetime(timestamp).date()),
        Err(_) => at.to_rfc3339(),
    }
}

/// `24 November 2026, 03:02:01 GMT`: with the zone, since it is proof of when something came.
pub(crate) fn day_and_time(words: &Words, zone: &TimeZone, at: Moment) -> String {
    let Ok(timestamp) = Timestamp::from_microsecond(at.micros()) else { return at.to_rfc3339() };
    let here = zone.to_datetime(timestamp);
    let info = zone.to_offset_info(timestamp);
    let time = format!("{:02}:{:02}:{:02} {}", here.hour(), here.minute(), here.second(), info.abbreviation());
    words.text("date-time", &[("date", day(words, here.date()).into()), ("time", time.into())])
}

/// `Thursday, 26 November`.
pub(crate) fn weekday(words: &Words, date: Date) -> String {
    let weekday = words.text(&format!("weekday-{}", date.weekday().to_monday_one_offset()), &[]);
    let month = words.text(&format!("month-{}", date.month()), &[]);
    let day = FluentValue::from(date.day().to_string());
    words.text("date-weekday", &[("weekday", weekday.into()), ("day", day), ("month", month.into())])
}

/// An address as its country writes it, line by line, the country in the reader's language.
pub(crate) fn address(words: &Words, address: &Address) -> Vec<String> {
    let joined = |parts: &[&str]| parts.iter().filter(|part| !part.is_empty()).copied().collect::<Vec<_>>().join(" ");
    let (city, region, postcode) = (address.city.as_str(), address.region.as_str(), address.postcode.as_str());
    let place = match address.country.code() {
        "GB" | "IE" => vec![city.to_owned(), region.to_owned(), postcode.to_owned()],
        "US" | "CA" | "AU" | "NZ" => vec![joined(&[city, region, postcode])],
        _ => vec![joined(&[postcode, city]), region.to_owned()],
    };
    let country = address.country.code();
    let country = words.find(&format!("country-{country}")).unwrap_or_else(|| country.to_owned());
    [&address.name, &address.company, &address.line1, &address.line2]
        .into_iter()
        .cloned()
        .chain(place)
        .chain([country])
        .map(|line| crate::view::one_line(&line))
        .filter(|line| !line.is_empty())
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use commerce::money::Currency;

    #[test]
    fn money_is_written_as_the_language_writes_it() {
        for (language, minor, code, want) in [
            ("en", 2_350, "GBP", "£23.50"),
            ("de", 2_350, "EUR", "23,50\u{a0}€"),
            ("en", 500, "JPY", "¥500"),
            ("de", 123_456_789, "GBP", "1.234.567,89\u{a0}£"),
            ("en", -5, "GBP", "\u{2212}£0.05"),
            ("en", 12_345, "KWD", "KWD\u{a0}12.345"),
            ("fr", 123_456, "EUR", "1\u{a0}234,56\u{a0}€"),
        ] {
            let amount = Money::from_minor(minor, Currency::parse(code).unwrap());
            assert_eq!(money(Language::parse(language).unwrap(), amount), want, "{minor} {code} in {language}");
        }
    }
}
