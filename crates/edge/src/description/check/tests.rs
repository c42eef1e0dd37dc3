//! Each mistake is told with the place where it stands.

use crate::{
    AccessControl, Class, Description, Edge, HeaderSetting, OriginGroup, ResponseHeadersPolicy, Selection,
    StoreOrigins, TtlSeconds,
};

fn store() -> Description {
    Description::for_store(
        [("/static/*", Class::Asset), ("/own", Class::Own)],
        &["q"],
        StoreOrigins::at("http://localhost:9000"),
    )
}

/// The field of which a changed description is refused; empty where it is taken.
fn refused(change: impl FnOnce(&mut Description)) -> String {
    let mut description = store();
    change(&mut description);
    Edge::new(description).err().map(|error| error.field).unwrap_or_default()
}

fn many(count: usize) -> Selection {
    Selection::Listed((0..count).map(|number| format!("n{number}")).collect())
}

fn group(description: &Description, statuses: &[u16]) -> OriginGroup {
    let name = description.origins[0].name.clone();
    OriginGroup { name: "group".into(), origins: [name, "second".into()], failover_statuses: statuses.to_vec() }
}

fn with_second(description: &mut Description) {
    let mut second = description.origins[0].clone();
    second.name = "second".into();
    description.origins.push(second);
}

#[test]
fn a_store_is_taken_as_it_is() {
    assert_eq!(refused(|_| {}), "");
    assert_eq!(refused(|it| it.cache_policies[0].query = many(10)), "");
    assert_eq!(refused(|it| it.cache_policies[2].ttl_seconds.min = 60), "", "files hold nothing of anybody");
    assert_eq!(refused(|it| it.origins[0].access_control = Some(AccessControl::SignedRequests)), "");
    assert_eq!(
        refused(|it| {
            with_second(it);
            it.origin_groups.push(group(it, &[500, 502, 503, 504, 400, 403, 404, 416]));
            it.behaviours[0].origin = "group".into();
        }),
        ""
    );
}

#[test]
fn what_could_keep_private_pages_is_refused() {
    assert_eq!(
        refused(|it| it.cache_policies[0].ttl_seconds = TtlSeconds { min: 1, default: 1, max: 1 }),
        "behaviours[2].cache_policy"
    );
    assert_eq!(refused(|it| it.behaviours[1].cache_policy = "pages".into()), "behaviours[1].cache_policy");
}

#[test]
fn limits_are_told_by_field() {
    assert_eq!(refused(|it| it.format = 2), "format");
    assert_eq!(refused(|it| it.behaviours = vec![it.behaviours[1].clone(); 76]), "behaviours");
    assert_eq!(refused(|it| it.behaviours.truncate(2)), "behaviours", "nothing for all else");
    assert_eq!(refused(|it| it.behaviours.swap(0, 2)), "behaviours");
    assert_eq!(refused(|it| it.behaviours[0].pattern = "/a b".into()), "behaviours[0].pattern");
    assert_eq!(refused(|it| it.behaviours[0].origin = "nobody".into()), "behaviours[0].origin");
    assert_eq!(refused(|it| it.behaviours[0].cache_policy = "none".into()), "behaviours[0].cache_policy");
    assert_eq!(
        refused(|it| it.behaviours[0].origin_request_policy = Some("x".into())),
        "behaviours[0].origin_request_policy"
    );
    assert_eq!(
        refused(|it| it.behaviours[0].response_headers_policy = Some("x".into())),
        "behaviours[0].response_headers_policy"
    );
    assert_eq!(refused(|it| it.cache_policies[0].query = many(11)), "cache_policies[0].query.names");
    assert_eq!(
        refused(|it| it.cache_policies[0].cookies = Selection::Listed(vec!["n".repeat(1_025)])),
        "cache_policies[0].cookies.names"
    );
    assert_eq!(refused(|it| it.cache_policies[0].headers = Selection::All), "cache_policies[0].headers");
    assert_eq!(
        refused(|it| it.cache_policies[0].headers = Selection::Listed(vec!["accept-encoding".into()])),
        "cache_policies[0].headers"
    );
    assert_eq!(
        refused(|it| it.cache_policies[0].headers = Selection::Listed(vec!["X-Big".into()])),
        "cache_policies[0].headers.names"
    );
    assert_eq!(refused(|it| it.cache_policies[0].ttl_seconds.default = u64::MAX), "cache_policies[0].ttl_seconds");
    assert_eq!(refused(|it| it.cache_policies = vec![it.cache_policies[0].clone(); 2]), "cache_policies[1].name");
    assert_eq!(refused(|it| it.cache_policies = vec![it.cache_policies[0].clone(); 21]), "cache_policies");
    assert_eq!(
        refused(|it| it.origin_request_policies[0].cookies = many(11)),
        "origin_request_policies[0].cookies.names"
    );
    assert_eq!(refused(|it| it.tag_header = "cache tag".into()), "tag_header");
    assert_eq!(refused(|it| it.host_names = vec!["Shop.example".into()]), "host_names[0]");
    assert_eq!(refused(|it| it.error_caching.by_status = [(200, 5)].into()), "error_caching.by_status.200");
}

