//! What the store has when a file is read or written.

use crate::labels::Labels;
use crate::shop::Shop;
use commerce::calendar::Calendar;
use commerce::catalogue::{CategoryTree, ProductClass};
use commerce::ids::{CategoryId, OfferId, ProductClassId, ProductId, RangeId};
use commerce::language::Language;
use commerce::money::Currency;
use commerce::range::Range;
use db::DbError;
use db::offers::StoredOffer;
use db::ranges::StoredRange;
use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

/// The store's rules and what they speak of.
pub(super) struct Known {
    /// The first one is that of staff.
    pub(super) languages: Vec<Language>,
    pub(super) currencies: Vec<Currency>,
    pub(super) calendar: Calendar,
    pub(super) ranges: Vec<StoredRange>,
    pub(super) offers: Vec<StoredOffer>,
    pub(super) range_labels: Labels<RangeId>,
    pub(super) offer_labels: Labels<OfferId>,
    /// What rules take of each range.
    pub(super) rules: HashMap<RangeId, Arc<Range>>,
    /// Rows that make no range or no offer.
    pub(super) damaged: usize,
    classes: Vec<ProductClass>,
    tree: CategoryTree,
    by_slug: HashMap<String, CategoryId>,
}

impl Known {
    pub(super) async fn load(shop: &Shop) -> Result<Self, DbError> {
        let (ranges, offers) = (shop.list_ranges().await?, shop.list_offers().await?);
        let setup = shop.db().load_catalogue_setup().await?;
        let range_names = ranges.entries.iter().map(|range| (range.id, shop.staff_name(&range.name).to_owned()));
        let offer_names =
            offers.entries.iter().map(|stored| (stored.offer.id(), shop.staff_name(stored.offer.name()).to_owned()));
        let rules = ranges.entries.iter().filter_map(|range| Some((range.id, Arc::new(range.range().ok()?))));
        let by_slug = setup.categories.iter().map(|category| (category.slug.to_string(), category.id));
        Ok(Self {
            languages: shop.staff_languages(),
            currencies: shop.currencies(),
            calendar: shop.calendar(),
            range_labels: Labels::new(range_names),
            offer_labels: Labels::new(offer_names),
            rules: rules.collect(),
            // The damaged ranges are among what the list of offers tells.
            damaged: offers.damaged.len(),
            by_slug: by_slug.collect(),
            classes: setup.classes,
            tree: CategoryTree::new(setup.categories),
            ranges: ranges.entries,
            offers: offers.entries,
        })
    }

    /// The language in which staff call things.
    pub(super) fn language(&self) -> Language {
        self.languages.first().copied().unwrap_or(Language::ENGLISH)
    }

    pub(super) fn range(&self, id: RangeId) -> Option<&StoredRange> {
        self.ranges.iter().find(|range| range.id == id)
    }

    pub(super) fn offer(&self, id: OfferId) -> Option<&StoredOffer> {
        self.offers.iter().find(|stored| stored.offer.id() == id)
    }

    pub(super) fn class_code(&self, id: ProductClassId) -> Option<&str> {
        self.classes.iter().find(|class| class.id == id).map(|class| class.code.as_str())
    }

    pub(super) fn class(&self, code: &str) -> Option<ProductClassId> {
        self.classes.iter().find(|class| class.code == code).map(|class| class.id)
    }

    /// Slugs from the top down, such as `drinks/tea`.
    pub(super) fn category_path(&self, id: CategoryId) -> Option<String> {
        let slugs: Vec<&str> = self.tree.path(id).iter().map(|category| category.slug.as_str()).collect();
        (!slugs.is_empty()).then(|| slugs.join("/"))
    }

    /// A category by its path, or by its slug alone.
    pub(super) fn category(&self, path: &str) -> Option<CategoryId> {
        let slug = path.rsplit('/').next().unwrap_or(path);
        let id = self.by_slug.get(slug).copied()?;
        (slug == path || self.category_path(id).as_deref() == Some(path)).then_some(id)
    }

    /// Slugs of the products that ranges name.
    pub(super) async fn slugs_of_all(&self, shop: &Shop) -> Result<BTreeMap<ProductId, String>, DbError> {
        let lists = self.ranges.iter().map(|range| &range.lists);
        let mut ids: Vec<ProductId> =
            lists.flat_map(|lists| lists.products.iter().chain(&lists.excluded_products)).copied().collect();
        ids.sort_unstable();
        ids.dedup();
        shop.db().find_slugs(&ids).await
    }
}
