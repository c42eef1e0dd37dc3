//! Migrations: numbered files, one statement a transaction, safe when two programs start at once and beside the
//! release before (expand, move, contract).

use crate::engine::{Db, Engine, Row, binds};
use crate::error::DbError;
use crate::sql::Statements;
use std::collections::BTreeMap;

/// Number of the newest migration: the schema that this release writes.
pub const SCHEMA_NUMBER: i64 = 5;
/// Oldest schema that this release can work on.
pub const SCHEMA_NUMBER_OLDEST: i64 = 1;
/// Newest schema that this release can work on: what the release after it adds is not in its way. So a release of which
/// the schema is there already can be taken back (docs/decisions/0004-one-release-back.md).
const SCHEMA_NUMBER_USABLE_MAX: i64 = SCHEMA_NUMBER + 1;
/// Times that a statement is tried when another program migrates at the same moment.
const MIGRATION_TRIES_MAX: u32 = 20;

const FILES: &[(i64, &str)] = &[
    (1, include_str!("../migrations/0001_store.sql")),
    (2, include_str!("../migrations/0002_offers.sql")),
    (3, include_str!("../migrations/0003_uses.sql")),
    (4, include_str!("../migrations/0004_prices.sql")),
    (5, include_str!("../migrations/0005_goods.sql")),
];

const BOOKS: &str = "CREATE TABLE IF NOT EXISTS schema_steps (step BIGINT NOT NULL, statement BIGINT NOT NULL, \
                     checksum TEXT NOT NULL, done_at BIGINT NOT NULL, PRIMARY KEY (step, statement))";
const DONE: &str = "SELECT step, statement, checksum FROM schema_steps ORDER BY step, statement LIMIT 10000";
const RECORD: &str = "INSERT INTO schema_steps (step, statement, checksum, done_at) VALUES ($1, $2, $3, $4) \
                      ON CONFLICT (step, statement) DO NOTHING";

pub(crate) const STATEMENTS: Statements = Statements::plain(&[DONE, RECORD]);

/// How the schema stands to this release.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SchemaState {
    /// As this release writes it.
    Current,
    /// Steps are missing (or it is empty); the newest whole one is named.
    Behind(i64),
    /// The release after this one made it, or began to: it only adds, so this one works on as before. So it is between
    /// `migrate` and the change of programs, and after that change was taken back.
    OneAhead(i64),
    /// A release made it that this one has nothing in common with.
    Ahead(i64),
}

impl SchemaState {
    /// Whether this release works on it.
    pub fn is_usable(self) -> bool {
        matches!(self, Self::Current | Self::OneAhead(_))
    }
}

/// Every statement of the migrations, in order, as (step, number in the step, text).
pub fn migration_statements() -> Vec<(i64, i64, String)> {
    FILES
        .iter()
        .flat_map(|(step, file)| {
            let text: String =
                file.lines().filter(|line| !line.trim_start().starts_with("--")).collect::<Vec<_>>().join("\n");
            let parts: Vec<String> = text.split(';').map(|part| part.trim().to_owned()).collect();
            let parts = parts.into_iter().filter(|part| !part.is_empty());
            (1..).zip(parts).map(|(number, part)| (*step, number, part)).collect::<Vec<_>>()
        })
        .collect()
}

/// Checksums of statements that were carried out, by step and number.
type Steps = BTreeMap<(i64, i64), String>;

fn steps_of(rows: Result<Vec<Row>, DbError>) -> Result<Steps, DbError> {
    let rows = match rows {
        Ok(rows) => rows,
        // The books are not there: nothing was ever migrated.
        Err(DbError::Refused(_)) => Vec::new(),
        Err(error) => return Err(error),
    };
    rows.iter().map(|row| Ok(((row.int(0)?, row.int(1)?), row.text(2)?))).collect()
}

fn state_of(done: &Steps) -> SchemaState {
    let newest = done.last_key_value().map_or(0, |((step, _), _)| *step);
    if newest > SCHEMA_NUMBER_USABLE_MAX {
        return SchemaState::Ahead(newest);
    }
    let missing = migration_statements().into_iter().find(|(step, number, _)| !done.contains_key(&(*step, *number)));
    match missing {
        Some((step, _, _)) => SchemaState::Behind(step - 1),
        None if newest > SCHEMA_NUMBER => SchemaState::OneAhead(newest),
        None => SchemaState::Current,
    }
}

