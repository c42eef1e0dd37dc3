//! Ranges of products, with lists that may be longer than one transaction.
//!
//! A range is written in three steps: its entries under an edition of their own, some thousand rows a transaction;
//! then its row, which turns to that edition; then the entries of older editions go. Whoever reads sees the lists of
//! before or of after. A range that lacks entries is told as damaged.

use crate::codec::{Place, texts_column};
use crate::damaged::Listed;
use crate::engine::{Bind, Db, Row, Tx, binds};
use crate::error::DbError;
use crate::sql::{RowsSql, Statements};
use commerce::ids::{CategoryId, ProductClassId, ProductId, RangeId};
use commerce::language::Texts;
use commerce::moment::Moment;
use commerce::range::{Range, RangeLists};
use std::collections::BTreeMap;
use std::sync::{Arc, LazyLock};

/// Most ranges of a store: each offer may have two of its own.
pub const RANGES_MAX: usize = 2_000;
/// Entries that are read at once, and written or removed by one transaction.
const CHUNK_ROWS: usize = 1_000;

const LIST: &str = "SELECT id, position, name, description, is_public, takes_all, edition, entries, created_at, oscar \
     FROM ranges ORDER BY position, id LIMIT 2000";
const FIND: &str = "SELECT id, position, name, description, is_public, takes_all, edition, entries, created_at, oscar \
     FROM ranges WHERE id = $1 LIMIT 1";
const COUNT: &str = "SELECT COUNT(*) FROM ranges WHERE id <> $1";
// In the order of the key, which starts anew at each range.
const ALL_ENTRIES: &str = "SELECT e.range_id, e.list, e.entry_id, e.position FROM range_entries e JOIN ranges r \
     ON r.id = e.range_id AND r.edition = e.edition WHERE (e.range_id, e.position) > ($1, $2) \
     ORDER BY e.range_id, e.position LIMIT 1000";
const ENTRIES: &str = "SELECT range_id, list, entry_id, position FROM range_entries WHERE range_id = $1 \
     AND edition = $2 AND position > $3 ORDER BY position LIMIT 1000";
const COUNT_ENTRIES: &str = "SELECT COUNT(*) FROM range_entries WHERE range_id = $1 AND edition = $2";
const PUT: &str = "INSERT INTO ranges (id, position, name, description, is_public, takes_all, edition, entries, \
     created_at, oscar) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10) ON CONFLICT (id) DO UPDATE SET \
     name = excluded.name, description = excluded.description, is_public = excluded.is_public, \
     takes_all = excluded.takes_all, edition = excluded.edition, entries = excluded.entries";
const OTHER_EDITIONS: &str = "SELECT edition, MAX(position) FROM range_entries WHERE range_id = $1 \
     AND edition <> $2 GROUP BY edition ORDER BY edition LIMIT 100";
const DELETE_ENTRIES: &str = "DELETE FROM range_entries WHERE range_id = $1 AND edition = $2 AND position >= $3 \
     AND position < $4";
const DELETE: &str = "DELETE FROM ranges WHERE id = $1 AND NOT EXISTS (SELECT 1 FROM offers o \
     WHERE o.condition_range = $1 OR o.benefit_range = $1)";

static PUT_ENTRIES: LazyLock<RowsSql> = LazyLock::new(|| {
    let columns = "range_id T, edition I, position I, list T, entry_id T";
    RowsSql::new("range_entries", columns, &[1, 8, 64])
});

pub(crate) const STATEMENTS: Statements = Statements {
    plain: &[LIST, FIND, COUNT, ALL_ENTRIES, ENTRIES, COUNT_ENTRIES, PUT, OTHER_EDITIONS, DELETE_ENTRIES, DELETE],
    lists: &[],
    rows: &[&PUT_ENTRIES],
};

/// A range as staff keep it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredRange {
    /// Its id.
    pub id: RangeId,
    /// Its place among ranges, in the order in which they were made.
    pub position: i64,
    /// What people read.
    pub name: Texts,
    /// HTML that was cleaned before; empty for none.
    pub description: Texts,
    /// Whether shoppers may look at its products as a list of their own.
    pub is_public: bool,
    /// What it holds, in the order in which it is shown.
    pub lists: RangeLists,
    /// When it was made.
    pub created_at: Moment,
    /// Its key in Oscar.
    pub oscar: Option<i64>,
}

/// Which list of a range an entry belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum List {
    Product,
    Class,
    Category,
    ExcludedProduct,
    ExcludedCategory,
}

impl List {
    const ALL: [Self; 5] = [Self::Product, Self::Class, Self::Category, Self::ExcludedProduct, Self::ExcludedCategory];

    fn name(self) -> &'static str {
        match self {
            Self::Product => "product",
            Self::Class => "class",
            Self::Category => "category",
            Self::ExcludedProduct => "excluded_product",
            Self::ExcludedCategory => "excluded_category",
        }
    }
}

