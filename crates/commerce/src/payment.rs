//! Payments of an order: an append-only ledger, and what follows from it.

use crate::gift_card::PaidBy;
use crate::ids::{GiftCardId, PaymentId};
use crate::moment::Moment;
use crate::money::{Currency, Money, MoneyError};

/// Where one payment stands with its gateway.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum PaymentState {
    /// The row is written, the gateway not asked yet.
    Created,
    /// The shopper is at the gateway, or on the way.
    Pending,
    /// To be paid later: an invoice.
    Due,
    /// The gateway has set the amount aside.
    Authorised,
    /// The gateway has taken the amount, or a part of it.
    Captured,
    /// The gateway said no.
    Declined,
    /// The shopper or the shop gave up.
    Cancelled,
    /// Its time ran out.
    Expired,
    /// It was set aside and given back.
    Voided,
    /// What the gateway says does not match what was asked: a person must look, nothing ships.
    Review,
}

/// What a gateway's answer means for a payment.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum PaymentNews {
    /// The shopper was sent to the gateway.
    Started,
    /// It will be paid later.
    ToPayLater,
    /// Authorised in full.
    Authorised,
    /// Captured, in full or in part.
    Captured,
    /// Declined.
    Declined,
    /// Cancelled.
    Cancelled,
    /// Expired.
    Expired,
    /// Voided.
    Voided,
    /// Amount, currency or reference are not ours.
    Mismatch,
}

/// A change that a life cycle does not know.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{what} is not possible while it is {state}")]
pub struct NotAllowed {
    /// What was wanted.
    pub what: &'static str,
    /// The state that forbids it.
    pub state: &'static str,
}

impl PaymentState {
    /// All states, for tables and checks.
    pub const ALL: [Self; 10] = [
        Self::Created,
        Self::Pending,
        Self::Due,
        Self::Authorised,
        Self::Captured,
        Self::Declined,
        Self::Cancelled,
        Self::Expired,
        Self::Voided,
        Self::Review,
    ];

    /// The short name in tables and commands.
    pub fn name(self) -> &'static str {
        match self {
            Self::Created => "created",
            Self::Pending => "pending",
            Self::Due => "due",
            Self::Authorised => "authorised",
            Self::Captured => "captured",
            Self::Declined => "declined",
            Self::Cancelled => "cancelled",
            Self::Expired => "expired",
            Self::Voided => "voided",
            Self::Review => "review",
        }
    }

    /// The state of that name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.name() == name)
    }

    /// Whether nothing more is expected of the gateway, so that nobody need ask it again.
    pub fn is_final(self) -> bool {
        matches!(self, Self::Due | Self::Captured | Self::Declined | Self::Cancelled | Self::Expired | Self::Voided)
    }

    /// Whether an order may stand on it.
    pub fn carries_an_order(self) -> bool {
        matches!(self, Self::Due | Self::Authorised | Self::Captured)
    }

    /// The life of a payment. News may come late, twice and in any order: what is known already changes nothing, and
    /// what would turn back time is refused. Money that turns up after an end is news all the same.
    pub fn after(self, news: PaymentNews) -> Result<Self, NotAllowed> {
        use PaymentNews as N;
        match (self, news) {
            (Self::Created, N::Started) => Ok(Self::Pending),
            (Self::Created, N::ToPayLater) => Ok(Self::Due),
            (Self::Created | Self::Pending | Self::Review, N::Declined) => Ok(Self::Declined),
            (Self::Created | Self::Pending | Self::Review | Self::Due, N::Cancelled) => Ok(Self::Cancelled),
            (Self::Created | Self::Pending | Self::Review, N::Expired) => Ok(Self::Expired),
            (
                Self::Created | Self::Pending | Self::Review | Self::Declined | Self::Cancelled | Self::Expired,
                N::Authorised,
            ) => Ok(Self::Authorised),
            (Self::Voided | Self::Captured, N::Captured) => Ok(Self::Captured),
            (_, N::Captured) => Ok(Self::Captured),
            (Self::Created | Self::Pending | Self::Authorised | Self::Review, N::Voided) => Ok(Self::Voided),
            (
                Self::Created | Self::Pending | Self::Authorised | Self::Declined | Self::Cancelled | Self::Expired,
                N::Mismatch,
            ) => Ok(Self::Review),
            (state, news) if state.is_known(news) => Ok(state),
            (state, news) => Err(NotAllowed { what: news.name(), state: state.name() }),
        }
    }

    fn is_known(self, news: PaymentNews) -> bool {
        use PaymentNews as N;
        matches!(
            (self, news),
            (_, N::Started)
                | (Self::Due, N::ToPayLater)
                | (Self::Authorised | Self::Captured | Self::Voided, N::Authorised)
                | (Self::Declined, N::Declined)
                | (Self::Cancelled, N::Cancelled)
                | (Self::Expired | Self::Cancelled, N::Expired)
                | (Self::Voided, N::Voided | N::Cancelled | N::Expired)
                | (Self::Review, N::Mismatch)
        )
    }
}

