//! Asking origins: connections, tries, time-outs, and the second of a group.

use crate::body::{AskBody, BodyError};
use crate::options::Bounds;
use crate::signer::Signer;
use bytes::Bytes;
use edge::{AccessControl, Origin, Target};
use http::header::{HeaderMap, HeaderName, HeaderValue};
use http::response::Parts;
use http::uri::{Authority, PathAndQuery, Scheme};
use http::{Method, Request, Uri};
use http_body::{Body, Frame, SizeHint};
use hyper::body::Incoming;
use hyper_rustls::{HttpsConnector, HttpsConnectorBuilder};
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::{TokioExecutor, TokioTimer};
use std::error::Error;
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::task::{Context, Poll, ready};
use std::time::{Duration, Instant};
use tokio::sync::{Notify, OwnedSemaphorePermit, Semaphore};
use tokio::time::Sleep;
use tower::Service;

/// Headers of an answer.
const ANSWER_HEADERS_MAX: usize = 200;

/// Why an origin gave no answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum OriginFailure {
    /// No connection.
    #[error("the origin cannot be reached")]
    Unreachable,
    /// No answer in time.
    #[error("the origin takes too long")]
    TooSlow,
    /// It broke off, or sent what is no answer.
    #[error("the origin sent no answer")]
    Broken,
    /// The viewer's body was too long.
    #[error("the request's body is too long")]
    BodyTooLong,
}

/// An answer's head and its body, which is on its way.
pub(crate) struct OriginAnswer {
    pub(crate) head: Parts,
    pub(crate) body: OriginBody,
    /// How long it took to the head.
    pub(crate) took: Duration,
}

/// What is asked.
pub(crate) struct Ask<'a> {
    pub(crate) method: &'a Method,
    /// Path and query string.
    pub(crate) address: &'a str,
    pub(crate) headers: HeaderMap,
    pub(crate) body: AskBody,
}

/// All origins of a description, in its order.
pub(crate) struct Origins(Vec<OriginClient>);

struct OriginClient {
    scheme: Scheme,
    authority: Authority,
    client: Client<Connector, AskBody>,
    slots: Arc<Semaphore>,
    headers: Vec<(HeaderName, HeaderValue)>,
    signer: Option<Signer>,
    wait_max: Duration,
    upload_wait: Duration,
    answer_header_bytes_max: usize,
}

impl Origins {
    /// Clients for the origins of a checked description; `None` for an address that the check should have refused.
    /// `signer` signs what goes to origins with access control.
    pub(crate) fn new(origins: &[Origin], bounds: Bounds, signer: Option<&Signer>) -> Option<Self> {
        let clients = origins.iter().map(|origin| OriginClient::new(origin, bounds, signer));
        clients.collect::<Option<Vec<_>>>().map(Self)
    }

    /// Asks an origin, or the second of a group where the first fails and the request may be repeated.
    pub(crate) async fn ask(&self, target: &Target, ask: Ask<'_>) -> Result<OriginAnswer, OriginFailure> {
        match target {
            Target::Origin(place) => self.ask_one(*place, ask).await,
            Target::Group { first, second, statuses } => {
                let is_read = matches!(*ask.method, Method::GET | Method::HEAD | Method::OPTIONS);
                if !is_read || !ask.body.is_end_stream() {
                    return self.ask_one(*first, ask).await;
                }
                let again = Ask { headers: ask.headers.clone(), body: AskBody::empty(), ..ask };
                match self.ask_one(*first, ask).await {
                    Ok(answer) if !statuses.contains(&answer.head.status.as_u16()) => Ok(answer),
                    _ => self.ask_one(*second, again).await,
                }
            }
        }
    }

    async fn ask_one(&self, place: usize, ask: Ask<'_>) -> Result<OriginAnswer, OriginFailure> {
        let client = self.0.get(place).ok_or(OriginFailure::Unreachable)?;
        // A kept connection may have been closed while the request was on its way: that is no fault of the origin's.
        let may_repeat = ask.method.is_safe() && ask.body.is_end_stream();
        let again = may_repeat.then(|| Ask { headers: ask.headers.clone(), body: AskBody::empty(), ..ask });
        match (client.ask(ask).await, again) {
            (Err(Failed { was_closed: true, .. }), Some(again)) => client.ask(again).await.map_err(|failed| failed.why),
            (answer, _) => answer.map_err(|failed| failed.why),
        }
    }
}

