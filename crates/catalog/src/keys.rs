//! The keys file: from other keys of a product (its id, its variants' ids and slugs, its keys in django-oscar, slugs
//! that it had before) to the hash of its slug, by which the products file has it.
//!
//! Records of 16 bytes, sorted: hash of the key, hash of the slug. A hash may belong to two keys, so whoever looks a
//! product up checks that the document has the key. In the keys file of a small part each slug is a key too: that is
//! how one sees whether the part knows a product at all.

use crate::document::ProductDocument;
use crate::hash::{key_hash, slug_hash};
use commerce::ids::ProductId;
use tantivy::directory::OwnedBytes;

const RECORD_BYTES: usize = 16;
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
    bytes: OwnedBytes,
    count: usize,
}

impl Keys {
    /// Checks length and footer.
    pub(crate) fn open(bytes: OwnedBytes) -> Result<Self, &'static str> {
        let records = bytes.as_slice().strip_suffix(MAGIC.as_slice()).ok_or("its end is not that of a keys file")?;
        if !records.len().is_multiple_of(RECORD_BYTES) {
            return Err("its length is not that of a keys file");
        }
        let count = records.len() / RECORD_BYTES;
        Ok(Self { bytes, count })
    }

    /// Hashes of the slugs that a key may belong to; nearly always none or one.
    pub(crate) fn slugs(&self, key: u64) -> impl Iterator<Item = u64> {
        let first = self.first_at_or_after(key);
        (first..self.count).map(|place| self.record(place)).take_while(move |(found, _)| *found == key).map(|(_, s)| s)
    }

    fn first_at_or_after(&self, key: u64) -> usize {
        let (mut low, mut high) = (0, self.count);
        while low < high {
            let middle = low.midpoint(high);
            if self.record(middle).0 < key { low = middle + 1 } else { high = middle }
        }
        low
    }

    fn record(&self, place: usize) -> (u64, u64) {
        let start = place * RECORD_BYTES;
        let number = |at: usize| {
            let mut eight = [0; 8];
            eight.copy_from_slice(&self.bytes.as_slice()[at..at + 8]);
            u64::from_be_bytes(eight)
        };
        (number(start), number(start + 8))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_found_and_others_are_not() {
        let records: Vec<_> = (0..1_000_u64).map(|n| (n * 3, n)).chain([(30, 77)]).collect();
        let keys = Keys::open(OwnedBytes::new(keys_bytes(records))).unwrap();
        assert_eq!(keys.slugs(30).collect::<Vec<_>>(), [10, 77]);
        assert_eq!(keys.slugs(2_997).collect::<Vec<_>>(), [999]);
        for missing in [1, 2_998, u64::MAX] {
            assert_eq!(keys.slugs(missing).next(), None, "{missing}");
        }
        assert_eq!(Keys::open(OwnedBytes::new(keys_bytes(Vec::new()))).unwrap().slugs(0).next(), None);
        assert!(Keys::open(OwnedBytes::new(vec![0; 40])).is_err());
    }
}
