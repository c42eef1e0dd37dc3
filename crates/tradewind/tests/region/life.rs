//! A region begins, serves, refuses who comes past its edge, and leaves nothing behind.

use super::world::TestShop;
use super::{PRODUCT, cache, kept};
use serde_json::Value;
use std::path::Path;
use std::time::{Duration, Instant};

/// How long something may take that comes by itself.
const WAIT_MAX: Duration = Duration::from_secs(60);

/// Looks again and again until there is something.
pub(crate) fn wait_for<T>(what: &str, mut look: impl FnMut() -> Option<T>) -> T {
    let begun = Instant::now();
    loop {
        if let Some(found) = look() {
            return found;
        }
        assert!(begun.elapsed() < WAIT_MAX, "{what} does not come");
        std::thread::yield_now();
    }
}

/// What a region said between these words and a character, when it opened: a moment after the address of the shop.
pub(crate) fn said_of(shop: &TestShop, words: &str, until: char) -> String {
    wait_for(words, || {
        let log = shop.log();
        let (said, _) = log.split_once(words)?.1.split_once(until)?;
        Some(said.to_owned())
    })
}

/// The Lambda API of a region.
fn lambda(shop: &TestShop) -> String {
    said_of(shop, "aws lambda list-functions --endpoint-url ", '`')
}

pub(crate) fn ask(url: &str) -> (u16, String) {
    // One provider of cryptography for the process; a second call would find it there.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let answer = reqwest::blocking::Client::builder().no_proxy().build().unwrap().get(url).send().unwrap();
    (answer.status().as_u16(), answer.text().unwrap())
}

/// Processes that have a variable or an argument which names this folder, but for `except`.
fn processes_of(folder: &Path, except: u32) -> Vec<String> {
    let folder = folder.to_str().unwrap();
    let mut found = Vec::new();
    for entry in std::fs::read_dir("/proc").unwrap().flatten() {
        let Ok(process) = entry.file_name().to_string_lossy().parse::<u32>() else { continue };
        let read = |name: &str| std::fs::read(entry.path().join(name)).unwrap_or_default();
        let said = [read("environ"), read("cmdline")].concat();
        if process != except && String::from_utf8_lossy(&said).contains(folder) {
            found.push(format!("{process}: {}", String::from_utf8_lossy(&read("cmdline"))));
        }
    }
    found
}

#[test]
fn nothing_runs_until_somebody_comes_and_an_order_is_placed_through_the_edge() {
    let shop = TestShop::open_region(&[], &[]);
    let count = || processes_of(&shop.store(), shop.process()).len();
    assert_eq!(count(), 0, "no environment before the first request");
    kept(&shop, PRODUCT);
    assert_eq!(count(), 1, "one request at a time needs one environment");
    let order = shop.shopper().buy("ann@example.org");
    assert!(order.starts_with("/order/"), "{order}");
    let page = shop.get(&order);
    assert_eq!((page.status, cache(&page)), (200, "fwd=bypass"), "an order is nobody else's");
    // It goes out after the answer, before the environment stands still.
    let mails = || std::fs::read_dir(shop.store().join("mail")).map_or(0, Iterator::count);
    wait_for("a mail, without anybody coming", || (mails() == 1).then_some(()));
    assert_eq!(shop.orders().len(), 1);
}

#[test]
fn who_comes_past_the_edge_is_refused() {
    let shop = TestShop::open_region(&[], &[]);
    let (status, urls) = ask(&format!("{}/2021-10-31/functions/shop/urls", lambda(&shop)));
    let urls: Value = serde_json::from_str(&urls).unwrap();
    assert_eq!(status, 200, "{urls}");
    let function = urls["FunctionUrlConfigs"][0]["FunctionUrl"].as_str().unwrap();
    let (status, body) = ask(function);
    assert!(status == 403 && !body.contains("<html"), "{status} {body}");
    // A header of that name from outside is the edge's own to send.
    let forged = shop.ask("GET", "/basket", &[("x-edge-secret", "guessed")], b"");
    assert_eq!(forged.status, 200);
}

#[test]
fn with_origin_access_control_pages_come_and_plain_forms_are_refused_as_cloudfront_does() {
    let shop = TestShop::open_region(&[], &["--origin-access-control"]);
    kept(&shop, PRODUCT);
    assert_eq!(shop.get("/basket").status, 200, "the function takes what the edge has signed");
    let form = [("content-type", "application/x-www-form-urlencoded"), ("sec-fetch-site", "same-origin")];
    assert_eq!(shop.ask("POST", "/basket/lines", &form, b"product=1").status, 403);
    let (status, urls) = ask(&format!("{}/2021-10-31/functions/shop/urls", lambda(&shop)));
    let urls: Value = serde_json::from_str(&urls).unwrap();
    let config = &urls["FunctionUrlConfigs"][0];
    assert_eq!((status, config["AuthType"].as_str()), (200, Some("AWS_IAM")), "{urls}");
    let (status, _) = ask(config["FunctionUrl"].as_str().unwrap());
    assert_eq!(status, 403, "who comes past the edge has signed nothing");
}

