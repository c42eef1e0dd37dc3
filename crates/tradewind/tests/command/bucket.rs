//! A store whose catalogue is in an S3 bucket, through the real program and the real protocol.

#[path = "../../../s3/tests/server/mod.rs"]
mod s3_server;

use crate::serve::Server;
use crate::support::{GOODS, Run, TestStore, text, tradewind_with};
use s3_server::{BUCKET, PutAt, S3Server, SECRET};
use std::time::{Duration, Instant};

const PREFIX: &str = "shops/one";
/// How long a page may take to show what was published.
const PAGE_WAIT: Duration = Duration::from_secs(60);

/// A store with [`GOODS`], published into a bucket alone.
struct BucketStore {
    store: TestStore,
    server: S3Server,
    snapshot: String,
}

impl BucketStore {
    fn new() -> Self {
        let store = TestStore { folder: tempfile::tempdir().unwrap() };
        let server = S3Server::start(PutAt::FUTURE);
        let made = Self { store, server, snapshot: format!("s3://{BUCKET}/{PREFIX}") };
        made.run(&["new", &made.store.dir()]).done();
        let goods = made.store.path("goods.csv");
        std::fs::write(&goods, GOODS).unwrap();
        made.run(&["catalogue", "apply", &text(&goods), &made.store.dir(), "--new-categories"]).done();
        made
    }

    fn variables(&self) -> Vec<(&str, &str)> {
        let mut variables: Vec<(&str, &str)> = vec![("TRADEWIND_SNAPSHOT", &self.snapshot)];
        variables.extend(self.server.variables());
        variables
    }

    fn run(&self, arguments: &[&str]) -> Run {
        let run = tradewind_with(arguments, &self.variables());
        assert!(!run.out.contains(SECRET) && !run.err.contains(SECRET), "{run:?}");
        run
    }

    fn doctor(&self) -> Run {
        self.run(&["doctor", &self.store.dir(), "--json"])
    }

    /// The largest file of products.
    fn products(&self) -> String {
        let keys = self.server.keys().into_iter().filter(|key| key.contains("/products-"));
        keys.max_by_key(|key| self.server.object(key).map_or(0, |bytes| bytes.len())).unwrap()
    }
}

/// A page as soon as it is as a test wants it.
fn wait_for(open: &Server, path: &str, is_so: impl Fn(&str) -> bool) -> String {
    let begun = Instant::now();
    loop {
        let page = open.get(path);
        if is_so(&page) {
            return page;
        }
        assert!(begun.elapsed() < PAGE_WAIT, "{page}");
        std::thread::yield_now();
    }
}

fn finding(run: &Run, check: &str) -> String {
    let found = run.json();
    let findings = found["findings"].as_array().unwrap();
    findings.iter().find(|finding| finding["check"] == check).unwrap_or_else(|| panic!("{run:?}")).to_string()
}

#[test]
fn a_store_in_a_bucket_is_published_served_and_examined() {
    let shop = BucketStore::new();
    let dir = shop.store.dir();
    assert!(!shop.store.path("shop/data/snapshot").exists(), "nothing of it is in the folder");
    assert!(shop.server.keys().iter().all(|key| key.starts_with(PREFIX)), "{:?}", shop.server.keys());
    shop.run(&["publish", &dir]).done();
    assert_eq!(shop.doctor().done().json()["healthy"], true);
    assert_eq!(shop.run(&["inventory", &dir, "--json"]).done().json()["snapshot"]["products"], 3);
    let open = Server::open(&dir, &shop.variables());
    assert!(open.get("/product/mug").contains("Harbour mug"));
    shop.server.asked();
    let cheaper = shop.store.path("cheaper.csv");
    std::fs::write(&cheaper, "sku,slug,structure,price_GBP\nMUG-1,mug,standalone,7.77\n").unwrap();
    shop.run(&["catalogue", "apply", &text(&cheaper), &dir]).done();
    // Whichever of the two published it: a page may be as old as a look, a fifth of a second.
    wait_for(&open, "/product/mug", |page| page.contains("7.77"));
    assert!(shop.server.asked().iter().any(|asked| asked.status == 304), "a look without news");
}

#[test]
fn a_server_that_is_gone_leaves_the_shop_open_and_is_named() {
    let mut shop = BucketStore::new();
    let dir = shop.store.dir();
    let variables: Vec<(String, String)> =
        shop.variables().into_iter().map(|(name, value)| (name.to_owned(), value.to_owned())).collect();
    let variables: Vec<(&str, &str)> = variables.iter().map(|(name, value)| (&**name, &**value)).collect();
    let open = Server::open(&dir, &variables);
    assert!(open.get("/product/mug").contains("Harbour mug"));
    shop.server.stop();
    assert!(open.get("/product/tee").contains("Tee"), "the last good catalogue is shown");
    let run = shop.doctor();
    assert_eq!(run.code, 1, "{run:?}");
    let found = finding(&run, "snapshot");
    assert!(found.contains(&shop.snapshot) && found.contains("AWS_"), "{found}");
    let run = shop.run(&["publish", &dir]).failed(1);
    assert!(run.err.contains(&shop.snapshot), "{run:?}");
}

