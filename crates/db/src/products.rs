//! Products with their pictures, stock records and prices.

mod lookup;
mod ranged;
pub(crate) mod write;

pub use lookup::SkuOwner;
pub use ranged::{RANGED_PER_PAGE_MAX, RangedRow};

use crate::codec::Place;
use crate::engine::{Db, Row, binds};
use crate::error::DbError;
use crate::sql::{LIST_MAX, ListSql, Statements};
use commerce::catalogue::product::{Measure, MeasureUnit};
use commerce::catalogue::stock_record::PRIOR_PRICE_MS;
use commerce::catalogue::{Image, PriceRow, Product, ProductEntry, Recommendation, StockRecord, Structure};
use commerce::ids::{CategoryId, ImageId, OptionId, PartnerId, PriceId, ProductClassId, ProductId, StockRecordId};
use commerce::moment::Moment;
use commerce::money::{Currency, Money};
use commerce::slug::Slug;
use std::collections::{BTreeMap, HashMap};
use std::sync::LazyLock;

/// Families (a standalone product, or a parent with its children) that one call reads.
pub const FAMILIES_MAX: usize = LIST_MAX;

/// How long a price is told as a reduction, in microseconds.
const PRIOR_PRICE_MICROS: i64 = PRIOR_PRICE_MS * 1_000;

const COLUMNS: &str = "id, structure, class_id, parent_id, upc, code, slug, title, description, meta_title, \
     meta_description, is_public, is_discountable, priority, rating_hundredths, rating_count, weight_kg, \
     measure_amount, measure_unit, maker, eu_contact, categories, attributes, options, recommendations, created_at, \
     updated_at, version, oscar";

const FAMILY_IDS: &str = "SELECT id FROM products WHERE structure <> 'child' AND id > $1 ORDER BY id LIMIT 64";
const ID_BY_SLUG: &str = "SELECT id FROM products WHERE slug = $1 LIMIT 1";
const IDS_BY_SKU: &str = "SELECT product_id, id, partner_id FROM stock_records WHERE sku = $1 ORDER BY id LIMIT 8";
const SLUGS_LIKE: &str = "SELECT slug FROM products WHERE slug >= $1 AND slug < $2 ORDER BY slug LIMIT 10000";
const NEXT_PRICE_CHANGE: &str = "SELECT MIN(change) FROM (SELECT valid_from AS change FROM prices WHERE valid_from > $1 \
     UNION ALL SELECT valid_until AS change FROM prices WHERE valid_until > $1 \
     UNION ALL SELECT valid_from + $2 AS change FROM prices WHERE valid_from > $1 - $2 \
     UNION ALL SELECT valid_from AS change FROM price_list_entries WHERE valid_from > $1 \
     UNION ALL SELECT valid_from + $2 AS change FROM price_list_entries WHERE valid_from > $1 - $2 \
     UNION ALL SELECT valid_until AS change FROM price_list_entries WHERE valid_until > $1 \
     UNION ALL SELECT valid_until + $2 AS change FROM price_list_entries WHERE valid_until > $1 - $2 \
     UNION ALL SELECT starts_at AS change FROM price_lists WHERE starts_at > $1 \
     UNION ALL SELECT starts_at + $2 AS change FROM price_lists WHERE starts_at > $1 - $2 \
     UNION ALL SELECT ends_at AS change FROM price_lists WHERE ends_at > $1 \
     UNION ALL SELECT ends_at + $2 AS change FROM price_lists WHERE ends_at > $1 - $2) AS changes";
