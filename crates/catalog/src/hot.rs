//! The hot part of a snapshot: the ranges of the index that every opening and every first listing or search reads, in
//! one file, so that an instance with nothing at hand needs few reads.
//!
//! It is recorded by opening what was written through the same code that instances open it with. It depends on what
//! Tantivy reads: a wrong one makes an instance slow and nothing worse, and a publish that wrote one is refused.

use crate::bytes::FileBytes;
use crate::error::SnapshotError;
use crate::ranges::find_in;
use crate::wire::{Input, Raw, Torn, Wire, wire_struct};
use std::collections::HashMap;
use std::io;
use std::ops::Range;
use std::sync::{Mutex, PoisonError};
use tantivy::HasLen;
use tantivy::directory::OwnedBytes;

/// Ranges with no more bytes between them are one.
const GAP_BYTES_MAX: usize = 4 << 10;
/// Largest hot part after decompression, in bytes; what claims more is damaged.
const HOT_BYTES_MAX: usize = 64 << 20;
/// Compression level.
const LEVEL: i32 = 3;
const MAGIC: &[u8; 8] = b"TWHOT001";

/// Parts of a file, each with its place.
pub(crate) type Ranges = Vec<(usize, OwnedBytes)>;

/// Ranges of one file of the snapshot.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct HotFile {
    name: String,
    ranges: Vec<(usize, Raw)>,
}

wire_struct! { HotFile { name, ranges } }

/// A file whose reads are noted. What is hot already is not noted again.
pub(crate) struct Recording {
    bytes: FileBytes,
    hot: Ranges,
    noted: Mutex<Vec<Range<usize>>>,
}

impl Recording {
    /// A file, of which some ranges are hot already, in order.
    pub(crate) fn new(bytes: FileBytes, hot: Ranges) -> Self {
        Self { bytes, hot, noted: Mutex::default() }
    }

    pub(crate) fn len(&self) -> usize {
        self.bytes.len()
    }

    pub(crate) fn read(&self, range: Range<usize>) -> io::Result<OwnedBytes> {
        if range.is_empty() {
            return Ok(OwnedBytes::empty());
        }
        if let Some(hot) = find_in(&self.hot, &range) {
            return Ok(hot);
        }
        self.noted.lock().unwrap_or_else(PoisonError::into_inner).push(range.clone());
        self.bytes.read(range)
    }

    /// What was read so far with its bytes, joined where little lies between.
    pub(crate) fn taken(&self) -> io::Result<Ranges> {
        self.noted().into_iter().map(|range| Ok((range.start, self.bytes.read(range)?))).collect()
    }

    /// What was read so far.
    pub(crate) fn noted(&self) -> Vec<Range<usize>> {
        let mut noted = self.noted.lock().unwrap_or_else(PoisonError::into_inner).clone();
        noted.sort_by_key(|range| (range.start, range.end));
        let mut joined: Vec<Range<usize>> = Vec::new();
        for range in noted {
            match joined.last_mut() {
                Some(last) if range.start <= last.end.saturating_add(GAP_BYTES_MAX) => {
                    last.end = last.end.max(range.end)
                }
                _ => joined.push(range),
            }
        }
        joined
    }
}

/// The hot part of these ranges, by the name of the file in the store.
pub(crate) fn hot_bytes(files: Vec<(String, Ranges)>) -> io::Result<Vec<u8>> {
    let own = |(name, ranges): (String, Ranges)| HotFile {
        name,
        ranges: ranges.into_iter().map(|(start, bytes)| (start, Raw(bytes.to_vec()))).collect(),
    };
    let files: Vec<HotFile> = files.into_iter().map(own).collect();
    let mut out = MAGIC.to_vec();
    out.extend(zstd::bulk::compress(&files.to_bytes(), LEVEL)?);
    Ok(out)
}

/// Ranges by the name of the file in the store.
pub(crate) type HotRanges = HashMap<String, Ranges>;

/// Reads a hot part that was checked as a whole.
pub(crate) fn hot_from(file: &str, bytes: &[u8]) -> Result<HotRanges, SnapshotError> {
    let damaged = |_| SnapshotError::damaged(file, "it cannot be read");
    let packed = bytes.strip_prefix(MAGIC.as_slice()).ok_or_else(|| damaged(Torn))?;
    let raw = zstd::bulk::decompress(packed, HOT_BYTES_MAX).map_err(|_| damaged(Torn))?;
    let files: Vec<HotFile> = Input::whole(&raw).map_err(damaged)?;
    let mut found: HotRanges = HashMap::new();
    for file in files {
        let ranges = file.ranges.into_iter().map(|(start, bytes)| (start, OwnedBytes::new(bytes.0)));
        found.entry(file.name).or_default().extend(ranges);
    }
    Ok(found)
}
