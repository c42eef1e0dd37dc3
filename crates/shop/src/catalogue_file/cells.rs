//! Cells and what they stand for: a product's value as text, and text as a product's value.
//!
//! Reading a value that [`read`] wrote changes nothing, because equal texts are never applied.

use super::column::Column;
use super::names::{Names, is_text};
use crate::counted::counted;
use commerce::catalogue::product::{Measure, MeasureUnit};
use commerce::catalogue::stock_record::{regular_price, set_regular_price};
use commerce::catalogue::{Attribute, AttributeKind, AttributeValue, Image, ProductEntry, StockRecord, Structure};
use commerce::decimal::Decimal;
use commerce::ids::{ImageId, PartnerId, PriceId, ProductClassId, StockRecordId};
use commerce::language::{Language, Texts};
use commerce::moment::Moment;
use commerce::money::{Currency, Money};
use commerce::slug::Slug;
use commerce::stock::UNITS_MAX;
use uuid::Uuid;

/// What a cell says to take a value out.
pub(super) const CLEAR: &str = "-";
/// Between the entries of a cell that holds several.
const SEVERAL: char = '|';
/// Longest name, code or number, in characters.
const LINE_CHARS_MAX: usize = 500;
/// Longest text, in characters.
pub(super) const TEXT_CHARS_MAX: usize = 200_000;
/// Most entries of one cell.
const ENTRIES_MAX: usize = 200;

/// A product with what its cells need to know of it.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Draft {
    pub(super) entry: ProductEntry,
    pub(super) position: i64,
    /// Slug and class of a child's parent.
    pub(super) parent: Option<(Slug, ProductClassId)>,
    /// Slugs of what is shown beside it, the best first.
    pub(super) recommended: Vec<String>,
    pub(super) is_new: bool,
}

impl Draft {
    pub(super) fn class(&self) -> Option<ProductClassId> {
        self.entry.product.structure.class().or(self.parent.as_ref().map(|(_, class)| *class))
    }

    pub(super) fn record(&self) -> Option<&StockRecord> {
        self.entry.stock_records.first()
    }

    fn record_mut(&mut self) -> Result<&mut StockRecord, String> {
        self.entry.stock_records.first_mut().ok_or_else(|| "needs a stock record: fill in the column sku".to_owned())
    }

    /// What people call it.
    pub(super) fn label(&self) -> String {
        let sku = self.record().map(|record| record.sku.clone()).filter(|sku| !sku.is_empty());
        sku.unwrap_or_else(|| self.entry.product.slug.to_string())
    }
}

/// The text of a cell.
pub(super) fn read(column: &Column, draft: &Draft, names: &Names) -> String {
    let (product, record) = (&draft.entry.product, draft.record());
    let text = |texts: &Texts, language: &Language| escaped(texts.exact(*language).unwrap_or_default());
    let number = |number: Option<i64>| number.map(|number| number.to_string()).unwrap_or_default();
    let line = |line: &Option<String>| escaped(line.as_deref().unwrap_or_default());
    match column {
        Column::Structure => product.structure.name().to_owned(),
        Column::Parent => draft.parent.as_ref().map(|(slug, _)| slug.to_string()).unwrap_or_default(),
        Column::Class => product.structure.class().map_or("", |class| names.class_code(class)).to_owned(),
        Column::Sku => record.map(|record| escaped(&record.sku)).unwrap_or_default(),
        Column::Partner => record.map_or("", |record| names.partner_code(record.partner)).to_owned(),
        Column::Slug => product.slug.to_string(),
        Column::Upc => line(&product.upc),
        Column::Public => yes_or_no(product.is_public),
        Column::Discountable => yes_or_no(product.is_discountable),
        Column::Priority => product.priority.to_string(),
        Column::Title(language) => text(&product.title, language),
        Column::Description(language) => text(&product.description, language),
        Column::MetaTitle(language) => text(&product.meta_title, language),
        Column::MetaDescription(language) => text(&product.meta_description, language),
        Column::Categories => joined(product.categories.iter().map(|id| names.category_slug(*id))),
        Column::Price(currency) => {
            let price = record.and_then(|record| regular_price(&record.prices, *currency, names.now));
            price.map(|price| price.amount.to_decimal_string()).unwrap_or_default()
        }
        Column::OnHand => {
            record.map(|r| r.on_hand.map_or("uncounted".to_owned(), |u| u.to_string())).unwrap_or_default()
        }
        Column::LowStock => number(record.and_then(|record| record.low_stock_threshold)),
        Column::WeightKg => product.weight_kg.map(|weight| weight.to_string()).unwrap_or_default(),
        Column::Measure => product.measure.map(|m| format!("{} {}", m.amount, m.unit.name())).unwrap_or_default(),
        Column::Maker => line(&product.maker),
        Column::EuContact => line(&product.eu_contact),
        Column::Options => joined(product.options.iter().map(|id| names.option_code(*id))),
        Column::Images => joined(product.images.iter().map(|image| image.source.as_str())),
        Column::ImageAlt(language) => {
            let texts: Vec<&str> =
                product.images.iter().map(|image| image.alt.exact(*language).unwrap_or_default()).collect();
            if texts.iter().all(|text| text.is_empty()) { String::new() } else { listed(&texts) }
        }
        Column::Recommendations => joined(draft.recommended.iter().map(String::as_str)),
        // Of categories and attributes.
        Column::InMenu | Column::Facet | Column::TaxClass | Column::GiftCard => String::new(),
        Column::Attribute(code, language) => {
            let attribute = draft.class().and_then(|class| names.attribute(class, code));
            attribute.map(|attribute| read_attribute(attribute, *language, draft, names)).unwrap_or_default()
        }
    }
}

