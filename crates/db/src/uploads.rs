//! What was made of uploaded files: pictures in their sizes, files to download.

use crate::engine::{Db, Row, Tx, binds};
use crate::error::DbError;
use crate::sql::{ListSql, Statements};
use std::collections::BTreeMap;
use std::sync::LazyLock;

/// Uploads that [`Db::list_unusable_uploads`] gives at most.
pub const UNUSABLE_LISTED_MAX: usize = 64;

const PUT: &str = "INSERT INTO uploads (source, made, problem, bytes, changed_at) VALUES ($1, $2, $3, $4, $5) \
     ON CONFLICT (source) DO UPDATE SET made = excluded.made, problem = excluded.problem, bytes = excluded.bytes, \
     changed_at = excluded.changed_at";
const UNUSABLE: &str = "SELECT source, made, problem, bytes, changed_at FROM uploads WHERE problem <> '' \
     ORDER BY source LIMIT 64";

static BY_SOURCE: LazyLock<ListSql> = LazyLock::new(|| {
    ListSql::new(
        "SELECT source, made, problem, bytes, changed_at FROM uploads WHERE source IN ({keys}) \
         ORDER BY source LIMIT 64",
    )
});

pub(crate) const STATEMENTS: Statements = Statements { plain: &[PUT, UNUSABLE], lists: &[&BY_SOURCE], rows: &[] };

/// A file of the media folder as it was when something was made of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Upload {
    /// Its path under the media folder.
    pub source: String,
    /// Name of what was made of it; empty if nothing could be.
    pub made: String,
    /// Why nothing could be made of it as it is now; empty if something was.
    pub problem: String,
    /// Its length, in bytes.
    pub bytes: i64,
    /// When it was last changed, in microseconds.
    pub changed_at: i64,
}

fn upload(row: &Row) -> Result<Upload, DbError> {
    Ok(Upload {
        source: row.text(0)?,
        made: row.text(1)?,
        problem: row.text(2)?,
        bytes: row.int(3)?,
        changed_at: row.int(4)?,
    })
}

impl Db {
    /// What is known of these files; those of which nothing was made yet are left out.
    pub async fn find_uploads(&self, sources: &[String]) -> Result<BTreeMap<String, Upload>, DbError> {
        let rows = self.fetch_list(&BY_SOURCE, sources).await?;
        let uploads = rows.iter().map(upload).map(|read| read.map(|upload| (upload.source.clone(), upload)));
        uploads.collect()
    }

    /// The first [`UNUSABLE_LISTED_MAX`] files of which nothing could be made as they are.
    pub async fn list_unusable_uploads(&self) -> Result<Vec<Upload>, DbError> {
        self.fetch(UNUSABLE, &[]).await?.iter().map(upload).collect()
    }
}

impl Tx {
    /// Notes what was made of a file.
    pub async fn put_upload(&mut self, upload: &Upload) -> Result<(), DbError> {
        let binds = binds![&upload.source, &upload.made, &upload.problem, upload.bytes, upload.changed_at];
        self.execute(PUT, binds).await.map(|_| ())
    }
}
