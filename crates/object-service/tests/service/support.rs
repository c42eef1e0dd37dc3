//! A service in a folder of its own, and who talks to it.

use std::path::PathBuf;
use std::sync::{Arc, Mutex};

use object_service::{Credentials, ObjectService, Observer, Options, RequestRecord, Running};
use object_store::ObjectStore;
use tempfile::TempDir;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

/// The one bucket that is there.
pub(crate) const BUCKET: &str = "goods";
const KEY_ID: &str = "AKIATESTTESTTEST";
const SECRET: &str = "a-secret-that-nobody-prints";

pub(crate) struct World {
    pub(crate) running: Running,
    told: Arc<Told>,
    folder: TempDir,
}

#[derive(Default)]
struct Told(Mutex<Vec<RequestRecord>>);

impl Observer for Told {
    fn request(&self, record: &RequestRecord) {
        self.0.lock().unwrap().push(record.clone());
    }
}

/// What came back.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    head: String,
    pub(crate) body: String,
}

impl World {
    /// A service that wants signatures.
    pub(crate) async fn start() -> Self {
        Self::start_with(|_| {}).await
    }

    /// A service that everybody may use.
    pub(crate) async fn start_open() -> Self {
        Self::start_with(|options| options.credentials = None).await
    }

    pub(crate) async fn start_with(change: impl FnOnce(&mut Options)) -> Self {
        let folder = tempfile::tempdir().unwrap();
        std::fs::create_dir(folder.path().join(BUCKET)).unwrap();
        let told = Arc::new(Told::default());
        let mut options = Options::new(folder.path().to_owned());
        options.credentials = Some(Credentials { key_id: KEY_ID.to_owned(), secret: SECRET.to_owned() });
        options.observer = told.clone();
        change(&mut options);
        Self { running: ObjectService::start(options).await.unwrap(), told, folder }
    }

    /// The bucket as the shop opens it.
    pub(crate) fn store(&self) -> Arc<dyn ObjectStore> {
        self.store_with(SECRET)
    }

    pub(crate) fn store_with(&self, secret: &str) -> Arc<dyn ObjectStore> {
        let endpoint = self.running.endpoint();
        let variable = |name: &str| match name {
            "AWS_ENDPOINT_URL" => Some(endpoint.clone()),
            "AWS_REGION" => Some("eu-test-1".to_owned()),
            "AWS_ACCESS_KEY_ID" => Some(KEY_ID.to_owned()),
            "AWS_SECRET_ACCESS_KEY" => Some(secret.to_owned()),
            _ => None,
        };
        s3::open(BUCKET, variable).unwrap()
    }

    /// A path in the bucket's folder.
    pub(crate) fn path(&self, key: &str) -> PathBuf {
        self.folder.path().join(BUCKET).join(key)
    }

    /// Ends the service. All that was told comes back, and the folder.
    pub(crate) async fn stop(self) -> (Vec<RequestRecord>, TempDir) {
        self.running.stop().await;
        let told = std::mem::take(&mut *self.told.0.lock().unwrap());
        (told, self.folder)
    }

    /// Sends a request as it is written, with `Connection: close` and its length, and no signature.
    pub(crate) async fn ask(&self, line: &str, headers: &[(&str, &str)], body: &str) -> Answer {
        let mut head = format!("{line} HTTP/1.1\r\nHost: {}\r\nConnection: close\r\n", self.running.address());
        if !headers.iter().any(|(name, _)| name.eq_ignore_ascii_case("content-length")) {
            head.push_str(&format!("Content-Length: {}\r\n", body.len()));
        }
        for (name, value) in headers {
            head.push_str(&format!("{name}: {value}\r\n"));
        }
        let mut stream = TcpStream::connect(self.running.address()).await.unwrap();
        // A refusal may come, and the connection go, before all of it is sent.
        let _ = stream.write_all(format!("{head}\r\n{body}").as_bytes()).await;
        Self::read(stream).await
    }

    /// Sends bytes and goes away from the middle of them.
    pub(crate) async fn break_off(&self, request: &str) -> Answer {
        let mut stream = TcpStream::connect(self.running.address()).await.unwrap();
        let _ = stream.write_all(request.as_bytes()).await;
        let _ = stream.shutdown().await;
        Self::read(stream).await
    }

    async fn read(mut stream: TcpStream) -> Answer {
        let mut answer = Vec::new();
        let _ = stream.read_to_end(&mut answer).await;
        let answer = String::from_utf8_lossy(&answer);
        let (head, body) = answer.split_once("\r\n\r\n").unwrap_or((&answer, ""));
        let status = head.split(' ').nth(1).and_then(|status| status.parse().ok()).unwrap_or_default();
        Answer { status, head: head.to_owned(), body: body.to_owned() }
    }
}

impl Answer {
    /// S3's code of an error.
    pub(crate) fn code(&self) -> &str {
        self.element("Code").unwrap_or_default()
    }

    pub(crate) fn element(&self, name: &str) -> Option<&str> {
        let (_, rest) = self.body.split_once(&format!("<{name}>"))?;
        Some(rest.split_once("</")?.0)
    }

    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        let mut headers = self.head.lines().filter_map(|line| line.split_once(": "));
        headers.find(|(known, _)| known.eq_ignore_ascii_case(name)).map(|(_, value)| value)
    }
}
