//! As much of S3's protocol as a snapshot needs, on loopback: objects with ETags and conditions, uploads in parts, lists
//! in pages, deletions one by one and many at once. Requests without the form of a signature are refused; the signature
//! itself is not computed. s3s-fs 0.14 was looked at (later ones want a newer Rust): 18 packages more, no condition on
//! a GET, and tests here damage objects, count requests and take the server away.

#![allow(dead_code, unreachable_pub, reason = "each of the tests that share it uses a part")]

use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::{Query, Request, State};
use axum::http::{HeaderMap, Method, Response, StatusCode, Uri, header};
use std::collections::BTreeMap;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;

/// Objects on one page of a list: few, so that lists have several.
const PAGE_OBJECTS: usize = 3;
/// Smallest part of an upload but the last, in bytes (S3's own limit).
const PART_BYTES_MIN: usize = 5 << 20;
/// Largest body, in bytes.
const BODY_BYTES_MAX: usize = 64 << 20;
/// The one bucket.
pub const BUCKET: &str = "goods";
const REGION: &str = "eu-test-1";
const KEY_ID: &str = "AKIATESTTESTTEST";
/// What must not be seen anywhere.
pub const SECRET: &str = "a-secret-that-nobody-prints";

/// When objects were put, as lists and headers write it.
#[derive(Clone, Copy)]
pub struct PutAt {
    list: &'static str,
    header: &'static str,
}

impl PutAt {
    /// Long ago, for tests whose clock stands at the beginning.
    pub const TEN_SECONDS: Self = Self { list: "1970-01-01T00:00:10.000Z", header: "Thu, 01 Jan 1970 00:00:10 GMT" };
    /// Never old, for programs that have a real clock.
    pub const FUTURE: Self = Self { list: "2100-01-01T00:00:00.000Z", header: "Fri, 01 Jan 2100 00:00:00 GMT" };
}

/// What was asked, and what came of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Asked {
    pub method: Method,
    /// Path and query.
    pub target: String,
    pub status: u16,
    /// Bytes of the answer's body.
    pub bytes: usize,
}

struct Bucket {
    put_at: PutAt,
    objects: BTreeMap<String, Bytes>,
    uploads: BTreeMap<String, BTreeMap<usize, Bytes>>,
    asked: Vec<Asked>,
}

type Shared = Arc<Mutex<Bucket>>;

/// The server, in a thread of its own; it ends with the value.
pub struct S3Server {
    endpoint: String,
    bucket: Shared,
    running: Option<(tokio::sync::oneshot::Sender<()>, JoinHandle<()>)>,
}

impl S3Server {
    pub fn start(put_at: PutAt) -> Self {
        let (objects, uploads) = Default::default();
        let bucket: Shared = Arc::new(Mutex::new(Bucket { put_at, objects, uploads, asked: Vec::new() }));
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        listener.set_nonblocking(true).unwrap();
        let endpoint = format!("http://{}", listener.local_addr().unwrap());
        let (stop, stopped) = tokio::sync::oneshot::channel::<()>();
        let router = Router::new().fallback(answer).with_state(bucket.clone());
        let thread = std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
            runtime.block_on(async {
                let listener = tokio::net::TcpListener::from_std(listener).unwrap();
                // Connections that are open end with the runtime.
                tokio::select! {
                    served = axum::serve(listener, router).into_future() => served.unwrap(),
                    _ = stopped => {}
                }
            });
        });
        Self { endpoint, bucket, running: Some((stop, thread)) }
    }

    /// Is not reached from now on.
    pub fn stop(&mut self) {
        if let Some((stop, thread)) = self.running.take() {
            let _ = stop.send(());
            let _ = thread.join();
        }
    }

    /// The environment of whoever may use it.
    pub fn variables(&self) -> Vec<(&'static str, &str)> {
        vec![
            ("AWS_ENDPOINT_URL", &self.endpoint),
            ("AWS_REGION", REGION),
            ("AWS_ACCESS_KEY_ID", KEY_ID),
            ("AWS_SECRET_ACCESS_KEY", SECRET),
        ]
    }

    /// The same as a function.
    pub fn variable(&self, name: &str) -> Option<String> {
        self.variables().iter().find(|(known, _)| *known == name).map(|(_, value)| (*value).to_owned())
    }

    fn bucket(&self) -> MutexGuard<'_, Bucket> {
        self.bucket.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What was asked since the last call.
    pub fn asked(&self) -> Vec<Asked> {
        std::mem::take(&mut self.bucket().asked)
    }

    /// Names of all objects.
    pub fn keys(&self) -> Vec<String> {
        self.bucket().objects.keys().cloned().collect()
    }

    pub fn object(&self, key: &str) -> Option<Bytes> {
        self.bucket().objects.get(key).cloned()
    }

    /// Puts an object past the protocol; `None` takes it away.
    pub fn set(&self, key: &str, bytes: Option<Vec<u8>>) {
        match bytes {
            Some(bytes) => self.bucket().objects.insert(key.to_owned(), bytes.into()),
            None => self.bucket().objects.remove(key),
        };
    }
}

