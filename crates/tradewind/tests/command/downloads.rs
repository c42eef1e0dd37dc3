//! Files that are sold, by the command line: added, listed, given more of, closed, removed, examined, backed up.

use crate::support::{TestStore, block_on, buy, text, tradewind};
use serde_json::json;

/// A store whose book has a file; its path and the file's id.
fn store() -> (TestStore, String, String) {
    let store = TestStore::with_goods();
    let dir = store.dir();
    let file = store.path("knots.pdf");
    std::fs::write(&file, "%PDF knots").unwrap();
    let title = ["--title", "The book of knots"];
    let added =
        tradewind(&[&["downloads", "add", "BOOK-1", &text(&file), &dir, "--json"], &title[..]].concat()).done().json();
    for (key, want) in [
        ("sku", json!("BOOK-1")),
        ("title", json!("The book of knots")),
        ("name", json!("knots.pdf")),
        ("media_type", json!("application/pdf")),
        ("bytes", json!(10)),
        ("replaced", json!(false)),
    ] {
        assert_eq!(added[key], want, "{key}: {added}");
    }
    let id = added["id"].as_str().unwrap().to_owned();
    (store, dir, id)
}

/// A paid order of a book and a mug.
fn paid(store: &TestStore, dir: &str) -> String {
    let number = block_on(async {
        let shop = store.open().await;
        let number = buy(&shop, &[("BOOK-1", 2), ("MUG-1", 1)]).await.to_string();
        shop.close().await;
        number
    });
    tradewind(&["orders", "capture", &number, dir, "--yes"]).done();
    number
}

#[test]
fn a_file_is_added_sold_given_more_of_and_removed() {
    let (store, dir, id) = store();
    let file = text(&store.path("knots.pdf"));
    let fails = |arguments: &[&str], code: i32, want: &str| {
        let run = tradewind(&[&["downloads"], arguments].concat()).failed(code);
        assert!(run.err.contains(want), "{arguments:?}: {run:?}");
    };
    fails(&["add", "MUG-1", &file, &dir], 1, "class that is sent");
    fails(&["add", "CUP-1", &file, &dir], 1, "no product CUP-1");
    fails(&["add", "BOOK-1", &file, &dir], 1, "--replace");
    fails(&["add", "BOOK-1", &file, &dir, "--name", "a/b.pdf"], 1, "cannot be a file's name");
    fails(&["add", "BOOK-1", &dir, &dir], 1, "no file");
    fails(&["add", "BOOK-1", "nowhere.pdf", &dir], 1, "cannot read nowhere.pdf");
    fails(&["remove", "knots.pdf", &dir, "--yes"], 2, "downloads list");
    fails(&["grant", "XXX", &dir, "--yes"], 2, "not an order number");

    let number = paid(&store, &dir);
    let shown = tradewind(&["downloads", "show", &number, &dir, "--json"]).done().json();
    let download = &shown["downloads"][0];
    assert_eq!((&download["line"], &download["most"], &download["state"]), (&json!(1), &json!(10), &json!("open")));
    assert!(!shown.to_string().contains("/download/"), "no link is printed");
    let listed = tradewind(&["downloads", "list", &dir, "--json"]).done().json();
    assert_eq!((&listed["files"][0]["open_lines"], &listed["files"][0]["skus"]), (&json!(1), &json!(["BOOK-1"])));
    assert!(tradewind(&["downloads", "list", &dir]).done().out.contains("knots.pdf"));

    fails(&["grant", &number, &dir], 2, "--yes");
    let dry = tradewind(&["downloads", "grant", &number, &dir, "--more", "2", "--dry-run"]).done();
    assert!(dry.out.contains("2 downloads of each file more, for 30 days"), "{dry:?}");
    let more = tradewind(&["downloads", "grant", &number, &dir, "--more", "2", "--days", "90", "--yes", "--json"]);
    assert_eq!(more.done().json()["downloads"][0]["most"], 12);
    fails(&["grant", &number, &dir, "--line", "2", "--yes"], 1, "line 2 is no download");

    std::fs::write(&file, "%PDF knots, second edition").unwrap();
    tradewind(&["downloads", "add", "BOOK-1", &file, &dir, "--replace"]).done();
    let refunded = tradewind(&["orders", "refund", &number, &dir, "--line", "1", "--yes", "--json"]).done().json();
    assert_eq!(refunded["payment"], "part_refunded");
    let state =
        || tradewind(&["downloads", "show", &number, &dir, "--json"]).done().json()["downloads"][0]["state"].clone();
    assert_eq!(state(), "closed");
    tradewind(&["orders", "refund", &number, &dir, "--line", "2", "--yes"]).failed(1);
    tradewind(&["downloads", "grant", &number, &dir, "--more", "0", "--reopen", "--yes"]).done();
    assert_eq!(state(), "open");
    tradewind(&["downloads", "close", &number, &dir, "--line", "1", "--yes"]).done();
    assert_eq!(state(), "closed");
    tradewind(&["downloads", "grant", &number, &dir, "--reopen", "--yes"]).done();

    let kept = tradewind(&["downloads", "remove", &id, &dir, "--yes", "--json"]).done().json();
    assert_eq!((&kept["deleted"], &kept["open_lines"]), (&json!(false), &json!(1)));
    let gone = tradewind(&["downloads", "remove", &id, &dir, "--from-buyers", "--yes", "--json"]).done().json();
    assert_eq!(gone["deleted"], true);
    fails(&["remove", &id, &dir, "--yes"], 1, "there is no file");
    assert_eq!(std::fs::read_dir(store.path("shop/downloads")).unwrap().count(), 0);
    tradewind(&["doctor", &dir]).done();
}

#[test]
fn what_is_missing_is_found_and_comes_back_from_a_backup() {
    let (store, dir, id) = store();
    paid(&store, &dir);
    let (backup, again) = (text(&store.path("shop.backup")), text(&store.path("again")));
    let taken = tradewind(&["backup", &dir, "--to", &backup, "--json"]).done().json();
    assert_eq!(taken["elsewhere"], json!([]));
    let stored = std::fs::read_dir(store.path("shop/downloads")).unwrap().next().unwrap().unwrap().path();
    for (damage, want) in [(Some("%PDF"), "of another length"), (None, "missing")] {
        match damage {
            Some(text) => std::fs::write(&stored, text).unwrap(),
            None => std::fs::remove_file(&stored).unwrap(),
        }
        let run = tradewind(&["doctor", &dir, "--json"]);
        assert_eq!(run.code, 1, "{run:?}");
        let findings = run.json()["findings"].clone();
        let found = findings.as_array().unwrap().iter().find(|finding| finding["check"] == "downloads").unwrap();
        assert!(found["what"].as_str().unwrap().contains(want) && found.to_string().contains(&id), "{found}");
    }
    tradewind(&["restore", &backup, "--into", &again]).done();
    tradewind(&["doctor", &again]).done();
    assert_eq!(tradewind(&["downloads", "list", &again, "--json"]).done().json()["files"][0]["open_lines"], 1);
    let counted = tradewind(&["inventory", &again, "--json"]).done().json();
    assert_eq!((&counted["tables"]["download_files"], &counted["tables"]["download_grants"]), (&json!(1), &json!(1)));
}
