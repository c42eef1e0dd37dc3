//! Whether a description can be used: CloudFront's limits, and what would keep private pages.

use super::{
    BEHAVIOURS_MAX, BehaviourDescription, CachePolicy, Class, Description, FORMAT, ORIGIN_GROUPS_MAX, ORIGINS_MAX,
    Origin, POLICY_NAMES_MAX,
};
use crate::pattern::PathPattern;
use crate::selection::Selection;
use http::{HeaderName, HeaderValue, Uri};
use std::collections::BTreeSet;
use std::ops::RangeInclusive;

/// Policies of one kind (CloudFront's quota for an account).
const POLICIES_MAX: usize = 20;
/// Characters of all names of one kind in one policy together (CloudFront's limit).
const POLICY_NAME_CHARS_MAX: usize = 1_024;
/// Hosts of one edge (CloudFront's quota).
const HOST_NAMES_MAX: usize = 100;
/// Longest time that anything is kept, in seconds: ten years.
const SECONDS_MAX: u64 = 315_360_000;
/// Statuses on which the second origin of a group may be asked (CloudFront's list).
const FAILOVER_STATUSES: [u16; 8] = [400, 403, 404, 416, 500, 502, 503, 504];

/// A field of a description that cannot be used, and why.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{field}: {reason}")]
pub struct DescriptionError {
    /// Where it stands, as in `behaviours[2].pattern`.
    pub field: String,
    /// What is wrong with it.
    pub reason: String,
}

impl DescriptionError {
    pub(crate) fn at(field: &str, reason: &str) -> Self {
        Self { field: field.to_owned(), reason: reason.to_owned() }
    }
}

type Checked = Result<(), DescriptionError>;

/// Looks at every field.
pub(crate) fn check(description: &Description) -> Checked {
    if description.format != FORMAT {
        return refuse("format", &format!("{} is not known; this release reads {FORMAT}", description.format));
    }
    check_hosts(description)?;
    check_origins(description)?;
    check_policies(description)?;
    header_name("tag_header", &description.tag_header)?;
    for (status, seconds) in &description.error_caching.by_status {
        let field = format!("error_caching.by_status.{status}");
        within(&field, u64::from(*status), 400..=599)?;
        within(&field, *seconds, 0..=SECONDS_MAX)?;
    }
    within("error_caching.default_seconds", description.error_caching.default_seconds, 0..=SECONDS_MAX)?;
    check_behaviours(description)
}

fn check_hosts(description: &Description) -> Checked {
    at_most("host_names", description.host_names.len(), HOST_NAMES_MAX)?;
    for (index, host) in description.host_names.iter().enumerate() {
        let plain = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || b".-*".contains(&byte);
        if host.is_empty() || !host.bytes().all(plain) {
            return refuse(&format!("host_names[{index}]"), "a host in lower case, without a port");
        }
    }
    Ok(())
}

fn check_origins(description: &Description) -> Checked {
    at_most("origins", description.origins.len(), ORIGINS_MAX)?;
    at_most("origin_groups", description.origin_groups.len(), ORIGIN_GROUPS_MAX)?;
    let mut names = BTreeSet::new();
    for (index, origin) in description.origins.iter().enumerate() {
        let field = format!("origins[{index}]");
        unique(&format!("{field}.name"), &origin.name, &mut names)?;
        check_origin(&field, origin)?;
    }
    for (index, group) in description.origin_groups.iter().enumerate() {
        let field = format!("origin_groups[{index}]");
        for name in &group.origins {
            if !description.origins.iter().any(|origin| origin.name == *name) {
                return refuse(&format!("{field}.origins"), &format!("no origin is named {name}"));
            }
        }
        if group.origins[0] == group.origins[1] {
            return refuse(&format!("{field}.origins"), "two origins, not one twice");
        }
        if group.failover_statuses.iter().any(|status| !FAILOVER_STATUSES.contains(status)) {
            return refuse(&format!("{field}.failover_statuses"), &format!("of {FAILOVER_STATUSES:?}"));
        }
        unique(&format!("{field}.name"), &group.name, &mut names)?;
    }
    Ok(())
}

