//! Files that lie in a bucket and are too large to be copied before the first page: read by ranges, in blocks that are
//! kept in memory and then in a file of this machine, with one read in flight for each block.
//!
//! Tantivy reads synchronously, so a read waits on the thread that asks. The network runs on a thread of its own: it
//! goes on whatever the program's own runtime is made of, even while its only thread waits.

use crate::error::SnapshotError;
use crate::fetcher::{FETCH_WAIT_MS_MAX, Fetcher, waiting};
use crate::hot::Ranges;
use crate::query::PAGE_SIZE;
use bytes::Bytes;
use std::collections::HashMap;
use std::fs::File;
use std::io;
use std::ops::Range;
use std::os::unix::fs::FileExt;
use std::sync::{Arc, Condvar, Mutex, OnceLock, PoisonError};
use std::time::Duration;
use tantivy::directory::OwnedBytes;

/// Bytes that are read at least, and kept together: larger ones lose, since 24 cards lie anywhere.
pub(crate) const BLOCK_BYTES: usize = 16 << 10;
/// What is larger is read as it is and not kept: whoever wants a whole dictionary keeps it.
const KEPT_BYTES_MAX: usize = 256 << 10;
/// How long somebody waits for a block that another fetches, in milliseconds: a little more than that one does.
const FLIGHT_WAIT_MS_MAX: u64 = FETCH_WAIT_MS_MAX + 1_000;
/// Threads of [`at_once`]: one for each card of a page, so that all of them take the time of one read.
const THREADS_MAX: usize = PAGE_SIZE;

/// How much of a bucket's snapshot is kept here.
#[derive(Clone, Copy, Debug)]
pub struct RangeOptions {
    /// A snapshot of fewer bytes is fetched as a whole and read by ranges no more.
    pub from_bytes: u64,
    /// Blocks that are kept in memory, in bytes.
    pub memory_bytes: u64,
    /// Blocks that are kept in a file of this machine's folder for temporary files, in bytes.
    pub disk_bytes: u64,
}

impl Default for RangeOptions {
    /// For a function of 512 MB with as much below `/tmp`.
    fn default() -> Self {
        Self { from_bytes: 16 << 20, memory_bytes: 32 << 20, disk_bytes: 256 << 20 }
    }
}

type BlockKey = (Arc<str>, usize);

/// Blocks of all files of a store.
pub(crate) struct Blocks {
    fetcher: Arc<Fetcher>,
    kept: moka::sync::Cache<BlockKey, Bytes>,
    disk: Option<Spill>,
    flying: Mutex<HashMap<BlockKey, Arc<Flight>>>,
}

/// A block that somebody is fetching.
#[derive(Default)]
struct Flight {
    landed: Mutex<Option<Option<Bytes>>>,
    bell: Condvar,
}

impl Flight {
    fn land(&self, block: Option<Bytes>) {
        *self.landed.lock().unwrap_or_else(PoisonError::into_inner) = Some(block);
        self.bell.notify_all();
    }

    /// The block; none if it could not be fetched.
    fn wait(&self) -> Option<Bytes> {
        let landed = self.landed.lock().unwrap_or_else(PoisonError::into_inner);
        let limit = Duration::from_millis(FLIGHT_WAIT_MS_MAX);
        let waited = self.bell.wait_timeout_while(landed, limit, |landed| landed.is_none());
        let (landed, _) = waited.unwrap_or_else(PoisonError::into_inner);
        landed.clone().flatten()
    }
}

/// A file without a name that holds blocks which memory had no more room for. It goes with the process.
struct Spill {
    places: Mutex<Places>,
    bytes_max: u64,
}

/// What lies where in the file. A full file makes place for another: what is in it is of snapshots of before, mostly.
struct Places {
    file: Arc<File>,
    of: HashMap<BlockKey, (u64, usize)>,
    /// Where the next block goes. A place is given away once, so that no two threads write to it.
    end: u64,
}

