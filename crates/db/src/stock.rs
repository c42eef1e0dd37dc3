//! Stock: counting it, changing it by hand, and checking that nothing was lost.

use crate::codec::Place;
use crate::engine::{Db, Row, Tx, binds};
use crate::error::DbError;
use crate::sql::{ListSql, Statements};
use commerce::ids::StockRecordId;
use commerce::stock;
use std::collections::BTreeMap;
use std::sync::LazyLock;

/// Stock records whose sums do not fit that one check lists.
pub const UNSOUND_MAX: usize = 100;

const LEVEL: &str = "SELECT on_hand, (SELECT CAST(COALESCE(SUM(b.free), 0) AS BIGINT) FROM stock_buckets b \
     WHERE b.stock_record_id = s.id), (SELECT CAST(COALESCE(SUM(l.units - l.shipped), 0) AS BIGINT) FROM hold_lines l \
     JOIN holds h ON h.id = l.hold_id WHERE l.stock_record_id = s.id AND h.state IN ('held', 'releasing')), \
     (SELECT CAST(COALESCE(SUM(l.units - l.shipped), 0) AS BIGINT) FROM hold_lines l JOIN holds h \
     ON h.id = l.hold_id WHERE l.stock_record_id = s.id AND h.state = 'claimed') \
     FROM stock_records s WHERE s.id = $1 LIMIT 1";
const SET_ON_HAND: &str = "UPDATE stock_records SET on_hand = $2 WHERE id = $1";
const MEET_COUNTING: &str = "UPDATE stock_records SET on_hand = on_hand WHERE id = $1";
const CLEAR_BUCKETS: &str = "DELETE FROM stock_buckets WHERE stock_record_id = $1";
const PUT_BUCKET: &str = "INSERT INTO stock_buckets (stock_record_id, bucket, free) VALUES ($1, $2, $3)";
const UNSOUND: &str = "SELECT s.id, s.on_hand, COALESCE(f.free, 0), COALESCE(t.taken, 0) FROM stock_records s \
     LEFT JOIN (SELECT stock_record_id, CAST(SUM(free) AS BIGINT) AS free FROM stock_buckets GROUP BY stock_record_id) f \
     ON f.stock_record_id = s.id LEFT JOIN (SELECT l.stock_record_id, CAST(SUM(l.units - l.shipped) AS BIGINT) AS taken \
     FROM hold_lines l JOIN holds h ON h.id = l.hold_id WHERE h.state IN ('held', 'releasing', 'claimed') \
     GROUP BY l.stock_record_id) t ON t.stock_record_id = s.id \
     WHERE s.on_hand IS NOT NULL AND s.on_hand <> COALESCE(f.free, 0) + COALESCE(t.taken, 0) ORDER BY s.id LIMIT 100";

static FREE_AND_HELD: LazyLock<ListSql> = LazyLock::new(|| {
    ListSql::new(
        "SELECT stock_record_id, 'free', CAST(SUM(free) AS BIGINT) FROM stock_buckets \
         WHERE stock_record_id IN ({keys}) AND EXISTS (SELECT 1 FROM stock_records s \
         WHERE s.id = stock_buckets.stock_record_id AND s.on_hand IS NOT NULL) GROUP BY stock_record_id UNION ALL \
         SELECT l.stock_record_id, 'held', CAST(SUM(l.units - l.shipped) AS BIGINT) FROM hold_lines l \
         JOIN holds h ON h.id = l.hold_id WHERE l.stock_record_id IN ({keys}) AND h.state IN ('held', 'releasing') \
         AND EXISTS (SELECT 1 FROM stock_records s WHERE s.id = l.stock_record_id AND s.on_hand IS NOT NULL) \
         GROUP BY l.stock_record_id ORDER BY 1, 2 LIMIT 128",
    )
});

pub(crate) const STATEMENTS: Statements = Statements {
    plain: &[LEVEL, SET_ON_HAND, MEET_COUNTING, CLEAR_BUCKETS, PUT_BUCKET, UNSOUND],
    lists: &[&FREE_AND_HELD],
    rows: &[],
};

