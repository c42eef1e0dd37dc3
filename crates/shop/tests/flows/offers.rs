//! Offers, ranges and vouchers as staff keep them: what is refused, what stays behind, who did it.

use crate::on_both_and_in_conflict;
use crate::support::sold::staff;
use crate::support::{Engine, TestShop, product_id};
use commerce::decimal::Decimal;
use commerce::event::Subject;
use commerce::ids::{OfferId, RangeId, VoucherId, VoucherSetId, derived_uuid};
use commerce::language::{Language, Texts};
use commerce::moment::Moment;
use commerce::offer::{
    BenefitKind, BenefitParts, ConditionKind, ConditionParts, LimitsParts, Offer, OfferKind, OfferParts,
};
use commerce::range::RangeLists;
use commerce::voucher::{Voucher, VoucherCode, VoucherParts, VoucherUsage};
use db::offers::StoredOffer;
use db::ranges::StoredRange;
use db::vouchers::{StoredVoucher, VoucherSet};
use shop::Shop;
use shop::offers::OfferError;
use shop::ranges::RangeError;
use shop::vouchers::VoucherError;
use std::sync::Arc;

const MADE: Moment = Moment::from_micros(1);

fn range(key: &str, skus: &[&str]) -> StoredRange {
    let products = skus.iter().map(|sku| product_id(sku)).collect();
    StoredRange {
        id: RangeId::new(derived_uuid("range", key)),
        position: 1,
        name: Texts::single(Language::ENGLISH, key),
        description: Texts::default(),
        is_public: false,
        lists: RangeLists { products, ..RangeLists::default() },
        created_at: MADE,
        oscar: None,
    }
}

fn offer(key: &str, range: &StoredRange) -> StoredOffer {
    let range = Arc::new(range.range().unwrap());
    let condition = ConditionParts {
        kind: ConditionKind::Count,
        range: Some(Arc::clone(&range)),
        value: Decimal::parse("3").unwrap(),
    };
    let benefit =
        BenefitParts { kind: BenefitKind::Multibuy, range: Some(range), value: None, max_affected_items: None };
    let offer = Offer::new(OfferParts {
        id: OfferId::new(derived_uuid("offer", key)),
        name: Texts::single(Language::ENGLISH, key),
        kind: OfferKind::Voucher,
        currency: None,
        condition,
        benefit,
        priority: 0,
        exclusive: false,
        combines_with: vec![],
        limits: LimitsParts::default(),
        start: None,
        end: None,
        suspended: false,
        actions: vec![],
    });
    StoredOffer { offer: offer.unwrap(), position: 1, description: Texts::default(), created_at: MADE, oscar: None }
}

fn code(raw: &str) -> VoucherCode {
    VoucherCode::parse(raw).unwrap()
}

fn voucher(key: &str, offer: &StoredOffer, set: Option<VoucherSetId>) -> StoredVoucher {
    let offers = vec![offer.offer.id()];
    let parts = VoucherParts { code: code(key), usage: VoucherUsage::Multi, offers, start: None, end: None };
    let id = VoucherId::new(derived_uuid("voucher", key));
    StoredVoucher { id, voucher: Voucher::new(parts).unwrap(), name: key.into(), set, created_at: MADE, oscar: None }
}

async fn history(shop: &Shop, subject: Subject, id: impl ToString) -> Vec<String> {
    let events = shop.db().list_events(subject, &id.to_string()).await.unwrap();
    let mut kinds: Vec<String> =
        events.into_iter().map(|event| format!("{} {}", event.kind, event.actor_kind)).collect();
    kinds.sort();
    kinds
}

