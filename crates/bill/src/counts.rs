//! What has happened, in numbers. Kept and read as [`Tally`](crate::Tally) says.

use serde::Serialize;

use crate::histogram::Histogram;

/// A state of a tally: everything that has happened up to a moment. Only grows, but for what is called *now*.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// Of functions.
    pub invocations: InvocationCounts,
    /// Of the environments that functions run in.
    pub environments: EnvironmentCounts,
    /// Of the edge.
    pub edge: EdgeCounts,
    /// Of everything else.
    pub services: ServiceCounts,
}

/// What functions did.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct InvocationCounts {
    /// Invocations that ran, whatever came of them.
    pub count: u64,
    /// Those that waited for a new environment.
    pub cold: u64,
    /// Those that ended with an error, a crash or a time-out. They are billed like others.
    pub failed: u64,
    /// Requests that found no environment and were turned away. They did not run and are not billed.
    pub throttled: u64,
    /// Time of all inits, in microseconds.
    pub init_us: u64,
    /// Time of all invocations without init, in microseconds.
    pub duration_us: u64,
    /// What is billed: init and duration of each invocation, rounded up to 1 ms, added up.
    pub billed_ms: u64,
    /// The same, each multiplied by the memory of its function: MB × ms. 1,024,000 are a GB-second.
    pub billed_mb_ms: u64,
    /// Durations of warm invocations.
    #[serde(skip)]
    pub warm_times: Histogram,
    /// Init and duration of cold ones: what the caller waited for.
    #[serde(skip)]
    pub cold_times: Histogram,
    /// Inits alone.
    #[serde(skip)]
    pub init_times: Histogram,
}

/// The environments that functions run in.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct EnvironmentCounts {
    /// Started so far.
    pub started: u64,
    /// Ended so far.
    pub retired: u64,
    /// There at this moment.
    pub now: u64,
    /// The most that were there at once.
    pub most: u64,
}

/// What the edge did.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct EdgeCounts {
    /// Requests, all that follows included.
    pub requests: u64,
    /// Those that only read: GET, HEAD, OPTIONS.
    pub reads: u64,
    /// All other methods.
    pub writes: u64,
    /// Answered from what is kept.
    pub hits: u64,
    /// Answered from what is kept though it is stale.
    pub stale: u64,
    /// Kept, and asked of the origin whether it is still true.
    pub revalidated: u64,
    /// Fetched from the origin.
    pub misses: u64,
    /// Handed to the origin and back, as nothing of its kind is kept.
    pub passed: u64,
    /// Answered by the edge itself: a refusal, a fault, a function.
    pub refused: u64,
    /// Answers by the first digit of their status, from 1xx to 5xx.
    pub statuses: [u64; 5],
    /// Bytes of bodies that went out.
    pub bytes_out: u64,
    /// Pages (not files) answered at once from what is kept, stale or not.
    pub page_hits: u64,
    /// Pages that a function was asked for, to be kept from then on.
    pub page_misses: u64,
    /// Runs of edge functions.
    pub function_runs: u64,
    /// Reads of these from their key-value store.
    pub key_value_reads: u64,
    /// Time to the first byte of all answers.
    #[serde(skip)]
    pub answer_times: Histogram,
    /// … of hits, stale ones included.
    #[serde(skip)]
    pub hit_times: Histogram,
    /// … of misses and of what was revalidated.
    #[serde(skip)]
    pub miss_times: Histogram,
    /// … of what was handed to the origin and back.
    #[serde(skip)]
    pub passed_times: Histogram,
    /// To the last byte, all answers.
    #[serde(skip)]
    pub total_times: Histogram,
}

/// What the other services did.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct ServiceCounts {
    /// Paths dropped from the edge.
    pub purged_paths: u64,
    /// Tags dropped from the edge.
    pub purged_tags: u64,
    /// Those of them that the shop dropped for stock alone.
    pub stock_purges: u64,
    /// How many of those the shop drops in a month at most; `None` where it has not said so.
    pub stock_purges_monthly: Option<u64>,
    /// PUT, COPY, POST and LIST requests to the object store.
    pub store_puts: u64,
    /// GET and all other requests to it.
    pub store_gets: u64,
    /// Bytes that went into it.
    pub store_bytes_in: u64,
    /// Bytes that came out of it.
    pub store_bytes_out: u64,
    /// Bytes that it holds now.
    pub store_bytes_now: u64,
    /// Statements that the database was sent.
    pub database_statements: u64,
    /// Transactions that it was asked to commit.
    pub database_transactions: u64,
    /// Millionths of a DPU, where somebody measured them; else 0, and the bill goes by statements.
    pub database_micro_dpu: u64,
    /// Bytes that it holds now.
    pub database_bytes_now: u64,
    /// Letters sent.
    pub letters: u64,
}

impl EdgeCounts {
    /// Answers that came from what is kept, in thousandths of all that may be kept; `None` before the first.
    pub fn hit_permille(&self) -> Option<u64> {
        let kept = self.hits + self.stale;
        permille(kept, kept + self.revalidated + self.misses)
    }
}

impl InvocationCounts {
    /// Cold starts in thousandths of all invocations; `None` before the first.
    pub fn cold_permille(&self) -> Option<u64> {
        permille(self.cold, self.count)
    }
}

/// Rounded down, so that 1,000 means all.
fn permille(part: u64, whole: u64) -> Option<u64> {
    (u128::from(part) * 1_000).checked_div(whole.into()).and_then(|share| u64::try_from(share).ok())
}
