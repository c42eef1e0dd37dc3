//! Where the snapshot and the media are: in a folder of the store, or in a bucket that all instances of the shop reach.

use anyhow::{Context, anyhow, bail};
use catalog::{RangeOptions, SnapshotStore};
use object_store::ObjectStore;
use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Below the store's folder: where a package brings files of a bucket's snapshot.
const COPIES: &str = "data/snapshot";
/// How addresses of buckets begin.
const S3: &str = "s3://";
/// Lengths of a bucket's name (S3's rules for general purpose buckets).
const BUCKET_CHARS: std::ops::RangeInclusive<usize> = 3..=63;
/// Longest prefix. S3 takes keys of 1,024 bytes, and file names of a snapshot are shorter than a hundred.
const PREFIX_CHARS_MAX: usize = 512;
/// How long a look at a folder may take, in milliseconds.
const FOLDER_LOOK_WAIT_MS_MAX: u64 = 5_000;
/// The same for a bucket: after a whole publish all new files are fetched, 60 MB at 2 MB a second. That the bucket is
/// not reached is told much sooner, by the bounds of each request.
const BUCKET_LOOK_WAIT_MS_MAX: u64 = 30_000;

/// Opens a bucket by its name, with credentials from the environment.
type OpenBucket = fn(&str, &dyn Fn(&str) -> Option<String>) -> anyhow::Result<Arc<dyn ObjectStore>>;

#[cfg(feature = "s3")]
const OPEN_BUCKET: Option<OpenBucket> = Some(|bucket, env| Ok(s3::open(bucket, env)?));
#[cfg(not(feature = "s3"))]
const OPEN_BUCKET: Option<OpenBucket> = None;

/// Where something is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Place {
    /// A folder, from the store's folder on.
    Folder(PathBuf),
    /// A part of an S3 bucket.
    Bucket(Bucket),
}

/// A part of an S3 bucket: every object of it has a name that begins with the prefix.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Bucket {
    name: String,
    prefix: String,
}

impl Place {
    /// What a setting of this name says: a folder, or `s3://bucket/prefix`.
    pub fn parse(setting: &str, raw: &str) -> anyhow::Result<Self> {
        if let Some(address) = raw.strip_prefix(S3) {
            return Bucket::parse(address).map(Self::Bucket).with_context(|| format!("{setting}: {raw:?}"));
        }
        if raw.contains("://") {
            bail!("{setting}: {raw:?} is neither a folder nor s3://bucket/prefix");
        }
        Ok(Self::Folder(PathBuf::from(raw)))
    }

    /// The folder, if it is one.
    pub fn folder_in(&self, store: &Path) -> Option<PathBuf> {
        match self {
            Self::Folder(folder) => Some(store.join(folder)),
            Self::Bucket(_) => None,
        }
    }

    /// Whether something was published there. Nothing is made.
    pub async fn was_published(&self, store: &Path, env: impl Fn(&str) -> Option<String>) -> anyhow::Result<bool> {
        match self {
            Self::Folder(folder) => Ok(store.join(folder).join("current").is_file()),
            Self::Bucket(_) => {
                let opened = self.open(store, env)?;
                opened.was_published().await.with_context(|| format!("cannot look into {self}"))
            }
        }
    }

    /// Opens the bucket itself, with credentials from the environment.
    pub(crate) fn open_bucket(
        &self,
        bucket: &Bucket,
        env: &dyn Fn(&str) -> Option<String>,
    ) -> anyhow::Result<Arc<dyn ObjectStore>> {
        let open = OPEN_BUCKET.ok_or_else(|| self.without_s3())?;
        open(&bucket.name, env).with_context(|| format!("cannot use {self}"))
    }

    /// What makes addresses of the bucket's objects for browsers.
    #[cfg(feature = "s3")]
    pub(crate) fn open_presigner(
        &self,
        bucket: &Bucket,
        env: &dyn Fn(&str) -> Option<String>,
    ) -> anyhow::Result<s3::Presigner> {
        s3::Presigner::open(&bucket.name, env).with_context(|| format!("cannot use {self}"))
    }

    fn without_s3(&self) -> anyhow::Error {
        anyhow!(
            "{self} is in a bucket, and this program was built without S3; build it with `cargo build --release \
             --features s3`, or name a folder"
        )
    }

    /// Opens it for reading and writing a snapshot; a folder is made if it is not there. A bucket is not asked anything yet.
    pub fn open(&self, store: &Path, env: impl Fn(&str) -> Option<String>) -> anyhow::Result<SnapshotStore> {
        self.open_with(OPEN_BUCKET, store, &env)
    }

