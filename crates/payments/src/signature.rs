//! Signatures of webhooks: `t=<unix seconds>,v1=<hex of HMAC-SHA256 over "t.body">`, the form that Stripe made common.

use crate::gateway::{WEBHOOK_BODY_BYTES_MAX, WebhookError};
use crate::secret::Secret;
use commerce::moment::Moment;
use http::{HeaderMap, HeaderName};
use ring::hmac;
use std::fmt::Write;

/// How far a signature's time may lie from now, either way.
pub const TOLERANCE_S: i64 = 5 * 60;
/// The longest signature header that is looked at.
const HEADER_BYTES_MAX: usize = 1024;
/// Signatures in one header: a sender that changes its secret signs with both for a while.
const SIGNATURES_MAX: usize = 5;
/// Characters of a signature in hex.
const SIGNATURE_CHARS: usize = 64;

/// The header's value for this body, sent at this moment.
pub fn sign(secret: &Secret, body: &[u8], now: Moment) -> String {
    let seconds = now.micros().div_euclid(1_000_000);
    let mut value = format!("t={seconds},v1=");
    for byte in tag(secret, &seconds.to_string(), body).as_ref() {
        // Writing to a String does not fail.
        let _ = write!(value, "{byte:02x}");
    }
    value
}

/// Whether one of `secrets` signed these very bytes, within [`TOLERANCE_S`] of now. The header must be there once.
pub fn verify(
    headers: &HeaderMap,
    name: &HeaderName,
    body: &[u8],
    secrets: &[Secret],
    now: Moment,
) -> Result<(), WebhookError> {
    if WEBHOOK_BODY_BYTES_MAX < body.len() {
        return Err(WebhookError::TooLong);
    }
    let mut values = headers.get_all(name).iter();
    let (Some(value), None) = (values.next(), values.next()) else {
        return Err(WebhookError::Forged("the signature header must be there once"));
    };
    let header = Header::parse(value.to_str().map_err(|_| WebhookError::Forged("the header is not text"))?)?;
    let genuine = secrets.iter().filter(|secret| !secret.is_empty()).any(|secret| {
        let key = secret.key();
        let signed = signed_bytes(header.time, body);
        header.signatures.iter().any(|signature| hmac::verify(&key, &signed, signature).is_ok())
    });
    if !genuine {
        return Err(WebhookError::Forged("no known secret signed it"));
    }
    let away = now.micros().div_euclid(1_000_000).saturating_sub(header.seconds);
    if TOLERANCE_S < away.saturating_abs() { Err(WebhookError::OutOfTime(away)) } else { Ok(()) }
}

/// A header that was taken apart.
struct Header<'h> {
    /// The time as it was written, since that is what was signed.
    time: &'h str,
    seconds: i64,
    signatures: Vec<Vec<u8>>,
}

impl<'h> Header<'h> {
    fn parse(raw: &'h str) -> Result<Self, WebhookError> {
        if HEADER_BYTES_MAX < raw.len() {
            return Err(WebhookError::Forged("the header is too long"));
        }
        let mut time = None;
        let mut signatures = Vec::new();
        for (name, value) in raw.split(',').filter_map(|part| part.trim().split_once('=')) {
            match name {
                "t" if time.is_some() => return Err(WebhookError::Forged("the header has two times")),
                "t" => time = Some(value),
                "v1" if signatures.len() == SIGNATURES_MAX => {
                    return Err(WebhookError::Forged("the header has too many signatures"));
                }
                "v1" => signatures.push(unhex(value).ok_or(WebhookError::Forged("a signature is not hex"))?),
                // Later schemes may stand beside ours.
                _ => {}
            }
        }
        let time = time.ok_or(WebhookError::Forged("the header has no time"))?;
        let digits = !time.is_empty() && time.bytes().all(|byte| byte.is_ascii_digit());
        let seconds = time.parse().ok().filter(|_| digits).ok_or(WebhookError::Forged("the time is no number"))?;
        Ok(Self { time, seconds, signatures })
    }
}

fn tag(secret: &Secret, time: &str, body: &[u8]) -> hmac::Tag {
    hmac::sign(&secret.key(), &signed_bytes(time, body))
}

fn signed_bytes(time: &str, body: &[u8]) -> Vec<u8> {
    [time.as_bytes(), b".", body].concat()
}

