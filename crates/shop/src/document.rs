//! From what staff keep to what shoppers read: a family of products becomes one document of the snapshot.

use crate::market_prices::MarketPrices;
use crate::pictures::{SizedPicture, Uploads};
use catalog::document::{
    CategoryEntry, DocumentAttribute, DocumentImage, DocumentOption, DocumentValue, ProductDocument,
    RECOMMENDATIONS_MAX, RangeMarks, Variant,
};
use commerce::availability::Availability;
use commerce::catalogue::{
    Attribute, AttributeValue, CatalogueSetup, CategoryTree, Choice, CustomerOption, Image, OptionGroup, Product,
    ProductClass, StockRecord,
};
use commerce::ids::{AttributeId, ChoiceId, OptionGroupId, OptionId, ProductClassId, StockRecordId};
use commerce::language::Texts;
use commerce::moment::Moment;
use commerce::price_list::ListedPrice;
use db::products::{Family, StoredProduct};
use std::collections::{BTreeMap, HashMap, HashSet};

/// Everything that documents are made with, looked up once for a whole publish.
pub(crate) struct DocumentMaker {
    classes: HashMap<ProductClassId, ProductClass>,
    attributes: HashMap<AttributeId, (usize, Attribute)>,
    groups: HashMap<OptionGroupId, OptionGroup>,
    options: HashMap<OptionId, CustomerOption>,
    pub(crate) tree: CategoryTree,
    pub(crate) category_pictures: Uploads,
    prices: MarketPrices,
    few_left: i64,
    /// Whether there are several partners, so that parcels hang on who sends what.
    names_partners: bool,
}

/// What documents are made of beside the products themselves.
pub(crate) struct Facts {
    pub(crate) levels: Levels,
    pub(crate) uploads: Uploads,
    pub(crate) listed: BTreeMap<StockRecordId, Vec<ListedPrice>>,
}

/// Free and held units by stock record; a record that is not in it is not counted.
pub(crate) type Levels = BTreeMap<StockRecordId, (i64, i64)>;

impl DocumentMaker {
    pub(crate) fn new(setup: CatalogueSetup, category_pictures: Uploads, prices: MarketPrices, few_left: i64) -> Self {
        Self {
            classes: setup.classes.into_iter().map(|class| (class.id, class)).collect(),
            attributes: setup.attributes.into_iter().enumerate().map(|(at, entry)| (entry.id, (at, entry))).collect(),
            groups: setup.groups.into_iter().map(|group| (group.id, group)).collect(),
            options: setup.options.into_iter().map(|option| (option.id, option)).collect(),
            tree: CategoryTree::new(setup.categories),
            category_pictures,
            prices,
            few_left,
            names_partners: setup.partners.len() > 1,
        }
    }

    /// The visible categories, in the order of the tree.
    pub(crate) fn category_entries(&self) -> Vec<CategoryEntry> {
        let visible = self.tree.iter().filter(|category| self.tree.is_visible(category.id));
        visible
            .map(|category| CategoryEntry {
                id: category.id,
                parent: category.parent,
                slug: category.slug.to_string(),
                name: category.name.clone(),
                description: clean_html(&category.description),
                meta_title: category.meta_title.clone(),
                meta_description: category.meta_description.clone(),
                image: category
                    .image
                    .as_deref()
                    .and_then(|source| self.category_pictures.shown(source))
                    .map(str::to_owned),
                in_menu: category.in_menu,
                oscar: category.oscar,
            })
            .collect()
    }

