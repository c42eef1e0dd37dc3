//! Loading a backup.

use super::text::{Cell, Header, LineReader, Mark, bind_cell};
use super::{
    BACKUP_FORMAT, BackupError, BackupReport, TABLE_SQL, TRANSACTION_BYTES_MAX, TRANSACTION_ROWS_MAX, TableSql,
    UNFINISHED,
};
use crate::engine::{Db, binds};
use crate::error::DbError;
use crate::migrate::{SCHEMA_NUMBER, SCHEMA_NUMBER_OLDEST, SchemaState};
use crate::schema::Column;
use commerce::moment::Moment;
use std::collections::BTreeMap;
use std::io::{BufRead, Seek, SeekFrom};

pub(super) const FORGET_FACT: &str = "DELETE FROM store_facts WHERE name = $1";

/// Where the lines of a file are read to, one table after another.
struct Reading<R> {
    lines: LineReader<R>,
    header: Header,
    /// The table of the newest lines, and which of its columns each value belongs to.
    table: Option<(&'static TableSql, Vec<usize>)>,
    counts: BTreeMap<String, u64>,
}

/// What a line was.
enum Step {
    Table,
    /// Values in the order of the table's declaration.
    Row(Vec<Option<Cell>>),
    End(BackupReport),
}

impl<R: BufRead> Reading<R> {
    fn begin(input: R) -> Result<Self, BackupError> {
        let mut lines = LineReader::new(input);
        let header: Result<Header, _> = serde_json::from_slice(lines.next()?);
        let header = header.map_err(|_| lines.damaged("is not the beginning of a backup"))?;
        if header.tradewind_backup != BACKUP_FORMAT {
            return Err(BackupError::Unknown { what: format!("format {}", header.tradewind_backup) });
        }
        if !(SCHEMA_NUMBER_OLDEST..=SCHEMA_NUMBER).contains(&header.schema) {
            return Err(BackupError::Unknown { what: format!("schema {}", header.schema) });
        }
        Ok(Self { lines, header, table: None, counts: BTreeMap::new() })
    }

    fn next(&mut self) -> Result<Step, BackupError> {
        let line = self.lines.next()?;
        if line.first() == Some(&b'[') {
            let cells: Result<Vec<Option<Cell>>, _> = serde_json::from_slice(line);
            let cells = cells.map_err(|error| self.lines.damaged(error))?;
            return self.row(cells).map(Step::Row);
        }
        let mark: Result<Mark, _> = serde_json::from_slice(line);
        match mark.map_err(|_| self.lines.damaged("is neither a table nor a row nor the end"))? {
            Mark::Table { table, columns } => self.begin_table(&table, &columns).map(|()| Step::Table),
            Mark::End { rows, checksum } => self.end(rows, checksum).map(Step::End),
        }
    }

    fn begin_table(&mut self, name: &str, columns: &[String]) -> Result<(), BackupError> {
        let known = TABLE_SQL.iter().find(|sql| sql.table.name == name);
        let sql = known.ok_or_else(|| self.lines.damaged(format!("no table is called {name:?}")))?;
        let place_of = |column: &String| sql.table.columns.iter().position(|known| known.name == column);
        let places: Option<Vec<usize>> = columns.iter().map(place_of).collect();
        let places = places.ok_or_else(|| self.lines.damaged(format!("{name} has a column that is not known")))?;
        // An older schema may have fewer columns; what has no value there must be one that may be missing.
        let is_there = |(place, column): (usize, &Column)| column.is_optional || places.contains(&place);
        let twice = places.iter().enumerate().any(|(index, place)| places[..index].contains(place));
        if twice || !sql.table.columns.iter().enumerate().all(is_there) {
            return Err(self.lines.damaged(format!("{name} lacks a column or has one twice")));
        }
        if self.counts.insert(name.to_owned(), 0).is_some() {
            return Err(self.lines.damaged(format!("{name} comes twice")));
        }
        self.table = Some((sql, places));
        Ok(())
    }

    fn row(&mut self, cells: Vec<Option<Cell>>) -> Result<Vec<Option<Cell>>, BackupError> {
        let Some((sql, places)) = self.table.as_ref().filter(|(_, places)| places.len() == cells.len()) else {
            return Err(self.lines.damaged("is a row without a table, or has not the table's columns"));
        };
        let mut row: Vec<Option<Cell>> = vec![None; sql.table.columns.len()];
        for (place, cell) in places.iter().zip(cells) {
            row[*place] = cell;
        }
        if row.iter().zip(sql.table.columns).any(|(cell, column)| bind_cell(cell.as_ref(), column).is_none()) {
            return Err(self.lines.damaged("has a value of another kind than its column"));
        }
        *self.counts.entry(sql.table.name.to_owned()).or_default() += 1;
        Ok(row)
    }

