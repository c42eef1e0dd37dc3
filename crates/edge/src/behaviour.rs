//! The edge's description: which addresses are kept, and on what terms.

use crate::key::CacheKey;
use crate::pattern::{InvalidPattern, PathPattern};
use http::HeaderMap;

/// Behaviours of one edge (CloudFront's quota).
pub const BEHAVIOURS_MAX: usize = 75;
/// Query names in one cache key (CloudFront's limit).
pub const QUERY_NAMES_MAX: usize = 10;
/// Characters of all query names of one key together (CloudFront's limit).
const QUERY_NAME_CHARS_MAX: usize = 1_024;
/// Longest time that anything is kept, in seconds.
const YEAR_SECONDS: u64 = 31_536_000;
/// How long a file is kept whose answer does not say, in seconds (CloudFront's default).
const DAY_SECONDS: u64 = 86_400;
/// How long an error is kept, in seconds (CloudFront's default).
const ERROR_SECONDS: u64 = 10;

/// What a group of addresses is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Class {
    /// The same for every visitor: kept, dropped by tag. No cookie reaches the origin or comes from it.
    Cached,
    /// A visitor's own: everything passes, nothing is kept.
    Own,
    /// A file under a name of its content: kept, and a query string means nothing.
    Asset,
}

/// Bounds of the time that an answer is kept, in seconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TtlSeconds {
    /// At least so long. Above 0 it beats `no-store`, `no-cache` and `private`.
    pub min: u64,
    /// Where the answer does not say.
    pub default: u64,
    /// At most so long.
    pub max: u64,
}

/// A path pattern and what holds for the addresses under it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Behaviour {
    /// Which addresses.
    pub pattern: PathPattern,
    /// What they are.
    pub class: Class,
    /// Query names that reach the origin and stand in the key; for [`Class::Own`] all pass.
    pub query_names: Vec<String>,
    /// How long answers are kept.
    pub ttl: TtlSeconds,
    /// How long errors are kept, in seconds.
    pub error_seconds: u64,
}

impl Behaviour {
    /// The terms that a class has in a store.
    pub fn of_class(pattern: PathPattern, class: Class, query_names: &[&str]) -> Self {
        let (query_names, default, max) = match class {
            // A page that forgot to say is not kept.
            Class::Cached => (query_names, 0, YEAR_SECONDS),
            Class::Own => (&[][..], 0, 0),
            Class::Asset => (&[][..], DAY_SECONDS, YEAR_SECONDS),
        };
        let query_names = query_names.iter().map(|name| (*name).to_owned()).collect();
        let error_seconds = if class == Class::Own { 0 } else { ERROR_SECONDS };
        Self { pattern, class, query_names, ttl: TtlSeconds { min: 0, default, max }, error_seconds }
    }

    /// The key under which an answer is kept: host, cookies and unknown query names play no part.
    pub fn key(&self, path: &str, query: Option<&str>, request: &HeaderMap) -> CacheKey {
        CacheKey::new(path, query.unwrap_or_default(), &self.query_names, request)
    }
}

/// Why a description cannot be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum EdgeError {
    /// A pattern that is none.
    #[error(transparent)]
    Pattern(#[from] InvalidPattern),
    /// Too many behaviours.
    #[error("{0} behaviours; an edge takes {BEHAVIOURS_MAX}")]
    TooManyBehaviours(usize),
    /// Too many query names, or too long ones.
    #[error("{pattern} keys on more query names than {QUERY_NAMES_MAX}, or on longer ones than an edge takes")]
    TooManyQueryNames {
        /// Whose they are.
        pattern: String,
    },
    /// Private pages could be kept.
    #[error("{pattern} may carry a visitor's own pages, so its minimum TTL must be 0")]
    MinimumTtl {
        /// Whose it is.
        pattern: String,
    },
    /// Bounds that exclude each other.
    #[error("{pattern}: minimum, default and maximum TTL are not in this order")]
    Ttl {
        /// Whose they are.
        pattern: String,
    },
    /// No behaviour for what no pattern names, or one that takes everything before the last.
    #[error("the last behaviour, and no other, must be *")]
    Default,
}

