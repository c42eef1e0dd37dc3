//! An S3 bucket, or one of a server that speaks its protocol, as an object store.
//!
//! Knows nothing of shops, snapshots or settings files: a bucket's name and the environment come in, an object store
//! comes out. It is a crate of its own because of what it brings (HTTP/2, XML, signatures: about 4 MB of a program);
//! a store that lies in a folder is built without it. Start at [`open`].

use object_store::aws::{AmazonS3, AmazonS3Builder, AmazonS3ConfigKey, S3ConditionalPut};
use object_store::client::{HttpClient, HttpConnector};
use object_store::path::Path;
use object_store::signer::{Method, Signer};
use object_store::{BackoffConfig, ClientConfigKey, ClientOptions, ObjectStore, RetryConfig};
use rustls::{ClientConfig, RootCertStore};
use std::sync::Arc;
use std::time::Duration;

/// How long a connection may take to be made, in milliseconds. Short: a page may be waiting for a look at the store.
const CONNECT_WAIT_MS_MAX: u64 = 2_000;
/// How long a request may take with its whole body, in milliseconds: 100 MB at 2 MB a second.
const REQUEST_WAIT_MS_MAX: u64 = 60_000;
/// How often a request is tried again that failed by no fault of its own.
const RETRIES_MAX: usize = 3;
/// After so many milliseconds nothing is tried again.
const RETRY_WAIT_MS_MAX: u64 = 20_000;
/// The first pause before trying again, and the longest, in milliseconds.
const BACKOFF_MS: [u64; 2] = [100, 2_000];

/// Where servers that speak the protocol of S3 are named.
const ENDPOINT: &str = "AWS_ENDPOINT_URL";
/// The same for S3 alone, which counts more.
const S3_ENDPOINT: &str = "AWS_ENDPOINT_URL_S3";
/// "true" where a server is reached over a network of one's own, without TLS.
const ALLOW_HTTP: &str = "AWS_ALLOW_HTTP";
const REGION: [&str; 2] = ["AWS_REGION", "AWS_DEFAULT_REGION"];
const KEY_ID: &str = "AWS_ACCESS_KEY_ID";
const SECRET: &str = "AWS_SECRET_ACCESS_KEY";

/// What is read from the environment, by the names that AWS's own tools have. Nothing else is: a variable that
/// switches signatures or conditional puts off would cost the catalogue.
const VARIABLES: [(&str, AmazonS3ConfigKey); 15] = [
    (REGION[0], AmazonS3ConfigKey::Region),
    (REGION[1], AmazonS3ConfigKey::DefaultRegion),
    (KEY_ID, AmazonS3ConfigKey::AccessKeyId),
    (SECRET, AmazonS3ConfigKey::SecretAccessKey),
    ("AWS_SESSION_TOKEN", AmazonS3ConfigKey::Token),
    (ENDPOINT, AmazonS3ConfigKey::Endpoint),
    (S3_ENDPOINT, AmazonS3ConfigKey::S3Endpoint),
    ("AWS_VIRTUAL_HOSTED_STYLE_REQUEST", AmazonS3ConfigKey::VirtualHostedStyleRequest),
    ("AWS_CONTAINER_CREDENTIALS_RELATIVE_URI", AmazonS3ConfigKey::ContainerCredentialsRelativeUri),
    ("AWS_CONTAINER_CREDENTIALS_FULL_URI", AmazonS3ConfigKey::ContainerCredentialsFullUri),
    ("AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE", AmazonS3ConfigKey::ContainerAuthorizationTokenFile),
    ("AWS_WEB_IDENTITY_TOKEN_FILE", AmazonS3ConfigKey::WebIdentityTokenFile),
    ("AWS_ROLE_ARN", AmazonS3ConfigKey::RoleArn),
    ("AWS_ROLE_SESSION_NAME", AmazonS3ConfigKey::RoleSessionName),
    ("AWS_ENDPOINT_URL_STS", AmazonS3ConfigKey::StsEndpoint),
];

