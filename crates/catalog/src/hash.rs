//! Short hashes by which things are found, and whole ones by which files are checked and named.
//!
//! All are SHA-256: they stand in files, so they must be the same in every release, and a slug is chosen by people.

use ring::digest::{Context, SHA256, digest};

/// A whole SHA-256.
pub(crate) type Checksum = [u8; 32];

/// 64 bits for a key of this kind.
pub(crate) fn key_hash(kind: &str, key: &str) -> u64 {
    let mut context = Context::new(&SHA256);
    context.update(kind.as_bytes());
    context.update(&[0]);
    context.update(key.as_bytes());
    first_eight(context.finish().as_ref())
}

/// 64 bits for a product's slug.
pub(crate) fn slug_hash(slug: &str) -> u64 {
    key_hash("page", slug)
}

/// The checksum of a whole file.
pub(crate) fn checksum(bytes: &[u8]) -> Checksum {
    whole(digest(&SHA256, bytes).as_ref())
}

/// The checksum of what a reader gives.
pub(crate) fn checksum_of(mut reader: impl std::io::Read) -> std::io::Result<Checksum> {
    const BUFFER_BYTES: usize = 1 << 16;
    let mut context = Context::new(&SHA256);
    let mut buffer = vec![0; BUFFER_BYTES];
    loop {
        match reader.read(&mut buffer)? {
            0 => return Ok(whole(context.finish().as_ref())),
            length => context.update(&buffer[..length]),
        }
    }
}

/// The first 16 bytes in hexadecimal: what file names end with.
pub(crate) fn short_hex(checksum: &Checksum) -> String {
    checksum[..16].iter().map(|byte| format!("{byte:02x}")).collect()
}

fn whole(digest: &[u8]) -> Checksum {
    let mut checksum = [0; 32];
    checksum.copy_from_slice(digest);
    checksum
}

fn first_eight(digest: &[u8]) -> u64 {
    let mut first = [0; 8];
    first.copy_from_slice(&digest[..8]);
    u64::from_be_bytes(first)
}
