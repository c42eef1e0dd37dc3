//! Publishing: from the database to the snapshot that shoppers read, whole or in small steps.
//!
//! One publisher at a time, by a lease whose fencing number goes into `current`. Purges of the edge are tasks that
//! are due no sooner than every instance must have looked at the new snapshot.

use crate::document::{DocumentMaker, Facts};
use crate::edge::PURGE_TAGS_MAX;
use crate::market_prices::MarketPrices;
use crate::shop::Shop;
use anyhow::{Context, bail};
use catalog::document::ProductDocument;
use catalog::{CHANGES_MAX, Changes, Front, FullDraft, PublishError, Published, Purge, Stamp, View};
use commerce::availability::Availability;
use commerce::ids::{ProductId, StockRecordId, derived_uuid};
use commerce::moment::Moment;
use commerce::money::Currency;
use db::outbox::{Lease, OutboxTask};
use db::products::{FAMILIES_MAX, Family};
use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

/// Name of the publisher's lease.
const LEASE: &str = "publish";
/// How long a lease lasts unless it is kept, in milliseconds: a publisher that died blocks no longer.
const LEASE_MS: i64 = 60_000;
/// How long another publisher is waited for, in milliseconds.
const LEASE_WAIT_MS_MAX: u64 = 10_000;
/// How often a publisher that was overtaken begins anew.
const OVERTAKEN_TRIES_MAX: u32 = 5;
/// Tasks that one transaction writes.
const TASKS_PER_WRITE_MAX: usize = 1_000;
/// How far apart the clocks of two instances may be, in milliseconds.
const CLOCKS_DIFFER_MS: i64 = 5_000;
/// Payload of a publish because a product crossed between available and sold out.
pub(crate) const CROSSED: &str = "crossed";
/// The tag that every page carries.
pub const STORE_TAG: &str = "store";

/// What shoppers read has changed, but the edge was not told of it.
#[derive(Debug, thiserror::Error)]
#[error("it is published, but the edge could not be told")]
pub(crate) struct EdgeNotTold;

/// What a document says of a stock record.
struct Said {
    product: ProductId,
    record: StockRecordId,
    availability: Availability,
}

/// The cache tag of pages that show a product's title, price or picture.
pub fn product_tag(id: ProductId) -> String {
    short_tag('p', id.uuid())
}

/// The cache tag of pages that list a category.
pub fn category_tag(id: commerce::ids::CategoryId) -> String {
    short_tag('c', id.uuid())
}

/// Tags count against a header's size, so they are short: 48 bits, folded from all of the id.
fn short_tag(kind: char, id: uuid::Uuid) -> String {
    let (high, low) = id.as_u64_pair();
    format!("{kind}{:012x}", (high ^ low.rotate_left(17)) & 0xffff_ffff_ffff)
}

impl Shop {
    /// Publishes the whole catalogue.
    pub async fn publish_all(&self) -> anyhow::Result<Published> {
        let lease = self.publish_lease().await?;
        let published = self.publish_all_under(&lease).await;
        // What cannot be given back ends by itself.
        let _ = self.0.db.give_lease_back(&lease).await;
        published
    }

    async fn publish_all_under(&self, lease: &Lease) -> anyhow::Result<Published> {
        let now = self.now();
        let maker = self.document_maker(now).await?;
        self.enqueue_missing_of_categories(&maker.tree, &maker.category_pictures).await?;
        let scratch = self.0.folder.join("data");
        std::fs::create_dir_all(&scratch)?;
        let rules = self.rules_to_publish(None).await?.unwrap_or_default();
        let mut draft = FullDraft::new(self.front(&maker), &scratch)?.with_rules(rules);
        let mut after = None;
        let mut renewed = now;
        loop {
            let ids = self.0.db.list_family_ids(after).await?;
            let Some(last) = ids.last().copied() else { break };
            after = Some(last);
            let families = self.0.db.load_families(&ids).await?;
            self.enqueue_missing_of_families(&families).await?;
            let documents = self.documents(&maker, &families).await?;
            draft = tokio::task::spawn_blocking(move || draft.add(documents).map(|()| draft)).await??;
            if self.now().ms_since(renewed) > LEASE_MS / 4 {
                renewed = self.now();
                if !self.0.db.keep_lease(lease, renewed, LEASE_MS * 10).await? {
                    bail!("another publisher took over");
                }
            }
        }
        let stamp = self.stamp(lease, now).await?;
        // Written first: a purge that nobody needed is harmless, one that a crash forgets is not.
        let whatever_comes = self.enqueue_purge_of_all(self.now().plus_ms(LEASE_MS * 10)).await?;
        let published = self.0.publisher.publish_full(draft, stamp).await?;
        // Documents say what the overlay said.
        self.0.publisher.publish_stock(Vec::new(), stamp).await?;
        self.enqueue_purge_of(purge_tags(&published.purge)).await?;
        self.0.db.finish_task(&whatever_comes.id).await?;
        Ok(published)
    }

