//! Backups: the same from every engine, taken while the shop sells, and no damaged one is loaded.

use crate::sample::{fill, hold_units, record_id};
use crate::support::{Engine, NOW, TestDb, on_both};
use db::backup::{BackupError, dump, load, verify};
use db::{Db, DbError};
use std::io::Cursor;

on_both![
    a_backup_comes_back_on_every_engine,
    a_backup_of_the_step_before_comes_back,
    a_backup_is_of_one_moment,
    a_backup_goes_into_an_empty_database_only,
    nothing_is_sent_to_a_schema_that_nobody_has_seen,
    a_restore_that_was_broken_off_is_no_store,
];

async fn text_of(db: &Db) -> String {
    let mut out = Vec::new();
    dump(db, &mut out, NOW).await.unwrap();
    String::from_utf8(out).unwrap()
}

/// Another database, migrated and empty: on SQLite a second file, on PostgreSQL the same one swept clean.
async fn swept(test: &TestDb) -> Db {
    match test.engine {
        Engine::Lite => migrated_file(test, "second.db").await,
        Engine::Postgres => {
            test.raw("DROP SCHEMA public CASCADE; CREATE SCHEMA public").await;
            let db = test.open_again().await;
            db.migrate(NOW.micros()).await.unwrap();
            db
        }
    }
}

async fn migrated_file(test: &TestDb, name: &str) -> Db {
    let db = test.open_empty_file(name).await;
    db.migrate(NOW.micros()).await.unwrap();
    db
}

async fn a_backup_comes_back_on_every_engine(test: TestDb) {
    fill(&test).await;
    let first = text_of(&test.db).await;
    let file = migrated_file(&test, "other.db").await;
    let report = load(&file, &mut Cursor::new(&first)).await.unwrap();
    assert!(report.rows.values().all(|rows| *rows > 0), "the test fills every table: {:?}", report.rows);
    assert!(report.rows["webhook_events"] > 512, "more than two chunks");
    assert_eq!(verify(Cursor::new(&first)).unwrap(), report);
    let second = text_of(&file).await;
    assert!(first == second, "the same from another engine");
    let back = swept(&test).await;
    load(&back, &mut Cursor::new(&second)).await.unwrap();
    assert!(text_of(&back).await == first, "and back");
    assert_eq!(back.load_catalogue_setup().await.unwrap(), file.load_catalogue_setup().await.unwrap());
    assert_eq!(back.list_unsound_stock().await.unwrap(), []);
    back.close().await;
    file.close().await;
}

/// A backup as the release before made it: without the tables of the newest step.
fn of_the_step_before(text: &str) -> String {
    const NEW: [&str; 7] = [
        "class_terms",
        "download_files",
        "download_grants",
        "gift_cards",
        "gift_card_entries",
        "hold_cards",
        "ledger_cards",
    ];
    let (body, end) = text.trim_end().rsplit_once('\n').unwrap();
    let (mut kept, mut is_new) = (String::new(), false);
    for line in body.lines() {
        if line.starts_with("{\"table\":") {
            is_new = NEW.iter().any(|table| line.starts_with(&format!("{{\"table\":\"{table}\"")));
        }
        if !is_new {
            kept += line;
            kept.push('\n');
        }
    }
    let (this, before) = (db::SCHEMA_NUMBER, db::SCHEMA_NUMBER - 1);
    let kept = kept.replacen(&format!("\"schema\":{this}"), &format!("\"schema\":{before}"), 1);
    let mut end: serde_json::Value = serde_json::from_str(end).unwrap();
    let rows = end["rows"].as_object_mut().unwrap();
    rows.retain(|table, _| !NEW.contains(&table.as_str()));
    let hash = ring::digest::digest(&ring::digest::SHA256, kept.as_bytes());
    let hash: String = hash.as_ref().iter().map(|byte| format!("{byte:02x}")).collect();
    end["checksum"] = hash.into();
    format!("{kept}{end}\n")
}

async fn a_backup_of_the_step_before_comes_back(test: TestDb) {
    fill(&test).await;
    let older = of_the_step_before(&text_of(&test.db).await);
    let file = migrated_file(&test, "older.db").await;
    let report = load(&file, &mut Cursor::new(&older)).await.unwrap();
    assert_eq!((report.schema, report.rows.get("class_terms")), (db::SCHEMA_NUMBER - 1, None));
    assert_eq!(file.list_offers().await.unwrap(), test.db.list_offers().await.unwrap());
    assert_eq!(file.check_data().await.unwrap(), []);
    file.close().await;
}

