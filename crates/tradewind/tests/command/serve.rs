//! `serve` and `cargo run`: where it listens and where not, how it ends, and what lives through a kill.

use crate::support::{TestStore, program, text, tradewind, tradewind_with};
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::path::Path;
use std::process::{Child, Stdio};
use std::time::{Duration, Instant};

/// How long an answer, or the program's end, may take; anything longer is a hang.
const WAIT: Duration = Duration::from_secs(40);
/// Lines that the program says before it names its address.
const LINES_MAX: usize = 20;

/// A shop that is open, killed at the end of its test.
pub(crate) struct Server {
    process: Child,
    address: SocketAddr,
}

impl Server {
    pub(crate) fn open(dir: &str, variables: &[(&str, &str)]) -> Self {
        Self::start(&["serve", dir, "--listen", "127.0.0.1:0"], Path::new("."), variables)
    }

    fn start(arguments: &[&str], folder: &Path, variables: &[(&str, &str)]) -> Self {
        let mut command = program(variables);
        command.args(arguments).current_dir(folder).stdout(Stdio::piped()).stderr(Stdio::null());
        let mut process = command.spawn().unwrap();
        let said = BufReader::new(process.stdout.take().unwrap());
        let mut lines = said.lines().take(LINES_MAX).map_while(Result::ok);
        let line = lines.find(|line| line.contains("open at")).expect("the program names its address");
        let port = line.rsplit_once(':').unwrap().1.trim().parse().unwrap();
        Self { process, address: SocketAddr::from(([127, 0, 0, 1], port)) }
    }

    #[expect(clippy::disallowed_methods, reason = "signals are sent by the command of that name")]
    fn signal(&self, name: &str) {
        let mut kill = std::process::Command::new("kill");
        assert!(kill.args(["-s", name, &self.process.id().to_string()]).status().unwrap().success());
    }

    /// The exit code, once it has ended.
    fn ended(&mut self) -> Option<i32> {
        let start = Instant::now();
        while start.elapsed() < WAIT {
            if let Some(status) = self.process.try_wait().unwrap() {
                return status.code();
            }
            std::thread::yield_now();
        }
        panic!("the program does not end");
    }

    fn connect(address: SocketAddr) -> TcpStream {
        let stream = TcpStream::connect(address).unwrap();
        stream.set_read_timeout(Some(WAIT)).unwrap();
        stream
    }

    fn ask(&self, method: &str, path: &str, cookies: &str, body: &str) -> String {
        let head = head(method, path, self.address.port(), cookies, body.len());
        let mut stream = Self::connect(self.address);
        stream.write_all(format!("{head}{body}").as_bytes()).unwrap();
        read(stream)
    }

    pub(crate) fn get(&self, path: &str) -> String {
        self.ask("GET", path, "", "")
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

fn head(method: &str, path: &str, port: u16, cookies: &str, length: usize) -> String {
    let host = format!("localhost:{port}");
    format!(
        "{method} {path} HTTP/1.1\r\nHost: {host}\r\nOrigin: http://{host}\r\nCookie: {cookies}\r\nConnection: close\r\n\
         Content-Type: application/x-www-form-urlencoded\r\nContent-Length: {length}\r\n\r\n"
    )
}

fn read(mut stream: TcpStream) -> String {
    let mut bytes = Vec::new();
    stream.read_to_end(&mut bytes).unwrap();
    String::from_utf8_lossy(&bytes).into_owned()
}

fn status(answer: &str) -> &str {
    answer.split(' ').nth(1).unwrap_or_default()
}

fn header<'a>(answer: &'a str, name: &str) -> &'a str {
    let line = answer.lines().find_map(|line| line.strip_prefix(&format!("{name}: ")));
    line.unwrap_or_default()
}

fn field(answer: &str, name: &str) -> String {
    let start = format!("name=\"{name}\" value=\"");
    let rest = answer.split_once(&start).unwrap_or_else(|| panic!("no field {name} in {answer}")).1;
    rest.split('"').next().unwrap_or_default().to_owned()
}

/// A visitor with cookies.
struct Visitor<'s> {
    server: &'s Server,
    cookies: Vec<(String, String)>,
}

impl<'s> Visitor<'s> {
    fn of(server: &'s Server) -> Self {
        Self { server, cookies: Vec::new() }
    }

