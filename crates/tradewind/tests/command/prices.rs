//! Price lists: made, filled from a file, shown, and what is wrong with a file by line.

use crate::support::{Run, TestStore, tradewind};
use serde_json::json;

fn prices(store: &TestStore, what: &[&str]) -> Run {
    let dir = store.dir();
    let mut arguments = vec!["prices"];
    arguments.extend(what);
    arguments.push(&dir);
    tradewind(&arguments)
}

fn apply(store: &TestStore, csv: &str, more: &[&str]) -> Run {
    let file = store.path("prices.csv");
    std::fs::write(&file, csv).unwrap();
    let file = file.to_str().unwrap().to_owned();
    let mut arguments = vec!["apply", file.as_str()];
    arguments.extend(more);
    prices(store, &arguments)
}

fn exported(store: &TestStore) -> String {
    prices(store, &["export", "-"]).done().out
}

#[test]
fn a_list_is_made_filled_exported_and_applied_again() {
    let store = TestStore::with_goods();
    assert_eq!(prices(&store, &["lists", "--json"]).done().json(), json!({ "lists": [], "damaged": 0 }));
    let made = prices(&store, &["save", "Six and more", "--json"]).done().json();
    assert_eq!((&made["made"], &made["list"]["currency"]), (&json!(true), &json!("GBP")), "{made}");
    let file =
        "list,sku,min_quantity,amount\nSix and more,MUG-1,6,8.50\nSix and more,MUG-1,12,8\nSix and more,TEE-S,,14\n";
    let tried = apply(&store, file, &["--dry-run", "--json"]).done().json();
    assert_eq!((&tried["changed"], &tried["written"]), (&json!(3), &json!(false)), "{tried}");
    let header = "list,sku,min_quantity,amount\n";
    assert_eq!(exported(&store), header, "nothing was written");
    apply(&store, file, &[]).done();
    let want = format!("{header}Six and more,MUG-1,6,8.50\nSix and more,MUG-1,12,8.00\nSix and more,TEE-S,1,14.00\n");
    assert_eq!(exported(&store), want);
    let again = apply(&store, &exported(&store), &["--json"]).done().json();
    assert_eq!((&again["changed"], &again["unchanged"]), (&json!(0), &json!(3)), "safe to run again");
    apply(&store, &format!("{header}Six and more,MUG-1,12,\n"), &[]).done();
    assert!(!exported(&store).contains(",12,"), "an empty amount takes a price out");
    let lists = prices(&store, &["lists", "--json"]).done().json();
    assert_eq!((&lists["lists"][0]["prices"], &lists["lists"][0]["effect"]), (&json!(2), &json!("lowers")), "{lists}");
    let doctor = tradewind(&["doctor", &store.dir(), "--json"]);
    assert!(!doctor.out.contains("listed_price"), "{doctor:?}");
}

#[test]
fn a_list_has_its_time_and_stays_known_when_it_ends() {
    let store = TestStore::with_goods();
    let sale = ["save", "Sale", "--from", "2099-12-27", "--until", "2099-12-31", "--json"];
    let made = prices(&store, &sale).done().json();
    let times = (&made["list"]["from"], &made["list"]["until"]);
    assert_eq!(times, (&json!("2099-12-27T00:00:00Z"), &json!("2100-01-01T00:00:00Z")), "the last day is in it");
    let changed = prices(&store, &["save", "Sale", "--until", "never", "--json"]).done().json();
    assert_eq!((&changed["made"], &changed["list"]["until"]), (&json!(false), &json!(null)));
    assert_eq!(prices(&store, &["remove", "Sale", "--json"]).done().json(), json!({ "outcome": "gone" }));
    prices(&store, &["save", "Always"]).done();
    assert_eq!(prices(&store, &["remove", "Always", "--json"]).done().json(), json!({ "outcome": "ended" }));
    assert_eq!(prices(&store, &["remove", "Always", "--json"]).done().json(), json!({ "outcome": "kept" }));
    prices(&store, &["remove", "Never"]).failed(1);
}

#[test]
fn what_makes_no_list_is_refused_with_what_to_do() {
    let store = TestStore::with_goods();
    for (arguments, words) in [
        (&["save", "A", "--replaces"][..], "name the market"),
        (&["save", "A", "--market", "mars"], "no such market"),
        (&["save", "A", "--from", "soon"], "2026-12-27T08:00:00Z"),
        (&["save", "A", "--from", "2099-02-01", "--until", "2099-01-01"], "until must lie after from"),
        (&["save", "A", "--currency", "euro"], "euro"),
        (&["save", ""], "1 to 100 characters"),
    ] {
        let run = prices(&store, arguments);
        assert!(run.code != 0 && run.err.contains(words), "{arguments:?}: {run:?}");
        assert_eq!(run.err.trim_end().lines().count(), 1, "{run:?}");
    }
    let lists = prices(&store, &["lists", "--json"]).done().json();
    assert_eq!(lists["lists"], json!([]));
}

#[test]
fn mistakes_of_a_file_are_told_by_line_and_one_stops_everything() {
    let store = TestStore::with_goods();
    prices(&store, &["save", "Trade"]).done();
    let file = "list,sku,min_quantity,amount\nTrade,MUG-1,6,8\nTrade,NO-1,1,8\nOther,MUG-1,1,8\nTrade,TEE-S,1,8.123\n";
    let run = apply(&store, file, &[]);
    assert_eq!(run.code, 1, "{run:?}");
    for words in ["line 3: sku: there is no article \"NO-1\"", "line 4: list:", "line 5: amount: \"8.123\""] {
        assert!(run.out.contains(words), "{words}: {run:?}");
    }
    assert!(run.err.contains("nothing was written"), "{run:?}");
    assert_eq!(exported(&store), "list,sku,min_quantity,amount\n");
    prices(&store, &["apply", "nowhere.csv"]).failed(1);
}
