//! What the demo store sells: the data files as a catalogue.

use crate::data::{self, Catalogue, CategoryData, Class, DataError, Maker, ProductData};
use crate::facts;
use crate::texts::Pair;
use crate::variants::{self, Variant, to_ten};
use commerce::catalogue::product::{Measure, MeasureUnit};
use commerce::catalogue::{
    Attribute, AttributeKind, AttributeValue, CatalogueSetup, Category, Choice, CustomerOption, CustomerOptionKind,
    Image, OptionGroup, Partner, PriceRow, Product, ProductClass, ProductEntry, Recommendation, StockRecord, Structure,
};
use commerce::decimal::Decimal;
use commerce::ids::{
    AttributeId, CategoryId, ImageId, OptionGroupId, OptionId, PartnerId, PriceId, ProductClassId, ProductId,
    StockRecordId, derived_uuid,
};
use commerce::language::Texts;
use commerce::moment::Moment;
use commerce::money::{Currency, Money};
use commerce::slug::Slug;
use commerce::tax::class::TaxClass;
use std::collections::BTreeMap;

/// From when on reduced prices hold.
pub const SALE_SINCE: &str = "2026-11-02T00:00:00Z";
/// When the first product came into the store.
const OPENED: &str = "2026-01-12T09:00:00Z";
/// How far apart products came in, in milliseconds: 49 hours, so that they do not all come at nine.
const ARRIVAL_STEP_MS: i64 = 49 * 3_600_000;
/// Euros for a hundred pounds, roughly, as a shop would set it.
const EURO_PER_100_POUNDS: i64 = 119;
/// Side of the pictures as rasters, in pixels.
const PICTURE_SIDE: u32 = 1_200;
/// Most products that are shown beside one.
const RECOMMENDATIONS_MAX: usize = 4;
/// Staff are warned below so many units.
const LOW_STOCK: i64 = 6;

/// The demo's catalogue.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Assortment {
    /// What products refer to.
    pub setup: CatalogueSetup,
    /// The products, each parent before its children. Prices include tax and are in GBP and EUR.
    pub products: Vec<ProductEntry>,
}

/// Makes the demo's catalogue from the embedded data, in English and German. Takes some milliseconds. An error means
/// that the data was changed and is wrong; the tests say so too.
pub fn assortment() -> Result<Assortment, DataError> {
    let catalogue = data::catalogue()?;
    let categories = data::categories()?;
    let setup = setup(&catalogue, &categories)?;
    let shelves = data::shelves()?;
    // Gift cards came in beside: what else came in when stays as it was.
    let goods = shelves.iter().filter(|shelf| shelf.class != "gift_card");
    let count = goods.map(|shelf| shelf.product.len()).sum();
    let mut builder = Builder { catalogue: &catalogue, setup: &setup, number: 0, count, products: Vec::new() };
    for shelf in &shelves {
        let class = find(&catalogue.class, |class| class.code == shelf.class, "shelf", &shelf.class)?;
        for (place, product) in shelf.product.iter().enumerate() {
            let maker = product.maker.as_ref().unwrap_or(&shelf.maker);
            let maker = catalogue.maker.get(maker).ok_or_else(|| unknown(&product.key, maker))?;
            // Neighbours on the shelf step in where nobody has chosen recommendations.
            let beside = shelf.product.iter().cycle().skip(place + 1).take(2).map(|other| other.key.clone());
            let likes = if product.likes.is_empty() { beside.collect() } else { product.likes.clone() };
            builder.add(class, maker, product, &likes)?;
        }
    }
    let products = builder.products;
    Ok(Assortment { setup, products })
}

fn unknown(place: &str, name: &str) -> DataError {
    DataError::Unknown { place: place.to_owned(), name: name.to_owned() }
}

fn malformed(place: &str, value: &str) -> DataError {
    DataError::Malformed { place: place.to_owned(), value: value.to_owned() }
}

