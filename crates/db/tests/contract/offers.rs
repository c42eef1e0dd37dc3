//! Offers: every kind comes back as it was, and a damaged one keeps nobody from the others.

use crate::rules::{decimal, fill_rules, offer_id, parts, put_offer, put_range, range, stored, used};
use crate::sample::{gbp, uuid};
use crate::support::{NOW, TestDb, on_both};
use commerce::ids::{CustomerGroupId, OfferId};
use commerce::language::{Language, Texts};
use commerce::money::{Currency, Money};
use commerce::offer::{BenefitKind, ConditionKind, LimitsParts, OFFERS_MAX, OfferKind, OrderAction};
use db::offers::{OfferStatus, StoredOffer, Used};

on_both![
    every_kind_of_condition_and_benefit_comes_back,
    every_other_field_comes_back,
    a_damaged_offer_keeps_nobody_from_the_others,
    there_is_a_bound,
    an_offer_rests_and_goes,
    uses_are_brought_beside_those_that_were_counted_here,
];

const CONDITIONS: [ConditionKind; 3] = [ConditionKind::Count, ConditionKind::Value, ConditionKind::Coverage];
const BENEFITS: [BenefitKind; 9] = [
    BenefitKind::Percentage,
    BenefitKind::Absolute,
    BenefitKind::FixedUnit,
    BenefitKind::Multibuy,
    BenefitKind::FixedPrice,
    BenefitKind::ShippingPercentage,
    BenefitKind::ShippingAbsolute,
    BenefitKind::ShippingFixedPrice,
    BenefitKind::AfterOrder,
];

async fn every_kind_of_condition_and_benefit_comes_back(test: TestDb) {
    let (hats, socks) = (range(1, 2), range(2, 3));
    put_range(&test, &hats, 1).await;
    put_range(&test, &socks, 1).await;
    let kinds = CONDITIONS.into_iter().flat_map(|condition| BENEFITS.map(|benefit| (condition, benefit)));
    // A fixed price for goods of some value is no offer.
    let kinds = kinds.filter(|kinds| *kinds != (ConditionKind::Value, BenefitKind::FixedPrice));
    let mut offers: Vec<StoredOffer> = Vec::new();
    for (number, (condition, benefit)) in (1..).zip(kinds) {
        let mut parts = parts(number, &hats, condition, benefit);
        if let Some(range) = &mut parts.benefit.range {
            *range = std::sync::Arc::new(socks.range().unwrap());
        }
        offers.push(stored(parts, i64::try_from(number).unwrap()));
    }
    assert_eq!(offers.len(), 26);
    for offer in offers.iter().rev() {
        put_offer(&test, offer).await;
    }
    let listed = test.db.list_offers().await.unwrap();
    assert_eq!((listed.entries, listed.damaged), (offers, vec![]));
}

async fn every_other_field_comes_back(test: TestDb) {
    let hats = range(1, 2);
    put_range(&test, &hats, 1).await;
    let plain = || parts(1, &hats, ConditionKind::Count, BenefitKind::Percentage);
    let mut offers = Vec::new();
    let mut add = |change: fn(&mut commerce::offer::OfferParts)| {
        let mut parts = plain();
        change(&mut parts);
        let number = i64::try_from(offers.len()).unwrap() + 1;
        parts.id = offer_id(u64::try_from(number).unwrap());
        offers.push(stored(parts, number));
    };
    add(|parts| parts.kind = OfferKind::Link);
    add(|parts| parts.kind = OfferKind::Voucher);
    add(|parts| parts.kind = OfferKind::Group(vec![CustomerGroupId::new(uuid(2)), CustomerGroupId::new(uuid(1))]));
    add(|parts| (parts.start, parts.end) = (Some(NOW), Some(NOW.plus_ms(1))));
    add(|parts| (parts.suspended, parts.exclusive, parts.priority) = (true, true, i32::MAX));
    add(|parts| parts.combines_with = vec![offer_id(2), offer_id(99)]);
    add(|parts| parts.currency = None);
    add(|parts| {
        let max_discount = Some(decimal("1000.01"));
        parts.limits = LimitsParts { per_basket: Some(1), per_shopper: Some(2), global: Some(u32::MAX), max_discount };
    });
    add(|parts| {
        let mut text = Texts::single(Language::ENGLISH, "A \"gift\"");
        text.set(Language::parse("de").unwrap(), "Ein Geschenk");
        parts.actions = vec![OrderAction { code: "gift".into(), text }];
    });
    add(|parts| {
        parts.currency = Some(Currency::parse("JPY").unwrap());
        parts.condition.kind = ConditionKind::Value;
        parts.condition.value = decimal("5000");
        parts.benefit.max_affected_items = None;
    });
    for offer in &offers {
        put_offer(&test, offer).await;
    }
    assert_eq!(test.db.list_offers().await.unwrap().entries, offers);
    // Written over: what Oscar and the order of making say stays.
    let changed = StoredOffer { position: 77, created_at: NOW.plus_ms(9), oscar: Some(7), ..offers[1].clone() };
    put_offer(&test, &changed).await;
    assert_eq!(test.db.list_offers().await.unwrap().entries, offers);
}

