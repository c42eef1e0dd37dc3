//! A snapshot in an S3 bucket: the same promises over the real protocol, on loopback.

use crate::faults::publish_at_once;
use crate::server::{BUCKET, PutAt, S3Server};
use crate::shop::*;
use catalog::document::ProductDocument;
use catalog::*;
use commerce::availability::Availability;
use tempfile::TempDir;

const PREFIX: &str = "shops/one";
/// What lies in the same bucket and is not the snapshot's.
const OTHERS: [&str; 3] = ["products-0", "shops/one-more/products-0", "shops/one/deeper/manifest-00000000000000000900"];

/// A catalogue whose snapshot is in a bucket.
struct BucketShop {
    server: S3Server,
    folder: TempDir,
    store: SnapshotStore,
    publisher: Publisher,
}

impl BucketShop {
    fn new() -> Self {
        let server = S3Server::start(PutAt::TEN_SECONDS);
        OTHERS.iter().for_each(|key| server.set(key, Some(b"somebody else's".to_vec())));
        let bucket = s3::open(BUCKET, |name| server.variable(name)).unwrap();
        let store = SnapshotStore::remote(bucket, PREFIX);
        let publisher = Publisher::new(store.clone(), keys());
        Self { server, folder: tempfile::tempdir().unwrap(), store, publisher }
    }

    async fn publish(&self, documents: Vec<ProductDocument>, second: i64) -> Published {
        let mut draft = FullDraft::new(front(), self.folder.path()).unwrap().with_rules(b"rules of offers".to_vec());
        draft.add(documents).unwrap();
        self.publisher.publish_full(draft, stamp(second)).await.unwrap()
    }

    async fn change(&self, document: ProductDocument) -> Published {
        let changes = Changes { upserts: vec![document], ..Changes::default() };
        self.publisher.publish_changes(changes, stamp(20)).await.unwrap()
    }

    async fn open(&self) -> Result<SnapshotReader, SnapshotError> {
        SnapshotReader::open(self.store.clone(), keys(), ReaderOptions::default(), moment(0)).await
    }

    /// Names of the snapshot's objects, without the prefix.
    fn files(&self) -> Vec<String> {
        let own = |key: String| key.strip_prefix(PREFIX)?.strip_prefix('/').map(str::to_owned);
        self.server.keys().into_iter().filter(|key| !OTHERS.contains(&&**key)).filter_map(own).collect()
    }
}

#[tokio::test]
async fn whole_and_small_publishes_are_read_and_stay_below_the_prefix() {
    let shop = BucketShop::new();
    assert!(matches!(shop.open().await, Err(SnapshotError::Nothing)));
    assert!(!shop.store.was_published().await.unwrap());
    assert_eq!(shop.publish((0..40).map(mug).collect(), 10).await.version, 1);
    let reader = shop.open().await.unwrap();
    assert_eq!(shop.change(mug(100)).await.version, 2);
    let look = reader.look(moment(30)).await;
    assert!(look.fresh && look.problem.is_none(), "{look:?}");
    let snapshot = look.view.snapshot;
    snapshot.verify_all().unwrap();
    assert_eq!((snapshot.version(), snapshot.products()), (2, 41));
    assert_eq!(snapshot.product("mug-100").unwrap(), Some(mug(100)));
    assert!(shop.store.was_published().await.unwrap());
    assert_eq!(shop.files().len() + OTHERS.len(), shop.server.keys().len(), "{:?}", shop.server.keys());
    assert!(shop.server.asked().iter().all(|asked| asked.status != 403), "every request is signed");
}

#[tokio::test]
async fn requests_without_a_right_signature_are_refused() {
    let shop = BucketShop::new();
    let stranger = |name: &str| match name {
        "AWS_ACCESS_KEY_ID" => Some("AKIASOMEBODYELSE".to_owned()),
        name => shop.server.variable(name),
    };
    let store = SnapshotStore::remote(s3::open(BUCKET, stranger).unwrap(), PREFIX);
    let refused = store.was_published().await.unwrap_err();
    assert!(matches!(refused, SnapshotError::Store(_)), "{refused}");
    assert!(shop.server.asked().iter().all(|asked| asked.status == 403));
}

