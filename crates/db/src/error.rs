//! What can go wrong with the database, by what its caller can do.

/// An error of the database.
#[derive(Debug, thiserror::Error)]
pub enum DbError {
    /// Somebody else was faster: the same transaction, run again, may do. [`crate::Db::retry`] does so.
    #[error("the transaction met another one")]
    Conflict,
    /// A key that must be unique is taken.
    #[error("there is one of that key already: {constraint}")]
    Taken {
        /// Name of the index or of its columns, as the engine tells it.
        constraint: String,
    },
    /// The database cannot be reached or cannot write: gone, full, starting. Waiting may help.
    #[error("the database cannot be used right now: {0}")]
    Unavailable(String),
    /// A row holds what the program never writes.
    #[error("damaged row in {table}, key {key}: {what}")]
    Damaged {
        /// The table.
        table: &'static str,
        /// The row's key.
        key: String,
        /// What is wrong.
        what: String,
    },
    /// A transaction that Aurora DSQL would not take, told on every database: a fault of ours, the work must be cut
    /// into smaller pieces.
    #[error("one transaction would write too much: {0}")]
    TooLarge(String),
    /// The schema is not the one of this release.
    #[error("{0}")]
    Schema(String),
    /// A statement that the engine refuses: a fault of ours.
    #[error("the database refused a statement: {0}")]
    Refused(String),
}

impl DbError {
    /// A damaged row.
    pub(crate) fn damaged(table: &'static str, key: impl ToString, what: impl ToString) -> Self {
        Self::Damaged { table, key: key.to_string(), what: what.to_string() }
    }

    /// Whether the same attempt may succeed later.
    pub fn is_passing(&self) -> bool {
        matches!(self, Self::Conflict | Self::Unavailable(_))
    }
}

impl From<sqlx::Error> for DbError {
    fn from(error: sqlx::Error) -> Self {
        match &error {
            sqlx::Error::Database(refusal) => from_engine(refusal.as_ref()),
            sqlx::Error::Io(_)
            | sqlx::Error::Tls(_)
            | sqlx::Error::PoolTimedOut
            | sqlx::Error::PoolClosed
            | sqlx::Error::WorkerCrashed => Self::Unavailable(error.to_string()),
            _ => Self::Refused(error.to_string()),
        }
    }
}

/// Whether the server closed the connection, so that another one may do.
#[cfg(feature = "postgres")]
pub(crate) fn is_broken_connection(error: &sqlx::Error) -> bool {
    match error {
        sqlx::Error::Io(_) => true,
        // Shut down by an administrator, crashed, or starting: the codes that end a connection.
        sqlx::Error::Database(refusal) => {
            refusal.code().is_some_and(|code| code.starts_with("08") || code.starts_with("57P"))
        }
        _ => false,
    }
}

/// SQLSTATE (PostgreSQL, Aurora DSQL) and SQLite's extended result codes.
fn from_engine(refusal: &dyn sqlx::error::DatabaseError) -> DbError {
    if refusal.is_unique_violation() {
        let constraint = refusal.constraint().map_or_else(|| refusal.message().to_owned(), str::to_owned);
        return DbError::Taken { constraint };
    }
    let message = refusal.message().to_owned();
    // SQLSTATE always has five signs, a code of SQLite never more than four.
    let code = refusal.code().unwrap_or_default();
    let kind = if code.len() == 5 { of_sqlstate(&code) } else { of_sqlite(&code) };
    match kind {
        Kind::Conflict => DbError::Conflict,
        Kind::Unavailable => DbError::Unavailable(message),
        Kind::Refused => DbError::Refused(message),
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Conflict,
    Unavailable,
    Refused,
}

/// The table of PostgreSQL's appendix A; classes are the first two signs.
fn of_sqlstate(state: &str) -> Kind {
    match (state, state.get(..2).unwrap_or_default()) {
        // Serialization failure, deadlock.
        ("40001" | "40P01", _) => Kind::Conflict,
        // Only a stand-by answers, or the role or the database is not (yet) there.
        ("25006", _) | (_, "28" | "3D") => Kind::Unavailable,
        // Connection trouble, out of resources, shutting down, disk trouble.
        (_, "08" | "53" | "57" | "58") => Kind::Unavailable,
        _ => Kind::Refused,
    }
}

/// SQLite's primary code is the low byte of the extended one.
fn of_sqlite(code: &str) -> Kind {
    match code.parse::<i64>().unwrap_or_default() & 0xff {
        // Busy, locked, lost a race for the lock.
        5 | 6 | 15 => Kind::Conflict,
        // No permission, read-only, I/O, full, cannot be opened.
        3 | 8 | 10 | 13 | 14 => Kind::Unavailable,
        _ => Kind::Refused,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_of_the_engines_tell_what_the_caller_can_do() {
        for (state, want) in [
            ("40001", Kind::Conflict),
            ("40P01", Kind::Conflict),
            ("57P01", Kind::Unavailable),
            ("53300", Kind::Unavailable),
            ("08006", Kind::Unavailable),
            ("25006", Kind::Unavailable),
            ("3D000", Kind::Unavailable),
            ("42601", Kind::Refused),
            ("23514", Kind::Refused),
        ] {
            assert_eq!(of_sqlstate(state), want, "{state}");
        }
        for (code, want) in [
            ("5", Kind::Conflict),
            ("517", Kind::Conflict),
            ("6", Kind::Conflict),
            ("13", Kind::Unavailable),
            ("1032", Kind::Unavailable),
            ("1546", Kind::Unavailable),
            ("14", Kind::Unavailable),
            ("1", Kind::Refused),
            ("275", Kind::Refused),
            ("", Kind::Refused),
        ] {
            assert_eq!(of_sqlite(code), want, "{code}");
        }
    }
}
