//! `orders`: what was bought, and the moves that its state allows.

use super::order_view::{print_details, summary_json, to_json};
use super::{Decision, decide, finish, open};
use crate::arguments::{LinkWanted, OrderIn, RefundGoes, State, Store, Sure};
use crate::failure::wrong_use;
use crate::output;
use anyhow::{Context, anyhow};
use commerce::decimal::Decimal;
use commerce::event::Actor;
use commerce::money::{Currency, Money};
use commerce::order::{Move, Order, OrderNumber, OrderState};
use payments::GatewayError;
use serde_json::json;
use shop::Shop;
use shop::order::{MoveError, OrderDetails, RefundTo};

/// `tradewind orders list`
pub(super) async fn list(
    store: &Store,
    state: Option<State>,
    limit: u16,
    before: Option<&str>,
    as_json: bool,
) -> anyhow::Result<()> {
    let shop = open(store).await?;
    let of = state.map(|state| match state {
        State::Open => OrderState::Open,
        State::Cancelled => OrderState::Cancelled,
        State::Closed => OrderState::Closed,
    });
    let before = match before {
        Some(number) => {
            let found = find(&shop, number).await?;
            Some((found.order.placed_at, found.order.id))
        }
        None => None,
    };
    let mut orders = Vec::new();
    for summary in shop.list_orders(of, before, usize::from(limit)).await? {
        orders.extend(shop.find_order(summary.id).await?);
    }
    shop.close().await;
    let result = json!({ "orders": orders.iter().map(summary_json).collect::<Vec<_>>() });
    output::result(as_json, &result, || {
        if orders.is_empty() {
            output::note("There are no orders.");
            return;
        }
        let head = ["number", "placed", "state", "payment", "fulfilment", "units", "total"].map(str::to_owned).to_vec();
        let rows = orders.iter().map(|order| {
            vec![
                order.sold.number.to_string(),
                order.placed_at.to_rfc3339(),
                order.state.name().to_owned(),
                order.payment_status().name().to_owned(),
                order.fulfilment_status().name().to_owned(),
                order.sold.lines.iter().map(|line| u64::from(line.quantity)).sum::<u64>().to_string(),
                order.sold.total.gross().to_string(),
            ]
        });
        output::table(&std::iter::once(head).chain(rows).collect::<Vec<_>>());
    });
    Ok(())
}

pub(super) async fn find(shop: &Shop, number: &str) -> anyhow::Result<OrderDetails> {
    let parsed = OrderNumber::parse(number).map_err(|error| wrong_use(error.to_string()))?;
    let found = shop.show_order(&parsed).await?;
    found.ok_or_else(|| anyhow!("there is no order {parsed}; `tradewind orders list` shows the newest ones"))
}

/// `tradewind orders show`
pub(super) async fn show(order: &OrderIn) -> anyhow::Result<()> {
    let shop = open(&order.store).await?;
    let found = find(&shop, &order.number).await?;
    shop.close().await;
    output::result(order.json.json, &to_json(&found), || print_details(&found));
    Ok(())
}

/// An amount as it was typed, in the order's currency.
fn amount(raw: Option<&str>, currency: Currency) -> anyhow::Result<Option<Money>> {
    let parse = |raw: &str| -> anyhow::Result<Money> {
        let number = Decimal::parse(raw).map_err(|error| wrong_use(error.to_string()))?;
        Money::from_decimal(number, currency).map_err(|error| wrong_use(format!("{raw}: {error}")))
    };
    raw.map(parse).transpose()
}

/// `tradewind orders capture`
pub(super) async fn capture(order: &OrderIn, raw: Option<&str>, sure: Sure) -> anyhow::Result<()> {
    let (shop, found) = begin(order, Move::Capture).await?;
    let wanted = amount(raw, found.order.sold.currency())?;
    let sum = wanted.unwrap_or(found.order.money.capturable());
    if decide(sure, order.json.json, &format!("take {sum} for order {}", found.order.sold.number))? == Decision::Leave {
        shop.close().await;
        return Ok(());
    }
    let moved = shop.capture(found.order.id, wanted, &Actor::Operator).await;
    end(shop, order, moved).await
}

