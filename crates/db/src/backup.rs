//! Backups: the whole store as lines of text, the same from every engine, taken while the shop sells.
//!
//! The first line names the format, the schema and the moment. Then each table: a line with its name and columns, and
//! a JSON array for every row in the order of its key. The last line counts the rows of each table and carries the
//! SHA-256 of everything before it, so that a file that was cut off or changed is noticed before a row is written.
//!
//! ```text
//! {"tradewind_backup":1,"schema":2,"created_at":1795489200000000}
//! {"table":"partners","columns":["id","code","name","oscar"]}
//! ["018f…","harbour","Harbour Warehouse",null]
//! {"rows":{"partners":1,…},"checksum":"9f86d0…"}
//! ```

mod copy;
mod dump;
mod load;
mod text;

pub use dump::dump;
pub use load::{check_free, load, verify};

use crate::error::DbError;
use crate::schema::{Kind, TABLES, Table};
use crate::sql::RowsSql;
use commerce::moment::Moment;
use std::collections::BTreeMap;
use std::sync::LazyLock;

/// Number of the format.
pub const BACKUP_FORMAT: u32 = 1;
/// Longest line of a backup: a row with its texts in every language.
pub const BACKUP_LINE_BYTES_MAX: usize = 16 << 20;
/// Rows that are read at once.
const CHUNK_ROWS: usize = 256;
/// Rows that one transaction writes; Aurora DSQL takes 3,000.
const TRANSACTION_ROWS_MAX: usize = 1_000;
/// Bytes of lines that one transaction writes; Aurora DSQL takes 10 MiB.
const TRANSACTION_BYTES_MAX: usize = 4 << 20;
/// Fact that stands in a database while it is filled, so that a half filled one is never taken for a store.
pub(crate) const UNFINISHED: &str = "restore_unfinished";

/// What a backup holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BackupReport {
    /// Number of the schema that it was made of.
    pub schema: i64,
    /// When.
    pub created_at: Moment,
    /// Rows of each table.
    pub rows: BTreeMap<String, u64>,
    /// SHA-256 of all lines but the last, in hexadecimal digits.
    pub checksum: String,
}

/// Why a backup was not made, or not loaded.
#[derive(Debug, thiserror::Error)]
pub enum BackupError {
    /// The file cannot be read or written.
    #[error("the backup file cannot be read or written: {0}")]
    Io(#[from] std::io::Error),
    /// The file is not a backup, was cut off or was changed; nothing was written.
    #[error("line {line} of the backup: {what}")]
    Damaged {
        /// Counted from 1.
        line: u64,
        /// What is wrong.
        what: String,
    },
    /// The file was made by a release that this one does not know; nothing was written.
    #[error("the backup is of {what}, which this release does not know")]
    Unknown {
        /// Format or schema with its number.
        what: String,
    },
    /// There is something in the database already; nothing was written.
    #[error("a backup goes into an empty database only, and there are rows in {0}")]
    NotEmpty(&'static str),
    /// Another release has made its schema there; nothing was written.
    #[error("a backup goes into an empty database only, and this one has the schema of another release")]
    InUse,
    /// The schema is not the one of this release.
    #[error("the database's schema is not that of this release; migrate it first")]
    OtherSchema,
    /// A restore into this database was broken off.
    #[error("a restore into this database was broken off; it is not a whole store")]
    Unfinished,
    /// Fewer or more rows arrived than were sent.
    #[error("{table} has {found} rows after loading instead of {wanted}")]
    Miscounted {
        /// The table.
        table: &'static str,
        /// Rows in the file.
        wanted: u64,
        /// Rows in the database.
        found: u64,
    },
    /// The database.
    #[error(transparent)]
    Db(#[from] DbError),
}

/// The statements of one table.
pub(crate) struct TableSql {
    pub(crate) table: &'static Table,
    /// The first rows.
    first: String,
    /// The rows after a key.
    next: String,
    pub(crate) count: String,
    insert: RowsSql,
}

/// Statements of every table that a backup holds, made from their declaration.
pub(crate) static TABLE_SQL: LazyLock<Vec<TableSql>> =
    LazyLock::new(|| TABLES.iter().filter(|table| table.is_backed_up).map(TableSql::of).collect());

impl TableSql {
    fn of(table: &'static Table) -> Self {
        let name = table.name;
        let columns = table.columns.iter().map(|column| column.name).collect::<Vec<_>>().join(", ");
        let keys: Vec<&str> = table.keys().collect();
        let places = (1..=keys.len()).map(|place| format!("${place}")).collect::<Vec<_>>().join(", ");
        let keys = keys.join(", ");
        let kinds = table.columns.iter().map(|column| {
            let kind = if column.kind == Kind::Int { "I" } else { "T" };
            format!("{} {kind}", column.name)
        });
        Self {
            table,
            first: format!("SELECT {columns} FROM {name} ORDER BY {keys} LIMIT {CHUNK_ROWS}"),
            next: format!(
                "SELECT {columns} FROM {name} WHERE ({keys}) > ({places}) ORDER BY {keys} LIMIT {CHUNK_ROWS}"
            ),
            count: format!("SELECT COUNT(*) FROM {name}"),
            insert: RowsSql::new(name, &kinds.collect::<Vec<_>>().join(", "), &[1, 8, 64]),
        }
    }
}

/// For the check that prepares every statement.
pub(crate) fn statements() -> Vec<&'static str> {
    let mut texts = Vec::new();
    for sql in TABLE_SQL.iter() {
        texts.extend([sql.first.as_str(), sql.next.as_str(), sql.count.as_str()]);
        texts.extend(sql.insert.texts());
    }
    texts.push(load::FORGET_FACT);
    texts
}
