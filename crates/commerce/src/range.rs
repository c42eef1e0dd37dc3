//! Ranges: which products an offer speaks of.
//!
//! A range knows nothing of the category tree: whoever asks gives a product's categories together with all that lie
//! above them, so that a category of a range covers what is below it by plain membership.

use crate::ids::{CategoryId, ProductClassId, ProductId, RangeId};
use std::collections::HashSet;
use std::fmt;

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

/// The lists of a range, to name the one that is wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[expect(missing_docs, reason = "each is the list of its name")]
pub enum RangeList {
    Products,
    Classes,
    Categories,
    ExcludedProducts,
    ExcludedCategories,
}

/// Why lists make no range.
///
/// That no product lies in a category, or all that are named lie in an excluded one, only the catalogue can say.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum InvalidRange {
    /// Nothing is taken in.
    #[error("products: a range holds all products or names products, classes or categories")]
    Empty,
    /// All that is taken in is left out again, so that it holds nothing whatever the catalogue has.
    #[error("{0}: what the range names is all excluded; leave something of it in")]
    AllExcluded(RangeList),
    /// A list is longer than [`RANGE_ENTRIES_MAX`].
    #[error("{0}: a list of a range has at most {RANGE_ENTRIES_MAX} entries")]
    TooLong(RangeList),
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
        let lengths = [
            (RangeList::Products, products.len()),
            (RangeList::Classes, classes.len()),
            (RangeList::Categories, categories.len()),
            (RangeList::ExcludedProducts, excluded_products.len()),
            (RangeList::ExcludedCategories, excluded_categories.len()),
        ];
        if let Some((list, _)) = lengths.into_iter().find(|(_, length)| RANGE_ENTRIES_MAX < *length) {
            return Err(InvalidRange::TooLong(list));
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
        if !all && included.is_subset(&excluded) {
            let of_products = included.iter().any(|mark| matches!(mark, Mark::Product(_)));
            let list = if of_products { RangeList::ExcludedProducts } else { RangeList::ExcludedCategories };
            return Err(InvalidRange::AllExcluded(list));
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

impl RangeList {
    /// The list's name in forms and files.
    pub fn name(self) -> &'static str {
        match self {
            Self::Products => "products",
            Self::Classes => "classes",
            Self::Categories => "categories",
            Self::ExcludedProducts => "excluded_products",
            Self::ExcludedCategories => "excluded_categories",
        }
    }
}

impl fmt::Display for RangeList {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
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
    fn a_range_of_nothing_is_refused_with_its_list() {
        use RangeList::{Categories, ExcludedCategories, ExcludedProducts, Products};
        let lists = RangeLists::default;
        let [mugs, cups] = ["mug", "cup"].map(|key| vec![product(key)]);
        let both = [mugs.clone(), cups.clone()].concat();
        let drinks = vec![category("drinks")];
        let (no_mug, no_drink) =
            (Err(InvalidRange::AllExcluded(ExcludedProducts)), Err(InvalidRange::AllExcluded(ExcludedCategories)));
        for (case, lists, want) in [
            ("nothing", RangeLists { excluded_products: mugs.clone(), ..lists() }, Err(InvalidRange::Empty)),
            (
                "mugs but no mugs",
                RangeLists { products: mugs.clone(), excluded_products: both.clone(), ..lists() },
                no_mug,
            ),
            (
                "mugs and cups but no mugs",
                RangeLists { products: both, excluded_products: mugs.clone(), ..lists() },
                Ok(()),
            ),
            (
                "drinks but no drinks",
                RangeLists { categories: drinks.clone(), excluded_categories: drinks.clone(), ..lists() },
                no_drink,
            ),
            (
                "mugs but no drinks",
                RangeLists { products: mugs.clone(), excluded_categories: drinks.clone(), ..lists() },
                Ok(()),
            ),
            (
                "mugs and drinks, and neither",
                RangeLists {
                    products: mugs.clone(),
                    categories: drinks.clone(),
                    excluded_products: mugs.clone(),
                    excluded_categories: drinks,
                    ..lists()
                },
                no_mug,
            ),
            (
                "all but mugs",
                RangeLists { all: true, products: mugs.clone(), excluded_products: mugs, ..lists() },
                Ok(()),
            ),
            (
                "too many products",
                RangeLists { products: too_many(product("mug")), ..lists() },
                Err(InvalidRange::TooLong(Products)),
            ),
            (
                "too many categories",
                RangeLists { categories: too_many(category("hot")), ..lists() },
                Err(InvalidRange::TooLong(Categories)),
            ),
        ] {
            assert_eq!(range(lists).map(|_| ()), want, "{case}");
        }
        let text = InvalidRange::AllExcluded(ExcludedProducts).to_string();
        assert_eq!(text, "excluded_products: what the range names is all excluded; leave something of it in");
    }

    fn too_many<T: Clone>(entry: T) -> Vec<T> {
        vec![entry; RANGE_ENTRIES_MAX + 1]
    }
}
