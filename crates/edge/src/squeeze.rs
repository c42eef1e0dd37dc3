//! Which answers the edge compresses, and what their headers say then.

use crate::behaviour::Behaviour;
use crate::entry::{OF_PLAIN_BYTES, VARIES};
use crate::key::Encodings;
use http::header::{CACHE_CONTROL, CONTENT_ENCODING, CONTENT_LENGTH, CONTENT_TYPE, ETAG};
use http::{HeaderMap, HeaderValue, StatusCode};

/// Shorter bodies are not compressed (CloudFront's bound).
pub const SQUEEZE_BYTES_MIN: u64 = 1_000;
/// Longer bodies are not compressed (CloudFront's bound).
pub const SQUEEZE_BYTES_MAX: u64 = 10_000_000;
/// What is text under another name (from CloudFront's list).
const TEXT_TYPES: [&str; 19] = [
    "application/dash+xml",
    "application/eot",
    "application/font-sfnt",
    "application/javascript",
    "application/json",
    "application/ld+json",
    "application/manifest+json",
    "application/opentype",
    "application/pdf",
    "application/rss+xml",
    "application/atom+xml",
    "application/vnd.ms-fontobject",
    "application/wasm",
    "application/xhtml+xml",
    "application/xml",
    "font/otf",
    "font/ttf",
    "image/svg+xml",
    "image/x-icon",
];

/// A form in which the edge compresses.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Squeeze {
    /// RFC 7932.
    Brotli,
    /// RFC 1952.
    Gzip,
}

impl Squeeze {
    /// Its name in `Content-Encoding`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Brotli => "br",
            Self::Gzip => "gzip",
        }
    }

    /// Changes headers to those of the compressed answer. Its bytes are others, so a strong `ETag` becomes weak.
    pub(crate) fn mark(self, headers: &mut HeaderMap) {
        for name in &OF_PLAIN_BYTES {
            headers.remove(name);
        }
        headers.insert(CONTENT_ENCODING, HeaderValue::from_static(self.as_str()));
        let strong = headers.get(ETAG).filter(|etag| etag.as_bytes().starts_with(b"\""));
        let weak = strong.and_then(|etag| HeaderValue::from_bytes(&[b"W/", etag.as_bytes()].concat()).ok());
        if let Some(weak) = weak {
            headers.insert(ETAG, weak);
        }
        Self::mark_variation(headers);
    }

    /// Says that viewers who read other forms get another answer.
    pub(crate) fn mark_variation(headers: &mut HeaderMap) {
        let lines = headers.get_all(VARIES).iter().filter_map(|value| value.to_str().ok());
        let is_said =
            lines.flat_map(|line| line.split(',')).any(|name| name.trim().eq_ignore_ascii_case("accept-encoding"));
        if !is_said {
            headers.append(VARIES, HeaderValue::from_static("Accept-Encoding"));
        }
    }
}

/// In which form the edge compresses an answer; `None` where it leaves it. The origin must have said how long it is,
/// and must not have forbidden it (`no-transform`).
pub fn squeeze(behaviour: &Behaviour, request: &HeaderMap, status: StatusCode, answer: &HeaderMap) -> Option<Squeeze> {
    if !behaviour.compress || !matches!(status.as_u16(), 200 | 403 | 404) || answer.contains_key(CONTENT_ENCODING) {
        return None;
    }
    let length: u64 = answer.get(CONTENT_LENGTH)?.to_str().ok()?.parse().ok()?;
    if !(SQUEEZE_BYTES_MIN..=SQUEEZE_BYTES_MAX).contains(&length) || !is_text(answer) || is_fixed(answer) {
        return None;
    }
    match Encodings::kept_by(behaviour, request) {
        Encodings { brotli: true, .. } => Some(Squeeze::Brotli),
        Encodings { gzip: true, .. } => Some(Squeeze::Gzip),
        Encodings { .. } => None,
    }
}

fn is_text(answer: &HeaderMap) -> bool {
    let said = answer.get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let kind = said.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    kind.starts_with("text/") || TEXT_TYPES.contains(&kind.as_str())
}

fn is_fixed(answer: &HeaderMap) -> bool {
    let lines = answer.get_all(CACHE_CONTROL).iter().filter_map(|value| value.to_str().ok());
    lines.flat_map(|line| line.split(',')).any(|name| name.trim().eq_ignore_ascii_case("no-transform"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Edge;

    const PLAIN: [(&str, &str); 3] =
        [("content-type", "text/html; charset=utf-8"), ("content-length", "1000"), ("etag", "\"a\"")];

    fn headers(list: &[(&'static str, &'static str)]) -> HeaderMap {
        list.iter().map(|(name, value)| (name.parse().unwrap(), HeaderValue::from_static(value))).collect()
    }

    #[test]
    fn what_is_text_and_of_some_length_is_compressed() {
        let edge = Edge::for_store([], &[]).unwrap();
        for (case, accept, status, change, want) in [
            ("brotli first", "gzip, br", 200, ("x", "y"), Some(Squeeze::Brotli)),
            ("gzip", "gzip", 200, ("x", "y"), Some(Squeeze::Gzip)),
            ("neither", "zstd", 200, ("x", "y"), None),
            ("a page that is not there", "br", 404, ("x", "y"), Some(Squeeze::Brotli)),
            ("a fault", "br", 500, ("x", "y"), None),
            ("short", "br", 200, ("content-length", "999"), None),
            ("longest", "br", 200, ("content-length", "10000000"), Some(Squeeze::Brotli)),
            ("too long", "br", 200, ("content-length", "10000001"), None),
            ("a picture", "br", 200, ("content-type", "image/webp"), None),
            ("a drawing", "br", 200, ("content-type", "image/svg+xml"), Some(Squeeze::Brotli)),
            ("done already", "br", 200, ("content-encoding", "gzip"), None),
            ("forbidden", "br", 200, ("cache-control", "public, no-transform"), None),
        ] {
            let mut answer = headers(&PLAIN);
            answer.insert(change.0, HeaderValue::from_static(change.1));
            let request = headers(&[("accept-encoding", accept)]);
            let status = StatusCode::from_u16(status).unwrap();
            assert_eq!(squeeze(edge.behaviour("/"), &request, status, &answer), want, "{case}");
        }
        let mut unsaid = headers(&PLAIN);
        unsaid.remove(CONTENT_LENGTH);
        let request = headers(&[("accept-encoding", "br")]);
        assert_eq!(squeeze(edge.behaviour("/"), &request, StatusCode::OK, &unsaid), None, "no length");
    }

    #[test]
    fn the_compressed_answer_says_that_it_is_another() {
        let mut answer = headers(&PLAIN);
        Squeeze::Brotli.mark(&mut answer);
        assert_eq!(
            answer,
            headers(&[
                ("content-type", "text/html; charset=utf-8"),
                ("etag", "W/\"a\""),
                ("content-encoding", "br"),
                ("vary", "Accept-Encoding"),
            ])
        );
    }
}
