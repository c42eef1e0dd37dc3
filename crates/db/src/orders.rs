//! Orders: what was sold as one document, lines to look for, parcels, notes.

use crate::codec::{Place, to_json};
use crate::engine::{Bind, Db, Row, Tx, binds};
use crate::error::DbError;
use crate::frozen;
use crate::sql::{RowsSql, Statements};
use commerce::checkout::{FrozenCheckout, SoldDiscount};
use commerce::event::Actor;
use commerce::ids::{CheckoutId, OrderId, ParcelId, StockRecordId};
use commerce::moment::Moment;
use commerce::money::Money;
use commerce::order::{Order, OrderNumber, OrderState, ParcelContent, ParcelStatus};
use commerce::payment::LedgerSums;
use std::sync::LazyLock;

/// Orders on one page of a list.
pub const ORDERS_PAGE_MAX: usize = 100;
/// Notes that are shown of one order.
pub const NOTES_MAX: usize = 200;

const INSERT: &str = "INSERT INTO orders (id, number, state, body, market, currency, total, person, link_hash, placed_at, \
     withdrawn_at, version, oscar, oscar_status) VALUES ($1, $2, 'open', $3, $4, $5, $6, $7, $8, $9, NULL, 1, NULL, NULL) \
     ON CONFLICT DO NOTHING";
const BY_ID: &str = "SELECT id, state, body, placed_at, withdrawn_at, version FROM orders WHERE id = $1 LIMIT 1";
const BY_NUMBER: &str = "SELECT id FROM orders WHERE number = $1 LIMIT 1";
const BY_LINK: &str = "SELECT id FROM orders WHERE link_hash = $1 LIMIT 1";
const LIST: &str = "SELECT id, number, state, currency, total, placed_at FROM orders \
     WHERE (placed_at, id) < ($1, $2) ORDER BY placed_at DESC, id DESC LIMIT $3";
const LIST_STATE: &str = "SELECT id, number, state, currency, total, placed_at FROM orders \
     WHERE state = $4 AND (placed_at, id) < ($1, $2) ORDER BY placed_at DESC, id DESC LIMIT $3";
const SET_STATE: &str =
    "UPDATE orders SET state = $2, withdrawn_at = $3, version = version + 1 WHERE id = $1 AND version = $4";
const LINK: &str = "SELECT link_hash FROM orders WHERE id = $1 LIMIT 1";
const SET_LINK: &str = "UPDATE orders SET link_hash = $2 WHERE id = $1";
const SET_WITHDRAWAL: &str = "UPDATE orders SET withdrawal = $2 WHERE id = $1 AND withdrawal IS NULL";
const WITHDRAWAL: &str = "SELECT withdrawal FROM orders WHERE id = $1 LIMIT 1";
const PARCELS: &str = "SELECT id, status, tracking, units, packed_at FROM parcels WHERE order_id = $1 \
     ORDER BY packed_at, id LIMIT 200";
const INSERT_PARCEL: &str = "INSERT INTO parcels (id, order_id, status, tracking, units, packed_at, updated_at) \
     VALUES ($1, $2, $3, $4, $5, $6, $6)";
const INSERT_NOTE: &str = "INSERT INTO order_notes (id, order_id, at, actor_kind, actor_id, body) \
     VALUES ($1, $2, $3, $4, $5, $6)";
const NOTES: &str = "SELECT at, actor_kind, body FROM order_notes WHERE order_id = $1 ORDER BY at, id LIMIT 200";
const SHIPPED: &str = "UPDATE hold_lines SET shipped = shipped + $3 WHERE hold_id = $1 AND stock_record_id = $2 \
     AND bucket = $4 AND shipped + $3 <= units";
// What is not counted any more stays so: NULL minus anything is NULL.
const LEAVES_HOUSE: &str = "UPDATE stock_records SET on_hand = on_hand - $2 WHERE id = $1";
const CLAIMED_LINES: &str = "SELECT l.hold_id, l.bucket, l.units - l.shipped FROM hold_lines l JOIN holds h \
     ON h.id = l.hold_id WHERE h.checkout_id = $1 AND h.state = 'claimed' AND l.stock_record_id = $2 \
     AND l.shipped < l.units ORDER BY l.hold_id, l.bucket LIMIT 512";

static INSERT_LINES: LazyLock<RowsSql> = LazyLock::new(|| {
    let columns = "order_id T, line I, product_id T, stock_record_id T, sku T, quantity I, gross I";
    RowsSql::new("order_lines", columns, &[1, 8, 64, 256])
});
static INSERT_DISCOUNTS: LazyLock<RowsSql> = LazyLock::new(|| {
    let columns = "order_id T, position I, offer_id T, voucher_id T, effect T, times I, amount I, currency T";
    RowsSql::new("order_discounts", columns, &[1, 8, 64])
});

