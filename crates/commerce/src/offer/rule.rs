//! An offer as a rule: its parts, the checks that make it one, and when it may be used.

use super::benefit::{Benefit, BenefitParts};
use super::condition::{Condition, ConditionParts};
use super::decision::Reason;
use super::facts::OfferUses;
use crate::decimal::Decimal;
use crate::ids::{CustomerGroupId, OfferId};
use crate::language::Texts;
use crate::moment::Moment;
use crate::money::{Currency, Money};
use std::fmt;
use std::num::NonZeroU32;

/// Most times that one offer applies to one basket (Oscar's bound too).
pub const APPLICATIONS_MAX: u32 = 10_000;
/// Most offers that one offer names as partners.
pub const PARTNERS_MAX: usize = 64;
/// Most customer groups of one offer.
pub const OFFER_GROUPS_MAX: usize = 64;
/// Most actions of one offer that follow an order.
pub const ORDER_ACTIONS_MAX: usize = 8;

/// To whom an offer is open. At the same priority the later ones here come last: link, voucher, group, site.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum OfferKind {
    /// To whoever came by a link that opens it (Oscar's session offers).
    Link,
    /// To whoever has a voucher for it in the basket. The voucher's dates count, the offer's do not.
    Voucher,
    /// To customers of any of these groups (Oscar's user offers).
    Group(Vec<CustomerGroupId>),
    /// To everybody.
    Site,
}

/// What follows an order on which an offer applied: points, a letter, a gift that is packed by hand.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OrderAction {
    /// What programs know it by.
    pub code: String,
    /// What people read.
    pub text: Texts,
}

/// Limits as a form or a file holds them; `None` for no limit.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LimitsParts {
    /// Applications in one basket.
    pub per_basket: Option<u32>,
    /// Applications by one shopper, in all orders.
    pub per_shopper: Option<u32>,
    /// Applications by everybody, in all orders.
    pub global: Option<u32>,
    /// What it may cost the store in all orders, in the offer's currency.
    pub max_discount: Option<Decimal>,
}

/// How often an offer may be used. Never exceeded; the last application is cut down to what is left of the budget.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Limits {
    /// Applications in one basket.
    pub per_basket: Option<NonZeroU32>,
    /// Applications by one shopper, in all orders.
    pub per_shopper: Option<NonZeroU32>,
    /// Applications by everybody, in all orders.
    pub global: Option<NonZeroU32>,
    /// What it may cost the store in all orders.
    pub max_discount: Option<Money>,
}

/// An offer as a form or a file holds it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OfferParts {
    /// Its id.
    pub id: OfferId,
    /// What shoppers read.
    pub name: Texts,
    /// To whom it is open.
    pub kind: OfferKind,
    /// The currency of its amounts. Without one it holds no amount and applies in every currency.
    pub currency: Option<Currency>,
    /// What a basket must hold.
    pub condition: ConditionParts,
    /// What is taken off.
    pub benefit: BenefitParts,
    /// Higher ones apply first; at the same priority the kind decides, then the order of making.
    pub priority: i32,
    /// Whether it shares no unit with another offer, and no line with one that is not exclusive.
    pub exclusive: bool,
    /// If not empty: the only offers that it shares a line with. Holds in both directions; what that means for rings of
    /// names is told at [`Offer::check_beside`].
    pub combines_with: Vec<OfferId>,
    /// How often it may be used.
    pub limits: LimitsParts,
    /// First moment, inclusive; `None` for always.
    pub start: Option<Moment>,
    /// Last moment, inclusive; `None` for ever.
    pub end: Option<Moment>,
    /// Whether it rests.
    pub suspended: bool,
    /// What follows an order on which it applied.
    pub actions: Vec<OrderAction>,
}

