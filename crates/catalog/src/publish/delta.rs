//! Publishing some changed products: a small part over the base, whose files stay as they are.

use super::{Built, CHANGES_MAX, Changes, NewFile, PublishError, Stamp, count, hot, index_files};
use crate::bytes::FileBytes;
use crate::document::ProductDocument;
use crate::error::SnapshotError;
use crate::facet::FacetTable;
use crate::front::{Counts, FrontPart, counts_bytes, front_bytes};
use crate::hot::{HotRanges, hot_from};
use crate::index::directory::{META, Overlay};
use crate::index::schema::Fields;
use crate::index::segment::CardIndex;
use crate::keys::{keys_bytes, records_of};
use crate::manifest::{FileRef, Manifest, PartRef};
use crate::products::{PAYLOAD_BYTES_MAX, Payload, ProductsWriter};
use crate::purge::{Ancestors, Purge};
use crate::snapshot::Snapshot;
use crate::store::SnapshotStore;
use crate::wire::{Input, Wire};
use commerce::ids::ProductId;
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::sync::Arc;
use tantivy::directory::OwnedBytes;
use tantivy::merge_policy::NoMergePolicy;
use tantivy::{Directory, Index, IndexWriter};

/// Most small parts, of the products and of the index; then they are merged into one.
const SMALL_PARTS_MAX: usize = 20;
/// Memory of the index while a small part is written, in bytes: the least that Tantivy takes.
const INDEX_MEMORY_BYTES: usize = 15 << 20;
/// A whole publish is advised when the small parts hold more than this share of the base, and more than
/// [`FULL_ADVISED_MIN`] products.
const FULL_ADVISED_SHARE: u64 = 4;
/// See [`FULL_ADVISED_SHARE`].
const FULL_ADVISED_MIN: u64 = 1_000;

/// Old and new state of each product that changed.
struct Change {
    old: Option<ProductDocument>,
    new: Option<ProductDocument>,
}

/// Whether another whole publish pays.
pub(super) fn full_advised(manifest: &Manifest) -> bool {
    let small: u64 = manifest.parts.iter().skip(1).map(|part| part.entries).sum();
    let base = manifest.parts.first().map_or(0, |part| part.entries);
    small > FULL_ADVISED_MIN && small > base / FULL_ADVISED_SHARE
}

/// Makes the files of a small publish over `before`.
pub(super) fn build(
    before: &Snapshot,
    changes: Changes,
    stamp: Stamp,
    store: &SnapshotStore,
) -> Result<(Built, Purge), PublishError> {
    let Some(rules_before) = &before.manifest.rules else {
        return Err(PublishError::NeedsFull("the release before has written what is published"));
    };
    let (rules, rules_file) = match changes.rules {
        Some(bytes) => {
            let (rules, file) = NewFile::of("rules", bytes);
            (rules, Some(file))
        }
        None => (rules_before.clone(), None),
    };
    let rules_changed = rules != *rules_before;
    let front_changed = changes.front.as_ref().is_some_and(|front| *front != before.front.front);
    let front = match changes.front {
        Some(front) if front_changed => {
            front.check()?;
            Arc::new(FrontPart::new(front))
        }
        _ => before.front.clone(),
    };
    let changed = changed(before, changes.upserts, changes.removals)?;
    let mut purge = Purge { store: front_changed || rules_changed, ..Purge::default() };
    let tree = |front| {
        let front: &FrontPart = front;
        Ancestors { tree: &front.tree, ids: &front.front.categories }
    };
    for change in changed.values() {
        purge.add(change.old.as_ref(), change.new.as_ref(), tree(&before.front), tree(&front));
    }

    let mut files = Vec::new();
    let mut table = before.counts.table.clone();
    let overlay = before.overlay.unwritten();
    let index = write_index(&overlay, &front, &mut table, &changed)?;
    let index_refs = index_refs(&index, &overlay, before, &mut files)?;
    let index_meta = overlay.atomic_read(Path::new(META)).map_err(tantivy::TantivyError::from)?;

    let parts = parts_after(before, &changed, &mut files)?;
    let cards = CardIndex::open(&index, &front.front)?;
    let touched = touched_categories(&changed, &front);
    let known: &[_] = if front_changed { &[] } else { &before.counts.large };
    let counts = count(&cards, &front, table, known, |id| touched.contains(&id))?;
    let (counts_ref, counts_file) = NewFile::of("counts", counts_bytes(&counts));
    let (front_ref, front_file) = NewFile::of("front", front_bytes(&front.front));
    let products = cards.products();
    drop(cards);
    let mut manifest = Manifest {
        version: before.manifest.version + 1,
        fence: stamp.fence,
        created: stamp.now,
        next_change: stamp.next_change,
        products,
        parts,
        dictionary: before.manifest.dictionary.clone(),
        front: front_ref,
        counts: counts_ref,
        index: index_refs,
        index_meta,
        hot: Vec::new(),
        inline: Vec::new(),
        rules: Some(rules.clone()),
    };
    let by_ranges = store.reads_ranges_of(manifest.bytes());
    for (file, new) in [(manifest.counts.clone(), counts_file), (manifest.front.clone(), front_file)] {
        if by_ranges {
            manifest.put_inline(&file, new.bytes());
        }
        if !before.files.contains_key(&file.name) {
            files.push(new);
        }
    }
    if by_ranges {
        let known = before.files.get(&rules.name).filter(|bytes| bytes.is_at_hand());
        match (&rules_file, known) {
            (Some(new), _) => manifest.put_inline(&rules, new.bytes()),
            (None, Some(bytes)) => manifest.put_inline(&rules, &bytes.whole()?),
            (None, None) => {}
        }
        heat(before, &mut manifest, &mut files, &front, &counts, store)?;
    }
    files.extend(rules_file.filter(|_| rules_changed));
    Ok((Built { manifest, files }, purge))
}

