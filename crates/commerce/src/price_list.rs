//! Price lists: other prices than a stock record's own, for a market, for customers of a group, from a number of units
//! on, or for a time.
//!
//! The rule stands at [`best_price`]; [`list`] says what a list is and how it may change, [`entry`] how one of its
//! prices becomes another one so that what was charged before stays known.

pub mod entry;
pub mod list;

pub use entry::{EntryChange, ListEntry, set_listed_price};
pub use list::{InvalidPriceList, ListRefused, PriceEffect, PriceList, PriceListParts};

use crate::basket::Quantity;
use crate::catalogue::PriceRow;
use crate::catalogue::stock_record::{PRIOR_PRICE_MS, price_in_force, prior_of};
use crate::ids::{CustomerGroupId, PriceId, PriceListId};
use crate::market::MarketCode;
use crate::moment::Moment;
use crate::money::{Currency, Money};
use std::cmp::Reverse;
use std::sync::Arc;

/// Price lists that a store has at most, those that are over included.
pub const PRICE_LISTS_MAX: usize = 200;
/// Quantities from which one stock record may have a price of its own in one list.
pub const TIERS_MAX: usize = 16;
/// How long a list that is over is kept, in milliseconds: a sale may go on for long, and what was charged in the 30 days
/// before it began must be known as long.
pub const LIST_KEPT_MS: i64 = 365 * 24 * 3_600_000;

/// A price of a list, with the list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ListedPrice {
    /// The list.
    pub list: Arc<PriceList>,
    /// Its price of a stock record.
    pub entry: ListEntry,
}

/// What a price hangs on beside the stock record.
#[derive(Clone, Copy, Debug)]
pub struct PriceFacts<'a> {
    /// What is paid in.
    pub currency: Currency,
    /// Where it is bought; none for what counts in every market.
    pub market: Option<&'a MarketCode>,
    /// Groups that the shopper belongs to; none on a page that everybody is shown.
    pub groups: &'a [CustomerGroupId],
    /// Units of the stock record in the basket, those of all lines together: what a shopper has engraved on each makes
    /// lines of their own, and the goods are the same. Variants of one product are other goods with prices of their own,
    /// so they do not count together.
    pub quantity: Quantity,
    /// When.
    pub now: Moment,
}

/// What a unit costs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BestPrice {
    /// The amount, as entered.
    pub amount: Money,
    /// Where it comes from.
    pub origin: PriceOrigin,
}

/// Where a price comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PriceOrigin {
    /// A price of the stock record's own.
    StockRecord(PriceId),
    /// A price list.
    List {
        /// The list.
        list: PriceListId,
        /// Its price.
        price: PriceId,
    },
}

/// What a unit costs from a number of units on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Tier {
    /// From so many units on.
    pub minimum: Quantity,
    /// The amount, as entered.
    pub amount: Money,
}

impl ListedPrice {
    /// Whether the list is meant for this currency, market and shopper, whenever it is in force.
    fn is_for(&self, facts: &PriceFacts<'_>) -> bool {
        let list = &self.list;
        list.currency() == facts.currency
            && list.market().is_none_or(|market| Some(market) == facts.market)
            && list.group().is_none_or(|group| facts.groups.contains(&group))
    }

    fn is_lawful(&self, facts: &PriceFacts<'_>) -> bool {
        self.is_for(facts)
            && self.list.is_valid(facts.now)
            && self.entry.row.is_valid(facts.now)
            && self.entry.minimum <= facts.quantity
            && !self.entry.row.amount.is_negative()
            && self.entry.row.amount.currency() == facts.currency
    }

    /// Whether the stock record's own prices do not count beside it.
    fn replaces(&self) -> bool {
        self.list.effect() == PriceEffect::Replaces && self.entry.minimum == Quantity::ONE
    }

    /// The moments at which it begins or ends.
    fn changes(&self) -> impl Iterator<Item = Moment> {
        [self.list.from(), self.list.until(), self.entry.row.from, self.entry.row.until].into_iter().flatten()
    }

    fn is_temporary(&self) -> bool {
        self.list.until().or(self.entry.row.until).is_some()
    }
}

/// The price of a unit: the lowest lawful one.
///
/// Lawful are those that are in force now, in the currency, for the market or for all, for everybody or for a group that
/// the shopper belongs to, and whose number of units is reached. The stock record's own prices are lawful for everybody
/// from one unit on, unless a list that replaces them ([`PriceEffect::Replaces`]) has a lawful price from one unit on.
/// Every other price only lowers: where there is nothing that it could lower, the product is not for sale.
///
/// Of equal ones the more specific counts (a list before the stock record's own, one for a group before one for a market
/// before one for all), then that of the older list, then the older price. So more units never cost more a unit, and a
/// list that only lowers never makes anything dearer.
pub fn best_price(base: &[PriceRow], listed: &[ListedPrice], facts: &PriceFacts<'_>) -> Option<BestPrice> {
    find_best(base, listed, facts).map(|(best, _)| best)
}

