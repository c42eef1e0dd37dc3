//! Lays Oscar's answer and ours side by side: one name, one text a figure.

use crate::price::Priced;
use crate::read::{Case, offer_id};
use commerce::decimal::Decimal;
use commerce::money::Money;
use commerce::offer::{Effect, Need, Upsell};
use serde_json::Value;
use std::collections::BTreeMap;

/// Figures by name: `lines[0].discount`, `total_tax`.
pub(crate) type Figures = BTreeMap<String, String>;

/// Oscar's figures. Amounts are rounded half up to the currency's digits; whether that changed any comes with them.
pub(crate) fn of_oscar(case: &Case) -> (Figures, bool) {
    let mut rounded = false;
    let mut figures = Figures::new();
    for (key, value) in case.expect.as_object().into_iter().flatten() {
        match key.as_str() {
            "lines" => {
                for (place, line) in entries(value) {
                    for (name, value) in line.as_object().into_iter().flatten().filter(|(name, _)| *name != "product") {
                        figures.insert(format!("lines[{place}].{name}"), amount(value, &mut rounded));
                    }
                }
            }
            "applications" => {
                for (place, application) in entries(value) {
                    figures.insert(format!("applications[{place}]"), application_of_oscar(application));
                }
                figures.insert("applications".to_owned(), entries(value).count().to_string());
            }
            "breakdown" => {
                for (place, prices) in entries(value) {
                    figures.insert(format!("breakdown[{place}]"), breakdown_of_oscar(prices));
                }
            }
            "in_range" => {
                for (range, products) in value.as_object().into_iter().flatten() {
                    let mut names: Vec<&str> = entries(products).filter_map(|(_, name)| name.as_str()).collect();
                    names.sort_unstable();
                    figures.insert(format!("in_range.{range}"), names.join(" "));
                }
            }
            _ if value.is_object() => {
                for (name, value) in value.as_object().into_iter().flatten() {
                    figures.insert(format!("{key}.{name}"), amount(value, &mut rounded));
                }
            }
            _ => drop(figures.insert(key.clone(), amount(value, &mut rounded))),
        }
    }
    (figures, rounded)
}

fn entries(value: &Value) -> impl Iterator<Item = (usize, &Value)> {
    value.as_array().into_iter().flatten().enumerate()
}

/// Decimal text as an amount of two digits; other values as they are.
fn amount(value: &Value, rounded: &mut bool) -> String {
    let Some(text) = value.as_str() else { return value.to_string() };
    let Ok(decimal) = Decimal::parse(text) else { return text.to_owned() };
    *rounded |= decimal.scaled(2).is_err();
    let minor = decimal.scaled_half_up(2).expect("an amount of a case fits");
    Money::from_minor(minor, commerce::money::Currency::parse("GBP").expect("a currency")).to_decimal_string()
}

fn application_of_oscar(application: &Value) -> String {
    let text = |key: &str| application[key].as_str().unwrap_or("-").to_owned();
    format!(
        "{} ×{} {} {} {}",
        text("offer"),
        application["times"],
        amount(&application["discount"], &mut false),
        text("affects"),
        text("voucher")
    )
}

fn breakdown_of_oscar(prices: &Value) -> String {
    let price = |(_, price): (usize, &Value)| {
        let amount = |key: &str| amount(&price[key], &mut false);
        format!("{} {} ×{}", amount("excl_tax"), amount("incl_tax"), price["qty"])
    };
    entries(prices).map(price).collect::<Vec<_>>().join(", ")
}

/// Our figures, of every kind that a case may ask for.
pub(crate) fn of_ours(case: &Case, priced: &Priced) -> Figures {
    let mut figures = Figures::new();
    lines_of_ours(priced, &mut figures);
    applications_of_ours(case, priced, &mut figures);
    totals_of_ours(priced, &mut figures);
    shipping_of_ours(priced, &mut figures);
    for (name, offer) in &case.offers {
        let Ok(offer) = offer else { continue };
        let uses = case.uses.get(&offer.id()).copied().unwrap_or_default();
        figures.insert(format!("available.{name}"), offer.availability(&uses, case.now).is_ok().to_string());
        figures.insert(format!("max_applications.{name}"), offer.max_applications(&uses).to_string());
        let upsell = priced.decisions.upsells.iter().find(|upsell| upsell.offer == offer.id());
        figures.insert(format!("upsell.{name}"), upsell.map_or("null".to_owned(), |upsell| in_words(case, upsell)));
    }
    for held in &case.vouchers {
        let (voucher, book) = (&held.voucher, &priced.book);
        let admitted = voucher.admit(held.uses, case.shopper.signed_in, case.now).is_ok();
        let met = voucher.offers().iter().any(|offer| book.is_met(*offer, &priced.lines));
        figures.insert(format!("voucher_available.{}", voucher.code()), (admitted && met).to_string());
    }
    for (name, range) in &case.ranges {
        let inside = case.products.iter().filter(|(_, product)| range.contains(&product.ranged));
        let names: Vec<&str> = inside.map(|(name, _)| name.as_str()).collect();
        figures.insert(format!("in_range.{name}"), names.join(" "));
    }
    figures
}

