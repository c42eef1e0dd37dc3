//! What ranges know products by, of all products in pages: to tell how many a range holds.

use super::product_id;
use crate::codec::Place;
use crate::engine::{Db, Row, binds};
use crate::error::DbError;
use commerce::ids::{CategoryId, ProductClassId, ProductId};

/// Most products of one page.
pub const RANGED_PER_PAGE_MAX: usize = 1_000;

// A child's class and categories are its parent's. Nobody buys a parent, so it counts for nothing by itself.
pub(super) const RANGED: &str = "SELECT p.id, p.parent_id, COALESCE(f.class_id, p.class_id), \
     COALESCE(f.categories, p.categories) FROM products p LEFT JOIN products f ON f.id = p.parent_id \
     WHERE p.id > $1 AND p.structure <> 'parent' ORDER BY p.id LIMIT 1000";

/// What ranges know a product by that can be bought, but for the categories above its own.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RangedRow {
    /// The product: a standalone one or a child.
    pub product: ProductId,
    /// Its parent, if it is a child.
    pub parent: Option<ProductId>,
    /// Its class, or that of its parent.
    pub class: Option<ProductClassId>,
    /// Its categories, or those of its parent.
    pub categories: Vec<CategoryId>,
}

fn ranged(row: &Row) -> Result<RangedRow, DbError> {
    let key = row.text(0)?;
    let place = Place { table: "products", key: &key };
    Ok(RangedRow {
        product: product_id(&key)?,
        parent: row.opt_text(1)?.map(|raw| place.id(ProductId::parse, &raw)).transpose()?,
        class: row.opt_text(2)?.map(|raw| place.id(ProductClassId::parse, &raw)).transpose()?,
        categories: place.ids(CategoryId::parse, &row.text(3)?)?,
    })
}

impl Db {
    /// The next [`RANGED_PER_PAGE_MAX`] products that can be bought after this one, in the order of their ids; none at
    /// the end.
    pub async fn list_ranged_products(&self, after: Option<ProductId>) -> Result<Vec<RangedRow>, DbError> {
        let after = after.map(|id| id.to_string()).unwrap_or_default();
        self.fetch(RANGED, binds![&after]).await?.iter().map(ranged).collect()
    }
}
