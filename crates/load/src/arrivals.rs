//! When shoppers arrive: a Poisson process whose rate may change.

use crate::dice::Dice;
use crate::options::Shape;
use std::time::Duration;

/// Moments of arrival since the start, in order.
///
/// By thinning (Lewis and Shedler, 1979): arrivals at the highest rate, of which each stays with the chance of the rate
/// of its moment over the highest. Exact for any shape, and one pass.
#[derive(Clone, Debug)]
pub(crate) struct Arrivals {
    shape: Shape,
    end: Duration,
    now: Duration,
}

impl Arrivals {
    pub(crate) fn new(shape: Shape, seconds: u32) -> Self {
        Self { shape, end: Duration::from_secs(u64::from(seconds)), now: Duration::ZERO }
    }

    /// The next one; `None` after the end.
    pub(crate) fn next(&mut self, dice: &mut Dice) -> Option<Duration> {
        let top = self.shape.top();
        let mean = top.mean_gap()?;
        loop {
            self.now = self.now.saturating_add(dice.gap(mean));
            if self.end <= self.now {
                return None;
            }
            let chance = usize::try_from(top.per_kilosecond()).unwrap_or(usize::MAX);
            let is_one =
                dice.below(chance) < usize::try_from(self.shape.at(self.now).per_kilosecond()).unwrap_or_default();
            if is_one {
                return Some(self.now);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::options::Rate;

    fn arrivals(shape: Shape, seconds: u32, seed: u64) -> Vec<Duration> {
        let (mut dice, mut arrivals) = (Dice::new(seed), Arrivals::new(shape, seconds));
        std::iter::from_fn(|| arrivals.next(&mut dice)).collect()
    }

    fn counts(moments: &[Duration], seconds: u32) -> Vec<u32> {
        let mut counts = vec![0; usize::try_from(seconds).unwrap()];
        for moment in moments {
            counts[usize::try_from(moment.as_secs()).unwrap()] += 1;
        }
        counts
    }

    #[test]
    fn steady_arrivals_are_a_poisson_process() {
        for seed in [1, 2, 3] {
            let shape = Shape::Steady { sessions_per_second: Rate::per_second(20) };
            let moments = arrivals(shape, 2_000, seed);
            assert!(moments.is_sorted());
            assert!(moments.len().abs_diff(40_000) < 800, "four standard deviations: {}", moments.len());
            // A Poisson process has as much variance as mean, in every second.
            let counts = counts(&moments, 2_000);
            let squares: u64 = counts.iter().map(|count| u64::from(count.abs_diff(20)).pow(2)).sum();
            assert!(squares.abs_diff(40_000) < 5_500, "seed {seed}: {squares} over 2,000 seconds of mean 20");
            // Gaps of an exponential distribution: e^-1 of them are longer than the mean, e^-3 than three means.
            let longer =
                |mean| moments.windows(2).filter(|pair| Duration::from_millis(mean) < pair[1] - pair[0]).count();
            assert!(longer(50).abs_diff(14_715) < 450, "seed {seed}: {}", longer(50));
            assert!(longer(150).abs_diff(1_991) < 180, "seed {seed}: {}", longer(150));
        }
    }

    #[test]
    fn a_spike_is_a_hundred_times_as_many_within_one_second() {
        let shape = Shape::Spike { before_per_second: Rate::per_second(10), factor: 100, at_second: 20 };
        let counts = counts(&arrivals(shape, 25, 5), 25);
        let before: u32 = counts[..20].iter().sum();
        assert!(before.abs_diff(200) < 57, "{counts:?}");
        assert!(counts[19] < 25, "{counts:?}");
        assert!(counts[20..].iter().all(|count| count.abs_diff(1_000) < 127), "{counts:?}");
    }

    #[test]
    fn a_day_comes_and_goes() {
        let shape = Shape::Daily { peak_sessions_per_second: Rate::per_second(200), day_seconds: 48 };
        let counts = counts(&arrivals(shape, 96, 9), 96);
        let night = |day: usize| counts[day * 48 + 6..day * 48 + 10].iter().sum::<u32>();
        let evening = |day: usize| counts[day * 48 + 39..day * 48 + 42].iter().sum::<u32>();
        for day in [0, 1] {
            assert!(night(day) < 100 && 520 < evening(day), "{counts:?}");
        }
    }

    #[test]
    fn nobody_comes_at_a_rate_of_none() {
        let shape = Shape::Steady { sessions_per_second: Rate::per_second(0) };
        assert!(arrivals(shape, 10, 1).is_empty());
    }
}
