//! Statement texts: every one is a constant of the program, known to the check that prepares it on both engines.

use std::collections::HashSet;
use std::sync::LazyLock;

/// Sizes in which lists are sent; shorter ones are padded with NULL, so that a statement stays one of three texts.
const LIST_SIZES: [usize; 3] = [1, 8, 64];
/// Longest chunk of a list in one statement.
pub(crate) const LIST_MAX: usize = 64;

/// A statement over a list of keys, in a few sizes. In the template `{keys}` stands for the list.
pub(crate) struct ListSql(Vec<(usize, String)>);

impl ListSql {
    pub(crate) fn new(template: &str) -> Self {
        Self::with_sizes(template, &LIST_SIZES)
    }

    /// In other sizes than the usual ones, the smallest first.
    pub(crate) fn with_sizes(template: &str, sizes: &[usize]) -> Self {
        let text = |size: usize| {
            let keys = (1..=size).map(|place| format!("${place}")).collect::<Vec<_>>().join(", ");
            template.replace("{keys}", &keys)
        };
        Self(sizes.iter().map(|size| (*size, text(*size))).collect())
    }

    /// Keys that the largest statement takes.
    pub(crate) fn largest(&self) -> usize {
        self.0.last().map_or(1, |(size, _)| *size)
    }

    /// The text for so many keys (at most [`ListSql::largest`]), and how many it takes.
    pub(crate) fn pick(&'static self, keys: usize) -> (&'static str, usize) {
        let fitting = self.0.iter().find(|(size, _)| keys <= *size).or(self.0.last());
        fitting.map_or(("", 0), |(size, text)| (text.as_str(), *size))
    }

    fn texts(&'static self) -> impl Iterator<Item = &'static str> {
        self.0.iter().map(|(_, text)| text.as_str())
    }
}

/// An INSERT of many rows, in a few sizes. Rows that are not used have NULL in their first column and are left out.
pub(crate) struct RowsSql {
    sizes: Vec<(usize, String)>,
    /// For each value of a row, whether it is a number: a prepared statement keeps the types of its first use.
    pub(crate) numbers: Vec<bool>,
}

impl RowsSql {
    /// `columns` are names with `T` (text) or `I` (integer): `"order_id T, line I"`.
    pub(crate) fn new(table: &str, columns: &str, sizes: &[usize]) -> Self {
        Self::with_tail(table, columns, sizes, "")
    }

    /// Rows whose key (its columns parted by commas) is there already are overwritten, but for the columns of `keep`.
    pub(crate) fn upsert(table: &str, columns: &str, key: &str, keep: &[&str], sizes: &[usize]) -> Self {
        let names = columns.split(", ").filter_map(|column| column.split(' ').next());
        let written = names.filter(|name| !key.split(", ").any(|part| part == *name) && !keep.contains(name));
        let sets = written.map(|name| format!("{name} = excluded.{name}")).collect::<Vec<_>>().join(", ");
        let tail = if sets.is_empty() { "NOTHING".to_owned() } else { format!("UPDATE SET {sets}") };
        Self::with_tail(table, columns, sizes, &format!(" ON CONFLICT ({key}) DO {tail}"))
    }

    fn with_tail(table: &str, columns: &str, sizes: &[usize], tail: &str) -> Self {
        let columns: Vec<(&str, &str)> = columns
            .split(", ")
            .filter_map(|column| column.split_once(' '))
            .map(|(name, kind)| (name, if kind == "I" { "BIGINT" } else { "TEXT" }))
            .collect();
        let names = columns.iter().map(|(name, _)| *name).collect::<Vec<_>>().join(", ");
        let statement = |rows: usize| {
            let row = |row: usize| {
                let cast = |(place, (_, kind)): (usize, &(&str, &str))| {
                    format!("CAST(${} AS {kind})", row * columns.len() + place + 1)
                };
                format!("({})", columns.iter().enumerate().map(cast).collect::<Vec<_>>().join(", "))
            };
            let rows = (0..rows).map(row).collect::<Vec<_>>().join(", ");
            // The common table expression names the columns of VALUES on both engines.
            format!(
                "INSERT INTO {table} ({names}) WITH rows ({names}) AS (VALUES {rows}) \
                 SELECT {names} FROM rows WHERE {} IS NOT NULL{tail}",
                columns[0].0
            )
        };
        let numbers = columns.iter().map(|(_, kind)| *kind == "BIGINT").collect();
        Self { sizes: sizes.iter().map(|size| (*size, statement(*size))).collect(), numbers }
    }

    /// Rows that the largest statement takes.
    pub(crate) fn largest(&self) -> usize {
        self.sizes.last().map_or(1, |(size, _)| *size)
    }

    /// The text for so many rows, and how many it takes; `None` past the largest.
    pub(crate) fn pick(&'static self, rows: usize) -> Option<(&'static str, usize)> {
        self.sizes.iter().find(|(size, _)| rows <= *size).map(|(size, text)| (text.as_str(), *size))
    }

    pub(crate) fn texts(&'static self) -> impl Iterator<Item = &'static str> {
        self.sizes.iter().map(|(_, text)| text.as_str())
    }
}

/// Every statement of a module.
pub(crate) struct Statements {
    pub(crate) plain: &'static [&'static str],
    pub(crate) lists: &'static [&'static LazyLock<ListSql>],
    pub(crate) rows: &'static [&'static LazyLock<RowsSql>],
}

impl Statements {
    pub(crate) const fn plain(plain: &'static [&'static str]) -> Self {
        Self { plain, lists: &[], rows: &[] }
    }

    fn texts(&self) -> Vec<&'static str> {
        let mut texts = self.plain.to_vec();
        texts.extend(self.lists.iter().flat_map(|list| LazyLock::force(list).texts()));
        texts.extend(self.rows.iter().flat_map(|rows| LazyLock::force(rows).texts()));
        texts
    }
}

/// All statements of the program, for the check that prepares each on both engines.
pub fn all_statements() -> Vec<&'static str> {
    let mut texts: Vec<&'static str> = crate::MODULES.iter().flat_map(|module| module.texts()).collect();
    texts.extend(crate::inventory::STATEMENTS.iter().flat_map(Statements::texts));
    texts.extend(crate::check::STATEMENTS.iter().flat_map(Statements::texts));
    texts.extend(crate::check::statements());
    texts.extend(crate::backup::statements());
    texts
}

/// Whether a text is one of them; asked of every statement where debug assertions are on.
pub(crate) fn is_known(sql: &str) -> bool {
    static KNOWN: LazyLock<HashSet<&'static str>> = LazyLock::new(|| all_statements().into_iter().collect());
    KNOWN.contains(sql)
}
