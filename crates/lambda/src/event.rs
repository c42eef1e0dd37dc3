//! What may arrive: requests in the shapes of function URLs, HTTP APIs, REST APIs and load balancers; the schedule;
//! pictures that were uploaded, by a bucket itself or through a queue; commands.

use percent_encoding::percent_decode_str;
use serde::Deserialize;
use serde::de::IgnoredAny;
use serde_json::value::RawValue;

/// Most arguments of a command.
pub const ARGUMENTS_MAX: usize = 64;
/// Most records of one event (SQS sends at most 10,000, S3 one).
pub const RECORDS_MAX: usize = 10_000;

/// What an event is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Event {
    /// A request of a shopper.
    Http,
    /// A schedule rings.
    Schedule,
    /// Files came into the media bucket. Each with the id of the message that it came in, if it came through a queue.
    Uploads(Vec<Upload>),
    /// Somebody who may invoke the function wants a command of the store run.
    Command(Vec<String>),
}

/// A file that came into the media bucket.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Upload {
    /// Its key in the bucket, decoded.
    pub key: String,
    /// Message of the queue that told of it.
    pub message: Option<String>,
}

/// Why an event cannot be answered. The text goes to whoever invoked the function.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum UnknownEvent {
    /// It is no JSON object.
    #[error("the event is no JSON object")]
    NoObject,
    /// It has none of the shapes that a store understands.
    #[error(
        "the event is neither a request, a schedule, an uploaded object nor {{\"command\": [\"doctor\", \"--json\"]}}"
    )]
    Shape,
    /// More than a store takes.
    #[error("the event has more than {RECORDS_MAX} records or {ARGUMENTS_MAX} arguments")]
    TooMany,
}

/// As much of an event as tells what it is.
#[derive(Deserialize)]
struct Probe<'e> {
    #[serde(rename = "requestContext")]
    request_context: Option<IgnoredAny>,
    #[serde(rename = "httpMethod")]
    http_method: Option<IgnoredAny>,
    #[serde(rename = "Records", borrow)]
    records: Option<Vec<&'e RawValue>>,
    #[serde(rename = "detail-type")]
    detail_type: Option<String>,
    schedule: Option<IgnoredAny>,
    command: Option<Vec<String>>,
}

#[derive(Deserialize)]
struct Record {
    #[serde(rename = "eventSource")]
    source: String,
    #[serde(rename = "messageId")]
    message: Option<String>,
    body: Option<String>,
    s3: Option<S3Part>,
}

#[derive(Deserialize)]
struct S3Part {
    object: S3Object,
}

#[derive(Deserialize)]
struct S3Object {
    key: String,
}

/// Messages of a queue that carry what a bucket told.
#[derive(Deserialize)]
struct Told {
    #[serde(rename = "Records", default)]
    records: Vec<Record>,
}

impl Event {
    /// Reads what an event is. A request is recognised only; its shape is `lambda_http`'s to read.
    pub fn parse(event: &RawValue) -> Result<Self, UnknownEvent> {
        let probe: Probe = serde_json::from_str(event.get()).map_err(|_| UnknownEvent::NoObject)?;
        if probe.request_context.is_some() || probe.http_method.is_some() {
            return Ok(Self::Http);
        }
        if let Some(arguments) = probe.command {
            return if arguments.len() <= ARGUMENTS_MAX {
                Ok(Self::Command(arguments))
            } else {
                Err(UnknownEvent::TooMany)
            };
        }
        if let Some(records) = probe.records {
            return Self::of_records(&records);
        }
        // EventBridge rules send their own shape; its scheduler sends what it was told to: {"schedule": true}.
        if probe.schedule.is_some() || probe.detail_type.as_deref() == Some("Scheduled Event") {
            return Ok(Self::Schedule);
        }
        Err(UnknownEvent::Shape)
    }

