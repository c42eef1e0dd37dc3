//! How many statements a flow takes, BEGIN and COMMIT counted.

use crate::sample::{checkout_id, frozen, gbp, hold_of, payment_id, stocked, uuid};
use crate::support::{NOW, TestDb, on_both};
use commerce::basket::{BASKET_LINES_MAX, Basket, Line, Quantity};
use commerce::event::{Actor, Event, Subject};
use commerce::ids::{BasketId, EventId, ProductId, StockRecordId};
use commerce::payment::{LedgerEntry, LedgerKind, PaymentState};
use commerce::stock::Take;
use db::outbox::OutboxTask;
use db::payments::PaymentChange;

on_both![
    adding_to_a_stored_basket_takes_four,
    freezing_takes_eight_and_one_a_line_and_placing_nine,
    a_basket_of_the_most_lines_takes_no_more,
];

async fn adding_to_a_stored_basket_takes_four(test: TestDb) {
    let id = BasketId::new(uuid(1));
    let mut tx = test.db.begin().await.unwrap();
    tx.insert_basket(id, &Basket::default(), NOW).await.unwrap();
    tx.commit().await.unwrap();
    let before = test.db.statements();
    let mut tx = test.db.begin().await.unwrap();
    let (mut basket, version) = tx.find_basket(id).await.unwrap().unwrap();
    let product = ProductId::new(uuid(1));
    basket.add(Line { product, quantity: Quantity::ONE, answers: vec![], seen_price: None }, None).unwrap();
    tx.update_basket(id, &basket, version, NOW).await.unwrap();
    tx.commit().await.unwrap();
    assert_eq!(test.db.statements() - before, 4);
}

async fn freezing_takes_eight_and_one_a_line_and_placing_nine(test: TestDb) {
    stocked(&test, 10, 100).await;
    for (checkout, lines) in [(1, 1), (2, 10)] {
        freeze_and_place(&test, checkout, lines).await;
    }
}

async fn a_basket_of_the_most_lines_takes_no_more(test: TestDb) {
    let lines = u64::try_from(BASKET_LINES_MAX).unwrap();
    stocked(&test, lines, 5).await;
    freeze_and_place(&test, 1, lines).await;
}

async fn freeze_and_place(test: &TestDb, checkout: u64, lines: u64) {
    let before = test.db.statements();
    freeze(test, checkout, lines).await;
    assert_eq!(test.db.statements() - before, 8 + lines, "freeze with {lines} lines");
    let before = test.db.statements();
    place(test, checkout, lines).await;
    assert_eq!(test.db.statements() - before, 9, "place with {lines} lines");
    assert_eq!(test.db.list_unsound_stock().await.unwrap(), []);
}

async fn freeze(test: &TestDb, checkout: u64, lines: u64) {
    let sold = frozen(checkout, lines, 2);
    let wanted = sold.units_by_stock_record();
    let records: Vec<StockRecordId> = wanted.iter().map(|(record, _)| *record).collect();
    let mut tx = test.db.begin().await.unwrap();
    tx.before_freeze(sold.id, "person", NOW).await.unwrap();
    let on_sale = tx.on_sale(&records).await.unwrap();
    let mut takes: Vec<(StockRecordId, Take)> = Vec::new();
    for (record, units) in wanted {
        let plan = commerce::stock::plan(&on_sale[&record].buckets, i64::from(units), 0).unwrap();
        takes.extend(plan.into_iter().map(|take| (record, take)));
    }
    tx.insert_checkout(&sold, "hash", "person").await.unwrap();
    tx.insert_hold(&hold_of(checkout, checkout), "person", &takes, NOW).await.unwrap();
    tx.insert_payment(payment_id(checkout), sold.id, "demo", sold.total.gross(), NOW, NOW).await.unwrap();
    for (record, take) in takes {
        tx.take_units(record, take).await.unwrap();
    }
    tx.commit().await.unwrap();
}

async fn place(test: &TestDb, checkout: u64, lines: u64) {
    let sold = frozen(checkout, lines, 2);
    let mut tx = test.db.begin().await.unwrap();
    assert!(tx.insert_order(&sold, "person", &format!("link-{checkout}"), NOW).await.unwrap());
    assert!(tx.claim_hold(sold.id).await.unwrap());
    let change = PaymentChange { from: PaymentState::Created, to: PaymentState::Captured, reason: None, ask_at: None };
    tx.change_payment(payment_id(checkout), change, NOW).await.unwrap();
    let key = format!("captured-{checkout}");
    let entry = LedgerEntry {
        card: None,
        payment: payment_id(checkout),
        kind: LedgerKind::Captured,
        amount: gbp(1),
        key,
        at: NOW,
    };
    assert!(tx.add_ledger(checkout_id(checkout), &entry, &format!("l{checkout}")).await.unwrap());
    let task = OutboxTask {
        id: format!("t{checkout}"),
        kind: "order_placed".into(),
        subject: sold.id.to_string(),
        payload: String::new(),
        attempts: 0,
    };
    tx.enqueue(&task, NOW, NOW).await.unwrap();
    let event = Event {
        id: EventId::new(uuid(checkout)),
        at: NOW,
        actor: Actor::Visitor,
        subject: Subject::Order,
        subject_id: sold.id.to_string(),
        kind: "placed",
        detail: String::new(),
    };
    tx.insert_event(&event).await.unwrap();
    tx.commit().await.unwrap();
}
