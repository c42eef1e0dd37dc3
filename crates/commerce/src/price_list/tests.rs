use super::*;
use crate::ids::StockRecordId;
use uuid::Uuid;

const DAY_MS: i64 = 24 * 3_600_000;

fn eur() -> Currency {
    Currency::parse("EUR").unwrap()
}

fn day(day: i64) -> Moment {
    Moment::from_micros(0).plus_ms(day * DAY_MS)
}

fn market(code: &str) -> MarketCode {
    MarketCode::parse(code).unwrap()
}

fn group(number: u128) -> CustomerGroupId {
    CustomerGroupId::new(Uuid::from_u128(number))
}

fn price_id(number: u128) -> PriceId {
    PriceId::new(Uuid::from_u128(number))
}

fn record() -> StockRecordId {
    StockRecordId::new(Uuid::from_u128(1))
}

fn units(units: u32) -> Quantity {
    Quantity::new(units).unwrap()
}

fn row(number: u128, minor: i64, from: Option<i64>, until: Option<i64>) -> PriceRow {
    let amount = Money::from_minor(minor, eur());
    PriceRow { id: price_id(number), amount, from: from.map(day), until: until.map(day) }
}

/// A list for everybody, always, that lowers; the higher the number, the younger.
fn parts(number: u128) -> PriceListParts {
    PriceListParts {
        id: PriceListId::new(Uuid::from_u128(number)),
        name: format!("list {number}"),
        currency: eur(),
        market: None,
        group: None,
        from: None,
        until: None,
        effect: PriceEffect::Lowers,
        created_at: day(i64::try_from(number).unwrap()),
    }
}

/// A price of such a list, with what is otherwise about the list.
fn listed(number: u128, minimum: u32, minor: i64, change: impl FnOnce(&mut PriceListParts)) -> ListedPrice {
    let mut parts = parts(number);
    change(&mut parts);
    let list = Arc::new(PriceList::new(parts).unwrap());
    let row = row(100 * number + u128::from(minimum), minor, None, None);
    ListedPrice { entry: ListEntry { list: list.id(), record: record(), minimum: units(minimum), row }, list }
}

fn facts<'a>(market: Option<&'a MarketCode>, groups: &'a [CustomerGroupId], now: i64) -> PriceFacts<'a> {
    PriceFacts { currency: eur(), market, groups, quantity: Quantity::ONE, now: day(now) }
}

/// Amount, and the number of the list that it is of; 0 for the stock record's own.
fn best(base: &[PriceRow], listed: &[ListedPrice], facts: &PriceFacts<'_>) -> Option<(i64, u128)> {
    let best = best_price(base, listed, facts)?;
    let list = match best.origin {
        PriceOrigin::StockRecord(_) => 0,
        PriceOrigin::List { list, .. } => list.uuid().as_u128(),
    };
    Some((best.amount.minor(), list))
}

