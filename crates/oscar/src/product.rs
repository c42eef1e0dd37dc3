//! Products, a page at a time: every related table is read once for the whole page.

use crate::catalogue::{Catalogue, ImportedProduct, Known, Page};
use crate::ids;
use crate::index::{ANCESTORS, Kind, Standing};
use crate::read::Read;
use crate::report::{Code, Report, quote};
use crate::rows::{Grouped, ReadError, Row};
use crate::select::{Filter, Join, Select, Span, Whose};
use crate::stock::{self, STOCK_RECORDS, Stocked, stock_record};
use crate::value;
use crate::values::{CHOSEN, PARENT_VALUES, VALUES, values, weight};
use commerce::catalogue::product::CHILDREN_MAX;
use commerce::catalogue::{Image, OscarKey, Product, ProductEntry, Recommendation, Structure};
use commerce::ids::{CategoryId, OptionId};
use commerce::language::Texts;
use commerce::slug::Slug;
use std::collections::{HashMap, HashSet};

const PRODUCTS: Select = Select {
    table: "catalogue_product",
    joins: ANCESTORS,
    columns: &[
        "t.id",
        "t.structure",
        "t.slug",
        "t.title",
        "t.upc",
        "t.code",
        "t.description",
        "t.meta_title",
        "t.meta_description",
        "t.is_public",
        "t.is_discountable",
        "t.priority",
        "t.rating",
        "t.date_created",
        "t.date_updated",
        "t.parent_id",
        "t.product_class_id",
        "p.id",
        "p.structure",
        "p.title",
        "p.parent_id",
        "p.product_class_id",
        "g.id",
        "g.structure",
        "g.parent_id",
        "g.product_class_id",
    ],
};

const CATEGORIES: Select =
    Select { table: "catalogue_productcategory", joins: &[], columns: &["t.id", "t.product_id", "t.category_id"] };

const OPTIONS: Select = Select {
    table: "catalogue_product_product_options",
    joins: &[],
    columns: &["t.id", "t.product_id", "t.option_id"],
};

const IMAGES: Select = Select {
    table: "catalogue_productimage",
    joins: &[],
    columns: &["t.id", "t.product_id", "t.original", "t.caption", "t.display_order"],
};

const RECOMMENDATIONS: Select = Select {
    table: "catalogue_productrecommendation",
    joins: &[Join { alias: "r", table: "catalogue_product", on: "t.recommendation_id" }],
    columns: &["t.id", "t.primary_id", "t.recommendation_id", "t.ranking", "r.id"],
};

/// `ProductReview.APPROVED`.
const REVIEW_APPROVED: i64 = 1;

/// Highest rating, in hundredths.
const RATING_MAX: i64 = 500;

/// Everything that belongs to the products of a page.
struct Related {
    categories: Grouped,
    options: Grouped,
    images: Grouped,
    recommendations: Grouped,
    values: Grouped,
    chosen: Grouped,
    stock_records: Grouped,
    parent_values: Grouped,
    reviews: HashMap<OscarKey, u64>,
    children: HashMap<OscarKey, u64>,
}

/// The rows of one product in one table.
fn of(group: &Grouped, key: OscarKey) -> &[Row] {
    group.get(&Some(key)).map(Vec::as_slice).unwrap_or_default()
}

/// Reads one page.
pub(crate) async fn page(
    catalogue: &mut Catalogue<'_>,
    after: Option<OscarKey>,
    limit: usize,
) -> Result<Page, ReadError> {
    let Catalogue { source, known, report, .. } = catalogue;
    let rows = source.rows(&PRODUCTS, Filter::After(after, limit), report).await?;
    let last = rows.last().and_then(Row::key).filter(|_| rows.len() == limit);
    let span = Span { after, until: last };
    // Damage in a parent's values is reported with the parent.
    let mut elsewhere = Report::default();
    let own = Whose::Products;
    let related = Related {
        categories: source.grouped(&CATEGORIES, "t.product_id", own, span, report).await?,
        options: source.grouped(&OPTIONS, "t.product_id", own, span, report).await?,
        images: source.grouped(&IMAGES, "t.product_id", own, span, report).await?,
        recommendations: source.grouped(&RECOMMENDATIONS, "t.primary_id", own, span, report).await?,
        values: source.grouped(&VALUES, "t.product_id", own, span, report).await?,
        chosen: source.grouped(&CHOSEN, "v.product_id", own, span, report).await?,
        stock_records: source.grouped(&STOCK_RECORDS, "t.product_id", own, span, report).await?,
        parent_values: source.grouped(&PARENT_VALUES, "t.product_id", Whose::Parents, span, &mut elsewhere).await?,
        reviews: source
            .count_by("reviews_productreview", "product_id", Some(("status", REVIEW_APPROVED)), span)
            .await?,
        children: source.count_by("catalogue_product", "parent_id", None, span).await?,
    };
    let products = rows.iter().filter_map(|row| Some(product(row.key()?, row, &related, known, report))).collect();
    related.report_lost(&rows, report);
    Ok(Page { products, next: last })
}

