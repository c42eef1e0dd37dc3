//! Opening an Oscar database so that nothing in it can change, and counting what it holds.

use crate::rows::ReadError;
use crate::schema::{ColumnRow, Schema};
use crate::select::Dialect;
use commerce::money::Currency;
use sqlx::{AssertSqlSafe, ConnectOptions as _, Connection as _, Executor as _, Row as _};
use std::collections::BTreeMap;
use std::io::Read as _;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// Longest wait for a PostgreSQL server, in milliseconds.
#[cfg(feature = "postgres")]
const CONNECT_MS_MAX: u64 = 15_000;

/// A statement of a large catalogue may take long; it is logged for whoever looks for it.
const SLOW_STATEMENT: (log::LevelFilter, Duration) = (log::LevelFilter::Debug, Duration::from_secs(1));

/// The tables of catalogue, partners and delivery.
const COUNTED: &[&str] = &[
    "catalogue_attributeoption",
    "catalogue_attributeoptiongroup",
    "catalogue_category",
    "catalogue_option",
    "catalogue_product",
    "catalogue_product_product_options",
    "catalogue_productattribute",
    "catalogue_productattributevalue",
    "catalogue_productattributevalue_value_multi_option",
    "catalogue_productcategory",
    "catalogue_productclass",
    "catalogue_productclass_options",
    "catalogue_productimage",
    "catalogue_productrecommendation",
    "offer_benefit",
    "offer_condition",
    "offer_conditionaloffer",
    "offer_conditionaloffer_combinations",
    "offer_range",
    "offer_range_classes",
    "offer_range_excluded_categories",
    "offer_range_excluded_products",
    "offer_range_included_categories",
    "offer_rangeproduct",
    "offer_rangeproductfileupload",
    "partner_partner",
    "partner_partner_users",
    "partner_partneraddress",
    "partner_stockalert",
    "partner_stockrecord",
    "reviews_productreview",
    "shipping_orderanditemcharges",
    "shipping_orderanditemcharges_countries",
    "shipping_weightband",
    "shipping_weightbased",
    "shipping_weightbased_countries",
    "voucher_voucher",
    "voucher_voucher_offers",
    "voucher_voucherapplication",
    "voucher_voucherset",
];

/// Why a source could not be opened. The address is never part of the words: it may hold a password.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// No such file.
    #[error("{} does not exist", .path.display())]
    NotFound {
        /// The file.
        path: PathBuf,
    },
    /// The file is there but cannot be read.
    #[error("{} cannot be read", .path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// Something else than an SQLite database.
    #[error("{} is not an SQLite database", .path.display())]
    NotADatabase {
        /// The file.
        path: PathBuf,
    },
    /// Text in UTF-16, which Django never writes.
    #[error("{} keeps its text in another encoding than UTF-8", .path.display())]
    Encoding {
        /// The file.
        path: PathBuf,
    },
    /// A database of something else.
    #[error("this is not a django-oscar database: it has no table {table}")]
    NotOscar {
        /// The first table that is missing.
        table: &'static str,
    },
    /// A store that was changed to use other keys.
    #[error("the keys of {table} are not whole numbers, as django-oscar's are")]
    OddKeys {
        /// The table.
        table: &'static str,
    },
    /// A PostgreSQL URL, and this program was built without PostgreSQL.
    #[error("this program was built without PostgreSQL")]
    PostgresNotBuilt,
    /// The server did not answer in time.
    #[error("the database server did not answer in time")]
    Timeout,
    /// The engine refused: wrong password, damaged file, unfinished transaction of a program that crashed.
    #[error("the database could not be opened")]
    Database(#[source] sqlx::Error),
}

pub(crate) enum Connection {
    Sqlite(sqlx::SqliteConnection),
    #[cfg(feature = "postgres")]
    Postgres(sqlx::PgConnection),
}

/// Rows of each table of catalogue, offers, partners, delivery and vouchers, as far as this Oscar has it.
#[derive(Clone, Debug, Default, PartialEq, Eq, serde::Serialize)]
#[serde(transparent)]
pub struct Counts {
    /// By table.
    pub rows: BTreeMap<&'static str, u64>,
}

impl Counts {
    /// How many products there are to read: as many as the pages of [`crate::Catalogue::products`] hold together.
    pub fn products(&self) -> u64 {
        self.rows.get("catalogue_product").copied().unwrap_or_default()
    }
}

