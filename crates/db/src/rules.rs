//! The rules of offers as the snapshot carries them: every offer with the ranges that it speaks of, written and read
//! back here, so that a basket is priced without a statement. Rows and this file share the form of a rule.
//!
//! An edition, drawn anew with every change of an offer or a range, tells whether two readers have the same rules.

use crate::codec::{Place, texts_column, to_json};
use crate::damaged::Listed;
use crate::engine::{Db, Tx, binds};
use crate::error::DbError;
use crate::offers::StoredOffer;
use crate::offers::rule::{Columns, StoredRule, kind_name, rule_column};
use crate::ranges::StoredRange;
use crate::sql::Statements;
use commerce::ids::{CategoryId, OfferId, ProductClassId, ProductId, RangeId};
use commerce::moment::Moment;
use commerce::offer::Offer;
use commerce::range::{Range, RangeLists};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

/// Number of the form; a release reads its own.
const FORMAT: u32 = 1;
/// What damage in it is told by.
const PLACE: Place<'static> = Place { table: "rules", key: "snapshot" };
/// Fact that holds the edition of the rules. [`crate::checkouts`] reads it, too.
const SET_EDITION: &str = "INSERT INTO store_facts (name, value) VALUES ('rules', $1) \
     ON CONFLICT (name) DO UPDATE SET value = excluded.value";
const EDITION: &str = "SELECT value FROM store_facts WHERE name = 'rules' LIMIT 1";

// An end is inclusive: it is over one microsecond later.
const NEXT_CHANGE: &str = "SELECT MIN(n.moment) FROM (SELECT starts_at AS moment FROM offers WHERE starts_at > $1 \
     AND status = 'open' UNION ALL SELECT ends_at + 1 FROM offers WHERE ends_at >= $1 AND status = 'open') n";

pub(crate) const STATEMENTS: Statements = Statements::plain(&[SET_EDITION, EDITION, NEXT_CHANGE]);

/// The rules of one moment.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Rules {
    /// Their edition; empty where nothing was ever said.
    pub edition: String,
    /// The offers, in the order in which they were made.
    pub offers: Vec<StoredOffer>,
    /// Ranges that offers speak of, with their names.
    pub ranges: Vec<StoredRange>,
}

#[derive(Serialize, Deserialize)]
struct RulesFile {
    format: u32,
    edition: String,
    ranges: Vec<RangeEntry>,
    offers: Vec<OfferEntry>,
}

/// Lists are ids in hexadecimal, one after the other: a range may name 100,000 products.
#[derive(Serialize, Deserialize)]
struct RangeEntry {
    id: String,
    name: String,
    description: String,
    is_public: bool,
    takes_all: bool,
    position: i64,
    #[serde(default)]
    products: String,
    #[serde(default)]
    classes: String,
    #[serde(default)]
    categories: String,
    #[serde(default)]
    excluded_products: String,
    #[serde(default)]
    excluded_categories: String,
}

#[derive(Serialize, Deserialize)]
struct OfferEntry {
    id: String,
    position: i64,
    name: String,
    description: String,
    kind: String,
    suspended: bool,
    priority: i32,
    start: Option<i64>,
    end: Option<i64>,
    condition_range: String,
    benefit_range: Option<String>,
    rule: String,
}

impl Rules {
    /// The file.
    pub fn to_bytes(&self) -> Vec<u8> {
        to_json(&RulesFile {
            format: FORMAT,
            edition: self.edition.clone(),
            ranges: self.ranges.iter().map(range_entry).collect(),
            offers: self.offers.iter().map(offer_entry).collect(),
        })
        .into_bytes()
    }

    /// Reads the file; an empty one is that of a store that has no rules yet. Offers that make no sense are left out
    /// and told.
    pub fn from_bytes(bytes: &[u8]) -> Result<(Self, Vec<crate::Damaged>), DbError> {
        if bytes.is_empty() {
            return Ok((Self::default(), Vec::new()));
        }
        let text = std::str::from_utf8(bytes).map_err(|error| PLACE.damaged(error))?;
        let file: RulesFile = PLACE.json(text)?;
        if file.format != FORMAT {
            return Err(PLACE.damaged(format!("it has format {}", file.format)));
        }
        let mut ranges = Listed::default();
        for entry in file.ranges {
            ranges.take(read_range(entry))?;
        }
        let by_id: HashMap<RangeId, Arc<Range>> =
            ranges.entries.iter().map(|(stored, range)| (stored.id, Arc::clone(range))).collect();
        let mut offers = Listed { entries: Vec::new(), damaged: ranges.damaged };
        for entry in file.offers {
            offers.take(read_offer(entry, &by_id))?;
        }
        let ranges = ranges.entries.into_iter().map(|(stored, _)| stored).collect();
        Ok((Self { edition: file.edition, offers: offers.entries, ranges }, offers.damaged))
    }
}

fn range_entry(range: &StoredRange) -> RangeEntry {
    fn ids<T: Copy>(list: &[T], uuid: impl Fn(T) -> uuid::Uuid) -> String {
        let mut text = String::with_capacity(list.len() * uuid::fmt::Simple::LENGTH);
        for id in list {
            text.push_str(uuid(*id).simple().encode_lower(&mut uuid::Uuid::encode_buffer()));
        }
        text
    }
    let lists = &range.lists;
    RangeEntry {
        id: range.id.to_string(),
        name: texts_column(&range.name),
        description: texts_column(&range.description),
        is_public: range.is_public,
        takes_all: lists.all,
        position: range.position,
        products: ids(&lists.products, ProductId::uuid),
        classes: ids(&lists.classes, ProductClassId::uuid),
        categories: ids(&lists.categories, CategoryId::uuid),
        excluded_products: ids(&lists.excluded_products, ProductId::uuid),
        excluded_categories: ids(&lists.excluded_categories, CategoryId::uuid),
    }
}

