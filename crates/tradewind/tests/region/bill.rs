//! The region's own page: it counts what happened, and shows nobody else's page what a shop costs.

use super::life::{ask, said_of, wait_for};
use super::world::TestShop;
use super::{PRODUCT, SKU, kept, run};
use serde_json::Value;

pub(crate) fn control(shop: &TestShop) -> String {
    said_of(shop, "around the world: ", '\n')
}

/// The report, once it shows what a test waits for.
pub(crate) fn report(shop: &TestShop, what: &str, is_there: impl Fn(&Value) -> bool) -> Value {
    let url = format!("{}/report.json", control(shop));
    wait_for(what, || {
        let (status, body) = ask(&url);
        assert_eq!(status, 200, "{body}");
        let report: Value = serde_json::from_str(&body).unwrap();
        is_there(&report).then_some(report)
    })
}

#[test]
fn what_happened_is_counted_and_priced() {
    let shop = TestShop::open_region(&[], &[]);
    kept(&shop, PRODUCT);
    let count = |report: &Value, pointer: &str| report.pointer(pointer).and_then(Value::as_u64).unwrap();
    let browsed = report(&shop, "a hit", |report| count(report, "/counts/edge/hits") == 1);
    let counted = |pointer: &str| count(&browsed, pointer);
    // An answer that came with another's was no hit.
    assert!(counted("/counts/edge/misses") >= 1 && counted("/counts/edge/requests") >= 2, "{browsed}");
    assert_eq!((counted("/counts/invocations/count"), counted("/counts/invocations/cold")), (1, 1));
    assert_eq!(counted("/counts/environments/started"), 1);
    assert!(counted("/counts/invocations/billed_ms") > 0, "the start is billed");
    assert_eq!(counted("/region/invocations_that_reached_the_database"), 0, "browsing asks no database");

    shop.shopper().buy("ann@example.org");
    // Before a command works in the folder: it would send a letter that is due, and the region counts its own.
    let has_letter = |report: &Value| count(report, "/counts/services/letters") > 0;
    let letters = report(&shop, "the order's letter", has_letter);
    assert_eq!(count(&letters, "/counts/services/letters"), 1);
    run(&shop, &["stock", "set", SKU, "3", "--reason", "counted"]);
    let bought = report(&shop, "what an order took of the database", |report| {
        count(report, "/counts/services/database_statements") > 0 && count(report, "/counts/services/purged_tags") > 0
    });
    assert!(count(&bought, "/region/invocations_that_reached_the_database") > 0);
    let not_known = bought.pointer("/so_far/after_free/not_known").and_then(Value::as_array).unwrap();
    assert!(not_known.contains(&"letters".into()), "its price is not known, and not nothing: {not_known:?}");
    assert_eq!(count(&bought, "/counts/services/stock_purges_monthly"), 500);
    assert!(bought["lines"].as_array().unwrap().iter().any(|line| line["item"] == "lambda_requests"), "{bought}");
}

#[test]
fn the_page_is_whole_and_answers_to_this_machine_alone() {
    let shop = TestShop::open_region(&[], &[]);
    kept(&shop, PRODUCT);
    let control = control(&shop);
    let (status, page) = ask(&control);
    assert_eq!(status, 200);
    for part in ["<h1", "so far", "a month", "region.css", "<svg"] {
        assert!(page.contains(part), "{part}");
    }
    for (path, part) in [("charts/costs.svg", "<svg"), ("region.css", "{"), ("region.js", "fetch")] {
        let (status, body) = ask(&format!("{control}/{path}"));
        assert!(status == 200 && body.contains(part), "{path}: {status}");
    }
    assert_eq!(ask(&format!("{control}/charts/none.svg")).0, 404);
    // A name that somebody gave this machine, as a page in the same browser would.
    let authority = control.strip_prefix("http://").unwrap();
    let address = authority.parse().unwrap();
    let refused = shop.ask_as(address, "evil.example", "/report.json");
    assert_eq!(refused.status, 421, "{}", refused.body);
}
