//! How a region is set up.

use crate::edge_functions::EdgeFunction;
use crate::region::Addresses;
use edge::Class;
use lambda_service::{AccountLimits, Isolation};
use std::collections::BTreeMap;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::sync::Arc;

/// Gives variables by where things are and by the edge's secret.
pub type VariablesOf = Arc<dyn Fn(&Addresses, &str) -> BTreeMap<String, String> + Send + Sync>;

/// How a region is set up. Each field has a default but the package, the folder and the launcher.
#[derive(Clone)]
pub struct Options {
    /// The function's package: a zip with `bootstrap` at its top.
    pub package: Vec<u8>,
    /// Packages, logs and folders of environments go here. The region owns the folder.
    pub data: PathBuf,
    /// A program that calls [`lambda_service::launcher::run_if_asked`] first of all.
    pub launcher: PathBuf,
    /// The function's variables. Those that only the region knows, such as where purges go, are added by `variables_of`.
    pub variables: BTreeMap<String, String>,
    /// What a function's variables say about the region it runs in.
    pub variables_of: VariablesOf,
    /// The function's memory, in MB.
    pub memory_mb: u32,
    /// How long an invocation may take, in seconds.
    pub timeout_seconds: u32,
    /// Requests that the function takes at once at most; none leaves the account's limit.
    pub concurrency: Option<u32>,
    /// Whether answers are streamed.
    pub streams: bool,
    /// Whether the function takes requests signed by the edge only (CloudFront's origin access control).
    pub signed_only: bool,
    /// How far environments are kept apart.
    pub isolation: Isolation,
    /// What the account may use at once.
    pub account_limits: AccountLimits,
    /// An environment that nobody has needed for so long ends, in milliseconds.
    pub idle_ms_max: u64,
    /// Where shoppers come in; port 0 is any free one.
    pub listen: SocketAddr,
    /// Whether they come by HTTPS and HTTP/2, with a certificate that nobody vouches for.
    pub https: bool,
    /// Where the region's own page is.
    pub control: SocketAddr,
    /// The shop's name on it.
    pub shop: String,
    /// What a line of the function's log begins with that tells in JSON what an invocation did: `statements` of the
    /// database and those `after` its answer, `letters`, `stock_purges` and how many of them a month has at most; none if
    /// programs tell nothing of the kind.
    pub work_line: Option<&'static str>,
    /// The object store.
    pub objects: ObjectOptions,
    /// What the edge does with which address.
    pub edge: EdgePlan,
}

impl Options {
    /// A function of 512 MB on free ports of this machine.
    pub fn new(package: Vec<u8>, data: PathBuf, launcher: PathBuf) -> Self {
        Self {
            package,
            data,
            launcher,
            variables: BTreeMap::new(),
            variables_of: Arc::new(|_, _| BTreeMap::new()),
            memory_mb: 512,
            timeout_seconds: 30,
            concurrency: None,
            streams: false,
            signed_only: false,
            isolation: Isolation::best(),
            account_limits: AccountLimits::default(),
            idle_ms_max: 10 * 60 * 1_000,
            listen: (Ipv4Addr::LOCALHOST, 0).into(),
            https: false,
            control: (Ipv4Addr::LOCALHOST, 0).into(),
            shop: "Shop".to_owned(),
            work_line: None,
            objects: ObjectOptions::default(),
            edge: EdgePlan::default(),
        }
    }
}

impl std::fmt::Debug for Options {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Options").field("data", &self.data).field("listen", &self.listen).finish_non_exhaustive()
    }
}

/// The object store of a region.
#[derive(Clone, Debug)]
pub struct ObjectOptions {
    /// Where it is; port 0 is any free one.
    pub listen: SocketAddr,
    /// Buckets that are folders of this machine, by their names; others lie in the region's own folder.
    pub buckets: BTreeMap<String, PathBuf>,
    /// Whether a read costs what one of S3 costs: 15 ms, and 75 MB a second.
    pub is_far: bool,
}

impl Default for ObjectOptions {
    fn default() -> Self {
        Self { listen: (Ipv4Addr::LOCALHOST, 0).into(), buckets: BTreeMap::new(), is_far: false }
    }
}

/// Addresses of files that the edge reads from a bucket by itself; what is not there it asks of the function.
#[derive(Clone, Debug)]
pub struct BucketFiles {
    /// The bucket. The address of a file is `/` with the bucket's name and the object's key.
    pub bucket: String,
    /// Path patterns, more special than those of the plan.
    pub patterns: Vec<String>,
}

/// What the edge does with which address.
#[derive(Clone, Debug, Default)]
pub struct EdgePlan {
    /// Path patterns in order, each with what its addresses are; all else is cached.
    pub patterns: Vec<(String, Class)>,
    /// Names in the query that cached pages know.
    pub query_names: Vec<String>,
    /// Files that lie in a bucket.
    pub files: Option<BucketFiles>,
    /// What sees every request for a page first.
    pub viewer_request: Option<EdgeFunction>,
    /// A request header that says the viewer's country: for trying out only, since anybody could send it.
    pub country_header: Option<String>,
}
