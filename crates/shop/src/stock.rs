//! Stock by hand: counted anew or corrected, with a reason.

use crate::checkout::product_list;
use crate::shop::Shop;
use commerce::event::{Actor, Subject};
use commerce::ids::{ProductId, StockRecordId};
use commerce::stock::UNITS_MAX;
use db::stock::StockLevel;
use db::{DbError, MaybeConflict};

/// Longest reason, in characters.
pub const REASON_CHARS_MAX: usize = 200;

/// How stock is changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StockChange {
    /// So many are in the house.
    Set(i64),
    /// So many more (or fewer) are in the house.
    Adjust(i64),
    /// Nobody counts them any more.
    Uncounted,
}

/// Why stock stays as it is.
#[derive(Debug, thiserror::Error)]
pub enum StockError {
    /// No stock record of that SKU.
    #[error("there is no stock record {0}")]
    NoSuchSku(String),
    /// Several partners have it.
    #[error("{count} partners have a stock record {sku}; name one with --partner")]
    SeveralPartners {
        /// The SKU.
        sku: String,
        /// How many.
        count: usize,
    },
    /// Fewer than are held and sold.
    #[error("{wanted} is fewer than the {taken} that are held or sold and not sent yet")]
    BelowTaken {
        /// What was to be on hand.
        wanted: i64,
        /// Held and claimed units.
        taken: i64,
    },
    /// More taken away than there is, or more added than a store counts.
    #[error("there are {there}, so it can change by {least} to {most}, not by {by}")]
    TooFar {
        /// By how much it was to change.
        by: i64,
        /// On hand.
        there: i64,
        /// The most that can be taken away, with a minus.
        least: i64,
        /// The most that can be added.
        most: i64,
    },
    /// Not a number of units.
    #[error("stock is between 0 and {UNITS_MAX}")]
    OutOfBounds,
    /// No reason, or too long.
    #[error("a reason of 1 to {REASON_CHARS_MAX} characters is needed")]
    Reason,
    /// The database cannot be used.
    #[error(transparent)]
    Db(#[from] DbError),
}

impl MaybeConflict for StockError {
    fn is_conflict(&self) -> bool {
        matches!(self, Self::Db(error) if error.is_conflict())
    }
}

impl Shop {
    /// The one stock record of an article number.
    pub async fn find_stock_record(&self, sku: &str) -> Result<(ProductId, StockRecordId), StockError> {
        let found = self.db().find_sku(sku).await?;
        match found.as_slice() {
            [] => Err(StockError::NoSuchSku(sku.chars().take(80).collect())),
            [one] => Ok((one.product, one.stock_record)),
            several => Err(StockError::SeveralPartners { sku: sku.to_owned(), count: several.len() }),
        }
    }

    /// The same where several partners have the number and one is named by its code.
    pub async fn find_stock_record_of(
        &self,
        sku: &str,
        partner: Option<&str>,
    ) -> Result<(ProductId, StockRecordId), StockError> {
        let Some(code) = partner else { return self.find_stock_record(sku).await };
        let setup = self.db().load_catalogue_setup().await?;
        let named = setup.partners.iter().find(|known| known.code == code).map(|known| known.id);
        let found = self.db().find_sku(sku).await?;
        let own = found.iter().find(|found| Some(found.partner) == named);
        own.map(|own| (own.product, own.stock_record)).ok_or_else(|| StockError::NoSuchSku(format!("{sku} of {code}")))
    }

    /// Changes what is in the house, with a reason. What is held or sold stays so: the rest is free.
    pub async fn change_stock(
        &self,
        product: ProductId,
        record: StockRecordId,
        change: StockChange,
        reason: &str,
        actor: &Actor,
    ) -> Result<StockLevel, StockError> {
        let reason = reason.trim();
        if reason.is_empty() || reason.chars().count() > REASON_CHARS_MAX || reason.chars().any(char::is_control) {
            return Err(StockError::Reason);
        }
        let level = self.db().retry(|| self.try_change_stock(product, record, change, reason, actor)).await?;
        self.ring_outbox();
        Ok(level)
    }

    async fn try_change_stock(
        &self,
        product: ProductId,
        record: StockRecordId,
        change: StockChange,
        reason: &str,
        actor: &Actor,
    ) -> Result<StockLevel, StockError> {
        let mut tx = self.db().begin().await?;
        let before = tx.stock_level(record).await?.ok_or_else(|| StockError::NoSuchSku(record.to_string()))?;
        let taken = before.held + before.claimed;
        let on_hand = match change {
            StockChange::Set(units) => Some(units),
            StockChange::Adjust(by) => Some(before.on_hand.unwrap_or_default().saturating_add(by)),
            StockChange::Uncounted => None,
        };
        if on_hand.is_some_and(|units| !(0..=UNITS_MAX).contains(&units)) {
            let there = before.on_hand.unwrap_or_default();
            return Err(match change {
                StockChange::Adjust(by) => {
                    StockError::TooFar { by, there, least: (taken - there).min(0), most: UNITS_MAX - there }
                }
                _ => StockError::OutOfBounds,
            });
        }
        let free = on_hand.map_or(0, |units| units - taken);
        if free < 0 {
            return Err(StockError::BelowTaken { wanted: on_hand.unwrap_or_default(), taken });
        }
        let show = |units: Option<i64>| units.map_or_else(|| "uncounted".to_owned(), |units| units.to_string());
        let detail = format!("from={} to={} reason={reason}", show(before.on_hand), show(on_hand));
        tx.insert_event(&self.event(actor, Subject::StockRecord, record, "stock_changed", detail)).await?;
        let now = self.now();
        // Counting begins or ends: the document must say so. Otherwise the overlay does.
        if before.on_hand.is_some() == on_hand.is_some() {
            tx.enqueue(&self.task("stock", "", product_list(&[product])), now, now).await?;
        } else {
            self.enqueue_publish(&mut tx, product).await?;
        }
        tx.set_stock(record, on_hand, free).await?;
        tx.commit().await?;
        Ok(StockLevel { on_hand, free, ..before })
    }
}
