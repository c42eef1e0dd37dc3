//! HTTP/1.1 as a browser speaks it: kept connections, bounded answers, times.

use crate::kind::ErrorKind;
use crate::options::Options;
use bytes::Bytes;
use http::header::{CONTENT_ENCODING, HeaderMap};
use http::{Request, StatusCode};
use http_body_util::{BodyExt, Full};
use hyper::body::Incoming;
use hyper_rustls::{HttpsConnector, HttpsConnectorBuilder};
use hyper_util::client::legacy::Client as HyperClient;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::client::legacy::connect::dns::Name;
use hyper_util::rt::{TokioExecutor, TokioTimer};
use rustls::ClientConfig;
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::{CryptoProvider, ring, verify_tls12_signature, verify_tls13_signature};
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::{DigitallySignedStruct, SignatureScheme};
use std::collections::HashMap;
use std::error::Error;
use std::io::Read;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll};
use std::time::{Duration, Instant};

/// Connections to a host, as browsers keep them with HTTP/1.1.
pub(crate) const CONNECTIONS_MAX: usize = 6;
/// Longest page.
const PAGE_BYTES_MAX: u64 = 4 * 1_024 * 1_024;
/// Longest file of a sitemap: a little more than the 50 MB of sitemaps.org.
const SITEMAP_BYTES_MAX: u64 = 64 * 1_024 * 1_024;
/// Longest file. It is counted and thrown away.
const FILE_BYTES_MAX: u64 = 64 * 1_024 * 1_024;
/// Head of an answer.
const HEADERS_MAX: usize = 100;
const HEAD_BYTES_MAX: usize = 65_536;
/// Hosts whose addresses are remembered.
const NAMES_MAX: usize = 100;

type Connector = HttpsConnector<HttpConnector<Names>>;

/// Why there is no answer, or what is wrong with it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{}: {detail}", kind.words())]
pub(crate) struct Failure {
    pub(crate) kind: ErrorKind,
    pub(crate) detail: String,
}

impl Failure {
    pub(crate) fn new(kind: ErrorKind, detail: impl Into<String>) -> Self {
        Self { kind, detail: detail.into() }
    }
}

/// What every session connects with. Each has connections of its own.
#[derive(Clone)]
pub(crate) struct Wire {
    connector: Connector,
    timeout: Duration,
}

impl Wire {
    pub(crate) fn new(options: &Options) -> Result<Self, rustls::Error> {
        let mut http = HttpConnector::new_with_resolver(Names::default());
        http.enforce_http(false);
        http.set_nodelay(true);
        http.set_connect_timeout(Some(options.connect_timeout));
        let builder = HttpsConnectorBuilder::new();
        let provider = ring::default_provider();
        let builder = if options.insecure {
            let versions =
                ClientConfig::builder_with_provider(Arc::new(provider)).with_safe_default_protocol_versions()?;
            let anyone =
                versions.dangerous().with_custom_certificate_verifier(Arc::new(BelieveAll(ring::default_provider())));
            builder.with_tls_config(anyone.with_no_client_auth())
        } else {
            builder.with_provider_and_webpki_roots(provider)?
        };
        let connector = builder.https_or_http().enable_http1().wrap_connector(http);
        Ok(Self { connector, timeout: options.timeout })
    }

    /// A browser's connections: none yet.
    pub(crate) fn client(&self) -> Client {
        let inner = HyperClient::builder(TokioExecutor::new())
            .timer(TokioTimer::new())
            .pool_timer(TokioTimer::new())
            .pool_max_idle_per_host(CONNECTIONS_MAX)
            .http1_max_headers(HEADERS_MAX)
            .http1_max_buf_size(HEAD_BYTES_MAX)
            .build(self.connector.clone());
        Client { inner, timeout: self.timeout }
    }
}

/// The connections of one session.
pub(crate) struct Client {
    inner: HyperClient<Connector, Full<Bytes>>,
    timeout: Duration,
}

/// What is wanted of a body.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Want {
    /// The text of a page.
    Text,
    /// The text of a sitemap.
    Sitemap,
    /// Nothing but that it comes.
    Arrival,
}

impl Want {
    /// Longest body, as it comes and unpacked.
    fn bytes_max(self) -> u64 {
        match self {
            Self::Text => PAGE_BYTES_MAX,
            Self::Sitemap => SITEMAP_BYTES_MAX,
            Self::Arrival => FILE_BYTES_MAX,
        }
    }
}

/// A whole answer.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    /// Unpacked; empty where only its arrival was wanted.
    pub(crate) text: String,
    /// Bytes of the body as they came.
    pub(crate) bytes: u64,
    /// When the last of them came: unpacking is the generator's own time.
    pub(crate) came: Instant,
}

