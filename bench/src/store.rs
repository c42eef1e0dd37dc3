//! Stores for measurements: a generated catalogue in a new folder, on SQLite or in a PostgreSQL database of its own.

use crate::server::command;
use anyhow::{Context, ensure};
use commerce::catalogue::ProductEntry;
use commerce::event::Actor;
use db::Db;
use shop::catalogue::Showing;
use shop::folder::NewStore;
use shop::settings::Settings;
use shop::{Chance, OpenOptions, Shop};
use std::path::{Path, PathBuf};
use std::time::Instant;

/// Products that are made before they are written.
const BATCH: usize = 1_024;
/// Products between two lines of progress.
const TELL_EVERY: u64 = 20_000;

/// What a store is to hold.
#[derive(Clone, Debug)]
pub(crate) struct Plan {
    /// Generated products.
    pub(crate) products: u64,
    /// Another seed gives other products.
    pub(crate) seed: u64,
    /// Units of each, instead of the generated ones.
    pub(crate) units: Option<i64>,
    /// An empty PostgreSQL database instead of a file.
    pub(crate) database: Option<String>,
}

impl Plan {
    /// A generated catalogue as it is.
    pub(crate) fn of(products: u64) -> Self {
        Self { products, seed: 1, units: None, database: None }
    }

    /// Its first products, without asking the store.
    pub(crate) fn entries(&self, count: usize) -> Vec<ProductEntry> {
        demo::generated::products(self.products, self.seed).take(count).collect()
    }
}

/// Makes a store with a generated catalogue.
pub(crate) async fn make(folder: &Path, plan: &Plan) -> anyhow::Result<()> {
    let start = Instant::now();
    let pages: Vec<(String, String)> = demo::pages::PAGES
        .iter()
        .map(|page| (format!("{}/{}.md", page.language, page.name), page.text.to_owned()))
        .collect();
    shop::folder::create(folder, NewStore::Demo, &pages, &Chance::system())?;
    if let Some(database) = &plan.database {
        let file = folder.join("tradewind.toml");
        let settings = std::fs::read_to_string(&file)?;
        std::fs::write(&file, format!("database = \"{database}\"\n{settings}"))?;
        let settings = Settings::load(folder, |_| None)?;
        let db = Db::open(&shop::db_settings(folder, &settings)).await?;
        db.migrate(shop::Clock::System.now().micros()).await?;
        db.close().await;
    }
    let shop = Shop::open(folder, OpenOptions::default()).await?;
    fill(&shop, plan).await?;
    let written = start.elapsed();
    let published = shop.publish_everything().await?;
    shop.close().await;
    eprintln!(
        "{}: {} products written in {:.1?}, published in {:.1?} ({} MB)",
        folder.display(),
        plan.products,
        written,
        start.elapsed() - written,
        published.bytes >> 20
    );
    Ok(())
}

async fn fill(shop: &Shop, plan: &Plan) -> anyhow::Result<()> {
    shop.put_catalogue_setup(&demo::generated::setup(), &Actor::Operator, Showing::LaterAsAWhole).await?;
    let mut products = demo::generated::products(plan.products, plan.seed);
    let mut done = 0;
    loop {
        let mut batch: Vec<(ProductEntry, i64)> = products.by_ref().take(BATCH).map(|entry| (entry, 0)).collect();
        if batch.is_empty() {
            return Ok(());
        }
        if plan.units.is_some() {
            batch
                .iter_mut()
                .flat_map(|(entry, _)| &mut entry.stock_records)
                .for_each(|record| record.on_hand = plan.units);
        }
        shop.put_products(&batch, &Actor::Operator, Showing::LaterAsAWhole).await?;
        let before = done / TELL_EVERY;
        done += u64::try_from(batch.len()).unwrap_or_default();
        if before < done / TELL_EVERY {
            eprintln!("{done} of {} products", plan.products);
        }
    }
}

/// A store for reading, made once and used again.
pub(crate) async fn for_reading(dir: &Path, products: u64) -> anyhow::Result<PathBuf> {
    let folder = dir.join(format!("read-{products}"));
    if !shop::folder::is_store(&folder) {
        make_whole(&folder, &Plan::of(products)).await?;
    }
    Ok(folder)
}

/// A store for buying, made anew each time. On a PostgreSQL server it gets a database of its own.
pub(crate) async fn for_buying(dir: &Path, name: &str, server: Option<&str>, plan: Plan) -> anyhow::Result<PathBuf> {
    let kind = if server.is_some() { "postgres" } else { "sqlite" };
    let folder = dir.join(format!("{name}-{kind}"));
    remove(&folder)?;
    let database = server.map(|server| new_database(server, &format!("tradewind_bench_{name}"))).transpose()?;
    make_whole(&folder, &Plan { database, ..plan }).await?;
    Ok(folder)
}

/// Makes it under another name first: a folder that is there is whole.
async fn make_whole(folder: &Path, plan: &Plan) -> anyhow::Result<()> {
    let unfinished = folder.with_extension("unfinished");
    remove(&unfinished)?;
    if let Some(parent) = folder.parent() {
        std::fs::create_dir_all(parent)?;
    }
    make(&unfinished, plan).await?;
    for of in [|folder: &Path| folder.to_path_buf(), keys_of] {
        std::fs::rename(of(&unfinished), of(folder))?;
    }
    Ok(())
}

fn keys_of(folder: &Path) -> PathBuf {
    let mut name = folder.as_os_str().to_owned();
    name.push(".keys.toml");
    PathBuf::from(name)
}

/// Only what is a store of ours is removed.
fn remove(folder: &Path) -> anyhow::Result<()> {
    if folder.exists() {
        ensure!(folder.join("data").is_dir(), "{} is there and is no store", folder.display());
        std::fs::remove_dir_all(folder)?;
    }
    let keys = keys_of(folder);
    if keys.exists() {
        std::fs::remove_file(keys)?;
    }
    Ok(())
}

/// An empty database on a PostgreSQL server; one of that name is dropped.
fn new_database(server: &str, name: &str) -> anyhow::Result<String> {
    for statement in [format!("DROP DATABASE IF EXISTS {name} WITH (FORCE)"), format!("CREATE DATABASE {name}")] {
        let done = command("psql").args([server, "-qc", &statement]).status().context("psql cannot be started")?;
        ensure!(done.success(), "psql: {statement} failed");
    }
    let (base, _) = server.rsplit_once('/').context("the server's address ends in no database")?;
    Ok(format!("{base}/{name}"))
}
