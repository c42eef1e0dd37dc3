//! Requests that are none: refused at the door, with nothing of them reaching the origin.

use crate::viewer::{ask, get, raw};
use crate::world::World;
use edge::{Profile, UnknownHost};
use http::Method;

/// The statuses of all answers on one connection.
fn statuses(said: &str) -> Vec<u16> {
    said.split("HTTP/1.1 ").skip(1).map(|answer| answer[..3].parse().unwrap()).collect()
}

#[tokio::test]
async fn requests_that_two_programs_could_read_differently_are_refused() {
    let world = World::start().await;
    for (case, text) in [
        ("two lengths", "POST /own HTTP/1.1\r\nhost: a\r\ncontent-length: 1\r\ncontent-length: 2\r\n\r\nab"),
        ("a length that is none", "POST /own HTTP/1.1\r\nhost: a\r\ncontent-length: +1\r\n\r\na"),
        ("a length below nothing", "POST /own HTTP/1.1\r\nhost: a\r\ncontent-length: -1\r\n\r\na"),
        ("an odd coding", "POST /own HTTP/1.1\r\nhost: a\r\ntransfer-encoding: xchunked\r\n\r\n0\r\n\r\n"),
        ("chunked and more", "POST /own HTTP/1.1\r\nhost: a\r\ntransfer-encoding: chunked, identity\r\n\r\n0\r\n\r\n"),
        ("chunked in HTTP/1.0", "POST /own HTTP/1.0\r\nhost: a\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n"),
        ("a folded header", "GET /own HTTP/1.1\r\nhost: a\r\nx-a: b\r\n c\r\n\r\n"),
        ("a bare CR", "GET /own HTTP/1.1\r\nhost: a\r\nx-a: b\rc\r\n\r\n"),
        ("a NUL", "GET /own HTTP/1.1\r\nhost: a\r\nx-a: b\0c\r\n\r\n"),
        ("a space before the colon", "GET /own HTTP/1.1\r\nhost : a\r\n\r\n"),
        ("a header without a name", "GET /own HTTP/1.1\r\nhost: a\r\n: x\r\n\r\n"),
        ("no host", "GET /own HTTP/1.1\r\n\r\n"),
        ("two hosts", "GET /own HTTP/1.1\r\nhost: a\r\nhost: b\r\n\r\n"),
        ("an odd host", "GET /own HTTP/1.1\r\nhost: a/b\r\n\r\n"),
        ("a host with a user", "GET http://a@b/own HTTP/1.1\r\nhost: b\r\n\r\n"),
        ("another protocol", "GET /own HTTP/9.9\r\nhost: a\r\n\r\n"),
        ("garbage", "hello\r\n\r\n"),
    ] {
        let said = raw(world.address(), text.as_bytes()).await;
        // What is sent behind a refusal may keep the refusal itself from arriving.
        let is_told = !statuses(&said).is_empty() || text.contains("length");
        assert!(is_told, "{case}");
        assert!(
            statuses(&said).iter().all(|status| matches!(status, 400 | 505)) && !statuses(&said).is_empty(),
            "{case}: {said}"
        );
    }
    world.rests();
}

#[tokio::test]
async fn a_request_with_a_coding_and_a_length_is_the_last_of_its_connection() {
    let mut world = World::start().await;
    let edge = world.address();
    for order in
        ["transfer-encoding: chunked\r\ncontent-length: 40\r\n", "content-length: 40\r\ntransfer-encoding: chunked\r\n"]
    {
        let text = format!(
            "POST /own HTTP/1.1\r\nhost: a\r\n{order}\r\n3\r\nabc\r\n0\r\n\r\nGET /own/smuggled HTTP/1.1\r\nhost: a\r\n\r\n"
        );
        let asking = tokio::spawn(async move { raw(edge, text.as_bytes()).await });
        let asked = world.origin.next().await;
        assert_eq!((asked.line.as_str(), asked.header("content-length")), ("POST /own", None));
        assert_eq!(
            (asked.header("transfer-encoding"), asked.body.as_slice()),
            (Some("chunked"), &b"3\r\nabc\r\n0\r\n\r\n"[..])
        );
        asked.answer(200, "", "first").await;
        let said = asking.await.unwrap();
        assert_eq!(statuses(&said), [200], "{said}");
        assert!(said.contains("connection: close"), "{said}");
    }
    world.rests();
}

