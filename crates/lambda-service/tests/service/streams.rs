//! Streamed answers.

use serde_json::json;

use crate::support::TestLambda;

/// A message of an event stream: its type and its payload.
fn messages(mut bytes: &[u8]) -> Vec<(String, Vec<u8>)> {
    let mut all = Vec::new();
    while !bytes.is_empty() {
        let number = |at: usize| usize::try_from(u32::from_be_bytes(bytes[at..at + 4].try_into().unwrap())).unwrap();
        let (total, headers) = (number(0), number(4));
        let text = String::from_utf8_lossy(&bytes[12..12 + headers]).into_owned();
        let kind = ["PayloadChunk", "InvokeComplete"].into_iter().find(|kind| text.contains(kind)).unwrap();
        all.push((kind.to_owned(), bytes[12 + headers..total - 4].to_vec()));
        bytes = &bytes[total..];
    }
    all
}

async fn stream(lambda: &TestLambda, event: serde_json::Value) -> Vec<(String, Vec<u8>)> {
    let path = "/2021-11-15/functions/shop/response-streaming-invocations";
    let answer = lambda.call("POST", path, &[("x-amz-log-type", "Tail")], event.to_string()).await;
    assert_eq!(answer.status, 200);
    assert_eq!(answer.header("content-type"), Some("application/vnd.amazon.eventstream"));
    messages(&answer.body)
}

#[tokio::test]
async fn an_answer_comes_in_parts_with_an_end() {
    let lambda = TestLambda::start().await;
    lambda.create("shop", json!({})).await;
    let mut parts = stream(&lambda, json!({"do": "stream", "parts": ["one ", "two"]})).await;
    let (kind, end) = parts.pop().unwrap();
    assert_eq!(kind, "InvokeComplete");
    let end: serde_json::Value = serde_json::from_slice(&end).unwrap();
    assert!(end["ErrorCode"].is_null() && end["LogResult"].is_string(), "{end}");
    let whole: Vec<u8> = parts.into_iter().flat_map(|(_, data)| data).collect();
    assert_eq!(whole, b"one two");
    let whole = stream(&lambda, json!({"do": "say", "say": 7})).await;
    assert_eq!(whole[0], ("PayloadChunk".to_owned(), b"7".to_vec()), "an answer that was not streamed");
    lambda.stop().await;
}

#[tokio::test]
async fn an_answer_that_fails_on_its_way_says_so_at_its_end() {
    let lambda = TestLambda::start().await;
    lambda.create("shop", json!({})).await;
    let event = json!({"do": "stream", "parts": ["one "], "fails": true});
    let parts = stream(&lambda, event.clone()).await;
    let end: serde_json::Value = serde_json::from_slice(&parts.last().unwrap().1).unwrap();
    assert_eq!(end["ErrorCode"], "Late");
    assert_eq!(end["ErrorDetails"], r#"{"errorType":"Late","errorMessage":"too late"}"#);
    assert_eq!(lambda.invoke("shop", event).await.failed(), "Late", "the same to a caller who wants it whole");
    let error = stream(&lambda, json!({"do": "error"})).await;
    let end: serde_json::Value = serde_json::from_slice(&error[0].1).unwrap();
    assert_eq!((error.len(), &end["ErrorCode"]), (1, &json!("Shop.Closed")));
    lambda.stop().await;
}

#[tokio::test]
async fn a_caller_who_wants_it_whole_gets_a_streamed_answer_whole() {
    let lambda = TestLambda::start().await;
    lambda.create("shop", json!({})).await;
    let answer = lambda.invoke("shop", json!({"do": "stream", "parts": ["[1,", "2]"]})).await;
    assert_eq!(answer.said(), json!([1, 2]));
    assert_eq!(lambda.notes.invocations.lock().unwrap()[0].response_bytes, 5);
    lambda.stop().await;
}
