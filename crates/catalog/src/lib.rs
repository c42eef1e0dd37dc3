//! The read side: the catalogue snapshot, written by one publisher and read by every instance.
//!
//! Knows nothing of SQL, HTTP or templates. Start at [`document`] for what it holds and [`query`] for what can be
//! asked; then [`Publisher`] and [`SnapshotReader`].

mod bytes;
mod card;
pub mod document;
mod error;
mod facet;
mod fetcher;
mod front;
mod hash;
mod hot;
mod index;
mod keys;
mod manifest;
mod price;
mod products;
mod publish;
mod purge;
pub mod query;
mod ranges;
mod reader;
mod shapes;
mod snapshot;
mod stock;
mod store;
mod wire;

pub use error::{PublishError, SnapshotError};
pub use facet::{FACET_DISTINCT_MAX, FACET_RATING, FACET_STOCK};
pub use front::{CATEGORIES_MAX, CURRENCIES_MAX, Front, LANGUAGES_MAX, SYNONYM_GROUPS_MAX, SYNONYMS_IN_GROUP_MAX};
pub use manifest::{SNAPSHOT_FORMAT, SnapshotKeys};
pub use publish::{CHANGES_MAX, Changes, Collected, FullDraft, Published, Publisher, Stamp};
pub use purge::Purge;
pub use ranges::RangeOptions;
pub use reader::{Look, ReaderOptions, SnapshotReader, View};
pub use snapshot::{SLUGS_MAX, SlugEntry, SlugPage, Snapshot};
pub use stock::{STOCK_RECORDS_MAX, StockOverlay};
pub use store::SnapshotStore;
