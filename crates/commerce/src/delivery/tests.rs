//! What methods cost, where they go and when they arrive.

use super::*;
use crate::address::Country;
use jiff::civil::{Date, DateTime};
use proptest::prelude::*;
use uuid::Uuid;

fn gbp(minor: i64) -> Money {
    Money::from_minor(minor, Currency::parse("GBP").unwrap())
}

fn kg(text: &str) -> Decimal {
    Decimal::parse(text).unwrap()
}

fn country(code: &str) -> Country {
    Country::parse(code).unwrap()
}

fn to(code: &str, region: &str, postcode: &str) -> Destination {
    Destination { country: country(code), region: region.to_owned(), postcode: postcode.to_owned() }
}

fn method(charges: Vec<Charge>) -> DeliveryMethod {
    DeliveryMethod::new("post", charges, (2, 3))
}

fn weight_bands(bands: &[(&str, i64)]) -> Vec<WeightBand> {
    bands.iter().map(|(to, charge)| WeightBand { up_to_kg: kg(to), charge: gbp(*charge) }).collect()
}

fn price_bands(bands: &[(i64, i64)]) -> Vec<PriceBand> {
    bands.iter().map(|(from, charge)| PriceBand { from: gbp(*from), charge: gbp(*charge) }).collect()
}

fn flat(per_order: i64, per_item: i64, free_from: Option<i64>, bands: &[(&str, i64)]) -> Charge {
    Charge {
        per_item: gbp(per_item),
        bands: weight_bands(bands),
        default_weight_kg: kg("0.5"),
        free_from: free_from.map(gbp),
        ..Charge::flat(gbp(per_order))
    }
}

fn sent(goods: i64, units: &[(Option<&str>, u32)]) -> Consignment {
    let line =
        |(weight, units): &(Option<&str>, u32)| SentLine { partner: None, weight_kg: weight.map(kg), units: *units };
    Consignment { goods: gbp(goods), lines: units.iter().map(line).collect() }
}

fn partner(number: u128) -> PartnerId {
    PartnerId::new(Uuid::from_u128(number))
}

#[test]
fn each_kind_of_charge_is_worked_out() {
    let bands = [("1", 320), ("5", 680), ("10", 1_000)];
    let by_price = Charge { price_bands: price_bands(&[(0, 495), (2_500, 295), (5_000, 0)]), ..Charge::flat(gbp(0)) };
    let with_box = Charge { per_order: gbp(100), ..by_price.clone() };
    for (case, charge, goods, units, want) in [
        ("flat", flat(395, 0, None, &[]), 2_000, vec![(None, 3)], 395),
        ("order and item", flat(200, 50, Some(9_000), &[]), 8_999, vec![(None, 2), (None, 1)], 350),
        ("free from, inclusive", flat(200, 50, Some(9_000), &[]), 9_000, vec![(None, 2)], 0),
        ("first band", flat(0, 0, None, &bands), 1, vec![(Some("1"), 1)], 320),
        ("second band by default weight", flat(0, 0, None, &bands), 1, vec![(None, 3)], 680),
        ("over the top", flat(0, 0, None, &bands), 1, vec![(Some("10.5"), 2)], 2_320),
        ("twice the top", flat(0, 0, None, &bands), 1, vec![(Some("10"), 2)], 2_000),
        ("first price band", by_price.clone(), 2_499, vec![(None, 9)], 495),
        ("second price band, inclusive", by_price.clone(), 2_500, vec![(None, 9)], 295),
        ("last price band", by_price, 5_000, vec![(None, 9)], 0),
        ("price band on top of the box", with_box, 5_000, vec![(None, 9)], 100),
        ("nothing is sent", flat(395, 50, None, &bands), 2_000, vec![], 0),
    ] {
        let got = method(vec![charge]).charge(&sent(goods, &units), &country("GB").into());
        assert_eq!(got, Ok(gbp(want)), "{case}");
    }
}

