//! Hostile input: nothing of it gets out of the bucket, ends the service or leaves anything behind.

use std::time::Duration;

use crate::support::{BUCKET, World};

#[tokio::test(flavor = "multi_thread")]
async fn keys_stay_in_their_bucket() {
    let world = World::start_open().await;
    let long_name = "x".repeat(300);
    let longest = "y".repeat(1_024);
    let keys = [
        "..",
        ".",
        "../up",
        "a/../../../up",
        "/etc/passwd",
        "//",
        "a//b",
        "a/",
        "./a",
        ".object-service",
        ".object-service/temp/0",
        ".object-service/meta",
        ".OBJECT-SERVICE/x",
        "a%2F..%2F..%2Fup",
        "%2e%2e/up",
        "%2E%2E%2Fup",
        "a%5C..%5Cb",
        "a%0Ab",
        "%C3%BC",
        "a%2520b",
        "a%20b",
        "con",
        "a:b",
        long_name.as_str(),
        &longest,
    ];
    for key in keys {
        let put = world.ask(&format!("PUT /{BUCKET}/{key}"), &[], key).await;
        assert_eq!(put.status, 200, "{key}: {}", put.body);
    }
    for key in keys {
        let got = world.ask(&format!("GET /{BUCKET}/{key}"), &[], "").await;
        // Two spellings of one key are one object.
        let is_same = got.body == key || (key.contains("up") && got.body.contains("up"));
        assert!(got.status == 200 && is_same, "{key}: {} {}", got.status, got.body);
    }
    let around: Vec<_> = std::fs::read_dir(world.path("..")).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert_eq!(around.len(), 2, "the bucket and the lock: {around:?}");
    let listed = world.ask(&format!("GET /{BUCKET}?list-type=2&encoding-type=url"), &[], "").await;
    assert_eq!(listed.body.matches("<Key>").count(), 23, "{}", listed.body);
    for key in keys {
        assert_eq!(world.ask(&format!("DELETE /{BUCKET}/{key}"), &[], "").await.status, 204, "{key}");
    }
    let left: Vec<_> = std::fs::read_dir(world.path("")).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert!(left.iter().all(|name| name == ".object-service"), "{left:?}");
    assert_eq!(world.ask(&format!("DELETE /{BUCKET}"), &[], "").await.status, 204);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_be_is_refused_with_s3s_own_codes() {
    let world = World::start_open().await;
    std::fs::write(world.path("key"), "hello").unwrap();
    let (too_long, many) = ("x".repeat(1_025), "m".repeat(2_049));
    let key = |method: &str| format!("{method} /{BUCKET}/key");
    let zeros = "0000000000000000000000000000000000000000";
    for (case, line, headers, want) in [
        ("NUL in a key", format!("PUT /{BUCKET}/a%00b"), &[][..], (400, "InvalidURI")),
        ("letters that are none", format!("PUT /{BUCKET}/%FF"), &[], (400, "InvalidURI")),
        ("a key too long", format!("PUT /{BUCKET}/{too_long}"), &[], (400, "KeyTooLongError")),
        ("no such bucket", "PUT /no-such-bucket/key".to_owned(), &[], (404, "NoSuchBucket")),
        ("a bucket that is none", "GET /a_b/key".to_owned(), &[], (400, "InvalidBucketName")),
        ("the folder above", "GET /../key".to_owned(), &[], (400, "InvalidBucketName")),
        ("6 GiB", key("PUT"), &[("Content-Length", "6442450944")], (400, "EntityTooLarge")),
        ("a length that is none", key("PUT"), &[("Content-Length", "-1")], (400, "")),
        ("too much metadata", key("PUT"), &[("x-amz-meta-a", &many)], (400, "MetadataTooLarge")),
        ("another MD5", key("PUT"), &[("Content-MD5", "AAAAAAAAAAAAAAAAAAAAAA==")], (400, "BadDigest")),
        ("an MD5 that is none", key("PUT"), &[("Content-MD5", "x")], (400, "InvalidDigest")),
        ("another checksum", key("PUT"), &[("x-amz-checksum-crc32", "AAAAAQ==")], (400, "BadDigest")),
        ("a lock", key("PUT"), &[("x-amz-object-lock-mode", "GOVERNANCE")], (501, "NotImplemented")),
        ("a copy of nothing", key("PUT"), &[("x-amz-copy-source", "/goods/gone")], (404, "NoSuchKey")),
        ("a copy from above", key("PUT"), &[("x-amz-copy-source", "/../etc/passwd")], (400, "InvalidArgument")),
        ("a copy onto itself", key("PUT"), &[("x-amz-copy-source", "/goods/key")], (400, "InvalidRequest")),
        (
            "a form",
            format!("POST /{BUCKET}"),
            &[("Content-Type", "multipart/form-data; boundary=x")],
            (501, "NotImplemented"),
        ),
        ("a version", format!("GET /{BUCKET}/key?versionId=1"), &[], (404, "NoSuchVersion")),
        ("a part", format!("GET /{BUCKET}/key?partNumber=2"), &[], (501, "NotImplemented")),
        ("beyond the end", key("GET"), &[("Range", "bytes=5-")], (416, "InvalidRange")),
        ("no body", format!("POST /{BUCKET}?delete"), &[], (400, "MissingRequestBodyError")),
        (
            "a token that is none",
            format!("GET /{BUCKET}?list-type=2&continuation-token=***"),
            &[],
            (400, "InvalidArgument"),
        ),
        ("fewer than none", format!("GET /{BUCKET}?list-type=2&max-keys=-1"), &[], (400, "InvalidArgument")),
        ("an upload's path", format!("PUT /{BUCKET}/key?partNumber=1&uploadId=../../../x"), &[], (404, "NoSuchUpload")),
        ("another hash", key("PUT"), &[("x-amz-content-sha256", zeros)], (200, "")),
        ("what is not there", format!("GET /{BUCKET}/key?torrent"), &[], (501, "NotImplemented")),
        ("a method that is none", key("PATCH"), &[], (501, "NotImplemented")),
    ] {
        let body = if case == "another hash" { "hello" } else { "" };
        let answer = world.ask(&line, headers, body).await;
        assert_eq!((answer.status, answer.code()), want, "{case}: {}", answer.body);
    }
    assert_eq!(std::fs::read_to_string(world.path("key")).unwrap(), "hello");
    let temp = std::fs::read_dir(world.path(".object-service/temp")).unwrap().count();
    assert_eq!(temp, 0, "nothing half written is left");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_body_that_breaks_off_changes_nothing() {
    let world = World::start_open().await;
    std::fs::write(world.path("key"), "old").unwrap();
    let request = format!("PUT /{BUCKET}/key HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\n\r\nnot a thousand bytes");
    let answer = world.break_off(&request).await;
    assert!(matches!(answer.status, 0 | 400), "{}", answer.status);
    let long = format!("{request}{}", "x".repeat(1 << 20)).replace("1000", "9000000");
    world.break_off(&long).await;
    assert_eq!(std::fs::read_to_string(world.path("key")).unwrap(), "old");
    let (_, folder) = world.stop().await;
    let temp = folder.path().join(BUCKET).join(".object-service/temp");
    // A write that was under way ends by itself, and then its file goes.
    let gone = async {
        while std::fs::read_dir(&temp).map_or(0, Iterator::count) != 0 {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(Duration::from_secs(10), gone).await.expect("nothing half written is left");
}

#[tokio::test(flavor = "multi_thread")]
async fn many_deletions_at_once_have_a_bound_and_are_told_apart() {
    let world = World::start_open().await;
    std::fs::write(world.path("there"), "1").unwrap();
    let object = |key: &str| format!("<Object><Key>{key}</Key></Object>");
    let long = "x".repeat(1_025);
    let some = format!("<Delete>{}{}{}</Delete>", object("there"), object("gone"), object(&long));
    let line = format!("POST /{BUCKET}?delete");
    let answer = world.ask(&line, &[], &some).await;
    assert_eq!((answer.status, answer.body.matches("<Deleted>").count()), (200, 2), "{}", answer.body);
    assert_eq!((answer.body.matches("<Error>").count(), answer.code()), (1, "KeyTooLongError"));
    assert!(!world.path("there").exists());
    assert_eq!(world.ask(&line, &[], "<Delete><Object>").await.code(), "MalformedXML");
    let too_many = format!("<Delete>{}</Delete>", object("gone").repeat(1_001));
    assert_eq!(world.ask(&line, &[], &too_many).await.code(), "MalformedXML");
    let too_long = format!("<Delete>{}</Delete>", " ".repeat(9 << 20));
    assert!(matches!(world.ask(&line, &[], &too_long).await.code(), "" | "MaxMessageLengthExceeded"));
    let quiet = format!("<Delete><Quiet>true</Quiet>{}</Delete>", object("gone"));
    assert!(!world.ask(&line, &[], &quiet).await.body.contains("<Deleted>"));
}
