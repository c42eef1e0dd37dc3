//! Files that are sold, through the edge and the function: whole answers, streamed ones, and those of a bucket.

use super::run;
use super::world::{Answer, Shopper, TRADEWIND, TestShop, address};
use std::path::PathBuf;
use std::process::Command;

const GUIDE: &str = "/product/guide-cold-and-iced";
/// More than a function gives as a whole, and less than the edge's tests read.
const LARGE_BYTES: usize = 7 << 20;

/// A text whose bytes tell where they stand.
fn content(bytes: usize) -> String {
    (0..bytes).map(|place| char::from(b"abcdefghijklmnopqrstuvwxyz0123456789\n"[place % 37])).collect()
}

fn file(shop: &TestShop, name: &str, bytes: usize) -> String {
    let path: PathBuf = shop.store().join("data").join(name);
    std::fs::write(&path, content(bytes)).unwrap();
    path.to_str().unwrap().to_owned()
}

/// The SKU of the guide, and the files that it has.
fn guide(shop: &TestShop) -> (String, Vec<String>) {
    let listed = shop.json(&["downloads", "list", "--json"]);
    let of_guide = |file: &&serde_json::Value| file["name"] == "guide-cold-and-iced.pdf";
    let found = listed["files"].as_array().unwrap().iter().find(of_guide).unwrap();
    (found["skus"][0].as_str().unwrap().to_owned(), vec![found["id"].as_str().unwrap().to_owned()])
}

/// Buys the guide by a bill that is paid; gives the path of the order's page.
fn buy(shop: &TestShop, ann: &mut Shopper<'_>) -> String {
    let product = ann.get(GUIDE).field("product");
    assert_eq!(ann.post("/basket/lines", &[("product", &product), ("quantity", "1")]).status, 200);
    ann.post("/checkout/address", &address("ann@example.org"));
    ann.post("/checkout/delivery", &[]);
    let review = ann.get("/checkout/review");
    let pay = [("token", review.field("token")), ("amount", review.field("amount"))];
    let fields = [("token", pay[0].1.as_str()), ("amount", pay[1].1.as_str()), ("payment", "invoice")];
    let pressed = ann.post("/checkout/pay", &fields);
    let back = ann.get(pressed.location());
    let page = back.location().split('?').next().unwrap().to_owned();
    run(shop, &["orders", "capture", &shop.orders()[0], "--yes"]);
    page
}

/// Paths of the pages of an order's files.
fn links(page: &Answer) -> Vec<String> {
    let parts = page.body.split("href=\"/download/").skip(1);
    parts.map(|rest| format!("/download/{}", rest.split('"').next().unwrap())).collect()
}

/// What an answer says, without the frames of a stream (RFC 9112, 7.1).
fn body(answer: &Answer) -> String {
    if answer.header("transfer-encoding") != "chunked" {
        return answer.body.clone();
    }
    let (mut whole, mut rest) = (String::new(), answer.body.as_str());
    while let Some((length, after)) = rest.split_once("\r\n") {
        let length = usize::from_str_radix(length, 16).unwrap();
        whole.push_str(&after[..length]);
        rest = after.get(length + 2..).unwrap_or_default();
    }
    whole
}

/// Presses the button of a file's page.
fn press(ann: &mut Shopper<'_>, link: &str) -> Answer {
    let press = ann.get(link).field("press");
    ann.post(link, &[("press", &press)])
}

fn begun(ann: &mut Shopper<'_>, link: &str) -> String {
    let pressed = press(ann, link);
    assert_eq!(pressed.status, 303, "{}", pressed.code());
    pressed.location().strip_suffix("/started").unwrap().to_owned()
}

#[test]
fn a_function_of_whole_answers_gives_small_files_and_refuses_large_ones_uncounted() {
    let shop = TestShop::open_region(&[], &[]);
    let (sku, _) = guide(&shop);
    run(&shop, &["downloads", "add", &sku, &file(&shop, "large.txt", LARGE_BYTES)]);
    let mut ann = shop.shopper();
    let page = buy(&shop, &mut ann);
    let order = ann.get(&page);
    assert!(order.body.contains("5 of 5 downloads left"), "{}", order.body);
    let [small, large] = links(&order).try_into().unwrap();
    let path = begun(&mut ann, &small);
    for _ in 0..2 {
        let answer = ann.get(&path);
        assert_eq!((answer.status, answer.header("content-type")), (200, "application/pdf"));
        assert!(answer.body.starts_with("%PDF-1.4") && answer.body.ends_with("%%EOF\n"));
        assert_eq!(answer.header("cache-control"), "private, no-store");
        assert!(!answer.header("cache-status").contains("hit"), "{}", answer.header("cache-status"));
    }
    let refused = press(&mut ann, &large);
    assert_eq!((refused.status, refused.code()), (503, "download_too_large"));
    let order = ann.get(&page).body;
    assert!(order.contains("4 of 5 downloads left") && order.contains("5 of 5 downloads left"), "{order}");
    // What the edge would have kept is given no more.
    run(&shop, &["orders", "refund", &shop.orders()[0], "--yes"]);
    assert_eq!(ann.get(&path).code(), "download_closed");
    let log = shop.log();
    assert!(!log.contains(&small[10..]) && !log.contains(&path[10..]), "no link stands in the log");
}