/// Fields of an offer, to name the one that is wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[expect(missing_docs, reason = "each is the field of its name")]
pub enum Field {
    Kind,
    Condition,
    ConditionRange,
    ConditionValue,
    BenefitRange,
    BenefitValue,
    MaxAffectedItems,
    Exclusive,
    CombinesWith,
    PerBasket,
    PerShopper,
    Global,
    MaxDiscount,
    End,
    Actions,
}

/// What is wrong with a field.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Problem {
    /// It must be there.
    #[error("must be there")]
    Missing,
    /// This kind has no such field.
    #[error("is not for this kind")]
    NotForThisKind,
    /// 0 or less.
    #[error("must be above 0")]
    NotAboveZero,
    /// Below 0.
    #[error("must not be below 0")]
    Negative,
    /// A percentage above 100.
    #[error("must not be above 100 percent")]
    Above100Percent,
    /// More digits than it can have, or more than fit.
    #[error("has too many digits")]
    TooPrecise,
    /// An amount, and no currency.
    #[error("is an amount, so the offer needs a currency")]
    NoCurrency,
    /// A fixed price for goods of some value says nothing.
    #[error("must count units or products where the benefit is a fixed price")]
    FixedPriceNeedsUnits,
    /// It ends before it starts.
    #[error("must not lie before the start")]
    BeforeStart,
    /// It names itself.
    #[error("must not name the offer itself")]
    Itself,
    /// An exclusive offer shares nothing.
    #[error("must be empty where the offer is exclusive")]
    Exclusive,
    /// It names an exclusive offer, which shares nothing.
    #[error("must not name an exclusive offer, for that one shares with nobody")]
    PartnerExclusive,
    /// Another offer names it, so it is to share.
    #[error("must be off as long as another offer names this one in combines_with")]
    NamedAsPartner,
    /// More entries than it can have.
    #[error("has too many entries")]
    TooMany,
}

/// Why parts make no offer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("{field} {problem}")]
pub struct InvalidOffer {
    /// The field.
    pub field: Field,
    /// What is wrong with it.
    pub problem: Problem,
}

/// An offer: a condition and a benefit, and who may use it when and how often.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Offer {
    id: OfferId,
    name: Texts,
    kind: OfferKind,
    currency: Option<Currency>,
    condition: Condition,
    benefit: Benefit,
    priority: i32,
    exclusive: bool,
    combines_with: Vec<OfferId>,
    limits: Limits,
    start: Option<Moment>,
    end: Option<Moment>,
    suspended: bool,
    actions: Vec<OrderAction>,
}

impl Offer {
    /// Checks the parts, and names the first field that is wrong.
    pub fn new(parts: OfferParts) -> Result<Self, InvalidOffer> {
        parts.check()?;
        let condition = Condition::new(parts.condition, parts.currency)?;
        let benefit = Benefit::new(parts.benefit, &condition, parts.currency)?;
        let limits = Limits::new(&parts.limits, parts.currency)?;
        if benefit == Benefit::AfterOrder && parts.actions.is_empty() {
            return Err(Field::Actions.problem(Problem::Missing));
        }
        Ok(Self {
            id: parts.id,
            name: parts.name,
            kind: parts.kind,
            currency: parts.currency,
            condition,
            benefit,
            priority: parts.priority,
            exclusive: parts.exclusive,
            combines_with: parts.combines_with,
            limits,
            start: parts.start,
            end: parts.end,
            suspended: parts.suspended,
            actions: parts.actions,
        })
    }

    /// The same offer under other words: no rule hangs on them.
    pub fn with_name(self, name: Texts) -> Self {
        Self { name, ..self }
    }

    /// Its id.
    pub fn id(&self) -> OfferId {
        self.id
    }

    /// What shoppers read.
    pub fn name(&self) -> &Texts {
        &self.name
    }

    /// To whom it is open.
    pub fn kind(&self) -> &OfferKind {
        &self.kind
    }

    /// The currency of its amounts; `None` if it has none.
    pub fn currency(&self) -> Option<Currency> {
        self.currency
    }