pub(crate) const STATEMENTS: Statements = Statements {
    plain: &[
        INSERT,
        BY_ID,
        BY_NUMBER,
        BY_LINK,
        LIST,
        LIST_STATE,
        SET_STATE,
        LINK,
        SET_LINK,
        SET_WITHDRAWAL,
        WITHDRAWAL,
        PARCELS,
        INSERT_PARCEL,
        INSERT_NOTE,
        NOTES,
        SHIPPED,
        LEAVES_HOUSE,
        CLAIMED_LINES,
    ],
    lists: &[],
    rows: &[&INSERT_LINES, &INSERT_DISCOUNTS],
};

/// An order in a list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OrderSummary {
    /// Its id.
    pub id: OrderId,
    /// Its number.
    pub number: OrderNumber,
    /// Its own state.
    pub state: OrderState,
    /// Its total with tax.
    pub total: Money,
    /// When it was placed.
    pub placed_at: Moment,
}

/// What a consumer declared when they withdrew: kept as they confirmed it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WithdrawalRow {
    /// Who withdraws, as they wrote it.
    pub name: String,
    /// Where the receipt goes, as they wrote it.
    pub email: String,
    /// Place of the line in the order, and units.
    pub units: Vec<(usize, u32)>,
}

/// A note on an order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OrderNote {
    /// When it was written.
    pub at: Moment,
    /// Kind of who wrote it.
    pub actor: String,
    /// The text.
    pub body: String,
}

fn order_id(raw: &str) -> Result<OrderId, DbError> {
    Place { table: "orders", key: raw }.id(OrderId::parse, raw)
}

fn state(place: Place<'_>, name: &str) -> Result<OrderState, DbError> {
    OrderState::from_name(name).ok_or_else(|| place.damaged(format!("state {name}")))
}

fn parcel(row: &Row) -> Result<ParcelContent, DbError> {
    let key = row.text(0)?;
    let place = Place { table: "parcels", key: &key };
    let status = row.text(1)?;
    Ok(ParcelContent {
        id: place.id(ParcelId::parse, &key)?,
        status: ParcelStatus::from_name(&status).ok_or_else(|| place.damaged(format!("status {status}")))?,
        tracking: row.text(2)?,
        units: place.json(&row.text(3)?)?,
        packed_at: Moment::from_micros(row.int(4)?),
    })
}

fn summary(row: &Row) -> Result<OrderSummary, DbError> {
    let key = row.text(0)?;
    let place = Place { table: "orders", key: &key };
    let currency = commerce::money::Currency::parse(&row.text(3)?).map_err(|error| place.damaged(error))?;
    Ok(OrderSummary {
        id: order_id(&key)?,
        number: OrderNumber::parse(&row.text(1)?).map_err(|error| place.damaged(error))?,
        state: state(place, &row.text(2)?)?,
        total: Money::from_minor(row.int(4)?, currency),
        placed_at: Moment::from_micros(row.int(5)?),
    })
}

impl Db {
    /// An order with its parcels and its money; three statements, all as of one moment.
    pub async fn find_order(&self, id: OrderId) -> Result<Option<Order>, DbError> {
        let mut tx = self.begin_read().await?;
        let order = tx.find_order(id).await?;
        tx.rollback().await;
        Ok(order)
    }

    /// Whether an order was placed.
    pub async fn has_order(&self, id: OrderId) -> Result<bool, DbError> {
        Ok(!self.fetch(BY_ID, binds![&id.to_string()]).await?.is_empty())
    }

    /// The order of that number.
    pub async fn find_order_by_number(&self, number: &OrderNumber) -> Result<Option<OrderId>, DbError> {
        let rows = self.fetch(BY_NUMBER, binds![number.as_str()]).await?;
        rows.first().map(|row| order_id(&row.text(0)?)).transpose()
    }

    /// The order that a guest's link leads to, by the hash of its token.
    pub async fn find_order_by_link(&self, hash: &str) -> Result<Option<OrderId>, DbError> {
        let rows = self.fetch(BY_LINK, binds![hash]).await?;
        rows.first().map(|row| order_id(&row.text(0)?)).transpose()
    }

