//! The order page: confirmation at first, then what a guest comes back to by the link of the mail.

use super::Storefront;
use super::basket::unread_visit_and_fields;
use super::checkout::address_lines;
use super::delivery::{arrival_words, where_it_went};
use super::download;
use super::gift_cards;
use super::lines;
use super::respond::{coded, error_page, own, see_other};
use crate::locale::PageLocale;
use crate::view::NameValue;
use crate::view::basket::LineView;
use crate::view::form::{Field, FormError, Notice};
use crate::view::order::{OrderStep, OrderView, ParcelView, WithdrawView};
use crate::view::shell::PageMeta;
use axum::body::Body;
use axum::extract::{Path, State};
use axum::response::Response;
use commerce::address::{ADDRESS_FIELD_CHARS_MAX, EmailAddress, is_printable};
use commerce::event::Actor;
use commerce::market::Locale;
use commerce::order::{FulfilmentStatus, Order, OrderState, ParcelContent, ParcelStatus};
use commerce::payment::PaymentStatus;
use http::header::HeaderMap;
use http::{StatusCode, Uri};
use shop::order::{MoveError, Withdrawal};

/// The gateway of orders that are paid by a bill.
const INVOICE: &str = "invoice";

/// `GET /order/{token}`: an order, for whoever has its link.
pub(super) async fn show(
    State(storefront): State<Storefront>,
    Path(token): Path<String>,
    uri: Uri,
    headers: HeaderMap,
) -> Response {
    let order = match find(&storefront, &token, &headers).await {
        Ok(order) => order,
        Err(response) => return response,
    };
    let query = uri.query().unwrap_or_default();
    let page = storefront.locale(locale_of(&storefront, &order));
    let mut notices = Vec::new();
    if query.contains("cancelled=1") {
        notices.push(Notice { kind: "success", text: page.text("say-cancelled") });
    }
    if query.contains("late=1") {
        notices.push(Notice { kind: "error", text: page.text("say-cancel-too-late") });
    }
    let downloads = match storefront.shop().list_downloads(&order).await {
        Ok(downloads) => download::links(&downloads, page),
        Err(error) => return storefront.unavailable(page.locale, &error).await,
    };
    let view = order_view(&storefront, &order, &token, query.contains("new=1"), notices, page);
    let view = OrderView { downloads, ..view };
    let meta = PageMeta::own(format!("{} {}", page.text("order-number"), order.sold.number));
    storefront.own_page(page.locale, &meta, &view, StatusCode::OK, &headers).await
}

async fn find(storefront: &Storefront, token: &str, headers: &HeaderMap) -> Result<Order, Response> {
    match storefront.shop().find_order_by_token(token).await {
        Ok(Some(order)) => Ok(order),
        Ok(None) => Err(own(error_page(storefront, StatusCode::NOT_FOUND, "not_found").await)),
        Err(error) => Err(storefront.unavailable(storefront.cookie_locale(headers), &error).await),
    }
}

/// An order is shown in the language in which it was placed.
pub(super) fn locale_of(storefront: &Storefront, order: &Order) -> Locale {
    let markets = &storefront.shop().settings().markets;
    let same =
        |locale: &Locale| markets.market(*locale).code == order.sold.market && locale.language == order.sold.language;
    let found = markets.locales().find(same);
    found.unwrap_or(markets.first())
}

