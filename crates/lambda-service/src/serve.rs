//! Connections of a listener, each with a router or another service behind it, until told to stop.

use std::convert::Infallible;
use std::error::Error;
use std::future::Future;
use std::time::Duration;

use axum::Router;
use axum::response::Response;
use http::Request;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::{Service, service_fn};
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::service::TowerToHyperService;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;

use crate::sync::raised;

/// How long a client may take over the head of its request.
const HEAD_WAIT_MAX: Duration = Duration::from_secs(30);
/// How long to wait when no connection can be taken, most likely for want of descriptors.
const ACCEPT_PAUSE: Duration = Duration::from_millis(50);

/// Serves a router until `stop` turns true or its sender is gone.
pub(crate) async fn serve_router(listener: TcpListener, stop: watch::Receiver<bool>, router: Router) {
    let service = TowerToHyperService::new(router);
    let mut http = http1::Builder::new();
    http.timer(TokioTimer::new()).header_read_timeout(HEAD_WAIT_MAX);
    accept(listener, stop, |stream, stop| serve_connection(http.clone(), stream, stop, service.clone())).await;
}

/// Serves requests by a function until `stop` turns true or its sender is gone. Clients may be silent for as long as
/// they like: a runtime says nothing while it works.
pub(crate) async fn serve_with<F, A>(listener: TcpListener, stop: watch::Receiver<bool>, answer: F)
where
    F: Fn(Request<Incoming>) -> A + Clone + Send + 'static,
    A: Future<Output = Response> + Send + 'static,
{
    accept(listener, stop, |stream, stop| {
        let answer = answer.clone();
        let service = service_fn(move |request| {
            let answering = answer(request);
            async move { Ok::<_, Infallible>(answering.await) }
        });
        serve_connection(http1::Builder::new(), stream, stop, service)
    })
    .await;
}

async fn accept<C>(
    listener: TcpListener,
    stop: watch::Receiver<bool>,
    mut serve: impl FnMut(TcpStream, watch::Receiver<bool>) -> C,
) where
    C: Future<Output = ()> + Send + 'static,
{
    let mut stopped = stop.clone();
    loop {
        tokio::select! {
            connection = listener.accept() => match connection {
                Ok((stream, _)) => drop(tokio::spawn(serve(stream, stop.clone()))),
                Err(_) => tokio::time::sleep(ACCEPT_PAUSE).await,
            },
            () = raised(&mut stopped) => return,
        }
    }
}

async fn serve_connection<S>(http: http1::Builder, stream: TcpStream, mut stop: watch::Receiver<bool>, service: S)
where
    S: Service<Request<Incoming>, Response = Response> + Send + 'static,
    S::Future: Send + 'static,
    S::Error: Into<Box<dyn Error + Send + Sync>>,
{
    // Small answers must not wait for the acknowledgement of the last packet.
    let _ = stream.set_nodelay(true);
    let connection = http.serve_connection(TokioIo::new(stream), service);
    tokio::pin!(connection);
    tokio::select! {
        _ = connection.as_mut() => return,
        () = raised(&mut stop) => connection.as_mut().graceful_shutdown(),
    }
    let _ = connection.await;
}
