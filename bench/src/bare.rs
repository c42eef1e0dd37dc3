//! The floor: hyper alone, sending the same answer whatever is asked.

use bytes::Bytes;
use http::header::{CONTENT_LENGTH, DATE, HeaderMap, HeaderName, HeaderValue};
use http_body_util::Full;
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper::{Request, Response};
use hyper_util::rt::TokioIo;
use std::convert::Infallible;
use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;
use tokio::net::TcpListener;

/// Serves the answer of a file, as [`crate::http`] wrote it: headers, an empty line, the body.
pub(crate) async fn serve(answer: &Path, listen: SocketAddr) -> anyhow::Result<()> {
    let whole = std::fs::read(answer)?;
    let end = whole.windows(4).position(|window| window == b"\r\n\r\n").map_or(0, |at| at + 4);
    let mut headers = HeaderMap::new();
    for line in String::from_utf8_lossy(&whole[..end]).lines() {
        let Some((name, value)) = line.split_once(": ") else { continue };
        headers.append(HeaderName::from_bytes(name.as_bytes())?, HeaderValue::from_str(value)?);
    }
    // hyper writes these itself.
    headers.remove(CONTENT_LENGTH);
    headers.remove(DATE);
    let (headers, body) = (Arc::new(headers), Bytes::copy_from_slice(&whole[end..]));
    let listener = TcpListener::bind(listen).await?;
    loop {
        let (stream, _) = listener.accept().await?;
        stream.set_nodelay(true)?;
        let (headers, body) = (headers.clone(), body.clone());
        let service = service_fn(move |_: Request<Incoming>| {
            let mut response = Response::new(Full::new(body.clone()));
            *response.headers_mut() = HeaderMap::clone(&headers);
            std::future::ready(Ok::<_, Infallible>(response))
        });
        // Whoever hangs up is gone.
        tokio::spawn(hyper::server::conn::http1::Builder::new().serve_connection(TokioIo::new(stream), service));
    }
}