    /// Publishes these products (and the families that they belong to) as they are now; those that are gone, or that
    /// shoppers may not see any more, leave the snapshot.
    pub async fn publish_products(&self, ids: &[ProductId]) -> anyhow::Result<()> {
        self.publish_crossed(ids, &BTreeSet::new()).await
    }

    /// The same, where some of them sold out or came back a while ago: pages from before are about, whatever these
    /// products say by now.
    pub(crate) async fn publish_crossed(&self, ids: &[ProductId], crossed: &BTreeSet<ProductId>) -> anyhow::Result<()> {
        if ids.len() > CHANGES_MAX {
            return self.publish_all().await.map(|_| ());
        }
        let lease = self.publish_lease().await?;
        let published = self.publish_products_under(&lease, ids, crossed).await;
        let _ = self.0.db.give_lease_back(&lease).await;
        if published?.is_none_or(|published| published.full_advised) {
            self.publish_all().await?;
        }
        Ok(())
    }

    /// `None` if the small step is not possible and everything must be published.
    async fn publish_products_under(
        &self,
        lease: &Lease,
        ids: &[ProductId],
        crossed: &BTreeSet<ProductId>,
    ) -> anyhow::Result<Option<Published>> {
        for _ in 0..OVERTAKEN_TRIES_MAX {
            let now = self.now();
            let view = match self.0.publisher.view(now).await {
                Ok(view) => view,
                Err(error) if error.is_mended_by_all() => return Ok(None),
                Err(error) => return Err(error).context("cannot read what is published"),
            };
            let since = view.snapshot.created().plus_ms(-CLOCKS_DIFFER_MS);
            // Prices that began or ended since come along: the moment that the last publish waits for is overwritten.
            let mut ids: BTreeSet<ProductId> = ids.iter().copied().collect();
            ids.extend(self.0.db.list_price_changes(since, now).await?);
            if ids.len() > CHANGES_MAX {
                return Ok(None);
            }
            let maker = self.document_maker(now).await?;
            let (changes, said) = self.changes(&maker, &ids.into_iter().collect::<Vec<_>>()).await?;
            let changes = Changes { rules: self.rules_to_publish(Some(&view)).await?, ..changes };
            let stamp = self.stamp(lease, now).await?;
            match self.0.publisher.publish_changes(changes, stamp).await {
                Ok(published) => {
                    self.after_changes(&published.purge, &said, crossed, stamp).await.context(EdgeNotTold)?;
                    return Ok(Some(published));
                }
                Err(error) if error.is_mended_by_all() => return Ok(None),
                Err(PublishError::Overtaken) => {}
                Err(error) => return Err(error).context("cannot publish"),
            }
        }
        bail!("other publishers were faster {OVERTAKEN_TRIES_MAX} times")
    }

