//! The hot part of what is about to be published, recorded by opening it as an instance will.

use super::{NewFile, PublishError};
use crate::bytes::FileBytes;
use crate::error::SnapshotError;
use crate::front::{Counts, FrontPart};
use crate::hot::{HotRanges, Ranges, Recording, hot_bytes};
use crate::index::directory::Overlay;
use crate::index::listing::{self, Candidates, Filter, Wanted};
use crate::index::segment::CardIndex;
use crate::index::words::WordSearch;
use crate::manifest::FileRef;
use crate::query::{ListingQuery, PAGE_SIZE, Sort};
use crate::snapshot::{WHOLE_BYTES_MAX, categories_below};
use std::collections::BTreeMap;
use std::sync::Arc;
use tantivy::Index;

/// Categories whose first page is recorded, those at the top of the tree first.
const CATEGORIES_RECORDED_MAX: usize = 1_000;
/// A word that no product has: it makes a search look into every dictionary and read no list of products.
const NO_WORD: &str = "zqxzqx";

/// Files of the index under the names that it knows them by, as they are in the store, with their bytes.
pub(super) type IndexFiles = Vec<(String, FileRef, FileBytes)>;

/// What is read of files that are being recorded.
struct Recorded<'f> {
    files: &'f IndexFiles,
    recordings: BTreeMap<&'f str, Arc<Recording>>,
}

impl<'f> Recorded<'f> {
    fn new(files: &'f IndexFiles, hot: &HotRanges) -> Self {
        let recording = |(name, file, bytes): &'f (String, FileRef, FileBytes)| {
            let mut ranges = hot.get(&file.name).cloned().unwrap_or_default();
            ranges.sort_by_key(|(start, _)| *start);
            (name.as_str(), Arc::new(Recording::new(bytes.clone(), ranges)))
        };
        Self { files, recordings: files.iter().map(recording).collect() }
    }

    /// Opens the index and asks what first pages ask, without the cards, which lie wherever they lie.
    fn ask(&self, meta: &[u8], front: &FrontPart, counts: &Counts) -> Result<(), SnapshotError> {
        let files = self.recordings.iter();
        let files = files.map(|(name, file)| ((*name).to_owned(), FileBytes::Recorded(Arc::clone(file))));
        let index = Index::open(Overlay::new(files, meta.to_vec()))?;
        let index = CardIndex::open(&index, &front.front)?;
        let categories = front.front.categories.iter().zip(&counts.products).filter(|(_, products)| **products > 0);
        let categories = categories.take(CATEGORIES_RECORDED_MAX).map(|(category, _)| Some(category.id));
        for category in std::iter::once(None).chain(categories) {
            for (place, currency) in front.front.currencies.iter().enumerate() {
                let candidates = match category {
                    None => Candidates::All,
                    Some(id) => Candidates::Hits(listing::in_categories(&index, &categories_below(front, id))?),
                };
                let query = first_page(category, *currency, front);
                let filter = Filter::new(&query, &counts.table, Some(place));
                let wanted = Wanted { sort: Some((query.sort, PAGE_SIZE)), by_score: false, language: 0, count: true };
                listing::pass(&index, &candidates, &filter, wanted)?;
            }
        }
        for language in 0..front.front.languages.len() {
            WordSearch { index: &index, part: front, language }.run(NO_WORD)?;
        }
        Ok(())
    }

    fn taken(&self) -> Result<Vec<(String, Ranges)>, SnapshotError> {
        let mut taken = Vec::new();
        for (name, file, _) in self.files {
            let ranges = self.recordings[name.as_str()].taken()?;
            if !ranges.is_empty() {
                taken.push((file.name.clone(), ranges));
            }
        }
        Ok(taken)
    }
}

fn first_page(
    category: Option<commerce::ids::CategoryId>,
    currency: commerce::money::Currency,
    front: &FrontPart,
) -> ListingQuery {
    ListingQuery {
        category,
        words: None,
        language: front.front.languages.first().copied().unwrap_or(commerce::language::Language::ENGLISH),
        currency,
        chosen: Vec::new(),
        price_min: None,
        price_max: None,
        sort: Sort::default(),
        page: 1,
    }
}

/// The hot part of a whole publish.
pub(super) fn of_base(
    files: &IndexFiles,
    meta: &[u8],
    front: &FrontPart,
    counts: &Counts,
) -> Result<(FileRef, NewFile), PublishError> {
    let recorded = Recorded::new(files, &HotRanges::new());
    recorded.ask(meta, front, counts)?;
    let taken = recorded.taken()?;
    let hot: HotRanges = taken.iter().cloned().collect();
    let made = NewFile::of("hot", hot_bytes(taken)?);
    check(files, meta, front, counts, &hot)?;
    Ok(made)
}

/// The hot part of small publishes: their files as a whole.
pub(super) fn of_small_files(files: &[(FileRef, FileBytes)]) -> Result<(FileRef, NewFile), PublishError> {
    let mut whole = Vec::new();
    for (file, bytes) in files {
        let bytes = bytes.whole().map_err(SnapshotError::from)?;
        if bytes.len() <= WHOLE_BYTES_MAX {
            whole.push((file.name.clone(), vec![(0, bytes)]));
        }
    }
    Ok(NewFile::of("hot", hot_bytes(whole)?))
}

/// Fails if an instance that has only what is hot would have to read more before its first pages.
pub(super) fn check(
    files: &IndexFiles,
    meta: &[u8],
    front: &FrontPart,
    counts: &Counts,
    hot: &HotRanges,
) -> Result<(), PublishError> {
    let again = Recorded::new(files, hot);
    again.ask(meta, front, counts)?;
    let reads = again.recordings.values().map(|recording| recording.noted().len()).sum();
    if reads > 0 { Err(PublishError::Cold { reads }) } else { Ok(()) }
}
