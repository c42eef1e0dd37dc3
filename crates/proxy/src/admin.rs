//! The door for purges, on loopback: `POST /purge` with `{"items": ["#p123", "/de/*"]}`, and `GET /figures`.

use crate::handle::State;
use crate::proxy::next;
use bytes::Bytes;
use edge::Purge;
use http::header::{CONTENT_TYPE, HOST, ORIGIN};
use http::{HeaderMap, HeaderName, HeaderValue, Method, Request, Response, StatusCode};
use http_body_util::{BodyExt, Full, Limited};
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use serde::{Deserialize, Serialize};
use std::convert::Infallible;
use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;
use tokio::net::TcpListener;
use tokio::sync::{Semaphore, watch};

/// Connections at once; more wait.
const CONNECTIONS_MAX: usize = 16;
/// Bytes of a purge: its most paths at some length each.
const BODY_BYTES_MAX: usize = 1 << 20;
/// How long a purge may take to come in.
const REQUEST_WAIT: Duration = Duration::from_secs(10);
/// Where whoever purges proves itself.
const SECRET: HeaderName = HeaderName::from_static("x-edge-secret");
const JSON: HeaderValue = HeaderValue::from_static("application/json");

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct PurgeForm {
    items: Vec<String>,
}

#[derive(Serialize)]
struct Purged {
    id: u64,
    dropped: usize,
}

#[derive(Serialize)]
struct Problem {
    error: String,
}

pub(crate) async fn accept(
    state: Arc<State>,
    listener: TcpListener,
    secret: Option<String>,
    stop: watch::Receiver<bool>,
) {
    let connections = Arc::new(Semaphore::new(CONNECTIONS_MAX));
    let secret: Option<Arc<str>> = secret.map(Into::into);
    while let Some((stream, _, place)) = next(&listener, &connections).await {
        let (state, secret, mut stop) = (state.clone(), secret.clone(), stop.clone());
        tokio::spawn(async move {
            let service = service_fn(move |request| respond(state.clone(), secret.clone(), request));
            let mut builder = http1::Builder::new();
            builder.timer(TokioTimer::new()).header_read_timeout(REQUEST_WAIT).keep_alive(false);
            let connection = builder.serve_connection(TokioIo::new(stream), service);
            tokio::select! {
                _ = tokio::time::timeout(2 * REQUEST_WAIT, connection) => {}
                _ = stop.wait_for(|stop| *stop) => {}
            }
            drop(place);
        });
    }
}

async fn respond(
    state: Arc<State>,
    secret: Option<Arc<str>>,
    request: Request<Incoming>,
) -> Result<Response<Full<Bytes>>, Infallible> {
    let (head, body) = request.into_parts();
    if !is_from_here(&head.headers) || !knows(secret.as_deref(), &head.headers) {
        return Ok(problem(StatusCode::FORBIDDEN, "not from here, or without the secret"));
    }
    Ok(match (&head.method, head.uri.path()) {
        (&Method::POST, "/purge") => purge(&state, body).await,
        (&Method::GET, "/figures") => json(StatusCode::OK, &state.store.figures()),
        _ => problem(StatusCode::NOT_FOUND, "POST /purge or GET /figures"),
    })
}

async fn purge(state: &State, body: Incoming) -> Response<Full<Bytes>> {
    let Ok(body) = Limited::new(body, BODY_BYTES_MAX).collect().await else {
        return problem(StatusCode::PAYLOAD_TOO_LARGE, &format!("a purge has at most {BODY_BYTES_MAX} bytes"));
    };
    let form: PurgeForm = match serde_json::from_slice(&body.to_bytes()) {
        Ok(form) => form,
        Err(error) => return problem(StatusCode::BAD_REQUEST, &error.to_string()),
    };
    match Purge::parse(form.items.iter().map(String::as_str)) {
        Ok(purge) => {
            let (id, dropped) = state.store.purge(&purge);
            json(StatusCode::OK, &Purged { id, dropped })
        }
        Err(error) => problem(StatusCode::BAD_REQUEST, &error.to_string()),
    }
}

/// A page in somebody's browser can send here, too, but not without saying where it comes from, or under a name that
/// it gave this machine.
fn is_from_here(headers: &HeaderMap) -> bool {
    let host = headers.get(HOST).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let name = host.rsplit_once(':').map_or(host, |(name, _)| name);
    let address = name.trim_start_matches('[').trim_end_matches(']').parse::<IpAddr>();
    let is_loopback = name == "localhost" || address.is_ok_and(|address| address.is_loopback());
    is_loopback && !headers.contains_key(ORIGIN) && !headers.contains_key("sec-fetch-site")
}

fn knows(secret: Option<&str>, headers: &HeaderMap) -> bool {
    let Some(secret) = secret else { return true };
    let said = headers.get(SECRET).map(HeaderValue::as_bytes).unwrap_or_default();
    // As long for a wrong one as for the right one.
    let differs = said.iter().zip(secret.as_bytes()).fold(0, |differs, (said, known)| differs | (said ^ known));
    said.len() == secret.len() && differs == 0
}

fn json(status: StatusCode, body: &impl Serialize) -> Response<Full<Bytes>> {
    let body = serde_json::to_vec(body).unwrap_or_default();
    let mut response = Response::new(Full::new(Bytes::from(body)));
    *response.status_mut() = status;
    response.headers_mut().insert(CONTENT_TYPE, JSON);
    response
}

fn problem(status: StatusCode, error: &str) -> Response<Full<Bytes>> {
    json(status, &Problem { error: error.to_owned() })
}
