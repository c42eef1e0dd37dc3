//! What the offers of one basket come to, and why.

use super::condition::Need;
use crate::ids::{CustomerGroupId, OfferId, RangeId};
use crate::language::Texts;
use crate::moment::Moment;
use crate::money::{Currency, Money, MoneyError};
use crate::voucher::{VoucherCode, VoucherRefusal};
use std::num::NonZeroU32;

/// What offers decide for one basket.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Decisions {
    /// The lines, in the order given.
    pub lines: Vec<LineDecision>,
    /// Delivery; `None` where its charge was not given.
    pub shipping: Option<ShippingDecision>,
    /// Offers that applied, in order.
    pub applications: Vec<Application>,
    /// What follows the order, if it is placed like this.
    pub actions: Vec<ActionDue>,
    /// Which offer took what from which line, in order.
    pub taken: Vec<Taken>,
    /// Offers that are open to the shopper and lack something in the basket.
    pub upsells: Vec<Upsell>,
    /// Why each of the other offers did not apply.
    pub not_applied: Vec<NotApplied>,
    /// The vouchers, in the order given.
    pub vouchers: Vec<VoucherDecision>,
}

/// A line after offers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LineDecision {
    /// What all offers take off; not more than the line.
    pub discount: Money,
    /// Units that offers have taken, to take something off or to meet a condition.
    pub units_taken: u32,
    /// Unit prices after discount, cheapest first; they sum to the line. The discount is spread evenly over the units
    /// that were taken, to the minor unit.
    pub prices: Vec<UnitPrice>,
}

/// So many units at one price.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct UnitPrice {
    /// After discount.
    pub price: Money,
    /// Units.
    pub quantity: u32,
}

/// Delivery after offers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ShippingDecision {
    /// What it costs without offers.
    pub before: Money,
    /// What is taken off; not more than the charge.
    pub discount: Money,
}

/// What an application changes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Effect {
    /// The price of goods.
    Basket,
    /// The charge of delivery.
    Shipping,
    /// Nothing before the order is placed.
    AfterOrder,
}

/// An offer that applied.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Application {
    /// The offer.
    pub offer: OfferId,
    /// The voucher that it came by.
    pub voucher: Option<VoucherCode>,
    /// How often.
    pub times: u32,
    /// What it changes.
    pub effect: Effect,
    /// What it takes off altogether. Off goods it is always above 0. Off delivery it is 0 while the charge is unknown,
    /// where there is none, and where another offer came first (Oscar keeps these too).
    pub discount: Money,
}

/// An action of an offer that applied.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ActionDue {
    /// The offer.
    pub offer: OfferId,
    /// How often the offer applied.
    pub times: u32,
    /// What programs know it by.
    pub code: String,
    /// What people read.
    pub text: Texts,
}

/// What an offer took from a line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Taken {
    /// The offer.
    pub offer: OfferId,
    /// The line's place, from 0.
    pub line: usize,
    /// Units, to take something off or to meet the condition.
    pub units: u32,
    /// What it takes off them.
    pub amount: Money,
}

/// What is missing for an offer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Upsell {
    /// The offer.
    pub offer: OfferId,
    /// The goods that it asks for.
    pub range: RangeId,
    /// How much more of them.
    pub missing: Need,
    /// Whether some of it is there. (Where nothing is, most shops say nothing.)
    pub begun: bool,
}

/// An offer that did not apply.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NotApplied {
    /// The offer.
    pub offer: OfferId,
    /// Why.
    pub reason: Reason,
}

/// Why an offer did not apply.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reason {
    /// It rests.
    Suspended,
    /// It starts later.
    NotYet {
        /// When.
        start: Moment,
    },
    /// It is over.
    Ended {
        /// Since when.
        end: Moment,
    },
    /// Its amounts are in another currency than the basket.
    OtherCurrency {
        /// The offer's.
        offer: Currency,
        /// The basket's.
        basket: Currency,
    },
    /// It has been used as often as it may.
    UsedUp {
        /// In all orders.
        limit: u32,
        /// So often.
        used: u32,
    },
    /// This shopper has used it as often as one may.
    UsedUpByShopper {
        /// By one shopper.
        limit: u32,
        /// So often.
        used: u32,
    },
    /// It has cost all that it may.
    BudgetSpent {
        /// What it may cost.
        budget: Money,
    },
    /// It needs a voucher, and no valid one is in the basket.
    NeedsVoucher,
    /// It is for customers of other groups.
    NeedsGroup {
        /// Any of these.
        groups: Vec<CustomerGroupId>,
    },
    /// It is opened by a link.
    NeedsLink,
    /// The basket lacks what it asks for.
    ConditionNotMet {
        /// How much more.
        missing: Need,
    },
    /// The basket holds what it asks for, but another offer has taken units of it or shares them with nobody.
    UnitsTaken {
        /// The first that took units there.
        by: OfferId,
        /// How much is missing without them; `None` where only the goods to take something off are taken.
        missing: Option<Need>,
    },
    /// What it asks for is there, but nothing that it could take something off.
    NothingToTakeOff,
    /// What it takes off is less than the currency's smallest unit.
    RoundsToNothing,
    /// Nothing in the basket is sent.
    NothingToSend,
    /// Another offer has changed the charge of delivery already; it is among the applications, with 0.
    DeliveryTaken {
        /// The other one.
        by: OfferId,
    },
}

/// What became of a voucher.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VoucherDecision {
    /// Its code.
    pub code: VoucherCode,
    /// Whether it gave something, or why not. A shop takes out again what gives nothing.
    pub outcome: Result<(), VoucherRefusal>,
}

impl Decisions {
    /// What is taken off the goods.
    pub fn goods_discount(&self, currency: Currency) -> Result<Money, MoneyError> {
        Money::sum(currency, self.lines.iter().map(|line| line.discount))
    }

    /// What is taken off delivery; nothing while its charge is not known.
    pub fn shipping_discount(&self, currency: Currency) -> Money {
        self.shipping.map_or(Money::zero(currency), |shipping| shipping.discount)
    }
}

impl ShippingDecision {
    /// What delivery costs after offers.
    pub fn after(self) -> Result<Money, MoneyError> {
        self.before.minus(self.discount)
    }
}

impl Application {
    /// Whether it counts as a use when the order is placed: it took something off, or its actions are due.
    pub fn counts(&self) -> bool {
        self.effect == Effect::AfterOrder || !self.discount.is_zero()
    }
}

/// The prices of a line's units: the discount spread over the units that were taken.
pub(super) fn unit_prices(
    unit: Money,
    quantity: u32,
    discount: Money,
    taken: u32,
) -> Result<Vec<UnitPrice>, MoneyError> {
    let mut prices = Vec::new();
    let taken = taken.min(quantity);
    if let Some(parts) = NonZeroU32::new(taken).filter(|_| !discount.is_zero()) {
        let (each, odd) = (discount.minor() / i64::from(parts.get()), discount.minor() % i64::from(parts.get()));
        // `odd` units are one minor unit cheaper than the rest.
        let odd = u32::try_from(odd).unwrap_or(0);
        let less = |minor| unit.minus(Money::from_minor(minor, unit.currency()));
        if odd > 0 {
            prices.push(UnitPrice { price: less(each + 1)?, quantity: odd });
        }
        prices.push(UnitPrice { price: less(each)?, quantity: taken - odd });
    }
    let rest = if prices.is_empty() { quantity } else { quantity - taken };
    if rest > 0 {
        prices.push(UnitPrice { price: unit, quantity: rest });
    }
    Ok(prices)
}
