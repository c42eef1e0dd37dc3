//! The manifest: which files make up a snapshot, signed. `current` is the newest one itself, so that no read is spent
//! on a pointer.
//!
//! `TWSM | format (4 bytes) | body | HMAC-SHA256 (32 bytes)` over all before. The body also holds what every look-up
//! needs first: the directory and the dictionary of the products file and the index's list of segments.

use crate::error::SnapshotError;
use crate::hash::{Checksum, checksum, short_hex};
use crate::wire::{Input, Raw, Torn, Wire, wire_struct};
use commerce::moment::Moment;
use ring::hmac;
use std::collections::BTreeSet;
use std::sync::{Arc, PoisonError, RwLock};

/// Format of everything that a snapshot consists of. A release reads its own and the one before.
pub const SNAPSHOT_FORMAT: u32 = 4;
/// Oldest format that this release reads.
const SNAPSHOT_FORMAT_OLDEST: u32 = 3;
/// From this format on documents have marks that ranges know them by, and the rules of offers come along.
const RULES_FROM: u32 = 4;
/// Largest file that stands in the manifest, in bytes: every page needs it, and so it costs no read of its own.
pub(crate) const INLINE_BYTES_MAX: usize = 256 << 10;
const MAGIC: &[u8; 4] = b"TWSM";
const HEAD_BYTES: usize = 8;
const SIGNATURE_BYTES: usize = 32;

/// The keys that sign and check manifests: the newest signs, all check, so that keys can be changed. Clones share them.
#[derive(Clone)]
pub struct SnapshotKeys(Arc<RwLock<Arc<[hmac::Key]>>>);

impl SnapshotKeys {
    /// Takes the bytes of the newest key and of older ones that still count.
    pub fn new(newest: &[u8], older: &[&[u8]]) -> Self {
        Self(Arc::new(RwLock::new(signing_keys(newest, older))))
    }

    /// Takes up others in their place, in every clone: those of a reader that is open, too.
    pub fn take_up(&self, newest: &[u8], older: &[&[u8]]) {
        *self.0.write().unwrap_or_else(PoisonError::into_inner) = signing_keys(newest, older);
    }

    fn keys(&self) -> Arc<[hmac::Key]> {
        self.0.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Appends the signature of all that is there.
    pub(crate) fn sign(&self, bytes: &mut Vec<u8>) {
        let tag = hmac::sign(&self.keys()[0], bytes);
        bytes.extend_from_slice(tag.as_ref());
    }

    /// What was signed, if it was signed with one of the keys.
    pub(crate) fn check<'a>(&self, file: &str, bytes: &'a [u8]) -> Result<&'a [u8], SnapshotError> {
        let length = bytes.len().checked_sub(SIGNATURE_BYTES);
        let (signed, tag) = length
            .and_then(|length| bytes.split_at_checked(length))
            .ok_or_else(|| SnapshotError::damaged(file, "it is too short"))?;
        if self.keys().iter().any(|key| hmac::verify(key, signed, tag).is_ok()) {
            return Ok(signed);
        }
        Err(SnapshotError::Signature { file: file.to_owned() })
    }
}

/// The newest first.
fn signing_keys(newest: &[u8], older: &[&[u8]]) -> Arc<[hmac::Key]> {
    std::iter::once(&newest).chain(older).map(|bytes| hmac::Key::new(hmac::HMAC_SHA256, bytes)).collect()
}

impl std::fmt::Debug for SnapshotKeys {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("***")
    }
}

/// A file of the snapshot. Its name holds part of its checksum, so a name never stands for two contents.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct FileRef {
    pub(crate) name: String,
    pub(crate) length: u64,
    pub(crate) checksum: Checksum,
}

impl FileRef {
    /// A file of this kind with this content.
    pub(crate) fn of(kind: &str, bytes: &[u8]) -> Self {
        Self::with(kind, u64::try_from(bytes.len()).unwrap_or(u64::MAX), checksum(bytes))
    }

