//! Where the files are: an object store, or a local folder whose files are mapped instead of copied.

use crate::bytes::FileBytes;
use crate::error::{PublishError, SnapshotError};
use crate::fetcher::Fetcher;
use crate::hash::{checksum, checksum_of};
use crate::manifest::FileRef;
use crate::ranges::{Blocks, RangeOptions, RangedFile};
use bytes::Bytes;
use commerce::moment::Moment;
use futures_util::{StreamExt, TryStreamExt};
use object_store::local::LocalFileSystem;
use object_store::path::Path as StorePath;
use object_store::{GetOptions, ObjectStore, ObjectStoreExt, PutMode, PutPayload, UpdateVersion, WriteMultipart};
use std::fs::{File, TryLockError};
use std::io::Read;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;
use tantivy::directory::{Directory, MmapDirectory, OwnedBytes};

/// The newest manifest.
pub(crate) const CURRENT: &str = "current";
/// What is said of stock.
pub(crate) const STOCK: &str = "stock";
/// What was [`CURRENT`] when it was put aside.
const CURRENT_ASIDE: &str = "current.damaged";
/// Locked while `current` or `stock` of a local folder is replaced.
const LOCK: &str = "lock";
/// How long the lock is waited for, and how often it is tried, in milliseconds.
const LOCK_WAIT_MS_MAX: u64 = 10_000;
/// See [`LOCK_WAIT_MS_MAX`].
const LOCK_RETRY_MS: u64 = 2;
/// Largest file that is put in one piece, and the size of the pieces of larger ones, in bytes.
const PIECE_BYTES: usize = 8 << 20;
/// Files that are fetched at once.
const FETCHES_AT_ONCE: usize = 16;
/// Most objects that are listed.
const OBJECTS_MAX: usize = 1_000_000;

/// A place for a snapshot.
#[derive(Clone, Debug)]
pub struct SnapshotStore {
    store: Arc<dyn ObjectStore>,
    prefix: StorePath,
    /// Where the store is a folder of this machine.
    folder: Option<(PathBuf, MmapDirectory)>,
    /// Where large files are read by ranges.
    ranges: Option<Arc<Ranges>>,
    /// A folder of this machine that holds some of a bucket's files, too.
    copies: Option<MmapDirectory>,
}

/// How files of a bucket are read by ranges.
struct Ranges {
    fetcher: Arc<Fetcher>,
    blocks: Arc<Blocks>,
    options: RangeOptions,
}

impl std::fmt::Debug for Ranges {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Ranges({:?})", self.options)
    }
}

/// What `current` or `stock` was when it was read; a put that replaces it succeeds only if it still is.
#[derive(Clone, Debug)]
pub(crate) struct Seen {
    pub(crate) bytes: Bytes,
    version: UpdateVersion,
}

impl SnapshotStore {
    /// A folder of this machine, made if it is not there. Its files are mapped into memory.
    pub fn folder(path: &Path) -> Result<Self, SnapshotError> {
        std::fs::create_dir_all(path)?;
        let store = LocalFileSystem::new_with_prefix(path)?.with_fsync(true);
        Self::folder_through(path, Arc::new(store))
    }

    /// The same, through a store that leads to that folder (a test's, which fails at times).
    pub fn folder_through(path: &Path, store: Arc<dyn ObjectStore>) -> Result<Self, SnapshotError> {
        let mapped = MmapDirectory::open(path).map_err(tantivy::TantivyError::from)?;
        let folder = Some((path.to_path_buf(), mapped));
        Ok(Self { store, prefix: StorePath::default(), folder, ranges: None, copies: None })
    }

    /// Objects below `prefix`. The store must know conditional puts (S3 does). Files are held in memory.
    pub fn remote(store: Arc<dyn ObjectStore>, prefix: &str) -> Self {
        Self { store, prefix: StorePath::from(prefix), folder: None, ranges: None, copies: None }
    }

    /// The same, where files of large snapshots are read by ranges instead of being fetched. `reader` leads to the same
    /// objects through connections of its own: they live on a thread of their own, so that a read which a page waits
    /// for goes on whatever its runtime does.
    pub fn remote_by_ranges(
        store: Arc<dyn ObjectStore>,
        reader: Arc<dyn ObjectStore>,
        prefix: &str,
        options: RangeOptions,
    ) -> Result<Self, SnapshotError> {
        let prefix = StorePath::from(prefix);
        let fetcher = Arc::new(Fetcher::start(reader, prefix.clone())?);
        let blocks = Arc::new(Blocks::new(Arc::clone(&fetcher), options));
        let ranges = Some(Arc::new(Ranges { fetcher, blocks, options }));
        Ok(Self { store, prefix, folder: None, ranges, copies: None })
    }