/// The same with the price of the list that it is, if it is one.
fn find_best<'l>(
    base: &[PriceRow],
    listed: &'l [ListedPrice],
    facts: &PriceFacts<'_>,
) -> Option<(BestPrice, Option<&'l ListedPrice>)> {
    let lawful: Vec<&ListedPrice> = listed.iter().filter(|price| price.is_lawful(facts)).collect();
    let is_replaced = lawful.iter().any(|price| price.replaces());
    let own = price_in_force(base, facts.currency, facts.now).filter(|_| !is_replaced);
    if own.is_none() && !is_replaced {
        return None;
    }
    let lowest = lawful.into_iter().min_by_key(|price| {
        let (list, row) = (&price.list, &price.entry.row);
        (row.amount.minor(), Reverse(list.specificity()), list.created_at(), list.id(), row.id)
    });
    let of_list = lowest.filter(|price| own.is_none_or(|own| price.entry.row.amount.minor() <= own.amount.minor()));
    match (of_list, own) {
        (Some(price), _) => {
            let origin = PriceOrigin::List { list: price.list.id(), price: price.entry.row.id };
            Some((BestPrice { amount: price.entry.row.amount, origin }, Some(price)))
        }
        (None, Some(own)) => Some((BestPrice { amount: own.amount, origin: PriceOrigin::StockRecord(own.id) }, None)),
        (None, None) => None,
    }
}

/// Prices by the number of units: of one unit first, then each that is lower than the one before, whatever quantity the
/// facts say. Empty where it is not for sale.
pub fn price_tiers(base: &[PriceRow], listed: &[ListedPrice], facts: &PriceFacts<'_>) -> Vec<Tier> {
    let minimums = listed.iter().filter(|price| price.is_for(facts)).map(|price| price.entry.minimum);
    let mut minimums: Vec<Quantity> = minimums.chain([Quantity::ONE]).collect();
    minimums.sort_unstable();
    minimums.dedup();
    let mut tiers: Vec<Tier> = Vec::new();
    for minimum in minimums {
        let Some(best) = best_price(base, listed, &PriceFacts { quantity: minimum, ..*facts }) else { continue };
        if tiers.last().is_none_or(|last| best.amount.minor() < last.amount.minor()) {
            tiers.push(Tier { minimum, amount: best.amount });
        }
    }
    tiers
}

/// What stands beside the reduced price of a unit: the lowest one of the 30 days before the reduction, if it was higher
/// (Directive 98/6/EC, art. 6a), among all that this market's shoppers were charged, by lists or without.
///
/// A reduction is told as long as it lasts where it is meant to end: while a dearer price of the stock record's own is in
/// force beside a lower one, or while the list that reduces it has an end. A price that simply became lower, as by a list
/// without an end, is told as a reduction for 30 days.
pub fn listed_prior_price(base: &[PriceRow], listed: &[ListedPrice], facts: &PriceFacts<'_>) -> Option<Money> {
    let one = PriceFacts { quantity: Quantity::ONE, ..*facts };
    let (best, of_list) = find_best(base, listed, &one)?;
    let own = base.iter().filter(|row| row.amount.currency() == facts.currency);
    let is_sale = match of_list {
        Some(price) => price.is_temporary(),
        None => own.clone().any(|row| row.is_valid(facts.now) && best.amount.minor() < row.amount.minor()),
    };
    let of_lists = listed.iter().filter(|price| price.is_for(&one)).flat_map(ListedPrice::changes);
    let changes: Vec<Moment> = own.flat_map(|row| [row.from, row.until]).flatten().chain(of_lists).collect();
    let charged = |at: Moment| best_price(base, listed, &PriceFacts { now: at, ..one }).map(|price| price.amount);
    prior_of(&changes, charged, is_sale, facts.now)
}

/// The earliest moment after `now` at which a price of a list begins, ends, or is told as a reduction no longer.
pub fn next_listed_change(listed: &[ListedPrice], now: Moment) -> Option<Moment> {
    let moments = listed.iter().flat_map(ListedPrice::changes);
    moments.flat_map(|at| [at, at.plus_ms(PRIOR_PRICE_MS)]).filter(|at| now < *at).min()
}

#[cfg(test)]
mod laws;
#[cfg(test)]
mod tests;
