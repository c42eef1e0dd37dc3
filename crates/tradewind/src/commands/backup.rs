//! `backup` and `restore`.

use super::{Decision, check_store, decide, open_folder};
use crate::arguments::{Store, Sure};
use crate::output;
use anyhow::Context;
use serde_json::{Value, json};
use shop::backup::BackupReport;
use shop::{Chance, Clock, counted};
use std::path::Path;

/// `tradewind backup`
pub(super) async fn create(store: &Store, to: &Path, with_keys: bool, as_json: bool) -> anyhow::Result<()> {
    check_store(&store.dir)?;
    let made = shop::backup::create(&store.dir, to, with_keys, &Clock::System, &Chance::system()).await;
    let report = made.with_context(|| format!("cannot back up into {}", to.display()))?;
    output::result(as_json, &to_json(&report), || {
        output::line(format!("{}: {}.", to.display(), amounts(&report)));
    });
    for left_out in &report.left_out {
        output::note(format!("{left_out} is no plain file and was left out."));
    }
    for elsewhere in &report.elsewhere {
        output::note(format!("The {elsewhere} are not in it: back them up there."));
    }
    output::note("Letters in mail/ and payments at the demo's payment site are not in it either.");
    if !with_keys {
        output::note(
            "The keys are not in it: keep the keys file beside the store safe as well. Without it, links in mails that \
             were sent lead nowhere after a restore.",
        );
    }
    Ok(())
}

/// `tradewind restore`
pub(super) async fn restore(file: &Path, into: &Path, sure: Sure, as_json: bool) -> anyhow::Result<()> {
    let backup = shop::backup::verify(file).with_context(|| format!("in {}", file.display()))?;
    let elsewhere = backup.database_elsewhere();
    let bucket = backup.snapshot_elsewhere();
    if !sure.dry_run {
        let database = elsewhere.iter().map(|database| format!("write the backup into the database {database}"));
        let asked = database.chain(bucket.map(|bucket| format!("replace the catalogue that shops read in {bucket}")));
        for what in asked {
            if decide(sure, as_json, &what)? == Decision::Leave {
                return Ok(());
            }
        }
        let restored = shop::backup::restore(&backup, into, &Clock::System, &Chance::system()).await;
        restored.with_context(|| format!("cannot restore {}", file.display()))?;
        if let Some(bucket) = bucket {
            // What lies there may be signed with other keys and carry a lease that is ahead of the database's.
            shop::put_bucket_aside(into, bucket).await?;
        }
        let shop = open_folder(into).await?;
        shop.publish_everything().await?;
        shop.close().await;
    }
    let report = backup.report();
    let mut result = to_json(report);
    result["database"] = elsewhere.clone().into();
    result["snapshot"] = bucket.map(ToString::to_string).into();
    output::result(as_json, &result, || {
        let taken = report.taken_at.to_rfc3339();
        let done = if sure.dry_run { "The backup is whole" } else { "Restored" };
        output::line(format!("{done}: {}, taken at {taken}.", amounts(report)));
        if let Some(database) = &elsewhere {
            output::line(format!("Its database is {database}."));
        }
        if let Some(bucket) = bucket {
            output::line(format!("Its catalogue is read from {bucket}."));
        }
    });
    if !sure.dry_run && !report.has_keys {
        output::note(
            "The backup had no keys, so the store has the ones beside it, or new ones: put the old keys file there if \
             you have it.",
        );
    }
    Ok(())
}

fn amounts(report: &BackupReport) -> String {
    format!("{} and {}", counted(report.rows, "row", "rows"), counted(report.files, "file", "files"))
}

fn to_json(report: &BackupReport) -> Value {
    json!({
        "rows": report.rows,
        "files": report.files,
        "has_keys": report.has_keys,
        "taken_at": report.taken_at.to_rfc3339(),
        "left_out": report.left_out,
        "elsewhere": report.elsewhere,
    })
}