fn read_attribute(attribute: &Attribute, language: Option<Language>, draft: &Draft, names: &Names) -> String {
    let value = draft.entry.product.attributes.iter().find(|(id, _)| *id == attribute.id).map(|(_, value)| value);
    match (value, language) {
        (Some(AttributeValue::Text(texts) | AttributeValue::RichText(texts)), Some(language)) => {
            escaped(texts.exact(language).unwrap_or_default())
        }
        (Some(AttributeValue::Text(_) | AttributeValue::RichText(_)) | None, _) | (_, Some(_)) => String::new(),
        (Some(AttributeValue::Integer(number)), None) => number.to_string(),
        (Some(AttributeValue::Boolean(flag)), None) => yes_or_no(*flag),
        (Some(AttributeValue::Float(number)), None) => number.to_string(),
        (Some(AttributeValue::Date(date)), None) => date.to_string(),
        (Some(AttributeValue::DateTime(moment)), None) => moment.to_rfc3339(),
        (Some(AttributeValue::Option(choice)), None) => names.choice_code(attribute.kind, *choice).to_owned(),
        (Some(AttributeValue::MultiOption(choices)), None) => {
            joined(choices.iter().map(|choice| names.choice_code(attribute.kind, *choice)))
        }
        (Some(AttributeValue::Entity { kind, key }), None) => format!("{kind}:{key}"),
        (Some(AttributeValue::File(path) | AttributeValue::Image(path)), None) => escaped(path),
    }
}

/// Ids for what a cell makes.
pub(super) type NewId<'i> = &'i dyn Fn() -> Uuid;

/// Applies a cell that differs from what [`read`] gives.
pub(super) fn write(
    column: &Column,
    cell: &str,
    draft: &mut Draft,
    names: &Names,
    id: NewId<'_>,
) -> Result<(), String> {
    let plain = cell.trim();
    let cleared = plain == CLEAR;
    let value = (!cleared).then_some(plain);
    match column {
        // What a product is has been decided before its cells are applied.
        Column::Structure | Column::Parent | Column::Class => {
            return Err("cannot be changed; make a new product and hide this one".to_owned());
        }
        Column::Sku => draft.record_mut()?.sku = required(value, LINE_CHARS_MAX)?,
        Column::Partner => draft.record_mut()?.partner = names.partner(plain)?,
        Column::Price(currency) => set_price(draft.record_mut()?, *currency, value, names.now, id)?,
        Column::OnHand => draft.record_mut()?.on_hand = units(plain)?,
        Column::LowStock => draft.record_mut()?.low_stock_threshold = value.map(whole).transpose()?,
        Column::Attribute(code, language) => {
            let class = draft.class().ok_or("the product has no class")?;
            let attribute = names
                .attribute(class, code)
                .cloned()
                .ok_or_else(|| format!("products of the class {} have no such attribute", names.class_code(class)))?;
            set_attribute(&attribute, *language, cell, draft, names)?;
        }
        Column::Title(language) => set_text(&mut draft.entry.product.title, *language, cell, LINE_CHARS_MAX)?,
        Column::MetaTitle(language) => set_text(&mut draft.entry.product.meta_title, *language, cell, LINE_CHARS_MAX)?,
        Column::Description(language) => {
            set_text(&mut draft.entry.product.description, *language, cell, TEXT_CHARS_MAX)?;
        }
        Column::MetaDescription(language) => {
            set_text(&mut draft.entry.product.meta_description, *language, cell, TEXT_CHARS_MAX)?;
        }
        Column::ImageAlt(language) => set_image_alt(&mut draft.entry.product.images, *language, value)?,
        Column::InMenu => return Err("only a category stands in the menu".to_owned()),
        Column::Facet => return Err("only an attribute is a filter".to_owned()),
        Column::TaxClass | Column::GiftCard => return Err("it stands on the row of the class".to_owned()),
        _ => write_product(column, value, draft, names, id)?,
    }
    Ok(())
}

