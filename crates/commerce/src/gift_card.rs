//! Gift cards and store credit: money that a store owes to whoever has the code. They pay; they take nothing off a price.
//!
//! What a card pays is a tender of its order beside the payment at the gateway: Σ tenders + payment = total. The balance
//! itself is one row of the database; here is what a balance may pay, and where money goes back to.

mod code;

pub use code::{CODE_SIGNS, GiftCardCode, InvalidGiftCardCode};

use crate::ids::GiftCardId;
use crate::moment::Moment;
use crate::money::{Currency, Money};

/// Most cards that pay for one order.
pub const GIFT_CARDS_PER_CHECKOUT_MAX: usize = 4;
/// Most that one card is worth, in minor units of its currency.
pub const GIFT_CARD_MINOR_MAX: i64 = 100_000_000;
/// Longest reason of a change by hand, in characters.
pub const GIFT_CARD_REASON_CHARS_MAX: usize = 200;
/// Short name of the customer option that holds the mail address of whoever gets the card.
pub const OPTION_RECIPIENT: &str = "recipient";
/// Short name of the customer option that says who gives it.
pub const OPTION_FROM: &str = "from";
/// Short name of the customer option that holds what the giver writes.
pub const OPTION_MESSAGE: &str = "message";

/// How a card came into the world. Both pay alike.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum GiftCardKind {
    /// Bought, or made by staff to be given away.
    GiftCard,
    /// Given to a customer: a refund, or goodwill.
    Credit,
}

impl GiftCardKind {
    /// All kinds.
    pub const ALL: [Self; 2] = [Self::GiftCard, Self::Credit];

    /// The short name in tables and commands.
    pub fn name(self) -> &'static str {
        match self {
            Self::GiftCard => "gift_card",
            Self::Credit => "credit",
        }
    }

    /// The kind of that name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.name() == name)
    }
}

/// A card as far as paying hangs on it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GiftCard {
    /// Its id.
    pub id: GiftCardId,
    /// The last four signs of its code, which name it on pages and in letters.
    pub last_four: String,
    /// How it came into the world.
    pub kind: GiftCardKind,
    /// What it was worth at first.
    pub initial: Money,
    /// What is left; never below nothing.
    pub balance: Money,
    /// Whether staff, or the end of the order that it was bought with, keep it from paying.
    pub is_blocked: bool,
    /// The first moment at which it pays no more; none for ever.
    pub expires_at: Option<Moment>,
}

/// Why a card does not pay.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum GiftCardRefusal {
    /// No card has that code.
    #[error("no gift card has this code")]
    Unknown,
    /// Nothing is left on it.
    #[error("nothing is left on this gift card")]
    UsedUp,
    /// Its time is over.
    #[error("this gift card has expired")]
    Expired {
        /// Since when it pays no more.
        end: Moment,
    },
    /// It was blocked.
    #[error("this gift card is blocked")]
    Blocked,
    /// It holds money of another currency.
    #[error("this gift card is in {0}")]
    OtherCurrency(Currency),
    /// It is among those that pay already.
    #[error("this gift card is already used for this order")]
    AlreadyThere,
    /// As many as may pay for one order do.
    #[error("at most {GIFT_CARDS_PER_CHECKOUT_MAX} gift cards pay for one order")]
    TooMany,
    /// Everything that cards may pay for is paid: the rest is gift cards, or there is no rest.
    #[error("nothing is left to pay that a gift card may pay for")]
    NothingToPay,
}

/// What the store calls a card at a moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum GiftCardState {
    /// It pays.
    Active,
    /// Nothing is left on it.
    UsedUp,
    /// Its time is over.
    Expired,
    /// It was blocked.
    Blocked,
}

impl GiftCardState {
    /// The short name in commands.
    pub fn name(self) -> &'static str {
        match self {
            Self::Active => "active",
            Self::UsedUp => "used_up",
            Self::Expired => "expired",
            Self::Blocked => "blocked",
        }
    }
}

impl GiftCard {
    /// What it is at a moment.
    pub fn state(&self, now: Moment) -> GiftCardState {
        if self.is_blocked {
            return GiftCardState::Blocked;
        }
        if self.expires_at.is_some_and(|end| end <= now) {
            return GiftCardState::Expired;
        }
        if self.balance.minor() <= 0 { GiftCardState::UsedUp } else { GiftCardState::Active }
    }

    /// The last moment at which it pays; none for ever.
    pub fn last_moment(&self) -> Option<Moment> {
        self.expires_at.map(|end| Moment::from_micros(end.micros().saturating_sub(1)))
    }

