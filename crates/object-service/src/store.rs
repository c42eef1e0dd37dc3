//! Buckets and objects on the disk, without a protocol. Everything here waits for the disk and is called on threads that
//! may.
//!
//! A bucket is a folder. An object is a file at the path that its key is, wherever the key can be a path and the folder
//! leaves the place free; else it lies apart, in the bucket's hidden folder, under the hash of its key:
//!
//! | below the bucket's folder | what |
//! | --- | --- |
//! | `a/b.txt` | the object `a/b.txt` |
//! | `.object-service/meta/HASH` | what is known of it besides: headers, ETag (JSON) |
//! | `.object-service/apart/HASH` | an object such as `a//b` or `a/`, or `a` while there are objects below `a/` |
//! | `.object-service/uploads/ID/` | an upload in parts |
//! | `.object-service/temp/` | what is being written |
//!
//! `a` becomes a folder when `a/b` is put; the object `a` then moves apart. It comes back to its place at its next put
//! once nothing is below `a/` any more.
//!
//! Who takes a file away by hand leaves what is known of it: the same file, put back with its time, has its headers again.

mod draft;
mod key;
mod object;
mod record;
mod upload;
mod walk;

use std::collections::BTreeMap;
use std::fs;
use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, MutexGuard};
use std::time::{Duration, UNIX_EPOCH};

use s3s::checksum::ChecksumHasher;
use serde::Serialize;

use crate::clock::Clock;
use crate::sync::lock;

pub(crate) use draft::{Draft, Finished, Sums};
pub(crate) use key::{HIDDEN, InvalidKey, ObjectKey, hex};
use object::is_folder;
pub(crate) use object::{Condition, New};
#[cfg(test)]
pub(crate) use record::Stamp;
pub(crate) use record::{Checksums, Headers, Record, timestamp};
pub(crate) use upload::{PartNumber, UploadId};
pub(crate) use walk::{Query, Walked};

/// Locks of keys. Two keys may share one: then one waits for the other, and nothing else happens.
const LOCKS: usize = 256;

/// Why something could not be done.
#[derive(Debug, thiserror::Error)]
pub(crate) enum StoreError {
    #[error("no such bucket")]
    NoSuchBucket,
    #[error("the bucket is there")]
    BucketExists,
    #[error("the bucket holds something")]
    BucketNotEmpty,
    #[error("no such object")]
    NoSuchKey,
    #[error("the condition does not hold")]
    ConditionFailed,
    #[error("no such upload")]
    NoSuchUpload,
    #[error("a part is missing or another")]
    NoSuchPart,
    #[error("a part but the last is too small")]
    PartTooSmall,
    #[error("more bytes than may be")]
    TooLarge,
    /// Others put and delete at the same places all the time.
    #[error("too much happens at once")]
    Busy,
    #[error(transparent)]
    Io(#[from] io::Error),
}

/// A folder of buckets.
#[derive(Debug)]
pub(crate) struct Store {
    folder: PathBuf,
    /// Buckets that lie elsewhere.
    elsewhere: BTreeMap<String, PathBuf>,
    locks: Vec<Mutex<()>>,
    clock: Clock,
    fsync: bool,
    /// How many drafts there were, for their names.
    drafts: AtomicU64,
    /// How often an object has moved apart or back, so that a list notices that it may have missed it.
    moves: AtomicU64,
}

/// A bucket that was there when it was looked for.
#[derive(Debug)]
pub(crate) struct Bucket<'s> {
    store: &'s Store,
    folder: PathBuf,
}

impl Store {
    /// Buckets of a folder. What an earlier service left half written is cleared away.
    pub(crate) fn open(
        folder: PathBuf,
        elsewhere: BTreeMap<String, PathBuf>,
        clock: Clock,
        fsync: bool,
    ) -> io::Result<Self> {
        for folder in elsewhere.values().chain([&folder]) {
            fs::create_dir_all(folder)?;
        }
        let locks = (0..LOCKS).map(|_| Mutex::new(())).collect();
        let store =
            Self { folder, elsewhere, locks, clock, fsync, drafts: AtomicU64::new(0), moves: AtomicU64::new(0) };
        for (name, _) in store.buckets()? {
            let _ = fs::remove_dir_all(store.folder_of(&name).join(HIDDEN).join("temp"));
        }
        Ok(store)
    }

