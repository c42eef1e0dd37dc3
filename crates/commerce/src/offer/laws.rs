//! Laws that hold for all offers and all baskets.

use super::world::{World, currency, decimal, offer_id, product, product_id, some_range};
use super::*;
use crate::basket::Quantity;
use crate::ids::OfferId;
use crate::language::Texts;
use crate::market::TaxDisplay;
use crate::moment::Moment;
use crate::money::{BasisPoints, Currency, Money};
use crate::quote::{DeliveryInput, LineInput, PriceBase, quote_with_offers};
use proptest::prelude::*;
use std::collections::HashMap;

const OFFERS: u32 = 6;

fn currencies() -> impl Strategy<Value = Currency> {
    prop::sample::select(vec!["JPY", "EUR", "KWD"]).prop_map(currency)
}

fn condition(currency: Currency) -> impl Strategy<Value = ConditionParts> {
    (0_u32..6, 0_u32..3, 1_i64..5, 1_i64..6_000).prop_map(move |(range, kind, number, minor)| {
        let (kind, value) = match kind {
            0 => (ConditionKind::Count, decimal(number, 0)),
            1 => (ConditionKind::Coverage, decimal(number, 0)),
            _ => (ConditionKind::Value, decimal(minor, currency.digits())),
        };
        ConditionParts { kind, range: Some(some_range(range)), value }
    })
}

fn benefit(currency: Currency) -> impl Strategy<Value = BenefitParts> {
    use BenefitKind::{
        Absolute, FixedPrice, FixedUnit, Multibuy, Percentage, ShippingAbsolute, ShippingFixedPrice, ShippingPercentage,
    };
    let kinds = [
        Percentage,
        Absolute,
        FixedUnit,
        Multibuy,
        FixedPrice,
        ShippingPercentage,
        ShippingAbsolute,
        ShippingFixedPrice,
    ];
    let kind = prop::sample::select(kinds.to_vec());
    let units_max = prop::option::weighted(0.4, 1_u32..5);
    (0_u32..6, kind, 1_i64..=10_000, 1_i64..4_000, units_max).prop_map(move |(range, kind, points, minor, units)| {
        let on_units = matches!(kind, Percentage | Absolute | FixedUnit);
        let value = match kind {
            Multibuy => None,
            Percentage | ShippingPercentage => Some(decimal(points, 2)),
            _ => Some(decimal(minor, currency.digits())),
        };
        let range = (on_units || kind == Multibuy).then(|| some_range(range));
        BenefitParts { kind, range, value, max_affected_items: units.filter(|_| on_units) }
    })
}

fn limits(currency: Currency) -> impl Strategy<Value = LimitsParts> {
    let count = || prop::option::weighted(0.2, 1_u32..5);
    (count(), count(), count(), prop::option::weighted(0.2, 1_i64..5_000)).prop_map(
        move |(per_basket, per_shopper, global, budget)| {
            let max_discount = budget.map(|minor| decimal(minor, currency.digits()));
            LimitsParts { per_basket, per_shopper, global, max_discount }
        },
    )
}

/// The offer of a number, with any rule that can be made.
fn offer(number: u32, currency: Currency) -> impl Strategy<Value = OfferParts> {
    let partners = prop::collection::vec(0..OFFERS, 0..3);
    (condition(currency), benefit(currency), limits(currency), -1_i32..2, any::<bool>(), partners).prop_map(
        move |(mut condition, benefit, limits, priority, exclusive, partners)| {
            if benefit.kind == BenefitKind::FixedPrice && condition.kind == ConditionKind::Value {
                (condition.kind, condition.value) = (ConditionKind::Count, decimal(2, 0));
            }
            let partners = partners.into_iter().filter(|partner| *partner != number && !exclusive);
            OfferParts {
                id: offer_id(number),
                name: Texts::default(),
                kind: OfferKind::Site,
                currency: Some(currency),
                condition,
                benefit,
                priority,
                exclusive,
                combines_with: partners.map(offer_id).collect(),
                limits,
                start: None,
                end: None,
                suspended: false,
                actions: Vec::new(),
            }
        },
    )
}

