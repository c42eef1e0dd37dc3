//! Invocations by the API.

use std::collections::HashMap;
use std::convert::Infallible;
use std::sync::Arc;

use axum::body::Body;
use axum::extract::Path;
use axum::response::{IntoResponse, Response};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use bytes::Bytes;
use futures_util::stream::poll_fn;
use http::header::{CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue};
use http::{Request, StatusCode};
use http_body_util::StreamBody;
use hyper::body::Frame;
use serde::de::IgnoredAny;
use serde_json::json;
use tokio::sync::mpsc;

use super::{Answer, ApiError, Query, State, read, target};
use crate::environment::{FunctionError, Job, Part, Reply};
use crate::invoke::invoke as run;
use crate::limits::{CLIENT_CONTEXT_BYTES_MAX, EVENT_BYTES_MAX, PAYLOAD_BYTES_MAX};
use crate::names::Target;
use crate::queue::{Event, enqueue};
use crate::registry::{Resolved, Revision};
use crate::service::Service;
use crate::settings::Runtime;
use crate::stream::{collect, invoke_complete, payload_chunk};
use crate::sync::lock;

const INVOCATION_TYPE: &str = "x-amz-invocation-type";
const LOG_TYPE: &str = "x-amz-log-type";
const CLIENT_CONTEXT: &str = "x-amz-client-context";
const TENANT_ID: &str = "x-amz-tenant-id";
const TRACE_ID: &str = "x-amzn-trace-id";
const LOG_RESULT: HeaderName = HeaderName::from_static("x-amz-log-result");
const EXECUTED_VERSION: HeaderName = HeaderName::from_static("x-amz-executed-version");
const FUNCTION_ERROR: HeaderName = HeaderName::from_static("x-amz-function-error");
pub(crate) const REQUEST_ID: HeaderName = HeaderName::from_static("x-amzn-requestid");

/// How a caller wants its answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Answer,
    Event,
    Try,
}

/// A call, read and checked.
struct Call {
    target: Target,
    resolved: Resolved,
    kind: Kind,
    job: Job,
}

impl Call {
    async fn read(
        service: &Service,
        name: &str,
        query: &HashMap<String, String>,
        request: Request<Body>,
    ) -> Result<Self, ApiError> {
        let target = target(name, query)?;
        let resolved = lock(&service.registry).resolve(&target.function, target.qualifier.as_ref())?;
        check_runnable(service, &resolved.revision)?;
        let (head, body) = request.into_parts();
        check_media_type(&head.headers)?;
        let kind = parse_kind(&head.headers)?;
        let bytes_max = if kind == Kind::Event { EVENT_BYTES_MAX } else { PAYLOAD_BYTES_MAX };
        let payload = read_payload(body, bytes_max).await?;
        let text = |name: &str| head.headers.get(name).and_then(|value| value.to_str().ok());
        let job = Job {
            request_id: crate::ids::uuid().into(),
            payload,
            arn: service.arn(&target),
            trace_id: text(TRACE_ID).map_or_else(|| new_trace_id(service.host.clock.now_ms()), str::to_owned),
            client_context: text(CLIENT_CONTEXT).map(parse_client_context).transpose()?,
            tenant_id: text(TENANT_ID).map(str::to_owned),
            wants_tail: text(LOG_TYPE) == Some("Tail"),
        };
        Ok(Self { target, resolved, kind, job })
    }
}

