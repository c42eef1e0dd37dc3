//! A small catalogue in a folder of its own.

use catalog::document::*;
use catalog::query::*;
use catalog::*;
use commerce::availability::Availability;
use commerce::ids::*;
use commerce::language::{Language, Texts};
use commerce::moment::Moment;
use commerce::money::{Currency, Money};
use commerce::tax::class::TaxClass;
use tempfile::TempDir;

pub(crate) fn en() -> Language {
    Language::ENGLISH
}

pub(crate) fn de() -> Language {
    Language::parse("de").unwrap()
}

pub(crate) fn eur() -> Currency {
    Currency::parse("EUR").unwrap()
}

pub(crate) fn product_id(number: u64) -> ProductId {
    ProductId::new(derived_uuid("product", &number.to_string()))
}

pub(crate) fn category_id(number: u64) -> CategoryId {
    CategoryId::new(derived_uuid("category", &number.to_string()))
}

pub(crate) fn stock_id(number: u64) -> StockRecordId {
    StockRecordId::new(derived_uuid("stock", &number.to_string()))
}

pub(crate) fn moment(number: i64) -> Moment {
    Moment::from_micros(number * 1_000_000)
}

/// English and German.
pub(crate) fn texts(english: &str, german: &str) -> Texts {
    [(en(), english.to_owned()), (de(), german.to_owned())].into_iter().collect()
}

/// A standalone product of 10.00 EUR in category 1.
pub(crate) fn mug(number: u64) -> ProductDocument {
    ProductDocument {
        id: product_id(number),
        slug: format!("mug-{number}"),
        upc: None,
        title: texts(&format!("Mug {number}"), &format!("Becher {number}")),
        description: texts("<p>Holds tea.</p>", "<p>Hält Tee.</p>"),
        meta_title: Texts::default(),
        meta_description: Texts::default(),
        categories: vec![category_id(1)],
        attributes: Vec::new(),
        options: Vec::new(),
        images: Vec::new(),
        variants: vec![variant(number, number, 1_000)],
        recommendations: Vec::new(),
        rating: None,
        sold: 0,
        priority: 0,
        created_at: moment(1),
        updated_at: moment(1),
        requires_shipping: true,
        tax_class: TaxClass::standard(),
        is_gift_card: false,
        maker: None,
        eu_contact: None,
        oscar_keys: vec![i64::try_from(number).unwrap()],
        old_slugs: Vec::new(),
        marks: RangeMarks::default(),
    }
}

pub(crate) fn variant(product: u64, stock: u64, price_minor: i64) -> Variant {
    Variant {
        id: product_id(product),
        title: Texts::default(),
        slug: String::new(),
        upc: None,
        sku: format!("SKU-{stock}"),
        stock_record: Some(stock_id(stock)),
        prices: vec![VariantPrice { amount: Money::from_minor(price_minor, eur()), prior: None }],
        attributes: Vec::new(),
        images: Vec::new(),
        availability: Availability::Available,
        is_discountable: true,
        weight_kg: None,
        measure: None,
        ladders: Vec::new(),
        partner: None,
    }
}

/// A facet with one choice, whose words are the short name.
pub(crate) fn choice(code: &str, value: &str) -> DocumentAttribute {
    DocumentAttribute {
        code: code.to_owned(),
        name: texts(code, code),
        facet: true,
        value: DocumentValue::Choices(vec![(value.to_owned(), texts(value, value))]),
    }
}

pub(crate) fn category(number: u64, parent: Option<u64>, name: &str) -> CategoryEntry {
    CategoryEntry {
        id: category_id(number),
        parent: parent.map(category_id),
        slug: format!("category-{number}"),
        name: texts(name, name),
        description: Texts::default(),
        meta_title: Texts::default(),
        meta_description: Texts::default(),
        image: None,
        in_menu: true,
        oscar: Some(i64::try_from(number).unwrap()),
    }
}

/// 1 > 2 > 3, and 4 beside.
pub(crate) fn front() -> Front {
    Front {
        categories: vec![
            category(1, None, "Kitchen"),
            category(2, Some(1), "Cups"),
            category(3, Some(2), "Espresso"),
            category(4, None, "Garden"),
        ],
        languages: vec![en(), de()],
        currencies: vec![eur()],
        synonyms: vec![vec!["couch".into(), "sofa".into()], vec!["tee".into(), "t shirt".into()]],
        facet_order: Vec::new(),
    }
}

pub(crate) fn keys() -> SnapshotKeys {
    SnapshotKeys::new(b"key one", &[])
}

pub(crate) fn stamp(second: i64) -> Stamp {
    Stamp { now: moment(second), fence: 1, next_change: None }
}

pub(crate) fn listing() -> ListingQuery {
    ListingQuery {
        category: None,
        words: None,
        language: en(),
        currency: eur(),
        chosen: Vec::new(),
        price_min: None,
        price_max: None,
        sort: Sort::Relevance,
        page: 1,
    }
}

pub(crate) fn chosen(facet: &str, value: &str) -> ChosenFacet {
    ChosenFacet { facet: facet.to_owned(), value: value.to_owned() }
}

pub(crate) fn slugs(listing: &Listing) -> Vec<&str> {
    listing.cards.iter().map(|card| card.slug.as_str()).collect()
}

/// A store in a folder with its publisher.
pub(crate) struct Shop {
    pub(crate) folder: TempDir,
    pub(crate) store: SnapshotStore,
    pub(crate) publisher: Publisher,
}

impl Shop {
    pub(crate) fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let store = SnapshotStore::folder(&folder.path().join("snapshot")).unwrap();
        let publisher = Publisher::new(store.clone(), keys());
        Self { folder, store, publisher }
    }

    pub(crate) fn draft(&self, front: Front, documents: Vec<ProductDocument>) -> Result<FullDraft, PublishError> {
        let mut draft = FullDraft::new(front, self.folder.path())?.with_rules(b"rules of offers".to_vec());
        draft.add(documents)?;
        Ok(draft)
    }

    pub(crate) async fn publish(&self, documents: Vec<ProductDocument>) -> Published {
        self.publisher.publish_full(self.draft(front(), documents).unwrap(), stamp(10)).await.unwrap()
    }

    pub(crate) async fn change(&self, upserts: Vec<ProductDocument>, removals: Vec<ProductId>) -> Published {
        let changes = Changes { upserts, removals, ..Changes::default() };
        self.publisher.publish_changes(changes, stamp(20)).await.unwrap()
    }

    pub(crate) async fn reader(&self) -> SnapshotReader {
        SnapshotReader::open(self.store.clone(), keys(), ReaderOptions::default(), moment(0)).await.unwrap()
    }

    pub(crate) async fn snapshot(&self) -> std::sync::Arc<Snapshot> {
        self.reader().await.current().snapshot
    }

    /// Names of all files.
    pub(crate) fn files(&self) -> Vec<String> {
        let files = std::fs::read_dir(self.folder.path().join("snapshot")).unwrap();
        let mut names: Vec<_> = files.map(|file| file.unwrap().file_name().into_string().unwrap()).collect();
        names.sort();
        names
    }
}
