//! Which tables and columns this Oscar has: versions differ, and stores add their own.

use std::collections::{HashMap, HashSet};

/// Tables without which a database is no Oscar.
pub(crate) const REQUIRED: [&str; 6] = [
    "catalogue_product",
    "catalogue_productclass",
    "catalogue_category",
    "catalogue_productcategory",
    "partner_partner",
    "partner_stockrecord",
];

/// One column of one table, as the engine lists it.
pub(crate) struct ColumnRow {
    pub(crate) table: String,
    pub(crate) column: String,
    /// The engine's word for its type.
    pub(crate) kind: String,
}

/// The columns of each table.
#[derive(Debug, Default)]
pub(crate) struct Schema {
    tables: HashMap<String, HashSet<String>>,
    /// Tables whose `id` is no whole number.
    odd_keys: HashSet<String>,
}

impl Schema {
    pub(crate) fn new(rows: impl IntoIterator<Item = ColumnRow>) -> Self {
        let mut schema = Self::default();
        for ColumnRow { table, column, kind } in rows {
            // `integer`, `bigint` of SQLite; `int4`, `int8` of PostgreSQL.
            if column == "id" && !kind.to_ascii_lowercase().contains("int") {
                schema.odd_keys.insert(table.clone());
            }
            schema.tables.entry(table).or_default().insert(column);
        }
        schema
    }

    pub(crate) fn has_table(&self, table: &str) -> bool {
        self.tables.contains_key(table)
    }

    pub(crate) fn has(&self, table: &str, column: &str) -> bool {
        self.tables.get(table).is_some_and(|columns| columns.contains(column))
    }

    /// The first table that an Oscar must have and this database has not.
    pub(crate) fn missing_table(&self) -> Option<&'static str> {
        REQUIRED.into_iter().find(|table| !self.has(table, "id"))
    }

    /// A table that must have whole numbers as keys and has others.
    pub(crate) fn odd_key(&self) -> Option<&'static str> {
        REQUIRED.into_iter().find(|table| self.odd_keys.contains(*table))
    }
}
