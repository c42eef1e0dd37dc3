//! Asynchronous events: taken in at once, served when there is room, tried again, and handed on in the end.
//!
//! Each waits on its own, so their order is not kept; Lambda does not promise one either. They are held in memory: what
//! waits when the service stops is lost.

use std::sync::Arc;

use bytes::Bytes;
use serde_json::{Value, json};

use crate::api::ApiError;
use crate::clock::stamp;
use crate::environment::{FunctionError, Job, Reply};
use crate::invoke::{InvokeError, invoke};
use crate::limits::{EVENT_AGE_S, EVENT_BYTES_MAX, RETRIES};
use crate::names::Target;
use crate::registry::EventConfig;
use crate::service::Service;
use crate::sync::{lock, raised};

/// The wait after a first and a further error of the function, in milliseconds for each attempt so far.
const RETRY_MS: u64 = 60_000;
/// The first and the longest wait of an event that was turned away, in milliseconds.
const PAUSE_MS: [u64; 2] = [1_000, 300_000];
/// Functions that may hand an event to one another.
const HOPS_MAX: u32 = 16;

/// An event that waits.
#[derive(Debug, Clone)]
pub(crate) struct Event {
    pub(crate) target: Target,
    pub(crate) request_id: Arc<str>,
    pub(crate) payload: Bytes,
    pub(crate) trace_id: String,
    pub(crate) client_context: Option<String>,
    /// How many functions have handed it on.
    pub(crate) hops: u32,
}

/// How an event ended.
struct Outcome {
    condition: &'static str,
    attempts: u32,
    version: Option<String>,
    /// What the function said last.
    answer: Option<Result<Bytes, FunctionError>>,
}

/// Takes an event in.
pub(crate) fn enqueue(service: &Arc<Service>, event: Event) -> Result<(), ApiError> {
    service.host.fleet.queue().map_err(ApiError::TooManyRequests)?;
    let service = Arc::clone(service);
    tokio::spawn(async move {
        let mut stop = service.stop.subscribe();
        tokio::select! {
            outcome = serve(&service, &event) => hand_on(&service, &event, outcome),
            () = raised(&mut stop) => {}
        }
        service.host.fleet.unqueue();
    });
    Ok(())
}

async fn serve(service: &Arc<Service>, event: &Event) -> Outcome {
    let clock = &service.host.clock;
    let taken_in_ms = clock.now_ms();
    let mut outcome = Outcome { condition: "Success", attempts: 0, version: None, answer: None };
    let mut pause_ms = PAUSE_MS[0];
    loop {
        let config = config(service, event);
        let age_ms_max = u64::from(config.age_s_max.unwrap_or(EVENT_AGE_S.max)) * 1_000;
        if age_ms_max <= clock.now_ms().saturating_sub(taken_in_ms) {
            outcome.condition = "EventAgeExceeded";
            return outcome;
        }
        match attempt(service, event, &mut outcome).await {
            Ok(Ok(body)) => {
                outcome.answer = Some(Ok(body));
                return outcome;
            }
            Ok(Err(error)) => {
                outcome.answer = Some(Err(error));
                if config.retries.unwrap_or(RETRIES.max) < outcome.attempts {
                    outcome.condition = "RetriesExhausted";
                    return outcome;
                }
                clock.wait_ms(RETRY_MS * u64::from(outcome.attempts)).await;
            }
            Err(ApiError::TooManyRequests(_) | ApiError::Service(_)) => {
                tokio::select! {
                    () = clock.wait_ms(pause_ms.min(age_ms_max)) => {}
                    () = service.host.fleet.place_free(&event.target.function) => {}
                }
                pause_ms = (pause_ms * 2).min(PAUSE_MS[1]);
            }
            Err(error) => {
                tracing::warn!(function = %event.target.function, %error, "an event is dropped");
                outcome.condition = "FunctionGone";
                return outcome;
            }
        }
    }
}

async fn attempt(
    service: &Arc<Service>,
    event: &Event,
    outcome: &mut Outcome,
) -> Result<Result<Bytes, FunctionError>, ApiError> {
    let resolved = lock(&service.registry).resolve(&event.target.function, event.target.qualifier.as_ref())?;
    let version = resolved.revision.version.to_string();
    let job = Job {
        request_id: Arc::clone(&event.request_id),
        payload: event.payload.clone(),
        arn: service.arn(&event.target),
        trace_id: event.trace_id.clone(),
        client_context: event.client_context.clone(),
        tenant_id: None,
        wants_tail: false,
    };
    let reply = invoke(&service.host, resolved, job).await.map_err(|error: InvokeError| ApiError::from(error))?;
    outcome.attempts += 1;
    outcome.version = Some(version);
    Ok(match reply {
        Reply::Answered { body, .. } => Ok(body),
        Reply::Failed { error, .. } => Err(error),
        Reply::Streamed { parts, .. } => crate::stream::collect(parts, EVENT_BYTES_MAX).await.body,
    })
}

fn config(service: &Service, event: &Event) -> EventConfig {
    let registry = lock(&service.registry);
    let function = registry.functions.get(&event.target.function);
    let config = function.and_then(|function| function.event_config(event.target.qualifier.as_ref())).cloned();
    config.unwrap_or(EventConfig { retries: None, age_s_max: None, on_success: None, on_failure: None, modified_ms: 0 })
}

/// Sends what became of an event to the function that was named for it.
fn hand_on(service: &Arc<Service>, event: &Event, outcome: Outcome) {
    let config = config(service, event);
    let succeeded = outcome.condition == "Success";
    let destination = if succeeded { config.on_success } else { config.on_failure };
    let Some(destination) = destination else {
        if !succeeded {
            let (function, request) = (&event.target.function, &event.request_id);
            let condition = outcome.condition;
            tracing::warn!(%function, %request, condition, "an event is dropped: no destination for failures is set");
        }
        return;
    };
    let Some(target) = Target::parse(&destination).filter(|_| event.hops < HOPS_MAX) else {
        tracing::warn!(destination, hops = event.hops, "an event is dropped: it cannot be handed on");
        return;
    };
    let record = record(service, event, &outcome).to_string();
    let next = Event {
        target,
        request_id: crate::ids::uuid().into(),
        payload: record.into(),
        trace_id: event.trace_id.clone(),
        client_context: None,
        hops: event.hops + 1,
    };
    if let Err(error) = enqueue(service, next) {
        tracing::warn!(destination, %error, "an event is dropped: it cannot be handed on");
    }
}

/// The record that a destination gets, as Lambda makes it.
fn record(service: &Service, event: &Event, outcome: &Outcome) -> Value {
    let json_of = |bytes: &[u8]| serde_json::from_slice(bytes).unwrap_or(Value::Null);
    let mut record = json!({
        "version": "1.0",
        "timestamp": stamp(service.host.clock.now_ms()),
        "requestContext": {
            "requestId": &*event.request_id,
            "functionArn": service.arn(&event.target),
            "condition": outcome.condition,
            "approximateInvokeCount": outcome.attempts,
        },
        "requestPayload": json_of(&event.payload),
    });
    if let Some(answer) = &outcome.answer {
        record["responseContext"] = json!({"statusCode": 200, "executedVersion": outcome.version});
        match answer {
            Ok(body) => record["responsePayload"] = json_of(body),
            Err(error) => {
                record["responseContext"]["functionError"] = "Unhandled".into();
                record["responsePayload"] = json_of(&error.body);
            }
        }
    }
    record
}
