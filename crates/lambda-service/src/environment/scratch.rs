//! The folder of an environment: its room under `/tmp`, and the user that it belongs to.

use std::fs;
use std::io;
use std::ops::Range;
use std::os::linux::net::SocketAddrExt as _;
use std::os::unix::fs::{DirBuilderExt as _, MetadataExt as _, chown};
use std::os::unix::net::{SocketAddr, UnixListener};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU32, Ordering};

use crate::package::remove_tree;

/// Entries below `/tmp` that are counted; with more it is too full, whatever their size.
const ENTRIES_MAX: usize = 100_000;

/// Ids of users that environments take and give back.
#[derive(Debug)]
pub(crate) struct Users {
    range: Range<u32>,
    /// Counts on, so that an id rests before it is taken again.
    next: AtomicU32,
}

/// An id that nobody else has: of no service of this machine. An environment's end kills every process of its user, so
/// the id is held by the name of a socket, which the kernel gives to one process only and takes back when that dies.
#[derive(Debug)]
pub(super) struct User {
    uid: u32,
    _name: UnixListener,
}

impl Users {
    pub(crate) fn new(range: Range<u32>) -> Self {
        Self { range, next: AtomicU32::new(0) }
    }

    fn take(&self) -> io::Result<User> {
        let count = self.range.end.saturating_sub(self.range.start);
        for _ in 0..count {
            let uid = self.range.start + self.next.fetch_add(1, Ordering::Relaxed) % count;
            let name = SocketAddr::from_abstract_name(format!("lambda-service-user-{uid}"))?;
            match UnixListener::bind_addr(&name) {
                Ok(name) => return Ok(User { uid, _name: name }),
                Err(error) if error.kind() == io::ErrorKind::AddrInUse => {}
                Err(error) => return Err(error),
            }
        }
        Err(io::Error::other("every user id of the range is in use"))
    }
}

/// The folder of one environment. Goes when it is dropped.
#[derive(Debug)]
pub(super) struct Scratch {
    pub(super) folder: PathBuf,
    user: Option<User>,
}

impl Scratch {
    pub(super) fn create(folder: PathBuf, users: Option<&Users>) -> io::Result<Self> {
        fs::DirBuilder::new().mode(0o700).recursive(true).create(&folder)?;
        let mut scratch = Self { folder, user: None };
        if let Some(users) = users {
            let user = users.take()?;
            chown(&scratch.folder, Some(user.uid), Some(user.uid))?;
            scratch.user = Some(user);
        }
        Ok(scratch)
    }

    pub(super) fn uid(&self) -> Option<u32> {
        self.user.as_ref().map(|user| user.uid)
    }

    /// Whether more lies there than `storage_mb`. Files with holes count by what they take up.
    pub(super) fn is_over(&self, storage_mb: u32) -> bool {
        let bytes_max = u64::from(storage_mb) * 1_024 * 1_024;
        let (mut bytes, mut entries) = (0, 0);
        let mut to_see = vec![self.folder.clone()];
        while let Some(folder) = to_see.pop() {
            for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
                let Ok(data) = entry.metadata() else { continue };
                (bytes, entries) = (bytes + data.blocks() * 512, entries + 1);
                if bytes_max < bytes || ENTRIES_MAX < entries {
                    return true;
                }
                if data.is_dir() {
                    to_see.push(entry.path());
                }
            }
        }
        false
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        remove_tree(&self.folder);
    }
}

/// Clears away what an earlier run of the service left.
pub(crate) fn clear(folder: &Path) {
    remove_tree(folder);
}
