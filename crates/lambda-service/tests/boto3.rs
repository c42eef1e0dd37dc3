//! AWS's own client for Python against the service: its waiters, its exceptions, its readers of event streams.
//!
//! The walk is `tests/boto3/walk.py`. boto3 is installed below the folder of built programs, once.

use std::io::{Cursor, Write as _};
use std::path::{Path, PathBuf};

use lambda_service::{LambdaService, Options};
use zip::ZipWriter;
use zip::write::SimpleFileOptions;

const BOTO3: &str = "boto3==1.44.8";

#[tokio::test(flavor = "multi_thread")]
async fn boto3_talks_to_the_service_unchanged() {
    let Some(python) = boto3() else {
        // The project's own test command sees to it that it is there.
        assert!(std::env::var_os("TEST_LAMBDA_EMULATOR").is_none(), "python3 with venv is missing");
        eprintln!("left out: install python3 with venv (on Debian: apt-get install python3-venv)");
        return;
    };
    let folder = tempfile::tempdir().unwrap();
    let package = folder.path().join("package.zip");
    let mut writer = ZipWriter::new(Cursor::new(Vec::new()));
    writer.start_file("bootstrap", SimpleFileOptions::default().unix_permissions(0o755)).unwrap();
    writer.write_all(&std::fs::read(env!("CARGO_BIN_EXE_lambda-test-bootstrap")).unwrap()).unwrap();
    std::fs::write(&package, writer.finish().unwrap().into_inner()).unwrap();
    let options = Options::new(folder.path().join("data"), env!("CARGO_BIN_EXE_lambda-launcher").into());
    let running = LambdaService::start(options).await.unwrap();
    let walk = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/boto3/walk.py");
    let walked = tokio::process::Command::new(python)
        .arg(walk)
        .arg(format!("http://{}", running.address()))
        .arg(package)
        .env_clear()
        .output()
        .await
        .unwrap();
    assert!(walked.status.success(), "{}", String::from_utf8_lossy(&walked.stderr));
    running.stop().await;
}

/// A Python that has boto3.
fn boto3() -> Option<PathBuf> {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("boto3");
    let (python, done) = (folder.join("bin/python3"), folder.join(BOTO3));
    if done.exists() {
        return Some(python);
    }
    run("python3", &["-m", "venv", folder.to_str()?])?;
    run(python.to_str()?, &["-m", "pip", "install", "--quiet", "--disable-pip-version-check", BOTO3])?;
    std::fs::write(done, "").ok()?;
    Some(python)
}

fn run(program: &str, arguments: &[&str]) -> Option<()> {
    #[expect(clippy::disallowed_methods, reason = "pip is a program")]
    let status = std::process::Command::new(program).args(arguments).status().ok()?;
    status.success().then_some(())
}
