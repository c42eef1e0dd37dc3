//! How a service is set up. Each field has a default but the folder.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::net::{Ipv4Addr, SocketAddr};
use std::num::NonZeroU64;
use std::path::PathBuf;
use std::sync::Arc;

use crate::clock::Clock;
use crate::observer::{NoObserver, Observer};

/// How a service is set up.
#[derive(Clone)]
pub struct Options {
    /// Each folder in here is a bucket, if its name is one that a bucket may have. It is made if there is none. One
    /// service has it at a time.
    pub folder: PathBuf,
    /// Buckets that lie elsewhere, by their names. Their folders are made if they are not there, and no request takes
    /// such a bucket away.
    pub elsewhere: BTreeMap<String, PathBuf>,
    /// Where the service listens; port 0 takes a free one.
    pub listen: SocketAddr,
    /// Who may do everything. None: whoever reaches the service may, and signatures are neither asked for nor checked.
    pub credentials: Option<Credentials>,
    /// Buckets whose objects anybody may read (GET and HEAD of an object, no lists) without a signature.
    pub public: BTreeSet<String>,
    /// What a read costs beyond what the disk takes, for measurements against a bucket that is far away.
    pub read_cost: Option<ReadCost>,
    /// Whether each write waits until the disk has it. Off: what a crash of the process leaves is whole, but a machine
    /// that loses its power may lose what was put last.
    pub fsync: bool,
    /// When objects were put.
    pub clock: Clock,
    /// Who is told of every request.
    pub observer: Arc<dyn Observer>,
}

impl Options {
    /// A service for everybody on this machine, on a free port.
    pub fn new(folder: PathBuf) -> Self {
        Self {
            folder,
            elsewhere: BTreeMap::new(),
            listen: (Ipv4Addr::LOCALHOST, 0).into(),
            credentials: None,
            public: BTreeSet::new(),
            read_cost: None,
            fsync: false,
            clock: Clock::machine(),
            observer: Arc::new(NoObserver),
        }
    }
}

impl fmt::Debug for Options {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Options").field("folder", &self.folder).field("listen", &self.listen).finish_non_exhaustive()
    }
}

/// An access key. Printed, it shows its id only.
#[derive(Clone)]
pub struct Credentials {
    /// The id, such as `AKIA…`, which every request names.
    pub key_id: String,
    /// The secret that signs.
    pub secret: String,
}

impl fmt::Debug for Credentials {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Credentials").field("key_id", &self.key_id).field("secret", &"***").finish()
    }
}

/// What a read (GET or HEAD of an object) costs: its first byte waits, and its bytes come no faster than so.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ReadCost {
    /// From the request to the first byte, in milliseconds. 15 is what S3 takes for a small object in its own region.
    pub wait_ms: u64,
    /// Bytes a second of one body. 75 MB is what one connection to S3 brings.
    pub bytes_per_second: NonZeroU64,
}
