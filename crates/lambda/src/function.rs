//! One event after the other: who answers it, and in which shape.

use crate::after::time_left;
use crate::event::{Event, Upload};
use axum::Router;
use axum::body::Body;
use axum::extract::{Request, State};
use axum::middleware::{self, Next};
use http::{Response, StatusCode, header};
use lambda_http::request::LambdaRequest;
use lambda_http::{Adapter, StreamAdapter};
use lambda_runtime::{Diagnostic, FunctionResponse, LambdaEvent, StreamResponse};
use serde::Serialize;
use serde_json::value::RawValue;
use serde_json::{Value, json};
use shop::{EDGE_SECRET_HEADER, Shop};
use std::collections::BTreeSet;
use std::pin::Pin;
use std::sync::Arc;
use storefront::web::{Storefront, routes};
use tower::Service;

/// Name of the variable that says how the function's URL is invoked; as in its configuration, `BUFFERED` or
/// `RESPONSE_STREAM`.
pub const INVOKE_MODE: &str = "TRADEWIND_INVOKE_MODE";
/// What is left of an invocation's time for its answer when the work of a schedule ends, in milliseconds.
const ANSWER_MS: u64 = 1_000;

/// Most bytes of a body that is given as a whole: an answer has 6 MB, and bytes stand in it as base64.
const BUFFERED_BYTES_MAX: u64 = 4_400_000;
/// Most bytes of a body that is streamed.
const STREAMED_BYTES_MAX: u64 = 200_000_000;

/// Runs commands of the store, as the command line does.
pub trait Commands: Send + Sync {
    /// Runs one and gives what it printed. Never asks anything.
    fn run(&self, arguments: Vec<String>) -> Pin<Box<dyn Future<Output = Ran> + Send + '_>>;
}

/// What a command printed, and its exit code.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Ran {
    /// 0: done; 1: it could not be done, or something is wrong; 2: it was called in a wrong way.
    pub exit: u8,
    /// Its result.
    pub stdout: String,
    /// Everything else that it said.
    pub stderr: String,
}

/// The store behind the event loop.
pub(crate) struct Function {
    shop: Shop,
    router: Router,
    commands: Arc<dyn Commands>,
    is_streaming: bool,
}

/// The answer to an event other than a request that is streamed.
#[derive(Serialize)]
#[serde(untagged)]
pub(crate) enum Answer<H> {
    /// In the shape that the request's front understands.
    Http(H),
    /// Of anything else.
    Value(Value),
}

type Buffered = Adapter<'static, Response<Body>, Router>;
type BufferedAnswer = <Buffered as tower::Service<LambdaEvent<LambdaRequest>>>::Response;
type Streamed = StreamAdapter<'static, Router, Body>;
type StreamedAnswer = <Streamed as tower::Service<LambdaEvent<LambdaRequest>>>::Response;

/// Takes the stream's type out of an answer, which `lambda_http` does not name.
pub(crate) trait StreamOf {
    /// The stream of its body.
    type Stream;
}

impl<S> StreamOf for StreamResponse<S> {
    type Stream = S;
}

type Given = FunctionResponse<Answer<BufferedAnswer>, <StreamedAnswer as StreamOf>::Stream>;

impl Function {
    pub(crate) fn new(shop: Shop, storefront: Storefront, commands: Arc<dyn Commands>) -> Self {
        let is_streaming = std::env::var(INVOKE_MODE).is_ok_and(|mode| mode == "RESPONSE_STREAM");
        storefront.bound_answers(if is_streaming { STREAMED_BYTES_MAX } else { BUFFERED_BYTES_MAX });
        let router = routes::router(storefront);
        let router = router.layer(middleware::from_fn_with_state(shop.clone(), only_from_the_edge));
        Self { shop, router, commands, is_streaming }
    }

