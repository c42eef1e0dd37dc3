//! Price lists, and their prices of stock records.

use crate::codec::Place;
use crate::damaged::Listed;
use crate::engine::{Bind, Db, Row, Tx, binds};
use crate::error::DbError;
use crate::products::{price_row, product_id};
use crate::sql::{ListSql, RowsSql, Statements};
use commerce::basket::Quantity;
use commerce::ids::{CustomerGroupId, PriceId, PriceListId, ProductId, StockRecordId};
use commerce::market::MarketCode;
use commerce::moment::Moment;
use commerce::money::Currency;
use commerce::price_list::{ListEntry, ListedPrice, PRICE_LISTS_MAX, PriceEffect, PriceList, PriceListParts};
use std::collections::BTreeMap;
use std::sync::{Arc, LazyLock};

/// Entries that one call reads in the order of SKUs.
pub const LIST_PAGE_MAX: usize = 500;
/// Products of a list that one call names; who has more publishes everything.
pub const LIST_PRODUCTS_MAX: usize = 1_000;

const LIST: &str = "SELECT id, name, market, customer_group, effect, starts_at, ends_at, created_at, currency \
     FROM price_lists ORDER BY created_at, id LIMIT 1000";
const FIND: &str = "SELECT id, name, market, customer_group, effect, starts_at, ends_at, created_at, currency \
     FROM price_lists WHERE id = $1 LIMIT 1";
const COUNT: &str = "SELECT COUNT(*) FROM price_lists WHERE id <> $1";
const PUT: &str = "INSERT INTO price_lists (id, name, currency, market, customer_group, effect, starts_at, ends_at, \
     created_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9) ON CONFLICT (id) DO UPDATE SET name = excluded.name, \
     currency = excluded.currency, market = excluded.market, customer_group = excluded.customer_group, \
     effect = excluded.effect, starts_at = excluded.starts_at, ends_at = excluded.ends_at";
const DELETE: &str = "DELETE FROM price_lists WHERE id = $1 AND NOT EXISTS (SELECT 1 FROM price_list_entries e \
     WHERE e.list_id = $1)";
const SOME_ENTRIES: &str = "SELECT id FROM price_list_entries WHERE list_id = $1 ORDER BY id LIMIT 512";
const PRODUCTS: &str = "SELECT DISTINCT s.product_id FROM price_list_entries e JOIN stock_records s \
     ON s.id = e.stock_record_id WHERE e.list_id = $1 ORDER BY s.product_id LIMIT 1001";
const COUNT_OPEN: &str = "SELECT list_id, COUNT(*) FROM price_list_entries WHERE valid_until IS NULL GROUP BY list_id \
     ORDER BY list_id LIMIT 1000";
const PAGE: &str = "SELECT s.sku, e.minimum, e.amount, e.id FROM price_list_entries e JOIN stock_records s \
     ON s.id = e.stock_record_id WHERE e.list_id = $1 AND e.valid_until IS NULL AND (s.sku > $2 OR (s.sku = $2 \
     AND (e.minimum > $3 OR (e.minimum = $3 AND e.id > $4)))) ORDER BY s.sku, e.minimum, e.id LIMIT 500";

static OF_RECORDS: LazyLock<ListSql> = LazyLock::new(|| {
    ListSql::new(&format!(
        "SELECT e.stock_record_id, {LISTED_COLUMNS} FROM price_list_entries e JOIN price_lists l ON l.id = e.list_id \
         WHERE e.stock_record_id IN ({{keys}}) ORDER BY e.stock_record_id, e.id LIMIT 64000"
    ))
});
static RECORDS_BY_SKU: LazyLock<ListSql> = LazyLock::new(|| {
    ListSql::new("SELECT sku, id, product_id FROM stock_records WHERE sku IN ({keys}) ORDER BY sku, id LIMIT 640")
});
static DELETE_ENTRIES: LazyLock<ListSql> =
    LazyLock::new(|| ListSql::new("DELETE FROM price_list_entries WHERE id IN ({keys})"));
