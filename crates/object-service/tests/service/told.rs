//! What an onlooker is told.

use object_service::{Class, Operation};
use object_store::ObjectStoreExt as _;
use object_store::path::Path;

use crate::support::{BUCKET, World};

#[tokio::test(flavor = "multi_thread")]
async fn each_request_is_told_once_it_is_over() {
    let world = World::start().await;
    let (store, key) = (world.store(), Path::from("a/key"));
    store.put(&key, "hello".into()).await.unwrap();
    store.get(&key).await.unwrap().bytes().await.unwrap();
    store.head(&key).await.unwrap();
    assert!(store.get(&Path::from("gone")).await.is_err());
    assert_eq!(world.ask("GET /", &[], "").await.status, 403);
    store.delete(&key).await.unwrap();
    // When the service has stopped, every connection has ended, and so has every request.
    let (mut told, _folder) = world.stop().await;
    // They may have come over several connections.
    told.sort_by_key(|told| (told.operation, told.key_bytes));
    let found: Vec<_> = told.iter().map(|told| (told.operation, told.key_bytes, told.status.as_u16())).collect();
    assert_eq!(
        found,
        [
            (Operation::ListBuckets, 0, 403),
            (Operation::GetObject, 4, 404),
            (Operation::GetObject, 5, 200),
            (Operation::HeadObject, 5, 200),
            (Operation::PutObject, 5, 200),
            // object_store deletes many at once, also where it is one.
            (Operation::DeleteObjects, 0, 200),
        ]
    );
    let classes: Vec<_> = told.iter().map(|told| told.operation.class()).collect();
    assert_eq!(classes, [Class::Put, Class::Get, Class::Get, Class::Get, Class::Put, Class::Free]);
    let bytes: Vec<_> = told[2..5].iter().map(|told| (told.bytes_in, told.bytes_out)).collect();
    assert_eq!(bytes, [(0, 5), (0, 0), (5, 0)]);
    assert_eq!((told[0].bucket.as_deref(), told[4].bucket.as_deref()), (None, Some(BUCKET)));
}
