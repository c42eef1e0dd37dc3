//! What the edge does with the store's pages: which it keeps, for how long, under which key, and what a purge drops.
//!
//! A [`Description`] says it in words, one JSON file; an [`Edge`] is a description that was checked. Its rules follow
//! one of two [`Profile`]s: CloudFront's, which differ from RFC 9111 (viewers cannot ask past the cache, a minimum
//! beats `no-store`, errors are kept for a few seconds), or the RFC's, for those who run the edge on servers of their
//! own. Pure: knows nothing of sockets, async, the clock or the shop; callers bring requests and the time, and take
//! decisions away. Start at [`Description`], then [`decide`], then [`Cache`].

mod behaviour;
mod cache;
mod decision;
mod description;
mod directives;
mod entry;
mod forward;
mod invalidate;
mod key;
mod lifetime;
mod moment;
mod pattern;
mod purge;
mod respond;
mod selection;
mod squeeze;
mod targeted;
mod vary;

pub use behaviour::{Behaviour, Edge, ResponseHeaders, Target, TtlSeconds};
pub use cache::{Cache, Fetch};
pub use decision::{Decision, Failure, decide, may_serve_after_failure};
pub use description::{
    AccessControl, BEHAVIOURS_MAX, BehaviourDescription, CachePolicy, Class, Description, DescriptionError,
    ErrorCaching, FORMAT, HeaderSetting, Methods, ORIGIN_GROUPS_MAX, ORIGINS_MAX, Origin, OriginGroup, OriginKind,
    OriginRequestPolicy, POLICY_NAMES_MAX, Profile, ResponseHeadersPolicy, StoreOrigins, UnknownHost,
};
pub use entry::{Entry, EntryHead, TAG_HEADER, TAGS_MAX};
pub use forward::{Viewer, address_for_origin, mark_viewer, strip_hop_by_hop, to_origin, to_viewer};
pub use invalidate::made_untrue;
pub use key::{CacheKey, Encodings};
pub use lifetime::Lifetime;
pub use moment::UnixMs;
pub use pattern::{InvalidPattern, PathPattern};
pub use purge::{InvalidPurge, PURGE_PATHS_MAX, PURGE_WILDCARDS_MAX, Purge};
pub use respond::{ByteRange, Range, is_not_modified, range_of};
pub use selection::Selection;
pub use squeeze::{SQUEEZE_BYTES_MAX, SQUEEZE_BYTES_MIN, Squeeze, squeeze};
