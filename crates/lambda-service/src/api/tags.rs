//! Tags of functions.

use std::collections::BTreeMap;

use axum::body::Body;
use axum::extract::{Path, RawQuery};
use http::StatusCode;
use percent_encoding::percent_decode_str;
use serde::Deserialize;
use serde_json::json;

use super::{Answer, ApiError, State, function, read_json};
use crate::limits::TAGS_MAX;
use crate::sync::lock;

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct TagsForm {
    tags: BTreeMap<String, String>,
}

/// `GET /2017-03-31/tags/{arn}`.
pub(super) async fn list(state: State, Path(arn): Path<String>) -> Answer {
    let registry = lock(&state.registry);
    Ok(super::json(StatusCode::OK, &json!({"Tags": registry.load(&function(&arn)?)?.tags})))
}

/// `POST /2017-03-31/tags/{arn}`.
pub(super) async fn add(state: State, Path(arn): Path<String>, body: Body) -> Answer {
    let form: TagsForm = read_json(body).await?;
    let mut registry = lock(&state.registry);
    let function = registry.load_mut(&function(&arn)?)?;
    let mut tags = function.tags.clone();
    tags.extend(form.tags);
    function.tags = parse(tags)?;
    Ok(super::no_content())
}

/// `DELETE /2017-03-31/tags/{arn}?tagKeys=…&tagKeys=…`.
pub(super) async fn remove(state: State, Path(arn): Path<String>, RawQuery(query): RawQuery) -> Answer {
    let mut registry = lock(&state.registry);
    let function = registry.load_mut(&function(&arn)?)?;
    for part in query.unwrap_or_default().split('&') {
        if let Some(key) = part.strip_prefix("tagKeys=") {
            let key = key.replace('+', " ");
            function.tags.remove(&*percent_decode_str(&key).decode_utf8_lossy());
        }
    }
    Ok(super::no_content())
}

/// Tags that are not too many and not too long.
pub(super) fn parse(tags: BTreeMap<String, String>) -> Result<BTreeMap<String, String>, ApiError> {
    const KEY_CHARS_MAX: usize = 128;
    const VALUE_CHARS_MAX: usize = 256;
    let is_tag = |(key, value): (&String, &String)| {
        !key.is_empty() && key.chars().count() <= KEY_CHARS_MAX && value.chars().count() <= VALUE_CHARS_MAX
    };
    if TAGS_MAX < tags.len() || !tags.iter().all(is_tag) {
        let words = format!("at most {TAGS_MAX} tags, keys of 1 to 128 and values of up to 256 characters");
        return Err(ApiError::InvalidParameterValue(words));
    }
    Ok(tags)
}
