//! Offers, ranges and vouchers: those of the sample as they are, the odd ones sensibly or in the report.
#![allow(clippy::unwrap_used, reason = "a helper of tests ends them where something is missing")]

mod support;

use commerce::language::{Language, Texts};
use commerce::money::Money;
use commerce::offer::{Benefit, Limits, Need, Offer, OfferKind, ShippingBenefit};
use commerce::range::RangeLists;
use commerce::voucher::VoucherUsage;
use oscar::{Code, ImportedOffer, ids};
use serde_json::json;
use support::{Imported, ODD, Store, gbp, import, sample, sample_expect};

fn pounds(minor: i64) -> Money {
    Money::from_minor(minor, gbp())
}

fn offer(imported: &Imported, key: i64) -> &ImportedOffer {
    imported.rules.offers.iter().find(|offer| offer.key == key).unwrap()
}

fn need(offer: &Offer) -> String {
    match offer.condition().need() {
        Need::Units(units) => format!("Count {units}"),
        Need::Products(products) => format!("Coverage {products}"),
        Need::Amount(amount) => format!("Value {}", amount.to_decimal_string()),
    }
}

fn on_both(check: fn(&Imported)) {
    check(&import(&Store::sqlite(ODD).address));
    #[cfg(feature = "postgres")]
    support::on_postgres(ODD, |address| check(&import(address)));
}

/// What was said of rows of a table, as `key: words`.
fn told(imported: &Imported, code: Code, table: &str) -> Vec<String> {
    let entries = imported.report.find(code).map(|finding| finding.entries.as_slice()).unwrap_or_default();
    let of_table = entries.iter().filter(|entry| entry.table == table);
    of_table.map(|entry| format!("{}: {}", entry.key.unwrap_or_default(), entry.what)).collect()
}

#[test]
fn the_sample_has_its_offers_and_vouchers() {
    let (imported, expect) = (import(&sample()), sample_expect());
    let wanted = expect["offers"].as_array().unwrap();
    assert_eq!(imported.rules.offers.len(), wanted.len());
    for (found, wanted) in imported.rules.offers.iter().zip(wanted) {
        assert_eq!(json!(found.offer.name().get(&[Language::ENGLISH])), wanted["name"]);
        assert_eq!(json!(found.offer.priority()), wanted["priority"]);
        assert_eq!(json!(u8::from(found.offer.is_exclusive())), wanted["exclusive"]);
        assert_eq!(
            (json!(found.used.applications), json!(found.used.orders)),
            (wanted["num_applications"].clone(), wanted["num_orders"].clone())
        );
        assert_eq!(json!(found.used.discount.to_decimal_string()), wanted["total_discount"]);
    }
    let needs: Vec<String> = imported.rules.offers.iter().map(|found| need(&found.offer)).collect();
    assert_eq!(needs, ["Count 3", "Value 40.00", "Value 80.00", "Value 100.00", "Count 1"]);
    assert_eq!(offer(&imported, 3).offer.benefit(), &Benefit::Shipping(ShippingBenefit::FixedPrice(pounds(150))));
    assert!(
        matches!(offer(&imported, 4).offer.benefit(), Benefit::Absolute { amount, .. } if *amount == pounds(1_500))
    );
    assert!(matches!(offer(&imported, 5).offer.benefit(), Benefit::Percentage { percent, units_max, .. }
        if percent.get() == 2_000 && units_max.is_some_and(|units| units.get() == 1)));
    assert_eq!(imported.rules.ranges.len(), 3);
    let hats = &imported.rules.ranges[1].lists;
    assert_eq!((hats.categories.len(), hats.excluded_products.len(), hats.products.len()), (2, 1, 0));
    assert_eq!(imported.rules.ranges[2].lists.products.len(), 25);
    let vouchers = imported.vouchers.iter().map(|found| {
        json!({
            "code": found.voucher.code().as_str(),
            "name": found.name,
            "usage": if found.voucher.usage() == VoucherUsage::Multi { "Multi-use" } else { "Once per customer" },
            "num_orders": found.used.orders,
            "applications": found.used.applications,
            "offers": found.voucher.offers().len(),
            "in_set": u8::from(found.set.is_some()),
            "total_discount": found.used.discount.to_decimal_string(),
        })
    });
    assert_eq!(json!(vouchers.collect::<Vec<_>>()), expect["vouchers"]);
    assert_eq!(told(&imported, Code::NotBrought, "voucher_voucher").len(), 1, "whose use it was");
}