/// `POST /2015-03-31/functions/{name}/invocations`.
pub(super) async fn invoke(state: State, Path(name): Path<String>, query: Query, request: Request<Body>) -> Answer {
    let call = Call::read(&state, &name, &query, request).await?;
    let request_id = Arc::clone(&call.job.request_id);
    match call.kind {
        Kind::Try => Ok(with_request_id(StatusCode::NO_CONTENT.into_response(), &request_id)),
        Kind::Event => {
            take_in(&state, call.target, call.job)?;
            Ok(with_request_id(StatusCode::ACCEPTED.into_response(), &request_id))
        }
        Kind::Answer => {
            let version = call.resolved.revision.version.to_string();
            let (body, tail) = match run(&state.host, call.resolved, call.job).await? {
                Reply::Answered { body, tail } => (Ok(body), tail),
                Reply::Failed { error, tail } => (Err(error), tail),
                Reply::Streamed { parts, .. } => {
                    let collected = collect(parts, PAYLOAD_BYTES_MAX).await;
                    (collected.body, collected.tail)
                }
            };
            Ok(with_request_id(answer(body, tail, &version), &request_id))
        }
    }
}

/// `POST /2014-11-13/functions/{name}/invoke-async`: the old way to send an event.
pub(super) async fn invoke_async(
    state: State,
    Path(name): Path<String>,
    query: Query,
    request: Request<Body>,
) -> Answer {
    let mut request = request;
    request.headers_mut().insert(INVOCATION_TYPE, HeaderValue::from_static("Event"));
    let call = Call::read(&state, &name, &query, request).await?;
    take_in(&state, call.target, call.job)?;
    Ok(super::json(StatusCode::ACCEPTED, &json!({})))
}

/// `POST /2021-11-15/functions/{name}/response-streaming-invocations`.
pub(super) async fn invoke_with_response_stream(
    state: State,
    Path(name): Path<String>,
    query: Query,
    request: Request<Body>,
) -> Answer {
    let call = Call::read(&state, &name, &query, request).await?;
    let request_id = Arc::clone(&call.job.request_id);
    if call.kind == Kind::Try {
        return Ok(with_request_id(StatusCode::NO_CONTENT.into_response(), &request_id));
    }
    let version = call.resolved.revision.version.to_string();
    let body = match run(&state.host, call.resolved, call.job).await? {
        Reply::Answered { body, tail } => {
            Body::from([payload_chunk(&body), invoke_complete(None, tail.map(|tail| BASE64.encode(tail)))].concat())
        }
        Reply::Failed { error, tail } => {
            Body::from(invoke_complete(Some(&error), tail.map(|tail| BASE64.encode(tail))))
        }
        Reply::Streamed { parts, .. } => framed(parts),
    };
    let mut response = Response::new(body);
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/vnd.amazon.eventstream"));
    insert(headers, EXECUTED_VERSION, &version);
    Ok(with_request_id(response, &request_id))
}

/// A body of event-stream messages, one for each part as it comes.
fn framed(parts: mpsc::Receiver<Part>) -> Body {
    body_of(parts, |part| match part {
        Part::Data(data) => payload_chunk(&data),
        Part::End { error, tail } => invoke_complete(error.as_ref(), tail.map(|tail| BASE64.encode(tail))),
    })
}

/// A body made of parts as they come.
pub(crate) fn body_of(mut parts: mpsc::Receiver<Part>, mut shape: impl FnMut(Part) -> Bytes + Send + 'static) -> Body {
    let stream = poll_fn(move |context| {
        parts.poll_recv(context).map(|part| part.map(|part| Ok::<_, Infallible>(Frame::data(shape(part)))))
    });
    Body::new(StreamBody::new(stream))
}

fn take_in(service: &Arc<Service>, target: Target, job: Job) -> Result<(), ApiError> {
    let event = Event {
        target,
        request_id: job.request_id,
        payload: job.payload,
        trace_id: job.trace_id,
        client_context: job.client_context,
        hops: 0,
    };
    enqueue(service, event)
}

fn answer(body: Result<Bytes, FunctionError>, tail: Option<Vec<u8>>, version: &str) -> Response {
    let (body, failed) = match body {
        Ok(body) => (body, false),
        Err(error) => (error.body, true),
    };
    let mut response = Response::new(Body::from(body));
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    insert(headers, EXECUTED_VERSION, version);
    if failed {
        headers.insert(FUNCTION_ERROR, HeaderValue::from_static("Unhandled"));
    }
    if let Some(tail) = tail {
        insert(headers, LOG_RESULT, &BASE64.encode(tail));
    }
    response
}

