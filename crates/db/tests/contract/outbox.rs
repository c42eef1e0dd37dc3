//! The outbox and leases.

use crate::sample::uuid;
use crate::support::{NOW, TestDb, on_both};
use commerce::event::{Actor, Event, Subject};
use commerce::ids::{EventId, StaffId};
use db::Db;
use db::outbox::{Lease, OUTBOX_BATCH_MAX, OutboxTask};
use std::collections::BTreeMap;

on_both![
    two_workers_do_each_task_once,
    a_task_comes_back_when_its_lock_ends,
    a_failed_task_waits_and_is_told,
    a_task_that_is_given_back_was_never_taken,
    a_lease_has_one_holder_and_its_fence_rises,
    two_programs_want_one_lease,
    events_come_back_in_order,
    facts_are_kept,
];

fn task(number: u64) -> OutboxTask {
    let id = uuid(number).to_string();
    OutboxTask { id, kind: "mail".into(), subject: "s".into(), payload: "{}".into(), attempts: 0 }
}

async fn enqueue(db: &Db, count: u64) {
    let mut tx = db.begin().await.unwrap();
    for number in 1..=count {
        tx.enqueue(&task(number), NOW, NOW).await.unwrap();
    }
    tx.commit().await.unwrap();
}

async fn work(db: Db) -> Vec<String> {
    let mut done = Vec::new();
    loop {
        let tasks = db.take_tasks(NOW, 60_000).await.unwrap();
        if tasks.is_empty() {
            return done;
        }
        for task in tasks {
            db.finish_task(&task.id).await.unwrap();
            done.push(task.id);
        }
    }
}

async fn two_workers_do_each_task_once(test: TestDb) {
    let count = 3 * OUTBOX_BATCH_MAX as u64;
    enqueue(&test.db, count).await;
    let (other, third) = (test.open_again().await, test.db.clone());
    let (a, b, c) =
        tokio::join!(tokio::spawn(work(test.db.clone())), tokio::spawn(work(other.clone())), tokio::spawn(work(third)));
    let mut times: BTreeMap<String, u32> = BTreeMap::new();
    for id in [a, b, c].into_iter().flat_map(|done| done.unwrap()) {
        *times.entry(id).or_default() += 1;
    }
    assert!(times.values().all(|times| *times == 1), "{times:?}");
    // Whoever looked while the others had all of them went home; what they did not finish in time would come back.
    assert_eq!(times.len() as u64, count);
    other.close().await;
}

async fn a_task_comes_back_when_its_lock_ends(test: TestDb) {
    enqueue(&test.db, 1).await;
    let attempts = async |ms| {
        let tasks = test.db.take_tasks(NOW.plus_ms(ms), 1_000).await.unwrap();
        tasks.first().map(|task| task.attempts)
    };
    assert_eq!(attempts(0).await, Some(1));
    assert_eq!(attempts(999).await, None);
    assert_eq!(attempts(1_000).await, Some(2));
    test.db.finish_task(&task(1).id).await.unwrap();
    assert_eq!(attempts(9_000).await, None);
    assert_eq!(test.db.next_task_due().await.unwrap(), None);
}

async fn a_failed_task_waits_and_is_told(test: TestDb) {
    enqueue(&test.db, 2).await;
    let mut now = NOW;
    for _ in 0..3 {
        assert_eq!(test.db.take_tasks(now, 1_000).await.unwrap().len(), 2);
        now = now.plus_ms(5_000);
        for number in 1..=2 {
            test.db.postpone_task(&task(number).id, now, &"nobody answers ".repeat(100)).await.unwrap();
        }
        assert!(test.db.take_tasks(now.plus_ms(-1), 1_000).await.unwrap().is_empty());
        assert_eq!(test.db.next_task_due().await.unwrap(), Some(now));
    }
    let waiting = test.db.list_waiting_tasks().await.unwrap();
    assert_eq!((waiting.len(), waiting[0].count, waiting[0].failing, waiting[0].oldest), (1, 2, 2, NOW));
}

