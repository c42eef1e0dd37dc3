//! The publisher: writes snapshots. One at a time per store, by a lease whose fencing number `current` carries.
//!
//! Order of every publish: files under names of their own, then the manifest that is about to be replaced under its
//! number, then `current`. Whatever is interrupted, `current` names the old files or the new ones.

mod collect;
mod delta;
mod full;
mod hot;

pub(crate) use crate::error::PublishError;
pub use collect::Collected;
pub use full::FullDraft;

use crate::document::ProductDocument;
use crate::error::SnapshotError;
use crate::facet::FacetTable;
use crate::front::{Counted, Counts, Front, FrontPart};
use crate::index::listing::{Candidates, counted, in_categories};
use crate::index::segment::CardIndex;
use crate::manifest::{FileRef, Manifest, SnapshotKeys};
use crate::purge::Purge;
use crate::reader::View;
use crate::snapshot::{Snapshot, categories_below};
use crate::stock::{STOCK_RECORDS_MAX, StockOverlay};
use crate::store::{CURRENT, STOCK, Seen, SnapshotStore};
use commerce::availability::Availability;
use commerce::ids::{CategoryId, ProductId, StockRecordId};
use commerce::moment::Moment;
use futures_util::{StreamExt, TryStreamExt};
use std::path::PathBuf;
use std::sync::Arc;
use tantivy::Directory;

/// Files that are put at once.
const PUTS_AT_ONCE: usize = 8;
/// Categories with more products have their facets counted when published.
const LARGE_CATEGORY_PRODUCTS: u32 = 2_000;
/// Most products in one small publish; more is a whole one.
pub const CHANGES_MAX: usize = 20_000;

/// Who publishes when, and until when it holds.
#[derive(Clone, Copy, Debug)]
pub struct Stamp {
    /// Now.
    pub now: Moment,
    /// Number of the publisher's lease. One below the number in `current` is refused; an equal one is the same lease.
    pub fence: u64,
    /// The earliest moment at which something that is shown begins or ends.
    pub next_change: Option<Moment>,
}

/// Products that changed.
#[derive(Clone, Debug, Default)]
pub struct Changes {
    /// New or changed products; one each.
    pub upserts: Vec<ProductDocument>,
    /// Products that shoppers no longer see.
    pub removals: Vec<ProductId>,
    /// New categories or settings. A search finds products by a category's new name once they are published again.
    pub front: Option<Front>,
    /// New rules for baskets; `None` leaves them as they are.
    pub rules: Option<Vec<u8>>,
}

/// What was published.
#[derive(Clone, Debug)]
pub struct Published {
    /// Its version.
    pub version: u64,
    /// How many products are in it.
    pub products: u64,
    /// Bytes of new files.
    pub bytes: u64,
    /// What the edge must drop; after a whole publish `store` alone is set, for everything may have changed.
    pub purge: Purge,
    /// Whether so much has changed since the last whole publish that another one pays.
    pub full_advised: bool,
}

/// Writes snapshots to one store.
pub struct Publisher {
    store: SnapshotStore,
    keys: SnapshotKeys,
    /// The last snapshot that was open here, so that the next publish opens only what is new.
    open: tokio::sync::Mutex<Option<Arc<Snapshot>>>,
}

/// A new file on its way to the store.
pub(crate) enum NewFile {
    Bytes(FileRef, Vec<u8>),
    OnDisk(FileRef, PathBuf),
}

impl NewFile {
    pub(crate) fn of(kind: &str, bytes: Vec<u8>) -> (FileRef, Self) {
        let file = FileRef::of(kind, &bytes);
        (file.clone(), Self::Bytes(file, bytes))
    }

    /// Its bytes, where it is not on the disk.
    pub(crate) fn bytes(&self) -> &[u8] {
        match self {
            Self::Bytes(_, bytes) => bytes,
            Self::OnDisk(..) => &[],
        }
    }

    fn file(&self) -> &FileRef {
        match self {
            Self::Bytes(file, _) | Self::OnDisk(file, _) => file,
        }
    }

    fn length(&self) -> u64 {
        match self {
            Self::Bytes(file, _) | Self::OnDisk(file, _) => file.length,
        }
    }
}

/// Everything that a publish writes.
pub(crate) struct Built {
    pub(crate) manifest: Manifest,
    pub(crate) files: Vec<NewFile>,
}

impl std::fmt::Debug for Publisher {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Publisher to {:?}", self.store)
    }
}

