//! Who has no key, or another.

use object_store::ObjectStoreExt as _;
use object_store::path::Path;

use crate::support::{BUCKET, World};

#[tokio::test(flavor = "multi_thread")]
async fn strangers_read_objects_of_public_buckets_and_nothing_else() {
    let world = World::start_with(|options| options.public = [BUCKET.to_owned()].into()).await;
    std::fs::create_dir(world.path("../private")).unwrap();
    std::fs::write(world.path("../private/key"), "1").unwrap();
    std::fs::write(world.path("key.txt"), "hello").unwrap();
    for (case, line, want) in [
        ("an object", format!("GET /{BUCKET}/key.txt"), (200, "")),
        ("its headers", format!("HEAD /{BUCKET}/key.txt"), (200, "")),
        ("one that is not there", format!("GET /{BUCKET}/gone"), (404, "NoSuchKey")),
        (
            "with other headers",
            format!("GET /{BUCKET}/key.txt?response-content-type=text/html"),
            (400, "InvalidRequest"),
        ),
        ("a list", format!("GET /{BUCKET}"), (403, "AccessDenied")),
        ("all buckets", "GET /".to_owned(), (403, "AccessDenied")),
        ("a put", format!("PUT /{BUCKET}/key.txt"), (403, "AccessDenied")),
        ("a deletion", format!("DELETE /{BUCKET}/key.txt"), (403, "AccessDenied")),
        ("many deletions", format!("POST /{BUCKET}?delete"), (403, "AccessDenied")),
        ("an upload", format!("POST /{BUCKET}/key.txt?uploads"), (403, "AccessDenied")),
        ("another bucket", "GET /private/key".to_owned(), (403, "AccessDenied")),
        ("the way out of the bucket", format!("GET /{BUCKET}/../private/key"), (404, "NoSuchKey")),
        ("the hidden folder", format!("GET /{BUCKET}/.object-service/meta"), (404, "NoSuchKey")),
    ] {
        let answer = world.ask(&line, &[], "").await;
        assert_eq!((answer.status, answer.code()), want, "{case}");
    }
    let answer = world.ask(&format!("GET /{BUCKET}/key.txt"), &[], "").await;
    assert_eq!((answer.body.as_str(), answer.header("Content-Type")), ("hello", Some("text/plain; charset=utf-8")));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_browser_asks_oddly_is_answered_whole() {
    let world = World::start_with(|options| options.public = [BUCKET.to_owned()].into()).await;
    std::fs::write(world.path("key"), "hello").unwrap();
    for (case, header, want) in [
        ("a range", ("Range", "bytes=1-2"), (206, "el")),
        ("several ranges", ("Range", "bytes=0-1,3-4"), (200, "hello")),
        ("another unit", ("Range", "lines=1-2"), (200, "hello")),
        ("a range backwards", ("Range", "bytes=3-1"), (200, "hello")),
        ("a date that is none", ("If-Modified-Since", "yesterday"), (200, "hello")),
        ("a date", ("If-Modified-Since", "Fri, 01 Jan 2100 00:00:00 GMT"), (304, "")),
    ] {
        let answer = world.ask(&format!("GET /{BUCKET}/key"), &[header], "").await;
        assert_eq!((answer.status, answer.body.as_str()), want, "{case}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn wrong_signatures_are_refused_also_where_strangers_may_read() {
    let world = World::start_with(|options| options.public = [BUCKET.to_owned()].into()).await;
    std::fs::write(world.path("key"), "1").unwrap();
    let wrong = world.store_with("another secret");
    let error = wrong.get(&Path::from("key")).await.unwrap_err().to_string();
    assert!(error.contains("SignatureDoesNotMatch"), "{error}");
    let put = wrong.put(&Path::from("key"), "2".into()).await.unwrap_err().to_string();
    assert!(put.contains("SignatureDoesNotMatch"), "{put}");
    assert_eq!(std::fs::read_to_string(world.path("key")).unwrap(), "1");
    let date = "20261129T120000Z";
    let authorization = "AWS4-HMAC-SHA256 Credential=AKIANOBODY/20261129/us-east-1/s3/aws4_request, \
                         SignedHeaders=host;x-amz-content-sha256;x-amz-date, Signature=0123";
    let key = format!("GET /{BUCKET}/key");
    for (case, headers, want) in [
        ("no form", &[("Authorization", "Bearer x")][..], (400, "InvalidRequest")),
        ("no date", &[("Authorization", authorization)], (400, "InvalidRequest")),
        (
            "an old one",
            &[("Authorization", &authorization.replace("20261129", "20200101")), ("x-amz-date", "20200101T000000Z")],
            (403, "RequestTimeTooSkewed"),
        ),
        (
            "a date that is none",
            &[("Authorization", authorization), ("x-amz-date", "yesterday")],
            (400, "InvalidRequest"),
        ),
        ("version 2", &[("Authorization", "AWS AKIANOBODY:c2ln"), ("Date", date)], (403, "InvalidAccessKeyId")),
    ] {
        let answer = world.ask(&key, headers, "").await;
        assert_eq!((answer.status, answer.code()), want, "{case}: {}", answer.body);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn without_credentials_signatures_do_not_matter() {
    let world = World::start_open().await;
    let store = world.store_with("whatever");
    store.put(&Path::from("key"), "1".into()).await.unwrap();
    assert_eq!(store.get(&Path::from("key")).await.unwrap().bytes().await.unwrap(), "1");
    let link = format!("GET /{BUCKET}/key?X-Amz-Algorithm=x&X-Amz-Signature=y");
    assert_eq!(world.ask(&link, &[], "").await.body, "1");
    let chunked = [("x-amz-content-sha256", "STREAMING-UNSIGNED-PAYLOAD-TRAILER")];
    assert_eq!(world.ask(&format!("PUT /{BUCKET}/key"), &chunked, "").await.code(), "NotImplemented");
}
