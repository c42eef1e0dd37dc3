//! The bodies of calls that make or change functions, and how they become settings.

use std::collections::BTreeMap;
use std::num::NonZeroU32;

use serde::Deserialize;
use serde_json::Value;

use super::ApiError;
use crate::environment::RESERVED_VARIABLES;
use crate::limits::{
    Bounds, DESCRIPTION_CHARS_MAX, HANDLER_CHARS_MAX, MEMORY_MB, PARALLEL, STORAGE_MB, TIMEOUT_S, VARIABLES_BYTES_MAX,
};
use crate::settings::{Runtime, Settings};

/// The body of `CreateFunction`.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct CreateForm {
    pub(super) function_name: Option<String>,
    #[serde(default)]
    pub(super) code: CodeForm,
    #[serde(default)]
    pub(super) publish: bool,
    #[serde(default)]
    pub(super) tags: BTreeMap<String, String>,
    pub(super) package_type: Option<String>,
    pub(super) architectures: Option<Vec<String>>,
    #[serde(flatten)]
    pub(super) settings: SettingsForm,
}

/// Where code comes from.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct CodeForm {
    pub(super) zip_file: Option<String>,
    #[serde(rename = "S3Bucket")]
    pub(super) bucket: Option<String>,
    #[serde(rename = "S3Key")]
    pub(super) key: Option<String>,
    pub(super) image_uri: Option<String>,
}

/// The body of `UpdateFunctionCode`.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct CodeUpdateForm {
    #[serde(flatten)]
    pub(super) code: CodeForm,
    #[serde(default)]
    pub(super) publish: bool,
    #[serde(default)]
    pub(super) dry_run: bool,
    pub(super) revision_id: Option<String>,
    pub(super) architectures: Option<Vec<String>>,
}

