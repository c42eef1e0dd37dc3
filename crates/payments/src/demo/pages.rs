//! The demo site's pages. They work without script, and change nothing on GET.

use super::payment::{Go, Payment, Webhooks};
use super::site::Shared;
use super::wire::{Amount, LineBody, Outcome, Status};
use axum::Form;
use axum::extract::rejection::FormRejection;
use axum::extract::{Path, State};
use axum::response::{IntoResponse, Response};
use http::{HeaderMap, HeaderValue, StatusCode, header};
use reqwest::Url;
use serde::Deserialize;
use std::fmt::Write;
use std::sync::Arc;

/// Characters of a line's title that are shown.
const TITLE_CHARS_MAX: usize = 120;

/// Outcomes that happen rarely, and that a shop must stand: button, and what it does.
const UNUSUAL: [(Outcome, &str, &str, &str); 7] = [
    (Outcome::Late, "late", "Answer late", "You return at once; the bank agrees ten seconds later."),
    (Outcome::WebhookTwice, "webhook_twice", "Notify twice", "The shop gets the same notice two times."),
    (Outcome::WebhookFirst, "webhook_first", "Notify first", "The shop has the notice before you are back."),
    (Outcome::WebhookLost, "webhook_lost", "Lose the notice", "The shop is never notified; only you come back."),
    (Outcome::WrongAmount, "wrong_amount", "Wrong amount", "Another amount is set aside than was asked for."),
    (
        Outcome::PaidAfterExpiry,
        "paid_after_expiry",
        "Pay after expiry",
        "The payment runs out of time, and is then approved all the same.",
    ),
    (
        Outcome::AnswerLost,
        "answer_lost",
        "Lose the answers",
        "Approved; the shop's next calls work, but it never gets their answers.",
    ),
];

/// `GET /`: what this site is.
pub(super) async fn home() -> Response {
    let body = "<h1>Demo payments</h1><p>This site stands in for a bank. It opens when you pay in the demo shop, asks for \
                no card and moves no money.</p>";
    page(StatusCode::OK, "Demo payments", body, &[])
}

/// `GET /pay.css`: the style of all pages.
pub(super) async fn style() -> Response {
    let headers = [(header::CONTENT_TYPE, "text/css; charset=utf-8"), (header::CACHE_CONTROL, "max-age=300")];
    (headers, include_str!("pay.css")).into_response()
}

/// Every other address.
pub(super) async fn not_found() -> Response {
    let body = "<h1>No such payment</h1><p>This address leads to no payment. Go back to the shop and press <em>Pay</em> \
                again.</p>";
    page(StatusCode::NOT_FOUND, "No such payment", body, &[])
}

/// `GET /pay/{id}`: what there is to decide, or what was decided.
pub(super) async fn show(State(site): State<Arc<Shared>>, Path(id): Path<String>) -> Response {
    let now = site.now();
    match site.store.change(&id, now, |payment| payment.clone()) {
        Some(changed) => show_payment(&site.settle(changed), now),
        None => not_found().await,
    }
}

/// The pressed button.
#[derive(Deserialize)]
pub(super) struct Choice {
    choice: Outcome,
}

