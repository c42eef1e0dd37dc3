//! Origins that fail in every way: each has a defined answer, and nothing half is kept.

use crate::origin::{Asked, Origin};
use crate::viewer::{ask, begin, get, raw, whole};
use crate::world::{OBJECT_BYTES_MAX, World, store, until};
use edge::{OriginGroup, Profile};
use http::Method;
use http_body_util::BodyExt;
use proxy::{Options, Proxy, StartError};
use sigv4::Credentials;
use std::time::Duration;

const PAGE: &str = "cache-control: s-maxage=300";

/// A page that the edge gives itself.
fn is_ours(page: &str) -> bool {
    page.starts_with("<!doctype html>") && page.len() < 500
}

#[tokio::test]
async fn an_origin_that_cannot_be_reached_is_502_and_kept_for_a_while() {
    let world = World::with(|it| it.origins[0].address = "http://127.0.0.1:9".into(), |_| {}).await;
    let first = world.get("/tea").await;
    assert_eq!((first.status, first.header("retry-after"), is_ours(&first.body)), (502, "10", true));
    let second = world.get("/tea").await;
    assert_eq!((second.status, second.header("cache-status")), (502, "tradewind; hit; ttl=10"));
    assert_eq!(world.edge.figures().origin_requests, 1);
    let own = ask(world.address(), Method::POST, "/own", &[], "x").await;
    assert_eq!((own.status, is_ours(&own.body)), (502, true));
}

#[tokio::test]
async fn an_origin_that_says_nothing_is_504() {
    let mut world = World::start().await;
    let edge = world.address();
    let asking = tokio::spawn(get(edge, "/tea"));
    let silent = world.origin.next().await;
    let answer = asking.await.unwrap();
    assert_eq!((answer.status, is_ours(&answer.body)), (504, true));
    drop(silent);
    let asking = tokio::spawn(async move { ask(edge, Method::POST, "/own", &[], "x").await });
    let silent = world.origin.next().await;
    assert_eq!(asking.await.unwrap().status, 504);
    drop(silent);
}

#[tokio::test]
async fn what_is_no_answer_is_502() {
    for (case, said) in [
        ("nothing", String::new()),
        ("garbage", "hello there\r\n\r\n".to_owned()),
        ("another protocol", "SSH-2.0-x\r\n\r\n".to_owned()),
        ("half a head", "HTTP/1.1 200 OK\r\ncache-con".to_owned()),
        ("two lengths", "HTTP/1.1 200 OK\r\ncontent-length: 1\r\ncontent-length: 2\r\n\r\nab".to_owned()),
        ("a length that is none", "HTTP/1.1 200 OK\r\ncontent-length: x\r\n\r\nab".to_owned()),
        ("a folded header", "HTTP/1.1 200 OK\r\nx-a: b\r\n c\r\ncontent-length: 0\r\n\r\n".to_owned()),
        ("large headers", format!("HTTP/1.1 200 OK\r\nx-a: {}\r\ncontent-length: 0\r\n\r\n", "a".repeat(40_000))),
        ("many headers", format!("HTTP/1.1 200 OK\r\n{}content-length: 0\r\n\r\n", "x: y\r\n".repeat(300))),
        (
            "another protocol than was asked for",
            "HTTP/1.1 101 X\r\nconnection: upgrade\r\nupgrade: x\r\n\r\n".to_owned(),
        ),
        ("an unasked 304", "HTTP/1.1 304 Not Modified\r\n\r\n".to_owned()),
    ] {
        let mut world = World::start().await;
        let edge = world.address();
        let asking = tokio::spawn(get(edge, "/tea"));
        world.origin.next().await.raw(&said).await;
        // A connection that ends before a byte has come is tried once more.
        if said.is_empty() || case == "half a head" {
            world.origin.next().await.raw(&said).await;
        }
        let answer = asking.await.unwrap();
        assert_eq!((answer.status, is_ours(&answer.body)), (502, true), "{case}: {}", answer.body);
    }
}

