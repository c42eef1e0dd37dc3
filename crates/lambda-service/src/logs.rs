//! Logs: one stream for each environment, in a ring in memory and in a file, grouped by function.

mod stream;

use std::collections::{BTreeMap, VecDeque};
use std::io;
use std::path::PathBuf;
use std::sync::{Arc, Mutex};

use tokio::sync::broadcast;

use crate::clock::{Clock, format_time};
use crate::names::{FunctionName, Version};
use crate::sync::lock;

pub(crate) use stream::LogStream;

/// Streams of a function that are kept, those of environments long gone among them; with the next the oldest goes.
const STREAMS_MAX: usize = 100;
/// Lines that a slow follower may be behind before it loses some.
const FOLLOWER_LINES: usize = 4_096;

/// A line of a log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LogLine {
    /// Milliseconds since 1970.
    pub time_ms: u64,
    /// The environment, by the name that its log stream ends with.
    pub environment: Arc<str>,
    /// The request that was being served, if it can be told.
    pub request_id: Option<Arc<str>>,
    /// The line, without its end.
    pub text: String,
}

/// The logs of all functions.
#[derive(Debug)]
pub(crate) struct LogStore {
    folder: PathBuf,
    clock: Clock,
    groups: Mutex<BTreeMap<FunctionName, Group>>,
}

#[derive(Debug)]
struct Group {
    streams: VecDeque<Arc<LogStream>>,
    followers: broadcast::Sender<LogLine>,
}

impl Group {
    fn new() -> Self {
        Self { streams: VecDeque::new(), followers: broadcast::channel(FOLLOWER_LINES).0 }
    }
}

impl LogStore {
    pub(crate) fn new(folder: PathBuf, clock: Clock) -> Self {
        Self { folder, clock, groups: Mutex::default() }
    }

    /// A stream for a new environment.
    pub(crate) fn open(
        &self,
        function: &FunctionName,
        version: Version,
        environment: &str,
    ) -> io::Result<Arc<LogStream>> {
        let folder = self.folder.join(function.as_str());
        std::fs::create_dir_all(&folder)?;
        let date = format_time(self.clock.now_ms(), "%Y/%m/%d");
        let name = format!("{date}/[{version}]{environment}");
        let file = folder.join(name.replace('/', "-"));
        let mut groups = lock(&self.groups);
        let group = groups.entry(function.clone()).or_insert_with(Group::new);
        let stream = LogStream::create(name, environment, &file, self.clock.clone(), group.followers.clone())?;
        let stream = Arc::new(stream);
        group.streams.push_back(Arc::clone(&stream));
        if STREAMS_MAX < group.streams.len() {
            // Whoever still writes into it writes for nobody.
            let oldest = group.streams.pop_front();
            if let Some(oldest) = oldest {
                oldest.remove_file();
            }
        }
        Ok(stream)
    }

    /// What a function's rings hold, oldest environment first; of one request if it is named.
    pub(crate) fn lines(&self, function: &FunctionName, request_id: Option<&str>) -> Vec<LogLine> {
        let streams: Vec<_> = match lock(&self.groups).get(function) {
            Some(group) => group.streams.iter().cloned().collect(),
            None => Vec::new(),
        };
        streams.iter().flat_map(|stream| stream.lines(request_id)).collect()
    }

    /// Every line of a function from now on.
    pub(crate) fn follow(&self, function: &FunctionName) -> broadcast::Receiver<LogLine> {
        lock(&self.groups).entry(function.clone()).or_insert_with(Group::new).followers.subscribe()
    }
}
