//! TLS, with HTTP/2 and HTTP/1.1; starting and stopping.

use crate::viewer::{begin, get, whole};
use crate::world::World;
use bytes::Bytes;
use http::{Method, Request, Version};
use http_body_util::{BodyExt, Empty};
use hyper_util::rt::{TokioExecutor, TokioIo};
use proxy::Certificate;
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::{ClientConfig, RootCertStore};
use std::net::SocketAddr;
use std::sync::Arc;
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;

async fn connect(edge: SocketAddr, certificate: &Certificate, protocol: &[u8]) -> TlsStream<TcpStream> {
    let mut roots = RootCertStore::empty();
    roots.add(CertificateDer::from(certificate.der().unwrap().to_vec())).unwrap();
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let versions = ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions().unwrap();
    let mut config = versions.with_root_certificates(roots).with_no_client_auth();
    config.alpn_protocols = vec![protocol.to_vec()];
    let stream = TcpStream::connect(edge).await.unwrap();
    let name = ServerName::try_from("shop.example").unwrap();
    TlsConnector::from(Arc::new(config)).connect(name, stream).await.unwrap()
}

fn request(version: Version) -> Request<Empty<Bytes>> {
    let request = Request::get(if version == Version::HTTP_2 { "https://shop.example/tea" } else { "/tea" });
    let request = if version == Version::HTTP_2 { request } else { request.header("host", "shop.example") };
    request.version(version).body(Empty::new()).unwrap()
}

#[tokio::test]
async fn both_protocols_come_over_tls() {
    let certificate = Certificate::self_signed(vec!["shop.example".into()]).unwrap();
    let mut world = World::with(
        |it| it.host_names = vec!["shop.example".into()],
        |options| options.certificate = Some(certificate.clone()),
    )
    .await;
    let edge = world.address();

    let stream = connect(edge, &certificate, b"h2").await;
    assert_eq!(stream.get_ref().1.alpn_protocol(), Some(&b"h2"[..]));
    let (mut sender, connection) =
        hyper::client::conn::http2::handshake(TokioExecutor::new(), TokioIo::new(stream)).await.unwrap();
    tokio::spawn(connection);
    let answering =
        async { world.origin.next().await.answer(200, "cache-control: s-maxage=300\nkeep-alive: 5", "tea").await };
    let (response, ()) = tokio::join!(sender.send_request(request(Version::HTTP_2)), answering);
    let response = response.unwrap();
    assert_eq!(response.version(), Version::HTTP_2);
    assert_eq!(response.into_body().collect().await.unwrap().to_bytes(), "tea");
    world.kept(1).await;

    let many = (0..50).map(|_| sender.send_request(request(Version::HTTP_2)));
    let many: Vec<_> = many.map(tokio::spawn).collect();
    for response in many {
        assert_eq!(response.await.unwrap().unwrap().headers()["cache-status"], "tradewind; hit; ttl=300");
    }

    let stream = connect(edge, &certificate, b"http/1.1").await;
    let (mut sender, connection) = hyper::client::conn::http1::handshake(TokioIo::new(stream)).await.unwrap();
    tokio::spawn(connection);
    let response = sender.send_request(request(Version::HTTP_11)).await.unwrap();
    assert_eq!(response.headers()["cache-status"], "tradewind; hit; ttl=300");
    world.rests();
}

#[tokio::test]
async fn a_stop_waits_for_answers_on_their_way() {
    let mut world = World::start().await;
    let edge = world.address();
    let asking = tokio::spawn(begin(edge, Method::GET, "/tea", &[], ""));
    let mut asked = world.origin.next().await;
    asked.send("HTTP/1.1 200 X\r\ncontent-length: 6\r\n\r\nabc").await;
    let response = asking.await.unwrap();
    let World { edge: running, .. } = world;
    let stopping = tokio::spawn(running.stop());
    asked.raw("def").await;
    assert_eq!(whole(response).await.unwrap().body, "abcdef");
    stopping.await.unwrap();
    assert!(TcpStream::connect(edge).await.is_err(), "nobody is let in any more");
}

#[tokio::test]
async fn many_run_in_one_process() {
    let mut worlds = Vec::new();
    for number in 0..5 {
        let mut world = World::start().await;
        world.fetch("/tea", "cache-control: s-maxage=300", &number.to_string()).await;
        world.kept(1).await;
        worlds.push(world);
    }
    for (number, world) in worlds.iter().enumerate() {
        assert_eq!(get(world.address(), "/tea").await.body, number.to_string());
    }
}
