//! The keys file: from other keys of a product (its id, its variants' ids and slugs, its keys in django-oscar, slugs
//! that it had before) to the hash of its slug, by which the products file has it.
//!
//! Records of 16 bytes, sorted: hash of the key, hash of the slug. A hash may belong to two keys, so whoever looks a
//! product up checks that the document has the key. In the keys file of a small part each slug is a key too: that is
//! how one sees whether the part knows a product at all.

use crate::bytes::{FileBytes, ReadError};
use crate::document::ProductDocument;
use crate::hash::{key_hash, slug_hash};
use commerce::ids::ProductId;
use tantivy::HasLen;
use tantivy::directory::OwnedBytes;

const RECORD_BYTES: usize = 16;
/// Records that are read before and behind the place where a key should be.
const RUN_RECORDS: usize = 1_024;
const MAGIC: &[u8; 8] = b"TWKEYS01";

/// Hash of a product's or variant's id.
pub(crate) fn id_key(id: ProductId) -> u64 {
    key_hash("id", &id.to_string())
}

/// Hash of a variant's slug.
pub(crate) fn variant_slug_key(slug: &str) -> u64 {
    key_hash("variant", slug)
}

/// Hash of a key in django-oscar.
pub(crate) fn oscar_key(key: i64) -> u64 {
    key_hash("oscar", &key.to_string())
}

/// Hash of a slug that a product or a variant had before.
pub(crate) fn old_slug_key(slug: &str) -> u64 {
    key_hash("old", slug)
}

/// All records of a document.
pub(crate) fn records_of(document: &ProductDocument) -> Vec<(u64, u64)> {
    let slug = slug_hash(&document.slug);
    let mut records = vec![(id_key(document.id), slug)];
    for variant in &document.variants {
        if variant.id != document.id {
            records.push((id_key(variant.id), slug));
        }
        if !variant.slug.is_empty() {
            records.push((variant_slug_key(&variant.slug), slug));
        }
    }
    records.extend(document.oscar_keys.iter().map(|key| (oscar_key(*key), slug)));
    records.extend(document.old_slugs.iter().map(|old| (old_slug_key(old), slug)));
    records
}

/// The file of these records.
pub(crate) fn keys_bytes(mut records: Vec<(u64, u64)>) -> Vec<u8> {
    records.sort_unstable();
    records.dedup();
    let mut out = Vec::with_capacity(records.len() * RECORD_BYTES + MAGIC.len());
    for (key, slug) in records {
        out.extend_from_slice(&key.to_be_bytes());
        out.extend_from_slice(&slug.to_be_bytes());
    }
    out.extend_from_slice(MAGIC);
    out
}

/// An open keys file.
pub(crate) struct Keys {
    bytes: FileBytes,
    count: usize,
}

/// Some records in a row, and the place of the first.
struct Run {
    first: usize,
    bytes: OwnedBytes,
}

impl Run {
    fn record(&self, place: usize) -> (u64, u64) {
        let start = (place - self.first) * RECORD_BYTES;
        let number = |at: usize| {
            let mut eight = [0; 8];
            eight.copy_from_slice(&self.bytes.as_slice()[at..at + 8]);
            u64::from_be_bytes(eight)
        };
        (number(start), number(start + 8))
    }

    /// The first record in it that is not smaller.
    fn at_or_after(&self, key: u64, end: usize) -> usize {
        let (mut low, mut high) = (self.first, end);
        while low < high {
            let middle = low.midpoint(high);
            if self.record(middle).0 < key { low = middle + 1 } else { high = middle }
        }
        low
    }
}

