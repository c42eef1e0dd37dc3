//! A listing: cards with everything that narrows, orders and turns them over.

use crate::listing_address::{ListingAddress, SORTS, sort_name};
use crate::locale::PageLocale;
use crate::messages::Arg;
use crate::view::Link;
use crate::view::card::CardMarkup;
use crate::view::form::Choice;
use catalog::FACET_RATING;
use catalog::query::{Facet, FacetValue, Listing, PAGE_MAX, PAGE_SIZE, Sort};
use commerce::money::Money;
use commerce::tax::class::TaxClass;
use serde::Serialize;

/// Pages on either side of the present one that are linked.
const PAGES_AROUND: usize = 2;
/// Values of a facet that are shown before *more*.
pub const FACET_VALUES_OPEN: usize = 8;

/// A page of a listing.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct ListingView {
    /// Address without query, where the filter form leads.
    pub base: String,
    /// Search words, kept in the filter form; empty in a category.
    pub words: String,
    /// The products.
    pub cards: Vec<CardMarkup>,
    /// `37 products`.
    pub total: String,
    /// Filters.
    pub facets: Vec<FacetView>,
    /// Price range, where prices differ.
    pub price: Option<PriceRangeView>,
    /// What narrows now, each with an address without it.
    pub applied: Vec<Link>,
    /// Address without any of it.
    pub clear_url: String,
    /// Orders.
    pub sorts: Vec<Choice>,
    /// Pages; empty if there is just one.
    pub pages: Vec<PageLink>,
    /// Page before; empty on the first.
    pub previous_url: String,
    /// Page after; empty on the last.
    pub next_url: String,
}

/// A filter.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct FacetView {
    /// Short name.
    pub code: String,
    /// What shoppers read.
    pub name: String,
    /// Whether it stands open: a value is chosen, or it is among the first.
    pub open: bool,
    /// Values.
    pub values: Vec<FacetValueView>,
}

/// A value of a filter.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct FacetValueView {
    /// What the form sends as `f`: `colour:red`.
    pub value: String,
    /// What shoppers read.
    pub label: String,
    /// Products that it would show.
    pub count: String,
    /// Whether it is chosen.
    pub chosen: bool,
    /// Address with it chosen or, if it is, without it.
    pub url: String,
    /// Whether it stands behind *more*.
    pub folded: bool,
}

/// The price filter.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct PriceRangeView {
    /// As typed.
    pub min: String,
    /// As typed.
    pub max: String,
    /// Cheapest, as a hint in words.
    pub span: String,
    /// Sign or code of the currency.
    pub currency: String,
}

/// An entry of the pages' list.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct PageLink {
    /// The number; empty for a gap.
    pub number: String,
    /// Its address.
    pub url: String,
    /// Whether it is the present one.
    pub current: bool,
}

/// Pages that a listing has, at least one.
pub fn pages_total(listing: &Listing) -> usize {
    listing.total.div_ceil(PAGE_SIZE).clamp(1, PAGE_MAX)
}

/// A listing in words. `path` is the page's path with its locale.
pub fn listing_view(
    listing: &Listing,
    cards: Vec<CardMarkup>,
    address: &ListingAddress,
    path: &str,
    locale: &PageLocale,
) -> ListingView {
    let pages_total = pages_total(listing);
    let page_url = |page: usize| address.with_page(page).url(path);
    let total = i64::try_from(listing.total).unwrap_or(i64::MAX);
    let neighbour = |page: usize, there: bool| if there { page_url(page) } else { String::new() };
    ListingView {
        base: path.to_owned(),
        words: address.words.clone(),
        cards,
        total: locale.text_with("listing-total", &[("count", Arg::Number(total))]),
        facets: listing
            .facets
            .iter()
            .enumerate()
            .map(|(place, facet)| facet_view(facet, place, address, path, locale))
            .collect(),
        price: price_range(listing.price_span, address, locale),
        applied: applied(listing, address, path, locale),
        clear_url: address.cleared().url(path),
        sorts: sorts(address, locale),
        pages: page_links(address.page, pages_total, page_url),
        previous_url: neighbour(address.page.saturating_sub(1), address.page > 1),
        next_url: neighbour(address.page + 1, address.page < pages_total),
    }
}