/// Refuses what no environment could be made for, in the words of Lambda's own refusals.
fn check_runnable(service: &Service, revision: &Revision) -> Result<(), ApiError> {
    if !revision.package.folder.is_dir() {
        let words = format!("the package of {} is not in the store any more: upload it again", revision.function);
        return Err(ApiError::InvalidZipFile(words));
    }
    match revision.settings.runtime {
        Runtime::Python(_) if service.host.python.is_none() => {
            Err(ApiError::InvalidRuntime("this service was started without a Python".to_owned()))
        }
        _ => Ok(()),
    }
}

/// Refuses a body that says of itself that it is no JSON. Most callers say nothing, or what their library says always.
fn check_media_type(headers: &HeaderMap) -> Result<(), ApiError> {
    let stated = headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or("");
    if ["text/", "multipart/", "image/", "application/xml"].iter().any(|other| stated.starts_with(other)) {
        return Err(ApiError::UnsupportedMediaType(format!("Unsupported content type: {stated}")));
    }
    Ok(())
}

fn parse_kind(headers: &HeaderMap) -> Result<Kind, ApiError> {
    match headers.get(INVOCATION_TYPE).map(HeaderValue::as_bytes) {
        None | Some(b"RequestResponse") => Ok(Kind::Answer),
        Some(b"Event") => Ok(Kind::Event),
        Some(b"DryRun") => Ok(Kind::Try),
        Some(other) => {
            let rule = "satisfy enum value set: [Event, RequestResponse, DryRun]";
            Err(ApiError::invalid("invocationType", String::from_utf8_lossy(other), rule))
        }
    }
}

/// The event: JSON, an empty object if nothing was sent.
async fn read_payload(body: Body, bytes_max: usize) -> Result<Bytes, ApiError> {
    let payload = read(body, bytes_max).await.map_err(|error| match error {
        ApiError::RequestEntityTooLarge(_) => ApiError::RequestTooLarge(format!(
            "Request must be smaller than {bytes_max} bytes for the InvokeFunction operation"
        )),
        other => other,
    })?;
    if payload.is_empty() {
        return Ok(Bytes::from_static(b"{}"));
    }
    serde_json::from_slice::<IgnoredAny>(&payload)
        .map_err(|error| ApiError::InvalidRequestContent(format!("Could not parse request body into json: {error}")))?;
    Ok(payload)
}

/// The JSON inside the base64 of the header.
fn parse_client_context(raw: &str) -> Result<String, ApiError> {
    if CLIENT_CONTEXT_BYTES_MAX < raw.len() {
        return Err(ApiError::InvalidRequestContent(format!(
            "Client context must be no more than {CLIENT_CONTEXT_BYTES_MAX} bytes."
        )));
    }
    let json = BASE64.decode(raw).ok().and_then(|bytes| serde_json::from_slice::<serde_json::Value>(&bytes).ok());
    // Written anew, so that it fits into a header whatever white space it came with.
    json.map(|json| json.to_string()).ok_or_else(|| {
        ApiError::InvalidRequestContent("Client context must be a valid Base64-encoded JSON object.".to_owned())
    })
}

/// A trace of its own, not sampled.
pub(crate) fn new_trace_id(now_ms: u64) -> String {
    let id = crate::ids::long();
    format!("Root=1-{:08x}-{};Sampled=0", now_ms / 1_000, &id[..24])
}

pub(crate) fn with_request_id(mut response: Response, request_id: &str) -> Response {
    insert(response.headers_mut(), REQUEST_ID, request_id);
    response
}

fn insert(headers: &mut HeaderMap, name: HeaderName, value: &str) {
    if let Ok(value) = HeaderValue::from_str(value) {
        headers.insert(name, value);
    }
}
