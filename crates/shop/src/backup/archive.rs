//! One file that holds several: each with its name, its content in chunks, and its SHA-256, all of it compressed.
//!
//! ```text
//! tradewind-archive 1\n
//! {"file":"store.jsonl"}\n   length:u32 bytes  length:u32 bytes  …  0:u32   SHA-256 of the content
//! {"file":"pages/en/terms.md"}\n …
//! {"end":2}\n                                                                 SHA-256 of all names and sums before
//! ```
//!
//! Nobody needs to know how long a file is before it is written, so the database goes in as it is read.

use super::BackupError;
use ring::digest::{Context, SHA256, SHA256_OUTPUT_LEN};
use serde::{Deserialize, Serialize};
use std::io::{self, BufRead, Read, Write};

const MAGIC: &[u8] = b"tradewind-archive 1\n";
/// What every compressed file begins with (RFC 8878, 3.1.1).
const ZSTD_MAGIC: [u8; 4] = [0x28, 0xb5, 0x2f, 0xfd];
/// Bytes of a chunk.
const CHUNK_BYTES_MAX: usize = 64 << 10;
/// Longest line that names a file.
const HEAD_BYTES_MAX: u64 = 4 << 10;
/// How hard zstd tries: as fast as a disk writes.
const LEVEL: i32 = 3;

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
enum Head {
    File(String),
    End(u64),
}

/// Writes an archive.
pub(super) struct Writer<W: Write> {
    out: zstd::Encoder<'static, W>,
    sums: Context,
    files: u64,
}

impl<W: Write> Writer<W> {
    pub(super) fn new(out: W) -> io::Result<Self> {
        let mut out = zstd::Encoder::new(out, LEVEL)?;
        out.write_all(MAGIC)?;
        Ok(Self { out, sums: Context::new(&SHA256), files: 0 })
    }

    fn head(&mut self, head: &Head) -> io::Result<()> {
        let mut line = serde_json::to_vec(head).map_err(io::Error::from)?;
        line.push(b'\n');
        self.sums.update(&line);
        self.out.write_all(&line)
    }

    /// Begins a file; what is written to the answer is its content, until [`Member::finish`].
    pub(super) fn begin(&mut self, name: &str) -> io::Result<Member<'_, W>> {
        self.head(&Head::File(name.to_owned()))?;
        self.files += 1;
        Ok(Member { archive: self, chunk: Vec::with_capacity(CHUNK_BYTES_MAX), sum: Context::new(&SHA256) })
    }

    /// Writes the end and gives the file back.
    pub(super) fn finish(mut self) -> io::Result<W> {
        let files = self.files;
        self.head(&Head::End(files))?;
        let sum = self.sums.finish();
        self.out.write_all(sum.as_ref())?;
        self.out.finish()
    }
}

/// A file being written.
pub(super) struct Member<'a, W: Write> {
    archive: &'a mut Writer<W>,
    chunk: Vec<u8>,
    sum: Context,
}

impl<W: Write> Member<'_, W> {
    fn put_chunk(&mut self) -> io::Result<()> {
        if self.chunk.is_empty() {
            return Ok(());
        }
        let length = u32::try_from(self.chunk.len()).map_err(io::Error::other)?;
        self.archive.out.write_all(&length.to_le_bytes())?;
        self.archive.out.write_all(&self.chunk)?;
        self.sum.update(&self.chunk);
        self.chunk.clear();
        Ok(())
    }

    pub(super) fn finish(mut self) -> io::Result<()> {
        self.put_chunk()?;
        self.archive.out.write_all(&0_u32.to_le_bytes())?;
        let sum = self.sum.finish();
        self.archive.out.write_all(sum.as_ref())?;
        self.archive.sums.update(sum.as_ref());
        Ok(())
    }
}

impl<W: Write> Write for Member<'_, W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let taken = bytes.len().min(CHUNK_BYTES_MAX - self.chunk.len());
        self.chunk.extend_from_slice(&bytes[..taken]);
        if self.chunk.len() == CHUNK_BYTES_MAX {
            self.put_chunk()?;
        }
        Ok(taken)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Reads an archive from its beginning to its end.
pub(super) struct Reader<R: BufRead> {
    input: io::BufReader<zstd::Decoder<'static, R>>,
    sums: Context,
    files: u64,
}

impl<R: BufRead> Reader<R> {
    pub(super) fn open(mut input: R) -> Result<Self, BackupError> {
        let start = input.fill_buf()?;
        if !ZSTD_MAGIC.starts_with(&start[..start.len().min(ZSTD_MAGIC.len())]) {
            return Err(BackupError::Damaged("it is not a backup of this program".to_owned()));
        }
        let decoder = zstd::Decoder::with_buffer(input)?;
        let mut reader = Self { input: io::BufReader::new(decoder), sums: Context::new(&SHA256), files: 0 };
        let mut magic = [0_u8; MAGIC.len()];
        match reader.input.read_exact(&mut magic) {
            Ok(()) if magic == MAGIC => Ok(reader),
            Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => Err(BackupError::CutOff),
            _ => Err(BackupError::Damaged("it is not a backup of this program".to_owned())),
        }
    }