    fn end(&mut self, rows: BTreeMap<String, u64>, checksum: String) -> Result<BackupReport, BackupError> {
        if checksum != self.lines.checksum() {
            return Err(self.lines.damaged("the checksum is another one: the file was changed"));
        }
        if rows != self.counts || !self.lines.is_at_end()? {
            return Err(self.lines.damaged("counts other rows than the file has, or is not its end"));
        }
        let created_at = Moment::from_micros(self.header.created_at);
        Ok(BackupReport { schema: self.header.schema, created_at, rows, checksum })
    }
}

/// Reads a backup from end to end without writing anything, and tells what it holds.
pub fn verify(input: impl BufRead) -> Result<BackupReport, BackupError> {
    let mut reading = Reading::begin(input)?;
    loop {
        if let Step::End(report) = reading.next()? {
            return Ok(report);
        }
    }
}

/// Sees that a database is free for a backup: without any schema, or with that of this release and no row in it.
/// Writes nothing, so that a store that somebody lives in is not even migrated.
pub async fn check_free(db: &Db) -> Result<(), BackupError> {
    match db.schema_state().await? {
        SchemaState::Current => {}
        _ if db.steps_done().await?.is_empty() => return Ok(()),
        _ => return Err(BackupError::InUse),
    }
    for sql in TABLE_SQL.iter() {
        if count(db, sql).await? > 0 {
            return Err(BackupError::NotEmpty(sql.table.name));
        }
    }
    Ok(())
}

/// Loads a backup into a database that is migrated and empty. The file is verified first, so that a damaged one
/// writes nothing. Rows go in as they stand: no task is run, no id is given anew. Broken off, it leaves a mark that
/// keeps the database from being taken for a store.
pub async fn load<R: BufRead + Seek + Send>(db: &Db, input: &mut R) -> Result<BackupReport, BackupError> {
    if db.schema_state().await? != SchemaState::Current {
        return Err(BackupError::OtherSchema);
    }
    check_free(db).await?;
    let start = input.stream_position()?;
    let report = verify(&mut *input)?;
    input.seek(SeekFrom::Start(start))?;
    db.set_fact(UNFINISHED, "1").await?;
    write_rows(db, input).await?;
    db.execute(FORGET_FACT, binds![UNFINISHED]).await?;
    for sql in TABLE_SQL.iter() {
        let (table, found) = (sql.table.name, count(db, sql).await?);
        let wanted = report.rows.get(table).copied().unwrap_or_default();
        if wanted != found {
            return Err(BackupError::Miscounted { table, wanted, found });
        }
    }
    Ok(report)
}

async fn count(db: &Db, sql: &'static TableSql) -> Result<u64, DbError> {
    let rows = db.fetch(&sql.count, &[]).await?;
    let count = rows.first().map(|row| row.int(0)).transpose()?.unwrap_or_default();
    Ok(u64::try_from(count).unwrap_or_default())
}

async fn write_rows<R: BufRead>(db: &Db, input: &mut R) -> Result<(), BackupError> {
    let mut reading = Reading::begin(input)?;
    let mut rows: Vec<Vec<Option<Cell>>> = Vec::new();
    let mut bytes = 0;
    loop {
        let before = reading.table.as_ref().map(|(sql, _)| *sql);
        let step = reading.next()?;
        let is_full = rows.len() >= TRANSACTION_ROWS_MAX || bytes + reading.lines.bytes() > TRANSACTION_BYTES_MAX;
        if is_full || !matches!(step, Step::Row(_)) {
            if let Some(sql) = before {
                db.retry(|| write_chunk(db, sql, &rows)).await?;
            }
            rows.clear();
            bytes = 0;
        }
        match step {
            Step::Row(row) => {
                bytes += reading.lines.bytes();
                rows.push(row);
            }
            Step::Table => {}
            Step::End(_) => return Ok(()),
        }
    }
}

async fn write_chunk(db: &Db, sql: &'static TableSql, rows: &[Vec<Option<Cell>>]) -> Result<(), DbError> {
    if rows.is_empty() {
        return Ok(());
    }
    let mut tx = db.begin().await?;
    let binds = rows.iter().map(|row| {
        row.iter().zip(sql.table.columns).filter_map(|(cell, column)| bind_cell(cell.as_ref(), column)).collect()
    });
    tx.put_rows(&sql.insert, binds.collect()).await?;
    tx.commit().await
}
