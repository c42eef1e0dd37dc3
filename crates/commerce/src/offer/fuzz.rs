//! Offers, ranges, vouchers and a basket from bytes: the body of the fuzz target `offers` in `fuzz/`.
//!
//! Any bytes make something. What would be refused where it is entered is left out, so that the rest is tried. A test
//! here leads random bytes through the same, so that it runs with all other tests, on any compiler.

use super::checks::{self, Market};
use super::world::{World, all, category_id, currency, decimal, offer_id, product_id};
use super::{
    BenefitKind, BenefitParts, ConditionKind, ConditionParts, LimitsParts, Offer, OfferKind, OfferLine, OfferParts,
    OfferUses, OrderAction, Shopper, VoucherHeld,
};
use crate::basket::{QUANTITY_MAX, Quantity};
use crate::ids::{CustomerGroupId, ProductClassId, RangeId, derived_uuid};
use crate::language::Texts;
use crate::market::TaxDisplay;
use crate::moment::Moment;
use crate::money::{BasisPoints, Currency, Money};
use crate::range::{Range, RangeLists, RangedProduct};
use crate::voucher::{Voucher, VoucherCode, VoucherParts, VoucherUsage, VoucherUses};
use std::sync::Arc;

/// Most of each that bytes make.
const OFFERS_MAX: u8 = 8;
const LINES_MAX: u8 = 20;
const VOUCHERS_MAX: u8 = 4;
/// Ranges that offers choose from.
const RANGES: u8 = 5;
/// Products, of which every fourth is a child of the one before it.
const PRODUCTS: u8 = 8;

/// Makes offers and a basket of the bytes, applies them, and panics where a law is broken.
pub fn check(bytes: &[u8]) {
    let (world, market) = read(&mut Bytes(bytes));
    checks::check(&world, market);
}

/// Bytes that are taken one after another; noughts when there are none left.
struct Bytes<'a>(&'a [u8]);

impl Bytes<'_> {
    fn next(&mut self) -> u8 {
        let (first, rest) = self.0.split_first().unwrap_or((&0, &[]));
        self.0 = rest;
        *first
    }

    fn below(&mut self, count: u8) -> u8 {
        self.next() % count
    }

    fn flag(&mut self) -> bool {
        self.next() % 2 == 1
    }

    /// Once in four times.
    fn sometimes<T>(&mut self, read: impl FnOnce(&mut Self) -> T) -> Option<T> {
        (self.below(4) == 3).then(|| read(self))
    }

    fn array<const N: usize>(&mut self) -> [u8; N] {
        std::array::from_fn(|_| self.next())
    }

    /// Any number, mostly one that a small basket reaches.
    fn need(&mut self) -> i64 {
        if self.below(8) == 7 { self.number() } else { 1 + i64::from(self.below(6)) }
    }

    /// Any number, mostly a small one.
    fn number(&mut self) -> i64 {
        match self.next() {
            small @ 0..200 => i64::from(small),
            200..240 => i64::from(u16::from_le_bytes(self.array())),
            240..253 => i64::from(u32::from_le_bytes(self.array())),
            _ => i64::from_le_bytes(self.array()),
        }
    }

    fn count(&mut self) -> u32 {
        u32::try_from(self.number()).unwrap_or(u32::MAX)
    }

    /// Before the moment at which the basket is priced, seldom after it.
    fn start(&mut self) -> Moment {
        Moment::from_micros(i64::from(self.next()) - 224)
    }

    /// After that moment, seldom before it.
    fn end(&mut self) -> Moment {
        Moment::from_micros(i64::from(self.next()) - 32)
    }

    /// Those of eight things whose bits are set.
    fn chosen<T>(&mut self, thing: impl Fn(u32) -> T) -> Vec<T> {
        let bits = self.next();
        (0..8).filter(|number| bits & (1 << number) != 0).map(thing).collect()
    }
}