    /// Whether it pays in this currency now.
    pub fn admit(&self, currency: Currency, now: Moment) -> Result<(), GiftCardRefusal> {
        match (self.state(now), self.expires_at) {
            (GiftCardState::Blocked, _) => Err(GiftCardRefusal::Blocked),
            (GiftCardState::Expired, Some(end)) => Err(GiftCardRefusal::Expired { end }),
            _ if self.balance.currency() != currency => Err(GiftCardRefusal::OtherCurrency(self.balance.currency())),
            (GiftCardState::UsedUp, _) => Err(GiftCardRefusal::UsedUp),
            _ => Ok(()),
        }
    }
}

/// What a card pays of an order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tender {
    /// The card.
    pub card: GiftCardId,
    /// The last four signs of its code.
    pub last_four: String,
    /// How it came into the world.
    pub kind: GiftCardKind,
    /// How much; above nothing.
    pub amount: Money,
}

/// What cards pay of an amount, in the order given, each at most what is left on it; the rest is for the payment. Cards
/// that pay nothing are left out, and so are all after the first [`GIFT_CARDS_PER_CHECKOUT_MAX`].
pub fn split(due: Money, cards: &[GiftCard], now: Moment) -> Vec<Tender> {
    let mut left = due.minor().max(0);
    let mut tenders: Vec<Tender> = Vec::new();
    for card in cards.iter().take(GIFT_CARDS_PER_CHECKOUT_MAX) {
        let counted = tenders.iter().any(|tender| tender.card == card.id);
        if counted || card.admit(due.currency(), now).is_err() {
            continue;
        }
        let amount = card.balance.minor().min(left);
        if amount <= 0 {
            continue;
        }
        left -= amount;
        tenders.push(Tender {
            card: card.id,
            last_four: card.last_four.clone(),
            kind: card.kind,
            amount: Money::from_minor(amount, due.currency()),
        });
    }
    tenders
}

/// What of an order's total cards may pay: not the gift cards in it. Money that is owed cannot be turned into money that
/// is owed for longer, or to somebody else.
pub fn payable(total: Money, gift_cards: Money) -> Money {
    let most = total.minor().saturating_sub(gift_cards.minor().max(0));
    Money::from_minor(most.max(0), total.currency())
}

/// A way that an order was paid by, and what may go back there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PaidBy {
    /// The card; none for the payment at the gateway.
    pub card: Option<GiftCardId>,
    /// What was taken that way and has not gone back.
    pub left: Money,
}

/// Where an amount goes back to: the ways in the order given, to each at most what came from there. None if together they
/// have not as much.
pub fn refund_parts(amount: Money, paid: &[PaidBy]) -> Option<Vec<PaidBy>> {
    let mut rest = amount.minor();
    let mut parts = Vec::new();
    for way in paid {
        let part = way.left.minor().min(rest).max(0);
        if part > 0 {
            rest -= part;
            parts.push(PaidBy { card: way.card, left: Money::from_minor(part, amount.currency()) });
        }
    }
    (rest == 0).then_some(parts)
}

/// What an entry of a card's own ledger says.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum CardEntryKind {
    /// It came into the world with so much.
    Issued,
    /// So much was set aside for a checkout.
    Held,
    /// What was set aside came back: nobody paid.
    GivenBack,
    /// What was set aside has paid for an order. The balance went down before.
    Redeemed,
    /// Money of an order went back to it.
    Refunded,
    /// Staff added so much.
    Added,
    /// Staff took so much off.
    TakenOff,
    /// It was kept from paying, with so much on it.
    Blocked,
    /// It may pay again, with so much on it.
    Unblocked,
}

impl CardEntryKind {
    /// All kinds.
    pub const ALL: [Self; 9] = [
        Self::Issued,
        Self::Held,
        Self::GivenBack,
        Self::Redeemed,
        Self::Refunded,
        Self::Added,
        Self::TakenOff,
        Self::Blocked,
        Self::Unblocked,
    ];

    /// The short name in tables and commands.
    pub fn name(self) -> &'static str {
        match self {
            Self::Issued => "issued",
            Self::Held => "held",
            Self::GivenBack => "given_back",
            Self::Redeemed => "redeemed",
            Self::Refunded => "refunded",
            Self::Added => "added",
            Self::TakenOff => "taken_off",
            Self::Blocked => "blocked",
            Self::Unblocked => "unblocked",
        }
    }

    /// The kind of that name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.name() == name)
    }

    /// What an entry of so much does to the balance.
    pub fn change(self, amount: Money) -> Money {
        let minor = amount.minor();
        let change = match self {
            Self::Issued | Self::GivenBack | Self::Refunded | Self::Added => minor,
            Self::Held | Self::TakenOff => minor.saturating_neg(),
            Self::Redeemed | Self::Blocked | Self::Unblocked => 0,
        };
        Money::from_minor(change, amount.currency())
    }
}

#[cfg(test)]
mod tests;
