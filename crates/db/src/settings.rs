//! Where a store's database is.

use std::fmt;
use std::path::PathBuf;

/// Connections of one process to PostgreSQL, where nothing else is said.
pub const PG_CONNECTIONS_DEFAULT: u32 = 16;

/// Which database, and how it is used.
#[derive(Clone)]
pub enum DbSettings {
    /// A SQLite file.
    Lite {
        /// The file; made if it is not there.
        file: PathBuf,
        /// Of a thousand commits, so many fail on purpose. For tests.
        conflicts_per_mille: u64,
    },
    /// A PostgreSQL server, or what speaks its protocol.
    Postgres {
        /// `postgres://user:password@host/database`.
        url: String,
        /// Most connections of this process.
        connections: u32,
        /// As for SQLite.
        conflicts_per_mille: u64,
    },
}

impl DbSettings {
    pub(crate) fn conflicts_per_mille(&self) -> u64 {
        match self {
            Self::Lite { conflicts_per_mille, .. } | Self::Postgres { conflicts_per_mille, .. } => *conflicts_per_mille,
        }
    }
}

impl fmt::Debug for DbSettings {
    /// Without the address of a server: it holds the password.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Lite { file, .. } => write!(f, "SQLite file {}", file.display()),
            Self::Postgres { .. } => f.write_str("PostgreSQL server ***"),
        }
    }
}
