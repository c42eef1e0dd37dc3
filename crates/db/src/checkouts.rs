//! Checkouts, holds and the stock that they take: freeze and hold, claim, release.
//!
//! `stock_buckets.free` is the only counter that buyers fight over. A hold's units stand in `hold_lines`; whether
//! they are held, on their way back, gone back or sold is the state of the one row in `holds`.

use crate::codec::Place;
use crate::engine::{Bind, Db, Row, Tx, binds};
use crate::error::DbError;
use crate::frozen;
use crate::gift_cards;
use crate::price_lists::{LISTED_COLUMNS, listed_price};
use crate::products::price_row;
use crate::sql::{ListSql, RowsSql, Statements};
use crate::uses::GIVE_BACK;
use commerce::catalogue::PriceRow;
use commerce::checkout::FrozenCheckout;
use commerce::ids::{CheckoutId, HoldId, PartnerId, StockRecordId};
use commerce::moment::Moment;
use commerce::price_list::ListedPrice;
use commerce::stock::{Bucket, Take};
use std::collections::BTreeMap;
use std::sync::LazyLock;

/// Old checkouts that one call forgets: with their lines they stay below 3,000 rows, Aurora DSQL's most.
pub const OLD_CHECKOUTS_MAX: usize = 64;
/// Expired holds that one call lists.
pub const EXPIRED_HOLDS_MAX: usize = 64;

const FIND: &str = "SELECT body, content_hash FROM checkouts WHERE id = $1 LIMIT 1";
const BEFORE_FREEZE: &str = "SELECT 'content', c.content_hash, 0 FROM checkouts c WHERE c.id = $1 UNION ALL \
     SELECT 'open', '', COUNT(*) FROM holds h WHERE h.person = $2 AND h.state = 'held' AND h.expires_at > $3 \
     UNION ALL SELECT 'rules', f.value, 0 FROM store_facts f WHERE f.name = 'rules'";
const INSERT: &str = "INSERT INTO checkouts (id, number, content_hash, body, gateway, person, frozen_at) \
     VALUES ($1, $2, $3, $4, $5, $6, $7)";
const INSERT_HOLD: &str = "INSERT INTO holds (id, checkout_id, person, state, expires_at, created_at) \
     VALUES ($1, $2, $3, $4, $5, $6)";
const TAKE: &str =
    "UPDATE stock_buckets SET free = free - $1 WHERE stock_record_id = $2 AND bucket = $3 AND free >= $1";
const CLAIM: &str = "UPDATE holds SET state = 'claimed' WHERE checkout_id = $1 AND state IN ('held', 'releasing')";
const BEGIN_RELEASE: &str = "UPDATE holds SET state = 'releasing' WHERE id = $1 AND state = 'held'";
const END_RELEASE: &str = "UPDATE holds SET state = 'released' WHERE id = $1 AND state = 'releasing'";
const POSTPONE_RELEASE: &str = "UPDATE holds SET expires_at = $2 WHERE id = $1 AND state = 'releasing'";
const RELEASE_CLAIMED: &str = "UPDATE holds SET state = 'released' WHERE id = $1 AND state = 'claimed'";
const HOLD_OF: &str = "SELECT id, checkout_id, state, expires_at FROM holds WHERE checkout_id = $1 \
     ORDER BY created_at, id LIMIT 8";
const EXPIRED: &str = "SELECT id, checkout_id, state, expires_at FROM holds WHERE state IN ('held', 'releasing') \
     AND expires_at <= $1 ORDER BY expires_at, id LIMIT 64";
const EXPIRED_OF: &str = "SELECT h.id, h.checkout_id, h.state, h.expires_at FROM hold_lines l JOIN holds h \
     ON h.id = l.hold_id WHERE l.stock_record_id = $1 AND h.state IN ('held', 'releasing') AND h.expires_at <= $2 \
     ORDER BY h.expires_at, h.id LIMIT 64";
// Uses first, then units, then cards: whoever takes several of these takes them in this order.
const HELD: &str = "SELECT 'use', subject, times, discount, '' FROM hold_uses WHERE hold_id = $1 UNION ALL \
     SELECT 'unit', stock_record_id, units - shipped, bucket, '' FROM hold_lines WHERE hold_id = $1 UNION ALL \
     SELECT 'card', c.card_id, c.amount, 0, h.checkout_id FROM hold_cards c JOIN holds h ON h.id = c.hold_id \
     WHERE c.hold_id = $1 ORDER BY 1 DESC, 2, 4 LIMIT 8192";
