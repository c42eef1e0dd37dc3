//! A store that is open: everything that use cases need.

use crate::clock::{Chance, Clock};
use crate::download_store::DownloadStore;
use crate::keys::{Keys, Purpose};
use crate::media_store::MediaStore;
use crate::place::Place;
use crate::settings::Settings;
use anyhow::{Context, bail};
use catalog::{Publisher, ReaderOptions, SnapshotError, SnapshotKeys, SnapshotReader, SnapshotStore};
use commerce::event::{Actor, Event, Subject};
use commerce::ids::EventId;
use commerce::moment::Moment;
use db::outbox::OutboxTask;
use db::{Db, DbError, DbSettings, SchemaState};
use futures_util::FutureExt;
use payments::demo::{DemoConfig, DemoGateway};
use payments::{Gateway, Invoice, NothingToPay, Secret};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, LazyLock, OnceLock};
use std::time::Duration;
use tokio::sync::Notify;

/// How long a database server may take to tell its schema when a store is opened, in milliseconds.
const SCHEMA_WAIT_MS_MAX: u64 = 2_000;
/// Every store has it, and no shopper chooses it: it settles what costs nothing.
static NOTHING_TO_PAY: LazyLock<Arc<dyn Gateway>> = LazyLock::new(|| Arc::new(NothingToPay));

/// An open store. Clones share it.
#[derive(Clone)]
pub struct Shop(pub(crate) Arc<Inner>);

pub(crate) struct Inner {
    pub(crate) folder: PathBuf,
    pub(crate) settings: Settings,
    pub(crate) keys: Keys,
    pub(crate) db: Db,
    pub(crate) clock: Clock,
    pub(crate) chance: Chance,
    pub(crate) publisher: Publisher,
    /// What the publisher signs with and readers check with.
    snapshot_keys: SnapshotKeys,
    /// Set before anybody gets hold of the shop.
    pub(crate) snapshots: OnceLock<SnapshotReader>,
    /// Who this process is where only one may act.
    pub(crate) instance: String,
    pub(crate) gateways: Vec<Arc<dyn Gateway>>,
    pub(crate) mailer: crate::messages::Mailer,
    pub(crate) modules: crate::modules::Modules,
    pub(crate) rules: crate::rules::RulesCache,
    /// Rings when something was written to the outbox by this process.
    pub(crate) outbox_bell: Notify,
    /// Where shoppers reach the shop, once it is known.
    pub(crate) base_url: OnceLock<String>,
    pub(crate) media: MediaStore,
    /// Opened when the first file is asked for.
    pub(crate) downloads: OnceLock<DownloadStore>,
    /// Letters that this process has handed over.
    pub(crate) letters: AtomicU64,
    /// Tags that it had dropped from the edge for stock alone.
    pub(crate) stock_purges: AtomicU64,
}

/// What this process has done that a cloud bills for, since it opened the store.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct WorkDone {
    /// Statements that the database was sent.
    pub statements: u64,
    /// Letters that were handed over.
    pub letters: u64,
    /// Tags that were dropped from the edge for stock alone, or are about to be.
    pub stock_purges: u64,
}

/// What a store is opened with, where tests differ from the real world.
pub struct OpenOptions {
    /// The time.
    pub clock: Clock,
    /// Ids and random numbers.
    pub chance: Chance,
    /// Gateways instead of those that the settings name.
    pub gateways: Option<Vec<Arc<dyn Gateway>>>,
    /// Where the demo payment site is, if it is one of the gateways and the settings do not say.
    pub demo_payment_url: Option<String>,
    /// When a database server's schema is looked at.
    pub schema_check: SchemaCheck,
}

/// When a database server's schema is looked at. That of a SQLite file is looked at when it is opened, in any case.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum SchemaCheck {
    /// When the store is opened.
    #[default]
    First,
    /// When the database is first needed: pages of the catalogue wait for no connection.
    Later,
}

impl Default for OpenOptions {
    fn default() -> Self {
        Self {
            clock: Clock::System,
            chance: Chance::system(),
            gateways: None,
            demo_payment_url: None,
            schema_check: SchemaCheck::First,
        }
    }
}

impl Shop {
    /// Opens the store of a folder: settings, keys, schema, snapshot. A SQLite schema that is behind is brought up to
    /// date (after a backup of its own); a PostgreSQL one must have been.
    pub async fn open(folder: &Path, options: OpenOptions) -> anyhow::Result<Self> {
        let settings = Settings::load(folder, |name| std::env::var(name).ok())?;
        let keys = load_keys(folder)?;
        Self::open_with(folder, settings, keys, options).await
    }

