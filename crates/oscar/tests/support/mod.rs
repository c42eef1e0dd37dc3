//! What the tests of this crate share: running an import to its end, the sample store, odd stores made by SQL.
#![allow(dead_code, reason = "each test file uses a part of it")]
#![allow(clippy::unwrap_used, reason = "what a test cannot set up ends it")]

use commerce::catalogue::CatalogueSetup;
use commerce::language::Language;
use commerce::money::Currency;
use oscar::{ImportedProduct, Options, Report, ShippingMethod, Source};
use sqlx::{ConnectOptions as _, Connection as _};
use std::path::{Path, PathBuf};

/// Everything that an import yields.
pub(crate) struct Imported {
    pub(crate) setup: CatalogueSetup,
    pub(crate) products: Vec<ImportedProduct>,
    pub(crate) shipping: Vec<ShippingMethod>,
    pub(crate) rules: oscar::Rules,
    pub(crate) voucher_sets: Vec<oscar::ImportedVoucherSet>,
    pub(crate) vouchers: Vec<oscar::ImportedVoucher>,
    pub(crate) report: Report,
}

pub(crate) fn gbp() -> Currency {
    Currency::parse("GBP").unwrap()
}

pub(crate) fn options() -> Options {
    Options::new(Language::ENGLISH, gbp())
}

pub(crate) fn block_on<T>(work: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(work)
}

fn data(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data").join(name)
}

/// The sample store's file.
pub(crate) fn sample() -> String {
    data("oscar-store.sqlite3").to_str().unwrap().to_owned()
}

/// What is in the sample store.
pub(crate) fn sample_expect() -> serde_json::Value {
    serde_json::from_slice(&std::fs::read(data("oscar-store.expect.json")).unwrap()).unwrap()
}

pub(crate) fn import(address: &str) -> Imported {
    import_by(address, options(), 200)
}

/// Reads everything, so many products a page.
pub(crate) fn import_by(address: &str, options: Options, limit: usize) -> Imported {
    block_on(async {
        let mut source = Source::open(address).await.unwrap();
        let mut catalogue = source.catalogue(options).await.unwrap();
        let mut products = Vec::new();
        let mut after = None;
        loop {
            let page = catalogue.products(after, limit).await.unwrap();
            assert!(page.products.len() <= limit);
            products.extend(page.products);
            match page.next {
                Some(next) => after = Some(next),
                None => break,
            }
        }
        let (mut vouchers, mut after) = (Vec::new(), None);
        loop {
            let page = catalogue.vouchers(after, limit).await.unwrap();
            vouchers.extend(page.vouchers);
            match page.next {
                Some(next) => after = Some(next),
                None => break,
            }
        }
        let imported = Imported {
            setup: catalogue.setup().clone(),
            products,
            shipping: catalogue.shipping_methods().to_vec(),
            rules: catalogue.rules().clone(),
            voucher_sets: catalogue.voucher_sets().to_vec(),
            vouchers,
            report: catalogue.report().clone(),
        };
        source.close().await;
        imported
    })
}

/// A store that a test made: its address, and what keeps it alive.
pub(crate) struct Store {
    pub(crate) address: String,
    folder: tempfile::TempDir,
}

impl Store {
    /// A file with what the statements make.
    pub(crate) fn sqlite(statements: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("shop one?.sqlite3");
        block_on(async {
            let options = sqlx::sqlite::SqliteConnectOptions::new().filename(&path).create_if_missing(true);
            let mut connection = options.connect().await.unwrap();
            sqlx::raw_sql(sqlx::AssertSqlSafe(statements)).execute(&mut connection).await.unwrap();
            connection.close().await.unwrap();
        });
        Self { address: path.to_str().unwrap().to_owned(), folder }
    }

    /// The folder of the file.
    pub(crate) fn folder(&self) -> &Path {
        self.folder.path()
    }
}

/// The same in a schema of its own on the server of `TEST_POSTGRES_URL`; nothing where a run says that it has none.
#[cfg(feature = "postgres")]
pub(crate) fn on_postgres(statements: &str, check: impl FnOnce(&str)) {
    static SCHEMAS: std::sync::atomic::AtomicU32 = std::sync::atomic::AtomicU32::new(0);
    let Ok(server) = std::env::var("TEST_POSTGRES_URL") else {
        let skip = std::env::var("TRADEWIND_TEST_WITHOUT_POSTGRES").is_ok_and(|value| value == "1");
        assert!(skip, "TEST_POSTGRES_URL names no server (TRADEWIND_TEST_WITHOUT_POSTGRES=1 passes over it)");
        return;
    };
    let number = SCHEMAS.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
    let schema = format!("oscar_{}_{number}", std::process::id());
    let run = |sql: String| {
        block_on(async {
            let options: sqlx::postgres::PgConnectOptions = server.parse().unwrap();
            let mut connection = options.connect().await.unwrap();
            sqlx::raw_sql(sqlx::AssertSqlSafe(sql)).execute(&mut connection).await.unwrap();
            connection.close().await.unwrap();
        });
    };
    run(format!("CREATE SCHEMA {schema}; SET search_path = {schema}; SET TIME ZONE 'UTC'; {statements}"));
    let glue = if server.contains('?') { '&' } else { '?' };
    check(&format!("{server}{glue}options=-c%20search_path%3D{schema}"));
    run(format!("DROP SCHEMA {schema} CASCADE"));
}

/// SQL that makes the odd store.
pub(crate) const ODD: &str = include_str!("odd.sql");
