//! Markets: where a store sells, in which currency and languages, and how it shows tax.

use crate::address::Country;
use crate::language::Language;
use crate::money::Currency;
use crate::tax::policy::TaxPolicy;
use std::fmt;
use std::sync::Arc;

/// First path segments that mean something else, so that no market and no page of a shop may take them.
pub const RESERVED_SEGMENTS: &[&str] = &[
    "static",
    "media",
    "basket",
    "checkout",
    "order",
    "pay",
    "account",
    "dashboard",
    "api",
    "webhooks",
    "download",
    "product",
    "category",
    "search",
    "offers",
    "catalogue",
    "suggest",
    "stock",
    "sitemap",
    "feed",
    "health",
];

/// A market's code, its first path segment: two to twelve lower-case ASCII letters, such as `de` or `nordic`.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct MarketCode(String);

/// Not a market code.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is not a market code: two to twelve lower-case letters, and no word that the shop's addresses use")]
pub struct InvalidMarketCode(pub String);

impl MarketCode {
    /// Takes the code exactly as written.
    pub fn parse(raw: &str) -> Result<Self, InvalidMarketCode> {
        let shaped = (2..=12).contains(&raw.len()) && raw.bytes().all(|b| b.is_ascii_lowercase());
        if !shaped || RESERVED_SEGMENTS.contains(&raw) {
            return Err(InvalidMarketCode(raw.chars().take(40).collect()));
        }
        Ok(Self(raw.to_owned()))
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for MarketCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for MarketCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Whether an amount holds the tax.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum TaxDisplay {
    /// Prices are shown with tax, as shoppers in the EU and the UK expect.
    Including,
    /// Prices are shown without tax, as in the USA or for businesses.
    Excluding,
}

/// A part of the world with one currency, one way to show tax and one set of languages.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Market {
    /// Its code.
    pub code: MarketCode,
    /// What prices and orders are in.
    pub currency: Currency,
    /// Its languages, the default first; never empty.
    pub languages: Vec<Language>,
    /// Countries that it delivers to; the first stands first in the form. Never empty.
    pub countries: Vec<Country>,
    /// How its sales are taxed.
    pub tax: Arc<TaxPolicy>,
    /// How prices are shown.
    pub tax_display: TaxDisplay,
}

/// A market in one of its languages: what a page is made for, and what its path begins with.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Locale {
    /// Place of the market in the store's list.
    pub market: usize,
    /// The language.
    pub language: Language,
}

/// The store's markets, in order; the first has no path segment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Markets {
    list: Vec<Market>,
}

/// Why a list of markets is refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum InvalidMarkets {
    /// No market at all.
    #[error("a store needs at least one market")]
    None,
    /// Two of one code.
    #[error("market {0} is there twice")]
    Twice(MarketCode),
    /// No language, or no country.
    #[error("market {0} needs at least one language and one country")]
    Empty(MarketCode),
}

impl Markets {
    /// Checks and keeps the list.
    pub fn new(list: Vec<Market>) -> Result<Self, InvalidMarkets> {
        if list.is_empty() {
            return Err(InvalidMarkets::None);
        }
        for (place, market) in list.iter().enumerate() {
            if market.languages.is_empty() || market.countries.is_empty() {
                return Err(InvalidMarkets::Empty(market.code.clone()));
            }
            if list[..place].iter().any(|earlier| earlier.code == market.code) {
                return Err(InvalidMarkets::Twice(market.code.clone()));
            }
        }
        Ok(Self { list })
    }

    /// All of them, in order.
    pub fn iter(&self) -> impl Iterator<Item = &Market> {
        self.list.iter()
    }

    /// The market of a locale; the first one for a place that is not there.
    pub fn market(&self, locale: Locale) -> &Market {
        self.list.get(locale.market).unwrap_or(&self.list[0])
    }

    /// The first market in its default language.
    pub fn first(&self) -> Locale {
        Locale { market: 0, language: self.list[0].languages[0] }
    }

