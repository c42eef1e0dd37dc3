//! Orders.

use crate::sample::{checkout_id, frozen, gbp, hold_units, number, payment_id, record_id, stocked, uuid};
use crate::support::{NOW, TestDb, on_both};
use commerce::event::Actor;
use commerce::ids::{OrderId, ParcelId};
use commerce::moment::Moment;
use commerce::order::{Order, OrderEvent, OrderState, ParcelContent, ParcelStatus};
use commerce::payment::{LedgerEntry, LedgerKind, LedgerSums};
use db::DbError;
use db::stock::StockLevel;

on_both![
    an_order_comes_back_as_it_was_sold,
    an_order_is_placed_once,
    two_programs_place_one_order_once,
    a_number_is_given_once,
    a_change_that_was_not_seen_is_a_conflict,
    orders_are_paged_from_the_newest,
    parcels_take_units_out_of_the_house,
    an_order_is_found_by_number_and_link,
    notes_come_back_in_order,
];

fn order_id(number: u64) -> OrderId {
    OrderId::new(checkout_id(number).uuid())
}

async fn place(db: &db::Db, id: u64, at: Moment) -> Result<bool, DbError> {
    let mut tx = db.begin().await?;
    let placed = tx.insert_order(&frozen(id, 2, 3), "person", &format!("link-{id}"), at).await?;
    tx.commit().await.map(|()| placed)
}

async fn an_order_comes_back_as_it_was_sold(test: TestDb) {
    place(&test.db, 1, NOW).await.unwrap();
    let sold = frozen(1, 2, 3);
    let entry = LedgerEntry {
        card: None,
        payment: payment_id(1),
        kind: LedgerKind::Authorised,
        amount: sold.total.gross(),
        key: "k".into(),
        at: NOW,
    };
    let mut tx = test.db.begin().await.unwrap();
    tx.add_ledger(sold.id, &entry, "l").await.unwrap();
    tx.commit().await.unwrap();
    let money = LedgerSums::of(sold.currency(), &[entry]).unwrap();
    let want = Order::place(sold, money, NOW);
    assert_eq!(test.db.find_order(order_id(1)).await.unwrap(), Some(want));
    assert!(test.db.has_order(order_id(1)).await.unwrap());
    assert!(!test.db.has_order(order_id(2)).await.unwrap());
    let lines = test.raw_rows("SELECT line, sku, quantity, gross FROM order_lines ORDER BY line").await;
    assert_eq!(lines, [["0", "SKU-1", "3", "3600"], ["1", "SKU-2", "3", "3600"]]);
}

async fn an_order_is_placed_once(test: TestDb) {
    assert!(place(&test.db, 1, NOW).await.unwrap());
    assert!(!place(&test.db, 1, NOW.plus_ms(1)).await.unwrap());
    assert_eq!(test.db.find_order(order_id(1)).await.unwrap().unwrap().placed_at, NOW);
}

async fn two_programs_place_one_order_once(test: TestDb) {
    let other = test.open_again().await;
    for id in 1..=10 {
        let (a, b) = tokio::join!(test.db.retry(|| place(&test.db, id, NOW)), other.retry(|| place(&other, id, NOW)));
        assert!(a.unwrap() ^ b.unwrap(), "round {id}");
    }
    assert_eq!(test.raw_rows("SELECT COUNT(*) FROM order_lines").await, [["20"]]);
    other.close().await;
}

async fn a_number_is_given_once(test: TestDb) {
    place(&test.db, 1, NOW).await.unwrap();
    let mut other = frozen(2, 1, 1);
    other.number = number(1);
    let mut tx = test.db.begin().await.unwrap();
    let error = tx.insert_order(&other, "person", "link", NOW).await.unwrap_err();
    assert!(matches!(&error, DbError::Taken { constraint } if constraint.contains("number")), "{error}");
}

async fn a_change_that_was_not_seen_is_a_conflict(test: TestDb) {
    place(&test.db, 1, NOW).await.unwrap();
    let mut order = test.db.find_order(order_id(1)).await.unwrap().unwrap();
    order.state = order.state.after(OrderEvent::Cancel).unwrap();
    order.withdrawn_at = Some(NOW.plus_ms(4));
    let mut tx = test.db.begin().await.unwrap();
    tx.update_order(&order).await.unwrap();
    tx.commit().await.unwrap();
    let changed = test.db.find_order(order_id(1)).await.unwrap().unwrap();
    assert_eq!((changed.state, changed.withdrawn_at, changed.version), (order.state, order.withdrawn_at, 2));
    let mut tx = test.db.begin().await.unwrap();
    assert!(matches!(tx.update_order(&order).await, Err(DbError::Conflict)));
}

