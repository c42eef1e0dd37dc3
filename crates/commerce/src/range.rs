//! Ranges: which products an offer speaks of.
//!
//! A range knows nothing of the category tree: whoever asks gives a product's categories together with all that lie
//! above them, so that a category of a range covers what is below it by plain membership.

use crate::ids::{CategoryId, ProductClassId, ProductId, RangeId};
use std::collections::HashSet;

/// Most entries of one of a range's lists.
pub const RANGE_ENTRIES_MAX: usize = 100_000;

/// What a range needs to know of a product.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RangedProduct {
    /// The product.
    pub product: ProductId,
    /// Its parent, if it is a child.
    pub parent: Option<ProductId>,
    /// Its class; a child's is its parent's.
    pub class: Option<ProductClassId>,
    /// Its categories **and all above them**; a child's are its parent's.
    pub categories: Vec<CategoryId>,
}

/// The lists of a range, as a form or a file holds them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RangeLists {
    /// Every product, but for what is excluded.
    pub all: bool,
    /// Products; a parent stands for its children.
    pub products: Vec<ProductId>,
    /// Product classes.
    pub classes: Vec<ProductClassId>,
    /// Categories, with all below them.
    pub categories: Vec<CategoryId>,
    /// Products that are never in it, whatever else says so; a parent stands for its children.
    pub excluded_products: Vec<ProductId>,
    /// Categories whose products, and those of all below them, are never in it.
    pub excluded_categories: Vec<CategoryId>,
}

/// Why lists make no range.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum InvalidRange {
    /// Nothing is taken in.
    #[error("a range holds all products or names products, classes or categories")]
    Empty,
    /// A list is longer than [`RANGE_ENTRIES_MAX`].
    #[error("a list of a range has at most {RANGE_ENTRIES_MAX} entries")]
    TooLong,
}

/// By what a product falls under a range.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Mark {
    Product(ProductId),
    Class(ProductClassId),
    Category(CategoryId),
}

/// A set of products, described by products, classes and categories.
///
/// Exclusions always exclude. (In Oscar an excluded category counts only where all products are taken in.)
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Range {
    id: RangeId,
    all: bool,
    included: HashSet<Mark>,
    excluded: HashSet<Mark>,
}

impl Range {
    /// Checks the lists.
    pub fn new(id: RangeId, lists: RangeLists) -> Result<Self, InvalidRange> {
        let RangeLists { all, products, classes, categories, excluded_products, excluded_categories } = lists;
        let lengths =
            [products.len(), classes.len(), categories.len(), excluded_products.len(), excluded_categories.len()];
        if lengths.iter().any(|length| RANGE_ENTRIES_MAX < *length) {
            return Err(InvalidRange::TooLong);
        }
        let products = products.into_iter().map(Mark::Product);
        let included: HashSet<Mark> = products
            .chain(classes.into_iter().map(Mark::Class))
            .chain(categories.into_iter().map(Mark::Category))
            .collect();
        let excluded: HashSet<Mark> = excluded_products
            .into_iter()
            .map(Mark::Product)
            .chain(excluded_categories.into_iter().map(Mark::Category))
            .collect();
        if !all && included.is_empty() {
            return Err(InvalidRange::Empty);
        }
        Ok(Self { id, all, included, excluded })
    }

    /// Its id.
    pub fn id(&self) -> RangeId {
        self.id
    }

    /// Whether a product is in it.
    pub fn contains(&self, product: &RangedProduct) -> bool {
        let included = self.all || product.marks().any(|mark| self.included.contains(&mark));
        included && !product.marks().any(|mark| self.excluded.contains(&mark))
    }

    pub(crate) fn takes_all(&self) -> bool {
        self.all
    }

    pub(crate) fn included(&self) -> impl Iterator<Item = Mark> {
        self.included.iter().copied()
    }

    pub(crate) fn excluded(&self) -> impl Iterator<Item = Mark> {
        self.excluded.iter().copied()
    }
}

impl RangedProduct {
    /// Everything that a range may know the product by.
    pub(crate) fn marks(&self) -> impl Iterator<Item = Mark> {
        let products = [Some(self.product), self.parent].into_iter().flatten().map(Mark::Product);
        let categories = self.categories.iter().copied().map(Mark::Category);
        products.chain(self.class.map(Mark::Class)).chain(categories)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ids::derived_uuid;

    fn product(key: &str) -> ProductId {
        ProductId::new(derived_uuid("product", key))
    }

    fn category(key: &str) -> CategoryId {
        CategoryId::new(derived_uuid("category", key))
    }

    fn class(key: &str) -> ProductClassId {
        ProductClassId::new(derived_uuid("class", key))
    }

    fn child_of_tea() -> RangedProduct {
        RangedProduct {
            product: product("green"),
            parent: Some(product("tea")),
            class: Some(class("food")),
            categories: vec![category("drinks"), category("hot drinks")],
        }
    }

    fn range(lists: RangeLists) -> Result<Range, InvalidRange> {
        Range::new(RangeId::new(derived_uuid("range", "r")), lists)
    }

    #[test]
    fn a_range_takes_in_and_leaves_out() {
        let lists = RangeLists::default;
        for (case, lists, want) in [
            ("all", RangeLists { all: true, ..lists() }, true),
            ("itself", RangeLists { products: vec![product("green")], ..lists() }, true),
            ("its parent", RangeLists { products: vec![product("tea")], ..lists() }, true),
            ("another", RangeLists { products: vec![product("mug")], ..lists() }, false),
            ("its class", RangeLists { classes: vec![class("food")], ..lists() }, true),
            ("a category above", RangeLists { categories: vec![category("drinks")], ..lists() }, true),
            ("all but it", RangeLists { all: true, excluded_products: vec![product("green")], ..lists() }, false),
            ("all but its parent", RangeLists { all: true, excluded_products: vec![product("tea")], ..lists() }, false),
            (
                "its class but not its category",
                RangeLists { classes: vec![class("food")], excluded_categories: vec![category("drinks")], ..lists() },
                false,
            ),
        ] {
            assert_eq!(range(lists).unwrap().contains(&child_of_tea()), want, "{case}");
        }
    }

    #[test]
    fn a_range_of_nothing_is_refused() {
        let nothing = RangeLists { excluded_products: vec![product("mug")], ..RangeLists::default() };
        assert_eq!(range(nothing), Err(InvalidRange::Empty));
        let long = vec![product("mug"); RANGE_ENTRIES_MAX + 1];
        assert_eq!(range(RangeLists { products: long, ..RangeLists::default() }), Err(InvalidRange::TooLong));
    }
}
