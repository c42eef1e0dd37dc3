//! Shares: how a percentage meets an amount, and how an amount is shared among lines.

use crate::money::BasisPoints;

/// Digits to which Oscar works out a ratio before it meets an amount: the precision of Python's decimals.
const RATIO_DIGITS: u32 = 28;

/// What a percentage takes off `price`: what remains is rounded half up, so a half unit stays with the store, and
/// the totals are those of Oscar, which rounds what remains too.
pub(super) fn percent_off(price: i64, percent: BasisPoints) -> i64 {
    let kept = i128::from(price) * (10_000 - i128::from(percent.get().min(10_000)));
    let kept = (kept * 2 + 10_000) / 20_000;
    // Between 0 and `price`, so it fits.
    i64::try_from(i128::from(price) - kept).unwrap_or(0)
}

/// How each share of an amount is rounded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Ratio {
    /// Multiplied first: exact.
    Exact,
    /// Divided first, to 28 digits, as Oscar does for an absolute discount: a third of 3.00 is 0.99.
    Oscar,
}

/// A part of what an amount is shared among.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Part {
    /// What it weighs; not below 0.
    pub(super) weight: i64,
    /// The most that it takes; not below 0.
    pub(super) room: i64,
}

/// Shares `amount` in proportion to the weights; the shares sum to it, or to all that there is room for.
///
/// Each share is rounded down and the rest is on the last, as in Oscar. What there is no room for goes to another part,
/// the last first.
pub(super) fn share_out(amount: i64, parts: &[Part], ratio: Ratio) -> Vec<i64> {
    let total: i64 = parts.iter().fold(0, |sum, part| part.weight.saturating_add(sum));
    // Where all is taken each part gives its weight: the last digit of a ratio has no say.
    let share = |part: &Part| if total <= amount { part.weight } else { share_down(amount, part.weight, total, ratio) };
    let mut shares: Vec<i64> = parts.iter().map(|part| share(part).min(part.room)).collect();
    let mut rest = amount - shares.iter().sum::<i64>();
    for (share, part) in shares.iter_mut().zip(parts).rev() {
        let more = rest.min(part.room - *share);
        *share += more;
        rest -= more;
    }
    shares
}

/// `amount × weight / total`, rounded down. `amount` and `weight` lie between 0 and `total`, which is above 0.
fn share_down(amount: i64, weight: i64, total: i64, ratio: Ratio) -> i64 {
    // Most amounts are small, and a division of long numbers costs several short ones.
    if let (Ratio::Exact, Some(product)) = (ratio, amount.checked_mul(weight)) {
        return product / total;
    }
    let [amount, weight, total] = [amount, weight, total].map(|value| u128::from(value.max(0).unsigned_abs()));
    let (whole, rest) = (amount * weight / total, amount * weight % total);
    let short = ratio == Ratio::Oscar && rest == 0 && whole > 0 && falls_short(amount, weight, total, whole);
    // At most `amount`, so it fits.
    i64::try_from(whole - u128::from(short)).unwrap_or(0)
}

/// Whether `weight / total`, worked out to 28 digits, gives less than `whole` when it meets `amount`, and is not
/// rounded back up to it. Only a share that is a whole number by exact arithmetic can be touched by this.
fn falls_short(amount: u128, weight: u128, total: u128, whole: u128) -> bool {
    if weight == total {
        return false;
    }
    // Long division: 28 digits from the first that is not 0; a ratio of two `i64` has at most 19 zeros before it.
    let (mut rest, mut digits, mut places) = (weight, 0, 0);
    while digits < RATIO_DIGITS {
        let digit = rest * 10 / total;
        rest = rest * 10 % total;
        places += 1;
        digits += u32::from(digits > 0 || digit > 0);
    }
    if rest == 0 || total <= rest * 2 {
        return false; // exact, or rounded up
    }
    // The product misses `whole` by amount × rest / (total × 10^places). It is rounded to 28 digits once more, and
    // comes back to `whole` unless it misses by more than half a unit in the last place just below `whole`.
    let digits_below = (whole - 1).checked_ilog10().map_or(0, |log| log + 1);
    let scale = 10_u128.checked_pow((places + digits_below).saturating_sub(RATIO_DIGITS));
    scale.and_then(|scale| scale.checked_mul(total)).is_some_and(|half| amount * rest * 2 > half)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn what_remains_after_a_percentage_is_rounded_half_up() {
        for (price, points, want) in
            [(1_000, 1_000, 100), (999, 1_000, 100), (10, 500, 0), (30, 500, 1), (1_422, 500, 71), (7, 10_000, 7)]
        {
            assert_eq!(percent_off(price, BasisPoints::new(points).unwrap()), want, "{points} off {price}");
        }
    }

    #[test]
    fn shares_are_those_of_pythons_decimals() {
        // amount, weight, total; what Python 3 makes of `(weight / total * amount).quantize(D(".01"), ROUND_DOWN)`
        // with all three in hundredths.
        for (amount, weight, total, want) in [
            (300, 400, 1200, 99),
            (300, 800, 1200, 200),
            (750, 400, 1200, 250),
            (210, 100, 300, 69),
            (1, 1, 1000, 0),
            (123456789, 987654321, 9999999999, 12193263),
            (1824, 1309, 2856, 835),
            (2676, 1261, 3783, 891),
            (824, 198, 1648, 98),
            (330, 187, 1210, 50),
            (21, 8, 24, 6),
            (3, 6, 18, 0),
            (66, 80, 88, 60),
            (60, 117, 135, 52),
            (267, 135, 801, 45),
            (1386, 837, 1701, 682),
        ] {
            assert_eq!(share_down(amount, weight, total, Ratio::Oscar), want, "{amount} × {weight} / {total}");
        }
    }

    proptest! {
        #[test]
        fn shares_sum_to_the_amount_and_none_is_above_its_room(
            parts in prop::collection::vec((0_i64..2_000, 0_i64..2_000), 0..20), amount in 0_i64..30_000,
            oscar in any::<bool>(),
        ) {
            let ratio = if oscar { Ratio::Oscar } else { Ratio::Exact };
            let parts: Vec<Part> = parts.into_iter().map(|(weight, room)| Part { weight, room }).collect();
            let shares = share_out(amount, &parts, ratio);
            prop_assert_eq!(shares.iter().sum::<i64>(), amount.min(parts.iter().map(|part| part.room).sum()));
            prop_assert!(shares.iter().zip(&parts).all(|(share, part)| (0..=part.room).contains(share)));
        }

        #[test]
        fn a_percentage_is_never_below_nothing_or_above_the_price(price in 0_i64..=i64::MAX, points in 0_u32..=10_000) {
            let off = percent_off(price, BasisPoints::new(points).unwrap());
            prop_assert!((0..=price).contains(&off));
        }
    }
}
