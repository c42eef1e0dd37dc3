//! A snapshot that is too large to be fetched before the first page is read by ranges: the same answers by few reads.

use crate::server::{BUCKET, PutAt, S3Server};
use crate::shop::*;
use catalog::document::{ProductDocument, Variant};
use catalog::query::{ListingQuery, Sort};
use catalog::*;
use std::sync::Arc;
use tempfile::TempDir;

const PREFIX: &str = "shops/one";
/// Everything is read by ranges, and little is kept.
const ALL: RangeOptions = RangeOptions { from_bytes: 0, memory_bytes: 64 << 10, disk_bytes: 64 << 10 };
/// Products of the catalogue; more than one group of the products file holds.
const PRODUCTS: u64 = 600;

struct LargeShop {
    server: S3Server,
    folder: TempDir,
    publisher: Publisher,
}

impl LargeShop {
    fn new() -> Self {
        let server = S3Server::start(PutAt::TEN_SECONDS);
        let publisher = Publisher::new(by_ranges(&server, ALL), keys());
        Self { server, folder: tempfile::tempdir().unwrap(), publisher }
    }

    async fn published() -> Self {
        let shop = Self::new();
        let mut draft = FullDraft::new(front(), shop.folder.path()).unwrap();
        draft.add((0..PRODUCTS).map(mug)).unwrap();
        shop.publisher.publish_full(draft, stamp(10)).await.unwrap();
        shop
    }

    async fn change(&self, number: u64, second: i64) {
        let changes = Changes { upserts: vec![mug(number)], ..Changes::default() };
        self.publisher.publish_changes(changes, stamp(second)).await.unwrap();
    }

    async fn open(&self, options: RangeOptions) -> Arc<Snapshot> {
        let store = by_ranges(&self.server, options);
        let reader = SnapshotReader::open(store, keys(), ReaderOptions::default(), moment(0)).await.unwrap();
        reader.current().snapshot
    }

    /// The same, fetched as a whole.
    async fn open_whole(&self) -> Arc<Snapshot> {
        self.open(RangeOptions { from_bytes: u64::MAX, ..ALL }).await
    }

    /// Reads since this was last asked, and their bytes.
    fn reads(&self) -> (usize, usize) {
        let asked = self.server.asked();
        (asked.len(), asked.iter().map(|asked| asked.bytes).sum())
    }
}

fn by_ranges(server: &S3Server, options: RangeOptions) -> SnapshotStore {
    let client = || s3::open(BUCKET, |name| server.variable(name)).unwrap();
    SnapshotStore::remote_by_ranges(client(), client(), PREFIX, options).unwrap()
}

fn query(words: Option<&str>, sort: Sort) -> ListingQuery {
    ListingQuery {
        category: None,
        words: words.map(str::to_owned),
        language: front().languages[0],
        currency: front().currencies[0],
        chosen: Vec::new(),
        price_min: None,
        price_max: None,
        sort,
        page: 1,
    }
}

/// Everything that a snapshot is asked, by both.
fn assert_same(ranged: &Snapshot, whole: &Snapshot) {
    assert_eq!((ranged.version(), ranged.products()), (whole.version(), whole.products()));
    for number in [0, 1, 17, PRODUCTS - 1, PRODUCTS + 7, PRODUCTS + 1_000] {
        let slug = format!("mug-{number}");
        assert_eq!(ranged.product(&slug).unwrap(), whole.product(&slug).unwrap(), "{slug}");
        let id = mug(number).id;
        assert_eq!(ranged.product_by_id(id).unwrap(), whole.product_by_id(id).unwrap(), "{slug} by id");
        assert_eq!(ranged.cards(&[id]).unwrap(), whole.cards(&[id]).unwrap(), "{slug} as a card");
    }
    for words in [None, Some("mug"), Some("mgu"), Some("17"), Some("nothing like it")] {
        for sort in [Sort::Relevance, Sort::PriceUp, Sort::Name, Sort::Newest] {
            let query = query(words, sort);
            let (ours, theirs) = (ranged.listing(&query).unwrap(), whole.listing(&query).unwrap());
            assert_eq!(format!("{ours:?}"), format!("{theirs:?}"), "{words:?} {sort:?}");
        }
    }
    let suggest = |snapshot: &Snapshot| snapshot.suggest("mu", front().languages[0], front().currencies[0]).unwrap();
    assert_eq!(format!("{:?}", suggest(ranged)), format!("{:?}", suggest(whole)));
    let slugs = |snapshot: &Snapshot| snapshot.slugs(None, 1_000).unwrap();
    assert_eq!(slugs(ranged), slugs(whole));
    assert_eq!(ranged.facets().len(), whole.facets().len());
}

