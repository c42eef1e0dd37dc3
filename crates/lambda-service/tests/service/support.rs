//! A service with a folder of its own, and a small client.

use std::collections::BTreeMap;
use std::io::{Cursor, Write as _};
use std::net::SocketAddr;
use std::path::Path;
use std::sync::{Arc, Mutex};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use http_body_util::{BodyExt as _, Full};
use hyper_util::rt::TokioIo;
use lambda_service::{
    Clock, EnvironmentEvent, FunctionName, InvocationRecord, LambdaService, Observer, Options, Running, Turn,
};
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::net::{TcpListener, TcpStream};
use zip::ZipWriter;
use zip::write::SimpleFileOptions;

pub(crate) const LAUNCHER: &str = env!("CARGO_BIN_EXE_lambda-launcher");
const BOOTSTRAP: &str = env!("CARGO_BIN_EXE_lambda-test-bootstrap");
pub(crate) const ROLE: &str = "arn:aws:iam::123456789012:role/test";
/// Where held clocks begin: 2026-11-29 17:00 UTC.
const BEGIN_MS: u64 = 1_795_971_600_000;

/// A function that has not come to its gate by then will not.
const WAIT_MAX: std::time::Duration = std::time::Duration::from_secs(60);

/// Remembers everything.
#[derive(Debug, Default)]
pub(crate) struct Notes {
    pub(crate) invocations: Mutex<Vec<InvocationRecord>>,
    pub(crate) events: Mutex<Vec<EnvironmentEvent>>,
}

impl Observer for Notes {
    fn invocation(&self, record: &InvocationRecord) {
        self.invocations.lock().unwrap().push(record.clone());
    }

    fn environment(&self, event: &EnvironmentEvent) {
        self.events.lock().unwrap().push(event.clone());
    }
}

/// A service of its own.
pub(crate) struct TestLambda {
    pub(crate) running: Running,
    pub(crate) clock: Clock,
    pub(crate) notes: Arc<Notes>,
    pub(crate) folder: Folder,
}

/// A folder that goes with the test, packages and all.
pub(crate) struct Folder(TempDir);

impl Folder {
    pub(crate) fn path(&self) -> &Path {
        self.0.path()
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        unlock(self.path());
    }
}

/// What came back.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) headers: BTreeMap<String, String>,
    pub(crate) body: Vec<u8>,
}

impl Answer {
    pub(crate) fn json(&self) -> Value {
        let shown = String::from_utf8_lossy(&self.body);
        serde_json::from_slice(&self.body).unwrap_or_else(|error| panic!("{error}: {} {shown}", self.status))
    }

    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).map(String::as_str)
    }

    pub(crate) fn error_type(&self) -> Option<&str> {
        self.header("x-amzn-errortype")
    }

    /// The function's answer, which must be one.
    pub(crate) fn said(&self) -> Value {
        assert_eq!(self.status, 200, "{}", String::from_utf8_lossy(&self.body));
        assert_eq!(self.header("x-amz-function-error"), None, "{}", String::from_utf8_lossy(&self.body));
        self.json()
    }

    /// The type of the function's error, which must be one.
    pub(crate) fn failed(&self) -> String {
        assert_eq!(self.status, 200, "{}", String::from_utf8_lossy(&self.body));
        assert_eq!(self.header("x-amz-function-error"), Some("Unhandled"), "{}", String::from_utf8_lossy(&self.body));
        self.json()["errorType"].as_str().unwrap_or_default().to_owned()
    }

    pub(crate) fn log_tail(&self) -> String {
        String::from_utf8(BASE64.decode(self.header("x-amz-log-result").unwrap()).unwrap()).unwrap()
    }
}

impl TestLambda {
    pub(crate) async fn start() -> Self {
        Self::start_with(|_| {}).await
    }

