use super::*;
use crate::item::Unit;
use crate::tally::{Invocation, Outcome, Tally};
use proptest::prelude::*;

const HOUR_MS: u64 = 3_600_000;

fn usd(text: &str) -> Usd {
    Usd::parse(text).unwrap()
}

fn bill(counts: &Counts, span_ms: u64) -> Bill {
    Bill::new(counts, span_ms, &PriceTable::us_east_1(), Architecture::Arm64)
}

/// Amounts worked out by hand. The month is the span itself, so that so far and month agree.
#[test]
fn a_month_of_a_busy_shop() {
    let mut counts = Counts::default();
    counts.invocations.count = 3_000_000;
    // 3 million × 100 ms × 1,024 MB = 300,000 GB-s … and 200,000 more.
    counts.invocations.billed_mb_ms = 500_000 * 1_024_000;
    counts.edge.requests = 10_000_000;
    counts.edge.bytes_out = 2_048 << 30;
    counts.services.purged_paths = 200;
    counts.services.purged_tags = 1_000;
    counts.services.store_bytes_out = 5 << 30;
    counts.services.database_micro_dpu = 350_000 * 1_000_000;
    counts.services.database_bytes_now = 3 << 30;
    let bill = bill(&counts, MONTH_MS);
    for (item, before, after) in [
        // 3 × 0.20; 2 × 0.20
        (Item::LambdaRequests, Some("0.6"), Some("0.4")),
        // 500,000 × 0.0000133334; 100,000 × 0.0000133334
        (Item::LambdaDurationArm64, Some("6.6667"), Some("1.33334")),
        // Unknown, but all of it is free.
        (Item::EdgeRequests, None, Some("0")),
        // 2,048 × 0.085; 1,024 × 0.085
        (Item::EdgeTransfer, Some("174.08"), Some("87.04")),
        // 1,200 × 0.005; 200 × 0.005
        (Item::EdgePurges, Some("6"), Some("1")),
        (Item::EdgeFunctionRuns, Some("0"), Some("0")),
        (Item::StoreTransfer, Some("0"), Some("0")),
        // 350,000 × 8 / million; 250,000 × 8 / million
        (Item::DatabaseUnits, Some("2.8"), Some("2")),
        // 3 × 0.33; 2 × 0.33
        (Item::DatabaseStorage, Some("0.99"), Some("0.66")),
    ] {
        let want = Charge { before_free: before.map(usd), after_free: after.map(usd) };
        let line = bill.line(item).unwrap();
        assert_eq!((line.so_far, line.month), (want, Some(want)), "{item:?}");
    }
    // 0.4 + 1.33334 + 87.04 + 1 + 2 + 0.66
    assert_eq!(bill.so_far.after_free, Sum { amount: usd("92.43334"), not_known: Vec::new() });
    // 0.6 + 6.6667 + 174.08 + 6 + 2.8 + 0.99
    assert_eq!(bill.so_far.before_free, Sum { amount: usd("191.1367"), not_known: vec![Item::EdgeRequests] });
}

#[test]
fn lambda_is_billed_with_init_and_to_the_millisecond() {
    let tally = Tally::default();
    let warm = Invocation { init_us: None, duration_us: 1_100, memory_mb: 1_024, outcome: Outcome::Answered };
    tally.invocation(&warm);
    tally.invocation(&Invocation { init_us: Some(11_500), ..warm });
    let bill = bill(&tally.counts(), HOUR_MS);
    // 1.1 ms → 2 ms; 12.6 ms → 13 ms; 15 ms × 1 GB = 0.015 GB-s × 0.0000133334 = 0.000000200001
    let line = bill.line(Item::LambdaDurationArm64).unwrap();
    assert_eq!(line.grains, 15 * 1_024);
    assert_eq!(line.so_far.before_free, Some(usd("0.000000200001")));
    assert_eq!(line.so_far.after_free, Some(Usd::ZERO));
}

#[test]
fn a_month_goes_on_like_the_span() {
    let mut counts = Counts::default();
    counts.invocations.count = 10_000;
    counts.services.database_bytes_now = 2 << 30;
    let bill = bill(&counts, HOUR_MS);
    // 10,000 an hour × 730 = 7.3 million; 6.3 million × 0.20 / million
    let requests = bill.line(Item::LambdaRequests).unwrap();
    assert_eq!(requests.month_grains, Some(7_300_000));
    assert_eq!(requests.month.unwrap().after_free, Some(usd("1.26")));
    // 2 GB, an hour of 730: 2 / 730 GB-months; in a month 2 GB-months, of which 1 is free.
    let storage = bill.line(Item::DatabaseStorage).unwrap();
    assert_eq!(storage.grains * 730, 2 * Unit::GbMonth.grains());
    assert_eq!(storage.month.unwrap().after_free, Some(usd("0.33")));
}

