//! Stock: a model of it against the database, counting by hand, faults that are found.

use crate::sample::{checkout_id, hold_id, hold_units, record_id, stocked};
use crate::support::{NOW, TestDb, on_both};
use commerce::ids::OrderId;
use db::stock::{StockLevel, UnsoundStock};
use db::{Db, DbError};
use proptest::prelude::*;
use proptest::strategy::ValueTree as _;
use proptest::test_runner::TestRunner;
use std::collections::BTreeMap;

on_both![stock_does_what_its_model_does, counting_lays_units_anew, a_lost_unit_is_found];

/// What happens to a stock record.
#[derive(Clone, Debug)]
enum Step {
    Hold(i64),
    BeginRelease(usize),
    EndRelease(usize),
    Claim(usize),
    Cancel(usize),
    Ship(usize, i64),
    /// So many units more or fewer than there are.
    Count(i64),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    Held,
    Releasing,
    Released,
    Claimed,
}

/// The same in plain numbers.
#[derive(Default)]
struct Model {
    free: i64,
    on_hand: i64,
    /// State and units that were not sent, by number.
    holds: BTreeMap<u64, (State, i64)>,
}

impl Model {
    fn sum(&self, states: &[State]) -> i64 {
        self.holds.values().filter(|(state, _)| states.contains(state)).map(|(_, units)| *units).sum()
    }

    fn level(&self) -> StockLevel {
        StockLevel {
            on_hand: Some(self.on_hand),
            free: self.free,
            held: self.sum(&[State::Held, State::Releasing]),
            claimed: self.sum(&[State::Claimed]),
        }
    }

    /// A hold by a number that need not exist.
    fn pick(&self, any: usize) -> u64 {
        self.holds.keys().nth(any % self.holds.len().max(1)).copied().unwrap_or(9_999)
    }

    /// Takes a step; whether it does anything.
    fn go(&mut self, number: u64, from: &[State], to: State) -> bool {
        let Some((state, units)) = self.holds.get_mut(&number).filter(|(state, _)| from.contains(state)) else {
            return false;
        };
        *state = to;
        if to == State::Released {
            self.free += std::mem::take(units);
        }
        true
    }
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let step = prop_oneof![
        4 => (1_i64..40).prop_map(Step::Hold),
        2 => any::<usize>().prop_map(Step::BeginRelease),
        2 => any::<usize>().prop_map(Step::EndRelease),
        2 => any::<usize>().prop_map(Step::Claim),
        1 => any::<usize>().prop_map(Step::Cancel),
        2 => (any::<usize>(), 1_i64..40).prop_map(|(hold, units)| Step::Ship(hold, units)),
        1 => (-50_i64..80).prop_map(Step::Count),
    ];
    prop::collection::vec(step, 40)
}

async fn stock_does_what_its_model_does(test: TestDb) {
    stocked(&test, 1, 90).await;
    // Some commits fail on purpose: each step is retried whole and must count once.
    let db = test.open_with_conflicts(50).await;
    let mut model = Model { free: 90, on_hand: 90, holds: BTreeMap::new() };
    let mut runner = TestRunner::deterministic();
    let mut number = 0;
    for round in 0..6 {
        let steps = steps().new_tree(&mut runner).unwrap().current();
        for step in &steps {
            number += 1;
            check(&db, &mut model, number, step).await;
            let level = db.stock_level(record_id(1)).await.unwrap().unwrap();
            assert_eq!(level, model.level(), "round {round}, after {step:?} of {steps:?}");
        }
        assert_eq!(db.list_unsound_stock().await.unwrap(), []);
    }
    db.close().await;
}

