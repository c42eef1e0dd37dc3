//! Reads of a bucket on a thread of their own, which other threads wait for.

use crate::error::SnapshotError;
use crate::manifest::FileRef;
use bytes::Bytes;
use futures_util::{StreamExt, TryStreamExt};
use object_store::path::Path as StorePath;
use object_store::{ObjectStore, ObjectStoreExt};
use std::io;
use std::ops::Range;
use std::sync::Arc;
use std::sync::mpsc::{RecvTimeoutError, sync_channel};
use std::time::Duration;
use tokio::runtime::{Builder, Handle, RuntimeFlavor};
use tokio::sync::oneshot;

/// Bytes of an object that one request brings.
const PIECE_BYTES: u64 = 512 << 10;
/// Requests at once.
const FETCHES_AT_ONCE: usize = 16;
/// How long a read may take with all that is tried again, in milliseconds.
pub(crate) const FETCH_WAIT_MS_MAX: u64 = 30_000;

/// Does what makes the calling thread wait. Other tasks of a runtime with several threads go on; one with a single
/// thread waits as a whole, as in a function, which has one request at a time.
pub(crate) fn waiting<T>(wait: impl FnOnce() -> T) -> T {
    let is_on_a_worker = Handle::try_current().is_ok_and(|on| on.runtime_flavor() == RuntimeFlavor::MultiThread);
    if is_on_a_worker { tokio::task::block_in_place(wait) } else { wait() }
}

/// Reads objects below a prefix.
pub(crate) struct Fetcher {
    client: Arc<dyn ObjectStore>,
    prefix: StorePath,
    handle: Handle,
    /// Its thread ends when this goes.
    _stop: oneshot::Sender<()>,
}

impl Fetcher {
    /// Starts the thread. Nobody else may use the client: its connections live there.
    pub(crate) fn start(client: Arc<dyn ObjectStore>, prefix: StorePath) -> io::Result<Self> {
        let runtime = Builder::new_current_thread().enable_all().build()?;
        let handle = runtime.handle().clone();
        let (stop, stopped) = oneshot::channel::<()>();
        std::thread::Builder::new().name("snapshot".to_owned()).spawn(move || {
            let _ = runtime.block_on(stopped);
        })?;
        Ok(Self { client, prefix, handle, _stop: stop })
    }

    /// The client, for work that runs there.
    pub(crate) fn client(&self) -> Arc<dyn ObjectStore> {
        Arc::clone(&self.client)
    }

    /// Runs something there.
    pub(crate) async fn run<T: Send + 'static>(
        &self,
        work: impl Future<Output = T> + Send + 'static,
    ) -> Result<T, SnapshotError> {
        Ok(self.handle.spawn(work).await?)
    }

    /// Runs something there while the calling thread waits.
    fn wait<T: Send + 'static>(&self, work: impl Future<Output = T> + Send + 'static) -> io::Result<T> {
        let (sender, receiver) = sync_channel(1);
        self.handle.spawn(async move {
            // Whoever waited too long has gone.
            let _ = sender.send(work.await);
        });
        waiting(|| receiver.recv_timeout(Duration::from_millis(FETCH_WAIT_MS_MAX))).map_err(|error| match error {
            RecvTimeoutError::Timeout => io::Error::new(io::ErrorKind::TimedOut, "the object store did not answer"),
            RecvTimeoutError::Disconnected => io::Error::other("the reading of the snapshot was broken off"),
        })
    }

    /// Ranges of one object, all at once. Each comes whole or not at all.
    pub(crate) fn fetch_ranges(&self, name: &str, ranges: &[Range<usize>]) -> io::Result<Vec<Bytes>> {
        let (client, path) = (self.client(), self.prefix.clone().join(name));
        let lengths: Vec<usize> = ranges.iter().map(Range::len).collect();
        let asked: Vec<Range<u64>> = ranges.iter().map(|range| range.start as u64..range.end as u64).collect();
        let fetch = async move {
            let fetches = asked.into_iter().map(|range| client.get_range(&path, range));
            futures_util::stream::iter(fetches.collect::<Vec<_>>()).buffered(FETCHES_AT_ONCE).try_collect().await
        };
        let fetched: Vec<Bytes> = self.wait(fetch)?.map_err(|error: object_store::Error| io::Error::other(error))?;
        match fetched.iter().map(Bytes::len).eq(lengths) {
            true => Ok(fetched),
            false => Err(io::Error::new(io::ErrorKind::UnexpectedEof, "an object of the snapshot is too short")),
        }
    }

    /// Makes sure that objects are there, with the length that they should have: all at once, without reading them.
    pub(crate) async fn make_sure(&self, files: Vec<FileRef>) -> Result<(), SnapshotError> {
        let (client, prefix) = (self.client(), self.prefix.clone());
        let look = async move {
            let looks = files.into_iter().map(|file| {
                let (client, path) = (Arc::clone(&client), prefix.clone().join(file.name.as_str()));
                async move {
                    match client.head(&path).await {
                        Ok(found) if found.size == file.length => Ok(()),
                        Ok(_) => Err(SnapshotError::damaged(&file.name, "its length is wrong")),
                        Err(object_store::Error::NotFound { .. }) => {
                            Err(SnapshotError::damaged(&file.name, "it is missing"))
                        }
                        Err(error) => Err(error.into()),
                    }
                }
            });
            futures_util::stream::iter(looks.collect::<Vec<_>>()).buffered(FETCHES_AT_ONCE).try_collect().await
        };
        self.run(look).await?
    }

    /// Whole objects, all at once, large ones in pieces: one connection brings some 75 MB a second, and several bring
    /// several times as much.
    pub(crate) fn fetch_whole(&self, files: &[FileRef]) -> Result<Vec<Bytes>, SnapshotError> {
        let client = self.client();
        let pieces: Vec<(StorePath, Range<u64>)> = files
            .iter()
            .flat_map(|file| {
                let path = self.prefix.clone().join(file.name.as_str());
                let ends = (0..file.length.div_ceil(PIECE_BYTES)).map(|piece| piece * PIECE_BYTES);
                ends.map(move |start| (path.clone(), start..(start + PIECE_BYTES).min(file.length)))
            })
            .collect();
        let fetch = async move {
            let fetches = pieces.iter().map(|(path, range)| client.get_range(path, range.clone()));
            let fetches = futures_util::stream::iter(fetches.collect::<Vec<_>>());
            fetches.buffered(FETCHES_AT_ONCE).try_collect::<Vec<Bytes>>().await
        };
        let mut fetched = self.wait(fetch)??.into_iter();
        let mut whole = Vec::with_capacity(files.len());
        for file in files {
            let pieces = usize::try_from(file.length.div_ceil(PIECE_BYTES)).unwrap_or(usize::MAX);
            let mut pieces: Vec<Bytes> = fetched.by_ref().take(pieces).collect();
            whole.push(if pieces.len() == 1 { pieces.remove(0) } else { pieces.concat().into() });
        }
        Ok(whole)
    }
}