impl Drop for S3Server {
    fn drop(&mut self) {
        self.stop();
    }
}

async fn answer(State(bucket): State<Shared>, request: Request) -> Response<Body> {
    let (head, body) = request.into_parts();
    let body = axum::body::to_bytes(body, BODY_BYTES_MAX).await.unwrap_or_default();
    let mut bucket = bucket.lock().unwrap_or_else(PoisonError::into_inner);
    let answer = match is_signed(&head.headers) {
        true => bucket.answer(&head.method, &head.uri, &head.headers, body),
        false => Answer::error(StatusCode::FORBIDDEN, "AccessDenied"),
    };
    let bytes = if head.method == Method::HEAD { 0 } else { answer.body.len() };
    let asked = Asked { method: head.method, target: head.uri.to_string(), status: answer.status.as_u16(), bytes };
    bucket.asked.push(asked);
    let mut response = Response::builder().status(answer.status);
    for (name, value) in answer.headers {
        response = response.header(name, value);
    }
    response.body(Body::from(answer.body)).unwrap()
}

/// Whether a request carries a signature of version 4 with our key for our region, over what it must be over.
fn is_signed(headers: &HeaderMap) -> bool {
    let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let Some(signature) = text("authorization").strip_prefix("AWS4-HMAC-SHA256 ") else { return false };
    let part = |name: &str| signature.split(", ").find_map(|part| part.strip_prefix(name)?.strip_prefix('='));
    let scope: Vec<_> = part("Credential").unwrap_or_default().split('/').collect();
    let date = text("x-amz-date").get(..8).unwrap_or("no date");
    let signed: Vec<_> = part("SignedHeaders").unwrap_or_default().split(';').collect();
    scope == [KEY_ID, date, REGION, "s3", "aws4_request"]
        && ["host", "x-amz-content-sha256", "x-amz-date"].iter().all(|name| signed.contains(name))
        && part("Signature").is_some_and(|hex| hex.len() == 64 && hex.chars().all(|c| c.is_ascii_hexdigit()))
}

struct Answer {
    status: StatusCode,
    headers: Vec<(header::HeaderName, String)>,
    body: Bytes,
}

impl Answer {
    fn empty(status: StatusCode) -> Self {
        Self { status, headers: Vec::new(), body: Bytes::new() }
    }

    fn xml(root: &str, inner: &str) -> Self {
        let body = format!("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<{root}>{inner}</{root}>");
        Self { body: body.into(), ..Self::empty(StatusCode::OK) }
    }

    fn error(status: StatusCode, code: &str) -> Self {
        Self { status, ..Self::xml("Error", &format!("<Code>{code}</Code><Message>{code}</Message>")) }
    }

    fn tagged(mut self, bytes: &[u8]) -> Self {
        self.headers.push((header::ETAG, tag(bytes)));
        self
    }
}

/// Like S3's, a tag that follows from the content.
fn tag(bytes: &[u8]) -> String {
    let mut hasher = DefaultHasher::new();
    bytes.hash(&mut hasher);
    format!("\"{:016x}\"", hasher.finish())
}

impl Bucket {
    fn answer(&mut self, method: &Method, uri: &Uri, headers: &HeaderMap, body: Bytes) -> Answer {
        let Ok(Query(query)) = Query::<BTreeMap<String, String>>::try_from_uri(uri) else {
            return Answer::error(StatusCode::BAD_REQUEST, "InvalidRequest");
        };
        let path = uri.path().trim_start_matches('/');
        let (bucket, key) = path.split_once('/').unwrap_or((path, ""));
        if bucket != BUCKET {
            return Answer::error(StatusCode::NOT_FOUND, "NoSuchBucket");
        }
        let upload = query.get("uploadId").map(String::as_str);
        match (method.as_str(), key.is_empty()) {
            ("GET", true) => self.list(&query),
            ("POST", true) if query.contains_key("delete") => self.delete_many(&body),
            ("GET" | "HEAD", false) => self.get(key, headers),
            ("PUT", false) => match (upload, query.get("partNumber").and_then(|number| number.parse().ok())) {
                (Some(upload), Some(number)) => self.put_part(upload, number, body),
                _ => self.put(key, headers, body),
            },
            ("POST", false) => match upload {
                Some(upload) => self.complete(key, upload),
                None => self.begin(key),
            },
            ("DELETE", false) => {
                match upload {
                    Some(upload) => drop(self.uploads.remove(upload)),
                    None => drop(self.objects.remove(key)),
                }
                Answer::empty(StatusCode::NO_CONTENT)
            }
            _ => Answer::error(StatusCode::METHOD_NOT_ALLOWED, "MethodNotAllowed"),
        }
    }

