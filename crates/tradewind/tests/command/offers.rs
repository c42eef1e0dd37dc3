//! `offers try`: what offers would do to sample baskets.

use crate::support::{text, tradewind};
use serde_json::{Value, json};
use std::path::Path;
use tempfile::TempDir;

/// Made with django-oscar 4.2.1.
const OSCAR: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../offer-cases/tests/cases/offers-oscar.json");

/// Tea at 3.00 and a mug at 10.00; a tenth off from three teas on.
fn spring(quantity: u32, expect: Option<Value>) -> Value {
    json!({
        "format": "tradewind-offers/1",
        "currency": "EUR",
        "cases": [{
            "id": "spring",
            "products": { "tea": { "price": "3.00" }, "mug": { "price": "10.00" } },
            "ranges": { "teas": { "products": ["tea"] } },
            "offers": [{
                "id": "a-tenth",
                "condition": { "type": "count", "range": "teas", "value": 3 },
                "benefit": { "type": "percentage", "range": "teas", "value": "10" },
            }],
            "basket": [{ "product": "tea", "qty": quantity }, { "product": "mug", "qty": 1 }],
            "expect": expect,
        }],
    })
}

fn write(folder: &Path, file: &Value) -> String {
    let path = folder.join("offers.json");
    std::fs::write(&path, file.to_string()).unwrap();
    text(&path)
}

#[test]
fn an_offer_is_tried_on_a_basket_before_it_is_live() {
    let folder = TempDir::new().unwrap();
    let file = write(folder.path(), &spring(4, None));
    let run = tradewind(&["offers", "try", &file]).done();
    assert!(run.out.contains("spring: 22.00 to 20.80 EUR\n  a-tenth once: 1.20 off the goods\n"), "{run:?}");
    let explained = tradewind(&["offers", "try", &file, "--explain"]).done();
    assert!(explained.out.contains("a-tenth takes 1.20 off 4 units of tea (line 1)"), "{explained:?}");
    let file = write(folder.path(), &spring(2, None));
    let run = tradewind(&["offers", "try", &file, "--explain"]).done();
    assert!(run.out.contains("a-tenth does not apply: 1 unit is missing"), "{run:?}");
    let answer = tradewind(&["offers", "try", &file, "--json"]).done().json();
    assert_eq!(answer["cases"][0]["expect"]["upsell"]["a-tenth"], "Buy 1 more product from teas");
}

#[test]
fn what_differs_from_a_file_is_told_figure_by_figure_and_ends_with_one() {
    let folder = TempDir::new().unwrap();
    let right = json!({ "total_discount": "1.20", "lines": [{ "discount": "1.2" }, { "discount": "0" }] });
    let file = write(folder.path(), &spring(4, Some(right)));
    let run = tradewind(&["offers", "try", &file]).done();
    assert!(run.out.ends_with("One case, and nothing is otherwise than the file expects.\n"), "{run:?}");
    let file = write(folder.path(), &spring(4, Some(json!({ "total_discount": "1.30", "applications": [] }))));
    let run = tradewind(&["offers", "try", &file]);
    assert_eq!(run.code, 1, "{run:?}");
    for line in [
        "  differs: total_discount: expected 1.30, found 1.20\n",
        "  differs: applications: expected 0, found 1\n",
        "  differs: applications[0]: expected nothing, found a-tenth ×1 1.20 basket -\n",
        "1 of 1 cases differ, or cannot be tried.\n",
    ] {
        assert!(run.out.contains(line), "{line}: {run:?}");
    }
    let answer = tradewind(&["offers", "try", &file, "--json"]).json();
    assert_eq!((&answer["wrong"], &answer["cases"][0]["differs"][1]["found"]), (&json!(1), &json!("1.20")), "{answer}");
}

#[test]
fn a_rule_that_means_nothing_is_refused_with_its_field() {
    let folder = TempDir::new().unwrap();
    let mut file = spring(4, None);
    file["cases"][0]["offers"][0]["benefit"]["value"] = json!("120");
    let run = tradewind(&["offers", "try", &write(folder.path(), &file)]);
    assert_eq!(run.code, 1, "{run:?}");
    assert!(run.out.contains("a-tenth is refused: benefit.value must not be above 100 percent"), "{run:?}");
    file["cases"][0]["offers"][0]["benefit"]["vlaue"] = json!("12");
    let run = tradewind(&["offers", "try", &write(folder.path(), &file)]).failed(1);
    assert!(run.err.contains(r#"spring: a-tenth.benefit: has no field "vlaue""#), "{run:?}");
    tradewind(&["offers", "try", &text(&folder.path().join("none.json"))]).failed(1);
    tradewind(&["offers", "try"]).failed(2);
}

#[test]
fn oscars_cases_differ_where_from_oscar_says_so() {
    let answer = tradewind(&["offers", "try", OSCAR, "--json"]);
    assert_eq!(answer.code, 1);
    let answer = answer.json();
    let cases = answer["cases"].as_array().unwrap();
    let page = include_str!("../../../../docs/from-oscar.md");
    let different = cases.iter().filter(|case| !case["differs"].as_array().unwrap().is_empty());
    let different: Vec<&str> = different.map(|case| case["id"].as_str().unwrap()).collect();
    assert_eq!((cases.len(), different.len()), (120, 12), "{different:?}");
    assert!(different.iter().all(|id| page.contains(&format!("`{id}`"))), "{different:?}");
}
