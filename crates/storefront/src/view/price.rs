//! Prices as a market shows them.

use crate::format;
use crate::locale::PageLocale;
use crate::messages::Arg;
use catalog::document::{Variant, VariantPrice};
use commerce::availability::Availability;
use commerce::catalogue::product::Measure;
use commerce::money::Money;
use commerce::price_list::Tier;
use commerce::tax::class::TaxClass;
use serde::Serialize;

/// A price with what the law wants beside it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct PriceView {
    /// The amount: `£23.50`.
    pub amount: String,
    /// Whether other variants cost more: *from*.
    pub from: bool,
    /// Lowest price of the last 30 days, while it is reduced; else empty.
    pub prior: String,
    /// `−20%`, worked out from the prior price; else empty.
    pub reduction: String,
    /// `£12.40 / kg`; else empty.
    pub unit: String,
    /// What more units cost each: `from 6: £8.50 each`; empty where it is the same.
    pub tiers: Vec<String>,
}

/// What shoppers are told of stock.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct AvailabilityView {
    /// `available`, `few_left`, `sold_out`, `not_for_sale`.
    pub code: &'static str,
    /// The same in words.
    pub label: String,
    /// Whether Add to basket is offered.
    pub can_be_bought: bool,
}

/// The market's price of one unit; nothing where there is none.
pub fn find_price(variant: &Variant, locale: &PageLocale) -> Option<VariantPrice> {
    variant.price(&locale.market.code, locale.market.currency)
}

/// A price of goods of a tax class in words.
pub fn price_view(price: VariantPrice, class: &TaxClass, from: bool, locale: &PageLocale) -> PriceView {
    let amount = locale.shown(price.amount, class);
    let prior = price.prior.map(|prior| locale.shown(prior, class)).filter(|prior| amount.minor() < prior.minor());
    let reduction = prior.and_then(|prior| format::reduction_percent(amount, prior));
    let percent = |percent: i64| locale.text_with("price-reduction", &[("percent", Arg::Number(percent))]);
    PriceView {
        amount: if amount.is_zero() && !from { locale.text("say-free") } else { locale.money(amount) },
        from,
        prior: prior.map(|prior| locale.money(prior)).unwrap_or_default(),
        reduction: reduction.map(percent).unwrap_or_default(),
        unit: String::new(),
        tiers: Vec::new(),
    }
}

/// The price of a variant of a tax class with its unit price, and what more units cost; nothing where it has none in this
/// market.
pub fn variant_price(variant: &Variant, class: &TaxClass, locale: &PageLocale) -> Option<PriceView> {
    let price = find_price(variant, locale)?;
    let tiers = variant.tiers(&locale.market.code, locale.market.currency);
    Some(PriceView {
        unit: unit_price(variant.measure, locale.shown(price.amount, class), locale),
        tiers: tiers.iter().map(|tier| tier_words(variant, class, *tier, locale)).collect(),
        ..price_view(price, class, false, locale)
    })
}

/// `from 6: £8.50 each`, with the unit price where there is one.
fn tier_words(variant: &Variant, class: &TaxClass, tier: Tier, locale: &PageLocale) -> String {
    let shown = locale.shown(tier.amount, class);
    let (units, amount) = (i64::from(tier.minimum.get()), locale.money(shown));
    let words = locale.text_with("price-tier", &[("units", Arg::Number(units)), ("amount", Arg::Text(&amount))]);
    let unit = unit_price(variant.measure, shown, locale);
    if unit.is_empty() { words } else { format!("{words} ({unit})") }
}

/// `£12.40 / kg`; empty where the product has no measure.
pub fn unit_price(measure: Option<Measure>, amount: Money, locale: &PageLocale) -> String {
    let per_unit = measure.and_then(|measure| Some((format::unit_price(amount, measure)?, measure.unit)));
    per_unit.map(|(price, unit)| format!("{} / {}", locale.money(price), locale.unit(unit))).unwrap_or_default()
}

/// Stock in words.
pub fn availability_view(availability: Availability, locale: &PageLocale) -> AvailabilityView {
    let code = availability.name();
    AvailabilityView {
        code,
        label: locale.text(&format!("availability-{code}")),
        can_be_bought: availability.can_be_bought(),
    }
}