async fn a_backup_is_of_one_moment(test: TestDb) {
    fill(&test).await;
    let (db, other) = (test.db.clone(), test.open_again().await);
    let seller = tokio::spawn(async move {
        for number in 100..130 {
            other.retry(|| hold_units(&other, number, 1)).await.unwrap();
        }
        other.close().await;
    });
    for round in 0..3 {
        let text = text_of(&db).await;
        let copy = migrated_file(&test, &format!("copy-{round}.db")).await;
        load(&copy, &mut Cursor::new(text)).await.unwrap();
        assert_eq!(copy.list_unsound_stock().await.unwrap(), [], "no sale is half in it");
        copy.close().await;
    }
    seller.await.unwrap();
    assert!(test.db.stock_level(record_id(1)).await.unwrap().unwrap().held >= 30);
}

async fn a_backup_goes_into_an_empty_database_only(test: TestDb) {
    let empty = text_of(&test.db).await;
    let mut input = Cursor::new(&empty);
    assert_eq!(load(&test.db, &mut input).await.unwrap().rows.values().sum::<u64>(), 0);
    test.db.set_fact("demo", "yes").await.unwrap();
    let refused = load(&test.db, &mut Cursor::new(&empty)).await;
    assert!(matches!(refused, Err(BackupError::NotEmpty("store_facts"))));
    let new = test.open_empty_file("not-migrated.db").await;
    assert!(matches!(load(&new, &mut Cursor::new(&empty)).await, Err(BackupError::OtherSchema)));
    assert!(matches!(dump(&new, &mut Vec::new(), NOW).await, Err(BackupError::OtherSchema)));
    new.close().await;
}

async fn nothing_is_sent_to_a_schema_that_nobody_has_seen(test: TestDb) {
    let db = swept(&test).await;
    db.check_schema_later();
    db.set_fact("name", "value").await.unwrap();
    assert_eq!(
        db.find_fact("name").await.unwrap().as_deref(),
        Some("value"),
        "this release's schema is as good as seen"
    );
    db.close().await;
    let newer = "INSERT INTO schema_steps (step, statement, checksum, done_at) VALUES (99, 1, 'x', 1)";
    test.raw(newer).await;
    let db = test.open_again().await;
    db.check_schema_later();
    for _ in 0..2 {
        assert!(matches!(db.begin().await.err(), Some(DbError::Unavailable(_))));
        assert!(matches!(db.set_fact("name", "other").await, Err(DbError::Unavailable(_))));
    }
    test.raw("DELETE FROM schema_steps WHERE step = 99").await;
    db.set_fact("name", "third").await.unwrap();
    db.close().await;
}

async fn a_restore_that_was_broken_off_is_no_store(test: TestDb) {
    test.db.set_fact("restore_unfinished", "1").await.unwrap();
    assert!(matches!(dump(&test.db, &mut Vec::new(), NOW).await, Err(BackupError::Unfinished)));
}

#[test]
fn damage_is_noticed_before_a_row_is_written() {
    async fn body(test: TestDb) {
        fill(&test).await;
        let good = text_of(&test.db).await;
        let lines: Vec<&str> = good.lines().collect();
        let without_end = lines[..lines.len() - 1].join("\n") + "\n";
        let cases = [
            ("nothing", String::new()),
            ("no backup", "hello\n".to_owned()),
            ("cut off inside a line", good[..good.len() / 2].to_owned()),
            ("cut off after a line", without_end),
            ("a changed amount", good.replacen("1250", "1251", 1)),
            ("a missing row", good.replacen(&format!("{}\n", lines[2]), "", 1)),
            ("more after the end", format!("{good}[1]\n")),
            ("an unknown table", good.replacen("\"partners\"", "\"pilots\"", 1)),
            ("a table twice", good.replacen("\"table\":\"partners\"", "\"table\":\"products\"", 1)),
            ("a number for a text", good.replacen("[\"demo\"", "[7", 1)),
            ("too deep", format!("{}\n{}\n", lines[0], "[".repeat(100_000))),
            ("a line without end", format!("{}\n[\"{}", lines[0], "x".repeat(17 << 20))),
        ];
        let target = migrated_file(&test, "target.db").await;
        for (case, text) in cases {
            let outcome = load(&target, &mut Cursor::new(text)).await;
            assert!(matches!(outcome, Err(BackupError::Damaged { .. })), "{case}: {outcome:?}");
            assert_eq!(target.find_fact("restore_unfinished").await.unwrap(), None, "{case}");
        }
        let schema = format!("\"schema\":{}", db::SCHEMA_NUMBER);
        for (case, from, to) in [("format", "_backup\":1", "_backup\":2"), ("schema", schema.as_str(), "\"schema\":99")]
        {
            let outcome = load(&target, &mut Cursor::new(good.replacen(from, to, 1))).await;
            assert!(matches!(outcome, Err(BackupError::Unknown { .. })), "{case}: {outcome:?}");
        }
        load(&target, &mut Cursor::new(good)).await.unwrap();
        target.close().await;
    }
    crate::support::run(Engine::Lite, body);
}
