//! Answers to browsers that ask whether another site may call.

use axum::response::{IntoResponse, Response};
use http::StatusCode;
use http::header::{HeaderMap, HeaderName, HeaderValue};
use serde::{Deserialize, Serialize};

/// The `Cors` block of a function URL.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Cors {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    allow_credentials: Option<bool>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    allow_headers: Vec<String>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    allow_methods: Vec<String>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    allow_origins: Vec<String>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    expose_headers: Vec<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    max_age: Option<u32>,
}

impl Cors {
    /// The answer to a question before the call.
    pub(super) fn preflight(&self, asked: &HeaderMap) -> Response {
        let mut response = StatusCode::OK.into_response();
        let headers = response.headers_mut();
        self.decorate(asked.get("origin"), headers);
        set(headers, "access-control-allow-methods", &self.allow_methods.join(","));
        set(headers, "access-control-allow-headers", &self.allow_headers.join(","));
        if let Some(max_age) = self.max_age {
            set(headers, "access-control-max-age", &max_age.to_string());
        }
        response
    }

    /// What goes with an answer to an allowed site. The function's own headers of that kind give way.
    pub(super) fn decorate(&self, origin: Option<&HeaderValue>, headers: &mut HeaderMap) {
        let Some(origin) = origin.and_then(|origin| origin.to_str().ok()) else { return };
        if !self.allow_origins.iter().any(|allowed| allowed == "*" || allowed == origin) {
            return;
        }
        set(headers, "access-control-allow-origin", origin);
        set(headers, "vary", "Origin");
        set(headers, "access-control-expose-headers", &self.expose_headers.join(","));
        if self.allow_credentials == Some(true) {
            set(headers, "access-control-allow-credentials", "true");
        }
    }
}

fn set(headers: &mut HeaderMap, name: &'static str, value: &str) {
    if let Some(value) = HeaderValue::from_str(value).ok().filter(|value| !value.is_empty()) {
        headers.insert(HeaderName::from_static(name), value);
    }
}