    /// The same, with a folder that holds files of an earlier state, as a function's package brings them. Files are named
    /// by their content, so those that a snapshot still names are mapped there and not fetched. No folder is fine.
    #[must_use]
    pub fn with_copies_in(self, folder: &Path) -> Self {
        Self { copies: MmapDirectory::open(folder).ok(), ..self }
    }

    /// Files that lie here, too.
    pub(crate) fn copies_of<'f>(&self, files: impl IntoIterator<Item = &'f FileRef>) -> Vec<(String, FileBytes)> {
        let Some(copies) = &self.copies else { return Vec::new() };
        // One that is not whole is fetched like any other.
        let copy = |file: &FileRef| Some((file.name.clone(), map(copies, file).ok()?));
        files.into_iter().filter_map(copy).collect()
    }

    /// Whether a snapshot of so many bytes is read by ranges.
    pub(crate) fn reads_ranges_of(&self, bytes: u64) -> bool {
        self.ranges.as_ref().is_some_and(|ranges| bytes >= ranges.options.from_bytes)
    }

    /// Files of a snapshot that are read by ranges, by their names. Nothing is read yet.
    pub(crate) fn by_ranges(&self, files: Vec<FileRef>) -> Option<Vec<(String, FileBytes)>> {
        let ranges = self.ranges.as_ref()?;
        let ranged = |file: FileRef| {
            let length = usize::try_from(file.length).unwrap_or(usize::MAX);
            let bytes = FileBytes::Ranged(Arc::new(RangedFile::new(&file.name, length, Arc::clone(&ranges.blocks))));
            (file.name, bytes)
        };
        Some(files.into_iter().map(ranged).collect())
    }

    /// Makes sure that files which will be read by ranges are there and whole.
    pub(crate) async fn make_sure(&self, files: &[FileRef]) -> Result<(), SnapshotError> {
        match &self.ranges {
            Some(ranges) => ranges.fetcher.make_sure(files.to_vec()).await,
            None => Ok(()),
        }
    }

    /// Whole files, read while the calling thread waits, all at once; for a store that reads ranges.
    pub(crate) fn fetch_waiting(&self, files: &[FileRef]) -> Result<Vec<Bytes>, SnapshotError> {
        let Some(ranges) = &self.ranges else { return Ok(Vec::new()) };
        let fetched = ranges.fetcher.fetch_whole(files)?;
        for (file, bytes) in files.iter().zip(&fetched) {
            check_length(file, bytes.len())?;
            if checksum(bytes) != file.checksum {
                return Err(SnapshotError::damaged(&file.name, "its checksum is wrong"));
            }
        }
        Ok(fetched)
    }

    /// Whether something was published here and not put aside since.
    pub async fn was_published(&self) -> Result<bool, SnapshotError> {
        Ok(self.find(CURRENT).await?.is_some())
    }

    /// Takes away what is current and what is said of stock, so that the next publish begins anew; gives the name
    /// under which what was current is kept, if there was any. Files stay: they are named by their content, and the
    /// next publish writes them again.
    pub async fn put_aside(&self) -> Result<Option<String>, SnapshotError> {
        let Some(current) = self.find(CURRENT).await? else { return Ok(None) };
        self.put(CURRENT_ASIDE, current.bytes).await?;
        self.delete(STOCK).await?;
        self.delete(CURRENT).await?;
        Ok(Some(CURRENT_ASIDE.to_owned()))
    }

    fn path(&self, name: &str) -> StorePath {
        self.prefix.clone().join(name)
    }

    /// A small object; `None` if there is none.
    pub(crate) async fn find(&self, name: &str) -> Result<Option<Seen>, SnapshotError> {
        match self.get(name, GetOptions::default()).await? {
            Ok(found) => Ok(Some(found)),
            Err(object_store::Error::NotFound { .. }) => Ok(None),
            Err(error) => Err(error.into()),
        }
    }

    /// The object, or `None` where it is still what was seen. A remote store is asked with a condition and sends no
    /// body then; of a local file the bytes are compared, since its time stamp may be too coarse.
    pub(crate) async fn find_changed(&self, name: &str, seen: &Seen) -> Result<Option<Seen>, SnapshotError> {
        if self.folder.is_some() {
            let found = self.find(name).await?;
            let found = found.ok_or_else(|| SnapshotError::damaged(name, "it is gone"))?;
            return Ok((found.bytes != seen.bytes).then_some(found));
        }
        let options = GetOptions { if_none_match: seen.version.e_tag.clone(), ..GetOptions::default() };
        match self.get(name, options).await? {
            Ok(found) => Ok(Some(found)),
            Err(object_store::Error::NotModified { .. }) => Ok(None),
            Err(object_store::Error::NotFound { .. }) => Err(SnapshotError::damaged(name, "it is gone")),
            Err(error) => Err(error.into()),
        }
    }

    /// An object as a whole, over the connections of the reading thread where there is one.
    async fn get(&self, name: &str, options: GetOptions) -> Result<object_store::Result<Seen>, SnapshotError> {
        let path = self.path(name);
        match &self.ranges {
            Some(ranges) => {
                let client = ranges.fetcher.client();
                ranges.fetcher.run(async move { get_from(&*client, &path, options).await }).await
            }
            None => Ok(get_from(&*self.store, &path, options).await),
        }
    }

    /// Puts an object of its own name. Repeating it does no harm.
    pub(crate) async fn put(&self, name: &str, bytes: impl Into<Bytes>) -> Result<(), SnapshotError> {
        self.store.put(&self.path(name), PutPayload::from_bytes(bytes.into())).await?;
        Ok(())
    }

    /// Puts a file of this machine under its own name, in pieces if it is large.
    pub(crate) async fn put_file(&self, file: &FileRef, from: &Path) -> Result<(), SnapshotError> {
        if usize::try_from(file.length).is_ok_and(|length| length <= PIECE_BYTES) {
            let from = from.to_path_buf();
            let bytes = tokio::task::spawn_blocking(move || std::fs::read(from)).await??;
            return self.put(&file.name, bytes).await;
        }
        let upload = self.store.put_multipart(&self.path(&file.name)).await?;
        let mut upload = WriteMultipart::new_with_chunk_size(upload, PIECE_BYTES);
        let mut source = File::open(from)?;
        loop {
            let (back, piece) = tokio::task::spawn_blocking(move || read_piece(source)).await??;
            source = back;
            if piece.is_empty() {
                break;
            }
            upload.put(piece.into());
            upload.wait_for_capacity(1).await?;
        }
        upload.finish().await?;
        Ok(())
    }

    /// Replaces an object if it is still what was seen, or makes it if nothing was.
    pub(crate) async fn swap(&self, name: &str, seen: Option<&Seen>, bytes: Vec<u8>) -> Result<(), PublishError> {
        match &self.folder {
            Some((folder, _)) => self.swap_locked(&folder.join(LOCK), name, seen, bytes).await,
            None => self.swap_conditional(name, seen, bytes).await,
        }
    }

    async fn swap_conditional(&self, name: &str, seen: Option<&Seen>, bytes: Vec<u8>) -> Result<(), PublishError> {
        let mode = seen.map_or(PutMode::Create, |seen| PutMode::Update(seen.version.clone()));
        match self.store.put_opts(&self.path(name), bytes.into(), mode.into()).await {
            Ok(_) => Ok(()),
            Err(object_store::Error::Precondition { .. } | object_store::Error::AlreadyExists { .. }) => {
                Err(PublishError::Overtaken)
            }
            Err(error) => Err(error.into()),
        }
    }

    /// A folder has no conditional put, so comparing and replacing happen under a lock that processes share; the
    /// replacing itself is a rename, so readers need no lock.
    async fn swap_locked(
        &self,
        lock: &Path,
        name: &str,
        seen: Option<&Seen>,
        bytes: Vec<u8>,
    ) -> Result<(), PublishError> {
        let held = hold(lock).await?;
        let found = self.find(name).await?;
        if found.as_ref().map(|found| &found.bytes) != seen.map(|seen| &seen.bytes) {
            return Err(PublishError::Overtaken);
        }
        let done = self.put(name, bytes).await;
        // Closing the file gives the lock back; so does the end of the process.
        drop(held);
        Ok(done?)
    }

    /// Opens files of the snapshot, by their names. Those of a folder are mapped, all by one thread, since starting
    /// others takes longer, and checked by length; others are fetched several at once and checked as a whole.
    pub(crate) async fn open_all(&self, files: Vec<FileRef>) -> Result<Vec<(String, FileBytes)>, SnapshotError> {
        let Some((_, mapped)) = &self.folder else {
            let fetches = files.into_iter().map(|file| self.fetch(file));
            return futures_util::stream::iter(fetches).buffer_unordered(FETCHES_AT_ONCE).try_collect().await;
        };
        let mapped = mapped.clone();
        let map_all = move || files.into_iter().map(|file| Ok((file.name.clone(), map(&mapped, &file)?))).collect();
        tokio::task::spawn_blocking(map_all).await?
    }

    async fn fetch(&self, file: FileRef) -> Result<(String, FileBytes), SnapshotError> {
        let found = self.find(&file.name).await?;
        let found = found.ok_or_else(|| SnapshotError::damaged(&file.name, "it is missing"))?;
        check_length(&file, found.bytes.len())?;
        if checksum(&found.bytes) != file.checksum {
            return Err(SnapshotError::damaged(&file.name, "its checksum is wrong"));
        }
        Ok((file.name, FileBytes::Whole(OwnedBytes::new(Vec::from(found.bytes)))))
    }

    /// Names and times of all objects: of all, for a manifest that is not in the list names files that must stay.
    pub(crate) async fn list(&self) -> Result<Vec<(String, Moment)>, PublishError> {
        let mut objects = self.store.list(Some(&self.prefix));
        let mut found = Vec::new();
        while let Some(object) = objects.try_next().await? {
            let time = Moment::from_micros(object.last_modified.timestamp_micros());
            // What lies deeper belongs to somebody else: the snapshot of another shop, for one.
            let mut parts = object.location.prefix_match(&self.prefix).into_iter().flatten();
            if let (Some(name), None) = (parts.next(), parts.next()) {
                found.push((name.as_ref().to_owned(), time));
            }
            if found.len() > OBJECTS_MAX {
                return Err(PublishError::TooMany { what: "files in the store", most: OBJECTS_MAX });
            }
        }
        Ok(found)
    }

    /// Deletes an object; none is fine.
    pub(crate) async fn delete(&self, name: &str) -> Result<(), SnapshotError> {
        match self.store.delete(&self.path(name)).await {
            Ok(()) | Err(object_store::Error::NotFound { .. }) => Ok(()),
            Err(error) => Err(error.into()),
        }
    }
}

