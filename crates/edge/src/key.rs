//! Under which key an answer is kept.

use crate::behaviour::Behaviour;
use crate::selection::{Selection, pairs};
use http::HeaderMap;
use http::header::{ACCEPT_ENCODING, COOKIE};
use std::borrow::Borrow;
use std::fmt;
use std::hash::{Hash, Hasher};
use std::sync::Arc;

/// Parts of a key's text. No address and no header value has it.
const BETWEEN: u8 = b'\n';

/// Which compressed forms a viewer reads; all that is left of its `Accept-Encoding`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Encodings {
    /// Brotli.
    pub brotli: bool,
    /// Gzip.
    pub gzip: bool,
}

impl Encodings {
    /// Reads a request's header; a form that is refused by `q=0` is not read.
    pub fn of(request: &HeaderMap) -> Self {
        let mut found = Self::default();
        for value in request.get_all(ACCEPT_ENCODING).iter().filter_map(|value| value.to_str().ok()) {
            for entry in value.split(',') {
                let (name, parameters) = entry.split_once(';').unwrap_or((entry, ""));
                let weight = parameters.trim().strip_prefix("q=").unwrap_or("1");
                let reads = weight.bytes().any(|byte| (b'1'..=b'9').contains(&byte));
                match name.trim() {
                    name if name.eq_ignore_ascii_case("br") => found.brotli = reads,
                    name if name.eq_ignore_ascii_case("gzip") => found.gzip = reads,
                    _ => {}
                }
            }
        }
        found
    }

    /// Those of them that a behaviour keeps apart.
    pub fn kept_by(behaviour: &Behaviour, request: &HeaderMap) -> Self {
        if !behaviour.brotli && !behaviour.gzip {
            return Self::default();
        }
        let reads = Self::of(request);
        Self { brotli: reads.brotli && behaviour.brotli, gzip: reads.gzip && behaviour.gzip }
    }

    /// What the origin is asked for; `None` for no compressed form.
    pub fn as_str(self) -> Option<&'static str> {
        match (self.brotli, self.gzip) {
            (true, true) => Some("br,gzip"),
            (true, false) => Some("br"),
            (false, true) => Some("gzip"),
            (false, false) => None,
        }
    }
}

/// What tells kept answers apart: path, and the query names, headers, cookies and compressed forms that count.
#[derive(Clone, PartialEq, Eq)]
pub struct CacheKey(Arc<[u8]>);

impl CacheKey {
    /// A key from what [`Behaviour::write_key`] wrote.
    pub fn from_text(text: &[u8]) -> Self {
        Self(text.into())
    }

    /// Path and query string, as far as they count.
    pub fn address(&self) -> &str {
        let end = self.0.iter().position(|byte| *byte == BETWEEN).unwrap_or(self.0.len());
        std::str::from_utf8(&self.0[..end]).unwrap_or_default()
    }

    /// Bytes that it takes.
    pub fn bytes(&self) -> usize {
        self.0.len()
    }
}

impl AsRef<[u8]> for CacheKey {
    fn as_ref(&self) -> &[u8] {
        &self.0
    }
}

impl fmt::Debug for CacheKey {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "CacheKey({:?})", String::from_utf8_lossy(&self.0))
    }
}

// A key is looked for by its text, before there is a key.
impl Hash for CacheKey {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.0.hash(state);
    }
}

impl Borrow<[u8]> for CacheKey {
    fn borrow(&self) -> &[u8] {
        &self.0
    }
}

impl Behaviour {
    /// Writes a key's text, so that who looks for a kept answer needs no new memory.
    pub fn write_key(&self, text: &mut Vec<u8>, path: &str, query: Option<&str>, request: &HeaderMap) {
        text.clear();
        text.extend_from_slice(path.as_bytes());
        write_query(text, query.unwrap_or_default(), &self.key_query, &Selection::None);
        text.push(BETWEEN);
        let encodings = Encodings::kept_by(self, request);
        text.push(b'0' + u8::from(encodings.brotli) + 2 * u8::from(encodings.gzip));
        for name in &self.key_headers {
            text.push(BETWEEN);
            for value in request.get_all(name) {
                text.extend_from_slice(value.as_bytes());
                text.push(b',');
            }
        }
        if !self.key_cookies.is_none() {
            text.push(BETWEEN);
            for value in request.get_all(COOKIE).iter().filter_map(|value| value.to_str().ok()) {
                let counted = pairs(value, ';').filter(|(name, _)| self.key_cookies.takes(name));
                counted.for_each(|(_, pair)| text.extend_from_slice(&[pair.as_bytes(), b";"].concat()));
            }
        }
    }
}