impl Places {
    /// A file with nothing in it.
    fn begin() -> io::Result<Self> {
        Ok(Self { file: Arc::new(tempfile::tempfile()?), of: HashMap::new(), end: 0 })
    }
}

impl Spill {
    /// A file of so many bytes at most, which must hold a block.
    fn begin(bytes_max: u64) -> io::Result<Self> {
        let bytes_max = bytes_max.max(BLOCK_BYTES as u64);
        Ok(Self { places: Mutex::new(Places::begin()?), bytes_max })
    }

    fn find(&self, key: &BlockKey) -> Option<Bytes> {
        let (file, at, length) = {
            let places = self.places.lock().unwrap_or_else(PoisonError::into_inner);
            let (at, length) = *places.of.get(key)?;
            (Arc::clone(&places.file), at, length)
        };
        let mut bytes = vec![0; length];
        file.read_exact_at(&mut bytes, at).ok()?;
        Some(bytes.into())
    }

    fn put(&self, key: &BlockKey, bytes: &[u8]) {
        let (file, at) = {
            let mut places = self.places.lock().unwrap_or_else(PoisonError::into_inner);
            if places.of.contains_key(key) {
                return;
            }
            if places.end.saturating_add(BLOCK_BYTES as u64) > self.bytes_max {
                let Ok(next) = Places::begin() else { return };
                *places = next;
            }
            let at = places.end;
            places.end += BLOCK_BYTES as u64;
            (Arc::clone(&places.file), at)
        };
        // Where the disk is full the block is fetched again, and its place stays empty.
        if file.write_all_at(bytes, at).is_ok() {
            let mut places = self.places.lock().unwrap_or_else(PoisonError::into_inner);
            if Arc::ptr_eq(&places.file, &file) {
                places.of.insert(key.clone(), (at, bytes.len()));
            }
        }
    }
}

impl Blocks {
    pub(crate) fn new(fetcher: Arc<Fetcher>, options: RangeOptions) -> Self {
        let kept = moka::sync::Cache::builder()
            .max_capacity(options.memory_bytes)
            .weigher(|_: &BlockKey, block: &Bytes| u32::try_from(block.len()).unwrap_or(u32::MAX))
            .build();
        let disk = (options.disk_bytes > 0).then(|| Spill::begin(options.disk_bytes)).and_then(Result::ok);
        Self { fetcher, kept, disk, flying: Mutex::default() }
    }

    fn find(&self, key: &BlockKey) -> Option<Bytes> {
        if let Some(block) = self.kept.get(key) {
            return Some(block);
        }
        let block = self.disk.as_ref()?.find(key)?;
        self.kept.insert(key.clone(), block.clone());
        Some(block)
    }

    fn keep(&self, key: &BlockKey, block: &Bytes) {
        self.kept.insert(key.clone(), block.clone());
        if let Some(disk) = &self.disk {
            disk.put(key, block);
        }
    }
}

/// A file that is read by ranges.
pub(crate) struct RangedFile {
    name: Arc<str>,
    length: usize,
    blocks: Arc<Blocks>,
    /// Ranges that came with the hot part, in order.
    hot: OnceLock<Ranges>,
}

/// What is to be done about one block.
enum Step {
    Here(Bytes),
    /// This read fetches it.
    Ours(Arc<Flight>),
    /// Another does.
    Theirs(Arc<Flight>),
}

impl RangedFile {
    pub(crate) fn new(name: &str, length: usize, blocks: Arc<Blocks>) -> Self {
        Self { name: name.into(), length, blocks, hot: OnceLock::new() }
    }

    pub(crate) fn len(&self) -> usize {
        self.length
    }

    /// Takes ranges that need not be read any more; a file takes them once.
    pub(crate) fn warm(&self, mut ranges: Ranges) {
        ranges.sort_by_key(|(start, _)| *start);
        let _ = self.hot.set(ranges);
    }

    fn find_hot(&self, range: &Range<usize>) -> Option<OwnedBytes> {
        find_in(self.hot.get()?, range)
    }