struct Failed {
    why: OriginFailure,
    /// The connection ended before a byte of an answer came.
    was_closed: bool,
}

impl OriginClient {
    fn new(origin: &Origin, bounds: Bounds, signer: Option<&Signer>) -> Option<Self> {
        let parts = origin.address.parse::<Uri>().ok()?.into_parts();
        let headers = origin.headers.iter().map(|(name, value)| {
            Some((HeaderName::from_bytes(name.as_bytes()).ok()?, HeaderValue::from_str(value).ok()?))
        });
        let client = Client::builder(TokioExecutor::new())
            .timer(TokioTimer::new())
            .pool_timer(TokioTimer::new())
            .pool_idle_timeout(Duration::from_secs(origin.keep_alive_seconds))
            .pool_max_idle_per_host(bounds.origin_connections_max)
            .http1_max_buf_size(bounds.answer_header_bytes_max.max(8_192))
            .http1_max_headers(ANSWER_HEADERS_MAX)
            .build(Connector::new(origin));
        Some(Self {
            scheme: parts.scheme?,
            authority: parts.authority?,
            client,
            slots: Arc::new(Semaphore::new(bounds.origin_connections_max)),
            headers: headers.collect::<Option<_>>()?,
            signer: signer.filter(|_| origin.access_control == Some(AccessControl::SignedRequests)).cloned(),
            wait_max: Duration::from_secs(origin.response_seconds),
            upload_wait: bounds.upload_wait,
            answer_header_bytes_max: bounds.answer_header_bytes_max,
        })
    }

    async fn ask(&self, ask: Ask<'_>) -> Result<OriginAnswer, Failed> {
        let failed = |why| Failed { why, was_closed: false };
        let began = Instant::now();
        let progress = ask.body.progress();
        let request = self.request(ask).ok_or(failed(OriginFailure::Broken))?;
        let answering = async {
            let slot = self.slots.clone().acquire_owned().await.map_err(|_| failed(OriginFailure::Unreachable))?;
            let response = self.client.request(request).await.map_err(|error| failure(&error))?;
            Ok::<_, Failed>((response, slot))
        };
        let answered = self.wait(answering, progress).await;
        let (response, slot) = answered.ok_or(failed(OriginFailure::TooSlow))??;
        let (head, body) = response.into_parts();
        let bytes: usize = head.headers.iter().map(|(name, value)| name.as_str().len() + value.len() + 4).sum();
        // Nobody asked to speak another protocol.
        if bytes > self.answer_header_bytes_max || head.status.is_informational() {
            return Err(failed(OriginFailure::Broken));
        }
        let body = OriginBody { body, wait_max: self.wait_max, stalled: None, _slot: slot };
        Ok(OriginAnswer { head, body, took: began.elapsed() })
    }

    /// Waits for an answer: as long as the origin may take, from the last part of the viewer's body on.
    async fn wait<T>(&self, answering: impl Future<Output = T>, progress: Option<Arc<Notify>>) -> Option<T> {
        let Some(progress) = progress else { return tokio::time::timeout(self.wait_max, answering).await.ok() };
        let mut answering = pin!(answering);
        let patient = async {
            loop {
                tokio::select! {
                    answer = answering.as_mut() => return Some(answer),
                    () = progress.notified() => {}
                    () = tokio::time::sleep(self.wait_max) => return None,
                }
            }
        };
        tokio::time::timeout(self.upload_wait, patient).await.ok().flatten()
    }

    fn request(&self, ask: Ask<'_>) -> Option<Request<AskBody>> {
        let mut parts = http::uri::Parts::default();
        parts.scheme = Some(self.scheme.clone());
        parts.authority = Some(self.authority.clone());
        parts.path_and_query = Some(ask.address.parse::<PathAndQuery>().ok()?);
        let mut request = Request::new(ask.body);
        *request.method_mut() = ask.method.clone();
        *request.uri_mut() = Uri::from_parts(parts).ok()?;
        *request.headers_mut() = ask.headers;
        for (name, value) in &self.headers {
            request.headers_mut().insert(name.clone(), value.clone());
        }
        if let Some(signer) = &self.signer {
            signer.sign(&mut request, &self.authority)?;
        }
        Some(request)
    }
}