    /// The same, with settings and keys that were read elsewhere.
    pub async fn open_with(
        folder: &Path,
        settings: Settings,
        keys: Keys,
        options: OpenOptions,
    ) -> anyhow::Result<Self> {
        let db = open_database(folder, &settings, options.schema_check, options.clock.now()).await?;
        let snapshot_store = settings.snapshot.open(folder, |name| std::env::var(name).ok())?;
        let snapshot_keys = with_signing_keys(&keys, SnapshotKeys::new);
        let media = MediaStore::open(&settings.media, folder, |name| std::env::var(name).ok())?;
        let gateways = match options.gateways {
            Some(gateways) => gateways,
            None => open_gateways(folder, &settings, &keys, options.demo_payment_url)?,
        };
        let mailer = crate::messages::Mailer::open(folder, &settings)?;
        let modules = crate::modules::Modules::open(&settings.modules, &options.clock);
        let base_url = OnceLock::new();
        if !settings.base_url.is_empty() {
            let _ = base_url.set(settings.base_url.clone());
        }
        let reading = ReaderOptions {
            look_ms: settings.snapshot_look_ms,
            look_wait_ms_max: settings.snapshot.look_wait_ms_max(),
        };
        let instance = options.chance.id().to_string();
        let inner = Inner {
            folder: folder.to_path_buf(),
            settings,
            keys,
            db,
            clock: options.clock,
            chance: options.chance,
            publisher: Publisher::new(snapshot_store.clone(), snapshot_keys.clone()),
            snapshot_keys: snapshot_keys.clone(),
            snapshots: OnceLock::new(),
            instance,
            gateways,
            mailer,
            modules,
            rules: crate::rules::RulesCache::default(),
            outbox_bell: Notify::new(),
            base_url,
            media,
            downloads: OnceLock::new(),
            letters: AtomicU64::new(0),
            stock_purges: AtomicU64::new(0),
        };
        let shop = Self(Arc::new(inner));
        shop.open_snapshot(snapshot_store, snapshot_keys, reading).await?;
        Ok(shop)
    }

    /// Opens the snapshot; a store that never published does so first.
    async fn open_snapshot(
        &self,
        store: SnapshotStore,
        keys: SnapshotKeys,
        options: ReaderOptions,
    ) -> anyhow::Result<()> {
        let opened = match SnapshotReader::open(store.clone(), keys.clone(), options, self.now()).await {
            Err(SnapshotError::Nothing) => {
                self.publish_all().await.context("cannot publish the catalogue")?;
                SnapshotReader::open(store, keys, options, self.now()).await
            }
            opened => opened,
        };
        let place = &self.settings().snapshot;
        let reader = opened.with_context(|| match place {
            Place::Folder(_) => "cannot open the catalogue snapshot; `tradewind publish` writes it anew".to_owned(),
            Place::Bucket(_) => format!(
                "cannot open the catalogue snapshot in {place}; look at the network and the AWS_… variables; where it \
                 is damaged, `tradewind publish` writes it anew"
            ),
        })?;
        let known = reader.current().snapshot;
        let speaks_of_all = known.languages() == self.settings().markets.languages().as_slice()
            && known.currencies() == self.currencies().as_slice();
        let _ = self.0.snapshots.set(reader);
        if !speaks_of_all {
            // A market was added or taken away since: prices and words of the new ones must be in it.
            self.publish_all().await.context("cannot publish the catalogue for the markets of the settings")?;
            self.snapshots().look(self.now().plus_ms(self.settings().snapshot_look_ms + 1)).await;
        }
        Ok(())
    }

    /// What this process has done so far.
    pub fn work_done(&self) -> WorkDone {
        WorkDone {
            statements: self.0.db.statements(),
            letters: self.0.letters.load(Ordering::Relaxed),
            stock_purges: self.0.stock_purges.load(Ordering::Relaxed),
        }
    }

    /// The store's settings.
    pub fn settings(&self) -> &Settings {
        &self.0.settings
    }

    /// The store's keys.
    pub fn keys(&self) -> &Keys {
        &self.0.keys
    }

    /// Takes up the keys that lie beside the folder by now, if they were changed: what another program seals and signs
    /// with the newest is read here as well. Whether there were any. Keys from the environment stay as they are.
    pub fn renew_keys(&self) -> anyhow::Result<bool> {
        let keys = load_keys(&self.0.folder)?;
        if self.0.keys.are(&keys) {
            return Ok(false);
        }
        self.0.keys.take_up(&keys);
        with_signing_keys(&keys, |newest, older| self.0.snapshot_keys.take_up(newest, older));
        Ok(true)
    }

    /// Its folder.
    pub fn folder(&self) -> &Path {
        &self.0.folder
    }

