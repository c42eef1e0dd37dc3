//! What functions, their versions and aliases are called, and the long names (ARN) that hold them.

use std::fmt;
use std::sync::Arc;

use crate::limits::{ALIAS_NAME_CHARS_MAX, FUNCTION_NAME_CHARS_MAX};

/// A function's name: 1 to 64 letters, digits, `-` and `_`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct FunctionName(Arc<str>);

impl FunctionName {
    /// The name, if it is one.
    pub fn parse(raw: &str) -> Option<Self> {
        (raw.len() <= FUNCTION_NAME_CHARS_MAX && is_word(raw)).then(|| Self(raw.into()))
    }

    /// As callers write it.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for FunctionName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// An alias's name: 1 to 128 letters, digits, `-` and `_`, not digits alone.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct AliasName(Arc<str>);

impl AliasName {
    pub(crate) fn parse(raw: &str) -> Option<Self> {
        let digits = raw.bytes().all(|byte| byte.is_ascii_digit());
        (raw.len() <= ALIAS_NAME_CHARS_MAX && is_word(raw) && !digits).then(|| Self(raw.into()))
    }

    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }
}

/// What a function's code and settings are called: still changing, or kept for good under a number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Version {
    /// `$LATEST`.
    Latest,
    /// A published one, from 1 on.
    Number(u64),
}

impl Version {
    pub(crate) fn parse(raw: &str) -> Option<Self> {
        match raw {
            "$LATEST" => Some(Self::Latest),
            _ => raw.parse().ok().filter(|number| 0 < *number).map(Self::Number),
        }
    }
}

impl fmt::Display for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Latest => f.write_str("$LATEST"),
            Self::Number(number) => number.fmt(f),
        }
    }
}

/// Which version of a function is meant: by its own name or by an alias.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Qualifier {
    Version(Version),
    Alias(AliasName),
}

impl Qualifier {
    pub(crate) fn parse(raw: &str) -> Option<Self> {
        Version::parse(raw).map(Self::Version).or_else(|| AliasName::parse(raw).map(Self::Alias))
    }
}

impl fmt::Display for Qualifier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Version(version) => version.fmt(f),
            Self::Alias(alias) => f.write_str(alias.as_str()),
        }
    }
}

/// A function as a caller names it: by name, part of an ARN or a whole ARN, each with or without a qualifier.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Target {
    pub(crate) function: FunctionName,
    pub(crate) qualifier: Option<Qualifier>,
}

impl Target {
    /// Reads `name`, `name:1`, `123456789012:function:name` and `arn:aws:lambda:eu-central-1:123456789012:function:name:live`.
    pub(crate) fn parse(raw: &str) -> Option<Self> {
        let rest = match raw.split_once(":function:") {
            Some((_, rest)) => rest,
            None => raw.strip_prefix("function:").unwrap_or(raw),
        };
        let (name, qualifier) = match rest.split_once(':') {
            Some((name, qualifier)) => (name, Some(Qualifier::parse(qualifier)?)),
            None => (rest, None),
        };
        Some(Self { function: FunctionName::parse(name)?, qualifier })
    }
}

/// The account and region that stand in every ARN.
#[derive(Debug, Clone)]
pub(crate) struct Place {
    pub(crate) region: String,
    pub(crate) account: String,
}

impl Place {
    /// `arn:aws:lambda:eu-central-1:123456789012:function:name`.
    pub(crate) fn function_arn(&self, function: &FunctionName) -> String {
        format!("arn:aws:lambda:{}:{}:function:{function}", self.region, self.account)
    }

    /// The same with the qualifier at its end.
    pub(crate) fn qualified_arn(&self, function: &FunctionName, qualifier: &impl fmt::Display) -> String {
        format!("{}:{qualifier}", self.function_arn(function))
    }
}

fn is_word(raw: &str) -> bool {
    !raw.is_empty() && raw.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn targets_are_read_in_every_form() {
        let arn = "arn:aws:lambda:eu-central-1:123456789012:function:shop";
        for (case, raw, want) in [
            ("name", "shop", Some(("shop", None))),
            ("version", "shop:12", Some(("shop", Some("12")))),
            ("latest", "shop:$LATEST", Some(("shop", Some("$LATEST")))),
            ("alias", "shop:live", Some(("shop", Some("live")))),
            ("part of an ARN", "123456789012:function:shop", Some(("shop", None))),
            ("ARN", arn, Some(("shop", None))),
            ("ARN with alias", &format!("{arn}:live"), Some(("shop", Some("live")))),
            ("version nought", "shop:0", None),
            ("path", "../shop", None),
            ("empty", "", None),
            ("too long", &"x".repeat(65), None),
        ] {
            let got = Target::parse(raw).map(|t| (t.function.to_string(), t.qualifier.map(|q| q.to_string())));
            let want = want.map(|(name, qualifier)| (name.to_owned(), qualifier.map(str::to_owned)));
            assert_eq!(got, want, "{case}");
        }
    }
}
