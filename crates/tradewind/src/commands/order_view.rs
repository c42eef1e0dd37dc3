//! An order as the command line shows it.

use crate::output;
use commerce::address::Address;
use commerce::checkout::{SoldAction, SoldDiscount};
use commerce::gift_card::Tender;
use commerce::order::{Move, Order};
use commerce::tax::answer::{TaxLine, TaxShare};
use commerce::tax::rule::AppliedRate;
use serde_json::{Value, json};
use shop::order::OrderDetails;

/// Moves by the commands that make them.
const MOVES: [(Move, &str); 4] =
    [(Move::Capture, "capture"), (Move::Ship, "ship"), (Move::Cancel, "cancel"), (Move::Refund, "refund")];

fn allowed(order: &Order) -> Vec<&'static str> {
    MOVES.into_iter().filter(|(wanted, _)| order.allows(*wanted).is_ok()).map(|(_, name)| name).collect()
}

/// An order in a list.
pub(super) fn summary_json(order: &Order) -> Value {
    json!({
        "number": order.sold.number.to_string(),
        "placed_at": order.placed_at.to_rfc3339(),
        "state": order.state.name(),
        "payment": order.payment_status().name(),
        "fulfilment": order.fulfilment_status().name(),
        "currency": order.sold.currency().code(),
        "total": order.sold.total.gross().to_decimal_string(),
        "email": order.sold.email.as_str(),
    })
}

/// An order with everything.
pub(super) fn to_json(details: &OrderDetails) -> Value {
    let order = &details.order;
    let mut value = summary_json(order);
    let lines = order.sold.lines.iter().enumerate().map(|(place, line)| {
        json!({
            "line": place + 1,
            "sku": line.sku,
            "title": line.title,
            "variant": line.variant,
            "quantity": line.quantity,
            "sent": order.units_sent(place),
            "discount": line.discount.to_decimal_string(),
            "net": line.total.net().to_decimal_string(),
            "tax": line.total.tax().to_decimal_string(),
            "tax_class": line.tax_class.as_str(),
            "tax_rate": line.tax_rate.to_string(),
            "taxes": line.taxes.iter().map(share_json).collect::<Vec<_>>(),
            "gross": line.total.gross().to_decimal_string(),
        })
    });
    let parcels = order.parcels.iter().map(|parcel| {
        let units = parcel.units.iter().map(|(line, units)| json!({ "line": line + 1, "units": units }));
        json!({
            "status": parcel.status.name(),
            "tracking": parcel.tracking,
            "packed_at": parcel.packed_at.to_rfc3339(),
            "units": units.collect::<Vec<_>>(),
        })
    });
    let ledger = details.ledger.iter().map(|entry| {
        let amount = entry.amount.to_decimal_string();
        let card = entry.card.map(|card| card.to_string());
        json!({ "at": entry.at.to_rfc3339(), "kind": entry.kind.name(), "amount": amount, "card": card })
    });
    let payments = details.payments.iter().map(|payment| {
        let amount = payment.amount.to_decimal_string();
        json!({ "gateway": payment.gateway, "state": payment.state.name(), "amount": amount, "reference": payment.reference })
    });
    let notes =
        details.notes.iter().map(|note| json!({ "at": note.at.to_rfc3339(), "by": note.actor, "text": note.body }));
    let events = details.events.iter().map(|event| {
        json!({ "at": event.at.to_rfc3339(), "by": event.actor_kind, "what": event.kind, "detail": event.detail })
    });
    let more = json!({
        "market": order.sold.market.as_str(),
        "delivery": order.sold.delivery.as_ref().map(|delivery| json!({
            "method": delivery.method,
            "name": delivery.name,
            "net": delivery.charge.net().to_decimal_string(),
            "tax": delivery.charge.tax().to_decimal_string(),
            "gross": delivery.charge.gross().to_decimal_string(),
            "taxes": delivery.taxes.iter().map(share_json).collect::<Vec<_>>(),
            "discount": delivery.discount.to_decimal_string(),
            "point": delivery.point.as_ref().map(|point| json!({ "code": point.code, "name": point.name })),
        })),
        "taxes": order.sold.tax.lines.iter().map(tax_json).collect::<Vec<_>>(),
        "tax_treatment": order.sold.tax.treatment.name(),
        "vat_number_check": order.sold.tax.vat_number.as_ref().map(|(_, check)| check.name()),
        "vat_number": order.sold.tax.vat_number.as_ref().map(|(number, _)| number.to_string()),
        "discounts": order.sold.discounts.iter().map(discount_json).collect::<Vec<_>>(),
        "tenders": order.sold.tenders.iter().map(tender_json).collect::<Vec<_>>(),
        "to_pay": order.sold.to_pay().to_decimal_string(),
        "actions": order.sold.actions.iter().map(action_json).collect::<Vec<_>>(),
        "delivery_address": order.sold.delivery_address.as_ref().map(address_json),
        "billing_address": order.sold.billing_address.as_ref().map(address_json),
        "withdrawn_at": order.withdrawn_at.map(|at| at.to_rfc3339()),
        "lines": lines.collect::<Vec<_>>(),
        "parcels": parcels.collect::<Vec<_>>(),
        "payments": payments.collect::<Vec<_>>(),
        "ledger": ledger.collect::<Vec<_>>(),
        "notes": notes.collect::<Vec<_>>(),
        "events": events.collect::<Vec<_>>(),
        "allowed": allowed(order),
    });
    if let (Some(value), Value::Object(more)) = (value.as_object_mut(), more) {
        value.extend(more);
    }
    value
}