fn order_view(
    storefront: &Storefront,
    order: &Order,
    token: &str,
    is_new: bool,
    notices: Vec<Notice>,
    page: &PageLocale,
) -> OrderView {
    let (shop, sold) = (storefront.shop(), &order.sold);
    let lines = sold.lines.iter().enumerate().map(|(place, line)| lines::sold_line(place, line, sold, page));
    let lines_of = |address: &Option<commerce::address::Address>| {
        address.as_ref().map(|address| address_lines(address, page)).unwrap_or_default()
    };
    let may_withdraw = shop.customer_may_withdraw(order);
    let point = sold.delivery.as_ref().and_then(|delivery| delivery.point.as_ref());
    let arrives = sold.delivery.as_ref().map(|delivery| arrival_words(delivery.arrives, point.is_some(), page));
    let goes_to = sold.delivery_address.as_ref().map(|address| where_it_went(address, point, page));
    OrderView {
        downloads: Vec::new(),
        is_new,
        notices,
        number: sold.number.to_string(),
        placed: page.date(order.placed_at),
        email: sold.email.as_str().to_owned(),
        steps: steps(order, page),
        state: page.text(state_key(order)),
        payment_state: page.text(payment_key(order.payment_status())),
        next: next_key(order).map(|key| page.text(key)).unwrap_or_default(),
        arrives: if is_awaited(order) { arrives.unwrap_or_default() } else { String::new() },
        parcels: order.parcels.iter().map(|parcel| parcel_view(order, parcel, page)).collect(),
        lines: lines.collect(),
        totals: lines::sold_totals(sold, page),
        delivery_lines: goes_to.unwrap_or_default(),
        fetched: point.is_some(),
        method: sold.delivery.as_ref().map(|delivery| delivery.name.clone()).unwrap_or_default(),
        billing_lines: lines_of(&sold.billing_address),
        vat_number: sold.tax.vat_number.as_ref().map(|(number, _)| number.to_string()).unwrap_or_default(),
        payment_method: match sold.tenders.as_slice() {
            [first, ..] if sold.to_pay().is_zero() => gift_cards::means(first.kind, page),
            _ => page.text(&format!("say-gateway-{}", sold.gateway)),
        },
        cancel_url: if shop.customer_may_cancel(order) { format!("/order/{token}/cancel") } else { String::new() },
        withdraw_url: if may_withdraw { format!("/order/{token}/withdraw") } else { String::new() },
        withdraw_until: until_words(storefront, order, page),
    }
}

fn steps(order: &Order, page: &PageLocale) -> Vec<OrderStep> {
    let paid = matches!(order.payment_status(), PaymentStatus::Paid | PaymentStatus::Authorised);
    let fulfilment = order.fulfilment_status();
    let sent = matches!(fulfilment, FulfilmentStatus::Fulfilled | FulfilmentStatus::Returned);
    let delivered =
        !order.parcels.is_empty() && order.parcels.iter().all(|parcel| parcel.status == ParcelStatus::Delivered);
    if order.state == OrderState::Cancelled {
        return Vec::new();
    }
    let mut done = vec![("say-step-placed", true), ("say-step-paid", paid)];
    if fulfilment != FulfilmentStatus::NothingToShip {
        done.extend([("say-step-sent", sent), ("say-step-delivered", delivered)]);
        if order.sold.gateway == INVOICE {
            // The bill comes with the parcel.
            done[1..].rotate_left(1);
        }
    }
    progress(&done).into_iter().map(|step| OrderStep { name: page.text(&step.name), ..step }).collect()
}

/// Steps by the keys of their words: what is done, what comes next, what comes later.
fn progress(done: &[(&str, bool)]) -> Vec<OrderStep> {
    let first_open = done.iter().position(|(_, done)| !done).unwrap_or(done.len());
    let step = |(place, (key, is_done)): (usize, &(&str, bool))| OrderStep {
        name: (*key).to_owned(),
        state: match (*is_done, place == first_open) {
            (true, _) => "done",
            (false, true) => "next",
            (false, false) => "later",
        },
        current: place + 1 == first_open,
    };
    done.iter().enumerate().map(step).collect()
}

fn state_key(order: &Order) -> &'static str {
    if order.state == OrderState::Cancelled {
        return "say-state-cancelled";
    }
    match order.fulfilment_status() {
        FulfilmentStatus::Returned => "say-state-returned",
        FulfilmentStatus::Part => "say-state-part-sent",
        FulfilmentStatus::Fulfilled if order.parcels.iter().all(|parcel| parcel.status == ParcelStatus::Delivered) => {
            "say-state-delivered"
        }
        FulfilmentStatus::Fulfilled => "say-state-sent",
        FulfilmentStatus::NothingToShip | FulfilmentStatus::Unfulfilled => match order.payment_status() {
            // A bill is paid when it is there.
            PaymentStatus::Due | PaymentStatus::PartPaid if order.sold.gateway != INVOICE => "say-state-due",
            PaymentStatus::Paid | PaymentStatus::Authorised
                if order.fulfilment_status() == FulfilmentStatus::NothingToShip =>
            {
                "say-state-done"
            }
            _ => "say-state-open",
        },
    }
}

/// Whether something of the order is still to come.
fn is_awaited(order: &Order) -> bool {
    let under_way = |parcel: &ParcelContent| matches!(parcel.status, ParcelStatus::Packed | ParcelStatus::Sent);
    let is_open = order.state == OrderState::Open && !order.units_to_send().is_empty();
    is_open || (order.state != OrderState::Cancelled && order.parcels.iter().any(under_way))
}

