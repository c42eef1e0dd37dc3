//! Offers and vouchers as they stand now: whether they can be used, and what was used of them.

use crate::shop::Shop;
use commerce::moment::Moment;
use commerce::offer::{Offer, OfferUses, Reason};
use commerce::voucher::{Voucher, VoucherRefusal, VoucherUses};
use db::offers::{StoredOffer, Used};
use db::vouchers::StoredVoucher;
use db::{DbError, Listed};

/// Whether something can be used now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RuleState {
    /// By whoever it is open to.
    Open,
    /// It starts later.
    NotYet,
    /// It is over.
    Ended,
    /// It rests.
    Suspended,
    /// Its limit or its budget is reached.
    UsedUp,
}

impl RuleState {
    /// The short name for programs.
    pub fn name(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::NotYet => "not_yet",
            Self::Ended => "ended",
            Self::Suspended => "suspended",
            Self::UsedUp => "used_up",
        }
    }
}

/// An offer with what was used of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OfferNow {
    /// The offer.
    pub stored: StoredOffer,
    /// What was used of it, one entry a currency.
    pub used: Vec<Used>,
    /// Whether it can be used now.
    pub state: RuleState,
}

/// A voucher with what was used of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VoucherNow {
    /// The voucher.
    pub stored: StoredVoucher,
    /// What was used of it, one entry a currency.
    pub used: Vec<Used>,
    /// Whether it can be used now, by somebody who has not used it.
    pub state: RuleState,
}

/// What was used of an offer by everybody, as its limits count.
pub(crate) fn offer_uses(offer: &Offer, used: &[Used]) -> OfferUses {
    let applications = used.iter().map(|used| used.applications).fold(0, i64::saturating_add);
    let in_currency = used.iter().find(|used| Some(used.discount.currency()) == offer.currency());
    OfferUses {
        applications: u32::try_from(applications.max(0)).unwrap_or(u32::MAX),
        by_shopper: 0,
        discount_minor: in_currency.map_or(0, |used| used.discount.minor()),
    }
}

fn offer_state(offer: &Offer, used: &[Used], now: Moment) -> RuleState {
    match offer.availability(&offer_uses(offer, used), now) {
        Ok(_) => RuleState::Open,
        Err(Reason::Suspended) => RuleState::Suspended,
        Err(Reason::NotYet { .. }) => RuleState::NotYet,
        Err(Reason::Ended { .. }) => RuleState::Ended,
        Err(_) => RuleState::UsedUp,
    }
}

fn voucher_state(voucher: &Voucher, used: &[Used], now: Moment) -> RuleState {
    let orders = used.iter().map(|used| used.orders).fold(0, i64::saturating_add);
    let uses = VoucherUses { total: u32::try_from(orders.max(0)).unwrap_or(u32::MAX), by_shopper: 0 };
    match voucher.admit(uses, true, now) {
        Ok(()) => RuleState::Open,
        Err(VoucherRefusal::NotYet { .. }) => RuleState::NotYet,
        Err(VoucherRefusal::Expired { .. }) => RuleState::Ended,
        Err(_) => RuleState::UsedUp,
    }
}

impl Shop {
    /// All offers in the order in which they were made, as they stand now; damaged rows beside them.
    pub async fn list_offers_now(&self) -> Result<Listed<OfferNow>, DbError> {
        let Listed { entries, damaged } = self.list_offers().await?;
        let mut uses = self.db().load_offer_uses().await?;
        let now = self.now();
        let stand = |stored: StoredOffer| {
            let used = uses.remove(&stored.offer.id()).unwrap_or_default();
            OfferNow { state: offer_state(&stored.offer, &used, now), used, stored }
        };
        Ok(Listed { entries: entries.into_iter().map(stand).collect(), damaged })
    }

    /// Vouchers as they stand now.
    pub async fn vouchers_now(&self, vouchers: Vec<StoredVoucher>) -> Result<Vec<VoucherNow>, DbError> {
        let ids: Vec<_> = vouchers.iter().map(|stored| stored.id).collect();
        let mut uses = self.db().load_voucher_uses(&ids).await?;
        let now = self.now();
        let stand = |stored: StoredVoucher| {
            let used = uses.remove(&stored.id).unwrap_or_default();
            VoucherNow { state: voucher_state(&stored.voucher, &used, now), used, stored }
        };
        Ok(vouchers.into_iter().map(stand).collect())
    }
}