#[test]
fn the_function_of_the_edge_mends_addresses_and_drops_what_follows_people() {
    let shop = TestShop::open_region(&[], &[]);
    let slash = shop.get("/search/?q=tea");
    assert_eq!((slash.status, slash.location()), (301, "/search?q=tea"));
    kept(&shop, PRODUCT);
    let followed = shop.get(&format!("{PRODUCT}?utm_source=letter&gclid=1"));
    assert!(cache(&followed).starts_with("hit"), "{}", cache(&followed));
    for (case, headers, want) in [
        ("a browser in Germany", vec![("x-viewer-country", "DE"), ("accept-language", "de")], (302, "/de")),
        ("one at home", vec![("x-viewer-country", "GB"), ("accept-language", "en")], (200, "")),
        ("a crawler", vec![("x-viewer-country", "DE")], (200, "")),
        (
            "who has chosen",
            vec![("x-viewer-country", "DE"), ("accept-language", "de"), ("cookie", "tw_market=uk")],
            (200, ""),
        ),
    ] {
        let front = shop.ask("GET", "/", &headers, b"");
        assert_eq!((front.status, front.location()), want, "{case}");
    }
}

#[test]
fn a_region_that_ends_or_is_killed_leaves_no_process_behind() {
    for killed in [false, true] {
        let mut shop = TestShop::open_region(&[], &[]);
        kept(&shop, PRODUCT);
        assert_eq!(processes_of(&shop.store(), shop.process()).len(), 1);
        if killed {
            shop.kill();
        } else {
            assert_eq!(shop.end(), Some(0));
            assert!(!shop.store().join("data/edge.json").exists());
        }
        // Whoever is killed has a keeper that ends the rest.
        wait_for("the end of every process", || processes_of(&shop.store(), shop.process()).is_empty().then_some(()));
        // Commands find no edge any more, and do not wait for one.
        super::run(&shop, &["stock", "set", super::SKU, "3", "--reason", "counted"]);
    }
}

#[test]
fn answers_are_the_same_when_they_are_streamed_and_over_https() {
    let shop = TestShop::open_region(&[], &["--stream"]);
    let (status, page) = ask(&format!("http://{}/basket", shop.host()));
    assert!(status == 200 && page.starts_with("<!doctype html>"), "{status} {page}");

    let secure = TestShop::open_region(&[], &["--https", "--stream"]);
    let _ = rustls::crypto::ring::default_provider().install_default();
    let http = reqwest::blocking::Client::builder().no_proxy().tls_danger_accept_invalid_certs(true).build().unwrap();
    let url = format!("https://localhost:{}", secure.address.port());
    let answer = http.get(format!("{url}/basket")).send().unwrap();
    let cookies: Vec<_> = answer.headers().get_all("set-cookie").iter().map(|value| value.to_str().unwrap()).collect();
    assert!(answer.status() == 200 && cookies.iter().all(|cookie| cookie.contains("Secure")), "{cookies:?}");
    assert!(cookies.iter().any(|cookie| cookie.starts_with("__Host-")), "{cookies:?}");
    assert!(answer.text().unwrap().starts_with("<!doctype html>"));
    let front = http.get(&url).send().unwrap().text().unwrap();
    assert!(front.contains(&format!("rel=\"canonical\" href=\"{url}/\"")), "addresses are those of the edge");
}

#[test]
fn two_regions_of_one_store_are_refused_in_words() {
    let shop = TestShop::open_region(&[], &[]);
    let second = shop.run(&["region", "--listen", "127.0.0.1:0"]);
    let said = String::from_utf8_lossy(&second.stderr).into_owned();
    assert!(!second.status.success() && said.contains("another region serves this store"), "{said}");
    assert_eq!(shop.get(PRODUCT).status, 200, "the first goes on");
}

