//! `ranges`: which products offers speak of.

use super::{Decision, decide, finish, offers_kept, open};
use crate::arguments::{RangeIn, Store, Sure, UploadHow};
use crate::output;
use anyhow::{Context, anyhow, bail};
use commerce::event::Actor;
use commerce::ids::RangeId;
use commerce::range::RangeLists;
use db::offers::StoredOffer;
use db::ranges::StoredRange;
use serde_json::{Value, json};
use shop::labels::NameError;
use shop::range_upload::{UploadInto, UploadOptions, UploadReport};
use shop::{Shop, counted};
use std::path::Path;

/// Names that people are told of one list; more are counted.
const NAMES_SHOWN_MAX: usize = 20;
/// Lines without a product that people are told.
const LINES_SHOWN_MAX: usize = 20;

/// `tradewind ranges list`
pub(super) async fn list(store: &Store, as_json: bool) -> anyhow::Result<()> {
    let shop = open(store).await?;
    let (listed, offers) = (shop.list_ranges().await?, shop.list_offers().await?.entries);
    shop.close().await;
    let ranges: Vec<Value> = listed.entries.iter().map(|range| summary(&shop, range, &offers)).collect();
    output::result(as_json, &json!({ "ranges": ranges, "damaged": listed.damaged.len() }), || {
        if listed.entries.is_empty() {
            output::note("There are no ranges; `tradewind offers apply` and `ranges upload --new` make some.");
            return;
        }
        let head = ["name", "holds", "offers"].map(str::to_owned).to_vec();
        let rows = listed.entries.iter().map(|range| {
            let speaking = speaking(&offers, range.id).count().to_string();
            vec![shop.staff_name(&range.name).to_owned(), holds(&range.lists), speaking]
        });
        output::table(&std::iter::once(head).chain(rows).collect::<Vec<_>>());
    });
    offers_kept::tell_damaged(&listed.damaged);
    Ok(())
}

fn summary(shop: &Shop, range: &StoredRange, offers: &[StoredOffer]) -> Value {
    let lists = &range.lists;
    let speaking = speaking(offers, range.id).map(|stored| shop.staff_name(stored.offer.name()));
    json!({
        "id": range.id.to_string(),
        "name": shop.staff_name(&range.name),
        "public": range.is_public,
        "all": lists.all,
        "products": lists.products.len(),
        "classes": lists.classes.len(),
        "categories": lists.categories.len(),
        "excluded_products": lists.excluded_products.len(),
        "excluded_categories": lists.excluded_categories.len(),
        "offers": speaking.collect::<Vec<_>>(),
    })
}

/// Offers that speak of a range.
fn speaking(offers: &[StoredOffer], id: RangeId) -> impl Iterator<Item = &StoredOffer> {
    offers.iter().filter(move |stored| {
        let (condition, benefit) = (stored.offer.condition().range(), stored.offer.benefit().range());
        condition.id() == id || benefit.is_some_and(|range| range.id() == id)
    })
}

/// What a range names, in words.
fn holds(lists: &RangeLists) -> String {
    let named = [
        (lists.products.len(), "product", "products"),
        (lists.classes.len(), "class", "classes"),
        (lists.categories.len(), "category", "categories"),
    ];
    let mut told: Vec<String> = lists.all.then(|| "everything".to_owned()).into_iter().collect();
    told.extend(
        named.iter().filter(|(count, ..)| *count > 0).map(|(count, one, several)| counted(*count, one, several)),
    );
    let excluded = [
        (lists.excluded_products.len(), "product", "products"),
        (lists.excluded_categories.len(), "category", "categories"),
    ];
    let but: Vec<String> = excluded
        .iter()
        .filter(|(count, ..)| *count > 0)
        .map(|(count, one, several)| counted(*count, one, several))
        .collect();
    let but = if but.is_empty() { String::new() } else { format!(", but for {}", but.join(" and ")) };
    format!("{}{but}", told.join(", "))
}

async fn find(shop: &Shop, raw: &str) -> anyhow::Result<StoredRange> {
    shop.load_range_named(raw).await.map_err(|error| match error {
        NameError::Nobody { .. } => anyhow!("{error}; `tradewind ranges list` shows them all"),
        error => error.into(),
    })
}

/// `tradewind ranges show`
pub(super) async fn show(wanted: &RangeIn) -> anyhow::Result<()> {
    let shop = open(&wanted.store).await?;
    let range = find(&shop, &wanted.range).await?;
    let rule = shop.describe_range(&range).await?;
    let count = shop.count_products_of_ranges(&[range.range()?]).await?.first().copied().unwrap_or_default();
    let offers = shop.list_offers().await?.entries;
    shop.close().await;
    let mut result = summary(&shop, &range, &offers);
    result["holds"] = json!(count);
    result["rule"] = rule.to_json();
    output::result(wanted.json.json, &result, || {
        output::line(format!("{}: {} that can be bought", rule.id, counted(count, "product", "products")));
        if rule.all {
            output::line("  everything");
        }
        for (what, names) in [
            ("products", &rule.products),
            ("classes", &rule.classes),
            ("categories", &rule.categories),
            ("but not the products", &rule.excluded_products),
            ("but not the categories", &rule.excluded_categories),
        ] {
            if !names.is_empty() {
                output::line(format!("  {what}: {}", first_of(names)));
            }
        }
        for stored in speaking(&offers, range.id) {
            output::line(format!("  offer {}", shop.staff_name(stored.offer.name())));
        }
        output::line(format!("  id {}", range.id));
    });
    Ok(())
}

