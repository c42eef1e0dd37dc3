//! Why a call gave no outcome.

use http::StatusCode;
use std::time::Duration;

/// Why a call gave no outcome. [`RunError::status`] is what a viewer gets.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RunError {
    /// The function threw, or its promise was rejected.
    #[error("the function threw {message}")]
    Threw {
        /// Name and message of the error.
        message: String,
    },
    /// It ran for too long, in processor time or, on a very busy machine, in wall time.
    #[error("the function took longer than the {} ms it may", limit.as_millis())]
    TimeLimit {
        /// How much processor time it may take.
        limit: Duration,
    },
    /// It used too much memory. A function that catches the engine's error and goes on does not end with this.
    #[error("the function used more memory than it may")]
    MemoryLimit,
    /// It called itself too deeply.
    #[error("the function nested its calls too deeply")]
    StackLimit,
    /// Its promise waits for something that cannot come.
    #[error("the function returned a promise that nothing settles")]
    NeverSettled,
    /// What it returned is not what CloudFront takes.
    #[error("the function returned an invalid value: {at} {problem}")]
    Invalid {
        /// The field, as JavaScript names it: `response.headers["x-a"].value`.
        at: String,
        /// What is wrong with it.
        problem: String,
    },
    /// This machine could not make a realm for it.
    #[error("the function could not be started: {0}")]
    Machine(String),
}

impl RunError {
    pub(crate) fn invalid(at: impl Into<String>, problem: impl Into<String>) -> Self {
        Self::Invalid { at: at.into(), problem: problem.into() }
    }

    /// What CloudFront answers: 502 for an invalid value (documented), 503 for a function that did not come to its end
    /// (as its logs and error pages show it).
    pub fn status(&self) -> StatusCode {
        match self {
            Self::Invalid { .. } => StatusCode::BAD_GATEWAY,
            Self::Threw { .. }
            | Self::TimeLimit { .. }
            | Self::MemoryLimit
            | Self::StackLimit
            | Self::NeverSettled
            | Self::Machine(_) => StatusCode::SERVICE_UNAVAILABLE,
        }
    }

    /// Whether the realm can serve the next call.
    pub(crate) fn leaves_realm_whole(&self) -> bool {
        matches!(self, Self::Threw { .. } | Self::Invalid { .. })
    }
}