#[test]
fn odd_ranges_come_over_or_are_reported() {
    on_both(|imported| {
        let keys: Vec<i64> = imported.rules.ranges.iter().map(|range| range.key).collect();
        assert_eq!(keys, [1, 2, 5]);
        let some = &imported.rules.ranges[1];
        let lists = RangeLists {
            all: false,
            products: [10, 3, 1, 2].map(ids::product).to_vec(),
            classes: vec![ids::class(2)],
            categories: [8, 1].map(ids::category).to_vec(),
            excluded_products: vec![ids::product(5)],
            excluded_categories: vec![ids::category(2)],
        };
        assert_eq!((&some.lists, some.is_public), (&lists, true));
        assert_eq!(imported.rules.ranges[2].name, Texts::single(Language::ENGLISH, "Range 5"));
        assert_eq!(
            told(imported, Code::CustomClass, "offer_range"),
            ["3: its products are chosen by the class \"shop.ranges.Lucky\"; left out"]
        );
        assert_eq!(told(imported, Code::RangeInvalid, "offer_range").len(), 1);
        for (table, key) in [
            ("offer_rangeproduct", "4: product_id"),
            ("offer_rangeproduct", "5: range_id"),
            ("offer_range_classes", "2: "),
            ("offer_range_included_categories", "3: "),
        ] {
            let found = told(imported, Code::ReferenceMissing, table);
            assert!(found.iter().any(|what| what.starts_with(key)), "{table}: {found:?}");
        }
    });
}

#[test]
fn odd_offers_come_over_or_are_reported() {
    on_both(|imported| {
        let keys: Vec<i64> = imported.rules.offers.iter().map(|offer| offer.key).collect();
        assert_eq!(keys, [1, 2, 3, 4, 5, 6, 7, 8]);
        let of = |key| &offer(imported, key).offer;
        let units = |count| std::num::NonZeroU32::new(count);
        let limits =
            Limits { per_basket: units(1), per_shopper: units(2), global: None, max_discount: Some(pounds(10_010)) };
        assert_eq!((of(1).limits(), of(1).priority()), (&limits, -3), "a limit of nought is none");
        assert!(
            matches!(of(1).benefit(), Benefit::Percentage { percent, units_max: None, .. } if percent.get() == 1_250)
        );
        assert!(matches!(of(2).benefit(), Benefit::Absolute { amount, .. } if *amount == pounds(500)));
        assert_eq!((of(2).condition().need(), of(2).limits().max_discount), (Need::Amount(pounds(4_010)), None));
        assert_eq!(offer(imported, 2).used.discount, pounds(10), "money of a float column is what was meant");
        assert_eq!(of(1).combines_with(), [ids::offer(2)]);
        assert_eq!((of(2).combines_with(), of(3).combines_with()), (&[ids::offer(1)][..], &[][..]));
        let suspended: Vec<i64> =
            imported.rules.offers.iter().filter(|offer| offer.offer.is_suspended()).map(|offer| offer.key).collect();
        assert_eq!(suspended, [3, 4, 5, 7], "used up is what counters say");
        assert_eq!((of(4).kind(), of(5).kind()), (&OfferKind::Group(vec![ids::offer_group(4)]), &OfferKind::Link));
        assert_eq!(of(8).benefit(), &Benefit::Shipping(ShippingBenefit::FixedPrice(pounds(0))));
        assert_eq!(of(6).currency(), None, "without an amount it holds in every currency");
        let offers = "offer_conditionaloffer";
        assert_eq!(told(imported, Code::OfferSuspended, offers).len(), 3);
        assert_eq!(told(imported, Code::CustomClass, "offer_condition").len(), 1);
        assert_eq!(told(imported, Code::CustomClass, "offer_benefit").len(), 1);
        assert_eq!(
            told(imported, Code::OfferInvalid, offers),
            [
                "25: condition.range must be there; left out",
                "26: condition.value has too many digits; left out",
                "27: benefit.value must not be above 100 percent; left out",
                "28: benefit.range must be there; left out",
                "30: condition must count units or products where the benefit is a fixed price; left out",
            ]
        );
        let conditions = told(imported, Code::OfferInvalid, "offer_condition");
        assert_eq!(conditions.len(), 3, "{conditions:?}");
        assert_eq!(told(imported, Code::OfferInvalid, "offer_benefit").len(), 1);
        let gone = told(imported, Code::ReferenceMissing, offers);
        assert_eq!(gone.len(), 2, "a partner that is gone, and an offer without a condition: {gone:?}");
    });
}

