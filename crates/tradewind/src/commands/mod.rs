//! The commands, one file an area. Each opens the store, calls one use case, and prints what came of it.

mod backup;
mod basket_explained;
mod catalogue;
mod doctor;
mod downloads;
mod gift_cards;
mod import;
mod inventory;
mod keys;
#[cfg(feature = "region")]
mod load;
mod migrate;
mod offer_file;
mod offer_words;
mod offers;
mod offers_kept;
mod order_view;
mod orders;
mod outcome_words;
#[cfg(feature = "region")]
mod package;
mod payments;
mod prices;
mod progress;
mod ranges;
#[cfg(feature = "region")]
mod region;
mod stock;
mod store;
mod vouchers;

use crate::arguments::{
    Catalogue, Command, Import, Keys, Offers, Orders, Payments, Ranges, Stock, Store, Sure, Vouchers,
};
use crate::failure::wrong_use;
use crate::output;
use crate::overview;
use anyhow::{Context, bail};
use serde_json::json;
use shop::{OpenOptions, Shop};
use std::path::Path;
use std::time::Duration;

/// How long a command works on what follows from it, in milliseconds.
const FINISH_WAIT_MS_MAX: u64 = 5_000;

/// Runs a command; without one, tells what there is.
pub(crate) async fn run(command: Option<Command>) -> anyhow::Result<()> {
    let Some(command) = command else {
        // `cargo run` on a clean clone opens a shop; whoever types the program's name wants to know what it is.
        if std::env::var_os("CARGO").is_some() {
            return store::serve_here().await;
        }
        overview::print();
        return Ok(());
    };
    match command {
        Command::New { dir, demo, json } => store::new(&dir, demo, json.json).await,
        Command::Serve { store, listen, json } => store::serve(&store.dir, listen, json.json).await,
        #[cfg(feature = "region")]
        Command::Region { command, up } => {
            let up = command.map_or(up, |crate::arguments::Region::Up(up)| up);
            region::up(&up).await
        }
        #[cfg(feature = "region")]
        Command::Load(wanted) => load::run(&wanted).await,
        #[cfg(feature = "region")]
        Command::Package { store, output, program, with_snapshot, json } => {
            package::run(&store, output, program, with_snapshot, json.json)
        }
        Command::Import(Import::Oscar { source, into, dry_run, language, prices, currency, json }) => {
            let wanted = import::Wanted { source, into, dry_run, language, prices, currency };
            import::oscar(wanted, json.json).await
        }
        Command::Publish(with) => store::publish(&with.store, with.json.json).await,
        Command::Inventory(with) => inventory::run(&with.store, with.json.json).await,
        Command::Doctor(with) => doctor::run(&with.store, with.json.json).await,
        Command::Catalogue(Catalogue::Export { file, store, yes, json }) => {
            catalogue::export(&file, &store, yes, json).await
        }
        Command::Catalogue(Catalogue::Apply { file, store, dry_run, new_categories, json }) => {
            let options = shop::catalogue_file::ApplyOptions { dry_run, new_categories };
            catalogue::apply(&file, &store, options, json.json).await
        }
        Command::Stock(Stock::Set { sku, units, change }) => stock::set(&sku, &units, &change).await,
        Command::Stock(Stock::Adjust { sku, by, change }) => stock::adjust(&sku, by, &change).await,
        Command::Offers(command) => run_offers(command).await,
        Command::Ranges(command) => run_ranges(command).await,
        Command::Vouchers(command) => run_vouchers(command).await,
        Command::GiftCards(command) => gift_cards::run(command).await,
        Command::Prices(command) => prices::run(command).await,
        Command::Orders(orders) => run_orders(orders).await,
        Command::Downloads(command) => downloads::run(command).await,
        Command::Payments(command) => run_payments(command).await,
        Command::Keys(Keys::Rotate { store, sure, json }) => keys::rotate(&store, sure, json.json).await,
        Command::Backup { store, to, with_keys, json } => backup::create(&store, &to, with_keys, json.json).await,
        Command::Restore { file, into, dry_run, yes, json } => {
            backup::restore(&file, &into, Sure { yes, dry_run }, json.json).await
        }
        Command::Migrate { store, sure, json } => migrate::run(&store, sure, json.json).await,
    }
}

async fn run_offers(command: Offers) -> anyhow::Result<()> {
    match command {
        Offers::Try { file, explain, json } => offers::try_file(&file, explain, json.json),
        Offers::Explain(wanted) => basket_explained::run(&wanted).await,
        Offers::List(with) => offers_kept::list(&with.store, with.json.json).await,
        Offers::Show(offer) => offers_kept::show(&offer).await,
        Offers::Apply { file, store, dry_run, allow_empty, json } => {
            let options = shop::offer_file::OfferFileOptions { dry_run, allow_empty };
            offer_file::apply(&file, &store, options, json.json).await
        }
        Offers::Export { store } => offer_file::export(&store).await,
        Offers::Suspend(offer) => offers_kept::set_rest(&offer, offers_kept::Rest::Begins).await,
        Offers::Resume(offer) => offers_kept::set_rest(&offer, offers_kept::Rest::Ends).await,
        Offers::Remove { offer, sure } => offers_kept::remove(&offer, sure).await,
    }
}

async fn run_ranges(command: Ranges) -> anyhow::Result<()> {
    match command {
        Ranges::List(with) => ranges::list(&with.store, with.json.json).await,
        Ranges::Show(range) => ranges::show(&range).await,
        Ranges::Upload { range, file, store, how, json } => ranges::upload(&range, &file, &store, how, json.json).await,
        Ranges::Remove { range, sure } => ranges::remove(&range, sure).await,
    }
}

