//! Answers in memory, bounded by bytes, dropped by tag and by address.

use crate::entry::Entry;
use crate::key::CacheKey;
use crate::purge::Purge;
use http::HeaderMap;
use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::Arc;

/// Tags and addresses of past purges that are remembered, so that an answer that was on its way then is not kept. Past
/// it, everything that was on its way is refused.
const PURGES_KEPT_MAX: usize = 10_000;
/// The same for beginnings of addresses, which are all looked through.
const BEGINNINGS_KEPT_MAX: usize = 100;
/// Answers to one address that differ by `Vary`; the oldest goes.
const VARIANTS_MAX: usize = 16;

/// A request to the origin, begun at some point in the order of purges.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Fetch(u64);

/// Kept answers. Whoever was asked for longest ago goes first when room is short.
#[derive(Debug)]
pub struct Cache {
    kept: HashMap<CacheKey, Kept>,
    by_tag: HashMap<Box<str>, HashSet<CacheKey>>,
    by_use: BTreeMap<u64, CacheKey>,
    uses: u64,
    bytes: usize,
    bytes_max: usize,
    past: Past,
}

#[derive(Debug)]
struct Kept {
    /// The newest last.
    entries: Vec<Arc<Entry>>,
    used: u64,
    weight: usize,
}

/// Purges so far.
#[derive(Debug, Default)]
struct Past {
    count: u64,
    /// The last purge of a tag, in a form that no address has, and of an address.
    named: HashMap<String, u64>,
    beginnings: Vec<(String, u64)>,
    /// Answers that were asked for before this purge are not kept, whatever they are.
    forgotten: u64,
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
            past: Past::default(),
        }
    }

    /// What is kept under a key, or its text ([`Behaviour::write_key`](crate::Behaviour::write_key)), for a request.
    pub fn find(&mut self, key: impl AsRef<[u8]>, request: &HeaderMap) -> Option<Arc<Entry>> {
        let kept = self.kept.get_mut(key.as_ref())?;
        // The order of uses need not be exact: who was used lately stays where it is, which spares the tree.
        let lately = (self.by_use.len() as u64) / 8;
        if self.uses - kept.used > lately {
            self.uses += 1;
            let name = self.by_use.remove(&std::mem::replace(&mut kept.used, self.uses))?;
            self.by_use.insert(self.uses, name);
        }
        kept.entries.iter().rev().find(|entry| entry.matches(request)).cloned()
    }

    /// To be called before the origin is asked; [`Cache::put`] wants it back.
    pub fn begin(&self) -> Fetch {
        Fetch(self.past.count)
    }

    /// Keeps an answer, unless a purge since [`Cache::begin`] named one of its tags or its address: it was made before.
    /// Gives whether it is kept.
    pub fn put(&mut self, key: &CacheKey, entry: Arc<Entry>, fetch: Fetch) -> bool {
        if self.past.overtook(key, &entry, fetch) {
            return false;
        }
        // Nearly every address has one answer.
        let mut entries = self.take(key).map_or_else(|| Vec::with_capacity(1), |kept| kept.entries);
        entries.retain(|kept| !kept.is_same_variant(&entry));
        entries.push(entry);
        let surplus = entries.len().saturating_sub(VARIANTS_MAX);
        entries.drain(..surplus);
        let weight = weight(key, &entries);
        if weight > self.bytes_max {
            return false;
        }
        while self.bytes > self.bytes_max - weight {
            let Some((_, oldest)) = self.by_use.first_key_value() else { break };
            let oldest = oldest.clone();
            self.remove(&oldest);
        }
        self.uses += 1;
        self.bytes += weight;
        self.by_use.insert(self.uses, key.clone());
        for tag in entries.iter().flat_map(|entry| entry.tags()) {
            if let Some(keys) = self.by_tag.get_mut(tag) {
                keys.insert(key.clone());
            } else {
                self.by_tag.insert(tag.into(), HashSet::from([key.clone()]));
            }
        }
        self.kept.insert(key.clone(), Kept { entries, used: self.uses, weight });
        true
    }

    /// Drops everything that a purge names, and whatever of it is on its way. Gives the number of addresses dropped.
    pub fn purge(&mut self, purge: &Purge) -> usize {
        let mut dropped = 0;
        for tag in &purge.tags {
            for key in self.by_tag.remove(tag.as_str()).unwrap_or_default() {
                dropped += usize::from(self.remove(&key));
            }
        }
        if !purge.addresses.is_empty() || !purge.beginnings.is_empty() {
            let named = self.kept.keys().filter(|key| purge.names_address(key.address()));
            let named: Vec<CacheKey> = named.cloned().collect();
            dropped += named.iter().filter(|key| self.remove(key)).count();
        }
        self.past.note(purge);
        dropped
    }

    /// Drops what is kept under a key. Gives whether there was something.
    pub fn remove(&mut self, key: &CacheKey) -> bool {
        self.take(key).is_some()
    }

    fn take(&mut self, key: &CacheKey) -> Option<Kept> {
        let gone = self.kept.remove(key)?;
        self.bytes -= gone.weight;
        self.by_use.remove(&gone.used);
        for tag in gone.entries.iter().flat_map(|entry| entry.tags()) {
            if let Some(keys) = self.by_tag.get_mut(tag) {
                keys.remove(key);
                if keys.is_empty() {
                    self.by_tag.remove(tag);
                }
            }
        }
        Some(gone)
    }

    /// Everything that is kept, in no order.
    pub fn iter(&self) -> impl Iterator<Item = (&CacheKey, &Entry)> {
        self.kept.iter().flat_map(|(key, kept)| kept.entries.iter().map(move |entry| (key, &**entry)))
    }

    /// Bytes that it takes, about.
    pub fn bytes(&self) -> usize {
        self.bytes
    }

    /// Addresses of which something is kept.
    pub fn len(&self) -> usize {
        self.kept.len()
    }

    /// Whether nothing is kept.
    pub fn is_empty(&self) -> bool {
        self.kept.is_empty()
    }
}

