//! The front part: what every page needs and no product holds: the category tree, languages, currencies, synonyms,
//! facets, and counts that were made when the snapshot was.

use crate::document::CategoryEntry;
use crate::facet::FacetTable;
use crate::index::text::Analyzers;
use crate::publish::PublishError;
use crate::wire::{Input, Torn, Wire, wire_struct};
use commerce::ids::CategoryId;
use commerce::language::Language;
use commerce::money::Currency;
use std::collections::{BTreeSet, HashMap};

/// Most languages of a store: each has its own fields in the index.
pub const LANGUAGES_MAX: usize = 16;
/// Most currencies of a store: each has its own column in the index.
pub const CURRENCIES_MAX: usize = 16;
/// Most categories of a store.
pub const CATEGORIES_MAX: usize = 100_000;
/// Deepest category that is looked at, so that a tree that bites its own tail ends.
pub(crate) const CATEGORY_DEPTH_MAX: usize = 32;
/// Most groups of synonyms, and most words or phrases in one.
pub const SYNONYM_GROUPS_MAX: usize = 2_000;
/// See [`SYNONYM_GROUPS_MAX`].
pub const SYNONYMS_IN_GROUP_MAX: usize = 16;

/// What a publisher gives besides the products.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Front {
    /// The visible categories, in the order of the tree: each after its parent, siblings in order.
    pub categories: Vec<CategoryEntry>,
    /// The store's languages, in the order in which a missing text falls back.
    pub languages: Vec<Language>,
    /// Currencies in which prices are sorted and narrowed.
    pub currencies: Vec<Currency>,
    /// Groups of words or phrases that mean the same in a search.
    pub synonyms: Vec<Vec<String>>,
    /// Codes of the facets in the order of the page; others follow by their code.
    pub facet_order: Vec<String>,
}

wire_struct! { Front { categories, languages, currencies, synonyms, facet_order } }

impl Front {
    /// Refuses what would not fit.
    pub(crate) fn check(&self) -> Result<(), PublishError> {
        let bounds = [
            ("languages", self.languages.len(), LANGUAGES_MAX),
            ("currencies", self.currencies.len(), CURRENCIES_MAX),
            ("categories", self.categories.len(), CATEGORIES_MAX),
            ("groups of synonyms", self.synonyms.len(), SYNONYM_GROUPS_MAX),
            ("synonyms in a group", self.synonyms.iter().map(Vec::len).max().unwrap_or(0), SYNONYMS_IN_GROUP_MAX),
        ];
        for (what, count, most) in bounds {
            if count > most {
                return Err(PublishError::TooMany { what, most });
            }
        }
        let all_differ = |codes: Vec<&str>| codes.iter().collect::<BTreeSet<_>>().len() == codes.len();
        if !all_differ(self.languages.iter().map(Language::code).collect()) {
            return Err(PublishError::Duplicate("a language".to_owned()));
        }
        if !all_differ(self.currencies.iter().map(Currency::code).collect()) {
            return Err(PublishError::Duplicate("a currency".to_owned()));
        }
        let mut seen = BTreeSet::new();
        match self.categories.iter().find(|category| !seen.insert(category.id)) {
            Some(twice) => Err(PublishError::Duplicate(format!("category {}", twice.id))),
            None => Ok(()),
        }
    }
}

/// Counts of a set of products with nothing chosen.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Counted {
    /// How many products.
    pub(crate) total: usize,
    /// Number of a facet's value, and how many products have it; none with 0.
    pub(crate) values: Vec<(u32, u32)>,
    /// Cheapest and dearest, a currency each.
    pub(crate) spans: Vec<(Currency, i64, i64)>,
}

wire_struct! { Counted { total, values, spans } }

/// What changes with every publish: the table of facets, and counts.
#[derive(Clone, Debug, Default)]
pub(crate) struct Counts {
    pub(crate) table: FacetTable,
    /// Products in each category or below, in the order of the tree.
    pub(crate) products: Vec<u32>,
    /// Counts of the whole store.
    pub(crate) store: Counted,
    /// Counts of the large categories.
    pub(crate) large: Vec<(CategoryId, Counted)>,
}

wire_struct! { Counts { table, products, store, large } }

/// The front part with ways through it.
pub(crate) struct FrontPart {
    pub(crate) front: Front,
    pub(crate) tree: Tree,
    pub(crate) analyzers: Analyzers,
    /// Words of the categories' names, a list for each language, folded.
    pub(crate) category_words: Vec<Vec<Vec<String>>>,
}

