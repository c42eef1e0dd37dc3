//! `giftcards`: gift cards and store credit, made, looked at and changed by staff.

use super::progress::ProgressLine;
use super::{Decision, decide, finish, open};
use crate::arguments::{CardIn, GiftCards, IssueCards, Store, Sure};
use crate::failure::wrong_use;
use crate::output;
use anyhow::{Context, anyhow};
use commerce::address::EmailAddress;
use commerce::calendar::Calendar;
use commerce::decimal::Decimal;
use commerce::event::Actor;
use commerce::gift_card::{GiftCardKind, GiftCardState};
use commerce::language::Language;
use commerce::moment::Moment;
use commerce::money::{Currency, Money};
use serde_json::{Value, json};
use shop::gift_cards::{CardEntry, CardLetter, StoredCard, WantedCard};
use shop::{Shop, counted};

/// Fewer cards than these are made before anybody asks how far it is.
const PROGRESS_FROM: u32 = 1_000;

/// `tradewind giftcards …`
pub(super) async fn run(command: GiftCards) -> anyhow::Result<()> {
    match command {
        GiftCards::Issue(wanted) => issue(&wanted).await,
        GiftCards::List { store, limit, before, json } => list(&store, limit, before.as_deref(), json.json).await,
        GiftCards::Show { card, code } => show(&card, code).await,
        GiftCards::Block { card, why } => block(&card, true, &why.reason).await,
        GiftCards::Unblock { card, why } => block(&card, false, &why.reason).await,
        GiftCards::Adjust { card, by, store, why, sure, json } => {
            let card = CardIn { card, store, json };
            adjust(&card, &by, &why.reason, sure).await
        }
        GiftCards::Send { card, to } => send(&card, to.as_deref()).await,
    }
}

fn money(raw: &str, currency: Currency) -> anyhow::Result<Money> {
    let number = Decimal::parse(raw).map_err(|error| wrong_use(error.to_string()))?;
    Money::from_decimal(number, currency).map_err(|error| wrong_use(format!("{raw}: {error}")))
}

fn address(raw: &str) -> anyhow::Result<EmailAddress> {
    EmailAddress::parse(raw).map_err(|_| wrong_use(format!("--to: {raw:?} is no mail address")))
}

async fn find(shop: &Shop, raw: &str) -> anyhow::Result<StoredCard> {
    let found = shop.find_gift_card(raw).await?;
    // Never what was typed: it may be all but one letter of a code.
    found.ok_or_else(|| anyhow!("there is no gift card of that code or id; `tradewind giftcards list` shows them"))
}

/// The last moment at which a card pays, as it was typed.
fn last_moment(stored: &StoredCard) -> Option<Moment> {
    stored.card.last_moment()
}

fn state(stored: &StoredCard, now: Moment) -> GiftCardState {
    stored.card.state(now)
}

fn card_json(stored: &StoredCard, calendar: &Calendar, now: Moment) -> Value {
    let card = &stored.card;
    json!({
        "id": card.id.to_string(),
        "last_four": card.last_four,
        "kind": card.kind.name(),
        "state": state(stored, now).name(),
        "currency": card.balance.currency().code(),
        "initial": card.initial.to_decimal_string(),
        "balance": card.balance.to_decimal_string(),
        "expires": last_moment(stored).map(|end| calendar.show_end(end)),
        "order": stored.bought.map(|(order, _)| order.to_string()),
        "recipient": stored.letter.recipient,
        "made_at": stored.created_at.to_rfc3339(),
        "sent_at": stored.sent_at.map(|at| at.to_rfc3339()),
    })
}

fn entry_json(entry: &CardEntry) -> Value {
    json!({
        "at": entry.at.to_rfc3339(),
        "what": entry.kind.name(),
        "amount": entry.amount.to_decimal_string(),
        "change": entry.kind.change(entry.amount).to_decimal_string(),
        "checkout": entry.checkout.map(|checkout| checkout.to_string()),
        "order": entry.order_number,
        "by": entry.actor,
        "reason": entry.reason,
    })
}