/// An Oscar database, open in one transaction that can only read.
pub struct Source {
    pub(crate) connection: Connection,
    pub(crate) schema: Schema,
}

impl std::fmt::Debug for Source {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Source").field("dialect", &self.dialect()).finish_non_exhaustive()
    }
}

impl Source {
    /// Opens a `postgres://` URL or the path of an SQLite file. Nothing is written: a missing file is not made, and
    /// all is read in one transaction, so that a store that goes on selling is seen as of one moment.
    pub async fn open(address: &str) -> Result<Self, OpenError> {
        let (connection, columns) = if address.starts_with("postgres://") || address.starts_with("postgresql://") {
            open_postgres(address).await?
        } else {
            open_sqlite(Path::new(address.strip_prefix("sqlite://").unwrap_or(address))).await?
        };
        let schema = Schema::new(columns);
        if let Some(table) = schema.missing_table() {
            return Err(OpenError::NotOscar { table });
        }
        match schema.odd_key() {
            Some(table) => Err(OpenError::OddKeys { table }),
            None => Ok(Self { connection, schema }),
        }
    }

    /// Counts rows, for progress and for dry runs.
    pub async fn counts(&mut self) -> Result<Counts, ReadError> {
        let mut rows = BTreeMap::new();
        for table in COUNTED.iter().copied().filter(|table| self.schema.has_table(table)) {
            let sql = AssertSqlSafe(format!("SELECT COUNT(*) FROM \"{table}\""));
            let count: Result<i64, sqlx::Error> = match &mut self.connection {
                Connection::Sqlite(c) => sqlx::query_scalar(sql).fetch_one(c).await,
                #[cfg(feature = "postgres")]
                Connection::Postgres(c) => sqlx::query_scalar(sql).fetch_one(c).await,
            };
            let count = count.map_err(|source| ReadError::Database { table, source })?;
            rows.insert(table, u64::try_from(count).unwrap_or_default());
        }
        Ok(Counts { rows })
    }

    /// The currency of most prices, if they name one that there is.
    pub async fn usual_currency(&mut self) -> Result<Option<Currency>, ReadError> {
        const TABLE: &str = "partner_stockrecord";
        const USUAL: &str = "SELECT price_currency FROM partner_stockrecord WHERE price_currency <> '' \
                             GROUP BY price_currency ORDER BY COUNT(*) DESC, price_currency LIMIT 1";
        if !self.schema.has(TABLE, "price_currency") {
            return Ok(None);
        }
        let found: Result<Option<String>, sqlx::Error> = match &mut self.connection {
            Connection::Sqlite(c) => sqlx::query_scalar(USUAL).fetch_optional(c).await,
            #[cfg(feature = "postgres")]
            Connection::Postgres(c) => sqlx::query_scalar(USUAL).fetch_optional(c).await,
        };
        let found = match found {
            // Bytes that are no text name no currency.
            Err(sqlx::Error::ColumnDecode { .. }) => None,
            found => found.map_err(|source| ReadError::Database { table: TABLE, source })?,
        };
        Ok(found.and_then(|code| Currency::parse(&code).ok()))
    }

    /// Ends the transaction and closes the connection.
    pub async fn close(self) {
        // Nothing was written, so nothing is lost if the other end does not answer.
        match self.connection {
            Connection::Sqlite(c) => drop(c.close().await),
            #[cfg(feature = "postgres")]
            Connection::Postgres(c) => drop(c.close().await),
        }
    }

    pub(crate) fn dialect(&self) -> Dialect {
        match self.connection {
            Connection::Sqlite(_) => Dialect::Sqlite,
            #[cfg(feature = "postgres")]
            Connection::Postgres(_) => Dialect::Postgres,
        }
    }
}

/// How an SQLite file was left, from its header (sqlite.org/fileformat.html, 1.3).
struct Header {
    has_wal: bool,
    is_utf8: bool,
}

fn header(path: &Path) -> Result<Header, OpenError> {
    const LENGTH: usize = 100;
    let failed = |source: std::io::Error| match source.kind() {
        std::io::ErrorKind::NotFound => OpenError::NotFound { path: path.to_owned() },
        std::io::ErrorKind::IsADirectory | std::io::ErrorKind::UnexpectedEof => {
            OpenError::NotADatabase { path: path.to_owned() }
        }
        _ => OpenError::Unreadable { path: path.to_owned(), source },
    };
    let mut bytes = [0; LENGTH];
    std::fs::File::open(path).and_then(|mut file| file.read_exact(&mut bytes)).map_err(failed)?;
    if !bytes.starts_with(b"SQLite format 3\0") {
        return Err(OpenError::NotADatabase { path: path.to_owned() });
    }
    // 0 is a database into which nothing was ever written.
    Ok(Header { has_wal: bytes[18] == 2 || bytes[19] == 2, is_utf8: matches!(bytes[59], 0 | 1) })
}

