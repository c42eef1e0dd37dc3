//! What a session's browser keeps (RFC 9111): files and pages that are fresh are not asked for, stale ones are asked
//! about by their validators.

use crate::page::Page;
use http::HeaderMap;
use http::header::{
    AGE, CACHE_CONTROL, ETAG, HeaderName, HeaderValue, IF_MODIFIED_SINCE, IF_NONE_MATCH, LAST_MODIFIED,
};
use std::collections::HashMap;
use std::sync::Arc;
use std::time::{Duration, Instant};
use url::Url;

/// Most addresses that a session keeps.
const ENTRIES_MAX: usize = 1_000;
/// Pages among them: they are kept as read, and a thousand sessions at once keep a thousand times as many.
const PAGES_MAX: usize = 8;

#[derive(Debug, Default)]
pub(crate) struct BrowserCache {
    entries: HashMap<Url, Entry>,
    /// Addresses of the kept pages, the oldest first.
    pages: Vec<Url>,
}

#[derive(Debug)]
struct Entry {
    fresh_until: Instant,
    validator: Option<(HeaderName, HeaderValue)>,
    /// The page; a file is not kept itself.
    page: Option<Arc<Page>>,
}

/// What the cache knows of an address.
#[derive(Debug)]
pub(crate) enum Kept {
    /// It need not be asked for.
    Fresh(Option<Arc<Page>>),
    /// It may be asked about with this header.
    Stale((HeaderName, HeaderValue), Option<Arc<Page>>),
    /// Nothing.
    Nothing,
}

impl BrowserCache {
    pub(crate) fn find(&self, url: &Url, now: Instant) -> Kept {
        match self.entries.get(url) {
            Some(entry) if now < entry.fresh_until => Kept::Fresh(entry.page.clone()),
            Some(Entry { validator: Some(validator), page, .. }) => Kept::Stale(validator.clone(), page.clone()),
            _ => Kept::Nothing,
        }
    }

    /// Keeps an answer of status 200, if it may be kept.
    pub(crate) fn keep(&mut self, url: &Url, headers: &HeaderMap, page: Option<Arc<Page>>, now: Instant) {
        let Some(lifetime) = lifetime(headers) else {
            self.entries.remove(url);
            return;
        };
        let etag = headers.get(ETAG).map(|etag| (IF_NONE_MATCH, etag.clone()));
        let dated = || headers.get(LAST_MODIFIED).map(|date| (IF_MODIFIED_SINCE, date.clone()));
        let validator = etag.or_else(dated);
        if lifetime.is_zero() && validator.is_none() {
            return;
        }
        if ENTRIES_MAX <= self.entries.len() && !self.entries.contains_key(url) {
            return;
        }
        if page.is_some() {
            self.pages.retain(|kept| kept != url);
            self.pages.push(url.clone());
            if PAGES_MAX < self.pages.len() {
                let oldest = self.pages.remove(0);
                self.entries.remove(&oldest);
            }
        }
        self.entries.insert(url.clone(), Entry { fresh_until: now + lifetime, validator, page });
    }

    /// Takes note of an answer 304, which may carry a new lifetime.
    pub(crate) fn refresh(&mut self, url: &Url, headers: &HeaderMap, now: Instant) {
        if let (Some(entry), Some(lifetime)) = (self.entries.get_mut(url), lifetime(headers)) {
            entry.fresh_until = now + lifetime;
        }
    }
}

