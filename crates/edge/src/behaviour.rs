//! A description that was checked: what holds for a request.

use crate::description::{
    BehaviourDescription, Class, Description, DescriptionError, ErrorCaching, Methods, Profile, StoreOrigins, check,
};
use crate::key::CacheKey;
use crate::pattern::PathPattern;
use crate::selection::Selection;
use http::{HeaderMap, HeaderName, HeaderValue, Method};
use serde::{Deserialize, Serialize};

/// Bounds of the time that an answer is kept, in seconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TtlSeconds {
    /// At least so long. Above 0 it beats `no-store`, `no-cache` and `private` (CloudFront's profile).
    pub min: u64,
    /// Where the answer does not say.
    pub default: u64,
    /// At most so long.
    pub max: u64,
}

/// Who is asked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Target {
    /// The origin at this place of the description.
    Origin(usize),
    /// The first origin, and the second where the first fails or answers with one of the statuses.
    Group {
        /// Asked first.
        first: usize,
        /// Asked where the first fails.
        second: usize,
        /// Statuses that count as failing.
        statuses: Vec<u16>,
    },
}

/// What viewers hear beyond the answer.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ResponseHeaders {
    set: Vec<(HeaderName, HeaderValue, bool)>,
    remove: Vec<HeaderName>,
}

impl ResponseHeaders {
    /// Takes away and sets. Doing it twice changes nothing more.
    pub fn apply(&self, headers: &mut HeaderMap) {
        for name in &self.remove {
            headers.remove(name);
        }
        for (name, value, overrides) in &self.set {
            if *overrides || !headers.contains_key(name) {
                headers.insert(name, value.clone());
            }
        }
    }
}

/// A path pattern with all that holds under it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Behaviour {
    /// Which addresses.
    pub pattern: PathPattern,
    /// What they are.
    pub class: Class,
    /// Whose rules hold.
    pub profile: Profile,
    /// Who is asked.
    pub target: Target,
    /// Which methods pass.
    pub methods: Methods,
    /// How long answers are kept.
    pub ttl: TtlSeconds,
    /// Query names in the key.
    pub key_query: Selection,
    /// Headers in the key.
    pub key_headers: Vec<HeaderName>,
    /// Cookies in the key.
    pub key_cookies: Selection,
    /// Whether compressed forms are kept apart: gzip.
    pub gzip: bool,
    /// The same for brotli.
    pub brotli: bool,
    /// Query names that the origin hears beyond the key.
    pub origin_query: Selection,
    /// Headers that the origin hears beyond the key.
    pub origin_headers: Selection,
    /// Cookies that the origin hears beyond the key.
    pub origin_cookies: Selection,
    /// What viewers hear beyond the answer.
    pub response_headers: ResponseHeaders,
    /// Whether the edge compresses what the origin did not.
    pub compress: bool,
    /// The function that sees requests first.
    pub viewer_request: Option<String>,
    /// The function that sees answers last.
    pub viewer_response: Option<String>,
    /// How long errors are kept at least.
    pub errors: ErrorCaching,
    /// The header with an answer's tags.
    pub tag_header: HeaderName,
}

impl Behaviour {
    fn of(description: &Description, said: &BehaviourDescription) -> Result<Self, DescriptionError> {
        let missing = |what: &str| DescriptionError::at("behaviours", &format!("{}: no {what}", said.pattern));
        let policy = description.cache_policies.iter().find(|policy| policy.name == said.cache_policy);
        let policy = policy.ok_or_else(|| missing("cache policy"))?;
        let requests = said.origin_request_policy.as_ref();
        let requests = requests.and_then(|name| description.origin_request_policies.iter().find(|it| it.name == *name));
        let tag_header = HeaderName::from_bytes(description.tag_header.as_bytes());
        let key_headers = policy.headers.names().iter().filter_map(|name| HeaderName::from_bytes(name.as_bytes()).ok());
        Ok(Self {
            pattern: PathPattern::parse(&said.pattern).map_err(|_| missing("pattern"))?,
            class: said.class,
            profile: description.profile,
            target: target(description, &said.origin).ok_or_else(|| missing("origin"))?,
            methods: said.methods,
            ttl: policy.ttl_seconds,
            key_query: policy.query.clone(),
            key_headers: key_headers.collect(),
            key_cookies: policy.cookies.clone(),
            gzip: policy.gzip,
            brotli: policy.brotli,
            origin_query: requests.map(|policy| policy.query.clone()).unwrap_or_default(),
            origin_headers: requests.map(|policy| policy.headers.clone()).unwrap_or_default(),
            origin_cookies: requests.map(|policy| policy.cookies.clone()).unwrap_or_default(),
            response_headers: response_headers(description, said),
            compress: said.compress,
            viewer_request: said.viewer_request.clone(),
            viewer_response: said.viewer_response.clone(),
            errors: description.error_caching.clone(),
            tag_header: tag_header.map_err(|_| missing("tag header"))?,
        })
    }

    /// The key under which an answer is kept: what no policy names plays no part.
    pub fn key(&self, path: &str, query: Option<&str>, request: &HeaderMap) -> CacheKey {
        let mut text = Vec::new();
        self.write_key(&mut text, path, query, request);
        CacheKey::from_text(&text)
    }

    /// Whether the origin hears the viewer's cookies. Such answers may be anybody's own: nobody waits for the answer
    /// to another's request.
    pub fn forwards_cookies(&self) -> bool {
        !self.key_cookies.is_none() || !self.origin_cookies.is_none() || self.origin_headers.takes("cookie")
    }

