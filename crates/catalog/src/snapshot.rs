//! An open snapshot: everything that shoppers' pages ask for, as plain functions that read mapped files.

use crate::bytes::{FileBytes, ReadError};
use crate::document::{Card, CategoryEntry, ProductDocument};
use crate::error::SnapshotError;
use crate::front::{Counts, FrontPart, counts_from, front_from};
use crate::hash::{checksum, slug_hash};
use crate::hot::hot_from;
use crate::index::directory::Overlay;
use crate::index::listing::{self, Candidates, Filter, Wanted};
use crate::index::segment::CardIndex;
use crate::index::suggest::{Popular, completions};
use crate::index::words::{WordSearch, bounded, merge_common, union};
use crate::keys::{Keys, id_key, old_slug_key, oscar_key, variant_slug_key};
use crate::manifest::{FileRef, Manifest};
use crate::products::{Dictionary, Payload, Products, payload_head};
use crate::query::{Facet, Listing, ListingQuery, PAGE_SIZE, SUGGESTIONS_MAX, Suggestion};
use crate::ranges::at_once;
use crate::store::SnapshotStore;
use crate::wire::Raw;
use commerce::ids::{CategoryId, ProductId};
use commerce::language::Language;
use commerce::moment::Moment;
use commerce::money::{Currency, Money};
use std::collections::{BTreeMap, HashMap};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use tantivy::Index;
use tantivy::directory::OwnedBytes;

/// Most slugs that one call gives: what a sitemap may hold (sitemaps.org).
pub const SLUGS_MAX: usize = 50_000;
/// Most words that are suggested.
const WORDS_SUGGESTED_MAX: usize = 3;
/// Most categories that are suggested.
const CATEGORIES_SUGGESTED_MAX: usize = 2;
/// A new file of no more bytes is fetched as a whole by an instance that is open already.
pub(crate) const WHOLE_BYTES_MAX: usize = 512 << 10;
/// Words of the dictionary that the last, unfinished word may stand for.
const SUGGESTED_COMPLETIONS_MAX: usize = 12;

/// Everything of one publish, read only. Functions take microseconds and read nothing but mapped memory, except that
/// [`Snapshot::slugs`] walks through many products, and that those of a snapshot that is read by ranges wait for its bucket.
pub struct Snapshot {
    pub(crate) manifest: Manifest,
    /// By name in the store: what the next snapshot need not open again.
    pub(crate) files: HashMap<String, FileBytes>,
    /// The base first, then small parts, the newest last.
    pub(crate) parts: Vec<OpenPart>,
    pub(crate) dictionary: Arc<Dictionary>,
    pub(crate) front: Arc<FrontPart>,
    pub(crate) counts: Counts,
    pub(crate) overlay: Overlay,
    index: LazyIndex,
}

/// The index: open from the start where its files are at hand, else opened when it is first asked, so that a product's
/// page waits for none of it.
struct LazyIndex {
    open: OnceLock<CardIndex>,
    /// Held while it is opened, once.
    opening: Mutex<()>,
    /// Whom its hot parts are fetched from.
    store: Option<SnapshotStore>,
    /// Whether they have been. Snapshots over one base share it.
    warm: Arc<AtomicBool>,
}

/// Products of one publish.
pub(crate) struct OpenPart {
    pub(crate) products: Products,
    pub(crate) keys: Keys,
}

/// The address of a product, for sitemaps.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SlugEntry {
    /// Address of its page.
    pub slug: String,
    /// Its last change.
    pub updated_at: Moment,
}

/// Some addresses, and where the next ones begin.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SlugPage {
    /// The addresses, in an order of their own that stays.
    pub entries: Vec<SlugEntry>,
    /// What to ask for next; `None` at the end.
    pub next: Option<u64>,
}

impl std::fmt::Debug for Snapshot {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Snapshot {}", self.manifest.version)
    }
}

