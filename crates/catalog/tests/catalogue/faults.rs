//! Crashes, races and damage: whatever happens, shoppers see the old snapshot or the new one.

use crate::shop::*;
use catalog::document::ProductDocument;
use catalog::*;
use commerce::money::Money;
use futures_util::future::BoxFuture;
use futures_util::stream::BoxStream;
use object_store::local::LocalFileSystem;
use object_store::memory::InMemory;
use object_store::path::Path as StorePath;
use object_store::{
    CopyOptions, GetOptions, GetResult, ListResult, MultipartUpload, ObjectMeta, ObjectStore, PutMultipartOptions,
    PutOptions, PutPayload, PutResult, Result as StoreResult,
};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

/// A store that dies: after so many operations nothing works any more.
#[derive(Debug)]
pub(crate) struct Mortal {
    inner: Arc<dyn ObjectStore>,
    /// Operations that still work; counted down.
    left: AtomicU64,
    /// Whether the last write is done although the caller hears that it failed.
    done_though: bool,
    /// Operations that were asked for.
    pub(crate) asked: AtomicU64,
}

impl Mortal {
    pub(crate) fn new(inner: Arc<dyn ObjectStore>, operations: u64, done_though: bool) -> Arc<Self> {
        Arc::new(Self { inner, left: AtomicU64::new(operations), done_though, asked: AtomicU64::new(0) })
    }

    pub(crate) fn kill(&self) {
        self.left.store(0, Ordering::SeqCst);
    }

    pub(crate) fn revive(&self) {
        self.left.store(u64::MAX, Ordering::SeqCst);
    }

    fn dead() -> object_store::Error {
        object_store::Error::Generic { store: "Mortal", source: "the store is gone".into() }
    }

    /// Whether this operation still works, and whether it is the last one.
    fn step(&self) -> (bool, bool) {
        self.asked.fetch_add(1, Ordering::SeqCst);
        let before = self.left.fetch_update(Ordering::SeqCst, Ordering::SeqCst, |left| left.checked_sub(1));
        (before.is_ok(), before == Ok(1))
    }
}

impl std::fmt::Display for Mortal {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Mortal")
    }
}

impl ObjectStore for Mortal {
    fn put_opts<'a, 'b, 'c>(
        &'a self,
        location: &'b StorePath,
        payload: PutPayload,
        options: PutOptions,
    ) -> BoxFuture<'c, StoreResult<PutResult>>
    where
        'a: 'c,
        'b: 'c,
    {
        Box::pin(async move {
            let (works, last) = self.step();
            if !works {
                return Err(Self::dead());
            }
            if last && !self.done_though {
                return Err(Self::dead());
            }
            let done = self.inner.put_opts(location, payload, options).await;
            if last { Err(Self::dead()) } else { done }
        })
    }

    fn put_multipart_opts<'a, 'b, 'c>(
        &'a self,
        location: &'b StorePath,
        options: PutMultipartOptions,
    ) -> BoxFuture<'c, StoreResult<Box<dyn MultipartUpload>>>
    where
        'a: 'c,
        'b: 'c,
    {
        Box::pin(async move { self.inner.put_multipart_opts(location, options).await })
    }

    fn get_opts<'a, 'b, 'c>(
        &'a self,
        location: &'b StorePath,
        options: GetOptions,
    ) -> BoxFuture<'c, StoreResult<GetResult>>
    where
        'a: 'c,
        'b: 'c,
    {
        Box::pin(
            async move { if self.step().0 { self.inner.get_opts(location, options).await } else { Err(Self::dead()) } },
        )
    }

    fn delete_stream(
        &self,
        locations: BoxStream<'static, StoreResult<StorePath>>,
    ) -> BoxStream<'static, StoreResult<StorePath>> {
        if self.step().0 {
            return self.inner.delete_stream(locations);
        }
        Box::pin(futures_util::stream::once(async { Err(Self::dead()) }))
    }

    fn list(&self, prefix: Option<&StorePath>) -> BoxStream<'static, StoreResult<ObjectMeta>> {
        self.inner.list(prefix)
    }

    fn list_with_delimiter<'a, 'b, 'c>(
        &'a self,
        prefix: Option<&'b StorePath>,
    ) -> BoxFuture<'c, StoreResult<ListResult>>
    where
        'a: 'c,
        'b: 'c,
    {
        Box::pin(async move { self.inner.list_with_delimiter(prefix).await })
    }

    fn copy_opts<'a, 'b, 'd, 'c>(
        &'a self,
        from: &'b StorePath,
        to: &'d StorePath,
        options: CopyOptions,
    ) -> BoxFuture<'c, StoreResult<()>>
    where
        'a: 'c,
        'b: 'c,
        'd: 'c,
    {
        Box::pin(async move { self.inner.copy_opts(from, to, options).await })
    }
}

