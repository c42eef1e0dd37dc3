//! An answer that is kept.

use crate::behaviour::Behaviour;
use crate::description::{Class, Profile};
use crate::directives::{Asked, Directives};
use crate::forward::{AUTHORIZATION_FORWARDED, add_via, strip_hop_by_hop};
use crate::lifetime::{Lifetime, asked_for};
use crate::moment::UnixMs;
use crate::squeeze::Squeeze;
use crate::vary::{self, Variant};
use bytes::{Bytes, BytesMut};
use http::header::{
    ACCEPT_RANGES, AGE, CONTENT_ENCODING, CONTENT_LENGTH, CONTENT_RANGE, DATE, ETAG, HeaderMap, HeaderName,
    HeaderValue, LAST_MODIFIED, SET_COOKIE, VARY,
};
use http::{Method, Response, StatusCode};

/// The header with an answer's tags where the description names no other.
pub const TAG_HEADER: HeaderName = HeaderName::from_static("cache-tag");
/// Tags of one answer that count; the rest are not there (CloudFront's limit).
pub const TAGS_MAX: usize = 50;
/// Characters of a tag (CloudFront's limit).
const TAG_CHARS_MAX: usize = 256;
/// Headers that an answer gets on its way to a viewer: `Age`, `Cache-Status`, a range, what a function sets.
const ADDED_HEADERS: usize = 4;
/// Headers that belong to the body, and so do not change while it does not (RFC 9111, 3.2).
const OF_THE_BODY: [HeaderName; 5] =
    [CONTENT_ENCODING, CONTENT_LENGTH, CONTENT_RANGE, ETAG, HeaderName::from_static("content-md5")];

/// What is known of an answer that may be kept before its body is there.
#[derive(Clone, Debug)]
pub struct EntryHead {
    status: StatusCode,
    headers: HeaderMap,
    variant: Variant,
    tags: Box<str>,
    came_at: UnixMs,
    lifetime: Lifetime,
    squeeze: Option<Squeeze>,
}

impl EntryHead {
    /// Judges an answer of the origin to a request as the origin heard it; `None` if it must not be kept.
    pub fn of(
        behaviour: &Behaviour,
        method: &Method,
        request: &HeaderMap,
        status: StatusCode,
        headers: &HeaderMap,
        now: UnixMs,
    ) -> Option<Self> {
        if !behaviour.keeps() || *method != Method::GET || vary::by_anything(headers) {
            return None;
        }
        let lifetime = lifetime(behaviour, status, headers, now)?;
        let is_asked_about = headers.contains_key(ETAG) || headers.contains_key(LAST_MODIFIED);
        if !lifetime.is_served_unasked() && !is_asked_about {
            return None;
        }
        // RFC 9111, 3.5. What stands in the key is nobody else's anyway.
        let is_signed_in = request.contains_key(AUTHORIZATION_FORWARDED);
        if is_signed_in && !behaviour.key_headers.contains(&AUTHORIZATION_FORWARDED) && !is_for_all(headers) {
            return None;
        }
        if behaviour.profile == Profile::Rfc9111 && Asked::read(request).no_store {
            return None;
        }
        let variant = vary::variant(behaviour, request, headers)?;
        let tags = join_tags(behaviour, headers);
        let headers = ready(behaviour, headers.clone(), now);
        Some(Self { status, headers, variant, tags, came_at: now, lifetime, squeeze: None })
    }

    /// The same answer as the edge compresses it.
    #[must_use]
    pub fn squeezed(mut self, squeeze: Squeeze) -> Self {
        squeeze.mark(&mut self.headers);
        self.squeeze = Some(squeeze);
        self
    }

    /// The answer with its body.
    pub fn complete(self, body: Bytes) -> Entry {
        let Self { status, mut headers, variant, tags, came_at, lifetime, squeeze } = self;
        if !matches!(status, StatusCode::NO_CONTENT) {
            headers.insert(CONTENT_LENGTH, HeaderValue::from(body.len()));
        }
        let headers = compact(&headers);
        let is_squeezed = squeeze.is_some();
        Entry { status, headers, body, variant, tags, came_at, lifetime, rest_until: UnixMs(0), is_squeezed }
    }

    /// Its status.
    pub fn status(&self) -> StatusCode {
        self.status
    }

    /// Its headers as viewers get them.
    pub fn headers(&self) -> &HeaderMap {
        &self.headers
    }

    /// How long it is kept.
    pub fn lifetime(&self) -> Lifetime {
        self.lifetime
    }

    /// Whether others may get it who asked while it was on its way: those who ask the same, if it is not to be asked
    /// about each time.
    pub fn may_be_shared_with(&self, request: &HeaderMap) -> bool {
        self.lifetime.is_served_unasked() && vary::matches(&self.variant, request)
    }
}