impl Past {
    fn overtook(&self, key: &CacheKey, entry: &Entry, fetch: Fetch) -> bool {
        if fetch.0 == self.count {
            return false;
        }
        let since = |name: &str| self.named.get(name).is_some_and(|purge| fetch.0 < *purge);
        let address = key.address();
        fetch.0 < self.forgotten
            || since(address)
            || entry.tags().any(|tag| since(&named_tag(tag)))
            || self.beginnings.iter().any(|(start, purge)| fetch.0 < *purge && address.starts_with(start.as_str()))
    }

    fn note(&mut self, purge: &Purge) {
        self.count += 1;
        for tag in &purge.tags {
            self.named.insert(named_tag(tag), self.count);
        }
        for address in &purge.addresses {
            self.named.insert(address.clone(), self.count);
        }
        self.beginnings.extend(purge.beginnings.iter().map(|start| (start.clone(), self.count)));
        if self.named.len() > PURGES_KEPT_MAX || self.beginnings.len() > BEGINNINGS_KEPT_MAX {
            self.named.clear();
            self.beginnings.clear();
            self.forgotten = self.count;
        }
    }
}

fn named_tag(tag: &str) -> String {
    format!("#{tag}")
}

/// What the index takes of an address beside its text: its places in the table and in the order of uses.
const INDEX_BYTES: usize = 160;
/// What the index takes of a tag at an address.
const TAG_INDEX_BYTES: usize = 48;

fn weight(key: &CacheKey, entries: &[Arc<Entry>]) -> usize {
    let of_tags = |entry: &Arc<Entry>| entry.tags().count() * TAG_INDEX_BYTES;
    let entries: usize = entries.iter().map(|entry| entry.weight() + of_tags(entry)).sum();
    entries + key.bytes() + INDEX_BYTES
}

#[cfg(test)]
mod tests;