/// What comes next, if anything does.
fn next_key(order: &Order) -> Option<&'static str> {
    if order.state == OrderState::Cancelled {
        return None;
    }
    let is_due = matches!(order.payment_status(), PaymentStatus::Due | PaymentStatus::PartPaid);
    match order.fulfilment_status() {
        FulfilmentStatus::NothingToShip if is_due && order.sold.gateway == INVOICE => Some("say-next-invoice-files"),
        _ if is_due && order.sold.gateway == INVOICE => Some("say-next-invoice"),
        FulfilmentStatus::Unfulfilled if is_due => Some("say-next-due"),
        FulfilmentStatus::Unfulfilled => Some("say-next-sent"),
        FulfilmentStatus::Part => Some("say-next-rest"),
        FulfilmentStatus::NothingToShip | FulfilmentStatus::Fulfilled | FulfilmentStatus::Returned => None,
    }
}

/// The last day to withdraw; empty where its time has not begun to run.
fn until_words(storefront: &Storefront, order: &Order, page: &PageLocale) -> String {
    storefront.shop().withdraw_until(order).map(|until| page.date(until)).unwrap_or_default()
}

fn payment_key(status: PaymentStatus) -> &'static str {
    match status {
        PaymentStatus::Due => "say-paid-due",
        PaymentStatus::Authorised => "say-paid-authorised",
        PaymentStatus::PartPaid => "say-paid-part",
        PaymentStatus::Paid => "say-paid",
        PaymentStatus::PartRefunded => "say-paid-part-refunded",
        PaymentStatus::Refunded | PaymentStatus::Voided => "say-paid-refunded",
    }
}

fn parcel_view(order: &Order, parcel: &ParcelContent, page: &PageLocale) -> ParcelView {
    let state = match parcel.status {
        ParcelStatus::Packed => "say-parcel-packed",
        ParcelStatus::Sent => "say-parcel-sent",
        ParcelStatus::Delivered => "say-parcel-delivered",
        ParcelStatus::Returned => "say-parcel-returned",
    };
    let line = |(place, units): &(usize, u32)| {
        let title = order.sold.lines.get(*place).map(|line| line.title.clone()).unwrap_or_default();
        NameValue { name: title, value: units.to_string() }
    };
    ParcelView {
        state: page.text(state),
        tracking: parcel.tracking.clone(),
        tracking_url: String::new(),
        lines: parcel.units.iter().map(line).collect(),
    }
}

/// `POST /order/{token}/cancel`: cancels, while the customer may.
pub(super) async fn cancel(
    State(storefront): State<Storefront>,
    Path(token): Path<String>,
    headers: HeaderMap,
) -> Response {
    let order = match find(&storefront, &token, &headers).await {
        Ok(order) => order,
        Err(response) => return response,
    };
    match storefront.shop().cancel_by_customer(order.id).await {
        Ok(_) => see_other(&format!("/order/{token}?cancelled=1")),
        Err(MoveError::Db(error)) => storefront.unavailable(locale_of(&storefront, &order), &error).await,
        // Cancelled already, or too late: the page says how it stands.
        Err(_) if order.state == OrderState::Cancelled => see_other(&format!("/order/{token}?cancelled=1")),
        Err(_) => see_other(&format!("/order/{token}?late=1")),
    }
}

/// `GET /order/{token}/withdraw`: the statement, to be confirmed.
pub(super) async fn show_withdrawal(
    State(storefront): State<Storefront>,
    Path(token): Path<String>,
    headers: HeaderMap,
) -> Response {
    let order = match find(&storefront, &token, &headers).await {
        Ok(order) => order,
        Err(response) => return response,
    };
    withdraw_page(&storefront, &order, &token, Vec::new(), None, StatusCode::OK, &headers).await
}