    /// What a basket must hold.
    pub fn condition(&self) -> &Condition {
        &self.condition
    }

    /// What is taken off.
    pub fn benefit(&self) -> &Benefit {
        &self.benefit
    }

    /// Higher ones apply first.
    pub fn priority(&self) -> i32 {
        self.priority
    }

    /// Whether it shares no unit with another offer.
    pub fn is_exclusive(&self) -> bool {
        self.exclusive
    }

    /// The only offers that it shares a line with, if any are named.
    pub fn combines_with(&self) -> &[OfferId] {
        &self.combines_with
    }

    /// How often it may be used.
    pub fn limits(&self) -> &Limits {
        &self.limits
    }

    /// First moment, inclusive.
    pub fn start(&self) -> Option<Moment> {
        self.start
    }

    /// Last moment, inclusive.
    pub fn end(&self) -> Option<Moment> {
        self.end
    }

    /// Whether it rests.
    pub fn is_suspended(&self) -> bool {
        self.suspended
    }

    /// What follows an order on which it applied.
    pub fn actions(&self) -> &[OrderAction] {
        &self.actions
    }

    /// How often it may apply to one basket after what was used before; at most [`APPLICATIONS_MAX`].
    ///
    /// A shopper of whom nothing is known has used nothing: the limit binds within the basket.
    pub fn max_applications(&self, uses: &OfferUses) -> u32 {
        if self.budget_left(uses) == Some(0) {
            return 0;
        }
        let left = |limit: Option<NonZeroU32>, used: u32| limit.map(|limit| limit.get().saturating_sub(used));
        let Limits { per_basket, per_shopper, global, .. } = self.limits;
        [left(per_basket, 0), left(per_shopper, uses.by_shopper), left(global, uses.applications)]
            .into_iter()
            .flatten()
            .fold(APPLICATIONS_MAX, u32::min)
    }

    /// How often it may apply now, or why it may not. What is in the basket and who shops play no part.
    pub fn availability(&self, uses: &OfferUses, now: Moment) -> Result<u32, Reason> {
        if self.suspended {
            return Err(Reason::Suspended);
        }
        // Oscar's rule: the dates of a voucher stand for those of its offers.
        if self.kind != OfferKind::Voucher {
            if let Some(start) = self.start.filter(|start| now < *start) {
                return Err(Reason::NotYet { start });
            }
            if let Some(end) = self.end.filter(|end| *end < now) {
                return Err(Reason::Ended { end });
            }
        }
        match self.max_applications(uses) {
            0 => Err(self.why_used_up(uses)),
            times => Ok(times),
        }
    }

    fn why_used_up(&self, uses: &OfferUses) -> Reason {
        match self.limits {
            Limits { max_discount: Some(budget), .. } if self.budget_left(uses) == Some(0) => {
                Reason::BudgetSpent { budget }
            }
            Limits { global: Some(limit), .. } if limit.get() <= uses.applications => {
                Reason::UsedUp { limit: limit.get(), used: uses.applications }
            }
            Limits { per_shopper, .. } => {
                Reason::UsedUpByShopper { limit: per_shopper.map_or(0, NonZeroU32::get), used: uses.by_shopper }
            }
        }
    }

    /// What is left of its budget, in minor units; `None` for no limit.
    pub(super) fn budget_left(&self, uses: &OfferUses) -> Option<i64> {
        self.limits.max_discount.map(|budget| budget.minor().saturating_sub(uses.discount_minor.max(0)).max(0))
    }
}

