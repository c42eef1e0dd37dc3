//! A database of its own for each test, on either engine.

use db::{Db, DbSettings};
use sqlx::{AssertSqlSafe, Connection as _, Row as _, TypeInfo as _, ValueRef as _};
use std::hash::{BuildHasher, RandomState};
use std::path::PathBuf;
use tempfile::TempDir;

/// The engine that a test runs on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Engine {
    Lite,
    Postgres,
}

/// Connections of a pool to PostgreSQL in a test.
pub(crate) const CONNECTIONS: u32 = 6;
/// When every test happens: 2026-11-24T03:00:00Z.
pub(crate) const NOW: commerce::moment::Moment = commerce::moment::Moment::from_micros(1_795_489_200_000_000);

/// A database that belongs to one test.
#[derive(Clone)]
pub(crate) struct TestDb {
    pub(crate) db: Db,
    pub(crate) engine: Engine,
    file: PathBuf,
    url: String,
}

/// Defines two tests of each function: one for every engine.
macro_rules! on_both {
    ($($name:ident),* $(,)?) => {$(
        mod $name {
            #[test]
            fn on_sqlite() {
                crate::support::run(crate::support::Engine::Lite, super::$name);
            }

            #[test]
            fn on_postgres() {
                crate::support::run(crate::support::Engine::Postgres, super::$name);
            }
        }
    )*};
}
pub(crate) use on_both;

/// The server that tests make their databases on; none where they are to be skipped.
fn server() -> Option<String> {
    if let Ok(url) = std::env::var("TEST_POSTGRES_URL") {
        return Some(url);
    }
    let skip = std::env::var("TRADEWIND_TEST_WITHOUT_POSTGRES").is_ok_and(|value| value == "1");
    assert!(
        skip,
        "TEST_POSTGRES_URL must name a PostgreSQL server and a role that may create databases, such as \
         postgres://postgres@127.0.0.1:5432/postgres (TRADEWIND_TEST_WITHOUT_POSTGRES=1 skips these tests)"
    );
    None
}

/// Runs a test on a database that is made for it, migrated, and dropped afterwards, whatever happens.
pub(crate) fn run<F: Future<Output = ()> + Send + 'static>(engine: Engine, body: impl FnOnce(TestDb) -> F) {
    let folder = TempDir::new().unwrap();
    let name = format!("tradewind_test_{:016x}", RandomState::new().hash_one(std::process::id()));
    let server = match engine {
        Engine::Lite => String::new(),
        Engine::Postgres => match server() {
            Some(url) => url,
            None => return eprintln!("skipped: TRADEWIND_TEST_WITHOUT_POSTGRES=1"),
        },
    };
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    let outcome = runtime.block_on(async {
        let mut url = String::new();
        if engine == Engine::Postgres {
            on_server(&server, format!("CREATE DATABASE {name} TEMPLATE template0")).await;
            // What a test needs is gone in a second anyway: its commits need not wait for the disk.
            on_server(&server, format!("ALTER DATABASE {name} SET synchronous_commit = off")).await;
            let (host, _) = server.rsplit_once('/').unwrap();
            url = format!("{host}/{name}");
        }
        let settings = settings(engine, folder.path().join("store.db"), &url, 0);
        let db = Db::open(&settings).await.unwrap();
        let test = TestDb { db: db.clone(), engine, file: folder.path().join("store.db"), url };
        db.migrate(NOW.micros()).await.unwrap();
        let outcome = tokio::spawn(body(test)).await;
        db.close().await;
        if engine == Engine::Postgres {
            on_server(&server, format!("DROP DATABASE {name} WITH (FORCE)")).await;
        }
        outcome
    });
    if let Err(error) = outcome {
        std::panic::resume_unwind(error.into_panic());
    }
}

