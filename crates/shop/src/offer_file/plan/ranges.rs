//! Ranges of a file.

use super::{Plan, mistake, new_description, new_name, resolve};
use crate::offer_file::RuleKind;
use commerce::ids::RangeId;
use commerce::range::RangeLists;
use db::ranges::{RANGES_MAX, StoredRange};
use offer_cases::{FileRange, ReadError};
use std::collections::HashSet;
use std::hash::Hash;
use std::sync::Arc;

/// Names that lead to nothing which are told of one list; more are counted.
const UNKNOWN_LISTED_MAX: usize = 3;

impl Plan<'_> {
    /// Works out what becomes of each range.
    pub(in crate::offer_file) fn ranges(&mut self) {
        let (file, language) = (self.file, self.language());
        let entries = file.ranges.iter().map(|range| (range.id.as_str(), range.name.as_ref()));
        let resolved = resolve(&self.known.range_labels, &mut self.ranges, entries, language);
        let mut position = self.known.ranges.iter().map(|range| range.position).max().unwrap_or_default();
        let mut total = self.known.ranges.len();
        for (range, id) in file.ranges.iter().zip(resolved) {
            let id = id.map_err(|what| mistake(RuleKind::Range, &range.id, None, what));
            match id.and_then(|id| self.range(range, id, position.saturating_add(1))) {
                Ok(is_new) => {
                    position = position.saturating_add(i64::from(is_new));
                    total += usize::from(is_new);
                }
                Err(error) => {
                    self.ranges.is_broken(&range.id);
                    self.report.add_error(error);
                }
            }
        }
        if RANGES_MAX < total {
            let what = format!("a store has at most {RANGES_MAX}, and this would make {total}");
            self.report.add_error(ReadError { place: "ranges".to_owned(), what });
        }
    }

    /// Whether it is a new one.
    fn range(&mut self, range: &FileRange, id: RangeId, position: i64) -> Result<bool, ReadError> {
        let (language, called) = (self.language(), range.id.as_str());
        let wrong = |field: Option<&str>, what: String| mistake(RuleKind::Range, called, field, what);
        let labels = &self.known.range_labels;
        let before = self.known.range(id).cloned();
        let (words, known) = (range.name.as_ref(), before.as_ref().map(|before| &before.name));
        let name = new_name(labels, &mut self.ranges, (id, called), words, known, &self.known.languages);
        let name = name.map_err(|what| wrong(Some("name"), what))?;
        let known = before.as_ref().map(|before| &before.description);
        let description = new_description(range.description.as_ref(), known, language);
        let stored = StoredRange {
            id,
            position: before.as_ref().map_or(position, |before| before.position),
            name,
            description: description.map_err(|what| wrong(Some("description"), what))?,
            is_public: range.is_public.or(before.as_ref().map(|before| before.is_public)).unwrap_or(false),
            lists: self.lists(range)?,
            created_at: before.as_ref().map_or_else(|| self.shop.now(), |before| before.created_at),
            oscar: before.as_ref().and_then(|before| before.oscar),
        };
        let rule = Arc::new(stored.range().map_err(|error| wrong(None, error.to_string()))?);
        self.known.range_labels.add(id, stored.name.get(&self.known.languages).to_owned());
        let fields = before.as_ref().map(|before| differing(before, &stored));
        if before.as_ref().is_none_or(|before| before.lists != stored.lists) {
            self.planned.reaching.push((called.to_owned(), Arc::clone(&rule)));
            self.new_rules.insert(id, rule);
        }
        if before.as_ref() != Some(&stored) {
            self.planned.ranges.push((called.to_owned(), stored));
        }
        self.count(RuleKind::Range, called, fields);
        Ok(before.is_none())
    }

    fn lists(&self, range: &FileRange) -> Result<RangeLists, ReadError> {
        let (known, products) = (&self.known, self.products);
        let find = |field: &'static str, names: &[String]| ids(range, field, names, |name| products.find(name));
        let class = |code: &str| {
            known.class(code).ok_or_else(|| format!("{code:?} is not the code of a product class of this store"))
        };
        let category = |path: &str| {
            known.category(path).ok_or_else(|| format!("{path:?} is not the path of a category of this store"))
        };
        Ok(RangeLists {
            all: range.all,
            products: find("products", &range.products)?,
            classes: ids(range, "classes", &range.classes, class)?,
            categories: ids(range, "categories", &range.categories, category)?,
            excluded_products: find("excluded_products", &range.excluded_products)?,
            excluded_categories: ids(range, "excluded_categories", &range.excluded_categories, category)?,
        })
    }
}

/// What the names of a list stand for, each once, in order.
fn ids<Id: Copy + Eq + Hash>(
    range: &FileRange,
    field: &str,
    names: &[String],
    find: impl Fn(&str) -> Result<Id, String>,
) -> Result<Vec<Id>, ReadError> {
    let (mut found, mut seen, mut unknown) = (Vec::with_capacity(names.len()), HashSet::new(), Vec::new());
    for name in names {
        match find(name) {
            Ok(id) if seen.insert(id) => found.push(id),
            Ok(_) => {}
            Err(what) => unknown.push(what),
        }
    }
    if unknown.is_empty() {
        return Ok(found);
    }
    let more = unknown.len().saturating_sub(UNKNOWN_LISTED_MAX);
    unknown.truncate(UNKNOWN_LISTED_MAX);
    let more = if more > 0 { format!("; and {more} more") } else { String::new() };
    Err(mistake(RuleKind::Range, &range.id, Some(field), format!("{}{more}", unknown.join("; "))))
}

/// The fields in which two ranges differ.
fn differing(before: &StoredRange, after: &StoredRange) -> Vec<String> {
    let (old, new) = (&before.lists, &after.lists);
    let differs = [
        ("name", before.name != after.name),
        ("description", before.description != after.description),
        ("public", before.is_public != after.is_public),
        ("all", old.all != new.all),
        ("products", old.products != new.products),
        ("classes", old.classes != new.classes),
        ("categories", old.categories != new.categories),
        ("excluded_products", old.excluded_products != new.excluded_products),
        ("excluded_categories", old.excluded_categories != new.excluded_categories),
    ];
    differs.iter().filter(|(_, differs)| *differs).map(|(field, _)| (*field).to_owned()).collect()
}
