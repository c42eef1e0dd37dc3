//! The way of a request: what is not for `s3s` is turned away, bodies are watched, and whoever looks on is told.

use std::pin::{Pin, pin};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::task::{Context, Poll};
use std::time::Instant;

use bytes::Bytes;
use http::request::Parts;
use http::{HeaderMap, Method, Request, Response, StatusCode, Uri, header};
use http_body::{Frame, SizeHint};
use hyper::body::Incoming;
use s3s::dto::{Timestamp, TimestampFormat};
use s3s::service::S3Service;
use s3s::{Body, S3Error, S3ErrorCode, S3Result, StdError};
use tokio::time::Sleep;

use crate::limits::{BODY_WAIT_MAX, XML_BYTES_MAX};
use crate::observer::{Observer, RequestRecord};
use crate::operation::{Asked, Operation};

/// The words of a body that brought nothing for too long.
pub(crate) const SILENCE: &str = "the body brought nothing for too long";

/// Parts of an address that are a signature, of either version.
const SIGNATURE_QUERY: [&str; 10] = [
    "X-Amz-Algorithm",
    "X-Amz-Credential",
    "X-Amz-Date",
    "X-Amz-Expires",
    "X-Amz-SignedHeaders",
    "X-Amz-Signature",
    "X-Amz-Security-Token",
    "AWSAccessKeyId",
    "Signature",
    "Expires",
];

/// Where requests come in.
pub(crate) struct Door {
    pub(crate) s3: S3Service,
    /// Whether signatures are asked for and checked.
    pub(crate) is_signed: bool,
    pub(crate) observer: Arc<dyn Observer>,
}

impl Door {
    pub(crate) async fn answer(&self, request: Request<Incoming>) -> Response<Leaving> {
        let began = Instant::now();
        let (mut head, body) = request.into_parts();
        let Asked { operation, bucket, key_bytes } = Asked::parse(&head.method, &head.uri, &head.headers);
        let bytes_in = Arc::new(AtomicU64::new(0));
        let answer = match self.admit(operation, &mut head) {
            Ok(()) => {
                let body = Body::http_body(Arriving { body, bytes: Arc::clone(&bytes_in), silence: None });
                self.s3.call(Request::from_parts(head, body)).await.ok()
            }
            Err(refusal) => refusal.to_http_response().ok(),
        };
        // None is an answer that could not be written, such as a header that is none.
        let mut answer = answer.unwrap_or_else(|| {
            let mut answer = Response::new(Body::empty());
            *answer.status_mut() = StatusCode::INTERNAL_SERVER_ERROR;
            answer
        });
        if answer.status() == StatusCode::NOT_MODIFIED {
            // `s3s` writes it as the error that it is for code; for a client it has no body.
            *answer.body_mut() = Body::empty();
        }
        let status = answer.status();
        let record = RequestRecord {
            operation,
            bucket,
            key_bytes,
            bytes_in: 0,
            bytes_out: 0,
            status,
            duration: began.elapsed(),
        };
        let observer = Arc::clone(&self.observer);
        answer.map(|body| Leaving { body, record, began, bytes_in, observer })
    }

    /// Turns away what is not for this service, and takes signatures off that nobody checks.
    fn admit(&self, operation: Operation, head: &mut Parts) -> S3Result<()> {
        let text = |name: &str| head.headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default();
        let has_object = matches!(operation, Operation::PutObject | Operation::UploadPart);
        // `s3s` has the same bound, and takes it for a fault of its own.
        if !has_object && text("content-length").parse().is_ok_and(|bytes: u64| XML_BYTES_MAX < bytes) {
            let words = "Your request was too big.";
            return Err(S3Error::with_message(S3ErrorCode::MaxMessageLengthExceeded, words));
        }
        // A form's file would be gathered in memory before anybody has looked at who sends it.
        if head.method == Method::POST && text("content-type").to_ascii_lowercase().starts_with("multipart/form-data") {
            return Err(not_implemented("Uploads by forms are not implemented"));
        }
        if !self.is_signed && text("x-amz-content-sha256").starts_with("STREAMING-") {
            return Err(not_implemented("Bodies in signed chunks need a service that has credentials"));
        }
        if !self.is_signed {
            head.headers.remove(header::AUTHORIZATION);
            head.uri = without_signature(&head.uri).unwrap_or_else(|| head.uri.clone());
        }
        if !head.headers.contains_key(header::AUTHORIZATION) {
            pass_over_unreadable(&mut head.headers);
        }
        Ok(())
    }
}

