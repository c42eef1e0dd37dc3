//! Lambda's HTTP API, as the AWS command line and SDKs speak it.
//!
//! Start at [`router`]: one line for each operation. A handler takes the call apart, changes the registry in one go, and
//! shows what is there now.

mod aliases;
mod concurrency;
mod error;
mod events;
mod forms;
mod functions;
mod invocations;
mod policies;
mod show;
mod tags;
mod urls;
mod versions;

use std::collections::HashMap;
use std::sync::Arc;

use axum::Router;
use axum::body::Body;
use axum::extract::DefaultBodyLimit;
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post, put};
use bytes::Bytes;
use http::header::{CONTENT_TYPE, HeaderValue};
use http::{StatusCode, Uri};
use http_body_util::{BodyExt as _, LengthLimitError, Limited};
use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::limits::{PAGE_ROWS_DEFAULT, PAGE_ROWS_MAX, REQUEST_BYTES_MAX};
use crate::names::{FunctionName, Qualifier, Target};
use crate::service::Service;

pub(crate) use error::ApiError;
pub use error::Throttled;
pub(crate) use invocations::{body_of, new_trace_id, with_request_id};

/// The parts of a call's address after the question mark.
type Query = axum::extract::Query<HashMap<String, String>>;
/// The service that handlers work on.
type State = axum::extract::State<Arc<Service>>;
/// What a handler gives back.
type Answer = Result<Response, ApiError>;

/// Every operation with its address.
pub(crate) fn router(service: Arc<Service>) -> Router {
    const FUNCTIONS: &str = "/2015-03-31/functions";
    let of = |rest: &str| format!("{FUNCTIONS}/{{name}}{rest}");
    Router::new()
        .route(FUNCTIONS, post(functions::create).get(functions::list))
        .route(&format!("{FUNCTIONS}/"), post(functions::create).get(functions::list))
        .route(&of(""), get(functions::load).delete(functions::delete))
        .route(&of("/code"), put(functions::update_code))
        .route(&of("/configuration"), get(functions::load_settings).put(functions::update_settings))
        .route(&of("/versions"), post(versions::publish).get(versions::list))
        .route(&of("/aliases"), post(aliases::create).get(aliases::list))
        .route(&of("/aliases/{alias}"), get(aliases::load).put(aliases::update).delete(aliases::delete))
        .route(&of("/policy"), post(policies::add).get(policies::load))
        .route(&of("/policy/{statement}"), axum::routing::delete(policies::remove))
        .route(&of("/invocations"), post(invocations::invoke))
        .route("/2014-11-13/functions/{name}/invoke-async", post(invocations::invoke_async))
        .route(
            "/2021-11-15/functions/{name}/response-streaming-invocations",
            post(invocations::invoke_with_response_stream),
        )
        .route("/2017-10-31/functions/{name}/concurrency", put(concurrency::reserve).delete(concurrency::release))
        .route("/2019-09-30/functions/{name}/concurrency", get(concurrency::load))
        .route(
            "/2019-09-30/functions/{name}/provisioned-concurrency",
            put(concurrency::provision).get(concurrency::load_provisioned).delete(concurrency::unprovision),
        )
        .route("/2021-10-31/functions/{name}/urls", get(urls::list))
        .route(
            "/2021-10-31/functions/{name}/url",
            post(urls::create).get(urls::load).put(urls::update).delete(urls::delete),
        )
        .route(
            "/2019-09-25/functions/{name}/event-invoke-config",
            put(events::replace).post(events::update).get(events::load).delete(events::delete),
        )
        .route("/2019-09-25/functions/{name}/event-invoke-config/list", get(events::list))
        .route("/2017-03-31/tags/{arn}", get(tags::list).post(tags::add).delete(tags::remove))
        .route("/2016-08-19/account-settings", get(concurrency::account))
        .route("/packages/{file}", get(functions::package))
        .fallback(unknown)
        .layer(axum::middleware::from_fn(refuse_pages))
        .layer(DefaultBodyLimit::max(REQUEST_BYTES_MAX))
        .with_state(service)
}

/// A page in somebody's browser on this machine can send here, too, but not without saying where it comes from, or under a
/// name that it gave this machine. Whoever may call can run programs.
async fn refuse_pages(request: axum::extract::Request, next: axum::middleware::Next) -> Response {
    let headers = request.headers();
    let host = headers.get(http::header::HOST).and_then(|host| host.to_str().ok()).unwrap_or_default();
    let name = host.rsplit_once(':').map_or(host, |(name, _)| name);
    let is_address = name.trim_matches(['[', ']']).parse::<std::net::IpAddr>().is_ok();
    let is_from_a_page = headers.contains_key(http::header::ORIGIN) || headers.contains_key("sec-fetch-site");
    if is_from_a_page || !(is_address || name == "localhost") {
        return StatusCode::FORBIDDEN.into_response();
    }
    next.run(request).await
}