/// What of which tax, counted from 1 as lines are.
fn share_json(share: &TaxShare) -> Value {
    json!({
        "tax_line": share.tax_line + 1,
        "net": share.net.to_decimal_string(),
        "tax": share.tax.to_decimal_string(),
    })
}

fn tax_json(line: &TaxLine) -> Value {
    let applied = &line.applied;
    json!({
        "name": applied.name.as_str(),
        "level": applied.level.word(),
        "country": applied.country.map(|country| country.to_string()),
        "region": applied.region.as_ref().map(ToString::to_string),
        "rate": applied.rate.to_string(),
        "net": line.net.to_decimal_string(),
        "tax": line.tax.to_decimal_string(),
    })
}

/// ` of US-NY`; empty where the rule names no place.
fn tax_place(applied: &AppliedRate) -> String {
    match (applied.country, &applied.region) {
        (Some(country), Some(region)) => format!(" of {country}-{region}"),
        (Some(country), None) => format!(" of {country}"),
        (None, _) => String::new(),
    }
}

fn discount_json(discount: &SoldDiscount) -> Value {
    json!({
        "offer": discount.offer.to_string(),
        "name": discount.name,
        "voucher": discount.voucher.as_ref().map(|(_, code)| code.as_str()),
        "times": discount.times,
        "amount": discount.amount.to_decimal_string(),
    })
}

fn tender_json(tender: &Tender) -> Value {
    json!({
        "card": tender.card.to_string(),
        "last_four": tender.last_four,
        "kind": tender.kind.name(),
        "amount": tender.amount.to_decimal_string(),
    })
}

fn action_json(action: &SoldAction) -> Value {
    json!({ "offer": action.offer.to_string(), "times": action.times, "code": action.code, "text": action.text })
}

fn address_json(address: &Address) -> Value {
    json!({
        "name": address.name,
        "company": address.company,
        "line1": address.line1,
        "line2": address.line2,
        "city": address.city,
        "region": address.region,
        "postcode": address.postcode,
        "country": address.country.to_string(),
        "phone": address.phone,
    })
}

fn address_line(address: &Address) -> String {
    let country = address.country.to_string();
    let parts = [
        &address.name,
        &address.company,
        &address.line1,
        &address.line2,
        &address.postcode,
        &address.city,
        &address.region,
        &country,
        &address.phone,
    ];
    parts.into_iter().filter(|part| !part.is_empty()).map(String::as_str).collect::<Vec<_>>().join(", ")
}

