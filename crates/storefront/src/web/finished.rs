//! Pages that are ready to be sent: bytes, their compressed forms, and the headers that go with them.

use super::keep::Keep;
use brotli::CompressorWriter;
use bytes::Bytes;
use http::header::{
    ACCEPT_ENCODING, CACHE_CONTROL, CONTENT_ENCODING, CONTENT_LENGTH, CONTENT_TYPE, ETAG, HeaderMap, HeaderName,
    HeaderValue, IF_NONE_MATCH, VARY,
};
use http::{Response, StatusCode};
use std::io::Write;
use std::sync::OnceLock;

/// Bodies below this are sent as they are, in bytes.
const COMPRESS_FROM_BYTES: usize = 1_000;
/// How hard Brotli tries: finished pages are compressed once and sent often.
const BROTLI_QUALITY: u32 = 5;
/// Brotli's window, as a power of two.
const BROTLI_WINDOW: u32 = 20;

/// The header with the tags that the edge purges by.
pub(super) const CACHE_TAG: HeaderName = HeaderName::from_static("cache-tag");
/// The header with the snapshot's version.
pub(super) const SNAPSHOT: HeaderName = HeaderName::from_static("x-snapshot");

/// A page that may be sent many times.
#[derive(Debug)]
pub(super) struct Finished {
    status: StatusCode,
    headers: HeaderMap,
    plain: Bytes,
    gzip: OnceLock<Option<Bytes>>,
    brotli: OnceLock<Option<Bytes>>,
    etag: HeaderValue,
    keep: Keep,
    tags: Option<HeaderValue>,
}

impl Finished {
    /// A page with its headers; the validator is worked out here.
    pub(super) fn new(status: StatusCode, content_type: &'static str, body: Bytes) -> Self {
        let hash = ring::digest::digest(&ring::digest::SHA256, &body);
        let digits = hash.as_ref()[..12].iter().flat_map(|byte| [byte >> 4, byte & 15]);
        let short: String = digits.filter_map(|digit| char::from_digit(u32::from(digit), 16)).collect();
        // Weak: the compressed forms share it.
        let etag = HeaderValue::from_str(&format!("W/\"{short}\"")).unwrap_or(HeaderValue::from_static("W/\"\""));
        let mut headers = HeaderMap::new();
        headers.insert(CONTENT_TYPE, HeaderValue::from_static(content_type));
        headers.insert(VARY, HeaderValue::from_static("Accept-Encoding"));
        headers.insert(ETAG, etag.clone());
        Self {
            status,
            headers,
            plain: body,
            gzip: OnceLock::new(),
            brotli: OnceLock::new(),
            etag,
            keep: Keep::No,
            tags: None,
        }
    }

    /// Adds a header; one that cannot be sent is left out.
    pub(super) fn with(mut self, name: HeaderName, value: &str) -> Self {
        if let Ok(value) = HeaderValue::from_str(value) {
            self.headers.insert(name, value);
        }
        self
    }

    /// Notes how long the edge may keep it, and its tags.
    pub(super) fn told(self, keep: Keep, tags: Option<HeaderValue>) -> Self {
        Self { keep, tags, ..self }
    }

    /// How long the edge may keep it, and its tags.
    pub(super) fn for_edge(&self) -> (Keep, Option<&HeaderValue>) {
        (self.keep, self.tags.as_ref())
    }

    /// What it weighs in a cache, its compressed forms guessed at.
    pub(super) fn weight(&self) -> u32 {
        u32::try_from(self.plain.len() + self.plain.len() / 2 + 600).unwrap_or(u32::MAX)
    }

    /// Answers a request with it: not at all where the asker has it, compressed where they can read that.
    pub(super) fn respond(&self, request: &HeaderMap, cache_control: &str) -> Response<axum::body::Body> {
        let mut headers = self.headers.clone();
        if let Ok(value) = HeaderValue::from_str(cache_control) {
            headers.insert(CACHE_CONTROL, value);
        }
        if self.status == StatusCode::OK && self.is_known_to(request) {
            return build(StatusCode::NOT_MODIFIED, headers, Bytes::new());
        }
        let (body, encoding) = self.body_for(request);
        if let Some(encoding) = encoding {
            headers.insert(CONTENT_ENCODING, HeaderValue::from_static(encoding));
        }
        headers.insert(CONTENT_LENGTH, HeaderValue::from(body.len()));
        build(self.status, headers, body)
    }

    fn is_known_to(&self, request: &HeaderMap) -> bool {
        fn bare(tag: &str) -> &str {
            tag.trim().trim_start_matches("W/")
        }
        let Some(sent) = request.get(IF_NONE_MATCH).and_then(|value| value.to_str().ok()) else { return false };
        let ours = self.etag.to_str().map(bare).unwrap_or_default();
        sent.split(',').any(|tag| bare(tag) == ours || tag.trim() == "*")
    }

    fn body_for(&self, request: &HeaderMap) -> (Bytes, Option<&'static str>) {
        if self.plain.len() >= COMPRESS_FROM_BYTES {
            if accepts(request, "br")
                && let Some(body) = self.brotli.get_or_init(|| compress_brotli(&self.plain))
            {
                return (body.clone(), Some("br"));
            }
            if accepts(request, "gzip")
                && let Some(body) = self.gzip.get_or_init(|| compress_gzip(&self.plain))
            {
                return (body.clone(), Some("gzip"));
            }
        }
        (self.plain.clone(), None)
    }
}

/// Whether the asker reads an encoding; one that is refused by `q=0` is not.
pub(super) fn accepts(request: &HeaderMap, encoding: &str) -> bool {
    let accepted = request.get(ACCEPT_ENCODING).and_then(|value| value.to_str().ok()).unwrap_or_default();
    accepted.split(',').any(|entry| {
        let (name, quality) = entry.split_once(';').unwrap_or((entry, ""));
        let refused =
            quality.replace(' ', "").strip_prefix("q=").is_some_and(|q| q.trim_matches(['0', '.']).is_empty());
        name.trim().eq_ignore_ascii_case(encoding) && !refused
    })
}

fn build(status: StatusCode, headers: HeaderMap, body: Bytes) -> Response<axum::body::Body> {
    let mut response = Response::new(axum::body::Body::from(body));
    *response.status_mut() = status;
    *response.headers_mut() = headers;
    response
}

/// Compressing into memory does not fail; if it did, the plain form is sent.
fn compress_brotli(plain: &[u8]) -> Option<Bytes> {
    let mut out = Vec::with_capacity(plain.len() / 3);
    let mut writer = CompressorWriter::new(&mut out, 8_192, BROTLI_QUALITY, BROTLI_WINDOW);
    writer.write_all(plain).ok()?;
    writer.flush().ok()?;
    drop(writer);
    Some(Bytes::from(out))
}

fn compress_gzip(plain: &[u8]) -> Option<Bytes> {
    let mut writer = flate2::write::GzEncoder::new(Vec::with_capacity(plain.len() / 3), flate2::Compression::new(6));
    writer.write_all(plain).ok()?;
    writer.finish().ok().map(Bytes::from)
}
