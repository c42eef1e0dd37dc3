//! Where uploads and what was made of them lie: in the store's folder, or in a bucket that the edge reads, too.

use crate::place::{Bucket, Place};
use anyhow::Context;
use bytes::Bytes;
use futures_util::TryStreamExt;
use object_store::path::Path as Key;
use object_store::{Attribute, Attributes, ObjectStore, ObjectStoreExt, PutOptions};
use std::collections::HashSet;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::UNIX_EPOCH;

/// Files under a name of their content never change.
const FOR_EVER: &str = "public, max-age=31536000, immutable";
/// Most objects of a bucket that are listed.
const OBJECTS_MAX: usize = 1_000_000;

/// The media of a store, by paths from their top.
#[derive(Clone, Debug)]
pub(crate) enum MediaStore {
    /// A folder.
    Folder(PathBuf),
    /// A part of a bucket.
    Bucket(Arc<dyn ObjectStore>, Bucket),
}

/// A file, as far as it is known without being read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct AboutFile {
    pub(crate) bytes: u64,
    /// In microseconds since 1970.
    pub(crate) changed_at: i64,
}

impl MediaStore {
    /// Opens the place. Nothing is asked yet.
    pub(crate) fn open(place: &Place, store: &Path, env: impl Fn(&str) -> Option<String>) -> anyhow::Result<Self> {
        match place {
            Place::Folder(folder) => Ok(Self::Folder(store.join(folder))),
            Place::Bucket(bucket) => Ok(Self::Bucket(place.open_bucket(bucket, &env)?, bucket.clone())),
        }
    }

    /// What it is; none if there is no such file.
    pub(crate) async fn about(&self, path: &str) -> anyhow::Result<Option<AboutFile>> {
        match self {
            Self::Folder(folder) => {
                let file = folder.join(path);
                match tokio::fs::metadata(&file).await {
                    Ok(about) if about.is_file() => {
                        let changed = about.modified().ok().and_then(|at| at.duration_since(UNIX_EPOCH).ok());
                        let changed_at = i64::try_from(changed.unwrap_or_default().as_micros()).unwrap_or(i64::MAX);
                        Ok(Some(AboutFile { bytes: about.len(), changed_at }))
                    }
                    Ok(_) => Ok(None),
                    Err(error) if is_absent(&error) => Ok(None),
                    Err(error) => Err(error).with_context(|| format!("cannot look at {}", file.display())),
                }
            }
            Self::Bucket(client, bucket) => {
                let Some(key) = bucket.key(path) else { return Ok(None) };
                match client.head(&key).await {
                    Ok(about) => {
                        let changed_at = about.last_modified.timestamp_micros();
                        Ok(Some(AboutFile { bytes: about.size, changed_at }))
                    }
                    Err(object_store::Error::NotFound { .. }) => Ok(None),
                    Err(error) => Err(error).with_context(|| format!("cannot look at {key} in the bucket")),
                }
            }
        }
    }

    /// All of a file; none if there is none. Whoever does not know how large it may be asks [`Self::about`] first.
    pub(crate) async fn read(&self, path: &str) -> anyhow::Result<Option<Bytes>> {
        match self {
            Self::Folder(folder) => {
                let file = folder.join(path);
                match tokio::fs::read(&file).await {
                    Ok(bytes) => Ok(Some(bytes.into())),
                    Err(error) if is_absent(&error) => Ok(None),
                    Err(error) => Err(error).with_context(|| format!("cannot read {}", file.display())),
                }
            }
            Self::Bucket(client, bucket) => {
                let Some(key) = bucket.key(path) else { return Ok(None) };
                let read = async { client.get(&key).await?.bytes().await };
                match read.await {
                    Ok(bytes) => Ok(Some(bytes)),
                    Err(object_store::Error::NotFound { .. }) => Ok(None),
                    Err(error) => Err(error).with_context(|| format!("cannot read {key} in the bucket")),
                }
            }
        }
    }

    /// Puts a file there as a whole or not at all: browsers keep what they get for a year. `unique` makes the name of
    /// what is written beside it first.
    pub(crate) async fn write(&self, path: &str, bytes: Vec<u8>, unique: &str) -> anyhow::Result<()> {
        match self {
            Self::Folder(folder) => {
                let file = folder.join(path);
                let written = async {
                    if let Some(parent) = file.parent() {
                        tokio::fs::create_dir_all(parent).await?;
                    }
                    let beside = file.with_extension(format!("{unique}.tmp"));
                    tokio::fs::write(&beside, bytes).await?;
                    tokio::fs::rename(&beside, &file).await
                };
                written.await.with_context(|| format!("cannot write {}", file.display()))
            }
            Self::Bucket(client, bucket) => {
                let key = bucket.key(path).with_context(|| format!("{path:?} cannot be a key of a bucket"))?;
                // The edge reads the bucket by itself: what it tells browsers is what is said here.
                let mut attributes = Attributes::new();
                attributes.insert(Attribute::CacheControl, FOR_EVER.into());
                if let Some(served) = media::names::served(path) {
                    attributes.insert(Attribute::ContentType, served.media_type.into());
                    if served.is_download {
                        attributes.insert(Attribute::ContentDisposition, "attachment".into());
                    }
                }
                let options = PutOptions { attributes, ..PutOptions::default() };
                let put = client.put_opts(&key, bytes.into(), options).await;
                put.with_context(|| format!("cannot write {key} in the bucket")).map(drop)
            }
        }
    }