async fn a_damaged_offer_keeps_nobody_from_the_others(test: TestDb) {
    let hats = range(1, 2);
    put_range(&test, &hats, 1).await;
    let damages = [
        ("rule = ''", "EOF"),
        (
            "rule = '{\"format\":2,\"condition\":{\"kind\":\"count\",\"value\":\"1\"},\"benefit\":{\"kind\":\"multibuy\"}}'",
            "format 2",
        ),
        ("kind = 'session'", "kind session"),
        ("status = 'consumed'", "status consumed"),
        ("priority = 5000000000", "priority"),
        ("condition_range = 'x'", "not an id"),
        ("benefit_range = NULL", "benefit.range must be there"),
        ("name = '{'", "EOF"),
        ("ends_at = 5, starts_at = 6", "end must not lie before the start"),
        (
            "rule = '{\"format\":1,\"condition\":{\"kind\":\"hats\",\"value\":\"1\"},\"benefit\":{\"kind\":\"multibuy\"}}'",
            "condition hats",
        ),
        (
            "rule = '{\"format\":1,\"condition\":{\"kind\":\"count\",\"value\":\"-1\"},\"benefit\":{\"kind\":\"multibuy\"}}'",
            "must be above 0",
        ),
    ];
    for number in 0..=u64::try_from(damages.len()).unwrap() {
        let parts = parts(number + 1, &hats, ConditionKind::Count, BenefitKind::Multibuy);
        put_offer(&test, &stored(parts, i64::try_from(number).unwrap())).await;
    }
    for (number, (damage, _)) in (1..).zip(&damages) {
        test.raw(&format!("UPDATE offers SET {damage} WHERE id = '{}'", offer_id(number))).await;
    }
    let listed = test.db.list_offers().await.unwrap();
    let sound: Vec<OfferId> = listed.entries.iter().map(|stored| stored.offer.id()).collect();
    assert_eq!(sound, [offer_id(u64::try_from(damages.len()).unwrap() + 1)]);
    for ((number, (damage, want)), found) in (1..).zip(&damages).zip(&listed.damaged) {
        assert_eq!((found.table, &found.key), ("offers", &offer_id(number).to_string()), "{damage}");
        assert!(found.what.contains(want), "{damage}: {found:?}");
    }
    test.raw("DELETE FROM range_entries WHERE position = 1").await;
    let listed = test.db.list_offers().await.unwrap();
    assert_eq!((listed.entries, listed.damaged[0].table), (vec![], "ranges"), "the range is told before its offers");
    let last = listed.damaged.last().unwrap();
    assert!(last.what.contains("gone or damaged"), "{last:?}");
}

async fn there_is_a_bound(test: TestDb) {
    let hats = range(1, 2);
    put_range(&test, &hats, 1).await;
    let offer = |number: u64| stored(parts(number, &hats, ConditionKind::Count, BenefitKind::Multibuy), 0);
    put_offer(&test, &offer(1)).await;
    let last = u64::try_from(OFFERS_MAX).unwrap();
    let rows: Vec<String> = (2..=last)
        .map(|number| {
            format!(
                "SELECT '{}', position, name, description, kind, status, priority, starts_at, ends_at, \
             condition_range, benefit_range, rule, created_at, oscar FROM offers WHERE id = '{}'",
                uuid(number),
                uuid(1)
            )
        })
        .collect();
    for chunk in rows.chunks(100) {
        test.raw(&format!("INSERT INTO offers {}", chunk.join(" UNION ALL "))).await;
    }
    assert_eq!(test.db.list_offers().await.unwrap().entries.len(), OFFERS_MAX);
    let mut tx = test.db.begin().await.unwrap();
    assert!(!tx.put_offer(&offer(last + 1)).await.unwrap(), "one too many");
    assert!(tx.put_offer(&offer(last)).await.unwrap(), "one that is there may be written");
    tx.rollback().await;
}

async fn an_offer_rests_and_goes(test: TestDb) {
    fill_rules(&test).await;
    let set = async |status| {
        let mut tx = test.db.begin().await.unwrap();
        let done = tx.set_offer_status(offer_id(1), status).await.unwrap();
        tx.commit().await.unwrap();
        done
    };
    let changed = [set(OfferStatus::Open).await, set(OfferStatus::Suspended).await, set(OfferStatus::Suspended).await];
    assert_eq!(changed, [false, true, false]);
    assert!(test.db.list_offers().await.unwrap().entries[0].offer.is_suspended());
    let mut tx = test.db.begin().await.unwrap();
    assert!(!tx.remove_offer(offer_id(1)).await.unwrap(), "a voucher leads to it");
    assert!(tx.remove_voucher(crate::rules::voucher(1, "TEA", &[1]).id).await.unwrap());
    assert!(tx.remove_offer(offer_id(1)).await.unwrap());
    tx.commit().await.unwrap();
    assert_eq!(test.db.check_data().await.unwrap(), [], "nothing is left behind");
}

async fn uses_are_brought_beside_those_that_were_counted_here(test: TestDb) {
    fill_rules(&test).await;
    let euros = Used { discount: Money::from_minor(5, Currency::parse("EUR").unwrap()), ..used(1, 0) };
    let mut tx = test.db.begin().await.unwrap();
    assert!(!tx.bring_offer_uses(offer_id(1), used(2, 300)).await.unwrap(), "the same as before");
    assert!(tx.bring_offer_uses(offer_id(1), used(2, 301)).await.unwrap(), "the other store sold on");
    assert!(tx.bring_offer_uses(offer_id(1), euros).await.unwrap());
    tx.commit().await.unwrap();
    for bucket in [0, 3] {
        test.raw(&format!("INSERT INTO offer_uses VALUES ('{}', 'GBP', {bucket}, 1, 1, 50)", offer_id(1))).await;
    }
    let mut tx = test.db.begin().await.unwrap();
    assert!(tx.bring_offer_uses(offer_id(1), used(2, 302)).await.unwrap());
    tx.commit().await.unwrap();
    let pounds = Used { applications: 4, orders: 4, discount: gbp(402) };
    let uses = test.db.load_offer_uses().await.unwrap();
    assert_eq!(uses.into_iter().collect::<Vec<_>>(), [(offer_id(1), vec![euros, pounds])]);
}
