//! The hashes of `require('crypto')`.

use md5::{Digest as _, Md5};
use ring::digest;

/// Bytes of a block, the same for all three (RFC 2104).
const BLOCK_BYTES: usize = 64;

/// A hash that runtime 2.0 lists.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Algorithm {
    Md5,
    Sha1,
    Sha256,
}

impl Algorithm {
    /// The realm's own code lets no other name through.
    pub(crate) fn named(name: &str) -> Self {
        match name {
            "md5" => Self::Md5,
            "sha1" => Self::Sha1,
            _ => Self::Sha256,
        }
    }

    /// The digest in hexadecimal.
    pub(crate) fn hash(self, data: &[u8]) -> String {
        hex(&self.raw(&[data]))
    }

    /// The authentication code in hexadecimal (RFC 2104).
    pub(crate) fn hmac(self, key: &[u8], data: &[u8]) -> String {
        let mut block = if BLOCK_BYTES < key.len() { self.raw(&[key]) } else { key.to_vec() };
        block.resize(BLOCK_BYTES, 0);
        let padded = |pad: u8| block.iter().map(|byte| byte ^ pad).collect::<Vec<u8>>();
        let inner = self.raw(&[&padded(0x36), data]);
        hex(&self.raw(&[&padded(0x5c), &inner]))
    }

    fn raw(self, parts: &[&[u8]]) -> Vec<u8> {
        let with_ring = |algorithm| {
            let mut context = digest::Context::new(algorithm);
            parts.iter().for_each(|part| context.update(part));
            context.finish().as_ref().to_vec()
        };
        match self {
            Self::Md5 => {
                let mut context = Md5::new();
                parts.iter().for_each(|part| context.update(part));
                context.finalize().to_vec()
            }
            Self::Sha1 => with_ring(&digest::SHA1_FOR_LEGACY_USE_ONLY),
            Self::Sha256 => with_ring(&digest::SHA256),
        }
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
