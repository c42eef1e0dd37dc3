//! Offers: their rules, and how much of each was used.

pub(crate) mod rule;

use crate::codec::{Place, texts_column};
use crate::damaged::Listed;
use crate::engine::{Bind, Db, Row, Tx, binds};
use crate::error::DbError;
use crate::ranges::StoredRange;
use crate::sql::Statements;
use commerce::ids::{OfferId, RangeId};
use commerce::language::Texts;
use commerce::moment::Moment;
use commerce::money::{Currency, Money};
use commerce::offer::{OFFERS_MAX, Offer, PartnerNames};
use commerce::range::Range;
use rule::{Columns, StoredRule, kind_name, rule_column};
use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

const LIST: &str = "SELECT id, position, name, description, kind, status, priority, starts_at, ends_at, \
     condition_range, benefit_range, rule, created_at, oscar FROM offers ORDER BY position, id LIMIT 1000";
const RULES: &str = "SELECT id, rule FROM offers ORDER BY position, id LIMIT 1000";
const COUNT: &str = "SELECT COUNT(*) FROM offers WHERE id <> $1";
const PUT: &str = "INSERT INTO offers (id, position, name, description, kind, status, priority, starts_at, ends_at, \
     condition_range, benefit_range, rule, created_at, oscar) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, \
     $12, $13, $14) ON CONFLICT (id) DO UPDATE SET name = excluded.name, description = excluded.description, \
     kind = excluded.kind, status = excluded.status, priority = excluded.priority, starts_at = excluded.starts_at, \
     ends_at = excluded.ends_at, condition_range = excluded.condition_range, \
     benefit_range = excluded.benefit_range, rule = excluded.rule";
const SET_STATUS: &str = "UPDATE offers SET status = $2 WHERE id = $1 AND status <> $2";
const DELETE: &str = "DELETE FROM offers WHERE id = $1 AND NOT EXISTS (SELECT 1 FROM voucher_offers v \
     WHERE v.offer_id = $1)";
const DELETE_USES: &str = "DELETE FROM offer_uses WHERE offer_id = $1";
const USES: &str = "SELECT u.offer_id, u.currency, CAST(SUM(u.applications) AS BIGINT), CAST(SUM(u.orders) AS BIGINT), \
     CAST(SUM(u.discount) AS BIGINT) FROM (SELECT offer_id, currency, applications, orders, discount FROM offer_uses \
     UNION ALL SELECT d.offer_id, d.currency, d.times, 1, d.amount FROM order_discounts d JOIN orders o \
     ON o.id = d.order_id WHERE o.state <> 'cancelled') u GROUP BY u.offer_id, u.currency \
     ORDER BY u.offer_id, u.currency LIMIT 10000";
// What another store has counted; orders here tell it themselves.
const BRING_USES: &str = "INSERT INTO offer_uses (offer_id, currency, bucket, applications, orders, discount) \
     VALUES ($1, $2, -1, $3, $4, $5) ON CONFLICT (offer_id, currency, bucket) DO UPDATE SET \
     applications = excluded.applications, orders = excluded.orders, discount = excluded.discount \
     WHERE offer_uses.applications <> excluded.applications OR offer_uses.orders <> excluded.orders \
     OR offer_uses.discount <> excluded.discount";

pub(crate) const STATEMENTS: Statements =
    Statements::plain(&[LIST, RULES, COUNT, PUT, SET_STATUS, DELETE, DELETE_USES, USES, BRING_USES]);

/// An offer as staff keep it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredOffer {
    /// The rule.
    pub offer: Offer,
    /// Its place among offers, in the order in which they were made; that order breaks ties.
    pub position: i64,
    /// HTML that was cleaned before; empty for none.
    pub description: Texts,
    /// When it was made.
    pub created_at: Moment,
    /// Its key in Oscar.
    pub oscar: Option<i64>,
}

/// Whether an offer applies or rests.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OfferStatus {
    /// It applies where and when its rule says.
    Open,
    /// It rests.
    Suspended,
}

