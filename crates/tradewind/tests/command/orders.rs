//! Orders, moved on from the command line, only as their state allows.

use crate::support::{TestStore, block_on, buy, tradewind};
use serde_json::{Value, json};

fn states(order: &Value) -> [&str; 3] {
    ["state", "payment", "fulfilment"].map(|key| order[key].as_str().unwrap_or_default())
}

#[test]
fn an_order_goes_from_open_to_closed() {
    let store = TestStore::with_goods();
    let dir = store.dir();
    let number = block_on(async {
        let shop = store.open().await;
        let number = buy(&shop, &[("MUG-1", 3), ("TEE-S", 1)]).await.to_string();
        shop.close().await;
        number
    });
    let listed = tradewind(&["orders", "list", &dir, "--json"]).done().json();
    assert_eq!(listed["orders"][0]["number"], json!(number));
    let shown = tradewind(&["orders", "show", &number, &dir, "--json"]).done().json();
    assert_eq!(states(&shown), ["open", "due", "unfulfilled"]);
    assert_eq!(shown["allowed"], json!(["capture", "ship", "cancel"]));
    assert_eq!(shown["total"], "48.95", "45.00 and 3.95 for delivery: {shown}");
    let people = tradewind(&["orders", "show", &number, &dir]).done();
    assert!(people.out.contains("1: 3 × Harbour mug, MUG-1, 30.00 GBP"), "{people:?}");

    tradewind(&["orders", "refund", &number, &dir, "--yes"]).failed(1);
    tradewind(&["orders", "ship", &number, &dir, "--line", "1:4", "--yes"]).failed(1);
    tradewind(&["orders", "ship", &number, &dir, "--line", "first"]).failed(2);
    tradewind(&["orders", "ship", &number, &dir, "--line", "1:1"]).failed(2);
    let dry = tradewind(&["orders", "ship", &number, &dir, "--line", "1:1", "--dry-run", "--json"]).done().json();
    assert!(dry["would"].as_str().unwrap().contains("1 × Harbour mug"), "{dry}");
    let part =
        tradewind(&["orders", "ship", &number, &dir, "--line", "1:1", "--tracking", "JD0002", "--yes", "--json"])
            .done();
    assert_eq!(states(&part.json()), ["open", "due", "part_fulfilled"]);
    tradewind(&["orders", "cancel", &number, &dir, "--yes"]).failed(1);
    let sent = tradewind(&["orders", "ship", &number, &dir, "--yes", "--json"]).done().json();
    assert_eq!(states(&sent), ["open", "due", "fulfilled"]);

    tradewind(&["orders", "capture", &number, &dir]).failed(2);
    tradewind(&["orders", "capture", &number, &dir, "--amount", "48.96", "--yes"]).failed(1);
    tradewind(&["orders", "capture", &number, &dir, "--amount", "1.234", "--yes"]).failed(2);
    let dry = tradewind(&["orders", "capture", &number, &dir, "--dry-run"]).done();
    assert!(dry.out.contains("48.95 GBP"), "{dry:?}");
    let dry = tradewind(&["orders", "capture", &number, &dir, "--dry-run", "--json"]).done().json();
    assert_eq!(dry, json!({ "dry_run": true, "would": format!("take 48.95 GBP for order {number}") }));
    let part = tradewind(&["orders", "capture", &number, &dir, "--amount", "40.00", "--yes", "--json"]).done().json();
    assert_eq!(part["payment"], "part_paid");
    let paid = tradewind(&["orders", "capture", &number, &dir, "--yes", "--json"]).done().json();
    assert_eq!(states(&paid), ["closed", "paid", "fulfilled"]);
    let back = tradewind(&["orders", "refund", &number, &dir, "--amount", "4.50", "--yes", "--json"]).done().json();
    assert_eq!(back["payment"], "part_refunded");

    tradewind(&["orders", "note", &number, "rang, all is well", &dir]).done();
    let shown = tradewind(&["orders", "show", &number, &dir, "--json"]).done().json();
    assert_eq!(shown["notes"][0]["text"], "rang, all is well");
    let events: Vec<&str> = shown["events"].as_array().unwrap().iter().filter_map(|e| e["what"].as_str()).collect();
    for event in ["order_placed", "parcel_sent", "captured", "refunded", "note_added", "order_closed"] {
        assert!(events.contains(&event), "{event}: {events:?}");
    }
    assert!(shown["events"].as_array().unwrap().iter().any(|event| event["by"] == "operator"));
    tradewind(&["doctor", &dir]).done();
}

