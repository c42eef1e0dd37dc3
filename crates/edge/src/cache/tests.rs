//! The cache against a plain list of what was put and purged.

use super::*;
use crate::{Behaviour, Class, PathPattern, UnixMs};
use bytes::Bytes;
use http::{HeaderMap, Method, Response};
use proptest::prelude::*;

fn behaviour() -> Behaviour {
    Behaviour::of_class(PathPattern::parse("*").unwrap(), Class::Cached, &[])
}

fn key(path: &str) -> CacheKey {
    behaviour().key(path, None, &HeaderMap::new())
}

fn entry(tags: &str, bytes: usize) -> Entry {
    let answer = Response::builder().header("cache-control", "s-maxage=300").header("cache-tag", tags);
    let answer = answer.body(Bytes::from(vec![b'x'; bytes])).unwrap();
    Entry::new(&behaviour(), &Method::GET, &answer, UnixMs(0)).unwrap()
}

fn paths(cache: &Cache) -> Vec<String> {
    let mut paths: Vec<String> = cache.iter().map(|(key, _)| key.address().to_owned()).collect();
    paths.sort();
    paths
}

#[test]
fn a_purge_drops_what_carries_the_tag() {
    let mut cache = Cache::new(1 << 20);
    for (path, tags) in [("/a", "store,p1"), ("/b", "store,P2"), ("/c", "store,p1,p2"), ("/d", "")] {
        let fetch = cache.begin();
        assert!(cache.put(key(path), entry(tags, 10), fetch));
    }
    assert_eq!(cache.purge(["P1", "unknown"]), 2);
    assert_eq!(paths(&cache), ["/b", "/d"]);
    assert_eq!(cache.purge(["p2"]), 1);
    assert_eq!(cache.purge(["store"]), 0);
    assert_eq!(paths(&cache), ["/d"]);
}

#[test]
fn an_answer_that_was_on_its_way_is_not_kept() {
    let mut cache = Cache::new(1 << 20);
    let before = cache.begin();
    cache.purge(["p1"]);
    assert!(!cache.put(key("/a"), entry("store,p1", 10), before));
    assert!(cache.put(key("/b"), entry("store,p2", 10), before), "the purge was of something else");
    let after = cache.begin();
    assert!(cache.put(key("/a"), entry("store,p1", 10), after));
}

#[test]
fn so_many_purges_that_they_are_forgotten_refuse_all_that_was_on_its_way() {
    let mut cache = Cache::new(1 << 20);
    let before = cache.begin();
    let tags: Vec<String> = (0..=PURGES_KEPT_MAX).map(|number| format!("p{number}")).collect();
    cache.purge(tags.iter().map(String::as_str));
    assert!(cache.purged.is_empty());
    assert!(!cache.put(key("/a"), entry("other", 10), before));
    let after = cache.begin();
    assert!(cache.put(key("/a"), entry("p1", 10), after));
}

#[test]
fn what_was_asked_for_longest_ago_goes_first() {
    let mut cache = Cache::new(3 * 1_500);
    for path in ["/a", "/b", "/c"] {
        cache.put(key(path), entry("store", 1_000), cache.begin());
    }
    assert!(cache.find(&key("/a")).is_some());
    cache.put(key("/d"), entry("store", 1_000), cache.begin());
    assert_eq!(paths(&cache), ["/a", "/c", "/d"]);
    assert!(!cache.put(key("/e"), entry("store", 10_000), cache.begin()), "larger than all the room");
    assert_eq!(paths(&cache), ["/a", "/c", "/d"]);
}

#[derive(Clone, Debug)]
enum Step {
    Begin,
    Put { path: u8, tags: [u8; 2], begun: usize },
    Purge(u8),
    Find(u8),
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        Just(Step::Begin),
        (0_u8..6, [0_u8..4, 0_u8..4], 0_usize..4).prop_map(|(path, tags, begun)| Step::Put { path, tags, begun }),
        (0_u8..4).prop_map(Step::Purge),
        (0_u8..6).prop_map(Step::Find),
    ]
}

proptest! {
    #[test]
    fn the_cache_is_a_list_with_purges(steps in prop::collection::vec(step(), 0..60), room in 1_usize..12) {
        let mut cache = Cache::new(room * 400);
        // Fetches with the number of the step at which they began; purges likewise.
        let mut begun = vec![(0_usize, cache.begin())];
        let mut purges: Vec<(usize, u8)> = Vec::new();
        let mut put: HashMap<u8, [u8; 2]> = HashMap::new();
        for (number, step) in (1..).zip(steps) {
            match step {
                Step::Begin => begun.push((number, cache.begin())),
                Step::Put { path, tags, begun: which } => {
                    let (since, fetch) = begun[which % begun.len()];
                    let overtaken = purges.iter().any(|(at, tag)| since < *at && tags.contains(tag));
                    let taken = cache.put(key(&format!("/{path}")), entry(&format!("T{},T{}", tags[0], tags[1]), 10), fetch);
                    prop_assert!(!(taken && overtaken), "an older answer came in after a purge");
                    if taken {
                        put.insert(path, tags);
                    } else if !overtaken {
                        // Too large for the room; what was there is gone.
                        put.remove(&path);
                    }
                }
                Step::Purge(tag) => {
                    purges.push((number, tag));
                    cache.purge([format!("t{tag}").as_str()]);
                    put.retain(|_, tags| !tags.contains(&tag));
                }
                Step::Find(path) => {
                    let found = cache.find(&key(&format!("/{path}")));
                    prop_assert!(found.is_none() || put.contains_key(&path));
                }
            }
            prop_assert!(cache.bytes() <= room * 400);
            let bytes: usize = cache.iter().map(|(key, entry)| weight(key, entry)).sum();
            prop_assert_eq!(cache.bytes(), bytes);
            prop_assert!(cache.iter().all(|(key, _)| put.contains_key(&key.address()[1..].parse().unwrap())));
            prop_assert_eq!((cache.by_use.len(), cache.kept.len()), (cache.kept.len(), cache.kept.len()));
            let tagged: usize = cache.by_tag.values().map(HashSet::len).sum();
            prop_assert!(tagged <= 2 * cache.kept.len() && cache.by_tag.values().all(|keys| !keys.is_empty()));
        }
    }
}
