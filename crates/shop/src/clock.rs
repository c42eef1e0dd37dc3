//! Where time and chance come from, so that a test can hold both still.

use commerce::moment::Moment;
use ring::rand::{SecureRandom, SystemRandom};
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};
use uuid::Uuid;

/// The time.
#[derive(Clone, Debug)]
pub enum Clock {
    /// The machine's.
    System,
    /// Stands where a test put it, in microseconds.
    Fixed(Arc<AtomicI64>),
}

impl Clock {
    /// A clock that stands still until [`Clock::advance_ms`].
    pub fn fixed(moment: Moment) -> Self {
        Self::Fixed(Arc::new(AtomicI64::new(moment.micros())))
    }

    /// Now.
    pub fn now(&self) -> Moment {
        match self {
            Self::System => Moment::from_micros(jiff::Timestamp::now().as_microsecond()),
            Self::Fixed(micros) => Moment::from_micros(micros.load(Ordering::SeqCst)),
        }
    }

    /// Moves a fixed clock on; the machine's goes by itself.
    pub fn advance_ms(&self, ms: i64) {
        if let Self::Fixed(micros) = self {
            micros.fetch_add(ms.saturating_mul(1_000), Ordering::SeqCst);
        }
    }
}

/// Ids and random numbers.
#[derive(Clone, Debug)]
pub enum Chance {
    /// The machine's secure source.
    System(SystemRandom),
    /// Follows from a seed: the same on every run, for tests only.
    Seeded(Arc<AtomicU64>),
}

impl Chance {
    /// The machine's.
    pub fn system() -> Self {
        Self::System(SystemRandom::new())
    }

    /// From a seed.
    pub fn seeded(seed: u64) -> Self {
        Self::Seeded(Arc::new(AtomicU64::new(seed)))
    }

    /// Random bytes. Where the machine has none left there can be no secrets: the request stops.
    pub fn bytes<const N: usize>(&self) -> [u8; N] {
        let mut bytes = [0_u8; N];
        match self {
            Self::System(source) => source.fill(&mut bytes).expect("the operating system's random source works"),
            Self::Seeded(state) => {
                for chunk in bytes.chunks_mut(8) {
                    // SplitMix64.
                    let step = state.fetch_add(0x9e37_79b9_7f4a_7c15, Ordering::SeqCst);
                    let mut value = step.wrapping_add(0x9e37_79b9_7f4a_7c15);
                    value = (value ^ (value >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
                    value = (value ^ (value >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
                    let value = (value ^ (value >> 31)).to_le_bytes();
                    chunk.copy_from_slice(&value[..chunk.len()]);
                }
            }
        }
        bytes
    }

    /// A random number.
    pub fn number(&self) -> u64 {
        u64::from_le_bytes(self.bytes())
    }

    /// An id for a row that shoppers write (version 4: rows of one moment do not lie side by side).
    pub fn id(&self) -> Uuid {
        uuid::Builder::from_random_bytes(self.bytes()).into_uuid()
    }

    /// An id for a row that staff write (version 7: in order of time).
    pub fn staff_id(&self, now: Moment) -> Uuid {
        let ms = u64::try_from(now.micros() / 1_000).unwrap_or_default();
        uuid::Builder::from_unix_timestamp_millis(ms, &self.bytes()).into_uuid()
    }
}