impl StoredRange {
    /// The range that rules speak of.
    pub fn range(&self) -> Result<Range, commerce::range::InvalidRange> {
        Range::new(self.id, self.lists.clone())
    }
}

/// Every entry with its list, in the order in which they are stored.
fn entries_of(lists: &RangeLists) -> Vec<(List, String)> {
    fn all<T: ToString>(list: List, ids: &[T]) -> impl Iterator<Item = (List, String)> {
        ids.iter().map(move |id| (list, id.to_string()))
    }
    all(List::Product, &lists.products)
        .chain(all(List::Class, &lists.classes))
        .chain(all(List::Category, &lists.categories))
        .chain(all(List::ExcludedProduct, &lists.excluded_products))
        .chain(all(List::ExcludedCategory, &lists.excluded_categories))
        .collect()
}

/// A range's row while its lists are read.
struct Head {
    range: StoredRange,
    edition: i64,
    entries: i64,
}

fn head(row: &Row) -> Result<Head, DbError> {
    let key = row.text(0)?;
    let place = Place { table: "ranges", key: &key };
    let range = StoredRange {
        id: place.id(RangeId::parse, &key)?,
        position: row.int(1)?,
        name: place.texts(&row.text(2)?)?,
        description: place.texts(&row.text(3)?)?,
        is_public: row.flag(4)?,
        lists: RangeLists { all: row.flag(5)?, ..RangeLists::default() },
        created_at: Moment::from_micros(row.int(8)?),
        oscar: row.opt_int(9)?,
    };
    Ok(Head { range, edition: row.int(6)?, entries: row.int(7)? })
}

fn add_entry(key: &str, lists: &mut RangeLists, row: &Row) -> Result<(), DbError> {
    let place = Place { table: "range_entries", key };
    let (name, id) = (row.text(1)?, row.text(2)?);
    match List::ALL.into_iter().find(|list| list.name() == name) {
        Some(List::Product) => lists.products.push(place.id(ProductId::parse, &id)?),
        Some(List::Class) => lists.classes.push(place.id(ProductClassId::parse, &id)?),
        Some(List::Category) => lists.categories.push(place.id(CategoryId::parse, &id)?),
        Some(List::ExcludedProduct) => lists.excluded_products.push(place.id(ProductId::parse, &id)?),
        Some(List::ExcludedCategory) => lists.excluded_categories.push(place.id(CategoryId::parse, &id)?),
        None => return Err(place.damaged(format!("there is no list {name}"))),
    }
    Ok(())
}

impl Head {
    /// The range, if all its entries are there and make one.
    fn finish(mut self, entries: Result<Entries, DbError>) -> Result<(StoredRange, Arc<Range>), DbError> {
        let key = self.range.id.to_string();
        let place = Place { table: "ranges", key: &key };
        let Entries { lists, count } = entries?;
        if count != self.entries {
            return Err(place.damaged(format!("it has {count} entries instead of {}", self.entries)));
        }
        self.range.lists = RangeLists { all: self.range.lists.all, ..lists };
        let range = self.range.range().map_err(|error| place.damaged(error))?;
        Ok((self.range, Arc::new(range)))
    }
}

/// The entries of one range.
#[derive(Default)]
struct Entries {
    lists: RangeLists,
    count: i64,
}

impl Entries {
    fn add(&mut self, key: &str, row: &Row) -> Result<(), DbError> {
        self.count += 1;
        add_entry(key, &mut self.lists, row)
    }
}

impl Tx {
    /// All ranges in the order in which they were made, with what rules take of each.
    pub(crate) async fn load_ranges(&mut self) -> Result<Listed<(StoredRange, Arc<Range>)>, DbError> {
        let mut entries: BTreeMap<String, Result<Entries, DbError>> = BTreeMap::new();
        let mut after = (String::new(), 0);
        loop {
            let rows = self.fetch(ALL_ENTRIES, binds![&after.0, after.1]).await?;
            for row in &rows {
                let key = row.text(0)?;
                let slot = entries.entry(key.clone()).or_insert_with(|| Ok(Entries::default()));
                if let Ok(known) = slot
                    && let Err(error) = known.add(&key, row)
                {
                    *slot = Err(error);
                }
            }
            match rows.last() {
                Some(last) if rows.len() == CHUNK_ROWS => after = (last.text(0)?, last.int(3)?),
                _ => break,
            }
        }
        let mut listed = Listed::default();
        for row in self.fetch(LIST, &[]).await? {
            let of_range = entries.remove(&row.text(0)?).unwrap_or_else(|| Ok(Entries::default()));
            listed.take(head(&row).and_then(|head| head.finish(of_range)))?;
        }
        Ok(listed)
    }

    async fn entries_of_range(&mut self, key: &str, edition: i64) -> Result<Entries, DbError> {
        let (mut entries, mut after) = (Entries::default(), 0);
        loop {
            let rows = self.fetch(ENTRIES, binds![key, edition, after]).await?;
            for row in &rows {
                entries.add(key, row)?;
            }
            match rows.last() {
                Some(last) if rows.len() == CHUNK_ROWS => after = last.int(3)?,
                _ => return Ok(entries),
            }
        }
    }

