//! What pricing a basket with offers costs, on one core: baskets of 50 lines, more and more offers; and the largest basket,
//! to which offers apply thousands of times.

use crate::arguments::OffersPlan;
use crate::figures::{median, micros_since};
use anyhow::Context;
use commerce::basket::{BASKET_LINES_MAX, QUANTITY_MAX, Quantity};
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

/// Offers on the largest basket, and products that each of them names.
const LARGEST_OFFERS: u32 = 100;
const LARGEST_RANGE: u32 = 200;

/// Prices the same basket with more and more offers, and the largest basket that there is.
pub(crate) fn run(plan: &OffersPlan) -> anyhow::Result<()> {
    let currency = Currency::parse("EUR")?;
    let lines = (0..LINES).map(|number| line(number, currency)).collect::<anyhow::Result<Vec<_>>>()?;
    for count in OFFERS {
        let offers = (0..count).map(|number| offer(number, currency)).collect::<anyhow::Result<Vec<_>>>()?;
        time(plan, &lines, &OfferBook::new(offers)?, BATCH)?;
    }
    let lines = (0..u32::try_from(BASKET_LINES_MAX)?)
        .map(|number| Ok(OfferLine { quantity: Quantity::new(QUANTITY_MAX)?, ..line(number, currency)? }));
    let lines = lines.collect::<anyhow::Result<Vec<_>>>()?;
    for (kind, counts, value) in [
        (BenefitKind::Multibuy, ConditionKind::Coverage, None),
        (BenefitKind::FixedUnit, ConditionKind::Count, Some(1)),
        (BenefitKind::FixedPrice, ConditionKind::Coverage, Some(2_000)),
    ] {
        let offers = (0..LARGEST_OFFERS).map(|number| repeated_offer(number, currency, kind, counts, value));
        println!("{QUANTITY_MAX} units of each line, offers of the kind {kind:?} that apply as often as they may:");
        time(plan, &lines, &OfferBook::new(offers.collect::<anyhow::Result<Vec<_>>>()?)?, 1)?;
    }
    Ok(())
}

/// Prices a basket many times over and prints what one takes.
fn time(plan: &OffersPlan, lines: &[OfferLine], book: &OfferBook, batch: u32) -> anyhow::Result<()> {
    let (shopper, uses, currency) = (Shopper::default(), HashMap::new(), Currency::parse("EUR")?);
    let facts = Facts {
        currency,
        lines,
        shipping: Some(Money::from_minor(490, currency)),
        vouchers: &[],
        shopper: &shopper,
        uses: &uses,
        now: Moment::from_micros(0),
    };
    let applied = apply(book, &facts)?.applications.len();
    let mut times = Vec::new();
    for _ in 0..plan.runs {
        let start = Instant::now();
        for _ in 0..batch {
            std::hint::black_box(apply(std::hint::black_box(book), &facts)?);
        }
        times.push(micros_since(start) / u64::from(batch));
    }
    times.sort_unstable();
    let best = times.first().context("at least one run")?;
    println!(
        "{} lines, {} offers, {applied} of them applied: {best} µs at best, {} µs in the median of {} runs",
        lines.len(),
        book.offers().count(),
        median(&times),
        plan.runs
    );
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

/// An offer on many products that shares its units and sets no limit.
fn repeated_offer(
    number: u32,
    currency: Currency,
    kind: BenefitKind,
    counts: ConditionKind,
    value: Option<i64>,
) -> anyhow::Result<Offer> {
    let lists = RangeLists {
        products: (0..LARGEST_RANGE).map(|step| product((number + step) % LARGEST_RANGE)).collect(),
        ..RangeLists::default()
    };
    let range = Arc::new(Range::new(RangeId::new(derived_uuid("range", &number.to_string())), lists)?);
    let value = value.map(|whole| Decimal::new(whole, 0).context("a whole number is a decimal")).transpose()?;
    let on_units = kind == BenefitKind::FixedUnit;
    Ok(Offer::new(OfferParts {
        id: OfferId::new(derived_uuid("offer", &number.to_string())),
        name: Texts::default(),
        kind: OfferKind::Site,
        currency: Some(currency),
        condition: ConditionParts {
            kind: counts,
            range: Some(Arc::clone(&range)),
            value: Decimal::new(100, 0).context("a whole number is a decimal")?,
        },
        benefit: BenefitParts {
            kind,
            range: (kind != BenefitKind::FixedPrice).then_some(range),
            value,
            max_affected_items: on_units.then_some(3),
        },
        priority: 0,
        exclusive: false,
        combines_with: Vec::new(),
        limits: LimitsParts::default(),
        start: None,
        end: None,
        suspended: false,
        actions: Vec::new(),
    })?)
}
