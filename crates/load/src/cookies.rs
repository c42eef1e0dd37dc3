//! A session's cookies (RFC 6265).

use http::header::{DATE, HeaderMap, HeaderValue, SET_COOKIE};
use std::time::SystemTime;
use url::Url;

/// Most cookies of a session, and the longest: what browsers keep for a site.
const COOKIES_MAX: usize = 100;
const COOKIE_BYTES_MAX: usize = 4_096;

#[derive(Debug, Default)]
pub(crate) struct Jar(Vec<Cookie>);

#[derive(Clone, Debug, PartialEq, Eq)]
struct Cookie {
    name: String,
    value: String,
    domain: String,
    /// For the host that set it, and no other.
    is_of_host: bool,
    path: String,
    is_secure: bool,
}

impl Jar {
    /// Keeps what an answer sets, and drops what it ends.
    pub(crate) fn take(&mut self, url: &Url, headers: &HeaderMap) {
        let date = headers.get(DATE).and_then(|date| httpdate::parse_http_date(date.to_str().ok()?).ok());
        for value in headers.get_all(SET_COOKIE) {
            let Some((cookie, is_over)) = value.to_str().ok().and_then(|raw| Cookie::parse(raw, url, date)) else {
                continue;
            };
            let is_same =
                |old: &Cookie| (&old.name, &old.domain, &old.path) == (&cookie.name, &cookie.domain, &cookie.path);
            self.0.retain(|old| !is_same(old));
            if !is_over && self.0.len() < COOKIES_MAX {
                self.0.push(cookie);
            }
        }
    }

    /// What a request carries.
    pub(crate) fn header(&self, url: &Url) -> Option<HeaderValue> {
        let mut sent: Vec<&Cookie> = self.0.iter().filter(|cookie| cookie.goes_to(url)).collect();
        sent.sort_by_key(|cookie| std::cmp::Reverse(cookie.path.len()));
        let pairs: Vec<String> = sent.iter().map(|cookie| format!("{}={}", cookie.name, cookie.value)).collect();
        if pairs.is_empty() { None } else { HeaderValue::from_str(&pairs.join("; ")).ok() }
    }
}

impl Cookie {
    /// A cookie, and whether it is over as soon as it comes.
    fn parse(raw: &str, url: &Url, date: Option<SystemTime>) -> Option<(Self, bool)> {
        let mut parts = raw.split(';');
        let (name, value) = parts.next()?.split_once('=')?;
        let (name, value) = (name.trim(), value.trim());
        if name.is_empty() || COOKIE_BYTES_MAX < name.len() + value.len() {
            return None;
        }
        let host = url.host_str()?.to_ascii_lowercase();
        let mut cookie = Self {
            name: name.to_owned(),
            value: value.to_owned(),
            domain: host.clone(),
            is_of_host: true,
            path: default_path(url),
            is_secure: false,
        };
        let (mut expires, mut max_age) = (None, None);
        for part in parts {
            let (key, value) = part.split_once('=').unwrap_or((part, ""));
            let value = value.trim();
            match key.trim().to_ascii_lowercase().as_str() {
                "domain" if !value.is_empty() => {
                    cookie.domain = value.trim_start_matches('.').to_ascii_lowercase();
                    cookie.is_of_host = false;
                }
                "path" if value.starts_with('/') => value.clone_into(&mut cookie.path),
                "secure" => cookie.is_secure = true,
                "max-age" => max_age = value.parse::<i64>().ok(),
                "expires" => expires = httpdate::parse_http_date(value).ok(),
                _ => {}
            }
        }
        if !is_within(&host, &cookie.domain) {
            return None;
        }
        let is_past = expires.zip(date).is_some_and(|(expires, now)| expires <= now);
        let is_over = max_age.map_or(is_past, |seconds| seconds <= 0);
        Some((cookie, is_over))
    }

    fn goes_to(&self, url: &Url) -> bool {
        let host = url.host_str().unwrap_or_default();
        let is_host =
            if self.is_of_host { host.eq_ignore_ascii_case(&self.domain) } else { is_within(host, &self.domain) };
        // Browsers trust what stays on this machine as if it were encrypted.
        let is_safe = url.scheme() == "https" || matches!(host, "localhost" | "127.0.0.1" | "[::1]");
        let path = url.path();
        let is_below = path
            .strip_prefix(&*self.path)
            .is_some_and(|rest| rest.is_empty() || self.path.ends_with('/') || rest.starts_with('/'));
        is_host && is_below && (is_safe || !self.is_secure)
    }
}

