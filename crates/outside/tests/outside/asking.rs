//! One question: what is sent, and every way in which an answer can fail.

use crate::support::{Module, SECRET, Store, address, json, raw, read_question, status, write};
use axum::http::{Method, header};
use axum::response::Response;
use outside::line::{ANSWER_BYTES_MAX, DEADLINE_MS_MAX};
use outside::{Deadline, Outside, OutsideError, Secret};
use serde_json::json;
use std::time::Duration;
use tokio::io::AsyncWriteExt;
use tokio::time::Instant;

/// Long enough that no test meets it.
const PATIENT_MS: u64 = DEADLINE_MS_MAX;

#[tokio::test]
async fn a_question_is_a_signed_post_of_json() {
    let module = Module::start(|_| json(r#"{"lines":[null],"more":1}"#)).await;
    let answer = Store::new().outside(&module.url, PATIENT_MS).ask(&json!({"lines": [1]})).await;
    assert_eq!(answer, Ok(json!({"lines": [null], "more": 1})));
    let asked = module.asked().remove(0);
    assert_eq!(
        (asked.method, asked.uri.path(), &asked.body[..]),
        (Method::POST, "/tradewind", &br#"{"lines":[1]}"#[..])
    );
    assert_eq!(asked.headers[header::CONTENT_TYPE], "application/json");
    // The module works the signature out anew, from the bytes and the secret that it has.
    let key = ring::hmac::Key::new(ring::hmac::HMAC_SHA256, SECRET.as_bytes());
    let tag = ring::hmac::sign(&key, b"1790000000.{\"lines\":[1]}");
    let hex: String = tag.as_ref().iter().map(|byte| format!("{byte:02x}")).collect();
    assert_eq!(asked.headers["tradewind-signature"], format!("t=1790000000,v1={hex}"));
    assert_eq!(asked.headers.get_all("tradewind-signature").iter().count(), 1);
}

#[tokio::test]
async fn what_is_no_json_with_a_good_status_is_no_answer() {
    let typed = |kind: &'static str| Response::builder().header(header::CONTENT_TYPE, kind).body("{}".into()).unwrap();
    let elsewhere = |_: &_| {
        let moved = Response::builder().status(307).header(header::LOCATION, "/elsewhere");
        moved.header(header::CONTENT_TYPE, "application/json").body("{}".into()).unwrap()
    };
    let store = Store::new();
    let cases: [(&str, Module, OutsideError); 8] = [
        ("a fault", Module::start(|_| status(500)).await, OutsideError::Status(500)),
        ("not found", Module::start(|_| status(404)).await, OutsideError::Status(404)),
        ("a redirect is not followed", Module::start(elsewhere).await, OutsideError::Status(307)),
        ("a page", Module::start(move |_| typed("text/html")).await, OutsideError::NotJson),
        ("no type", Module::start(|_| Response::new("{}".into())).await, OutsideError::NotJson),
        (
            "half an object",
            Module::start(|_| json("{\n\"lines\":")).await,
            OutsideError::Unreadable { line: 2, column: 8 },
        ),
        ("nothing", Module::start(|_| json("")).await, OutsideError::Unreadable { line: 1, column: 0 }),
        ("two values", Module::start(|_| json("{} {}")).await, OutsideError::Unreadable { line: 1, column: 4 }),
    ];
    for (case, module, want) in cases {
        assert_eq!(store.outside(&module.url, PATIENT_MS).ask(&json!({})).await, Err(want), "{case}");
        assert_eq!(module.asked().len(), 1, "{case}");
    }
}

#[tokio::test]
async fn json_that_goes_too_deep_is_refused_and_not_followed() {
    let module = Module::start(|_| json("[".repeat(ANSWER_BYTES_MAX))).await;
    let answer = Store::new().outside(&module.url, PATIENT_MS).ask(&json!({})).await;
    assert!(matches!(answer, Err(OutsideError::Unreadable { .. })), "{answer:?}");
}

#[tokio::test]
async fn an_answer_is_read_to_its_bound_and_no_further() {
    let filled = |bytes: usize| format!("\"{}\"", "x".repeat(bytes - 2));
    let store = Store::new();
    let most = Module::start(move |_| json(filled(ANSWER_BYTES_MAX))).await;
    assert!(store.outside(&most.url, PATIENT_MS).ask(&json!({})).await.is_ok());
    let more = Module::start(move |_| json(filled(ANSWER_BYTES_MAX + 1))).await;
    assert_eq!(store.outside(&more.url, PATIENT_MS).ask(&json!({})).await, Err(OutsideError::TooLong));
    // Without an announced length, and without an end.
    let (endless, _) = raw(|_, mut stream| async move {
        read_question(&mut stream).await;
        write(&mut stream, "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\n\r\n").await;
        while stream.write_all(&[b' '; 4096]).await.is_ok() {}
    })
    .await;
    assert_eq!(store.outside(&endless, PATIENT_MS).ask(&json!({})).await, Err(OutsideError::TooLong));
}

#[tokio::test]
async fn a_question_that_is_too_long_is_not_sent() {
    let module = Module::start(|_| json("{}")).await;
    let question = json!("x".repeat(outside::outside::QUESTION_BYTES_MAX));
    let answer = Store::new().outside(&module.url, PATIENT_MS).ask(&question).await;
    assert!(matches!(answer, Err(OutsideError::Question(_))), "{answer:?}");
    assert_eq!(module.asked().len(), 0);
}

#[tokio::test(start_paused = true)]
async fn the_deadline_holds_for_all_of_it() {
    let deadline = Deadline::from_ms(700).unwrap();
    let store = Store::new();
    // Takes the connection and says nothing.
    let (silent, _) = raw(|_, mut stream| async move {
        read_question(&mut stream).await;
        std::future::pending::<()>().await;
    })
    .await;
    // Sends its answer a byte at a time: never silent for long, never done.
    let (trickling, _) = raw(|_, mut stream| async move {
        read_question(&mut stream).await;
        write(&mut stream, "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 100000\r\n\r\n").await;
        loop {
            tokio::time::sleep(Duration::from_millis(10)).await;
            if stream.write_all(b" ").await.is_err() {
                return;
            }
        }
    })
    .await;
    // The same with the header.
    let (hesitating, _) = raw(|_, mut stream| async move {
        read_question(&mut stream).await;
        write(&mut stream, "HTTP/1.1 200 OK\r\n").await;
        while stream.write_all(b"x-more: 1\r\n").await.is_ok() {
            tokio::time::sleep(Duration::from_millis(300)).await;
        }
    })
    .await;
    for (case, url) in [("silent", silent), ("trickling", trickling), ("hesitating", hesitating)] {
        let before = Instant::now();
        let answer = store.outside(&url, deadline.ms()).ask(&json!({})).await;
        assert_eq!(answer, Err(OutsideError::Late(deadline)), "{case}");
        let took = before.elapsed().as_millis();
        assert!((700..720).contains(&took), "{case}: {took} ms");
    }
}

#[tokio::test]
async fn nobody_there_is_told_in_words_that_help() {
    let gone = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}/hooks/hush?token=hush", gone.local_addr().unwrap());
    drop(gone);
    let error = Store::new().outside(&url, PATIENT_MS).ask(&json!({})).await.unwrap_err();
    assert!(error.to_string().contains("Connection refused"), "{error}");
}

#[tokio::test]
async fn a_certificate_that_nobody_vouches_for_is_refused() {
    let made = rcgen::generate_simple_self_signed(vec!["localhost".to_owned()]).unwrap();
    let key = rustls::pki_types::PrivateKeyDer::try_from(made.signing_key.serialize_der()).unwrap();
    let tls = rustls::ServerConfig::builder_with_provider(rustls::crypto::ring::default_provider().into())
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![made.cert.der().clone()], key)
        .unwrap();
    let acceptor = tokio_rustls::TlsAcceptor::from(std::sync::Arc::new(tls));
    let (url, _) = raw(move |_, stream| {
        let accepting = acceptor.accept(stream);
        async move { assert!(accepting.await.is_err(), "the store must not go on") }
    })
    .await;
    let url = url.replace("http://127.0.0.1", "https://localhost");
    let error = Store::new().outside(&url, PATIENT_MS).ask(&json!({})).await.unwrap_err();
    assert!(error.to_string().contains("UnknownIssuer"), "{error}");
}

#[tokio::test]
async fn nothing_secret_is_in_what_is_printed() {
    let gone = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}/hooks/hush?token=hush", gone.local_addr().unwrap());
    drop(gone);
    let store = Store::new();
    let secret = Secret::parse("hush-hush-hush-hush").unwrap();
    let outside = Outside::new(&store.network, address(&url), secret, Deadline::from_ms(PATIENT_MS).unwrap());
    let unreachable = outside.ask(&json!({"sku": "hush"})).await.unwrap_err();
    let echo = Module::start(|_| json(r#"{"lines": "hush}"#)).await;
    let unreadable = store.outside(&echo.url, PATIENT_MS).ask(&json!({"sku": "hush"})).await.unwrap_err();
    for printed in [
        format!("{outside:?}"),
        outside.origin(),
        format!("{unreachable:?} {unreachable}"),
        format!("{unreadable:?} {unreadable}"),
    ] {
        assert!(!printed.contains("hush"), "{printed}");
    }
}
