//! What the rules of a file come to in this store: checked one by one, held against what is there.

mod offers;
mod ranges;
mod vouchers;

use super::known::Known;
use super::products::Products;
use super::{OfferFileReport, RuleChange, RuleKind};
use crate::labels::{Labelled, Labels, id_of_name, parse_name};
use crate::shop::Shop;
use commerce::ids::{OfferId, RangeId};
use commerce::language::{Language, Texts};
use commerce::range::Range;
use db::offers::StoredOffer;
use db::ranges::StoredRange;
use db::vouchers::StoredVoucher;
use offer_cases::{ReadError, RulesFile, Words};
use std::collections::{HashMap, HashSet};
use std::hash::Hash;
use std::sync::Arc;

/// Longest description, and longest text of an action, in all languages together, in bytes.
const RULE_TEXT_BYTES_MAX: usize = 64 * 1_024;

/// What is to be written, each with what the file calls it.
#[derive(Default)]
pub(super) struct Planned {
    pub(super) ranges: Vec<(String, StoredRange)>,
    pub(super) offers: Vec<(String, StoredOffer)>,
    pub(super) vouchers: Vec<StoredVoucher>,
    /// Ranges whose lists are new: each should hold a product.
    pub(super) reaching: Vec<(String, Arc<Range>)>,
}

/// What the names of a file's own entries stand for.
struct Own<Id> {
    ids: HashMap<String, Id>,
    /// Each thing is named by one entry.
    taken: HashSet<Id>,
    /// Names that entries of the file give.
    names: HashSet<String>,
    /// Whether an entry could not be read, so that an unknown name may be its.
    has_broken: bool,
}

impl<Id> Own<Id> {
    fn new(has_broken: bool) -> Self {
        Self { ids: HashMap::new(), taken: HashSet::new(), names: HashSet::new(), has_broken }
    }

    /// An entry with a mistake: its name leads nowhere, unless the store has it.
    fn is_broken(&mut self, called: &str) {
        self.has_broken = true;
        self.ids.remove(called);
    }
}

/// The planning of one file.
pub(super) struct Plan<'p> {
    shop: &'p Shop,
    known: &'p mut Known,
    products: &'p Products,
    file: &'p RulesFile,
    report: &'p mut OfferFileReport,
    planned: Planned,
    ranges: Own<RangeId>,
    offers: Own<OfferId>,
    /// What rules take of ranges that are new or differ.
    new_rules: HashMap<RangeId, Arc<Range>>,
}

impl<'p> Plan<'p> {
    pub(super) fn new(
        shop: &'p Shop,
        known: &'p mut Known,
        products: &'p Products,
        file: &'p RulesFile,
        report: &'p mut OfferFileReport,
    ) -> Self {
        // What could not be read at all has been told with its kind in front.
        let is_broken = |kind: RuleKind| report.errors.iter().any(|error| error.place.starts_with(kind.name()));
        let (ranges, offers) = (Own::new(is_broken(RuleKind::Range)), Own::new(is_broken(RuleKind::Offer)));
        let (planned, new_rules) = (Planned::default(), HashMap::new());
        Self { shop, known, products, file, report, planned, ranges, offers, new_rules }
    }

    pub(super) fn finish(self) -> Planned {
        self.planned
    }

    fn language(&self) -> Language {
        self.known.language()
    }

    fn count(&mut self, kind: RuleKind, name: &str, fields: Option<Vec<String>>) {
        match fields {
            Some(fields) if fields.is_empty() => self.report.unchanged += 1,
            fields => {
                let (is_new, fields) = (fields.is_none(), fields.unwrap_or_default());
                self.report.changes.push(RuleChange { kind, name: name.to_owned(), is_new, fields });
            }
        }
    }
}

/// A mistake of a rule, or of one of its fields.
fn mistake(kind: RuleKind, name: &str, field: Option<&str>, what: impl Into<String>) -> ReadError {
    let field = field.map_or(String::new(), |field| format!(".{field}"));
    ReadError { place: format!("{} {name}{field}", kind.name()), what: what.into() }
}

