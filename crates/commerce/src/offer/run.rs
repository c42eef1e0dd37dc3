//! One offer at work on a basket: it applies as long as its condition is met and there is something to take off.
//!
//! Units only ever leave during a run, so counts and cursors move one way, and an application costs as much as it
//! takes, not as much as the basket holds.

use super::benefit::Benefit;
use super::board::{Board, LineSet, LineState};
use super::book::Entry;
use super::condition::Need;
use super::share::{Part, Ratio, percent_off, share_out};
use crate::money::{BasisPoints, Money};
use std::num::NonZeroU32;

/// What a run came to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Outcome {
    pub(super) times: u32,
    pub(super) amount: i64,
}

/// One application.
struct Step {
    amount: i64,
    /// Whether it is the offer's last.
    last: bool,
}

/// Free units of the goods that the condition counts.
#[derive(Clone, Copy, Debug, Default)]
struct Found {
    units: u64,
    worth: i64,
    products: u32,
}

/// An offer with what it may take and what it has taken.
pub(super) struct Run<'a> {
    entry: &'a Entry,
    board: &'a Board,
    /// Lines that the condition counts.
    counted: LineSet,
    /// Lines that something may be taken off, cheapest first.
    targets: Vec<usize>,
    /// Targets before this one have nothing left.
    next_target: usize,
    /// Places of [`Board::dearest`] before this one have no free unit that is counted.
    next_dearest: usize,
    found: Found,
    /// By line: free units, units taken, amount taken off.
    free: Vec<u32>,
    units: Vec<u32>,
    cuts: Vec<i64>,
    /// By product (its first line): counted lines with free units.
    lines_left: Vec<u32>,
}

impl<'a> Run<'a> {
    pub(super) fn new(
        entry: &'a Entry,
        entries: &[Entry],
        board: &'a Board,
        counted: LineSet,
        targets: LineSet,
    ) -> Self {
        let free = board.free_for(entry, entries, counted.or(targets));
        let targets = board.cheapest.iter().copied().filter(|place| targets.contains(*place)).collect();
        let count = board.lines.len();
        let mut run = Self {
            entry,
            board,
            counted,
            targets,
            next_target: 0,
            next_dearest: 0,
            found: Found::default(),
            free,
            units: vec![0; count],
            cuts: vec![0; count],
            lines_left: vec![0; count],
        };
        run.count();
        run
    }

    fn count(&mut self) {
        for (place, line) in self.board.lines.iter().enumerate() {
            let free = self.free[place];
            if free == 0 || !self.counted.contains(place) {
                continue;
            }
            self.found.units += u64::from(free);
            self.found.worth = self.found.worth.saturating_add(line.worth(free));
            self.lines_left[line.product] += 1;
            self.found.products += u32::from(self.lines_left[line.product] == 1);
        }
    }

    /// Applies the offer up to so many times, and takes no more off than the budget.
    pub(super) fn repeat(&mut self, times_max: u32, budget: Option<i64>) -> Outcome {
        let mut outcome = Outcome::default();
        while outcome.times < times_max && self.missing().is_none() {
            let left = budget.map_or(i64::MAX, |budget| budget - outcome.amount);
            let Some(step) = self.step(left) else { break };
            outcome.times += 1;
            outcome.amount = outcome.amount.saturating_add(step.amount);
            if step.last {
                break;
            }
        }
        outcome
    }

    /// What the condition lacks; `None` if it is met.
    pub(super) fn missing(&self) -> Option<Need> {
        let less = |wanted: NonZeroU32, found: u32| NonZeroU32::new(wanted.get().saturating_sub(found));
        match self.entry.offer.condition().need() {
            Need::Units(wanted) => less(wanted, u32::try_from(self.found.units).unwrap_or(u32::MAX)).map(Need::Units),
            Need::Products(wanted) => less(wanted, self.found.products).map(Need::Products),
            Need::Amount(wanted) => {
                let missing = wanted.minor().saturating_sub(self.found.worth);
                (missing > 0).then(|| Need::Amount(Money::from_minor(missing, wanted.currency())))
            }
        }
    }

    /// Whether the condition counts anything at all.
    pub(super) fn has_begun(&self) -> bool {
        self.found.units > 0
    }

    /// Whether there are units that something could be taken off.
    pub(super) fn has_targets_left(&self) -> bool {
        self.targets.iter().any(|place| self.has_room(*place))
    }

    /// By line: units taken, and what was taken off them.
    pub(super) fn into_taken(self) -> impl Iterator<Item = (usize, u32, i64)> {
        let taken = self.units.into_iter().zip(self.cuts).enumerate();
        taken.filter(|(_, (units, _))| *units > 0).map(|(place, (units, amount))| (place, units, amount))
    }

