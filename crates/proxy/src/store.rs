//! What is kept, behind one lock that is never held while anything is waited for.

use edge::{Behaviour, Cache, CacheKey, Entry, Fetch, Purge};
use http::HeaderMap;
use std::cell::RefCell;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

thread_local! {
    /// Where the key of a request is written: a hit needs no memory of its own for it.
    static KEY_TEXT: RefCell<Vec<u8>> = RefCell::new(Vec::with_capacity(512));
}

/// How much is kept, and how often it was of use.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Serialize)]
pub struct Figures {
    /// Addresses of which something is kept.
    pub addresses: usize,
    /// Bytes that it takes, about.
    pub bytes: usize,
    /// Answers from what is kept.
    pub hits: u64,
    /// Requests that reached an origin.
    pub origin_requests: u64,
    /// Purges so far.
    pub purges: u64,
    /// Tags that they named.
    pub purged_tags: u64,
    /// Paths that they named.
    pub purged_paths: u64,
    /// Addresses that they dropped.
    pub dropped: u64,
}

/// What is kept.
pub(crate) struct Store {
    cache: Mutex<Cache>,
    hits: AtomicU64,
    origin_requests: AtomicU64,
    purges: AtomicU64,
    purged_tags: AtomicU64,
    purged_paths: AtomicU64,
    dropped: AtomicU64,
}

impl Store {
    pub(crate) fn new(bytes_max: usize) -> Self {
        let zero = || AtomicU64::new(0);
        let cache = Mutex::new(Cache::new(bytes_max));
        Self {
            cache,
            hits: zero(),
            origin_requests: zero(),
            purges: zero(),
            purged_tags: zero(),
            purged_paths: zero(),
            dropped: zero(),
        }
    }

    /// A thread that panicked while it held the lock left the cache whole: every change to it is one call.
    fn cache(&self) -> MutexGuard<'_, Cache> {
        self.cache.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What is kept, and the point in the order of purges at which it was looked for.
    pub(crate) fn find(
        &self,
        behaviour: &Behaviour,
        path: &str,
        query: Option<&str>,
        request: &HeaderMap,
    ) -> (Option<Arc<Entry>>, Fetch) {
        KEY_TEXT.with_borrow_mut(|text| {
            behaviour.write_key(text, path, query, request);
            let mut cache = self.cache();
            (cache.find(text, request), cache.begin())
        })
    }

    pub(crate) fn put(&self, key: &CacheKey, entry: Arc<Entry>, fetch: Fetch) -> bool {
        self.cache().put(key, entry, fetch)
    }

    pub(crate) fn remove(&self, key: &CacheKey) {
        self.cache().remove(key);
    }

    /// Drops what a purge names. Gives its number and how many addresses it dropped.
    pub(crate) fn purge(&self, purge: &Purge) -> (u64, usize) {
        let dropped = self.cache().purge(purge);
        self.purged_tags.fetch_add(purge.tag_count() as u64, Ordering::Relaxed);
        self.purged_paths.fetch_add(purge.path_count() as u64, Ordering::Relaxed);
        self.dropped.fetch_add(dropped as u64, Ordering::Relaxed);
        (self.purges.fetch_add(1, Ordering::Relaxed) + 1, dropped)
    }

    pub(crate) fn count_hit(&self) {
        self.hits.fetch_add(1, Ordering::Relaxed);
    }

    pub(crate) fn count_origin_request(&self) {
        self.origin_requests.fetch_add(1, Ordering::Relaxed);
    }

    pub(crate) fn figures(&self) -> Figures {
        let (addresses, bytes) = {
            let cache = self.cache();
            (cache.len(), cache.bytes())
        };
        let count = |counter: &AtomicU64| counter.load(Ordering::Relaxed);
        Figures {
            addresses,
            bytes,
            hits: count(&self.hits),
            origin_requests: count(&self.origin_requests),
            purges: count(&self.purges),
            purged_tags: count(&self.purged_tags),
            purged_paths: count(&self.purged_paths),
            dropped: count(&self.dropped),
        }
    }
}
