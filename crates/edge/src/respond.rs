//! What a viewer gets of a kept answer: all of it, a part, or nothing but headers (RFC 9110, 13 and 14).

use crate::entry::Entry;
use crate::moment::UnixMs;
use bytes::Bytes;
use http::header::{
    AGE, CONTENT_ENCODING, CONTENT_LENGTH, CONTENT_RANGE, CONTENT_TYPE, DATE, ETAG, HeaderMap, HeaderValue,
    IF_MODIFIED_SINCE, IF_NONE_MATCH, IF_RANGE, LAST_MODIFIED, RANGE,
};
use http::response::Parts;
use http::{Method, Response, StatusCode};

/// A part of a body: its first byte and the one behind its last.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ByteRange {
    /// Its first byte.
    pub start: u64,
    /// The byte behind its last.
    pub end: u64,
}

impl ByteRange {
    /// Makes the head of a whole answer that of this part.
    pub fn mark(self, head: &mut Parts, length: u64) {
        head.status = StatusCode::PARTIAL_CONTENT;
        head.headers.insert(CONTENT_LENGTH, HeaderValue::from(self.end.saturating_sub(self.start)));
        let last = self.end.saturating_sub(1);
        insert_text(&mut head.headers, &format!("bytes {}-{last}/{length}", self.start));
    }
}

/// What a viewer asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Range {
    /// All of it.
    Whole,
    /// A part of it.
    Part(ByteRange),
    /// A part that it does not have.
    Unsatisfiable,
}

impl Range {
    /// Makes the head of a whole answer that of what was asked for.
    pub fn mark(self, head: &mut Parts, length: u64) {
        match self {
            Self::Whole => {}
            Self::Part(part) => part.mark(head, length),
            Self::Unsatisfiable => {
                head.status = StatusCode::RANGE_NOT_SATISFIABLE;
                head.headers.insert(CONTENT_LENGTH, HeaderValue::from(0));
                insert_text(&mut head.headers, &format!("bytes */{length}"));
            }
        }
    }
}

impl Entry {
    /// What a viewer gets of it.
    pub fn respond(&self, method: &Method, request: &HeaderMap, now: UnixMs) -> Response<Bytes> {
        let (mut head, ()) = Response::new(()).into_parts();
        head.status = self.status();
        head.headers = self.headers();
        head.headers.insert(AGE, HeaderValue::from(self.age(now)));
        if self.status() == StatusCode::OK && is_not_modified(request, &head.headers) {
            head.status = StatusCode::NOT_MODIFIED;
            for name in [CONTENT_LENGTH, CONTENT_TYPE, CONTENT_ENCODING] {
                head.headers.remove(name);
            }
            return Response::from_parts(head, Bytes::new());
        }
        if *method == Method::HEAD {
            return Response::from_parts(head, Bytes::new());
        }
        let length = self.body().len() as u64;
        // Bytes that the edge compressed come out otherwise the next time.
        let range = if self.is_squeezed() { Range::Whole } else { range_of(method, request, &head, length) };
        range.mark(&mut head, length);
        let body = match range {
            Range::Whole => self.body().clone(),
            Range::Part(part) => self.slice(part),
            Range::Unsatisfiable => Bytes::new(),
        };
        Response::from_parts(head, body)
    }

    fn slice(&self, part: ByteRange) -> Bytes {
        let length = self.body().len();
        let place = |at: u64| usize::try_from(at).unwrap_or(length).min(length);
        self.body().slice(place(part.start)..place(part.end))
    }
}

fn insert_text(headers: &mut HeaderMap, text: &str) {
    if let Ok(value) = HeaderValue::from_str(text) {
        headers.insert(CONTENT_RANGE, value);
    }
}

/// Whether the viewer holds this version: by `If-None-Match` with the weak comparison, else by `If-Modified-Since`
/// (RFC 9110, 13.2.2).
pub fn is_not_modified(request: &HeaderMap, answer: &HeaderMap) -> bool {
    if request.contains_key(IF_NONE_MATCH) {
        let Some(etag) = answer.get(ETAG).and_then(|value| value.to_str().ok()) else { return false };
        let held = request.get_all(IF_NONE_MATCH).iter().filter_map(|value| value.to_str().ok());
        return held.flat_map(tags_of).any(|held| held == "*" || bare(held) == bare(etag));
    }
    let date = |headers: &HeaderMap, name| headers.get(name).and_then(UnixMs::parse_http_date);
    let since = date(request, IF_MODIFIED_SINCE);
    // An answer that does not say when it changed has not changed since it was made (RFC 9111, 4.3.2).
    let changed = || date(answer, if answer.contains_key(LAST_MODIFIED) { LAST_MODIFIED } else { DATE });
    since.is_some_and(|since| changed().is_some_and(|changed| changed <= since))
}

fn bare(tag: &str) -> &str {
    tag.strip_prefix("W/").unwrap_or(tag)
}

/// Entity tags of a list. A comma in quotes parts nothing.
fn tags_of(text: &str) -> impl Iterator<Item = &str> {
    let mut quoted = false;
    let parted = text.split(move |mark: char| {
        quoted ^= mark == '"';
        mark == ',' && !quoted
    });
    parted.map(str::trim)
}

