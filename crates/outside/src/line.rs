//! A line to one address: deadline, bounds, rest. What is said on it is the affair of those who use it.

use crate::address::Address;
use crate::breaker::{Admission, Breaker, Change, FAILURES_IN_A_ROW_MAX, REST_MS};
use crate::network::Network;
use reqwest::header::{CONTENT_TYPE, HeaderMap};
use reqwest::{Client, Request, Response, StatusCode};
use serde_json::Value;
use std::error::Error;
use std::time::Duration;
use tokio::sync::Semaphore;

/// Longest answer, in bytes.
pub const ANSWER_BYTES_MAX: usize = 256 << 10;
/// Longest deadline, in milliseconds: a shopper waits for it.
pub const DEADLINE_MS_MAX: u64 = 10_000;
/// Most questions to one address at a time; who comes beyond them goes on without an answer.
pub const QUESTIONS_AT_ONCE_MAX: usize = 256;
/// Longest cause that an error tells, in characters.
const CAUSE_CHARS_MAX: usize = 200;

/// How long a question may take, with everything: connection, TLS, sending, waiting, reading. 1 to [`DEADLINE_MS_MAX`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Deadline(pub(crate) u64);

impl Deadline {
    /// So many milliseconds; `None` for 0 and past [`DEADLINE_MS_MAX`].
    pub const fn from_ms(ms: u64) -> Option<Self> {
        if 0 < ms && ms <= DEADLINE_MS_MAX { Some(Self(ms)) } else { None }
    }

    /// Milliseconds.
    pub const fn ms(self) -> u64 {
        self.0
    }
}

/// Why there is no answer. Whoever asked goes on without one, in the way that the store has stated.
///
/// No variant holds the address, the secret, the question or the answer: all can go to a log.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum OutsideError {
    /// It was not asked: it did not answer [`FAILURES_IN_A_ROW_MAX`] times in a row, and rests for [`REST_MS`].
    #[error("it is not asked for {} s, since it did not answer {FAILURES_IN_A_ROW_MAX} times in a row", REST_MS / 1_000)]
    Resting,
    /// It was not asked: [`QUESTIONS_AT_ONCE_MAX`] questions are under way.
    #[error("it is not asked, since {QUESTIONS_AT_ONCE_MAX} questions are under way")]
    Busy,
    /// The deadline passed before the whole answer was there.
    #[error("no whole answer within {} ms", .0.ms())]
    Late(Deadline),
    /// No connection, or one that broke.
    #[error("the connection failed: {0}")]
    Unreachable(String),
    /// A status other than 2xx. Redirects are not followed.
    #[error("it answered with the status {0}")]
    Status(u16),
    /// The answer does not say that it is JSON.
    #[error("the answer's Content-Type is not application/json")]
    NotJson,
    /// The answer has more than [`ANSWER_BYTES_MAX`] bytes.
    #[error("the answer has more than {ANSWER_BYTES_MAX} bytes")]
    TooLong,
    /// The answer says that it is JSON, and is not; where it ends to be.
    #[error("the answer is no JSON from line {line}, column {column} on")]
    Unreadable {
        /// From 1 on.
        line: usize,
        /// From 1 on; 0 at the end of a line.
        column: usize,
    },
    /// The question could not be put into words: a fault of the store.
    #[error("the question could not be written: {0}")]
    Question(String),
}

impl OutsideError {
    /// Whether nobody was there. An answer that cannot be used comes at once and may be this one question's fault; it does not
    /// make an address rest, or else a shopper could switch a module off for everybody with a basket that it trips over.
    fn is_silence(&self) -> bool {
        match self {
            Self::Late(_) | Self::Unreachable(_) => true,
            Self::Status(status) => *status == StatusCode::TOO_MANY_REQUESTS || 500 <= *status,
            Self::Resting | Self::Busy | Self::NotJson | Self::TooLong => false,
            Self::Unreadable { .. } | Self::Question(_) => false,
        }
    }
}

/// A line to an address.
#[derive(Debug)]
pub(crate) struct Line {
    network: Network,
    address: Address,
    deadline: Deadline,
    breaker: Breaker,
    places: Semaphore,
}

impl Line {
    /// A line that nobody uses yet; makes no connection.
    pub(crate) fn new(network: &Network, address: Address, deadline: Deadline) -> Self {
        let places = Semaphore::new(QUESTIONS_AT_ONCE_MAX);
        Self { network: network.clone(), address, deadline, breaker: Breaker::new(), places }
    }

    pub(crate) fn address(&self) -> &Address {
        &self.address
    }

    pub(crate) fn network(&self) -> &Network {
        &self.network
    }