    /// With a clock that stands still and options as `change` leaves them.
    pub(crate) async fn start_with(change: impl FnOnce(&mut Options)) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let notes = Arc::new(Notes::default());
        let mut options = Options::new(folder.path().join("data"), LAUNCHER.into());
        options.clock = Clock::held_at(BEGIN_MS);
        options.observer = Arc::clone(&notes) as Arc<dyn Observer>;
        let bucket = folder.path().join("buckets/packages");
        std::fs::create_dir_all(&bucket).unwrap();
        std::fs::write(bucket.join("bootstrap.zip"), zip(&[("bootstrap", BOOTSTRAP_FILE)])).unwrap();
        options.buckets = Some(folder.path().join("buckets"));
        change(&mut options);
        let clock = options.clock.clone();
        let running = LambdaService::start(options).await.unwrap();
        Self { running, clock, notes, folder: Folder(folder) }
    }

    pub(crate) async fn call(
        &self,
        method: &str,
        path: &str,
        headers: &[(&str, &str)],
        body: impl AsRef<[u8]>,
    ) -> Answer {
        call(self.running.address(), method, path, headers, body.as_ref()).await
    }

    /// A function that runs the bootstrap of these tests; `settings` on top of what it needs.
    pub(crate) async fn create(&self, name: &str, settings: Value) -> Value {
        let mut from_bucket = json!({"Code": {"S3Bucket": "packages", "S3Key": "bootstrap.zip"}});
        from_bucket.as_object_mut().unwrap().extend(settings.as_object().unwrap().clone());
        self.create_from(name, b"", from_bucket).await
    }

    pub(crate) async fn create_from(&self, name: &str, zip: &[u8], settings: Value) -> Value {
        let answer = self.try_create(name, zip, settings).await;
        assert_eq!(answer.status, 201, "{}", String::from_utf8_lossy(&answer.body));
        answer.json()
    }

    pub(crate) async fn try_create(&self, name: &str, zip: &[u8], settings: Value) -> Answer {
        let mut form = json!({
            "FunctionName": name,
            "Runtime": "provided.al2023",
            "Handler": "shop",
            "Role": ROLE,
            "Code": {"ZipFile": BASE64.encode(zip)},
        });
        form.as_object_mut().unwrap().extend(settings.as_object().unwrap().clone());
        self.call("POST", "/2015-03-31/functions", &[], form.to_string()).await
    }

    pub(crate) async fn invoke(&self, name: &str, event: Value) -> Answer {
        self.invoke_with(name, event, &[]).await
    }

    pub(crate) async fn invoke_with(&self, name: &str, event: Value, headers: &[(&str, &str)]) -> Answer {
        let path = format!("/2015-03-31/functions/{name}/invocations");
        self.call("POST", &path, headers, event.to_string()).await
    }

    pub(crate) async fn put(&self, path: &str, form: Value) -> Answer {
        self.call("PUT", path, &[], form.to_string()).await
    }

    /// Stops the service, and gives back the folder that it had.
    pub(crate) async fn stop(self) -> Folder {
        self.running.stop().await;
        self.folder
    }

    /// The texts of a function's log.
    pub(crate) fn log(&self, name: &str) -> Vec<String> {
        let lines = self.running.logs(&FunctionName::parse(name).unwrap(), None);
        lines.into_iter().map(|line| line.text).collect()
    }

    pub(crate) fn turns(&self) -> Vec<Turn> {
        self.notes.events.lock().unwrap().iter().map(|event| event.turn).collect()
    }

    /// Comes back once all environments are idle, or gone.
    pub(crate) async fn rest(&self) {
        let is_at_rest = |c: &lambda_service::Counters| {
            c.starting + c.busy + c.finishing + c.ending == 0 && c.concurrency == 0 && c.queued == 0
        };
        self.running.wait_for(is_at_rest).await;
    }
}

/// Lets the folders of packages be removed by whoever made them.
pub(crate) fn unlock(folder: &Path) {
    use std::os::unix::fs::PermissionsExt as _;
    let _ = std::fs::set_permissions(folder, std::fs::Permissions::from_mode(0o700));
    let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
    entries.filter(|entry| entry.file_type().is_ok_and(|kind| kind.is_dir())).for_each(|entry| unlock(&entry.path()));
}

/// Where functions wait until the test lets them go.
pub(crate) struct Gate {
    listener: TcpListener,
    pub(crate) address: String,
}

impl Gate {
    pub(crate) async fn new() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap().to_string();
        Self { listener, address }
    }

    /// The event that makes a function wait.
    pub(crate) fn event(&self) -> Value {
        json!({"do": "gate", "gate": self.address})
    }

    /// One function that waits. It goes on when what comes back is dropped.
    pub(crate) async fn arrival(&self) -> TcpStream {
        tokio::time::timeout(WAIT_MAX, self.listener.accept()).await.expect("the function comes to the gate").unwrap().0
    }
}