impl Snapshot {
    /// Opens what a manifest names; files that `before` has open stay as they are.
    ///
    /// What is read by ranges is looked at first only where there is something to go on with, `before`: a first opening
    /// has no reads to spare.
    pub(crate) async fn open(
        store: &SnapshotStore,
        manifest: Manifest,
        before: Option<&Self>,
    ) -> Result<Self, SnapshotError> {
        let known = |file: &FileRef| Some((file.name.clone(), before?.files.get(&file.name)?.clone()));
        let mut files: HashMap<String, FileBytes> = manifest.files().filter_map(known).collect();
        for (name, Raw(bytes)) in &manifest.inline {
            files.entry(name.clone()).or_insert_with(|| FileBytes::Whole(OwnedBytes::new(bytes.clone())));
        }
        let missing: Vec<&FileRef> = manifest.files().filter(|file| !files.contains_key(&file.name)).collect();
        files.extend(store.copies_of(missing));
        let ranged = store.reads_ranges_of(manifest.bytes());
        let is_whole = |file: &FileRef| {
            let is_small = file.length <= WHOLE_BYTES_MAX as u64 && !manifest.hot.contains(file);
            !ranged || *file == manifest.front || *file == manifest.counts || (before.is_some() && is_small)
        };
        let new = manifest.files().filter(|file| !files.contains_key(&file.name)).cloned();
        let (small, large): (Vec<_>, Vec<_>) = new.partition(is_whole);
        if before.is_some() {
            store.make_sure(&large).await?;
        }
        files.extend(store.by_ranges(large).unwrap_or_default());
        files.extend(store.open_all(small).await?);
        // What small publishes wrote since has just been fetched as a whole.
        let over_one_base = before.filter(|before| before.manifest.hot.first() == manifest.hot.first());
        let warm = over_one_base.map(|before| Arc::clone(&before.index.warm)).unwrap_or_default();
        let lazily = ranged.then(|| (store.clone(), warm));
        let reuse = before.map(|before| (before.manifest.clone(), before.front.clone(), before.dictionary.clone()));
        // Opening the index reads mapped files; on a worker of the runtime that would hold up others.
        tokio::task::spawn_blocking(move || Self::assemble(manifest, files, reuse, lazily)).await?
    }

    fn assemble(
        manifest: Manifest,
        files: HashMap<String, FileBytes>,
        reuse: Option<(Manifest, Arc<FrontPart>, Arc<Dictionary>)>,
        lazily: Option<(SnapshotStore, Arc<AtomicBool>)>,
    ) -> Result<Self, SnapshotError> {
        let bytes = |file: &FileRef| {
            files.get(&file.name).cloned().ok_or_else(|| SnapshotError::damaged(&file.name, "it is missing"))
        };
        let (front, dictionary) = match reuse {
            Some((old, front, dictionary))
                if old.front == manifest.front && dictionary.bytes() == manifest.dictionary =>
            {
                (front, dictionary)
            }
            _ => {
                let front = whole(&manifest.front, &bytes(&manifest.front)?.whole()?, front_from)?;
                (Arc::new(FrontPart::new(front)), Arc::new(Dictionary::new(manifest.dictionary.clone())))
            }
        };
        let counts: Counts = whole(&manifest.counts, &bytes(&manifest.counts)?.whole()?, counts_from)?;
        if counts.products.len() != front.front.categories.len() {
            return Err(SnapshotError::damaged(&manifest.counts.name, "it belongs to other categories"));
        }
        let mut parts = Vec::new();
        for part in &manifest.parts {
            let products = Products::open(bytes(&part.products)?, part.directory.clone());
            parts.push(OpenPart {
                products: products.map_err(|error| error.of(&part.products.name))?,
                keys: Keys::open(bytes(&part.keys)?).map_err(|error| error.of(&part.keys.name))?,
            });
        }
        let index_files: Result<Vec<_>, SnapshotError> =
            manifest.index.iter().map(|(name, file)| Ok((name.clone(), bytes(file)?))).collect();
        let overlay = Overlay::new(index_files?, manifest.index_meta.clone());
        let (store, warm) = lazily.unzip();
        let index =
            LazyIndex { open: OnceLock::new(), opening: Mutex::default(), store, warm: warm.unwrap_or_default() };
        let snapshot = Self { manifest, files, parts, dictionary, front, counts, overlay, index };
        if snapshot.index.store.is_none() {
            snapshot.index()?;
        }
        Ok(snapshot)
    }

