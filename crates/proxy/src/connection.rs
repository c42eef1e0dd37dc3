//! Connections of viewers.

use crate::body::EdgeBody;
use crate::handle::{State, answer};
use crate::options::Bounds;
use http::{Request, Response};
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use hyper_util::server::conn::auto;
use patience::Patience;
use std::convert::Infallible;
use std::net::SocketAddr;
use std::pin::pin;
use std::sync::Arc;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio::sync::watch;
use tokio_rustls::TlsAcceptor;

/// Requests of one HTTP/2 connection at once.
const STREAMS_MAX: u32 = 100;
/// The least that hyper takes as the bound of a request's head; the exact bound is looked at in `door.rs`.
const BUFFER_BYTES_MIN: usize = 8_192;

/// Serves a connection in the clear, HTTP/1.1, until either side has enough.
pub(crate) async fn serve_clear(state: Arc<State>, stream: TcpStream, viewer: SocketAddr, stop: watch::Receiver<bool>) {
    // Small answers go out at once.
    let _ = stream.set_nodelay(true);
    let stream = Patience::new(stream, state.bounds.send_wait);
    serve_http1(state, stream, viewer, stop).await;
}

/// Serves a connection over TLS, with HTTP/2 or HTTP/1.1 as both agree.
pub(crate) async fn serve_tls(
    state: Arc<State>,
    acceptor: TlsAcceptor,
    stream: TcpStream,
    viewer: SocketAddr,
    stop: watch::Receiver<bool>,
) {
    let _ = stream.set_nodelay(true);
    let stream = Patience::new(stream, state.bounds.send_wait);
    let greeted = tokio::time::timeout(state.bounds.request_wait, acceptor.accept(stream)).await;
    let Ok(Ok(stream)) = greeted else { return };
    if stream.get_ref().1.alpn_protocol() == Some(b"h2") {
        serve_http2(state, stream, viewer, stop).await;
    } else {
        serve_http1(state, stream, viewer, stop).await;
    }
}

async fn serve_http1<S>(state: Arc<State>, stream: S, viewer: SocketAddr, mut stop: watch::Receiver<bool>)
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let bounds = state.bounds;
    let service = service_fn(move |request: Request<Incoming>| respond(state.clone(), viewer, request));
    // Without `pipeline_flush`: with it hyper 1.12 takes a body of any length into memory for one who does not read, and
    // loses the last answer where more requests wait behind it.
    let mut builder = http1::Builder::new();
    builder
        .timer(TokioTimer::new())
        .header_read_timeout(bounds.request_wait)
        .max_headers(bounds.request_headers_max + 1)
        .max_buf_size(head_bytes_max(bounds).max(BUFFER_BYTES_MIN))
        .half_close(false);
    let mut connection = pin!(builder.serve_connection(TokioIo::new(stream), service));
    tokio::select! {
        // How a viewer ends its connection is its own affair.
        _ = connection.as_mut() => return,
        _ = stop.wait_for(|stop| *stop) => connection.as_mut().graceful_shutdown(),
    }
    let _ = connection.await;
}

async fn serve_http2<S>(state: Arc<State>, stream: S, viewer: SocketAddr, mut stop: watch::Receiver<bool>)
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let bounds = state.bounds;
    let service = service_fn(move |request: Request<Incoming>| respond(state.clone(), viewer, request));
    let mut builder = auto::Builder::new(TokioExecutor::new()).http2_only();
    builder
        .http2()
        .timer(TokioTimer::new())
        .max_concurrent_streams(STREAMS_MAX)
        .keep_alive_interval(bounds.request_wait)
        .keep_alive_timeout(bounds.request_wait)
        .max_header_list_size(u32::try_from(head_bytes_max(bounds)).unwrap_or(u32::MAX));
    let mut connection = pin!(builder.serve_connection(TokioIo::new(stream), service));
    tokio::select! {
        _ = connection.as_mut() => return,
        _ = stop.wait_for(|stop| *stop) => connection.as_mut().graceful_shutdown(),
    }
    let _ = connection.await;
}

/// Enough for an address and headers at their bounds, so that these are answered with their own status.
fn head_bytes_max(bounds: Bounds) -> usize {
    2 * (bounds.address_bytes_max + bounds.request_header_bytes_max)
}

async fn respond(
    state: Arc<State>,
    viewer: SocketAddr,
    request: Request<Incoming>,
) -> Result<Response<EdgeBody>, Infallible> {
    Ok(answer(state, viewer, request).await)
}
