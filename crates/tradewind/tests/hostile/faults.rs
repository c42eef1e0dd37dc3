//! What breaks beside the program: browsing goes on, the checkout says plainly that it cannot, and both mend
//! themselves.

use super::world::{Answer, PayForm, Shopper, TestShop};
use sqlx::{AssertSqlSafe, Connection};
use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::process::Command;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};

/// Pages that need no database.
const BROWSED: [&str; 7] =
    ["/", "/search?q=tea", "/category/teapots", "/product/tea-measure", "/about", "/basket", "/checkout"];

fn assert_browsing_goes_on(shopper: &mut Shopper, case: &str) {
    for path in BROWSED {
        let page = shopper.get(path);
        assert_eq!(page.status, 200, "{case}: {path}");
    }
    let product = shopper.find_product();
    let added = shopper.clone().post("/basket/lines", &[("product", &product)]);
    assert_eq!(added.status, 200, "{case}: adding to a basket");
}

fn assert_told_to_come_back(answer: &Answer, case: &str) {
    assert_eq!((answer.status, answer.code()), (503, "unavailable"), "{case}: {}", answer.body);
    assert!(!answer.header("retry-after").is_empty(), "{case}");
    assert!(answer.body.contains("basket is kept"), "{case}");
}

fn assert_paying_works(shopper: &mut Shopper, pay: &PayForm, case: &str) {
    assert_paid(shopper, pay, case);
    assert_eq!(shopper.shop.orders().len(), 1, "{case}");
}

