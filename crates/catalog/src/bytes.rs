//! The bytes of a file, wherever it lies: mapped or held as a whole, or in a bucket and read by ranges.

use crate::error::SnapshotError;
use crate::hot::Recording;
use crate::ranges::RangedFile;
use std::fmt;
use std::io;
use std::ops::Range;
use std::sync::Arc;
use tantivy::HasLen;
use tantivy::directory::{FileHandle, OwnedBytes};

/// A file of the snapshot. Clones share it.
#[derive(Clone)]
pub(crate) enum FileBytes {
    /// Mapped, or held in memory.
    Whole(OwnedBytes),
    /// In a bucket; a read may wait for the network.
    Ranged(Arc<RangedFile>),
    /// Whole, and what is read of it is noted, for the hot part of a publish.
    Recorded(Arc<Recording>),
}

impl FileBytes {
    /// A part of it. Never more is read than the file has.
    pub(crate) fn read(&self, range: Range<usize>) -> io::Result<OwnedBytes> {
        if range.start > range.end || range.end > self.len() {
            return Err(io::Error::new(io::ErrorKind::UnexpectedEof, "a read reaches outside of its file"));
        }
        match self {
            Self::Whole(bytes) => Ok(bytes.slice(range)),
            Self::Ranged(file) => file.read(range),
            Self::Recorded(file) => file.read(range),
        }
    }

    /// All of it.
    pub(crate) fn whole(&self) -> io::Result<OwnedBytes> {
        self.read(0..self.len())
    }

    /// Whether nothing waits for the network.
    pub(crate) fn is_at_hand(&self) -> bool {
        !matches!(self, Self::Ranged(_))
    }
}

impl HasLen for FileBytes {
    fn len(&self) -> usize {
        match self {
            Self::Whole(bytes) => bytes.len(),
            Self::Ranged(file) => file.len(),
            Self::Recorded(file) => file.len(),
        }
    }
}

impl FileHandle for FileBytes {
    fn read_bytes(&self, range: Range<usize>) -> io::Result<OwnedBytes> {
        self.read(range)
    }
}

impl fmt::Debug for FileBytes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "FileBytes({})", self.len())
    }
}

/// Why something could not be read out of a file.
#[derive(Debug)]
pub(crate) enum ReadError {
    /// It is not what was written.
    Damaged(&'static str),
    /// It did not come.
    Io(io::Error),
}

impl ReadError {
    /// The same of a named file.
    pub(crate) fn of(self, file: &str) -> SnapshotError {
        match self {
            Self::Damaged(what) => SnapshotError::damaged(file, what),
            Self::Io(error) => error.into(),
        }
    }
}

impl From<&'static str> for ReadError {
    fn from(what: &'static str) -> Self {
        Self::Damaged(what)
    }
}

impl From<io::Error> for ReadError {
    fn from(error: io::Error) -> Self {
        Self::Io(error)
    }
}
