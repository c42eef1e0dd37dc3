//! Migrations: once, twice, by two at once, beside a newer and an older program.

use crate::support::{Engine, NOW, TestDb, on_both};
use db::{DbError, SCHEMA_NUMBER, SchemaState};

on_both![
    a_second_run_does_nothing,
    the_state_of_the_schema_is_told,
    a_changed_step_is_refused,
    a_half_done_migration_is_finished,
    two_programs_migrate_at_once,
];

async fn a_second_run_does_nothing(test: TestDb) {
    assert_eq!(test.db.migrate(NOW.micros()).await.unwrap(), 0);
    let steps = i64::try_from(db::migration_statements().len()).unwrap();
    assert_eq!(test.raw_rows("SELECT COUNT(*) FROM schema_steps").await, [[steps.to_string()]]);
}

async fn the_state_of_the_schema_is_told(test: TestDb) {
    assert_eq!(test.db.schema_state().await.unwrap(), SchemaState::Current);
    test.raw("INSERT INTO schema_steps (step, statement, checksum, done_at) VALUES (99, 1, 'x', 0)").await;
    assert_eq!(test.db.schema_state().await.unwrap(), SchemaState::Ahead(99));
    assert_eq!(test.db.migrate(0).await.unwrap(), 0, "a newer schema is left alone");
    test.raw(&format!("UPDATE schema_steps SET step = {SCHEMA_NUMBER} + 1 WHERE step = 99")).await;
    assert_eq!(test.db.schema_state().await.unwrap(), SchemaState::OneAhead(SCHEMA_NUMBER + 1));
    test.raw("DELETE FROM schema_steps WHERE step = 1 AND statement = 3").await;
    assert_eq!(test.db.schema_state().await.unwrap(), SchemaState::Behind(0), "a hole is a hole");
    assert_eq!(test.db.migrate(0).await.unwrap(), 1);
    test.raw(&format!("UPDATE schema_steps SET step = 99 WHERE step = {SCHEMA_NUMBER} + 1")).await;
    test.raw("DELETE FROM schema_steps WHERE step = 99").await;
    test.raw(&format!("DELETE FROM schema_steps WHERE step = {SCHEMA_NUMBER}")).await;
    assert_eq!(test.db.schema_state().await.unwrap(), SchemaState::Behind(SCHEMA_NUMBER - 1));
    test.raw("DROP TABLE schema_steps").await;
    assert_eq!(test.db.schema_state().await.unwrap(), SchemaState::Behind(0));
}

async fn a_changed_step_is_refused(test: TestDb) {
    test.raw("UPDATE schema_steps SET checksum = 'other' WHERE step = 1 AND statement = 2").await;
    let error = test.db.migrate(0).await.unwrap_err();
    assert!(matches!(&error, DbError::Schema(what) if what.contains("step 1, statement 2")), "{error}");
}

async fn a_half_done_migration_is_finished(test: TestDb) {
    // The last statement makes this table.
    test.raw("DROP TABLE class_terms").await;
    let last = db::migration_statements().iter().filter(|(step, _, _)| *step == SCHEMA_NUMBER).count();
    let undo = format!("DELETE FROM schema_steps WHERE step = {SCHEMA_NUMBER} AND statement > {}", last - 1);
    test.raw(&undo).await;
    assert_eq!(test.db.migrate(0).await.unwrap(), 1);
    assert_eq!(test.db.schema_state().await.unwrap(), SchemaState::Current);
    assert_eq!(test.raw_rows("SELECT COUNT(*) FROM class_terms").await, [["0"]]);
}

async fn two_programs_migrate_at_once(test: TestDb) {
    for round in 0..4 {
        let (first, second) = match test.engine {
            Engine::Lite => {
                let name = format!("round-{round}.db");
                (test.open_empty_file(&name).await, test.open_empty_file(&name).await)
            }
            Engine::Postgres => {
                test.raw("DROP SCHEMA public CASCADE; CREATE SCHEMA public").await;
                (test.open_again().await, test.open_again().await)
            }
        };
        let (a, b) = tokio::join!(
            tokio::spawn({
                let db = first.clone();
                async move { db.migrate(1).await }
            }),
            tokio::spawn({
                let db = second.clone();
                async move { db.migrate(2).await }
            }),
        );
        let carried_out = a.unwrap().unwrap() + b.unwrap().unwrap();
        let steps = u64::try_from(db::migration_statements().len()).unwrap();
        assert_eq!(carried_out, steps, "each statement stands in the books once");
        assert_eq!(first.schema_state().await.unwrap(), SchemaState::Current);
        first.close().await;
        second.close().await;
    }
}