fn find<'l, T>(list: &'l [T], test: impl Fn(&T) -> bool, place: &str, name: &str) -> Result<&'l T, DataError> {
    list.iter().find(|entry| test(entry)).ok_or_else(|| unknown(place, name))
}

fn class_id(code: &str) -> ProductClassId {
    ProductClassId::new(derived_uuid("demo/class", code))
}

fn group_id(code: &str) -> OptionGroupId {
    OptionGroupId::new(derived_uuid("demo/group", code))
}

fn option_id(code: &str) -> OptionId {
    OptionId::new(derived_uuid("demo/option", code))
}

pub(crate) fn category_id(key: &str) -> CategoryId {
    CategoryId::new(derived_uuid("demo/category", key))
}

fn product_id(key: &str) -> ProductId {
    ProductId::new(derived_uuid("demo/product", key))
}

fn partner_id(code: &str) -> PartnerId {
    PartnerId::new(derived_uuid("demo/partner", code))
}

fn setup(catalogue: &Catalogue, categories: &[CategoryData]) -> Result<CatalogueSetup, DataError> {
    let mut setup = CatalogueSetup::default();
    for partner in &catalogue.partner {
        let id = partner_id(&partner.code);
        setup.partners.push(Partner { id, code: partner.code.clone(), name: partner.name.clone(), oscar: None });
    }
    for group in &catalogue.group {
        let choices = group.choices.iter().map(|(code, english, german)| Choice {
            id: facts::choice_id(&group.code, code),
            code: code.clone(),
            name: Pair(english.clone(), german.clone()).texts(),
            oscar: None,
        });
        setup.groups.push(OptionGroup {
            id: group_id(&group.code),
            name: group.name.texts(),
            code: Some(group.code.clone()),
            choices: choices.collect(),
            oscar: None,
        });
    }
    for (position, option) in (0..).zip(&catalogue.option) {
        let kind = CustomerOptionKind::from_name(&option.kind, option.group.as_deref().map(group_id));
        setup.options.push(CustomerOption {
            id: option_id(&option.code),
            code: option.code.clone(),
            name: option.name.texts(),
            help: option.help.texts(),
            kind: kind.ok_or_else(|| unknown(&option.code, &option.kind))?,
            required: option.required,
            position,
            oscar: None,
        });
    }
    for class in &catalogue.class {
        add_class(&mut setup, class)?;
    }
    for (position, category) in (0..).zip(categories) {
        setup.categories.push(to_category(category, position)?);
    }
    Ok(setup)
}

fn add_class(setup: &mut CatalogueSetup, class: &Class) -> Result<(), DataError> {
    let id = class_id(&class.code);
    setup.classes.push(ProductClass {
        id,
        code: class.code.clone(),
        name: class.name.texts(),
        requires_shipping: !class.digital,
        track_stock: !class.digital,
        options: class.options.iter().map(|code| option_id(code)).collect(),
        oscar: None,
        tax_class: if class.gift_card { zero_tax()? } else { TaxClass::standard() },
        is_gift_card: class.gift_card,
    });
    for attribute in &class.attributes {
        let kind = AttributeKind::from_name(&attribute.kind, attribute.group.as_deref().map(group_id));
        setup.attributes.push(Attribute {
            id: AttributeId::new(derived_uuid("demo/attribute", &format!("{}/{}", class.code, attribute.code))),
            class: id,
            code: attribute.code.clone(),
            name: attribute.name.texts(),
            kind: kind.ok_or_else(|| unknown(&class.code, &attribute.kind))?,
            required: attribute.required,
            facet: attribute.facet,
            oscar: None,
        });
    }
    Ok(())
}

/// Tax is due on what a gift card pays for, not on the card.
fn zero_tax() -> Result<TaxClass, DataError> {
    TaxClass::parse("zero").map_err(|_| malformed("gift_card", "zero"))
}

