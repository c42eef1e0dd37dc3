//! `offers list`, `show`, `suspend`, `resume` and `remove`: the offers that the shop has.

use super::{Decision, decide, finish, offer_words, open};
use crate::arguments::{OfferIn, Store, Sure};
use crate::output;
use anyhow::{anyhow, bail};
use commerce::calendar::Calendar;
use commerce::event::Actor;
use commerce::ids::OfferId;
use commerce::money::Money;
use commerce::offer::OfferKind;
use db::offers::{StoredOffer, Used};
use serde_json::{Value, json};
use shop::labels::NameError;
use shop::offer_state::{OfferNow, RuleState};
use shop::{Damaged, Shop, counted};

/// Codes that people are told of one offer; more are counted.
const CODES_SHOWN_MAX: usize = 10;

/// Whether an offer is to rest.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Rest {
    /// From now on.
    Begins,
    /// No longer.
    Ends,
}

/// `tradewind offers list`
pub(super) async fn list(store: &Store, as_json: bool) -> anyhow::Result<()> {
    let shop = open(store).await?;
    let listed = shop.list_offers_now().await?;
    shop.close().await;
    let calendar = shop.calendar();
    let offers: Vec<Value> = listed.entries.iter().map(|now| summary(&shop, now)).collect();
    output::result(as_json, &json!({ "offers": offers, "damaged": listed.damaged.len() }), || {
        if listed.entries.is_empty() {
            output::note("There are no offers; `tradewind offers apply` brings some in.");
        } else {
            let head = ["name", "type", "state", "from", "to", "priority", "uses", "discount"];
            let rows = listed.entries.iter().map(|now| row(&shop, &calendar, now));
            output::table(&std::iter::once(head.map(str::to_owned).to_vec()).chain(rows).collect::<Vec<_>>());
        }
    });
    tell_damaged(&listed.damaged);
    Ok(())
}

fn row(shop: &Shop, calendar: &Calendar, now: &OfferNow) -> Vec<String> {
    let offer = &now.stored.offer;
    vec![
        shop.staff_name(offer.name()).to_owned(),
        kind(offer.kind()).to_owned(),
        state_words(now.state),
        offer.start().map_or("-".to_owned(), |start| calendar.show_start(start)),
        offer.end().map_or("-".to_owned(), |end| calendar.show_end(end)),
        offer.priority().to_string(),
        applications(&now.used).to_string(),
        discounts(&now.used),
    ]
}

fn summary(shop: &Shop, now: &OfferNow) -> Value {
    let (offer, calendar) = (&now.stored.offer, shop.calendar());
    let limits = offer.limits();
    json!({
        "id": offer.id().to_string(),
        "name": shop.staff_name(offer.name()),
        "type": kind(offer.kind()),
        "state": now.state.name(),
        "start": offer.start().map(|start| calendar.show_start(start)),
        "end": offer.end().map(|end| calendar.show_end(end)),
        "priority": offer.priority(),
        "exclusive": offer.is_exclusive(),
        "applications": applications(&now.used),
        "orders": now.used.iter().map(|used| used.orders).fold(0, i64::saturating_add),
        "discount": discounts_json(&now.used),
        "max_global_applications": limits.global,
        "max_discount": limits.max_discount.map(Money::to_decimal_string),
    })
}

/// Oscar's words.
fn kind(kind: &OfferKind) -> &'static str {
    match kind {
        OfferKind::Site => "Site",
        OfferKind::Voucher => "Voucher",
        OfferKind::Group(_) => "User",
        OfferKind::Link => "Session",
    }
}

/// A state for people.
pub(super) fn state_words(state: RuleState) -> String {
    state.name().replace('_', " ")
}

fn applications(used: &[Used]) -> i64 {
    used.iter().map(|used| used.applications).fold(0, i64::saturating_add)
}

/// What was taken off so far, for people.
pub(super) fn discounts(used: &[Used]) -> String {
    let told: Vec<String> = used.iter().map(|used| used.discount.to_string()).collect();
    if told.is_empty() { "-".to_owned() } else { told.join(", ") }
}

/// What was taken off so far, for programs.
pub(super) fn discounts_json(used: &[Used]) -> Vec<Value> {
    let discount = |used: &Used| json!({ "currency": used.discount.currency().code(), "amount": used.discount.to_decimal_string() });
    used.iter().map(discount).collect()
}

/// Rows that are passed over, beside a list.
pub(super) fn tell_damaged(damaged: &[Damaged]) {
    if !damaged.is_empty() {
        let rows = counted(damaged.len(), "row makes", "rows make");
        output::note(format!("{rows} no rule and left out here: `tradewind doctor` says what is wrong."));
    }
}

