//! Ranges of products: kept by staff, spoken of by offers.

use crate::shop::Shop;
use commerce::event::{Actor, Subject};
use commerce::ids::RangeId;
use commerce::range::InvalidRange;
use db::ranges::{RANGES_MAX, StoredRange};
use db::{DbError, Listed, MaybeConflict};

/// Why a range stays as it is.
#[derive(Debug, thiserror::Error)]
pub enum RangeError {
    /// Its lists make no range.
    #[error(transparent)]
    Invalid(#[from] InvalidRange),
    /// The store has as many as it may have.
    #[error("a store has at most {RANGES_MAX} ranges: remove one that no offer needs")]
    TooMany,
    /// An offer speaks of it, or there is none.
    #[error("range {0} is not there, or an offer speaks of it: change or remove that offer first")]
    NotRemoved(RangeId),
    /// The database cannot be used.
    #[error(transparent)]
    Db(#[from] DbError),
}

impl MaybeConflict for RangeError {
    fn is_conflict(&self) -> bool {
        matches!(self, Self::Db(error) if error.is_conflict())
    }
}

impl Shop {
    /// All ranges, and the rows that make none.
    pub async fn list_ranges(&self) -> Result<Listed<StoredRange>, DbError> {
        self.db().list_ranges().await
    }

    /// A range with its lists.
    pub async fn find_range(&self, id: RangeId) -> Result<Option<StoredRange>, DbError> {
        self.db().find_range(id).await
    }

    /// Makes a range, or writes it over. Whoever reads meanwhile sees its lists of before.
    pub async fn save_range(&self, range: &StoredRange, actor: &Actor) -> Result<(), RangeError> {
        range.range()?;
        // Above nought, and nobody else's.
        let edition = i64::try_from(self.chance().number() >> 1).unwrap_or_default().max(1);
        self.db().write_range_entries(range.id, &range.lists, edition).await?;
        let saved = self
            .db()
            .retry(|| async {
                let mut tx = self.db().begin().await?;
                if !tx.put_range(range, edition).await? {
                    return Err(RangeError::TooMany);
                }
                self.rules_changed(&mut tx).await?;
                tx.insert_event(&self.event(actor, Subject::Range, range.id, "range_saved", String::new())).await?;
                Ok(tx.commit().await?)
            })
            .await;
        self.ring_outbox();
        // What was written for nothing goes too.
        self.db().sweep_range_entries(range.id).await?;
        saved
    }

    /// Removes a range that no offer speaks of.
    pub async fn remove_range(&self, id: RangeId, actor: &Actor) -> Result<(), RangeError> {
        self.db()
            .retry(|| async {
                let mut tx = self.db().begin().await?;
                if !tx.remove_range(id).await? {
                    return Err(RangeError::NotRemoved(id));
                }
                self.rules_changed(&mut tx).await?;
                tx.insert_event(&self.event(actor, Subject::Range, id, "range_removed", String::new())).await?;
                Ok(tx.commit().await?)
            })
            .await?;
        self.ring_outbox();
        Ok(self.db().sweep_range_entries(id).await?)
    }
}