fn check_origin(field: &str, origin: &Origin) -> Checked {
    let address = origin.address.parse::<Uri>().ok().filter(|uri| {
        matches!(uri.scheme_str(), Some("http" | "https")) && uri.host().is_some_and(|host| !host.is_empty())
    });
    if address.is_none_or(|uri| uri.path() != "/" || uri.query().is_some()) {
        return refuse(
            &format!("{field}.address"),
            "http:// or https://, a host and perhaps a port, nothing behind it",
        );
    }
    within(&format!("{field}.connect_seconds"), origin.connect_seconds, 1..=10)?;
    within(&format!("{field}.connect_tries"), u64::from(origin.connect_tries), 1..=3)?;
    within(&format!("{field}.response_seconds"), origin.response_seconds, 1..=120)?;
    within(&format!("{field}.keep_alive_seconds"), origin.keep_alive_seconds, 1..=120)?;
    at_most(&format!("{field}.headers"), origin.headers.len(), POLICY_NAMES_MAX)?;
    for (name, value) in &origin.headers {
        header_name(&format!("{field}.headers"), name)?;
        header_value(&format!("{field}.headers.{name}"), value)?;
    }
    Ok(())
}

fn check_policies(description: &Description) -> Checked {
    let mut names = BTreeSet::new();
    at_most("cache_policies", description.cache_policies.len(), POLICIES_MAX)?;
    for (index, policy) in description.cache_policies.iter().enumerate() {
        let field = format!("cache_policies[{index}]");
        unique(&format!("{field}.name"), &policy.name, &mut names)?;
        check_cache_policy(&field, policy)?;
    }
    names.clear();
    at_most("origin_request_policies", description.origin_request_policies.len(), POLICIES_MAX)?;
    for (index, policy) in description.origin_request_policies.iter().enumerate() {
        let field = format!("origin_request_policies[{index}]");
        unique(&format!("{field}.name"), &policy.name, &mut names)?;
        check_selections(&field, &policy.query, &policy.headers, &policy.cookies)?;
    }
    names.clear();
    at_most("response_headers_policies", description.response_headers_policies.len(), POLICIES_MAX)?;
    for (index, policy) in description.response_headers_policies.iter().enumerate() {
        let field = format!("response_headers_policies[{index}]");
        unique(&format!("{field}.name"), &policy.name, &mut names)?;
        for setting in &policy.set {
            header_name(&format!("{field}.set"), &setting.name)?;
            header_value(&format!("{field}.set.{}", setting.name), &setting.value)?;
        }
        for name in &policy.remove {
            header_name(&format!("{field}.remove"), name)?;
        }
    }
    Ok(())
}

fn check_cache_policy(field: &str, policy: &CachePolicy) -> Checked {
    check_selections(field, &policy.query, &policy.headers, &policy.cookies)?;
    if !matches!(policy.headers, Selection::None | Selection::Listed(_)) {
        return refuse(&format!("{field}.headers"), "none or listed: a key of all headers is no key");
    }
    let ttl = policy.ttl_seconds;
    if ttl.min > ttl.default || ttl.default > ttl.max || ttl.max > SECONDS_MAX {
        let order = format!("minimum, default and maximum in this order, at most {SECONDS_MAX}");
        return refuse(&format!("{field}.ttl_seconds"), &order);
    }
    if policy.headers.takes("accept-encoding") && (policy.gzip || policy.brotli) {
        return refuse(&format!("{field}.headers"), "accept-encoding stands in the key by gzip and brotli already");
    }
    Ok(())
}

fn check_selections(field: &str, query: &Selection, headers: &Selection, cookies: &Selection) -> Checked {
    for (kind, selection) in [("query", query), ("headers", headers), ("cookies", cookies)] {
        let names = selection.names();
        at_most(&format!("{field}.{kind}.names"), names.len(), POLICY_NAMES_MAX)?;
        let chars: usize = names.iter().map(String::len).sum();
        if chars > POLICY_NAME_CHARS_MAX {
            return refuse(&format!("{field}.{kind}.names"), &format!("at most {POLICY_NAME_CHARS_MAX} characters"));
        }
    }
    headers.names().iter().try_for_each(|name| header_name(&format!("{field}.headers.names"), name))
}

