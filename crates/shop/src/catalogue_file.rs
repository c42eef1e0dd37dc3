//! The catalogue as a CSV file: written, edited in any spreadsheet, and read back.
//!
//! One row a product: standalone ones, parents, and their variants behind them. A row is found by its `sku`, one
//! without by its `slug`; a row that is found nowhere makes a new product. An empty cell leaves a value as it is, `-`
//! takes it out. The whole file is checked before anything is written, and reading what was written changes nothing.

mod categories;
mod cells;
mod column;
pub(crate) mod lines;
mod names;
mod plan;
mod setup;

use crate::catalogue::{PRODUCTS_PER_WRITE_MAX, Showing};
use crate::shop::Shop;
use crate::stock::{StockChange, StockError};
use cells::Draft;
use column::Column;
use commerce::catalogue::{CatalogueSetup, Category, ProductEntry};
use commerce::event::{Actor, Subject};
use commerce::ids::{CategoryId, ProductId};
use db::DbError;
use lines::Lines;
use names::Names;
use plan::{Planned, Seen};
use std::io::Write;
use std::path::Path;

/// Most rows of one file.
pub const FILE_ROWS_MAX: u64 = 2_000_000;
/// Mistakes that are told one by one; more are counted.
pub const ERRORS_LISTED_MAX: usize = 100;
/// Changed rows that are told one by one; more are counted.
pub const CHANGES_LISTED_MAX: usize = 200;
/// Up to so many changed products shoppers see each as soon as it is written; beyond, all together at the end.
const SHOWN_SINGLY_MAX: u64 = 500;
/// Reason of changed stock, in the history.
const STOCK_REASON: &str = "catalogue file";

/// A mistake in a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LineError {
    /// Line of the file on which the row begins, from 1.
    pub line: u64,
    /// What is wrong, with the value, and what to do.
    pub what: String,
}

/// A cell that differs from the store.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CellChange {
    /// The column.
    pub column: String,
    /// What the store has; empty for nothing.
    pub from: String,
    /// What the file says.
    pub to: String,
}

/// A row that differs from the store.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RowChange {
    /// Line of the file.
    pub line: u64,
    /// The product's article number, or its slug.
    pub product: String,
    /// Whether there was no such product.
    pub is_new: bool,
    /// What differs.
    pub cells: Vec<CellChange>,
}

/// What a file would change, or has changed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FileReport {
    /// Rows below the header.
    pub rows: u64,
    /// Products that were not there.
    pub new: u64,
    /// Products that differ.
    pub changed: u64,
    /// Products that are the same.
    pub unchanged: u64,
    /// Categories, attributes, choices and customer options that differ.
    pub setup_changed: u64,
    /// Slugs of categories that were not there.
    pub new_categories: Vec<String>,
    /// The first of the changes.
    pub changes: Vec<RowChange>,
    /// The first of the mistakes; with a single one nothing is written.
    pub errors: Vec<LineError>,
    /// All of them.
    pub errors_total: u64,
}

impl FileReport {
    fn add_error(&mut self, line: u64, what: impl Into<String>) {
        self.errors_total += 1;
        if self.errors.len() < ERRORS_LISTED_MAX {
            self.errors.push(LineError { line, what: what.into() });
        }
    }

    fn add_setup_change(&mut self, change: RowChange) {
        self.setup_changed += 1;
        if self.changes.len() < CHANGES_LISTED_MAX {
            self.changes.push(change);
        }
    }

    /// Whether anything differs from the store.
    pub fn changes_anything(&self) -> bool {
        self.new + self.changed + self.setup_changed > 0 || !self.new_categories.is_empty()
    }
}

/// How a file is taken.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ApplyOptions {
    /// Only say what would change.
    pub dry_run: bool,
    /// Make categories that are not there. A cell may name a path of slugs: `kitchen/mugs`.
    pub new_categories: bool,
}