impl Related {
    /// Notes rows whose product does not exist.
    fn report_lost(&self, rows: &[Row], report: &mut Report) {
        let there: HashSet<Option<OscarKey>> = rows.iter().map(Row::key).collect();
        let groups = [
            &self.categories,
            &self.options,
            &self.images,
            &self.recommendations,
            &self.values,
            &self.chosen,
            &self.stock_records,
        ];
        for (key, lost) in groups.into_iter().flatten().filter(|(key, _)| !there.contains(key)) {
            let product = key.map_or_else(|| "no product".to_owned(), |key| format!("product {key}, which is gone"));
            for row in lost {
                report.add(Code::ReferenceMissing, row.table, row.key(), format!("belongs to {product}; left out"));
            }
        }
    }
}

fn product(key: OscarKey, row: &Row, related: &Related, known: &Known, report: &mut Report) -> ImportedProduct {
    let mut read = Read { row, options: &known.options, report };
    let standing = standing(row, &mut read, known, related.children.get(&key).copied().unwrap_or_default());
    let is_child = matches!(standing.kind, Kind::Child(_));
    let weight_kg = weight(of(&related.values, key), known).or_else(|| match standing.kind {
        Kind::Child(parent) => weight(of(&related.parent_values, parent), known),
        Kind::Standalone | Kind::Parent => None,
    });
    let (updated_at, created_at) = (read.moment("t.date_updated"), read.moment("t.date_created"));
    let title = title(&mut read, is_child);
    let product = Product {
        id: ids::product(key),
        structure: structure(&standing),
        upc: upc(key, &mut read, known),
        code: read.line("t.code"),
        slug: slug(key, &mut read, known, is_child),
        title,
        description: read.html("t.description"),
        meta_title: read.texts("t.meta_title"),
        meta_description: read.texts("t.meta_description"),
        is_public: read.flag("t.is_public", true) && !standing.is_lost,
        is_discountable: read.flag("t.is_discountable", true),
        priority: read.count("t.priority", 0),
        rating_hundredths: rating(&mut read),
        rating_count: related.reviews.get(&key).map_or(0, |count| u32::try_from(*count).unwrap_or(u32::MAX)),
        weight_kg,
        measure: None,
        maker: None,
        eu_contact: None,
        categories: categories(of(&related.categories, key), is_child, &mut read, known),
        attributes: values(of(&related.values, key), of(&related.chosen, key), known, read.report),
        options: options(of(&related.options, key), is_child, &mut read, known),
        images: images(of(&related.images, key), known, read.report),
        recommendations: recommendations(key, of(&related.recommendations, key), known, read.report),
        created_at: created_at.or(updated_at).unwrap_or_default(),
        updated_at: updated_at.or(created_at).unwrap_or_default(),
        version: 1,
        oscar: Some(key),
    };
    with_stock(product, &standing, of(&related.stock_records, key), &mut read, known)
}

/// How it stands to others, with all that is odd about that noted.
fn standing(row: &Row, read: &mut Read<'_>, known: &Known, children: u64) -> Standing {
    let mut standing = Standing::of(row, &known.classes);
    for (code, what) in standing.oddities.drain(..) {
        read.note(code, what);
    }
    match standing.kind {
        Kind::Child(_) => {
            if row.filled("t.product_class_id").is_some() {
                read.note(Code::NotUsed, "a child's own class; its parent's counts");
            }
        }
        Kind::Standalone | Kind::Parent if standing.class.is_none() => {
            read.note(Code::ClassMissing, "no class that exists; came to the class `unclassified`");
        }
        Kind::Standalone | Kind::Parent => {}
    }
    if standing.kind == Kind::Parent && children == 0 {
        read.note(Code::ParentWithoutChildren, "a parent without children: nothing to buy");
    }
    if children > CHILDREN_MAX as u64 {
        read.note(Code::TooManyChildren, format!("{children} children; a page shows {CHILDREN_MAX}"));
    }
    standing
}

fn structure(standing: &Standing) -> Structure {
    let class = standing.class.map_or_else(ids::unclassified, ids::class);
    match standing.kind {
        Kind::Standalone => Structure::Standalone(class),
        Kind::Parent => Structure::Parent(class),
        Kind::Child(parent) => Structure::Child(ids::product(parent)),
    }
}

/// A child may have none: its parent's is shown.
fn title(read: &mut Read<'_>, is_child: bool) -> Texts {
    let own = read.line("t.title");
    let title = match own {
        Some(title) => title,
        None if is_child => return Texts::default(),
        // Once a child, now of its own: what Oscar showed stays.
        None => read.line("p.title").unwrap_or_else(|| read.name("t.title", "Product")),
    };
    read.in_language(title)
}

fn upc(key: OscarKey, read: &mut Read<'_>, known: &Known) -> Option<String> {
    let upc = read.line("t.upc")?;
    if known.index.is_upc_taken(key) {
        read.note(Code::Duplicate, format!("UPC {} belongs to another product; left out", quote(&upc)));
        return None;
    }
    Some(upc)
}