async fn a_task_that_is_given_back_was_never_taken(test: TestDb) {
    enqueue(&test.db, 1).await;
    let taken = test.db.take_tasks(NOW, 60_000).await.unwrap();
    test.db.give_task_back(&taken[0]).await.unwrap();
    let again = test.db.take_tasks(NOW, 60_000).await.unwrap();
    assert_eq!(again, taken, "at once, and no attempt is counted");
    // Its lock ends, and another has it: it is not the first one's to give back.
    let later = NOW.plus_ms(60_001);
    let of_another = test.db.take_tasks(later, 60_000).await.unwrap();
    assert_eq!(of_another[0].attempts, 2);
    test.db.give_task_back(&again[0]).await.unwrap();
    assert_eq!(test.db.take_tasks(later, 60_000).await.unwrap(), []);
}

async fn a_lease_has_one_holder_and_its_fence_rises(test: TestDb) {
    let take = async |holder: &str, ms| test.db.take_lease("publish", holder, NOW.plus_ms(ms), 1_000).await.unwrap();
    let first = take("a", 0).await.unwrap();
    assert_eq!(first, Lease { name: "publish", holder: "a".into(), fence: 1 });
    assert_eq!(take("b", 500).await, None);
    assert!(test.db.keep_lease(&first, NOW.plus_ms(900), 1_000).await.unwrap());
    assert_eq!(take("b", 1_500).await, None, "it was kept");
    let second = take("b", 2_000).await.unwrap();
    assert_eq!(second.fence, 2);
    assert!(!test.db.keep_lease(&first, NOW.plus_ms(2_001), 1_000).await.unwrap(), "it was lost");
    test.db.give_lease_back(&first).await.unwrap();
    assert_eq!(take("a", 2_100).await, None, "what was lost cannot be given back");
    test.db.give_lease_back(&second).await.unwrap();
    assert_eq!(take("a", 2_100).await.unwrap().fence, 3);
    assert_eq!(take("a", 2_200).await.unwrap().fence, 4, "its holder takes it anew");
    assert_eq!(test.db.take_lease("sweep", "b", NOW, 1).await.unwrap().unwrap().fence, 1, "another lease");
}

async fn two_programs_want_one_lease(test: TestDb) {
    let other = test.open_again().await;
    for round in 0..10 {
        let now = NOW.plus_ms(round * 10_000);
        let (a, b) =
            tokio::join!(test.db.take_lease("publish", "a", now, 1_000), other.take_lease("publish", "b", now, 1_000));
        let fences: Vec<i64> = [a, b].into_iter().filter_map(|lease| lease.unwrap()).map(|lease| lease.fence).collect();
        assert_eq!(fences, [round + 1], "one of them, and its fence is new");
    }
    other.close().await;
}

async fn events_come_back_in_order(test: TestDb) {
    let mut tx = test.db.begin().await.unwrap();
    for (number, actor) in [(2, Actor::Staff(StaffId::new(uuid(5)))), (1, Actor::Job("sweep"))] {
        let event = Event {
            id: EventId::new(uuid(number)),
            at: NOW.plus_ms(i64::try_from(number).unwrap()),
            actor,
            subject: Subject::Order,
            subject_id: "o".into(),
            kind: "noted",
            detail: "d".into(),
        };
        tx.insert_event(&event).await.unwrap();
    }
    tx.commit().await.unwrap();
    let events = test.db.list_events(Subject::Order, "o").await.unwrap();
    let actors: Vec<_> = events.iter().map(|event| (event.actor_kind.as_str(), event.actor_id.clone())).collect();
    assert_eq!(actors, [("job", "sweep".to_owned()), ("staff", uuid(5).to_string())]);
    assert!(test.db.list_events(Subject::Product, "o").await.unwrap().is_empty());
}

async fn facts_are_kept(test: TestDb) {
    assert_eq!(test.db.find_fact("demo").await.unwrap(), None);
    for value in ["yes", "no"] {
        test.db.set_fact("demo", value).await.unwrap();
        assert_eq!(test.db.find_fact("demo").await.unwrap().as_deref(), Some(value));
    }
}
