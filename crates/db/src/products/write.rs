//! Writing products: the rows of many in a few statements.

use super::lookup::SLUGS_BY_ID;
use crate::codec::{attributes_column, ids_column, texts_column, to_json};
use crate::engine::{Bind, Tx, binds};
use crate::error::DbError;
use crate::sql::{ListSql, RowsSql, Statements};
use commerce::catalogue::{PriceRow, Product, ProductEntry, StockRecord};
use commerce::ids::ProductId;
use commerce::moment::Moment;
use commerce::stock;
use std::collections::{BTreeMap, HashSet};
use std::sync::LazyLock;

const ADD_SOLD: &str = "UPDATE products SET sold = sold + $2 WHERE id = $1";

pub(crate) const STATEMENTS: Statements = Statements {
    plain: &[ADD_SOLD],
    lists: &[&DELETE_IMAGES, &DELETE_PRICES, &KNOWN_RECORDS, &FORGET_SLUGS],
    rows: &[&PUT_PRODUCTS, &PUT_OLD_SLUGS, &PUT_IMAGES, &PUT_STOCK_RECORDS, &PUT_PRICES, &NEW_BUCKETS],
};

static DELETE_IMAGES: LazyLock<ListSql> =
    LazyLock::new(|| ListSql::new("DELETE FROM images WHERE product_id IN ({keys})"));
static DELETE_PRICES: LazyLock<ListSql> =
    LazyLock::new(|| ListSql::new("DELETE FROM prices WHERE stock_record_id IN ({keys})"));
static KNOWN_RECORDS: LazyLock<ListSql> =
    LazyLock::new(|| ListSql::new("SELECT id FROM stock_records WHERE id IN ({keys}) ORDER BY id LIMIT 64"));
static FORGET_SLUGS: LazyLock<ListSql> = LazyLock::new(|| ListSql::new("DELETE FROM old_slugs WHERE slug IN ({keys})"));

const SIZES: [usize; 3] = [1, 8, 64];
static PUT_PRODUCTS: LazyLock<RowsSql> = LazyLock::new(|| {
    let columns = "id T, structure T, class_id T, parent_id T, position I, upc T, code T, slug T, title T, \
         description T, meta_title T, meta_description T, is_public I, is_discountable I, priority I, \
         rating_hundredths I, rating_count I, weight_kg T, measure_amount T, measure_unit T, maker T, eu_contact T, \
         categories T, attributes T, options T, recommendations T, sold I, created_at I, updated_at I, version I, \
         oscar I";
    RowsSql::upsert("products", columns, "id", &["sold", "created_at"], &SIZES)
});
static PUT_OLD_SLUGS: LazyLock<RowsSql> =
    LazyLock::new(|| RowsSql::upsert("old_slugs", "slug T, product_id T", "slug", &[], &SIZES));
static PUT_IMAGES: LazyLock<RowsSql> = LazyLock::new(|| {
    let columns = "id T, product_id T, position I, source T, alt T, width I, height I, oscar I";
    RowsSql::upsert("images", columns, "id", &[], &SIZES)
});
static PUT_STOCK_RECORDS: LazyLock<RowsSql> = LazyLock::new(|| {
    let columns = "id T, product_id T, partner_id T, position I, sku T, on_hand I, low_stock_threshold I, oscar I";
    // What is in the house is changed by counting it, never by writing the record again.
    RowsSql::upsert("stock_records", columns, "id", &["on_hand"], &SIZES)
});
static PUT_PRICES: LazyLock<RowsSql> = LazyLock::new(|| {
    let columns = "id T, stock_record_id T, currency T, amount I, valid_from I, valid_until I";
    RowsSql::upsert("prices", columns, "id", &[], &SIZES)
});
static NEW_BUCKETS: LazyLock<RowsSql> = LazyLock::new(|| {
    RowsSql::upsert(
        "stock_buckets",
        "stock_record_id T, bucket I, free I",
        "stock_record_id, bucket",
        &["free"],
        &SIZES,
    )
});

/// A product's row with its own texts in place, so that they can be bound.
struct ProductColumns {
    texts: [String; 9],
    optional: [Option<String>; 5],
}