    /// The index, opened if it is not yet: that may wait for the network, once.
    pub(crate) fn index(&self) -> Result<&CardIndex, SnapshotError> {
        if let Some(open) = self.index.open.get() {
            return Ok(open);
        }
        let _one = self.index.opening.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(open) = self.index.open.get() {
            return Ok(open);
        }
        self.warm()?;
        let index = Index::open(self.overlay.clone()).map_err(SnapshotError::from);
        let index = index.and_then(|index| CardIndex::open(&index, &self.front.front));
        let index = index.map_err(|error| self.damage_behind(error))?;
        Ok(self.index.open.get_or_init(|| index))
    }

    /// Fetches the hot parts and gives each file its ranges.
    fn warm(&self) -> Result<(), SnapshotError> {
        let Some(store) = &self.index.store else { return Ok(()) };
        let is_ranged =
            |(_, file): &(String, FileRef)| matches!(self.files.get(&file.name), Some(FileBytes::Ranged(_)));
        if self.index.warm.load(Ordering::Acquire) || !self.manifest.index.iter().any(is_ranged) {
            return Ok(());
        }
        for (file, bytes) in self.manifest.hot.iter().zip(store.fetch_waiting(&self.manifest.hot)?) {
            for (name, ranges) in hot_from(&file.name, &bytes)? {
                if let Some(FileBytes::Ranged(file)) = self.files.get(&name) {
                    file.warm(ranges);
                }
            }
        }
        self.index.warm.store(true, Ordering::Release);
        Ok(())
    }

    /// The index says that something is wrong but not where; the checksums do, of files that are at hand.
    fn damage_behind(&self, error: SnapshotError) -> SnapshotError {
        let is_damaged = |file: &&FileRef| {
            let bytes = self.files.get(&file.name).filter(|bytes| bytes.is_at_hand());
            bytes.and_then(|bytes| bytes.whole().ok()).is_some_and(|bytes| checksum(&bytes) != file.checksum)
        };
        match self.manifest.index.iter().map(|(_, file)| file).find(is_damaged) {
            Some(file) => SnapshotError::damaged(&file.name, "its checksum is wrong"),
            None => error,
        }
    }

    /// Rises with every publish.
    pub fn version(&self) -> u64 {
        self.manifest.version
    }

    /// When it was made.
    pub fn created(&self) -> Moment {
        self.manifest.created
    }

    /// The earliest moment at which something that it shows begins or ends: no page may be kept longer.
    pub fn next_change(&self) -> Option<Moment> {
        self.manifest.next_change
    }

    /// The rules that baskets are priced by, as the publisher gave them; empty where the release before has published.
    /// Whoever makes something of them keeps it by [`Snapshot::rules_name`]. May wait for the network.
    pub fn rules(&self) -> Result<Vec<u8>, SnapshotError> {
        let Some(file) = &self.manifest.rules else { return Ok(Vec::new()) };
        let bytes = self.files.get(&file.name).ok_or_else(|| SnapshotError::damaged(&file.name, "it is missing"))?;
        let bytes = bytes.whole()?;
        if checksum(&bytes) != file.checksum {
            return Err(SnapshotError::damaged(&file.name, "its checksum is wrong"));
        }
        Ok(bytes.to_vec())
    }

    /// What the rules are known by: another name where they are others.
    pub fn rules_name(&self) -> &str {
        self.manifest.rules.as_ref().map_or("", |file| &file.name)
    }

    /// How many products are in it.
    pub fn products(&self) -> u64 {
        self.manifest.products
    }

    /// The store's languages, in the order of fallback.
    pub fn languages(&self) -> &[Language] {
        &self.front.front.languages
    }

