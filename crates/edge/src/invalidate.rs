//! Which addresses a write makes untrue (RFC 9111, 4.4).

use crate::description::Profile;
use crate::purge::Purge;
use http::header::{CONTENT_LOCATION, LOCATION};
use http::{HeaderMap, Method, StatusCode, Uri};

/// What is to be dropped after a request that may have changed something: its own address, and those that the answer
/// names at the same host. Nothing after a failure, and nothing with CloudFront's rules, where writes drop nothing.
pub fn made_untrue(
    profile: Profile,
    method: &Method,
    asked: &Uri,
    host: Option<&str>,
    status: StatusCode,
    answer: &HeaderMap,
) -> Option<Purge> {
    let went_well = status.is_success() || status.is_redirection();
    if profile == Profile::CloudFront || method.is_safe() || !went_well {
        return None;
    }
    let mut purge = Purge::default();
    purge.addresses.insert(address(asked));
    let named = [LOCATION, CONTENT_LOCATION].into_iter().filter_map(|name| answer.get(name)?.to_str().ok());
    purge.addresses.extend(named.filter_map(|reference| resolve(asked, host, reference)));
    Some(purge)
}

fn address(uri: &Uri) -> String {
    uri.path_and_query().map_or_else(|| "/".to_owned(), |address| address.as_str().to_owned())
}

/// The address of a reference; `None` for one at another host. Dots in paths are not resolved: servers do not send
/// them.
fn resolve(base: &Uri, host: Option<&str>, reference: &str) -> Option<String> {
    let reference = reference.split('#').next().unwrap_or_default();
    if reference.starts_with('/') && !reference.starts_with("//") {
        return Some(reference.to_owned());
    }
    if reference.contains("//") {
        let absolute: Uri = reference.trim_start_matches("//").parse().ok()?;
        let is_ours = absolute.authority().is_some_and(|authority| Some(authority.as_str()) == host);
        return is_ours.then(|| address(&absolute));
    }
    let folder = base.path().rsplit_once('/').map_or("", |(folder, _)| folder);
    Some(format!("{folder}/{reference}"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use http::HeaderValue;
    use std::collections::HashSet;

    #[test]
    fn a_write_makes_what_it_names_untrue() {
        for (case, location, more) in [
            ("a path", "/b?c", Some("/b?c")),
            ("beside it", "b", Some("/x/b")),
            ("absolute", "http://shop.example/b", Some("/b")),
            ("at another host", "http://evil.example/b", None),
            ("a fragment", "/b#c", Some("/b")),
        ] {
            let mut answer = HeaderMap::new();
            answer.insert(LOCATION, HeaderValue::from_static(location));
            let asked = Uri::from_static("/x/a?q=1");
            let of = |profile, method: &Method, status| {
                made_untrue(profile, method, &asked, Some("shop.example"), status, &answer).map(|purge| purge.addresses)
            };
            let want: HashSet<String> = ["/x/a?q=1"].into_iter().chain(more).map(str::to_owned).collect();
            assert_eq!(of(Profile::Rfc9111, &Method::POST, StatusCode::SEE_OTHER), Some(want), "{case}");
            assert_eq!(of(Profile::Rfc9111, &Method::POST, StatusCode::BAD_REQUEST), None, "{case}");
            assert_eq!(of(Profile::Rfc9111, &Method::GET, StatusCode::OK), None, "{case}");
            assert_eq!(of(Profile::CloudFront, &Method::POST, StatusCode::OK), None, "{case}");
        }
    }
}
