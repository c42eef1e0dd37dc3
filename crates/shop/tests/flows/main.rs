//! The shop's flows on both databases: payments, holds, crashes, orders, publishing, and what they cost in statements.

#![allow(clippy::unwrap_used, reason = "helpers of tests: what fails here fails the test")]

#[path = "../support/mod.rs"]
mod support;

mod at_once;
mod crashes;
mod delivery;
mod discounts;
mod downloads;
mod gift_cards;
mod holds;
mod offers;
mod orders;
mod outside;
mod paying;
mod prices;
mod publishing;
mod rule_files;
mod statements;
mod taxes;
