//! The stock overlay: what is said of stock records now, where it differs from what the snapshot says.
//!
//! One small file beside the snapshot, replaced as a whole: `TWST | format | body | HMAC-SHA256`.

use crate::error::SnapshotError;
use crate::manifest::{SNAPSHOT_FORMAT, SnapshotKeys, signed_body};
use crate::wire::{Input, Wire, wire_struct};
use commerce::availability::Availability;
use commerce::ids::StockRecordId;
use commerce::moment::Moment;

const MAGIC: &[u8; 4] = b"TWST";
/// Most stock records in the overlay; past that the snapshot itself is to be published.
pub const STOCK_RECORDS_MAX: usize = 1_000_000;

/// What is said of stock.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct StockOverlay {
    pub(crate) sequence: u64,
    pub(crate) fence: u64,
    pub(crate) created: Moment,
    /// Sorted, each record once.
    records: Vec<(StockRecordId, Availability)>,
}

wire_struct! { StockOverlay { sequence, fence, created, records } }

impl StockOverlay {
    /// The overlay with these records; of two for one record the later counts.
    pub(crate) fn new(sequence: u64, fence: u64, created: Moment, records: Vec<(StockRecordId, Availability)>) -> Self {
        let by_id: std::collections::BTreeMap<_, _> = records.into_iter().collect();
        Self { sequence, fence, created, records: by_id.into_iter().collect() }
    }

    /// Rises with every overlay that is published; 0 where there is none.
    pub fn sequence(&self) -> u64 {
        self.sequence
    }

    /// What is said of a stock record, if it differs from the snapshot.
    pub fn find(&self, record: StockRecordId) -> Option<Availability> {
        let place = self.records.binary_search_by_key(&record, |(known, _)| *known).ok()?;
        Some(self.records[place].1)
    }

    /// All records in it.
    pub fn records(&self) -> &[(StockRecordId, Availability)] {
        &self.records
    }

    pub(crate) fn to_signed(&self, keys: &SnapshotKeys) -> Vec<u8> {
        let mut out = MAGIC.to_vec();
        out.extend_from_slice(&SNAPSHOT_FORMAT.to_be_bytes());
        self.put(&mut out);
        keys.sign(&mut out);
        out
    }

    pub(crate) fn from_signed(file: &str, bytes: &[u8], keys: &SnapshotKeys) -> Result<Self, SnapshotError> {
        let (_, body) = signed_body(file, bytes, MAGIC, keys)?;
        Input::whole(body).map_err(|_| SnapshotError::damaged(file, "it cannot be read"))
    }
}
