//! Who does what: shoppers fill baskets and press, pay, come back or do not; staff and background work go about theirs.

use crate::acts::{Act, Deed};
use crate::script::{Part, Run};
use crate::shoppers::{Checkout, SHOPPERS};
use crate::support::{basket, draft, gbp, new_checkout, press};
use crate::world::{GOODS, INSTANCES};
use shop::checkout::PayRequest;
use shop::stock::StockChange;

/// Checkouts of which people still think.
const RECENT: usize = 10;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    PressAgain,
    PressOther,
    AtBank(Deed),
    ComeBack,
    Webhook,
    Abandon,
    CancelOwn,
    Withdraw,
    Ship,
    Capture,
    Refund,
    Cancel,
    Note,
    Count,
    Reprice,
    Sweep,
    Tasks,
    ClearAway,
}

const ACTS: [(u64, Kind); 22] = [
    (80, Kind::PressAgain),
    (30, Kind::PressOther),
    (180, Kind::AtBank(Deed::Approve)),
    (25, Kind::AtBank(Deed::Decline)),
    (20, Kind::AtBank(Deed::GiveUp)),
    (30, Kind::AtBank(Deed::ApproveLate)),
    (5, Kind::AtBank(Deed::MistakeAmount)),
    (120, Kind::ComeBack),
    (90, Kind::Webhook),
    (30, Kind::Abandon),
    (15, Kind::CancelOwn),
    (10, Kind::Withdraw),
    (50, Kind::Ship),
    (20, Kind::Capture),
    (30, Kind::Refund),
    (30, Kind::Cancel),
    (5, Kind::Note),
    (40, Kind::Count),
    (8, Kind::Reprice),
    (70, Kind::Sweep),
    (130, Kind::Tasks),
    (5, Kind::ClearAway),
];

impl Run {
    /// A checkout that somebody still thinks of.
    pub(crate) fn recent(&self) -> Option<usize> {
        let from = self.checkouts.len().saturating_sub(RECENT);
        let known: Vec<usize> = (from..self.checkouts.len()).filter(|place| !self.checkouts[*place].is_old).collect();
        if known.is_empty() { None } else { Some(*self.dice.pick(&known)) }
    }

    /// Somebody and what they do.
    pub(crate) fn part(&mut self, focus: Option<usize>) -> Part {
        let instance = self.dice.place(INSTANCES);
        let checkout = match focus.or_else(|| self.recent()) {
            Some(checkout) if !self.dice.per_mille(if focus.is_some() { 100 } else { 250 }) => checkout,
            _ => return self.new_press(instance),
        };
        let act = self.act(checkout, instance);
        Part { instance, checkout, act }
    }

    fn new_press(&mut self, instance: usize) -> Part {
        let shopper = self.dice.place(SHOPPERS);
        let mut request = self.wish(shopper, instance);
        if self.dice.per_mille(40) {
            request.amount_shown = gbp(request.amount_shown.minor() + self.dice.between(-3, 3));
        }
        self.checkouts.push(Checkout::new(request.clone(), shopper));
        Part { instance, checkout: self.checkouts.len() - 1, act: Act::Press(Box::new(request)) }
    }

    /// What somebody wants, priced as the instance's pages say.
    fn wish(&self, shopper: usize, instance: usize) -> PayRequest {
        let shop = &self.world.instances[instance].shop;
        let gateway =
            self.dice.weighted(&[(30, "demo"), (20, "instant"), (15, "card"), (15, "wallet"), (20, "invoice")]);
        let draft = draft(&format!("shopper{shopper}@example.org"), gateway);
        press(shop, new_checkout(shop), &basket(&self.wanted()), &draft)
    }

    fn wanted(&self) -> Vec<(&'static str, u32)> {
        let mut wanted: Vec<(&str, u32)> = Vec::new();
        for _ in 0..self.dice.weighted(&[(60, 1), (25, 2), (15, 4)]) {
            let place = self.dice.weighted(&[(30, 0), (25, 1), (20, 2), (10, 3), (10, 4), (5, 5)]);
            let units = match self.dice.weighted(&[(70, 1), (20, 2), (10, 3)]) {
                1 => 1,
                2 => 1 + self.dice.below(4),
                _ => 1 + self.dice.below(100),
            };
            let (sku, units) = (GOODS[place].0, u32::try_from(units).unwrap());
            if !wanted.iter().any(|(other, _)| *other == sku) {
                wanted.push((sku, units));
            }
        }
        wanted
    }

    fn act(&mut self, place: usize, instance: usize) -> Act {
        let kind = self.dice.weighted(&ACTS);
        if kind == Kind::PressOther {
            return self.press_other(place, instance);
        }
        let (dice, checkout) = (&self.dice, &self.checkouts[place]);
        match kind {
            Kind::PressAgain | Kind::PressOther => Act::Press(Box::new(dice.pick(&checkout.requests).clone())),
            Kind::AtBank(deed) => Act::AtBank(deed),
            Kind::Webhook => {
                let event = match checkout.events.as_slice() {
                    [] => format!("begun-{}", checkout.id),
                    events => dice.pick(events).clone(),
                };
                Act::Webhook { event, by_our_name: dice.per_mille(700) }
            }
            Kind::Ship => {
                let of_a_line = (dice.place(2), u32::try_from(1 + dice.below(3)).unwrap());
                Act::Ship(dice.per_mille(500).then_some(of_a_line))
            }
            Kind::Capture => Act::Capture(dice.per_mille(600).then(|| dice.between(1, 3_000))),
            Kind::Refund => Act::Refund(dice.per_mille(600).then(|| dice.between(1, 3_000))),
            Kind::Count => self.count(),
            Kind::Reprice => {
                let (sku, pence, _) = *dice.pick(&GOODS);
                Act::Reprice(sku, pence + dice.between(0, 50))
            }
            Kind::ComeBack => Act::ComeBack,
            Kind::Abandon => Act::Abandon,
            Kind::CancelOwn => Act::CancelOwn,
            Kind::Withdraw => Act::Withdraw,
            Kind::Cancel => Act::Cancel,
            Kind::Note => Act::Note,
            Kind::Sweep => Act::Sweep,
            Kind::Tasks => Act::Tasks,
            Kind::ClearAway => Act::ClearAway,
        }
    }

    /// The same checkout with something else in the basket.
    fn press_other(&mut self, place: usize, instance: usize) -> Act {
        let checkout = &self.checkouts[place];
        let wish = self.wish(checkout.shopper, instance);
        let draft = checkout.requests[0].draft.clone();
        let other = PayRequest { id: checkout.id, draft, ..wish };
        self.checkouts[place].requests.push(other.clone());
        Act::Press(Box::new(other))
    }

    fn count(&self) -> Act {
        let (sku, _, units) = *self.dice.pick(&GOODS);
        let change = match self.dice.weighted(&[(60, 0), (37, 1), (3, 2)]) {
            0 => StockChange::Adjust(self.dice.between(-5, 10)),
            1 => StockChange::Set(self.dice.between(0, units * 2)),
            _ => StockChange::Uncounted,
        };
        Act::Count(sku, change)
    }
}
