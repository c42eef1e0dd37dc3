//! One request to the origin for all who ask the same at once.

use crate::fill::Fill;
use edge::{CacheKey, Entry, EntryHead, Fetch};
use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::sync::watch;

/// What those who wait get.
#[derive(Clone)]
pub(crate) enum Landing {
    /// An answer that is there.
    Kept(Arc<Entry>),
    /// An answer whose body is on its way.
    Coming(Arc<EntryHead>, Arc<Fill>),
    /// Nothing: each is to ask by itself.
    Alone,
}

struct Flight {
    /// When it began in the order of purges: whoever comes after a purge must not get an answer from before it.
    fetch: Fetch,
    landing: watch::Sender<Option<Landing>>,
}

/// Requests to origins that others may wait for.
pub(crate) struct Flights {
    under_way: Mutex<HashMap<CacheKey, Arc<Flight>>>,
    most: usize,
}

/// What becomes of one who asks.
pub(crate) enum Boarding {
    /// Asks the origin for all.
    First(FirstOfAll),
    /// Waits for another's answer.
    Wait(Waiting),
    /// Asks for itself: too much is under way.
    Alone,
}

impl Flights {
    pub(crate) fn new(most: usize) -> Arc<Self> {
        Arc::new(Self { under_way: Mutex::default(), most })
    }

    fn under_way(&self) -> MutexGuard<'_, HashMap<CacheKey, Arc<Flight>>> {
        self.under_way.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn board(self: &Arc<Self>, key: &CacheKey, fetch: Fetch) -> Boarding {
        let mut under_way = self.under_way();
        if let Some(flight) = under_way.get(key).filter(|flight| flight.fetch == fetch) {
            return Boarding::Wait(Waiting(flight.landing.subscribe()));
        }
        if under_way.len() >= self.most {
            return Boarding::Alone;
        }
        let flight = Arc::new(Flight { fetch, landing: watch::Sender::new(None) });
        under_way.insert(key.clone(), flight.clone());
        Boarding::First(FirstOfAll { flights: self.clone(), key: key.clone(), flight })
    }
}

/// Whoever asks the origin. When it is dropped, those who wait go on by themselves if they were told nothing.
pub(crate) struct FirstOfAll {
    flights: Arc<Flights>,
    key: CacheKey,
    flight: Arc<Flight>,
}

impl FirstOfAll {
    pub(crate) fn land(&self, landing: Landing) {
        self.flight.landing.send_replace(Some(landing));
    }
}

impl Drop for FirstOfAll {
    fn drop(&mut self) {
        let mut under_way = self.flights.under_way();
        if under_way.get(&self.key).is_some_and(|flight| Arc::ptr_eq(flight, &self.flight)) {
            under_way.remove(&self.key);
        }
        drop(under_way);
        self.flight.landing.send_if_modified(|landing| {
            let is_untold = landing.is_none();
            landing.get_or_insert(Landing::Alone);
            is_untold
        });
    }
}

/// One who waits.
pub(crate) struct Waiting(watch::Receiver<Option<Landing>>);

impl Waiting {
    /// What there is to get; nothing after so long a time.
    pub(crate) async fn landing(mut self, wait_max: Duration) -> Landing {
        let told = tokio::time::timeout(wait_max, self.0.wait_for(Option::is_some)).await;
        match told {
            Ok(Ok(landing)) => landing.clone().unwrap_or(Landing::Alone),
            Ok(Err(_)) | Err(_) => Landing::Alone,
        }
    }
}