/// Writes the pairs that either selection takes, literally, as CloudFront does: the origin makes other spellings
/// canonical by a redirect.
pub(crate) fn write_query(text: &mut Vec<u8>, query: &str, selection: &Selection, more: &Selection) {
    if query.is_empty() {
        return;
    }
    if *selection == Selection::All || *more == Selection::All {
        text.push(b'?');
        text.extend_from_slice(query.as_bytes());
        return;
    }
    let mut mark = b'?';
    for pair in query.split('&') {
        let name = pair.split('=').next().unwrap_or_default();
        if !name.is_empty() && (selection.takes(name) || more.takes(name)) {
            text.push(mark);
            text.extend_from_slice(pair.as_bytes());
            mark = b'&';
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Class, Edge};
    use http::HeaderValue;
    use proptest::prelude::*;

    fn request(headers: &[(&'static str, &str)]) -> HeaderMap {
        let mut request = HeaderMap::new();
        for (name, value) in headers {
            request.append(*name, HeaderValue::from_str(value).unwrap());
        }
        request
    }

    fn behaviour() -> Behaviour {
        Edge::for_store([("/static/*", Class::Asset)], &["q", "f"]).unwrap().behaviour("/").clone()
    }

    fn key(query: &str, headers: &[(&'static str, &str)]) -> CacheKey {
        behaviour().key("/search", Some(query), &request(headers))
    }

    #[test]
    fn only_known_query_names_count() {
        for (query, want) in [
            ("", "/search"),
            ("q=tea", "/search?q=tea"),
            ("utm_source=x&q=tea&fbclid=1", "/search?q=tea"),
            ("f=a:b&q=tea&f=c:d", "/search?f=a:b&q=tea&f=c:d"),
            ("Q=tea", "/search"),
            ("&&q", "/search?q"),
        ] {
            assert_eq!(key(query, &[]).address(), want, "{query}");
        }
    }

    #[test]
    fn selections_count_what_they_say() {
        let names = || vec!["a".to_owned()];
        for (selection, want) in [
            (Selection::None, "/search"),
            (Selection::Listed(names()), "/search?a=1"),
            (Selection::Except(names()), "/search?b=2&c"),
            (Selection::All, "/search?a=1&b=2&c"),
        ] {
            let behaviour = Behaviour { key_query: selection.clone(), ..behaviour() };
            assert_eq!(behaviour.key("/search", Some("a=1&b=2&c"), &HeaderMap::new()).address(), want, "{selection:?}");
        }
    }

    #[test]
    fn who_asks_does_not_count() {
        let plain = key("q=tea", &[]);
        let other =
            [("cookie", "basket=1"), ("user-agent", "x"), ("host", "evil.example"), ("cache-control", "no-cache")];
        assert_eq!(key("q=tea", &other), plain);
    }

    #[test]
    fn named_headers_and_cookies_count() {
        let cookies = Selection::Listed(vec!["currency".to_owned()]);
        let key_headers = vec!["cloudfront-viewer-country".parse().unwrap()];
        let behaviour = Behaviour { key_headers, key_cookies: cookies, ..behaviour() };
        let key = |headers: &[(&'static str, &str)]| behaviour.key("/", None, &request(headers));
        let plain = key(&[("cloudfront-viewer-country", "DE"), ("cookie", "currency=EUR; basket=1")]);
        assert_eq!(plain, key(&[("cloudfront-viewer-country", "DE"), ("cookie", "basket=2; currency=EUR")]));
        assert_ne!(plain, key(&[("cloudfront-viewer-country", "FR"), ("cookie", "currency=EUR")]));
        assert_ne!(plain, key(&[("cloudfront-viewer-country", "DE"), ("cookie", "currency=GBP")]));
        assert_ne!(plain, key(&[("cloudfront-viewer-country", "DE")]));
    }

    #[test]
    fn compression_is_normalised() {
        for (sent, want) in [
            ("gzip, deflate, br, zstd", Some("br,gzip")),
            ("BR", Some("br")),
            ("br;q=0, gzip;q=0.5", Some("gzip")),
            ("gzip;q=0.000", None),
            ("identity", None),
            ("", None),
        ] {
            let sent = request(&[("accept-encoding", sent)]);
            assert_eq!(Encodings::kept_by(&behaviour(), &sent).as_str(), want, "{sent:?}");
            let without = Behaviour { gzip: false, brotli: false, ..behaviour() };
            assert_eq!(Encodings::kept_by(&without, &sent).as_str(), None);
        }
        let twice = key("", &[("accept-encoding", "br"), ("accept-encoding", "gzip")]);
        assert_eq!(twice, key("", &[("accept-encoding", "gzip;q=1.0,br;q=0.1")]));
    }

    proptest! {
        #[test]
        fn a_key_ignores_what_no_policy_names(
            name in "[a-z]{3,12}", value in "[ -~]{0,40}", query in "[a-z]{2,6}=[a-z0-9]{0,8}", cookie in "[ -~]{0,40}"
        ) {
            prop_assume!(name != "accept-encoding");
            let plain = key("q=tea", &[]);
            let mut asked = HeaderMap::new();
            asked.insert(http::HeaderName::from_bytes(name.as_bytes()).unwrap(), HeaderValue::from_str(&value).unwrap());
            asked.insert(COOKIE, HeaderValue::from_str(&cookie).unwrap());
            prop_assert_eq!(&plain, &behaviour().key("/search", Some("q=tea"), &asked));
            prop_assert_eq!(&plain, &key(&format!("{query}&q=tea"), &[]));
        }

        #[test]
        fn two_addresses_have_two_keys(one in "/[a-z/]{0,6}", other in "/[a-z/]{0,6}", q in "[a-z]{0,3}", p in "[a-z]{0,3}") {
            let key = |path: &str, q: &str| behaviour().key(path, Some(&format!("q={q}")), &HeaderMap::new());
            prop_assert_eq!(key(&one, &q) == key(&other, &p), one == other && q == p);
        }
    }
}