    /// Names of all buckets in order, with the time when each was made, since 1970.
    pub(crate) fn buckets(&self) -> io::Result<Vec<(String, Duration)>> {
        let mut buckets = Vec::new();
        for (name, folder) in &self.elsewhere {
            buckets.push((name.clone(), made(&fs::metadata(folder)?)));
        }
        for entry in fs::read_dir(&self.folder)? {
            let entry = entry?;
            let Ok(name) = entry.file_name().into_string() else { continue };
            // What is a link leads elsewhere, and elsewhere is not ours.
            let Ok(metadata) = entry.metadata() else { continue };
            let is_elsewhere = self.elsewhere.contains_key(&name);
            if metadata.is_dir() && !is_elsewhere && s3s::path::check_bucket_name(&name) {
                buckets.push((name, made(&metadata)));
            }
        }
        buckets.sort();
        Ok(buckets)
    }

    fn folder_of(&self, bucket: &str) -> PathBuf {
        self.elsewhere.get(bucket).cloned().unwrap_or_else(|| self.folder.join(bucket))
    }

    pub(crate) fn bucket(&self, name: &str) -> Result<Bucket<'_>, StoreError> {
        if !s3s::path::check_bucket_name(name) {
            return Err(StoreError::NoSuchBucket);
        }
        let folder = self.folder_of(name);
        if !is_folder(&folder) {
            return Err(StoreError::NoSuchBucket);
        }
        // A bucket that was copied from somewhere may have links here, of all places.
        let hidden = folder.join(HIDDEN);
        let below = ["meta", "apart", "uploads", "temp"].map(|name| hidden.join(name));
        match below.iter().chain([&hidden]).any(|path| path.is_symlink()) {
            true => Err(io::Error::from(io::ErrorKind::NotADirectory).into()),
            false => Ok(Bucket { store: self, folder }),
        }
    }

    pub(crate) fn create_bucket(&self, name: &str) -> Result<(), StoreError> {
        if self.elsewhere.contains_key(name) {
            return Err(StoreError::BucketExists);
        }
        match fs::create_dir(self.folder.join(name)) {
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Err(StoreError::BucketExists),
            created => Ok(created?),
        }
    }

    /// Takes a bucket away that has no objects. Folders without objects go with it; so do uploads that were not ended.
    pub(crate) fn delete_bucket(&self, name: &str) -> Result<(), StoreError> {
        let bucket = self.bucket(name)?;
        if self.elsewhere.contains_key(name) {
            return Err(StoreError::BucketNotEmpty);
        }
        // Nobody puts anything meanwhile. Whoever holds one of these locks waits for no other.
        let _held: Vec<_> = self.locks.iter().map(lock).collect();
        if bucket.walk(&Query { entries_max: 1, ..Query::default() })?.entries.is_empty() {
            remove_empty_folders(&bucket.folder)?;
            remove_if_there(fs::remove_dir_all(bucket.folder.join(HIDDEN)))?;
        }
        match fs::remove_dir(&bucket.folder) {
            Err(error) if error.kind() == io::ErrorKind::DirectoryNotEmpty => Err(StoreError::BucketNotEmpty),
            removed => Ok(removed?),
        }
    }
}

impl Store {
    /// Makes a folder unless it is there. A link to one is none.
    fn make_folder(&self, folder: &Path) -> io::Result<()> {
        match fs::create_dir(folder) {
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
                if is_folder(folder) {
                    Ok(())
                } else {
                    Err(io::ErrorKind::NotADirectory.into())
                }
            }
            Ok(()) if self.fsync => sync_folder_of(folder),
            created => created,
        }
    }
}

