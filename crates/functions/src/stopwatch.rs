//! How long a call has run.

use std::time::{Duration, Instant};

/// Runs from when it is made. Processor time is that of the thread that made it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Stopwatch {
    began: Instant,
    cpu_before: Duration,
}

impl Stopwatch {
    pub(crate) fn start() -> Self {
        Self { began: Instant::now(), cpu_before: thread_cpu() }
    }

    pub(crate) fn cpu(self) -> Duration {
        thread_cpu().saturating_sub(self.cpu_before)
    }

    /// Whether either time is used up. Asks for the processor time, which costs a system call, only if it may be.
    pub(crate) fn is_past(self, cpu_max: Duration, wall_max: Duration) -> bool {
        let wall = self.began.elapsed();
        cpu_max.min(wall_max) <= wall && (wall_max <= wall || cpu_max <= self.cpu())
    }
}

#[cfg(unix)]
fn thread_cpu() -> Duration {
    let time = rustix::time::clock_gettime(rustix::time::ClockId::ThreadCPUTime);
    Duration::try_from(time).unwrap_or_default()
}

/// Elsewhere wall time stands in.
#[cfg(not(unix))]
fn thread_cpu() -> Duration {
    static START: std::sync::LazyLock<Instant> = std::sync::LazyLock::new(Instant::now);
    START.elapsed()
}
