//! A bill: quantities of a tally, priced line by line.

use crate::counts::{Counts, ServiceCounts};
use crate::item::{Item, MONTH_MS_WHOLE, Service};
use crate::prices::PriceTable;
use crate::usd::Usd;

/// A month, as clouds reckon it: 730 hours, in milliseconds.
pub const MONTH_MS: u64 = MONTH_MS_WHOLE;
/// From this span on a month is projected; what happened in fewer seconds says nothing about one.
pub const PROJECTION_SPAN_MS_MIN: u64 = 10_000;

/// What functions run on: their GB-seconds have different prices.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Architecture {
    /// x86-64.
    #[default]
    X86,
    /// Graviton.
    Arm64,
}

/// What a shop has cost over a span of time, and would cost in a month that goes on like it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Bill {
    /// The span, in milliseconds.
    pub span_ms: u64,
    /// A line for each item, in the order of services, also where nothing was used.
    pub lines: Vec<Line>,
    /// All lines so far. A whole month's free quantities are taken off, as on the first of a month.
    pub so_far: Total,
    /// All lines in a month at this rate; none before [`PROJECTION_SPAN_MS_MIN`].
    pub month: Option<Total>,
}

/// A line of a bill.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line {
    /// What it is for.
    pub item: Item,
    /// Used so far, in the item's smallest quantity ([`Unit::grains`](crate::Unit::grains)).
    pub grains: u128,
    /// What that costs.
    pub so_far: Charge,
    /// What a month at this rate uses.
    pub month_grains: Option<u128>,
    /// What a month at this rate costs.
    pub month: Option<Charge>,
    /// What one must know of this line.
    pub note: Option<String>,
}

/// The amount of a line; none where a price is not known and something is to be paid.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Charge {
    /// If nothing were free.
    pub before_free: Option<Usd>,
    /// What is paid.
    pub after_free: Option<Usd>,
}

/// The sum of a bill.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Total {
    /// If nothing were free.
    pub before_free: Sum,
    /// What is paid.
    pub after_free: Sum,
}

/// A sum of amounts, and what it lacks.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Sum {
    /// The amounts that are known: at least this.
    pub amount: Usd,
    /// Items whose price is not known, of which something is to be paid.
    pub not_known: Vec<Item>,
}

impl Bill {
    /// Prices what was counted in `span_ms`.
    pub fn new(counts: &Counts, span_ms: u64, prices: &PriceTable, architecture: Architecture) -> Self {
        let lines: Vec<Line> = quantities(counts, prices, architecture)
            .into_iter()
            .map(|(item, quantity)| line(item, quantity, span_ms, prices, counts))
            .collect();
        let so_far = lines.iter().map(|line| (line.item, line.so_far)).collect();
        let month = lines.iter().map(|line| line.month.map(|charge| (line.item, charge))).collect();
        Self { span_ms, lines, so_far, month }
    }

    /// The lines of a service.
    pub fn of_service(&self, service: Service) -> impl Iterator<Item = &Line> {
        self.lines.iter().filter(move |line| line.item.service() == service)
    }

    /// The line of an item; none for the architecture that functions do not run on.
    pub fn line(&self, item: Item) -> Option<&Line> {
        self.lines.iter().find(|line| line.item == item)
    }
}

impl FromIterator<(Item, Charge)> for Total {
    fn from_iter<I: IntoIterator<Item = (Item, Charge)>>(charges: I) -> Self {
        let mut total = Self::default();
        for (item, charge) in charges {
            total.before_free.add(item, charge.before_free);
            total.after_free.add(item, charge.after_free);
        }
        total
    }
}

impl Sum {
    /// Whether nothing is missing.
    pub fn is_complete(&self) -> bool {
        self.not_known.is_empty()
    }

    pub(crate) fn add(&mut self, item: Item, amount: Option<Usd>) {
        match amount {
            Some(amount) => self.amount = self.amount + amount,
            None => self.not_known.push(item),
        }
    }
}

/// How much was used, in grains.
#[derive(Clone, Copy)]
enum Quantity {
    /// Grows with what happens.
    Used(u128),
    /// The same, of which a part stops in each month when there is so much of it.
    PartBounded { grains: u128, part: u128, monthly_max: u128 },
    /// Bytes that are kept: each millisecond costs.
    Kept(u64),
}

impl Quantity {
    fn in_span(self, span_ms: u64) -> u128 {
        match self {
            Self::Used(grains) | Self::PartBounded { grains, .. } => grains,
            Self::Kept(bytes) => u128::from(bytes) * u128::from(span_ms),
        }
    }

