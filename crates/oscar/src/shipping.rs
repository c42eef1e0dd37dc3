//! Delivery methods of the database: by order and item, and by weight.

use crate::options::Options;
use crate::read::Read;
use crate::report::{Code, Report, quote};
use crate::rows::{ReadError, Row};
use crate::select::Select;
use crate::source::Source;
use commerce::catalogue::OscarKey;
use commerce::decimal::Decimal;
use commerce::money::Money;
use std::collections::HashMap;

const BY_ITEM: Select = Select {
    table: "shipping_orderanditemcharges",
    joins: &[],
    columns: &[
        "t.id",
        "t.code",
        "t.name",
        "t.description",
        "t.price_per_order",
        "t.price_per_item",
        "t.free_shipping_threshold",
    ],
};

const BY_ITEM_COUNTRIES: Select = Select {
    table: "shipping_orderanditemcharges_countries",
    joins: &[],
    columns: &["t.id", "t.orderanditemcharges_id", "t.country_id"],
};

const BY_WEIGHT: Select = Select {
    table: "shipping_weightbased",
    joins: &[],
    columns: &["t.id", "t.code", "t.name", "t.description", "t.default_weight"],
};

const BY_WEIGHT_COUNTRIES: Select = Select {
    table: "shipping_weightbased_countries",
    joins: &[],
    columns: &["t.id", "t.weightbased_id", "t.country_id"],
};

const BANDS: Select =
    Select { table: "shipping_weightband", joins: &[], columns: &["t.id", "t.method_id", "t.upper_limit", "t.charge"] };

/// A delivery method as Oscar keeps it. Amounts are in the store's currency: Oscar names none.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ShippingMethod {
    /// Key in its own table; methods of the two kinds may have the same.
    pub key: OscarKey,
    /// Oscar's short name, unique in its own table.
    pub code: String,
    /// What shoppers read.
    pub name: String,
    /// HTML, cleaned as the options say.
    pub description: String,
    /// ISO 3166 codes of two letters, sorted; empty means everywhere.
    pub countries: Vec<String>,
    /// What it costs.
    pub charge: ShippingCharge,
}

/// What a delivery method costs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ShippingCharge {
    /// A charge for the order and one for each item (`OrderAndItemCharges`).
    OrderAndItem {
        /// For the order.
        per_order: Money,
        /// For each item that is sent.
        per_item: Money,
        /// Nothing from this total on.
        free_from: Option<Money>,
    },
    /// A charge by weight (`WeightBased`); over the top band it counts once for each full top band, and for the rest.
    Weight {
        /// Weight of a product that has none.
        default_weight_kg: Decimal,
        /// By weight, lightest first.
        bands: Vec<WeightBand>,
    },
}

/// Up to this weight, this charge.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct WeightBand {
    /// Heaviest parcel of the band.
    pub up_to_kg: Decimal,
    /// What it costs.
    pub charge: Money,
}

/// All methods, first those by order and item.
pub(crate) async fn shipping_methods(
    source: &mut Source,
    options: &Options,
    report: &mut Report,
) -> Result<Vec<ShippingMethod>, ReadError> {
    let by_item = source.all(&BY_ITEM, report).await?;
    let mut item_countries = countries(source, options, &BY_ITEM_COUNTRIES, "t.orderanditemcharges_id", report).await?;
    let by_weight = source.all(&BY_WEIGHT, report).await?;
    let mut weight_countries = countries(source, options, &BY_WEIGHT_COUNTRIES, "t.weightbased_id", report).await?;
    let mut bands = bands(source, options, report).await?;
    let mut methods = Vec::with_capacity(by_item.len() + by_weight.len());
    for row in &by_item {
        let Some(key) = row.key() else { continue };
        let mut read = Read { row, options, report };
        let zero = Money::zero(options.currency);
        let mut charge = |column| {
            let amount = read.money(column, options.currency);
            if amount.is_none() {
                read.note(Code::DeliveryIncomplete, format!("no usable {}; nought was taken", &column[2..]));
            }
            amount.unwrap_or(zero)
        };
        let (per_order, per_item) = (charge("t.price_per_order"), charge("t.price_per_item"));
        let free_from = read.money("t.free_shipping_threshold", options.currency);
        let charge = ShippingCharge::OrderAndItem { per_order, per_item, free_from };
        methods.push(method(key, &mut read, item_countries.remove(&key).unwrap_or_default(), charge));
    }
    for row in &by_weight {
        let Some(key) = row.key() else { continue };
        let mut read = Read { row, options, report };
        let bands = bands.remove(&key).unwrap_or_default();
        if bands.is_empty() {
            read.note(Code::DeliveryIncomplete, "no weight bands: it has no charge");
        }
        let weight = read.measured("t.default_weight").filter(|weight| !weight.is_negative());
        let charge = ShippingCharge::Weight { default_weight_kg: weight.unwrap_or(Decimal::ZERO), bands };
        methods.push(method(key, &mut read, weight_countries.remove(&key).unwrap_or_default(), charge));
    }
    Ok(methods)
}

fn method(key: OscarKey, read: &mut Read<'_>, countries: Vec<String>, charge: ShippingCharge) -> ShippingMethod {
    let name = read.name("t.name", "Delivery");
    ShippingMethod {
        key,
        code: read.line("t.code").unwrap_or_else(|| read.wanted_slug(&["t.name"], "delivery").to_string()),
        name,
        description: read.row.filled("t.description").map(read.options.clean_html).unwrap_or_default(),
        countries,
        charge,
    }
}

async fn countries(
    source: &mut Source,
    options: &Options,
    select: &Select,
    method: &'static str,
    report: &mut Report,
) -> Result<HashMap<OscarKey, Vec<String>>, ReadError> {
    let rows = source.all(select, report).await?;
    let mut found: HashMap<OscarKey, Vec<String>> = HashMap::new();
    for row in &rows {
        let code = row.text("t.country_id").unwrap_or_default().trim().to_ascii_uppercase();
        let is_code = code.len() == 2 && code.bytes().all(|letter| letter.is_ascii_uppercase());
        match row.integer(method).filter(|_| is_code) {
            Some(method) => found.entry(method).or_default().push(code),
            None => Read { row, options, report }
                .note(Code::ReferenceMissing, format!("country {} of no method; left out", quote(&code))),
        }
    }
    for codes in found.values_mut() {
        codes.sort_unstable();
        codes.dedup();
    }
    Ok(found)
}

async fn bands(
    source: &mut Source,
    options: &Options,
    report: &mut Report,
) -> Result<HashMap<OscarKey, Vec<WeightBand>>, ReadError> {
    let rows: Vec<Row> = source.all(&BANDS, report).await?;
    let mut found: HashMap<OscarKey, Vec<WeightBand>> = HashMap::new();
    for row in &rows {
        let mut read = Read { row, options, report };
        let up_to = read.measured("t.upper_limit").filter(|limit| *limit > Decimal::ZERO);
        match (row.integer("t.method_id"), up_to, read.money("t.charge", options.currency)) {
            (Some(method), Some(up_to_kg), Some(charge)) => {
                found.entry(method).or_default().push(WeightBand { up_to_kg, charge });
            }
            _ => read.note(Code::DeliveryIncomplete, "a weight band without method, limit or charge; left out"),
        }
    }
    for bands in found.values_mut() {
        bands.sort_by_key(|band| band.up_to_kg);
    }
    Ok(found)
}