    /// Currencies in which listings sort and narrow.
    pub fn currencies(&self) -> &[Currency] {
        &self.front.front.currencies
    }

    /// Products that small changes have added to the base since the last whole publish; where that is much, publish
    /// all again.
    pub fn changes_since_full(&self) -> u64 {
        self.manifest.parts.iter().skip(1).map(|part| part.entries).sum()
    }

    /// How many files it consists of.
    pub fn file_count(&self) -> usize {
        self.files.len()
    }

    /// The product at this address.
    pub fn product(&self, slug: &str) -> Result<Option<ProductDocument>, SnapshotError> {
        let found = self.by_hash(slug_hash(slug))?;
        Ok(found.into_iter().find(|document| document.slug == slug))
    }

    /// The product with this id, or the parent of the child with this id.
    pub fn product_by_id(&self, id: ProductId) -> Result<Option<ProductDocument>, SnapshotError> {
        let has = |document: &ProductDocument| document.id == id || document.variants.iter().any(|v| v.id == id);
        self.by_key(id_key(id), has)
    }

    /// Products with these ids; in their order, none where there is none.
    pub fn products_by_id(&self, ids: &[ProductId]) -> Result<Vec<Option<ProductDocument>>, SnapshotError> {
        self.each(ids, |id| self.product_by_id(*id))
    }

    /// Does something for each of some things: where each may wait for reads, all at once.
    fn each<T: Sync, R: Send>(
        &self,
        things: &[T],
        work: impl Fn(&T) -> Result<R, SnapshotError> + Sync,
    ) -> Result<Vec<R>, SnapshotError> {
        if self.index.store.is_some() { at_once(things, work) } else { things.iter().map(work).collect() }
    }

    /// Cards of products with these ids, in their order; those that are gone are left out. Ids of children find none.
    pub fn cards(&self, ids: &[ProductId]) -> Result<Vec<Card>, SnapshotError> {
        if self.index.store.is_some() {
            // The index knows them by a dictionary that is read as a whole; the documents are a read or two away.
            let card = |id: &ProductId| Ok(self.product_by_id(*id)?.filter(|found| found.id == *id));
            return Ok(self.each(ids, card)?.iter().flatten().map(Card::of).collect());
        }
        let index = self.index()?;
        let mut cards = Vec::new();
        for id in ids {
            for segment in &index.segments {
                let postings = segment.postings(index.fields.id, id.uuid().as_bytes())?;
                let hits = union(postings.into_iter().map(|postings| (postings, 0)).collect(), None);
                if let Some(hit) = hits.iter().find(|hit| segment.is_alive(hit.doc)) {
                    cards.push(index.card(segment.ordinal, hit.doc)?);
                }
            }
        }
        Ok(cards)
    }

    /// Address of the product that holds the variant with this address.
    pub fn slug_by_variant_slug(&self, slug: &str) -> Result<Option<String>, SnapshotError> {
        let has = |document: &ProductDocument| document.variants.iter().any(|variant| variant.slug == slug);
        Ok(self.by_key(variant_slug_key(slug), has)?.map(|document| document.slug))
    }

    /// Address of the product that had this address before, itself or one of its variants.
    pub fn slug_by_old_slug(&self, slug: &str) -> Result<Option<String>, SnapshotError> {
        let has = |document: &ProductDocument| document.old_slugs.iter().any(|old| old == slug);
        Ok(self.by_key(old_slug_key(slug), has)?.map(|document| document.slug))
    }

    /// Address of the product that had this key in django-oscar.
    pub fn slug_by_oscar_key(&self, key: i64) -> Result<Option<String>, SnapshotError> {
        let has = |document: &ProductDocument| document.oscar_keys.contains(&key);
        Ok(self.by_key(oscar_key(key), has)?.map(|document| document.slug))
    }

