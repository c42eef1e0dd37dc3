//! Where files lie that buyers download: a folder or a part of a bucket that nobody else reads, under names that tell
//! nothing. A file is written from end to end or not at all, and never held in memory as a whole.

use crate::keys::to_hex;
use crate::place::{Bucket, Place};
use anyhow::{Context, bail};
use bytes::Bytes;
use commerce::download::{DOWNLOAD_BYTES_MAX, FileName};
use futures_util::stream::{self, BoxStream};
use futures_util::{StreamExt, TryStreamExt};
use object_store::{
    Attribute, Attributes, GetOptions, GetRange, ObjectStore, ObjectStoreExt, PutMultipartOptions, WriteMultipart,
};
use std::collections::HashMap;
use std::io;
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use tokio::fs::File;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncSeekExt, AsyncWriteExt, SeekFrom};

/// Bytes that are read from a folder, or from what is added, at once.
const BLOCK_BYTES: usize = 128 << 10;
/// Bytes of a part of an upload into a bucket: 10,000 parts are more than the largest file.
const PART_BYTES: usize = 8 << 20;
/// Parts that are under way at once.
const PARTS_AT_ONCE: usize = 4;
/// How long an address of a bucket is good, in seconds: for whoever begins to read, not for how long reading takes.
#[cfg(feature = "s3")]
const ADDRESS_SECONDS: u64 = 300;
/// Most files of a bucket that are listed.
const FILES_MAX: usize = 1_000_000;

/// A file's content, block by block.
pub(crate) type Blocks = BoxStream<'static, io::Result<Bytes>>;

/// The place of the files.
#[derive(Debug)]
pub(crate) enum DownloadStore {
    Folder(PathBuf),
    Bucket(InBucket),
}

#[derive(Debug)]
pub(crate) struct InBucket {
    client: Arc<dyn ObjectStore>,
    bucket: Bucket,
    #[cfg(feature = "s3")]
    presigner: Option<s3::Presigner>,
}

/// What was written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Written {
    pub(crate) bytes: u64,
    /// In hexadecimal digits.
    pub(crate) sha256: String,
}

impl DownloadStore {
    /// Opens the place. Nothing is asked or made yet. `redirects` says whether browsers may be sent to a bucket.
    pub(crate) fn open(
        place: &Place,
        store: &Path,
        redirects: bool,
        env: impl Fn(&str) -> Option<String>,
    ) -> anyhow::Result<Self> {
        #[cfg(not(feature = "s3"))]
        let _ = redirects;
        match place {
            Place::Folder(folder) => Ok(Self::Folder(store.join(folder))),
            Place::Bucket(bucket) => Ok(Self::Bucket(InBucket {
                client: place.open_bucket(bucket, &env)?,
                bucket: bucket.clone(),
                #[cfg(feature = "s3")]
                presigner: redirects.then(|| place.open_presigner(bucket, &env)).transpose()?,
            })),
        }
    }

    /// Length of a file; none if there is none of that key.
    pub(crate) async fn bytes_of(&self, key: &str) -> anyhow::Result<Option<u64>> {
        match self {
            Self::Folder(folder) => match tokio::fs::metadata(folder.join(key)).await {
                Ok(about) => Ok(about.is_file().then_some(about.len())),
                Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
                Err(error) => Err(error).with_context(|| format!("cannot look at {}", folder.join(key).display())),
            },
            Self::Bucket(InBucket { client, bucket, .. }) => {
                let Some(key) = bucket.key(key) else { return Ok(None) };
                match client.head(&key).await {
                    Ok(about) => Ok(Some(about.size)),
                    Err(object_store::Error::NotFound { .. }) => Ok(None),
                    Err(error) => Err(error).with_context(|| format!("cannot look at {key} in the bucket")),
                }
            }
        }
    }

    /// A part of a file; none if there is none of that key.
    pub(crate) async fn read(&self, key: &str, range: Range<u64>) -> anyhow::Result<Option<Blocks>> {
        match self {
            Self::Folder(folder) => {
                let file = folder.join(key);
                match File::open(&file).await {
                    Ok(opened) => {
                        let blocks = blocks_of(opened, range).await;
                        blocks.map(Some).with_context(|| format!("cannot read {}", file.display()))
                    }
                    Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
                    Err(error) => Err(error).with_context(|| format!("cannot read {}", file.display())),
                }
            }
            Self::Bucket(InBucket { client, bucket, .. }) => {
                let Some(key) = bucket.key(key) else { return Ok(None) };
                let mut options = GetOptions::default();
                // Of nothing there is no range.
                if !range.is_empty() {
                    options.range = Some(GetRange::Bounded(range));
                }
                match client.get_opts(&key, options).await {
                    Ok(got) => Ok(Some(got.into_stream().map_err(io::Error::other).boxed())),
                    Err(object_store::Error::NotFound { .. }) => Ok(None),
                    Err(error) => Err(error).with_context(|| format!("cannot read {key} in the bucket")),
                }
            }
        }
    }

