//! A shop that is open on a port of its own, and a shopper who sends exactly the bytes that a test wants.

#![allow(dead_code, reason = "each of the tests that share it uses a part")]

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{Shutdown, SocketAddr, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::time::{Duration, Instant};

/// The program under test.
pub const TRADEWIND: &str = env!("CARGO_BIN_EXE_tradewind");
/// How long an answer may take; anything longer is a hang.
const ANSWER_WAIT: Duration = Duration::from_secs(30);
/// How long a shop may take to open in a debug build on a busy machine.
const OPEN_WAIT: Duration = Duration::from_secs(60);
/// Largest answer that a test reads, in bytes.
const ANSWER_BYTES_MAX: u64 = 16 << 20;

/// A demo store with its server.
pub struct TestShop {
    folder: tempfile::TempDir,
    /// The command that opens it: `serve`, or `region`.
    opening: &'static str,
    environment: Vec<(String, String)>,
    server: Child,
    pub address: SocketAddr,
}

impl TestShop {
    /// A fresh demo store on SQLite, open.
    pub fn open() -> Self {
        Self::open_with(&[])
    }

    /// The same with settings from the environment.
    pub fn open_with(environment: &[(&str, &str)]) -> Self {
        Self::open_as(environment, |command| command)
    }

    /// The same, its server started by another command than the program itself.
    pub fn open_as(environment: &[(&str, &str)], wrap: impl Fn(Command) -> Command) -> Self {
        Self::open_by("serve", environment, wrap)
    }

    /// A fresh demo store as a function behind an edge.
    pub fn open_region(environment: &[(&str, &str)], arguments: &[&str]) -> Self {
        Self::open_by("region", environment, |mut command| {
            command.args(arguments);
            command
        })
    }

    fn open_by(opening: &'static str, environment: &[(&str, &str)], wrap: impl Fn(Command) -> Command) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let environment: Vec<(String, String)> =
            environment.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        let made = program(&environment).arg("new").arg(folder.path().join("store")).arg("--demo").output().unwrap();
        assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
        let (server, address) = serve(opening, folder.path(), &environment, "127.0.0.1:0", wrap);
        Self { folder, opening, environment, server, address }
    }

    /// The store's folder.
    pub fn store(&self) -> PathBuf {
        self.folder.path().join("store")
    }

    /// Everything that the server has logged.
    pub fn log(&self) -> String {
        std::fs::read_to_string(self.folder.path().join("log")).unwrap_or_default()
    }

    /// The server's process.
    pub fn process(&self) -> u32 {
        self.server.id()
    }

    /// Ends the server as a service manager does; gives its exit code.
    pub fn end(&mut self) -> Option<i32> {
        Command::new("kill").args(["-TERM", &self.server.id().to_string()]).status().unwrap();
        self.server.wait().unwrap().code()
    }

    /// Kills the server at once, as a power cut does.
    pub fn kill(&mut self) {
        self.server.kill().unwrap();
        self.server.wait().unwrap();
    }

    /// Another process that serves the same store; gone when it is dropped.
    pub fn another_process(&self) -> Another {
        let (server, address) =
            serve(self.opening, self.folder.path(), &self.environment, "127.0.0.1:0", |command| command);
        Another { server, address }
    }

    /// Kills the server at once, as a power cut does, and opens the shop again on the same port.
    pub fn kill_and_reopen(&mut self) {
        self.server.kill().unwrap();
        self.server.wait().unwrap();
        let listen = self.address.to_string();
        (self.server, self.address) =
            serve(self.opening, self.folder.path(), &self.environment, &listen, |command| command);
    }

    /// Runs a command on the store, which must succeed, and reads the JSON that it prints.
    pub fn json(&self, words: &[&str]) -> serde_json::Value {
        let out = self.run(words);
        assert!(out.status.success(), "{words:?}: {}", String::from_utf8_lossy(&out.stderr));
        serde_json::from_slice(&out.stdout).unwrap_or_default()
    }

    /// Runs a command on the store.
    pub fn run(&self, words: &[&str]) -> Output {
        program(&self.environment).current_dir(self.store()).args(words).output().unwrap()
    }

    /// Numbers of all orders.
    pub fn orders(&self) -> Vec<String> {
        let mut numbers: Vec<String> = Vec::new();
        loop {
            let mut words = vec!["orders", "list", "--json", "--limit", "100"];
            let last = numbers.last().cloned().unwrap_or_default();
            if !last.is_empty() {
                words.extend(["--before", &last]);
            }
            let listed = self.json(&words);
            let orders = listed["orders"].as_array().unwrap();
            let page: Vec<String> = orders.iter().map(|order| order["number"].as_str().unwrap().to_owned()).collect();
            if page.is_empty() {
                return numbers;
            }
            numbers.extend(page);
        }
    }

    /// Sends bytes and reads everything that comes back until the server closes.
    pub fn raw(&self, bytes: &[u8]) -> Vec<u8> {
        let mut stream = self.connect();
        // Whoever is refused early may find the door closed while they still talk.
        let _ = stream.write_all(bytes);
        let mut out = Vec::new();
        let _ = stream.take(ANSWER_BYTES_MAX).read_to_end(&mut out);
        out
    }

    /// A connection that gives up after the longest wait.
    pub fn connect(&self) -> TcpStream {
        let stream = TcpStream::connect(self.address).unwrap();
        stream.set_read_timeout(Some(ANSWER_WAIT)).unwrap();
        stream.set_write_timeout(Some(ANSWER_WAIT)).unwrap();
        stream
    }

    /// One request of these bytes, and its answer.
    pub fn answer(&self, bytes: &[u8]) -> Answer {
        Answer::read(&self.raw(bytes)).unwrap_or_else(|| panic!("no answer to {:?}", String::from_utf8_lossy(bytes)))
    }

    /// One request with headers, and its answer.
    pub fn ask(&self, method: &str, path: &str, headers: &[(&str, &str)], body: &[u8]) -> Answer {
        self.try_ask(method, path, headers, body).unwrap_or_else(|| panic!("no answer to {method} {path}"))
    }

    /// The same; nothing if the server went away.
    pub fn try_ask(&self, method: &str, path: &str, headers: &[(&str, &str)], body: &[u8]) -> Option<Answer> {
        self.try_ask_at(self.address, method, path, headers, body)
    }

    fn try_ask_at(
        &self,
        address: SocketAddr,
        method: &str,
        path: &str,
        headers: &[(&str, &str)],
        body: &[u8],
    ) -> Option<Answer> {
        let mut head = format!("{method} {path} HTTP/1.1\r\nHost: {}\r\nConnection: close\r\n", self.host());
        for (name, value) in headers {
            head.push_str(&format!("{name}: {value}\r\n"));
        }
        if !body.is_empty() || method == "POST" {
            head.push_str(&format!("Content-Length: {}\r\n", body.len()));
        }
        let bytes = [head.as_bytes(), b"\r\n", body].concat();
        let mut stream = TcpStream::connect(address).ok()?;
        stream.set_read_timeout(Some(ANSWER_WAIT)).ok()?;
        stream.write_all(&bytes).ok()?;
        let mut out = Vec::new();
        stream.take(ANSWER_BYTES_MAX).read_to_end(&mut out).ok()?;
        Answer::read(&out)
    }

    /// A page of whatever listens at an address of this machine, asked for under another name.
    pub fn ask_as(&self, address: SocketAddr, host: &str, path: &str) -> Answer {
        let head = format!("GET {path} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n");
        let mut stream = TcpStream::connect(address).unwrap();
        stream.set_read_timeout(Some(ANSWER_WAIT)).unwrap();
        stream.write_all(head.as_bytes()).unwrap();
        let mut out = Vec::new();
        stream.take(ANSWER_BYTES_MAX).read_to_end(&mut out).unwrap();
        Answer::read(&out).unwrap()
    }

    /// A page.
    pub fn get(&self, path: &str) -> Answer {
        self.ask("GET", path, &[], b"")
    }

    /// What browsers call this shop.
    pub fn host(&self) -> String {
        format!("localhost:{}", self.address.port())
    }

    /// A new visitor.
    pub fn shopper(&self) -> Shopper<'_> {
        self.shopper_at(self.address)
    }

    /// A new visitor of this process of the shop.
    pub fn shopper_at(&self, address: SocketAddr) -> Shopper<'_> {
        Shopper { shop: self, address, cookies: BTreeMap::new() }
    }
}