fn slug(key: OscarKey, read: &mut Read<'_>, known: &Known, is_child: bool) -> Slug {
    let slug = known.index.slug(key, read.row);
    let raw = read.row.filled("t.slug");
    // Children have their parent's slug in Oscar, and their page is the parent's here: nothing to tell.
    match raw {
        _ if is_child => {}
        None => read.note(Code::SlugMade, format!("the slug became {slug}")),
        Some(raw) if raw != slug.as_str() => {
            let why = if known.index.is_slug_taken(key) { "is taken" } else { "has other signs than a slug" };
            let what = format!("the slug {} {why}; became {slug}", quote(raw));
            read.note(Code::SlugChanged, what);
        }
        Some(_) => {}
    }
    slug
}

fn rating(read: &mut Read<'_>) -> Option<u16> {
    let text = read.row.filled("t.rating")?;
    let rating = value::measured(text).and_then(|number| number.value.scaled_half_up(2));
    let fits = rating.filter(|rating| (0..=RATING_MAX).contains(rating)).and_then(|rating| u16::try_from(rating).ok());
    if fits.is_none() {
        let what = format!("rating {} is not between 0 and 5; left out", quote(text));
        read.note(Code::ValueInvalid, what);
    }
    fits
}

fn categories(rows: &[Row], is_child: bool, read: &mut Read<'_>, known: &Known) -> Vec<CategoryId> {
    if is_child {
        if !rows.is_empty() {
            read.note(Code::NotUsed, "categories of a child; its parent's count");
        }
        return Vec::new();
    }
    let mut seen = HashSet::new();
    let mut found = Vec::new();
    for row in rows {
        match row.integer("t.category_id").filter(|category| known.categories.contains(category)) {
            Some(category) if seen.insert(category) => found.push(ids::category(category)),
            Some(_) => {}
            None => {
                Read { row, options: &known.options, report: read.report }.note_missing("t.category_id", "left out")
            }
        }
    }
    if found.is_empty() {
        read.note(Code::CategoryMissing, "in no category");
    }
    found
}

fn options(rows: &[Row], is_child: bool, read: &mut Read<'_>, known: &Known) -> Vec<OptionId> {
    if is_child {
        if !rows.is_empty() {
            read.note(Code::NotUsed, "options of a child; its parent's count");
        }
        return Vec::new();
    }
    let mut found = Vec::new();
    for row in rows {
        match crate::classes::linked_option(row, &known.customer_options) {
            Some(option) => found.push(option),
            None => Read { row, options: &known.options, report: read.report }.note_missing("t.option_id", "left out"),
        }
    }
    crate::classes::in_order(found, &known.customer_options)
}

fn images(rows: &[Row], known: &Known, report: &mut Report) -> Vec<Image> {
    let mut found = Vec::new();
    for row in rows {
        let Some(key) = row.key() else { continue };
        let mut read = Read { row, options: &known.options, report };
        if row.filled("t.original").is_none() {
            read.note(Code::PathInvalid, "a picture without a file; left out");
        }
        let Some(source) = read.path("t.original") else { continue };
        let position = read.count("t.display_order", 0);
        let image =
            Image { id: ids::image(key), source, alt: read.texts("t.caption"), width: 0, height: 0, oscar: Some(key) };
        found.push((position, key, image));
    }
    found.sort_by_key(|(position, key, _)| (*position, *key));
    found.into_iter().map(|(_, _, image)| image).collect()
}

fn recommendations(key: OscarKey, rows: &[Row], known: &Known, report: &mut Report) -> Vec<Recommendation> {
    let mut seen = HashSet::from([key]);
    let mut found = Vec::new();
    for row in rows {
        let mut read = Read { row, options: &known.options, report };
        match row.integer("r.id") {
            None => read.note_missing("t.recommendation_id", "left out"),
            Some(other) if seen.insert(other) => {
                found.push(Recommendation { product: ids::product(other), ranking: read.count("t.ranking", 0) });
            }
            Some(other) => read.note(Code::Duplicate, format!("product {other} beside product {key} again; left out")),
        }
    }
    // Stable: of equal rank the older stands first.
    found.sort_by_key(|recommendation| std::cmp::Reverse(recommendation.ranking));
    found
}

fn with_stock(
    product: Product,
    standing: &Standing,
    rows: &[Row],
    read: &mut Read<'_>,
    known: &Known,
) -> ImportedProduct {
    let mut imported =
        ImportedProduct { entry: ProductEntry { product, stock_records: Vec::new() }, allocated: Vec::new() };
    if standing.kind == Kind::Parent {
        if !rows.is_empty() {
            read.note(Code::NotUsed, format!("{} stock records of a parent; its children's count", rows.len()));
        }
        return imported;
    }
    if rows.is_empty() {
        read.note(Code::StockRecordMissing, "no stock record: not for sale");
    }
    let is_counted = stock::is_counted(known, standing.class);
    for (key, row) in stock::in_order(rows) {
        let mut read = Read { row, options: &known.options, report: read.report };
        let Stocked { record, allocated } = stock_record(key, imported.entry.product.id, is_counted, &mut read, known);
        imported.allocated.extend((allocated > 0).then_some((record.id, allocated)));
        imported.entry.stock_records.push(record);
    }
    imported
}
