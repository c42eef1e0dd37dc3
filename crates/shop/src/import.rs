//! Moving in from django-oscar: its catalogue, offers and vouchers are read and written here, in batches, as often as one likes.
//!
//! A second run writes what differs and nothing else. What only this store knows stays: texts in other languages,
//! prices in other currencies, addresses, and what is in the house.

mod delivery;
mod merge;
mod rules;

pub use delivery::{DELIVERY_FILE, DeliveryMethodBrought, DeliveryState, ImportedDelivery};
pub use oscar::TaxCharged;
pub use rules::RulesChanged;

use crate::catalogue::{PRODUCTS_PER_WRITE_MAX, Showing};
use crate::shop::Shop;
use commerce::catalogue::{CatalogueSetup, ProductEntry, Structure};
use commerce::event::{Actor, Subject};
use commerce::ids::{CheckoutId, HoldId, ProductId, StockRecordId, derived_uuid};
use commerce::language::Language;
use commerce::money::Currency;
use commerce::slug::Slug;
use commerce::stock;
use db::checkouts::{Hold, HoldState};
use db::products::StoredProduct;
use db::{DbError, Tx};
use oscar::ImportedProduct;
use std::collections::HashMap;

/// Products and rules that could not be written and are told one by one; more are counted.
pub const REFUSED_LISTED_MAX: usize = 100;
/// Numbers that are tried behind a slug that somebody else has.
const SLUG_NUMBERS_MAX: u64 = 10_000;

/// What to bring over.
#[derive(Clone, Debug)]
pub struct ImportRequest {
    /// A SQLite file or a `postgres://` address.
    pub source: String,
    /// Language of its texts; Oscar keeps one.
    pub language: Language,
    /// Currency of prices that name none.
    pub currency: Currency,
}

/// How far it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ImportProgress {
    /// Products that were read and, if they differ, written.
    pub done: u64,
    /// Products in the source.
    pub total: u64,
}

/// Whoever wants to hear of it.
pub type OnProgress<'p> = &'p mut (dyn FnMut(ImportProgress) + Send);

/// What an import did, or would do.
#[derive(Clone, Debug, Default)]
pub struct ImportReport {
    /// Classes, attributes, options, categories and partners that are new or differ.
    pub setup_changed: u64,
    /// Products that were not here.
    pub new: u64,
    /// Products that differ.
    pub changed: u64,
    /// Products that are the same.
    pub unchanged: u64,
    /// Ranges, offers and vouchers that are new or differ.
    pub rules_changed: RulesChanged,
    /// Products and rules that could not be written, with why; at most [`REFUSED_LISTED_MAX`].
    pub refused: Vec<String>,
    /// All of these.
    pub refused_total: u64,
    /// Delivery methods of the source.
    pub delivery: ImportedDelivery,
    /// What its orders were charged in tax, for the store's settings.
    pub taxes: Vec<TaxCharged>,
    /// What was left out or changed on the way.
    pub source: oscar::Report,
}

impl ImportReport {
    /// Whether anything was, or would be, written.
    pub fn changes_anything(&self) -> bool {
        self.setup_changed + self.new + self.changed + self.rules_changed.total() > 0
    }

    fn refuse(&mut self, id: &str, why: &str) {
        self.refused_total += 1;
        if self.refused.len() < REFUSED_LISTED_MAX {
            self.refused.push(format!("{id}: {why}"));
        }
    }
}

