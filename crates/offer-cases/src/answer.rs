//! What a case comes to, in the form of a file's `expect`.

use crate::price::Priced;
use crate::read::{Case, CaseLine, offer_id};
use commerce::ids::OfferId;
use commerce::money::Money;
use commerce::offer::{Application, Effect, LineDecision, Need, UnitPrice, Upsell};
use commerce::quote::QuotedLine;
use serde_json::{Map, Value, json};

/// What a case comes to: everything that a file may say that it expects, with the same names.
pub fn answer(case: &Case, priced: &Priced) -> Value {
    let mut answer = totals(priced);
    answer.insert("lines".to_owned(), lines(case, priced));
    answer.insert("applications".to_owned(), applications(case, priced));
    answer.insert("shipping".to_owned(), shipping(priced));
    answer.insert("breakdown".to_owned(), breakdown(priced));
    let offers = || case.offers.iter().filter_map(|(name, offer)| Some((name, offer.as_ref().ok()?)));
    let uses = |offer: OfferId| case.uses.get(&offer).copied().unwrap_or_default();
    let available = offers()
        .map(|(name, offer)| (name.clone(), Value::Bool(offer.availability(&uses(offer.id()), case.now).is_ok())));
    answer.insert("available".to_owned(), Value::Object(available.collect()));
    let most = offers().map(|(name, offer)| (name.clone(), json!(offer.max_applications(&uses(offer.id())))));
    answer.insert("max_applications".to_owned(), Value::Object(most.collect()));
    let upsell = offers().map(|(name, offer)| {
        let missing = priced.decisions.upsells.iter().find(|upsell| upsell.offer == offer.id());
        (name.clone(), missing.map_or(Value::Null, |upsell| Value::String(in_words(case, upsell))))
    });
    answer.insert("upsell".to_owned(), Value::Object(upsell.collect()));
    let vouchers = case.vouchers.iter().map(|held| {
        let (voucher, book) = (&held.voucher, &priced.book);
        let is_admitted = voucher.admit(held.uses, case.shopper.signed_in, case.now).is_ok();
        let is_met = voucher.offers().iter().any(|offer| book.is_met(*offer, &priced.lines));
        (voucher.code().to_string(), Value::Bool(is_admitted && is_met))
    });
    answer.insert("voucher_available".to_owned(), Value::Object(vouchers.collect()));
    let ranges = case.ranges.iter().map(|(name, range)| {
        let inside = case.products.iter().filter(|(_, product)| range.contains(&product.ranged));
        (name.clone(), inside.map(|(name, _)| name.as_str()).collect())
    });
    answer.insert("in_range".to_owned(), Value::Object(ranges.collect()));
    Value::Object(answer)
}

fn lines(case: &Case, priced: &Priced) -> Value {
    let lines = case.basket.iter().zip(&priced.decisions.lines).zip(&priced.after.lines);
    let line = |((line, decision), quoted): ((&CaseLine, &LineDecision), &QuotedLine)| {
        json!({
            "product": line.name,
            "discount": decision.discount.to_decimal_string(),
            "qty_discounted": decision.units_taken,
            "total_excl_tax": quoted.total.net().to_decimal_string(),
            "total_incl_tax": quoted.total.gross().to_decimal_string(),
        })
    };
    lines.map(line).collect()
}

fn applications(case: &Case, priced: &Priced) -> Value {
    let application = |application: &Application| {
        let name = case.offers.iter().find(|(name, _)| offer_id(name) == application.offer).map(|(name, _)| name);
        // What is taken off delivery stands with the method, not with the application.
        let (effect, discount) = match application.effect {
            Effect::Basket => ("basket", application.discount),
            Effect::Shipping => ("shipping", Money::zero(application.discount.currency())),
            Effect::AfterOrder => ("post-order", application.discount),
        };
        json!({
            "offer": name,
            "times": application.times,
            "discount": discount.to_decimal_string(),
            "affects": effect,
            "voucher": application.voucher.as_ref().map(|code| code.as_str()),
        })
    };
    priced.decisions.applications.iter().map(application).collect()
}

fn totals(priced: &Priced) -> Map<String, Value> {
    let (before, after) = (priced.before.goods, priced.after.goods);
    // The lines were summed for the quote, so the sum of their discounts fits.
    let discount = priced.decisions.goods_discount(before.net().currency());
    let discount = discount.unwrap_or(Money::zero(before.net().currency()));
    [
        ("total_discount", discount),
        ("total_excl_tax_before", before.net()),
        ("total_incl_tax_before", before.gross()),
        ("total_excl_tax", after.net()),
        ("total_incl_tax", after.gross()),
        ("total_tax", after.tax()),
    ]
    .into_iter()
    .map(|(name, amount)| (name.to_owned(), Value::String(amount.to_decimal_string())))
    .collect()
}

fn shipping(priced: &Priced) -> Value {
    let Some((before, after)) = &priced.delivery else {
        let zero = Money::zero(priced.before.currency).to_decimal_string();
        return json!({ "code": "no-shipping-required", "excl_tax": zero, "incl_tax": zero, "discount": zero });
    };
    json!({
        "before_excl_tax": before.total.net().to_decimal_string(),
        "before_incl_tax": before.total.gross().to_decimal_string(),
        "excl_tax": after.total.net().to_decimal_string(),
        "incl_tax": after.total.gross().to_decimal_string(),
        "discount": priced.decisions.shipping_discount(before.currency).to_decimal_string(),
    })
}

fn breakdown(priced: &Priced) -> Value {
    let price = |price: &UnitPrice| {
        let text = price.price.to_decimal_string();
        json!({ "excl_tax": text, "incl_tax": text, "qty": price.quantity })
    };
    let prices = |line: &LineDecision| line.prices.iter().map(price).collect::<Value>();
    priced.decisions.lines.iter().map(prices).collect()
}

/// Oscar's English for what is missing.
fn in_words(case: &Case, upsell: &Upsell) -> String {
    let range = case.ranges.iter().find(|(_, range)| range.id() == upsell.range).map(|(name, _)| name.as_str());
    let range = range.unwrap_or_default();
    match upsell.missing {
        Need::Amount(amount) if amount.currency().code() == "GBP" => {
            format!("Spend £{} more from {range}", amount.to_decimal_string())
        }
        Need::Amount(amount) => {
            format!("Spend {} {} more from {range}", amount.currency().code(), amount.to_decimal_string())
        }
        Need::Units(count) | Need::Products(count) => {
            let plural = if count.get() == 1 { "" } else { "s" };
            format!("Buy {count} more product{plural} from {range}")
        }
    }
}
