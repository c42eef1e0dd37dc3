//! Time to the first byte at the edge, over time.

use super::svg::{Anchor, Ink, Svg, share, tenths};
use super::{TABLE_ROWS_MAX, Table, ago};
use crate::histogram::{Percentiles, slot_of};
use crate::report::Report;
use crate::shown;
use crate::timeline::Sample;

const SIZE: (i64, i64) = (380, 210);
/// The field that lines are drawn in, in tenths.
const LEFT: i64 = 460;
const RIGHT: i64 = 3_760;
const TOP: i64 = 280;
const BOTTOM: i64 = 1_850;
/// Lines of the scale, in microseconds.
const TICKS_US: [u64; 8] = [0, 100, 1_000, 10_000, 100_000, 1_000_000, 10_000_000, 100_000_000];

/// A line: its name, its pattern (for those who do not tell colours apart), its values.
type Series = (&'static str, &'static str, fn(&Percentiles) -> u64);

const SERIES: [Series; 3] = [
    ("p50", "stroke-width=\"1.8\" stroke-linejoin=\"round\"", |times| times.p50_us),
    ("p95", "stroke-width=\"1.5\" stroke-linejoin=\"round\" stroke-dasharray=\"5 2\"", |times| times.p95_us),
    ("p99", "stroke-width=\"1.2\" stroke-linejoin=\"round\" stroke-dasharray=\"1.5 2\"", |times| times.p99_us),
];

pub(super) fn svg(report: &Report<'_>) -> String {
    let description = match report.counts().edge.answer_times.percentiles() {
        None => "No request yet.".to_owned(),
        Some(all) => format!(
            "Lines over time for p50, p95 and p99. Of all requests so far half took up to {}, 95 of 100 up to {}, 99 of \
             100 up to {}.",
            shown::time(all.p50_us),
            shown::time(all.p95_us),
            shown::time(all.p99_us)
        ),
    };
    let mut svg = Svg::new("latency", SIZE, "Time to the first byte at the edge, over time", &description);
    let times: Vec<u64> = report.samples.iter().filter_map(|sample| Some(sample.first_byte?.p99_us)).collect();
    let least = report.samples.iter().filter_map(|sample| Some(sample.first_byte?.p50_us)).min();
    let low = TICKS_US.iter().rposition(|tick| least.is_some_and(|least| *tick <= least)).unwrap_or(0);
    let high = TICKS_US.iter().position(|tick| times.iter().all(|time| time <= tick)).unwrap_or(7).max(low + 1);
    let (from, to) = (slot_of(TICKS_US[low]), slot_of(TICKS_US[high.min(7)]));
    let y = |us: u64| BOTTOM - share((slot_of(us).max(from) - from) as u128, (to - from) as u128, BOTTOM - TOP);
    for tick in &TICKS_US[low..=high.min(7)] {
        svg.line((LEFT, y(*tick)), (RIGHT, y(*tick)), Ink::GRID);
        svg.text((LEFT - 60, y(*tick) + 35), Anchor::End, Ink::TEXT, &shown::time(*tick));
    }
    time_axis(&mut svg, report);
    for (index, (name, attributes, of)) in SERIES.iter().enumerate() {
        let ink = Ink::SERIES[index];
        svg.stroke(&line(report, &y, *of), ink, attributes);
        let x = LEFT + 620 * i64::try_from(index).unwrap_or(0);
        let key = format!("M{} 12h18", tenths(x));
        svg.stroke(&key, ink, attributes);
        svg.text((x + 230, 160), Anchor::Start, Ink::TEXT, name);
    }
    svg.end()
}

pub(super) fn table(report: &Report<'_>) -> Table {
    let row = |sample: &Sample| {
        let time =
            |of: fn(&Percentiles) -> u64| sample.first_byte.map_or("–".to_owned(), |times| shown::time(of(&times)));
        let [p50, p95, p99] = SERIES.map(|(_, _, of)| time(of));
        vec![ago(report.span_ms(), sample.at_ms), shown::whole(sample.requests.into()), p50, p95, p99]
    };
    let samples = report.facts.timeline.thinned(TABLE_ROWS_MAX);
    Table { head: vec!["Up to", "Requests", "p50", "p95", "p99"], rows: samples.iter().rev().map(row).collect() }
}

/// When it began, and now.
pub(super) fn time_axis(svg: &mut Svg, report: &Report<'_>) {
    svg.line((LEFT, BOTTOM), (RIGHT, BOTTOM), Ink::GRID);
    let began = report.samples.first().map_or(0, |first| first.at_ms - first.span_ms);
    svg.text((LEFT, BOTTOM + 160), Anchor::Start, Ink::TEXT, &ago(report.span_ms(), began));
    svg.text((RIGHT, BOTTOM + 160), Anchor::End, Ink::TEXT, "now");
}

/// Where a moment is on the axis.
pub(super) fn x(report: &Report<'_>, at_ms: u64) -> i64 {
    let began = report.samples.first().map_or(0, |first| first.at_ms - first.span_ms);
    let ended = report.samples.last().map_or(0, |last| last.at_ms);
    LEFT + share(at_ms.saturating_sub(began).into(), ended.saturating_sub(began).into(), RIGHT - LEFT)
}

/// The line of one percentile; it is broken where nobody asked for anything.
fn line(report: &Report<'_>, y: &dyn Fn(u64) -> i64, of: fn(&Percentiles) -> u64) -> String {
    let mut path = String::new();
    let mut joined = false;
    for sample in &report.samples {
        let Some(times) = &sample.first_byte else {
            joined = false;
            continue;
        };
        // A sample between two gaps is a short stroke of its own.
        let (start, end) = (x(report, sample.at_ms - sample.span_ms), x(report, sample.at_ms));
        let height = tenths(y(of(times)));
        path += &match joined {
            true => format!("L{} {height}", tenths(end)),
            false => format!("M{} {height}H{}", tenths(start), tenths(end)),
        };
        joined = true;
    }
    path
}
