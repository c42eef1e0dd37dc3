//! Environments over time.

use super::latency::{time_axis, x};
use super::svg::{Anchor, Ink, Svg, share, tenths};
use super::{TABLE_ROWS_MAX, Table, ago};
use crate::report::Report;
use crate::shown;
use crate::timeline::Sample;

const SIZE: (i64, i64) = (380, 210);
const LEFT: i64 = 460;
const RIGHT: i64 = 3_760;
const TOP: i64 = 280;
const BOTTOM: i64 = 1_850;

pub(super) fn svg(report: &Report<'_>) -> String {
    let environments = &report.counts().environments;
    let description = format!("{} now, {} at most.", environments.now, environments.most);
    let mut svg = Svg::new("environments", SIZE, "Environments of functions, over time", &description);
    let most = report.samples.iter().map(|sample| sample.environments).max().unwrap_or(0);
    let scale = round_above(most);
    let y = |count: u64| BOTTOM - share(count.into(), scale.into(), BOTTOM - TOP);
    for tick in [scale / 2, scale] {
        svg.line((LEFT, y(tick)), (RIGHT, y(tick)), Ink::GRID);
        svg.text((LEFT - 60, y(tick) + 35), Anchor::End, Ink::TEXT, &shown::whole(tick.into()));
    }
    svg.text((LEFT - 60, BOTTOM + 35), Anchor::End, Ink::TEXT, "0");
    let mut steps = String::new();
    for sample in &report.samples {
        steps += &format!("V{}H{}", tenths(y(sample.environments)), tenths(x(report, sample.at_ms)));
    }
    if !steps.is_empty() {
        let start = format!("M{} {}", tenths(LEFT), tenths(BOTTOM));
        svg.fill(
            &format!("{start}{steps}V{}Z", tenths(BOTTOM)),
            Ink::SERIES[0],
            "fill-opacity=\"0.18\" stroke=\"none\"",
        );
        svg.stroke(&format!("{start}{steps}"), Ink::SERIES[0], "stroke-width=\"1.6\"");
    }
    time_axis(&mut svg, report);
    let words = format!("{} now · {} at most", environments.now, environments.most);
    svg.text((LEFT, 160), Anchor::Start, Ink::TEXT, &words);
    svg.end()
}

pub(super) fn table(report: &Report<'_>) -> Table {
    let row = |sample: &Sample| {
        let number = |count: u64| shown::whole(count.into());
        vec![ago(report.span_ms(), sample.at_ms), number(sample.environments), number(sample.invocations)]
    };
    let samples = report.facts.timeline.thinned(TABLE_ROWS_MAX);
    Table { head: vec!["Up to", "Environments, at most", "Invocations"], rows: samples.iter().rev().map(row).collect() }
}

/// The end of a scale: 2, 4, 10, 20, 40, 100 …
fn round_above(count: u64) -> u64 {
    let mut scale: u64 = 1;
    loop {
        for times in [2, 4, 10] {
            if count <= scale.saturating_mul(times) {
                return scale.saturating_mul(times);
            }
        }
        scale = scale.saturating_mul(10);
    }
}

#[cfg(test)]
mod tests {
    use super::round_above;

    #[test]
    fn scales_end_at_a_round_number() {
        for (count, want) in [(0, 2), (2, 2), (3, 4), (5, 10), (11, 20), (99, 100), (1_001, 2_000)] {
            assert_eq!(round_above(count), want);
        }
        assert_eq!(round_above(u64::MAX), u64::MAX);
    }
}
