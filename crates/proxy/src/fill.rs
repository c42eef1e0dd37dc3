//! A body on its way from an origin, read by all who asked for it while it comes.
//!
//! Until it is longer than what may be kept, all of it is held, and whoever comes later reads from the start. Past that
//! only what the slowest reader has not had yet is held, and the origin waits for that reader.

use bytes::{Bytes, BytesMut};
use std::collections::{HashMap, VecDeque};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Waker};
use tokio::sync::Notify;

/// Bytes of all bodies on their way together, with their bound.
pub(crate) struct Coming {
    bytes: AtomicUsize,
    bytes_max: usize,
}

impl Coming {
    pub(crate) fn new(bytes_max: usize) -> Arc<Self> {
        Arc::new(Self { bytes: AtomicUsize::new(0), bytes_max })
    }
}

/// A body on its way.
pub(crate) struct Fill {
    inner: Mutex<Inner>,
    room: Notify,
    bytes_max: usize,
    coming: Arc<Coming>,
}

#[derive(Default)]
struct Inner {
    chunks: VecDeque<Bytes>,
    /// The number of the first chunk that is held.
    first: usize,
    bytes: usize,
    readers: HashMap<u64, Place>,
    readers_so_far: u64,
    ended: Option<Ended>,
    /// Too long to be kept.
    passes: bool,
}

#[derive(Default)]
struct Place {
    next: usize,
    waker: Option<Waker>,
}

/// How a body ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Ended {
    /// As it should.
    Whole,
    /// In the middle: the origin broke off.
    Broken,
}

/// The body is cut off: the origin broke off, or this reader was too slow.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the body was cut off")]
pub(crate) struct CutOff;

impl Fill {
    pub(crate) fn new(bytes_max: usize, coming: Arc<Coming>) -> Arc<Self> {
        Arc::new(Self { inner: Mutex::default(), room: Notify::new(), bytes_max, coming })
    }

    fn inner(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Somebody more who reads from the start; `None` where the start is gone, or the origin broke off.
    pub(crate) fn reader(self: &Arc<Self>) -> Option<FillReader> {
        let mut inner = self.inner();
        if inner.passes || inner.ended == Some(Ended::Broken) {
            return None;
        }
        inner.readers_so_far += 1;
        let id = inner.readers_so_far;
        inner.readers.insert(id, Place::default());
        Some(FillReader { fill: self.clone(), id })
    }

    /// Hands on what came.
    pub(crate) fn push(&self, chunk: Bytes) {
        if chunk.is_empty() {
            return;
        }
        let mut inner = self.inner();
        inner.bytes += chunk.len();
        let before = self.coming.bytes.fetch_add(chunk.len(), Ordering::Relaxed);
        inner.passes |= inner.bytes > self.bytes_max || before + chunk.len() > self.coming.bytes_max;
        inner.chunks.push_back(chunk);
        inner.wake_all();
    }

    /// Waits until there is room for more. Gives whether anybody wants more.
    pub(crate) async fn room(&self) -> bool {
        loop {
            let room = self.room.notified();
            {
                let mut inner = self.inner();
                inner.trim(&self.coming);
                if !inner.passes {
                    return true;
                }
                if inner.readers.is_empty() {
                    return false;
                }
                if inner.bytes <= self.bytes_max {
                    return true;
                }
            }
            room.await;
        }
    }

    /// Cuts off those for whom the origin waits.
    pub(crate) fn drop_laggards(&self) {
        let mut inner = self.inner();
        let Some(slowest) = inner.readers.values().map(|place| place.next).min() else { return };
        let gone = inner.readers.extract_if(|_, place| place.next == slowest);
        let wakers: Vec<Waker> = gone.filter_map(|(_, place)| place.waker).collect();
        wakers.into_iter().for_each(Waker::wake);
        inner.trim(&self.coming);
    }

    /// Ends the body.
    pub(crate) fn end(&self, ended: Ended) {
        let mut inner = self.inner();
        inner.ended = Some(ended);
        inner.wake_all();
    }

    /// All of it in one piece; `None` where it is too long to be kept.
    pub(crate) fn whole(&self) -> Option<Bytes> {
        let inner = self.inner();
        if inner.passes {
            return None;
        }
        let mut whole = BytesMut::with_capacity(inner.bytes);
        inner.chunks.iter().for_each(|chunk| whole.extend_from_slice(chunk));
        Some(whole.freeze())
    }
}

impl Drop for Fill {
    fn drop(&mut self) {
        let bytes = self.inner().bytes;
        self.coming.bytes.fetch_sub(bytes, Ordering::Relaxed);
    }
}

impl Inner {
    fn wake_all(&mut self) {
        self.readers.values_mut().filter_map(|place| place.waker.take()).for_each(Waker::wake);
    }

