//! Signing what goes to an origin with access control, as CloudFront does: always, whatever the viewer sent.

use crate::clock::Clock;
use http::header::{AUTHORIZATION, HeaderName, HeaderValue};
use http::uri::Authority;
use http::{Method, Request};
use jiff::Timestamp;
use sigv4::{Asked, Credentials, Endpoint, NO_BODY_HASH, signed_request};

/// Where a client of AWS says the SHA-256 of a body.
pub(crate) const BODY_HASH: &str = "x-amz-content-sha256";
/// The signing name of functions.
const SERVICE: &str = "lambda";
/// A region on one machine has one region.
const REGION: &str = "us-east-1";

/// Signs requests.
#[derive(Clone, Debug)]
pub(crate) struct Signer {
    credentials: Credentials,
    clock: Clock,
}

impl Signer {
    pub(crate) fn new(credentials: Credentials, clock: Clock) -> Self {
        Self { credentials, clock }
    }

    /// Puts the signature on. What a viewer sent under its names is gone. `None` where the moment is none.
    pub(crate) fn sign<B>(&self, request: &mut Request<B>, host: &Authority) -> Option<()> {
        let now = Timestamp::from_millisecond(i64::try_from(self.clock.now().0).ok()?).ok()?;
        let stated = request.headers().get(BODY_HASH).and_then(|value| value.to_str().ok()).map(str::to_owned);
        // A GET has no body, and what a viewer says of one does not count.
        let stated = stated.filter(|_| !matches!(*request.method(), Method::GET | Method::HEAD | Method::OPTIONS));
        if stated.is_none() {
            request.headers_mut().remove(BODY_HASH);
        }
        let asked = Asked {
            method: request.method().as_str(),
            path: request.uri().path(),
            query: request.uri().query().unwrap_or_default(),
            body_hash: stated.as_deref().unwrap_or(NO_BODY_HASH),
        };
        let endpoint = Endpoint { host: host.as_str(), region: REGION, service: SERVICE };
        let headers: Vec<_> = stated.iter().map(|hash| (BODY_HASH, hash.as_str())).collect();
        let signed = signed_request(&self.credentials, endpoint, asked, &headers, now);
        request.headers_mut().remove(AUTHORIZATION);
        for (name, value) in signed {
            request.headers_mut().insert(HeaderName::from_static(name), HeaderValue::from_str(&value).ok()?);
        }
        Some(())
    }
}