    /// The newest state of all products with this hash.
    fn by_hash(&self, hash: u64) -> Result<Vec<ProductDocument>, SnapshotError> {
        let mut found: BTreeMap<String, Option<ProductDocument>> = BTreeMap::new();
        for (place, part) in self.parts.iter().enumerate().rev() {
            // A small part lists its slugs among its keys, which is cheaper to ask than its blocks.
            let names = &self.manifest.parts[place];
            let of_keys = |error: ReadError| error.of(&names.keys.name);
            if place > 0 && part.keys.slugs(hash).map_err(of_keys)?.is_empty() {
                continue;
            }
            let payloads = part.products.find(hash, &self.dictionary);
            let payloads = payloads.map_err(|error| error.of(&names.products.name))?;
            for payload in payloads {
                match payload {
                    Payload::Document(document) => {
                        found.entry(document.slug.clone()).or_insert_with(|| Some(*document));
                    }
                    Payload::Gone(slug) => {
                        found.entry(slug).or_insert(None);
                    }
                }
            }
        }
        Ok(found.into_values().flatten().collect())
    }

    fn by_key(
        &self,
        key: u64,
        has: impl Fn(&ProductDocument) -> bool,
    ) -> Result<Option<ProductDocument>, SnapshotError> {
        for (part, names) in self.parts.iter().zip(&self.manifest.parts).rev() {
            for slug in part.keys.slugs(key).map_err(|error| error.of(&names.keys.name))? {
                if let Some(document) = self.by_hash(slug)?.into_iter().find(&has) {
                    return Ok(Some(document));
                }
            }
        }
        Ok(None)
    }

    /// All categories, in the order of the tree.
    pub fn categories(&self) -> &[CategoryEntry] {
        &self.front.front.categories
    }

    /// A category by its id.
    pub fn category(&self, id: CategoryId) -> Option<&CategoryEntry> {
        self.categories().get(self.front.tree.place(id)?)
    }

    /// A category by its address.
    pub fn category_by_slug(&self, slug: &str) -> Option<&CategoryEntry> {
        self.categories().get(self.front.tree.by_slug(slug)?)
    }

    /// The category that had this key in django-oscar.
    pub fn category_by_oscar_key(&self, key: i64) -> Option<&CategoryEntry> {
        self.categories().iter().find(|category| category.oscar == Some(key))
    }

    /// A category and all above it, the topmost first: breadcrumbs.
    pub fn category_path(&self, id: CategoryId) -> Vec<&CategoryEntry> {
        let place = self.front.tree.place(id).into_iter();
        let mut path: Vec<_> = place.flat_map(|place| self.front.tree.upwards(place)).collect();
        path.reverse();
        path.into_iter().filter_map(|place| self.categories().get(place)).collect()
    }

    /// How many products are in a category or below.
    pub fn products_in(&self, id: CategoryId) -> u32 {
        self.front.tree.place(id).and_then(|place| self.counts.products.get(place)).copied().unwrap_or(0)
    }

    /// Facets of the whole store with nothing chosen.
    pub fn facets(&self) -> Vec<Facet> {
        listing::facets(&self.counts.table, &self.counts.store.values, &[], &self.front.front.facet_order)
    }

    /// A page of products with what can be narrowed.
    pub fn listing(&self, query: &ListingQuery) -> Result<Listing, SnapshotError> {
        let words = query.words.as_deref().map(str::trim).filter(|words| !words.is_empty());
        let (candidates, corrected) = self.candidates(query.category, words, query.language)?;
        let currency = self.currencies().iter().position(|known| *known == query.currency);
        let filter = Filter::new(query, &self.counts.table, currency);
        let known = if words.is_none() && filter.is_open() { self.known_counts(query.category) } else { None };
        let page = listing::served_page(query.page);
        let wanted = Wanted {
            sort: Some((query.sort, page * PAGE_SIZE)),
            by_score: words.is_some(),
            language: self.front.language(query.language),
            count: known.is_none(),
        };
        let pass = listing::pass(self.index()?, &candidates, &filter, wanted)?;
        let money = |minor| Money::from_minor(minor, query.currency);
        let (values, span) = match known {
            Some(known) => {
                let span = known.spans.iter().find(|(currency, ..)| *currency == query.currency);
                (known.values.clone(), span.map(|(_, low, high)| (*low, *high)))
            }
            None => {
                let counts = (0_u32..).zip(pass.counts.iter().copied());
                (counts.filter(|(_, count)| *count > 0).collect(), pass.span)
            }
        };
        Ok(Listing {
            cards: self.each(listing::on_page(&pass, page), |ranked| self.index()?.card(ranked.segment, ranked.doc))?,
            total: pass.total,
            facets: listing::facets(&self.counts.table, &values, &query.chosen, &self.front.front.facet_order),
            price_span: span.map(|(low, high)| (money(low), money(high))),
            corrected,
        })
    }

