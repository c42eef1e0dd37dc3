//! Answers that the edge gives itself: a status and a plain small page.

use crate::body::EdgeBody;
use bytes::Bytes;
use edge::Profile;
use http::header::{ALLOW, CACHE_CONTROL, CONTENT_TYPE, RETRY_AFTER};
use http::{HeaderValue, Response, StatusCode};

/// Why the edge answers itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Refusal {
    /// Not a request that it can hand on.
    BadRequest,
    /// The host is not ours.
    UnknownHost(StatusCode),
    /// The address is too long.
    AddressTooLong,
    /// The headers are too large.
    HeadersTooLarge,
    /// The body is too large.
    BodyTooLarge,
    /// The method does not pass here; with the methods that do.
    Method(Profile, &'static str),
    /// A GET with a body.
    BodyOnRead,
    /// The body's hash is missing or wrong.
    Signature,
    /// Nothing is kept, and nothing else is wanted.
    NotKept,
    /// The origin cannot be reached, breaks off or sends what is no answer.
    BadGateway,
    /// The origin takes too long.
    Timeout,
    /// A function failed.
    Function,
}

impl Refusal {
    pub(crate) fn status(self) -> StatusCode {
        match self {
            Self::BadRequest => StatusCode::BAD_REQUEST,
            Self::UnknownHost(status) => status,
            Self::AddressTooLong => StatusCode::URI_TOO_LONG,
            Self::HeadersTooLarge => StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE,
            Self::BodyTooLarge => StatusCode::PAYLOAD_TOO_LARGE,
            Self::Method(Profile::Rfc9111, _) => StatusCode::METHOD_NOT_ALLOWED,
            Self::Method(Profile::CloudFront, _) | Self::BodyOnRead | Self::Signature => StatusCode::FORBIDDEN,
            Self::NotKept | Self::Timeout => StatusCode::GATEWAY_TIMEOUT,
            Self::BadGateway | Self::Function => StatusCode::BAD_GATEWAY,
        }
    }

    fn words(self) -> &'static str {
        match self {
            Self::BadRequest => "This request could not be understood.",
            Self::UnknownHost(_) => "No shop has this address here. Please check the address.",
            Self::AddressTooLong => "This address is too long.",
            Self::HeadersTooLarge => "This request carries too much. Deleting this site's cookies may help.",
            Self::BodyTooLarge => "What you sent is too large.",
            Self::Method(..) | Self::BodyOnRead => "This cannot be done at this address.",
            Self::Signature => "The request signature we calculated does not match the signature you provided.",
            Self::NotKept => "This is not kept here.",
            Self::BadGateway | Self::Function => "The shop does not answer. Please try again in a minute.",
            Self::Timeout => "The shop takes too long to answer. Please try again in a minute.",
        }
    }

    /// Status, headers and page.
    pub(crate) fn response(self) -> Response<Bytes> {
        let status = self.status();
        let mut response = Response::new(self.page());
        *response.status_mut() = status;
        let headers = response.headers_mut();
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("text/html; charset=utf-8"));
        headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
        match self {
            Self::Method(_, allowed) => {
                headers.insert(ALLOW, HeaderValue::from_static(allowed));
            }
            Self::BadGateway | Self::Timeout => {
                headers.insert(RETRY_AFTER, HeaderValue::from_static("10"));
            }
            _ => {}
        }
        response
    }

    pub(crate) fn page(self) -> Bytes {
        let status = self.status();
        let name = status.canonical_reason().unwrap_or("Error");
        let page = format!(
            "<!doctype html>\n<html lang=\"en\"><meta charset=\"utf-8\"><title>{code} {name}</title>\n\
             <h1>{code} {name}</h1>\n<p>{words}</p>\n</html>\n",
            code = status.as_u16(),
            words = self.words(),
        );
        Bytes::from(page)
    }

    pub(crate) fn into_response(self) -> Response<EdgeBody> {
        self.response().map(EdgeBody::full)
    }
}
