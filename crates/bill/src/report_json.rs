//! A report as JSON, for programs and for the page's own script.

use serde_json::{Value, json};

use crate::bill::{Charge, Line, Sum, Total};
use crate::chart::{Chart, Table};
use crate::item::Item;
use crate::prices::Rate;
use crate::report::{Report, in_words};
use crate::shown;
use crate::world::{PlaceTimes, WorldMap};

/// The format of [`report_json`]. Fields are added without a new number; one that goes or changes its meaning brings one.
pub const REPORT_FORMAT: u32 = 1;

/// The report as JSON with stable names. Amounts are exact decimals of dollars in text; quantities are in the item's unit
/// with six decimals, in text; `null` is what is not known. What is under `shown` is for people, and may change.
pub fn report_json(report: &Report<'_>) -> Value {
    let facts = &report.facts;
    let counts = report.counts();
    json!({
        "format": REPORT_FORMAT,
        "shop": facts.shop,
        "span_ms": facts.span_ms,
        "prices": {
            "region": facts.prices.region,
            "read_on": facts.prices.read_on,
            "note": facts.prices.note,
            "plans_source": facts.prices.plans_source(),
        },
        "so_far": total(&report.bill.so_far),
        "month": report.bill.month.as_ref().map(total),
        "lines": report.bill.lines.iter().map(|line| line_json(report, line)).collect::<Vec<_>>(),
        "ways_to_pay": report.comparison.iter().flat_map(|comparison| &comparison.choices).map(|choice| json!({
            "name": choice.name,
            "price_usd": choice.price.map(|price| price.to_string()),
            "holds": choice.holds,
            "month": sum(&choice.total),
        })).collect::<Vec<_>>(),
        "always_on": facts.prices.always_on.as_ref().map(|servers| json!({
            "name": servers.name,
            "month_usd": servers.usd_a_month.to_string(),
            "source": servers.source,
        })),
        "counts": {
            "invocations": counts.invocations,
            "environments": counts.environments,
            "edge": counts.edge,
            "services": counts.services,
        },
        "times": report.times().into_iter().map(|row| (
            row.key.to_owned(),
            json!({ "count": row.count, "percentiles": row.times }),
        )).collect::<serde_json::Map<_, _>>(),
        "world": report.world.as_ref().map(world),
        "timeline": report.samples,
        "shown": shown_json(report),
    })
}

fn sum(sum: &Sum) -> Value {
    json!({ "usd": sum.amount.to_string(), "not_known": sum.not_known })
}

fn total(total: &Total) -> Value {
    json!({ "before_free": sum(&total.before_free), "after_free": sum(&total.after_free) })
}

fn charge(charge: &Charge) -> Value {
    let amount = |usd: Option<crate::Usd>| usd.map(|usd| usd.to_string());
    json!({ "before_free_usd": amount(charge.before_free), "after_free_usd": amount(charge.after_free) })
}

fn line_json(report: &Report<'_>, line: &Line) -> Value {
    let item = line.item;
    let quantity = |grains: u128| shown::decimal(grains, item.unit().grains(), 6).replace(',', "");
    let rate = report.facts.prices.rate(item);
    json!({
        "item": item,
        "service": item.service().name(),
        "unit": item.unit(),
        "price_usd": rate.and_then(Rate::price).map(|(usd, _)| usd.to_string()),
        "price_per": rate.and_then(Rate::price).map(|(_, per)| per),
        "free_a_month": rate.map(Rate::free_a_month),
        "source": rate.map(|rate| rate.source.as_str()),
        "note": line.note,
        "quantity": quantity(line.grains),
        "so_far": charge(&line.so_far),
        "month_quantity": line.month_grains.map(quantity),
        "month": line.month.as_ref().map(charge),
    })
}

fn world(world: &WorldMap) -> Value {
    let place = |place: &PlaceTimes| {
        json!({
            "region": place.place.region,
            "place": place.place.name,
            "one": place.one,
            "several": place.several,
            "nearest": place.nearest,
        })
    };
    json!({
        "one_region": world.origins.one,
        "several_regions": world.origins.several,
        "one": world.one,
        "several": world.several,
        "places": world.places.iter().map(place).collect::<Vec<_>>(),
    })
}

