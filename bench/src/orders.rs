//! Whole orders over HTTP, a second, beside what the disk can do in the same minute.

use crate::arguments::{OrdersPlan, Place};
use crate::disk::synced_appends_per_second;
use crate::figures::{load_average, ms, per_second, percentile};
use crate::server::{Core, Server, Serving};
use crate::shopper::{Manner, Sales, shop_for};
use crate::store::{Plan, for_buying};

/// Products that are bought in turn.
pub(crate) const PRODUCTS: u64 = 1_000;
/// Units of each: more than can be sold here.
pub(crate) const PLENTY: i64 = 1_000_000;

/// `bench orders`
pub(crate) async fn run(place: &Place, plan: &OrdersPlan) -> anyhow::Result<()> {
    let stock = Plan { units: Some(PLENTY), ..Plan::of(PRODUCTS) };
    let folder = for_buying(&place.dir, "orders", plan.database.as_deref(), stock.clone()).await?;
    let products: Vec<String> =
        stock.entries(usize::try_from(PRODUCTS)?).iter().map(|entry| entry.product.id.to_string()).collect();
    let program = place.program()?;
    let serving = Serving { program: &program, store: &folder, core: Core::Any, threads: 0, settings: &[] };
    let server = Server::store(serving).await?;
    let manner = Manner { gateway: &plan.gateway, hurried: plan.shoppers.hurried };
    let pick = |turn: u64| products[usize::try_from(turn).unwrap_or_default() % products.len()].clone();
    println!("orders over HTTP, {} shoppers, paid by {}, load average {}", plan.at_once, plan.gateway, load_average());
    let mut best = Sales::default();
    let mut disk = 0;
    for run in 1..=plan.shoppers.runs {
        let synced = synced_appends_per_second(&folder)?;
        let before = server.cpu_micros();
        let sales = shop_for(server.address, plan.at_once, plan.shoppers.seconds, manner, &pick).await?;
        let cpu = (server.cpu_micros() - before) / sales.orders.max(1);
        println!("run {run}: {}; {cpu} us of the server's processor an order; {synced} synced appends/s", told(&sales));
        disk = disk.max(synced);
        if best.orders == 0 || rate(&best) < rate(&sales) {
            best = sales;
        }
    }
    println!("best: {}; the disk's best: {disk} synced appends of 4 KB a second", told(&best));
    Ok(())
}

/// Orders a second.
pub(crate) fn rate(sales: &Sales) -> u64 {
    per_second(sales.orders, sales.micros)
}

fn told(sales: &Sales) -> String {
    let at = |percent| ms(percentile(&sales.took, percent));
    format!("{} orders/s ({} orders, p50 {} ms, p99 {} ms each)", rate(sales), sales.orders, at(50), at(99))
}
