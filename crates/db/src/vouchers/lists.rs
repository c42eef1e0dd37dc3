//! Vouchers by what they belong to: those of a set, those of none, those that open an offer.

use super::{StoredVoucher, VOUCHERS_PER_PAGE_MAX};
use crate::codec::Place;
use crate::damaged::Listed;
use crate::engine::{Bind, Db, binds};
use crate::error::DbError;
use crate::sql::Statements;
use commerce::ids::{OfferId, VoucherSetId};
use std::collections::BTreeMap;

/// Most codes that are told of one offer.
pub const CODES_OF_OFFER_MAX: usize = 100;

const IN_SET: &str = "SELECT id, code, name, usage, starts_at, ends_at, set_id, created_at, oscar FROM vouchers \
     WHERE set_id = $1 AND code > $2 ORDER BY code LIMIT 1000";
const IN_NO_SET: &str = "SELECT id, code, name, usage, starts_at, ends_at, set_id, created_at, oscar FROM vouchers \
     WHERE set_id IS NULL AND code > $1 ORDER BY code LIMIT 1000";
const SIZES: &str = "SELECT set_id, COUNT(*) FROM vouchers WHERE set_id IS NOT NULL GROUP BY set_id ORDER BY set_id \
     LIMIT 10000";
const OPENING: &str = "SELECT v.code FROM voucher_offers o JOIN vouchers v ON v.id = o.voucher_id \
     WHERE o.offer_id = $1 ORDER BY v.code LIMIT 100";

pub(crate) const STATEMENTS: Statements = Statements::plain(&[IN_SET, IN_NO_SET, SIZES, OPENING]);

/// A page of vouchers, and the code to go on from; `None` at the end.
pub type VoucherPage = (Listed<StoredVoucher>, Option<String>);

impl Db {
    /// Vouchers of a set after a code (an empty text for the first), at most [`VOUCHERS_PER_PAGE_MAX`].
    pub async fn list_vouchers_of_set(&self, set: VoucherSetId, after: &str) -> Result<VoucherPage, DbError> {
        self.voucher_page(IN_SET, binds![&set.to_string(), after]).await
    }

    /// Vouchers that were made singly, after a code, at most [`VOUCHERS_PER_PAGE_MAX`].
    pub async fn list_vouchers_of_no_set(&self, after: &str) -> Result<VoucherPage, DbError> {
        self.voucher_page(IN_NO_SET, binds![after]).await
    }

    async fn voucher_page(&self, sql: &'static str, binds: &[Bind<'_>]) -> Result<VoucherPage, DbError> {
        let mut tx = self.begin_read().await?;
        let rows = tx.fetch(sql, binds).await?;
        let next = match rows.last() {
            Some(last) if rows.len() == VOUCHERS_PER_PAGE_MAX => Some(last.text(1)?),
            _ => None,
        };
        let vouchers = tx.read_vouchers(&rows).await?;
        tx.rollback().await;
        Ok((vouchers, next))
    }

    /// How many vouchers each set has; those that have none are left out.
    pub async fn count_vouchers_by_set(&self) -> Result<BTreeMap<VoucherSetId, i64>, DbError> {
        let count = |row: &crate::engine::Row| {
            let key = row.text(0)?;
            let id = Place { table: "vouchers", key: &key }.id(VoucherSetId::parse, &key)?;
            Ok((id, row.int(1)?))
        };
        self.fetch(SIZES, &[]).await?.iter().map(count).collect()
    }

    /// The first [`CODES_OF_OFFER_MAX`] codes that open an offer.
    pub async fn list_codes_of_offer(&self, offer: OfferId) -> Result<Vec<String>, DbError> {
        self.fetch(OPENING, binds![&offer.to_string()]).await?.iter().map(|row| row.text(0)).collect()
    }
}
