//! The store's tables as they stand, read past the program: what is checked is not read by what is being checked.

use crate::support::OpenShop;
use sqlx::{AssertSqlSafe, Connection as _, Row as _};
use std::collections::BTreeMap;

/// Connections of the auditor.
pub(crate) enum Auditor {
    Lite(sqlx::SqliteConnection),
    Postgres { reads: sqlx::PgConnection, url: String },
}

/// Asks PostgreSQL who waits for a lock.
pub(crate) struct Locks(sqlx::PgConnection);

/// A row of text, NULL as nothing.
type TextRow = Vec<Option<String>>;

/// A stock record.
#[derive(Debug)]
pub(crate) struct Record {
    pub(crate) sku: String,
    pub(crate) on_hand: Option<i64>,
    pub(crate) free: Vec<i64>,
}

/// Units of a hold.
#[derive(Debug)]
pub(crate) struct Held {
    pub(crate) checkout: String,
    pub(crate) state: String,
    pub(crate) record: String,
    pub(crate) units: i64,
    pub(crate) shipped: i64,
}

/// A payment.
#[derive(Debug)]
pub(crate) struct Payment {
    pub(crate) gateway: String,
    pub(crate) state: String,
    pub(crate) amount: i64,
    pub(crate) is_asked: bool,
}

/// Sums of a checkout's ledger.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Sums {
    pub(crate) promised: i64,
    pub(crate) captured: i64,
    pub(crate) refunded: i64,
    pub(crate) voided: i64,
}

/// An order.
#[derive(Debug)]
pub(crate) struct Order {
    pub(crate) number: String,
    pub(crate) state: String,
    pub(crate) total: i64,
    /// Everything as sold; an order is a fact.
    pub(crate) body: String,
    /// Stock record and units, by line.
    pub(crate) lines: Vec<(String, i64)>,
}

/// Everything that counts.
#[derive(Debug, Default)]
pub(crate) struct Books {
    pub(crate) records: BTreeMap<String, Record>,
    pub(crate) held: Vec<Held>,
    pub(crate) payments: BTreeMap<String, Vec<Payment>>,
    pub(crate) ledger: BTreeMap<String, Sums>,
    pub(crate) orders: BTreeMap<String, Order>,
    /// Lines of an order and units, by parcel.
    pub(crate) parcels: Vec<(String, Vec<(usize, i64)>)>,
    pub(crate) checkouts: Vec<String>,
    /// Kind and subject of what is to be done.
    pub(crate) tasks: Vec<(String, String)>,
    /// Kind, subject and detail of what happened.
    pub(crate) events: Vec<(String, String, String)>,
    /// Units sold, by product.
    pub(crate) sold: BTreeMap<String, i64>,
}

const RECORDS: &str = "SELECT id, sku, CAST(on_hand AS TEXT) FROM stock_records ORDER BY id";
const BUCKETS: &str = "SELECT stock_record_id, CAST(free AS TEXT) FROM stock_buckets ORDER BY stock_record_id, bucket";
const HELD: &str = "SELECT h.checkout_id, h.state, l.stock_record_id, CAST(l.units AS TEXT), CAST(l.shipped AS TEXT) \
     FROM holds h JOIN hold_lines l ON l.hold_id = h.id ORDER BY h.id, l.stock_record_id, l.bucket";
const PAYMENTS: &str = "SELECT checkout_id, gateway, state, CAST(amount AS TEXT), CAST(ask_at AS TEXT) FROM payments \
     ORDER BY checkout_id, created_at, id";
const LEDGER: &str = "SELECT checkout_id, kind, CAST(amount AS TEXT) FROM ledger ORDER BY checkout_id, id";
const ORDERS: &str = "SELECT id, number, state, CAST(total AS TEXT), body FROM orders ORDER BY id";
const LINES: &str = "SELECT order_id, stock_record_id, CAST(quantity AS TEXT) FROM order_lines ORDER BY order_id, line";
const PARCELS: &str = "SELECT order_id, units FROM parcels ORDER BY id";
const CHECKOUTS: &str = "SELECT id FROM checkouts ORDER BY id";
const TASKS: &str = "SELECT kind, subject FROM outbox ORDER BY id";
const EVENTS: &str = "SELECT kind, subject_id, detail FROM events ORDER BY at, id";
const SOLD: &str = "SELECT id, CAST(sold AS TEXT) FROM products ORDER BY id";
const WAITING: &str = "SELECT COUNT(DISTINCT l.pid) FROM pg_locks l JOIN pg_stat_activity a ON a.pid = l.pid \
     WHERE a.datname = current_database() AND NOT l.granted";

impl Locks {
    pub(crate) async fn count_waiting(&mut self) -> usize {
        let row = sqlx::query(WAITING).fetch_one(&mut self.0).await.unwrap();
        usize::try_from(row.get::<i64, _>(0)).unwrap()
    }
}

