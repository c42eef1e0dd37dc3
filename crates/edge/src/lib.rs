//! What the edge does with the store's pages: which it keeps, for how long, under which key, and what a purge drops.
//!
//! The rules are CloudFront's, which differ from RFC 9111: viewers cannot ask past the cache, cookies neither reach
//! the origin nor the cached answer, errors are kept for a few seconds. Pure: knows nothing of sockets, async, the
//! clock or the shop; callers bring requests and the time, and take decisions away. Start at [`Edge`], then
//! [`decide`], then [`Cache`].

mod behaviour;
mod cache;
mod decision;
mod entry;
mod key;
mod lifetime;
mod pattern;

pub use behaviour::{BEHAVIOURS_MAX, Behaviour, Class, Edge, EdgeError, QUERY_NAMES_MAX, TtlSeconds};
pub use cache::{Cache, Fetch};
pub use decision::{Decision, decide, may_serve_after_failure, to_origin};
pub use entry::{Entry, TAG_HEADER, TAGS_MAX, UnixMs, to_viewer};
pub use key::{CacheKey, Encodings};
pub use lifetime::Lifetime;
pub use pattern::{InvalidPattern, PathPattern};