const PUT_BACK: &str = "INSERT INTO stock_buckets (stock_record_id, bucket, free) VALUES ($2, $3, $1) \
     ON CONFLICT (stock_record_id, bucket) DO UPDATE SET free = stock_buckets.free + excluded.free";
const SHORT_OF: &str = "SELECT (SELECT CAST(COALESCE(SUM(b.free), 0) AS BIGINT) FROM stock_buckets b \
     WHERE b.stock_record_id = $1), (SELECT CAST(COALESCE(SUM(l.units), 0) AS BIGINT) FROM hold_lines l \
     JOIN holds h ON h.id = l.hold_id WHERE l.stock_record_id = $1 AND h.state IN ('held', 'releasing')), \
     (SELECT MIN(h.expires_at) FROM hold_lines l JOIN holds h ON h.id = l.hold_id WHERE l.stock_record_id = $1 \
     AND h.state IN ('held', 'releasing'))";
const OLD: &str = "SELECT c.id FROM checkouts c LEFT JOIN orders o ON o.id = c.id \
     WHERE c.frozen_at < $1 AND o.id IS NULL \
     AND NOT EXISTS (SELECT 1 FROM payments p WHERE p.checkout_id = c.id AND p.ask_at IS NOT NULL) \
     AND NOT EXISTS (SELECT 1 FROM holds h WHERE h.checkout_id = c.id AND h.state <> 'released') \
     ORDER BY c.frozen_at, c.id LIMIT 64";

/// Prices, buckets and partners of the stock records in one answer: stock record, kind, then the columns of a price, of
/// a bucket, or of the partner. What lists have comes first: its columns are the most, and give the others their types.
static PRICES_AND_STOCK: LazyLock<ListSql> = LazyLock::new(|| {
    // The largest size takes the most lines that a basket has.
    const NONE: &str = "NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL";
    ListSql::with_sizes(
        &format!(
            "SELECT e.stock_record_id, 'listed', {LISTED_COLUMNS} FROM price_list_entries e \
             JOIN price_lists l ON l.id = e.list_id WHERE e.stock_record_id IN ({{keys}}) UNION ALL \
             SELECT stock_record_id, 'price', id, currency, amount, valid_from, valid_until, {NONE} FROM prices \
             WHERE stock_record_id IN ({{keys}}) UNION ALL \
             SELECT stock_record_id, 'bucket', '', '', bucket, free, NULL, {NONE} FROM stock_buckets \
             WHERE stock_record_id IN ({{keys}}) UNION ALL \
             SELECT s.id, 'partner', p.id, p.name, s.on_hand, NULL, NULL, {NONE} FROM stock_records s \
             JOIN partners p ON p.id = s.partner_id WHERE s.id IN ({{keys}}) ORDER BY 1, 2, 5 LIMIT 65536"
        ),
        &[1, 8, 64, 256],
    )
});
static INSERT_HOLD_LINES: LazyLock<RowsSql> = LazyLock::new(|| {
    RowsSql::new("hold_lines", "hold_id T, stock_record_id T, bucket I, units I, shipped I", &[1, 8, 64, 256])
});

static DELETE_HOLD_LINES: LazyLock<ListSql> = LazyLock::new(|| {
    ListSql::new("DELETE FROM hold_lines WHERE hold_id IN (SELECT h.id FROM holds h WHERE h.checkout_id IN ({keys}))")
});
static DELETE_HOLD_USES: LazyLock<ListSql> = LazyLock::new(|| {
    ListSql::new("DELETE FROM hold_uses WHERE hold_id IN (SELECT h.id FROM holds h WHERE h.checkout_id IN ({keys}))")
});
static DELETE_HOLD_CARDS: LazyLock<ListSql> = LazyLock::new(|| {
    ListSql::new("DELETE FROM hold_cards WHERE hold_id IN (SELECT h.id FROM holds h WHERE h.checkout_id IN ({keys}))")
});
static DELETE_HOLDS: LazyLock<ListSql> =
    LazyLock::new(|| ListSql::new("DELETE FROM holds WHERE checkout_id IN ({keys})"));
static DELETE_PAYMENTS: LazyLock<ListSql> = LazyLock::new(|| {
    ListSql::new(
        "DELETE FROM payments WHERE checkout_id IN ({keys}) \
         AND id NOT IN (SELECT l.payment_id FROM ledger l WHERE l.checkout_id IN ({keys}))",
    )
});
static DELETE_CHECKOUTS: LazyLock<ListSql> =
    LazyLock::new(|| ListSql::new("DELETE FROM checkouts WHERE id IN ({keys})"));