/// One more process of a shop.
pub struct Another {
    server: Child,
    pub address: SocketAddr,
}

impl Drop for Another {
    fn drop(&mut self) {
        let _ = self.server.kill();
        let _ = self.server.wait();
    }
}

impl Drop for TestShop {
    fn drop(&mut self) {
        let _ = self.server.kill();
        let _ = self.server.wait();
    }
}

fn program(environment: &[(String, String)]) -> Command {
    let mut command = Command::new(TRADEWIND);
    command.envs(environment.iter().map(|(name, value)| (name, value))).stdin(Stdio::null());
    command
}

fn serve(
    opening: &str,
    folder: &Path,
    environment: &[(String, String)],
    listen: &str,
    wrap: impl Fn(Command) -> Command,
) -> (Child, SocketAddr) {
    let log = std::fs::OpenOptions::new().create(true).append(true).open(folder.join("log")).unwrap();
    let mut command = program(environment);
    command.arg(opening).arg(folder.join("store")).args(["--listen", listen]);
    let mut command = wrap(command);
    let mut server = command.stdout(Stdio::piped()).stderr(log).spawn().unwrap();
    let said = BufReader::new(server.stdout.take().unwrap());
    let started = Instant::now();
    for line in said.lines().map_while(Result::ok) {
        if let Some(port) = line.rsplit_once(':').and_then(|(start, port)| start.contains("open at").then_some(port)) {
            return (server, SocketAddr::from(([127, 0, 0, 1], port.trim().parse().unwrap())));
        }
        assert!(started.elapsed() < OPEN_WAIT, "the shop does not open");
    }
    panic!("the shop did not open: {}", std::fs::read_to_string(folder.join("log")).unwrap_or_default());
}

