//! Lists of a bucket, in the order of UTF-8 bytes as S3 has them.

use std::fs;
use std::iter::Peekable;
use std::path::Path;
use std::sync::atomic::Ordering;

use crate::limits::KEY_BYTES_MAX;
use crate::store::key::{HIDDEN, ObjectKey};
use crate::store::{Bucket, StoreError};

/// How often a list begins anew because objects moved apart or back meanwhile.
const TRIES_MAX: usize = 64;

/// What a list is to hold.
#[derive(Debug, Clone, Default)]
pub(crate) struct Query {
    pub(crate) prefix: String,
    /// Keys with the same text up to this, behind the prefix, are one entry. Empty: none are.
    pub(crate) delimiter: String,
    /// Only what comes after this.
    pub(crate) after: String,
    pub(crate) entries_max: usize,
}

/// A page of a list.
#[derive(Debug)]
pub(crate) struct Page {
    pub(crate) entries: Vec<Walked>,
    /// Whether more comes after the last entry.
    pub(crate) is_cut: bool,
}

/// An entry of a list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Walked {
    Object(ObjectKey),
    /// Keys that begin alike, by their beginning.
    Prefix(String),
}

impl Walked {
    /// The key, or what keys have in common.
    pub(crate) fn text(&self) -> &str {
        match self {
            Self::Object(key) => key.as_str(),
            Self::Prefix(prefix) => prefix,
        }
    }
}

impl Bucket<'_> {
    /// A page of the bucket's list. Costs a look into each folder on the way, whole, and at each object that lies apart.
    pub(crate) fn walk(&self, query: &Query) -> Result<Page, StoreError> {
        let moves = || self.store.moves.load(Ordering::SeqCst);
        for _ in 0..TRIES_MAX {
            let before = moves();
            let page = self.walk_once(query);
            // An object that moved apart after the look there, and before that into its folder, is on no page.
            if moves() == before {
                return Ok(page);
            }
        }
        Err(StoreError::Busy)
    }

    fn walk_once(&self, query: &Query) -> Page {
        let mut page = Page { entries: Vec::new(), is_cut: false };
        if query.entries_max == 0 {
            return page;
        }
        let apart = self.keys_apart().into_iter().filter(|key| query.wants(key.as_str()));
        let mut apart = apart.peekable();
        let mut folders = Folders { root: &self.folder, query, waiting: Vec::new(), peeked: None, skip: None };
        if let Some(first) = self.first_folder(&query.prefix) {
            folders.look_into(&first);
        }
        // The group that a page before has ended with, or passed.
        let mut done = query.group_of(&query.after).map(str::to_owned);
        folders.skip.clone_from(&done);
        while let Some(key) = next_of_both(&mut folders, &mut apart) {
            if done.as_ref().is_some_and(|done| key.as_str().starts_with(done)) {
                continue;
            }
            if page.entries.len() == query.entries_max {
                page.is_cut = true;
                break;
            }
            page.entries.push(match query.group_of(key.as_str()) {
                Some(group) => {
                    done = Some(group.to_owned());
                    folders.skip.clone_from(&done);
                    Walked::Prefix(group.to_owned())
                }
                None => Walked::Object(key),
            });
        }
        page
    }
}

impl Bucket<'_> {
    /// The deepest folder that a prefix names, with `/` at its end: what lies beside it need not be looked at.
    fn first_folder(&self, prefix: &str) -> Option<String> {
        let Some((folder, _)) = prefix.rsplit_once('/') else { return Some(String::new()) };
        // Below what is no path nothing is at its place, and nothing is behind a link.
        let path = ObjectKey::parse(folder).ok()?.path()?;
        self.has_folder(&path).then(|| format!("{folder}/"))
    }
}

impl Query {
    fn wants(&self, key: &str) -> bool {
        key.starts_with(&self.prefix) && self.after.as_str() < key
    }

    /// Whether a folder, `a/b/`, can hold anything that is wanted.
    fn wants_below(&self, folder: &str) -> bool {
        let is_under_way = folder.starts_with(&self.prefix) || self.prefix.starts_with(folder);
        is_under_way && (self.after.as_str() < folder || self.after.starts_with(folder))
    }

    fn group_of<'k>(&self, key: &'k str) -> Option<&'k str> {
        if self.delimiter.is_empty() {
            return None;
        }
        let behind = key.strip_prefix(&self.prefix)?;
        let end = self.prefix.len() + behind.find(&self.delimiter)? + self.delimiter.len();
        key.get(..end)
    }
}

/// The lesser of two lists' next keys; once, where both have it.
fn next_of_both(folders: &mut Folders<'_>, apart: &mut Peekable<impl Iterator<Item = ObjectKey>>) -> Option<ObjectKey> {
    match (folders.peek(), apart.peek()) {
        (Some(plain), Some(other)) if other < plain => apart.next(),
        (Some(plain), Some(other)) => {
            if plain == other {
                apart.next();
            }
            folders.next()
        }
        (Some(_), None) => folders.next(),
        (None, _) => apart.next(),
    }
}

/// Files below a folder, in the order of their keys.
struct Folders<'q> {
    root: &'q Path,
    query: &'q Query,
    /// What is still to be looked at of each open folder, the next one last. A folder's text ends with `/`, so that it
    /// has its place among files: `a-b` is before `a/b`.
    waiting: Vec<String>,
    peeked: Option<ObjectKey>,
    /// What begins so is passed over, with all that is in its folders.
    skip: Option<String>,
}

