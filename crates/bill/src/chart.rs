//! Charts as SVG, written out by hand: whole numbers, no script, no style of their own.
//!
//! Colours come from the page's classes; attributes carry some that are readable on light and dark, so that a chart is
//! also a picture by itself. Each has a title, a description, and beside it on the page a table with its numbers.

mod costs;
mod environments;
mod latency;
mod map;
mod percentiles;
mod svg;

use crate::report::Report;

/// A chart of a report.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Chart {
    /// Time to the first byte at the edge, over time.
    Latency,
    /// Times of edge and functions, by percentiles.
    Percentiles,
    /// Environments over time.
    Environments,
    /// Costs by service.
    Costs,
    /// The world, with the shop in one region.
    Map,
    /// The world, with the shop in several.
    MapSeveral,
}

/// A chart's numbers.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
pub(crate) struct Table {
    pub(crate) head: Vec<&'static str>,
    pub(crate) rows: Vec<Vec<String>>,
}

impl Chart {
    /// All of them.
    pub const ALL: [Self; 6] =
        [Self::Latency, Self::Percentiles, Self::Environments, Self::Costs, Self::Map, Self::MapSeveral];

    /// Its name in addresses: `/charts/<name>.svg`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Latency => "latency",
            Self::Percentiles => "percentiles",
            Self::Environments => "environments",
            Self::Costs => "costs",
            Self::Map => "map",
            Self::MapSeveral => "map-several",
        }
    }

    /// The chart of that name.
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|chart| chart.name() == name)
    }

    /// Draws it: a whole SVG document.
    pub fn svg(self, report: &Report<'_>) -> String {
        match self {
            Self::Latency => latency::svg(report),
            Self::Percentiles => percentiles::svg(report),
            Self::Environments => environments::svg(report),
            Self::Costs => costs::svg(report),
            Self::Map => map::svg(report, map::Shop::OneRegion),
            Self::MapSeveral => map::svg(report, map::Shop::SeveralRegions),
        }
    }

    /// Its numbers. Both maps share a table.
    pub(crate) fn table(self, report: &Report<'_>) -> Table {
        match self {
            Self::Latency => latency::table(report),
            Self::Percentiles => percentiles::table(report),
            Self::Environments => environments::table(report),
            Self::Costs => costs::table(report),
            Self::Map | Self::MapSeveral => map::table(report),
        }
    }
}

/// The bands of the maps, from quick to slow.
pub(crate) fn bands_in_words() -> Vec<String> {
    let ends = map::BANDS_US.map(crate::shown::about);
    let last = format!("more than {}", ends[ends.len() - 1]);
    ends.iter().map(|end| format!("up to {end}")).chain([last]).collect()
}

/// Samples in a table beside a chart over time.
const TABLE_ROWS_MAX: usize = 10;

/// How long before the end of a report something was: `now`, `2 min ago`.
fn ago(end_ms: u64, at_ms: u64) -> String {
    match end_ms.saturating_sub(at_ms) {
        0..1_500 => "now".to_owned(),
        before => format!("{} ago", crate::shown::span(before)),
    }
}

#[cfg(test)]
mod tests;
