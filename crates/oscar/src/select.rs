//! What is read of a table, and the SQL for it. Columns that this Oscar does not have are read as NULL.
//!
//! The text is put together from constants of this crate alone; keys are bound.

use crate::schema::Schema;
use commerce::catalogue::OscarKey;

/// What is read of one table. Names are `alias.column`; the table itself is `t`.
#[derive(Debug)]
pub(crate) struct Select {
    /// Whose rows these are; reports name it.
    pub(crate) table: &'static str,
    /// Rows beside it, at most one each.
    pub(crate) joins: &'static [Join],
    /// What is read; the key comes first.
    pub(crate) columns: &'static [&'static str],
}

/// A row that a column points at.
#[derive(Debug)]
pub(crate) struct Join {
    pub(crate) alias: &'static str,
    pub(crate) table: &'static str,
    /// The column that holds the key of the row.
    pub(crate) on: &'static str,
}

/// Keys of products: after one, up to another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Span {
    /// `None` from the start, rows without a key included.
    pub(crate) after: Option<OscarKey>,
    /// `None` to the end.
    pub(crate) until: Option<OscarKey>,
}

/// Which rows.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Filter {
    /// The first so many.
    First(usize),
    /// The first so many after a key.
    After(Option<OscarKey>, usize),
    /// Those whose column names a product of the span, or a parent of one.
    Of(&'static str, Whose, Span),
}

/// Whose rows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Whose {
    /// The products' own.
    Products,
    /// Those of the products' parents, and of the parents of those.
    Parents,
}

/// How an engine gives any cell as text, or nearly so.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Dialect {
    Sqlite,
    #[cfg(feature = "postgres")]
    Postgres,
}

/// A statement with the keys that it binds.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Statement {
    pub(crate) sql: String,
    pub(crate) keys: Vec<OscarKey>,
}

impl Select {
    /// The statement; a table that is not there, or has no key, has none.
    pub(crate) fn statement(
        &self,
        schema: &Schema,
        dialect: Dialect,
        filter: Filter,
        chars_max: usize,
    ) -> Option<Statement> {
        if !schema.has(self.table, "id") {
            return None;
        }
        let columns: Vec<String> =
            self.columns.iter().map(|column| self.cell(schema, dialect, column, chars_max)).collect();
        let mut sql = format!("SELECT {} FROM \"{}\" t", columns.join(", "), self.table);
        for join in self.joins.iter().filter(|join| self.joined(schema, join.alias).is_some()) {
            sql +=
                &format!(" LEFT JOIN \"{}\" {} ON {}.\"id\" = {}", join.table, join.alias, join.alias, quoted(join.on));
        }
        let mut keys = Vec::new();
        match filter {
            Filter::First(limit) => sql += &format!(" ORDER BY t.\"id\" LIMIT {limit}"),
            Filter::After(after, limit) => {
                if let Some(after) = after {
                    sql += " WHERE t.\"id\" > $1";
                    keys.push(after);
                }
                sql += &format!(" ORDER BY t.\"id\" LIMIT {limit}");
            }
            Filter::Of(column, whose, span) => sql += &self.of(schema, column, whose, span, &mut keys)?,
        }
        Some(Statement { sql, keys })
    }

    /// The rows of some products, in order of product and key, as the index of the products' key gives them.
    fn of(&self, schema: &Schema, column: &str, whose: Whose, span: Span, keys: &mut Vec<OscarKey>) -> Option<String> {
        if !self.has(schema, column) {
            return None;
        }
        let column = quoted(column);
        let condition = match whose {
            Whose::Products => span.condition(&column, keys),
            Whose::Parents if !schema.has("catalogue_product", "parent_id") => return None,
            Whose::Parents => {
                let children = span.condition("\"id\"", keys);
                let parents = format!("SELECT \"parent_id\" FROM \"catalogue_product\"{children}");
                // A child of a child belongs to the one above.
                let above = format!("SELECT \"parent_id\" FROM \"catalogue_product\" WHERE \"id\" IN ({parents})");
                format!(" WHERE {column} IN ({parents} UNION {above})")
            }
        };
        Some(format!("{condition} ORDER BY {column}, t.\"id\""))
    }

