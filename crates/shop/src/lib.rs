//! The use cases of the shop: add to basket, pay, hold, place, release, refund, publish, import.
//!
//! Gathers facts, lets `commerce` decide, saves through `db`; whatever happens later is an outbox row. Knows nothing
//! of HTTP requests, pages or the command line. Start at [`Shop`], then [`checkout`] and [`payment`].

pub mod backup;
pub mod basket;
mod bulk;
pub mod calendar;
pub mod catalogue;
pub mod catalogue_file;
pub mod checkout;
mod clock;
mod counted;
pub mod delivery;
pub mod doctor;
mod document;
mod download_link;
mod download_store;
pub mod downloads;
mod edge;
pub mod folder;
pub mod gift_cards;
pub mod import;
pub mod inventory;
mod keys;
pub mod labels;
mod market_prices;
mod media_store;
mod messages;
pub mod modules;
pub mod new_pages;
pub mod offer_file;
pub mod offer_state;
pub mod offered;
pub mod offers;
pub mod order;
pub mod order_link;
mod outbox;
pub mod payment;
pub mod payment_site;
pub mod pictures;
mod place;
pub mod price_file;
pub mod price_lists;
pub mod publish;
mod range_reach;
pub mod range_upload;
pub mod ranges;
pub mod rules;
pub mod settings;
mod shop;
pub mod stock;
mod sweep;
mod tax;
pub mod voucher_set;
pub mod vouchers;

pub use bulk::{put_bucket_aside, put_damaged_snapshot_aside};
pub use clock::{Chance, Clock};
pub use counted::counted;
pub use db::{Damaged, DbError, Listed, MaybeConflict};
pub use edge::{EDGE_SECRET_HEADER, Edge, RegionLock};
pub use keys::{Keys, Purpose, ROOT_KEYS_MAX, to_hex};
pub use place::{Bucket, Place};
pub use shop::{OpenOptions, SchemaCheck, Shop, WorkDone, db_settings, demo_secrets, load_keys};
