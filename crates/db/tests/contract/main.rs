//! The contract of the database: every promise of the crate, kept on SQLite and on PostgreSQL.
//!
//! `TEST_POSTGRES_URL` names the server; see [`support`].

#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

mod backup;
mod baskets;
mod budget;
mod catalogue;
mod check;
mod checkouts;
mod downloads;
mod errors;
mod faults;
mod gift_cards;
mod inventory;
mod migrations;
mod offers;
mod orders;
mod outbox;
mod payments;
mod price_lists;
mod ranges;
mod rules;
mod sample;
mod schema;
mod statements;
mod stock;
mod support;
mod uses;
mod vouchers;
