//! The prices of a list, and how one becomes another one: what was charged before is kept.

use super::list::PriceList;
use crate::basket::Quantity;
use crate::catalogue::PriceRow;
use crate::ids::{PriceId, PriceListId, StockRecordId};
use crate::moment::Moment;
use crate::money::Money;

/// Prices of a stock record from one number of units on that a list keeps at most; of those that are over, the oldest
/// go.
pub const ENTRIES_KEPT_MAX: usize = 100;

/// A list's price of a stock record. Its time lies within the list's.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ListEntry {
    /// The list.
    pub list: PriceListId,
    /// What it is a price of.
    pub record: StockRecordId,
    /// From so many units on.
    pub minimum: Quantity,
    /// The amount, and its time.
    pub row: PriceRow,
}

/// What is to be written and what goes when a price of a list changes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct EntryChange {
    /// Entries that are new or end now.
    pub put: Vec<ListEntry>,
    /// Entries that were never charged, or are the oldest of too many.
    pub gone: Vec<PriceId>,
}

impl EntryChange {
    /// Whether nothing changes.
    pub fn is_empty(&self) -> bool {
        self.put.is_empty() && self.gone.is_empty()
    }
}

/// Gives a stock record another price in a list from now on, or none, from a number of units on. `entries` are all that
/// the list has of it from that number on; `id` is for an entry that is new.
pub fn set_listed_price(
    list: &PriceList,
    entries: &[ListEntry],
    (record, minimum): (StockRecordId, Quantity),
    amount: Option<Money>,
    now: Moment,
    id: PriceId,
) -> EntryChange {
    let open = entries.iter().find(|entry| entry.row.until.is_none_or(|until| now < until));
    if open.map(|entry| entry.row.amount) == amount {
        return EntryChange::default();
    }
    let mut change = EntryChange::default();
    if let Some(open) = open {
        let began = open.row.from.max(list.from());
        // Without a beginning it always was.
        if began.is_none_or(|began| began < now) && !list.is_over(now) {
            change.put.push(ListEntry { row: PriceRow { until: Some(now), ..open.row }, ..*open });
        } else {
            change.gone.push(open.row.id);
        }
    }
    if let Some(amount) = amount {
        let from = list.has_begun(now).then_some(now);
        let row = PriceRow { id, amount, from, until: None };
        change.put.push(ListEntry { list: list.id(), record, minimum, row });
    }
    let mut over: Vec<&ListEntry> =
        entries.iter().filter(|entry| entry.row.until.is_some_and(|at| at <= now)).collect();
    over.sort_by_key(|entry| (entry.row.until, entry.row.id));
    let excess = (entries.len() + 1).saturating_sub(ENTRIES_KEPT_MAX);
    change.gone.extend(over.iter().take(excess).map(|entry| entry.row.id));
    change
}