/// `tradewind orders refund`
pub(super) async fn refund(
    order: &OrderIn,
    raw: Option<&str>,
    goes: Option<RefundGoes>,
    sure: Sure,
) -> anyhow::Result<()> {
    let (shop, found) = begin(order, Move::Refund).await?;
    let wanted = amount(raw, found.order.sold.currency())?;
    let (to, where_to) = match goes {
        None => (RefundTo::AsPaid, ""),
        Some(RefundGoes::Card) => (RefundTo::Cards, " to the gift cards that paid"),
        Some(RefundGoes::Credit) => (RefundTo::Credit, " as store credit"),
    };
    let all =
        if goes == Some(RefundGoes::Card) { "what they paid".to_owned() } else { found.order.refundable().to_string() };
    let sum = wanted.map_or(all, |sum| sum.to_string());
    if decide(sure, order.json.json, &format!("give {sum} of order {} back{where_to}", found.order.sold.number))?
        == Decision::Leave
    {
        shop.close().await;
        return Ok(());
    }
    let moved = shop.refund_to(found.order.id, wanted, to, &Actor::Operator).await;
    end(shop, order, moved).await
}

/// `tradewind orders refund --line`: what one download cost, and its files are closed.
pub(super) async fn refund_line(order: &OrderIn, line: u16, sure: Sure) -> anyhow::Result<()> {
    let (shop, found) = begin(order, Move::Refund).await?;
    let (number, place) = (&found.order.sold.number, usize::from(line) - 1);
    let sold = found.order.sold.lines.get(place);
    let cost = sold.map(|sold| format!("{} for {}", sold.total.gross(), sold.title)).unwrap_or_default();
    let what = format!("give {cost} of order {number} back and close the files of line {line}");
    if decide(sure, order.json.json, &what)? == Decision::Leave {
        shop.close().await;
        return Ok(());
    }
    let moved = shop.refund_line(found.order.id, place, &Actor::Operator).await;
    end(shop, order, moved).await
}

/// `tradewind orders cancel`
pub(super) async fn cancel(order: &OrderIn, reason: &str, sure: Sure) -> anyhow::Result<()> {
    let (shop, found) = begin(order, Move::Cancel).await?;
    let (number, total) = (&found.order.sold.number, found.order.sold.total.gross());
    if decide(sure, order.json.json, &format!("call order {number} over {total} off"))? == Decision::Leave {
        shop.close().await;
        return Ok(());
    }
    let moved = shop.cancel(found.order.id, &Actor::Operator, reason).await;
    end(shop, order, moved).await
}

/// `tradewind orders ship`
pub(super) async fn ship(order: &OrderIn, lines: &[String], tracking: &str, sure: Sure) -> anyhow::Result<()> {
    let units = lines.iter().map(|line| parse_line(line)).collect::<anyhow::Result<Vec<_>>>()?;
    let (shop, found) = begin(order, Move::Ship).await?;
    let (what, to) = (shown_units(&found.order, &units), found.order.sold.email.as_str());
    let what = format!("send {what} of order {} and tell {to} by mail", found.order.sold.number);
    if decide(sure, order.json.json, &what)? == Decision::Leave {
        shop.close().await;
        return Ok(());
    }
    let moved = shop.ship(found.order.id, &units, tracking, &Actor::Operator).await;
    end(shop, order, moved).await
}

/// What is sent, in words.
fn shown_units(order: &Order, units: &[(usize, u32)]) -> String {
    let shown =
        units.iter().filter_map(|(line, units)| Some(format!("{units} × {}", order.sold.lines.get(*line)?.title)));
    let shown = shown.collect::<Vec<_>>().join(", ");
    if shown.is_empty() { "everything that is left".to_owned() } else { shown }
}

