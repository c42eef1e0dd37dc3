//! Ranges, offers and vouchers that tests keep.

use crate::sample::{gbp, uuid};
use crate::support::{NOW, TestDb};
use commerce::decimal::Decimal;
use commerce::ids::{CategoryId, OfferId, ProductClassId, ProductId, RangeId, VoucherId, VoucherSetId};
use commerce::language::{Language, Texts};
use commerce::offer::{
    BenefitKind, BenefitParts, ConditionKind, ConditionParts, LimitsParts, Offer, OfferKind, OfferParts,
};
use commerce::range::{Range, RangeLists};
use commerce::voucher::{Voucher, VoucherCode, VoucherParts, VoucherUsage};
use db::offers::{StoredOffer, Used};
use db::ranges::StoredRange;
use db::vouchers::{StoredVoucher, VoucherSet};
use std::sync::Arc;

pub(crate) fn offer_id(number: u64) -> OfferId {
    OfferId::new(uuid(number))
}

pub(crate) fn decimal(text: &str) -> Decimal {
    Decimal::parse(text).unwrap()
}

/// Some products without the first category, and one of everything else.
pub(crate) fn range(number: u64, products: u64) -> StoredRange {
    let product = |number| ProductId::new(uuid(number));
    StoredRange {
        id: RangeId::new(uuid(number)),
        position: i64::try_from(number).unwrap(),
        name: Texts::single(Language::ENGLISH, format!("Range {number}")),
        description: Texts::default(),
        is_public: number % 2 == 1,
        lists: RangeLists {
            all: false,
            // Not in the order of their ids: lists keep theirs.
            products: (1..=products).rev().map(product).collect(),
            classes: vec![ProductClassId::new(uuid(1))],
            categories: vec![CategoryId::new(uuid(2)), CategoryId::new(uuid(1))],
            excluded_products: vec![product(7)],
            excluded_categories: vec![CategoryId::new(uuid(1))],
        },
        created_at: NOW,
        oscar: Some(i64::try_from(number).unwrap()),
    }
}

pub(crate) async fn put_range(test: &TestDb, range: &StoredRange, edition: i64) {
    test.db.write_range_entries(range.id, &range.lists, edition).await.unwrap();
    let mut tx = test.db.begin().await.unwrap();
    assert!(tx.put_range(range, edition).await.unwrap());
    tx.commit().await.unwrap();
    test.db.sweep_range_entries(range.id).await.unwrap();
}

/// An open offer to everybody.
pub(crate) fn parts(number: u64, range: &StoredRange, condition: ConditionKind, benefit: BenefitKind) -> OfferParts {
    use BenefitKind::{Absolute, AfterOrder, FixedUnit, Multibuy, Percentage};
    let range: Arc<Range> = Arc::new(range.range().unwrap());
    let is_on_units = matches!(benefit, Percentage | Absolute | FixedUnit);
    let actions = if benefit == AfterOrder {
        vec![commerce::offer::OrderAction { code: "points".into(), text: Texts::single(Language::ENGLISH, "Points") }]
    } else {
        vec![]
    };
    OfferParts {
        id: offer_id(number),
        name: Texts::single(Language::ENGLISH, format!("Offer {number}")),
        kind: OfferKind::Site,
        currency: Some(gbp(0).currency()),
        condition: ConditionParts { kind: condition, range: Some(Arc::clone(&range)), value: decimal("3") },
        benefit: BenefitParts {
            kind: benefit,
            range: (is_on_units || benefit == Multibuy).then_some(range),
            value: (!matches!(benefit, Multibuy | AfterOrder)).then(|| decimal("12.5")),
            max_affected_items: is_on_units.then_some(2),
        },
        priority: -5,
        exclusive: false,
        combines_with: vec![],
        limits: LimitsParts::default(),
        start: None,
        end: None,
        suspended: false,
        actions,
    }
}

pub(crate) fn stored(parts: OfferParts, position: i64) -> StoredOffer {
    StoredOffer {
        offer: Offer::new(parts).unwrap(),
        position,
        description: Texts::single(Language::ENGLISH, "<p>Hats</p>"),
        created_at: NOW,
        oscar: None,
    }
}

pub(crate) async fn put_offer(test: &TestDb, offer: &StoredOffer) {
    let mut tx = test.db.begin().await.unwrap();
    assert!(tx.put_offer(offer).await.unwrap());
    tx.commit().await.unwrap();
}

pub(crate) fn voucher(number: u64, code: &str, offers: &[u64]) -> StoredVoucher {
    let parts = VoucherParts {
        code: VoucherCode::parse(code).unwrap(),
        usage: VoucherUsage::OncePerCustomer,
        offers: offers.iter().copied().map(offer_id).collect(),
        start: Some(NOW),
        end: None,
    };
    let voucher = Voucher::new(parts).unwrap();
    let name = format!("Voucher {number}");
    StoredVoucher { id: VoucherId::new(uuid(number)), voucher, name, set: None, created_at: NOW, oscar: None }
}

pub(crate) fn set(number: u64) -> VoucherSet {
    VoucherSet {
        id: VoucherSetId::new(uuid(number)),
        name: format!("Set {number}"),
        description: String::new(),
        start: None,
        end: Some(NOW),
        created_at: NOW,
        oscar: Some(1),
    }
}

pub(crate) fn used(applications: i64, minor: i64) -> Used {
    Used { applications, orders: applications, discount: gbp(minor) }
}

/// A row in each of the tables.
pub(crate) async fn fill_rules(test: &TestDb) {
    let hats = range(1, 3);
    put_range(test, &hats, 1).await;
    put_offer(test, &stored(parts(1, &hats, ConditionKind::Count, BenefitKind::Multibuy), 1)).await;
    let mut tx = test.db.begin().await.unwrap();
    assert!(tx.put_voucher_set(&set(1)).await.unwrap());
    let voucher = StoredVoucher { set: Some(set(1).id), ..voucher(1, "TEA", &[1]) };
    tx.put_voucher(&voucher).await.unwrap();
    assert!(tx.bring_offer_uses(offer_id(1), used(2, 300)).await.unwrap());
    assert!(tx.bring_voucher_uses(voucher.id, used(1, 100)).await.unwrap());
    tx.commit().await.unwrap();
}
