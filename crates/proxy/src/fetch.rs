//! Asking the origin for what may be kept: once for all who ask the same, streamed to each while it comes.

use crate::body::{AskBody, EdgeBody};
use crate::cache_status::{CacheResult, Reason};
use crate::compress::Compressor;
use crate::fill::{Ended, Fill, FillReader};
use crate::flight::{Boarding, FirstOfAll, Landing};
use crate::handle::{Done, State};
use crate::origin::{Ask, OriginAnswer, OriginBody, OriginFailure};
use crate::refusal::Refusal;
use bytes::Bytes;
use edge::{
    ByteRange, CacheKey, Decision, Entry, EntryHead, Failure, Fetch, Profile, Range, UnixMs, Viewer, is_not_modified,
    may_serve_after_failure, range_of, squeeze,
};
use http::header::{AGE, AUTHORIZATION, CACHE_CONTROL, CONTENT_LENGTH, HeaderMap};
use http::{Method, Response, StatusCode, Uri};
use http_body_util::BodyExt;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::oneshot;

/// Bytes that are compressed at once, before others have their turn.
const COMPRESS_AT_ONCE_BYTES: usize = 16_384;
/// Ages above this are not told: they say that an age could not be read.
const AGE_SECONDS_MAX: u64 = 31_536_000;

/// What is to be asked, and for whom.
#[derive(Clone)]
pub(crate) struct Job {
    /// The behaviour's place.
    pub(crate) behaviour: usize,
    pub(crate) decision: Decision,
    pub(crate) reason: Reason,
    pub(crate) uri: Uri,
    /// The viewer's headers.
    pub(crate) headers: HeaderMap,
    pub(crate) kept: Option<Arc<Entry>>,
    pub(crate) key: CacheKey,
    pub(crate) fetch: Fetch,
    pub(crate) viewer: SocketAddr,
    pub(crate) country: Option<String>,
}

/// What the one who asked the origin gets.
enum Outcome {
    Kept {
        entry: Arc<Entry>,
        result: CacheResult,
    },
    Coming {
        head: Arc<EntryHead>,
        reader: FillReader,
    },
    /// It is nobody else's.
    Own(Box<OriginAnswer>),
    Failed(OriginFailure),
}

struct Told {
    outcome: Outcome,
    took: Option<Duration>,
}

/// Gets an answer from the origin or from another's request to it.
pub(crate) async fn fetch(state: &Arc<State>, method: &Method, job: Job) -> Done {
    let may_wait = !state.behaviour(job.behaviour).forwards_cookies();
    let boarding = if may_wait { state.flights.board(&job.key, job.fetch) } else { Boarding::Alone };
    let first = match boarding {
        Boarding::First(first) => Some(first),
        Boarding::Alone => None,
        Boarding::Wait(waiting) => match waiting.landing(state.bounds.collapse_wait).await {
            Landing::Kept(entry) if entry.may_be_shared_with(&job.headers) => {
                let result = CacheResult::Miss { reason: job.reason, stored: true, collapsed: true };
                return kept(state, method, &job, &entry, result, None);
            }
            Landing::Coming(head, fill) if head.may_be_shared_with(&job.headers) => {
                if let Some(reader) = fill.reader() {
                    return coming(state, method, &job, &head, reader, Share { collapsed: true, took: None });
                }
                None
            }
            Landing::Kept(_) | Landing::Coming(..) | Landing::Alone => None,
        },
    };
    let (tell, told) = oneshot::channel();
    // A task of its own: a viewer who hangs up does not end what others wait for.
    tokio::spawn(ask(state.clone(), job.clone(), first, Some(tell)));
    match told.await {
        Ok(told) => finish(state, method, &job, told),
        Err(_) => Done::refused(Refusal::BadGateway),
    }
}

/// Asks for a new answer behind the back of one who got a stale one, unless somebody is at it.
pub(crate) fn refresh(state: &Arc<State>, job: Job) {
    if let Boarding::First(first) = state.flights.board(&job.key, job.fetch) {
        tokio::spawn(ask(state.clone(), job, Some(first), None));
    }
}

