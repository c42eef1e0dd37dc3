//! How functions and aliases are shown.

use serde_json::{Value, json};

use crate::clock::stamp;
use crate::names::{AliasName, FunctionName, Place, Version};
use crate::registry::{Alias, Revision};

/// Whether a change is shown as under way. Lambda answers a call like that, and it is done a moment later; here it is
/// done at once, yet whoever forgets to wait should notice on this machine.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Moment {
    Creating,
    Updating,
    Settled,
}

/// A `FunctionConfiguration`.
pub(super) fn configuration(place: &Place, revision: &Revision, is_qualified: bool, moment: Moment) -> Value {
    let settings = &revision.settings;
    let arn = match (is_qualified, revision.version) {
        (false, Version::Latest) => place.function_arn(&revision.function),
        (_, version) => place.qualified_arn(&revision.function, &version),
    };
    let mut shown = json!({
        "FunctionName": revision.function.as_str(),
        "FunctionArn": arn,
        "Runtime": settings.runtime.to_string(),
        "Role": settings.role,
        "Handler": settings.handler,
        "CodeSize": revision.package.zip_bytes,
        "Description": settings.description,
        "Timeout": settings.timeout_s,
        "MemorySize": settings.memory_mb,
        "LastModified": stamp(revision.modified_ms),
        "CodeSha256": revision.package.sha256,
        "Version": revision.version.to_string(),
        "TracingConfig": {"Mode": "PassThrough"},
        "RevisionId": revision.revision_id,
        "State": "Active",
        "LastUpdateStatus": "Successful",
        "PackageType": "Zip",
        "Architectures": [settings.architecture],
        "EphemeralStorage": {"Size": settings.storage_mb},
        "SnapStart": {"ApplyOn": "None", "OptimizationStatus": "Off"},
        "LoggingConfig": {"LogFormat": "Text", "LogGroup": format!("/aws/lambda/{}", revision.function)},
    });
    if !settings.variables.is_empty() {
        shown["Environment"] = json!({"Variables": settings.variables});
    }
    for (name, value) in &settings.kept {
        shown[*name] = value.clone();
    }
    match moment {
        Moment::Creating => {
            shown["State"] = "Pending".into();
            shown["StateReason"] = "The function is being created.".into();
            shown["StateReasonCode"] = "Creating".into();
        }
        Moment::Updating => {
            shown["LastUpdateStatus"] = "InProgress".into();
            shown["LastUpdateStatusReason"] = "The function is being created.".into();
            shown["LastUpdateStatusReasonCode"] = "Creating".into();
        }
        Moment::Settled => {}
    }
    shown
}

/// An `AliasConfiguration`.
pub(super) fn alias(place: &Place, function: &FunctionName, name: &AliasName, alias: &Alias) -> Value {
    let mut shown = json!({
        "AliasArn": place.qualified_arn(function, &name.as_str()),
        "Name": name.as_str(),
        "FunctionVersion": alias.version.to_string(),
        "Description": alias.description,
        "RevisionId": alias.revision_id,
    });
    if let Some(routing) = &alias.routing {
        let version = routing.version.to_string();
        shown["RoutingConfig"] = json!({"AdditionalVersionWeights": {version: routing.weight}});
    }
    shown
}
