//! Reading a CSV file line by line, with bounds: whatever the file is, memory stays small.

use std::io::{self, Read};
use std::path::Path;

/// Longest row, in bytes: every text of a product in every language.
pub(crate) const ROW_BYTES_MAX: u64 = 4 << 20;
/// Most columns.
pub(crate) const COLUMNS_MAX: usize = 2_000;

/// A row as it stands in the file.
pub(crate) struct RawRow {
    /// Line of the file on which it begins, from 1.
    pub(crate) line: u64,
    pub(crate) cells: Vec<String>,
}

/// Why reading ended: with the line where it did.
pub(crate) struct Unreadable {
    pub(crate) line: u64,
    pub(crate) what: String,
}

/// A row behind the last one of every file. A quotation mark that is never closed swallows it.
const AFTER_THE_END: &[u8] = b"\n--- the end ---";
/// A row that ends so many bytes behind the file's end has it in it: more than the end of its line, and than a byte
/// order mark, which the reader may not count.
const AFTER_THE_END_BYTES: u64 = 8;

/// Counts what a row takes, so that a quotation mark that is never closed does not read the whole file into memory,
/// and puts [`AFTER_THE_END`] behind the file.
struct Bounded<R> {
    inner: R,
    since_row: u64,
    /// Bytes of the file so far.
    bytes: u64,
    /// What is left to say once the file is at its end.
    after: Option<&'static [u8]>,
}

impl<R: Read> Read for Bounded<R> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        if self.since_row > ROW_BYTES_MAX {
            return Err(io::Error::new(io::ErrorKind::InvalidData, "the row is too long"));
        }
        if let Some(after) = &mut self.after {
            return after.read(into);
        }
        let read = self.inner.read(into)?;
        if read == 0 && !into.is_empty() {
            return self.after.insert(AFTER_THE_END).read(into);
        }
        let counted = u64::try_from(read).unwrap_or(u64::MAX);
        self.since_row += counted;
        self.bytes += counted;
        Ok(read)
    }
}

/// An open file.
pub(crate) struct Lines {
    reader: csv::Reader<Bounded<std::fs::File>>,
    record: csv::ByteRecord,
    line: u64,
    /// Whether rows end as spreadsheets on Windows end them.
    is_crlf: bool,
}

impl Lines {
    /// Opens a file; its first line tells what parts the cells: a comma, a semicolon or a tab.
    pub(crate) fn open(path: &Path) -> io::Result<Self> {
        let mut start = [0_u8; 4_096];
        let length = std::fs::File::open(path)?.read(&mut start)?;
        let first = start[..length].split(|byte| *byte == b'\n').next().unwrap_or_default();
        let count = |sign: u8| first.iter().filter(|byte| **byte == sign).count();
        // The first of equals is the comma.
        let delimiter = [b'\t', b';', b','].into_iter().max_by_key(|sign| count(*sign)).unwrap_or(b',');
        let bounded = Bounded { inner: std::fs::File::open(path)?, since_row: 0, bytes: 0, after: None };
        let reader =
            csv::ReaderBuilder::new().has_headers(false).flexible(true).delimiter(delimiter).from_reader(bounded);
        Ok(Self { reader, record: csv::ByteRecord::new(), line: 1, is_crlf: first.ends_with(b"\r") })
    }

    /// The line on which the row that was just read begins. The reader's own word for it counts empty lines before the
    /// row in, and misses the second half of the line's end before it; where the row ends is certain.
    fn line_of_record(&self, bytes: u64, is_closed: bool) -> u64 {
        let end = self.reader.position();
        let inside = self.record.as_slice().iter().filter(|byte| **byte == b'\n').count();
        let has_read_line_feed = is_closed && (!self.is_crlf || end.byte() > bytes);
        let lines = u64::try_from(inside).unwrap_or(u64::MAX).saturating_add(u64::from(has_read_line_feed));
        end.line().saturating_sub(lines).max(1)
    }

    /// The next row; `None` at the end.
    pub(crate) fn next(&mut self) -> Result<Option<RawRow>, Unreadable> {
        let line = self.reader.position().line();
        self.reader.get_mut().since_row = 0;
        let unreadable = |what: &str| Unreadable { line, what: what.to_owned() };
        match self.reader.read_byte_record(&mut self.record) {
            Ok(true) => {}
            Ok(false) => return Ok(None),
            Err(error) if matches!(error.kind(), csv::ErrorKind::Io(cause) if cause.kind() == io::ErrorKind::InvalidData) =>
            {
                return Err(unreadable("the row is longer than 4 MiB; is a quotation mark missing?"));
            }
            Err(error) => return Err(unreadable(&format!("cannot be read: {error}"))),
        }
        let source = self.reader.get_ref();
        let is_past = source.after.is_some() && self.reader.position().byte() >= source.bytes + AFTER_THE_END_BYTES;
        self.line = self.line_of_record(source.bytes, !is_past);
        if is_past {
            if self.record.len() == 1 && self.record.as_slice() == &AFTER_THE_END[1..] {
                return Ok(None);
            }
            return Err(Unreadable { line: self.line, what: "a quotation mark is never closed".to_owned() });
        }
        if self.record.len() > COLUMNS_MAX {
            return Err(unreadable("the row has more than 2,000 cells"));
        }
        let text = |bytes: &[u8]| std::str::from_utf8(bytes).map(str::to_owned);
        let cells: Result<Vec<String>, _> = self.record.iter().map(text).collect();
        let mut cells = cells.map_err(|_| unreadable("the text is not UTF-8; save the file as CSV in UTF-8"))?;
        // Some programs put a mark before the first cell that nobody sees.
        if let Some(first) = cells.first_mut().filter(|_| self.line == 1)
            && let Some(rest) = first.strip_prefix('\u{feff}')
        {
            *first = rest.to_owned();
        }
        Ok(Some(RawRow { line: self.line, cells }))
    }
}
