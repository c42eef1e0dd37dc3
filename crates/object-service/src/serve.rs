//! Connections, each served until either side has enough or the service stops.

use std::convert::Infallible;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use patience::Patience;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, watch};
use tokio::task::JoinSet;

use crate::door::Door;
use crate::limits::{CONNECTIONS_MAX, HEAD_BYTES_MAX, HEAD_WAIT_MAX, SEND_WAIT_MAX, STOP_WAIT_MAX};
use crate::sync::raised;

/// How long to wait when no connection can be taken, most likely for want of descriptors.
const ACCEPT_PAUSE: Duration = Duration::from_millis(50);

/// Serves until `stop` turns true or its sender is gone; then answers on their way have their time.
pub(crate) async fn serve(listener: TcpListener, door: Arc<Door>, stop: watch::Receiver<bool>) {
    let places = Arc::new(Semaphore::new(CONNECTIONS_MAX));
    let mut connections = JoinSet::new();
    let mut stopped = stop.clone();
    loop {
        let (stream, place) = tokio::select! {
            taken = next(&listener, &places) => taken,
            () = raised(&mut stopped) => break,
        };
        while connections.try_join_next().is_some() {}
        connections.spawn(serve_connection(stream, place, Arc::clone(&door), stop.clone()));
    }
    drop(listener);
    let all = async { while connections.join_next().await.is_some() {} };
    // Who has not ended by then is cut off with the set.
    let _ = tokio::time::timeout(STOP_WAIT_MAX, all).await;
}

/// The next connection, once there is room for it.
async fn next(listener: &TcpListener, places: &Arc<Semaphore>) -> (TcpStream, OwnedSemaphorePermit) {
    let place = Arc::clone(places).acquire_owned().await.expect("nobody closes the semaphore");
    loop {
        match listener.accept().await {
            Ok((stream, _)) => return (stream, place),
            Err(_) => tokio::time::sleep(ACCEPT_PAUSE).await,
        }
    }
}

async fn serve_connection(
    stream: TcpStream,
    _place: OwnedSemaphorePermit,
    door: Arc<Door>,
    mut stop: watch::Receiver<bool>,
) {
    // Small answers must not wait for the acknowledgement of the last packet.
    let _ = stream.set_nodelay(true);
    let stream = TokioIo::new(Patience::new(stream, SEND_WAIT_MAX));
    let service = service_fn(move |request| {
        let door = Arc::clone(&door);
        async move { Ok::<_, Infallible>(door.answer(request).await) }
    });
    let mut http = http1::Builder::new();
    http.timer(TokioTimer::new()).header_read_timeout(HEAD_WAIT_MAX).max_buf_size(HEAD_BYTES_MAX);
    let mut connection = pin!(http.serve_connection(stream, service));
    tokio::select! {
        _ = connection.as_mut() => return,
        () = raised(&mut stop) => connection.as_mut().graceful_shutdown(),
    }
    let _ = connection.await;
}
