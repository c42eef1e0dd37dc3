//! Two releases beside each other: the newer one's schema is there before its program, and stays when that is taken back.

use super::world::TestShop;
use super::{PRODUCT, kept, run};
use sqlx::Connection;
use sqlx::sqlite::{SqliteConnectOptions, SqliteConnection};

/// What a release after this one does to the schema: it only adds. Columns of tables that shoppers write are among it.
const NEXT: [&str; 3] = [
    "CREATE TABLE later_things (id TEXT PRIMARY KEY, what TEXT NOT NULL)",
    "ALTER TABLE orders ADD COLUMN later_note TEXT",
    "ALTER TABLE stock_records ADD COLUMN later_count BIGINT",
];

fn migrate_as_the_next_release(shop: &TestShop) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let options = SqliteConnectOptions::new().filename(shop.store().join("data/store.db"));
        let mut connection = SqliteConnection::connect_with(&options).await.unwrap();
        for statement in NEXT {
            sqlx::query(statement).execute(&mut connection).await.unwrap();
        }
        const RECORD: &str = "INSERT INTO schema_steps (step, statement, checksum, done_at) VALUES (?1, 1, 'later', 1)";
        sqlx::query(RECORD).bind(db::SCHEMA_NUMBER + 1).execute(&mut connection).await.unwrap();
        connection.close().await.unwrap();
    });
}

#[test]
fn a_release_sells_beside_the_schema_of_the_next_one_and_after_it_was_taken_back() {
    let mut shop = TestShop::open_region(&[], &[]);
    kept(&shop, PRODUCT);
    migrate_as_the_next_release(&shop);
    assert!(shop.shopper().buy("running@example.org").starts_with("/order/"), "environments that ran before");
    // Nothing of it runs any more: what starts now finds the newer schema.
    shop.kill_and_reopen();
    kept(&shop, PRODUCT);
    assert!(shop.shopper().buy("started@example.org").starts_with("/order/"), "an environment that starts after");
    assert_eq!(shop.orders().len(), 2);
    run(&shop, &["publish"]);
    run(&shop, &["migrate", "--yes"]);
    let seen = shop.json(&["doctor", "--json"]);
    let findings = seen["findings"].as_array().unwrap();
    let schema: Vec<_> = findings.iter().filter(|finding| finding["check"] == "schema").collect();
    assert!(schema.len() == 1 && schema[0]["severity"] == "warning", "{findings:?}");
}