    fn cell(&self, schema: &Schema, dialect: Dialect, column: &str, chars_max: usize) -> String {
        if !self.has(schema, column) {
            return "NULL".to_owned();
        }
        let name = quoted(column);
        // One character more than is kept, so that a cut is noticed.
        let chars = chars_max + 1;
        match dialect {
            // A cast to text would print fifteen digits of a float only, and `substr` ends at a NUL.
            Dialect::Sqlite => {
                format!("CASE WHEN octet_length({name}) > {chars_max} THEN substr({name}, 1, {chars}) ELSE {name} END")
            }
            #[cfg(feature = "postgres")]
            Dialect::Postgres => format!("substr(CAST({name} AS TEXT), 1, {chars})"),
        }
    }

    /// Whether the column is there to be read.
    pub(crate) fn has(&self, schema: &Schema, column: &str) -> bool {
        let Some((alias, name)) = column.split_once('.') else { return false };
        self.joined(schema, alias).is_some_and(|table| schema.has(table, name))
    }

    /// The table of an alias, if it and all on the way to it are there.
    fn joined(&self, schema: &Schema, alias: &str) -> Option<&'static str> {
        if alias == "t" {
            return Some(self.table);
        }
        let join = self.joins.iter().find(|join| join.alias == alias)?;
        (schema.has(join.table, "id") && self.has(schema, join.on)).then_some(join.table)
    }
}

impl Span {
    fn condition(self, column: &str, keys: &mut Vec<OscarKey>) -> String {
        keys.extend(self.after);
        keys.extend(self.until);
        match (self.after, self.until) {
            (None, None) => String::new(),
            // Rows that name no product come with the first page, so that they are reported once.
            (None, Some(_)) => format!(" WHERE ({column} <= $1 OR {column} IS NULL)"),
            (Some(_), None) => format!(" WHERE {column} > $1"),
            (Some(_), Some(_)) => format!(" WHERE {column} > $1 AND {column} <= $2"),
        }
    }
}

/// How many rows of a table refer to each key in the span; `None` if the table or a column is not there.
pub(crate) fn count_by(
    schema: &Schema,
    table: &'static str,
    column: &'static str,
    equal: Option<(&'static str, OscarKey)>,
    span: Span,
) -> Option<Statement> {
    let is_there = schema.has(table, column) && equal.is_none_or(|(name, _)| schema.has(table, name));
    let mut keys = Vec::new();
    let condition = span.condition(&format!("\"{column}\""), &mut keys);
    let glue = if condition.is_empty() { " WHERE" } else { " AND" };
    let equal = equal.map(|(name, value)| {
        keys.push(value);
        format!("{glue} \"{name}\" = ${}", keys.len())
    });
    let equal = equal.unwrap_or_default();
    let sql = format!(
        "SELECT CAST(\"{column}\" AS BIGINT), COUNT(*) FROM \"{table}\"{condition}{equal} GROUP BY \"{column}\""
    );
    is_there.then_some(Statement { sql, keys })
}

/// `t.title` as `t."title"`; some columns have the names of keywords.
fn quoted(column: &str) -> String {
    column.replacen('.', ".\"", 1) + "\""
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::schema::ColumnRow;

    const SELECT: Select = Select {
        table: "product",
        joins: &[Join { alias: "p", table: "product", on: "t.parent_id" }],
        columns: &["t.id", "t.new", "p.id"],
    };

    fn schema(columns: &[&str]) -> Schema {
        Schema::new(columns.iter().map(|column| ColumnRow {
            table: "product".to_owned(),
            column: (*column).to_owned(),
            kind: "integer".to_owned(),
        }))
    }

    #[test]
    fn columns_that_are_not_there_are_null_and_their_joins_left_out() {
        let statement = |columns: &[&str], filter| SELECT.statement(&schema(columns), Dialect::Sqlite, filter, 9);
        let sql = statement(&["id"], Filter::After(Some(5), 2)).unwrap();
        assert_eq!(sql.keys, [5]);
        assert!(sql.sql.ends_with("END, NULL, NULL FROM \"product\" t WHERE t.\"id\" > $1 ORDER BY t.\"id\" LIMIT 2"));
        let sql = statement(&["id", "parent_id"], Filter::First(1)).unwrap().sql;
        assert!(sql.contains("LEFT JOIN \"product\" p ON p.\"id\" = t.\"parent_id\""), "{sql}");
        assert_eq!(statement(&[], Filter::First(1)), None);
    }
}
