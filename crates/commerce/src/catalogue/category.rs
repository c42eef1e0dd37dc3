//! The category tree.

use super::OscarKey;
use crate::ids::CategoryId;
use crate::language::Texts;
use crate::slug::Slug;
use std::collections::{BTreeMap, HashSet};

/// Deepest level of the tree that is walked.
pub const CATEGORY_DEPTH_MAX: usize = 16;

/// A place in the shop's menu.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Category {
    /// Its id.
    pub id: CategoryId,
    /// The one above; none for a top category.
    pub parent: Option<CategoryId>,
    /// Order among its siblings.
    pub position: i64,
    /// Unique in the store; the page's address.
    pub slug: Slug,
    /// What shoppers read.
    pub name: Texts,
    /// HTML, cleaned.
    pub description: Texts,
    /// For search engines; the name where empty.
    pub meta_title: Texts,
    /// For search engines.
    pub meta_description: Texts,
    /// Picture under the media folder.
    pub image: Option<String>,
    /// Hidden if false, and everything below it.
    pub is_public: bool,
    /// Whether the menu shows it.
    pub in_menu: bool,
    /// Short name from the old store.
    pub code: Option<String>,
    /// Key in django-oscar.
    pub oscar: Option<OscarKey>,
}

/// The tree as it is walked: who is above whom, who may be seen.
#[derive(Clone, Debug, Default)]
pub struct CategoryTree {
    categories: BTreeMap<CategoryId, Category>,
    /// Top categories under `None`; each list in order.
    children: BTreeMap<Option<CategoryId>, Vec<CategoryId>>,
}

impl CategoryTree {
    /// Builds the tree. A category whose parent is not there, or that is its own ancestor, becomes a top category.
    pub fn new(list: impl IntoIterator<Item = Category>) -> Self {
        let mut categories: BTreeMap<CategoryId, Category> = list.into_iter().map(|c| (c.id, c)).collect();
        let lost: Vec<CategoryId> = categories.keys().copied().filter(|id| !reaches_top(&categories, *id)).collect();
        for id in lost {
            // One cut mends a whole loop: those that come later in it may reach the top by now.
            if !reaches_top(&categories, id)
                && let Some(category) = categories.get_mut(&id)
            {
                category.parent = None;
            }
        }
        let mut children: BTreeMap<Option<CategoryId>, Vec<CategoryId>> = BTreeMap::new();
        for category in categories.values() {
            children.entry(category.parent).or_default().push(category.id);
        }
        for siblings in children.values_mut() {
            siblings.sort_by_key(|id| categories.get(id).map(|c| (c.position, c.id)));
        }
        Self { categories, children }
    }

    /// One category.
    pub fn find(&self, id: CategoryId) -> Option<&Category> {
        self.categories.get(&id)
    }

    /// All of them, in the order of the tree, each parent before its children.
    pub fn iter(&self) -> impl Iterator<Item = &Category> {
        let mut order = Vec::with_capacity(self.categories.len());
        let mut stack: Vec<CategoryId> = self.children(None).iter().rev().copied().collect();
        while let Some(id) = stack.pop() {
            order.extend(self.categories.get(&id));
            stack.extend(self.children(Some(id)).iter().rev());
        }
        order.into_iter()
    }

    /// Those directly below, in order; the top ones for `None`.
    pub fn children(&self, parent: Option<CategoryId>) -> &[CategoryId] {
        self.children.get(&parent).map(Vec::as_slice).unwrap_or_default()
    }

    /// From the top down to this one, itself included; empty if it is not there.
    pub fn path(&self, id: CategoryId) -> Vec<&Category> {
        let mut path = Vec::new();
        let mut next = self.categories.get(&id);
        while let Some(category) = next.filter(|_| path.len() < CATEGORY_DEPTH_MAX) {
            path.push(category);
            next = category.parent.and_then(|parent| self.categories.get(&parent));
        }
        path.reverse();
        path
    }

    /// Whether shoppers may see it: it and every one above it are public.
    pub fn is_visible(&self, id: CategoryId) -> bool {
        let path = self.path(id);
        !path.is_empty() && path.iter().all(|category| category.is_public)
    }

    /// These categories and all above them, each once.
    pub fn with_ancestors(&self, ids: impl IntoIterator<Item = CategoryId>) -> Vec<CategoryId> {
        let mut seen = HashSet::new();
        ids.into_iter().flat_map(|id| self.path(id)).map(|category| category.id).filter(|id| seen.insert(*id)).collect()
    }
}

fn reaches_top(categories: &BTreeMap<CategoryId, Category>, id: CategoryId) -> bool {
    let mut next = categories.get(&id);
    for _ in 0..CATEGORY_DEPTH_MAX {
        match next.map(|category| category.parent) {
            Some(Some(parent)) => next = categories.get(&parent),
            Some(None) => return true,
            None => return false,
        }
    }
    false
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::language::Language;
    use uuid::Uuid;

    fn id(number: u128) -> CategoryId {
        CategoryId::new(Uuid::from_u128(number))
    }

    fn category(number: u128, parent: Option<u128>, is_public: bool) -> Category {
        Category {
            id: id(number),
            parent: parent.map(id),
            position: i64::try_from(100 - number).unwrap(),
            slug: Slug::parse(&format!("c{number}")).unwrap(),
            name: Texts::single(Language::ENGLISH, format!("C{number}")),
            description: Texts::default(),
            meta_title: Texts::default(),
            meta_description: Texts::default(),
            image: None,
            is_public,
            in_menu: true,
            code: None,
            oscar: None,
        }
    }

    #[test]
    fn a_hidden_category_hides_what_is_below() {
        let tree = CategoryTree::new([category(1, None, false), category(2, Some(1), true), category(3, None, true)]);
        assert_eq!([1, 2, 3].map(|n| tree.is_visible(id(n))), [false, false, true]);
        assert!(!tree.is_visible(id(9)));
        assert_eq!(tree.path(id(2)).iter().map(|c| c.id).collect::<Vec<_>>(), [id(1), id(2)]);
        assert_eq!(tree.with_ancestors([id(2), id(1)]), [id(1), id(2)]);
    }

    #[test]
    fn orphans_and_loops_come_to_the_top() {
        let tree =
            CategoryTree::new([category(1, Some(2), true), category(2, Some(1), true), category(3, Some(99), true)]);
        assert_eq!(tree.iter().count(), 3, "nothing is lost");
        assert_eq!(tree.children(None).len(), 2, "one cut opens the loop, the orphan comes up");
    }

    #[test]
    fn siblings_keep_their_order() {
        let tree = CategoryTree::new([category(1, None, true), category(2, None, true), category(3, Some(2), true)]);
        assert_eq!(tree.iter().map(|c| c.id).collect::<Vec<_>>(), [id(2), id(3), id(1)]);
    }
}
