//! Files that buyers download, and what lines of orders may fetch of them.

use crate::codec::Place;
use crate::engine::{Bind, Db, Row, Tx, binds};
use crate::error::DbError;
use crate::products::product_id;
use crate::sql::{ListSql, RowsSql, Statements};
use commerce::basket::BASKET_LINES_MAX;
use commerce::download::{DownloadFile, DownloadGrant, FILES_PER_PRODUCT_MAX, FileName};
use commerce::ids::{DownloadFileId, OrderId, ProductId};
use commerce::moment::Moment;
use std::collections::BTreeMap;
use std::sync::LazyLock;

/// Files that one call lists.
pub const FILES_PAGE_MAX: usize = 200;
/// What [`Db::list_download_grants`] gives at most of one order: every file of every line.
pub const GRANTS_MAX: usize = BASKET_LINES_MAX * FILES_PER_PRODUCT_MAX;
/// Stands for no file: a line that was closed before it had any gets none later.
const NO_FILE: &str = "";
/// In the place of a line: all of them.
const ALL_LINES: i64 = -1;

const INSERT_FILE: &str = "INSERT INTO download_files (id, product_id, title, name, media_type, bytes, sha256, \
     storage_key, created_at, removed_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, NULL)";
const REPLACE_FILE: &str = "UPDATE download_files SET title = $3, name = $4, media_type = $5, bytes = $6, sha256 = $7, \
     storage_key = $8 WHERE id = $1 AND storage_key = $2 AND removed_at IS NULL";
const REMOVE_FILE: &str = "UPDATE download_files SET removed_at = $2 WHERE id = $1 AND removed_at IS NULL";
const DELETE_FILE: &str = "DELETE FROM download_files WHERE id = $1 AND removed_at IS NOT NULL";
const FILE: &str = "SELECT id, product_id, title, name, bytes, sha256, storage_key, created_at, removed_at \
     FROM download_files WHERE id = $1 LIMIT 1";
const PAGE: &str = "SELECT id, product_id, title, name, bytes, sha256, storage_key, created_at, removed_at \
     FROM download_files WHERE id > $1 ORDER BY id LIMIT 200";
const OPEN_OF_FILE: &str = "SELECT COUNT(*), MAX(valid_until) FROM download_grants \
     WHERE file_id = $1 AND valid_until > $2 AND used < most AND closed_at IS NULL";
const DELETE_GRANTS: &str = "DELETE FROM download_grants WHERE file_id = $1 AND (order_id, line) IN \
     (SELECT g.order_id, g.line FROM download_grants g WHERE g.file_id = $1 ORDER BY g.order_id, g.line LIMIT 512)";
const OF_ORDER: &str = "SELECT line, file_id, used, most, valid_until, closed_at FROM download_grants \
     WHERE order_id = $1 ORDER BY line, file_id LIMIT 5250";
// One that is pressed twice is one. After the time of a download ($6) the same press is another.
const COUNT: &str = "UPDATE download_grants SET used = used + 1, press = $5, started_at = $4 WHERE order_id = $1 \
     AND line = $2 AND file_id = $3 AND used < most AND valid_until > $4 AND closed_at IS NULL \
     AND NOT (press = $5 AND started_at > $6)";
const PRESSED: &str = "SELECT started_at FROM download_grants WHERE order_id = $1 AND line = $2 AND file_id = $3 \
     AND press = $4 AND closed_at IS NULL LIMIT 1";
const EXTEND: &str = "UPDATE download_grants SET most = CASE WHEN most + $3 > $5 THEN $5 ELSE most + $3 END, \
     valid_until = CASE WHEN valid_until < $4 THEN $4 ELSE valid_until END \
     WHERE order_id = $1 AND ($2 < 0 OR line = $2) AND closed_at IS NULL";
const CLOSE: &str = "UPDATE download_grants SET closed_at = $3 WHERE order_id = $1 AND ($2 < 0 OR line = $2) \
     AND closed_at IS NULL";
const REOPEN: &str = "UPDATE download_grants SET closed_at = NULL WHERE order_id = $1 AND ($2 < 0 OR line = $2) \
     AND closed_at IS NOT NULL AND file_id <> ''";
const FORGET_CLOSED: &str =
    "DELETE FROM download_grants WHERE order_id = $1 AND ($2 < 0 OR line = $2) AND file_id = ''";

