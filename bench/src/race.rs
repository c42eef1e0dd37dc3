//! Many buyers at once for too few units: exactly so many orders as there are units, everybody else told, no fault.

use crate::arguments::{Place, RacePlan};
use crate::browser::Browser;
use crate::figures::{load_average, micros_since, ms, percentile};
use crate::server::{Core, Server, Serving};
use crate::shopper::{Manner, PayForm, Shopper, press_pay};
use crate::store::{Plan, for_buying};
use anyhow::ensure;
use futures_util::future::join_all;
use std::collections::BTreeSet;
use std::path::Path;
use std::time::{Duration, Instant};

/// Products: each race is about one that nobody has bought before.
const PRODUCTS: u64 = 200;
/// How often somebody who is told that the last units are in another checkout tries again.
const TRIES_MAX: u32 = 200;
/// Wait before that, in milliseconds.
const TRY_WAIT_MS: u64 = 100;
/// How many buyers get ready at once.
const READY_AT_ONCE: usize = 25;
/// Connections of one process to PostgreSQL: eight of them together stay below its default bound of 100.
const DATABASE_CONNECTIONS: &str = "10";
/// What 99 of 100 answers should take at most on SQLite, in milliseconds.
const P99_MS_AIM_SQLITE: u64 = 2_000;
/// The same on PostgreSQL.
const P99_MS_AIM_POSTGRES: u64 = 1_000;

/// How one press of Pay ended.
#[derive(Clone, Debug, PartialEq, Eq)]
enum End {
    Bought(String),
    SoldOut,
    Fault(u16),
    Odd(String),
}

/// How a race ended.
#[derive(Debug, Default)]
struct Outcome {
    orders: BTreeSet<String>,
    bought: usize,
    told: usize,
    faults: usize,
    odd: Vec<String>,
    /// Of every answer, in microseconds.
    answers: Vec<u64>,
}

/// `bench race`
pub(crate) async fn run(place: &Place, plan: &RacePlan) -> anyhow::Result<()> {
    let stock = Plan { units: Some(i64::from(plan.units)), ..Plan::of(PRODUCTS) };
    let folder = for_buying(&place.dir, "race", plan.database.as_deref(), stock.clone()).await?;
    let mut products = stock.entries(usize::try_from(PRODUCTS)?).into_iter().map(|entry| entry.product.id.to_string());
    let numbers = match (&plan.processes[..], &plan.database) {
        ([], None) => vec![1, 2],
        ([], Some(_)) => vec![1, 2, 8],
        (numbers, _) => numbers.to_vec(),
    };
    let program = place.program()?;
    let mut all_right = true;
    println!(
        "{} buyers for {} units, {} submits each, load average {}",
        plan.buyers,
        plan.units,
        plan.submits,
        load_average()
    );
    for conflicts in &plan.conflicts_per_mille {
        for processes in &numbers {
            for _ in 0..plan.runs {
                let Some(product) = products.next() else { anyhow::bail!("more races than products") };
                let servers = start(&program, &folder, *processes, *conflicts).await?;
                let outcome = race(&servers, plan, &product).await?;
                all_right &= tell(&outcome, plan, *processes, *conflicts);
            }
        }
    }
    ensure!(all_right, "a race ended wrong");
    Ok(())
}

async fn start(program: &Path, store: &Path, processes: u32, conflicts: u32) -> anyhow::Result<Vec<Server>> {
    let conflicts = conflicts.to_string();
    let settings = [
        ("TRADEWIND_CONFLICTS_PER_MILLE", conflicts.as_str()),
        ("TRADEWIND_DATABASE_CONNECTIONS", DATABASE_CONNECTIONS),
        ("TRADEWIND_GATEWAYS", "[\"invoice\"]"),
    ];
    let mut servers = Vec::new();
    for _ in 0..processes {
        servers
            .push(Server::store(Serving { program, store, core: Core::Any, threads: 0, settings: &settings }).await?);
    }
    Ok(servers)
}

async fn race(servers: &[Server], plan: &RacePlan, product: &str) -> anyhow::Result<Outcome> {
    let manner = Manner { gateway: "invoice", hurried: true };
    let server = |number: usize| servers[number % servers.len()].address;
    let mut ready: Vec<(Shopper, PayForm)> = Vec::new();
    let buyers: Vec<usize> = (0..usize::try_from(plan.buyers)?).collect();
    for some in buyers.chunks(READY_AT_ONCE) {
        let preparing = some.iter().map(|buyer| async move {
            let mut shopper = Shopper::new(server(*buyer));
            let form = shopper.up_to_pay(product, &format!("buyer-{buyer}-{product}@example.org"), manner).await?;
            anyhow::Ok((shopper, form))
        });
        for prepared in join_all(preparing).await {
            ready.push(prepared?);
        }
    }
    let mut windows = Vec::new();
    for (buyer, (shopper, form)) in ready.iter().enumerate() {
        for submit in 0..usize::try_from(plan.submits)? {
            let mut window = shopper.browser().another(server(buyer + submit));
            window.connect().await?;
            windows.push((buyer, window, form));
        }
    }
    let pressing = windows.into_iter().map(|(buyer, window, form)| async move {
        let mut answers = Vec::new();
        let end =
            press_until_told(window, form, &mut answers).await.unwrap_or_else(|error| End::Odd(format!("{error:#}")));
        (buyer, end, answers)
    });
    let mut ends: Vec<Vec<End>> = vec![Vec::new(); buyers.len()];
    let mut outcome = Outcome::default();
    for (buyer, end, answers) in join_all(pressing).await {
        ends[buyer].push(end);
        outcome.answers.extend(answers);
    }
    outcome.count(&ends);
    Ok(outcome)
}

