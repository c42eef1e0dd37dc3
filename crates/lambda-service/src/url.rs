//! Function URLs: HTTP in front of functions, each on a port of its own.
//!
//! A URL with `AWS_IAM` wants what a signed request has, the body's hash among it, and compares that hash; the signature
//! itself is not checked, for there are no keys. That is enough to meet the 403 that a form gets behind CloudFront's
//! origin access control on this machine, not first in production.

mod answer;
mod cors;
mod event;
mod other_events;
mod signature;

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;

use axum::Router;
use axum::body::Body;
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use http::header::{CONTENT_TYPE, HeaderMap};
use http::request::Parts;
use http::{Method, Request, StatusCode};
use http_body_util::{BodyExt as _, Limited};
use serde::{Deserialize, Serialize};
use serde_json::json;
use tokio::net::TcpListener;
use tokio::sync::watch;

use crate::api::{new_trace_id, with_request_id};
use crate::environment::{Job, Reply, TIMED_OUT};
use crate::invoke::{InvokeError, invoke};
use crate::limits::PAYLOAD_BYTES_MAX;
use crate::names::Target;
use crate::serve::serve_router;
use crate::service::Service;
use crate::stream::collect;
use crate::sync::lock;

pub(crate) use cors::Cors;
pub use other_events::{AlbHeaders, alb_event, rest_event};

/// A URL of a function.
#[derive(Debug)]
pub(crate) struct UrlConfig {
    pub(crate) auth: AuthType,
    pub(crate) mode: InvokeMode,
    pub(crate) cors: Option<Cors>,
    pub(crate) created_ms: u64,
    pub(crate) modified_ms: u64,
    pub(crate) address: SocketAddr,
    /// The listener closes when this is dropped.
    #[expect(dead_code, reason = "held, not used")]
    pub(crate) listener: watch::Sender<bool>,
}

/// Who may call.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum AuthType {
    #[serde(rename = "NONE")]
    Anybody,
    #[serde(rename = "AWS_IAM")]
    Signed,
}

/// How the answer comes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum InvokeMode {
    #[serde(rename = "BUFFERED")]
    Buffered,
    #[serde(rename = "RESPONSE_STREAM")]
    Streamed,
}

/// Opens a listener for a function. It closes when what comes back is dropped.
pub(crate) async fn open_url(service: &Arc<Service>, target: Target) -> io::Result<(SocketAddr, watch::Sender<bool>)> {
    let listener = TcpListener::bind((service.url_listen, 0)).await?;
    let address = listener.local_addr()?;
    let (stop, stopped) = watch::channel(false);
    // Held weakly: the service holds the URL.
    let weak = Arc::downgrade(service);
    let router = Router::new().fallback(move |request: Request<Body>| {
        let (service, target) = (weak.upgrade(), target.clone());
        async move {
            match service {
                Some(service) => serve(&service, &target, request).await,
                None => message(StatusCode::SERVICE_UNAVAILABLE, "Service Unavailable"),
            }
        }
    });
    tokio::spawn(serve_router(listener, stopped, router));
    Ok((address, stop))
}

async fn serve(service: &Arc<Service>, target: &Target, request: Request<Body>) -> Response {
    let (head, body) = request.into_parts();
    let url = {
        let registry = lock(&service.registry);
        let alias = match &target.qualifier {
            Some(crate::names::Qualifier::Alias(alias)) => Some(alias.clone()),
            _ => None,
        };
        let config = registry.functions.get(&target.function).and_then(|function| function.urls.get(&alias));
        config.map(|config| (config.auth, config.mode, config.cors.clone(), config.address))
    };
    let Some((auth, mode, cors, address)) = url else { return message(StatusCode::FORBIDDEN, "Forbidden") };
    if let Some(cors) = cors.as_ref().filter(|_| is_preflight(&head)) {
        return cors.preflight(&head.headers);
    }
    let request_id = crate::ids::uuid();
    let origin = head.headers.get("origin").cloned();
    let answer = match read(auth, &head, body).await {
        Ok(body) => run(service, target, mode, &head, body, &request_id, address).await,
        Err(refusal) => refusal,
    };
    let mut answer = with_request_id(answer, &request_id);
    if let Some(cors) = cors {
        cors.decorate(origin.as_ref(), answer.headers_mut());
    }
    answer
}

