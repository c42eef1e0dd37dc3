//! Aliases: names that lead to a version, or to two by weight.

use serde_json::Number;

use crate::api::ApiError;
use crate::names::Version;

/// A name for a version.
#[derive(Debug, Clone)]
pub(crate) struct Alias {
    pub(crate) version: Version,
    pub(crate) description: String,
    pub(crate) routing: Option<Routing>,
    pub(crate) revision_id: String,
}

/// A second version that gets a part of the events.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Routing {
    pub(crate) version: Version,
    /// Of a million events.
    pub(crate) millionths: u32,
    /// The weight as it was written.
    pub(crate) weight: Number,
}

impl Alias {
    /// The version that a throw below a million falls on.
    pub(crate) fn version_for(&self, dice: u32) -> Version {
        match &self.routing {
            Some(routing) if dice < routing.millionths => routing.version,
            _ => self.version,
        }
    }

    /// The one or two versions that it leads to.
    pub(crate) fn versions(&self) -> impl Iterator<Item = Version> {
        std::iter::once(self.version).chain(self.routing.as_ref().map(|routing| routing.version))
    }
}

/// A weight from 0.0 to 1.0, in millionths. Read from its digits, so that nothing is rounded but the seventh; one below a
/// ten-thousandth may be written with an exponent and counts as none.
pub(crate) fn parse_weight(weight: &Number) -> Result<u32, ApiError> {
    let refuse = || ApiError::invalid("routingConfig.additionalVersionWeights", weight, "lie between 0.0 and 1.0");
    let digits = weight.to_string();
    let (whole, fraction) = digits.split_once('.').unwrap_or((&digits, ""));
    if digits.contains("e-") && !digits.starts_with('-') {
        return Ok(0);
    }
    let padded = format!("{fraction:0<6}");
    let millionths: u32 = padded.get(..6).and_then(|first| first.parse().ok()).ok_or_else(refuse)?;
    match whole {
        "0" => Ok(millionths),
        "1" if millionths == 0 => Ok(1_000_000),
        _ => Err(refuse()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn weights_are_read_from_their_digits() {
        for (raw, want) in [
            ("0.1", Some(100_000)),
            ("0", Some(0)),
            ("0.0", Some(0)),
            ("1.0", Some(1_000_000)),
            ("0.333333333", Some(333_333)),
            ("1e-9", Some(0)),
            ("1.01", None),
            ("2", None),
            ("-0.5", None),
        ] {
            let weight: Number = serde_json::from_str(raw).unwrap();
            assert_eq!(parse_weight(&weight).ok(), want, "{raw}");
        }
    }

    #[test]
    fn dice_fall_on_both_versions_of_an_alias() {
        let weight = serde_json::from_str("0.25").unwrap();
        let routing = Some(Routing { version: Version::Number(2), millionths: 250_000, weight });
        let alias =
            Alias { version: Version::Number(1), description: String::new(), routing, revision_id: String::new() };
        for (dice, want) in [(0, 2), (249_999, 2), (250_000, 1), (999_999, 1)] {
            assert_eq!(alias.version_for(dice), Version::Number(want), "{dice}");
        }
    }
}
