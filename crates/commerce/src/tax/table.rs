//! The table of a store's rules, and which of them hold for a class, a place and a day.

use super::class::TaxClass;
use super::place::{RegionCode, TaxPlace};
use super::rate::TaxRate;
use super::rule::{AppliedRate, TaxLevel, TaxRule};
use super::territory::counts_as;
use super::zone::TaxZone;
use crate::address::Country;
use jiff::civil::Date;
use std::collections::BTreeMap;

/// Most rules of a table.
pub const TAX_RULES_MAX: usize = 50_000;

/// The rules of tax that a store goes by.
///
/// Which rules hold is decided in this order:
/// 1. Rules of the class, for zones that the place is in, on the day. If there is none, those of the class `standard`
///    take their place, so that nothing goes untaxed because a line is missing. Only the class `zero` then has no tax.
/// 2. Of each [level](TaxLevel) the one whose zone is drawn most closely: the country itself before *everywhere*, one
///    postcode before a beginning or range, more fixed signs before fewer, any postcode before none, a region before
///    none. Of two that are equally close, the one that begins later, then the one that stands first.
/// 3. The levels that are left are charged together.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct TaxTable {
    rules: Vec<TaxRule>,
    /// Places in `rules`, by the country and region of their zones.
    by_zone: BTreeMap<ZoneKey, Vec<usize>>,
}

type ZoneKey = (Option<Country>, Option<RegionCode>);

/// Why rules do not make a table.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum InvalidTaxTable {
    /// More than [`TAX_RULES_MAX`].
    #[error("a table holds at most {TAX_RULES_MAX} rules")]
    TooManyRules,
    /// Two rules of one class, level and zone that hold on the same day; their places in the list.
    #[error("two rules of the same class, level and zone hold on the same day")]
    Twice {
        /// The one that begins earlier.
        first: usize,
        /// The other one.
        second: usize,
    },
}

/// No rule tells the tax of a place.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("no tax rule for the class {class} in {country}{}: add one to the table", .region.as_ref().map(|region| format!("-{region}")).unwrap_or_default())]
pub struct NoTaxRule {
    /// The class that was looked up.
    pub class: TaxClass,
    /// The country.
    pub country: Country,
    /// The region, where it is known.
    pub region: Option<RegionCode>,
}

impl TaxTable {
    /// Puts rules together.
    pub fn new(rules: Vec<TaxRule>) -> Result<Self, InvalidTaxTable> {
        if rules.len() > TAX_RULES_MAX {
            return Err(InvalidTaxTable::TooManyRules);
        }
        refuse_twice(&rules)?;
        let mut by_zone: BTreeMap<ZoneKey, Vec<usize>> = BTreeMap::new();
        for (index, rule) in rules.iter().enumerate() {
            let key = (rule.zone.country(), rule.zone.region().cloned());
            by_zone.entry(key).or_default().push(index);
        }
        Ok(Self { rules, by_zone })
    }

    /// A table of one rule.
    pub(super) fn of_one(rule: TaxRule) -> Self {
        let by_zone = BTreeMap::from([((rule.zone.country(), rule.zone.region().cloned()), vec![0])]);
        Self { rules: vec![rule], by_zone }
    }

    /// All rules, in the order given.
    pub fn rules(&self) -> &[TaxRule] {
        &self.rules
    }

    /// The next day after this one on which a rule begins to hold, or has ended.
    pub fn next_change(&self, day: Date) -> Option<Date> {
        let days = self.rules.iter().flat_map(|rule| {
            let ended = rule.validity.until.and_then(|until| until.tomorrow().ok());
            [rule.validity.from, ended].into_iter().flatten()
        });
        days.filter(|next| *next > day).min()
    }

    /// The rates that hold together for a class, one a level, the widest level first. A rate may be 0; none are for the class
    /// `zero` alone.
    pub fn rates(&self, class: &TaxClass, place: &TaxPlace, day: Date) -> Result<Vec<AppliedRate>, NoTaxRule> {
        let mut found = self.closest(class, place, day);
        if found.is_empty() && !class.is_standard() && !class.is_zero() {
            found = self.closest(&TaxClass::standard(), place, day);
        }
        if found.is_empty() && !class.is_zero() {
            let (country, region) = (place.country(), place.region().cloned());
            return Err(NoTaxRule { class: class.clone(), country, region });
        }
        Ok(found.into_values().map(TaxRule::applied).collect())
    }

    /// The sum of the rates that hold together.
    pub fn combined_rate(&self, class: &TaxClass, place: &TaxPlace, day: Date) -> Result<TaxRate, NoTaxRule> {
        Ok(TaxRate::sum(self.rates(class, place, day)?.iter().map(|applied| applied.rate)))
    }

