//! Refusals of the API: the type that SDKs make an exception of, status and words.

use axum::body::Body;
use axum::response::{IntoResponse, Response};
use http::StatusCode;
use http::header::{CONTENT_TYPE, HeaderValue, RETRY_AFTER};
use serde_json::json;

/// Why a call was refused. Each variant is an exception of the SDKs.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum ApiError {
    #[error("{0}")]
    InvalidParameterValue(String),
    #[error("{0}")]
    InvalidRequestContent(String),
    #[error("{0}")]
    ResourceNotFound(String),
    #[error("{0}")]
    ProvisionedConcurrencyConfigNotFound(String),
    #[error("{0}")]
    ResourceConflict(String),
    #[error("The RevisionId provided does not match the latest RevisionId. Call the GetFunction or the GetAlias API")]
    PreconditionFailed,
    #[error("{0}")]
    RequestTooLarge(String),
    #[error("{0}")]
    RequestEntityTooLarge(String),
    #[error("{0}")]
    UnsupportedMediaType(String),
    #[error("{0}")]
    InvalidZipFile(String),
    #[error("{0}")]
    InvalidRuntime(String),
    #[error("{0}")]
    PolicyLengthExceeded(String),
    #[error("Rate Exceeded.")]
    TooManyRequests(Throttled),
    #[error("{0}")]
    Service(String),
    #[error("no such operation: {0}")]
    UnknownOperation(String),
}

/// Which limit an invocation met.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Throttled {
    /// The account's concurrency, less what is reserved.
    Concurrency,
    /// The function's reserved concurrency.
    ReservedConcurrency,
    /// New environments in ten seconds.
    ScalingRate,
    /// Asynchronous events that wait.
    Queue,
}

impl Throttled {
    /// The word in `Reason`.
    pub fn reason(self) -> &'static str {
        match self {
            Self::Concurrency => "ConcurrentInvocationLimitExceeded",
            Self::ReservedConcurrency => "ReservedFunctionConcurrentInvocationLimitExceeded",
            Self::ScalingRate => "FunctionInvocationRateLimitExceeded",
            Self::Queue => "CallerRateLimitExceeded",
        }
    }
}

impl ApiError {
    /// The refusal of a setting, in Lambda's words for a failed check.
    pub(crate) fn invalid(field: &str, value: impl std::fmt::Display, rule: &str) -> Self {
        Self::InvalidParameterValue(format!(
            "1 validation error detected: Value '{value}' at '{field}' failed to satisfy constraint: Member must {rule}"
        ))
    }

    fn kind(&self) -> (StatusCode, &'static str) {
        match self {
            Self::InvalidParameterValue(_) => (StatusCode::BAD_REQUEST, "InvalidParameterValueException"),
            Self::InvalidRequestContent(_) => (StatusCode::BAD_REQUEST, "InvalidRequestContentException"),
            Self::ResourceNotFound(_) => (StatusCode::NOT_FOUND, "ResourceNotFoundException"),
            Self::ProvisionedConcurrencyConfigNotFound(_) => {
                (StatusCode::NOT_FOUND, "ProvisionedConcurrencyConfigNotFoundException")
            }
            Self::ResourceConflict(_) => (StatusCode::CONFLICT, "ResourceConflictException"),
            Self::PreconditionFailed => (StatusCode::PRECONDITION_FAILED, "PreconditionFailedException"),
            Self::RequestTooLarge(_) => (StatusCode::PAYLOAD_TOO_LARGE, "RequestTooLargeException"),
            Self::RequestEntityTooLarge(_) => (StatusCode::PAYLOAD_TOO_LARGE, "RequestEntityTooLargeException"),
            Self::UnsupportedMediaType(_) => (StatusCode::UNSUPPORTED_MEDIA_TYPE, "UnsupportedMediaTypeException"),
            Self::InvalidZipFile(_) => (StatusCode::BAD_GATEWAY, "InvalidZipFileException"),
            Self::InvalidRuntime(_) => (StatusCode::BAD_GATEWAY, "InvalidRuntimeException"),
            Self::PolicyLengthExceeded(_) => (StatusCode::BAD_REQUEST, "PolicyLengthExceededException"),
            Self::TooManyRequests(_) => (StatusCode::TOO_MANY_REQUESTS, "TooManyRequestsException"),
            Self::Service(_) => (StatusCode::INTERNAL_SERVER_ERROR, "ServiceException"),
            Self::UnknownOperation(_) => (StatusCode::NOT_FOUND, "UnknownOperationException"),
        }
    }
}

impl IntoResponse for ApiError {
    fn into_response(self) -> Response {
        let (status, name) = self.kind();
        if let Self::Service(cause) = &self {
            tracing::error!(cause, "the Lambda service could not carry out a call");
        }
        // Both spellings of the message: the models differ from one exception to the next.
        let words = self.to_string();
        let side = if status.is_server_error() { "Service" } else { "User" };
        let mut body = json!({"__type": name, "Type": side, "message": words, "Message": words});
        if let Self::TooManyRequests(limit) = &self {
            body["Reason"] = limit.reason().into();
        }
        let mut response = Response::new(Body::from(body.to_string()));
        *response.status_mut() = status;
        let headers = response.headers_mut();
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
        headers.insert("x-amzn-errortype", HeaderValue::from_static(name));
        if matches!(self, Self::TooManyRequests(_)) {
            headers.insert(RETRY_AFTER, HeaderValue::from_static("1"));
        }
        response
    }
}
