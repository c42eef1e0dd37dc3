//! The declaration of tables and columns is that of both engines.

use crate::support::{TestDb, on_both};
use db::schema::{Class, Kind, TABLES, retention};

on_both![the_declared_schema_is_the_real_one, a_column_that_is_not_declared_is_named];

async fn the_declared_schema_is_the_real_one(test: TestDb) {
    assert_eq!(test.db.schema_differences().await.unwrap(), Vec::<String>::new());
    assert_eq!(test.db.unclassified_columns().await.unwrap(), Vec::<String>::new());
}

async fn a_column_that_is_not_declared_is_named(test: TestDb) {
    test.raw("ALTER TABLE orders ADD COLUMN gift_note TEXT").await;
    test.raw("CREATE TABLE visits (id TEXT PRIMARY KEY, at BIGINT)").await;
    test.raw("DROP TABLE leases").await;
    let unclassified = test.db.unclassified_columns().await.unwrap();
    assert_eq!(unclassified, ["orders.gift_note", "visits.id", "visits.at"]);
    let differences = test.db.schema_differences().await.unwrap();
    assert!(differences.contains(&"leases.fence is missing".to_owned()), "{differences:?}");
}

#[test]
fn every_table_has_a_key_and_every_rule_says_how_long() {
    for table in TABLES {
        assert!(table.keys().count() >= 1, "{}", table.name);
        for column in table.columns {
            assert!(column.kind == Kind::Text || column.class == Class::Technical, "{}", column.name);
            if let Class::Personal(rule) = column.class {
                assert!(!rule.kept.is_empty());
            }
        }
    }
    assert_eq!(retention("checkouts", "body").and_then(|rule| rule.days), Some(30));
    assert_eq!(retention("orders", "id"), None);
}