/// `tradewind giftcards issue`
async fn issue(typed: &IssueCards) -> anyhow::Result<()> {
    let currency = Currency::parse(&typed.currency).map_err(|error| wrong_use(error.to_string()))?;
    let worth = money(&typed.amount, currency)?;
    let to = typed.to.as_deref().map(address).transpose()?;
    let shop = open(&typed.store).await?;
    let calendar = shop.calendar();
    let expires_at = match &typed.expires {
        None => None,
        Some(raw) => {
            let wrong = || {
                wrong_use(format!(
                    "--expires: {raw:?} is no day such as 2028-12-31, and no moment such as 2028-12-31T12:00:00Z"
                ))
            };
            let last = calendar.parse_end(raw).ok_or_else(wrong)?;
            Some(Moment::from_micros(last.micros().saturating_add(1)))
        }
    };
    let language = match &typed.language {
        Some(raw) => Language::parse(raw).map_err(|error| wrong_use(format!("--language: {error}")))?,
        None => shop.settings().markets.first().language,
    };
    let letter = to.map(|to| CardLetter {
        recipient: Some(to.as_str().to_owned()),
        giver: typed.from.clone(),
        message: typed.message.clone(),
        language,
    });
    let kind = if typed.credit { GiftCardKind::Credit } else { GiftCardKind::GiftCard };
    let wanted = WantedCard { worth, kind, expires_at, letter, reason: typed.why.reason.clone() };
    let mut progress = ProgressLine::new("gift cards");
    let mut tell = |done: u32| {
        if typed.count >= PROGRESS_FROM {
            progress.tell(u64::from(done), u64::from(typed.count));
        }
    };
    let made = shop.issue_gift_cards(&wanted, typed.count, &Actor::Operator, &mut tell).await;
    progress.end();
    let made = made?;
    print_issued(&shop, &made, typed)?;
    finish(shop).await
}

fn print_issued(shop: &Shop, made: &[StoredCard], typed: &IssueCards) -> anyhow::Result<()> {
    let (calendar, now) = (shop.calendar(), shop.now());
    let mut cards = Vec::with_capacity(made.len());
    for stored in made {
        cards.push((stored, shop.code_of(stored).context("the code of a new card can be told")?));
    }
    if typed.csv {
        shop.write_gift_cards(made, output::ResultWriter)?;
        output::note(format!("{} made.", counted(made.len() as u64, "gift card", "gift cards")));
        return Ok(());
    }
    let json_of = |(stored, code): &(&StoredCard, commerce::gift_card::GiftCardCode)| {
        let mut value = card_json(stored, &calendar, now);
        value["code"] = Value::from(code.to_string());
        value
    };
    let result = json!({ "cards": cards.iter().map(json_of).collect::<Vec<_>>() });
    output::result(typed.json.json, &result, || {
        for (stored, code) in &cards {
            let sent = typed.to.as_ref().map(|to| format!("; it goes to {to} by mail")).unwrap_or_default();
            output::line(format!("{code}: {}{sent}", stored.card.initial));
        }
    });
    Ok(())
}

/// `tradewind giftcards list`
async fn list(store: &Store, limit: u16, before: Option<&str>, as_json: bool) -> anyhow::Result<()> {
    let shop = open(store).await?;
    let before = match before {
        Some(raw) => Some(find(&shop, raw).await?).map(|card| (card.created_at, card.card.id)),
        None => None,
    };
    let (cards, now) = (shop.db().list_gift_cards(before, usize::from(limit)).await?, shop.now());
    let owed = shop.db().sum_gift_cards(now).await?;
    let calendar = shop.calendar();
    shop.close().await;
    let next = cards.last().filter(|_| cards.len() == usize::from(limit)).map(|card| card.card.id.to_string());
    let result = json!({
        "cards": cards.iter().map(|card| card_json(card, &calendar, now)).collect::<Vec<_>>(),
        "next": next,
        "owed": owed.iter().map(|(count, sum)| json!({
            "currency": sum.currency().code(), "cards": count, "balance": sum.to_decimal_string(),
        })).collect::<Vec<_>>(),
    });
    output::result(as_json, &result, || {
        if cards.is_empty() {
            output::note("There are no gift cards; `tradewind giftcards issue` makes some.");
            return;
        }
        let head = ["card", "kind", "state", "left", "of", "until", "id"].map(str::to_owned).to_vec();
        let rows = cards.iter().map(|stored| {
            let card = &stored.card;
            vec![
                format!("••••{}", card.last_four),
                card.kind.name().to_owned(),
                state(stored, now).name().to_owned(),
                card.balance.to_string(),
                card.initial.to_string(),
                last_moment(stored).map_or("-".to_owned(), |end| calendar.show_end(end)),
                card.id.to_string(),
            ]
        });
        output::table(&std::iter::once(head).chain(rows).collect::<Vec<_>>());
        for (count, sum) in &owed {
            output::line(format!("Owed: {sum} on {}.", counted(count.unsigned_abs(), "card", "cards")));
        }
        if let Some(id) = &next {
            output::note(format!("There are more: go on with --before {id}"));
        }
    });
    Ok(())
}

