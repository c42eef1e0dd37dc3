//! Reasons, limits and refusals, with names.

use super::world::{World, all, benefit, count, currency, decimal, eur, line, offer_id, only, product, ten_percent};
use super::*;
use crate::ids::{CustomerGroupId, OfferId, derived_uuid};
use crate::language::{Language, Texts};
use crate::moment::Moment;
use crate::money::Money;
use crate::voucher::{Voucher, VoucherCode, VoucherParts, VoucherRefusal, VoucherUsage, VoucherUses};
use std::num::NonZeroU32;

fn units(count: u32) -> Need {
    Need::Units(NonZeroU32::new(count).unwrap())
}

fn reason_of(decisions: &Decisions, number: u32) -> Option<&Reason> {
    let told = decisions.not_applied.iter().find(|not_applied| not_applied.offer == offer_id(number));
    told.map(|not_applied| &not_applied.reason)
}

fn discount(decisions: &Decisions) -> i64 {
    decisions.goods_discount(currency("EUR")).unwrap().minor()
}

fn held(code: &str, offers: &[u32]) -> VoucherHeld {
    let parts = VoucherParts {
        code: VoucherCode::parse(code).unwrap(),
        usage: VoucherUsage::Multi,
        offers: offers.iter().copied().map(offer_id).collect(),
        start: None,
        end: None,
    };
    VoucherHeld { voucher: Voucher::new(parts).unwrap(), uses: VoucherUses::default() }
}

fn by_voucher(number: u32) -> OfferParts {
    OfferParts { kind: OfferKind::Voucher, ..ten_percent(number) }
}

/// Changes one thing of an offer that can be made.
type Change = fn(&mut OfferParts);

#[test]
fn a_rule_that_is_wrong_is_refused_with_its_field() {
    use Problem::*;
    let cases: [(&str, Change, Field, Problem); 29] = [
        ("110 percent", |o| o.benefit.value = Some(decimal(11_000, 2)), Field::BenefitValue, Above100Percent),
        (
            "more percent than fit",
            |o| o.benefit.value = Some(decimal(i64::MAX, 0)),
            Field::BenefitValue,
            Above100Percent,
        ),
        ("less than no percent", |o| o.benefit.value = Some(decimal(i64::MIN, 0)), Field::BenefitValue, NotAboveZero),
        (
            "110 percent off delivery",
            |o| o.benefit = benefit(BenefitKind::ShippingPercentage, Some(11_000)),
            Field::BenefitValue,
            Above100Percent,
        ),
        ("0 percent", |o| o.benefit.value = Some(decimal(0, 2)), Field::BenefitValue, NotAboveZero),
        ("a third of a hundredth", |o| o.benefit.value = Some(decimal(333, 3)), Field::BenefitValue, TooPrecise),
        ("no percentage", |o| o.benefit.value = None, Field::BenefitValue, Missing),
        ("off nothing", |o| o.benefit.range = None, Field::BenefitRange, Missing),
        ("no unit", |o| o.benefit.max_affected_items = Some(0), Field::MaxAffectedItems, NotAboveZero),
        ("of nothing", |o| o.condition.range = None, Field::ConditionRange, Missing),
        ("no units", |o| o.condition.value = decimal(0, 0), Field::ConditionValue, NotAboveZero),
        ("half a unit", |o| o.condition.value = decimal(15, 1), Field::ConditionValue, TooPrecise),
        ("a negative value", |o| set_condition(o, ConditionKind::Value, -100), Field::ConditionValue, Negative),
        ("a negative amount", |o| o.benefit = benefit(BenefitKind::Absolute, Some(-1)), Field::BenefitValue, Negative),
        ("an amount that does not fit", |o| set_huge(o), Field::BenefitValue, TooPrecise),
        ("a worth that does not fit", |o| set_huge_worth(o), Field::ConditionValue, TooPrecise),
        ("more units than fit", |o| o.condition.value = decimal(1 << 32, 0), Field::ConditionValue, TooPrecise),
        (
            "a budget that does not fit",
            |o| o.limits.max_discount = Some(decimal(i64::MAX, 0)),
            Field::MaxDiscount,
            TooPrecise,
        ),
        ("an amount of no currency", |o| set_without_currency(o), Field::BenefitValue, NoCurrency),
        (
            "a multibuy of 5",
            |o| o.benefit = benefit(BenefitKind::Multibuy, Some(500)),
            Field::BenefitValue,
            NotForThisKind,
        ),
        ("a range for delivery", |o| set_delivery_range(o), Field::BenefitRange, NotForThisKind),
        ("a fixed price for a value", |o| set_fixed_price(o), Field::Condition, FixedPriceNeedsUnits),
        ("nothing, and no action", |o| o.benefit = benefit(BenefitKind::AfterOrder, None), Field::Actions, Missing),
        (
            "ends first",
            |o| (o.start, o.end) = (Some(Moment::from_micros(2)), Some(Moment::from_micros(1))),
            Field::End,
            BeforeStart,
        ),
        ("itself", |o| (o.exclusive, o.combines_with) = (false, vec![o.id]), Field::CombinesWith, Itself),
        ("exclusive with another", |o| o.combines_with = vec![offer_id(9)], Field::CombinesWith, Exclusive),
        ("never", |o| o.limits.global = Some(0), Field::Global, NotAboveZero),
        ("no budget", |o| o.limits.max_discount = Some(decimal(0, 0)), Field::MaxDiscount, NotAboveZero),
        ("no group", |o| o.kind = OfferKind::Group(Vec::new()), Field::Kind, Missing),
    ];
    assert!(Offer::new(ten_percent(0)).is_ok());
    for (case, change, field, problem) in cases {
        let mut parts = ten_percent(0);
        change(&mut parts);
        assert_eq!(Offer::new(parts).map(|_| ()), Err(InvalidOffer { field, problem }), "{case}");
    }
    assert_eq!(
        InvalidOffer { field: Field::MaxDiscount, problem: NotAboveZero }.to_string(),
        "max_discount must be above 0"
    );
}

