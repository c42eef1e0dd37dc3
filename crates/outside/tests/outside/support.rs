//! The small world of the tests: programs outside that answer as they are told, and a clock that is moved by hand.

use axum::body::{Body, Bytes};
use axum::extract::ConnectInfo;
use axum::http::{HeaderMap, Method, Uri, header};
use axum::response::Response;
use axum::{Router, routing::any};
use commerce::moment::Moment;
use outside::{Address, Clock, Deadline, Network, Outside, Secret};
use std::collections::BTreeSet;
use std::net::SocketAddr;
use std::sync::atomic::{AtomicI64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

pub(crate) const START: Moment = Moment::from_micros(1_790_000_000_000_000);
pub(crate) const SECRET: &str = "correct-horse-battery-staple";

/// A store's way out, and its clock.
pub(crate) struct Store {
    pub(crate) network: Network,
    time: Arc<AtomicI64>,
}

impl Store {
    pub(crate) fn new() -> Self {
        let time = Arc::new(AtomicI64::new(START.micros()));
        let clock: Clock = {
            let time = Arc::clone(&time);
            Arc::new(move || Moment::from_micros(time.load(Ordering::SeqCst)))
        };
        Self { network: Network::new(clock), time }
    }

    pub(crate) fn advance_ms(&self, ms: i64) {
        self.time.fetch_add(ms * 1_000, Ordering::SeqCst);
    }

    pub(crate) fn outside(&self, url: &str, deadline_ms: u64) -> Outside {
        let deadline = Deadline::from_ms(deadline_ms).unwrap();
        Outside::new(&self.network, address(url), Secret::parse(SECRET).unwrap(), deadline)
    }
}

pub(crate) fn address(url: &str) -> Address {
    Address::parse(url).unwrap()
}

/// What a program outside was sent.
#[derive(Clone, Debug)]
pub(crate) struct Asked {
    pub(crate) method: Method,
    pub(crate) uri: Uri,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
}

/// A program outside that notes what it is sent, and over how many connections.
pub(crate) struct Module {
    pub(crate) url: String,
    asked: Arc<Mutex<Vec<Asked>>>,
    peers: Arc<Mutex<BTreeSet<SocketAddr>>>,
}

impl Module {
    pub(crate) async fn start(answer: impl Fn(&Asked) -> Response + Clone + Send + Sync + 'static) -> Self {
        let (asked, peers) = (Arc::<Mutex<Vec<Asked>>>::default(), Arc::<Mutex<BTreeSet<SocketAddr>>>::default());
        let handler = {
            let (asked, peers) = (Arc::clone(&asked), Arc::clone(&peers));
            move |ConnectInfo(peer): ConnectInfo<SocketAddr>,
                  method: Method,
                  uri: Uri,
                  headers: HeaderMap,
                  body: Bytes| {
                let question = Asked { method, uri, headers, body };
                let response = answer(&question);
                peers.lock().unwrap().insert(peer);
                asked.lock().unwrap().push(question);
                async { response }
            }
        };
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}/tradewind", listener.local_addr().unwrap());
        let service = Router::new().fallback(any(handler)).into_make_service_with_connect_info::<SocketAddr>();
        tokio::spawn(async move { axum::serve(listener, service).await });
        Self { url, asked, peers }
    }

    pub(crate) fn asked(&self) -> Vec<Asked> {
        self.asked.lock().unwrap().clone()
    }

    pub(crate) fn connections(&self) -> usize {
        self.peers.lock().unwrap().len()
    }
}

pub(crate) fn json(body: impl Into<Body>) -> Response {
    Response::builder().header(header::CONTENT_TYPE, "application/json").body(body.into()).unwrap()
}

pub(crate) fn status(status: u16) -> Response {
    Response::builder().status(status).header(header::CONTENT_TYPE, "application/json").body("{}".into()).unwrap()
}

/// A program outside that is told what to do with each of its connections, by their number from 0 on.
pub(crate) async fn raw<F>(on_connection: impl Fn(usize, TcpStream) -> F + Send + 'static) -> (String, Arc<AtomicUsize>)
where
    F: Future<Output = ()> + Send + 'static,
{
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/tradewind", listener.local_addr().unwrap());
    let connections = Arc::new(AtomicUsize::new(0));
    let count = Arc::clone(&connections);
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            tokio::spawn(on_connection(count.fetch_add(1, Ordering::SeqCst), stream));
        }
    });
    (url, connections)
}

/// Reads until a question's header is over; its body is small and comes with it or is left.
pub(crate) async fn read_question(stream: &mut TcpStream) {
    let mut seen = Vec::new();
    let mut piece = [0_u8; 4096];
    while !seen.windows(4).any(|end| end == b"\r\n\r\n") {
        let read = stream.read(&mut piece).await.unwrap();
        if read == 0 {
            return;
        }
        seen.extend_from_slice(&piece[..read]);
    }
}

pub(crate) async fn write(stream: &mut TcpStream, text: &str) {
    stream.write_all(text.as_bytes()).await.unwrap();
}