    pub(crate) fn read(&self, range: Range<usize>) -> io::Result<OwnedBytes> {
        if range.is_empty() {
            return Ok(OwnedBytes::empty());
        }
        if let Some(hot) = self.find_hot(&range) {
            return Ok(hot);
        }
        if range.len() > KEPT_BYTES_MAX {
            let bytes = self.blocks.fetcher.fetch_ranges(&self.name, std::slice::from_ref(&range))?;
            return bytes.into_iter().next().map(|bytes| OwnedBytes::new(Vec::from(bytes))).ok_or_else(torn);
        }
        let numbers = range.start / BLOCK_BYTES..range.end.div_ceil(BLOCK_BYTES);
        let steps = self.claim(numbers.clone());
        let fetched = self.fetch_ours(numbers.start, &steps);
        let mut joined = Vec::with_capacity(numbers.len() * BLOCK_BYTES);
        let mut failed = fetched.err();
        for step in steps {
            let block = match step {
                Step::Here(block) => Some(block),
                Step::Ours(flight) => flight.wait(),
                // Another thread fetches it: those of a runtime go on with other tasks.
                Step::Theirs(flight) => waiting(|| flight.wait()),
            };
            match block {
                Some(block) => joined.extend_from_slice(&block),
                None => return Err(failed.take().unwrap_or_else(torn)),
            }
        }
        let skipped = range.start - numbers.start * BLOCK_BYTES;
        let bytes = joined.get(skipped..skipped + range.len()).ok_or_else(torn)?;
        Ok(OwnedBytes::new(bytes.to_vec()))
    }

    fn claim(&self, numbers: Range<usize>) -> Vec<Step> {
        let mut steps = Vec::with_capacity(numbers.len());
        for number in numbers {
            let key = (Arc::clone(&self.name), number);
            if let Some(block) = self.blocks.find(&key) {
                steps.push(Step::Here(block));
                continue;
            }
            let mut flying = self.blocks.flying.lock().unwrap_or_else(PoisonError::into_inner);
            // A flight may have landed since: what it brought is kept before it is forgotten.
            steps.push(match (flying.get(&key), self.blocks.kept.get(&key)) {
                (Some(flight), _) => Step::Theirs(Arc::clone(flight)),
                (None, Some(block)) => Step::Here(block),
                (None, None) => {
                    let flight = Arc::<Flight>::default();
                    flying.insert(key, Arc::clone(&flight));
                    Step::Ours(flight)
                }
            });
        }
        steps
    }

    /// Fetches the blocks that nobody else does, those in a row by one request, all at once.
    fn fetch_ours(&self, first: usize, steps: &[Step]) -> io::Result<()> {
        let mut runs: Vec<Range<usize>> = Vec::new();
        for (place, step) in steps.iter().enumerate() {
            if let Step::Ours(_) = step {
                match runs.last_mut() {
                    Some(run) if run.end == place => run.end += 1,
                    _ => runs.push(place..place + 1),
                }
            }
        }
        if runs.is_empty() {
            return Ok(());
        }
        let bytes_of =
            |run: &Range<usize>| (first + run.start) * BLOCK_BYTES..((first + run.end) * BLOCK_BYTES).min(self.length);
        let ranges: Vec<Range<usize>> = runs.iter().map(bytes_of).collect();
        let fetched = self.blocks.fetcher.fetch_ranges(&self.name, &ranges);
        for (at, run) in runs.iter().enumerate() {
            for place in run.clone() {
                let Step::Ours(flight) = &steps[place] else { continue };
                let from = (place - run.start) * BLOCK_BYTES;
                let block = fetched.as_ref().ok().and_then(|fetched| {
                    let whole = fetched.get(at)?;
                    (from < whole.len()).then(|| whole.slice(from..(from + BLOCK_BYTES).min(whole.len())))
                });
                let key = (Arc::clone(&self.name), first + place);
                if let Some(block) = &block {
                    // A piece of a long answer would keep all of it in memory.
                    self.blocks.keep(&key, &Bytes::copy_from_slice(block));
                }
                self.blocks.flying.lock().unwrap_or_else(PoisonError::into_inner).remove(&key);
                flight.land(block);
            }
        }
        fetched.map(drop)
    }
}