impl ProductColumns {
    fn of(product: &Product) -> Self {
        let recommendations: Vec<(String, i64)> =
            product.recommendations.iter().map(|entry| (entry.product.to_string(), entry.ranking)).collect();
        Self {
            texts: [
                product.id.to_string(),
                texts_column(&product.title),
                texts_column(&product.description),
                texts_column(&product.meta_title),
                texts_column(&product.meta_description),
                ids_column(&product.categories),
                attributes_column(&product.attributes),
                ids_column(&product.options),
                to_json(&recommendations),
            ],
            optional: [
                product.structure.class().map(|class| class.to_string()),
                product.structure.parent().map(|parent| parent.to_string()),
                product.weight_kg.map(|weight| weight.to_string()),
                product.measure.map(|measure| measure.amount.to_string()),
                product.measure.map(|measure| measure.unit.name().to_owned()),
            ],
        }
    }

    fn binds<'v>(&'v self, product: &'v Product, position: i64) -> Vec<Bind<'v>> {
        let [id, title, description, meta_title, meta_description, categories, attributes, options, recommendations] =
            &self.texts;
        let [class, parent, weight, amount, unit] = &self.optional;
        vec![
            id.into(),
            product.structure.name().into(),
            class.as_deref().into(),
            parent.as_deref().into(),
            position.into(),
            product.upc.as_deref().into(),
            product.code.as_deref().into(),
            product.slug.as_str().into(),
            title.into(),
            description.into(),
            meta_title.into(),
            meta_description.into(),
            product.is_public.into(),
            product.is_discountable.into(),
            product.priority.into(),
            product.rating_hundredths.map(i64::from).into(),
            i64::from(product.rating_count).into(),
            weight.as_deref().into(),
            amount.as_deref().into(),
            unit.as_deref().into(),
            product.maker.as_deref().into(),
            product.eu_contact.as_deref().into(),
            categories.into(),
            attributes.into(),
            options.into(),
            recommendations.into(),
            0.into(),
            product.created_at.micros().into(),
            product.updated_at.micros().into(),
            product.version.into(),
            product.oscar.into(),
        ]
    }
}

impl Tx {
    /// Writes products with their pictures, stock records and prices, new ones and changed ones. `positions` gives
    /// each its place among its siblings. Units in the house and their buckets are written for new stock records
    /// only: those of a record that is there may have been sold since. A slug that is given up is kept, so that its address leads on.
    pub async fn put_products(&mut self, entries: &[(ProductEntry, i64)]) -> Result<(), DbError> {
        let columns: Vec<ProductColumns> =
            entries.iter().map(|(entry, _)| ProductColumns::of(&entry.product)).collect();
        let rows = columns.iter().zip(entries).map(|(row, (entry, position))| row.binds(&entry.product, *position));
        let rows: Vec<_> = rows.collect();
        self.keep_old_slugs(entries).await?;
        self.put_rows(&PUT_PRODUCTS, rows).await?;
        self.put_images(entries).await?;
        self.put_stock_records(entries).await
    }

    /// Notes the slugs that these products give up. An address that is somebody's now leads there and nowhere else.
    async fn keep_old_slugs(&mut self, entries: &[(ProductEntry, i64)]) -> Result<(), DbError> {
        let slugs: BTreeMap<String, &str> =
            entries.iter().map(|(entry, _)| (entry.product.id.to_string(), entry.product.slug.as_str())).collect();
        let ids: Vec<String> = slugs.keys().cloned().collect();
        let mut given_up = Vec::new();
        for row in self.fetch_list(&SLUGS_BY_ID, &ids).await? {
            let (id, known) = (row.text(0)?, row.text(1)?);
            if slugs.get(&id).is_some_and(|slug| *slug != known) {
                given_up.push((known, id));
            }
        }
        self.put_rows(&PUT_OLD_SLUGS, given_up.iter().map(|(slug, id)| vec![slug.into(), id.into()]).collect()).await?;
        let taken: Vec<String> = slugs.into_values().map(str::to_owned).collect();
        self.execute_list(&FORGET_SLUGS, &taken).await.map(|_| ())
    }