fn is_within(host: &str, domain: &str) -> bool {
    let host = host.to_ascii_lowercase();
    host == domain || host.strip_suffix(domain).is_some_and(|rest| rest.ends_with('.') && domain.contains('.'))
}

fn default_path(url: &Url) -> String {
    match url.path().rfind('/') {
        None | Some(0) => "/".to_owned(),
        Some(at) => url.path()[..at].to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn jar(from: &str, cookies: &[&str]) -> Jar {
        let mut headers = HeaderMap::new();
        headers.insert(DATE, HeaderValue::from_static("Sun, 29 Nov 2026 12:00:00 GMT"));
        for cookie in cookies {
            headers.append(SET_COOKIE, HeaderValue::from_str(cookie).unwrap());
        }
        let mut jar = Jar::default();
        jar.take(&Url::parse(from).unwrap(), &headers);
        jar
    }

    #[test]
    fn cookies_go_where_they_belong() {
        for (case, from, set, to, want) in [
            ("the same host", "http://a.example/x/y", "k=v", "http://a.example/x/z", Some("k=v")),
            ("its default path", "http://a.example/x/y", "k=v", "http://a.example/", None),
            ("another port", "http://localhost:1/", "k=v; Path=/", "http://localhost:2/", Some("k=v")),
            ("another host", "http://a.example/", "k=v", "http://b.example/", None),
            (
                "below a domain",
                "http://a.example.org/",
                "k=v; Domain=.example.org; Path=/",
                "http://b.example.org/",
                Some("k=v"),
            ),
            ("a foreign domain", "http://a.example/", "k=v; Domain=b.example", "http://b.example/", None),
            ("a whole top level", "http://a.example/", "k=v; Domain=example", "http://b.example/", None),
            ("a path", "http://a.example/", "k=v; Path=/pay", "http://a.example/payment", None),
            ("secure in the clear", "https://a.example/", "k=v; Secure", "http://a.example/", None),
            ("secure on this machine", "http://localhost/", "k=v; Secure", "http://localhost/", Some("k=v")),
            ("over by age", "http://a.example/", "k=v; Max-Age=0", "http://a.example/", None),
            (
                "over by date",
                "http://a.example/",
                "k=v; Expires=Sat, 28 Nov 2026 12:00:00 GMT",
                "http://a.example/",
                None,
            ),
            (
                "age before date",
                "http://a.example/",
                "k=v; Max-Age=9; Expires=Sat, 28 Nov 2026 12:00:00 GMT",
                "http://a.example/",
                Some("k=v"),
            ),
            ("no name", "http://a.example/", "=v", "http://a.example/", None),
        ] {
            let header = jar(from, &[set]).header(&Url::parse(to).unwrap());
            assert_eq!(header.as_ref().map(|value| value.to_str().unwrap()), want, "{case}");
        }
    }

    #[test]
    fn a_cookie_is_replaced_and_ended() {
        let url = Url::parse("http://a.example/").unwrap();
        assert_eq!(jar(url.as_str(), &["a=1", "b=2", "a=3"]).header(&url).unwrap(), "b=2; a=3");
        assert_eq!(jar(url.as_str(), &["a=1", "a=; Max-Age=0"]).header(&url), None);
        let many: Vec<String> = (0..200).map(|n| format!("k{n}=1")).collect();
        let many: Vec<&str> = many.iter().map(String::as_str).collect();
        assert_eq!(jar(url.as_str(), &many).0.len(), COOKIES_MAX);
    }

    proptest! {
        #[test]
        fn no_cookie_makes_it_panic(cookie in "(a|=|;| |Path=|/|Domain=|\\.|Max-Age=|-?[0-9]{0,25}|Expires=|Secure){0,20}") {
            let _ = jar("http://a.example/x", &[&cookie]).header(&Url::parse("http://a.example/x").unwrap());
        }
    }
}
