//! Orders: facts with three life cycles: the order itself, its payment (derived from the ledger, see
//! [`crate::payment`]) and its fulfilment (derived from parcels by line and quantity).

use crate::checkout::FrozenCheckout;
use crate::gift_card::PaidBy;
use crate::ids::{GiftCardId, OrderId, ParcelId};
use crate::moment::Moment;
use crate::money::Money;
use crate::payment::{LedgerSums, NotAllowed, PaymentStatus};
use std::fmt;

/// Most parcels of one order.
pub const PARCELS_MAX: usize = 200;
/// Longest note, in characters.
pub const NOTE_CHARS_MAX: usize = 2_000;
/// Longest tracking number, in characters.
pub const TRACKING_CHARS_MAX: usize = 80;

/// Letters of an order number: no vowels, nothing that looks like another, so that it can be read out and spells
/// nothing.
pub(crate) const NUMBER_LETTERS: &[u8; 28] = b"23456789BCDFGHJKLMNPQRSTVWXZ";
/// Letters in a number, the last one checks the others.
const NUMBER_LENGTH: usize = 9;

/// What people call an order: nine letters and digits drawn at random, `4KT-9WM-2HB`. It tells nothing of how many
/// orders there are, and a mistyped letter is noticed.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct OrderNumber(String);

/// Not an order number.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is not an order number such as 4KT-9WM-2HB")]
pub struct InvalidOrderNumber(pub String);

impl OrderNumber {
    /// Makes a number from random bits.
    pub fn from_random(mut random: u64) -> Self {
        let mut letters = Vec::with_capacity(NUMBER_LENGTH);
        for _ in 0..NUMBER_LENGTH - 1 {
            let place = usize::try_from(random % 28).unwrap_or_default();
            letters.push(NUMBER_LETTERS[place]);
            random /= 28;
        }
        letters.push(check_letter(&letters));
        Self(letters.into_iter().map(char::from).collect())
    }

    /// As people type it: in any case, with or without hyphens and spaces.
    pub fn parse(raw: &str) -> Result<Self, InvalidOrderNumber> {
        let wrong = || InvalidOrderNumber(raw.chars().take(40).collect());
        let letters: Vec<u8> = raw
            .bytes()
            .filter(|byte| !matches!(byte, b'-' | b' '))
            .map(|byte| byte.to_ascii_uppercase())
            .take(NUMBER_LENGTH + 1)
            .collect();
        let known = letters.iter().all(|letter| NUMBER_LETTERS.contains(letter));
        match letters.split_last() {
            Some((last, others)) if known && letters.len() == NUMBER_LENGTH && check_letter(others) == *last => {
                String::from_utf8(letters).map(Self).map_err(|_| wrong())
            }
            _ => Err(wrong()),
        }
    }

    /// Without hyphens, as it is kept.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// The letters weighted by their place, modulo 29 less the one letter that is missing: finds any one wrong letter and
/// nearly all swaps.
fn check_letter(letters: &[u8]) -> u8 {
    let value = |letter: &u8| NUMBER_LETTERS.iter().position(|known| known == letter).unwrap_or_default();
    let sum: usize = letters.iter().enumerate().map(|(place, letter)| (2 * place + 1) * value(letter)).sum();
    NUMBER_LETTERS[sum % 28]
}

impl fmt::Display for OrderNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (first, second, third) = (&self.0[..3], &self.0[3..6], &self.0[6..]);
        write!(f, "{first}-{second}-{third}")
    }
}

impl fmt::Debug for OrderNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// The order's own life.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum OrderState {
    /// Something is still to be done.
    Open,
    /// Called off before anything was sent.
    Cancelled,
    /// Sent and paid, or sent back and refunded: nothing is to be done.
    Closed,
}

/// What happens to an order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum OrderEvent {
    /// Called off.
    Cancel,
    /// Everything was done.
    Close,
    /// Something is to be done again: a parcel came back, a refund is owed.
    Reopen,
}

impl OrderState {
    /// All states.
    pub const ALL: [Self; 3] = [Self::Open, Self::Cancelled, Self::Closed];

    /// The short name in tables and commands.
    pub fn name(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Cancelled => "cancelled",
            Self::Closed => "closed",
        }
    }

    /// The state of that name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.name() == name)
    }

    /// The life of an order.
    pub fn after(self, event: OrderEvent) -> Result<Self, NotAllowed> {
        match (self, event) {
            (Self::Open, OrderEvent::Cancel) => Ok(Self::Cancelled),
            (Self::Open, OrderEvent::Close) => Ok(Self::Closed),
            (Self::Closed, OrderEvent::Reopen) => Ok(Self::Open),
            (state, OrderEvent::Cancel) => Err(NotAllowed { what: "cancelling", state: state.name() }),
            (state, OrderEvent::Close) => Err(NotAllowed { what: "closing", state: state.name() }),
            (state, OrderEvent::Reopen) => Err(NotAllowed { what: "reopening", state: state.name() }),
        }
    }
}

