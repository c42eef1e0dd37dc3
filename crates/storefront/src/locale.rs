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
use commerce::tax::class::TaxClass;
use commerce::tax::rate::TaxRate;
use commerce::tax::sale::{SaleTax, SaleTerms};
use jiff::civil::Date;
use std::sync::Arc;
use std::sync::atomic::{AtomicI32, Ordering};

/// The day in the store's time zone, shared by all locales: rates of tax hang on it.
#[derive(Clone, Debug)]
pub struct Today(Arc<AtomicI32>);

impl Today {
    /// Begins with a day.
    pub fn new(day: Date) -> Self {
        Self(Arc::new(AtomicI32::new(to_number(day))))
    }

    /// Another day has come.
    pub fn set(&self, day: Date) {
        self.0.store(to_number(day), Ordering::Relaxed);
    }

    /// The day as a number: `20261130`.
    pub fn number(&self) -> i32 {
        self.0.load(Ordering::Relaxed)
    }

    fn get(&self) -> Date {
        let number = self.number();
        let part = |divisor: i32, modulus: i32| i8::try_from(number / divisor % modulus).unwrap_or(1);
        let year = i16::try_from(number / 10_000).unwrap_or_default();
        Date::new(year, part(100, 100), part(1, 100)).unwrap_or(Date::MAX)
    }
}

/// `20261130`.
fn to_number(day: Date) -> i32 {
    i32::from(day.year()) * 10_000 + i32::from(day.month()) * 100 + i32::from(day.day())
}

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
    /// The market's usual sale: to a consumer in its first country.
    usual: SaleTax,
    today: Today,
    zone: jiff::tz::TimeZone,
    numbers: Numbers,
    messages: Arc<Catalogue>,
}

impl PageLocale {
    /// Puts together what a locale of the store needs. `entered` says whether the store's prices hold tax; `zone` is
    /// the store's, for dates; `today` is its day.
    pub fn new(
        markets: &Markets,
        locale: Locale,
        entered: TaxDisplay,
        zone: jiff::tz::TimeZone,
        today: Today,
        messages: Arc<Catalogue>,
    ) -> Self {
        let market = markets.market(locale).clone();
        let terms = SaleTerms { currency: market.currency, entered, shown: market.tax_display, day: today.get() };
        Self {
            locale,
            usual: market.tax.usual_sale(terms, market.countries[0]),
            today,
            market,
            prefix: markets.prefix(locale),
            segment: markets.segment(locale).unwrap_or_default(),
            order: markets.text_order(locale),
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

    /// An entered price of goods of a class as the market shows it to whoever has said nothing of themselves. One that
    /// cannot be worked out stays as it is.
    pub fn shown(&self, entered: Money, class: &TaxClass) -> Money {
        self.usual().price_shown(entered, class).unwrap_or(entered)
    }

    /// The same of a charge for delivery.
    pub fn delivery_shown(&self, entered: Money) -> Money {
        self.usual().delivery_shown(entered).unwrap_or(entered)
    }

    /// An amount as a shopper reads it back into the base in which prices are entered, for a price range. The rate is that
    /// of the class `standard`: a range is of goods of every class.
    pub fn entered(&self, shown: Money) -> Money {
        let (SaleTerms { entered, shown: as_shown, .. }, standard) = (self.usual.terms(), TaxClass::standard());
        let rate = if entered == as_shown { TaxRate::ZERO } else { self.rate(&standard) };
        tax::shown_price(shown, as_shown, entered, rate).unwrap_or(shown)
    }

    /// The rate of a class in the market's usual sale today; 0 where it is not known yet.
    fn rate(&self, class: &TaxClass) -> TaxRate {
        self.usual().rate(class).unwrap_or(TaxRate::ZERO)
    }

    fn usual(&self) -> SaleTax {
        self.usual.clone().on(self.today.get())
    }

    /// Whether tax plays a part in what the market sells.
    fn has_tax(&self) -> bool {
        self.usual.is_open() || !self.rate(&TaxClass::standard()).is_zero()
    }

    /// `incl. VAT`, `excl. VAT`; empty where the market has no tax.
    pub fn tax_note(&self) -> String {
        match (self.has_tax(), self.market.tax_display) {
            (false, _) => String::new(),
            (_, TaxDisplay::Including) => self.text("tax-included"),
            (_, TaxDisplay::Excluding) => self.text("tax-excluded"),
        }
    }

    /// What holds for every price of a page: tax and delivery.
    pub fn prices_note(&self) -> String {
        self.text(match (self.has_tax(), self.market.tax_display) {
            (false, _) => "prices-without-tax",
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