fn check_behaviours(description: &Description) -> Checked {
    at_most("behaviours", description.behaviours.len(), BEHAVIOURS_MAX)?;
    for (index, behaviour) in description.behaviours.iter().enumerate() {
        check_behaviour(description, &format!("behaviours[{index}]"), behaviour)?;
    }
    let everything = description.behaviours.iter().position(|behaviour| behaviour.pattern == "*");
    if everything.is_none() || everything != description.behaviours.len().checked_sub(1) {
        return refuse("behaviours", "the last, and no other, must be *");
    }
    Ok(())
}

fn check_behaviour(description: &Description, field: &str, behaviour: &BehaviourDescription) -> Checked {
    if let Err(error) = PathPattern::parse(&behaviour.pattern) {
        return refuse(&format!("{field}.pattern"), &error.to_string());
    }
    let origins = description.origins.iter().map(|origin| &origin.name);
    if !origins.chain(description.origin_groups.iter().map(|group| &group.name)).any(|name| *name == behaviour.origin) {
        return refuse(&format!("{field}.origin"), &format!("no origin or group is named {}", behaviour.origin));
    }
    let Some(policy) = description.cache_policies.iter().find(|policy| policy.name == behaviour.cache_policy) else {
        return refuse(&format!("{field}.cache_policy"), &format!("no policy is named {}", behaviour.cache_policy));
    };
    // Files hold nothing of anybody; all else might, by a mistake of the origin.
    if behaviour.class != Class::Asset && policy.ttl_seconds.min > 0 {
        return refuse(
            &format!("{field}.cache_policy"),
            "it may carry a visitor's own pages, so the minimum must be 0",
        );
    }
    if behaviour.class == Class::Own && policy.ttl_seconds.max > 0 {
        return refuse(
            &format!("{field}.cache_policy"),
            "a visitor's own pages are not kept, so the maximum must be 0",
        );
    }
    let requests = description.origin_request_policies.iter().map(|policy| &policy.name);
    named_policy(&format!("{field}.origin_request_policy"), behaviour.origin_request_policy.as_ref(), requests)?;
    let headers = description.response_headers_policies.iter().map(|policy| &policy.name);
    named_policy(&format!("{field}.response_headers_policy"), behaviour.response_headers_policy.as_ref(), headers)
}

fn named_policy<'d>(field: &str, named: Option<&String>, mut policies: impl Iterator<Item = &'d String>) -> Checked {
    match named {
        Some(name) if !policies.any(|policy| policy == name) => refuse(field, &format!("no policy is named {name}")),
        _ => Ok(()),
    }
}

fn refuse<T>(field: &str, reason: &str) -> Result<T, DescriptionError> {
    Err(DescriptionError::at(field, reason))
}

fn at_most(field: &str, count: usize, most: usize) -> Checked {
    if count > most { refuse(field, &format!("{count}; an edge takes {most}")) } else { Ok(()) }
}

fn within(field: &str, value: u64, bounds: RangeInclusive<u64>) -> Checked {
    if bounds.contains(&value) {
        return Ok(());
    }
    refuse(field, &format!("{value}; from {} to {}", bounds.start(), bounds.end()))
}

fn unique<'d>(field: &str, name: &'d str, names: &mut BTreeSet<&'d str>) -> Checked {
    if name.is_empty() {
        return refuse(field, "a name");
    }
    if !names.insert(name) {
        return refuse(field, &format!("{name} is there twice"));
    }
    Ok(())
}

fn header_name(field: &str, name: &str) -> Checked {
    let is_name = HeaderName::from_bytes(name.as_bytes()).is_ok_and(|parsed| parsed.as_str() == name);
    if is_name { Ok(()) } else { refuse(field, &format!("{name:?} is no header name in lower case")) }
}

fn header_value(field: &str, value: &str) -> Checked {
    if HeaderValue::from_str(value).is_ok() { Ok(()) } else { refuse(field, "no header value") }
}

#[cfg(test)]
mod tests;
