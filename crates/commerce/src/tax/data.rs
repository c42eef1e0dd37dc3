//! The tables that come with the program, for a store to begin with. What they are made from and what is uncertain stands
//! in `data/tax/README.md`.

/// VAT of the Union's member states and of Northern Ireland, as a [table's file](super::file).
pub const EU_VAT: &str = include_str!("../../data/tax/eu-vat.csv");

/// Sales tax of the states of the USA, without what counties, towns and districts add.
pub const US_STATES: &str = include_str!("../../data/tax/us-states.csv");

#[cfg(test)]
mod tests {
    use super::super::class::TaxClass;
    use super::super::file::parse_rules;
    use super::super::place::TaxPlace;
    use super::super::table::TaxTable;
    use super::super::territory::EU_MEMBERS;
    use super::*;
    use crate::address::Country;

    fn rate(table: &TaxTable, class: &str, place: (&str, &str, &str), day: &str) -> Option<String> {
        let (country, region, postcode) = place;
        let place = TaxPlace::new(Country::parse(country).unwrap(), region, postcode);
        let class = TaxClass::parse(class).unwrap();
        table.combined_rate(&class, &place, day.parse().unwrap()).ok().map(|rate| rate.to_string())
    }

    fn shipped() -> TaxTable {
        let rules = [EU_VAT, US_STATES].map(|file| parse_rules(file).unwrap());
        TaxTable::new(rules.into_iter().flatten().map(|(_, rule)| rule).collect()).unwrap()
    }

    #[test]
    fn the_shipped_tables_hold_the_rates_of_2026() {
        let table = shipped();
        for (case, class, place, want) in [
            ("Germany", "standard", ("DE", "", "10115"), Some("19%")),
            ("books in Germany", "books", ("DE", "", "10115"), Some("7%")),
            ("books in Czechia", "books", ("CZ", "", "110 00"), Some("0%")),
            ("Finland", "standard", ("FI", "", "00100"), Some("25.5%")),
            ("Hungary", "standard", ("HU", "", "1011"), Some("27%")),
            ("Romania since 2025", "standard", ("RO", "", "010001"), Some("21%")),
            ("Jungholz", "standard", ("AT", "", "6691"), Some("19%")),
            ("the Azores", "standard", ("PT", "", "9500-001"), Some("16%")),
            ("Monaco", "standard", ("MC", "", "98000"), Some("20%")),
            ("Belfast", "standard", ("GB", "", "BT1 1AA"), Some("20%")),
            ("London has its own tables", "standard", ("GB", "", "SW1A 1AA"), None),
            ("Minnesota", "standard", ("US", "MN", "55401"), Some("6.875%")),
            ("Oregon", "standard", ("US", "Oregon", "97201"), Some("0%")),
            ("Norway", "standard", ("NO", "", "0150"), None),
        ] {
            assert_eq!(rate(&table, class, place, "2026-11-30").as_deref(), want, "{case}");
        }
    }

    #[test]
    fn no_state_has_a_gap_in_the_years_to_come() {
        let table = shipped();
        let regions: Vec<String> =
            table.rules().iter().filter_map(|rule| rule.zone.region()).map(ToString::to_string).collect();
        let members = EU_MEMBERS.iter().map(|country| (*country, ""));
        let states = regions.iter().map(|region| ("US", region.as_str()));
        for (country, region) in members.chain(states) {
            for day in ["2026-09-30", "2026-10-01", "2027-07-01", "2029-12-31", "2030-01-01"] {
                let found = rate(&table, "standard", (country, region, ""), day);
                assert!(found.is_some(), "{country} {region} on {day}");
            }
        }
        let distinct: std::collections::BTreeSet<&String> = regions.iter().collect();
        assert_eq!(distinct.len(), 51, "fifty states and the district");
    }

    #[test]
    fn every_line_says_where_it_comes_from() {
        for file in [EU_VAT, US_STATES] {
            for (line, rule) in parse_rules(file).unwrap() {
                assert!(!rule.source.is_empty(), "line {line} names no source");
                let compared = !rule.source.starts_with("not compared");
                assert_eq!(rule.checked.is_some(), compared, "line {line}: a day only where a source was compared");
            }
        }
    }
}
