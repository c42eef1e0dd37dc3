//! Policies of functions: kept and shown, not enforced.

use std::collections::HashMap;

use axum::body::Body;
use axum::extract::Path;
use http::StatusCode;
use serde::Deserialize;
use serde_json::{Value, json};

use super::{Answer, ApiError, Query, State, check_revision, read_json, target};
use crate::limits::STATEMENTS_MAX;
use crate::registry::Policy;
use crate::sync::lock;

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct PermissionForm {
    statement_id: String,
    action: String,
    principal: String,
    source_arn: Option<String>,
    source_account: Option<String>,
    function_url_auth_type: Option<String>,
    invoked_via_function_url: Option<bool>,
    #[serde(rename = "PrincipalOrgID")]
    principal_org_id: Option<String>,
    revision_id: Option<String>,
}

/// `POST /2015-03-31/functions/{name}/policy`.
pub(super) async fn add(state: State, Path(name): Path<String>, query: Query, body: Body) -> Answer {
    let target = target(&name, &query)?;
    let form: PermissionForm = read_json(body).await?;
    if !form.action.starts_with("lambda:") && form.action != "*" {
        let rule = "satisfy regular expression pattern: (lambda:[*]|lambda:[a-zA-Z]+|[*])";
        return Err(ApiError::invalid("action", &form.action, rule));
    }
    let statement = statement(&form, &state.arn(&target));
    let mut registry = lock(&state.registry);
    let function = registry.load_mut(&target.function)?;
    function.load_revision(target.qualifier.as_ref(), u32::MAX)?;
    let policy = function
        .policies
        .entry(target.qualifier)
        .or_insert_with(|| Policy { statements: Vec::new(), revision_id: crate::ids::uuid() });
    check_revision(form.revision_id.as_ref(), &policy.revision_id)?;
    if policy.statements.iter().any(|there| there["Sid"] == form.statement_id.as_str()) {
        return Err(ApiError::ResourceConflict(format!(
            "The statement id ({}) provided already exists. Please provide a new statement id, or remove the existing \
             statement.",
            form.statement_id
        )));
    }
    if STATEMENTS_MAX <= policy.statements.len() {
        let words = format!("a policy has at most {STATEMENTS_MAX} statements");
        return Err(ApiError::PolicyLengthExceeded(words));
    }
    let shown = json!({"Statement": statement.to_string()});
    policy.statements.push(statement);
    policy.revision_id = crate::ids::uuid();
    Ok(super::json(StatusCode::CREATED, &shown))
}

/// `GET /2015-03-31/functions/{name}/policy`.
pub(super) async fn load(state: State, Path(name): Path<String>, query: Query) -> Answer {
    let target = target(&name, &query)?;
    let registry = lock(&state.registry);
    let policy = registry.load(&target.function)?.policies.get(&target.qualifier).ok_or_else(not_there)?;
    let document = json!({"Version": "2012-10-17", "Id": "default", "Statement": policy.statements});
    let shown = json!({"Policy": document.to_string(), "RevisionId": policy.revision_id});
    Ok(super::json(StatusCode::OK, &shown))
}

/// `DELETE /2015-03-31/functions/{name}/policy/{statement}`.
pub(super) async fn remove(state: State, Path((name, statement)): Path<(String, String)>, query: Query) -> Answer {
    let target = target(&name, &query)?;
    let mut registry = lock(&state.registry);
    let policies = &mut registry.load_mut(&target.function)?.policies;
    let policy = policies.get_mut(&target.qualifier).ok_or_else(not_there)?;
    check_revision(query.get("RevisionId"), &policy.revision_id)?;
    let before = policy.statements.len();
    policy.statements.retain(|there| there["Sid"] != statement.as_str());
    if policy.statements.len() == before {
        return Err(not_there());
    }
    policy.revision_id = crate::ids::uuid();
    if policy.statements.is_empty() {
        policies.remove(&target.qualifier);
    }
    Ok(super::no_content())
}

fn not_there() -> ApiError {
    ApiError::ResourceNotFound("The resource you requested does not exist.".to_owned())
}

fn statement(form: &PermissionForm, arn: &str) -> Value {
    let principal = match form.principal.as_str() {
        "*" => json!("*"),
        service if service.contains(".amazonaws.com") => json!({"Service": service}),
        account => json!({"AWS": account}),
    };
    let mut conditions: HashMap<&str, Value> = HashMap::new();
    let mut condition = |operator, key: &str, value: Option<Value>| {
        if let Some(value) = value {
            conditions.entry(operator).or_insert_with(|| json!({}))[key] = value;
        }
    };
    condition("ArnLike", "AWS:SourceArn", form.source_arn.clone().map(Value::from));
    condition("StringEquals", "AWS:SourceAccount", form.source_account.clone().map(Value::from));
    condition("StringEquals", "aws:PrincipalOrgID", form.principal_org_id.clone().map(Value::from));
    condition("StringEquals", "lambda:FunctionUrlAuthType", form.function_url_auth_type.clone().map(Value::from));
    let via_url = form.invoked_via_function_url.map(|via_url| Value::from(via_url.to_string()));
    condition("Bool", "lambda:InvokedViaFunctionUrl", via_url);
    let mut statement = json!({
        "Sid": form.statement_id,
        "Effect": "Allow",
        "Principal": principal,
        "Action": form.action,
        "Resource": arn,
    });
    if !conditions.is_empty() {
        statement["Condition"] = json!(conditions);
    }
    statement
}
