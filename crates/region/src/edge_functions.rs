//! The edge's functions, run by the engine that runs CloudFront Functions.

use bytes::Bytes;
use functions::{Engine, Function, FunctionError, Ids, KeyValues, RequestOutcome, ViewerRequest, ViewerResponse};
use http::request::Parts as Asked;
use http::response::Parts as Answer;
use http::uri::PathAndQuery;
use http::{Response, Uri};
use proxy::{Clock, EdgeFunctions, FunctionFailed};
use std::cell::RefCell;
use std::collections::HashMap;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

/// A function of the edge: its source passed the gate.
#[derive(Clone)]
pub struct EdgeFunction {
    function: Function,
    key_values: Option<Arc<KeyValues>>,
}

impl EdgeFunction {
    /// Admits a source that CloudFront would admit.
    pub fn new(name: &str, source: &str) -> Result<Self, FunctionError> {
        Ok(Self { function: Function::new(name, source)?, key_values: None })
    }

    /// With the store that `cf.kvs()` gives.
    #[must_use]
    pub fn with_key_values(self, key_values: KeyValues) -> Self {
        Self { key_values: Some(Arc::new(key_values)), ..self }
    }

    /// Its name.
    pub fn name(&self) -> &str {
        self.function.name()
    }
}

impl std::fmt::Debug for EdgeFunction {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "EdgeFunction {}", self.name())
    }
}

/// Functions by their names. Each thread of the edge has engines of its own.
pub struct NamedFunctions {
    number: u64,
    functions: HashMap<String, EdgeFunction>,
    clock: Clock,
    requests: AtomicU64,
}

thread_local! {
    /// Engines by the number of their set and the function's name.
    static ENGINES: RefCell<HashMap<(u64, String), Engine>> = RefCell::new(HashMap::new());
}

/// Numbers of sets, so that one that is gone shares no engine with another.
static SETS: AtomicU64 = AtomicU64::new(0);

/// What they are told of where they run.
const DISTRIBUTION: &str = "LOCAL";

impl NamedFunctions {
    /// A set of functions.
    pub fn new(functions: impl IntoIterator<Item = EdgeFunction>, clock: Clock) -> Self {
        let named = functions.into_iter().map(|function| (function.name().to_owned(), function));
        let number = SETS.fetch_add(1, Ordering::Relaxed);
        Self { number, functions: named.collect(), clock, requests: AtomicU64::new(0) }
    }

    fn with_engine<T>(&self, name: &str, call: impl FnOnce(&mut Engine) -> T) -> Result<T, FunctionFailed> {
        let function = self.functions.get(name).ok_or_else(|| failed(name, "there is no such function"))?;
        ENGINES.with_borrow_mut(|engines| {
            let engine = engines.entry((self.number, name.to_owned())).or_insert_with(|| {
                let engine = Engine::new(function.function.clone());
                match &function.key_values {
                    Some(key_values) => engine.with_key_values(Arc::clone(key_values)),
                    None => engine,
                }
            });
            Ok(call(engine))
        })
    }

    fn now(&self) -> functions::UnixMs {
        functions::UnixMs(self.clock.now().0)
    }
}

fn failed(name: &str, reason: impl std::fmt::Display) -> FunctionFailed {
    FunctionFailed { name: name.to_owned(), reason: reason.to_string() }
}

/// The request as functions see it.
fn seen<'r>(asked: &'r Asked, viewer: SocketAddr, request_id: &'r str) -> ViewerRequest<'r> {
    let host = asked.headers.get(http::header::HOST).and_then(|value| value.to_str().ok()).unwrap_or_default();
    ViewerRequest {
        method: &asked.method,
        uri: asked.uri.path(),
        query: asked.uri.query(),
        headers: &asked.headers,
        viewer_ip: viewer.ip(),
        ids: Ids { distribution_domain_name: host, distribution_id: DISTRIBUTION, request_id },
    }
}

impl EdgeFunctions for NamedFunctions {
    fn viewer_request(
        &self,
        name: &str,
        request: &mut Asked,
        viewer: SocketAddr,
    ) -> Result<Option<Response<Bytes>>, FunctionFailed> {
        let id = self.requests.fetch_add(1, Ordering::Relaxed).to_string();
        let run = self.with_engine(name, |engine| engine.on_request(&seen(request, viewer, &id), self.now()))?;
        match run.outcome.map_err(|error| failed(name, error))? {
            RequestOutcome::Forward(forwarded) => {
                if forwarded.origin.is_some() {
                    return Err(failed(name, "it chose an origin, which this edge does not know"));
                }
                let target = match &forwarded.query {
                    Some(query) => format!("{}?{query}", forwarded.uri),
                    None => forwarded.uri.clone(),
                };
                let target: PathAndQuery = target.parse().map_err(|error| failed(name, error))?;
                let mut uri = std::mem::take(&mut request.uri).into_parts();
                uri.path_and_query = Some(target);
                request.uri = Uri::from_parts(uri).map_err(|error| failed(name, error))?;
                request.headers = forwarded.headers;
                Ok(None)
            }
            RequestOutcome::Respond(answer) => {
                let mut response = Response::new(answer.body);
                *response.status_mut() = answer.status;
                *response.headers_mut() = answer.headers;
                Ok(Some(response))
            }
        }
    }

    fn viewer_response(&self, name: &str, request: &Asked, answer: &mut Answer) -> Result<(), FunctionFailed> {
        // A response has no viewer any more that a function could see beside the request.
        let viewer = SocketAddr::from((std::net::Ipv4Addr::UNSPECIFIED, 0));
        let response =
            ViewerResponse { request: seen(request, viewer, ""), status: answer.status, headers: &answer.headers };
        let run = self.with_engine(name, |engine| engine.on_response(&response, self.now()))?;
        let outcome = run.outcome.map_err(|error| failed(name, error))?;
        if outcome.body.is_some() {
            return Err(failed(name, "it replaced the body of an answer, which this edge does not do"));
        }
        (answer.status, answer.headers) = (outcome.status, outcome.headers);
        Ok(())
    }
}