/// A parcel's life. What an order shows as its fulfilment is derived from its parcels.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ParcelStatus {
    /// Packed, still in the house.
    Packed,
    /// With the carrier.
    Sent,
    /// With the customer.
    Delivered,
    /// Back in the house.
    Returned,
}

/// What happens to a parcel.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ParcelEvent {
    /// Given to the carrier.
    HandedOver,
    /// The carrier says it arrived.
    CarrierConfirmed,
    /// It is back.
    CameBack,
}

impl ParcelStatus {
    /// All states.
    pub const ALL: [Self; 4] = [Self::Packed, Self::Sent, Self::Delivered, Self::Returned];

    /// The short name in tables and commands.
    pub fn name(self) -> &'static str {
        match self {
            Self::Packed => "packed",
            Self::Sent => "sent",
            Self::Delivered => "delivered",
            Self::Returned => "returned",
        }
    }

    /// The state of that name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|status| status.name() == name)
    }

    /// The life of a parcel.
    pub fn after(self, event: ParcelEvent) -> Result<Self, NotAllowed> {
        match (self, event) {
            (Self::Packed, ParcelEvent::HandedOver) => Ok(Self::Sent),
            (Self::Sent, ParcelEvent::CarrierConfirmed) => Ok(Self::Delivered),
            (Self::Sent | Self::Delivered, ParcelEvent::CameBack) => Ok(Self::Returned),
            (status, ParcelEvent::HandedOver) => Err(NotAllowed { what: "handing over", state: status.name() }),
            (status, ParcelEvent::CarrierConfirmed) => Err(NotAllowed { what: "delivering", state: status.name() }),
            (status, ParcelEvent::CameBack) => Err(NotAllowed { what: "returning", state: status.name() }),
        }
    }
}

/// A parcel: which units of which lines.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ParcelContent {
    /// Its id.
    pub id: ParcelId,
    /// Where it is.
    pub status: ParcelStatus,
    /// The carrier's number; may be empty.
    pub tracking: String,
    /// Place of the line in the order, and units.
    pub units: Vec<(usize, u32)>,
    /// When it was packed.
    pub packed_at: Moment,
}

/// What an order shows as its fulfilment.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum FulfilmentStatus {
    /// Nothing is to be sent.
    NothingToShip,
    /// Nothing has left.
    Unfulfilled,
    /// A part has left.
    Part,
    /// Everything has left.
    Fulfilled,
    /// Everything that left came back.
    Returned,
}

impl FulfilmentStatus {
    /// The short name in commands and pages.
    pub fn name(self) -> &'static str {
        match self {
            Self::NothingToShip => "nothing_to_ship",
            Self::Unfulfilled => "unfulfilled",
            Self::Part => "part_fulfilled",
            Self::Fulfilled => "fulfilled",
            Self::Returned => "returned",
        }
    }
}

/// An order with what has become of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Order {
    /// Its key: the checkout's id.
    pub id: OrderId,
    /// Everything as sold.
    pub sold: FrozenCheckout,
    /// When it was placed.
    pub placed_at: Moment,
    /// Its own life.
    pub state: OrderState,
    /// When the customer withdrew from the contract, if they did.
    pub withdrawn_at: Option<Moment>,
    /// Its parcels, in order.
    pub parcels: Vec<ParcelContent>,
    /// Sums of its ledger, gift cards included.
    pub money: LedgerSums,
    /// Of these, what came from and went to each gift card.
    pub by_card: Vec<(GiftCardId, LedgerSums)>,
    /// Rises with every change, so that two moves at once are noticed.
    pub version: i64,
}

/// What can be done with an order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Move {
    /// Take money that is set aside or owed.
    Capture,
    /// Send a parcel.
    Ship,
    /// Call it off.
    Cancel,
    /// Give money back.
    Refund,
    /// Withdraw from the contract, as an EU consumer may.
    Withdraw,
}

impl Order {
    /// The order that a frozen checkout becomes: open, nothing sent.
    pub fn place(sold: FrozenCheckout, money: LedgerSums, now: Moment) -> Self {
        let id = OrderId::new(sold.id.uuid());
        let (state, withdrawn_at, parcels) = (OrderState::Open, None, Vec::new());
        Self { id, sold, placed_at: now, state, withdrawn_at, parcels, money, by_card: Vec::new(), version: 1 }
    }

    /// Sums of what came from and went to the gateway alone.
    pub fn gateway_money(&self) -> LedgerSums {
        self.by_card.iter().fold(self.money, |sums, (_, of_card)| sums.without(of_card))
    }

    /// What was paid by each way and may go back there: the gateway first, then the cards in order.
    pub fn paid_by(&self) -> Vec<PaidBy> {
        let cards = self.by_card.iter().map(|(card, sums)| sums.paid_by(Some(*card)));
        std::iter::once(self.gateway_money().paid_by(None)).chain(cards).collect()
    }

    /// What it shows as its payment.
    pub fn payment_status(&self) -> PaymentStatus {
        self.money.status(self.sold.total.gross())
    }

