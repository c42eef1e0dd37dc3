//! What a snapshot promises, tested through its front: publish, open, ask.

#![expect(
    clippy::unwrap_used,
    clippy::type_complexity,
    reason = "tests: helpers fail as tests do, and tables of cases"
)]

mod bucket;
mod faults;
mod freshness;
mod listing;
mod lookup;
mod model;
mod publish;
mod ranges;
mod search;
#[path = "../../../s3/tests/server/mod.rs"]
mod server;
mod shop;
