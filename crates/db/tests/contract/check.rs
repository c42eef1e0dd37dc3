//! Damage that no engine forbids is found, with its kind and its keys.

use crate::sample::{fill, number, uuid};
use crate::support::{NOW, TestDb, on_both};
use db::check::EXAMPLES_MAX;

on_both![a_sound_store_has_no_findings, each_fault_is_found_by_name, a_finding_shows_a_few_keys];

async fn a_sound_store_has_no_findings(test: TestDb) {
    assert_eq!(test.db.check_data().await.unwrap(), []);
    fill(&test).await;
    assert_eq!(test.db.check_data().await.unwrap(), []);
}

async fn each_fault_is_found_by_name(test: TestDb) {
    fill(&test).await;
    let (one, other) = (uuid(1), uuid(12_345));
    let order = format!("WHERE id = '{one}'");
    let faults = [
        ("product_of_no_class", format!("UPDATE products SET class_id = '{other}' WHERE id = '{one}'")),
        ("image_of_no_product", "UPDATE images SET product_id = 'x'".to_owned()),
        ("stock_record_of_no_partner", format!("UPDATE stock_records SET partner_id = 'x' WHERE id = '{one}'")),
        ("price_of_no_stock_record", "UPDATE prices SET stock_record_id = 'x' WHERE currency = 'JPY'".to_owned()),
        ("bucket_of_no_stock_record", "INSERT INTO stock_buckets VALUES ('x', 0, 1)".to_owned()),
        ("hold_line_of_no_hold", format!("DELETE FROM holds WHERE id = '{}'", uuid(2))),
        ("stock_does_not_add_up", "UPDATE hold_lines SET units = units + 1".to_owned()),
        ("sent_more_than_sold", "UPDATE hold_lines SET shipped = units + 1".to_owned()),
        ("payment_of_nothing", "DELETE FROM orders; DELETE FROM checkouts; DELETE FROM ledger".to_owned()),
        ("claimed_hold_of_no_order", "DELETE FROM orders".to_owned()),
        ("held_units_of_an_order", format!("UPDATE holds SET state = 'held' {order}")),
        ("ledger_of_no_payment", "DELETE FROM payments".to_owned()),
        ("ledger_in_another_currency", "UPDATE ledger SET currency = 'EUR'".to_owned()),
        ("captured_more_than_authorised", "UPDATE ledger SET amount = amount + 1 WHERE kind = 'captured'".to_owned()),
        ("refunded_more_than_captured", "UPDATE ledger SET kind = 'refunded' WHERE kind = 'captured'".to_owned()),
        (
            "tenders_are_not_the_total",
            "UPDATE ledger SET amount = amount + 1 WHERE kind IN ('authorised', 'due')".to_owned(),
        ),
        ("card_does_not_add_up", "UPDATE gift_cards SET balance = balance + 1".to_owned()),
        ("card_below_nothing", "UPDATE gift_cards SET balance = -1".to_owned()),
        ("card_entry_of_no_card", "DELETE FROM gift_cards".to_owned()),
        ("hold_card_of_no_card", "DELETE FROM gift_cards".to_owned()),
        ("hold_card_of_no_hold", "DELETE FROM holds".to_owned()),
        ("card_money_of_nothing", format!("DELETE FROM orders; UPDATE holds SET state = 'released' {order}")),
        ("ledger_card_of_no_card", "DELETE FROM gift_cards".to_owned()),
        ("ledger_card_of_no_entry", "DELETE FROM ledger".to_owned()),
        ("card_of_no_order", "UPDATE gift_cards SET order_id = 'x'".to_owned()),
        ("payment_to_look_at", "UPDATE payments SET state = 'review'".to_owned()),
        ("order_line_of_no_order", "UPDATE order_lines SET order_id = 'x'".to_owned()),
        ("download_of_no_product", "UPDATE download_files SET product_id = 'x'".to_owned()),
        ("download_of_no_order", "UPDATE download_grants SET order_id = 'x'".to_owned()),
        ("download_of_no_file", "DELETE FROM download_files".to_owned()),
        ("more_downloads_than_allowed", "UPDATE download_grants SET used = most + 1".to_owned()),
        ("parcel_of_no_order", "UPDATE parcels SET order_id = 'x'".to_owned()),
        ("order_does_not_add_up", "UPDATE orders SET total = total + 1".to_owned()),
        ("order_does_not_add_up", "UPDATE order_lines SET gross = gross - 1".to_owned()),
        ("order_does_not_add_up", "DELETE FROM order_lines".to_owned()),
        ("order_without_its_units", format!("UPDATE holds SET state = 'released' {order}")),
        ("damaged_row", "UPDATE orders SET body = '{}'".to_owned()),
        ("damaged_row", format!("UPDATE products SET attributes = 'x' WHERE id = '{one}'")),
        ("product_names_what_is_gone", "DELETE FROM categories".to_owned()),
        ("attribute_of_another_kind", "UPDATE attributes SET kind = 'date' WHERE kind = 'text'".to_owned()),
        (
            "recommendation_of_no_product",
            format!("UPDATE products SET recommendations = '[[\"{other}\",1]]' WHERE id = '{one}'"),
        ),
        (
            "child_of_no_parent",
            format!("UPDATE products SET structure = 'child', parent_id = '{one}' WHERE id = '{one}'"),
        ),
        ("task_that_fails", "UPDATE outbox SET failure = 'no answer', attempts = 3".to_owned()),
        ("offer_of_no_range", "DELETE FROM ranges".to_owned()),
        ("offer_of_no_range", "UPDATE offers SET benefit_range = 'x'".to_owned()),
        ("uses_of_no_offer", "UPDATE offer_uses SET offer_id = 'x'".to_owned()),
        ("voucher_of_no_set", "DELETE FROM voucher_sets".to_owned()),
        ("voucher_opens_no_offer", "DELETE FROM offers".to_owned()),
        ("offer_of_no_voucher", "DELETE FROM vouchers".to_owned()),
        ("uses_of_no_voucher", "UPDATE voucher_uses SET voucher_id = 'x'".to_owned()),
        ("damaged_rule", "UPDATE offers SET rule = '{}'".to_owned()),
        ("damaged_rule", "DELETE FROM range_entries".to_owned()),
        ("damaged_rule", "UPDATE vouchers SET usage = 'x'".to_owned()),
        ("restore_unfinished", "INSERT INTO store_facts VALUES ('restore_unfinished', '1')".to_owned()),
    ];
    let mut good = Vec::new();
    db::backup::dump(&test.db, &mut good, NOW).await.unwrap();
    let tables = db::schema::TABLES.iter().filter(|table| table.is_backed_up);
    let sweep = tables.map(|table| format!("DELETE FROM {};", table.name)).collect::<String>();
    let of_lists = crate::price_lists::FAULTS.map(|(check, damage)| (check, damage.to_owned()));
    for (check, damage) in faults.into_iter().chain(of_lists) {
        test.raw(&damage).await;
        let found = test.db.check_data().await.unwrap();
        assert!(found.iter().any(|finding| finding.check == check && finding.count > 0), "{check}: {found:?}");
        test.raw(&sweep).await;
        db::backup::load(&test.db, &mut std::io::Cursor::new(&good)).await.unwrap();
    }
    assert_eq!(test.db.check_data().await.unwrap(), []);
}

async fn a_finding_shows_a_few_keys(test: TestDb) {
    fill(&test).await;
    test.raw("UPDATE prices SET amount = -1; UPDATE orders SET total = 0").await;
    let found = test.db.check_data().await.unwrap();
    let [prices, tenders, order] = &found[..] else { panic!("{found:?}") };
    assert_eq!((prices.check, prices.table, prices.count), ("negative_price", "prices", 903));
    assert_eq!(prices.examples.len(), EXAMPLES_MAX);
    assert_eq!((tenders.check, tenders.count), ("tenders_are_not_the_total", 1));
    assert_eq!((order.check, order.examples[0].as_str()), ("order_does_not_add_up", number(1).as_str()));
}
