//! The rules of offers that baskets are priced by: read from the snapshot, or from the database where that is newer.
//!
//! A basket is priced by the snapshot's, without a statement. Every change of an offer or a range draws a new edition;
//! who freezes a checkout by an older one reads the rules anew, and this process goes on with those until a snapshot
//! is made that is younger.

use crate::shop::Shop;
use catalog::View;
use commerce::ids::RangeId;
use commerce::language::Texts;
use commerce::moment::Moment;
use commerce::offer::{InvalidBook, OfferBook};
use db::rules::Rules;
use db::{Damaged, DbError, Tx};
use std::collections::HashMap;
use std::sync::{Arc, PoisonError, RwLock};

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
    /// What the ranges are called.
    pub range_names: HashMap<RangeId, Texts>,
    /// The rows that were passed over; `doctor` tells them too.
    pub damaged: Vec<Damaged>,
}

impl LoadedRules {
    fn new(rules: Rules, damaged: Vec<Damaged>) -> Result<Self, InvalidBook> {
        let range_names = rules.ranges.into_iter().map(|range| (range.id, range.name)).collect();
        let book = OfferBook::new(rules.offers.into_iter().map(|stored| stored.offer).collect())?;
        Ok(Self { edition: rules.edition, book, range_names, damaged })
    }
}

/// Rules that this process has made ready.
#[derive(Debug, Default)]
pub(crate) struct RulesCache(RwLock<Known>);

#[derive(Debug, Default)]
struct Known {
    /// The snapshot's, by the name of their file.
    published: Option<(String, Arc<LoadedRules>)>,
    /// Those of the database, which were newer at that moment.
    fresher: Option<(Moment, Arc<LoadedRules>)>,
}

impl RulesCache {
    /// What is to be priced by with a snapshot, if it is ready.
    fn find(&self, view: &View) -> Option<Arc<LoadedRules>> {
        let known = self.0.read().unwrap_or_else(PoisonError::into_inner);
        let name = view.snapshot.rules_name();
        let fresher = known.fresher.as_ref().filter(|(at, _)| name.is_empty() || view.snapshot.created() < *at);
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

    fn take_fresher(&self, at: Moment, rules: Arc<LoadedRules>) {
        self.0.write().unwrap_or_else(PoisonError::into_inner).fresher = Some((at, rules));
    }
}

impl Shop {
    /// The rules that baskets are priced by now. No statement is sent, but where the snapshot has none to be read.
    pub(crate) async fn rules(&self, view: &View) -> Result<Arc<LoadedRules>, RulesError> {
        if let Some(known) = self.0.rules.find(view) {
            return Ok(known);
        }
        if !view.snapshot.rules_name().is_empty() {
            match published_rules(view) {
                Ok(rules) => {
                    let rules = Arc::new(rules);
                    self.0.rules.take_published(view.snapshot.rules_name(), Arc::clone(&rules));
                    return Ok(rules);
                }
                // No basket waits for somebody to mend it.
                Err(error) => tracing::error!("the rules of the snapshot cannot be read: {error:#}"),
            }
        }
        self.renew_rules().await
    }

    /// Reads the rules of the database, and goes on with them.
    pub(crate) async fn renew_rules(&self) -> Result<Arc<LoadedRules>, RulesError> {
        let now = self.now();
        let rules = Arc::new(self.load_rules().await?);
        self.0.rules.take_fresher(now, Arc::clone(&rules));
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
