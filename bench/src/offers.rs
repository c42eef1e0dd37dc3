//! What pricing a basket with offers costs, on one core: baskets of 50 lines, more and more offers.

use crate::arguments::OffersPlan;
use crate::figures::{median, micros_since};
use anyhow::Context;
use commerce::basket::Quantity;
use commerce::decimal::Decimal;
use commerce::ids::{CategoryId, OfferId, ProductId, RangeId, derived_uuid};
use commerce::language::Texts;
use commerce::moment::Moment;
use commerce::money::{Currency, Money};
use commerce::offer::{
    BenefitKind, BenefitParts, ConditionKind, ConditionParts, Facts, LimitsParts, Offer, OfferBook, OfferKind,
    OfferLine, OfferParts, Shopper, apply,
};
use commerce::range::{Range, RangeLists, RangedProduct};
use std::collections::HashMap;
use std::sync::Arc;
use std::time::Instant;

/// Lines of the basket.
const LINES: u32 = 50;
/// Categories that its products lie in.
const CATEGORIES: u32 = 10;
/// Numbers of offers.
const OFFERS: [u32; 4] = [10, 100, 200, 400];
/// Baskets that are priced before one time is taken: a clock is coarser than one.
const BATCH: u32 = 100;

/// Prices the same basket with more and more offers.
pub(crate) fn run(plan: &OffersPlan) -> anyhow::Result<()> {
    let currency = Currency::parse("EUR")?;
    let lines = (0..LINES).map(|number| line(number, currency)).collect::<anyhow::Result<Vec<_>>>()?;
    for count in OFFERS {
        let offers = (0..count).map(|number| offer(number, currency)).collect::<anyhow::Result<Vec<_>>>()?;
        let book = OfferBook::new(offers)?;
        let (shopper, uses) = (Shopper::default(), HashMap::new());
        let facts = Facts {
            currency,
            lines: &lines,
            shipping: Some(Money::from_minor(490, currency)),
            vouchers: &[],
            shopper: &shopper,
            uses: &uses,
            now: Moment::from_micros(0),
        };
        let applied = apply(&book, &facts)?.applications.len();
        let mut times = Vec::new();
        for _ in 0..plan.runs {
            let start = Instant::now();
            for _ in 0..BATCH {
                std::hint::black_box(apply(std::hint::black_box(&book), &facts)?);
            }
            times.push(micros_since(start) / u64::from(BATCH));
        }
        times.sort_unstable();
        let best = times.first().context("at least one run")?;
        println!(
            "{LINES} lines, {count} offers, {applied} of them applied: {best} µs at best, {} µs in the median of {} runs",
            median(&times),
            plan.runs
        );
    }
    Ok(())
}

fn line(number: u32, currency: Currency) -> anyhow::Result<OfferLine> {
    let category = |number: u32| CategoryId::new(derived_uuid("category", &number.to_string()));
    Ok(OfferLine {
        product: RangedProduct {
            product: product(number),
            parent: None,
            class: None,
            categories: vec![category(number % CATEGORIES), category(CATEGORIES)],
        },
        unit_price: Money::from_minor(199 + i64::from(number) * 37, currency),
        quantity: Quantity::new(1 + number % 5)?,
        discountable: !number.is_multiple_of(9),
        requires_shipping: true,
    })
}

fn product(number: u32) -> ProductId {
    ProductId::new(derived_uuid("product", &number.to_string()))
}

/// Every kind of offer in turn: some of everything, some of a category, some of a list of products; few are exclusive, so
/// that most of them have work to do.
fn offer(number: u32, currency: Currency) -> anyhow::Result<Offer> {
    let lists = match number % 3 {
        0 => RangeLists { all: true, ..RangeLists::default() },
        1 => RangeLists {
            categories: vec![CategoryId::new(derived_uuid("category", &(number % CATEGORIES).to_string()))],
            ..RangeLists::default()
        },
        _ => RangeLists {
            products: (0..20).map(|step| product((number + step * 7) % 100)).collect(),
            ..RangeLists::default()
        },
    };
    let range = Arc::new(Range::new(RangeId::new(derived_uuid("range", &number.to_string())), lists)?);
    let (kind, value) = match number % 5 {
        0 => (BenefitKind::Percentage, Some(5)),
        1 => (BenefitKind::Absolute, Some(1)),
        2 => (BenefitKind::FixedUnit, Some(1)),
        3 => (BenefitKind::Multibuy, None),
        _ => (BenefitKind::ShippingPercentage, Some(10)),
    };
    let decimal = |whole: i64| Decimal::new(whole, 0).context("a whole number is a decimal");
    let goods = kind != BenefitKind::ShippingPercentage;
    Ok(Offer::new(OfferParts {
        id: OfferId::new(derived_uuid("offer", &number.to_string())),
        name: Texts::default(),
        kind: OfferKind::Site,
        currency: Some(currency),
        condition: ConditionParts {
            kind: if number.is_multiple_of(2) { ConditionKind::Count } else { ConditionKind::Coverage },
            range: Some(Arc::clone(&range)),
            value: decimal(2 + i64::from(number % 3))?,
        },
        benefit: BenefitParts {
            kind,
            range: goods.then_some(range),
            value: value.map(decimal).transpose()?,
            max_affected_items: (kind == BenefitKind::Percentage).then_some(3),
        },
        priority: i32::try_from(number % 7)?,
        exclusive: number.is_multiple_of(10),
        combines_with: Vec::new(),
        limits: LimitsParts { per_basket: Some(2), ..LimitsParts::default() },
        start: None,
        end: None,
        suspended: false,
        actions: Vec::new(),
    })?)
}