/// How much of an offer or a voucher was used, in one currency.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Used {
    /// Times that it applied.
    pub applications: i64,
    /// Orders on which it did.
    pub orders: i64,
    /// What it has cost the store.
    pub discount: Money,
}

impl OfferStatus {
    fn of(offer: &Offer) -> Self {
        if offer.is_suspended() { Self::Suspended } else { Self::Open }
    }

    fn name(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Suspended => "suspended",
        }
    }
}

fn offer(row: &Row, ranges: &HashMap<RangeId, Arc<Range>>) -> Result<StoredOffer, DbError> {
    let key = row.text(0)?;
    let place = Place { table: "offers", key: &key };
    let range = |raw: &str| {
        let id = place.id(RangeId::parse, raw)?;
        ranges.get(&id).cloned().ok_or_else(|| place.damaged(format!("its range {id} is gone or damaged")))
    };
    let status = row.text(5)?;
    let known = [OfferStatus::Open, OfferStatus::Suspended].into_iter().find(|known| known.name() == status);
    let suspended = known.ok_or_else(|| place.damaged(format!("status {status}")))? == OfferStatus::Suspended;
    let columns = Columns {
        id: place.id(OfferId::parse, &key)?,
        name: place.texts(&row.text(2)?)?,
        kind: row.text(4)?,
        suspended,
        priority: i32::try_from(row.int(6)?).map_err(|_| place.damaged("its priority is out of bounds"))?,
        start: row.opt_int(7)?.map(Moment::from_micros),
        end: row.opt_int(8)?.map(Moment::from_micros),
        condition_range: range(&row.text(9)?)?,
        benefit_range: row.opt_text(10)?.map(|raw| range(&raw)).transpose()?,
    };
    Ok(StoredOffer {
        offer: StoredRule::read(place, &row.text(11)?)?.into_offer(place, columns)?,
        position: row.int(1)?,
        description: place.texts(&row.text(3)?)?,
        created_at: Moment::from_micros(row.int(12)?),
        oscar: row.opt_int(13)?,
    })
}

/// Counters of one row: key, currency, and the sums.
pub(crate) fn used(table: &'static str, row: &Row) -> Result<(String, Used), DbError> {
    let key = row.text(0)?;
    let place = Place { table, key: &key };
    let currency = Currency::parse(&row.text(1)?).map_err(|error| place.damaged(error))?;
    let discount = Money::from_minor(row.int(4)?, currency);
    Ok((key, Used { applications: row.int(2)?, orders: row.int(3)?, discount }))
}

impl Tx {
    /// All offers with their ranges.
    pub(crate) async fn load_offers(&mut self) -> Result<Listed<StoredOffer>, DbError> {
        let ranges = self.load_ranges().await?;
        let Listed { entries, damaged } = self.load_offers_of(&ranges.entries).await?;
        Ok(Listed { entries, damaged: ranges.damaged.into_iter().chain(damaged).collect() })
    }

    /// All offers, whose ranges were read before.
    pub(crate) async fn load_offers_of(
        &mut self,
        ranges: &[(StoredRange, Arc<Range>)],
    ) -> Result<Listed<StoredOffer>, DbError> {
        let ranges = ranges.iter().map(|(stored, range)| (stored.id, Arc::clone(range))).collect();
        let mut listed = Listed::default();
        for row in self.fetch(LIST, &[]).await? {
            listed.take(offer(&row, &ranges))?;
        }
        Ok(listed)
    }

