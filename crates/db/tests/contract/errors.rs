//! What goes wrong is told as what the caller can do, and what passes is got over.

use crate::sample::{hold_units, record_id, stocked, uuid};
use crate::support::{CONNECTIONS, Engine, NOW, TestDb, on_both};
use commerce::event::{Actor, Event, Subject};
use commerce::ids::EventId;
use db::{Db, DbError, DbSettings, TX_ROWS_MAX, VALUE_BYTES_MAX};
use sqlx::Connection as _;
use std::future::poll_fn;
use std::pin::pin;
use std::task::Poll;

/// A transaction begins within so many looks at it.
const LOOKS_MAX: u32 = 20;

on_both![
    a_conflict_on_purpose_is_seen_and_retried,
    two_writers_of_one_row_meet,
    no_transaction_writes_more_than_aurora_dsql_takes,
    a_transaction_that_is_dropped_never_was,
    a_caller_who_goes_away_leaves_no_transaction_behind,
    a_reader_sees_one_moment,
    a_database_that_is_gone_is_unavailable,
];

async fn a_conflict_on_purpose_is_seen_and_retried(test: TestDb) {
    stocked(&test, 1, 9).await;
    let always = test.open_with_conflicts(1_000).await;
    assert!(matches!(hold_units(&always, 1, 1).await, Err(DbError::Conflict)));
    assert_eq!(test.db.shortage(record_id(1)).await.unwrap().free, 9, "nothing was written");
    let often = test.open_with_conflicts(500).await;
    let before = often.statements();
    for number in 1..=9 {
        often.retry(|| hold_units(&often, number, 1)).await.unwrap();
    }
    assert!(often.statements() - before > 9 * 7, "some were tried again");
    assert_eq!(test.db.shortage(record_id(1)).await.unwrap().held, 9);
    always.close().await;
    often.close().await;
}

async fn no_transaction_writes_more_than_aurora_dsql_takes(test: TestDb) {
    let event = |number: u64, detail: String| Event {
        id: EventId::new(uuid(number)),
        at: NOW,
        actor: Actor::Operator,
        subject: Subject::Store,
        subject_id: "bounds".to_owned(),
        kind: "noted",
        detail,
    };
    let text = |bytes: usize| "x".repeat(bytes);
    let cases = [
        ("the most rows", TX_ROWS_MAX, 1, true),
        ("a row more", TX_ROWS_MAX + 1, 1, false),
        ("the longest text", 1, VALUE_BYTES_MAX, true),
        ("a longer text", 1, VALUE_BYTES_MAX + 1, false),
        ("many long texts", 9, VALUE_BYTES_MAX, true),
        ("too many long texts", 10, VALUE_BYTES_MAX, false),
    ];
    for (first, (case, events, bytes, fits)) in (1..).step_by(10_000).zip(cases) {
        let write = async || {
            let mut tx = test.db.begin().await?;
            for number in 0..events {
                tx.insert_event(&event(first + number, text(bytes))).await?;
            }
            tx.commit().await
        };
        let written = write().await;
        let is_large = matches!(written, Err(DbError::TooLarge(_)));
        assert_eq!((written.is_ok(), is_large), (fits, !fits), "{case}: {written:?}");
    }
}

async fn two_writers_of_one_row_meet(test: TestDb) {
    stocked(&test, 1, 9).await;
    let other = test.open_again().await;
    let attempts = std::sync::atomic::AtomicU32::new(0);
    let add = async |db: &Db| {
        let mut tx = db.begin().await?;
        attempts.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
        let level = tx.stock_level(record_id(1)).await?.unwrap();
        tokio::task::yield_now().await;
        tx.set_stock(record_id(1), Some(level.free + 1), level.free + 1).await?;
        tx.commit().await
    };
    let ten = async |db: &Db| {
        for _ in 0..10 {
            db.retry(|| add(db)).await.unwrap();
        }
    };
    tokio::join!(ten(&test.db), ten(&other));
    assert_eq!(test.db.stock_level(record_id(1)).await.unwrap().unwrap().on_hand, Some(29), "no count was lost");
    other.close().await;
}

