//! Form bodies: bounded, and read into names and values without losing what was typed.

use crate::urls;
use axum::body::Body;
use http::StatusCode;
use http::header::{CONTENT_TYPE, HeaderMap};
use http_body_util::{BodyExt, LengthLimitError, Limited};
use std::time::Duration;

/// Longest form body, in bytes.
pub(super) const FORM_BYTES_MAX: usize = 64 * 1_024;
/// How long a body may take to arrive, in milliseconds.
const FORM_WAIT_MS_MAX: u64 = 10_000;
/// The one kind of form that is read.
const FORM_TYPE: &str = "application/x-www-form-urlencoded";
/// Most fields of a form.
const FIELDS_MAX: usize = 400;

/// Why a body was not read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(super) enum BodyError {
    #[error("the form is longer than {FORM_BYTES_MAX} bytes")]
    TooLong,
    #[error("the form did not arrive whole")]
    Broken,
    #[error("the form took longer than {FORM_WAIT_MS_MAX} ms to arrive")]
    Slow,
    #[error("the form has more than {FIELDS_MAX} fields")]
    TooManyFields,
    #[error("the form holds what is not text")]
    NotText,
    #[error("forms are sent as {FORM_TYPE}")]
    OtherKind,
}

impl BodyError {
    /// The status that tells it.
    pub(super) fn status(self) -> StatusCode {
        match self {
            Self::TooLong | Self::TooManyFields => StatusCode::PAYLOAD_TOO_LARGE,
            Self::Broken | Self::NotText => StatusCode::BAD_REQUEST,
            Self::Slow => StatusCode::REQUEST_TIMEOUT,
            Self::OtherKind => StatusCode::UNSUPPORTED_MEDIA_TYPE,
        }
    }
}

/// Fields of a form, in order.
#[derive(Clone, Debug, Default)]
pub(super) struct Fields(Vec<(String, String)>);

impl Fields {
    /// Reads a form's body. What cannot be read whole and exactly is refused, so that nothing is kept that nobody
    /// typed.
    pub(super) async fn read(headers: &HeaderMap, body: Body) -> Result<Self, BodyError> {
        let bytes = read_body(body).await?;
        let kind = headers.get(CONTENT_TYPE).map(|kind| kind.to_str().unwrap_or_default());
        let is_form =
            kind.is_some_and(|kind| kind.split(';').next().unwrap_or_default().trim().eq_ignore_ascii_case(FORM_TYPE));
        if !is_form && !bytes.is_empty() {
            return Err(BodyError::OtherKind);
        }
        let text = std::str::from_utf8(&bytes).map_err(|_| BodyError::NotText)?;
        let mut fields = Vec::new();
        for pair in text.split('&').filter(|pair| !pair.is_empty()) {
            if fields.len() == FIELDS_MAX {
                return Err(BodyError::TooManyFields);
            }
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            let decoded = urls::decode_field(name).zip(urls::decode_field(value)).ok_or(BodyError::NotText)?;
            if decoded.0.contains('\0') || decoded.1.contains('\0') {
                return Err(BodyError::NotText);
            }
            fields.push(decoded);
        }
        Ok(Self(fields))
    }

    /// Reads a query string, as far as it makes sense.
    pub(super) fn parse(raw: &str) -> Self {
        let pair = |pair: &str| {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            (urls::decode(name, true), urls::decode(value, true))
        };
        Self(raw.split('&').filter(|part| !part.is_empty()).take(FIELDS_MAX).map(pair).collect())
    }

    /// The first value of a name; empty if there is none.
    pub(super) fn get(&self, name: &str) -> &str {
        self.0.iter().find(|(known, _)| known == name).map_or("", |(_, value)| value.as_str())
    }

    /// Whether a name was sent at all, as a ticked box is.
    pub(super) fn has(&self, name: &str) -> bool {
        self.0.iter().any(|(known, _)| known == name)
    }

    /// Fields whose names begin so, without that beginning.
    pub(super) fn with_prefix(&self, prefix: &str) -> Vec<(String, String)> {
        let strip = |(name, value): &(String, String)| Some((name.strip_prefix(prefix)?.to_owned(), value.clone()));
        self.0.iter().filter_map(strip).collect()
    }
}

/// Reads a body of at most [`FORM_BYTES_MAX`].
pub(super) async fn read_body(body: Body) -> Result<bytes::Bytes, BodyError> {
    let whole = Limited::new(body, FORM_BYTES_MAX).collect();
    match tokio::time::timeout(Duration::from_millis(FORM_WAIT_MS_MAX), whole).await {
        Ok(Ok(bytes)) => Ok(bytes.to_bytes()),
        Ok(Err(error)) if error.is::<LengthLimitError>() => Err(BodyError::TooLong),
        Ok(Err(_)) => Err(BodyError::Broken),
        Err(_) => Err(BodyError::Slow),
    }
}
