//! The catalogue's part of the inventory.

use super::Inventory;
use crate::codec::Place;
use crate::engine::{Row, Tx, binds};
use crate::error::DbError;
use crate::sql::Statements;
use commerce::catalogue::{AttributeValue, CatalogueSetup, CategoryTree};
use commerce::ids::{CategoryId, OptionId};
use commerce::language::Texts;
use std::collections::BTreeMap;

/// Products that are read at once.
const CHUNK_ROWS: usize = 1_000;

const PRODUCTS: &str = "SELECT id, structure, categories, attributes, options, recommendations FROM products \
     WHERE id > $1 ORDER BY id LIMIT 1000";
const BY_STRUCTURE: &str = "SELECT structure, COUNT(*), CAST(COALESCE(SUM(is_public), 0) AS BIGINT), \
     CAST(COALESCE(SUM(1 - is_discountable), 0) AS BIGINT), COUNT(upc) FROM products \
     GROUP BY structure ORDER BY structure LIMIT 10";
const WITHOUT_RECORD: &str = "SELECT COUNT(*) FROM products p WHERE p.structure <> 'parent' \
     AND NOT EXISTS (SELECT 1 FROM stock_records s WHERE s.product_id = p.id)";
const WITHOUT_CHILDREN: &str = "SELECT COUNT(*) FROM products p WHERE p.structure = 'parent' \
     AND NOT EXISTS (SELECT 1 FROM products c WHERE c.parent_id = p.id)";
const BY_CLASS: &str = "SELECT class_id, COUNT(*) FROM products WHERE class_id IS NOT NULL GROUP BY class_id ORDER BY class_id LIMIT 20000";

pub(crate) const STATEMENTS: Statements =
    Statements::plain(&[PRODUCTS, BY_STRUCTURE, WITHOUT_RECORD, WITHOUT_CHILDREN, BY_CLASS]);

/// Products, classes, attributes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CatalogueCount {
    /// Products by structure: `standalone`, `parent`, `child`.
    pub products_by_structure: BTreeMap<String, i64>,
    /// Those of them that are public.
    pub public_by_structure: BTreeMap<String, i64>,
    /// Products that take part in no offer.
    pub not_discountable: i64,
    /// Products without a universal product code.
    pub without_upc: i64,
    /// Products that can be bought but that no partner has.
    pub without_stockrecord: i64,
    /// Parents without a child.
    pub parents_without_children: i64,
    /// Products with a page of their own that stand in no category.
    pub without_category: i64,
    /// Product classes.
    pub classes: Vec<ClassCount>,
    /// Values of attributes by kind.
    pub attribute_values_by_type: BTreeMap<&'static str, i64>,
    /// Choices in all values of several choices.
    pub multi_option_choices: i64,
    /// Sum of all integer values: a check that they are the same ones.
    pub sum_of_integer_attributes: i64,
    /// Options that shoppers fill in.
    pub options: Vec<OptionCount>,
}

/// A product class.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ClassCount {
    /// Its name.
    pub name: Texts,
    /// Whether its products are sent.
    pub requires_shipping: bool,
    /// Whether its units are counted.
    pub track_stock: bool,
    /// Its attributes.
    pub attributes: i64,
    /// Its options.
    pub options: i64,
    /// Products of it, children not counted.
    pub products: i64,
}

/// An option that shoppers fill in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OptionCount {
    /// Its name.
    pub name: Texts,
    /// Its short name.
    pub code: String,
    /// Its kind.
    pub kind: &'static str,
    /// Whether it must be filled in.
    pub required: bool,
}

/// A category.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CategoryCount {
    /// Names from the top down to its own.
    pub path: Vec<Texts>,
    /// Whether it is public itself, whatever is above it.
    pub public: bool,
    /// Whether it stands in the menu.
    pub in_menu: bool,
    /// Products that stand in it.
    pub direct_products: i64,
    /// Products that stand in it or below, each counted once.
    pub products_with_descendants: i64,
}

