//! The variables of an environment: Lambda's, then the service's additions, then the function's own. Nothing of the
//! service's own environment is among them.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::path::Path;

use super::Origin;
use crate::options::Python;
use crate::registry::Revision;
use crate::settings::Runtime;

/// Names that a function cannot set: Lambda says so, and the runtime would be lost.
pub(crate) const RESERVED: &[&str] = &[
    "_HANDLER",
    "_X_AMZN_TRACE_ID",
    "AWS_DEFAULT_REGION",
    "AWS_REGION",
    "AWS_EXECUTION_ENV",
    "AWS_LAMBDA_FUNCTION_NAME",
    "AWS_LAMBDA_FUNCTION_MEMORY_SIZE",
    "AWS_LAMBDA_FUNCTION_VERSION",
    "AWS_LAMBDA_INITIALIZATION_TYPE",
    "AWS_LAMBDA_LOG_GROUP_NAME",
    "AWS_LAMBDA_LOG_STREAM_NAME",
    "AWS_LAMBDA_MAX_CONCURRENCY",
    "AWS_ACCESS_KEY",
    "AWS_ACCESS_KEY_ID",
    "AWS_SECRET_ACCESS_KEY",
    "AWS_SESSION_TOKEN",
    "AWS_LAMBDA_RUNTIME_API",
    "LAMBDA_TASK_ROOT",
    "LAMBDA_RUNTIME_DIR",
];

/// What the variables are made from.
pub(super) struct Facts<'a> {
    pub(super) revision: &'a Revision,
    pub(super) origin: Origin,
    pub(super) runtime_api: SocketAddr,
    pub(super) region: &'a str,
    pub(super) log_stream: &'a str,
    /// The package as the program sees it.
    pub(super) task_root: &'a Path,
    /// The room for files, where it is not `/tmp`.
    pub(super) scratch: Option<&'a Path>,
    pub(super) python: Option<&'a Python>,
    pub(super) additions: &'a BTreeMap<String, String>,
}

/// All variables, each name once.
pub(super) fn variables(facts: &Facts<'_>) -> Vec<(String, String)> {
    const RUNTIME_DIR: &str = "/var/runtime";
    let (revision, settings) = (facts.revision, &facts.revision.settings);
    let task_root = facts.task_root.to_string_lossy();
    let mut all: BTreeMap<String, String> = facts.additions.clone();
    all.extend(settings.variables.clone());
    let mut set = |name: &str, value: String| all.insert(name.to_owned(), value);
    set("AWS_LAMBDA_FUNCTION_NAME", revision.function.to_string());
    set("AWS_LAMBDA_FUNCTION_VERSION", revision.version.to_string());
    set("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", settings.memory_mb.to_string());
    set("AWS_LAMBDA_LOG_GROUP_NAME", format!("/aws/lambda/{}", revision.function));
    set("AWS_LAMBDA_LOG_STREAM_NAME", facts.log_stream.to_owned());
    set("AWS_LAMBDA_INITIALIZATION_TYPE", facts.origin.as_str().to_owned());
    set("AWS_LAMBDA_RUNTIME_API", facts.runtime_api.to_string());
    set("AWS_REGION", facts.region.to_owned());
    set("AWS_DEFAULT_REGION", facts.region.to_owned());
    set("_HANDLER", settings.handler.clone());
    set("LAMBDA_TASK_ROOT", task_root.to_string());
    set("LAMBDA_RUNTIME_DIR", RUNTIME_DIR.to_owned());
    if settings.is_parallel() {
        set("AWS_LAMBDA_MAX_CONCURRENCY", settings.parallel.to_string());
    }
    if let Some(scratch) = facts.scratch {
        set("TMPDIR", scratch.to_string_lossy().into_owned());
    }
    // These a function may set itself.
    let mut default = |name: &str, value: String| {
        all.entry(name.to_owned()).or_insert(value);
    };
    default("TZ", ":UTC".to_owned());
    default("LANG", "en_US.UTF-8".to_owned());
    default("PATH", "/usr/local/bin:/usr/bin:/bin:/opt/bin".to_owned());
    let libraries = format!("/lib64:/usr/lib64:{RUNTIME_DIR}:{RUNTIME_DIR}/lib:{task_root}:{task_root}/lib:/opt/lib");
    default("LD_LIBRARY_PATH", libraries);
    if let Runtime::Python(_) = settings.runtime {
        // Custom runtimes do not have this one.
        default("AWS_EXECUTION_ENV", format!("AWS_Lambda_{}", settings.runtime));
        if let Some(packages) = facts.python.and_then(|python| python.packages.as_ref()) {
            default("PYTHONPATH", packages.to_string_lossy().into_owned());
        }
    }
    all.into_iter().collect()
}