    /// The document of a family; none if shoppers may not see it.
    pub(crate) fn document(&self, family: &Family, facts: &Facts) -> Option<ProductDocument> {
        let head = &family.head.entry.product;
        let class = head.structure.class().and_then(|id| self.classes.get(&id))?;
        if !head.is_public {
            return None;
        }
        let children: Vec<&StoredProduct> =
            family.children.iter().filter(|child| child.entry.product.is_public).collect();
        let variants =
            if family.children.is_empty() && matches!(head.structure, commerce::catalogue::Structure::Standalone(_)) {
                vec![self.variant(head, &family.head, None, class, facts)]
            } else {
                children.iter().map(|child| self.variant(head, child, Some(head), class, facts)).collect()
            };
        let mut recommended: Vec<_> = head.recommendations.iter().collect();
        recommended.sort_by_key(|entry| std::cmp::Reverse(entry.ranking));
        Some(ProductDocument {
            id: head.id,
            slug: head.slug.to_string(),
            upc: head.upc.clone(),
            title: head.title.clone(),
            description: clean_html(&head.description),
            meta_title: head.meta_title.clone(),
            meta_description: head.meta_description.clone(),
            categories: head.categories.iter().copied().filter(|id| self.tree.is_visible(*id)).collect(),
            attributes: self.attributes(head, &facts.uploads),
            options: self.options(head, class),
            images: images(head, &facts.uploads),
            recommendations: recommended.iter().take(RECOMMENDATIONS_MAX).map(|entry| entry.product).collect(),
            rating: head.rating_hundredths.filter(|_| head.rating_count > 0).map(|mean| (mean, head.rating_count)),
            sold: family.head.sold + children.iter().map(|child| child.sold).sum::<u64>(),
            priority: head.priority,
            created_at: head.created_at,
            updated_at: family.children.iter().map(|c| c.entry.product.updated_at).fold(head.updated_at, Moment::max),
            requires_shipping: class.requires_shipping,
            tax_class: class.tax_class.clone(),
            is_gift_card: class.is_gift_card,
            maker: head.maker.clone(),
            eu_contact: head.eu_contact.clone(),
            oscar_keys: head
                .oscar
                .into_iter()
                .chain(family.children.iter().filter_map(|c| c.entry.product.oscar))
                .collect(),
            old_slugs: old_slugs(family),
            variants,
            marks: RangeMarks {
                class: Some(class.id),
                categories: self.tree.with_ancestors(head.categories.iter().copied()),
            },
        })
    }

    fn variant(
        &self,
        head: &Product,
        stored: &StoredProduct,
        parent: Option<&Product>,
        class: &ProductClass,
        facts: &Facts,
    ) -> Variant {
        let product = &stored.entry.product;
        // A store sells a product's first stock record (Oscar's default strategy).
        let record = stored.entry.stock_records.first();
        let listed = record.and_then(|record| facts.listed.get(&record.id)).map_or(&[][..], Vec::as_slice);
        let (prices, ladders) = record.map(|record| self.prices.of(&record.prices, listed)).unwrap_or_default();
        let for_sale = !prices.is_empty() || ladders.iter().any(|ladder| ladder.price.is_some());
        let availability = self.availability(record.filter(|_| for_sale), class, &facts.levels);
        let attributes = if parent.is_some() { self.attributes(product, &facts.uploads) } else { Vec::new() };
        Variant {
            id: product.id,
            title: if parent.is_some() { product.title.clone() } else { Texts::default() },
            slug: if parent.is_some() { product.slug.to_string() } else { String::new() },
            upc: parent.and(product.upc.clone()),
            sku: record.map(|record| record.sku.clone()).unwrap_or_default(),
            stock_record: record.map(|record| record.id),
            prices,
            attributes,
            images: if parent.is_some() { images(product, &facts.uploads) } else { Vec::new() },
            availability,
            is_discountable: product.is_discountable,
            weight_kg: product.weight_kg.or(head.weight_kg),
            measure: product.measure.or(head.measure),
            ladders,
            partner: record.filter(|_| self.names_partners).map(|record| record.partner),
        }
    }

    /// What is said of the stock of something that has a price; nothing is for sale without.
    fn availability(&self, record: Option<&StockRecord>, class: &ProductClass, levels: &Levels) -> Availability {
        record.map_or(Availability::NotForSale, |record| {
            stock_availability(record, class.track_stock, levels, self.few_left)
        })
    }

    fn attributes(&self, product: &Product, uploads: &Uploads) -> Vec<DocumentAttribute> {
        let mut found: Vec<(usize, DocumentAttribute)> = product
            .attributes
            .iter()
            .filter_map(|(id, value)| {
                let (place, attribute) = self.attributes.get(id)?;
                let entry = DocumentAttribute {
                    code: attribute.code.clone(),
                    name: attribute.name.clone(),
                    facet: attribute.facet,
                    value: self.value(attribute, value, uploads)?,
                };
                Some((*place, entry))
            })
            .collect();
        found.sort_by_key(|(place, _)| *place);
        found.into_iter().map(|(_, entry)| entry).collect()
    }

