//! Aliases of versions.

use std::collections::BTreeMap;

use axum::body::Body;
use axum::extract::Path;
use http::StatusCode;
use serde::Deserialize;
use serde_json::Number;

use super::forms::parse_description;
use super::{Answer, ApiError, Query, State, check_revision, function, page, read_json, show};
use crate::names::{AliasName, Qualifier, Version};
use crate::registry::{Alias, Function, Routing, not_found, parse_weight};
use crate::sync::lock;

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct AliasForm {
    name: Option<String>,
    function_version: Option<String>,
    description: Option<String>,
    routing_config: Option<RoutingForm>,
    revision_id: Option<String>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct RoutingForm {
    #[serde(default)]
    additional_version_weights: Option<BTreeMap<String, Number>>,
}

/// `POST /2015-03-31/functions/{name}/aliases`.
pub(super) async fn create(state: State, Path(name): Path<String>, body: Body) -> Answer {
    let name = function(&name)?;
    let form: AliasForm = read_json(body).await?;
    let alias_name = parse_name(form.name.as_deref().unwrap_or(""))?;
    let mut registry = lock(&state.registry);
    let function = registry.load_mut(&name)?;
    if function.aliases.contains_key(&alias_name) {
        return Err(ApiError::ResourceConflict(format!(
            "Alias already exists: {}",
            state.host.place.qualified_arn(&name, &alias_name.as_str())
        )));
    }
    let version = parse_version(function, form.function_version.as_deref().unwrap_or(""))?;
    let alias = Alias {
        version,
        description: parse_description(form.description.as_deref().unwrap_or(""))?,
        routing: form.routing_config.map(|form| parse_routing(function, version, form)).transpose()?.flatten(),
        revision_id: crate::ids::uuid(),
    };
    let shown = show::alias(&state.host.place, &name, &alias_name, &alias);
    function.aliases.insert(alias_name, alias);
    Ok(super::json(StatusCode::CREATED, &shown))
}

/// `GET /2015-03-31/functions/{name}/aliases`.
pub(super) async fn list(state: State, Path(name): Path<String>, query: Query) -> Answer {
    let name = function(&name)?;
    let registry = lock(&state.registry);
    let wanted = query.get("FunctionVersion").and_then(|raw| Version::parse(raw));
    let aliases = registry.load(&name)?.aliases.iter();
    let (rows, next) = page(aliases.filter(|(_, alias)| wanted.is_none_or(|wanted| alias.version == wanted)), &query)?;
    let rows = rows.into_iter().map(|(alias_name, alias)| show::alias(&state.host.place, &name, alias_name, alias));
    Ok(super::list("Aliases", rows.collect(), next))
}

/// `GET /2015-03-31/functions/{name}/aliases/{alias}`.
pub(super) async fn load(state: State, Path((name, alias)): Path<(String, String)>) -> Answer {
    let (name, alias_name) = (function(&name)?, parse_name(&alias)?);
    let registry = lock(&state.registry);
    let alias = registry.load(&name)?.load_alias(&alias_name)?;
    Ok(super::json(StatusCode::OK, &show::alias(&state.host.place, &name, &alias_name, alias)))
}

/// `PUT /2015-03-31/functions/{name}/aliases/{alias}`.
pub(super) async fn update(state: State, Path((name, alias)): Path<(String, String)>, body: Body) -> Answer {
    let (name, alias_name) = (function(&name)?, parse_name(&alias)?);
    let form: AliasForm = read_json(body).await?;
    let shown = {
        let mut registry = lock(&state.registry);
        let function = registry.load_mut(&name)?;
        let mut alias = function.load_alias(&alias_name)?.clone();
        check_revision(form.revision_id.as_ref(), &alias.revision_id)?;
        if let Some(raw) = &form.function_version {
            alias.version = parse_version(function, raw)?;
        }
        if let Some(raw) = &form.description {
            alias.description = parse_description(raw)?;
        }
        if let Some(routing) = form.routing_config {
            alias.routing = parse_routing(function, alias.version, routing)?;
        }
        alias.revision_id = crate::ids::uuid();
        let shown = show::alias(&state.host.place, &name, &alias_name, &alias);
        function.aliases.insert(alias_name, alias);
        shown
    };
    // Environments kept ready follow the alias.
    state.provision(&name);
    Ok(super::json(StatusCode::OK, &shown))
}

/// `DELETE /2015-03-31/functions/{name}/aliases/{alias}`: no failure if there is none.
pub(super) async fn delete(state: State, Path((name, alias)): Path<(String, String)>) -> Answer {
    let (name, alias_name) = (function(&name)?, parse_name(&alias)?);
    {
        let mut registry = lock(&state.registry);
        let function = registry.load_mut(&name)?;
        let qualifier = Qualifier::Alias(alias_name.clone());
        function.aliases.remove(&alias_name);
        function.urls.remove(&Some(alias_name));
        function.provisioned.remove(&qualifier);
        function.event_configs.remove(&Some(qualifier.clone()));
        function.policies.remove(&Some(qualifier));
    }
    state.provision(&name);
    Ok(super::no_content())
}

fn parse_name(raw: &str) -> Result<AliasName, ApiError> {
    let rule = "satisfy regular expression pattern: (?!^[0-9]+$)([a-zA-Z0-9-_]+)";
    AliasName::parse(raw).ok_or_else(|| ApiError::invalid("name", raw, rule))
}

fn parse_version(function: &Function, raw: &str) -> Result<Version, ApiError> {
    let rule = "satisfy regular expression pattern: (\\$LATEST|[0-9]+)";
    let version = Version::parse(raw).ok_or_else(|| ApiError::invalid("functionVersion", raw, rule))?;
    let there = function.find_version(version).map(|_| version);
    there.ok_or_else(|| not_found(&function.latest.function, Some(&Qualifier::Version(version))))
}

/// A second version with its weight; an empty map takes it away.
fn parse_routing(function: &Function, first: Version, form: RoutingForm) -> Result<Option<Routing>, ApiError> {
    let weights = form.additional_version_weights.unwrap_or_default();
    if 1 < weights.len() {
        let words = "Number of items in AdditionalVersionWeights cannot be greater than 1".to_owned();
        return Err(ApiError::InvalidParameterValue(words));
    }
    let Some((raw, weight)) = weights.into_iter().next() else { return Ok(None) };
    let version = parse_version(function, &raw)?;
    if version == first || version == Version::Latest || first == Version::Latest {
        let words = "An alias with weights leads to two different published versions".to_owned();
        return Err(ApiError::InvalidParameterValue(words));
    }
    Ok(Some(Routing { version, millionths: parse_weight(&weight)?, weight }))
}