fn lines_of_ours(priced: &Priced, figures: &mut Figures) {
    for (place, (line, quoted)) in priced.decisions.lines.iter().zip(&priced.after.lines).enumerate() {
        let mut put = |name: &str, text: String| figures.insert(format!("lines[{place}].{name}"), text);
        put("discount", line.discount.to_decimal_string());
        put("qty_discounted", line.units_taken.to_string());
        put("total_excl_tax", quoted.total.net().to_decimal_string());
        put("total_incl_tax", quoted.total.gross().to_decimal_string());
        let prices = line.prices.iter().map(|price| {
            let text = price.price.to_decimal_string();
            format!("{text} {text} ×{}", price.quantity)
        });
        figures.insert(format!("breakdown[{place}]"), prices.collect::<Vec<_>>().join(", "));
    }
}

fn applications_of_ours(case: &Case, priced: &Priced, figures: &mut Figures) {
    let applications = &priced.decisions.applications;
    figures.insert("applications".to_owned(), applications.len().to_string());
    for (place, application) in applications.iter().enumerate() {
        let name = case.offers.iter().find(|(name, _)| offer_id(name) == application.offer).map(|(name, _)| name);
        // Oscar keeps what is taken off delivery with the method, not with the application.
        let (effect, discount) = match application.effect {
            Effect::Basket => ("basket", application.discount),
            Effect::Shipping => ("shipping", Money::zero(application.discount.currency())),
            Effect::AfterOrder => ("post-order", application.discount),
        };
        let text = format!(
            "{} ×{} {} {effect} {}",
            name.expect("an offer of the case"),
            application.times,
            discount.to_decimal_string(),
            application.voucher.as_ref().map_or("-", |code| code.as_str())
        );
        figures.insert(format!("applications[{place}]"), text);
    }
}

fn totals_of_ours(priced: &Priced, figures: &mut Figures) {
    let (before, after) = (priced.before.goods, priced.after.goods);
    let discount = priced.decisions.goods_discount(before.net().currency()).expect("a sum fits");
    for (name, amount) in [
        ("total_discount", discount),
        ("total_excl_tax_before", before.net()),
        ("total_incl_tax_before", before.gross()),
        ("total_excl_tax", after.net()),
        ("total_incl_tax", after.gross()),
        ("total_tax", after.tax()),
    ] {
        figures.insert(name.to_owned(), amount.to_decimal_string());
    }
}

fn shipping_of_ours(priced: &Priced, figures: &mut Figures) {
    let mut put = |name: &str, amount: String| figures.insert(format!("shipping.{name}"), amount);
    let Some((before, after)) = &priced.delivery else {
        put("code", "no-shipping-required".to_owned());
        for name in ["excl_tax", "incl_tax", "discount"] {
            put(name, "0.00".to_owned());
        }
        return;
    };
    let discount = priced.decisions.shipping_discount(before.base.currency);
    for (name, amount) in [
        ("before_excl_tax", before.total.net()),
        ("before_incl_tax", before.total.gross()),
        ("excl_tax", after.total.net()),
        ("incl_tax", after.total.gross()),
        ("discount", discount),
    ] {
        put(name, amount.to_decimal_string());
    }
}

/// Oscar's English for what is missing.
fn in_words(case: &Case, upsell: &Upsell) -> String {
    let range = case.ranges.iter().find(|(_, range)| range.id() == upsell.range).map(|(name, _)| name.as_str());
    let range = range.expect("a range of the case");
    match upsell.missing {
        Need::Amount(amount) => format!("Spend £{} more from {range}", amount.to_decimal_string()),
        Need::Units(count) | Need::Products(count) => {
            let plural = if count.get() == 1 { "" } else { "s" };
            format!("Buy {count} more product{plural} from {range}")
        }
    }
}
