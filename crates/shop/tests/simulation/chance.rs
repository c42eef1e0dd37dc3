//! Everything that is left to chance, from one seed.

use shop::Chance;

/// Choices that follow from a seed.
pub(crate) struct Dice(Chance);

impl Dice {
    pub(crate) fn new(seed: u64) -> Self {
        Self(Chance::seeded(seed))
    }

    /// A number from 0 to below `bound`.
    pub(crate) fn below(&self, bound: u64) -> u64 {
        self.0.number() % bound
    }

    /// A number between these two, both included.
    pub(crate) fn between(&self, least: i64, most: i64) -> i64 {
        least + i64::try_from(self.below(most.abs_diff(least) + 1)).unwrap()
    }

    pub(crate) fn per_mille(&self, of_a_thousand: u64) -> bool {
        self.below(1_000) < of_a_thousand
    }

    /// A place in a list of so many.
    pub(crate) fn place(&self, count: usize) -> usize {
        usize::try_from(self.below(u64::try_from(count).unwrap())).unwrap()
    }

    pub(crate) fn pick<'l, T>(&self, list: &'l [T]) -> &'l T {
        &list[self.place(list.len())]
    }

    /// One of a list in which each has its weight.
    pub(crate) fn weighted<T: Copy>(&self, list: &[(u64, T)]) -> T {
        let mut left = self.below(list.iter().map(|(weight, _)| weight).sum());
        for (weight, one) in list {
            if left < *weight {
                return *one;
            }
            left -= weight;
        }
        panic!("a number below the sum of all weights has its place")
    }
}
