//! Pages and adds to the basket, against a bare server that sends the same bytes.

use crate::arguments::{HttpPlan, Place};
use crate::browser::{Answer, Browser};
use crate::figures::{load_average, ratio};
use crate::load::{Form, Load, Pressure, Target, better, press};
use crate::server::{Core, Server, Serving, free_address, on_core};
use crate::store::{Plan, for_reading};
use anyhow::Context;
use std::path::Path;

/// Seconds of load before the first run that counts.
const WARM_UP_SECONDS: u32 = 1;

/// A row of the table.
pub(crate) struct Row<'s> {
    pub(crate) name: String,
    target: Target,
    server: Option<&'s Server>,
    pub(crate) best: Load,
}

impl<'s> Row<'s> {
    pub(crate) fn new(name: impl Into<String>, target: Target, server: Option<&'s Server>) -> Self {
        Self { name: name.into(), target, server, best: Load::default() }
    }
}

/// Rows in turn, again and again: what disturbs the machine disturbs them all.
pub(crate) fn measure(rows: &mut [Row<'_>], pressure: Pressure, runs: u32) -> anyhow::Result<()> {
    for row in rows.iter_mut() {
        press(&row.target, Pressure { seconds: WARM_UP_SECONDS, ..pressure }, None)?;
    }
    for run in 1..=runs {
        for row in rows.iter_mut() {
            let load = press(&row.target, pressure, row.server)?;
            eprintln!(
                "run {run}, {}: {}/s, {} bad, {} us of processor each, load average {}",
                row.name,
                load.per_second,
                load.bad,
                load.cpu_nanos / 1_000,
                load_average()
            );
            row.best = better(row.best, load);
        }
    }
    Ok(())
}

/// `bench http`
pub(crate) async fn run(place: &Place, plan: &HttpPlan) -> anyhow::Result<()> {
    let store = for_reading(&place.dir, plan.products).await?;
    let entry = in_stock(plan.products).context("nothing is in stock")?;
    let program = place.program()?;
    let serving = Serving { program: &program, store: &store, core: Core::Measured, threads: 1, settings: &[] };
    let kept = Server::store(serving).await?;
    let anew = Server::store(Serving { settings: &[("TRADEWIND_PAGE_MEMORY_MB", "0")], ..serving }).await?;
    let product = format!("/product/{}", entry.product.slug);
    let search = "/search?q=walnut";
    let page = Browser::new(kept.address).get(&product).await?.expect_status(200, "the product page")?;
    let found = Browser::new(kept.address).get(search).await?.expect_status(200, "the search")?;
    let bare = bare(&place.dir, "product", &page).await?;
    let bare_search = self::bare(&place.dir, "search", &found).await?;
    let add = Form { body: format!("product={}&quantity=1&locale=", entry.product.id), headers: Vec::new() };
    let get = |server: &Server, path: &str| Target { address: server.address, path: path.to_owned(), form: None };
    let basket = Target { address: kept.address, path: "/basket/lines".to_owned(), form: Some(add) };
    let mut rows = [
        Row::new("bare hyper, the product page's bytes", get(&bare, &product), Some(&bare)),
        Row::new("product page, kept", get(&kept, &product), Some(&kept)),
        Row::new("product page, made anew", get(&anew, &product), Some(&anew)),
        Row::new("bare hyper, the search's bytes", get(&bare_search, search), Some(&bare_search)),
        Row::new("search, kept", get(&kept, search), Some(&kept)),
        Row::new("search, made anew", get(&anew, search), Some(&anew)),
        Row::new("add to the basket", basket, Some(&kept)),
    ];
    measure(&mut rows, Pressure { connections: plan.connections, seconds: plan.seconds }, plan.runs)?;
    println!(
        "{} products, product page {} bytes, search {} bytes, best of {}",
        plan.products,
        page.body.len(),
        found.body.len(),
        plan.runs
    );
    println!("{:<40} {:>10} {:>8} {:>12} {:>6}", "", "answers/s", "of bare", "processor us", "bad");
    for (place, row) in rows.iter().enumerate() {
        let floor = if place < 3 || place == 6 { &rows[0] } else { &rows[3] };
        println!(
            "{:<40} {:>10} {:>8} {:>12} {:>6}",
            row.name,
            row.best.per_second,
            ratio(row.best.per_second, floor.best.per_second),
            ratio(row.best.cpu_nanos, 1_000),
            row.best.bad
        );
    }
    Ok(())
}

/// The first product of which there is plenty.
fn in_stock(products: u64) -> Option<commerce::catalogue::ProductEntry> {
    let plenty = |entry: &commerce::catalogue::ProductEntry| {
        entry.stock_records.iter().any(|record| record.on_hand.is_some_and(|units| units > 20))
    };
    Plan::of(products).entries(200).into_iter().find(plenty)
}

/// A bare server that sends these bytes.
async fn bare(dir: &Path, name: &str, answer: &Answer) -> anyhow::Result<Server> {
    let file = dir.join(format!("{name}.answer"));
    let mut bytes: Vec<u8> = Vec::new();
    for (name, value) in &answer.headers {
        bytes.extend_from_slice(format!("{name}: {value}\r\n").as_bytes());
    }
    bytes.extend_from_slice(b"\r\n");
    bytes.extend_from_slice(&answer.body);
    std::fs::write(&file, bytes)?;
    let address = free_address()?;
    let mut command = on_core(Core::Measured, std::env::current_exe()?);
    command.arg("bare").arg(&file).arg(address.to_string());
    Server::start(command, address).await
}
