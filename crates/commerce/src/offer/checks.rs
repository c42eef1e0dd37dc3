//! What holds for every offer and every basket, for property tests and the fuzz target alike. A breach panics.

use super::world::World;
use super::{Decisions, Effect, LineDecision, OfferKind, OfferLine, Taken};
use crate::address::Country;
use crate::market::TaxDisplay;
use crate::money::{BasisPoints, Money};
use crate::quote::{DeliveryInput, LineInput, Quote, QuoteError};
use crate::tax::class::TaxClass;
use crate::tax::policy::TaxPolicy;
use crate::tax::request::TaxError;
use crate::tax::sale::SaleTerms;
use std::sync::Arc;

/// Most applications that are made one by one to be compared: more take their time.
const SINGLE_APPLICATIONS_MAX: u32 = 2_000;

/// How the market of a basket shows its prices.
#[derive(Clone, Copy, Debug)]
pub(super) struct Market {
    pub(super) rate: BasisPoints,
    pub(super) shown: TaxDisplay,
}

/// Every law of one basket, if its facts make one.
pub(super) fn check(world: &World, market: Market) {
    let Ok(decisions) = world.try_apply() else { return };
    check_amounts(world, &decisions);
    check_limits(world, &decisions);
    check_vouchers(world, &decisions);
    check_quote(world, &decisions, market);
    assert_eq!(world.apply(), decisions, "the same facts decide the same");
    let unsent = World { shipping: None, ..world.clone() };
    assert_eq!(unsent.try_apply().map(|unsent| unsent.lines).ok().as_ref(), Some(&decisions.lines), "without delivery");
    let times = decisions.applications.iter().fold(0, |sum, application| application.times.saturating_add(sum));
    if times <= SINGLE_APPLICATIONS_MAX {
        assert_eq!(world.apply_singly(), decisions, "one application after another");
    }
}

fn sum(amounts: impl Iterator<Item = Money>) -> i64 {
    amounts.map(Money::minor).sum()
}

/// Nothing below nothing, nothing off more than there is, and every sum agrees with its parts.
fn check_amounts(world: &World, decisions: &Decisions) {
    for (place, (line, decision)) in world.lines.iter().zip(&decisions.lines).enumerate() {
        let price = line.unit_price.minor();
        let before = price * i64::from(line.quantity.get());
        let discount = decision.discount.minor();
        assert!((0..=before).contains(&discount), "{discount} off {before}");
        assert!(decision.units_taken <= line.quantity.get());
        assert!(decision.prices.iter().all(|price| !price.price.is_negative() && price.quantity > 0));
        assert_eq!(decision.prices.iter().map(|price| price.quantity).sum::<u32>(), line.quantity.get());
        let prices = decision.prices.iter().map(|price| price.price.minor() * i64::from(price.quantity));
        assert_eq!(prices.sum::<i64>(), before - discount);
        let taken = || decisions.taken.iter().filter(|taken| taken.line == place);
        assert_eq!(sum(taken().map(|taken| taken.amount)), discount);
        let off_its_units = |taken: &Taken| (0..=price * i64::from(taken.units)).contains(&taken.amount.minor());
        assert!(taken().all(off_its_units), "an offer takes more off units than they cost: {:?}", decisions.taken);
    }
    let of = |effect| decisions.applications.iter().filter(move |application| application.effect == effect);
    let lines = sum(decisions.lines.iter().map(|line| line.discount));
    assert_eq!(sum(of(Effect::Basket).map(|application| application.discount)), lines);
    assert!(of(Effect::Basket).all(|application| !application.discount.is_zero()));
    let off = sum(of(Effect::Shipping).map(|application| application.discount));
    assert_eq!(off, decisions.shipping.map_or(0, |shipping| shipping.discount.minor()));
    assert!(decisions.shipping.is_none_or(|shipping| shipping.after().is_ok_and(|after| !after.is_negative())));
}