#[test]
fn odd_vouchers_come_over_or_are_reported() {
    on_both(|imported| {
        let codes: Vec<&str> = imported.vouchers.iter().map(|found| found.voucher.code().as_str()).collect();
        assert_eq!(codes, ["TEA-1", "TEA-2", "TEA-3", "TEA-8"]);
        let [one, two, three, often] = &imported.vouchers[..] else { panic!("{codes:?}") };
        assert_eq!(one.voucher.offers(), [ids::offer(2), ids::offer(1)]);
        assert_eq!((one.set, two.set), (Some(ids::voucher_set(1)), None));
        assert_eq!((one.used.applications, one.used.orders, one.used.discount), (1, 1, pounds(510)));
        assert_eq!((three.used.applications, three.name.as_str()), (2, "TEA-3"));
        assert_eq!(often.voucher.usage(), VoucherUsage::Single);
        let table = "voucher_voucher";
        assert_eq!(told(imported, Code::Duplicate, table), ["4: another voucher has the code TEA-1; left out"]);
        let invalid = told(imported, Code::VoucherInvalid, table);
        let keys: Vec<&str> = invalid.iter().filter_map(|what| what.split(':').next()).collect();
        assert_eq!(keys, ["5", "6", "7", "9"], "{invalid:?}");
        assert_eq!(imported.voucher_sets[0].description, "For friends");
    });
}

#[test]
fn pages_of_vouchers_of_any_size_hold_the_same() {
    let store = Store::sqlite(ODD);
    let whole = import(&store.address);
    for limit in [1, 2, 4] {
        let paged = support::import_by(&store.address, support::options(), limit);
        assert!(paged.vouchers == whole.vouchers, "{limit} a page");
        let totals = |imported: &Imported| -> Vec<(Code, u64)> {
            imported.report.findings().map(|finding| (finding.code, finding.total)).collect()
        };
        assert_eq!(totals(&paged), totals(&whole), "{limit} a page");
    }
}

#[test]
fn damaged_cells_of_rules_are_reported_and_end_nothing() {
    let store = Store::sqlite(&format!(
        "{ODD}
        UPDATE offer_conditionaloffer SET priority = 'high', exclusive = 'perhaps', start_datetime = 'soon' WHERE id = 1;
        UPDATE offer_conditionaloffer SET total_discount = 'much', num_orders = -4, max_discount = 1e300 WHERE id = 2;
        UPDATE offer_conditionaloffer SET name = CAST(x'4D75FF67' AS TEXT), max_user_applications = 9e18 WHERE id = 3;
        UPDATE offer_conditionaloffer SET max_basket_applications = -1, condition_id = 'one' WHERE id = 4;
        UPDATE offer_benefit SET value = 'half' WHERE id = 6;
        UPDATE offer_range SET includes_all_products = 'perhaps' WHERE id = 5;
        UPDATE voucher_voucher SET start_datetime = 'soon' WHERE id = 1;
        UPDATE voucher_voucher SET code = x'00' WHERE id = 2;
        DROP TABLE offer_range_excluded_categories; DROP TABLE voucher_voucherapplication;
        ALTER TABLE offer_conditionaloffer DROP COLUMN exclusive;",
    ));
    let imported = import(&store.address);
    let keys: Vec<i64> = imported.rules.offers.iter().map(|offer| offer.key).collect();
    assert_eq!(keys, [1, 2, 3, 5, 7, 8]);
    let used = offer(&imported, 2).used;
    assert_eq!((used.orders, used.discount, offer(&imported, 2).offer.limits().max_discount), (0, pounds(0), None));
    let codes: Vec<&str> = imported.vouchers.iter().map(|found| found.voucher.code().as_str()).collect();
    assert_eq!(codes, ["TEA-3", "TEA-1", "TEA-8"], "the first that can be used has the code");
    assert_eq!(imported.vouchers[0].used.applications, 0);
}
