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

/// Shares `amount` in proportion to `weights`, none of which is below 0; the shares sum to `amount` or to all the
/// weights, whichever is less. Each share is rounded down and the rest is on the last, as in Oscar. No share is
/// above its weight: what is too much for the last goes to those before it.
pub(super) fn share_out(amount: i64, weights: &[i64], ratio: Ratio) -> Vec<i64> {
    let total: i128 = weights.iter().map(|weight| i128::from(*weight)).sum();
    let Some(due) = i64::try_from(total).ok().filter(|total| amount < *total) else { return weights.to_vec() };
    let mut shares: Vec<i64> = weights.iter().map(|weight| share_down(amount, *weight, due, ratio)).collect();
    let mut rest = amount - shares.iter().sum::<i64>();
    for (share, weight) in shares.iter_mut().zip(weights).rev() {
        let more = rest.min(weight - *share);
        *share += more;
        rest -= more;
    }
    shares
}

/// `amount × weight / total`, rounded down. `amount` and `weight` lie between 0 and `total`, which is above 0.
fn share_down(amount: i64, weight: i64, total: i64, ratio: Ratio) -> i64 {
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