/// What came back.
#[derive(Clone, Debug)]
pub struct Answer {
    pub status: u16,
    pub headers: Vec<(String, String)>,
    pub body: String,
}

impl Answer {
    /// Reads the first answer of a connection.
    pub fn read(bytes: &[u8]) -> Option<Self> {
        let end = bytes.windows(4).position(|four| four == b"\r\n\r\n")?;
        let head = String::from_utf8_lossy(&bytes[..end]).into_owned();
        let mut lines = head.split("\r\n");
        let status = lines.next()?.split(' ').nth(1)?.parse().ok()?;
        let pair = |line: &str| line.split_once(": ").map(|(name, value)| (name.to_owned(), value.to_owned()));
        let headers = lines.filter_map(pair).collect();
        Some(Self { status, headers, body: String::from_utf8_lossy(&bytes[end + 4..]).into_owned() })
    }

    /// A header's first value; empty if it is not there.
    pub fn header(&self, name: &str) -> &str {
        self.headers.iter().find(|(known, _)| known == name).map_or("", |(_, value)| value.as_str())
    }

    /// The stable code of a refusal.
    pub fn code(&self) -> &str {
        self.header("x-error")
    }

    /// Where a redirect leads.
    pub fn location(&self) -> &str {
        self.header("location")
    }

    /// The value of the first form field of that name.
    pub fn field(&self, name: &str) -> String {
        let tag = self.tag(&format!("name=\"{name}\""));
        let value = tag.split_once(" value=\"").unwrap_or_else(|| panic!("{tag} has no value")).1;
        value.split('"').next().unwrap_or_default().to_owned()
    }

    /// The first tag with this attribute, from `<` to `>`.
    pub fn tag(&self, attribute: &str) -> &str {
        let at = self.body.find(&format!(" {attribute}")).unwrap_or_else(|| panic!("no {attribute} in {}", self.body));
        let start = self.body[..at].rfind('<').unwrap_or_default();
        let end = self.body[at..].find('>').map_or(self.body.len(), |length| at + length);
        &self.body[start..end]
    }
}

/// A browser: keeps its cookies and says where it comes from.
#[derive(Clone)]
pub struct Shopper<'s> {
    pub shop: &'s TestShop,
    /// The process that answers.
    pub address: SocketAddr,
    pub cookies: BTreeMap<String, String>,
}

/// A form filled in.
pub fn form(fields: &[(&str, &str)]) -> Vec<u8> {
    let encode = |text: &str| text.bytes().map(|byte| format!("%{byte:02X}")).collect::<String>();
    let pairs: Vec<String> = fields.iter().map(|(name, value)| format!("{}={}", encode(name), encode(value))).collect();
    pairs.join("&").into_bytes()
}

/// The kind of a form, as browsers send it.
pub const FORM: (&str, &str) = ("Content-Type", "application/x-www-form-urlencoded");