/// `POST /pay/{id}`: decides, and sends the browser on.
pub(super) async fn decide(
    State(site): State<Arc<Shared>>,
    Path(id): Path<String>,
    headers: HeaderMap,
    form: Result<Form<Choice>, FormRejection>,
) -> Response {
    let from = headers.get("sec-fetch-site").map(HeaderValue::as_bytes);
    if !matches!(from, None | Some(b"same-origin" | b"none")) {
        return page(StatusCode::FORBIDDEN, "Refused", "<h1>Refused</h1><p>Another site sent this form.</p>", &[]);
    }
    let Ok(Form(Choice { choice })) = form else {
        let text = "<h1>What shall happen?</h1><p>Go back and press one of the buttons.</p>";
        return page(StatusCode::BAD_REQUEST, "What shall happen?", text, &[]);
    };
    let now = site.now();
    let act = |payment: &mut Payment| {
        let waited = payment.due.is_some();
        let go = payment.decide(choice, now);
        let due = payment.due.filter(|_| !waited);
        (go, due, payment.clone())
    };
    let Some(changed) = site.store.change(&id, now, act) else { return not_found().await };
    let (go, due, payment) = changed.result;
    if let Some(due) = due {
        site.wake_at(id, due.at);
    }
    if let Some(delivery) = changed.webhook {
        match delivery.manner {
            Webhooks::BeforeTheBrowser => site.sender.send(&delivery).await,
            _ => site.sender.send_later(delivery),
        }
    }
    let target = match go {
        Go::Stay => site.page_of(&payment.id),
        Go::Return => way_back(&payment.start.return_url, &payment.id),
        Go::Cancel => way_back(&payment.start.cancel_url, &payment.id),
    };
    (StatusCode::SEE_OTHER, [(header::LOCATION, target)], own_headers(&origins(&payment))).into_response()
}

fn show_payment(payment: &Payment, now: i64) -> Response {
    let amount = format_amount(&payment.start.amount);
    let body = match payment.status {
        Status::NeedsAction => challenge(&amount),
        Status::Open if payment.is_undecided() => choices(payment, &amount, now),
        _ => decided(payment, &amount),
    };
    page(StatusCode::OK, &format!("Pay {amount}"), &body, &origins(payment))
}

fn choices(payment: &Payment, amount: &str, now: i64) -> String {
    let mut unusual = String::new();
    for (_, value, label, effect) in UNUSUAL {
        // Writing to a String does not fail.
        let _ = write!(
            unusual,
            "<li><button name=choice value={value} aria-describedby={value}>{label}</button>\
             <span id={value}>{effect}</span></li>"
        );
    }
    let minutes = payment.start.expires_at.saturating_sub(now) / 60_000_000 + 1;
    format!(
        "<h1>Pay {amount}</h1>\
         <p class=lead>This is a practice bank: no card is asked for and no money moves. You decide what happens.</p>\
         {summary}\
         <form method=post>\
         <p class=choices><button class=main name=choice value=approve>Approve {amount}</button>\
         <button name=choice value=decline>Decline</button>\
         <button name=choice value=three_d_secure>Ask for 3-D Secure</button></p>\
         <details><summary>Unusual outcomes</summary><ul>{unusual}</ul></details>\
         <p><button class=quiet name=choice value=cancel>Cancel and go back to the shop</button></p>\
         </form>\
         <p class=note>Open for {minutes} min. To abandon the payment, just close this page.</p>",
        summary = summary(payment),
    )
}

fn summary(payment: &Payment) -> String {
    if payment.start.lines.is_empty() {
        return String::new();
    }
    let row = |line: &LineBody| {
        let title: String = line.title.chars().take(TITLE_CHARS_MAX).collect();
        format!(
            "<tr><td>{} × {}</td><td>{}</td></tr>",
            line.quantity,
            escape(&title),
            escape(&format_amount(&line.amount))
        )
    };
    let rows: String = payment.start.lines.iter().map(row).collect();
    let (rest, total) = (rest_row(payment), format_amount(&payment.start.amount));
    format!(
        "<table><caption>What you buy</caption><tbody>{rows}{rest}</tbody>\
         <tfoot><tr><th scope=row>Total</th><td>{total}</td></tr></tfoot></table>"
    )
}

/// What the lines leave of the amount, so that they add up: a shop sends its goods, and no more lines than are taken.
fn rest_row(payment: &Payment) -> String {
    let amount = &payment.start.amount;
    let goods = payment.start.lines.iter().try_fold(0_i64, |sum, line| {
        (line.amount.currency == amount.currency).then(|| sum.checked_add(line.amount.minor)).flatten()
    });
    let (name, minor) = match goods.and_then(|goods| amount.minor.checked_sub(goods)) {
        None | Some(0) => return String::new(),
        Some(rest) if rest < 0 => ("Taken off", rest),
        Some(rest) => ("Delivery and other charges", rest),
    };
    let rest = format_amount(&Amount { minor, currency: amount.currency.clone() });
    format!("<tr><td>{name}</td><td>{rest}</td></tr>")
}

