//! Vouchers: codes that open offers, the sets in which they were made, and how much of each was used.

pub(crate) mod lists;

pub use lists::{CODES_OF_OFFER_MAX, VoucherPage};

use crate::codec::Place;
use crate::damaged::Listed;
use crate::engine::{Db, Row, Tx, binds};
use crate::error::DbError;
use crate::offers::{Used, used};
use crate::sql::{ListSql, Statements};
use commerce::ids::{OfferId, VoucherId, VoucherSetId};
use commerce::moment::Moment;
use commerce::voucher::{Voucher, VoucherCode, VoucherParts, VoucherUsage};
use std::collections::BTreeMap;
use std::sync::LazyLock;

/// Most vouchers of one page of a list.
pub const VOUCHERS_PER_PAGE_MAX: usize = 1_000;
/// Most sets that a store may have.
pub const VOUCHER_SETS_MAX: usize = 10_000;

const LIST: &str = "SELECT id, code, name, usage, starts_at, ends_at, set_id, created_at, oscar FROM vouchers \
     WHERE code > $1 ORDER BY code LIMIT 1000";
const PUT: &str = "INSERT INTO vouchers (id, code, name, usage, starts_at, ends_at, set_id, created_at, oscar) \
     VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9) ON CONFLICT (id) DO UPDATE SET code = excluded.code, \
     name = excluded.name, usage = excluded.usage, starts_at = excluded.starts_at, ends_at = excluded.ends_at, \
     set_id = excluded.set_id";
const DELETE: &str = "DELETE FROM vouchers WHERE id = $1";
const DELETE_OFFERS: &str = "DELETE FROM voucher_offers WHERE voucher_id = $1";
const DELETE_USES: &str = "DELETE FROM voucher_uses WHERE voucher_id = $1";
const PUT_OFFER: &str = "INSERT INTO voucher_offers (voucher_id, position, offer_id) VALUES ($1, $2, $3)";
// What another store has counted; orders here tell it themselves.
const BRING_USES: &str = "INSERT INTO voucher_uses (voucher_id, currency, bucket, applications, orders, discount) \
     VALUES ($1, $2, -1, $3, $4, $5) ON CONFLICT (voucher_id, currency, bucket) DO UPDATE SET \
     applications = excluded.applications, orders = excluded.orders, discount = excluded.discount \
     WHERE voucher_uses.applications <> excluded.applications OR voucher_uses.orders <> excluded.orders \
     OR voucher_uses.discount <> excluded.discount";
const SETS: &str = "SELECT id, name, description, starts_at, ends_at, created_at, oscar FROM voucher_sets \
     ORDER BY created_at, id LIMIT 10000";
const COUNT_SETS: &str = "SELECT COUNT(*) FROM voucher_sets WHERE id <> $1";
const PUT_SET: &str = "INSERT INTO voucher_sets (id, name, description, starts_at, ends_at, created_at, oscar) \
     VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT (id) DO UPDATE SET name = excluded.name, \
     description = excluded.description, starts_at = excluded.starts_at, ends_at = excluded.ends_at";
const DELETE_SET: &str =
    "DELETE FROM voucher_sets WHERE id = $1 AND NOT EXISTS (SELECT 1 FROM vouchers v WHERE v.set_id = $1)";

static BY_CODE: LazyLock<ListSql> = LazyLock::new(|| {
    ListSql::new(
        "SELECT id, code, name, usage, starts_at, ends_at, set_id, created_at, oscar FROM vouchers \
         WHERE code IN ({keys}) ORDER BY code LIMIT 64",
    )
});
static OFFERS_OF: LazyLock<ListSql> = LazyLock::new(|| {
    ListSql::new(
        "SELECT voucher_id, offer_id FROM voucher_offers WHERE voucher_id IN ({keys}) \
         ORDER BY voucher_id, position LIMIT 1100",
    )
});
static USES: LazyLock<ListSql> = LazyLock::new(|| {
    ListSql::new(
        "SELECT u.voucher_id, u.currency, CAST(SUM(u.applications) AS BIGINT), CAST(SUM(u.orders) AS BIGINT), \
         CAST(SUM(u.discount) AS BIGINT) FROM (SELECT voucher_id, currency, applications, orders, discount \
         FROM voucher_uses WHERE voucher_id IN ({keys}) UNION ALL SELECT d.voucher_id, d.currency, \
         CAST(SUM(d.times) AS BIGINT), 1, CAST(SUM(d.amount) AS BIGINT) FROM order_discounts d JOIN orders o ON o.id = d.order_id WHERE d.voucher_id IN ({keys}) \
         AND o.state <> 'cancelled' GROUP BY d.voucher_id, d.currency, d.order_id) u \
         GROUP BY u.voucher_id, u.currency ORDER BY u.voucher_id, u.currency LIMIT 10000",
    )
});

pub(crate) const STATEMENTS: Statements = Statements {
    plain: &[
        LIST,
        PUT,
        DELETE,
        DELETE_OFFERS,
        DELETE_USES,
        PUT_OFFER,
        BRING_USES,
        SETS,
        COUNT_SETS,
        PUT_SET,
        DELETE_SET,
    ],
    lists: &[&BY_CODE, &OFFERS_OF, &USES],
    rows: &[],
};

