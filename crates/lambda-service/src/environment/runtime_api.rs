//! The Runtime API: what a runtime asks for and answers to, on a port of its environment's own.

use std::sync::{Arc, Weak};

use axum::body::Body;
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use http::header::{CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue};
use http::{Method, Request, StatusCode};
use http_body_util::{BodyExt as _, LengthLimitError, Limited};
use hyper::body::Incoming;
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tokio::sync::watch;

use super::exchange::{Delivery, Ending, Part};
use super::{Environment, FunctionError, report};
use crate::limits::{PAYLOAD_BYTES_MAX, STREAM_BYTES_MAX};
use crate::serve::serve_with;
use crate::sync::lock;

const ERROR_TYPE: &str = "lambda-runtime-function-error-type";
const ERROR_BODY: &str = "lambda-runtime-function-error-body";
const RESPONSE_MODE: &str = "lambda-runtime-function-response-mode";
/// The body of an error report, in bytes.
const ERROR_BYTES_MAX: usize = 256 * 1024;

/// Answers the calls of an environment's processes until it is gone.
pub(super) async fn serve(listener: TcpListener, gone: watch::Receiver<bool>, environment: Weak<Environment>) {
    serve_with(listener, gone, move |request| {
        let environment = environment.upgrade();
        async move {
            match environment {
                Some(environment) => answer(&environment, request).await,
                None => refusal(StatusCode::GONE, "Gone", "the environment is gone"),
            }
        }
    })
    .await;
}

async fn answer(environment: &Arc<Environment>, request: Request<Incoming>) -> Response {
    let path = request.uri().path().to_owned();
    let steps: Vec<&str> = path.trim_matches('/').split('/').collect();
    match (request.method(), steps.as_slice()) {
        (&Method::GET, ["2018-06-01", "runtime", "invocation", "next"]) => next(environment).await,
        (&Method::POST, ["2018-06-01", "runtime", "invocation", id, "response"]) => {
            response(environment, id, request).await
        }
        (&Method::POST, ["2018-06-01", "runtime", "invocation", id, "error"]) => error(environment, id, request).await,
        (&Method::POST, ["2018-06-01", "runtime", "init", "error"]) => init_error(environment, request).await,
        (_, ["2018-06-01", "runtime", "restore", _]) => not_now("there was no snapshot to restore from"),
        (&Method::POST, ["2020-01-01", "extension", "register"]) => register(environment, request.headers()),
        (&Method::GET, ["2020-01-01", "extension", "event", "next"]) => {
            // The end comes as a signal; there are no other events that an extension of the process itself needs.
            environment.wait_gone().await;
            refusal(StatusCode::GONE, "Gone", "the environment is gone")
        }
        (&Method::POST, ["2020-01-01", "extension", "init" | "exit", "error"]) => accepted(),
        _ => refusal(StatusCode::NOT_FOUND, "NotFound", "the Runtime API has no such call"),
    }
}

/// `GET /2018-06-01/runtime/invocation/next`: waits for an event, however long that takes.
async fn next(environment: &Arc<Environment>) -> Response {
    let Some(parked) = environment.next() else {
        return not_now("the last event has not been answered yet");
    };
    match parked.await {
        Ok(delivery) => event(&delivery),
        Err(_) => refusal(StatusCode::GONE, "Gone", "the environment is gone"),
    }
}

fn event(delivery: &Delivery) -> Response {
    let job = &delivery.job;
    let mut response = Response::new(Body::from(job.payload.clone()));
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    let mut set = |name: &'static str, value: &str| {
        // What a header cannot carry, such as a client context with line ends, is left out.
        if let Ok(value) = HeaderValue::from_str(value) {
            headers.insert(HeaderName::from_static(name), value);
        }
    };
    set("lambda-runtime-aws-request-id", &job.request_id);
    set("lambda-runtime-deadline-ms", &delivery.deadline_ms.to_string());
    set("lambda-runtime-invoked-function-arn", &job.arn);
    set("lambda-runtime-trace-id", &job.trace_id);
    if let Some(context) = &job.client_context {
        set("lambda-runtime-client-context", context);
    }
    if let Some(tenant) = &job.tenant_id {
        set("lambda-runtime-aws-tenant-id", tenant);
    }
    response
}

/// `POST /2018-06-01/runtime/invocation/{id}/response`.
async fn response(environment: &Arc<Environment>, id: &str, request: Request<Incoming>) -> Response {
    let headers = request.headers();
    match headers.get(RESPONSE_MODE).map(HeaderValue::as_bytes) {
        None => whole_response(environment, id, request.into_body()).await,
        Some(mode) if mode.eq_ignore_ascii_case(b"streaming") => {
            let content_type = headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).map(str::to_owned);
            streamed_response(environment, id, content_type, request.into_body()).await
        }
        Some(_) => {
            let kind = "Runtime.InvalidResponseModeHeader";
            let message = format!("RequestId: {id} Error: the response mode is not 'streaming'");
            environment.end(id, Ending::Failed(report::error(kind, &message)));
            refusal(StatusCode::BAD_REQUEST, kind, "the response mode is not 'streaming'")
        }
    }
}