fn facet_view(facet: &Facet, place: usize, address: &ListingAddress, path: &str, locale: &PageLocale) -> FacetView {
    let chosen = facet.values.iter().any(|value| value.chosen);
    let value = |(place, value): (usize, &FacetValue)| FacetValueView {
        value: format!("{}:{}", facet.code, value.value),
        label: value_label(facet, value, locale),
        count: locale.numbers().integer(i64::try_from(value.count).unwrap_or(i64::MAX)),
        chosen: value.chosen,
        url: address.toggled(&facet.code, &value.value).url(path),
        folded: place >= FACET_VALUES_OPEN && !value.chosen,
    };
    FacetView {
        code: facet.code.clone(),
        name: facet_name(facet, locale),
        open: chosen || place < 4,
        values: facet.values.iter().filter(|value| narrows(facet, value)).enumerate().map(value).collect(),
    }
}

/// One star or more is every product that has a review: offered by nobody, taken out by whoever has it chosen.
fn narrows(facet: &Facet, value: &FacetValue) -> bool {
    value.chosen || facet.code != FACET_RATING || value.value != "1"
}

fn facet_name(facet: &Facet, locale: &PageLocale) -> String {
    match (locale.pick(&facet.name), facet.code.as_str()) {
        ("", "stock") => locale.text("facet-stock"),
        ("", "rating") => locale.text("facet-rating"),
        ("", code) => code.to_owned(),
        (name, _) => name.to_owned(),
    }
}

fn value_label(facet: &Facet, value: &FacetValue, locale: &PageLocale) -> String {
    match (locale.pick(&value.label), facet.code.as_str(), value.value.as_str()) {
        ("", "stock", "in") => locale.text("facet-stock-in"),
        ("", "rating", stars) => {
            let stars = Arg::Number(stars.parse().unwrap_or_default());
            locale.text_with("facet-rating-from", &[("stars", stars)])
        }
        ("", _, value) => locale.plain_value(value),
        (label, _, _) => label.to_owned(),
    }
}

fn applied(listing: &Listing, address: &ListingAddress, path: &str, locale: &PageLocale) -> Vec<Link> {
    let words_of = |facet: &str, value: &str| {
        let known = listing.facets.iter().find(|known| known.code == facet)?;
        let label = known.values.iter().find(|known| known.value == value)?;
        Some(format!("{}: {}", facet_name(known, locale), value_label(known, label, locale)))
    };
    let mut links: Vec<Link> = address
        .facets
        .iter()
        .map(|chosen| Link {
            name: words_of(&chosen.facet, &chosen.value).unwrap_or_else(|| chosen.value.clone()),
            url: address.toggled(&chosen.facet, &chosen.value).url(path),
        })
        .collect();
    if address.min.is_some() || address.max.is_some() {
        let written = |price: Option<commerce::decimal::Decimal>| {
            price.map(|price| locale.numbers().decimal(price)).unwrap_or_else(|| "…".to_owned())
        };
        let (min, max) = (written(address.min), written(address.max));
        let arguments = [("min", Arg::Text(&min)), ("max", Arg::Text(&max))];
        let name = locale.text_with("applied-price", &arguments);
        links.push(Link { name, url: address.without_prices().url(path) });
    }
    links
}

fn price_range(span: Option<(Money, Money)>, address: &ListingAddress, locale: &PageLocale) -> Option<PriceRangeView> {
    let (low, high) = span?;
    let asked = address.min.is_some() || address.max.is_some();
    if low == high && !asked {
        return None;
    }
    let typed = |price: Option<commerce::decimal::Decimal>| price.map(|price| price.to_string()).unwrap_or_default();
    let code = low.currency();
    // A range is of goods of every class.
    let standard = TaxClass::standard();
    let shown = |amount| locale.money(locale.shown(amount, &standard));
    Some(PriceRangeView {
        min: typed(address.min),
        max: typed(address.max),
        span: format!("{} – {}", shown(low), shown(high)),
        currency: crate::format::currency_sign(code.code()).unwrap_or(code.code()).to_owned(),
    })
}

fn sorts(address: &ListingAddress, locale: &PageLocale) -> Vec<Choice> {
    let choice = |sort| Choice {
        value: sort_name(sort).to_owned(),
        // Nothing matches better or worse where nothing is searched for.
        label: match sort {
            Sort::Relevance if address.words.is_empty() => locale.text("sort-recommended"),
            sort => locale.text(&format!("sort-{}", sort_name(sort))),
        },
        chosen: sort == address.sort,
    };
    SORTS.into_iter().map(choice).collect()
}

fn page_links(current: usize, total: usize, url: impl Fn(usize) -> String) -> Vec<PageLink> {
    if total < 2 {
        return Vec::new();
    }
    let mut links = Vec::new();
    let mut last = 0;
    for page in 1..=total {
        if page != 1 && page != total && page.abs_diff(current) > PAGES_AROUND {
            continue;
        }
        if page > last + 1 {
            links.push(PageLink::default());
        }
        links.push(PageLink { number: page.to_string(), url: url(page), current: page == current });
        last = page;
    }
    links
}
