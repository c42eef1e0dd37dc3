//! Viewer responses: what a function gets, and what it may make of them.

use crate::check::{self, Message};
use crate::error::RunError;
use crate::event::Sent;
use crate::headers::Phase;
use crate::request::ViewerRequest;
use bytes::Bytes;
use http::{HeaderMap, StatusCode};

/// An answer on its way to a viewer. Functions do not see its body.
#[derive(Clone, Copy, Debug)]
pub struct ViewerResponse<'r> {
    /// The request that it answers.
    pub request: ViewerRequest<'r>,
    /// Its status.
    pub status: StatusCode,
    /// All headers, `Set-Cookie` among them.
    pub headers: &'r HeaderMap,
}

/// An answer after the function.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ResponseOutcome {
    /// The status.
    pub status: StatusCode,
    /// Its words, where there are any.
    pub description: Option<String>,
    /// The headers, with one `Set-Cookie` for each cookie. Headers that functions do not see are as they were.
    pub headers: HeaderMap,
    /// A body in place of the answer's own, which `None` keeps; an empty one takes it away.
    pub body: Option<Bytes>,
}

impl ResponseOutcome {
    /// The answer as it came.
    pub(crate) fn unchanged(response: &ViewerResponse<'_>) -> Self {
        Self { status: response.status, description: None, headers: response.headers.clone(), body: None }
    }

    /// Reads what the function returned.
    pub(crate) fn read(result: &str, response: &ViewerResponse<'_>, sent: &Sent) -> Result<Self, RunError> {
        let json = check::object(result)?;
        let message = Message { phase: Phase::Response, headers: response.headers, sent: Some(sent) };
        let answer = check::response(&json, &message)?;
        let (status, description, headers) = (answer.status, answer.description, answer.headers);
        Ok(Self { status, description, headers, body: answer.body })
    }
}