#[test]
fn a_damaged_bucket_is_found_and_published_anew() {
    let shop = BucketStore::new();
    let (dir, products) = (shop.store.dir(), shop.products());
    let mut damaged = shop.server.object(&products).unwrap().to_vec();
    let middle = damaged.len() / 2;
    damaged[middle] ^= 1;
    shop.server.set(&products, Some(damaged));
    let run = shop.doctor();
    assert!(run.code == 1 && finding(&run, "snapshot").contains("products-"), "{run:?}");
    let run = shop.run(&["publish", &dir]).done();
    assert!(run.err.contains(&format!("{}/current.damaged", shop.snapshot)), "{run:?}");
    assert_eq!(shop.doctor().done().json()["healthy"], true);
}

#[test]
fn a_restore_asks_before_it_replaces_what_lies_in_the_bucket() {
    let shop = BucketStore::new();
    let (dir, backup, again) =
        (shop.store.dir(), text(&shop.store.path("shop.backup")), text(&shop.store.path("again")));
    shop.run(&["backup", &dir, "--to", &backup]).done();
    let before = shop.server.object(&format!("{PREFIX}/current"));
    let run = shop.run(&["restore", &backup, "--into", &again]);
    assert!(run.code != 0 && run.err.contains(&shop.snapshot), "{run:?}");
    assert_eq!(shop.server.object(&format!("{PREFIX}/current")), before, "nothing was touched");
    // Without keys in the backup the new store has keys of its own: what lies there is none it could read.
    shop.run(&["restore", &backup, "--into", &again, "--yes"]).done();
    let run = shop.run(&["doctor", &again, "--json"]).done();
    assert_eq!(run.json()["healthy"], true, "{run:?}");
}

#[test]
fn a_wrong_address_or_environment_is_told_in_words() {
    let store = TestStore::empty();
    for (case, variables, want) in [
        ("no prefix", &[("TRADEWIND_SNAPSHOT", "s3://goods")][..], "a prefix is missing"),
        ("no S3", &[("TRADEWIND_SNAPSHOT", "gs://goods/one")], "neither a folder nor s3://bucket/prefix"),
        ("no region", &[("TRADEWIND_SNAPSHOT", "s3://goods/one")], "AWS_REGION is not set"),
        (
            "half a key",
            &[("TRADEWIND_SNAPSHOT", "s3://goods/one"), ("AWS_REGION", "eu-west-1"), ("AWS_ACCESS_KEY_ID", "AKIA")],
            "AWS_SECRET_ACCESS_KEY is not",
        ),
    ] {
        let run = tradewind_with(&["publish", &store.dir()], variables).failed(1);
        assert!(run.err.contains(want), "{case}: {run:?}");
        let run = tradewind_with(&["doctor", &store.dir(), "--json"], variables);
        assert!(run.code == 1 && run.out.contains(want), "{case}: {run:?}");
    }
}

#[test]
fn pictures_lie_in_a_bucket_too_and_what_is_made_of_them_is_put_beside_them() {
    let shop = BucketStore::new();
    let dir = shop.store.dir();
    let media = format!("s3://{BUCKET}/media");
    let variables: Vec<(&str, &str)> =
        shop.variables().into_iter().chain([("TRADEWIND_MEDIA", media.as_str())]).collect();
    let run = |arguments: &[&str]| tradewind_with(arguments, &variables);
    let named = shop.store.path("named.csv");
    std::fs::write(&named, "sku,slug,structure,images\nMUG-1,mug,standalone,mugs/one.jpg\n").unwrap();
    run(&["catalogue", "apply", &text(&named), &dir]).done();
    let missing = finding(&run(&["doctor", &dir, "--json"]), "media");
    assert!(missing.contains("mugs/one.jpg") && missing.contains(&media), "{missing}");

    let picture = media::drawing::Drawing::from_seed("mug:celadon:1").to_jpeg(900).unwrap();
    shop.server.set("media/mugs/one.jpg", Some(picture));
    run(&["publish", &dir]).done();
    let open = Server::open(&dir, &variables);
    // The server makes what was asked for, one picture after the other.
    let page = wait_for(&open, "/product/mug", |page| page.contains(".webp"));
    let made: Vec<String> = shop.server.keys().into_iter().filter(|key| key.ends_with(".webp")).collect();
    assert!(!made.is_empty() && made.iter().all(|key| key.starts_with("media/")), "{made:?}");
    assert!(made.iter().any(|key| page.contains(&format!("/{key}"))), "the page names one of {made:?}");
    assert!(!shop.store.path("shop/media/mugs").exists(), "nothing of it is in the folder");
    assert!(!page.contains("mugs/one.jpg"), "an upload is nobody's business");
    drop(open);
    let healthy = run(&["doctor", &dir, "--json"]).json();
    assert!(!healthy["findings"].to_string().contains("mugs/one.jpg"), "{healthy}");
}