    /// Tells for many paths whether there is such a file. A bucket is listed once, and not asked for each.
    pub(crate) async fn known(&self) -> anyhow::Result<KnownFiles> {
        match self {
            Self::Folder(folder) => Ok(KnownFiles::Folder(folder.clone())),
            Self::Bucket(client, bucket) => {
                let top = bucket.key("").unwrap_or_default();
                let mut objects = client.list(Some(&top));
                let mut found = HashSet::new();
                while let Some(object) = objects.try_next().await.context("cannot list the bucket")? {
                    if found.len() == OBJECTS_MAX {
                        anyhow::bail!("there are more than {OBJECTS_MAX} objects in the bucket");
                    }
                    found.insert(object.location);
                }
                Ok(KnownFiles::Bucket(bucket.clone(), found))
            }
        }
    }
}

/// Which files there are.
pub(crate) enum KnownFiles {
    Folder(PathBuf),
    Bucket(Bucket, HashSet<Key>),
}

impl KnownFiles {
    pub(crate) fn has(&self, path: &str) -> bool {
        match self {
            Self::Folder(folder) => folder.join(path).is_file(),
            Self::Bucket(bucket, found) => bucket.key(path).is_some_and(|key| found.contains(&key)),
        }
    }
}

fn is_absent(error: &std::io::Error) -> bool {
    matches!(error.kind(), std::io::ErrorKind::NotFound | std::io::ErrorKind::NotADirectory)
}

#[cfg(test)]
mod tests {
    use super::*;
    use media::names::{Format, SizedPicture};
    use object_store::memory::InMemory;

    #[tokio::test]
    async fn a_folder_and_a_bucket_keep_files_alike() {
        let folder = tempfile::tempdir().unwrap();
        let bucket = Place::parse("media", "s3://goods/shop/media").unwrap();
        let Place::Bucket(bucket) = bucket else { panic!("it is a bucket") };
        let client: Arc<dyn ObjectStore> = Arc::new(InMemory::new());
        let in_bucket = MediaStore::Bucket(Arc::clone(&client), bucket);
        for (case, store) in [("folder", MediaStore::Folder(folder.path().join("media"))), ("bucket", in_bucket)] {
            assert_eq!(store.about("a/b.jpg").await.unwrap(), None, "{case}");
            assert_eq!(store.read("a/b.jpg").await.unwrap(), None, "{case}");
            for (path, text) in [("a/b.jpg", "one"), ("a/ü %20?.jpg", "two"), ("a/b.jpg", "three")] {
                store.write(path, text.into(), "x").await.unwrap();
                assert_eq!(store.read(path).await.unwrap().unwrap(), text, "{case} {path}");
                let about = store.about(path).await.unwrap().unwrap();
                assert_eq!(about.bytes, u64::try_from(text.len()).unwrap(), "{case} {path}");
                assert!(about.changed_at > 0, "{case} {path}");
            }
            let known = store.known().await.unwrap();
            let found = ["a/b.jpg", "a/ü %20?.jpg", "a", "a/c.jpg", ""].map(|path| known.has(path));
            assert_eq!(found, [true, true, false, false, false], "{case}");
            assert_eq!(store.read("a").await.unwrap_or_default(), None, "{case}: a folder is no file");
        }
        let put = client.list(None).try_collect::<Vec<_>>().await.unwrap();
        assert!(put.iter().all(|object| object.location.as_ref().starts_with("shop/media/a/")), "{put:?}");
    }

    #[tokio::test]
    async fn what_the_edge_reads_from_a_bucket_says_what_it_is_and_how_long_it_may_be_kept() {
        let Place::Bucket(bucket) = Place::parse("media", "s3://goods/media").unwrap() else { panic!() };
        let client: Arc<dyn ObjectStore> = Arc::new(InMemory::new());
        let store = MediaStore::Bucket(Arc::clone(&client), bucket);
        let path = SizedPicture::of_upload(b"upload", 800, 600).file(400, Format::Webp);
        store.write(&path, b"picture".to_vec(), "x").await.unwrap();
        let got = client.get(&Key::parse(format!("media/{path}")).unwrap()).await.unwrap();
        for (attribute, want) in [(Attribute::CacheControl, FOR_EVER), (Attribute::ContentType, "image/webp")] {
            assert_eq!(got.attributes.get(&attribute).map(AsRef::as_ref), Some(want));
        }
    }
}