    /// Its database.
    pub fn db(&self) -> &Db {
        &self.0.db
    }

    /// Ids and random numbers.
    pub fn chance(&self) -> &Chance {
        &self.0.chance
    }

    /// Now.
    pub fn now(&self) -> Moment {
        self.0.clock.now()
    }

    /// The clock.
    pub fn clock(&self) -> &Clock {
        &self.0.clock
    }

    /// The catalogue as shoppers read it.
    pub fn snapshots(&self) -> &SnapshotReader {
        self.0.snapshots.get().expect("Shop::open sets it before it gives the shop away")
    }

    /// Says where the shop is reached, if the settings do not.
    pub fn set_base_url(&self, url: &str) {
        let _ = self.0.base_url.set(url.trim_end_matches('/').to_owned());
    }

    /// Where the shop is reached, without a slash at the end.
    pub fn base_url(&self) -> &str {
        self.0.base_url.get().map_or("http://localhost:8000", String::as_str)
    }

    /// The gateway of that code, for payments that were begun with it.
    pub fn gateway(&self, code: &str) -> Option<&Arc<dyn Gateway>> {
        self.offered_gateway(code).or_else(|| (code == NothingToPay::CODE).then_some(&NOTHING_TO_PAY))
    }

    /// The gateway of that code, if shoppers may choose it.
    pub fn offered_gateway(&self, code: &str) -> Option<&Arc<dyn Gateway>> {
        self.0.gateways.iter().find(|gateway| gateway.code() == code)
    }

    /// Gateways in the order of the checkout.
    pub fn gateways(&self) -> &[Arc<dyn Gateway>] {
        &self.0.gateways
    }

    /// Ends all connections.
    pub async fn close(&self) {
        self.0.db.close().await;
    }

    /// An entry for the history.
    pub(crate) fn event(
        &self,
        actor: &Actor,
        subject: Subject,
        id: impl ToString,
        kind: &'static str,
        detail: String,
    ) -> Event {
        let at = self.now();
        let event_id = EventId::new(self.0.chance.id());
        Event { id: event_id, at, actor: actor.clone(), subject, subject_id: id.to_string(), kind, detail }
    }

    /// A task for the outbox.
    pub(crate) fn task(&self, kind: &str, subject: impl ToString, payload: impl ToString) -> OutboxTask {
        OutboxTask {
            id: self.0.chance.id().to_string(),
            kind: kind.to_owned(),
            subject: subject.to_string(),
            payload: payload.to_string(),
            attempts: 0,
        }
    }

    /// Wakes the task that works through the outbox.
    pub(crate) fn ring_outbox(&self) {
        self.0.outbox_bell.notify_one();
    }

    /// Whether this process wrote to the outbox since it was last asked, for programs without such a task.
    pub fn take_ring(&self) -> bool {
        self.0.outbox_bell.notified().now_or_never().is_some()
    }
}

/// Calls with the keys that sign snapshots, the newest and the others.
fn with_signing_keys<T>(keys: &Keys, call: impl FnOnce(&[u8], &[&[u8]]) -> T) -> T {
    let signing = keys.secrets(Purpose::Snapshot);
    let older: Vec<&[u8]> = signing[1..].iter().map(<[u8; 32]>::as_slice).collect();
    call(&signing[0], &older)
}

/// The database that the settings name.
pub fn db_settings(folder: &Path, settings: &Settings) -> DbSettings {
    let conflicts_per_mille = settings.conflicts_per_mille;
    if settings.database_is_file() {
        DbSettings::Lite { file: folder.join(&settings.database), conflicts_per_mille }
    } else {
        let (url, connections) = (settings.database.clone(), settings.database_connections);
        DbSettings::Postgres { url, connections, conflicts_per_mille }
    }
}

/// Keys from the environment (`TRADEWIND_KEYS`, the file's text) or from the file beside the folder.
pub fn load_keys(folder: &Path) -> anyhow::Result<Keys> {
    if let Ok(text) = std::env::var("TRADEWIND_KEYS") {
        return Keys::parse(&text).context("in TRADEWIND_KEYS");
    }
    let absolute = std::path::absolute(folder).unwrap_or_else(|_| folder.to_path_buf());
    let file = Keys::path_beside(&absolute);
    let text = std::fs::read_to_string(&file).with_context(|| {
        format!("cannot read the store's keys in {}; `tradewind keys rotate` makes new ones", file.display())
    })?;
    Keys::parse(&text).with_context(|| format!("in {}", file.display()))
}

