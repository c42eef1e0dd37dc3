//! Rules: in a zone, from one day to another, a class has a rate of a tax.

use super::class::TaxClass;
use super::place::RegionCode;
use super::rate::TaxRate;
use super::zone::TaxZone;
use crate::address::{Country, is_printable};
use jiff::civil::Date;
use std::fmt;

/// Longest name of a tax, in characters.
pub const TAX_NAME_CHARS_MAX: usize = 60;

/// What stands for a name that is none.
const UNNAMED: &str = "tax";

/// Longest note on where a rule comes from, in characters.
pub const TAX_SOURCE_CHARS_MAX: usize = 200;

/// Highest rate of one rule, 200 %: that of all levels together still is a [`TaxRate`].
pub const RULE_MILLIONTHS_MAX: u32 = 2_000_000;

/// What a tax is called on invoices: `VAT`, `MwSt`, `New York State sales tax`.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct TaxName(String);

/// Not the name of a tax.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the name of a tax has 1 to {TAX_NAME_CHARS_MAX} printable characters")]
pub struct InvalidTaxName;

impl TaxName {
    /// Trims the name.
    pub fn parse(raw: &str) -> Result<Self, InvalidTaxName> {
        let name = raw.trim();
        let fits = (1..=TAX_NAME_CHARS_MAX).contains(&name.chars().count()) && is_printable(name);
        if fits { Ok(Self(name.to_owned())) } else { Err(InvalidTaxName) }
    }

    /// The name of a tax that has none of its own: pages say *VAT* or *tax* in the shopper's language.
    pub fn unnamed() -> Self {
        Self(UNNAMED.to_owned())
    }

    /// Whether it is the name of a tax that has none of its own.
    pub fn is_unnamed(&self) -> bool {
        self.0 == UNNAMED
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for TaxName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Whose tax it is. At one place one rule of each level holds, and all levels are charged together, each on the price
/// without any tax. (Tax on tax is not supported: the last to have it, Quebec and Prince Edward Island, gave it up in
/// 2013.)
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum TaxLevel {
    /// The state as a whole: VAT, Canada's federal tax.
    Country,
    /// A state of the USA, a province.
    Region,
    /// A county.
    County,
    /// A town.
    City,
    /// A district for transport, schools and the like.
    District,
}

impl TaxLevel {
    /// All of them, the widest first.
    pub const ALL: [Self; 5] = [Self::Country, Self::Region, Self::County, Self::City, Self::District];

    /// Its word in a table's file.
    pub fn word(self) -> &'static str {
        match self {
            Self::Country => "country",
            Self::Region => "region",
            Self::County => "county",
            Self::City => "city",
            Self::District => "district",
        }
    }

    /// Reads that word.
    pub fn parse(raw: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|level| level.word() == raw)
    }
}

/// Days on which a rule holds, both ends included.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub struct Validity {
    /// First day; `None` if it always has been so.
    pub from: Option<Date>,
    /// Last day; `None` while no end is known.
    pub until: Option<Date>,
}

impl Validity {
    /// Whether it holds on a day.
    pub fn holds_on(self, day: Date) -> bool {
        self.from.is_none_or(|from| from <= day) && self.until.is_none_or(|until| day <= until)
    }

    /// Whether there is a day on which both hold.
    pub fn overlaps(self, other: Self) -> bool {
        let begins_in_time =
            |first: Self, second: Self| first.from.zip(second.until).is_none_or(|(from, until)| from <= until);
        begins_in_time(self, other) && begins_in_time(other, self)
    }

    fn is_empty(self) -> bool {
        self.from.zip(self.until).is_some_and(|(from, until)| until < from)
    }
}

/// A rule of tax.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TaxRule {
    /// What is taxed so.
    pub class: TaxClass,
    /// Where.
    pub zone: TaxZone,
    /// Whose tax it is.
    pub level: TaxLevel,
    /// What it is called.
    pub name: TaxName,
    /// How much of the price without tax; at most [`RULE_MILLIONTHS_MAX`].
    pub rate: TaxRate,
    /// When.
    pub validity: Validity,
    /// Where the rate was found; may be empty.
    pub source: String,
    /// The day on which it was last compared with its source.
    pub checked: Option<Date>,
}