    /// The closest rule of each level.
    fn closest(&self, class: &TaxClass, place: &TaxPlace, day: Date) -> BTreeMap<TaxLevel, &TaxRule> {
        let mut found: BTreeMap<TaxLevel, (_, &TaxRule)> = BTreeMap::new();
        for rule in self.near(place).filter(|rule| rule.class == *class && rule.validity.holds_on(day)) {
            let Some(closeness) = rule.zone.closeness(place) else { continue };
            let rank = (closeness, rule.validity.from);
            match found.get(&rule.level) {
                Some((best, _)) if rank <= *best => {}
                _ => {
                    found.insert(rule.level, (rank, rule));
                }
            }
        }
        found.into_iter().map(|(level, (_, rule))| (level, rule)).collect()
    }

    /// Rules whose zones may hold the place.
    fn near(&self, place: &TaxPlace) -> impl Iterator<Item = &TaxRule> {
        let (own, other) = (place.country(), counts_as(place.country()));
        let countries = [None, Some(own), (other != own).then_some(other)];
        let mut keys: Vec<ZoneKey> = vec![(None, None)];
        for country in countries.into_iter().flatten() {
            keys.push((Some(country), None));
            keys.extend(place.region().map(|region| (Some(country), Some(region.clone()))));
        }
        keys.into_iter().filter_map(|key| self.by_zone.get(&key)).flatten().filter_map(|index| self.rules.get(*index))
    }
}

