//! Telling the edge what to drop, and when; and where the edge of a region on this machine is.

use crate::publish::STORE_TAG;
use crate::settings::Settings;
use crate::shop::Shop;
use anyhow::{Context, bail};
use commerce::moment::Moment;
use db::DbError;
use db::outbox::OutboxTask;
use http::header::CONTENT_TYPE;
use serde::{Deserialize, Serialize};
use serde_json::json;
use std::fs::{File, Permissions, TryLockError};
use std::io::{Read, Write};
use std::os::unix::fs::{OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::sync::atomic::Ordering;
use std::time::Duration;

/// Header in which the edge and the store prove themselves to each other.
pub const EDGE_SECRET_HEADER: &str = "x-edge-secret";
/// Beside the database: where the edge of a region on this machine is, while it runs.
const FILE: &str = "data/edge.json";
/// How long a purge may take, in milliseconds.
const PURGE_WAIT_MS_MAX: u64 = 10_000;
/// Added to the time after which purges go out, in milliseconds: pages take time.
const PURGE_MARGIN_MS: i64 = 100;
/// Tags that one purge names; more purge everything.
pub(crate) const PURGE_TAGS_MAX: usize = 500;
/// Fact that tells the month, and how many tags were purged in it for stock alone.
const STOCK_PURGES: &str = "stock_purges";

/// An edge, as the store reaches it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Edge {
    /// Where tags are purged.
    pub purge_url: String,
    /// What the store proves itself with.
    pub secret: String,
}

/// A region has a folder's store, and may say where its edge is: commands that work in the same folder purge it, too.
/// Both end with the value, and count no more once the program that has it has ended, however that came.
#[derive(Debug)]
pub struct RegionLock {
    file: PathBuf,
    /// Locked while the region has the store.
    lock: File,
}

impl RegionLock {
    /// Takes a folder's store for a region. One region at a time has it.
    pub fn take(folder: &Path) -> anyhow::Result<Self> {
        let file = folder.join(FILE);
        if let Some(parent) = file.parent() {
            std::fs::create_dir_all(parent).with_context(|| format!("cannot make {}", parent.display()))?;
        }
        // It opens the buckets of the region, too.
        let opened = File::options().create(true).truncate(false).write(true).mode(0o600).open(&file);
        let lock = opened.with_context(|| format!("cannot write {}", file.display()))?;
        match lock.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => bail!("another region serves this store already: stop it first"),
            Err(TryLockError::Error(error)) => {
                return Err(error).with_context(|| format!("cannot lock {}", file.display()));
            }
        }
        lock.set_permissions(Permissions::from_mode(0o600))?;
        lock.set_len(0)?;
        Ok(Self { file, lock })
    }

    /// Says where the edge is.
    pub fn announce(&mut self, edge: &Edge) -> anyhow::Result<()> {
        let text = serde_json::to_vec(edge)?;
        self.lock.write_all(&text).with_context(|| format!("cannot write {}", self.file.display()))
    }
}

impl Edge {
    /// The edge that was announced for a folder, if who announced it still runs.
    fn announced(folder: &Path) -> Option<Self> {
        let mut file = File::open(folder.join(FILE)).ok()?;
        if file.try_lock_shared().is_ok() {
            return None;
        }
        let mut text = String::new();
        file.read_to_string(&mut text).ok()?;
        serde_json::from_str(&text).ok()
    }
}

impl Drop for RegionLock {
    fn drop(&mut self) {
        // One that cannot be removed counts no more all the same: nobody holds its lock.
        let _ = std::fs::remove_file(&self.file);
    }
}

impl Settings {
    /// Whether these bytes are one of the secrets by which the edge proves itself. How long that takes tells nothing of
    /// how much of them is right.
    pub fn is_edge_secret(&self, sent: &[u8]) -> bool {
        let digest = |bytes: &[u8]| ring::digest::digest(&ring::digest::SHA256, bytes);
        let sent = digest(sent);
        let is_sent = |secret: &String| digest(secret.as_bytes()).as_ref() == sent.as_ref();
        self.edge_secrets.iter().fold(false, |found, secret| found | is_sent(secret))
    }
}

