//! The two engines behind one face: pools, transactions, rows.
//!
//! Values are text and 64-bit integers only, so one statement text and one way to bind serve SQLite, PostgreSQL and
//! what speaks its protocol.

use crate::bounds::Written;
#[cfg(feature = "postgres")]
use crate::dsql::TokenSource;
use crate::error::DbError;
use crate::faults::{Answer, Faults, Step};
use crate::settings::DbSettings;
use sqlx::sqlite::{
    SqliteConnectOptions, SqliteJournalMode, SqlitePool, SqlitePoolOptions, SqliteRow, SqliteSynchronous,
};
use sqlx::{ConnectOptions as _, Connection as _, Row as _, Sqlite, Transaction};
#[cfg(feature = "postgres")]
use sqlx::{
    Postgres,
    postgres::{PgPool, PgPoolOptions, PgRow},
};
use std::hash::{BuildHasher, RandomState};
use std::path::Path;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, OnceLock};
use std::time::{Duration, Instant};

/// How long a conflict is retried before the caller hears of it, in milliseconds.
pub const RETRY_MS_MAX: u64 = 8_000;
/// Longest single wait between two attempts, in milliseconds.
const RETRY_WAIT_MS_MAX: u64 = 40;
/// How long a connection is waited for, in milliseconds.
const CONNECT_WAIT_MS_MAX: u64 = 5_000;
/// Connections that read a SQLite file; one more writes.
const LITE_READERS: u32 = 4;
/// Aurora DSQL closes a connection after 60 minutes; ours end before.
#[cfg(feature = "postgres")]
const PG_LIFETIME_MINUTES: u64 = 50;
/// A connection that lay idle for longer is asked whether it still lives before it is used, in milliseconds. Asking
/// every time makes 9,000 single reads a second of 14,000 (measured); one that was just used is rarely dead.
#[cfg(feature = "postgres")]
const PG_TRUSTED_MS: u64 = 1_000;
/// A statement that takes longer is logged, for whoever looks for it: a shop's owner cannot make it faster.
const SLOW_STATEMENT_MS: u64 = 1_000;
const SLOW_STATEMENT_LEVEL: log::LevelFilter = log::LevelFilter::Debug;
/// How long one statement may take on a server that does not answer, in milliseconds.
#[cfg(feature = "postgres")]
const PG_STATEMENT_MS_MAX: u64 = 15_000;

/// A value for a placeholder.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Bind<'v> {
    Int(i64),
    OptInt(Option<i64>),
    Text(&'v str),
    OptText(Option<&'v str>),
}

impl Bind<'_> {
    /// How many bytes it takes.
    pub(crate) fn bytes(self) -> usize {
        match self {
            Self::Int(_) | Self::OptInt(_) => 8,
            Self::Text(text) | Self::OptText(Some(text)) => text.len(),
            Self::OptText(None) => 0,
        }
    }
}

impl From<i64> for Bind<'_> {
    fn from(value: i64) -> Self {
        Self::Int(value)
    }
}

impl From<Option<i64>> for Bind<'_> {
    fn from(value: Option<i64>) -> Self {
        Self::OptInt(value)
    }
}

impl From<bool> for Bind<'_> {
    fn from(value: bool) -> Self {
        Self::Int(i64::from(value))
    }
}

impl<'v> From<&'v str> for Bind<'v> {
    fn from(value: &'v str) -> Self {
        Self::Text(value)
    }
}

impl<'v> From<&'v String> for Bind<'v> {
    fn from(value: &'v String) -> Self {
        Self::Text(value)
    }
}

impl<'v> From<Option<&'v str>> for Bind<'v> {
    fn from(value: Option<&'v str>) -> Self {
        Self::OptText(value)
    }
}

/// A list of values for placeholders: `binds![id, 5, name]`.
macro_rules! binds {
    ($($value:expr),* $(,)?) => { &[$($crate::engine::Bind::from($value)),*] };
}
pub(crate) use binds;

/// A row of either engine; columns are taken by their place.
pub(crate) enum Row {
    Lite(SqliteRow),
    #[cfg(feature = "postgres")]
    Pg(PgRow),
}

impl Row {
    pub(crate) fn text(&self, column: usize) -> Result<String, DbError> {
        match self {
            Self::Lite(row) => Ok(row.try_get(column)?),
            #[cfg(feature = "postgres")]
            Self::Pg(row) => Ok(row.try_get(column)?),
        }
    }

    pub(crate) fn opt_text(&self, column: usize) -> Result<Option<String>, DbError> {
        match self {
            Self::Lite(row) => Ok(row.try_get(column)?),
            #[cfg(feature = "postgres")]
            Self::Pg(row) => Ok(row.try_get(column)?),
        }
    }