/// The lock of the folder. Who holds it writes one small file, so waiting is short; a process that ends gives it back.
async fn hold(path: &Path) -> Result<File, SnapshotError> {
    let file = File::options().create(true).truncate(false).write(true).open(path)?;
    for _ in 0..LOCK_WAIT_MS_MAX / LOCK_RETRY_MS {
        match file.try_lock() {
            Ok(()) => return Ok(file),
            Err(TryLockError::WouldBlock) => tokio::time::sleep(Duration::from_millis(LOCK_RETRY_MS)).await,
            Err(TryLockError::Error(error)) => return Err(error.into()),
        }
    }
    Err(SnapshotError::Slow(LOCK_WAIT_MS_MAX))
}

/// The file's bytes in the machine's page cache.
fn map(mapped: &MmapDirectory, file: &FileRef) -> Result<FileBytes, SnapshotError> {
    let name = &file.name;
    let slice = mapped.open_read(Path::new(name)).map_err(|error| match error {
        tantivy::directory::error::OpenReadError::FileDoesNotExist(_) => SnapshotError::damaged(name, "it is missing"),
        other => SnapshotError::Index(other.into()),
    })?;
    let bytes = slice.read_bytes()?;
    check_length(file, bytes.len())?;
    Ok(FileBytes::Whole(bytes))
}

async fn get_from(store: &dyn ObjectStore, path: &StorePath, options: GetOptions) -> object_store::Result<Seen> {
    let found = store.get_opts(path, options).await?;
    let version = UpdateVersion { e_tag: found.meta.e_tag.clone(), version: found.meta.version.clone() };
    Ok(Seen { bytes: found.bytes().await?, version })
}

fn check_length(file: &FileRef, length: usize) -> Result<(), SnapshotError> {
    if u64::try_from(length).ok() == Some(file.length) {
        return Ok(());
    }
    Err(SnapshotError::damaged(&file.name, "its length is wrong"))
}

fn read_piece(mut source: File) -> std::io::Result<(File, Vec<u8>)> {
    let mut piece = Vec::with_capacity(PIECE_BYTES);
    let most = u64::try_from(PIECE_BYTES).unwrap_or(u64::MAX);
    Read::by_ref(&mut source).take(most).read_to_end(&mut piece)?;
    Ok((source, piece))
}

/// A reference to a file of this machine.
pub(crate) fn file_ref(kind: &str, path: &Path) -> std::io::Result<FileRef> {
    let file = File::open(path)?;
    let length = file.metadata()?.len();
    Ok(FileRef::with(kind, length, checksum_of(file)?))
}
