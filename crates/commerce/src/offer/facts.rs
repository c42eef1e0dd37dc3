//! What the offers of one basket are worked out from.

use crate::basket::{BASKET_LINES_MAX, Quantity};
use crate::ids::{CustomerGroupId, OfferId};
use crate::moment::Moment;
use crate::money::{Currency, Money, MoneyError};
use crate::range::RangedProduct;
use crate::voucher::{BASKET_VOUCHERS_MAX, Voucher, VoucherUses};
use std::collections::HashMap;

/// A line of a basket, as far as offers are concerned.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OfferLine {
    /// What is bought.
    pub product: RangedProduct,
    /// Unit price as the market shows it: the base that discounts are taken off.
    pub unit_price: Money,
    /// Units.
    pub quantity: Quantity,
    /// Whether offers may take something off it and count it; a child's own flag, not its parent's.
    pub discountable: bool,
    /// Whether it is sent.
    pub requires_shipping: bool,
}

/// How much of an offer was used in orders that stand.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct OfferUses {
    /// Applications, by everybody.
    pub applications: u32,
    /// Of these, by the shopper; 0 where nothing is known of the shopper.
    pub by_shopper: u32,
    /// What it has cost the store, in minor units of the offer's currency.
    pub discount_minor: i64,
}

/// A voucher in a basket.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VoucherHeld {
    /// The voucher.
    pub voucher: Voucher,
    /// How often it was used.
    pub uses: VoucherUses,
}

/// Who shops.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Shopper {
    /// Whether the shop knows the shopper.
    pub signed_in: bool,
    /// Groups that the shopper belongs to.
    pub groups: Vec<CustomerGroupId>,
    /// Offers that a link opened.
    pub opened: Vec<OfferId>,
}

/// The facts of one basket.
#[derive(Clone, Copy, Debug)]
pub struct Facts<'a> {
    /// The basket's currency.
    pub currency: Currency,
    /// The lines, in the order in which they were put in.
    pub lines: &'a [OfferLine],
    /// What delivery costs before offers, as the market shows it; `None` while no method is chosen.
    pub shipping: Option<Money>,
    /// Vouchers in the basket. Of two whose offers have the same priority the first here goes first
    /// (Oscar puts the voucher that was made last first).
    pub vouchers: &'a [VoucherHeld],
    /// Who shops.
    pub shopper: &'a Shopper,
    /// What was used before; an offer that is missing has not been used.
    pub uses: &'a HashMap<OfferId, OfferUses>,
    /// The time.
    pub now: Moment,
}

/// Why facts cannot be worked with.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum InvalidFacts {
    /// An amount does not fit, or has another currency than the basket.
    #[error(transparent)]
    Money(#[from] MoneyError),
    /// A price below nothing.
    #[error("a price is below nothing")]
    NegativePrice,
    /// More lines than a basket has.
    #[error("a basket holds at most {BASKET_LINES_MAX} lines")]
    TooManyLines,
    /// More vouchers than a basket takes.
    #[error("a basket takes at most {BASKET_VOUCHERS_MAX} vouchers")]
    TooManyVouchers,
}

impl Facts<'_> {
    /// Refuses what no basket is, so that later no sum of line prices can fail to fit.
    pub(super) fn check(&self) -> Result<(), InvalidFacts> {
        if BASKET_LINES_MAX < self.lines.len() {
            return Err(InvalidFacts::TooManyLines);
        }
        if BASKET_VOUCHERS_MAX < self.vouchers.len() {
            return Err(InvalidFacts::TooManyVouchers);
        }
        let mut sum = self.shipping.unwrap_or(Money::zero(self.currency));
        let mut negative = sum.is_negative();
        for line in self.lines {
            negative |= line.unit_price.is_negative();
            sum = sum.plus(line.unit_price.times(line.quantity.get())?)?;
        }
        // One sum in the basket's currency, so that a second currency is told as such.
        Money::zero(self.currency).plus(sum)?;
        if negative { Err(InvalidFacts::NegativePrice) } else { Ok(()) }
    }

    pub(super) fn uses_of(&self, offer: OfferId) -> OfferUses {
        self.uses.get(&offer).copied().unwrap_or_default()
    }

    /// Whether there is anything to send.
    pub(super) fn requires_shipping(&self) -> bool {
        self.lines.iter().any(|line| line.requires_shipping)
    }
}
