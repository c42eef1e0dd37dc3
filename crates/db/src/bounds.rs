//! What one transaction may write: the limits of Aurora DSQL (AWS, "Cluster quotas and database limits"), kept on
//! every database, so that what works on a laptop works there.

use crate::engine::Bind;
use crate::error::DbError;

/// Rows that one transaction changes.
pub const TX_ROWS_MAX: u64 = 3_000;
/// Bytes that one transaction writes.
pub const TX_BYTES_MAX: usize = 10 << 20;
/// Bytes of one text.
pub const VALUE_BYTES_MAX: usize = 1 << 20;

/// What a transaction has written so far.
#[derive(Default)]
pub(crate) struct Written {
    rows: u64,
    bytes: usize,
}

impl Written {
    /// Counts what a statement is about to send. Keys are counted as if they were written: rather too much.
    pub(crate) fn send(&mut self, binds: &[Bind<'_>]) -> Result<(), DbError> {
        for bind in binds {
            let bytes = bind.bytes();
            if bytes > VALUE_BYTES_MAX {
                return Err(DbError::TooLarge(format!("a text of {bytes} bytes, at most {VALUE_BYTES_MAX}")));
            }
            self.bytes += bytes;
        }
        if self.bytes > TX_BYTES_MAX {
            return Err(DbError::TooLarge(format!("{} bytes, at most {TX_BYTES_MAX}", self.bytes)));
        }
        Ok(())
    }

    /// Counts the rows that a statement has changed.
    pub(crate) fn changed(&mut self, rows: u64) -> Result<u64, DbError> {
        self.rows += rows;
        if self.rows > TX_ROWS_MAX {
            return Err(DbError::TooLarge(format!("{} rows, at most {TX_ROWS_MAX}", self.rows)));
        }
        Ok(rows)
    }
}