    fn ask(&mut self, method: &str, path: &str, body: &str) -> String {
        let cookies: Vec<String> = self.cookies.iter().map(|(name, value)| format!("{name}={value}")).collect();
        let answer = self.server.ask(method, path, &cookies.join("; "), body);
        for line in answer.lines().filter_map(|line| line.strip_prefix("set-cookie: ")) {
            let (name, rest) = line.split_once('=').unwrap();
            let value = rest.split(';').next().unwrap_or_default().to_owned();
            self.cookies.retain(|(known, _)| known != name);
            self.cookies.push((name.to_owned(), value));
        }
        answer
    }

    /// Goods, address and delivery; gives the form that presses Pay.
    fn fill_in(&mut self, product: &str) -> String {
        self.ask("POST", "/basket/lines", &format!("product={product}&quantity=1"));
        let address = "email=ann%40example.org&name=Ann+Ash&line1=1+Quay&city=Porthaven&postcode=PH1+9XX&country=GB";
        self.ask("POST", "/checkout/address", address);
        let delivery = self.ask("GET", "/checkout/delivery", "");
        let method = field(&delivery, "method");
        self.ask("POST", "/checkout/delivery", &format!("method={method}&billing-same=1"));
        let review = self.ask("GET", "/checkout/review", "");
        format!("token={}&amount={}", field(&review, "token"), field(&review, "amount").replace(' ', "+"))
    }
}

/// A product of the demo that has no options.
fn demo_product(server: &Server) -> String {
    let found = server.get("/search?q=whisk");
    let slug = found.split("href=\"/product/").nth(1).unwrap().split(['"', '#']).next().unwrap().to_owned();
    field(&server.get(&format!("/product/{slug}")), "product")
}

fn demo() -> (tempfile::TempDir, String) {
    let folder = tempfile::tempdir().unwrap();
    let dir = text(&folder.path().join("demo"));
    tradewind(&["new", &dir, "--demo"]).done();
    (folder, dir)
}

#[test]
fn what_other_machines_reach_must_be_a_shop() {
    let store = TestStore::with_goods();
    let dir = store.dir();
    let open = ["serve", dir.as_str(), "--listen", "0.0.0.0:0"];
    let run = tradewind(&open).failed(1);
    assert!(run.err.contains("base_url"), "{run:?}");
    let base = ("TRADEWIND_BASE_URL", "https://shop.example");
    std::fs::rename(store.path("shop.keys.toml"), store.path("elsewhere")).unwrap();
    let run = tradewind_with(&open, &[base]).failed(1);
    assert!(run.err.contains("keys"), "{run:?}");
    std::fs::rename(store.path("elsewhere"), store.path("shop.keys.toml")).unwrap();
    let run = tradewind_with(&open, &[base, ("TRADEWIND_GATEWAYS", "[\"demo\"]")]).failed(1);
    assert!(run.err.contains("demo"), "{run:?}");
    // A store that is marked as a demo has a payment site, which only this machine reaches.
    let run =
        tradewind_with(&open, &[base, ("TRADEWIND_GATEWAYS", "[\"demo\"]"), ("TRADEWIND_DEMO", "true")]).failed(1);
    assert!(run.err.contains("demo_payment_url"), "{run:?}");
    let run = tradewind(&["serve", &dir, "--listen", "192.0.2.1:80"]).failed(1);
    assert!(run.err.contains("--listen"), "{run:?}");
}

#[test]
fn a_port_that_is_taken_is_passed_over_whichever_localhost_it_is() {
    let store = TestStore::with_goods();
    // Somebody has it, this test or another program.
    let _taken = TcpListener::bind("[::1]:8000").or_else(|_| TcpListener::bind("127.0.0.1:8000"));
    let mut command = program(&[]);
    command.args(["serve", &store.dir(), "--json"]).stdout(Stdio::piped()).stderr(Stdio::null());
    let mut server = Server { process: command.spawn().unwrap(), address: SocketAddr::from(([127, 0, 0, 1], 0)) };
    let said = BufReader::new(server.process.stdout.take().unwrap());
    let mut json = String::new();
    for line in said.lines().take(LINES_MAX).map_while(Result::ok) {
        json.push_str(&line);
        if line == "}" {
            break;
        }
    }
    let opened: serde_json::Value = serde_json::from_str(&json).unwrap();
    assert_eq!(opened["port_was_taken"], true, "{opened}");
    let port = opened["url"].as_str().unwrap().rsplit_once(':').unwrap().1.parse().unwrap();
    assert_ne!(port, 8_000);
    server.address.set_port(port);
    assert_eq!(status(&server.get("/product/mug")), "200");
}

