//! Units, prices and orders of the inventory.

use crate::codec::Place;
use crate::engine::{Row, Tx, binds};
use crate::error::DbError;
use crate::sql::Statements;
use commerce::moment::Moment;
use commerce::money::{Currency, Money};
use commerce::order::OrderState;

const BY_PARTNER: &str = "SELECT p.name, p.code, COUNT(s.id), CAST(COALESCE(SUM(s.on_hand), 0) AS BIGINT), \
     CAST(COALESCE(SUM(t.taken), 0) AS BIGINT) FROM partners p LEFT JOIN stock_records s ON s.partner_id = p.id \
     LEFT JOIN (SELECT l.stock_record_id, CAST(SUM(l.units - l.shipped) AS BIGINT) AS taken FROM hold_lines l \
     JOIN holds h ON h.id = l.hold_id WHERE h.state IN ('held', 'releasing', 'claimed') GROUP BY l.stock_record_id) t \
     ON t.stock_record_id = s.id GROUP BY p.id, p.name, p.code ORDER BY p.code LIMIT 20000";
// The regular price: the dearest that has begun and has no end.
const BY_CURRENCY: &str = "SELECT p.currency, COUNT(DISTINCT s.id), CAST(SUM(p.amount) AS BIGINT), \
     CAST(SUM(p.amount * COALESCE(s.on_hand, 0)) AS BIGINT) FROM (SELECT stock_record_id, currency, \
     MAX(amount) AS amount FROM prices WHERE valid_until IS NULL AND (valid_from IS NULL OR valid_from <= $1) \
     GROUP BY stock_record_id, currency) p JOIN stock_records s ON s.id = p.stock_record_id \
     GROUP BY p.currency ORDER BY p.currency LIMIT 200";
const WITHOUT: &str = "SELECT (SELECT COUNT(*) FROM stock_records s WHERE NOT EXISTS (SELECT 1 FROM prices p \
     WHERE p.stock_record_id = s.id AND (p.valid_until IS NULL OR p.valid_until > $1))), (SELECT COUNT(*) FROM stock_records s WHERE s.on_hand IS NULL)";
const ORDERS: &str = "SELECT o.state, o.currency, COUNT(*), CAST(SUM(o.total) AS BIGINT), CAST(SUM(l.units) AS BIGINT) \
     FROM orders o LEFT JOIN (SELECT order_id, CAST(SUM(quantity) AS BIGINT) AS units FROM order_lines \
     GROUP BY order_id) l ON l.order_id = o.id GROUP BY o.state, o.currency ORDER BY o.state, o.currency LIMIT 1000";

pub(crate) const STATEMENTS: Statements = Statements::plain(&[BY_PARTNER, BY_CURRENCY, WITHOUT, ORDERS]);

/// Units and prices.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct StockCount {
    /// Stock records and units of each partner.
    pub by_partner: Vec<PartnerCount>,
    /// What prices add up to, by currency.
    pub by_currency: Vec<MoneyCount>,
    /// Stock records without a price of now or later.
    pub without_price: i64,
    /// Stock records whose units nobody counts.
    pub untracked: i64,
}

/// A partner's stock.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PartnerCount {
    /// The partner's name.
    pub partner: String,
    /// The partner's short name.
    pub code: String,
    /// Stock records.
    pub records: i64,
    /// Units in the house.
    pub units: i64,
    /// Units of these that are held or sold.
    pub allocated: i64,
}

/// What prices in one currency add up to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MoneyCount {
    /// Stock records that have such a price.
    pub records: i64,
    /// Sum of the prices.
    pub sum_price: Money,
    /// Sum of price times units in the house.
    pub value_in_stock: Money,
}

/// Orders of one state and currency.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OrderCount {
    /// The state.
    pub state: OrderState,
    /// How many.
    pub count: i64,
    /// Units that were sold.
    pub units: i64,
    /// Sum of the totals with tax.
    pub total: Money,
}

fn money(table: &'static str, row: &Row, code: &str, column: usize) -> Result<Money, DbError> {
    let currency = Currency::parse(code).map_err(|error| Place { table, key: code }.damaged(error))?;
    Ok(Money::from_minor(row.opt_int(column)?.unwrap_or_default(), currency))
}

pub(super) async fn stock(tx: &mut Tx, now: Moment) -> Result<StockCount, DbError> {
    let mut stock = StockCount::default();
    for row in tx.fetch(BY_PARTNER, &[]).await? {
        let (partner, code) = (row.text(0)?, row.text(1)?);
        let (records, units, allocated) = (row.int(2)?, row.int(3)?, row.int(4)?);
        stock.by_partner.push(PartnerCount { partner, code, records, units, allocated });
    }
    for row in tx.fetch(BY_CURRENCY, binds![now.micros()]).await? {
        let code = row.text(0)?;
        let (sum_price, value_in_stock) = (money("prices", &row, &code, 2)?, money("prices", &row, &code, 3)?);
        stock.by_currency.push(MoneyCount { records: row.int(1)?, sum_price, value_in_stock });
    }
    if let Some(row) = tx.fetch(WITHOUT, binds![now.micros()]).await?.first() {
        (stock.without_price, stock.untracked) = (row.int(0)?, row.int(1)?);
    }
    Ok(stock)
}

pub(super) async fn orders(tx: &mut Tx) -> Result<Vec<OrderCount>, DbError> {
    let rows = tx.fetch(ORDERS, &[]).await?;
    let read = |row: &Row| {
        let (name, code) = (row.text(0)?, row.text(1)?);
        let state = OrderState::from_name(&name)
            .ok_or_else(|| Place { table: "orders", key: &name }.damaged("no such state"))?;
        let units = row.opt_int(4)?.unwrap_or_default();
        Ok(OrderCount { state, count: row.int(2)?, units, total: money("orders", row, &code, 3)? })
    };
    rows.iter().map(read).collect()
}