#[tokio::test]
async fn addresses_and_headers_are_bounded() {
    let mut world = World::start().await;
    let edge = world.address();
    let at_bound = format!("/{}", "x".repeat(8_191));
    let asking = tokio::spawn(async move { get(edge, &at_bound).await });
    world.origin.next().await.answer(200, "", "long").await;
    assert_eq!(asking.await.unwrap().status, 200);
    assert_eq!(get(edge, &format!("/{}", "x".repeat(8_192))).await.status, 414);
    let large = "x".repeat(21_000);
    assert_eq!(ask(edge, Method::GET, "/tea", &[("x-a", &large)], "").await.status, 431);
    let many: Vec<(&str, &str)> = vec![("x-a", "b"); 100];
    assert_eq!(ask(edge, Method::GET, "/tea", &many, "").await.status, 431);
    let huge = format!("GET /tea HTTP/1.1\r\nhost: a\r\nx-a: {}\r\n\r\n", "x".repeat(200_000));
    assert!(statuses(&raw(edge, huge.as_bytes()).await).iter().all(|status| *status == 431), "or hung up on");
    world.rests();
}

#[tokio::test]
async fn hosts_that_are_not_ours_are_refused() {
    for (unknown_host, status) in [(UnknownHost::Forbidden, 403), (UnknownHost::Misdirected, 421)] {
        let mut world =
            World::with(|it| (it.host_names, it.unknown_host) = (vec!["shop.example".into()], unknown_host), |_| {})
                .await;
        let edge = world.address();
        for host in ["evil.example", "shop.example.evil.example", "127.0.0.1", ""] {
            assert_eq!(ask(edge, Method::GET, "/tea", &[("host", host)], "").await.status, status, "{host}");
        }
        world.fetch("/tea", "cache-control: s-maxage=300", "tea").await;
        world.kept(1).await;
        for text in [
            "GET /tea HTTP/1.1\r\nhost: Shop.Example:8080\r\nconnection: close\r\n\r\n",
            // The absolute form counts more than the header (RFC 9112, 3.2.2).
            "GET http://shop.example/tea HTTP/1.1\r\nhost: evil.example\r\nconnection: close\r\n\r\n",
        ] {
            assert_eq!(statuses(&raw(edge, text.as_bytes()).await), [200], "{text}");
        }
        let evil = "GET http://evil.example/tea HTTP/1.1\r\nhost: shop.example\r\nconnection: close\r\n\r\n";
        assert_eq!(statuses(&raw(edge, evil.as_bytes()).await), [status]);
    }
}

#[tokio::test]
async fn methods_that_do_not_pass_are_refused() {
    let world = World::start().await;
    let edge = world.address();
    for (method, path) in
        [("POST", "/tea"), ("OPTIONS", "/tea"), ("DELETE", "/static/x"), ("TRACE", "/own"), ("BREW", "/tea")]
    {
        let method = Method::from_bytes(method.as_bytes()).unwrap();
        assert_eq!(ask(edge, method.clone(), path, &[], "").await.status, 403, "{method} {path}");
    }
    for text in [
        "CONNECT evil.example:443 HTTP/1.1\r\nhost: evil.example\r\nconnection: close\r\n\r\n",
        "OPTIONS * HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n",
    ] {
        assert_eq!(statuses(&raw(edge, text.as_bytes()).await), [403], "{text}");
    }
    let with_body = ask(edge, Method::GET, "/tea", &[("content-length", "5")], "hello").await;
    assert_eq!(with_body.status, 403, "a GET with a body, as CloudFront");
    world.rests();

    let by_rfc = World::with(|it| it.profile = Profile::Rfc9111, |_| {}).await;
    let refused = ask(by_rfc.address(), Method::POST, "/tea", &[], "").await;
    assert_eq!((refused.status, refused.header("allow")), (405, "GET, HEAD"));
}

#[tokio::test]
async fn requests_that_follow_each_other_are_answered_in_order() {
    let mut world = World::start().await;
    world.fetch("/a", "cache-control: s-maxage=300", "aaa").await;
    world.fetch("/b", "cache-control: s-maxage=300", "bbb").await;
    world.kept(2).await;
    let text = "GET /a HTTP/1.1\r\nhost: a\r\n\r\nGET /b HTTP/1.1\r\nhost: a\r\n\r\nGET /a HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n";
    let said = raw(world.address(), text.as_bytes()).await;
    assert_eq!(statuses(&said), [200, 200, 200]);
    let order: Vec<usize> = ["aaa", "bbb"].iter().map(|body| said.find(body).unwrap()).collect();
    assert!(order[0] < order[1] && said.rfind("aaa").unwrap() > order[1]);
}