/// A folder seen through a mortal store.
pub(crate) fn mortal_folder(folder: &Path, operations: u64, done_though: bool) -> (SnapshotStore, Arc<Mortal>) {
    std::fs::create_dir_all(folder).unwrap();
    let inner = LocalFileSystem::new_with_prefix(folder).unwrap();
    let mortal = Mortal::new(Arc::new(inner), operations, done_though);
    (SnapshotStore::folder_through(folder, mortal.clone()).unwrap(), mortal)
}

fn priced(number: u64, price_minor: i64) -> ProductDocument {
    let mut mug = mug(number);
    mug.variants[0].prices[0].amount = Money::from_minor(price_minor, eur());
    mug
}

/// Version, and the price that document, card and index agree on.
fn seen(snapshot: &Snapshot) -> (u64, i64) {
    snapshot.verify_all().unwrap();
    let document = snapshot.product("mug-1").unwrap().unwrap();
    let price = document.variants[0].prices[0].amount;
    let exactly = catalog::query::ListingQuery { price_min: Some(price), price_max: Some(price), ..listing() };
    let found = snapshot.listing(&exactly).unwrap();
    assert_eq!(found.cards[0].prices[0].amount, price, "card and document are of one publish");
    (snapshot.version(), price.minor())
}

#[tokio::test]
async fn a_publish_that_is_killed_anywhere_leaves_the_old_or_the_new() {
    for whole in [false, true] {
        for done_though in [false, true] {
            let mut killed = 0;
            loop {
                let shop = Shop::new();
                shop.publish(vec![priced(1, 100), mug(2)]).await;
                let (store, mortal) = mortal_folder(&shop.folder.path().join("snapshot"), killed + 1, done_though);
                let publisher = Publisher::new(store, keys());
                let done = if whole {
                    let draft = shop.draft(front(), vec![priced(1, 200), mug(2)]).unwrap();
                    publisher.publish_full(draft, stamp(20)).await
                } else {
                    let changes = Changes { upserts: vec![priced(1, 200)], ..Changes::default() };
                    publisher.publish_changes(changes, stamp(20)).await
                };
                let now = seen(&*shop.snapshot().await);
                assert!([(1, 100), (2, 200)].contains(&now), "{now:?} after {killed} operations");
                if done.is_ok() {
                    assert_eq!(now, (2, 200), "what was confirmed is there");
                }
                shop.change(vec![priced(1, 300)], Vec::new()).await;
                assert_eq!(seen(&*shop.snapshot().await), (now.0 + 1, 300), "the next publish succeeds");
                killed += 1;
                if killed > mortal.asked.load(Ordering::SeqCst) {
                    assert!(done.is_ok());
                    break;
                }
            }
            assert!(killed > 10, "a publish has more steps than {killed}");
        }
    }
}

#[tokio::test]
async fn publishers_at_once_lose_nothing_and_repeat_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let memory: Arc<dyn ObjectStore> = Arc::new(InMemory::new());
    for store in [SnapshotStore::folder(folder.path()).unwrap(), SnapshotStore::remote(memory, "shop/snapshot")] {
        publish_at_once(store, folder.path()).await;
    }
}