#[test]
fn the_lowest_lawful_price_wins() {
    let (de, fr) = (market("de"), market("fr"));
    let base = [row(1, 1_000, None, None)];
    let everybody = || listed(1, 1, 950, |_| {});
    let german = || listed(2, 1, 900, |list| list.market = Some(market("de")));
    let trade = || listed(3, 1, 800, |list| list.group = Some(group(7)));
    let in_yen = || listed(4, 1, 1, |list| list.currency = Currency::parse("JPY").unwrap());
    let summer = || listed(5, 1, 700, |list| (list.from, list.until) = (Some(day(10)), Some(day(20))));
    let dearer = || listed(6, 1, 1_500, |_| {});
    let swiss = || {
        listed(7, 1, 1_400, |list| {
            (list.market, list.effect) = (Some(market("ch")), PriceEffect::Replaces);
        })
    };
    let all = [everybody(), german(), trade(), in_yen(), summer(), dearer(), swiss()];
    let ch = market("ch");
    for (case, prices, market, groups, now, want) in [
        ("no list", &all[..0], None, &[][..], 0, (1_000, 0)),
        ("one for everybody", &all[..1], Some(&fr), &[], 0, (950, 1)),
        ("one for another market", &all[1..2], Some(&fr), &[], 0, (1_000, 0)),
        ("one for this market", &all[..2], Some(&de), &[], 0, (900, 2)),
        ("one for a group that the shopper lacks", &all[2..3], Some(&de), &[group(8)], 0, (1_000, 0)),
        ("one for the shopper's group", &all[..3], Some(&de), &[group(8), group(7)], 0, (800, 3)),
        ("one in another currency", &all[3..4], Some(&de), &[], 0, (1_000, 0)),
        ("one that has not begun", &all[4..5], None, &[], 9, (1_000, 0)),
        ("one at its first moment", &all[4..5], None, &[], 10, (700, 5)),
        ("one that is over", &all[4..5], None, &[], 20, (1_000, 0)),
        ("one that would be dearer", &all[5..6], None, &[], 0, (1_000, 0)),
        ("one that replaces, elsewhere", &all[6..], Some(&de), &[], 0, (1_000, 0)),
        ("one that replaces and is dearer", &all[6..], Some(&ch), &[], 0, (1_400, 7)),
        ("one that lowers what replaces", &all[..], Some(&ch), &[], 0, (950, 1)),
    ] {
        assert_eq!(best(&base, prices, &facts(market, groups, now)), Some(want), "{case}");
    }
}

#[test]
fn what_only_lowers_sells_nothing_and_of_equal_prices_the_more_specific_counts() {
    let ch = market("ch");
    let own = [row(1, 900, None, None)];
    let for_all = listed(1, 1, 900, |_| {});
    let younger = listed(2, 1, 900, |_| {});
    let of_market = listed(3, 1, 900, |list| list.market = Some(market("ch")));
    let of_group = listed(4, 1, 900, |list| list.group = Some(group(7)));
    let replaces = listed(5, 1, 950, |list| {
        (list.market, list.effect) = (Some(market("ch")), PriceEffect::Replaces);
    });
    let from_six = listed(6, 6, 800, |list| {
        (list.market, list.effect) = (Some(market("ch")), PriceEffect::Replaces);
    });
    for (case, base, prices, want) in [
        ("nothing to lower", &own[..0], vec![&for_all, &of_group], None),
        ("a list gives the price", &own[..0], vec![&replaces], Some((950, 5))),
        ("and others lower it", &own[..0], vec![&for_all, &replaces], Some((900, 1))),
        ("a price from six units on replaces none of one unit", &own[..0], vec![&from_six], None),
        ("a list before the own price", &own[..], vec![&for_all], Some((900, 1))),
        ("the older list", &own[..], vec![&younger, &for_all], Some((900, 1))),
        ("the market before all", &own[..], vec![&for_all, &of_market], Some((900, 3))),
        ("the group before the market", &own[..], vec![&of_market, &for_all, &of_group], Some((900, 4))),
    ] {
        let prices: Vec<ListedPrice> = prices.into_iter().cloned().collect();
        assert_eq!(best(base, &prices, &facts(Some(&ch), &[group(7)], 0)), want, "{case}");
    }
}

#[test]
fn tiers_name_each_number_of_units_from_which_it_is_cheaper() {
    let base = [row(1, 1_000, None, None)];
    let prices = [
        listed(1, 6, 850, |_| {}),
        listed(2, 12, 850, |_| {}),
        listed(3, 24, 700, |_| {}),
        listed(4, 3, 1_100, |_| {}),
        listed(5, 2, 10, |list| list.group = Some(group(7))),
        listed(6, 5, 10, |list| list.until = Some(day(1))),
    ];
    let tiers = price_tiers(&base, &prices, &facts(None, &[], 1));
    let tiers: Vec<_> = tiers.iter().map(|tier| (tier.minimum.get(), tier.amount.minor())).collect();
    assert_eq!(tiers, [(1, 1_000), (6, 850), (24, 700)]);
    assert_eq!(price_tiers(&[], &prices, &facts(None, &[], 1)), []);
}

