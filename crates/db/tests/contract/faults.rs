//! Faults on purpose: what a test decides is what a caller hears, and what the database keeps.

use crate::support::{TestDb, on_both};
use db::DbError;
use db::faults::{Decision, Faults, Step, StepFate};
use std::sync::{Arc, Mutex};

on_both![a_test_decides_what_becomes_of_each_statement, a_statement_waits_for_its_word_and_may_be_dropped];

/// Names of steps that were asked about, and what becomes of the next ones; afterwards all works.
#[derive(Default)]
struct Plan {
    asked: Mutex<Vec<&'static str>>,
    fates: Mutex<Vec<StepFate>>,
}

impl Plan {
    fn next(&self, fates: &[StepFate]) {
        *self.fates.lock().unwrap() = fates.iter().rev().copied().collect();
    }

    fn asked(&self) -> Vec<&'static str> {
        std::mem::take(&mut *self.asked.lock().unwrap())
    }
}

impl Faults for Plan {
    fn decide(&self, step: Step) -> Decision<'_> {
        self.asked.lock().unwrap().push(match step {
            Step::Begin => "begin",
            Step::BeginRead => "begin read",
            Step::Inside(_) => "inside",
            Step::Commit => "commit",
            Step::Read(_) => "read",
            Step::Write(_) => "write",
        });
        let fate = self.fates.lock().unwrap().pop().unwrap_or(StepFate::Works);
        Box::pin(async move { fate })
    }
}

async fn planned(test: &TestDb) -> (db::Db, Arc<Plan>) {
    let (db, plan) = (test.open_again().await, Arc::<Plan>::default());
    db.set_faults(plan.clone());
    (db, plan)
}

async fn fact(test: &TestDb) -> Option<String> {
    test.db.find_fact("a").await.unwrap()
}

async fn a_test_decides_what_becomes_of_each_statement(test: TestDb) {
    use StepFate::{AnswerLost, Conflicts, Lost, Works};
    let (db, plan) = planned(&test).await;
    plan.next(&[Lost]);
    assert!(matches!(db.set_fact("a", "1").await, Err(DbError::Unavailable(_))));
    assert_eq!((fact(&test).await, plan.asked()), (None, vec!["write"]));
    plan.next(&[AnswerLost]);
    assert!(matches!(db.set_fact("a", "2").await, Err(DbError::Unavailable(_))));
    assert_eq!(fact(&test).await.as_deref(), Some("2"), "it was carried out all the same");
    plan.next(&[Conflicts, Conflicts]);
    db.set_fact("a", "3").await.unwrap();
    plan.asked();
    plan.next(&[AnswerLost]);
    assert!(matches!(db.find_fact("a").await, Err(DbError::Unavailable(_))), "what was read is lost");

    // Lease: begin, one statement, commit.
    let now = crate::support::NOW;
    plan.asked();
    for (lease, fates, taken) in [
        ("one", vec![Works, Works, Lost], false),
        ("two", vec![Works, AnswerLost], false),
        ("three", vec![Works, Works, AnswerLost], true),
    ] {
        plan.next(&fates);
        assert!(matches!(db.take_lease(lease, "ann", now, 1_000).await, Err(DbError::Unavailable(_))), "{fates:?}");
        let free = test.db.take_lease(lease, "ben", now, 1_000).await.unwrap().is_some();
        assert_eq!(!free, taken, "{fates:?}");
    }
    assert_eq!(plan.asked(), ["begin", "inside", "commit", "begin", "inside", "begin", "inside", "commit"]);
    plan.next(&[Works, Works, Conflicts]);
    assert!(db.take_lease("four", "ann", now, 1_000).await.unwrap().is_some(), "the attempt was made again");
    assert_eq!(plan.asked(), ["begin", "inside", "commit", "begin", "inside", "commit"]);
    db.close().await;
}

/// Never answers.
struct Silence;

impl Faults for Silence {
    fn decide(&self, _: Step) -> Decision<'_> {
        Box::pin(std::future::pending())
    }
}

async fn a_statement_waits_for_its_word_and_may_be_dropped(test: TestDb) {
    let db = test.open_again().await;
    db.set_faults(Arc::new(Silence));
    {
        let mut waiting = std::pin::pin!(db.set_fact("a", "1"));
        let polled = std::future::poll_fn(|context| std::task::Poll::Ready(waiting.as_mut().poll(context))).await;
        assert!(polled.is_pending());
    }
    assert_eq!(fact(&test).await, None);
    db.close().await;
}
