//! What is kept, and what viewers get of it.

use crate::viewer::ask;
use crate::world::World;
use http::Method;

const PAGE: &str =
    "cache-control: public, max-age=0, s-maxage=300, stale-while-revalidate=600, stale-if-error=900\netag: \"v1\"";

#[tokio::test]
async fn a_page_is_asked_for_once_and_ages() {
    let mut world = World::start().await;
    let first = world.fetch("/tea", PAGE, "tea").await;
    assert_eq!((first.status, first.body.as_str()), (200, "tea"));
    assert_eq!(first.header("cache-status"), "tradewind; fwd=uri-miss; stored");
    world.kept(1).await;
    world.clock.advance_seconds(61);
    let second = world.get("/tea").await;
    assert_eq!((second.status, second.body.as_str()), (200, "tea"));
    assert_eq!((second.header("age"), second.header("cache-status")), ("61", "tradewind; hit; ttl=239"));
    assert_eq!((second.header("via"), second.header("etag")), ("1.1 tradewind", "\"v1\""));
    assert_eq!(second.header("date"), "Sun, 06 Nov 1994 08:49:37 GMT", "of the answer, not of now");
    world.rests();
}

#[tokio::test]
async fn who_asks_and_what_no_policy_names_does_not_count() {
    let mut world = World::start().await;
    world.fetch("/tea?q=1&utm_source=x", PAGE, "tea").await;
    world.kept(1).await;
    let other = world
        .get_with("/tea?fbclid=2&q=1", &[("cookie", "a=b"), ("user-agent", "x"), ("cache-control", "no-cache")])
        .await;
    assert_eq!((other.body.as_str(), other.header("cache-status")), ("tea", "tradewind; hit; ttl=300"));
    world.rests();
}

#[tokio::test]
async fn the_origin_hears_only_what_is_named() {
    let mut world =
        World::with(|it| it.origins[0].headers = [("x-edge-secret".into(), "s3cret".into())].into(), |_| {}).await;
    let edge = world.address();
    let headers = [
        ("cookie", "session=1"),
        ("x-forwarded-host", "evil.example"),
        ("x-edge-secret", "guess"),
        ("x-forwarded-for", "203.0.113.9"),
        ("cloudfront-viewer-country", "XX"),
        ("connection", "x-forwarded-for"),
        ("if-none-match", "\"theirs\""),
    ];
    let asking = ask(edge, Method::GET, "/tea?q=1&evil=2", &headers, "");
    let answering = async {
        let asked = world.origin.next().await;
        assert_eq!(asked.line, "GET /tea?q=1");
        let mut names: Vec<&str> = asked.headers.iter().map(|(name, _)| name.as_str()).collect();
        names.sort_unstable();
        assert_eq!(names, ["host", "user-agent", "via", "x-edge-secret", "x-forwarded-for"]);
        assert_eq!(
            (asked.header("x-edge-secret"), asked.header("x-forwarded-for")),
            (Some("s3cret"), Some("127.0.0.1"))
        );
        asked.answer(200, PAGE, "tea").await;
    };
    tokio::join!(asking, answering);
}

#[tokio::test]
async fn a_stale_page_is_served_while_a_new_one_is_fetched_once() {
    let mut world = World::start().await;
    world.fetch("/tea", PAGE, "old").await;
    world.kept(1).await;
    world.clock.advance_seconds(301);
    for _ in 0..3 {
        let stale = world.get("/tea").await;
        assert_eq!((stale.body.as_str(), stale.header("cache-status")), ("old", "tradewind; hit; ttl=-1"));
    }
    let asked = world.origin.next().await;
    assert_eq!(asked.header("if-none-match"), Some("\"v1\""));
    world.rests();
    asked.answer(200, PAGE, "new").await;
    while world.get("/tea").await.body != "new" {}
    world.rests();
}

