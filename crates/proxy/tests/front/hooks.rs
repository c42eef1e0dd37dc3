//! What is plugged in: functions, an observer, an access log.

use crate::origin::WAIT_MAX;
use crate::viewer::{ask, begin, get, whole};
use crate::world::{World, until};
use bytes::Bytes;
use http::request::Parts as Asked;
use http::response::Parts as Answered;
use http::{HeaderValue, Method, Response, StatusCode};
use proxy::{AccessLog, EdgeFunctions, FunctionFailed, Observer, Record};
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

/// Rewrites `/old` to `/new?q=1`, answers `/gone` itself, fails at `/broken` and marks answers.
struct Functions;

impl EdgeFunctions for Functions {
    fn viewer_request(
        &self,
        name: &str,
        request: &mut Asked,
        viewer: SocketAddr,
    ) -> Result<Option<Response<Bytes>>, FunctionFailed> {
        assert!(name == "first" && viewer.ip().is_loopback());
        match request.uri.path() {
            "/old" => request.uri = "/new?q=1".parse().unwrap(),
            "/gone" => {
                let mut response = Response::new(Bytes::from_static(b"gone"));
                *response.status_mut() = StatusCode::GONE;
                return Ok(Some(response));
            }
            "/broken" => return Err(FunctionFailed { name: name.into(), reason: "threw".into() }),
            _ => {}
        }
        Ok(None)
    }

    fn viewer_response(&self, _: &str, request: &Asked, answer: &mut Answered) -> Result<(), FunctionFailed> {
        let path = HeaderValue::from_str(request.uri.path()).unwrap();
        answer.headers.insert("x-path", path);
        Ok(())
    }
}

#[tokio::test]
async fn functions_see_requests_first_and_answers_last() {
    let name_functions = |it: &mut edge::Description| {
        for behaviour in &mut it.behaviours {
            (behaviour.viewer_request, behaviour.viewer_response) = (Some("first".into()), Some("last".into()));
        }
    };
    let mut world = World::with(name_functions, |options| options.functions = Arc::new(Functions)).await;
    let edge = world.address();
    let asking = tokio::spawn(get(edge, "/old"));
    let asked = world.origin.next().await;
    assert_eq!(asked.line, "GET /new?q=1");
    asked.answer(200, "cache-control: s-maxage=300", "new").await;
    assert_eq!(asking.await.unwrap().header("x-path"), "/new");
    world.kept(1).await;
    let kept = get(edge, "/new?q=1").await;
    assert_eq!((kept.body.as_str(), kept.header("x-path")), ("new", "/new"));
    let gone = get(edge, "/gone").await;
    assert_eq!((gone.status, gone.body.as_str(), gone.header("x-path")), (410, "gone", ""));
    assert_eq!(get(edge, "/broken").await.status, 502);
    let asking = tokio::spawn(get(edge, "/missing"));
    world.origin.next().await.answer(404, "", "no").await;
    assert_eq!(asking.await.unwrap().header("x-path"), "", "not from 400 on");
}

/// Keeps all records.
#[derive(Default)]
struct Notes(Mutex<Vec<Record>>);

impl Observer for Notes {
    fn observe(&self, record: &Record) {
        self.0.lock().unwrap().push(record.clone());
    }
}

