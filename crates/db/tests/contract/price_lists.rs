//! Price lists: everything comes back, pages and freezes read the same, and changes are found by time.

use crate::sample::{gbp, plain_product, record_id, setup, uuid};
use crate::support::{NOW, TestDb, on_both};
use commerce::basket::Quantity;
use commerce::catalogue::PriceRow;
use commerce::catalogue::stock_record::PRIOR_PRICE_MS;
use commerce::ids::{CustomerGroupId, PriceId, PriceListId, ProductId};
use commerce::market::MarketCode;
use commerce::price_list::{ListEntry, PRICE_LISTS_MAX, PriceEffect, PriceList, PriceListParts};
use db::DbError;
use db::price_lists::ListedSku;

on_both![
    every_field_of_a_list_comes_back,
    a_name_is_taken_once_and_there_is_a_bound,
    prices_come_back_with_their_lists_for_pages_and_for_freezes,
    a_damaged_list_lowers_nothing,
    lists_begin_and_end_at_their_moments,
    prices_are_paged_by_sku_and_quantity,
    a_list_goes_when_its_prices_are_gone,
];

/// What `doctor` finds, and the damage.
pub(crate) const FAULTS: [(&str, &str); 6] = [
    ("listed_price_of_no_list", "DELETE FROM price_lists"),
    ("listed_price_of_no_stock_record", "UPDATE price_list_entries SET stock_record_id = 'x'"),
    ("listed_price_of_no_quantity", "UPDATE price_list_entries SET minimum = 0"),
    (
        "two_listed_prices_of_one_quantity",
        "INSERT INTO price_list_entries SELECT 'x', list_id, stock_record_id, minimum, amount, NULL, NULL \
         FROM price_list_entries",
    ),
    ("negative_price", "UPDATE price_list_entries SET amount = -1"),
    ("damaged_rule", "UPDATE price_lists SET effect = 'x'"),
];

fn list(number: u64, change: impl FnOnce(&mut PriceListParts)) -> PriceList {
    let mut parts = PriceListParts {
        id: PriceListId::new(uuid(number)),
        name: format!("List {number}"),
        currency: gbp(0).currency(),
        market: None,
        group: None,
        from: None,
        until: None,
        effect: PriceEffect::Lowers,
        created_at: NOW.plus_ms(i64::try_from(number).unwrap()),
    };
    change(&mut parts);
    PriceList::new(parts).unwrap()
}

fn entry(list: &PriceList, record: u64, minimum: u32, minor: i64) -> ListEntry {
    let number = record * 1_000_000 + u64::from(minimum) * 1_000 + u64::from(list.id().as_low());
    let row = PriceRow { id: PriceId::new(uuid(number)), amount: gbp(minor), from: None, until: None };
    ListEntry { list: list.id(), record: record_id(record), minimum: Quantity::new(minimum).unwrap(), row }
}

/// The number that an id was made of.
trait Low {
    fn as_low(&self) -> u16;
}

impl Low for PriceListId {
    fn as_low(&self) -> u16 {
        u16::try_from(self.uuid().as_u128() & 0xffff).unwrap()
    }
}

async fn put(test: &TestDb, lists: &[PriceList], entries: &[ListEntry]) {
    let mut tx = test.db.begin().await.unwrap();
    for list in lists {
        assert!(tx.put_price_list(list).await.unwrap());
    }
    tx.put_list_entries(entries).await.unwrap();
    tx.commit().await.unwrap();
}

async fn products(test: &TestDb, numbers: &[u64]) {
    let mut tx = test.db.begin().await.unwrap();
    tx.put_catalogue_setup(&setup()).await.unwrap();
    let entries: Vec<_> = numbers.iter().map(|number| (plain_product(*number, Some(5)), 0)).collect();
    tx.put_products(&entries).await.unwrap();
    tx.commit().await.unwrap();
}

/// A list with a price of the first product, for tests that fill every table.
pub(crate) async fn fill_lists(test: &TestDb) {
    let trade = list(1, |list| list.group = Some(CustomerGroupId::new(uuid(3))));
    put(test, std::slice::from_ref(&trade), &[entry(&trade, 1, 6, 900)]).await;
}

