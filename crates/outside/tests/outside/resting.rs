//! Who does not answer rests; who answers with something useless does not.

use crate::support::{Module, Store, json, raw, read_question, status};
use axum::response::Response;
use outside::line::DEADLINE_MS_MAX;
use outside::{FAILURES_IN_A_ROW_MAX, OutsideError, REST_MS};
use serde_json::json;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use tokio::task::JoinSet;

/// A program outside that can be switched off and on.
async fn switched() -> (Module, Arc<AtomicBool>) {
    let works = Arc::new(AtomicBool::new(false));
    let switch = Arc::clone(&works);
    let answer = move |_: &_| if switch.load(Ordering::SeqCst) { json("{}") } else { status(503) };
    (Module::start(answer).await, works)
}

#[tokio::test]
async fn a_module_that_fails_rests_is_tried_once_and_comes_back() {
    let (module, works) = switched().await;
    let store = Store::new();
    let line = store.outside(&module.url, DEADLINE_MS_MAX);
    let failures = FAILURES_IN_A_ROW_MAX as usize;
    for _ in 0..FAILURES_IN_A_ROW_MAX {
        assert_eq!(line.ask(&json!({})).await, Err(OutsideError::Status(503)));
    }
    for _ in 0..50 {
        assert_eq!(line.ask(&json!({})).await, Err(OutsideError::Resting));
    }
    assert_eq!(module.asked().len(), failures, "nobody asks while it rests");
    store.advance_ms(REST_MS);
    assert_eq!(line.ask(&json!({})).await, Err(OutsideError::Status(503)), "the probe");
    assert_eq!(line.ask(&json!({})).await, Err(OutsideError::Resting), "and a new rest");
    works.store(true, Ordering::SeqCst);
    store.advance_ms(REST_MS);
    for _ in 0..10 {
        assert_eq!(line.ask(&json!({})).await, Ok(json!({})));
    }
    assert_eq!(module.asked().len(), failures + 1 + 10);
}

#[tokio::test(start_paused = true)]
async fn of_a_crowd_after_the_rest_one_waits_and_all_others_go_on_at_once() {
    let (url, connections) = raw(|_, mut stream| async move {
        read_question(&mut stream).await;
        std::future::pending::<()>().await;
    })
    .await;
    let store = Store::new();
    let line = Arc::new(store.outside(&url, 500));
    for _ in 0..FAILURES_IN_A_ROW_MAX {
        assert!(matches!(line.ask(&json!({})).await, Err(OutsideError::Late(_))));
    }
    let before = connections.load(Ordering::SeqCst);
    store.advance_ms(REST_MS);
    let mut asking = JoinSet::new();
    for _ in 0..100 {
        let line = Arc::clone(&line);
        asking.spawn(async move { line.ask(&json!({})).await });
    }
    let answers = asking.join_all().await;
    let resting = answers.iter().filter(|answer| **answer == Err(OutsideError::Resting)).count();
    assert_eq!((resting, connections.load(Ordering::SeqCst) - before), (99, 1));
}

#[tokio::test(start_paused = true)]
async fn a_shopper_who_leaves_while_asking_leaves_the_probe_to_the_next() {
    let (module, works) = switched().await;
    let store = Store::new();
    let line = store.outside(&module.url, 500);
    for _ in 0..FAILURES_IN_A_ROW_MAX {
        assert_eq!(line.ask(&json!({})).await, Err(OutsideError::Status(503)));
    }
    store.advance_ms(REST_MS);
    works.store(true, Ordering::SeqCst);
    let question = json!({});
    {
        let mut left = std::pin::pin!(line.ask(&question));
        let first = std::future::poll_fn(|context| std::task::Poll::Ready(left.as_mut().poll(context).is_pending()));
        assert!(first.await, "the question is under way");
    }
    assert_eq!(line.ask(&question).await, Ok(json!({})));
}

#[tokio::test]
async fn an_answer_that_cannot_be_used_makes_nobody_rest() {
    type Answer = fn() -> Response;
    let store = Store::new();
    for (case, answer) in [
        ("refused", (|| status(422)) as Answer),
        ("no JSON", || Response::new("hello".into())),
        ("half", || json("{")),
        ("too long", || json(" ".repeat(outside::line::ANSWER_BYTES_MAX + 1))),
    ] {
        let module = Module::start(move |_| answer()).await;
        let line = store.outside(&module.url, DEADLINE_MS_MAX);
        for _ in 0..2 * FAILURES_IN_A_ROW_MAX {
            let error = line.ask(&json!({})).await.unwrap_err();
            assert_ne!(error, OutsideError::Resting, "{case}");
        }
    }
}

#[tokio::test]
async fn one_that_rests_keeps_no_other_from_being_asked() {
    let ((dead, _), alive) = (switched().await, Module::start(|_| json("{}")).await);
    let store = Store::new();
    let (dead, alive) = (store.outside(&dead.url, DEADLINE_MS_MAX), store.outside(&alive.url, DEADLINE_MS_MAX));
    for _ in 0..=FAILURES_IN_A_ROW_MAX {
        assert!(dead.ask(&json!({})).await.is_err());
    }
    assert_eq!(dead.ask(&json!({})).await, Err(OutsideError::Resting));
    assert!(alive.ask(&json!({})).await.is_ok());
}
