//! The content security policy: nothing but our own files, and inline scripts only by their hash.

use crate::theme::Theme;
use http::HeaderValue;
use ring::digest;
use std::fmt::Write as _;

/// The policy of a theme. The hashes are worked out from the theme's bytes when it is loaded.
#[derive(Clone, Debug)]
pub struct ContentSecurityPolicy {
    before_forms: String,
    after_forms: String,
    plain: HeaderValue,
}

impl ContentSecurityPolicy {
    /// Takes the hashes of the theme's `inline/` files.
    pub fn new(theme: &Theme) -> Self {
        let hashes = |ending: &str| {
            let mut sources = String::new();
            for (name, file) in theme.list("inline/") {
                if name.ends_with(ending) {
                    let _ = write!(sources, " '{}'", sha256_source(&file.bytes));
                }
            }
            sources
        };
        let before_forms = format!(
            "default-src 'none'; script-src 'self'{}; style-src 'self'{}; img-src 'self'; font-src 'self'; \
             connect-src 'self'; manifest-src 'self'; object-src 'none'; base-uri 'none'; form-action 'self'",
            hashes(".js"),
            hashes(".css")
        );
        let after_forms = "; frame-ancestors 'none'".to_owned();
        // Hashes and fixed words, which can always stand in a header; if not, nothing may run.
        let plain = HeaderValue::from_str(&format!("{before_forms}{after_forms}"));
        let plain = plain.unwrap_or(HeaderValue::from_static("default-src 'none'"));
        Self { before_forms, after_forms, plain }
    }

    /// The header's value on all pages but those with forms that lead to a payment gateway.
    pub fn plain(&self) -> &HeaderValue {
        &self.plain
    }

    /// The header's value. `form_origins` are where a form on this page may end beside the store itself: the payment
    /// gateway's, on checkout pages alone. What is not an origin (`https://pay.example`) is left out.
    pub fn header(&self, form_origins: &[&str]) -> String {
        let mut value = self.before_forms.clone();
        for origin in form_origins.iter().filter(|origin| is_origin(origin)) {
            let _ = write!(value, " {origin}");
        }
        value.push_str(&self.after_forms);
        value
    }
}

fn is_origin(text: &str) -> bool {
    let host = text.strip_prefix("https://").or_else(|| text.strip_prefix("http://"));
    host.is_some_and(|host| {
        !host.is_empty() && host.bytes().all(|b| b.is_ascii_alphanumeric() || b".-:[]".contains(&b))
    })
}

/// `sha256-…` of an inline script or style, as the policy names it.
pub(crate) fn sha256_source(bytes: &[u8]) -> String {
    const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let hash = digest::digest(&digest::SHA256, bytes);
    let mut text = String::from("sha256-");
    for three in hash.as_ref().chunks(3) {
        let word = three.iter().fold(0_u32, |word, byte| (word << 8) | u32::from(*byte)) << (8 * (3 - three.len()));
        for place in 0..4_usize {
            let index = (word >> (18 - 6 * place)) & 63;
            let letter = if place <= three.len() { char::from(ALPHABET[index as usize]) } else { '=' };
            text.push(letter);
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_hash_is_written_as_browsers_expect() {
        // The example of the specification: CSP3, section 8.3.
        let source = sha256_source(b"doSomething();");
        assert_eq!(source.len(), "sha256-".len() + 44);
        // SHA-256 of nothing, a value that every implementation knows.
        assert_eq!(sha256_source(b""), "sha256-47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=");
    }

    #[test]
    fn a_form_may_only_end_at_an_origin() {
        let policy = ContentSecurityPolicy::new(&Theme::embedded());
        let header = policy.header(&["http://127.0.0.1:8001", "https://pay.example; script-src *", "pay.example"]);
        assert!(header.contains("form-action 'self' http://127.0.0.1:8001; frame-ancestors 'none'"), "{header}");
        assert!(!policy.header(&[]).contains("127.0.0.1"));
        assert!(header.contains("object-src 'none'; base-uri 'none'"));
    }
}