impl Shop {
    /// Has the edge drop everything with these tags, once no instance renders from the snapshot before any more.
    pub(crate) async fn enqueue_purge_of(&self, mut tags: Vec<String>) -> Result<(), DbError> {
        if tags.is_empty() {
            return Ok(());
        }
        if tags.len() > PURGE_TAGS_MAX {
            tags = vec![STORE_TAG.to_owned()];
        }
        let now = self.now();
        let task = self.task("purge", &self.0.instance, tags.join(","));
        self.enqueue_all(&[task], now.plus_ms(self.until_purge_ms()), now).await?;
        self.ring_outbox();
        Ok(())
    }

    /// Has the edge drop everything at a later moment, whatever becomes of this program until then.
    pub(crate) async fn enqueue_purge_of_all(&self, due: Moment) -> Result<OutboxTask, DbError> {
        let task = self.task("purge", &self.0.instance, STORE_TAG);
        self.enqueue_all(std::slice::from_ref(&task), due, self.now()).await?;
        Ok(task)
    }

    pub(crate) fn until_purge_ms(&self) -> i64 {
        self.settings().snapshot_look_ms + PURGE_MARGIN_MS
    }

    /// Of tags that would be purged for stock alone, those that the month's budget still has room for. They are counted
    /// as gone, so the budget is never exceeded; to be called by who holds the publisher's lease.
    pub(crate) async fn within_stock_budget(&self, mut tags: Vec<String>) -> Result<Vec<String>, DbError> {
        if tags.is_empty() {
            return Ok(tags);
        }
        let at = jiff::Timestamp::from_microsecond(self.now().micros()).unwrap_or_default();
        let month = at.strftime("%Y-%m").to_string();
        let fact = self.db().find_fact(STOCK_PURGES).await?.unwrap_or_default();
        let of_month = fact.split_once(' ').filter(|(of, _)| *of == month).map(|(_, gone)| gone.parse().unwrap_or(0));
        let gone: usize = of_month.unwrap_or(0);
        let left = self.settings().stock_purges_monthly.saturating_sub(gone);
        if left < tags.len() {
            tracing::warn!(month, "the month's purges for stock are used up; pages show it when their time is over");
        }
        tags.truncate(left);
        if !tags.is_empty() {
            self.db().set_fact(STOCK_PURGES, &format!("{month} {}", gone + tags.len())).await?;
            self.0.stock_purges.fetch_add(u64::try_from(tags.len()).unwrap_or(u64::MAX), Ordering::Relaxed);
        }
        Ok(tags)
    }

    /// The edge that the settings name, or else the one of a region that serves the same folder.
    pub(crate) fn edge(&self) -> Option<Edge> {
        let settings = self.settings();
        if settings.edge_purge_url.is_empty() {
            return Edge::announced(self.folder());
        }
        let secret = settings.edge_secrets.first().cloned().unwrap_or_default();
        Some(Edge { purge_url: settings.edge_purge_url.clone(), secret })
    }

    /// Asks the edge to drop everything with the task's tags. Without an edge there is nothing to do.
    pub(crate) async fn purge_edge(&self, task: &OutboxTask) -> anyhow::Result<()> {
        let Some(edge) = self.edge() else { return Ok(()) };
        if task.subject != self.0.instance {
            // It was due by the clock of another instance, which may be behind ours.
            tokio::time::sleep(Duration::from_millis(self.until_purge_ms().unsigned_abs())).await;
        }
        // The client wants a TLS provider even where it uses none. A second install is refused, and does not matter.
        let _ = rustls::crypto::ring::default_provider().install_default();
        // A purge that was led elsewhere would be told as done, and take the secret along; the edge of a region is on this
        // machine, where no proxy is asked.
        let client = reqwest::Client::builder()
            .timeout(Duration::from_millis(PURGE_WAIT_MS_MAX))
            .redirect(reqwest::redirect::Policy::none());
        let client = if self.settings().edge_purge_url.is_empty() { client.no_proxy() } else { client };
        let client = client.build()?;
        let items: Vec<String> = task.payload.split(',').map(|tag| format!("#{tag}")).collect();
        let request = client.post(&edge.purge_url).header(EDGE_SECRET_HEADER, edge.secret);
        let request = request.header(CONTENT_TYPE, "application/json");
        let sent = request.body(serde_json::to_vec(&json!({ "items": items }))?).send().await;
        let status = sent.context("the edge does not answer")?.status();
        if status.is_success() { Ok(()) } else { bail!("the edge answers {status} to a purge") }
    }
}
