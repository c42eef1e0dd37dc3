//! `payments`: what is not settled yet, and what a person decides about payments that do not match.

use super::{Decision, decide, finish, open};
use crate::arguments::{PaymentIn, Store, Sure};
use crate::output;
use anyhow::{Context, anyhow};
use commerce::event::Actor;
use commerce::ids::PaymentId;
use serde_json::{Value, json};
use shop::Shop;
use shop::payment::{CheckoutState, PaymentInReview, SettleError, ShownPayment};

const NO_PAYMENT: &str = "there is no such payment";

/// `tradewind payments sweep`
pub(super) async fn sweep(store: &Store, as_json: bool) -> anyhow::Result<()> {
    let shop = open(store).await?;
    let (holds, payments) = shop.sweep().await?;
    output::result(as_json, &json!({ "holds": holds, "payments": payments }), || {
        output::line(format!("{holds} holds were over, {payments} payments were asked about."));
    });
    finish(shop).await
}

/// `tradewind payments list`
pub(super) async fn list(store: &Store, as_json: bool) -> anyhow::Result<()> {
    let shop = open(store).await?;
    let found = shop.list_payments_in_review().await?;
    shop.close().await;
    let result = json!({ "payments": found.iter().map(known_json).collect::<Vec<_>>() });
    output::result(as_json, &result, || {
        if found.is_empty() {
            output::note("No payment waits for anybody.");
            return;
        }
        let head = ["payment", "begun", "gateway", "asked for", "what does not match", "customer"];
        let rows = found.iter().map(|known| {
            let email = known.checkout.as_ref().map(|checkout| checkout.email.as_str().to_owned()).unwrap_or_default();
            vec![
                known.payment.id.to_string(),
                known.payment.created_at.to_rfc3339(),
                known.payment.gateway.clone(),
                known.payment.amount.to_string(),
                known.payment.reason.clone().unwrap_or_default(),
                email,
            ]
        });
        let rows: Vec<Vec<String>> = std::iter::once(head.map(str::to_owned).to_vec()).chain(rows).collect();
        output::table(&rows);
        output::note("`tradewind payments show ID` tells more; `ask` asks the gateway again, `give-back` ends it.");
    });
    Ok(())
}

/// `tradewind payments show`
pub(super) async fn show(wanted: &PaymentIn) -> anyhow::Result<()> {
    let shop = open(&wanted.store).await?;
    let shown = find(&shop, &wanted.id).await?;
    shop.close().await;
    let found = shown.found.as_ref().ok().and_then(Option::as_ref).map(|found| {
        json!({
            "amount": found.amount.to_string(),
            "authorised": found.authorised.to_string(),
            "captured": found.captured.to_string(),
            "refunded": found.refunded.to_string(),
        })
    });
    let mut result = known_json(&shown.known);
    result["at_the_gateway"] = json!(found);
    result["gateway_problem"] = json!(shown.found.as_ref().err().map(words_of));
    result["has_order"] = json!(shown.has_order);
    output::result(wanted.json.json, &result, || {
        let payment = &shown.known.payment;
        output::line(format!("payment {}: {} by {}", payment.id, payment.state.name(), payment.gateway));
        output::line(format!("asked for: {}, begun {}", payment.amount, payment.created_at.to_rfc3339()));
        if let Some(reason) = &payment.reason {
            output::line(format!("what does not match: {reason}"));
        }
        match &shown.found {
            Ok(Some(found)) => output::line(format!(
                "the gateway says: {} asked for, {} authorised, {} captured, {} refunded",
                found.amount, found.authorised, found.captured, found.refunded
            )),
            Ok(None) => output::line("the gateway knows of no such payment"),
            Err(error) => output::line(format!("the gateway could not be asked: {}", words_of(error))),
        }
        if let Some(checkout) = &shown.known.checkout {
            output::line(format!("customer: {}", checkout.email.as_str()));
            for line in &checkout.lines {
                output::line(format!("  {} x {} ({}): {}", line.quantity, line.title, line.sku, line.total.gross()));
            }
            output::line(format!("total: {}", checkout.total.gross()));
        }
        output::line(if shown.has_order { "an order stands on it" } else { "no order stands on it" });
    });
    Ok(())
}

/// `tradewind payments ask`
pub(super) async fn ask(wanted: &PaymentIn) -> anyhow::Result<()> {
    let shop = open(&wanted.store).await?;
    let settled = shop.settle_payment(id_of(&wanted.id)?).await.context("the gateway could not be asked")?;
    let state = settled.context(NO_PAYMENT)?;
    let word = match &state {
        CheckoutState::Unknown => "unknown",
        CheckoutState::Placed(_) => "placed",
        CheckoutState::Waiting { .. } => "waiting",
        CheckoutState::Failed { .. } => "failed",
        CheckoutState::GivenBack => "given_back",
        CheckoutState::InReview => "in_review",
    };
    output::result(wanted.json.json, &json!({ "payment": wanted.id, "state": word }), || {
        output::line(match state {
            CheckoutState::Placed(_) => "It matches now, and its order stands.",
            CheckoutState::Waiting { .. } => "The customer has not paid yet.",
            CheckoutState::Failed { .. } => "It came to nothing: there is no money to give back.",
            CheckoutState::GivenBack => "It was given back.",
            CheckoutState::InReview | CheckoutState::Unknown => "It still does not match what was asked for.",
        });
    });
    finish(shop).await
}

/// `tradewind payments give-back`
pub(super) async fn give_back(wanted: &PaymentIn, sure: Sure) -> anyhow::Result<()> {
    let shop = open(&wanted.store).await?;
    let shown = find(&shop, &wanted.id).await?;
    let found = shown.found.context("the gateway could not be asked")?;
    let captured = found.map(|found| found.captured.to_string());
    let what = format!(
        "give payment {} back whole ({} captured at {})",
        shown.known.payment.id,
        captured.unwrap_or_else(|| "nothing".to_owned()),
        shown.known.payment.gateway
    );
    if decide(sure, wanted.json.json, &what)? == Decision::Leave {
        shop.close().await;
        return Ok(());
    }
    shop.give_back_in_review(shown.known.payment.id, &Actor::Operator).await?;
    output::result(wanted.json.json, &json!({ "payment": wanted.id, "given_back": true }), || {
        output::line("It was given back. Tell the customer: there is no order, and they may order again.");
    });
    finish(shop).await
}

async fn find(shop: &Shop, id: &str) -> anyhow::Result<ShownPayment> {
    shop.show_payment(id_of(id)?).await.context("the payment cannot be shown")?.context(NO_PAYMENT)
}

fn id_of(text: &str) -> anyhow::Result<PaymentId> {
    PaymentId::parse(text).map_err(|_| anyhow!("{text:?} is not a payment's id; `tradewind payments list` names them"))
}

/// An error with what is behind it.
fn words_of(error: &SettleError) -> String {
    let behind = std::iter::successors(Some(error as &dyn std::error::Error), |error| error.source());
    behind.map(ToString::to_string).collect::<Vec<_>>().join(": ")
}

fn known_json(known: &PaymentInReview) -> Value {
    let payment = &known.payment;
    json!({
        "payment": payment.id.to_string(),
        "state": payment.state.name(),
        "gateway": payment.gateway,
        "reference": payment.reference,
        "amount": payment.amount.to_string(),
        "reason": payment.reason,
        "begun": payment.created_at.to_rfc3339(),
        "email": known.checkout.as_ref().map(|checkout| checkout.email.as_str().to_owned()),
        "total": known.checkout.as_ref().map(|checkout| checkout.total.gross().to_string()),
    })
}
