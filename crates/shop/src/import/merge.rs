//! What a row of another store becomes where this store knows it already: the row as it is there, and from here what
//! the other store has no word for.

use commerce::catalogue::{
    Attribute, AttributeValue, CatalogueSetup, Category, Choice, CustomerOption, OptionGroup, Partner, ProductClass,
    ProductEntry, StockRecord,
};
use commerce::ids::{PriceId, derived_uuid};
use commerce::language::{Language, Texts};
use commerce::moment::Moment;
use std::collections::HashSet;

/// Keeps texts of other languages than the one that is brought.
pub(super) fn keep_texts(read: &mut Texts, known: &Texts, language: Language) {
    for (other, text) in known.iter().filter(|(other, _)| *other != language) {
        read.set(other, text);
    }
}

/// Rows of the setup that are new or differ, and how many. Attributes come all or not at all: their order is that of
/// the list.
pub(super) fn setup(read: &CatalogueSetup, known: &CatalogueSetup, language: Language) -> (CatalogueSetup, u64) {
    let mut changed = CatalogueSetup {
        classes: differing(
            &read.classes,
            &known.classes,
            |class: &ProductClass| class.id,
            |class, old| {
                keep_texts(&mut class.name, &old.name, language);
                class.code.clone_from(&old.code);
            },
        ),
        attributes: differing(
            &read.attributes,
            &known.attributes,
            |entry: &Attribute| entry.id,
            |entry, old| {
                keep_texts(&mut entry.name, &old.name, language);
                // Oscar has no filters: whether it is one is decided here.
                entry.facet = old.facet;
            },
        ),
        groups: differing(
            &read.groups,
            &known.groups,
            |group: &OptionGroup| group.id,
            |group, old| {
                keep_texts(&mut group.name, &old.name, language);
                keep_choices(&mut group.choices, &old.choices, language);
            },
        ),
        options: differing(
            &read.options,
            &known.options,
            |option: &CustomerOption| option.id,
            |option, old| {
                keep_texts(&mut option.name, &old.name, language);
                keep_texts(&mut option.help, &old.help, language);
                option.code.clone_from(&old.code);
            },
        ),
        categories: differing(
            &read.categories,
            &known.categories,
            |category: &Category| category.id,
            |new, old| {
                keep_texts(&mut new.name, &old.name, language);
                keep_texts(&mut new.description, &old.description, language);
                keep_texts(&mut new.meta_title, &old.meta_title, language);
                keep_texts(&mut new.meta_description, &old.meta_description, language);
                // An address stays, so that links do.
                new.slug = old.slug.clone();
            },
        ),
        partners: differing(
            &read.partners,
            &known.partners,
            |partner: &Partner| partner.id,
            |partner, old| {
                partner.code.clone_from(&old.code);
            },
        ),
    };
    let lengths = [
        changed.classes.len(),
        changed.attributes.len(),
        changed.groups.len(),
        changed.options.len(),
        changed.categories.len(),
        changed.partners.len(),
    ];
    if !changed.attributes.is_empty() {
        changed.attributes = all(&read.attributes, &changed.attributes, &known.attributes);
    }
    give_way(&mut changed, known);
    (changed, lengths.into_iter().map(|length| u64::try_from(length).unwrap_or_default()).sum())
}

/// Rows as they are to be: merged with what is known, only those that differ.
fn differing<T: Clone + PartialEq, K: PartialEq + Copy>(
    read: &[T],
    known: &[T],
    id: impl Fn(&T) -> K,
    keep: impl Fn(&mut T, &T),
) -> Vec<T> {
    let merged = read.iter().filter_map(|row| {
        let mut row = row.clone();
        let old = known.iter().find(|old| id(old) == id(&row));
        if let Some(old) = old {
            keep(&mut row, old);
        }
        (old != Some(&row)).then_some(row)
    });
    merged.collect()
}

/// All attributes in the order of the source, those that do not differ as they are known.
fn all(read: &[Attribute], changed: &[Attribute], known: &[Attribute]) -> Vec<Attribute> {
    let find = |list: &[Attribute], row: &Attribute| list.iter().find(|entry| entry.id == row.id).cloned();
    read.iter().filter_map(|row| find(changed, row).or_else(|| find(known, row))).collect()
}

fn keep_choices(read: &mut Vec<Choice>, known: &[Choice], language: Language) {
    for old in known {
        match read.iter_mut().find(|choice| choice.id == old.id) {
            Some(choice) => {
                keep_texts(&mut choice.name, &old.name, language);
                choice.code.clone_from(&old.code);
            }
            None => read.push(old.clone()),
        }
    }
}