fn write_product(
    column: &Column,
    value: Option<&str>,
    draft: &mut Draft,
    names: &Names,
    id: NewId<'_>,
) -> Result<(), String> {
    let is_child = draft.parent.is_some();
    let product = &mut draft.entry.product;
    let line = |value: Option<&str>| value.map(|value| required(Some(value), LINE_CHARS_MAX)).transpose();
    match column {
        Column::Slug => product.slug = Slug::parse(value.unwrap_or_default()).map_err(|error| error.to_string())?,
        Column::Upc => product.upc = line(value)?,
        Column::Public => product.is_public = flag(value.unwrap_or_default())?,
        Column::Discountable => product.is_discountable = flag(value.unwrap_or_default())?,
        Column::Priority => product.priority = value.map_or(Ok(0), whole)?,
        Column::Categories if is_child => return Err("a variant stands in its parent's categories".to_owned()),
        Column::Categories => product.categories = several(value, |entry| names.category(last_segment(entry)))?,
        Column::WeightKg => product.weight_kg = value.map(amount).transpose()?,
        Column::Measure => product.measure = value.map(measure).transpose()?,
        Column::Maker => product.maker = line(value)?,
        Column::EuContact => product.eu_contact = line(value)?,
        Column::Options => product.options = several(value, |code| names.option(code))?,
        Column::Images => {
            let known = std::mem::take(&mut product.images);
            product.images = several(value, |source| image(source, &known, id))?;
        }
        Column::Recommendations => {
            let slug = |entry: &str| Slug::parse(entry).map(|slug| slug.to_string()).map_err(|error| error.to_string());
            draft.recommended = several(value, slug)?;
        }
        _ => {}
    }
    Ok(())
}

/// Texts for who cannot see the pictures, in the pictures' order.
fn set_image_alt(images: &mut [Image], language: Language, value: Option<&str>) -> Result<(), String> {
    let texts = value.map(parted).unwrap_or_default();
    if texts.len() > images.len() {
        let (texts, images) = (texts.len(), images.len());
        return Err(format!("{} for {}", counted(texts, "text", "texts"), counted(images, "picture", "pictures")));
    }
    texts.iter().try_for_each(|text| checked(text, LINE_CHARS_MAX))?;
    for (place, image) in images.iter_mut().enumerate() {
        image.alt.set(language, texts.get(place).cloned().unwrap_or_default());
    }
    Ok(())
}

/// Texts of which some may be empty; what parts them gets a backslash where it stands in a text.
fn listed(texts: &[&str]) -> String {
    let escaped = texts.iter().map(|text| text.replace('\\', "\\\\").replace(SEVERAL, "\\|"));
    escaped.collect::<Vec<_>>().join("|")
}

fn parted(cell: &str) -> Vec<String> {
    let (mut texts, mut text, mut signs) = (Vec::new(), String::new(), cell.chars());
    while let Some(sign) = signs.next() {
        match sign {
            '\\' => text.extend(signs.next()),
            SEVERAL => texts.push(std::mem::take(&mut text).trim().to_owned()),
            sign => text.push(sign),
        }
    }
    texts.push(text.trim().to_owned());
    texts
}

/// A path of slugs ends in the category's own.
pub(super) fn last_segment(entry: &str) -> &str {
    entry.rsplit('/').next().unwrap_or(entry)
}

fn image(source: &str, known: &[Image], id: NewId<'_>) -> Result<Image, String> {
    if let Some(image) = known.iter().find(|image| image.source == source) {
        return Ok(image.clone());
    }
    path(source)?;
    let new = ImageId::new(id());
    Ok(Image { id: new, source: source.to_owned(), alt: Texts::default(), width: 0, height: 0, oscar: None })
}

