//! Told of everything as it happens, by many threads at once.

use std::sync::{Mutex, MutexGuard, PoisonError};

use crate::counts::{Counts, EdgeCounts, EnvironmentCounts, InvocationCounts, ServiceCounts};

/// Counts what happens. Each call adds a few numbers behind a lock of its kind (functions, environments, edge, the
/// rest) that nobody holds for longer than that, but for [`Tally::counts`], which copies some 130 KB.
#[derive(Debug, Default)]
pub struct Tally {
    invocations: Mutex<InvocationCounts>,
    environments: Mutex<EnvironmentCounts>,
    edge: Mutex<EdgeCounts>,
    services: Mutex<ServiceCounts>,
}

/// One invocation of a function.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Invocation {
    /// What the start of its environment took, in microseconds; `None` for a warm one.
    pub init_us: Option<u64>,
    /// From the event's hand-over to the end of the answer, in microseconds.
    pub duration_us: u64,
    /// The memory that the function is set to, in MB.
    pub memory_mb: u32,
    /// How it ended.
    pub outcome: Outcome,
}

/// How an invocation ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// It answered.
    Answered,
    /// It reported an error, crashed, or its time was over.
    Failed,
}

/// One request at the edge.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct EdgeRequest {
    /// What it was for.
    pub content: Content,
    /// How it asked.
    pub method: Method,
    /// What the cache did.
    pub result: EdgeResult,
    /// The answer's status, 100 to 599.
    pub status: u16,
    /// Bytes of the answer's body that went out.
    pub bytes_out: u64,
    /// To the answer's first byte, in microseconds.
    pub first_byte_us: u64,
    /// To its last byte, in microseconds.
    pub total_us: u64,
}

/// What a request is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Content {
    /// A page or whatever else a function makes.
    Page,
    /// A file of the object store: a picture, a style sheet.
    File,
}

/// Classes of methods.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Method {
    /// GET, HEAD, OPTIONS.
    Read,
    /// All others.
    Write,
}

/// What the cache did with a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EdgeResult {
    /// Served what is kept.
    Hit,
    /// Served what is kept though it is stale.
    Stale,
    /// Asked the origin whether what is kept is still true; it was.
    Revalidated,
    /// Asked the origin.
    Miss,
    /// Handed to the origin and back: nothing of its kind is kept.
    Passed,
    /// Answered by the edge itself.
    Refused,
}

/// One operation of the object store.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StoreOperation {
    /// PUT, COPY, POST or LIST.
    Put {
        /// Bytes that went in.
        bytes: u64,
    },
    /// GET or any other.
    Get {
        /// Bytes that came out.
        bytes: u64,
    },
}

impl Tally {
    /// An invocation has ended.
    pub fn invocation(&self, invocation: &Invocation) {
        let billed_ms = (invocation.init_us.unwrap_or(0).saturating_add(invocation.duration_us)).div_ceil(1_000);
        let counts = &mut *lock(&self.invocations);
        counts.count += 1;
        counts.failed += u64::from(invocation.outcome == Outcome::Failed);
        counts.duration_us += invocation.duration_us;
        counts.billed_ms += billed_ms;
        counts.billed_mb_ms += billed_ms.saturating_mul(invocation.memory_mb.into());
        match invocation.init_us {
            None => counts.warm_times.record(invocation.duration_us),
            Some(init_us) => {
                counts.cold += 1;
                counts.init_us += init_us;
                counts.init_times.record(init_us);
                counts.cold_times.record(init_us.saturating_add(invocation.duration_us));
            }
        }
    }

    /// A request for a function was turned away.
    pub fn throttled(&self) {
        lock(&self.invocations).throttled += 1;
    }

    /// An environment was started.
    pub fn environment_started(&self) {
        let counts = &mut *lock(&self.environments);
        counts.started += 1;
        counts.now += 1;
        counts.most = counts.most.max(counts.now);
    }