fn line(currency: Currency) -> impl Strategy<Value = OfferLine> {
    let price = prop_oneof![1 => Just(0_i64), 4 => 1_i64..20, 8 => 1_i64..5_000];
    (0_u32..8, price, 1_u32..12, prop::bool::weighted(0.9), any::<bool>()).prop_map(
        move |(number, minor, quantity, discountable, requires_shipping)| OfferLine {
            product: product(number),
            unit_price: Money::from_minor(minor, currency),
            quantity: Quantity::new(quantity).unwrap(),
            discountable,
            requires_shipping,
        },
    )
}

fn uses() -> impl Strategy<Value = HashMap<OfferId, OfferUses>> {
    let used = (0_u32..4, 0_u32..4, 0_i64..4_000);
    prop::collection::hash_map((0..OFFERS).prop_map(offer_id), used, 0..3).prop_map(|uses| {
        let used = |(applications, by_shopper, discount_minor)| OfferUses { applications, by_shopper, discount_minor };
        uses.into_iter().map(|(offer, uses)| (offer, used(uses))).collect()
    })
}

fn worlds() -> impl Strategy<Value = World> {
    currencies().prop_flat_map(|currency| {
        let offers: Vec<_> = (0..OFFERS).map(|number| offer(number, currency)).collect();
        let lines = prop::collection::vec(line(currency), 0..9);
        let shipping = prop::option::of(0_i64..2_000);
        (offers, 0..=6_usize, lines, shipping, uses()).prop_map(move |(mut offers, count, lines, shipping, uses)| {
            offers.truncate(count);
            let shipping = shipping.map(|minor| Money::from_minor(minor, currency));
            World { shipping, uses, ..World::new(offers, lines) }
        })
    })
}

fn minor(amounts: impl Iterator<Item = Money>) -> i64 {
    amounts.map(Money::minor).sum()
}

/// Nothing below nothing, nothing off more than there is, and every sum agrees with its parts.
fn check_amounts(world: &World, decisions: &Decisions) -> Result<(), TestCaseError> {
    for (place, (line, decision)) in world.lines.iter().zip(&decisions.lines).enumerate() {
        let before = line.unit_price.minor() * i64::from(line.quantity.get());
        let discount = decision.discount.minor();
        prop_assert!((0..=before).contains(&discount), "{discount} off {before}");
        prop_assert!(decision.units_taken <= line.quantity.get());
        prop_assert!(decision.prices.iter().all(|price| !price.price.is_negative() && price.quantity > 0));
        prop_assert_eq!(decision.prices.iter().map(|price| price.quantity).sum::<u32>(), line.quantity.get());
        let prices = decision.prices.iter().map(|price| price.price.minor() * i64::from(price.quantity));
        prop_assert_eq!(prices.sum::<i64>(), before - discount);
        let taken = decisions.taken.iter().filter(|taken| taken.line == place);
        prop_assert_eq!(minor(taken.map(|taken| taken.amount)), discount);
    }
    let of = |effect| decisions.applications.iter().filter(move |application| application.effect == effect);
    let lines = minor(decisions.lines.iter().map(|line| line.discount));
    prop_assert_eq!(minor(of(Effect::Basket).map(|application| application.discount)), lines);
    prop_assert!(of(Effect::Basket).all(|application| !application.discount.is_zero()));
    let off = minor(of(Effect::Shipping).map(|application| application.discount));
    prop_assert_eq!(off, decisions.shipping.map_or(0, |shipping| shipping.discount.minor()));
    prop_assert!(decisions.shipping.is_none_or(|shipping| !shipping.after().unwrap().is_negative()));
    Ok(())
}

/// No limit is exceeded, and nobody shares what is not to be shared.
fn check_limits(world: &World, decisions: &Decisions) -> Result<(), TestCaseError> {
    let book = world.book();
    for offer in book.offers() {
        let uses = world.uses.get(&offer.id()).copied().unwrap_or_default();
        let applications: Vec<_> = decisions.applications.iter().filter(|a| a.offer == offer.id()).collect();
        let told = decisions.not_applied.iter().any(|not_applied| not_applied.offer == offer.id());
        prop_assert!(applications.len() <= 1);
        prop_assert!(!applications.is_empty() || told, "an offer applies or says why not");
        for application in applications {
            prop_assert!((1..=offer.max_applications(&uses)).contains(&application.times));
            let budget = offer.limits().max_discount.map_or(i64::MAX, Money::minor);
            prop_assert!(
                application.discount.is_zero() || uses.discount_minor + application.discount.minor() <= budget
            );
        }
    }
    for (place, line) in world.lines.iter().enumerate() {
        let takers: Vec<&Taken> = decisions.taken.iter().filter(|taken| taken.line == place).collect();
        let exclusive = |taken: &&&Taken| book.find(taken.offer).unwrap().is_exclusive();
        let by_exclusive: Vec<_> = takers.iter().filter(exclusive).collect();
        prop_assert!(by_exclusive.is_empty() || by_exclusive.len() == takers.len());
        prop_assert!(by_exclusive.iter().map(|taken| taken.units).sum::<u32>() <= line.quantity.get());
        prop_assert!(takers.iter().all(|taken| taken.units <= line.quantity.get()));
    }
    Ok(())
}