fn read(bytes: &mut Bytes<'_>) -> (World, Market) {
    let currency = currency(["JPY", "EUR", "KWD"][usize::from(bytes.below(3))]);
    let rate = BasisPoints::new(u32::from(u16::from_le_bytes(bytes.array())) % 3_000).expect("at most 30 percent");
    let shown = if bytes.flag() { TaxDisplay::Including } else { TaxDisplay::Excluding };
    let ranges: Vec<Arc<Range>> = (0..RANGES).map(|number| range(bytes, number)).collect();
    let offers: Vec<OfferParts> =
        (0..=bytes.below(OFFERS_MAX)).map(|number| offer(bytes, u32::from(number), currency, &ranges)).collect();
    let lines = (0..=bytes.below(LINES_MAX)).map(|_| line(bytes, currency)).collect();
    let mut world = World::new(offers.into_iter().filter(|parts| Offer::new(parts.clone()).is_ok()), lines);
    world.shipping = bytes.flag().then(|| Money::from_minor(bytes.number(), currency));
    world.vouchers = (0..bytes.below(VOUCHERS_MAX + 1)).filter_map(|_| voucher(bytes)).collect();
    world.shopper = Shopper {
        signed_in: bytes.flag(),
        groups: bytes.chosen(|number| group(number % 2)),
        opened: bytes.chosen(offer_id),
    };
    for number in 0..u32::from(OFFERS_MAX) {
        let used = bytes.sometimes(|bytes| OfferUses {
            applications: bytes.count(),
            by_shopper: bytes.count(),
            discount_minor: bytes.number(),
        });
        world.uses.extend(used.map(|used| (offer_id(number), used)));
    }
    (world, Market { rate, shown })
}

fn range(bytes: &mut Bytes<'_>, number: u8) -> Arc<Range> {
    let lists = RangeLists {
        all: bytes.flag(),
        products: bytes.chosen(product_id),
        classes: bytes.sometimes(|bytes| bytes.chosen(class)).unwrap_or_default(),
        categories: bytes.sometimes(|bytes| bytes.chosen(category_id)).unwrap_or_default(),
        excluded_products: bytes.sometimes(|bytes| bytes.chosen(product_id)).unwrap_or_default(),
        excluded_categories: bytes.sometimes(|bytes| bytes.chosen(category_id)).unwrap_or_default(),
    };
    let id = RangeId::new(derived_uuid("range", &number.to_string()));
    Range::new(id, lists).map_or_else(|_| all(), Arc::new)
}

fn offer(bytes: &mut Bytes<'_>, number: u32, currency: Currency, ranges: &[Arc<Range>]) -> OfferParts {
    let (condition, benefit) = (condition(bytes, currency, ranges), benefit(bytes, currency, ranges));
    let exclusive = bytes.below(4) == 3;
    let kind = match bytes.below(8) {
        5 => OfferKind::Voucher,
        6 => OfferKind::Group(bytes.chosen(group)),
        7 => OfferKind::Link,
        _ => OfferKind::Site,
    };
    let actions = if benefit.kind == BenefitKind::AfterOrder {
        vec![OrderAction { code: "points".to_owned(), text: Texts::default() }]
    } else {
        Vec::new()
    };
    OfferParts {
        id: offer_id(number),
        name: Texts::default(),
        kind,
        currency: Some(currency),
        condition,
        benefit,
        priority: i32::from(bytes.below(3)),
        exclusive,
        combines_with: bytes.sometimes(|bytes| bytes.chosen(offer_id)).filter(|_| !exclusive).unwrap_or_default(),
        limits: LimitsParts {
            per_basket: bytes.sometimes(Bytes::count),
            per_shopper: bytes.sometimes(Bytes::count),
            global: bytes.sometimes(Bytes::count),
            max_discount: bytes.sometimes(|bytes| decimal(bytes.number(), currency.digits())),
        },
        start: bytes.sometimes(Bytes::start),
        end: bytes.sometimes(Bytes::end),
        suspended: bytes.next() == u8::MAX,
        actions,
    }
}

fn condition(bytes: &mut Bytes<'_>, currency: Currency, ranges: &[Arc<Range>]) -> ConditionParts {
    let (kind, value) = match bytes.below(4) {
        0 => (ConditionKind::Coverage, decimal(bytes.need(), 0)),
        1 => (ConditionKind::Value, decimal(bytes.number(), currency.digits())),
        _ => (ConditionKind::Count, decimal(bytes.need(), 0)),
    };
    ConditionParts { kind, range: Some(choose(bytes, ranges)), value }
}