/// FNV-1a: only to notice that a step was changed after it was carried out.
fn checksum(text: &str) -> String {
    let hash = text
        .bytes()
        .fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3));
    format!("{hash:016x}")
}

impl Db {
    /// Compares the schema with this release.
    pub async fn schema_state(&self) -> Result<SchemaState, DbError> {
        Ok(state_of(&self.steps_done().await?))
    }

    /// Fails unless this release works on the schema; sends nothing but one look at the books.
    pub(crate) async fn require_schema(&self) -> Result<(), DbError> {
        if state_of(&steps_of(self.read(DONE, &[]).await)?).is_usable() {
            return Ok(());
        }
        let what = "its schema is not that of this release; run `tradewind migrate`, or use the newer release";
        Err(DbError::Unavailable(what.to_owned()))
    }

    /// Statements that were carried out, with their checksums.
    pub(crate) async fn steps_done(&self) -> Result<Steps, DbError> {
        steps_of(self.fetch(DONE, &[]).await)
    }

    /// Brings the schema to this release, statement by statement; does nothing where it is, or is newer. Answers how
    /// many were carried out. `now_micros` goes into the books. A statement that was carried out and reads otherwise
    /// in this release is [`DbError::Schema`].
    pub async fn migrate(&self, now_micros: i64) -> Result<u64, DbError> {
        let done = self.steps_done().await?;
        let mut open = Vec::new();
        for (step, number, text) in migration_statements() {
            match done.get(&(step, number)) {
                None => open.push((step, number, text)),
                Some(known) if *known == checksum(&text) => {}
                Some(_) => {
                    let what = format!("step {step}, statement {number} of the schema is not the one of this release");
                    return Err(DbError::Schema(what));
                }
            }
        }
        if !open.is_empty() {
            self.define(BOOKS).await?;
        }
        let mut carried_out = 0;
        for (step, number, text) in open {
            self.define(&text).await?;
            carried_out += self.execute(RECORD, binds![step, number, &checksum(&text), now_micros]).await?;
        }
        Ok(carried_out)
    }

    /// Carries out one statement of the schema in a transaction of its own. Two programs that define the same thing
    /// at once may meet in the engine's own tables, whatever `IF NOT EXISTS` says: the second try finds it there.
    async fn define(&self, text: &str) -> Result<(), DbError> {
        let mut last = DbError::Conflict;
        for _ in 0..MIGRATION_TRIES_MAX {
            let text = sqlx::AssertSqlSafe(self.dialect(text));
            let outcome = match &self.engine {
                Engine::Lite { write, .. } => sqlx::query(text).execute(write).await.map(|_| ()),
                #[cfg(feature = "postgres")]
                Engine::Pg(server) => sqlx::query(text).persistent(false).execute(server.pool()?).await.map(|_| ()),
            };
            match outcome.map_err(DbError::from) {
                Ok(()) => return Ok(()),
                Err(error @ (DbError::Conflict | DbError::Taken { .. })) => last = error,
                Err(DbError::Refused(what))
                    if what.contains("concurrently updated") || what.contains("already exists") =>
                {
                    last = DbError::Conflict;
                }
                Err(error) => return Err(error),
            }
            tokio::time::sleep(std::time::Duration::from_millis(10)).await;
        }
        Err(last)
    }

    /// What an engine wants otherwise. Aurora DSQL builds indexes in the background only. PostgreSQL compares text by
    /// the rules of some language unless told not to; SQLite and DSQL by bytes, and so does this program: the order of
    /// keys, ranges of slugs and a backup are the same everywhere.
    fn dialect(&self, text: &str) -> String {
        match &self.engine {
            Engine::Lite { .. } => text.to_owned(),
            #[cfg(feature = "postgres")]
            Engine::Pg(server) if server.is_dsql() => text
                .replace("CREATE INDEX", "CREATE INDEX ASYNC")
                .replace("CREATE UNIQUE INDEX", "CREATE UNIQUE INDEX ASYNC"),
            #[cfg(feature = "postgres")]
            Engine::Pg(_) => text.replace(" TEXT", " TEXT COLLATE \"C\""),
        }
    }
}
