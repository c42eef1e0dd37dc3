//! `prices`: price lists, and their prices as a file.

use super::{finish, open};
use crate::arguments::{PriceLists, SaveList, Store};
use crate::failure::{AlreadyTold, wrong_use};
use crate::output;
use anyhow::Context;
use commerce::event::Actor;
use commerce::ids::{CustomerGroupId, PriceListId};
use commerce::market::MarketCode;
use commerce::moment::Moment;
use commerce::money::Currency;
use commerce::price_list::{PriceEffect, PriceList, PriceListParts};
use serde_json::{Value, json};
use shop::calendar::{DayEdge, parse_moment};
use shop::price_file::PriceFileReport;
use shop::price_lists::RemovedList;
use shop::{Shop, counted};
use std::io::BufWriter;
use std::path::Path;

/// Runs a command of price lists.
pub(super) async fn run(command: PriceLists) -> anyhow::Result<()> {
    match command {
        PriceLists::Lists(with) => lists(&with.store, with.json.json).await,
        PriceLists::Save(wanted) => save(&wanted).await,
        PriceLists::Remove { list, store, json } => remove(&list, &store, json.json).await,
        PriceLists::Export { file, store, yes, json } => export(&file, &store, yes, json).await,
        PriceLists::Apply { file, store, dry_run, json } => apply(&file, &store, dry_run, json.json).await,
    }
}

/// `tradewind prices lists`
async fn lists(store: &Store, as_json: bool) -> anyhow::Result<()> {
    let shop = open(store).await?;
    let lists = shop.list_price_lists().await?;
    let counts = shop.db().count_listed_prices().await?;
    shop.close().await;
    let prices = |list: &PriceList| counts.get(&list.id()).copied().unwrap_or_default();
    let told = lists.entries.iter().map(|list| to_json(list, prices(list))).collect::<Vec<_>>();
    output::result(as_json, &json!({ "lists": told, "damaged": lists.damaged.len() }), || {
        for list in &lists.entries {
            let prices = counted(prices(list), "price", "prices");
            output::line(format!("{}: {}, {prices}", list.name(), words(list)));
        }
        if lists.entries.is_empty() {
            output::line("There are no price lists; `tradewind prices save NAME` makes one.");
        }
    });
    for damaged in &lists.damaged {
        output::note(format!("A price list is damaged and counts for nothing: {} ({})", damaged.key, damaged.what));
    }
    Ok(())
}

fn to_json(list: &PriceList, prices: i64) -> Value {
    json!({
        "id": list.id().to_string(),
        "name": list.name(),
        "currency": list.currency().to_string(),
        "market": list.market().map(ToString::to_string),
        "group": list.group().map(|group| group.to_string()),
        "effect": list.effect().name(),
        "from": list.from().map(Moment::to_rfc3339),
        "until": list.until().map(Moment::to_rfc3339),
        "prices": prices,
    })
}

/// `EUR, market de, lowers, from 2026-12-27T00:00:00Z`
fn words(list: &PriceList) -> String {
    let market = list.market().map(|market| format!("market {market}"));
    let group = list.group().map(|group| format!("group {group}"));
    let from = list.from().map(|from| format!("from {}", from.to_rfc3339()));
    let until = list.until().map(|until| format!("until {}", until.to_rfc3339()));
    let parts = [Some(list.currency().to_string()), market, group, Some(list.effect().name().to_owned()), from, until];
    parts.into_iter().flatten().collect::<Vec<_>>().join(", ")
}

/// `tradewind prices save`
async fn save(wanted: &SaveList) -> anyhow::Result<()> {
    let shop = open(&wanted.store).await?;
    let known = shop.list_price_lists().await?.entries.into_iter().find(|list| list.name() == wanted.list);
    let made = known.is_none();
    let list = PriceList::new(parts(wanted, known.as_ref(), &shop)?).map_err(|error| wrong_use(error.to_string()))?;
    shop.save_price_list(&list, &Actor::Operator).await.context("the price list stays as it is")?;
    output::result(wanted.json.json, &json!({ "made": made, "list": to_json(&list, 0) }), || {
        output::line(format!("{} {}: {}.", if made { "Made" } else { "Changed" }, list.name(), words(&list)));
    });
    finish(shop).await
}