fn settings(engine: Engine, file: PathBuf, url: &str, conflicts_per_mille: u64) -> DbSettings {
    match engine {
        Engine::Lite => DbSettings::Lite { file, conflicts_per_mille },
        Engine::Postgres => DbSettings::Postgres { url: url.to_owned(), connections: CONNECTIONS, conflicts_per_mille },
    }
}

async fn on_server(server: &str, sql: String) {
    let mut connection = sqlx::PgConnection::connect(server).await.unwrap();
    sqlx::raw_sql(AssertSqlSafe(sql)).execute(&mut connection).await.unwrap();
    connection.close().await.unwrap();
}

impl TestDb {
    /// Opens the same database again, as another process does.
    pub(crate) async fn open_again(&self) -> Db {
        self.open_with_conflicts(0).await
    }

    /// The same, where some commits of a thousand fail on purpose.
    pub(crate) async fn open_with_conflicts(&self, per_mille: u64) -> Db {
        Db::open(&settings(self.engine, self.file.clone(), &self.url, per_mille)).await.unwrap()
    }

    /// An empty SQLite file in the test's folder, not migrated.
    pub(crate) async fn open_empty_file(&self, name: &str) -> Db {
        Db::open(&settings(Engine::Lite, self.file.with_file_name(name), "", 0)).await.unwrap()
    }

    /// The database's file, where it is one.
    pub(crate) fn file(&self) -> &std::path::Path {
        &self.file
    }

    /// The address of the database, where it is on a server.
    pub(crate) fn url(&self) -> &str {
        &self.url
    }

    /// Carries out statements past the crate, as damage or another program would.
    pub(crate) async fn raw(&self, sql: &str) {
        let sql = AssertSqlSafe(sql.to_owned());
        match self.engine {
            Engine::Lite => {
                let mut connection = self.connect_lite().await;
                sqlx::raw_sql(sql).execute(&mut connection).await.unwrap();
                connection.close().await.unwrap();
            }
            Engine::Postgres => {
                let mut connection = sqlx::PgConnection::connect(&self.url).await.unwrap();
                sqlx::raw_sql(sql).execute(&mut connection).await.unwrap();
                connection.close().await.unwrap();
            }
        }
    }

    pub(crate) async fn connect_lite(&self) -> sqlx::SqliteConnection {
        let options = sqlx::sqlite::SqliteConnectOptions::new().filename(&self.file);
        sqlx::SqliteConnection::connect_with(&options).await.unwrap()
    }

    /// Rows of a query as text, NULL as `-`.
    pub(crate) async fn raw_rows(&self, sql: &str) -> Vec<Vec<String>> {
        let sql = AssertSqlSafe(sql.to_owned());
        match self.engine {
            Engine::Lite => {
                let mut connection = self.connect_lite().await;
                let rows = sqlx::query(sql).fetch_all(&mut connection).await.unwrap();
                let cell = |row: &sqlx::sqlite::SqliteRow, place: usize| {
                    let value = row.try_get_raw(place).unwrap();
                    match value.type_info().name() {
                        _ if value.is_null() => "-".to_owned(),
                        "INTEGER" => row.get::<i64, _>(place).to_string(),
                        _ => row.get::<String, _>(place),
                    }
                };
                rows.iter().map(|row| (0..row.len()).map(|place| cell(row, place)).collect()).collect()
            }
            Engine::Postgres => {
                let mut connection = sqlx::PgConnection::connect(&self.url).await.unwrap();
                let rows = sqlx::query(sql).fetch_all(&mut connection).await.unwrap();
                let cell = |row: &sqlx::postgres::PgRow, place: usize| {
                    let value = row.try_get_raw(place).unwrap();
                    match value.type_info().name() {
                        _ if value.is_null() => "-".to_owned(),
                        "INT8" => row.get::<i64, _>(place).to_string(),
                        _ => row.get::<String, _>(place),
                    }
                };
                rows.iter().map(|row| (0..row.len()).map(|place| cell(row, place)).collect()).collect()
            }
        }
    }
}