static OF_PRODUCTS: LazyLock<ListSql> = LazyLock::new(|| {
    ListSql::new(
        "SELECT id, product_id, title, name, bytes, sha256, storage_key, created_at, removed_at FROM download_files \
         WHERE product_id IN ({keys}) AND removed_at IS NULL ORDER BY product_id, created_at, id LIMIT 1280",
    )
});
static BY_IDS: LazyLock<ListSql> = LazyLock::new(|| {
    ListSql::new(
        "SELECT id, product_id, title, name, bytes, sha256, storage_key, created_at, removed_at FROM download_files \
         WHERE id IN ({keys}) ORDER BY id LIMIT 64",
    )
});
static INSERT_GRANTS: LazyLock<RowsSql> = LazyLock::new(|| {
    let columns = "order_id T, line I, file_id T, used I, most I, valid_until I, closed_at I, press T, created_at I";
    let keep = ["used", "most", "valid_until", "closed_at", "press", "created_at"];
    RowsSql::upsert("download_grants", columns, "order_id, line, file_id", &keep, &[1, 8, 64])
});

pub(crate) const STATEMENTS: Statements = Statements {
    plain: &[
        INSERT_FILE,
        REPLACE_FILE,
        REMOVE_FILE,
        DELETE_FILE,
        FILE,
        PAGE,
        OPEN_OF_FILE,
        DELETE_GRANTS,
        OF_ORDER,
        COUNT,
        PRESSED,
        EXTEND,
        CLOSE,
        REOPEN,
        FORGET_CLOSED,
    ],
    lists: &[&OF_PRODUCTS, &BY_IDS],
    rows: &[&INSERT_GRANTS],
};

/// A download that is about to be begun.
#[derive(Clone, Copy, Debug)]
pub struct DownloadStart<'p> {
    /// The order.
    pub order: OrderId,
    /// The line's place in it.
    pub line: usize,
    /// The file.
    pub file: DownloadFileId,
    /// What the press of the button is known by; not empty.
    pub press: &'p str,
    /// Now.
    pub now: Moment,
    /// How long a download that was begun may be gone on with, in milliseconds.
    pub lasts_ms: i64,
}

/// What an order's lines may fetch.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct GrantsOfOrder {
    /// Line by line.
    pub grants: Vec<DownloadGrant>,
    /// Lines that were closed before they had any file.
    pub closed_lines: Vec<usize>,
}

/// What is still open of a file.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct OpenGrants {
    /// How many lines of orders may still fetch it.
    pub lines: u64,
    /// Until when the last of them may.
    pub until: Option<Moment>,
}

fn file(row: &Row) -> Result<DownloadFile, DbError> {
    let key = row.text(0)?;
    let place = Place { table: "download_files", key: &key };
    let bytes = row.int(4)?;
    Ok(DownloadFile {
        id: place.id(DownloadFileId::parse, &key)?,
        product: product_id(&row.text(1)?)?,
        title: row.text(2)?,
        name: FileName::parse(&row.text(3)?).map_err(|error| place.damaged(error))?,
        bytes: u64::try_from(bytes).map_err(|_| place.damaged(format!("{bytes} bytes")))?,
        sha256: row.text(5)?,
        storage_key: row.text(6)?,
        created_at: Moment::from_micros(row.int(7)?),
        removed_at: row.opt_int(8)?.map(Moment::from_micros),
    })
}

fn line_number(line: usize) -> i64 {
    i64::try_from(line).unwrap_or(i64::MAX)
}

fn line_or_all(line: Option<usize>) -> i64 {
    line.map_or(ALL_LINES, line_number)
}

fn grants(order: OrderId, rows: &[Row]) -> Result<GrantsOfOrder, DbError> {
    let key = order.to_string();
    let place = Place { table: "download_grants", key: &key };
    let mut found = GrantsOfOrder::default();
    for row in rows {
        let count = |column| {
            let count = row.int(column)?;
            u32::try_from(count).map_err(|_| place.damaged(format!("{count} downloads")))
        };
        let line = row.int(0)?;
        let line = usize::try_from(line).map_err(|_| place.damaged(format!("line {line}")))?;
        let file = row.text(1)?;
        if file == NO_FILE {
            found.closed_lines.push(line);
            continue;
        }
        found.grants.push(DownloadGrant {
            order,
            line,
            file: place.id(DownloadFileId::parse, &file)?,
            used: count(2)?,
            most: count(3)?,
            until: Moment::from_micros(row.int(4)?),
            closed_at: row.opt_int(5)?.map(Moment::from_micros),
        });
    }
    Ok(found)
}