/// Why a rule is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum InvalidTaxRule {
    /// Above [`RULE_MILLIONTHS_MAX`].
    #[error("a rate is at most 200 %")]
    Rate,
    /// It ends before it begins.
    #[error("the last day comes before the first")]
    Dates,
    /// The source is longer than [`TAX_SOURCE_CHARS_MAX`] or cannot be printed.
    #[error("the source has at most {TAX_SOURCE_CHARS_MAX} printable characters")]
    Source,
}

impl TaxRule {
    /// Checks what its fields do not check by themselves.
    pub fn checked(self) -> Result<Self, InvalidTaxRule> {
        if self.rate.millionths() > RULE_MILLIONTHS_MAX {
            return Err(InvalidTaxRule::Rate);
        }
        if self.validity.is_empty() {
            return Err(InvalidTaxRule::Dates);
        }
        if self.source.chars().count() > TAX_SOURCE_CHARS_MAX || !is_printable(&self.source) {
            return Err(InvalidTaxRule::Source);
        }
        Ok(self)
    }

    /// What of the rule is told with a tax that it led to.
    pub fn applied(&self) -> AppliedRate {
        AppliedRate {
            name: self.name.clone(),
            level: self.level,
            country: self.zone.country(),
            region: self.zone.region().cloned(),
            rate: self.rate,
        }
    }
}

/// A rate that was applied: what an order keeps, and what returns of tax are added up by.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct AppliedRate {
    /// What the tax is called.
    pub name: TaxName,
    /// Whose it is.
    pub level: TaxLevel,
    /// The country whose it is, where the rule named one.
    pub country: Option<Country>,
    /// The region whose it is, where the rule named one.
    pub region: Option<RegionCode>,
    /// How much.
    pub rate: TaxRate,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn validity(from: &str, until: &str) -> Validity {
        Validity { from: from.parse().ok(), until: until.parse().ok() }
    }

    #[test]
    fn rules_hold_from_their_first_day_to_their_last() {
        let half_year = validity("2026-07-01", "2026-12-31");
        for (day, want) in [("2026-06-30", false), ("2026-07-01", true), ("2026-12-31", true), ("2027-01-01", false)] {
            assert_eq!(half_year.holds_on(day.parse().unwrap()), want, "{day}");
        }
        assert!(validity("", "").holds_on(Date::MIN));
    }

    #[test]
    fn overlaps_are_seen_from_both_sides() {
        for (case, first, second, want) in [
            ("one after the other", ("", "2025-12-31"), ("2026-01-01", ""), false),
            ("one day in common", ("", "2026-01-01"), ("2026-01-01", ""), true),
            ("one inside the other", ("2026-01-01", "2026-12-31"), ("2026-05-01", "2026-05-01"), true),
            ("both without end", ("2020-01-01", ""), ("2026-01-01", ""), true),
            ("no dates", ("", ""), ("2026-01-01", "2026-01-02"), true),
        ] {
            let [first, second] = [first, second].map(|(from, until)| validity(from, until));
            assert_eq!((first.overlaps(second), second.overlaps(first)), (want, want), "{case}");
        }
    }

    #[test]
    fn rules_that_make_no_sense_are_refused() {
        let rule = TaxRule {
            class: TaxClass::standard(),
            zone: TaxZone::everywhere(),
            level: TaxLevel::Country,
            name: TaxName::parse("VAT").unwrap(),
            rate: TaxRate::parse_percent("200").unwrap(),
            validity: validity("2026-01-01", "2026-01-01"),
            source: "x".repeat(TAX_SOURCE_CHARS_MAX),
            checked: None,
        };
        assert!(rule.clone().checked().is_ok());
        let high = TaxRule { rate: TaxRate::parse_percent("200.0001").unwrap(), ..rule.clone() };
        assert_eq!(high.checked(), Err(InvalidTaxRule::Rate));
        let ended = TaxRule { validity: validity("2026-01-02", "2026-01-01"), ..rule.clone() };
        assert_eq!(ended.checked(), Err(InvalidTaxRule::Dates));
        let long = TaxRule { source: "x".repeat(TAX_SOURCE_CHARS_MAX + 1), ..rule };
        assert_eq!(long.checked(), Err(InvalidTaxRule::Source));
        for (raw, good) in [("MwSt", true), ("", false), ("  ", false), ("a\u{0}", false)] {
            assert_eq!(TaxName::parse(raw).is_ok(), good, "{raw:?}");
        }
        assert!(TaxName::parse(&"x".repeat(TAX_NAME_CHARS_MAX + 1)).is_err());
    }
}
