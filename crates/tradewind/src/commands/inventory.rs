//! `inventory`: what a store holds.

use super::open;
use crate::arguments::Store;
use crate::output;
use serde_json::Value;

/// `tradewind inventory`
pub(super) async fn run(store: &Store, as_json: bool) -> anyhow::Result<()> {
    let shop = open(store).await?;
    let found = shop.inventory().await?;
    shop.close().await;
    output::result(as_json, &found, || {
        for (title, path) in [
            ("Products", "/catalogue/products_by_structure"),
            ("Shown to shoppers", "/catalogue/public_by_structure"),
            ("Attribute values", "/catalogue/attribute_values_by_type"),
            ("Orders", "/orders/by_state"),
        ] {
            output::line(format!("{title}: {}", counts(found.pointer(path))));
        }
        output::line(format!("Categories: {}", found["categories"].as_array().map_or(0, Vec::len)));
        output::line(format!("Product classes: {}", found["catalogue"]["classes"].as_array().map_or(0, Vec::len)));
        output::line(format!("Pictures: {}", found["images"]));
        for partner in found["stock"]["by_partner"].as_array().into_iter().flatten() {
            let name = partner["partner"].as_str().unwrap_or_default();
            output::line(format!(
                "Stock of {name}: {} units in {} records, {} of them held or sold",
                partner["units"], partner["records"], partner["allocated"]
            ));
        }
        for (currency, sums) in found["stock"]["by_currency"].as_object().into_iter().flatten() {
            output::line(format!("Value of the stock: {} {currency}", sums["value_in_stock"].as_str().unwrap_or("0")));
        }
        for total in found["orders"]["totals"].as_array().into_iter().flatten() {
            let text = |key: &str| total[key].as_str().unwrap_or_default().to_owned();
            output::line(format!("Orders {}: {} {}", text("state"), text("total_incl_tax"), text("currency")));
        }
        output::note("All of it: --json");
    });
    Ok(())
}

/// `300 child, 60 parent`
fn counts(value: Option<&Value>) -> String {
    let pairs = value.and_then(Value::as_object).into_iter().flatten();
    let words: Vec<String> = pairs.map(|(name, count)| format!("{count} {name}")).collect();
    if words.is_empty() { "none".to_owned() } else { words.join(", ") }
}