    /// Turns a range's row to the entries that were written under an edition, or makes it. `false` where the store
    /// has as many ranges as it may have; damaged where somebody else has written the range meanwhile and swept.
    pub async fn put_range(&mut self, range: &StoredRange, edition: i64) -> Result<bool, DbError> {
        let id = range.id.to_string();
        let others = self.fetch(COUNT, binds![&id]).await?.first().map(|row| row.int(0)).transpose()?;
        if others.is_some_and(|others| usize::try_from(others).is_ok_and(|others| RANGES_MAX <= others)) {
            return Ok(false);
        }
        let (name, description) = (texts_column(&range.name), texts_column(&range.description));
        let entries = i64::try_from(entries_of(&range.lists).len()).unwrap_or(i64::MAX);
        let written = self.fetch(COUNT_ENTRIES, binds![&id, edition]).await?;
        if written.first().map(|row| row.int(0)).transpose()? != Some(entries) {
            return Err(DbError::damaged("range_entries", &id, "somebody else has written the range meanwhile"));
        }
        let binds = binds![
            &id,
            range.position,
            &name,
            &description,
            range.is_public,
            range.lists.all,
            edition,
            entries,
            range.created_at.micros(),
            range.oscar
        ];
        self.execute(PUT, binds).await.map(|_| true)
    }

    /// Whether there is such a range.
    pub async fn has_range(&mut self, id: RangeId) -> Result<bool, DbError> {
        Ok(!self.fetch(FIND, binds![&id.to_string()]).await?.is_empty())
    }

    /// Removes a range that no offer speaks of; `false` where one does, or where there is none. Its entries go with
    /// [`Db::sweep_range_entries`].
    pub async fn remove_range(&mut self, id: RangeId) -> Result<bool, DbError> {
        Ok(self.execute(DELETE, binds![&id.to_string()]).await? > 0)
    }
}

impl Db {
    /// All ranges, in the order in which they were made.
    pub async fn list_ranges(&self) -> Result<Listed<StoredRange>, DbError> {
        let mut tx = self.begin_read().await?;
        let Listed { entries, damaged } = tx.load_ranges().await?;
        tx.rollback().await;
        Ok(Listed { entries: entries.into_iter().map(|(range, _)| range).collect(), damaged })
    }

    /// One range with its lists.
    pub async fn find_range(&self, id: RangeId) -> Result<Option<StoredRange>, DbError> {
        let key = id.to_string();
        let mut tx = self.begin_read().await?;
        let found = match tx.fetch(FIND, binds![&key]).await?.first().map(head).transpose()? {
            Some(head) => {
                let entries = tx.entries_of_range(&key, head.edition).await?;
                Some(head.finish(Ok(entries))?.0)
            }
            None => None,
        };
        tx.rollback().await;
        Ok(found)
    }

    /// Writes a range's lists under an edition that nobody else uses (a number made at random), in as many
    /// transactions as they need. Nobody sees them before [`Tx::put_range`] turns the range's row to them.
    pub async fn write_range_entries(&self, id: RangeId, lists: &RangeLists, edition: i64) -> Result<(), DbError> {
        let (key, entries) = (id.to_string(), entries_of(lists));
        let mut position = 0;
        for chunk in entries.chunks(CHUNK_ROWS) {
            let first = position;
            position += i64::try_from(chunk.len()).unwrap_or_default();
            self.retry(async || {
                let rows = (first + 1..).zip(chunk).map(|(position, (list, entry))| {
                    vec![
                        Bind::from(&key),
                        Bind::from(edition),
                        Bind::from(position),
                        Bind::from(list.name()),
                        Bind::from(entry),
                    ]
                });
                let mut tx = self.begin().await?;
                tx.put_rows(LazyLock::force(&PUT_ENTRIES), rows.collect()).await?;
                tx.commit().await
            })
            .await?;
        }
        Ok(())
    }

    /// Removes the entries of a range that stand under other editions than the one to keep; all of them where the
    /// range is gone.
    pub async fn sweep_range_entries(&self, id: RangeId) -> Result<(), DbError> {
        let key = id.to_string();
        let kept = self.fetch(FIND, binds![&key]).await?.first().map(|row| row.int(6)).transpose()?;
        // Editions are above nought.
        for row in self.fetch(OTHER_EDITIONS, binds![&key, kept.unwrap_or_default()]).await? {
            let (edition, last) = (row.int(0)?, row.int(1)?);
            let window = i64::try_from(CHUNK_ROWS).unwrap_or(1);
            let mut from = 1;
            while from <= last {
                self.execute(DELETE_ENTRIES, binds![&key, edition, from, from + window]).await?;
                from += window;
            }
        }
        Ok(())
    }
}
