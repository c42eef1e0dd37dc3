//! Which names of a kind (query strings, headers, cookies) count.

use serde::{Deserialize, Serialize};

/// Which names count. Names are compared as they are written; those of headers are in lower case.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "which", content = "names")]
pub enum Selection {
    /// None.
    #[default]
    None,
    /// These.
    Listed(Vec<String>),
    /// All but these.
    Except(Vec<String>),
    /// All.
    All,
}

impl Selection {
    /// Whether a name counts.
    pub fn takes(&self, name: &str) -> bool {
        match self {
            Self::None => false,
            Self::Listed(names) => names.iter().any(|known| known == name),
            Self::Except(names) => names.iter().all(|known| known != name),
            Self::All => true,
        }
    }

    /// The names that it was written with.
    pub fn names(&self) -> &[String] {
        match self {
            Self::Listed(names) | Self::Except(names) => names,
            Self::None | Self::All => &[],
        }
    }

    /// Whether nothing counts.
    pub fn is_none(&self) -> bool {
        match self {
            Self::None => true,
            Self::Listed(names) => names.is_empty(),
            Self::Except(_) | Self::All => false,
        }
    }
}

/// Pairs of a query string or a `Cookie` header with their names, as they are written; empty ones are passed over.
pub(crate) fn pairs(text: &str, between: char) -> impl Iterator<Item = (&str, &str)> {
    text.split(between).filter_map(|pair| {
        let pair = pair.trim_matches(' ');
        let name = pair.split('=').next().unwrap_or_default();
        (!name.is_empty()).then_some((name, pair))
    })
}