#[test]
fn a_reduction_by_a_list_names_the_lowest_price_of_the_30_days_before_it() {
    let own = [row(1, 1_000, None, None)];
    let sold_lower = [row(1, 1_000, None, None), row(2, 850, Some(75), Some(80))];
    let raised = [row(1, 1_000, None, Some(99)), row(2, 1_200, Some(99), None)];
    let time = |from, until: Option<i64>| {
        move |list: &mut PriceListParts| {
            (list.from, list.until) = (Some(day(from)), until.map(day));
        }
    };
    let sale = || listed(1, 1, 800, time(100, Some(200)));
    let for_good = || listed(2, 1, 800, time(100, None));
    let before =
        |from| move |list: &mut PriceListParts| (list.from, list.until) = (Some(day(from)), Some(day(from + 5)));
    let trade = || listed(4, 1, 500, |list| list.group = Some(group(7)));
    let six = || listed(5, 6, 700, |_| {});
    let elsewhere = || listed(6, 1, 500, |list| list.market = Some(market("fr")));
    let here = || listed(7, 1, 870, |list| (list.market, list.until) = (Some(market("de")), Some(day(90))));
    let de = market("de");
    for (case, base, prices, now, want) in [
        ("before it begins", &own[..], vec![sale()], 99, None),
        ("from its first moment", &own, vec![sale()], 100, Some(1_000)),
        ("as long as it lasts", &own, vec![sale()], 199, Some(1_000)),
        ("a list without an end, on its 30th day", &own, vec![for_good()], 129, Some(1_000)),
        ("30 days later it is the price", &own, vec![for_good()], 130, None),
        ("the product's own price was lower in the 30 days", &sold_lower, vec![sale()], 100, Some(850)),
        ("raised the day before", &raised, vec![sale()], 100, Some(1_000)),
        ("another list was lower in the 30 days", &own, vec![sale(), listed(3, 1, 820, before(66))], 100, Some(820)),
        ("another list was lower 31 days before", &own, vec![sale(), listed(3, 1, 820, before(64))], 100, Some(1_000)),
        ("and not higher than the sale", &own, vec![sale(), listed(3, 1, 790, before(80))], 100, None),
        ("prices of a group are not everybody's", &own, vec![sale(), trade()], 100, Some(1_000)),
        ("prices of six units are not of one", &own, vec![sale(), six()], 100, Some(1_000)),
        ("prices of another market are not this one's", &own, vec![sale(), elsewhere()], 100, Some(1_000)),
        ("this market's price was lower", &own, vec![sale(), here()], 100, Some(870)),
    ] {
        let prior = listed_prior_price(base, &prices, &facts(Some(&de), &[], now));
        assert_eq!(prior.map(Money::minor), want, "{case}");
    }
    assert_eq!(next_listed_change(&[sale()], day(0)), Some(day(100)));
    assert_eq!(next_listed_change(&[sale()], day(100)), Some(day(130)));
    assert_eq!(next_listed_change(&[sale()], day(230)), None);
}

