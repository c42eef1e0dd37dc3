//! Vouchers and the sets in which they are made: kept by staff, typed by shoppers.

use crate::shop::Shop;
use commerce::event::{Actor, Subject};
use commerce::ids::{VoucherId, VoucherSetId};
use commerce::voucher::VoucherCode;
use db::vouchers::{StoredVoucher, VOUCHER_SETS_MAX, VoucherSet};
use db::{DbError, Listed, MaybeConflict};

/// Vouchers that one transaction writes.
pub const VOUCHERS_PER_WRITE_MAX: usize = 64;

/// Why a voucher or a set stays as it is.
#[derive(Debug, thiserror::Error)]
pub enum VoucherError {
    /// Another voucher has the code, whatever its letters.
    #[error("another voucher has that code: choose another one")]
    CodeTaken,
    /// The store has as many sets as it may have.
    #[error("a store has at most {VOUCHER_SETS_MAX} sets of vouchers: remove one that is over")]
    TooManySets,
    /// There is none.
    #[error("there is no voucher {0}")]
    NoSuchVoucher(VoucherId),
    /// It has vouchers, or there is none.
    #[error("set {0} is not there, or has vouchers: remove these first")]
    SetNotRemoved(VoucherSetId),
    /// The database cannot be used.
    #[error(transparent)]
    Db(DbError),
}

impl From<DbError> for VoucherError {
    fn from(error: DbError) -> Self {
        match error {
            DbError::Taken { .. } => Self::CodeTaken,
            error => Self::Db(error),
        }
    }
}

impl MaybeConflict for VoucherError {
    fn is_conflict(&self) -> bool {
        matches!(self, Self::Db(error) if error.is_conflict())
    }
}

impl Shop {
    /// Vouchers after a code (an empty text for the first), and the code to go on from; `None` at the end.
    pub async fn list_vouchers(&self, after: &str) -> Result<(Listed<StoredVoucher>, Option<String>), DbError> {
        self.db().list_vouchers(after).await
    }

    /// A voucher by what a shopper typed; a damaged one is none.
    pub async fn find_voucher(&self, code: &VoucherCode) -> Result<Option<StoredVoucher>, DbError> {
        Ok(self.db().find_vouchers(std::slice::from_ref(code)).await?.entries.pop())
    }

    /// Makes vouchers, or writes them over: all of them up to one whose code is taken.
    pub async fn save_vouchers(&self, vouchers: &[StoredVoucher], actor: &Actor) -> Result<(), VoucherError> {
        for chunk in vouchers.chunks(VOUCHERS_PER_WRITE_MAX) {
            self.db()
                .retry(|| async {
                    let mut tx = self.db().begin().await?;
                    for voucher in chunk {
                        tx.put_voucher(voucher).await?;
                        let event = self.event(actor, Subject::Voucher, voucher.id, "voucher_saved", String::new());
                        tx.insert_event(&event).await?;
                    }
                    Ok::<(), VoucherError>(tx.commit().await?)
                })
                .await?;
        }
        Ok(())
    }

    /// Removes a voucher. Orders keep their copies of it.
    pub async fn remove_voucher(&self, id: VoucherId, actor: &Actor) -> Result<(), VoucherError> {
        self.db()
            .retry(|| async {
                let mut tx = self.db().begin().await?;
                if !tx.remove_voucher(id).await? {
                    return Err(VoucherError::NoSuchVoucher(id));
                }
                tx.insert_event(&self.event(actor, Subject::Voucher, id, "voucher_removed", String::new())).await?;
                Ok(tx.commit().await?)
            })
            .await
    }

    /// All sets of vouchers, the oldest first.
    pub async fn list_voucher_sets(&self) -> Result<Listed<VoucherSet>, DbError> {
        self.db().list_voucher_sets().await
    }

    /// Makes a set of vouchers, or writes it over.
    pub async fn save_voucher_set(&self, set: &VoucherSet, actor: &Actor) -> Result<(), VoucherError> {
        self.db()
            .retry(|| async {
                let mut tx = self.db().begin().await?;
                if !tx.put_voucher_set(set).await? {
                    return Err(VoucherError::TooManySets);
                }
                let event = self.event(actor, Subject::VoucherSet, set.id, "voucher_set_saved", String::new());
                tx.insert_event(&event).await?;
                Ok(tx.commit().await?)
            })
            .await
    }

    /// Removes a set that has no vouchers any more.
    pub async fn remove_voucher_set(&self, id: VoucherSetId, actor: &Actor) -> Result<(), VoucherError> {
        self.db()
            .retry(|| async {
                let mut tx = self.db().begin().await?;
                if !tx.remove_voucher_set(id).await? {
                    return Err(VoucherError::SetNotRemoved(id));
                }
                let event = self.event(actor, Subject::VoucherSet, id, "voucher_set_removed", String::new());
                tx.insert_event(&event).await?;
                Ok(tx.commit().await?)
            })
            .await
    }
}