/// The base's hot part stays, for its files do; what small publishes wrote is hot as a whole.
fn heat(
    before: &Snapshot,
    manifest: &mut Manifest,
    files: &mut Vec<NewFile>,
    front: &FrontPart,
    counts: &Counts,
    store: &SnapshotStore,
) -> Result<(), PublishError> {
    let Some(base) = before.manifest.hot.first() else {
        return Err(PublishError::NeedsFull("the last whole publish wrote no hot part"));
    };
    let mut hot = HotRanges::new();
    for bytes in store.fetch_waiting(std::slice::from_ref(base))? {
        hot.extend(hot_from(&base.name, &bytes)?);
    }
    let bytes_of = |file: &FileRef| {
        let new = files.iter().find(|new| new.file() == file).map(|new| OwnedBytes::new(new.bytes().to_vec()));
        let bytes = new.map(FileBytes::Whole).or_else(|| before.files.get(&file.name).cloned());
        bytes.ok_or_else(|| SnapshotError::damaged(&file.name, "it is missing"))
    };
    let parts = manifest.parts.iter().skip(1).flat_map(|part| [&part.products, &part.keys]);
    let index = manifest.index.iter().map(|(_, file)| file).filter(|file| !hot.contains_key(&file.name));
    let small = parts.chain(index).map(|file| Ok((file.clone(), bytes_of(file)?)));
    let small = small.collect::<Result<Vec<_>, SnapshotError>>()?;
    let (part, file) = hot::of_small_files(&small)?;
    hot.extend(hot_from(&part.name, file.bytes())?);
    let of_index = manifest.index.iter().map(|(name, file)| Ok((name.clone(), file.clone(), bytes_of(file)?)));
    let of_index = of_index.collect::<Result<_, SnapshotError>>()?;
    hot::check(&of_index, &manifest.index_meta, front, counts, &hot).map_err(|error| match error {
        PublishError::Cold { .. } => PublishError::NeedsFull("what is hot of the base is enough no more"),
        other => other,
    })?;
    manifest.hot = vec![base.clone(), part];
    files.push(file);
    Ok(())
}

/// Old and new states by id. New states must not take addresses, ids or keys of other products.
fn changed(
    before: &Snapshot,
    upserts: Vec<ProductDocument>,
    removals: Vec<ProductId>,
) -> Result<BTreeMap<ProductId, Change>, PublishError> {
    let mut changed = BTreeMap::new();
    for id in removals {
        // A child's id finds its parent, which does not go because its child does.
        let old = before.product_by_id(id)?.filter(|old| old.id == id);
        changed.insert(id, Change { old, new: None });
    }
    let mut new_keys = BTreeSet::new();
    for new in upserts {
        let keys = records_of(&new).into_iter().map(|(key, _)| key).chain([crate::hash::slug_hash(&new.slug)]);
        for key in keys {
            if !new_keys.insert(key) {
                return Err(PublishError::Duplicate(format!("the slug, an id or a key of product {}", new.slug)));
            }
        }
        let old = before.product_by_id(new.id)?.filter(|old| old.id == new.id);
        changed.insert(new.id, Change { old, new: Some(new) });
    }
    for change in changed.values() {
        let Some(new) = &change.new else { continue };
        let holder = before.product(&new.slug)?.map(|holder| holder.id);
        if holder.is_some_and(|holder| holder != new.id && !changed.contains_key(&holder)) {
            return Err(PublishError::Duplicate(format!("product {}", new.slug)));
        }
    }
    Ok(changed)
}

fn touched_categories(changed: &BTreeMap<ProductId, Change>, front: &FrontPart) -> BTreeSet<commerce::ids::CategoryId> {
    let states = changed.values().flat_map(|change| [&change.old, &change.new]).flatten();
    let places = states.flat_map(|document| crate::index::schema::category_places(&document.categories, front));
    places.map(|place| front.front.categories[place].id).collect()
}

