//! The command as people and scripts use it: the real program on stores of its own.

#![allow(clippy::unwrap_used, reason = "a helper of tests ends them where something is missing")]

mod backup;
mod bucket;
mod catalogue;
mod doctor;
mod downloads;
mod gift_cards;
mod import;
mod offers;
mod orders;
mod package;
mod payments;
mod prices;
mod ranges_and_vouchers;
mod rules;
mod serve;
mod store;
mod support;
mod wrong_use;