/// Settings that a call names; the others stay.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct SettingsForm {
    pub(super) runtime: Option<String>,
    pub(super) role: Option<String>,
    pub(super) handler: Option<String>,
    description: Option<String>,
    timeout: Option<i64>,
    memory_size: Option<i64>,
    ephemeral_storage: Option<StorageForm>,
    environment: Option<VariablesForm>,
    capacity_provider_config: Option<Value>,
    vpc_config: Option<Value>,
    dead_letter_config: Option<Value>,
    tracing_config: Option<Value>,
    snap_start: Option<Value>,
    logging_config: Option<Value>,
    layers: Option<Vec<Value>>,
    pub(super) revision_id: Option<String>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct StorageForm {
    size: i64,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct VariablesForm {
    #[serde(default)]
    variables: BTreeMap<String, String>,
}

/// Lists the runtimes, for a message.
const RUNTIMES: &str = "satisfy enum value set: [provided.al2023, provided.al2, python3.N]";

impl SettingsForm {
    /// The settings of a new function.
    pub(super) fn create(&self) -> Result<Settings, ApiError> {
        let missing = |field: &str| ApiError::invalid(field, "null", "not be null");
        let raw = self.runtime.as_deref().ok_or_else(|| missing("runtime"))?;
        let runtime = Runtime::parse(raw).ok_or_else(|| ApiError::invalid("runtime", raw, RUNTIMES))?;
        let handler = self.handler.clone().ok_or_else(|| missing("handler"))?;
        let role = self.role.clone().ok_or_else(|| missing("role"))?;
        self.apply(Settings::new(runtime, handler, role))
    }

    /// Settings with what the call names put in.
    pub(super) fn apply(&self, mut settings: Settings) -> Result<Settings, ApiError> {
        if let Some(raw) = &self.runtime {
            settings.runtime = Runtime::parse(raw).ok_or_else(|| ApiError::invalid("runtime", raw, RUNTIMES))?;
        }
        if let Some(role) = &self.role {
            let rule =
                "satisfy regular expression pattern: arn:(aws[a-zA-Z-]*)?:iam::\\d{12}:role/?[a-zA-Z_0-9+=,.@\\-_/]+";
            settings.role = is_role(role).then(|| role.clone()).ok_or_else(|| ApiError::invalid("role", role, rule))?;
        }
        if let Some(handler) = &self.handler {
            let is_handler = handler.len() <= HANDLER_CHARS_MAX && !handler.contains(char::is_whitespace);
            let rule = "satisfy regular expression pattern: [^\\s]+ and have length less than or equal to 128";
            settings.handler =
                is_handler.then(|| handler.clone()).ok_or_else(|| ApiError::invalid("handler", handler, rule))?;
        }
        if let Some(description) = &self.description {
            settings.description = parse_description(description)?;
        }
        set_number(&mut settings.timeout_s, self.timeout, TIMEOUT_S, "timeout")?;
        set_number(&mut settings.memory_mb, self.memory_size, MEMORY_MB, "memorySize")?;
        let storage_mb = self.ephemeral_storage.as_ref().map(|storage| storage.size);
        set_number(&mut settings.storage_mb, storage_mb, STORAGE_MB, "ephemeralStorage.size")?;
        if let Some(form) = &self.environment {
            settings.variables = parse_variables(&form.variables)?;
        }
        if let Some(config) = &self.capacity_provider_config {
            settings.parallel = parse_parallel(config)?;
        }
        let layers = self.layers.clone().filter(|layers| !layers.is_empty());
        if layers.is_some() {
            return Err(ApiError::InvalidParameterValue(
                "this service has no layers: put all into the package".to_owned(),
            ));
        }
        for (name, value) in [
            ("CapacityProviderConfig", &self.capacity_provider_config),
            ("VpcConfig", &self.vpc_config),
            ("DeadLetterConfig", &self.dead_letter_config),
            ("TracingConfig", &self.tracing_config),
            ("SnapStart", &self.snap_start),
            ("LoggingConfig", &self.logging_config),
        ] {
            if let Some(value) = value {
                settings.kept.insert(name, value.clone());
            }
        }
        Ok(settings)
    }
}

/// The one architecture that a call names.
pub(super) fn parse_architecture(named: &[String]) -> Result<String, ApiError> {
    match named {
        [one] if one == "x86_64" || one == "arm64" => Ok(one.clone()),
        _ => Err(ApiError::invalid("architectures", format!("{named:?}"), "satisfy enum value set: [x86_64, arm64]")),
    }
}

/// A description that is not too long.
pub(super) fn parse_description(raw: &str) -> Result<String, ApiError> {
    if DESCRIPTION_CHARS_MAX < raw.chars().count() {
        return Err(ApiError::invalid("description", raw, "have length less than or equal to 256"));
    }
    Ok(raw.to_owned())
}

fn set_number(setting: &mut u32, raw: Option<i64>, bounds: Bounds, field: &str) -> Result<(), ApiError> {
    let Some(raw) = raw else { return Ok(()) };
    let Bounds { min, max } = bounds;
    let rule = format!("have value greater than or equal to {min} and less than or equal to {max}");
    *setting = bounds.admit(raw).ok_or_else(|| ApiError::invalid(field, raw, &rule))?;
    Ok(())
}

fn is_role(raw: &str) -> bool {
    let is_place = |c: char| c.is_ascii_alphanumeric() || "_+=,.@-/".contains(c);
    let Some((partition, rest)) = raw.strip_prefix("arn:").and_then(|rest| rest.split_once(":iam::")) else {
        return false;
    };
    let Some((account, name)) = rest.split_once(":role") else { return false };
    partition.starts_with("aws")
        && account.len() == 12
        && account.bytes().all(|byte| byte.is_ascii_digit())
        && !name.is_empty()
        && name.chars().all(is_place)
}

fn parse_variables(variables: &BTreeMap<String, String>) -> Result<BTreeMap<String, String>, ApiError> {
    let is_name = |name: &str| {
        let mut chars = name.chars();
        let starts = chars.next().is_some_and(|c| c.is_ascii_alphabetic());
        starts && 2 <= name.len() && chars.all(|c| c.is_ascii_alphanumeric() || c == '_')
    };
    for (name, value) in variables {
        if RESERVED_VARIABLES.contains(&name.as_str()) {
            return Err(ApiError::InvalidParameterValue(format!(
                "Lambda was unable to configure your environment variables because the environment variables you have \
                 provided contains reserved keys that are currently not supported for modification. Reserved keys used \
                 in this request: {name}"
            )));
        }
        if !is_name(name) || value.contains('\0') {
            let rule = "satisfy regular expression pattern: [a-zA-Z]([a-zA-Z0-9_])+";
            return Err(ApiError::invalid("environment.variables", name, rule));
        }
    }
    // Lambda measures them as JSON.
    let bytes = serde_json::to_string(variables).map_or(usize::MAX, |json| json.len());
    if VARIABLES_BYTES_MAX < bytes {
        return Err(ApiError::InvalidParameterValue(format!(
            "Lambda was unable to configure your environment variables because the environment variables you have \
             provided exceeded the 4KB limit. String measured: {bytes} bytes"
        )));
    }
    Ok(variables.clone())
}

/// `PerExecutionEnvironmentMaxConcurrency`, where AWS has it for functions on managed instances.
fn parse_parallel(config: &Value) -> Result<NonZeroU32, ApiError> {
    const FIELD: &str = "PerExecutionEnvironmentMaxConcurrency";
    let raw = &config["LambdaManagedInstancesCapacityProviderConfig"][FIELD];
    let mut parallel = 1;
    set_number(&mut parallel, raw.as_i64(), PARALLEL, FIELD)?;
    Ok(NonZeroU32::new(parallel).unwrap_or(NonZeroU32::MIN))
}
