//! Laws that hold for all offers and all baskets.

use super::checks::{Market, check, quote};
use super::world::{World, currency, decimal, offer_id, only, product, product_id, some_range};
use super::*;
use crate::basket::Quantity;
use crate::ids::OfferId;
use crate::language::Texts;
use crate::market::TaxDisplay;
use crate::moment::Moment;
use crate::money::{BasisPoints, Currency, Money};
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

fn markets() -> impl Strategy<Value = Market> {
    (0_u32..3_000, any::<bool>()).prop_map(|(rate, including)| Market {
        rate: BasisPoints::new(rate).unwrap(),
        shown: if including { TaxDisplay::Including } else { TaxDisplay::Excluding },
    })
}

/// An offer that shares everything with everybody, and has no limit.
fn sharing_offer(number: u32, currency: Currency) -> impl Strategy<Value = OfferParts> {
    offer(number, currency).prop_map(|parts| OfferParts {
        exclusive: false,
        combines_with: Vec::new(),
        limits: LimitsParts::default(),
        ..parts
    })
}

/// Offers that share everything, and a basket.
fn sharing_worlds() -> impl Strategy<Value = World> {
    currencies().prop_flat_map(|currency| {
        let offers: Vec<_> = (0..OFFERS).map(|number| sharing_offer(number, currency)).collect();
        let lines = prop::collection::vec(line(currency), 0..9);
        (offers, lines, prop::option::of(0_i64..2_000)).prop_map(move |(offers, lines, shipping)| World {
            shipping: shipping.map(|minor| Money::from_minor(minor, currency)),
            ..World::new(offers, lines)
        })
    })
}

/// Offers that apply many times to lines of many units.
fn repeating_worlds() -> impl Strategy<Value = World> {
    let units = prop_oneof![6 => 1_u32..12, 6 => 1_u32..200, 1 => 1_u32..=9_999];
    let needs = prop_oneof![3 => 1_i64..5, 1 => 1_i64..60];
    (worlds(), prop::collection::vec(units, 9), prop::collection::vec((needs, any::<bool>()), 6)).prop_map(
        |(mut world, units, needs)| {
            for (line, units) in world.lines.iter_mut().zip(units) {
                line.quantity = Quantity::new(units).unwrap();
            }
            for (parts, (need, is_free)) in world.offers.iter_mut().zip(needs) {
                if parts.condition.kind != ConditionKind::Value {
                    parts.condition.value = decimal(need, 0);
                }
                if is_free {
                    (parts.exclusive, parts.limits) = (false, LimitsParts::default());
                }
                let on_units = matches!(parts.benefit.kind, BenefitKind::Absolute | BenefitKind::FixedUnit);
                if on_units && parts.benefit.max_affected_items.is_none() {
                    parts.benefit.max_affected_items = u32::try_from(need).ok();
                }
            }
            world
        },
    )
}

/// Leaves one offer on delivery: of several the first counts, however little it gives.
fn keep_one_on_delivery(world: &mut World, instead: impl Fn(&OfferParts) -> BenefitParts) {
    use BenefitKind::{ShippingAbsolute, ShippingFixedPrice, ShippingPercentage};
    let on_delivery = |parts: &&mut OfferParts| {
        matches!(parts.benefit.kind, ShippingAbsolute | ShippingFixedPrice | ShippingPercentage)
    };
    for parts in world.offers.iter_mut().filter(on_delivery).skip(1) {
        parts.benefit = instead(parts);
    }
}

/// So much off each unit of the goods that the condition counts.
fn off_each_unit(parts: &OfferParts) -> BenefitParts {
    let value = Some(decimal(250, parts.currency.map_or(0, Currency::digits)));
    BenefitParts { kind: BenefitKind::FixedUnit, range: parts.condition.range.clone(), value, max_affected_items: None }
}

/// No line, and neither total, is higher with an offer than without it.
fn check_added(world: &World, added: usize, market: Market) -> Result<(), TestCaseError> {
    let mut without = world.clone();
    without.offers.remove(added);
    let [after, before] = [world.apply(), without.apply()];
    let discounts =
        |decisions: &Decisions| decisions.lines.iter().map(|line| line.discount.minor()).collect::<Vec<_>>();
    let [more, less] = [discounts(&after), discounts(&before)];
    prop_assert!(less.iter().zip(&more).all(|(less, more)| less <= more), "{:?} became {:?}", less, more);
    let totals = [(world, &after), (&without, &before)].map(|(world, decisions)| {
        quote(world, decisions, market).map_or((0, 0), |quote| (quote.total.net().minor(), quote.total.gross().minor()))
    });
    let [(net, gross), (net_before, gross_before)] = totals;
    prop_assert!(net <= net_before && gross <= gross_before, "{:?}", totals);
    Ok(())
}

