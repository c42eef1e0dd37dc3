//! A basket while offers are applied to it: what each line costs, and who has taken how many of its units.

use super::book::Entry;
use super::facts::OfferLine;
use crate::basket::BASKET_LINES_MAX;
use std::cmp::Reverse;
use std::collections::HashMap;

/// Words of a [`LineSet`]: enough bits for [`BASKET_LINES_MAX`] lines.
const WORDS: usize = BASKET_LINES_MAX.div_ceil(64);

/// A set of a basket's lines by their places.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct LineSet([u64; WORDS]);

impl LineSet {
    pub(super) const EMPTY: Self = Self([0; WORDS]);

    /// The first so many lines.
    pub(super) fn first(count: usize) -> Self {
        let mut set = Self::EMPTY;
        (0..count).for_each(|place| set.insert(place));
        set
    }

    pub(super) fn insert(&mut self, place: usize) {
        if let Some(word) = self.0.get_mut(place / 64) {
            *word |= 1 << (place % 64);
        }
    }

    pub(super) fn remove(&mut self, place: usize) {
        if let Some(word) = self.0.get_mut(place / 64) {
            *word &= !(1 << (place % 64));
        }
    }

    pub(super) fn contains(&self, place: usize) -> bool {
        self.0.get(place / 64).is_some_and(|word| word & (1 << (place % 64)) != 0)
    }

    pub(super) fn and(mut self, other: Self) -> Self {
        self.0.iter_mut().zip(other.0).for_each(|(word, other)| *word &= other);
        self
    }

    pub(super) fn or(mut self, other: Self) -> Self {
        self.0.iter_mut().zip(other.0).for_each(|(word, other)| *word |= other);
        self
    }
}

/// A line.
#[derive(Clone, Debug)]
pub(super) struct LineState {
    /// Unit price in minor units.
    pub(super) price: i64,
    pub(super) quantity: u32,
    /// Place of the first line with the same product.
    pub(super) product: usize,
    /// What offers have taken off.
    pub(super) discount: i64,
    /// Units that offers have taken. Units of offers that share the line are taken to be others as long as there are
    /// others, as in Oscar.
    pub(super) taken: u32,
    /// Units that exclusive offers have taken.
    by_exclusive: u32,
    /// Places of the offers that are not exclusive and have taken units.
    sharers: Vec<usize>,
    /// Whether one of these names partners.
    restricted: bool,
    /// Place of the offer that took units first.
    pub(super) first_taker: Option<usize>,
}

impl LineState {
    /// What so many of its units cost before discounts. It fits, for facts are checked.
    pub(super) fn worth(&self, units: u32) -> i64 {
        self.price.saturating_mul(i64::from(units))
    }

    /// What is left of its price.
    pub(super) fn room(&self) -> i64 {
        self.worth(self.quantity).saturating_sub(self.discount)
    }

    /// Units that an offer may take (Oscar's `LineOfferConsumer.available`).
    ///
    /// Exclusive offers share a line among themselves by unit, and with no other; the rest share units, if
    /// those of them that name partners name each other.
    fn free_for(&self, entry: &Entry, entries: &[Entry]) -> u32 {
        if entry.offer.is_exclusive() {
            return if self.sharers.is_empty() { self.quantity - self.by_exclusive.min(self.quantity) } else { 0 };
        }
        let parted = |sharer: &usize| {
            let restricts = entry.restricts || entries.get(*sharer).is_some_and(|sharer| sharer.restricts);
            restricts && entry.partners.binary_search(sharer).is_err()
        };
        let blocked = (entry.restricts || self.restricted) && self.sharers.iter().any(parted);
        if self.by_exclusive > 0 || blocked { 0 } else { self.quantity }
    }
}

/// A basket's lines.
#[derive(Clone, Debug)]
pub(super) struct Board {
    /// In the order given.
    pub(super) lines: Vec<LineState>,
    /// Places by price, cheapest first; of one price in the order given.
    pub(super) cheapest: Vec<usize>,
    /// Places by price, dearest first; of one price in the order given.
    pub(super) dearest: Vec<usize>,
    /// Lines that offers may count.
    pub(super) discountable: LineSet,
    /// Of these, lines that cost something: what is free is never discounted.
    pub(super) priced: LineSet,
}

impl Board {
    pub(super) fn new(lines: &[OfferLine]) -> Self {
        let mut products = HashMap::new();
        let (mut discountable, mut priced) = (LineSet::EMPTY, LineSet::EMPTY);
        let mut states = Vec::with_capacity(lines.len());
        for (place, line) in lines.iter().enumerate() {
            let price = line.unit_price.minor();
            if line.discountable {
                discountable.insert(place);
                if price > 0 {
                    priced.insert(place);
                }
            }
            states.push(LineState {
                price,
                quantity: line.quantity.get(),
                product: *products.entry(line.product.product).or_insert(place),
                discount: 0,
                taken: 0,
                by_exclusive: 0,
                sharers: Vec::new(),
                restricted: false,
                first_taker: None,
            });
        }
        let mut cheapest: Vec<usize> = (0..states.len()).collect();
        let mut dearest = cheapest.clone();
        cheapest.sort_by_key(|place| states[*place].price);
        dearest.sort_by_key(|place| Reverse(states[*place].price));
        Self { lines: states, cheapest, dearest, discountable, priced }
    }

    /// Units of each line that an offer may take, of the lines in `set`.
    pub(super) fn free_for(&self, entry: &Entry, entries: &[Entry], set: LineSet) -> impl Iterator<Item = u32> {
        let free = move |(place, line): (usize, &LineState)| {
            if set.contains(place) { line.free_for(entry, entries) } else { 0 }
        };
        self.lines.iter().enumerate().map(free)
    }

    /// Records what an offer took of a line.
    pub(super) fn record(&mut self, line: usize, offer: usize, entry: &Entry, units: u32, amount: i64) {
        let Some(line) = self.lines.get_mut(line) else { return };
        line.discount = line.discount.saturating_add(amount);
        line.taken = line.taken.saturating_add(units).min(line.quantity);
        line.first_taker.get_or_insert(offer);
        if entry.offer.is_exclusive() {
            line.by_exclusive = line.by_exclusive.saturating_add(units);
        } else {
            line.sharers.push(offer);
            line.restricted |= entry.restricts;
        }
    }

    /// Product, unit price and units of each of these lines, whoever has taken them.
    pub(super) fn goods(&self, set: LineSet) -> impl Iterator<Item = (usize, i64, u32)> {
        let lines = self.lines.iter().enumerate().filter(move |(place, _)| set.contains(*place));
        lines.map(|(_, line)| (line.product, line.price, line.quantity))
    }

    /// The first offer that took units of any of these lines.
    pub(super) fn first_taker(&self, set: LineSet) -> Option<usize> {
        let lines = self.lines.iter().enumerate().filter(|(place, _)| set.contains(*place));
        lines.filter_map(|(_, line)| line.first_taker).next()
    }
}
