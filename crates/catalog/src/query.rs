//! What can be asked of a snapshot, and what comes back.

use crate::document::Card;
use commerce::ids::CategoryId;
use commerce::language::{Language, Texts};
use commerce::money::{Currency, Money};

/// Products on one page of a listing.
pub const PAGE_SIZE: usize = 24;
/// Furthest page that is served: past it nobody browses, they search.
pub const PAGE_MAX: usize = 400;
/// Most characters of a search that are looked at.
pub const QUERY_CHARS_MAX: usize = 120;
/// Most words of a search that are looked at.
pub const QUERY_WORDS_MAX: usize = 12;
/// Most facet values that may be chosen at once.
pub const FACETS_CHOSEN_MAX: usize = 24;
/// Most values shown of one facet.
pub const FACET_VALUES_MAX: usize = 40;
/// Most suggestions given as one types.
pub const SUGGESTIONS_MAX: usize = 8;

/// A listing: which products, in which order, which page.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ListingQuery {
    /// Only in this category or below.
    pub category: Option<CategoryId>,
    /// Only what matches these words, best first where `sort` is relevance.
    pub words: Option<String>,
    /// Language that the words are in, and that names are sorted in.
    pub language: Language,
    /// Currency of price sorts, price ranges and cards.
    pub currency: Currency,
    /// Chosen facet values: values of one facet widen, facets narrow.
    pub chosen: Vec<ChosenFacet>,
    /// Lowest price, as entered.
    pub price_min: Option<Money>,
    /// Highest price, as entered.
    pub price_max: Option<Money>,
    /// Order.
    pub sort: Sort,
    /// From 1 to [`PAGE_MAX`].
    pub page: usize,
}

/// One chosen facet value: `colour:red`. Facets of the index itself: `stock:in`, and `rating:4` (4 and better).
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ChosenFacet {
    /// Code of the attribute, `stock` or `rating`.
    pub facet: String,
    /// Short name of the value.
    pub value: String,
}

/// Orders of a listing. Ties go by id, so that pages neither repeat nor skip.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Default)]
pub enum Sort {
    /// Best match first; in a category, the shop's own order (priority, then best selling).
    #[default]
    Relevance,
    /// Cheapest first.
    PriceUp,
    /// Dearest first.
    PriceDown,
    /// Newest first.
    Newest,
    /// Best selling first.
    BestSelling,
    /// By name, in the language's own order as far as plain code points go.
    Name,
}

/// A page of products with what can be narrowed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Listing {
    /// The products of this page.
    pub cards: Vec<Card>,
    /// Number of products on all pages.
    pub total: usize,
    /// Facets with their counts, in the shop's order; none that would give nothing, unless it is chosen.
    pub facets: Vec<Facet>,
    /// Cheapest and dearest price in the query's currency before `price_min` and `price_max` apply.
    pub price_span: Option<(Money, Money)>,
    /// What was searched instead, when the words as typed gave nothing: "did you mean".
    pub corrected: Option<String>,
}

/// A facet and its values.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Facet {
    /// As in [`ChosenFacet::facet`].
    pub code: String,
    /// What shoppers read; empty for `stock` and `rating`, whose words are the theme's.
    pub name: Texts,
    /// The values, most frequent first, chosen ones always among them.
    pub values: Vec<FacetValue>,
}

/// A value of a facet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FacetValue {
    /// As in [`ChosenFacet::value`].
    pub value: String,
    /// What shoppers read; empty for `stock` and `rating`.
    pub label: Texts,
    /// Products that choosing it would show, given what is chosen in the other facets.
    pub count: usize,
    /// Whether it is chosen.
    pub chosen: bool,
}

/// A suggestion as one types.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Suggestion {
    /// A word or phrase to search for.
    Words(String),
    /// A product.
    Product(Box<Card>),
    /// A category.
    Category(CategoryId),
}
