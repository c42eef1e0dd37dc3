//! The prices of price lists as a CSV file: written, edited in any spreadsheet, and read back.
//!
//! One row a price: the list by its name, the SKU, from how many units on (an empty cell is one), and the amount (an empty
//! cell takes the price out). What the file does not name stays as it is. The whole file is checked before anything is
//! written.

use crate::catalogue_file::lines::{Lines, RawRow};
use crate::catalogue_file::{ERRORS_LISTED_MAX, FileError, LineError};
use crate::price_lists::{PriceChange, PriceListError, PricesChanged};
use crate::shop::Shop;
use commerce::basket::Quantity;
use commerce::decimal::Decimal;
use commerce::event::Actor;
use commerce::moment::Moment;
use commerce::money::Money;
use commerce::price_list::PriceList;
use db::DbError;
use db::price_lists::SkuRecord;
use std::collections::{BTreeMap, HashMap};
use std::io::Write;
use std::path::Path;

/// Most rows of one file: all of them are kept in memory while it is checked.
pub const PRICE_ROWS_MAX: usize = 200_000;
/// The columns, in the order in which they are written; a file may have them in any.
pub const COLUMNS: [&str; 4] = ["list", "sku", "min_quantity", "amount"];
/// Articles that are looked up together.
const SKUS_AT_ONCE: usize = 64;

/// What a file would change, or has changed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PriceFileReport {
    /// Rows below the header.
    pub rows: u64,
    /// How many prices become others.
    pub prices: PricesChanged,
    /// The first of the mistakes; with a single one nothing is written.
    pub errors: Vec<LineError>,
    /// All of them.
    pub errors_total: u64,
}

