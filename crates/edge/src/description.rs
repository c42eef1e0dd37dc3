//! The edge's description: hosts, origins, policies and behaviours, as one JSON file holds them.
//!
//! It is what people write and what Terraform is made from, so it names things as CloudFront does. What runs is an
//! [`Edge`](crate::Edge), which [`Edge::new`](crate::Edge::new) makes of a description that keeps to the limits.

mod check;
mod front;
mod store;

pub use check::DescriptionError;
pub(crate) use check::check;
pub use store::StoreOrigins;

use crate::behaviour::TtlSeconds;
use crate::selection::Selection;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// The format that this release writes and reads.
pub const FORMAT: u32 = 1;
/// Behaviours of one edge (CloudFront's quota).
pub const BEHAVIOURS_MAX: usize = 75;
/// Origins of one edge (CloudFront's quota).
pub const ORIGINS_MAX: usize = 100;
/// Origin groups of one edge (CloudFront's quota).
pub const ORIGIN_GROUPS_MAX: usize = 10;
/// Names of one kind in one policy (CloudFront's limit).
pub const POLICY_NAMES_MAX: usize = 10;

/// Whose rules an edge follows.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Profile {
    /// CloudFront's, to the letter.
    #[default]
    CloudFront,
    /// RFC 9111, with `CDN-Cache-Control` (RFC 9213) and stale answers (RFC 5861).
    Rfc9111,
}

/// What becomes of a request for a host that the edge does not know.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum UnknownHost {
    /// 403, as CloudFront answers.
    #[default]
    Forbidden,
    /// 421, RFC 9110, 15.5.20.
    Misdirected,
}

/// A whole edge.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Description {
    /// [`FORMAT`].
    pub format: u32,
    /// Whose rules it follows.
    #[serde(default)]
    pub profile: Profile,
    /// Hosts that it answers for, in lower case, without a port; none means every host.
    #[serde(default)]
    pub host_names: Vec<String>,
    /// What others get.
    #[serde(default)]
    pub unknown_host: UnknownHost,
    /// Who is asked for what is not kept.
    pub origins: Vec<Origin>,
    /// Pairs of origins of which the second steps in for the first.
    #[serde(default)]
    pub origin_groups: Vec<OriginGroup>,
    /// What makes a key, and how long answers are kept.
    pub cache_policies: Vec<CachePolicy>,
    /// What origins hear beyond the key.
    #[serde(default)]
    pub origin_request_policies: Vec<OriginRequestPolicy>,
    /// What viewers hear beyond the answer.
    #[serde(default)]
    pub response_headers_policies: Vec<ResponseHeadersPolicy>,
    /// Path patterns in order, each with what holds under it; the last is `*`.
    pub behaviours: Vec<BehaviourDescription>,
    /// How long errors are kept, at least.
    #[serde(default)]
    pub error_caching: ErrorCaching,
    /// The header with an answer's tags, in lower case.
    #[serde(default = "default_tag_header")]
    pub tag_header: String,
}

fn default_tag_header() -> String {
    crate::TAG_HEADER.as_str().to_owned()
}

/// What kind of server an origin is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OriginKind {
    /// A Lambda function's own address.
    FunctionUrl,
    /// A bucket.
    ObjectStore,
    /// Any other HTTP server.
    Http,
}

/// How the edge proves itself to an origin of AWS.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AccessControl {
    /// Requests are signed, so one with a body is refused unless its client sent the body's SHA-256 in
    /// `x-amz-content-sha256`. A plain HTML form cannot.
    SignedRequests,
}

/// A server that is asked for what is not kept. Times have CloudFront's bounds and defaults.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Origin {
    /// Its name.
    pub name: String,
    /// What it is.
    pub kind: OriginKind,
    /// `http://` or `https://`, host, perhaps a port.
    pub address: String,
    /// How long one try of a connection may take, in seconds: 1 to 10.
    #[serde(default = "default_connect_seconds")]
    pub connect_seconds: u64,
    /// How often a connection is tried: 1 to 3.
    #[serde(default = "default_connect_tries")]
    pub connect_tries: u32,
    /// How long the first byte of an answer, and each part of it, may take, in seconds: 1 to 120.
    #[serde(default = "default_response_seconds")]
    pub response_seconds: u64,
    /// How long a connection is kept open unused, in seconds: 1 to 120.
    #[serde(default = "default_keep_alive_seconds")]
    pub keep_alive_seconds: u64,
    /// Headers that every request to it carries; what a viewer sent under these names is dropped.
    #[serde(default)]
    pub headers: BTreeMap<String, String>,
    /// How the edge proves itself.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub access_control: Option<AccessControl>,
}

fn default_connect_seconds() -> u64 {
    10
}

fn default_connect_tries() -> u32 {
    3
}

fn default_response_seconds() -> u64 {
    30
}

fn default_keep_alive_seconds() -> u64 {
    5
}

