//! The secret that the store shares with a program outside, and the signature that is made with it.

use commerce::moment::Moment;
use ring::hmac;
use std::fmt::{self, Write};

/// The header that carries the signature.
pub const SIGNATURE_HEADER: &str = "tradewind-signature";
/// Shortest secret, in characters: what is shorter can be guessed from one signed question.
pub const SECRET_CHARS_MIN: usize = 16;
/// Longest secret, in characters.
pub const SECRET_CHARS_MAX: usize = 256;

/// A secret of 16 to 256 visible ASCII characters. Prints as `***`.
#[derive(Clone)]
pub struct Secret(hmac::Key);

/// Not a secret. Does not repeat what was given.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error(
    "a secret has {SECRET_CHARS_MIN} to {SECRET_CHARS_MAX} letters, digits and signs without spaces; \
     `openssl rand -hex 32` makes one"
)]
pub struct InvalidSecret;

impl Secret {
    /// Takes a secret as it stands in the settings; white space around it does not count.
    pub fn parse(raw: &str) -> Result<Self, InvalidSecret> {
        let secret = raw.trim().as_bytes();
        let fits = (SECRET_CHARS_MIN..=SECRET_CHARS_MAX).contains(&secret.len());
        if !fits || !secret.iter().all(u8::is_ascii_graphic) {
            return Err(InvalidSecret);
        }
        Ok(Self(hmac::Key::new(hmac::HMAC_SHA256, secret)))
    }

    /// The value of [`SIGNATURE_HEADER`] for this body, sent now: `t=<unix seconds>,v1=<hex>`, where the hex is that of
    /// HMAC-SHA256 (RFC 2104) over the seconds, a full stop and the body. The form that Stripe made common.
    pub fn sign(&self, body: &[u8], now: Moment) -> String {
        let seconds = now.micros().div_euclid(1_000_000);
        let mut context = hmac::Context::with_key(&self.0);
        context.update(format!("{seconds}.").as_bytes());
        context.update(body);
        let mut value = format!("t={seconds},v1=");
        for byte in context.sign().as_ref() {
            // Writing to a String does not fail.
            let _ = write!(value, "{byte:02x}");
        }
        value
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
    fn a_known_vector_is_signed() {
        // python3: hmac.new(b"0123456789abcdef", b'1790000000.{"a":1}', "sha256").hexdigest()
        let want = "t=1790000000,v1=d569e4518fe6f4620fd6639233427e7df5e5394d8f14c85c1063b8d90a724dcb";
        let secret = Secret::parse(" 0123456789abcdef\n").unwrap();
        assert_eq!(secret.sign(br#"{"a":1}"#, Moment::from_micros(1_790_000_000_999_999)), want);
        assert!(crate::documented::PAGE.contains(want), "the page for developers names the same header");
    }

    #[test]
    fn secrets_are_parsed_at_the_door_and_never_printed() {
        let (short, long) = ("x".repeat(SECRET_CHARS_MIN - 1), "x".repeat(SECRET_CHARS_MAX + 1));
        for (raw, good) in [
            ("correct-horse-battery", true),
            ("", false),
            ("                    ", false),
            ("correct horse battery", false),
            ("korrektes-Pferd-für-alle", false),
            (&short, false),
            (&long, false),
        ] {
            assert_eq!(Secret::parse(raw).is_ok(), good, "{raw:?}");
        }
        assert_eq!(format!("{:?}", Secret::parse("correct-horse-battery").unwrap()), "***");
    }
}
