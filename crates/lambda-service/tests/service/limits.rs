//! Limits: payloads, memory, room, descriptors, log.

use serde_json::{Value, json};

use crate::support::TestLambda;

const MIB: usize = 1_024 * 1_024;

#[tokio::test]
async fn payloads_have_limits() {
    let lambda = TestLambda::start().await;
    lambda.create("shop", json!({})).await;
    let invoke = |bytes: usize, kind: &'static str| {
        let event = format!("\"{}\"", "x".repeat(bytes - 2));
        let lambda = &lambda;
        async move {
            let headers = [("x-amz-invocation-type", kind)];
            lambda.call("POST", "/2015-03-31/functions/shop/invocations", &headers, event).await
        }
    };
    for (case, bytes, kind, status) in [
        ("6 MB", 6 * MIB, "RequestResponse", 200),
        ("more than 6 MB", 6 * MIB + 101, "RequestResponse", 413),
        ("1 MB as an event", MIB, "Event", 202),
        ("more than 1 MB as an event", MIB + 1, "Event", 413),
    ] {
        let answer = invoke(bytes, kind).await;
        assert_eq!(answer.status, status, "{case}");
        if status == 413 {
            assert_eq!(answer.error_type(), Some("RequestTooLargeException"), "{case}");
        }
    }
    let large = lambda.invoke("shop", json!({"do": "large", "bytes": 6 * MIB})).await;
    assert_eq!(large.said().as_str().map(str::len), Some(6 * MIB));
    let too_large = lambda.invoke("shop", json!({"do": "large", "bytes": 6 * MIB + 200})).await;
    assert_eq!(too_large.failed(), "Function.ResponseSizeTooLarge");
    lambda.rest().await;
    lambda.stop().await;
}

#[tokio::test]
async fn calls_that_are_none_are_refused() {
    let lambda = TestLambda::start().await;
    lambda.create("shop", json!({})).await;
    let path = "/2015-03-31/functions/shop/invocations";
    let long_context = "x".repeat(3_584);
    for (case, headers, body, status, kind) in [
        ("no JSON", vec![], "{", 400, "InvalidRequestContentException"),
        (
            "a context too long",
            vec![("x-amz-client-context", long_context.as_str())],
            "{}",
            400,
            "InvalidRequestContentException",
        ),
        ("a context that is none", vec![("x-amz-client-context", "%")], "{}", 400, "InvalidRequestContentException"),
        ("a type that is none", vec![("x-amz-invocation-type", "Soon")], "{}", 400, "InvalidParameterValueException"),
        ("a web page", vec![("content-type", "text/html")], "{}", 415, "UnsupportedMediaTypeException"),
    ] {
        let answer = lambda.call("POST", path, &headers, body).await;
        assert_eq!((answer.status, answer.error_type()), (status, Some(kind)), "{case}");
        assert_eq!(answer.json()["__type"], kind, "{case}");
    }
    assert_eq!(lambda.call("POST", path, &[], "").await.said()["event"], json!({}));
    lambda.stop().await;
}

#[tokio::test]
async fn a_function_that_takes_too_much_memory_is_ended() {
    let lambda = TestLambda::start().await;
    lambda.create("shop", json!({"Timeout": 60})).await;
    for (case, mb, want) in [
        ("a little", 40, None),
        ("more than it may", 200, Some("Runtime.OutOfMemory")),
        ("more than a process gets at all", 5_000, Some("Runtime.ExitError")),
    ] {
        let answer = lambda.invoke("shop", json!({"do": "memory", "mb": mb})).await;
        match want {
            // The second is met while it grows or at its end, whichever is first.
            Some(kind) => assert!([kind, "Runtime.OutOfMemory"].contains(&answer.failed().as_str()), "{case}"),
            None => assert!(0 < answer.said()["pages"].as_u64().unwrap(), "{case}"),
        }
    }
    let used = lambda.notes.invocations.lock().unwrap()[0].memory_used_mb;
    assert!((40..128).contains(&used), "{used} MB");
    lambda.stop().await;
}

#[tokio::test]
async fn an_environment_with_too_much_under_tmp_ends() {
    let lambda = TestLambda::start().await;
    lambda.create("shop", json!({"Timeout": 60})).await;
    lambda.invoke("shop", json!({"do": "fill", "mb": 500})).await.said();
    assert_eq!(lambda.invoke("shop", json!({})).await.said()["served"], 2);
    lambda.invoke("shop", json!({"do": "fill", "mb": 520})).await.said();
    lambda.running.wait_for(|counters| counters.idle + counters.finishing + counters.ending == 0).await;
    assert_eq!(lambda.invoke("shop", json!({})).await.said()["in scratch"], 0);
    assert!(lambda.log("shop").iter().any(|line| line.contains("holds more than 512 MB")));
    lambda.stop().await;
}

#[tokio::test]
async fn a_process_has_1024_descriptors() {
    let lambda = TestLambda::start().await;
    lambda.create("shop", json!({})).await;
    let opened = lambda.invoke("shop", json!({"do": "files", "count": 2_000})).await.said()["opened"].as_u64().unwrap();
    assert!((1_000..1_024).contains(&opened), "{opened}");
    lambda.stop().await;
}

#[tokio::test]
async fn a_user_of_an_environment_has_1024_processes_and_threads() {
    if !crate::support::is_root() {
        return; // without users of their own there is no such limit
    }
    let lambda = TestLambda::start().await;
    lambda.create("shop", json!({"Timeout": 60, "MemorySize": 512})).await;
    let started = lambda.invoke("shop", json!({"do": "threads", "count": 2_000})).await.said()["started"].clone();
    assert!((1_000..1_024).contains(&started.as_u64().unwrap()), "{started}");
    lambda.stop().await;
}

#[tokio::test]
async fn a_flood_of_lines_stops_nobody_and_fills_nothing() {
    let lambda = TestLambda::start().await;
    lambda.create("shop", json!({"Timeout": 60})).await;
    assert_eq!(lambda.invoke("shop", json!({"do": "flood", "kib": 20_000})).await.said(), Value::Null);
    let log = lambda.log("shop");
    let kept: usize = log.iter().map(String::len).sum();
    assert!(kept < 300 * 1_024, "{kept} bytes");
    assert!(log.iter().any(|line| line.contains("bytes left out")), "{:?}", log.last());
    assert!(log.last().unwrap().starts_with("REPORT RequestId: "));
    lambda.stop().await;
}
