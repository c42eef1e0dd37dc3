//! Offers: what a basket must hold, and what is taken off for it.
//!
//! An [`Offer`] is a rule that cannot be wrong: [`Offer::new`] checks its [`OfferParts`]. The rules of a store stand in
//! an [`OfferBook`], made once. [`apply`] takes the book and the [`Facts`] of one basket and gives back [`Decisions`]:
//! what each line and the delivery cost less, which offers applied in which order, what is missing for others, and why
//! each of the rest did not apply. Nothing here speaks a language: faces turn decisions into words.
//!
//! A discount is worked out on the base that it is taken off, so unit prices come in as the market shows them, and
//! the discounts feed [`quote`](crate::quote::quote()).
//!
//! The arithmetic is django-oscar's, pinned by cases, except where that is plainly a fault; `docs/from-oscar.md` lists
//! each difference. A gift needs no kind of its own: a percentage of 100 with one affected unit makes one unit of a
//! product free when it is in the basket.

mod apply;
mod benefit;
mod board;
mod book;
mod condition;
mod decision;
mod facts;
mod partners;
mod rule;
mod run;
mod share;
mod uses;

pub use apply::apply;
pub use benefit::{Benefit, BenefitKind, BenefitParts, ShippingBenefit};
pub use book::{InvalidBook, OFFERS_MAX, OfferBook};
pub use condition::{Condition, ConditionKind, ConditionParts, Need};
pub use decision::{
    ActionDue, Application, Decisions, Effect, LineDecision, NotApplied, Reason, ShippingDecision, Taken, UnitPrice,
    Upsell, VoucherDecision,
};
pub use facts::{Facts, InvalidFacts, OfferLine, OfferUses, Shopper, VoucherHeld};
pub use partners::PartnerNames;
pub use rule::{
    APPLICATIONS_MAX, Field, InvalidOffer, Limits, LimitsParts, OFFER_GROUPS_MAX, ORDER_ACTIONS_MAX, Offer, OfferKind,
    OfferParts, OrderAction, PARTNERS_MAX, Problem,
};
pub use uses::{LimitedUse, UseCount, UseSubject, limited_uses};

#[cfg(any(test, fuzzing))]
mod checks;
#[cfg(any(test, fuzzing))]
pub mod fuzz;
#[cfg(test)]
mod laws;
#[cfg(test)]
mod tests;
#[cfg(any(test, fuzzing))]
#[cfg_attr(not(test), expect(dead_code, reason = "tests ask for more than the fuzz target"))]
#[expect(clippy::unwrap_used, reason = "what cannot be made is a fault of the test")]
mod world;