impl Publisher {
    /// A publisher to this store.
    pub fn new(store: SnapshotStore, keys: SnapshotKeys) -> Self {
        Self { store, keys, open: tokio::sync::Mutex::new(None) }
    }

    /// `current` as it is now.
    async fn seen(&self) -> Result<Option<(Seen, Manifest)>, SnapshotError> {
        match self.store.find(CURRENT).await? {
            Some(seen) => {
                let manifest = Manifest::from_signed(CURRENT, &seen.bytes, &self.keys)?;
                Ok(Some((seen, manifest)))
            }
            None => Ok(None),
        }
    }

    /// `current` as it is now, and its manifest if that can be read: a whole publish mends what is damaged.
    async fn seen_even_if_damaged(&self) -> Result<(Option<Seen>, Option<Manifest>), SnapshotError> {
        let Some(seen) = self.store.find(CURRENT).await? else { return Ok((None, None)) };
        match Manifest::from_signed(CURRENT, &seen.bytes, &self.keys) {
            Ok(manifest) => Ok((Some(seen), Some(manifest))),
            Err(error) => {
                tracing::warn!(%error, "what was published last cannot be read and is replaced");
                Ok((Some(seen), None))
            }
        }
    }

    /// Publishes the whole catalogue from a draft, whatever was there before, even if that is damaged.
    pub async fn publish_full(&self, draft: FullDraft, stamp: Stamp) -> Result<Published, PublishError> {
        let (seen, manifest) = self.seen_even_if_damaged().await?;
        check_fence(manifest.as_ref().map(|manifest| manifest.fence), stamp.fence)?;
        let version = match (&seen, &manifest) {
            (_, Some(manifest)) => manifest.version + 1,
            // One more than the damaged one, whose number is one more than that of the newest that was replaced.
            (Some(_), None) => collect::newest_replaced(&self.store.list().await?) + 2,
            // A number is used once, also where what was current has been put aside: pages are remembered by it.
            (None, None) => match collect::newest_replaced(&self.store.list().await?) {
                0 => 1,
                newest => newest + 2,
            },
        };
        let store = self.store.clone();
        let (built, scratch) = tokio::task::spawn_blocking(move || draft.build(version, stamp, &store)).await??;
        let published = Published {
            version,
            products: built.manifest.products,
            bytes: built.files.iter().map(NewFile::length).sum(),
            purge: Purge { store: true, ..Purge::default() },
            full_advised: false,
        };
        self.flip(seen.as_ref(), manifest.map(|manifest| manifest.version), built).await?;
        drop(scratch);
        Ok(published)
    }

    /// Publishes some changed products over what is there.
    pub async fn publish_changes(&self, changes: Changes, stamp: Stamp) -> Result<Published, PublishError> {
        if changes.upserts.len() + changes.removals.len() > CHANGES_MAX {
            return Err(PublishError::NeedsFull("too many products changed at once"));
        }
        let (seen, manifest) = self.seen().await?.ok_or(PublishError::NeedsFull("nothing has been published yet"))?;
        check_fence(Some(manifest.fence), stamp.fence)?;
        let mut open = self.open.lock().await;
        let before = match open.take() {
            Some(known) if known.manifest == manifest => known,
            known => Arc::new(Snapshot::open(&self.store, manifest, known.as_deref()).await?),
        };
        *open = Some(before.clone());
        let (base, store) = (before.clone(), self.store.clone());
        let build = move || delta::build(&base, changes, stamp, &store);
        let (built, purge) = tokio::task::spawn_blocking(build).await??;
        let published = Published {
            version: built.manifest.version,
            products: built.manifest.products,
            bytes: built.files.iter().map(NewFile::length).sum(),
            purge,
            full_advised: delta::full_advised(&built.manifest),
        };
        self.flip(Some(&seen), Some(before.version()), built).await?;
        Ok(published)
    }

    /// What is published now, read from the store and not from a look of some moments ago: for whoever holds the lease
    /// and decides what to publish next.
    pub async fn view(&self, now: Moment) -> Result<View, PublishError> {
        let (_, manifest) = self.seen().await?.ok_or(PublishError::NeedsFull("nothing has been published yet"))?;
        let mut open = self.open.lock().await;
        let snapshot = match open.take() {
            Some(known) if known.manifest == manifest => known,
            known => Arc::new(Snapshot::open(&self.store, manifest, known.as_deref()).await?),
        };
        *open = Some(snapshot.clone());
        let seen = self.store.find(STOCK).await?;
        // One that cannot be read is replaced by the next: every overlay is whole.
        let stock = seen.and_then(|seen| StockOverlay::from_signed(STOCK, &seen.bytes, &self.keys).ok());
        Ok(View { snapshot, stock: Arc::new(stock.unwrap_or_default()), checked_at: now })
    }

