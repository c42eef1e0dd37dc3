//! Applies the offers of a book to one basket.

use super::benefit::Benefit;
use super::board::{Board, LineSet};
use super::book::{Entry, OfferBook};
use super::decision::{
    ActionDue, Application, Decisions, Effect, LineDecision, NotApplied, Reason, ShippingDecision, Taken, Upsell,
    VoucherDecision, unit_prices,
};
use super::facts::{Facts, InvalidFacts};
use super::rule::{Offer, OfferKind};
use super::run::{Outcome, Repeat, Run};
use crate::ids::OfferId;
use crate::money::{Money, MoneyError};
use crate::voucher::{VoucherCode, VoucherRefusal};
use std::cmp::Reverse;

/// Works out what the offers of a store come to for one basket. The same facts give the same decisions.
///
/// Offers apply one after another, higher priority first; each as often as its condition is met, something can be taken
/// off and its limits allow.
///
/// Costs grow with the number of offers and of lines, and not with units: what an offer does many times over in the
/// same way is worked out once, so it takes at most four steps for each line of the basket.
pub fn apply(book: &OfferBook, facts: &Facts<'_>) -> Result<Decisions, InvalidFacts> {
    apply_by(book, facts, |run, times_max, budget| run.repeat(times_max, budget))
}

/// The same with another way to repeat an offer.
pub(super) fn apply_by(book: &OfferBook, facts: &Facts<'_>, repeat: Repeat) -> Result<Decisions, InvalidFacts> {
    facts.check()?;
    let mut desk = Desk::new(book, facts, repeat);
    for candidate in desk.candidates() {
        desk.consider(candidate);
    }
    Ok(desk.decide()?)
}

/// An offer that is open to the shopper now.
#[derive(Clone, Copy, Debug)]
struct Candidate {
    /// Place in the book.
    place: usize,
    /// Place of the voucher that it came by.
    voucher: Option<usize>,
    times_max: u32,
}

/// The work on one basket.
struct Desk<'a> {
    book: &'a OfferBook,
    facts: &'a Facts<'a>,
    repeat: Repeat,
    board: Board,
    members: Vec<LineSet>,
    /// Why each voucher may not be used.
    refusals: Vec<Option<VoucherRefusal>>,
    /// With the voucher's place.
    applications: Vec<(Application, Option<usize>)>,
    taken: Vec<Taken>,
    upsells: Vec<Upsell>,
    not_applied: Vec<NotApplied>,
    /// The offer that changed the charge of delivery, and by how much.
    delivery: Option<(OfferId, Money)>,
}

impl<'a> Desk<'a> {
    fn new(book: &'a OfferBook, facts: &'a Facts<'a>, repeat: Repeat) -> Self {
        let mut refusals: Vec<Option<VoucherRefusal>> = Vec::with_capacity(facts.vouchers.len());
        for (place, held) in facts.vouchers.iter().enumerate() {
            let twice = facts.vouchers[..place].iter().any(|other| other.voucher.code() == held.voucher.code());
            let admitted = held.voucher.admit(held.uses, facts.shopper.signed_in, facts.now);
            refusals.push(if twice { Some(VoucherRefusal::AlreadyInBasket) } else { admitted.err() });
        }
        Self {
            book,
            facts,
            repeat,
            board: Board::new(facts.lines),
            members: book.members(facts.lines),
            refusals,
            applications: Vec::new(),
            taken: Vec::new(),
            upsells: Vec::new(),
            not_applied: Vec::new(),
            delivery: None,
        }
    }

    /// The offers that are open to the shopper now, in the order in which they apply (Oscar's `Applicator`: priority,
    /// then link, voucher, group, site, then vouchers as given, then the order of making).
    fn candidates(&mut self) -> Vec<Candidate> {
        let vouchers = self.vouchers_by_offer();
        let mut candidates = Vec::new();
        for (place, entry) in self.book.entries().iter().enumerate() {
            match self.admit(&entry.offer, vouchers[place]) {
                Ok(times_max) => candidates.push(Candidate { place, voucher: vouchers[place], times_max }),
                Err(reason) => self.not_applied.push(NotApplied { offer: entry.offer.id(), reason }),
            }
        }
        candidates.sort_by_key(|candidate| {
            let offer = &self.book.entries()[candidate.place].offer;
            let kind = match offer.kind() {
                OfferKind::Link => 0,
                OfferKind::Voucher => 1,
                OfferKind::Group(_) => 2,
                OfferKind::Site => 3,
            };
            (Reverse(offer.priority()), kind, candidate.voucher, candidate.place)
        });
        candidates
    }

