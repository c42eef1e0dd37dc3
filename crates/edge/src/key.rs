//! Under which key an answer is kept.

use http::HeaderMap;
use http::header::ACCEPT_ENCODING;

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

/// What tells kept answers apart: path, the query names that count, and compression.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct CacheKey {
    address: String,
    encodings: Encodings,
}

impl CacheKey {
    pub(crate) fn new(path: &str, query: &str, names: &[String], request: &HeaderMap) -> Self {
        let mut address = path.to_owned();
        let mut mark = '?';
        for pair in query.split('&') {
            let name = pair.split('=').next().unwrap_or_default();
            // Literally, as CloudFront does: the origin makes other spellings canonical by a redirect.
            if !name.is_empty() && names.iter().any(|known| known == name) {
                address.push(mark);
                address.push_str(pair);
                mark = '&';
            }
        }
        Self { address, encodings: Encodings::of(request) }
    }

    /// Path and query string as the origin is asked for them.
    pub fn address(&self) -> &str {
        &self.address
    }

    /// The compressed forms that the origin is asked for.
    pub fn encodings(&self) -> Encodings {
        self.encodings
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Behaviour, Class, PathPattern};
    use http::HeaderValue;

    fn key(query: &str, headers: &[(&'static str, &'static str)]) -> CacheKey {
        let behaviour = Behaviour::of_class(PathPattern::parse("*").unwrap(), Class::Cached, &["q", "f"]);
        let mut request = HeaderMap::new();
        for (name, value) in headers {
            request.append(*name, HeaderValue::from_static(value));
        }
        behaviour.key("/search", Some(query), &request)
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
    fn who_asks_does_not_count() {
        let plain = key("q=tea", &[]);
        let other =
            [("cookie", "basket=1"), ("user-agent", "x"), ("host", "evil.example"), ("cache-control", "no-cache")];
        assert_eq!(key("q=tea", &other), plain);
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
            assert_eq!(key("", &[("accept-encoding", sent)]).encodings().as_str(), want, "{sent}");
        }
        let twice = key("", &[("accept-encoding", "br"), ("accept-encoding", "gzip")]);
        assert_eq!(twice, key("", &[("accept-encoding", "gzip;q=1.0,br;q=0.1")]));
    }
}