fn set_condition(offer: &mut OfferParts, kind: ConditionKind, hundredths: i64) {
    (offer.condition.kind, offer.condition.value) = (kind, decimal(hundredths, 2));
}

fn set_huge(offer: &mut OfferParts) {
    offer.benefit = benefit(BenefitKind::Absolute, None);
    offer.benefit.value = Some(decimal(i64::MAX, 0));
}

fn set_huge_worth(offer: &mut OfferParts) {
    (offer.condition.kind, offer.condition.value) = (ConditionKind::Value, decimal(i64::MAX, 0));
}

fn set_without_currency(offer: &mut OfferParts) {
    offer.benefit = benefit(BenefitKind::Absolute, Some(100));
    offer.currency = None;
}

fn set_delivery_range(offer: &mut OfferParts) {
    offer.benefit = benefit(BenefitKind::ShippingAbsolute, Some(100));
    offer.benefit.range = Some(all());
}

fn set_fixed_price(offer: &mut OfferParts) {
    offer.benefit = benefit(BenefitKind::FixedPrice, Some(1_000));
    set_condition(offer, ConditionKind::Value, 2_000);
}

#[test]
fn each_reason_is_told_with_its_figures() {
    let moment = Moment::from_micros;
    let group = CustomerGroupId::new(derived_uuid("group", "trade"));
    let cases: [(&str, OfferParts, Reason); 14] = [
        ("suspended", OfferParts { suspended: true, ..ten_percent(0) }, Reason::Suspended),
        ("later", OfferParts { start: Some(moment(9)), ..ten_percent(0) }, Reason::NotYet { start: moment(9) }),
        ("over", OfferParts { end: Some(moment(-9)), ..ten_percent(0) }, Reason::Ended { end: moment(-9) }),
        (
            "in pounds",
            OfferParts { currency: Some(currency("GBP")), ..ten_percent(0) },
            Reason::OtherCurrency { offer: currency("GBP"), basket: currency("EUR") },
        ),
        ("used up", limited(|l| l.global = Some(3)), Reason::UsedUp { limit: 3, used: 3 }),
        ("used by me", limited(|l| l.per_shopper = Some(2)), Reason::UsedUpByShopper { limit: 2, used: 2 }),
        ("spent", limited(|l| l.max_discount = Some(decimal(5, 0))), Reason::BudgetSpent { budget: eur(500) }),
        ("no voucher", by_voucher(0), Reason::NeedsVoucher),
        ("no link", OfferParts { kind: OfferKind::Link, ..ten_percent(0) }, Reason::NeedsLink),
        (
            "another group",
            OfferParts { kind: OfferKind::Group(vec![group]), ..ten_percent(0) },
            Reason::NeedsGroup { groups: vec![group] },
        ),
        (
            "too few",
            OfferParts { condition: count(5), ..ten_percent(0) },
            Reason::ConditionNotMet { missing: units(2) },
        ),
        ("nothing of it", off_tea(), Reason::NothingToTakeOff),
        (
            "no cheaper",
            OfferParts { benefit: benefit(BenefitKind::FixedPrice, Some(9_999)), ..ten_percent(0) },
            Reason::NothingToTakeOff,
        ),
        (
            "a trifle",
            OfferParts { benefit: benefit(BenefitKind::Percentage, Some(1)), ..ten_percent(0) },
            Reason::RoundsToNothing,
        ),
    ];
    for (case, parts, reason) in cases {
        let mut world = World::new([parts], vec![line(1, 1_000, 3)]);
        world.uses.insert(offer_id(0), OfferUses { applications: 3, by_shopper: 2, discount_minor: 500 });
        let decisions = world.apply();
        assert_eq!(reason_of(&decisions, 0), Some(&reason), "{case}");
        assert_eq!((discount(&decisions), decisions.applications.len()), (0, 0), "{case}");
    }
}