    /// An environment is gone. One that was never started is not counted.
    pub fn environment_retired(&self) {
        let counts = &mut *lock(&self.environments);
        if let Some(now) = counts.now.checked_sub(1) {
            counts.now = now;
            counts.retired += 1;
        }
    }

    /// A request at the edge is over.
    pub fn edge_request(&self, request: &EdgeRequest) {
        let counts = &mut *lock(&self.edge);
        counts.requests += 1;
        counts.bytes_out += request.bytes_out;
        match request.method {
            Method::Read => counts.reads += 1,
            Method::Write => counts.writes += 1,
        }
        let class = usize::from(request.status / 100).clamp(1, 5);
        counts.statuses[class - 1] += 1;
        counts.answer_times.record(request.first_byte_us);
        counts.total_times.record(request.total_us);
        let page = u64::from(request.content == Content::Page);
        let (count, times) = match request.result {
            EdgeResult::Hit => (&mut counts.hits, Some(&mut counts.hit_times)),
            EdgeResult::Stale => (&mut counts.stale, Some(&mut counts.hit_times)),
            EdgeResult::Revalidated => (&mut counts.revalidated, Some(&mut counts.miss_times)),
            EdgeResult::Miss => (&mut counts.misses, Some(&mut counts.miss_times)),
            EdgeResult::Passed => (&mut counts.passed, Some(&mut counts.passed_times)),
            EdgeResult::Refused => (&mut counts.refused, None),
        };
        *count += 1;
        if let Some(times) = times {
            times.record(request.first_byte_us);
        }
        match request.result {
            EdgeResult::Hit | EdgeResult::Stale => counts.page_hits += page,
            EdgeResult::Revalidated | EdgeResult::Miss => counts.page_misses += page,
            EdgeResult::Passed | EdgeResult::Refused => {}
        }
    }

    /// Edge functions ran so often, and read so many values of their key-value store.
    pub fn edge_functions(&self, runs: u64, key_value_reads: u64) {
        let counts = &mut *lock(&self.edge);
        counts.function_runs += runs;
        counts.key_value_reads += key_value_reads;
    }

    /// So many paths and tags were dropped from the edge.
    pub fn purged(&self, paths: u64, tags: u64) {
        let counts = &mut *lock(&self.services);
        counts.purged_paths += paths;
        counts.purged_tags += tags;
    }

    /// Of the tags that were dropped, or will be in a moment, so many are for stock alone, of which the shop drops
    /// `monthly_max` in a month at most.
    pub fn purged_for_stock(&self, tags: u64, monthly_max: u64) {
        let counts = &mut *lock(&self.services);
        counts.stock_purges += tags;
        counts.stock_purges_monthly = Some(monthly_max);
    }

    /// The object store did something.
    pub fn store_operation(&self, operation: StoreOperation) {
        let counts = &mut *lock(&self.services);
        match operation {
            StoreOperation::Put { bytes } => {
                counts.store_puts += 1;
                counts.store_bytes_in += bytes;
            }
            StoreOperation::Get { bytes } => {
                counts.store_gets += 1;
                counts.store_bytes_out += bytes;
            }
        }
    }

    /// The object store holds so many bytes now.
    pub fn store_holds(&self, bytes: u64) {
        lock(&self.services).store_bytes_now = bytes;
    }

    /// The database was sent so many statements, and asked to commit so many transactions.
    pub fn database(&self, statements: u64, transactions: u64) {
        let counts = &mut *lock(&self.services);
        counts.database_statements += statements;
        counts.database_transactions += transactions;
    }

    /// The database says that it used so many millionths of a DPU.
    pub fn database_used(&self, micro_dpu: u64) {
        lock(&self.services).database_micro_dpu += micro_dpu;
    }

    /// The database holds so many bytes now.
    pub fn database_holds(&self, bytes: u64) {
        lock(&self.services).database_bytes_now = bytes;
    }

    /// So many letters were sent.
    pub fn letters(&self, count: u64) {
        lock(&self.services).letters += count;
    }