    fn open_with(
        &self,
        open_bucket: Option<OpenBucket>,
        store: &Path,
        env: &dyn Fn(&str) -> Option<String>,
    ) -> anyhow::Result<SnapshotStore> {
        match self {
            Self::Folder(folder) => Ok(SnapshotStore::folder(&store.join(folder))?),
            Self::Bucket(bucket) => {
                let open = open_bucket.ok_or_else(|| anyhow!("snapshot: {}", self.without_s3()))?;
                let opened = || open(&bucket.name, env).with_context(|| format!("cannot use {self}"));
                let (writer, reader) = (opened()?, opened()?);
                let opened = SnapshotStore::remote_by_ranges(writer, reader, &bucket.prefix, RangeOptions::default())?;
                // A package may bring what was published when it was made.
                Ok(opened.with_copies_in(&store.join(COPIES)))
            }
        }
    }

    /// How long a look there may take, in milliseconds.
    pub(crate) fn look_wait_ms_max(&self) -> u64 {
        match self {
            Self::Folder(_) => FOLDER_LOOK_WAIT_MS_MAX,
            Self::Bucket(_) => BUCKET_LOOK_WAIT_MS_MAX,
        }
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Folder(folder) => write!(f, "{}", folder.display()),
            Self::Bucket(Bucket { name, prefix }) => write!(f, "{S3}{name}/{prefix}"),
        }
    }
}

impl Bucket {
    /// The key of a path below the prefix; none if S3 has no such key.
    pub(crate) fn key(&self, path: &str) -> Option<object_store::path::Path> {
        object_store::path::Path::parse(format!("{}/{path}", self.prefix)).ok()
    }

    /// `bucket/prefix`. There must be a prefix: old files of a snapshot are looked for by listing, and a bucket without
    /// one would be listed whole.
    fn parse(address: &str) -> anyhow::Result<Self> {
        let (name, prefix) = address.split_once('/').unwrap_or((address, ""));
        let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit();
        let is_name = BUCKET_CHARS.contains(&name.len())
            && name.chars().all(|c| plain(c) || c == '-' || c == '.')
            && name.starts_with(plain)
            && name.ends_with(plain);
        if !is_name {
            bail!("{name:?} is not a bucket's name: 3 to 63 small letters, digits, - and .");
        }
        let prefix = prefix.strip_suffix('/').unwrap_or(prefix);
        if prefix.is_empty() {
            bail!("a prefix is missing: write s3://{name}/snapshot, so that nothing else of the bucket is touched");
        }
        let is_part = |part: &str| {
            !part.is_empty()
                && part.chars().any(|c| c != '.')
                && part.chars().all(|c| c.is_ascii_alphanumeric() || "-_.".contains(c))
        };
        if prefix.len() > PREFIX_CHARS_MAX || !prefix.split('/').all(is_part) {
            bail!("{prefix:?} is not a prefix: letters, digits, -, _ and . between single slashes");
        }
        Ok(Self { name: name.to_owned(), prefix: prefix.to_owned() })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_are_parsed_at_the_door() {
        for (case, raw, want) in [
            ("a folder", "data/snapshot", Ok("data/snapshot")),
            ("a bucket", "s3://goods/shop", Ok("s3://goods/shop")),
            ("deeper", "s3://my.goods-2/shops/one_2/snap.shot", Ok("s3://my.goods-2/shops/one_2/snap.shot")),
            ("a slash at the end", "s3://goods/shop/", Ok("s3://goods/shop")),
            ("no prefix", "s3://goods", Err("a prefix is missing")),
            ("no prefix but a slash", "s3://goods/", Err("a prefix is missing")),
            ("no bucket", "s3:///shop", Err("not a bucket's name")),
            ("nothing", "s3://", Err("not a bucket's name")),
            ("a short bucket", "s3://ab/shop", Err("not a bucket's name")),
            ("capitals", "s3://Goods/shop", Err("not a bucket's name")),
            ("a user", "s3://user:key@goods/shop", Err("not a bucket's name")),
            ("two slashes", "s3://goods//shop", Err("not a prefix")),
            ("two slashes at the end", "s3://goods/shop//", Err("not a prefix")),
            ("dots", "s3://goods/../shop", Err("not a prefix")),
            ("a query", "s3://goods/shop?x=1", Err("not a prefix")),
            ("another scheme", "gs://goods/shop", Err("neither a folder nor s3://bucket/prefix")),
            ("a scheme in capitals", "S3://goods/shop", Err("neither a folder nor s3://bucket/prefix")),
        ] {
            match (Place::parse("snapshot", raw), want) {
                (Ok(place), Ok(want)) => assert_eq!(place.to_string(), want, "{case}"),
                (Err(error), Err(want)) => assert!(format!("{error:#}").contains(want), "{case}: {error:#}"),
                (got, want) => panic!("{case}: {got:?}, not {want:?}"),
            }
        }
    }

    #[test]
    fn a_program_without_s3_says_so_and_what_to_do() {
        let place = Place::parse("snapshot", "s3://goods/shop").expect("the address is right");
        let error = place.open_with(None, Path::new("."), &|_| None).expect_err("there is no S3");
        let words = error.to_string();
        assert!(words.contains("built without S3") && words.contains("--features s3"), "{words}");
    }
}
