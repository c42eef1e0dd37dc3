//! Making stores, and looking at them.

use crate::support::{TestStore, text, tradewind, tradewind_with};

#[test]
fn the_name_alone_tells_what_it_is_and_help_starts_with_examples() {
    let alone = tradewind(&[]).done();
    for part in ["tradewind new", "tradewind serve", "orders list", "catalogue export", "doctor", "docs/commands.md"] {
        assert!(alone.out.contains(part), "{part}: {}", alone.out);
    }
    assert!(alone.err.is_empty());
    let version = tradewind(&["--version"]).done();
    assert!(version.out.starts_with("tradewind 0."), "{version:?}");
    assert!(!version.out.contains("commit unknown"), "{version:?}");
    assert!(version.out.contains("commit ") && version.out.contains('-'), "commit and target: {version:?}");
    for command in [
        &["new"][..],
        &["serve"],
        &["import"],
        &["import", "oscar"],
        &["publish"],
        &["inventory"],
        &["doctor"],
        &["catalogue"],
        &["catalogue", "export"],
        &["catalogue", "apply"],
        &["stock"],
        &["stock", "set"],
        &["stock", "adjust"],
        &["orders"],
        &["orders", "list"],
        &["orders", "show"],
        &["orders", "capture"],
        &["orders", "ship"],
        &["orders", "cancel"],
        &["orders", "refund"],
        &["orders", "link"],
        &["orders", "note"],
        &["downloads"],
        &["downloads", "add"],
        &["downloads", "list"],
        &["downloads", "remove"],
        &["downloads", "show"],
        &["downloads", "grant"],
        &["downloads", "close"],
        &["payments"],
        &["payments", "sweep"],
        &["keys"],
        &["keys", "rotate"],
        &["backup"],
        &["restore"],
        &["migrate"],
    ] {
        let help = tradewind(&[command, &["--help"]].concat()).done();
        assert!(help.out.starts_with("Examples:\n  tradewind "), "{command:?}: {}", help.out);
    }
}

#[test]
fn a_new_store_is_empty_healthy_and_never_made_twice() {
    let store = TestStore::empty();
    let inventory = store.inventory();
    assert_eq!(inventory["catalogue"]["classes"].as_array().map(Vec::len), Some(3), "goods, downloads and gift cards");
    assert_eq!(inventory["rows"]["catalogue_product"], 0);
    let file = text(&store.path("goods.csv"));
    let written = tradewind(&["catalogue", "export", &file, &store.dir(), "--json"]).done().json();
    assert_eq!((&written["rows"], &written["file"]), (&0.into(), &file.as_str().into()));
    tradewind(&["catalogue", "export", "-", &store.dir(), "--json"]).failed(2);
    let settings = std::fs::read_to_string(store.path("shop/tradewind.toml")).unwrap();
    tradewind(&["new", &store.dir()]).failed(1);
    assert_eq!(std::fs::read_to_string(store.path("shop/tradewind.toml")).unwrap(), settings);
    tradewind(&["doctor", &store.dir()]).done();
}

#[test]
fn a_demo_store_has_goods_and_pages() {
    let folder = tempfile::tempdir().unwrap();
    let dir = text(&folder.path().join("demo"));
    tradewind(&["new", &dir, "--demo"]).done();
    let inventory = tradewind(&["inventory", &dir, "--json"]).done().json();
    let public = &inventory["catalogue"]["public_by_structure"];
    assert!(public["standalone"].as_i64().unwrap() + public["parent"].as_i64().unwrap() > 100, "{public}");
    assert_eq!(
        inventory["snapshot"]["products"],
        public["standalone"].as_i64().unwrap() + public["parent"].as_i64().unwrap()
    );
    assert!(folder.path().join("demo/pages/en/about.md").is_file());
    tradewind(&["doctor", &dir]).done();
    let people = tradewind(&["inventory", &dir]).done();
    assert!(people.out.contains("Products: "), "{people:?}");
}

#[test]
fn publishing_mends_a_damaged_snapshot() {
    let store = TestStore::with_goods();
    let snapshot = store.path("shop/data/snapshot");
    for _ in 0..2 {
        std::fs::write(snapshot.join("current"), b"nothing that anybody signed").unwrap();
        tradewind(&["inventory", &store.dir()]).failed(1);
        let published = tradewind(&["publish", &store.dir(), "--json"]).done().json();
        assert_eq!(published["products"], 3);
        assert_eq!(store.inventory()["snapshot"]["products"], 3);
    }
    let aside = ["shop/data/snapshot.damaged", "shop/data/snapshot.damaged-2"];
    assert!(aside.iter().all(|name| store.path(name).is_dir()), "what was put aside before stays");
}

#[test]
fn keys_are_rotated_when_it_was_said_twice() {
    let store = TestStore::empty();
    let keys = store.path("shop.keys.toml");
    let before = std::fs::read_to_string(&keys).unwrap();
    tradewind(&["keys", "rotate", &store.dir()]).failed(2);
    let dry = tradewind(&["keys", "rotate", &store.dir(), "--dry-run", "--json"]).done().json();
    assert_eq!(dry["dry_run"], true);
    assert_eq!(std::fs::read_to_string(&keys).unwrap(), before);
    tradewind(&["keys", "rotate", &store.dir(), "--yes"]).done();
    let after = std::fs::read_to_string(&keys).unwrap();
    assert_eq!(after.matches("[[key]]").count(), before.matches("[[key]]").count() + 1);
    // What the older key signed is still believed.
    store.inventory();
}

#[test]
fn a_schema_that_is_current_is_left_alone() {
    let store = TestStore::empty();
    let result = tradewind(&["migrate", &store.dir(), "--json"]).done().json();
    assert_eq!(result["statements"], 0);
}

#[test]
fn settings_come_from_the_environment_too() {
    let store = TestStore::empty();
    let broken = tradewind_with(&["inventory", &store.dir()], &[("TRADEWIND_HOLD_MINUTES", "0")]).failed(1);
    assert!(broken.err.contains("hold_minutes"), "{broken:?}");
}

#[test]
fn the_keys_are_named_where_they_are_however_the_folder_is_called() {
    let folder = tempfile::tempdir().unwrap();
    for name in ["plain", "slash/", "./dot/."] {
        let dir = folder.path().join(name);
        let made = tradewind(&["new", &text(&dir), "--json"]).done().json();
        let keys = made["keys"].as_str().unwrap();
        assert!(std::path::Path::new(keys).is_file() && !keys.contains("/.keys"), "{name}: {made}");
    }
}
