//! AWS's own client for Python against the service: its waiters, its exceptions, its readers of event streams.
//!
//! The walk is `tests/boto3/walk.py`.

#[path = "../../object-service/tests/python/mod.rs"]
mod python;

use std::io::{Cursor, Write as _};
use std::path::Path;

use lambda_service::{LambdaService, Options};
use zip::ZipWriter;
use zip::write::SimpleFileOptions;

#[tokio::test(flavor = "multi_thread")]
async fn boto3_talks_to_the_service_unchanged() {
    let Some(python) = python::with_aws_clients() else { return };
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
