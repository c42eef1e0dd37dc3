//! Times by how often they occurred, in bounded memory and with a known error.

/// Values below this are kept exactly.
const EXACT: u64 = 128;
/// From there on each doubling is cut into so many slots.
const SLOTS_PER_DOUBLING: usize = 64;
/// Doublings above [`EXACT`]: up to 2^36 µs, 19 hours; what is longer counts as that.
const DOUBLINGS: usize = 29;
const VALUE_MAX: u64 = (1 << 36) - 1;
const SLOTS: usize = 128 + DOUBLINGS * SLOTS_PER_DOUBLING;

/// How far a percentile may be from the value that really stands there, in parts of ten thousand: half a slot, 1/128
/// of the value, rounded up.
pub const RELATIVE_ERROR_MAX_PERMYRIAD: u64 = 79;

/// A histogram of times in microseconds: log-linear, 15.9 KB whatever comes in. Values below 128 µs are exact, others
/// within [`RELATIVE_ERROR_MAX_PERMYRIAD`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Histogram {
    slots: Vec<u64>,
    count: u64,
}

/// Three percentiles of times, in microseconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize)]
pub struct Percentiles {
    /// Half of them took at most this.
    pub p50_us: u64,
    /// 95 of 100 took at most this.
    pub p95_us: u64,
    /// 99 of 100 took at most this.
    pub p99_us: u64,
}

impl Default for Histogram {
    fn default() -> Self {
        Self { slots: vec![0; SLOTS], count: 0 }
    }
}

impl Histogram {
    /// Counts one time.
    pub fn record(&mut self, value_us: u64) {
        self.slots[slot_of(value_us)] += 1;
        self.count += 1;
    }

    /// How many times were counted.
    pub fn count(&self) -> u64 {
        self.count
    }

    /// The time that `permille` of a thousand did not exceed (nearest rank); `None` while nothing was counted.
    pub fn quantile_us(&self, permille: u64) -> Option<u64> {
        let rank = u128::from(self.count) * u128::from(permille.min(1_000));
        // Nearest rank: the smallest value with at least that many at or below it.
        self.value_at(u64::try_from(rank.div_ceil(1_000)).unwrap_or(u64::MAX).max(1))
    }

    /// p50, p95 and p99; `None` while nothing was counted.
    pub fn percentiles(&self) -> Option<Percentiles> {
        Some(Percentiles {
            p50_us: self.quantile_us(500)?,
            p95_us: self.quantile_us(950)?,
            p99_us: self.quantile_us(990)?,
        })
    }

    /// Ten times that stand for all, each for a tenth: the middles of the tenths (5 %, 15 % … 95 %). Empty while nothing
    /// was counted.
    pub fn tenths_us(&self) -> Vec<u64> {
        (0..10).filter_map(|tenth| self.quantile_us(50 + tenth * 100)).collect()
    }

    /// What was counted since `earlier`, an older state of this histogram.
    #[must_use]
    pub fn since(&self, earlier: &Self) -> Self {
        let slots = self.slots.iter().zip(&earlier.slots).map(|(now, then)| now.saturating_sub(*then)).collect();
        Self { slots, count: self.count.saturating_sub(earlier.count) }
    }

    fn value_at(&self, rank: u64) -> Option<u64> {
        let mut seen = 0;
        let slot = self.slots.iter().position(|count| {
            seen += count;
            rank <= seen
        })?;
        Some(middle_of(slot))
    }
}

/// The slot of a value. Also a logarithmic scale in whole numbers, 64 steps a doubling; charts use it as such.
pub(crate) fn slot_of(value_us: u64) -> usize {
    let value = value_us.min(VALUE_MAX);
    if value < EXACT {
        return usize::try_from(value).expect("below 128");
    }
    // 128 ≤ value: `shift` is 1 in the first doubling, and value >> shift lies in 64..128.
    let shift = value.ilog2() - 6;
    let within = usize::try_from(value >> shift).expect("below 128") - SLOTS_PER_DOUBLING;
    let doubling = usize::try_from(shift).expect("below 30") - 1;
    128 + doubling * SLOTS_PER_DOUBLING + within
}

/// The middle of the values of a slot.
fn middle_of(slot: usize) -> u64 {
    let Some(above) = slot.checked_sub(128) else { return u64::try_from(slot).expect("below 128") };
    let shift = above / SLOTS_PER_DOUBLING + 1;
    let first = (above % SLOTS_PER_DOUBLING + SLOTS_PER_DOUBLING) << shift;
    u64::try_from(first + (1 << (shift - 1))).expect("below 2^37")
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn of(values: &[u64]) -> Histogram {
        let mut histogram = Histogram::default();
        values.iter().for_each(|value| histogram.record(*value));
        histogram
    }

    #[test]
    fn small_times_are_exact_and_ranks_are_the_nearest() {
        let hundred = of(&(1..=100).collect::<Vec<_>>());
        assert_eq!(hundred.percentiles(), Some(Percentiles { p50_us: 50, p95_us: 95, p99_us: 99 }));
        assert_eq!(hundred.tenths_us(), [5, 15, 25, 35, 45, 55, 65, 75, 85, 95]);
        assert_eq!(of(&[7]).percentiles(), Some(Percentiles { p50_us: 7, p95_us: 7, p99_us: 7 }));
        assert_eq!(Histogram::default().percentiles(), None);
    }

    #[test]
    fn what_came_since_is_the_difference() {
        let before = of(&[10, 20]);
        let mut after = before.clone();
        after.record(30);
        assert_eq!(after.since(&before), of(&[30]));
    }

    #[test]
    fn times_beyond_the_scale_count_as_its_end() {
        let longest = of(&[u64::MAX]).quantile_us(500).unwrap();
        assert!(longest.abs_diff(VALUE_MAX) < VALUE_MAX / 128);
    }

    proptest! {
        #[test]
        fn percentiles_are_within_the_stated_error(mut values in prop::collection::vec(0_u64..VALUE_MAX, 1..300), permille in 1_u64..=1_000) {
            let got = of(&values).quantile_us(permille).unwrap();
            values.sort_unstable();
            let rank = (values.len() * usize::try_from(permille).unwrap()).div_ceil(1_000);
            let exact = values[rank - 1];
            prop_assert!(got.abs_diff(exact) * 10_000 <= exact * RELATIVE_ERROR_MAX_PERMYRIAD, "{got} for {exact}");
        }

        #[test]
        fn slots_follow_the_order_of_values(some in 0_u64..VALUE_MAX, more in 0_u64..1 << 20) {
            prop_assert!(slot_of(some) <= slot_of(some + more));
            prop_assert!(slot_of(some + more) < SLOTS);
        }
    }
}
