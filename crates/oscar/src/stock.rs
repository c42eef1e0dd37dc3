//! Stock records: SKU, price, units.

use crate::catalogue::Known;
use crate::ids;
use crate::read::Read;
use crate::report::{Code, quote};
use crate::rows::{Cell, Row};
use crate::select::Select;
use commerce::catalogue::{OscarKey, PriceRow, StockRecord};
use commerce::ids::ProductId;
use commerce::money::{Currency, Money};

pub(crate) const STOCK_RECORDS: Select = Select {
    table: "partner_stockrecord",
    joins: &[],
    columns: &[
        "t.id",
        "t.product_id",
        "t.partner_id",
        "t.partner_sku",
        "t.price",
        "t.price_excl_tax",
        "t.price_currency",
        "t.num_in_stock",
        "t.num_allocated",
        "t.low_stock_threshold",
    ],
};

/// A stock record with the units that are promised to unfinished orders.
pub(crate) struct Stocked {
    pub(crate) record: StockRecord,
    pub(crate) allocated: i64,
}

/// Reads one record. `is_counted` says whether the product's class counts units.
pub(crate) fn stock_record(
    key: OscarKey,
    product: ProductId,
    is_counted: bool,
    read: &mut Read<'_>,
    known: &Known,
) -> Stocked {
    let partner = read.row.integer("t.partner_id").filter(|partner| known.partners.contains(partner));
    if partner.is_none() {
        read.note_missing("t.partner_id", "came to the partner `unknown`");
    }
    let sku = known.index.sku(key, read.row);
    let raw = read.row.text("t.partner_sku").unwrap_or_default();
    if raw.trim() != sku {
        let what = format!("SKU {} became {}", quote(raw), quote(&sku));
        read.note(Code::CodeChanged, what);
    }
    let id = ids::stock_record(key);
    let prices = price(read).map(|amount| PriceRow { id: ids::price(key), amount, from: None, until: None });
    let allocated = allocated(read);
    let on_hand = on_hand(read, is_counted, allocated);
    let threshold = read.row.integer("t.low_stock_threshold").filter(|threshold| 0 <= *threshold);
    let record = StockRecord {
        id,
        product,
        partner: partner.map_or_else(ids::unknown_partner, ids::partner),
        sku,
        on_hand,
        low_stock_threshold: threshold,
        prices: prices.into_iter().collect(),
        oscar: Some(key),
    };
    Stocked { record, allocated }
}

/// NULL is not for sale; 0.00 is a price.
fn price(read: &mut Read<'_>) -> Option<Money> {
    // Oscar 2 had three prices; the one without tax was the one that sold.
    let column = if *read.row.cell("t.price") == Cell::Absent { "t.price_excl_tax" } else { "t.price" };
    if read.row.filled(column).is_none() {
        read.note(Code::PriceMissing, "no price: not for sale");
        return None;
    }
    let currency = match read.row.filled("t.price_currency").map(|raw| (raw, Currency::parse(raw))) {
        None => read.options.currency,
        Some((_, Ok(currency))) => currency,
        Some((raw, Err(_))) => {
            let what = format!("currency {} is unknown; the price was left out", quote(raw));
            read.note(Code::CurrencyUnknown, what);
            return None;
        }
    };
    if currency != read.options.currency {
        read.note(Code::CurrencyOther, format!("the price is in {currency}"));
    }
    read.money(column, currency)
}

fn allocated(read: &mut Read<'_>) -> i64 {
    // NULL is nought in Oscar; it is NULL until the first order.
    let allocated = if read.row.filled("t.num_allocated").is_some() { read.count("t.num_allocated", 0) } else { 0 };
    if allocated < 0 {
        read.note(Code::StockUnknown, format!("{allocated} units are promised; nought was taken"));
    }
    allocated.max(0)
}

fn on_hand(read: &mut Read<'_>, is_counted: bool, allocated: i64) -> Option<i64> {
    let units = match read.row.filled("t.num_in_stock") {
        None if !is_counted => return None,
        None => None,
        Some(_) => Some(read.count("t.num_in_stock", 0)),
    };
    match units.filter(|units| 0 <= *units) {
        Some(units) => {
            if is_counted && units < allocated {
                read.note(Code::StockOversold, format!("{units} in the house, {allocated} promised"));
            }
            Some(units)
        }
        None => {
            let found = units.map_or_else(|| "NULL".to_owned(), |units| units.to_string());
            read.note(Code::StockUnknown, format!("num_in_stock is {found}; nought was taken"));
            Some(0)
        }
    }
}

/// Whether a product of that class is counted.
pub(crate) fn is_counted(known: &Known, class: Option<OscarKey>) -> bool {
    class.is_none_or(|class| !known.uncounted_classes.contains(&class))
}

/// The keys of records, in Oscar's order: the first is sold.
pub(crate) fn in_order(rows: &[Row]) -> impl Iterator<Item = (OscarKey, &Row)> {
    rows.iter().filter_map(|row| Some((row.key()?, row)))
}
