//! The lines of a backup.

use super::{BACKUP_LINE_BYTES_MAX, BackupError};
use crate::engine::{Bind, Row};
use crate::error::DbError;
use crate::schema::{Column, Kind};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::io::{BufRead, Read as _, Write};

/// The first line.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Header {
    pub(super) tradewind_backup: u32,
    pub(super) schema: i64,
    pub(super) created_at: i64,
}

/// A line that is no row.
#[derive(Serialize, Deserialize)]
#[serde(untagged, deny_unknown_fields)]
pub(super) enum Mark {
    Table { table: String, columns: Vec<String> },
    End { rows: BTreeMap<String, u64>, checksum: String },
}

/// A value.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub(super) enum Cell {
    Int(i64),
    Text(String),
}

/// A value of a row, read as its column says.
pub(super) fn read_cell(row: &Row, place: usize, column: &Column) -> Result<Option<Cell>, DbError> {
    Ok(match column.kind {
        Kind::Int => row.opt_int(place)?.map(Cell::Int),
        Kind::Text => row.opt_text(place)?.map(Cell::Text),
    })
}

/// A value to bind where the column stands, if it may stand there.
pub(super) fn bind_cell<'c>(cell: Option<&'c Cell>, column: &Column) -> Option<Bind<'c>> {
    match (cell, column.kind) {
        (Some(Cell::Int(value)), Kind::Int) => Some(Bind::OptInt(Some(*value))),
        (Some(Cell::Text(value)), Kind::Text) => Some(Bind::OptText(Some(value))),
        (None, Kind::Int) if column.is_optional => Some(Bind::OptInt(None)),
        (None, Kind::Text) if column.is_optional => Some(Bind::OptText(None)),
        _ => None,
    }
}

/// Writes lines and keeps the hash of what was written.
pub(super) struct Lines<'w, W> {
    out: &'w mut W,
    hash: ring::digest::Context,
}

impl<'w, W: Write> Lines<'w, W> {
    pub(super) fn new(out: &'w mut W) -> Self {
        Self { out, hash: ring::digest::Context::new(&ring::digest::SHA256) }
    }

    pub(super) fn write(&mut self, line: &impl Serialize) -> Result<(), BackupError> {
        let mut text = serde_json::to_vec(line).map_err(std::io::Error::from)?;
        text.push(b'\n');
        self.hash.update(&text);
        Ok(self.out.write_all(&text)?)
    }

    /// The hash of all lines so far.
    pub(super) fn checksum(&self) -> String {
        hex(self.hash.clone().finish().as_ref())
    }
}

/// Reads lines of bounded length and keeps the hash of those before the newest.
pub(super) struct LineReader<R> {
    input: R,
    hash: ring::digest::Context,
    line: Vec<u8>,
    /// Number of the newest line, from 1.
    pub(super) number: u64,
}

impl<R: BufRead> LineReader<R> {
    pub(super) fn new(input: R) -> Self {
        Self { input, hash: ring::digest::Context::new(&ring::digest::SHA256), line: Vec::new(), number: 0 }
    }

    pub(super) fn damaged(&self, what: impl ToString) -> BackupError {
        BackupError::Damaged { line: self.number, what: what.to_string() }
    }

    /// The next line, without its end.
    pub(super) fn next(&mut self) -> Result<&[u8], BackupError> {
        self.hash.update(&self.line);
        self.line.clear();
        self.number += 1;
        let bound = u64::try_from(BACKUP_LINE_BYTES_MAX).unwrap_or(u64::MAX);
        self.input.by_ref().take(bound).read_until(b'\n', &mut self.line)?;
        match self.line.split_last() {
            Some((b'\n', line)) => Ok(line),
            _ if self.line.len() == BACKUP_LINE_BYTES_MAX => Err(self.damaged("is too long")),
            _ => Err(self.damaged("the file ends before its last line: it was cut off")),
        }
    }

    /// Bytes of the newest line.
    pub(super) fn bytes(&self) -> usize {
        self.line.len()
    }

    /// The hash of all lines before the newest.
    pub(super) fn checksum(&self) -> String {
        hex(self.hash.clone().finish().as_ref())
    }

    /// Whether nothing comes after the newest line.
    pub(super) fn is_at_end(&mut self) -> Result<bool, BackupError> {
        Ok(self.input.fill_buf()?.is_empty())
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