/// Deletes and adds, in one commit; merges small segments when there are many.
fn write_index(
    overlay: &Overlay,
    front: &FrontPart,
    table: &mut FacetTable,
    changed: &BTreeMap<ProductId, Change>,
) -> Result<Index, PublishError> {
    let index = Index::open(overlay.clone())?;
    let fields = Fields::of(&index.schema(), &front.front)?;
    if changed.is_empty() {
        return Ok(index);
    }
    let mut writer: IndexWriter = index.writer_with_num_threads(1, INDEX_MEMORY_BYTES)?;
    writer.set_merge_policy(Box::new(NoMergePolicy));
    for (id, change) in changed {
        writer.delete_term(fields.id_term(*id));
        if let Some(new) = &change.new {
            let numbers = table.numbers(new, &front.front.languages);
            writer.add_document(fields.entry(new, &numbers, front))?;
        }
    }
    writer.commit()?;
    let mut segments = index.searchable_segment_metas()?;
    if segments.len() > SMALL_PARTS_MAX + 1 {
        // All but the base, which is the largest.
        segments.sort_by_key(tantivy::SegmentMeta::max_doc);
        segments.pop();
        let small: Vec<_> = segments.iter().map(tantivy::SegmentMeta::id).collect();
        writer.merge(&small).wait()?;
    }
    writer.wait_merging_threads()?;
    Ok(index)
}

/// Files of the index: old ones as they were, new ones from the overlay.
fn index_refs(
    index: &Index,
    overlay: &Overlay,
    before: &Snapshot,
    files: &mut Vec<NewFile>,
) -> Result<Vec<(String, FileRef)>, PublishError> {
    let old: BTreeMap<_, _> = before.manifest.index.iter().map(|(name, file)| (name.as_str(), file)).collect();
    let mut refs = Vec::new();
    for path in index_files(index)? {
        let name = path.to_string_lossy().into_owned();
        if let Some(file) = old.get(name.as_str()) {
            refs.push((name, (*file).clone()));
            continue;
        }
        let bytes = overlay.bytes(&path)?.ok_or_else(|| SnapshotError::damaged(&name, "it is missing"))?;
        let (file, new) = NewFile::of("index", bytes.to_vec());
        files.push(new);
        refs.push((name, file));
    }
    Ok(refs)
}

/// The parts with one more, or with all small ones merged into one.
fn parts_after(
    before: &Snapshot,
    changed: &BTreeMap<ProductId, Change>,
    files: &mut Vec<NewFile>,
) -> Result<Vec<PartRef>, PublishError> {
    let mut parts = before.manifest.parts.clone();
    if changed.is_empty() {
        return Ok(parts);
    }
    // By hash and slug; what comes later counts.
    let mut payloads: BTreeMap<(u64, String), Payload> = BTreeMap::new();
    if parts.len() > SMALL_PARTS_MAX {
        for (place, part) in before.parts.iter().enumerate().skip(1) {
            let read = part.products.walk(0, &before.dictionary, |hash, bytes| {
                let payload: Payload = Input::whole(bytes).map_err(|_| "a document is torn")?;
                let slug = slug_of(&payload).to_owned();
                payloads.insert((hash, slug), payload);
                Ok(true)
            });
            let name = &parts[place].products.name;
            read.map_err(|error| error.of(name))?;
        }
        parts.truncate(1);
    }
    // All that go before all that come: a new product may take an old one's address.
    for old in changed.values().filter_map(|change| change.old.as_ref()) {
        let gone = Payload::Gone(old.slug.clone());
        payloads.insert((gone.hash(), old.slug.clone()), gone);
    }
    for new in changed.values().filter_map(|change| change.new.as_ref()) {
        let document = Payload::Document(Box::new(new.clone()));
        payloads.insert((document.hash(), new.slug.clone()), document);
    }
    parts.push(small_part(before, &payloads, files)?);
    Ok(parts)
}

fn slug_of(payload: &Payload) -> &str {
    match payload {
        Payload::Document(document) => &document.slug,
        Payload::Gone(slug) => slug,
    }
}

fn small_part(
    before: &Snapshot,
    payloads: &BTreeMap<(u64, String), Payload>,
    files: &mut Vec<NewFile>,
) -> Result<PartRef, PublishError> {
    let mut writer = ProductsWriter::new(Vec::new(), &before.manifest.dictionary)?;
    let mut records = Vec::new();
    for ((hash, _), payload) in payloads {
        let bytes = payload.to_bytes();
        if bytes.len() > PAYLOAD_BYTES_MAX {
            return Err(PublishError::TooMany { what: "bytes in one product", most: PAYLOAD_BYTES_MAX });
        }
        writer.add(*hash, &bytes)?;
        // The slug is a key too: it tells whether this part knows the product.
        records.push((*hash, *hash));
        if let Payload::Document(document) = payload {
            records.extend(records_of(document));
        }
    }
    let (bytes, directory) = writer.finish()?;
    let (products, file) = NewFile::of("products", bytes);
    files.push(file);
    let (keys, file) = NewFile::of("keys", keys_bytes(records));
    files.push(file);
    Ok(PartRef { products, keys, directory, entries: u64::try_from(payloads.len()).unwrap_or(u64::MAX) })
}

// A publish of the largest size stays far below what a whole one is for.
const _: () = assert!(CHANGES_MAX < super::full::PRODUCTS_MAX);