fn to_category(category: &CategoryData, position: i64) -> Result<Category, DataError> {
    Ok(Category {
        id: category_id(&category.key),
        parent: category.parent.as_deref().map(category_id),
        position,
        slug: Slug::parse(&category.key).map_err(|_| malformed(&category.key, &category.key))?,
        name: category.name.texts(),
        description: category.text.paragraph(),
        meta_title: Texts::default(),
        meta_description: category.text.summary(),
        image: Some(format!("drawn:{}", category.art)),
        is_public: true,
        in_menu: true,
        code: None,
        oscar: None,
    })
}

/// Products as they come, one after the other.
struct Builder<'d> {
    catalogue: &'d Catalogue,
    setup: &'d CatalogueSetup,
    /// Of the product that is added, from 1.
    number: usize,
    /// Of all products.
    count: usize,
    products: Vec<ProductEntry>,
}

impl Builder<'_> {
    fn add(&mut self, class: &Class, maker: &Maker, data: &ProductData, likes: &[String]) -> Result<(), DataError> {
        self.number += 1;
        let variants = variants::of(&class.code, data);
        let mut product = self.product(class, maker, data, likes)?;
        let first = variants.first().ok_or_else(|| malformed(&data.key, "no variant"))?;
        product.weight_kg = (!class.digital).then(|| kilograms(first.weight_g)).flatten();
        if let [variant] = variants.as_slice() {
            product.attributes.extend(self.attributes(class, &data.key, variant.facts.iter().map(|(c, v)| (*c, v)))?);
            product.measure = measure(data, variant);
            product.upc = (!class.digital).then(|| self.upc(0));
            let stock_records = self.stock_records(class, data, variant, product.id, 0)?;
            self.products.push(ProductEntry { product, stock_records });
            return Ok(());
        }
        product.structure = Structure::Parent(class_id(&class.code));
        let children: Vec<ProductEntry> = (1..)
            .zip(&variants)
            .map(|(place, variant)| self.child(class, data, &product, variant, place))
            .collect::<Result<_, _>>()?;
        self.products.push(ProductEntry { product, stock_records: Vec::new() });
        self.products.extend(children);
        Ok(())
    }

    fn product(
        &self,
        class: &Class,
        maker: &Maker,
        data: &ProductData,
        likes: &[String],
    ) -> Result<Product, DataError> {
        let title = Pair(data.en.0.clone(), data.de.0.clone());
        let text = Pair(data.en.1.clone(), data.de.1.clone());
        let opened = Moment::parse_rfc3339(OPENED).ok_or_else(|| malformed(&data.key, OPENED))?;
        // New things arrive on every shelf in turn: 41 meets all places of a list whose length it does not divide.
        let arrival = i64::try_from(self.number * 41 % self.count.max(1)).unwrap_or_default();
        let created_at = opened.plus_ms(arrival * ARRIVAL_STEP_MS);
        find(&self.setup.categories, |known| known.id == category_id(&data.category), &data.key, &data.category)?;
        for code in &data.options {
            find(&self.setup.options, |option| option.code == *code, &data.key, code)?;
        }
        let best = likes.iter().take(RECOMMENDATIONS_MAX);
        let recommendations =
            (1..).zip(best.rev()).map(|(ranking, key)| Recommendation { product: product_id(key), ranking });
        let mut recommendations: Vec<Recommendation> = recommendations.collect();
        recommendations.reverse();
        Ok(Product {
            id: product_id(&data.key),
            structure: Structure::Standalone(class_id(&class.code)),
            upc: None,
            code: None,
            slug: Slug::from_title(&title.0).ok_or_else(|| malformed(&data.key, &title.0))?,
            title: title.texts(),
            description: text.paragraph(),
            meta_title: Texts::default(),
            meta_description: text.summary(),
            is_public: true,
            is_discountable: !class.gift_card,
            priority: i64::from(data.stars.map_or(0, |(_, count)| count)),
            rating_hundredths: data.stars.map(|(mean, _)| mean),
            rating_count: data.stars.map_or(0, |(_, count)| count),
            weight_kg: None,
            measure: None,
            maker: Some(maker.name.clone()),
            eu_contact: maker.eu.clone(),
            categories: vec![category_id(&data.category)],
            attributes: self.attributes(
                class,
                &data.key,
                data.facts.iter().map(|(code, value)| (code.as_str(), value)),
            )?,
            options: data.options.iter().map(|code| option_id(code)).collect(),
            images: images(data, product_id(&data.key), data.colours.first()),
            recommendations,
            created_at,
            updated_at: created_at,
            version: 1,
            oscar: None,
        })
    }

    fn child(
        &self,
        class: &Class,
        data: &ProductData,
        parent: &Product,
        variant: &Variant,
        place: usize,
    ) -> Result<ProductEntry, DataError> {
        let codes = variant.codes.join("-");
        let id = product_id(&format!("{}/{codes}", data.key));
        let images = variant.colour.as_ref().map(|colour| images(data, id, Some(colour))).unwrap_or_default();
        let slug = Slug::from_title(&format!("{} {codes}", data.key)).ok_or_else(|| malformed(&data.key, &codes))?;
        let product = Product {
            id,
            structure: Structure::Child(parent.id),
            upc: Some(self.upc(place)),
            slug,
            title: Texts::default(),
            description: Texts::default(),
            meta_description: Texts::default(),
            rating_hundredths: None,
            rating_count: 0,
            weight_kg: kilograms(variant.weight_g),
            measure: measure(data, variant),
            categories: Vec::new(),
            attributes: self.attributes(class, &data.key, variant.facts.iter().map(|(code, value)| (*code, value)))?,
            options: Vec::new(),
            images,
            recommendations: Vec::new(),
            ..parent.clone()
        };
        let stock_records = self.stock_records(class, data, variant, id, place)?;
        Ok(ProductEntry { product, stock_records })
    }

    /// In the order of the class.
    fn attributes<'v>(
        &self,
        class: &Class,
        place: &str,
        facts: impl Iterator<Item = (&'v str, &'v toml::Value)>,
    ) -> Result<Vec<(AttributeId, AttributeValue)>, DataError> {
        let mut given: BTreeMap<&str, &toml::Value> = facts.collect();
        let mut values = Vec::new();
        for attribute in self.setup.attributes.iter().filter(|attribute| attribute.class == class_id(&class.code)) {
            if let Some(raw) = given.remove(attribute.code.as_str()) {
                values.push((attribute.id, facts::value(self.setup, place, attribute, raw)?));
            }
        }
        given.keys().next().map_or(Ok(values), |code| Err(unknown(place, code)))
    }

    fn stock_records(
        &self,
        class: &Class,
        data: &ProductData,
        variant: &Variant,
        product: ProductId,
        place: usize,
    ) -> Result<Vec<StockRecord>, DataError> {
        let prefix: String = class.code.chars().take(3).collect::<String>().to_uppercase();
        let tail: String = variant.codes.iter().map(|code| format!("-{}", code.to_uppercase())).collect();
        let sku = format!("{prefix}-{:03}{tail}", self.number);
        // What grows is kept in Bremen, what is made in Bristol; some things lie in both houses.
        let grown = ["tea", "coffee", "spice", "linen"].contains(&class.code.as_str());
        let mut partners: Vec<_> = self.catalogue.partner.iter().collect();
        if !grown {
            partners.reverse();
        }
        let houses = if self.number.is_multiple_of(12) { 2 } else { 1 };
        let mut records = Vec::new();
        for (house, partner) in partners.into_iter().take(houses).enumerate() {
            let sku = if house == 0 { sku.clone() } else { format!("{sku}-B") };
            let on_hand = data.stock.unwrap_or_else(|| made_up_stock(&sku, place));
            records.push(StockRecord {
                id: StockRecordId::new(derived_uuid("demo/stock-record", &sku)),
                product,
                partner: partner_id(&partner.code),
                on_hand: (!class.digital).then_some(on_hand),
                low_stock_threshold: (!class.digital).then_some(LOW_STOCK),
                prices: prices(class, &sku, variant)?,
                sku,
                oscar: None,
            });
        }
        Ok(records)
    }

    /// A number of the range that GS1 leaves to shops for their own use, with its check digit.
    fn upc(&self, place: usize) -> String {
        let digits = format!("290{:05}{:04}", self.number, place);
        let check = check_digit(&digits);
        format!("{digits}{check}")
    }
}