#[test]
fn what_is_not_served_has_no_charge() {
    let gb_alone = Arc::new(zone("gb", vec![ZonePlace::Country(country("GB"))], vec![]));
    let limited = Charge { min_total: Some(gbp(1_000)), max_total: Some(gbp(20_000)), ..flat(395, 0, None, &[]) };
    let method = DeliveryMethod {
        zones: vec![gb_alone],
        max_weight_kg: Some(kg("30")),
        max_items: Some(70),
        ..method(vec![limited])
    };
    for (case, goods, units, code, want) in [
        ("all at its limits", 20_000, vec![(Some("0.5"), 60)], "GB", Ok(gbp(395))),
        ("another country", 2_000, vec![(None, 1)], "FR", Err(NotOffered::Elsewhere)),
        ("a gram too heavy", 2_000, vec![(Some("30.001"), 1)], "GB", Err(NotOffered::TooHeavy(kg("30")))),
        (
            "too heavy by the weight of those that have none",
            2_000,
            vec![(None, 61)],
            "GB",
            Err(NotOffered::TooHeavy(kg("30"))),
        ),
        ("a unit too many", 2_000, vec![(Some("0"), 70), (Some("0"), 1)], "GB", Err(NotOffered::TooMany(70))),
        ("a penny too little", 999, vec![(None, 1)], "GB", Err(NotOffered::TooLittle(gbp(1_000)))),
        ("a penny too much", 20_001, vec![(None, 1)], "GB", Err(NotOffered::TooMuch(gbp(20_000)))),
    ] {
        assert_eq!(method.charge(&sent(goods, &units), &country(code).into()), want, "{case}");
    }
    let euros = Consignment { goods: Money::from_minor(2_000, Currency::parse("EUR").unwrap()), lines: vec![] };
    assert_eq!(method.charge(&euros, &country("GB").into()), Err(NotOffered::Elsewhere));
}

#[test]
fn parcels_are_charged_together_or_each_for_itself() {
    let line = |from: Option<u128>, units| SentLine { partner: from.map(partner), weight_kg: Some(kg("1")), units };
    let two = Consignment { goods: gbp(3_000), lines: vec![line(Some(1), 1), line(Some(2), 3), line(Some(1), 1)] };
    let unknown = Consignment { goods: gbp(3_000), lines: vec![line(None, 1), line(None, 4)] };
    let charge = flat(200, 10, Some(9_000), &[("2", 300), ("5", 500)]);
    for (case, per_parcel, consignment, want) in [
        ("together", false, &two, 200 + 50 + 500),
        ("each for itself", true, &two, (200 + 20 + 300) + (200 + 30 + 500)),
        ("nobody knows who sends it", true, &unknown, 200 + 50 + 500),
    ] {
        let method = DeliveryMethod { per_parcel, ..method(vec![charge.clone()]) };
        assert_eq!(method.charge(consignment, &country("GB").into()), Ok(gbp(want)), "{case}");
    }
    let free = Consignment { goods: gbp(9_000), ..two.clone() };
    let method = DeliveryMethod { per_parcel: true, max_items: Some(3), ..method(vec![charge]) };
    assert_eq!(method.charge(&free, &country("GB").into()), Ok(gbp(0)), "the whole order's total makes it free");
    let together = DeliveryMethod { per_parcel: false, ..method };
    assert_eq!(together.charge(&two, &country("GB").into()), Err(NotOffered::TooMany(3)), "limits are a parcel's");
}

fn zone(code: &str, places: Vec<ZonePlace>, except: Vec<ZonePlace>) -> Zone {
    Zone { code: code.to_owned(), places, except }
}

fn postcodes(code: &str, pattern: &str) -> ZonePlace {
    ZonePlace::Postcodes(country(code), PostcodePattern::parse(country(code), pattern).unwrap())
}

