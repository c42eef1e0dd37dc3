//! What a signed request has. The signature itself is not checked: this service has no keys to check it with.

use http::header::{AUTHORIZATION, HeaderMap};
use ring::digest::{SHA256, digest};

const BODY_HASH: &str = "x-amz-content-sha256";

/// Whether a request has a signature of version 4 and, with a body, the body's true hash.
pub(super) fn looks_right(headers: &HeaderMap, body: &[u8]) -> bool {
    let signed = headers.get(AUTHORIZATION).and_then(|value| value.to_str().ok()).is_some_and(|value| {
        value.starts_with("AWS4-HMAC-SHA256 ")
            && ["Credential=", "SignedHeaders=", "Signature="].iter().all(|part| value.contains(part))
    });
    let stated = headers.get(BODY_HASH).and_then(|value| value.to_str().ok());
    let hash_is_right = match stated {
        None => body.is_empty(),
        Some(stated) => stated.eq_ignore_ascii_case(&crate::ids::hex(digest(&SHA256, body).as_ref())),
    };
    signed && hash_is_right
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_body_without_its_hash_is_refused() {
        const EMPTY: &str = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
        const FORM: &str = "f01f0316dfe79d12bb8fb4b8c9f4d5c2b3ab7a5e2b4ae4e0b4d7d0de6e7b6b2a";
        let signature = "AWS4-HMAC-SHA256 Credential=a/b, SignedHeaders=host, Signature=c";
        for (case, authorization, hash, body, want) in [
            ("no signature", None, None, "", false),
            ("nothing to hash", Some(signature), None, "", true),
            ("hash of nothing", Some(signature), Some(EMPTY), "", true),
            ("a form as browsers send it", Some(signature), None, "a=b", false),
            ("another body's hash", Some(signature), Some(FORM), "a=b", false),
            ("not that kind of signature", Some("Bearer x"), None, "", false),
        ] {
            let mut headers = HeaderMap::new();
            if let Some(value) = authorization {
                headers.insert(AUTHORIZATION, value.parse().unwrap());
            }
            if let Some(value) = hash {
                headers.insert(BODY_HASH, value.parse().unwrap());
            }
            assert_eq!(looks_right(&headers, body.as_bytes()), want, "{case}");
        }
    }
}
