//! `vouchers`: codes that open offers, one by one or in sets.

use super::offers_kept::{discounts, discounts_json, state_words, tell_damaged};
use super::progress::ProgressLine;
use super::{Decision, decide, finish, offers_kept, open};
use crate::arguments::{Opens, Store, Sure, Usage, VoucherIn};
use crate::failure::wrong_use;
use crate::output;
use anyhow::anyhow;
use commerce::calendar::Calendar;
use commerce::event::Actor;
use commerce::ids::{OfferId, VoucherSetId};
use commerce::moment::Moment;
use commerce::voucher::{CodeLength, VoucherCode, VoucherUsage};
use db::vouchers::{StoredVoucher, VoucherSet};
use serde_json::{Value, json};
use shop::labels::NameError;
use shop::offer_state::VoucherNow;
use shop::voucher_set::{VoucherTerms, WantedSet};
use shop::{Listed, Shop, counted};
use std::collections::BTreeMap;

/// Fewer vouchers than these are made before anybody asks how far it is.
const PROGRESS_FROM: u32 = 1_000;

/// Which vouchers are listed.
pub(super) struct Page<'a> {
    pub(super) set: Option<&'a str>,
    pub(super) after: &'a str,
    pub(super) limit: u16,
}

/// What offers and sets are called, for what is printed of vouchers.
struct Called {
    offers: BTreeMap<OfferId, String>,
    sets: BTreeMap<VoucherSetId, String>,
    calendar: Calendar,
}

impl Called {
    async fn load(shop: &Shop) -> anyhow::Result<Self> {
        let offers = shop.list_offers().await?.entries;
        let offers = offers.iter().map(|stored| (stored.offer.id(), shop.staff_name(stored.offer.name()).to_owned()));
        let sets = shop.list_voucher_sets().await?.entries.into_iter().map(|set| (set.id, set.name));
        Ok(Self { offers: offers.collect(), sets: sets.collect(), calendar: shop.calendar() })
    }

    fn offers(&self, stored: &StoredVoucher) -> Vec<String> {
        let name = |id: &OfferId| self.offers.get(id).cloned().unwrap_or_else(|| id.to_string());
        stored.voucher.offers().iter().map(name).collect()
    }

    fn set(&self, stored: &StoredVoucher) -> Option<&str> {
        stored.set.and_then(|id| self.sets.get(&id)).map(String::as_str)
    }

    fn json(&self, now: &VoucherNow) -> Value {
        let (stored, voucher) = (&now.stored, &now.stored.voucher);
        json!({
            "code": voucher.code().as_str(),
            "name": stored.name,
            "usage": usage_name(voucher.usage()),
            "state": now.state.name(),
            "offers": self.offers(stored),
            "start": voucher.start().map(|start| self.calendar.show_start(start)),
            "end": voucher.end().map(|end| self.calendar.show_end(end)),
            "set": self.set(stored),
            "orders": orders(now),
            "discount": discounts_json(&now.used),
        })
    }

    fn row(&self, now: &VoucherNow) -> Vec<String> {
        let voucher = &now.stored.voucher;
        vec![
            voucher.code().to_string(),
            usage_name(voucher.usage()).to_owned(),
            state_words(now.state),
            voucher.start().map_or("-".to_owned(), |start| self.calendar.show_start(start)),
            voucher.end().map_or("-".to_owned(), |end| self.calendar.show_end(end)),
            orders(now).to_string(),
            self.offers(&now.stored).join(", "),
            self.set(&now.stored).unwrap_or("-").to_owned(),
        ]
    }
}

fn orders(now: &VoucherNow) -> i64 {
    now.used.iter().map(|used| used.orders).fold(0, i64::saturating_add)
}

/// As `--usage` takes it.
fn usage_name(usage: VoucherUsage) -> &'static str {
    match usage {
        VoucherUsage::Single => "single",
        VoucherUsage::Multi => "multi",
        VoucherUsage::OncePerCustomer => "once-per-customer",
    }
}

fn usage(typed: Usage) -> VoucherUsage {
    match typed {
        Usage::Single => VoucherUsage::Single,
        Usage::Multi => VoucherUsage::Multi,
        Usage::OncePerCustomer => VoucherUsage::OncePerCustomer,
    }
}

fn parse_code(raw: &str) -> anyhow::Result<VoucherCode> {
    VoucherCode::parse(raw).map_err(|error| wrong_use(format!("{raw:?}: {error}")))
}

async fn find_set(shop: &Shop, raw: &str) -> anyhow::Result<VoucherSet> {
    shop.load_voucher_set_named(raw).await.map_err(|error| match error {
        NameError::Nobody { .. } => anyhow!("{error}; `tradewind vouchers list --sets` shows them all"),
        error => error.into(),
    })
}

