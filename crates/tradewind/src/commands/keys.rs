//! `keys rotate`.

use super::{Decision, check_store, decide, shown};
use crate::arguments::{Store, Sure};
use crate::output;
use serde_json::json;
use shop::{Chance, Keys, ROOT_KEYS_MAX};

/// `tradewind keys rotate`
pub(super) async fn rotate(store: &Store, sure: Sure, as_json: bool) -> anyhow::Result<()> {
    check_store(&store.dir)?;
    let file = Keys::path_beside(&std::path::absolute(&store.dir)?);
    if std::env::var_os("TRADEWIND_KEYS").is_some() {
        anyhow::bail!("the keys come from TRADEWIND_KEYS; change them where that is set, the newest first");
    }
    let what = format!(
        "put a new key in front of those of {} (at most {ROOT_KEYS_MAX} are kept, the oldest goes)",
        shown(&store.dir).display()
    );
    if decide(sure, as_json, &what)? == Decision::Leave {
        return Ok(());
    }
    shop::folder::rotate_keys(&store.dir, &Chance::system())?;
    output::result(as_json, &json!({ "file": file.display().to_string() }), || {
        output::line(format!("{} has a new key in front.", file.display()));
    });
    output::note(
        "A running `tradewind serve` takes it up within a second; programs with TRADEWIND_KEYS must be given it.",
    );
    Ok(())
}