fn is_preflight(head: &Parts) -> bool {
    head.method == Method::OPTIONS && head.headers.contains_key("access-control-request-method")
}

async fn read(auth: AuthType, head: &Parts, body: Body) -> Result<Bytes, Response> {
    let body = Limited::new(body, PAYLOAD_BYTES_MAX).collect().await;
    let body = body.map_err(|_| message(StatusCode::PAYLOAD_TOO_LARGE, "Request Too Long"))?.to_bytes();
    if auth == AuthType::Signed && !signature::looks_right(&head.headers, &body) {
        return Err(message(StatusCode::FORBIDDEN, "Forbidden"));
    }
    Ok(body)
}

async fn run(
    service: &Arc<Service>,
    target: &Target,
    mode: InvokeMode,
    head: &Parts,
    body: Bytes,
    request_id: &str,
    address: SocketAddr,
) -> Response {
    let now_ms = service.host.clock.now_ms();
    let facts = event::Facts {
        request_id,
        now_ms,
        account: &service.host.place.account,
        domain: head.headers.get("host").and_then(|host| host.to_str().ok()).map_or(address.to_string(), str::to_owned),
    };
    let payload = Bytes::from(event::event(head, &body, &facts).to_string());
    if PAYLOAD_BYTES_MAX < payload.len() {
        return message(StatusCode::PAYLOAD_TOO_LARGE, "Request Too Long");
    }
    let resolved = lock(&service.registry).resolve(&target.function, target.qualifier.as_ref());
    let Ok(resolved) = resolved else { return message(StatusCode::FORBIDDEN, "Forbidden") };
    let job = Job {
        request_id: request_id.into(),
        payload,
        arn: service.arn(target),
        trace_id: trace_id(&head.headers, now_ms),
        client_context: None,
        tenant_id: None,
        wants_tail: false,
    };
    let reply = match invoke(&service.host, resolved, job).await {
        Ok(reply) => reply,
        Err(InvokeError::Throttled(_)) => return message(StatusCode::TOO_MANY_REQUESTS, "Rate Exceeded."),
        Err(InvokeError::Fault(cause)) => {
            tracing::error!(cause, "a function URL could not be served");
            return message(StatusCode::INTERNAL_SERVER_ERROR, "Internal Server Error");
        }
    };
    match (reply, mode) {
        (Reply::Failed { error, .. }, _) if error.kind == TIMED_OUT => {
            message(StatusCode::GATEWAY_TIMEOUT, "Gateway Timeout")
        }
        (Reply::Failed { .. }, _) => message(StatusCode::BAD_GATEWAY, "Internal Server Error"),
        (Reply::Answered { body, .. }, InvokeMode::Buffered) => answer::whole(&body),
        (Reply::Answered { body, .. }, InvokeMode::Streamed) => answer::raw(body),
        (Reply::Streamed { content_type, parts }, InvokeMode::Streamed) => answer::streamed(content_type, parts).await,
        (Reply::Streamed { content_type, parts }, InvokeMode::Buffered) => {
            match collect(parts, PAYLOAD_BYTES_MAX).await.body {
                Ok(body) => answer::collected(content_type.as_deref(), &body),
                Err(_) => message(StatusCode::BAD_GATEWAY, "Internal Server Error"),
            }
        }
    }
}

fn trace_id(headers: &HeaderMap, now_ms: u64) -> String {
    let given = headers.get("x-amzn-trace-id").and_then(|value| value.to_str().ok());
    given.map_or_else(|| new_trace_id(now_ms), str::to_owned)
}

/// An answer of the front itself.
fn message(status: StatusCode, words: &str) -> Response {
    (status, [(CONTENT_TYPE, "application/json")], json!({"Message": words}).to_string()).into_response()
}
