//! Prices: a dated file in which every price names its unit and where it was read.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde::de::{Deserializer, Error as _};

use crate::item::{Item, Unit};
use crate::usd::Usd;

/// Largest price file, in bytes.
const FILE_BYTES_MAX: usize = 256 * 1024;

/// The prices of one region on one day. A price that is not in the file is not known: never 0.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PriceTable {
    /// The AWS region that they hold for.
    pub region: String,
    /// The day on which they were read, as `2026-11-29`.
    pub read_on: String,
    /// What somebody who reads a bill must know of all of them.
    pub note: String,
    prices: BTreeMap<Item, Rate>,
    plans: Plans,
    database_estimate: DatabaseEstimate,
    /// What servers that always run would cost, if somebody knows it.
    #[serde(default)]
    pub always_on: Option<AlwaysOn>,
}

/// The price of one item.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Rate {
    unit: Unit,
    #[serde(default = "one")]
    per: u64,
    #[serde(default)]
    usd: Option<Usd>,
    #[serde(default)]
    then: Vec<Tier>,
    #[serde(default)]
    free_a_month: u64,
    /// What limits it.
    #[serde(default)]
    pub note: Option<String>,
    /// Where it was read.
    pub source: String,
}

/// Another price from some quantity on.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Tier {
    /// It holds above so many units a month.
    pub above: u64,
    /// The price; none where it is not known.
    #[serde(default)]
    pub usd: Option<Usd>,
}

/// A plan of CloudFront with one price a month and no overage.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Plan {
    /// Its name.
    pub name: String,
    /// Its price a month.
    pub usd_a_month: Usd,
    /// Requests a month that it holds.
    pub requests: u64,
    /// GB a month that it holds.
    pub gb: u64,
}

