//! One offer at work on a basket: it applies as long as its condition is met and there is something to take off.
//!
//! Units only ever leave during a run, so counts and cursors move one way, and an application costs as much as it
//! takes, not as much as the basket holds. Applications that take the same of the same lines, one after another, are
//! made in one step, so a run costs as much as a basket has lines, however many units these have.

use super::benefit::Benefit;
use super::board::{Board, LineSet, LineState};
use super::book::Entry;
use super::condition::Need;
use super::share::{Part, Ratio, percent_off, share_out};
use crate::money::{BasisPoints, Money};
use std::num::NonZeroU32;

/// Most steps of a run for each line of the basket, and for one line more.
///
/// A line comes to an end twice at most: when its units run out, and when its price does. A step is made so often that
/// the run ends, or a line has too few units or too little of its price left for once more; the step after it takes
/// that rest. So of two steps one brings a line to an end, and no basket gets as far as this bound. If one did,
/// later applications would not happen, and the sums would be those of the applications before.
const STEPS_PER_LINE_MAX: usize = 4;

/// How an offer is repeated: [`Run::repeat`], or what tests hold it against.
pub(super) type Repeat = fn(&mut Run<'_>, u32, Option<i64>) -> Outcome;

/// What a run came to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Outcome {
    pub(super) times: u32,
    pub(super) amount: i64,
}

/// One application.
#[derive(Clone, Copy, Debug)]
struct Step {
    amount: i64,
    /// Whether it is the offer's last.
    last: bool,
}

/// What one application takes of a line.
#[derive(Clone, Copy, Debug)]
struct Move {
    place: usize,
    /// Above 0.
    units: u32,
    off: i64,
}

/// Free units of the goods that the condition counts.
#[derive(Clone, Copy, Debug, Default)]
struct Found {
    units: u64,
    worth: i64,
    products: u32,
}

