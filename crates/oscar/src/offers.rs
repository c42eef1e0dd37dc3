//! Offers: condition, benefit and limits become one rule, or the report says why they make none.

use crate::catalogue::Known;
use crate::ids;
use crate::ranges::{ImportedRange, Ranges, ranges};
use crate::read::Read;
use crate::report::{Code, Report, quote};
use crate::rows::{ReadError, Row};
use crate::select::Select;
use crate::source::Source;
use crate::value;
use commerce::catalogue::OscarKey;
use commerce::decimal::Decimal;
use commerce::language::Texts;
use commerce::moment::Moment;
use commerce::money::Money;
use commerce::offer::{
    BenefitKind, BenefitParts, ConditionKind, ConditionParts, LimitsParts, Offer, OfferKind, OfferParts,
};
use commerce::range::Range;
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

const CONDITIONS: Select = Select {
    table: "offer_condition",
    joins: &[],
    columns: &["t.id", "t.type", "t.value", "t.range_id", "t.proxy_class"],
};
const BENEFITS: Select = Select {
    table: "offer_benefit",
    joins: &[],
    columns: &["t.id", "t.type", "t.value", "t.max_affected_items", "t.range_id", "t.proxy_class"],
};
const OFFERS: Select = Select {
    table: "offer_conditionaloffer",
    joins: &[],
    columns: &[
        "t.id",
        "t.name",
        "t.description",
        "t.offer_type",
        "t.status",
        "t.condition_id",
        "t.benefit_id",
        "t.priority",
        "t.exclusive",
        "t.start_datetime",
        "t.end_datetime",
        "t.max_global_applications",
        "t.max_user_applications",
        "t.max_basket_applications",
        "t.max_discount",
        "t.num_applications",
        "t.num_orders",
        "t.total_discount",
        "t.date_created",
    ],
};
const COMBINATIONS: Select = Select {
    table: "offer_conditionaloffer_combinations",
    joins: &[],
    columns: &["t.id", "t.from_conditionaloffer_id", "t.to_conditionaloffer_id"],
};

/// Ranges and offers as they come over.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Rules {
    /// Ranges, in order of their keys.
    pub ranges: Vec<ImportedRange>,
    /// Offers, in order of their keys.
    pub offers: Vec<ImportedOffer>,
}

/// An offer as it comes over.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ImportedOffer {
    /// The rule.
    pub offer: Offer,
    /// HTML, cleaned.
    pub description: Texts,
    /// When it was made.
    pub created_at: Option<Moment>,
    /// Its key.
    pub key: OscarKey,
    /// How much of it was used.
    pub used: ImportedUse,
}

/// How much of an offer or a voucher was used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ImportedUse {
    /// Times that it applied.
    pub applications: i64,
    /// Orders on which it did.
    pub orders: i64,
    /// What it has cost the store.
    pub discount: Money,
}

/// What offers refer to, by Oscar's keys.
struct Parts {
    conditions: HashMap<OscarKey, Row>,
    benefits: HashMap<OscarKey, Row>,
    combinations: BTreeMap<OscarKey, BTreeSet<OscarKey>>,
    ranges: HashMap<OscarKey, Arc<Range>>,
}

/// All ranges and offers.
pub(crate) async fn rules(source: &mut Source, known: &Known, report: &mut Report) -> Result<Rules, ReadError> {
    let Ranges { imported, by_key } = ranges(source, known, report).await?;
    let by_id = |rows: Vec<Row>| rows.into_iter().filter_map(|row| Some((row.key()?, row))).collect();
    let conditions = by_id(source.all(&CONDITIONS, report).await?);
    let benefits = by_id(source.all(&BENEFITS, report).await?);
    let combinations = combinations(&source.all(&COMBINATIONS, report).await?);
    let parts = Parts { conditions, benefits, combinations, ranges: by_key };
    let rows = source.all(&OFFERS, report).await?;
    let keys: BTreeSet<OscarKey> = rows.iter().filter_map(Row::key).collect();
    let mut rules = Rules { ranges: imported, offers: Vec::new() };
    for row in &rows {
        let mut read = Read { row, options: &known.options, report };
        rules.offers.extend(offer(&mut read, &parts, &keys));
    }
    Ok(rules)
}

/// In both directions, as Oscar keeps them.
fn combinations(rows: &[Row]) -> BTreeMap<OscarKey, BTreeSet<OscarKey>> {
    let mut found: BTreeMap<OscarKey, BTreeSet<OscarKey>> = BTreeMap::new();
    for row in rows {
        let [from, to] = ["t.from_conditionaloffer_id", "t.to_conditionaloffer_id"].map(|column| row.integer(column));
        if let (Some(from), Some(to)) = (from, to) {
            found.entry(from).or_default().insert(to);
        }
    }
    found
}