fn unhex(raw: &str) -> Option<Vec<u8>> {
    let digit = |byte: u8| char::from(byte).to_digit(16).and_then(|digit| u8::try_from(digit).ok());
    if raw.len() != SIGNATURE_CHARS {
        return None;
    }
    raw.as_bytes().chunks_exact(2).map(|pair| Some(digit(pair[0])? * 16 + digit(pair[1])?)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use http::HeaderValue;
    use proptest::prelude::*;

    const NAME: HeaderName = HeaderName::from_static("demo-signature");
    const NOW: Moment = Moment::from_micros(1_790_000_000_000_000);

    fn headers(values: &[&str]) -> HeaderMap {
        values.iter().map(|value| (NAME, HeaderValue::from_str(value).unwrap())).collect()
    }

    fn secrets(texts: &[&str]) -> Vec<Secret> {
        texts.iter().map(|text| Secret::new(*text)).collect()
    }

    #[test]
    fn a_known_vector_verifies() {
        // python3: hmac.new(b"whsec", b"1790000000.{}", "sha256").hexdigest()
        let want = "t=1790000000,v1=7782ea78090bcceac513c09959e7f393ee96edc4c6653f7802ea6b63eac7b3ae";
        assert_eq!(sign(&Secret::new("whsec"), b"{}", NOW), want);
        assert_eq!(verify(&headers(&[want]), &NAME, b"{}", &secrets(&["whsec"]), NOW), Ok(()));
    }

    #[test]
    fn any_listed_secret_will_do_and_no_other() {
        let old = sign(&Secret::new("old"), b"body", NOW);
        let both = format!("{},{}", sign(&Secret::new("newest"), b"body", NOW), old.split_once(',').unwrap().1);
        for (case, header, known, want) in [
            ("the newest of two", sign(&Secret::new("new"), b"body", NOW), secrets(&["new", "old"]), true),
            ("the older of two", old.clone(), secrets(&["new", "old"]), true),
            ("signed with both", both, secrets(&["old"]), true),
            ("a secret that was dropped", old.clone(), secrets(&["new"]), false),
            ("no secret configured", old, vec![], false),
            ("an empty secret opens nothing", sign(&Secret::new(""), b"body", NOW), secrets(&[""]), false),
        ] {
            assert_eq!(verify(&headers(&[&header]), &NAME, b"body", &known, NOW).is_ok(), want, "{case}");
        }
    }

    #[test]
    fn what_is_altered_old_or_doubled_is_refused() {
        let known = secrets(&["s"]);
        let at = |seconds: i64| sign(&known[0], b"body", NOW.plus_ms(seconds * 1_000));
        let good = at(0);
        let later = good.replace("t=1790000000", "t=1790000001");
        let check = |values: &[&str], body: &[u8]| verify(&headers(values), &NAME, body, &known, NOW);
        for (case, got, want) in [
            ("as sent", check(&[&good], b"body"), true),
            ("five minutes old", check(&[&at(-TOLERANCE_S)], b"body"), true),
            ("older", check(&[&at(-TOLERANCE_S - 1)], b"body"), false),
            ("from the future", check(&[&at(TOLERANCE_S + 1)], b"body"), false),
            ("another body", check(&[&good], b"bodY"), false),
            ("another time", check(&[&later], b"body"), false),
            ("no header", check(&[], b"body"), false),
            ("the header twice", check(&[&good, &good], b"body"), false),
            ("two times", check(&[&format!("t=1,{good}")], b"body"), false),
            ("no signature", check(&["t=1790000000"], b"body"), false),
            ("no time", check(&["v1=00"], b"body"), false),
            ("a signature of another scheme", check(&[&good.replace("v1", "v0")], b"body"), false),
            ("signs and spaces in the time", check(&["t=+1790000000,v1=00"], b"body"), false),
            ("a long header", check(&[&format!("{good},{}", "x".repeat(HEADER_BYTES_MAX))], b"body"), false),
            ("a long body", check(&[&good], &vec![b'x'; WEBHOOK_BODY_BYTES_MAX + 1]), false),
        ] {
            assert_eq!(got.is_ok(), want, "{case}: {got:?}");
        }
    }

    proptest! {
        #[test]
        fn no_header_panics_or_passes(value in prop::collection::vec(any::<u8>(), 0..200), body in prop::collection::vec(any::<u8>(), 0..200)) {
            if let Ok(value) = HeaderValue::from_bytes(&value) {
                let headers = HeaderMap::from_iter([(NAME, value)]);
                prop_assert!(verify(&headers, &NAME, &body, &secrets(&["s"]), NOW).is_err());
            }
        }

        #[test]
        fn what_was_signed_verifies_and_one_flipped_bit_does_not(body in prop::collection::vec(any::<u8>(), 1..200), at in any::<prop::sample::Index>(), bit in 0_u8..8) {
            let secret = Secret::new("s");
            let headers = headers(&[&sign(&secret, &body, NOW)]);
            prop_assert!(verify(&headers, &NAME, &body, std::slice::from_ref(&secret), NOW).is_ok());
            let mut altered = body.clone();
            altered[at.index(body.len())] ^= 1 << bit;
            prop_assert!(verify(&headers, &NAME, &altered, &[secret], NOW).is_err());
        }
    }
}
