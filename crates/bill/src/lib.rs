//! What a serverless shop costs and how fast it is around the world, worked out from counts.
//!
//! A [`Tally`] is told what happens and gives [`Counts`]; a [`PriceTable`] turns these into a [`Bill`], a [`WorldMap`]
//! into times to the first byte for shoppers near each AWS region. A [`Report`] holds all of it and is shown as a
//! page, as JSON, or chart by chart. Pure: knows nothing of sockets, async, files, the clock, or of who serves,
//! caches and stores; callers bring counts and spans of time. Money and times are whole numbers throughout: nothing is
//! rounded but where a name or a doc line says so, and nothing is random. Start at [`Tally`], then [`Bill`], then
//! [`Report`].

mod bill;
mod chart;
mod counts;
mod distances;
#[cfg(test)]
mod fixture;
mod histogram;
mod item;
mod page;
mod plans;
mod prices;
mod report;
mod report_json;
mod shown;
mod tally;
mod timeline;
mod usd;
mod world;

pub use bill::{Architecture, Bill, Charge, Line, MONTH_MS, PROJECTION_SPAN_MS_MIN, Sum, Total};
pub use chart::Chart;
pub use counts::{Counts, EdgeCounts, EnvironmentCounts, InvocationCounts, ServiceCounts};
pub use distances::{Distances, DistancesError, Place};
pub use histogram::{Histogram, Percentiles, RELATIVE_ERROR_MAX_PERMYRIAD};
pub use item::{Item, Service, Unit};
pub use page::{Delivery, REGION_CSS, REGION_JS, page};
pub use plans::{Choice, Comparison};
pub use prices::{AlwaysOn, Plan, PriceTable, PriceTableError, Rate, Tier};
pub use report::{Facts, Report};
pub use report_json::{REPORT_FORMAT, report_json};
pub use tally::{Content, EdgeRequest, EdgeResult, Invocation, Method, Outcome, StoreOperation, Tally};
pub use timeline::{SAMPLES_MAX, Sample, Timeline};
pub use usd::{InvalidUsd, Usd};
pub use world::{ASSUMPTIONS, Origins, PlaceTimes, Traffic, Ttfb, WorldMap};
