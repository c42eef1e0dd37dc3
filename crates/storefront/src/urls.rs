//! Percent-encoding, for slugs of any script, seeds of drawn pictures and query strings.

use std::fmt::Write as _;

/// A path segment: everything but RFC 3986's unreserved characters is encoded.
pub fn segment(text: &str) -> String {
    encode(text, |byte| byte.is_ascii_alphanumeric() || b"-._~".contains(&byte))
}

/// A path whose slashes part its segments.
pub fn path(text: &str) -> String {
    encode(text, |byte| byte.is_ascii_alphanumeric() || b"-._~/".contains(&byte))
}

/// A name or value of a query string, a space being `+` as forms write it; `:` and `,` stay readable.
pub fn query(text: &str) -> String {
    encode(text, |byte| byte.is_ascii_alphanumeric() || b"-._~:, ".contains(&byte)).replace(' ', "+")
}

fn encode(text: &str, stays: impl Fn(u8) -> bool) -> String {
    let mut out = String::with_capacity(text.len());
    for byte in text.bytes() {
        if stays(byte) {
            out.push(char::from(byte));
        } else {
            // Writing to a string cannot fail.
            let _ = write!(out, "%{byte:02X}");
        }
    }
    out
}

/// The text behind a percent-encoded one; what is not UTF-8 becomes the replacement character, and a `%` that begins
/// nothing stays.
pub fn decode(text: &str, plus_is_space: bool) -> String {
    String::from_utf8_lossy(&decode_bytes(text, plus_is_space)).into_owned()
}

/// The text behind a percent-encoded path; nothing if it is not UTF-8.
pub fn decode_strictly(text: &str) -> Option<String> {
    String::from_utf8(decode_bytes(text, false)).ok()
}

/// A field of a form, a `+` being a space; nothing if it is not UTF-8.
pub fn decode_field(text: &str) -> Option<String> {
    String::from_utf8(decode_bytes(text, true)).ok()
}

fn decode_bytes(text: &str, plus_is_space: bool) -> Vec<u8> {
    let bytes = text.as_bytes();
    let mut out = Vec::with_capacity(bytes.len());
    let mut at = 0;
    while let Some(byte) = bytes.get(at) {
        let pair = bytes.get(at + 1..at + 3).and_then(|pair| std::str::from_utf8(pair).ok());
        let decoded = pair.filter(|pair| pair.bytes().all(|b| b.is_ascii_hexdigit()));
        match (byte, decoded.and_then(|pair| u8::from_str_radix(pair, 16).ok())) {
            (b'%', Some(value)) => {
                out.push(value);
                at += 3;
                continue;
            }
            (b'+', _) if plus_is_space => out.push(b' '),
            (byte, _) => out.push(*byte),
        }
        at += 1;
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn bad_escapes_stay_text() {
        for (raw, want) in [("a%2", "a%2"), ("%zz", "%zz"), ("%+1", "% 1"), ("%C3%A4+b", "ä b"), ("%FF", "\u{fffd}")] {
            assert_eq!(decode(raw, true), want, "{raw}");
        }
    }

    proptest! {
        #[test]
        fn what_is_encoded_is_read_back(text in "\\PC{0,60}") {
            prop_assert_eq!(decode(&segment(&text), false), text.clone());
            prop_assert_eq!(decode(&query(&text), true), text);
        }
    }
}