proptest! {
    #[test]
    fn amounts_agree_limits_hold_and_the_same_facts_decide_the_same(world in worlds(), market in markets()) {
        prop_assert!(world.try_apply().is_ok());
        check(&world, market);
    }

    #[test]
    fn applications_that_are_alike_come_to_the_same_together_and_one_by_one(world in repeating_worlds()) {
        prop_assert_eq!(world.apply(), world.apply_singly());
    }

    #[test]
    fn one_application_of_a_percentage_takes_all_there_is(
        mut parts in sharing_offer(0, currency("EUR")), points in 1_u32..=10_000,
        units_max in prop::option::of(1_u32..30), lines in prop::collection::vec(line(currency("EUR")), 0..9),
    ) {
        let benefit = super::world::benefit(BenefitKind::Percentage, Some(i64::from(points)));
        parts.benefit = BenefitParts { max_affected_items: units_max, ..benefit };
        let decisions = World::new([parts], lines.clone()).apply();
        let Some(application) = decisions.applications.first() else { return Ok(()) };
        prop_assert_eq!(application.times, 1);
        let taken: u32 = decisions.taken.iter().map(|taken| taken.units).sum();
        let left = units_max.unwrap_or(u32::MAX) - taken;
        for (line, decision) in lines.iter().zip(&decisions.lines).filter(|(line, _)| line.discountable) {
            let units = left.min(line.quantity.get() - decision.units_taken);
            let worth = line.unit_price.times(units).unwrap().minor();
            prop_assert_eq!(super::share::percent_off(worth, BasisPoints::new(points).unwrap()), 0);
        }
    }

    #[test]
    fn another_offer_that_shares_never_raises_a_total(
        mut world in sharing_worlds(), added in 0..6_usize, market in markets(),
    ) {
        keep_one_on_delivery(&mut world, off_each_unit);
        // Offers that choose among units, or spread an amount, compete for what is left of a line.
        for parts in &mut world.offers {
            if matches!(parts.benefit.kind, BenefitKind::Absolute | BenefitKind::Multibuy | BenefitKind::FixedPrice) {
                parts.benefit = off_each_unit(parts);
            }
            parts.benefit.max_affected_items = None;
        }
        check_added(&world, added, market)?;
    }

    #[test]
    fn another_offer_for_other_goods_never_raises_a_total(
        mut world in sharing_worlds(), limits in prop::collection::vec(limits(currency("EUR")), 6), added in 0..6_usize,
        market in markets(),
    ) {
        for (number, (parts, limits)) in (0..).zip(world.offers.iter_mut().zip(limits)) {
            // No product is in the ranges of two.
            let range = Some(only(&[number, number + OFFERS]));
            parts.condition.range.clone_from(&range);
            parts.benefit.range = parts.benefit.range.take().and(range);
            parts.limits = LimitsParts { max_discount: None, ..limits };
        }
        keep_one_on_delivery(&mut world, off_each_unit);
        check_added(&world, added, market)?;
    }

    #[test]
    fn offers_that_share_do_not_see_each_other_while_something_is_left_of_every_line(
        world in sharing_worlds(),
    ) {
        let World { offers, lines, .. } = world.clone();
        let together = world.apply();
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
    fn the_order_of_lines_changes_nothing_where_prices_differ(mut world in worlds(), turn in 0..9_usize) {
        use BenefitKind::{Absolute, FixedPrice, FixedUnit, Percentage};
        // Units of a condition by products are taken in the order of the basket, on purpose.
        world.offers.retain(|offer| {
            let on_units = matches!(offer.benefit.kind, Percentage | Absolute | FixedUnit | FixedPrice);
            on_units || offer.condition.kind != ConditionKind::Coverage
        });
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
    fn the_order_of_lines_changes_nothing_where_offers_are_symmetric(
        mut world in worlds(), flat in any::<bool>(), turn in 0..9_usize, market in markets(),
    ) {
        // What an offer of these takes off a line hangs on that line alone, whatever the others cost.
        for parts in &mut world.offers {
            if parts.benefit.kind != BenefitKind::Percentage {
                parts.benefit = off_each_unit(parts);
            }
            (parts.benefit.max_affected_items, parts.limits.max_discount) = (None, None);
        }
        let price = world.lines.first().map(|line| line.unit_price);
        for line in world.lines.iter_mut().filter(|_| flat) {
            line.unit_price = price.unwrap_or(line.unit_price);
        }
        let turn = turn % world.lines.len().max(1);
        let mut turned = world.clone();
        turned.lines.rotate_left(turn);
        let [mut want, got] = [world.apply(), turned.apply()];
        want.lines.rotate_left(turn);
        prop_assert_eq!(&got.lines, &want.lines);
        prop_assert_eq!(&got.applications, &want.applications);
        let total = |world: &World| quote(world, &world.apply(), market).map(|quote| quote.total);
        prop_assert_eq!(total(&turned), total(&world));
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