const PRICES_CHANGED: &str = "SELECT s.product_id FROM prices p JOIN stock_records s ON s.id = p.stock_record_id \
     WHERE (p.valid_from > $1 AND p.valid_from <= $2) OR (p.valid_until > $1 AND p.valid_until <= $2) \
     OR (p.valid_from > $1 - $3 AND p.valid_from <= $2 - $3) \
     UNION SELECT s.product_id FROM price_list_entries e JOIN price_lists l ON l.id = e.list_id \
     JOIN stock_records s ON s.id = e.stock_record_id WHERE l.customer_group IS NULL AND ( \
     (e.valid_from > $1 AND e.valid_from <= $2) OR (e.valid_from > $1 - $3 AND e.valid_from <= $2 - $3) \
     OR (e.valid_until > $1 AND e.valid_until <= $2) OR (e.valid_until > $1 - $3 AND e.valid_until <= $2 - $3) \
     OR (l.starts_at > $1 AND l.starts_at <= $2) OR (l.starts_at > $1 - $3 AND l.starts_at <= $2 - $3) \
     OR (l.ends_at > $1 AND l.ends_at <= $2) OR (l.ends_at > $1 - $3 AND l.ends_at <= $2 - $3)) \
     ORDER BY 1 LIMIT 100000";

static BY_ID: LazyLock<ListSql> = LazyLock::new(|| {
    ListSql::new(&format!("SELECT {COLUMNS}, sold, position FROM products WHERE id IN ({{keys}}) ORDER BY id LIMIT 64"))
});
static BY_PARENT: LazyLock<ListSql> = LazyLock::new(|| {
    ListSql::new(&format!(
        "SELECT {COLUMNS}, sold, position FROM products WHERE parent_id IN ({{keys}}) \
         ORDER BY parent_id, position, id LIMIT 64000"
    ))
});
static IMAGES: LazyLock<ListSql> = LazyLock::new(|| {
    ListSql::new(
        "SELECT product_id, id, source, alt, width, height, oscar FROM images WHERE product_id IN ({keys}) \
         ORDER BY product_id, position, id LIMIT 64000",
    )
});
static OLD_SLUGS: LazyLock<ListSql> = LazyLock::new(|| {
    ListSql::new(
        "SELECT product_id, slug FROM old_slugs WHERE product_id IN ({keys}) ORDER BY product_id, slug LIMIT 64000",
    )
});
static STOCK_RECORDS: LazyLock<ListSql> = LazyLock::new(|| {
    ListSql::new(
        "SELECT product_id, id, partner_id, sku, on_hand, low_stock_threshold, oscar FROM stock_records \
         WHERE product_id IN ({keys}) ORDER BY product_id, position, id LIMIT 64000",
    )
});
static PRICES: LazyLock<ListSql> = LazyLock::new(|| {
    ListSql::new(
        "SELECT stock_record_id, id, currency, amount, valid_from, valid_until FROM prices \
         WHERE stock_record_id IN ({keys}) ORDER BY stock_record_id, id LIMIT 64000",
    )
});
static PARENTS_OF: LazyLock<ListSql> =
    LazyLock::new(|| ListSql::new("SELECT id, parent_id FROM products WHERE id IN ({keys}) ORDER BY id LIMIT 64"));

pub(crate) const STATEMENTS: Statements = Statements {
    plain: &[
        FAMILY_IDS,
        ID_BY_SLUG,
        IDS_BY_SKU,
        SLUGS_LIKE,
        NEXT_PRICE_CHANGE,
        PRICES_CHANGED,
        lookup::SHOWING,
        ranged::RANGED,
    ],
    lists: &[
        &BY_ID,
        &BY_PARENT,
        &IMAGES,
        &OLD_SLUGS,
        &STOCK_RECORDS,
        &PRICES,
        &PARENTS_OF,
        &lookup::BY_SLUGS,
        &lookup::SLUGS_BY_ID,
        &lookup::BY_UPCS,
        &lookup::BY_SKUS,
    ],
    rows: &[],
};

/// A standalone product, or a parent with its children in order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Family {
    /// The product whose page it is.
    pub head: StoredProduct,
    /// Its children; empty for a standalone product.
    pub children: Vec<StoredProduct>,
}

/// A product as it is stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredProduct {
    /// The product with its stock records.
    pub entry: ProductEntry,
    /// Units sold so far.
    pub sold: u64,
    /// Place among its siblings.
    pub position: i64,
    /// Slugs that it had before.
    pub old_slugs: Vec<String>,
}

/// A stock record found by its article number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SkuMatch {
    /// The product that is offered.
    pub product: ProductId,
    /// The stock record.
    pub stock_record: StockRecordId,
    /// Whose it is.
    pub partner: PartnerId,
}

