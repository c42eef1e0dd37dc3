//! Statements over lists: any number of keys or rows, in chunks of a few sizes, so that every text stays a constant.

use crate::engine::{Bind, Db, Row, Tx};
use crate::error::DbError;
use crate::sql::{ListSql, RowsSql};
use std::sync::LazyLock;

/// The text for a chunk of keys, and its values: the keys, NULL for places that are not used.
fn chunk_of<'k>(sql: &'static ListSql, chunk: &'k [String]) -> (&'static str, Vec<Bind<'k>>) {
    let (text, size) = sql.pick(chunk.len());
    let mut binds: Vec<Bind<'_>> = chunk.iter().map(Bind::from).collect();
    binds.resize(size, Bind::OptText(None));
    (text, binds)
}

impl Db {
    /// Runs a statement over a list of any length, in chunks.
    pub(crate) async fn fetch_list(
        &self,
        sql: &'static LazyLock<ListSql>,
        keys: &[String],
    ) -> Result<Vec<Row>, DbError> {
        let sql = LazyLock::force(sql);
        let mut rows = Vec::new();
        for chunk in keys.chunks(sql.largest()) {
            let (text, binds) = chunk_of(sql, chunk);
            rows.extend(self.fetch(text, &binds).await?);
        }
        Ok(rows)
    }
}

impl Tx {
    /// Runs a statement over a list of any length, in chunks.
    pub(crate) async fn fetch_list(
        &mut self,
        sql: &'static LazyLock<ListSql>,
        keys: &[String],
    ) -> Result<Vec<Row>, DbError> {
        let sql = LazyLock::force(sql);
        let mut rows = Vec::new();
        for chunk in keys.chunks(sql.largest()) {
            let (text, binds) = chunk_of(sql, chunk);
            rows.extend(self.fetch(text, &binds).await?);
        }
        Ok(rows)
    }

    /// The same for a statement that writes; how many rows it changed.
    pub(crate) async fn execute_list(
        &mut self,
        sql: &'static LazyLock<ListSql>,
        keys: &[String],
    ) -> Result<u64, DbError> {
        let sql = LazyLock::force(sql);
        let mut changed = 0;
        for chunk in keys.chunks(sql.largest()) {
            let (text, binds) = chunk_of(sql, chunk);
            changed += self.execute(text, &binds).await?;
        }
        Ok(changed)
    }

    /// Writes rows in statements of the largest size that fits, the last one padded.
    pub(crate) async fn put_rows(&mut self, sql: &'static RowsSql, rows: Vec<Vec<Bind<'_>>>) -> Result<(), DbError> {
        for chunk in rows.chunks(sql.largest()) {
            let Some((text, size)) = sql.pick(chunk.len()) else { continue };
            let mut binds: Vec<Bind<'_>> = chunk.concat();
            // A row of NULLs is left out.
            let nothing =
                sql.numbers.iter().map(|number| if *number { Bind::OptInt(None) } else { Bind::OptText(None) });
            binds.extend(nothing.cycle().take((size - chunk.len()) * sql.numbers.len()));
            self.execute(text, &binds).await?;
        }
        Ok(())
    }
}