/// Why a bucket cannot be used. Nothing has been sent yet.
#[derive(Debug, thiserror::Error)]
pub enum S3Error {
    /// Every signature names a region.
    #[error("AWS_REGION is not set: name the bucket's region, such as eu-central-1")]
    NoRegion,
    /// A key's id without the key, or the other way round.
    #[error("{there} is set and {missing} is not: set both, or neither on a machine that has a role")]
    HalfAKey {
        /// The variable that is set.
        there: &'static str,
        /// The one that is not.
        missing: &'static str,
    },
    /// What goes to the server could be read on the way.
    #[error(
        "{0} begins with neither https:// nor the http:// of this machine; AWS_ALLOW_HTTP=true allows http:// in a \
         network of your own"
    )]
    Unprotected(&'static str),
    /// A variable has a value that cannot be used.
    #[error("the AWS_… variables cannot be used")]
    Unusable(#[from] object_store::Error),
}

/// The bucket of that name, with region, credentials and server from the environment as AWS's own tools take them;
/// without keys there, those of the container or the machine are asked for when the first request is made. Puts can be
/// conditional. Each request is bounded in time and tried again a few times.
pub fn open(bucket: &str, env: impl Fn(&str) -> Option<String>) -> Result<Arc<dyn ObjectStore>, S3Error> {
    Ok(Arc::new(client(bucket, env)?))
}

/// Makes addresses of a bucket's objects that are good for a while, for browsers, which have no credentials.
#[derive(Clone, Debug)]
pub struct Presigner(AmazonS3);

impl Presigner {
    /// The same bucket as [`open`] gives.
    pub fn open(bucket: &str, env: impl Fn(&str) -> Option<String>) -> Result<Self, S3Error> {
        client(bucket, env).map(Self)
    }

    /// An address at which the object can be read for so long. Nothing is sent, but for credentials of a role that are
    /// asked for again.
    pub async fn address(&self, key: &Path, good_for: Duration) -> Result<String, S3Error> {
        Ok(self.0.signed_url(Method::GET, key, good_for).await?.into())
    }
}

fn client(bucket: &str, env: impl Fn(&str) -> Option<String>) -> Result<AmazonS3, S3Error> {
    // An empty variable is one that was taken away.
    let env = |name: &str| env(name).filter(|value| !value.is_empty());
    let endpoint = [S3_ENDPOINT, ENDPOINT].into_iter().find_map(|name| Some((name, env(name)?)));
    if endpoint.is_none() && REGION.iter().all(|name| env(name).is_none()) {
        return Err(S3Error::NoRegion);
    }
    match (env(KEY_ID), env(SECRET)) {
        (Some(_), None) => return Err(S3Error::HalfAKey { there: KEY_ID, missing: SECRET }),
        (None, Some(_)) => return Err(S3Error::HalfAKey { there: SECRET, missing: KEY_ID }),
        _ => {}
    }
    let allow_http = match &endpoint {
        Some((_, url)) if url.starts_with("https://") => false,
        Some((_, url)) if is_loopback(url) => true,
        Some((_, url)) if url.starts_with("http://") && env(ALLOW_HTTP).as_deref() == Some("true") => true,
        Some((name, _)) => return Err(S3Error::Unprotected(name)),
        None => false,
    };
    // The client wants a TLS provider. A second install is refused, and does not matter.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let mut builder = AmazonS3Builder::new();
    for (name, key) in VARIABLES {
        if let Some(value) = env(name) {
            builder = builder.with_config(key, value);
        }
    }
    if endpoint.is_none() || allow_http {
        builder = builder.with_http_connector(BuiltInRoots);
    }
    let store = builder
        .with_bucket_name(bucket)
        .with_conditional_put(S3ConditionalPut::ETagMatch)
        .with_client_options(client_options(allow_http))
        .with_retry(retries())
        .build()?;
    Ok(store)
}

/// Clients that trust the certificate authorities that are built into the program. Amazon's servers need no others, and
/// reading the hundreds of certificates of the machine takes 10 ms of every start. Servers of somebody's own with TLS go on
/// being held against those of the machine: it may have an authority of its own.
#[derive(Debug)]
struct BuiltInRoots;

impl HttpConnector for BuiltInRoots {
    fn connect(&self, options: &ClientOptions) -> object_store::Result<HttpClient> {
        let roots = RootCertStore { roots: webpki_roots::TLS_SERVER_ROOTS.to_vec() };
        let tls = ClientConfig::builder().with_root_certificates(roots).with_no_client_auth();
        let allows_http = options.get_config_value(&ClientConfigKey::AllowHttp).is_some_and(|value| value == "true");
        let client = reqwest::Client::builder()
            .tls_backend_preconfigured(tls)
            .https_only(!allows_http)
            .http1_only()
            .connect_timeout(Duration::from_millis(CONNECT_WAIT_MS_MAX))
            .timeout(Duration::from_millis(REQUEST_WAIT_MS_MAX))
            .build();
        let failed = |source| object_store::Error::Generic { store: "S3", source: Box::new(source) };
        Ok(HttpClient::new(client.map_err(failed)?))
    }
}

fn client_options(allow_http: bool) -> ClientOptions {
    ClientOptions::new()
        .with_allow_http(allow_http)
        .with_connect_timeout(Duration::from_millis(CONNECT_WAIT_MS_MAX))
        .with_timeout(Duration::from_millis(REQUEST_WAIT_MS_MAX))
}

fn retries() -> RetryConfig {
    let [first, longest] = BACKOFF_MS.map(Duration::from_millis);
    RetryConfig {
        backoff: BackoffConfig { init_backoff: first, max_backoff: longest, ..BackoffConfig::default() },
        max_retries: RETRIES_MAX,
        retry_timeout: Duration::from_millis(RETRY_WAIT_MS_MAX),
    }
}

/// Whether a server is this machine, so that nobody reads along.
fn is_loopback(url: &str) -> bool {
    let Some(rest) = url.strip_prefix("http://") else { return false };
    let host = rest.split('/').next().unwrap_or_default();
    let host = host.rsplit_once(':').map_or(host, |(host, _)| host);
    host == "localhost" || host.trim_matches(['[', ']']).parse().is_ok_and(|ip: std::net::IpAddr| ip.is_loopback())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn opened(variables: &[(&str, &str)]) -> Result<String, String> {
        let found = |name: &str| variables.iter().find(|(key, _)| *key == name).map(|(_, value)| (*value).to_owned());
        open("goods", found).map(|store| format!("{store:?}")).map_err(|error| error.to_string())
    }

    const KEYS: [(&str, &str); 3] =
        [(KEY_ID, "AKIAEXAMPLE"), (SECRET, "hush-hush-hush"), ("AWS_SESSION_TOKEN", "psst-psst")];

    #[test]
    fn what_is_missing_is_told_by_its_name() {
        for (case, variables, want) in [
            ("nothing", &[][..], "AWS_REGION is not set"),
            ("an empty region", &[("AWS_REGION", "")], "AWS_REGION is not set"),
            ("an id alone", &[("AWS_REGION", "eu-west-1"), KEYS[0]], "AWS_SECRET_ACCESS_KEY is not"),
            ("a key alone", &[("AWS_REGION", "eu-west-1"), KEYS[1]], "AWS_ACCESS_KEY_ID is not"),
            ("a server without TLS", &[(ENDPOINT, "http://minio.example:9000")], "AWS_ENDPOINT_URL begins"),
            ("a name that is no more than alike", &[(ENDPOINT, "http://127.0.0.1.example")], "AWS_ENDPOINT_URL begins"),
            ("another scheme", &[(S3_ENDPOINT, "ftp://127.0.0.1"), (ALLOW_HTTP, "true")], "AWS_ENDPOINT_URL_S3 begins"),
        ] {
            let error = opened(variables).expect_err(case);
            assert!(error.contains(want), "{case}: {error}");
        }
    }

    #[test]
    fn servers_and_roles_need_no_more_than_they_say() {
        for (case, variables) in [
            ("a role", &[("AWS_REGION", "eu-west-1")][..]),
            ("keys", &[("AWS_DEFAULT_REGION", "eu-west-1"), KEYS[0], KEYS[1]]),
            ("a server of this machine", &[(ENDPOINT, "http://127.0.0.1:9000"), KEYS[0], KEYS[1]]),
            ("the same by name", &[(ENDPOINT, "http://localhost:9000/"), KEYS[0], KEYS[1]]),
            ("the same, version 6", &[(ENDPOINT, "http://[::1]:9000"), KEYS[0], KEYS[1]]),
            ("a server of one's own network", &[(ENDPOINT, "http://minio:9000"), (ALLOW_HTTP, "true")]),
            ("a server with TLS", &[(ENDPOINT, "https://minio.example")]),
        ] {
            assert!(opened(variables).is_ok(), "{case}");
        }
    }

    #[test]
    fn no_secret_is_printed() {
        let shown = opened(&[&[("AWS_REGION", "eu-west-1")][..], &KEYS].concat()).unwrap_or_else(|error| error);
        assert!(shown.contains("goods"), "{shown}");
        assert!(!shown.contains("hush") && !shown.contains("psst"), "{shown}");
    }
}