impl Shopper<'_> {
    pub fn cookie_header(&self) -> String {
        self.cookies.iter().map(|(name, value)| format!("{name}={value}")).collect::<Vec<_>>().join("; ")
    }

    fn take_cookies(&mut self, answer: &Answer) {
        for (_, value) in answer.headers.iter().filter(|(name, _)| name == "set-cookie") {
            let (name, rest) = value.split_once('=').unwrap();
            let value = rest.split(';').next().unwrap_or_default();
            if value.is_empty() {
                self.cookies.remove(name);
            } else {
                self.cookies.insert(name.to_owned(), value.to_owned());
            }
        }
    }

    fn send(&mut self, method: &str, path: &str, body: &[u8]) -> Option<Answer> {
        let (cookies, origin) = (self.cookie_header(), format!("http://{}", self.shop.host()));
        let mut headers = vec![("Origin", origin.as_str()), FORM];
        if !cookies.is_empty() {
            headers.push(("Cookie", &cookies));
        }
        let answer = self.shop.try_ask_at(self.address, method, path, &headers, body)?;
        self.take_cookies(&answer);
        Some(answer)
    }

    pub fn get(&mut self, path: &str) -> Answer {
        self.send("GET", path, b"").unwrap_or_else(|| panic!("no answer to {path}"))
    }

    pub fn post(&mut self, path: &str, fields: &[(&str, &str)]) -> Answer {
        self.try_post(path, fields).unwrap_or_else(|| panic!("no answer to {path}"))
    }

    /// The same; nothing if the server went away.
    pub fn try_post(&mut self, path: &str, fields: &[(&str, &str)]) -> Option<Answer> {
        self.send("POST", path, &form(fields))
    }

    /// The same; nothing if the server went away.
    pub fn try_get(&mut self, path: &str) -> Option<Answer> {
        self.send("GET", path, b"")
    }

    /// Finds a product that has no options and can be bought; gives its id.
    pub fn find_product(&mut self) -> String {
        let found = self.get("/search?q=whisk");
        let slug = found.body.split("href=\"/product/").nth(1).unwrap().split(['"', '#']).next().unwrap().to_owned();
        self.get(&format!("/product/{slug}")).field("product")
    }

    /// Puts goods into the basket and goes on to the review; gives the form that presses Pay.
    pub fn to_review(&mut self, email: &str) -> PayForm {
        let product = self.find_product();
        self.try_to_review(&product, email).unwrap()
    }

    /// The same; nothing if the server went away or the goods are sold out.
    pub fn try_to_review(&mut self, product: &str, email: &str) -> Option<PayForm> {
        let added = self.try_post("/basket/lines", &[("product", product), ("quantity", "1")])?;
        if added.status != 200 {
            return None;
        }
        self.try_post("/checkout/address", &address(email))?;
        let delivery = self.try_get("/checkout/delivery")?;
        self.try_post("/checkout/delivery", &[("method", &delivery.field("method")), ("billing-same", "1")])?;
        let review = self.try_get("/checkout/review").filter(|review| review.status == 200)?;
        Some(PayForm { token: review.field("token"), amount: review.field("amount") })
    }

    pub fn press_pay(&mut self, pay: &PayForm, gateway: &str) -> Answer {
        self.try_press_pay(pay, gateway).expect("the server answers")
    }

    /// The same; nothing if the server went away.
    pub fn try_press_pay(&mut self, pay: &PayForm, gateway: &str) -> Option<Answer> {
        self.try_post("/checkout/pay", &[("token", &pay.token), ("amount", &pay.amount), ("payment", gateway)])
    }

    /// Buys on invoice; gives the path of the order's page.
    pub fn buy(&mut self, email: &str) -> String {
        let pay = self.to_review(email);
        let pressed = self.press_pay(&pay, "invoice");
        let back = self.get(pressed.location());
        back.location().split('?').next().unwrap_or_default().to_owned()
    }
}

/// What the button sends.
#[derive(Clone, Debug)]
pub struct PayForm {
    pub token: String,
    pub amount: String,
}

/// An address that is right in every field.
pub fn address(email: &str) -> [(&'static str, &str); 6] {
    [
        ("email", email),
        ("name", "Ann Ash"),
        ("line1", "1 Quay"),
        ("city", "Porthaven"),
        ("postcode", "PH1 9XX"),
        ("country", "GB"),
    ]
}

/// Tells the other side that no more comes.
pub fn end_writing(stream: &TcpStream) {
    let _ = stream.shutdown(Shutdown::Write);
}
