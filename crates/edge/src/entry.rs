//! An answer that is kept.

use crate::behaviour::{Behaviour, Class};
use crate::lifetime::Lifetime;
use bytes::Bytes;
use http::header::{
    AGE, CONNECTION, CONTENT_LENGTH, CONTENT_TYPE, ETAG, HeaderMap, HeaderName, HeaderValue, IF_NONE_MATCH, SET_COOKIE,
    TRANSFER_ENCODING, VARY,
};
use http::{Method, Response, StatusCode};

/// The header with an answer's tags, parted by commas.
pub const TAG_HEADER: HeaderName = HeaderName::from_static("cache-tag");
/// Tags of one answer that count; the rest are not there (CloudFront's limit).
pub const TAGS_MAX: usize = 50;
/// Characters of a tag (CloudFront's limit).
const TAG_CHARS_MAX: usize = 256;
/// Headers that speak of one connection.
const HOP_BY_HOP: [HeaderName; 4] =
    [CONNECTION, TRANSFER_ENCODING, HeaderName::from_static("keep-alive"), HeaderName::from_static("upgrade")];

/// A moment: milliseconds since 1970-01-01T00:00:00Z.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct UnixMs(pub u64);

impl UnixMs {
    /// Whole seconds since 1970.
    pub fn seconds(self) -> u64 {
        self.0 / 1_000
    }

    /// Milliseconds from `earlier` to here; 0 if it is later.
    pub fn since(self, earlier: Self) -> u64 {
        self.0.saturating_sub(earlier.0)
    }
}

/// An answer that may be served again.
#[derive(Clone, Debug)]
pub struct Entry {
    status: StatusCode,
    headers: HeaderMap,
    body: Bytes,
    tags: Vec<String>,
    came_at: UnixMs,
    lifetime: Lifetime,
}

impl Entry {
    /// Takes an answer of the origin; `None` if it must not be kept.
    pub fn new(behaviour: &Behaviour, method: &Method, answer: &Response<Bytes>, now: UnixMs) -> Option<Self> {
        if behaviour.class == Class::Own || method != Method::GET || varies_by_anything(answer.headers()) {
            return None;
        }
        let lifetime = lifetime(behaviour, answer.status(), answer.headers(), now)?;
        let mut headers = answer.headers().clone();
        trim(&mut headers);
        let tags = tags(&headers);
        let body = answer.body().clone();
        Some(Self { status: answer.status(), headers, body, tags, came_at: now, lifetime })
    }

    /// The same answer after the origin said that it is still true: headers of the 304 replace its own, and its time
    /// begins anew. `None` if it must not be kept any more.
    pub fn renewed(&self, behaviour: &Behaviour, not_modified: &HeaderMap, now: UnixMs) -> Option<Self> {
        let mut headers = self.headers.clone();
        for name in not_modified.keys().filter(|name| **name != CONTENT_LENGTH) {
            headers.remove(name);
            for value in not_modified.get_all(name) {
                headers.append(name, value.clone());
            }
        }
        let lifetime = lifetime(behaviour, self.status, &headers, now)?;
        trim(&mut headers);
        let tags = tags(&headers);
        Some(Self { headers, tags, came_at: now, lifetime, ..self.clone() })
    }

    /// What a viewer gets of it: nothing but headers if they have it or asked for no more.
    pub fn respond(&self, method: &Method, request: &HeaderMap, now: UnixMs) -> Response<Bytes> {
        let known = self.status == StatusCode::OK && is_known(request, self.headers.get(ETAG));
        let body = if known || method == Method::HEAD { Bytes::new() } else { self.body.clone() };
        let mut response = Response::new(body);
        *response.status_mut() = if known { StatusCode::NOT_MODIFIED } else { self.status };
        *response.headers_mut() = self.headers.clone();
        let age = now.since(self.came_at) / 1_000;
        response.headers_mut().insert(AGE, HeaderValue::from(age));
        if known {
            response.headers_mut().remove(CONTENT_LENGTH);
            response.headers_mut().remove(CONTENT_TYPE);
        }
        response
    }

    /// Its status.
    pub fn status(&self) -> StatusCode {
        self.status
    }

    /// Its headers, without those that are nobody else's.
    pub fn headers(&self) -> &HeaderMap {
        &self.headers
    }

    /// Its body.
    pub fn body(&self) -> &Bytes {
        &self.body
    }

