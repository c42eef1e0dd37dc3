//! What is typed wrongly, or cannot be done, ends in one line with the next step and the right code.

use crate::support::{TestStore, text, tradewind};

#[test]
fn wrong_uses_end_with_two_and_one_line() {
    for arguments in [
        &["frobnicate"][..],
        &["new"],
        &["new", "a", "b", "c"],
        &["serve", "--listen", "nowhere"],
        &["serve", "--listne", "127.0.0.1:80"],
        &["import", "oscar"],
        &["import", "oscar", "x", "--into", "y", "--prices", "maybe"],
        &["import", "oscar", "x", "--into", "y", "--prices", "with-tax", "--currency", "EURO"],
        &["import", "oscar", "x", "--into", "y", "--prices", "with-tax", "--language", "klingon"],
        &["catalogue", "apply"],
        &["stock", "set", "MUG-1", "4"],
        &["stock", "adjust", "MUG-1", "many", "--reason", "x"],
        &["orders", "list", "--limit", "0"],
        &["orders", "list", "--limit", "1000"],
        &["orders", "list", "--state", "lost"],
        &["backup"],
        &["restore", "x"],
        &["load", "nowhere"],
        &["load", "ftp://127.0.0.1:9"],
        &["load", "http://127.0.0.1:9", "--shape", "spike", "--at", "60"],
    ] {
        tradewind(arguments).failed(2);
    }
}

#[test]
fn what_cannot_be_done_ends_with_one_and_says_what_to_do() {
    let store = TestStore::empty();
    let dir = store.dir();
    let nowhere = text(&store.path("nowhere"));
    let file = text(&store.path("no.csv"));
    std::fs::write(store.path("plain"), b"text").unwrap();
    let plain = text(&store.path("plain"));
    for (arguments, want) in [
        (&["inventory", &nowhere][..], "tradewind new"),
        (&["doctor", &nowhere], "tradewind new"),
        (&["serve", &nowhere], "tradewind new"),
        (&["backup", &nowhere, "--to", &file], "tradewind new"),
        (&["stock", "set", "NONE", "4", "--reason", "x", &dir], "NONE"),
        (&["stock", "set", "NONE", "4", "--reason", "x", "--partner", "moon", &dir], "moon"),
        (&["orders", "show", "222-222-222", &dir], "orders list"),
        (&["catalogue", "apply", &file, &dir], "catalogue export"),
        (&["restore", &plain, "--into", &nowhere], "backup"),
        (&["restore", &file, "--into", &nowhere], "no.csv"),
        (&["stock", "set", "NONE", "-1", "--reason", "x", &dir], "NONE"),
        (&["import", "oscar", &file, "--into", &nowhere, "--prices", "with-tax"], "does not exist"),
        (&["import", "oscar", &plain, "--into", &nowhere, "--prices", "with-tax"], "SQLite"),
    ] {
        let run = tradewind(arguments).failed(1);
        assert!(run.err.contains(want), "{arguments:?}: {run:?}");
    }
    assert!(!store.path("nowhere").exists(), "nothing is left behind");
}

#[test]
fn wrong_use_names_the_help_of_its_command_and_a_cause_is_told_once() {
    for (arguments, want) in [
        (&["frobnicate"][..], "see `tradewind --help`"),
        (&["stock", "set", "MUG-1", "4"], "see `tradewind stock set --help`"),
        (&["backup"], "see `tradewind backup --help`"),
        (&["orders", "refund", "4KT-9WM-2HB", "--amount", "-5"], "above nothing, such as 4.50"),
        (&["orders", "list", "--limit", "-1"], "-1 is not in 1..=100"),
        (&["region", "--memory", "-1"], "-1 is not in 128..=10240"),
        (&["region", "--concurrency", "-1"], "-1 is not in 1..=1000"),
        (&["load", "http://127.0.0.1:9", "--seconds", "-1"], "-1 is not in 1..=86400"),
        (&["load", "http://127.0.0.1:9", "--at", "-1"], "-1 is not in 0..="),
        (&["load", "http://127.0.0.1:9", "--factor", "-1"], "-1 is not in 0..="),
        (&["load", "http://127.0.0.1:9", "--pace", "-1"], "-1 is not in 1..=10000"),
        (&["load", "http://127.0.0.1:9", "--shoppers", "-1"], "-1 is not in 1..=200000"),
        (&["load", "http://127.0.0.1:9", "--seed", "-1"], "a whole number from 0"),
        (&["load", "http://127.0.0.1:9", "--sessions", "-1"], "a number from 0 to a million"),
        (&["load", "http://127.0.0.1:9", "--baskets", "-1"], "a number from 0 to 100"),
        (&["load", "http://127.0.0.1:9", "--checkouts", "-0.5"], "a number from 0 to 100"),
    ] {
        let run = tradewind(arguments).failed(2);
        assert!(run.err.contains(want) && !run.err.contains("tip:"), "{arguments:?}: {run:?}");
    }
    let store = TestStore::empty();
    let nowhere = text(&store.path("nowhere"));
    let run = tradewind(&["import", "oscar", &nowhere, "--into", &nowhere, "--prices", "with-tax"]).failed(1);
    assert_eq!(run.err.matches("does not exist").count(), 1, "{run:?}");
}

#[test]
fn an_address_that_is_taken_is_told_with_its_option() {
    let store = TestStore::empty();
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap();
    let local = format!("localhost:{}", address.port());
    for (command, option) in
        [("serve", "--listen"), ("region", "--listen"), ("region", "--control"), ("region", "--objects")]
    {
        // Where shoppers come in is the first that is listened on; any free port is as good.
        let free: &[&str] = if option == "--listen" { &[] } else { &["--listen", "localhost:0"] };
        let run = tradewind(&[&[command, &store.dir(), option, &local], free].concat()).failed(1);
        assert!(run.err.contains(option) && run.err.contains(&address.to_string()), "{command} {option}: {run:?}");
    }
    let run = tradewind(&["serve", &store.dir(), "--listen", "localhost"]).failed(2);
    assert!(run.err.contains("such as 127.0.0.1:8000 or localhost:8000"), "{run:?}");
}

#[test]
fn an_order_number_that_is_none_is_wrong_use() {
    let store = TestStore::empty();
    let run = tradewind(&["orders", "show", "12", &store.dir()]).failed(2);
    assert!(run.err.contains("4KT-9WM-2HB"), "{run:?}");
}