    /// Lets go of what every reader has had, where the body is not kept.
    fn trim(&mut self, coming: &Coming) {
        if !self.passes {
            return;
        }
        let slowest = self.readers.values().map(|place| place.next).min().unwrap_or(usize::MAX);
        while self.first < slowest {
            let Some(chunk) = self.chunks.pop_front() else { break };
            self.bytes -= chunk.len();
            coming.bytes.fetch_sub(chunk.len(), Ordering::Relaxed);
            self.first += 1;
        }
    }
}

/// Somebody who reads.
pub(crate) struct FillReader {
    fill: Arc<Fill>,
    id: u64,
}

impl FillReader {
    /// The next part; `None` at the end.
    pub(crate) fn poll_chunk(&mut self, context: &Context<'_>) -> Poll<Option<Result<Bytes, CutOff>>> {
        let mut guard = self.fill.inner();
        let inner = &mut *guard;
        let Some(place) = inner.readers.get_mut(&self.id) else { return Poll::Ready(Some(Err(CutOff))) };
        if let Some(chunk) =
            inner.chunks.get(place.next - inner.first.min(place.next)).filter(|_| inner.first <= place.next)
        {
            let chunk = chunk.clone();
            place.next += 1;
            if inner.passes {
                inner.trim(&self.fill.coming);
                self.fill.room.notify_one();
            }
            return Poll::Ready(Some(Ok(chunk)));
        }
        match inner.ended {
            Some(Ended::Whole) => Poll::Ready(None),
            Some(Ended::Broken) => Poll::Ready(Some(Err(CutOff))),
            None => {
                place.waker = Some(context.waker().clone());
                Poll::Pending
            }
        }
    }
}

impl Drop for FillReader {
    fn drop(&mut self) {
        let mut inner = self.fill.inner();
        inner.readers.remove(&self.id);
        inner.trim(&self.fill.coming);
        self.fill.room.notify_one();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(reader: &mut FillReader) -> Poll<Option<Result<Bytes, CutOff>>> {
        reader.poll_chunk(&Context::from_waker(Waker::noop()))
    }

    fn some(text: &'static str) -> Poll<Option<Result<Bytes, CutOff>>> {
        Poll::Ready(Some(Ok(Bytes::from_static(text.as_bytes()))))
    }

    #[test]
    fn who_comes_later_reads_from_the_start() {
        let fill = Fill::new(10, Coming::new(1_000));
        let mut first = fill.reader().unwrap();
        assert!(read(&mut first).is_pending());
        fill.push("a".into());
        fill.push("b".into());
        let mut second = fill.reader().unwrap();
        assert_eq!((read(&mut first), read(&mut second)), (some("a"), some("a")));
        fill.end(Ended::Whole);
        assert_eq!((read(&mut second), read(&mut second)), (some("b"), Poll::Ready(None)));
        assert_eq!(fill.whole().unwrap(), "ab");
    }

    #[test]
    fn what_is_too_long_is_held_for_the_slowest_alone() {
        let fill = Fill::new(3, Coming::new(1_000));
        let (mut quick, mut slow) = (fill.reader().unwrap(), fill.reader().unwrap());
        for text in ["ab", "cd"] {
            fill.push(text.into());
            assert_eq!(read(&mut quick), some(text));
        }
        assert!(fill.reader().is_none() && fill.whole().is_none());
        assert_eq!(read(&mut slow), some("ab"));
        assert_eq!(fill.inner().bytes, 2, "what both have had is gone");
        fill.drop_laggards();
        assert_eq!(read(&mut slow), Poll::Ready(Some(Err(CutOff))));
        assert!(read(&mut quick).is_pending(), "the quick one goes on");
    }

    #[test]
    fn all_on_their_way_together_are_bounded() {
        let coming = Coming::new(5);
        let (one, other) = (Fill::new(10, coming.clone()), Fill::new(10, coming.clone()));
        let (_reader, _other_reader) = (one.reader(), other.reader());
        one.push("abcd".into());
        other.push("ef".into());
        assert_eq!((one.whole().is_some(), other.whole().is_some()), (true, false));
        drop((one, other, _reader, _other_reader));
        assert_eq!(coming.bytes.load(Ordering::Relaxed), 0);
    }

    #[test]
    fn a_body_that_breaks_off_is_told() {
        let fill = Fill::new(10, Coming::new(1_000));
        let mut reader = fill.reader().unwrap();
        fill.push("a".into());
        fill.end(Ended::Broken);
        assert_eq!((read(&mut reader), read(&mut reader)), (some("a"), Poll::Ready(Some(Err(CutOff)))));
        assert!(fill.reader().is_none());
    }
}
