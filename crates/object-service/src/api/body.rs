//! Bodies: coming in onto the disk, going out from it.

use std::fs::File;
use std::io::{self, Read as _};
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use bytes::Bytes;
use futures_util::{Stream, StreamExt as _};
use s3s::checksum::ChecksumHasher;
use s3s::dto::StreamingBlob;
use s3s::stream::{ByteStream, RemainingLength};
use s3s::{S3Result, StdError};
use tokio::task::JoinHandle;
use tokio::time::{Instant, Sleep};

use super::Api;
use super::refusal::broken_body;
use crate::limits::PUT_BYTES_MAX;
use crate::options::ReadCost;
use crate::store::{Bucket, Draft, Finished, StoreError, Sums};

/// Bytes that are gathered before they are written.
const WRITE_BYTES: usize = 512 << 10;
/// Bytes that are read at once.
const READ_BYTES: u64 = 256 << 10;

/// A body that has come; its end may not be on the disk yet.
pub(super) struct Arrival {
    hasher: Option<ChecksumHasher>,
    draft: Option<Draft>,
    waiting: Vec<Bytes>,
}

impl Arrival {
    /// Writes the rest. Small bodies meet the disk here for the first time.
    pub(super) fn finish(mut self, bucket: &Bucket<'_>) -> Result<(Finished, Sums), StoreError> {
        self.write(bucket)?;
        let draft = self.draft.take().ok_or(StoreError::Busy)?;
        bucket.finish(draft)
    }

    fn write(&mut self, bucket: &Bucket<'_>) -> Result<(), StoreError> {
        let mut draft = match self.draft.take() {
            Some(draft) => draft,
            None => bucket.draft(PUT_BYTES_MAX, self.hasher.take().unwrap_or_default())?,
        };
        for chunk in self.waiting.drain(..) {
            draft.write(&chunk)?;
        }
        self.draft = Some(draft);
        Ok(())
    }
}

impl Api {
    /// Takes a body in. At most 512 KiB and what a connection has read ahead are in memory.
    pub(super) async fn receive(
        &self,
        bucket: &str,
        body: Option<StreamingBlob>,
        hasher: ChecksumHasher,
    ) -> S3Result<Arrival> {
        let mut arrival = Arrival { hasher: Some(hasher), draft: None, waiting: Vec::new() };
        let Some(mut body) = body else { return Ok(arrival) };
        let mut waiting_bytes = 0;
        while let Some(chunk) = body.next().await {
            let chunk = chunk.map_err(|error| broken_body(&error))?;
            waiting_bytes += chunk.len();
            arrival.waiting.push(chunk);
            if WRITE_BYTES <= waiting_bytes {
                waiting_bytes = 0;
                let bucket = bucket.to_owned();
                let write = move |store: &crate::store::Store| {
                    arrival.write(&store.bucket(&bucket)?)?;
                    Ok(arrival)
                };
                arrival = self.disk(write).await?;
            }
        }
        Ok(arrival)
    }
}

/// Bytes of a file on their way out. The file is open: whatever becomes of the object, these are its bytes.
pub(super) struct ObjectBody {
    source: Source,
    /// Read and not handed on.
    ready: Option<Bytes>,
    unread: u64,
    unsent: u64,
    pace: Option<Pace>,
}

enum Source {
    Resting(Option<File>),
    Reading(JoinHandle<io::Result<(File, Bytes)>>),
}

impl ObjectBody {
    /// The next `bytes` of a file. Its beginning is read here, so that a small object needs no second trip to the disk.
    pub(super) fn read(mut file: File, bytes: u64) -> io::Result<Self> {
        let first = read_next(&mut file, bytes)?;
        let unread = bytes - first.len() as u64;
        let ready = Some(first).filter(|first| !first.is_empty());
        Ok(Self { source: Source::Resting(Some(file)), ready, unread, unsent: bytes, pace: None })
    }

    pub(super) fn paced(mut self, cost: Option<ReadCost>) -> Self {
        self.pace = cost.map(|cost| Pace { cost, began: Instant::now(), sent: 0, wait: None });
        self
    }
}

fn read_next(file: &mut File, left: u64) -> io::Result<Bytes> {
    let mut bytes = vec![0; usize::try_from(left.min(READ_BYTES)).unwrap_or_default()];
    // A file that somebody has cut meanwhile ends the answer too early, which its length tells.
    file.read_exact(&mut bytes)?;
    Ok(bytes.into())
}