fn benefit(bytes: &mut Bytes<'_>, currency: Currency, ranges: &[Arc<Range>]) -> BenefitParts {
    use BenefitKind::{
        Absolute, AfterOrder, FixedPrice, FixedUnit, Multibuy, Percentage, ShippingAbsolute, ShippingFixedPrice,
        ShippingPercentage,
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
        AfterOrder,
    ];
    let kind = kinds[usize::from(bytes.next()) % kinds.len()];
    let on_units = matches!(kind, Percentage | Absolute | FixedUnit);
    let digits = if matches!(kind, Percentage | ShippingPercentage) { 1 } else { currency.digits() };
    BenefitParts {
        kind,
        range: (on_units || kind == Multibuy).then(|| choose(bytes, ranges)),
        value: (!matches!(kind, Multibuy | AfterOrder)).then(|| decimal(bytes.number(), digits)),
        max_affected_items: bytes
            .flag()
            .then(|| bytes.need())
            .and_then(|units| u32::try_from(units).ok())
            .filter(|_| on_units),
    }
}

fn choose(bytes: &mut Bytes<'_>, ranges: &[Arc<Range>]) -> Arc<Range> {
    ranges.get(usize::from(bytes.below(RANGES))).map_or_else(all, Arc::clone)
}

fn line(bytes: &mut Bytes<'_>, currency: Currency) -> OfferLine {
    let number = u32::from(bytes.below(PRODUCTS));
    let is_child = number % 4 == 3;
    OfferLine {
        product: RangedProduct {
            product: product_id(number),
            parent: is_child.then(|| product_id(number - 1)),
            class: Some(class(number / 2)),
            categories: vec![category_id(number % 2), category_id(2)],
        },
        unit_price: Money::from_minor(bytes.number(), currency),
        quantity: Quantity::new(1 + bytes.count() % QUANTITY_MAX).expect("1 to QUANTITY_MAX"),
        discountable: bytes.below(8) != 7,
        requires_shipping: bytes.below(4) != 3,
    }
}

fn voucher(bytes: &mut Bytes<'_>) -> Option<VoucherHeld> {
    let parts = VoucherParts {
        // So few codes that one may be there twice.
        code: VoucherCode::parse(&format!("V{}", bytes.below(VOUCHERS_MAX))).ok()?,
        usage: [VoucherUsage::Single, VoucherUsage::Multi, VoucherUsage::OncePerCustomer][usize::from(bytes.below(3))],
        offers: bytes.chosen(offer_id),
        start: bytes.sometimes(Bytes::start),
        end: bytes.sometimes(Bytes::end),
    };
    let uses = VoucherUses {
        total: bytes.sometimes(Bytes::count).unwrap_or(0),
        by_shopper: bytes.sometimes(Bytes::count).unwrap_or(0),
    };
    Some(VoucherHeld { voucher: Voucher::new(parts).ok()?, uses })
}

fn group(number: u32) -> CustomerGroupId {
    CustomerGroupId::new(derived_uuid("group", &number.to_string()))
}

fn class(number: u32) -> ProductClassId {
    ProductClassId::new(derived_uuid("class", &number.to_string()))
}

#[cfg(test)]
mod tests {
    use super::super::Effect;
    use super::*;
    use proptest::prelude::*;
    use proptest::strategy::ValueTree;
    use proptest::test_runner::TestRunner;

    /// More than the longest basket takes.
    const BYTES_MAX: usize = 700;

    proptest! {
        #[test]
        fn no_bytes_break_a_law(bytes in prop::collection::vec(any::<u8>(), 0..BYTES_MAX)) {
            check(&bytes);
        }
    }

    /// Bytes that make nothing would prove nothing.
    #[test]
    fn bytes_make_baskets_of_every_sort() {
        let mut runner = TestRunner::deterministic();
        let strategy = prop::collection::vec(any::<u8>(), BYTES_MAX / 2..BYTES_MAX);
        let (mut priced, mut repeated, mut by_voucher, mut effects) = (0, 0, 0, Vec::new());
        for _ in 0..400 {
            let bytes = strategy.new_tree(&mut runner).unwrap().current();
            let Ok(decisions) = read(&mut Bytes(&bytes)).0.try_apply() else { continue };
            priced += 1;
            repeated += u32::from(decisions.applications.iter().any(|application| application.times > 1));
            by_voucher += u32::from(decisions.vouchers.iter().any(|voucher| voucher.outcome.is_ok()));
            effects.extend(decisions.applications.iter().map(|application| application.effect));
        }
        assert!(priced > 200 && repeated > 40 && by_voucher > 10, "{priced} priced, {repeated} repeated, {by_voucher}");
        for effect in [Effect::Basket, Effect::Shipping, Effect::AfterOrder] {
            assert!(effects.iter().filter(|found| **found == effect).count() > 50, "{effect:?}");
        }
    }
}