static PUT_ENTRIES: LazyLock<RowsSql> = LazyLock::new(|| {
    let columns = "id T, list_id T, stock_record_id T, minimum I, amount I, valid_from I, valid_until I";
    RowsSql::upsert("price_list_entries", columns, "id", &[], &[1, 8, 64])
});

pub(crate) const STATEMENTS: Statements = Statements {
    plain: &[LIST, FIND, COUNT, PUT, DELETE, SOME_ENTRIES, PRODUCTS, COUNT_OPEN, PAGE],
    lists: &[&OF_RECORDS, &RECORDS_BY_SKU, &DELETE_ENTRIES],
    rows: &[&PUT_ENTRIES],
};

/// Columns of an entry `e` with its list `l`, as [`listed_price`] reads them: first those of [`price_row`].
pub(crate) const LISTED_COLUMNS: &str = "e.id, l.currency, e.amount, e.valid_from, e.valid_until, e.minimum, l.id, \
     l.name, l.market, l.customer_group, l.effect, l.starts_at, l.ends_at, l.created_at";

/// A price of a list as files show it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ListedSku {
    /// Article number.
    pub sku: String,
    /// From so many units on.
    pub minimum: i64,
    /// In the currency's smallest unit.
    pub amount_minor: i64,
    /// Its id, from which the next page goes on.
    pub id: String,
}

/// A stock record by its article number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SkuRecord {
    /// The stock record.
    pub record: StockRecordId,
    /// The product that is offered.
    pub product: ProductId,
}

/// A list from the columns name, market, customer_group, effect, starts_at, ends_at, created_at, beginning at `first`.
fn list(row: &Row, key: &str, first: usize, currency: Currency) -> Result<PriceList, DbError> {
    let place = Place { table: "price_lists", key };
    let market = row.opt_text(first + 1)?;
    let effect = row.text(first + 3)?;
    let parts = PriceListParts {
        id: place.id(PriceListId::parse, key)?,
        name: row.text(first)?,
        currency,
        market: market.map(|raw| MarketCode::parse(&raw)).transpose().map_err(|error| place.damaged(error))?,
        group: row.opt_text(first + 2)?.map(|raw| place.id(CustomerGroupId::parse, &raw)).transpose()?,
        effect: PriceEffect::from_name(&effect).ok_or_else(|| place.damaged(format!("effect {effect}")))?,
        from: row.opt_int(first + 4)?.map(Moment::from_micros),
        until: row.opt_int(first + 5)?.map(Moment::from_micros),
        created_at: Moment::from_micros(row.int(first + 6)?),
    };
    PriceList::new(parts).map_err(|error| place.damaged(error))
}

/// A list from the columns of [`LIST`].
fn whole_list(row: &Row) -> Result<PriceList, DbError> {
    let key = row.text(0)?;
    let place = Place { table: "price_lists", key: &key };
    let currency = Currency::parse(&row.text(8)?).map_err(|error| place.damaged(error))?;
    list(row, &key, 1, currency)
}

/// An entry of a stock record with its list, from [`LISTED_COLUMNS`] beginning at `first`.
pub(crate) fn listed_price(row: &Row, record: StockRecordId, first: usize) -> Result<ListedPrice, DbError> {
    let key = row.text(first)?;
    let place = Place { table: "price_list_entries", key: &key };
    let price = price_row(row, first)?;
    let list = list(row, &row.text(first + 6)?, first + 7, price.amount.currency())?;
    let minimum = u32::try_from(row.int(first + 5)?).ok().and_then(|units| Quantity::new(units).ok());
    let minimum = minimum.ok_or_else(|| place.damaged("its minimum quantity is out of bounds"))?;
    let entry = ListEntry { list: list.id(), record, minimum, row: price };
    Ok(ListedPrice { list: Arc::new(list), entry })
}