/// The check digit of an EAN-13 behind its first twelve digits (GS1 General Specifications, 7.9).
pub fn check_digit(digits: &str) -> u32 {
    let weighted = digits.chars().filter_map(|digit| digit.to_digit(10)).zip([1, 3].into_iter().cycle());
    let sum: u32 = weighted.map(|(digit, weight)| digit * weight).sum();
    (10 - sum % 10) % 10
}

/// Mostly plenty, now and then a few, seldom none, and never the same twice in a row.
fn made_up_stock(sku: &str, place: usize) -> i64 {
    let hash = derived_uuid("demo/stock", sku).as_u128();
    let units = i64::try_from(hash % 140).unwrap_or_default();
    match hash / 140 % 32 {
        // The usual form is always there.
        0 if place > 1 => 0,
        1 | 2 => 1 + units % 4,
        _ => 18 + units,
    }
}

fn prices(class: &Class, sku: &str, variant: &Variant) -> Result<Vec<PriceRow>, DataError> {
    let since = Moment::parse_rfc3339(SALE_SINCE);
    let mut rows = Vec::new();
    for (code, per_100) in [("GBP", 100), ("EUR", EURO_PER_100_POUNDS)] {
        let currency = Currency::parse(code).map_err(|_| malformed(sku, code))?;
        for (kind, pence, from) in [("regular", Some(variant.price), None), ("sale", variant.sale, since)] {
            let Some(pence) = pence else { continue };
            let id = PriceId::new(derived_uuid("demo/price", &format!("{sku}/{code}/{kind}")));
            // A card of 25 is worth 25 wherever it is sold.
            let minor = if per_100 == 100 || class.gift_card { pence } else { to_ten(pence * per_100, 100) };
            rows.push(PriceRow { id, amount: Money::from_minor(minor, currency), from, until: None });
        }
    }
    Ok(rows)
}