pub(crate) const STATEMENTS: Statements = Statements {
    plain: &[
        FIND,
        BEFORE_FREEZE,
        INSERT,
        INSERT_HOLD,
        TAKE,
        CLAIM,
        BEGIN_RELEASE,
        END_RELEASE,
        POSTPONE_RELEASE,
        RELEASE_CLAIMED,
        HOLD_OF,
        EXPIRED,
        EXPIRED_OF,
        HELD,
        PUT_BACK,
        SHORT_OF,
        OLD,
    ],
    lists: &[
        &PRICES_AND_STOCK,
        &DELETE_HOLD_LINES,
        &DELETE_HOLD_USES,
        &DELETE_HOLD_CARDS,
        &DELETE_HOLDS,
        &DELETE_PAYMENTS,
        &DELETE_CHECKOUTS,
    ],
    rows: &[&INSERT_HOLD_LINES],
};

/// Where a hold's units are.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum HoldState {
    /// Set aside for a checkout.
    Held,
    /// On their way back: the gateway is being told.
    Releasing,
    /// Back on the shelf.
    Released,
    /// Sold.
    Claimed,
}

impl HoldState {
    fn from_name(name: &str) -> Option<Self> {
        Some(match name {
            "held" => Self::Held,
            "releasing" => Self::Releasing,
            "released" => Self::Released,
            "claimed" => Self::Claimed,
            _ => return None,
        })
    }
}

/// A hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Hold {
    /// Its id.
    pub id: HoldId,
    /// Whose it is.
    pub checkout: CheckoutId,
    /// Where its units are.
    pub state: HoldState,
    /// When it ends by itself.
    pub expires_at: Moment,
}

/// What is on sale of a stock record, as of the transaction.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct OnSale {
    /// Its prices.
    pub prices: Vec<PriceRow>,
    /// What price lists have of it, whomever they are for.
    pub listed: Vec<ListedPrice>,
    /// Its buckets.
    pub buckets: Vec<Bucket>,
    /// Whose it is, with their name.
    pub partner: Option<(PartnerId, String)>,
    /// Whether its units are counted.
    pub is_counted: bool,
}

/// What stands in the way of a freeze.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct BeforeFreeze {
    /// Hash of the content that is frozen under this id already.
    pub frozen_content: Option<String>,
    /// Holds of the same person that have not ended.
    pub open_holds: i64,
    /// Edition of the rules of offers; empty where nothing was ever said.
    pub rules_edition: String,
}

/// How short a stock record is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Shortage {
    /// Units that nobody has.
    pub free: i64,
    /// Units in somebody's checkout.
    pub held: i64,
    /// When the first of these ends.
    pub first_expiry: Option<Moment>,
}

pub(crate) fn hold(row: &Row) -> Result<Hold, DbError> {
    let key = row.text(0)?;
    let place = Place { table: "holds", key: &key };
    let state = row.text(2)?;
    Ok(Hold {
        id: place.id(HoldId::parse, &key)?,
        checkout: place.id(CheckoutId::parse, &row.text(1)?)?,
        state: HoldState::from_name(&state).ok_or_else(|| place.damaged(format!("state {state}")))?,
        expires_at: Moment::from_micros(row.int(3)?),
    })
}

impl Db {
    /// A frozen checkout.
    pub async fn find_checkout(&self, id: CheckoutId) -> Result<Option<FrozenCheckout>, DbError> {
        let key = id.to_string();
        let rows = self.fetch(FIND, binds![&key]).await?;
        rows.first().map(|row| frozen::read(Place { table: "checkouts", key: &key }, &row.text(0)?)).transpose()
    }

    /// Holds of a checkout, the oldest first.
    pub async fn list_holds(&self, checkout: CheckoutId) -> Result<Vec<Hold>, DbError> {
        self.fetch(HOLD_OF, binds![&checkout.to_string()]).await?.iter().map(hold).collect()
    }

    /// Holds whose time is over but whose units are not back; at most [`EXPIRED_HOLDS_MAX`], the oldest first.
    pub async fn list_expired_holds(&self, now: Moment) -> Result<Vec<Hold>, DbError> {
        self.fetch(EXPIRED, binds![now.micros()]).await?.iter().map(hold).collect()
    }

    /// The same, only those that have units of a stock record.
    pub async fn list_expired_holds_of(&self, record: StockRecordId, now: Moment) -> Result<Vec<Hold>, DbError> {
        self.fetch(EXPIRED_OF, binds![&record.to_string(), now.micros()]).await?.iter().map(hold).collect()
    }