impl Client {
    /// Sends a request and takes the whole answer.
    pub(crate) async fn send(&self, request: Request<Full<Bytes>>, want: Want) -> Result<Answer, Failure> {
        let asking = async {
            let response = self.inner.request(request).await.map_err(|error| no_answer(&error))?;
            let (head, body) = response.into_parts();
            let (body, bytes) = read(body, want).await?;
            Ok((head, body, bytes))
        };
        let answered = tokio::time::timeout(self.timeout, asking).await;
        let late = || Failure::new(ErrorKind::Timeout, format!("not within {} ms", self.timeout.as_millis()));
        let (head, body, bytes) = answered.map_err(|_| late())??;
        let came = Instant::now();
        let text = unpack(&head.headers, &body, want)?;
        Ok(Answer { status: head.status, headers: head.headers, text, bytes, came })
    }
}

async fn read(mut body: Incoming, want: Want) -> Result<(Vec<u8>, u64), Failure> {
    let (mut kept, mut bytes) = (Vec::new(), 0_u64);
    while let Some(frame) = body.frame().await {
        let frame = frame.map_err(|error| broken(&error))?;
        let Some(data) = frame.data_ref() else { continue };
        bytes = bytes.saturating_add(u64::try_from(data.len()).unwrap_or(u64::MAX));
        if want.bytes_max() < bytes {
            return Err(too_large(want));
        }
        if want != Want::Arrival {
            kept.extend_from_slice(data);
        }
    }
    Ok((kept, bytes))
}

fn too_large(want: Want) -> Failure {
    Failure::new(ErrorKind::TooLarge, format!("more than {} MiB", want.bytes_max() / 1_024 / 1_024))
}

/// Text from what came. Broken characters are no error: browsers show them.
fn unpack(headers: &HeaderMap, body: &[u8], want: Want) -> Result<String, Failure> {
    let encoding = headers.get(CONTENT_ENCODING).map(|encoding| encoding.to_str().unwrap_or("?"));
    let packed: Box<dyn Read + '_> = match encoding.map(str::to_ascii_lowercase).as_deref() {
        _ if body.is_empty() => return Ok(String::new()),
        None | Some("identity" | "") => return Ok(String::from_utf8_lossy(body).into_owned()),
        Some("gzip") => Box::new(flate2::read::MultiGzDecoder::new(body)),
        Some("br") => Box::new(brotli::Decompressor::new(body, 4_096)),
        Some(other) => {
            return Err(Failure::new(ErrorKind::Protocol, format!("packed as {other}, which nobody asked for")));
        }
    };
    let mut bytes = Vec::new();
    let mut packed = packed.take(want.bytes_max() + 1);
    let unpacked = packed.read_to_end(&mut bytes);
    unpacked.map_err(|_| Failure::new(ErrorKind::Protocol, "the body cannot be unpacked"))?;
    if packed.limit() == 0 {
        return Err(too_large(want));
    }
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}

fn no_answer(error: &hyper_util::client::legacy::Error) -> Failure {
    if is_own_limit(error) {
        return Failure::new(ErrorKind::Generator, cause(error));
    }
    if error.is_connect() {
        let kind = if is_certificate(error) { ErrorKind::Certificate } else { ErrorKind::Connect };
        return Failure::new(kind, cause(error));
    }
    match error.source().and_then(|source| source.downcast_ref::<hyper::Error>()) {
        Some(error) => broken(error),
        None => Failure::new(ErrorKind::Reset, cause(error)),
    }
}

fn broken(error: &hyper::Error) -> Failure {
    let kind = match () {
        () if error.is_parse_too_large() => ErrorKind::TooLarge,
        () if error.is_parse() => ErrorKind::Protocol,
        () if error.is_timeout() => ErrorKind::Timeout,
        () => ErrorKind::Reset,
    };
    Failure::new(kind, cause(error))
}