async fn run_vouchers(command: Vouchers) -> anyhow::Result<()> {
    match command {
        Vouchers::List { store, sets: true, json, .. } => vouchers::list_sets(&store, json.json).await,
        Vouchers::List { store, set, limit, after, json, .. } => {
            let page = vouchers::Page { set: set.as_deref(), after: after.as_deref().unwrap_or(""), limit };
            vouchers::list(&store, page, json.json).await
        }
        Vouchers::Show(voucher) => vouchers::show(&voucher).await,
        Vouchers::Create { code, store, usage, name, opens, json } => {
            vouchers::create(&store, (&code, name.as_deref()), usage, &opens, json.json).await
        }
        Vouchers::Set { name, store, count, length, usage, opens, json } => {
            vouchers::make_set(&store, &name, (count, length, usage), &opens, json.json).await
        }
        Vouchers::Export { set, store } => vouchers::export(&set, &store).await,
        Vouchers::Remove { code, store, set: true, sure, json } => {
            vouchers::remove_set(&code, &store, sure, json.json).await
        }
        Vouchers::Remove { code, store, sure, json, .. } => vouchers::remove(&code, &store, sure, json.json).await,
    }
}

async fn run_payments(command: Payments) -> anyhow::Result<()> {
    match command {
        Payments::Sweep(with) => payments::sweep(&with.store, with.json.json).await,
        Payments::List(with) => payments::list(&with.store, with.json.json).await,
        Payments::Show(payment) => payments::show(&payment).await,
        Payments::Ask(payment) => payments::ask(&payment).await,
        Payments::GiveBack { payment, sure } => payments::give_back(&payment, sure).await,
    }
}

async fn run_orders(command: Orders) -> anyhow::Result<()> {
    match command {
        Orders::List { store, state, limit, before, json } => {
            orders::list(&store, state, limit, before.as_deref(), json.json).await
        }
        Orders::Show { order } => orders::show(&order).await,
        Orders::Capture { order, amount, sure } => orders::capture(&order, amount.as_deref(), sure).await,
        Orders::Ship { order, lines, tracking, sure } => orders::ship(&order, &lines, &tracking, sure).await,
        Orders::Link { order, wanted, sure } => orders::link(&order, wanted, sure).await,
        Orders::Cancel { order, reason, sure } => orders::cancel(&order, &reason, sure).await,
        Orders::Refund { order, line: Some(line), sure, .. } => orders::refund_line(&order, line, sure).await,
        Orders::Refund { order, amount, to, sure, .. } => orders::refund(&order, amount.as_deref(), to, sure).await,
        Orders::Note { number, text, store, json } => orders::note(&number, &text, &store, json.json).await,
    }
}

/// Fails where a folder is no store, with what to do.
fn check_store(folder: &Path) -> anyhow::Result<()> {
    if shop::folder::is_store(folder) {
        return Ok(());
    }
    bail!("{} is not a store: there is no tradewind.toml in it; `tradewind new DIR` makes one", shown(folder).display())
}

/// A folder as a person would call it.
fn shown(folder: &Path) -> std::path::PathBuf {
    if folder == Path::new(".") {
        std::path::absolute(".").unwrap_or_else(|_| folder.to_owned())
    } else {
        folder.to_owned()
    }
}

/// Opens a store as the commands that work in it need it.
async fn open(store: &Store) -> anyhow::Result<Shop> {
    open_folder(&store.dir).await
}

async fn open_folder(folder: &Path) -> anyhow::Result<Shop> {
    check_store(folder)?;
    let opened = Shop::open(folder, OpenOptions::default()).await;
    opened.with_context(|| format!("cannot open the store {}", shown(folder).display()))
}

/// Does what follows from a change, so that it works without a running server too, and closes the store. What takes
/// long, such as drawing hundreds of pictures, is left to the server.
async fn finish(shop: Shop) -> anyhow::Result<()> {
    let done = work_outbox(&shop).await;
    shop.close().await;
    done.context("it is done, but what follows from it waits for `tradewind serve`")
}

async fn work_outbox(shop: &Shop) -> anyhow::Result<()> {
    if !shop.work_quick_tasks_within(Duration::from_millis(FINISH_WAIT_MS_MAX)).await? {
        output::note("Some of what follows takes longer: `tradewind serve` goes on with it.");
    }
    Ok(())
}

/// What is to be done about something that cannot be taken back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Decision {
    /// Do it.
    Go,
    /// Leave everything as it is.
    Leave,
}

/// Tells what will be done and asks once; without a terminal it must have been said. What a dry run would do is its
/// result.
fn decide(sure: Sure, as_json: bool, what: &str) -> anyhow::Result<Decision> {
    if sure.dry_run {
        output::result(as_json, &json!({ "dry_run": true, "would": what }), || {
            output::line(format!("Would {what}. Nothing was changed."));
        });
        return Ok(Decision::Leave);
    }
    if sure.yes {
        return Ok(Decision::Go);
    }
    let Some(answer) = output::ask(&format!("This will {what}. Go on? [y/N]")) else {
        return Err(wrong_use(format!("this would {what}, and nobody is there to ask; say --yes, or --dry-run")));
    };
    if matches!(answer.to_lowercase().as_str(), "y" | "yes") {
        return Ok(Decision::Go);
    }
    output::note("Nothing was changed.");
    Ok(Decision::Leave)
}
