//! Ranges of products: their lists, in Oscar's order.

use crate::catalogue::Known;
use crate::ids;
use crate::read::Read;
use crate::report::{Code, Report, quote};
use crate::rows::{ReadError, Row};
use crate::select::{Filter, Join, Select};
use crate::source::Source;
use commerce::catalogue::OscarKey;
use commerce::ids::RangeId;
use commerce::language::Texts;
use commerce::moment::Moment;
use commerce::range::{RANGE_ENTRIES_MAX, Range, RangeLists};
use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

/// Rows of a list that are read at once.
const ROWS_PER_FETCH: usize = 10_000;

const RANGES: Select = Select {
    table: "offer_range",
    joins: &[],
    columns: &[
        "t.id",
        "t.name",
        "t.description",
        "t.is_public",
        "t.includes_all_products",
        "t.proxy_class",
        "t.date_created",
    ],
};
const PRODUCT: &[Join] = &[Join { alias: "p", table: "catalogue_product", on: "t.product_id" }];
const INCLUDED: Select = Select {
    table: "offer_rangeproduct",
    joins: PRODUCT,
    columns: &["t.id", "t.range_id", "t.product_id", "p.id", "t.display_order"],
};
const EXCLUDED: Select = Select {
    table: "offer_range_excluded_products",
    joins: PRODUCT,
    columns: &["t.id", "t.range_id", "t.product_id", "p.id"],
};
const CLASSES: Select =
    Select { table: "offer_range_classes", joins: &[], columns: &["t.id", "t.range_id", "t.productclass_id"] };
const INCLUDED_CATEGORIES: Select =
    Select { table: "offer_range_included_categories", joins: &[], columns: &["t.id", "t.range_id", "t.category_id"] };
const EXCLUDED_CATEGORIES: Select =
    Select { table: "offer_range_excluded_categories", joins: &[], columns: &["t.id", "t.range_id", "t.category_id"] };

/// A range as it comes over.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ImportedRange {
    /// Its id.
    pub id: RangeId,
    /// Its name.
    pub name: Texts,
    /// HTML, cleaned.
    pub description: Texts,
    /// Whether shoppers may look at its products as a list of their own.
    pub is_public: bool,
    /// What it holds.
    pub lists: RangeLists,
    /// When it was made.
    pub created_at: Option<Moment>,
    /// Its key.
    pub key: OscarKey,
}

/// The ranges that come over, and what rules take of each.
pub(crate) struct Ranges {
    pub(crate) imported: Vec<ImportedRange>,
    pub(crate) by_key: HashMap<OscarKey, Arc<Range>>,
}

/// All ranges, in order of their keys.
pub(crate) async fn ranges(source: &mut Source, known: &Known, report: &mut Report) -> Result<Ranges, ReadError> {
    let rows = source.all(&RANGES, report).await?;
    let mut lists: BTreeMap<OscarKey, RangeLists> =
        rows.iter().filter_map(Row::key).map(|key| (key, RangeLists::default())).collect();
    products(source, known, &INCLUDED, &mut lists, report).await?;
    products(source, known, &EXCLUDED, &mut lists, report).await?;
    for (select, column) in [
        (&CLASSES, "t.productclass_id"),
        (&INCLUDED_CATEGORIES, "t.category_id"),
        (&EXCLUDED_CATEGORIES, "t.category_id"),
    ] {
        groups(source, known, select, column, &mut lists, report).await?;
    }
    let mut ranges = Ranges { imported: Vec::new(), by_key: HashMap::new() };
    for row in &rows {
        let Some(key) = row.key() else { continue };
        let mut read = Read { row, options: &known.options, report };
        let Some(imported) = range(key, &mut read, lists.remove(&key).unwrap_or_default()) else { continue };
        match Range::new(imported.id, imported.lists.clone()) {
            Ok(range) => {
                ranges.by_key.insert(key, Arc::new(range));
                ranges.imported.push(imported);
            }
            Err(error) => read.note(Code::RangeInvalid, format!("{error}; left out")),
        }
    }
    Ok(ranges)
}

