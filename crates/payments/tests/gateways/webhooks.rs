//! Webhooks of the demo gateway: only what the site signed, just now, wakes anybody.

use crate::support::{NOW, payment};
use http::{HeaderMap, HeaderValue};
use payments::demo::{DemoConfig, DemoGateway, SIGNATURE_HEADER};
use payments::gateway::WEBHOOK_BODY_BYTES_MAX;
use payments::{Gateway, Secret, Subject, Wake, WebhookError, signature};
use proptest::prelude::*;

fn gateway(secrets: &[&str]) -> DemoGateway {
    let mut config = DemoConfig::new("http://127.0.0.1:1", Secret::new("api"), Secret::new("new"));
    config.webhook_secrets = secrets.iter().map(|secret| Secret::new(*secret)).collect();
    DemoGateway::new(config).unwrap()
}

fn signed(secret: &str, body: &[u8], seconds: i64) -> HeaderMap {
    let value = signature::sign(&Secret::new(secret), body, NOW.plus_ms(seconds * 1_000));
    HeaderMap::from_iter([(SIGNATURE_HEADER, HeaderValue::from_str(&value).unwrap())])
}

fn event() -> String {
    let reference = payment(1).reference;
    format!(r#"{{"id":"evt_1","type":"payment.changed","payment":"pay_1","reference":"{reference}"}}"#)
}

#[tokio::test]
async fn a_genuine_webhook_names_its_event_and_our_reference() {
    let body = event();
    for (case, secret) in [("the newest secret", "new"), ("one that is being replaced", "old")] {
        let wake = gateway(&["new", "old"]).webhook(&signed(secret, body.as_bytes(), 0), body.as_bytes(), NOW).await;
        let want = Wake { event_id: "evt_1".to_owned(), subject: Subject::Ours(payment(1).reference) };
        assert_eq!(wake.unwrap(), Some(want), "{case}");
    }
    let news = body.replace("payment.changed", "weather.changed");
    let wake = gateway(&["new"]).webhook(&signed("new", news.as_bytes(), 0), news.as_bytes(), NOW).await;
    assert_eq!(wake, Ok(None), "an event that is none of ours");
}

#[tokio::test]
async fn whatever_else_comes_wakes_nobody() {
    let gateway = gateway(&["new", "old"]);
    let good = event();
    let body = good.as_bytes();
    let mut twice = signed("new", body, 0);
    twice.append(SIGNATURE_HEADER, twice[SIGNATURE_HEADER].clone());
    let binary = HeaderMap::from_iter([(SIGNATURE_HEADER, HeaderValue::from_bytes(b"t=1,v1=\xff").unwrap())]);
    let huge = vec![b'x'; WEBHOOK_BODY_BYTES_MAX + 1];
    let nameless = good.replace("evt_1", "");
    let foreign = good.replace(&payment(1).reference.to_string(), "order-7");
    for (case, headers, body, want) in [
        ("a wrong signature", signed("guess", body, 0), body, "Forged"),
        ("an old one", signed("new", body, -301), body, "OutOfTime"),
        ("one from the future", signed("new", body, 301), body, "OutOfTime"),
        ("an altered body", signed("new", body, 0), nameless.as_bytes(), "Forged"),
        ("two headers", twice, body, "Forged"),
        ("no header", HeaderMap::new(), body, "Forged"),
        ("a header that is not text", binary, body, "Forged"),
        ("a huge body", signed("new", &huge, 0), &huge, "TooLong"),
        ("not UTF-8", signed("new", b"\xff\xfe", 0), b"\xff\xfe", "Unreadable"),
        ("nothing", signed("new", b"", 0), b"", "Unreadable"),
        ("no event id", signed("new", nameless.as_bytes(), 0), nameless.as_bytes(), "Unreadable"),
        ("no reference of ours", signed("new", foreign.as_bytes(), 0), foreign.as_bytes(), "Unreadable"),
    ] {
        let refused = gateway.webhook(&headers, body, NOW).await.unwrap_err();
        assert!(format!("{refused:?}").starts_with(want), "{case}: {refused:?}");
    }
    let unset = self::gateway(&[]).webhook(&signed("", body, 0), body, NOW).await;
    assert!(matches!(unset, Err(WebhookError::Forged(_))), "without a secret nothing is genuine");
}

proptest! {
    #[test]
    fn no_bytes_panic_and_none_pass_unsigned(
        header in prop::collection::vec(any::<u8>(), 0..120),
        body in prop::collection::vec(any::<u8>(), 0..300),
    ) {
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        let value = HeaderValue::from_bytes(&header).unwrap_or(HeaderValue::from_static("t=1,v1=00"));
        let headers = HeaderMap::from_iter([(SIGNATURE_HEADER, value)]);
        prop_assert!(runtime.block_on(gateway(&["new"]).webhook(&headers, &body, NOW)).is_err());
        // Signed garbage is read and refused.
        let signed = signed("new", &body, 0);
        prop_assert!(runtime.block_on(gateway(&["new"]).webhook(&signed, &body, NOW)).is_err());
    }
}
