//! The products file: documents in the order of a 64-bit hash of their slug, in compressed blocks of 4.
//!
//! A block is `first hash (8 bytes) | length (4 bytes) | zstd frame with its own checksum`; in the frame, each product
//! is `hash (8 bytes) | length | payload`. A directory of every 32nd block stands in the manifest, so that a look-up
//! reads one range. A payload is a document, or in a small part the mark that the product is gone.

use crate::bytes::{FileBytes, ReadError};
use crate::document::ProductDocument;
use crate::hash::slug_hash;
use crate::wire::{Input, Torn, Wire};
use commerce::moment::Moment;
use std::cell::RefCell;
use std::io::{self, Write};
use tantivy::HasLen;
use tantivy::directory::OwnedBytes;
use zstd::bulk::{Compressor, Decompressor};
use zstd::dict::DecoderDictionary;
use zstd::zstd_safe::{CParameter, DCtx};

/// Products in a block: with a dictionary more of them make the file hardly smaller, and every page decompresses one.
const BLOCK_PRODUCTS: usize = 4;
/// Blocks between two entries of the directory.
const DIRECTORY_STEP: u64 = 32;
/// Largest block after decompression, in bytes; what claims more is damaged.
const BLOCK_BYTES_MAX: usize = 64 << 20;
/// Most bytes of one product's payload; [`BLOCK_PRODUCTS`] of them stay under [`BLOCK_BYTES_MAX`].
pub(crate) const PAYLOAD_BYTES_MAX: usize = 3 << 20;
/// Compression level: 3 and 9 differ by 5 % in size and by far more in time.
const LEVEL: i32 = 3;
/// Bytes of a dictionary.
pub(crate) const DICTIONARY_BYTES: usize = 64 << 10;
/// Bytes of documents that a dictionary is made from, at least and at most.
pub(crate) const DICTIONARY_SAMPLE_BYTES: std::ops::RangeInclusive<usize> = 1 << 20..=8 << 20;
const BLOCK_HEAD_BYTES: usize = 12;
const MAGIC: &[u8; 8] = b"TWPROD01";

/// What a part says of a product.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Payload {
    Document(Box<ProductDocument>),
    /// It had this slug and is gone.
    Gone(String),
}

impl Payload {
    fn slug(&self) -> &str {
        match self {
            Self::Document(document) => &document.slug,
            Self::Gone(slug) => slug,
        }
    }

    pub(crate) fn hash(&self) -> u64 {
        slug_hash(self.slug())
    }
}

impl Wire for Payload {
    fn put(&self, out: &mut Vec<u8>) {
        out.push(u8::from(matches!(self, Self::Gone(_))));
        match self {
            Self::Document(document) => document.put(out),
            Self::Gone(slug) => slug.put(out),
        }
    }

    fn take(from: &mut Input<'_>) -> Result<Self, Torn> {
        Ok(if bool::take(from)? { Self::Gone(Wire::take(from)?) } else { Self::Document(Box::new(Wire::take(from)?)) })
    }
}

/// Writes a products file. Payloads come in the order of their hashes.
pub(crate) struct ProductsWriter<W> {
    out: W,
    compressor: Compressor<'static>,
    block: Vec<u8>,
    block_first: u64,
    block_products: usize,
    blocks: u64,
    offset: u64,
    directory: Vec<(u64, u64)>,
}

impl<W: Write> ProductsWriter<W> {
    pub(crate) fn new(out: W, dictionary: &[u8]) -> io::Result<Self> {
        let mut compressor = Compressor::with_dictionary(LEVEL, dictionary)?;
        compressor.set_parameter(CParameter::ChecksumFlag(true))?;
        Ok(Self {
            out,
            compressor,
            block: Vec::new(),
            block_first: 0,
            block_products: 0,
            blocks: 0,
            offset: 0,
            directory: Vec::new(),
        })
    }

    /// Adds a payload in its wire form.
    pub(crate) fn add(&mut self, hash: u64, payload: &[u8]) -> io::Result<()> {
        if self.block_products == 0 {
            self.block_first = hash;
        }
        self.block.extend_from_slice(&hash.to_be_bytes());
        payload.len().put(&mut self.block);
        self.block.extend_from_slice(payload);
        self.block_products += 1;
        if self.block_products == BLOCK_PRODUCTS { self.end_block() } else { Ok(()) }
    }

