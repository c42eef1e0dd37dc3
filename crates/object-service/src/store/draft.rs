//! Bytes on their way in: a file that nobody sees yet.

use std::fs::File;
use std::io::{self, Read, Write as _};
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use s3s::checksum::ChecksumHasher;
use s3s::crypto::{Checksum as _, Md5};
use s3s::dto::Checksum;

use crate::store::{StoreError, sync_folder_of};

/// Bytes that are copied at once.
const COPY_BYTES: usize = 256 << 10;

/// A file in the making, hashed while it grows. Dropped, it is gone.
pub(crate) struct Draft {
    path: PathBuf,
    file: File,
    bytes: u64,
    bytes_max: u64,
    md5: Md5,
    checksums: ChecksumHasher,
}

/// What was found out while a draft was written.
pub(crate) struct Sums {
    pub(crate) bytes: u64,
    pub(crate) md5: [u8; 16],
    /// Those that were asked for.
    pub(crate) checksums: Checksum,
}

/// A draft that is whole and waits for its place.
pub(crate) struct Finished {
    path: PathBuf,
    file: File,
    fsync: bool,
}

impl Draft {
    pub(crate) fn create(path: PathBuf, bytes_max: u64, checksums: ChecksumHasher) -> io::Result<Self> {
        let file = File::create_new(&path)?;
        Ok(Self { path, file, bytes: 0, bytes_max, md5: Md5::new(), checksums })
    }

    pub(crate) fn write(&mut self, chunk: &[u8]) -> Result<(), StoreError> {
        self.grow(chunk.len())?;
        self.file.write_all(chunk)?;
        self.md5.update(chunk);
        self.checksums.update(chunk);
        Ok(())
    }

    /// Takes the next `bytes` of a file. One that ends before is an error.
    pub(crate) fn copy_from(&mut self, source: &mut File, bytes: u64) -> Result<(), StoreError> {
        let mut buffer = vec![0; COPY_BYTES];
        let mut left = bytes;
        while 0 < left {
            let wanted = usize::try_from(left).unwrap_or(COPY_BYTES).min(COPY_BYTES);
            source.read_exact(&mut buffer[..wanted])?;
            self.write(&buffer[..wanted])?;
            left -= wanted as u64;
        }
        Ok(())
    }

    /// The same without a hash, which leaves the copying to the system.
    pub(crate) fn append_unhashed(&mut self, source: &mut File, bytes: u64) -> Result<(), StoreError> {
        self.grow(usize::try_from(bytes).unwrap_or(usize::MAX))?;
        let copied = io::copy(&mut source.take(bytes), &mut self.file)?;
        if copied == bytes { Ok(()) } else { Err(io::Error::from(io::ErrorKind::UnexpectedEof).into()) }
    }

    fn grow(&mut self, by: usize) -> Result<(), StoreError> {
        self.bytes = self.bytes.saturating_add(by as u64);
        if self.bytes_max < self.bytes { Err(StoreError::TooLarge) } else { Ok(()) }
    }

    /// Ends the writing. The hash of what was appended unhashed is not in the sums.
    pub(crate) fn finish(mut self, fsync: bool) -> io::Result<(Finished, Sums)> {
        if fsync {
            self.file.sync_all()?;
        }
        let md5 = std::mem::replace(&mut self.md5, Md5::new()).finalize();
        let checksums = std::mem::take(&mut self.checksums).finalize();
        let sums = Sums { bytes: self.bytes, md5, checksums };
        let finished = Finished { path: std::mem::take(&mut self.path), file: self.file.try_clone()?, fsync };
        Ok((finished, sums))
    }
}

impl Drop for Draft {
    fn drop(&mut self) {
        remove(&self.path);
    }
}

impl Finished {
    pub(crate) fn file(&self) -> &File {
        &self.file
    }

    /// Says when the content was written.
    pub(crate) fn date(&self, modified: SystemTime) -> io::Result<()> {
        self.file.set_modified(modified)
    }

    /// Gives the file its place at once: whoever looks sees what was there before, or all of this.
    pub(crate) fn place(&mut self, target: &Path) -> io::Result<()> {
        std::fs::rename(&self.path, target)?;
        self.path = PathBuf::new();
        if self.fsync { sync_folder_of(target) } else { Ok(()) }
    }
}

impl Drop for Finished {
    fn drop(&mut self) {
        remove(&self.path);
    }
}

fn remove(path: &Path) {
    if !path.as_os_str().is_empty() {
        let _ = std::fs::remove_file(path);
    }
}