#[test]
fn the_narrowest_zone_counts() {
    let all_of = |code: &str| ZonePlace::Country(country(code));
    let home = zone("home", vec![all_of("GB"), all_of("IE")], vec![postcodes("GB", "JE*")]);
    let islands = zone("islands", vec![postcodes("GB", "KW15...KW17"), postcodes("GB", "ZE*")], vec![]);
    let shetland = zone("shetland", vec![postcodes("GB", "ZE*")], vec![]);
    let alaska = zone(
        "alaska",
        vec![ZonePlace::region(country("US"), "Alaska"), ZonePlace::region(country("US"), "AK")],
        vec![],
    );
    let charge = |pence, zone: Option<&Zone>| Charge { zone: zone.cloned().map(Arc::new), ..Charge::flat(gbp(pence)) };
    let charges = vec![
        charge(300, None),
        charge(350, Some(&home)),
        charge(900, Some(&islands)),
        charge(901, Some(&shetland)),
        charge(2_000, Some(&alaska)),
    ];
    let everywhere = method(charges.clone());
    let only_home = DeliveryMethod { zones: vec![Arc::new(home)], ..method(charges) };
    for (case, to, want_everywhere, want_home) in [
        ("no zone", to("FR", "", "75001"), Some(300), None),
        ("a country", to("GB", "", "BS1 4SP"), Some(350), Some(350)),
        ("the country alone is known", country("GB").into(), Some(350), Some(350)),
        ("a postcode before its country", to("GB", "", "kw15 1aa"), Some(900), Some(900)),
        ("of two alike the first", to("GB", "", "ZE1 0AA"), Some(900), Some(900)),
        ("an exception", to("GB", "", "JE2 3AB"), Some(300), None),
        ("a region as it is typed", to("US", "a.k.", "99501"), Some(2_000), Some(2_000)),
        ("another region", to("US", "Hawaii", "96801"), Some(300), None),
        ("a region of another country", to("CA", "AK", "V0A 1A0"), Some(300), None),
    ] {
        let of = |method: &DeliveryMethod| method.charge(&sent(1, &[(None, 1)]), &to).ok().map(Money::minor);
        assert_eq!((of(&everywhere), of(&only_home)), (want_everywhere, want_home), "{case}");
    }
}

#[test]
fn a_method_for_a_narrow_part_goes_there_alone() {
    let city = zone("city", vec![postcodes("GB", "BS1 *"), postcodes("GB", "BS2 *")], vec![]);
    let courier = DeliveryMethod { zones: vec![Arc::new(city)], ..method(vec![Charge::flat(gbp(500))]) };
    let goes = |postcode: &str| courier.charge_to(Currency::parse("GBP").unwrap(), &to("GB", "", postcode)).is_some();
    assert!(goes("bs14sp") && goes("BS2 0AA"));
    assert!(!goes("BS16 1AA") && !goes(""), "BS16 is another district, and nobody knows where *somewhere in* GB is");
}

#[test]
fn postcodes_are_matched() {
    for (code, pattern, inside, outside) in [
        ("DE", "27498", &["27498", " 27498 "][..], &["27499", "2749", ""][..]),
        ("GB", "bt*", &["BT1 1AA", "bt711aa"], &["B1 1BT", "BS1 4SP"]),
        ("GB", "KW1 *", &["KW1 4AA", "kw14aa"], &["KW15 1AA", "KW10 6AA"]),
        ("GB", "KW1*", &["KW1 4AA", "KW15 1AA"], &["IV1 1AA"]),
        ("GB", "KW15 1*", &["KW15 1AA"], &["KW15 2AA", "KW1 5AA"]),
        ("GB", "PA20...PA49", &["PA20 9AA", "PA49 1AA"], &["PA2 0AA", "PA3 4AA", "PA50 1AA", "PH20 1AA"]),
        ("GB", "EC1...EC4", &["EC1A 1BB", "EC4 1AA"], &["EC5 1AA", "E1 1AA"]),
        ("DE", "20095...21149", &["20095", "20999", "21149"], &["20094", "21150"]),
        ("DE", "25...27", &["25980", "27498"], &["24999", "28000"]),
        ("PT", "9000...9999", &["9000-001", "9999 999"], &["8999-999"]),
        ("PL", "00-001", &["00-001", "00001"], &["00-002"]),
        ("ES", "35*", &["35001"], &["53500"]),
        ("NL", "1011...1019", &["1011 AB", "1019zz"], &["1020 AB", "AB 1011"]),
    ] {
        let found = PostcodePattern::parse(country(code), pattern).unwrap();
        for postcode in inside {
            assert!(found.matches(country(code), postcode), "{pattern}: {postcode}");
        }
        for postcode in outside {
            assert!(!found.matches(country(code), postcode), "{pattern}: not {postcode}");
        }
    }
}

