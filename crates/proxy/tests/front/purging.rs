//! Purges: by tag and by address, past what is on its way, and by the admin's door.

use crate::viewer::{ask, get, raw};
use crate::world::{World, until};
use edge::{PURGE_PATHS_MAX, PURGE_WILDCARDS_MAX};
use http::Method;
use serde_json::{Value, json};

const PAGE: &str = "cache-control: s-maxage=300\ncache-tag: store,p1";

async fn purge(world: &World, body: &str) -> (u16, Value) {
    let admin = world.edge.admin_address().unwrap();
    let answer = ask(admin, Method::POST, "/purge", &[("host", &admin.to_string())], body).await;
    (answer.status, serde_json::from_str(&answer.body).unwrap())
}

#[tokio::test]
async fn what_carries_a_tag_is_dropped() {
    let mut world = World::start().await;
    world.fetch("/de/tea", PAGE, "tea").await;
    world.fetch("/cup", "cache-control: s-maxage=300\ncache-tag: store,p2", "cup").await;
    world.kept(2).await;
    assert_eq!(purge(&world, r##"{"items":["#P1"]}"##).await, (200, json!({ "id": 1, "dropped": 1 })));
    assert_eq!(world.get("/cup").await.body, "cup");
    assert_eq!(world.fetch("/de/tea", PAGE, "new").await.body, "new");
    world.kept(2).await;
    assert_eq!(purge(&world, r#"{"items":["/de/*", "/nothing"]}"#).await, (200, json!({ "id": 2, "dropped": 1 })));
    assert_eq!(world.edge.purge(["/cup"]), Ok(1));
    assert_eq!(world.edge.figures().addresses, 0);
}

#[tokio::test]
async fn a_purge_beats_an_answer_that_is_on_its_way() {
    for items in [&["#p1"][..], &["/tea"], &["/t*"]] {
        let mut world = World::start().await;
        let edge = world.address();
        // One is held before its head has come, one in the middle of its body.
        let early = tokio::spawn(get(edge, "/tea"));
        let held = world.origin.next().await;
        assert_eq!(world.edge.purge(items.iter().copied()), Ok(0));
        // Whoever comes after the purge does not get what was asked for before it.
        let late = tokio::spawn(get(edge, "/tea"));
        let fresh = world.origin.next().await;
        held.answer(200, PAGE, "old").await;
        assert_eq!(early.await.unwrap().body, "old");
        assert_eq!(world.edge.figures().addresses, 0, "{items:?}");
        fresh.answer(200, PAGE, "new").await;
        assert_eq!(late.await.unwrap().body, "new");
        world.kept(1).await;
        assert_eq!(world.get("/tea").await.body, "new");

        world.edge.purge(["/*"]).unwrap();
        let early = tokio::spawn(get(edge, "/tea"));
        let mut held = world.origin.next().await;
        held.send("HTTP/1.1 200 X\r\ncache-control: s-maxage=300\r\ncache-tag: p1\r\ncontent-length: 3\r\n\r\nol")
            .await;
        world.edge.purge(items.iter().copied()).unwrap();
        held.raw("d").await;
        assert_eq!(early.await.unwrap().body, "old");
        assert_eq!(world.fetch("/tea", PAGE, "new").await.body, "new", "{items:?}");
    }
}

#[tokio::test]
async fn a_purge_beats_an_answer_that_is_asked_about() {
    let mut world = World::start().await;
    let headers = "cache-control: s-maxage=1, stale-while-revalidate=600\ncache-tag: p1\netag: \"v1\"";
    world.fetch("/tea", headers, "old").await;
    world.kept(1).await;
    world.clock.advance_seconds(2);
    assert_eq!(world.get("/tea").await.body, "old");
    let held = world.origin.next().await;
    assert_eq!(world.edge.purge(["#p1"]), Ok(1));
    held.answer(304, headers, "").await;
    let edge = world.address();
    let asking = tokio::spawn(get(edge, "/tea"));
    world.origin.next().await.answer(200, headers, "new").await;
    assert_eq!(asking.await.unwrap().body, "new");
}

#[tokio::test]
async fn a_purge_of_something_else_changes_nothing() {
    let mut world = World::start().await;
    let edge = world.address();
    let asking = tokio::spawn(get(edge, "/tea"));
    let held = world.origin.next().await;
    world.edge.purge(["#p2", "/cup", "/de/*"]).unwrap();
    held.answer(200, PAGE, "tea").await;
    assert_eq!(asking.await.unwrap().body, "tea");
    world.kept(1).await;
}

#[tokio::test]
async fn odd_purges_are_refused_and_change_nothing() {
    let mut world = World::start().await;
    world.fetch("/tea", PAGE, "tea").await;
    world.kept(1).await;
    let many = |item: &str, count: usize| json!({ "items": vec![item; count] }).to_string();
    for (case, body, status) in [
        ("nothing", r#"{"items":[]}"#.to_owned(), 400),
        ("no JSON", "#p1".to_owned(), 400),
        ("another form", r##"{"tags":["#p1"]}"##.to_owned(), 400),
        ("an item that is none", r#"{"items":["tea"]}"#.to_owned(), 400),
        ("too many", many("/tea", PURGE_PATHS_MAX + 1), 400),
        ("too many wildcards", many("/*", PURGE_WILDCARDS_MAX + 1), 400),
        ("too long", format!("{{\"items\":[\"{}\"]}}", "x".repeat(2 << 20)), 413),
    ] {
        assert_eq!(purge(&world, &body).await.0, status, "{case}");
    }
    assert_eq!(world.edge.figures().addresses, 1);
}

#[tokio::test]
async fn only_this_machine_and_who_knows_the_secret_may_purge() {
    let world = World::with(|_| {}, |options| options.admin_secret = Some("s3cret".into())).await;
    let admin = world.edge.admin_address().unwrap();
    let host = admin.to_string();
    let body = r#"{"items":["/*"]}"#;
    for (case, headers, status) in [
        ("with the secret", vec![("host", host.as_str()), ("x-edge-secret", "s3cret")], 200),
        ("without", vec![("host", host.as_str())], 403),
        ("with another", vec![("host", host.as_str()), ("x-edge-secret", "s3creT")], 403),
        ("with a longer one", vec![("host", host.as_str()), ("x-edge-secret", "s3crets")], 403),
        ("under another name", vec![("host", "evil.example"), ("x-edge-secret", "s3cret")], 403),
        ("from a page", vec![("host", host.as_str()), ("x-edge-secret", "s3cret"), ("origin", "http://x")], 403),
    ] {
        assert_eq!(ask(admin, Method::POST, "/purge", &headers, body).await.status, status, "{case}");
    }
    let figures = ask(admin, Method::GET, "/figures", &[("host", &host), ("x-edge-secret", "s3cret")], "").await;
    assert!(figures.body.contains("\"purges\":1"), "{}", figures.body);
}

#[tokio::test]
async fn purges_in_any_number_and_at_once_are_taken_in_turn() {
    let world = World::start().await;
    let admin = world.edge.admin_address().unwrap();
    let text = "POST /purge HTTP/1.1\r\nhost: localhost\r\ncontent-length: 18\r\n\r\n{\"items\":[\"#p12\"]}";
    let purging: Vec<_> = (0..100).map(|_| tokio::spawn(raw(admin, text.as_bytes()))).collect();
    for purge in purging {
        assert!(purge.await.unwrap().starts_with("HTTP/1.1 200"));
    }
    until(|| world.edge.figures().purges == 100).await;
}

#[tokio::test]
async fn the_door_for_purges_is_on_loopback_or_nowhere() {
    let description = crate::world::store("http://127.0.0.1:9");
    let options = proxy::Options { admin: Some("0.0.0.0:0".parse().unwrap()), ..proxy::Options::default() };
    assert!(matches!(proxy::Proxy::start(description, options).await, Err(proxy::StartError::AdminNotLoopback(_))));
}
