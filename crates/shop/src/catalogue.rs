//! Changing the catalogue: what staff, an import or a file brings is written, and shoppers see it a moment later.

use crate::shop::Shop;
use commerce::catalogue::{CatalogueSetup, ProductEntry, StockRecord};
use commerce::event::{Actor, Subject};
use commerce::ids::ProductId;
use commerce::stock::BUCKETS_MAX;
use db::{DbError, Tx};

/// Products that one transaction writes.
pub const PRODUCTS_PER_WRITE_MAX: usize = 64;
/// Rows that one transaction is given to write, as [`rows_of`] counts them: well below [`db::TX_ROWS_MAX`].
const ROWS_PER_WRITE_MAX: usize = 2_000;
/// Categories that one transaction writes.
const CATEGORIES_PER_WRITE_MAX: usize = 500;

/// Whether a write is shown by itself or together with others.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Showing {
    /// Within a second, as one small step.
    Soon,
    /// When the caller publishes the whole catalogue.
    LaterAsAWhole,
}

impl Shop {
    /// Writes classes, attributes, options, categories and partners; many categories in several transactions, which
    /// can all be repeated.
    pub async fn put_catalogue_setup(
        &self,
        setup: &CatalogueSetup,
        actor: &Actor,
        showing: Showing,
    ) -> Result<(), DbError> {
        let mut rest = setup.clone();
        while rest.categories.len() > CATEGORIES_PER_WRITE_MAX {
            let categories = rest.categories.drain(..CATEGORIES_PER_WRITE_MAX).collect();
            let part = CatalogueSetup { categories, ..CatalogueSetup::default() };
            self.put_setup_part(&part, actor, Showing::LaterAsAWhole).await?;
        }
        self.put_setup_part(&rest, actor, showing).await
    }

    async fn put_setup_part(&self, setup: &CatalogueSetup, actor: &Actor, showing: Showing) -> Result<(), DbError> {
        self.db()
            .retry(|| async {
                let mut tx = self.db().begin().await?;
                tx.put_catalogue_setup(setup).await?;
                self.enqueue_pictures_of(&mut tx, &setup.categories).await?;
                tx.insert_event(&self.event(actor, Subject::Catalogue, "", "catalogue_setup_written", String::new()))
                    .await?;
                if showing == Showing::Soon {
                    tx.enqueue(&self.task("publish", "", ""), self.now(), self.now()).await?;
                }
                tx.commit().await
            })
            .await?;
        self.ring_outbox();
        Ok(())
    }

    /// Writes products, each with its place among its siblings; in several transactions where they are too many for
    /// one.
    pub async fn put_products(
        &self,
        entries: &[(ProductEntry, i64)],
        actor: &Actor,
        showing: Showing,
    ) -> Result<(), DbError> {
        for chunk in chunks(entries) {
            self.db()
                .retry(|| async {
                    let mut tx = self.db().begin().await?;
                    tx.put_products(chunk).await?;
                    for (entry, _) in chunk {
                        let id = entry.product.id;
                        tx.insert_event(&self.event(actor, Subject::Product, id, "product_written", String::new()))
                            .await?;
                        self.enqueue_uploads_of(&mut tx, &entry.product).await?;
                        if showing == Showing::Soon {
                            self.enqueue_publish(&mut tx, id).await?;
                        }
                    }
                    tx.commit().await
                })
                .await?;
        }
        self.ring_outbox();
        Ok(())
    }

    /// Has a product published with the next small step.
    pub(crate) async fn enqueue_publish(&self, tx: &mut Tx, product: ProductId) -> Result<(), DbError> {
        tx.enqueue(&self.task("publish", product, ""), self.now(), self.now()).await
    }
}

/// Cuts products into what one transaction each writes.
fn chunks(entries: &[(ProductEntry, i64)]) -> impl Iterator<Item = &[(ProductEntry, i64)]> {
    let mut rest = entries;
    std::iter::from_fn(move || {
        let mut rows = 0;
        let fits = rest.iter().take(PRODUCTS_PER_WRITE_MAX).take_while(|(entry, _)| {
            rows += rows_of(entry);
            rows <= ROWS_PER_WRITE_MAX
        });
        // One that is too large by itself goes alone, and the database says so.
        let count = fits.count().max(1).min(rest.len());
        let (chunk, after) = rest.split_at(count);
        rest = after;
        (!chunk.is_empty()).then_some(chunk)
    })
}

/// At most how many rows change when a product is written: what is replaced counts twice.
fn rows_of(entry: &ProductEntry) -> usize {
    let record = |record: &StockRecord| 1 + 2 * record.prices.len() + usize::try_from(BUCKETS_MAX).unwrap_or_default();
    // The product, its old slug (kept, and given up by another), an event and two tasks.
    5 + 4 * entry.product.images.len() + entry.stock_records.iter().map(record).sum::<usize>()
}