    pub(crate) fn int(&self, column: usize) -> Result<i64, DbError> {
        match self {
            Self::Lite(row) => Ok(row.try_get(column)?),
            #[cfg(feature = "postgres")]
            Self::Pg(row) => Ok(row.try_get(column)?),
        }
    }

    pub(crate) fn opt_int(&self, column: usize) -> Result<Option<i64>, DbError> {
        match self {
            Self::Lite(row) => Ok(row.try_get(column)?),
            #[cfg(feature = "postgres")]
            Self::Pg(row) => Ok(row.try_get(column)?),
        }
    }

    pub(crate) fn flag(&self, column: usize) -> Result<bool, DbError> {
        Ok(self.int(column)? != 0)
    }
}

#[derive(Clone)]
pub(crate) enum Engine {
    Lite {
        write: SqlitePool,
        read: SqlitePool,
    },
    #[cfg(feature = "postgres")]
    Pg(PgServer),
}

/// A store's database.
#[derive(Clone)]
pub struct Db {
    pub(crate) engine: Engine,
    statements: Arc<AtomicU64>,
    pub(crate) faults: Arc<OnceLock<Arc<dyn Faults>>>,
    /// Of a thousand commits, so many fail on purpose: how tests see what Aurora DSQL does under load.
    conflicts_per_mille: u64,
    /// Set while nobody could see yet whether the schema is that of this release.
    schema_unseen: Arc<AtomicBool>,
}

impl Db {
    /// Opens the pools. Nothing is read yet; a PostgreSQL server is not even asked.
    pub async fn open(settings: &DbSettings) -> Result<Self, DbError> {
        Self::open_file(settings, true).await
    }

    /// The same for a database that was there before: a SQLite file that is gone is not made anew, empty, but told as
    /// [`DbError::Unavailable`] by every statement until it is back.
    pub async fn open_existing(settings: &DbSettings) -> Result<Self, DbError> {
        Self::open_file(settings, false).await
    }

    async fn open_file(settings: &DbSettings, makes_file: bool) -> Result<Self, DbError> {
        let engine = match settings {
            DbSettings::Lite { file, .. } => open_lite(file, makes_file).await?,
            #[cfg(feature = "postgres")]
            DbSettings::Postgres { url, connections, .. } => open_pg(url, *connections)?,
            #[cfg(not(feature = "postgres"))]
            DbSettings::Postgres { .. } => {
                return Err(DbError::Schema("this program was built without PostgreSQL".to_owned()));
            }
        };
        let conflicts_per_mille = settings.conflicts_per_mille();
        let (statements, faults, schema_unseen) = (Arc::default(), Arc::default(), Arc::default());
        Ok(Self { engine, statements, faults, conflicts_per_mille, schema_unseen })
    }

    /// Whether it is a SQLite file.
    pub fn is_lite(&self) -> bool {
        matches!(self.engine, Engine::Lite { .. })
    }

    /// Statements sent so far, BEGIN and COMMIT counted.
    pub fn statements(&self) -> u64 {
        self.statements.load(Ordering::Relaxed)
    }

    /// For a store that is opened while its database is away: the first statement that finds it again looks at the
    /// schema before it is sent, and no statement is sent to another schema than this release's.
    pub fn check_schema_later(&self) {
        self.schema_unseen.store(true, Ordering::Relaxed);
    }

    /// Counts a statement that is about to be sent.
    async fn step(&self, step: Step) -> Result<Answer, DbError> {
        if self.schema_unseen.load(Ordering::Relaxed) {
            self.require_schema().await?;
            self.schema_unseen.store(false, Ordering::Relaxed);
        }
        self.statements.fetch_add(1, Ordering::Relaxed);
        match self.faults.get() {
            None => Ok(Answer::Heard),
            Some(faults) => faults.decide(step).await.answer(step),
        }
    }

    /// Begins a transaction that may write. SQLite takes its one writer; PostgreSQL sees one moment throughout
    /// (repeatable read), as Aurora DSQL does.
    pub async fn begin(&self) -> Result<Tx, DbError> {
        self.step(Step::Begin).await?;
        let inner = match &self.engine {
            Engine::Lite { write, .. } => Inner::Lite(write.begin_with("BEGIN IMMEDIATE").await?),
            #[cfg(feature = "postgres")]
            Engine::Pg(server) => Inner::Pg(begin_pg(server.pool()?, "BEGIN ISOLATION LEVEL REPEATABLE READ").await?),
        };
        Ok(Tx { inner, db: self.clone(), written: Written::default() })
    }