/// How long an answer is fresh in a browser; `None` for what must not be kept. One that says nothing is asked about
/// each time: guesses from its age are left to real browsers.
fn lifetime(headers: &HeaderMap) -> Option<Duration> {
    let lines = headers.get_all(CACHE_CONTROL).iter().filter_map(|value| value.to_str().ok());
    let directives: Vec<String> =
        lines.flat_map(|line| line.split(',')).map(|directive| directive.trim().to_ascii_lowercase()).collect();
    let has = |name: &str| directives.iter().any(|directive| directive == name);
    if has("no-store") {
        return None;
    }
    if has("no-cache") {
        return Some(Duration::ZERO);
    }
    let seconds = |text: &str| text.trim_matches('"').parse::<u32>().ok();
    let max_age = directives.iter().find_map(|directive| seconds(directive.strip_prefix("max-age=")?));
    let age = headers.get(AGE).and_then(|age| age.to_str().ok()).and_then(seconds).unwrap_or_default();
    Some(Duration::from_secs(u64::from(max_age.unwrap_or_default().saturating_sub(age))))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(pairs: &[(HeaderName, &'static str)]) -> HeaderMap {
        pairs.iter().map(|(name, value)| (name.clone(), HeaderValue::from_static(value))).collect()
    }

    #[test]
    fn answers_are_kept_as_they_say() {
        let url = Url::parse("http://a.example/x").unwrap();
        for (case, pairs, after_seconds, want) in [
            ("immutable", &[(CACHE_CONTROL, "public, max-age=31536000, immutable")][..], 60, "fresh"),
            ("over", &[(CACHE_CONTROL, "max-age=60"), (ETAG, "\"a\"")], 60, "if-none-match"),
            ("over, by date", &[(CACHE_CONTROL, "max-age=60"), (LAST_MODIFIED, "x")], 61, "if-modified-since"),
            ("over, no validator", &[(CACHE_CONTROL, "max-age=60")], 61, "nothing"),
            (
                "for the edge only",
                &[(CACHE_CONTROL, "public, max-age=0, s-maxage=300"), (ETAG, "\"a\"")],
                0,
                "if-none-match",
            ),
            ("old when it came", &[(CACHE_CONTROL, "max-age=60"), (AGE, "50")], 11, "nothing"),
            ("young when it came", &[(CACHE_CONTROL, "max-age=60"), (AGE, "50")], 9, "fresh"),
            ("asked each time", &[(CACHE_CONTROL, "max-age=60, No-Cache"), (ETAG, "\"a\"")], 0, "if-none-match"),
            ("a visitor's own", &[(CACHE_CONTROL, "private, no-store"), (ETAG, "\"a\"")], 0, "nothing"),
            ("says nothing", &[], 0, "nothing"),
            ("says nonsense", &[(CACHE_CONTROL, "max-age=soon, ,=")], 0, "nothing"),
        ] {
            let (mut cache, now) = (BrowserCache::default(), Instant::now());
            cache.keep(&url, &headers(pairs), None, now);
            let got = match cache.find(&url, now + Duration::from_secs(after_seconds)) {
                Kept::Fresh(_) => "fresh".to_owned(),
                Kept::Stale((name, _), _) => name.to_string(),
                Kept::Nothing => "nothing".to_owned(),
            };
            assert_eq!(got, want, "{case}");
        }
    }

    #[test]
    fn a_stale_answer_is_fresh_again_once_it_was_confirmed() {
        let (mut cache, now) = (BrowserCache::default(), Instant::now());
        let url = Url::parse("http://a.example/x").unwrap();
        let answer = headers(&[(CACHE_CONTROL, "max-age=10"), (ETAG, "\"a\"")]);
        cache.keep(&url, &answer, None, now);
        let later = now + Duration::from_secs(20);
        assert!(matches!(cache.find(&url, later), Kept::Stale(..)));
        cache.refresh(&url, &answer, later);
        assert!(matches!(cache.find(&url, later), Kept::Fresh(_)));
        cache.keep(&url, &headers(&[(CACHE_CONTROL, "no-store")]), None, later);
        assert!(matches!(cache.find(&url, later), Kept::Nothing));
    }

    #[test]
    fn few_pages_are_kept() {
        let (mut cache, now) = (BrowserCache::default(), Instant::now());
        let answer = headers(&[(CACHE_CONTROL, "max-age=10")]);
        let url = |number: usize| Url::parse(&format!("http://a.example/{number}")).unwrap();
        for number in 0..20 {
            cache.keep(&url(number), &answer, Some(Arc::default()), now);
        }
        let kept: Vec<usize> =
            (0..20).filter(|number| matches!(cache.find(&url(*number), now), Kept::Fresh(_))).collect();
        assert_eq!(kept, (12..20).collect::<Vec<_>>());
    }
}