#[test]
fn any_package_runs_and_what_it_lacks_is_told() {
    let folder = tempfile::tempdir().unwrap();
    // A package whose program is the real one, with a store that has no database of its own to write to.
    let script = format!("#!/bin/sh\nexec '{}'\n", env!("CARGO_BIN_EXE_tradewind"));
    let package = package_of(folder.path(), &[("bootstrap", &script)]);
    let log = folder.path().join("log");
    let region = RegionOfPackage::open(&package, &log);
    // There is no store in it: the program says so in its log, and the edge answers for it.
    let (status, _) = ask(&region.url);
    assert_eq!(status, 502);
    let said = || std::fs::read_to_string(&log).unwrap();
    wait_for("what the program said", || said().contains("cannot open /var/task/store").then_some(()));
    assert!(!said().contains("TRADEWIND_DATABASE"), "a function that is no store needs none: {}", said());

    let damaged = folder.path().join("damaged.zip");
    std::fs::write(&damaged, "no zip").unwrap();
    let refused = run_region(&damaged).output().unwrap();
    let said = String::from_utf8_lossy(&refused.stderr).into_owned();
    assert!(!refused.status.success() && said.contains("unzip"), "{said}");
}

#[test]
fn what_a_region_that_was_killed_left_is_cleared_away_by_the_next() {
    let folder = tempfile::tempdir().unwrap();
    let package = package_of(folder.path(), &[("bootstrap", "#!/bin/sh\n")]);
    let below = folder.path().join("scratch");
    std::fs::create_dir(&below).unwrap();
    let open = |log: &str| {
        let mut command = run_region(&package);
        command.env("TMPDIR", &below);
        RegionOfPackage::start(command, &folder.path().join(log))
    };
    let folders = || {
        let entries = std::fs::read_dir(&below).unwrap();
        entries.map(|entry| entry.unwrap().file_name()).collect::<std::collections::BTreeSet<_>>()
    };
    let killed = open("first");
    let left = folders();
    let beside = open("beside");
    assert!(folders().is_superset(&left) && folders().len() == 2, "a region that runs keeps its own");
    drop(killed);
    let next = open("next");
    assert!(folders().is_disjoint(&left) && folders().len() == 2, "{left:?} {:?}", folders());
    drop((beside, next));
}

#[test]
fn a_package_without_a_database_is_told_at_the_start_what_to_set() {
    let folder = tempfile::tempdir().unwrap();
    let store = folder.path().join("store");
    let made = std::process::Command::new(env!("CARGO_BIN_EXE_tradewind")).arg("new").arg(&store).output().unwrap();
    assert!(made.status.success(), "{made:?}");
    let settings = std::fs::read_to_string(store.join("tradewind.toml")).unwrap();
    let package = package_of(folder.path(), &[("bootstrap", "#!/bin/sh\n"), ("store/tradewind.toml", &settings)]);
    let log = folder.path().join("log");
    for (database, is_told) in [("", true), ("postgres://nobody@127.0.0.1:9/shop", false)] {
        let mut command = run_region(&package);
        command.env_remove("TRADEWIND_DATABASE");
        if !database.is_empty() {
            command.env("TRADEWIND_DATABASE", database);
        }
        let region = RegionOfPackage::start(command, &log);
        let said = std::fs::read_to_string(&log).unwrap();
        assert_eq!(said.contains("set TRADEWIND_DATABASE"), is_told, "{database}: {said}");
        drop(region);
    }
}

/// A package of these files, each of which may be run.
fn package_of(folder: &Path, files: &[(&str, &str)]) -> std::path::PathBuf {
    let package = folder.join("function.zip");
    let mut writer = zip::ZipWriter::new(std::fs::File::create(&package).unwrap());
    for (name, text) in files {
        let options = zip::write::SimpleFileOptions::default().unix_permissions(0o755);
        writer.start_file(*name, options).unwrap();
        std::io::Write::write_all(&mut writer, text.as_bytes()).unwrap();
    }
    writer.finish().unwrap();
    package
}

fn run_region(package: &Path) -> std::process::Command {
    let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_tradewind"));
    command.arg("region").arg(package).args(["--listen", "127.0.0.1:0"]).stdin(std::process::Stdio::null());
    command
}

/// A region of a package; gone when it is dropped.
struct RegionOfPackage {
    process: std::process::Child,
    url: String,
}

impl RegionOfPackage {
    fn open(package: &Path, log: &Path) -> Self {
        Self::start(run_region(package), log)
    }

    fn start(mut command: std::process::Command, log: &Path) -> Self {
        command.arg("--json").stdout(std::process::Stdio::piped()).stderr(std::fs::File::create(log).unwrap());
        let mut process = command.spawn().unwrap();
        let said: Value = serde_json::Deserializer::from_reader(process.stdout.take().unwrap())
            .into_iter()
            .next()
            .expect("the region says where it is")
            .unwrap();
        Self { process, url: said["url"].as_str().unwrap().to_owned() }
    }
}

impl Drop for RegionOfPackage {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}
