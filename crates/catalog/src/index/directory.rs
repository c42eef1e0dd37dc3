//! What Tantivy takes for its folder: the snapshot's files, and for a publisher its new files over them.
//!
//! So any process can publish a change without an index of its own: it writes on top of files that it only reads.

use crate::bytes::FileBytes;
use std::collections::BTreeMap;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use tantivy::directory::error::{DeleteError, LockError, OpenReadError, OpenWriteError};
use tantivy::directory::{
    Directory, DirectoryLock, FileHandle, Lock, OwnedBytes, RamDirectory, WatchCallback, WatchHandle, WritePtr,
};

/// Tantivy's list of segments.
pub(crate) const META: &str = "meta.json";

/// Files of a snapshot, and new ones over them.
#[derive(Clone, Debug)]
pub(crate) struct Overlay {
    base: Arc<BTreeMap<PathBuf, FileBytes>>,
    meta: Arc<Vec<u8>>,
    fresh: RamDirectory,
}

impl Overlay {
    pub(crate) fn new(files: impl IntoIterator<Item = (String, FileBytes)>, meta: Vec<u8>) -> Self {
        let base = files.into_iter().map(|(name, bytes)| (PathBuf::from(name), bytes)).collect();
        Self { base: Arc::new(base), meta: Arc::new(meta), fresh: RamDirectory::create() }
    }

    /// The same files without what was written.
    pub(crate) fn unwritten(&self) -> Self {
        Self { fresh: RamDirectory::create(), ..self.clone() }
    }

    /// A file, whether old or new; `None` if there is none.
    pub(crate) fn bytes(&self, name: &Path) -> io::Result<Option<OwnedBytes>> {
        if let Some(bytes) = self.base.get(name) {
            return bytes.whole().map(Some);
        }
        match self.fresh.open_read(name) {
            Ok(file) => file.read_bytes().map(Some),
            Err(_) => Ok(None),
        }
    }
}

impl Directory for Overlay {
    fn get_file_handle(&self, path: &Path) -> Result<Arc<dyn FileHandle>, OpenReadError> {
        match self.base.get(path) {
            Some(bytes) => Ok(Arc::new(bytes.clone())),
            None => self.fresh.get_file_handle(path),
        }
    }

    fn delete(&self, path: &Path) -> Result<(), DeleteError> {
        // Old files belong to snapshots that others read; the publisher's collection deletes them in time.
        if self.base.contains_key(path) { Ok(()) } else { self.fresh.delete(path) }
    }

    fn exists(&self, path: &Path) -> Result<bool, OpenReadError> {
        Ok(self.base.contains_key(path) || path == Path::new(META) || self.fresh.exists(path)?)
    }

    fn open_write(&self, path: &Path) -> Result<WritePtr, OpenWriteError> {
        if self.base.contains_key(path) {
            return Err(OpenWriteError::FileAlreadyExists(path.to_path_buf()));
        }
        self.fresh.open_write(path)
    }

    fn atomic_read(&self, path: &Path) -> Result<Vec<u8>, OpenReadError> {
        match self.fresh.atomic_read(path) {
            Err(OpenReadError::FileDoesNotExist(_)) if path == Path::new(META) => Ok(self.meta.to_vec()),
            other => other,
        }
    }

    fn atomic_write(&self, path: &Path, data: &[u8]) -> io::Result<()> {
        self.fresh.atomic_write(path, data)
    }

    fn sync_directory(&self) -> io::Result<()> {
        Ok(())
    }

    fn acquire_lock(&self, _: &Lock) -> Result<DirectoryLock, LockError> {
        // Nobody else has this directory: it belongs to one reader or one publish.
        Ok(DirectoryLock::from(Box::new(())))
    }

    fn watch(&self, _: WatchCallback) -> tantivy::Result<WatchHandle> {
        // Readers learn of a new snapshot from `current`.
        Ok(WatchHandle::empty())
    }
}
