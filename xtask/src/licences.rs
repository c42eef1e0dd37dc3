//! Whether every locked package may be used, by the licences that `deny.toml` allows.
//!
//! cargo-deny judges the same and more; it is not on every machine, and this part must hold on each.

use std::collections::BTreeSet;
use std::path::Path;

use anyhow::Context as _;
use serde::Deserialize;

use crate::metadata::Metadata;

/// The part of `deny.toml` that is read here.
#[derive(Debug, Deserialize)]
struct Rules {
    licenses: Licences,
}

#[derive(Debug, Deserialize)]
struct Licences {
    allow: BTreeSet<String>,
}

/// The packages whose licence is not allowed, each in a sentence.
pub(crate) fn faults(metadata: &Metadata, deny_toml: &Path) -> anyhow::Result<Vec<String>> {
    let text = std::fs::read_to_string(deny_toml).with_context(|| format!("read {}", deny_toml.display()))?;
    let rules: Rules = toml::from_str(&text).with_context(|| format!("understand {}", deny_toml.display()))?;
    let refused = metadata.packages.iter().filter_map(|package| match &package.license {
        Some(expression) if allowed(expression, &rules.licenses.allow) => None,
        Some(expression) => Some(format!("{} {} is under {expression}", package.name, package.version)),
        None => Some(format!("{} {} names no licence", package.name, package.version)),
    });
    Ok(refused.collect())
}

/// Whether an SPDX expression leaves a choice that is allowed. Old expressions write `/` for `OR`; one that cannot be
/// read is not allowed.
fn allowed(expression: &str, allow: &BTreeSet<String>) -> bool {
    let spaced = expression.replace('/', " OR ").replace('(', " ( ").replace(')', " ) ");
    let mut words = spaced.split_whitespace().peekable();
    let verdict = any_of(&mut words, allow);
    verdict == Some(true) && words.next().is_none()
}

type Words<'a> = std::iter::Peekable<std::str::SplitWhitespace<'a>>;

/// `a OR b`: one is enough. Nothing if the words make no expression.
fn any_of(words: &mut Words<'_>, allow: &BTreeSet<String>) -> Option<bool> {
    let mut verdict = all_of(words, allow)?;
    while words.next_if_eq(&"OR").is_some() {
        verdict |= all_of(words, allow)?;
    }
    Some(verdict)
}

/// `a AND b`: both are needed.
fn all_of(words: &mut Words<'_>, allow: &BTreeSet<String>) -> Option<bool> {
    let mut verdict = one(words, allow)?;
    while words.next_if_eq(&"AND").is_some() {
        verdict &= one(words, allow)?;
    }
    Some(verdict)
}

/// One licence, with its exception if there is one, or an expression in brackets.
fn one(words: &mut Words<'_>, allow: &BTreeSet<String>) -> Option<bool> {
    let word = words.next()?;
    if word == "(" {
        let verdict = any_of(words, allow)?;
        return words.next_if_eq(&")").map(|_| verdict);
    }
    if words.next_if_eq(&"WITH").is_some() {
        return Some(allow.contains(&format!("{word} WITH {}", words.next()?)));
    }
    Some(allow.contains(word))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::process::project_folder;

    #[test]
    fn every_locked_package_may_be_used() {
        let faults = faults(&Metadata::load().unwrap(), &project_folder().join("deny.toml")).unwrap();
        assert!(faults.is_empty(), "{faults:#?}");
    }

    #[test]
    fn expressions_are_judged_by_what_they_leave_to_choose() {
        let allow = BTreeSet::from(["MIT", "ISC", "Apache-2.0 WITH LLVM-exception"].map(str::to_owned));
        for (expression, want) in [
            ("MIT", true),
            ("GPL-3.0-only", false),
            ("GPL-3.0-only OR MIT", true),
            ("MIT/Apache-2.0", true),
            ("Apache-2.0 / MIT / MPL-2.0", true),
            ("MIT AND ISC", true),
            ("MIT AND GPL-3.0-only", false),
            ("MIT OR ISC AND GPL-3.0-only", true),
            ("(MIT OR Apache-2.0) AND Unicode-3.0", false),
            ("(MIT OR Apache-2.0) AND ISC", true),
            ("Apache-2.0 WITH LLVM-exception", true),
            ("Apache-2.0", false),
            ("MIT WITH", false),
            ("(MIT", false),
            ("MIT)", false),
            ("MIT ISC", false),
            ("OR", false),
            ("", false),
        ] {
            assert_eq!(allowed(expression, &allow), want, "{expression}");
        }
    }
}
