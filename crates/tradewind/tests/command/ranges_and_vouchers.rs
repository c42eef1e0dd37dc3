//! Ranges filled from files, and vouchers one by one and in sets.

use crate::support::{Run, TestStore, text, tradewind};
use serde_json::{Value, json};
use std::collections::HashSet;

/// An offer that a voucher opens, and one that everybody has, on a range of one product.
fn store() -> TestStore {
    let store = TestStore::with_goods();
    let offer = |id: &str, kind: &str| {
        json!({
            "id": id, "type": kind, "condition": { "type": "count", "range": "mugs", "value": 1 },
            "benefit": { "type": "multibuy", "range": "mugs" },
        })
    };
    let offers = [offer("by code", "Voucher"), offer("for all", "Site")];
    let file =
        json!({ "format": "tradewind-offers/1", "ranges": { "mugs": { "products": ["mug"] } }, "offers": offers });
    std::fs::write(store.path("rules.json"), file.to_string()).unwrap();
    tradewind(&["offers", "apply", &text(&store.path("rules.json")), &store.dir()]).done();
    // The book has a product code as well.
    store.apply("sku,upc\nBOOK-1,5012345678900\n", &[]).done();
    store
}

fn upload(store: &TestStore, range: &str, file: &str, more: &[&str]) -> Run {
    let path = store.path("codes.txt");
    std::fs::write(&path, file).unwrap();
    tradewind(&[&["ranges", "upload", range, &text(&path), &store.dir()], more].concat())
}

fn shown(store: &TestStore, range: &str) -> Value {
    tradewind(&["ranges", "show", range, &store.dir(), "--json"]).done().json()
}

fn figures<const N: usize>(report: &Value, names: [&str; N]) -> [i64; N] {
    names.map(|name| report[name].as_i64().unwrap_or(-1))
}

#[test]
fn a_list_of_products_goes_into_a_range_by_sku_or_upc() {
    let store = store();
    let file = "sku\nMUG-1\nTEE-S\n\nNONE-1\n5012345678900\nTEE-S\nNONE-2\n";
    let dry = upload(&store, "mugs", file, &["--dry-run", "--json"]).done().json();
    assert_eq!(figures(&dry, ["added", "there", "not_found_total", "products"]), [2, 2, 2, 3], "{dry}");
    assert_eq!(shown(&store, "mugs")["products"], 1, "nothing was written");
    let people = upload(&store, "mugs", file, &[]).done();
    let want = "line 5: \"NONE-1\" is no product\nline 8: \"NONE-2\" is no product\n\
        mugs: 2 added, 2 there already; 3 in the list.\n";
    assert_eq!(people.out, want, "{people:?}");
    assert!(people.err.contains("2 lines are neither the SKU nor the UPC of a product and passed over."), "{people:?}");
    let again = upload(&store, "mugs", file, &["--json"]).done().json();
    assert_eq!(figures(&again, ["added", "there", "products"]), [0, 4, 3], "safe to run again: {again}");
    assert_eq!(again["not_found"], json!([{ "line": 5, "code": "NONE-1" }, { "line": 8, "code": "NONE-2" }]));
    let range = shown(&store, "mugs");
    assert_eq!(range["rule"]["products"], json!(["mug", "tee-s", "book"]), "{range}");
    assert_eq!((&range["holds"], &range["offers"]), (&json!(3), &json!(["by code", "for all"])), "{range}");
}

#[test]
fn a_list_replaces_excludes_and_includes_again() {
    let store = store();
    // As a spreadsheet writes it: with a mark, other columns, and its own line ends.
    let report =
        upload(&store, "mugs", "\u{feff}SKU;title\r\nTEE-S;Tee S\r\nTEE-M;Tee M\r\n", &["--replace", "--json"]);
    let report = report.done().json();
    assert_eq!(figures(&report, ["added", "there", "removed", "products"]), [2, 0, 1, 2], "{report}");
    let report = upload(&store, "mugs", "TEE-S\n", &["--exclude", "--json"]).done().json();
    assert_eq!(figures(&report, ["added", "moved", "products", "excluded_products"]), [1, 1, 1, 1], "{report}");
    assert_eq!(shown(&store, "mugs")["rule"]["excluded_products"], json!(["tee-s"]));
    let refused = upload(&store, "mugs", "TEE-M\n", &["--exclude"]).failed(1);
    assert!(refused.err.contains("a range holds all products or names products"), "{refused:?}");
    let report = upload(&store, "mugs", "TEE-S\n", &["--json"]).done().json();
    assert_eq!(figures(&report, ["added", "moved", "products", "excluded_products"]), [1, 1, 2, 0], "{report}");
}