fn by_record(rows: Vec<Row>) -> Result<BTreeMap<StockRecordId, Vec<ListedPrice>>, DbError> {
    let mut found: BTreeMap<StockRecordId, Vec<ListedPrice>> = BTreeMap::new();
    for row in rows {
        let key = row.text(0)?;
        let record = Place { table: "price_list_entries", key: &key }.id(StockRecordId::parse, &key)?;
        // What is damaged lowers nothing; `doctor` tells it.
        match listed_price(&row, record, 1) {
            Ok(price) => found.entry(record).or_default().push(price),
            Err(DbError::Damaged { .. }) => {}
            Err(error) => return Err(error),
        }
    }
    Ok(found)
}

impl Tx {
    pub(crate) async fn load_price_lists(&mut self) -> Result<Listed<PriceList>, DbError> {
        let mut listed = Listed::default();
        for row in self.fetch(LIST, &[]).await? {
            listed.take(whole_list(&row))?;
        }
        Ok(listed)
    }

    /// A list.
    pub async fn find_price_list(&mut self, id: PriceListId) -> Result<Option<PriceList>, DbError> {
        self.fetch(FIND, binds![&id.to_string()]).await?.first().map(whole_list).transpose()
    }

    /// Makes a list, or writes it over; when it was made stays. `false` where the store has as many as it may have.
    pub async fn put_price_list(&mut self, list: &PriceList) -> Result<bool, DbError> {
        let (id, currency) = (list.id().to_string(), list.currency().to_string());
        let others = self.fetch(COUNT, binds![&id]).await?.first().map(|row| row.int(0)).transpose()?;
        if others.is_some_and(|others| usize::try_from(others).is_ok_and(|others| PRICE_LISTS_MAX <= others)) {
            return Ok(false);
        }
        let group = list.group().map(|group| group.to_string());
        let binds = [
            Bind::from(&id),
            Bind::from(list.name()),
            Bind::from(&currency),
            Bind::from(list.market().map(MarketCode::as_str)),
            Bind::from(group.as_deref()),
            Bind::from(list.effect().name()),
            Bind::from(list.from().map(Moment::micros)),
            Bind::from(list.until().map(Moment::micros)),
            Bind::from(list.created_at().micros()),
        ];
        self.execute(PUT, &binds).await.map(|_| true)
    }

    /// Removes some entries of a list; `true` when the last are gone.
    pub async fn clear_price_list(&mut self, id: PriceListId) -> Result<bool, DbError> {
        let rows = self.fetch(SOME_ENTRIES, binds![&id.to_string()]).await?;
        let ids = rows.iter().map(|row| row.text(0)).collect::<Result<Vec<_>, _>>()?;
        self.execute_list(&DELETE_ENTRIES, &ids).await?;
        Ok(ids.len() < 512)
    }

    /// Removes a list that has no entries; `false` where it has some, or where there is none.
    pub async fn remove_price_list(&mut self, id: PriceListId) -> Result<bool, DbError> {
        Ok(self.execute(DELETE, binds![&id.to_string()]).await? > 0)
    }

    /// Products of which a list has a price, at most [`LIST_PRODUCTS_MAX`]; `None` where there are more.
    pub async fn products_of_price_list(&mut self, id: PriceListId) -> Result<Option<Vec<ProductId>>, DbError> {
        let rows = self.fetch(PRODUCTS, binds![&id.to_string()]).await?;
        if rows.len() > LIST_PRODUCTS_MAX {
            return Ok(None);
        }
        rows.iter().map(|row| product_id(&row.text(0)?)).collect::<Result<_, _>>().map(Some)
    }

    /// What lists have of these stock records.
    pub async fn listed_prices(
        &mut self,
        records: &[StockRecordId],
    ) -> Result<BTreeMap<StockRecordId, Vec<ListedPrice>>, DbError> {
        let keys: Vec<String> = records.iter().map(ToString::to_string).collect();
        by_record(self.fetch_list(&OF_RECORDS, &keys).await?)
    }