/// An order for people.
pub(super) fn print_details(details: &OrderDetails) {
    let order = &details.order;
    let (payment, fulfilment) = (order.payment_status().name(), order.fulfilment_status().name());
    output::line(format!("Order {} of {}", order.sold.number, order.placed_at.to_rfc3339()));
    output::line(format!("State: {}, payment {payment}, fulfilment {fulfilment}", order.state.name()));
    if let Some(at) = order.withdrawn_at {
        output::line(format!("The customer withdrew from the contract on {}", at.to_rfc3339()));
    }
    for (place, line) in order.sold.lines.iter().enumerate() {
        let variant = if line.variant.is_empty() { String::new() } else { format!(" ({})", line.variant) };
        output::line(format!(
            "  {}: {} × {}{variant}, {}, {}; sent {}",
            place + 1,
            line.quantity,
            line.title,
            line.sku,
            line.total.gross(),
            order.units_sent(place)
        ));
        for answer in &line.answers {
            output::line(format!("     {}: {}", answer.label, answer.words));
        }
    }
    if let Some(delivery) = &order.sold.delivery {
        let point = delivery.point.as_ref().map(|point| format!(" at {} ({})", point.name, point.code));
        output::line(format!("  {}{}, {}", delivery.name, point.unwrap_or_default(), delivery.charge.gross()));
    }
    for discount in &order.sold.discounts {
        let voucher = discount.voucher.as_ref().map(|(_, code)| format!(", voucher {code}")).unwrap_or_default();
        output::line(format!("  {}{voucher}: {} off", discount.name, discount.amount));
    }
    for action in &order.sold.actions {
        output::line(format!("  To do: {} × {} ({})", action.times, action.text, action.code));
    }
    output::line(format!("Total: {}, tax {} in it", order.sold.total.gross(), order.sold.total.tax()));
    for tax in &order.sold.tax.lines {
        let (applied, place) = (&tax.applied, tax_place(&tax.applied));
        output::line(format!("  {} {}{place}: {} on {}", applied.name, applied.rate, tax.tax, tax.net));
    }
    output::line(format!("Tax: {}", order.sold.tax.treatment.name().replace('_', " ")));
    if let Some((number, check)) = &order.sold.tax.vat_number {
        output::line(format!("VAT number: {number}, {}", check.name()));
    }
    for tender in &order.sold.tenders {
        output::line(format!(
            "  {} ••••{} pays {} ({})",
            tender.kind.name(),
            tender.last_four,
            tender.amount,
            tender.card
        ));
    }
    if !order.sold.tenders.is_empty() {
        output::line(format!("Left to pay: {}", order.sold.to_pay()));
    }
    output::line(format!("Mail: {}", order.sold.email.as_str()));
    if let Some(address) = &order.sold.delivery_address {
        output::line(format!("To: {}", address_line(address)));
    }
    if let Some(address) = &order.sold.billing_address {
        output::line(format!("Bill: {}", address_line(address)));
    }
    print_history(details);
    let moves = allowed(order);
    let moves = if moves.is_empty() { "nothing".to_owned() } else { moves.join(", ") };
    output::line(format!("What can be done: {moves}, note"));
}

fn print_history(details: &OrderDetails) {
    for parcel in &details.order.parcels {
        let tracking = if parcel.tracking.is_empty() { String::new() } else { format!(" as {}", parcel.tracking) };
        output::line(format!("Parcel {}{tracking} since {}", parcel.status.name(), parcel.packed_at.to_rfc3339()));
    }
    for payment in &details.payments {
        output::line(format!("Payment by {}: {} of {}", payment.gateway, payment.state.name(), payment.amount));
    }
    for entry in &details.ledger {
        let card = entry.card.map(|card| format!(" on card {card}")).unwrap_or_default();
        output::line(format!("  {} {} {}{card}", entry.at.to_rfc3339(), entry.kind.name(), entry.amount));
    }
    for note in &details.notes {
        output::line(format!("Note of {} by {}: {}", note.at.to_rfc3339(), note.actor, note.body));
    }
    for event in &details.events {
        output::line(
            format!("  {} {} by {} {}", event.at.to_rfc3339(), event.kind, event.actor_kind, event.detail).trim_end(),
        );
    }
}