async fn unknown(uri: Uri) -> ApiError {
    ApiError::UnknownOperation(uri.path().to_owned())
}

/// Reads a body up to a limit.
async fn read(body: Body, bytes_max: usize) -> Result<Bytes, ApiError> {
    match Limited::new(body, bytes_max).collect().await {
        Ok(body) => Ok(body.to_bytes()),
        Err(error) if error.is::<LengthLimitError>() => Err(ApiError::RequestEntityTooLarge(format!(
            "Request must be smaller than {bytes_max} bytes for the operation"
        ))),
        Err(_) => Err(ApiError::InvalidRequestContent("the request broke off".to_owned())),
    }
}

/// Reads a body of JSON. An empty one is an empty object.
async fn read_json<T: DeserializeOwned>(body: Body) -> Result<T, ApiError> {
    let body = read(body, REQUEST_BYTES_MAX).await?;
    let json: &[u8] = if body.is_empty() { b"{}" } else { &body };
    serde_json::from_slice(json)
        .map_err(|error| ApiError::InvalidRequestContent(format!("Could not parse request body into json: {error}")))
}

fn json(status: StatusCode, value: &Value) -> Response {
    (status, [(CONTENT_TYPE, HeaderValue::from_static("application/json"))], value.to_string()).into_response()
}

fn no_content() -> Response {
    StatusCode::NO_CONTENT.into_response()
}

/// The function of a path, with the qualifier of its name or of the query.
fn target(name: &str, query: &HashMap<String, String>) -> Result<Target, ApiError> {
    const PATTERN: &str = "(arn:(aws[a-zA-Z-]*)?:lambda:)?(region:)?(\\d{12}:)?(function:)?([a-zA-Z0-9-_]+)(:(\\$LATEST|[a-zA-Z0-9-_]+))?";
    let rule = format!("satisfy regular expression pattern: {PATTERN}");
    let mut target = Target::parse(name).ok_or_else(|| ApiError::invalid("functionName", name, &rule))?;
    if let Some(raw) = query.get("Qualifier").filter(|raw| !raw.is_empty()) {
        let qualifier = Qualifier::parse(raw).ok_or_else(|| {
            ApiError::invalid("qualifier", raw, "satisfy regular expression pattern: (|[a-zA-Z0-9$_-]+)")
        })?;
        if target.qualifier.as_ref().is_some_and(|named| *named != qualifier) {
            let words = "The derived qualifier from the function name does not match the specified qualifier.";
            return Err(ApiError::InvalidParameterValue(words.to_owned()));
        }
        target.qualifier = Some(qualifier);
    }
    Ok(target)
}

/// The function of a path whose operation has no versions.
fn function(name: &str) -> Result<FunctionName, ApiError> {
    Ok(target(name, &HashMap::new())?.function)
}

/// One page of rows in order, and where the next begins. `Marker` is the number of rows before it.
fn page<T>(
    rows: impl Iterator<Item = T>,
    query: &HashMap<String, String>,
) -> Result<(Vec<T>, Option<String>), ApiError> {
    let number = |name: &str, default: usize| match query.get(name) {
        Some(raw) => raw.parse().map_err(|_| ApiError::InvalidParameterValue(format!("Invalid {name}: {raw}"))),
        None => Ok(default),
    };
    let from = number("Marker", 0)?;
    let count = number("MaxItems", PAGE_ROWS_DEFAULT)?.clamp(1, PAGE_ROWS_MAX);
    let mut rows = rows.skip(from);
    let page: Vec<T> = rows.by_ref().take(count).collect();
    let next = rows.next().map(|_| (from + count).to_string());
    Ok((page, next))
}

/// A list with the marker of its next page.
fn list(name: &str, rows: Vec<Value>, next: Option<String>) -> Response {
    let mut value = serde_json::json!({name: rows});
    if let Some(next) = next {
        value["NextMarker"] = next.into();
    }
    json(StatusCode::OK, &value)
}

/// Refuses a change by somebody who has not seen the last one.
fn check_revision(wanted: Option<&String>, there: &str) -> Result<(), ApiError> {
    match wanted {
        Some(wanted) if wanted != there => Err(ApiError::PreconditionFailed),
        _ => Ok(()),
    }
}