/// What one reading of all products adds up to.
#[derive(Default)]
struct Sums {
    direct: BTreeMap<CategoryId, i64>,
    with_descendants: BTreeMap<CategoryId, i64>,
    places: i64,
    options: i64,
    recommendations: i64,
    values: i64,
}

pub(super) async fn count(tx: &mut Tx, setup: &CatalogueSetup, inventory: &mut Inventory) -> Result<(), DbError> {
    let tree = CategoryTree::new(setup.categories.iter().cloned());
    let mut catalogue = CatalogueCount { options: options(setup), ..CatalogueCount::default() };
    let mut sums = Sums::default();
    let mut after = String::new();
    loop {
        let rows = tx.fetch(PRODUCTS, binds![&after]).await?;
        for row in &rows {
            add_product(row, &tree, &mut catalogue, &mut sums)?;
        }
        match rows.last() {
            Some(last) if rows.len() == CHUNK_ROWS => after = last.text(0)?,
            _ => break,
        }
    }
    for row in tx.fetch(BY_STRUCTURE, &[]).await? {
        let (structure, count) = (row.text(0)?, row.int(1)?);
        catalogue.products_by_structure.insert(structure.clone(), count);
        catalogue.public_by_structure.insert(structure, row.int(2)?);
        catalogue.not_discountable += row.int(3)?;
        catalogue.without_upc += count - row.int(4)?;
    }
    catalogue.without_stockrecord = one(tx, WITHOUT_RECORD).await?;
    catalogue.parents_without_children = one(tx, WITHOUT_CHILDREN).await?;
    catalogue.classes = classes(tx, setup).await?;
    inventory.categories = tree.iter().map(|category| category_count(&tree, category.id, &sums)).collect();
    inventory.rows = rows_of(setup, inventory, &catalogue, &sums);
    inventory.catalogue = catalogue;
    Ok(())
}

async fn one(tx: &mut Tx, sql: &'static str) -> Result<i64, DbError> {
    Ok(tx.fetch(sql, &[]).await?.first().map(|row| row.int(0)).transpose()?.unwrap_or_default())
}

fn options(setup: &CatalogueSetup) -> Vec<OptionCount> {
    let count = |option: &commerce::catalogue::CustomerOption| OptionCount {
        name: option.name.clone(),
        code: option.code.clone(),
        kind: option.kind.name(),
        required: option.required,
    };
    setup.options.iter().map(count).collect()
}

fn add_product(row: &Row, tree: &CategoryTree, catalogue: &mut CatalogueCount, sums: &mut Sums) -> Result<(), DbError> {
    let key = row.text(0)?;
    let place = Place { table: "products", key: &key };
    let mut categories = place.ids(CategoryId::parse, &row.text(2)?)?;
    categories.sort();
    categories.dedup();
    if categories.is_empty() && row.text(1)? != "child" {
        catalogue.without_category += 1;
    }
    for id in &categories {
        *sums.direct.entry(*id).or_default() += 1;
        sums.places += 1;
    }
    for id in tree.with_ancestors(categories) {
        *sums.with_descendants.entry(id).or_default() += 1;
    }
    for (_, value) in place.attributes(&row.text(3)?)? {
        *catalogue.attribute_values_by_type.entry(kind_of(&value)).or_default() += 1;
        sums.values += 1;
        match value {
            AttributeValue::MultiOption(choices) => {
                catalogue.multi_option_choices += i64::try_from(choices.len()).unwrap_or_default();
            }
            AttributeValue::Integer(number) => {
                catalogue.sum_of_integer_attributes = catalogue.sum_of_integer_attributes.saturating_add(number);
            }
            _ => {}
        }
    }
    let length = |count: usize| i64::try_from(count).unwrap_or_default();
    sums.options += length(place.ids(OptionId::parse, &row.text(4)?)?.len());
    sums.recommendations += length(place.json::<Vec<(String, i64)>>(&row.text(5)?)?.len());
    Ok(())
}

