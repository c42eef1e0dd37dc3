//! Function URLs.

use std::collections::HashMap;

use axum::body::Body;
use axum::extract::Path;
use http::StatusCode;
use serde::Deserialize;
use serde_json::{Value, json};

use super::{Answer, ApiError, Query, State, function, page, read_json, target};
use crate::clock::stamp;
use crate::names::{AliasName, FunctionName, Qualifier, Target};
use crate::service::Service;
use crate::sync::lock;
use crate::url::{AuthType, Cors, InvokeMode, UrlConfig, open_url};

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct UrlForm {
    auth_type: Option<AuthType>,
    invoke_mode: Option<InvokeMode>,
    cors: Option<Cors>,
}

/// `POST /2021-10-31/functions/{name}/url`.
pub(super) async fn create(state: State, Path(name): Path<String>, query: Query, body: Body) -> Answer {
    let (name, alias) = addressable(&name, &query)?;
    let form: UrlForm = read_json(body).await?;
    let auth = form.auth_type.ok_or_else(|| ApiError::invalid("authType", "null", "not be null"))?;
    check_free(&state, &name, alias.as_ref())?;
    let target = Target { function: name.clone(), qualifier: alias.clone().map(Qualifier::Alias) };
    let (address, listener) = open_url(&state, target).await.map_err(|error| ApiError::Service(error.to_string()))?;
    let now_ms = state.host.clock.now_ms();
    let config = UrlConfig {
        auth,
        mode: form.invoke_mode.unwrap_or(InvokeMode::Buffered),
        cors: form.cors,
        created_ms: now_ms,
        modified_ms: now_ms,
        address,
        listener,
    };
    check_free(&state, &name, alias.as_ref())?;
    let shown = show(&state, &name, alias.as_ref(), &config);
    lock(&state.registry).load_mut(&name)?.urls.insert(alias, config);
    Ok(super::json(StatusCode::CREATED, &shown))
}

/// `GET /2021-10-31/functions/{name}/url`.
pub(super) async fn load(state: State, Path(name): Path<String>, query: Query) -> Answer {
    let (name, alias) = addressable(&name, &query)?;
    let registry = lock(&state.registry);
    let config = registry.load(&name)?.urls.get(&alias).ok_or_else(not_there)?;
    Ok(super::json(StatusCode::OK, &show(&state, &name, alias.as_ref(), config)))
}

/// `GET /2021-10-31/functions/{name}/urls`.
pub(super) async fn list(state: State, Path(name): Path<String>, query: Query) -> Answer {
    let name = function(&name)?;
    let registry = lock(&state.registry);
    let (rows, next) = page(registry.load(&name)?.urls.iter(), &query)?;
    let rows = rows.into_iter().map(|(alias, config)| show(&state, &name, alias.as_ref(), config));
    Ok(super::list("FunctionUrlConfigs", rows.collect(), next))
}

/// `PUT /2021-10-31/functions/{name}/url`.
pub(super) async fn update(state: State, Path(name): Path<String>, query: Query, body: Body) -> Answer {
    let (name, alias) = addressable(&name, &query)?;
    let form: UrlForm = read_json(body).await?;
    let mut registry = lock(&state.registry);
    let config = registry.load_mut(&name)?.urls.get_mut(&alias).ok_or_else(not_there)?;
    config.auth = form.auth_type.unwrap_or(config.auth);
    config.mode = form.invoke_mode.unwrap_or(config.mode);
    config.cors = form.cors.or_else(|| config.cors.clone());
    config.modified_ms = state.host.clock.now_ms();
    Ok(super::json(StatusCode::OK, &show(&state, &name, alias.as_ref(), config)))
}

/// `DELETE /2021-10-31/functions/{name}/url`.
pub(super) async fn delete(state: State, Path(name): Path<String>, query: Query) -> Answer {
    let (name, alias) = addressable(&name, &query)?;
    lock(&state.registry).load_mut(&name)?.urls.remove(&alias).ok_or_else(not_there)?;
    Ok(super::no_content())
}

/// The function and the alias: versions have no URLs.
fn addressable(name: &str, query: &HashMap<String, String>) -> Result<(FunctionName, Option<AliasName>), ApiError> {
    let target = target(name, query)?;
    match target.qualifier {
        None => Ok((target.function, None)),
        Some(Qualifier::Alias(alias)) => Ok((target.function, Some(alias))),
        Some(Qualifier::Version(version)) => {
            let rule = "satisfy regular expression pattern: ((?!^\\d+$)^[0-9a-zA-Z-_]+$)";
            Err(ApiError::invalid("qualifier", version, rule))
        }
    }
}

fn check_free(service: &Service, name: &FunctionName, alias: Option<&AliasName>) -> Result<(), ApiError> {
    let registry = lock(&service.registry);
    let function = registry.load(name)?;
    if let Some(alias) = alias {
        function.load_alias(alias)?;
    }
    if function.urls.contains_key(&alias.cloned()) {
        let words = format!("FunctionUrlConfig exists for this Lambda function: {name}");
        return Err(ApiError::ResourceConflict(words));
    }
    Ok(())
}

fn not_there() -> ApiError {
    ApiError::ResourceNotFound("The resource you requested does not exist.".to_owned())
}

fn show(service: &Service, name: &FunctionName, alias: Option<&AliasName>, config: &UrlConfig) -> Value {
    let arn = match alias {
        Some(alias) => service.host.place.qualified_arn(name, &alias.as_str()),
        None => service.host.place.function_arn(name),
    };
    let mut shown = json!({
        "FunctionUrl": format!("http://{}/", config.address),
        "FunctionArn": arn,
        "AuthType": config.auth,
        "InvokeMode": config.mode,
        "CreationTime": stamp(config.created_ms),
        "LastModifiedTime": stamp(config.modified_ms),
    });
    if let Some(cors) = &config.cors {
        shown["Cors"] = json!(cors);
    }
    shown
}