    /// What follows from a small publish: purges, and an overlay that agrees with it.
    async fn after_changes(
        &self,
        purge: &Purge,
        said: &[Said],
        crossed: &BTreeSet<ProductId>,
        stamp: Stamp,
    ) -> anyhow::Result<()> {
        let mut tags = purge_tags(purge);
        let is_dropped = |tags: &[String], id: ProductId| {
            let tag = product_tag(id);
            tags.iter().any(|dropped| *dropped == tag || dropped == STORE_TAG)
        };
        let for_stock = crossed.iter().filter(|id| !is_dropped(&tags, **id)).map(|id| product_tag(*id)).collect();
        tags.extend(self.within_stock_budget(for_stock).await?);
        // What crossed just now waits for the end of its window, as whatever crosses does.
        let later = purge.crossed.difference(crossed).filter(|id| !is_dropped(&tags, **id)).copied();
        self.enqueue_crossings(&later.collect()).await?;
        self.agree_with_overlay(said, &purge.restocked, |id| is_dropped(&tags, id), stamp).await?;
        Ok(self.enqueue_purge_of(tags).await?)
    }

    /// What became of these products, and what the documents of those that shoppers see say of stock.
    async fn changes(&self, maker: &DocumentMaker, ids: &[ProductId]) -> anyhow::Result<(Changes, Vec<Said>)> {
        let mut changes = Changes { front: Some(self.front(maker)), ..Changes::default() };
        let mut shown: BTreeSet<ProductId> = BTreeSet::new();
        let mut said = Vec::new();
        for chunk in ids.chunks(FAMILIES_MAX) {
            let heads = self.0.db.find_family_heads(chunk).await?;
            let families = self.0.db.load_families(&heads).await?;
            for document in self.documents(maker, &families).await? {
                if shown.insert(document.id) {
                    let product = document.id;
                    said.extend(document.variants.iter().filter_map(|variant| {
                        Some(Said { product, record: variant.stock_record?, availability: variant.availability })
                    }));
                    changes.upserts.push(document);
                }
            }
            // Whatever was asked for and is not shown is gone; a child is not shown under its own id anyway.
            changes.removals.extend(heads.iter().chain(chunk).filter(|id| !shown.contains(id)));
        }
        changes.removals.sort();
        changes.removals.dedup();
        Ok((changes, said))
    }

    async fn document_maker(&self, now: Moment) -> anyhow::Result<DocumentMaker> {
        let setup = self.0.db.load_catalogue_setup().await?;
        let pictures = self.uploads_of_categories(&setup.categories).await?;
        let prices = MarketPrices::new(&self.0.settings.markets, now);
        Ok(DocumentMaker::new(setup, pictures, prices, self.0.settings.few_left))
    }

    async fn documents(&self, maker: &DocumentMaker, families: &[Family]) -> anyhow::Result<Vec<ProductDocument>> {
        let products = families.iter().flat_map(|family| std::iter::once(&family.head).chain(&family.children));
        let records: Vec<StockRecordId> =
            products.flat_map(|stored| stored.entry.stock_records.first()).map(|record| record.id).collect();
        let levels = self.0.db.free_and_held(&records).await?;
        let (uploads, listed) = (self.uploads_of_families(families).await?, self.0.db.listed_prices(&records).await?);
        let facts = Facts { levels, uploads, listed };
        Ok(families.iter().filter_map(|family| maker.document(family, &facts)).collect())
    }

    fn front(&self, maker: &DocumentMaker) -> Front {
        Front {
            categories: maker.category_entries(),
            languages: self.0.settings.markets.languages(),
            currencies: self.currencies(),
            synonyms: self.0.settings.synonyms.values().flatten().cloned().collect(),
            facet_order: Vec::new(),
        }
    }

    /// The currencies of all markets, each once.
    pub(crate) fn currencies(&self) -> Vec<Currency> {
        let mut currencies = Vec::new();
        for market in self.0.settings.markets.iter() {
            if !currencies.contains(&market.currency) {
                currencies.push(market.currency);
            }
        }
        currencies
    }

    async fn stamp(&self, lease: &Lease, now: Moment) -> anyhow::Result<Stamp> {
        let db = &self.0.db;
        let changes = [db.next_price_change(now).await?, db.next_offer_change(now).await?, self.next_tax_change(now)];
        let next_change = changes.into_iter().flatten().min();
        Ok(Stamp { now, fence: u64::try_from(lease.fence).unwrap_or_default(), next_change })
    }