on_both_and_in_conflict! {
    async fn what_is_still_needed_is_not_removed(engine: Engine) {
        let (open, ann) = (TestShop::new().open(engine).await, staff("ann"));
        let shop = &open.shop;
        let hats = range("hats", &["mug", "jug"]);
        let three = offer("three for two", &hats);
        let early = shop.save_offer(&three, &ann).await.unwrap_err();
        assert!(matches!(early, OfferError::NoSuchRange(id) if id == hats.id), "{early}");
        shop.save_range(&hats, &ann).await.unwrap();
        shop.save_offer(&three, &ann).await.unwrap();
        let set = VoucherSet {
            id: VoucherSetId::new(derived_uuid("set", "a")),
            name: "Autumn".into(),
            description: String::new(),
            start: None,
            end: None,
            created_at: MADE,
            oscar: None,
        };
        shop.save_voucher_set(&set, &ann).await.unwrap();
        let tea = voucher("tea", &three, Some(set.id));
        shop.save_vouchers(std::slice::from_ref(&tea), &ann).await.unwrap();
        assert_eq!(shop.find_voucher(&code("Tea")).await.unwrap(), Some(tea.clone()));
        let twice = StoredVoucher { id: VoucherId::new(derived_uuid("voucher", "other")), ..tea.clone() };
        let taken = shop.save_vouchers(&[twice], &ann).await.unwrap_err();
        assert!(matches!(taken, VoucherError::CodeTaken), "{taken}");
        let refused = shop.remove_range(hats.id, &ann).await.unwrap_err();
        assert!(matches!(refused, RangeError::NotRemoved(_)), "{refused}");
        let refused = shop.remove_offer(three.offer.id(), &ann).await.unwrap_err();
        assert!(matches!(refused, OfferError::NotRemoved(_)), "{refused}");
        let refused = shop.remove_voucher_set(set.id, &ann).await.unwrap_err();
        assert!(matches!(refused, VoucherError::SetNotRemoved(_)), "{refused}");
        shop.remove_voucher(tea.id, &ann).await.unwrap();
        shop.remove_voucher_set(set.id, &ann).await.unwrap();
        shop.remove_offer(three.offer.id(), &ann).await.unwrap();
        shop.remove_range(hats.id, &ann).await.unwrap();
        assert!(matches!(shop.remove_voucher(tea.id, &ann).await, Err(VoucherError::NoSuchVoucher(_))));
        assert_eq!(history(shop, Subject::Range, hats.id).await, ["range_removed staff", "range_saved staff"]);
        assert_eq!(history(shop, Subject::Offer, three.offer.id()).await, ["offer_removed staff", "offer_saved staff"]);
        assert_eq!(history(shop, Subject::Voucher, tea.id).await, ["voucher_removed staff", "voucher_saved staff"]);
        assert_eq!(shop.db().check_data().await.unwrap(), []);
        open.close().await;
    }

    async fn the_book_holds_what_is_kept(engine: Engine) {
        let (open, ann) = (TestShop::new().open(engine).await, staff("ann"));
        let shop = &open.shop;
        let hats = range("hats", &["mug"]);
        shop.save_range(&hats, &ann).await.unwrap();
        let offers = ["one", "two"].map(|key| offer(key, &hats));
        for offer in &offers {
            shop.save_offer(offer, &ann).await.unwrap();
        }
        let empty = StoredRange { lists: RangeLists::default(), ..hats.clone() };
        assert!(matches!(shop.save_range(&empty, &ann).await, Err(RangeError::Invalid(_))));
        let loaded = shop.load_rules().await.unwrap();
        assert_eq!((loaded.book.offers().count(), loaded.damaged.len()), (2, 0));
        let id = offers[0].offer.id();
        shop.suspend_offer(id, &ann).await.unwrap();
        assert!(matches!(shop.suspend_offer(id, &ann).await, Err(OfferError::NotChanged(_))));
        assert!(shop.find_offer(id).await.unwrap().unwrap().offer.is_suspended());
        shop.resume_offer(id, &ann).await.unwrap();
        assert_eq!(
            history(shop, Subject::Offer, id).await,
            ["offer_resumed staff", "offer_saved staff", "offer_suspended staff"]
        );
        // Its range grows, and the book with it.
        let longer = range("hats", &["mug", "jug"]);
        shop.save_range(&longer, &ann).await.unwrap();
        assert_eq!(shop.find_range(hats.id).await.unwrap(), Some(longer));
        open.close().await;
    }
}
