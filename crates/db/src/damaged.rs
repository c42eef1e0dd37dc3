//! Rows that make no value: told beside the others, so that one of them keeps nobody from the rest.

use crate::error::DbError;

/// A row that makes no value of the domain.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Damaged {
    /// The table.
    pub table: &'static str,
    /// The row's key.
    pub key: String,
    /// Why it makes none.
    pub what: String,
}

/// What a list of rows made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Listed<T> {
    /// The values.
    pub entries: Vec<T>,
    /// The rows that made none.
    pub damaged: Vec<Damaged>,
}

impl<T> Default for Listed<T> {
    fn default() -> Self {
        Self { entries: Vec::new(), damaged: Vec::new() }
    }
}

impl<T> Listed<T> {
    /// Takes the outcome of a row: damage is put aside, any other error ends the reading.
    pub(crate) fn take(&mut self, outcome: Result<T, DbError>) -> Result<(), DbError> {
        match outcome {
            Ok(entry) => self.entries.push(entry),
            Err(DbError::Damaged { table, key, what }) => self.damaged.push(Damaged { table, key, what }),
            Err(error) => return Err(error),
        }
        Ok(())
    }
}
