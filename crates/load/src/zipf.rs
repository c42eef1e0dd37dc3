//! Who is popular: a long tail.

use crate::dice::Dice;

/// Exponent of the long tail. Requests for web pages follow 0.64 to 0.83 (Breslau and others, 1999), sales in shops
/// about 1; looks at products lie between.
const EXPONENT: f64 = 0.9;

/// Ranks from 0, the most popular: rank r is drawn with a weight of 1 / (r + 1)^0.9.
#[derive(Clone, Debug)]
pub(crate) struct Zipf {
    /// Sums of the weights up to each rank.
    sums: Vec<f64>,
}

impl Zipf {
    #[expect(clippy::float_arithmetic, reason = "statistics, no money")]
    pub(crate) fn new(count: usize) -> Self {
        let ranks = u32::try_from(count).unwrap_or(u32::MAX);
        let mut sum = 0.0;
        let weights = (1..=ranks).map(|rank| {
            sum += f64::from(rank).powf(-EXPONENT);
            sum
        });
        Self { sums: weights.collect() }
    }

    /// A rank; `None` of none.
    #[expect(clippy::float_arithmetic, reason = "statistics, no money")]
    pub(crate) fn draw(&self, dice: &mut Dice) -> Option<usize> {
        let at = self.sums.last()? * dice.unit();
        Some(self.sums.partition_point(|sum| *sum < at).min(self.sums.len() - 1))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranks_follow_the_exponent() {
        let zipf = Zipf::new(1_000);
        let mut dice = Dice::new(11);
        let mut counts = vec![0_u32; 1_000];
        for _ in 0..200_000 {
            counts[zipf.draw(&mut dice).unwrap()] += 1;
        }
        // The sum of all weights is 10.52: rank 1 has 9.5 % of all draws, rank 10 has 1 / 10^0.9 of that.
        let expected = |rank: f64| 200_000.0 / zipf.sums[999] * rank.powf(-EXPONENT);
        for rank in [1_u32, 2, 10, 100] {
            let (got, want) = (f64::from(counts[usize::try_from(rank).unwrap() - 1]), expected(f64::from(rank)));
            assert!((got - want).abs() < 4.0 * want.sqrt(), "rank {rank}: {got}, expected {want}");
        }
        let tail: u32 = counts[500..].iter().sum();
        assert!(20_000 < tail, "the tail is long: {tail}");
    }

    #[test]
    fn nothing_is_drawn_from_nothing() {
        assert_eq!(Zipf::new(0).draw(&mut Dice::new(1)), None);
        assert_eq!(Zipf::new(1).draw(&mut Dice::new(1)), Some(0));
    }
}
