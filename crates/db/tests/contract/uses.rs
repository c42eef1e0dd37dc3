//! Uses of limited offers and vouchers, and the rules as a snapshot carries them.

use crate::rules::{fill_rules, offer_id};
use crate::sample::{checkout_id, discounted, frozen, hold_id, hold_of};
use crate::support::{NOW, TestDb, on_both};
use commerce::ids::VoucherId;
use commerce::moment::Moment;
use commerce::offer::{LimitedUse, UseCount, UseSubject};
use db::rules::Rules;
use db::uses::Counted;

on_both![
    a_use_is_taken_up_to_its_limit_and_given_back,
    what_is_counted_is_told_by_shopper,
    rules_come_back,
    the_next_change_of_an_offer_is_told
];

fn count(times: u32, discount_minor: i64) -> UseCount {
    UseCount { times, discount_minor }
}

async fn take(test: &TestDb, limited: LimitedUse, person: &str) -> bool {
    let mut tx = test.db.begin().await.unwrap();
    let taken = tx.take_use(&limited, person).await.unwrap();
    tx.commit().await.unwrap();
    taken
}

async fn a_use_is_taken_up_to_its_limit_and_given_back(test: TestDb) {
    let subject = UseSubject::Offer(offer_id(1));
    let of = |times, minor, most| LimitedUse { subject, count: count(times, minor), most };
    let thrice = count(3, 1_000);
    for (case, limited, want) in [
        ("more than there is, by the first", of(4, 0, thrice), false),
        ("the first", of(2, 600, thrice), true),
        ("over the times", of(2, 0, thrice), false),
        ("over the budget", of(1, 401, thrice), false),
        ("the last", of(1, 400, thrice), true),
        ("one more", of(1, 0, thrice), false),
        ("whose limit is none", of(1, 0, UseCount::UNLIMITED), true),
    ] {
        assert_eq!(take(&test, limited, "ann").await, want, "{case}");
    }
    let counted = test.db.count_uses(&[subject], None).await.unwrap();
    assert_eq!(counted[&subject].here, count(4, 1_000));
}

async fn what_is_counted_is_told_by_shopper(test: TestDb) {
    fill_rules(&test).await;
    let sold = discounted(frozen(5, 1, 1));
    let mut tx = test.db.begin().await.unwrap();
    tx.insert_checkout(&sold, "hash", "ann").await.unwrap();
    tx.insert_hold(&hold_of(5, 5), "ann", &[], NOW).await.unwrap();
    tx.insert_hold_uses(hold_id(5), &sold.uses, "ann").await.unwrap();
    for limited in &sold.uses {
        assert!(tx.take_use(limited, "ann").await.unwrap());
    }
    tx.commit().await.unwrap();
    let (all, own) = (UseSubject::Offer(offer_id(1)), UseSubject::OfferByShopper(offer_id(1)));
    let brought = Counted { here: UseCount::default(), brought: count(2, 300) };
    let by_ann = Counted { here: count(1, 0), brought: UseCount::default() };
    for (person, want) in [(Some("ann"), Some(by_ann)), (Some("ben"), None), (None, None)] {
        let counted = test.db.count_uses(&[all, own], person).await.unwrap();
        assert_eq!((counted.get(&all), counted.get(&own).copied()), (Some(&brought), want), "{person:?}");
    }
    let voucher = UseSubject::Voucher(VoucherId::new(crate::sample::uuid(1)));
    assert_eq!(test.db.count_uses(&[voucher], None).await.unwrap()[&voucher].all().times, 1);
    let held = test.db.uses_held_by(checkout_id(5), &[own], Some("ann")).await.unwrap();
    assert_eq!(held.get(&own), Some(&count(1, 0)));
    let late = NOW.plus_ms(900_001);
    assert_eq!(test.db.list_expired_holds_of_use(own, "ann", late).await.unwrap().len(), 1);
    assert_eq!(test.db.list_expired_holds_of_use(own, "ben", late).await.unwrap(), []);
    assert_eq!(test.db.check_data().await.unwrap(), [], "counters are what holds have taken");
    let mut tx = test.db.begin().await.unwrap();
    assert!(tx.begin_release(hold_id(5)).await.unwrap() && tx.end_release(hold_id(5), NOW).await.unwrap());
    tx.commit().await.unwrap();
    assert_eq!(test.db.count_uses(&[own], Some("ann")).await.unwrap()[&own].here, count(0, 0));
    assert_eq!(test.db.check_data().await.unwrap(), []);
    test.raw("UPDATE use_counters SET times = 7").await;
    let found = test.db.check_data().await.unwrap();
    assert_eq!(found.iter().map(|finding| finding.check).collect::<Vec<_>>(), ["uses_do_not_add_up"]);
}

async fn the_next_change_of_an_offer_is_told(test: TestDb) {
    fill_rules(&test).await;
    let at = Moment::from_micros;
    test.raw("UPDATE offers SET starts_at = 10, ends_at = 20").await;
    for (now, want) in [(0, Some(10)), (10, Some(21)), (20, Some(21)), (21, None)] {
        assert_eq!(test.db.next_offer_change(at(now)).await.unwrap(), want.map(at), "{now}");
    }
    test.raw("UPDATE offers SET status = 'suspended'").await;
    assert_eq!(test.db.next_offer_change(at(0)).await.unwrap(), None, "one that rests changes nothing");
}

async fn rules_come_back(test: TestDb) {
    fill_rules(&test).await;
    let mut tx = test.db.begin().await.unwrap();
    tx.renew_rules("second").await.unwrap();
    tx.commit().await.unwrap();
    let (rules, damaged) = test.db.load_rules().await.unwrap();
    assert_eq!((rules.edition.as_str(), rules.offers.len(), rules.ranges.len(), damaged.len()), ("second", 1, 1, 0));
    let (mut read, damaged) = Rules::from_bytes(&rules.to_bytes()).unwrap();
    assert_eq!(damaged, []);
    // When they were made, and in which other shop, no basket asks.
    for offer in &mut read.offers {
        (offer.created_at, offer.oscar) = (NOW, None);
    }
    for (range, before) in read.ranges.iter_mut().zip(&rules.ranges) {
        (range.created_at, range.oscar) = (NOW, before.oscar);
    }
    assert_eq!(read, rules);
    assert_eq!(Rules::from_bytes(&[]).unwrap().0, Rules::default(), "a store that never had any");
    assert!(Rules::from_bytes(b"{\"format\":99}").is_err());
    test.raw("UPDATE offers SET rule = '{}'").await;
    let (rules, damaged) = test.db.load_rules().await.unwrap();
    assert_eq!((rules.offers.len(), damaged.len()), (0, 1), "one that is damaged keeps nobody from the rest");
}