    /// Takes up a hold that is on its way back at a later moment, because its gateway could not be told.
    pub async fn postpone_release(&self, id: HoldId, until: Moment) -> Result<(), DbError> {
        self.execute(POSTPONE_RELEASE, binds![&id.to_string(), until.micros()]).await.map(|_| ())
    }

    /// Why a buyer found too little.
    pub async fn shortage(&self, record: StockRecordId) -> Result<Shortage, DbError> {
        let rows = self.fetch(SHORT_OF, binds![&record.to_string()]).await?;
        let Some(row) = rows.first() else { return Ok(Shortage { free: 0, held: 0, first_expiry: None }) };
        Ok(Shortage { free: row.int(0)?, held: row.int(1)?, first_expiry: row.opt_int(2)?.map(Moment::from_micros) })
    }

    /// Forgets checkouts from before that became no order, whose units are back and whose payments are settled, with
    /// their holds and payments; at most [`OLD_CHECKOUTS_MAX`]. A payment that the ledger names stays.
    pub async fn delete_old_checkouts(&self, before: Moment) -> Result<u64, DbError> {
        self.retry(|| self.try_delete_old_checkouts(before)).await
    }

    async fn try_delete_old_checkouts(&self, before: Moment) -> Result<u64, DbError> {
        let mut tx = self.begin().await?;
        let rows = tx.fetch(OLD, binds![before.micros()]).await?;
        let keys = rows.iter().map(|row| row.text(0)).collect::<Result<Vec<_>, _>>()?;
        if keys.is_empty() {
            tx.rollback().await;
            return Ok(0);
        }
        tx.execute_list(&DELETE_HOLD_LINES, &keys).await?;
        tx.execute_list(&DELETE_HOLD_USES, &keys).await?;
        tx.execute_list(&DELETE_HOLD_CARDS, &keys).await?;
        tx.execute_list(&DELETE_HOLDS, &keys).await?;
        tx.execute_list(&DELETE_PAYMENTS, &keys).await?;
        let gone = tx.execute_list(&DELETE_CHECKOUTS, &keys).await?;
        tx.commit().await?;
        Ok(gone)
    }
}

impl Tx {
    /// What is frozen under an id already, and how many holds a person has.
    pub async fn before_freeze(&mut self, id: CheckoutId, person: &str, now: Moment) -> Result<BeforeFreeze, DbError> {
        let mut found = BeforeFreeze::default();
        for row in self.fetch(BEFORE_FREEZE, binds![&id.to_string(), person, now.micros()]).await? {
            match row.text(0)?.as_str() {
                "content" => found.frozen_content = Some(row.text(1)?),
                "rules" => found.rules_edition = row.text(1)?,
                _ => found.open_holds = row.int(2)?,
            }
        }
        Ok(found)
    }

    /// Prices and buckets of stock records; one statement for a whole basket of them.
    pub async fn on_sale(&mut self, records: &[StockRecordId]) -> Result<BTreeMap<StockRecordId, OnSale>, DbError> {
        let mut found: BTreeMap<StockRecordId, OnSale> = records.iter().map(|id| (*id, OnSale::default())).collect();
        let keys: Vec<String> = records.iter().map(ToString::to_string).collect();
        for row in self.fetch_list(&PRICES_AND_STOCK, &keys).await? {
            let key = row.text(0)?;
            let id = Place { table: "stock_buckets", key: &key }.id(StockRecordId::parse, &key)?;
            let entry = found.entry(id).or_default();
            match row.text(1)?.as_str() {
                "price" => entry.prices.push(price_row(&row, 2)?),
                "listed" => match listed_price(&row, id, 2) {
                    Ok(price) => entry.listed.push(price),
                    // Pages were made without it, too.
                    Err(DbError::Damaged { .. }) => {}
                    Err(error) => return Err(error),
                },
                "bucket" => entry.buckets.push(Bucket { number: row.int(4)?, free: row.int(5)? }),
                _ => {
                    let partner = Place { table: "stock_records", key: &key }.id(PartnerId::parse, &row.text(2)?)?;
                    entry.partner = Some((partner, row.text(3)?));
                    entry.is_counted = row.opt_int(4)?.is_some();
                }
            }
        }
        for entry in found.values_mut() {
            entry.buckets.sort_by_key(|bucket| bucket.number);
        }
        Ok(found)
    }

