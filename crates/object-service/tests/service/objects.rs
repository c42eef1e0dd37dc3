//! Putting, getting, copying and deleting objects.

use std::num::NonZeroU64;
use std::time::{Duration, Instant};

use futures_util::{StreamExt as _, TryStreamExt as _};
use object_service::{Clock, ReadCost};
use object_store::path::Path;
use object_store::{
    Attribute, Attributes, GetOptions, GetRange, ObjectStore as _, ObjectStoreExt as _, PutOptions, PutPayload,
};

use crate::support::{BUCKET, World};

#[tokio::test(flavor = "multi_thread")]
async fn what_is_put_comes_back_with_its_headers() {
    let world = World::start_with(|options| options.clock = Clock::held_at(1_796_058_000_123)).await;
    let store = world.store();
    let key = Path::parse("a folder/ü+.txt").unwrap();
    let attributes = Attributes::from_iter([
        (Attribute::ContentType, "text/plain; charset=utf-8"),
        (Attribute::CacheControl, "public, max-age=31536000, immutable"),
        (Attribute::ContentDisposition, "attachment"),
        (Attribute::ContentEncoding, "br"),
        (Attribute::ContentLanguage, "de"),
        (Attribute::Metadata("origin".into()), "a test"),
    ]);
    let options = PutOptions { attributes: attributes.clone(), ..PutOptions::default() };
    let put = store.put_opts(&key, "hello".into(), options).await.unwrap();
    assert_eq!(put.e_tag.as_deref(), Some("\"5d41402abc4b2a76b9719d911017c592\""));
    assert_eq!(std::fs::read_to_string(world.path("a folder/ü+.txt")).unwrap(), "hello");
    let got = store.get(&key).await.unwrap();
    assert_eq!(got.attributes, attributes);
    assert_eq!(got.meta.e_tag, put.e_tag);
    assert_eq!(got.meta.last_modified.timestamp_millis(), 1_796_058_000_000);
    assert_eq!(got.bytes().await.unwrap(), "hello");
    let head = store.head(&key).await.unwrap();
    assert_eq!((head.size, head.e_tag), (5, put.e_tag));
    store.put(&key, "bye".into()).await.unwrap();
    let got = store.get(&key).await.unwrap();
    let types = Attributes::from_iter([(Attribute::ContentType, "binary/octet-stream")]);
    assert_eq!(got.attributes, types, "nothing of the old headers is left");
}

