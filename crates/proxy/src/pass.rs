//! Handing a request to the origin and the answer back, with nothing kept.

use crate::body::{AskBody, EdgeBody};
use crate::cache_status::{CacheResult, Reason};
use crate::door::has_body;
use crate::fetch::refusal;
use crate::handle::{Done, State};
use crate::origin::Ask;
use crate::refusal::Refusal;
use crate::signer::BODY_HASH;
use bytes::Bytes;
use edge::{AccessControl, Behaviour, Decision, Target, Viewer};
use http::header::{CONTENT_LENGTH, HOST};
use http::request::Parts;
use http::{Method, Response};
use http_body_util::{BodyExt, Limited};
use hyper::body::Incoming;
use ring::digest;

/// Hands a request on.
pub(crate) async fn pass(
    state: &State,
    behaviour: &Behaviour,
    asked: &Parts,
    body: Incoming,
    viewer: Viewer<'_>,
) -> Done {
    let body = match ask_body(state, behaviour, asked, body).await {
        Ok(body) => body,
        Err(refusal) => return Done::refused(refusal),
    };
    let headers = edge::to_origin(behaviour, Decision::Pass, &asked.headers, None, Some(viewer));
    let address = edge::address_for_origin(behaviour, asked.uri.path(), asked.uri.query());
    state.store.count_origin_request();
    let ask = Ask { method: &asked.method, address: &address, headers, body };
    let answer = match state.origins.ask(&behaviour.target, ask).await {
        Ok(answer) => answer,
        Err(failure) => {
            tracing::warn!(uri = %asked.uri, %failure, "an origin failed");
            return Done::refused(refusal(failure));
        }
    };
    let mut head = answer.head;
    let host = asked.headers.get(HOST).and_then(|value| value.to_str().ok());
    let profile = behaviour.profile;
    if let Some(purge) = edge::made_untrue(profile, &asked.method, &asked.uri, host, head.status, &head.headers) {
        state.store.purge(&purge);
    }
    edge::to_viewer(behaviour, &mut head.headers);
    let is_read = matches!(asked.method, Method::GET | Method::HEAD);
    let result = CacheResult::Passed { reason: if is_read { Reason::Bypass } else { Reason::Method } };
    result.mark(&mut head.headers, None, state.clock.now());
    let response = Response::from_parts(head, EdgeBody::own(answer.body));
    Done { response, result, origin_time: Some(answer.took) }
}

/// The body as it comes, or looked through where the origin takes only what is signed.
async fn ask_body(state: &State, behaviour: &Behaviour, asked: &Parts, body: Incoming) -> Result<AskBody, Refusal> {
    if !has_body(asked) {
        return Ok(AskBody::empty());
    }
    let length = asked.headers.get(CONTENT_LENGTH).and_then(|value| value.to_str().ok()?.parse::<u64>().ok());
    let most = state.bounds.request_body_bytes_max;
    if length.is_some_and(|length| length > most) {
        return Err(Refusal::BodyTooLarge);
    }
    if !is_signed(state, behaviour) {
        return Ok(AskBody::coming(body, most));
    }
    let most = usize::try_from(state.bounds.signed_body_bytes_max).unwrap_or(usize::MAX);
    let body = Limited::new(body, most).collect().await.map_err(|_| Refusal::BodyTooLarge)?.to_bytes();
    let said = asked.headers.get(BODY_HASH).map(http::HeaderValue::as_bytes).unwrap_or_default();
    if !body.is_empty() && !is_hash_of(said, &body) {
        return Err(Refusal::Signature);
    }
    Ok(AskBody::Full(Some(body).filter(|body| !body.is_empty())))
}

fn is_signed(state: &State, behaviour: &Behaviour) -> bool {
    let place = match behaviour.target {
        Target::Origin(place) | Target::Group { first: place, .. } => place,
    };
    let origin = state.edge.description().origins.get(place);
    origin.is_some_and(|origin| origin.access_control == Some(AccessControl::SignedRequests))
}

fn is_hash_of(said: &[u8], body: &Bytes) -> bool {
    let hash = digest::digest(&digest::SHA256, body);
    let text: String = hash.as_ref().iter().map(|byte| format!("{byte:02x}")).collect();
    said.eq_ignore_ascii_case(text.as_bytes())
}
