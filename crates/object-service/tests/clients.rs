//! AWS's own clients against the service, unchanged: the command line and boto3.
//!
//! The walks are `tests/clients/*.py`.

mod python;

use std::path::Path;

use object_service::{Credentials, ObjectService, Options};

#[tokio::test(flavor = "multi_thread")]
async fn the_aws_command_line_and_boto3_find_what_they_know() {
    let Some(python) = python::with_aws_clients() else { return };
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
