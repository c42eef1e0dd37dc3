//! What is known of an object beside its bytes, and how it is kept.
//!
//! Each key has a sheet in the hidden folder. A put writes the new record onto it, above the old one, before the file
//! changes its place, so that whichever file a crash leaves has its record.

use std::collections::BTreeMap;
use std::fs::Metadata;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use s3s::dto::Timestamp;
use serde::{Deserialize, Serialize};

use crate::store::to_json;

/// The form of sheets. A sheet of another form counts as none.
const FORMAT: u32 = 1;
/// The last second of the year 9999, the last that HTTP and XML can say, in seconds since 1970.
const MODIFIED_S_MAX: u64 = 253_402_300_799;

/// What tells one content of a file from another without reading it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Stamp {
    /// Length in bytes.
    pub(crate) bytes: u64,
    /// When the file was written, in nanoseconds since 1970.
    pub(crate) modified_ns: u64,
}

impl Stamp {
    pub(crate) fn of(metadata: &Metadata) -> Self {
        let modified = metadata.modified().unwrap_or(UNIX_EPOCH);
        let since = modified.duration_since(UNIX_EPOCH).unwrap_or_default();
        Self { bytes: metadata.len(), modified_ns: u64::try_from(since.as_nanos()).unwrap_or(u64::MAX) }
    }
}

/// An object as answers describe it.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Record {
    pub(crate) stamp: Stamp,
    /// Without quotes.
    pub(crate) e_tag: String,
    pub(crate) headers: Headers,
    pub(crate) checksums: Checksums,
}

impl Record {
    pub(crate) fn modified(&self) -> Timestamp {
        timestamp(Duration::from_nanos(self.stamp.modified_ns))
    }

    /// The same to the second, as headers say it.
    pub(crate) fn modified_second(&self) -> Timestamp {
        timestamp(Duration::from_secs(Duration::from_nanos(self.stamp.modified_ns).as_secs()))
    }
}

/// A moment in the form of answers.
pub(crate) fn timestamp(since_1970: Duration) -> Timestamp {
    let since = since_1970.min(Duration::from_secs(MODIFIED_S_MAX));
    SystemTime::into(UNIX_EPOCH + since)
}

/// Headers that come back as they were put.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct Headers {
    /// None of a file that was put by hand: its name says it.
    pub(crate) content_type: Option<String>,
    pub(crate) cache_control: Option<String>,
    pub(crate) content_disposition: Option<String>,
    pub(crate) content_encoding: Option<String>,
    pub(crate) content_language: Option<String>,
    pub(crate) expires: Option<Timestamp>,
    /// The client's own, `x-amz-meta-…`.
    pub(crate) own: BTreeMap<String, String>,
}

/// Checksums that the client brought, in base64, as they were found right.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Checksums {
    pub(crate) crc32: Option<String>,
    pub(crate) crc32c: Option<String>,
    pub(crate) crc64nvme: Option<String>,
    pub(crate) sha1: Option<String>,
    pub(crate) sha256: Option<String>,
}

/// All that is written down of one key.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Sheet {
    format: u32,
    /// In full: for an object that lies apart nothing else tells it.
    pub(crate) key: String,
    /// The newest first.
    pub(crate) records: Vec<Record>,
}

impl Sheet {
    pub(crate) fn new(key: &str, records: Vec<Record>) -> Self {
        Self { format: FORMAT, key: key.to_owned(), records }
    }

    pub(crate) fn parse(bytes: &[u8]) -> Option<Self> {
        serde_json::from_slice(bytes).ok().filter(|sheet: &Self| sheet.format == FORMAT)
    }

    pub(crate) fn to_bytes(&self) -> Vec<u8> {
        to_json(self)
    }

    /// The record of a file, if one was made for just this content.
    pub(crate) fn find(self, stamp: Stamp) -> Option<Record> {
        self.records.into_iter().find(|record| record.stamp == stamp)
    }
}