fn offer(read: &mut Read<'_>, parts: &Parts, keys: &BTreeSet<OscarKey>) -> Option<ImportedOffer> {
    let key = read.row.key()?;
    let currency = read.options.currency;
    let condition = condition(read, parts)?;
    let benefit = benefit(read, parts)?;
    let limits = LimitsParts {
        per_basket: limit(read, "t.max_basket_applications"),
        per_shopper: limit(read, "t.max_user_applications"),
        global: limit(read, "t.max_global_applications"),
        max_discount: amount(read, "t.max_discount").filter(|budget| *budget != Decimal::ZERO),
    };
    let holds_amounts =
        condition.kind == ConditionKind::Value || is_amount(benefit.kind) || limits.max_discount.is_some();
    let exclusive = read.flag("t.exclusive", true);
    let (kind, suspended) = kind(read, key);
    let status = suspended_by_status(read);
    let offer = Offer::new(OfferParts {
        id: ids::offer(key),
        name: Texts::single(read.options.language, read.name("t.name", "Offer")),
        kind,
        currency: holds_amounts.then_some(currency),
        condition,
        benefit,
        priority: i32::try_from(read.count("t.priority", 0)).unwrap_or_default(),
        exclusive,
        combines_with: partners(read, key, exclusive, parts, keys).into_iter().map(ids::offer).collect(),
        limits,
        start: read.moment("t.start_datetime"),
        end: read.moment("t.end_datetime"),
        suspended: suspended || status,
        actions: Vec::new(),
    });
    let offer = match offer {
        Ok(offer) => offer,
        Err(error) => {
            read.note(Code::OfferInvalid, format!("{error}; left out"));
            return None;
        }
    };
    Some(ImportedOffer {
        offer,
        description: read.html("t.description"),
        created_at: read.moment("t.date_created"),
        key,
        used: ImportedUse {
            applications: read.count("t.num_applications", 0).max(0),
            orders: read.count("t.num_orders", 0).max(0),
            discount: read.money("t.total_discount", currency).unwrap_or(Money::zero(currency)),
        },
    })
}

/// The condition that the offer's row names.
fn condition(read: &mut Read<'_>, parts: &Parts) -> Option<ConditionParts> {
    let Some(row) = read.row.integer("t.condition_id").and_then(|key| parts.conditions.get(&key)) else {
        read.note_missing("t.condition_id", "the offer was left out");
        return None;
    };
    let mut of = Read { row, options: read.options, report: read.report };
    if is_custom(&mut of, "condition") {
        return None;
    }
    let kind = match row.text("t.type").unwrap_or_default() {
        "Count" => ConditionKind::Count,
        "Value" => ConditionKind::Value,
        "Coverage" => ConditionKind::Coverage,
        other => {
            of.note(Code::OfferInvalid, format!("the condition {} is unknown; its offer was left out", quote(other)));
            return None;
        }
    };
    let number = if kind == ConditionKind::Value { amount(&mut of, "t.value") } else { number(&of, "t.value") };
    let range = range_of(&mut of, parts, "condition")?;
    let Some(value) = number else {
        of.note(Code::OfferInvalid, "the condition has no value; its offer was left out");
        return None;
    };
    Some(ConditionParts { kind, range, value })
}

/// The benefit that the offer's row names, without what its kind has no use for.
fn benefit(read: &mut Read<'_>, parts: &Parts) -> Option<BenefitParts> {
    use BenefitKind::{Absolute, FixedUnit, Multibuy, Percentage};
    let Some(row) = read.row.integer("t.benefit_id").and_then(|key| parts.benefits.get(&key)) else {
        read.note_missing("t.benefit_id", "the offer was left out");
        return None;
    };
    let mut of = Read { row, options: read.options, report: read.report };
    if is_custom(&mut of, "benefit") {
        return None;
    }
    let kind = match row.text("t.type").unwrap_or_default() {
        "Percentage" => Percentage,
        "Absolute" => Absolute,
        "Fixed" => FixedUnit,
        "Multibuy" => Multibuy,
        "Fixed price" => BenefitKind::FixedPrice,
        "Shipping percentage" => BenefitKind::ShippingPercentage,
        "Shipping absolute" => BenefitKind::ShippingAbsolute,
        "Shipping fixed price" => BenefitKind::ShippingFixedPrice,
        other => {
            of.note(Code::OfferInvalid, format!("the benefit {} is unknown; its offer was left out", quote(other)));
            return None;
        }
    };
    let value = match kind {
        Multibuy => None,
        // NULL is nought in Oscar, where a fixed price is concerned.
        BenefitKind::FixedPrice | BenefitKind::ShippingFixedPrice if row.filled("t.value").is_none() => {
            Some(Decimal::ZERO)
        }
        kind if is_amount(kind) => amount(&mut of, "t.value"),
        _ => number(&of, "t.value"),
    };
    let on_units = matches!(kind, Percentage | Absolute | FixedUnit);
    let range = if on_units || kind == Multibuy { range_of(&mut of, parts, "benefit")? } else { None };
    let max_affected_items = if on_units { limit(&mut of, "t.max_affected_items") } else { None };
    Some(BenefitParts { kind, range, value, max_affected_items })
}