fn finish(state: &State, method: &Method, job: &Job, told: Told) -> Done {
    match told.outcome {
        Outcome::Kept { entry, result } => kept(state, method, job, &entry, result, told.took),
        Outcome::Coming { head, reader } => {
            coming(state, method, job, &head, reader, Share { collapsed: false, took: told.took })
        }
        Outcome::Own(answer) => own(state, job, *answer),
        Outcome::Failed(failure) => Done::refused(refusal(failure)),
    }
}

/// What a viewer is told of an origin's failure.
pub(crate) fn refusal(failure: OriginFailure) -> Refusal {
    match failure {
        OriginFailure::TooSlow => Refusal::Timeout,
        OriginFailure::BodyTooLong => Refusal::BodyTooLarge,
        OriginFailure::Unreachable | OriginFailure::Broken => Refusal::BadGateway,
    }
}

fn kept(state: &State, method: &Method, job: &Job, entry: &Entry, result: CacheResult, took: Option<Duration>) -> Done {
    let now = state.clock.now();
    let mut response = entry.respond(method, &job.headers, now);
    result.mark(response.headers_mut(), Some(entry), now);
    Done { response: response.map(EdgeBody::full), result, origin_time: took }
}

/// Whose request it was that brought an answer, and how long that took.
struct Share {
    collapsed: bool,
    took: Option<Duration>,
}

/// An answer whose body is on its way: whole, a part, or nothing where the viewer has it.
fn coming(state: &State, method: &Method, job: &Job, head: &EntryHead, reader: FillReader, share: Share) -> Done {
    let Share { collapsed, took } = share;
    let result = CacheResult::Miss { reason: job.reason, stored: true, collapsed };
    let (mut parts, ()) = Response::new(()).into_parts();
    parts.status = head.status();
    parts.headers = head.headers().clone();
    result.mark(&mut parts.headers, None, state.clock.now());
    let age = head.lifetime().age;
    if (1..AGE_SECONDS_MAX).contains(&age) {
        parts.headers.insert(AGE, age.into());
    }
    if head.status() == StatusCode::OK && is_not_modified(&job.headers, head.headers()) {
        parts.status = StatusCode::NOT_MODIFIED;
        parts.headers.remove(CONTENT_LENGTH);
        return Done { response: Response::from_parts(parts, EdgeBody::empty()), result, origin_time: took };
    }
    // Without a length it is not known where a part lies.
    let length = parts.headers.get(CONTENT_LENGTH).and_then(|value| value.to_str().ok()?.parse::<u64>().ok());
    let range = length.map_or(Range::Whole, |length| range_of(method, &job.headers, &parts, length));
    range.mark(&mut parts, length.unwrap_or(0));
    let body = match range {
        Range::Whole => EdgeBody::shared(reader),
        Range::Part(part @ ByteRange { .. }) => EdgeBody::part(reader, part),
        Range::Unsatisfiable => EdgeBody::empty(),
    };
    Done { response: Response::from_parts(parts, body), result, origin_time: took }
}

fn own(state: &State, job: &Job, answer: OriginAnswer) -> Done {
    let result = CacheResult::Miss { reason: job.reason, stored: false, collapsed: false };
    let mut parts = answer.head;
    edge::to_viewer(state.behaviour(job.behaviour), &mut parts.headers);
    result.mark(&mut parts.headers, None, state.clock.now());
    let is_known = parts.status == StatusCode::OK && is_not_modified(&job.headers, &parts.headers);
    let body = if is_known { EdgeBody::empty() } else { EdgeBody::own(answer.body) };
    if is_known {
        parts.status = StatusCode::NOT_MODIFIED;
        parts.headers.remove(CONTENT_LENGTH);
    }
    Done { response: Response::from_parts(parts, body), result, origin_time: Some(answer.took) }
}