/// Several publishers of one store, each with a product of its own.
pub(crate) async fn publish_at_once(store: SnapshotStore, scratch: &Path) {
    const PUBLISHERS: u64 = 6;
    let mut draft = FullDraft::new(front(), scratch).unwrap();
    draft.add([mug(0)]).unwrap();
    Publisher::new(store.clone(), keys()).publish_full(draft, stamp(1)).await.unwrap();
    let publish = |number: u64| {
        let publisher = Publisher::new(store.clone(), keys());
        async move {
            // Each loses to every other one at most once.
            for _ in 0..=PUBLISHERS {
                let changes = Changes { upserts: vec![mug(number)], ..Changes::default() };
                match publisher.publish_changes(changes, stamp(2)).await {
                    Ok(_) => return,
                    Err(PublishError::Overtaken) => {}
                    Err(error) => panic!("{error}"),
                }
            }
            panic!("publisher {number} never won");
        }
    };
    futures_util::future::join_all((1..=PUBLISHERS).map(publish)).await;
    let reader = SnapshotReader::open(store, keys(), ReaderOptions::default(), moment(3)).await.unwrap();
    let snapshot = reader.current().snapshot;
    snapshot.verify_all().unwrap();
    assert_eq!((snapshot.version(), snapshot.products()), (PUBLISHERS + 1, PUBLISHERS + 1));
}

#[tokio::test]
async fn who_lost_the_lease_publishes_nothing() {
    let shop = Shop::new();
    let fenced = |fence| Stamp { fence, ..stamp(1) };
    let publish = async |fence| {
        let draft = shop.draft(front(), vec![mug(1)]).unwrap();
        shop.publisher.publish_full(draft, fenced(fence)).await
    };
    publish(7).await.unwrap();
    assert!(matches!(publish(6).await, Err(PublishError::Fenced { ours: 6, theirs: 7 })));
    let changes = || Changes { removals: vec![product_id(1)], ..Changes::default() };
    assert!(matches!(shop.publisher.publish_changes(changes(), fenced(6)).await, Err(PublishError::Fenced { .. })));
    publish(7).await.unwrap();
    shop.publisher.publish_changes(changes(), fenced(8)).await.unwrap();
    assert_eq!(shop.snapshot().await.version(), 3);
    let said = shop.publisher.publish_stock(Vec::new(), fenced(7)).await;
    assert!(matches!(said, Err(PublishError::Fenced { ours: 7, theirs: 8 })), "{said:?}");
    shop.publisher.publish_stock(Vec::new(), fenced(8)).await.unwrap();
}

/// Replaces a file as a whole: one that is mapped must not change under its reader.
fn replace(path: &Path, bytes: &[u8]) {
    let fresh = path.with_extension("fresh");
    std::fs::write(&fresh, bytes).unwrap();
    std::fs::rename(fresh, path).unwrap();
}

/// Opens anew and reads everything.
async fn inspect(folder: &Path) -> Result<(), SnapshotError> {
    let store = SnapshotStore::folder(folder).unwrap();
    let reader = SnapshotReader::open(store, keys(), ReaderOptions::default(), moment(1)).await?;
    let snapshot = reader.current().snapshot;
    snapshot.verify_all()
}

#[tokio::test]
async fn damage_in_any_file_is_noticed_and_named() {
    let shop = Shop::new();
    shop.publish((0..60).map(mug).collect()).await;
    shop.change(vec![mug(1), mug(100)], vec![product_id(3)]).await;
    let folder = shop.folder.path().join("snapshot");
    inspect(&folder).await.unwrap();
    let needed = |name: &String| name != "lock" && !name.starts_with("manifest-") && !name.starts_with("counts-");
    let mut checked = 0;
    for name in shop.files().into_iter().filter(needed) {
        let path = folder.join(&name);
        let whole = std::fs::read(&path).unwrap();
        let mut places = vec![0, whole.len() / 3, whole.len() / 2, whole.len() - 1];
        places.dedup();
        for place in places {
            let mut damaged = whole.clone();
            damaged[place] ^= 0x10;
            replace(&path, &damaged);
            let error = inspect(&folder).await.expect_err(&name);
            assert!(error.to_string().contains(&name), "byte {place} of {name}: {error}");
        }
        replace(&path, &whole[..whole.len() - 1]);
        let error = inspect(&folder).await.expect_err(&name).to_string();
        assert!(error.contains(&name), "{name} cut: {error}");
        std::fs::remove_file(&path).unwrap();
        inspect(&folder).await.expect_err(&name);
        replace(&path, &whole);
        checked += 1;
    }
    assert!(checked > 10, "{checked} files");
    inspect(&folder).await.unwrap();
}