impl Origin {
    /// An origin with CloudFront's times.
    pub fn new(name: &str, kind: OriginKind, address: &str) -> Self {
        Self {
            name: name.to_owned(),
            kind,
            address: address.to_owned(),
            connect_seconds: default_connect_seconds(),
            connect_tries: default_connect_tries(),
            response_seconds: default_response_seconds(),
            keep_alive_seconds: default_keep_alive_seconds(),
            headers: BTreeMap::new(),
            access_control: None,
        }
    }
}

/// Two origins: the second is asked where the first cannot be reached, takes too long or answers with one of the
/// statuses. Only for GET, HEAD and OPTIONS.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OriginGroup {
    /// Its name, in one space with those of origins.
    pub name: String,
    /// Names of the first and the second.
    pub origins: [String; 2],
    /// Of 400, 403, 404, 416, 500, 502, 503 and 504.
    pub failover_statuses: Vec<u16>,
}

/// What makes a key, and how long answers are kept. What stands in the key reaches the origin.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CachePolicy {
    /// Its name.
    pub name: String,
    /// How long answers are kept.
    pub ttl_seconds: TtlSeconds,
    /// Query names.
    #[serde(default)]
    pub query: Selection,
    /// Headers: none or listed.
    #[serde(default)]
    pub headers: Selection,
    /// Cookies.
    #[serde(default)]
    pub cookies: Selection,
    /// Whether answers in gzip are kept apart.
    #[serde(default)]
    pub gzip: bool,
    /// The same for brotli.
    #[serde(default)]
    pub brotli: bool,
}

/// What origins hear beyond the key.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OriginRequestPolicy {
    /// Its name.
    pub name: String,
    /// Query names.
    #[serde(default)]
    pub query: Selection,
    /// Headers.
    #[serde(default)]
    pub headers: Selection,
    /// Cookies.
    #[serde(default)]
    pub cookies: Selection,
}

/// A header that viewers get.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct HeaderSetting {
    /// Its name.
    pub name: String,
    /// Its value.
    pub value: String,
    /// Whether it takes the place of the origin's own.
    #[serde(default)]
    pub overrides: bool,
}

/// What viewers hear beyond the answer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ResponseHeadersPolicy {
    /// Its name.
    pub name: String,
    /// Headers that are set.
    #[serde(default)]
    pub set: Vec<HeaderSetting>,
    /// Names of headers that are taken away.
    #[serde(default)]
    pub remove: Vec<String>,
}

/// What a group of addresses is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Class {
    /// The same for every visitor: kept, dropped by tag.
    Cached,
    /// A visitor's own: everything passes, nothing is kept.
    Own,
    /// A file under a name of its content, which holds nothing of anybody.
    Asset,
}

/// Which methods pass.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Methods {
    /// GET and HEAD.
    #[default]
    Read,
    /// These and OPTIONS.
    ReadAndOptions,
    /// Every one but CONNECT and TRACE.
    All,
}

/// A path pattern and what holds under it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BehaviourDescription {
    /// The pattern: `*` for any number of characters, `?` for one.
    pub pattern: String,
    /// What the addresses are.
    pub class: Class,
    /// The name of an origin or of an origin group.
    pub origin: String,
    /// Which methods pass.
    #[serde(default)]
    pub methods: Methods,
    /// The name of a cache policy.
    pub cache_policy: String,
    /// The name of an origin request policy.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub origin_request_policy: Option<String>,
    /// The name of a response headers policy.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub response_headers_policy: Option<String>,
    /// Whether the edge compresses what the origin did not.
    #[serde(default)]
    pub compress: bool,
    /// The name of the function that sees requests first.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub viewer_request: Option<String>,
    /// The name of the function that sees answers last.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub viewer_response: Option<String>,
}

/// How long errors are kept at least, so that a flood of bad requests does not reach the origin. CloudFront's profile
/// only; a visitor's own answers are never kept.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ErrorCaching {
    /// In seconds, where the status is not named.
    #[serde(default = "default_error_seconds")]
    pub default_seconds: u64,
    /// In seconds by status.
    #[serde(default)]
    pub by_status: BTreeMap<u16, u64>,
}

fn default_error_seconds() -> u64 {
    10
}

impl Default for ErrorCaching {
    fn default() -> Self {
        Self { default_seconds: default_error_seconds(), by_status: BTreeMap::new() }
    }
}

impl ErrorCaching {
    /// How long an error of this status is kept at least, in seconds.
    pub fn seconds(&self, status: http::StatusCode) -> u64 {
        self.by_status.get(&status.as_u16()).copied().unwrap_or(self.default_seconds)
    }
}

impl Description {
    /// Reads the JSON file. What it says is checked by [`Edge::new`](crate::Edge::new).
    pub fn from_json(text: &str) -> Result<Self, DescriptionError> {
        serde_json::from_str(text).map_err(|error| DescriptionError::at("description", &error.to_string()))
    }

    /// Writes the JSON file.
    pub fn to_json(&self) -> String {
        serde_json::to_string_pretty(self).expect("a description has nothing that JSON cannot hold")
    }
}