    /// Writes entries, new ones and changed ones.
    pub async fn put_list_entries(&mut self, entries: &[ListEntry]) -> Result<(), DbError> {
        let keys: Vec<[String; 3]> = entries
            .iter()
            .map(|entry| [entry.row.id.to_string(), entry.list.to_string(), entry.record.to_string()])
            .collect();
        let rows = entries.iter().zip(&keys).map(|(entry, [id, list, record])| {
            let (from, until) = (entry.row.from.map(Moment::micros), entry.row.until.map(Moment::micros));
            vec![
                id.into(),
                list.into(),
                record.into(),
                Bind::Int(i64::from(entry.minimum.get())),
                Bind::Int(entry.row.amount.minor()),
                from.into(),
                until.into(),
            ]
        });
        self.put_rows(&PUT_ENTRIES, rows.collect()).await
    }

    /// Removes entries.
    pub async fn remove_list_entries(&mut self, ids: &[PriceId]) -> Result<(), DbError> {
        let keys: Vec<String> = ids.iter().map(ToString::to_string).collect();
        self.execute_list(&DELETE_ENTRIES, &keys).await.map(|_| ())
    }
}

impl Db {
    /// All lists in the order in which they were made, those that are over included.
    pub async fn list_price_lists(&self) -> Result<Listed<PriceList>, DbError> {
        let mut listed = Listed::default();
        for row in self.fetch(LIST, &[]).await? {
            listed.take(whole_list(&row))?;
        }
        Ok(listed)
    }

    /// How many prices each list has that are not over.
    pub async fn count_listed_prices(&self) -> Result<BTreeMap<PriceListId, i64>, DbError> {
        let count = |row: &Row| {
            let key = row.text(0)?;
            Ok((Place { table: "price_list_entries", key: &key }.id(PriceListId::parse, &key)?, row.int(1)?))
        };
        self.fetch(COUNT_OPEN, &[]).await?.iter().map(count).collect()
    }

    /// What lists have of these stock records.
    pub async fn listed_prices(
        &self,
        records: &[StockRecordId],
    ) -> Result<BTreeMap<StockRecordId, Vec<ListedPrice>>, DbError> {
        let keys: Vec<String> = records.iter().map(ToString::to_string).collect();
        by_record(self.fetch_list(&OF_RECORDS, &keys).await?)
    }

    /// Prices of a list that are not over, after one; in the order of SKU and quantity, at most [`LIST_PAGE_MAX`].
    pub async fn list_prices_after(
        &self,
        list: PriceListId,
        after: Option<&ListedSku>,
    ) -> Result<Vec<ListedSku>, DbError> {
        let (sku, minimum, id) =
            after.map_or(("", 0, ""), |after| (after.sku.as_str(), after.minimum, after.id.as_str()));
        let rows = self.fetch(PAGE, binds![&list.to_string(), sku, minimum, id]).await?;
        let read = |row: &Row| {
            let (minimum, amount_minor) = (row.int(1)?, row.int(2)?);
            Ok(ListedSku { sku: row.text(0)?, minimum, amount_minor, id: row.text(3)? })
        };
        rows.iter().map(read).collect()
    }

    /// Stock records by their article numbers; partners may share one.
    pub async fn find_records_by_skus(&self, skus: &[String]) -> Result<BTreeMap<String, Vec<SkuRecord>>, DbError> {
        let mut found: BTreeMap<String, Vec<SkuRecord>> = BTreeMap::new();
        for row in self.fetch_list(&RECORDS_BY_SKU, skus).await? {
            let key = row.text(1)?;
            let record = Place { table: "stock_records", key: &key }.id(StockRecordId::parse, &key)?;
            found.entry(row.text(0)?).or_default().push(SkuRecord { record, product: product_id(&row.text(2)?)? });
        }
        Ok(found)
    }
}