    /// Answers one event.
    pub(crate) async fn answer(&self, event: LambdaEvent<Box<RawValue>>) -> Result<Given, Diagnostic> {
        let LambdaEvent { payload, context } = event;
        let deadline = context.deadline;
        let kind = Event::parse(&payload).map_err(|error| fault("UnknownEvent", &error))?;
        let value = match kind {
            Event::Http => {
                let request = serde_json::from_str(payload.get()).map_err(|error| fault("UnknownEvent", &error))?;
                return self.answer_request(LambdaEvent::new(request, context)).await;
            }
            Event::Schedule => {
                self.keep_house(deadline).await.map_err(|error| fault("BackgroundWork", &format!("{error:#}")))?
            }
            Event::Uploads(uploads) => self.take_uploads(&uploads).await?,
            Event::Command(arguments) => json!(self.commands.run(arguments).await),
        };
        Ok(FunctionResponse::BufferedResponse(Answer::Value(value)))
    }

    async fn answer_request(&self, event: LambdaEvent<LambdaRequest>) -> Result<Given, Diagnostic> {
        // The router answers everything and is always ready; only its type says that it might not.
        let never = |error: std::convert::Infallible| fault("Router", &error);
        // Load balancers and REST APIs read whole answers only.
        let may_stream = matches!(event.payload, LambdaRequest::ApiGatewayV2(_));
        if self.is_streaming && may_stream {
            let streamed = Streamed::from(self.router.clone()).call(event);
            return Ok(FunctionResponse::StreamingResponse(streamed.await.map_err(never)?));
        }
        let answer = Buffered::from(self.router.clone()).call(event);
        Ok(FunctionResponse::BufferedResponse(Answer::Http(answer.await.map_err(never)?)))
    }

    /// What a server does beside its requests, as far as the invocation's time allows.
    async fn keep_house(&self, deadline: u64) -> anyhow::Result<Value> {
        let tasks = self.shop.keep_house(time_left(&self.shop, deadline, ANSWER_MS)).await?;
        Ok(json!({ "tasks": tasks }))
    }

    /// Has pictures made of files that came in. Messages of a queue that could not be worked on come again.
    /// What a bucket told by itself is told again by Lambda only where the invocation fails.
    async fn take_uploads(&self, uploads: &[Upload]) -> Result<Value, Diagnostic> {
        let mut failed = BTreeSet::new();
        for upload in uploads {
            if let Err(error) = self.shop.take_upload(&upload.key).await {
                tracing::warn!(error = format!("{error:#}"), "an upload could not be taken");
                failed.insert(upload.message.clone());
            }
        }
        if failed.contains(&None) {
            return Err(fault("Uploads", &"an upload could not be taken; look at the log"));
        }
        let failed = failed.into_iter().flatten().map(|message| json!({ "itemIdentifier": message }));
        Ok(json!({ "batchItemFailures": failed.collect::<Vec<_>>() }))
    }
}

/// Refuses who comes past the edge, where the settings name its secrets: a function's URL is open to everybody who knows
/// it. The answer shows nothing of the store and is kept by nobody.
async fn only_from_the_edge(State(shop): State<Shop>, request: Request, next: Next) -> Response<Body> {
    let settings = shop.settings();
    let mut sent = request.headers().get_all(EDGE_SECRET_HEADER).iter();
    let is_edge = match (sent.next(), sent.next()) {
        (Some(sent), None) => settings.is_edge_secret(sent.as_bytes()),
        _ => false,
    };
    if is_edge || settings.edge_secrets.is_empty() {
        return next.run(request).await;
    }
    tracing::warn!("a request came past the edge and was refused");
    let text = "This address is the shop's own: ask for its pages where the shop is.\n";
    let mut refused = Response::new(Body::from(text));
    *refused.status_mut() = StatusCode::FORBIDDEN;
    let headers = refused.headers_mut();
    headers.insert(header::CONTENT_TYPE, header::HeaderValue::from_static("text/plain; charset=utf-8"));
    headers.insert(header::CACHE_CONTROL, header::HeaderValue::from_static("private, no-store"));
    refused
}

/// A failure as whoever invoked the function reads it.
fn fault(kind: &str, what: &dyn std::fmt::Display) -> Diagnostic {
    Diagnostic { error_type: kind.to_owned(), error_message: what.to_string() }
}
