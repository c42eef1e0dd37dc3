//! A small browser without script: one connection, its cookies, forms and redirects. HTTP/1.1 on this machine only.

use anyhow::{Context, bail, ensure};
use std::fmt::Write;
use std::net::SocketAddr;
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

/// Longest answer that is read, in bytes.
const ANSWER_BYTES_MAX: usize = 4 << 20;
/// How long an answer may take, in milliseconds.
const ANSWER_WAIT_MS_MAX: u64 = 30_000;
/// Bytes that are read at a time.
const READ_BYTES: usize = 32 * 1_024;

/// What came back.
#[derive(Clone, Debug, Default)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    /// Names in lower case.
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: Vec<u8>,
}

impl Answer {
    /// The first header of that name.
    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers.iter().find(|(known, _)| known == name).map_or("", |(_, value)| value)
    }

    /// Where a redirect leads, as a path of the same host.
    pub(crate) fn leads_to(&self) -> Option<&str> {
        let location = Some(self.header("location"))
            .filter(|location| (300..400).contains(&self.status) && !location.is_empty())?;
        match location.split_once("://") {
            Some((_, rest)) => rest.find('/').map(|slash| &rest[slash..]),
            None => Some(location),
        }
    }

    /// The page.
    pub(crate) fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    /// The answer, if its status is that one.
    pub(crate) fn expect_status(self, status: u16, what: &str) -> anyhow::Result<Self> {
        ensure!(self.status == status, "{what}: {} instead of {status}: {}", self.status, start_of(&self.text()));
        Ok(self)
    }
}

fn start_of(text: &str) -> String {
    let words: Vec<&str> = text.split("<main").last().unwrap_or_default().split_whitespace().collect();
    words.join(" ").chars().take(300).collect()
}

/// A browser on one host.
#[derive(Debug)]
pub(crate) struct Browser {
    address: SocketAddr,
    stream: Option<TcpStream>,
    cookies: Vec<(String, String)>,
    buffer: Vec<u8>,
}

impl Browser {
    /// Not connected yet.
    pub(crate) fn new(address: SocketAddr) -> Self {
        Self { address, stream: None, cookies: Vec::new(), buffer: Vec::new() }
    }

    /// Another window with the same cookies, on this or another process of the shop.
    pub(crate) fn another(&self, address: SocketAddr) -> Self {
        Self { cookies: self.cookies.clone(), ..Self::new(address) }
    }

    /// Somebody else sits down: the connection stays, the cookies go.
    pub(crate) fn forget(&mut self) {
        self.cookies.clear();
    }

    /// Connects, so that the next request need not.
    pub(crate) async fn connect(&mut self) -> anyhow::Result<&mut TcpStream> {
        if self.stream.is_none() {
            let stream =
                TcpStream::connect(self.address).await.with_context(|| format!("connect to {}", self.address))?;
            stream.set_nodelay(true)?;
            self.stream = Some(stream);
        }
        self.stream.as_mut().context("just connected")
    }

    /// Asks for a page.
    pub(crate) async fn get(&mut self, path: &str) -> anyhow::Result<Answer> {
        self.send("GET", path, None).await
    }

    /// Sends a form.
    pub(crate) async fn post(&mut self, path: &str, fields: &[(&str, &str)]) -> anyhow::Result<Answer> {
        let mut body = String::new();
        for (name, value) in fields {
            let and = if body.is_empty() { "" } else { "&" };
            write!(body, "{and}{name}={}", encode(value))?;
        }
        self.send("POST", path, Some(&body)).await
    }

    async fn send(&mut self, method: &str, path: &str, body: Option<&str>) -> anyhow::Result<Answer> {
        let origin = format!("localhost:{}", self.address.port());
        let mut request = format!("{method} {path} HTTP/1.1\r\nHost: {origin}\r\n");
        if !self.cookies.is_empty() {
            let cookies: Vec<String> = self.cookies.iter().map(|(name, value)| format!("{name}={value}")).collect();
            write!(request, "Cookie: {}\r\n", cookies.join("; "))?;
        }
        if let Some(body) = body {
            write!(
                request,
                "Origin: http://{origin}\r\nReferer: http://{origin}/\r\nSec-Fetch-Site: same-origin\r\n\
                 Content-Type: application/x-www-form-urlencoded\r\nContent-Length: {}\r\n",
                body.len()
            )?;
        }
        write!(request, "\r\n{}", body.unwrap_or_default())?;
        let exchange = self.exchange(request.as_bytes());
        let answer = match tokio::time::timeout(Duration::from_millis(ANSWER_WAIT_MS_MAX), exchange).await {
            Ok(answer) => answer.with_context(|| format!("{method} {path}"))?,
            Err(_) => bail!("{method} {path}: no answer after {ANSWER_WAIT_MS_MAX} ms"),
        };
        self.keep_cookies(&answer);
        if answer.header("connection").eq_ignore_ascii_case("close") {
            self.stream = None;
        }
        Ok(answer)
    }

