//! What a function is set to: runtime, handler, memory, time and the rest that a version keeps.

use std::collections::BTreeMap;
use std::fmt;
use std::num::NonZeroU32;

use crate::limits::{MEMORY_MB_DEFAULT, STORAGE_MB, TIMEOUT_S_DEFAULT};

/// What runs the package.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Runtime {
    /// A program named `bootstrap` in the package.
    Provided(&'static str),
    /// AWS's client for Python, with the handler of the package: `python3.` and the minor version.
    Python(u8),
}

impl Runtime {
    pub(crate) fn parse(raw: &str) -> Option<Self> {
        match raw {
            "provided.al2023" => Some(Self::Provided("provided.al2023")),
            "provided.al2" => Some(Self::Provided("provided.al2")),
            _ => raw.strip_prefix("python3.").and_then(|minor| minor.parse().ok()).map(Self::Python),
        }
    }
}

impl fmt::Display for Runtime {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Provided(name) => f.write_str(name),
            Self::Python(minor) => write!(f, "python3.{minor}"),
        }
    }
}

/// Settings of a function as a version keeps them. Within Lambda's limits: the API's forms see to that.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Settings {
    pub(crate) runtime: Runtime,
    pub(crate) role: String,
    pub(crate) handler: String,
    pub(crate) description: String,
    pub(crate) timeout_s: u32,
    pub(crate) memory_mb: u32,
    pub(crate) storage_mb: u32,
    pub(crate) architecture: String,
    pub(crate) variables: BTreeMap<String, String>,
    /// Requests that one environment takes at once.
    pub(crate) parallel: NonZeroU32,
    /// Settings that change nothing on one machine and are given back as they came.
    pub(crate) kept: BTreeMap<&'static str, serde_json::Value>,
}

impl Settings {
    /// What a function has that names runtime, handler and role only.
    pub(crate) fn new(runtime: Runtime, handler: String, role: String) -> Self {
        Self {
            runtime,
            role,
            handler,
            description: String::new(),
            timeout_s: TIMEOUT_S_DEFAULT,
            memory_mb: MEMORY_MB_DEFAULT,
            storage_mb: STORAGE_MB.min,
            architecture: "x86_64".to_owned(),
            variables: BTreeMap::new(),
            parallel: NonZeroU32::MIN,
            kept: BTreeMap::new(),
        }
    }

    /// Whether an environment takes more than one request at a time; such an environment is not frozen.
    pub(crate) fn is_parallel(&self) -> bool {
        1 < self.parallel.get()
    }

    /// Time of an invocation in milliseconds.
    pub(crate) fn timeout_ms(&self) -> u64 {
        u64::from(self.timeout_s) * 1_000
    }
}
