//! How a service is set up. Each field has a default but the data folder and the launcher.

use std::collections::BTreeMap;
use std::fmt;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::ops::Range;
use std::path::PathBuf;
use std::sync::Arc;

use crate::clock::Clock;
use crate::observer::{NoObserver, Observer};

/// How a service is set up.
#[derive(Clone)]
pub struct Options {
    /// Packages, folders of environments and log files go here. The service owns the folder.
    pub data: PathBuf,
    /// A program that calls [`crate::launcher::run_if_asked`] first of all. It becomes each environment.
    pub launcher: PathBuf,
    /// Where the API listens; port 0 takes a free one.
    pub listen: SocketAddr,
    /// Where function URLs listen, each on a port of its own.
    pub url_listen: IpAddr,
    /// The folder whose folders stand for buckets that packages come from.
    pub buckets: Option<PathBuf>,
    /// What runs functions in Python.
    pub python: Option<Python>,
    /// The region in ARNs and in `AWS_REGION`.
    pub region: String,
    /// The account in ARNs: 12 digits.
    pub account: String,
    /// What every environment finds in its variables besides what Lambda sets: credentials, addresses of services.
    pub variables: BTreeMap<String, String>,
    /// How far environments are kept apart.
    pub isolation: Isolation,
    /// Limits of the account.
    pub account_limits: AccountLimits,
    /// An environment that nobody has needed for so long ends, in milliseconds.
    pub idle_ms_max: u64,
    /// An environment ends after so long, in milliseconds, once it is idle.
    pub age_ms_max: u64,
    /// The time.
    pub clock: Clock,
    /// Who is told of everything.
    pub observer: Arc<dyn Observer>,
}

impl Options {
    /// Lambda's limits on free ports of this machine.
    pub fn new(data: PathBuf, launcher: PathBuf) -> Self {
        Self {
            data,
            launcher,
            listen: (Ipv4Addr::LOCALHOST, 0).into(),
            url_listen: Ipv4Addr::LOCALHOST.into(),
            buckets: None,
            python: None,
            region: "us-east-1".to_owned(),
            account: "123456789012".to_owned(),
            variables: BTreeMap::new(),
            isolation: Isolation::best(),
            account_limits: AccountLimits::default(),
            idle_ms_max: 10 * 60 * 1_000,
            age_ms_max: 2 * 60 * 60 * 1_000,
            clock: Clock::machine(),
            observer: Arc::new(NoObserver),
        }
    }
}

impl fmt::Debug for Options {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Options").field("data", &self.data).field("listen", &self.listen).finish_non_exhaustive()
    }
}

/// The Python of functions whose runtime is `python3.x`, whatever the minor version.
#[derive(Debug, Clone)]
pub struct Python {
    /// The interpreter.
    pub interpreter: PathBuf,
    /// A folder with AWS's runtime client (`pip install --target FOLDER awslambdaric`), unless the interpreter has it.
    pub packages: Option<PathBuf>,
}

/// How far environments are kept apart. None of it holds against a program that attacks the kernel.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Isolation {
    /// Each environment is a user of its own and sees a `/tmp` and a `/var/task` of its own; only for root. An empty
    /// folder `/var/task` is made on the machine if there is none. The machine's other files are seen as any user
    /// sees them.
    Users {
        /// The ids that environments take, each while it lives. No account of the machine must have one: whatever runs
        /// under it ends with the environment. Services share a range.
        uids: Range<u32>,
    },
    /// All run as the service does. Their `/tmp` is a folder that `TMPDIR` names, their package lies where
    /// `LAMBDA_TASK_ROOT` says, the number of processes has no limit of its own, and a process that leaves its group
    /// outlives its environment.
    SameUser,
}

impl Isolation {
    /// Users of their own for a service that runs as root, else none.
    pub fn best() -> Self {
        if nix::unistd::geteuid().is_root() { Self::Users { uids: 210_000..230_000 } } else { Self::SameUser }
    }
}

/// What an account may use at once. An environment takes about eight descriptors of the service's process: a thousand
/// need a limit (`ulimit -n`) of ten thousand.
#[derive(Debug, Clone, Copy)]
pub struct AccountLimits {
    /// Invocations at once in all functions.
    pub concurrency: u32,
    /// New environments of one function in ten seconds; refilled continuously, never more than this.
    pub scaling_per_10_s: u32,
    /// Asynchronous events that wait, in all functions.
    pub queued_events: usize,
}

impl Default for AccountLimits {
    fn default() -> Self {
        Self { concurrency: 1_000, scaling_per_10_s: 1_000, queued_events: 100_000 }
    }
}
