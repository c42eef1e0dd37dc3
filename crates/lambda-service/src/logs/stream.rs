//! The log of one environment.

use std::collections::VecDeque;
use std::fs::File;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

use tokio::net::unix::pipe;
use tokio::sync::broadcast;

use super::LogLine;
use crate::clock::Clock;
use crate::limits::LOG_TAIL_BYTES;
use crate::sync::lock;

/// Text that a stream keeps in memory, in bytes.
const RING_BYTES_MAX: usize = 256 * 1024;
/// Text that a stream writes to its file, in bytes.
const FILE_BYTES_MAX: u64 = 16 * 1024 * 1024;
/// A longer line is cut into several, in bytes.
const LINE_BYTES_MAX: usize = 64 * 1024;
/// What a function may write in a second, in bytes; the rest is counted and left out.
const RATE_BYTES_PER_S: u64 = 1024 * 1024;
/// What is read in one go when an invocation ends: twice what a pipe holds.
const DRAIN_BYTES_MAX: usize = 128 * 1024;
/// Size of a read, in bytes.
const READ_BYTES: usize = 16 * 1024;

/// The log of one environment. What the function writes and what the service writes come in the order of events:
/// before a line of its own the service takes in what the function has written up to then.
#[derive(Debug)]
pub(crate) struct LogStream {
    /// As `AWS_LAMBDA_LOG_STREAM_NAME` has it.
    pub(crate) name: String,
    environment: Arc<str>,
    path: PathBuf,
    clock: Clock,
    followers: broadcast::Sender<LogLine>,
    written: Mutex<Written>,
}

#[derive(Debug)]
struct Written {
    ring: VecDeque<LogLine>,
    ring_bytes: usize,
    file: File,
    file_bytes: u64,
    /// The pipe of the process that runs now, and a line that has not ended yet.
    pipe: Option<Arc<pipe::Receiver>>,
    rest: Vec<u8>,
    request_id: Option<Arc<str>>,
    rate: Rate,
}

/// What a function has written in the second that runs.
#[derive(Debug, Default)]
struct Rate {
    second: u64,
    bytes: u64,
    left_out: u64,
}

impl LogStream {
    pub(super) fn create(
        name: String,
        environment: &str,
        file: &Path,
        clock: Clock,
        followers: broadcast::Sender<LogLine>,
    ) -> io::Result<Self> {
        let written = Written {
            ring: VecDeque::new(),
            ring_bytes: 0,
            file: File::create(file)?,
            file_bytes: 0,
            pipe: None,
            rest: Vec::new(),
            request_id: None,
            rate: Rate::default(),
        };
        Ok(Self {
            name,
            environment: environment.into(),
            path: file.to_owned(),
            clock,
            followers,
            written: Mutex::new(written),
        })
    }

    /// Takes the file away. A file that is gone already is no failure.
    pub(super) fn remove_file(&self) {
        let _ = std::fs::remove_file(&self.path);
    }

    /// Takes in what comes out of a pipe until its last writer has gone.
    pub(crate) fn attach(self: &Arc<Self>, pipe: pipe::Receiver) {
        let pipe = Arc::new(pipe);
        lock(&self.written).pipe = Some(Arc::clone(&pipe));
        let stream = Arc::clone(self);
        tokio::spawn(async move {
            while pipe.readable().await.is_ok() && stream.take_from(|chunk| pipe.try_read(chunk)) {}
        });
    }

    /// Takes in what is in the pipe by now. Asks the pipe itself: the runtime learns of new bytes a little later.
    fn drain(&self) {
        let pipe = lock(&self.written).pipe.clone();
        if let Some(pipe) = pipe {
            self.take_from(|chunk| Ok(nix::unistd::read(&pipe, chunk)?));
        }
    }

    /// Lines from here on belong to that request.
    pub(crate) fn set_request(&self, request_id: Option<Arc<str>>) {
        self.drain();
        lock(&self.written).request_id = request_id;
    }

    /// Writes a line of the service.
    pub(crate) fn write(&self, request_id: Option<&Arc<str>>, text: String) {
        self.drain();
        let mut written = lock(&self.written);
        let request_id = request_id.cloned().or_else(|| written.request_id.clone());
        self.add(&mut written, request_id, text);
    }

