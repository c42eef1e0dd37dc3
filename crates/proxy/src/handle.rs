//! The way of one request: door, function, cache, origin, function, record.

use crate::body::EdgeBody;
use crate::cache_status::{CacheResult, Reason};
use crate::clock::Clock;
use crate::door;
use crate::fetch::{self, Job};
use crate::fill::Coming;
use crate::flight::Flights;
use crate::functions::{EdgeFunctions, FunctionFailed};
use crate::observe::{Observer, Pending, Record};
use crate::options::Bounds;
use crate::origin::Origins;
use crate::pass::pass;
use crate::refusal::Refusal;
use crate::store::Store;
use edge::{Behaviour, Decision, Edge, Entry, Fetch, UnixMs, Viewer};
use http::header::{CONNECTION, CONTENT_LENGTH, TRANSFER_ENCODING};
use http::request::Parts;
use http::{HeaderName, HeaderValue, Method, Request, Response, Version};
use hyper::body::Incoming;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// All that a request needs.
pub(crate) struct State {
    pub(crate) edge: Edge,
    pub(crate) bounds: Bounds,
    pub(crate) clock: Clock,
    pub(crate) store: Store,
    pub(crate) flights: Arc<Flights>,
    pub(crate) coming: Arc<Coming>,
    pub(crate) origins: Origins,
    pub(crate) functions: Arc<dyn EdgeFunctions>,
    pub(crate) observer: Arc<dyn Observer>,
    pub(crate) country_header: Option<HeaderName>,
}

/// An answer and what it took.
pub(crate) struct Done {
    pub(crate) response: Response<EdgeBody>,
    pub(crate) result: CacheResult,
    pub(crate) origin_time: Option<Duration>,
}

impl Done {
    pub(crate) fn refused(refusal: Refusal) -> Self {
        Self { response: refusal.into_response(), result: CacheResult::Generated, origin_time: None }
    }
}

impl State {
    /// The behaviour at a place that this edge gave.
    pub(crate) fn behaviour(&self, place: usize) -> &Behaviour {
        &self.edge.behaviours()[place]
    }
}

/// Answers one request.
pub(crate) async fn answer(state: Arc<State>, viewer: SocketAddr, request: Request<Incoming>) -> Response<EdgeBody> {
    let began = Instant::now();
    let at = state.clock.now();
    let (mut asked, body) = request.into_parts();
    let (method, uri) = (asked.method.clone(), asked.uri.clone());
    // Where a body has no length of its own, the next request begins where this edge thinks it does; another program
    // on the way might think otherwise (RFC 9112, 6.1), so there is no next one.
    let closes = asked.headers.contains_key(TRANSFER_ENCODING);
    let asked_version = asked.version;
    let admitted = door::admit(&state.edge, &state.bounds, &mut asked);
    let (behaviour, mut done) = match admitted {
        Err(refusal) => (None, Done::refused(refusal)),
        Ok(()) => {
            let place = place_of(&state.edge, asked.uri.path());
            (Some(place), run(&state, place, asked, body, viewer, at).await)
        }
    };
    // Whoever sends what is no request may have another idea of where the next one begins.
    let is_odd =
        matches!(done.response.status().as_u16(), 400 | 413 | 414 | 431) && done.result == CacheResult::Generated;
    if (closes || is_odd) && asked_version == Version::HTTP_11 {
        done.response.headers_mut().insert(CONNECTION, HeaderValue::from_static("close"));
    }
    let record = Record {
        at,
        viewer,
        behaviour,
        result: done.result,
        status: done.response.status(),
        body_bytes: 0,
        origin_time: done.origin_time,
        total_time: Duration::ZERO,
        cut_off: false,
        method,
        uri,
    };
    record_when_over(&state, record, began, done.response)
}

fn place_of(edge: &Edge, path: &str) -> usize {
    let behaviours = edge.behaviours();
    behaviours.iter().position(|behaviour| behaviour.pattern.matches(path)).unwrap_or(behaviours.len() - 1)
}

/// Whoever has all of an answer here is told of at once; else when the last byte is gone.
fn record_when_over(
    state: &State,
    mut record: Record,
    began: Instant,
    response: Response<EdgeBody>,
) -> Response<EdgeBody> {
    let here = if record.method == Method::HEAD { Some(0) } else { response.body().bytes_here() };
    if let Some(bytes) = here {
        record.body_bytes = bytes;
        record.total_time = began.elapsed();
        state.observer.observe(&record);
        return response;
    }
    // A body of which the length was said is not asked for its end.
    let expected = response.headers().get(CONTENT_LENGTH).and_then(|value| value.to_str().ok()?.parse().ok());
    let pending = Pending { record, began, observer: state.observer.clone(), ended: false, expected };
    response.map(|body| body.tell(pending))
}