    /// Sends what `write` makes, and gives the answer, which is JSON.
    pub(crate) async fn ask(
        &self,
        write: impl FnOnce(&Client) -> Result<Request, OutsideError>,
    ) -> Result<Value, OutsideError> {
        let _place = self.places.try_acquire().map_err(|_| OutsideError::Busy)?;
        let admission = self.breaker.admit(self.network.now()).ok_or(OutsideError::Resting)?;
        let answer = async {
            let client = self.network.client(&self.address);
            let client = client.map_err(|why| OutsideError::Unreachable(why.to_owned()))?;
            read(send(client, write(client)?).await?).await
        };
        let answer = tokio::time::timeout(Duration::from_millis(self.deadline.ms()), answer).await;
        let answer = answer.unwrap_or(Err(OutsideError::Late(self.deadline)));
        self.tell(admission, answer.as_ref().err());
        answer
    }

    /// Lets the breaker know, and the log what follows: once, when the rest begins and when it is over.
    fn tell(&self, admission: Admission<'_>, error: Option<&OutsideError>) {
        let change = match error {
            Some(error) if error.is_silence() => admission.failed(self.network.now()),
            _ => admission.answered(),
        };
        let address = self.address.origin();
        match (change, error) {
            (Change::Rests, Some(error)) => tracing::warn!(
                address,
                %error,
                "{address} has not answered {FAILURES_IN_A_ROW_MAX} times in a row; it is asked again in {} s",
                REST_MS / 1_000
            ),
            (Change::Back, _) => tracing::info!(address, "{address} answers again"),
            _ => {}
        }
    }
}

/// Sends a question, and once more where the connection broke before an answer began: it may have been kept from earlier and
/// closed at the other end just then. Questions change nothing, so that asking twice does no harm.
async fn send(client: &Client, request: Request) -> Result<Response, OutsideError> {
    let again = request.try_clone();
    let broken = match client.execute(request).await {
        Ok(response) => return Ok(response),
        Err(error) => error,
    };
    match again.filter(|_| broken.is_request() && !broken.is_connect()) {
        Some(again) => client.execute(again).await.map_err(unreachable),
        None => Err(unreachable(broken)),
    }
}

/// The JSON of an answer, within its bounds.
async fn read(mut response: Response) -> Result<Value, OutsideError> {
    if !response.status().is_success() {
        return Err(OutsideError::Status(response.status().as_u16()));
    }
    if !is_json(response.headers()) {
        return Err(OutsideError::NotJson);
    }
    let mut body = Vec::new();
    while let Some(chunk) = response.chunk().await.map_err(unreachable)? {
        if ANSWER_BYTES_MAX - body.len() < chunk.len() {
            return Err(OutsideError::TooLong);
        }
        body.extend_from_slice(&chunk);
    }
    // What exactly is wrong would repeat a part of the answer.
    serde_json::from_slice(&body)
        .map_err(|error| OutsideError::Unreadable { line: error.line(), column: error.column() })
}

/// `application/json`, or a type that ends in `+json` (RFC 6839), with any parameters.
fn is_json(headers: &HeaderMap) -> bool {
    let value = headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let kind = value.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    kind == "application/json" || (kind.starts_with("application/") && kind.ends_with("+json"))
}

/// The innermost cause, which is what helps: `Connection refused`, `UnknownIssuer`. It never holds the address's path.
fn unreachable(error: reqwest::Error) -> OutsideError {
    let error = error.without_url();
    let mut cause: &dyn Error = &error;
    while let Some(inner) = cause.source() {
        cause = inner;
    }
    let printable = |c: char| if c.is_control() { ' ' } else { c };
    OutsideError::Unreachable(cause.to_string().chars().take(CAUSE_CHARS_MAX).map(printable).collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use reqwest::header::HeaderValue;

    #[test]
    fn json_is_told_by_its_type() {
        for (value, want) in [
            (Some("application/json"), true),
            (Some("Application/JSON; charset=utf-8"), true),
            (Some("application/problem+json"), true),
            (Some("text/html"), false),
            (Some("text/json"), false),
            (Some("application/jsonp"), false),
            (Some(""), false),
            (None, false),
        ] {
            let headers = value.map(|value| (CONTENT_TYPE, HeaderValue::from_static(value)));
            assert_eq!(is_json(&headers.into_iter().collect()), want, "{value:?}");
        }
    }

    #[test]
    fn deadlines_are_bounded() {
        for (ms, good) in [(0, false), (1, true), (DEADLINE_MS_MAX, true), (DEADLINE_MS_MAX + 1, false)] {
            assert_eq!(Deadline::from_ms(ms).is_some(), good, "{ms}");
        }
    }
}
