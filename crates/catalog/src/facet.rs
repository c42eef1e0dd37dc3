//! Facets: which values of a document listings can be narrowed by, and the table that gives each a number.
//!
//! The index holds the numbers alone. They are the same in every segment, so counting needs no dictionary; names and
//! labels stand in the front part, once.

use crate::document::{DocumentAttribute, DocumentValue, ProductDocument};
use crate::wire::{Input, Torn, Wire, wire_struct};
use commerce::language::{Language, Texts};
use commerce::slug::Slug;
use std::collections::{BTreeSet, HashMap};

/// Most different values of one facet; further ones are on the page but cannot be chosen.
pub const FACET_DISTINCT_MAX: usize = 2_000;
/// Code of the facet *in stock*, whose one value is `in`.
pub const FACET_STOCK: &str = "stock";
/// Code of the facet *rating*, whose values `4` to `1` mean so many stars or more.
pub const FACET_RATING: &str = "rating";
/// Facets of the index itself, in the order of the page.
const OWN_FACETS: [&str; 2] = [FACET_STOCK, FACET_RATING];

/// One value of one facet of a document.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct FacetKey {
    pub(crate) code: String,
    pub(crate) value: String,
}

/// What shoppers read for it.
#[derive(Clone, Debug, Default)]
pub(crate) struct FacetWords {
    pub(crate) name: Texts,
    pub(crate) label: Texts,
}

/// Everything that a document can be found by in facets, with words; twice the same is possible.
pub(crate) fn facet_values(document: &ProductDocument, languages: &[Language]) -> Vec<(FacetKey, FacetWords)> {
    let mut found = Vec::new();
    let own = |code: &str, value: String| (FacetKey { code: code.to_owned(), value }, FacetWords::default());
    if document.variants.iter().any(|variant| variant.availability.can_be_bought()) {
        found.push(own(FACET_STOCK, "in".to_owned()));
    }
    if let Some((hundredths, _)) = document.rating {
        found.extend((1..=4_u16).filter(|stars| stars * 100 <= hundredths).map(|s| own(FACET_RATING, s.to_string())));
    }
    let shared = document.attributes.iter();
    for attribute in shared.chain(document.variants.iter().flat_map(|variant| &variant.attributes)) {
        if attribute.facet && !OWN_FACETS.contains(&attribute.code.as_str()) {
            attribute_values(attribute, languages, &mut found);
        }
    }
    found
}

/// The numbers' keys alone.
pub(crate) fn facet_keys(document: &ProductDocument, languages: &[Language]) -> BTreeSet<FacetKey> {
    facet_values(document, languages).into_iter().map(|(key, _)| key).collect()
}

fn attribute_values(attribute: &DocumentAttribute, languages: &[Language], found: &mut Vec<(FacetKey, FacetWords)>) {
    let mut add = |value: String, label: Texts| {
        if !value.is_empty() {
            let key = FacetKey { code: attribute.code.clone(), value };
            found.push((key, FacetWords { name: attribute.name.clone(), label }));
        }
    };
    match &attribute.value {
        DocumentValue::Choices(choices) => {
            for (value, label) in choices {
                add(value.clone(), label.clone());
            }
        }
        DocumentValue::Text(texts) => {
            if let Some(slug) = Slug::from_title(texts.get(languages)) {
                add(slug.to_string(), texts.clone());
            }
        }
        DocumentValue::Integer(number) => add(number.to_string(), Texts::default()),
        DocumentValue::Float(number) => add(number.to_string(), Texts::default()),
        DocumentValue::Boolean(yes) => add(if *yes { "yes" } else { "no" }.to_owned(), Texts::default()),
        DocumentValue::Date(day) => add(day.clone(), Texts::default()),
        // Running text, moments and files are nothing that a shopper would tick.
        DocumentValue::Html(_) | DocumentValue::DateTime(_) | DocumentValue::File(_) => {}
    }
}

/// A facet of the table.
#[derive(Clone, Debug, Default)]
pub(crate) struct FacetEntry {
    pub(crate) code: String,
    pub(crate) name: Texts,
}