/// Opens the database with its schema up to date, or as one that is away for now.
async fn open_database(
    folder: &Path,
    settings: &Settings,
    schema_check: SchemaCheck,
    now: Moment,
) -> anyhow::Result<Db> {
    if settings.database_is_file()
        && let Some(parent) = folder.join(&settings.database).parent()
    {
        std::fs::create_dir_all(parent).with_context(|| format!("cannot make {}", parent.display()))?;
    }
    // A store that has published had a database: one that is gone is not replaced by an empty one.
    // Only where it is gone: a bucket that is asked answers in 20 ms.
    let is_gone = settings.database_is_file() && !folder.join(&settings.database).exists();
    let was_published = is_gone && settings.snapshot.was_published(folder, |name| std::env::var(name).ok()).await?;
    let address = db_settings(folder, settings);
    let db = if was_published { Db::open_existing(&address).await } else { Db::open(&address).await }?;
    if schema_check == SchemaCheck::Later && !db.is_lite() {
        db.check_schema_later();
        return Ok(db);
    }
    if let Err(error) = bring_schema_up(&db, folder, settings, now).await {
        if !is_away(&error) {
            return Err(error);
        }
        // What shoppers look at needs no database. Whatever does is refused until it is there again.
        tracing::warn!(
            error = format!("{error:#}"),
            "the database is away; the shop can be looked at, not bought from"
        );
        db.check_schema_later();
    }
    Ok(db)
}

/// A server that does not answer keeps nobody from opening the store. A file is waited for: it is there, or busy.
async fn look_at_schema(db: &Db) -> Result<SchemaState, DbError> {
    if db.is_lite() {
        return db.schema_state().await;
    }
    match tokio::time::timeout(Duration::from_millis(SCHEMA_WAIT_MS_MAX), db.schema_state()).await {
        Ok(state) => state,
        Err(_) => Err(DbError::Unavailable(format!("no answer within {SCHEMA_WAIT_MS_MAX} ms"))),
    }
}

async fn bring_schema_up(db: &Db, folder: &Path, settings: &Settings, now: Moment) -> anyhow::Result<()> {
    match look_at_schema(db).await.with_context(|| format!("cannot open the database of {}", folder.display()))? {
        SchemaState::Current | SchemaState::OneAhead(_) => Ok(()),
        SchemaState::Behind(step) if settings.database_is_file() => {
            if let Some(copy) = crate::backup::before_migration(db, folder, step, now).await? {
                tracing::info!(copy = %copy.display(), "the database was backed up before its migration");
            }
            db.migrate(now.micros()).await.context("cannot bring the schema up to date")?;
            Ok(())
        }
        SchemaState::Behind(step) => {
            bail!(
                "the database's schema is at step {step}, this release needs {}; run `tradewind migrate`",
                db::SCHEMA_NUMBER
            )
        }
        SchemaState::Ahead(step) => {
            bail!(
                "the database's schema is at step {step}, newer than this release ({}): use the newer one",
                db::SCHEMA_NUMBER
            )
        }
    }
}

/// Whether waiting may help: the database is not reached, or cannot read or write.
fn is_away(error: &anyhow::Error) -> bool {
    error.chain().any(|cause| matches!(cause.downcast_ref::<DbError>(), Some(DbError::Unavailable(_))))
}

fn open_gateways(
    folder: &Path,
    settings: &Settings,
    keys: &Keys,
    demo_payment_url: Option<String>,
) -> anyhow::Result<Vec<Arc<dyn Gateway>>> {
    let mut gateways: Vec<Arc<dyn Gateway>> = Vec::new();
    for code in &settings.gateways {
        match code.as_str() {
            "demo" => {
                let configured = Some(settings.demo_payment_url.clone()).filter(|url| !url.is_empty());
                // A command finds the site of the server beside it. Where none ever ran, nobody paid there.
                let beside = || crate::payment_site::port(folder).map(crate::payment_site::url);
                let Some(url) = configured.or_else(|| demo_payment_url.clone()).or_else(beside) else { continue };
                let (api, webhook) = demo_secrets(keys);
                gateways.push(Arc::new(DemoGateway::new(DemoConfig::new(&url, api, webhook))?));
            }
            _ => gateways.push(Arc::new(Invoice)),
        }
    }
    Ok(gateways)
}

/// Secrets between the store and the demo payment site: for calls, and for webhooks. Of the oldest key: the site goes on
/// with what it was started with while a new key is put in front.
pub fn demo_secrets(keys: &Keys) -> (Secret, Secret) {
    let secret = |purpose| Secret::new(crate::keys::to_hex(keys.secrets(purpose).last().unwrap_or(&[0; 32])));
    (secret(Purpose::DemoPayment), secret(Purpose::DemoWebhook))
}
