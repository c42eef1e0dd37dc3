use super::*;
use proptest::prelude::*;
use uuid::Uuid;

const DAY_MS: i64 = 24 * 3_600_000;

fn gbp() -> Currency {
    Currency::parse("GBP").unwrap()
}

/// Days from the beginning of time, so that tables read well.
fn day(day: i64) -> Moment {
    Moment::from_micros(0).plus_ms(day * DAY_MS)
}

fn id(number: u128) -> PriceId {
    PriceId::new(Uuid::from_u128(number))
}

/// A price in pence from one day until another.
fn row(number: u128, minor: i64, from: Option<i64>, until: Option<i64>) -> PriceRow {
    PriceRow { id: id(number), amount: Money::from_minor(minor, gbp()), from: from.map(day), until: until.map(day) }
}

fn in_force(prices: &[PriceRow], now: Moment) -> Option<i64> {
    price_in_force(prices, gbp(), now).map(|price| price.amount.minor())
}

fn prior(prices: &[PriceRow], now: i64) -> Option<i64> {
    prior_price(prices, gbp(), day(now)).map(Money::minor)
}

#[test]
fn the_lowest_price_in_force_wins_and_its_end_is_known() {
    let prices = [row(1, 500, None, None), row(2, 400, Some(10), Some(20)), row(3, -1, None, None)];
    for (now, want, change) in
        [(9, 500, Some(10)), (10, 400, Some(20)), (19, 400, Some(20)), (20, 500, Some(40)), (40, 500, None)]
    {
        let found = (in_force(&prices, day(now)), next_price_change(&prices, day(now)));
        assert_eq!(found, (Some(want), change.map(day)), "day {now}");
    }
    assert_eq!(price_in_force(&prices, Currency::parse("EUR").unwrap(), day(1)), None);
}

#[test]
fn a_reduction_names_the_lowest_price_of_the_30_days_before_it() {
    let sale = [row(1, 500, None, None), row(2, 400, Some(100), None)];
    let short = [row(1, 500, None, None), row(2, 400, Some(100), Some(110))];
    let lower_for_good = [row(1, 500, None, Some(100)), row(2, 400, Some(100), None)];
    let raised_first = [row(1, 500, None, None), row(2, 380, Some(60), Some(80)), row(3, 400, Some(100), None)];
    let long_ago = [row(1, 500, None, None), row(2, 380, Some(60), Some(69)), row(3, 400, Some(100), None)];
    let in_steps = [row(1, 500, None, None), row(2, 450, Some(90), None), row(3, 400, Some(100), None)];
    let renamed = [row(1, 500, None, None), row(2, 400, Some(100), Some(105)), row(3, 400, Some(105), None)];
    let never_sold = [row(1, 400, Some(100), None)];
    for (case, prices, now, want) in [
        ("before the sale", &sale[..], 99, None),
        ("from its first moment", &sale, 100, Some(500)),
        ("as long as it lasts", &sale, 400, Some(500)),
        ("within its time", &short, 109, Some(500)),
        ("after its end", &short, 110, None),
        ("a price that became lower", &lower_for_good, 100, Some(500)),
        ("the same on its last day", &lower_for_good, 129, Some(500)),
        ("30 days later it is the price", &lower_for_good, 130, None),
        ("it was cheaper just before", &raised_first, 100, None),
        ("it was cheaper longer ago", &long_ago, 100, Some(500)),
        ("the step before counts", &in_steps, 100, Some(450)),
        ("two rows of one amount are one reduction", &renamed, 106, Some(500)),
        ("nothing was charged before", &never_sold, 100, None),
    ] {
        assert_eq!(prior(prices, now), want, "{case}");
    }
    assert_eq!(next_price_change(&lower_for_good, day(100)), Some(day(130)), "when the page must change");
}