    /// Begins a transaction that only reads, all of it as of one moment; writers are not kept waiting.
    pub async fn begin_read(&self) -> Result<Tx, DbError> {
        self.step(Step::BeginRead).await?;
        let inner = match &self.engine {
            Engine::Lite { read, .. } => Inner::Lite(read.begin().await?),
            #[cfg(feature = "postgres")]
            Engine::Pg(server) => {
                Inner::Pg(begin_pg(server.pool()?, "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY").await?)
            }
        };
        Ok(Tx { inner, db: self.clone(), written: Written::default() })
    }

    /// Runs an attempt again while it meets other transactions, at most [`RETRY_MS_MAX`]. An attempt holds SQL and
    /// pure code only: whatever else it did would be done twice.
    pub async fn retry<T, E, F>(&self, mut attempt: impl FnMut() -> F) -> Result<T, E>
    where
        F: Future<Output = Result<T, E>>,
        E: MaybeConflict,
    {
        let start = Instant::now();
        let mut wait_ms = 1;
        loop {
            let outcome = attempt().await;
            let conflict = outcome.as_ref().err().is_some_and(MaybeConflict::is_conflict);
            if !conflict || start.elapsed() > Duration::from_millis(RETRY_MS_MAX) {
                return outcome;
            }
            // Full jitter, so that those who met do not meet again.
            tokio::time::sleep(Duration::from_micros(random_below(wait_ms * 1_000))).await;
            wait_ms = (wait_ms * 2).min(RETRY_WAIT_MS_MAX);
        }
    }

    /// One statement outside a transaction that only reads; a conflict is retried here.
    pub(crate) async fn fetch(&self, sql: &'static str, binds: &[Bind<'_>]) -> Result<Vec<Row>, DbError> {
        debug_assert!(crate::sql::is_known(sql), "not registered: {sql}");
        self.retry(async || {
            self.step(Step::Read(sql)).await?;
            self.read(sql, binds).await
        })
        .await
    }

    /// Sends one statement that only reads, and nothing before it.
    pub(crate) async fn read(&self, sql: &'static str, binds: &[Bind<'_>]) -> Result<Vec<Row>, DbError> {
        match &self.engine {
            Engine::Lite { read, .. } => {
                let rows = bind_lite(sqlx::query(sql), binds).fetch_all(read).await?;
                Ok(rows.into_iter().map(Row::Lite).collect())
            }
            #[cfg(feature = "postgres")]
            Engine::Pg(server) => {
                let pool = server.pool()?;
                let rows = past_broken(pool, || bind_pg(sqlx::query(sql), binds).fetch_all(pool));
                let rows = answered(rows).await?;
                Ok(rows.into_iter().map(Row::Pg).collect())
            }
        }
    }

    /// One statement that writes, in a transaction of its own; a conflict is retried here. A connection that breaks
    /// meanwhile is told: the statement may have been carried out.
    pub(crate) async fn execute(&self, sql: &'static str, binds: &[Bind<'_>]) -> Result<u64, DbError> {
        debug_assert!(crate::sql::is_known(sql), "not registered: {sql}");
        self.retry(async || {
            let answer = self.step(Step::Write(sql)).await?;
            let changed = match &self.engine {
                Engine::Lite { write, .. } => bind_lite(sqlx::query(sql), binds).execute(write).await?.rows_affected(),
                #[cfg(feature = "postgres")]
                Engine::Pg(server) => {
                    answered(bind_pg(sqlx::query(sql), binds).execute(server.pool()?)).await?.rows_affected()
                }
            };
            answer.heard(changed)
        })
        .await
    }

    /// Ends all connections, after what they are doing.
    pub async fn close(&self) {
        match &self.engine {
            Engine::Lite { write, read } => {
                write.close().await;
                read.close().await;
            }
            #[cfg(feature = "postgres")]
            Engine::Pg(server) => server.pool.close().await,
        }
    }

    fn fails_on_purpose(&self) -> bool {
        self.conflicts_per_mille > 0 && random_below(1_000) < self.conflicts_per_mille
    }
}

/// A number below `bound`, at random; 0 for 0.
fn random_below(bound: u64) -> u64 {
    RandomState::new().hash_one(0).checked_rem(bound).unwrap_or_default()
}

/// An error of a use case that may mean: run it again.
pub trait MaybeConflict {
    /// Whether it is [`DbError::Conflict`].
    fn is_conflict(&self) -> bool;
}

impl MaybeConflict for DbError {
    fn is_conflict(&self) -> bool {
        matches!(self, Self::Conflict)
    }
}

