//! Counts what happens in a region, for its bill.

use bill::{Content, Counts, EdgeRequest, EdgeResult, Invocation, Method, StoreOperation, Tally};
use lambda_service::{EnvironmentEvent, InvocationRecord, Outcome, Start, Turn};
use object_service::Class;
use proxy::{CacheResult, Figures, Record};
use serde::Deserialize;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

/// What is counted, by whoever sees it happen.
pub(crate) struct Watch {
    tally: Tally,
    /// For each behaviour of the edge: what it is for, and whether a function sees its requests.
    behaviours: Vec<(Content, bool)>,
    /// What the edge had purged when that was last looked at.
    purged: Mutex<(u64, u64)>,
    /// Invocations that reached the database.
    reached_database: AtomicU64,
}

/// What a function's program says of an invocation's work.
#[derive(Debug, Deserialize)]
struct Work {
    statements: u64,
    after: u64,
    #[serde(default)]
    letters: u64,
    #[serde(default)]
    stock_purges: u64,
    /// How many of those a month has at most.
    #[serde(default)]
    stock_purges_monthly: Option<u64>,
}

impl Watch {
    pub(crate) fn new(behaviours: Vec<(Content, bool)>) -> Self {
        Self { tally: Tally::default(), behaviours, purged: Mutex::default(), reached_database: AtomicU64::new(0) }
    }

    /// All of it, with what the edge has purged since this was last asked.
    pub(crate) fn counts(&self, edge: &Figures) -> Counts {
        let mut purged = self.purged.lock().unwrap_or_else(PoisonError::into_inner);
        // Figures that were read before those of another look are older: nothing of them is counted again.
        let now = (edge.purged_paths.max(purged.0), edge.purged_tags.max(purged.1));
        self.tally.purged(now.0 - purged.0, now.1 - purged.1);
        *purged = now;
        drop(purged);
        self.tally.counts()
    }

    /// Takes what a program said of its work, after the mark of such lines.
    pub(crate) fn take_work(&self, said: &str) {
        let Ok(work) = serde_json::from_str::<Work>(said) else { return };
        self.tally.database(work.statements.saturating_add(work.after), 0);
        self.tally.letters(work.letters);
        if let Some(monthly_max) = work.stock_purges_monthly {
            self.tally.purged_for_stock(work.stock_purges, monthly_max);
        }
        if work.statements > 0 {
            self.reached_database.fetch_add(1, Ordering::Relaxed);
        }
    }

    /// How many invocations reached the database.
    pub(crate) fn reached_database(&self) -> u64 {
        self.reached_database.load(Ordering::Relaxed)
    }
}

fn micros(time: Duration) -> u64 {
    u64::try_from(time.as_micros()).unwrap_or(u64::MAX)
}

impl proxy::Observer for Watch {
    fn observe(&self, record: &Record) {
        let known = record.behaviour.and_then(|place| self.behaviours.get(place));
        let (content, has_function) = known.copied().unwrap_or((Content::Page, false));
        self.tally.edge_request(&EdgeRequest {
            content,
            method: if record.method.is_safe() { Method::Read } else { Method::Write },
            result: match record.result {
                CacheResult::Hit => EdgeResult::Hit,
                CacheResult::Stale => EdgeResult::Stale,
                CacheResult::Revalidated { .. } => EdgeResult::Revalidated,
                CacheResult::Miss { .. } => EdgeResult::Miss,
                CacheResult::Passed { .. } => EdgeResult::Passed,
                CacheResult::Generated => EdgeResult::Refused,
            },
            status: record.status.as_u16(),
            bytes_out: record.body_bytes,
            first_byte_us: micros(record.origin_time.unwrap_or(record.total_time)),
            total_us: micros(record.total_time),
        });
        self.tally.edge_functions(u64::from(has_function), 0);
    }
}

impl object_service::Observer for Watch {
    fn request(&self, record: &object_service::RequestRecord) {
        match record.operation.class() {
            Class::Put => self.tally.store_operation(StoreOperation::Put { bytes: record.bytes_in }),
            Class::Get => self.tally.store_operation(StoreOperation::Get { bytes: record.bytes_out }),
            Class::Free => {}
        }
    }
}

impl lambda_service::Observer for Watch {
    fn invocation(&self, record: &InvocationRecord) {
        self.tally.invocation(&Invocation {
            init_us: (record.start == Start::Cold).then_some(record.init_us),
            duration_us: record.duration_us,
            memory_mb: record.memory_mb,
            outcome: match record.outcome {
                Outcome::Answered => bill::Outcome::Answered,
                Outcome::Failed(_) | Outcome::TimedOut | Outcome::Crashed(_) => bill::Outcome::Failed,
            },
        });
    }

    fn environment(&self, event: &EnvironmentEvent) {
        match event.turn {
            Turn::Started => self.tally.environment_started(),
            Turn::Retired(_) => self.tally.environment_retired(),
            Turn::Throttled(_) => self.tally.throttled(),
            Turn::Ready | Turn::Frozen => {}
        }
    }
}
