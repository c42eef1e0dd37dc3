//! Ranges, offers and vouchers of another store: written where they differ, with what was used of them.
//!
//! What staff decide here about an offer for some people stays: the other store cannot say whom it is for. Counters of
//! the other store stand beside those of this one and are written over by each import.

use super::merge::keep_texts;
use super::{ImportError, ImportReport, Writer};
use crate::offers::OfferError;
use crate::ranges::RangeError;
use crate::shop::Shop;
use crate::vouchers::{VOUCHERS_PER_WRITE_MAX, VoucherError};
use commerce::ids::{OfferId, RangeId, VoucherId, VoucherSetId};
use commerce::moment::Moment;
use commerce::offer::OfferKind;
use commerce::voucher::VoucherCode;
use db::DbError;
use db::offers::{StoredOffer, Used};
use db::ranges::StoredRange;
use db::vouchers::{StoredVoucher, VoucherSet};
use oscar::{Catalogue, ImportedOffer, ImportedRange, ImportedUse, ImportedVoucher, ImportedVoucherSet};
use std::collections::{HashMap, HashSet};

/// Ranges, offers, sets and vouchers that are new or differ.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct RulesChanged {
    /// Ranges.
    pub ranges: u64,
    /// Offers, or what was used of them.
    pub offers: u64,
    /// Sets of vouchers.
    pub voucher_sets: u64,
    /// Vouchers, or what was used of them.
    pub vouchers: u64,
}

impl RulesChanged {
    /// All of them.
    pub fn total(self) -> u64 {
        self.ranges + self.offers + self.voucher_sets + self.vouchers
    }
}

/// What the store has already.
#[derive(Default)]
struct Known {
    ranges: HashMap<RangeId, StoredRange>,
    offers: HashMap<OfferId, StoredOffer>,
    sets: HashMap<VoucherSetId, VoucherSet>,
}

impl Known {
    async fn load(shop: Option<&Shop>) -> Result<Self, DbError> {
        let Some(shop) = shop else { return Ok(Self::default()) };
        // A damaged row counts as missing, and is written anew.
        let ranges = shop.list_ranges().await?.entries.into_iter().map(|range| (range.id, range)).collect();
        let offers = shop.list_offers().await?.entries.into_iter().map(|offer| (offer.offer.id(), offer)).collect();
        let sets = shop.list_voucher_sets().await?.entries.into_iter().map(|set| (set.id, set)).collect();
        Ok(Self { ranges, offers, sets })
    }
}

