//! What a function returned, checked as CloudFront does: an invalid value is a 502.

use crate::error::RunError;
use crate::event::Sent;
use crate::fields::{Fields, is_seen};
use crate::headers::{Phase, is_disallowed};
use crate::json::Json;
use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use bytes::Bytes;
use http::StatusCode;
use http::header::{COOKIE, HeaderMap, HeaderName, HeaderValue, SET_COOKIE};
use std::collections::HashMap;

/// Bytes of names and values of all headers (CloudFront's limit of a message without its body). A message that was
/// larger already may stay so.
pub(crate) const HEADER_BYTES_MAX: usize = 20_480;
/// Bytes of a body that a function makes. AWS names no figure for CloudFront Functions; this is the one of Lambda@Edge
/// in viewer events.
pub(crate) const BODY_BYTES_MAX: usize = 40 * 1024;
/// Characters of a status description; a bound of ours.
const DESCRIPTION_CHARS_MAX: usize = 256;

/// The message that a function had before it, and in which event. `sent` is `None` where the answer is new.
pub(crate) struct Message<'m> {
    pub(crate) phase: Phase,
    pub(crate) headers: &'m HeaderMap,
    pub(crate) sent: Option<&'m Sent>,
}

/// An answer that is one.
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) description: Option<String>,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Option<Bytes>,
}

/// The object that a function returned.
pub(crate) fn object(result: &str) -> Result<Json, RunError> {
    let json =
        Json::parse(result).map_err(|_| RunError::invalid("the result", "nests too deeply or holds broken text"))?;
    match json {
        Json::Object(_) => Ok(json),
        other => Err(RunError::invalid("the result", format!("must be a request or response, not {}", other.kind()))),
    }
}

/// A member that must be there.
pub(crate) fn required<'j>(json: &'j Json, at: &str, name: &str) -> Result<&'j Json, RunError> {
    json.member(name).ok_or_else(|| RunError::invalid(format!("{at}.{name}"), "is missing"))
}

/// A text that must be there.
pub(crate) fn text<'j>(json: &'j Json, at: &str, name: &str) -> Result<&'j str, RunError> {
    match required(json, at, name)? {
        Json::Text(text) => Ok(text),
        other => Err(RunError::invalid(format!("{at}.{name}"), format!("must be a string, not {}", other.kind()))),
    }
}

/// An answer, made anew or changed.
pub(crate) fn response(json: &Json, message: &Message<'_>) -> Result<Answer, RunError> {
    let at = "response";
    let status = status(required(json, at, "statusCode")?)?;
    let description = json.member("statusDescription").map(|_| text(json, at, "statusDescription")).transpose()?;
    let is_line = |text: &str| text.chars().count() <= DESCRIPTION_CHARS_MAX && !text.chars().any(char::is_control);
    if !description.is_none_or(is_line) {
        return Err(RunError::invalid("response.statusDescription", "must be a short line of text"));
    }
    let mut headers = headers(json, at, message)?;
    let nothing = Fields::default();
    let before = message.sent.map_or(&nothing, |sent| &sent.cookies);
    let cookies = match (json.member("cookies"), message.sent) {
        (None, None) => Fields::default(),
        _ => Fields::returned(required(json, at, "cookies")?, "response.cookies", before)?,
    };
    if cookies.is_same(before) {
        message.headers.get_all(SET_COOKIE).iter().for_each(|value| {
            headers.append(SET_COOKIE, value.clone());
        });
    } else {
        set_cookies(&cookies, &mut headers)?;
    }
    size(&headers, message.headers, HEADER_BYTES_MAX, "response.headers")?;
    let body = json.member("body").map(body).transpose()?;
    Ok(Answer { status, description: description.map(str::to_owned), headers, body })
}

fn status(json: &Json) -> Result<StatusCode, RunError> {
    let code = match json {
        Json::Whole(code) if (200..=599).contains(code) => u16::try_from(*code).ok(),
        _ => None,
    };
    let status = code.and_then(|code| StatusCode::from_u16(code).ok());
    status.ok_or_else(|| RunError::invalid("response.statusCode", "must be a whole number from 200 to 599"))
}

