//! A Python with AWS's own clients, for every test that walks with one: installed once, below the folder of built
//! programs.

use std::fs::File;
use std::path::{Path, PathBuf};

/// Both go by one version of botocore.
const PACKAGES: [&str; 2] = ["boto3==1.44.8", "awscli==1.46.3"];
/// Written when all of them are there.
const INSTALLED: &str = "boto3-1.44.8-awscli-1.46.3";

/// A Python that has the clients. None, with a word on what is missing, where there is no Python.
pub(crate) fn with_aws_clients() -> Option<PathBuf> {
    let found = installed();
    if found.is_none() {
        // The project's own test command has seen to it that Python is there.
        assert!(std::env::var_os("TEST_LAMBDA_EMULATOR").is_none(), "python3 with venv is missing, or cannot install");
        eprintln!("left out: install python3 with venv (on Debian: apt-get install python3-venv)");
    }
    found
}

fn installed() -> Option<PathBuf> {
    let below = Path::new(env!("CARGO_TARGET_TMPDIR"));
    let folder = below.join("aws-clients");
    let (python, done) = (folder.join("bin/python3"), folder.join(INSTALLED));
    // Tests of two crates may run at once: whoever comes second finds the packages there.
    let lock = File::create(below.join("aws-clients.lock")).ok()?;
    lock.lock().ok()?;
    if done.exists() {
        return Some(python);
    }
    run("python3", &["-m", "venv", folder.to_str()?])?;
    let install = ["-m", "pip", "install", "--quiet", "--disable-pip-version-check"];
    run(python.to_str()?, &[&install[..], &PACKAGES].concat())?;
    std::fs::write(done, "").ok()?;
    Some(python)
}

fn run(program: &str, arguments: &[&str]) -> Option<()> {
    #[expect(clippy::disallowed_methods, reason = "pip is a program")]
    let status = std::process::Command::new(program).args(arguments).status().ok()?;
    status.success().then_some(())
}
