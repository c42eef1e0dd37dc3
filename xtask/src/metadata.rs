//! What `cargo metadata` says of the workspace and what it is built from.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use anyhow::Context as _;
use serde::Deserialize;

use crate::process;

/// The workspace and everything that it is built from.
#[derive(Debug, Deserialize)]
pub(crate) struct Metadata {
    /// Every locked package, those of the workspace too.
    pub(crate) packages: Vec<Package>,
    workspace_members: BTreeSet<String>,
    resolve: Resolve,
}

/// A package.
#[derive(Debug, Deserialize)]
pub(crate) struct Package {
    id: String,
    /// Its name.
    pub(crate) name: String,
    /// Its version.
    pub(crate) version: String,
    /// Its licence, as an SPDX expression.
    pub(crate) license: Option<String>,
    /// Where it comes from; nothing for the workspace's own.
    pub(crate) source: Option<String>,
    /// Its features, and what each brings.
    pub(crate) features: BTreeMap<String, Vec<String>>,
    dependencies: Vec<Dependency>,
}

#[derive(Debug, Deserialize)]
struct Dependency {
    name: String,
    /// Nothing for a normal one, else `dev` or `build`.
    kind: Option<String>,
}

#[derive(Debug, Deserialize)]
struct Resolve {
    nodes: Vec<Node>,
}

#[derive(Debug, Deserialize)]
struct Node {
    id: String,
    deps: Vec<Edge>,
}

#[derive(Debug, Deserialize)]
struct Edge {
    pkg: String,
    dep_kinds: Vec<EdgeKind>,
}

#[derive(Debug, Deserialize)]
struct EdgeKind {
    kind: Option<String>,
}

impl Metadata {
    /// Asks cargo, with the lock file as it is.
    pub(crate) fn load() -> anyhow::Result<Self> {
        let json = process::output_of(process::cargo().args(["metadata", "--format-version", "1", "--locked"]))?;
        serde_json::from_str(&json).context("read what cargo metadata printed")
    }

    /// The workspace's own packages.
    pub(crate) fn members(&self) -> impl Iterator<Item = &Package> {
        self.packages.iter().filter(|package| self.workspace_members.contains(&package.id))
    }

    /// A package of the workspace.
    pub(crate) fn member(&self, name: &str) -> Option<&Package> {
        self.members().find(|package| package.name == name)
    }

    /// The names of all packages that end up in a program made from `root`: normal dependencies, any depth, with the
    /// features that the workspace as a whole asks for.
    pub(crate) fn tree(&self, root: &Package) -> BTreeSet<&str> {
        let nodes: HashMap<&str, &Node> = self.resolve.nodes.iter().map(|node| (node.id.as_str(), node)).collect();
        let mut seen = BTreeSet::new();
        let mut open = vec![root.id.as_str()];
        while let Some(node) = open.pop().and_then(|id| nodes.get(id)) {
            let normal = node.deps.iter().filter(|edge| edge.dep_kinds.iter().any(|kind| kind.kind.is_none()));
            open.extend(normal.map(|edge| edge.pkg.as_str()).filter(|id| seen.insert(*id)));
        }
        self.packages
            .iter()
            .filter(|package| seen.contains(package.id.as_str()))
            .map(|package| &*package.name)
            .collect()
    }
}

impl Package {
    /// The names of what its product code asks for itself.
    pub(crate) fn direct(&self) -> impl Iterator<Item = &str> {
        self.dependencies.iter().filter(|dependency| dependency.kind.is_none()).map(|dependency| &*dependency.name)
    }
}

#[cfg(test)]
impl Package {
    /// A package for tests of the rules.
    pub(crate) fn sample(name: &str, direct: &[&str]) -> Self {
        let dependencies =
            direct.iter().map(|name| Dependency { name: (*name).to_owned(), kind: None }).collect::<Vec<_>>();
        Self {
            id: name.to_owned(),
            name: name.to_owned(),
            version: "1.0.0".to_owned(),
            license: None,
            source: None,
            features: BTreeMap::new(),
            dependencies,
        }
    }
}