impl Keys {
    /// Checks length, and the footer where that costs no read of its own.
    pub(crate) fn open(bytes: FileBytes) -> Result<Self, ReadError> {
        const NO_END: &str = "its end is not that of a keys file";
        let records = bytes.len().checked_sub(MAGIC.len()).ok_or(NO_END)?;
        if bytes.is_at_hand() && bytes.read(records..bytes.len())?.as_slice() != MAGIC {
            return Err(NO_END.into());
        }
        if !records.is_multiple_of(RECORD_BYTES) {
            return Err("its length is not that of a keys file".into());
        }
        Ok(Self { bytes, count: records / RECORD_BYTES })
    }

    /// Hashes of the slugs that a key may belong to; nearly always none or one.
    pub(crate) fn slugs(&self, key: u64) -> Result<Vec<u64>, ReadError> {
        let mut found = Vec::new();
        let mut run = self.around(key)?;
        let mut place = run.at_or_after(key, self.end_of(&run));
        while place < self.count {
            if place == self.end_of(&run) {
                run = self.run(place, place + RUN_RECORDS)?;
            }
            let (this, slug) = run.record(place);
            if this != key {
                break;
            }
            found.push(slug);
            place += 1;
        }
        Ok(found)
    }

    /// Records among which the first that is not smaller lies, or behind which it does. Hashes are spread evenly, so
    /// where a key lies is known but for a few hundred places: one read, where the file is not at hand.
    fn around(&self, key: u64) -> Result<Run, ReadError> {
        let guess = (u128::from(key) * self.count as u128) >> 64;
        let guess = usize::try_from(guess).unwrap_or(self.count);
        let mut reach = RUN_RECORDS;
        loop {
            let run = self.run(guess.saturating_sub(reach), guess.saturating_add(reach))?;
            let end = self.end_of(&run);
            let begins_before = run.first == 0 || run.record(run.first).0 < key;
            let ends_after = end == self.count || run.record(end - 1).0 >= key;
            if begins_before && ends_after {
                return Ok(run);
            }
            reach = reach.saturating_mul(4);
        }
    }

    fn run(&self, first: usize, end: usize) -> Result<Run, ReadError> {
        let (first, end) = (first.min(self.count), end.min(self.count));
        Ok(Run { first, bytes: self.bytes.read(first * RECORD_BYTES..end * RECORD_BYTES)? })
    }

    fn end_of(&self, run: &Run) -> usize {
        run.first + run.bytes.len() / RECORD_BYTES
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn keys(records: Vec<(u64, u64)>) -> Keys {
        Keys::open(FileBytes::Whole(OwnedBytes::new(keys_bytes(records)))).unwrap()
    }

    #[test]
    fn keys_are_found_and_others_are_not() {
        let few = keys((0..1_000_u64).map(|n| (n * 3, n)).chain([(30, 77)]).collect());
        assert_eq!(few.slugs(30).unwrap(), [10, 77]);
        assert_eq!(few.slugs(2_997).unwrap(), [999]);
        for missing in [1, 2_998, u64::MAX] {
            assert!(few.slugs(missing).unwrap().is_empty(), "{missing}");
        }
        assert!(keys(Vec::new()).slugs(0).unwrap().is_empty());
        assert!(Keys::open(FileBytes::Whole(OwnedBytes::new(vec![0; 40]))).is_err());
    }

    #[test]
    fn keys_are_found_however_they_are_spread() {
        let spread = |n: u64| n.wrapping_mul(0x9E37_79B9_7F4A_7C15);
        for (case, of) in [
            ("evenly", spread as fn(u64) -> u64),
            ("all low", |n| n),
            ("all high", |n| u64::MAX - n),
            ("in two heaps", |n| if n % 2 == 0 { n } else { u64::MAX - n }),
        ] {
            let keys = keys((0..20_000).map(|n| (of(n), n)).collect());
            for n in (0..20_000).step_by(97) {
                assert_eq!(keys.slugs(of(n)).unwrap(), [n], "{case}");
            }
        }
        // One hash that fills several reads.
        let same = keys((0..10_000).map(|n| (7, n)).collect());
        assert_eq!(same.slugs(7).unwrap().len(), 10_000);
    }
}
