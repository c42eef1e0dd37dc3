//! Payments, the ledger, webhooks.

use crate::sample::{checkout_id, gbp, payment_id};
use crate::support::{NOW, TestDb, on_both};
use commerce::payment::{LedgerEntry, LedgerKind, PaymentState};
use db::DbError;
use db::payments::{PaymentChange, PaymentRow};

on_both![
    a_payment_goes_from_the_state_that_was_read,
    a_started_payment_has_a_reference,
    payments_are_asked_about_in_time,
    a_ledger_key_counts_once,
    a_webhook_counts_once,
];

async fn insert(test: &TestDb, number: u64) -> PaymentRow {
    let mut tx = test.db.begin().await.unwrap();
    let (id, checkout, ask_at) = (payment_id(number), checkout_id(1), NOW.plus_ms(1_000));
    tx.insert_payment(id, checkout, "demo", gbp(2_350), ask_at, NOW).await.unwrap();
    tx.commit().await.unwrap();
    PaymentRow {
        id,
        checkout,
        gateway: "demo".into(),
        reference: None,
        state: PaymentState::Created,
        amount: gbp(2_350),
        next_url: None,
        reason: None,
        ask_at: Some(ask_at),
        created_at: NOW,
        updated_at: NOW,
    }
}

async fn change(test: &TestDb, from: PaymentState, to: PaymentState) -> Result<(), DbError> {
    let mut tx = test.db.begin().await?;
    let ask_at = (!to.is_final()).then_some(NOW.plus_ms(7));
    tx.change_payment(payment_id(1), PaymentChange { from, to, reason: Some("why"), ask_at }, NOW).await?;
    tx.commit().await
}

async fn a_payment_goes_from_the_state_that_was_read(test: TestDb) {
    let row = insert(&test, 1).await;
    assert_eq!(test.db.find_payment(row.id).await.unwrap(), Some(row.clone()));
    assert_eq!(test.db.list_payments(checkout_id(1)).await.unwrap(), [row]);
    change(&test, PaymentState::Created, PaymentState::Authorised).await.unwrap();
    let late = change(&test, PaymentState::Created, PaymentState::Expired).await;
    assert!(matches!(late, Err(DbError::Conflict)));
    let row = test.db.find_payment(payment_id(1)).await.unwrap().unwrap();
    assert_eq!((row.state, row.reason.as_deref()), (PaymentState::Authorised, Some("why")));
    change(&test, PaymentState::Authorised, PaymentState::Captured).await.unwrap();
    assert_eq!(test.db.find_payment(payment_id(1)).await.unwrap().unwrap().ask_at, None);
}

async fn a_started_payment_has_a_reference(test: TestDb) {
    let id = insert(&test, 1).await.id;
    let started = async |state| {
        let url = Some("https://pay.example/1");
        test.db.payment_started(id, "ref-1", url, state, Some(NOW), NOW.plus_ms(3)).await.unwrap()
    };
    assert!(started(PaymentState::Pending).await);
    let row = test.db.find_payment(id).await.unwrap().unwrap();
    assert_eq!((row.reference.as_deref(), row.updated_at), (Some("ref-1"), NOW.plus_ms(3)));
    change(&test, PaymentState::Pending, PaymentState::Captured).await.unwrap();
    assert!(!started(PaymentState::Pending).await, "a start that answers late takes nothing back");
}

async fn payments_are_asked_about_in_time(test: TestDb) {
    let (first, second) = (insert(&test, 1).await.id, insert(&test, 2).await.id);
    test.db.ask_payment_later(first, NOW.plus_ms(5_000), NOW).await.unwrap();
    let due = async |ms| {
        let due = test.db.list_payments_to_ask(NOW.plus_ms(ms)).await.unwrap();
        due.into_iter().map(|row| row.id).collect::<Vec<_>>()
    };
    assert_eq!(due(999).await, []);
    assert_eq!(due(1_000).await, [second]);
    assert_eq!(due(5_000).await, [second, first]);
}

async fn a_ledger_key_counts_once(test: TestDb) {
    let entry = |key: &str, minor, ms| LedgerEntry {
        card: None,
        payment: payment_id(1),
        kind: LedgerKind::Captured,
        amount: gbp(minor),
        key: key.into(),
        at: NOW.plus_ms(ms),
    };
    let add = async |entry: &LedgerEntry, id: &str| {
        let mut tx = test.db.begin().await.unwrap();
        let added = tx.add_ledger(checkout_id(1), entry, id).await.unwrap();
        tx.commit().await.unwrap();
        added
    };
    assert!(add(&entry("b", 10, 2), "1").await);
    assert!(!add(&entry("b", 99, 1), "2").await);
    assert!(add(&entry("a", 20, 1), "3").await);
    assert_eq!(test.db.load_ledger(checkout_id(1)).await.unwrap(), [entry("a", 20, 1), entry("b", 10, 2)]);
}

async fn a_webhook_counts_once(test: TestDb) {
    let other = test.open_again().await;
    let (a, b) = tokio::join!(test.db.note_webhook("demo", "e1", NOW), other.note_webhook("demo", "e1", NOW));
    assert!(a.unwrap() ^ b.unwrap());
    assert!(test.db.note_webhook("other", "e1", NOW).await.unwrap());
    assert_eq!(test.db.forget_webhooks(NOW.plus_ms(1)).await.unwrap(), 2);
    assert!(test.db.note_webhook("demo", "e1", NOW).await.unwrap());
    other.close().await;
}