#[test]
fn another_price_in_a_list_keeps_what_was_charged() {
    let begun = PriceList::new(PriceListParts { from: Some(day(10)), ..parts(1) }).unwrap();
    let entry = |row| ListEntry { list: begun.id(), record: record(), minimum: units(6), row };
    let set = |entries: &[ListEntry], minor: Option<i64>, now: i64| {
        let amount = minor.map(|minor| Money::from_minor(minor, eur()));
        set_listed_price(&begun, entries, (record(), units(6)), amount, day(now), price_id(9))
    };
    let planned = [entry(row(1, 800, None, None))];
    let of = |put: Vec<PriceRow>, gone: &[u128]| EntryChange {
        put: put.into_iter().map(entry).collect(),
        gone: gone.iter().map(|number| price_id(*number)).collect(),
    };
    for (case, entries, minor, now, want) in [
        ("the first one, in time", &[][..], Some(800), 5, of(vec![row(9, 800, None, None)], &[])),
        ("the first one, later", &[], Some(800), 15, of(vec![row(9, 800, Some(15), None)], &[])),
        ("the same again", &planned, Some(800), 15, of(vec![], &[])),
        ("nothing to take away", &[], None, 15, of(vec![], &[])),
        ("another one before anybody paid it", &planned, Some(700), 10, of(vec![row(9, 700, Some(10), None)], &[1])),
        (
            "another one",
            &planned,
            Some(700),
            15,
            of(vec![row(1, 800, None, Some(15)), row(9, 700, Some(15), None)], &[]),
        ),
        ("none any more", &planned, None, 15, of(vec![row(1, 800, None, Some(15))], &[])),
    ] {
        assert_eq!(set(entries, minor, now), want, "{case}");
    }
    let many: Vec<ListEntry> = (0..100_i64)
        .map(|at| entry(row(100 - u128::try_from(at).unwrap(), 800, Some(10 + at), Some(11 + at))))
        .collect();
    assert_eq!(set(&many, Some(5), 500).gone, [price_id(100)], "the oldest of too many goes");
}

#[test]
fn a_list_is_checked_and_once_begun_only_its_name_and_end_change() {
    let make = |change: fn(&mut PriceListParts)| {
        let mut parts = parts(1);
        change(&mut parts);
        PriceList::new(parts)
    };
    for (case, made, want) in [
        ("no name", make(|list| list.name = String::new()), InvalidPriceList::Name),
        ("two lines", make(|list| list.name = "a\nb".into()), InvalidPriceList::Name),
        ("a blank", make(|list| list.name = " a".into()), InvalidPriceList::Name),
        ("a long name", make(|list| list.name = "x".repeat(101)), InvalidPriceList::Name),
        ("no time", make(|list| (list.from, list.until) = (Some(day(2)), Some(day(2)))), InvalidPriceList::Times),
        ("replaces everywhere", make(|list| list.effect = PriceEffect::Replaces), InvalidPriceList::ReplacesEverywhere),
        (
            "replaces for a group",
            make(|list| (list.effect, list.group) = (PriceEffect::Replaces, Some(group(1)))),
            InvalidPriceList::GroupReplaces,
        ),
    ] {
        assert_eq!(made, Err(want), "{case}");
    }
    let list = make(|list| (list.from, list.until) = (Some(day(10)), Some(day(20)))).unwrap();
    let becomes = |now, change: fn(&mut PriceListParts)| {
        let mut next = list.parts().clone();
        change(&mut next);
        list.may_become(&PriceList::new(next).unwrap(), day(now))
    };
    for (case, outcome, want) in [
        ("not begun", becomes(5, |list| list.market = Some(market("de"))), Ok(())),
        ("begins earlier", becomes(5, |list| list.from = Some(day(5))), Ok(())),
        ("began already", becomes(5, |list| list.from = Some(day(4))), Err(ListRefused::BeginsInThePast)),
        ("always was", becomes(5, |list| list.from = None), Err(ListRefused::BeginsInThePast)),
        ("another name", becomes(15, |list| list.name = "b".into()), Ok(())),
        ("ends now", becomes(15, |list| list.until = Some(day(15))), Ok(())),
        ("never ends", becomes(15, |list| list.until = None), Ok(())),
        ("ended before", becomes(15, |list| list.until = Some(day(14))), Err(ListRefused::EndsInThePast)),
        ("another market", becomes(15, |list| list.market = Some(market("de"))), Err(ListRefused::Begun("market"))),
        ("another group", becomes(15, |list| list.group = Some(group(1))), Err(ListRefused::Begun("group"))),
        ("another beginning", becomes(15, |list| list.from = Some(day(16))), Err(ListRefused::Begun("beginning"))),
        ("another name when over", becomes(20, |list| list.name = "b".into()), Ok(())),
        ("again when over", becomes(20, |list| list.until = None), Err(ListRefused::Over)),
    ] {
        assert_eq!(outcome, want, "{case}");
    }
}