/// `tradewind vouchers list`
pub(super) async fn list(store: &Store, page: Page<'_>, as_json: bool) -> anyhow::Result<()> {
    let shop = open(store).await?;
    let limit = usize::from(page.limit);
    let after = page.after.to_uppercase();
    let (Listed { mut entries, damaged }, next) = match page.set {
        Some(set) => shop.db().list_vouchers_of_set(find_set(&shop, set).await?.id, &after).await?,
        None => shop.list_vouchers(&after).await?,
    };
    let is_more = next.is_some() || limit < entries.len();
    entries.truncate(limit);
    let vouchers = shop.vouchers_now(entries).await?;
    let called = Called::load(&shop).await?;
    shop.close().await;
    let last = vouchers.last().filter(|_| is_more).map(|now| now.stored.voucher.code().to_string());
    let result = json!({
        "vouchers": vouchers.iter().map(|now| called.json(now)).collect::<Vec<_>>(),
        "next": last,
        "damaged": damaged.len(),
    });
    output::result(as_json, &result, || {
        if vouchers.is_empty() {
            output::note("There are no vouchers; `tradewind vouchers create` and `vouchers set` make some.");
            return;
        }
        let head = ["code", "usage", "state", "from", "to", "orders", "opens", "set"].map(str::to_owned).to_vec();
        let rows = vouchers.iter().map(|now| called.row(now));
        output::table(&std::iter::once(head).chain(rows).collect::<Vec<_>>());
        if let Some(code) = &last {
            output::note(format!("There are more: go on with --after {code}"));
        }
    });
    tell_damaged(&damaged);
    Ok(())
}

/// `tradewind vouchers list --sets`
pub(super) async fn list_sets(store: &Store, as_json: bool) -> anyhow::Result<()> {
    let shop = open(store).await?;
    let (listed, counts) = (shop.list_voucher_sets().await?, shop.db().count_vouchers_by_set().await?);
    shop.close().await;
    let calendar = shop.calendar();
    let count = |set: &VoucherSet| counts.get(&set.id).copied().unwrap_or_default();
    let (start, end) = (
        |set: &VoucherSet| set.start.map(|start| calendar.show_start(start)),
        |set: &VoucherSet| set.end.map(|end| calendar.show_end(end)),
    );
    let json_of = |set: &VoucherSet| {
        let id = set.id.to_string();
        json!({ "id": id, "name": set.name, "vouchers": count(set), "start": start(set), "end": end(set) })
    };
    let sets: Vec<Value> = listed.entries.iter().map(json_of).collect();
    output::result(as_json, &json!({ "sets": sets, "damaged": listed.damaged.len() }), || {
        if listed.entries.is_empty() {
            output::note("There are no sets of vouchers; `tradewind vouchers set` makes one.");
            return;
        }
        let head = ["name", "vouchers", "from", "to"].map(str::to_owned).to_vec();
        let rows = listed.entries.iter().map(|set| {
            let dates = [start(set), end(set)].map(|date| date.unwrap_or_else(|| "-".to_owned()));
            let [from, to] = dates;
            vec![set.name.clone(), count(set).to_string(), from, to]
        });
        output::table(&std::iter::once(head).chain(rows).collect::<Vec<_>>());
    });
    tell_damaged(&listed.damaged);
    Ok(())
}

async fn find(shop: &Shop, raw: &str) -> anyhow::Result<StoredVoucher> {
    let code = parse_code(raw)?;
    let found = shop.find_voucher(&code).await?;
    found.ok_or_else(|| anyhow!("there is no voucher {code}; `tradewind vouchers list` shows them"))
}

/// `tradewind vouchers show`
pub(super) async fn show(wanted: &VoucherIn) -> anyhow::Result<()> {
    let shop = open(&wanted.store).await?;
    let found = find(&shop, &wanted.code).await?;
    print(&shop, found, wanted.json.json).await?;
    shop.close().await;
    Ok(())
}

async fn print(shop: &Shop, stored: StoredVoucher, as_json: bool) -> anyhow::Result<()> {
    let called = Called::load(shop).await?;
    for now in shop.vouchers_now(vec![stored]).await? {
        output::result(as_json, &called.json(&now), || {
            let voucher = &now.stored.voucher;
            output::line(format!("{}: {}, {}", voucher.code(), usage_name(voucher.usage()), state_words(now.state)));
            if now.stored.name != voucher.code().as_str() {
                output::line(format!("  {}", now.stored.name));
            }
            output::line(format!("  opens {}", called.offers(&now.stored).join(", ")));
            if voucher.start().is_some() || voucher.end().is_some() {
                let from = voucher.start().map_or("always".to_owned(), |start| called.calendar.show_start(start));
                let to = voucher.end().map_or("for ever".to_owned(), |end| called.calendar.show_end(end));
                output::line(format!("  from {from} to {to}"));
            }
            if let Some(set) = called.set(&now.stored) {
                output::line(format!("  of the set {set}"));
            }
            let used = counted(orders(&now), "order", "orders");
            output::line(if now.used.is_empty() {
                "  not used yet".to_owned()
            } else {
                format!("  used in {used}, {} off", discounts(&now.used))
            });
        });
    }
    Ok(())
}

