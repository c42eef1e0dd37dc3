//! `CDN-Cache-Control`: what an origin says to an edge alone (RFC 9213), a dictionary of structured fields (RFC 9651).

use crate::directives::Directives;
use http::{HeaderMap, HeaderName};

const CDN_CACHE_CONTROL: HeaderName = HeaderName::from_static("cdn-cache-control");

/// What a member of the dictionary holds, as far as a cache cares.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Held {
    Yes,
    No,
    Seconds(u64),
    Other,
}

/// Reads the header. `None` where there is none, or one that says nothing or cannot be read: then `Cache-Control`
/// counts, else it does not.
pub(crate) fn read(headers: &HeaderMap) -> Option<Directives> {
    let mut lines = headers.get_all(CDN_CACHE_CONTROL).iter().peekable();
    lines.peek()?;
    let mut text = String::new();
    for line in lines {
        if !text.is_empty() {
            text.push(',');
        }
        text.push_str(line.to_str().ok()?);
    }
    let mut said = Directives::default();
    let mut reader = Reader { rest: text.trim_matches(' ') };
    loop {
        let name = reader.key()?;
        let held = if reader.skip('=') { reader.value()? } else { Held::Yes };
        reader.parameters()?;
        match (name, held) {
            (_, Held::No) => {}
            ("max-age" | "s-maxage" | "stale-while-revalidate" | "stale-if-error", Held::Seconds(seconds)) => {
                said.take(name, &seconds.to_string());
            }
            // The wrong type: the origin did not mean us.
            ("max-age" | "s-maxage" | "stale-while-revalidate" | "stale-if-error", _) => return None,
            (name, _) => said.take(name, ""),
        }
        reader.space();
        if reader.rest.is_empty() {
            return Some(said);
        }
        if !reader.skip(',') {
            return None;
        }
        reader.space();
    }
}

struct Reader<'t> {
    rest: &'t str,
}

impl<'t> Reader<'t> {
    fn skip(&mut self, mark: char) -> bool {
        let Some(rest) = self.rest.strip_prefix(mark) else { return false };
        self.rest = rest;
        true
    }

    fn space(&mut self) {
        self.rest = self.rest.trim_start_matches([' ', '\t']);
    }

    /// As many of these bytes as there are; `None` for not one.
    fn some(&mut self, is_of: impl Fn(u8) -> bool) -> Option<&'t str> {
        let end = self.rest.bytes().position(|byte| !is_of(byte)).unwrap_or(self.rest.len());
        let (taken, rest) = self.rest.split_at(end);
        self.rest = rest;
        (!taken.is_empty()).then_some(taken)
    }

    fn key(&mut self) -> Option<&'t str> {
        let starts = self.rest.starts_with(|first: char| first.is_ascii_lowercase() || first == '*');
        let key = self.some(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || b"_-.*".contains(&byte));
        key.filter(|_| starts)
    }

    fn parameters(&mut self) -> Option<()> {
        while self.skip(';') {
            self.space();
            self.key()?;
            if self.skip('=') {
                self.item()?;
            }
        }
        Some(())
    }

    fn value(&mut self) -> Option<Held> {
        if !self.skip('(') {
            return self.item();
        }
        loop {
            self.space();
            if self.skip(')') {
                return Some(Held::Other);
            }
            self.item()?;
            self.parameters()?;
        }
    }

    fn item(&mut self) -> Option<Held> {
        match self.rest.bytes().next()? {
            b'?' => {
                self.skip('?');
                if self.skip('1') { Some(Held::Yes) } else { self.skip('0').then_some(Held::No) }
            }
            b'"' => self.string(),
            b':' => {
                self.skip(':');
                self.some(|byte| byte.is_ascii_alphanumeric() || b"+/=".contains(&byte));
                self.skip(':').then_some(Held::Other)
            }
            b'@' => {
                self.skip('@');
                self.number().map(|_| Held::Other)
            }
            b'-' | b'0'..=b'9' => self.number(),
            first if first.is_ascii_alphabetic() || first == b'*' => {
                self.some(|byte| byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~:/".contains(&byte))?;
                Some(Held::Other)
            }
            _ => None,
        }
    }

    fn number(&mut self) -> Option<Held> {
        let negative = self.skip('-');
        let whole = self.some(|byte| byte.is_ascii_digit())?;
        if self.skip('.') {
            self.some(|byte| byte.is_ascii_digit())?;
            return Some(Held::Other);
        }
        // RFC 9651, 3.3.1: at most fifteen digits.
        let number = whole.parse().ok().filter(|_| whole.len() <= 15)?;
        Some(if negative { Held::Other } else { Held::Seconds(number) })
    }

    fn string(&mut self) -> Option<Held> {
        self.skip('"');
        let mut escaped = false;
        for (at, byte) in self.rest.bytes().enumerate() {
            match byte {
                b'"' | b'\\' if escaped => escaped = false,
                _ if escaped => return None,
                b'\\' => escaped = true,
                b'"' => {
                    self.rest = &self.rest[at + 1..];
                    return Some(Held::Other);
                }
                _ => {}
            }
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use http::HeaderValue;
    use proptest::prelude::*;

    fn said(text: &str) -> Option<Directives> {
        let mut headers = HeaderMap::new();
        headers.insert(CDN_CACHE_CONTROL, HeaderValue::from_str(text).unwrap());
        read(&headers)
    }

    #[test]
    fn dictionaries_are_read_strictly() {
        for (text, max_age) in [
            ("max-age=60", Some(Some(60))),
            ("foobar, max-age=60", Some(Some(60))),
            ("a=(1 \"two\";x=?1 three), max-age=60;why=\"so\"", Some(Some(60))),
            ("max-age=60, b=:aGk=:, c=1.5, d=@1700000000, e=*tok/en", Some(Some(60))),
            ("public", Some(None)),
            ("max-age=99999999999", Some(Some(crate::directives::SECONDS_MAX))),
            ("", None),
            ("max-age=60,", None),
            ("max-age=60, &&&&&", None),
            ("max-age=\"60\"", None),
            ("max-age=-1", None),
            ("max-age=1.5", None),
            ("max-age", None),
            ("max-age =60", None),
            ("max-age= 60", None),
            ("MaX-aGe=60", None),
            ("max-age=1234567890123456", None),
            ("a=\"never ends", None),
        ] {
            assert_eq!(said(text).map(|said| said.max_age), max_age, "{text}");
        }
        assert!(said("no-store").unwrap().forbids_keeping);
        assert!(!said("no-store=?0").unwrap().forbids_keeping);
    }

    proptest! {
        #[test]
        fn no_header_makes_it_panic(text in "[ -~]{0,60}") {
            let _ = said(&text);
        }
    }
}