pub(crate) async fn call(
    address: SocketAddr,
    method: &str,
    path: &str,
    headers: &[(&str, &str)],
    body: &[u8],
) -> Answer {
    let stream = TcpStream::connect(address).await.unwrap();
    let (mut sender, connection) = hyper::client::conn::http1::handshake(TokioIo::new(stream)).await.unwrap();
    tokio::spawn(connection);
    let mut request = http::Request::builder().method(method).uri(path).header("host", address.to_string());
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    let request = request.body(Full::new(bytes::Bytes::copy_from_slice(body))).unwrap();
    let response = sender.send_request(request).await.unwrap();
    let (head, body) = response.into_parts();
    let text = |value: &http::HeaderValue| String::from_utf8_lossy(value.as_bytes()).into_owned();
    let mut headers: BTreeMap<String, String> = BTreeMap::new();
    for (name, value) in &head.headers {
        headers
            .entry(name.to_string())
            .and_modify(|there| *there += &format!("\n{}", text(value)))
            .or_insert(text(value));
    }
    let body = body.collect().await.map(|body| body.to_bytes().to_vec()).unwrap_or_default();
    Answer { status: head.status.as_u16(), headers, body }
}

/// What stands for the test's bootstrap in [`zip`].
pub(crate) const BOOTSTRAP_FILE: &[u8] = b"\0bootstrap";

/// An archive of files, all executable.
pub(crate) fn zip(files: &[(&str, &[u8])]) -> Vec<u8> {
    let mut writer = ZipWriter::new(Cursor::new(Vec::new()));
    for (name, content) in files {
        let content = if *content == BOOTSTRAP_FILE { std::fs::read(BOOTSTRAP).unwrap() } else { content.to_vec() };
        // Not compressed: the archive is made anew for every test.
        let options =
            SimpleFileOptions::default().compression_method(zip::CompressionMethod::Stored).unix_permissions(0o755);
        writer.start_file(*name, options).unwrap();
        writer.write_all(&content).unwrap();
    }
    writer.finish().unwrap().into_inner()
}

pub(crate) fn is_alive(pid: u64) -> bool {
    // A process that has ended and waits to be taken note of is not alive.
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
    !stat.is_empty() && !stat.contains(") Z ")
}

/// Comes back once a process stands still: the signal is on its way when the environment counts as idle.
pub(crate) async fn stands_still(pid: u64) {
    loop {
        let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).unwrap();
        if stat.contains(") T ") {
            return;
        }
        tokio::task::yield_now().await;
    }
}

pub(crate) fn is_root() -> bool {
    nix::unistd::geteuid().is_root()
}

pub(crate) fn names_in(folder: &Path) -> Vec<String> {
    let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
    entries.map(|entry| entry.file_name().to_string_lossy().into_owned()).collect()
}

/// Python with AWS's runtime client.
pub(crate) struct PythonClient {
    pub(crate) interpreter: std::path::PathBuf,
    pub(crate) packages: std::path::PathBuf,
}

/// A Python that functions can use, with the client installed below the folder of built programs. None, with a word on
/// what is missing, where there is no Python.
pub(crate) fn python() -> Option<PythonClient> {
    // The system's own: others may lie where only their owner can read, and functions are users of their own.
    let interpreter = std::path::PathBuf::from("/usr/bin/python3");
    let packages = Path::new(env!("CARGO_TARGET_TMPDIR")).join("python-client");
    if install(&interpreter, &packages, "awslambdaric==4.2.2") {
        return Some(PythonClient { interpreter, packages });
    }
    // The project's own test command sees to it that it is there.
    assert!(std::env::var_os("TEST_LAMBDA_EMULATOR").is_none(), "/usr/bin/python3 with pip is missing");
    eprintln!("left out: install /usr/bin/python3 with pip (on Debian: apt-get install python3-pip)");
    None
}

/// Installs a package into a folder, once.
pub(crate) fn install(interpreter: &Path, folder: &Path, package: &str) -> bool {
    let done = folder.join(format!("installed-{package}"));
    if done.exists() {
        return true;
    }
    #[expect(clippy::disallowed_methods, reason = "pip is a program")]
    let pip = std::process::Command::new(interpreter)
        .args(["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--target"])
        .arg(folder)
        .arg(package)
        .status();
    pip.is_ok_and(|status| status.success()) && std::fs::write(done, "").is_ok()
}