/// What the page shows: texts, and the rows of its tables.
fn shown_json(report: &Report<'_>) -> Value {
    let counts = report.counts();
    let (edge, invocations) = (&counts.edge, &counts.invocations);
    let month = report.bill.month.as_ref();
    let lacking = month.unwrap_or(&report.bill.so_far);
    let number = |count: u64| shown::whole(count.into());
    let share = |permille: Option<u64>| permille.map_or("–".to_owned(), shown::percent);
    let answer = edge.answer_times.percentiles();
    let mut tables: serde_json::Map<String, Value> =
        Chart::ALL.iter().map(|chart| (chart.name().to_owned(), json!(chart.table(report)))).collect();
    tables.insert("bill".to_owned(), json!(bill_table(report)));
    tables.insert("ways-to-pay".to_owned(), json!(ways_table(report)));
    json!({
        "span": shown::span(report.span_ms()),
        "so_far": report.bill.so_far.after_free.amount.shown(),
        "so_far_before_free": report.bill.so_far.before_free.amount.shown(),
        "month": month.map_or("too early to tell".to_owned(), |month| month.after_free.amount.shown()),
        "month_before_free": month.map_or("–".to_owned(), |month| month.before_free.amount.shown()),
        "lacks": report.lacks(&lacking.after_free),
        "lacks_before_free": report.lacks(&lacking.before_free),
        "requests": number(edge.requests),
        "transfer": shown::bytes(edge.bytes_out.into()),
        "hit_ratio": share(edge.hit_permille()),
        "invocations": number(invocations.count),
        "cold": share(invocations.cold_permille()),
        "cold_count": number(invocations.cold),
        "failed": number(invocations.failed),
        "throttled": number(invocations.throttled),
        "environments": number(counts.environments.now),
        "environments_most": number(counts.environments.most),
        "first_byte_p50": answer.map_or("–".to_owned(), |times| shown::time(times.p50_us)),
        "first_byte_p95": answer.map_or("–".to_owned(), |times| shown::time(times.p95_us)),
        "init_p50": invocations.init_times.quantile_us(500).map_or("–".to_owned(), shown::time),
        "init_p95": invocations.init_times.quantile_us(950).map_or("–".to_owned(), shown::time),
        "world_one_fetched": fetched(report, |world| world.one.fetched_p50_us),
        "world_several_fetched": fetched(report, |world| world.several.fetched_p50_us),
        "world_one_p50": in_world(report, |world| world.one.p50_us),
        "world_one_p95": in_world(report, |world| world.one.p95_us),
        "world_several_p50": in_world(report, |world| world.several.p50_us),
        "world_several_p95": in_world(report, |world| world.several.p95_us),
        "cheapest": cheapest(report),
        "unused": unused(report),
        "notes": notes(report),
        "tables": tables,
    })
}

fn in_world(report: &Report<'_>, time: fn(&WorldMap) -> u64) -> String {
    report.world.as_ref().map_or("–".to_owned(), |world| shown::about(time(world)))
}

fn fetched(report: &Report<'_>, time: fn(&WorldMap) -> Option<u64>) -> String {
    report.world.as_ref().and_then(time).map_or("–".to_owned(), shown::about)
}

fn bill_table(report: &Report<'_>) -> Table {
    let row = |line: &Line| {
        let amount = |usd: Option<crate::Usd>| usd.map_or("not known".to_owned(), crate::Usd::shown);
        vec![
            format!("{}: {}", line.item.service().name(), line.item.label().to_lowercase()),
            shown::quantity(line.item, line.grains),
            price(report, line.item),
            amount(line.so_far.before_free),
            amount(line.so_far.after_free),
            line.month.map_or("–".to_owned(), |month| amount(month.after_free)),
        ]
    };
    Table {
        head: vec!["What", "Used so far", "Price", "If nothing were free", "To pay so far", "To pay a month"],
        rows: report.bill.lines.iter().filter(|line| 0 < line.grains).map(row).collect(),
    }
}