impl Db {
    /// Ids of the next [`FAMILIES_MAX`] products with a page of their own, after this one; in order of ids.
    pub async fn list_family_ids(&self, after: Option<ProductId>) -> Result<Vec<ProductId>, DbError> {
        let after = after.map(|id| id.to_string()).unwrap_or_default();
        let rows = self.fetch(FAMILY_IDS, binds![&after]).await?;
        rows.iter().map(|row| product_id(&row.text(0)?)).collect()
    }

    /// Loads families by the ids of their heads, at most [`FAMILIES_MAX`]; those that are gone are left out. The
    /// number of statements does not grow with the number of products, but by one for every 64 rows of a kind.
    pub async fn load_families(&self, heads: &[ProductId]) -> Result<Vec<Family>, DbError> {
        let keys: Vec<String> = heads.iter().take(FAMILIES_MAX).map(ToString::to_string).collect();
        let mut head_rows = self.fetch_list(&BY_ID, &keys).await?;
        let mut child_rows = self.fetch_list(&BY_PARENT, &keys).await?;
        let mut products = Vec::with_capacity(head_rows.len() + child_rows.len());
        for row in head_rows.drain(..).chain(child_rows.drain(..)) {
            products.push((product(&row)?, row.int(29)?, row.int(30)?));
        }
        let ids: Vec<String> = products.iter().map(|(product, ..)| product.id.to_string()).collect();
        let mut images = self.images_of(&ids).await?;
        let mut old_slugs = self.old_slugs_of(&ids).await?;
        let mut records = self.stock_records_of(&ids).await?;
        let mut families: Vec<Family> = Vec::new();
        let mut places: HashMap<ProductId, usize> = HashMap::new();
        for (mut product, sold, position) in products {
            product.images = images.remove(&product.id).unwrap_or_default();
            let stock_records = records.remove(&product.id).unwrap_or_default();
            let parent = product.structure.parent();
            let id = product.id;
            let sold = u64::try_from(sold).unwrap_or_default();
            let entry = ProductEntry { product, stock_records };
            let stored = StoredProduct { entry, sold, position, old_slugs: old_slugs.remove(&id).unwrap_or_default() };
            match parent {
                None => {
                    places.insert(id, families.len());
                    families.push(Family { head: stored, children: Vec::new() });
                }
                Some(parent) => {
                    if let Some(family) = places.get(&parent).and_then(|place| families.get_mut(*place)) {
                        family.children.push(stored);
                    }
                }
            }
        }
        Ok(families)
    }

    async fn images_of(&self, ids: &[String]) -> Result<BTreeMap<ProductId, Vec<Image>>, DbError> {
        let mut images: BTreeMap<ProductId, Vec<Image>> = BTreeMap::new();
        for row in self.fetch_list(&IMAGES, ids).await? {
            let key = row.text(1)?;
            let place = Place { table: "images", key: &key };
            let pixels = |column| row.int(column).map(|pixels| u32::try_from(pixels).unwrap_or_default());
            let image = Image {
                id: place.id(ImageId::parse, &key)?,
                source: row.text(2)?,
                alt: place.texts(&row.text(3)?)?,
                width: pixels(4)?,
                height: pixels(5)?,
                oscar: row.opt_int(6)?,
            };
            images.entry(product_id(&row.text(0)?)?).or_default().push(image);
        }
        Ok(images)
    }

    async fn old_slugs_of(&self, ids: &[String]) -> Result<BTreeMap<ProductId, Vec<String>>, DbError> {
        let mut slugs: BTreeMap<ProductId, Vec<String>> = BTreeMap::new();
        for row in self.fetch_list(&OLD_SLUGS, ids).await? {
            slugs.entry(product_id(&row.text(0)?)?).or_default().push(row.text(1)?);
        }
        Ok(slugs)
    }