#[tokio::test(flavor = "multi_thread")]
async fn publishers_at_once_lose_nothing() {
    let shop = BucketShop::new();
    publish_at_once(shop.store.clone(), shop.folder.path()).await;
    let asked = shop.server.asked();
    assert!(asked.iter().any(|asked| asked.status == 412), "somebody was overtaken");
}

#[tokio::test]
async fn two_that_publish_first_make_one_first_version() {
    let shop = BucketShop::new();
    let draft = || {
        let mut draft = FullDraft::new(front(), shop.folder.path()).unwrap();
        draft.add([mug(1)]).unwrap();
        draft
    };
    let other = Publisher::new(shop.store.clone(), keys());
    let (one, two) = futures_util::future::join(
        shop.publisher.publish_full(draft(), stamp(10)),
        other.publish_full(draft(), stamp(11)),
    )
    .await;
    // Where one was done before the other had begun, there are two versions; never one that two people made.
    let versions: Vec<_> = [&one, &two].into_iter().flatten().map(|published| published.version).collect();
    let overtaken = [&one, &two].iter().filter(|done| matches!(done, Err(PublishError::Overtaken))).count();
    assert!(versions == [1] && overtaken == 1 || versions.len() == 2 && versions[0] != versions[1], "{one:?} {two:?}");
}

#[tokio::test]
async fn a_look_without_news_brings_no_body() {
    let shop = BucketShop::new();
    shop.publish(vec![mug(1)], 10).await;
    shop.publisher.publish_stock(vec![(stock_id(1), Availability::Available)], stamp(11)).await.unwrap();
    let reader = shop.open().await.unwrap();
    shop.server.asked();
    assert!(reader.look(moment(30)).await.fresh);
    let asked: Vec<_> = shop.server.asked().into_iter().map(|a| (a.target, a.status, a.bytes)).collect();
    let nothing_new = |name: &str| (format!("/{BUCKET}/{PREFIX}/{name}"), 304, 0);
    assert_eq!(asked, [nothing_new("current"), nothing_new("stock")]);
}

#[tokio::test]
async fn while_the_server_is_away_the_last_good_snapshot_stays() {
    let mut shop = BucketShop::new();
    shop.publish(vec![mug(1)], 10).await;
    let reader = shop.open().await.unwrap();
    shop.server.stop();
    let look = reader.look(moment(30)).await;
    assert!(!look.fresh && matches!(look.problem, Some(SnapshotError::Store(_))), "{look:?}");
    assert_eq!(look.view.snapshot.product("mug-1").unwrap(), Some(mug(1)));
    let changes = Changes { upserts: vec![mug(2)], ..Changes::default() };
    assert!(shop.publisher.publish_changes(changes, stamp(20)).await.is_err());
}

#[tokio::test]
async fn damage_in_any_file_is_noticed_when_it_is_fetched() {
    let shop = BucketShop::new();
    shop.publish((0..40).map(mug).collect(), 10).await;
    shop.change(mug(100)).await;
    let reader = shop.open().await.unwrap();
    let needed = |name: &String| !name.starts_with("manifest-") && !name.starts_with("counts-");
    let files: Vec<_> = shop.files().into_iter().filter(needed).collect();
    assert!(files.len() > 10, "{files:?}");
    for name in files {
        let key = format!("{PREFIX}/{name}");
        let whole = shop.server.object(&key).unwrap().to_vec();
        let mut damaged = whole.clone();
        damaged[whole.len() / 2] ^= 0x10;
        for (case, bytes) in
            [("a bit", Some(damaged)), ("cut", Some(whole[..whole.len() - 1].to_vec())), ("gone", None)]
        {
            shop.server.set(&key, bytes);
            let error = shop.open().await.map(drop).expect_err(&name).to_string();
            assert!(error.contains(&name) || name == "current", "{name}, {case}: {error}");
        }
        shop.server.set(&key, Some(whole));
    }
    assert_eq!(reader.current().snapshot.product("mug-1").unwrap(), Some(mug(1)), "who had it open keeps it");
}

