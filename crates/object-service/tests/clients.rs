//! AWS's own clients against the service, unchanged: the command line and boto3.
//!
//! The walks are `tests/clients/*.py`. Both are installed below the folder of built programs, once.

use std::path::{Path, PathBuf};

use object_service::{Credentials, ObjectService, Options};

/// Both go by one version of botocore.
const PACKAGES: [&str; 2] = ["boto3==1.44.8", "awscli==1.46.3"];
/// What says that they are there.
const INSTALLED: &str = "boto3-1.44.8-awscli-1.46.3";

#[tokio::test(flavor = "multi_thread")]
async fn the_aws_command_line_and_boto3_find_what_they_know() {
    let Some(python) = python() else {
        // The project's own test command has seen to it that Python is there.
        assert!(std::env::var_os("TEST_LAMBDA_EMULATOR").is_none(), "python3 with venv is missing, or cannot install");
        eprintln!("left out: install python3 with venv (on Debian: apt-get install python3-venv)");
        return;
    };
    for walk in ["boto3.py", "command_line.py", "signed_chunks.py"] {
        let folder = tempfile::tempdir().unwrap();
        let mut options = Options::new(folder.path().join("objects"));
        options.credentials = Some(Credentials { key_id: "AKIAWALK".to_owned(), secret: "walk-secret".to_owned() });
        options.public = ["public-goods".to_owned()].into();
        let running = ObjectService::start(options).await.unwrap();
        let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/clients").join(walk);
        let walked = tokio::process::Command::new(&python)
            .arg(script)
            .arg(running.endpoint())
            .arg(folder.path())
            .env_clear()
            .envs([
                ("AWS_ACCESS_KEY_ID", "AKIAWALK"),
                ("AWS_SECRET_ACCESS_KEY", "walk-secret"),
                ("AWS_DEFAULT_REGION", "eu-central-1"),
                ("AWS_EC2_METADATA_DISABLED", "true"),
                ("AWS_MAX_ATTEMPTS", "1"),
                ("HOME", folder.path().to_str().unwrap()),
            ])
            .output()
            .await
            .unwrap();
        let words = [walked.stdout, walked.stderr].concat();
        assert!(walked.status.success(), "{walk}: {}", String::from_utf8_lossy(&words));
        running.stop().await;
    }
}

/// A Python that has the clients.
fn python() -> Option<PathBuf> {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("aws-clients");
    let (python, done) = (folder.join("bin/python3"), folder.join(INSTALLED));
    if done.exists() {
        return Some(python);
    }
    run("python3", &["-m", "venv", folder.to_str()?])?;
    run(
        python.to_str()?,
        &[&["-m", "pip", "install", "--quiet", "--disable-pip-version-check"][..], &PACKAGES].concat(),
    )?;
    std::fs::write(done, "").ok()?;
    Some(python)
}

fn run(program: &str, arguments: &[&str]) -> Option<()> {
    #[expect(clippy::disallowed_methods, reason = "pip is a program")]
    let status = std::process::Command::new(program).args(arguments).status().ok()?;
    status.success().then_some(())
}
