//! Publishing everything, in bounded memory: documents go to a scratch file as they come and are read back twice, in
//! the order of the products file and in the order of the index. Memory holds about 200 bytes of each product.

use super::{Built, NewFile, PublishError, Stamp, count, hot, index_files};
use crate::bytes::FileBytes;
use crate::document::ProductDocument;
use crate::error::SnapshotError;
use crate::facet::FacetTable;
use crate::front::{Front, FrontPart, counts_bytes, front_bytes};
use crate::index::directory::META;
use crate::index::schema::{Fields, schema, settings};
use crate::index::segment::CardIndex;
use crate::keys::{keys_bytes, records_of};
use crate::manifest::{FileRef, Manifest, PartRef};
use crate::products::{DICTIONARY_SAMPLE_BYTES, Dictionary, PAYLOAD_BYTES_MAX, Payload, ProductsWriter};
use crate::store::{SnapshotStore, file_ref};
use crate::wire::{Input, Wire};
use std::cmp::Reverse;
use std::collections::HashSet;
use std::fs::File;
use std::io::{BufWriter, Read, Seek, SeekFrom, Write};
use std::path::Path;
use tantivy::directory::MmapDirectory;
use tantivy::merge_policy::NoMergePolicy;
use tantivy::{Directory, Index, IndexWriter};
use tempfile::TempDir;

/// Memory of the index while it is written, in bytes; past that a segment goes to the scratch folder.
const INDEX_MEMORY_BYTES: usize = 192 << 20;
/// Most products in a store.
pub(super) const PRODUCTS_MAX: usize = 5_000_000;

/// A catalogue on its way to being published.
pub struct FullDraft {
    scratch: TempDir,
    spilled: BufWriter<File>,
    offset: u64,
    front: FrontPart,
    table: FacetTable,
    entries: Vec<Spilled>,
    keys: Vec<(u64, u64)>,
    /// Hashes of slugs, ids and keys, to find doubles.
    seen: HashSet<u64>,
    samples: Vec<u8>,
    sample_sizes: Vec<usize>,
    rules: Vec<u8>,
}

/// Where a document lies and where it belongs.
struct Spilled {
    hash: u64,
    offset: u64,
    length: u32,
    /// Place of its main category, then the shop's own order.
    order: (u32, Reverse<i64>, Reverse<u64>),
}

impl std::fmt::Debug for FullDraft {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "FullDraft of {} products", self.entries.len())
    }
}

impl FullDraft {
    /// Begins a draft; `scratch` is a folder for files of about the size of the catalogue, which go with the draft.
    pub fn new(front: Front, scratch: &Path) -> Result<Self, PublishError> {
        front.check()?;
        std::fs::create_dir_all(scratch)?;
        let scratch = tempfile::tempdir_in(scratch)?;
        let spilled = File::options().create_new(true).read(true).write(true).open(scratch.path().join("documents"))?;
        Ok(Self {
            scratch,
            spilled: BufWriter::new(spilled),
            offset: 0,
            front: FrontPart::new(front),
            table: FacetTable::default(),
            entries: Vec::new(),
            keys: Vec::new(),
            seen: HashSet::new(),
            samples: Vec::new(),
            sample_sizes: Vec::new(),
            rules: Vec::new(),
        })
    }

    /// Takes the rules that baskets are priced by, in whatever form the caller reads them back.
    pub fn with_rules(self, rules: Vec<u8>) -> Self {
        Self { rules, ..self }
    }

    /// Adds products, in any order. Takes about 20 µs each and writes to the disk: in an async task, do it in batches
    /// on a blocking thread.
    pub fn add(&mut self, documents: impl IntoIterator<Item = ProductDocument>) -> Result<(), PublishError> {
        documents.into_iter().try_for_each(|document| self.add_one(document))
    }

    fn add_one(&mut self, document: ProductDocument) -> Result<(), PublishError> {
        if self.entries.len() >= PRODUCTS_MAX {
            return Err(PublishError::TooMany { what: "products", most: PRODUCTS_MAX });
        }
        let records = records_of(&document);
        let payload = Payload::Document(Box::new(document));
        let (hash, bytes) = (payload.hash(), payload.to_bytes());
        let Payload::Document(document) = payload else { return Ok(()) };
        if bytes.len() > PAYLOAD_BYTES_MAX {
            return Err(PublishError::TooMany { what: "bytes in one product", most: PAYLOAD_BYTES_MAX });
        }
        if !self.seen.insert(hash) {
            return Err(PublishError::Duplicate(format!("product {}", document.slug)));
        }
        for (key, _) in &records {
            if !self.seen.insert(*key) {
                return Err(PublishError::Duplicate(format!("an id, variant or old key of product {}", document.slug)));
            }
        }
        self.keys.extend(records);
        self.table.numbers(&document, &self.front.front.languages);
        if self.samples.len() + bytes.len() <= *DICTIONARY_SAMPLE_BYTES.end() {
            self.samples.extend_from_slice(&bytes);
            self.sample_sizes.push(bytes.len());
        }
        let category = document.categories.first().and_then(|category| self.front.tree.place(*category));
        let category = category.and_then(|place| u32::try_from(place).ok()).unwrap_or(u32::MAX);
        self.entries.push(Spilled {
            hash,
            offset: self.offset,
            length: u32::try_from(bytes.len()).unwrap_or(u32::MAX),
            order: (category, Reverse(document.priority), Reverse(document.sold)),
        });
        self.spilled.write_all(&bytes)?;
        self.offset += u64::try_from(bytes.len()).unwrap_or(u64::MAX);
        Ok(())
    }