async fn withdraw_page(
    storefront: &Storefront,
    order: &Order,
    token: &str,
    errors: Vec<FormError>,
    typed: Option<Withdrawal>,
    status: StatusCode,
    headers: &HeaderMap,
) -> Response {
    let page = storefront.locale(locale_of(storefront, order));
    let sold = &order.sold;
    if order.withdrawn_at.is_none() && !storefront.shop().customer_may_withdraw(order) {
        return see_other(&format!("/order/{token}"));
    }
    let person = sold.billing_address.as_ref().or(sold.delivery_address.as_ref());
    let typed = typed.unwrap_or_else(|| Withdrawal {
        name: person.map(|address| address.name.clone()).unwrap_or_default(),
        email: sold.email.as_str().to_owned(),
        units: sold.lines.iter().enumerate().map(|(place, line)| (place, line.quantity)).collect(),
    });
    let wanted = |place| typed.units.iter().find(|(known, _)| *known == place).map_or(0, |(_, units)| *units);
    let line = |(place, line)| LineView { quantity: wanted(place), ..lines::sold_line(place, line, sold, page) };
    let error_of = |field: &str| errors.iter().find(|error| error.field == field).map(|error| error.text.clone());
    let view = WithdrawView {
        number: sold.number.to_string(),
        order_url: format!("/order/{token}"),
        action: format!("/order/{token}/withdraw"),
        name: Field::of(typed.name).with_error(error_of("name").unwrap_or_default()),
        email: Field::of(typed.email).with_error(error_of("email").unwrap_or_default()),
        lines: sold.lines.iter().enumerate().map(line).collect(),
        until: until_words(storefront, order, page),
        received: order.withdrawn_at.map(|at| page.date(at)).unwrap_or_default(),
        errors,
    };
    let meta = PageMeta::own(page.text("withdraw-title"));
    storefront.own_page(page.locale, &meta, &view, status, headers).await
}

/// `POST /order/{token}/withdraw`: confirms the withdrawal; the receipt comes by mail.
pub(super) async fn withdraw(
    State(storefront): State<Storefront>,
    Path(token): Path<String>,
    headers: HeaderMap,
    body: Body,
) -> Response {
    let order = match find(&storefront, &token, &headers).await {
        Ok(order) => order,
        Err(response) => return response,
    };
    let (_, fields) = match unread_visit_and_fields(&storefront, &headers, body).await {
        Ok(found) => found,
        Err(response) => return response,
    };
    let page = storefront.locale(locale_of(&storefront, &order));
    let (name, email) = (fields.get("name").trim().to_owned(), fields.get("email").trim().to_owned());
    let mut errors = Vec::new();
    let mut wrong = |field: &str, key: &str| {
        errors.push(FormError { field: field.to_owned(), text: page.text(key) });
    };
    if name.is_empty() {
        wrong("name", "say-name-missing");
    } else if name.chars().count() > ADDRESS_FIELD_CHARS_MAX || !is_printable(&name) {
        wrong("name", "say-too-long");
    }
    if EmailAddress::parse(&email).is_err() {
        wrong("email", "say-email-wrong");
    }
    let units: Vec<(usize, u32)> = order
        .sold
        .lines
        .iter()
        .enumerate()
        .filter_map(|(place, line)| {
            let wanted: u32 = fields.get(&format!("line-{place}")).trim().parse().unwrap_or(0);
            (wanted > 0).then_some((place, wanted.min(line.quantity)))
        })
        .collect();
    if units.is_empty() {
        wrong("lines", "say-withdraw-nothing");
    }
    let declared = Withdrawal { name, email, units };
    if !errors.is_empty() {
        let (status, typed) = (StatusCode::UNPROCESSABLE_ENTITY, Some(declared));
        return coded(withdraw_page(&storefront, &order, &token, errors, typed, status, &headers).await, "form");
    }
    match storefront.shop().withdraw(order.id, &declared, &Actor::Visitor).await {
        Ok(order) => {
            withdraw_page(&storefront, &order, &token, Vec::new(), Some(declared), StatusCode::OK, &headers).await
        }
        Err(MoveError::Db(error)) => storefront.unavailable(page.locale, &error).await,
        Err(_) => see_other(&format!("/order/{token}")),
    }
}

#[cfg(test)]
mod tests {
    use super::progress;

    #[test]
    fn only_what_is_done_is_shown_as_done() {
        for (case, done, states, current) in [
            ("just ordered", [true, false, false], ["done", "next", "later"], Some(0)),
            ("paid, not sent", [true, true, false], ["done", "done", "next"], Some(1)),
            ("sent before the bill is paid", [true, false, true], ["done", "next", "done"], Some(0)),
            ("all of it", [true, true, true], ["done", "done", "done"], Some(2)),
        ] {
            let steps = progress(&done.map(|done| ("say-step-placed", done)));
            assert_eq!(steps.iter().map(|step| step.state).collect::<Vec<_>>(), states, "{case}");
            assert_eq!(steps.iter().position(|step| step.current), current, "{case}");
        }
    }
}