#[tokio::test]
async fn a_body_that_breaks_off_is_cut_off_and_not_kept() {
    for (case, said) in [
        ("shorter than it said", "content-length: 10\r\n\r\nabc"),
        ("in the middle of a chunk", "transfer-encoding: chunked\r\n\r\n5\r\nabc"),
        ("without the last chunk", "transfer-encoding: chunked\r\n\r\n3\r\nabc\r\n"),
        ("in no chunks at all", "transfer-encoding: chunked\r\n\r\n3\r\nabc\r\nzz\r\n"),
    ] {
        for path in ["/tea", "/own"] {
            let mut world = World::start().await;
            let edge = world.address();
            let asking = tokio::spawn(begin(edge, Method::GET, path, &[], ""));
            let asked = world.origin.next().await;
            asked.raw(&format!("HTTP/1.1 200 X\r\ncache-control: s-maxage=300\r\n{said}")).await;
            let cut = whole(asking.await.unwrap()).await.unwrap_err();
            assert_eq!(cut.0, "abc", "{case} {path}");
            assert_eq!(world.edge.figures().addresses, 0, "{case} {path}");
        }
    }
}

#[tokio::test]
async fn a_body_that_stops_coming_is_cut_off() {
    let mut world = World::start().await;
    let edge = world.address();
    let asking = tokio::spawn(begin(edge, Method::GET, "/tea", &[], ""));
    let mut asked = world.origin.next().await;
    asked.send("HTTP/1.1 200 X\r\ncache-control: s-maxage=300\r\ncontent-length: 10\r\n\r\nabc").await;
    let cut = whole(asking.await.unwrap()).await.unwrap_err();
    assert_eq!((cut.0.as_str(), world.edge.figures().addresses), ("abc", 0));
    drop(asked);
}

#[tokio::test]
async fn more_than_was_said_is_not_read() {
    let mut world = World::start().await;
    let edge = world.address();
    let asking = tokio::spawn(get(edge, "/tea"));
    let said =
        "HTTP/1.1 200 X\r\ncache-control: s-maxage=300\r\ncontent-length: 3\r\n\r\nabcHTTP/1.1 200 X\r\n\r\nevil";
    world.origin.next().await.raw(said).await;
    assert_eq!(asking.await.unwrap().body, "abc");
    assert_eq!(world.fetch("/other", PAGE, "good").await.body, "good");
}

#[tokio::test]
async fn what_is_too_long_to_keep_passes() {
    let long = "x".repeat(OBJECT_BYTES_MAX + 1);
    let chunked = format!("transfer-encoding: chunked\r\n\r\n{:x}\r\n{long}\r\n0\r\n\r\n", long.len());
    let plain = format!("content-length: {}\r\n\r\n{long}", long.len());
    for said in [plain, chunked] {
        let mut world = World::start().await;
        let edge = world.address();
        let asking = tokio::spawn(get(edge, "/tea"));
        let asked = world.origin.next().await;
        asked.raw(&format!("HTTP/1.1 200 X\r\ncache-control: s-maxage=300\r\n{said}")).await;
        assert_eq!(asking.await.unwrap().body.len(), long.len());
        assert_eq!(world.edge.figures().addresses, 0);
        assert_eq!(world.fetch("/tea", PAGE, "short").await.body, "short");
    }
}

#[tokio::test]
async fn a_viewer_who_does_not_read_holds_up_the_origin_and_not_the_memory() {
    let mut world = World::start().await;
    let edge = world.address();
    let asking = tokio::spawn(begin(edge, Method::GET, "/tea", &[], ""));
    let mut asked = world.origin.next().await;
    asked.send("HTTP/1.1 200 X\r\ncache-control: s-maxage=300\r\nconnection: close\r\n\r\n").await;
    let mut response = asking.await.unwrap();
    // What waits is in the buffers of both connections and in what may be kept.
    let sent = asked.send_until_stuck(&[b'x'; 16_384]).await;
    assert!(sent < 32 << 20, "{sent} bytes were taken for one who reads none");
    drop(asked);
    let mut read = 0;
    while let Some(frame) = response.body_mut().frame().await {
        read += frame.map_or(0, |frame| frame.into_data().map_or(0, |data| data.len()));
        if read >= sent {
            break;
        }
    }
    assert_eq!(read, sent);
}

#[tokio::test]
async fn a_stale_page_is_served_where_the_answer_allows_it() {
    let sent = "cache-control: s-maxage=10, stale-if-error=900";
    for fault in [Some(500), Some(503), None] {
        let mut world = World::start().await;
        world.fetch("/tea", sent, "old").await;
        world.kept(1).await;
        world.clock.advance_seconds(20);
        let edge = world.address();
        let asking = tokio::spawn(get(edge, "/tea"));
        let asked = world.origin.next().await;
        match fault {
            Some(status) => asked.answer(status, "", "fault").await,
            None => asked.raw("garbage\r\n\r\n").await,
        }
        let stale = asking.await.unwrap();
        assert_eq!((stale.status, stale.body.as_str()), (200, "old"), "{fault:?}");
        // The origin is left alone for as long as an error is kept.
        assert_eq!(world.get("/tea").await.body, "old");
        world.rests();
        world.clock.advance_seconds(10);
        assert_eq!(world.fetch("/tea", sent, "new").await.body, "new");
    }
}