    async fn stock_records_of(&self, ids: &[String]) -> Result<BTreeMap<ProductId, Vec<StockRecord>>, DbError> {
        let rows = self.fetch_list(&STOCK_RECORDS, ids).await?;
        let record_ids = rows.iter().map(|row| row.text(1)).collect::<Result<Vec<_>, _>>()?;
        let mut prices: HashMap<String, Vec<PriceRow>> = HashMap::new();
        for row in self.fetch_list(&PRICES, &record_ids).await? {
            prices.entry(row.text(0)?).or_default().push(price_row(&row, 1)?);
        }
        let mut records: BTreeMap<ProductId, Vec<StockRecord>> = BTreeMap::new();
        for row in rows {
            let key = row.text(1)?;
            let place = Place { table: "stock_records", key: &key };
            let product = product_id(&row.text(0)?)?;
            records.entry(product).or_default().push(StockRecord {
                id: place.id(StockRecordId::parse, &key)?,
                product,
                partner: place.id(PartnerId::parse, &row.text(2)?)?,
                sku: row.text(3)?,
                on_hand: row.opt_int(4)?,
                low_stock_threshold: row.opt_int(5)?,
                prices: prices.remove(&key).unwrap_or_default(),
                oscar: row.opt_int(6)?,
            });
        }
        Ok(records)
    }

    /// The heads of these products' families: themselves, or a child's parent. At most [`FAMILIES_MAX`] at a time.
    pub async fn find_family_heads(&self, ids: &[ProductId]) -> Result<Vec<ProductId>, DbError> {
        let keys: Vec<String> = ids.iter().map(ToString::to_string).collect();
        let mut heads = Vec::with_capacity(ids.len());
        for row in self.fetch_list(&PARENTS_OF, &keys).await? {
            let head = row.opt_text(1)?.map_or_else(|| row.text(0), Ok)?;
            heads.push(product_id(&head)?);
        }
        heads.sort();
        heads.dedup();
        Ok(heads)
    }

    /// The product of that slug.
    pub async fn find_product_by_slug(&self, slug: &Slug) -> Result<Option<ProductId>, DbError> {
        let rows = self.fetch(ID_BY_SLUG, binds![slug.as_str()]).await?;
        rows.first().map(|row| product_id(&row.text(0)?)).transpose()
    }

    /// Stock records of that article number; partners may share one. At most 8.
    pub async fn find_sku(&self, sku: &str) -> Result<Vec<SkuMatch>, DbError> {
        let rows = self.fetch(IDS_BY_SKU, binds![sku]).await?;
        let read = |row: &Row| -> Result<SkuMatch, DbError> {
            let key = row.text(1)?;
            let place = Place { table: "stock_records", key: &key };
            let stock_record = place.id(StockRecordId::parse, &key)?;
            let partner = place.id(PartnerId::parse, &row.text(2)?)?;
            Ok(SkuMatch { product: product_id(&row.text(0)?)?, stock_record, partner })
        };
        rows.iter().map(read).collect()
    }

    /// Slugs that begin with this one, to find a free number for another.
    pub async fn list_slugs_like(&self, slug: &Slug) -> Result<Vec<String>, DbError> {
        // '.' is the sign after '-', so the range holds `slug` and `slug-…`.
        let end = format!("{slug}.");
        let rows = self.fetch(SLUGS_LIKE, binds![slug.as_str(), &end]).await?;
        rows.iter().map(|row| row.text(0)).collect()
    }

    /// The earliest moment after `now` at which a price, of a list or not, begins, ends or is told as a reduction no
    /// longer.
    pub async fn next_price_change(&self, now: Moment) -> Result<Option<Moment>, DbError> {
        let rows = self.fetch(NEXT_PRICE_CHANGE, binds![now.micros(), PRIOR_PRICE_MICROS]).await?;
        let change = rows.first().map(|row| row.opt_int(0)).transpose()?.flatten();
        Ok(change.map(Moment::from_micros))
    }

    /// Products with a price that began, ended or stopped being told as a reduction after `from`, until `to`.
    pub async fn list_price_changes(&self, from: Moment, to: Moment) -> Result<Vec<ProductId>, DbError> {
        let rows = self.fetch(PRICES_CHANGED, binds![from.micros(), to.micros(), PRIOR_PRICE_MICROS]).await?;
        rows.iter().map(|row| product_id(&row.text(0)?)).collect()
    }
}

