//! Secrets that two parties share: never printed, compared in constant time.

use ring::hmac;
use std::fmt;

/// A shared secret. Prints as `***`.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(String);

impl Secret {
    /// Takes a secret as it was configured.
    pub fn new(secret: impl Into<String>) -> Self {
        Self(secret.into())
    }

    /// The text, for the one place that has to send it.
    pub fn reveal(&self) -> &str {
        &self.0
    }

    /// Whether `presented` is the secret. An empty secret matches nothing, so that one that was left out opens no door.
    pub fn matches(&self, presented: &str) -> bool {
        let key = self.key();
        let tag = hmac::sign(&key, self.0.as_bytes());
        // Comparing tags takes the same time wherever two secrets begin to differ.
        !self.0.is_empty() && hmac::verify(&key, presented.as_bytes(), tag.as_ref()).is_ok()
    }

    /// The key for HMAC-SHA256 (RFC 2104).
    pub(crate) fn key(&self) -> hmac::Key {
        hmac::Key::new(hmac::HMAC_SHA256, self.0.as_bytes())
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("***")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_matches_itself_alone_and_is_never_printed() {
        let secret = Secret::new("open sesame");
        for (presented, want) in [("open sesame", true), ("open sesam", false), ("", false), ("OPEN SESAME", false)] {
            assert_eq!(secret.matches(presented), want, "{presented}");
        }
        assert!(!Secret::new("").matches(""));
        assert_eq!(format!("{secret:?}"), "***");
    }
}
