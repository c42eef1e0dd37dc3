//! Lists of products for a range, uploaded by article number or product code.
//!
//! One a line, or the first column of a CSV file, as Oscar takes them. What is found goes into the range; what is not is
//! told by its line.

use crate::catalogue_file::lines::{Lines, Unreadable};
use crate::labels::{InvalidName, NameError, id_of_name, parse_name};
use crate::ranges::RangeError;
use crate::shop::Shop;
use commerce::event::Actor;
use commerce::ids::ProductId;
use commerce::language::Texts;
use commerce::range::{InvalidRange, RANGE_ENTRIES_MAX, RangeLists};
use db::DbError;
use db::ranges::StoredRange;
use std::collections::{BTreeMap, HashSet};
use std::path::Path;

/// Lines without a product that are told one by one; more are counted.
pub const NOT_FOUND_LISTED_MAX: usize = 100;
/// Letters of a code that are told.
const CODE_CHARS_TOLD_MAX: usize = 60;
/// What may stand above a column of codes.
const HEADERS: [&str; 4] = ["sku", "upc", "partner_sku", "product"];

/// Which list of a range is uploaded.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum UploadInto {
    /// Products that are in it.
    #[default]
    Included,
    /// Products that are never in it.
    Excluded,
}

/// How a list is taken.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct UploadOptions {
    /// Which list.
    pub into: UploadInto,
    /// The list becomes what the file says; otherwise it grows.
    pub replace: bool,
    /// Make the range if there is none.
    pub new: bool,
    /// Take a range that holds no product then.
    pub allow_empty: bool,
    /// Only say what would change.
    pub dry_run: bool,
}

/// A line that names no product.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnknownLine {
    /// Line of the file, from 1.
    pub line: u64,
    /// What stands there.
    pub code: String,
}

/// What an upload would change, or has changed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UploadReport {
    /// The range as it is then.
    pub range: StoredRange,
    /// Whether it was made.
    pub is_new: bool,
    /// Products that the list did not have.
    pub added: u64,
    /// Lines whose product it had, or that name one again.
    pub there: u64,
    /// Products that left the list, because the file does not name them.
    pub removed: u64,
    /// Products that left the other list: what is included is excluded no longer, and the other way round.
    pub moved: u64,
    /// The first of the lines that name no product.
    pub not_found: Vec<UnknownLine>,
    /// All of them.
    pub not_found_total: u64,
}