/// No limit is exceeded, and nobody shares what is not to be shared.
fn check_limits(world: &World, decisions: &Decisions) {
    let book = world.book();
    for offer in book.offers() {
        let uses = world.uses.get(&offer.id()).copied().unwrap_or_default();
        let applications: Vec<_> = decisions.applications.iter().filter(|a| a.offer == offer.id()).collect();
        let told = decisions.not_applied.iter().any(|not_applied| not_applied.offer == offer.id());
        assert!(applications.len() <= 1);
        assert!(!applications.is_empty() || told, "an offer applies or says why not");
        for application in applications {
            assert!((1..=offer.max_applications(&uses)).contains(&application.times));
            let left =
                offer.limits().max_discount.map(|budget| budget.minor().saturating_sub(uses.discount_minor.max(0)));
            assert!(left.is_none_or(|left| application.discount.is_zero() || application.discount.minor() <= left));
        }
    }
    for (place, line) in world.lines.iter().enumerate() {
        let takers: Vec<&Taken> = decisions.taken.iter().filter(|taken| taken.line == place).collect();
        let exclusive = |taken: &&&Taken| book.find(taken.offer).is_some_and(|offer| offer.is_exclusive());
        let by_exclusive: Vec<_> = takers.iter().filter(exclusive).collect();
        assert!(by_exclusive.is_empty() || by_exclusive.len() == takers.len());
        assert!(by_exclusive.iter().map(|taken| taken.units).sum::<u32>() <= line.quantity.get());
        assert!(takers.iter().all(|taken| taken.units <= line.quantity.get()));
    }
}

/// Every voucher is answered, and what came by one names it.
fn check_vouchers(world: &World, decisions: &Decisions) {
    assert_eq!(decisions.vouchers.len(), world.vouchers.len());
    let book = world.book();
    for application in &decisions.applications {
        let by_voucher = book.find(application.offer).is_some_and(|offer| *offer.kind() == OfferKind::Voucher);
        let given = decisions.vouchers.iter().filter(|voucher| voucher.outcome.is_ok());
        assert_eq!(application.voucher.is_some(), by_voucher);
        let codes: Vec<_> = given.map(|voucher| &voucher.code).collect();
        assert!(
            application.voucher.iter().all(|code| codes.contains(&code)),
            "a voucher that was refused gave something"
        );
    }
}

/// What the shop charges for it keeps the laws of the quote.
fn check_quote(world: &World, decisions: &Decisions, market: Market) {
    let Some(quote) = quote(world, decisions, market) else { return };
    let parts: Vec<_> = quote.lines.iter().map(|line| line.total).chain(quote.delivery).collect();
    for part in parts.iter().chain([&quote.total]) {
        assert_eq!(part.net().plus(part.tax()), Ok(part.gross()), "net + tax = gross");
        assert!(!part.net().is_negative() && !part.tax().is_negative() && !part.gross().is_negative());
    }
    assert_eq!(sum(parts.iter().map(|part| part.gross())), quote.total.gross().minor(), "total = sum of gross");
    assert_eq!(sum(parts.iter().map(|part| part.net())), quote.total.net().minor());
    assert_eq!(sum(parts.iter().map(|part| part.tax())), quote.total.tax().minor());
}

/// The basket's quote; `None` where it is empty or does not fit with its tax.
pub(super) fn quote(world: &World, decisions: &Decisions, market: Market) -> Option<Quote> {
    let currency = world.lines.first()?.unit_price.currency();
    let (entered, shown) = (market.shown, market.shown);
    let home = Country::parse("GB").ok()?;
    let terms = SaleTerms { currency, entered, shown, day: jiff::civil::Date::constant(2026, 11, 30) };
    let sale = Arc::new(TaxPolicy::flat(market.rate.into(), home)).usual_sale(terms, home);
    let class = TaxClass::standard();
    let input = |(line, decision): (&OfferLine, &LineDecision)| LineInput {
        unit_price: line.unit_price,
        quantity: line.quantity.get(),
        discount: decision.discount,
        class: &class,
        is_sent: line.requires_shipping,
    };
    let inputs: Vec<LineInput> = world.lines.iter().zip(&decisions.lines).map(input).collect();
    let delivery =
        decisions.shipping.map(|shipping| DeliveryInput { charge: shipping.before, discount: shipping.discount });
    let quote = crate::quote::quote(&sale, &inputs, delivery);
    let is_too_large = |error: &QuoteError| matches!(error, QuoteError::Money(_) | QuoteError::Tax(TaxError::Money(_)));
    assert!(quote.as_ref().err().is_none_or(is_too_large), "{quote:?}");
    quote.ok()
}