async fn every_field_of_a_list_comes_back(test: TestDb) {
    let lists = [
        list(1, |_| {}),
        list(2, |list| list.market = Some(MarketCode::parse("de").unwrap())),
        list(3, |list| list.group = Some(CustomerGroupId::new(uuid(7)))),
        list(4, |list| (list.from, list.until) = (Some(NOW), Some(NOW.plus_ms(1)))),
        list(5, |list| {
            (list.effect, list.market) = (PriceEffect::Replaces, Some(MarketCode::parse("uk").unwrap()));
        }),
    ];
    put(&test, &lists, &[]).await;
    assert_eq!(test.db.list_price_lists().await.unwrap().entries, lists);
    // Written over: when it was made stays.
    let renamed = list(1, |list| (list.name, list.created_at, list.until) = ("Sale".into(), NOW, Some(NOW)));
    put(&test, &[renamed], &[]).await;
    let want = list(1, |list| (list.name, list.until) = ("Sale".into(), Some(NOW)));
    assert_eq!(test.db.list_price_lists().await.unwrap().entries[0], want);
    let mut tx = test.db.begin().await.unwrap();
    assert_eq!(tx.find_price_list(want.id()).await.unwrap(), Some(want));
    assert_eq!(tx.find_price_list(PriceListId::new(uuid(9))).await.unwrap(), None);
    tx.rollback().await;
}

async fn a_name_is_taken_once_and_there_is_a_bound(test: TestDb) {
    let lists: Vec<PriceList> = (1..).take(PRICE_LISTS_MAX).map(|number| list(number, |_| {})).collect();
    put(&test, &lists, &[]).await;
    let mut tx = test.db.begin().await.unwrap();
    assert!(!tx.put_price_list(&list(9_999, |_| {})).await.unwrap(), "one too many");
    assert!(tx.put_price_list(&lists[5]).await.unwrap(), "one that is there");
    let taken = tx.put_price_list(&list(1, |list| list.name = "List 2".into())).await;
    assert!(matches!(taken, Err(DbError::Taken { .. })), "{taken:?}");
    tx.rollback().await;
}

async fn prices_come_back_with_their_lists_for_pages_and_for_freezes(test: TestDb) {
    products(&test, &[1, 2]).await;
    let (all, trade) = (list(1, |_| {}), list(2, |list| list.group = Some(CustomerGroupId::new(uuid(7)))));
    let over = ListEntry { row: PriceRow { until: Some(NOW), ..entry(&all, 1, 1, 1).row }, ..entry(&all, 1, 1, 1) };
    let entries = [over, entry(&all, 1, 6, 900), entry(&trade, 1, 1, 800), entry(&all, 2, 1, 700)];
    put(&test, &[all.clone(), trade.clone()], &entries).await;
    let records = [record_id(1), record_id(2), record_id(3)];
    let before = test.db.statements();
    let mut of_pages = test.db.listed_prices(&records).await.unwrap();
    assert_eq!(test.db.statements() - before, 1);
    let mut tx = test.db.begin().await.unwrap();
    let before = test.db.statements();
    let on_sale = tx.on_sale(&records).await.unwrap();
    assert_eq!(test.db.statements() - before, 1, "no statement more than without lists");
    tx.rollback().await;
    assert_eq!(on_sale[&record_id(1)].prices.len(), 3, "the product's own prices are beside them");
    for (record, want) in [(1, &entries[..3]), (2, &entries[3..]), (3, &[])] {
        let mut found = of_pages.remove(&record_id(record)).unwrap_or_default();
        let mut frozen = on_sale[&record_id(record)].listed.clone();
        found.sort_by_key(|price| price.entry.row.id);
        frozen.sort_by_key(|price| price.entry.row.id);
        assert_eq!(found, frozen, "pages and freezes read the same of {record}");
        let mut want = want.to_vec();
        want.sort_by_key(|entry| entry.row.id);
        assert_eq!(found.iter().map(|price| price.entry).collect::<Vec<_>>(), want);
        assert!(
            found
                .iter()
                .all(|price| *price.list == if price.list.id() == all.id() { all.clone() } else { trade.clone() })
        );
    }
}

async fn a_damaged_list_lowers_nothing(test: TestDb) {
    products(&test, &[1]).await;
    let all = list(1, |_| {});
    put(&test, std::slice::from_ref(&all), &[entry(&all, 1, 6, 900)]).await;
    for damage in ["effect = 'x'", "name = ''", "market = 'X'", "customer_group = 'x'", "starts_at = 5, ends_at = 5"] {
        test.raw(&format!("UPDATE price_lists SET {damage}")).await;
        assert!(test.db.listed_prices(&[record_id(1)]).await.unwrap().is_empty(), "{damage}");
        let mut tx = test.db.begin().await.unwrap();
        assert!(tx.on_sale(&[record_id(1)]).await.unwrap()[&record_id(1)].listed.is_empty(), "{damage}");
        tx.rollback().await;
        let told = test.db.list_price_lists().await.unwrap();
        assert_eq!((told.entries.len(), told.damaged.len()), (0, 1), "{damage}");
        let found = test.db.check_data().await.unwrap();
        assert!(
            found.iter().any(|finding| (finding.check, finding.table) == ("damaged_rule", "price_lists")),
            "{damage}"
        );
        test.raw("DELETE FROM price_lists; DELETE FROM price_list_entries").await;
        put(&test, std::slice::from_ref(&all), &[entry(&all, 1, 6, 900)]).await;
    }
    assert_eq!(test.db.listed_prices(&[record_id(1)]).await.unwrap().len(), 1);
}