async fn run(
    state: &Arc<State>,
    place: usize,
    mut asked: Parts,
    body: Incoming,
    address: SocketAddr,
    now: UnixMs,
) -> Done {
    let behaviour = state.behaviour(place);
    if let Err(refusal) = door::allow(behaviour, &asked.method) {
        return Done::refused(refusal);
    }
    let country = state.country_header.as_ref().and_then(|name| asked.headers.get(name)?.to_str().ok());
    let country = country.map(str::to_owned);
    let viewer = Viewer { address, country: country.as_deref() };
    edge::mark_viewer(behaviour, &mut asked.headers, viewer);
    match call_request_function(state, behaviour, &mut asked, address) {
        Ok(None) => {}
        Ok(Some(done)) => return done,
        Err(failed) => return failure_of_function(&failed),
    }
    let function = behaviour.viewer_response.as_deref();
    let asked_before = function.map(|_| asked.clone());
    let mut done = look_up(state, place, asked, body, viewer, now).await;
    if let (Some(name), Some(asked)) = (function, asked_before)
        && done.response.status().as_u16() < 400
    {
        let (mut head, body) = done.response.into_parts();
        if let Err(failed) = state.functions.viewer_response(name, &asked, &mut head) {
            return failure_of_function(&failed);
        }
        done.response = Response::from_parts(head, body);
    }
    done
}

fn call_request_function(
    state: &State,
    behaviour: &Behaviour,
    asked: &mut Parts,
    address: SocketAddr,
) -> Result<Option<Done>, FunctionFailed> {
    let Some(name) = &behaviour.viewer_request else { return Ok(None) };
    let answer = state.functions.viewer_request(name, asked, address)?;
    Ok(answer.map(|response| Done {
        response: response.map(EdgeBody::full),
        result: CacheResult::Generated,
        origin_time: None,
    }))
}

fn failure_of_function(failed: &FunctionFailed) -> Done {
    tracing::error!(function = failed.name, reason = failed.reason, "a function at the edge failed");
    Done::refused(Refusal::Function)
}

async fn look_up(
    state: &Arc<State>,
    place: usize,
    asked: Parts,
    body: Incoming,
    viewer: Viewer<'_>,
    now: UnixMs,
) -> Done {
    let behaviour = state.behaviour(place);
    let may_be_kept = behaviour.keeps() && matches!(asked.method, Method::GET | Method::HEAD);
    let (path, query) = (asked.uri.path(), asked.uri.query());
    let found = may_be_kept.then(|| state.store.find(behaviour, path, query, &asked.headers));
    let (kept, fetch) = found.map_or((None, None), |(kept, fetch)| (kept, Some(fetch)));
    let decision = edge::decide(behaviour, &asked.method, &asked.headers, kept.as_deref(), now);
    if let Err(refusal) = door::allow_body(behaviour, decision, &asked) {
        return Done::refused(refusal);
    }
    match (decision, kept, fetch) {
        (Decision::Serve, Some(entry), _) => hit(state, &asked, &entry, now),
        (Decision::ServeAndRevalidate, Some(entry), Some(fetch)) => {
            let done = hit(state, &asked, &entry, now);
            let found = Found { kept: Some(entry), fetch, now };
            fetch::refresh(state, job(state, place, Decision::Revalidate, asked, found, viewer));
            done
        }
        (Decision::Refuse, ..) => Done::refused(Refusal::NotKept),
        (decision @ (Decision::Fetch | Decision::Revalidate), kept, Some(fetch)) => {
            let method = asked.method.clone();
            let found = Found { kept, fetch, now };
            fetch::fetch(state, &method, job(state, place, decision, asked, found, viewer)).await
        }
        _ => pass(state, behaviour, &asked, body, viewer).await,
    }
}

/// What was kept, and when it was looked for: by the order of purges, and by the clock.
struct Found {
    kept: Option<Arc<Entry>>,
    fetch: Fetch,
    now: UnixMs,
}

fn hit(state: &State, asked: &Parts, entry: &Entry, now: UnixMs) -> Done {
    state.store.count_hit();
    let mut response = entry.respond(&asked.method, &asked.headers, now);
    let result = if entry.fresh_ms(now) > 0 { CacheResult::Hit } else { CacheResult::Stale };
    result.mark(response.headers_mut(), Some(entry), now);
    Done { response: response.map(EdgeBody::full), result, origin_time: None }
}

fn job(state: &State, behaviour: usize, decision: Decision, asked: Parts, found: Found, viewer: Viewer<'_>) -> Job {
    let Found { kept, fetch, now } = found;
    let reason = match &kept {
        None => Reason::UriMiss,
        Some(entry) if entry.fresh_ms(now) > 0 => Reason::Request,
        Some(_) => Reason::Stale,
    };
    let key = state.behaviour(behaviour).key(asked.uri.path(), asked.uri.query(), &asked.headers);
    Job {
        behaviour,
        decision,
        reason,
        uri: asked.uri,
        headers: asked.headers,
        kept,
        key,
        fetch,
        viewer: viewer.address,
        country: viewer.country.map(str::to_owned),
    }
}
