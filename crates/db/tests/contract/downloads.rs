//! Files to download, and how often they may be.

use crate::sample::{frozen, stocked, uuid};
use crate::support::{NOW, TestDb, on_both};
use commerce::download::{DownloadFile, DownloadGrant, FileName};
use commerce::ids::{DownloadFileId, OrderId, ProductId};
use commerce::moment::Moment;
use db::downloads::{DownloadStart, OpenGrants};
use std::collections::BTreeSet;

on_both![
    files_come_back_by_product_until_they_are_removed,
    a_replaced_file_is_replaced_once,
    of_a_hundred_at_once_as_many_begin_as_are_left,
    the_same_press_is_counted_once_while_its_download_lasts,
    what_is_over_used_up_or_closed_is_not_counted,
    more_is_given_and_never_taken,
    a_line_without_files_can_be_closed,
    a_file_is_forgotten_with_all_that_may_be_fetched_of_it,
];

const LASTS_MS: i64 = 3_600_000;
const DAY_MS: i64 = 24 * 3_600_000;

fn file_id(number: u64) -> DownloadFileId {
    DownloadFileId::new(uuid(number))
}

fn file(number: u64, product: u64) -> DownloadFile {
    DownloadFile {
        id: file_id(number),
        product: ProductId::new(uuid(product)),
        title: format!("Part {number} ☕"),
        name: FileName::parse(&format!("part-{number}.pdf")).unwrap(),
        bytes: 10_000_000_000,
        sha256: "ab".repeat(32),
        storage_key: format!("key-{number}"),
        created_at: NOW.plus_ms(i64::try_from(number).unwrap()),
        removed_at: None,
    }
}

fn grant(order: OrderId, line: usize, file: u64, most: u32) -> DownloadGrant {
    let (file, until) = (file_id(file), NOW.plus_ms(30 * DAY_MS));
    DownloadGrant { order, line, file, used: 0, most, until, closed_at: None }
}

fn start(order: OrderId, press: &str, now: Moment) -> DownloadStart<'_> {
    DownloadStart { order, line: 0, file: file_id(1), press, now, lasts_ms: LASTS_MS }
}

async fn put_files(test: &TestDb, files: &[DownloadFile]) {
    let mut tx = test.db.begin().await.unwrap();
    for file in files {
        tx.insert_download_file(file).await.unwrap();
    }
    tx.commit().await.unwrap();
}

async fn put_grants(test: &TestDb, grants: &[DownloadGrant]) {
    let mut tx = test.db.begin().await.unwrap();
    tx.insert_download_grants(grants, NOW).await.unwrap();
    tx.commit().await.unwrap();
}

/// A file of the first product, and what the first line of an order may fetch of it.
pub(crate) async fn fill_downloads(test: &TestDb, order: OrderId) {
    put_files(test, &[file(1, 1)]).await;
    put_grants(test, &[grant(order, 0, 1, 5)]).await;
    assert!(test.db.count_download(start(order, "press", NOW)).await.unwrap());
}

/// An order, and a file of which its first line may fetch so many.
async fn ordered(test: &TestDb, most: u32) -> OrderId {
    stocked(test, 2, 5).await;
    let sold = frozen(1, 2, 1);
    let mut tx = test.db.begin().await.unwrap();
    assert!(tx.insert_order(&sold, "person", "link", NOW).await.unwrap());
    tx.commit().await.unwrap();
    let order = OrderId::new(sold.id.uuid());
    put_files(test, &[file(1, 1)]).await;
    put_grants(test, &[grant(order, 0, 1, most)]).await;
    order
}

async fn used(test: &TestDb, order: OrderId) -> u32 {
    test.db.list_download_grants(order).await.unwrap().grants[0].used
}