fn is_amount(kind: BenefitKind) -> bool {
    use BenefitKind::{Absolute, FixedPrice, FixedUnit, ShippingAbsolute, ShippingFixedPrice};
    matches!(kind, Absolute | FixedUnit | FixedPrice | ShippingAbsolute | ShippingFixedPrice)
}

/// Whether a class in Python decides; that is noted.
fn is_custom(of: &mut Read<'_>, part: &str) -> bool {
    let Some(class) = of.row.filled("t.proxy_class").map(quote) else { return false };
    of.note(Code::CustomClass, format!("the {part} is the class {class}; its offer was left out"));
    true
}

/// The range that a condition or a benefit names: `None` and noted where it did not come over, nothing where none is
/// named.
fn range_of(of: &mut Read<'_>, parts: &Parts, part: &str) -> Option<Option<Arc<Range>>> {
    if of.row.filled("t.range_id").is_none() {
        return Some(None);
    }
    let range = of.row.integer("t.range_id").and_then(|key| parts.ranges.get(&key)).cloned();
    if range.is_none() {
        let found = of.row.text("t.range_id").map(quote).unwrap_or_default();
        of.note(Code::OfferInvalid, format!("the range {found} of the {part} did not come; its offer was left out"));
    }
    range.map(Some)
}

/// An amount as decimal text of whole minor units.
fn amount(read: &mut Read<'_>, column: &str) -> Option<Decimal> {
    let amount = read.money(column, read.options.currency)?;
    Decimal::new(amount.minor(), amount.currency().digits())
}

/// A count or a percentage.
fn number(read: &Read<'_>, column: &str) -> Option<Decimal> {
    value::decimal(read.row.filled(column)?).map(|number| number.value)
}

/// A limit; nought is none, as in Oscar.
fn limit(read: &mut Read<'_>, column: &str) -> Option<u32> {
    read.row.filled(column)?;
    let limit = read.count(column, 0);
    (limit != 0).then(|| u32::try_from(limit).unwrap_or(u32::MAX))
}

/// To whom an offer is open, and whether it must rest because nobody can be told to be one of them.
fn kind(read: &mut Read<'_>, key: OscarKey) -> (OfferKind, bool) {
    let found = read.row.text("t.offer_type").unwrap_or_default().to_owned();
    let (kind, what) = match found.as_str() {
        "Site" => return (OfferKind::Site, false),
        "Voucher" => return (OfferKind::Voucher, false),
        "User" => {
            (OfferKind::Group(vec![ids::offer_group(key)]), "is for some users, and the store's code says for which")
        }
        "Session" => (OfferKind::Link, "is for some sessions, and the store's code says for which"),
        _ => (OfferKind::Link, "has a type that is unknown"),
    };
    read.note(Code::OfferSuspended, format!("the offer {what} (type {}); it rests", quote(&found)));
    (kind, true)
}

/// Whether it rests. That an offer is used up follows from its limits and counters.
fn suspended_by_status(read: &mut Read<'_>) -> bool {
    match read.row.text("t.status").unwrap_or_default() {
        "Open" | "Consumed" => false,
        "Suspended" => true,
        other => {
            let what = format!("status {} is unknown; it rests", quote(other));
            read.note(Code::OfferSuspended, what);
            true
        }
    }
}

fn partners(
    read: &mut Read<'_>,
    key: OscarKey,
    exclusive: bool,
    parts: &Parts,
    keys: &BTreeSet<OscarKey>,
) -> Vec<OscarKey> {
    let named = parts.combinations.get(&key).into_iter().flatten().copied().filter(|partner| *partner != key);
    let (there, gone): (Vec<OscarKey>, Vec<OscarKey>) = named.partition(|partner| keys.contains(partner));
    if exclusive && !there.is_empty() {
        read.note(Code::NotUsed, "an exclusive offer combines with none; its partners were left out");
        return Vec::new();
    }
    for partner in gone {
        read.note(Code::ReferenceMissing, format!("it combines with offer {partner}, which does not exist; left out"));
    }
    there
}