#[test]
fn a_function_that_streams_gives_large_files_whole_and_in_parts() {
    let shop = TestShop::open_region(&[], &["--stream"]);
    let (sku, _) = guide(&shop);
    run(&shop, &["downloads", "add", &sku, &file(&shop, "large.txt", LARGE_BYTES)]);
    let mut ann = shop.shopper();
    let page = buy(&shop, &mut ann);
    let link = links(&ann.get(&page)).pop().unwrap();
    let path = begun(&mut ann, &link);
    let whole = ann.get(&path);
    assert!(whole.status == 200 && body(&whole) == content(LARGE_BYTES), "{} bytes", whole.body.len());
    let part = shop.ask("GET", &path, &[("range", "bytes=1000000-1000036")], b"");
    assert_eq!((part.status, body(&part).as_str()), (206, &content(LARGE_BYTES)[1_000_000..1_000_037]));
}

#[test]
fn a_file_of_a_bucket_is_read_there_by_an_address_of_its_own() {
    let shop = TestShop::open_region(&[], &[]);
    let (sku, _) = guide(&shop);
    // They lie in the folder, and the store is about to look into a bucket.
    for file in shop.json(&["downloads", "list", "--json"])["files"].as_array().unwrap() {
        run(&shop, &["downloads", "remove", file["id"].as_str().unwrap(), "--from-buyers", "--yes"]);
    }
    // Nothing runs before somebody comes, so the function starts with this.
    let settings = shop.store().join("tradewind.toml");
    let text = std::fs::read_to_string(&settings).unwrap();
    std::fs::write(&settings, format!("downloads = \"s3://goods/files\"\n{text}")).unwrap();
    std::fs::create_dir_all(shop.store().join("data/region/buckets/goods")).unwrap();
    let objects = super::life::said_of(&shop, "aws s3 ls --endpoint-url ", '`');
    let credentials = std::fs::read_to_string(shop.store().join("data/region/credentials")).unwrap();
    let of = |name: &str| {
        let line = credentials.lines().find(|line| line.trim_start().starts_with(name)).unwrap();
        line.split_once('=').unwrap().1.trim().to_owned()
    };
    let operator = |words: &[&str]| {
        let ran = Command::new(TRADEWIND)
            .current_dir(shop.store())
            .env("AWS_ACCESS_KEY_ID", of("aws_access_key_id"))
            .env("AWS_SECRET_ACCESS_KEY", of("aws_secret_access_key"))
            .env("AWS_ENDPOINT_URL_S3", &objects)
            .env("AWS_REGION", "eu-central-1")
            .args(words)
            .output()
            .unwrap();
        let (out, err) = (String::from_utf8(ran.stdout).unwrap(), String::from_utf8_lossy(&ran.stderr));
        assert!(ran.status.success(), "{words:?}: {err}{out}");
        out
    };
    let large = 2 * LARGE_BYTES;
    operator(&["downloads", "add", &sku, &file(&shop, "Große Datei.txt", large)]);
    let mut ann = shop.shopper();
    let page = buy(&shop, &mut ann);
    let link = links(&ann.get(&page)).remove(0);
    let path = begun(&mut ann, &link);
    let sent_on = ann.get(&path);
    assert_eq!((sent_on.status, sent_on.header("cache-control")), (302, "private, no-store"));
    let target = sent_on.location().to_owned();
    let (host, object) = target.strip_prefix("http://").unwrap().split_once('/').unwrap();
    assert!(object.starts_with("goods/files/") && object.contains("X-Amz-Signature="), "{target}");
    let given = shop.ask_as(host.parse().unwrap(), host, &format!("/{object}"));
    assert!(given.status == 200 && given.body == content(large), "{} {} bytes", given.status, given.body.len());
    let disposition = given.header("content-disposition");
    assert!(disposition.starts_with("attachment; ") && disposition.contains("Gro%C3%9Fe%20Datei.txt"), "{disposition}");
    assert_eq!(given.header("content-type"), "text/plain; charset=utf-8");
    let bare = shop.ask_as(host.parse().unwrap(), host, &format!("/{}", object.split('?').next().unwrap()));
    assert_eq!(bare.status, 403, "nobody else reads it");
    assert_eq!(shop.ask("HEAD", &path, &[], b"").status, 200, "nobody is sent on who only looks");
    assert!(ann.get(&page).body.contains("4 of 5 downloads left"));
    assert!(operator(&["doctor", "--json"]).contains("\"downloads\""));
    for entry in std::fs::read_dir(shop.store().join("data/region/buckets/goods/files")).unwrap() {
        std::fs::remove_file(entry.unwrap().path()).unwrap();
    }
    assert_eq!(ann.get(&path).code(), "download_missing");
}