    /// The newest orders before one (of one state, if named); at most [`ORDERS_PAGE_MAX`].
    pub async fn list_orders(
        &self,
        of: Option<OrderState>,
        before: Option<(Moment, OrderId)>,
        limit: usize,
    ) -> Result<Vec<OrderSummary>, DbError> {
        let (moment, id) = before.map_or((i64::MAX, "~".to_owned()), |(at, id)| (at.micros(), id.to_string()));
        let limit = i64::try_from(limit.min(ORDERS_PAGE_MAX)).unwrap_or(1);
        let rows = match of {
            Some(state) => self.fetch(LIST_STATE, binds![moment, &id, limit, state.name()]).await?,
            None => self.fetch(LIST, binds![moment, &id, limit]).await?,
        };
        rows.iter().map(summary).collect()
    }

    /// Notes of an order, in order of time.
    pub async fn list_notes(&self, id: OrderId) -> Result<Vec<OrderNote>, DbError> {
        let rows = self.fetch(NOTES, binds![&id.to_string()]).await?;
        let note =
            |row: &Row| Ok(OrderNote { at: Moment::from_micros(row.int(0)?), actor: row.text(1)?, body: row.text(2)? });
        rows.iter().map(note).collect()
    }

    /// What was declared when a consumer withdrew.
    pub async fn find_withdrawal(&self, id: OrderId) -> Result<Option<WithdrawalRow>, DbError> {
        let key = id.to_string();
        let rows = self.fetch(WITHDRAWAL, binds![&key]).await?;
        let Some(stored) = rows.first().map(|row| row.opt_text(0)).transpose()?.flatten() else { return Ok(None) };
        let (name, email, units) = Place { table: "orders", key: &key }.json(&stored)?;
        Ok(Some(WithdrawalRow { name, email, units }))
    }

    /// Hash of the link that leads to an order, if one does.
    pub async fn find_order_link(&self, id: OrderId) -> Result<Option<String>, DbError> {
        let rows = self.fetch(LINK, binds![&id.to_string()]).await?;
        Ok(rows.first().map(|row| row.opt_text(0)).transpose()?.flatten())
    }
}

impl Tx {
    /// Gives an order another link, or none: the link before leads nowhere any more.
    pub async fn set_order_link(&mut self, id: OrderId, hash: Option<&str>) -> Result<bool, DbError> {
        Ok(self.execute(SET_LINK, binds![&id.to_string(), hash]).await? > 0)
    }

    /// Places an order: the order, its lines and its discounts, a statement each whatever their number. `false`, and nothing written,
    /// if it was placed before; [`DbError::Taken`] if another order has its number.
    pub async fn insert_order(
        &mut self,
        sold: &FrozenCheckout,
        person: &str,
        link_hash: &str,
        now: Moment,
    ) -> Result<bool, DbError> {
        let (id, body) = (sold.id.to_string(), frozen::write(sold));
        let currency = sold.currency().to_string();
        let binds = binds![
            &id,
            sold.number.as_str(),
            &body,
            sold.market.as_str(),
            &currency,
            sold.total.gross().minor(),
            person,
            link_hash,
            now.micros()
        ];
        // Two that place one order at once meet in whichever unique index PostgreSQL looks at first, its number's
        // perhaps: so any conflict is no error of the statement, and what it was about is asked afterwards.
        if self.execute(INSERT, binds).await? == 0 {
            let placed_before = !self.fetch(BY_ID, binds![&id]).await?.is_empty();
            let constraint = "orders_number".to_owned();
            return if placed_before { Ok(false) } else { Err(DbError::Taken { constraint }) };
        }
        let keys: Vec<[String; 2]> =
            sold.lines.iter().map(|line| [line.product.to_string(), line.stock_record.to_string()]).collect();
        let rows = (0_i64..).zip(sold.lines.iter().zip(&keys)).map(|(place, (line, [product, record]))| {
            vec![
                (&id).into(),
                Bind::Int(place),
                product.into(),
                record.into(),
                (&line.sku).into(),
                i64::from(line.quantity).into(),
                line.total.gross().minor().into(),
            ]
        });
        self.put_rows(&INSERT_LINES, rows.collect()).await?;
        self.insert_order_discounts(sold, &id, &currency).await?;
        Ok(true)
    }