#[test]
fn a_list_that_cannot_be_taken_says_why() {
    let store = store();
    let many = "MUG-1\n".repeat(100_001);
    for (case, range, file, more, want) in [
        (
            "nothing in it",
            "mugs",
            "\n \nsku\n",
            &[][..],
            "none of 1 lines is the SKU or the UPC of a product; the first is line 3",
        ),
        ("only a heading", "mugs", "sku\n", &[], "names no product: write an article number"),
        (
            "nothing found",
            "mugs",
            "A\nB\n",
            &[],
            "none of 2 lines is the SKU or the UPC of a product; the first is line 1: \"A\"",
        ),
        ("no such range", "teas", "MUG-1\n", &[], "there is no range \"teas\"; `--new` makes it"),
        ("a name that is none", " ", "MUG-1\n", &["--new"], "a name is 1 to 128 characters"),
        ("too many lines", "mugs", &many, &[], "more than 100000 products"),
        ("never closed", "mugs", "\"MUG-1\n", &[], "line 1: a quotation mark is never closed"),
    ] {
        let run = upload(&store, range, file, more).failed(1);
        assert!(run.err.contains(want), "{case}: {run:?}");
    }
    let none = text(&store.path("none.txt"));
    tradewind(&["ranges", "upload", "mugs", &none, &store.dir()]).failed(1);
    assert_eq!(shown(&store, "mugs")["products"], 1, "nothing was written");
}

#[test]
fn a_range_is_made_listed_and_removed() {
    let store = store();
    let dir = store.dir();
    let made = upload(&store, "Summer", "TEE-S\nTEE-M\n", &["--new", "--json"]).done().json();
    assert_eq!((&made["new"], &made["products"]), (&json!(true), &json!(2)), "{made}");
    let again = upload(&store, "Summer", "TEE-S\nTEE-M\n", &["--new", "--json"]).done().json();
    assert_eq!((&again["new"], &again["added"]), (&json!(false), &json!(0)), "{again}");
    let listed = tradewind(&["ranges", "list", &dir, "--json"]).done().json();
    let names: Vec<&Value> = listed["ranges"].as_array().unwrap().iter().map(|range| &range["name"]).collect();
    assert_eq!(names, ["mugs", "Summer"]);
    let people = tradewind(&["ranges", "list", &dir]).done();
    assert_eq!(people.out, "name    holds       offers\nmugs    1 product   2\nSummer  2 products  0\n");
    let kept = tradewind(&["ranges", "remove", "mugs", &dir, "--yes"]).failed(1);
    assert!(kept.err.contains("offers speak of \"mugs\": by code, for all; change or remove them first"), "{kept:?}");
    tradewind(&["ranges", "remove", "Summer", &dir]).failed(2);
    tradewind(&["ranges", "remove", "Summer", &dir, "--yes"]).done();
    let gone = tradewind(&["ranges", "show", "Summer", &dir]).failed(1);
    assert!(gone.err.contains("there is no range \"Summer\"; `tradewind ranges list`"), "{gone:?}");
}

fn voucher(store: &TestStore, words: &[&str], more: &[&str]) -> Run {
    tradewind(&[&["vouchers"], words, &[&store.dir()], more].concat())
}

#[test]
fn a_voucher_is_made_shown_and_removed() {
    let store = store();
    let opens = ["--offer", "by code", "--usage", "once-per-customer", "--from", "2026-05-01", "--to", "2999-05-31"];
    let made = voucher(&store, &["create", "tea-2026"], &[&opens[..], &["--json"]].concat()).done().json();
    let want = json!({
        "code": "TEA-2026", "name": "TEA-2026", "usage": "once-per-customer", "state": "open", "offers": ["by code"],
        "start": "2026-05-01", "end": "2999-05-31", "set": null, "orders": 0, "discount": [],
    });
    assert_eq!(made, want);
    let again = voucher(&store, &["create", "TEA-2026"], &opens).done();
    assert!(again.err.contains("there already"), "{again:?}");
    for (case, more, code, want) in [
        ("other terms", &["--offer", "by code", "--usage", "multi"][..], 1, "there is a voucher TEA-2026 already"),
        ("an offer for all", &["--offer", "for all", "--usage", "multi"], 1, "offer \"for all\" needs no voucher"),
        ("no such offer", &["--offer", "x", "--usage", "multi"], 1, "there is no offer \"x\"; `tradewind offers list`"),
        ("no offer", &["--usage", "multi"], 2, "--offer"),
        ("no usage", &["--offer", "by code"], 2, "--usage"),
        ("no day", &["--offer", "by code", "--usage", "multi", "--to", "May"], 2, "--to: \"May\" is no day such as"),
        (
            "backwards",
            &["--offer", "by code", "--usage", "multi", "--from", "2026-05-02", "--to", "2026-05-01"],
            2,
            "--to lies before --from",
        ),
    ] {
        let run = voucher(&store, &["create", "TEA-2026"], more).failed(code);
        assert!(run.err.contains(want), "{case}: {run:?}");
    }
    voucher(&store, &["create", "TEA 2026"], &opens).failed(2);
    let unseen = voucher(&store, &["create", "TEA\u{200b}"], &opens).failed(1);
    assert!(unseen.err.contains("a new voucher code is 1 to 64 letters, digits"), "{unseen:?}");
    let over = ["--offer", "by code", "--usage", "multi", "--to", "2026-01-31"];
    assert!(voucher(&store, &["create", "OLD"], &over).done().out.starts_with("OLD: multi, ended\n"));
    let listed = voucher(&store, &["list"], &["--json", "--limit", "1"]).done().json();
    assert_eq!((&listed["vouchers"][0]["code"], &listed["next"]), (&json!("OLD"), &json!("OLD")), "{listed}");
    let rest = voucher(&store, &["list"], &["--after", "old"]).done();
    assert!(rest.out.contains("TEA-2026  once-per-customer  open") && !rest.out.contains("OLD"), "{rest:?}");
    voucher(&store, &["remove", "tea-2026"], &[]).failed(2);
    voucher(&store, &["remove", "tea-2026"], &["--yes"]).done();
    let gone = voucher(&store, &["show", "TEA-2026"], &[]).failed(1);
    assert!(gone.err.contains("there is no voucher TEA-2026; `tradewind vouchers list`"), "{gone:?}");
}

