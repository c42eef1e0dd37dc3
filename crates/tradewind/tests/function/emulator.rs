//! AWS's emulator with a demo store in it.

use serde_json::{Value, json};
use std::net::{Ipv4Addr, TcpListener};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

const TRADEWIND: &str = env!("CARGO_BIN_EXE_tradewind");
const BOOTSTRAP: &str = env!("CARGO_BIN_EXE_bootstrap");
/// How long the emulator may take to listen on a busy machine.
const LISTEN_WAIT: Duration = Duration::from_secs(30);
/// The function's own time-out: a schedule works until shortly before.
const TIMEOUT_SECONDS: &str = "15";
/// How long an answer may take; anything longer is a hang.
const ANSWER_WAIT: Duration = Duration::from_secs(60);

/// A store that runs as a function.
pub(crate) struct Emulator {
    folder: tempfile::TempDir,
    server: Child,
    url: String,
    client: reqwest::blocking::Client,
}

impl Emulator {
    /// A fresh demo store, with settings from the environment beside its own.
    pub(crate) fn start(settings: &[(&str, &str)]) -> Self {
        let program = std::env::var("TEST_LAMBDA_EMULATOR")
            .expect("TEST_LAMBDA_EMULATOR is not set: run `cargo xtask test`, which fetches the emulator");
        let folder = tempfile::tempdir().unwrap();
        let made = Command::new(TRADEWIND).arg("new").arg(folder.path().join("store")).arg("--demo").output().unwrap();
        assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
        let [front, inside] = free_ports();
        let mut command = Command::new(program);
        command
            .args(["--runtime-interface-emulator-address", &front])
            .args(["--runtime-api-address", &inside])
            .args(["--log-level", "error"])
            .arg(BOOTSTRAP)
            .env_clear()
            .env("PATH", "/usr/bin:/bin")
            .env("LAMBDA_TASK_ROOT", folder.path())
            .env("AWS_LAMBDA_FUNCTION_TIMEOUT", TIMEOUT_SECONDS)
            .env("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "512")
            .envs(settings.iter().copied());
        let server = command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
        let until = Instant::now() + LISTEN_WAIT;
        while std::net::TcpStream::connect(&front).is_err() {
            assert!(Instant::now() < until, "the emulator does not listen on {front}");
            std::thread::yield_now();
        }
        // The client wants a TLS provider even where it uses none; a second install is refused, and does not matter.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let client = reqwest::blocking::Client::builder().timeout(ANSWER_WAIT).build().unwrap();
        Self { folder, server, url: format!("http://{front}/2015-03-31/functions/function/invocations"), client }
    }

    /// Sends an event and reads what came of it.
    pub(crate) fn invoke(&self, event: &Value) -> Value {
        let answer = self.client.post(&self.url).body(event.to_string()).send().unwrap();
        let text = answer.text().unwrap();
        serde_json::from_str(&text).unwrap_or_else(|error| panic!("{error}: {text}"))
    }

    /// A request as a function URL makes an event of it.
    pub(crate) fn request(&self, method: &str, path: &str, headers: Value, body: &str) -> Value {
        let (path, query) = path.split_once('?').unwrap_or((path, ""));
        self.invoke(&json!({
            "version": "2.0",
            "rawPath": path,
            "rawQueryString": query,
            "headers": headers,
            "requestContext": {
                "http": { "method": method, "path": path, "protocol": "HTTP/1.1", "sourceIp": "192.0.2.1", "userAgent": "test" },
            },
            "body": body,
            "isBase64Encoded": false,
        }))
    }

    /// The store's folder.
    pub(crate) fn store(&self) -> PathBuf {
        self.folder.path().join("store")
    }
}

impl Drop for Emulator {
    fn drop(&mut self) {
        // The function ends by itself when the Runtime API is gone.
        let _ = self.server.kill();
        let _ = self.server.wait();
    }
}

/// Two addresses on which nobody listens.
fn free_ports() -> [String; 2] {
    let listeners = [0, 1].map(|_| TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap());
    listeners.map(|listener| listener.local_addr().unwrap().to_string())
}
