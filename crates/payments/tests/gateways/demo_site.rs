//! The demo site's pages, API and memory, from the side of whoever does not behave.

use crate::support::{DemoWorld, NOW, asked, eur, key, payment};
use commerce::payment::PaymentNews;
use http::{Method, StatusCode};
use payments::demo::{Site, SiteConfig, SiteError};
use payments::{Gateway, Secret, StartPayment};
use std::sync::Arc;
use tokio::net::TcpListener;

#[tokio::test]
async fn the_page_needs_no_script_and_allows_none() {
    let world = DemoWorld::start().await;
    let (_, asked) = world.started(1).await;
    let response = world.get(&world.page_of(&asked)).await;
    let headers = response.headers().clone();
    let policy = headers["content-security-policy"].to_str().unwrap();
    for part in
        ["default-src 'none'", "form-action 'self' http://shop.test", "frame-ancestors 'none'", "base-uri 'none'"]
    {
        assert!(policy.contains(part), "{part} in {policy}");
    }
    assert!(!policy.contains("unsafe"));
    assert_eq!(
        (&headers["cache-control"], &headers["referrer-policy"]),
        (&"no-store".parse().unwrap(), &"no-referrer".parse().unwrap())
    );
    let html = response.text().await.unwrap();
    for part in
        ["Pay €23.50", "Mug &lt;blue&gt;", "<button class=main name=choice value=approve>", "wrong_amount", "lang=en"]
    {
        assert!(html.contains(part), "{part}");
    }
    for absent in ["<script", "style=", "ann@example.org", "onclick"] {
        assert!(!html.contains(absent), "{absent}");
    }
    assert_eq!(world.get(&format!("{}/pay.css", world.url)).await.status(), StatusCode::OK);
    world.get(&world.page_of(&asked)).await;
    assert_eq!(world.state(&asked).await.news(&asked), PaymentNews::Started, "looking changes nothing");
}

#[tokio::test]
async fn a_decided_payment_has_a_way_back_and_no_choice() {
    let world = DemoWorld::start().await;
    for (number, choice, title) in
        [(1, "approve", "Paid"), (2, "decline", "Declined"), (3, "cancel", "Cancelled"), (4, "late", "In progress")]
    {
        let (_, asked) = world.started(number).await;
        world.press(&asked, choice).await;
        let html = world.get(&world.page_of(&asked)).await.text().await.unwrap();
        assert!(html.contains(&format!("<h1>{title}</h1>")) && !html.contains("<form"), "{choice}: {html}");
        assert!(html.contains("http://shop.test/pay/return/demo?payment=pay_"), "{html}");
    }
}

#[tokio::test]
async fn odd_requests_are_refused_and_change_nothing() {
    let world = DemoWorld::start().await;
    let (_, asked) = world.started(1).await;
    let page = world.page_of(&asked);
    let browser = world.browser();
    for (case, request, want) in [
        ("no choice", browser.post(&page).form(&[("x", "y")]), StatusCode::BAD_REQUEST),
        ("an unknown choice", browser.post(&page).form(&[("choice", "steal")]), StatusCode::BAD_REQUEST),
        (
            "two choices",
            browser.post(&page).form(&[("choice", "approve"), ("choice", "decline")]),
            StatusCode::BAD_REQUEST,
        ),
        ("not a form", browser.post(&page).body(vec![0xff; 100]), StatusCode::BAD_REQUEST),
        ("a huge form", browser.post(&page).body(vec![b'x'; 70_000]), StatusCode::PAYLOAD_TOO_LARGE),
        (
            "another site's form",
            browser.post(&page).header("sec-fetch-site", "cross-site").form(&[("choice", "approve")]),
            StatusCode::FORBIDDEN,
        ),
        ("an odd method", browser.request(Method::DELETE, &page), StatusCode::METHOD_NOT_ALLOWED),
        ("another's guess", browser.get(format!("{}/pay/pay_1", world.url)), StatusCode::NOT_FOUND),
        ("not UTF-8", browser.get(format!("{}/pay/%ff", world.url)), StatusCode::BAD_REQUEST),
        ("elsewhere", browser.get(format!("{}/etc", world.url)), StatusCode::NOT_FOUND),
    ] {
        assert_eq!(request.send().await.unwrap().status(), want, "{case}");
    }
    assert_eq!(world.state(&asked).await.news(&asked), PaymentNews::Started);
}

#[tokio::test]
async fn the_api_wants_the_secret_a_key_and_sense() {
    let world = DemoWorld::start().await;
    let url = |path: &str| format!("{}{path}", world.url);
    let browser = world.browser();
    for path in ["/api/payments", "/api/payments/pay_1/capture", "/admin/behaviour", "/admin/release"] {
        let anonymous = browser.post(url(path)).body("{}").send().await.unwrap();
        assert_eq!(anonymous.status(), StatusCode::UNAUTHORIZED, "{path}");
        let stranger = browser.post(url(path)).bearer_auth("api-secreT").body("{}").send().await.unwrap();
        assert_eq!(stranger.status(), StatusCode::UNAUTHORIZED, "{path}");
    }
    let deep = format!("{}{}", "[".repeat(20_000), "]".repeat(20_000));
    for (case, request, want) in [
        ("no key", world.api("/api/payments").body("{}"), StatusCode::BAD_REQUEST),
        (
            "an empty object",
            world.api("/api/payments").header("idempotency-key", "k").body("{}"),
            StatusCode::BAD_REQUEST,
        ),
        ("deep JSON", world.api("/api/payments").header("idempotency-key", "k").body(deep), StatusCode::BAD_REQUEST),
        ("not UTF-8", world.api("/admin/behaviour").body(vec![0xff]), StatusCode::BAD_REQUEST),
        (
            "an unknown verb",
            world.api("/api/payments/pay_1/steal").header("idempotency-key", "k"),
            StatusCode::NOT_FOUND,
        ),
        (
            "nothing is known of it",
            world.api("/api/payments/x/void").header("idempotency-key", "k"),
            StatusCode::NOT_FOUND,
        ),
    ] {
        assert_eq!(request.send().await.unwrap().status(), want, "{case}");
    }
    for (case, odd) in [
        ("a script as the way back", StartPayment { return_url: "javascript:alert(1)".to_owned(), ..payment(1) }),
        ("a relative way back", StartPayment { cancel_url: "/checkout".to_owned(), ..payment(1) }),
        ("a negative amount", StartPayment { amount: eur(-5), ..payment(1) }),
    ] {
        assert_eq!(crate::support::code_of(world.gateway.start(&odd).await), "bad_payment", "{case}");
    }
}