/// The name of a value's kind, as `AttributeKind::name` has it.
fn kind_of(value: &AttributeValue) -> &'static str {
    match value {
        AttributeValue::Text(_) => "text",
        AttributeValue::Integer(_) => "integer",
        AttributeValue::Boolean(_) => "boolean",
        AttributeValue::Float(_) => "float",
        AttributeValue::RichText(_) => "richtext",
        AttributeValue::Date(_) => "date",
        AttributeValue::DateTime(_) => "datetime",
        AttributeValue::Option(_) => "option",
        AttributeValue::MultiOption(_) => "multi_option",
        AttributeValue::Entity { .. } => "entity",
        AttributeValue::File(_) => "file",
        AttributeValue::Image(_) => "image",
    }
}

async fn classes(tx: &mut Tx, setup: &CatalogueSetup) -> Result<Vec<ClassCount>, DbError> {
    let mut products: BTreeMap<String, i64> = BTreeMap::new();
    for row in tx.fetch(BY_CLASS, &[]).await? {
        products.insert(row.text(0)?, row.int(1)?);
    }
    let count = |class: &commerce::catalogue::ProductClass| {
        let attributes = setup.attributes.iter().filter(|attribute| attribute.class == class.id).count();
        ClassCount {
            name: class.name.clone(),
            requires_shipping: class.requires_shipping,
            track_stock: class.track_stock,
            attributes: i64::try_from(attributes).unwrap_or_default(),
            options: i64::try_from(class.options.len()).unwrap_or_default(),
            products: products.get(&class.id.to_string()).copied().unwrap_or_default(),
        }
    };
    Ok(setup.classes.iter().map(count).collect())
}

fn category_count(tree: &CategoryTree, id: CategoryId, sums: &Sums) -> CategoryCount {
    let category = tree.find(id);
    let of = |counts: &BTreeMap<CategoryId, i64>| counts.get(&id).copied().unwrap_or_default();
    CategoryCount {
        path: tree.path(id).into_iter().map(|category| category.name.clone()).collect(),
        public: category.is_some_and(|category| category.is_public),
        in_menu: category.is_some_and(|category| category.in_menu),
        direct_products: of(&sums.direct),
        products_with_descendants: of(&sums.with_descendants),
    }
}

/// Rows under the names of django-oscar's tables.
fn rows_of(
    setup: &CatalogueSetup,
    inventory: &Inventory,
    catalogue: &CatalogueCount,
    sums: &Sums,
) -> BTreeMap<&'static str, i64> {
    let table = |name: &str| inventory.tables.get(name).copied().unwrap_or_default();
    let length = |count: usize| i64::try_from(count).unwrap_or_default();
    BTreeMap::from([
        ("catalogue_attributeoption", length(setup.groups.iter().map(|group| group.choices.len()).sum())),
        ("catalogue_attributeoptiongroup", table("option_groups")),
        ("catalogue_category", table("categories")),
        ("catalogue_option", table("customer_options")),
        ("catalogue_product", table("products")),
        ("catalogue_product_product_options", sums.options),
        ("catalogue_productattribute", table("attributes")),
        ("catalogue_productattributevalue", sums.values),
        ("catalogue_productattributevalue_value_multi_option", catalogue.multi_option_choices),
        ("catalogue_productcategory", sums.places),
        ("catalogue_productclass", table("product_classes")),
        ("catalogue_productclass_options", length(setup.classes.iter().map(|class| class.options.len()).sum())),
        ("catalogue_productimage", table("images")),
        ("catalogue_productrecommendation", sums.recommendations),
        ("order_line", table("order_lines")),
        ("order_order", table("orders")),
        ("order_ordernote", table("order_notes")),
        ("partner_partner", table("partners")),
        ("partner_stockrecord", table("stock_records")),
    ])
}
