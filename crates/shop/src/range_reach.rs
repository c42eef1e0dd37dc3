//! How many products a range holds: what it says of classes and categories, held against the catalogue.

use crate::shop::Shop;
use commerce::catalogue::CategoryTree;
use commerce::range::{Range, RangedProduct};
use db::DbError;

impl Shop {
    /// How many products that can be bought each range holds, hidden ones too. Goes over the whole catalogue.
    pub async fn count_products_of_ranges(&self, ranges: &[Range]) -> Result<Vec<u64>, DbError> {
        self.look_at_products(ranges, |_| false).await
    }

    /// Whether each range holds a product. Goes over the catalogue until all do.
    pub(crate) async fn have_products(&self, ranges: &[Range]) -> Result<Vec<bool>, DbError> {
        let counts = self.look_at_products(ranges, |counts| counts.iter().all(|count| *count > 0)).await?;
        Ok(counts.into_iter().map(|count| count > 0).collect())
    }

    /// Counts page by page until that is enough; memory does not grow with the catalogue.
    async fn look_at_products(
        &self,
        ranges: &[Range],
        is_enough: impl Fn(&[u64]) -> bool,
    ) -> Result<Vec<u64>, DbError> {
        let tree = CategoryTree::new(self.db().load_catalogue_setup().await?.categories);
        let (mut counts, mut after) = (vec![0; ranges.len()], None);
        while !is_enough(&counts) {
            let page = self.db().list_ranged_products(after).await?;
            let Some(last) = page.last() else { break };
            after = Some(last.product);
            for row in page {
                let categories = tree.with_ancestors(row.categories);
                let product = RangedProduct { product: row.product, parent: row.parent, class: row.class, categories };
                for (count, range) in counts.iter_mut().zip(ranges) {
                    *count += u64::from(range.contains(&product));
                }
            }
        }
        Ok(counts)
    }
}