#[tokio::test]
async fn a_damaged_block_fails_the_products_in_it_and_no_others() {
    let shop = Shop::new();
    shop.publish((0..200).map(mug).collect()).await;
    let folder = shop.folder.path().join("snapshot");
    let name = shop.files().into_iter().find(|name| name.starts_with("products-")).unwrap();
    let mut bytes = std::fs::read(folder.join(&name)).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle] ^= 0x40;
    replace(&folder.join(&name), &bytes);
    let store = SnapshotStore::folder(&folder).unwrap();
    let reader = SnapshotReader::open(store, keys(), ReaderOptions::default(), moment(1)).await.unwrap();
    let snapshot = reader.current().snapshot;
    let mut failed = 0;
    for number in 0..200 {
        match snapshot.product(&format!("mug-{number}")) {
            Ok(found) => assert_eq!(found, Some(mug(number)), "never a wrong one"),
            Err(SnapshotError::Damaged { file, .. }) => {
                assert_eq!(file, name);
                failed += 1;
            }
            Err(error) => panic!("{error}"),
        }
    }
    assert!((1..=32).contains(&failed), "{failed} of 200");
}

#[tokio::test]
async fn other_formats_and_other_keys_are_refused_in_words() {
    let shop = Shop::new();
    shop.publish(vec![mug(1)]).await;
    let path = shop.folder.path().join("snapshot/current");
    let whole = std::fs::read(&path).unwrap();
    let old = format!("has format 0; this release reads format {SNAPSHOT_FORMAT}");
    for (format, words) in [(0_u8, old.as_str()), (99, "has format 99")] {
        let mut other = whole.clone();
        other[7] = format;
        replace(&path, &other);
        let error = inspect(&shop.folder.path().join("snapshot")).await.unwrap_err();
        assert!(matches!(error, SnapshotError::Format { .. }) && error.to_string().contains(words), "{error}");
    }
    for bytes in [&b""[..], b"TWSM", b"{}", &whole[..40]] {
        replace(&path, bytes);
        inspect(&shop.folder.path().join("snapshot")).await.unwrap_err();
    }
    replace(&path, &whole);
    let open = async |keys| {
        SnapshotReader::open(shop.store.clone(), keys, ReaderOptions::default(), moment(1)).await.map(drop)
    };
    let forged = open(SnapshotKeys::new(b"key two", &[])).await;
    assert!(matches!(forged, Err(SnapshotError::Signature { .. })));
    open(SnapshotKeys::new(b"key two", &[b"key zero", b"key one"])).await.expect("an older key still counts");
}

#[tokio::test]
async fn a_whole_publish_mends_what_cannot_be_read() {
    let shop = Shop::new();
    shop.publish(vec![mug(1)]).await;
    shop.change(vec![mug(2)], Vec::new()).await;
    let reader = shop.reader().await;
    let path = shop.folder.path().join("snapshot/current");
    let mut bytes = std::fs::read(&path).unwrap();
    bytes[20] ^= 1;
    replace(&path, &bytes);
    assert!(reader.look(moment(50)).await.problem.is_some());
    let changes = Changes { upserts: vec![mug(3)], ..Changes::default() };
    assert!(shop.publisher.publish_changes(changes, stamp(3)).await.is_err(), "a small one has nothing to stand on");
    assert_eq!(shop.publish(vec![mug(1), mug(2), mug(3)]).await.version, 3);
    let look = reader.look(moment(60)).await;
    assert!(look.fresh);
    assert_eq!(look.view.snapshot.products(), 3);
}