fn challenge(amount: &str) -> String {
    format!(
        "<h1>Is it you?</h1>\
         <p class=lead>Your bank asks you to confirm the payment of {amount} (3-D Secure).</p>\
         <form method=post><p class=choices>\
         <button class=main name=choice value=approve>Yes, confirm</button>\
         <button name=choice value=decline>It is not me</button></p>\
         <p><button class=quiet name=choice value=cancel>Cancel and go back to the shop</button></p></form>"
    )
}

fn decided(payment: &Payment, amount: &str) -> String {
    let (title, text) = match payment.status {
        Status::Open | Status::NeedsAction => ("In progress", "The bank has not answered yet. The shop will be told."),
        Status::Authorised | Status::PartCaptured | Status::Captured => ("Paid", "The payment is approved."),
        Status::Declined => ("Declined", "The bank said no. Nothing was paid."),
        Status::Cancelled => ("Cancelled", "You went back to the shop. Nothing was paid."),
        Status::Expired => ("Too late", "The time for this payment is over. Nothing was paid."),
        Status::Voided => ("Given back", "The amount is no longer set aside."),
    };
    let back = escape(&way_back(&payment.start.return_url, &payment.id));
    let late = match payment.status {
        Status::Expired if payment.due.is_none() => {
            "<form method=post><p><button class=quiet name=choice value=paid_after_expiry>Pay after expiry all the \
             same</button></p></form>"
        }
        _ => "",
    };
    format!(
        "<h1>{title}</h1><p class=lead>{amount}: {text}</p><p><a class=main href=\"{back}\">Back to the shop</a></p>{late}"
    )
}

/// The shop's address with the payment's id, and nothing that a shop could be tempted to believe.
fn way_back(address: &str, id: &str) -> String {
    match Url::parse(address) {
        Ok(mut url) => {
            url.query_pairs_mut().append_pair("payment", id);
            url.into()
        }
        // Checked when the payment was started.
        Err(_) => "/".to_owned(),
    }
}

/// The shop's origins: browsers hold the redirect after a form against the content security policy, too.
fn origins(payment: &Payment) -> Vec<String> {
    let addresses = [&payment.start.return_url, &payment.start.cancel_url];
    let parsed = addresses.into_iter().filter_map(|address| Url::parse(address).ok());
    let mut origins: Vec<String> = parsed.map(|url| url.origin().ascii_serialization()).collect();
    origins.dedup();
    origins
}

fn page(status: StatusCode, title: &str, body: &str, form_origins: &[String]) -> Response {
    let html = format!(
        "<!doctype html>\n<html lang=en><head><meta charset=utf-8><title>{title} – Demo payments</title>\
         <meta name=viewport content=\"width=device-width, initial-scale=1\">\
         <meta name=color-scheme content=\"light dark\"><link rel=stylesheet href=/pay.css></head>\
         <body><header><p>Demo payments</p></header><main>{body}</main></body></html>\n"
    );
    let kind = [(header::CONTENT_TYPE, "text/html; charset=utf-8")];
    (status, kind, own_headers(form_origins), html).into_response()
}

fn own_headers(form_origins: &[String]) -> HeaderMap {
    let policy = format!(
        "default-src 'none'; style-src 'self'; form-action 'self' {}; base-uri 'none'; frame-ancestors 'none'",
        form_origins.join(" ")
    );
    let mut headers = HeaderMap::new();
    // Origins are ASCII without spaces; should one not be, the page allows no form rather than any.
    let strict = HeaderValue::from_static("default-src 'none'; frame-ancestors 'none'; form-action 'none'");
    headers.insert(header::CONTENT_SECURITY_POLICY, HeaderValue::from_str(&policy).unwrap_or(strict));
    for (name, value) in [
        (header::CACHE_CONTROL, "no-store"),
        (header::REFERRER_POLICY, "no-referrer"),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    ] {
        headers.insert(name, HeaderValue::from_static(value));
    }
    headers
}