/// An offer by what was typed.
pub(super) async fn find(shop: &Shop, raw: &str) -> anyhow::Result<StoredOffer> {
    shop.load_offer_named(raw).await.map_err(|error| match error {
        NameError::Nobody { .. } => anyhow!("{error}; `tradewind offers list` shows them all"),
        error => error.into(),
    })
}

async fn now(shop: &Shop, id: OfferId) -> anyhow::Result<OfferNow> {
    let all = shop.list_offers_now().await?.entries;
    all.into_iter().find(|now| now.stored.offer.id() == id).ok_or_else(|| anyhow!("offer {id} is gone meanwhile"))
}

/// `tradewind offers show`
pub(super) async fn show(wanted: &OfferIn) -> anyhow::Result<()> {
    let shop = open(&wanted.store).await?;
    let found = find(&shop, &wanted.offer).await?;
    let now = now(&shop, found.offer.id()).await?;
    let rule = shop.describe_offer(&found).await?;
    let codes = shop.db().list_codes_of_offer(found.offer.id()).await?;
    shop.close().await;
    let calendar = shop.calendar();
    let mut result = summary(&shop, &now);
    result["rule"] = rule.to_json(&calendar);
    result["codes"] = json!(codes);
    output::result(wanted.json.json, &result, || {
        output::line(format!("{}: {}", rule.id, state_words(now.state)));
        output::line(format!("  for {}: {}", offer_words::condition(&rule), offer_words::benefit(&rule)));
        if let Some(limits) = offer_words::limits(&rule) {
            output::line(format!("  limits: {limits}"));
        }
        if rule.start.is_some() || rule.end.is_some() {
            let from = rule.start.map_or("always".to_owned(), |start| calendar.show_start(start));
            let to = rule.end.map_or("for ever".to_owned(), |end| calendar.show_end(end));
            output::line(format!("  from {from} to {to}"));
        }
        let alone = if rule.exclusive { "shares no unit with another offer" } else { "may share lines" };
        output::line(format!("  {}, priority {}, {alone}", kind(found.offer.kind()), rule.priority));
        let uses = counted(applications(&now.used), "time", "times");
        output::line(if now.used.is_empty() {
            "  not used yet".to_owned()
        } else {
            format!("  used {uses}, {} off", discounts(&now.used))
        });
        if !codes.is_empty() {
            output::line(format!("  opened by {}", first_codes(&codes)));
        }
        output::line(format!("  id {}", found.offer.id()));
    });
    Ok(())
}

fn first_codes(codes: &[String]) -> String {
    let shown = codes.iter().take(CODES_SHOWN_MAX).cloned().collect::<Vec<_>>().join(", ");
    if CODES_SHOWN_MAX < codes.len() { format!("{shown}, …") } else { shown }
}

/// `tradewind offers suspend` and `tradewind offers resume`
pub(super) async fn set_rest(wanted: &OfferIn, rest: Rest) -> anyhow::Result<()> {
    let shop = open(&wanted.store).await?;
    let found = find(&shop, &wanted.offer).await?;
    let id = found.offer.id();
    let is_so = found.offer.is_suspended() == (rest == Rest::Begins);
    if !is_so && rest == Rest::Begins {
        shop.suspend_offer(id, &Actor::Operator).await?;
    } else if !is_so {
        shop.resume_offer(id, &Actor::Operator).await?;
    }
    let after = now(&shop, id).await?;
    let name = shop.staff_name(found.offer.name());
    let result = json!({ "id": id.to_string(), "name": name, "state": after.state.name(), "changed": !is_so });
    output::result(wanted.json.json, &result, || {
        let already = if is_so { " already" } else { "" };
        output::line(format!("{name}: {}{already}.", state_words(after.state)));
    });
    finish(shop).await
}

/// `tradewind offers remove`
pub(super) async fn remove(wanted: &OfferIn, sure: Sure) -> anyhow::Result<()> {
    let shop = open(&wanted.store).await?;
    let found = find(&shop, &wanted.offer).await?;
    let (id, name) = (found.offer.id(), shop.staff_name(found.offer.name()).to_owned());
    let codes = shop.db().list_codes_of_offer(id).await?;
    if !codes.is_empty() {
        bail!("{name:?} is opened by {}: remove the vouchers first, or suspend the offer", first_codes(&codes));
    }
    if decide(sure, wanted.json.json, &format!("remove the offer {name:?}"))? == Decision::Leave {
        shop.close().await;
        return Ok(());
    }
    shop.remove_offer(id, &Actor::Operator).await?;
    output::result(wanted.json.json, &json!({ "id": id.to_string(), "name": name, "removed": true }), || {
        output::line(format!("{name}: removed."));
    });
    finish(shop).await
}