    /// An address of the bucket at which a browser can begin to read a file for some minutes; none where files go through
    /// the shop.
    #[cfg(feature = "s3")]
    pub(crate) async fn address(&self, key: &str) -> anyhow::Result<Option<String>> {
        let Self::Bucket(InBucket { bucket, presigner: Some(presigner), .. }) = self else { return Ok(None) };
        let Some(key) = bucket.key(key) else { return Ok(None) };
        let address = presigner.address(&key, std::time::Duration::from_secs(ADDRESS_SECONDS)).await;
        address.map(Some).context("cannot sign an address of the bucket")
    }

    /// Without S3 there is no bucket.
    #[cfg(not(feature = "s3"))]
    pub(crate) async fn address(&self, _: &str) -> anyhow::Result<Option<String>> {
        Ok(None)
    }

    /// Whether browsers are sent to a bucket.
    pub(crate) fn redirects(&self) -> bool {
        match self {
            Self::Folder(_) => false,
            #[cfg(feature = "s3")]
            Self::Bucket(within) => within.presigner.is_some(),
            #[cfg(not(feature = "s3"))]
            Self::Bucket(_) => false,
        }
    }

    /// Writes a new file as it is read; `told` hears how many bytes are there. Nothing is left of one that is cut off or
    /// longer than [`DOWNLOAD_BYTES_MAX`].
    pub(crate) async fn write(
        &self,
        key: &str,
        name: &FileName,
        from: &mut (dyn AsyncRead + Send + Unpin),
        told: &mut (dyn FnMut(u64) + Send),
    ) -> anyhow::Result<Written> {
        match self {
            Self::Folder(folder) => {
                make_private(folder).with_context(|| format!("cannot make {}", folder.display()))?;
                let (file, part) = (folder.join(key), folder.join(format!("{key}.part")));
                let written = write_file(&part, from, told).await;
                let written = match written {
                    Ok(written) => tokio::fs::rename(&part, &file).await.map(|()| written).map_err(Into::into),
                    Err(error) => Err(error),
                };
                if written.is_err() {
                    let _ = tokio::fs::remove_file(&part).await;
                }
                written.with_context(|| format!("cannot write {}", file.display()))
            }
            Self::Bucket(InBucket { client, bucket, .. }) => {
                let key = bucket.key(key).with_context(|| format!("{key:?} cannot be a key of a bucket"))?;
                // Whoever is sent to the bucket hears what is said here.
                let mut attributes = Attributes::new();
                attributes.insert(Attribute::ContentType, name.media_type().into());
                attributes.insert(Attribute::ContentDisposition, name.content_disposition().into());
                attributes.insert(Attribute::CacheControl, "private, no-store".into());
                let options = PutMultipartOptions { attributes, ..PutMultipartOptions::default() };
                let begun = client.put_multipart_opts(&key, options).await;
                let upload = begun.with_context(|| format!("cannot write {key} in the bucket"))?;
                let mut parts = WriteMultipart::new_with_chunk_size(upload, PART_BYTES);
                match copy(from, told, &mut Sink::Parts(&mut parts)).await {
                    Ok(written) => {
                        parts.finish().await.with_context(|| format!("cannot write {key} in the bucket"))?;
                        Ok(written)
                    }
                    Err(error) => {
                        let _ = parts.abort().await;
                        Err(error)
                    }
                }
            }
        }
    }

    /// Takes a file away; one that is gone is gone.
    pub(crate) async fn delete(&self, key: &str) -> anyhow::Result<()> {
        match self {
            Self::Folder(folder) => match tokio::fs::remove_file(folder.join(key)).await {
                Err(error) if error.kind() != io::ErrorKind::NotFound => {
                    Err(error).with_context(|| format!("cannot remove {}", folder.join(key).display()))
                }
                _ => Ok(()),
            },
            Self::Bucket(InBucket { client, bucket, .. }) => {
                let Some(key) = bucket.key(key) else { return Ok(()) };
                match client.delete(&key).await {
                    Ok(()) | Err(object_store::Error::NotFound { .. }) => Ok(()),
                    Err(error) => Err(error).with_context(|| format!("cannot remove {key} in the bucket")),
                }
            }
        }
    }