#[test]
fn asked_to_end_it_finishes_what_runs_and_takes_nothing_new() {
    let store = TestStore::with_goods();
    let mut server = Server::open(&store.dir(), &[]);
    let body = format!("product={}&quantity=1", field(&server.get("/product/mug"), "product"));
    let (first, rest) = body.split_at(8);
    let mut running = Server::connect(server.address);
    let head = head("POST", "/basket/lines", server.address.port(), "", body.len());
    running.write_all(format!("{head}{first}").as_bytes()).unwrap();
    // An answer on another connection: the first one has been accepted before.
    assert_eq!(status(&server.get("/product/mug")), "200");
    server.signal("INT");
    let start = Instant::now();
    while TcpStream::connect(server.address).is_ok() {
        assert!(start.elapsed() < WAIT, "it goes on taking connections");
        std::thread::yield_now();
    }
    running.write_all(rest.as_bytes()).unwrap();
    let answer = read(running);
    assert_eq!(status(&answer), "200", "{answer}");
    assert_eq!(server.ended(), Some(0));
}

#[test]
fn a_mail_server_that_says_nothing_keeps_no_program_from_ending() {
    let silent = TcpListener::bind("127.0.0.1:0").unwrap();
    let mail_to = format!("smtp://127.0.0.1:{}", silent.local_addr().unwrap().port());
    let (_folder, dir) = demo();
    let mut server = Server::open(&dir, &[("TRADEWIND_MAIL_TO", &mail_to)]);
    let mut ann = Visitor::of(&server);
    let pay = ann.fill_in(&demo_product(&server));
    let pressed = ann.ask("POST", "/checkout/pay", &format!("{pay}&payment=invoice"));
    let back = ann.ask("GET", header(&pressed, "location"), "");
    assert!(header(&back, "location").starts_with("/order/"), "{back}");
    // The letter is being sent, for as long as a mail server may take.
    let (_line, _) = silent.accept().unwrap();
    let asked = Instant::now();
    server.signal("INT");
    assert_eq!(server.ended(), Some(0));
    assert!(asked.elapsed() < Duration::from_secs(20), "{:?}", asked.elapsed());
}

#[test]
fn who_stands_on_the_payment_page_pays_there_after_a_kill_and_commands_give_it_back() {
    let (_folder, dir) = demo();
    let mut server = Server::open(&dir, &[]);
    let listen = server.address.to_string();
    let mut ann = Visitor::of(&server);
    let pay = ann.fill_in(&demo_product(&server));
    let pressed = ann.ask("POST", "/checkout/pay", &format!("{pay}&payment=demo"));
    let page = header(&pressed, "location").to_owned();
    let cookies = ann.cookies;
    server.signal("KILL");
    server.ended();

    let server = Server::start(&["serve", &dir, "--listen", &listen], Path::new("."), &[]);
    let (port, path) = page.strip_prefix("http://localhost:").unwrap().split_once('/').unwrap();
    let mut site = Server::connect(SocketAddr::from(([127, 0, 0, 1], port.parse().unwrap())));
    let body = "choice=approve";
    let head = head("POST", &format!("/{path}"), port.parse().unwrap(), "", body.len());
    site.write_all(format!("{head}{body}").as_bytes()).unwrap();
    let decided = read(site);
    let back = header(&decided, "location").to_owned();
    assert!(back.contains("/pay/return/"), "{decided}");
    let mut ann = Visitor { server: &server, cookies };
    let returned = ann.ask("GET", &back[back.find("/pay/").unwrap()..], "");
    assert!(header(&returned, "location").starts_with("/order/"), "{returned}");

    let orders = tradewind(&["orders", "list", &dir, "--json"]).done().json();
    let number = orders["orders"][0]["number"].as_str().unwrap().to_owned();
    // Whether the server has taken the money already or the command does is all the same.
    let start = Instant::now();
    while tradewind(&["orders", "show", &number, &dir, "--json"]).done().json()["payment"] != "paid" {
        assert!(start.elapsed() < WAIT, "the money is taken");
    }
    let refunded = tradewind(&["orders", "refund", &number, &dir, "--yes", "--json"]).done().json();
    assert_eq!(refunded["payment"], "refunded");
    tradewind(&["doctor", &dir]).done();
}