    /// Writes a frozen checkout. `person` is a keyed hash of the address, never the address.
    pub async fn insert_checkout(
        &mut self,
        checkout: &FrozenCheckout,
        content_hash: &str,
        person: &str,
    ) -> Result<(), DbError> {
        let (id, body) = (checkout.id.to_string(), frozen::write(checkout));
        let (number, frozen_at) = (checkout.number.as_str(), checkout.frozen_at.micros());
        let binds = binds![&id, number, content_hash, &body, &checkout.gateway, person, frozen_at];
        self.execute(INSERT, binds).await.map(|_| ())
    }

    /// Writes a hold with its units, in two statements whatever their number. The units themselves leave the shelf
    /// by [`Tx::take_units`], last in the transaction.
    pub async fn insert_hold(
        &mut self,
        new: &Hold,
        person: &str,
        units: &[(StockRecordId, Take)],
        now: Moment,
    ) -> Result<(), DbError> {
        let (id, checkout) = (new.id.to_string(), new.checkout.to_string());
        let state = if new.state == HoldState::Claimed { "claimed" } else { "held" };
        let binds = binds![&id, &checkout, person, state, new.expires_at.micros(), now.micros()];
        self.execute(INSERT_HOLD, binds).await?;
        let records: Vec<String> = units.iter().map(|(record, _)| record.to_string()).collect();
        let rows = records.iter().zip(units).map(|(record, (_, take))| {
            vec![(&id).into(), record.into(), Bind::Int(take.bucket), Bind::Int(take.units), Bind::Int(0)]
        });
        self.put_rows(&INSERT_HOLD_LINES, rows.collect()).await
    }

    /// Takes units out of a bucket, all or none: one statement, so two checkouts cannot both win. A bucket that has
    /// too few by now is a conflict: the next attempt plans anew.
    pub async fn take_units(&mut self, record: StockRecordId, take: Take) -> Result<(), DbError> {
        let done = self.execute(TAKE, binds![take.units, &record.to_string(), take.bucket]).await?;
        if done == 0 { Err(DbError::Conflict) } else { Ok(()) }
    }

    /// Makes a checkout's held units sold; `false` if there is no hold that could be claimed.
    pub async fn claim_hold(&mut self, checkout: CheckoutId) -> Result<bool, DbError> {
        Ok(self.execute(CLAIM, binds![&checkout.to_string()]).await? > 0)
    }

    /// First step of a release: nobody but a claim may touch the hold now. `false` if it is not held any more.
    pub async fn begin_release(&mut self, id: HoldId) -> Result<bool, DbError> {
        Ok(self.execute(BEGIN_RELEASE, binds![&id.to_string()]).await? > 0)
    }

    /// Last step of a release: puts back the units and what gift cards were to pay. `false`, and nothing changed, if the
    /// hold was claimed or released meanwhile.
    pub async fn end_release(&mut self, id: HoldId, now: Moment) -> Result<bool, DbError> {
        if self.execute(END_RELEASE, binds![&id.to_string()]).await? == 0 {
            return Ok(false);
        }
        self.give_back(id, Some(now)).await.map(|()| true)
    }

    /// Puts sold units back, as when an order is cancelled; units that were sent stay gone, and money goes back by the
    /// order's ledger. `false` if they are not claimed.
    pub async fn release_claimed(&mut self, id: HoldId) -> Result<bool, DbError> {
        if self.execute(RELEASE_CLAIMED, binds![&id.to_string()]).await? == 0 {
            return Ok(false);
        }
        self.give_back(id, None).await.map(|()| true)
    }

    /// Gives everything back that a hold has taken: uses of offers and vouchers, units, and at that moment, if one is
    /// named, money of gift cards.
    async fn give_back(&mut self, id: HoldId, cards_at: Option<Moment>) -> Result<(), DbError> {
        for row in self.fetch(HELD, binds![&id.to_string()]).await? {
            let (what, key, count, other) = (row.text(0)?, row.text(1)?, row.int(2)?, row.int(3)?);
            match (what.as_str(), cards_at) {
                ("use", _) => drop(self.execute(GIVE_BACK, binds![&key, count, other]).await?),
                ("card", Some(now)) => gift_cards::give_back(self, (id, &row.text(4)?), &key, count, now).await?,
                ("unit", _) if count > 0 => drop(self.execute(PUT_BACK, binds![count, &key, other]).await?),
                _ => {}
            }
        }
        Ok(())
    }

    /// Holds of a checkout, the oldest first.
    pub async fn list_holds(&mut self, checkout: CheckoutId) -> Result<Vec<Hold>, DbError> {
        self.fetch(HOLD_OF, binds![&checkout.to_string()]).await?.iter().map(hold).collect()
    }
}
