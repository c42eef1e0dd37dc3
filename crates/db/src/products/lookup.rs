//! Whose a slug, a product code or an article number is: many at once, for files that name products by them.

use super::product_id;
use crate::codec::Place;
use crate::engine::{Db, binds};
use crate::error::DbError;
use crate::sql::ListSql;
use commerce::ids::{PartnerId, ProductId};
use std::collections::BTreeMap;
use std::sync::LazyLock;

pub(super) static BY_SLUGS: LazyLock<ListSql> =
    LazyLock::new(|| ListSql::new("SELECT slug, id FROM products WHERE slug IN ({keys}) ORDER BY slug LIMIT 64"));
pub(super) static SLUGS_BY_ID: LazyLock<ListSql> =
    LazyLock::new(|| ListSql::new("SELECT id, slug FROM products WHERE id IN ({keys}) ORDER BY id LIMIT 64"));
pub(super) static BY_UPCS: LazyLock<ListSql> =
    LazyLock::new(|| ListSql::new("SELECT upc, id FROM products WHERE upc IN ({keys}) ORDER BY upc LIMIT 64"));
pub(super) static BY_SKUS: LazyLock<ListSql> = LazyLock::new(|| {
    ListSql::new(
        "SELECT sku, product_id, partner_id FROM stock_records WHERE sku IN ({keys}) ORDER BY sku, partner_id LIMIT 640",
    )
});

/// Products that show one picture; more are shown at the next publish.
pub(super) const SHOWING: &str =
    "SELECT DISTINCT product_id FROM images WHERE source = $1 ORDER BY product_id LIMIT 64";

/// A partner's stock record as its article number finds it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SkuOwner {
    /// The product that is offered.
    pub product: ProductId,
    /// Whose article number it is.
    pub partner: PartnerId,
}

impl Db {
    /// Products by their slugs; those that are nobody's are left out.
    pub async fn find_products_by_slugs(&self, slugs: &[String]) -> Result<BTreeMap<String, ProductId>, DbError> {
        self.owners(&BY_SLUGS, slugs).await
    }

    /// Products by their universal product codes.
    pub async fn find_products_by_upcs(&self, upcs: &[String]) -> Result<BTreeMap<String, ProductId>, DbError> {
        self.owners(&BY_UPCS, upcs).await
    }

    /// Slugs of products; those that are gone are left out.
    pub async fn find_slugs(&self, ids: &[ProductId]) -> Result<BTreeMap<ProductId, String>, DbError> {
        let keys: Vec<String> = ids.iter().map(ToString::to_string).collect();
        let rows = self.fetch_list(&SLUGS_BY_ID, &keys).await?;
        rows.iter().map(|row| Ok((product_id(&row.text(0)?)?, row.text(1)?))).collect()
    }

    /// The first 64 products that show a picture.
    pub async fn list_products_showing(&self, source: &str) -> Result<Vec<ProductId>, DbError> {
        self.fetch(SHOWING, binds![source]).await?.iter().map(|row| product_id(&row.text(0)?)).collect()
    }

    async fn owners(
        &self,
        sql: &'static LazyLock<ListSql>,
        keys: &[String],
    ) -> Result<BTreeMap<String, ProductId>, DbError> {
        let rows = self.fetch_list(sql, keys).await?;
        rows.iter().map(|row| Ok((row.text(0)?, product_id(&row.text(1)?)?))).collect()
    }

    /// Products by their article numbers; partners may share one.
    pub async fn find_skus(&self, skus: &[String]) -> Result<BTreeMap<String, Vec<SkuOwner>>, DbError> {
        let mut owners: BTreeMap<String, Vec<SkuOwner>> = BTreeMap::new();
        for row in self.fetch_list(&BY_SKUS, skus).await? {
            let sku = row.text(0)?;
            let partner = Place { table: "stock_records", key: &sku }.id(PartnerId::parse, &row.text(2)?)?;
            owners.entry(sku).or_default().push(SkuOwner { product: product_id(&row.text(1)?)?, partner });
        }
        Ok(owners)
    }
}