/// An edge in front of the store: its behaviours, tried in order, the first that matches counts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Edge {
    behaviours: Vec<Behaviour>,
}

impl Edge {
    /// Checks a description.
    pub fn new(behaviours: Vec<Behaviour>) -> Result<Self, EdgeError> {
        if behaviours.len() > BEHAVIOURS_MAX {
            return Err(EdgeError::TooManyBehaviours(behaviours.len()));
        }
        for behaviour in &behaviours {
            let pattern = || behaviour.pattern.as_str().to_owned();
            let chars: usize = behaviour.query_names.iter().map(String::len).sum();
            if behaviour.query_names.len() > QUERY_NAMES_MAX || chars > QUERY_NAME_CHARS_MAX {
                return Err(EdgeError::TooManyQueryNames { pattern: pattern() });
            }
            // Files hold nothing of anybody; all else might, by a mistake of the origin.
            if behaviour.class != Class::Asset && behaviour.ttl.min > 0 {
                return Err(EdgeError::MinimumTtl { pattern: pattern() });
            }
            if behaviour.ttl.min > behaviour.ttl.max || !behaviour.is_default_ttl_within() {
                return Err(EdgeError::Ttl { pattern: pattern() });
            }
        }
        let everything = behaviours.iter().position(|behaviour| behaviour.pattern.as_str() == "*");
        if everything.is_none() || everything != behaviours.len().checked_sub(1) {
            return Err(EdgeError::Default);
        }
        Ok(Self { behaviours })
    }

    /// The edge of a store: these patterns in order, then all else, cached. `query_names` are what cached pages know.
    pub fn for_store<'p>(
        patterns: impl IntoIterator<Item = (&'p str, Class)>,
        query_names: &[&str],
    ) -> Result<Self, EdgeError> {
        let mut behaviours = Vec::new();
        for (pattern, class) in patterns.into_iter().chain([("*", Class::Cached)]) {
            behaviours.push(Behaviour::of_class(PathPattern::parse(pattern)?, class, query_names));
        }
        Self::new(behaviours)
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
}

impl Behaviour {
    fn is_default_ttl_within(&self) -> bool {
        (self.ttl.min..=self.ttl.max).contains(&self.ttl.default)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn with(change: impl Fn(&mut Behaviour)) -> Result<Edge, EdgeError> {
        let mut behaviour = Behaviour::of_class(PathPattern::parse("*").unwrap(), Class::Cached, &["q"]);
        change(&mut behaviour);
        Edge::new(vec![behaviour])
    }

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
        assert!(edge.behaviour("/basket").query_names.is_empty());
        assert_eq!(edge.behaviour("/").query_names, ["q", "page"]);
    }

    #[test]
    fn descriptions_that_could_keep_private_pages_are_refused() {
        assert!(with(|_| {}).is_ok());
        assert!(matches!(with(|it| it.ttl.min = 1), Err(EdgeError::MinimumTtl { .. })));
        assert!(matches!(with(|it| it.query_names = vec!["n".into(); 11]), Err(EdgeError::TooManyQueryNames { .. })));
        assert!(matches!(
            with(|it| it.query_names = vec!["n".repeat(1_025)]),
            Err(EdgeError::TooManyQueryNames { .. })
        ));
        assert!(matches!(with(|it| it.ttl.default = it.ttl.max + 1), Err(EdgeError::Ttl { .. })));
        assert_eq!(with(|it| it.pattern = PathPattern::parse("/x").unwrap()), Err(EdgeError::Default));
        assert_eq!(Edge::new(vec![]), Err(EdgeError::Default));
        assert_eq!(Edge::for_store([("*", Class::Own)], &[]), Err(EdgeError::Default));
        let many = (0..BEHAVIOURS_MAX).map(|_| ("/x", Class::Own));
        assert_eq!(Edge::for_store(many, &[]), Err(EdgeError::TooManyBehaviours(BEHAVIOURS_MAX + 1)));
        assert!(matches!(Edge::for_store([("/a b", Class::Own)], &[]), Err(EdgeError::Pattern(_))));
    }
}
