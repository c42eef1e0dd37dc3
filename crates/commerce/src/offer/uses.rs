//! Uses that count against a limit: taken with the units when a checkout is frozen, given back when it comes to
//! nothing. What is not limited is not counted here; orders tell it.

use super::book::OfferBook;
use super::decision::{Application, Decisions};
use super::facts::VoucherHeld;
use crate::ids::{OfferId, VoucherId};
use crate::voucher::VoucherUsage;
use std::num::NonZeroU32;

/// What uses are counted of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum UseSubject {
    /// An offer, by everybody.
    Offer(OfferId),
    /// An offer, by the shopper of the checkout.
    OfferByShopper(OfferId),
    /// A voucher, by everybody.
    Voucher(VoucherId),
    /// A voucher, by the shopper of the checkout.
    VoucherByShopper(VoucherId),
}

impl UseSubject {
    /// Where it stands in the one order in which all take and give back: by id, what counts by shopper after the rest.
    fn rank(self) -> (uuid::Uuid, bool) {
        match self {
            Self::Offer(id) => (id.uuid(), false),
            Self::OfferByShopper(id) => (id.uuid(), true),
            Self::Voucher(id) => (id.uuid(), false),
            Self::VoucherByShopper(id) => (id.uuid(), true),
        }
    }
}

/// How much was used.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct UseCount {
    /// Applications of an offer; orders with a voucher.
    pub times: u32,
    /// What it has cost, in minor units.
    pub discount_minor: i64,
}

/// A use of one checkout, and what the counter may come to with it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LimitedUse {
    /// What is used.
    pub subject: UseSubject,
    /// So often, and for so much.
    pub count: UseCount,
    /// The most that the counter may say with it.
    pub most: UseCount,
}

impl UseCount {
    /// No limit.
    pub const UNLIMITED: Self = Self { times: u32::MAX, discount_minor: i64::MAX };

    /// What is left when something is taken away; nothing is below 0.
    pub fn less(self, other: Self) -> Self {
        Self {
            times: self.times.saturating_sub(other.times),
            discount_minor: self.discount_minor.saturating_sub(other.discount_minor).max(0),
        }
    }
}

/// Every limit that decisions count against, each once, in the order in which all buyers take them. `brought` tells
/// what was used in another store before, which no counter here holds; vouchers are those of the facts, with their ids.
pub fn limited_uses(
    book: &OfferBook,
    decisions: &Decisions,
    vouchers: &[(VoucherId, VoucherHeld)],
    brought: impl Fn(UseSubject) -> UseCount,
) -> Vec<LimitedUse> {
    let mut uses = Vec::new();
    let mut add = |subject: UseSubject, count: UseCount, most: UseCount| {
        uses.push(LimitedUse { subject, count, most: most.less(brought(subject)) });
    };
    let counting = || decisions.applications.iter().filter(|application| application.counts());
    for application in counting() {
        let Some(offer) = book.find(application.offer) else { continue };
        let (id, limits) = (application.offer, offer.limits());
        let times = UseCount { times: application.times, discount_minor: 0 };
        if limits.global.is_some() || limits.max_discount.is_some() {
            let most = UseCount {
                times: limits.global.map_or(u32::MAX, NonZeroU32::get),
                discount_minor: limits.max_discount.map_or(i64::MAX, crate::money::Money::minor),
            };
            let count = UseCount { discount_minor: application.discount.minor(), ..times };
            add(UseSubject::Offer(id), count, most);
        }
        if let Some(limit) = limits.per_shopper {
            add(UseSubject::OfferByShopper(id), times, UseCount { times: limit.get(), ..UseCount::UNLIMITED });
        }
    }
    for (id, held) in vouchers {
        let is_used = |application: &Application| application.voucher.as_ref() == Some(held.voucher.code());
        let subject = match held.voucher.usage() {
            _ if !counting().any(is_used) => continue,
            VoucherUsage::Single => UseSubject::Voucher(*id),
            VoucherUsage::OncePerCustomer => UseSubject::VoucherByShopper(*id),
            VoucherUsage::Multi => continue,
        };
        let once = UseCount { times: 1, discount_minor: 0 };
        add(subject, once, UseCount { times: 1, ..UseCount::UNLIMITED });
    }
    uses.sort_by_key(|limited| limited.subject.rank());
    uses.dedup_by_key(|limited| limited.subject);
    uses
}
