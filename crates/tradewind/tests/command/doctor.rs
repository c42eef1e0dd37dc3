//! The doctor on a good store and on damaged ones.

use crate::support::{Run, TestStore, block_on, sql, tradewind};

fn checks(run: &Run) -> Vec<String> {
    let found = run.json();
    let findings = found["findings"].as_array().unwrap();
    findings.iter().map(|finding| finding["check"].as_str().unwrap().to_owned()).collect()
}

#[test]
fn a_good_store_is_healthy() {
    let store = TestStore::with_goods();
    let run = tradewind(&["doctor", &store.dir(), "--json"]).done();
    let found = run.json();
    assert_eq!(found["healthy"], true, "{found}");
    for check in [
        "settings",
        "letters",
        "theme",
        "keys",
        "snapshot",
        "database",
        "schema",
        "columns",
        "data",
        "tasks",
        "media",
        "downloads",
    ] {
        assert!(found["checked"].as_array().unwrap().iter().any(|done| done == check), "{check}");
    }
}

#[test]
fn what_is_damaged_is_found_and_every_finding_says_what_to_do() {
    for (case, statement, want) in [
        ("a bucket", "UPDATE stock_buckets SET free = free + 1 WHERE free = 40", "stock_does_not_add_up"),
        ("a product", "UPDATE products SET attributes = 'x' WHERE slug = 'mug'", "damaged_row"),
        ("a parent", "DELETE FROM products WHERE slug = 'tee'", "child_of_no_product"),
        ("a column", "ALTER TABLE products ADD COLUMN phone TEXT", "columns"),
        (
            "money of an order",
            "INSERT INTO orders (id, number, state, body, market, currency, total, person, placed_at, version) VALUES \
         ('o', 'n', 'open', '{}', 'uk', 'GBP', 5, 'p', 1, 1)",
            "tenders_are_not_the_total",
        ),
        ("a price", "UPDATE prices SET amount = -5", "negative_price"),
    ] {
        let store = TestStore::with_goods();
        block_on(sql(&store, statement));
        let run = tradewind(&["doctor", &store.dir(), "--json"]);
        assert_eq!(run.code, 1, "{case}: {run:?}");
        assert!(checks(&run).iter().any(|check| check == want), "{case}: {run:?}");
        for finding in run.json()["findings"].as_array().unwrap() {
            assert!(
                finding["next"].as_str().is_some_and(|next| next.ends_with('.') || next.contains("chmod")),
                "{finding}"
            );
        }
        let people = tradewind(&["doctor", &store.dir()]);
        assert!(people.code == 1 && people.out.contains("error: ") && people.err.is_empty(), "{case}: {people:?}");
    }
}

#[test]
fn what_a_new_store_has_not_filled_in_is_warned_of() {
    let store = TestStore::empty();
    let run = tradewind(&["doctor", &store.dir()]).done();
    for page in ["about", "delivery", "returns", "privacy", "terms", "imprint", "accessibility"] {
        assert!(run.out.contains(&format!("warning: pages: pages/en/{page}.md still has parts")), "{page}: {run:?}");
    }
    for what in ["contact.email is hello@shop.example.org", "contact.address is empty"] {
        assert!(run.out.contains(&format!("warning: settings: {what}")), "{what}: {run:?}");
    }
    let settings = store.path("shop/tradewind.toml");
    let text = std::fs::read_to_string(&settings).unwrap();
    let text =
        text.replace("hello@shop.example.org", "hello@quay.shop").replace("address = \"\"", "address = \"1 Quay\"");
    std::fs::write(&settings, text).unwrap();
    for page in ["about", "delivery"] {
        std::fs::write(store.path(&format!("shop/pages/en/{page}.md")), "# Ours\n").unwrap();
    }
    let run = tradewind(&["doctor", &store.dir()]).done();
    for gone in ["contact.", "about.md", "delivery.md"] {
        assert!(!run.out.contains(gone), "{gone}: {run:?}");
    }
}

#[test]
fn one_byte_of_the_snapshot_is_noticed() {
    let store = TestStore::with_goods();
    let files = walk(&store.path("shop/data/snapshot"));
    let large = files.into_iter().max_by_key(|file| std::fs::metadata(file).unwrap().len()).unwrap();
    let mut bytes = std::fs::read(&large).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    std::fs::write(&large, bytes).unwrap();
    let run = tradewind(&["doctor", &store.dir(), "--json"]);
    assert_eq!(run.code, 1, "{run:?}");
    assert_eq!(checks(&run).first().map(String::as_str), Some("snapshot"), "{run:?}");
}

fn walk(folder: &std::path::Path) -> Vec<std::path::PathBuf> {
    let entries = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    entries.flat_map(|path| if path.is_dir() { walk(&path) } else { vec![path] }).collect()
}

#[test]
fn missing_keys_database_and_settings_are_findings_not_crashes() {
    let store = TestStore::with_goods();
    std::fs::rename(store.path("shop.keys.toml"), store.path("elsewhere")).unwrap();
    let run = tradewind(&["doctor", &store.dir(), "--json"]);
    assert!(run.code == 1 && checks(&run).contains(&"keys".to_owned()), "{run:?}");
    std::fs::rename(store.path("elsewhere"), store.path("shop.keys.toml")).unwrap();
    std::fs::remove_dir_all(store.path("shop/data")).unwrap();
    let run = tradewind(&["doctor", &store.dir(), "--json"]);
    assert!(run.code == 1 && checks(&run).contains(&"database".to_owned()), "{run:?}");
    std::fs::write(store.path("shop/tradewind.toml"), "name = 5").unwrap();
    let run = tradewind(&["doctor", &store.dir(), "--json"]);
    assert!(run.code == 1 && checks(&run).contains(&"settings".to_owned()), "{run:?}");
}