/// Why an import ended early. What was written stays; running it again goes on.
#[derive(Debug, thiserror::Error)]
pub enum ImportError {
    /// The source cannot be opened.
    #[error("cannot open the source: {0}")]
    Open(#[from] oscar::OpenError),
    /// The source cannot be read.
    #[error("cannot read the source: {0}")]
    Read(#[from] oscar::ReadError),
    /// The store's database.
    #[error(transparent)]
    Db(#[from] DbError),
    /// What was written could not be published.
    #[error("everything is written, but could not be published ({0:#}); `tradewind publish` tries again")]
    Publish(anyhow::Error),
}

/// Opens a source and closes it again: whether it is one, and in which currency most of its prices are.
pub async fn look_at_source(source: &str) -> Result<Option<Currency>, ImportError> {
    let mut source = oscar::Source::open(source).await?;
    let usual = source.usual_currency().await;
    source.close().await;
    Ok(usual?)
}

/// Reads a source as for an import into an empty store, and writes nothing.
pub async fn preview_oscar(request: &ImportRequest, progress: OnProgress<'_>) -> Result<ImportReport, ImportError> {
    run(None, true, request, &Actor::Operator, progress).await
}

impl Shop {
    /// Brings an Oscar catalogue over and publishes it; with `dry_run` only says what would be written.
    pub async fn import_oscar(
        &self,
        request: &ImportRequest,
        dry_run: bool,
        actor: &Actor,
        progress: OnProgress<'_>,
    ) -> Result<ImportReport, ImportError> {
        let report = run(Some(self), dry_run, request, actor, progress).await?;
        if !dry_run && (report.changes_anything() || self.owes_publish().await?) {
            let ImportReport { new, changed, setup_changed, rules_changed, .. } = &report;
            let rules = rules_changed.total();
            let detail = format!("new={new} changed={changed} setup={setup_changed} rules={rules}");
            let event = self.event(actor, Subject::Catalogue, "", "oscar_imported", detail);
            self.db().note(&event).await?;
            self.publish_everything().await.map_err(ImportError::Publish)?;
        }
        Ok(report)
    }
}

async fn run(
    shop: Option<&Shop>,
    dry_run: bool,
    request: &ImportRequest,
    actor: &Actor,
    progress: OnProgress<'_>,
) -> Result<ImportReport, ImportError> {
    let mut source = oscar::Source::open(&request.source).await?;
    let total = source.counts().await?.products();
    let taxes = source.taxes_charged().await?;
    let options = oscar::Options { clean_html, ..oscar::Options::new(request.language, request.currency) };
    let mut catalogue = source.catalogue(options).await?;
    let mut report = ImportReport { taxes, ..ImportReport::default() };
    let writer = Writer { shop, dry_run, actor, language: request.language };
    writer.setup(catalogue.setup(), &mut report).await?;
    let (mut done, mut after) = (0, None);
    loop {
        let page = catalogue.products(after, PRODUCTS_PER_WRITE_MAX).await?;
        done += u64::try_from(page.products.len()).unwrap_or_default();
        writer.products(page.products, &mut report).await?;
        progress(ImportProgress { done, total });
        after = page.next;
        if after.is_none() {
            break;
        }
    }
    writer.rules(&mut catalogue, &mut report).await?;
    let methods = catalogue.shipping_methods();
    report.delivery = delivery::bring(shop, dry_run, methods, request.language, request.currency);
    report.source = catalogue.report().clone();
    source.close().await;
    Ok(report)
}

/// Oscar trusts its descriptions as HTML; here they lose what could run.
fn clean_html(html: &str) -> String {
    ammonia::clean(html)
}

struct Writer<'w> {
    /// None where there is no store yet.
    shop: Option<&'w Shop>,
    dry_run: bool,
    actor: &'w Actor,
    language: Language,
}

impl Writer<'_> {
    async fn setup(&self, read: &CatalogueSetup, report: &mut ImportReport) -> Result<(), ImportError> {
        let known = match self.shop {
            Some(shop) => shop.db().load_catalogue_setup().await?,
            None => CatalogueSetup::default(),
        };
        let (changed, count) = merge::setup(read, &known, self.language);
        report.setup_changed = count;
        if let (Some(shop), false, true) = (self.shop, self.dry_run, count > 0) {
            shop.owe_publish().await?;
            shop.put_catalogue_setup(&changed, self.actor, Showing::LaterAsAWhole).await?;
        }
        Ok(())
    }

    async fn products(&self, read: Vec<ImportedProduct>, report: &mut ImportReport) -> Result<(), ImportError> {
        let known = self.known(&read).await?;
        let mut entries = Vec::new();
        let mut allocated = Vec::new();
        for product in read {
            let mut entry = product.entry;
            allocated.extend(product.allocated);
            let stored = known.get(&entry.product.id);
            if let Some(stored) = stored {
                let now = self.shop.map(Shop::now).unwrap_or_default();
                merge::product(&mut entry, &stored.entry, self.language, now);
                if entry == stored.entry {
                    report.unchanged += 1;
                    continue;
                }
                merge::mark_changed(&mut entry, &stored.entry);
                report.changed += 1;
            } else {
                report.new += 1;
            }
            let position = stored.map_or_else(|| entry.product.oscar.unwrap_or_default(), |stored| stored.position);
            entries.push((entry, position));
        }
        let (Some(shop), false) = (self.shop, self.dry_run) else { return Ok(()) };
        if !entries.is_empty() {
            shop.owe_publish().await?;
            match shop.put_products(&entries, self.actor, Showing::LaterAsAWhole).await {
                Err(DbError::Taken { .. }) => self.one_by_one(shop, entries, report).await?,
                done => done?,
            }
        }
        for (record, units) in allocated {
            reserve(shop, record, units).await?;
        }
        Ok(())
    }

    /// What the store knows of these products.
    async fn known(&self, read: &[ImportedProduct]) -> Result<HashMap<ProductId, StoredProduct>, DbError> {
        let Some(shop) = self.shop else { return Ok(HashMap::new()) };
        let mut heads: Vec<ProductId> = read
            .iter()
            .map(|product| match product.entry.product.structure {
                Structure::Child(parent) => parent,
                _ => product.entry.product.id,
            })
            .collect();
        heads.sort();
        heads.dedup();
        let families = shop.db().load_families(&heads).await?;
        let products = families.into_iter().flat_map(|family| std::iter::once(family.head).chain(family.children));
        Ok(products.map(|stored| (stored.entry.product.id, stored)).collect())
    }

    /// Something in a batch is taken by a product that the store had before: each is written alone, mended if it can
    /// be.
    async fn one_by_one(
        &self,
        shop: &Shop,
        entries: Vec<(ProductEntry, i64)>,
        report: &mut ImportReport,
    ) -> Result<(), DbError> {
        for (mut entry, position) in entries {
            give_way(shop, &mut entry, report).await?;
            let label = entry.product.slug.to_string();
            match shop.put_products(&[(entry, position)], self.actor, Showing::LaterAsAWhole).await {
                Err(DbError::Taken { constraint }) => report.refuse(&label, &format!("{constraint} is taken")),
                done => done?,
            }
        }
        Ok(())
    }
}

/// Takes another slug, and no product code, where those of the source belong to another product here.
async fn give_way(shop: &Shop, entry: &mut ProductEntry, report: &mut ImportReport) -> Result<(), DbError> {
    let (id, wanted) = (entry.product.id, entry.product.slug.clone());
    if shop.db().find_product_by_slug(&wanted).await?.is_some_and(|owner| owner != id) {
        entry.product.slug = free_slug(shop, &wanted).await?;
        report.refuse(wanted.as_str(), &format!("the address is taken; it became {}", entry.product.slug));
    }
    if let Some(upc) = entry.product.upc.clone() {
        let owners = shop.db().find_products_by_upcs(std::slice::from_ref(&upc)).await?;
        if owners.get(&upc).is_some_and(|owner| *owner != id) {
            entry.product.upc = None;
            report.refuse(wanted.as_str(), &format!("the product code {upc} is taken; it came without"));
        }
    }
    Ok(())
}

/// The first number behind a slug that nobody has.
pub(crate) async fn free_slug(shop: &Shop, wanted: &Slug) -> Result<Slug, DbError> {
    let taken = shop.db().list_slugs_like(wanted).await?;
    let numbered = (2..SLUG_NUMBERS_MAX).map(|number| wanted.numbered(number));
    let free = numbered.into_iter().find(|slug| !taken.iter().any(|taken| taken == slug.as_str()));
    Ok(free.unwrap_or_else(|| wanted.numbered(shop.chance().number())))
}

/// Sets units aside that the old shop has sold and not sent yet: they are in the house but not for sale. Done once;
/// the hold's id follows from the stock record's.
async fn reserve(shop: &Shop, record: StockRecordId, units: i64) -> Result<(), DbError> {
    let id = derived_uuid("oscar/allocated", &record.to_string());
    let checkout = CheckoutId::new(id);
    if units < 1 || !shop.db().list_holds(checkout).await?.is_empty() {
        return Ok(());
    }
    let now = shop.now();
    let hold = Hold { id: HoldId::new(id), checkout, state: HoldState::Claimed, expires_at: now };
    shop.db()
        .retry(|| async {
            let mut tx = shop.db().begin().await?;
            reserve_in(&mut tx, &hold, record, units, now).await?;
            tx.commit().await
        })
        .await
}

async fn reserve_in(
    tx: &mut Tx,
    hold: &Hold,
    record: StockRecordId,
    units: i64,
    now: commerce::moment::Moment,
) -> Result<(), DbError> {
    let on_sale = tx.on_sale(&[record]).await?;
    let buckets = on_sale.get(&record).map_or(&[][..], |entry| &entry.buckets);
    let free: i64 = buckets.iter().map(|bucket| bucket.free).sum();
    // More may be promised than there is: Oscar does not look.
    let Some(plan) = stock::plan(buckets, units.min(free), 0) else { return Ok(()) };
    let takes: Vec<(StockRecordId, stock::Take)> = plan.into_iter().map(|take| (record, take)).collect();
    tx.insert_hold(hold, "", &takes, now).await?;
    for (record, take) in takes {
        tx.take_units(record, take).await?;
    }
    Ok(())
}