    /// Units of a line that are in parcels which did not come back.
    pub fn units_sent(&self, line: usize) -> u32 {
        let gone = self.parcels.iter().filter(|parcel| parcel.status != ParcelStatus::Returned);
        gone.flat_map(|parcel| &parcel.units).filter(|(place, _)| *place == line).map(|(_, units)| *units).sum()
    }

    /// Units of each line that are still to be sent.
    pub fn units_to_send(&self) -> Vec<(usize, u32)> {
        let open = |(place, line): (usize, &crate::checkout::SoldLine)| {
            let packed: u32 = self
                .parcels
                .iter()
                .flat_map(|parcel| &parcel.units)
                .filter(|(p, _)| *p == place)
                .map(|(_, u)| *u)
                .sum();
            let left = line.quantity.saturating_sub(packed);
            (line.requires_shipping && left > 0).then_some((place, left))
        };
        self.sold.lines.iter().enumerate().filter_map(open).collect()
    }

    /// What it shows as its fulfilment.
    pub fn fulfilment_status(&self) -> FulfilmentStatus {
        if !self.sold.lines.iter().any(|line| line.requires_shipping) {
            return FulfilmentStatus::NothingToShip;
        }
        let left_the_house = |parcel: &&ParcelContent| parcel.status != ParcelStatus::Packed;
        let gone: Vec<&ParcelContent> = self.parcels.iter().filter(left_the_house).collect();
        if gone.is_empty() {
            return FulfilmentStatus::Unfulfilled;
        }
        let packed_waits = self.parcels.len() > gone.len();
        if !packed_waits && gone.iter().all(|parcel| parcel.status == ParcelStatus::Returned) {
            return FulfilmentStatus::Returned;
        }
        if packed_waits || !self.units_to_send().is_empty() {
            FulfilmentStatus::Part
        } else {
            FulfilmentStatus::Fulfilled
        }
    }

    /// Whether a move is possible now; what stands in its way if not.
    pub fn allows(&self, wanted: Move) -> Result<(), NotAllowed> {
        let no = |what, state| Err(NotAllowed { what, state });
        let fulfilment = self.fulfilment_status().name();
        let payment = self.payment_status().name();
        match wanted {
            Move::Capture if self.state == OrderState::Cancelled => no("capturing", self.state.name()),
            Move::Capture if self.money.capturable().is_zero() => no("capturing", payment),
            Move::Ship if self.state != OrderState::Open => no("shipping", self.state.name()),
            Move::Ship if self.units_to_send().is_empty() => no("shipping", fulfilment),
            // Whoever has all the money back gets no goods: a new order is made for them.
            Move::Ship if self.payment_status() == PaymentStatus::Refunded => no("shipping", payment),
            Move::Cancel if self.state != OrderState::Open => no("cancelling", self.state.name()),
            Move::Cancel if !self.parcels.is_empty() => no("cancelling", fulfilment),
            Move::Refund if self.money.refundable().is_zero() => no("refunding", payment),
            Move::Withdraw if self.withdrawn_at.is_some() => no("withdrawing", "withdrawn"),
            Move::Withdraw if self.state == OrderState::Cancelled => no("withdrawing", self.state.name()),
            _ => Ok(()),
        }
    }

    /// Checks that a parcel holds nothing that is not to be sent.
    pub fn check_parcel(&self, units: &[(usize, u32)]) -> Result<(), ParcelError> {
        let open = self.units_to_send();
        if units.is_empty() || units.iter().any(|(_, count)| *count == 0) {
            return Err(ParcelError::Empty);
        }
        if self.parcels.len() >= PARCELS_MAX {
            return Err(ParcelError::TooMany);
        }
        for (index, (place, count)) in units.iter().enumerate() {
            let left = open.iter().find(|(open, _)| open == place).map_or(0, |(_, left)| *left);
            let twice = units[..index].iter().any(|(earlier, _)| earlier == place);
            if twice || left < *count {
                return Err(ParcelError::Line { line: place + 1, wanted: *count, left });
            }
        }
        Ok(())
    }

    /// What the whole order may be refunded at once.
    pub fn refundable(&self) -> Money {
        self.money.refundable()
    }

    /// Whether everything is done, so that it can be closed: sent (or nothing to send), and paid.
    pub fn is_done(&self) -> bool {
        let sent = matches!(self.fulfilment_status(), FulfilmentStatus::Fulfilled | FulfilmentStatus::NothingToShip);
        let settled = matches!(
            self.payment_status(),
            PaymentStatus::Paid | PaymentStatus::PartRefunded | PaymentStatus::Refunded
        );
        self.state == OrderState::Open && sent && settled
    }
}

/// Why a parcel cannot be packed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ParcelError {
    /// No units in it.
    #[error("a parcel needs at least one unit of a line")]
    Empty,
    /// [`PARCELS_MAX`].
    #[error("an order has at most {PARCELS_MAX} parcels")]
    TooMany,
    /// More than there is to send.
    #[error("line {line} has {left} to send, {wanted} wanted")]
    Line {
        /// Counted from 1, as people do.
        line: usize,
        /// Units in the parcel.
        wanted: u32,
        /// Units that are left.
        left: u32,
    },
}

#[cfg(test)]
mod tests;