impl Db {
    /// Files of these products that are on sale, the oldest of each product first.
    pub async fn files_of_products(
        &self,
        products: &[ProductId],
    ) -> Result<BTreeMap<ProductId, Vec<DownloadFile>>, DbError> {
        let keys: Vec<String> = products.iter().map(ToString::to_string).collect();
        let mut found: BTreeMap<ProductId, Vec<DownloadFile>> = BTreeMap::new();
        for row in self.fetch_list(&OF_PRODUCTS, &keys).await? {
            let file = file(&row)?;
            found.entry(file.product).or_default().push(file);
        }
        Ok(found)
    }

    /// Files by their ids, whether on sale or not.
    pub async fn find_download_files(
        &self,
        ids: &[DownloadFileId],
    ) -> Result<BTreeMap<DownloadFileId, DownloadFile>, DbError> {
        let keys: Vec<String> = ids.iter().map(ToString::to_string).collect();
        let rows = self.fetch_list(&BY_IDS, &keys).await?;
        rows.iter().map(|row| file(row).map(|file| (file.id, file))).collect()
    }

    /// All files after one in the order of their ids, at most [`FILES_PAGE_MAX`].
    pub async fn list_download_files(&self, after: Option<DownloadFileId>) -> Result<Vec<DownloadFile>, DbError> {
        let after = after.map(|id| id.to_string()).unwrap_or_default();
        self.fetch(PAGE, binds![&after]).await?.iter().map(file).collect()
    }

    /// Who may still fetch a file.
    pub async fn open_grants_of_file(&self, id: DownloadFileId, now: Moment) -> Result<OpenGrants, DbError> {
        let rows = self.fetch(OPEN_OF_FILE, binds![&id.to_string(), now.micros()]).await?;
        let Some(row) = rows.first() else { return Ok(OpenGrants::default()) };
        let lines = u64::try_from(row.int(0)?).unwrap_or_default();
        Ok(OpenGrants { lines, until: row.opt_int(1)?.map(Moment::from_micros) })
    }

    /// Takes some of what lines may fetch of a file away; `true` once nothing is left of it.
    pub async fn clear_grants_of_file(&self, id: DownloadFileId) -> Result<bool, DbError> {
        Ok(self.execute(DELETE_GRANTS, binds![&id.to_string()]).await? == 0)
    }

    /// What an order's lines may fetch; at most [`GRANTS_MAX`].
    pub async fn list_download_grants(&self, order: OrderId) -> Result<GrantsOfOrder, DbError> {
        grants(order, &self.fetch(OF_ORDER, binds![&order.to_string()]).await?)
    }

    /// Counts a download: one statement, so that of any number at once no more are begun than there are left. `false`
    /// if it may not be begun, or if this press was counted before and its time is not over.
    pub async fn count_download(&self, start: DownloadStart<'_>) -> Result<bool, DbError> {
        let DownloadStart { order, line, file, press, now, lasts_ms } = start;
        let (order, file, since) = (order.to_string(), file.to_string(), now.plus_ms(-lasts_ms));
        let binds = binds![&order, line_number(line), &file, now.micros(), press, since.micros()];
        Ok(self.execute(COUNT, binds).await? > 0)
    }

    /// When the download of this press was counted, if it was the last one of its file and line.
    pub async fn find_pressed_download(&self, start: DownloadStart<'_>) -> Result<Option<Moment>, DbError> {
        let (order, file) = (start.order.to_string(), start.file.to_string());
        let rows = self.fetch(PRESSED, binds![&order, line_number(start.line), &file, start.press]).await?;
        Ok(rows.first().map(|row| row.opt_int(0)).transpose()?.flatten().map(Moment::from_micros))
    }
}

impl Tx {
    /// A file.
    pub async fn find_download_file(&mut self, id: DownloadFileId) -> Result<Option<DownloadFile>, DbError> {
        self.fetch(FILE, binds![&id.to_string()]).await?.first().map(file).transpose()
    }

    /// Files of a product that are on sale, the oldest first.
    pub async fn files_of_product(&mut self, product: ProductId) -> Result<Vec<DownloadFile>, DbError> {
        self.fetch_list(&OF_PRODUCTS, &[product.to_string()]).await?.iter().map(file).collect()
    }