    /// What has happened up to now. Each of the four parts is of one moment; between them a few requests may lie.
    pub fn counts(&self) -> Counts {
        Counts {
            invocations: lock(&self.invocations).clone(),
            environments: lock(&self.environments).clone(),
            edge: lock(&self.edge).clone(),
            services: lock(&self.services).clone(),
        }
    }
}

/// Numbers stay numbers where a thread has died.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn invocation(init_us: Option<u64>, duration_us: u64) -> Invocation {
        Invocation { init_us, duration_us, memory_mb: 256, outcome: Outcome::Answered }
    }

    #[test]
    fn each_invocation_is_rounded_up_with_its_init() {
        for (case, init_us, duration_us, billed_ms) in [
            ("whole milliseconds stay", None, 2_000, 2),
            ("one microsecond more is a millisecond", None, 2_001, 3),
            ("nothing costs nothing", None, 0, 0),
            ("init is billed", Some(11_000), 2_000, 13),
            // 11.9 ms; rounded apart they would be 12 and 1
            ("init and duration are rounded together", Some(11_300), 600, 12),
        ] {
            let tally = Tally::default();
            tally.invocation(&invocation(init_us, duration_us));
            let counts = tally.counts().invocations;
            assert_eq!((counts.billed_ms, counts.billed_mb_ms), (billed_ms, billed_ms * 256), "{case}");
        }
    }

    #[test]
    fn what_fails_is_counted_and_what_is_throttled_is_not_billed() {
        let tally = Tally::default();
        tally.invocation(&Invocation { outcome: Outcome::Failed, ..invocation(None, 1_000) });
        tally.throttled();
        let counts = tally.counts().invocations;
        assert_eq!((counts.count, counts.failed, counts.throttled, counts.billed_ms), (1, 1, 1, 1));
    }

    #[test]
    fn environments_are_counted_with_their_most() {
        let tally = Tally::default();
        tally.environment_started();
        tally.environment_started();
        (0..3).for_each(|_| tally.environment_retired());
        let counts = tally.counts().environments;
        assert_eq!((counts.started, counts.retired, counts.now, counts.most), (2, 2, 0, 2));
    }

    #[test]
    fn requests_are_counted_by_what_the_cache_did() {
        let tally = Tally::default();
        let request = EdgeRequest {
            content: Content::Page,
            method: Method::Read,
            result: EdgeResult::Hit,
            status: 200,
            bytes_out: 10,
            first_byte_us: 5,
            total_us: 9,
        };
        tally.edge_request(&request);
        tally.edge_request(&EdgeRequest { content: Content::File, result: EdgeResult::Stale, ..request });
        tally.edge_request(&EdgeRequest { result: EdgeResult::Miss, status: 404, ..request });
        tally.edge_request(&EdgeRequest { method: Method::Write, result: EdgeResult::Passed, status: 303, ..request });
        tally.edge_request(&EdgeRequest { result: EdgeResult::Refused, status: 999, ..request });
        let edge = tally.counts().edge;
        assert_eq!((edge.requests, edge.reads, edge.writes, edge.bytes_out), (5, 4, 1, 50));
        assert_eq!((edge.hits, edge.stale, edge.misses, edge.passed, edge.refused), (1, 1, 1, 1, 1));
        assert_eq!((edge.page_hits, edge.page_misses), (1, 1));
        assert_eq!(edge.statuses, [0, 2, 1, 1, 1]);
        assert_eq!(edge.hit_permille(), Some(666));
        assert_eq!((edge.hit_times.count(), edge.miss_times.count(), edge.answer_times.count()), (2, 1, 5));
    }

    #[test]
    fn many_threads_lose_nothing() {
        let tally = Tally::default();
        std::thread::scope(|scope| {
            for _ in 0..4 {
                scope.spawn(|| (0..1_000).for_each(|_| tally.invocation(&invocation(None, 1))));
            }
        });
        assert_eq!(tally.counts().invocations.count, 4_000);
    }
}