/// `$0.20 a million requests; 1,000,000 a month free`. Of several tiers the first.
fn price(report: &Report<'_>, item: Item) -> String {
    let Some(rate) = report.facts.prices.rate(item) else { return "not known".to_owned() };
    let one = shown::singular(item.unit());
    let price = match rate.price() {
        None => "not known".to_owned(),
        Some((usd, _)) if usd == crate::Usd::ZERO => "free".to_owned(),
        Some((usd, 1)) => format!("{} a {one}", usd.exact()),
        Some((usd, 1_000_000)) => format!("{} a million {}", usd.exact(), item.unit().plural()),
        Some((usd, per)) => format!("{} for {} {}", usd.exact(), shown::whole(per.into()), item.unit().plural()),
    };
    match rate.free_a_month() {
        0 => price,
        free => format!("{price}; {} a month free", shown::whole(free.into())),
    }
}

fn ways_table(report: &Report<'_>) -> Table {
    let mut rows: Vec<Vec<String>> = Vec::new();
    for choice in report.comparison.iter().flat_map(|comparison| &comparison.choices) {
        let limit = choice.limit.map_or("no limit".to_owned(), |(requests, gb)| {
            format!("{} requests, {} GB", shown::whole(requests.into()), shown::whole(gb.into()))
        });
        let holds = if choice.holds { "yes" } else { "no" };
        let total = if choice.holds { report.amount(&choice.total) } else { "–".to_owned() };
        rows.push(vec![choice.name.clone(), limit, holds.to_owned(), total]);
    }
    if let Some(servers) = &report.facts.prices.always_on {
        rows.push(vec![servers.name.clone(), "–".to_owned(), "–".to_owned(), servers.usd_a_month.shown()]);
    }
    Table { head: vec!["Way to pay", "Holds a month", "Holds this traffic", "Whole bill of a month"], rows }
}

fn cheapest(report: &Report<'_>) -> String {
    let Some(comparison) = &report.comparison else { return "After ten seconds a month can be told.".to_owned() };
    match comparison.cheapest() {
        Some(choice) => format!("Cheapest for this traffic: {}.", choice.name),
        None => {
            let items = in_words(&comparison.differently_known());
            format!("Which is cheapest cannot be told, as no price is known of {items}.")
        }
    }
}

/// What lines are left out of the table; empty where all are used.
fn unused(report: &Report<'_>) -> String {
    let unused: Vec<Item> = report.bill.lines.iter().filter(|line| line.grains == 0).map(|line| line.item).collect();
    match unused[..] {
        [] => String::new(),
        _ => format!("Not used so far: {}.", in_words(&unused)),
    }
}

/// What one must know of lines that are used.
fn notes(report: &Report<'_>) -> Vec<String> {
    let used = report.bill.lines.iter().filter(|line| 0 < line.grains);
    let note = |line: &Line| {
        let note = line.note.as_ref()?;
        Some(format!("{}, {}: {note}.", line.item.service().name(), line.item.label().to_lowercase()))
    };
    used.filter_map(note).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixture::Shop;

    #[test]
    fn names_are_stable() {
        let shop = Shop::small();
        let mut json = report_json(&shop.report());
        // What is for people is looked at on the page; of what goes on and on, one is enough.
        json["shown"] = Value::Null;
        json["timeline"].as_array_mut().unwrap().truncate(1);
        insta::assert_snapshot!(format!("{json:#}"));
    }

    #[test]
    fn before_anybody_comes_what_is_not_known_is_null() {
        let shop = Shop::quiet();
        let json = report_json(&shop.report());
        for name in ["month", "world", "always_on"] {
            assert!(json[name].is_null(), "{name}");
        }
        assert_eq!(json["so_far"]["after_free"]["usd"], "0");
    }
}
