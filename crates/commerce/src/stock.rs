//! Stock: buckets of free units, and how a demand is taken from them.
//!
//! Units of a stock record lie in buckets, so that many buyers do not fight over one row. `free` is the only counter
//! that they touch; units in somebody's checkout stand in hold rows. At every step
//! free + held + claimed = on hand.

/// Under so many units one bucket holds all: the last ones can be bought in any quantity by one statement.
pub const SPLIT_FROM_UNITS: i64 = 64;
/// Most buckets of one stock record.
pub const BUCKETS_MAX: i64 = 16;
/// Most units of one stock record.
pub const UNITS_MAX: i64 = 1_000_000_000;

/// A bucket as it was read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Bucket {
    /// Its number, from 0.
    pub number: i64,
    /// Units that nobody has.
    pub free: i64,
}

/// How many units to take from which bucket.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Take {
    /// Number of the bucket.
    pub bucket: i64,
    /// Units, at least one.
    pub units: i64,
}

/// How many buckets so many units lie in: one under [`SPLIT_FROM_UNITS`], then one for every 16 units, at most
/// [`BUCKETS_MAX`].
pub fn bucket_count(units: i64) -> i64 {
    if units < SPLIT_FROM_UNITS { 1 } else { (units / 16).clamp(4, BUCKETS_MAX) }
}

/// Lays units into buckets that differ by at most one.
pub fn spread(units: i64) -> Vec<Bucket> {
    let count = bucket_count(units);
    let (share, rest) = (units.div_euclid(count), units.rem_euclid(count));
    (0..count).map(|number| Bucket { number, free: share + i64::from(number < rest) }).collect()
}

/// Chooses where to take `wanted` units: the one bucket that `seed` points at if it has enough, else the next one
/// that has, else several. `None` if all of them together have too few.
pub fn plan(buckets: &[Bucket], wanted: i64, seed: u64) -> Option<Vec<Take>> {
    let total: i64 = buckets.iter().map(|bucket| bucket.free.max(0)).sum();
    if wanted < 1 || total < wanted {
        return None;
    }
    let count = u64::try_from(buckets.len()).ok().filter(|count| *count > 0)?;
    let start = usize::try_from(seed % count).ok()?;
    let turned = || buckets[start..].iter().chain(&buckets[..start]);
    if let Some(bucket) = turned().find(|bucket| wanted <= bucket.free) {
        return Some(vec![Take { bucket: bucket.number, units: wanted }]);
    }
    let mut missing = wanted;
    let mut takes = Vec::new();
    for bucket in turned() {
        let units = bucket.free.clamp(0, missing);
        if units > 0 {
            takes.push(Take { bucket: bucket.number, units });
            missing -= units;
        }
    }
    // Rows are touched in one order, whoever takes.
    takes.sort_by_key(|take| take.bucket);
    Some(takes)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn the_number_of_buckets_follows_from_the_amount() {
        for (units, want) in [(0, 1), (1, 1), (63, 1), (64, 4), (128, 8), (256, 16), (1_000_000, 16)] {
            assert_eq!(bucket_count(units), want, "{units}");
        }
    }

    proptest! {
        #[test]
        fn spreading_and_taking_lose_no_unit(units in 0_i64..100_000, wanted in 1_i64..2_000, seed in any::<u64>()) {
            let buckets = spread(units);
            prop_assert_eq!(buckets.iter().map(|bucket| bucket.free).sum::<i64>(), units);
            match plan(&buckets, wanted, seed) {
                None => prop_assert!(units < wanted),
                Some(takes) => {
                    prop_assert_eq!(takes.iter().map(|take| take.units).sum::<i64>(), wanted);
                    for take in takes {
                        let bucket = buckets.iter().find(|bucket| bucket.number == take.bucket).unwrap();
                        prop_assert!(1 <= take.units && take.units <= bucket.free);
                    }
                }
            }
        }

        #[test]
        fn damaged_buckets_are_no_panic(free in prop::collection::vec(any::<i32>(), 0..20), wanted in any::<i32>(), seed in any::<u64>()) {
            let buckets: Vec<Bucket> = (0..).zip(free).map(|(number, free)| Bucket { number, free: i64::from(free) }).collect();
            let _ = plan(&buckets, i64::from(wanted), seed);
        }
    }
}
