//! Programs outside, asked over real connections: what they answer, what they leave out, and what is made of it.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on stops")]

mod asking;
mod connections;
mod questions;
mod resting;
mod support;