/// A voucher as staff keep it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredVoucher {
    /// Its id.
    pub id: VoucherId,
    /// What it opens to whom and when.
    pub voucher: Voucher,
    /// What staff know it by.
    pub name: String,
    /// The set in which it was made.
    pub set: Option<VoucherSetId>,
    /// When it was made.
    pub created_at: Moment,
    /// Its key in Oscar.
    pub oscar: Option<i64>,
}

/// Vouchers that were made together, for one campaign.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VoucherSet {
    /// Its id.
    pub id: VoucherSetId,
    /// What staff know it by.
    pub name: String,
    /// What it is for.
    pub description: String,
    /// First moment of its vouchers, as they were made.
    pub start: Option<Moment>,
    /// Last moment of its vouchers, as they were made.
    pub end: Option<Moment>,
    /// When it was made.
    pub created_at: Moment,
    /// Its key in Oscar.
    pub oscar: Option<i64>,
}

const USAGES: [(VoucherUsage, &str); 3] = [
    (VoucherUsage::Single, "single"),
    (VoucherUsage::Multi, "multi"),
    (VoucherUsage::OncePerCustomer, "once_per_customer"),
];

fn voucher(row: &Row, offers: &BTreeMap<String, Vec<String>>) -> Result<StoredVoucher, DbError> {
    let key = row.text(0)?;
    let place = Place { table: "vouchers", key: &key };
    let (raw, usage) = (row.text(1)?, row.text(3)?);
    let code = VoucherCode::parse(&raw).map_err(|error| place.damaged(error))?;
    if code.as_str() != raw {
        return Err(place.damaged("its code is not in upper case, so nobody finds it"));
    }
    let usage = USAGES.iter().find(|(_, name)| *name == usage).map(|(usage, _)| *usage);
    let offers = offers.get(&key).map_or(&[][..], Vec::as_slice);
    let parts = VoucherParts {
        code,
        usage: usage.ok_or_else(|| place.damaged("its usage is unknown"))?,
        offers: offers.iter().map(|offer| place.id(OfferId::parse, offer)).collect::<Result<_, _>>()?,
        start: row.opt_int(4)?.map(Moment::from_micros),
        end: row.opt_int(5)?.map(Moment::from_micros),
    };
    Ok(StoredVoucher {
        id: place.id(VoucherId::parse, &key)?,
        voucher: Voucher::new(parts).map_err(|error| place.damaged(error))?,
        name: row.text(2)?,
        set: row.opt_text(6)?.map(|raw| place.id(VoucherSetId::parse, &raw)).transpose()?,
        created_at: Moment::from_micros(row.int(7)?),
        oscar: row.opt_int(8)?,
    })
}

fn set(row: &Row) -> Result<VoucherSet, DbError> {
    let key = row.text(0)?;
    Ok(VoucherSet {
        id: Place { table: "voucher_sets", key: &key }.id(VoucherSetId::parse, &key)?,
        name: row.text(1)?,
        description: row.text(2)?,
        start: row.opt_int(3)?.map(Moment::from_micros),
        end: row.opt_int(4)?.map(Moment::from_micros),
        created_at: Moment::from_micros(row.int(5)?),
        oscar: row.opt_int(6)?,
    })
}

impl Tx {
    /// The vouchers of some rows, with the offers that they open.
    async fn read_vouchers(&mut self, rows: &[Row]) -> Result<Listed<StoredVoucher>, DbError> {
        let keys = rows.iter().map(|row| row.text(0)).collect::<Result<Vec<_>, _>>()?;
        let mut offers: BTreeMap<String, Vec<String>> = BTreeMap::new();
        for row in self.fetch_list(&OFFERS_OF, &keys).await? {
            offers.entry(row.text(0)?).or_default().push(row.text(1)?);
        }
        let mut listed = Listed::default();
        for row in rows {
            listed.take(voucher(row, &offers))?;
        }
        Ok(listed)
    }

    /// Vouchers after a code, in the order of their codes, and the code to go on from; `None` at the end.
    pub(crate) async fn vouchers_after(
        &mut self,
        after: &str,
    ) -> Result<(Listed<StoredVoucher>, Option<String>), DbError> {
        let rows = self.fetch(LIST, binds![after]).await?;
        let next = match rows.last() {
            Some(last) if rows.len() == VOUCHERS_PER_PAGE_MAX => Some(last.text(1)?),
            _ => None,
        };
        Ok((self.read_vouchers(&rows).await?, next))
    }