#[tokio::test(flavor = "multi_thread")]
async fn ranges_are_read_as_they_are_asked_for() {
    let world = World::start().await;
    let content: Vec<u8> = (0..=255).cycle().take(1_000_000).collect();
    std::fs::write(world.path("long"), &content).unwrap();
    let (store, key) = (world.store(), Path::from("long"));
    for (case, range, want) in [
        ("the beginning", GetRange::Bounded(0..10), 0..10),
        ("across reads", GetRange::Bounded(262_000..600_001), 262_000..600_001),
        ("past the end", GetRange::Bounded(999_990..2_000_000), 999_990..1_000_000),
        ("from somewhere", GetRange::Offset(900_000), 900_000..1_000_000),
        ("the end", GetRange::Suffix(7), 999_993..1_000_000),
        ("more than all of it", GetRange::Suffix(2_000_000), 0..1_000_000),
    ] {
        let options = GetOptions { range: Some(range), ..GetOptions::default() };
        let got = store.get_opts(&key, options).await.unwrap();
        assert_eq!(got.range, want.start as u64..want.end as u64, "{case}");
        assert!(got.bytes().await.unwrap() == content[want], "{case}");
    }
    assert!(store.get(&key).await.unwrap().bytes().await.unwrap() == content);
    assert!(store.get_range(&key, 1_000_000..1_000_001).await.is_err());
    let open = World::start_open().await;
    std::fs::write(open.path("empty"), "").unwrap();
    for (range, status) in [("bytes=0-", 416), ("bytes=-1", 416), ("bytes=0-0", 416)] {
        let answer = open.ask(&format!("GET /{BUCKET}/empty"), &[("Range", range)], "").await;
        assert_eq!((answer.status, answer.code()), (status, "InvalidRange"), "{range}");
    }
    assert_eq!(open.ask(&format!("GET /{BUCKET}/empty"), &[], "").await.status, 200);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_that_was_put_by_hand_is_an_object() {
    let world = World::start().await;
    std::fs::create_dir(world.path("pictures")).unwrap();
    std::fs::write(world.path("pictures/Mug.WEBP"), "a picture").unwrap();
    let (store, key) = (world.store(), Path::from("pictures/Mug.WEBP"));
    let got = store.get(&key).await.unwrap();
    let types = Attributes::from_iter([(Attribute::ContentType, "image/webp")]);
    assert_eq!(got.attributes, types);
    let first = got.meta.e_tag;
    std::fs::write(world.path("pictures/Mug.WEBP"), "another picture").unwrap();
    let second = store.head(&key).await.unwrap();
    assert_eq!(second.size, 15);
    assert_ne!(second.e_tag, first);
    // The ETag is the same whether a file was put by hand or by a request.
    let put = store.put(&Path::from("other"), "another picture".into()).await.unwrap();
    assert_eq!(put.e_tag, second.e_tag);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_copy_takes_content_and_headers() {
    let world = World::start().await;
    let store = world.store();
    let (from, to) = (Path::from("from"), Path::from("folder/to"));
    let attributes =
        Attributes::from_iter([(Attribute::ContentType, "text/css"), (Attribute::CacheControl, "no-cache")]);
    let options = PutOptions { attributes: attributes.clone(), ..PutOptions::default() };
    let put = store.put_opts(&from, "body {}".into(), options).await.unwrap();
    store.copy(&from, &to).await.unwrap();
    store.delete(&from).await.unwrap();
    let got = store.get(&to).await.unwrap();
    assert_eq!((got.attributes.clone(), got.meta.e_tag.clone()), (attributes, put.e_tag));
    assert_eq!(got.bytes().await.unwrap(), "body {}");
    assert!(matches!(store.copy(&from, &to).await, Err(object_store::Error::NotFound { .. })));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_deleted_is_gone_with_its_folders() {
    let world = World::start().await;
    let store = world.store();
    let keys: Vec<_> = (0..1_200).map(|number| Path::from(format!("{}/{}/{number}", number % 3, number % 7))).collect();
    for key in &keys {
        std::fs::create_dir_all(world.path(key.as_ref()).parent().unwrap()).unwrap();
        std::fs::write(world.path(key.as_ref()), "").unwrap();
    }
    let all = futures_util::stream::iter(keys.clone().into_iter().map(Ok)).boxed();
    let deleted: Vec<_> = store.delete_stream(all).try_collect().await.unwrap();
    assert_eq!(deleted.len(), keys.len());
    let left: Vec<_> = std::fs::read_dir(world.path("")).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert!(left.iter().all(|name| name == ".object-service"), "{left:?}");
    store.delete(&keys[0]).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reader_keeps_what_it_opened() {
    let world = World::start().await;
    let (store, key) = (world.store(), Path::from("long"));
    let old = vec![b'o'; 4_000_000];
    store.put(&key, PutPayload::from(old.clone())).await.unwrap();
    let mut reading = store.get(&key).await.unwrap().into_stream();
    let first = reading.next().await.unwrap().unwrap();
    store.put(&key, "new".into()).await.unwrap();
    let rest: Vec<_> = reading.try_collect().await.unwrap();
    assert!([&[first][..], &rest].concat().concat() == old);
    assert_eq!(store.get(&key).await.unwrap().bytes().await.unwrap(), "new");
}

#[tokio::test(flavor = "multi_thread")]
async fn readers_never_see_half_of_a_put() {
    let world = World::start().await;
    let (store, key) = (world.store(), Path::from("key"));
    let put = |number: usize| {
        let (store, key) = (store.clone(), key.clone());
        let kind = format!("test/{number}");
        async move {
            let attributes = Attributes::from_iter([(Attribute::ContentType, kind)]);
            let options = PutOptions { attributes, ..PutOptions::default() };
            store.put_opts(&key, number.to_string().repeat(1 + number % 5).into(), options).await.unwrap();
        }
    };
    put(0).await;
    let writer = async {
        for number in 1..100 {
            put(number).await;
        }
    };
    let reader = async {
        for _ in 0..100 {
            let got = store.get(&key).await.unwrap();
            let kind = got.attributes.get(&Attribute::ContentType).unwrap().to_string();
            let number: usize = kind.strip_prefix("test/").unwrap().parse().unwrap();
            assert_eq!(got.bytes().await.unwrap(), number.to_string().repeat(1 + number % 5));
        }
    };
    tokio::join!(writer, reader);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_read_costs_what_it_is_told_to() {
    let cost = ReadCost { wait_ms: 30, bytes_per_second: NonZeroU64::new(10_000_000).unwrap() };
    let world = World::start_with(|options| options.read_cost = Some(cost)).await;
    std::fs::write(world.path("key"), vec![0; 1_000_000]).unwrap();
    let (store, key) = (world.store(), Path::from("key"));
    let began = Instant::now();
    store.head(&key).await.unwrap();
    assert!(Duration::from_millis(30) <= began.elapsed());
    let began = Instant::now();
    assert_eq!(store.get(&key).await.unwrap().bytes().await.unwrap().len(), 1_000_000);
    assert!(Duration::from_millis(130) <= began.elapsed());
}

#[tokio::test(flavor = "multi_thread")]
async fn everything_is_there_after_a_restart() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::create_dir(folder.path().join(BUCKET)).unwrap();
    let options = object_service::Options::new(folder.path().to_owned());
    let first = object_service::ObjectService::start(options.clone()).await.unwrap();
    let second = object_service::ObjectService::start(options.clone()).await;
    assert!(matches!(second, Err(object_service::StartError::InUse { .. })));
    let client = |endpoint: String| {
        let variable = move |name: &str| match name {
            "AWS_ENDPOINT_URL" => Some(endpoint.clone()),
            "AWS_ACCESS_KEY_ID" | "AWS_SECRET_ACCESS_KEY" => Some("any".to_owned()),
            _ => None,
        };
        s3::open(BUCKET, variable).unwrap()
    };
    let attributes = Attributes::from_iter([(Attribute::ContentType, "text/x-test")]);
    let put = PutOptions { attributes: attributes.clone(), ..PutOptions::default() };
    client(first.endpoint()).put_opts(&Path::from("a"), "1".into(), put).await.unwrap();
    first.stop().await;
    let again = object_service::ObjectService::start(options).await.unwrap();
    let got = client(again.endpoint()).get(&Path::from("a")).await.unwrap();
    assert_eq!(got.attributes, attributes);
}

#[tokio::test(flavor = "multi_thread")]
async fn writes_can_wait_for_the_disk() {
    let world = World::start_with(|options| options.fsync = true).await;
    let store = world.store();
    for key in ["a/b/c", "a"] {
        store.put(&Path::from(key), key.into()).await.unwrap();
        assert_eq!(store.get(&Path::from(key)).await.unwrap().bytes().await.unwrap(), key);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stop_lets_answers_end() {
    let world = World::start().await;
    std::fs::write(world.path("long"), vec![0; 8_000_000]).unwrap();
    let mut reading = world.store().get(&Path::from("long")).await.unwrap().into_stream();
    let first = reading.next().await.unwrap().unwrap().len();
    let rest = async {
        let rest: Vec<_> = reading.try_collect().await.unwrap();
        rest.concat().len()
    };
    let ((told, _folder), rest) = tokio::join!(world.stop(), rest);
    assert_eq!(first + rest, 8_000_000);
    assert_eq!(told[0].bytes_out, 8_000_000);
}