/// Why a file was not taken.
#[derive(Debug, thiserror::Error)]
pub enum PriceFileError {
    /// It cannot be read or written.
    #[error(transparent)]
    File(#[from] FileError),
    /// A list or its prices were refused; what was written before it stays.
    #[error(transparent)]
    List(#[from] PriceListError),
}

impl From<std::io::Error> for PriceFileError {
    fn from(error: std::io::Error) -> Self {
        Self::File(error.into())
    }
}

impl From<csv::Error> for PriceFileError {
    fn from(error: csv::Error) -> Self {
        Self::File(error.into())
    }
}

impl From<DbError> for PriceFileError {
    fn from(error: DbError) -> Self {
        Self::List(error.into())
    }
}

impl PriceFileReport {
    fn add_error(&mut self, line: u64, what: impl Into<String>) {
        self.errors_total += 1;
        if self.errors.len() < ERRORS_LISTED_MAX {
            self.errors.push(LineError { line, what: what.into() });
        }
    }
}

/// A row whose cells were read.
struct Row {
    line: u64,
    /// Place of the list among the store's.
    list: usize,
    sku: String,
    minimum: Quantity,
    amount: Option<Money>,
}

impl Shop {
    /// Writes the prices of all lists that are not over, list by list; how many.
    pub async fn export_prices<W: Write + Send>(&self, out: W) -> Result<u64, PriceFileError> {
        let mut writer = csv::Writer::from_writer(out);
        writer.write_record(COLUMNS)?;
        let mut rows = 0;
        for list in self.list_price_lists().await?.entries.iter().filter(|list| !list.is_over(self.now())) {
            let mut last = None;
            loop {
                let page = self.db().list_prices_after(list.id(), last.as_ref()).await?;
                for price in &page {
                    let amount = Money::from_minor(price.amount_minor, list.currency()).to_decimal_string();
                    writer.write_record([list.name(), &price.sku, &price.minimum.to_string(), &amount])?;
                    rows += 1;
                }
                match page.into_iter().last() {
                    Some(price) => last = Some(price),
                    None => break,
                }
            }
        }
        writer.flush()?;
        Ok(rows)
    }

    /// Takes a file, or with `dry_run` only says what it would change.
    pub async fn apply_price_file(
        &self,
        path: &Path,
        dry_run: bool,
        actor: &Actor,
    ) -> Result<PriceFileReport, PriceFileError> {
        let now = self.now();
        let lists: Vec<PriceList> = self.list_price_lists().await?.entries;
        let mut report = PriceFileReport::default();
        let rows = read_rows(path, &lists, now, &mut report)?;
        let changes = self.find_articles(&rows, &mut report).await?;
        if report.errors_total > 0 {
            return Ok(report);
        }
        let mut by_list: BTreeMap<usize, Vec<PriceChange>> = BTreeMap::new();
        for (row, change) in rows.iter().zip(changes) {
            by_list.entry(row.list).or_default().push(change);
        }
        for (place, mut changes) in by_list {
            let list = &lists[place];
            // All of one article go into one transaction, where that is possible: shoppers see them together.
            changes.sort_by_key(|change| (change.record, change.minimum));
            let counts = if dry_run {
                self.try_listed_prices(list, &changes).await?
            } else {
                self.change_listed_prices(list.id(), &changes, actor).await?
            };
            report.prices.changed += counts.changed;
            report.prices.unchanged += counts.unchanged;
        }
        Ok(report)
    }

    /// The stock records that the rows name; a row without has a mistake, and the changes are none then.
    async fn find_articles(
        &self,
        rows: &[Row],
        report: &mut PriceFileReport,
    ) -> Result<Vec<PriceChange>, PriceFileError> {
        let mut skus: Vec<String> = rows.iter().map(|row| row.sku.clone()).collect();
        skus.sort_unstable();
        skus.dedup();
        let mut known: HashMap<String, Vec<SkuRecord>> = HashMap::new();
        for chunk in skus.chunks(SKUS_AT_ONCE) {
            known.extend(self.db().find_records_by_skus(chunk).await?);
        }
        let mut changes = Vec::with_capacity(rows.len());
        for row in rows {
            match known.get(&row.sku).map_or(&[][..], Vec::as_slice) {
                [found] => {
                    let (minimum, amount) = (row.minimum, row.amount);
                    changes.push(PriceChange { record: found.record, product: found.product, minimum, amount });
                }
                [] => report.add_error(row.line, format!("sku: there is no article {:?} in the catalogue", row.sku)),
                _ => report.add_error(row.line, format!("sku: several partners have an article {:?}", row.sku)),
            }
        }
        Ok(changes)
    }
}

/// Rows as they come, and which line gave each price first.
#[derive(Default)]
struct Rows {
    rows: Vec<Row>,
    seen: HashMap<(usize, String, Quantity), u64>,
}

impl Rows {
    fn add(&mut self, row: Row, report: &mut PriceFileReport) {
        match self.seen.insert((row.list, row.sku.clone(), row.minimum), row.line) {
            Some(first) => report.add_error(row.line, format!("line {first} gives that price already")),
            None => self.rows.push(row),
        }
    }
}

/// Reads and checks every row; those with mistakes are left out.
fn read_rows(
    path: &Path,
    lists: &[PriceList],
    now: Moment,
    report: &mut PriceFileReport,
) -> Result<Vec<Row>, PriceFileError> {
    let mut lines = Lines::open(path)?;
    let mut rows = Rows::default();
    let places = match lines.next() {
        Ok(Some(raw)) => header(&raw.cells),
        Ok(None) => Err(format!("the first line must name the columns: {}", COLUMNS.join(","))),
        Err(unreadable) => Err(unreadable.what),
    };
    let places = match places {
        Ok(places) => places,
        Err(what) => {
            report.add_error(1, what);
            return Ok(Vec::new());
        }
    };
    loop {
        let raw = match lines.next() {
            Ok(Some(raw)) if raw.cells.iter().all(|cell| cell.trim().is_empty()) => continue,
            Ok(Some(raw)) => raw,
            Ok(None) => return Ok(rows.rows),
            Err(unreadable) => {
                report.add_error(unreadable.line, unreadable.what);
                return Ok(rows.rows);
            }
        };
        report.rows += 1;
        if rows.rows.len() == PRICE_ROWS_MAX {
            report.add_error(raw.line, format!("a file has at most {PRICE_ROWS_MAX} rows: cut it in two"));
            return Ok(rows.rows);
        }
        match read_row(&raw, places, lists, now) {
            Ok(row) => rows.add(row, report),
            Err(what) => report.add_error(raw.line, what),
        }
    }
}

/// Places of [`COLUMNS`] in the file.
fn header(cells: &[String]) -> Result<[usize; 4], String> {
    let names: Vec<String> = cells.iter().map(|cell| cell.trim().to_lowercase()).collect();
    if let Some(other) = names.iter().find(|name| !name.is_empty() && !COLUMNS.contains(&name.as_str())) {
        return Err(format!("there is no column {other:?}; the columns are {}", COLUMNS.join(",")));
    }
    let mut places = [0; 4];
    for (place, column) in places.iter_mut().zip(COLUMNS) {
        let mut found = (0..).zip(&names).filter(|(_, name)| *name == column).map(|(at, _)| at);
        *place = found.next().ok_or_else(|| format!("column {column} is missing"))?;
        if found.next().is_some() {
            return Err(format!("column {column} is there twice"));
        }
    }
    Ok(places)
}

fn read_row(raw: &RawRow, places: [usize; 4], lists: &[PriceList], now: Moment) -> Result<Row, String> {
    let [name, sku, minimum, amount] = places.map(|place| raw.cells.get(place).map_or("", |cell| cell.trim()));
    let place = lists.iter().position(|list| list.name() == name);
    let place =
        place.ok_or_else(|| format!("list: there is no price list {name:?}; `tradewind prices save` makes one"))?;
    let list = &lists[place];
    if list.is_over(now) {
        return Err(format!("list: {name:?} is over; make another list"));
    }
    if sku.is_empty() {
        return Err("sku: name the article".to_owned());
    }
    let quantity = if minimum.is_empty() { Ok(Quantity::ONE) } else { Quantity::parse(minimum) };
    let minimum = quantity.map_err(|error| format!("min_quantity: {minimum:?}: {error}"))?;
    let currency = list.currency();
    let parsed = |text: &str| Money::from_decimal(Decimal::parse(text).ok()?, currency).ok();
    let amount = match amount {
        "" => None,
        text => Some(parsed(text).filter(|amount| !amount.is_negative()).ok_or_else(|| {
            format!(
                "amount: {text:?} is no price in {currency}, such as {}",
                Money::from_minor(1_250, currency).to_decimal_string()
            )
        })?),
    };
    Ok(Row { line: raw.line, list: place, sku: sku.to_owned(), minimum, amount })
}

#[cfg(test)]
mod tests;
