//! Lists.

use futures_util::TryStreamExt as _;
use object_store::ObjectStore as _;
use object_store::path::Path;

use crate::support::{BUCKET, World};

fn write(world: &World, keys: &[String]) {
    for key in keys {
        std::fs::create_dir_all(world.path(key).parent().unwrap()).unwrap();
        std::fs::write(world.path(key), "").unwrap();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_long_list_comes_in_pages_and_in_order() {
    let world = World::start().await;
    let mut keys: Vec<_> = (0..2_300).map(|number| format!("{}/key-{number}", number % 11)).collect();
    write(&world, &keys);
    keys.sort();
    let listed: Vec<_> =
        world.store().list(None).map_ok(|object| object.location.to_string()).try_collect().await.unwrap();
    assert_eq!(listed, keys);
    let after = Path::from(keys[2_000].as_str());
    let listed: Vec<_> = world.store().list_with_offset(None, &after).try_collect().await.unwrap();
    assert_eq!(listed.len(), 299);
    let folders = world.store().list_with_delimiter(None).await.unwrap();
    assert_eq!((folders.common_prefixes.len(), folders.objects.len()), (11, 0));
    let folder = world.store().list_with_delimiter(Some(&Path::from("7"))).await.unwrap();
    assert_eq!((folder.common_prefixes.len(), folder.objects.len()), (0, 209));
    let (told, _folder) = world.stop().await;
    assert_eq!(told.len(), 3 + 1 + 1 + 1, "pages");
}

#[tokio::test(flavor = "multi_thread")]
async fn lists_answer_what_they_are_asked() {
    let world = World::start_open().await;
    write(&world, &["a", "a b/1", "a b/2", "a+b"].map(str::to_owned));
    assert_eq!(world.ask(&format!("PUT /{BUCKET}/folder/"), &[], "").await.status, 200);
    for (case, query, want) in [
        ("version 1", "", "<Key>a</Key> <Key>a b/1</Key> <Key>a b/2</Key> <Key>a+b</Key> <Key>folder/</Key>"),
        ("escaped", "list-type=2&encoding-type=url&prefix=a%20", "<Key>a%20b/1</Key> <Key>a%20b/2</Key>"),
        ("escaped plus", "list-type=2&encoding-type=url&prefix=a%2B", "<Key>a%2Bb</Key>"),
        ("few", "list-type=2&max-keys=1", "<Key>a</Key>"),
        ("none", "list-type=2&max-keys=0", ""),
        ("after", "list-type=2&start-after=a%20b/2", "<Key>a+b</Key> <Key>folder/</Key>"),
        ("after a marker", "marker=a%2Bb", "<Key>folder/</Key>"),
        ("grouped", "list-type=2&delimiter=/&prefix=f", "<Prefix>folder/</Prefix>"),
        ("below the group", "list-type=2&delimiter=/&prefix=folder/", "<Key>folder/</Key>"),
    ] {
        let answer = world.ask(&format!("GET /{BUCKET}?{query}"), &[], "").await;
        assert_eq!(answer.status, 200, "{case}");
        let groups =
            answer.body.split("<CommonPrefixes>").skip(1).filter_map(|rest| rest.split_once("</CommonPrefixes>"));
        let keys = answer.body.split("<Key>").skip(1).filter_map(|rest| rest.split_once("</Key>"));
        let keys = keys.map(|(key, _)| format!("<Key>{key}</Key>"));
        let found: Vec<_> = keys.chain(groups.map(|(group, _)| group.to_owned())).collect();
        assert_eq!(found.join(" "), want, "{case}: {}", answer.body);
    }
    let page = world.ask(&format!("GET /{BUCKET}?delimiter=/&max-keys=2"), &[], "").await;
    assert_eq!((page.element("NextMarker"), page.element("IsTruncated")), (Some("a b/"), Some("true")));
    let page = world.ask(&format!("GET /{BUCKET}?delimiter=/&max-keys=2&marker=a%20b/"), &[], "").await;
    assert_eq!((page.element("NextMarker"), page.element("IsTruncated")), (None, Some("false")));
}

#[tokio::test(flavor = "multi_thread")]
async fn buckets_come_and_go() {
    let world = World::start_open().await;
    std::fs::create_dir(world.path("../Not-A-Bucket")).unwrap();
    for (line, status, code) in [
        ("PUT /second-bucket", 200, ""),
        ("PUT /second-bucket", 409, "BucketAlreadyOwnedByYou"),
        ("PUT /Second", 400, "InvalidBucketName"),
        ("PUT /..", 400, "InvalidBucketName"),
        ("PUT /.object-service.lock", 400, "InvalidBucketName"),
        ("HEAD /second-bucket", 200, ""),
        ("HEAD /third-bucket", 404, ""),
        ("GET /second-bucket?location", 200, ""),
        ("PUT /second-bucket/key", 200, ""),
        ("DELETE /second-bucket", 409, "BucketNotEmpty"),
        ("DELETE /second-bucket/key", 204, ""),
        ("DELETE /second-bucket", 204, ""),
        ("DELETE /second-bucket", 404, "NoSuchBucket"),
        ("GET /second-bucket", 404, "NoSuchBucket"),
    ] {
        let answer = world.ask(line, &[], "").await;
        assert_eq!((answer.status, answer.code()), (status, code), "{line}");
    }
    let buckets = world.ask("GET /", &[], "").await;
    let names: Vec<_> = buckets.body.matches("<Name>").collect();
    assert_eq!((names.len(), buckets.element("Name")), (1, Some(BUCKET)));
}
