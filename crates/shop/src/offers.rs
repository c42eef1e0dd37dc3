//! Offers: kept by staff, and made into the book that baskets are priced by.

use crate::shop::Shop;
use commerce::event::{Actor, Subject};
use commerce::ids::{OfferId, RangeId};
use commerce::offer::{InvalidOffer, OFFERS_MAX};
use db::offers::{OfferStatus, StoredOffer};
use db::{DbError, Listed, MaybeConflict};

/// Why an offer stays as it is.
#[derive(Debug, thiserror::Error)]
pub enum OfferError {
    /// The store has as many as it may have.
    #[error("a store has at most {OFFERS_MAX} offers: remove one that is over")]
    TooMany,
    /// Its range is not there.
    #[error("there is no range {0}: save the range before the offer")]
    NoSuchRange(RangeId),
    /// It and another offer say opposite things of each other.
    #[error("{problem}: offer {other}")]
    Contradicts {
        /// The other one.
        other: OfferId,
        /// The field of this one that says it, and what.
        problem: InvalidOffer,
    },
    /// There is none, or it is so already.
    #[error("offer {0} is not there, or is so already")]
    NotChanged(OfferId),
    /// A voucher leads to it, or there is none.
    #[error("offer {0} is not there, or a voucher leads to it: remove that voucher first, or suspend the offer")]
    NotRemoved(OfferId),
    /// The database cannot be used.
    #[error(transparent)]
    Db(#[from] DbError),
}

impl MaybeConflict for OfferError {
    fn is_conflict(&self) -> bool {
        matches!(self, Self::Db(error) if error.is_conflict())
    }
}

impl Shop {
    /// All offers in the order in which they were made, and the rows that make none.
    pub async fn list_offers(&self) -> Result<Listed<StoredOffer>, DbError> {
        self.db().list_offers().await
    }

    /// An offer; a damaged one is none.
    pub async fn find_offer(&self, id: OfferId) -> Result<Option<StoredOffer>, DbError> {
        Ok(self.db().list_offers().await?.entries.into_iter().find(|stored| stored.offer.id() == id))
    }

    /// Makes an offer, or writes it over. Refused if it and another say opposite things of each other.
    pub async fn save_offer(&self, stored: &StoredOffer, actor: &Actor) -> Result<(), OfferError> {
        let offer = &stored.offer;
        for beside in self.db().list_partner_names().await?.iter().filter(|beside| beside.offer != offer.id()) {
            let other = beside.offer;
            offer.check_beside(beside).map_err(|problem| OfferError::Contradicts { other, problem })?;
        }
        self.bring_offer(stored, actor).await
    }

    /// The same for one of many that are written one after the other, of which the store holds only some in between: a
    /// file is held against the whole before. Where two of another store contradict each other, they come all the same,
    /// and share nothing.
    pub(crate) async fn bring_offer(&self, stored: &StoredOffer, actor: &Actor) -> Result<(), OfferError> {
        let offer = &stored.offer;
        let ranges = [Some(offer.condition().range().id()), offer.benefit().range().map(|range| range.id())];
        self.db()
            .retry(|| async {
                let mut tx = self.db().begin().await?;
                for range in ranges.into_iter().flatten() {
                    if !tx.has_range(range).await? {
                        return Err(OfferError::NoSuchRange(range));
                    }
                }
                if !tx.put_offer(stored).await? {
                    return Err(OfferError::TooMany);
                }
                self.rules_changed(&mut tx).await?;
                tx.insert_event(&self.event(actor, Subject::Offer, offer.id(), "offer_saved", String::new())).await?;
                Ok::<(), OfferError>(tx.commit().await?)
            })
            .await?;
        self.ring_outbox();
        Ok(())
    }

    /// Lets an offer rest, whatever leads to it.
    pub async fn suspend_offer(&self, id: OfferId, actor: &Actor) -> Result<(), OfferError> {
        self.set_offer_status(id, OfferStatus::Suspended, "offer_suspended", actor).await
    }

    /// Lets an offer go on.
    pub async fn resume_offer(&self, id: OfferId, actor: &Actor) -> Result<(), OfferError> {
        self.set_offer_status(id, OfferStatus::Open, "offer_resumed", actor).await
    }

    async fn set_offer_status(
        &self,
        id: OfferId,
        status: OfferStatus,
        kind: &'static str,
        actor: &Actor,
    ) -> Result<(), OfferError> {
        self.db()
            .retry(|| async {
                let mut tx = self.db().begin().await?;
                if !tx.set_offer_status(id, status).await? {
                    return Err(OfferError::NotChanged(id));
                }
                self.rules_changed(&mut tx).await?;
                tx.insert_event(&self.event(actor, Subject::Offer, id, kind, String::new())).await?;
                Ok::<(), OfferError>(tx.commit().await?)
            })
            .await?;
        self.ring_outbox();
        Ok(())
    }

    /// Removes an offer that no voucher leads to. Orders keep their copies of it.
    pub async fn remove_offer(&self, id: OfferId, actor: &Actor) -> Result<(), OfferError> {
        self.db()
            .retry(|| async {
                let mut tx = self.db().begin().await?;
                if !tx.remove_offer(id).await? {
                    return Err(OfferError::NotRemoved(id));
                }
                self.rules_changed(&mut tx).await?;
                tx.insert_event(&self.event(actor, Subject::Offer, id, "offer_removed", String::new())).await?;
                Ok::<(), OfferError>(tx.commit().await?)
            })
            .await?;
        self.ring_outbox();
        Ok(())
    }
}
