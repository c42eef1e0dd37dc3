//! `stock set` and `stock adjust`.

use super::{finish, open};
use crate::arguments::StockReason;
use crate::failure::wrong_use;
use crate::output;
use commerce::event::Actor;
use serde_json::json;
use shop::stock::StockChange;

/// `tradewind stock set`
pub(super) async fn set(sku: &str, units: &str, how: &StockReason) -> anyhow::Result<()> {
    let change = match units {
        "uncounted" => StockChange::Uncounted,
        units => StockChange::Set(
            units.parse().map_err(|_| wrong_use(format!("{units:?} is neither a number of units nor uncounted")))?,
        ),
    };
    run(sku, change, how).await
}

/// `tradewind stock adjust`
pub(super) async fn adjust(sku: &str, by: i64, how: &StockReason) -> anyhow::Result<()> {
    run(sku, StockChange::Adjust(by), how).await
}

async fn run(sku: &str, change: StockChange, how: &StockReason) -> anyhow::Result<()> {
    let shop = open(&how.store).await?;
    let (product, record) = shop.find_stock_record_of(sku, how.partner.as_deref()).await?;
    let level = shop.change_stock(product, record, change, &how.reason, &Actor::Operator).await?;
    let result = json!({
        "sku": sku,
        "on_hand": level.on_hand,
        "free": level.free,
        "held": level.held,
        "claimed": level.claimed,
    });
    output::result(how.json.json, &result, || match level.on_hand {
        Some(units) => output::line(format!(
            "{sku}: {units} on hand, {} free, {} in checkouts, {} sold and not sent.",
            level.free, level.held, level.claimed
        )),
        None => output::line(format!("{sku}: nobody counts it any more.")),
    });
    finish(shop).await
}