fn assert_paid(shopper: &mut Shopper, pay: &PayForm, case: &str) {
    let pressed = shopper.press_pay(pay, "invoice");
    assert_eq!(
        pressed.location(),
        format!("/pay/return/{}", pay.token),
        "{case}: {} {}",
        pressed.status,
        pressed.code()
    );
    let back = shopper.get(&pressed.location().to_owned());
    assert!(back.location().starts_with("/order/"), "{case}");
    assert_eq!(shopper.get(&back.location().to_owned()).status, 200, "{case}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_locked_database_stops_the_checkout_alone() {
    let shop = TestShop::open();
    let mut ann = shop.shopper();
    let pay = ann.to_review("ann@example.org");
    let address = format!("sqlite://{}", shop.store().join("data/store.db").display());
    let mut other = sqlx::SqliteConnection::connect(&address).await.unwrap();
    sqlx::raw_sql("BEGIN IMMEDIATE").execute(&mut other).await.unwrap();
    assert_browsing_goes_on(&mut ann, "locked");
    assert_told_to_come_back(&ann.press_pay(&pay, "invoice"), "locked");
    sqlx::raw_sql("ROLLBACK").execute(&mut other).await.unwrap();
    assert_paying_works(&mut ann, &pay, "unlocked");
}

#[test]
fn a_full_disk_stops_the_checkout_alone() {
    // A file that may not grow stands for a disk that is full; the signal that comes with it is passed over.
    let shop = TestShop::open_as(&[], |command| {
        let mut shell = Command::new("sh");
        shell.args(["-c", "trap '' XFSZ; exec \"$@\"", "sh"]).arg(command.get_program()).args(command.get_args());
        shell
    });
    let room = |limit: &str| {
        let process = shop.process().to_string();
        let done = Command::new("prlimit").args(["--pid", &process, &format!("--fsize={limit}:unlimited")]).status();
        assert!(done.unwrap().success());
    };
    let mut ann = shop.shopper();
    let pay = ann.to_review("ann@example.org");
    room("1");
    assert_browsing_goes_on(&mut ann, "full");
    assert_told_to_come_back(&ann.press_pay(&pay, "invoice"), "full");
    room("unlimited");
    assert_paying_works(&mut ann, &pay, "with room again");
    let healthy = shop.run(&["doctor"]);
    assert!(healthy.status.success(), "{}", String::from_utf8_lossy(&healthy.stdout));
}

#[test]
fn without_its_snapshot_the_shop_shows_the_last_one_and_keeps_it_from_the_edge() {
    let shop = TestShop::open();
    let mut ann = shop.shopper();
    let pay = ann.to_review("ann@example.org");
    let hide = |from: &str, to: &str| std::fs::rename(shop.store().join(from), shop.store().join(to)).unwrap();
    hide("data/snapshot", "data/away");
    // Nothing can be read there, and nothing written anew.
    std::fs::write(shop.store().join("data/snapshot"), "").unwrap();
    let _ = std::fs::remove_dir_all(shop.store().join("media"));
    let page = |path: &str| {
        (0..2_000).map(|_| shop.get(path)).find(|page| page.header("cache-control").starts_with("private"))
    };
    assert!(page("/search?q=kettle").is_some(), "no page is kept that nobody could compare");
    assert_browsing_goes_on(&mut ann, "no snapshot");
    assert_eq!(shop.get("/media/x.webp").status, 404);
    assert_paid(&mut ann, &pay, "no snapshot");
    std::fs::remove_file(shop.store().join("data/snapshot")).unwrap();
    hide("data/away", "data/snapshot");
    let public = (0..1_000).map(|_| shop.get("/about")).any(|page| page.header("cache-control").starts_with("public"));
    assert!(public, "it looks again by itself");
    assert_eq!(shop.orders().len(), 1);
}

#[test]
fn a_payment_site_that_is_gone_keeps_the_form_and_the_other_ways() {
    let shop = TestShop::open_with(&[("TRADEWIND_DEMO_PAYMENT_URL", "http://127.0.0.1:1")]);
    let mut ann = shop.shopper();
    let pay = ann.to_review("ann@example.org");
    let answer = ann.press_pay(&pay, "demo");
    assert_eq!((answer.status, answer.code()), (503, "gateway"));
    assert!(answer.body.contains("Nothing was charged") && !answer.field("token").is_empty());
    let back = ann.get(&format!("/pay/return/{}", pay.token));
    assert_eq!(back.status, 200, "and coming back says that it is waited for");
    assert_browsing_goes_on(&mut ann, "no payment site");
    let other = PayForm { token: ann.get("/checkout/review").field("token"), amount: pay.amount };
    // Nobody was sent to a page that could still be paid.
    let pressed = ann.press_pay(&other, "invoice");
    assert_eq!(pressed.status, 303, "another way to pay works: {}", pressed.code());
    assert!(ann.get(&pressed.location().to_owned()).location().starts_with("/order/"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_postgres_that_is_gone_stops_the_checkout_alone() {
    let Some(database) = Database::new().await else { return };
    let line = Line::to(&database.url);
    let url = line.address_of(&database.url);
    let shop = TestShop::open_with(&[("TRADEWIND_DATABASE", &url)]);
    let mut ann = shop.shopper();
    let pay = ann.to_review("ann@example.org");
    line.cut();
    assert_browsing_goes_on(&mut ann, "cut");
    assert_told_to_come_back(&ann.press_pay(&pay, "invoice"), "cut");
    line.mend();
    assert_paying_works(&mut ann, &pay, "mended");
    // Every connection is ended by the server, as a restart does.
    let kill = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()";
    let mut other = sqlx::PgConnection::connect(&database.url).await.unwrap();
    sqlx::raw_sql(kill).execute(&mut other).await.unwrap();
    let mut bob = shop.shopper();
    let order = bob.buy("bob@example.org");
    assert!(order.starts_with("/order/"), "{order}");
}

/// A database of its own on the server that `TEST_POSTGRES_URL` names, with the schema in it.
pub struct Database {
    pub url: String,
    server: String,
}

impl Database {
    pub async fn new() -> Option<Self> {
        let Ok(server) = std::env::var("TEST_POSTGRES_URL") else {
            assert_eq!(
                std::env::var("TRADEWIND_TEST_WITHOUT_POSTGRES").as_deref(),
                Ok("1"),
                "TEST_POSTGRES_URL names no server"
            );
            return None;
        };
        let name = format!("hostile_{}_{}", std::process::id(), std::time::UNIX_EPOCH.elapsed().unwrap().as_nanos());
        let mut connection = sqlx::PgConnection::connect(&server).await.unwrap();
        sqlx::raw_sql(AssertSqlSafe(format!("CREATE DATABASE {name}"))).execute(&mut connection).await.unwrap();
        let url = format!("{}/{name}", server.rsplit_once('/').unwrap().0);
        let folder = tempfile::tempdir().unwrap();
        for (words, database) in [(["new"], None), (["migrate"], Some(&url))] {
            let mut command = Command::new(super::world::TRADEWIND);
            command.args(words).arg(folder.path().join("store"));
            command.envs(database.map(|url| ("TRADEWIND_DATABASE", url)));
            let done = command.output().unwrap();
            assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
        }
        Some(Self { url, server })
    }
}

impl Drop for Database {
    fn drop(&mut self) {
        let (server, name) = (self.server.clone(), self.url.rsplit('/').next().unwrap_or_default().to_owned());
        // A test that failed may drop this on its own runtime.
        let _ = std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
            runtime.block_on(async {
                let mut connection = sqlx::PgConnection::connect(&server).await.unwrap();
                let drop = AssertSqlSafe(format!("DROP DATABASE IF EXISTS {name} WITH (FORCE)"));
                let _ = sqlx::raw_sql(drop).execute(&mut connection).await;
            });
        })
        .join();
    }
}

/// A line to the database that can be cut.
struct Line {
    address: SocketAddr,
    is_cut: Arc<AtomicBool>,
    open: Arc<Mutex<Vec<TcpStream>>>,
}

impl Line {
    fn to(url: &str) -> Self {
        let authority = url.split("://").nth(1).unwrap().split('/').next().unwrap();
        let server = authority.rsplit('@').next().unwrap().to_owned();
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let line = Self { address, is_cut: Arc::default(), open: Arc::default() };
        let (is_cut, open) = (line.is_cut.clone(), line.open.clone());
        std::thread::spawn(move || {
            for near in listener.incoming().map_while(Result::ok) {
                let Ok(far) = TcpStream::connect(&server) else { continue };
                if is_cut.load(Ordering::SeqCst) {
                    continue;
                }
                open.lock().unwrap().extend([near.try_clone().unwrap(), far.try_clone().unwrap()]);
                for (mut from, mut to) in [(near.try_clone().unwrap(), far.try_clone().unwrap()), (far, near)] {
                    std::thread::spawn(move || {
                        let mut buffer = [0; 16_384];
                        while let Ok(count @ 1..) = from.read(&mut buffer) {
                            if to.write_all(&buffer[..count]).is_err() {
                                break;
                            }
                        }
                        let _ = to.shutdown(std::net::Shutdown::Both);
                    });
                }
            }
        });
        line
    }

    fn address_of(&self, url: &str) -> String {
        let (start, rest) = url.split_once("://").unwrap();
        let (authority, name) = rest.split_once('/').unwrap();
        let user = authority.rsplit_once('@').map_or("", |(user, _)| user);
        format!("{start}://{user}@{}/{name}", self.address)
    }

    fn cut(&self) {
        self.is_cut.store(true, Ordering::SeqCst);
        for stream in self.open.lock().unwrap().drain(..) {
            let _ = stream.shutdown(std::net::Shutdown::Both);
        }
    }

    fn mend(&self) {
        self.is_cut.store(false, Ordering::SeqCst);
    }
}