/// A line during a run.
#[derive(Clone, Copy, Debug)]
struct LineLeft {
    /// Free units.
    free: u32,
    /// Units taken.
    taken: u32,
    /// What is left of its price.
    room: i64,
    /// Where it is the first of its product: counted lines of the product with free units.
    of_product: u32,
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
    lines: Vec<LineLeft>,
    /// What the next application takes; each line once.
    moves: Vec<Move>,
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
        let left = |(line, free): (&LineState, u32)| LineLeft { free, taken: 0, room: line.room(), of_product: 0 };
        let lines: Vec<LineLeft> = board.lines.iter().zip(free).map(left).collect();
        let targets: Vec<usize> = board.cheapest.iter().copied().filter(|place| targets.contains(*place)).collect();
        let moves = Vec::with_capacity(targets.len());
        let found = Found::default();
        let mut run = Self { entry, board, counted, targets, next_target: 0, next_dearest: 0, found, lines, moves };
        run.count();
        run
    }

    fn count(&mut self) {
        for (place, line) in self.board.lines.iter().enumerate() {
            let free = self.lines[place].free;
            if free == 0 || !self.counted.contains(place) {
                continue;
            }
            self.found.units += u64::from(free);
            self.found.worth = self.found.worth.saturating_add(line.worth(free));
            let of_product = &mut self.lines[line.product].of_product;
            *of_product += 1;
            self.found.products += u32::from(*of_product == 1);
        }
    }

    /// Applies the offer up to so many times, and takes no more off than the budget.
    pub(super) fn repeat(&mut self, times_max: u32, budget: Option<i64>) -> Outcome {
        let mut outcome = Outcome::default();
        for _ in 0..STEPS_PER_LINE_MAX * (self.lines.len() + 1) {
            let left = budget.map_or(i64::MAX, |budget| budget - outcome.amount);
            let Some(step) = self.next_step(outcome.times, times_max, left) else { break };
            let times = if step.last { 1 } else { self.alike(step, left).min(times_max - outcome.times) };
            self.take(times);
            outcome.add(step, times);
            if step.last {
                break;
            }
        }
        outcome
    }

    /// The same, one application at a time: what [`Self::repeat`] is held against.
    #[cfg(any(test, fuzzing))]
    pub(super) fn repeat_singly(&mut self, times_max: u32, budget: Option<i64>) -> Outcome {
        let mut outcome = Outcome::default();
        while let Some(step) =
            self.next_step(outcome.times, times_max, budget.map_or(i64::MAX, |budget| budget - outcome.amount))
        {
            self.take(1);
            outcome.add(step, 1);
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
        let lines = self.board.lines.iter().zip(self.lines).enumerate();
        let taken = lines.filter(|(_, (_, left))| left.taken > 0);
        taken.map(|(place, (line, left))| (place, left.taken, line.room() - left.room))
    }

    /// How often the application at hand can be made before the next would be another one; at least once.
    ///
    /// Lines are picked in a fixed order, and all units of each but the last, or one of each where products count. So
    /// the same are picked as long as every line has the units. The same is taken off as long as it is left of each
    /// line and of the budget: where less than asked for was left, that is all, and it is not there once more.
    fn alike(&self, step: Step, budget: i64) -> u32 {
        let mut times = at_most(i64::from(u32::MAX), budget, step.amount);
        for Move { place, units, off } in &self.moves {
            let left = self.lines[*place];
            times = at_most(times, i64::from(left.free), i64::from(*units));
            times = at_most(times, left.room, *off);
        }
        // The condition must be met before each of them. A product leaves with the last unit of a line, and none of
        // the lines is emptied before the last time.
        let counted = self.moves.iter().filter(|taken| self.counted.contains(taken.place));
        let spare = match self.entry.offer.condition().need() {
            Need::Units(wanted) => {
                let each: i64 = counted.map(|taken| i64::from(taken.units)).sum();
                let spare = self.found.units.saturating_sub(u64::from(wanted.get()));
                i64::try_from(spare).unwrap_or(i64::MAX).checked_div(each)
            }
            Need::Amount(wanted) => {
                let each = counted.map(|taken| self.board.lines[taken.place].worth(taken.units)).sum();
                (self.found.worth - wanted.minor()).checked_div(each)
            }
            Need::Products(_) => None,
        };
        u32::try_from(spare.map_or(times, |spare| times.min(spare + 1))).unwrap_or(u32::MAX)
    }

    /// What the next application takes, unless there is none: it must be allowed, and take something off.
    fn next_step(&mut self, times: u32, times_max: u32, budget: i64) -> Option<Step> {
        if times_max <= times || self.missing().is_some() {
            return None;
        }
        self.moves.clear();
        let benefit = self.entry.offer.benefit();
        let amount = match *benefit {
            // Only applications that take nothing off goods go on without a budget.
            Benefit::Shipping(_) | Benefit::AfterOrder => {
                self.pick_condition(None);
                return Some(Step { amount: 0, last: true });
            }
            _ if budget <= 0 => return None,
            Benefit::Percentage { percent, units_max, .. } => self.percentage(percent, units_max, budget),
            Benefit::Absolute { amount, units_max, .. } => self.absolute(amount.minor(), units_max, budget),
            Benefit::FixedUnit { amount, units_max, .. } => self.fixed_unit(amount.minor(), units_max, budget),
            Benefit::FixedPrice { price } => self.fixed_price(price.minor(), budget),
            Benefit::Multibuy { .. } => return self.multibuy(budget),
        };
        let last = matches!(benefit, Benefit::Percentage { .. });
        (amount > 0).then_some(Step { amount, last })
    }

    /// Each unit once, and the maximum once a basket (as in Oscar): one application takes all, and what it leaves would
    /// come to nothing in another. Lines without room are passed over. (Oscar ends there.)
    fn percentage(&mut self, percent: BasisPoints, units_max: Option<NonZeroU32>, budget: i64) -> i64 {
        let (mut left, mut total) = (limit(units_max), 0);
        let mut next = self.next_target;
        while let Some((place, after)) = self.open_target(next) {
            if left == 0 || total == budget {
                break;
            }
            next = after;
            let units = self.lines[place].free.min(left);
            let off = percent_off(self.board.lines[place].worth(units), percent);
            let off = off.min(self.lines[place].room).min(budget - total);
            // Less than the smallest unit changes nothing, so the units stay free.
            if off > 0 {
                self.moves.push(Move { place, units, off });
                left -= units;
                total += off;
            }
        }
        total
    }

    /// Takes all units that it is shared among, also where a share is nothing.
    fn absolute(&mut self, amount: i64, units_max: Option<NonZeroU32>, budget: i64) -> i64 {
        self.pick(limit(units_max));
        self.share(amount.min(budget), Ratio::Oscar)
    }

    fn fixed_unit(&mut self, amount: i64, units_max: Option<NonZeroU32>, budget: i64) -> i64 {
        self.pick(limit(units_max));
        let mut left = budget;
        for taken in &mut self.moves {
            let unit = amount.min(self.board.lines[taken.place].price);
            taken.off = unit.saturating_mul(i64::from(taken.units)).min(self.lines[taken.place].room).min(left);
            left -= taken.off;
        }
        // Where the budget is spent, the units stay free.
        self.moves.retain(|taken| taken.off > 0);
        budget - left
    }

    /// The cheapest units that meet the condition; different products where it counts products.
    fn fixed_price(&mut self, price: i64, budget: i64) -> i64 {
        match self.entry.offer.condition().need() {
            Need::Units(units) => self.pick(units.get()),
            Need::Products(products) => self.pick_products(products.get()),
            Need::Amount(_) => {} // no such offer can be made
        }
        let worth = |taken: &Move| self.board.lines[taken.place].worth(taken.units);
        let off = self.moves.iter().map(worth).sum::<i64>().saturating_sub(price);
        self.share(off.min(budget), Ratio::Exact)
    }

    /// One free unit, and the rest of its group from the dearest. (Oscar stops once the cheapest line was touched.)
    fn multibuy(&mut self, budget: i64) -> Option<Step> {
        let (place, _) = self.open_target(self.next_target)?;
        let off = self.board.lines[place].price.min(self.lines[place].room).min(budget);
        self.moves.push(Move { place, units: 1, off });
        // Where one unit is the whole group, everything would be free. Oscar gives one unit there, and so do we.
        let alone = !self.pick_condition(Some(place));
        Some(Step { amount: off, last: alone })
    }

    /// Shares an amount among the units picked, by their price before discounts; what it comes to.
    fn share(&mut self, amount: i64, ratio: Ratio) -> i64 {
        let part = |taken: &Move| {
            let weight = self.board.lines[taken.place].worth(taken.units);
            Part { weight, room: self.lines[taken.place].room.min(weight) }
        };
        let parts: Vec<Part> = self.moves.iter().map(part).collect();
        let amount = amount.min(parts.iter().map(|part| part.room).sum());
        if amount > 0 {
            for (taken, off) in self.moves.iter_mut().zip(share_out(amount, &parts, ratio)) {
                taken.off = off;
            }
        }
        amount
    }

    /// The cheapest free units, up to so many, by line.
    fn pick(&mut self, units_max: u32) {
        let mut left = units_max;
        let mut next = self.next_target;
        while let Some((place, after)) = self.open_target(next) {
            if left == 0 {
                break;
            }
            next = after;
            let units = self.lines[place].free.min(left);
            self.moves.push(Move { place, units, off: 0 });
            left -= units;
        }
    }

    /// One unit of each of so many different products, cheapest first.
    fn pick_products(&mut self, products_max: u32) {
        let mut covered = LineSet::EMPTY;
        let mut left = products_max;
        let mut next = self.next_target;
        while let Some((place, after)) = self.open_target(next) {
            if left == 0 {
                break;
            }
            next = after;
            let product = self.board.lines[place].product;
            if !covered.contains(product) {
                covered.insert(product);
                self.moves.push(Move { place, units: 1, off: 0 });
                left -= 1;
            }
        }
    }

    /// Picks what the condition needs beyond the unit that is given away; whether that is anything.
    fn pick_condition(&mut self, given: Option<usize>) -> bool {
        let given = given.filter(|place| self.counted.contains(*place));
        match self.entry.offer.condition().need() {
            Need::Units(units) => {
                let mut left = units.get() - u32::from(given.is_some());
                self.pick_dearest(given, |_, free| {
                    let units = free.min(left);
                    left -= units;
                    units
                })
            }
            Need::Amount(amount) => {
                let mut left = amount.minor() - given.map_or(0, |place| self.board.lines[place].price);
                self.pick_dearest(given, |line, free| {
                    // As many as it takes, rounded up; what is free of charge adds nothing.
                    let wanted =
                        if line.price > 0 { left.max(0).unsigned_abs().div_ceil(line.price.unsigned_abs()) } else { 0 };
                    let units = u32::try_from(wanted).unwrap_or(u32::MAX).min(free);
                    left = left.saturating_sub(line.worth(units));
                    units
                })
            }
            Need::Products(products) => self.pick_counted_products(products.get(), given),
        }
    }

    /// Walks over the counted lines, dearest first, and picks as many units as `wanted` says. The unit given away is
    /// the first of the moves.
    fn pick_dearest(&mut self, given: Option<usize>, mut wanted: impl FnMut(&LineState, u32) -> u32) -> bool {
        let mut picked = false;
        for index in self.next_dearest..self.board.dearest.len() {
            let place = self.board.dearest[index];
            let free = if self.counted.contains(place) { self.lines[place].free } else { 0 };
            let free = free - u32::from(given == Some(place));
            let units = if free > 0 { wanted(&self.board.lines[place], free) } else { 0 };
            if units > 0 {
                match self.moves.first_mut().filter(|_| given == Some(place)) {
                    Some(given) => given.units += units,
                    None => self.moves.push(Move { place, units, off: 0 }),
                }
                picked = true;
            }
            if units < free {
                break;
            }
            if index == self.next_dearest {
                self.next_dearest += 1;
            }
        }
        picked
    }

    /// One unit of each of so many products, in basket order; the product of the unit given away is one of them.
    fn pick_counted_products(&mut self, products: u32, given: Option<usize>) -> bool {
        let mut covered = LineSet::EMPTY;
        given.iter().for_each(|place| covered.insert(self.board.lines[*place].product));
        let mut left = products - u32::from(given.is_some());
        let before = self.moves.len();
        for (place, line) in self.board.lines.iter().enumerate() {
            if left == 0 {
                break;
            }
            if self.counted.contains(place) && self.lines[place].free > 0 && !covered.contains(line.product) {
                covered.insert(line.product);
                self.moves.push(Move { place, units: 1, off: 0 });
                left -= 1;
            }
        }
        before < self.moves.len()
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
        let left = &self.lines[place];
        left.free > 0 && left.room > 0
    }

    /// Makes the application at hand, so many times; there are enough units for it.
    fn take(&mut self, times: u32) {
        for Move { place, units, off } in &self.moves {
            let (line, units) = (&self.board.lines[*place], units * times);
            let left = &mut self.lines[*place];
            left.free -= units;
            left.taken += units;
            left.room -= off * i64::from(times);
            let emptied = left.free == 0;
            if !self.counted.contains(*place) {
                continue;
            }
            self.found.units -= u64::from(units);
            self.found.worth = self.found.worth.saturating_sub(line.worth(units));
            if emptied {
                let of_product = &mut self.lines[line.product].of_product;
                *of_product -= 1;
                self.found.products -= u32::from(*of_product == 0);
            }
        }
    }
}

impl Outcome {
    fn add(&mut self, step: Step, times: u32) {
        self.times += times;
        self.amount += step.amount * i64::from(times);
    }
}

/// `times`, or less if `each` is not there so often. Few lines make it less, and only these cost a division.
fn at_most(times: i64, there: i64, each: i64) -> i64 {
    let enough = each.checked_mul(times).is_some_and(|all| all <= there);
    if enough { times } else { there.checked_div(each).unwrap_or(times) }
}

fn limit(units_max: Option<NonZeroU32>) -> u32 {
    units_max.map_or(u32::MAX, NonZeroU32::get)
}
