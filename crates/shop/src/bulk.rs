//! Writing much at once: shown together when all is written, and not forgotten if the program dies in between.

use crate::place::Place;
use crate::settings::Settings;
use crate::shop::Shop;
use anyhow::Context;
use catalog::{Published, SnapshotError};
use db::DbError;
use std::path::{Path, PathBuf};

/// Damaged snapshots that are kept.
const ASIDE_MAX: u32 = 20;
/// Fact that stands while something is written that is published as a whole later.
const PUBLISH_OWED: &str = "publish_owed";

impl Shop {
    /// Says that what is written from now on is published by [`Shop::publish_everything`].
    pub(crate) async fn owe_publish(&self) -> Result<(), DbError> {
        self.db().set_fact(PUBLISH_OWED, "1").await
    }

    /// Whether something was written that shoppers do not see yet: an import or a file whose program died.
    pub async fn owes_publish(&self) -> Result<bool, DbError> {
        Ok(self.db().find_fact(PUBLISH_OWED).await?.is_some_and(|value| !value.is_empty()))
    }

    /// Publishes the whole catalogue, and with it whatever was left unpublished.
    pub async fn publish_everything(&self) -> anyhow::Result<Published> {
        let published = self.publish_all().await?;
        self.db().set_fact(PUBLISH_OWED, "").await?;
        Ok(published)
    }
}

/// Puts a snapshot aside that keeps a store from being opened, so that it can be published anew; says where it is now.
/// Where something else is wrong nothing is touched.
pub async fn put_damaged_snapshot_aside(folder: &Path, why: &anyhow::Error) -> anyhow::Result<Option<String>> {
    let settings = Settings::load(folder, |name| std::env::var(name).ok())?;
    let Some(snapshot) = settings.snapshot.folder_in(folder) else {
        // A bucket that is not reached is not a damaged one, and other instances read it.
        return if why.chain().any(is_damage) { put_bucket_aside(folder, &settings.snapshot).await } else { Ok(None) };
    };
    if !snapshot.is_dir() || !why.chain().any(|cause| cause.is::<SnapshotError>()) {
        return Ok(None);
    }
    let named = |number: u32| {
        let mut name = snapshot.clone().into_os_string();
        name.push(if number == 1 { ".damaged".to_owned() } else { format!(".damaged-{number}") });
        PathBuf::from(name)
    };
    // One that was put aside before may still be looked at by somebody.
    let free = (1..=ASIDE_MAX).map(named).find(|name| !name.exists());
    let aside = free.with_context(|| format!("{ASIDE_MAX} damaged snapshots lie beside it; remove some"))?;
    std::fs::rename(&snapshot, &aside).with_context(|| format!("cannot move {} away", snapshot.display()))?;
    Ok(Some(aside.display().to_string()))
}

/// Takes away what a bucket says is current, so that the next who opens the store publishes it anew over the files that
/// lie there; says where it is kept, if there was any. A folder is not touched.
pub async fn put_bucket_aside(folder: &Path, place: &Place) -> anyhow::Result<Option<String>> {
    if place.folder_in(folder).is_some() {
        return Ok(None);
    }
    let store = place.open(folder, |name| std::env::var(name).ok())?;
    let aside = store.put_aside().await.with_context(|| format!("cannot put aside what is current in {place}"))?;
    Ok(aside.map(|name| format!("{place}/{name}")))
}

/// Whether a snapshot was read and is not what it should be.
fn is_damage(cause: &(dyn std::error::Error + 'static)) -> bool {
    use SnapshotError::{Damaged, Format, Index, Signature};
    let damage = |error: &SnapshotError| matches!(error, Damaged { .. } | Format { .. } | Signature { .. } | Index(_));
    cause.downcast_ref::<SnapshotError>().is_some_and(damage)
}