fn limited(change: fn(&mut LimitsParts)) -> OfferParts {
    let mut parts = ten_percent(0);
    change(&mut parts.limits);
    parts
}

fn off_tea() -> OfferParts {
    let mut parts = ten_percent(0);
    parts.benefit.range = Some(only(&[7]));
    parts
}

#[test]
fn whoever_came_first_is_named() {
    let second = OfferParts { condition: count(2), ..ten_percent(2) };
    let decisions = World::new([ten_percent(1), second], vec![line(1, 1_000, 3)]).apply();
    let taken = Reason::UnitsTaken { by: offer_id(1), missing: Some(units(2)) };
    assert_eq!(reason_of(&decisions, 2), Some(&taken));
    let first = Taken { offer: offer_id(1), line: 0, units: 3, amount: eur(300) };
    assert_eq!(decisions.taken, [first]);
}

#[test]
fn what_is_missing_is_told_of_open_offers_alone() {
    let value = ConditionParts { kind: ConditionKind::Value, range: Some(all()), value: decimal(5_000, 2) };
    let coverage =
        ConditionParts { kind: ConditionKind::Coverage, range: Some(only(&[1, 2, 3])), value: decimal(3, 0) };
    let tea = ConditionParts { range: Some(only(&[7])), ..count(2) };
    let offers = [value.clone(), coverage, tea].into_iter().zip(1..);
    let offers = offers.map(|(condition, number)| OfferParts { condition, ..ten_percent(number) });
    let closed = OfferParts { condition: value, suspended: true, ..ten_percent(4) };
    let decisions = World::new(offers.chain([closed]), vec![line(1, 1_000, 2), line(2, 500, 1)]).apply();
    let upsells: Vec<_> = decisions.upsells.iter().map(|upsell| (upsell.missing, upsell.begun)).collect();
    let product = Need::Products(NonZeroU32::new(1).unwrap());
    assert_eq!(upsells, [(Need::Amount(eur(2_500)), true), (product, true), (units(2), false)]);
}

#[test]
fn offers_that_name_partners_share_a_line_with_them_alone() {
    let shared = |number, partners: &[u32]| OfferParts {
        exclusive: false,
        combines_with: partners.iter().copied().map(offer_id).collect(),
        ..ten_percent(number)
    };
    for (case, partners, want) in [
        ("nobody names anybody", [&[][..], &[], &[]], 300),
        ("the first names the second", [&[2], &[], &[]], 200),
        ("the last names the first", [&[], &[], &[1]], 200),
        ("the last names both", [&[], &[], &[1, 2]], 300),
        ("in a ring", [&[2], &[3], &[1]], 300),
    ] {
        let offers = partners.into_iter().zip(1..).map(|(partners, number)| shared(number, partners));
        let decisions = World::new(offers, vec![line(1, 1_000, 1)]).apply();
        assert_eq!(discount(&decisions), want, "{case}");
    }
}

#[test]
fn kinds_open_offers_and_go_in_their_order() {
    let group = CustomerGroupId::new(derived_uuid("group", "trade"));
    let kinds = [OfferKind::Site, OfferKind::Group(vec![group]), OfferKind::Voucher, OfferKind::Link];
    let offers = kinds.into_iter().zip(1..);
    let offers = offers.map(|(kind, number)| OfferParts { kind, exclusive: false, ..ten_percent(number) });
    let mut world = World::new(offers, vec![line(1, 1_000, 1)]);
    world.vouchers = vec![held("TEA", &[3])];
    world.shopper = Shopper { signed_in: true, groups: vec![group], opened: vec![offer_id(4)] };
    let decisions = world.apply();
    let applied: Vec<OfferId> = decisions.applications.iter().map(|application| application.offer).collect();
    assert_eq!(applied, [4, 3, 2, 1].map(offer_id));
    world.offers[0].priority = 1;
    assert_eq!(world.apply().applications[0].offer, offer_id(1), "priority comes before kind");
}