async fn whole_response(environment: &Arc<Environment>, id: &str, body: Incoming) -> Response {
    match Limited::new(body, PAYLOAD_BYTES_MAX).collect().await {
        Ok(body) => ended(environment.end(id, Ending::Answered(body.to_bytes()))),
        Err(error) if error.is::<LengthLimitError>() => {
            let words =
                format!("Response payload size exceeded maximum allowed payload size ({PAYLOAD_BYTES_MAX} bytes).");
            let kind = "Function.ResponseSizeTooLarge";
            environment.end(id, Ending::Failed(report::error(kind, &words)));
            refusal(StatusCode::PAYLOAD_TOO_LARGE, "RequestEntityTooLarge", &words)
        }
        Err(_) => {
            environment.end(id, Ending::Failed(truncated(id)));
            refusal(StatusCode::BAD_REQUEST, "Runtime.TruncatedResponse", "the answer broke off")
        }
    }
}

async fn streamed_response(
    environment: &Arc<Environment>,
    id: &str,
    content_type: Option<String>,
    mut body: Incoming,
) -> Response {
    let Some(parts) = environment.begin_stream(id, content_type) else { return ended(false) };
    let mut error = None;
    while let Some(frame) = body.frame().await {
        let Ok(frame) = frame else {
            error = Some(truncated(id));
            break;
        };
        match frame.into_data() {
            Ok(data) => match environment.count_streamed(id, data.len()) {
                None => return ended(false),
                Some(bytes) if STREAM_BYTES_MAX < bytes => {
                    let words = format!(
                        "Response payload size exceeded maximum allowed payload size ({STREAM_BYTES_MAX} bytes)."
                    );
                    error = Some(report::error("Function.ResponseSizeTooLarge", &words));
                    break;
                }
                // A caller that has left is not told; the function runs on.
                Some(_) => drop(parts.send(Part::Data(data)).await),
            },
            Err(frame) => error = frame.into_trailers().ok().and_then(|trailers| trailing_error(&trailers)),
        }
    }
    drop(parts);
    ended(environment.end(id, Ending::Streamed(error)))
}

/// What a function says at the end of a stream that it could not finish. The body is base64.
fn trailing_error(trailers: &HeaderMap) -> Option<FunctionError> {
    use base64::Engine as _;
    let kind = trailers.get(ERROR_TYPE)?.to_str().ok()?.to_owned();
    let body = trailers.get(ERROR_BODY).and_then(|body| {
        let decoded = base64::engine::general_purpose::STANDARD.decode(body.as_bytes());
        decoded.ok().or_else(|| Some(body.as_bytes().to_vec()))
    });
    let body =
        body.map(Bytes::from).unwrap_or_else(|| report::error_body(&kind, "the stream ended with an error").into());
    Some(FunctionError { kind, body })
}

fn truncated(id: &str) -> FunctionError {
    report::error("Runtime.TruncatedResponse", &format!("RequestId: {id} Error: the answer broke off"))
}

/// `POST /2018-06-01/runtime/invocation/{id}/error`.
async fn error(environment: &Arc<Environment>, id: &str, request: Request<Incoming>) -> Response {
    let error = reported_error(request).await;
    ended(environment.end(id, Ending::Failed(error)))
}

/// `POST /2018-06-01/runtime/init/error`.
async fn init_error(environment: &Arc<Environment>, request: Request<Incoming>) -> Response {
    environment.init_error(reported_error(request).await);
    accepted()
}

async fn reported_error(request: Request<Incoming>) -> FunctionError {
    let header = request.headers().get(ERROR_TYPE).and_then(|kind| kind.to_str().ok()).map(str::to_owned);
    let body = match Limited::new(request.into_body(), ERROR_BYTES_MAX).collect().await {
        Ok(body) => body.to_bytes(),
        Err(_) => Bytes::new(),
    };
    let said: Option<Value> = serde_json::from_slice(&body).ok();
    let in_body = || said.as_ref()?.get("errorType")?.as_str().map(str::to_owned);
    let kind = header.or_else(in_body).unwrap_or_else(|| "Runtime.Unknown".to_owned());
    let body =
        if body.is_empty() { report::error_body(&kind, "the function reported no message").into() } else { body };
    FunctionError { kind, body }
}

/// `POST /2020-01-01/extension/register`: from now on the environment is asked before it is ended.
fn register(environment: &Arc<Environment>, headers: &HeaderMap) -> Response {
    if !headers.contains_key("lambda-extension-name") {
        return refusal(StatusCode::BAD_REQUEST, "Extension.InvalidExtensionName", "an extension has a name");
    }
    lock(&environment.state).has_extension = true;
    let settings = &environment.revision.settings;
    let facts = json!({
        "functionName": environment.revision.function.as_str(),
        "functionVersion": environment.revision.version.to_string(),
        "handler": settings.handler,
    });
    let mut response = Response::new(Body::from(facts.to_string()));
    if let Ok(id) = HeaderValue::from_str(&crate::ids::uuid()) {
        response.headers_mut().insert("lambda-extension-identifier", id);
    }
    response
}

fn ended(is_known: bool) -> Response {
    if is_known {
        return accepted();
    }
    refusal(StatusCode::BAD_REQUEST, "InvalidRequestID", "no such request, or it has ended")
}

fn accepted() -> Response {
    (StatusCode::ACCEPTED, [(CONTENT_TYPE, "application/json")], r#"{"status":"OK"}"#).into_response()
}

fn not_now(words: &str) -> Response {
    refusal(StatusCode::FORBIDDEN, "InvalidStateTransition", words)
}

fn refusal(status: StatusCode, kind: &str, words: &str) -> Response {
    let body = json!({"errorType": kind, "errorMessage": words}).to_string();
    (status, [(CONTENT_TYPE, "application/json")], body).into_response()
}
