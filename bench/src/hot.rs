//! Buyers on one product against the same buyers on a thousand: what a product that everybody wants costs.

use crate::arguments::{HotPlan, Place};
use crate::figures::{load_average, median, ratio};
use crate::orders::{PLENTY, PRODUCTS, rate};
use crate::server::{Core, Server, Serving};
use crate::shopper::{Manner, shop_for};
use crate::store::{Plan, for_buying};

/// `bench hot`
pub(crate) async fn run(place: &Place, plan: &HotPlan) -> anyhow::Result<()> {
    let stock = Plan { units: Some(PLENTY), ..Plan::of(PRODUCTS) };
    let folder = for_buying(&place.dir, "hot", plan.database.as_deref(), stock.clone()).await?;
    let products: Vec<String> =
        stock.entries(usize::try_from(PRODUCTS)?).iter().map(|entry| entry.product.id.to_string()).collect();
    let program = place.program()?;
    let serving = Serving { program: &program, store: &folder, core: Core::Any, threads: 0, settings: &[] };
    let server = Server::store(serving).await?;
    let manner = Manner { gateway: "invoice", hurried: plan.shoppers.hurried };
    let one = |_: u64| products[0].clone();
    let many = |turn: u64| products[usize::try_from(turn).unwrap_or_default() % products.len()].clone();
    println!("{} buyers at once, load average {}", plan.at_once, load_average());
    let (mut on_one, mut on_many) = (Vec::new(), Vec::new());
    for run in 1..=plan.shoppers.runs {
        let seconds = plan.shoppers.seconds;
        let wide = rate(&shop_for(server.address, plan.at_once, seconds, manner, &many).await?);
        let hot = rate(&shop_for(server.address, plan.at_once, seconds, manner, &one).await?);
        println!("run {run}: {hot} orders/s on one product, {wide} on {PRODUCTS}: {}", ratio(hot, wide));
        on_one.push(hot);
        on_many.push(wide);
    }
    let best = |rates: &[u64]| rates.iter().copied().max().unwrap_or_default();
    println!(
        "best: {} on one, {} on {PRODUCTS}: {}; medians: {}",
        best(&on_one),
        best(&on_many),
        ratio(best(&on_one), best(&on_many)),
        ratio(median(&on_one), median(&on_many))
    );
    Ok(())
}
