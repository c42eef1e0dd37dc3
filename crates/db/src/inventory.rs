//! What a store holds, counted: for `tradewind inventory`, and to compare a store with the one that it was moved from.
//!
//! Everything is counted as of one moment. Products are read once from end to end, a thousand at a time; all else is a
//! fixed number of statements.

mod catalogue;
mod rules;
mod sales;

pub use catalogue::{CatalogueCount, CategoryCount, ClassCount, OptionCount};
pub use rules::{OfferCount, VoucherCount};
pub use sales::{MoneyCount, OrderCount, PartnerCount, StockCount};

use crate::backup::TABLE_SQL;
use crate::engine::{Db, Tx};
use crate::error::DbError;
use crate::sql::Statements;
use commerce::moment::Moment;
use std::collections::BTreeMap;

pub(crate) const STATEMENTS: &[Statements] = &[catalogue::STATEMENTS, sales::STATEMENTS];

/// What a store holds.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Inventory {
    /// Rows of each of the store's tables.
    pub tables: BTreeMap<&'static str, i64>,
    /// Rows as django-oscar would have them, under its tables' names: one for every value of an attribute, every
    /// place of a product in a category, every choice.
    pub rows: BTreeMap<&'static str, i64>,
    /// Products, classes, attributes.
    pub catalogue: CatalogueCount,
    /// Categories in the order of the tree, as shoppers see them.
    pub categories: Vec<CategoryCount>,
    /// Units and prices.
    pub stock: StockCount,
    /// Orders by state and currency.
    pub orders: Vec<OrderCount>,
    /// Offers in the order in which they were made.
    pub offers: Vec<OfferCount>,
    /// The first [`VOUCHERS_PER_PAGE_MAX`](crate::vouchers::VOUCHERS_PER_PAGE_MAX) vouchers, by their codes.
    pub vouchers: Vec<VoucherCount>,
}

impl Db {
    /// Counts everything, as of one moment; prices are those that hold `now`.
    pub async fn load_inventory(&self, now: Moment) -> Result<Inventory, DbError> {
        let mut tx = self.begin_read().await?;
        let setup = tx.load_catalogue_setup().await?;
        let mut inventory = Inventory { tables: tables(&mut tx).await?, ..Inventory::default() };
        catalogue::count(&mut tx, &setup, &mut inventory).await?;
        inventory.stock = sales::stock(&mut tx, now).await?;
        inventory.orders = sales::orders(&mut tx).await?;
        rules::count(&mut tx, &mut inventory).await?;
        tx.rollback().await;
        Ok(inventory)
    }
}

async fn tables(tx: &mut Tx) -> Result<BTreeMap<&'static str, i64>, DbError> {
    let mut tables = BTreeMap::new();
    for sql in TABLE_SQL.iter() {
        let rows = tx.fetch(&sql.count, &[]).await?;
        tables.insert(sql.table.name, rows.first().map(|row| row.int(0)).transpose()?.unwrap_or_default());
    }
    Ok(tables)
}
