//! The store as a function behind an edge, on this machine: what `tradewind region` starts, from a shopper's side.
//!
//! Start at [`world`], which opens it; then [`freshness`], [`life`] and [`race`].

#![expect(clippy::unwrap_used, reason = "helpers of a test: what fails here fails the test")]
#![allow(
    clippy::disallowed_methods,
    clippy::zombie_processes,
    clippy::unnecessary_to_owned,
    clippy::manual_strip,
    clippy::wrong_self_convention,
    dead_code,
    unreachable_pub,
    reason = "the program is a process of its own, ended by the guard that started it; helpers are shared with others"
)]

mod bill;
mod downloads;
mod freshness;
mod life;
mod load;
mod objects;
mod race;
mod releases;
#[path = "../hostile/world.rs"]
mod world;

use world::{Answer, TestShop};

/// A product that the demo has in stock.
const PRODUCT: &str = "/product/bamboo-whisk-hundred-tines";
/// Its SKU.
const SKU: &str = "WAR-107";
/// Another, of another category.
const OTHER: &str = "/product/night-watch";

/// What the edge's cache did.
fn cache(answer: &Answer) -> &str {
    answer.header("cache-status").trim_start_matches("tradewind; ")
}

/// Times that a page is asked for until the edge keeps it. The second answer is what it keeps, unless it comes before the
/// first is put away: then it is the first once more.
const KEPT_ASKS_MAX: usize = 10;

/// Asks for a page until the edge keeps it.
fn kept(shop: &TestShop, path: &str) -> Answer {
    shop.get(path);
    let mut asks = (0..KEPT_ASKS_MAX).map(|_| shop.get(path));
    let answer = asks.find(|answer| answer.status != 200 || !cache(answer).ends_with("collapsed"));
    let answer = answer.unwrap_or_else(|| panic!("{path} is always on its way"));
    assert!(answer.status == 200 && cache(&answer).starts_with("hit"), "{path}: {:?}", answer.headers);
    answer
}

/// Runs a command that must succeed.
fn run(shop: &TestShop, words: &[&str]) {
    let ran = shop.run(words);
    assert!(ran.status.success(), "{words:?}: {}", String::from_utf8_lossy(&ran.stderr));
}
