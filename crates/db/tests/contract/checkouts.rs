//! Freeze and hold, claim, release.

use crate::sample::{checkout_id, frozen, gbp, hold_id, hold_of, hold_units, number, payment_id, record_id, stocked};
use crate::support::{NOW, TestDb, on_both};
use commerce::payment::{LedgerEntry, LedgerKind};
use commerce::stock::Take;
use db::checkouts::{HoldState, Shortage};
use db::stock::StockLevel;
use db::{Db, DbError};

on_both![
    a_checkout_comes_back_as_it_was_frozen,
    what_stands_in_the_way_of_a_freeze_is_told,
    a_bucket_never_goes_below_nothing,
    the_last_unit_goes_to_one_of_two_buyers,
    fifty_units_go_to_fifty_of_many_buyers,
    of_a_claim_and_a_release_one_wins,
    a_claim_and_a_release_at_once_agree_on_a_winner,
    a_release_puts_the_units_back_once,
    a_cancelled_sale_puts_back_what_was_not_sent,
    a_buyer_who_finds_too_little_hears_why,
    expired_holds_are_listed_the_oldest_first,
    old_checkouts_are_forgotten_with_what_belongs_to_them,
];

async fn level(db: &Db) -> (i64, i64, i64) {
    let StockLevel { on_hand, free, held, claimed } = db.stock_level(record_id(1)).await.unwrap().unwrap();
    assert_eq!(on_hand, Some(free + held + claimed), "every unit is somewhere");
    (free, held, claimed)
}

async fn claim(db: &Db, number: u64) -> Result<bool, DbError> {
    let mut tx = db.begin().await?;
    let claimed = tx.claim_hold(checkout_id(number)).await?;
    tx.commit().await.map(|()| claimed)
}

async fn begin_release(db: &Db, number: u64) -> Result<bool, DbError> {
    let mut tx = db.begin().await?;
    let begun = tx.begin_release(hold_id(number)).await?;
    tx.commit().await.map(|()| begun)
}

async fn end_release(db: &Db, number: u64) -> Result<bool, DbError> {
    let mut tx = db.begin().await?;
    let ended = tx.end_release(hold_id(number), NOW).await?;
    tx.commit().await.map(|()| ended)
}

async fn state(db: &Db, number: u64) -> HoldState {
    db.list_holds(checkout_id(number)).await.unwrap()[0].state
}

async fn a_checkout_comes_back_as_it_was_frozen(test: TestDb) {
    stocked(&test, 1, 9).await;
    hold_units(&test.db, 1, 2).await.unwrap();
    assert_eq!(test.db.find_checkout(checkout_id(1)).await.unwrap(), Some(frozen(1, 1, 2)));
    assert_eq!(test.db.find_checkout(checkout_id(2)).await.unwrap(), None);
    assert_eq!(test.db.list_holds(checkout_id(1)).await.unwrap(), [hold_of(1, 1)]);
    let twice = hold_units(&test.db, 1, 2).await;
    assert!(matches!(twice, Err(DbError::Taken { .. })));
    assert_eq!(level(&test.db).await, (7, 2, 0), "the second attempt left nothing behind");
    test.raw("UPDATE checkouts SET body = 'damaged'").await;
    let damaged = test.db.find_checkout(checkout_id(1)).await;
    assert!(matches!(damaged, Err(DbError::Damaged { table: "checkouts", .. })));
}

async fn what_stands_in_the_way_of_a_freeze_is_told(test: TestDb) {
    stocked(&test, 1, 9).await;
    hold_units(&test.db, 1, 2).await.unwrap();
    let before = async |checkout, person: &str, ms| {
        let mut tx = test.db.begin_read().await.unwrap();
        let found = tx.before_freeze(checkout_id(checkout), person, NOW.plus_ms(ms)).await.unwrap();
        (found.frozen_content, found.open_holds)
    };
    assert_eq!(before(1, "person", 0).await, (Some("hash".to_owned()), 1));
    assert_eq!(before(2, "person", 0).await, (None, 1));
    assert_eq!(before(2, "other", 0).await, (None, 0));
    assert_eq!(before(2, "person", 900_000).await, (None, 0), "it has run out");
}

async fn a_bucket_never_goes_below_nothing(test: TestDb) {
    stocked(&test, 1, 3).await;
    let take = async |units| {
        let mut tx = test.db.begin().await.unwrap();
        let outcome = tx.take_units(record_id(1), Take { bucket: 0, units }).await;
        tx.rollback().await;
        outcome
    };
    assert!(take(3).await.is_ok());
    assert!(matches!(take(4).await, Err(DbError::Conflict)));
    let mut tx = test.db.begin().await.unwrap();
    let missing = tx.take_units(record_id(1), Take { bucket: 5, units: 1 }).await;
    assert!(matches!(missing, Err(DbError::Conflict)), "no such bucket");
}