/// Why a file was not taken.
#[derive(Debug, thiserror::Error)]
pub enum FileError {
    /// It cannot be read or written.
    #[error("the file cannot be read or written: {0}")]
    Io(#[from] std::io::Error),
    /// It cannot be written as CSV.
    #[error("the file cannot be written: {0}")]
    Csv(#[from] csv::Error),
    /// Somebody changed the store between check and writing; what was written so far stays.
    #[error("line {line}: {what}; somebody changed the store meanwhile, so run it again")]
    Meanwhile {
        /// Line of the file.
        line: u64,
        /// What stands in the way.
        what: String,
    },
    /// The database cannot be used.
    #[error(transparent)]
    Db(#[from] DbError),
    /// Everything is written, but could not be published.
    #[error("everything is written, but could not be published ({0:#}); `tradewind publish` tries again")]
    Publish(anyhow::Error),
}

impl Shop {
    async fn names(&self) -> Result<Names, DbError> {
        let setup = self.db().load_catalogue_setup().await?;
        let mut currencies: Vec<_> = self.settings().markets.iter().map(|market| market.currency).collect();
        currencies.sort();
        currencies.dedup();
        Ok(Names::new(setup, self.settings().markets.languages(), currencies, self.now()))
    }

    /// Writes the whole catalogue as CSV; gives the number of products. Memory does not grow with it.
    pub async fn export_catalogue<W: Write + Send>(&self, out: W) -> Result<u64, FileError> {
        let names = self.names().await?;
        let columns = Column::all(&names);
        let mut writer = csv::Writer::from_writer(out);
        writer.write_record(columns.iter().map(ToString::to_string))?;
        for row in setup::export_rows(&columns, &names) {
            writer.write_record(row)?;
        }
        let (mut rows, mut after) = (0, None);
        loop {
            let ids = self.db().list_family_ids(after).await?;
            let Some(last) = ids.last().copied() else { break };
            after = Some(last);
            let families = self.db().load_families(&ids).await?;
            let slugs = self.recommended_slugs(&families).await?;
            for family in families {
                for draft in plan::drafts(family, &slugs) {
                    writer.write_record(columns.iter().map(|column| cells::read(column, &draft, &names)))?;
                    rows += 1;
                }
            }
        }
        writer.flush()?;
        Ok(rows)
    }

    /// Checks a file as a whole and then, if nothing is wrong with it, writes what differs, in bounded transactions.
    /// The report tells what differs, or what is wrong; run again it finds nothing to do.
    pub async fn apply_catalogue_file(
        &self,
        file: &Path,
        options: ApplyOptions,
        actor: &Actor,
    ) -> Result<FileReport, FileError> {
        let mut names = self.names().await?;
        let mut report = FileReport::default();
        let made = self.new_categories(file, &names, options, &mut report)?;
        if !made.is_empty() {
            let setup = CatalogueSetup { categories: made.clone(), ..CatalogueSetup::default() };
            names = self.names_with(&setup).await?;
        }
        let changed_setup = setup_rows(file, &names, &mut report)?;
        self.check(file, &names, &mut report).await?;
        // Rows are checked many at a time, after those that cannot be read at all.
        report.errors.sort_by_key(|error| error.line);
        let owed = self.owes_publish().await?;
        if options.dry_run || report.errors_total > 0 || !(report.changes_anything() || owed) {
            return Ok(report);
        }
        // What was made may have been named by a row of its own.
        let named: Vec<CategoryId> = changed_setup.categories.iter().map(|category| category.id).collect();
        let made = made.into_iter().filter(|category| !named.contains(&category.id));
        let categories: Vec<Category> = made.chain(changed_setup.categories).collect();
        let setup = CatalogueSetup { categories, ..changed_setup };
        if setup != CatalogueSetup::default() {
            self.put_catalogue_setup(&setup, actor, Showing::Soon).await?;
        }
        let showing = if report.new + report.changed > SHOWN_SINGLY_MAX || owed {
            self.owe_publish().await?;
            Showing::LaterAsAWhole
        } else {
            Showing::Soon
        };
        self.write(file, &names, actor, showing).await?;
        let detail = format!("new={} changed={} rows={}", report.new, report.changed, report.rows);
        self.db().note(&self.event(actor, Subject::Catalogue, "", "catalogue_file_applied", detail)).await?;
        if showing == Showing::LaterAsAWhole {
            self.publish_everything().await.map_err(FileError::Publish)?;
        }
        Ok(report)
    }

    async fn names_with(&self, more: &CatalogueSetup) -> Result<Names, DbError> {
        let mut setup = self.db().load_catalogue_setup().await?;
        setup.categories.extend(more.categories.iter().cloned());
        let known = self.names().await?;
        Ok(Names::new(setup, known.languages, known.currencies, known.now))
    }

    /// Goes over the whole file and writes nothing.
    async fn check(&self, file: &Path, names: &Names, report: &mut FileReport) -> Result<(), FileError> {
        let mut seen = Seen::default();
        let mut reading = match Reading::open(file, names)? {
            Ok(reading) => reading,
            Err(errors) => {
                errors.into_iter().for_each(|error| report.add_error(error.line, error.what));
                return Ok(());
            }
        };
        loop {
            let chunk = reading.chunk(report);
            if chunk.is_empty() {
                return Ok(());
            }
            let first = chunk[0].line;
            report.rows += u64::try_from(chunk.len()).unwrap_or_default();
            if report.rows > FILE_ROWS_MAX {
                report.add_error(first, format!("the file has more than {FILE_ROWS_MAX} rows; split it"));
                return Ok(());
            }
            let products = reading.products(chunk);
            for planned in self.plan(&reading.columns, products, names, &mut seen).await? {
                match planned {
                    Err(wrong) => wrong.into_iter().for_each(|error| report.add_error(error.line, error.what)),
                    Ok(planned) => count(planned, report),
                }
            }
        }
    }

    /// Goes over the file again and writes what differs.
    async fn write(&self, file: &Path, names: &Names, actor: &Actor, showing: Showing) -> Result<(), FileError> {
        let meanwhile = |error: LineError| FileError::Meanwhile { line: error.line, what: error.what };
        let first = |wrong: Vec<LineError>| {
            meanwhile(wrong.into_iter().next().unwrap_or(LineError { line: 1, what: String::new() }))
        };
        let mut seen = Seen::default();
        let mut reading = Reading::open(file, names)?.map_err(first)?;
        loop {
            let mut errors = FileReport::default();
            let chunk = reading.chunk(&mut errors);
            if let Some(error) = errors.errors.into_iter().next() {
                return Err(meanwhile(error));
            }
            if chunk.is_empty() {
                return Ok(());
            }
            let mut planned = Vec::new();
            let products = reading.products(chunk);
            for row in self.plan(&reading.columns, products, names, &mut seen).await? {
                planned.push(row.map_err(first)?);
            }
            self.write_chunk(planned, actor, showing).await?;
        }
    }

    async fn write_chunk(&self, planned: Vec<Planned>, actor: &Actor, showing: Showing) -> Result<(), FileError> {
        let now = self.now();
        let mut stock = Vec::new();
        let mut entries: Vec<(ProductEntry, i64)> = Vec::new();
        let line = planned.first().map_or(0, |row| row.line);
        for row in planned {
            let Draft { mut entry, position, is_new, .. } = row.draft;
            if let (Some(change), Some(record)) = (row.stock, entry.stock_records.first()) {
                stock.push((row.line, entry.product.id, record.id, change));
            }
            if is_new || row.cells.iter().any(|cell| cell.column != Column::OnHand.to_string()) {
                entry.product.updated_at = now;
                entry.product.version += 1;
                entries.push((entry, position));
            }
        }
        if !entries.is_empty() {
            self.put_products(&entries, actor, showing).await.map_err(|error| match error {
                DbError::Taken { constraint } => {
                    FileError::Meanwhile { line, what: format!("in this row or the next few: {constraint} is taken") }
                }
                error => error.into(),
            })?;
        }
        for (line, product, record, units) in stock {
            let change = units.map_or(StockChange::Uncounted, StockChange::Set);
            match self.change_stock(product, record, change, STOCK_REASON, actor).await {
                Ok(_) => {}
                Err(StockError::Db(error)) => return Err(error.into()),
                Err(error) => return Err(FileError::Meanwhile { line, what: error.to_string() }),
            }
        }
        Ok(())
    }
}

/// What the rows of a file that are no products make of what they are about.
fn setup_rows(file: &Path, names: &Names, report: &mut FileReport) -> Result<CatalogueSetup, FileError> {
    // What is wrong with the header is told when the products are checked.
    let Ok(mut reading) = Reading::open(file, names)? else { return Ok(CatalogueSetup::default()) };
    let mut rows = setup::SetupRows::new(names);
    let mut ignored = FileReport::default();
    loop {
        let chunk = reading.chunk(&mut ignored);
        if chunk.is_empty() {
            return Ok(rows.changed());
        }
        for row in &chunk {
            if let Some(kind) = setup::kind_of(&reading.columns, row) {
                rows.apply(&reading.columns, row, kind, report);
            }
        }
    }
}

fn count(planned: Planned, report: &mut FileReport) {
    let is_new = planned.draft.is_new;
    if !is_new && planned.cells.is_empty() {
        report.unchanged += 1;
        return;
    }
    if is_new {
        report.new += 1;
    } else {
        report.changed += 1;
    }
    if report.changes.len() < CHANGES_LISTED_MAX {
        let product = planned.draft.label();
        report.changes.push(RowChange { line: planned.line, product, is_new, cells: planned.cells });
    }
}

/// A file being read, with its columns known.
struct Reading {
    lines: Lines,
    columns: Vec<Column>,
}

impl Reading {
    /// Opens a file and reads its header; the inner error tells what is wrong with the header.
    fn open(file: &Path, names: &Names) -> Result<Result<Self, Vec<LineError>>, FileError> {
        let mut lines = Lines::open(file)?;
        let wrong = |what: String| LineError { line: 1, what };
        let header = match lines.next() {
            Ok(Some(header)) => header,
            Ok(None) => return Ok(Err(vec![wrong("the file is empty; its first line names the columns".to_owned())])),
            Err(error) => return Ok(Err(vec![LineError { line: error.line, what: error.what }])),
        };
        let mut columns = Vec::new();
        let mut errors = Vec::new();
        for name in &header.cells {
            match Column::parse(name, names) {
                Ok(column) if columns.contains(&column) => {
                    errors.push(wrong(format!("the column {column} is there twice")))
                }
                Ok(column) => columns.push(column),
                Err(what) => errors.push(wrong(what)),
            }
        }
        if !columns.contains(&Column::Sku) && !columns.contains(&Column::Slug) && errors.is_empty() {
            errors.push(wrong("there is neither a column sku nor a column slug to find products by".to_owned()));
        }
        Ok(if errors.is_empty() { Ok(Self { lines, columns }) } else { Err(errors) })
    }

    /// Those of some rows that are products.
    fn products(&self, rows: Vec<lines::RawRow>) -> Vec<lines::RawRow> {
        rows.into_iter().filter(|row| setup::kind_of(&self.columns, row).is_none()).collect()
    }

    /// The next rows; none at the end or where the file cannot be read any further.
    fn chunk(&mut self, report: &mut FileReport) -> Vec<lines::RawRow> {
        let mut rows = Vec::new();
        while rows.len() < PRODUCTS_PER_WRITE_MAX {
            match self.lines.next() {
                Ok(None) => break,
                Ok(Some(row)) if row.cells.iter().all(|cell| cell.trim().is_empty()) => {}
                Ok(Some(row)) => rows.push(row),
                Err(error) => {
                    report.add_error(error.line, error.what);
                    break;
                }
            }
        }
        rows
    }
}

/// The product that a parent's slug leads to: of the store, or made further up in the file.
type Parents = std::collections::HashMap<String, (ProductId, commerce::ids::ProductClassId)>;