/// New rows take another code or slug where one of the store's own has theirs.
fn give_way(new: &mut CatalogueSetup, known: &CatalogueSetup) {
    for class in &mut new.classes {
        let others = known.classes.iter().filter(|old| old.id != class.id).map(|old| old.code.as_str());
        class.code = free_code(&class.code, others);
    }
    for option in &mut new.options {
        let others = known.options.iter().filter(|old| old.id != option.id).map(|old| old.code.as_str());
        option.code = free_code(&option.code, others);
    }
    for partner in &mut new.partners {
        let others = known.partners.iter().filter(|old| old.id != partner.id).map(|old| old.code.as_str());
        partner.code = free_code(&partner.code, others);
    }
    for category in &mut new.categories {
        let others: HashSet<&str> =
            known.categories.iter().filter(|old| old.id != category.id).map(|old| old.slug.as_str()).collect();
        let mut number = 2;
        let wanted = category.slug.clone();
        while others.contains(category.slug.as_str()) {
            category.slug = wanted.numbered(number);
            number += 1;
        }
    }
}

fn free_code<'c>(wanted: &str, others: impl Iterator<Item = &'c str>) -> String {
    let others: HashSet<&str> = others.collect();
    let mut code = wanted.to_owned();
    let mut number = 2;
    while others.contains(code.as_str()) {
        code = format!("{wanted}-{number}");
        number += 1;
    }
    code
}

/// Brings what the store knows of a product into what was read, so that the two are equal where nothing changed.
pub(super) fn product(read: &mut ProductEntry, known: &ProductEntry, language: Language, now: Moment) {
    let (new, old) = (&mut read.product, &known.product);
    keep_texts(&mut new.title, &old.title, language);
    keep_texts(&mut new.description, &old.description, language);
    keep_texts(&mut new.meta_title, &old.meta_title, language);
    keep_texts(&mut new.meta_description, &old.meta_description, language);
    for (id, value) in &mut new.attributes {
        let known = old.attributes.iter().find(|(other, _)| other == id).map(|(_, value)| value);
        if let (
            AttributeValue::Text(texts) | AttributeValue::RichText(texts),
            Some(AttributeValue::Text(known) | AttributeValue::RichText(known)),
        ) = (value, known)
        {
            keep_texts(texts, known, language);
        }
    }
    for image in &mut new.images {
        if let Some(known) = old.images.iter().find(|known| known.id == image.id) {
            keep_texts(&mut image.alt, &known.alt, language);
        }
    }
    // What Oscar has no word for, and what tells of this store's own history.
    new.slug = old.slug.clone();
    new.upc = new.upc.take().or_else(|| old.upc.clone());
    new.measure = new.measure.or(old.measure);
    new.maker = new.maker.take().or_else(|| old.maker.clone());
    new.eu_contact = new.eu_contact.take().or_else(|| old.eu_contact.clone());
    (new.created_at, new.updated_at, new.version) = (old.created_at, old.updated_at, old.version);
    for record in &mut read.stock_records {
        if let Some(known) = known.stock_records.iter().find(|known| known.id == record.id) {
            keep_stock_record(record, known, now);
        }
    }
}

/// Units are counted here since the first import; prices of this store's own stay beside the old store's one, and so
/// does what was charged before it changed.
fn keep_stock_record(read: &mut StockRecord, known: &StockRecord, now: Moment) {
    read.on_hand = known.on_hand;
    // The one that came with an import has the id that follows from the stock record's key.
    let brought = read.oscar.map(oscar::ids::price);
    let new = read.prices.iter().find(|price| Some(price.id) == brought).copied();
    let mut prices = known.prices.clone();
    match (prices.iter_mut().find(|price| Some(price.id) == brought), new) {
        (Some(old), Some(new)) if old.amount == new.amount && old.until.is_none() => {}
        (Some(old), Some(new)) if old.amount.currency() == new.amount.currency() && old.is_valid(now) => {
            let id = PriceId::new(derived_uuid("price before", &format!("{} {}", old.id, now.micros())));
            let before = old.change(new.amount, now, id);
            prices.extend(before);
        }
        (Some(old), Some(new)) => *old = new,
        (Some(old), None) if old.until.is_none() => old.until = Some(now),
        (Some(_), None) => {}
        (None, new) => prices.extend(new),
    }
    prices.sort_by_key(|price| price.id);
    read.prices = prices;
}

/// A product that differs has changed: whoever edits the one before is told.
pub(super) fn mark_changed(entry: &mut ProductEntry, known: &ProductEntry) {
    entry.product.version = known.product.version + 1;
}
