//! The rules of offers that baskets are priced by: read from the snapshot, or from the database where that is newer.
//!
//! A basket is priced by the snapshot's, without a statement. Every change of an offer or a range draws a new edition;
//! who freezes a checkout by an older one reads the rules anew, and this process goes on with those until a snapshot
//! has others.

use crate::shop::Shop;
use catalog::View;
use commerce::ids::{CategoryId, OfferId, ProductId, RangeId};
use commerce::language::{Language, Texts};
use commerce::moment::Moment;
use commerce::money::Currency;
use commerce::offer::{InvalidBook, Offer, OfferBook, OfferKind, OfferUses};
use commerce::slug::Slug;
use db::ranges::StoredRange;
use db::rules::Rules;
use db::{Damaged, DbError, Tx};
use std::cmp::Reverse;
use std::collections::HashMap;
use std::sync::{Arc, PoisonError, RwLock};

/// Products of a range that pages show at most.
pub const RANGE_PRODUCTS_SHOWN_MAX: usize = 24;
/// Digits of an offer's id at the end of its address.
const SLUG_MARK_CHARS: usize = 8;

/// Why there are no rules to price by.
#[derive(Debug, thiserror::Error)]
pub enum RulesError {
    /// The offers contradict each other.
    #[error(transparent)]
    Invalid(#[from] InvalidBook),
    /// The database cannot be used.
    #[error(transparent)]
    Db(#[from] DbError),
}

/// The rules as baskets are priced by them.
#[derive(Debug, Default)]
pub struct LoadedRules {
    /// Their edition.
    pub edition: String,
    /// Every offer whose row and ranges are sound.
    pub book: OfferBook,
    /// What is said of each offer, clean HTML; those of which nothing is said are left out.
    descriptions: HashMap<OfferId, Texts>,
    /// What pages say of the ranges.
    ranges: HashMap<RangeId, ShownRange>,
    /// The rows that were passed over; `doctor` tells them too.
    pub damaged: Vec<Damaged>,
}

/// A range as far as pages show it.
#[derive(Clone, Debug, Default)]
pub struct ShownRange {
    /// What people read.
    pub name: Texts,
    /// Whether it takes every product in, but for what is excluded.
    pub takes_all: bool,
    /// The first of the products that it names, at most [`RANGE_PRODUCTS_SHOWN_MAX`].
    pub products: Vec<ProductId>,
    /// Categories that it names.
    pub categories: Vec<CategoryId>,
}

impl LoadedRules {
    fn new(rules: Rules, damaged: Vec<Damaged>) -> Result<Self, InvalidBook> {
        let shown = |range: StoredRange| {
            let lists = range.lists;
            let products = lists.products.into_iter().take(RANGE_PRODUCTS_SHOWN_MAX).collect();
            (range.id, ShownRange { name: range.name, takes_all: lists.all, products, categories: lists.categories })
        };
        let ranges = rules.ranges.into_iter().map(shown).collect();
        let said = rules.offers.iter().filter(|stored| stored.description != Texts::default());
        let descriptions = said.map(|stored| (stored.offer.id(), stored.description.clone())).collect();
        let book = OfferBook::new(rules.offers.into_iter().map(|stored| stored.offer).collect())?;
        Ok(Self { edition: rules.edition, book, descriptions, ranges, damaged })
    }

    /// What is said of an offer.
    pub fn description(&self, offer: OfferId) -> Option<&Texts> {
        self.descriptions.get(&offer)
    }

    /// What pages say of a range.
    pub fn range(&self, range: RangeId) -> Option<&ShownRange> {
        self.ranges.get(&range)
    }

    /// Whether a shopper who buys in this currency may have an offer now, as far as is known without a basket.
    pub fn is_open(&self, offer: &Offer, currency: Currency, now: Moment) -> bool {
        offer.currency().is_none_or(|its| its == currency) && offer.availability(&OfferUses::default(), now).is_ok()
    }

    /// Offers that everybody who buys in this currency has now, higher priority first.
    pub fn public_offers(&self, currency: Currency, now: Moment) -> Vec<&Offer> {
        let is_public = |offer: &&Offer| *offer.kind() == OfferKind::Site && self.is_open(offer, currency, now);
        let mut offers: Vec<&Offer> = self.book.offers().filter(is_public).collect();
        offers.sort_by_key(|offer| Reverse(offer.priority()));
        offers
    }

    /// How an offer stands in the address of its page: its name in the first of these languages, and the end of its id.
    pub fn slug(&self, offer: &Offer, languages: &[Language]) -> String {
        let (words, end) = (Slug::from_title(offer.name().get(languages)), mark_of(offer.id()));
        words.map_or_else(|| end.clone(), |words| format!("{words}-{end}"))
    }

    /// The offer of an address. The end decides; django-oscar's addresses are the name alone, and lead to what is open to
    /// everybody: an offer that a link opens is found by nobody who does not have the link.
    pub fn find_by_slug(&self, slug: &str, now: Moment) -> Option<&Offer> {
        let end = slug.rsplit_once('-').map_or(slug, |(_, end)| end);
        let named = |offer: &&Offer| {
            offer.name().iter().any(|(_, name)| Slug::from_title(name).is_some_and(|words| words.as_str() == slug))
        };
        let is_public = |offer: &&Offer| *offer.kind() == OfferKind::Site;
        let is_open = |offer: &&Offer| offer.availability(&OfferUses::default(), now).is_ok();
        let by_name = || self.book.offers().filter(named).filter(is_public).find(is_open);
        self.book.offers().find(|offer| mark_of(offer.id()) == end).or_else(by_name)
    }
}

/// The end of an offer's id: where it was drawn at random, whatever its version.
fn mark_of(offer: OfferId) -> String {
    let id = offer.uuid().simple().to_string();
    id[id.len() - SLUG_MARK_CHARS..].to_owned()
}

/// Rules that this process has made ready.
#[derive(Debug, Default)]
pub(crate) struct RulesCache(RwLock<Known>);

#[derive(Debug, Default)]
struct Known {
    /// The snapshot's, by the name of their file.
    published: Option<(String, Arc<LoadedRules>)>,
    /// Those of the database, which were newer than the ones of that name; they count until the snapshot has others.
    fresher: Option<(String, Arc<LoadedRules>)>,
}

impl RulesCache {
    /// What is to be priced by with a snapshot, if it is ready.
    fn find(&self, view: &View) -> Option<Arc<LoadedRules>> {
        let known = self.0.read().unwrap_or_else(PoisonError::into_inner);
        let name = view.snapshot.rules_name();
        let fresher = known.fresher.as_ref().filter(|(than, _)| than == name);
        let published = known.published.as_ref().filter(|(of, _)| of == name);
        fresher.map(|(_, rules)| rules).or(published.map(|(_, rules)| rules)).cloned()
    }

    /// What the snapshot itself has, if it is ready.
    fn find_published(&self, view: &View) -> Option<Arc<LoadedRules>> {
        let known = self.0.read().unwrap_or_else(PoisonError::into_inner);
        let published = known.published.as_ref().filter(|(of, _)| of == view.snapshot.rules_name());
        published.map(|(_, rules)| Arc::clone(rules))
    }

    fn take_published(&self, name: &str, rules: Arc<LoadedRules>) {
        let mut known = self.0.write().unwrap_or_else(PoisonError::into_inner);
        known.published = Some((name.to_owned(), rules));
    }

    fn take_fresher(&self, than: &str, rules: Arc<LoadedRules>) {
        self.0.write().unwrap_or_else(PoisonError::into_inner).fresher = Some((than.to_owned(), rules));
    }
}

impl Shop {
    /// The rules that baskets are priced by now. No statement is sent, but where the snapshot has none to be read.
    pub(crate) async fn rules(&self, view: &View) -> Result<Arc<LoadedRules>, RulesError> {
        if let Some(known) = self.0.rules.find(view) {
            return Ok(known);
        }
        if view.snapshot.rules_name().is_empty() {
            // The release before has published: its documents lack what ranges know them by, and an exclusion that is
            // not seen would be given away. Offers begin with the next whole publish.
            let edition = self.db().rules_edition().await?;
            return Ok(Arc::new(LoadedRules { edition, ..LoadedRules::default() }));
        }
        match published_rules(view) {
            Ok(rules) => {
                let rules = Arc::new(rules);
                self.0.rules.take_published(view.snapshot.rules_name(), Arc::clone(&rules));
                return Ok(rules);
            }
            // No basket waits for somebody to mend it.
            Err(error) => tracing::error!("the rules of the snapshot cannot be read: {error:#}"),
        }
        self.renew_rules().await
    }

    /// The rules of the snapshot that a page is made from. A page waits for no database: where they cannot be read there
    /// is no page.
    pub fn published_rules(&self, view: &View) -> anyhow::Result<Arc<LoadedRules>> {
        if let Some(known) = self.0.rules.find_published(view) {
            return Ok(known);
        }
        let rules = Arc::new(published_rules(view)?);
        self.0.rules.take_published(view.snapshot.rules_name(), Arc::clone(&rules));
        Ok(rules)
    }

    /// Reads the rules of the database, and goes on with them.
    pub(crate) async fn renew_rules(&self) -> Result<Arc<LoadedRules>, RulesError> {
        // Which ones are published is looked at first: what is published meanwhile is as new or newer.
        let published = self.snapshots().current().snapshot.rules_name().to_owned();
        let rules = Arc::new(self.load_rules().await?);
        self.0.rules.take_fresher(&published, Arc::clone(&rules));
        Ok(rules)
    }

    /// The rules of the database as they are now. A damaged offer keeps nobody from the others.
    pub async fn load_rules(&self) -> Result<LoadedRules, RulesError> {
        let (rules, damaged) = self.db().load_rules().await?;
        Ok(LoadedRules::new(rules, damaged)?)
    }

    /// Says in the transaction of a change that the rules are others, and has them published.
    pub(crate) async fn rules_changed(&self, tx: &mut Tx) -> Result<(), DbError> {
        tx.renew_rules(&self.chance().id().to_string()).await?;
        tx.enqueue(&self.task("publish", "rules", ""), self.now(), self.now()).await
    }

    /// What is to be published as rules, if it is not published yet.
    pub(crate) async fn rules_to_publish(&self, view: Option<&View>) -> anyhow::Result<Option<Vec<u8>>> {
        if let Some(view) = view.filter(|view| !view.snapshot.rules_name().is_empty()) {
            let edition = self.db().rules_edition().await?;
            let published = match self.0.rules.find_published(view) {
                Some(known) => Ok(known.edition.clone()),
                None => published_rules(view).map(|rules| rules.edition),
            };
            // What cannot be read is published anew.
            if published.is_ok_and(|published| published == edition) {
                return Ok(None);
            }
        }
        let (rules, damaged) = self.db().load_rules().await?;
        for Damaged { table, key, what } in damaged {
            tracing::warn!(table, key, what, "a rule of an offer is damaged and left out");
        }
        Ok(Some(rules.to_bytes()))
    }
}

fn published_rules(view: &View) -> anyhow::Result<LoadedRules> {
    let (rules, damaged) = Rules::from_bytes(&view.snapshot.rules()?)?;
    Ok(LoadedRules::new(rules, damaged)?)
}