    /// Writes a new file.
    pub async fn insert_download_file(&mut self, file: &DownloadFile) -> Result<(), DbError> {
        let (id, product) = (file.id.to_string(), file.product.to_string());
        let binds = binds![
            &id,
            &product,
            &file.title,
            file.name.as_str(),
            file.name.media_type(),
            i64::try_from(file.bytes).unwrap_or(i64::MAX),
            &file.sha256,
            &file.storage_key,
            file.created_at.micros()
        ];
        self.execute(INSERT_FILE, binds).await.map(|_| ())
    }

    /// Puts another content in the place of a file's, which everybody gets who may fetch it. `false` if it is not as
    /// `before` any more.
    pub async fn replace_download_file(&mut self, before: &DownloadFile, file: &DownloadFile) -> Result<bool, DbError> {
        let id = before.id.to_string();
        let binds = binds![
            &id,
            &before.storage_key,
            &file.title,
            file.name.as_str(),
            file.name.media_type(),
            i64::try_from(file.bytes).unwrap_or(i64::MAX),
            &file.sha256,
            &file.storage_key
        ];
        Ok(self.execute(REPLACE_FILE, binds).await? > 0)
    }

    /// Takes a file out of sale.
    pub async fn remove_download_file(&mut self, id: DownloadFileId, now: Moment) -> Result<(), DbError> {
        self.execute(REMOVE_FILE, binds![&id.to_string(), now.micros()]).await.map(|_| ())
    }

    /// Forgets a file that is out of sale.
    pub async fn delete_download_file(&mut self, id: DownloadFileId) -> Result<(), DbError> {
        self.execute(DELETE_FILE, binds![&id.to_string()]).await.map(|_| ())
    }

    /// What an order's lines may fetch; at most [`GRANTS_MAX`].
    pub async fn list_download_grants(&mut self, order: OrderId) -> Result<GrantsOfOrder, DbError> {
        grants(order, &self.fetch(OF_ORDER, binds![&order.to_string()]).await?)
    }

    /// Writes what lines may fetch; what is there already stays as it is.
    pub async fn insert_download_grants(&mut self, grants: &[DownloadGrant], now: Moment) -> Result<(), DbError> {
        let keys: Vec<[String; 2]> =
            grants.iter().map(|grant| [grant.order.to_string(), grant.file.to_string()]).collect();
        let rows = grants.iter().zip(&keys).map(|(grant, [order, file])| {
            vec![
                Bind::from(order),
                Bind::Int(line_number(grant.line)),
                Bind::from(file),
                Bind::Int(i64::from(grant.used)),
                Bind::Int(i64::from(grant.most)),
                Bind::Int(grant.until.micros()),
                Bind::OptInt(grant.closed_at.map(Moment::micros)),
                Bind::Text(""),
                Bind::Int(now.micros()),
            ]
        });
        self.put_rows(LazyLock::force(&INSERT_GRANTS), rows.collect()).await
    }

    /// Gives an order's lines (or one of them) so many downloads more of each file, at most `most` in all, and time
    /// until a moment; less than they have takes nothing away. What was closed stays closed. How many files it was for.
    pub async fn extend_download_grants(
        &mut self,
        order: OrderId,
        line: Option<usize>,
        more: u32,
        until: Moment,
        most: u32,
    ) -> Result<u64, DbError> {
        let order = order.to_string();
        let binds = binds![&order, line_or_all(line), i64::from(more), until.micros(), i64::from(most)];
        self.execute(EXTEND, binds).await
    }

    /// Closes all that an order's lines (or one of them) may fetch. Lines of `without_files` get none later either.
    pub async fn close_download_grants(
        &mut self,
        order: OrderId,
        line: Option<usize>,
        without_files: &[usize],
        now: Moment,
    ) -> Result<u64, DbError> {
        let key = order.to_string();
        let rows = without_files.iter().map(|line| {
            let (none, at) = (Bind::Int(0), Bind::Int(now.micros()));
            let line = Bind::Int(line_number(*line));
            vec![Bind::from(&key), line, Bind::Text(NO_FILE), none, none, at, at, Bind::Text(""), at]
        });
        self.put_rows(LazyLock::force(&INSERT_GRANTS), rows.collect()).await?;
        self.execute(CLOSE, binds![&key, line_or_all(line), now.micros()]).await
    }

    /// Opens again what was closed.
    pub async fn reopen_download_grants(&mut self, order: OrderId, line: Option<usize>) -> Result<u64, DbError> {
        let (order, line) = (order.to_string(), line_or_all(line));
        let forgotten = self.execute(FORGET_CLOSED, binds![&order, line]).await?;
        Ok(forgotten + self.execute(REOPEN, binds![&order, line]).await?)
    }
}
