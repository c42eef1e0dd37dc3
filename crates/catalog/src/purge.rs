//! What a change of products means for pages that the edge keeps.

use crate::document::{Card, ProductDocument};
use crate::facet::facet_keys;
use crate::front::Tree;
use commerce::availability::Availability;
use commerce::ids::{CategoryId, ProductId};
use std::collections::BTreeSet;

/// Products and categories whose pages are no longer true.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Purge {
    /// Products whose title, price or picture changed, that came or went: every page that shows them.
    pub cards: BTreeSet<ProductId>,
    /// Categories whose listings changed by that, old and new, with all above them.
    pub categories: BTreeSet<CategoryId>,
    /// Products of which only their own page changed.
    pub pages: BTreeSet<ProductId>,
    /// Products of which something else is said about stock. That alone purges nothing: the overlay tells it as well.
    pub restocked: BTreeSet<ProductId>,
    /// Those of them with something that sold out or came back: worth a purge of their own tag, now and then.
    pub crossed: BTreeSet<ProductId>,
    /// Whether categories or settings changed, which every page shows.
    pub store: bool,
}

impl Purge {
    /// Whether nothing changed for shoppers.
    pub fn is_empty(&self) -> bool {
        self == &Self::default()
    }

    /// Adds what the change of one product means. `old_tree` and `new_tree` are the categories before and after.
    pub(crate) fn add(
        &mut self,
        old: Option<&ProductDocument>,
        new: Option<&ProductDocument>,
        old_tree: Ancestors<'_>,
        new_tree: Ancestors<'_>,
    ) {
        let Some(id) = new.or(old).map(|document| document.id) else { return };
        if old == new {
            return;
        }
        if let (Some(old), Some(new)) = (old, new) {
            let (mut as_stocked, crossed) = with_stock_of(old, new);
            if crossed {
                self.crossed.insert(id);
            }
            if as_stocked != *old {
                self.restocked.insert(id);
            }
            // No page tells how many were sold.
            as_stocked.sold = new.sold;
            if as_stocked == *new {
                return;
            }
            if is_listed_alike(&as_stocked, new) {
                self.pages.insert(id);
                return;
            }
        }
        self.cards.insert(id);
        for (document, tree) in [(old, old_tree), (new, new_tree)] {
            let categories = document.map_or(&[][..], |document| &document.categories);
            self.categories.extend(categories.iter().flat_map(|category| tree.of(*category)));
        }
    }
}

/// The old state as if the new one's stock had been known then, so that what differs is not stock; and whether anything
/// that was on sale sold out, or came back.
fn with_stock_of(old: &ProductDocument, new: &ProductDocument) -> (ProductDocument, bool) {
    let mut as_stocked = old.clone();
    let mut crossed = false;
    for (was, now) in as_stocked.variants.iter_mut().zip(&new.variants) {
        let on_sale = ![was.availability, now.availability].contains(&Availability::NotForSale);
        if on_sale && (was.id, was.stock_record) == (now.id, now.stock_record) {
            crossed |= was.availability.can_be_bought() != now.availability.can_be_bought();
            was.availability = now.availability;
        }
    }
    (as_stocked, crossed)
}

/// Whether two states of a product look the same in listings and stand in the same ones. What only moves its place
/// there (units sold) is not worth a purge: the edge renews listings soon enough.
fn is_listed_alike(old: &ProductDocument, new: &ProductDocument) -> bool {
    Card::of(old) == Card::of(new)
        && old.categories == new.categories
        && old.priority == new.priority
        && facet_keys(old, &[]) == facet_keys(new, &[])
}

/// A way from a category to all above it.
#[derive(Clone, Copy)]
pub(crate) struct Ancestors<'a> {
    pub(crate) tree: &'a Tree,
    pub(crate) ids: &'a [crate::document::CategoryEntry],
}

impl Ancestors<'_> {
    fn of(&self, category: CategoryId) -> Vec<CategoryId> {
        match self.tree.place(category) {
            Some(place) => self.tree.upwards(place).map(|place| self.ids[place].id).collect(),
            None => vec![category],
        }
    }
}