    /// Counts that the publisher made.
    fn known_counts(&self, category: Option<CategoryId>) -> Option<&crate::front::Counted> {
        match category {
            None => Some(&self.counts.store),
            Some(id) => self.counts.large.iter().find(|(known, _)| *known == id).map(|(_, counted)| counted),
        }
    }

    fn candidates(
        &self,
        category: Option<CategoryId>,
        words: Option<&str>,
        language: Language,
    ) -> Result<(Candidates, Option<String>), SnapshotError> {
        let below = category.map(|id| categories_below(&self.front, id));
        let of_category = below.map(|below| listing::in_categories(self.index()?, &below)).transpose()?;
        let Some(words) = words else {
            return Ok((of_category.map_or(Candidates::All, Candidates::Hits), None));
        };
        let search = WordSearch { index: self.index()?, part: &self.front, language: self.front.language(language) };
        let found = search.run(words)?;
        let hits = match of_category {
            None => found.hits,
            Some(lists) => found.hits.iter().zip(&lists).map(|(a, b)| merge_common(a, b, |score, _| score)).collect(),
        };
        Ok((Candidates::Hits(hits), found.corrected))
    }

    /// What may be meant while somebody types: words, categories, products by popularity; at most
    /// [`SUGGESTIONS_MAX`].
    pub fn suggest(
        &self,
        typed: &str,
        language: Language,
        currency: Currency,
    ) -> Result<Vec<Suggestion>, SnapshotError> {
        let place = self.front.language(language);
        let typed = bounded(typed);
        let mut words = self.front.analyzers.folded_words(typed);
        let Some(last) = words.pop() else { return Ok(Vec::new()) };
        let index = self.index()?;
        let completed = completions(index, place, &last, SUGGESTED_COMPLETIONS_MAX)?;
        let mut suggestions = Vec::new();
        let before = words.iter().map(|word| format!("{word} ")).collect::<String>();
        let currency = self.currencies().iter().position(|known| *known == currency);
        let stems = self.front.analyzers.stems(&words, place);
        let popular = Popular { index, language: place, stems: &stems, completed: &completed, currency };
        for word in popular.words_that_lead_somewhere(WORDS_SUGGESTED_MAX)? {
            suggestions.push(Suggestion::Words(format!("{before}{}", word.written)));
        }
        let fits = |name: &&Vec<String>| {
            words.iter().all(|word| name.contains(word)) && name.iter().any(|word| word.starts_with(&last))
        };
        let names = self.front.category_words.get(place).into_iter().flatten();
        let categories = names.zip(self.categories()).filter(|(name, _)| fits(name));
        suggestions.extend(categories.take(CATEGORIES_SUGGESTED_MAX).map(|(_, c)| Suggestion::Category(c.id)));
        let room = SUGGESTIONS_MAX.saturating_sub(suggestions.len());
        let cards = self.each(&popular.first(room)?, |(segment, doc)| index.card(*segment, *doc))?;
        suggestions.extend(cards.into_iter().map(|card| Suggestion::Product(Box::new(card))));
        Ok(suggestions)
    }

