//! One segment of the index with its columns at hand.

use crate::document::Card;
use crate::error::SnapshotError;
use crate::front::Front;
use crate::index::schema::{CREATED, FACET, Fields, ID_HIGH, ID_LOW, PRIORITY, SOLD, name_column, price_column};
use crate::wire::Input;
use std::sync::{Arc, OnceLock};
use tantivy::columnar::{Column, StrColumn};
use tantivy::index::{InvertedIndexReader, SegmentReader};
use tantivy::postings::{SegmentPostings, TermInfo};
use tantivy::schema::{Field, IndexRecordOption, Value};
use tantivy::{DocAddress, Index, ReloadPolicy, Searcher, TantivyDocument};

/// Blocks of cards that a segment keeps uncompressed, of 2 KB each.
const CARD_BLOCKS_KEPT: usize = 64;

/// The whole index, open.
pub(crate) struct CardIndex {
    searcher: Searcher,
    pub(crate) fields: Fields,
    pub(crate) segments: Vec<Segment>,
}

/// One segment.
pub(crate) struct Segment {
    pub(crate) ordinal: u32,
    pub(crate) reader: SegmentReader,
    pub(crate) facet: Column<u64>,
    pub(crate) priority: Column<i64>,
    pub(crate) sold: Column<u64>,
    pub(crate) created: Column<i64>,
    pub(crate) id_high: Column<u64>,
    pub(crate) id_low: Column<u64>,
    /// Opened when first used, a currency each.
    prices: Vec<(String, OnceLock<Column<i64>>)>,
    /// Opened when first used, a language each.
    names: Vec<(String, OnceLock<Option<StrColumn>>)>,
}

impl CardIndex {
    /// Opens every segment. Footers are checked by Tantivy.
    pub(crate) fn open(index: &Index, front: &Front) -> Result<Self, SnapshotError> {
        let reader = index
            .reader_builder()
            .reload_policy(ReloadPolicy::Manual)
            .doc_store_cache_num_blocks(CARD_BLOCKS_KEPT)
            .try_into()?;
        let searcher = reader.searcher();
        let fields = Fields::of(&index.schema(), front)
            .map_err(|_| SnapshotError::damaged("meta.json", "the index lacks a field"))?;
        let readers = (0_u32..).zip(searcher.segment_readers());
        let segments = readers.map(|(ordinal, reader)| Segment::open(ordinal, reader, front));
        let segments = segments.collect::<Result<_, _>>()?;
        Ok(Self { searcher, fields, segments })
    }

    /// The card of a product.
    pub(crate) fn card(&self, segment: u32, doc: u32) -> Result<Card, SnapshotError> {
        let entry: TantivyDocument = self.searcher.doc(DocAddress::new(segment, doc))?;
        let bytes = entry.get_first(self.fields.card).and_then(|value| value.as_bytes());
        let card = bytes.and_then(|bytes| Input::whole(bytes).ok());
        card.ok_or_else(|| SnapshotError::damaged("index", "a card cannot be read"))
    }

    /// How many products there are.
    pub(crate) fn products(&self) -> u64 {
        self.searcher.num_docs()
    }
}

impl Segment {
    fn open(ordinal: u32, reader: &SegmentReader, front: &Front) -> Result<Self, SnapshotError> {
        let columns = reader.fast_fields();
        let unsigned = |name: &str| {
            let column = columns.column_opt::<u64>(name)?;
            tantivy::Result::Ok(column.unwrap_or_else(|| Column::build_empty_column(reader.max_doc())))
        };
        Ok(Self {
            ordinal,
            facet: unsigned(FACET)?,
            sold: unsigned(SOLD)?,
            id_high: unsigned(ID_HIGH)?,
            id_low: unsigned(ID_LOW)?,
            priority: signed(reader, PRIORITY)?,
            created: signed(reader, CREATED)?,
            prices: front.currencies.iter().map(|c| (price_column(*c), OnceLock::new())).collect(),
            names: front.languages.iter().map(|l| (name_column(*l), OnceLock::new())).collect(),
            reader: reader.clone(),
        })
    }

    /// Lowest prices in the store's currency at this place.
    pub(crate) fn prices(&self, currency: usize) -> Result<Option<&Column<i64>>, SnapshotError> {
        let Some((name, opened)) = self.prices.get(currency) else { return Ok(None) };
        if opened.get().is_none() {
            let _ = opened.set(signed(&self.reader, name)?);
        }
        Ok(opened.get())
    }

    /// Names in the store's language at this place.
    pub(crate) fn names(&self, language: usize) -> Result<Option<&StrColumn>, SnapshotError> {
        let Some((name, opened)) = self.names.get(language) else { return Ok(None) };
        if opened.get().is_none() {
            let _ = opened.set(self.reader.fast_fields().str(name)?);
        }
        Ok(opened.get().and_then(Option::as_ref))
    }

    /// The id of a product, in two halves that sort as it does.
    pub(crate) fn id(&self, doc: u32) -> (u64, u64) {
        (self.id_high.first(doc).unwrap_or_default(), self.id_low.first(doc).unwrap_or_default())
    }

    pub(crate) fn is_alive(&self, doc: u32) -> bool {
        !self.reader.is_deleted(doc)
    }

    /// Dictionary and postings of a field.
    pub(crate) fn inverted(&self, field: Field) -> Result<Arc<InvertedIndexReader>, SnapshotError> {
        Ok(self.reader.inverted_index(field)?)
    }

    /// Products with a term, in order.
    pub(crate) fn postings(&self, field: Field, term: &[u8]) -> Result<Option<SegmentPostings>, SnapshotError> {
        let inverted = self.inverted(field)?;
        match inverted.terms().get(term)? {
            Some(info) => postings_of(&inverted, &info).map(Some),
            None => Ok(None),
        }
    }
}

pub(crate) fn postings_of(inverted: &InvertedIndexReader, info: &TermInfo) -> Result<SegmentPostings, SnapshotError> {
    Ok(inverted.read_postings_from_terminfo(info, IndexRecordOption::Basic)?)
}

fn signed(reader: &SegmentReader, name: &str) -> tantivy::Result<Column<i64>> {
    let column = reader.fast_fields().column_opt::<i64>(name)?;
    Ok(column.unwrap_or_else(|| Column::build_empty_column(reader.max_doc())))
}