/// A file under the media folder, and nowhere else.
pub(super) fn path(raw: &str) -> Result<String, String> {
    let inside = !raw.is_empty()
        && !raw.starts_with('/')
        && !raw.contains(['\\', '\0'])
        && raw.chars().count() <= LINE_CHARS_MAX
        && raw.split('/').all(|part| !matches!(part, "" | "." | ".."));
    if inside { Ok(raw.to_owned()) } else { Err(format!("{raw:?} is not a path under the folder media/")) }
}

/// Another regular price from now on: what was charged before is kept, because the law asks for it beside a reduction.
fn set_price(
    record: &mut StockRecord,
    currency: Currency,
    value: Option<&str>,
    now: Moment,
    id: NewId<'_>,
) -> Result<(), String> {
    let amount = value.map(|value| -> Result<Money, String> {
        let money = Money::from_decimal(amount(value)?, currency);
        money.map_err(|error| format!("{value:?} is no price: {error}"))
    });
    set_regular_price(&mut record.prices, currency, amount.transpose()?, now, PriceId::new(id()));
    Ok(())
}

pub(super) fn set_text(texts: &mut Texts, language: Language, cell: &str, chars_max: usize) -> Result<(), String> {
    if cell.trim() == CLEAR {
        texts.set(language, "");
        return Ok(());
    }
    let text = unescaped(cell).replace("\r\n", "\n");
    checked(&text, chars_max)?;
    texts.set(language, text);
    Ok(())
}

fn set_attribute(
    attribute: &Attribute,
    language: Option<Language>,
    cell: &str,
    draft: &mut Draft,
    names: &Names,
) -> Result<(), String> {
    // A code may hold texts in one class and something else in another.
    if is_text(attribute.kind) != language.is_some() {
        let (code, ending) = (&attribute.code, if language.is_some() { "" } else { ":en" });
        return Err(format!(
            "holds {} for products of this class; use a column attribute:{code}{ending}",
            attribute.kind.name()
        ));
    }
    let values = &mut draft.entry.product.attributes;
    let old = values.iter().position(|(id, _)| *id == attribute.id).map(|place| values.remove(place).1);
    let value = match language {
        Some(language) => {
            let mut texts = match old {
                Some(AttributeValue::Text(texts) | AttributeValue::RichText(texts)) => texts,
                _ => Texts::default(),
            };
            set_text(&mut texts, language, cell, TEXT_CHARS_MAX)?;
            let rich = attribute.kind == AttributeKind::RichText;
            let value =
                if rich { AttributeValue::RichText(texts.clone()) } else { AttributeValue::Text(texts.clone()) };
            (!texts.is_empty()).then_some(value)
        }
        None if cell.trim() == CLEAR => None,
        None => Some(attribute_value(attribute.kind, cell.trim(), names)?),
    };
    if let Some(value) = value {
        values.push((attribute.id, value));
        values.sort_by_key(|(id, _)| names.attribute_place(*id));
    }
    Ok(())
}

fn attribute_value(kind: AttributeKind, cell: &str, names: &Names) -> Result<AttributeValue, String> {
    Ok(match kind {
        AttributeKind::Integer => AttributeValue::Integer(whole(cell)?),
        AttributeKind::Boolean => AttributeValue::Boolean(flag(cell)?),
        AttributeKind::Float => AttributeValue::Float(Decimal::parse(cell).map_err(|error| error.to_string())?),
        AttributeKind::Date => {
            AttributeValue::Date(cell.parse().map_err(|_| format!("{cell:?} is not a date such as 2026-11-24"))?)
        }
        AttributeKind::DateTime => {
            let moment = Moment::parse_rfc3339(cell);
            AttributeValue::DateTime(
                moment.ok_or_else(|| format!("{cell:?} is not a moment such as 2026-11-24T09:00:00Z"))?,
            )
        }
        AttributeKind::Option(_) => AttributeValue::Option(names.choice(kind, cell)?),
        AttributeKind::MultiOption(_) => {
            AttributeValue::MultiOption(several(Some(cell), |code| names.choice(kind, code))?)
        }
        AttributeKind::Entity => {
            let (kind, key) = cell.split_once(':').ok_or_else(|| format!("{cell:?} is not kind:key"))?;
            AttributeValue::Entity { kind: required(Some(kind), LINE_CHARS_MAX)?, key: whole(key)? }
        }
        AttributeKind::File => AttributeValue::File(path(&unescaped(cell))?),
        AttributeKind::Image => AttributeValue::Image(path(&unescaped(cell))?),
        AttributeKind::Text | AttributeKind::RichText => return Err("holds texts".to_owned()),
    })
}

