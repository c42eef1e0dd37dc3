//! An origin whose every answer the test holds in its hand.

use std::collections::VecDeque;
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::mpsc;

/// How long a test waits for what must come.
pub(crate) const WAIT_MAX: Duration = Duration::from_secs(10);
/// How long a reader that reads nothing more is waited for.
const STUCK: Duration = Duration::from_millis(200);

/// An origin. Each connection carries one request.
pub(crate) struct Origin {
    pub(crate) address: String,
    asked: mpsc::UnboundedReceiver<Asked>,
    /// Requests that the test has seen.
    pub(crate) seen: u64,
}

/// A request that waits for its answer.
pub(crate) struct Asked {
    /// Its first line, as `GET /path`.
    pub(crate) line: String,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: Vec<u8>,
    stream: TcpStream,
}

impl Origin {
    pub(crate) async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = format!("http://{}", listener.local_addr().unwrap());
        let (tell, asked) = mpsc::unbounded_channel();
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let tell = tell.clone();
                tokio::spawn(async move {
                    if let Some(asked) = read(stream).await {
                        let _ = tell.send(asked);
                    }
                });
            }
        });
        Self { address, asked, seen: 0 }
    }

    /// The next request.
    pub(crate) async fn next(&mut self) -> Asked {
        self.seen += 1;
        tokio::time::timeout(WAIT_MAX, self.asked.recv()).await.expect("a request comes").expect("the origin runs")
    }
}

impl Asked {
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }

    /// Answers with a status, headers of a line each, and a body of which the length is said.
    pub(crate) async fn answer(self, status: u16, headers: &str, body: &str) {
        self.raw(&format!("HTTP/1.1 {status} X\r\n{}content-length: {}\r\n\r\n{body}", lines(headers), body.len()))
            .await;
    }

    /// Answers with these bytes and hangs up.
    pub(crate) async fn raw(mut self, text: &str) {
        self.send(text).await;
    }

    /// Sends some of an answer.
    pub(crate) async fn send(&mut self, text: &str) {
        self.stream.write_all(text.as_bytes()).await.unwrap();
    }

    /// Sends more, however long it takes. Gives whether anybody is there.
    pub(crate) async fn stuff(&mut self, chunk: &[u8]) -> bool {
        tokio::time::timeout(WAIT_MAX, self.stream.write(chunk)).await.expect("taken, or hung up on").is_ok()
    }

    /// Sends as much as somebody takes, and says how much that was.
    pub(crate) async fn send_until_stuck(&mut self, chunk: &[u8]) -> usize {
        let mut sent = 0;
        while let Ok(Ok(written)) = tokio::time::timeout(STUCK, self.stream.write(chunk)).await {
            sent += written;
        }
        sent
    }
}

/// Lines of headers, of `name: value` each, with the ends that HTTP wants.
fn lines(headers: &str) -> String {
    let mut text = "connection: close\r\n".to_owned();
    for line in headers.lines().map(str::trim).filter(|line| !line.is_empty()) {
        text.push_str(line);
        text.push_str("\r\n");
    }
    text
}

async fn read(mut stream: TcpStream) -> Option<Asked> {
    let mut bytes = Vec::new();
    let end = loop {
        if let Some(end) = bytes.windows(4).position(|four| four == b"\r\n\r\n") {
            break end;
        }
        if stream.read_buf(&mut bytes).await.ok()? == 0 {
            return None;
        }
    };
    let head = String::from_utf8(bytes[..end].to_vec()).unwrap();
    let mut body = bytes[end + 4..].to_vec();
    let mut lines: VecDeque<&str> = head.lines().collect();
    let line = lines.pop_front()?.trim_end_matches(" HTTP/1.1").to_owned();
    let headers: Vec<(String, String)> = lines
        .iter()
        .filter_map(|line| line.split_once(": "))
        .map(|(name, value)| (name.to_ascii_lowercase(), value.to_owned()))
        .collect();
    let said = |name: &str| headers.iter().find(|(known, _)| known == name).map(|(_, value)| value.clone());
    let length = said("content-length").map_or(0, |length| length.parse::<usize>().unwrap());
    let is_chunked = said("transfer-encoding").is_some();
    while body.len() < length || (is_chunked && !body.ends_with(b"0\r\n\r\n")) {
        if stream.read_buf(&mut body).await.ok()? == 0 {
            return None;
        }
    }
    Some(Asked { line, headers, body, stream })
}