impl FrontPart {
    pub(crate) fn new(front: Front) -> Self {
        let tree = Tree::new(&front.categories);
        let analyzers = Analyzers::new(&front.languages, &front.synonyms);
        let words = |language: &Language| {
            let order = fallback(*language, &front.languages);
            let name = |category: &CategoryEntry| analyzers.folded_words(category.name.get(&order));
            front.categories.iter().map(name).collect()
        };
        let category_words = front.languages.iter().map(words).collect();
        Self { front, tree, analyzers, category_words }
    }

    /// Place of a language in the store's list; the first where it has none.
    pub(crate) fn language(&self, language: Language) -> usize {
        self.front.languages.iter().position(|known| *known == language).unwrap_or(0)
    }
}

/// The order in which a text is looked for by who reads `first`.
pub(crate) fn fallback(first: Language, all: &[Language]) -> Vec<Language> {
    std::iter::once(first).chain(all.iter().copied().filter(|language| *language != first)).collect()
}

/// Who is above and below whom.
#[derive(Debug, Default)]
pub(crate) struct Tree {
    places: HashMap<CategoryId, usize>,
    slugs: HashMap<String, usize>,
    parents: Vec<Option<usize>>,
    children: Vec<Vec<usize>>,
}

impl Tree {
    pub(crate) fn new(categories: &[CategoryEntry]) -> Self {
        let places: HashMap<_, _> = categories.iter().enumerate().map(|(place, entry)| (entry.id, place)).collect();
        let slugs = categories.iter().enumerate().map(|(place, entry)| (entry.slug.clone(), place)).collect();
        let parents: Vec<_> = categories.iter().map(|entry| places.get(&entry.parent?).copied()).collect();
        let mut children = vec![Vec::new(); categories.len()];
        for (place, parent) in parents.iter().enumerate() {
            if let Some(parent) = parent {
                children[*parent].push(place);
            }
        }
        Self { places, slugs, parents, children }
    }

    /// Place of a category in the list.
    pub(crate) fn place(&self, category: CategoryId) -> Option<usize> {
        self.places.get(&category).copied()
    }

    /// Place of the category with this slug.
    pub(crate) fn by_slug(&self, slug: &str) -> Option<usize> {
        self.slugs.get(slug).copied()
    }

    /// A category and all above it, itself first.
    pub(crate) fn upwards(&self, place: usize) -> impl Iterator<Item = usize> {
        let next = |place: &usize| self.parents.get(*place).copied().flatten();
        std::iter::successors(Some(place), next).take(CATEGORY_DEPTH_MAX)
    }

    /// A category and all below it.
    pub(crate) fn downwards(&self, place: usize) -> Vec<usize> {
        let mut found = vec![place];
        let mut seen = BTreeSet::from([place]);
        let mut next = 0;
        while let Some(children) = found.get(next).and_then(|place| self.children.get(*place)) {
            next += 1;
            let fresh: Vec<_> = children.iter().copied().filter(|child| seen.insert(*child)).collect();
            found.extend(fresh);
        }
        found
    }
}

/// The files of the front part start with this.
const FRONT_MAGIC: &[u8; 4] = b"TWFR";
const COUNTS_MAGIC: &[u8; 4] = b"TWFC";

pub(crate) fn front_bytes(front: &Front) -> Vec<u8> {
    let mut out = FRONT_MAGIC.to_vec();
    front.put(&mut out);
    out.extend_from_slice(FRONT_MAGIC);
    out
}

pub(crate) fn front_from(bytes: &[u8]) -> Result<Front, Torn> {
    Input::whole(framed(bytes, FRONT_MAGIC)?)
}

pub(crate) fn counts_bytes(counts: &Counts) -> Vec<u8> {
    let mut out = COUNTS_MAGIC.to_vec();
    counts.put(&mut out);
    out.extend_from_slice(COUNTS_MAGIC);
    out
}

pub(crate) fn counts_from(bytes: &[u8]) -> Result<Counts, Torn> {
    Input::whole(framed(bytes, COUNTS_MAGIC)?)
}

/// What stands between the two marks.
fn framed<'a>(bytes: &'a [u8], magic: &[u8; 4]) -> Result<&'a [u8], Torn> {
    bytes.strip_prefix(magic).and_then(|rest| rest.strip_suffix(magic)).ok_or(Torn)
}