async fn the_last_unit_goes_to_one_of_two_buyers(test: TestDb) {
    stocked(&test, 1, 1).await;
    let other = test.open_again().await;
    let (a, b) = tokio::join!(buy(test.db.clone(), 1), buy(other.clone(), 2));
    assert!(a ^ b, "one of them");
    assert_eq!(level(&test.db).await, (0, 1, 0));
    other.close().await;
}

/// Tries until it has one unit or none is left.
async fn buy(db: Db, number: u64) -> bool {
    tokio::spawn(async move {
        match db.retry(|| hold_units(&db, number, 1)).await {
            Ok(()) => true,
            Err(DbError::Refused(what)) if what == "sold out" => false,
            Err(error) => panic!("{error}"),
        }
    })
    .await
    .unwrap()
}

async fn fifty_units_go_to_fifty_of_many_buyers(test: TestDb) {
    stocked(&test, 1, 50).await;
    // One commit of ten fails on purpose, as on a busy Aurora DSQL.
    let other = test.open_with_conflicts(100).await;
    let mut buyers = tokio::task::JoinSet::new();
    for number in 1..=80 {
        buyers.spawn(buy(if number % 2 == 0 { other.clone() } else { test.db.clone() }, number));
    }
    let won = buyers.join_all().await.into_iter().filter(|won| *won).count();
    assert_eq!(won, 50);
    assert_eq!(level(&test.db).await, (0, 50, 0));
    assert_eq!(test.raw_rows("SELECT COUNT(*) FROM checkouts").await, [["50"]], "who lost left nothing behind");
    other.close().await;
}

async fn of_a_claim_and_a_release_one_wins(test: TestDb) {
    stocked(&test, 1, 9).await;
    for (number, steps, last) in [
        (1, "claim begin end", HoldState::Claimed),
        (2, "begin claim end", HoldState::Claimed),
        (3, "begin end claim", HoldState::Released),
        (4, "claim claim", HoldState::Claimed),
        (5, "begin begin end end", HoldState::Released),
        (6, "end claim", HoldState::Claimed),
    ] {
        hold_units(&test.db, number, 1).await.unwrap();
        let mut won = Vec::new();
        for step in steps.split(' ') {
            let done = match step {
                "claim" => claim(&test.db, number).await,
                "begin" => begin_release(&test.db, number).await,
                _ => end_release(&test.db, number).await,
            };
            if done.unwrap() && step != "begin" {
                won.push(step);
            }
        }
        assert_eq!(won.len(), 1, "{steps}: {won:?}");
        assert_eq!(state(&test.db, number).await, last, "{steps}");
    }
    assert_eq!(level(&test.db).await, (5, 0, 4));
}

async fn a_claim_and_a_release_at_once_agree_on_a_winner(test: TestDb) {
    stocked(&test, 1, 20).await;
    let other = test.open_again().await;
    for number in 1..=12 {
        hold_units(&test.db, number, 1).await.unwrap();
        assert!(begin_release(&test.db, number).await.unwrap());
        let (claimed, released) =
            tokio::join!(test.db.retry(|| claim(&test.db, number)), other.retry(|| end_release(&other, number)));
        let (claimed, released) = (claimed.unwrap(), released.unwrap());
        assert!(claimed ^ released, "round {number}");
        let want = if claimed { HoldState::Claimed } else { HoldState::Released };
        assert_eq!(state(&test.db, number).await, want);
    }
    level(&test.db).await;
    other.close().await;
}

async fn a_release_puts_the_units_back_once(test: TestDb) {
    stocked(&test, 1, 70).await;
    hold_units(&test.db, 1, 60).await.unwrap();
    assert_eq!(level(&test.db).await, (10, 60, 0));
    assert!(!end_release(&test.db, 1).await.unwrap(), "it has not begun");
    assert!(begin_release(&test.db, 1).await.unwrap());
    assert_eq!(level(&test.db).await, (10, 60, 0), "on their way is not back");
    // A count in between laid the rest into fewer buckets.
    let mut tx = test.db.begin().await.unwrap();
    tx.set_stock(record_id(1), Some(62), 2).await.unwrap();
    tx.commit().await.unwrap();
    assert!(end_release(&test.db, 1).await.unwrap());
    assert!(!end_release(&test.db, 1).await.unwrap());
    assert_eq!(level(&test.db).await, (62, 0, 0));
}

async fn a_cancelled_sale_puts_back_what_was_not_sent(test: TestDb) {
    stocked(&test, 1, 70).await;
    hold_units(&test.db, 1, 60).await.unwrap();
    let release = async || {
        let mut tx = test.db.begin().await.unwrap();
        let released = tx.release_claimed(hold_id(1)).await.unwrap();
        tx.commit().await.unwrap();
        released
    };
    assert!(!release().await, "it is not sold");
    assert!(claim(&test.db, 1).await.unwrap());
    let mut tx = test.db.begin().await.unwrap();
    let order = commerce::ids::OrderId::new(checkout_id(1).uuid());
    tx.ship_units(order, record_id(1), 25).await.unwrap();
    tx.commit().await.unwrap();
    assert_eq!(level(&test.db).await, (10, 0, 35));
    assert!(release().await);
    assert_eq!(level(&test.db).await, (45, 0, 0));
    assert!(!release().await);
}