    async fn publish_lease(&self) -> anyhow::Result<Lease> {
        let deadline = tokio::time::Instant::now() + Duration::from_millis(LEASE_WAIT_MS_MAX);
        // Each publish is a holder of its own: two in one process must not run at once either.
        let holder = format!("{}/{}", self.0.instance, self.0.chance.number());
        loop {
            let taken = self.0.db.take_lease(LEASE, &holder, self.now(), LEASE_MS).await;
            match taken {
                Ok(Some(lease)) => return Ok(lease),
                Ok(None) | Err(db::DbError::Conflict) if tokio::time::Instant::now() < deadline => {
                    tokio::time::sleep(Duration::from_millis(20)).await;
                }
                Ok(None) | Err(db::DbError::Conflict) => bail!("another program publishes; try again in a minute"),
                Err(error) => return Err(error.into()),
            }
        }
    }

    /// Says anew how these stock records stand, where it differs from what shoppers read. A product that crosses
    /// between available and sold out is published and purged, at most once in `stock_purge_ms` and within the budget
    /// of the month.
    pub(crate) async fn refresh_stock(&self, products: &[ProductId]) -> anyhow::Result<()> {
        if products.is_empty() {
            return Ok(());
        }
        // Everything is read under the lease: of two that refresh, the later has the later facts.
        let lease = self.publish_lease().await?;
        let refreshed = self.refresh_stock_under(&lease, products).await;
        let _ = self.0.db.give_lease_back(&lease).await;
        if refreshed.context("cannot publish what is said of stock")? {
            Ok(())
        } else {
            self.publish_all().await.map(|_| ())
        }
    }

    /// What is published now, of these products; `None` if it is damaged.
    async fn published_documents(
        &self,
        products: &[ProductId],
        now: Moment,
    ) -> anyhow::Result<Option<(View, Vec<Option<ProductDocument>>)>> {
        let read = async {
            let view = self.0.publisher.view(now).await?;
            let (snapshot, ids) = (view.snapshot.clone(), products.to_vec());
            let documents = tokio::task::spawn_blocking(move || snapshot.products_by_id(&ids)).await??;
            Ok::<_, PublishError>((view, documents))
        };
        match read.await {
            Ok(found) => Ok(Some(found)),
            Err(error) if error.is_mended_by_all() => Ok(None),
            Err(error) => Err(error.into()),
        }
    }

    /// `false` if the overlay would be too long or what is published is damaged, so that everything must be published.
    async fn refresh_stock_under(&self, lease: &Lease, products: &[ProductId]) -> anyhow::Result<bool> {
        let now = self.now();
        let Some((view, documents)) = self.published_documents(products, now).await? else { return Ok(false) };
        let mut said: BTreeMap<StockRecordId, (ProductId, Availability)> = BTreeMap::new();
        for document in documents.iter().flatten() {
            for variant in &document.variants {
                let for_sale = variant.availability != Availability::NotForSale;
                if let Some(record) = variant.stock_record.filter(|_| for_sale) {
                    said.insert(record, (document.id, view.availability(Some(record), variant.availability)));
                }
            }
        }
        let records: Vec<StockRecordId> = said.keys().copied().collect();
        let levels = self.0.db.free_and_held(&records).await?;
        let mut overlay: BTreeMap<StockRecordId, Availability> = view.stock.records().iter().copied().collect();
        let (mut news, mut crossed) = (false, BTreeSet::new());
        for (record, (product, now_said)) in said {
            let Some((free, held)) = levels.get(&record) else { continue };
            let now = Availability::from_free(Some(*free), *held, self.0.settings.few_left);
            if now != now_said {
                news = true;
                overlay.insert(record, now);
                if now.can_be_bought() != now_said.can_be_bought() {
                    crossed.insert(product);
                }
            }
        }
        if !news {
            return Ok(true);
        }
        // Written first: a crossing that is published twice is harmless, one that is forgotten is not.
        self.enqueue_crossings(&crossed).await?;
        let stamp = self.stamp(lease, now).await?;
        match self.0.publisher.publish_stock(overlay.into_iter().collect(), stamp).await {
            Ok(_) => Ok(true),
            Err(PublishError::TooMany { .. }) => Ok(false),
            Err(error) => Err(error.into()),
        }
    }

