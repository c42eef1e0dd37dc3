//! What the caches in front of a shop say that they did: `Cache-Status` (RFC 9211).

use http::HeaderMap;

const CACHE_STATUS: &str = "cache-status";

/// What came of it, for the answer as a whole.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum CacheUse {
    /// A cache answered from what it keeps.
    Hit,
    /// A cache waited for the answer to another's request.
    Collapsed,
    /// The origin said that what a cache keeps is still true.
    Revalidated,
    /// The origin answered, what could have been in a cache.
    Miss,
    /// The origin answered, what no cache keeps.
    Passed,
}

impl CacheUse {
    /// `None` where no cache said anything.
    pub(crate) fn of(headers: &HeaderMap) -> Option<Self> {
        let lines = headers.get_all(CACHE_STATUS).iter().filter_map(|value| value.to_str().ok());
        let members: Vec<&str> = lines.flat_map(|line| outside_quotes(line, ',')).collect();
        // The first is the nearest to the origin: one cache that had it is enough.
        let uses: Vec<Self> = members.iter().filter_map(|member| Self::of_member(member)).collect();
        uses.iter().min().copied()
    }

    /// Whether the origin had work with it.
    pub(crate) fn reached_origin(self) -> bool {
        matches!(self, Self::Revalidated | Self::Miss | Self::Passed)
    }

    fn of_member(member: &str) -> Option<Self> {
        let mut parameters = outside_quotes(member, ';').map(str::trim);
        let cache = parameters.next().filter(|name| !name.is_empty());
        cache?;
        let parameters: Vec<&str> = parameters.collect();
        let has =
            |name: &str| parameters.iter().any(|parameter| *parameter == name || *parameter == format!("{name}=?1"));
        let value =
            |name: &str| parameters.iter().find_map(|parameter| parameter.strip_prefix(name)?.strip_prefix('='));
        Some(match value("fwd") {
            None if has("hit") => Self::Hit,
            _ if has("collapsed") => Self::Collapsed,
            Some("bypass" | "method" | "request") => Self::Passed,
            Some(_) if value("fwd-status") == Some("304") => Self::Revalidated,
            _ => Self::Miss,
        })
    }
}

/// Parts of a text between separators that stand in no quoted string.
fn outside_quotes(text: &str, separator: char) -> impl Iterator<Item = &str> {
    let (mut is_quoted, mut is_escaped) = (false, false);
    text.split(move |c| {
        let is_end = c == separator && !is_quoted;
        is_quoted ^= c == '"' && !is_escaped;
        is_escaped = c == '\\' && is_quoted && !is_escaped;
        is_end
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use http::HeaderValue;
    use proptest::prelude::*;

    #[test]
    fn what_caches_say_is_understood() {
        for (lines, want) in [
            (&["tradewind; hit; ttl=17"][..], Some(CacheUse::Hit)),
            (&["tradewind; hit; ttl=-3"], Some(CacheUse::Hit)),
            (&["tradewind;hit=?1"], Some(CacheUse::Hit)),
            (&["tradewind; fwd=uri-miss; stored"], Some(CacheUse::Miss)),
            (&["tradewind; fwd=uri-miss; stored; collapsed"], Some(CacheUse::Collapsed)),
            (&["tradewind; fwd=stale; fwd-status=304; stored"], Some(CacheUse::Revalidated)),
            (&["tradewind; fwd=bypass"], Some(CacheUse::Passed)),
            (&["tradewind; fwd=method"], Some(CacheUse::Passed)),
            (&["near-origin; hit, near-shopper; fwd=uri-miss"], Some(CacheUse::Hit)),
            (&["near-origin; fwd=uri-miss", "near-shopper; hit"], Some(CacheUse::Hit)),
            (&["\"a, b; hit\"; fwd=miss; detail=\"x; \\\"hit\""], Some(CacheUse::Miss)),
            (&["tradewind"], Some(CacheUse::Miss)),
            (&[" , "], None),
            (&[], None),
        ] {
            let headers: HeaderMap = lines
                .iter()
                .map(|line| (http::HeaderName::from_static(CACHE_STATUS), HeaderValue::from_static(line)))
                .collect();
            assert_eq!(CacheUse::of(&headers), want, "{lines:?}");
        }
    }

    proptest! {
        #[test]
        fn no_header_makes_it_panic(line in "(hit|fwd=|;|,|\"|\\\\|=| |stale|collapsed){0,20}") {
            let name = http::HeaderName::from_static(CACHE_STATUS);
            let _ = CacheUse::of(&HeaderMap::from_iter([(name, HeaderValue::from_str(&line).unwrap())]));
        }
    }
}