#[test]
fn origins_have_cloudfronts_bounds() {
    for address in ["localhost:9000", "ftp://localhost", "http://", "http://localhost/x", "http://localhost/?q"] {
        assert_eq!(refused(|it| it.origins[0].address = address.into()), "origins[0].address", "{address}");
    }
    assert_eq!(refused(|it| it.origins[0].connect_seconds = 11), "origins[0].connect_seconds");
    assert_eq!(refused(|it| it.origins[0].connect_tries = 4), "origins[0].connect_tries");
    assert_eq!(refused(|it| it.origins[0].response_seconds = 121), "origins[0].response_seconds");
    assert_eq!(refused(|it| it.origins[0].keep_alive_seconds = 0), "origins[0].keep_alive_seconds");
    assert_eq!(refused(|it| it.origins[0].headers = [("x y".into(), "z".into())].into()), "origins[0].headers");
    assert_eq!(refused(|it| it.origins[0].headers = [("x".into(), "a\nb".into())].into()), "origins[0].headers.x");
    assert_eq!(refused(|it| it.origins = vec![it.origins[0].clone(); 2]), "origins[1].name");
    assert_eq!(refused(|it| it.origins = vec![it.origins[0].clone(); 101]), "origins");
    assert_eq!(refused(|it| it.origin_groups.push(group(it, &[500]))), "origin_groups[0].origins", "no second");
    let of_status = |status| {
        refused(|it| {
            with_second(it);
            it.origin_groups.push(group(it, &[status]));
        })
    };
    assert_eq!((of_status(500), of_status(501)), (String::new(), "origin_groups[0].failover_statuses".into()));
}

#[test]
fn response_headers_are_checked() {
    let policy = |name: &str, value: &str| ResponseHeadersPolicy {
        name: "p".into(),
        set: vec![HeaderSetting { name: name.into(), value: value.into(), overrides: true }],
        remove: vec![],
    };
    assert_eq!(refused(|it| it.response_headers_policies = vec![policy("x-a", "b")]), "");
    assert_eq!(
        refused(|it| it.response_headers_policies = vec![policy("x a", "b")]),
        "response_headers_policies[0].set"
    );
    assert_eq!(
        refused(|it| it.response_headers_policies = vec![policy("x-a", "\n")]),
        "response_headers_policies[0].set.x-a"
    );
}

#[test]
fn a_description_is_one_json_file() {
    let description = store();
    let text = description.to_json();
    assert_eq!(Description::from_json(&text).unwrap(), description);
    let unknown = text.replacen("\"format\"", "\"fromat\": 1, \"format\"", 1);
    let error = Description::from_json(&unknown).unwrap_err();
    assert!(error.reason.contains("fromat"), "{error}");
}
