//! TLS towards viewers.

use rustls::ServerConfig;
use rustls::crypto::ring;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer};
use std::sync::Arc;
use tokio_rustls::TlsAcceptor;

/// Protocols that are offered, the first wanted most.
const PROTOCOLS: [&[u8]; 2] = [b"h2", b"http/1.1"];

/// A certificate with its key, ready for use.
#[derive(Clone)]
pub struct Certificate {
    config: Arc<ServerConfig>,
    /// The certificate itself, for who is to trust it.
    der: Option<Arc<[u8]>>,
}

/// A certificate that cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum TlsError {
    /// It could not be made.
    #[error("a certificate of our own could not be made")]
    Make(#[from] rcgen::Error),
    /// It or its key is none.
    #[error("the certificate cannot be used")]
    Use(#[from] rustls::Error),
}

impl Certificate {
    /// A certificate that nobody vouches for, made anew, for these hosts.
    pub fn self_signed(host_names: Vec<String>) -> Result<Self, TlsError> {
        let made = rcgen::generate_simple_self_signed(host_names)?;
        let der = made.cert.der().clone();
        let key = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(made.signing_key.serialize_der()));
        let mut certificate = Self::new(vec![der.clone()], key)?;
        certificate.der = Some(der.as_ref().into());
        Ok(certificate)
    }

    /// A certificate with those that vouch for it, and its key.
    pub fn new(chain: Vec<CertificateDer<'static>>, key: PrivateKeyDer<'static>) -> Result<Self, TlsError> {
        let versions = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()));
        let versions = versions.with_safe_default_protocol_versions()?;
        let mut config = versions.with_no_client_auth().with_single_cert(chain, key)?;
        config.alpn_protocols = PROTOCOLS.iter().map(|name| name.to_vec()).collect();
        Ok(Self { config: Arc::new(config), der: None })
    }

    /// The bytes of a self-signed certificate, for who is to trust it.
    pub fn der(&self) -> Option<&[u8]> {
        self.der.as_deref()
    }

    pub(crate) fn acceptor(&self) -> TlsAcceptor {
        TlsAcceptor::from(self.config.clone())
    }
}