fn failure(error: &hyper_util::client::legacy::Error) -> Failed {
    if error.is_connect() {
        let is_slow = causes(error).any(|cause| cause.is::<ConnectTooSlow>());
        let why = if is_slow { OriginFailure::TooSlow } else { OriginFailure::Unreachable };
        return Failed { why, was_closed: false };
    }
    if causes(error).any(|cause| cause.is::<crate::body::TooLong>()) {
        return Failed { why: OriginFailure::BodyTooLong, was_closed: false };
    }
    let was_closed =
        causes(error).filter_map(|cause| cause.downcast_ref::<hyper::Error>()).any(hyper::Error::is_incomplete_message);
    Failed { why: OriginFailure::Broken, was_closed }
}

/// An error and what it came from.
fn causes<'e>(error: &'e (dyn Error + 'static)) -> impl Iterator<Item = &'e (dyn Error + 'static)> {
    let mut next = Some(error);
    std::iter::from_fn(move || {
        let error = next?;
        next = error.source();
        Some(error)
    })
}

/// The body of an answer. It holds a place among the origin's connections until it is over, and gives up where nothing
/// comes for too long.
pub(crate) struct OriginBody {
    body: Incoming,
    wait_max: Duration,
    stalled: Option<Pin<Box<Sleep>>>,
    _slot: OwnedSemaphorePermit,
}

impl Body for OriginBody {
    type Data = Bytes;
    type Error = BodyError;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, BodyError>>> {
        if let Poll::Ready(frame) = Pin::new(&mut self.body).poll_frame(context) {
            self.stalled = None;
            return Poll::Ready(frame.map(|frame| frame.map_err(BodyError::from)));
        }
        let wait_max = self.wait_max;
        let stalled = self.stalled.get_or_insert_with(|| Box::pin(tokio::time::sleep(wait_max)));
        ready!(stalled.as_mut().poll(context));
        Poll::Ready(Some(Err(OriginFailure::TooSlow.into())))
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

/// Connects to an origin, several times if need be.
#[derive(Clone)]
struct Connector {
    inner: HttpsConnector<HttpConnector>,
    wait_max: Duration,
    tries: u32,
}

/// No try of a connection came to an end in time.
#[derive(Clone, Copy, Debug, thiserror::Error)]
#[error("no connection in time")]
struct ConnectTooSlow;

impl Connector {
    fn new(origin: &Origin) -> Self {
        let mut http = HttpConnector::new();
        http.enforce_http(false);
        http.set_nodelay(true);
        let roots =
            HttpsConnectorBuilder::new().with_provider_and_webpki_roots(rustls::crypto::ring::default_provider());
        let inner = roots.expect("ring has the defaults of rustls").https_or_http().enable_http1().wrap_connector(http);
        Self { inner, wait_max: Duration::from_secs(origin.connect_seconds), tries: origin.connect_tries }
    }
}

type Connection = <HttpsConnector<HttpConnector> as Service<Uri>>::Response;

impl Service<Uri> for Connector {
    type Response = Connection;
    type Error = BodyError;
    type Future = Pin<Box<dyn Future<Output = Result<Connection, BodyError>> + Send>>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), BodyError>> {
        self.inner.poll_ready(context)
    }

    fn call(&mut self, uri: Uri) -> Self::Future {
        let Self { mut inner, wait_max, tries } = self.clone();
        Box::pin(async move {
            let mut last: BodyError = ConnectTooSlow.into();
            for _ in 0..tries {
                match tokio::time::timeout(wait_max, inner.call(uri.clone())).await {
                    Ok(Ok(connection)) => return Ok(connection),
                    Ok(Err(error)) => last = error,
                    Err(_) => last = ConnectTooSlow.into(),
                }
            }
            Err(last)
        })
    }
}
