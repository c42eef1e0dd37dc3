//! The edge of a store, from its table of routes.

use super::{
    BehaviourDescription, CachePolicy, Class, Description, ErrorCaching, FORMAT, Methods, Origin, OriginKind,
    OriginRequestPolicy, Profile, UnknownHost,
};
use crate::TAG_HEADER;
use crate::behaviour::TtlSeconds;
use crate::selection::Selection;

/// Longest time that anything is kept, in seconds.
const YEAR_SECONDS: u64 = 31_536_000;
/// How long a file is kept whose answer does not say, in seconds (CloudFront's default).
const DAY_SECONDS: u64 = 86_400;

/// Who answers for a store: the program, and the files that it has put away.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoreOrigins {
    /// The program.
    pub store: Origin,
    /// Where files under a name of their content lie; the program itself, where there is no object store.
    pub media: Option<Origin>,
}

impl StoreOrigins {
    /// A program on this machine that serves its files itself.
    pub fn at(address: &str) -> Self {
        Self { store: Origin::new("store", OriginKind::Http, address), media: None }
    }
}

impl Description {
    /// The edge of a store: these patterns in order, then all else, cached. `query_names` are what cached pages know.
    /// Patterns under `/media/` are asked of the object store.
    pub fn for_store<'p>(
        patterns: impl IntoIterator<Item = (&'p str, Class)>,
        query_names: &[&str],
        origins: StoreOrigins,
    ) -> Self {
        let media = origins.media.as_ref().map(|origin| origin.name.clone());
        let behaviours = patterns.into_iter().chain([("*", Class::Cached)]).map(|(pattern, class)| {
            let is_media = pattern.starts_with("/media/") && class == Class::Asset;
            let origin = media.clone().filter(|_| is_media).unwrap_or_else(|| origins.store.name.clone());
            behaviour(pattern, class, origin)
        });
        Self {
            format: FORMAT,
            profile: Profile::CloudFront,
            host_names: Vec::new(),
            unknown_host: UnknownHost::Forbidden,
            behaviours: behaviours.collect(),
            origins: [Some(origins.store), origins.media].into_iter().flatten().collect(),
            origin_groups: Vec::new(),
            cache_policies: cache_policies(query_names),
            origin_request_policies: vec![own_requests()],
            response_headers_policies: Vec::new(),
            error_caching: ErrorCaching::default(),
            tag_header: TAG_HEADER.as_str().to_owned(),
        }
    }
}

fn behaviour(pattern: &str, class: Class, origin: String) -> BehaviourDescription {
    let (cache_policy, methods) = match class {
        Class::Cached => ("pages", Methods::Read),
        Class::Own => ("own", Methods::All),
        Class::Asset => ("files", Methods::Read),
    };
    BehaviourDescription {
        pattern: pattern.to_owned(),
        class,
        origin,
        methods,
        cache_policy: cache_policy.to_owned(),
        origin_request_policy: (class == Class::Own).then(|| "own".to_owned()),
        response_headers_policy: None,
        compress: class != Class::Own,
        viewer_request: None,
        viewer_response: None,
    }
}

/// No cookie reaches the origin of what is kept, and what says nothing of its time is kept only where it is a file.
fn cache_policies(query_names: &[&str]) -> Vec<CachePolicy> {
    let listed = query_names.iter().map(|name| (*name).to_owned()).collect();
    let policy = |name: &str, query, default, max| CachePolicy {
        name: name.to_owned(),
        ttl_seconds: TtlSeconds { min: 0, default, max },
        query,
        headers: Selection::None,
        cookies: Selection::None,
        gzip: max > 0,
        brotli: max > 0,
    };
    vec![
        policy("pages", Selection::Listed(listed), 0, YEAR_SECONDS),
        policy("own", Selection::None, 0, 0),
        policy("files", Selection::None, DAY_SECONDS, YEAR_SECONDS),
    ]
}

/// Everything but `Host`: a function's own address answers to its own name alone.
fn own_requests() -> OriginRequestPolicy {
    OriginRequestPolicy {
        name: "own".to_owned(),
        query: Selection::All,
        headers: Selection::Except(vec!["host".to_owned()]),
        cookies: Selection::All,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Edge, Target};

    #[test]
    fn media_come_from_the_object_store_and_all_else_from_the_store() {
        let store = Origin::new("store", OriginKind::FunctionUrl, "https://x.lambda-url.eu-west-1.on.aws");
        let media = Origin::new("media", OriginKind::ObjectStore, "https://bucket.s3.eu-west-1.amazonaws.com");
        let patterns = [("/static/*", Class::Asset), ("/media/*", Class::Asset), ("/basket", Class::Own)];
        let description = Description::for_store(patterns, &["q"], StoreOrigins { store, media: Some(media) });
        let edge = Edge::new(description).unwrap();
        for (path, origin, keeps, forwards_cookies) in [
            ("/static/a.css", 0, true, false),
            ("/media/a.webp", 1, true, false),
            ("/basket", 0, false, true),
            ("/", 0, true, false),
        ] {
            let behaviour = edge.behaviour(path);
            assert_eq!(behaviour.target, Target::Origin(origin), "{path}");
            assert_eq!((behaviour.keeps(), behaviour.forwards_cookies()), (keeps, forwards_cookies), "{path}");
            assert_eq!(behaviour.ttl.min, 0, "{path}");
        }
    }
}