/// A value of the table; its place is its number.
#[derive(Clone, Debug, Default)]
pub(crate) struct ValueEntry {
    pub(crate) facet: u32,
    pub(crate) value: String,
    pub(crate) label: Texts,
}

wire_struct! {
    FacetEntry { code, name }
    ValueEntry { facet, value, label }
}

/// All facets and values that some product of the snapshot has, or had since the last whole publish.
#[derive(Clone, Debug, Default)]
pub(crate) struct FacetTable {
    pub(crate) facets: Vec<FacetEntry>,
    pub(crate) values: Vec<ValueEntry>,
    facet_places: HashMap<String, u32>,
    /// By facet, then value.
    value_places: Vec<HashMap<String, u32>>,
}

impl FacetTable {
    /// Number of a facet.
    pub(crate) fn facet(&self, code: &str) -> Option<u32> {
        self.facet_places.get(code).copied()
    }

    /// Number of a value.
    pub(crate) fn value(&self, facet: u32, value: &str) -> Option<u32> {
        self.value_places.get(place(facet))?.get(value).copied()
    }

    /// Numbers of a document's values, sorted, each once; new ones are added.
    pub(crate) fn numbers(&mut self, document: &ProductDocument, languages: &[Language]) -> Vec<u32> {
        let values = facet_values(document, languages);
        let mut numbers: Vec<u32> = values.into_iter().filter_map(|(key, words)| self.add(key, words)).collect();
        numbers.sort_unstable();
        numbers.dedup();
        numbers
    }

    /// Numbers of a document's values that the table has.
    pub(crate) fn known_numbers(&self, document: &ProductDocument, languages: &[Language]) -> Vec<u32> {
        let number = |key: FacetKey| self.value(self.facet(&key.code)?, &key.value);
        let mut numbers: Vec<u32> = facet_keys(document, languages).into_iter().filter_map(number).collect();
        numbers.sort_unstable();
        numbers
    }

    /// The number of a value; `None` where its facet is full. The newest words are kept.
    fn add(&mut self, key: FacetKey, words: FacetWords) -> Option<u32> {
        let facet = match self.facet(&key.code) {
            Some(facet) => facet,
            None => self.add_facet(FacetEntry { code: key.code, name: Texts::default() })?,
        };
        let entry = &mut self.facets[place(facet)];
        if !words.name.is_empty() && entry.name != words.name {
            entry.name = words.name;
        }
        match self.value(facet, &key.value) {
            Some(number) => {
                let entry = &mut self.values[place(number)];
                if !words.label.is_empty() && entry.label != words.label {
                    entry.label = words.label;
                }
                Some(number)
            }
            None => self.add_value(ValueEntry { facet, value: key.value, label: words.label }),
        }
    }

    fn add_facet(&mut self, entry: FacetEntry) -> Option<u32> {
        let number = u32::try_from(self.facets.len()).ok()?;
        self.facet_places.insert(entry.code.clone(), number);
        self.value_places.push(HashMap::new());
        self.facets.push(entry);
        Some(number)
    }

    fn add_value(&mut self, entry: ValueEntry) -> Option<u32> {
        let number = u32::try_from(self.values.len()).ok()?;
        let places = self.value_places.get_mut(place(entry.facet))?;
        if places.len() >= FACET_DISTINCT_MAX {
            return None;
        }
        places.insert(entry.value.clone(), number);
        self.values.push(entry);
        Some(number)
    }
}

/// A number as a place in a list.
pub(crate) fn place(number: u32) -> usize {
    // usize has 32 or 64 bits on every machine that this program runs on.
    usize::try_from(number).unwrap_or(usize::MAX)
}

impl Wire for FacetTable {
    fn put(&self, out: &mut Vec<u8>) {
        self.facets.put(out);
        self.values.put(out);
    }

    fn take(from: &mut Input<'_>) -> Result<Self, Torn> {
        let mut table = Self::default();
        for facet in Vec::<FacetEntry>::take(from)? {
            table.add_facet(facet).ok_or(Torn)?;
        }
        for value in Vec::<ValueEntry>::take(from)? {
            table.add_value(value).ok_or(Torn)?;
        }
        Ok(table)
    }
}