    /// Makes all files. The folder goes when the second value does.
    pub(super) fn build(
        mut self,
        version: u64,
        stamp: Stamp,
        store: &SnapshotStore,
    ) -> Result<(Built, TempDir), PublishError> {
        self.spilled.flush()?;
        let mut documents = self.spilled.into_inner().map_err(std::io::IntoInnerError::into_error)?;
        let dictionary = Dictionary::trained(&self.samples, &self.sample_sizes);
        drop((self.samples, self.seen));
        let products = u64::try_from(self.entries.len()).unwrap_or(u64::MAX);
        let mut files = Vec::new();

        self.entries.sort_unstable_by_key(|entry| entry.hash);
        let path = self.scratch.path().join("products");
        let directory = write_products(&path, &dictionary, &self.entries, &mut documents)?;
        let products_file = file_ref("products", &path)?;
        files.push(NewFile::OnDisk(products_file.clone(), path));
        let (keys, file) = NewFile::of("keys", keys_bytes(self.keys));
        files.push(file);

        self.entries.sort_unstable_by_key(|entry| (entry.order, entry.hash));
        let folder = self.scratch.path().join("index");
        let index = write_index(&folder, &self.front, &self.table, &self.entries, &mut documents)?;
        drop(self.entries);
        let mut index_refs = Vec::new();
        for name in index_files(&index)? {
            let path = folder.join(&name);
            let file = file_ref("index", &path)?;
            files.push(NewFile::OnDisk(file.clone(), path));
            index_refs.push((name.to_string_lossy().into_owned(), file));
        }
        let index_meta = index.directory().atomic_read(Path::new(META)).map_err(tantivy::TantivyError::from)?;

        let cards = CardIndex::open(&index, &self.front.front)?;
        let counts = count(&cards, &self.front, self.table, &[], |_| true)?;
        drop(cards);
        let (counts_ref, counts_file) = NewFile::of("counts", counts_bytes(&counts));
        let (front, front_file) = NewFile::of("front", front_bytes(&self.front.front));

        let (rules, rules_file) = NewFile::of("rules", self.rules);

        let part = PartRef { products: products_file, keys, directory, entries: products };
        let mut manifest = Manifest {
            version,
            fence: stamp.fence,
            created: stamp.now,
            next_change: stamp.next_change,
            products,
            parts: vec![part],
            dictionary,
            front,
            counts: counts_ref,
            index: index_refs,
            index_meta,
            hot: Vec::new(),
            inline: Vec::new(),
            rules: Some(rules.clone()),
        };
        let by_ranges = store.reads_ranges_of(manifest.bytes());
        let small = [(manifest.counts.clone(), counts_file), (manifest.front.clone(), front_file), (rules, rules_file)];
        for (file, new) in small {
            if by_ranges {
                manifest.put_inline(&file, new.bytes());
            }
            files.push(new);
        }
        if by_ranges {
            // As they lie there: the index's own directory hides their footers.
            let raw = MmapDirectory::open(&folder).map_err(tantivy::TantivyError::from)?;
            let of_index = |(name, file): &(String, FileRef)| {
                let opened = raw.open_read(Path::new(name)).map_err(tantivy::TantivyError::from)?;
                Ok((name.clone(), file.clone(), FileBytes::Whole(opened.read_bytes()?)))
            };
            let of_index = manifest.index.iter().map(of_index).collect::<Result<_, PublishError>>()?;
            let (hot, file) = hot::of_base(&of_index, &manifest.index_meta, &self.front, &counts)?;
            manifest.hot.push(hot);
            files.push(file);
        }
        Ok((Built { manifest, files }, self.scratch))
    }
}

fn read_back(documents: &mut File, entry: &Spilled, buffer: &mut Vec<u8>) -> std::io::Result<()> {
    buffer.resize(crate::facet::place(entry.length), 0);
    documents.seek(SeekFrom::Start(entry.offset))?;
    documents.read_exact(buffer)
}

fn write_products(
    path: &Path,
    dictionary: &[u8],
    entries: &[Spilled],
    documents: &mut File,
) -> std::io::Result<Vec<(u64, u64)>> {
    let mut writer = ProductsWriter::new(BufWriter::new(File::create_new(path)?), dictionary)?;
    let mut buffer = Vec::new();
    for entry in entries {
        read_back(documents, entry, &mut buffer)?;
        writer.add(entry.hash, &buffer)?;
    }
    let (_, directory) = writer.finish()?;
    Ok(directory)
}

/// One segment, whose products lie in the order of the shop: a page of a category reads neighbours.
fn write_index(
    folder: &Path,
    front: &FrontPart,
    table: &FacetTable,
    entries: &[Spilled],
    documents: &mut File,
) -> Result<Index, PublishError> {
    std::fs::create_dir_all(folder)?;
    let directory = MmapDirectory::open(folder).map_err(tantivy::TantivyError::from)?;
    let index = Index::builder().schema(schema(&front.front)).settings(settings()).open_or_create(directory)?;
    let fields = Fields::of(&index.schema(), &front.front)?;
    // One thread, for more would mix the order.
    let mut writer: IndexWriter = index.writer_with_num_threads(1, INDEX_MEMORY_BYTES)?;
    writer.set_merge_policy(Box::new(NoMergePolicy));
    let mut buffer = Vec::new();
    for entry in entries {
        read_back(documents, entry, &mut buffer)?;
        let payload =
            Input::whole(&buffer).map_err(|_| SnapshotError::damaged("documents", "it cannot be read back"))?;
        if let Payload::Document(document) = payload {
            let numbers = table.known_numbers(&document, &front.front.languages);
            writer.add_document(fields.entry(&document, &numbers, front))?;
        }
    }
    writer.commit()?;
    let segments = index.searchable_segment_ids()?;
    if segments.len() > 1 {
        writer.merge(&segments).wait()?;
    }
    writer.wait_merging_threads()?;
    Ok(index)
}