/// Finds two rules between which nothing could decide.
fn refuse_twice(rules: &[TaxRule]) -> Result<(), InvalidTaxTable> {
    let mut alike: BTreeMap<(&TaxClass, TaxLevel, &TaxZone), Vec<usize>> = BTreeMap::new();
    for (index, rule) in rules.iter().enumerate() {
        alike.entry((&rule.class, rule.level, &rule.zone)).or_default().push(index);
    }
    for mut group in alike.into_values() {
        // In the order of their first days it is enough to compare neighbours.
        group.sort_by_key(|index| (rules[*index].validity.from, *index));
        for pair in group.windows(2) {
            let (first, second) = (pair[0], pair[1]);
            if rules[first].validity.overlaps(rules[second].validity) {
                return Err(InvalidTaxTable::Twice { first, second });
            }
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::super::rule::{TaxName, Validity};
    use super::super::zone::PostcodePattern;
    use super::*;

    /// `country region postcode class level percent from until`, a dash for what is left out.
    fn rule(text: &str) -> TaxRule {
        let [country, region, postcode, class, level, percent, from, until] =
            <[&str; 8]>::try_from(text.split(' ').collect::<Vec<_>>()).unwrap();
        let postcodes = PostcodePattern::parse(postcode).ok().filter(|_| postcode != "-").into_iter().collect();
        TaxRule {
            class: TaxClass::parse(class).unwrap(),
            zone: TaxZone::new(Country::parse(country).ok(), RegionCode::parse(region).ok(), postcodes).unwrap(),
            level: TaxLevel::parse(level).unwrap(),
            name: TaxName::parse("tax").unwrap(),
            rate: TaxRate::parse_percent(percent).unwrap(),
            validity: Validity { from: from.parse().ok(), until: until.parse().ok() },
            source: String::new(),
            checked: None,
        }
    }

    fn table(rules: &[&str]) -> TaxTable {
        TaxTable::new(rules.iter().map(|text| rule(text)).collect()).unwrap()
    }

    /// The rates of `class country region postcode day`, joined by `+`; `none` where no rule is found.
    fn rates(table: &TaxTable, query: &str) -> String {
        let [class, country, region, postcode, day] =
            <[&str; 5]>::try_from(query.split(' ').collect::<Vec<_>>()).unwrap();
        let place = TaxPlace::new(Country::parse(country).unwrap(), region, postcode);
        match table.rates(&TaxClass::parse(class).unwrap(), &place, day.parse().unwrap()) {
            Ok(rates) => rates.iter().map(|applied| applied.rate.to_string()).collect::<Vec<_>>().join("+"),
            Err(_) => "none".to_owned(),
        }
    }

    #[test]
    fn the_closest_zone_of_the_day_wins() {
        let table = table(&[
            "PT - - standard country 23 - -",
            "PT - 9000..9499 standard country 22 - -",
            "PT - 9500..9999 standard country 16 - -",
            "PT - - books country 6 - -",
            "DE - - standard country 19 - 2020-06-30",
            "DE - - standard country 16 2020-07-01 2020-12-31",
            "DE - - standard country 19 2021-01-01 -",
            "- - - gifts country 0 - -",
            "- - - standard country 5 - -",
        ]);
        for (case, query, want) in [
            ("the country", "standard PT - 1000-001 2026-01-01", "23%"),
            ("Madeira", "standard PT - 9000-001 2026-01-01", "22%"),
            ("the Azores", "standard PT - 9999-999 2026-01-01", "16%"),
            ("a class goes before a zone", "books PT - 9500-001 2026-01-01", "6%"),
            ("a class without a rule is standard", "toys PT - 9500-001 2026-01-01", "16%"),
            ("the day before", "standard DE - 10115 2020-06-30", "19%"),
            ("the first day", "standard DE - 10115 2020-07-01", "16%"),
            ("the last day", "standard DE - 10115 2020-12-31", "16%"),
            ("the day after", "standard DE - 10115 2021-01-01", "19%"),
            ("everywhere, for a class", "gifts DE - 10115 2026-01-01", "0%"),
            ("zero needs no rule", "zero DE - 10115 2026-01-01", ""),
            ("everywhere else", "standard BR - - 2026-01-01", "5%"),
        ] {
            assert_eq!(rates(&table, query), want, "{case}");
        }
    }

    #[test]
    fn levels_add_up_and_each_has_its_closest_rule() {
        let table = table(&[
            "US NY - standard region 4 - -",
            "US NY 10001..10299 standard city 4.5 - -",
            "US NY 10001..10299 standard district 0.375 - -",
            "US NY 12* standard county 4 - -",
            "US NY 12201 standard county 3.5 - -",
            "US NY - clothing region 0 - -",
            "US TX - standard region 6.25 - -",
        ]);
        for (case, query, want) in [
            ("New York City", "standard US NY 10001 2026-01-01", "4%+4.5%+0.375%"),
            ("a county", "standard US NY 12345 2026-01-01", "4%+4%"),
            ("one postcode of it", "standard US NY 12201 2026-01-01", "4%+3.5%"),
            ("a class with a rule of its own takes no other's", "clothing US NY 10001 2026-01-01", "0%"),
            ("another state", "standard US TX 73301 2026-01-01", "6.25%"),
            ("a state without a rule", "standard US OR 97201 2026-01-01", "none"),
            ("a state that is not told", "standard US - 10001 2026-01-01", "none"),
            ("another country", "standard CA NY 10001 2026-01-01", "none"),
        ] {
            assert_eq!(rates(&table, query), want, "{case}");
        }
        let place = TaxPlace::new(Country::parse("US").unwrap(), "NY", "10001");
        let combined = table.combined_rate(&TaxClass::standard(), &place, "2026-01-01".parse().unwrap());
        assert_eq!(combined.map(TaxRate::millionths), Ok(88_750));
    }

    #[test]
    fn between_two_zones_as_close_the_later_beginning_decides() {
        let rules = ["DE - 10*|20* standard country 5 2025-01-01 -", "DE - 10* standard country 6 2026-01-01 -"];
        let mut rules: Vec<TaxRule> = rules.iter().map(|text| rule(&text.replace("|20*", ""))).collect();
        rules[0].zone = TaxZone::new(
            Country::parse("DE").ok(),
            None,
            ["10*", "20*"].map(|raw| PostcodePattern::parse(raw).unwrap()).to_vec(),
        )
        .unwrap();
        let found = |rules: Vec<TaxRule>| rates(&TaxTable::new(rules).unwrap(), "standard DE - 10115 2026-06-01");
        assert_eq!(found(rules.clone()), "6%");
        rules[1].validity.from = rules[0].validity.from;
        assert_eq!(found(rules), "5%", "then the first");
    }

    #[test]
    fn two_rules_between_which_nothing_decides_are_refused() {
        let twice = |rules: &[&str]| TaxTable::new(rules.iter().map(|text| rule(text)).collect()).err();
        let open = "DE - - standard country 19 - -";
        assert_eq!(
            twice(&[open, "DE - - standard country 16 2020-07-01 2020-12-31"]),
            Some(InvalidTaxTable::Twice { first: 0, second: 1 })
        );
        assert_eq!(
            twice(&["DE - - standard country 16 2020-07-01 -", "FR - - standard country 20 - -", open]),
            Some(InvalidTaxTable::Twice { first: 2, second: 0 })
        );
        assert_eq!(twice(&[open, "DE - - books country 7 - -", "DE - - standard city 1 - -"]), None);
        let many = vec![rule(open); TAX_RULES_MAX + 1];
        assert_eq!(TaxTable::new(many), Err(InvalidTaxTable::TooManyRules));
    }

    #[test]
    fn a_missing_rule_is_told_with_its_place() {
        let place = TaxPlace::new(Country::parse("US").unwrap(), "OR", "97201");
        let error = TaxTable::default().rates(&TaxClass::standard(), &place, Date::MIN).unwrap_err();
        assert_eq!(error.to_string(), "no tax rule for the class standard in US-OR: add one to the table");
    }
}