async fn files_come_back_by_product_until_they_are_removed(test: TestDb) {
    put_files(&test, &[file(2, 1), file(1, 1), file(3, 2), file(4, 3)]).await;
    let (one, two) = (ProductId::new(uuid(1)), ProductId::new(uuid(2)));
    let found = test.db.files_of_products(&[one, two]).await.unwrap();
    assert_eq!(found.len(), 2);
    assert_eq!(found[&one], [file(1, 1), file(2, 1)], "the oldest first");
    let mut tx = test.db.begin().await.unwrap();
    tx.remove_download_file(file_id(1), NOW).await.unwrap();
    assert_eq!(tx.files_of_product(one).await.unwrap(), [file(2, 1)]);
    tx.commit().await.unwrap();
    assert_eq!(test.db.files_of_products(&[one]).await.unwrap()[&one], [file(2, 1)]);
    let kept = test.db.find_download_files(&[file_id(1), file_id(9)]).await.unwrap();
    assert_eq!(kept.len(), 1);
    assert_eq!(kept[&file_id(1)], DownloadFile { removed_at: Some(NOW), ..file(1, 1) });
    let listed = test.db.list_download_files(None).await.unwrap();
    assert_eq!(listed.len(), 4);
    assert_eq!(test.db.list_download_files(Some(listed[2].id)).await.unwrap(), listed[3..]);
}

async fn a_replaced_file_is_replaced_once(test: TestDb) {
    put_files(&test, &[file(1, 1)]).await;
    let (before, mut newer) = (file(1, 1), file(1, 1));
    (newer.bytes, newer.storage_key) = (5, "other".to_owned());
    let mut tx = test.db.begin().await.unwrap();
    assert!(tx.replace_download_file(&before, &newer).await.unwrap());
    assert!(!tx.replace_download_file(&before, &newer).await.unwrap(), "it is another by now");
    assert_eq!(tx.find_download_file(before.id).await.unwrap(), Some(newer));
    tx.commit().await.unwrap();
}

async fn of_a_hundred_at_once_as_many_begin_as_are_left(test: TestDb) {
    let order = ordered(&test, 7).await;
    let other = test.open_again().await;
    let presses = (0..100).map(|number| {
        let db = if number % 2 == 0 { test.db.clone() } else { other.clone() };
        tokio::spawn(async move { db.count_download(start(order, &format!("press-{number}"), NOW)).await.unwrap() })
    });
    let mut begun = 0;
    for press in presses.collect::<Vec<_>>() {
        begun += usize::from(press.await.unwrap());
    }
    assert_eq!((begun, used(&test, order).await), (7, 7));
    other.close().await;
}

async fn the_same_press_is_counted_once_while_its_download_lasts(test: TestDb) {
    let order = ordered(&test, 5).await;
    let presses = (0..20).map(|_| {
        let db = test.db.clone();
        tokio::spawn(async move { db.count_download(start(order, "one", NOW)).await.unwrap() })
    });
    let mut begun = 0;
    for press in presses.collect::<Vec<_>>() {
        begun += usize::from(press.await.unwrap());
    }
    assert_eq!((begun, used(&test, order).await), (1, 1));
    let again = start(order, "one", NOW.plus_ms(LASTS_MS - 1));
    assert!(!test.db.count_download(again).await.unwrap());
    assert_eq!(test.db.find_pressed_download(again).await.unwrap(), Some(NOW));
    assert_eq!(test.db.find_pressed_download(start(order, "two", NOW)).await.unwrap(), None);
    assert!(test.db.count_download(start(order, "one", NOW.plus_ms(LASTS_MS))).await.unwrap(), "it is over");
    assert_eq!(used(&test, order).await, 2);
}

async fn what_is_over_used_up_or_closed_is_not_counted(test: TestDb) {
    let order = ordered(&test, 2).await;
    let until = NOW.plus_ms(30 * DAY_MS);
    assert!(!test.db.count_download(start(order, "late", until)).await.unwrap());
    assert!(test.db.count_download(start(order, "a", until.plus_ms(-1))).await.unwrap());
    let mut tx = test.db.begin().await.unwrap();
    assert_eq!(tx.close_download_grants(order, Some(0), &[], NOW).await.unwrap(), 1);
    assert_eq!(tx.close_download_grants(order, None, &[], NOW).await.unwrap(), 0, "once");
    tx.commit().await.unwrap();
    assert!(!test.db.count_download(start(order, "b", NOW)).await.unwrap());
    assert_eq!(test.db.find_pressed_download(start(order, "a", NOW)).await.unwrap(), None, "nor gone on with");
    assert_eq!(test.db.list_download_grants(order).await.unwrap().grants[0].closed_at, Some(NOW));
    let mut tx = test.db.begin().await.unwrap();
    assert_eq!(tx.reopen_download_grants(order, Some(1)).await.unwrap(), 0, "of another line");
    assert_eq!(tx.reopen_download_grants(order, Some(0)).await.unwrap(), 1);
    tx.commit().await.unwrap();
    for (press, want) in [("c", true), ("d", false)] {
        assert_eq!(test.db.count_download(start(order, press, NOW)).await.unwrap(), want, "{press}");
    }
}