    pub(crate) fn with(kind: &str, length: u64, checksum: Checksum) -> Self {
        Self { name: format!("{kind}-{}", short_hex(&checksum)), length, checksum }
    }
}

/// Products of one publish: the base, or a small part that is asked before it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct PartRef {
    pub(crate) products: FileRef,
    pub(crate) keys: FileRef,
    /// First hash and offset of every 32nd block.
    pub(crate) directory: Vec<(u64, u64)>,
    /// How many documents and marks it holds.
    pub(crate) entries: u64,
}

/// Which files make up a snapshot.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Manifest {
    pub(crate) version: u64,
    pub(crate) fence: u64,
    pub(crate) created: Moment,
    pub(crate) next_change: Option<Moment>,
    /// How many products are in it.
    pub(crate) products: u64,
    /// The base first, then small parts, the newest last.
    pub(crate) parts: Vec<PartRef>,
    /// Common to all parts; not compressed further, since it hardly can be.
    pub(crate) dictionary: Vec<u8>,
    pub(crate) front: FileRef,
    pub(crate) counts: FileRef,
    /// Files of the index by the name that it knows them under.
    pub(crate) index: Vec<(String, FileRef)>,
    /// The index's own list of segments.
    pub(crate) index_meta: Vec<u8>,
    /// Files that let an instance start with few reads: what is hot of the base, and small files as a whole. None
    /// where the snapshot is so small that it is fetched as a whole.
    pub(crate) hot: Vec<FileRef>,
    /// Small files that every page needs, by their names, so that no read is spent on them. They are in the store too.
    pub(crate) inline: Vec<(String, Raw)>,
    /// The rules that baskets are priced by, beside prices. None in a snapshot of format 3: its documents lack what
    /// the rules know them by, so it must be published whole before anything is put over it.
    pub(crate) rules: Option<FileRef>,
}

wire_struct! {
    FileRef { name, length, checksum }
    PartRef { products, keys, directory, entries }
}

impl Manifest {
    /// The signed file.
    pub(crate) fn to_signed(&self, keys: &SnapshotKeys) -> Vec<u8> {
        let mut out = MAGIC.to_vec();
        out.extend_from_slice(&SNAPSHOT_FORMAT.to_be_bytes());
        self.put_body(&mut out);
        keys.sign(&mut out);
        out
    }

    /// Checks signature and format, and reads it.
    pub(crate) fn from_signed(file: &str, bytes: &[u8], keys: &SnapshotKeys) -> Result<Self, SnapshotError> {
        let (format, body) = signed_body(file, bytes, MAGIC, keys)?;
        let mut input = Input::new(body);
        let manifest = Self::take_body(&mut input, format).ok().filter(|_| input.rest().is_empty());
        manifest.ok_or_else(|| SnapshotError::damaged(file, "it cannot be read"))
    }

    fn put_body(&self, out: &mut Vec<u8>) {
        self.version.put(out);
        self.fence.put(out);
        self.created.put(out);
        self.next_change.put(out);
        self.products.put(out);
        self.parts.put(out);
        self.dictionary.put(out);
        self.front.put(out);
        self.counts.put(out);
        self.index.put(out);
        self.index_meta.put(out);
        self.hot.put(out);
        self.inline.put(out);
        self.rules.put(out);
    }

    fn take_body(from: &mut Input<'_>, format: u32) -> Result<Self, Torn> {
        Ok(Self {
            version: Wire::take(from)?,
            fence: Wire::take(from)?,
            created: Wire::take(from)?,
            next_change: Wire::take(from)?,
            products: Wire::take(from)?,
            parts: Wire::take(from)?,
            dictionary: Wire::take(from)?,
            front: Wire::take(from)?,
            counts: Wire::take(from)?,
            index: Wire::take(from)?,
            index_meta: Wire::take(from)?,
            hot: Wire::take(from)?,
            inline: Wire::take(from)?,
            rules: if format >= RULES_FROM { Wire::take(from)? } else { None },
        })
    }