    /// Makes a voucher, or writes it over; when it was made and its key stay. [`DbError::Taken`] where another has
    /// its code.
    pub async fn put_voucher(&mut self, stored: &StoredVoucher) -> Result<(), DbError> {
        let StoredVoucher { id, voucher, name, set, created_at, oscar } = stored;
        let (key, set) = (id.to_string(), set.map(|set| set.to_string()));
        let usage = USAGES.iter().find(|(usage, _)| *usage == voucher.usage()).map_or("", |(_, name)| name);
        let binds = binds![
            &key,
            voucher.code().as_str(),
            name,
            usage,
            voucher.start().map(Moment::micros),
            voucher.end().map(Moment::micros),
            set.as_deref(),
            created_at.micros(),
            *oscar
        ];
        self.execute(PUT, binds).await?;
        self.execute(DELETE_OFFERS, binds![&key]).await?;
        for (position, offer) in (0_i64..).zip(voucher.offers()) {
            self.execute(PUT_OFFER, binds![&key, position, &offer.to_string()]).await?;
        }
        Ok(())
    }

    /// Removes a voucher with its counters; `false` where there is none.
    pub async fn remove_voucher(&mut self, id: VoucherId) -> Result<bool, DbError> {
        let key = id.to_string();
        if self.execute(DELETE, binds![&key]).await? == 0 {
            return Ok(false);
        }
        self.execute(DELETE_OFFERS, binds![&key]).await?;
        self.execute(DELETE_USES, binds![&key]).await.map(|_| true)
    }

    /// Writes what another store has counted, over what it had counted before; what was counted here stays beside it.
    /// Whether that differs from before.
    pub async fn bring_voucher_uses(&mut self, id: VoucherId, used: Used) -> Result<bool, DbError> {
        let (key, currency) = (id.to_string(), used.discount.currency().to_string());
        let binds = binds![&key, &currency, used.applications, used.orders, used.discount.minor()];
        Ok(self.execute(BRING_USES, binds).await? > 0)
    }

    pub(crate) async fn load_voucher_uses(
        &mut self,
        ids: &[VoucherId],
    ) -> Result<BTreeMap<VoucherId, Vec<Used>>, DbError> {
        let keys: Vec<String> = ids.iter().map(ToString::to_string).collect();
        let mut uses: BTreeMap<VoucherId, Vec<Used>> = BTreeMap::new();
        for row in self.fetch_list(&USES, &keys).await? {
            let (key, used) = used("voucher_uses", &row)?;
            let id = Place { table: "voucher_uses", key: &key }.id(VoucherId::parse, &key)?;
            uses.entry(id).or_default().push(used);
        }
        Ok(uses)
    }

    /// Makes a set of vouchers, or writes it over. `false` where the store has as many as it may have.
    pub async fn put_voucher_set(&mut self, set: &VoucherSet) -> Result<bool, DbError> {
        let id = set.id.to_string();
        let others = self.fetch(COUNT_SETS, binds![&id]).await?.first().map(|row| row.int(0)).transpose()?;
        if others.is_some_and(|others| usize::try_from(others).is_ok_and(|others| VOUCHER_SETS_MAX <= others)) {
            return Ok(false);
        }
        let (start, end) = (set.start.map(Moment::micros), set.end.map(Moment::micros));
        let binds = binds![&id, &set.name, &set.description, start, end, set.created_at.micros(), set.oscar];
        self.execute(PUT_SET, binds).await.map(|_| true)
    }

    /// Removes a set that has no vouchers any more; `false` where it has, or where there is none.
    pub async fn remove_voucher_set(&mut self, id: VoucherSetId) -> Result<bool, DbError> {
        Ok(self.execute(DELETE_SET, binds![&id.to_string()]).await? > 0)
    }
}

impl Db {
    /// Vouchers after a code (an empty text for the first), at most [`VOUCHERS_PER_PAGE_MAX`], in the order of their
    /// codes, and the code to go on from; `None` at the end.
    pub async fn list_vouchers(&self, after: &str) -> Result<(Listed<StoredVoucher>, Option<String>), DbError> {
        let mut tx = self.begin_read().await?;
        let page = tx.vouchers_after(after).await?;
        tx.rollback().await;
        Ok(page)
    }

    /// Vouchers by their codes; codes that are nobody's are left out.
    pub async fn find_vouchers(&self, codes: &[VoucherCode]) -> Result<Listed<StoredVoucher>, DbError> {
        let codes: Vec<String> = codes.iter().map(ToString::to_string).collect();
        let mut tx = self.begin_read().await?;
        let rows = tx.fetch_list(&BY_CODE, &codes).await?;
        let found = tx.read_vouchers(&rows).await?;
        tx.rollback().await;
        Ok(found)
    }

    /// How much of these vouchers was used, one entry a currency; those that were never used are left out.
    pub async fn load_voucher_uses(&self, ids: &[VoucherId]) -> Result<BTreeMap<VoucherId, Vec<Used>>, DbError> {
        let mut tx = self.begin_read().await?;
        let uses = tx.load_voucher_uses(ids).await?;
        tx.rollback().await;
        Ok(uses)
    }

    /// All sets of vouchers, the oldest first.
    pub async fn list_voucher_sets(&self) -> Result<Listed<VoucherSet>, DbError> {
        let mut listed = Listed::default();
        for row in self.fetch(SETS, &[]).await? {
            listed.take(set(&row))?;
        }
        Ok(listed)
    }
}