    fn value(&self, attribute: &Attribute, value: &AttributeValue, uploads: &Uploads) -> Option<DocumentValue> {
        let choices = |ids: &[ChoiceId]| {
            let group = attribute.kind.group().and_then(|group| self.groups.get(&group))?;
            let chosen = group.choices.iter().filter(|choice| ids.contains(&choice.id));
            let list: Vec<_> = chosen.map(|choice| (choice.code.clone(), choice.name.clone())).collect();
            (!list.is_empty()).then_some(DocumentValue::Choices(list))
        };
        Some(match value {
            AttributeValue::Text(texts) => DocumentValue::Text(texts.clone()),
            AttributeValue::RichText(texts) => DocumentValue::Html(clean_html(texts)),
            AttributeValue::Integer(number) => DocumentValue::Integer(*number),
            AttributeValue::Float(number) => DocumentValue::Float(*number),
            AttributeValue::Boolean(flag) => DocumentValue::Boolean(*flag),
            AttributeValue::Date(date) => DocumentValue::Date(date.to_string()),
            AttributeValue::DateTime(moment) => DocumentValue::DateTime(*moment),
            AttributeValue::Option(choice) => choices(&[*choice])?,
            AttributeValue::MultiOption(list) => choices(list)?,
            AttributeValue::File(path) | AttributeValue::Image(path) => {
                DocumentValue::File(uploads.shown(path)?.to_owned())
            }
            // It points into the old store: nothing that a shopper could read.
            AttributeValue::Entity { .. } => return None,
        })
    }

    fn options(&self, product: &Product, class: &ProductClass) -> Vec<DocumentOption> {
        let mut seen = HashSet::new();
        let ids = class.options.iter().chain(&product.options).filter(|id| seen.insert(**id));
        let mut options: Vec<&CustomerOption> = ids.filter_map(|id| self.options.get(id)).collect();
        options.sort_by_key(|option| option.position);
        let choices = |option: &CustomerOption| -> Vec<(String, Texts)> {
            let group = option.kind.group().and_then(|group| self.groups.get(&group));
            let list: &[Choice] = group.map_or(&[], |group| &group.choices);
            list.iter().map(|choice| (choice.code.clone(), choice.name.clone())).collect()
        };
        options
            .into_iter()
            .map(|option| DocumentOption {
                code: option.code.clone(),
                name: option.name.clone(),
                help: option.help.clone(),
                kind: option.kind,
                required: option.required,
                choices: choices(option),
            })
            .collect()
    }
}

/// Slugs that the product and its children had before.
fn old_slugs(family: &Family) -> Vec<String> {
    let stored = std::iter::once(&family.head).chain(&family.children);
    stored.flat_map(|stored| &stored.old_slugs).cloned().collect()
}

/// What is said of a stock record.
pub(crate) fn stock_availability(
    record: &StockRecord,
    track_stock: bool,
    levels: &Levels,
    few_left: i64,
) -> Availability {
    if !track_stock || record.on_hand.is_none() {
        return Availability::Available;
    }
    let (free, held) = levels.get(&record.id).copied().unwrap_or_default();
    Availability::from_free(Some(free), held, few_left)
}

/// The pictures that shoppers can be shown: those of which nothing was made yet come later.
fn images(product: &Product, uploads: &Uploads) -> Vec<DocumentImage> {
    let picture = |image: &Image| {
        let source = uploads.shown(&image.source)?;
        let (width, height) =
            SizedPicture::parse(source).map_or((image.width, image.height), |sized| (sized.width, sized.height));
        Some(DocumentImage { source: source.to_owned(), alt: image.alt.clone(), width, height })
    };
    product.images.iter().filter_map(picture).collect()
}

/// Descriptions are HTML from staff or from an old store: what could run or load is taken out.
pub(crate) fn clean_html(texts: &Texts) -> Texts {
    texts.iter().map(|(language, text)| (language, ammonia::clean(text))).collect()
}