    /// Puts a file in, if it is small.
    pub(crate) fn put_inline(&mut self, file: &FileRef, bytes: &[u8]) {
        if bytes.len() <= INLINE_BYTES_MAX {
            self.inline.push((file.name.clone(), Raw(bytes.to_vec())));
        }
    }

    /// Bytes of all files together.
    pub(crate) fn bytes(&self) -> u64 {
        self.files().map(|file| file.length).sum()
    }

    /// Every file that it names.
    pub(crate) fn files(&self) -> impl Iterator<Item = &FileRef> {
        let parts = self.parts.iter().flat_map(|part| [&part.products, &part.keys]);
        let index = self.index.iter().map(|(_, file)| file);
        parts.chain([&self.front, &self.counts]).chain(&self.rules).chain(index).chain(&self.hot)
    }

    /// Names of all of them.
    pub(crate) fn names(&self) -> BTreeSet<String> {
        self.files().map(|file| file.name.clone()).collect()
    }
}

/// The format and the body of a signed file with this mark. Signature first: nothing else is looked at before it is
/// ours, except the format, so that an old file is told from a forged one.
pub(crate) fn signed_body<'a>(
    file: &str,
    bytes: &'a [u8],
    magic: &[u8; 4],
    keys: &SnapshotKeys,
) -> Result<(u32, &'a [u8]), SnapshotError> {
    let head = bytes.get(..HEAD_BYTES).ok_or_else(|| SnapshotError::damaged(file, "it is too short"))?;
    let (mark, number) = head.split_at(magic.len());
    if mark != magic {
        return Err(SnapshotError::damaged(file, "its beginning is not that of such a file"));
    }
    let found = number.iter().fold(0_u32, |sum, byte| (sum << 8) | u32::from(*byte));
    if !(SNAPSHOT_FORMAT_OLDEST..=SNAPSHOT_FORMAT).contains(&found) {
        return Err(SnapshotError::Format { file: file.to_owned(), found, known: SNAPSHOT_FORMAT });
    }
    keys.check(file, bytes).map(|signed| (found, &signed[HEAD_BYTES..]))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_format_before_is_read_and_others_are_refused() {
        let keys = SnapshotKeys::new(b"key", &[]);
        let file = |kind: &str| FileRef::of(kind, kind.as_bytes());
        let manifest = Manifest {
            version: 7,
            fence: 3,
            created: Moment::from_micros(5),
            next_change: None,
            products: 1,
            parts: vec![PartRef {
                products: file("products"),
                keys: file("keys"),
                directory: vec![(1, 0)],
                entries: 1,
            }],
            dictionary: vec![1, 2],
            front: file("front"),
            counts: file("counts"),
            index: vec![("a.term".to_owned(), file("index"))],
            index_meta: b"{}".to_vec(),
            hot: Vec::new(),
            inline: Vec::new(),
            rules: Some(file("rules")),
        };
        let mut body = Vec::new();
        manifest.put_body(&mut body);
        // The format before has no rules at its end.
        let before = &body[..body.len() - manifest.rules.to_bytes().len()];
        let without = Manifest { rules: None, ..manifest.clone() };
        for (format, body, want) in
            [(4, body.as_slice(), Some(&manifest)), (3, before, Some(&without)), (2, before, None), (5, &body, None)]
        {
            let mut signed = MAGIC.to_vec();
            signed.extend_from_slice(&u32::to_be_bytes(format));
            signed.extend_from_slice(body);
            keys.sign(&mut signed);
            let read = Manifest::from_signed("current", &signed, &keys);
            assert_eq!(read.as_ref().ok(), want, "format {format}: {read:?}");
            assert_eq!(matches!(read, Err(SnapshotError::Format { .. })), want.is_none(), "format {format}");
        }
    }
}
