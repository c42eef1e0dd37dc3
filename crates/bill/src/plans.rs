//! The same month paid in different ways.

use crate::bill::{Bill, Sum};
use crate::item::Item;
use crate::prices::{Plan, PriceTable};
use crate::usd::Usd;

/// What a plan replaces: requests, transfer and edge functions are included. (Whether purges and key-value reads are, no
/// list that was read says; they stay as metered.)
const INCLUDED: [Item; 3] = [Item::EdgeRequests, Item::EdgeTransfer, Item::EdgeFunctionRuns];

/// A month at this rate, metered and with each of CloudFront's plans.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Comparison {
    /// Ways to pay: metered first, then the plans, cheapest price first.
    pub choices: Vec<Choice>,
}

/// One way to pay.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Choice {
    /// What it is called.
    pub name: String,
    /// Its price a month; none for what is metered.
    pub price: Option<Usd>,
    /// Requests and GB a month that it holds; none where there is no limit.
    pub limit: Option<(u64, u64)>,
    /// Whether it holds this traffic.
    pub holds: bool,
    /// The whole bill of a month with it, other services included.
    pub total: Sum,
}

impl Comparison {
    /// Compares; none where the span is too short for a month.
    pub fn new(bill: &Bill, prices: &PriceTable) -> Option<Self> {
        let metered = bill.month.as_ref()?.after_free.clone();
        let requests = bill.line(Item::EdgeRequests)?.month_grains?;
        let bytes = bill.line(Item::EdgeTransfer)?.month_grains?;
        let mut rest = Sum::default();
        for line in bill.lines.iter().filter(|line| !INCLUDED.contains(&line.item)) {
            rest.add(line.item, line.month?.after_free);
        }
        let with_plan = |plan: &Plan| Choice {
            name: format!("CloudFront plan {}", plan.name),
            price: Some(plan.usd_a_month),
            limit: Some((plan.requests, plan.gb)),
            holds: requests <= plan.requests.into() && bytes <= u128::from(plan.gb) << 30,
            total: Sum { amount: rest.amount + plan.usd_a_month, ..rest.clone() },
        };
        let mut plans: Vec<Choice> = prices.plans().iter().map(with_plan).collect();
        plans.sort_by_key(|choice| choice.price);
        let pay_as_you_go =
            Choice { name: "Pay as you go".to_owned(), price: None, limit: None, holds: true, total: metered };
        Some(Self { choices: std::iter::once(pay_as_you_go).chain(plans).collect() })
    }

    /// The way that holds the traffic and is certainly no dearer than any other; none where a price that is not known
    /// could change that. Prices that both lack cancel out.
    pub fn cheapest(&self) -> Option<&Choice> {
        let held = self.choices.iter().filter(|choice| choice.holds);
        held.clone().find(|one| held.clone().all(|other| one.is_no_dearer_than(other)))
    }

    /// Items whose price is missing only in some ways: why the cheapest cannot be told.
    pub(crate) fn differently_known(&self) -> Vec<Item> {
        let held: Vec<&Choice> = self.choices.iter().filter(|choice| choice.holds).collect();
        let mut items: Vec<Item> = held.iter().flat_map(|choice| choice.total.not_known.clone()).collect();
        items.retain(|item| held.iter().any(|choice| !choice.total.not_known.contains(item)));
        items.sort_unstable();
        items.dedup();
        items
    }
}

impl Choice {
    fn is_no_dearer_than(&self, other: &Self) -> bool {
        let known = self.total.not_known.iter().all(|item| other.total.not_known.contains(item));
        known && self.total.amount <= other.total.amount
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bill::{Architecture, MONTH_MS};
    use crate::counts::Counts;

    fn comparison(requests: u64, gb: u64, letters: u64) -> Comparison {
        let mut counts = Counts::default();
        counts.edge.requests = requests;
        counts.edge.bytes_out = gb << 30;
        counts.services.letters = letters;
        counts.services.purged_tags = 2_000;
        let prices = PriceTable::us_east_1();
        Comparison::new(&Bill::new(&counts, MONTH_MS, &prices, Architecture::X86), &prices).unwrap()
    }

    /// 2,000 purges are 1,000 × $0.005 = $5 in each row.
    #[test]
    fn the_cheapest_way_that_holds_the_traffic() {
        for (case, requests, gb, cheapest, total) in [
            ("within what is free", 1_000_000, 100, "Pay as you go", "5"),
            ("too many requests for the free plan", 1_000_001, 100, "Pay as you go", "5"),
            // 1,124 GB are 100 × 0.085 = 8.50 metered
            ("a little transfer", 9_000_000, 1_124, "Pay as you go", "13.5"),
            // 2,024 GB are 1,000 × 0.085 = 85 metered
            ("much transfer", 9_000_000, 2_024, "CloudFront plan Pro", "20"),
            // 4,024 GB are 3,000 × 0.085 = 255 metered, whatever the requests cost on top
            ("dearer even without what is not known", 100_000_000, 4_024, "CloudFront plan Business", "205"),
            ("more than any plan holds", 600_000_000, 10, "Pay as you go", "5"),
        ] {
            let comparison = comparison(requests, gb, 0);
            let choice = comparison.cheapest().unwrap();
            assert_eq!((choice.name.as_str(), choice.total.amount), (cheapest, Usd::parse(total).unwrap()), "{case}");
        }
    }

    #[test]
    fn what_is_not_known_is_never_called_cheapest() {
        let comparison = comparison(100_000_000, 10, 1);
        assert_eq!(comparison.cheapest(), None);
        assert_eq!(comparison.differently_known(), [Item::EdgeRequests]);
    }

    #[test]
    fn what_a_plan_does_not_include_stays() {
        let comparison = comparison(100, 1, 3);
        for choice in &comparison.choices {
            assert_eq!(choice.total.not_known, [Item::Letters], "{}", choice.name);
        }
    }
}
