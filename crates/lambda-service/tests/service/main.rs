//! The service through its front: real HTTP, real processes.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

mod api;
mod concurrency;
mod events;
mod life;
mod limits;
mod packages;
mod streams;
mod support;
mod urls;
