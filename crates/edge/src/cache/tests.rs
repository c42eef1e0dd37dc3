//! The cache against a plain list of what was put and purged.

use super::*;
use crate::{Behaviour, Edge, Profile, UnixMs};
use bytes::Bytes;
use http::{HeaderValue, Method, Response};
use proptest::prelude::*;

fn behaviour() -> Behaviour {
    Edge::for_store([], &["q"]).unwrap().behaviour("/").clone()
}

fn key(path: &str) -> CacheKey {
    let (path, query) = path.split_once('?').map_or((path, None), |(path, query)| (path, Some(query)));
    behaviour().key(path, query, &HeaderMap::new())
}

fn entry(tags: &str, bytes: usize) -> Arc<Entry> {
    let answer = Response::builder().header("cache-control", "s-maxage=300").header("cache-tag", tags);
    let answer = answer.body(Bytes::from(vec![b'x'; bytes])).unwrap();
    Arc::new(Entry::new(&behaviour(), &Method::GET, &HeaderMap::new(), &answer, UnixMs(0)).unwrap())
}

fn find(cache: &mut Cache, path: &str) -> Option<Arc<Entry>> {
    cache.find(key(path), &HeaderMap::new())
}

fn paths(cache: &Cache) -> Vec<String> {
    let mut paths: Vec<String> = cache.iter().map(|(key, _)| key.address().to_owned()).collect();
    paths.sort();
    paths
}

fn purge(cache: &mut Cache, items: &[&str]) -> usize {
    cache.purge(&Purge::parse(items.iter().copied()).unwrap())
}

#[test]
fn a_purge_drops_what_carries_the_tag() {
    let mut cache = Cache::new(1 << 20);
    for (path, tags) in [("/a", "store,p1"), ("/b", "store,P2"), ("/c", "store,p1,p2"), ("/d", "")] {
        let fetch = cache.begin();
        assert!(cache.put(&key(path), entry(tags, 10), fetch));
    }
    assert_eq!(purge(&mut cache, &["#P1", "#unknown"]), 2);
    assert_eq!(paths(&cache), ["/b", "/d"]);
    assert_eq!(purge(&mut cache, &["#p2"]), 1);
    assert_eq!(purge(&mut cache, &["#store"]), 0);
    assert_eq!(paths(&cache), ["/d"]);
}

#[test]
fn a_purge_drops_what_lies_at_an_address() {
    let mut cache = Cache::new(1 << 20);
    for path in ["/", "/de/tea", "/de/?q=1", "/den", "/tea", "/tea?q=1"] {
        cache.put(&key(path), entry("", 10), cache.begin());
    }
    assert_eq!(purge(&mut cache, &["/tea", "/unknown"]), 1);
    assert_eq!(paths(&cache), ["/", "/de/?q=1", "/de/tea", "/den", "/tea?q=1"], "an address has its query string");
    assert_eq!(purge(&mut cache, &["/de/*"]), 2);
    assert_eq!(paths(&cache), ["/", "/den", "/tea?q=1"]);
    assert_eq!(purge(&mut cache, &["/*"]), 3);
    assert!(cache.is_empty() && cache.bytes() == 0);
}

#[test]
fn an_answer_that_was_on_its_way_is_not_kept() {
    for (items, path, tags, kept) in [
        (&["#p1"][..], "/a", "store,P1", false),
        (&["#p1"], "/a", "store,p2", true),
        (&["/a"], "/a", "", false),
        (&["/a"], "/b", "", true),
        (&["/a/*"], "/a/b", "", false),
        (&["/a/*"], "/ab", "", true),
    ] {
        let mut cache = Cache::new(1 << 20);
        let before = cache.begin();
        purge(&mut cache, items);
        assert_eq!(cache.put(&key(path), entry(tags, 10), before), kept, "{items:?} {path} {tags}");
        let after = cache.begin();
        assert!(cache.put(&key(path), entry(tags, 10), after), "{items:?}");
    }
}

#[test]
fn so_many_purges_that_they_are_forgotten_refuse_all_that_was_on_its_way() {
    let mut cache = Cache::new(1 << 20);
    let before = cache.begin();
    let tags: Vec<String> = (0..=PURGES_KEPT_MAX).map(|number| format!("p{number}")).collect();
    cache.purge(&Purge::of_tags(tags.iter().map(String::as_str)));
    assert!(cache.past.named.is_empty());
    assert!(!cache.put(&key("/a"), entry("other", 10), before));
    let after = cache.begin();
    assert!(cache.put(&key("/a"), entry("p1", 10), after));
    for _ in 0..=BEGINNINGS_KEPT_MAX {
        purge(&mut cache, &["/x/*"]);
    }
    assert!(cache.past.beginnings.is_empty());
    assert!(!cache.put(&key("/a"), entry("other", 10), after));
}

#[test]
fn what_was_asked_for_longest_ago_goes_first() {
    let mut cache = Cache::new(3 * 2_500);
    for path in ["/a", "/b", "/c"] {
        cache.put(&key(path), entry("store", 1_000), cache.begin());
    }
    assert!(find(&mut cache, "/a").is_some());
    cache.put(&key("/d"), entry("store", 1_000), cache.begin());
    assert_eq!(paths(&cache), ["/a", "/c", "/d"]);
    assert!(!cache.put(&key("/e"), entry("store", 10_000), cache.begin()), "larger than all the room");
    assert_eq!(paths(&cache), ["/a", "/c", "/d"]);
}

