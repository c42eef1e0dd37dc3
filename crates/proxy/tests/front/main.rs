//! An edge through its front: real sockets, an origin that answers when the test says so, and a clock that stands still.

#![allow(clippy::unwrap_used, reason = "helpers of tests: what fails here fails the test")]

mod caching;
mod collapsing;
mod door;
mod faults;
mod hooks;
mod origin;
mod purging;
mod secure;
mod viewer;
mod world;