/// Asks the origin, keeps what may be kept, and tells all who wait.
async fn ask(state: Arc<State>, mut job: Job, first: Option<FirstOfAll>, tell: Option<oneshot::Sender<Told>>) {
    let mut tell = Tell { first, own: tell };
    loop {
        state.store.count_origin_request();
        let asked = ask_origin(&state, &job).await;
        let now = state.clock.now();
        match asked {
            Err(failure) => return fail(&state, &job, failure, now, &mut tell),
            Ok(answer) if answer.head.status == StatusCode::NOT_MODIFIED => {
                let Some(entry) = job.kept.take() else {
                    // Nobody asked whether anything was modified.
                    return fail(&state, &job, OriginFailure::Broken, now, &mut tell);
                };
                if renew(&state, &job, &entry, &answer, now, &mut tell) {
                    return;
                }
                // What is still true must not be kept any more: it is asked for afresh, for the viewer alone.
                state.store.remove(&job.key);
                job.decision = Decision::Fetch;
            }
            Ok(answer) => return take(&state, &job, answer, now, &mut tell).await,
        }
    }
}

async fn ask_origin(state: &State, job: &Job) -> Result<OriginAnswer, OriginFailure> {
    let behaviour = state.behaviour(job.behaviour);
    let viewer = Viewer { address: job.viewer, country: job.country.as_deref() };
    let headers = edge::to_origin(behaviour, job.decision, &job.headers, job.kept.as_deref(), Some(viewer));
    let address = edge::address_for_origin(behaviour, job.uri.path(), job.uri.query());
    let ask = Ask { method: &Method::GET, address: &address, headers, body: AskBody::empty() };
    state.origins.ask(&behaviour.target, ask).await
}

/// Those who are told what became of a request.
struct Tell {
    first: Option<FirstOfAll>,
    own: Option<oneshot::Sender<Told>>,
}

impl Tell {
    fn land(&self, landing: Landing) {
        if let Some(first) = &self.first {
            first.land(landing);
        }
    }

    /// Tells the viewer; one who hung up does not listen.
    fn tell(&mut self, outcome: Outcome, took: Option<Duration>) {
        if let Some(own) = self.own.take() {
            let _ = own.send(Told { outcome, took });
        }
    }

    fn kept(&mut self, entry: Arc<Entry>, result: CacheResult, took: Option<Duration>) {
        self.land(Landing::Kept(entry.clone()));
        self.tell(Outcome::Kept { entry, result }, took);
    }
}

/// Gives whether the entry lives on.
fn renew(state: &State, job: &Job, entry: &Entry, answer: &OriginAnswer, now: UnixMs, tell: &mut Tell) -> bool {
    let behaviour = state.behaviour(job.behaviour);
    let Some(renewed) = entry.renewed(behaviour, &answer.head.headers, now) else { return false };
    let renewed = Arc::new(renewed);
    state.store.put(&job.key, renewed.clone(), job.fetch);
    tell.kept(renewed, CacheResult::Revalidated { reason: job.reason }, Some(answer.took));
    true
}

/// The origin gave no answer: what is kept may do, or the failure itself is kept for a while.
fn fail(state: &State, job: &Job, failure: OriginFailure, now: UnixMs, tell: &mut Tell) {
    tracing::warn!(uri = %job.uri, %failure, "an origin failed");
    if serve_stale(state, job, Failure::Gone, StatusCode::BAD_GATEWAY, now, tell) {
        return;
    }
    let behaviour = state.behaviour(job.behaviour);
    let answer = refusal(failure).response();
    // The edge's own words say that they are not to be kept; how long an error is kept is the description's affair.
    let mut headers = answer.headers().clone();
    headers.remove(CACHE_CONTROL);
    let is_kept = behaviour.profile == Profile::CloudFront;
    let head = EntryHead::of(behaviour, &Method::GET, &HeaderMap::new(), answer.status(), &headers, now);
    if let Some(head) = head.filter(|_| is_kept) {
        let entry = Arc::new(head.complete(answer.into_body()));
        state.store.put(&job.key, entry.clone(), job.fetch);
        let result = CacheResult::Miss { reason: job.reason, stored: true, collapsed: false };
        return tell.kept(entry, result, None);
    }
    tell.tell(Outcome::Failed(failure), None);
}