impl PaymentNews {
    fn name(self) -> &'static str {
        match self {
            Self::Started => "starting",
            Self::ToPayLater => "paying later",
            Self::Authorised => "authorising",
            Self::Captured => "capturing",
            Self::Declined => "declining",
            Self::Cancelled => "cancelling",
            Self::Expired => "expiring",
            Self::Voided => "voiding",
            Self::Mismatch => "reviewing",
        }
    }
}

/// What an entry of the ledger says about money.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum LedgerKind {
    /// Owed, to be paid later.
    Due,
    /// Set aside at the gateway.
    Authorised,
    /// Taken.
    Captured,
    /// Given back.
    Refunded,
    /// What was set aside was let go.
    Voided,
}

impl LedgerKind {
    /// All kinds.
    pub const ALL: [Self; 5] = [Self::Due, Self::Authorised, Self::Captured, Self::Refunded, Self::Voided];

    /// The short name in tables and commands.
    pub fn name(self) -> &'static str {
        match self {
            Self::Due => "due",
            Self::Authorised => "authorised",
            Self::Captured => "captured",
            Self::Refunded => "refunded",
            Self::Voided => "voided",
        }
    }

    /// The kind of that name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.name() == name)
    }
}

/// One movement of money. Entries are added, never changed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LedgerEntry {
    /// The payment that it belongs to.
    pub payment: PaymentId,
    /// The gift card that the money came from or went to; none for the payment's gateway.
    pub card: Option<GiftCardId>,
    /// What happened.
    pub kind: LedgerKind,
    /// How much; never below nothing.
    pub amount: Money,
    /// Key under which the gateway was asked: the same movement is written once.
    pub key: String,
    /// When.
    pub at: Moment,
}

/// Sums of a ledger.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LedgerSums {
    /// Promised, to be paid later.
    pub due: Money,
    /// Set aside, what was taken since included.
    pub authorised: Money,
    /// Taken.
    pub captured: Money,
    /// Given back.
    pub refunded: Money,
    /// Let go.
    pub voided: Money,
}

/// What an order shows as its payment.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum PaymentStatus {
    /// Nothing has come yet.
    Due,
    /// The whole sum is set aside.
    Authorised,
    /// A part has come.
    PartPaid,
    /// Everything has come.
    Paid,
    /// A part went back.
    PartRefunded,
    /// Everything went back.
    Refunded,
    /// Nothing came, and nothing will.
    Voided,
}

impl PaymentStatus {
    /// The short name in commands and pages.
    pub fn name(self) -> &'static str {
        match self {
            Self::Due => "due",
            Self::Authorised => "authorised",
            Self::PartPaid => "part_paid",
            Self::Paid => "paid",
            Self::PartRefunded => "part_refunded",
            Self::Refunded => "refunded",
            Self::Voided => "voided",
        }
    }
}