#[test]
fn another_regular_price_leaves_the_sale_and_the_history_alone() {
    let mut prices = vec![row(1, 500, None, None), row(2, 400, Some(5), None), row(3, 450, Some(50), Some(60))];
    let set = |prices: &mut Vec<PriceRow>, pence: Option<i64>, now: i64, new: u128| {
        set_regular_price(prices, gbp(), pence.map(|pence| Money::from_minor(pence, gbp())), day(now), id(new));
    };
    set(&mut prices, Some(480), 10, 7);
    let want = [
        row(1, 480, Some(10), None),
        row(2, 400, Some(5), None),
        row(3, 450, Some(50), Some(60)),
        row(7, 500, None, Some(10)),
    ];
    assert_eq!(prices, want);
    set(&mut prices, Some(470), 10, 8);
    assert_eq!((prices.len(), prices[0].amount.minor()), (4, 470), "a second change at the same moment is no history");
    set(&mut prices, None, 12, 9);
    assert_eq!(regular_price(&prices, gbp(), day(12)).map(|price| price.id), Some(id(2)), "the sale is left");
    set(&mut prices, None, 13, 10);
    assert_eq!((in_force(&prices, day(13)), in_force(&prices, day(11))), (None, Some(400)));
    let mut first = Vec::new();
    set(&mut first, Some(100), 10, 1);
    assert_eq!(first, [row(1, 100, None, None)]);
}

#[test]
fn the_history_is_bounded() {
    let mut prices = Vec::new();
    for (number, now) in (1..=1_000).zip(0..) {
        let amount = Money::from_minor(now + 1, gbp());
        set_regular_price(&mut prices, gbp(), Some(amount), day(now), id(number));
    }
    assert_eq!(prices.len(), PRICES_KEPT_MAX);
    assert_eq!((in_force(&prices, day(999)), in_force(&prices, day(900))), (Some(1_000), Some(901)));
}

/// Some rows of one currency, in days, and the moments at which anything changes.
fn rows() -> impl Strategy<Value = Vec<PriceRow>> {
    let one = (1_i64..6, prop::option::of(0_i64..120), prop::option::of(0_i64..120));
    prop::collection::vec(one, 1..7).prop_map(|rows| {
        (1..).zip(rows).map(|(number, (minor, from, until))| row(number, minor * 100, from, until)).collect()
    })
}

/// Day by day, as one would do it with a calendar: prices change at midnight only.
fn prior_by_calendar(prices: &[PriceRow], today: i64) -> Option<i64> {
    let charged = |day_number: i64| in_force(prices, day(day_number));
    let now = charged(today)?;
    let began = (-1..=today).rev().take_while(|at| charged(*at) == Some(now)).last()?;
    let has_dearer = prices.iter().any(|price| price.is_valid(day(today)) && now < price.amount.minor());
    if began < 0 || (!has_dearer && today - began >= 30) {
        return None;
    }
    (began - 30..began).filter_map(charged).min().filter(|lowest| now < *lowest)
}

proptest! {
    #[test]
    fn the_prior_price_is_that_of_a_calendar(prices in rows(), today in 0_i64..200) {
        prop_assert_eq!(prior(&prices, today), prior_by_calendar(&prices, today));
    }

    #[test]
    fn what_is_told_of_a_price_changes_only_when_it_says_so(prices in rows(), today in 0_i64..200) {
        let told = |at: i64| (in_force(&prices, day(at)), prior(&prices, at));
        if told(today) != told(today + 1) {
            prop_assert_eq!(next_price_change(&prices, day(today)), Some(day(today + 1)));
        }
    }

    #[test]
    fn another_regular_price_changes_nothing_of_the_past(
        prices in rows(), pence in prop::option::of(1_i64..900), today in 0_i64..200, past in 1_i64..200,
    ) {
        let mut changed = prices.clone();
        let amount = pence.map(|pence| Money::from_minor(pence, gbp()));
        set_regular_price(&mut changed, gbp(), amount, day(today), id(99));
        let first_ever = !prices.iter().any(|price| price.from.is_none_or(|from| from <= day(today)));
        if !first_ever || regular_price(&prices, gbp(), day(today)).is_some() {
            prop_assert_eq!(in_force(&changed, day(today - past)), in_force(&prices, day(today - past)));
        }
        if let Some(pence) = pence {
            prop_assert!(in_force(&changed, day(today)).is_some_and(|now| now <= pence));
        }
    }
}