#[test]
fn patterns_that_can_never_match_are_refused() {
    for (code, pattern, told) in [
        ("GB", "BT", "BT*"),
        ("DE", "2749", "2749*"),
        ("DE", "", "27498"),
        ("DE", "*", "27498"),
        ("DE", "2?498", "27498"),
        ("DE", "27...2", "20095...21149"),
        ("DE", "28...27", "20095...21149"),
        ("DE", "...", "20095...21149"),
        ("GB", "PA20...PH49", "PA20...PA49"),
        ("GB", "PA49...PA20", "PA20...PA49"),
        ("GB", "PA20 9AA...PA21 9AA", "PA20...PA49"),
        ("GB", "20...49", "PA20...PA49"),
        ("DE", &"1".repeat(50), "27498"),
    ] {
        let error = PostcodePattern::parse(country(code), pattern).unwrap_err().to_string();
        assert!(error.contains(told), "{pattern}: {error}");
    }
}

#[test]
fn from_when_on_it_is_free_and_what_it_costs_at_least() {
    let by_price = |bands: &[(i64, i64)]| Charge { price_bands: price_bands(bands), ..Charge::flat(gbp(0)) };
    let until_4 = Charge { max_total: Some(gbp(4_000)), ..flat(395, 0, Some(4_500), &[]) };
    for (case, charge, free_from, least) in [
        ("flat", flat(395, 0, None, &[]), None, 395),
        ("by unit", flat(200, 50, Some(4_500), &[]), Some(4_500), 250),
        ("always free", flat(0, 0, None, &[]), Some(0), 0),
        ("by weight", flat(100, 0, None, &[("1", 320), ("5", 280)]), None, 380),
        ("the last price band is free", by_price(&[(0, 495), (2_500, 295), (5_000, 0)]), Some(5_000), 295),
        ("free in between", by_price(&[(0, 0), (2_500, 295)]), None, 0),
        (
            "two ways to be free",
            Charge { free_from: Some(gbp(4_000)), ..by_price(&[(0, 495), (5_000, 0)]) },
            Some(4_000),
            495,
        ),
        ("not offered for so much", until_4, None, 395),
    ] {
        assert_eq!((charge.free_from(), charge.least()), (free_from.map(gbp), Ok(gbp(least))), "{case}");
    }
}

fn at(text: &str) -> DateTime {
    text.parse().unwrap()
}

fn strings(list: &[&str]) -> Vec<String> {
    list.iter().map(|text| (*text).to_owned()).collect()
}

#[test]
fn orders_count_for_a_working_day_and_arrive_on_one() {
    // 2026-12-24 is a Thursday.
    let plain = Calendar::default();
    let early = Calendar { cut_off: Some("14:00".parse().unwrap()), ..plain.clone() };
    let holidays = Holidays::parse(&strings(&["12-25", "12-26", "2026-12-28", "01-01"])).unwrap();
    let closed = Calendar { holidays, ..early.clone() };
    let slow = Calendar { handling_days: 2, ..closed.clone() };
    let six_days = Weekdays::parse(&strings(&["mon", "tue", "wed", "thu", "fri", "SAT"])).unwrap();
    let open_on_saturday = Calendar { weekdays: six_days, ..early.clone() };
    let post = DeliveryMethod { days: (1, 2), ..method(vec![]) };
    let same_day = DeliveryMethod { days: (0, 0), ..method(vec![]) };
    let on_saturday = DeliveryMethod { weekdays: six_days, ..post.clone() };
    for (case, calendar, method, now, first, last) in [
        ("no cut-off time", &plain, &post, "2026-11-24T23:59", "2026-11-25", "2026-11-26"),
        ("before the cut-off time", &early, &post, "2026-11-24T13:59:59", "2026-11-25", "2026-11-26"),
        ("at the cut-off time", &early, &post, "2026-11-24T14:00", "2026-11-26", "2026-11-27"),
        ("over a weekend", &early, &post, "2026-11-27T09:00", "2026-11-30", "2026-12-01"),
        ("late on a Friday", &early, &post, "2026-11-27T15:00", "2026-12-01", "2026-12-02"),
        ("on a Saturday, whatever the time", &early, &post, "2026-11-28T09:00", "2026-12-01", "2026-12-02"),
        ("over Christmas", &closed, &post, "2026-12-24T09:00", "2026-12-29", "2026-12-30"),
        ("on a holiday", &closed, &post, "2026-12-25T09:00", "2026-12-30", "2026-12-31"),
        ("into another year", &closed, &post, "2026-12-31T09:00", "2027-01-04", "2027-01-05"),
        ("two days of packing", &slow, &post, "2026-11-24T09:00", "2026-11-27", "2026-11-30"),
        (
            "packed on a Saturday, carried on Monday",
            &open_on_saturday,
            &post,
            "2026-11-28T09:00",
            "2026-12-01",
            "2026-12-02",
        ),
        (
            "packed and carried on a Saturday",
            &open_on_saturday,
            &on_saturday,
            "2026-11-27T09:00",
            "2026-11-28",
            "2026-11-30",
        ),
        ("the same day", &early, &same_day, "2026-11-24T09:00", "2026-11-24", "2026-11-24"),
        ("the same day, but late", &early, &same_day, "2026-11-27T14:00", "2026-11-30", "2026-11-30"),
        ("the end of the calendar", &plain, &post, "9999-12-31T09:00", "9999-12-31", "9999-12-31"),
    ] {
        let day = |text: &str| text.parse::<Date>().unwrap();
        assert_eq!(calendar.arrival(at(now), method), (day(first), day(last)), "{case}");
    }
    assert_eq!(slow.days(&post), (3, 4), "packing included");
}

