//! What `Cache-Control` says, as far as a shared cache cares (RFC 9111, 5.2).

use http::HeaderMap;
use http::header::{CACHE_CONTROL, PRAGMA};

/// Longest time that is told apart, in seconds: ten years.
pub(crate) const SECONDS_MAX: u64 = 315_360_000;

/// Directives of an answer.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Directives {
    /// `no-store` or `private`.
    pub(crate) forbids_keeping: bool,
    pub(crate) no_cache: bool,
    /// `must-revalidate` or `proxy-revalidate`.
    pub(crate) must_revalidate: bool,
    /// `public`, `s-maxage` or `must-revalidate`: also what was asked for with `Authorization` is for all.
    pub(crate) is_public: bool,
    /// Only for caches that know the status (RFC 9111, 5.2.2.3).
    pub(crate) must_understand: bool,
    pub(crate) max_age: Option<u64>,
    pub(crate) s_maxage: Option<u64>,
    pub(crate) stale_while_revalidate: Option<u64>,
    pub(crate) stale_if_error: Option<u64>,
}

impl Directives {
    /// Reads an answer's header.
    pub(crate) fn read(headers: &HeaderMap) -> Self {
        let mut said = Self::default();
        for value in headers.get_all(CACHE_CONTROL) {
            // What cannot be read might forbid anything.
            let Ok(text) = value.to_str() else {
                said.forbids_keeping = true;
                continue;
            };
            for (name, argument) in directives(text) {
                said.take(&name.to_ascii_lowercase(), argument);
            }
        }
        said
    }

    /// Takes one directive; its name in lower case.
    pub(crate) fn take(&mut self, name: &str, argument: &str) {
        // Of a directive that is there twice the shorter counts.
        let least = |slot: &mut Option<u64>| *slot = Some(slot.unwrap_or(u64::MAX).min(seconds(argument)));
        match name {
            "private" | "no-store" => self.forbids_keeping = true,
            "no-cache" => self.no_cache = true,
            "must-revalidate" => (self.must_revalidate, self.is_public) = (true, true),
            "proxy-revalidate" => self.must_revalidate = true,
            "public" => self.is_public = true,
            "must-understand" => self.must_understand = true,
            "max-age" => least(&mut self.max_age),
            "s-maxage" => {
                self.is_public = true;
                least(&mut self.s_maxage);
            }
            "stale-while-revalidate" => least(&mut self.stale_while_revalidate),
            "stale-if-error" => least(&mut self.stale_if_error),
            _ => {}
        }
    }
}

/// Directives of a request (RFC 9111, 5.2.1).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Asked {
    pub(crate) no_cache: bool,
    pub(crate) no_store: bool,
    pub(crate) only_if_cached: bool,
    pub(crate) max_age: Option<u64>,
    pub(crate) min_fresh: Option<u64>,
    pub(crate) max_stale: Option<u64>,
}

impl Asked {
    /// Reads a request's headers; `Pragma` counts where there is no `Cache-Control`.
    pub(crate) fn read(headers: &HeaderMap) -> Self {
        let mut asked = Self::default();
        if !headers.contains_key(CACHE_CONTROL) {
            let pragma = headers.get_all(PRAGMA).iter().filter_map(|value| value.to_str().ok());
            asked.no_cache =
                pragma.flat_map(|text| text.split(',')).any(|name| name.trim().eq_ignore_ascii_case("no-cache"));
            return asked;
        }
        for text in headers.get_all(CACHE_CONTROL).iter().filter_map(|value| value.to_str().ok()) {
            for (name, argument) in directives(text) {
                match name.to_ascii_lowercase().as_str() {
                    "no-cache" => asked.no_cache = true,
                    "no-store" => asked.no_store = true,
                    "only-if-cached" => asked.only_if_cached = true,
                    "max-age" => asked.max_age = Some(seconds(argument)),
                    "min-fresh" => asked.min_fresh = Some(seconds(argument)),
                    // Without an argument any age will do.
                    "max-stale" if argument.is_empty() => asked.max_stale = Some(SECONDS_MAX),
                    "max-stale" => asked.max_stale = Some(seconds(argument)),
                    _ => {}
                }
            }
        }
        asked
    }
}

/// Seconds of an argument. Too long for a number is long; what is no number is nothing.
fn seconds(argument: &str) -> u64 {
    let digits = !argument.is_empty() && argument.bytes().all(|byte| byte.is_ascii_digit());
    if digits { argument.parse().unwrap_or(u64::MAX).min(SECONDS_MAX) } else { 0 }
}

/// Names with their arguments, without quotes. A comma in quotes parts nothing.
fn directives(text: &str) -> impl Iterator<Item = (&str, &str)> {
    let mut rest = text;
    std::iter::from_fn(move || {
        loop {
            if rest.is_empty() {
                return None;
            }
            let end = end_of_directive(rest);
            let directive = rest[..end].trim();
            rest = rest.get(end + 1..).unwrap_or_default();
            if directive.is_empty() {
                continue;
            }
            let (name, argument) = directive.split_once('=').unwrap_or((directive, ""));
            let bare = argument.strip_prefix('"').and_then(|quoted| quoted.strip_suffix('"')).unwrap_or(argument);
            return Some((name.trim(), bare));
        }
    })
}

fn end_of_directive(text: &str) -> usize {
    let (mut quoted, mut escaped) = (false, false);
    for (at, byte) in text.bytes().enumerate() {
        match byte {
            _ if escaped => escaped = false,
            b'\\' if quoted => escaped = true,
            b'"' => quoted = !quoted,
            b',' if !quoted => return at,
            _ => {}
        }
    }
    text.len()
}

#[cfg(test)]
mod tests {
    use super::*;
    use http::HeaderValue;

    #[test]
    fn a_comma_in_quotes_parts_nothing() {
        for (text, want) in [
            ("a, b=1", vec![("a", ""), ("b", "1")]),
            ("ext=\"max-age=9, x\", max-age=1", vec![("ext", "max-age=9, x"), ("max-age", "1")]),
            ("ext=\"\\\", max-age=9\", b", vec![("ext", "\\\", max-age=9"), ("b", "")]),
            (",, a ,", vec![("a", "")]),
            ("ext=\"never ends, max-age=9", vec![("ext", "\"never ends, max-age=9")]),
            ("", vec![]),
        ] {
            assert_eq!(directives(text).collect::<Vec<_>>(), want, "{text}");
        }
    }

    #[test]
    fn requests_ask_in_any_case() {
        let asked = |name: &'static str, value: &'static str| {
            let mut headers = HeaderMap::new();
            headers.insert(name, HeaderValue::from_static(value));
            Asked::read(&headers)
        };
        assert_eq!(asked("pragma", "No-Cache"), Asked { no_cache: true, ..Asked::default() });
        assert_eq!(asked("cache-control", "max-stale").max_stale, Some(SECONDS_MAX));
        assert_eq!(asked("cache-control", "Max-Age=5, min-fresh=2").max_age, Some(5));
    }
}
