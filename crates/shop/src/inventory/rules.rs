//! Offers and vouchers of the inventory, under django-oscar's names.

use super::name;
use crate::offer_state::offer_uses;
use commerce::language::Language;
use commerce::money::{BasisPoints, Currency, Money};
use commerce::offer::{Benefit, Need, Offer, OfferKind, ShippingBenefit};
use commerce::voucher::VoucherUsage;
use db::inventory::{OfferCount, VoucherCount};
use db::offers::Used;
use serde_json::{Value, json};

pub(super) fn offers(counts: &[OfferCount], languages: &[Language]) -> Vec<Value> {
    let offer = |count: &OfferCount| {
        let offer = &count.offer.offer;
        let (condition, condition_value) = condition(offer.condition().need());
        let (benefit, benefit_value) = benefit(offer.benefit());
        json!({
            "name": name(offer.name(), languages),
            "type": kind(offer.kind()),
            "status": status(offer, &count.used),
            "priority": offer.priority(),
            "exclusive": i32::from(offer.is_exclusive()),
            "condition": condition,
            "condition_value": condition_value,
            "benefit": benefit,
            "benefit_value": benefit_value,
            "num_applications": sum(&count.used, |used| used.applications),
            "num_orders": sum(&count.used, |used| used.orders),
            "total_discount": discount(&count.used, offer.currency()),
        })
    };
    counts.iter().map(offer).collect()
}

pub(super) fn vouchers(counts: &[VoucherCount], first: Currency) -> Vec<Value> {
    let voucher = |count: &VoucherCount| {
        let stored = &count.voucher;
        json!({
            "code": stored.voucher.code().as_str(),
            "name": stored.name,
            "usage": match stored.voucher.usage() {
                VoucherUsage::Single => "Single use",
                VoucherUsage::Multi => "Multi-use",
                VoucherUsage::OncePerCustomer => "Once per customer",
            },
            "num_orders": sum(&count.used, |used| used.orders),
            "applications": sum(&count.used, |used| used.applications),
            "offers": stored.voucher.offers().len(),
            "in_set": i32::from(stored.set.is_some()),
            "total_discount": discount(&count.used, Some(first)),
        })
    };
    counts.iter().map(voucher).collect()
}

fn sum(used: &[Used], pick: fn(&Used) -> i64) -> i64 {
    used.iter().map(pick).fold(0, i64::saturating_add)
}

/// What was taken off in one currency: that of the amounts, or the first that there is.
fn discount(used: &[Used], currency: Option<Currency>) -> String {
    let of_currency = used.iter().find(|used| currency.is_none_or(|currency| used.discount.currency() == currency));
    of_currency.map_or_else(|| "0.00".to_owned(), |used| used.discount.to_decimal_string())
}

fn kind(kind: &OfferKind) -> &'static str {
    match kind {
        OfferKind::Link => "Session",
        OfferKind::Voucher => "Voucher",
        OfferKind::Group(_) => "User",
        OfferKind::Site => "Site",
    }
}

/// As Oscar has it: used up is what has no application left, whoever asks.
fn status(offer: &Offer, used: &[Used]) -> &'static str {
    if offer.is_suspended() {
        "Suspended"
    } else if offer.max_applications(&offer_uses(offer, used)) == 0 {
        "Consumed"
    } else {
        "Open"
    }
}

fn condition(need: Need) -> (&'static str, String) {
    match need {
        Need::Units(units) => ("Count", two_digits(i64::from(units.get()))),
        Need::Products(products) => ("Coverage", two_digits(i64::from(products.get()))),
        Need::Amount(amount) => ("Value", amount.to_decimal_string()),
    }
}

fn benefit(benefit: &Benefit) -> (&'static str, Option<String>) {
    let percent = |points: &BasisPoints| {
        let (whole, rest) = (points.get() / 100, points.get() % 100);
        Some(format!("{whole}.{rest:02}"))
    };
    let amount = |amount: &Money| Some(amount.to_decimal_string());
    match benefit {
        Benefit::Percentage { percent: points, .. } => ("Percentage", percent(points)),
        Benefit::Absolute { amount: off, .. } => ("Absolute", amount(off)),
        Benefit::FixedUnit { amount: off, .. } => ("Fixed", amount(off)),
        Benefit::Multibuy { .. } => ("Multibuy", None),
        Benefit::FixedPrice { price } => ("Fixed price", amount(price)),
        Benefit::Shipping(ShippingBenefit::Percentage(points)) => ("Shipping percentage", percent(points)),
        Benefit::Shipping(ShippingBenefit::Absolute(off)) => ("Shipping absolute", amount(off)),
        Benefit::Shipping(ShippingBenefit::FixedPrice(price)) => ("Shipping fixed price", amount(price)),
        Benefit::AfterOrder => ("After order", None),
    }
}

/// Oscar keeps counts as amounts.
fn two_digits(count: i64) -> String {
    format!("{count}.00")
}
