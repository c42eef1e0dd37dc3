//! A program outside that answers signed questions at one address.

use crate::address::Address;
use crate::line::{Deadline, Line, OutsideError};
use crate::network::Network;
use crate::secret::{SIGNATURE_HEADER, Secret};
use reqwest::Method;
use reqwest::header::{ACCEPT, CONTENT_TYPE};
use serde::Serialize;
use serde_json::Value;

/// Longest question, in bytes: 250 lines with long SKUs have a tenth of it.
pub const QUESTION_BYTES_MAX: usize = 256 << 10;

/// The number of the form of all questions, in their field `format`.
pub(crate) const FORMAT: u32 = 1;

/// A program outside: its address, the secret that is shared with it, and how long it may take.
///
/// Asking never fails a sale: whoever asks states what holds without an answer. While it rests, an error comes at once.
/// Keep one for the store's life and share it: it remembers who has not answered lately.
#[derive(Debug)]
pub struct Outside {
    line: Line,
    secret: Secret,
}

impl Outside {
    /// Keeps what is needed to ask; makes no connection.
    pub fn new(network: &Network, address: Address, secret: Secret, deadline: Deadline) -> Self {
        Self { line: Line::new(network, address, deadline), secret }
    }

    /// Where it is, without the path: `https://prices.example.com`.
    pub fn origin(&self) -> String {
        self.line.address().origin()
    }

    /// Sends a question as JSON in a signed POST, and gives the JSON of the answer: of at most
    /// [`ANSWER_BYTES_MAX`](crate::line::ANSWER_BYTES_MAX), with a status of 2xx, within the deadline.
    pub async fn ask(&self, question: &impl Serialize) -> Result<Value, OutsideError> {
        let body = serde_json::to_vec(question).map_err(|error| OutsideError::Question(error.to_string()))?;
        if QUESTION_BYTES_MAX < body.len() {
            return Err(OutsideError::Question(format!("it has more than {QUESTION_BYTES_MAX} bytes")));
        }
        let asked = self.line.ask(|client| {
            let signature = self.secret.sign(&body, self.line.network().now());
            let request = client
                .request(Method::POST, self.line.address().url().clone())
                .header(CONTENT_TYPE, "application/json")
                .header(ACCEPT, "application/json")
                .header(SIGNATURE_HEADER, signature)
                .body(body);
            request.build().map_err(|error| OutsideError::Question(error.without_url().to_string()))
        });
        asked.await
    }
}
