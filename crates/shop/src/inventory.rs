//! What a store holds, as a document with stable names: to look at, and to compare a store with the one that it was
//! moved from. Where django-oscar has the same thing, its name is used.

mod delivery;
mod rules;

use crate::shop::Shop;
use commerce::language::{Language, Texts};
use db::DbError;
use db::inventory::{Inventory, MoneyCount, OrderCount};
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;

impl Shop {
    /// Counts everything, as of one moment.
    pub async fn inventory(&self) -> Result<Value, DbError> {
        let mut found = self.db().load_inventory(self.now()).await?;
        found.rows.extend(delivery::rows(&self.settings().delivery));
        let languages = self.settings().markets.languages();
        let first = self.settings().markets.market(self.settings().markets.first()).currency;
        let snapshot = self.snapshots().current().snapshot;
        Ok(json!({
            "name": self.settings().name,
            "rows": found.rows,
            "tables": found.tables,
            "catalogue": catalogue(&found, &languages),
            "categories": categories(&found, &languages),
            "stock": stock(&found, first.code()),
            "orders": orders(&found.orders),
            "offers": rules::offers(&found.offers, &languages),
            "vouchers": rules::vouchers(&found.vouchers, first),
            "images": found.rows.get("catalogue_productimage").copied().unwrap_or_default(),
            "snapshot": { "version": snapshot.version(), "products": snapshot.products(), "made": snapshot.created().to_rfc3339() },
        }))
    }
}

fn name(texts: &Texts, languages: &[Language]) -> String {
    texts.get(languages).to_owned()
}

fn catalogue(found: &Inventory, languages: &[Language]) -> Value {
    let catalogue = &found.catalogue;
    let classes = catalogue.classes.iter().map(|class| {
        json!({
            "name": name(&class.name, languages),
            "requires_shipping": i32::from(class.requires_shipping),
            "track_stock": i32::from(class.track_stock),
            "attributes": class.attributes,
            "options": class.options,
            "products": class.products,
        })
    });
    let options = catalogue.options.iter().map(|option| {
        json!({
            "name": name(&option.name, languages),
            "code": option.code,
            "type": option.kind,
            "required": i32::from(option.required),
        })
    });
    json!({
        "products_by_structure": catalogue.products_by_structure,
        "public_by_structure": catalogue.public_by_structure,
        "not_discountable": catalogue.not_discountable,
        "without_upc": catalogue.without_upc,
        "without_stockrecord": catalogue.without_stockrecord,
        "parents_without_children": catalogue.parents_without_children,
        "without_category": catalogue.without_category,
        "classes": classes.collect::<Vec<_>>(),
        "attribute_values_by_type": catalogue.attribute_values_by_type,
        "multi_option_choices": catalogue.multi_option_choices,
        "sum_of_integer_attributes": catalogue.sum_of_integer_attributes,
        "options": options.collect::<Vec<_>>(),
    })
}

fn categories(found: &Inventory, languages: &[Language]) -> Vec<Value> {
    let category = |category: &db::inventory::CategoryCount| {
        let path: Vec<String> = category.path.iter().map(|texts| name(texts, languages)).collect();
        json!({
            "path": path.join(" > "),
            "public": category.public,
            "in_menu": category.in_menu,
            "direct_products": category.direct_products,
            "products_with_descendants": category.products_with_descendants,
        })
    };
    found.categories.iter().map(category).collect()
}

/// Sums in the currency of the first market stand by themselves, as Oscar's one currency does; all of them below.
fn stock(found: &Inventory, first: &str) -> Value {
    let stock = &found.stock;
    let of_first = stock.by_currency.iter().find(|count| count.sum_price.currency().code() == first);
    let amount = |pick: fn(&MoneyCount) -> commerce::money::Money| {
        of_first.map_or_else(|| "0".to_owned(), |count| pick(count).to_decimal_string())
    };
    let partners = stock.by_partner.iter().map(|partner| {
        json!({
            "partner": partner.partner,
            "code": partner.code,
            "records": partner.records,
            "units": partner.units,
            "allocated": partner.allocated,
        })
    });
    let sums = stock.by_currency.iter().map(|count| {
        let sums = json!({
            "sum_price": count.sum_price.to_decimal_string(),
            "value_in_stock": count.value_in_stock.to_decimal_string(),
        });
        (count.sum_price.currency().to_string(), sums)
    });
    let records = stock.by_currency.iter().map(|count| (count.sum_price.currency().to_string(), count.records));
    json!({
        "by_partner": partners.collect::<Vec<_>>(),
        "sum_price": amount(|count| count.sum_price),
        "value_in_stock": amount(|count| count.value_in_stock),
        "by_currency": sums.collect::<Map<String, Value>>(),
        "without_price": stock.without_price,
        "untracked": stock.untracked,
        "currencies": records.collect::<BTreeMap<String, i64>>(),
    })
}

fn orders(counts: &[OrderCount]) -> Value {
    let sum = |pick: fn(&OrderCount) -> i64| counts.iter().map(pick).fold(0, i64::saturating_add);
    let mut by_state: BTreeMap<&str, i64> = BTreeMap::new();
    for count in counts {
        *by_state.entry(count.state.name()).or_default() += count.count;
    }
    let totals = counts.iter().map(|count| {
        json!({
            "state": count.state.name(),
            "currency": count.total.currency().code(),
            "count": count.count,
            "units": count.units,
            "total_incl_tax": count.total.to_decimal_string(),
        })
    });
    json!({
        "count": sum(|count| count.count),
        "units": sum(|count| count.units),
        "by_state": by_state,
        "totals": totals.collect::<Vec<_>>(),
    })
}