/// What `Range` asks of an answer. More than one part is all of it, as is a part of a version that is no more
/// (`If-Range`).
pub fn range_of(method: &Method, request: &HeaderMap, answer: &Parts, length: u64) -> Range {
    let asked = request.get(RANGE).filter(|_| *method == Method::GET && answer.status == StatusCode::OK);
    let asked = asked.filter(|_| is_same_version(request, &answer.headers));
    let asked = asked.and_then(|value| value.to_str().ok()?.trim().strip_prefix("bytes="));
    match asked.and_then(|text| text.trim().split_once('-')) {
        Some((first, last)) => part(first.trim(), last.trim(), length).unwrap_or(Range::Whole),
        None => Range::Whole,
    }
}

/// `None` for what is no range, so that the whole is sent.
fn part(first: &str, last: &str, length: u64) -> Option<Range> {
    let number = |text: &str| {
        let digits = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
        digits.then(|| text.parse().unwrap_or(u64::MAX))
    };
    let (start, end) = match (number(first), number(last)) {
        (None, Some(last)) if first.is_empty() => (length - last.min(length), length),
        (Some(first), None) if last.is_empty() => (first, length),
        (Some(first), Some(last)) if first <= last => (first, last.saturating_add(1).min(length)),
        _ => return None,
    };
    if start >= end {
        return Some(Range::Unsatisfiable);
    }
    Some(Range::Part(ByteRange { start, end }))
}

/// RFC 9110, 13.1.5: the strong comparison, or the very date.
fn is_same_version(request: &HeaderMap, answer: &HeaderMap) -> bool {
    let Some(wanted) = request.get(IF_RANGE) else { return true };
    if wanted.as_bytes().starts_with(b"\"") {
        return answer.get(ETAG) == Some(wanted);
    }
    !wanted.as_bytes().starts_with(b"W/") && answer.get(LAST_MODIFIED) == Some(wanted)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn parts(headers: &[(&'static str, &'static str)]) -> Parts {
        let (mut parts, ()) = Response::new(()).into_parts();
        parts.headers = list(headers);
        parts
    }

    fn list(headers: &[(&'static str, &str)]) -> HeaderMap {
        headers.iter().map(|(name, value)| (name.parse().unwrap(), HeaderValue::from_str(value).unwrap())).collect()
    }

    const PART: fn(u64, u64) -> Range = |start, end| Range::Part(ByteRange { start, end });

    #[test]
    fn one_part_is_cut_out() {
        let answer = parts(&[("etag", "\"a\""), ("last-modified", "Sun, 06 Nov 1994 08:49:37 GMT")]);
        for (asked, if_range, want) in [
            ("bytes=0-1", "", PART(0, 2)),
            ("bytes=5-", "", PART(5, 10)),
            ("bytes=-3", "", PART(7, 10)),
            ("bytes=-30", "", PART(0, 10)),
            ("bytes=2-99999999999999999999999", "", PART(2, 10)),
            ("bytes=10-", "", Range::Unsatisfiable),
            ("bytes=-0", "", Range::Unsatisfiable),
            ("bytes=3-2", "", Range::Whole),
            ("bytes=0-1,4-5", "", Range::Whole),
            ("bytes=a-b", "", Range::Whole),
            ("bytes=-", "", Range::Whole),
            ("lines=0-1", "", Range::Whole),
            ("bytes=0-1", "\"a\"", PART(0, 2)),
            ("bytes=0-1", "\"b\"", Range::Whole),
            ("bytes=0-1", "W/\"a\"", Range::Whole),
            ("bytes=0-1", "Sun, 06 Nov 1994 08:49:37 GMT", PART(0, 2)),
            ("bytes=0-1", "Sun, 06 Nov 1994 08:49:38 GMT", Range::Whole),
        ] {
            let mut request = list(&[("range", asked)]);
            if !if_range.is_empty() {
                request.insert(IF_RANGE, HeaderValue::from_str(if_range).unwrap());
            }
            assert_eq!(range_of(&Method::GET, &request, &answer, 10), want, "{asked} {if_range}");
            assert_eq!(range_of(&Method::HEAD, &request, &answer, 10), Range::Whole, "HEAD {asked}");
        }
    }

    #[test]
    fn viewers_that_hold_this_version_are_known() {
        const CHANGED: &str = "Sun, 06 Nov 1994 08:49:37 GMT";
        let answer = parts(&[("etag", "W/\"a,b\""), ("last-modified", CHANGED)]).headers;
        for (name, value, want) in [
            ("if-none-match", "\"a,b\"", true),
            ("if-none-match", "W/\"a,b\"", true),
            ("if-none-match", "\"c\", \"a,b\"", true),
            ("if-none-match", "*", true),
            ("if-none-match", "\"a\"", false),
            ("if-none-match", "a,b", false),
            ("if-none-match", "", false),
            ("if-modified-since", CHANGED, true),
            ("if-modified-since", "Sun, 06 Nov 1994 08:49:38 GMT", true),
            ("if-modified-since", "Sun, 06 Nov 1994 08:49:36 GMT", false),
            ("if-modified-since", "yesterday", false),
        ] {
            assert_eq!(is_not_modified(&list(&[(name, value)]), &answer), want, "{name}: {value}");
        }
        let both = list(&[("if-none-match", "\"other\""), ("if-modified-since", CHANGED)]);
        assert!(!is_not_modified(&both, &answer), "the date does not count beside tags");
    }

    proptest! {
        #[test]
        fn a_part_lies_within(text in "bytes=[0-9]{0,4}-[0-9]{0,4}", length in 0_u64..2_000) {
            let request = list(&[("range", &text)]);
            if let Range::Part(part) = range_of(&Method::GET, &request, &parts(&[]), length) {
                prop_assert!(part.start < part.end && part.end <= length);
            }
        }
    }
}
