//! The HTTP client of gateways: bounded in time and size, never redirected, never through a proxy.

use crate::gateway::{ANSWER_BYTES_MAX, GatewayError};
use reqwest::{Client, StatusCode, redirect};
use std::time::Duration;

/// A client for plain HTTP to this machine. It trusts no certificate authority, which saves reading the system's list:
/// whatever is addressed by `https://` fails.
pub(crate) fn loopback_client(deadline: Duration) -> Result<Client, GatewayError> {
    // The client wants a TLS provider even where it never uses one. A second install is refused, and does not matter.
    let _ = rustls::crypto::ring::default_provider().install_default();
    Client::builder()
        .timeout(deadline)
        .redirect(redirect::Policy::none())
        .no_proxy()
        .tls_certs_only([])
        .build()
        .map_err(|error| GatewayError::Misconfigured(format!("no HTTP client: {error}")))
}

/// Sends a request and reads its whole answer, of at most [`ANSWER_BYTES_MAX`].
pub(crate) async fn send(request: reqwest::RequestBuilder) -> Result<(StatusCode, Vec<u8>), GatewayError> {
    let mut response = request.send().await.map_err(unreachable)?;
    let status = response.status();
    let mut body = Vec::new();
    while let Some(chunk) = response.chunk().await.map_err(unreachable)? {
        if ANSWER_BYTES_MAX < body.len().saturating_add(chunk.len()) {
            return Err(GatewayError::WrongAnswer(format!("longer than {ANSWER_BYTES_MAX} bytes")));
        }
        body.extend_from_slice(&chunk);
    }
    Ok((status, body))
}

fn unreachable(error: reqwest::Error) -> GatewayError {
    let why = if error.is_timeout() { "no answer in time" } else { "the connection failed" };
    // The address may carry a payment's id, which opens its page.
    GatewayError::Unreachable(format!("{why}: {}", error.without_url()))
}
