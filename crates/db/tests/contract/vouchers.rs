//! Vouchers: one of each code, whatever its letters.

use crate::rules::{fill_rules, offer_id, set, used, voucher};
use crate::support::{NOW, TestDb, on_both};
use commerce::voucher::{Voucher, VoucherCode, VoucherParts, VoucherUsage};
use db::DbError;
use db::vouchers::{StoredVoucher, VOUCHERS_PER_PAGE_MAX};

on_both![
    every_usage_comes_back,
    a_code_is_unique_whatever_its_letters,
    a_damaged_voucher_keeps_nobody_from_the_others,
    vouchers_come_in_pages,
    a_set_goes_when_its_vouchers_are_gone,
    vouchers_are_listed_by_what_they_belong_to,
];

async fn put(test: &TestDb, voucher: &StoredVoucher) -> Result<(), DbError> {
    let mut tx = test.db.begin().await?;
    tx.put_voucher(voucher).await?;
    tx.commit().await
}

fn code(raw: &str) -> VoucherCode {
    VoucherCode::parse(raw).unwrap()
}

async fn every_usage_comes_back(test: TestDb) {
    let usages = [VoucherUsage::Single, VoucherUsage::Multi, VoucherUsage::OncePerCustomer];
    let mut vouchers = Vec::new();
    for (number, usage) in (1..).zip(usages) {
        let offers = vec![offer_id(9), offer_id(1)];
        let parts = VoucherParts { code: code(&format!("tea{number}")), usage, offers, start: None, end: Some(NOW) };
        let set = (number == 2).then_some(set(1).id);
        let stored = StoredVoucher { voucher: Voucher::new(parts).unwrap(), set, ..voucher(number, "X", &[1]) };
        put(&test, &stored).await.unwrap();
        vouchers.push(stored);
    }
    let (listed, next) = test.db.list_vouchers("").await.unwrap();
    assert_eq!((&listed.entries, listed.damaged, next), (&vouchers, vec![], None));
    let found = test.db.find_vouchers(&[code("Tea2"), code("none")]).await.unwrap();
    assert_eq!(found.entries, [vouchers[1].clone()]);
    // Written over: other offers, the same row.
    let changed = voucher(2, "TEA2", &[4]);
    put(&test, &changed).await.unwrap();
    assert_eq!(test.db.find_vouchers(&[code("TEA2")]).await.unwrap().entries, [changed]);
}

async fn a_code_is_unique_whatever_its_letters(test: TestDb) {
    put(&test, &voucher(1, "Straße", &[1])).await.unwrap();
    let error = put(&test, &voucher(2, "STRASSE", &[1])).await.unwrap_err();
    assert!(matches!(error, DbError::Taken { .. }), "{error}");
    put(&test, &voucher(1, "straße", &[1])).await.unwrap();
    assert_eq!(test.db.list_vouchers("").await.unwrap().0.entries.len(), 1);
}

async fn a_damaged_voucher_keeps_nobody_from_the_others(test: TestDb) {
    let damages = [
        ("UPDATE vouchers SET code = 'a b' WHERE id = ", "1 to 128 characters"),
        ("UPDATE vouchers SET code = 'tea2' WHERE id = ", "upper case"),
        ("UPDATE vouchers SET usage = 'often' WHERE id = ", "usage"),
        ("DELETE FROM voucher_offers WHERE voucher_id = ", "at least one offer"),
        ("UPDATE voucher_offers SET offer_id = 'x' WHERE voucher_id = ", "not an id"),
        ("UPDATE vouchers SET ends_at = 1 WHERE id = ", "before it starts"),
        ("UPDATE vouchers SET set_id = 'x' WHERE id = ", "not an id"),
    ];
    put(&test, &voucher(99, "SOUND", &[1])).await.unwrap();
    for (number, (damage, _)) in (1..).zip(&damages) {
        let voucher = voucher(number, &format!("TEA{number}"), &[1]);
        put(&test, &voucher).await.unwrap();
        test.raw(&format!("{damage} '{}'", voucher.id)).await;
    }
    let (listed, _) = test.db.list_vouchers("").await.unwrap();
    assert_eq!(listed.entries, [voucher(99, "SOUND", &[1])]);
    for (number, (damage, want)) in (1..).zip(&damages) {
        let key = voucher(number, "X", &[1]).id.to_string();
        let found = listed.damaged.iter().find(|damaged| damaged.key == key).unwrap();
        assert!(found.table == "vouchers" && found.what.contains(want), "{damage}: {found:?}");
    }
}

