//! What the demo gateway makes of a site that answers nonsense, too much, or not at all.

use crate::support::{asked, code_of, payment};
use axum::Router;
use axum::response::{IntoResponse, Redirect, Response};
use http::StatusCode;
use payments::demo::{DemoConfig, DemoGateway};
use payments::gateway::ANSWER_BYTES_MAX;
use payments::{Gateway, GatewayError, Secret};
use std::time::Duration;
use tokio::net::TcpListener;

/// A gateway whose site gives this answer to everything.
async fn answering(answer: impl Fn(&str) -> Response + Clone + Send + Sync + 'static) -> DemoGateway {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let own = url.clone();
    let router = Router::new().fallback(move || {
        let response = answer(&own);
        async { response }
    });
    tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
    DemoGateway::new(DemoConfig::new(&url, Secret::new("a"), Secret::new("w"))).unwrap()
}

fn variant(error: &GatewayError) -> &'static str {
    match error {
        GatewayError::Unreachable(_) => "unreachable",
        GatewayError::Refused { .. } => "refused",
        GatewayError::Misconfigured(_) => "misconfigured",
        GatewayError::WrongAnswer(_) => "wrong answer",
    }
}

#[tokio::test]
async fn an_answer_that_makes_no_sense_is_told_from_a_refusal_and_from_silence() {
    let text = |status, body: &'static str| (status, body).into_response();
    type Case = (&'static str, &'static str, fn(&str) -> Response);
    let cases: [Case; 9] = [
        ("not JSON", "wrong answer", |_| "<html>".into_response()),
        ("too long", "wrong answer", |_| "x".repeat(ANSWER_BYTES_MAX + 1).into_response()),
        ("sent elsewhere", "wrong answer", |_| Redirect::temporary("/elsewhere").into_response()),
        ("a refusal without a reason", "wrong answer", |_| StatusCode::CONFLICT.into_response()),
        ("the page is on another site", "wrong answer", |_| r#"{"id":"p","url":"http://evil.test/"}"#.into_response()),
        ("an id that is none", "wrong answer", |own| format!(r#"{{"id":"a b","url":"{own}/pay"}}"#).into_response()),
        ("a failure", "unreachable", |_| StatusCode::BAD_GATEWAY.into_response()),
        ("too many calls", "unreachable", |_| StatusCode::TOO_MANY_REQUESTS.into_response()),
        ("a wrong secret", "misconfigured", |_| StatusCode::UNAUTHORIZED.into_response()),
    ];
    for (case, want, answer) in cases {
        let error = answering(answer).await.start(&payment(1)).await.unwrap_err();
        assert_eq!(variant(&error), want, "{case}: {error}");
        assert!(!error.to_string().contains("127.0.0.1"), "an address may open a payment's page: {error}");
    }
    let refusing = answering(move |_| text(StatusCode::CONFLICT, r#"{"code":"too_much","message":"no"}"#)).await;
    assert_eq!(code_of(refusing.start(&payment(1)).await), "too_much");
}

#[tokio::test]
async fn a_payment_in_no_known_currency_or_state_is_a_wrong_answer() {
    let money = |currency: &str| format!(r#"{{"minor":1,"currency":"{currency}"}}"#);
    let answer = move |status: &str, currency: &str| {
        let amount = money(currency);
        format!(
            r#"{{"id":"p","reference":"r","status":"{status}","decline_code":null,"amount":{amount},
                "authorised":{amount},"captured":{amount},"refunded":{amount}}}"#
        )
    };
    for (status, currency, want) in [("captured", "EUR", true), ("captured", "XXX", false), ("stolen", "EUR", false)] {
        let body = answer(status, currency);
        let gateway = answering(move |_| body.clone().into_response()).await;
        let payment = payment(1);
        let mut asked = asked(&payment, None);
        asked.provider_reference = payments::ProviderReference::parse("p").ok();
        let state = gateway.state(&asked).await;
        assert_eq!(state.is_ok(), want, "{status} {currency}");
        if let Ok(state) = state {
            assert_eq!(state.unwrap().reference, None, "a reference that is none of ours");
        }
    }
}

#[tokio::test]
async fn a_site_that_takes_the_call_and_says_nothing_is_unreachable() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let config = DemoConfig::new(&url, Secret::new("a"), Secret::new("w"));
    let gateway = DemoGateway::new(DemoConfig { deadline: Duration::from_millis(50), ..config }).unwrap();
    let error = gateway.start(&payment(1)).await.unwrap_err();
    assert_eq!(variant(&error), "unreachable", "{error}");
}