#[tokio::test]
async fn a_restart_keeps_payments_and_a_torn_line_costs_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("payments.json");
    let world = DemoWorld::with_file(Some(file.clone())).await;
    let (start, paid) = world.started(1).await;
    let (_, late) = world.started(2).await;
    world.press(&paid, "approve").await;
    world.press(&late, "late").await;
    let captured = world.gateway.capture(&paid, eur(1_000), &key("capture")).await.unwrap();
    world.stop().await;
    let mut text = std::fs::read_to_string(&file).unwrap();
    text.push_str("{\"id\":\"pay_torn\",\"sta");
    std::fs::write(&file, text).unwrap();

    let world = DemoWorld::with_file(Some(file.clone())).await;
    assert_eq!(world.state(&paid).await, captured);
    let lost = asked(&start, None);
    assert_eq!(world.state(&lost).await, captured, "by our reference");
    assert_eq!(world.gateway.capture(&paid, eur(1_000), &key("capture")).await.unwrap(), captured, "keys are kept");
    let again = world.gateway.start(&start).await.unwrap();
    assert_eq!(Some(again.provider_reference), paid.provider_reference);
    world.release(&late).await;
    assert_eq!(world.state(&late).await.news(&late), PaymentNews::Authorised, "a late yes still comes");
    world.stop().await;
    assert_eq!(std::fs::read_to_string(&file).unwrap().matches("pay_torn").count(), 0, "written anew when opened");
}

#[tokio::test]
async fn a_late_answer_is_there_for_whoever_asks_in_time() {
    let world = DemoWorld::start().await;
    let (_, asked) = world.started(1).await;
    world.press(&asked, "late").await;
    world.set_time(NOW.plus_ms(10_000));
    assert_eq!(world.state(&asked).await.news(&asked), PaymentNews::Authorised);
}

fn config(url: &str) -> SiteConfig {
    SiteConfig::new(url, Secret::new("a"), Secret::new("w"), Arc::new(|| NOW))
}

#[tokio::test]
async fn a_site_that_is_not_set_up_rightly_does_not_run() {
    assert!(matches!(Site::open(config("nowhere")), Err(SiteError::Address(_))));
    assert!(matches!(Site::open(config("javascript:1")), Err(SiteError::Address(_))));
    let unsendable = SiteConfig { webhook_url: Some("https://shop.test/".to_owned()), ..config("http://127.0.0.1") };
    assert!(matches!(Site::open(unsendable), Err(SiteError::Address(_))));
    let open = SiteConfig { api_secret: Secret::new(""), ..config("http://127.0.0.1") };
    assert!(matches!(Site::open(open), Err(SiteError::NoSecret)));
    let folder = tempfile::tempdir().unwrap();
    let in_the_way = SiteConfig { file: Some(folder.path().to_owned()), ..config("http://127.0.0.1") };
    assert!(matches!(Site::open(in_the_way), Err(SiteError::File { .. })));
    let site = Site::open(SiteConfig { test_controls: true, ..config("http://127.0.0.1") }).unwrap();
    let everyone = TcpListener::bind("0.0.0.0:0").await.unwrap();
    assert!(matches!(site.serve(everyone, async {}).await, Err(SiteError::NotLoopback)));
}

#[tokio::test]
async fn test_controls_are_absent_unless_asked_for() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let site = Site::open(config(&url)).unwrap();
    tokio::spawn(site.serve(listener, std::future::pending()));
    for path in ["/admin/behaviour", "/admin/release"] {
        let response = reqwest::Client::builder().no_proxy().tls_certs_only([]).build().unwrap();
        let response = response.post(format!("{url}{path}")).bearer_auth("a").body("{}").send().await.unwrap();
        assert_eq!(response.status(), StatusCode::NOT_FOUND, "{path}");
    }
}

#[tokio::test]
async fn the_same_call_many_times_at_once_moves_money_once() {
    let world = DemoWorld::start().await;
    let payment = payment(1);
    let (a, b, c) =
        tokio::join!(world.gateway.start(&payment), world.gateway.start(&payment), world.gateway.start(&payment));
    assert_eq!((&b, &c), (&a, &a));
    let asked = asked(&payment, Some(&a.unwrap()));
    tokio::join!(world.press(&asked, "approve"), world.press(&asked, "decline"), world.press(&asked, "approve"));
    let one = world.state(&asked).await;
    assert!(matches!(one.news(&asked), PaymentNews::Authorised | PaymentNews::Declined), "one of them decided");
    let (_, paid) = world.started(2).await;
    world.press(&paid, "approve").await;
    let (capture, key) = (eur(1_000), key("capture"));
    let gateway = &world.gateway;
    let (a, b) = tokio::join!(gateway.capture(&paid, capture, &key), gateway.capture(&paid, capture, &key));
    assert_eq!(a, b);
    assert_eq!(world.state(&paid).await.captured, eur(1_000));
}