/// Carries out a step on both and compares whether it did anything.
async fn check(db: &Db, model: &mut Model, number: u64, step: &Step) {
    match *step {
        Step::Hold(units) => {
            let held = db.retry(|| hold_units(db, number, units)).await;
            assert_eq!(held.is_ok(), units <= model.free);
            if held.is_ok() {
                model.free -= units;
                model.holds.insert(number, (State::Held, units));
            }
        }
        Step::Ship(any, units) => {
            let number = model.pick(any);
            db.retry(|| ship(db, number, units)).await.unwrap();
            if let Some((_, left)) = model.holds.get_mut(&number).filter(|(state, _)| *state == State::Claimed) {
                let sent = units.min(*left);
                *left -= sent;
                model.on_hand -= sent;
            }
        }
        Step::Count(more) => {
            let taken = model.on_hand - model.free;
            model.on_hand = (model.on_hand + more).max(taken);
            model.free = model.on_hand - taken;
            db.retry(|| count(db, model.on_hand)).await.unwrap();
        }
        Step::BeginRelease(any) | Step::EndRelease(any) | Step::Claim(any) | Step::Cancel(any) => {
            let number = model.pick(any);
            let done = db.retry(|| change(db, number, step)).await.unwrap();
            let want = match step {
                Step::BeginRelease(_) => model.go(number, &[State::Held], State::Releasing),
                Step::EndRelease(_) => model.go(number, &[State::Releasing], State::Released),
                Step::Claim(_) => model.go(number, &[State::Held, State::Releasing], State::Claimed),
                _ => model.go(number, &[State::Claimed], State::Released),
            };
            assert_eq!(done, want, "{step:?}");
        }
    }
}

async fn change(db: &Db, number: u64, step: &Step) -> Result<bool, DbError> {
    let mut tx = db.begin().await?;
    let done = match step {
        Step::BeginRelease(_) => tx.begin_release(hold_id(number)).await?,
        Step::EndRelease(_) => tx.end_release(hold_id(number), NOW).await?,
        Step::Claim(_) => tx.claim_hold(checkout_id(number)).await?,
        _ => tx.release_claimed(hold_id(number)).await?,
    };
    tx.commit().await.map(|()| done)
}

async fn ship(db: &Db, number: u64, units: i64) -> Result<(), DbError> {
    let mut tx = db.begin().await?;
    tx.ship_units(OrderId::new(checkout_id(number).uuid()), record_id(1), units).await?;
    tx.commit().await
}

async fn count(db: &Db, on_hand: i64) -> Result<(), DbError> {
    let mut tx = db.begin().await?;
    let Some(level) = tx.stock_level(record_id(1)).await? else { panic!("the record is there") };
    tx.set_stock(record_id(1), Some(on_hand), on_hand - level.held - level.claimed).await?;
    tx.commit().await
}

async fn counting_lays_units_anew(test: TestDb) {
    stocked(&test, 2, 10).await;
    hold_units(&test.db, 1, 4).await.unwrap();
    count(&test.db, 504).await.unwrap();
    let buckets = test.raw_rows("SELECT COUNT(*) FROM stock_buckets WHERE free > 0").await;
    assert_eq!(buckets, [["17"]], "sixteen of one record and one of the other");
    let mut tx = test.db.begin().await.unwrap();
    tx.set_stock(record_id(2), None, 0).await.unwrap();
    tx.commit().await.unwrap();
    let level = test.db.stock_level(record_id(2)).await.unwrap();
    assert_eq!(level, Some(StockLevel { on_hand: None, free: 0, held: 0, claimed: 0 }));
    assert_eq!(test.db.stock_level(record_id(9)).await.unwrap(), None);
    assert_eq!(test.db.list_unsound_stock().await.unwrap(), []);
}

async fn a_lost_unit_is_found(test: TestDb) {
    stocked(&test, 3, 10).await;
    hold_units(&test.db, 1, 4).await.unwrap();
    test.raw(&format!("UPDATE stock_buckets SET free = free - 1 WHERE stock_record_id = '{}'", record_id(1))).await;
    let found = test.db.list_unsound_stock().await.unwrap();
    assert_eq!(found, [UnsoundStock { record: record_id(1), on_hand: 10, free: 5, taken: 4 }]);
}