    async fn put_images(&mut self, entries: &[(ProductEntry, i64)]) -> Result<(), DbError> {
        let products: Vec<String> = entries.iter().map(|(entry, _)| entry.product.id.to_string()).collect();
        self.execute_list(&DELETE_IMAGES, &products).await?;
        let images = entries.iter().zip(&products).flat_map(|((entry, _), product)| {
            (0_i64..).zip(&entry.product.images).map(move |(position, image)| (product, position, image))
        });
        let texts: Vec<_> = images
            .map(|(product, position, image)| {
                (product, position, image, image.id.to_string(), texts_column(&image.alt))
            })
            .collect();
        let rows = texts.iter().map(|(product, position, image, id, alt)| {
            vec![
                id.into(),
                (*product).into(),
                Bind::Int(*position),
                (&image.source).into(),
                alt.into(),
                Bind::Int(i64::from(image.width)),
                Bind::Int(i64::from(image.height)),
                image.oscar.into(),
            ]
        });
        self.put_rows(&PUT_IMAGES, rows.collect()).await
    }

    async fn put_stock_records(&mut self, entries: &[(ProductEntry, i64)]) -> Result<(), DbError> {
        let records: Vec<(&StockRecord, i64)> =
            entries.iter().flat_map(|(entry, _)| entry.stock_records.iter().zip(0_i64..)).collect();
        let ids: Vec<String> = records.iter().map(|(record, _)| record.id.to_string()).collect();
        let mut known: HashSet<String> = HashSet::new();
        for row in self.fetch_list(&KNOWN_RECORDS, &ids).await? {
            known.insert(row.text(0)?);
        }
        self.execute_list(&DELETE_PRICES, &ids).await?;
        let owners: Vec<[String; 2]> =
            records.iter().map(|(record, _)| [record.product.to_string(), record.partner.to_string()]).collect();
        let rows = records.iter().zip(&ids).zip(&owners).map(|(((record, position), id), [product, partner])| {
            vec![
                id.into(),
                product.into(),
                partner.into(),
                Bind::Int(*position),
                (&record.sku).into(),
                record.on_hand.into(),
                record.low_stock_threshold.into(),
                record.oscar.into(),
            ]
        });
        self.put_rows(&PUT_STOCK_RECORDS, rows.collect()).await?;
        let prices = records.iter().flat_map(|(record, _)| record.prices.iter().map(|price| (*record, price)));
        self.put_prices(prices.collect()).await?;
        // A record that is there keeps its buckets, however many units the entry tells of.
        let new = records.iter().zip(&ids).filter(|(_, id)| !known.contains(*id));
        let buckets = new.flat_map(|((record, _), id)| {
            let free = record.on_hand.map(|units| stock::spread(units.max(0))).unwrap_or_default();
            free.into_iter().map(move |bucket| vec![id.into(), Bind::Int(bucket.number), Bind::Int(bucket.free)])
        });
        self.put_rows(&NEW_BUCKETS, buckets.collect()).await
    }

    async fn put_prices(&mut self, prices: Vec<(&StockRecord, &PriceRow)>) -> Result<(), DbError> {
        let keys: Vec<[String; 3]> = prices
            .iter()
            .map(|(record, price)| [price.id.to_string(), record.id.to_string(), price.amount.currency().to_string()])
            .collect();
        let rows = prices.iter().zip(&keys).map(|((_, price), [id, record, currency])| {
            let (from, until) = (price.from.map(Moment::micros), price.until.map(Moment::micros));
            let amount = Bind::Int(price.amount.minor());
            vec![id.into(), record.into(), currency.into(), amount, from.into(), until.into()]
        });
        self.put_rows(&PUT_PRICES, rows.collect()).await
    }

    /// Counts units of a product as sold.
    pub async fn add_sold(&mut self, id: ProductId, units: u32) -> Result<(), DbError> {
        self.execute(ADD_SOLD, binds![&id.to_string(), i64::from(units)]).await.map(|_| ())
    }
}
