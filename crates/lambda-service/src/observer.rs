//! What an onlooker is told: one record for each invocation, one for each turn in an environment's life.

use crate::api::Throttled;
use crate::names::{FunctionName, Version};

/// Told of everything as it happens, in the middle of the work: implementations count or hand on, and never wait.
pub trait Observer: Send + Sync + 'static {
    /// An invocation has ended.
    fn invocation(&self, _record: &InvocationRecord) {}

    /// An environment has changed, or none was given.
    fn environment(&self, _event: &EnvironmentEvent) {}
}

/// Nobody looks on.
#[derive(Debug, Clone, Copy)]
pub struct NoObserver;

impl Observer for NoObserver {}

/// What an invocation was and cost.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InvocationRecord {
    /// The function.
    pub function: FunctionName,
    /// The version that ran.
    pub version: Version,
    /// The environment, by the name that its log stream ends with.
    pub environment: String,
    /// The request, as the function and the caller know it.
    pub request_id: String,
    /// Whether the environment had served a request before or was started ahead.
    pub start: Start,
    /// What the start took until the first event was asked for, in microseconds; 0 unless `start` is cold.
    pub init_us: u64,
    /// From the event's hand-over to the end of the answer, in microseconds.
    pub duration_us: u64,
    /// What is billed: init and duration, rounded up to whole milliseconds.
    pub billed_ms: u64,
    /// The function's memory setting, in MB.
    pub memory_mb: u32,
    /// The most that the environment has used so far, measured, in MB rounded up.
    pub memory_used_mb: u32,
    /// How it ended.
    pub outcome: Outcome,
    /// Size of the event, in bytes.
    pub request_bytes: usize,
    /// Size of the answer, in bytes.
    pub response_bytes: usize,
}

/// What a request found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Start {
    /// A new environment, which it waited for.
    Cold,
    /// An environment that was there.
    Warm,
}

/// How an invocation ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// The function answered.
    Answered,
    /// The function reported an error, by type.
    Failed(String),
    /// Its time was over.
    TimedOut,
    /// Its process ended, or was ended over its memory.
    Crashed(String),
}

/// A turn in an environment's life.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EnvironmentEvent {
    /// The function.
    pub function: FunctionName,
    /// The version.
    pub version: Version,
    /// The environment, by the name that its log stream ends with; none when none was given.
    pub environment: Option<String>,
    /// What has happened.
    pub turn: Turn,
}

/// What can happen to an environment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Turn {
    /// Its process has been started.
    Started,
    /// It has asked for its first event.
    Ready,
    /// It has done its work and stands still.
    Frozen,
    /// It is gone.
    Retired(Retired),
    /// A request was turned away.
    Throttled(Throttled),
}

/// Why an environment ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Retired {
    /// Nobody needed it for a while.
    Idle,
    /// It was old enough.
    Age,
    /// Its function was changed or deleted, or is provisioned for less.
    Outdated,
    /// Its process ended, hung or never became ready.
    Broken,
    /// It held more under `/tmp` than it may.
    Storage,
    /// The service stops.
    Stop,
}

/// How much is going on. Read at any time with [`crate::Running::counters`].
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Counters {
    /// Environments that have not asked for an event yet.
    pub starting: usize,
    /// Environments with an event in their hands.
    pub busy: usize,
    /// Environments that have answered and are on their way to the next event.
    pub finishing: usize,
    /// Environments that stand still and wait.
    pub idle: usize,
    /// Environments that are being ended.
    pub ending: usize,
    /// Invocations that count against concurrency.
    pub concurrency: u32,
    /// Asynchronous events that are not done yet.
    pub queued: usize,
    /// Requests turned away so far.
    pub throttled: u64,
}