    /// Makes an offer, or writes it over; its place, when it was made and its key stay. `false` where the store has
    /// as many offers as it may have.
    pub async fn put_offer(&mut self, stored: &StoredOffer) -> Result<bool, DbError> {
        let StoredOffer { offer, position, description, created_at, oscar } = stored;
        let id = offer.id().to_string();
        let others = self.fetch(COUNT, binds![&id]).await?.first().map(|row| row.int(0)).transpose()?;
        if others.is_some_and(|others| usize::try_from(others).is_ok_and(|others| OFFERS_MAX <= others)) {
            return Ok(false);
        }
        let (name, description, rule) = (texts_column(offer.name()), texts_column(description), rule_column(offer));
        let condition_range = offer.condition().range().id().to_string();
        let benefit_range = offer.benefit().range().map(|range| range.id().to_string());
        let binds = [
            Bind::from(&id),
            Bind::from(*position),
            Bind::from(&name),
            Bind::from(&description),
            Bind::from(kind_name(offer.kind())),
            Bind::from(OfferStatus::of(offer).name()),
            Bind::from(i64::from(offer.priority())),
            Bind::from(offer.start().map(Moment::micros)),
            Bind::from(offer.end().map(Moment::micros)),
            Bind::from(&condition_range),
            Bind::from(benefit_range.as_deref()),
            Bind::from(&rule),
            Bind::from(created_at.micros()),
            Bind::from(*oscar),
        ];
        self.execute(PUT, &binds).await.map(|_| true)
    }

    /// Lets an offer rest, or ends its rest; `false` where it did so already, or where there is none.
    pub async fn set_offer_status(&mut self, id: OfferId, status: OfferStatus) -> Result<bool, DbError> {
        Ok(self.execute(SET_STATUS, binds![&id.to_string(), status.name()]).await? > 0)
    }

    /// Removes an offer that no voucher leads to, with its counters; `false` where one does, or where there is none.
    pub async fn remove_offer(&mut self, id: OfferId) -> Result<bool, DbError> {
        let key = id.to_string();
        if self.execute(DELETE, binds![&key]).await? == 0 {
            return Ok(false);
        }
        self.execute(DELETE_USES, binds![&key]).await.map(|_| true)
    }

    /// Writes what another store has counted, over what it had counted before; what was counted here stays beside it.
    /// Whether that differs from before.
    pub async fn bring_offer_uses(&mut self, id: OfferId, used: Used) -> Result<bool, DbError> {
        let (key, currency) = (id.to_string(), used.discount.currency().to_string());
        let binds = binds![&key, &currency, used.applications, used.orders, used.discount.minor()];
        Ok(self.execute(BRING_USES, binds).await? > 0)
    }

    pub(crate) async fn load_offer_uses(&mut self) -> Result<BTreeMap<String, Vec<Used>>, DbError> {
        let mut uses: BTreeMap<String, Vec<Used>> = BTreeMap::new();
        for row in self.fetch(USES, &[]).await? {
            let (key, used) = used("offer_uses", &row)?;
            uses.entry(key).or_default().push(used);
        }
        Ok(uses)
    }
}

impl Db {
    /// All offers in the order in which they were made, as of one moment; damaged ranges are told too.
    pub async fn list_offers(&self) -> Result<Listed<StoredOffer>, DbError> {
        let mut tx = self.begin_read().await?;
        let listed = tx.load_offers().await?;
        tx.rollback().await;
        Ok(listed)
    }

    /// With whom each offer says that it shares lines, in the order in which they were made; one statement. Rows that
    /// make no rule are left out.
    pub async fn list_partner_names(&self) -> Result<Vec<PartnerNames>, DbError> {
        let mut listed = Listed::default();
        for row in self.fetch(RULES, &[]).await? {
            let key = row.text(0)?;
            let place = Place { table: "offers", key: &key };
            let rule = StoredRule::read(place, &row.text(1)?);
            listed.take(rule.and_then(|rule| rule.partner_names(place)))?;
        }
        Ok(listed.entries)
    }

    /// How much of each offer was used, one entry a currency; those that were never used are left out.
    pub async fn load_offer_uses(&self) -> Result<BTreeMap<OfferId, Vec<Used>>, DbError> {
        let mut tx = self.begin_read().await?;
        let uses = tx.load_offer_uses().await?;
        tx.rollback().await;
        let with_id = |(key, used): (String, Vec<Used>)| {
            let id = Place { table: "offer_uses", key: &key }.id(OfferId::parse, &key)?;
            Ok((id, used))
        };
        uses.into_iter().map(with_id).collect()
    }
}