    fn end_block(&mut self) -> io::Result<()> {
        if self.block_products == 0 {
            return Ok(());
        }
        let frame = self.compressor.compress(&self.block)?;
        let length = u32::try_from(frame.len()).map_err(io::Error::other)?;
        if self.blocks.is_multiple_of(DIRECTORY_STEP) {
            self.directory.push((self.block_first, self.offset));
        }
        self.out.write_all(&self.block_first.to_be_bytes())?;
        self.out.write_all(&length.to_be_bytes())?;
        self.out.write_all(&frame)?;
        self.offset += u64::from(length) + 12;
        self.blocks += 1;
        self.block.clear();
        self.block_products = 0;
        Ok(())
    }

    /// Ends the file; gives the directory for the manifest.
    pub(crate) fn finish(mut self) -> io::Result<(W, Vec<(u64, u64)>)> {
        self.end_block()?;
        self.out.write_all(MAGIC)?;
        self.out.flush()?;
        Ok((self.out, self.directory))
    }
}

/// An open products file.
pub(crate) struct Products {
    bytes: FileBytes,
    directory: Vec<(u64, u64)>,
}

/// The blocks behind one entry of the directory, which are read together.
struct Group(OwnedBytes);

/// A block's own head.
struct BlockHead {
    first: u64,
    frame: std::ops::Range<usize>,
}

impl Products {
    /// Checks the footer, where that costs no read of its own. The directory comes from the manifest.
    pub(crate) fn open(bytes: FileBytes, directory: Vec<(u64, u64)>) -> Result<Self, ReadError> {
        const NO_END: &str = "its end is not that of a products file";
        let end = bytes.len().checked_sub(MAGIC.len()).ok_or(NO_END)?;
        if bytes.is_at_hand() && bytes.read(end..bytes.len())?.as_slice() != MAGIC {
            return Err(NO_END.into());
        }
        Ok(Self { bytes, directory })
    }

    /// All payloads with this hash, nearly always none or one. Reads one range, of a file that is not at hand.
    pub(crate) fn find(&self, hash: u64, dictionary: &Dictionary) -> Result<Vec<Payload>, ReadError> {
        let mut found = Vec::new();
        for entry in self.first_entry(hash)..self.directory.len() {
            if self.directory[entry].0 > hash {
                break;
            }
            let group = self.group(entry)?;
            let mut block = group.head(0)?;
            while let Some(head) = block {
                if head.first > hash {
                    return Ok(found);
                }
                block = group.head(head.frame.end)?;
                // Where the next block begins below, the hash cannot be in this one.
                if block.as_ref().is_none_or(|next| next.first >= hash) {
                    found.extend(group.payloads(&head, dictionary, |this| this == hash)?);
                }
            }
        }
        Ok(found)
    }

    /// Payloads from this hash on, block by block, until `visit` says that it has enough.
    pub(crate) fn walk(
        &self,
        from: u64,
        dictionary: &Dictionary,
        mut visit: impl FnMut(u64, &[u8]) -> Result<bool, &'static str>,
    ) -> Result<(), ReadError> {
        for entry in self.first_entry(from)..self.directory.len() {
            let group = self.group(entry)?;
            let mut block = group.head(0)?;
            while let Some(head) = block {
                block = group.head(head.frame.end)?;
                let raw = dictionary.decompress(&group.0.as_slice()[head.frame])?;
                let mut input = Input::new(&raw);
                while !input.rest().is_empty() {
                    let (hash, payload) = next_payload(&mut input).map_err(|Torn| "a block is torn")?;
                    if hash >= from && !visit(hash, payload)? {
                        return Ok(());
                    }
                }
            }
        }
        Ok(())
    }

    /// An equal hash may end the group before, so a walk starts at the last entry that is truly smaller.
    fn first_entry(&self, hash: u64) -> usize {
        self.directory.partition_point(|(first, _)| *first < hash).saturating_sub(1)
    }

    fn group(&self, entry: usize) -> Result<Group, ReadError> {
        const OUTSIDE: &str = "its directory points outside";
        let place = |entry: usize| self.directory.get(entry).map(|(_, offset)| usize::try_from(*offset));
        let start = place(entry).ok_or(OUTSIDE)?.map_err(|_| OUTSIDE)?;
        let end = match place(entry + 1) {
            Some(next) => next.map_err(|_| OUTSIDE)?,
            None => self.bytes.len() - MAGIC.len(),
        };
        if start > end || end > self.bytes.len() {
            return Err(OUTSIDE.into());
        }
        Ok(Group(self.bytes.read(start..end)?))
    }
}

