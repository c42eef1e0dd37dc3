//! Offers and baskets for tests.

use super::apply::apply_by;
use super::{
    BenefitKind, BenefitParts, ConditionKind, ConditionParts, Decisions, Facts, InvalidFacts, LimitsParts, Offer,
    OfferBook, OfferKind, OfferLine, OfferParts, OfferUses, Shopper, VoucherHeld, apply,
};
use crate::basket::Quantity;
use crate::decimal::Decimal;
use crate::ids::{CategoryId, OfferId, ProductId, RangeId, derived_uuid};
use crate::language::Texts;
use crate::moment::Moment;
use crate::money::{Currency, Money};
use crate::range::{Range, RangeLists, RangedProduct};
use std::collections::HashMap;
use std::sync::Arc;

pub(super) fn currency(code: &str) -> Currency {
    Currency::parse(code).unwrap()
}

pub(super) fn eur(minor: i64) -> Money {
    Money::from_minor(minor, currency("EUR"))
}

pub(super) fn offer_id(number: u32) -> OfferId {
    OfferId::new(derived_uuid("offer", &number.to_string()))
}

pub(super) fn product_id(number: u32) -> ProductId {
    ProductId::new(derived_uuid("product", &number.to_string()))
}

pub(super) fn category_id(number: u32) -> CategoryId {
    CategoryId::new(derived_uuid("category", &number.to_string()))
}

/// Every product lies in the category of its number's parity.
pub(super) fn product(number: u32) -> RangedProduct {
    let categories = vec![category_id(number % 2)];
    RangedProduct { product: product_id(number), parent: None, class: None, categories }
}

fn range(key: &str, lists: RangeLists) -> Arc<Range> {
    Arc::new(Range::new(RangeId::new(derived_uuid("range", key)), lists).unwrap())
}

pub(super) fn all() -> Arc<Range> {
    range("all", RangeLists { all: true, ..RangeLists::default() })
}

pub(super) fn only(numbers: &[u32]) -> Arc<Range> {
    let products = numbers.iter().copied().map(product_id).collect();
    range(&format!("only {numbers:?}"), RangeLists { products, ..RangeLists::default() })
}

/// Ranges of every shape, by number.
pub(super) fn some_range(number: u32) -> Arc<Range> {
    match number % 6 {
        0 | 1 => all(),
        2 => only(&[0, 1]),
        3 => only(&[2, 3, 4]),
        4 => range("odd", RangeLists { categories: vec![category_id(1)], ..RangeLists::default() }),
        _ => range(
            "all but even and 5",
            RangeLists {
                all: true,
                excluded_categories: vec![category_id(0)],
                excluded_products: vec![product_id(5)],
                ..RangeLists::default()
            },
        ),
    }
}

/// A whole number, or so many minor units.
pub(super) fn decimal(mantissa: i64, digits: u8) -> Decimal {
    Decimal::new(mantissa, digits).unwrap()
}

/// 10 percent off everything for everybody.
pub(super) fn ten_percent(number: u32) -> OfferParts {
    OfferParts {
        id: offer_id(number),
        name: Texts::default(),
        kind: OfferKind::Site,
        currency: Some(currency("EUR")),
        condition: ConditionParts { kind: ConditionKind::Count, range: Some(all()), value: decimal(1, 0) },
        benefit: benefit(BenefitKind::Percentage, Some(1_000)),
        priority: 0,
        exclusive: true,
        combines_with: Vec::new(),
        limits: LimitsParts::default(),
        start: None,
        end: None,
        suspended: false,
        actions: Vec::new(),
    }
}

/// A benefit on everything with a value in hundredths.
pub(super) fn benefit(kind: BenefitKind, hundredths: Option<i64>) -> BenefitParts {
    use BenefitKind::{Absolute, FixedUnit, Multibuy, Percentage};
    let ranged = matches!(kind, Percentage | Absolute | FixedUnit | Multibuy);
    let value = hundredths.map(|value| decimal(value, 2));
    BenefitParts { kind, range: ranged.then(all), value, max_affected_items: None }
}

pub(super) fn count(units: i64) -> ConditionParts {
    ConditionParts { kind: ConditionKind::Count, range: Some(all()), value: decimal(units, 0) }
}

pub(super) fn line(number: u32, minor: i64, quantity: u32) -> OfferLine {
    OfferLine {
        product: product(number),
        unit_price: eur(minor),
        quantity: Quantity::new(quantity).unwrap(),
        discountable: true,
        requires_shipping: true,
    }
}

/// A basket with offers, to be changed by a test.
#[derive(Clone, Debug)]
pub(super) struct World {
    pub(super) offers: Vec<OfferParts>,
    pub(super) lines: Vec<OfferLine>,
    pub(super) shipping: Option<Money>,
    pub(super) vouchers: Vec<VoucherHeld>,
    pub(super) shopper: Shopper,
    pub(super) uses: HashMap<OfferId, OfferUses>,
    pub(super) now: Moment,
}

impl World {
    pub(super) fn new(offers: impl IntoIterator<Item = OfferParts>, lines: Vec<OfferLine>) -> Self {
        Self {
            offers: offers.into_iter().collect(),
            lines,
            shipping: None,
            vouchers: Vec::new(),
            shopper: Shopper::default(),
            uses: HashMap::new(),
            now: Moment::from_micros(0),
        }
    }

    pub(super) fn book(&self) -> OfferBook {
        OfferBook::new(self.offers.iter().map(|parts| Offer::new(parts.clone()).unwrap()).collect()).unwrap()
    }

    pub(super) fn apply(&self) -> Decisions {
        self.try_apply().unwrap()
    }

    pub(super) fn try_apply(&self) -> Result<Decisions, InvalidFacts> {
        apply(&self.book(), &self.facts())
    }

    /// The same, with each application made on its own.
    pub(super) fn apply_singly(&self) -> Decisions {
        let singly =
            apply_by(&self.book(), &self.facts(), |run, times_max, budget| run.repeat_singly(times_max, budget));
        singly.unwrap()
    }

    fn facts(&self) -> Facts<'_> {
        let amount = self.lines.first().map(|line| line.unit_price).or(self.shipping);
        Facts {
            currency: amount.map_or(currency("EUR"), Money::currency),
            lines: &self.lines,
            shipping: self.shipping,
            vouchers: &self.vouchers,
            shopper: &self.shopper,
            uses: &self.uses,
            now: self.now,
        }
    }
}
