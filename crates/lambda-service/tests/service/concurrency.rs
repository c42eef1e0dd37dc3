//! Many calls at once: environments, limits, environments kept ready.

use std::collections::BTreeSet;
use std::time::Duration;

use lambda_service::AccountLimits;
use serde_json::{Value, json};

use crate::support::{Answer, Gate, TestLambda, call};

/// Calls a function in the background.
fn calling(lambda: &TestLambda, name: &str, event: &Value) -> tokio::task::JoinHandle<Answer> {
    let (address, event) = (lambda.running.address(), event.to_string());
    let path = format!("/2015-03-31/functions/{name}/invocations");
    tokio::spawn(async move { call(address, "POST", &path, &[], event.as_bytes()).await })
}

async fn reserve(lambda: &TestLambda, name: &str, count: u32) {
    let path = format!("/2017-10-31/functions/{name}/concurrency");
    let answer = lambda.put(&path, json!({"ReservedConcurrentExecutions": count})).await;
    assert_eq!(answer.status, 200, "{}", String::from_utf8_lossy(&answer.body));
}

#[tokio::test(flavor = "multi_thread")]
async fn fifty_calls_at_once_have_fifty_environments_and_the_next_is_turned_away() {
    let lambda = TestLambda::start().await;
    lambda.create("shop", json!({"Timeout": 60})).await;
    reserve(&lambda, "shop", 50).await;
    let gate = Gate::new().await;
    let calls: Vec<_> = (0..50).map(|_| calling(&lambda, "shop", &gate.event())).collect();
    let mut arrivals = Vec::new();
    for _ in 0..50 {
        arrivals.push(gate.arrival().await);
    }
    assert_eq!(lambda.running.counters().busy, 50);
    let turned_away = lambda.invoke("shop", json!({})).await;
    assert_eq!((turned_away.status, turned_away.error_type()), (429, Some("TooManyRequestsException")));
    assert_eq!(turned_away.json()["Reason"], "ReservedFunctionConcurrentInvocationLimitExceeded");
    assert_eq!(turned_away.header("retry-after"), Some("1"));
    drop(arrivals);
    let (mut pids, mut ids) = (BTreeSet::new(), BTreeSet::new());
    for call in calls {
        let answer = call.await.unwrap();
        let said = answer.said();
        assert_eq!(said["id"], answer.header("x-amzn-requestid").unwrap(), "nobody gets another's answer");
        pids.insert(said["pid"].as_u64().unwrap());
        ids.insert(said["id"].as_str().unwrap().to_owned());
    }
    assert_eq!((pids.len(), ids.len()), (50, 50));
    lambda.rest().await;
    assert_eq!(lambda.running.counters().idle, 50);
    lambda.stop().await;
}

#[tokio::test]
async fn calls_one_after_the_other_share_an_environment_even_with_one_place() {
    let lambda = TestLambda::start().await;
    lambda.create("shop", json!({})).await;
    reserve(&lambda, "shop", 1).await;
    let mut pids = BTreeSet::new();
    for _ in 0..50 {
        pids.insert(lambda.invoke("shop", json!({})).await.said()["pid"].as_u64().unwrap());
    }
    // A machine that is busy elsewhere may bring one home late.
    assert!(pids.len() < 10, "{} environments", pids.len());
    lambda.stop().await;
}

#[tokio::test]
async fn the_accounts_limit_holds_for_all_functions_without_a_reservation() {
    let limits = AccountLimits { concurrency: 3, ..AccountLimits::default() };
    let lambda = TestLambda::start_with(|options| options.account_limits = limits).await;
    for name in ["a", "b", "kept"] {
        lambda.create(name, json!({})).await;
    }
    reserve(&lambda, "kept", 1).await;
    let gate = Gate::new().await;
    let calls = [calling(&lambda, "a", &gate.event()), calling(&lambda, "b", &gate.event())];
    let arrivals = [gate.arrival().await, gate.arrival().await];
    let turned_away = lambda.invoke("a", json!({})).await;
    assert_eq!(turned_away.json()["Reason"], "ConcurrentInvocationLimitExceeded");
    lambda.invoke("kept", json!({})).await.said();
    drop(arrivals);
    for call in calls {
        call.await.unwrap().said();
    }
    lambda.invoke("a", json!({})).await.said();
    let too_much = lambda.put("/2017-10-31/functions/a/concurrency", json!({"ReservedConcurrentExecutions": 3})).await;
    assert_eq!(too_much.error_type(), Some("InvalidParameterValueException"));
    lambda.stop().await;
}

#[tokio::test]
async fn a_function_that_is_reserved_nothing_never_runs() {
    let lambda = TestLambda::start().await;
    lambda.create("shop", json!({})).await;
    reserve(&lambda, "shop", 0).await;
    assert_eq!(lambda.invoke("shop", json!({})).await.status, 429);
    assert_eq!(lambda.call("DELETE", "/2017-10-31/functions/shop/concurrency", &[], "").await.status, 204);
    lambda.invoke("shop", json!({})).await.said();
    lambda.stop().await;
}

