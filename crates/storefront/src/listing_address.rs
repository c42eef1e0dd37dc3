//! Addresses of listings: search words, facets, price range, sort and page, in one canonical spelling.
//!
//! The edge keeps one copy a spelling, so every other spelling is redirected to the canonical one: names `q`, `f`
//! (repeated, sorted), `min`, `max`, `sort`, `page` in this order, all in lower case, nothing empty, no default.

use crate::locale::PageLocale;
use crate::urls;
use catalog::query::{ChosenFacet, FACETS_CHOSEN_MAX, ListingQuery, PAGE_MAX, QUERY_CHARS_MAX, Sort};
use commerce::decimal::Decimal;
use commerce::ids::CategoryId;
use commerce::money::Money;
use std::fmt::Write as _;

/// Bytes of a query string that is looked at.
pub const QUERY_BYTES_MAX: usize = 4_096;
/// Name–value pairs of a query string that are looked at.
const PAIRS_MAX: usize = 64;
/// Characters of a facet's or value's short name.
const FACET_CHARS_MAX: usize = 120;
/// Facets at once past which a page is not for search engines.
const FACETS_INDEXED_MAX: usize = 2;
/// Digits of a typed price that are kept.
const PRICE_DIGITS_MAX: u8 = 3;
/// Highest price, in major units, that can be asked for; far above any that is sold.
const PRICE_MAX: i64 = 1_000_000_000;

/// What a listing's address asks for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ListingAddress {
    /// Search words; empty for none.
    pub words: String,
    /// Chosen facet values, sorted, each once.
    pub facets: Vec<ChosenFacet>,
    /// Lowest price in major units, as typed.
    pub min: Option<Decimal>,
    /// Highest price in major units, as typed.
    pub max: Option<Decimal>,
    /// Order.
    pub sort: Sort,
    /// Page, from 1; [`PAGE_PAST_ALL`] for one that no listing has.
    pub page: usize,
}

/// What every page number above [`PAGE_MAX`] is read as.
pub const PAGE_PAST_ALL: usize = PAGE_MAX + 1;

/// The query string is longer than [`QUERY_BYTES_MAX`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the address is longer than {QUERY_BYTES_MAX} bytes")]
pub struct AddressTooLong;

impl ListingAddress {
    /// Reads a query string. What makes no sense is left out; the canonical form then differs and redirects.
    pub fn parse(raw: &str) -> Result<Self, AddressTooLong> {
        if raw.len() > QUERY_BYTES_MAX {
            return Err(AddressTooLong);
        }
        let mut address = Self { page: 1, ..Self::default() };
        for pair in raw.split('&').take(PAIRS_MAX) {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            let value = urls::decode(value, true).to_lowercase();
            match urls::decode(name, true).to_lowercase().as_str() {
                "q" => address.words = tidy(&value, QUERY_CHARS_MAX),
                "f" => address.facets.extend(facet(&value)),
                "min" => address.min = price(&value),
                "max" => address.max = price(&value),
                "sort" => address.sort = sort_named(value.trim()).unwrap_or_default(),
                "page" => address.page = page(value.trim()),
                _ => {}
            }
        }
        if let (Some(min), Some(max)) = (address.min, address.max)
            && max < min
        {
            (address.min, address.max) = (Some(max), Some(min));
        }
        address.facets.sort();
        address.facets.dedup();
        address.facets.truncate(FACETS_CHOSEN_MAX);
        Ok(address)
    }

    /// The canonical query string; empty where nothing is asked for.
    pub fn canonical(&self) -> String {
        let mut query = String::new();
        let mut put = |name: &str, value: &str| {
            let mark = if query.is_empty() { "" } else { "&" };
            // Writing to a string cannot fail.
            let _ = write!(query, "{mark}{name}={}", urls::query(value));
        };
        if !self.words.is_empty() {
            put("q", &self.words);
        }
        for chosen in &self.facets {
            put("f", &format!("{}:{}", chosen.facet, chosen.value));
        }
        for (name, price) in [("min", self.min), ("max", self.max)] {
            if let Some(price) = price {
                put(name, &price.to_string());
            }
        }
        if self.sort != Sort::default() {
            put("sort", sort_name(self.sort));
        }
        if self.page > 1 {
            put("page", &self.page.to_string());
        }
        query
    }

    /// Where a request in another spelling is sent: the canonical query string, if `raw` is not it.
    pub fn redirect(&self, raw: &str) -> Option<String> {
        let canonical = self.canonical();
        (canonical != raw).then_some(canonical)
    }

    /// Whether search engines may keep the page: no search, at most two facets, no price range, no other order.
    pub fn is_indexed(&self) -> bool {
        let range = self.min.is_some() || self.max.is_some();
        self.words.is_empty() && self.facets.len() <= FACETS_INDEXED_MAX && !range && self.sort == Sort::default()
    }

    /// Whether more facets are chosen than a cached page keeps for long.
    pub fn is_deep(&self) -> bool {
        self.facets.len() > FACETS_INDEXED_MAX
    }

    /// `path?query`, or `path` alone.
    pub fn url(&self, path: &str) -> String {
        match self.canonical() {
            query if query.is_empty() => path.to_owned(),
            query => format!("{path}?{query}"),
        }
    }

    /// The question to the catalogue. A price that has more digits than the currency is rounded half up.
    pub fn query(&self, category: Option<CategoryId>, locale: &PageLocale) -> ListingQuery {
        let currency = locale.market.currency;
        let entered = |price: Decimal| {
            let minor = price.scaled_half_up(currency.digits())?;
            Some(locale.entered(Money::from_minor(minor, currency)))
        };
        ListingQuery {
            category,
            words: (!self.words.is_empty()).then(|| self.words.clone()),
            language: locale.locale.language,
            currency,
            chosen: self.facets.clone(),
            price_min: self.min.and_then(entered),
            price_max: self.max.and_then(entered),
            sort: self.sort,
            page: self.page.clamp(1, PAGE_MAX),
        }
    }

