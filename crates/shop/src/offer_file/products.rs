//! The products that a file names, by slug or by SKU.

use super::known::Known;
use crate::shop::Shop;
use commerce::ids::ProductId;
use db::DbError;
use offer_cases::FileRange;
use std::collections::{BTreeMap, HashSet};

/// What the names of products in a file stand for.
pub(super) struct Products {
    by_slug: BTreeMap<String, ProductId>,
    by_sku: BTreeMap<String, Vec<ProductId>>,
    /// Those that ranges of the store name already: one that is gone is named by its id.
    kept: HashSet<ProductId>,
}

impl Products {
    pub(super) async fn load(shop: &Shop, ranges: &[FileRange], known: &Known) -> Result<Self, DbError> {
        let mut names: Vec<String> =
            ranges.iter().flat_map(|range| range.products.iter().chain(&range.excluded_products)).cloned().collect();
        names.sort_unstable();
        names.dedup();
        let by_slug = shop.db().find_products_by_slugs(&names).await?;
        names.retain(|name| !by_slug.contains_key(name));
        let skus = shop.db().find_skus(&names).await?;
        let by_sku = skus.into_iter().map(|(sku, owners)| {
            let mut products: Vec<ProductId> = owners.iter().map(|owner| owner.product).collect();
            products.sort_unstable();
            products.dedup();
            (sku, products)
        });
        let lists = known.ranges.iter().map(|range| &range.lists);
        let kept = lists.flat_map(|lists| lists.products.iter().chain(&lists.excluded_products)).copied().collect();
        Ok(Self { by_slug, by_sku: by_sku.collect(), kept })
    }

    /// A product by its slug, or by its SKU where no two products have that.
    pub(super) fn find(&self, name: &str) -> Result<ProductId, String> {
        if let Some(id) = self.by_slug.get(name) {
            return Ok(*id);
        }
        match self.by_sku.get(name).map(Vec::as_slice) {
            Some([one]) => return Ok(*one),
            Some([_, ..]) => return Err(format!("{name:?} is the SKU of several products; name them by their slugs")),
            Some([]) | None => {}
        }
        let kept = ProductId::parse(name).ok().filter(|id| self.kept.contains(id));
        kept.ok_or_else(|| format!("{name:?} is neither the slug nor the SKU of a product of this store"))
    }
}
