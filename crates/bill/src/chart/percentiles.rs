//! Times of edge and functions, by percentiles.

use super::Table;
use super::svg::{Anchor, Ink, Svg, share};
use crate::histogram::{Percentiles, slot_of};
use crate::report::Report;
use crate::shown;

const WIDTH: i64 = 380;
/// Height of a row, in tenths.
const ROW: i64 = 330;
const TOP: i64 = 260;
/// Rows that are drawn; times of all requests together are in the table, and over time in a chart of their own.
const CHARTED: usize = 6;
const LEFT: i64 = 40;
const RIGHT: i64 = 3_760;

pub(super) fn svg(report: &Report<'_>) -> String {
    let times = report.times();
    let rows = &times[..CHARTED];
    let height = (TOP + ROW * i64::try_from(rows.len()).unwrap_or(0)) / 10 + 4;
    let words: Vec<String> = rows.iter().map(|row| format!("{}: {}", row.name, in_words(row.times))).collect();
    let mut svg = Svg::new("percentiles", (WIDTH, height), "Times of edge and functions", &words.join(" "));
    let slowest = rows.iter().filter_map(|row| Some(row.times?.p99_us)).max().unwrap_or(1);
    let quickest = rows.iter().filter_map(|row| Some(row.times?.p50_us)).min().unwrap_or(0);
    let (from, to) = (slot_of(quickest / 2), slot_of(slowest));
    let x = |us: u64| LEFT + share((slot_of(us) - from) as u128, (to - from).max(1) as u128, RIGHT - LEFT);
    svg.text((LEFT, 120), Anchor::Start, Ink::TEXT, "bars from p50 over p95 to p99");
    for (index, row) in rows.iter().enumerate() {
        let y = TOP + ROW * i64::try_from(index).unwrap_or(0);
        svg.text((LEFT, y + 90), Anchor::Start, Ink::TEXT, row.name);
        let Some(times) = row.times else {
            svg.text((RIGHT, y + 90), Anchor::End, Ink::TEXT, "none yet");
            continue;
        };
        let [p50, p95, p99] = [times.p50_us, times.p95_us, times.p99_us];
        let values = [p50, p95, p99].map(shown::time).join(" · ");
        svg.text((RIGHT, y + 90), Anchor::End, Ink::TEXT, &values);
        svg.bar((LEFT, y + 155), (RIGHT - LEFT, 10), Ink::GRID);
        svg.bar((x(p50), y + 140), (x(p99) - x(p50), 40), Ink::FREE);
        for (index, value) in [p99, p95, p50].into_iter().enumerate() {
            svg.dot((x(value), y + 160), 45, Ink::SERIES[2 - index], &shown::time(value));
        }
    }
    svg.end()
}

pub(super) fn table(report: &Report<'_>) -> Table {
    let rows = report.times().into_iter().map(|row| {
        let times = row.times.map_or(["–", "–", "–"].map(str::to_owned), |times| {
            [times.p50_us, times.p95_us, times.p99_us].map(shown::time)
        });
        [row.name.to_owned(), shown::whole(row.count.into())].into_iter().chain(times).collect()
    });
    Table { head: vec!["What", "How many", "p50", "p95", "p99"], rows: rows.collect() }
}

fn in_words(times: Option<Percentiles>) -> String {
    times.map_or("none yet.".to_owned(), |times| {
        format!("half up to {}, 95 of 100 up to {}.", shown::time(times.p50_us), shown::time(times.p95_us))
    })
}
