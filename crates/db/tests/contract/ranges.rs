//! Ranges: long lists in their order, seen whole or not at all.

use crate::rules::{fill_rules, put_range, range};
use crate::support::{TestDb, on_both};
use commerce::ids::RangeId;
use commerce::range::RangeLists;
use db::{Damaged, DbError};

on_both![
    a_range_comes_back_as_it_was,
    a_long_list_is_written_in_parts_and_seen_whole,
    a_damaged_range_keeps_nobody_from_the_others,
    a_range_that_an_offer_speaks_of_stays,
    a_second_writer_is_told_what_was_swept,
];

async fn a_range_comes_back_as_it_was(test: TestDb) {
    let (hats, mut all) = (range(1, 5), range(2, 0));
    all.lists = RangeLists { all: true, ..RangeLists::default() };
    for (edition, range) in [(8, &all), (9, &hats)] {
        put_range(&test, range, edition).await;
    }
    assert_eq!(test.db.find_range(hats.id).await.unwrap(), Some(hats.clone()));
    assert_eq!(test.db.find_range(RangeId::new(crate::sample::uuid(9))).await.unwrap(), None);
    let listed = test.db.list_ranges().await.unwrap();
    assert_eq!((listed.entries, listed.damaged), (vec![hats, all], vec![]));
}

async fn a_long_list_is_written_in_parts_and_seen_whole(test: TestDb) {
    let (short, long) = (range(1, 3), range(1, 2_500));
    put_range(&test, &short, 5).await;
    test.db.write_range_entries(long.id, &long.lists, 6).await.unwrap();
    assert_eq!(test.db.find_range(short.id).await.unwrap(), Some(short.clone()), "not before the row turns to it");
    assert_eq!(test.db.list_ranges().await.unwrap().entries, [short]);
    put_range(&test, &long, 7).await;
    assert_eq!(test.db.find_range(long.id).await.unwrap(), Some(long.clone()));
    assert_eq!(test.db.list_ranges().await.unwrap().entries, [long]);
    let editions = "SELECT DISTINCT edition FROM range_entries";
    assert_eq!(test.raw_rows(editions).await, [["7"]], "what was left behind is swept");
}

async fn a_damaged_range_keeps_nobody_from_the_others(test: TestDb) {
    for number in 1..=4 {
        put_range(&test, &range(number, 2), 1).await;
    }
    let [one, two, three, four] = [1, 2, 3, 4].map(|number| crate::sample::uuid(number).to_string());
    test.raw(&format!("UPDATE range_entries SET entry_id = 'x' WHERE range_id = '{one}' AND position = 1")).await;
    test.raw(&format!("DELETE FROM range_entries WHERE range_id = '{two}' AND position = 1")).await;
    test.raw(&format!("UPDATE range_entries SET list = 'hats' WHERE range_id = '{three}' AND position = 2")).await;
    let listed = test.db.list_ranges().await.unwrap();
    assert_eq!(listed.entries, [range(4, 2)]);
    let told: Vec<(&str, &str, &str)> =
        listed.damaged.iter().map(|Damaged { table, key, what }| (*table, key.as_str(), what.as_str())).collect();
    assert_eq!(
        told,
        [
            ("range_entries", one.as_str(), "\"x\" is not an id"),
            ("ranges", two.as_str(), "it has 6 entries instead of 7"),
            ("range_entries", three.as_str(), "there is no list hats"),
        ]
    );
    let error = test.db.find_range(range(1, 2).id).await.unwrap_err();
    assert!(matches!(error, DbError::Damaged { table: "range_entries", .. }), "{error}");
    test.raw(&format!("DELETE FROM range_entries WHERE range_id = '{four}'")).await;
    test.raw(&format!("UPDATE ranges SET entries = 0 WHERE id = '{four}'")).await;
    let damaged = test.db.list_ranges().await.unwrap().damaged;
    assert!(damaged[3].what.contains("holds all products or names"), "{damaged:?}");
}

async fn a_range_that_an_offer_speaks_of_stays(test: TestDb) {
    fill_rules(&test).await;
    put_range(&test, &range(2, 1), 1).await;
    let mut tx = test.db.begin().await.unwrap();
    assert!(tx.has_range(range(2, 0).id).await.unwrap() && !tx.has_range(range(3, 0).id).await.unwrap());
    assert!(!tx.remove_range(range(1, 0).id).await.unwrap());
    assert!(tx.remove_range(range(2, 0).id).await.unwrap());
    assert!(!tx.remove_range(range(2, 0).id).await.unwrap(), "it is gone");
    tx.commit().await.unwrap();
    test.db.sweep_range_entries(range(2, 0).id).await.unwrap();
    assert_eq!(test.raw_rows("SELECT DISTINCT edition FROM range_entries").await, [["1"]], "those of the other");
    assert_eq!(test.db.list_ranges().await.unwrap().entries.len(), 1);
}

async fn a_second_writer_is_told_what_was_swept(test: TestDb) {
    let (mine, theirs) = (range(1, 2), range(1, 3));
    test.db.write_range_entries(mine.id, &mine.lists, 11).await.unwrap();
    put_range(&test, &theirs, 12).await;
    let mut tx = test.db.begin().await.unwrap();
    let error = tx.put_range(&mine, 11).await.unwrap_err();
    assert!(error.to_string().contains("meanwhile"), "{error}");
    tx.rollback().await;
    assert_eq!(test.db.find_range(mine.id).await.unwrap(), Some(theirs));
}
