//! The rules of the shop: money, catalogue, prices, baskets, offers, checkouts, orders.
//!
//! Knows nothing of SQL, HTTP, files, async or the clock: callers bring facts in and take decisions away.
//! Start at [`basket`], then [`offer`], then [`checkout`], then [`order`].

pub mod address;
pub mod availability;
pub mod basket;
pub mod calendar;
pub mod catalogue;
pub mod checkout;
pub mod decimal;
pub mod delivery;
pub mod download;
pub mod event;
pub mod gift_card;
pub mod ids;
pub mod language;
pub mod market;
pub mod moment;
pub mod money;
pub mod offer;
pub mod order;
pub mod payment;
pub mod price_list;
pub mod quote;
pub mod range;
pub mod slug;
pub mod stock;
pub mod tax;
pub mod voucher;
