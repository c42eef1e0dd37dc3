//! `offers apply` and `offers export`.

use super::{finish, offers, open};
use crate::arguments::Store;
use crate::failure::AlreadyTold;
use crate::output;
use anyhow::Context;
use commerce::event::Actor;
use serde_json::{Value, json};
use shop::counted;
use shop::offer_file::{OFFER_FILE_BYTES_MAX, OfferFileOptions, OfferFileReport, RuleChange};
use std::path::Path;

/// Changed rules that people are told one by one; more are counted.
const CHANGES_SHOWN_MAX: usize = 200;

/// `tradewind offers apply`
pub(super) async fn apply(file: &Path, store: &Store, options: OfferFileOptions, as_json: bool) -> anyhow::Result<()> {
    let text = offers::read(file, OFFER_FILE_BYTES_MAX)?;
    let shop = open(store).await?;
    let applied = shop.apply_offer_file(&text, options, &Actor::Operator).await;
    let report = applied.with_context(|| format!("cannot apply {}", file.display()))?;
    output::result(as_json, &to_json(&report, options.dry_run), || print(&report, options.dry_run));
    finish(shop).await?;
    if report.errors_total > 0 { Err(AlreadyTold.into()) } else { Ok(()) }
}

/// `tradewind offers export`
pub(super) async fn export(store: &Store) -> anyhow::Result<()> {
    let shop = open(store).await?;
    let exported = shop.export_offers().await;
    shop.close().await;
    let exported = exported?;
    output::json(&exported.file);
    output::note(format!("{} written.", counted(exported.offers, "offer", "offers")));
    if exported.in_sets > 0 {
        let vouchers = counted(exported.in_sets, "voucher", "vouchers");
        output::note(format!("{vouchers} of sets left out: `tradewind vouchers export SET` writes them."));
    }
    if exported.damaged > 0 {
        let rows = counted(exported.damaged, "row", "rows");
        output::note(format!("{rows} left out for making no rule: `tradewind doctor` says what is wrong."));
    }
    Ok(())
}

fn counts(report: &OfferFileReport) -> (usize, usize) {
    let new = report.changes.iter().filter(|change| change.is_new).count();
    (new, report.changes.len() - new)
}

fn to_json(report: &OfferFileReport, dry_run: bool) -> Value {
    let change = |change: &RuleChange| json!({ "kind": change.kind.name(), "name": change.name, "new": change.is_new, "fields": change.fields });
    let errors = report.errors.iter().map(|error| json!({ "place": error.place, "what": error.what }));
    let (new, changed) = counts(report);
    json!({
        "dry_run": dry_run,
        "written": !dry_run && report.errors_total == 0,
        "new": new,
        "changed": changed,
        "unchanged": report.unchanged,
        "changes": report.changes.iter().map(change).collect::<Vec<_>>(),
        "errors": errors.collect::<Vec<_>>(),
        "errors_total": report.errors_total,
    })
}

fn print(report: &OfferFileReport, dry_run: bool) {
    if report.errors_total > 0 {
        report.errors.iter().for_each(output::line);
        let mistakes = counted(report.errors_total, "mistake", "mistakes");
        let them = if report.errors_total == 1 { "it" } else { "them" };
        output::note(format!("{mistakes}, so nothing was written; mend {them} and run it again."));
        return;
    }
    for change in report.changes.iter().take(CHANGES_SHOWN_MAX) {
        let what = if change.is_new { "is new".to_owned() } else { format!("changes {}", change.fields.join(", ")) };
        output::line(format!("{} {} {what}", change.kind.name(), change.name));
    }
    let more = report.changes.len().saturating_sub(CHANGES_SHOWN_MAX);
    if more > 0 {
        output::line(format!("… and {more} more"));
    }
    let (new, changed) = counts(report);
    let done = if dry_run { "Would write" } else { "Wrote" };
    let same = counted(report.unchanged, "is", "are");
    output::line(format!("{done} {new} new and {changed} changed; {same} the same."));
}