impl Folders<'_> {
    fn look_into(&mut self, folder: &str) {
        // One that has gone since has nothing in it.
        let Ok(entries) = fs::read_dir(self.root.join(folder)) else { return };
        let mut found = Vec::new();
        for entry in entries.flatten() {
            let (Ok(name), Ok(kind)) = (entry.file_name().into_string(), entry.file_type()) else { continue };
            if folder.is_empty() && name.eq_ignore_ascii_case(HIDDEN) {
                continue;
            }
            let text = format!("{folder}{name}{}", if kind.is_dir() { "/" } else { "" });
            let is_wanted = match kind {
                kind if kind.is_dir() => self.query.wants_below(&text),
                kind => kind.is_file() && self.query.wants(&text),
            };
            // Only by hand can a path be longer than a key.
            if is_wanted && text.len() <= KEY_BYTES_MAX {
                found.push(text);
            }
        }
        found.sort_unstable_by(|a, b| b.cmp(a));
        self.waiting.append(&mut found);
    }

    fn peek(&mut self) -> Option<&ObjectKey> {
        while self.peeked.is_none() {
            let text = self.waiting.pop()?;
            if self.skip.as_ref().is_some_and(|skip| text.starts_with(skip)) {
                continue;
            }
            if text.ends_with('/') {
                self.look_into(&text);
            } else {
                self.peeked = ObjectKey::parse(&text).ok();
            }
        }
        self.peeked.as_ref()
    }

    fn next(&mut self) -> Option<ObjectKey> {
        self.peek()?;
        self.peeked.take()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::Clock;
    use crate::store::Store;

    const KEYS: [&str; 9] = ["a", "a-b", "a.txt", "b/1", "b/2/x", "b/2/y", "b/3", "b0", "ü/1"];

    fn walk(prefix: &str, delimiter: &str, after: &str, entries_max: usize) -> (Vec<String>, bool) {
        let folder = tempfile::tempdir().unwrap();
        for key in KEYS {
            let path = folder.path().join("goods").join(key);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, "").unwrap();
        }
        fs::create_dir_all(folder.path().join("goods/empty/folder")).unwrap();
        let store = Store::open(folder.path().to_owned(), Default::default(), Clock::held_at(0), false).unwrap();
        let query =
            Query { prefix: prefix.to_owned(), delimiter: delimiter.to_owned(), after: after.to_owned(), entries_max };
        let page = store.bucket("goods").unwrap().walk(&query).unwrap();
        (page.entries.iter().map(|entry| entry.text().to_owned()).collect(), page.is_cut)
    }

    #[test]
    fn lists_are_as_s3_makes_them() {
        for (case, prefix, delimiter, after, want) in [
            ("all", "", "", "", &KEYS[..]),
            ("below a folder", "b/", "", "", &["b/1", "b/2/x", "b/2/y", "b/3"]),
            ("a beginning that is no folder", "b", "", "", &["b/1", "b/2/x", "b/2/y", "b/3", "b0"]),
            ("by folders", "", "/", "", &["a", "a-b", "a.txt", "b/", "b0", "ü/"]),
            ("by folders below one", "b/", "/", "", &["b/1", "b/2/", "b/3"]),
            ("the folder itself", "b", "/", "", &["b/", "b0"]),
            ("another delimiter", "", "-", "", &["a", "a-", "a.txt", "b/1", "b/2/x", "b/2/y", "b/3", "b0", "ü/1"]),
            ("a longer delimiter", "b/", "/x", "", &["b/1", "b/2/x", "b/2/y", "b/3"]),
            ("after a key", "", "", "b/2/x", &["b/2/y", "b/3", "b0", "ü/1"]),
            ("after what is not there", "", "", "b/2", &["b/2/x", "b/2/y", "b/3", "b0", "ü/1"]),
            ("after a folder", "", "/", "b/", &["b0", "ü/"]),
            ("after something in a folder", "", "/", "b/2/x", &["b0", "ü/"]),
            ("nothing", "c", "", "", &[]),
            ("below what is a file", "a/", "", "", &[]),
            ("above the bucket", "../", "", "", &[]),
            ("below the hidden folder", ".object-service/", "", "", &[]),
            ("after all that is there", "b/", "", "z", &[]),
        ] {
            assert_eq!(walk(prefix, delimiter, after, 100).0, want, "{case}");
        }
    }

    #[test]
    fn pages_add_up_to_the_list() {
        for (delimiter, entries_max) in [("", 1), ("", 2), ("", 4), ("/", 1), ("/", 2), ("/", 6)] {
            let (whole, is_cut) = walk("", delimiter, "", 100);
            assert!(!is_cut);
            let (mut found, mut after) = (Vec::new(), String::new());
            loop {
                let (page, is_cut) = walk("", delimiter, &after, entries_max);
                after = page.last().unwrap().clone();
                found.extend(page);
                if !is_cut {
                    break;
                }
            }
            assert_eq!(found, whole, "{delimiter:?} by {entries_max}");
        }
        assert_eq!(walk("", "", "", 0), (vec![], false));
    }
}
