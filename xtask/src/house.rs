//! The house: which crate may use which, and what must not come in at all.
//!
//! Arrows point down only. The table below is the one place that says so; a new crate gets a row.

use std::collections::BTreeMap;

use crate::metadata::{Metadata, Package};

/// A crate of the workspace and the others that its product code may use. What only its tests use is not judged.
struct Room {
    name: &'static str,
    may_use: &'static [&'static str],
}

/// The rooms from the roof down: each uses only what stands below it.
const HOUSE: &[Room] = &[
    // Chores and benchmarks stand beside the house: nothing uses them.
    Room { name: "xtask", may_use: &[] },
    Room {
        name: "bench",
        may_use: &[
            "storefront",
            "shop",
            "oscar",
            "db",
            "catalog",
            "payments",
            "mail",
            "media",
            "demo",
            "proxy",
            "edge",
            "commerce",
        ],
    },
    // The command wires everything together.
    Room {
        name: "tradewind",
        may_use: &[
            "lambda",
            "storefront",
            "shop",
            "oscar",
            "db",
            "catalog",
            "payments",
            "mail",
            "media",
            "demo",
            "region",
            "package",
            "load",
            "offer-cases",
            "lambda-service",
            "functions",
            "patience",
            "proxy",
            "edge",
            "commerce",
        ],
    },
    // A function service, an edge and a bill, wired together; what a store is, it does not know.
    Room {
        name: "region",
        may_use: &["lambda-service", "object-service", "functions", "proxy", "edge", "sigv4", "bill"],
    },
    Room { name: "package", may_use: &[] },
    // One more front door to the router, and the events that are no requests.
    Room { name: "lambda", may_use: &["storefront", "shop", "sigv4", "commerce"] },
    // Faces. The storefront turns documents and listings of the read side into pages, so it knows their types; what
    // is asked and when is the use cases' affair.
    Room { name: "storefront", may_use: &["shop", "catalog", "edge", "commerce"] },
    // Use cases.
    Room {
        name: "shop",
        may_use: &[
            "oscar",
            "db",
            "catalog",
            "payments",
            "outside",
            "mail",
            "media",
            "s3",
            "demo",
            "offer-cases",
            "edge",
            "commerce",
        ],
    },
    // One engine or service each; none knows another.
    Room { name: "oscar", may_use: &["commerce"] },
    Room { name: "db", may_use: &["sigv4", "commerce"] },
    Room { name: "catalog", may_use: &["commerce"] },
    Room { name: "payments", may_use: &["commerce"] },
    Room { name: "outside", may_use: &["commerce"] },
    Room { name: "mail", may_use: &["commerce"] },
    Room { name: "media", may_use: &["commerce"] },
    Room { name: "s3", may_use: &[] },
    Room { name: "demo", may_use: &["commerce"] },
    Room { name: "offer-cases", may_use: &["commerce"] },
    // Beside the tower: packages and cache rules, not orders.
    Room { name: "proxy", may_use: &["edge", "patience", "sigv4"] },
    Room { name: "edge", may_use: &["commerce"] },
    Room { name: "functions", may_use: &[] },
    // A shopper from outside: it knows pages and forms, and nothing of the store that serves them.
    Room { name: "load", may_use: &[] },
    // Services of their own: one runs packages and knows nothing of what is in them, one keeps objects.
    Room { name: "lambda-service", may_use: &[] },
    Room { name: "object-service", may_use: &["patience"] },
    // Counts in, costs and times out.
    Room { name: "bill", may_use: &[] },
    Room { name: "sigv4", may_use: &[] },
    Room { name: "patience", may_use: &[] },
    // The ground: values and rules.
    Room { name: "commerce", may_use: &[] },
];

/// All that the domain may bring in from outside: time zones, error types, ids.
const COMMERCE_BRINGS: &[&str] = &["jiff", "thiserror", "uuid"];

/// Runtimes, engines and web crates, which the domain must not reach even through others.
const NOT_UNDER_COMMERCE: &[&str] = &["axum", "hyper", "object_store", "reqwest", "sqlx", "tantivy", "tokio"];

/// Engines with the crates that alone talk to them.
const ENGINES: &[(&str, &[&str])] = &[
    ("image", &["media"]),
    ("lettre", &["mail"]),
    ("rquickjs", &["functions"]),
    ("sqlx", &["db", "oscar"]),
    ("tantivy", &["catalog"]),
];

/// What the program `tradewind` must not carry: a second crypto library, system libraries, an AWS SDK (its crates
/// all begin alike). They cost size, start-up time and the one-file program.
const NOT_IN_THE_PROGRAM: &[&str] = &["aws-lc-sys", "aws-sdk", "aws-config", "native-tls", "openssl-sys"];

/// Most packages that the lock file may name; 400 is aimed at. The program has some 380 of them: the rest are the edge, the
/// local Lambda service, the engine of edge functions, the protocol of the local object store (s3s, 13 that nothing else
/// brings), and tests.
const LOCKED_PACKAGES_MAX: usize = 530;

/// What the house looks like: figures for people, and what breaks a rule.
#[derive(Debug)]
pub(crate) struct Inspection {
    /// The number of locked packages, and those locked in several versions.
    pub(crate) figures: String,
    /// Each rule that is broken, in a sentence.
    pub(crate) faults: Vec<String>,
}

