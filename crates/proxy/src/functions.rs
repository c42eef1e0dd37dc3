//! Functions at the edge: what a behaviour names as `viewer_request` and `viewer_response`.

use bytes::Bytes;
use http::Response;
use http::request::Parts as Asked;
use http::response::Parts as Answer;
use std::net::SocketAddr;

/// Runs functions by name. They are short and do not wait for anything: they run between two parts of a request.
pub trait EdgeFunctions: Send + Sync {
    /// Sees a request before anything is looked for. May change path, query and headers, or answer itself. The
    /// behaviour stays the one of the path that the viewer sent.
    fn viewer_request(
        &self,
        name: &str,
        request: &mut Asked,
        viewer: SocketAddr,
    ) -> Result<Option<Response<Bytes>>, FunctionFailed>;

    /// Sees an answer below 400 before it goes out. May change status and headers.
    fn viewer_response(&self, name: &str, request: &Asked, answer: &mut Answer) -> Result<(), FunctionFailed>;
}

/// A function threw, ran too long or answered with what is none. The viewer gets 502.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("function {name}: {reason}")]
pub struct FunctionFailed {
    /// The function.
    pub name: String,
    /// What went wrong, for the log.
    pub reason: String,
}

/// No functions: whatever is named does nothing.
#[derive(Clone, Copy, Debug, Default)]
pub struct NoFunctions;

impl EdgeFunctions for NoFunctions {
    fn viewer_request(&self, _: &str, _: &mut Asked, _: SocketAddr) -> Result<Option<Response<Bytes>>, FunctionFailed> {
        Ok(None)
    }

    fn viewer_response(&self, _: &str, _: &Asked, _: &mut Answer) -> Result<(), FunctionFailed> {
        Ok(())
    }
}