#[test]
fn a_voucher_that_gives_nothing_says_why() {
    let dear = OfferParts { condition: count(5), ..by_voucher(1) };
    let mut expired = held("OLD", &[2]);
    let parts = VoucherParts {
        code: VoucherCode::parse("OLD").unwrap(),
        usage: VoucherUsage::Multi,
        offers: vec![offer_id(2)],
        start: None,
        end: Some(Moment::from_micros(-1)),
    };
    expired.voucher = Voucher::new(parts).unwrap();
    let better = OfferParts { priority: 1, ..ten_percent(3) };
    for (case, vouchers, offers, want) in [
        ("gives", vec![held("A", &[2])], vec![by_voucher(2)], vec![Ok(())]),
        ("too few", vec![held("A", &[1])], vec![dear], vec![Err(VoucherRefusal::NotForTheseGoods)]),
        ("leads nowhere", vec![held("A", &[9])], vec![], vec![Err(VoucherRefusal::NotForTheseGoods)]),
        ("beaten", vec![held("A", &[2])], vec![by_voucher(2), better], vec![Err(VoucherRefusal::NothingMore)]),
        (
            "over",
            vec![expired],
            vec![by_voucher(2)],
            vec![Err(VoucherRefusal::Expired { end: Moment::from_micros(-1) })],
        ),
        (
            "twice, and another to the same offer",
            vec![held("A", &[2]), held("A", &[2]), held("B", &[2])],
            vec![by_voucher(2)],
            vec![Ok(()), Err(VoucherRefusal::AlreadyInBasket), Err(VoucherRefusal::NothingMore)],
        ),
    ] {
        let world = World { vouchers, ..World::new(offers, vec![line(1, 1_000, 1)]) };
        let decisions = world.apply();
        let outcomes: Vec<_> = decisions.vouchers.iter().map(|voucher| voucher.outcome).collect();
        assert_eq!(outcomes, want, "{case}");
        assert!(decisions.applications.len() <= 1, "{case}");
    }
}

#[test]
fn a_budget_is_spent_to_the_last_unit_and_no_further() {
    use BenefitKind::{Absolute, FixedPrice, FixedUnit, Multibuy, Percentage, ShippingAbsolute};
    for kind in [Percentage, Absolute, FixedUnit, Multibuy, FixedPrice, ShippingAbsolute] {
        let value = if kind == FixedPrice { 1 } else { 1_000 };
        let mut parts = OfferParts { benefit: benefit(kind, Some(value)), condition: count(2), ..ten_percent(0) };
        if kind == Multibuy {
            parts.benefit.value = None;
        }
        parts.limits.max_discount = Some(decimal(100, 2));
        let mut world = World::new([parts], vec![line(1, 1_000, 3), line(2, 2_000, 4)]);
        world.shipping = Some(eur(1_500));
        world.uses.insert(offer_id(0), OfferUses { discount_minor: 93, ..OfferUses::default() });
        let decisions = world.apply();
        let spent = discount(&decisions) + decisions.shipping_discount(currency("EUR")).minor();
        assert_eq!((spent, decisions.applications[0].times), (7, 1), "{kind:?}");
    }
}

#[test]
fn lines_that_a_spent_budget_does_not_reach_are_free_for_others() {
    for kind in [BenefitKind::Percentage, BenefitKind::FixedUnit] {
        let mut parts = OfferParts { benefit: benefit(kind, Some(1_000)), priority: 1, ..ten_percent(0) };
        parts.limits.max_discount = Some(decimal(100, 2));
        let decisions = World::new([parts, ten_percent(1)], vec![line(1, 1_000, 1), line(2, 2_000, 1)]).apply();
        let taken: Vec<_> = decisions.taken.iter().map(|taken| (taken.offer, taken.line, taken.amount)).collect();
        assert_eq!(taken, [(offer_id(0), 0, eur(100)), (offer_id(1), 1, eur(200))], "{kind:?}");
    }
}