impl Outcome {
    /// A buyer has bought if every press says so, with one order; is told if every press says so.
    fn count(&mut self, ends: &[Vec<End>]) {
        for of_buyer in ends {
            let orders: BTreeSet<&String> = of_buyer
                .iter()
                .filter_map(|end| if let End::Bought(order) = end { Some(order) } else { None })
                .collect();
            let bought = of_buyer.iter().filter(|end| matches!(end, End::Bought(_))).count();
            if bought == of_buyer.len() && orders.len() == 1 {
                self.bought += 1;
            } else if of_buyer.iter().all(|end| *end == End::SoldOut) {
                self.told += 1;
            } else {
                self.odd.push(format!("{of_buyer:?}"));
            }
            self.orders.extend(orders.into_iter().cloned());
            self.faults += of_buyer.iter().filter(|end| matches!(end, End::Fault(_))).count();
        }
        self.answers.sort_unstable();
    }
}

/// Presses Pay; whoever hears that the last units are in another checkout comes back a moment later, as that page asks.
async fn press_until_told(mut window: Browser, form: &PayForm, answers: &mut Vec<u64>) -> anyhow::Result<End> {
    for _ in 0..TRIES_MAX {
        let start = Instant::now();
        let answer = press_pay(&mut window, form, "invoice").await?;
        answers.push(micros_since(start));
        let Some(path) = answer.leads_to().map(str::to_owned) else {
            match (answer.status, answer.text()) {
                (500.., _) => return Ok(End::Fault(answer.status)),
                (_, text) if text.contains("is sold out.") => return Ok(End::SoldOut),
                (409, text) if text.contains("somebody’s checkout") => {}
                (status, _) => return Ok(End::Odd(format!("{status}"))),
            }
            tokio::time::sleep(Duration::from_millis(TRY_WAIT_MS)).await;
            continue;
        };
        let start = Instant::now();
        let next = window.get(&path).await?;
        answers.push(micros_since(start));
        return Ok(match (path.as_str(), next.leads_to()) {
            _ if next.status >= 500 => End::Fault(next.status),
            (_, Some(order)) if order.starts_with("/order/") => End::Bought(order.replace("?new=1", "")),
            // The page knows by now, and says it at the line.
            ("/basket", None) if next.text().to_lowercase().contains("sold out") => End::SoldOut,
            (path, to) => End::Odd(format!("{path}: {} {to:?}", next.status)),
        });
    }
    Ok(End::Odd(format!("nothing to be had after {TRIES_MAX} tries")))
}

fn tell(outcome: &Outcome, plan: &RacePlan, processes: u32, conflicts: u32) -> bool {
    let at = |percent| ms(percentile(&outcome.answers, percent));
    let aim = if plan.database.is_some() { P99_MS_AIM_POSTGRES } else { P99_MS_AIM_SQLITE };
    let units = usize::try_from(plan.units).unwrap_or_default();
    let told = usize::try_from(plan.buyers).unwrap_or_default().saturating_sub(units);
    let right = (outcome.orders.len(), outcome.bought, outcome.told) == (units, units, told)
        && outcome.faults == 0
        && outcome.odd.is_empty();
    println!(
        "{} processes, {conflicts} of 1,000 commits refused: {} orders, {} buyers told, {} faults: {}; \
         p50 {} ms, p99 {} ms ({}), longest {} ms",
        processes,
        outcome.orders.len(),
        outcome.told,
        outcome.faults,
        if right { "right" } else { "WRONG" },
        at(50),
        at(99),
        if percentile(&outcome.answers, 99) <= aim * 1_000 { "as aimed at" } else { "TOO SLOW" },
        at(100)
    );
    for odd in outcome.odd.iter().take(5) {
        println!("  odd: {odd}");
    }
    right
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_buyer_counts_once_and_only_if_every_press_agrees() {
        let order = |name: &str| End::Bought(name.to_owned());
        let mut outcome = Outcome::default();
        outcome.count(&[
            vec![order("a"), order("a"), order("a")],
            vec![End::SoldOut, End::SoldOut, End::SoldOut],
            vec![order("b"), End::SoldOut, order("b")],
            vec![order("c"), order("d"), order("c")],
            vec![End::Fault(500), End::SoldOut, End::SoldOut],
        ]);
        assert_eq!((outcome.bought, outcome.told, outcome.faults), (1, 1, 1));
        assert_eq!((outcome.orders.len(), outcome.odd.len()), (4, 3));
    }
}
