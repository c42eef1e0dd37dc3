//! What every gateway promises, and what the demo payment site does on top of it, over real HTTP on this machine.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on stops")]

mod answers;
mod contract;
mod demo_behaviours;
mod demo_site;
mod fake_paypal;
mod fake_stripe;
mod support;
mod webhooks;