    /// Lengths of all files by their keys. A bucket is listed once, and not asked for each.
    pub(crate) async fn lengths(&self) -> anyhow::Result<HashMap<String, u64>> {
        let mut found = HashMap::new();
        match self {
            Self::Folder(folder) => {
                let entries = match std::fs::read_dir(folder) {
                    Ok(entries) => entries,
                    Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(found),
                    Err(error) => return Err(error).with_context(|| format!("cannot look into {}", folder.display())),
                };
                for entry in entries.take(FILES_MAX) {
                    let entry = entry?;
                    if let (Ok(name), Ok(about)) = (entry.file_name().into_string(), entry.metadata()) {
                        found.insert(name, about.len());
                    }
                }
            }
            Self::Bucket(InBucket { client, bucket, .. }) => {
                let top = bucket.key("").unwrap_or_default();
                let mut objects = client.list(Some(&top));
                while let Some(object) = objects.try_next().await.context("cannot list the bucket")? {
                    if found.len() == FILES_MAX {
                        bail!("there are more than {FILES_MAX} objects in the bucket");
                    }
                    found.insert(object.location.filename().unwrap_or_default().to_owned(), object.size);
                }
            }
        }
        Ok(found)
    }
}

/// Makes a folder that nobody but its owner may look into.
fn make_private(folder: &Path) -> io::Result<()> {
    if folder.is_dir() {
        return Ok(());
    }
    let mut builder = std::fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::DirBuilderExt;
        builder.mode(0o700);
    }
    builder.create(folder)
}

async fn write_file(
    part: &Path,
    from: &mut (dyn AsyncRead + Send + Unpin),
    told: &mut (dyn FnMut(u64) + Send),
) -> anyhow::Result<Written> {
    let mut file = File::create(part).await?;
    let written = copy(from, told, &mut Sink::File(&mut file)).await?;
    file.flush().await?;
    file.sync_all().await?;
    Ok(written)
}