#[test]
fn a_store_that_never_works_still_has_an_answer() {
    let mut all_days = Vec::new();
    for month in 1..=12 {
        all_days.extend(
            (1..=31)
                .map(|day| format!("{month:02}-{day:02}"))
                .filter(|day| Holidays::parse(std::slice::from_ref(day)).is_ok()),
        );
    }
    assert_eq!(all_days.len(), 366);
    let never = Calendar { holidays: Holidays::parse(&all_days).unwrap(), ..Calendar::default() };
    let (first, _) = never.arrival(at("2026-11-24T09:00"), &method(vec![]));
    assert!(first > at("2036-01-01T00:00").date());
}

#[test]
fn holidays_and_weekdays_are_parsed_at_the_door() {
    for (raw, good) in [
        ("2026-12-25", true),
        (" 12-25 ", true),
        ("02-29", true),
        ("2026-02-29", false),
        ("13-01", false),
        ("25-12", false),
        ("25.12.", false),
        ("2026-12-25T00:00", false),
        ("20261225", false),
        ("", false),
    ] {
        assert_eq!(Holidays::parse(&strings(&[raw])).is_ok(), good, "{raw}");
    }
    assert!(Holidays::parse(&vec!["12-25".to_owned(); HOLIDAYS_MAX + 1]).is_err());
    for (names, good) in [(&["mon", "SUN"][..], true), (&["monday"], false), (&[], false)] {
        assert_eq!(Weekdays::parse(&strings(names)).is_ok(), good, "{names:?}");
    }
}

prop_compose! {
    /// A charge with bands in order; `rising` ones never become cheaper with weight.
    fn charges(rising: bool)(
        per_order in 0_i64..10_000, per_item in 0_i64..1_000, free in prop::option::of(0_i64..100_000),
        weights in prop::collection::btree_map(1_i64..50_000, 0_i64..5_000, 0..5),
        prices in prop::collection::btree_map(1_i64..100_000, 0_i64..5_000, 0..5), first_price in 0_i64..5_000,
    ) -> Charge {
        let mut amounts: Vec<i64> = weights.values().copied().collect();
        if rising {
            amounts.sort_unstable();
        }
        let band = |(grams, charge): (&i64, i64)| WeightBand { up_to_kg: Decimal::new(*grams, 3).unwrap(), charge: gbp(charge) };
        let from = |(from, charge): (&i64, &i64)| (*from, *charge);
        let prices: Vec<(i64, i64)> = std::iter::once((0, first_price)).chain(prices.iter().map(from)).collect();
        Charge {
            bands: weights.keys().zip(amounts).map(band).collect(),
            price_bands: price_bands(if first_price % 2 == 0 { &prices } else { &[] }),
            ..flat(per_order, per_item, free, &[])
        }
    }
}

fn lines(least: usize) -> impl Strategy<Value = Vec<SentLine>> {
    let line = (prop::option::of(1_u128..4), prop::option::of(0_i64..30_000), 1_u32..100);
    let line = line.prop_map(|(from, grams, units)| {
        let weight_kg = grams.map(|grams| Decimal::new(grams, 3).unwrap());
        SentLine { partner: from.map(partner), weight_kg, units }
    });
    prop::collection::vec(line, least..12)
}