fn serve_stale(state: &State, job: &Job, failure: Failure, status: StatusCode, now: UnixMs, tell: &mut Tell) -> bool {
    let Some(kept) = job.kept.as_ref().filter(|entry| may_serve_after_failure(entry, failure, now)) else {
        return false;
    };
    let behaviour = state.behaviour(job.behaviour);
    // The origin is left alone for as long as its failure would be kept.
    let rest_seconds = if behaviour.profile == Profile::CloudFront { behaviour.errors.seconds(status) } else { 0 };
    let entry = Arc::new(kept.resting(rest_seconds, now));
    state.store.put(&job.key, entry.clone(), job.fetch);
    tell.kept(entry, CacheResult::Stale, None);
    true
}

/// Takes a new answer: keeps it while it passes, or leaves it to the viewer.
async fn take(state: &State, job: &Job, answer: OriginAnswer, now: UnixMs, tell: &mut Tell) {
    let behaviour = state.behaviour(job.behaviour);
    let status = answer.head.status;
    if let Some(failure) = Failure::of_status(status)
        && serve_stale(state, job, failure, status, now, tell)
    {
        return;
    }
    let mut asked = job.headers.clone();
    // Who signs in counts where the origin heard of it.
    if !behaviour.key_headers.contains(&AUTHORIZATION) && !behaviour.origin_headers.takes(AUTHORIZATION.as_str()) {
        asked.remove(AUTHORIZATION);
    }
    let head = EntryHead::of(behaviour, &Method::GET, &asked, status, &answer.head.headers, now);
    let length = answer.head.headers.get(CONTENT_LENGTH).and_then(|value| value.to_str().ok()?.parse::<u64>().ok());
    let fits = length.is_none_or(|length| length <= state.bounds.object_bytes_max as u64);
    let Some(mut head) = head.filter(|_| fits) else {
        if !status.is_server_error() {
            state.store.remove(&job.key);
        }
        tell.land(Landing::Alone);
        return tell.tell(Outcome::Own(Box::new(answer)), None);
    };
    let form = squeeze(behaviour, &job.headers, status, &answer.head.headers);
    if let Some(form) = form {
        head = head.squeezed(form);
    }
    let head = Arc::new(head);
    let fill = Fill::new(state.bounds.object_bytes_max, state.coming.clone());
    if let Some(reader) = fill.reader() {
        tell.tell(Outcome::Coming { head: head.clone(), reader }, Some(answer.took));
    }
    tell.land(Landing::Coming(head.clone(), fill.clone()));
    let ended = stream(&fill, answer.body, form.map(Compressor::new), state.bounds.request_wait).await;
    if ended == Ended::Whole
        && let Some(whole) = fill.whole()
    {
        let head = Arc::unwrap_or_clone(head);
        state.store.put(&job.key, Arc::new(head.complete(whole)), job.fetch);
    }
    fill.end(ended);
}

/// Hands on what comes from the origin until it ends.
async fn stream(fill: &Fill, mut body: OriginBody, mut compressor: Option<Compressor>, room_wait: Duration) -> Ended {
    while let Some(frame) = body.frame().await {
        let Ok(frame) = frame else { return Ended::Broken };
        let Ok(data) = frame.into_data() else { continue };
        if push(fill, &mut compressor, data).await.is_none() {
            return Ended::Broken;
        }
        match tokio::time::timeout(room_wait, fill.room()).await {
            Ok(true) => {}
            // Too long to be kept, and nobody reads any more.
            Ok(false) => return Ended::Broken,
            Err(_) => fill.drop_laggards(),
        }
    }
    if let Some(compressor) = compressor {
        match compressor.finish() {
            Ok(rest) => fill.push(rest),
            Err(_) => return Ended::Broken,
        }
    }
    Ended::Whole
}

async fn push(fill: &Fill, compressor: &mut Option<Compressor>, data: Bytes) -> Option<()> {
    let Some(compressor) = compressor else {
        fill.push(data);
        return Some(());
    };
    for part in data.chunks(COMPRESS_AT_ONCE_BYTES) {
        fill.push(compressor.push(part).ok()?);
        tokio::task::yield_now().await;
    }
    Some(())
}