async fn orders_are_paged_from_the_newest(test: TestDb) {
    // Pairs of the same moment: the id decides.
    for id in 1..=7_u64 {
        place(&test.db, id, NOW.plus_ms(i64::try_from(id / 2).unwrap())).await.unwrap();
    }
    let mut order = test.db.find_order(order_id(4)).await.unwrap().unwrap();
    order.state = OrderState::Cancelled;
    let mut tx = test.db.begin().await.unwrap();
    tx.update_order(&order).await.unwrap();
    tx.commit().await.unwrap();
    for (of, want) in [
        (None, vec![7, 6, 5, 4, 3, 2, 1]),
        (Some(OrderState::Open), vec![7, 6, 5, 3, 2, 1]),
        (Some(OrderState::Cancelled), vec![4]),
        (Some(OrderState::Closed), vec![]),
    ] {
        let (mut before, mut seen) = (None, Vec::new());
        loop {
            let page = test.db.list_orders(of, before, 2).await.unwrap();
            let Some(last) = page.last() else { break };
            before = Some((last.placed_at, last.id));
            seen.extend(page.into_iter().map(|order| order.id));
        }
        assert_eq!(seen, want.into_iter().map(order_id).collect::<Vec<_>>(), "{of:?}");
    }
    let first = test.db.list_orders(None, None, 1_000).await.unwrap().remove(0);
    assert_eq!((first.number, first.total), (number(7), gbp(2 * 3_600 + 360)));
}

async fn parcels_take_units_out_of_the_house(test: TestDb) {
    stocked(&test, 1, 100).await;
    hold_units(&test.db, 1, 30).await.unwrap();
    let parcel = |id, units| ParcelContent {
        id: ParcelId::new(uuid(id)),
        status: ParcelStatus::Sent,
        tracking: "T1".into(),
        units: vec![(0, units)],
        packed_at: NOW.plus_ms(i64::try_from(id).unwrap()),
    };
    let mut tx = test.db.begin().await.unwrap();
    tx.insert_order(&frozen(1, 1, 30), "person", "link", NOW).await.unwrap();
    tx.claim_hold(checkout_id(1)).await.unwrap();
    for (id, units) in [(1, 20), (2, 4)] {
        tx.insert_parcel(order_id(1), &parcel(id, units)).await.unwrap();
        tx.ship_units(order_id(1), record_id(1), i64::from(units)).await.unwrap();
    }
    tx.commit().await.unwrap();
    let want = StockLevel { on_hand: Some(76), free: 70, held: 0, claimed: 6 };
    assert_eq!(test.db.stock_level(record_id(1)).await.unwrap(), Some(want));
    let order = test.db.find_order(order_id(1)).await.unwrap().unwrap();
    assert_eq!(order.parcels, [parcel(1, 20), parcel(2, 4)]);
    // More than is left: what there is goes, no more.
    let mut tx = test.db.begin().await.unwrap();
    tx.ship_units(order_id(1), record_id(1), 99).await.unwrap();
    tx.commit().await.unwrap();
    let want = StockLevel { on_hand: Some(70), free: 70, held: 0, claimed: 0 };
    assert_eq!(test.db.stock_level(record_id(1)).await.unwrap(), Some(want));
}

async fn an_order_is_found_by_number_and_link(test: TestDb) {
    place(&test.db, 1, NOW).await.unwrap();
    assert_eq!(test.db.find_order_by_number(&number(1)).await.unwrap(), Some(order_id(1)));
    assert_eq!(test.db.find_order_by_number(&number(2)).await.unwrap(), None);
    assert_eq!(test.db.find_order_by_link("link-1").await.unwrap(), Some(order_id(1)));
    assert_eq!(test.db.find_order_link(order_id(1)).await.unwrap().as_deref(), Some("link-1"));
    let mut tx = test.db.begin().await.unwrap();
    assert!(tx.set_order_link(order_id(1), Some("new")).await.unwrap());
    tx.commit().await.unwrap();
    assert_eq!(test.db.find_order_by_link("link-1").await.unwrap(), None, "the link before leads nowhere");
    let mut tx = test.db.begin().await.unwrap();
    assert!(tx.set_order_link(order_id(1), None).await.unwrap());
    assert!(!tx.set_order_link(order_id(2), Some("x")).await.unwrap());
    tx.commit().await.unwrap();
    assert_eq!(test.db.find_order_by_link("new").await.unwrap(), None);
    assert_eq!(test.db.find_order_link(order_id(1)).await.unwrap(), None);
}

async fn notes_come_back_in_order(test: TestDb) {
    let mut tx = test.db.begin().await.unwrap();
    for (id, ms) in [("b", 1), ("a", 2)] {
        tx.insert_note(id, order_id(1), &Actor::Operator, &format!("note {id} ☕"), NOW.plus_ms(ms)).await.unwrap();
    }
    tx.commit().await.unwrap();
    let notes = test.db.list_notes(order_id(1)).await.unwrap();
    assert_eq!(notes.iter().map(|note| note.body.as_str()).collect::<Vec<_>>(), ["note b ☕", "note a ☕"]);
    assert_eq!(notes[0].actor, "operator");
}