async fn lists_begin_and_end_at_their_moments(test: TestDb) {
    products(&test, &[1, 2]).await;
    // Their own prices begin and end, too: these come after all of that.
    let at = |ms| NOW.plus_ms(2 * PRIOR_PRICE_MS + ms);
    let sale = list(1, |list| (list.from, list.until) = (Some(at(10)), Some(at(20))));
    let trade = list(2, |list| {
        (list.group, list.from) = (Some(CustomerGroupId::new(uuid(7))), Some(at(10)));
    });
    let ends = entry(&sale, 2, 1, 800);
    let ends = ListEntry { row: PriceRow { until: Some(at(15)), ..ends.row }, ..ends };
    put(&test, &[sale.clone(), trade.clone()], &[entry(&sale, 1, 1, 900), ends, entry(&trade, 1, 2, 1)]).await;
    let told = PRIOR_PRICE_MS;
    for (now, want) in [(0, Some(10)), (10, Some(15)), (15, Some(20)), (20, Some(told + 10)), (told + 20, None)] {
        assert_eq!(test.db.next_price_change(at(now)).await.unwrap(), want.map(at), "after {now}");
    }
    let (one, two) = (ProductId::new(uuid(1)), ProductId::new(uuid(2)));
    for (from, to, want) in [
        (0, 9, vec![]),
        (9, 10, vec![one, two]),
        (14, 15, vec![two]),
        (19, 20, vec![one, two]),
        (20, told + 9, vec![]),
        (told + 9, told + 10, vec![one, two]),
    ] {
        assert_eq!(test.db.list_price_changes(at(from), at(to)).await.unwrap(), want, "{from} to {to}");
    }
    test.raw("DELETE FROM price_lists WHERE customer_group IS NULL; DELETE FROM prices").await;
    assert_eq!(test.db.list_price_changes(at(9), at(10)).await.unwrap(), [], "no page shows what a group pays");
}

async fn prices_are_paged_by_sku_and_quantity(test: TestDb) {
    products(&test, &[1, 2]).await;
    let all = list(1, |_| {});
    let mut entries: Vec<ListEntry> = (1..=400).map(|units| entry(&all, 1, units, 2_000 - i64::from(units))).collect();
    entries.extend((1..=300).map(|units| entry(&all, 2, units, 2_000 - i64::from(units))));
    let over = entry(&all, 1, 500, 5);
    entries.push(ListEntry { row: PriceRow { until: Some(NOW), ..over.row }, ..over });
    put(&test, std::slice::from_ref(&all), &entries).await;
    let mut found: Vec<ListedSku> = Vec::new();
    loop {
        let page = test.db.list_prices_after(all.id(), found.last()).await.unwrap();
        if page.is_empty() {
            break;
        }
        found.extend(page);
    }
    let found: Vec<_> = found.into_iter().map(|price| (price.sku, price.minimum, price.amount_minor)).collect();
    let want = [1, 2].into_iter().flat_map(|record: u64| {
        (1..=if record == 1 { 400 } else { 300 }).map(move |units| (format!("SKU-{record}"), units, 2_000 - units))
    });
    assert_eq!(found, want.collect::<Vec<_>>());
    assert_eq!(test.db.count_listed_prices().await.unwrap()[&all.id()], 700);
    let records = test.db.find_records_by_skus(&["SKU-2".into(), "SKU-9".into()]).await.unwrap();
    assert_eq!(records.len(), 1);
    assert_eq!(records["SKU-2"][0].record, record_id(2));
}

async fn a_list_goes_when_its_prices_are_gone(test: TestDb) {
    products(&test, &[1]).await;
    let all = list(1, |_| {});
    let entries: Vec<ListEntry> = (1..=600).map(|units| entry(&all, 1, units, 5)).collect();
    put(&test, std::slice::from_ref(&all), &entries).await;
    let mut tx = test.db.begin().await.unwrap();
    assert_eq!(tx.products_of_price_list(all.id()).await.unwrap(), Some(vec![ProductId::new(uuid(1))]));
    assert!(!tx.remove_price_list(all.id()).await.unwrap());
    tx.remove_list_entries(&[entries[0].row.id]).await.unwrap();
    assert!(!tx.clear_price_list(all.id()).await.unwrap(), "more than one step takes");
    assert!(tx.clear_price_list(all.id()).await.unwrap());
    assert!(tx.remove_price_list(all.id()).await.unwrap());
    assert!(!tx.remove_price_list(all.id()).await.unwrap(), "it is gone");
    tx.commit().await.unwrap();
    assert!(test.db.listed_prices(&[record_id(1)]).await.unwrap().is_empty());
}