    /// Whether a method passes.
    pub fn allows(&self, method: &Method) -> bool {
        match self.methods {
            Methods::Read => matches!(*method, Method::GET | Method::HEAD),
            Methods::ReadAndOptions => matches!(*method, Method::GET | Method::HEAD | Method::OPTIONS),
            Methods::All => !matches!(*method, Method::CONNECT | Method::TRACE),
        }
    }

    /// Whether answers may be kept at all.
    pub fn keeps(&self) -> bool {
        self.class != Class::Own && self.ttl.max > 0
    }
}

fn target(description: &Description, name: &str) -> Option<Target> {
    let place = |name: &str| description.origins.iter().position(|origin| origin.name == name);
    if let Some(origin) = place(name) {
        return Some(Target::Origin(origin));
    }
    let group = description.origin_groups.iter().find(|group| group.name == name)?;
    let (first, second) = (place(&group.origins[0])?, place(&group.origins[1])?);
    Some(Target::Group { first, second, statuses: group.failover_statuses.clone() })
}

fn response_headers(description: &Description, said: &BehaviourDescription) -> ResponseHeaders {
    let named = said.response_headers_policy.as_ref();
    let policy = named.and_then(|name| description.response_headers_policies.iter().find(|it| it.name == *name));
    let Some(policy) = policy else { return ResponseHeaders::default() };
    let name = |text: &String| HeaderName::from_bytes(text.as_bytes()).ok();
    let set = policy.set.iter().filter_map(|setting| {
        Some((name(&setting.name)?, HeaderValue::from_str(&setting.value).ok()?, setting.overrides))
    });
    ResponseHeaders { set: set.collect(), remove: policy.remove.iter().filter_map(name).collect() }
}

/// An edge: its description, checked, and its behaviours, tried in order; the first that matches counts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Edge {
    description: Description,
    behaviours: Vec<Behaviour>,
}

impl Edge {
    /// Checks a description.
    pub fn new(description: Description) -> Result<Self, DescriptionError> {
        check(&description)?;
        let behaviours = description.behaviours.iter().map(|said| Behaviour::of(&description, said));
        Ok(Self { behaviours: behaviours.collect::<Result<_, _>>()?, description })
    }

    /// The edge of a store whose program serves everything; see [`Description::for_store`].
    pub fn for_store<'p>(
        patterns: impl IntoIterator<Item = (&'p str, Class)>,
        query_names: &[&str],
    ) -> Result<Self, DescriptionError> {
        Self::new(Description::for_store(patterns, query_names, StoreOrigins::at("http://localhost")))
    }

    /// What it was made from.
    pub fn description(&self) -> &Description {
        &self.description
    }

    /// The behaviours in order, the one for all else last.
    pub fn behaviours(&self) -> &[Behaviour] {
        &self.behaviours
    }

    /// The behaviour of a path (as it was sent, without its query string).
    pub fn behaviour(&self, path: &str) -> &Behaviour {
        let named = self.behaviours.iter().find(|behaviour| behaviour.pattern.matches(path));
        named.unwrap_or_else(|| self.behaviours.last().expect("Edge::new refuses a list without a default"))
    }

    /// Whether it answers for a host (without its port, in any case).
    pub fn answers_for(&self, host: &str) -> bool {
        let names = &self.description.host_names;
        names.is_empty() || names.iter().any(|name| is_host(name, host))
    }
}

/// Whether a host is named; `*.` stands for one name more.
fn is_host(name: &str, host: &str) -> bool {
    match name.strip_prefix("*.") {
        Some(parent) => host.split_once('.').is_some_and(|(_, rest)| rest.eq_ignore_ascii_case(parent)),
        None => name.eq_ignore_ascii_case(host),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_pattern_that_matches_counts() {
        let patterns = [("/static/*", Class::Asset), ("/basket", Class::Own), ("/basket/*", Class::Own)];
        let edge = Edge::for_store(patterns, &["q", "page"]).unwrap();
        for (path, class) in [
            ("/static/a.css", Class::Asset),
            ("/basket", Class::Own),
            ("/basket/lines", Class::Own),
            ("/baskets", Class::Cached),
            ("/de/basket", Class::Cached),
            ("/", Class::Cached),
            ("*", Class::Cached),
        ] {
            assert_eq!(edge.behaviour(path).class, class, "{path}");
        }
        assert!(edge.behaviour("/basket").key_query.is_none());
        assert_eq!(edge.behaviour("/").key_query.names(), ["q", "page"]);
    }

    #[test]
    fn hosts_are_compared_without_case() {
        let mut description = Description::for_store([], &[], StoreOrigins::at("http://localhost"));
        description.host_names = vec!["shop.example".into(), "*.shops.example".into()];
        let edge = Edge::new(description).unwrap();
        for (host, known) in [
            ("shop.example", true),
            ("SHOP.Example", true),
            ("www.shop.example", false),
            ("one.shops.example", true),
            ("a.one.shops.example", false),
            ("shops.example", false),
            ("", false),
        ] {
            assert_eq!(edge.answers_for(host), known, "{host}");
        }
        assert!(Edge::for_store([], &[]).unwrap().answers_for("any.example"), "none named means every host");
    }

    #[test]
    fn methods_pass_as_described() {
        let edge = Edge::for_store([("/own", Class::Own)], &[]).unwrap();
        for (path, method, passes) in [
            ("/", Method::GET, true),
            ("/", Method::HEAD, true),
            ("/", Method::OPTIONS, false),
            ("/", Method::POST, false),
            ("/own", Method::POST, true),
            ("/own", Method::TRACE, false),
            ("/own", Method::CONNECT, false),
        ] {
            assert_eq!(edge.behaviour(path).allows(&method), passes, "{method} {path}");
        }
    }
}
