//! `Vary`: which requests get the same answer.

use crate::behaviour::Behaviour;
use crate::description::Profile;
use http::header::{ACCEPT_ENCODING, COOKIE, VARY};
use http::{HeaderMap, HeaderName, HeaderValue};

/// Headers that one answer varies by; what names more is not kept.
const VARY_NAMES_MAX: usize = 16;

/// What a request must say to get an answer (RFC 9111, 4.1): names with the values of who asked first.
pub(crate) type Variant = Box<[(HeaderName, Box<[u8]>)]>;

/// Whether `Vary: *` stands there: the next request may get anything.
pub(crate) fn by_anything(headers: &HeaderMap) -> bool {
    names(headers).any(|name| name == "*")
}

fn names(headers: &HeaderMap) -> impl Iterator<Item = &str> {
    let lines = headers.get_all(VARY).iter().filter_map(|value| value.to_str().ok());
    lines.flat_map(|line| line.split(',')).map(str::trim).filter(|name| !name.is_empty())
}

/// Leaves of `Vary` what viewers shall hear. CloudFront trims it to what stands in the key, with `Accept-Encoding` and
/// `Cookie`.
pub(crate) fn trim(behaviour: &Behaviour, headers: &mut HeaderMap) {
    if behaviour.profile != Profile::CloudFront || !headers.contains_key(VARY) {
        return;
    }
    let counts = |name: &str| {
        let name = name.to_ascii_lowercase();
        let is_keyed = behaviour.key_headers.iter().any(|keyed| keyed.as_str() == name);
        is_keyed || name == ACCEPT_ENCODING.as_str() || (name == COOKIE.as_str() && behaviour.forwards_cookies())
    };
    let left: Vec<&str> = names(headers).filter(|name| counts(name)).collect();
    let left = HeaderValue::from_str(&left.join(", ")).ok().filter(|left| !left.is_empty());
    headers.remove(VARY);
    if let Some(left) = left {
        headers.insert(VARY, left);
    }
}

/// What later requests must say. `None` for an answer that varies by too much. With CloudFront's profile the key has
/// everything, so nothing is left.
pub(crate) fn variant(behaviour: &Behaviour, request: &HeaderMap, answer: &HeaderMap) -> Option<Variant> {
    if behaviour.profile == Profile::CloudFront {
        return Some(Variant::default());
    }
    let mut variant = Vec::new();
    for name in names(answer) {
        // Compressed forms stand in the key.
        let is_keyed = name.eq_ignore_ascii_case("accept-encoding") && (behaviour.gzip || behaviour.brotli);
        if is_keyed {
            continue;
        }
        let name = HeaderName::from_bytes(name.as_bytes()).ok()?;
        let said = said(request, &name);
        variant.push((name, said));
    }
    (variant.len() <= VARY_NAMES_MAX).then(|| variant.into_boxed_slice())
}

/// Whether a request says what it must.
pub(crate) fn matches(variant: &Variant, request: &HeaderMap) -> bool {
    variant.iter().all(|(name, wanted)| said(request, name) == *wanted)
}

/// The lines of a header as one list, without the spaces that mean nothing; a header that is not there is not the same
/// as an empty one.
fn said(request: &HeaderMap, name: &HeaderName) -> Box<[u8]> {
    let mut text = Vec::new();
    for value in request.get_all(name) {
        for part in value.as_bytes().split(|byte| *byte == b',') {
            text.push(b',');
            text.extend_from_slice(part.trim_ascii());
        }
    }
    text.into_boxed_slice()
}