    /// By place in the book: the first valid voucher that leads to the offer. An offer applies once however many do.
    fn vouchers_by_offer(&self) -> Vec<Option<usize>> {
        let mut vouchers = vec![None; self.book.entries().len()];
        for (voucher, held) in self.facts.vouchers.iter().enumerate() {
            if self.refusals[voucher].is_some() {
                continue;
            }
            for place in held.voucher.offers().iter().filter_map(|offer| self.book.place_of(*offer)) {
                vouchers[place].get_or_insert(voucher);
            }
        }
        vouchers
    }

    /// How often an offer may apply, before the basket is looked at.
    fn admit(&self, offer: &Offer, voucher: Option<usize>) -> Result<u32, Reason> {
        let shopper = self.facts.shopper;
        match offer.kind() {
            OfferKind::Voucher if voucher.is_none() => return Err(Reason::NeedsVoucher),
            OfferKind::Link if !shopper.opened.contains(&offer.id()) => return Err(Reason::NeedsLink),
            OfferKind::Group(groups) if !groups.iter().any(|group| shopper.groups.contains(group)) => {
                return Err(Reason::NeedsGroup { groups: groups.clone() });
            }
            OfferKind::Link | OfferKind::Voucher | OfferKind::Group(_) | OfferKind::Site => {}
        }
        if let Some(currency) = offer.currency().filter(|currency| *currency != self.facts.currency) {
            return Err(Reason::OtherCurrency { offer: currency, basket: self.facts.currency });
        }
        if matches!(offer.benefit(), Benefit::Shipping(_)) && !self.facts.requires_shipping() {
            return Err(Reason::NothingToSend);
        }
        offer.availability(&self.facts.uses_of(offer.id()), self.facts.now)
    }

    fn consider(&mut self, candidate: Candidate) {
        let book = self.book;
        let entry = &book.entries()[candidate.place];
        let counted = self.members[entry.condition_range].and(self.board.discountable);
        let targets = self.members[entry.benefit_range].and(self.board.priced);
        let budget = entry.offer.budget_left(&self.facts.uses_of(entry.offer.id()));
        let mut run = Run::new(entry, book.entries(), &self.board, counted, targets);
        let outcome = (self.repeat)(&mut run, candidate.times_max, budget);
        if outcome.times == 0 {
            let reason = self.why_not(entry, &run, counted, targets);
            if let Some(missing) = run.missing() {
                let range = entry.offer.condition().range().id();
                self.upsells.push(Upsell { offer: entry.offer.id(), range, missing, begun: run.has_begun() });
            }
            self.not_applied.push(NotApplied { offer: entry.offer.id(), reason });
            return;
        }
        for (line, units, amount) in run.into_taken().collect::<Vec<_>>() {
            self.board.record(line, candidate.place, entry, units, amount);
            let amount = self.money(amount);
            self.taken.push(Taken { offer: entry.offer.id(), line, units, amount });
        }
        self.conclude(candidate, entry, outcome, budget);
    }

    fn conclude(&mut self, candidate: Candidate, entry: &Entry, outcome: Outcome, budget: Option<i64>) {
        let offer = entry.offer.id();
        let (effect, discount) = match entry.offer.benefit() {
            Benefit::AfterOrder => (Effect::AfterOrder, self.money(0)),
            Benefit::Shipping(benefit) => {
                let charge = self.facts.shipping.map_or(0, Money::minor);
                let discount = self.money(benefit.discount(charge).min(budget.unwrap_or(i64::MAX)));
                (Effect::Shipping, self.claim_delivery(offer, discount))
            }
            _ => (Effect::Basket, self.money(outcome.amount)),
        };
        let voucher = candidate.voucher.filter(|_| *entry.offer.kind() == OfferKind::Voucher);
        let code = voucher.map(|place| self.facts.vouchers[place].voucher.code().clone());
        let application = Application { offer, voucher: code, times: outcome.times, effect, discount };
        self.applications.push((application, voucher));
    }

    /// Only the first offer that takes something off delivery changes the charge, as in Oscar.
    fn claim_delivery(&mut self, offer: OfferId, discount: Money) -> Money {
        match self.delivery {
            Some((by, _)) => {
                self.not_applied.push(NotApplied { offer, reason: Reason::DeliveryTaken { by } });
                self.money(0)
            }
            None if discount.is_zero() => discount,
            None => {
                self.delivery = Some((offer, discount));
                discount
            }
        }
    }

