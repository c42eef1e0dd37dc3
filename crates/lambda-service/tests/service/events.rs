//! Asynchronous events: attempts, age, destinations.

use std::time::Duration;

use lambda_service::{AccountLimits, FunctionName, Outcome};
use serde_json::{Value, json};

use crate::support::{Gate, TestLambda};

const EVENT: [(&str, &str); 1] = [("x-amz-invocation-type", "Event")];

async fn configure(lambda: &TestLambda, name: &str, form: Value) {
    let answer = lambda.put(&format!("/2019-09-25/functions/{name}/event-invoke-config"), form).await;
    assert_eq!(answer.status, 200, "{}", String::from_utf8_lossy(&answer.body));
}

fn arn(name: &str) -> String {
    format!("arn:aws:lambda:us-east-1:123456789012:function:{name}")
}

/// Advances the clock once an attempt has failed and waits for the next.
async fn after_attempt(lambda: &TestLambda, count: usize, seconds: u64) {
    lambda.running.wait_for(|_| lambda.notes.invocations.lock().unwrap().len() == count).await;
    lambda.running.wait_for(|counters| counters.concurrency == 0).await;
    tokio::task::yield_now().await;
    lambda.clock.advance(Duration::from_secs(seconds));
}

#[tokio::test]
async fn an_event_is_taken_in_and_handed_on_when_it_is_done() {
    let lambda = TestLambda::start().await;
    for name in ["shop", "ledger"] {
        lambda.create(name, json!({})).await;
    }
    configure(&lambda, "shop", json!({"DestinationConfig": {"OnSuccess": {"Destination": arn("ledger")}}})).await;
    let answer = lambda.invoke_with("shop", json!({"do": "say", "say": {"order": 7}}), &EVENT).await;
    assert_eq!((answer.status, answer.body.len()), (202, 0));
    lambda.rest().await;
    let records = lambda.notes.invocations.lock().unwrap().clone();
    assert_eq!(records.iter().map(|record| record.function.as_str()).collect::<Vec<_>>(), ["shop", "ledger"]);
    assert!(records[1].request_bytes > records[1].request_id.len());
    lambda.stop().await;
}

#[tokio::test]
async fn an_event_that_fails_is_tried_twice_more_and_then_handed_on() {
    let lambda = TestLambda::start().await;
    for name in ["shop", "lost"] {
        lambda.create(name, json!({})).await;
    }
    configure(&lambda, "shop", json!({"DestinationConfig": {"OnFailure": {"Destination": arn("lost")}}})).await;
    lambda.invoke_with("shop", json!({"do": "error"}), &EVENT).await;
    after_attempt(&lambda, 1, 60).await;
    after_attempt(&lambda, 2, 120).await;
    lambda.rest().await;
    let records = lambda.notes.invocations.lock().unwrap().clone();
    let names: Vec<_> = records.iter().map(|record| record.function.as_str()).collect();
    assert_eq!(names, ["shop", "shop", "shop", "lost"]);
    assert!(records[..3].iter().all(|record| record.request_id == records[0].request_id));
    assert_eq!(records[0].outcome, Outcome::Failed("Shop.Closed".to_owned()));
    lambda.stop().await;
}

#[tokio::test]
async fn attempts_and_age_are_as_configured() {
    let lambda = TestLambda::start().await;
    lambda.create("shop", json!({})).await;
    configure(&lambda, "shop", json!({"MaximumRetryAttempts": 0, "MaximumEventAgeInSeconds": 60})).await;
    lambda.invoke_with("shop", json!({"do": "error"}), &EVENT).await;
    lambda.rest().await;
    assert_eq!(lambda.notes.invocations.lock().unwrap().len(), 1);
    for form in [
        json!({"MaximumRetryAttempts": 3}),
        json!({"MaximumEventAgeInSeconds": 59}),
        json!({"MaximumEventAgeInSeconds": 21_601}),
        json!({"DestinationConfig": {"OnFailure": {"Destination": "arn:aws:sqs:us-east-1:123456789012:q"}}}),
    ] {
        let answer = lambda.put("/2019-09-25/functions/shop/event-invoke-config", form.clone()).await;
        assert_eq!(answer.error_type(), Some("InvalidParameterValueException"), "{form}");
    }
    let shown = lambda.call("GET", "/2019-09-25/functions/shop/event-invoke-config", &[], "").await.json();
    assert_eq!((&shown["MaximumRetryAttempts"], &shown["MaximumEventAgeInSeconds"]), (&json!(0), &json!(60)));
    lambda.stop().await;
}

#[tokio::test]
async fn an_event_that_is_turned_away_waits_for_a_place_and_grows_too_old_without_one() {
    let lambda = TestLambda::start().await;
    lambda.create("shop", json!({"Timeout": 900})).await;
    lambda.put("/2017-10-31/functions/shop/concurrency", json!({"ReservedConcurrentExecutions": 1})).await;
    let gate = Gate::new().await;
    lambda.invoke_with("shop", gate.event(), &EVENT).await;
    let arrival = gate.arrival().await;
    lambda.invoke_with("shop", json!({"do": "log", "lines": 1}), &EVENT).await;
    assert_eq!(lambda.running.counters().queued, 2);
    lambda.running.wait_for(|counters| 0 < counters.throttled).await;
    drop(arrival);
    lambda.rest().await;
    assert_eq!(lambda.notes.invocations.lock().unwrap().len(), 2, "no time has passed, yet it was served");

    lambda.put("/2017-10-31/functions/shop/concurrency", json!({"ReservedConcurrentExecutions": 0})).await;
    configure(&lambda, "shop", json!({"MaximumEventAgeInSeconds": 60})).await;
    let turned_away = lambda.running.counters().throttled;
    lambda.invoke_with("shop", json!({}), &EVENT).await;
    lambda.running.wait_for(|counters| turned_away < counters.throttled).await;
    tokio::task::yield_now().await;
    lambda.clock.advance(Duration::from_secs(60));
    lambda.rest().await;
    assert_eq!(lambda.notes.invocations.lock().unwrap().len(), 2);
    lambda.stop().await;
}

#[tokio::test]
async fn no_more_events_wait_than_may() {
    let limits = AccountLimits { queued_events: 1, ..AccountLimits::default() };
    let lambda = TestLambda::start_with(|options| options.account_limits = limits).await;
    lambda.create("shop", json!({"Timeout": 900})).await;
    let gate = Gate::new().await;
    assert_eq!(lambda.invoke_with("shop", gate.event(), &EVENT).await.status, 202);
    let refused = lambda.invoke_with("shop", json!({}), &EVENT).await;
    assert_eq!((refused.status, &refused.json()["Reason"]), (429, &json!("CallerRateLimitExceeded")));
    drop(gate.arrival().await);
    lambda.rest().await;
    assert!(lambda.running.logs(&FunctionName::parse("shop").unwrap(), None).iter().all(|line| line.time_ms > 0));
    lambda.stop().await;
}
