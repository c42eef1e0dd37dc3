//! Measures the store from outside: real processes, real HTTP, on this machine only.
//!
//! Knows nothing of how a page is made: it starts the program, plays browsers and counts. Every row of
//! `docs/performance.md` names the command of this crate that gives it. Start at [`arguments`], then the module that
//! a command is named for.

mod arguments;
mod bare;
mod browser;
mod disk;
mod figures;
mod hot;
mod http;
mod load;
mod memory;
mod offers;
mod orders;
mod peer;
mod race;
mod region;
mod server;
mod shopper;
mod start;
mod store;

use arguments::{Arguments, Command};
use clap::Parser;

fn main() -> anyhow::Result<()> {
    let arguments = Arguments::parse();
    let _ = rustls::crypto::ring::default_provider().install_default();
    // One thread: a child that is to end with its parent ends with the thread that started it, and the other core is
    // the store's.
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(run(arguments))
}

async fn run(arguments: Arguments) -> anyhow::Result<()> {
    let place = &arguments.place;
    match arguments.command {
        Command::Http(plan) => http::run(place, &plan).await,
        Command::Start(plan) => start::run(place, &plan).await,
        Command::Memory(plan) => memory::run(place, &plan).await,
        Command::Orders(plan) => orders::run(place, &plan).await,
        Command::Hot(plan) => hot::run(place, &plan).await,
        Command::Race(plan) => race::run(place, &plan).await,
        Command::Offers(plan) => offers::run(&plan),
        Command::Region(plan) => region::run(place, &plan).await,
        Command::Generate { count, dir, seed, database } => {
            store::make(&dir, &store::Plan { products: count, seed, units: None, database }).await
        }
        Command::Peer { peer, store } => peer::run(&peer, &store).await,
        Command::Bare { answer, listen } => bare::serve(&answer, listen).await,
    }
}