/// A range within one of some ranges that are in order.
pub(crate) fn find_in(ranges: &[(usize, OwnedBytes)], range: &Range<usize>) -> Option<OwnedBytes> {
    let after = ranges.partition_point(|(start, _)| *start <= range.start);
    let (start, bytes) = ranges.get(after.checked_sub(1)?)?;
    (range.end <= start + bytes.len()).then(|| bytes.slice(range.start - start..range.end - start))
}

/// Does something for each of some things, all at once, since each may wait for a read; gives what comes out in their
/// order, or the first error.
pub(crate) fn at_once<T: Sync, R: Send>(
    things: &[T],
    work: impl Fn(&T) -> Result<R, SnapshotError> + Sync,
) -> Result<Vec<R>, SnapshotError> {
    if things.len() < 2 {
        return things.iter().map(work).collect();
    }
    let work = &work;
    let share = things.len().div_ceil(THREADS_MAX);
    let on_threads = || {
        std::thread::scope(|scope| {
            let mut threads = Vec::with_capacity(THREADS_MAX);
            for some in things.chunks(share) {
                let does = move || some.iter().map(work).collect::<Result<Vec<R>, _>>();
                threads.push(std::thread::Builder::new().name("reads".to_owned()).spawn_scoped(scope, does)?);
            }
            let mut done = Vec::with_capacity(things.len());
            for thread in threads {
                done.extend(thread.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic))?);
            }
            Ok(done)
        })
    };
    waiting(on_threads)
}

fn torn() -> io::Error {
    io::Error::new(io::ErrorKind::UnexpectedEof, "a range of the snapshot did not come whole")
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::Barrier;

    #[test]
    fn a_place_on_the_disk_belongs_to_one_block() {
        const THREADS: usize = 8;
        const BLOCKS: usize = 64;
        let bytes_max = u64::try_from(THREADS * BLOCKS * BLOCK_BYTES).unwrap();
        let spill = Spill::begin(bytes_max).unwrap();
        let key = |thread: usize, block: usize| (Arc::from(thread.to_string()), block);
        let content = |thread: usize, block: usize| vec![u8::try_from((thread * 31 + block) % 251).unwrap(); 1 + block];
        let together = Barrier::new(THREADS);
        std::thread::scope(|scope| {
            for thread in 0..THREADS {
                let (spill, together) = (&spill, &together);
                scope.spawn(move || {
                    for block in 0..BLOCKS {
                        together.wait();
                        spill.put(&key(thread, block), &content(thread, block));
                    }
                });
            }
        });
        for (thread, block) in (0..THREADS).flat_map(|thread| (0..BLOCKS).map(move |block| (thread, block))) {
            assert_eq!(spill.find(&key(thread, block)).unwrap(), content(thread, block), "{thread} {block}");
        }
        // The file has its bound: the next block begins another.
        spill.put(&key(THREADS, 0), &[1]);
        assert_eq!(spill.find(&key(THREADS, 0)).unwrap(), [1].as_slice());
        assert_eq!(spill.find(&key(0, 0)), None);
    }

    #[test]
    fn what_is_done_at_once_comes_out_in_order_and_the_first_error_counts() {
        let numbers: Vec<usize> = (0..100).collect();
        assert_eq!(at_once(&numbers, |number| Ok(number * 2)).unwrap(), (0..200).step_by(2).collect::<Vec<_>>());
        let fails = |number: &usize| match number {
            40.. => Err(SnapshotError::damaged(&number.to_string(), "no")),
            _ => Ok(()),
        };
        assert!(at_once(&numbers, fails).unwrap_err().to_string().contains("40"));
    }
}
