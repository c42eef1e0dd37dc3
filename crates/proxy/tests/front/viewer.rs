//! A viewer: requests in HTTP/1.1, and raw bytes for what no client would send.

use crate::origin::WAIT_MAX;
use bytes::Bytes;
use http::{HeaderMap, Method, Request, Response};
use http_body_util::{BodyExt, Full};
use hyper::body::Incoming;
use hyper_util::rt::TokioIo;
use std::net::SocketAddr;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

/// An answer with its whole body.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) headers: HeaderMap,
    pub(crate) body: String,
}

impl Answer {
    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().unwrap())
    }
}

/// The body broke off; with what came before.
#[derive(Debug)]
pub(crate) struct CutOff(pub(crate) String);

/// Asks for an address.
pub(crate) async fn get(edge: SocketAddr, path: &str) -> Answer {
    ask(edge, Method::GET, path, &[], "").await
}

pub(crate) async fn ask(edge: SocketAddr, method: Method, path: &str, headers: &[(&str, &str)], body: &str) -> Answer {
    whole(begin(edge, method, path, headers, body).await).await.expect("the body is whole")
}

/// Asks, and gives the answer when its head is there.
pub(crate) async fn begin(
    edge: SocketAddr,
    method: Method,
    path: &str,
    headers: &[(&str, &str)],
    body: &str,
) -> Response<Incoming> {
    let stream = TcpStream::connect(edge).await.unwrap();
    let (mut sender, connection) = hyper::client::conn::http1::handshake(TokioIo::new(stream)).await.unwrap();
    tokio::spawn(connection);
    let mut request = Request::builder().method(method).uri(path);
    if !headers.iter().any(|(name, _)| *name == "host") {
        request = request.header("host", "shop.example");
    }
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    let request = request.body(Full::new(Bytes::from(body.to_owned()))).unwrap();
    tokio::time::timeout(WAIT_MAX, sender.send_request(request)).await.expect("an answer comes").unwrap()
}

/// Reads the rest of an answer.
pub(crate) async fn whole(response: Response<Incoming>) -> Result<Answer, CutOff> {
    let (head, mut body) = response.into_parts();
    let mut read = Vec::new();
    while let Some(frame) = tokio::time::timeout(WAIT_MAX, body.frame()).await.expect("the body goes on") {
        match frame {
            Ok(frame) => read.extend_from_slice(frame.data_ref().unwrap()),
            Err(_) => return Err(CutOff(String::from_utf8_lossy(&read).into_owned())),
        }
    }
    Ok(Answer {
        status: head.status.as_u16(),
        headers: head.headers,
        body: String::from_utf8_lossy(&read).into_owned(),
    })
}

/// Sends bytes as they are, and reads what comes until the edge hangs up.
pub(crate) async fn raw(edge: SocketAddr, bytes: &[u8]) -> String {
    let mut stream = TcpStream::connect(edge).await.unwrap();
    // The edge may hang up before it has read everything.
    let _ = stream.write_all(bytes).await;
    let mut said = Vec::new();
    let _ = tokio::time::timeout(WAIT_MAX, stream.read_to_end(&mut said)).await.expect("the edge hangs up");
    String::from_utf8_lossy(&said).into_owned()
}