    /// Addresses of products, for sitemaps: begin with `None`, go on with [`SlugPage::next`]. Walks through the
    /// products themselves, so a page of 50,000 takes about a fifth of a second.
    pub fn slugs(&self, from: Option<u64>, most: usize) -> Result<SlugPage, SnapshotError> {
        let most = most.clamp(1, SLUGS_MAX);
        let from = from.unwrap_or(0);
        // What small parts say comes first; the newest counts.
        let mut said: BTreeMap<(u64, String), Option<Moment>> = BTreeMap::new();
        for (place, part) in self.parts.iter().enumerate().skip(1) {
            self.walk(place, part, from, |hash, slug, updated| {
                said.insert((hash, slug), updated);
                true
            })?;
        }
        let mut merged: BTreeMap<(u64, String), Moment> = BTreeMap::new();
        let mut base_end = None;
        if let Some(base) = self.parts.first() {
            self.walk(0, base, from, |hash, slug, updated| {
                // Products with one hash stay on one page, so the page after begins with another hash.
                if merged.len() > most && merged.last_key_value().is_some_and(|((last, _), _)| *last != hash) {
                    base_end = Some(hash);
                    return false;
                }
                let key = (hash, slug);
                if let (Some(updated), false) = (updated, said.contains_key(&key)) {
                    merged.insert(key, updated);
                }
                true
            })?;
        }
        let within = said.into_iter().filter(|((hash, _), _)| base_end.is_none_or(|end| *hash < end));
        merged.extend(within.filter_map(|(key, updated)| updated.map(|updated| (key, updated))));
        let end = merged.keys().nth(most).map(|(hash, _)| *hash);
        // A hash that many products share would give an empty page for ever: then the page is longer.
        let first = merged.keys().next().map(|(hash, _)| *hash);
        let end = match end {
            Some(end) if Some(end) == first => merged.keys().map(|(hash, _)| *hash).find(|hash| *hash != end),
            other => other,
        };
        let next = end.or(base_end);
        let entries = merged.into_iter().take_while(|((hash, _), _)| end.is_none_or(|end| *hash < end));
        let entries = entries.map(|((_, slug), updated_at)| SlugEntry { slug, updated_at }).collect();
        Ok(SlugPage { entries, next })
    }

    fn walk(
        &self,
        place: usize,
        part: &OpenPart,
        from: u64,
        mut visit: impl FnMut(u64, String, Option<Moment>) -> bool,
    ) -> Result<(), SnapshotError> {
        let visit = |hash: u64, payload: &[u8]| {
            let (slug, updated) = payload_head(payload).map_err(|_| "a document is torn")?;
            Ok(visit(hash, slug, updated))
        };
        let done = part.products.walk(from, &self.dictionary, visit);
        done.map_err(|error| error.of(&self.manifest.parts[place].products.name))
    }

    /// Reads every file as a whole; names the first that is not what was published.
    pub fn verify_all(&self) -> Result<(), SnapshotError> {
        for file in self.manifest.files() {
            let bytes =
                self.files.get(&file.name).ok_or_else(|| SnapshotError::damaged(&file.name, "it is missing"))?;
            if checksum(&bytes.whole()?) != file.checksum {
                return Err(SnapshotError::damaged(&file.name, "its checksum is wrong"));
            }
        }
        Ok(())
    }
}

/// A category and all below it.
pub(crate) fn categories_below(front: &FrontPart, id: CategoryId) -> Vec<CategoryId> {
    let place = front.tree.place(id).into_iter();
    place.flat_map(|place| front.tree.downwards(place)).map(|place| front.front.categories[place].id).collect()
}

/// A small file that is read as a whole, so it is checked as a whole.
fn whole<T>(
    file: &FileRef,
    bytes: &OwnedBytes,
    read: impl Fn(&[u8]) -> Result<T, crate::wire::Torn>,
) -> Result<T, SnapshotError> {
    if checksum(bytes.as_slice()) != file.checksum {
        return Err(SnapshotError::damaged(&file.name, "its checksum is wrong"));
    }
    read(bytes.as_slice()).map_err(|_| SnapshotError::damaged(&file.name, "it cannot be read"))
}
