//! A market in a language, with everything that a page needs to speak to it.

use crate::format::{self, Numbers};
use crate::messages::{Arg, Catalogue};
use commerce::catalogue::product::MeasureUnit;
use commerce::decimal::Decimal;
use commerce::language::{Language, Texts};
use commerce::market::{Locale, Market, Markets, TaxDisplay};
use commerce::moment::Moment;
use commerce::money::Money;
use commerce::tax;
use std::sync::Arc;

/// A market in one of its languages: address prefix, words, money, dates and tax.
#[derive(Clone, Debug)]
pub struct PageLocale {
    /// Which one it is.
    pub locale: Locale,
    /// The market.
    pub market: Market,
    /// What paths of cached pages begin with: empty, `/de` or `/de-en`.
    pub prefix: String,
    /// The name of the locale in forms and links that lead to a visitor's own pages: empty, `de` or `de-en`.
    pub segment: String,
    order: [Language; 3],
    entered: TaxDisplay,
    zone: jiff::tz::TimeZone,
    numbers: Numbers,
    messages: Arc<Catalogue>,
}

impl PageLocale {
    /// Puts together what a locale of the store needs. `entered` says whether the store's prices hold tax; `zone` is
    /// the store's, for dates.
    pub fn new(
        markets: &Markets,
        locale: Locale,
        entered: TaxDisplay,
        zone: jiff::tz::TimeZone,
        messages: Arc<Catalogue>,
    ) -> Self {
        Self {
            locale,
            market: markets.market(locale).clone(),
            prefix: markets.prefix(locale),
            segment: markets.segment(locale).unwrap_or_default(),
            order: markets.text_order(locale),
            entered,
            zone,
            numbers: Numbers::of(locale.language),
            messages,
        }
    }

    /// The text in this language, or in the next best.
    pub fn pick<'t>(&self, texts: &'t Texts) -> &'t str {
        texts.get(&self.order)
    }

    /// A message without variables.
    pub fn text(&self, key: &str) -> String {
        self.messages.text(key, &[])
    }

    /// A message with variables.
    pub fn text_with(&self, key: &str, arguments: &[(&str, Arg)]) -> String {
        self.messages.text(key, arguments)
    }

    /// The catalogue of its language.
    pub fn messages(&self) -> &Arc<Catalogue> {
        &self.messages
    }

    /// How its language writes numbers.
    pub fn numbers(&self) -> &Numbers {
        &self.numbers
    }

    /// An amount that is already in the market's base.
    pub fn money(&self, money: Money) -> String {
        self.numbers.money(money)
    }

    /// An entered amount in the base that the market shows. An amount too large to be worked out stays as it is.
    pub fn shown(&self, entered: Money) -> Money {
        tax::shown_price(entered, self.entered, self.market.tax_display, self.market.tax_rate).unwrap_or(entered)
    }

    /// An amount as a shopper reads it back into the base in which prices are entered, for a price range.
    pub fn entered(&self, shown: Money) -> Money {
        tax::shown_price(shown, self.market.tax_display, self.entered, self.market.tax_rate).unwrap_or(shown)
    }

    /// `incl. VAT`, `excl. VAT`; empty where the market has no tax.
    pub fn tax_note(&self) -> String {
        match (self.market.tax_rate.get(), self.market.tax_display) {
            (0, _) => String::new(),
            (_, TaxDisplay::Including) => self.text("tax-included"),
            (_, TaxDisplay::Excluding) => self.text("tax-excluded"),
        }
    }

    /// What holds for every price of a page: tax and delivery.
    pub fn prices_note(&self) -> String {
        self.text(match (self.market.tax_rate.get(), self.market.tax_display) {
            (0, _) => "prices-without-tax",
            (_, TaxDisplay::Including) => "prices-included",
            (_, TaxDisplay::Excluding) => "prices-excluded",
        })
    }

    /// `24 November 2026`, `24. November 2026`, in the store's time zone.
    pub fn date(&self, moment: Moment) -> String {
        match jiff::Timestamp::from_microsecond(moment.micros()) {
            Ok(timestamp) => self.civil_date(self.zone.to_datetime(timestamp).date()),
            Err(_) => String::new(),
        }
    }

    /// A value without words of its own, as its kind is written in this language: `yes`, `2.5`, `2026-11-24`.
    pub fn plain_value(&self, value: &str) -> String {
        if matches!(value, "yes" | "no") {
            return self.text(value);
        }
        if let Ok(date) = value.parse::<jiff::civil::Date>() {
            return self.civil_date(date);
        }
        Decimal::parse(value).map_or_else(|_| value.to_owned(), |number| self.numbers.decimal(number))
    }

    /// A day in words.
    pub fn civil_date(&self, date: jiff::civil::Date) -> String {
        let month = self.text(&format!("month-{}", date.month()));
        let (day, year) = (date.day().to_string(), date.year().to_string());
        self.text_with("date", &[("day", Arg::Text(&day)), ("month", Arg::Text(&month)), ("year", Arg::Text(&year))])
    }

    /// A day with its weekday and without the year, as delivery dates are told: `Thursday 26 November`.
    pub fn weekday_date(&self, date: jiff::civil::Date) -> String {
        let weekday = self.text(&format!("weekday-{}", date.weekday().to_monday_one_offset()));
        let month = self.text(&format!("month-{}", date.month()));
        let day = date.day().to_string();
        let arguments = [("weekday", Arg::Text(&weekday)), ("day", Arg::Text(&day)), ("month", Arg::Text(&month))];
        self.text_with("date-weekday", &arguments)
    }

    /// The name of a country; its code where the catalogue has none.
    pub fn country(&self, code: &str) -> String {
        let key = format!("country-{code}");
        if self.messages.has(&key) { self.text(&key) } else { code.to_owned() }
    }

    /// `kg`, `piece`.
    pub fn unit(&self, unit: MeasureUnit) -> String {
        self.text(&format!("unit-{}", unit.name()))
    }

    /// `ltr` or `rtl`.
    pub fn direction(&self) -> &'static str {
        format::direction(self.locale.language)
    }

    /// Address of a cached page: `/product/mug` is `/de/product/mug`.
    pub fn url(&self, path: &str) -> String {
        if path == "/" && !self.prefix.is_empty() {
            return self.prefix.clone();
        }
        format!("{}{path}", self.prefix)
    }

    /// `en-GB`: language and first country, as `hreflang` wants it.
    pub fn tag(&self) -> String {
        format!("{}-{}", self.locale.language, self.market.countries[0])
    }
}
