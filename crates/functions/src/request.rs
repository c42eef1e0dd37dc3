//! Viewer requests: what a function gets, and what it may make of them.

use crate::check::{self, HEADER_BYTES_MAX, Message};
use crate::error::RunError;
use crate::event::Sent;
use crate::fields::Fields;
use crate::headers::Phase;
use crate::json::Json;
use crate::origin::Origin;
use crate::place::Ids;
use bytes::Bytes;
use http::header::{COOKIE, HeaderMap, HeaderValue};
use http::{Method, StatusCode};
use std::net::IpAddr;

/// Characters of path and query string together, from which on CloudFront refuses them.
const URI_CHARS_END: usize = 8_192;

/// A request as a viewer sent it.
#[derive(Clone, Copy, Debug)]
pub struct ViewerRequest<'r> {
    /// The method.
    pub method: &'r Method,
    /// The path as it was sent, with its percent-encoding.
    pub uri: &'r str,
    /// The query string as it was sent, without the question mark; `None` where there was no mark either.
    pub query: Option<&'r str>,
    /// All headers, cookies among them.
    pub headers: &'r HeaderMap,
    /// The address of the viewer or of its proxy.
    pub viewer_ip: IpAddr,
    /// Names for logs.
    pub ids: Ids<'r>,
}

/// What becomes of a viewer's request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RequestOutcome {
    /// It goes on to cache and origin.
    Forward(ForwardedRequest),
    /// The function has answered it.
    Respond(GeneratedResponse),
}

/// A request after the function. The method is the viewer's; functions cannot change it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ForwardedRequest {
    /// The path; begins with `/`. Letters beyond ASCII are as the function wrote them.
    pub uri: String,
    /// The query string: as it was sent, unless the function changed a parameter.
    pub query: Option<String>,
    /// The headers with the cookies. Headers that functions do not see are as they were.
    pub headers: HeaderMap,
    /// The origin that the function chose, if it did.
    pub origin: Option<Origin>,
}

/// An answer that a viewer request's function made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GeneratedResponse {
    /// The status, 200 to 599.
    pub status: StatusCode,
    /// Its words, where the function gave any.
    pub description: Option<String>,
    /// The headers, with one `Set-Cookie` for each cookie.
    pub headers: HeaderMap,
    /// The body; empty where the function gave none.
    pub body: Bytes,
}

impl RequestOutcome {
    /// Reads what the function returned. An object with a `statusCode` is an answer, any other is the request.
    pub(crate) fn read(
        result: &str,
        request: &ViewerRequest<'_>,
        sent: &Sent,
        origin: Option<Origin>,
    ) -> Result<Self, RunError> {
        let json = check::object(result)?;
        if json.member("statusCode").is_none() {
            return forwarded(&json, request, sent, origin).map(Self::Forward);
        }
        let answer =
            check::response(&json, &Message { phase: Phase::Request, headers: &HeaderMap::new(), sent: None })?;
        let body = answer.body.unwrap_or_default();
        let (status, description, headers) = (answer.status, answer.description, answer.headers);
        Ok(Self::Respond(GeneratedResponse { status, description, headers, body }))
    }
}

fn forwarded(
    json: &Json,
    request: &ViewerRequest<'_>,
    sent: &Sent,
    origin: Option<Origin>,
) -> Result<ForwardedRequest, RunError> {
    if check::text(json, "request", "method")? != request.method.as_str() {
        return Err(RunError::invalid("request.method", "is read-only"));
    }
    let uri = check::text(json, "request", "uri")?;
    if !uri.starts_with('/') {
        return Err(RunError::invalid("request.uri", "must begin with /"));
    }
    if uri != request.uri && !is_clean(uri, &['?', '#', ' ']) {
        return Err(RunError::invalid("request.uri", "must have no space, control character, ? or #: encode them"));
    }
    let query = returned_query(json, request, sent)?;
    let chars = uri.chars().count() + query.as_ref().map_or(0, |query| query.chars().count() + 1);
    let chars_before = request.uri.chars().count() + request.query.map_or(0, |query| query.chars().count() + 1);
    if URI_CHARS_END.max(chars_before + 1) <= chars {
        return Err(RunError::invalid(
            "request.uri",
            format!("has {chars} characters with the query string; 8191 are the most"),
        ));
    }
    let message = Message { phase: Phase::Request, headers: request.headers, sent: Some(sent) };
    let mut headers = check::headers(json, "request", &message)?;
    let cookies = Fields::returned(check::required(json, "request", "cookies")?, "request.cookies", &sent.cookies)?;
    if cookies.is_same(&sent.cookies) {
        request.headers.get_all(COOKIE).iter().for_each(|value| {
            headers.append(COOKIE, value.clone());
        });
    } else if !cookies.is_empty() {
        let value = HeaderValue::from_bytes(cookies.to_cookies().as_bytes());
        let value = value.map_err(|_| RunError::invalid("request.cookies", "has a control character"))?;
        headers.insert(COOKIE, value);
    }
    check::size(&headers, request.headers, HEADER_BYTES_MAX, "request.headers")?;
    Ok(ForwardedRequest { uri: uri.to_owned(), query, headers, origin })
}

/// What was sent, as long as the function left the parameters alone.
fn returned_query(json: &Json, request: &ViewerRequest<'_>, sent: &Sent) -> Result<Option<String>, RunError> {
    let before = sent.querystring.clone().unwrap_or_default();
    let at = "request.querystring";
    let query = Fields::returned(check::required(json, "request", "querystring")?, at, &before)?;
    if query.is_same(&before) {
        return Ok(request.query.map(str::to_owned));
    }
    let query = query.to_query();
    if !is_clean(&query, &['#', ' ']) {
        return Err(RunError::invalid(at, "must have no space, control character or #: encode them"));
    }
    Ok(Some(query).filter(|query| !query.is_empty()))
}

fn is_clean(text: &str, barred: &[char]) -> bool {
    !text.chars().any(|c| c.is_control() || barred.contains(&c))
}
