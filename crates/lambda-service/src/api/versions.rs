//! Published versions.

use axum::body::Body;
use axum::extract::Path;
use http::StatusCode;
use serde::Deserialize;

use super::forms::parse_description;
use super::show::{Moment, configuration};
use super::{Answer, ApiError, Query, State, check_revision, function, page, read_json};
use crate::sync::lock;

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct PublishForm {
    #[serde(rename = "CodeSha256")]
    code_sha256: Option<String>,
    description: Option<String>,
    revision_id: Option<String>,
}

/// `POST /2015-03-31/functions/{name}/versions`.
pub(super) async fn publish(state: State, Path(name): Path<String>, body: Body) -> Answer {
    let name = function(&name)?;
    let form: PublishForm = read_json(body).await?;
    let description =
        form.description.filter(|text| !text.is_empty()).map(|text| parse_description(&text)).transpose()?;
    let now_ms = state.host.clock.now_ms();
    let mut registry = lock(&state.registry);
    let function = registry.load_mut(&name)?;
    check_revision(form.revision_id.as_ref(), &function.latest.revision_id)?;
    if let Some(wanted) = form.code_sha256.filter(|wanted| *wanted != function.latest.package.sha256) {
        let there = &function.latest.package.sha256;
        return Err(ApiError::InvalidParameterValue(format!(
            "CodeSHA256 ({wanted}) is different from current CodeSHA256 in $LATEST ({there}). Please try again with the \
             CodeSHA256 in $LATEST."
        )));
    }
    let version = function.publish(description, now_ms);
    Ok(super::json(StatusCode::CREATED, &configuration(&state.host.place, &version, true, Moment::Settled)))
}

/// `GET /2015-03-31/functions/{name}/versions`.
pub(super) async fn list(state: State, Path(name): Path<String>, query: Query) -> Answer {
    let name = function(&name)?;
    let registry = lock(&state.registry);
    let (rows, next) = page(registry.load(&name)?.revisions(), &query)?;
    let rows = rows.into_iter().map(|revision| configuration(&state.host.place, revision, true, Moment::Settled));
    Ok(super::list("Versions", rows.collect(), next))
}
