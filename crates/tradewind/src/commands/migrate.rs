//! `migrate`: the schema of the database.

use super::{Decision, check_store, decide};
use crate::arguments::{Store, Sure};
use crate::output;
use anyhow::{Context, bail};
use db::{Db, SchemaState};
use serde_json::json;

/// `tradewind migrate`
pub(super) async fn run(store: &Store, sure: Sure, as_json: bool) -> anyhow::Result<()> {
    check_store(&store.dir)?;
    let settings = shop::settings::Settings::load(&store.dir, |name| std::env::var(name).ok())?;
    let db = open(store, &settings).await?;
    let state = db.schema_state().await.context("cannot reach the database")?;
    let (from, needed) = match state {
        SchemaState::Current => (db::SCHEMA_NUMBER, false),
        SchemaState::OneAhead(step) => (step, false),
        SchemaState::Behind(step) => (step, true),
        SchemaState::Ahead(step) => {
            bail!("the schema is at step {step}, newer than this release ({}): use the newer one", db::SCHEMA_NUMBER)
        }
    };
    let mut statements = 0;
    if needed {
        for step in from + 1..=db::SCHEMA_NUMBER {
            let count = db::migration_statements().into_iter().filter(|(of, _, _)| *of == step).count();
            output::note(format!("step {step}: {count} statements"));
        }
        if !sure.dry_run && asks_first(db.is_lite(), from) {
            let place = settings.database_shown();
            let what = format!("change the database {place}, of which the program makes no backup of its own");
            if decide(sure, as_json, &what)? == Decision::Leave {
                return Ok(());
            }
        }
        if !sure.dry_run {
            let now = shop::Clock::System.now();
            shop::backup::before_migration(&db, &store.dir, from, now).await?;
            statements = db.migrate(now.micros()).await.context("the migration was broken off; run it again")?;
        }
    }
    db.close().await;
    let result =
        json!({ "from": from, "to": from.max(db::SCHEMA_NUMBER), "statements": statements, "dry_run": sure.dry_run });
    output::result(as_json, &result, || match (needed, sure.dry_run) {
        (false, _) => output::line(format!("The schema is at step {from}: nothing is to be done.")),
        (true, true) => output::line(format!("Would go from step {from} to {}.", db::SCHEMA_NUMBER)),
        (true, false) => {
            output::line(format!("Went from step {from} to {} ({statements} statements).", db::SCHEMA_NUMBER))
        }
    });
    Ok(())
}

async fn open(store: &Store, settings: &shop::settings::Settings) -> anyhow::Result<Db> {
    if settings.database_is_file()
        && let Some(parent) = store.dir.join(&settings.database).parent()
    {
        std::fs::create_dir_all(parent)?;
    }
    Ok(Db::open(&shop::db_settings(&store.dir, settings)).await?)
}

/// A SQLite file is copied before it is changed. A server's database is not ours to copy: whoever looks after it must
/// have a backup. What has no schema yet holds nothing.
fn asks_first(is_file: bool, from: i64) -> bool {
    !is_file && from > 0
}

#[cfg(test)]
mod tests {
    use super::asks_first;

    #[test]
    fn only_a_servers_database_that_is_in_use_is_asked_about() {
        for (is_file, from, want) in [(true, 0, false), (true, 1, false), (false, 0, false), (false, 1, true)] {
            assert_eq!(asks_first(is_file, from), want, "{is_file} {from}");
        }
    }
}
