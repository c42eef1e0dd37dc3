//! The demo's offers: one for everybody, two that vouchers open.

use crate::assortment::category_id;
use crate::texts::Pair;
use commerce::decimal::Decimal;
use commerce::ids::{OfferId, RangeId, VoucherId, derived_uuid};
use commerce::language::Texts;
use commerce::offer::{BenefitKind, BenefitParts, ConditionKind, ConditionParts, LimitsParts, OfferKind, OfferParts};
use commerce::range::{Range, RangeLists};
use commerce::voucher::{VoucherCode, VoucherParts, VoucherUsage};
use std::sync::Arc;

/// A range of the demo.
#[derive(Clone, Debug)]
pub struct DemoRange {
    /// Its id.
    pub id: RangeId,
    /// What people read.
    pub name: Texts,
    /// What it holds.
    pub lists: RangeLists,
}

/// The demo's rules, in the order in which they are written.
#[derive(Clone, Debug)]
pub struct DemoOffers {
    /// Ranges.
    pub ranges: Vec<DemoRange>,
    /// Offers.
    pub offers: Vec<OfferParts>,
    /// Vouchers.
    pub vouchers: Vec<(VoucherId, VoucherParts)>,
}

/// Makes the demo's offers, in English and German: three spices for the price of two, a tenth off with `WELCOME10`,
/// and delivery for nothing with `FREEPOST`.
pub fn offers() -> DemoOffers {
    let spices = DemoRange {
        id: RangeId::new(derived_uuid("demo/range", "spices")),
        name: both("our spices", "unseren Gewürzen"),
        lists: RangeLists { categories: vec![category_id("spices")], ..RangeLists::default() },
    };
    let goods = DemoRange {
        id: RangeId::new(derived_uuid("demo/range", "all-but-gifts")),
        name: both("everything but gifts", "allem außer Geschenken"),
        lists: RangeLists { all: true, excluded_categories: vec![category_id("gifts")], ..RangeLists::default() },
    };
    let offers = vec![
        offer(
            "spices",
            both("Three spices for the price of two", "Drei Gewürze zum Preis von zweien"),
            OfferKind::Site,
            (&spices, 3),
            benefit(BenefitKind::Multibuy, Some(&spices), None),
        ),
        offer(
            "welcome",
            both("A tenth off to say welcome", "Ein Zehntel weniger zum Willkommen"),
            OfferKind::Voucher,
            (&goods, 1),
            benefit(BenefitKind::Percentage, Some(&goods), Some("10")),
        ),
        offer(
            "post",
            both("Delivery is on us", "Der Versand geht auf uns"),
            OfferKind::Voucher,
            (&goods, 2),
            benefit(BenefitKind::ShippingPercentage, None, Some("100")),
        ),
    ];
    let vouchers = [("WELCOME10", &offers[1]), ("FREEPOST", &offers[2])];
    let vouchers = vouchers.into_iter().filter_map(|(code, offer)| {
        let parts = VoucherParts {
            code: VoucherCode::parse(code).ok()?,
            usage: VoucherUsage::Multi,
            offers: vec![offer.id],
            start: None,
            end: None,
        };
        Some((VoucherId::new(derived_uuid("demo/voucher", code)), parts))
    });
    let vouchers = vouchers.collect();
    DemoOffers { ranges: vec![spices, goods], offers, vouchers }
}

fn both(english: &str, german: &str) -> Texts {
    Pair(english.to_owned(), german.to_owned()).texts()
}

fn benefit(kind: BenefitKind, range: Option<&DemoRange>, value: Option<&str>) -> BenefitParts {
    let value = value.and_then(|value| Decimal::parse(value).ok());
    BenefitParts { kind, range: range.and_then(made), value, max_affected_items: None }
}

fn made(range: &DemoRange) -> Option<Arc<Range>> {
    Range::new(range.id, range.lists.clone()).ok().map(Arc::new)
}

fn offer(
    key: &str,
    name: Texts,
    kind: OfferKind,
    (range, units): (&DemoRange, i64),
    benefit: BenefitParts,
) -> OfferParts {
    let value = Decimal::new(units, 0).expect("whole numbers are decimals");
    OfferParts {
        id: OfferId::new(derived_uuid("demo/offer", key)),
        name,
        kind,
        currency: None,
        condition: ConditionParts { kind: ConditionKind::Count, range: made(range), value },
        benefit,
        priority: 0,
        exclusive: false,
        combines_with: Vec::new(),
        limits: LimitsParts::default(),
        start: None,
        end: None,
        suspended: false,
        actions: Vec::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use commerce::ids::CategoryId;
    use commerce::offer::Offer;
    use commerce::voucher::Voucher;

    #[test]
    fn every_offer_and_voucher_of_the_demo_is_one() {
        let demo = offers();
        assert_eq!((demo.ranges.len(), demo.offers.len(), demo.vouchers.len()), (2, 3, 2));
        for offer in demo.offers {
            Offer::new(offer).unwrap();
        }
        for (_, voucher) in demo.vouchers {
            Voucher::new(voucher).unwrap();
        }
    }

    #[test]
    fn their_categories_are_there() {
        let setup = crate::assortment().unwrap().setup;
        let known: Vec<CategoryId> = setup.categories.iter().map(|category| category.id).collect();
        for range in offers().ranges {
            let lists = range.lists;
            assert!(lists.categories.iter().chain(&lists.excluded_categories).all(|id| known.contains(id)));
        }
    }
}