/// `£1,234.50`, or `1,234.500 KWD` where no sign is well known.
fn format_amount(amount: &Amount) -> String {
    let Some(money) = amount.money() else { return format!("{} {}", amount.minor, escape(&amount.currency)) };
    let decimal = money.to_decimal_string();
    let (minus, decimal) = decimal.strip_prefix('-').map_or(("", decimal.as_str()), |plain| ("−", plain));
    let (whole, rest) = decimal.split_at(decimal.find('.').unwrap_or(decimal.len()));
    let mut grouped = String::new();
    for (index, digit) in whole.chars().enumerate() {
        if 0 < index && (whole.len() - index).is_multiple_of(3) {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    match amount.currency.as_str() {
        "GBP" => format!("{minus}£{grouped}{rest}"),
        "EUR" => format!("{minus}€{grouped}{rest}"),
        "USD" => format!("{minus}${grouped}{rest}"),
        "JPY" => format!("{minus}¥{grouped}{rest}"),
        code => format!("{minus}{grouped}{rest} {code}"),
    }
}

fn escape(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => safe.push_str("&amp;"),
            '<' => safe.push_str("&lt;"),
            '>' => safe.push_str("&gt;"),
            '"' => safe.push_str("&quot;"),
            '\'' => safe.push_str("&#39;"),
            c => safe.push(c),
        }
    }
    safe
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts_read_as_people_write_them() {
        for (minor, currency, want) in [
            (2_350, "GBP", "£23.50"),
            (123_456_789, "EUR", "€1,234,567.89"),
            (100, "USD", "$1.00"),
            (12_345, "JPY", "¥12,345"),
            (1_234_500, "KWD", "1,234.500 KWD"),
            (-250, "GBP", "−£2.50"),
            (5, "<b>", "5 &lt;b&gt;"),
        ] {
            assert_eq!(format_amount(&Amount { minor, currency: currency.to_owned() }), want);
        }
    }

    #[test]
    fn the_lines_add_up_to_what_is_paid() {
        let amount = |minor| Amount { minor, currency: "GBP".to_owned() };
        for (total, want) in [
            (1_185, "<tr><td>Delivery and other charges</td><td>£3.95</td></tr>"),
            (790, ""),
            (700, "<tr><td>Taken off</td><td>−£0.90</td></tr>"),
        ] {
            let line = LineBody { title: "Tea".to_owned(), quantity: 2, amount: amount(790) };
            let start = super::super::wire::StartBody {
                reference: "r".to_owned(),
                amount: amount(total),
                return_url: "http://shop.test/r".to_owned(),
                cancel_url: "http://shop.test/c".to_owned(),
                webhook_url: None,
                expires_at: 0,
                lines: vec![line],
            };
            let payment = Payment::new("pay_1".to_owned(), start, "k".to_owned(), "f".to_owned(), 0);
            assert_eq!(rest_row(&payment), want, "{total}");
            assert!(summary(&payment).contains("Total"));
        }
    }

    #[test]
    fn the_way_back_carries_the_id_and_nothing_else() {
        assert_eq!(
            way_back("http://shop.test/pay/return/demo", "pay_1"),
            "http://shop.test/pay/return/demo?payment=pay_1"
        );
        assert_eq!(way_back("http://shop.test/r?a=b", "pay_1"), "http://shop.test/r?a=b&payment=pay_1");
    }

    #[test]
    fn each_unusual_outcome_has_the_name_that_the_form_sends() {
        for (outcome, value, ..) in UNUSUAL {
            assert_eq!(serde_json::to_value(outcome).unwrap(), value);
        }
    }
}