    /// One application, if it takes something off; else nothing is taken.
    fn step(&mut self, budget: i64) -> Option<Step> {
        // Only applications that take nothing off goods go on without a budget.
        match self.entry.offer.benefit() {
            Benefit::Shipping(_) | Benefit::AfterOrder => {
                self.take_condition(None);
                return Some(Step { amount: 0, last: true });
            }
            _ if budget <= 0 => return None,
            _ => {}
        }
        match *self.entry.offer.benefit() {
            Benefit::Percentage { percent, units_max, .. } => self.percentage(percent, units_max, budget),
            Benefit::Absolute { amount, units_max, .. } => self.absolute(amount.minor(), units_max, budget),
            Benefit::FixedUnit { amount, units_max, .. } => self.fixed_unit(amount.minor(), units_max, budget),
            Benefit::FixedPrice { price } => self.fixed_price(price.minor(), budget),
            Benefit::Multibuy { .. } => return self.multibuy(budget),
            Benefit::Shipping(_) | Benefit::AfterOrder => None,
        }
        .map(|amount| Step { amount, last: false })
    }

    /// Each unit once, whatever the number of applications: units that the offer took before count (as in Oscar).
    /// Lines without room are passed over. (Oscar ends there.)
    fn percentage(&mut self, percent: BasisPoints, units_max: Option<NonZeroU32>, budget: i64) -> Option<i64> {
        let before: u32 = self.units.iter().fold(0, |sum, units| sum.saturating_add(*units));
        let (mut left, mut total) = (limit(units_max).saturating_sub(before), 0);
        let mut next = self.next_target;
        while let Some((place, after)) = self.open_target(next) {
            if left == 0 || total == budget {
                break;
            }
            next = after;
            let units = self.free[place].min(left);
            let off = percent_off(self.board.lines[place].worth(units), percent);
            let off = off.min(self.room(place)).min(budget - total);
            // Less than the smallest unit changes nothing, so the units stay free.
            if off > 0 {
                self.take(place, units, off);
                left -= units;
                total += off;
            }
        }
        (total > 0).then_some(total)
    }

    /// Takes all units that it is shared among, also where a share is nothing.
    fn absolute(&mut self, amount: i64, units_max: Option<NonZeroU32>, budget: i64) -> Option<i64> {
        let picked = self.pick(limit(units_max));
        self.share(&picked, amount.min(budget), Ratio::Oscar)
    }

    fn fixed_unit(&mut self, amount: i64, units_max: Option<NonZeroU32>, budget: i64) -> Option<i64> {
        let mut total = 0;
        for (place, units) in self.pick(limit(units_max)) {
            let unit = amount.min(self.board.lines[place].price);
            let off = unit.saturating_mul(i64::from(units)).min(self.room(place)).min(budget - total);
            if off > 0 {
                self.take(place, units, off);
                total += off;
            }
        }
        (total > 0).then_some(total)
    }

    /// The cheapest units that meet the condition; different products where it counts products.
    fn fixed_price(&mut self, price: i64, budget: i64) -> Option<i64> {
        let picked = match self.entry.offer.condition().need() {
            Need::Units(units) => self.pick(units.get()),
            Need::Products(products) => self.pick_products(products.get()),
            Need::Amount(_) => Vec::new(), // no such offer can be made
        };
        let worth = |(place, units): &(usize, u32)| self.board.lines[*place].worth(*units);
        let off = picked.iter().map(worth).sum::<i64>().saturating_sub(price);
        self.share(&picked, off.min(budget), Ratio::Exact)
    }

    /// One free unit, and the rest of its group from the dearest. (Oscar stops once the cheapest line was touched.)
    fn multibuy(&mut self, budget: i64) -> Option<Step> {
        let (place, _) = self.open_target(self.next_target)?;
        let off = self.board.lines[place].price.min(self.room(place)).min(budget);
        self.take(place, 1, off);
        // Where one unit is the whole group, everything would be free. Oscar gives one unit there, and so do we.
        let alone = !self.take_condition(Some(place));
        Some(Step { amount: off, last: alone })
    }

    /// Shares an amount among units by their price before discounts, if there is something to share.
    fn share(&mut self, picked: &[(usize, u32)], amount: i64, ratio: Ratio) -> Option<i64> {
        let part = |(place, units): &(usize, u32)| {
            let weight = self.board.lines[*place].worth(*units);
            Part { weight, room: self.room(*place).min(weight) }
        };
        let parts: Vec<Part> = picked.iter().map(part).collect();
        let amount = amount.min(parts.iter().map(|part| part.room).sum());
        if amount <= 0 {
            return None;
        }
        for ((place, units), off) in picked.iter().zip(share_out(amount, &parts, ratio)) {
            self.take(*place, *units, off);
        }
        Some(amount)
    }

