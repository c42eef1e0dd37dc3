//! Offers and vouchers of the inventory.

use super::Inventory;
use crate::engine::Tx;
use crate::error::DbError;
use crate::offers::{StoredOffer, Used};
use crate::vouchers::StoredVoucher;
use commerce::range::RangeLists;

/// An offer, and how much of it was used.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OfferCount {
    /// The offer.
    pub offer: StoredOffer,
    /// Its use, one entry a currency.
    pub used: Vec<Used>,
}

/// A voucher, and how much of it was used.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VoucherCount {
    /// The voucher.
    pub voucher: StoredVoucher,
    /// Its use, one entry a currency.
    pub used: Vec<Used>,
}

/// Damaged rules are left out here; `doctor` tells them.
pub(super) async fn count(tx: &mut Tx, inventory: &mut Inventory) -> Result<(), DbError> {
    let lists: Vec<RangeLists> = tx.load_ranges().await?.entries.into_iter().map(|(stored, _)| stored.lists).collect();
    let mut uses = tx.load_offer_uses().await?;
    let offers = tx.load_offers().await?.entries.into_iter().map(|offer| {
        let used = uses.remove(&offer.offer.id().to_string()).unwrap_or_default();
        OfferCount { offer, used }
    });
    inventory.offers = offers.collect();
    let vouchers = tx.vouchers_after("").await?.0.entries;
    let ids: Vec<_> = vouchers.iter().map(|voucher| voucher.id).collect();
    let mut uses = tx.load_voucher_uses(&ids).await?;
    let vouchers = vouchers.into_iter().map(|voucher| {
        let used = uses.remove(&voucher.id).unwrap_or_default();
        VoucherCount { voucher, used }
    });
    inventory.vouchers = vouchers.collect();
    add_rows(inventory, &lists);
    Ok(())
}

/// Rows under the names of django-oscar's tables, where each offer has a condition and a benefit of its own.
fn add_rows(inventory: &mut Inventory, lists: &[RangeLists]) {
    let entries = |length: fn(&RangeLists) -> usize| lists.iter().map(length).sum::<usize>();
    let combinations = inventory.offers.iter().map(|count| count.offer.offer.combines_with().len()).sum();
    let length = |count: usize| i64::try_from(count).unwrap_or_default();
    let table = |name: &str| inventory.tables.get(name).copied().unwrap_or_default();
    let offers = table("offers");
    inventory.rows.extend([
        ("offer_benefit", offers),
        ("offer_condition", offers),
        ("offer_conditionaloffer", offers),
        ("offer_conditionaloffer_combinations", length(combinations)),
        ("offer_range", table("ranges")),
        ("offer_range_classes", length(entries(|lists| lists.classes.len()))),
        ("offer_range_excluded_categories", length(entries(|lists| lists.excluded_categories.len()))),
        ("offer_range_excluded_products", length(entries(|lists| lists.excluded_products.len()))),
        ("offer_range_included_categories", length(entries(|lists| lists.categories.len()))),
        ("offer_rangeproduct", length(entries(|lists| lists.products.len()))),
        ("voucher_voucher", table("vouchers")),
        ("voucher_voucher_offers", table("voucher_offers")),
        ("voucher_voucherset", table("voucher_sets")),
    ]);
}