#[test]
fn answers_that_differ_by_vary_stand_side_by_side() {
    let behaviour = Behaviour { profile: Profile::Rfc9111, ..behaviour() };
    let asked = |language: &str| {
        let mut request = HeaderMap::new();
        request.insert("accept-language", HeaderValue::from_str(language).unwrap());
        request
    };
    let put = |cache: &mut Cache, language: &str| {
        let answer = Response::builder().header("cache-control", "max-age=300").header("vary", "Accept-Language");
        let answer = answer.header("content-language", language).body(Bytes::new()).unwrap();
        let entry = Entry::new(&behaviour, &Method::GET, &asked(language), &answer, UnixMs(0)).unwrap();
        let fetch = cache.begin();
        cache.put(&behaviour.key("/", None, &HeaderMap::new()), Arc::new(entry), fetch)
    };
    let mut cache = Cache::new(1 << 20);
    assert!(put(&mut cache, "de") && put(&mut cache, "en") && put(&mut cache, "de"));
    assert_eq!((cache.len(), cache.iter().count()), (1, 2));
    let key = behaviour.key("/", None, &HeaderMap::new());
    for language in ["de", "en"] {
        let found = cache.find(&key, &asked(language)).unwrap();
        assert_eq!(found.headers()["content-language"], language);
    }
    assert!(cache.find(&key, &asked("fr")).is_none());
    assert!(cache.find(&key, &HeaderMap::new()).is_none());
    for number in 0..2 * VARIANTS_MAX {
        put(&mut cache, &format!("x{number}"));
    }
    assert_eq!(cache.iter().count(), VARIANTS_MAX);
}

#[derive(Clone, Debug)]
enum Step {
    Begin,
    Put { path: u8, tags: [u8; 2], begun: usize },
    PurgeTag(u8),
    PurgePath(u8),
    Find(u8),
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        Just(Step::Begin),
        (0_u8..6, [0_u8..4, 0_u8..4], 0_usize..4).prop_map(|(path, tags, begun)| Step::Put { path, tags, begun }),
        (0_u8..4).prop_map(Step::PurgeTag),
        (0_u8..6).prop_map(Step::PurgePath),
        (0_u8..6).prop_map(Step::Find),
    ]
}

/// What was purged, and at which step.
enum Purged {
    Tag(u8),
    Path(u8),
}

proptest! {
    #[test]
    fn the_cache_is_a_list_with_purges(steps in prop::collection::vec(step(), 0..60), room in 1_usize..12) {
        let mut cache = Cache::new(room * 1_200);
        // Fetches with the number of the step at which they began; purges likewise.
        let mut begun = vec![(0_usize, cache.begin())];
        let mut purges: Vec<(usize, Purged)> = Vec::new();
        let mut put: HashMap<u8, [u8; 2]> = HashMap::new();
        for (number, step) in (1..).zip(steps) {
            match step {
                Step::Begin => begun.push((number, cache.begin())),
                Step::Put { path, tags, begun: which } => {
                    let (since, fetch) = begun[which % begun.len()];
                    let overtaken = purges.iter().any(|(at, purged)| since < *at && match purged {
                        Purged::Tag(tag) => tags.contains(tag),
                        Purged::Path(purged) => *purged == path,
                    });
                    let page = entry(&format!("T{},T{}", tags[0], tags[1]), 10);
                    let taken = cache.put(&key(&format!("/{path}")), page, fetch);
                    prop_assert!(!(taken && overtaken), "an older answer came in after a purge");
                    if taken {
                        put.insert(path, tags);
                    } else if !overtaken {
                        // Too large for the room; what was there is gone.
                        put.remove(&path);
                    }
                }
                Step::PurgeTag(tag) => {
                    purges.push((number, Purged::Tag(tag)));
                    purge(&mut cache, &[&format!("#t{tag}")]);
                    put.retain(|_, tags| !tags.contains(&tag));
                }
                Step::PurgePath(path) => {
                    purges.push((number, Purged::Path(path)));
                    purge(&mut cache, &[&format!("/{path}")]);
                    put.remove(&path);
                }
                Step::Find(path) => {
                    let found = find(&mut cache, &format!("/{path}"));
                    prop_assert!(found.is_none() || put.contains_key(&path));
                }
            }
            prop_assert!(cache.bytes() <= room * 1_200);
            let bytes: usize = cache.kept.iter().map(|(key, kept)| weight(key, &kept.entries)).sum();
            prop_assert_eq!(cache.bytes(), bytes);
            prop_assert!(cache.iter().all(|(key, _)| put.contains_key(&key.address()[1..].parse().unwrap())));
            prop_assert_eq!(cache.by_use.len(), cache.kept.len());
            let tagged: usize = cache.by_tag.values().map(HashSet::len).sum();
            prop_assert!(tagged <= 2 * cache.kept.len() && cache.by_tag.values().all(|keys| !keys.is_empty()));
        }
    }
}
