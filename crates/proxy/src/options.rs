//! How an edge runs: addresses, memory, time-outs, and what is plugged in.

use crate::clock::Clock;
use crate::functions::{EdgeFunctions, NoFunctions};
use crate::observe::{NoObserver, Observer};
use crate::tls::Certificate;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

/// How an edge runs.
#[derive(Clone)]
pub struct Options {
    /// Where viewers come in; port 0 is any free one.
    pub listen: SocketAddr,
    /// Where purges come in. Must be on loopback; `None` for no such door.
    pub admin: Option<SocketAddr>,
    /// What a purge must carry in `x-edge-secret`; none asks for nothing.
    pub admin_secret: Option<String>,
    /// TLS with HTTP/2 and HTTP/1.1; without, HTTP/1.1 in the clear.
    pub certificate: Option<Certificate>,
    /// Bounds of memory and waiting.
    pub bounds: Bounds,
    /// The time.
    pub clock: Clock,
    /// Functions that see requests first and answers last.
    pub functions: Arc<dyn EdgeFunctions>,
    /// Who is told of every request.
    pub observer: Arc<dyn Observer>,
    /// What signs requests to origins with access control; an edge that has such an origin needs it.
    pub signing: Option<sigv4::Credentials>,
    /// A request header that says the viewer's country. Only for tests: anybody could send it.
    pub country_header: Option<http::HeaderName>,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            listen: SocketAddr::from((Ipv4Addr::LOCALHOST, 0)),
            admin: Some(SocketAddr::from((Ipv4Addr::LOCALHOST, 0))),
            admin_secret: None,
            certificate: None,
            bounds: Bounds::default(),
            clock: Clock::system(),
            functions: Arc::new(NoFunctions),
            observer: Arc::new(NoObserver),
            signing: None,
            country_header: None,
        }
    }
}

/// Bounds of memory and waiting. Those of CloudFront, where it has one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Bounds {
    /// Bytes of all that is kept.
    pub cache_bytes_max: usize,
    /// Bytes of one body that is kept; longer ones pass.
    pub object_bytes_max: usize,
    /// Bytes of all bodies on their way together that are to be kept; beyond, they pass and are not kept.
    pub coming_bytes_max: usize,
    /// Bytes of a request's address.
    pub address_bytes_max: usize,
    /// Bytes of a request's headers together.
    pub request_header_bytes_max: usize,
    /// Headers of a request.
    pub request_headers_max: usize,
    /// Bytes of an answer's headers together.
    pub answer_header_bytes_max: usize,
    /// Bytes of a request's body.
    pub request_body_bytes_max: u64,
    /// Bytes of a request's body that is looked through before it is handed on (signed requests).
    pub signed_body_bytes_max: u64,
    /// Viewers' connections at once; more wait at the door.
    pub connections_max: usize,
    /// Connections to one origin at once; more requests wait.
    pub origin_connections_max: usize,
    /// How long a request's headers, and an idle connection, may take.
    pub request_wait: Duration,
    /// How long a viewer may read nothing of what is sent to it.
    pub send_wait: Duration,
    /// How long a request's body may take in all; each part of it no longer than the origin's answer.
    pub upload_wait: Duration,
    /// How long a request waits for the answer to another before it asks by itself.
    pub collapse_wait: Duration,
    /// Answers on their way that others may wait for.
    pub flights_max: usize,
    /// How long a stop waits for answers on their way.
    pub stop_wait: Duration,
}

impl Default for Bounds {
    fn default() -> Self {
        Self {
            cache_bytes_max: 64 << 20,
            object_bytes_max: 8 << 20,
            coming_bytes_max: 128 << 20,
            address_bytes_max: 8_192,
            request_header_bytes_max: 20_480,
            request_headers_max: 100,
            answer_header_bytes_max: 32_768,
            request_body_bytes_max: 64 << 20,
            signed_body_bytes_max: 6 << 20,
            connections_max: 10_000,
            origin_connections_max: 1_000,
            request_wait: Duration::from_secs(30),
            send_wait: Duration::from_secs(60),
            upload_wait: Duration::from_secs(600),
            collapse_wait: Duration::from_secs(10),
            flights_max: 10_000,
            stop_wait: Duration::from_secs(5),
        }
    }
}