pub(crate) fn product_id(raw: &str) -> Result<ProductId, DbError> {
    Place { table: "products", key: raw }.id(ProductId::parse, raw)
}

/// A price from the columns id, currency, amount, valid_from, valid_until, beginning at `first`.
pub(crate) fn price_row(row: &Row, first: usize) -> Result<PriceRow, DbError> {
    let key = row.text(first)?;
    let place = Place { table: "prices", key: &key };
    let currency = Currency::parse(&row.text(first + 1)?).map_err(|error| place.damaged(error))?;
    Ok(PriceRow {
        id: place.id(PriceId::parse, &key)?,
        amount: Money::from_minor(row.int(first + 2)?, currency),
        from: row.opt_int(first + 3)?.map(Moment::from_micros),
        until: row.opt_int(first + 4)?.map(Moment::from_micros),
    })
}

fn product(row: &Row) -> Result<Product, DbError> {
    let key = row.text(0)?;
    let place = Place { table: "products", key: &key };
    let rating = row.opt_int(14)?.map(u16::try_from).transpose().map_err(|_| place.damaged("rating"))?;
    Ok(Product {
        id: product_id(&key)?,
        structure: structure(place, row)?,
        upc: row.opt_text(4)?,
        code: row.opt_text(5)?,
        slug: Slug::parse(&row.text(6)?).map_err(|error| place.damaged(error))?,
        title: place.texts(&row.text(7)?)?,
        description: place.texts(&row.text(8)?)?,
        meta_title: place.texts(&row.text(9)?)?,
        meta_description: place.texts(&row.text(10)?)?,
        is_public: row.flag(11)?,
        is_discountable: row.flag(12)?,
        priority: row.int(13)?,
        rating_hundredths: rating,
        rating_count: u32::try_from(row.int(15)?).map_err(|_| place.damaged("rating_count"))?,
        weight_kg: place.decimal(row.opt_text(16)?.as_deref())?,
        measure: measure(place, row.opt_text(17)?, row.opt_text(18)?)?,
        maker: row.opt_text(19)?,
        eu_contact: row.opt_text(20)?,
        categories: place.ids(CategoryId::parse, &row.text(21)?)?,
        attributes: place.attributes(&row.text(22)?)?,
        options: place.ids(OptionId::parse, &row.text(23)?)?,
        images: Vec::new(),
        recommendations: recommendations(place, &row.text(24)?)?,
        created_at: Moment::from_micros(row.int(25)?),
        updated_at: Moment::from_micros(row.int(26)?),
        version: row.int(27)?,
        oscar: row.opt_int(28)?,
    })
}

fn structure(place: Place<'_>, row: &Row) -> Result<Structure, DbError> {
    let class = row.opt_text(2)?.map(|raw| place.id(ProductClassId::parse, &raw)).transpose()?;
    let parent = row.opt_text(3)?.map(|raw| place.id(ProductId::parse, &raw)).transpose()?;
    match (row.text(1)?.as_str(), class, parent) {
        ("standalone", Some(class), None) => Ok(Structure::Standalone(class)),
        ("parent", Some(class), None) => Ok(Structure::Parent(class)),
        ("child", None, Some(parent)) => Ok(Structure::Child(parent)),
        (other, _, _) => Err(place.damaged(format!("structure {other} with this class and parent"))),
    }
}

fn measure(place: Place<'_>, amount: Option<String>, unit: Option<String>) -> Result<Option<Measure>, DbError> {
    let (Some(amount), Some(unit)) = (place.decimal(amount.as_deref())?, unit) else { return Ok(None) };
    let unit = MeasureUnit::from_name(&unit).ok_or_else(|| place.damaged(format!("unit {unit}")))?;
    Ok(Some(Measure { amount, unit }))
}

fn recommendations(place: Place<'_>, raw: &str) -> Result<Vec<Recommendation>, DbError> {
    let list: Vec<(String, i64)> = place.json(raw)?;
    let read = |(id, ranking): (String, i64)| Ok(Recommendation { product: place.id(ProductId::parse, &id)?, ranking });
    list.into_iter().map(read).collect()
}