async fn a_transaction_that_is_dropped_never_was(test: TestDb) {
    stocked(&test, 1, 9).await;
    let mut tx = test.db.begin().await.unwrap();
    tx.set_stock(record_id(1), Some(5), 5).await.unwrap();
    drop(tx);
    assert_eq!(test.db.stock_level(record_id(1)).await.unwrap().unwrap().on_hand, Some(9));
    // The one writer of SQLite is free again.
    let mut tx = test.db.begin().await.unwrap();
    tx.set_stock(record_id(1), Some(4), 4).await.unwrap();
    tx.commit().await.unwrap();
    assert_eq!(test.db.stock_level(record_id(1)).await.unwrap().unwrap().on_hand, Some(4));
}

/// Whether it ended before it was left alone, after so many looks at it.
async fn ends_within<T>(looks: u32, work: impl Future<Output = T>) -> bool {
    let (mut work, mut left) = (pin!(work), looks);
    poll_fn(|context| match work.as_mut().poll(context) {
        Poll::Ready(_) => Poll::Ready(true),
        Poll::Pending => {
            left -= 1;
            if left == 0 { Poll::Ready(false) } else { Poll::Pending }
        }
    })
    .await
}

async fn a_caller_who_goes_away_leaves_no_transaction_behind(test: TestDb) {
    // One connection, so that whatever is left on it is met.
    let settings = match test.engine {
        Engine::Lite => DbSettings::Lite { file: test.file().to_owned(), conflicts_per_mille: 0 },
        Engine::Postgres => DbSettings::Postgres { url: test.url().to_owned(), connections: 1, conflicts_per_mille: 0 },
    };
    let one = Db::open(&settings).await.unwrap();
    one.set_fact("looks", "none").await.unwrap();
    for looks in 1..=LOOKS_MAX {
        let ended = ends_within(looks, one.begin()).await;
        let written = looks.to_string();
        one.set_fact("looks", &written).await.unwrap();
        assert_eq!(test.db.find_fact("looks").await.unwrap(), Some(written), "written is written");
        if ended {
            return one.close().await;
        }
    }
    panic!("it never begins");
}

async fn a_reader_sees_one_moment(test: TestDb) {
    stocked(&test, 1, 9).await;
    let mut reader = test.db.begin_read().await.unwrap();
    assert_eq!(reader.stock_level(record_id(1)).await.unwrap().unwrap().on_hand, Some(9));
    hold_units(&test.db, 1, 2).await.unwrap();
    let level = reader.stock_level(record_id(1)).await.unwrap().unwrap();
    assert_eq!((level.free, level.held), (9, 0));
    reader.rollback().await;
}

async fn a_database_that_is_gone_is_unavailable(test: TestDb) {
    let settings = match test.engine {
        Engine::Lite => {
            let file = test.file().join("no-such-folder").join("store.db");
            DbSettings::Lite { file, conflicts_per_mille: 0 }
        }
        Engine::Postgres => DbSettings::Postgres {
            // A port that was free a moment ago.
            url: {
                let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
                format!("postgres://nobody@{}/nothing", listener.local_addr().unwrap())
            },
            connections: 2,
            conflicts_per_mille: 0,
        },
    };
    let gone = Db::open(&settings).await.unwrap();
    let (read, write) = tokio::join!(gone.find_fact("x"), gone.begin());
    let (read, write) = (read.unwrap_err(), write.err().unwrap());
    assert!(matches!(read, DbError::Unavailable(_)), "{read:?}");
    assert!(matches!(write, DbError::Unavailable(_)) && write.is_passing(), "{write:?}");
}