/// `tradewind giftcards show`
async fn show(wanted: &CardIn, with_code: bool) -> anyhow::Result<()> {
    let shop = open(&wanted.store).await?;
    let stored = find(&shop, &wanted.card).await?;
    print(&shop, &stored, with_code, wanted.json.json).await?;
    shop.close().await;
    Ok(())
}

async fn print(shop: &Shop, stored: &StoredCard, with_code: bool, as_json: bool) -> anyhow::Result<()> {
    let (calendar, now) = (shop.calendar(), shop.now());
    let entries = shop.db().list_card_entries(stored.card.id).await?;
    let order = match stored.bought {
        Some((order, _)) => shop.find_order(order).await?.map(|order| order.sold.number.to_string()),
        None => None,
    };
    let code = if with_code {
        let lost = "its code cannot be told any more: the key that it came from is not kept";
        Some(shop.code_of(stored).context(lost)?.to_string())
    } else {
        None
    };
    let mut value = card_json(stored, &calendar, now);
    value["order_number"] = Value::from(order.clone());
    value["code"] = Value::from(code.clone());
    value["entries"] = entries.iter().map(entry_json).collect();
    output::result(as_json, &value, || {
        let card = &stored.card;
        let (kind, state) = (card.kind.name(), state(stored, now).name());
        output::line(format!("••••{}: {kind}, {state}, {} left of {}", card.last_four, card.balance, card.initial));
        output::line(format!("  {}", card.id));
        if let Some(code) = &code {
            output::line(format!("  code {code}"));
        }
        if let Some(end) = last_moment(stored) {
            output::line(format!("  until {}", calendar.show_end(end)));
        }
        if let Some(order) = &order {
            output::line(format!("  bought with order {order}"));
        }
        if let Some(recipient) = &stored.letter.recipient {
            output::line(format!("  for {recipient}"));
        }
        if let Some(at) = stored.sent_at {
            output::line(format!("  sent {}", at.to_rfc3339()));
        }
        for entry in &entries {
            let order = entry.order_number.as_ref().map(|order| format!(", order {order}")).unwrap_or_default();
            let reason = if entry.reason.is_empty() { String::new() } else { format!(": {}", entry.reason) };
            let (at, what) = (entry.at.to_rfc3339(), entry.kind.name());
            output::line(format!("{at} {what} {}{order} by {}{reason}", entry.amount, entry.actor));
        }
    });
    Ok(())
}

/// `tradewind giftcards block`, `unblock`
async fn block(wanted: &CardIn, is_blocked: bool, reason: &str) -> anyhow::Result<()> {
    let shop = open(&wanted.store).await?;
    let stored = find(&shop, &wanted.card).await?;
    let stored = shop.block_gift_card(stored.card.id, is_blocked, reason, &Actor::Operator).await?;
    print(&shop, &stored, false, wanted.json.json).await?;
    finish(shop).await
}

/// `tradewind giftcards adjust`
async fn adjust(wanted: &CardIn, by: &str, reason: &str, sure: Sure) -> anyhow::Result<()> {
    let shop = open(&wanted.store).await?;
    let stored = find(&shop, &wanted.card).await?;
    let change = money(by, stored.card.balance.currency())?;
    let what = format!("change ••••{} by {change}, of which {} is left", stored.card.last_four, stored.card.balance);
    if decide(sure, wanted.json.json, &what)? == Decision::Leave {
        shop.close().await;
        return Ok(());
    }
    let stored = shop.adjust_gift_card(stored.card.id, change, reason, &Actor::Operator).await?;
    print(&shop, &stored, false, wanted.json.json).await?;
    finish(shop).await
}

/// `tradewind giftcards send`
async fn send(wanted: &CardIn, to: Option<&str>) -> anyhow::Result<()> {
    let to = to.map(address).transpose()?;
    let shop = open(&wanted.store).await?;
    let stored = find(&shop, &wanted.card).await?;
    let address = to.as_ref().map(EmailAddress::as_str);
    shop.send_gift_card(stored.card.id, address, &Actor::Operator).await?;
    let to = address.map(str::to_owned).or(stored.letter.recipient);
    let result = json!({ "id": stored.card.id.to_string(), "to": to });
    output::result(wanted.json.json, &result, || {
        let whom = to.as_deref().unwrap_or("whoever bought it");
        output::line(format!("••••{} goes out by mail to {whom}.", stored.card.last_four));
    });
    finish(shop).await
}
