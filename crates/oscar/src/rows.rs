//! Rows of the source: cells as text, damage noted, numbers of rows bounded.

use crate::report::{Code, Report};
use crate::select::{Filter, Select, Span, Whose, count_by};
use crate::source::{Connection, Source};
use crate::value;
use commerce::catalogue::OscarKey;
use futures_util::TryStreamExt as _;
use sqlx::{AssertSqlSafe, Decode, Row as _, TypeInfo as _, ValueRef as _};
use std::collections::{BTreeMap, HashMap};

/// Longest text that is read, in characters; longer ones are cut and reported.
pub const TEXT_CHARS_MAX: usize = 200_000;

/// Most rows of a table that all products share: categories, classes, attributes, choices.
pub const SETUP_ROWS_MAX: usize = 200_000;

/// Most rows of one table that are read for one product.
pub const RELATED_ROWS_MAX: usize = 1_000;

/// Why reading came to an end.
#[derive(Debug, thiserror::Error)]
pub enum ReadError {
    /// The engine refused, or the file is damaged.
    #[error("could not read {table} of the source")]
    Database {
        /// Oscar's table.
        table: &'static str,
        /// What the engine said.
        source: sqlx::Error,
    },
    /// A table that is read whole has too many rows.
    #[error("{table} has more than {SETUP_ROWS_MAX} rows")]
    TooManyRows {
        /// Oscar's table.
        table: &'static str,
    },
}

/// One cell.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Cell {
    /// This Oscar has no such column.
    Absent,
    Null,
    Text(String),
}

/// One row.
#[derive(Debug)]
pub(crate) struct Row {
    pub(crate) table: &'static str,
    columns: &'static [&'static str],
    cells: Vec<Cell>,
}

/// Rows by the product they belong to; `None` for those that name none.
pub(crate) type Grouped = BTreeMap<Option<OscarKey>, Vec<Row>>;

impl Row {
    pub(crate) fn cell(&self, column: &str) -> &Cell {
        let place = self.columns.iter().position(|name| *name == column);
        debug_assert!(place.is_some(), "{column} is not read from {}", self.table);
        place.and_then(|place| self.cells.get(place)).unwrap_or(&Cell::Absent)
    }

    /// The text of a cell, if it has any.
    pub(crate) fn text(&self, column: &str) -> Option<&str> {
        match self.cell(column) {
            Cell::Text(text) => Some(text),
            Cell::Absent | Cell::Null => None,
        }
    }

    /// The text of a cell, if it is more than spaces.
    pub(crate) fn filled(&self, column: &str) -> Option<&str> {
        self.text(column).filter(|text| !text.trim().is_empty())
    }

    /// A key or count.
    pub(crate) fn integer(&self, column: &str) -> Option<i64> {
        self.text(column).and_then(value::integer)
    }

    /// The primary key.
    pub(crate) fn key(&self) -> Option<OscarKey> {
        self.columns.first().and_then(|column| self.integer(column))
    }
}

/// What is wrong with a text.
#[derive(Clone, Copy)]
struct Damage {
    code: Code,
    what: &'static str,
}

/// The cells of a row, and what is wrong with which.
struct Cells {
    cells: Vec<Cell>,
    damaged: Vec<(usize, Damage)>,
}

impl Cells {
    /// Reads those cells whose columns are there.
    fn read(
        is_there: &[bool],
        mut read: impl FnMut(usize) -> Result<Option<Mended>, sqlx::Error>,
    ) -> Result<Self, sqlx::Error> {
        let mut row = Self { cells: Vec::with_capacity(is_there.len()), damaged: Vec::new() };
        for (place, is_there) in is_there.iter().enumerate() {
            row.cells.push(match is_there.then(|| read(place)).transpose()? {
                None => Cell::Absent,
                Some(None) => Cell::Null,
                Some(Some(mended)) => {
                    row.damaged.extend(mended.damage.into_iter().map(|damage| (place, damage)));
                    Cell::Text(mended.text)
                }
            });
        }
        Ok(row)
    }
}

/// A text as it can be kept, and what was wrong with it.
struct Mended {
    text: String,
    damage: Vec<Damage>,
}

impl Mended {
    /// Takes in a text of the source: what no text may hold is taken out, what is too long is cut.
    fn new(bytes: Vec<u8>, is_blob: bool) -> Self {
        let mut damage = Vec::new();
        let mut note = |code, what| damage.push(Damage { code, what });
        if is_blob {
            note(Code::TextDamaged, "holds a binary value; read as text");
        }
        let mut text = String::from_utf8(bytes).unwrap_or_else(|error| {
            note(Code::TextDamaged, "holds bytes that are not UTF-8; replaced by U+FFFD");
            String::from_utf8_lossy(error.as_bytes()).into_owned()
        });
        // One byte a character at least: most texts are short enough by their bytes.
        let is_long = text.len() > TEXT_CHARS_MAX;
        if let Some((end, _)) = is_long.then(|| text.char_indices().nth(TEXT_CHARS_MAX)).flatten() {
            note(Code::TextCut, "is too long; cut");
            text.truncate(end);
        }
        if text.contains('\0') {
            note(Code::TextDamaged, "holds NUL characters; taken out");
            text.retain(|c| c != '\0');
        }
        Self { text, damage }
    }
}