/// Takes off what RFC 9110 tells a server to pass over where it cannot be read, and `s3s` refuses. Browsers have no
/// signature that the headers would be part of.
fn pass_over_unreadable(headers: &mut HeaderMap) {
    let is_date = |text: &str| Timestamp::parse(TimestampFormat::HttpDate, text).is_ok();
    let is_range = |text: &str| s3s::dto::Range::parse(text).is_ok();
    for (name, is_readable) in [
        (header::RANGE, &is_range as &dyn Fn(&str) -> bool),
        (header::IF_MODIFIED_SINCE, &is_date),
        (header::IF_UNMODIFIED_SINCE, &is_date),
    ] {
        if headers.get(&name).is_some_and(|value| !value.to_str().is_ok_and(is_readable)) {
            headers.remove(name);
        }
    }
}

fn not_implemented(words: &'static str) -> S3Error {
    S3Error::with_message(S3ErrorCode::NotImplemented, words)
}

/// The address without the parts that sign it; none where there are none.
fn without_signature(uri: &Uri) -> Option<Uri> {
    let is_signature = |pair: &&str| SIGNATURE_QUERY.contains(&pair.split('=').next().unwrap_or_default());
    let query = uri.query()?;
    query.split('&').find(is_signature)?;
    let kept: Vec<_> = query.split('&').filter(|pair| !is_signature(pair)).collect();
    let path = uri.path();
    if kept.is_empty() { path.parse().ok() } else { format!("{path}?{}", kept.join("&")).parse().ok() }
}

/// A request's body: counted, and given up when it brings nothing.
struct Arriving {
    body: Incoming,
    bytes: Arc<AtomicU64>,
    silence: Option<Pin<Box<Sleep>>>,
}

impl http_body::Body for Arriving {
    type Data = Bytes;
    type Error = StdError;

    fn poll_frame(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, StdError>>> {
        if let Poll::Ready(frame) = pin!(&mut self.body).poll_frame(context) {
            self.silence = None;
            if let Some(data) = frame.as_ref().and_then(|frame| frame.as_ref().ok()).and_then(Frame::data_ref) {
                self.bytes.fetch_add(data.len() as u64, Ordering::Relaxed);
            }
            return Poll::Ready(frame.map(|frame| frame.map_err(StdError::from)));
        }
        let silence = self.silence.get_or_insert_with(|| Box::pin(tokio::time::sleep(BODY_WAIT_MAX)));
        silence.as_mut().poll(context).map(|()| Some(Err(SILENCE.into())))
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

/// An answer's body. When it is dropped the request is over.
pub(crate) struct Leaving {
    body: Body,
    record: RequestRecord,
    began: Instant,
    bytes_in: Arc<AtomicU64>,
    observer: Arc<dyn Observer>,
}

impl http_body::Body for Leaving {
    type Data = Bytes;
    type Error = StdError;

    fn poll_frame(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, StdError>>> {
        let frame = Pin::new(&mut self.body).poll_frame(context);
        if let Poll::Ready(Some(Ok(frame))) = &frame {
            self.record.bytes_out += frame.data_ref().map_or(0, |data| data.len() as u64);
        }
        frame
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

impl Drop for Leaving {
    fn drop(&mut self) {
        self.record.bytes_in = self.bytes_in.load(Ordering::Relaxed);
        self.record.duration = self.began.elapsed();
        self.observer.request(&self.record);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn signatures_are_taken_off_addresses() {
        for (case, address, want) in [
            ("none", "/goods/a?list-type=2", None),
            ("no query", "/goods/a", None),
            ("all of it", "/goods/a?X-Amz-Date=1&X-Amz-Signature=2", Some("/goods/a")),
            ("part of it", "/goods/a%20b?x=1&X-Amz-Signature=2&y", Some("/goods/a%20b?x=1&y")),
        ] {
            let got = without_signature(&address.parse().unwrap()).map(|uri| uri.to_string());
            assert_eq!(got.as_deref(), want, "{case}");
        }
    }
}