    /// The same with another page.
    pub fn with_page(&self, page: usize) -> Self {
        Self { page, ..self.clone() }
    }

    /// The same with other words, from the first page.
    pub fn with_words(&self, words: &str) -> Self {
        Self { words: tidy(&words.to_lowercase(), QUERY_CHARS_MAX), page: 1, ..self.clone() }
    }

    /// The same with this value chosen or, if it was, no longer; from the first page.
    pub fn toggled(&self, facet: &str, value: &str) -> Self {
        let chosen = ChosenFacet { facet: facet.to_owned(), value: value.to_owned() };
        let mut next = self.with_page(1);
        match next.facets.binary_search(&chosen) {
            Ok(place) => drop(next.facets.remove(place)),
            Err(place) => next.facets.insert(place, chosen),
        }
        next
    }

    /// The same without its price range, from the first page.
    pub fn without_prices(&self) -> Self {
        Self { min: None, max: None, page: 1, ..self.clone() }
    }

    /// Only the words and the order: everything that narrows is gone.
    pub fn cleared(&self) -> Self {
        Self { words: self.words.clone(), sort: self.sort, page: 1, ..Self::default() }
    }
}

/// The short name of an order in addresses.
pub fn sort_name(sort: Sort) -> &'static str {
    match sort {
        Sort::Relevance => "relevance",
        Sort::PriceUp => "price",
        Sort::PriceDown => "price-down",
        Sort::Newest => "newest",
        Sort::BestSelling => "best-selling",
        Sort::Name => "name",
    }
}

/// All orders, as a page offers them.
pub const SORTS: [Sort; 6] =
    [Sort::Relevance, Sort::BestSelling, Sort::Newest, Sort::PriceUp, Sort::PriceDown, Sort::Name];

fn sort_named(name: &str) -> Option<Sort> {
    SORTS.into_iter().find(|sort| sort_name(*sort) == name)
}

/// Words parted by single spaces, no control characters, cut at the bound.
fn tidy(text: &str, chars_max: usize) -> String {
    let clean: String = text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
    let words = clean.split_whitespace().collect::<Vec<_>>().join(" ");
    let cut: String = words.chars().take(chars_max).collect();
    cut.trim_end().to_owned()
}

/// A page's number; the first for what is none.
fn page(text: &str) -> usize {
    let is_number = !text.is_empty() && text.bytes().all(|digit| digit.is_ascii_digit());
    // Digits that do not fit are a number past all pages.
    let number = if is_number { text.parse().unwrap_or(PAGE_PAST_ALL) } else { 1 };
    number.clamp(1, PAGE_PAST_ALL)
}

fn facet(text: &str) -> Option<ChosenFacet> {
    let (facet, value) = text.split_once(':')?;
    let (facet, value) = (tidy(facet, FACET_CHARS_MAX), tidy(value, FACET_CHARS_MAX));
    (!facet.is_empty() && !value.is_empty()).then_some(ChosenFacet { facet, value })
}

/// A price as people type it, with a point or a comma before the last digits.
fn price(text: &str) -> Option<Decimal> {
    let price = Decimal::parse(&text.trim().replace(',', ".")).ok()?;
    let minor = price.scaled(PRICE_DIGITS_MAX).ok()?;
    let limit = PRICE_MAX.saturating_mul(1_000);
    (0..=limit).contains(&minor).then_some(price)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn every_spelling_has_one_canonical_form() {
        for (raw, want) in [
            ("", ""),
            ("page=1&sort=relevance&q=&min=&max=", ""),
            ("page=2&q=Green++TEA", "q=green+tea&page=2"),
            ("f=colour:red&f=colour:blue&f=colour:red", "f=colour:blue&f=colour:red"),
            ("F=size%3AXL&utm_source=x", "f=size:xl"),
            ("max=5,50&min=12.50", "min=5.5&max=12.5"),
            ("min=-1&max=1e300&page=99999", "page=401"),
            ("page=99999999999999999999999", "page=401"),
            ("page=-3", ""),
            ("sort=price-down&sort=nonsense", ""),
            ("q=%FF%00", "q=%EF%BF%BD"),
            ("f=:x&f=x:&f=x", ""),
        ] {
            let address = ListingAddress::parse(raw).unwrap();
            assert_eq!(address.canonical(), want, "{raw}");
            assert_eq!(address.redirect(raw).is_none(), raw == want, "{raw}");
        }
        assert_eq!(ListingAddress::parse(&"q".repeat(QUERY_BYTES_MAX + 1)), Err(AddressTooLong));
    }

    #[test]
    fn toggling_twice_comes_back_and_starts_at_the_first_page() {
        let address = ListingAddress::parse("f=colour:red&page=3").unwrap();
        let more = address.toggled("colour", "blue");
        assert_eq!(more.canonical(), "f=colour:blue&f=colour:red");
        assert_eq!(more.toggled("colour", "blue").canonical(), "f=colour:red");
        assert!(address.is_indexed() && !more.toggled("size", "xl").is_indexed());
        assert_eq!(more.cleared().url("/search"), "/search");
    }

    proptest! {
        #[test]
        fn the_canonical_form_of_a_canonical_form_is_itself(raw in "((q|f|min|max|sort|page|x)=[ -~äİΣß\u{0}-\u{1f}]{0,20}&?){0,8}") {
            let once = ListingAddress::parse(&raw).unwrap().canonical();
            let again = ListingAddress::parse(&once).unwrap();
            prop_assert_eq!(again.redirect(&once), None);
        }
    }
}
