//! Every statement is one that both engines, and Aurora DSQL, take.

use crate::support::{Engine, TestDb, on_both};
use sqlx::{AssertSqlSafe, Connection as _, Executor as _, SqlSafeStr as _};

on_both![every_statement_can_be_prepared];

async fn every_statement_can_be_prepared(test: TestDb) {
    let mut failures = Vec::new();
    for text in db::all_statements() {
        let sql = AssertSqlSafe(text).into_sql_str();
        let outcome = match test.engine {
            Engine::Lite => test.connect_lite().await.prepare(sql).await.map(|_| ()),
            Engine::Postgres => {
                let mut connection = sqlx::PgConnection::connect(test.url()).await.unwrap();
                connection.prepare(sql).await.map(|_| ())
            }
        };
        if let Err(error) = outcome {
            failures.push(format!("{error}: {text}"));
        }
    }
    assert_eq!(failures, Vec::<String>::new());
}

/// What Aurora DSQL does not do, or what the engines do differently: in upper case, as it would stand in a text.
const FORBIDDEN: &[&str] = &[
    "SERIAL",
    "AUTOINCREMENT",
    "IDENTITY",
    "SEQUENCE",
    "TRUNCATE",
    "VACUUM",
    "SAVEPOINT",
    "TEMP ",
    "TEMPORARY",
    "TRIGGER",
    "FUNCTION",
    "REFERENCES",
    "FOREIGN KEY",
    "EXCLUDE USING",
    "PARTITION",
    "EXTENSION",
    "COLLATE",
    "JSON",
    "NOW(",
    "CURRENT_TIMESTAMP",
    "RANDOM(",
    "LOWER(",
    "UPPER(",
    "ILIKE",
    "LIKE ",
    "->",
    "::",
    ";",
    "FOR UPDATE",
    "LOCK ",
    "REPLACE INTO",
    "INSERT OR",
    "ROWID",
    "PRAGMA",
];

#[test]
fn statements_keep_to_what_all_engines_do() {
    for text in db::all_statements() {
        let upper = text.to_uppercase();
        for word in FORBIDDEN {
            assert!(!upper.contains(word), "{word} in {text}");
        }
        let sums = upper.matches("SUM(").count();
        let cast = upper.matches("CAST(SUM(").count() + upper.matches("CAST(COALESCE(SUM(").count();
        assert_eq!(sums, cast, "SUM is NUMERIC on PostgreSQL: {text}");
    }
}

#[test]
fn selects_are_ordered_and_bounded() {
    for text in db::all_statements() {
        if !text.starts_with("SELECT") {
            continue;
        }
        let one_row = text.ends_with("LIMIT 1");
        // An aggregate without groups is one row; so is what a union of such and of a primary key gives.
        let aggregate = (text.contains("COUNT(") || text.contains("MIN(")) && !text.contains("GROUP BY");
        let bounded = text.contains("ORDER BY") && text.contains("LIMIT ");
        assert!(one_row || aggregate || bounded, "{text}");
    }
}

#[test]
fn migrations_keep_to_what_all_engines_do() {
    for (step, number, text) in db::migration_statements() {
        let upper = text.to_uppercase();
        let place = format!("step {step}, statement {number}");
        for word in FORBIDDEN {
            assert!(!upper.contains(word), "{word} in {place}");
        }
        let begins = ["CREATE TABLE IF NOT EXISTS", "CREATE INDEX IF NOT EXISTS", "CREATE UNIQUE INDEX IF NOT EXISTS"];
        assert!(begins.iter().any(|begin| upper.starts_with(begin)), "{place} is harmless when repeated");
        for (_, key) in upper.match_indices("PRIMARY KEY (").chain(upper.match_indices(" ON ")).map(|(at, _)| {
            let rest = &upper[at..];
            let end = rest.find(')').unwrap_or(rest.len());
            (at, &rest[..end])
        }) {
            assert!(key.split(',').count() <= 8, "{place}: at most 8 columns in a key");
        }
        if upper.starts_with("CREATE TABLE") {
            let body = text.split_once('(').unwrap().1.rsplit_once(')').unwrap().0;
            let columns = body.split(", ").filter(|part| part.contains("TEXT") || part.contains("BIGINT")).count();
            assert!((1..=255).contains(&columns), "{place}");
            let kinds =
                ["INT", "INTEGER", "SMALLINT", "VARCHAR", "BOOLEAN", "REAL", "NUMERIC", "BLOB", "BYTEA", "DATE"];
            for word in upper.split(|letter: char| !letter.is_ascii_alphanumeric() && letter != '_') {
                assert!(!kinds.contains(&word), "{place}: columns are TEXT or BIGINT, not {word}");
            }
        }
    }
}

#[test]
fn no_table_has_more_indexes_than_aurora_dsql_allows() {
    let mut indexes = std::collections::BTreeMap::<String, usize>::new();
    for (_, _, text) in db::migration_statements() {
        if let Some((_, rest)) = text.split_once(" ON ").filter(|_| text.contains("INDEX")) {
            *indexes.entry(rest.split(' ').next().unwrap().to_owned()).or_default() += 1;
        }
    }
    assert!(indexes.values().all(|count| *count <= 24), "{indexes:?}");
}
