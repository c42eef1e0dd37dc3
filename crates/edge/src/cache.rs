//! Answers in memory, bounded by bytes, dropped by tag.

use crate::entry::{Entry, tag};
use crate::key::CacheKey;
use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::Arc;

/// Tags of past purges that are remembered, so that an answer that was on its way then is not kept. Past it, everything
/// that was on its way is refused.
const PURGES_KEPT_MAX: usize = 10_000;

/// A request to the origin, begun at some point in the order of purges.
#[derive(Clone, Copy, Debug)]
pub struct Fetch(u64);

/// Kept answers. Whoever was asked for longest ago goes first when room is short.
#[derive(Debug)]
pub struct Cache {
    kept: HashMap<Arc<CacheKey>, Kept>,
    by_tag: HashMap<String, HashSet<Arc<CacheKey>>>,
    by_use: BTreeMap<u64, Arc<CacheKey>>,
    uses: u64,
    bytes: usize,
    bytes_max: usize,
    /// Purges so far.
    purges: u64,
    /// The last purge of a tag.
    purged: HashMap<String, u64>,
    /// Answers that were asked for before this purge are not kept, whatever their tags.
    forgotten: u64,
}

#[derive(Debug)]
struct Kept {
    entry: Arc<Entry>,
    used: u64,
}

impl Cache {
    /// An empty cache of at most so many bytes.
    pub fn new(bytes_max: usize) -> Self {
        Self {
            kept: HashMap::new(),
            by_tag: HashMap::new(),
            by_use: BTreeMap::new(),
            uses: 0,
            bytes: 0,
            bytes_max,
            purges: 0,
            purged: HashMap::new(),
            forgotten: 0,
        }
    }

    /// What is kept under a key.
    pub fn find(&mut self, key: &CacheKey) -> Option<Arc<Entry>> {
        let kept = self.kept.get_mut(key)?;
        self.uses += 1;
        let name = self.by_use.remove(&std::mem::replace(&mut kept.used, self.uses))?;
        self.by_use.insert(self.uses, name);
        Some(kept.entry.clone())
    }

    /// To be called before the origin is asked; [`Cache::put`] wants it back.
    pub fn begin(&self) -> Fetch {
        Fetch(self.purges)
    }

    /// Keeps an answer, unless a purge since [`Cache::begin`] named one of its tags: it was made before. Gives whether
    /// it is kept.
    pub fn put(&mut self, key: CacheKey, entry: Entry, fetch: Fetch) -> bool {
        let overtaken = |tag: &String| self.purged.get(tag).is_some_and(|purge| fetch.0 < *purge);
        if fetch.0 < self.forgotten || entry.tags().iter().any(overtaken) {
            return false;
        }
        self.remove(&key);
        let weight = weight(&key, &entry);
        if weight > self.bytes_max {
            return false;
        }
        while self.bytes > self.bytes_max - weight {
            let Some((_, oldest)) = self.by_use.first_key_value() else { break };
            let oldest = oldest.clone();
            self.remove(&oldest);
        }
        let key = Arc::new(key);
        self.uses += 1;
        self.bytes += weight;
        self.by_use.insert(self.uses, key.clone());
        for tag in entry.tags() {
            self.by_tag.entry(tag.clone()).or_default().insert(key.clone());
        }
        self.kept.insert(key, Kept { entry: Arc::new(entry), used: self.uses });
        true
    }

    /// Drops everything that carries one of these tags, and whatever of it is on its way. Gives the number dropped.
    pub fn purge<'t>(&mut self, tags: impl IntoIterator<Item = &'t str>) -> usize {
        self.purges += 1;
        let mut dropped = 0;
        for tag in tags.into_iter().filter_map(tag) {
            for key in self.by_tag.remove(&tag).unwrap_or_default() {
                dropped += usize::from(self.remove(&key));
            }
            self.purged.insert(tag, self.purges);
        }
        if self.purged.len() > PURGES_KEPT_MAX {
            self.purged.clear();
            self.forgotten = self.purges;
        }
        dropped
    }

    /// Drops what is kept under a key. Gives whether there was something.
    pub fn remove(&mut self, key: &CacheKey) -> bool {
        let Some((key, gone)) = self.kept.remove_entry(key) else { return false };
        self.bytes -= weight(&key, &gone.entry);
        self.by_use.remove(&gone.used);
        for tag in gone.entry.tags() {
            if let Some(keys) = self.by_tag.get_mut(tag) {
                keys.remove(&key);
                if keys.is_empty() {
                    self.by_tag.remove(tag);
                }
            }
        }
        true
    }

    /// Everything that is kept, in no order.
    pub fn iter(&self) -> impl Iterator<Item = (&CacheKey, &Entry)> {
        self.kept.iter().map(|(key, kept)| (&**key, &*kept.entry))
    }

    /// Bytes that it takes, about.
    pub fn bytes(&self) -> usize {
        self.bytes
    }
}

fn weight(key: &CacheKey, entry: &Entry) -> usize {
    entry.weight() + key.address().len()
}

#[cfg(test)]
mod tests;
