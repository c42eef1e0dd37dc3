//! Compression while a body passes.

use brotli::CompressorWriter;
use bytes::Bytes;
use edge::Squeeze;
use flate2::write::GzEncoder;
use std::io::{self, Write};

/// Compression is done once for all who get the answer, but while they wait: the middle of what each form offers.
const GZIP_LEVEL: u32 = 5;
/// The same for brotli, of 0 to 11.
const BROTLI_QUALITY: u32 = 4;
/// The window of brotli as a power of two: most pages lie in it, and it takes little memory.
const BROTLI_WINDOW_BITS: u32 = 18;
/// Bytes of brotli's buffer.
const BUFFER_BYTES: usize = 4_096;

/// Compresses one body.
pub(crate) enum Compressor {
    Gzip(Box<GzEncoder<Vec<u8>>>),
    Brotli(Box<CompressorWriter<Vec<u8>>>),
}

impl Compressor {
    pub(crate) fn new(form: Squeeze) -> Self {
        match form {
            Squeeze::Gzip => Self::Gzip(Box::new(GzEncoder::new(Vec::new(), flate2::Compression::new(GZIP_LEVEL)))),
            Squeeze::Brotli => {
                let writer = CompressorWriter::new(Vec::new(), BUFFER_BYTES, BROTLI_QUALITY, BROTLI_WINDOW_BITS);
                Self::Brotli(Box::new(writer))
            }
        }
    }

    /// Takes a part of the body; gives what came out of it, perhaps nothing yet.
    pub(crate) fn push(&mut self, part: &[u8]) -> io::Result<Bytes> {
        let out = match self {
            Self::Gzip(encoder) => {
                encoder.write_all(part)?;
                encoder.get_mut()
            }
            Self::Brotli(writer) => {
                writer.write_all(part)?;
                writer.get_mut()
            }
        };
        Ok(Bytes::from(std::mem::take(out)))
    }

    /// What is left.
    pub(crate) fn finish(self) -> io::Result<Bytes> {
        let out = match self {
            Self::Gzip(encoder) => encoder.finish()?,
            Self::Brotli(writer) => writer.into_inner(),
        };
        Ok(Bytes::from(out))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Read;

    #[test]
    fn what_is_compressed_in_parts_is_whole_again() {
        let text = "Tea from the hills, tea from the shore. ".repeat(2_000);
        for form in [Squeeze::Gzip, Squeeze::Brotli] {
            let mut compressor = Compressor::new(form);
            let mut out = Vec::new();
            for part in text.as_bytes().chunks(1_000) {
                out.extend_from_slice(&compressor.push(part).unwrap());
            }
            out.extend_from_slice(&compressor.finish().unwrap());
            assert!(out.len() < text.len() / 10, "{form:?}: {}", out.len());
            let mut back = String::new();
            match form {
                Squeeze::Gzip => flate2::read::GzDecoder::new(&out[..]).read_to_string(&mut back).unwrap(),
                Squeeze::Brotli => brotli::Decompressor::new(&out[..], 4_096).read_to_string(&mut back).unwrap(),
            };
            assert_eq!(back, text, "{form:?}");
        }
    }
}