#[tokio::test]
async fn what_is_still_true_begins_anew() {
    let mut world = World::start().await;
    world.fetch("/tea", PAGE, "tea").await;
    world.kept(1).await;
    world.clock.advance_seconds(1_000);
    let edge = world.address();
    let answering = async { world.origin.next().await.answer(304, PAGE, "").await };
    let (again, ()) = tokio::join!(crate::viewer::get(edge, "/tea"), answering);
    assert_eq!((again.status, again.body.as_str()), (200, "tea"));
    assert_eq!(again.header("cache-status"), "tradewind; fwd=stale; fwd-status=304; stored");
    assert_eq!(world.get("/tea").await.header("cache-status"), "tradewind; hit; ttl=300");
}

#[tokio::test]
async fn what_must_not_be_kept_any_more_is_asked_for_afresh() {
    let mut world = World::start().await;
    world.fetch("/tea", PAGE, "tea").await;
    world.kept(1).await;
    world.clock.advance_seconds(1_000);
    let edge = world.address();
    let answering = async {
        world.origin.next().await.answer(304, "cache-control: private", "").await;
        let again = world.origin.next().await;
        assert_eq!(again.header("if-none-match"), None);
        again.answer(200, "cache-control: private", "mine").await;
    };
    let (answer, ()) = tokio::join!(crate::viewer::get(edge, "/tea"), answering);
    assert_eq!((answer.body.as_str(), answer.header("cache-status")), ("mine", "tradewind; fwd=stale"));
    assert_eq!(world.edge.figures().addresses, 0);
}

#[tokio::test]
async fn a_visitors_own_passes_both_ways() {
    let mut world = World::start().await;
    let edge = world.address();
    for number in 0..2 {
        let headers = [("cookie", "session=1"), ("x-forwarded-for", "203.0.113.9"), ("content-type", "text/plain")];
        let asking = ask(edge, Method::POST, "/own?a=1&b", &headers, "hello");
        let answering = async {
            let asked = world.origin.next().await;
            assert_eq!((asked.line.as_str(), asked.body.as_slice()), ("POST /own?a=1&b", &b"hello"[..]));
            assert_eq!((asked.header("cookie"), asked.header("content-type")), (Some("session=1"), Some("text/plain")));
            assert_eq!(asked.header("x-forwarded-for"), Some("203.0.113.9, 127.0.0.1"));
            asked
                .answer(200, "set-cookie: a=b\ncache-control: public, max-age=99\nkeep-alive: 5", &number.to_string())
                .await;
        };
        let (answer, ()) = tokio::join!(asking, answering);
        assert_eq!((answer.body, answer.headers["set-cookie"].as_bytes()), (number.to_string(), &b"a=b"[..]));
        assert!(!answer.headers.contains_key("keep-alive"));
        assert_eq!(answer.headers["cache-status"], "tradewind; fwd=method");
    }
    assert_eq!(world.edge.figures().addresses, 0);
}

#[tokio::test]
async fn head_conditions_and_parts_are_answered_from_what_is_kept() {
    let mut world = World::start().await;
    let headers = format!("{PAGE}\nlast-modified: Sun, 06 Nov 1994 07:00:00 GMT\ncontent-type: text/plain");
    world.fetch("/tea", &headers, "0123456789").await;
    world.kept(1).await;
    let edge = world.address();
    let head = ask(edge, Method::HEAD, "/tea", &[], "").await;
    assert_eq!((head.status, head.body.as_str(), head.header("content-length")), (200, "", "10"));
    for (name, value, status, body) in [
        ("if-none-match", "W/\"v1\"", 304, ""),
        ("if-none-match", "\"v2\"", 200, "0123456789"),
        ("if-modified-since", "Sun, 06 Nov 1994 07:00:00 GMT", 304, ""),
        ("if-modified-since", "Sun, 06 Nov 1994 06:00:00 GMT", 200, "0123456789"),
        ("range", "bytes=2-4", 206, "234"),
        ("range", "bytes=-2", 206, "89"),
        ("range", "bytes=99-", 416, ""),
        ("range", "bytes=0-1,3-4", 200, "0123456789"),
    ] {
        let answer = world.get_with("/tea", &[(name, value)]).await;
        assert_eq!((answer.status, answer.body.as_str()), (status, body), "{name}: {value}");
    }
    let part = world.get_with("/tea", &[("range", "bytes=2-4"), ("if-range", "\"v1\"")]).await;
    assert_eq!((part.status, part.header("content-range"), part.header("content-length")), (206, "bytes 2-4/10", "3"));
    let other = world.get_with("/tea", &[("range", "bytes=2-4"), ("if-range", "\"v2\"")]).await;
    assert_eq!(other.status, 200);
    world.rests();
}