    async fn put(&self, file: &NewFile) -> Result<(), SnapshotError> {
        match file {
            NewFile::Bytes(file, bytes) => self.store.put(&file.name, bytes.clone()).await,
            NewFile::OnDisk(file, path) => self.store.put_file(file, path).await,
        }
    }

    /// Files, then the old manifest under its number, then `current`.
    async fn flip(&self, seen: Option<&Seen>, replaced: Option<u64>, built: Built) -> Result<(), PublishError> {
        let puts: Vec<_> = built.files.iter().map(|file| self.put(file)).collect();
        futures_util::stream::iter(puts).buffer_unordered(PUTS_AT_ONCE).try_collect::<()>().await?;
        if let (Some(seen), Some(version)) = (seen, replaced) {
            self.store.put(&collect::manifest_name(version), seen.bytes.clone()).await?;
        }
        self.store.swap(CURRENT, seen, built.manifest.to_signed(&self.keys)).await
    }

    /// Publishes what is said of stock where it differs from the snapshot: all of it, each time. Gives its sequence
    /// number.
    pub async fn publish_stock(
        &self,
        records: Vec<(StockRecordId, Availability)>,
        stamp: Stamp,
    ) -> Result<u64, PublishError> {
        if records.len() > STOCK_RECORDS_MAX {
            return Err(PublishError::TooMany { what: "stock records in the overlay", most: STOCK_RECORDS_MAX });
        }
        let seen = self.store.find(STOCK).await?;
        // One that cannot be read is replaced: every overlay is whole.
        let before = seen.as_ref().and_then(|seen| StockOverlay::from_signed(STOCK, &seen.bytes, &self.keys).ok());
        check_fence(before.as_ref().map(|before| before.fence), stamp.fence)?;
        // Whoever published the catalogue since knows more of stock, even if they left the overlay as it was.
        let (_, current) = self.seen_even_if_damaged().await?;
        check_fence(current.map(|current| current.fence), stamp.fence)?;
        let sequence = before.map_or(0, |before| before.sequence) + 1;
        let overlay = StockOverlay::new(sequence, stamp.fence, stamp.now, records);
        self.store.swap(STOCK, seen.as_ref(), overlay.to_signed(&self.keys)).await?;
        Ok(sequence)
    }
}

fn check_fence(theirs: Option<u64>, ours: u64) -> Result<(), PublishError> {
    match theirs {
        Some(theirs) if ours < theirs => Err(PublishError::Fenced { ours, theirs }),
        _ => Ok(()),
    }
}

/// Files of the index for the manifest: those that its segments consist of.
pub(crate) fn index_files(index: &tantivy::Index) -> Result<Vec<PathBuf>, SnapshotError> {
    let mut files = Vec::new();
    for file in index.load_metas()?.list_segment_files() {
        // A segment need not have every kind of file.
        if index.directory().exists(&file).map_err(tantivy::TantivyError::from)? {
            files.push(file);
        }
    }
    files.sort();
    Ok(files)
}

/// Counts the front part anew. Counts of large categories that `known` has and `touched` denies stay as they are.
pub(crate) fn count(
    index: &CardIndex,
    front: &FrontPart,
    table: FacetTable,
    known: &[(CategoryId, Counted)],
    touched: impl Fn(CategoryId) -> bool,
) -> Result<Counts, SnapshotError> {
    let currencies = &front.front.currencies;
    let mut counts = Counts { store: counted(index, &Candidates::All, &table, currencies)?, ..Counts::default() };
    for category in &front.front.categories {
        let lists = in_categories(index, &categories_below(front, category.id))?;
        let products = u32::try_from(lists.iter().map(Vec::len).sum::<usize>()).unwrap_or(u32::MAX);
        counts.products.push(products);
        if products > LARGE_CATEGORY_PRODUCTS {
            let still_true = known.iter().find(|(id, _)| *id == category.id && !touched(category.id));
            let counted = match still_true {
                Some((_, counted)) => counted.clone(),
                None => counted(index, &Candidates::Hits(lists), &table, currencies)?,
            };
            counts.large.push((category.id, counted));
        }
    }
    counts.table = table;
    Ok(counts)
}