/// What the shop charges for it keeps the laws of the quote.
fn check_quote(world: &World, decisions: &Decisions, rate: u32, including: bool) -> Result<(), TestCaseError> {
    let Some(currency) = world.lines.first().map(|line| line.unit_price.currency()) else { return Ok(()) };
    let shown = if including { TaxDisplay::Including } else { TaxDisplay::Excluding };
    let base = PriceBase { currency, entered: shown, shown, rate: BasisPoints::new(rate).unwrap() };
    let input = |(line, decision): (&OfferLine, &LineDecision)| LineInput {
        unit_price: line.unit_price,
        quantity: line.quantity.get(),
        discount: decision.discount,
    };
    let inputs: Vec<LineInput> = world.lines.iter().zip(&decisions.lines).map(input).collect();
    let delivery =
        decisions.shipping.map(|shipping| DeliveryInput { charge: shipping.before, discount: shipping.discount });
    let quote = quote_with_offers(base, &inputs, delivery).unwrap();
    let gross = minor(quote.lines.iter().map(|line| line.total.gross()).chain(quote.delivery.map(|sum| sum.gross())));
    prop_assert_eq!(gross, quote.total.gross().minor());
    prop_assert!(!quote.total.net().is_negative() && !quote.total.tax().is_negative());
    Ok(())
}

/// An offer that shares everything with everybody, and has no limit.
fn sharing_offer(number: u32) -> impl Strategy<Value = OfferParts> {
    offer(number, currency("EUR")).prop_map(|parts| OfferParts {
        exclusive: false,
        combines_with: Vec::new(),
        limits: LimitsParts::default(),
        ..parts
    })
}

fn sharing_offers() -> impl Strategy<Value = Vec<OfferParts>> {
    (0..OFFERS).map(sharing_offer).collect::<Vec<_>>()
}