#[tokio::test]
async fn what_was_put_aside_is_published_anew_under_a_number_of_its_own() {
    let shop = BucketShop::new();
    shop.publish((0..40).map(mug).collect(), 10).await;
    shop.change(mug(100)).await;
    let products = shop.files().into_iter().find(|name| name.starts_with("products-")).unwrap();
    shop.server.set(&format!("{PREFIX}/{products}"), Some(b"not what was written".to_vec()));
    let current = shop.server.object(&format!("{PREFIX}/current"));
    assert_eq!(shop.store.put_aside().await.unwrap().as_deref(), Some("current.damaged"));
    assert_eq!(shop.server.object(&format!("{PREFIX}/current.damaged")), current);
    assert!(matches!(shop.open().await, Err(SnapshotError::Nothing)));
    assert_eq!(shop.store.put_aside().await.unwrap(), None);
    assert_eq!(shop.publish((0..40).map(mug).collect(), 30).await.version, 3);
    shop.open().await.unwrap().current().snapshot.verify_all().unwrap();
}

#[tokio::test]
async fn old_files_are_collected_and_nothing_else() {
    const WEEK: i64 = 7 * 24 * 60 * 60;
    let shop = BucketShop::new();
    shop.publish((0..40).map(mug).collect(), 10).await;
    shop.change(mug(100)).await;
    let before = shop.files();
    shop.publish((200..240).map(mug).collect(), 30).await;
    assert_eq!(shop.publisher.collect(moment(40)).await.unwrap(), Collected::default());
    let collected = shop.publisher.collect(moment(WEEK + 100)).await.unwrap();
    assert!(collected.manifests == 2 && collected.files > 5, "{collected:?}");
    let after = shop.files();
    assert!(before.iter().filter(|name| name.starts_with("products-")).all(|name| !after.contains(name)), "{after:?}");
    shop.open().await.unwrap().current().snapshot.verify_all().unwrap();
    assert!(OTHERS.iter().all(|key| shop.server.object(key).is_some()), "{:?}", shop.server.keys());
}

#[tokio::test]
async fn a_large_file_goes_in_parts() {
    /// Together 9.6 MB after compression: more than one piece of 8 MiB.
    const PRODUCTS: u64 = 600;
    const NUMBERS_EACH: u64 = 2_000;
    let shop = BucketShop::new();
    // Digits that nobody can compress to less than half, without spaces: such a word is too long to be searched for.
    let mut seed = 0x9e37_79b9_7f4a_7c15_u64;
    let mut next = || {
        seed ^= seed << 13;
        seed ^= seed >> 7;
        seed ^= seed << 17;
        seed
    };
    let noisy = |number: u64, noise: String| ProductDocument { description: texts(&noise, ""), ..mug(number) };
    let mut noise = || (0..NUMBERS_EACH).map(|_| format!("{:016x}", next())).collect::<String>();
    let documents: Vec<_> = (0..PRODUCTS).map(|number| noisy(number, noise())).collect();
    let last = documents.last().unwrap().clone();
    shop.publish(documents, 10).await;
    let asked = shop.server.asked();
    let parts = asked.iter().filter(|asked| asked.target.contains("partNumber=")).count();
    assert!(parts >= 2, "{parts} parts");
    assert!(asked.iter().all(|asked| asked.status == 200 || asked.status == 404), "{asked:?}");
    let snapshot = shop.open().await.unwrap().current().snapshot;
    snapshot.verify_all().unwrap();
    assert_eq!(snapshot.product(&last.slug).unwrap(), Some(last));
}