#[test]
fn every_full_group_of_a_multibuy_gets_its_free_unit() {
    let multibuy =
        |condition| OfferParts { condition, benefit: benefit(BenefitKind::Multibuy, None), ..ten_percent(0) };
    let worth = ConditionParts { kind: ConditionKind::Value, range: Some(all()), value: decimal(3_000, 2) };
    let mugs = ConditionParts { range: Some(only(&[1])), ..count(2) };
    let pens = || vec![line(1, 1_000, 6)];
    for (case, condition, lines, times, want) in [
        ("six pens at three for two", count(3), pens(), 2, 2_000),
        ("five pens", count(3), vec![line(1, 1_000, 5)], 1, 1_000),
        ("one is no group", count(1), pens(), 1, 1_000),
        ("by value", worth, pens(), 2, 2_000),
        ("a gift beside its group", mugs, vec![line(1, 1_000, 2), line(2, 300, 2)], 1, 300),
    ] {
        let mut parts = multibuy(condition);
        if case.starts_with("a gift") {
            parts.benefit.range = Some(only(&[2]));
        }
        let decisions = World::new([parts], lines).apply();
        assert_eq!((decisions.applications[0].times, discount(&decisions)), (times, want), "{case}");
    }
}

/// One application at a time, these are a million applications.
#[test]
fn the_largest_basket_is_worked_out_to_the_last_application() {
    use BenefitKind::{Absolute, FixedPrice, FixedUnit, Multibuy};
    let line = |number| line(number, 100_000, crate::basket::QUANTITY_MAX);
    let lines: Vec<OfferLine> = (0..).take(crate::basket::BASKET_LINES_MAX).map(line).collect();
    let kinds = [
        (Absolute, Some(2), 3, ConditionKind::Count, 2),
        (FixedUnit, Some(1), 2, ConditionKind::Coverage, 2),
        (Multibuy, None, 0, ConditionKind::Count, 100_000),
        (Multibuy, None, 0, ConditionKind::Coverage, 100_000),
        (FixedPrice, Some(199_993), 0, ConditionKind::Coverage, 7),
    ];
    let kinds: Vec<_> = (0..).zip(kinds.into_iter().cycle()).take(100).collect();
    let offer =
        |(number, (kind, value, units, counts, _)): &(u32, (BenefitKind, Option<i64>, u32, ConditionKind, i64))| {
            let mut parts = OfferParts { exclusive: false, ..ten_percent(*number) };
            parts.condition = ConditionParts { kind: *counts, ..count(2) };
            parts.benefit =
                BenefitParts { max_affected_items: (*units > 0).then_some(*units), ..benefit(*kind, *value) };
            // First, so that each unit that is given away still costs its whole price.
            parts.priority = i32::from(*kind == Multibuy);
            parts
        };
    let decisions = World::new(kinds.iter().map(offer), lines).apply();
    assert_eq!(decisions.applications.len(), kinds.len());
    for (number, (kind, .., each)) in kinds {
        let application = decisions.applications.iter().find(|application| application.offer == offer_id(number));
        let got = application.map(|application| (application.times, application.discount));
        assert_eq!(got, Some((APPLICATIONS_MAX, eur(each * i64::from(APPLICATIONS_MAX)))), "{kind:?}");
    }
}

#[test]
fn the_first_offer_that_takes_something_off_delivery_changes_its_charge() {
    let off = |number, kind, value| OfferParts {
        exclusive: false,
        benefit: benefit(kind, Some(value)),
        ..ten_percent(number)
    };
    let offers = [
        off(1, BenefitKind::ShippingFixedPrice, 9_000),
        off(2, BenefitKind::ShippingPercentage, 5_000),
        off(3, BenefitKind::ShippingAbsolute, 400),
    ];
    let mut world = World::new(offers, vec![line(1, 1_000, 1)]);
    let applied = |decisions: &Decisions| -> Vec<(i64, bool)> {
        decisions.applications.iter().map(|a| (a.discount.minor(), a.counts())).collect()
    };
    assert_eq!(applied(&world.apply()), [(0, false); 3], "the charge is not known yet");
    world.shipping = Some(eur(495));
    let decisions = world.apply();
    assert_eq!(applied(&decisions), [(0, false), (247, true), (0, false)]);
    assert_eq!(decisions.shipping.map(|shipping| shipping.after()), Some(Ok(eur(248))));
    assert_eq!(reason_of(&decisions, 3), Some(&Reason::DeliveryTaken { by: offer_id(2) }));
    world.lines[0].requires_shipping = false;
    assert_eq!(reason_of(&world.apply(), 2), Some(&Reason::NothingToSend));
}

