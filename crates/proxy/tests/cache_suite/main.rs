//! The public suite of HTTP caches against the edge's profile `rfc9111`. Needs Node.js; the suite comes from npm.

#![allow(clippy::unwrap_used, reason = "helpers of tests: what fails here fails the test")]

use edge::{Description, Profile};
use proxy::{Options, Proxy};
use serde::Deserialize;
use std::collections::BTreeMap;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

/// Required tests that the edge does not pass, and why that is right.
const NOT_PASSED: [(&str, &str); 5] = [
    // The server hangs up, and the suite wants to see its answer: no cache can give it.
    ("stale-close-must-revalidate", "answered 502"),
    ("stale-close-proxy-revalidate", "answered 502"),
    ("stale-close-no-cache", "answered 502"),
    ("stale-close-s-maxage=2", "answered 502"),
    // `Age: 0,7200` is to count as 0. An age that cannot be told is older than anything here.
    ("age-parse-prefix", "asked again"),
];
/// Tests that say what a good cache does; heuristic freshness, parts of parts and languages put in order are left out.
const OPTIMAL_MIN: usize = 67;
const REQUIRED: usize = 157;
const CDN: usize = 17;

#[derive(Debug, Default, Deserialize)]
struct Count {
    passed: usize,
    failed: BTreeMap<String, String>,
}

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/cache_suite")
}

#[expect(clippy::disallowed_methods, reason = "the suite is a program of its own")]
fn program(name: &str) -> Command {
    let mut command = Command::new(name);
    command.current_dir(folder());
    command
}

/// Installs the suite as the lock file says, unless that was done.
fn install() {
    // npm writes this file when it is done.
    if folder().join("node_modules/.package-lock.json").exists() {
        return;
    }
    let installed = program("npm").arg("ci").status().expect("npm runs; `apt-get install nodejs npm` brings it");
    assert!(installed.success(), "npm ci failed in {}", folder().display());
}

/// The suite's server, which ends with the test.
struct Server {
    child: Child,
    address: String,
}

impl Server {
    fn start(place: &Path) -> Self {
        let mut child = program("node")
            .args(["--import", "./loopback.mjs", "node_modules/http-cache-tests/server/server.mjs"])
            .env("npm_config_protocol", "http")
            .env("npm_config_port", "0")
            .env("npm_config_pidfile", place.join("pid"))
            .stdout(Stdio::piped())
            .spawn()
            .expect("Node.js runs; `apt-get install nodejs` brings it");
        let mut lines = BufReader::new(child.stdout.take().expect("it is piped")).lines();
        let line = lines.next().expect("the server says where it listens").expect("in words");
        // What it says later is not of interest, but must not fill the pipe.
        std::thread::spawn(move || lines.for_each(drop));
        let address = line.rsplit(' ').next().expect("the address stands last").trim_end_matches('/').to_owned();
        Self { child, address }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_public_suite_passes_but_for_what_is_right_otherwise() {
    install();
    let place = tempfile::tempdir().unwrap();
    let server = Server::start(place.path());
    let description = Description::in_front_of(&server.address, Profile::Rfc9111);
    let edge = Proxy::start(description, Options::default()).await.unwrap();
    let base = format!("http://{}", edge.address());
    let run = tokio::task::spawn_blocking(move || {
        program("node").args(["--no-warnings", "run.mjs"]).env("BASE", base).output()
    });
    let output = run.await.unwrap().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let said = String::from_utf8(output.stdout).unwrap();
    let counts: BTreeMap<String, Count> = serde_json::from_str(said.lines().last().unwrap()).unwrap();
    edge.stop().await;

    let (required, optimal, cdn) = (&counts["required"], &counts["optimal"], &counts["cdn"]);
    let unexpected: Vec<_> =
        required.failed.iter().filter(|(id, _)| NOT_PASSED.iter().all(|(known, _)| known != id)).collect();
    assert!(unexpected.is_empty(), "{unexpected:#?}");
    assert_eq!(required.passed, REQUIRED - NOT_PASSED.len());
    assert_eq!((cdn.passed, &cdn.failed), (CDN, &BTreeMap::new()));
    assert!(optimal.passed >= OPTIMAL_MIN, "{}: {:#?}", optimal.passed, optimal.failed);
}
