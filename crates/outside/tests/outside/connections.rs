//! Connections: shared, kept, replaced when they break, bounded in number.

use crate::support::{Module, Store, json, raw, read_question, write};
use outside::OutsideError;
use outside::line::{DEADLINE_MS_MAX, QUESTIONS_AT_ONCE_MAX};
use serde_json::json;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use tokio::sync::Notify;
use tokio::task::JoinSet;

const ANSWER: &str = "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 2\r\n\r\n{}";

#[tokio::test]
async fn questions_of_a_store_share_connections() {
    let module = Module::start(|_| json("{}")).await;
    let store = Store::new();
    // A pricing module and a tax provider of one house are two lines over the same way out.
    let lines = [store.outside(&module.url, DEADLINE_MS_MAX), store.outside(&module.url, DEADLINE_MS_MAX)];
    for turn in 0..20 {
        lines[turn % 2].ask(&json!(turn)).await.unwrap();
    }
    assert_eq!((module.asked().len(), module.connections()), (20, 1));
    // Those that are asked at once take a connection each, which the next ones find again.
    let line = Arc::new(store.outside(&module.url, DEADLINE_MS_MAX));
    for _ in 0..3 {
        let mut asking = JoinSet::new();
        for turn in 0..8 {
            let line = Arc::clone(&line);
            asking.spawn(async move { line.ask(&json!(turn)).await });
        }
        assert!(asking.join_all().await.iter().all(Result::is_ok));
    }
    assert_eq!(module.asked().len(), 44);
    assert!(module.connections() <= 8, "{} connections", module.connections());
}

#[tokio::test]
async fn a_kept_connection_that_breaks_under_a_question_is_replaced_once() {
    // Answers one question a connection, and hangs up when a second one comes: a server whose patience ended just then.
    let (url, connections) = raw(|_, mut stream| async move {
        read_question(&mut stream).await;
        write(&mut stream, ANSWER).await;
        read_question(&mut stream).await;
    })
    .await;
    let line = Store::new().outside(&url, DEADLINE_MS_MAX);
    for question in 1..=3 {
        assert_eq!(line.ask(&json!(question)).await, Ok(json!({})), "question {question}");
    }
    assert_eq!(connections.load(Ordering::SeqCst), 3);
}

#[tokio::test]
async fn a_program_that_always_hangs_up_is_asked_twice_and_no_more() {
    let (url, connections) = raw(|_, mut stream| async move { read_question(&mut stream).await }).await;
    let answer = Store::new().outside(&url, DEADLINE_MS_MAX).ask(&json!({})).await;
    assert!(matches!(answer, Err(OutsideError::Unreachable(_))), "{answer:?}");
    assert_eq!(connections.load(Ordering::SeqCst), 2);
}

#[tokio::test]
async fn an_answer_that_breaks_off_is_none() {
    let (url, connections) = raw(|_, mut stream| async move {
        read_question(&mut stream).await;
        write(&mut stream, "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 20\r\n\r\n{}").await;
    })
    .await;
    let answer = Store::new().outside(&url, DEADLINE_MS_MAX).ask(&json!({})).await;
    assert!(matches!(answer, Err(OutsideError::Unreachable(_))), "{answer:?}");
    assert_eq!(connections.load(Ordering::SeqCst), 1);
}

#[tokio::test]
async fn whoever_comes_beyond_the_bound_goes_on_without_an_answer() {
    let (go, there) = (Arc::new(Notify::new()), Arc::new(tokio::sync::Semaphore::new(0)));
    let (url, _) = {
        let (go, there) = (Arc::clone(&go), Arc::clone(&there));
        raw(move |_, mut stream| {
            let (go, there) = (Arc::clone(&go), Arc::clone(&there));
            async move {
                read_question(&mut stream).await;
                let notified = go.notified();
                there.add_permits(1);
                notified.await;
                write(&mut stream, ANSWER).await;
            }
        })
        .await
    };
    let line = Arc::new(Store::new().outside(&url, DEADLINE_MS_MAX));
    let mut asking = JoinSet::new();
    for question in 0..QUESTIONS_AT_ONCE_MAX {
        let line = Arc::clone(&line);
        asking.spawn(async move { line.ask(&json!(question)).await });
    }
    let all = u32::try_from(QUESTIONS_AT_ONCE_MAX).unwrap();
    there.acquire_many(all).await.unwrap().forget();
    assert_eq!(line.ask(&json!("one more")).await, Err(OutsideError::Busy));
    go.notify_waiters();
    assert!(asking.join_all().await.iter().all(Result::is_ok));
}