#[test]
fn actions_follow_the_order_on_which_their_offer_applied() {
    let text = Texts::single(Language::parse("en").unwrap(), "100 points");
    let actions = vec![OrderAction { code: "points".into(), text: text.clone() }];
    let deferred = OfferParts { benefit: benefit(BenefitKind::AfterOrder, None), actions, ..ten_percent(1) };
    let mut world = World::new([deferred], vec![line(1, 1_000, 1)]);
    let decisions = world.apply();
    let due = ActionDue { offer: offer_id(1), times: 1, code: "points".into(), text };
    assert_eq!((decisions.actions.as_slice(), discount(&decisions)), (&[due][..], 0));
    assert_eq!(decisions.applications[0].effect, Effect::AfterOrder);
    world.offers[0].condition = count(2);
    assert!(world.apply().actions.is_empty());
}

#[test]
fn a_gift_is_one_unit_at_a_hundred_percent() {
    let mut gift = OfferParts { benefit: benefit(BenefitKind::Percentage, Some(10_000)), ..ten_percent(1) };
    gift.condition = ConditionParts { kind: ConditionKind::Value, range: Some(only(&[1])), value: decimal(5_000, 2) };
    (gift.benefit.range, gift.benefit.max_affected_items) = (Some(only(&[2])), Some(1));
    let decisions = World::new([gift], vec![line(1, 6_000, 1), line(2, 700, 3)]).apply();
    assert_eq!(decisions.lines[1].discount, eur(700));
    let prices: Vec<_> = decisions.lines[1].prices.iter().map(|price| (price.price, price.quantity)).collect();
    assert_eq!(prices, [(eur(0), 1), (eur(700), 2)]);
}

#[test]
fn unit_prices_sum_to_the_line() {
    let mut ten = OfferParts { benefit: benefit(BenefitKind::Absolute, Some(1_000)), ..ten_percent(1) };
    ten.benefit.max_affected_items = Some(3);
    ten.limits.per_basket = Some(1);
    let decisions = World::new([ten], vec![line(1, 1_000, 4)]).apply();
    let prices: Vec<_> = decisions.lines[0].prices.iter().map(|price| (price.price.minor(), price.quantity)).collect();
    assert_eq!(prices, [(666, 1), (667, 2), (1_000, 1)]);
}

#[test]
fn baskets_that_are_none_are_refused() {
    let world = World::new([ten_percent(1)], vec![line(1, 1_000, 1)]);
    let negative = vec![line(1, -1, 1)];
    let too_large = vec![line(1, i64::MAX, 2)];
    let mixed = vec![line(1, 1, 1), OfferLine { unit_price: Money::from_minor(1, currency("GBP")), ..line(2, 1, 1) }];
    let many = vec![line(1, 1, 1); crate::basket::BASKET_LINES_MAX + 1];
    for (case, lines) in [("negative", negative), ("too large", too_large), ("mixed", mixed), ("many", many)] {
        let facts = Facts {
            currency: currency("EUR"),
            lines: &lines,
            shipping: None,
            vouchers: &[],
            shopper: &world.shopper,
            uses: &world.uses,
            now: world.now,
        };
        assert!(apply(&world.book(), &facts).is_err(), "{case}");
    }
}

#[test]
fn a_book_holds_each_offer_and_range_once() {
    let made = |number| Offer::new(ten_percent(number)).unwrap();
    assert_eq!(OfferBook::new(vec![made(1), made(1)]).unwrap_err(), InvalidBook::Twice(offer_id(1)));
    let book = OfferBook::new(vec![made(1), made(2)]).unwrap();
    assert_eq!(book.find(offer_id(2)).map(Offer::id), Some(offer_id(2)));
    assert!(book.is_met(offer_id(1), &[line(1, 1, 1)]) && !book.is_met(offer_id(1), &[]));
    let other = crate::range::RangeLists { products: vec![product(1).product], ..Default::default() };
    let other = std::sync::Arc::new(crate::range::Range::new(all().id(), other).unwrap());
    let mut parts = ten_percent(2);
    parts.benefit.range = Some(other);
    let books = OfferBook::new(vec![made(1), Offer::new(parts).unwrap()]);
    assert_eq!(books.unwrap_err(), InvalidBook::RangeTwice(all().id()));
}