    /// Drops records from the overlay whose documents were just written. Those whose pages are not dropped go on being
    /// told there: pages of before ask for nothing else.
    async fn agree_with_overlay(
        &self,
        said: &[Said],
        restocked: &BTreeSet<ProductId>,
        is_dropped: impl Fn(ProductId) -> bool,
        stamp: Stamp,
    ) -> Result<(), PublishError> {
        let view = self.0.publisher.view(stamp.now).await?;
        let before: BTreeMap<StockRecordId, Availability> = view.stock.records().iter().copied().collect();
        let mut overlay = before.clone();
        for Said { product, record, availability } in said {
            if is_dropped(*product) || *availability == Availability::NotForSale {
                overlay.remove(record);
            } else if overlay.contains_key(record) || restocked.contains(product) {
                overlay.insert(*record, *availability);
            }
        }
        if overlay != before {
            self.0.publisher.publish_stock(overlay.into_iter().collect(), stamp).await?;
        }
        Ok(())
    }

    /// Publishes prices whose moment has come; asks nobody before.
    pub(crate) async fn publish_due_prices(&self) -> anyhow::Result<()> {
        let now = self.now();
        // The release before has published: its documents lack what offers know them by.
        let lacks_rules = |view: &View| view.snapshot.rules_name().is_empty();
        if lacks_rules(&self.snapshots().current()) && lacks_rules(&self.snapshots().look(now).await.view) {
            return self.publish_all().await.map(|_| ());
        }
        let due = |view: &View| view.snapshot.next_change().is_some_and(|at| at <= now);
        // Another instance may have done it since this one looked.
        if !due(&self.snapshots().current()) || !due(&self.snapshots().look(now).await.view) {
            return Ok(());
        }
        self.publish_products(&[]).await
    }

    /// Deletes snapshot files that nobody needs any more.
    pub(crate) async fn collect_snapshots(&self) -> anyhow::Result<()> {
        let lease = self.publish_lease().await?;
        let collected = self.0.publisher.collect(self.now()).await;
        let _ = self.0.db.give_lease_back(&lease).await;
        collected?;
        Ok(())
    }

    async fn enqueue_crossings(&self, products: &BTreeSet<ProductId>) -> Result<(), db::DbError> {
        if products.is_empty() {
            return Ok(());
        }
        let now = self.now();
        // One window for everybody: whatever crosses within it goes out together at its end.
        let window = self.0.settings.stock_purge_ms.max(1) * 1_000;
        let since = now.micros().rem_euclid(window);
        let due =
            if self.0.settings.stock_purge_ms == 0 { now } else { Moment::from_micros(now.micros() - since + window) };
        // One task a product and window, however often it crosses in it.
        let id = |product: &ProductId| derived_uuid("crossed", &format!("{product} {}", due.micros())).to_string();
        let task = |product| OutboxTask { id: id(product), ..self.task("publish", product, CROSSED) };
        let tasks: Vec<_> = products.iter().map(task).collect();
        self.enqueue_all(&tasks, due, now).await
    }

    pub(crate) async fn enqueue_all(&self, tasks: &[OutboxTask], due: Moment, now: Moment) -> Result<(), db::DbError> {
        let db = &self.0.db;
        for chunk in tasks.chunks(TASKS_PER_WRITE_MAX) {
            db.retry(|| async {
                let mut tx = db.begin().await?;
                for task in chunk {
                    tx.enqueue(task, due, now).await?;
                }
                tx.commit().await
            })
            .await?;
        }
        Ok(())
    }
}

/// The tags of what changed; past the most that one purge may name, the one that every page carries.
pub fn purge_tags(purge: &Purge) -> Vec<String> {
    if purge.store {
        return vec![STORE_TAG.to_owned()];
    }
    let products = purge.cards.iter().chain(&purge.pages).map(|id| product_tag(*id));
    let tags: BTreeSet<String> = products.chain(purge.categories.iter().map(|id| category_tag(*id))).collect();
    if tags.len() > PURGE_TAGS_MAX { vec![STORE_TAG.to_owned()] } else { tags.into_iter().collect() }
}
