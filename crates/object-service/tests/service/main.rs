//! The service through its front: real HTTP.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

mod conditions;
mod lists;
mod objects;
mod refusals;
mod strangers;
mod support;
mod told;
mod uploads;