/// What was typed, over what is there.
fn parts(wanted: &SaveList, known: Option<&PriceList>, shop: &Shop) -> anyhow::Result<PriceListParts> {
    let markets = &shop.settings().markets;
    let market =
        wanted.market.as_deref().map(MarketCode::parse).transpose().map_err(|error| wrong_use(error.to_string()))?;
    let currency =
        wanted.currency.as_deref().map(Currency::parse).transpose().map_err(|error| wrong_use(error.to_string()))?;
    let group = wanted
        .group
        .as_deref()
        .map(CustomerGroupId::parse)
        .transpose()
        .map_err(|error| wrong_use(error.to_string()))?;
    let zone = &shop.settings().time_zone;
    let moment = |raw: &str, edge| parse_moment(raw, edge, zone).map_err(|error| wrong_use(error.to_string()));
    let from = wanted.from.as_deref().map(|raw| moment(raw, DayEdge::Begin)).transpose()?;
    let until = match wanted.until.as_deref() {
        Some("never") => Some(None),
        Some(raw) => Some(Some(moment(raw, DayEdge::End)?)),
        None => None,
    };
    let effect = wanted.replaces.then_some(PriceEffect::Replaces);
    if let Some(is) = known.map(|known| known.parts().clone()) {
        let (market, group, from) = (market.or(is.market), group.or(is.group), from.or(is.from));
        let (currency, until) = (currency.unwrap_or(is.currency), until.unwrap_or(is.until));
        let effect = effect.unwrap_or(is.effect);
        return Ok(PriceListParts { market, currency, group, from, until, effect, ..is });
    }
    let of_market = markets.iter().find(|known| market.as_ref().is_none_or(|market| known.code == *market));
    let currency = currency.or(of_market.map(|market| market.currency));
    Ok(PriceListParts {
        id: PriceListId::new(shop.chance().staff_id(shop.now())),
        name: wanted.list.clone(),
        currency: currency.ok_or_else(|| wrong_use("the store has no such market; tradewind.toml names them"))?,
        market,
        group,
        from,
        until: until.flatten(),
        effect: effect.unwrap_or(PriceEffect::Lowers),
        created_at: shop.now(),
    })
}

/// `tradewind prices remove`
async fn remove(name: &str, store: &Store, as_json: bool) -> anyhow::Result<()> {
    let shop = open(store).await?;
    let list = shop.list_price_lists().await?.entries.into_iter().find(|list| list.name() == name);
    let Some(list) = list else {
        shop.close().await;
        anyhow::bail!("there is no price list {name:?}; `tradewind prices lists` shows them");
    };
    let removed = shop.remove_price_list(list.id(), &Actor::Operator).await?;
    let (outcome, told) = match removed {
        RemovedList::Gone => ("gone", format!("{name} is gone.")),
        RemovedList::Ended => ("ended", format!("{name} ends now; what it charged stays known.")),
        RemovedList::KeptUntil(until) => {
            let until = until.to_rfc3339();
            ("kept", format!("{name} is over, and what it charged must stay known: remove it after {until}."))
        }
    };
    output::result(as_json, &json!({ "outcome": outcome }), || output::line(told));
    finish(shop).await
}

/// `tradewind prices export`
async fn export(file: &Path, store: &Store, yes: bool, as_json: bool) -> anyhow::Result<()> {
    let to_output = file == Path::new("-");
    if to_output && as_json {
        return Err(wrong_use("the prices themselves go to standard output, so --json has no place there"));
    }
    if !to_output && !yes && file.exists() {
        return Err(wrong_use(format!("{} is there already; name another file, or say --yes", file.display())));
    }
    let shop = open(store).await?;
    let rows = if to_output {
        shop.export_prices(output::ResultWriter).await?
    } else {
        // Whole or not at all.
        let mut part = file.as_os_str().to_owned();
        part.push(".part");
        let part = std::path::PathBuf::from(part);
        let out = std::fs::File::create(&part).with_context(|| format!("cannot write {}", part.display()))?;
        let rows = shop.export_prices(BufWriter::new(out)).await?;
        std::fs::rename(&part, file).with_context(|| format!("cannot write {}", file.display()))?;
        rows
    };
    shop.close().await;
    let told = format!("{} written.", counted(rows, "price", "prices"));
    if to_output {
        output::note(told);
        return Ok(());
    }
    output::result(as_json, &json!({ "file": file.display().to_string(), "rows": rows }), || output::line(told));
    Ok(())
}

/// `tradewind prices apply`
async fn apply(file: &Path, store: &Store, dry_run: bool, as_json: bool) -> anyhow::Result<()> {
    if !file.is_file() {
        anyhow::bail!("there is no file {}; `tradewind prices export` writes one", file.display());
    }
    let shop = open(store).await?;
    let applied = shop.apply_price_file(file, dry_run, &Actor::Operator).await;
    let report = applied.with_context(|| format!("cannot apply {}", file.display()))?;
    let errors = report.errors.iter().map(|error| json!({ "line": error.line, "what": error.what }));
    let result = json!({
        "dry_run": dry_run,
        "written": !dry_run && report.errors_total == 0,
        "rows": report.rows,
        "changed": report.prices.changed,
        "unchanged": report.prices.unchanged,
        "errors": errors.collect::<Vec<_>>(),
        "errors_total": report.errors_total,
    });
    output::result(as_json, &result, || print(&report, dry_run));
    finish(shop).await?;
    if report.errors_total > 0 { Err(AlreadyTold.into()) } else { Ok(()) }
}

fn print(report: &PriceFileReport, dry_run: bool) {
    if report.errors_total > 0 {
        for error in &report.errors {
            output::line(format!("line {}: {}", error.line, error.what));
        }
        let mistakes = counted(report.errors_total, "mistake", "mistakes");
        output::note(format!("{mistakes}, so nothing was written; mend the file and run it again."));
        return;
    }
    let done = if dry_run { "Would write" } else { "Wrote" };
    let changed = counted(report.prices.changed, "changed price", "changed prices");
    output::line(format!("{done} {changed}; {} the same.", counted(report.prices.unchanged, "is", "are")));
}