impl Group {
    /// Reads a block, whose checksum tells whether it is whole.
    fn payloads(
        &self,
        head: &BlockHead,
        dictionary: &Dictionary,
        wanted: impl Fn(u64) -> bool,
    ) -> Result<Vec<Payload>, &'static str> {
        let raw = dictionary.decompress(&self.0.as_slice()[head.frame.clone()])?;
        let mut input = Input::new(&raw);
        let mut found = Vec::new();
        while !input.rest().is_empty() {
            let (hash, payload) = next_payload(&mut input).map_err(|Torn| "a block is torn")?;
            if wanted(hash) {
                found.push(Input::whole(payload).map_err(|Torn| "a document is torn")?);
            }
        }
        Ok(found)
    }

    /// The head of the block at an offset; `None` at the end.
    fn head(&self, at: usize) -> Result<Option<BlockHead>, &'static str> {
        const OUTSIDE: &str = "a block reaches outside";
        let bytes = self.0.as_slice();
        let end = bytes.len();
        if at == end {
            return Ok(None);
        }
        let start = at.checked_add(BLOCK_HEAD_BYTES).filter(|start| *start <= end).ok_or(OUTSIDE)?;
        let mut first = [0; 8];
        first.copy_from_slice(&bytes[at..at + 8]);
        let mut length = [0; 4];
        length.copy_from_slice(&bytes[at + 8..start]);
        let length = usize::try_from(u32::from_be_bytes(length)).map_err(|_| OUTSIDE)?;
        let frame_end = start.checked_add(length).filter(|frame_end| *frame_end <= end).ok_or(OUTSIDE)?;
        Ok(Some(BlockHead { first: u64::from_be_bytes(first), frame: start..frame_end }))
    }
}

fn next_payload<'a>(input: &mut Input<'a>) -> Result<(u64, &'a [u8]), Torn> {
    let hash = u64::from_be_bytes(<[u8; 8]>::take(input)?);
    let length = usize::take(input)?;
    Ok((hash, input.bytes(length)?))
}

/// Slug and last change of a payload, without reading the rest; `None` of the slug's moment if it is gone.
pub(crate) fn payload_head(payload: &[u8]) -> Result<(String, Option<Moment>), Torn> {
    let mut input = Input::new(payload);
    let gone = bool::take(&mut input)?;
    let slug = String::take(&mut input)?;
    Ok((slug, if gone { None } else { Some(Moment::take(&mut input)?) }))
}

thread_local! {
    /// Large and slow to make: one for all blocks that a thread reads.
    static CONTEXT: RefCell<DCtx<'static>> = RefCell::new(DCtx::create());
}

/// What all documents of a snapshot have in common; may be empty.
pub(crate) struct Dictionary {
    bytes: Vec<u8>,
    prepared: DecoderDictionary<'static>,
}

impl Dictionary {
    pub(crate) fn new(bytes: Vec<u8>) -> Self {
        let prepared = DecoderDictionary::copy(&bytes);
        Self { bytes, prepared }
    }

    /// Makes one from samples; empty where there are too few to learn from.
    pub(crate) fn trained(samples: &[u8], sizes: &[usize]) -> Vec<u8> {
        if samples.len() < *DICTIONARY_SAMPLE_BYTES.start() {
            return Vec::new();
        }
        // A dictionary only makes files smaller: where none can be learnt there is none.
        zstd::dict::from_continuous(samples, sizes, DICTIONARY_BYTES).unwrap_or_default()
    }

    pub(crate) fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    fn decompress(&self, frame: &[u8]) -> Result<Vec<u8>, &'static str> {
        const DAMAGED: &str = "the checksum of a block is wrong";
        let size = Decompressor::upper_bound(frame).ok_or(DAMAGED)?;
        if size > BLOCK_BYTES_MAX {
            return Err(DAMAGED);
        }
        let mut raw = Vec::with_capacity(size);
        CONTEXT.with_borrow_mut(|context| {
            context.decompress_using_ddict(&mut raw, frame, self.prepared.as_ddict()).map_err(|_| DAMAGED)
        })?;
        Ok(raw)
    }
}