fn sqlite_cell(row: &sqlx::sqlite::SqliteRow, place: usize) -> Result<Option<Mended>, sqlx::Error> {
    let raw = row.try_get_raw(place)?;
    let kind = raw.type_info().name().to_owned();
    let number = |text: String| Mended { text, damage: Vec::new() };
    let mended = match kind.as_str() {
        _ if raw.is_null() => return Ok(None),
        "INTEGER" => <i64 as Decode<sqlx::Sqlite>>::decode(raw).map(|integer| number(integer.to_string())),
        // The shortest text that reads back as the same float.
        "REAL" => <f64 as Decode<sqlx::Sqlite>>::decode(raw).map(|float| number(float.to_string())),
        _ => <Vec<u8> as Decode<sqlx::Sqlite>>::decode(raw).map(|bytes| Mended::new(bytes, kind == "BLOB")),
    };
    mended.map(Some).map_err(sqlx::Error::Decode)
}

#[cfg(feature = "postgres")]
fn postgres_cell(row: &sqlx::postgres::PgRow, place: usize) -> Result<Option<Mended>, sqlx::Error> {
    let text: Option<String> = row.try_get(place)?;
    Ok(text.map(|text| Mended::new(text.into_bytes(), false)))
}

/// Runs a statement and does `$take` with each row.
macro_rules! each {
    ($connection:expr, $statement:expr, $row:ident => $take:expr) => {{
        let mut query = sqlx::query(AssertSqlSafe($statement.sql));
        for key in $statement.keys {
            query = query.bind(key);
        }
        let mut rows = query.fetch($connection);
        while let Some($row) = rows.try_next().await? {
            $take;
        }
        Ok(())
    }};
}

impl Source {
    /// All rows of a table that products share.
    pub(crate) async fn all(&mut self, select: &Select, report: &mut Report) -> Result<Vec<Row>, ReadError> {
        let rows = self.rows(select, Filter::First(SETUP_ROWS_MAX + 1), report).await?;
        if rows.len() > SETUP_ROWS_MAX {
            return Err(ReadError::TooManyRows { table: select.table });
        }
        Ok(rows)
    }

    /// Rows in order of their keys.
    pub(crate) async fn rows(
        &mut self,
        select: &Select,
        filter: Filter,
        report: &mut Report,
    ) -> Result<Vec<Row>, ReadError> {
        let mut found = Vec::new();
        self.each_row(select, filter, report, |row, _| found.push(row)).await?;
        Ok(found)
    }

    /// Rows by product, in order of their keys, bounded per product.
    pub(crate) async fn grouped(
        &mut self,
        select: &Select,
        column: &'static str,
        whose: Whose,
        span: Span,
        report: &mut Report,
    ) -> Result<Grouped, ReadError> {
        let mut groups = Grouped::new();
        self.each_row(select, Filter::Of(column, whose, span), report, |row, report| {
            let key = row.integer(column);
            let group = groups.entry(key).or_default();
            if group.len() < RELATED_ROWS_MAX {
                group.push(row);
            } else {
                let what = format!("more than {RELATED_ROWS_MAX} rows for product {key:?}; left out");
                report.add(Code::TooManyRows, row.table, row.key(), what);
            }
        })
        .await?;
        Ok(groups)
    }

    /// How many rows refer to each key.
    pub(crate) async fn count_by(
        &mut self,
        table: &'static str,
        column: &'static str,
        equal: Option<(&'static str, OscarKey)>,
        span: Span,
    ) -> Result<HashMap<OscarKey, u64>, ReadError> {
        let mut counts = HashMap::new();
        if let Some(statement) = count_by(&self.schema, table, column, equal, span) {
            let mut take = |key: Option<i64>, count: i64| {
                counts.extend(key.zip(u64::try_from(count).ok()));
            };
            let done: Result<(), sqlx::Error> = async {
                match &mut self.connection {
                    Connection::Sqlite(c) => each!(c, statement, row => take(row.try_get(0)?, row.try_get(1)?)),
                    #[cfg(feature = "postgres")]
                    Connection::Postgres(c) => each!(c, statement, row => take(row.try_get(0)?, row.try_get(1)?)),
                }
            }
            .await;
            done.map_err(|source| ReadError::Database { table, source })?;
        }
        Ok(counts)
    }

    async fn each_row(
        &mut self,
        select: &Select,
        filter: Filter,
        report: &mut Report,
        mut take: impl FnMut(Row, &mut Report),
    ) -> Result<(), ReadError> {
        let dialect = self.dialect();
        let Some(statement) = select.statement(&self.schema, dialect, filter, TEXT_CHARS_MAX) else { return Ok(()) };
        let is_there: Vec<bool> = select.columns.iter().map(|column| select.has(&self.schema, column)).collect();
        let mut finish = |read: Cells| {
            let row = Row { table: select.table, columns: select.columns, cells: read.cells };
            for (place, damage) in read.damaged {
                // What belongs to a joined row is reported where that row itself is read.
                if let Some(column) = select.columns.get(place).and_then(|name| name.strip_prefix("t.")) {
                    report.add(damage.code, row.table, row.key(), format!("{column} {}", damage.what));
                }
            }
            take(row, report);
        };
        let done: Result<(), sqlx::Error> = async {
            match &mut self.connection {
                Connection::Sqlite(c) => {
                    each!(c, statement, row => finish(Cells::read(&is_there, |place| sqlite_cell(&row, place))?))
                }
                #[cfg(feature = "postgres")]
                Connection::Postgres(c) => {
                    each!(c, statement, row => finish(Cells::read(&is_there, |place| postgres_cell(&row, place))?))
                }
            }
        }
        .await;
        done.map_err(|source| ReadError::Database { table: select.table, source })
    }
}