impl LedgerSums {
    /// Adds up the entries of one payment or of a whole order.
    pub fn of<'e>(currency: Currency, entries: impl IntoIterator<Item = &'e LedgerEntry>) -> Result<Self, MoneyError> {
        let zero = Money::zero(currency);
        let mut sums = Self { due: zero, authorised: zero, captured: zero, refunded: zero, voided: zero };
        for entry in entries {
            let sum = match entry.kind {
                LedgerKind::Due => &mut sums.due,
                LedgerKind::Authorised => &mut sums.authorised,
                LedgerKind::Captured => &mut sums.captured,
                LedgerKind::Refunded => &mut sums.refunded,
                LedgerKind::Voided => &mut sums.voided,
            };
            *sum = sum.plus(entry.amount)?;
        }
        Ok(sums)
    }

    /// The same for each gift card that the entries name, in the order in which they come first.
    pub fn by_card(currency: Currency, entries: &[LedgerEntry]) -> Result<Vec<(GiftCardId, Self)>, MoneyError> {
        let mut cards: Vec<GiftCardId> = Vec::new();
        for card in entries.iter().filter_map(|entry| entry.card) {
            if !cards.contains(&card) {
                cards.push(card);
            }
        }
        let sums = |card: GiftCardId| {
            let of_card = entries.iter().filter(|entry| entry.card == Some(card));
            Ok((card, Self::of(currency, of_card)?))
        };
        cards.into_iter().map(sums).collect()
    }

    /// These sums without those.
    pub fn without(&self, other: &Self) -> Self {
        let less =
            |all: Money, part: Money| Money::from_minor(all.minor().saturating_sub(part.minor()), all.currency());
        Self {
            due: less(self.due, other.due),
            authorised: less(self.authorised, other.authorised),
            captured: less(self.captured, other.captured),
            refunded: less(self.refunded, other.refunded),
            voided: less(self.voided, other.voided),
        }
    }

    /// What an order of this total shows.
    pub fn status(&self, total: Money) -> PaymentStatus {
        let [total, authorised, captured, refunded, voided] =
            [total, self.authorised, self.captured, self.refunded, self.voided].map(Money::minor);
        if refunded > 0 {
            return if captured <= refunded { PaymentStatus::Refunded } else { PaymentStatus::PartRefunded };
        }
        if total <= captured {
            return PaymentStatus::Paid;
        }
        if captured > 0 {
            return PaymentStatus::PartPaid;
        }
        if voided > 0 && authorised <= voided {
            return PaymentStatus::Voided;
        }
        if total <= authorised { PaymentStatus::Authorised } else { PaymentStatus::Due }
    }

    /// What may still be taken: what is set aside or owed, less what was taken or let go.
    pub fn capturable(&self) -> Money {
        let promised = self.authorised.minor().saturating_add(self.due.minor());
        let left = promised.saturating_sub(self.captured.minor()).saturating_sub(self.voided.minor());
        Money::from_minor(left.max(0), self.captured.currency())
    }

    /// What may still be given back.
    pub fn refundable(&self) -> Money {
        let left = self.captured.minor().saturating_sub(self.refunded.minor());
        Money::from_minor(left.max(0), self.captured.currency())
    }

    /// What came by one way and may go back there.
    pub fn paid_by(&self, card: Option<GiftCardId>) -> PaidBy {
        PaidBy { card, left: self.refundable() }
    }

    /// Whether refunded ≤ captured ≤ authorised or owed.
    pub fn is_sound(&self) -> bool {
        let promised = self.authorised.minor().saturating_add(self.due.minor());
        self.refunded.minor() <= self.captured.minor() && self.captured.minor() <= promised
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::money::Currency;
    use proptest::prelude::*;
    use uuid::Uuid;

    const NEWS: [PaymentNews; 9] = [
        PaymentNews::Started,
        PaymentNews::ToPayLater,
        PaymentNews::Authorised,
        PaymentNews::Captured,
        PaymentNews::Declined,
        PaymentNews::Cancelled,
        PaymentNews::Expired,
        PaymentNews::Voided,
        PaymentNews::Mismatch,
    ];

    #[test]
    fn the_life_of_a_payment() {
        use PaymentState as S;
        // Rows: states as in ALL; columns: news as in NEWS. `!` is refused, `=` changes nothing.
        let table = [
            (S::Created, "pending due authorised captured declined cancelled expired voided review"),
            (S::Pending, "= ! authorised captured declined cancelled expired voided review"),
            (S::Due, "= = ! captured ! cancelled ! ! !"),
            (S::Authorised, "= ! = captured ! ! ! voided review"),
            (S::Captured, "= ! = = ! ! ! ! !"),
            (S::Declined, "= ! authorised captured = ! ! ! review"),
            (S::Cancelled, "= ! authorised captured ! = = ! review"),
            (S::Expired, "= ! authorised captured ! ! = ! review"),
            (S::Voided, "= ! = captured ! = = = !"),
            (S::Review, "= ! authorised captured declined cancelled expired voided ="),
        ];
        for (state, row) in table {
            let got: Vec<&str> = NEWS
                .iter()
                .map(|news| match state.after(*news) {
                    Ok(after) if after == state => "=",
                    Ok(after) => after.name(),
                    Err(_) => "!",
                })
                .collect();
            assert_eq!(got.join(" "), row, "{}", state.name());
        }
    }

    #[test]
    fn a_status_follows_from_the_ledger() {
        use LedgerKind as K;
        let gbp = Currency::parse("GBP").unwrap();
        for (entries, want, capturable, refundable) in [
            (vec![], PaymentStatus::Due, 0, 0),
            (vec![(K::Due, 100)], PaymentStatus::Due, 100, 0),
            (vec![(K::Authorised, 100)], PaymentStatus::Authorised, 100, 0),
            (vec![(K::Authorised, 100), (K::Captured, 40)], PaymentStatus::PartPaid, 60, 40),
            (vec![(K::Authorised, 100), (K::Captured, 100)], PaymentStatus::Paid, 0, 100),
            (vec![(K::Authorised, 100), (K::Captured, 100), (K::Refunded, 1)], PaymentStatus::PartRefunded, 0, 99),
            (vec![(K::Authorised, 100), (K::Captured, 100), (K::Refunded, 100)], PaymentStatus::Refunded, 0, 0),
            (vec![(K::Authorised, 100), (K::Voided, 100)], PaymentStatus::Voided, 0, 0),
        ] {
            let ledger: Vec<LedgerEntry> = entries
                .into_iter()
                .map(|(kind, minor)| LedgerEntry {
                    payment: PaymentId::new(Uuid::nil()),
                    card: None,
                    kind,
                    amount: Money::from_minor(minor, gbp),
                    key: String::new(),
                    at: Moment::default(),
                })
                .collect();
            let sums = LedgerSums::of(gbp, &ledger).unwrap();
            let got = (sums.status(Money::from_minor(100, gbp)), sums.capturable().minor(), sums.refundable().minor());
            assert_eq!(got, (want, capturable, refundable));
            assert!(sums.is_sound());
        }
    }

    proptest! {
        #[test]
        fn money_that_came_is_never_forgotten(news in prop::collection::vec(prop::sample::select(NEWS.to_vec()), 0..20)) {
            let mut state = PaymentState::Created;
            let mut captured = false;
            for next in news {
                if let Ok(after) = state.after(next) {
                    state = after;
                }
                captured |= next == PaymentNews::Captured;
                prop_assert!(!captured || state == PaymentState::Captured, "whatever comes after");
            }
        }
    }
}
