//! What a call may use.

use std::time::Duration;

/// Memory of a function with all that its realm has built in, in bytes (CloudFront's quota).
pub const MEMORY_BYTES_MAX: usize = 2 * 1024 * 1024;
/// Processor time of a call, in milliseconds. CloudFront allows about 1 ms; other machines are slower than its own.
pub const CPU_MS_MAX: u64 = 5;
/// Wall time of a call, in milliseconds, for a machine so busy that the function hardly gets to run. With 5 ms of wall
/// time one call in a thousand failed while two cores were shared by four busy programs.
pub const WALL_MS_MAX: u64 = 250;
/// Native stack of a call, in bytes.
pub const STACK_BYTES_MAX: usize = 256 * 1024;
/// Log of a call, in bytes; the rest is cut off (CloudFront's limit).
pub const LOG_BYTES_MAX: usize = 10 * 1024;
/// Characters of a thrown error's message that are kept.
pub(crate) const MESSAGE_CHARS_MAX: usize = 1_000;
/// The time that is 100 % of compute utilisation, in microseconds. AWS names no figure; "about 1 ms" is what is known.
const FULL_MICROS: u128 = 1_000;

/// Bounds of one call; [`Bounds::default`] is for production, others are for tests.
///
/// Memory is a hard bound. Time is looked at every 10,000 steps of the engine: a plain loop ends within a fraction of a
/// millisecond, but a step may be one built-in method on a long text. With texts of a request's size that is some 50 ms
/// at worst; a function that searches texts of a megabyte in a loop may run for seconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Bounds {
    /// Memory, in bytes.
    pub memory_bytes_max: usize,
    /// Processor time.
    pub cpu_max: Duration,
    /// Wall time.
    pub wall_max: Duration,
    /// Native stack, in bytes.
    pub stack_bytes_max: usize,
}

impl Default for Bounds {
    fn default() -> Self {
        Self {
            memory_bytes_max: MEMORY_BYTES_MAX,
            cpu_max: Duration::from_millis(CPU_MS_MAX),
            wall_max: Duration::from_millis(WALL_MS_MAX),
            stack_bytes_max: STACK_BYTES_MAX,
        }
    }
}

/// How much of the allowed processor time a call took, 0 to 100.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Utilisation(u8);

impl Utilisation {
    pub(crate) fn of(spent: Duration) -> Self {
        let percent = spent.as_micros() * 100 / FULL_MICROS;
        Self(u8::try_from(percent.min(100)).unwrap_or(100))
    }

    /// The percentage.
    pub fn percent(self) -> u8 {
        self.0
    }
}