/// An answer that may be served again.
#[derive(Clone, Debug)]
pub struct Entry {
    status: StatusCode,
    /// In order. A table of them takes half as much again, ten thousand times.
    headers: Box<[(HeaderName, HeaderValue)]>,
    body: Bytes,
    variant: Variant,
    /// Tags in lower case, parted by commas: one piece of memory, however many they are.
    tags: Box<str>,
    came_at: UnixMs,
    lifetime: Lifetime,
    rest_until: UnixMs,
    is_squeezed: bool,
}

impl Entry {
    /// Takes an answer of the origin; `None` if it must not be kept.
    pub fn new(
        behaviour: &Behaviour,
        method: &Method,
        request: &HeaderMap,
        answer: &Response<Bytes>,
        now: UnixMs,
    ) -> Option<Self> {
        let head = EntryHead::of(behaviour, method, request, answer.status(), answer.headers(), now)?;
        Some(head.complete(answer.body().clone()))
    }

    /// The same answer after the origin said that it is still true: headers of the 304 replace its own, and its time
    /// begins anew. `None` if it must not be kept any more.
    pub fn renewed(&self, behaviour: &Behaviour, not_modified: &HeaderMap, now: UnixMs) -> Option<Self> {
        let mut headers = self.headers();
        headers.remove(AGE);
        for name in not_modified.keys().filter(|name| !OF_THE_BODY.contains(name)) {
            headers.remove(name);
            for value in not_modified.get_all(name) {
                headers.append(name, value.clone());
            }
        }
        let lifetime = lifetime(behaviour, self.status, &headers, now)?;
        let tags = join_tags(behaviour, &headers);
        let mut headers = ready(behaviour, headers, now);
        if self.is_squeezed {
            Squeeze::mark_variation(&mut headers);
        }
        let headers = compact(&headers);
        Some(Self { headers, tags, came_at: now, lifetime, rest_until: UnixMs(0), ..self.clone() })
    }

    /// The same answer, served without asking for so many seconds more, because the origin has just failed.
    #[must_use]
    pub fn resting(&self, seconds: u64, now: UnixMs) -> Self {
        Self { rest_until: now.plus_seconds(seconds), ..self.clone() }
    }

    /// Its status.
    pub fn status(&self) -> StatusCode {
        self.status
    }

    /// Its headers as viewers get them, but for `Age`, in a table with room for what is said beside them.
    pub fn headers(&self) -> HeaderMap {
        let mut headers = HeaderMap::with_capacity(self.headers.len() + ADDED_HEADERS);
        headers.extend(self.headers.iter().cloned());
        headers
    }

    /// The first header of a name.
    pub fn header(&self, name: &HeaderName) -> Option<&HeaderValue> {
        self.headers.iter().find(|(known, _)| known == name).map(|(_, value)| value)
    }

    /// Its body.
    pub fn body(&self) -> &Bytes {
        &self.body
    }

    /// Whether the edge compressed it.
    pub fn is_squeezed(&self) -> bool {
        self.is_squeezed
    }

    /// The tags by which it is dropped, in lower case; at most [`TAGS_MAX`].
    pub fn tags(&self) -> impl Iterator<Item = &str> {
        self.tags.split(',').filter(|tag| !tag.is_empty())
    }

    /// When it came, or was last said to be true.
    pub fn came_at(&self) -> UnixMs {
        self.came_at
    }

    /// How long it is kept.
    pub fn lifetime(&self) -> Lifetime {
        self.lifetime
    }

    /// Whether it is served without asking, whatever its age, because the origin has just failed.
    pub fn rests(&self, now: UnixMs) -> bool {
        now < self.rest_until
    }

    /// Its age in seconds (RFC 9111, 4.2.3).
    pub fn age(&self, now: UnixMs) -> u64 {
        self.lifetime.age.saturating_add(now.since(self.came_at) / 1_000)
    }

    /// How long it is fresh yet, in milliseconds; what it is past that, below 0.
    pub fn fresh_ms(&self, now: UnixMs) -> i64 {
        let fresh = self.lifetime.fresh.saturating_mul(1_000);
        fresh.cast_signed().saturating_sub(now.since(self.came_at).cast_signed())
    }

    /// Whether a request gets this answer, as far as `Vary` says.
    pub fn matches(&self, request: &HeaderMap) -> bool {
        vary::matches(&self.variant, request)
    }

    /// Whether others may get it who asked while it was on its way; see [`EntryHead::may_be_shared_with`].
    pub fn may_be_shared_with(&self, request: &HeaderMap) -> bool {
        self.lifetime.is_served_unasked() && self.matches(request)
    }

    /// Whether both answer the same requests.
    pub(crate) fn is_same_variant(&self, other: &Self) -> bool {
        self.variant == other.variant
    }

    /// Bytes that it takes, about.
    pub fn weight(&self) -> usize {
        let headers: usize = self.headers.iter().map(|(name, value)| name.as_str().len() + value.len() + 72).sum();
        let variant: usize = self.variant.iter().map(|(_, value)| value.len() + 64).sum();
        self.body.len() + headers + variant + self.tags.len() + 512
    }
}