#[test]
fn a_cancelled_order_gives_its_units_back() {
    let store = TestStore::with_goods();
    let dir = store.dir();
    let number = block_on(async {
        let shop = store.open().await;
        let number = buy(&shop, &[("MUG-1", 3)]).await.to_string();
        shop.close().await;
        number
    });
    assert_eq!(store.inventory()["stock"]["by_partner"][0]["allocated"], 3);
    let cancelled =
        tradewind(&["orders", "cancel", &number, &dir, "--reason", "asked for it", "--yes", "--json"]).done().json();
    assert_eq!(states(&cancelled)[..2], ["cancelled", "voided"]);
    assert_eq!(store.inventory()["stock"]["by_partner"][0]["allocated"], 0);
    let inventory = store.inventory();
    assert_eq!(inventory["orders"]["by_state"], json!({ "cancelled": 1 }));
    let none = tradewind(&["orders", "list", &dir, "--state", "open", "--json"]).done().json();
    assert_eq!(none["orders"], json!([]));
    let after = tradewind(&["orders", "list", &dir, "--before", &number, "--json"]).done().json();
    assert_eq!(after["orders"], json!([]));
    tradewind(&["payments", "sweep", &dir, "--json"]).done();
}

/// Tokens of order links in the store's letters, the oldest letter first.
fn links(store: &TestStore) -> Vec<String> {
    let mut letters: Vec<_> =
        std::fs::read_dir(store.path("shop/mail")).unwrap().map(|file| file.unwrap().path()).collect();
    letters.sort_by_key(|letter| std::fs::metadata(letter).unwrap().modified().unwrap());
    let token = |letter| {
        let text = std::fs::read_to_string(letter).unwrap().replace("=\r\n", "").replace("=\n", "");
        let token = text.split_once("/order/").map(|(_, rest)| rest.chars().take(32).collect::<String>());
        token.unwrap_or_default()
    };
    letters.into_iter().map(token).collect()
}

#[test]
fn a_customers_link_is_renewed_and_taken_away() {
    let store = TestStore::with_goods();
    let dir = store.dir();
    let number = block_on(async {
        let shop = store.open().await;
        let number = buy(&shop, &[("MUG-1", 3)]).await.to_string();
        shop.drain_outbox().await.unwrap();
        shop.close().await;
        number
    });
    tradewind(&["orders", "link", &number, &dir, "--yes"]).failed(2);
    tradewind(&["orders", "link", &number, &dir, "--new", "--revoke", "--yes"]).failed(2);
    tradewind(&["orders", "link", &number, &dir, "--new"]).failed(2);
    let first = links(&store).last().unwrap().clone();
    let leads = |token: &str| {
        block_on(async {
            let shop = store.open().await;
            let found = shop.find_order_by_token(token).await.unwrap();
            shop.close().await;
            found.is_some()
        })
    };
    assert!(leads(&first));
    tradewind(&["orders", "link", &number, &dir, "--new", "--yes", "--json"]).done();
    let second = links(&store).last().unwrap().clone();
    assert!(first != second && leads(&second) && !leads(&first), "{first} {second}");
    // Later letters have the link that counts, also after all keys but the one that made it are newer.
    tradewind(&["keys", "rotate", &dir, "--yes"]).done();
    tradewind(&["orders", "ship", &number, &dir, "--line", "1:1", "--yes"]).done();
    assert_eq!(links(&store).last(), Some(&second));
    tradewind(&["orders", "link", &number, &dir, "--revoke", "--yes"]).done();
    assert!(!leads(&second));
    tradewind(&["orders", "ship", &number, &dir, "--line", "1:1", "--yes"]).done();
    assert_eq!(links(&store).last().map(String::as_str), Some(""), "a letter without a link");
    tradewind(&["orders", "link", &number, &dir, "--new", "--yes"]).done();
    let third = links(&store).last().unwrap().clone();
    assert!(third != first && third != second && leads(&third), "{third}");
    let shown = tradewind(&["orders", "show", &number, &dir, "--json"]).done().json();
    let events = shown["events"].as_array().unwrap().iter().filter_map(|event| event["what"].as_str());
    assert_eq!(events.filter(|event| event.starts_with("order_link_")).count(), 3);
}