impl Stream for ObjectBody {
    type Item = Result<Bytes, StdError>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let this = &mut *self;
        loop {
            if let Some(next) = &this.ready {
                if let Some(pace) = &mut this.pace {
                    ready!(pace.poll(context, next.len()));
                }
                this.unsent -= next.len() as u64;
                return Poll::Ready(this.ready.take().map(Ok));
            }
            match &mut this.source {
                Source::Resting(_) if this.unread == 0 => return Poll::Ready(None),
                Source::Resting(file) => {
                    let Some(mut file) = file.take() else { return Poll::Ready(None) };
                    let left = this.unread;
                    this.source = Source::Reading(tokio::task::spawn_blocking(move || {
                        let bytes = read_next(&mut file, left)?;
                        Ok((file, bytes))
                    }));
                }
                Source::Reading(reading) => {
                    let read = ready!(Pin::new(reading).poll(context));
                    let read = read.map_err(StdError::from).and_then(|read| read.map_err(StdError::from));
                    match read {
                        Ok((file, bytes)) => {
                            this.unread -= bytes.len() as u64;
                            this.source = Source::Resting(Some(file));
                            this.ready = Some(bytes);
                        }
                        Err(error) => {
                            this.source = Source::Resting(None);
                            return Poll::Ready(Some(Err(error)));
                        }
                    }
                }
            }
        }
    }
}

impl ByteStream for ObjectBody {
    fn remaining_length(&self) -> RemainingLength {
        usize::try_from(self.unsent).map_or_else(|_| RemainingLength::unknown(), RemainingLength::new_exact)
    }
}

/// Holds bytes back until a slower store would have brought them.
struct Pace {
    cost: ReadCost,
    began: Instant,
    sent: u64,
    wait: Option<Pin<Box<Sleep>>>,
}

impl Pace {
    fn poll(&mut self, context: &mut Context<'_>, bytes: usize) -> Poll<()> {
        let due_bytes = u128::from(self.sent) + bytes as u128;
        let due_ns = due_bytes * 1_000_000_000 / u128::from(self.cost.bytes_per_second.get());
        let due = self.began + Duration::from_nanos(u64::try_from(due_ns).unwrap_or(u64::MAX));
        let wait = self.wait.get_or_insert_with(|| Box::pin(tokio::time::sleep_until(due)));
        ready!(wait.as_mut().poll(context));
        self.wait = None;
        self.sent = self.sent.saturating_add(bytes as u64);
        Poll::Ready(())
    }
}

#[cfg(test)]
mod tests {
    use std::io::{Seek as _, Write as _};
    use std::num::NonZeroU64;

    use super::*;

    fn file_of(bytes: u64) -> File {
        let mut file = tempfile::tempfile().unwrap();
        file.write_all(&vec![b'x'; usize::try_from(bytes).unwrap()]).unwrap();
        file.rewind().unwrap();
        file
    }

    #[tokio::test]
    async fn a_body_says_how_much_is_left() {
        for bytes in [0, 1, READ_BYTES, READ_BYTES + 1, 3 * READ_BYTES] {
            let mut body = ObjectBody::read(file_of(bytes), bytes).unwrap();
            let mut left = usize::try_from(bytes).unwrap();
            assert_eq!(body.remaining_length().exact(), Some(left));
            while let Some(chunk) = body.next().await {
                left -= chunk.unwrap().len();
                assert_eq!(body.remaining_length().exact(), Some(left), "of {bytes}");
            }
            assert_eq!(left, 0, "of {bytes}");
        }
    }

    #[tokio::test]
    async fn a_file_that_is_cut_meanwhile_breaks_the_answer_off() {
        let file = file_of(3 * READ_BYTES);
        let cut = file.try_clone().unwrap();
        let mut body = ObjectBody::read(file, 3 * READ_BYTES).unwrap();
        cut.set_len(READ_BYTES + 5).unwrap();
        assert!(body.next().await.unwrap().is_ok());
        assert!(body.next().await.unwrap().is_err());
        assert!(body.next().await.is_none());
    }

    #[tokio::test(start_paused = true)]
    async fn bytes_come_no_faster_than_they_may() {
        let bytes_per_second = NonZeroU64::new(READ_BYTES).unwrap();
        let began = Instant::now();
        let body = ObjectBody::read(file_of(3 * READ_BYTES), 3 * READ_BYTES).unwrap();
        let mut body = body.paced(Some(ReadCost { wait_ms: 0, bytes_per_second }));
        for second in 1..=3 {
            body.next().await.unwrap().unwrap();
            assert_eq!(began.elapsed().as_secs(), second);
        }
    }
}