/// Looks at the whole house.
pub(crate) fn inspect(metadata: &Metadata) -> Inspection {
    let mut faults: Vec<String> = metadata.members().flat_map(faults_of_crate).collect();
    if let Some(commerce) = metadata.member("commerce") {
        let brought = commerce.direct().filter(|name| !COMMERCE_BRINGS.contains(name));
        faults.extend(brought.map(|name| format!("commerce asks for {name}, which the domain does without")));
        let tree = metadata.tree(commerce);
        let reached = NOT_UNDER_COMMERCE.iter().filter(|name| tree.contains(**name));
        faults.extend(reached.map(|name| format!("commerce reaches {name}, which the domain does without")));
    }
    if let Some(program) = metadata.member("tradewind") {
        let tree = metadata.tree(program);
        let carried = tree.iter().filter(|name| NOT_IN_THE_PROGRAM.iter().any(|banned| starts_as(name, banned)));
        faults.extend(carried.map(|name| format!("the program tradewind carries {name}")));
    }
    let locked = metadata.packages.iter().filter(|package| package.source.is_some()).count();
    if LOCKED_PACKAGES_MAX < locked {
        faults.push(format!("{locked} packages are locked, {LOCKED_PACKAGES_MAX} are allowed"));
    }
    let doubled = doubled(&metadata.packages);
    let figures = format!("{locked} packages locked, {} in several versions: {}", doubled.len(), doubled.join(", "));
    Inspection { figures, faults }
}

/// The rules that hold for each crate of the workspace.
fn faults_of_crate(package: &Package) -> Vec<String> {
    let name = &package.name;
    let Some(room) = HOUSE.iter().find(|room| room.name == name) else {
        return vec![format!("crate {name} has no row in the table of xtask/src/house.rs")];
    };
    let ours = package.direct().filter(|used| HOUSE.iter().any(|room| room.name == *used));
    let upward = ours.filter(|used| !room.may_use.contains(used)).map(|used| format!("{name} must not use {used}"));
    let engines = ENGINES.iter().filter(|(engine, owners)| {
        *name != "bench" && !owners.contains(&name.as_str()) && package.direct().any(|used| used == *engine)
    });
    let engines = engines.map(|(engine, owners)| format!("{name} uses {engine}, which is for {}", owners.join(", ")));
    upward.chain(engines).collect()
}

/// Whether a package is the banned one or of its family: `aws-sdk-s3` of `aws-sdk`.
fn starts_as(name: &str, banned: &str) -> bool {
    name.strip_prefix(banned).is_some_and(|rest| rest.is_empty() || rest.starts_with('-'))
}

/// Packages that are locked in several versions, with these.
fn doubled(packages: &[Package]) -> Vec<String> {
    let mut versions: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for package in packages {
        versions.entry(&package.name).or_default().push(&package.version);
    }
    let doubled = versions.into_iter().filter(|(_, versions)| 1 < versions.len());
    doubled.map(|(name, versions)| format!("{name} {}", versions.join(" and "))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_workspace_keeps_the_rules_of_the_house() {
        let inspection = inspect(&Metadata::load().unwrap());
        assert!(inspection.faults.is_empty(), "{:#?}", inspection.faults);
    }

    #[test]
    fn every_arrow_of_the_table_points_down() {
        for (floor, room) in HOUSE.iter().enumerate() {
            for used in room.may_use {
                let below = HOUSE[floor + 1..].iter().any(|lower| lower.name == *used);
                assert!(below, "{} → {used}", room.name);
            }
        }
    }

    #[test]
    fn an_arrow_that_points_up_is_found() {
        for (case, name, direct, want) in [
            ("down", "shop", &["db", "commerce", "tokio"][..], None),
            ("up", "db", &["shop"], Some("db must not use shop")),
            ("sideways", "payments", &["mail"], Some("payments must not use mail")),
            ("past the use cases", "storefront", &["db"], Some("storefront must not use db")),
            ("an engine of another", "shop", &["sqlx"], Some("shop uses sqlx, which is for db, oscar")),
            ("an engine of its own", "db", &["sqlx"], None),
            ("no row", "attic", &[], Some("crate attic has no row in the table of xtask/src/house.rs")),
        ] {
            let faults = faults_of_crate(&Package::sample(name, direct));
            assert_eq!(faults.first().map(String::as_str), want, "{case}");
        }
    }

    #[test]
    fn families_of_packages_are_known_by_their_first_words() {
        for (name, banned, want) in [
            ("aws-sdk-s3", "aws-sdk", true),
            ("openssl-sys", "openssl-sys", true),
            ("aws-sdkette", "aws-sdk", false),
            ("openssl", "openssl-sys", false),
        ] {
            assert_eq!(starts_as(name, banned), want, "{name}");
        }
    }

    #[test]
    fn doubled_versions_are_listed() {
        let packages = [Package::sample("nom", &[]), Package::sample("syn", &[]), Package::sample("nom", &[])];
        assert_eq!(doubled(&packages), ["nom 1.0.0 and 1.0.0"]);
    }
}