    /// What offers took off, to be counted by offer and by voucher; no statement where none did.
    async fn insert_order_discounts(&mut self, sold: &FrozenCheckout, id: &str, currency: &str) -> Result<(), DbError> {
        let ids = |discount: &SoldDiscount| {
            let voucher = discount.voucher.as_ref().map(|(voucher, _)| voucher.to_string());
            (discount.offer.to_string(), voucher)
        };
        let keys: Vec<(String, Option<String>)> = sold.discounts.iter().map(ids).collect();
        let rows = (0_i64..).zip(sold.discounts.iter().zip(&keys)).map(|(place, (discount, (offer, voucher)))| {
            vec![
                id.into(),
                Bind::Int(place),
                offer.into(),
                voucher.as_deref().into(),
                frozen::effect_name(discount.effect).into(),
                i64::from(discount.times).into(),
                discount.amount.minor().into(),
                currency.into(),
            ]
        });
        self.put_rows(&INSERT_DISCOUNTS, rows.collect()).await
    }

    /// An order with its parcels and its money; three statements.
    pub async fn find_order(&mut self, id: OrderId) -> Result<Option<Order>, DbError> {
        let key = id.to_string();
        let place = Place { table: "orders", key: &key };
        let rows = self.fetch(BY_ID, binds![&key]).await?;
        let Some(row) = rows.first() else { return Ok(None) };
        let sold = frozen::read(place, &row.text(2)?)?;
        let ledger = self.load_ledger(CheckoutId::new(id.uuid())).await?;
        let money = LedgerSums::of(sold.currency(), &ledger).map_err(|error| place.damaged(error))?;
        let mut by_card = LedgerSums::by_card(sold.currency(), &ledger).map_err(|error| place.damaged(error))?;
        // As they were typed; what came since is behind them.
        by_card
            .sort_by_key(|(card, _)| sold.tenders.iter().position(|tender| tender.card == *card).unwrap_or(usize::MAX));
        let parcels = self.fetch(PARCELS, binds![&key]).await?;
        Ok(Some(Order {
            id,
            sold,
            placed_at: Moment::from_micros(row.int(3)?),
            state: state(place, &row.text(1)?)?,
            withdrawn_at: row.opt_int(4)?.map(Moment::from_micros),
            parcels: parcels.iter().map(parcel).collect::<Result<_, _>>()?,
            money,
            by_card,
            version: row.int(5)?,
        }))
    }

    /// Writes an order's state; a conflict if somebody changed it since it was read.
    pub async fn update_order(&mut self, order: &Order) -> Result<(), DbError> {
        let withdrawn = order.withdrawn_at.map(Moment::micros);
        let id = order.id.to_string();
        let binds = binds![&id, order.state.name(), withdrawn, order.version];
        if self.execute(SET_STATE, binds).await? == 0 { Err(DbError::Conflict) } else { Ok(()) }
    }

    /// Keeps what a consumer declared when they withdrew; the first declaration stands.
    pub async fn set_withdrawal(&mut self, id: OrderId, declared: &WithdrawalRow) -> Result<(), DbError> {
        let (id, stored) = (id.to_string(), to_json(&(&declared.name, &declared.email, &declared.units)));
        self.execute(SET_WITHDRAWAL, binds![&id, &stored]).await.map(|_| ())
    }

    /// Writes a parcel that leaves the house.
    pub async fn insert_parcel(&mut self, order: OrderId, parcel: &ParcelContent) -> Result<(), DbError> {
        let (id, order, units) = (parcel.id.to_string(), order.to_string(), to_json(&parcel.units));
        let binds = binds![&id, &order, parcel.status.name(), &parcel.tracking, &units, parcel.packed_at.micros()];
        self.execute(INSERT_PARCEL, binds).await.map(|_| ())
    }

    /// Takes sold units of a stock record out of the house: they are neither claimed nor on hand any more.
    pub async fn ship_units(&mut self, order: OrderId, record: StockRecordId, units: i64) -> Result<(), DbError> {
        let (order, key) = (order.to_string(), record.to_string());
        let mut left = units;
        for row in self.fetch(CLAIMED_LINES, binds![&order, &key]).await? {
            let (hold, bucket, claimed) = (row.text(0)?, row.int(1)?, row.int(2)?);
            let now = claimed.min(left);
            if now > 0 {
                self.execute(SHIPPED, binds![&hold, &key, now, bucket]).await?;
                left -= now;
            }
        }
        let counted = units - left;
        if counted > 0 {
            self.execute(LEAVES_HOUSE, binds![&key, counted]).await?;
        }
        Ok(())
    }

    /// Writes a note.
    pub async fn insert_note(
        &mut self,
        id: &str,
        order: OrderId,
        actor: &Actor,
        body: &str,
        now: Moment,
    ) -> Result<(), DbError> {
        let (kind, actor_id) = actor.columns();
        let order = order.to_string();
        let binds = binds![id, &order, now.micros(), kind, &actor_id, body];
        self.execute(INSERT_NOTE, binds).await.map(|_| ())
    }
}