    async fn exchange(&mut self, request: &[u8]) -> anyhow::Result<Answer> {
        let mut buffer = std::mem::take(&mut self.buffer);
        buffer.clear();
        let stream = self.connect().await?;
        stream.write_all(request).await?;
        let mut head_end = None;
        loop {
            if head_end.is_none() {
                head_end = buffer.windows(4).position(|window| window == b"\r\n\r\n").map(|at| at + 4);
            }
            if let Some(end) = head_end {
                let mut answer = parse_head(&buffer[..end])?;
                let length: usize = answer.header("content-length").parse().context("an answer without its length")?;
                ensure!(length <= ANSWER_BYTES_MAX, "an answer of {length} bytes");
                while buffer.len() < end + length {
                    read_more(stream, &mut buffer).await?;
                }
                answer.body = buffer[end..end + length].to_vec();
                self.buffer = buffer;
                return Ok(answer);
            }
            ensure!(buffer.len() <= ANSWER_BYTES_MAX, "headers without end");
            read_more(stream, &mut buffer).await?;
        }
    }

    fn keep_cookies(&mut self, answer: &Answer) {
        for (_, cookie) in answer.headers.iter().filter(|(name, _)| name == "set-cookie") {
            let Some((name, value)) = cookie.split(';').next().and_then(|pair| pair.split_once('=')) else { continue };
            self.cookies.retain(|(known, _)| known != name);
            if !value.is_empty() {
                self.cookies.push((name.to_owned(), value.to_owned()));
            }
        }
    }

    /// A cookie's value.
    pub(crate) fn cookie(&self, name: &str) -> Option<&str> {
        self.cookies.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }
}

async fn read_more(stream: &mut TcpStream, buffer: &mut Vec<u8>) -> anyhow::Result<()> {
    buffer.reserve(READ_BYTES);
    ensure!(stream.read_buf(buffer).await? > 0, "the connection ended before the answer");
    Ok(())
}

fn parse_head(head: &[u8]) -> anyhow::Result<Answer> {
    let head = std::str::from_utf8(head).context("headers that are not text")?;
    let mut lines = head.split("\r\n");
    let status = lines.next().unwrap_or_default().split(' ').nth(1).unwrap_or_default();
    let status = status.parse().with_context(|| format!("{status:?} is no status"))?;
    let header =
        |line: &str| line.split_once(':').map(|(name, value)| (name.to_ascii_lowercase(), value.trim().to_owned()));
    Ok(Answer { status, headers: lines.filter_map(header).collect(), body: Vec::new() })
}

/// A form's value.
pub(crate) fn encode(value: &str) -> String {
    let mut out = String::with_capacity(value.len());
    for byte in value.bytes() {
        if byte.is_ascii_alphanumeric() || b"-_.".contains(&byte) {
            out.push(char::from(byte));
        } else {
            let _ = write!(out, "%{byte:02X}");
        }
    }
    out
}

/// The value of a hidden field, in the form that begins after `from`.
pub(crate) fn hidden_field(page: &str, from: &str, name: &str) -> anyhow::Result<String> {
    let form =
        page.find(from).map(|at| &page[at..]).with_context(|| format!("no {from} on the page: {}", start_of(page)))?;
    let marker = format!("name=\"{name}\" value=\"");
    let value = form.find(&marker).map(|at| &form[at + marker.len()..]);
    let value = value.and_then(|rest| rest.split('"').next()).with_context(|| format!("no field {name}"))?;
    Ok(value.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn redirects_lead_to_paths_of_the_same_host() {
        for (case, location, want) in [
            ("a path", "/basket", Some("/basket")),
            ("an address", "http://localhost:9/pay/1?x=2", Some("/pay/1?x=2")),
            ("nothing", "", None),
        ] {
            let headers = vec![("location".to_owned(), location.to_owned())];
            let answer = Answer { status: 303, headers, body: Vec::new() };
            assert_eq!(answer.leads_to(), want, "{case}");
        }
    }

    #[test]
    fn a_field_is_looked_for_in_its_own_form() {
        let page = r#"<input name="token" value="a"><form action="/pay"><input name="token" value="b">"#;
        assert_eq!(hidden_field(page, "/pay", "token").unwrap(), "b");
        assert!(hidden_field(page, "/pay", "amount").is_err());
        assert!(hidden_field(page, "/other", "token").is_err());
    }

    #[test]
    fn what_a_form_cannot_hold_is_escaped() {
        assert_eq!(encode("a b&c=ü"), "a%20b%26c%3D%C3%BC");
    }
}
