//! `downloads`: files that are sold, and what orders may fetch of them.

use super::orders::find;
use super::progress::ProgressLine;
use super::{Decision, decide, finish, open};
use crate::arguments::{Downloads, GrantHow, OrderIn, Store, Sure};
use crate::failure::wrong_use;
use crate::output;
use anyhow::{Context, anyhow};
use commerce::download::shown_size;
use commerce::event::Actor;
use commerce::ids::DownloadFileId;
use serde_json::{Value, json};
use shop::counted;
use shop::downloads::{Download, ListedFile, MoreDownloads, NewFile, OpenGrants, RemovedFile};
use std::path::Path;

/// Runs one of them.
pub(super) async fn run(command: Downloads) -> anyhow::Result<()> {
    match command {
        Downloads::Add { sku, file, store, title, name, replace, json } => {
            let wanted = Wanted { sku: &sku, file: &file, title: title.as_deref(), name: name.as_deref(), replace };
            add(&store, wanted, json.json).await
        }
        Downloads::List { store, sku, json } => list(&store, sku.as_deref(), json.json).await,
        Downloads::Remove { id, store, from_buyers, sure, json } => {
            remove(&store, &id, from_buyers, sure, json.json).await
        }
        Downloads::Show { order } => show(&order).await,
        Downloads::Grant { order, how, sure } => grant(&order, how, sure).await,
        Downloads::Close { order, line, sure } => close(&order, line, sure).await,
    }
}

/// A file as it was named.
struct Wanted<'w> {
    sku: &'w str,
    file: &'w Path,
    title: Option<&'w str>,
    name: Option<&'w str>,
    replace: bool,
}

/// `tradewind downloads add`
async fn add(store: &Store, wanted: Wanted<'_>, as_json: bool) -> anyhow::Result<()> {
    let path = wanted.file.display();
    let own_name = wanted.file.file_name().and_then(|name| name.to_str());
    let name =
        wanted.name.or(own_name).ok_or_else(|| wrong_use(format!("{path} has no name that is text; say --name")))?;
    let mut from = tokio::fs::File::open(wanted.file).await.with_context(|| format!("cannot read {path}"))?;
    let about = from.metadata().await.with_context(|| format!("cannot read {path}"))?;
    if !about.is_file() {
        return Err(anyhow!("{path} is no file"));
    }
    let shop = open(store).await?;
    let new = NewFile { sku: wanted.sku, name, title: wanted.title, replaces: wanted.replace };
    let mut progress = ProgressLine::new("bytes");
    let mut told = |done| progress.tell(done, about.len());
    let added = shop.add_download_file(&new, &mut from, &mut told, &Actor::Operator).await;
    progress.end();
    let file = added?;
    let result = json!({
        "id": file.id.to_string(),
        "sku": wanted.sku,
        "title": file.title,
        "name": file.name.as_str(),
        "media_type": file.name.media_type(),
        "bytes": file.bytes,
        "sha256": file.sha256,
        "replaced": wanted.replace,
    });
    output::result(as_json, &result, || {
        let done = if wanted.replace { "is now what buyers get" } else { "is given to whoever buys it from now on" };
        output::line(format!("{} of {}, {}, {done}.", file.name, wanted.sku, size(file.bytes)));
    });
    output::note(
        "Orders before get it with `tradewind downloads grant ORDER`; those that had no file yet have it already.",
    );
    finish(shop).await
}

fn size(bytes: u64) -> String {
    let (number, unit) = shown_size(bytes);
    format!("{number} {unit}")
}

/// `tradewind downloads list`
async fn list(store: &Store, sku: Option<&str>, as_json: bool) -> anyhow::Result<()> {
    let shop = open(store).await?;
    let files = shop.list_download_files(sku).await?;
    let values: Vec<Value> =
        files.iter().map(|listed| file_json(listed, shop.staff_name(&listed.product_title))).collect();
    output::result(as_json, &json!({ "files": values }), || {
        if files.is_empty() {
            output::note("There are no files; `tradewind downloads add SKU FILE` adds one.");
            return;
        }
        let head = ["id", "sku", "name", "size", "open", "until"].map(str::to_owned).to_vec();
        let rows = files.iter().map(|ListedFile { file, skus, open, .. }| {
            let sold = if file.removed_at.is_some() { " (not on sale)" } else { "" };
            vec![
                file.id.to_string(),
                skus.first().cloned().unwrap_or_default(),
                format!("{}{sold}", file.name),
                size(file.bytes),
                open.lines.to_string(),
                open.until.map(|until| until.to_rfc3339()).unwrap_or_default(),
            ]
        });
        output::table(&std::iter::once(head).chain(rows).collect::<Vec<_>>());
    });
    shop.close().await;
    Ok(())
}

fn file_json(listed: &ListedFile, product: &str) -> Value {
    let ListedFile { file, skus, open, .. } = listed;
    json!({
        "id": file.id.to_string(),
        "skus": skus,
        "product": product,
        "title": file.title,
        "name": file.name.as_str(),
        "media_type": file.name.media_type(),
        "bytes": file.bytes,
        "sha256": file.sha256,
        "added_at": file.created_at.to_rfc3339(),
        "removed_at": file.removed_at.map(|at| at.to_rfc3339()),
        "open_lines": open.lines,
        "open_until": open.until.map(|until| until.to_rfc3339()),
    })
}