    fn why_not(&self, entry: &Entry, run: &Run<'_>, counted: LineSet, targets: LineSet) -> Reason {
        let taker = |set| self.board.first_taker(set).map(|place| self.book.entries()[place].offer.id());
        if let Some(missing) = run.missing() {
            let enough = entry.offer.condition().need().is_met_by(self.board.goods(counted));
            return match taker(counted).filter(|_| enough) {
                Some(by) => Reason::UnitsTaken { by, missing: Some(missing) },
                None => Reason::ConditionNotMet { missing },
            };
        }
        if run.has_targets_left() {
            let fixed = matches!(entry.offer.benefit(), Benefit::FixedPrice { .. });
            return if fixed { Reason::NothingToTakeOff } else { Reason::RoundsToNothing };
        }
        match taker(targets) {
            Some(by) => Reason::UnitsTaken { by, missing: None },
            None => Reason::NothingToTakeOff,
        }
    }

    fn decide(self) -> Result<Decisions, MoneyError> {
        let vouchers = self.voucher_decisions();
        let mut lines = Vec::with_capacity(self.facts.lines.len());
        for (line, state) in self.facts.lines.iter().zip(&self.board.lines) {
            let discount = self.money(state.discount);
            let prices = unit_prices(line.unit_price, state.quantity, discount, state.taken)?;
            lines.push(LineDecision { discount, units_taken: state.taken, prices });
        }
        let discount = self.delivery.map_or(self.money(0), |(_, discount)| discount);
        let shipping = self.facts.shipping.map(|before| ShippingDecision { before, discount });
        let actions = self.actions_due();
        let applications = self.applications.into_iter().map(|(application, _)| application).collect();
        let Self { taken, upsells, not_applied, .. } = self;
        Ok(Decisions { lines, shipping, applications, actions, taken, upsells, not_applied, vouchers })
    }

    fn actions_due(&self) -> Vec<ActionDue> {
        let counting = self.applications.iter().filter(|(application, _)| application.counts());
        let due = counting.filter_map(|(Application { offer, times, .. }, _)| Some((self.book.find(*offer)?, *times)));
        due.flat_map(|(offer, times)| {
            offer.actions().iter().map(move |action| ActionDue {
                offer: offer.id(),
                times,
                code: action.code.clone(),
                text: action.text.clone(),
            })
        })
        .collect()
    }

    fn voucher_decisions(&self) -> Vec<VoucherDecision> {
        let decide = |(place, refusal): (usize, &Option<VoucherRefusal>)| {
            let voucher = &self.facts.vouchers[place].voucher;
            let code: VoucherCode = voucher.code().clone();
            let given = self.applications.iter().any(|(_, by)| *by == Some(place));
            let outcome = match refusal {
                Some(refusal) => Err(*refusal),
                None if given => Ok(()),
                None => Err(self.why_nothing(voucher.offers())),
            };
            VoucherDecision { code, outcome }
        };
        self.refusals.iter().enumerate().map(decide).collect()
    }

    /// Why a valid voucher gave nothing: the best that can be said of its offers.
    fn why_nothing(&self, offers: &[OfferId]) -> VoucherRefusal {
        let of_voucher = |not_applied: &&NotApplied| offers.contains(&not_applied.offer);
        let said = self.not_applied.iter().filter(of_voucher).map(|not_applied| match not_applied.reason {
            Reason::ConditionNotMet { .. } | Reason::NothingToTakeOff | Reason::NothingToSend => {
                VoucherRefusal::NotForTheseGoods
            }
            Reason::UsedUp { .. } | Reason::BudgetSpent { .. } => VoucherRefusal::UsedUp,
            Reason::UsedUpByShopper { .. } => VoucherRefusal::AlreadyUsedByYou,
            _ => VoucherRefusal::NothingMore,
        });
        let said: Vec<VoucherRefusal> = said.collect();
        // Another voucher may have brought the offer already.
        let given = self.applications.iter().any(|(application, _)| offers.contains(&application.offer));
        let beaten = given || said.contains(&VoucherRefusal::NothingMore);
        let first = said.first().copied().unwrap_or(VoucherRefusal::NotForTheseGoods);
        if beaten { VoucherRefusal::NothingMore } else { first }
    }

    fn money(&self, minor: i64) -> Money {
        Money::from_minor(minor, self.facts.currency)
    }
}