    /// In a month at this rate, rounded up to whole grains.
    fn in_month(self, span_ms: u64) -> u128 {
        match self {
            Self::Used(grains) => grains.saturating_mul(MONTH_MS.into()).div_ceil(span_ms.max(1).into()),
            Self::PartBounded { grains, part, monthly_max } => {
                let month = |grains| Self::Used(grains).in_month(span_ms);
                month(grains - part).saturating_add(month(part).min(monthly_max.max(part)))
            }
            Self::Kept(bytes) => u128::from(bytes) * u128::from(MONTH_MS),
        }
    }
}

/// Every item with what was used of it.
fn quantities(counts: &Counts, prices: &PriceTable, architecture: Architecture) -> Vec<(Item, Quantity)> {
    use Quantity::{Kept, Used};
    let Counts { invocations, edge, services, .. } = counts;
    let duration = match architecture {
        Architecture::X86 => Item::LambdaDurationX86,
        Architecture::Arm64 => Item::LambdaDurationArm64,
    };
    let micro_dpu = match services.database_micro_dpu {
        0 => prices.micro_dpu_of(services.database_statements),
        measured => measured.into(),
    };
    vec![
        (Item::LambdaRequests, Used(invocations.count.into())),
        (duration, Used(invocations.billed_mb_ms.into())),
        (Item::EdgeRequests, Used(edge.requests.into())),
        (Item::EdgeTransfer, Used(edge.bytes_out.into())),
        (Item::EdgePurges, purges(services)),
        (Item::EdgeFunctionRuns, Used(edge.function_runs.into())),
        (Item::EdgeKeyValueReads, Used(edge.key_value_reads.into())),
        (Item::StorePuts, Used(services.store_puts.into())),
        (Item::StoreGets, Used(services.store_gets.into())),
        (Item::StoreStorage, Kept(services.store_bytes_now)),
        (Item::StoreTransfer, Used(services.store_bytes_out.into())),
        (Item::DatabaseUnits, Used(micro_dpu)),
        (Item::DatabaseStorage, Kept(services.database_bytes_now)),
        (Item::Letters, Used(services.letters.into())),
    ]
}

/// What is dropped for stock stops when the month's are used up; a span of minutes at the rate of a sale does not go on.
fn purges(services: &ServiceCounts) -> Quantity {
    let grains = u128::from(services.purged_paths) + u128::from(services.purged_tags);
    match services.stock_purges_monthly {
        // Some may have been told of that are not dropped yet.
        Some(most) => {
            let part = u128::from(services.stock_purges).min(grains);
            Quantity::PartBounded { grains, part, monthly_max: most.into() }
        }
        None => Quantity::Used(grains),
    }
}

fn line(item: Item, quantity: Quantity, span_ms: u64, prices: &PriceTable, counts: &Counts) -> Line {
    let grains = quantity.in_span(span_ms);
    let month_grains = (PROJECTION_SPAN_MS_MIN <= span_ms).then(|| quantity.in_month(span_ms));
    let estimated = item == Item::DatabaseUnits
        && counts.services.database_micro_dpu == 0
        && 0 < counts.services.database_statements;
    let stock_purges = counts.services.stock_purges_monthly.filter(|_| 0 < counts.services.stock_purges);
    let note = match (item, stock_purges) {
        _ if estimated => Some(prices.database_estimate()),
        (Item::EdgePurges, Some(most)) => Some(format!(
            "of a month's, those for stock alone are {} at most, as the shop is set",
            crate::shown::whole(most.into())
        )),
        _ => prices.rate(item).and_then(|rate| rate.note.clone()),
    };
    Line {
        item,
        grains,
        so_far: charge(item, grains, span_ms.div_ceil(MONTH_MS).max(1), prices),
        month_grains,
        month: month_grains.map(|grains| charge(item, grains, 1, prices)),
        note,
    }
}

/// Nothing costs nothing, whether its price is known or not.
fn charge(item: Item, grains: u128, months: u64, prices: &PriceTable) -> Charge {
    let cost = |grains| match (grains, prices.rate(item)) {
        (0, _) => Some(Usd::ZERO),
        (_, None) => None,
        (_, Some(rate)) => rate.cost(grains),
    };
    let beyond_free = prices.rate(item).map_or(grains, |rate| rate.beyond_free(grains, months));
    Charge { before_free: cost(grains), after_free: cost(beyond_free) }
}

#[cfg(test)]
mod tests;