    /// The last 4 KB of what was written for a request.
    pub(crate) fn tail(&self, request_id: &str) -> Vec<u8> {
        let mut text = Vec::new();
        for line in self.lines(Some(request_id)) {
            text.extend_from_slice(line.text.as_bytes());
            text.push(b'\n');
        }
        text.split_off(text.len().saturating_sub(LOG_TAIL_BYTES))
    }

    pub(super) fn lines(&self, request_id: Option<&str>) -> Vec<LogLine> {
        let is_meant = |line: &&LogLine| request_id.is_none() || line.request_id.as_deref() == request_id;
        lock(&self.written).ring.iter().filter(is_meant).cloned().collect()
    }

    /// Reads until the pipe is empty or enough was read; false at its end.
    fn take_from(&self, mut read_some: impl FnMut(&mut [u8]) -> io::Result<usize>) -> bool {
        let mut written = lock(&self.written);
        let mut chunk = [0; READ_BYTES];
        let mut read = 0;
        while read < DRAIN_BYTES_MAX {
            match read_some(&mut chunk) {
                Ok(0) => {
                    let rest = std::mem::take(&mut written.rest);
                    self.add_line(&mut written, &rest);
                    written.pipe = None;
                    return false;
                }
                Ok(bytes) => {
                    read += bytes;
                    self.take_in(&mut written, &chunk[..bytes]);
                }
                Err(error) => return error.kind() == io::ErrorKind::WouldBlock,
            }
        }
        true
    }

    fn take_in(&self, written: &mut Written, chunk: &[u8]) {
        let bytes = chunk.len().try_into().unwrap_or(u64::MAX);
        let second = self.clock.now_ms() / 1_000;
        if written.rate.second != second {
            self.tell_of_left_out(written);
            written.rate = Rate { second, ..Rate::default() };
        }
        if RATE_BYTES_PER_S < written.rate.bytes + bytes {
            written.rate.left_out += bytes;
            return;
        }
        written.rate.bytes += bytes;
        for part in chunk.split_inclusive(|byte| *byte == b'\n') {
            written.rest.extend_from_slice(part);
            if part.ends_with(b"\n") || LINE_BYTES_MAX <= written.rest.len() {
                let line = std::mem::take(&mut written.rest);
                self.add_line(written, &line);
            }
        }
    }

    fn add_line(&self, written: &mut Written, line: &[u8]) {
        let line = line.strip_suffix(b"\n").unwrap_or(line);
        if !line.is_empty() {
            let request_id = written.request_id.clone();
            self.add(written, request_id, String::from_utf8_lossy(line).into_owned());
        }
    }

    fn tell_of_left_out(&self, written: &mut Written) {
        let left_out = std::mem::take(&mut written.rate.left_out);
        if 0 < left_out {
            let words = format!("[lambda-service] {left_out} bytes left out: more than {RATE_BYTES_PER_S} in a second");
            let request_id = written.request_id.clone();
            self.add(written, request_id, words);
        }
    }

    fn add(&self, written: &mut Written, request_id: Option<Arc<str>>, text: String) {
        let line =
            LogLine { time_ms: self.clock.now_ms(), environment: Arc::clone(&self.environment), request_id, text };
        written.file_bytes += line.text.len().try_into().unwrap_or(u64::MAX);
        if written.file_bytes <= FILE_BYTES_MAX {
            // A full disk must not stop functions; the ring still has the line.
            let _ = writeln!(written.file, "{}", line.text);
        }
        written.ring_bytes += line.text.len();
        // Nobody may be following.
        let _ = self.followers.send(line.clone());
        written.ring.push_back(line);
        while RING_BYTES_MAX < written.ring_bytes {
            let Some(oldest) = written.ring.pop_front() else { break };
            written.ring_bytes -= oldest.text.len();
        }
    }

    /// Tells of what was left out in the second that runs, at the end of an invocation.
    pub(crate) fn settle(&self) {
        self.drain();
        self.tell_of_left_out(&mut lock(&self.written));
    }
}