/// Where a copy goes.
enum Sink<'s> {
    File(&'s mut File),
    Parts(&'s mut WriteMultipart),
}

/// Copies block by block, and sums up what it was.
async fn copy(
    from: &mut (dyn AsyncRead + Send + Unpin),
    told: &mut (dyn FnMut(u64) + Send),
    to: &mut Sink<'_>,
) -> anyhow::Result<Written> {
    let mut block = vec![0; BLOCK_BYTES];
    let (mut bytes, mut sum) = (0_u64, ring::digest::Context::new(&ring::digest::SHA256));
    loop {
        let read = from.read(&mut block).await.context("cannot read the file")?;
        if read == 0 {
            return Ok(Written { bytes, sha256: to_hex(sum.finish().as_ref()) });
        }
        bytes = bytes.saturating_add(u64::try_from(read).unwrap_or(u64::MAX));
        if bytes > DOWNLOAD_BYTES_MAX {
            bail!("the file is longer than {DOWNLOAD_BYTES_MAX} bytes, the most that one may have; split it");
        }
        sum.update(&block[..read]);
        match to {
            Sink::File(file) => file.write_all(&block[..read]).await?,
            Sink::Parts(parts) => {
                parts.wait_for_capacity(PARTS_AT_ONCE).await.context("cannot write into the bucket")?;
                parts.write(&block[..read]);
            }
        }
        told(bytes);
    }
}

/// A part of an open file, block by block. A file that ends too early ends with an error, so that whoever reads notices.
async fn blocks_of(mut file: File, range: Range<u64>) -> io::Result<Blocks> {
    file.seek(SeekFrom::Start(range.start)).await?;
    let left = range.end.saturating_sub(range.start);
    let next = |(mut file, left): (File, u64)| async move {
        if left == 0 {
            return Ok(None);
        }
        let most = usize::try_from(left).unwrap_or(usize::MAX).min(BLOCK_BYTES);
        let mut block = vec![0; most];
        let read = file.read(&mut block).await?;
        if read == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        block.truncate(read);
        let left = left.saturating_sub(u64::try_from(read).unwrap_or(u64::MAX));
        Ok(Some((Bytes::from(block), (file, left))))
    };
    Ok(stream::try_unfold((file, left), next).boxed())
}

#[cfg(test)]
mod tests {
    use super::*;
    use object_store::memory::InMemory;

    fn stores(folder: &Path) -> Vec<(&'static str, DownloadStore)> {
        let Place::Bucket(bucket) = Place::parse("downloads", "s3://goods/shop/downloads").unwrap() else { panic!() };
        let in_bucket = InBucket {
            client: Arc::new(InMemory::new()),
            bucket,
            #[cfg(feature = "s3")]
            presigner: None,
        };
        vec![("folder", DownloadStore::Folder(folder.join("downloads"))), ("bucket", DownloadStore::Bucket(in_bucket))]
    }

    async fn put(store: &DownloadStore, key: &str, mut content: &[u8]) -> anyhow::Result<Written> {
        store.write(key, &FileName::parse("ü.pdf").unwrap(), &mut content, &mut |_| {}).await
    }

    async fn got(store: &DownloadStore, key: &str, range: Range<u64>) -> Option<Vec<u8>> {
        let blocks = store.read(key, range).await.unwrap()?;
        Some(
            blocks
                .try_fold(Vec::new(), async |mut all, block| {
                    all.extend(block);
                    Ok(all)
                })
                .await
                .unwrap(),
        )
    }

    #[tokio::test]
    async fn a_folder_and_a_bucket_keep_files_alike() {
        let folder = tempfile::tempdir().unwrap();
        let content: Vec<u8> = (0..3 * BLOCK_BYTES + 7).map(|place| u8::try_from(place % 251).unwrap()).collect();
        let length = u64::try_from(content.len()).unwrap();
        for (case, store) in stores(folder.path()) {
            assert_eq!(store.bytes_of("a").await.unwrap(), None, "{case}");
            assert!(
                store.read("a", 0..1).await.unwrap().is_none() && store.lengths().await.unwrap().is_empty(),
                "{case}"
            );
            let written = put(&store, "a", &content).await.unwrap();
            let sum = to_hex(ring::digest::digest(&ring::digest::SHA256, &content).as_ref());
            assert_eq!(written, Written { bytes: length, sha256: sum }, "{case}");
            assert_eq!(store.bytes_of("a").await.unwrap(), Some(length), "{case}");
            for range in [0..length, 0..1, length - 1..length, 100_000..300_000] {
                let places = usize::try_from(range.start).unwrap()..usize::try_from(range.end).unwrap();
                assert_eq!(got(&store, "a", range.clone()).await.unwrap(), content[places], "{case} {range:?}");
            }
            put(&store, "empty", b"").await.unwrap();
            assert_eq!(got(&store, "empty", 0..0).await.unwrap(), b"", "{case}");
            let lengths = HashMap::from([("a".to_owned(), length), ("empty".to_owned(), 0)]);
            assert_eq!(store.lengths().await.unwrap(), lengths, "{case}");
            for _ in 0..2 {
                store.delete("a").await.unwrap();
            }
            assert_eq!(store.bytes_of("a").await.unwrap(), None, "{case}");
        }
    }

    #[tokio::test]
    async fn nothing_is_left_of_a_file_that_is_cut_off() {
        struct Broken(u32);
        impl AsyncRead for Broken {
            fn poll_read(
                mut self: std::pin::Pin<&mut Self>,
                _: &mut std::task::Context<'_>,
                into: &mut tokio::io::ReadBuf<'_>,
            ) -> std::task::Poll<io::Result<()>> {
                self.0 += 1;
                if self.0 > 3 {
                    return std::task::Poll::Ready(Err(io::ErrorKind::ConnectionReset.into()));
                }
                into.put_slice(b"some");
                std::task::Poll::Ready(Ok(()))
            }
        }
        let folder = tempfile::tempdir().unwrap();
        for (case, store) in stores(folder.path()) {
            let name = FileName::parse("a.pdf").unwrap();
            assert!(store.write("a", &name, &mut Broken(0), &mut |_| {}).await.is_err(), "{case}");
            assert!(store.lengths().await.unwrap().is_empty(), "{case}");
        }
    }

    #[tokio::test]
    async fn a_file_that_became_shorter_is_noticed() {
        let folder = tempfile::tempdir().unwrap();
        let (_, store) = stores(folder.path()).remove(0);
        put(&store, "a", b"content").await.unwrap();
        let blocks = store.read("a", 0..100).await.unwrap().unwrap();
        assert!(blocks.try_collect::<Vec<_>>().await.is_err());
    }

    #[cfg(unix)]
    #[tokio::test]
    async fn the_folder_is_its_owners_alone() {
        use std::os::unix::fs::PermissionsExt;
        let folder = tempfile::tempdir().unwrap();
        let (_, store) = stores(folder.path()).remove(0);
        put(&store, "a", b"content").await.unwrap();
        let mode = std::fs::metadata(folder.path().join("downloads")).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o700);
    }
}