#[tokio::test]
async fn a_new_page_that_could_not_be_fetched_leaves_the_stale_one() {
    let mut world = World::start().await;
    world.fetch("/tea", "cache-control: s-maxage=10, stale-while-revalidate=600", "old").await;
    world.kept(1).await;
    world.clock.advance_seconds(20);
    assert_eq!(world.get("/tea").await.body, "old");
    world.origin.next().await.answer(503, "", "fault").await;
    // The origin is left alone for a while, and then asked again.
    while world.edge.figures().origin_requests == world.origin.seen {
        assert_eq!(world.get("/tea").await.body, "old");
        world.clock.advance_seconds(1);
    }
    world.origin.next().await.answer(200, "cache-control: s-maxage=10", "new").await;
    while world.get("/tea").await.body != "new" {}
}

#[tokio::test]
async fn a_stale_page_is_not_served_where_nobody_allowed_it() {
    let mut world = World::start().await;
    world.fetch("/tea", "cache-control: s-maxage=10\netag: \"a\"", "old").await;
    world.kept(1).await;
    world.clock.advance_seconds(20);
    let edge = world.address();
    let asking = tokio::spawn(get(edge, "/tea"));
    world.origin.next().await.answer(503, "", "fault").await;
    assert_eq!(asking.await.unwrap().status, 503);
}

#[tokio::test]
async fn the_second_of_a_group_steps_in_for_reads_alone() {
    let mut second = Origin::start().await;
    let address = second.address.clone();
    let mut world = World::with(
        |it| {
            let mut other = it.origins[0].clone();
            (other.name, other.address) = ("second".into(), address);
            it.origins.push(other);
            let origins = [it.origins[0].name.clone(), "second".into()];
            it.origin_groups = vec![OriginGroup { name: "group".into(), origins, failover_statuses: vec![404, 500] }];
            it.behaviours.iter_mut().for_each(|behaviour| behaviour.origin = "group".into());
        },
        |_| {},
    )
    .await;
    let edge = world.address();
    for (path, fault) in [("/a", "HTTP/1.1 500 X\r\ncontent-length: 0\r\n\r\n"), ("/b", "garbage\r\n\r\n")] {
        let asking = tokio::spawn(get(edge, path));
        world.origin.next().await.raw(fault).await;
        second.next().await.answer(200, PAGE, "second").await;
        assert_eq!(asking.await.unwrap().body, "second", "{path}");
    }
    let asking = tokio::spawn(get(edge, "/c"));
    world.origin.next().await.answer(503, "", "first").await;
    assert_eq!(asking.await.unwrap().body, "first", "503 is none of its statuses");
    let asking = tokio::spawn(async move { ask(edge, Method::POST, "/own", &[], "x").await });
    world.origin.next().await.answer(500, "", "first").await;
    assert_eq!(asking.await.unwrap().body, "first", "a write is not repeated");
}

#[tokio::test]
async fn a_request_body_is_bounded() {
    let mut world = World::start().await;
    let edge = world.address();
    let long = ask(edge, Method::POST, "/own", &[], &"x".repeat(1_001)).await;
    assert_eq!((long.status, is_ours(&long.body)), (413, true));
    // One that does not say how long it is, is cut off at the bound; the origin sees no whole request.
    let text = format!(
        "POST /own HTTP/1.1\r\nhost: shop.example\r\ntransfer-encoding: chunked\r\n\r\n{:x}\r\n{}\r\n0\r\n\r\n",
        2_000,
        "x".repeat(2_000)
    );
    let answer = raw(edge, text.as_bytes()).await;
    assert!(answer.starts_with("HTTP/1.1 413"), "{answer}");
    let fits = tokio::spawn(async move { ask(edge, Method::POST, "/own", &[], &"x".repeat(1_000)).await });
    let asked = world.origin.next().await;
    assert_eq!(asked.body.len(), 1_000);
    asked.answer(200, "", "thanks").await;
    assert_eq!(fits.await.unwrap().body, "thanks");
}