async fn vouchers_come_in_pages(test: TestDb) {
    put(&test, &voucher(1, "A", &[1])).await.unwrap();
    let rows: Vec<String> =
        (1..=VOUCHERS_PER_PAGE_MAX).map(|number| format!("('v{number}', 'B{number:04}', '', 'multi', 0)")).collect();
    let columns = "id, code, name, usage, created_at";
    test.raw(&format!("INSERT INTO vouchers ({columns}) VALUES {}", rows.join(", "))).await;
    let (first, next) = test.db.list_vouchers("").await.unwrap();
    assert_eq!(first.entries.len() + first.damaged.len(), VOUCHERS_PER_PAGE_MAX);
    assert_eq!(next.as_deref(), Some("B0999"));
    let (second, end) = test.db.list_vouchers("B0999").await.unwrap();
    assert_eq!((second.damaged.len(), end), (1, None));
}

async fn a_set_goes_when_its_vouchers_are_gone(test: TestDb) {
    fill_rules(&test).await;
    assert_eq!(test.db.list_voucher_sets().await.unwrap().entries, [set(1)]);
    let tea = voucher(1, "TEA", &[1]).id;
    let uses = test.db.load_voucher_uses(&[tea]).await.unwrap();
    assert_eq!(uses.into_iter().collect::<Vec<_>>(), [(tea, vec![used(1, 100)])]);
    let mut tx = test.db.begin().await.unwrap();
    assert!(!tx.remove_voucher_set(set(1).id).await.unwrap());
    assert!(tx.remove_voucher(tea).await.unwrap());
    assert!(!tx.remove_voucher(tea).await.unwrap());
    assert!(tx.remove_voucher_set(set(1).id).await.unwrap());
    tx.commit().await.unwrap();
    assert_eq!(test.raw_rows("SELECT voucher_id FROM voucher_uses").await, Vec::<Vec<String>>::new());
}

async fn vouchers_are_listed_by_what_they_belong_to(test: TestDb) {
    fill_rules(&test).await;
    let in_set = |number: u64, code: &str, of: u64, offers: &[u64]| StoredVoucher {
        set: Some(set(of).id),
        ..voucher(number, code, offers)
    };
    let singly = voucher(2, "SINGLE", &[1]);
    let of_two = [in_set(3, "B", 2, &[2, 1]), in_set(4, "C", 2, &[2])];
    for voucher in of_two.iter().chain([&singly]) {
        put(&test, voucher).await.unwrap();
    }
    let of_set = async |after: &str| test.db.list_vouchers_of_set(set(2).id, after).await.unwrap();
    let (listed, next) = of_set("").await;
    assert_eq!((listed.entries, next), (of_two.to_vec(), None));
    assert_eq!(of_set("B").await.0.entries, of_two[1..]);
    let (listed, next) = test.db.list_vouchers_of_no_set("").await.unwrap();
    assert_eq!((listed.entries, next), (vec![singly], None));
    let counts = test.db.count_vouchers_by_set().await.unwrap();
    assert_eq!(counts.into_iter().collect::<Vec<_>>(), [(set(1).id, 1), (set(2).id, 2)]);
    for (offer, want) in [(1, vec!["B", "SINGLE", "TEA"]), (2, vec!["B", "C"]), (3, vec![])] {
        assert_eq!(test.db.list_codes_of_offer(offer_id(offer)).await.unwrap(), want, "{offer}");
    }
    let row = |number: usize| format!("('v{number}', 'D{number:04}', '', 'multi', '{}', 0)", set(3).id);
    let rows: Vec<String> = (1..=VOUCHERS_PER_PAGE_MAX).map(row).collect();
    let columns = "id, code, name, usage, set_id, created_at";
    test.raw(&format!("INSERT INTO vouchers ({columns}) VALUES {}", rows.join(", "))).await;
    let (page, next) = test.db.list_vouchers_of_set(set(3).id, "").await.unwrap();
    assert_eq!((page.damaged.len(), next.as_deref()), (VOUCHERS_PER_PAGE_MAX, Some("D1000")));
    assert_eq!(test.db.list_vouchers_of_set(set(3).id, "D1000").await.unwrap().1, None);
}
