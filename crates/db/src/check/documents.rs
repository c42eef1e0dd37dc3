//! Checks of what stands in documents: a product's lists, an order as it was sold.

use super::Finding;
use crate::codec::Place;
use crate::engine::{Row, Tx, binds};
use crate::error::DbError;
use crate::frozen;
use crate::sql::{ListSql, Statements};
use commerce::checkout::FrozenCheckout;
use commerce::ids::{AttributeId, CategoryId, OptionId};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::LazyLock;

/// Rows that are read at once; an order may be large.
const CHUNK_ROWS: usize = 64;

const PRODUCTS: &str = "SELECT id, categories, attributes, options, recommendations FROM products WHERE id > $1 \
     ORDER BY id LIMIT 64";
const ORDERS: &str = "SELECT id, number, currency, total, body, state, oscar FROM orders WHERE id > $1 \
     ORDER BY id LIMIT 64";

static KNOWN_PRODUCTS: LazyLock<ListSql> =
    LazyLock::new(|| ListSql::new("SELECT id FROM products WHERE id IN ({keys}) ORDER BY id LIMIT 64"));
static LINES: LazyLock<ListSql> = LazyLock::new(|| {
    ListSql::new(
        "SELECT order_id, COUNT(*), CAST(SUM(quantity) AS BIGINT), CAST(SUM(gross) AS BIGINT) FROM order_lines \
         WHERE order_id IN ({keys}) GROUP BY order_id ORDER BY order_id LIMIT 64",
    )
});
static CLAIMED: LazyLock<ListSql> = LazyLock::new(|| {
    ListSql::new(
        "SELECT h.checkout_id, l.stock_record_id, CAST(SUM(l.units) AS BIGINT) FROM hold_lines l JOIN holds h \
         ON h.id = l.hold_id WHERE h.checkout_id IN ({keys}) AND h.state = 'claimed' \
         GROUP BY h.checkout_id, l.stock_record_id ORDER BY h.checkout_id, l.stock_record_id LIMIT 65536",
    )
});

pub(crate) const STATEMENTS: Statements =
    Statements { plain: &[PRODUCTS, ORDERS], lists: &[&KNOWN_PRODUCTS, &LINES, &CLAIMED], rows: &[] };

/// Categories, attributes, options and recommendations that products name must be there.
pub(super) async fn check_products(tx: &mut Tx) -> Result<Vec<Finding>, DbError> {
    let setup = tx.load_catalogue_setup().await?;
    let categories: BTreeSet<CategoryId> = setup.categories.iter().map(|category| category.id).collect();
    let attributes: BTreeMap<AttributeId, _> = setup.attributes.iter().map(|known| (known.id, known.kind)).collect();
    let options: BTreeSet<OptionId> = setup.options.iter().map(|option| option.id).collect();
    let mut damaged = Finding::new("damaged_row", "products");
    let mut lost = Finding::new("product_names_what_is_gone", "products");
    let mut misfits = Finding::new("attribute_of_another_kind", "products");
    let mut unknown = Finding::new("recommendation_of_no_product", "products");
    let mut after = String::new();
    loop {
        let rows = tx.fetch(PRODUCTS, binds![&after]).await?;
        let mut recommended: Vec<(String, String)> = Vec::new();
        for row in &rows {
            let key = row.text(0)?;
            match read_lists(&key, row) {
                Ok(lists) => {
                    let all_there = lists.categories.iter().all(|id| categories.contains(id))
                        && lists.options.iter().all(|id| options.contains(id))
                        && lists.attributes.iter().all(|(id, _)| attributes.contains_key(id));
                    if !all_there {
                        lost.add(|| key.clone());
                    }
                    let fits = |(id, value): &(AttributeId, commerce::catalogue::AttributeValue)| {
                        attributes.get(id).is_none_or(|kind| value.fits(*kind))
                    };
                    if !lists.attributes.iter().all(fits) {
                        misfits.add(|| key.clone());
                    }
                    recommended.extend(lists.recommendations.into_iter().map(|id| (id, key.clone())));
                }
                Err(DbError::Damaged { what, .. }) => damaged.add(|| format!("{key}: {what}")),
                Err(error) => return Err(error),
            }
        }
        check_recommended(tx, recommended, &mut unknown).await?;
        match rows.last() {
            Some(last) if rows.len() == CHUNK_ROWS => after = last.text(0)?,
            _ => break,
        }
    }
    Ok([damaged, lost, misfits, unknown].into_iter().filter(|finding| finding.count > 0).collect())
}

/// What a product names.
struct Lists {
    categories: Vec<CategoryId>,
    attributes: Vec<(AttributeId, commerce::catalogue::AttributeValue)>,
    options: Vec<OptionId>,
    recommendations: Vec<String>,
}

