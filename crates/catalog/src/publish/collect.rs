//! Deleting files that nobody needs any more.

use super::{PublishError, Publisher, SnapshotError};
use crate::manifest::Manifest;
use crate::store::{CURRENT, STOCK};
use commerce::moment::Moment;
use std::collections::BTreeSet;

/// How long a file is kept after the last manifest that names it was replaced: 7 days. A release that is rolled back,
/// a slow instance and a file on its way to the store are all younger.
const KEPT_MS: i64 = 7 * 24 * 60 * 60 * 1_000;
const MANIFEST_PREFIX: &str = "manifest-";
/// Kinds of files that a snapshot consists of; what has another name is none of ours.
const FILE_PREFIXES: [&str; 6] = ["products-", "keys-", "front-", "counts-", "index-", "hot-"];

/// What was deleted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Collected {
    /// Old manifests.
    pub manifests: usize,
    /// Other files.
    pub files: usize,
}

/// Name of an old manifest. Numbers have 20 digits, so that they sort.
pub(super) fn manifest_name(version: u64) -> String {
    format!("{MANIFEST_PREFIX}{version:020}")
}

/// The highest number of an old manifest; 0 if there is none.
pub(super) fn newest_replaced(objects: &[(String, Moment)]) -> u64 {
    let numbers = objects.iter().filter_map(|(name, _)| name.strip_prefix(MANIFEST_PREFIX)?.parse().ok());
    numbers.max().unwrap_or(0)
}

impl Publisher {
    /// Deletes files that neither `current` nor a manifest of the last 7 days names, and older manifests. To be called
    /// by who holds the lease: a publisher puts files before `current` names them.
    pub async fn collect(&self, now: Moment) -> Result<Collected, PublishError> {
        let objects = self.store.list().await?;
        let Some((_, current)) = self.seen().await? else { return Ok(Collected::default()) };
        let mut needed = current.names();
        // From new to old: each was replaced when the one after it was made.
        let mut replaced = current.created;
        let mut old = Vec::new();
        let mut names: Vec<_> = objects.iter().map(|(name, _)| name).collect();
        names.sort_unstable_by(|a, b| b.cmp(a));
        for name in names {
            if !name.starts_with(MANIFEST_PREFIX) || *name >= manifest_name(current.version) {
                continue;
            }
            if now.ms_since(replaced) > KEPT_MS {
                old.push(name.clone());
                continue;
            }
            let manifest = self.old_manifest(name).await?;
            replaced = manifest.created;
            needed.extend(manifest.names());
        }
        let unneeded = |(name, put): &(String, Moment)| {
            let ours = FILE_PREFIXES.iter().any(|prefix| name.starts_with(prefix));
            let kept = name == CURRENT || name == STOCK || needed.contains(name) || now.ms_since(*put) <= KEPT_MS;
            (ours && !kept).then(|| name.clone())
        };
        let files: BTreeSet<String> = objects.iter().filter_map(unneeded).collect();
        let collected = Collected { manifests: old.len(), files: files.len() };
        // Files first: a manifest that is left over names what is gone, and the next run deletes it.
        for name in files.iter().chain(&old) {
            self.store.delete(name).await?;
        }
        Ok(collected)
    }

    async fn old_manifest(&self, name: &str) -> Result<Manifest, SnapshotError> {
        let found = self.store.find(name).await?.ok_or_else(|| SnapshotError::damaged(name, "it is gone"))?;
        Manifest::from_signed(name, &found.bytes, &self.keys)
    }
}
