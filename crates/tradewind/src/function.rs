//! The store as a function: opened from the package, with the commands that can be run by invoking it.

use crate::arguments::{Cli, Command};
use crate::output::Captured;
use crate::{commands, failure, wrong_use_words};
use anyhow::Context;
use clap::Parser;
use lambda::{Commands, Ran};
use shop::settings::Settings;
use shop::{OpenOptions, SchemaCheck, Shop};
use std::path::{Path, PathBuf};
use std::pin::Pin;
use std::sync::Arc;
use storefront::web::Storefront;

/// Name of the variable that says where a function's package lies.
const TASK_ROOT: &str = "LAMBDA_TASK_ROOT";
/// Connections to the database beside one for each request: what follows from a request may go on beside the next.
const SPARE_CONNECTIONS: u32 = 1;
/// The store's folder in the package.
const STORE_FOLDER: &str = "store";
/// Name of the variable that names another folder.
const STORE: &str = "TRADEWIND_STORE";

/// Opens the package's store and answers events until the environment ends.
pub(crate) async fn run() -> anyhow::Result<()> {
    lambda::take_parameters().await?;
    let folder = store_folder();
    let options = OpenOptions { schema_check: SchemaCheck::Later, ..OpenOptions::default() };
    let opened = open(&folder, options).await;
    let shop = opened.with_context(|| format!("cannot open {}", folder.display()))?;
    let storefront = Storefront::open(shop.clone())?;
    lambda::run(shop, storefront, Arc::new(StoreCommands)).await
}

/// Opens the store with no more connections than its requests can use: thousands of environments share one server.
async fn open(folder: &Path, options: OpenOptions) -> anyhow::Result<Shop> {
    let mut settings = Settings::load(folder, |name| std::env::var(name).ok())?;
    let useful = u32::try_from(lambda::requests_at_once()).unwrap_or(u32::MAX).saturating_add(SPARE_CONNECTIONS);
    settings.database_connections = settings.database_connections.min(useful);
    let keys = shop::load_keys(folder)?;
    Shop::open_with(folder, settings, keys, options).await
}

fn store_folder() -> PathBuf {
    let root = || PathBuf::from(std::env::var_os(TASK_ROOT).unwrap_or_else(|| ".".into())).join(STORE_FOLDER);
    std::env::var_os(STORE).map_or_else(root, PathBuf::from)
}

/// The commands of the command line, for whoever may invoke the function.
struct StoreCommands;

impl Commands for StoreCommands {
    fn run(&self, arguments: Vec<String>) -> Pin<Box<dyn Future<Output = Ran> + Send + '_>> {
        Box::pin(async move {
            let captured = Captured::default();
            let exit = captured.of(run_one(arguments)).await;
            let (stdout, stderr) = captured.taken();
            Ran { exit, stdout, stderr }
        })
    }
}

async fn run_one(arguments: Vec<String>) -> u8 {
    let typed: Vec<String> = std::iter::once("tradewind".to_owned()).chain(arguments).collect();
    let mut cli = match Cli::try_parse_from(&typed) {
        Ok(cli) => cli,
        Err(error) => return wrong_use_words(&error, &typed),
    };
    let Some(command) = &mut cli.command else {
        return failure::tell(&failure::wrong_use("no command was named"));
    };
    if let Err(error) = fit(command) {
        return failure::tell(&error);
    }
    match commands::run(cli.command).await {
        Ok(()) => failure::DONE,
        Err(error) => failure::tell(&error),
    }
}

/// Points a command at the package's store, or refuses one that makes no sense in a function.
fn fit(command: &mut Command) -> anyhow::Result<()> {
    let Some(store) = command.store_mut() else {
        return Err(failure::wrong_use("that command works on a folder of one's own machine, not in a function"));
    };
    *store = store_folder();
    Ok(())
}
