//! Conditions: of several writers one wins, and who has an object is told so.

use object_store::path::Path;
use object_store::{Error, GetOptions, ObjectStore as _, ObjectStoreExt as _, PutMode, PutOptions, UpdateVersion};

use crate::support::{BUCKET, World};

const WRITERS: usize = 16;

/// How many of so many puts of one key at once succeed, each by that mode; the others fail as `is_lost` wants.
async fn winners(world: &World, mode: PutMode, is_lost: fn(&Error) -> bool) -> usize {
    let writers = (0..WRITERS).map(|number| {
        let (store, options) = (world.store(), PutOptions::from(mode.clone()));
        tokio::spawn(async move { store.put_opts(&Path::from("key"), number.to_string().into(), options).await })
    });
    let writers: Vec<_> = writers.collect();
    let mut won = Vec::new();
    for (number, writer) in writers.into_iter().enumerate() {
        match writer.await.unwrap() {
            Ok(_) => won.push(number.to_string()),
            Err(error) => assert!(is_lost(&error), "{error:?}"),
        }
    }
    let content = world.store().get(&Path::from("key")).await.unwrap().bytes().await.unwrap();
    assert!(won.iter().any(|number| content == *number.as_bytes()), "{content:?} of {won:?}");
    won.len()
}

#[tokio::test(flavor = "multi_thread")]
async fn of_sixteen_who_create_one_object_one_does() {
    let world = World::start().await;
    let lost = |error: &Error| matches!(error, Error::AlreadyExists { .. });
    assert_eq!(winners(&world, PutMode::Create, lost).await, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn of_sixteen_who_replace_one_object_one_does() {
    let world = World::start().await;
    let first = world.store().put(&Path::from("key"), "first".into()).await.unwrap();
    let mode = PutMode::Update(UpdateVersion { e_tag: first.e_tag, version: None });
    let lost = |error: &Error| matches!(error, Error::Precondition { .. });
    assert_eq!(winners(&world, mode, lost).await, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn readers_are_told_what_they_have_already() {
    let world = World::start().await;
    let (store, key) = (world.store(), Path::from("key"));
    store.put(&key, "1".into()).await.unwrap();
    let there = store.head(&key).await.unwrap();
    let (e_tag, modified) = (there.e_tag, there.last_modified);
    let other = Some("\"other\"".to_owned());
    let hour = std::time::Duration::from_secs(3_600);
    for (case, options, want) in [
        ("the same", GetOptions { if_none_match: e_tag.clone(), ..GetOptions::default() }, "not modified"),
        ("another", GetOptions { if_none_match: other.clone(), ..GetOptions::default() }, "read"),
        ("wanted", GetOptions { if_match: e_tag.clone(), ..GetOptions::default() }, "read"),
        ("not wanted", GetOptions { if_match: other, ..GetOptions::default() }, "failed"),
        ("since then", GetOptions { if_modified_since: Some(modified), ..GetOptions::default() }, "not modified"),
        ("since before", GetOptions { if_modified_since: Some(modified - hour), ..GetOptions::default() }, "read"),
        ("not since", GetOptions { if_unmodified_since: Some(modified), ..GetOptions::default() }, "read"),
        ("but since", GetOptions { if_unmodified_since: Some(modified - hour), ..GetOptions::default() }, "failed"),
    ] {
        let got = match store.get_opts(&key, options).await {
            Ok(_) => "read",
            Err(Error::NotModified { .. }) => "not modified",
            Err(Error::Precondition { .. }) => "failed",
            Err(error) => panic!("{case}: {error:?}"),
        };
        assert_eq!(got, want, "{case}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn conditions_are_refused_with_s3s_own_codes() {
    let world = World::start_open().await;
    let e_tag = "\"c4ca4238a0b923820dcc509a6f75849b\"";
    let (there, gone) = (format!("PUT /{BUCKET}/there"), format!("PUT /{BUCKET}/gone"));
    std::fs::write(world.path("there"), "1").unwrap();
    for (case, line, header, want) in [
        ("nothing there, and it is", there.as_str(), ("If-None-Match", "*"), (412, "PreconditionFailed")),
        ("another there", &there, ("If-Match", "\"x\""), (412, "PreconditionFailed")),
        ("one of which nothing is there", &gone, ("If-Match", e_tag), (404, "NoSuchKey")),
        ("any of which nothing is there", &gone, ("If-Match", "*"), (404, "NoSuchKey")),
        ("not that one", &there, ("If-None-Match", e_tag), (501, "NotImplemented")),
        ("this one", &there, ("If-Match", e_tag), (200, "")),
        ("this one without quotes", &there, ("If-Match", e_tag.trim_matches('"')), (200, "")),
    ] {
        let answer = world.ask(line, &[header], "1").await;
        assert_eq!((answer.status, answer.code()), want, "{case}");
    }
    let get = format!("GET /{BUCKET}/there");
    let answer = world.ask(&get, &[("If-None-Match", e_tag)], "").await;
    assert_eq!((answer.status, answer.body.as_str(), answer.header("ETag")), (304, "", Some(e_tag)));
    assert!(answer.header("Last-Modified").is_some());
    let delete = format!("DELETE /{BUCKET}/there");
    assert_eq!(world.ask(&delete, &[("If-Match", "\"x\"")], "").await.status, 412);
    assert_eq!(world.ask(&delete, &[("If-Match", e_tag)], "").await.status, 204);
    assert_eq!(world.ask(&delete, &[], "").await.status, 204);
}