fn kilograms(grams: i64) -> Option<Decimal> {
    Decimal::new(grams, 3).filter(|_| grams > 0)
}

fn measure(data: &ProductData, variant: &Variant) -> Option<Measure> {
    let by_weight = variant.net_g.and_then(kilograms).map(|amount| Measure { amount, unit: MeasureUnit::Kilogram });
    let pieces = data.pieces.and_then(|pieces| Decimal::new(pieces, 0));
    by_weight.or_else(|| pieces.map(|amount| Measure { amount, unit: MeasureUnit::Piece }))
}

/// The thing from the front, on a laid table, what else there is to see, and from near by.
fn images(data: &ProductData, owner: ProductId, colour: Option<&String>) -> Vec<Image> {
    let seed = |art: &String| match colour {
        Some(colour) => art.replace("{}", colour),
        None => art.clone(),
    };
    let Some((main, others)) = data.art.split_first() else { return Vec::new() };
    let main = seed(main);
    let mut shown = vec![(main.clone(), ["", ""])];
    shown.push((format!("{main}:table"), [" on a laid table", " auf einem gedeckten Tisch"]));
    shown.extend(others.iter().map(|other| (seed(other), [": what is in it", ": was darin ist"])));
    shown.push((format!("{main}:detail"), [" from near by", " aus der Nähe"]));
    let image = |(seed, [english, german]): (String, [&str; 2])| Image {
        id: ImageId::new(derived_uuid("demo/image", &format!("{owner}/{seed}"))),
        source: format!("drawn:{seed}"),
        alt: Pair(data.en.0.clone() + english, data.de.0.clone() + german).texts(),
        width: PICTURE_SIDE,
        height: PICTURE_SIDE,
        oscar: None,
    };
    shown.into_iter().map(image).collect()
}

#[cfg(test)]
mod tests;