/// A stock record for a product that has none.
pub(super) fn new_record(draft: &mut Draft, names: &Names, id: NewId<'_>, partner: &str) -> Result<(), String> {
    if matches!(draft.entry.product.structure, Structure::Parent(_)) {
        return Err("a parent is sold through its variants and has no sku".to_owned());
    }
    let partner = match partner.trim() {
        "" => names.only_partner()?,
        // One that is not known is told by its own cell.
        code => names.partner(code).unwrap_or_else(|_| PartnerId::new(id())),
    };
    draft.entry.stock_records.push(StockRecord {
        id: StockRecordId::new(id()),
        product: draft.entry.product.id,
        partner,
        sku: String::new(),
        on_hand: Some(0),
        low_stock_threshold: None,
        prices: Vec::new(),
        oscar: None,
    });
    Ok(())
}

/// A text that would be read as something else gets a backslash before it.
pub(super) fn escaped(text: &str) -> String {
    if text.trim() == CLEAR || text.starts_with('\\') { format!("\\{text}") } else { text.to_owned() }
}

fn unescaped(cell: &str) -> String {
    cell.strip_prefix('\\').unwrap_or(cell).to_owned()
}

pub(super) fn yes_or_no(flag: bool) -> String {
    if flag { "yes" } else { "no" }.to_owned()
}

fn joined<'t>(entries: impl Iterator<Item = &'t str>) -> String {
    entries.collect::<Vec<_>>().join("|")
}

fn several<T>(value: Option<&str>, parse: impl Fn(&str) -> Result<T, String>) -> Result<Vec<T>, String> {
    let entries: Vec<&str> =
        value.unwrap_or_default().split(SEVERAL).map(str::trim).filter(|e| !e.is_empty()).collect();
    if entries.len() > ENTRIES_MAX {
        return Err(format!("more than {ENTRIES_MAX} entries"));
    }
    if let Some(twice) = entries.iter().enumerate().find(|(place, entry)| entries[..*place].contains(entry)) {
        return Err(format!("{:?} is there twice", twice.1));
    }
    entries.into_iter().map(parse).collect()
}

pub(super) fn flag(cell: &str) -> Result<bool, String> {
    match cell.to_ascii_lowercase().as_str() {
        "yes" | "true" | "1" => Ok(true),
        "no" | "false" | "0" => Ok(false),
        _ => Err(format!("{cell:?} is neither yes nor no")),
    }
}

fn whole(cell: &str) -> Result<i64, String> {
    cell.parse().map_err(|_| format!("{cell:?} is not a whole number"))
}

fn units(cell: &str) -> Result<Option<i64>, String> {
    if cell == "uncounted" {
        return Ok(None);
    }
    let units = whole(cell).ok().filter(|units| (0..=UNITS_MAX).contains(units));
    units.map(Some).ok_or_else(|| format!("{cell:?} is neither a number of units from 0 to {UNITS_MAX} nor uncounted"))
}

fn amount(cell: &str) -> Result<Decimal, String> {
    let number = Decimal::parse(cell).ok().filter(|number| !number.is_negative());
    number.ok_or_else(|| format!("{cell:?} is not a number such as 12.50 (with a point, and not below nothing)"))
}

fn measure(cell: &str) -> Result<Measure, String> {
    let parsed = cell.split_once(' ').and_then(|(number, unit)| {
        Some(Measure { amount: amount(number).ok()?, unit: MeasureUnit::from_name(unit.trim())? })
    });
    parsed.ok_or_else(|| format!("{cell:?} is not an amount and a unit such as 0.25 kg (kg, l, m, m2, piece)"))
}

fn required(value: Option<&str>, chars_max: usize) -> Result<String, String> {
    let text = unescaped(value.unwrap_or_default());
    if text.is_empty() {
        return Err("must not be empty".to_owned());
    }
    checked(&text, chars_max)?;
    Ok(text)
}

fn checked(text: &str, chars_max: usize) -> Result<(), String> {
    if text.chars().count() > chars_max {
        return Err(format!("has more than {chars_max} characters"));
    }
    if text.chars().any(|sign| sign.is_control() && !matches!(sign, '\n' | '\t')) {
        return Err("has signs that cannot be printed".to_owned());
    }
    Ok(())
}

#[cfg(test)]
mod tests;
