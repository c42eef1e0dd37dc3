//! Mail to a server by SMTP (RFC 5321), encrypted unless the server is this machine.
//!
//! The commands are given one by one, since what a refusal means depends on the command: a wrong password or sender is
//! the store's fault and concerns all mail, a wrong recipient is final for one.

use super::SendError;
use crate::message::Message;
use lettre::transport::smtp::authentication::{Credentials, DEFAULT_MECHANISMS};
use lettre::transport::smtp::client::{AsyncSmtpConnection, TlsParameters};
use lettre::transport::smtp::commands::{Data, Mail, Rcpt};
use lettre::transport::smtp::extension::{ClientId, Extension, MailBodyParameter, MailParameter};
use percent_encoding::percent_decode_str;
use std::error::Error as _;
use std::fmt;
use std::time::Duration;
use url::{Host, Url};

/// Longest time that one send may take, connecting included, in milliseconds.
pub const SEND_WAIT_MS_MAX: u64 = 30_000;
/// Longest wait for the goodbye of a server, in milliseconds. By then the mail is sent or is not.
const QUIT_WAIT_MS_MAX: u64 = 500;

/// A mail server. Each send has its own connection: a store sends seldom, and a function on Lambda cannot keep one.
#[derive(Clone)]
pub struct Smtp {
    host: String,
    port: u16,
    security: Security,
    credentials: Option<Credentials>,
    hello: ClientId,
    deadline: Duration,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Security {
    /// TLS from the first byte (`smtps://`).
    Tls,
    /// STARTTLS, or nothing is sent (`smtp://`).
    StartTls,
    /// Plain, for a server on this machine.
    Loopback,
}

/// Not the address of a mail server. Never repeats it, since it holds a password.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum InvalidMailUrl {
    /// No URL, or none of a mail server.
    #[error(
        "the mail server is named as smtps://user:password@mail.example.org or smtp://…; special characters in user and password as %40"
    )]
    Shape,
    /// User without password, or the other way round, or not UTF-8.
    #[error("user and password of the mail server come together, special characters as %40")]
    Credentials,
    /// Something behind the host.
    #[error("the address of the mail server ends with its port, nothing may follow")]
    Rest,
}

impl Smtp {
    /// Reads `smtps://user:password@host:465` or `smtp://user:password@host:587`; these are the ports where none is
    /// named. `smtp` demands STARTTLS unless the host is this machine, where it speaks plainly.
    pub fn from_url(raw: &str) -> Result<Self, InvalidMailUrl> {
        let url = Url::parse(raw.trim()).map_err(|_| InvalidMailUrl::Shape)?;
        // Of a scheme that it does not know the crate leaves the host as it was written: it is read again here.
        let host = url.host_str().and_then(|host| Host::parse(host).ok()).ok_or(InvalidMailUrl::Shape)?;
        let (security, port) = match url.scheme() {
            "smtps" => (Security::Tls, 465),
            "smtp" if is_loopback(&host) => (Security::Loopback, 587),
            "smtp" => (Security::StartTls, 587),
            _ => return Err(InvalidMailUrl::Shape),
        };
        if !matches!(url.path(), "" | "/") || url.query().is_some() || url.fragment().is_some() {
            return Err(InvalidMailUrl::Rest);
        }
        let host = match host {
            Host::Ipv6(ip) => ip.to_string(),
            other => other.to_string(),
        };
        let (port, credentials) = (url.port().unwrap_or(port), credentials(&url)?);
        let deadline = Duration::from_millis(SEND_WAIT_MS_MAX);
        Ok(Self { host, port, security, credentials, hello: ClientId::default(), deadline })
    }

    /// The name that the store gives itself in EHLO, which some servers look at: its host name.
    #[must_use]
    pub fn with_hello(self, name: &str) -> Self {
        match Host::parse(name) {
            Ok(Host::Domain(name)) => Self { hello: ClientId::Domain(name), ..self },
            _ => self,
        }
    }

    /// Another time limit than [`SEND_WAIT_MS_MAX`]; no longer one.
    #[must_use]
    pub fn with_deadline(self, deadline: Duration) -> Self {
        Self { deadline: deadline.min(Duration::from_millis(SEND_WAIT_MS_MAX)), ..self }
    }

    pub(super) async fn send(&self, message: &Message) -> Result<(), SendError> {
        let mail = message.build()?;
        let late = |_| SendError::Passing(format!("the mail server took longer than {} ms", self.deadline.as_millis()));
        let (mut connection, sent) = tokio::time::timeout(self.deadline, async {
            let mut connection = self.connect().await?;
            let sent = hand_over(&mut connection, &mail).await;
            Ok::<_, SendError>((connection, sent))
        })
        .await
        .map_err(late)??;
        // Manners only: whether the mail is sent is decided.
        let _ = tokio::time::timeout(Duration::from_millis(QUIT_WAIT_MS_MAX), connection.abort()).await;
        sent
    }