/// `tradewind orders link`
pub(super) async fn link(order: &OrderIn, wanted: LinkWanted, sure: Sure) -> anyhow::Result<()> {
    let shop = open(&order.store).await?;
    let found = find(&shop, &order.number).await?;
    let (number, to) = (&found.order.sold.number, found.order.sold.email.as_str());
    let what = if wanted.revoke {
        format!("take the link to order {number} away from {to}")
    } else {
        format!("send {to} a new link to order {number}; the one so far leads nowhere then")
    };
    if decide(sure, order.json.json, &what)? == Decision::Leave {
        shop.close().await;
        return Ok(());
    }
    if wanted.revoke {
        shop.revoke_order_link(found.order.id, &Actor::Operator).await?;
    } else {
        shop.renew_order_link(found.order.id, &Actor::Operator).await?;
    }
    let result = json!({ "number": number.to_string(), "link": if wanted.revoke { "none" } else { "new" } });
    output::result(order.json.json, &result, || {
        let done = if wanted.revoke { "has no link any more" } else { "has a new link, which goes out by mail" };
        output::line(format!("Order {number} {done}."));
    });
    finish(shop).await
}

/// `2:1` is one unit of the second line; the shop counts lines from nought.
fn parse_line(raw: &str) -> anyhow::Result<(usize, u32)> {
    let parsed = raw.split_once(':').and_then(|(line, units)| {
        let line = line.trim().parse::<usize>().ok()?.checked_sub(1)?;
        Some((line, units.trim().parse::<u32>().ok().filter(|units| *units > 0)?))
    });
    parsed.ok_or_else(|| {
        wrong_use(format!("{raw:?} is not LINE:UNITS such as 1:2; `tradewind orders show` numbers the lines"))
    })
}

/// `tradewind orders note`
pub(super) async fn note(number: &str, text: &str, store: &Store, as_json: bool) -> anyhow::Result<()> {
    let shop = open(store).await?;
    let found = find(&shop, number).await?;
    shop.note(found.order.id, text, &Actor::Operator).await?;
    output::result(
        as_json,
        &json!({ "number": found.order.sold.number.to_string(), "notes": found.notes.len() + 1 }),
        || {
            output::line(format!("Noted on {}.", found.order.sold.number));
        },
    );
    finish(shop).await
}

/// Finds the order and sees that its state allows the move, before anybody is asked.
async fn begin(order: &OrderIn, wanted: Move) -> anyhow::Result<(Shop, OrderDetails)> {
    let shop = open(&order.store).await?;
    let found = find(&shop, &order.number).await?;
    let allowed = found.order.allows(wanted);
    allowed.with_context(|| format!("order {} cannot be moved on like that", found.order.sold.number))?;
    Ok((shop, found))
}

/// Does what follows, and shows the order as it is then.
async fn end(shop: Shop, order: &OrderIn, moved: Result<Order, MoveError>) -> anyhow::Result<()> {
    let moved = moved.map_err(|error| match error {
        MoveError::NoGateway(code) if code == "demo" => {
            anyhow!("the demo's payment site never ran here; `tradewind serve` starts it")
        }
        MoveError::Gateway(error @ GatewayError::Unreachable(_)) if shop.gateway("demo").is_some() => {
            anyhow!("{error}; the demo's payment site runs beside `tradewind serve`, so start that first")
        }
        error => error.into(),
    })?;
    let drained = super::work_outbox(&shop).await;
    let after = shop.show_order(&moved.sold.number).await?;
    shop.close().await;
    if let Some(after) = after {
        output::result(order.json.json, &to_json(&after), || {
            output::line(format!(
                "{}: {}, payment {}, fulfilment {}",
                after.order.sold.number,
                after.order.state.name(),
                after.order.payment_status().name(),
                after.order.fulfilment_status().name()
            ));
        });
    }
    drained.context("it is done, but what follows from it waits for `tradewind serve`")
}