impl OfferParts {
    fn check(&self) -> Result<(), InvalidOffer> {
        if let OfferKind::Group(groups) = &self.kind {
            if groups.is_empty() {
                return Err(Field::Kind.problem(Problem::Missing));
            }
            if OFFER_GROUPS_MAX < groups.len() {
                return Err(Field::Kind.problem(Problem::TooMany));
            }
        }
        if let (Some(start), Some(end)) = (self.start, self.end)
            && end < start
        {
            return Err(Field::End.problem(Problem::BeforeStart));
        }
        let partners = &self.combines_with;
        let problem = if partners.contains(&self.id) {
            Some(Problem::Itself)
        } else if self.exclusive && !partners.is_empty() {
            Some(Problem::Exclusive)
        } else {
            (PARTNERS_MAX < partners.len()).then_some(Problem::TooMany)
        };
        if let Some(problem) = problem {
            return Err(Field::CombinesWith.problem(problem));
        }
        if ORDER_ACTIONS_MAX < self.actions.len() {
            return Err(Field::Actions.problem(Problem::TooMany));
        }
        if self.actions.iter().any(|action| action.code.trim().is_empty()) {
            return Err(Field::Actions.problem(Problem::Missing));
        }
        Ok(())
    }
}

impl Limits {
    fn new(parts: &LimitsParts, currency: Option<Currency>) -> Result<Self, InvalidOffer> {
        let count = |limit: Option<u32>, field: Field| match limit.map(NonZeroU32::new) {
            Some(None) => Err(field.problem(Problem::NotAboveZero)),
            limit => Ok(limit.flatten()),
        };
        let budget = |value| amount_above_zero(Some(value), currency, Field::MaxDiscount);
        Ok(Self {
            per_basket: count(parts.per_basket, Field::PerBasket)?,
            per_shopper: count(parts.per_shopper, Field::PerShopper)?,
            global: count(parts.global, Field::Global)?,
            max_discount: parts.max_discount.map(budget).transpose()?,
        })
    }
}

impl Field {
    pub(super) fn problem(self, problem: Problem) -> InvalidOffer {
        InvalidOffer { field: self, problem }
    }

    /// The field's name in forms and files.
    pub fn name(self) -> &'static str {
        match self {
            Self::Kind => "kind",
            Self::Condition => "condition",
            Self::ConditionRange => "condition.range",
            Self::ConditionValue => "condition.value",
            Self::BenefitRange => "benefit.range",
            Self::BenefitValue => "benefit.value",
            Self::MaxAffectedItems => "benefit.max_affected_items",
            Self::Exclusive => "exclusive",
            Self::CombinesWith => "combines_with",
            Self::PerBasket => "max_basket_applications",
            Self::PerShopper => "max_user_applications",
            Self::Global => "max_global_applications",
            Self::MaxDiscount => "max_discount",
            Self::End => "end",
            Self::Actions => "actions",
        }
    }
}

impl fmt::Display for Field {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// An amount, not below nothing.
pub(super) fn amount(value: Option<Decimal>, currency: Option<Currency>, field: Field) -> Result<Money, InvalidOffer> {
    let value = value.ok_or(field.problem(Problem::Missing))?;
    let currency = currency.ok_or(field.problem(Problem::NoCurrency))?;
    let money = Money::from_decimal(value, currency).map_err(|_| field.problem(Problem::TooPrecise))?;
    if money.is_negative() { Err(field.problem(Problem::Negative)) } else { Ok(money) }
}

/// An amount above nothing.
pub(super) fn amount_above_zero(
    value: Option<Decimal>,
    currency: Option<Currency>,
    field: Field,
) -> Result<Money, InvalidOffer> {
    let money = amount(value, currency, field)?;
    if money.is_zero() { Err(field.problem(Problem::NotAboveZero)) } else { Ok(money) }
}

/// A whole number above 0.
pub(super) fn count_above_zero(value: Decimal, field: Field) -> Result<NonZeroU32, InvalidOffer> {
    let count = value.scaled(0).map_err(|_| field.problem(Problem::TooPrecise))?;
    if count <= 0 {
        return Err(field.problem(Problem::NotAboveZero));
    }
    u32::try_from(count).ok().and_then(NonZeroU32::new).ok_or(field.problem(Problem::TooPrecise))
}