    /// The next file's name; `None` at the end. The file before must have been read to its end.
    pub(super) fn next(&mut self) -> Result<Option<String>, BackupError> {
        let mut line = Vec::new();
        self.input.by_ref().take(HEAD_BYTES_MAX).read_until(b'\n', &mut line).map_err(unreadable)?;
        self.sums.update(&line);
        let head = serde_json::from_slice(&line).map_err(|_| BackupError::Damaged(CHANGED.to_owned()))?;
        match head {
            Head::File(name) => {
                self.files += 1;
                Ok(Some(name))
            }
            Head::End(files) => {
                let sum = self.read_sum()?;
                let wanted = std::mem::replace(&mut self.sums, Context::new(&SHA256)).finish();
                if files != self.files || sum != wanted.as_ref() {
                    return Err(BackupError::Damaged("the sums at its end are others".to_owned()));
                }
                let mut more = [0_u8; 1];
                match self.input.read(&mut more).map_err(unreadable)? {
                    0 => Ok(None),
                    _ => Err(BackupError::Damaged("something stands behind its end".to_owned())),
                }
            }
        }
    }

    fn read_sum(&mut self) -> Result<[u8; SHA256_OUTPUT_LEN], BackupError> {
        let mut sum = [0_u8; SHA256_OUTPUT_LEN];
        self.input.read_exact(&mut sum).map_err(unreadable)?;
        Ok(sum)
    }

    /// The content of the file that [`Reader::next`] named.
    pub(super) fn content(&mut self) -> Content<'_, R> {
        Content { archive: self, chunk: Vec::new(), place: 0, sum: Some(Context::new(&SHA256)) }
    }
}

const CHANGED: &str = "it was changed since it was written; copy it again from where it was made, or take another one";

/// Why an archive cannot be read to its end.
pub(super) fn unreadable(error: io::Error) -> BackupError {
    match error.kind() {
        io::ErrorKind::UnexpectedEof => BackupError::CutOff,
        // What the decoder says of bytes that make no sense is nothing that a person can use.
        io::ErrorKind::InvalidData | io::ErrorKind::Other => BackupError::Damaged(CHANGED.to_owned()),
        _ => BackupError::Io(error),
    }
}

/// The content of a file. Its end is told only if its sum is right.
pub(super) struct Content<'a, R: BufRead> {
    archive: &'a mut Reader<R>,
    chunk: Vec<u8>,
    place: usize,
    /// None once the end was read.
    sum: Option<Context>,
}

impl<R: BufRead> Content<'_, R> {
    fn read_chunk(&mut self) -> io::Result<()> {
        let damaged = || io::Error::new(io::ErrorKind::InvalidData, CHANGED);
        let mut length = [0_u8; 4];
        self.archive.input.read_exact(&mut length)?;
        let length = usize::try_from(u32::from_le_bytes(length)).map_err(io::Error::other)?;
        if length > CHUNK_BYTES_MAX {
            return Err(damaged());
        }
        self.place = 0;
        self.chunk.resize(length, 0);
        self.archive.input.read_exact(&mut self.chunk)?;
        if length > 0 {
            if let Some(sum) = &mut self.sum {
                sum.update(&self.chunk);
            }
            return Ok(());
        }
        let mut found = [0_u8; SHA256_OUTPUT_LEN];
        self.archive.input.read_exact(&mut found)?;
        match self.sum.take().map(Context::finish) {
            Some(sum) if sum.as_ref() == found => {
                self.archive.sums.update(&found);
                Ok(())
            }
            _ => Err(damaged()),
        }
    }
}

impl<R: BufRead> Read for Content<'_, R> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        if self.place == self.chunk.len() && self.sum.is_some() {
            self.read_chunk()?;
        }
        let rest = &self.chunk[self.place..];
        let taken = rest.len().min(into.len());
        into[..taken].copy_from_slice(&rest[..taken]);
        self.place += taken;
        Ok(taken)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written(files: &[(&str, &[u8])]) -> Vec<u8> {
        let mut writer = Writer::new(Vec::new()).unwrap();
        for (name, bytes) in files {
            let mut member = writer.begin(name).unwrap();
            member.write_all(bytes).unwrap();
            member.finish().unwrap();
        }
        writer.finish().unwrap()
    }

    fn read(bytes: &[u8]) -> Result<Vec<(String, Vec<u8>)>, BackupError> {
        let mut reader = Reader::open(bytes)?;
        let mut files = Vec::new();
        while let Some(name) = reader.next()? {
            let mut content = Vec::new();
            reader.content().read_to_end(&mut content).map_err(unreadable)?;
            files.push((name, content));
        }
        Ok(files)
    }

    #[test]
    fn what_goes_in_comes_out() {
        let large = vec![7_u8; CHUNK_BYTES_MAX * 2 + 1];
        let files: [(&str, &[u8]); 3] = [("empty", b""), ("a/b", b"text"), ("large", &large)];
        let back = read(&written(&files)).unwrap();
        let want: Vec<(String, Vec<u8>)> =
            files.iter().map(|(name, bytes)| ((*name).to_owned(), bytes.to_vec())).collect();
        assert_eq!(back, want);
    }

    #[test]
    fn whatever_is_cut_off_or_changed_is_refused() {
        let whole = written(&[("a", b"some text that stays"), ("b", b"more")]);
        for length in 0..whole.len() {
            let error = read(&whole[..length]).unwrap_err();
            assert!(matches!(error, BackupError::CutOff), "cut after {length} bytes: {error}");
        }
        for place in 0..whole.len() {
            let mut changed = whole.clone();
            changed[place] ^= 0x20;
            match read(&changed) {
                Err(_) => {}
                // A bit of zstd's own header may mean nothing; the content must be the same.
                Ok(files) => assert_eq!(files, read(&whole).unwrap(), "byte {place}"),
            }
        }
        for none in [&b"no archive at all"[..], b"text"] {
            let error = read(none).unwrap_err();
            assert!(error.to_string().contains("not a backup"), "{error}");
        }
    }
}