async fn open_lite(file: &Path, makes_file: bool) -> Result<Engine, DbError> {
    let options = SqliteConnectOptions::new()
        .filename(file)
        .create_if_missing(makes_file)
        .journal_mode(SqliteJournalMode::Wal)
        // Orders are money: a commit is on the disk before anybody hears of it.
        .synchronous(SqliteSynchronous::Full)
        .busy_timeout(Duration::from_millis(CONNECT_WAIT_MS_MAX))
        .foreign_keys(false)
        .pragma("cache_size", "-2048")
        .statement_cache_capacity(256)
        .log_slow_statements(SLOW_STATEMENT_LEVEL, Duration::from_millis(SLOW_STATEMENT_MS));
    let pool = |connections: u32| {
        SqlitePoolOptions::new()
            .max_connections(connections)
            .min_connections(0)
            .acquire_timeout(Duration::from_millis(CONNECT_WAIT_MS_MAX * 2))
            .test_before_acquire(false)
            // A commit that a full disk refused is taken back by SQLite itself, and sqlx 0.9 goes on counting it as
            // open: nothing could ever begin on that connection again.
            .before_acquire(|connection, _| Box::pin(async move { Ok(!connection.is_in_transaction()) }))
            .idle_timeout(None)
            .max_lifetime(None)
    };
    // One writer: SQLite has only one, and waiting in a queue is fairer than a busy time-out.
    let write = pool(1).connect_lazy_with(options.clone());
    let read = pool(LITE_READERS).connect_lazy_with(options);
    Ok(Engine::Lite { write, read })
}

#[cfg(feature = "postgres")]
fn open_pg(url: &str, connections: u32) -> Result<Engine, DbError> {
    let options: sqlx::postgres::PgConnectOptions =
        url.parse().map_err(|_| DbError::Unavailable("the database's address cannot be read".to_owned()))?;
    let dsql = TokenSource::of(&options).map(Arc::new);
    let options = options.log_slow_statements(SLOW_STATEMENT_LEVEL, Duration::from_millis(SLOW_STATEMENT_MS));
    let pool = PgPoolOptions::new()
        .max_connections(connections)
        .min_connections(0)
        .acquire_timeout(Duration::from_millis(CONNECT_WAIT_MS_MAX))
        .test_before_acquire(false)
        .before_acquire(|connection, known| {
            Box::pin(async move {
                let trusted = known.idle_for < Duration::from_millis(PG_TRUSTED_MS);
                Ok(trusted || connection.ping().await.is_ok())
            })
        })
        .max_lifetime(Duration::from_secs(PG_LIFETIME_MINUTES * 60))
        .connect_lazy_with(options);
    Ok(Engine::Pg(PgServer { pool, dsql }))
}

/// A PostgreSQL server, or what speaks its protocol.
#[cfg(feature = "postgres")]
#[derive(Clone)]
pub(crate) struct PgServer {
    pool: PgPool,
    /// What gives connections to Aurora DSQL their password; none for any other server.
    dsql: Option<Arc<TokenSource>>,
}

#[cfg(feature = "postgres")]
impl PgServer {
    /// The pool, whose next connections have a password that is good.
    pub(crate) fn pool(&self) -> Result<&PgPool, DbError> {
        if let Some(tokens) = &self.dsql {
            tokens.renew(&self.pool)?;
        }
        Ok(&self.pool)
    }

    /// Whether it is Aurora DSQL, where the schema is written in another way.
    pub(crate) fn is_dsql(&self) -> bool {
        self.dsql.is_some()
    }
}