fn read_lists(key: &str, row: &Row) -> Result<Lists, DbError> {
    let place = Place { table: "products", key };
    let recommendations: Vec<(String, i64)> = place.json(&row.text(4)?)?;
    Ok(Lists {
        categories: place.ids(CategoryId::parse, &row.text(1)?)?,
        attributes: place.attributes(&row.text(2)?)?,
        options: place.ids(OptionId::parse, &row.text(3)?)?,
        recommendations: recommendations.into_iter().map(|(id, _)| id).collect(),
    })
}

async fn check_recommended(
    tx: &mut Tx,
    recommended: Vec<(String, String)>,
    unknown: &mut Finding,
) -> Result<(), DbError> {
    let wanted: BTreeSet<String> = recommended.iter().map(|(id, _)| id.clone()).collect();
    let wanted: Vec<String> = wanted.into_iter().collect();
    let rows = tx.fetch_list(&KNOWN_PRODUCTS, &wanted).await?;
    let known = rows.iter().map(|row| row.text(0)).collect::<Result<BTreeSet<_>, _>>()?;
    for (_, product) in recommended.into_iter().filter(|(id, _)| !known.contains(id)) {
        unknown.add(|| product);
    }
    Ok(())
}

/// An order's document must add up and be what its row and its lines say, and counted lines must be claimed.
pub(super) async fn check_orders(tx: &mut Tx) -> Result<Vec<Finding>, DbError> {
    let mut damaged = Finding::new("damaged_row", "orders");
    let mut unequal = Finding::new("order_does_not_add_up", "orders");
    let mut unclaimed = Finding::new("order_without_its_units", "orders");
    let mut after = String::new();
    loop {
        let rows = tx.fetch(ORDERS, binds![&after]).await?;
        let keys = rows.iter().map(|row| row.text(0)).collect::<Result<Vec<_>, _>>()?;
        let lines = sums_of_lines(tx, &keys).await?;
        let claimed = claimed_units(tx, &keys).await?;
        for (row, key) in rows.iter().zip(&keys) {
            let number = row.text(1)?;
            match frozen::read(Place { table: "orders", key }, &row.text(4)?) {
                Ok(sold) => {
                    let told = (row.text(2)?, row.int(3)?);
                    if told != (sold.currency().to_string(), sold.total.gross().minor())
                        || lines.get(key).copied().unwrap_or_default() != sums_of(&sold)
                    {
                        unequal.add(|| number.clone());
                    }
                    // A cancelled order's units went back; an imported one never held any here.
                    let has_units = row.text(5)? == "cancelled" || row.opt_int(6)?.is_some();
                    if !has_units && !is_claimed(&sold, key, &claimed) {
                        unclaimed.add(|| number);
                    }
                }
                Err(DbError::Damaged { what, .. }) => damaged.add(|| format!("{number}: {what}")),
                Err(error) => return Err(error),
            }
        }
        match keys.into_iter().last() {
            Some(last) if rows.len() == CHUNK_ROWS => after = last,
            _ => break,
        }
    }
    Ok([damaged, unequal, unclaimed].into_iter().filter(|finding| finding.count > 0).collect())
}

/// Lines, units and gross of each order.
async fn sums_of_lines(tx: &mut Tx, keys: &[String]) -> Result<BTreeMap<String, (i64, i64, i64)>, DbError> {
    let rows = tx.fetch_list(&LINES, keys).await?;
    rows.iter().map(|row| Ok((row.text(0)?, (row.int(1)?, row.int(2)?, row.int(3)?)))).collect()
}

fn sums_of(sold: &FrozenCheckout) -> (i64, i64, i64) {
    let count = i64::try_from(sold.lines.len()).unwrap_or(i64::MAX);
    let units = sold.lines.iter().map(|line| i64::from(line.quantity)).sum();
    let gross = sold.lines.iter().map(|line| line.total.gross().minor()).fold(0, i64::saturating_add);
    (count, units, gross)
}

/// Claimed units by order and stock record; those that were sent stay claimed.
async fn claimed_units(tx: &mut Tx, keys: &[String]) -> Result<BTreeMap<(String, String), i64>, DbError> {
    let rows = tx.fetch_list(&CLAIMED, keys).await?;
    rows.iter().map(|row| Ok(((row.text(0)?, row.text(1)?), row.int(2)?))).collect()
}

fn is_claimed(sold: &FrozenCheckout, key: &str, claimed: &BTreeMap<(String, String), i64>) -> bool {
    sold.units_by_stock_record().into_iter().all(|(record, units)| {
        let of_record = claimed.get(&(key.to_owned(), record.to_string())).copied().unwrap_or_default();
        i64::from(units) <= of_record
    })
}
