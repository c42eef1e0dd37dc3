//! The shop as a person meets it: the real program, a real browser, every page.
//!
//! `cargo xtask test` brings Chromium, its driver and the tools of `tests/browser` along; without them these tests
//! fail and say so, unless TRADEWIND_TEST_WITHOUT_BROWSER=1 leaves them out. What failed leaves a picture of its
//! window and the address in the output. Start at [`journey`].

mod audit;
mod basket;
mod driver;
mod finding;
mod journey;
mod keyboard;
mod offers;
mod orders;
mod pages;
mod paying;
mod store;
mod visit;