fn range(key: OscarKey, read: &mut Read<'_>, lists: RangeLists) -> Option<ImportedRange> {
    if let Some(class) = read.row.filled("t.proxy_class").map(quote) {
        read.note(Code::CustomClass, format!("its products are chosen by the class {class}; left out"));
        return None;
    }
    Some(ImportedRange {
        id: ids::range(key),
        name: Texts::single(read.options.language, read.name("t.name", "Range")),
        description: read.html("t.description"),
        is_public: read.flag("t.is_public", false),
        lists: RangeLists { all: read.flag("t.includes_all_products", false), ..lists },
        created_at: read.moment("t.date_created"),
        key,
    })
}

/// A list of products: those that are taken in in the order in which they are shown.
async fn products(
    source: &mut Source,
    known: &Known,
    select: &'static Select,
    lists: &mut BTreeMap<OscarKey, RangeLists>,
    report: &mut Report,
) -> Result<(), ReadError> {
    let is_included = select.table == INCLUDED.table;
    let mut found: BTreeMap<OscarKey, Vec<(i64, OscarKey, OscarKey)>> = BTreeMap::new();
    let mut after = None;
    loop {
        let rows = source.rows(select, Filter::After(after, ROWS_PER_FETCH), report).await?;
        for row in &rows {
            let mut read = Read { row, options: &known.options, report };
            let (Some(key), Some(range)) = (row.key(), of_range(&mut read, lists)) else { continue };
            let Some(product) = row.integer("p.id") else {
                read.note_missing("t.product_id", "left out");
                continue;
            };
            let entries = found.entry(range).or_default();
            if RANGE_ENTRIES_MAX <= entries.len() {
                read.note(
                    Code::TooManyRows,
                    format!("more than {RANGE_ENTRIES_MAX} products of range {range}; left out"),
                );
                continue;
            }
            let order = if is_included { read.count("t.display_order", 0) } else { 0 };
            entries.push((order, key, product));
        }
        match rows.last().and_then(Row::key).filter(|_| rows.len() == ROWS_PER_FETCH) {
            Some(last) => after = Some(last),
            None => break,
        }
    }
    for (range, mut entries) in found {
        entries.sort_unstable();
        let mut products: Vec<_> = entries.into_iter().map(|(_, _, product)| ids::product(product)).collect();
        let mut seen = std::collections::HashSet::new();
        products.retain(|product| seen.insert(*product));
        if let Some(lists) = lists.get_mut(&range) {
            *(if is_included { &mut lists.products } else { &mut lists.excluded_products }) = products;
        }
    }
    Ok(())
}

/// A list of classes or categories.
async fn groups(
    source: &mut Source,
    known: &Known,
    select: &'static Select,
    column: &'static str,
    lists: &mut BTreeMap<OscarKey, RangeLists>,
    report: &mut Report,
) -> Result<(), ReadError> {
    let there = if select.table == CLASSES.table { &known.classes } else { &known.categories };
    for row in &source.all(select, report).await? {
        let mut read = Read { row, options: &known.options, report };
        let Some(range) = of_range(&mut read, lists) else { continue };
        let Some(key) = row.integer(column).filter(|key| there.contains(key)) else {
            read.note_missing(column, "left out");
            continue;
        };
        let Some(lists) = lists.get_mut(&range) else { continue };
        if select.table == CLASSES.table {
            add_once(&mut lists.classes, ids::class(key));
        } else if select.table == INCLUDED_CATEGORIES.table {
            add_once(&mut lists.categories, ids::category(key));
        } else {
            add_once(&mut lists.excluded_categories, ids::category(key));
        }
    }
    Ok(())
}

/// The range that a row belongs to, if there is one.
fn of_range(read: &mut Read<'_>, lists: &BTreeMap<OscarKey, RangeLists>) -> Option<OscarKey> {
    let range = read.row.integer("t.range_id").filter(|range| lists.contains_key(range));
    if range.is_none() {
        read.note_missing("t.range_id", "left out");
    }
    range
}

fn add_once<T: PartialEq>(list: &mut Vec<T>, entry: T) {
    if !list.contains(&entry) {
        list.push(entry);
    }
}
