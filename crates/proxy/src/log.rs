//! An access log: one line a request, written behind the requests' backs.

use crate::observe::{Observer, Record};
use std::fmt::Write as _;
use std::fs::{File, OpenOptions};
use std::io::{self, Write};
use std::path::Path;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;
use std::time::Duration;

/// Bytes that wait for the disk at most; lines beyond are counted and dropped, so that a full disk stops no request.
const WAITING_BYTES_MAX: usize = 4 << 20;
/// From so many bytes on the disk is not kept waiting.
const WRITE_BYTES: usize = 64 << 10;
/// How long a line waits at most.
const WRITE_WAIT: Duration = Duration::from_secs(1);

/// The log could not be opened.
#[derive(Debug, thiserror::Error)]
#[error("the access log cannot be written")]
pub struct LogError(#[from] io::Error);

/// Writes lines: time, viewer, method, address, status, bytes, what the cache did, milliseconds in all and of the
/// origin.
pub struct AccessLog {
    shared: Arc<Shared>,
    writer: Option<JoinHandle<()>>,
}

#[derive(Default)]
struct Shared {
    waiting: Mutex<Waiting>,
    ring: Condvar,
}

#[derive(Default)]
struct Waiting {
    text: String,
    dropped: u64,
    ended: bool,
    /// The last second that was spelled out.
    second: u64,
    date: String,
}

impl AccessLog {
    /// Appends to a file, which is made where there is none.
    pub fn open(path: &Path) -> Result<Self, LogError> {
        let file = OpenOptions::new().create(true).append(true).open(path)?;
        let shared = Arc::new(Shared::default());
        let of_writer = shared.clone();
        let writer = std::thread::Builder::new().name("access-log".to_owned()).spawn(move || of_writer.write(file))?;
        Ok(Self { shared, writer: Some(writer) })
    }
}

impl Drop for AccessLog {
    fn drop(&mut self) {
        self.shared.waiting().ended = true;
        self.shared.ring.notify_one();
        if let Some(writer) = self.writer.take() {
            let _ = writer.join();
        }
    }
}

impl Observer for AccessLog {
    fn observe(&self, record: &Record) {
        let mut waiting = self.shared.waiting();
        if waiting.text.len() > WAITING_BYTES_MAX {
            waiting.dropped += 1;
            return;
        }
        waiting.line(record);
        let is_much = waiting.text.len() > WRITE_BYTES;
        drop(waiting);
        if is_much {
            self.shared.ring.notify_one();
        }
    }
}

impl Waiting {
    fn line(&mut self, record: &Record) {
        let Self { text, second, date, .. } = self;
        if *second != record.at.seconds() || date.is_empty() {
            *second = record.at.seconds();
            record.at.http_date().to_str().unwrap_or_default().clone_into(date);
        }
        // Writing to a string does not fail.
        let _ = write!(
            text,
            "{date}\t{}\t{}\t{}\t{}\t{}\t{}\t{}",
            record.viewer.ip(),
            record.method,
            record.uri,
            record.status.as_u16(),
            record.body_bytes,
            record.result.as_str(),
            record.total_time.as_millis(),
        );
        let _ = match record.origin_time {
            Some(time) => writeln!(text, "\t{}", time.as_millis()),
            None => writeln!(text, "\t-"),
        };
    }
}

impl Shared {
    fn waiting(&self) -> MutexGuard<'_, Waiting> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn write(&self, mut file: File) {
        let mut text = String::new();
        loop {
            let mut waiting = self.waiting();
            if waiting.text.len() < WRITE_BYTES && !waiting.ended {
                let rung = self.ring.wait_timeout(waiting, WRITE_WAIT);
                waiting = rung.unwrap_or_else(PoisonError::into_inner).0;
            }
            let ended = waiting.ended;
            let dropped = std::mem::take(&mut waiting.dropped);
            std::mem::swap(&mut waiting.text, &mut text);
            drop(waiting);
            if dropped > 0 {
                tracing::error!(dropped, "the access log could not keep up");
            }
            if let Err(error) = file.write_all(text.as_bytes()) {
                tracing::error!(%error, "the access log cannot be written");
            }
            text.clear();
            if ended {
                return;
            }
        }
    }
}
