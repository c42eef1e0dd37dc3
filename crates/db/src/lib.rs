//! Truth: the schema, its migrations, every query and the transactions, on SQLite and on PostgreSQL.
//!
//! Knows nothing of HTTP, pages, gateways or the snapshot. All SQL of the program is here, each statement a constant
//! beside the function that runs it. Start at [`Db`], then [`checkouts`] and [`orders`].

pub mod backup;
pub mod baskets;
mod bounds;
pub mod catalogue;
pub mod check;
pub mod checkouts;
mod codec;
mod damaged;
pub mod downloads;
#[cfg(feature = "postgres")]
mod dsql;
mod engine;
mod error;
pub mod faults;
mod frozen;
pub mod gift_cards;
pub mod inventory;
mod lists;
mod migrate;
pub mod offers;
pub mod orders;
pub mod outbox;
pub mod payments;
pub mod price_lists;
pub mod products;
pub mod ranges;
pub mod rules;
pub mod schema;
mod settings;
mod sql;
pub mod stock;
pub mod uploads;
pub mod uses;
pub mod vouchers;

pub use bounds::{TX_BYTES_MAX, TX_ROWS_MAX, VALUE_BYTES_MAX};
pub use damaged::{Damaged, Listed};
pub use engine::{Db, MaybeConflict, RETRY_MS_MAX, Tx};
pub use error::DbError;
pub use migrate::{SCHEMA_NUMBER, SCHEMA_NUMBER_OLDEST, SchemaState, migration_statements};
pub use settings::{DbSettings, PG_CONNECTIONS_DEFAULT};
pub use sql::all_statements;

/// Statements of every module, for the check that prepares them all.
const MODULES: &[sql::Statements] = &[
    baskets::STATEMENTS,
    catalogue::STATEMENTS,
    checkouts::STATEMENTS,
    downloads::STATEMENTS,
    gift_cards::STATEMENTS,
    gift_cards::WRITE_STATEMENTS,
    migrate::STATEMENTS,
    offers::STATEMENTS,
    orders::STATEMENTS,
    outbox::STATEMENTS,
    payments::STATEMENTS,
    price_lists::STATEMENTS,
    products::STATEMENTS,
    products::write::STATEMENTS,
    ranges::STATEMENTS,
    rules::STATEMENTS,
    stock::STATEMENTS,
    uploads::STATEMENTS,
    uses::STATEMENTS,
    vouchers::STATEMENTS,
    vouchers::lists::STATEMENTS,
];