#[tokio::test(flavor = "multi_thread")]
async fn ranges_give_the_answers_of_whole_files_after_whole_and_small_publishes() {
    let shop = LargeShop::published().await;
    assert_same(&*shop.open(ALL).await, &*shop.open_whole().await);
    for number in 0..4 {
        shop.change(PRODUCTS + 7 + number, 20 + i64::try_from(number).unwrap()).await;
    }
    assert_same(&*shop.open(ALL).await, &*shop.open_whole().await);
    shop.open(ALL).await.verify_all().unwrap();
}

#[tokio::test]
async fn a_program_with_one_thread_waits_for_its_reads_and_gets_them() {
    let shop = LargeShop::published().await;
    let snapshot = shop.open(ALL).await;
    assert_eq!(snapshot.product("mug-17").unwrap(), Some(mug(17)));
    assert_eq!(snapshot.listing(&query(None, Sort::Relevance)).unwrap().total, usize::try_from(PRODUCTS).unwrap());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_cold_instance_needs_few_reads() {
    let shop = LargeShop::published().await;
    shop.change(PRODUCTS + 7, 20).await;
    shop.reads();
    let snapshot = shop.open(RangeOptions { memory_bytes: 32 << 20, ..ALL }).await;
    assert_eq!(shop.reads().0, 2, "current and stock, at once");
    snapshot.product("mug-17").unwrap().unwrap();
    let (reads, bytes) = shop.reads();
    assert!(reads <= 2 && bytes < 500_000, "a product: {reads} reads, {bytes} bytes");
    snapshot.listing(&query(None, Sort::Relevance)).unwrap();
    let (reads, bytes) = shop.reads();
    assert!(reads <= 6 && bytes < 3_000_000, "a listing: {reads} reads, {bytes} bytes");
    snapshot.listing(&query(None, Sort::Relevance)).unwrap();
    assert_eq!(shop.reads(), (0, 0), "what was read is kept");
}

#[tokio::test(flavor = "multi_thread")]
async fn threads_that_want_one_block_read_it_once() {
    let shop = LargeShop::published().await;
    let snapshot = shop.open(RangeOptions { memory_bytes: 32 << 20, ..ALL }).await;
    shop.reads();
    let asks = (0..16).map(|_| {
        let snapshot = Arc::clone(&snapshot);
        tokio::task::spawn_blocking(move || snapshot.product("mug-17").unwrap().unwrap())
    });
    for ask in asks.collect::<Vec<_>>() {
        assert_eq!(ask.await.unwrap(), mug(17));
    }
    assert!(shop.reads().0 <= 2, "one group of blocks");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_read_that_fails_is_an_error_and_the_next_works() {
    let mut shop = LargeShop::published().await;
    let snapshot = shop.open(ALL).await;
    let products = shop.server.keys().into_iter().find(|key| key.contains("/products-")).unwrap();
    let whole = shop.server.object(&products).unwrap().to_vec();
    shop.server.set(&products, Some(whole[..8].to_vec()));
    assert!(snapshot.product("mug-17").is_err());
    shop.server.set(&products, Some(whole));
    assert_eq!(snapshot.product("mug-17").unwrap(), Some(mug(17)));
    shop.server.stop();
    assert!(snapshot.product("mug-400").is_err());
    assert_eq!(snapshot.product("mug-17").unwrap(), Some(mug(17)), "what was read is kept");
}

/// An instance that is open already, and has answered a listing.
async fn busy(shop: &LargeShop) -> SnapshotReader {
    let store = by_ranges(&shop.server, RangeOptions { memory_bytes: 32 << 20, ..ALL });
    let reader = SnapshotReader::open(store, keys(), ReaderOptions::default(), moment(0)).await.unwrap();
    reader.current().snapshot.listing(&query(None, Sort::Relevance)).unwrap();
    reader
}

fn puts(shop: &LargeShop, kind: &str) -> usize {
    let is_put = |asked: &&crate::server::Asked| asked.method == "PUT" && asked.target.contains(kind);
    shop.server.asked().iter().filter(is_put).count()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_small_publish_writes_what_is_new_and_who_is_open_fetches_no_more() {
    let shop = LargeShop::published().await;
    let reader = busy(&shop).await;
    assert_eq!(puts(&shop, "/front-"), 1);
    let base_hot = shop.server.keys().into_iter().find(|key| key.contains("/hot-")).unwrap();
    shop.change(PRODUCTS + 7, 20).await;
    assert_eq!(puts(&shop, "/front-"), 0, "the front part did not change");
    let snapshot = reader.look(moment(60)).await.view.snapshot;
    assert_eq!(snapshot.version(), 2);
    let found = snapshot.listing(&query(Some("mug"), Sort::Relevance)).unwrap();
    assert_eq!(found.total, usize::try_from(PRODUCTS + 1).unwrap());
    let fetched = shop.server.asked();
    assert!(fetched.iter().all(|asked| !asked.target.contains(&base_hot)), "the base is hot already: {fetched:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn who_is_open_looks_at_large_new_files_before_taking_them_up() {
    let shop = LargeShop::published().await;
    for damage in ["is missing", "length is wrong"] {
        let reader = busy(&shop).await;
        let before = shop.server.keys();
        let version = reader.current().snapshot.version();
        let mut draft = FullDraft::new(front(), shop.folder.path()).unwrap();
        let text = |number: u64| format!("{} {number} {version}", "tea ".repeat(400));
        let described = |number| ProductDocument { description: texts(&text(number), ""), ..mug(number) };
        draft.add((0..PRODUCTS).map(described)).unwrap();
        shop.publisher.publish_full(draft, stamp(30)).await.unwrap();
        // What an instance reads by ranges: too large to be fetched as a whole.
        let is_new = |key: &String| !before.contains(key) && !key.contains("/manifest");
        let sizes = shop.server.keys().into_iter().filter(is_new);
        let sizes = sizes.map(|key| (shop.server.object(&key).unwrap().len(), key));
        let (_, victim) = sizes.filter(|(_, key)| key.contains("/products-")).max().unwrap();
        let whole = shop.server.object(&victim).unwrap().to_vec();
        shop.server.set(&victim, (damage != "is missing").then(|| whole[1..].to_vec()));
        let look = reader.look(moment(60)).await;
        let problem = look.problem.unwrap().to_string();
        assert!(!look.fresh && victim.ends_with(problem.split(' ').next().unwrap()), "{problem}");
        assert!(problem.contains(damage), "{problem}");
        assert_eq!(look.view.snapshot.product("mug-17").unwrap().unwrap().slug, "mug-17", "the old one is served");
        shop.server.set(&victim, Some(whole));
        assert_eq!(reader.look(moment(90)).await.view.snapshot.version(), version + 1);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn cards_are_those_of_products_and_not_of_their_children() {
    let shop = LargeShop::new();
    let child = |number: u64| Variant { slug: format!("child-{number}"), ..variant(number, number, 900) };
    let parent = ProductDocument { variants: vec![child(9_001), child(9_002)], ..mug(3) };
    let mut draft = FullDraft::new(front(), shop.folder.path()).unwrap();
    draft.add((10..20).map(mug).chain([parent])).unwrap();
    shop.publisher.publish_full(draft, stamp(10)).await.unwrap();
    let ids = [product_id(12), product_id(9_001), product_id(777), product_id(3), product_id(12)];
    for snapshot in [shop.open(ALL).await, shop.open_whole().await] {
        let slugs: Vec<_> = snapshot.cards(&ids).unwrap().into_iter().map(|card| card.slug).collect();
        assert_eq!(slugs, ["mug-12", "mug-3", "mug-12"]);
        assert!(snapshot.product_by_id(ids[1]).unwrap().is_some(), "the child leads to its parent elsewhere");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn files_that_a_package_brings_are_not_fetched() {
    let shop = LargeShop::published().await;
    let copies = tempfile::tempdir().unwrap();
    for key in shop.server.keys() {
        let name = key.rsplit('/').next().unwrap();
        std::fs::write(copies.path().join(name), shop.server.object(&key).unwrap()).unwrap();
    }
    shop.change(PRODUCTS + 7, 20).await;
    let open = async |folder: &std::path::Path| {
        let store = by_ranges(&shop.server, ALL).with_copies_in(folder);
        let reader = SnapshotReader::open(store, keys(), ReaderOptions::default(), moment(0)).await.unwrap();
        let snapshot = reader.current().snapshot;
        assert_same(&snapshot, &*shop.open_whole().await);
        snapshot.listing(&query(None, Sort::Relevance)).unwrap();
        assert!(snapshot.product("mug-17").unwrap().is_some());
    };
    open(copies.path()).await;
    let store = by_ranges(&shop.server, ALL).with_copies_in(copies.path());
    shop.reads();
    let reader = SnapshotReader::open(store, keys(), ReaderOptions::default(), moment(0)).await.unwrap();
    assert_eq!(reader.current().snapshot.product("mug-17").unwrap(), Some(mug(17)));
    // `current`, `stock`, and the small part's keys: the base is here.
    assert!(shop.reads().0 <= 3, "what is here is not fetched");
    // A copy that is torn counts for nothing.
    for entry in std::fs::read_dir(copies.path()).unwrap() {
        std::fs::write(entry.unwrap().path(), b"torn").unwrap();
    }
    open(copies.path()).await;
    open(std::path::Path::new("/nowhere")).await;
}