proptest! {
    #[test]
    fn a_charge_is_never_below_nothing(charge in charges(false), lines in lines(0), goods in 0_i64..200_000, per_parcel in any::<bool>()) {
        let method = DeliveryMethod { per_parcel, ..method(vec![charge.clone()]) };
        let got = method.charge(&Consignment { goods: gbp(goods), lines }, &country("GB").into()).unwrap();
        prop_assert!(!got.is_negative());
        if charge.free_from().is_some_and(|from| from.minor() <= goods) {
            prop_assert!(got.is_zero(), "{got:?}");
        }
    }

    /// Where heavier bands cost no less, neither does more of the same for the same money.
    #[test]
    fn more_goods_never_cost_less_to_send(charge in charges(true), lines in lines(1), more in 1_u32..50, place in any::<prop::sample::Index>()) {
        let method = method(vec![charge]);
        let of = |lines: &[SentLine]| method.charge(&Consignment { goods: gbp(2_000), lines: lines.to_vec() }, &country("GB").into()).unwrap();
        let mut heavier = lines.clone();
        heavier[place.index(lines.len())].units += more;
        prop_assert!(of(&lines).minor() <= of(&heavier).minor());
    }

    #[test]
    fn parcels_cost_what_each_costs_for_itself(charge in charges(false), lines in lines(0), goods in 0_i64..200_000) {
        let per_parcel = DeliveryMethod { per_parcel: true, ..method(vec![charge]) };
        let of = |lines: Vec<SentLine>| per_parcel.charge(&Consignment { goods: gbp(goods), lines }, &country("GB").into()).unwrap().minor();
        let of_partner = |from: Option<PartnerId>| lines.iter().copied().filter(|line| line.partner == from).collect::<Vec<_>>();
        let alone: i64 = [None, Some(partner(1)), Some(partner(2)), Some(partner(3))].into_iter().map(|from| of(of_partner(from))).sum();
        prop_assert_eq!(of(lines.clone()), alone);
    }

    #[test]
    fn it_arrives_on_a_working_day_and_later_orders_never_earlier(
        minutes in 0_i64..2_000_000, later in 0_i64..20_000, cut_off in prop::option::of(0_i8..24), handling_days in 0_u32..10,
        days in (0_u32..20, 0_u32..20), free in prop::collection::vec(1_i8..13, 0..12), works in prop::collection::vec(0_usize..7, 1..7),
        carries in prop::collection::vec(0_usize..7, 1..7),
    ) {
        let set = |days: &[usize]| Weekdays::parse(&days.iter().map(|day| ["mon", "tue", "wed", "thu", "fri", "sat", "sun"][*day].to_owned()).collect::<Vec<_>>()).unwrap();
        let holidays = free.iter().map(|month| format!("{month:02}-{month:02}")).collect::<Vec<_>>();
        let calendar = Calendar {
            weekdays: set(&works), holidays: Holidays::parse(&holidays).unwrap(),
            cut_off: cut_off.map(|hour| jiff::civil::time(hour, 0, 0, 0)), handling_days,
        };
        let method = DeliveryMethod { days: (days.0.min(days.1), days.0.max(days.1)), weekdays: set(&carries), ..method(vec![]) };
        let moment = |minutes: i64| at("2026-01-01T00:00") + jiff::Span::new().minutes(minutes);
        let (first, last) = calendar.arrival(moment(minutes), &method);
        prop_assert!(moment(minutes).date() <= first && first <= last);
        for day in [first, last] {
            prop_assert!(method.weekdays.contains(day.weekday()) && !calendar.holidays.contains(day), "{day}");
        }
        let (first_later, last_later) = calendar.arrival(moment(minutes + later), &method);
        prop_assert!(first <= first_later && last <= last_later);
    }

    #[test]
    fn a_pattern_says_what_it_is(code in prop::sample::select(vec!["GB", "DE", "NL", "KE"]), raw in "[A-Z]{0,2}[0-9]{0,3}( |-)?[0-9A-Z]{0,3}([*]|[.]{3}[A-Z]{0,2}[0-9]{0,3})?", postcode in "\\PC{0,12}") {
        if let Ok(pattern) = PostcodePattern::parse(country(code), &raw) {
            prop_assert_eq!(PostcodePattern::parse(country(code), &pattern.to_string()), Ok(pattern.clone()));
            let _ = pattern.matches(country(code), &postcode);
        }
        let _ = PostcodePattern::parse(country(code), &postcode);
    }
}