#[tokio::test]
async fn who_sends_reads_or_says_nothing_is_hung_up_on() {
    let wait = Duration::from_millis(50);
    let mut world = World::with(
        |_| {},
        |options| {
            (options.bounds.request_wait, options.bounds.send_wait) = (wait, wait);
        },
    )
    .await;
    let edge = world.address();
    assert_eq!(raw(edge, b"").await, "", "says nothing");
    assert_eq!(raw(edge, b"GET /tea HT").await, "", "half a request");
    world.fetch("/tea", PAGE, "tea").await;
    world.kept(1).await;
    let said = raw(edge, b"GET /tea HTTP/1.1\r\nhost: a\r\n\r\n").await;
    assert!(said.ends_with("tea"), "one request, and then nothing: {said}");

    let asking = tokio::spawn(begin(edge, Method::GET, "/own", &[], ""));
    let mut asked = world.origin.next().await;
    asked.send("HTTP/1.1 200 X\r\nconnection: close\r\n\r\n").await;
    let response = asking.await.unwrap();
    // The origin is let go once the viewer has read nothing for so long.
    while asked.stuff(&[b'x'; 65_536]).await {}
    drop(response);
}

#[tokio::test]
async fn an_origin_with_access_control_gets_signed_requests_and_takes_no_plain_form() {
    const HASH: &str = "2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824";
    let signed = |it: &mut edge::Description| it.origins[0].access_control = Some(edge::AccessControl::SignedRequests);
    let credentials = Credentials { key_id: "AKIDEXAMPLE".to_owned(), secret: "secret".to_owned(), session: None };
    let mut world = World::with(signed, |it| it.signing = Some(credentials)).await;
    let edge = world.address();
    for headers in [vec![], vec![("x-amz-content-sha256", "UNSIGNED-PAYLOAD")]] {
        let refused = ask(edge, Method::POST, "/own", &headers, "hello").await;
        assert_eq!(refused.status, 403, "a plain form cannot");
    }
    let signed_names = |asked: &Asked| {
        let signature = asked.header("authorization").unwrap_or_default();
        let names = signature.split_once("SignedHeaders=").and_then(|(_, rest)| rest.split_once(", Signature="));
        names.map(|(names, _)| names.to_owned())
    };
    let asking = tokio::spawn(async move {
        let headers = [("x-amz-content-sha256", HASH), ("authorization", "Basic of-the-viewers")];
        ask(edge, Method::POST, "/own", &headers, "hello").await
    });
    let asked = world.origin.next().await;
    assert_eq!(asked.body, b"hello");
    assert_eq!(signed_names(&asked).as_deref(), Some("host;x-amz-content-sha256;x-amz-date"));
    asked.answer(200, "", "taken").await;
    assert_eq!(asking.await.unwrap().body, "taken");
    for path in ["/own", "/tea?page=2"] {
        let reading = tokio::spawn(async move { get(edge, path).await });
        let asked = world.origin.next().await;
        assert_eq!(signed_names(&asked).as_deref(), Some("host;x-amz-date"), "{path}");
        asked.answer(200, "", "read").await;
        assert_eq!(reading.await.unwrap().body, "read");
    }
}

#[tokio::test]
async fn an_edge_without_credentials_does_not_start_where_requests_must_be_signed() {
    let mut description = store("http://127.0.0.1:1");
    description.origins[0].access_control = Some(edge::AccessControl::SignedRequests);
    let started = Proxy::start(description, Options::default()).await;
    assert!(matches!(started, Err(StartError::NothingSigns)));
}

#[tokio::test]
async fn a_connection_that_was_closed_meanwhile_is_no_fault() {
    let mut world = World::start().await;
    let edge = world.address();
    let asking = tokio::spawn(get(edge, "/tea"));
    world.origin.next().await.raw("").await;
    world.origin.next().await.answer(200, PAGE, "tea").await;
    assert_eq!(asking.await.unwrap().body, "tea");
    until(|| world.edge.figures().addresses == 1).await;
}

#[tokio::test]
async fn an_unreachable_origin_lets_stale_pages_live_by_the_rfc() {
    let mut world = World::by_rfc().await;
    world.fetch("/tea", "cache-control: max-age=1", "tea").await;
    world.fetch("/own", "cache-control: max-age=1, must-revalidate\netag: \"a\"", "own").await;
    world.kept(2).await;
    assert_eq!(
        edge::Edge::new(edge::Description::in_front_of("http://x", Profile::Rfc9111)).unwrap().behaviours().len(),
        1
    );
    world.clock.advance_seconds(5);
    let edge = world.address();
    for (path, status) in [("/tea", 200), ("/own", 502)] {
        let asking = tokio::spawn(get(edge, path));
        world.origin.next().await.raw("garbage\r\n\r\n").await;
        assert_eq!(asking.await.unwrap().status, status, "{path}");
    }
}
