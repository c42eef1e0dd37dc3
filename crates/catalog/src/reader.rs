//! The handle that every instance keeps: the newest snapshot it knows, and how fresh that knowledge is.

use crate::error::SnapshotError;
use crate::manifest::{Manifest, SnapshotKeys};
use crate::snapshot::Snapshot;
use crate::stock::StockOverlay;
use crate::store::{CURRENT, STOCK, Seen, SnapshotStore};
use commerce::availability::Availability;
use commerce::ids::StockRecordId;
use commerce::moment::Moment;
use futures_util::future::join;
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

/// How a reader looks.
#[derive(Clone, Copy, Debug)]
pub struct ReaderOptions {
    /// How old a look may be that a cacheable page is rendered from, in milliseconds.
    pub look_ms: i64,
    /// How long a look may take, in milliseconds.
    pub look_wait_ms_max: u64,
}

impl Default for ReaderOptions {
    /// A laptop's.
    fn default() -> Self {
        Self { look_ms: 200, look_wait_ms_max: 5_000 }
    }
}

/// A snapshot with what is said of stock.
#[derive(Clone, Debug)]
pub struct View {
    /// The catalogue.
    pub snapshot: Arc<Snapshot>,
    /// What is said of stock now.
    pub stock: Arc<StockOverlay>,
    /// When the look began that found nothing newer.
    pub checked_at: Moment,
}

impl View {
    /// What to say of a stock record; `from_document` is what the snapshot says.
    pub fn availability(&self, record: Option<StockRecordId>, from_document: Availability) -> Availability {
        match record.and_then(|record| self.stock.find(record)) {
            // The overlay counts units; it cannot put on sale what has no price or is hidden.
            Some(now) if from_document != Availability::NotForSale => now,
            _ => from_document,
        }
    }
}

/// What a look gave.
#[derive(Debug)]
pub struct Look {
    /// The newest that is known.
    pub view: View,
    /// Whether a cacheable page may be rendered from it: it was compared with `current` recently enough.
    pub fresh: bool,
    /// Why it is not fresh, told once, to whoever's look failed.
    pub problem: Option<SnapshotError>,
}

/// Keeps the newest snapshot open.
pub struct SnapshotReader {
    store: SnapshotStore,
    keys: SnapshotKeys,
    options: ReaderOptions,
    view: RwLock<View>,
    /// What the last look saw; held while a look is in flight, so there is one at a time.
    looking: tokio::sync::Mutex<LastLook>,
}

struct LastLook {
    current: Seen,
    stock: Option<Seen>,
    failed_at: Option<Moment>,
}

impl std::fmt::Debug for SnapshotReader {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "SnapshotReader at {:?}", self.current().snapshot)
    }
}

impl SnapshotReader {
    /// Opens the newest snapshot; [`SnapshotError::Nothing`] where nothing has been published.
    pub async fn open(
        store: SnapshotStore,
        keys: SnapshotKeys,
        options: ReaderOptions,
        now: Moment,
    ) -> Result<Self, SnapshotError> {
        let (current, seen_stock) = join(store.find(CURRENT), store.find(STOCK)).await;
        let current = current?.ok_or(SnapshotError::Nothing)?;
        let manifest = Manifest::from_signed(CURRENT, &current.bytes, &keys)?;
        let snapshot = Arc::new(Snapshot::open(&store, manifest, None).await?);
        let seen_stock = seen_stock?;
        // Browsing goes on without the overlay: the snapshot says nearly the same.
        let stock = match &seen_stock {
            Some(seen) => StockOverlay::from_signed(STOCK, &seen.bytes, &keys).unwrap_or_else(|error| {
                tracing::warn!(%error, "the stock overlay cannot be read; pages show the snapshot's stock");
                StockOverlay::default()
            }),
            None => StockOverlay::default(),
        };
        let view = RwLock::new(View { snapshot, stock: Arc::new(stock), checked_at: now });
        let looking = tokio::sync::Mutex::new(LastLook { current, stock: seen_stock, failed_at: None });
        Ok(Self { store, keys, options, view, looking })
    }

    /// The newest that is known, without looking.
    pub fn current(&self) -> View {
        self.view.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// The newest that there is, looked at within [`ReaderOptions::look_ms`] before `now`. One look at a time: whoever
    /// comes meanwhile waits for it and uses it. Where looking fails, the last good snapshot stays, and is not fresh.
    pub async fn look(&self, now: Moment) -> Look {
        if let Some(view) = self.fresh_view(now) {
            return Look { view, fresh: true, problem: None };
        }
        let mut last = self.looking.lock().await;
        if let Some(view) = self.fresh_view(now) {
            return Look { view, fresh: true, problem: None };
        }
        if last.failed_at.is_some_and(|failed| (0..=self.options.look_ms).contains(&now.ms_since(failed))) {
            return Look { view: self.current(), fresh: false, problem: None };
        }
        let wait = Duration::from_millis(self.options.look_wait_ms_max);
        let done = match tokio::time::timeout(wait, self.look_now(&mut last, now)).await {
            Ok(done) => done,
            Err(_) => Err(SnapshotError::Slow(self.options.look_wait_ms_max)),
        };
        last.failed_at = done.is_err().then_some(now);
        Look { view: self.current(), fresh: done.is_ok(), problem: done.err() }
    }

    /// Whether a cacheable page that was made from this view may be sent at `now`.
    pub fn is_fresh(&self, view: &View, now: Moment) -> bool {
        // Either way: a clock that was set back must not make an old look count for hours.
        let look_ms = self.options.look_ms;
        (-look_ms..=look_ms).contains(&now.ms_since(view.checked_at))
    }

    fn fresh_view(&self, now: Moment) -> Option<View> {
        let view = self.current();
        self.is_fresh(&view, now).then_some(view)
    }

    async fn look_now(&self, last: &mut LastLook, now: Moment) -> Result<(), SnapshotError> {
        let mut view = self.current();
        if let Some(current) = self.store.find_changed(CURRENT, &last.current).await? {
            let manifest = Manifest::from_signed(CURRENT, &current.bytes, &self.keys)?;
            // Whatever it says is true, an older version too: that is a store that was restored from a backup.
            view.snapshot = Arc::new(Snapshot::open(&self.store, manifest, Some(&view.snapshot)).await?);
            last.current = current;
        }
        let stock = match &last.stock {
            Some(seen) => self.store.find_changed(STOCK, seen).await?,
            None => self.store.find(STOCK).await?,
        };
        if let Some(stock) = stock {
            view.stock = Arc::new(StockOverlay::from_signed(STOCK, &stock.bytes, &self.keys)?);
            last.stock = Some(stock);
        }
        view.checked_at = now;
        *self.view.write().unwrap_or_else(PoisonError::into_inner) = view;
        Ok(())
    }
}