impl Bucket<'_> {
    /// A file to write into, of at most `bytes_max` bytes.
    pub(crate) fn draft(&self, bytes_max: u64, checksums: ChecksumHasher) -> Result<Draft, StoreError> {
        let folder = self.hidden_folder(&["temp"])?;
        let number = self.store.drafts.fetch_add(1, Ordering::Relaxed);
        Ok(Draft::create(folder.join(number.to_string()), bytes_max, checksums)?)
    }

    pub(crate) fn finish(&self, draft: Draft) -> Result<(Finished, Sums), StoreError> {
        Ok(draft.finish(self.store.fsync)?)
    }

    /// Keeps others from changing what a key stands for. No second lock is asked for while one is held.
    fn lock(&self, key: &ObjectKey) -> MutexGuard<'_, ()> {
        let mut hasher = DefaultHasher::new();
        (&self.folder, key.as_str()).hash(&mut hasher);
        let locks = self.store.locks.len() as u64;
        let number = usize::try_from(hasher.finish() % locks).unwrap_or_default();
        lock(&self.store.locks[number])
    }

    /// A folder below the hidden one, made if there is none. The bucket's own is not made again when it is gone.
    fn hidden_folder(&self, names: &[&str]) -> Result<PathBuf, StoreError> {
        let mut folder = self.folder.clone();
        for name in [HIDDEN].iter().chain(names) {
            folder.push(name);
            self.store.make_folder(&folder).map_err(|error| match error.kind() {
                io::ErrorKind::NotFound => StoreError::NoSuchBucket,
                _ => error.into(),
            })?;
        }
        Ok(folder)
    }

    /// Replaces a file of the hidden folder at once.
    fn write_hidden(&self, target: &Path, bytes: &[u8]) -> Result<(), StoreError> {
        let mut draft = self.draft(u64::MAX, ChecksumHasher::default())?;
        draft.write(bytes)?;
        let (mut finished, _) = self.finish(draft)?;
        Ok(finished.place(target)?)
    }

    fn now(&self) -> Duration {
        Duration::from_millis(self.store.clock.now_ms())
    }
}

/// Waits until the disk knows what the folder around a path holds. Not every system can be asked to.
fn sync_folder_of(path: &Path) -> io::Result<()> {
    match path.parent() {
        Some(folder) if cfg!(unix) => fs::File::open(folder)?.sync_all(),
        _ => Ok(()),
    }
}

/// Takes folders away that hold nothing but such folders; what holds something stays.
fn remove_empty_folders(folder: &Path) -> io::Result<()> {
    let mut waiting: Vec<PathBuf> = folders_in(folder)?;
    let mut found = Vec::new();
    while let Some(folder) = waiting.pop() {
        waiting.extend(folders_in(&folder).unwrap_or_default());
        found.push(folder);
    }
    // The deepest are the last that were found.
    for folder in found.iter().rev() {
        let _ = fs::remove_dir(folder);
    }
    Ok(())
}

fn folders_in(folder: &Path) -> io::Result<Vec<PathBuf>> {
    let entries = fs::read_dir(folder)?.flatten();
    let folders =
        entries.filter(|entry| entry.file_name() != HIDDEN && entry.file_type().is_ok_and(|kind| kind.is_dir()));
    Ok(folders.map(|entry| entry.path()).collect())
}

/// A removal, of what may be gone already.
fn remove_if_there(removed: io::Result<()>) -> io::Result<()> {
    match removed {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        removed => removed,
    }
}

/// When a folder was made, or last changed where the file system does not know.
fn made(metadata: &fs::Metadata) -> Duration {
    let made = metadata.created().or_else(|_| metadata.modified()).unwrap_or(UNIX_EPOCH);
    made.duration_since(UNIX_EPOCH).unwrap_or_default()
}

/// What is kept as JSON.
fn to_json(value: &impl Serialize) -> Vec<u8> {
    serde_json::to_vec_pretty(value).expect("texts and numbers are always JSON")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bucket_that_lies_elsewhere_is_one_and_is_not_taken_away() {
        let (own, other) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        let media = other.path().join("media");
        let elsewhere = BTreeMap::from([("media".to_owned(), media.clone())]);
        let store = Store::open(own.path().to_owned(), elsewhere, Clock::held_at(0), false).unwrap();
        store.create_bucket("snapshots").unwrap();
        // One of the same name in the folder is not seen.
        fs::create_dir(own.path().join("media")).unwrap();
        let names: Vec<String> = store.buckets().unwrap().into_iter().map(|(name, _)| name).collect();
        assert_eq!(names, ["media", "snapshots"]);
        assert_eq!(store.bucket("media").unwrap().folder, media);
        assert!(matches!(store.create_bucket("media"), Err(StoreError::BucketExists)));
        assert!(matches!(store.delete_bucket("media"), Err(StoreError::BucketNotEmpty)));
        assert!(media.is_dir());
        store.delete_bucket("snapshots").unwrap();
    }
}