#[test]
fn a_running_shop_takes_up_a_key_that_is_put_in_front() {
    let store = TestStore::with_goods();
    let server = Server::open(&store.dir(), &[]);
    let mut visitor = Visitor::of(&server);
    let product = field(&server.get("/product/mug"), "product");
    let pay = visitor.fill_in(&product);
    tradewind(&["keys", "rotate", &store.dir(), "--yes"]).done();
    // Signed with the new key: the running shop must believe it.
    store
        .apply("sku,slug,structure,class,title_en,price_GBP,on_hand\nJUG-1,jug,standalone,goods,Jug,12.00,3\n", &[])
        .done();
    let start = Instant::now();
    while status(&server.get("/product/jug")) != "200" {
        assert!(start.elapsed() < WAIT, "the shop never saw what was signed with the new key");
        std::thread::yield_now();
    }
    // Sealed with the old key before: still readable.
    assert_eq!(status(&visitor.ask("POST", "/checkout/pay", &format!("{pay}&payment=invoice"))), "303");
}

#[test]
fn without_its_database_a_shop_opens_to_be_looked_at() {
    let store = TestStore::with_goods();
    let file = store.path("shop/data/store.db");
    for name in ["store.db-wal", "store.db-shm"] {
        let _ = std::fs::remove_file(store.path("shop/data").join(name));
    }
    std::fs::rename(&file, store.path("store.db")).unwrap();
    let away = [("TRADEWIND_DATABASE", "postgres://nobody@127.0.0.1:1/shop")];
    for (case, variables) in [("a file that is gone", &[][..]), ("a server that is gone", &away)] {
        let server = Server::open(&store.dir(), variables);
        for path in ["/", "/product/mug", "/category/mugs", "/search?q=tee"] {
            assert_eq!(status(&server.get(path)), "200", "{case}: {path}");
        }
        let mut ann = Visitor::of(&server);
        let pay = ann.fill_in(&field(&server.get("/product/mug"), "product"));
        let pressed = ann.ask("POST", "/checkout/pay", &format!("{pay}&payment=invoice"));
        assert_eq!((status(&pressed), header(&pressed, "x-error")), ("503", "unavailable"), "{case}: {pressed}");
        assert!(!file.exists(), "{case}: no empty database takes its place");
        if variables.is_empty() {
            std::fs::rename(store.path("store.db"), &file).unwrap();
            let pressed = ann.ask("POST", "/checkout/pay", &format!("{pay}&payment=invoice"));
            assert!(header(&pressed, "location").starts_with("/pay/return/"), "back again: {pressed}");
            std::fs::rename(&file, store.path("store.db")).unwrap();
        }
    }
}

#[test]
fn letters_and_pages_that_cannot_be_used_are_told_at_the_start_and_by_the_doctor() {
    for (file, check) in [("theme/mail/sent.txt", "letters"), ("theme/templates/product.html", "theme")] {
        let store = TestStore::with_goods();
        let file = store.path("shop").join(file);
        std::fs::create_dir_all(file.parent().unwrap()).unwrap();
        std::fs::write(&file, "{% if %}").unwrap();
        tradewind(&["serve", &store.dir(), "--listen", "127.0.0.1:0"]).failed(1);
        let run = tradewind(&["doctor", &store.dir(), "--json"]);
        let findings = run.json()["findings"].clone();
        assert!(findings.as_array().unwrap().iter().any(|finding| finding["check"] == check), "{check}: {run:?}");
        assert_eq!(run.code, 1);
    }
}

#[test]
fn started_by_cargo_it_makes_a_demo_once_and_goes_on_with_one_that_was_broken_off() {
    let folder = tempfile::tempdir().unwrap();
    let by_cargo = [("CARGO", "cargo")];
    let count = || {
        let inventory = tradewind(&["inventory", &text(&folder.path().join("demo-store")), "--json"]).done().json();
        (inventory["rows"]["catalogue_product"].as_i64().unwrap(), inventory["snapshot"]["products"].as_i64().unwrap())
    };
    // Killed when the folder was made and nothing was in it.
    let demo = folder.path().join("demo-store");
    shop::folder::create(&demo, shop::folder::NewStore::Demo, &[], &shop::Chance::system()).unwrap();
    let server = Server::start(&[], folder.path(), &by_cargo);
    assert_eq!(status(&server.get("/search?q=whisk")), "200");
    drop(server);
    let filled = count();
    assert!(filled.1 > 100, "{filled:?}");
    let mut again = Server::start(&[], folder.path(), &by_cargo);
    assert!(again.get("/search?q=whisk").contains("/product/"));
    again.signal("INT");
    assert_eq!(again.ended(), Some(0));
    assert_eq!(count(), filled, "nothing comes twice");
    // In a store's own folder, that store.
    let own = Server::start(&[], &demo, &by_cargo);
    assert!(own.get("/search?q=whisk").contains("/product/"));
    assert!(!demo.join("demo-store").exists());
}
