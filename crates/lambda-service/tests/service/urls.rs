//! Function URLs.

use std::net::SocketAddr;
use std::time::Duration;

use lambda_service::FunctionName;
use serde_json::{Value, json};

use crate::support::{TestLambda, call};

/// A function with a URL.
async fn url(lambda: &TestLambda, form: Value) -> SocketAddr {
    lambda.create("shop", json!({})).await;
    let answer = lambda.call("POST", "/2021-10-31/functions/shop/url", &[], form.to_string()).await;
    assert_eq!(answer.status, 201, "{}", String::from_utf8_lossy(&answer.body));
    let url = answer.json()["FunctionUrl"].as_str().unwrap().to_owned();
    url.strip_prefix("http://").unwrap().strip_suffix('/').unwrap().parse().unwrap()
}

#[tokio::test]
async fn a_request_becomes_an_event_of_format_2() {
    let lambda = TestLambda::start().await;
    let address = url(&lambda, json!({"AuthType": "NONE"})).await;
    let headers = [
        ("cookie", "a=1; b=2"),
        ("cookie", "c=3"),
        ("x-tag", "one"),
        ("x-tag", "two"),
        ("content-type", "application/x-www-form-urlencoded"),
        ("user-agent", "test"),
        ("x-forwarded-for", "192.0.2.1, 192.0.2.2"),
    ];
    let answer = call(address, "POST", "/tea/gr%C3%BCn?size=s&size=m&q=a+b%26c", &headers, b"n=1").await;
    let event = answer.json()["event"].clone();
    for (field, want) in [
        ("version", json!("2.0")),
        ("rawPath", json!("/tea/grün")),
        ("rawQueryString", json!("size=s&size=m&q=a+b%26c")),
        ("cookies", json!(["a=1", "b=2", "c=3"])),
        ("queryStringParameters", json!({"size": "s,m", "q": "a b&c"})),
        ("body", json!("bj0x")),
        ("isBase64Encoded", json!(true)),
    ] {
        assert_eq!(event[field], want, "{field}");
    }
    assert_eq!(event["headers"]["x-tag"], "one,two");
    assert!(event["headers"]["cookie"].is_null());
    let http = &event["requestContext"]["http"];
    let want = json!({
        "method": "POST", "path": "/tea/grün", "protocol": "HTTP/1.1", "sourceIp": "192.0.2.1", "userAgent": "test",
    });
    assert_eq!(*http, want);
    assert_eq!(event["requestContext"]["time"], "29/Nov/2026:17:00:00 +0000");
    assert_eq!(event["requestContext"]["requestId"], answer.header("x-amzn-requestid").unwrap());
    let json = call(address, "POST", "/", &[("content-type", "application/json; charset=utf-8")], b"{}").await;
    let event = json.json()["event"].clone();
    assert_eq!((&event["body"], &event["isBase64Encoded"]), (&json!("{}"), &json!(false)));
    lambda.stop().await;
}

/// Sends an event through the front: the function finds it in the body.
async fn ask(address: SocketAddr, event: Value) -> crate::support::Answer {
    call(address, "POST", "/", &[("content-type", "application/json")], event.to_string().as_bytes()).await
}

#[tokio::test]
async fn an_answer_of_the_function_becomes_one_of_http() {
    let lambda = TestLambda::start().await;
    let address = url(&lambda, json!({"AuthType": "NONE"})).await;
    let said = json!({
        "statusCode": 201, "headers": {"X-Shop": "tea", "Content-Type": "text/html"}, "cookies": ["a=1", "b=2"],
        "body": "PGI+", "isBase64Encoded": true,
    });
    let answer = ask(address, json!({"do": "say", "say": said})).await;
    assert_eq!((answer.status, answer.body.as_slice()), (201, b"<b>".as_slice()));
    assert_eq!((answer.header("x-shop"), answer.header("set-cookie")), (Some("tea"), Some("a=1\nb=2")));
    for (case, event, status) in [
        ("plain", json!({"do": "say", "say": {"a": 1}}), 200),
        ("an error", json!({"do": "error"}), 502),
        ("a crash", json!({"do": "exit", "code": 1}), 502),
        ("no status", json!({"do": "say", "say": {"statusCode": "many"}}), 502),
    ] {
        assert_eq!(ask(address, event).await.status, status, "{case}");
    }
    let mut log = lambda.running.follow_logs(&FunctionName::parse("shop").unwrap());
    let watching = async {
        while log.recv().await.unwrap().text != "hanging" {}
        lambda.clock.advance(Duration::from_secs(3));
    };
    let (late, ()) = tokio::join!(ask(address, json!({"do": "hang"})), watching);
    assert_eq!(late.status, 504);
    let large = call(address, "POST", "/", &[], &vec![b'x'; 6 * 1_024 * 1_024 + 200]).await;
    assert_eq!(large.status, 413);
    lambda.put("/2017-10-31/functions/shop/concurrency", json!({"ReservedConcurrentExecutions": 0})).await;
    assert_eq!(ask(address, json!({})).await.status, 429);
    lambda.stop().await;
}