/// Which thing of the store each entry of a file is about: the one that its name leads to; else one that no other entry
/// names and that has the name that it gives, so that a file that renames something may be taken again. Nothing of the
/// store has the id of a new one.
fn resolve<'f, Id: Labelled>(
    labels: &Labels<Id>,
    own: &mut Own<Id>,
    entries: impl Iterator<Item = (&'f str, Option<&'f Words>)> + Clone,
    language: Language,
) -> Vec<Result<Id, String>> {
    let found: Vec<Result<Option<Id>, String>> =
        entries.clone().map(|(called, _)| labels.find(called).map_err(|error| error.to_string())).collect();
    let by_name: HashSet<Id> = found.iter().flatten().copied().flatten().collect();
    let mut resolved = Vec::with_capacity(found.len());
    for ((called, words), found) in entries.zip(found) {
        let id = found.and_then(|found| {
            let found = match (found, words) {
                (None, Some(words)) => named(labels, words, language)?.filter(|id| !by_name.contains(id)),
                (found, _) => found,
            };
            new_id(called, words, found)
        });
        resolved.push(id.and_then(|id| {
            if !own.taken.insert(id) {
                return Err("names what another entry of the file names".to_owned());
            }
            own.ids.insert(called.to_owned(), id);
            Ok(id)
        }));
    }
    resolved
}

/// What has the name that an entry gives.
fn named<Id: Labelled>(labels: &Labels<Id>, words: &Words, language: Language) -> Result<Option<Id>, String> {
    let texts = words.onto(&Texts::default(), language);
    labels.named(texts.exact(language).unwrap_or_default()).map_err(|error| error.to_string())
}

fn new_id<Id: Labelled>(called: &str, words: Option<&Words>, found: Option<Id>) -> Result<Id, String> {
    match (found, Id::parse_id(called)) {
        (Some(found), _) => Ok(found),
        (None, Some(_)) if words.is_none() => Err("is nobody's id; a new one needs a name".to_owned()),
        (None, Some(id)) => Ok(id),
        (None, None) => Ok(id_of_name(called)),
    }
}

/// The name that an entry comes to: no other has it.
fn new_name<Id: Labelled + Hash>(
    labels: &Labels<Id>,
    own: &mut Own<Id>,
    (id, called): (Id, &str),
    words: Option<&Words>,
    before: Option<&Texts>,
    languages: &[Language],
) -> Result<Texts, String> {
    let language = languages.first().copied().unwrap_or(Language::ENGLISH);
    let name = match (words, before) {
        (Some(words), before) => words.onto(before.unwrap_or(&Texts::default()), language),
        (None, Some(before)) => return Ok(before.clone()),
        (None, None) => Texts::single(language, called.trim()),
    };
    if before == Some(&name) {
        return Ok(name);
    }
    for (_, text) in name.iter() {
        parse_name(text).map_err(|error| error.to_string())?;
    }
    let label = name.get(languages);
    if label.is_empty() {
        return Err("must be there".to_owned());
    }
    let is_taken = !matches!(labels.named(label), Ok(None)) && !matches!(labels.named(label), Ok(Some(it)) if it == id);
    if is_taken || !own.names.insert(label.to_owned()) {
        return Err(format!("another {} is called {label:?}", Id::KIND));
    }
    Ok(name)
}

/// A description as it is kept: what could run in a page goes, unless it was kept like that.
fn new_description(words: Option<&Words>, before: Option<&Texts>, language: Language) -> Result<Texts, String> {
    let (none, before) = (Texts::default(), before);
    let before = before.unwrap_or(&none);
    let Some(words) = words else { return Ok(before.clone()) };
    let texts = words.onto(before, language);
    if texts == *before {
        return Ok(texts);
    }
    check_length(&texts)?;
    Ok(texts.iter().map(|(language, html)| (language, ammonia::clean(html))).collect())
}

/// Refuses what would not fit into a row.
fn check_length(texts: &Texts) -> Result<(), String> {
    let bytes: usize = texts.iter().map(|(_, text)| text.len()).sum();
    if RULE_TEXT_BYTES_MAX < bytes {
        return Err(format!("has {bytes} bytes in all languages; at most {RULE_TEXT_BYTES_MAX} are kept"));
    }
    Ok(())
}