    fn of_records(records: &[&RawValue]) -> Result<Self, UnknownEvent> {
        if records.len() > RECORDS_MAX {
            return Err(UnknownEvent::TooMany);
        }
        let mut uploads = Vec::new();
        for record in records {
            let record: Record = serde_json::from_str(record.get()).map_err(|_| UnknownEvent::Shape)?;
            match record.source.as_str() {
                "aws:s3" => uploads.extend(upload(record.s3, None)),
                "aws:sqs" => {
                    // S3 sends a test message when a notification is set up, and it has no records.
                    let told: Told = serde_json::from_str(record.body.as_deref().unwrap_or_default())
                        .map_err(|_| UnknownEvent::Shape)?;
                    for inner in told.records.into_iter().take(RECORDS_MAX) {
                        uploads.extend(upload(inner.s3, record.message.clone()));
                    }
                }
                _ => return Err(UnknownEvent::Shape),
            }
        }
        Ok(Self::Uploads(uploads))
    }
}

fn upload(part: Option<S3Part>, message: Option<String>) -> Option<Upload> {
    Some(Upload { key: decoded(&part?.object.key), message })
}

/// A key as S3 writes it into notifications: form-encoded, with + for a space.
fn decoded(key: &str) -> String {
    percent_decode_str(&key.replace('+', " ")).decode_utf8_lossy().into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(text: &str) -> Result<Event, UnknownEvent> {
        Event::parse(serde_json::from_str(text).unwrap())
    }

    fn uploads(list: &[(&str, Option<&str>)]) -> Result<Event, UnknownEvent> {
        let upload = |(key, message): &(&str, Option<&str>)| Upload {
            key: (*key).to_owned(),
            message: message.map(str::to_owned),
        };
        Ok(Event::Uploads(list.iter().map(upload).collect()))
    }

    #[test]
    fn events_are_told_apart_by_their_shape() {
        let s3 = r#"{"Records":[{"eventSource":"aws:s3","s3":{"bucket":{"name":"b"},"object":{"key":"media/a+b%C3%A9.jpg"}}}]}"#;
        let sqs =
            serde_json::json!({ "Records": [{ "eventSource": "aws:sqs", "messageId": "m1", "body": s3 }] }).to_string();
        let test = r#"{"Records":[{"eventSource":"aws:sqs","messageId":"m2","body":"{\"Event\":\"s3:TestEvent\"}"}]}"#;
        for (case, text, want) in [
            ("function URL", r#"{"version":"2.0","rawPath":"/","requestContext":{"http":{}}}"#, Ok(Event::Http)),
            ("load balancer", r#"{"httpMethod":"GET","requestContext":{"elb":{}}}"#, Ok(Event::Http)),
            ("a rule", r#"{"source":"aws.events","detail-type":"Scheduled Event"}"#, Ok(Event::Schedule)),
            ("the scheduler", r#"{"schedule":true}"#, Ok(Event::Schedule)),
            ("a bucket", s3, uploads(&[("media/a bé.jpg", None)])),
            ("a queue", &sqs, uploads(&[("media/a bé.jpg", Some("m1"))])),
            ("the test of a notification", test, uploads(&[])),
            (
                "a command",
                r#"{"command":["doctor","--json"]}"#,
                Ok(Event::Command(vec!["doctor".into(), "--json".into()])),
            ),
            ("another source", r#"{"Records":[{"eventSource":"aws:kinesis"}]}"#, Err(UnknownEvent::Shape)),
            (
                "a queue with something else",
                r#"{"Records":[{"eventSource":"aws:sqs","body":"x"}]}"#,
                Err(UnknownEvent::Shape),
            ),
            ("an empty object", "{}", Err(UnknownEvent::Shape)),
            ("no object", "[1]", Err(UnknownEvent::NoObject)),
            ("a text", "\"doctor\"", Err(UnknownEvent::NoObject)),
        ] {
            assert_eq!(parsed(text), want, "{case}");
        }
        let many = serde_json::json!({ "command": vec!["x"; ARGUMENTS_MAX + 1] }).to_string();
        assert_eq!(parsed(&many), Err(UnknownEvent::TooMany));
    }

    #[test]
    fn keys_are_decoded_and_torn_escapes_kept() {
        for (raw, want) in [("a%2Fb", "a/b"), ("100%", "100%"), ("%4", "%4"), ("%zz+", "%zz "), ("%ff", "\u{fffd}")] {
            assert_eq!(decoded(raw), want, "{raw}");
        }
    }
}