    /// The tags by which it is dropped, in lower case; at most [`TAGS_MAX`].
    pub fn tags(&self) -> &[String] {
        &self.tags
    }

    /// When it came, or was last said to be true.
    pub fn came_at(&self) -> UnixMs {
        self.came_at
    }

    /// How long it is kept.
    pub fn lifetime(&self) -> Lifetime {
        self.lifetime
    }

    /// Bytes that it takes, about.
    pub fn weight(&self) -> usize {
        let headers: usize = self.headers.iter().map(|(name, value)| name.as_str().len() + value.len() + 32).sum();
        let tags: usize = self.tags.iter().map(|tag| tag.len() + 48).sum();
        self.body.len() + headers + tags + 256
    }
}

/// What a viewer gets of an answer that comes straight from the origin: without cookies where none are forwarded.
pub fn to_viewer(behaviour: &Behaviour, headers: &mut HeaderMap) {
    if behaviour.class != Class::Own {
        headers.remove(SET_COOKIE);
    }
}

fn lifetime(behaviour: &Behaviour, status: StatusCode, headers: &HeaderMap, now: UnixMs) -> Option<Lifetime> {
    match status.as_u16() {
        200 | 203 | 204 | 300 | 301 | 302 | 307 | 308 => Lifetime::of(headers, behaviour.ttl, now),
        // Kept whatever they say, so that a flood of bad requests does not reach the store.
        404 | 410 | 414 | 500..=504 => {
            let fresh = Lifetime::asked(headers, now).unwrap_or(0).max(behaviour.error_seconds).min(behaviour.ttl.max);
            Some(Lifetime { fresh, ..Lifetime::default() })
        }
        // Kept where they say for how long.
        400 | 403 | 405 | 412 | 415 => {
            let fresh = Lifetime::asked(headers, now).filter(|seconds| *seconds > 0)?;
            let fresh = fresh.max(behaviour.error_seconds).min(behaviour.ttl.max);
            Some(Lifetime { fresh, ..Lifetime::default() })
        }
        _ => None,
    }
}

/// `Vary: *` means that the next request may get anything.
fn varies_by_anything(headers: &HeaderMap) -> bool {
    let varies = headers.get_all(VARY);
    varies.iter().any(|value| value.as_bytes().split(|byte| *byte == b',').any(|name| name.trim_ascii() == b"*"))
}

/// Leaves what may be shown to others: no cookie, nothing of one connection, `Vary` only by what stands in the key.
fn trim(headers: &mut HeaderMap) {
    headers.remove(SET_COOKIE);
    headers.remove(AGE);
    for name in &HOP_BY_HOP {
        headers.remove(name);
    }
    let by_encoding = headers.get_all(VARY).iter().filter_map(|value| value.to_str().ok());
    let by_encoding =
        by_encoding.flat_map(|value| value.split(',')).any(|name| name.trim().eq_ignore_ascii_case("accept-encoding"));
    headers.remove(VARY);
    if by_encoding {
        headers.insert(VARY, HeaderValue::from_static("Accept-Encoding"));
    }
}

fn tags(headers: &HeaderMap) -> Vec<String> {
    let lines = headers.get_all(TAG_HEADER).iter().filter_map(|value| value.to_str().ok());
    let named = lines.flat_map(|line| line.split(',')).filter_map(tag);
    named.take(TAGS_MAX).collect()
}

/// A tag as it is compared; `None` for what is none.
pub(crate) fn tag(raw: &str) -> Option<String> {
    let raw = raw.trim();
    let visible = raw.bytes().all(|byte| byte.is_ascii_graphic() && byte != b',');
    (!raw.is_empty() && raw.len() <= TAG_CHARS_MAX && visible).then(|| raw.to_ascii_lowercase())
}

/// Whether the viewer holds this version (RFC 9110, 13.1.2: the weak comparison).
fn is_known(request: &HeaderMap, etag: Option<&HeaderValue>) -> bool {
    fn bare(tag: &str) -> &str {
        tag.trim().trim_start_matches("W/")
    }
    let Some(etag) = etag.and_then(|value| value.to_str().ok()) else { return false };
    let held = request.get_all(IF_NONE_MATCH).iter().filter_map(|value| value.to_str().ok());
    held.flat_map(|value| value.split(',')).any(|held| held.trim() == "*" || bare(held) == bare(etag))
}

#[cfg(test)]
mod tests;
