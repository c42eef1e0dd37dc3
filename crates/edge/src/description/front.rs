//! An edge in front of any one server.

use super::{
    BehaviourDescription, CachePolicy, Class, Description, ErrorCaching, FORMAT, Methods, Origin, OriginKind,
    OriginRequestPolicy, Profile, UnknownHost,
};
use crate::TAG_HEADER;
use crate::behaviour::TtlSeconds;
use crate::selection::Selection;

/// Longest time that anything is kept, in seconds.
const YEAR_SECONDS: u64 = 31_536_000;
/// The name of each part.
const NAME: &str = "front";

impl Description {
    /// An edge in front of a server of which nothing is known: every method, header, cookie and query string reaches
    /// it, and what its answers say decides what is kept. With CloudFront's profile cookies and headers stand in no
    /// key, so use that for servers whose kept pages are the same for all.
    pub fn in_front_of(address: &str, profile: Profile) -> Self {
        let cache = CachePolicy {
            name: NAME.to_owned(),
            ttl_seconds: TtlSeconds { min: 0, default: 0, max: YEAR_SECONDS },
            query: Selection::All,
            headers: Selection::None,
            cookies: Selection::None,
            gzip: false,
            brotli: false,
        };
        let requests = OriginRequestPolicy {
            name: NAME.to_owned(),
            query: Selection::None,
            headers: if profile == Profile::Rfc9111 { Selection::All } else { Selection::None },
            cookies: if profile == Profile::Rfc9111 { Selection::All } else { Selection::None },
        };
        let everything = BehaviourDescription {
            pattern: "*".to_owned(),
            class: Class::Cached,
            origin: NAME.to_owned(),
            methods: Methods::All,
            cache_policy: NAME.to_owned(),
            origin_request_policy: Some(NAME.to_owned()),
            response_headers_policy: None,
            compress: false,
            viewer_request: None,
            viewer_response: None,
        };
        Self {
            format: FORMAT,
            profile,
            host_names: Vec::new(),
            unknown_host: UnknownHost::Forbidden,
            origins: vec![Origin::new(NAME, OriginKind::Http, address)],
            origin_groups: Vec::new(),
            cache_policies: vec![cache],
            origin_request_policies: vec![requests],
            response_headers_policies: Vec::new(),
            behaviours: vec![everything],
            error_caching: ErrorCaching::default(),
            tag_header: TAG_HEADER.as_str().to_owned(),
        }
    }
}
