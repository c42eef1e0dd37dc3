//! What a price list is, and how it may change.
//!
//! What shoppers were charged must stay known (Directive 98/6/EC, art. 6a), so of a list that has begun only the name and
//! the end may become others.

use crate::ids::{CustomerGroupId, PriceListId};
use crate::market::MarketCode;
use crate::moment::Moment;
use crate::money::Currency;

/// Longest name of a list, in characters.
pub const LIST_NAME_CHARS_MAX: usize = 100;

/// What a list does to the stock record's own prices.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PriceEffect {
    /// It may only lower them: the lower of both counts.
    Lowers,
    /// They do not count where it has a price from one unit on, which may be higher.
    Replaces,
}

impl PriceEffect {
    /// The short name in tables and files.
    pub fn name(self) -> &'static str {
        match self {
            Self::Lowers => "lowers",
            Self::Replaces => "replaces",
        }
    }

    /// By the short name.
    pub fn from_name(name: &str) -> Option<Self> {
        [Self::Lowers, Self::Replaces].into_iter().find(|known| known.name() == name)
    }
}

/// A price list as it is filled in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PriceListParts {
    /// Its id.
    pub id: PriceListId,
    /// What staff call it, unique.
    pub name: String,
    /// What its prices are in.
    pub currency: Currency,
    /// The market that it is for; none for all.
    pub market: Option<MarketCode>,
    /// The customers whom it is for; none for everybody.
    pub group: Option<CustomerGroupId>,
    /// First moment of its time; always, if none.
    pub from: Option<Moment>,
    /// First moment after its time; for ever, if none.
    pub until: Option<Moment>,
    /// What it does to the stock record's own prices.
    pub effect: PriceEffect,
    /// When it was made.
    pub created_at: Moment,
}

/// Why it is no list.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum InvalidPriceList {
    /// No name, a long one, or one that cannot be printed on a line.
    #[error("name must have 1 to {LIST_NAME_CHARS_MAX} characters on one line, without blanks at its ends")]
    Name,
    /// It would never be in force.
    #[error("until must lie after from")]
    Times,
    /// Pages show everybody the market's price: nobody pays more because of a group.
    #[error("a list for a group may only lower prices: leave the group out, or let it lower")]
    GroupReplaces,
    /// That would be the stock record's own price.
    #[error("a list that replaces prices is for one market: name the market, or change the product's own price")]
    ReplacesEverywhere,
}

/// Why a list stays as it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ListRefused {
    /// What was charged must stay known.
    #[error("the list has begun, so its {0} stays as it is: end it, and make another list")]
    Begun(&'static str),
    /// The same.
    #[error("the list is over: make another list")]
    Over,
    /// Nobody was charged by it then.
    #[error("from must be a moment from now on: the list has not begun, and cannot have begun before")]
    BeginsInThePast,
    /// What was charged must stay known.
    #[error("until lies in the past: the list can end now at the earliest")]
    EndsInThePast,
}

/// A price list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PriceList(PriceListParts);

impl PriceList {
    /// Checks what was filled in.
    pub fn new(parts: PriceListParts) -> Result<Self, InvalidPriceList> {
        let name = &parts.name;
        let is_long = LIST_NAME_CHARS_MAX < name.chars().count();
        if name.is_empty() || is_long || name.trim() != name || !crate::address::is_printable(name) {
            return Err(InvalidPriceList::Name);
        }
        if parts.from.zip(parts.until).is_some_and(|(from, until)| until <= from) {
            return Err(InvalidPriceList::Times);
        }
        match parts.effect {
            PriceEffect::Replaces if parts.group.is_some() => Err(InvalidPriceList::GroupReplaces),
            PriceEffect::Replaces if parts.market.is_none() => Err(InvalidPriceList::ReplacesEverywhere),
            PriceEffect::Replaces | PriceEffect::Lowers => Ok(Self(parts)),
        }
    }

    /// Whether this list may become that one now. One that has not begun may become any that begins now or later.
    pub fn may_become(&self, next: &Self, now: Moment) -> Result<(), ListRefused> {
        let (is, new) = (&self.0, &next.0);
        if self.is_over(now) && is.until != new.until {
            return Err(ListRefused::Over);
        }
        if is.until != new.until && new.until.is_some_and(|until| until < now) {
            return Err(ListRefused::EndsInThePast);
        }
        if !self.has_begun(now) {
            // Its prices have no beginning of their own yet.
            let is_later = new.from.is_some_and(|from| now <= from);
            return if is_later { Ok(()) } else { Err(ListRefused::BeginsInThePast) };
        }
        let changed = [
            ("currency", is.currency != new.currency),
            ("market", is.market != new.market),
            ("group", is.group != new.group),
            ("beginning", is.from != new.from),
            ("effect", is.effect != new.effect),
        ];
        match changed.into_iter().find(|(_, differs)| *differs) {
            Some((what, _)) => Err(ListRefused::Begun(what)),
            None => Ok(()),
        }
    }

    /// Its id.
    pub fn id(&self) -> PriceListId {
        self.0.id
    }

    /// What staff call it.
    pub fn name(&self) -> &str {
        &self.0.name
    }

    /// What its prices are in.
    pub fn currency(&self) -> Currency {
        self.0.currency
    }

    /// The market that it is for; none for all.
    pub fn market(&self) -> Option<&MarketCode> {
        self.0.market.as_ref()
    }

    /// The customers whom it is for; none for everybody.
    pub fn group(&self) -> Option<CustomerGroupId> {
        self.0.group
    }

    /// First moment of its time; always, if none.
    pub fn from(&self) -> Option<Moment> {
        self.0.from
    }

    /// First moment after its time; for ever, if none.
    pub fn until(&self) -> Option<Moment> {
        self.0.until
    }

    /// What it does to the stock record's own prices.
    pub fn effect(&self) -> PriceEffect {
        self.0.effect
    }

    /// When it was made.
    pub fn created_at(&self) -> Moment {
        self.0.created_at
    }

    /// What was filled in.
    pub fn parts(&self) -> &PriceListParts {
        &self.0
    }

    /// Whether it is in force.
    pub fn is_valid(&self, now: Moment) -> bool {
        self.has_begun(now) && !self.is_over(now)
    }

    /// Whether its time has begun.
    pub fn has_begun(&self, now: Moment) -> bool {
        self.0.from.is_none_or(|from| from <= now)
    }

    /// Whether its time is over.
    pub fn is_over(&self, now: Moment) -> bool {
        self.0.until.is_some_and(|until| until <= now)
    }

    /// How narrow its circle is: of two equal prices that of the narrower list counts.
    pub(super) fn specificity(&self) -> u8 {
        2 * u8::from(self.0.group.is_some()) + u8::from(self.0.market.is_some())
    }
}