#[test]
fn a_killed_connection_is_got_over() {
    async fn body(test: TestDb) {
        stocked(&test, 1, 9).await;
        // A transaction whose connection is killed says so, and the next one works.
        let mut tx = test.db.begin().await.unwrap();
        kill_all(&test).await;
        let error = tx.stock_level(record_id(1)).await.unwrap_err();
        assert!(matches!(error, DbError::Unavailable(_)), "{error:?}");
        drop(tx);
        hold_units(&test.db, 1, 1).await.unwrap();
        // After a restart every idle connection of the pool is dead; nobody hears of it.
        for round in 2..4 {
            let mut all = Vec::new();
            for _ in 0..CONNECTIONS {
                all.push(test.db.begin().await.unwrap());
            }
            for tx in all {
                tx.rollback().await;
            }
            kill_all(&test).await;
            assert_eq!(test.db.find_fact("none").await.unwrap(), None);
            hold_units(&test.db, round, 1).await.unwrap();
        }
        assert_eq!(test.db.shortage(record_id(1)).await.unwrap().held, 3);
    }
    crate::support::run(Engine::Postgres, body);
}

async fn kill_all(test: &TestDb) {
    test.raw(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity \
         WHERE datname = current_database() AND pid <> pg_backend_pid()",
    )
    .await;
}

#[test]
fn a_server_that_became_read_only_is_unavailable() {
    async fn body(test: TestDb) {
        test.raw("DO $$ BEGIN EXECUTE 'ALTER DATABASE ' || current_database() || ' SET default_transaction_read_only = on'; END $$").await;
        let other = test.open_again().await;
        let error = other.set_fact("a", "b").await.unwrap_err();
        assert!(matches!(error, DbError::Unavailable(_)), "{error:?}");
        assert_eq!(other.find_fact("a").await.unwrap(), None, "reading goes on");
        other.close().await;
    }
    crate::support::run(Engine::Postgres, body);
}

#[test]
fn a_full_disk_is_unavailable_and_nothing_is_half_written() {
    async fn body(test: TestDb) {
        stocked(&test, 1, 9).await;
        let lite = db_with_one_page_left(&test).await;
        let value = "x".repeat(100_000);
        let error = sqlx::query("INSERT INTO store_facts (name, value) VALUES ('big', $1)")
            .bind(value)
            .execute(&mut { lite })
            .await
            .unwrap_err();
        let error = DbError::from(error);
        assert!(matches!(error, DbError::Unavailable(_)), "{error:?}");
        assert_eq!(test.db.find_fact("big").await.unwrap(), None);
    }
    crate::support::run(Engine::Lite, body);
}

/// SQLite says *full* at its own bound of pages just as it does at the disk's.
async fn db_with_one_page_left(test: &TestDb) -> sqlx::SqliteConnection {
    let mut connection = test.connect_lite().await;
    sqlx::query("PRAGMA max_page_count = 1").execute(&mut connection).await.unwrap();
    connection
}

#[test]
fn a_locked_file_is_a_conflict() {
    async fn body(test: TestDb) {
        let mut first = test.connect_lite().await;
        sqlx::query("BEGIN IMMEDIATE").execute(&mut first).await.unwrap();
        let mut second = test.connect_lite().await;
        sqlx::query("PRAGMA busy_timeout = 1").execute(&mut second).await.unwrap();
        let error = sqlx::query("BEGIN IMMEDIATE").execute(&mut second).await.unwrap_err();
        assert!(matches!(DbError::from(error), DbError::Conflict));
        // A writer waits for the lock instead.
        let (db, waiting) = (test.db.clone(), tokio::sync::oneshot::channel());
        let writer = tokio::spawn(async move {
            waiting.0.send(()).unwrap();
            db.set_fact("a", "b").await
        });
        waiting.1.await.unwrap();
        sqlx::query("COMMIT").execute(&mut first).await.unwrap();
        writer.await.unwrap().unwrap();
        first.close().await.unwrap();
    }
    crate::support::run(Engine::Lite, body);
}

#[test]
fn a_file_that_cannot_be_written_is_unavailable() {
    async fn body(test: TestDb) {
        let options = sqlx::sqlite::SqliteConnectOptions::new().filename(test.file()).read_only(true);
        let mut connection = sqlx::SqliteConnection::connect_with(&options).await.unwrap();
        let error = sqlx::query("DELETE FROM leases").execute(&mut connection).await.unwrap_err();
        assert!(matches!(DbError::from(error), DbError::Unavailable(_)));
    }
    crate::support::run(Engine::Lite, body);
}
