//! Percent-encoding, for slugs of any script, seeds of drawn pictures and query strings.

use std::fmt::Write as _;

/// A path segment: everything but RFC 3986's unreserved characters is encoded.
pub fn segment(text: &str) -> String {
    encode(text, is_unreserved)
}

/// A path whose slashes part its segments.
pub fn path(text: &str) -> String {
    encode(text, |byte| is_unreserved(byte) || byte == b'/')
}

/// A name or value of a query string, a space being `+` as forms write it; `:` and `,` stay readable.
pub fn query(text: &str) -> String {
    encode(text, |byte| is_unreserved(byte) || b":, ".contains(&byte)).replace(' ', "+")
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
        match byte {
            b'%' => {
                if let Some(value) = bytes.get(at + 1..at + 3).and_then(hex_pair) {
                    out.push(value);
                    at += 3;
                    continue;
                }
                out.push(b'%');
            }
            b'+' if plus_is_space => out.push(b' '),
            byte => out.push(*byte),
        }
        at += 1;
    }
    out
}

/// The byte that two hexadecimal digits name.
fn hex_pair(pair: &[u8]) -> Option<u8> {
    let digit = |byte: u8| char::from(byte).to_digit(16).and_then(|digit| u8::try_from(digit).ok());
    Some((digit(pair[0])? << 4) | digit(pair[1])?)
}

/// A path with single slashes, none at the end, every segment encoded as links encode it. It begins with exactly one
/// slash and holds no backslash, so that as the target of a redirect it cannot lead to another host.
pub fn spelled(path: &str) -> String {
    let segments = path.split('/').filter(|part| !part.is_empty());
    let spelled: String = segments.map(|part| format!("/{}", segment(&decode(part, false)))).collect();
    if spelled.is_empty() { "/".to_owned() } else { spelled }
}

/// Whether a path is [`spelled`] already, for all to see: unreserved characters in segments that are not empty.
pub fn is_plain(path: &str) -> bool {
    path == "/"
        || path.strip_prefix('/').is_some_and(|segments| {
            segments.split('/').all(|segment| !segment.is_empty() && segment.bytes().all(is_unreserved))
        })
}

/// RFC 3986, 2.3: never encoded.
fn is_unreserved(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"-._~".contains(&byte)
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

        #[test]
        fn a_plain_path_is_spelled_as_it_is(text in "[/a.%~ä-]{0,8}") {
            prop_assert!(!is_plain(&text) || spelled(&text) == text, "{:?} is {:?}", text, spelled(&text));
        }
    }
}