/// Whether this machine had no file or port left for a connection (ENFILE, EMFILE, EADDRNOTAVAIL): the shop is not to
/// blame.
fn is_own_limit(error: &(dyn Error + 'static)) -> bool {
    let mut cause = Some(error);
    while let Some(error) = cause {
        if matches!(error.downcast_ref::<std::io::Error>().and_then(std::io::Error::raw_os_error), Some(23 | 24 | 99)) {
            return true;
        }
        cause = error.source();
    }
    false
}

/// Whether the other end's certificate was refused. TLS tells its errors within those of I/O, which hide them from
/// [`Error::source`].
fn is_certificate(error: &(dyn Error + 'static)) -> bool {
    let mut cause = Some(error);
    while let Some(error) = cause {
        if matches!(error.downcast_ref(), Some(rustls::Error::InvalidCertificate(_))) {
            return true;
        }
        let hidden = error.downcast_ref::<std::io::Error>().and_then(std::io::Error::get_ref);
        cause = hidden.map_or_else(|| error.source(), |hidden| Some(hidden));
    }
    false
}

/// The innermost cause: the outer ones say that a request failed.
fn cause(error: &dyn Error) -> String {
    let mut cause = error;
    while let Some(source) = cause.source() {
        cause = source;
    }
    cause.to_string()
}

/// Addresses of hosts, looked up once. A thousand shoppers ask a thousand resolvers; one machine that asked its own a
/// thousand times would measure that.
#[derive(Clone, Debug, Default)]
pub(crate) struct Names(Arc<Mutex<HashMap<String, Vec<SocketAddr>>>>);

impl Names {
    fn find(&self, name: &str) -> Option<Vec<SocketAddr>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).get(name).cloned()
    }

    fn keep(&self, name: String, addresses: &[SocketAddr]) {
        let mut names = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if names.len() < NAMES_MAX {
            names.insert(name, addresses.to_vec());
        }
    }
}

impl tower::Service<Name> for Names {
    type Response = std::vec::IntoIter<SocketAddr>;
    type Error = std::io::Error;
    type Future = Pin<Box<dyn Future<Output = Result<Self::Response, Self::Error>> + Send>>;

    fn poll_ready(&mut self, _context: &mut Context<'_>) -> Poll<Result<(), Self::Error>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, name: Name) -> Self::Future {
        let names = self.clone();
        Box::pin(async move {
            if let Some(addresses) = names.find(name.as_str()) {
                return Ok(addresses.into_iter());
            }
            let addresses: Vec<SocketAddr> = tokio::net::lookup_host((name.as_str(), 0)).await?.collect();
            names.keep(name.as_str().to_owned(), &addresses);
            Ok(addresses.into_iter())
        })
    }
}

/// Believes every certificate, as the owner of a shop on this machine asked for.
#[derive(Debug)]
struct BelieveAll(CryptoProvider);

impl ServerCertVerifier for BelieveAll {
    fn verify_server_cert(
        &self,
        _certificate: &CertificateDer<'_>,
        _chain: &[CertificateDer<'_>],
        _name: &ServerName<'_>,
        _ocsp: &[u8],
        _now: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        verify_tls12_signature(message, certificate, signed, &self.0.signature_verification_algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        verify_tls13_signature(message, certificate, signed, &self.0.signature_verification_algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.0.signature_verification_algorithms.supported_schemes()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use flate2::Compression;
    use flate2::write::GzEncoder;
    use http::HeaderValue;
    use std::io::Write;

    fn gzip(bytes: &[u8]) -> Vec<u8> {
        let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
        encoder.write_all(bytes).unwrap();
        encoder.finish().unwrap()
    }

    #[test]
    fn bodies_are_unpacked_within_bounds() {
        let mut br = Vec::new();
        brotli::BrotliCompress(&mut &b"hello"[..], &mut br, &brotli::enc::BrotliEncoderParams::default()).unwrap();
        let bomb = gzip(&vec![0; usize::try_from(PAGE_BYTES_MAX).unwrap() + 1]);
        for (case, encoding, body, want) in [
            ("plain", None, b"hello".to_vec(), Ok("hello")),
            ("gzip", Some("gzip"), gzip(b"hello"), Ok("hello")),
            ("brotli", Some("br"), br, Ok("hello")),
            ("nothing", Some("br"), Vec::new(), Ok("")),
            ("no gzip", Some("gzip"), b"hello".to_vec(), Err(ErrorKind::Protocol)),
            ("not asked for", Some("zstd"), b"hello".to_vec(), Err(ErrorKind::Protocol)),
            ("a bomb", Some("gzip"), bomb, Err(ErrorKind::TooLarge)),
        ] {
            let headers = encoding.map(|encoding| (CONTENT_ENCODING, HeaderValue::from_static(encoding)));
            let got = unpack(&headers.into_iter().collect(), &body, Want::Text);
            assert_eq!(got.as_deref().map_err(|failure| failure.kind), want, "{case}");
        }
        let headers = HeaderMap::from_iter([(CONTENT_ENCODING, HeaderValue::from_static("gzip"))]);
        let sitemap = unpack(&headers, &gzip(&vec![b' '; 5_000_000]), Want::Sitemap);
        assert_eq!(sitemap.map(|text| text.len()), Ok(5_000_000), "a sitemap may be longer than a page");
    }
}
