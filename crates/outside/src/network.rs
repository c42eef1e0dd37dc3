//! What all questions of a store share: the clock, and the HTTP clients with their connections.

use crate::address::Address;
use commerce::moment::Moment;
use reqwest::{Client, redirect};
use rustls::{ClientConfig, RootCertStore};
use std::fmt;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

/// How long a connection is kept that nobody uses, in milliseconds.
const IDLE_MS_MAX: u64 = 30_000;
/// Most connections to one address that are kept while nobody uses them.
const IDLE_CONNECTIONS_MAX: usize = 16;

/// Tells the time: the store's, so that a test can hold it still.
pub type Clock = Arc<dyn Fn() -> Moment + Send + Sync>;

/// The way out of a store. Made once and kept for the store's life; clones share everything.
///
/// Making one costs nothing: the HTTP clients come into being with the first question.
#[derive(Clone)]
pub struct Network {
    shared: Arc<Shared>,
}

struct Shared {
    clock: Clock,
    /// For this machine.
    near: OnceLock<Result<Client, String>>,
    /// For everything else.
    far: OnceLock<Result<Client, String>>,
}

impl Network {
    /// A way out with the store's clock.
    pub fn new(clock: Clock) -> Self {
        Self { shared: Arc::new(Shared { clock, near: OnceLock::new(), far: OnceLock::new() }) }
    }

    pub(crate) fn now(&self) -> Moment {
        (self.shared.clock)()
    }

    /// The client for an address; why there is none, in words, where it could not be made.
    pub(crate) fn client(&self, address: &Address) -> Result<&Client, &str> {
        let client = if address.is_loopback() {
            // A proxy that the environment names would be handed what is not encrypted.
            self.shared.near.get_or_init(|| client(Proxies::None, built_in_roots()))
        } else {
            self.shared.far.get_or_init(|| client(Proxies::OfTheEnvironment, built_in_roots()))
        };
        client.as_ref().map_err(String::as_str)
    }
}

impl fmt::Debug for Network {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Network")
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Proxies {
    None,
    OfTheEnvironment,
}

/// The certificate authorities that are built into the program: reading those of the machine takes 10 ms, and small images and
/// functions have none.
fn built_in_roots() -> RootCertStore {
    RootCertStore { roots: webpki_roots::TLS_SERVER_ROOTS.to_vec() }
}

/// A client that follows no redirect. It has no deadline of its own: each question brings one.
fn client(proxies: Proxies, roots: RootCertStore) -> Result<Client, String> {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let tls = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(|error| error.to_string())?
        .with_root_certificates(roots)
        .with_no_client_auth();
    let builder = Client::builder()
        .tls_backend_preconfigured(tls)
        .user_agent(concat!("tradewind/", env!("CARGO_PKG_VERSION")))
        .redirect(redirect::Policy::none())
        .http1_only()
        .pool_idle_timeout(Duration::from_millis(IDLE_MS_MAX))
        .pool_max_idle_per_host(IDLE_CONNECTIONS_MAX);
    let builder = if proxies == Proxies::None { builder.no_proxy() } else { builder };
    builder.build().map_err(|error| error.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;
    use rustls::ServerConfig;
    use rustls::pki_types::PrivateKeyDer;
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    use tokio::net::TcpListener;
    use tokio_rustls::TlsAcceptor;

    #[tokio::test]
    async fn a_server_that_is_vouched_for_is_asked_over_tls() {
        let made = rcgen::generate_simple_self_signed(vec!["localhost".to_owned()]).unwrap();
        let key = PrivateKeyDer::try_from(made.signing_key.serialize_der()).unwrap();
        let tls = ServerConfig::builder_with_provider(rustls::crypto::ring::default_provider().into())
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_no_client_auth()
            .with_single_cert(vec![made.cert.der().clone()], key)
            .unwrap();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let server = tokio::spawn(async move {
            let (stream, _) = listener.accept().await.unwrap();
            let mut stream = TlsAcceptor::from(Arc::new(tls)).accept(stream).await.unwrap();
            // The question has no body, and its header comes in one piece.
            let read = stream.read(&mut [0; 4096]).await.unwrap();
            stream.write_all(b"HTTP/1.1 204 No Content\r\n\r\n").await.unwrap();
            read
        });
        let mut roots = RootCertStore::empty();
        roots.add(made.cert.der().clone()).unwrap();
        let client = client(Proxies::None, roots).unwrap();
        let response = client.get(format!("https://localhost:{port}/")).send().await.unwrap();
        assert_eq!(response.status(), 204);
        assert!(0 < server.await.unwrap());
        assert!(100 < built_in_roots().len(), "the public authorities are there");
    }
}
