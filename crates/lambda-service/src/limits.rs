//! Lambda's figures, each with its unit. Those of the account can be set lower in [`crate::Options`].

/// Memory of a function, in MB: smallest, largest, and what one has that names none.
pub(crate) const MEMORY_MB: Bounds = Bounds { min: 128, max: 10_240 };
pub(crate) const MEMORY_MB_DEFAULT: u32 = 128;
/// Time of an invocation, in seconds.
pub(crate) const TIMEOUT_S: Bounds = Bounds { min: 1, max: 900 };
pub(crate) const TIMEOUT_S_DEFAULT: u32 = 3;
/// Room under `/tmp`, in MB.
pub(crate) const STORAGE_MB: Bounds = Bounds { min: 512, max: 10_240 };
/// Parallel requests of an environment that takes more than one.
pub(crate) const PARALLEL: Bounds = Bounds { min: 1, max: 1_600 };
/// Attempts after the first of an asynchronous event.
pub(crate) const RETRIES: Bounds = Bounds { min: 0, max: 2 };
/// How long an asynchronous event is kept, in seconds.
pub(crate) const EVENT_AGE_S: Bounds = Bounds { min: 60, max: 21_600 };

/// Payload of a synchronous call and of its answer, in bytes. Lambda's own 6 MB is 6 MiB and 100 bytes.
pub(crate) const PAYLOAD_BYTES_MAX: usize = 6 * 1024 * 1024 + 100;
/// Payload of an event, in bytes.
pub(crate) const EVENT_BYTES_MAX: usize = 1024 * 1024;
/// A streamed answer, in bytes.
pub(crate) const STREAM_BYTES_MAX: usize = 200 * 1024 * 1024;
/// `X-Amz-Client-Context`, in bytes of its base64.
pub(crate) const CLIENT_CONTEXT_BYTES_MAX: usize = 3_583;
/// What comes back of a log with an answer, in bytes.
pub(crate) const LOG_TAIL_BYTES: usize = 4_096;
/// Names and values of a function's variables together, in bytes.
pub(crate) const VARIABLES_BYTES_MAX: usize = 4_096;

/// A package as it is sent, in bytes.
pub(crate) const ZIP_BYTES_MAX: usize = 52_428_800;
/// A package from a bucket, in bytes: what 250 MB can be at most.
pub(crate) const BUCKET_ZIP_BYTES_MAX: u64 = 262_144_000;
/// A package unpacked, in bytes.
pub(crate) const UNZIPPED_BYTES_MAX: u64 = 262_144_000;
/// Files and folders of a package: what the plain record at an archive's end can count. Lambda names no figure.
pub(crate) const ENTRIES_MAX: usize = 65_534;
/// A request of the management API, in bytes: a whole package in base64 and what stands around it.
pub(crate) const REQUEST_BYTES_MAX: usize = 70_167_211;

/// Descriptors of a process, and processes of an environment's user.
pub(crate) const DESCRIPTORS_MAX: u64 = 1_024;
pub(crate) const PROCESSES_MAX: u64 = 1_024;

/// How long an environment may take to ask for its first event, in milliseconds.
pub(crate) const INIT_MS_MAX: u64 = 10_000;
/// How long an environment has after SIGTERM, in milliseconds.
pub(crate) const SHUTDOWN_MS_MAX: u64 = 500;

/// Names of functions and aliases, in characters.
pub(crate) const FUNCTION_NAME_CHARS_MAX: usize = 64;
pub(crate) const ALIAS_NAME_CHARS_MAX: usize = 128;
pub(crate) const DESCRIPTION_CHARS_MAX: usize = 256;
pub(crate) const HANDLER_CHARS_MAX: usize = 128;
/// Tags of a function.
pub(crate) const TAGS_MAX: usize = 50;
/// Statements of a policy.
pub(crate) const STATEMENTS_MAX: usize = 200;
/// Rows of a page of a list, and what a caller gets who names no number.
pub(crate) const PAGE_ROWS_MAX: usize = 10_000;
pub(crate) const PAGE_ROWS_DEFAULT: usize = 50;

/// The smallest and the largest value allowed.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Bounds {
    pub(crate) min: u32,
    pub(crate) max: u32,
}

impl Bounds {
    /// The value, if it lies within.
    pub(crate) fn admit(self, value: i64) -> Option<u32> {
        u32::try_from(value).ok().filter(|value| (self.min..=self.max).contains(value))
    }
}
