//! Freshness: what may be cached, and what is kept when the store is gone.

use crate::faults::mortal_folder;
use crate::shop::*;
use catalog::*;
use std::sync::atomic::Ordering;

const OPTIONS: ReaderOptions = ReaderOptions { look_ms: 2_000, look_wait_ms_max: 5_000 };

#[tokio::test]
async fn one_look_serves_all_who_ask_at_once_and_lasts_its_time() {
    let shop = Shop::new();
    shop.publish(vec![mug(1)]).await;
    let (store, mortal) = mortal_folder(&shop.folder.path().join("snapshot"), u64::MAX, false);
    let reader = SnapshotReader::open(store, keys(), OPTIONS, moment(0)).await.unwrap();
    let asked = || mortal.asked.load(Ordering::SeqCst);
    let opening = asked();
    assert!(reader.look(moment(2)).await.fresh);
    assert_eq!(asked(), opening, "two seconds are not over");
    let looks = futures_util::future::join_all((0..50).map(|_| reader.look(moment(3)))).await;
    assert!(looks.iter().all(|look| look.fresh && look.view.checked_at == moment(3)));
    assert_eq!(asked(), opening + 2, "current and stock, once");
}

#[tokio::test]
async fn an_instance_that_was_held_back_renders_nothing_old_for_the_cache() {
    let shop = Shop::new();
    shop.publish(vec![mug(1)]).await;
    let (store, mortal) = mortal_folder(&shop.folder.path().join("snapshot"), u64::MAX, false);
    let held_back = SnapshotReader::open(store, keys(), OPTIONS, moment(100)).await.unwrap();
    let other = SnapshotReader::open(shop.store.clone(), keys(), OPTIONS, moment(100)).await.unwrap();
    // The flip at 101; its purge goes out at 103, when no look from before the flip counts any more.
    shop.change(vec![mug(2)], Vec::new()).await;
    assert_eq!(other.look(moment(103)).await.view.snapshot.version(), 2);
    mortal.kill();
    let look = held_back.look(moment(103)).await;
    assert!(!look.fresh && look.problem.is_some(), "it cannot know, so it caches nothing");
    assert_eq!(look.view.snapshot.version(), 1, "but it serves what it has");
    let again = held_back.look(moment(104)).await;
    assert!(!again.fresh && again.problem.is_none(), "it does not ask again at once");
    mortal.revive();
    let look = held_back.look(moment(106)).await;
    assert!(look.fresh);
    assert_eq!(look.view.snapshot.version(), 2);
}

#[tokio::test]
async fn a_damaged_new_snapshot_leaves_the_last_good_one() {
    let shop = Shop::new();
    shop.publish(vec![mug(1)]).await;
    let reader = shop.reader().await;
    let before = shop.files();
    shop.change(vec![mug(2)], Vec::new()).await;
    let new: Vec<_> = shop.files().into_iter().filter(|name| !before.contains(name)).collect();
    let folder = shop.folder.path().join("snapshot");
    let victim = new.iter().find(|name| name.starts_with("counts-")).unwrap();
    let whole = std::fs::read(folder.join(victim)).unwrap();
    std::fs::remove_file(folder.join(victim)).unwrap();
    let look = reader.look(moment(50)).await;
    assert!(!look.fresh && look.problem.unwrap().to_string().contains(victim.as_str()));
    assert_eq!(look.view.snapshot.product("mug-1").unwrap(), Some(mug(1)));
    std::fs::write(folder.join(victim), whole).unwrap();
    let look = reader.look(moment(60)).await;
    assert!(look.fresh && look.view.snapshot.version() == 2, "once it is mended it is taken");
}

#[tokio::test]
async fn nothing_published_is_said_so() {
    let shop = Shop::new();
    let opened = SnapshotReader::open(shop.store.clone(), keys(), OPTIONS, moment(0)).await;
    assert!(matches!(opened, Err(SnapshotError::Nothing)));
    let changes = Changes { upserts: vec![mug(1)], ..Changes::default() };
    let published = shop.publisher.publish_changes(changes, stamp(1)).await;
    assert!(matches!(published, Err(PublishError::NeedsFull(_))));
}

#[tokio::test]
async fn the_next_change_is_told() {
    let shop = Shop::new();
    let draft = shop.draft(front(), vec![mug(1)]).unwrap();
    let stamp = Stamp { next_change: Some(moment(77)), ..stamp(1) };
    shop.publisher.publish_full(draft, stamp).await.unwrap();
    assert_eq!(shop.snapshot().await.next_change(), Some(moment(77)));
}