impl Auditor {
    pub(crate) async fn open(open: &OpenShop) -> Self {
        let database = &open.shop.settings().database;
        if open.shop.db().is_lite() {
            let file = open.shop.folder().join(database);
            let options = sqlx::sqlite::SqliteConnectOptions::new().filename(file);
            return Self::Lite(sqlx::SqliteConnection::connect_with(&options).await.unwrap());
        }
        let reads = sqlx::PgConnection::connect(database).await.unwrap();
        Self::Postgres { reads, url: database.clone() }
    }

    /// Who waits for whom; nobody does on SQLite.
    pub(crate) async fn locks(&self) -> Option<Locks> {
        match self {
            Self::Lite(_) => None,
            Self::Postgres { url, .. } => Some(Locks(sqlx::PgConnection::connect(url).await.unwrap())),
        }
    }

    async fn rows(&mut self, sql: &'static str) -> Vec<TextRow> {
        let sql = AssertSqlSafe(sql);
        match self {
            Self::Lite(connection) => {
                let rows = sqlx::query(sql).fetch_all(connection).await.unwrap();
                rows.iter().map(|row| (0..row.len()).map(|column| row.get(column)).collect()).collect()
            }
            Self::Postgres { reads, .. } => {
                let rows = sqlx::query(sql).fetch_all(reads).await.unwrap();
                rows.iter().map(|row| (0..row.len()).map(|column| row.get(column)).collect()).collect()
            }
        }
    }

    /// Reads everything.
    pub(crate) async fn read(&mut self) -> Books {
        let mut books = Books::default();
        self.read_stock(&mut books).await;
        self.read_money(&mut books).await;
        self.read_orders(&mut books).await;
        books.checkouts = self.rows(CHECKOUTS).await.iter().map(|row| text(row, 0)).collect();
        books.tasks = self.rows(TASKS).await.iter().map(|row| (text(row, 0), text(row, 1))).collect();
        books.events = self.rows(EVENTS).await.iter().map(|row| (text(row, 0), text(row, 1), text(row, 2))).collect();
        books.sold = self.rows(SOLD).await.iter().map(|row| (text(row, 0), number(row, 1))).collect();
        books
    }

    async fn read_stock(&mut self, books: &mut Books) {
        for row in self.rows(RECORDS).await {
            let on_hand = row[2].is_some().then(|| number(&row, 2));
            books.records.insert(text(&row, 0), Record { sku: text(&row, 1), on_hand, free: Vec::new() });
        }
        for row in self.rows(BUCKETS).await {
            let record = books.records.get_mut(&text(&row, 0)).expect("a bucket is one of a stock record");
            record.free.push(number(&row, 1));
        }
        for row in self.rows(HELD).await {
            books.held.push(Held {
                checkout: text(&row, 0),
                state: text(&row, 1),
                record: text(&row, 2),
                units: number(&row, 3),
                shipped: number(&row, 4),
            });
        }
    }

    async fn read_money(&mut self, books: &mut Books) {
        for row in self.rows(PAYMENTS).await {
            books.payments.entry(text(&row, 0)).or_default().push(Payment {
                gateway: text(&row, 1),
                state: text(&row, 2),
                amount: number(&row, 3),
                is_asked: row[4].is_some(),
            });
        }
        for row in self.rows(LEDGER).await {
            let sums = books.ledger.entry(text(&row, 0)).or_default();
            let sum = match text(&row, 1).as_str() {
                "due" | "authorised" => &mut sums.promised,
                "captured" => &mut sums.captured,
                "refunded" => &mut sums.refunded,
                "voided" => &mut sums.voided,
                kind => panic!("the ledger knows no {kind}"),
            };
            *sum += number(&row, 2);
        }
    }

    async fn read_orders(&mut self, books: &mut Books) {
        for row in self.rows(ORDERS).await {
            let order = Order {
                number: text(&row, 1),
                state: text(&row, 2),
                total: number(&row, 3),
                body: text(&row, 4),
                lines: Vec::new(),
            };
            books.orders.insert(text(&row, 0), order);
        }
        for row in self.rows(LINES).await {
            let order = books.orders.get_mut(&text(&row, 0)).expect("a line is one of an order");
            order.lines.push((text(&row, 1), number(&row, 2)));
        }
        for row in self.rows(PARCELS).await {
            let units = serde_json::from_str(&text(&row, 1)).unwrap();
            books.parcels.push((text(&row, 0), units));
        }
    }
}

fn text(row: &TextRow, column: usize) -> String {
    row[column].clone().expect("the column is never NULL")
}

fn number(row: &TextRow, column: usize) -> i64 {
    text(row, column).parse().expect("the column is a number")
}