/// Why a list was not taken.
#[derive(Debug, thiserror::Error)]
pub enum UploadError {
    /// The file cannot be opened or read.
    #[error("the file cannot be read: {0}")]
    Io(#[from] std::io::Error),
    /// A line cannot be read.
    #[error("line {line}: {what}")]
    Line {
        /// The line.
        line: u64,
        /// What is wrong with it.
        what: String,
    },
    /// More than a list can have.
    #[error(
        "the file names more than {RANGE_ENTRIES_MAX} products, which is more than a range can list; use classes or categories"
    )]
    TooMany,
    /// Nothing that can be taken.
    #[error("none of {lines} lines is the SKU or the UPC of a product; the first is line {}: {:?}", first.line, first.code)]
    NothingFound {
        /// Lines that are not empty.
        lines: u64,
        /// The first of them.
        first: UnknownLine,
    },
    /// No line at all.
    #[error("the file names no product: write an article number or a product code on each line")]
    NoLines,
    /// The range would hold nothing.
    #[error("range {0:?} would hold no product of this store; `--allow-empty` lets it be")]
    HoldsNothing(String),
    /// There is no such range.
    #[error("there is no range {0:?}; `--new` makes it")]
    NoSuchRange(String),
    /// A new range cannot be called that.
    #[error(transparent)]
    InvalidName(#[from] InvalidName),
    /// The name leads to several, or the database cannot be used.
    #[error(transparent)]
    Name(NameError),
    /// The range cannot be like that, or be written.
    #[error(transparent)]
    Range(#[from] RangeError),
    /// The database cannot be used.
    #[error(transparent)]
    Db(#[from] DbError),
}

impl From<NameError> for UploadError {
    fn from(error: NameError) -> Self {
        match error {
            NameError::Nobody { name, .. } => Self::NoSuchRange(name),
            error => Self::Name(error),
        }
    }
}

impl From<InvalidRange> for UploadError {
    fn from(error: InvalidRange) -> Self {
        Self::Range(error.into())
    }
}

impl From<Unreadable> for UploadError {
    fn from(Unreadable { line, what }: Unreadable) -> Self {
        Self::Line { line, what }
    }
}

impl Shop {
    /// Takes the products that a file names into a range, or out of it. Run again it finds nothing to do.
    pub async fn upload_range(
        &self,
        name: &str,
        file: &Path,
        options: UploadOptions,
        actor: &Actor,
    ) -> Result<UploadReport, UploadError> {
        let lines = read_codes(file)?;
        let before = match self.load_range_named(name).await {
            Ok(range) => Some(range),
            Err(NameError::Nobody { .. }) if options.new => None,
            Err(error) => return Err(error.into()),
        };
        let range = match &before {
            Some(before) => before.clone(),
            None => self.empty_range(name).await?,
        };
        let mut report = self.find_codes(lines).await?.into_report(range, options)?;
        report.is_new = before.is_none();
        let rule = report.range.range()?;
        if !options.allow_empty && self.have_products(&[rule]).await? != [true] {
            return Err(UploadError::HoldsNothing(name.to_owned()));
        }
        if !options.dry_run && before.as_ref() != Some(&report.range) {
            self.save_range(&report.range, actor).await?;
        }
        Ok(report)
    }

    /// A new range behind all others.
    async fn empty_range(&self, name: &str) -> Result<StoredRange, UploadError> {
        let name = parse_name(name)?;
        let language = self.settings().markets.first().language;
        let last = self.list_ranges().await?.entries.iter().map(|range| range.position).max();
        Ok(StoredRange {
            id: id_of_name(name),
            position: last.unwrap_or_default().saturating_add(1),
            name: Texts::single(language, name),
            description: Texts::default(),
            is_public: false,
            lists: RangeLists::default(),
            created_at: self.now(),
            oscar: None,
        })
    }

    /// The products of each line. A number that several partners or products have leads to all of them.
    async fn find_codes(&self, lines: Vec<UnknownLine>) -> Result<FoundLines, UploadError> {
        let mut codes: Vec<String> = lines.iter().map(|line| line.code.clone()).collect();
        codes.sort_unstable();
        codes.dedup();
        let skus = self.db().find_skus(&codes).await?;
        codes.retain(|code| !skus.contains_key(code));
        let upcs = self.db().find_products_by_upcs(&codes).await?;
        let by_sku = skus.into_iter().map(|(sku, owners)| (sku, owners.iter().map(|owner| owner.product).collect()));
        let by_upc = upcs.into_iter().map(|(upc, product)| (upc, vec![product]));
        Ok(FoundLines { products: by_sku.chain(by_upc).collect(), lines })
    }
}

/// Lines with the products that their codes lead to.
struct FoundLines {
    lines: Vec<UnknownLine>,
    products: BTreeMap<String, Vec<ProductId>>,
}

impl FoundLines {
    fn into_report(self, range: StoredRange, options: UploadOptions) -> Result<UploadReport, UploadError> {
        let Some(first) = self.lines.first().cloned() else { return Err(UploadError::NoLines) };
        if self.products.is_empty() {
            let lines = u64::try_from(self.lines.len()).unwrap_or(u64::MAX);
            return Err(UploadError::NothingFound { lines, first });
        }
        let mut report = UploadReport {
            range,
            is_new: false,
            added: 0,
            there: 0,
            removed: 0,
            moved: 0,
            not_found: Vec::new(),
            not_found_total: 0,
        };
        let lists = &report.range.lists;
        let before = match options.into {
            UploadInto::Included => lists.products.clone(),
            UploadInto::Excluded => lists.excluded_products.clone(),
        };
        let stood: HashSet<ProductId> = before.iter().copied().collect();
        let named = self.name_products(&stood, &mut report);
        let is_named: HashSet<ProductId> = named.iter().copied().collect();
        let filled = if options.replace {
            report.removed = count(stood.difference(&is_named).count());
            named
        } else {
            before.into_iter().chain(named.into_iter().filter(|product| !stood.contains(product))).collect()
        };
        let lists = &mut report.range.lists;
        let (list, other) = match options.into {
            UploadInto::Included => (&mut lists.products, &mut lists.excluded_products),
            UploadInto::Excluded => (&mut lists.excluded_products, &mut lists.products),
        };
        let others = other.len();
        other.retain(|product| !is_named.contains(product));
        report.moved = count(others - other.len());
        *list = filled;
        Ok(report)
    }

    /// The products that lines name, each once, in their order; lines are counted by what became of them.
    fn name_products(self, stood: &HashSet<ProductId>, report: &mut UploadReport) -> Vec<ProductId> {
        let (mut named, mut seen) = (Vec::new(), HashSet::new());
        for line in self.lines {
            let Some(products) = self.products.get(&line.code) else {
                report.not_found_total += 1;
                if report.not_found.len() < NOT_FOUND_LISTED_MAX {
                    let code = line.code.chars().take(CODE_CHARS_TOLD_MAX).collect();
                    report.not_found.push(UnknownLine { code, ..line });
                }
                continue;
            };
            let new: Vec<ProductId> = products.iter().copied().filter(|product| seen.insert(*product)).collect();
            let added = new.iter().filter(|product| !stood.contains(product)).count();
            report.added += count(added);
            report.there += u64::from(added == 0);
            named.extend(new);
        }
        named
    }
}

fn count(length: usize) -> u64 {
    u64::try_from(length).unwrap_or(u64::MAX)
}

/// The first cell of each line that has one, but for a heading.
fn read_codes(file: &Path) -> Result<Vec<UnknownLine>, UploadError> {
    let mut lines = Lines::open(file)?;
    let (mut codes, mut is_first) = (Vec::new(), true);
    while let Some(row) = lines.next()? {
        let code = row.cells.first().map_or("", |cell| cell.trim());
        let is_heading = is_first && HEADERS.contains(&code.to_lowercase().as_str());
        is_first = false;
        if code.is_empty() || is_heading {
            continue;
        }
        if RANGE_ENTRIES_MAX <= codes.len() {
            return Err(UploadError::TooMany);
        }
        codes.push(UnknownLine { line: row.line, code: code.to_owned() });
    }
    Ok(codes)
}
