//! Making a backup.

use super::text::{Cell, Header, Lines, Mark, read_cell};
use super::{BACKUP_FORMAT, BackupError, BackupReport, CHUNK_ROWS, TABLE_SQL, TableSql, UNFINISHED};
use crate::engine::{Bind, Db, Tx};
use crate::migrate::{SCHEMA_NUMBER, SchemaState};
use commerce::moment::Moment;
use std::collections::BTreeMap;
use std::io::Write;

/// Writes the whole store as of one moment; the shop goes on selling. Memory does not grow with the store: a few
/// hundred rows are held at a time. The caller gives a buffered writer, and makes the file last (a sync, a rename).
pub async fn dump<W: Write + Send>(db: &Db, out: &mut W, now: Moment) -> Result<BackupReport, BackupError> {
    if db.schema_state().await? != SchemaState::Current {
        return Err(BackupError::OtherSchema);
    }
    if db.find_fact(UNFINISHED).await?.is_some() {
        return Err(BackupError::Unfinished);
    }
    let mut lines = Lines::new(out);
    lines.write(&Header { tradewind_backup: BACKUP_FORMAT, schema: SCHEMA_NUMBER, created_at: now.micros() })?;
    let mut tx = db.begin_read().await?;
    let mut rows = BTreeMap::new();
    for sql in TABLE_SQL.iter() {
        let count = dump_table(&mut tx, sql, &mut lines).await?;
        rows.insert(sql.table.name.to_owned(), count);
    }
    tx.rollback().await;
    let checksum = lines.checksum();
    lines.write(&Mark::End { rows: rows.clone(), checksum: checksum.clone() })?;
    out.flush()?;
    Ok(BackupReport { schema: SCHEMA_NUMBER, created_at: now, rows, checksum })
}

async fn dump_table<W: Write + Send>(
    tx: &mut Tx,
    sql: &'static TableSql,
    lines: &mut Lines<'_, W>,
) -> Result<u64, BackupError> {
    let columns = sql.table.columns;
    let names = columns.iter().map(|column| column.name.to_owned()).collect();
    lines.write(&Mark::Table { table: sql.table.name.to_owned(), columns: names })?;
    let mut last: Vec<Cell> = Vec::new();
    let mut count = 0;
    loop {
        let keys: Vec<Bind<'_>> = last
            .iter()
            .map(|cell| match cell {
                Cell::Int(value) => Bind::Int(*value),
                Cell::Text(value) => Bind::Text(value),
            })
            .collect();
        let text = if keys.is_empty() { &sql.first } else { &sql.next };
        let chunk = tx.fetch(text, &keys).await?;
        for row in &chunk {
            let cells = (0..).zip(columns).map(|(place, column)| read_cell(row, place, column));
            let cells = cells.collect::<Result<Vec<_>, _>>()?;
            lines.write(&cells)?;
            count += 1;
            last = cells
                .into_iter()
                .zip(columns)
                .filter(|(_, column)| column.is_key)
                .filter_map(|(cell, _)| cell)
                .collect();
        }
        if chunk.len() < CHUNK_ROWS {
            return Ok(count);
        }
    }
}
