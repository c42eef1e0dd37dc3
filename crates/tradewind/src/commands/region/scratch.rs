//! The folder of a region that has no store: below the system's own for what is not kept, and gone when the region is.
//! What a region that was killed has left there, the next one clears away.

use anyhow::Context;
use nix::unistd::geteuid;
use std::fs::File;
use std::io;
use std::os::unix::fs::MetadataExt;
use std::path::Path;
use tempfile::TempDir;

/// What the names of such folders begin with.
const PREFIX: &str = "tradewind-region-";
/// In such a folder: locked while its region runs. It has this name only once it is locked, so one that nobody locks has
/// lost its owner; a folder without it may be that of a region which just begins.
const LOCK: &str = "lock";
/// The lock before it is locked.
const NEW_LOCK: &str = "lock.new";
/// Folders of others that one start looks at.
const FOLDERS_MAX: usize = 10_000;

/// A folder that is its region's own until it is closed or dropped.
#[derive(Debug)]
pub(super) struct Scratch {
    folder: TempDir,
    /// Locked until the program ends, however that comes.
    _lock: File,
}

impl Scratch {
    /// Makes one of nobody else's making below a folder, after it has cleared away those that lost their owner.
    pub(super) fn make(below: &Path) -> anyhow::Result<Self> {
        clear_away(below);
        let made = || {
            let folder = tempfile::Builder::new().prefix(PREFIX).tempdir_in(below)?;
            let (new, named) = (folder.path().join(NEW_LOCK), folder.path().join(LOCK));
            let lock = File::create_new(&new)?;
            lock.lock()?;
            std::fs::rename(new, named)?;
            Ok::<_, io::Error>(Self { folder, _lock: lock })
        };
        made().with_context(|| format!("cannot make a folder in {}", below.display()))
    }

    pub(super) fn path(&self) -> &Path {
        self.folder.path()
    }

    /// Removes it with all that is in it.
    pub(super) fn close(self) -> anyhow::Result<()> {
        let path = self.folder.path().to_owned();
        self.folder.close().with_context(|| format!("cannot remove {}", path.display()))
    }
}

/// What cannot be cleared away stays, and hinders nobody.
fn clear_away(below: &Path) {
    let Ok(entries) = std::fs::read_dir(below) else { return };
    let ours = |name: &std::ffi::OsStr| name.to_str().is_some_and(|name| name.starts_with(PREFIX));
    for entry in entries.flatten().filter(|entry| ours(&entry.file_name())).take(FOLDERS_MAX) {
        // The folder may be everybody's: neither a link nor what belongs to somebody else is followed.
        if entry.metadata().is_ok_and(|about| about.is_dir() && about.uid() == geteuid().as_raw())
            && let Err(error) = clear_if_left(&entry.path())
        {
            tracing::warn!(%error, folder = %entry.path().display(), "what a region left behind cannot be removed");
        }
    }
}

/// Removes a folder whose lock nobody holds; the lock goes last, so that what is broken off here is gone on with.
fn clear_if_left(folder: &Path) -> io::Result<()> {
    let Ok(lock) = File::open(folder.join(LOCK)) else { return Ok(()) };
    if lock.try_lock().is_err() {
        return Ok(());
    }
    for entry in std::fs::read_dir(folder)? {
        let entry = entry?;
        match entry.file_type()? {
            _ if entry.file_name() == LOCK => {}
            kind if kind.is_dir() => std::fs::remove_dir_all(entry.path())?,
            _ => std::fs::remove_file(entry.path())?,
        }
    }
    std::fs::remove_dir_all(folder)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_lost_its_owner_is_cleared_away() {
        let below = tempfile::tempdir().unwrap();
        let at = |name: &str| below.path().join(name);
        let make = |name: &str, is_locked_once: bool| {
            std::fs::create_dir_all(at(name).join("logs/function")).unwrap();
            if is_locked_once {
                std::fs::write(at(name).join(LOCK), "").unwrap();
            }
        };
        let living = Scratch::make(below.path()).unwrap();
        make("tradewind-region-killed", true);
        make("tradewind-region-begins", false);
        make("another", true);
        make("elsewhere/tradewind-region-x", true);
        std::os::unix::fs::symlink(at("another"), at("tradewind-region-link")).unwrap();
        let next = Scratch::make(below.path()).unwrap();
        for (name, is_there) in [
            ("tradewind-region-killed", false),
            ("tradewind-region-begins", true),
            ("another/logs/function", true),
            ("elsewhere/tradewind-region-x", true),
            ("tradewind-region-link", true),
        ] {
            assert_eq!(at(name).exists(), is_there, "{name}");
        }
        assert!(living.path().join(LOCK).exists() && next.path().join(LOCK).exists());
        let closed = living.path().to_owned();
        living.close().unwrap();
        assert!(!closed.exists());
    }
}
