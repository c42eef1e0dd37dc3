//! Uploads in parts.

use object_store::path::Path;
use object_store::{Attribute, Attributes, ObjectStore as _, ObjectStoreExt as _, PutMultipartOptions, PutPayload};

use crate::support::{Answer, BUCKET, World};

const PART_BYTES: usize = 5 << 20;

#[tokio::test(flavor = "multi_thread")]
async fn parts_become_one_object_at_once() {
    let world = World::start().await;
    let (store, key) = (world.store(), Path::from("large"));
    let attributes = Attributes::from_iter([(Attribute::ContentType, "application/x-large")]);
    let options = PutMultipartOptions { attributes: attributes.clone(), ..PutMultipartOptions::default() };
    let mut upload = store.put_multipart_opts(&key, options).await.unwrap();
    let parts = [vec![b'a'; PART_BYTES], vec![b'b'; PART_BYTES], vec![b'c'; 3]];
    for part in &parts {
        upload.put_part(PutPayload::from(part.clone())).await.unwrap();
    }
    assert!(store.head(&key).await.is_err(), "there is nothing before its end");
    let put = upload.complete().await.unwrap();
    // `printf` of three hashes of parts, hashed, as S3 has it.
    assert!(put.e_tag.as_ref().unwrap().ends_with("-3\""), "{put:?}");
    let got = store.get(&key).await.unwrap();
    assert_eq!((&got.attributes, &got.meta.e_tag), (&attributes, &put.e_tag));
    assert!(got.bytes().await.unwrap() == parts.concat());
    let left = std::fs::read_dir(world.path(".object-service/uploads")).unwrap().count();
    assert_eq!(left, 0, "nothing of the upload is left");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_upload_that_is_aborted_leaves_nothing() {
    let world = World::start().await;
    let (store, key) = (world.store(), Path::from("large"));
    let mut upload = store.put_multipart(&key).await.unwrap();
    upload.put_part("part".into()).await.unwrap();
    upload.abort().await.unwrap();
    assert!(store.head(&key).await.is_err());
    assert_eq!(std::fs::read_dir(world.path(".object-service/uploads")).unwrap().count(), 0);
}

/// An upload of `key` that has parts of these lengths, all of them `x`; its name, and the ETags of the parts.
async fn upload_of(world: &World, key: &str, parts: &[usize]) -> (String, Vec<String>) {
    let began = world.ask(&format!("POST /{BUCKET}/{key}?uploads"), &[], "").await;
    let id = began.element("UploadId").unwrap().to_owned();
    let mut tags = Vec::new();
    for (number, bytes) in parts.iter().enumerate() {
        let line = format!("PUT /{BUCKET}/{key}?partNumber={}&uploadId={id}", number + 1);
        let put = world.ask(&line, &[], &"x".repeat(*bytes)).await;
        assert_eq!(put.status, 200, "{}", put.body);
        tags.push(put.header("ETag").unwrap().to_owned());
    }
    (id, tags)
}

async fn complete(world: &World, key: &str, id: &str, parts: &[(usize, &str)]) -> Answer {
    let part =
        |(number, tag): &(usize, &str)| format!("<Part><PartNumber>{number}</PartNumber><ETag>{tag}</ETag></Part>");
    let parts: String = parts.iter().map(part).collect();
    let body = format!("<CompleteMultipartUpload>{parts}</CompleteMultipartUpload>");
    world.ask(&format!("POST /{BUCKET}/{key}?uploadId={id}"), &[], &body).await
}

#[tokio::test(flavor = "multi_thread")]
async fn completions_are_refused_with_s3s_own_codes() {
    let world = World::start_open().await;
    let (id, tags) = upload_of(&world, "key", &[3, 3]).await;
    let (first, second) = (tags[0].as_str(), tags[1].as_str());
    for (case, id, parts, want) in [
        ("no parts", id.as_str(), &[][..], (400, "MalformedXML")),
        ("the wrong order", &id, &[(2, second), (1, first)], (400, "InvalidPartOrder")),
        ("one twice", &id, &[(1, first), (1, first)], (400, "InvalidPartOrder")),
        ("one that is not there", &id, &[(1, first), (3, second)], (400, "InvalidPart")),
        ("another ETag", &id, &[(1, "\"0123\"")], (400, "InvalidPart")),
        ("number 0", &id, &[(0, first)], (400, "InvalidArgument")),
        ("number 10,001", &id, &[(10_001, first)], (400, "InvalidArgument")),
        ("small parts", &id, &[(1, first), (2, second)], (400, "EntityTooSmall")),
        ("no such upload", "0123456789abcdef0123456789abcdef", &[(1, first)], (404, "NoSuchUpload")),
        ("a path", "../../../etc", &[(1, first)], (404, "NoSuchUpload")),
        ("one small part alone", &id, &[(1, first)], (200, "")),
        ("once more", &id, &[(1, first)], (404, "NoSuchUpload")),
    ] {
        let answer = complete(&world, "key", id, parts).await;
        assert_eq!((answer.status, answer.code()), want, "{case}: {}", answer.body);
    }
    assert_eq!(std::fs::read_to_string(world.path("key")).unwrap(), "xxx");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_upload_belongs_to_its_key() {
    let world = World::start_open().await;
    let (id, tags) = upload_of(&world, "key", &[3]).await;
    assert_eq!(complete(&world, "other", &id, &[(1, &tags[0])]).await.code(), "NoSuchUpload");
    for number in ["0", "10001", "-1"] {
        let line = format!("PUT /{BUCKET}/key?partNumber={number}&uploadId={id}");
        assert_eq!(world.ask(&line, &[], "x").await.code(), "InvalidArgument", "{number}");
    }
    assert_eq!(world.ask(&format!("DELETE /{BUCKET}/other?uploadId={id}"), &[], "").await.code(), "NoSuchUpload");
    assert_eq!(world.ask(&format!("DELETE /{BUCKET}/key?uploadId={id}"), &[], "").await.status, 204);
}

#[tokio::test(flavor = "multi_thread")]
async fn uploads_and_parts_are_listed_in_pages() {
    let world = World::start_open().await;
    let (first, tags) = upload_of(&world, "a", &[1, 2, 3]).await;
    upload_of(&world, "b", &[]).await;
    let uploads = world.ask(&format!("GET /{BUCKET}?uploads&max-uploads=1"), &[], "").await;
    assert_eq!((uploads.element("Key"), uploads.element("NextKeyMarker")), (Some("a"), Some("a")));
    assert_eq!(uploads.element("NextUploadIdMarker"), Some(first.as_str()));
    let next = world.ask(&format!("GET /{BUCKET}?uploads&key-marker=a&upload-id-marker={first}"), &[], "").await;
    assert_eq!((next.element("Key"), next.element("IsTruncated")), (Some("b"), Some("false")));
    let parts = world.ask(&format!("GET /{BUCKET}/a?uploadId={first}&max-parts=2"), &[], "").await;
    assert_eq!((parts.element("IsTruncated"), parts.element("NextPartNumberMarker")), (Some("true"), Some("2")));
    assert_eq!(parts.element("ETag").map(|tag| tag.replace("&quot;", "\"")), Some(tags[0].clone()));
    let parts = world.ask(&format!("GET /{BUCKET}/a?uploadId={first}&part-number-marker=2"), &[], "").await;
    assert_eq!((parts.element("PartNumber"), parts.element("Size")), (Some("3"), Some("3")));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_part_that_is_sent_again_replaces_the_first() {
    let world = World::start_open().await;
    let (id, tags) = upload_of(&world, "key", &[3]).await;
    let again = world.ask(&format!("PUT /{BUCKET}/key?partNumber=1&uploadId={id}"), &[], "again").await;
    assert_eq!(complete(&world, "key", &id, &[(1, &tags[0])]).await.code(), "InvalidPart");
    let tag = again.header("ETag").unwrap();
    let part = format!("<Part><PartNumber>1</PartNumber><ETag>{tag}</ETag></Part>");
    let body = format!("<CompleteMultipartUpload>{part}</CompleteMultipartUpload>");
    let line = format!("POST /{BUCKET}/key?uploadId={id}");
    assert_eq!(world.ask(&line, &[("If-None-Match", "*")], &body).await.status, 200);
    assert_eq!(std::fs::read_to_string(world.path("key")).unwrap(), "again");
}
