//! `catalogue export` and `catalogue apply`.

use super::{finish, open};
use crate::arguments::Store;
use crate::failure::{AlreadyTold, wrong_use};
use crate::output;
use anyhow::Context;
use commerce::event::Actor;
use serde_json::{Value, json};
use shop::catalogue_file::{ApplyOptions, FileReport, RowChange};
use shop::counted;
use std::io::BufWriter;
use std::path::Path;

/// `tradewind catalogue export`
pub(super) async fn export(file: &Path, store: &Store, yes: bool, as_json: bool) -> anyhow::Result<()> {
    let to_output = file == Path::new("-");
    if to_output && as_json {
        return Err(wrong_use("the catalogue itself goes to standard output, so --json has no place there"));
    }
    if !to_output && !yes && file.exists() {
        return Err(wrong_use(format!("{} is there already; name another file, or say --yes", file.display())));
    }
    let shop = open(store).await?;
    let rows = if to_output {
        shop.export_catalogue(output::ResultWriter).await?
    } else {
        // Whole or not at all.
        let mut part = file.as_os_str().to_owned();
        part.push(".part");
        let part = std::path::PathBuf::from(part);
        let out = std::fs::File::create(&part).with_context(|| format!("cannot write {}", part.display()))?;
        let rows = shop.export_catalogue(BufWriter::new(out)).await?;
        std::fs::rename(&part, file).with_context(|| format!("cannot write {}", file.display()))?;
        rows
    };
    shop.close().await;
    if to_output {
        output::note(format!("{} written.", counted(rows, "product", "products")));
        return Ok(());
    }
    output::result(as_json, &json!({ "file": file.display().to_string(), "rows": rows }), || {
        output::line(format!("{} written.", counted(rows, "product", "products")));
    });
    Ok(())
}

/// `tradewind catalogue apply`
pub(super) async fn apply(file: &Path, store: &Store, options: ApplyOptions, as_json: bool) -> anyhow::Result<()> {
    if !file.is_file() {
        anyhow::bail!("there is no file {}; `tradewind catalogue export` writes one", file.display());
    }
    let shop = open(store).await?;
    let applied = shop.apply_catalogue_file(file, options, &Actor::Operator).await;
    let report = applied.with_context(|| format!("cannot apply {}", file.display()))?;
    output::result(as_json, &to_json(&report, options.dry_run), || print(&report, options.dry_run));
    finish(shop).await?;
    if report.errors_total > 0 { Err(AlreadyTold.into()) } else { Ok(()) }
}

fn to_json(report: &FileReport, dry_run: bool) -> Value {
    let changes = report.changes.iter().map(|change| {
        let cells = change.cells.iter().map(|cell| json!({ "column": cell.column, "from": cell.from, "to": cell.to }));
        json!({
            "line": change.line,
            "product": change.product,
            "new": change.is_new,
            "cells": cells.collect::<Vec<_>>(),
        })
    });
    let errors = report.errors.iter().map(|error| json!({ "line": error.line, "what": error.what }));
    json!({
        "dry_run": dry_run,
        "written": !dry_run && report.errors_total == 0,
        "rows": report.rows,
        "new": report.new,
        "changed": report.changed,
        "unchanged": report.unchanged,
        "setup_changed": report.setup_changed,
        "new_categories": report.new_categories,
        "changes": changes.collect::<Vec<_>>(),
        "errors": errors.collect::<Vec<_>>(),
        "errors_total": report.errors_total,
    })
}

fn print(report: &FileReport, dry_run: bool) {
    if report.errors_total > 0 {
        for error in &report.errors {
            output::line(format!("line {}: {}", error.line, error.what));
        }
        let mistakes = counted(report.errors_total, "mistake", "mistakes");
        let them = if report.errors_total == 1 { "it" } else { "them" };
        output::note(format!("{mistakes}, so nothing was written; mend {them} and run it again."));
        return;
    }
    for slug in &report.new_categories {
        output::line(format!("new category {slug}"));
    }
    for change in &report.changes {
        print_change(change);
    }
    let listed = u64::try_from(report.changes.len()).unwrap_or_default();
    let differing = report.new + report.changed + report.setup_changed;
    if differing > listed {
        output::line(format!("… and {} more", differing - listed));
    }
    let done = if dry_run { "Would write" } else { "Wrote" };
    output::line(format!(
        "{done} {} new and {}; {} the same.",
        report.new,
        counted(report.changed, "changed product", "changed products"),
        counted(report.unchanged, "is", "are")
    ));
    if report.setup_changed > 0 {
        output::line(format!("{done} {} categories, attributes, choices and options.", report.setup_changed));
    }
}

fn print_change(change: &RowChange) {
    if change.is_new {
        output::line(format!("line {}: {} is new", change.line, change.product));
        return;
    }
    let cells = change.cells.iter().map(|cell| format!("{}: {:?} -> {:?}", cell.column, cell.from, cell.to));
    output::line(format!("line {}: {}: {}", change.line, change.product, cells.collect::<Vec<_>>().join(", ")));
}
