//! Requests as the events of other fronts, for tests of functions that stand behind them.

use std::collections::BTreeMap;

use http::header::HeaderMap;
use http::request::Parts;
use serde_json::{Value, json};

use super::event::{body_text, decoded, pairs};

/// The event of an API Gateway REST API (payload format 1.0) with a proxy resource.
///
/// ```
/// let (head, ()) = http::Request::get("/shop?size=s&size=m").body(()).unwrap().into_parts();
/// let event = lambda_service::rest_event(&head, b"", "prod");
/// assert_eq!(event["multiValueQueryStringParameters"]["size"], serde_json::json!(["s", "m"]));
/// ```
pub fn rest_event(head: &Parts, body: &[u8], stage: &str) -> Value {
    let path = head.uri.path();
    let parameters =
        grouped(pairs(head.uri.query().unwrap_or("")).map(|(name, value)| (decoded(name), decoded(value))));
    let headers = grouped(header_pairs(&head.headers));
    let (body, is_base64) = body_text(&head.headers, body);
    json!({
        "resource": "/{proxy+}",
        "path": path,
        "httpMethod": head.method.as_str(),
        "headers": last_of_each(&headers),
        "multiValueHeaders": headers,
        "queryStringParameters": none_if_empty(json!(last_of_each(&parameters))),
        "multiValueQueryStringParameters": none_if_empty(json!(parameters)),
        "pathParameters": {"proxy": path.trim_start_matches('/')},
        "stageVariables": null,
        "requestContext": {
            "resourcePath": "/{proxy+}",
            "httpMethod": head.method.as_str(),
            "path": format!("/{stage}{path}"),
            "protocol": "HTTP/1.1",
            "stage": stage,
            "requestId": crate::ids::uuid(),
            "identity": {"sourceIp": "127.0.0.1"},
        },
        "body": body,
        "isBase64Encoded": is_base64,
    })
}

/// Whether an application load balancer's target group has multi-value headers switched on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AlbHeaders {
    /// One value of each name, the last.
    Single,
    /// All values.
    Multi,
}

/// The event of an application load balancer. Values of the query stay as they came, percent-encoded.
pub fn alb_event(head: &Parts, body: &[u8], mode: AlbHeaders) -> Value {
    let own = |(name, value): (&str, &str)| (name.to_owned(), value.to_owned());
    let parameters = grouped(pairs(head.uri.query().unwrap_or("")).map(own));
    let headers = grouped(header_pairs(&head.headers));
    let (body, is_base64) = body_text(&head.headers, body);
    let mut event = json!({
        "requestContext": {
            "elb": {"targetGroupArn": "arn:aws:elasticloadbalancing:us-east-1:123456789012:targetgroup/local/0"},
        },
        "httpMethod": head.method.as_str(),
        "path": head.uri.path(),
        "body": body.unwrap_or_default(),
        "isBase64Encoded": is_base64,
    });
    match mode {
        AlbHeaders::Single => {
            event["headers"] = json!(last_of_each(&headers));
            event["queryStringParameters"] = json!(last_of_each(&parameters));
        }
        AlbHeaders::Multi => {
            event["multiValueHeaders"] = json!(headers);
            event["multiValueQueryStringParameters"] = json!(parameters);
        }
    }
    event
}

fn header_pairs(headers: &HeaderMap) -> impl Iterator<Item = (String, String)> {
    headers.iter().map(|(name, value)| (name.to_string(), String::from_utf8_lossy(value.as_bytes()).into_owned()))
}

fn grouped(pairs: impl Iterator<Item = (String, String)>) -> BTreeMap<String, Vec<String>> {
    let mut all: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for (name, value) in pairs {
        all.entry(name).or_default().push(value);
    }
    all
}

fn last_of_each(all: &BTreeMap<String, Vec<String>>) -> BTreeMap<&str, &str> {
    all.iter().filter_map(|(name, values)| Some((name.as_str(), values.last()?.as_str()))).collect()
}

fn none_if_empty(map: Value) -> Value {
    if map.as_object().is_some_and(serde_json::Map::is_empty) { Value::Null } else { map }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_load_balancer_leaves_the_query_encoded() {
        let request = http::Request::post("/tea?q=a%20b&q=c").header("x-tag", "one").header("x-tag", "two");
        let (head, ()) = request.body(()).unwrap().into_parts();
        let single = alb_event(&head, b"n=1", AlbHeaders::Single);
        assert_eq!(single["queryStringParameters"], json!({"q": "c"}));
        assert_eq!(single["headers"], json!({"x-tag": "two"}));
        assert_eq!((&single["body"], &single["isBase64Encoded"]), (&json!("bj0x"), &json!(true)));
        let multi = alb_event(&head, b"", AlbHeaders::Multi);
        assert_eq!(multi["multiValueQueryStringParameters"], json!({"q": ["a%20b", "c"]}));
        assert_eq!(multi["multiValueHeaders"], json!({"x-tag": ["one", "two"]}));
        assert_eq!((&multi["headers"], &multi["body"]), (&Value::Null, &json!("")));
    }
}