async fn a_buyer_who_finds_too_little_hears_why(test: TestDb) {
    stocked(&test, 1, 5).await;
    let shortage = async || test.db.shortage(record_id(1)).await.unwrap();
    assert_eq!(shortage().await, Shortage { free: 5, held: 0, first_expiry: None });
    hold_units(&test.db, 1, 2).await.unwrap();
    hold_units(&test.db, 2, 3).await.unwrap();
    claim(&test.db, 2).await.unwrap();
    let ends = hold_of(1, 1).expires_at;
    assert_eq!(shortage().await, Shortage { free: 0, held: 2, first_expiry: Some(ends) });
    let levels = test.db.free_and_held(&[record_id(1), record_id(7)]).await.unwrap();
    assert_eq!(levels.into_iter().collect::<Vec<_>>(), [(record_id(1), (0, 2))]);
}

async fn expired_holds_are_listed_the_oldest_first(test: TestDb) {
    stocked(&test, 1, 9).await;
    for number in 1..=4 {
        hold_units(&test.db, number, 1).await.unwrap();
    }
    test.raw(&format!("UPDATE holds SET expires_at = expires_at - 1000000 WHERE id = '{}'", hold_id(3))).await;
    claim(&test.db, 1).await.unwrap();
    begin_release(&test.db, 4).await.unwrap();
    let end = hold_of(1, 1).expires_at;
    let ids = |holds: Vec<db::checkouts::Hold>| holds.into_iter().map(|hold| hold.id).collect::<Vec<_>>();
    assert_eq!(ids(test.db.list_expired_holds(end.plus_ms(-1)).await.unwrap()), [hold_id(3)]);
    let all = [hold_id(3), hold_id(2), hold_id(4)];
    assert_eq!(ids(test.db.list_expired_holds(end).await.unwrap()), all);
    assert_eq!(ids(test.db.list_expired_holds_of(record_id(1), end).await.unwrap()), all);
    assert_eq!(ids(test.db.list_expired_holds_of(record_id(2), end).await.unwrap()), []);
}

async fn old_checkouts_are_forgotten_with_what_belongs_to_them(test: TestDb) {
    stocked(&test, 1, 9).await;
    // 1 ended; 2 became an order; 3 is held still; 4 has a payment that is open; 5 took money and gave it back.
    for id in 1..=5 {
        hold_units(&test.db, id, 1).await.unwrap();
        if id != 2 && id != 3 {
            begin_release(&test.db, id).await.unwrap();
            end_release(&test.db, id).await.unwrap();
        }
        let mut tx = test.db.begin().await.unwrap();
        tx.insert_payment(payment_id(id), checkout_id(id), "demo", gbp(1), NOW, NOW).await.unwrap();
        if id == 5 {
            let (payment, kind, key) = (payment_id(5), LedgerKind::Captured, "k".to_owned());
            let entry = LedgerEntry { card: None, payment, kind, amount: gbp(1), key, at: NOW };
            tx.add_ledger(checkout_id(5), &entry, "l").await.unwrap();
        }
        tx.commit().await.unwrap();
    }
    let mut tx = test.db.begin().await.unwrap();
    tx.insert_order(&frozen(2, 1, 1), "person", "link", NOW).await.unwrap();
    tx.claim_hold(checkout_id(2)).await.unwrap();
    tx.commit().await.unwrap();
    test.raw(&format!("UPDATE payments SET ask_at = NULL WHERE id <> '{}'", payment_id(4))).await;
    assert_eq!(test.db.delete_old_checkouts(NOW).await.unwrap(), 0);
    assert_eq!(test.db.delete_old_checkouts(NOW.plus_ms(1)).await.unwrap(), 2);
    let left = async |table: &str, column: &str| {
        let rows = test.raw_rows(&format!("SELECT {column} FROM {table} ORDER BY {column}")).await;
        rows.concat()
    };
    let ids = |wanted: &[u64]| wanted.iter().map(|id| checkout_id(*id).to_string()).collect::<Vec<_>>();
    assert_eq!(left("checkouts", "id").await, ids(&[2, 3, 4]));
    assert_eq!(left("holds", "checkout_id").await, ids(&[2, 3, 4]));
    assert_eq!(left("hold_lines", "hold_id").await, ids(&[2, 3, 4]));
    assert_eq!(left("payments", "checkout_id").await, ids(&[2, 3, 4, 5]), "what the ledger names stays");
    assert_eq!(number(2), frozen(2, 1, 1).number);
}