    /// Every market in every one of its languages, defaults first.
    pub fn locales(&self) -> impl Iterator<Item = Locale> + '_ {
        self.list.iter().enumerate().flat_map(|(market, entry)| {
            entry.languages.iter().map(move |language| Locale { market, language: *language })
        })
    }

    /// The path segment of a locale: none for the first market's default, `de` for another market's default,
    /// `de-en` for any other pair.
    pub fn segment(&self, locale: Locale) -> Option<String> {
        let market = self.market(locale);
        let default = market.languages.first() == Some(&locale.language);
        match (locale.market, default) {
            (0, true) => None,
            (_, true) => Some(market.code.to_string()),
            (_, false) => Some(format!("{}-{}", market.code, locale.language)),
        }
    }

    /// What the paths of a locale begin with: empty, `/de` or `/de-en`.
    pub fn prefix(&self, locale: Locale) -> String {
        self.segment(locale).map(|segment| format!("/{segment}")).unwrap_or_default()
    }

    /// Takes the locale off the front of a path: `/de/product/x` is (`de`, `/product/x`).
    ///
    /// A path whose first segment is no locale belongs to the first market's default and stays whole.
    pub fn split_path<'p>(&self, path: &'p str) -> (Locale, &'p str) {
        let first = path.strip_prefix('/').and_then(|rest| rest.split('/').next()).unwrap_or_default();
        let found = self.locales().find(|locale| self.segment(*locale).as_deref() == Some(first));
        match found {
            Some(locale) if !first.is_empty() => {
                let rest = &path[1 + first.len()..];
                (locale, if rest.is_empty() { "/" } else { rest })
            }
            _ => (self.first(), path),
        }
    }

    /// The locale that somebody names by its segment; `None` for a name that is not there.
    pub fn locale_by_segment(&self, segment: &str) -> Option<Locale> {
        self.locales().find(|locale| self.segment(*locale).unwrap_or_default() == segment)
    }

    /// Languages to look for a text in: this one, the market's default, the store's default.
    pub fn text_order(&self, locale: Locale) -> [Language; 3] {
        [locale.language, self.market(locale).languages[0], self.list[0].languages[0]]
    }

    /// Every language of the store, each once, in order of first mention.
    pub fn languages(&self) -> Vec<Language> {
        let mut languages = Vec::new();
        for locale in self.locales() {
            if !languages.contains(&locale.language) {
                languages.push(locale.language);
            }
        }
        languages
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tax::rate::TaxRate;

    fn market(code: &str, languages: &[&str]) -> Market {
        Market {
            code: MarketCode::parse(code).unwrap(),
            currency: Currency::parse("EUR").unwrap(),
            languages: languages.iter().map(|code| Language::parse(code).unwrap()).collect(),
            countries: vec![Country::parse("DE").unwrap()],
            tax: Arc::new(TaxPolicy::flat(TaxRate::from_millionths(190_000).unwrap(), Country::parse("DE").unwrap())),
            tax_display: TaxDisplay::Including,
        }
    }

    #[test]
    fn paths_name_market_and_language() {
        let markets = Markets::new(vec![market("uk", &["en", "de"]), market("de", &["de", "en"])]).unwrap();
        let prefixes: Vec<String> = markets.locales().map(|locale| markets.prefix(locale)).collect();
        assert_eq!(prefixes, ["", "/uk-de", "/de", "/de-en"]);
        for (path, prefix, rest) in [
            ("/", "", "/"),
            ("/de", "/de", "/"),
            ("/de/", "/de", "/"),
            ("/de-en/product/x", "/de-en", "/product/x"),
            ("/uk/product/x", "", "/uk/product/x"),
            ("/destiny", "", "/destiny"),
        ] {
            let (locale, left) = markets.split_path(path);
            assert_eq!((markets.prefix(locale).as_str(), left), (prefix, rest), "{path}");
        }
    }

    #[test]
    fn bad_lists_and_codes_are_refused() {
        assert_eq!(Markets::new(vec![]), Err(InvalidMarkets::None));
        assert!(Markets::new(vec![market("de", &["de"]), market("de", &["de"])]).is_err());
        assert!(Markets::new(vec![market("de", &[])]).is_err());
        for raw in ["", "d", "DE", "basket", "de-en", "thirteenchars"] {
            assert!(MarketCode::parse(raw).is_err(), "{raw}");
        }
    }
}