impl Writer<'_> {
    /// Brings ranges, then the offers that speak of them, then the vouchers that open those.
    pub(super) async fn rules(
        &self,
        catalogue: &mut Catalogue<'_>,
        report: &mut ImportReport,
    ) -> Result<(), ImportError> {
        let known = Known::load(self.shop).await?;
        for range in &catalogue.rules().ranges {
            self.range(range, &known, report).await?;
        }
        for offer in &catalogue.rules().offers {
            self.offer(offer, &known, report).await?;
        }
        for set in catalogue.voucher_sets() {
            self.voucher_set(set, &known, report).await?;
        }
        let mut after = None;
        loop {
            let page = catalogue.vouchers(after, VOUCHERS_PER_WRITE_MAX).await?;
            self.vouchers(page.vouchers, report).await?;
            after = page.next;
            if after.is_none() {
                return Ok(());
            }
        }
    }

    /// The shop, if it is to be written to.
    fn target(&self) -> Option<&Shop> {
        self.shop.filter(|_| !self.dry_run)
    }

    async fn range(&self, read: &ImportedRange, known: &Known, report: &mut ImportReport) -> Result<(), DbError> {
        let known = known.ranges.get(&read.id);
        let mut range = StoredRange {
            id: read.id,
            position: read.key,
            name: read.name.clone(),
            description: read.description.clone(),
            is_public: read.is_public,
            lists: read.lists.clone(),
            created_at: self.made(read.created_at),
            oscar: Some(read.key),
        };
        if let Some(known) = known {
            keep_texts(&mut range.name, &known.name, self.language);
            keep_texts(&mut range.description, &known.description, self.language);
            range.created_at = known.created_at;
            if range == *known {
                return Ok(());
            }
        }
        report.rules_changed.ranges += 1;
        let Some(shop) = self.target() else { return Ok(()) };
        match shop.save_range(&range, self.actor).await {
            Err(RangeError::Db(error)) => return Err(error),
            Err(error) => report.refuse(&label("range", read.key), &error.to_string()),
            Ok(()) => {}
        }
        Ok(())
    }

    async fn offer(&self, read: &ImportedOffer, known: &Known, report: &mut ImportReport) -> Result<(), DbError> {
        let id = read.offer.id();
        let known = known.offers.get(&id);
        let mut name = read.offer.name().clone();
        let mut description = read.description.clone();
        if let Some(known) = known {
            keep_texts(&mut name, known.offer.name(), self.language);
            keep_texts(&mut description, &known.description, self.language);
        }
        let stored = StoredOffer {
            offer: read.offer.clone().with_name(name),
            position: read.key,
            description,
            created_at: known.map_or_else(|| self.made(read.created_at), |known| known.created_at),
            oscar: Some(read.key),
        };
        let is_for_some = matches!(read.offer.kind(), OfferKind::Group(_) | OfferKind::Link);
        let is_same = known.is_some_and(|known| is_for_some || stored == *known);
        if let (Some(shop), false) = (self.target(), is_same) {
            match shop.bring_offer(&stored, self.actor).await {
                Err(OfferError::Db(error)) => return Err(error),
                Err(error) => {
                    report.refuse(&label("offer", read.key), &error.to_string());
                    return Ok(());
                }
                Ok(()) => {}
            }
        }
        let used_changed = match self.target() {
            Some(shop) => bring_offer_uses(shop, id, used(read.used)).await?,
            None => false,
        };
        report.rules_changed.offers += u64::from(!is_same || used_changed);
        Ok(())
    }

    async fn voucher_set(
        &self,
        read: &ImportedVoucherSet,
        known: &Known,
        report: &mut ImportReport,
    ) -> Result<(), DbError> {
        let known = known.sets.get(&read.id);
        let set = VoucherSet {
            id: read.id,
            name: read.name.clone(),
            description: read.description.clone(),
            start: read.start,
            end: read.end,
            created_at: known.map_or_else(|| self.made(read.created_at), |known| known.created_at),
            oscar: Some(read.key),
        };
        if known == Some(&set) {
            return Ok(());
        }
        report.rules_changed.voucher_sets += 1;
        let Some(shop) = self.target() else { return Ok(()) };
        match shop.save_voucher_set(&set, self.actor).await {
            Err(VoucherError::Db(error)) => return Err(error),
            Err(error) => report.refuse(&label("voucher set", read.key), &error.to_string()),
            Ok(()) => {}
        }
        Ok(())
    }

    async fn vouchers(&self, read: Vec<ImportedVoucher>, report: &mut ImportReport) -> Result<(), DbError> {
        let codes: Vec<VoucherCode> = read.iter().map(|read| read.voucher.code().clone()).collect();
        let known: HashMap<_, _> = match self.shop {
            Some(shop) => shop.db().find_vouchers(&codes).await?.entries.into_iter().map(|v| (v.id, v)).collect(),
            None => HashMap::new(),
        };
        let mut changed = Vec::new();
        let mut uses = Vec::new();
        for read in read {
            let known = known.get(&read.id);
            uses.push((read.id, used(read.used)));
            let stored = StoredVoucher {
                id: read.id,
                voucher: read.voucher,
                name: read.name,
                set: read.set,
                created_at: known.map_or_else(|| self.made(read.created_at), |known| known.created_at),
                oscar: Some(read.key),
            };
            if known != Some(&stored) {
                changed.push(stored);
            }
        }
        let Some(shop) = self.target() else {
            report.rules_changed.vouchers += u64::try_from(changed.len()).unwrap_or_default();
            return Ok(());
        };
        let refused = self.save_vouchers(shop, &changed, report).await?;
        uses.retain(|(id, _)| !refused.contains(id));
        let uses_changed = bring_voucher_uses(shop, &uses).await?;
        let written = changed.iter().map(|voucher| voucher.id).filter(|id| !refused.contains(id));
        let differ: HashSet<_> = written.chain(uses_changed).collect();
        report.rules_changed.vouchers += u64::try_from(differ.len()).unwrap_or_default();
        Ok(())
    }

    /// All at once, or one by one where a code is taken by a voucher of this store's own. Those that were refused.
    async fn save_vouchers(
        &self,
        shop: &Shop,
        vouchers: &[StoredVoucher],
        report: &mut ImportReport,
    ) -> Result<Vec<VoucherId>, DbError> {
        match shop.save_vouchers(vouchers, self.actor).await {
            Ok(()) => return Ok(Vec::new()),
            Err(VoucherError::Db(error)) => return Err(error),
            Err(_) => {}
        }
        let mut refused = Vec::new();
        for voucher in vouchers {
            match shop.save_vouchers(std::slice::from_ref(voucher), self.actor).await {
                Ok(()) => {}
                Err(VoucherError::Db(error)) => return Err(error),
                Err(error) => {
                    report.refuse(voucher.voucher.code().as_str(), &error.to_string());
                    refused.push(voucher.id);
                }
            }
        }
        Ok(refused)
    }

    fn made(&self, created_at: Option<Moment>) -> Moment {
        created_at.or_else(|| self.shop.map(Shop::now)).unwrap_or_default()
    }
}

fn label(kind: &str, key: i64) -> String {
    format!("{kind} {key}")
}

fn used(read: ImportedUse) -> Used {
    let ImportedUse { applications, orders, discount } = read;
    Used { applications, orders, discount }
}

async fn bring_offer_uses(shop: &Shop, id: OfferId, used: Used) -> Result<bool, DbError> {
    shop.db()
        .retry(|| async {
            let mut tx = shop.db().begin().await?;
            let changed = tx.bring_offer_uses(id, used).await?;
            tx.commit().await?;
            Ok(changed)
        })
        .await
}

/// Those whose counters differ from before.
async fn bring_voucher_uses(shop: &Shop, uses: &[(VoucherId, Used)]) -> Result<Vec<VoucherId>, DbError> {
    shop.db()
        .retry(|| async {
            let mut changed = Vec::new();
            let mut tx = shop.db().begin().await?;
            for (id, used) in uses {
                if tx.bring_voucher_uses(*id, *used).await? {
                    changed.push(*id);
                }
            }
            tx.commit().await?;
            Ok(changed)
        })
        .await
}