/// `tradewind downloads remove`
async fn remove(store: &Store, id: &str, from_buyers: bool, sure: Sure, as_json: bool) -> anyhow::Result<()> {
    let parsed = DownloadFileId::parse(id)
        .map_err(|error| wrong_use(format!("{error}; `tradewind downloads list` tells them")))?;
    let shop = open(store).await?;
    let found = shop.find_download_file(parsed).await?;
    let found =
        found.ok_or_else(|| anyhow!("there is no file {parsed}; `tradewind downloads list` tells their ids"))?;
    let what = match (from_buyers, found.open.lines) {
        (_, 0) => format!("delete {}, which nobody may fetch any more", found.file.name),
        (true, _) => format!("delete {} and take it from {}", found.file.name, buyers(found.open)),
        (false, _) => format!("take {} out of sale; {} may go on fetching it", found.file.name, buyers(found.open)),
    };
    if decide(sure, as_json, &what)? == Decision::Leave {
        shop.close().await;
        return Ok(());
    }
    let removed = shop.remove_download_file(parsed, from_buyers, &Actor::Operator).await?;
    let open = match removed {
        RemovedFile::Gone => OpenGrants::default(),
        RemovedFile::KeptFor(open) => open,
    };
    let until = open.until.map(|until| until.to_rfc3339());
    let result = json!({
        "id": parsed.to_string(),
        "deleted": removed == RemovedFile::Gone,
        "open_lines": open.lines,
        "open_until": until,
    });
    output::result(as_json, &result, || match removed {
        RemovedFile::Gone => output::line(format!("{} is deleted.", found.file.name)),
        RemovedFile::KeptFor(_) => {
            let until = until.unwrap_or_default();
            output::line(format!(
                "{} is out of sale. Its buyers may fetch it until {until} at the latest.",
                found.file.name
            ));
            output::note("Run this again after that to delete it.");
        }
    });
    finish(shop).await
}

fn buyers(open: OpenGrants) -> String {
    counted(open.lines, "line of an order", "lines of orders")
}

/// `tradewind downloads show`
async fn show(order: &OrderIn) -> anyhow::Result<()> {
    let shop = open(&order.store).await?;
    let found = find(&shop, &order.number).await?;
    let downloads = shop.list_downloads(&found.order).await?;
    shop.close().await;
    print(&found.order.sold.number.to_string(), &downloads, order.json.json);
    Ok(())
}

fn print(number: &str, downloads: &[Download], as_json: bool) {
    let result = json!({ "number": number, "downloads": downloads.iter().map(download_json).collect::<Vec<_>>() });
    output::result(as_json, &result, || {
        if downloads.is_empty() {
            output::note(format!("Order {number} has no files."));
            return;
        }
        let head = ["line", "name", "size", "used", "most", "until", "state"].map(str::to_owned).to_vec();
        let rows = downloads.iter().map(|download| {
            vec![
                (download.line + 1).to_string(),
                download.file.name.to_string(),
                size(download.file.bytes),
                download.used.to_string(),
                download.most.to_string(),
                download.until.to_rfc3339(),
                download.refusal.map_or("open", |refusal| refusal.name()).to_owned(),
            ]
        });
        output::table(&std::iter::once(head).chain(rows).collect::<Vec<_>>());
    });
}

/// Never the link: who has it has the file.
fn download_json(download: &Download) -> Value {
    json!({
        "line": download.line + 1,
        "file": download.file.id.to_string(),
        "title": download.file.title,
        "name": download.file.name.as_str(),
        "bytes": download.file.bytes,
        "used": download.used,
        "most": download.most,
        "left": download.left(),
        "until": download.until.to_rfc3339(),
        "state": download.refusal.map_or("open", |refusal| refusal.name()),
    })
}

/// `tradewind downloads grant`
async fn grant(order: &OrderIn, how: GrantHow, sure: Sure) -> anyhow::Result<()> {
    let shop = open(&order.store).await?;
    let found = find(&shop, &order.number).await?;
    let number = found.order.sold.number.to_string();
    let more = how.more.unwrap_or(shop.settings().downloads_max);
    let days = how.days.map_or(shop.settings().download_days, i64::from);
    let line = how.line.map(|line| usize::from(line) - 1);
    let which = line.map_or_else(String::new, |line| format!("line {} of ", line + 1));
    let (downloads, time) =
        (counted(u64::from(more), "download", "downloads"), counted(days.unsigned_abs(), "day", "days"));
    let what = format!("give {which}order {number} {downloads} of each file more, for {time} from now");
    if decide(sure, order.json.json, &what)? == Decision::Leave {
        shop.close().await;
        return Ok(());
    }
    let wanted = MoreDownloads { line, more, days, reopens: how.reopen };
    let given = shop.grant_downloads(found.order.id, wanted, &Actor::Operator).await?;
    print(&number, &given, order.json.json);
    if given.iter().any(|download| download.refusal.is_some()) {
        output::note("What is closed stays closed without --reopen.");
    }
    output::note("The order's page has the new links; those of letters before end as they said.");
    finish(shop).await
}

/// `tradewind downloads close`
async fn close(order: &OrderIn, line: Option<u16>, sure: Sure) -> anyhow::Result<()> {
    let shop = open(&order.store).await?;
    let found = find(&shop, &order.number).await?;
    let number = found.order.sold.number.to_string();
    let which = line.map_or_else(String::new, |line| format!("line {line} of "));
    if decide(sure, order.json.json, &format!("close the files of {which}order {number}"))? == Decision::Leave {
        shop.close().await;
        return Ok(());
    }
    shop.close_downloads(found.order.id, line.map(|line| usize::from(line) - 1), &Actor::Operator).await?;
    print(&number, &shop.list_downloads(&found.order).await?, order.json.json);
    finish(shop).await
}