/// RFC 9111, 3.5: what was asked for with `Authorization` is kept only where the answer says that it is for all.
fn is_for_all(headers: &HeaderMap) -> bool {
    Directives::read(headers).is_public
}

fn lifetime(behaviour: &Behaviour, status: StatusCode, headers: &HeaderMap, now: UnixMs) -> Option<Lifetime> {
    if behaviour.profile == Profile::Rfc9111 {
        return lifetime_by_rfc(behaviour, status, headers, now);
    }
    let error = |fresh: u64| {
        let fresh = fresh.max(behaviour.errors.seconds(status)).min(behaviour.ttl.max);
        Some(Lifetime { fresh, ..Lifetime::default() })
    };
    match status.as_u16() {
        200 | 203 | 204 | 300 | 301 | 302 | 307 | 308 => Lifetime::of(behaviour.profile, headers, behaviour.ttl, now),
        // Kept whatever they say, so that a flood of bad requests does not reach the store.
        404 | 410 | 414 | 500..=504 => error(asked_for(behaviour.profile, headers, now).unwrap_or(0)),
        // Kept where they say for how long.
        400 | 403 | 405 | 412 | 415 => error(asked_for(behaviour.profile, headers, now).filter(|asked| *asked > 0)?),
        _ => None,
    }
}

/// RFC 9111, 3: any final status that says for how long; those of RFC 9110, 15.1, also for their validator alone.
fn lifetime_by_rfc(behaviour: &Behaviour, status: StatusCode, headers: &HeaderMap, now: UnixMs) -> Option<Lifetime> {
    let is_known = matches!(status.as_u16(), 200 | 203 | 204 | 300 | 301 | 308 | 404 | 405 | 410 | 414 | 501);
    let says = asked_for(behaviour.profile, headers, now).is_some();
    let is_other = matches!(status, StatusCode::PARTIAL_CONTENT | StatusCode::NOT_MODIFIED) || status.as_u16() < 200;
    let is_beyond_us = !is_known && !is_redirect_or_error(status) && Directives::read(headers).must_understand;
    if is_other || is_beyond_us || !(is_known || says) {
        return None;
    }
    Lifetime::of(behaviour.profile, headers, behaviour.ttl, now)
}

/// Whether a status is one of RFC 9110 that needs nothing done by a cache.
fn is_redirect_or_error(status: StatusCode) -> bool {
    !status.is_success() && status.canonical_reason().is_some()
}

/// The headers as viewers get them: nothing of one connection, no cookie where none is forwarded, `Vary` trimmed, a
/// date, and what the behaviour sets.
fn ready(behaviour: &Behaviour, mut headers: HeaderMap, now: UnixMs) -> HeaderMap {
    strip_hop_by_hop(&mut headers);
    headers.remove(AGE);
    if !behaviour.forwards_cookies() || behaviour.class == Class::Asset {
        headers.remove(SET_COOKIE);
    }
    vary::trim(behaviour, &mut headers);
    headers.entry(DATE).or_insert_with(|| now.http_date());
    add_via(&mut headers);
    behaviour.response_headers.apply(&mut headers);
    headers
}

/// The same headers in as little memory as they need: what a connection read shares one buffer, which would live as
/// long as the answer.
fn compact(headers: &HeaderMap) -> Box<[(HeaderName, HeaderValue)]> {
    let mut values = BytesMut::with_capacity(headers.values().map(HeaderValue::len).sum());
    headers.values().for_each(|value| values.extend_from_slice(value.as_bytes()));
    let mut values = values.freeze();
    let own = |(name, value): (&HeaderName, &HeaderValue)| {
        let own = HeaderValue::from_maybe_shared(values.split_to(value.len()));
        (name.clone(), own.unwrap_or_else(|_| value.clone()))
    };
    headers.iter().map(own).collect()
}

fn join_tags(behaviour: &Behaviour, headers: &HeaderMap) -> Box<str> {
    let lines = headers.get_all(&behaviour.tag_header).iter().filter_map(|value| value.to_str().ok());
    let tags = lines.flat_map(|line| line.split(',')).filter_map(tag).take(TAGS_MAX);
    let mut joined = String::new();
    for tag in tags {
        joined.push_str(&tag);
        joined.push(',');
    }
    joined.into_boxed_str()
}

/// A tag as it is compared; `None` for what is none.
pub(crate) fn tag(raw: &str) -> Option<String> {
    let raw = raw.trim();
    let visible = raw.bytes().all(|byte| byte.is_ascii_graphic() && byte != b',');
    (!raw.is_empty() && raw.len() <= TAG_CHARS_MAX && visible).then(|| raw.to_ascii_lowercase())
}

/// What an answer loses when the edge compresses it.
pub(crate) const OF_PLAIN_BYTES: [HeaderName; 3] = [ACCEPT_RANGES, CONTENT_LENGTH, HeaderName::from_static("digest")];
/// What an answer that the edge compressed varies by.
pub(crate) const VARIES: HeaderName = VARY;

#[cfg(test)]
mod tests;