#[tokio::test]
async fn new_environments_come_no_faster_than_the_rate() {
    let limits = AccountLimits { scaling_per_10_s: 2, ..AccountLimits::default() };
    let lambda = TestLambda::start_with(|options| options.account_limits = limits).await;
    lambda.create("shop", json!({"Timeout": 60})).await;
    let gate = Gate::new().await;
    let mut calls = vec![calling(&lambda, "shop", &gate.event()), calling(&lambda, "shop", &gate.event())];
    let mut arrivals = vec![gate.arrival().await, gate.arrival().await];
    let turned_away = lambda.invoke("shop", json!({})).await;
    assert_eq!(turned_away.json()["Reason"], "FunctionInvocationRateLimitExceeded");
    lambda.clock.advance(Duration::from_secs(5));
    calls.push(calling(&lambda, "shop", &gate.event()));
    arrivals.push(gate.arrival().await);
    assert_eq!(lambda.invoke("shop", json!({})).await.status, 429);
    drop(arrivals);
    for call in calls {
        call.await.unwrap().said();
    }
    lambda.stop().await;
}

#[tokio::test]
async fn environments_kept_ready_take_calls_first_and_are_replaced() {
    let lambda = TestLambda::start().await;
    lambda.create("shop", json!({"Publish": true})).await;
    let path = "/2019-09-30/functions/shop/provisioned-concurrency?Qualifier=1";
    let asked = lambda.put(path, json!({"ProvisionedConcurrentExecutions": 2})).await;
    assert_eq!((asked.status, &asked.json()["Status"]), (202, &json!("IN_PROGRESS")));
    lambda.running.wait_for(|counters| counters.idle == 2).await;
    let ready = lambda.call("GET", path, &[], "").await.json();
    assert_eq!((&ready["Status"], &ready["AvailableProvisionedConcurrentExecutions"]), (&json!("READY"), &json!(2)));
    let said = lambda.invoke("shop:1", json!({})).await.said();
    assert_eq!(said["variables"]["AWS_LAMBDA_INITIALIZATION_TYPE"], "provisioned-concurrency");
    assert_eq!(lambda.notes.invocations.lock().unwrap()[0].start, lambda_service::Start::Warm);
    lambda.invoke("shop:1", json!({"do": "exit", "code": 1})).await.failed();
    lambda.running.wait_for(|counters| counters.idle == 2 && counters.ending == 0).await;
    // They do not end for want of work.
    lambda.clock.advance(Duration::from_secs(3_000));
    assert_eq!(lambda.call("DELETE", path, &[], "").await.status, 204);
    lambda.running.wait_for(|counters| counters.idle + counters.ending == 0).await;
    for (case, path, count) in [
        ("nothing published", "/2019-09-30/functions/shop/provisioned-concurrency?Qualifier=$LATEST", 1),
        ("none at all", path, 0),
        ("more than there are", path, 5_000),
    ] {
        let refused = lambda.put(path, json!({"ProvisionedConcurrentExecutions": count})).await;
        assert_eq!(refused.error_type(), Some("InvalidParameterValueException"), "{case}");
    }
    lambda.stop().await;
}

#[tokio::test]
async fn environments_that_cannot_be_kept_ready_say_why() {
    let lambda = TestLambda::start().await;
    lambda.create("shop", json!({"Publish": true, "Environment": {"Variables": {"INIT": "exit"}}})).await;
    let path = "/2019-09-30/functions/shop/provisioned-concurrency?Qualifier=1";
    lambda.put(path, json!({"ProvisionedConcurrentExecutions": 1})).await;
    lambda.running.wait_for(|counters| 0 < counters.starting).await;
    lambda.rest().await;
    let shown = lambda.call("GET", path, &[], "").await.json();
    assert_eq!(shown["Status"], "FAILED");
    assert!(shown["StatusReason"].as_str().unwrap().ends_with("Runtime.ExitError"), "{shown}");
    lambda.stop().await;
}

#[tokio::test]
async fn an_environment_may_take_several_calls_at_once() {
    let lambda = TestLambda::start().await;
    let config = json!({"LambdaManagedInstancesCapacityProviderConfig": {"PerExecutionEnvironmentMaxConcurrency": 3}});
    lambda.create("shop", json!({"CapacityProviderConfig": config, "Timeout": 60})).await;
    let gate = Gate::new().await;
    let first = calling(&lambda, "shop", &gate.event());
    let mut arrivals = vec![gate.arrival().await];
    let rest = [calling(&lambda, "shop", &gate.event()), calling(&lambda, "shop", &gate.event())];
    arrivals.extend([gate.arrival().await, gate.arrival().await]);
    let counters = lambda.running.counters();
    assert_eq!((counters.busy, counters.concurrency), (1, 3));
    let fourth = calling(&lambda, "shop", &gate.event());
    arrivals.push(gate.arrival().await);
    assert_eq!(lambda.running.counters().busy, 2);
    drop(arrivals);
    let mut pids = BTreeSet::new();
    for call in [first].into_iter().chain(rest) {
        pids.insert(call.await.unwrap().said()["pid"].as_u64().unwrap());
    }
    assert_eq!(pids.len(), 1);
    assert!(!pids.contains(&fourth.await.unwrap().said()["pid"].as_u64().unwrap()));
    lambda.stop().await;
}
