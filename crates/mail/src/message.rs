//! A finished message: whom it goes to, what it says, and its form on the wire (RFC 5322, MIME).

use commerce::address::EmailAddress;
use commerce::ids::TaskId;
use commerce::moment::Moment;
use lettre::message::header::{ContentTransferEncoding, ContentType, Header, HeaderName, HeaderValue};
use lettre::message::{Body, Mailbox, MultiPart, SinglePart};
use std::fmt;
use std::time::{Duration, SystemTime};

/// Longest subject or name in a header, in characters.
pub const HEADER_CHARS_MAX: usize = 200;

/// Who a store's mail comes from.
#[derive(Clone, PartialEq, Eq)]
pub struct Sender {
    /// As the reader sees it.
    pub name: String,
    /// The address; its domain is part of each Message-ID.
    pub address: EmailAddress,
}

/// A message, ready to be sent. Sending it again changes nothing in it, so that a repeated one can be recognised.
#[derive(Clone, PartialEq, Eq)]
pub struct Message {
    /// The task that it belongs to. Message-ID, MIME boundary and file name follow from it.
    pub id: TaskId,
    /// When the task was made: its `Date`, however late it leaves.
    pub at: Moment,
    /// Who writes.
    pub from: Sender,
    /// Who reads.
    pub to: EmailAddress,
    /// Who gets the answer, if not the sender.
    pub reply_to: Option<EmailAddress>,
    /// The subject, in one line.
    pub subject: String,
    /// Everything as plain text.
    pub text: String,
    /// Everything as a page.
    pub html: String,
    /// The Message-ID with its angle brackets.
    pub message_id: String,
}

/// An address that no mail server would take.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("{field} is no address that mail can be sent to")]
pub struct UnusableAddress {
    /// `From`, `To` or `Reply-To`.
    pub field: &'static str,
}

impl Message {
    /// The Message-ID of a task's mail: the same for each attempt.
    pub fn message_id_of(id: TaskId, from: &EmailAddress) -> String {
        let domain = from.as_str().rsplit_once('@').map_or("localhost", |(_, domain)| domain);
        format!("<{id}@{}>", ascii_domain(domain).unwrap_or_else(|| "localhost".to_owned()))
    }

    /// The whole message as it is sent or written to a file: CRLF, ASCII but for an address that is not.
    pub fn to_eml(&self) -> Result<Vec<u8>, UnusableAddress> {
        self.build().map(|built| built.formatted())
    }

    /// The message in lettre's terms, with its envelope.
    pub(crate) fn build(&self) -> Result<lettre::Message, UnusableAddress> {
        let from = Mailbox::new(Some(header_text(&self.from.name)), address("From", &self.from.address)?);
        let mut builder = lettre::Message::builder()
            .message_id(Some(self.message_id.chars().filter(char::is_ascii_graphic).collect()))
            .date(system_time(self.at))
            .from(from)
            .to(Mailbox::new(None, address("To", &self.to)?))
            .subject(header_text(&self.subject))
            .header(AutoSubmitted);
        if let Some(reply_to) = &self.reply_to {
            builder = builder.reply_to(Mailbox::new(None, address("Reply-To", reply_to)?));
        }
        let parts = MultiPart::alternative()
            // Random by default: one task's mail would differ from attempt to attempt.
            .boundary(format!("tradewind-{}", self.id))
            .singlepart(quoted(ContentType::TEXT_PLAIN, &self.text))
            .singlepart(quoted(ContentType::TEXT_HTML, &self.html));
        // Only a message without `From` is refused, and it has one.
        builder.multipart(parts).map_err(|_| UnusableAddress { field: "From" })
    }
}

impl fmt::Debug for Message {
    /// Never the address or the content: they would end in logs.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Message({}, {} + {} bytes)", self.message_id, self.text.len(), self.html.len())
    }
}

impl fmt::Debug for Sender {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Sender({:?}, ***)", self.name)
    }
}

/// One line without control characters, of bounded length: what may stand in a header.
pub(crate) fn header_text(raw: &str) -> String {
    let spaced: String = raw.chars().map(|c| if c.is_control() { ' ' } else { c }).take(HEADER_CHARS_MAX).collect();
    spaced.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// An address as mail servers want it: a domain beyond ASCII in its ASCII form (RFC 5891), so that only a local part
/// beyond ASCII needs a server with SMTPUTF8.
fn address(field: &'static str, email: &EmailAddress) -> Result<lettre::Address, UnusableAddress> {
    let unusable = UnusableAddress { field };
    let (local, domain) = email.as_str().rsplit_once('@').ok_or(unusable)?;
    lettre::Address::new(local, ascii_domain(domain).ok_or(unusable)?).map_err(|_| unusable)
}

fn ascii_domain(domain: &str) -> Option<String> {
    match url::Host::parse(domain) {
        Ok(url::Host::Domain(ascii)) => Some(ascii),
        _ => None,
    }
}

/// A part in quoted-printable: lines of any length and letters of any script pass every server, and a person can still
/// read the source.
fn quoted(kind: ContentType, text: &str) -> SinglePart {
    let part = SinglePart::builder().content_type(kind);
    match Body::new_with_encoding(text.replace('\0', ""), ContentTransferEncoding::QuotedPrintable) {
        Ok(body) => part.body(body),
        // Not reached: quoted-printable takes every text.
        Err(text) => part.body(text),
    }
}

fn system_time(at: Moment) -> SystemTime {
    let seconds = u64::try_from(at.micros() / 1_000_000).unwrap_or_default();
    // Year 9999, the last that a Date header can name.
    SystemTime::UNIX_EPOCH + Duration::from_secs(seconds.min(253_402_300_799))
}

/// `Auto-Submitted: auto-generated` (RFC 3834): no holiday note answers it.
#[derive(Clone)]
struct AutoSubmitted;

impl Header for AutoSubmitted {
    fn name() -> HeaderName {
        HeaderName::new_from_ascii_str("Auto-Submitted")
    }

    fn parse(_: &str) -> Result<Self, Box<dyn std::error::Error + Send + Sync>> {
        Ok(Self)
    }

    fn display(&self) -> HeaderValue {
        HeaderValue::new(Self::name(), "auto-generated".to_owned())
    }
}