#[tokio::test]
async fn conditions_and_parts_are_answered_while_it_comes() {
    for (name, value, status, body) in
        [("if-none-match", "\"v1\"", 304, ""), ("range", "bytes=2-4", 206, "234"), ("range", "bytes=99-", 416, "")]
    {
        let mut world = World::start().await;
        let edge = world.address();
        let asking = world_get(edge, name, value);
        let answering = async {
            let asked = world.origin.next().await;
            assert_eq!((asked.header("range"), asked.header("if-none-match")), (None, None), "all of it is asked for");
            asked.answer(200, PAGE, "0123456789").await;
        };
        let (answer, ()) = tokio::join!(asking, answering);
        assert_eq!((answer.status, answer.body.as_str()), (status, body), "{name}: {value}");
        world.kept(1).await;
        assert_eq!(world.get("/tea").await.body, "0123456789");
    }
}

async fn world_get(edge: std::net::SocketAddr, name: &str, value: &str) -> crate::viewer::Answer {
    ask(edge, Method::GET, "/tea", &[(name, value)], "").await
}

#[tokio::test]
async fn text_is_compressed_once_and_kept_so() {
    let mut world = World::start().await;
    let edge = world.address();
    let page = "Tea from the hills. ".repeat(200);
    let headers = [("accept-encoding", "gzip, br")];
    let asking = ask(edge, Method::GET, "/tea", &headers, "");
    let answering = async {
        let asked = world.origin.next().await;
        assert_eq!(asked.header("accept-encoding"), Some("br,gzip"));
        asked.answer(200, &format!("{PAGE}\ncontent-type: text/html"), &page).await;
    };
    let (first, ()) = tokio::join!(asking, answering);
    assert_eq!((first.header("content-encoding"), first.header("etag")), ("br", "W/\"v1\""));
    world.kept(1).await;
    let second = world.get_with("/tea", &headers).await;
    assert_eq!((second.header("content-encoding"), second.header("vary")), ("br", "Accept-Encoding"));
    assert_eq!(second.header("cache-status"), "tradewind; hit; ttl=300");
    let length: usize = second.header("content-length").parse().unwrap();
    assert!(length < page.len() / 10, "{length}");
    let known = world.get_with("/tea", &[("accept-encoding", "br, gzip"), ("if-none-match", "\"v1\"")]).await;
    assert_eq!(known.status, 304);
    // Who reads no such form gets another answer.
    assert_eq!(world.fetch("/tea", &format!("{PAGE}\ncontent-type: text/html"), &page).await.body, page);
}

#[tokio::test]
async fn errors_are_kept_for_a_few_seconds() {
    let mut world = World::start().await;
    let edge = world.address();
    let answering = async { world.origin.next().await.answer(404, "", "nothing").await };
    let (first, ()) = tokio::join!(crate::viewer::get(edge, "/no"), answering);
    assert_eq!(first.status, 404);
    world.kept(1).await;
    world.clock.advance_seconds(9);
    assert_eq!(world.get("/no").await.header("cache-status"), "tradewind; hit; ttl=1");
    world.rests();
    world.clock.advance_seconds(1);
    assert_eq!(world.fetch("/no", PAGE, "there").await.body, "there");
}

#[tokio::test]
async fn a_write_drops_what_it_made_untrue_by_the_rfc() {
    let mut world = World::by_rfc().await;
    world.fetch("/tea", "cache-control: max-age=300", "old").await;
    world.kept(1).await;
    let edge = world.address();
    let answering = async { world.origin.next().await.answer(204, "", "").await };
    tokio::join!(ask(edge, Method::PUT, "/tea", &[], "new"), answering);
    assert_eq!(world.fetch("/tea", "cache-control: max-age=300", "new").await.body, "new");
}
