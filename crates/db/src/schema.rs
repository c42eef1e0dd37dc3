//! Every table and column of the store, and of each text what it holds: technical, catalogue text, or personal data
//! with its time. `doctor` fails on a column that is not declared here; a backup is made along it.

use crate::engine::{Db, Engine, Row};
use crate::error::DbError;

mod tables;

pub use tables::TABLES;

/// A table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Table {
    /// Its name.
    pub name: &'static str,
    /// Its columns in order.
    pub columns: &'static [Column],
    /// Whether a backup holds it; the books of the migrations are the new database's own.
    pub is_backed_up: bool,
}

/// A column.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Column {
    /// Its name.
    pub name: &'static str,
    /// What kind of values.
    pub kind: Kind,
    /// Whether a value may be missing.
    pub is_optional: bool,
    /// Whether it is part of the primary key.
    pub is_key: bool,
    /// What it tells, and of whom.
    pub class: Class,
}

/// The two kinds of column that every engine has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// `TEXT`
    Text,
    /// `BIGINT`
    Int,
}

/// What a column tells, and of whom.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Class {
    /// Ids, codes, states, amounts, moments: nothing about a person by itself.
    Technical,
    /// What the store says to everybody.
    Catalogue,
    /// About a person.
    Personal(Retention),
}

/// How long personal data is kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Retention {
    /// In words: `kept …`.
    pub kept: &'static str,
    /// Days after which it goes by itself; none where the law or the store's settings say.
    pub days: Option<u32>,
}

impl Table {
    /// Names of the primary key's columns.
    pub fn keys(&self) -> impl Iterator<Item = &'static str> {
        self.columns.iter().filter(|column| column.is_key).map(|column| column.name)
    }
}

/// The rule for a column of personal data; none for any other.
pub fn retention(table: &str, column: &str) -> Option<Retention> {
    let table = TABLES.iter().find(|known| known.name == table)?;
    match table.columns.iter().find(|known| known.name == column)?.class {
        Class::Personal(retention) => Some(retention),
        _ => None,
    }
}

/// A column as the engine tells it.
struct LiveColumn {
    table: String,
    name: String,
    kind: String,
    is_required: bool,
    is_key: bool,
}

const LITE_COLUMNS: &str = "SELECT m.name, c.name, c.type, c.\"notnull\", c.pk FROM sqlite_master m \
     JOIN pragma_table_info(m.name) c WHERE m.type = 'table' AND m.name NOT LIKE 'sqlite%' \
     ORDER BY m.name, c.cid LIMIT 10000";
#[cfg(feature = "postgres")]
const PG_COLUMNS: &str = "SELECT CAST(c.table_name AS TEXT), CAST(c.column_name AS TEXT), CAST(c.data_type AS TEXT), \
     CAST(CASE WHEN c.is_nullable = 'NO' THEN 1 ELSE 0 END AS BIGINT), \
     CAST((SELECT COUNT(*) FROM information_schema.key_column_usage k JOIN information_schema.table_constraints t \
     ON t.constraint_name = k.constraint_name AND t.table_schema = k.table_schema WHERE t.constraint_type = 'PRIMARY KEY' \
     AND k.table_schema = c.table_schema AND k.table_name = c.table_name AND k.column_name = c.column_name) AS BIGINT) \
     FROM information_schema.columns c WHERE c.table_schema = current_schema() \
     ORDER BY c.table_name, c.ordinal_position LIMIT 10000";

impl Db {
    /// Columns of the database that are not declared, as `table.column`. Empty where all is well.
    pub async fn unclassified_columns(&self) -> Result<Vec<String>, DbError> {
        let live = self.live_columns().await?;
        let unknown = live.iter().filter(|live| declared(&live.table, &live.name).is_none());
        Ok(unknown.map(|live| format!("{}.{}", live.table, live.name)).collect())
    }

    /// Where the database is not as it is declared, in words. Empty where all is well.
    pub async fn schema_differences(&self) -> Result<Vec<String>, DbError> {
        let live = self.live_columns().await?;
        let mut differences = Vec::new();
        for found in &live {
            let place = format!("{}.{}", found.table, found.name);
            let Some(column) = declared(&found.table, &found.name) else {
                differences.push(format!("{place} is not declared"));
                continue;
            };
            let kind = if column.kind == Kind::Text { "text" } else { "bigint" };
            if !found.kind.eq_ignore_ascii_case(kind) {
                differences.push(format!("{place} is {} instead of {kind}", found.kind));
            }
            // SQLite does not call a key required; what writes to it gives one all the same.
            if found.is_key != column.is_key || !(column.is_key || found.is_required != column.is_optional) {
                differences.push(format!("{place} is a key or may be missing otherwise than declared"));
            }
        }
        for (table, column) in TABLES.iter().flat_map(|table| table.columns.iter().map(move |column| (table, column))) {
            if !live.iter().any(|found| found.table == table.name && found.name == column.name) {
                differences.push(format!("{}.{} is missing", table.name, column.name));
            }
        }
        Ok(differences)
    }

    /// Asks the engine; the one question that each understands only in its own words.
    async fn live_columns(&self) -> Result<Vec<LiveColumn>, DbError> {
        let rows: Vec<Row> = match &self.engine {
            Engine::Lite { read, .. } => {
                sqlx::query(LITE_COLUMNS).fetch_all(read).await?.into_iter().map(Row::Lite).collect()
            }
            #[cfg(feature = "postgres")]
            Engine::Pg(server) => {
                sqlx::query(PG_COLUMNS).fetch_all(server.pool()?).await?.into_iter().map(Row::Pg).collect()
            }
        };
        let read = |row: &Row| {
            Ok(LiveColumn {
                table: row.text(0)?,
                name: row.text(1)?,
                kind: row.text(2)?,
                is_required: row.flag(3)?,
                is_key: row.flag(4)?,
            })
        };
        rows.iter().map(read).collect()
    }
}

fn declared(table: &str, column: &str) -> Option<&'static Column> {
    let table = TABLES.iter().find(|known| known.name == table)?;
    table.columns.iter().find(|known| known.name == column)
}
