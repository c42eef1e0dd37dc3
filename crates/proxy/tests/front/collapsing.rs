//! One request to the origin for all who ask the same at once.

use crate::viewer::{ask, begin, get, whole};
use crate::world::{World, until};
use edge::Selection;
use http::Method;
use http_body_util::BodyExt;
use std::time::Duration;

const PAGE: &str = "cache-control: s-maxage=300";

#[tokio::test]
async fn all_who_ask_at_once_get_one_answer_while_it_comes() {
    let mut world = World::start().await;
    let edge = world.address();
    let first = tokio::spawn(begin(edge, Method::GET, "/tea", &[], ""));
    let mut asked = world.origin.next().await;
    let others: Vec<_> = (0..20).map(|_| tokio::spawn(begin(edge, Method::GET, "/tea", &[], ""))).collect();
    asked.send("HTTP/1.1 200 X\r\ncache-control: s-maxage=300\r\ncontent-length: 6\r\n\r\nabc").await;
    let mut responses = vec![first.await.unwrap()];
    for other in others {
        responses.push(other.await.unwrap());
    }
    for response in &mut responses {
        let frame = response.body_mut().frame().await.unwrap().unwrap();
        assert_eq!(frame.data_ref().unwrap(), "abc", "the start is there before the end has come");
    }
    asked.raw("def").await;
    for response in responses {
        assert_eq!(whole(response).await.unwrap().body, "def");
    }
    world.kept(1).await;
    world.rests();
    let later = get(edge, "/tea").await;
    assert_eq!(later.body, "abcdef");
}

#[tokio::test]
async fn one_who_waits_is_told_so() {
    let mut world = World::start().await;
    let edge = world.address();
    let first = tokio::spawn(get(edge, "/tea"));
    let asked = world.origin.next().await;
    let second = tokio::spawn(get(edge, "/tea"));
    // A request for something else passes the edge after the second has come in.
    let other = tokio::spawn(get(edge, "/other"));
    world.origin.next().await.answer(200, PAGE, "other").await;
    other.await.unwrap();
    asked.answer(200, PAGE, "tea").await;
    assert_eq!(first.await.unwrap().header("cache-status"), "tradewind; fwd=uri-miss; stored");
    let second = second.await.unwrap();
    let status = second.header("cache-status");
    assert!(status.ends_with("collapsed") || status.contains("hit"), "{status}");
    world.rests();
}

#[tokio::test]
async fn what_is_not_kept_lets_each_ask_alone() {
    let mut world = World::start().await;
    let edge = world.address();
    let viewers: Vec<_> = (0..3).map(|_| tokio::spawn(get(edge, "/tea"))).collect();
    for number in 0..3 {
        let asked = world.origin.next().await;
        asked.answer(200, "cache-control: private", &number.to_string()).await;
    }
    let mut bodies = Vec::new();
    for viewer in viewers {
        bodies.push(viewer.await.unwrap().body);
    }
    bodies.sort();
    assert_eq!(bodies, ["0", "1", "2"], "nobody got another's");
}

#[tokio::test]
async fn nobody_waits_where_cookies_are_forwarded() {
    let mut world = World::with(|it| it.cache_policies[0].cookies = Selection::Listed(vec!["a".into()]), |_| {}).await;
    let edge = world.address();
    let first = tokio::spawn(get(edge, "/tea"));
    let one = world.origin.next().await;
    let second = tokio::spawn(get(edge, "/tea"));
    let other = world.origin.next().await;
    one.answer(200, PAGE, "1").await;
    other.answer(200, PAGE, "2").await;
    assert_eq!((first.await.unwrap().body.as_str(), second.await.unwrap().body.as_str()), ("1", "2"));
}

#[tokio::test]
async fn a_viewer_who_hangs_up_does_not_end_what_others_wait_for() {
    let mut world = World::start().await;
    let edge = world.address();
    let first = tokio::spawn(get(edge, "/tea"));
    let mut asked = world.origin.next().await;
    asked.send("HTTP/1.1 200 X\r\ncache-control: s-maxage=300\r\ncontent-length: 6\r\n\r\nabc").await;
    let second = begin(edge, Method::GET, "/tea", &[], "").await;
    first.abort();
    assert!(first.await.is_err());
    asked.raw("def").await;
    assert_eq!(whole(second).await.unwrap().body, "abcdef");
    world.kept(1).await;
}

#[tokio::test]
async fn one_who_waits_too_long_asks_alone() {
    let collapse_wait = Duration::from_millis(20);
    let mut world = World::with(|_| {}, |options| options.bounds.collapse_wait = collapse_wait).await;
    let edge = world.address();
    let first = tokio::spawn(get(edge, "/tea"));
    let slow = world.origin.next().await;
    let second = tokio::spawn(get(edge, "/tea"));
    world.origin.next().await.answer(200, PAGE, "quick").await;
    assert_eq!(second.await.unwrap().body, "quick");
    slow.answer(200, PAGE, "slow").await;
    assert_eq!(first.await.unwrap().body, "slow");
}

#[tokio::test]
async fn those_who_ask_for_another_variant_do_not_get_this_one() {
    let mut world = World::by_rfc().await;
    let mut description = edge::Description::in_front_of(&world.origin.address, edge::Profile::Rfc9111);
    description.origin_request_policies[0].cookies = Selection::None;
    description.origin_request_policies[0].headers = Selection::Except(vec!["cookie".into()]);
    world.edge = proxy::Proxy::start(description, proxy::Options::default()).await.unwrap();
    let edge = world.address();
    let of = move |language: &'static str| {
        tokio::spawn(async move { ask(edge, Method::GET, "/tea", &[("accept-language", language)], "").await })
    };
    let german = of("de");
    let first = world.origin.next().await;
    let english = of("en");
    let more_german = of("de");
    first.answer(200, "cache-control: max-age=300\nvary: accept-language", "Tee").await;
    world.origin.next().await.answer(200, "cache-control: max-age=300\nvary: accept-language", "tea").await;
    assert_eq!((german.await.unwrap().body.as_str(), more_german.await.unwrap().body.as_str()), ("Tee", "Tee"));
    assert_eq!(english.await.unwrap().body, "tea");
    until(|| world.edge.figures().addresses == 1).await;
    world.rests();
}
