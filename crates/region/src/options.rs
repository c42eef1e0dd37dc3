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
    /// What a line of the function's log begins with that tells in JSON how many statements of the database an
    /// invocation took; none if programs tell nothing of the kind.
    pub work_line: Option<&'static str>,
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
            isolation: Isolation::best(),
            account_limits: AccountLimits::default(),
            idle_ms_max: 10 * 60 * 1_000,
            listen: (Ipv4Addr::LOCALHOST, 0).into(),
            https: false,
            control: (Ipv4Addr::LOCALHOST, 0).into(),
            shop: "Shop".to_owned(),
            work_line: None,
            edge: EdgePlan::default(),
        }
    }
}

impl std::fmt::Debug for Options {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Options").field("data", &self.data).field("listen", &self.listen).finish_non_exhaustive()
    }
}

/// What the edge does with which address.
#[derive(Clone, Debug, Default)]
pub struct EdgePlan {
    /// Path patterns in order, each with what its addresses are; all else is cached.
    pub patterns: Vec<(String, Class)>,
    /// Names in the query that cached pages know.
    pub query_names: Vec<String>,
    /// What sees every request for a page first.
    pub viewer_request: Option<EdgeFunction>,
    /// A request header that says the viewer's country: for trying out only, since anybody could send it.
    pub country_header: Option<String>,
}