async fn open_sqlite(path: &Path) -> Result<(Connection, Vec<ColumnRow>), OpenError> {
    let header = header(path)?;
    if !header.is_utf8 {
        return Err(OpenError::Encoding { path: path.to_owned() });
    }
    let mut beside = path.as_os_str().to_owned();
    beside.push("-wal");
    // A file in WAL mode that nobody has open would get two files beside it, or fail in a folder that is read-only.
    let is_still = header.has_wal && !Path::new(&beside).exists();
    let options = sqlx::sqlite::SqliteConnectOptions::new()
        .filename(path)
        .create_if_missing(false)
        .read_only(true)
        .immutable(is_still)
        // The file comes from outside: its views and checks may call nothing.
        .pragma("trusted_schema", "OFF")
        .pragma("cell_size_check", "ON")
        .log_slow_statements(SLOW_STATEMENT.0, SLOW_STATEMENT.1);
    let mut connection = options.connect().await.map_err(OpenError::Database)?;
    connection.execute("BEGIN").await.map_err(OpenError::Database)?;
    const COLUMNS: &str = "SELECT m.name, c.name, c.type FROM sqlite_master m, pragma_table_info(m.name) c \
                           WHERE m.type IN ('table', 'view') ORDER BY m.name, c.cid";
    let rows = sqlx::query(COLUMNS).fetch_all(&mut connection).await.map_err(OpenError::Database)?;
    let columns: Result<Vec<ColumnRow>, sqlx::Error> = rows
        .iter()
        .map(|row| Ok(ColumnRow { table: row.try_get(0)?, column: row.try_get(1)?, kind: row.try_get(2)? }))
        .collect();
    Ok((Connection::Sqlite(connection), columns.map_err(OpenError::Database)?))
}

#[cfg(not(feature = "postgres"))]
async fn open_postgres(_: &str) -> Result<(Connection, Vec<ColumnRow>), OpenError> {
    Err(OpenError::PostgresNotBuilt)
}

#[cfg(feature = "postgres")]
async fn open_postgres(address: &str) -> Result<(Connection, Vec<ColumnRow>), OpenError> {
    // Times in UTC and floats in full, as they are printed to be read again.
    const BEGIN: &str = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY; SET LOCAL TIME ZONE 'UTC'; \
                         SET LOCAL datestyle = 'ISO, YMD'; SET LOCAL extra_float_digits = 1; \
                         SET LOCAL statement_timeout = '300s'";
    const COLUMNS: &str = "SELECT CAST(c.relname AS TEXT), CAST(a.attname AS TEXT), CAST(t.typname AS TEXT) \
                           FROM pg_catalog.pg_class c JOIN pg_catalog.pg_attribute a ON a.attrelid = c.oid \
                           JOIN pg_catalog.pg_type t ON t.oid = a.atttypid \
                           WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f') AND a.attnum > 0 AND NOT a.attisdropped \
                           AND pg_catalog.pg_table_is_visible(c.oid) ORDER BY 1, a.attnum";
    let options: sqlx::postgres::PgConnectOptions = address.parse().map_err(OpenError::Database)?;
    let options = options.log_slow_statements(SLOW_STATEMENT.0, SLOW_STATEMENT.1);
    let connected = tokio::time::timeout(Duration::from_millis(CONNECT_MS_MAX), options.connect()).await;
    let mut connection = connected.map_err(|_| OpenError::Timeout)?.map_err(OpenError::Database)?;
    sqlx::raw_sql(BEGIN).execute(&mut connection).await.map_err(OpenError::Database)?;
    let rows = sqlx::query(COLUMNS).fetch_all(&mut connection).await.map_err(OpenError::Database)?;
    let columns: Result<Vec<ColumnRow>, sqlx::Error> = rows
        .iter()
        .map(|row| Ok(ColumnRow { table: row.try_get(0)?, column: row.try_get(1)?, kind: row.try_get(2)? }))
        .collect();
    Ok((Connection::Postgres(connection), columns.map_err(OpenError::Database)?))
}
