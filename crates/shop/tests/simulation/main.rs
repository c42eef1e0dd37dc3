//! Many shoppers, staff and background work on the real order code, while payment, database, clocks, mail and whole
//! instances fail. One seed makes one run, and the same run again:
//!
//! `SIMULATION_SEED=7 SIMULATION_STEPS=500 SIMULATION_RUNS=100 cargo test --workspace --test simulation fails_on_sqlite`
//!
//! Start at [`script`], then [`stage`]; what must hold is in [`audit`] and [`rest`].

#![allow(clippy::unwrap_used, reason = "helpers of tests: what fails here fails the test")]

#[path = "../support/mod.rs"]
mod support;

mod acts;
mod audit;
mod books;
mod chance;
mod choices;
mod mended;
mod rest;
mod script;
mod shoppers;
mod stage;
mod till;
mod trace;
mod weather;
mod world;

use script::run;
use support::Engine;

/// Seeds of the ordinary run.
const SEEDS: std::ops::Range<u64> = 1..4;
/// Steps of each.
const STEPS: usize = 120;

fn number(name: &str) -> Option<u64> {
    std::env::var(name).ok().map(|text| text.parse().unwrap_or_else(|_| panic!("{name} is a number, not {text:?}")))
}

/// The seeds that were asked for, or the ordinary ones.
async fn run_seeds(engine: Engine) {
    let first = number("SIMULATION_SEED");
    let count = number("SIMULATION_RUNS").unwrap_or(if first.is_some() { 1 } else { SEEDS.end - SEEDS.start });
    let steps = number("SIMULATION_STEPS").map_or(STEPS, |steps| usize::try_from(steps).unwrap());
    for seed in (first.unwrap_or(SEEDS.start)..).take(usize::try_from(count).unwrap()) {
        let begun = std::time::Instant::now();
        let sum = run(engine, seed, steps).await;
        eprintln!("seed {seed}: {steps} steps in {} ms, sum {sum:016x}", begun.elapsed().as_millis());
    }
}

#[tokio::test]
async fn nothing_is_lost_whatever_fails_on_sqlite() {
    run_seeds(Engine::Sqlite).await;
}

#[tokio::test]
async fn nothing_is_lost_whatever_fails_on_postgres() {
    run_seeds(Engine::Postgres).await;
}

#[tokio::test]
async fn the_same_seed_is_the_same_run() {
    assert_eq!(run(Engine::Sqlite, 11, 60).await, run(Engine::Sqlite, 11, 60).await);
}
