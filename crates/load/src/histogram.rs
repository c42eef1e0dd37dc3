//! Latencies, counted in buckets: as many as there were, in little room.

use std::collections::BTreeMap;
use std::time::Duration;

/// Buckets of each doubling: a value is known to 1.6 %.
const STEPS: u64 = 64;
const STEPS_BITS: u32 = STEPS.trailing_zeros();

/// A few hundred buckets at most: seconds of a run that hardly anybody came in have hardly any.
#[derive(Clone, Debug, Default)]
pub(crate) struct Histogram {
    counts: BTreeMap<u64, u64>,
    count: u64,
    max_micros: u64,
}

impl Histogram {
    pub(crate) fn note(&mut self, took: Duration) {
        let micros = u64::try_from(took.as_micros()).unwrap_or(u64::MAX);
        *self.counts.entry(bucket(micros)).or_default() += 1;
        self.count += 1;
        self.max_micros = self.max_micros.max(micros);
    }

    pub(crate) fn add(&mut self, other: &Self) {
        for (bucket, count) in &other.counts {
            *self.counts.entry(*bucket).or_default() += count;
        }
        self.count += other.count;
        self.max_micros = self.max_micros.max(other.max_micros);
    }

    pub(crate) fn count(&self) -> u64 {
        self.count
    }

    pub(crate) fn max_micros(&self) -> u64 {
        self.max_micros
    }

    /// The value that so many of a thousand do not exceed; 0 of nothing.
    pub(crate) fn per_mille(&self, thousandths: u64) -> u64 {
        let wanted = (self.count * thousandths).div_ceil(1_000).max(1);
        let mut seen = 0;
        let at = self.counts.iter().find(|(_, count)| {
            seen += **count;
            wanted <= seen
        });
        at.map_or(0, |(bucket, _)| top(*bucket).min(self.max_micros))
    }
}

/// Exact up to [`STEPS`], then [`STEPS`] to a doubling.
fn bucket(micros: u64) -> u64 {
    if micros < STEPS {
        return micros;
    }
    let shift = u64::from(micros.ilog2() - STEPS_BITS);
    (shift + 1) * STEPS + (micros >> shift) - STEPS
}

/// The highest value of a bucket.
fn top(bucket: u64) -> u64 {
    if bucket < STEPS {
        return bucket;
    }
    let (shift, step) = (bucket / STEPS - 1, bucket % STEPS + STEPS);
    u64::try_from(((u128::from(step) + 1) << shift) - 1).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn percentiles_are_those_of_the_values() {
        let mut histogram = Histogram::default();
        assert_eq!((histogram.per_mille(500), histogram.max_micros()), (0, 0));
        for micros in 1..=10_000 {
            histogram.note(Duration::from_micros(micros));
        }
        for (thousandths, want) in [(500, 5_000_u64), (950, 9_500), (990, 9_900), (1_000, 10_000)] {
            let got = histogram.per_mille(thousandths);
            assert!((want..=want + want / 60).contains(&got), "{thousandths}: {got}");
        }
        let mut double = histogram.clone();
        double.add(&histogram);
        assert_eq!((double.count(), double.per_mille(500)), (20_000, histogram.per_mille(500)));
    }

    proptest! {
        #[test]
        fn every_value_has_a_bucket_that_is_near(micros in any::<u64>()) {
            let top = top(bucket(micros));
            prop_assert!(micros <= top && top - micros <= micros / STEPS);
            prop_assert!(micros == 0 || bucket(micros - 1) <= bucket(micros));
        }
    }
}