#[tokio::test]
async fn each_request_is_told_once_when_it_is_over() {
    let notes = Arc::new(Notes::default());
    let mut world = World::with(|_| {}, |options| options.observer = notes.clone()).await;
    let edge = world.address();
    world.fetch("/tea?q=1&x=2", "cache-control: s-maxage=300", "tea").await;
    world.kept(1).await;
    world.get("/tea?q=1").await;
    ask(edge, Method::HEAD, "/tea?q=1", &[], "").await;
    ask(edge, Method::POST, "/tea", &[], "").await;
    until(|| notes.0.lock().unwrap().len() == 4).await;
    // The first is over when its last byte is out, which may be told after the second.
    let mut said: Vec<_> = notes
        .0
        .lock()
        .unwrap()
        .iter()
        .map(|record| {
            assert!(!record.cut_off && record.origin_time.is_some() == (record.result.as_str() == "Miss"));
            (
                record.uri.to_string(),
                record.result.as_str(),
                record.status.as_u16(),
                record.body_bytes,
                record.behaviour,
            )
        })
        .collect();
    said.sort();
    assert_eq!(
        said,
        [
            ("/tea".to_owned(), "Generated", 403, said[0].3, Some(3)),
            ("/tea?q=1".to_owned(), "Hit", 200, 0, Some(3)),
            ("/tea?q=1".to_owned(), "Hit", 200, 3, Some(3)),
            ("/tea?q=1&x=2".to_owned(), "Miss", 200, 3, Some(3)),
        ]
    );
}

#[tokio::test]
async fn a_body_that_was_cut_off_is_told() {
    let notes = Arc::new(Notes::default());
    let mut world = World::with(|_| {}, |options| options.observer = notes.clone()).await;
    let edge = world.address();
    let asking = tokio::spawn(begin(edge, Method::GET, "/own", &[], ""));
    world.origin.next().await.raw("HTTP/1.1 200 X\r\ncontent-length: 9\r\n\r\nabc").await;
    whole(asking.await.unwrap()).await.unwrap_err();
    until(|| !notes.0.lock().unwrap().is_empty()).await;
    let record = notes.0.lock().unwrap()[0].clone();
    assert_eq!((record.cut_off, record.body_bytes, record.result.as_str()), (true, 3, "Pass"));
}

#[tokio::test]
async fn the_access_log_has_a_line_for_each_request() {
    let place = tempfile::tempdir().unwrap();
    let path = place.path().join("access.log");
    let log = AccessLog::open(&path).unwrap();
    let mut world = World::with(|_| {}, |options| options.observer = Arc::new(log)).await;
    world.fetch("/tea?q=1", "cache-control: s-maxage=300", "tea").await;
    world.kept(1).await;
    world.get("/tea?q=1").await;
    world.edge.stop().await;
    let read = || std::fs::read_to_string(&path).unwrap();
    tokio::time::timeout(WAIT_MAX, async {
        while read().lines().count() < 2 {
            tokio::task::yield_now().await;
        }
    })
    .await
    .expect("both lines are written");
    for (line, result) in read().lines().zip(["Miss", "Hit"]) {
        let fields: Vec<&str> = line.split('\t').collect();
        let want = ["Sun, 06 Nov 1994 08:49:37 GMT", "127.0.0.1", "GET", "/tea?q=1", "200", "3", result];
        assert_eq!(fields[..7], want, "{line}");
    }
}

#[tokio::test]
async fn a_country_is_told_to_whom_a_policy_names() {
    let country = http::HeaderName::from_static("x-test-country");
    let name = |it: &mut edge::Description| {
        it.cache_policies[0].headers = edge::Selection::Listed(vec!["cloudfront-viewer-country".into()]);
    };
    let mut world = World::with(name, |options| options.country_header = Some(country)).await;
    let edge = world.address();
    for country in ["DE", "FR"] {
        let asking =
            tokio::spawn(async move { ask(edge, Method::GET, "/tea", &[("x-test-country", country)], "").await });
        let asked = world.origin.next().await;
        assert_eq!((asked.header("cloudfront-viewer-country"), asked.header("x-test-country")), (Some(country), None));
        asked.answer(200, "cache-control: s-maxage=300", country).await;
        asking.await.unwrap();
    }
    world.kept(2).await;
    assert_eq!(world.get_with("/tea", &[("x-test-country", "DE")]).await.body, "DE");
    assert_eq!(
        world.get_with("/tea", &[("x-test-country", "FR"), ("cloudfront-viewer-country", "DE")]).await.body,
        "FR"
    );
}