    /// A connection that is encrypted and signed in as the settings say.
    async fn connect(&self) -> Result<AsyncSmtpConnection, SendError> {
        let tls = || {
            TlsParameters::new(self.host.clone())
                .map_err(|_| SendError::Misconfigured("the mail server's name cannot be used for TLS".to_owned()))
        };
        let wrapper = if self.security == Security::Tls { Some(tls()?) } else { None };
        let server = (self.host.as_str(), self.port);
        let mut connection =
            AsyncSmtpConnection::connect_tokio1(server, Some(self.deadline), &self.hello, wrapper, None)
                .await
                .map_err(|error| failure(Step::Connect, &error))?;
        if self.security == Security::StartTls {
            connection.starttls(tls()?, &self.hello).await.map_err(|error| failure(Step::StartTls, &error))?;
        }
        if let Some(credentials) = &self.credentials {
            connection.auth(DEFAULT_MECHANISMS, credentials).await.map_err(|error| failure(Step::SignIn, &error))?;
        }
        Ok(connection)
    }
}

impl fmt::Debug for Smtp {
    /// Never user or password.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Smtp({}:{}, {:?})", self.host, self.port, self.security)
    }
}

/// Envelope and content, step by step.
async fn hand_over(connection: &mut AsyncSmtpConnection, mail: &lettre::Message) -> Result<(), SendError> {
    let envelope = mail.envelope();
    let content = mail.formatted();
    let mut parameters = Vec::new();
    if !content.is_ascii() {
        // Only an address can be beyond ASCII: everything else is encoded.
        if !connection.server_info().supports_feature(Extension::SmtpUtfEight) {
            return Err(SendError::Refused("the mail server takes no address beyond ASCII (SMTPUTF8)".to_owned()));
        }
        parameters.push(MailParameter::SmtpUtfEight);
        parameters.push(MailParameter::Body(MailBodyParameter::EightBitMime));
    }
    let from = Mail::new(envelope.from().cloned(), parameters);
    connection.command(from).await.map_err(|error| failure(Step::From, &error))?;
    for address in envelope.to() {
        let to = Rcpt::new(address.clone(), vec![]);
        connection.command(to).await.map_err(|error| failure(Step::To, &error))?;
    }
    connection.command(Data).await.map_err(|error| failure(Step::Content, &error))?;
    connection.message(&content).await.map_err(|error| failure(Step::Content, &error))?;
    Ok(())
}

/// What was being done when a server said no.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Step {
    Connect,
    StartTls,
    SignIn,
    From,
    To,
    Content,
}

impl Step {
    fn words(self) -> &'static str {
        match self {
            Self::Connect => "connecting to the mail server",
            Self::StartTls => "encrypting the connection to the mail server",
            Self::SignIn => "signing in to the mail server",
            Self::From => "naming the sender to the mail server",
            Self::To => "naming the recipient to the mail server",
            Self::Content => "giving the message to the mail server",
        }
    }
}

/// What a failed step means. A server's own words often repeat the recipient's address, so only its codes are kept.
fn failure(step: Step, error: &lettre::transport::smtp::Error) -> SendError {
    let reply = error.source().map(ToString::to_string).unwrap_or_default();
    let enhanced = error.status().and_then(|_| enhanced_status(&reply)).unwrap_or_default();
    let what = match error.status() {
        Some(code) => format!("{}: answered {code} {enhanced}", step.words()).trim_end().to_owned(),
        None if error.is_tls() => format!("{}: TLS failed", step.words()),
        None if error.is_client() => format!("{}: it does not offer what the settings ask for", step.words()),
        None if error.is_response() => format!("{}: it broke off or does not speak SMTP", step.words()),
        None => format!("{}: no connection", step.words()),
    };
    // 5.7: security and policy (RFC 3463), such as a relay that wants a password; 530: the same without that code.
    let policy = enhanced.starts_with("5.7.") || error.status().is_some_and(|code| u16::from(code) == 530);
    let about_this_mail = matches!(step, Step::To | Step::Content);
    if error.is_permanent() && about_this_mail && !policy {
        SendError::Refused(what)
    } else if error.is_permanent() || error.is_tls() || error.is_client() {
        SendError::Misconfigured(what)
    } else {
        SendError::Passing(what)
    }
}

/// The enhanced status code that a reply begins with: `5.1.1` (RFC 2034).
fn enhanced_status(reply: &str) -> Option<&str> {
    let first = reply.split_whitespace().next()?;
    let parts: Vec<&str> = first.split('.').collect();
    let number = |part: &&str| (1..=3).contains(&part.len()) && part.bytes().all(|byte| byte.is_ascii_digit());
    (parts.len() == 3 && parts.iter().all(number)).then_some(first)
}

fn is_loopback(host: &Host<String>) -> bool {
    match host {
        Host::Domain(name) => name == "localhost",
        Host::Ipv4(ip) => ip.is_loopback(),
        Host::Ipv6(ip) => ip.is_loopback(),
    }
}

fn credentials(url: &Url) -> Result<Option<Credentials>, InvalidMailUrl> {
    let decoded = |text: &str| {
        percent_decode_str(text).decode_utf8().map(|text| text.into_owned()).map_err(|_| InvalidMailUrl::Credentials)
    };
    match (url.username(), url.password()) {
        ("", None) => Ok(None),
        (user, Some(password)) if !user.is_empty() && !password.is_empty() => {
            Ok(Some(Credentials::new(decoded(user)?, decoded(password)?)))
        }
        _ => Err(InvalidMailUrl::Credentials),
    }
}