proptest! {
    #[test]
    fn amounts_agree_limits_hold_and_the_same_facts_decide_the_same(
        world in worlds(), rate in 0_u32..3_000, including in any::<bool>(),
    ) {
        let decisions = world.apply();
        check_amounts(&world, &decisions)?;
        check_limits(&world, &decisions)?;
        check_quote(&world, &decisions, rate, including)?;
        prop_assert_eq!(&world.apply(), &decisions);
        let unsent = World { shipping: None, ..world.clone() };
        prop_assert_eq!(unsent.apply().lines, decisions.lines, "delivery changes no price of goods");
    }

    #[test]
    fn another_offer_that_shares_never_raises_a_total(
        mut offers in sharing_offers(), added in 0..6_usize,
        lines in prop::collection::vec(line(currency("EUR")), 0..9),
    ) {
        // Offers that choose among units or spread an amount compete for what is left of a line.
        offers[added].benefit = super::world::benefit(BenefitKind::Percentage, Some(3_000));
        for parts in &mut offers {
            if !matches!(parts.benefit.kind, BenefitKind::Percentage | BenefitKind::FixedUnit) {
                parts.benefit = super::world::benefit(BenefitKind::FixedUnit, Some(250));
            }
            parts.benefit.max_affected_items = None;
        }
        let with = World::new(offers.clone(), lines.clone());
        let without = offers.into_iter().enumerate().filter(|(place, _)| *place != added).map(|(_, parts)| parts);
        let without = World::new(without, lines);
        let off = |world: &World| minor(world.apply().lines.iter().map(|line| line.discount));
        prop_assert!(off(&without) <= off(&with), "{} became {}", off(&without), off(&with));
    }

    #[test]
    fn offers_that_share_do_not_see_each_other_while_something_is_left_of_every_line(
        offers in sharing_offers(), lines in prop::collection::vec(line(currency("EUR")), 0..9),
    ) {
        let together = World::new(offers.clone(), lines.clone()).apply();
        let used_up = |(line, decision): (&OfferLine, &LineDecision)| {
            line.unit_price.times(line.quantity.get()).unwrap() == decision.discount && !decision.discount.is_zero()
        };
        if lines.iter().zip(&together.lines).any(used_up) {
            return Ok(());
        }
        for parts in offers {
            let offer = parts.id;
            let alone = World::new([parts], lines.clone()).apply();
            let taken = together.taken.iter().filter(|taken| taken.offer == offer).copied();
            prop_assert_eq!(alone.taken, taken.collect::<Vec<_>>());
        }
    }

    #[test]
    fn the_order_of_lines_changes_nothing_where_prices_differ(world in worlds(), turn in 0..9_usize) {
        let mut world = world;
        // Units of a condition by products are taken in the order of the basket, on purpose.
        world.offers.retain(|offer| offer.condition.kind != ConditionKind::Coverage);
        let mut prices = std::collections::HashSet::new();
        world.lines.retain(|line| prices.insert(line.unit_price.minor()));
        let mut turned = world.clone();
        turned.lines.reverse();
        turned.lines.rotate_left(turn % world.lines.len().max(1));
        let by_price = |world: &World| {
            let decisions = world.apply();
            let prices = world.lines.iter().map(|line| line.unit_price.minor());
            let mut lines: Vec<_> = prices.zip(decisions.lines).collect();
            lines.sort_by_key(|(price, _)| *price);
            (lines, decisions.applications, decisions.upsells)
        };
        prop_assert_eq!(by_price(&world), by_price(&turned));
    }

    #[test]
    fn a_book_knows_ranges_as_they_know_themselves(world in worlds()) {
        let book = world.book();
        let members = book.members(&world.lines);
        for entry in book.entries() {
            for (place, line) in world.lines.iter().enumerate() {
                let range = entry.offer.condition().range();
                prop_assert_eq!(members[entry.condition_range].contains(place), range.contains(&line.product));
            }
        }
    }

    #[test]
    fn no_offer_and_no_basket_makes_it_panic(
        value in any::<i64>(), scale in 0_u8..=12, other in any::<i64>(), code in currencies(),
        kinds in (0..3_usize, 0..9_usize), items in prop::option::of(any::<u32>()),
        per_basket in prop::option::of(any::<u32>()),
        prices in prop::collection::vec((any::<i64>(), 1_u32..=9_999), 0..260),
    ) {
        let condition = [ConditionKind::Count, ConditionKind::Value, ConditionKind::Coverage][kinds.0];
        let benefit = [
            BenefitKind::Percentage, BenefitKind::Absolute, BenefitKind::FixedUnit, BenefitKind::Multibuy,
            BenefitKind::FixedPrice, BenefitKind::ShippingPercentage, BenefitKind::ShippingAbsolute,
            BenefitKind::ShippingFixedPrice, BenefitKind::AfterOrder,
        ][kinds.1];
        let mut parts = super::world::ten_percent(0);
        parts.currency = Some(code);
        parts.condition = ConditionParts { kind: condition, range: Some(some_range(0)), value: decimal(value, scale) };
        parts.benefit = super::world::benefit(benefit, None);
        let valueless = matches!(benefit, BenefitKind::Multibuy | BenefitKind::AfterOrder);
        parts.benefit.value = Some(decimal(other, scale)).filter(|_| !valueless);
        parts.benefit.max_affected_items = items;
        parts.limits.per_basket = per_basket;
        let Ok(offer) = Offer::new(parts) else { return Ok(()) };
        let book = OfferBook::new(vec![offer]).unwrap();
        let line = |(number, (minor, quantity)): (usize, &(i64, u32))| OfferLine {
            product: product(u32::try_from(number % 9).unwrap()),
            unit_price: Money::from_minor(minor >> (quantity % 64), code),
            quantity: Quantity::new(*quantity).unwrap(),
            discountable: true,
            requires_shipping: true,
        };
        let lines: Vec<OfferLine> = prices.iter().enumerate().map(line).collect();
        let facts = Facts {
            currency: code, lines: &lines, shipping: None, vouchers: &[], shopper: &Shopper::default(),
            uses: &HashMap::new(), now: Moment::from_micros(0),
        };
        let _ = (apply(&book, &facts), book.is_met(offer_id(0), &lines), product_id(0));
    }
}
