use super::*;
use commerce::address::Country;
use commerce::ids::{CustomerGroupId, PriceId, PriceListId, StockRecordId};
use commerce::language::Language;
use commerce::market::{Market, TaxDisplay};
use commerce::money::Money;
use commerce::price_list::{ListEntry, PriceEffect, PriceList, PriceListParts};
use commerce::tax::policy::TaxPolicy;
use commerce::tax::rate::TaxRate;
use std::sync::Arc;
use uuid::Uuid;

const NOW: Moment = Moment::from_micros(1_000);

/// Two markets that pay in euros, and one in pounds.
fn markets() -> Markets {
    let market = |(code, currency): (&str, &str)| Market {
        code: MarketCode::parse(code).unwrap(),
        currency: Currency::parse(currency).unwrap(),
        languages: vec![Language::ENGLISH],
        countries: vec![Country::parse("DE").unwrap()],
        tax: Arc::new(TaxPolicy::flat(TaxRate::ZERO, Country::parse("DE").unwrap())),
        tax_display: TaxDisplay::Including,
    };
    Markets::new([("de", "EUR"), ("fr", "EUR"), ("uk", "GBP")].map(market).to_vec()).unwrap()
}

fn base(minor: i64) -> PriceRow {
    let amount = Money::from_minor(minor, Currency::parse("EUR").unwrap());
    PriceRow { id: PriceId::new(Uuid::from_u128(1)), amount, from: None, until: None }
}

fn listed(number: u128, minimum: u32, minor: i64, change: impl FnOnce(&mut PriceListParts)) -> ListedPrice {
    let mut parts = PriceListParts {
        id: PriceListId::new(Uuid::from_u128(number)),
        name: format!("list {number}"),
        currency: Currency::parse("EUR").unwrap(),
        market: None,
        group: None,
        from: None,
        until: None,
        effect: PriceEffect::Lowers,
        created_at: NOW,
    };
    change(&mut parts);
    let list = Arc::new(PriceList::new(parts).unwrap());
    let amount = Money::from_minor(minor, list.currency());
    let row = PriceRow { id: PriceId::new(Uuid::from_u128(100 + number)), amount, from: None, until: None };
    let record = StockRecordId::new(Uuid::from_u128(1));
    let entry = ListEntry { list: list.id(), record, minimum: Quantity::new(minimum).unwrap(), row };
    ListedPrice { list, entry }
}

/// Prices of one unit, then each ladder: its market, its price of one unit, its tiers.
type Carried = (Vec<i64>, Vec<(Option<String>, Option<i64>, Vec<(u32, i64)>)>);

fn carried(base: &[PriceRow], listed: &[ListedPrice]) -> Carried {
    let (prices, ladders) = MarketPrices::new(&markets(), NOW).of(base, listed);
    let ladder = |ladder: PriceLadder| {
        let tiers = ladder.tiers.iter().map(|tier| (tier.minimum.get(), tier.amount.minor())).collect();
        (ladder.market.map(|code| code.to_string()), ladder.price.map(|price| price.amount.minor()), tiers)
    };
    (prices.iter().map(|price| price.amount.minor()).collect(), ladders.into_iter().map(ladder).collect())
}

#[test]
fn documents_carry_what_everybody_pays_and_only_what_differs() {
    let for_market =
        |code: &'static str| move |list: &mut PriceListParts| list.market = Some(MarketCode::parse(code).unwrap());
    let for_group = |list: &mut PriceListParts| list.group = Some(CustomerGroupId::new(Uuid::from_u128(7)));
    let replaces = |code: &'static str| {
        move |list: &mut PriceListParts| {
            (list.market, list.effect) = (Some(MarketCode::parse(code).unwrap()), PriceEffect::Replaces);
        }
    };
    let later = |list: &mut PriceListParts| list.from = Some(NOW.plus_ms(1));
    let fr = || Some("fr".to_owned());
    for (case, base, listed, want) in [
        ("no list", vec![base(1_000)], vec![], (vec![1_000], vec![])),
        ("everybody's", vec![base(1_000)], vec![listed(1, 1, 900, |_| {})], (vec![900], vec![])),
        ("a group's", vec![base(1_000)], vec![listed(1, 1, 900, for_group)], (vec![1_000], vec![])),
        ("a group's tiers", vec![base(1_000)], vec![listed(1, 6, 900, for_group)], (vec![1_000], vec![])),
        ("not begun", vec![base(1_000)], vec![listed(1, 1, 900, later)], (vec![1_000], vec![])),
        (
            "tiers for all",
            vec![base(1_000)],
            vec![listed(1, 6, 900, |_| {}), listed(2, 12, 800, |_| {})],
            (vec![1_000], vec![(None, Some(1_000), vec![(6, 900), (12, 800)])]),
        ),
        (
            "the first market of the currency",
            vec![base(1_000)],
            vec![listed(1, 1, 900, for_market("de"))],
            (vec![900], vec![(fr(), Some(1_000), vec![])]),
        ),
        (
            "another market",
            vec![base(1_000)],
            vec![listed(1, 1, 900, for_market("fr")), listed(2, 6, 800, |_| {})],
            (vec![1_000], vec![(None, Some(1_000), vec![(6, 800)]), (fr(), Some(900), vec![(6, 800)])]),
        ),
        (
            "for sale in one market only",
            vec![],
            vec![listed(1, 1, 900, replaces("fr"))],
            (vec![], vec![(fr(), Some(900), vec![])]),
        ),
        (
            "for sale in the first market only",
            vec![],
            vec![listed(1, 1, 900, replaces("de"))],
            (vec![900], vec![(fr(), None, vec![])]),
        ),
    ] {
        assert_eq!(carried(&base, &listed), want, "{case}");
    }
}
