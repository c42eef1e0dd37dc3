//! What a purge names.

use crate::entry::tag;
use std::collections::HashSet;

/// Paths of one purge (CloudFront's limit for those in progress).
pub const PURGE_PATHS_MAX: usize = 3_000;
/// Paths with `*` among them (CloudFront's limit).
pub const PURGE_WILDCARDS_MAX: usize = 15;
/// Characters of one item: a path with its query string.
const ITEM_CHARS_MAX: usize = 4_000;

/// Not a purge.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum InvalidPurge {
    /// Nothing is named.
    #[error("nothing is named")]
    Empty,
    /// Too much is named.
    #[error("{0} items; a purge takes {PURGE_PATHS_MAX}")]
    TooMany(usize),
    /// Too many wildcards are named.
    #[error("{0} paths with *; a purge takes {PURGE_WILDCARDS_MAX}")]
    TooManyWildcards(usize),
    /// An item that is neither.
    #[error("{0:?} is neither a path, as /de/*, nor a tag, as #p123")]
    Item(String),
}

/// What is dropped: everything at these addresses and everything that carries one of these tags.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Purge {
    pub(crate) tags: Vec<String>,
    pub(crate) addresses: HashSet<String>,
    /// What addresses begin with.
    pub(crate) beginnings: Vec<String>,
}

impl Purge {
    /// How many tags it names.
    pub fn tag_count(&self) -> usize {
        self.tags.len()
    }

    /// How many paths it names, wildcards among them.
    pub fn path_count(&self) -> usize {
        self.addresses.len() + self.beginnings.len()
    }

    /// Reads items as CloudFront takes them: `#p123` is a tag in any case, `/tea` an address with its query string as
    /// far as it counts, `/de/*` everything that begins so.
    pub fn parse<'i>(items: impl IntoIterator<Item = &'i str>) -> Result<Self, InvalidPurge> {
        let mut purge = Self::default();
        let mut count = 0;
        for item in items {
            count += 1;
            if count > PURGE_PATHS_MAX {
                return Err(InvalidPurge::TooMany(count));
            }
            purge.take(item)?;
        }
        match purge.beginnings.len() {
            _ if count == 0 => Err(InvalidPurge::Empty),
            wildcards if wildcards > PURGE_WILDCARDS_MAX => Err(InvalidPurge::TooManyWildcards(wildcards)),
            _ => Ok(purge),
        }
    }

    /// Everything with one of these tags.
    pub fn of_tags<'t>(tags: impl IntoIterator<Item = &'t str>) -> Self {
        Self { tags: tags.into_iter().filter_map(tag).collect(), ..Self::default() }
    }

    fn take(&mut self, item: &str) -> Result<(), InvalidPurge> {
        let refuse = || InvalidPurge::Item(item.chars().take(80).collect());
        if let Some(name) = item.strip_prefix('#') {
            self.tags.push(tag(name).filter(|tag| !tag.contains('*')).ok_or_else(refuse)?);
            return Ok(());
        }
        let visible = item.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'#');
        if !item.starts_with('/') || !visible || item.len() > ITEM_CHARS_MAX {
            return Err(refuse());
        }
        match item.strip_suffix('*') {
            None if item.contains('*') => Err(refuse()),
            Some(start) if start.contains('*') => Err(refuse()),
            Some(start) => {
                self.beginnings.push(start.to_owned());
                Ok(())
            }
            None => {
                self.addresses.insert(item.to_owned());
                Ok(())
            }
        }
    }

    /// Whether an address falls under it.
    pub(crate) fn names_address(&self, address: &str) -> bool {
        self.addresses.contains(address) || self.beginnings.iter().any(|start| address.starts_with(start.as_str()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn items_are_paths_and_tags() {
        let purge = Purge::parse(["#P123", "/tea?q=1", "/de/*", "/*"]).unwrap();
        assert_eq!((purge.tags, purge.addresses), (vec!["p123".to_owned()], HashSet::from(["/tea?q=1".to_owned()])));
        for (address, named) in [("/de/", true), ("/de/x/y", true), ("/den", false), ("/de", false), ("/tea?q=1", true)]
        {
            let purge = Purge::parse(["/tea?q=1", "/de/*"]).unwrap();
            assert_eq!(purge.names_address(address), named, "{address}");
        }
        for odd in ["", "tea", "#", "#a b", "#a*", "/a*b", "/**", "/a b", "/ä", &format!("/{}", "x".repeat(4_000))] {
            assert!(matches!(Purge::parse([odd]), Err(InvalidPurge::Item(_))), "{odd}");
        }
    }

    #[test]
    fn a_purge_is_bounded() {
        assert_eq!(Purge::parse([]), Err(InvalidPurge::Empty));
        assert!(Purge::parse(vec!["/x"; PURGE_PATHS_MAX]).is_ok());
        assert!(matches!(Purge::parse(vec!["/x"; PURGE_PATHS_MAX + 1]), Err(InvalidPurge::TooMany(_))));
        assert!(Purge::parse(vec!["/x/*"; PURGE_WILDCARDS_MAX]).is_ok());
        let many = vec!["/x/*"; PURGE_WILDCARDS_MAX + 1];
        assert_eq!(Purge::parse(many), Err(InvalidPurge::TooManyWildcards(PURGE_WILDCARDS_MAX + 1)));
    }
}
