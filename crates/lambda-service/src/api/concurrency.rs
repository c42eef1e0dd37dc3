//! Concurrency: reserved for a function, kept ready for a version, and what the account has.

use std::collections::HashMap;

use axum::body::Body;
use axum::extract::Path;
use http::StatusCode;
use serde::Deserialize;
use serde_json::{Value, json};

use super::{Answer, ApiError, Query, State, function, page, read_json, target};
use crate::clock::stamp;
use crate::limits::{BUCKET_ZIP_BYTES_MAX, UNZIPPED_BYTES_MAX, ZIP_BYTES_MAX};
use crate::names::{FunctionName, Qualifier, Version};
use crate::registry::{Function, Provisioned};
use crate::service::Service;
use crate::sync::lock;

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct ReserveForm {
    reserved_concurrent_executions: i64,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct ProvisionForm {
    provisioned_concurrent_executions: i64,
}

/// `PUT /2017-10-31/functions/{name}/concurrency`.
pub(super) async fn reserve(state: State, Path(name): Path<String>, body: Body) -> Answer {
    let name = function(&name)?;
    let form: ReserveForm = read_json(body).await?;
    let raw = form.reserved_concurrent_executions;
    let reserved = u32::try_from(raw)
        .map_err(|_| ApiError::invalid("reservedConcurrentExecutions", raw, "have value greater than or equal to 0"))?;
    let mut registry = lock(&state.registry);
    let provisioned: u32 = registry.load(&name)?.provisioned.values().map(|provisioned| provisioned.wanted).sum();
    if reserved < provisioned {
        let words = "ReservedConcurrentExecutions cannot be lower than the function's provisioned concurrency.";
        return Err(ApiError::InvalidParameterValue(words.to_owned()));
    }
    registry.reserve(&name, reserved)?;
    Ok(super::json(StatusCode::OK, &json!({"ReservedConcurrentExecutions": reserved})))
}

/// `GET /2019-09-30/functions/{name}/concurrency`.
pub(super) async fn load(state: State, Path(name): Path<String>) -> Answer {
    let reserved = lock(&state.registry).load(&function(&name)?)?.reserved;
    let shown = reserved.map_or_else(|| json!({}), |reserved| json!({"ReservedConcurrentExecutions": reserved}));
    Ok(super::json(StatusCode::OK, &shown))
}

/// `DELETE /2017-10-31/functions/{name}/concurrency`.
pub(super) async fn release(state: State, Path(name): Path<String>) -> Answer {
    lock(&state.registry).load_mut(&function(&name)?)?.reserved = None;
    Ok(super::no_content())
}

/// `PUT /2019-09-30/functions/{name}/provisioned-concurrency`.
pub(super) async fn provision(state: State, Path(name): Path<String>, query: Query, body: Body) -> Answer {
    let (name, qualifier) = provisionable(&name, &query)?;
    let form: ProvisionForm = read_json(body).await?;
    let raw = form.provisioned_concurrent_executions;
    let wanted = u32::try_from(raw).ok().filter(|wanted| 0 < *wanted).ok_or_else(|| {
        ApiError::invalid("provisionedConcurrentExecutions", raw, "have value greater than or equal to 1")
    })?;
    {
        let mut registry = lock(&state.registry);
        let unreserved = registry.unreserved();
        let function = registry.load_mut(&name)?;
        if function.load_revision(Some(&qualifier), u32::MAX)?.version == Version::Latest {
            let words = "Provisioned Concurrency Configs cannot be applied to unpublished function versions.";
            return Err(ApiError::InvalidParameterValue(words.to_owned()));
        }
        let others = function.provisioned.iter().filter(|(named, _)| **named != qualifier);
        let others: u32 = others.map(|(_, provisioned)| provisioned.wanted).sum();
        if function.reserved.unwrap_or(unreserved) < others.saturating_add(wanted) {
            let words = "Requested Provisioned Concurrency should not be greater than the \
                         reservedConcurrentExecution for function";
            return Err(ApiError::InvalidParameterValue(words.to_owned()));
        }
        let modified_ms = state.host.clock.now_ms();
        function.provisioned.insert(qualifier.clone(), Provisioned { wanted, modified_ms, failure: None });
    }
    state.provision(&name);
    let registry = lock(&state.registry);
    let shown = show(&state, registry.load(&name)?, &qualifier)?;
    Ok(super::json(StatusCode::ACCEPTED, &shown))
}

/// `GET /2019-09-30/functions/{name}/provisioned-concurrency`: of one qualifier, or with `List=ALL` of all.
pub(super) async fn load_provisioned(state: State, Path(name): Path<String>, query: Query) -> Answer {
    if query.contains_key("List") {
        return list_provisioned(&state, &function(&name)?, &query);
    }
    let (name, qualifier) = provisionable(&name, &query)?;
    let registry = lock(&state.registry);
    Ok(super::json(StatusCode::OK, &show(&state, registry.load(&name)?, &qualifier)?))
}

fn list_provisioned(service: &Service, name: &FunctionName, query: &HashMap<String, String>) -> Answer {
    let registry = lock(&service.registry);
    let function = registry.load(name)?;
    let (rows, next) = page(function.provisioned.keys(), query)?;
    let mut shown = Vec::with_capacity(rows.len());
    for qualifier in rows {
        let mut row = show(service, function, qualifier)?;
        row["FunctionArn"] = service.host.place.qualified_arn(name, qualifier).into();
        shown.push(row);
    }
    Ok(super::list("ProvisionedConcurrencyConfigs", shown, next))
}

/// `DELETE /2019-09-30/functions/{name}/provisioned-concurrency`.
pub(super) async fn unprovision(state: State, Path(name): Path<String>, query: Query) -> Answer {
    let (name, qualifier) = provisionable(&name, &query)?;
    lock(&state.registry).load_mut(&name)?.provisioned.remove(&qualifier);
    state.provision(&name);
    Ok(super::no_content())
}

/// `GET /2016-08-19/account-settings`.
pub(super) async fn account(state: State) -> Answer {
    let registry = lock(&state.registry);
    let functions = registry.functions.values();
    let code_bytes: usize = functions.flat_map(Function::revisions).map(|revision| revision.package.zip_bytes).sum();
    let shown = json!({
        "AccountLimit": {
            "TotalCodeSize": BUCKET_ZIP_BYTES_MAX * 300,
            "CodeSizeUnzipped": UNZIPPED_BYTES_MAX,
            "CodeSizeZipped": ZIP_BYTES_MAX,
            "ConcurrentExecutions": registry.concurrency,
            "UnreservedConcurrentExecutions": registry.unreserved(),
        },
        "AccountUsage": {"TotalCodeSize": code_bytes, "FunctionCount": registry.functions.len()},
    });
    Ok(super::json(StatusCode::OK, &shown))
}

/// The function and the qualifier, which this operation must have.
fn provisionable(name: &str, query: &HashMap<String, String>) -> Result<(FunctionName, Qualifier), ApiError> {
    let target = target(name, query)?;
    let qualifier = target.qualifier.ok_or_else(|| ApiError::invalid("qualifier", "null", "not be null"))?;
    Ok((target.function, qualifier))
}

fn show(service: &Service, function: &Function, qualifier: &Qualifier) -> Result<Value, ApiError> {
    let provisioned = function.provisioned.get(qualifier).ok_or_else(|| {
        let words = format!("No Provisioned Concurrency Config found for this function: {qualifier}");
        ApiError::ProvisionedConcurrencyConfigNotFound(words)
    })?;
    let revision = function.load_revision(Some(qualifier), u32::MAX)?;
    let (allocated, available) = service.host.fleet.provisioned(revision.number);
    let wanted = provisioned.wanted;
    let status = match provisioned.failure {
        Some(_) => "FAILED",
        None if allocated < wanted => "IN_PROGRESS",
        None => "READY",
    };
    let mut shown = json!({
        "RequestedProvisionedConcurrentExecutions": wanted,
        "AllocatedProvisionedConcurrentExecutions": allocated.min(wanted),
        "AvailableProvisionedConcurrentExecutions": available.min(wanted),
        "Status": status,
        "LastModified": stamp(provisioned.modified_ms),
    });
    if let Some(reason) = &provisioned.failure {
        shown["StatusReason"] = reason.as_str().into();
    }
    Ok(shown)
}