#[tokio::test]
async fn a_streamed_answer_begins_with_its_head() {
    let lambda = TestLambda::start().await;
    let address = url(&lambda, json!({"AuthType": "NONE", "InvokeMode": "RESPONSE_STREAM"})).await;
    let head = json!({"statusCode": 202, "headers": {"content-type": "text/html"}, "cookies": ["a=1"]});
    let answer = ask(address, json!({"do": "stream", "head": head, "parts": ["<b>", "</b>"]})).await;
    assert_eq!((answer.status, answer.body.as_slice()), (202, b"<b></b>".as_slice()));
    assert_eq!((answer.header("content-type"), answer.header("set-cookie")), (Some("text/html"), Some("a=1")));
    let bare = ask(address, json!({"do": "stream", "parts": ["a", "b"]})).await;
    assert_eq!(
        (bare.status, bare.header("content-type"), bare.body.as_slice()),
        (200, Some("text/plain"), b"ab".as_slice())
    );
    lambda.put("/2021-10-31/functions/shop/url", json!({"InvokeMode": "BUFFERED"})).await;
    let whole = ask(address, json!({"do": "stream", "head": head, "parts": ["<b>", "</b>"]})).await;
    assert_eq!((whole.status, whole.body.as_slice()), (202, b"<b></b>".as_slice()));
    lambda.stop().await;
}

#[tokio::test]
async fn a_form_without_the_hash_of_its_body_is_refused_where_requests_are_signed() {
    let lambda = TestLambda::start().await;
    let address = url(&lambda, json!({"AuthType": "AWS_IAM"})).await;
    let signed = ("authorization", "AWS4-HMAC-SHA256 Credential=a/b, SignedHeaders=host, Signature=c");
    let hash = ("x-amz-content-sha256", "d2ada4d1a4b5ed1c1c5e0a1b3e5a4fd8a2f4e26e9e6a6cc9c3d4e0d8d5c2a1f0");
    for (case, headers, body, status) in [
        ("nobody", vec![], "", 403),
        ("a page", vec![signed], "", 200),
        ("a form", vec![signed], "a=b", 403),
        ("a form with another's hash", vec![signed, hash], "a=b", 403),
    ] {
        let method = if body.is_empty() { "GET" } else { "POST" };
        assert_eq!(call(address, method, "/", &headers, body.as_bytes()).await.status, status, "{case}");
    }
    lambda.stop().await;
}

#[tokio::test]
async fn another_site_is_told_whether_it_may_call() {
    let lambda = TestLambda::start().await;
    let cors = json!({"AllowOrigins": ["https://tea.example"], "AllowMethods": ["POST"], "MaxAge": 60});
    let address = url(&lambda, json!({"AuthType": "NONE", "Cors": cors})).await;
    for (origin, want) in [("https://tea.example", Some("https://tea.example")), ("https://other.example", None)] {
        let headers = [("origin", origin), ("access-control-request-method", "POST")];
        let preflight = call(address, "OPTIONS", "/", &headers, b"").await;
        assert_eq!(preflight.header("access-control-allow-origin"), want);
        let answer = call(address, "GET", "/", &headers[..1], b"").await;
        assert_eq!((answer.status, answer.header("access-control-allow-origin")), (200, want));
    }
    assert_eq!(lambda.running.counters().idle + lambda.running.counters().finishing, 1);
    lambda.stop().await;
}

#[tokio::test]
async fn urls_come_and_go() {
    let lambda = TestLambda::start().await;
    let address = url(&lambda, json!({"AuthType": "NONE"})).await;
    let again = lambda.call("POST", "/2021-10-31/functions/shop/url", &[], r#"{"AuthType":"NONE"}"#).await;
    assert_eq!(again.error_type(), Some("ResourceConflictException"));
    let listed = lambda.call("GET", "/2021-10-31/functions/shop/urls", &[], "").await.json();
    assert_eq!(listed["FunctionUrlConfigs"].as_array().unwrap().len(), 1);
    let path = "/2021-10-31/functions/shop/url?Qualifier=live";
    assert_eq!(lambda.call("POST", path, &[], r#"{"AuthType":"NONE"}"#).await.status, 404, "no such alias");
    assert_eq!(lambda.call("DELETE", "/2021-10-31/functions/shop/url", &[], "").await.status, 204);
    while tokio::net::TcpStream::connect(address).await.is_ok() {
        tokio::task::yield_now().await;
    }
    lambda.stop().await;
}
