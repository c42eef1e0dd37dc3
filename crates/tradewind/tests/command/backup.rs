//! Backups: taken while the shop sells, refused when damaged, brought back whole.

use crate::support::{TestStore, block_on, buy, sql, text, tradewind, tradewind_with};

#[test]
fn a_backup_taken_while_writes_go_on_comes_back_whole() {
    let store = TestStore::with_goods();
    let dir = store.dir();
    std::fs::create_dir_all(store.path("shop/pages/en")).unwrap();
    std::fs::write(store.path("shop/pages/en/terms.md"), "# Terms\n").unwrap();
    std::fs::create_dir_all(store.path("shop/media/goods")).unwrap();
    std::fs::write(store.path("shop/media/goods/mug.jpg"), vec![7_u8; 300_000]).unwrap();
    let backup = text(&store.path("shop.backup"));
    let taken = block_on(async {
        let shop = store.open().await;
        buy(&shop, &[("MUG-1", 1)]).await;
        let selling = shop.clone();
        let sales = tokio::spawn(async move {
            for _ in 0..10 {
                buy(&selling, &[("MUG-1", 1)]).await;
            }
        });
        let (to, store_dir) = (backup.clone(), dir.clone());
        let taken = tokio::task::spawn_blocking(move || {
            tradewind(&["backup", &store_dir, "--to", &to, "--json"]).done().json()
        });
        let taken = taken.await.unwrap();
        sales.await.unwrap();
        shop.close().await;
        taken
    });
    // The seven pages that a new store begins with, one of them written anew here, and the picture.
    assert_eq!((&taken["files"], &taken["has_keys"]), (&8.into(), &false.into()));
    tradewind(&["backup", &dir, "--to", &backup]).failed(1);

    let again = text(&store.path("again"));
    let checked = tradewind(&["restore", &backup, "--into", &again, "--dry-run", "--json"]).done().json();
    assert_eq!(checked["rows"], taken["rows"]);
    assert!(!store.path("again").exists());
    tradewind(&["restore", &backup, "--into", &again]).done();
    tradewind(&["restore", &backup, "--into", &again]).failed(1);
    let restored = tradewind(&["inventory", &again, "--json"]).done().json();
    let count = restored["orders"]["count"].as_i64().unwrap();
    assert!((1..=11).contains(&count), "{count}");
    // Orders and their units are of one moment; one more buyer may have stood before the till.
    let allocated = restored["stock"]["by_partner"][0]["allocated"].as_i64().unwrap();
    assert!((count..=count + 1).contains(&allocated), "{allocated} units of {count} orders");
    assert_eq!(restored["snapshot"]["products"], 3);
    assert_eq!(std::fs::read_to_string(store.path("again/pages/en/terms.md")).unwrap(), "# Terms\n");
    assert_eq!(std::fs::read(store.path("again/media/goods/mug.jpg")).unwrap().len(), 300_000);
    assert_ne!(
        std::fs::read(store.path("again.keys.toml")).unwrap(),
        std::fs::read(store.path("shop.keys.toml")).unwrap(),
        "keys are not in a backup unless asked for"
    );
    tradewind(&["doctor", &again]).done();
}

#[test]
fn keys_come_along_when_asked_for() {
    let store = TestStore::with_goods();
    let backup = text(&store.path("shop.backup"));
    tradewind(&["backup", &store.dir(), "--to", &backup, "--with-keys"]).done();
    let again = text(&store.path("again"));
    tradewind(&["restore", &backup, "--into", &again]).done();
    assert_eq!(
        std::fs::read(store.path("again.keys.toml")).unwrap(),
        std::fs::read(store.path("shop.keys.toml")).unwrap()
    );
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        for file in ["again.keys.toml", "shop.backup"] {
            assert_eq!(std::fs::metadata(store.path(file)).unwrap().permissions().mode() & 0o077, 0, "{file}");
        }
    }
}

#[test]
fn a_backup_that_was_cut_off_or_changed_is_refused_before_anything_is_written() {
    let store = TestStore::with_goods();
    let backup = store.path("shop.backup");
    tradewind(&["backup", &store.dir(), "--to", &text(&backup)]).done();
    let whole = std::fs::read(&backup).unwrap();
    let damaged = store.path("damaged.backup");
    let middle = whole.len() / 2;
    let mut flipped = whole.clone();
    flipped[middle] ^= 0x10;
    for (case, bytes, want) in [
        ("empty", &[][..], "cut off"),
        ("little is left", &whole[..1_000], "cut off"),
        ("cut in the middle", &whole[..middle], "cut off"),
        ("cut at the end", &whole[..whole.len() - 1], "cut off"),
        ("changed", &flipped, "changed"),
    ] {
        std::fs::write(&damaged, bytes).unwrap();
        let run = tradewind(&["restore", &text(&damaged), "--into", &text(&store.path("again"))]).failed(1);
        assert!(run.err.contains(want) && run.err.contains("copy it again"), "{case}: {run:?}");
        assert!(!store.path("again").exists(), "{case}: {run:?}");
        assert!(!store.path("again.keys.toml").exists(), "{case}");
    }
}

#[test]
fn a_database_that_somebody_lives_in_is_named_and_left_as_it_is() {
    let (store, live) = (TestStore::with_goods(), TestStore::with_goods());
    let backup = text(&store.path("shop.backup"));
    tradewind(&["backup", &store.dir(), "--to", &backup]).done();
    let again = text(&store.path("again"));
    let database = text(&live.path("shop/data/store.db"));
    let variables = [("TRADEWIND_DATABASE", database.as_str())];
    let restore = ["restore", backup.as_str(), "--into", &again];
    let asked = tradewind_with(&restore, &variables).failed(2);
    assert!(asked.err.contains(&database), "{asked:?}");
    let checked = tradewind_with(&[&restore[..], &["--dry-run", "--json"]].concat(), &variables).done().json();
    assert_eq!(checked["database"], database.as_str());
    // One that another release has made is not brought up to this one on the way.
    for (case, statement) in [
        ("a store that sells", "SELECT 1"),
        ("one of an older release", "DELETE FROM schema_steps WHERE statement > 3"),
        ("one of a newer release", "INSERT INTO schema_steps VALUES (99, 1, 'x', 1)"),
    ] {
        block_on(sql(&live, statement));
        let before = steps(&live);
        tradewind_with(&[&restore[..], &["--yes"]].concat(), &variables).failed(1);
        assert!(!store.path("again").exists(), "{case}");
        assert_eq!(steps(&live), before, "{case}");
    }
    let empty = text(&store.path("elsewhere.db"));
    tradewind_with(&[&restore[..], &["--yes"]].concat(), &[("TRADEWIND_DATABASE", &empty)]).done();
    assert!(store.path("elsewhere.db").is_file());
}

/// How many statements of the schema a store's database has carried out, by its own books.
fn steps(store: &TestStore) -> i64 {
    use sqlx::{Connection, Row};
    block_on(async {
        let options = sqlx::sqlite::SqliteConnectOptions::new().filename(store.path("shop/data/store.db"));
        let mut connection = sqlx::SqliteConnection::connect_with(&options).await.unwrap();
        let row = sqlx::query("SELECT COUNT(*) FROM schema_steps").fetch_one(&mut connection).await.unwrap();
        connection.close().await.unwrap();
        row.get(0)
    })
}
