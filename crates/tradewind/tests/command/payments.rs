//! Payments that wait for a person, from the command line.

use crate::support::{TestStore, block_on, buy, sql, tradewind};
use serde_json::json;

#[test]
fn payments_that_wait_for_nobody_are_said_so() {
    let store = TestStore::with_goods();
    let dir = store.dir();
    let listed = tradewind(&["payments", "list", &dir]).done();
    assert!(listed.out.is_empty() && listed.err.contains("No payment waits"), "{listed:?}");
    assert_eq!(tradewind(&["payments", "list", &dir, "--json"]).done().json(), json!({ "payments": [] }));
    for command in ["show", "ask", "give-back"] {
        let nobody = "019a0000-0000-7000-8000-000000000000";
        let unknown = tradewind(&["payments", command, nobody, &dir]).failed(1);
        assert!(unknown.err.contains("there is no such payment"), "{command}: {unknown:?}");
        let torn = tradewind(&["payments", command, "x", &dir]).failed(1);
        assert!(torn.err.contains("payments list"), "{command}: {torn:?}");
    }
}

#[test]
fn a_payment_is_shown_where_its_gateway_cannot_be_asked() {
    let store = TestStore::with_goods();
    let dir = store.dir();
    let payment = block_on(async {
        let shop = store.open().await;
        let number = buy(&shop, &[("MUG-1", 1)]).await;
        let order = shop.show_order(&number).await.unwrap().unwrap();
        let payment = order.payments.first().unwrap().id.to_string();
        shop.close().await;
        // As after the gateway was taken out of the settings.
        sql(&store, "UPDATE payments SET gateway = 'elsewhere'").await;
        payment
    });
    let shown = tradewind(&["payments", "show", &payment, &dir]).done();
    assert!(shown.out.contains("could not be asked") && shown.out.contains("an order stands on it"), "{shown:?}");
    let shown = tradewind(&["payments", "show", &payment, &dir, "--json"]).done().json();
    assert!(shown["gateway_problem"].as_str().unwrap().contains("elsewhere"), "{shown}");
    assert_eq!((&shown["at_the_gateway"], &shown["has_order"]), (&json!(null), &json!(true)));
    // Whoever gives back must know what is there.
    let refused = tradewind(&["payments", "give-back", &payment, &dir, "--yes"]).failed(1);
    assert!(refused.err.contains("the gateway could not be asked"), "{refused:?}");
}