    fn get(&self, key: &str, headers: &HeaderMap) -> Answer {
        let Some(bytes) = self.objects.get(key) else { return Answer::error(StatusCode::NOT_FOUND, "NoSuchKey") };
        if headers.get(header::IF_NONE_MATCH).is_some_and(|seen| *seen == tag(bytes)) {
            return Answer::empty(StatusCode::NOT_MODIFIED).tagged(bytes);
        }
        let mut answer = Answer { body: bytes.clone(), ..Answer::empty(StatusCode::OK) }.tagged(bytes);
        answer.headers.push((header::LAST_MODIFIED, self.put_at.header.to_owned()));
        let range = headers.get(header::RANGE).and_then(|range| range.to_str().ok()?.strip_prefix("bytes="));
        if let Some((first, last)) = range.and_then(|range| range.split_once('-')) {
            let first: usize = first.parse().unwrap_or_default();
            let end = last.parse().map_or(bytes.len(), |last: usize| bytes.len().min(last + 1));
            if first >= end {
                return Answer::error(StatusCode::RANGE_NOT_SATISFIABLE, "InvalidRange");
            }
            let place = format!("bytes {first}-{}/{}", end - 1, bytes.len());
            answer.headers.push((header::CONTENT_RANGE, place));
            (answer.status, answer.body) = (StatusCode::PARTIAL_CONTENT, bytes.slice(first..end));
        }
        answer
    }

    fn put(&mut self, key: &str, headers: &HeaderMap, body: Bytes) -> Answer {
        let there = self.objects.get(key);
        if headers.contains_key(header::IF_NONE_MATCH) && there.is_some() {
            return Answer::error(StatusCode::PRECONDITION_FAILED, "PreconditionFailed");
        }
        match (headers.get(header::IF_MATCH), there) {
            (Some(_), None) => return Answer::error(StatusCode::NOT_FOUND, "NoSuchKey"),
            (Some(seen), Some(there)) if *seen != tag(there) => {
                return Answer::error(StatusCode::PRECONDITION_FAILED, "PreconditionFailed");
            }
            _ => {}
        }
        let answer = Answer::empty(StatusCode::OK).tagged(&body);
        self.objects.insert(key.to_owned(), body);
        answer
    }

    fn begin(&mut self, key: &str) -> Answer {
        let upload = format!("upload-{}-{}", self.uploads.len(), self.asked.len());
        self.uploads.insert(upload.clone(), BTreeMap::new());
        let inner = format!("<Bucket>{BUCKET}</Bucket><Key>{key}</Key><UploadId>{upload}</UploadId>");
        Answer::xml("InitiateMultipartUploadResult", &inner)
    }

    fn put_part(&mut self, upload: &str, number: usize, body: Bytes) -> Answer {
        let Some(parts) = self.uploads.get_mut(upload) else {
            return Answer::error(StatusCode::NOT_FOUND, "NoSuchUpload");
        };
        let answer = Answer::empty(StatusCode::OK).tagged(&body);
        parts.insert(number, body);
        answer
    }

    fn complete(&mut self, key: &str, upload: &str) -> Answer {
        let Some(parts) = self.uploads.remove(upload) else {
            return Answer::error(StatusCode::NOT_FOUND, "NoSuchUpload");
        };
        if parts.values().rev().skip(1).any(|part| part.len() < PART_BYTES_MIN) {
            return Answer::error(StatusCode::BAD_REQUEST, "EntityTooSmall");
        }
        let whole = parts.into_values().collect::<Vec<_>>().concat();
        let tag = tag(&whole).replace('"', "&quot;");
        self.objects.insert(key.to_owned(), whole.into());
        Answer::xml("CompleteMultipartUploadResult", &format!("<Key>{key}</Key><ETag>{tag}</ETag>"))
    }

    fn list(&self, query: &BTreeMap<String, String>) -> Answer {
        let text = |name: &str| query.get(name).map_or("", String::as_str);
        let after = text("continuation-token").to_owned();
        let under =
            |(key, _): &(&String, &Bytes)| key.starts_with(text("prefix")) && (after.is_empty() || **key > after);
        let found: Vec<_> = self.objects.iter().filter(under).take(PAGE_OBJECTS + 1).collect();
        let mut inner = String::new();
        for (key, bytes) in found.iter().take(PAGE_OBJECTS) {
            inner.push_str(&format!(
                "<Contents><Key>{key}</Key><LastModified>{}</LastModified><ETag>{}</ETag><Size>{}</Size></Contents>",
                self.put_at.list,
                tag(bytes).replace('"', "&quot;"),
                bytes.len()
            ));
        }
        let more = found.len() > PAGE_OBJECTS;
        inner.push_str(&format!("<IsTruncated>{more}</IsTruncated>"));
        if more {
            inner.push_str(&format!("<NextContinuationToken>{}</NextContinuationToken>", found[PAGE_OBJECTS - 1].0));
        }
        Answer::xml("ListBucketResult", &inner)
    }

    fn delete_many(&mut self, body: &[u8]) -> Answer {
        let body = String::from_utf8_lossy(body);
        let keys = body.split("<Key>").skip(1).filter_map(|rest| rest.split_once("</Key>"));
        let mut inner = String::new();
        for (key, _) in keys {
            self.objects.remove(key);
            inner.push_str(&format!("<Deleted><Key>{key}</Key></Deleted>"));
        }
        Answer::xml("DeleteResult", &inner)
    }
}