/// Servers that run whether somebody shops or not.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AlwaysOn {
    /// What they are: `2 × …`.
    pub name: String,
    /// All of them, a month.
    pub usd_a_month: Usd,
    /// Where it was read.
    pub source: String,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Plans {
    source: String,
    list: Vec<Plan>,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct DatabaseEstimate {
    micro_dpu_a_statement: u32,
    source: String,
}

/// Why a file is no price table.
#[derive(Debug, thiserror::Error)]
pub enum PriceTableError {
    /// It is not the JSON that is expected; the message names field and line.
    #[error("prices: {0}")]
    Json(#[from] serde_json::Error),
    /// It is too long to be one.
    #[error("prices: {bytes} bytes, at most {FILE_BYTES_MAX} are read")]
    TooLong {
        /// Its length.
        bytes: usize,
    },
    /// A price is for something else than the item is counted in.
    #[error("prices: {item:?} is counted by {counted:?}, its price is for {priced:?}")]
    WrongUnit {
        /// The item.
        item: Item,
        /// What it is counted in.
        counted: Unit,
        /// What the file says.
        priced: Unit,
    },
    /// Tiers must rise, and a price must be for at least one.
    #[error("prices: {item:?} needs `per` of at least 1 and tiers that rise")]
    WrongTiers {
        /// The item.
        item: Item,
    },
}

impl PriceTable {
    /// The prices of us-east-1 that come with the program. (No list that was read had those of another region.)
    pub fn us_east_1() -> Self {
        Self::parse(include_str!("../prices/us-east-1.json")).expect("the file is part of the program and tested")
    }

    /// Reads a file like `prices/us-east-1.json`.
    pub fn parse(json: &str) -> Result<Self, PriceTableError> {
        if FILE_BYTES_MAX < json.len() {
            return Err(PriceTableError::TooLong { bytes: json.len() });
        }
        let table: Self = serde_json::from_str(json)?;
        for (item, rate) in &table.prices {
            if item.unit() != rate.unit {
                return Err(PriceTableError::WrongUnit { item: *item, counted: item.unit(), priced: rate.unit });
            }
            let rise = rate.then.iter().zip(rate.then.iter().skip(1)).all(|(low, high)| low.above < high.above);
            if rate.per == 0 || !rise {
                return Err(PriceTableError::WrongTiers { item: *item });
            }
        }
        Ok(table)
    }

    /// The price of an item, if anything is known of it.
    pub fn rate(&self, item: Item) -> Option<&Rate> {
        self.prices.get(&item)
    }

    /// The plans of CloudFront.
    pub fn plans(&self) -> &[Plan] {
        &self.plans.list
    }

    /// Where the plans were read.
    pub fn plans_source(&self) -> &str {
        &self.plans.source
    }

    /// Millionths of a DPU that so many statements are taken to need where nobody measured them.
    pub(crate) fn micro_dpu_of(&self, statements: u64) -> u128 {
        u128::from(statements) * u128::from(self.database_estimate.micro_dpu_a_statement)
    }

    /// How that estimate came about.
    pub(crate) fn database_estimate(&self) -> String {
        let DatabaseEstimate { micro_dpu_a_statement, source } = &self.database_estimate;
        let dpu = crate::shown::decimal(u128::from(*micro_dpu_a_statement), 1_000_000, 6);
        format!("not measured: {dpu} DPU a statement is taken, from {source}")
    }
}

impl Rate {
    /// What `grains` (see [`Unit::grains`]) cost if nothing is free; `None` where a price is not known. Tiers count
    /// from what is paid for.
    pub fn cost(&self, grains: u128) -> Option<Usd> {
        let unit = self.unit.grains();
        let mut tiers = vec![(0, self.usd)];
        tiers.extend(self.then.iter().map(|tier| (u128::from(tier.above) * unit, tier.usd)));
        let ends = tiers.iter().skip(1).map(|(above, _)| *above).chain([u128::MAX]);
        let mut total = Usd::ZERO;
        for ((above, usd), end) in tiers.iter().zip(ends) {
            let quantity = grains.min(end).saturating_sub(*above);
            if 0 < quantity {
                total = total + (*usd)?.for_quantity(quantity, unit * u128::from(self.per));
            }
        }
        Some(total)
    }

    /// What is left of `grains` when `months` of the free quantity are taken off.
    pub fn beyond_free(&self, grains: u128, months: u64) -> u128 {
        let free = u128::from(self.free_a_month) * u128::from(months);
        grains.saturating_sub(free.saturating_mul(self.unit.grains()))
    }

    /// Units free each month.
    pub fn free_a_month(&self) -> u64 {
        self.free_a_month
    }

    /// The first price and for how many units it is, if it is known.
    pub fn price(&self) -> Option<(Usd, u64)> {
        self.usd.map(|usd| (usd, self.per))
    }
}

impl<'de> Deserialize<'de> for Usd {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let text = String::deserialize(from)?;
        Self::parse(&text).map_err(D::Error::custom)
    }
}

fn one() -> u64 {
    1
}

#[cfg(test)]
mod tests {
    use super::*;

    fn usd(text: &str) -> Usd {
        Usd::parse(text).unwrap()
    }

    /// Each amount worked out by hand.
    #[test]
    fn prices_of_us_east_1() {
        let table = PriceTable::us_east_1();
        let million: u128 = 1_000_000;
        for (case, item, units, want) in [
            // 3.5 million × $0.20 / million
            ("requests of functions", Item::LambdaRequests, 3_500_000, Some("0.7")),
            // 1 million × 0.0000166667
            ("x86, first tier", Item::LambdaDurationX86, million, Some("16.6667")),
            // 6,000 million × 0.0000166667 = 100,000.2; 1,000 million × 0.000015 = 15,000
            ("x86, second tier", Item::LambdaDurationX86, 7_000 * million, Some("115000.2")),
            // 100,000.2 + 9,000 million × 0.000015 = 135,000 + 5,000 million × 0.000013334 = 66,670
            ("x86, third tier", Item::LambdaDurationX86, 20_000 * million, Some("301670.2")),
            // 1 million × 0.0000133334
            ("arm64", Item::LambdaDurationArm64, million, Some("13.3334")),
            // 7,500 million × 0.0000133334 = 100,000.5; 2,500 million × 0.0000120001 = 30,000.25
            ("arm64, second tier", Item::LambdaDurationArm64, 10_000 * million, Some("130000.75")),
            ("arm64, beyond what is known", Item::LambdaDurationArm64, 18_750 * million + 1, None),
            // 1,000 × 0.085
            ("transfer", Item::EdgeTransfer, 1_000, Some("85")),
            ("requests at the edge", Item::EdgeRequests, 1, None),
            // 2,500 × 0.005
            ("purges", Item::EdgePurges, 2_500, Some("12.5")),
            ("from the store to the edge", Item::StoreTransfer, 12, Some("0")),
            // 250,000 × 8 / million
            ("work of the database", Item::DatabaseUnits, 250_000, Some("2")),
            // 7 × 0.33
            ("storage of the database", Item::DatabaseStorage, 7, Some("2.31")),
        ] {
            let grains = units * item.unit().grains();
            assert_eq!(table.rate(item).unwrap().cost(grains), want.map(usd), "{case}");
        }
    }

    #[test]
    fn prices_that_nobody_stated_are_absent() {
        let table = PriceTable::us_east_1();
        for item in [Item::StorePuts, Item::StoreGets, Item::StoreStorage, Item::EdgeFunctionRuns, Item::Letters] {
            assert!(table.rate(item).is_none(), "{item:?}");
        }
    }

    #[test]
    fn what_is_free_is_taken_off_before_the_price() {
        let table = PriceTable::us_east_1();
        let gb_second = Unit::GbSecond.grains();
        for (case, item, grains, months, want) in [
            ("all free", Item::LambdaRequests, 1_000_000, 1, 0),
            ("one more", Item::LambdaRequests, 1_000_001, 1, 1),
            ("two months", Item::LambdaRequests, 2_000_001, 2, 1),
            ("GB-seconds", Item::LambdaDurationX86, 400_001 * gb_second, 1, gb_second),
            ("1 TB", Item::EdgeTransfer, (1_024 << 30) + 7, 1, 7),
        ] {
            assert_eq!(table.rate(item).unwrap().beyond_free(grains, months), want, "{case}");
        }
    }

    #[test]
    fn a_statement_is_taken_as_six_hundredths_of_a_dpu() {
        assert_eq!(PriceTable::us_east_1().micro_dpu_of(1_000_000), 60_000 * 1_000_000);
    }

    #[test]
    fn faulty_tables_are_refused_by_name() {
        let table = include_str!("../prices/us-east-1.json");
        for (case, from, to, want) in [
            ("another unit", r#""unit": "GB", "usd": "0.085""#, r#""unit": "request", "usd": "0.085""#, "EdgeTransfer"),
            ("an unknown item", "\"store_transfer\"", "\"stork_transfer\"", "stork_transfer"),
            ("no decimal", "\"0.085\"", "\"8,5 cents\"", "8,5 cents"),
            ("per nothing", "\"per\": 1000000", "\"per\": 0", "at least 1"),
            ("tiers that fall", "\"above\": 15000000000", "\"above\": 1", "rise"),
        ] {
            let error = PriceTable::parse(&table.replace(from, to)).unwrap_err().to_string();
            assert!(error.contains(want), "{case}: {error}");
        }
    }
}