#[test]
fn a_month_of_purges_for_stock_stops_at_the_shops_own_bound() {
    for (case, tags, for_stock, monthly, want) in [
        ("nobody said a bound", 10, 0, None, 7_300),
        ("all for stock", 10, 10, Some(500), 500),
        // 4 an hour × 730, and the bound
        ("some for stock", 10, 6, Some(500), 3_420),
        ("the bound is far", 10, 10, Some(1_000_000), 7_300),
        ("more already than the bound of a month", 600, 600, Some(500), 600),
        ("told of and not dropped yet", 1, 5, Some(500), 500),
    ] {
        let mut counts = Counts::default();
        counts.services.purged_tags = tags;
        counts.services.stock_purges = for_stock;
        counts.services.stock_purges_monthly = monthly;
        let bill = bill(&counts, HOUR_MS);
        let line = bill.line(Item::EdgePurges).unwrap();
        assert_eq!((line.grains, line.month_grains), (tags.into(), Some(want)), "{case}");
        assert_eq!(line.note.is_some(), monthly.is_some(), "{case}");
    }
}

#[test]
fn too_short_a_span_says_nothing_about_a_month() {
    assert_eq!(bill(&Counts::default(), PROJECTION_SPAN_MS_MIN - 1).month, None);
    assert_eq!(bill(&Counts::default(), PROJECTION_SPAN_MS_MIN).month, Some(Total::default()));
}

#[test]
fn a_price_that_is_not_known_is_told_and_never_nothing() {
    let mut counts = Counts::default();
    counts.services.letters = 1;
    let bill = bill(&counts, HOUR_MS);
    assert_eq!(bill.line(Item::Letters).unwrap().so_far.after_free, None);
    assert_eq!(bill.so_far.after_free.not_known, [Item::Letters]);
}

#[test]
fn statements_stand_for_work_that_nobody_measured() {
    let mut counts = Counts::default();
    counts.services.database_statements = 1_000;
    let estimated = bill(&counts, HOUR_MS);
    let line = estimated.line(Item::DatabaseUnits).unwrap();
    // 1,000 × 0.06 DPU
    assert_eq!(line.grains, 60 * Unit::Dpu.grains());
    assert!(line.note.as_ref().unwrap().contains("0.06 DPU a statement"), "{:?}", line.note);
    counts.services.database_micro_dpu = 5;
    let measured = bill(&counts, HOUR_MS);
    let line = measured.line(Item::DatabaseUnits).unwrap();
    assert_eq!((line.grains, &line.note), (5, &None));
}

fn any_counts() -> impl Strategy<Value = Counts> {
    let numbers = prop::collection::vec(0_u64..1 << 44, 9);
    numbers.prop_map(|numbers| {
        let mut counts = Counts::default();
        counts.invocations.count = numbers[0];
        counts.invocations.billed_mb_ms = numbers[1];
        counts.edge.requests = numbers[2];
        counts.edge.bytes_out = numbers[3];
        counts.services.purged_tags = numbers[4];
        counts.services.store_gets = numbers[5];
        counts.services.database_micro_dpu = numbers[6];
        counts.services.database_bytes_now = numbers[7];
        counts.services.letters = numbers[8];
        counts
    })
}

proptest! {
    #[test]
    fn lines_add_up_to_the_total(counts in any_counts(), span_ms in 1_u64..1 << 40) {
        let bill = bill(&counts, span_ms);
        let known: Usd = bill.lines.iter().filter_map(|line| line.so_far.after_free).sum();
        prop_assert_eq!(known, bill.so_far.after_free.amount);
        let unknown = bill.lines.iter().filter(|line| line.so_far.after_free.is_none()).count();
        prop_assert_eq!(unknown, bill.so_far.after_free.not_known.len());
        if let Some(month) = bill.month {
            let known: Usd = bill.lines.iter().filter_map(|line| line.month.unwrap().before_free).sum();
            prop_assert_eq!(known, month.before_free.amount);
        }
    }

    #[test]
    fn what_is_free_never_makes_it_dearer(counts in any_counts(), span_ms in 1_u64..1 << 40) {
        for line in bill(&counts, span_ms).lines {
            if let Charge { before_free: Some(before), after_free } = line.so_far {
                prop_assert!(after_free.is_some_and(|after| after <= before), "{:?}", line.item);
            }
        }
    }

    #[test]
    fn more_use_never_costs_less(some in any_counts(), more in 0_u64..1 << 40) {
        let mut busier = some.clone();
        busier.invocations.count += more;
        busier.invocations.billed_mb_ms += more;
        busier.edge.bytes_out += more;
        let (less, more) = (bill(&some, HOUR_MS), bill(&busier, HOUR_MS));
        for (less, more) in less.lines.iter().zip(&more.lines) {
            if let (Some(less), Some(more)) = (less.so_far.after_free, more.so_far.after_free) {
                prop_assert!(less <= more);
            }
        }
    }
}