/// Begins a transaction as a whole, in a task of its own. A caller who goes away in the middle (a shopper who closes the
/// page) would otherwise leave the pool a connection whose transaction nobody knows of: sqlx 0.9 takes back only what
/// was begun to the end, and whatever ran on that connection afterwards would never be committed.
#[cfg(feature = "postgres")]
async fn begin_pg(pool: &PgPool, begin: &'static str) -> Result<Transaction<'static, Postgres>, sqlx::Error> {
    let pool = pool.clone();
    let begun = tokio::spawn(async move { past_broken(&pool, || pool.begin_with(begin)).await });
    // Only a program that ends drops a task.
    answered(async { begun.await.map_err(|_| sqlx::Error::WorkerCrashed)? }).await
}

/// An answer of the server in bounded time: one that hangs is told as one that is gone.
#[cfg(feature = "postgres")]
async fn answered<T>(statement: impl Future<Output = Result<T, sqlx::Error>>) -> Result<T, sqlx::Error> {
    let answer = tokio::time::timeout(Duration::from_millis(PG_STATEMENT_MS_MAX), statement).await;
    answer.unwrap_or_else(|_| Err(sqlx::Error::Io(std::io::ErrorKind::TimedOut.into())))
}

/// Runs what is harmless to run twice again while it meets connections that the server has closed: after a restart
/// every idle connection of the pool is one. The pool drops each.
#[cfg(feature = "postgres")]
async fn past_broken<T, F>(pool: &PgPool, attempt: impl Fn() -> F) -> Result<T, sqlx::Error>
where
    F: Future<Output = Result<T, sqlx::Error>>,
{
    for _ in 0..pool.options().get_max_connections() {
        match attempt().await {
            Err(error) if crate::error::is_broken_connection(&error) => {}
            outcome => return outcome,
        }
    }
    attempt().await
}

enum Inner {
    Lite(Transaction<'static, Sqlite>),
    #[cfg(feature = "postgres")]
    Pg(Transaction<'static, Postgres>),
}

/// A transaction. Dropped without [`Tx::commit`] it never was.
pub struct Tx {
    inner: Inner,
    db: Db,
    written: Written,
}

impl Tx {
    /// Makes it so.
    pub async fn commit(self) -> Result<(), DbError> {
        let answer = self.db.step(Step::Commit).await?;
        if self.db.fails_on_purpose() {
            self.rollback().await;
            return Err(DbError::Conflict);
        }
        match self.inner {
            Inner::Lite(tx) => tx.commit().await?,
            #[cfg(feature = "postgres")]
            Inner::Pg(tx) => answered(tx.commit()).await?,
        }
        answer.heard(())
    }

    /// Takes everything back; a transaction that is dropped does so by itself, a little later.
    pub async fn rollback(self) {
        // A connection that cannot even roll back is closed by the pool.
        match self.inner {
            Inner::Lite(tx) => drop(tx.rollback().await),
            #[cfg(feature = "postgres")]
            Inner::Pg(tx) => drop(tx.rollback().await),
        }
    }

    pub(crate) async fn execute(&mut self, sql: &'static str, binds: &[Bind<'_>]) -> Result<u64, DbError> {
        debug_assert!(crate::sql::is_known(sql), "not registered: {sql}");
        self.written.send(binds)?;
        self.db.step(Step::Inside(sql)).await?;
        let rows = match &mut self.inner {
            Inner::Lite(tx) => bind_lite(sqlx::query(sql), binds).execute(&mut **tx).await?.rows_affected(),
            #[cfg(feature = "postgres")]
            Inner::Pg(tx) => answered(bind_pg(sqlx::query(sql), binds).execute(&mut **tx)).await?.rows_affected(),
        };
        self.written.changed(rows)
    }

    pub(crate) async fn fetch(&mut self, sql: &'static str, binds: &[Bind<'_>]) -> Result<Vec<Row>, DbError> {
        debug_assert!(crate::sql::is_known(sql), "not registered: {sql}");
        self.db.step(Step::Inside(sql)).await?;
        match &mut self.inner {
            Inner::Lite(tx) => {
                let rows = bind_lite(sqlx::query(sql), binds).fetch_all(&mut **tx).await?;
                Ok(rows.into_iter().map(Row::Lite).collect())
            }
            #[cfg(feature = "postgres")]
            Inner::Pg(tx) => {
                let rows = answered(bind_pg(sqlx::query(sql), binds).fetch_all(&mut **tx)).await?;
                Ok(rows.into_iter().map(Row::Pg).collect())
            }
        }
    }
}

type LiteQuery<'q> = sqlx::query::Query<'q, Sqlite, sqlx::sqlite::SqliteArguments>;

fn bind_lite<'q>(query: LiteQuery<'q>, binds: &[Bind<'_>]) -> LiteQuery<'q> {
    binds.iter().fold(query, |query, bind| match bind {
        Bind::Int(value) => query.bind(*value),
        Bind::OptInt(value) => query.bind(*value),
        Bind::Text(value) => query.bind((*value).to_owned()),
        Bind::OptText(value) => query.bind(value.map(str::to_owned)),
    })
}

#[cfg(feature = "postgres")]
type PgQuery<'q> = sqlx::query::Query<'q, Postgres, sqlx::postgres::PgArguments>;

#[cfg(feature = "postgres")]
fn bind_pg<'q>(query: PgQuery<'q>, binds: &[Bind<'_>]) -> PgQuery<'q> {
    binds.iter().fold(query, |query, bind| match bind {
        Bind::Int(value) => query.bind(*value),
        Bind::OptInt(value) => query.bind(*value),
        Bind::Text(value) => query.bind((*value).to_owned()),
        Bind::OptText(value) => query.bind(value.map(str::to_owned)),
    })
}