fn read_range(entry: RangeEntry) -> Result<(StoredRange, Arc<Range>), DbError> {
    fn ids<T>(text: &str, make: impl Fn(uuid::Uuid) -> T) -> Result<Vec<T>, DbError> {
        let chunks = text.as_bytes().chunks(uuid::fmt::Simple::LENGTH);
        chunks.map(|raw| uuid::Uuid::try_parse_ascii(raw).map(&make).map_err(|error| PLACE.damaged(error))).collect()
    }
    let stored = StoredRange {
        id: PLACE.id(RangeId::parse, &entry.id)?,
        position: entry.position,
        name: PLACE.texts(&entry.name)?,
        description: PLACE.texts(&entry.description)?,
        is_public: entry.is_public,
        lists: RangeLists {
            all: entry.takes_all,
            products: ids(&entry.products, ProductId::new)?,
            classes: ids(&entry.classes, ProductClassId::new)?,
            categories: ids(&entry.categories, CategoryId::new)?,
            excluded_products: ids(&entry.excluded_products, ProductId::new)?,
            excluded_categories: ids(&entry.excluded_categories, CategoryId::new)?,
        },
        created_at: Moment::from_micros(0),
        oscar: None,
    };
    let range = stored.range().map_err(|error| PLACE.damaged(error))?;
    Ok((stored, Arc::new(range)))
}

fn offer_entry(stored: &StoredOffer) -> OfferEntry {
    let offer = &stored.offer;
    OfferEntry {
        id: offer.id().to_string(),
        position: stored.position,
        name: texts_column(offer.name()),
        description: texts_column(&stored.description),
        kind: kind_name(offer.kind()).to_owned(),
        suspended: offer.is_suspended(),
        priority: offer.priority(),
        start: offer.start().map(Moment::micros),
        end: offer.end().map(Moment::micros),
        condition_range: offer.condition().range().id().to_string(),
        benefit_range: offer.benefit().range().map(|range| range.id().to_string()),
        rule: rule_column(offer),
    }
}

fn read_offer(entry: OfferEntry, ranges: &HashMap<RangeId, Arc<Range>>) -> Result<StoredOffer, DbError> {
    let place = Place { table: "rules", key: &entry.id };
    let range = |raw: &str| {
        let id = place.id(RangeId::parse, raw)?;
        ranges.get(&id).cloned().ok_or_else(|| place.damaged(format!("its range {id} is not there")))
    };
    let columns = Columns {
        id: place.id(OfferId::parse, &entry.id)?,
        name: place.texts(&entry.name)?,
        kind: entry.kind.clone(),
        suspended: entry.suspended,
        priority: entry.priority,
        start: entry.start.map(Moment::from_micros),
        end: entry.end.map(Moment::from_micros),
        condition_range: range(&entry.condition_range)?,
        benefit_range: entry.benefit_range.as_deref().map(range).transpose()?,
    };
    Ok(StoredOffer {
        offer: StoredRule::read(place, &entry.rule)?.into_offer(place, columns)?,
        position: entry.position,
        description: place.texts(&entry.description)?,
        created_at: Moment::from_micros(0),
        oscar: None,
    })
}

/// Ranges of the offers, each once.
fn ranges_of(offer: &Offer) -> impl Iterator<Item = RangeId> {
    let benefit = offer.benefit().range().map(|range| range.id());
    std::iter::once(offer.condition().range().id()).chain(benefit)
}

impl Db {
    /// The rules as they are now, and the rows that make none. Costs a row for every entry of a range.
    pub async fn load_rules(&self) -> Result<(Rules, Vec<crate::Damaged>), DbError> {
        let mut tx = self.begin_read().await?;
        let edition = tx.rules_edition().await?;
        let ranges = tx.load_ranges().await?;
        let offers = tx.load_offers_of(&ranges.entries).await?;
        tx.rollback().await;
        let used: BTreeSet<RangeId> = offers.entries.iter().flat_map(|stored| ranges_of(&stored.offer)).collect();
        let spoken_of = |range: &StoredRange| used.contains(&range.id) || range.is_public;
        let ranges_used = ranges.entries.into_iter().map(|(stored, _)| stored).filter(spoken_of).collect();
        let damaged = ranges.damaged.into_iter().chain(offers.damaged).collect();
        Ok((Rules { edition, offers: offers.entries, ranges: ranges_used }, damaged))
    }

    /// The earliest moment after `now` at which an offer begins or is over.
    pub async fn next_offer_change(&self, now: Moment) -> Result<Option<Moment>, DbError> {
        let rows = self.fetch(NEXT_CHANGE, binds![now.micros()]).await?;
        let change = rows.first().map(|row| row.opt_int(0)).transpose()?.flatten();
        Ok(change.map(Moment::from_micros))
    }

    /// The edition of the rules as they are now; empty where nothing was ever said.
    pub async fn rules_edition(&self) -> Result<String, DbError> {
        let rows = self.fetch(EDITION, &[]).await?;
        rows.first().map(|row| row.text(0)).transpose().map(Option::unwrap_or_default)
    }
}

impl Tx {
    async fn rules_edition(&mut self) -> Result<String, DbError> {
        let rows = self.fetch(EDITION, &[]).await?;
        rows.first().map(|row| row.text(0)).transpose().map(Option::unwrap_or_default)
    }

    /// Says that the rules are others now. `edition` was never used before.
    pub async fn renew_rules(&mut self, edition: &str) -> Result<(), DbError> {
        self.execute(SET_EDITION, binds![edition]).await.map(|_| ())
    }
}