fn codes(store: &TestStore, set: &str) -> Vec<String> {
    let written = voucher(store, &["export", set], &[]).done().out;
    let mut lines = written.lines();
    assert_eq!(lines.next(), Some("code,state,orders,start,end"));
    lines.map(|line| line.split(',').next().unwrap().to_owned()).collect()
}

#[test]
fn a_set_of_codes_is_drawn_filled_up_written_out_and_removed() {
    let store = store();
    let set = |more: &[&str]| voucher(&store, &["set", "Spring letter"], &[&["--offer", "by code"], more].concat());
    let made = set(&["--count", "150", "--to", "2999-05-31", "--json"]).done().json();
    assert_eq!(figures(&made, ["made", "vouchers"]), [150, 150], "{made}");
    let drawn = codes(&store, "Spring letter");
    assert_eq!(drawn.iter().collect::<HashSet<_>>().len(), 150);
    for code in &drawn {
        assert_eq!(code.len(), 14, "{code}");
        assert!(code.chars().all(|letter| "-23456789BCDFGHJKLMNPQRSTVWXZ".contains(letter)), "{code}");
    }
    let again = set(&["--count", "150", "--to", "2999-05-31", "--json"]).done().json();
    assert_eq!(figures(&again, ["made", "vouchers"]), [0, 150], "safe to run again: {again}");
    let more = set(&["--count", "160", "--to", "2999-05-31", "--length", "20", "--json"]).done().json();
    assert_eq!(figures(&more, ["made", "vouchers"]), [10, 160], "{more}");
    let other = set(&["--count", "170"]).failed(1);
    assert!(other.err.contains("there is a set \"Spring letter\" whose vouchers open other offers"), "{other:?}");
    for (more, want) in [
        (&["--count", "0"][..], "1..=100000"),
        (&["--count", "100001"], "1..=100000"),
        (&["--count", "5", "--length", "7"], "8..=32"),
        (&["--length", "8"], "--count"),
    ] {
        let run = set(more).failed(2);
        assert!(run.err.contains(want), "{run:?}");
    }
    let shown = voucher(&store, &["show", &drawn[0]], &["--json"]).done().json();
    assert_eq!(
        (&shown["set"], &shown["usage"], &shown["end"]),
        (&json!("Spring letter"), &json!("single"), &json!("2999-05-31"))
    );
    let sets = voucher(&store, &["list"], &["--sets", "--json"]).done().json();
    assert_eq!((&sets["sets"][0]["name"], &sets["sets"][0]["vouchers"]), (&json!("Spring letter"), &json!(160)));
    let listed = voucher(&store, &["list"], &["--set", "Spring letter", "--limit", "3", "--json"]).done().json();
    assert_eq!(listed["vouchers"].as_array().map(Vec::len), Some(3));
    let exported = tradewind(&["offers", "export", &store.dir()]).done();
    assert!(exported.err.contains("160 vouchers of sets left out"), "{exported:?}");
    assert_eq!(exported.json()["vouchers"], json!([]));
    voucher(&store, &["remove", "Spring letter"], &["--set"]).failed(2);
    let removed = voucher(&store, &["remove", "Spring letter"], &["--set", "--yes", "--json"]).done().json();
    assert_eq!(removed["vouchers"], 160);
    voucher(&store, &["export", "Spring letter"], &[]).failed(1);
    tradewind(&["offers", "remove", "by code", &store.dir(), "--yes"]).done();
    tradewind(&["doctor", &store.dir()]).done();
}