fn set_cookies(cookies: &Fields, headers: &mut HeaderMap) -> Result<(), RunError> {
    for (name, values) in cookies.iter() {
        for cookie in values {
            let attributes = cookie.attributes.as_deref().filter(|attributes| !attributes.is_empty());
            let line = match attributes {
                Some(attributes) => format!("{name}={}; {attributes}", cookie.value),
                None => format!("{name}={}", cookie.value),
            };
            let value = HeaderValue::from_bytes(line.as_bytes());
            let at = || format!("response.cookies[{name:?}]");
            headers.append(SET_COOKIE, value.map_err(|_| RunError::invalid(at(), "has a control character"))?);
        }
    }
    Ok(())
}

/// A body in place of the one that was.
fn body(json: &Json) -> Result<Bytes, RunError> {
    let bytes = match json {
        Json::Text(text) => text.clone().into_bytes(),
        Json::Object(_) => {
            let data = text(json, "response.body", "data")?;
            match text(json, "response.body", "encoding")? {
                "text" => data.as_bytes().to_vec(),
                "base64" => BASE64_STANDARD
                    .decode(data)
                    .map_err(|_| RunError::invalid("response.body.data", "must be base64, as its encoding says"))?,
                _ => return Err(RunError::invalid("response.body.encoding", "must be 'text' or 'base64'")),
            }
        }
        other => {
            let problem = format!("must be a string or {{data, encoding}}, not {}", other.kind());
            return Err(RunError::invalid("response.body", problem));
        }
    };
    if BODY_BYTES_MAX < bytes.len() {
        return Err(RunError::invalid(
            "response.body",
            format!("has {} bytes; {BODY_BYTES_MAX} are the most", bytes.len()),
        ));
    }
    Ok(bytes.into())
}

/// The headers without cookies. What the function left alone keeps its very bytes.
pub(crate) fn headers(json: &Json, at: &str, message: &Message<'_>) -> Result<HeaderMap, RunError> {
    let at = format!("{at}.headers");
    let nothing = Fields::default();
    let before = message.sent.map_or(&nothing, |sent| &sent.headers);
    let fields = match (json.member("headers"), message.sent) {
        (None, None) => Fields::default(),
        (None, Some(_)) => return Err(RunError::invalid(at, "is missing")),
        (Some(json), _) => Fields::returned(json, &at, before)?,
    };
    let mut headers = HeaderMap::new();
    for (name, value) in message.headers {
        if !is_seen(name) && name != COOKIE && name != SET_COOKIE {
            headers.append(name, value.clone());
        }
    }
    let sent: HashMap<_, _> = before.iter().collect();
    let mut read_only_left = before.iter().filter(|(name, _)| message.phase.is_read_only(name)).count();
    for (name, values) in fields.iter() {
        let invalid = |problem: &str| RunError::invalid(format!("{at}[{name:?}]"), problem);
        let is_unchanged = sent.get(name).is_some_and(|before| *before == values);
        let header = header_name(name).map_err(invalid)?;
        if message.phase.is_read_only(name) && message.sent.is_some() {
            if !is_unchanged {
                return Err(invalid("is read-only"));
            }
            read_only_left -= 1;
        }
        if is_unchanged {
            message.headers.get_all(&header).iter().for_each(|value| {
                headers.append(header.clone(), value.clone());
            });
            continue;
        }
        for value in values {
            let value =
                HeaderValue::from_bytes(value.value.as_bytes()).map_err(|_| invalid("has a control character"))?;
            headers.append(header.clone(), value);
        }
    }
    if read_only_left > 0 {
        return Err(RunError::invalid(at, "lacks a read-only header that was there"));
    }
    Ok(headers)
}

fn header_name(name: &str) -> Result<HeaderName, &'static str> {
    if name.chars().any(char::is_uppercase) {
        return Err("must have its name in lower case");
    }
    if name == COOKIE.as_str() || name == SET_COOKIE.as_str() {
        return Err("belongs into cookies");
    }
    if is_disallowed(name) {
        return Err("is a header that functions may not add");
    }
    HeaderName::from_bytes(name.as_bytes()).map_err(|_| "is no name of a header")
}

/// Refuses headers that are larger than they may be and than they were.
pub(crate) fn size(headers: &HeaderMap, before: &HeaderMap, bytes_max: usize, at: &str) -> Result<(), RunError> {
    let bytes =
        |headers: &HeaderMap| headers.iter().map(|(name, value)| name.as_str().len() + value.len()).sum::<usize>();
    if bytes_max.max(bytes(before)) < bytes(headers) {
        return Err(RunError::invalid(at, format!("are larger than {bytes_max} bytes")));
    }
    Ok(())
}