fn first_of(names: &[String]) -> String {
    let shown = names.iter().take(NAMES_SHOWN_MAX).cloned().collect::<Vec<_>>().join(", ");
    let more = names.len().saturating_sub(NAMES_SHOWN_MAX);
    if more > 0 { format!("{shown} and {more} more") } else { shown }
}

/// `tradewind ranges upload`
pub(super) async fn upload(
    range: &str,
    file: &Path,
    store: &Store,
    how: UploadHow,
    as_json: bool,
) -> anyhow::Result<()> {
    if !file.is_file() {
        bail!("there is no file {}; write one SKU or UPC a line into it", file.display());
    }
    let shop = open(store).await?;
    let options = UploadOptions {
        into: if how.exclude { UploadInto::Excluded } else { UploadInto::Included },
        replace: how.replace,
        new: how.new,
        allow_empty: how.allow_empty,
        dry_run: how.dry_run,
    };
    let uploaded = shop.upload_range(range, file, options, &Actor::Operator).await;
    let report = uploaded.with_context(|| format!("cannot take {}", file.display()))?;
    output::result(as_json, &to_json(&shop, &report, options), || print(&shop, &report, options));
    if report.not_found_total > 0 {
        let lines = counted(report.not_found_total, "line is", "lines are");
        output::note(format!("{lines} neither the SKU nor the UPC of a product and passed over."));
    }
    finish(shop).await
}

fn to_json(shop: &Shop, report: &UploadReport, options: UploadOptions) -> Value {
    let lines = report.not_found.iter().map(|unknown| json!({ "line": unknown.line, "code": unknown.code }));
    let lists = &report.range.lists;
    json!({
        "id": report.range.id.to_string(),
        "name": shop.staff_name(&report.range.name),
        "new": report.is_new,
        "dry_run": options.dry_run,
        "added": report.added,
        "there": report.there,
        "removed": report.removed,
        "moved": report.moved,
        "not_found": lines.collect::<Vec<_>>(),
        "not_found_total": report.not_found_total,
        "products": lists.products.len(),
        "excluded_products": lists.excluded_products.len(),
    })
}

fn print(shop: &Shop, report: &UploadReport, options: UploadOptions) {
    let name = shop.staff_name(&report.range.name);
    for unknown in report.not_found.iter().take(LINES_SHOWN_MAX) {
        output::line(format!("line {}: {:?} is no product", unknown.line, unknown.code));
    }
    let more = report.not_found_total.saturating_sub(LINES_SHOWN_MAX as u64);
    if more > 0 {
        output::line(format!("… and {more} more; --json lists a hundred"));
    }
    let lists = &report.range.lists;
    let (done, undone, list) = match options.into {
        UploadInto::Included => ("added", "no longer excluded", &lists.products),
        UploadInto::Excluded => ("excluded", "no longer listed", &lists.excluded_products),
    };
    let told =
        [(report.added, done), (report.there, "there already"), (report.removed, "gone"), (report.moved, undone)];
    let told: Vec<String> =
        told.iter().filter(|(count, _)| *count > 0).map(|(count, what)| format!("{count} {what}")).collect();
    let new = if report.is_new { "new, " } else { "" };
    let end = if options.dry_run { " Nothing was written." } else { "" };
    output::line(format!("{name}: {new}{}; {} in the list.{end}", told.join(", "), list.len()));
}

/// `tradewind ranges remove`
pub(super) async fn remove(wanted: &RangeIn, sure: Sure) -> anyhow::Result<()> {
    let shop = open(&wanted.store).await?;
    let range = find(&shop, &wanted.range).await?;
    let name = shop.staff_name(&range.name).to_owned();
    let offers = shop.list_offers().await?.entries;
    let speaking: Vec<String> =
        speaking(&offers, range.id).map(|stored| shop.staff_name(stored.offer.name()).to_owned()).collect();
    if !speaking.is_empty() {
        bail!("offers speak of {name:?}: {}; change or remove them first", first_of(&speaking));
    }
    if decide(sure, wanted.json.json, &format!("remove the range {name:?}"))? == Decision::Leave {
        shop.close().await;
        return Ok(());
    }
    shop.remove_range(range.id, &Actor::Operator).await?;
    output::result(wanted.json.json, &json!({ "id": range.id.to_string(), "name": name, "removed": true }), || {
        output::line(format!("{name}: removed."));
    });
    finish(shop).await
}