async fn more_is_given_and_never_taken(test: TestDb) {
    let order = ordered(&test, 2).await;
    put_grants(&test, &[grant(order, 0, 1, 99)]).await;
    let read = async || test.db.list_download_grants(order).await.unwrap().grants.remove(0);
    assert_eq!(read().await, grant(order, 0, 1, 2), "what is there stays");
    let until = grant(order, 0, 1, 2).until;
    for (case, more, to, want) in [
        ("more", 3, until.plus_ms(-DAY_MS), (5, until)),
        ("longer", 0, until.plus_ms(DAY_MS), (5, until.plus_ms(DAY_MS))),
        ("no more than there can be", 100, until, (10, until.plus_ms(DAY_MS))),
    ] {
        let mut tx = test.db.begin().await.unwrap();
        assert_eq!(tx.extend_download_grants(order, Some(1), 1, to, 10).await.unwrap(), 0, "{case}: of another line");
        assert_eq!(tx.extend_download_grants(order, None, more, to, 10).await.unwrap(), 1, "{case}");
        tx.commit().await.unwrap();
        assert_eq!((read().await.most, read().await.until), want, "{case}");
    }
}

async fn a_line_without_files_can_be_closed(test: TestDb) {
    let order = ordered(&test, 2).await;
    let mut tx = test.db.begin().await.unwrap();
    tx.close_download_grants(order, Some(1), &[1], NOW).await.unwrap();
    tx.commit().await.unwrap();
    let found = test.db.list_download_grants(order).await.unwrap();
    assert_eq!((found.grants.len(), found.closed_lines.as_slice()), (1, &[1][..]));
    let faults = test.db.check_data().await.unwrap();
    assert!(!faults.iter().any(|fault| fault.check.starts_with("download")), "{faults:?}");
    let mut tx = test.db.begin().await.unwrap();
    assert_eq!(tx.reopen_download_grants(order, None).await.unwrap(), 1);
    tx.commit().await.unwrap();
    assert!(test.db.list_download_grants(order).await.unwrap().closed_lines.is_empty());
}

async fn a_file_is_forgotten_with_all_that_may_be_fetched_of_it(test: TestDb) {
    stocked(&test, 1, 5).await;
    put_files(&test, &[file(1, 1), file(2, 1)]).await;
    let orders: BTreeSet<OrderId> = (1..=1_200).map(|number| OrderId::new(uuid(number))).collect();
    let grants: Vec<DownloadGrant> = orders.iter().map(|order| grant(*order, 0, 1, 1)).collect();
    put_grants(&test, &grants).await;
    put_grants(&test, &[grant(OrderId::new(uuid(1)), 0, 2, 1)]).await;
    let (until, late) = (grants[0].until, grants[0].until.plus_ms(1));
    let open = |lines, until| OpenGrants { lines, until };
    assert_eq!(test.db.open_grants_of_file(file_id(1), NOW).await.unwrap(), open(1_200, Some(until)));
    assert_eq!(test.db.open_grants_of_file(file_id(1), late).await.unwrap(), open(0, None));
    assert!(test.db.count_download(start(OrderId::new(uuid(1)), "x", NOW)).await.unwrap());
    assert_eq!(test.db.open_grants_of_file(file_id(1), NOW).await.unwrap().lines, 1_199, "one is used up");
    let mut tx = test.db.begin().await.unwrap();
    tx.delete_download_file(file_id(1)).await.unwrap();
    assert!(tx.find_download_file(file_id(1)).await.unwrap().is_some(), "it is on sale");
    tx.remove_download_file(file_id(1), NOW).await.unwrap();
    tx.delete_download_file(file_id(1)).await.unwrap();
    tx.commit().await.unwrap();
    let mut rounds = 0;
    while !test.db.clear_grants_of_file(file_id(1)).await.unwrap() {
        rounds += 1;
    }
    assert_eq!(rounds, 3);
    assert_eq!(test.raw_rows("SELECT file_id FROM download_grants").await, [[file_id(2).to_string()]]);
}