/// Where the units of a stock record are: free + held + claimed = on hand.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct StockLevel {
    /// In the house; none where nobody counts.
    pub on_hand: Option<i64>,
    /// Nobody has them.
    pub free: i64,
    /// In somebody's checkout.
    pub held: i64,
    /// Sold, not sent yet.
    pub claimed: i64,
}

/// A stock record whose sums do not fit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnsoundStock {
    /// Which one.
    pub record: StockRecordId,
    /// Units in the house.
    pub on_hand: i64,
    /// Units in its buckets.
    pub free: i64,
    /// Units held and claimed.
    pub taken: i64,
}

impl Db {
    /// Free and held units of stock records; one statement for every 64 of them. Records that are not counted are
    /// left out.
    pub async fn free_and_held(
        &self,
        records: &[StockRecordId],
    ) -> Result<BTreeMap<StockRecordId, (i64, i64)>, DbError> {
        let keys: Vec<String> = records.iter().map(ToString::to_string).collect();
        let mut levels: BTreeMap<StockRecordId, (i64, i64)> = BTreeMap::new();
        for row in self.fetch_list(&FREE_AND_HELD, &keys).await? {
            let key = row.text(0)?;
            let id = Place { table: "stock_buckets", key: &key }.id(StockRecordId::parse, &key)?;
            let level = levels.entry(id).or_default();
            match row.text(1)?.as_str() {
                "free" => level.0 = row.int(2)?,
                _ => level.1 = row.int(2)?,
            }
        }
        Ok(levels)
    }

    /// Where the units of a stock record are.
    pub async fn stock_level(&self, record: StockRecordId) -> Result<Option<StockLevel>, DbError> {
        self.fetch(LEVEL, binds![&record.to_string()]).await?.first().map(level).transpose()
    }

    /// Stock records where free + held + claimed is not what is on hand; at most [`UNSOUND_MAX`].
    pub async fn list_unsound_stock(&self) -> Result<Vec<UnsoundStock>, DbError> {
        let rows = self.fetch(UNSOUND, &[]).await?;
        let read = |row: &Row| {
            let key = row.text(0)?;
            let record = Place { table: "stock_records", key: &key }.id(StockRecordId::parse, &key)?;
            Ok(UnsoundStock { record, on_hand: row.int(1)?, free: row.int(2)?, taken: row.int(3)? })
        };
        rows.iter().map(read).collect()
    }
}

fn level(row: &Row) -> Result<StockLevel, DbError> {
    Ok(StockLevel { on_hand: row.opt_int(0)?, free: row.int(1)?, held: row.int(2)?, claimed: row.int(3)? })
}

impl Tx {
    /// Where the units of a stock record are, as of the transaction.
    pub async fn stock_level(&mut self, record: StockRecordId) -> Result<Option<StockLevel>, DbError> {
        self.fetch(LEVEL, binds![&record.to_string()]).await?.first().map(level).transpose()
    }

    /// Changes nothing, but meets whoever counts this stock record at the same moment: one of both runs again.
    pub async fn meet_counting(&mut self, record: StockRecordId) -> Result<(), DbError> {
        self.execute(MEET_COUNTING, binds![&record.to_string()]).await.map(|_| ())
    }

    /// Writes what is on hand and lays what is free into buckets anew. `free` must be what is left of it after what is
    /// held and claimed.
    pub async fn set_stock(&mut self, record: StockRecordId, on_hand: Option<i64>, free: i64) -> Result<(), DbError> {
        let key = record.to_string();
        self.execute(SET_ON_HAND, binds![&key, on_hand]).await?;
        self.execute(CLEAR_BUCKETS, binds![&key]).await?;
        if on_hand.is_some() {
            for bucket in stock::spread(free) {
                self.execute(PUT_BUCKET, binds![&key, bucket.number, bucket.free]).await?;
            }
        }
        Ok(())
    }
}
