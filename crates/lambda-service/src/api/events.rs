//! What becomes of asynchronous events.

use std::collections::HashMap;

use axum::body::Body;
use axum::extract::Path;
use http::StatusCode;
use serde::Deserialize;
use serde_json::{Number, Value, json};

use super::{Answer, ApiError, Query, State, function, page, read_json, target};
use crate::limits::{Bounds, EVENT_AGE_S, RETRIES};
use crate::names::{FunctionName, Qualifier, Target, Version};
use crate::registry::EventConfig;
use crate::service::Service;
use crate::sync::lock;

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct EventForm {
    maximum_retry_attempts: Option<i64>,
    maximum_event_age_in_seconds: Option<i64>,
    destination_config: Option<DestinationsForm>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct DestinationsForm {
    on_success: Option<DestinationForm>,
    on_failure: Option<DestinationForm>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct DestinationForm {
    destination: Option<String>,
}

/// `PUT /2019-09-25/functions/{name}/event-invoke-config`.
pub(super) async fn replace(state: State, Path(name): Path<String>, query: Query, body: Body) -> Answer {
    let nothing = EventConfig { retries: None, age_s_max: None, on_success: None, on_failure: None, modified_ms: 0 };
    change(&state, &name, &query, body, |_| Ok(nothing)).await
}

/// `POST /2019-09-25/functions/{name}/event-invoke-config`: what is not named stays.
pub(super) async fn update(state: State, Path(name): Path<String>, query: Query, body: Body) -> Answer {
    change(&state, &name, &query, body, |there| there.ok_or_else(not_there)).await
}

async fn change(
    service: &Service,
    name: &str,
    query: &HashMap<String, String>,
    body: Body,
    from: impl FnOnce(Option<EventConfig>) -> Result<EventConfig, ApiError>,
) -> Answer {
    let (name, key) = configurable(name, query)?;
    let form: EventForm = read_json(body).await?;
    let mut registry = lock(&service.registry);
    let function = registry.load_mut(&name)?;
    function.load_revision(key.as_ref(), u32::MAX)?;
    let mut config = from(function.event_configs.get(&key).cloned())?;
    if let Some(raw) = form.maximum_retry_attempts {
        config.retries = Some(parse(raw, RETRIES, "maximumRetryAttempts")?);
    }
    if let Some(raw) = form.maximum_event_age_in_seconds {
        config.age_s_max = Some(parse(raw, EVENT_AGE_S, "maximumEventAgeInSeconds")?);
    }
    if let Some(destinations) = form.destination_config {
        config.on_success = parse_destination(destinations.on_success)?;
        config.on_failure = parse_destination(destinations.on_failure)?;
    }
    config.modified_ms = service.host.clock.now_ms();
    let shown = show(service, &name, key.as_ref(), &config);
    function.event_configs.insert(key, config);
    Ok(super::json(StatusCode::OK, &shown))
}

/// `GET /2019-09-25/functions/{name}/event-invoke-config`.
pub(super) async fn load(state: State, Path(name): Path<String>, query: Query) -> Answer {
    let (name, key) = configurable(&name, &query)?;
    let registry = lock(&state.registry);
    let config = registry.load(&name)?.event_configs.get(&key).ok_or_else(not_there)?;
    Ok(super::json(StatusCode::OK, &show(&state, &name, key.as_ref(), config)))
}

/// `GET /2019-09-25/functions/{name}/event-invoke-config/list`.
pub(super) async fn list(state: State, Path(name): Path<String>, query: Query) -> Answer {
    let name = function(&name)?;
    let registry = lock(&state.registry);
    let (rows, next) = page(registry.load(&name)?.event_configs.iter(), &query)?;
    let rows = rows.into_iter().map(|(key, config)| show(&state, &name, key.as_ref(), config));
    Ok(super::list("FunctionEventInvokeConfigs", rows.collect(), next))
}

/// `DELETE /2019-09-25/functions/{name}/event-invoke-config`.
pub(super) async fn delete(state: State, Path(name): Path<String>, query: Query) -> Answer {
    let (name, key) = configurable(&name, &query)?;
    lock(&state.registry).load_mut(&name)?.event_configs.remove(&key).ok_or_else(not_there)?;
    Ok(super::no_content())
}

/// The function and what its settings are kept under: nothing for `$LATEST`.
fn configurable(name: &str, query: &HashMap<String, String>) -> Result<(FunctionName, Option<Qualifier>), ApiError> {
    let target = target(name, query)?;
    let key = target.qualifier.filter(|qualifier| *qualifier != Qualifier::Version(Version::Latest));
    Ok((target.function, key))
}

fn parse(raw: i64, bounds: Bounds, field: &str) -> Result<u32, ApiError> {
    let Bounds { min, max } = bounds;
    let rule = format!("have value greater than or equal to {min} and less than or equal to {max}");
    bounds.admit(raw).ok_or_else(|| ApiError::invalid(field, raw, &rule))
}

/// The ARN of a function: this service knows no queues or topics.
fn parse_destination(form: Option<DestinationForm>) -> Result<Option<String>, ApiError> {
    let arn = form.and_then(|form| form.destination).filter(|arn| !arn.is_empty());
    match arn {
        Some(arn) if !arn.contains(":lambda:") || Target::parse(&arn).is_none() => {
            Err(ApiError::InvalidParameterValue(format!("Destination {arn} is not a function: only those are served")))
        }
        arn => Ok(arn),
    }
}

fn not_there() -> ApiError {
    ApiError::ResourceNotFound("The function doesn't have an EventInvokeConfig".to_owned())
}

fn show(service: &Service, name: &FunctionName, key: Option<&Qualifier>, config: &EventConfig) -> Value {
    let qualifier = key.map_or_else(|| "$LATEST".to_owned(), ToString::to_string);
    let destination = |arn: &Option<String>| arn.as_ref().map_or_else(|| json!({}), |arn| json!({"Destination": arn}));
    let mut shown = json!({
        "LastModified": epoch_seconds(config.modified_ms),
        "FunctionArn": service.host.place.qualified_arn(name, &qualifier),
        "DestinationConfig": {
            "OnSuccess": destination(&config.on_success),
            "OnFailure": destination(&config.on_failure),
        },
    });
    if let Some(retries) = config.retries {
        shown["MaximumRetryAttempts"] = retries.into();
    }
    if let Some(age_s_max) = config.age_s_max {
        shown["MaximumEventAgeInSeconds"] = age_s_max.into();
    }
    shown
}

/// Seconds since 1970: this one time is a number.
fn epoch_seconds(epoch_ms: u64) -> Number {
    Number::from(epoch_ms / 1_000)
}