/// What was typed of offers and dates.
async fn terms(shop: &Shop, opens: &Opens, typed: Usage) -> anyhow::Result<VoucherTerms> {
    let calendar = shop.calendar();
    let date = |option: &str, raw: &Option<String>, parse: fn(&Calendar, &str) -> Option<Moment>| {
        let wrong = |raw: &String| {
            wrong_use(format!(
                "{option}: {raw:?} is no day such as 2026-05-01, and no moment such as 2026-05-01T12:00:00Z"
            ))
        };
        raw.as_ref().map(|raw| parse(&calendar, raw).ok_or_else(|| wrong(raw))).transpose()
    };
    let start = date("--from", &opens.from, Calendar::parse_start)?;
    let end = date("--to", &opens.to, Calendar::parse_end)?;
    if let (Some(start), Some(end)) = (start, end)
        && end < start
    {
        return Err(wrong_use("--to lies before --from"));
    }
    let mut offers: Vec<OfferId> = Vec::new();
    for raw in &opens.offers {
        let id = offers_kept::find(shop, raw).await?.offer.id();
        if !offers.contains(&id) {
            offers.push(id);
        }
    }
    Ok(VoucherTerms { offers, usage: usage(typed), start, end })
}

/// `tradewind vouchers create`
pub(super) async fn create(
    store: &Store,
    (raw, name): (&str, Option<&str>),
    typed: Usage,
    opens: &Opens,
    as_json: bool,
) -> anyhow::Result<()> {
    let code = parse_code(raw)?;
    let shop = open(store).await?;
    let terms = terms(&shop, opens, typed).await?;
    let is_new = shop.make_voucher(&code, name.unwrap_or(code.as_str()), &terms, &Actor::Operator).await?;
    if !is_new {
        output::note("It is there already, just like that.");
    }
    print(&shop, find(&shop, raw).await?, as_json).await?;
    finish(shop).await
}

/// `tradewind vouchers set`
pub(super) async fn make_set(
    store: &Store,
    name: &str,
    (count, length, typed): (u32, u8, Usage),
    opens: &Opens,
    as_json: bool,
) -> anyhow::Result<()> {
    let length = CodeLength::new(length).map_err(|error| wrong_use(error.to_string()))?;
    let shop = open(store).await?;
    let wanted = WantedSet { name: name.to_owned(), terms: terms(&shop, opens, typed).await?, count, length };
    let mut progress = ProgressLine::new("vouchers");
    let mut tell = |done: u32| {
        if count >= PROGRESS_FROM {
            progress.tell(u64::from(done), u64::from(count));
        }
    };
    let made = shop.make_voucher_set(&wanted, &Actor::Operator, &mut tell).await;
    progress.end();
    let made = made?;
    let total = made.there + made.made;
    let result = json!({
        "id": made.set.id.to_string(),
        "name": made.set.name,
        "made": made.made,
        "vouchers": total,
    });
    output::result(as_json, &result, || {
        let there = if made.there > 0 { format!(", {} were there", made.there) } else { String::new() };
        let done = counted(made.made, "voucher made", "vouchers made");
        output::line(format!("{}: {done}{there}; `tradewind vouchers export` prints the codes.", made.set.name));
    });
    finish(shop).await
}

/// `tradewind vouchers export`
pub(super) async fn export(raw: &str, store: &Store) -> anyhow::Result<()> {
    let shop = open(store).await?;
    let set = find_set(&shop, raw).await?;
    let written = shop.export_voucher_set(&set, output::ResultWriter).await;
    shop.close().await;
    output::note(format!("{} written.", counted(written?, "code", "codes")));
    Ok(())
}

/// `tradewind vouchers remove`
pub(super) async fn remove(raw: &str, store: &Store, sure: Sure, as_json: bool) -> anyhow::Result<()> {
    let shop = open(store).await?;
    let found = find(&shop, raw).await?;
    let code = found.voucher.code();
    if decide(sure, as_json, &format!("remove the voucher {code}"))? == Decision::Leave {
        shop.close().await;
        return Ok(());
    }
    shop.remove_voucher(found.id, &Actor::Operator).await?;
    output::result(as_json, &json!({ "code": code.as_str(), "removed": true }), || {
        output::line(format!("{code}: removed."));
    });
    finish(shop).await
}

/// `tradewind vouchers remove --set`
pub(super) async fn remove_set(raw: &str, store: &Store, sure: Sure, as_json: bool) -> anyhow::Result<()> {
    let shop = open(store).await?;
    let set = find_set(&shop, raw).await?;
    let count = shop.db().count_vouchers_by_set().await?.get(&set.id).copied().unwrap_or_default();
    let vouchers = counted(count, "voucher", "vouchers");
    if decide(sure, as_json, &format!("remove the set {:?} with {vouchers}", set.name))? == Decision::Leave {
        shop.close().await;
        return Ok(());
    }
    let removed = shop.remove_voucher_set_whole(set.id, &Actor::Operator).await?;
    let result = json!({ "id": set.id.to_string(), "name": set.name, "removed": true, "vouchers": removed });
    output::result(as_json, &result, || {
        output::line(format!("{}: removed with {}.", set.name, counted(removed, "voucher", "vouchers")));
    });
    finish(shop).await
}
