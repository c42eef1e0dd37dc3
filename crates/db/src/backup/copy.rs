//! A copy of a SQLite file as it stands, whatever its schema: taken before a migration changes it.

use crate::engine::{Db, Engine};
use crate::error::DbError;
use std::path::Path;

impl Db {
    /// Copies the database into a new file, as of one moment, while others go on writing. `false` where the database
    /// is a server's: its operator backs it up.
    pub async fn copy_file(&self, to: &Path) -> Result<bool, DbError> {
        // Not among the constants that both engines prepare: SQLite alone knows it.
        const COPY: &str = "VACUUM INTO $1";
        match &self.engine {
            Engine::Lite { write, .. } => {
                sqlx::query(COPY).bind(to.to_string_lossy().into_owned()).execute(write).await?;
                Ok(true)
            }
            #[cfg(feature = "postgres")]
            Engine::Pg(_) => Ok(false),
        }
    }
}