    /// The cheapest free units, up to so many, by line.
    fn pick(&mut self, units_max: u32) -> Vec<(usize, u32)> {
        let (mut left, mut picked) = (units_max, Vec::new());
        let mut next = self.next_target;
        while let Some((place, after)) = self.open_target(next) {
            if left == 0 {
                break;
            }
            next = after;
            let units = self.free[place].min(left);
            picked.push((place, units));
            left -= units;
        }
        picked
    }

    /// One unit of each of so many different products, cheapest first.
    fn pick_products(&mut self, products_max: u32) -> Vec<(usize, u32)> {
        let mut covered = LineSet::EMPTY;
        let mut picked = Vec::new();
        let mut next = self.next_target;
        while let Some((place, after)) = self.open_target(next) {
            if usize::try_from(products_max).is_ok_and(|max| max <= picked.len()) {
                break;
            }
            next = after;
            let product = self.board.lines[place].product;
            if !covered.contains(product) {
                covered.insert(product);
                picked.push((place, 1));
            }
        }
        picked
    }

    /// Takes what the condition needs beyond the unit that was given away; whether that was anything.
    fn take_condition(&mut self, given: Option<usize>) -> bool {
        let given = given.filter(|place| self.counted.contains(*place));
        match self.entry.offer.condition().need() {
            Need::Units(units) => {
                let mut left = units.get() - u32::from(given.is_some());
                self.take_dearest(|_, free| {
                    let units = free.min(left);
                    left -= units;
                    units
                })
            }
            Need::Amount(amount) => {
                let mut left = amount.minor() - given.map_or(0, |place| self.board.lines[place].price);
                self.take_dearest(|line, free| {
                    // As many as it takes, rounded up; what is free of charge adds nothing.
                    let wanted =
                        if line.price > 0 { left.max(0).unsigned_abs().div_ceil(line.price.unsigned_abs()) } else { 0 };
                    let units = u32::try_from(wanted).unwrap_or(u32::MAX).min(free);
                    left = left.saturating_sub(line.worth(units));
                    units
                })
            }
            Need::Products(products) => self.take_products(products.get(), given),
        }
    }

    /// Walks over the counted lines, dearest first, and takes as many units as `wanted` says.
    fn take_dearest(&mut self, mut wanted: impl FnMut(&LineState, u32) -> u32) -> bool {
        let mut taken = false;
        for index in self.next_dearest..self.board.dearest.len() {
            let place = self.board.dearest[index];
            let free = if self.counted.contains(place) { self.free[place] } else { 0 };
            let units = if free > 0 { wanted(&self.board.lines[place], free) } else { 0 };
            if units > 0 {
                self.take(place, units, 0);
                taken = true;
            }
            if units < free {
                break;
            }
            if index == self.next_dearest {
                self.next_dearest += 1;
            }
        }
        taken
    }

    /// One unit of each of so many products, in basket order; the product of the unit given away is one of them.
    fn take_products(&mut self, products: u32, given: Option<usize>) -> bool {
        let mut covered = LineSet::EMPTY;
        given.iter().for_each(|place| covered.insert(self.board.lines[*place].product));
        let wanted = products - u32::from(given.is_some());
        let mut taken = 0;
        for (place, line) in self.board.lines.iter().enumerate() {
            if taken == wanted {
                break;
            }
            if self.counted.contains(place) && self.free[place] > 0 && !covered.contains(line.product) {
                covered.insert(line.product);
                self.take(place, 1, 0);
                taken += 1;
            }
        }
        taken > 0
    }

    /// The next target from an index on with free units and something left to take off, with the index after it.
    fn open_target(&mut self, mut index: usize) -> Option<(usize, usize)> {
        loop {
            let place = *self.targets.get(index)?;
            if self.has_room(place) {
                return Some((place, index + 1));
            }
            if index == self.next_target {
                self.next_target += 1;
            }
            index += 1;
        }
    }

    fn has_room(&self, place: usize) -> bool {
        self.free[place] > 0 && self.room(place) > 0
    }

    /// What is left of a line's price.
    fn room(&self, place: usize) -> i64 {
        let line = &self.board.lines[place];
        line.worth(line.quantity).saturating_sub(line.discount).saturating_sub(self.cuts[place])
    }

    fn take(&mut self, place: usize, units: u32, off: i64) {
        let line = &self.board.lines[place];
        let units = units.min(self.free[place]);
        self.free[place] -= units;
        self.units[place] += units;
        self.cuts[place] = self.cuts[place].saturating_add(off);
        if units == 0 || !self.counted.contains(place) {
            return;
        }
        self.found.units -= u64::from(units);
        self.found.worth = self.found.worth.saturating_sub(line.worth(units));
        if self.free[place] == 0 {
            self.lines_left[line.product] -= 1;
            self.found.products -= u32::from(self.lines_left[line.product] == 0);
        }
    }
}

fn limit(units_max: Option<NonZeroU32>) -> u32 {
    units_max.map_or(u32::MAX, NonZeroU32::get)
}
