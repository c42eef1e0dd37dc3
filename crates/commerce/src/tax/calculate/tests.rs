use super::*;
use crate::address::Country;
use crate::money::Currency;
use crate::tax::place::TaxPlace;
use crate::tax::request::{TAX_LINES_MAX, TaxableLine};
use crate::tax::rounding::{RoundedPer, RoundingMode, RoundingRule};
use crate::tax::treatment::{RatesOf, TaxTreatment};
use TaxDisplay::{Excluding, Including};
use proptest::prelude::*;

const TABLE: &str = "country,region,postcodes,class,level,name,rate,from,until
DE,,,standard,,MwSt,19,,
DE,,,books,,MwSt,7,,
DE,,,food,,MwSt,7,,
DE,,,zero,,MwSt,0,,
FR,,,standard,,TVA,20,,2027-12-31
FR,,,standard,,TVA,21,2028-01-01,
FR,,,books,,TVA,5.5,,
US,NY,,standard,region,New York State sales tax,4,,
US,NY,10001..10299,standard,city,New York City sales tax,4.5,,
US,NY,10001..10299,standard,district,MCTD surcharge,0.375,,
US,NY,,clothing,region,New York State sales tax,4,,
";

fn table() -> TaxTable {
    TaxTable::parse(TABLE).unwrap()
}

fn place(country: &str, region: &str, postcode: &str) -> TaxPlace {
    TaxPlace::new(Country::parse(country).unwrap(), region, postcode)
}

fn class(code: &str) -> TaxClass {
    TaxClass::parse(code).unwrap()
}

fn request(code: &str, base: TaxDisplay, rounding: RoundingRule, lines: &[(i64, &str)]) -> TaxRequest {
    let currency = Currency::parse(code).unwrap();
    let line = |(minor, code): &(i64, &str)| TaxableLine {
        amount: Money::from_minor(*minor, currency),
        class: class(code),
        is_sent: true,
    };
    TaxRequest {
        currency,
        base,
        day: "2026-11-30".parse().unwrap(),
        home: place("DE", "", "10115"),
        destination: place("DE", "", "20095"),
        treatment: TaxTreatment::Charged(RatesOf::Destination),
        rounding,
        lines: lines.iter().map(line).collect(),
        delivery: None,
    }
}

fn rounding(per: RoundedPer, mode: RoundingMode) -> RoundingRule {
    RoundingRule { per, mode }
}

fn with_delivery(mut request: TaxRequest, minor: i64, taxed: DeliveryTax) -> TaxRequest {
    request.delivery = Some(TaxableDelivery { amount: Money::from_minor(minor, request.currency), taxed });
    request
}

/// The taxes of the lines, of delivery, and the tax lines as `rate: tax on net`.
fn told(request: &TaxRequest) -> (Vec<i64>, Option<i64>, Vec<String>) {
    let answer = calculate(request, &table()).unwrap();
    assert_eq!(answer.check(request), Ok(()));
    let line = |line: &TaxLine| format!("{}: {} on {}", line.applied.rate, line.tax.minor(), line.net.minor());
    (
        answer.lines.iter().map(|line| line.total.tax().minor()).collect(),
        answer.delivery.map(|delivery| delivery.total.tax().minor()),
        answer.taxes.iter().map(line).collect(),
    )
}

#[test]
fn goods_that_are_not_sent_have_no_part_in_delivery() {
    let mut request =
        request("EUR", TaxDisplay::Excluding, RoundingRule::default(), &[(10_000, "zero"), (1_000, "books")]);
    request.lines[0].is_sent = false;
    let beside = with_delivery(request.clone(), 500, DeliveryTax::InProportion);
    let rate = told(&with_delivery(request.clone(), 500, DeliveryTax::OwnClass(class("books")))).1;
    assert_eq!(told(&beside).1, rate, "a gift card beside a book makes no postage untaxed");
    request.lines[1].is_sent = false;
    let alone = with_delivery(request.clone(), 500, DeliveryTax::InProportion);
    let standard = told(&with_delivery(request, 500, DeliveryTax::OwnClass(TaxClass::standard()))).1;
    assert_eq!(told(&alone).1, standard, "nothing is sent");
}

#[test]
fn each_rate_has_a_tax_line() {
    let rule = RoundingRule::default();
    for (case, base, lines, taxes, tax_lines) in [
        ("with tax", Including, vec![(11_900, "standard")], vec![1_900], vec!["19%: 1900 on 10000"]),
        ("without tax", Excluding, vec![(10_000, "standard")], vec![1_900], vec!["19%: 1900 on 10000"]),
        (
            "two rates, in the order of the basket",
            Excluding,
            vec![(1_000, "books"), (1_000, "standard"), (100, "books")],
            vec![70, 190, 7],
            vec!["7%: 77 on 1100", "19%: 190 on 1000"],
        ),
        (
            "two classes of one rate",
            Excluding,
            vec![(1_000, "books"), (100, "food")],
            vec![70, 7],
            vec!["7%: 77 on 1100"],
        ),
        ("a rate of nothing", Excluding, vec![(500, "zero")], vec![0], vec!["0%: 0 on 500"]),
        ("a class without a rule", Excluding, vec![(1_000, "toys")], vec![190], vec!["19%: 190 on 1000"]),
        ("a price of nothing", Including, vec![(0, "standard")], vec![0], vec!["19%: 0 on 0"]),
        ("nothing", Including, vec![], vec![], vec![]),
    ] {
        let (got, delivery, got_lines) = told(&request("EUR", base, rule, &lines));
        assert_eq!((got, delivery), (taxes, None), "{case}");
        assert_eq!(got_lines, tax_lines, "{case}");
    }
}

#[test]
fn rounding_is_as_the_store_declares() {
    use RoundedPer::{Line, Total};
    use RoundingMode::{HalfEven, HalfUp};
    let three = [(150, "books"), (150, "books"), (150, "books")];
    for (case, rule, code, lines, taxes, tax_line) in [
        ("10.5 a line, up", rounding(Line, HalfUp), "EUR", &three[..], vec![11, 11, 11], "7%: 33 on 450"),
        ("10.5 a line, to even", rounding(Line, HalfEven), "EUR", &three[..], vec![10, 10, 10], "7%: 30 on 450"),
        ("31.5 in total, up", rounding(Total, HalfUp), "EUR", &three[..], vec![11, 11, 10], "7%: 32 on 450"),
        ("31.5 in total, to even", rounding(Total, HalfEven), "EUR", &three[..], vec![11, 11, 10], "7%: 32 on 450"),
        ("10.5 in total, to even", rounding(Total, HalfEven), "EUR", &three[..1], vec![10], "7%: 10 on 150"),
        ("in yen", rounding(Total, HalfUp), "JPY", &three[..], vec![11, 11, 10], "7%: 32 on 450"),
    ] {
        let (got, _, tax_lines) = told(&request(code, Excluding, rule, lines));
        assert_eq!((got, tax_lines), (taxes, vec![tax_line.to_owned()]), "{case}");
    }
}

#[test]
fn several_levels_are_charged_together() {
    let to_new_york = |lines: &[(i64, &str)], per| {
        let mut request = request("USD", Excluding, rounding(per, RoundingMode::HalfUp), lines);
        request.destination = place("US", "NY", "10001-1234");
        request
    };
    // 8.875 % of 19.99 is 1.774…; of 39.98, 3.548….
    let one = told(&to_new_york(&[(1_999, "standard")], RoundedPer::Line));
    assert_eq!(one.0, [177]);
    assert_eq!(one.2, ["4%: 80 on 1999", "4.5%: 90 on 1999", "0.375%: 7 on 1999"]);
    let two = told(&to_new_york(&[(1_999, "standard"), (1_999, "standard")], RoundedPer::Total));
    assert_eq!(two.0, [178, 177]);
    assert_eq!(two.2, ["4%: 160 on 3998", "4.5%: 180 on 3998", "0.375%: 15 on 3998"]);
    let mixed = to_new_york(&[(1_000, "standard"), (1_000, "clothing")], RoundedPer::Line);
    let mixed = with_delivery(mixed, 501, DeliveryTax::InProportion);
    assert_eq!(
        told(&mixed),
        (
            vec![89, 40],
            Some(32),
            vec!["4%: 100 on 2501".to_owned(), "4.5%: 56 on 1251".to_owned(), "0.375%: 5 on 1251".to_owned()]
        ),
        "the state's tax is one line, whatever else is charged with it"
    );
}

#[test]
fn delivery_is_taxed_by_its_class_or_like_the_goods() {
    let own = |code: &str| DeliveryTax::OwnClass(class(code));
    let goods = [(2_000, "standard"), (1_000, "books")];
    for (case, base, lines, minor, taxed, tax, tax_lines) in [
        ("its own class", Excluding, &goods[..], 600, own("standard"), 114, vec!["19%: 494 on 2600", "7%: 70 on 1000"]),
        (
            "a class of no line",
            Excluding,
            &goods[..],
            600,
            own("zero"),
            0,
            vec!["19%: 380 on 2000", "7%: 70 on 1000", "0%: 0 on 600"],
        ),
        (
            "in proportion",
            Excluding,
            &goods[..],
            600,
            DeliveryTax::InProportion,
            90,
            vec!["19%: 456 on 2400", "7%: 84 on 1200"],
        ),
        (
            "in proportion, a unit left",
            Excluding,
            &goods[..],
            601,
            DeliveryTax::InProportion,
            90,
            vec!["19%: 456 on 2401", "7%: 84 on 1200"],
        ),
        (
            "in proportion, with tax",
            Including,
            &[(2_380, "standard"), (1_070, "books")],
            690,
            DeliveryTax::InProportion,
            90,
            vec!["19%: 456 on 2400", "7%: 84 on 1200"],
        ),
        (
            "free goods",
            Excluding,
            &[(0, "books"), (0, "standard")],
            100,
            DeliveryTax::InProportion,
            19,
            vec!["7%: 0 on 0", "19%: 19 on 100"],
        ),
        ("no goods", Excluding, &[], 100, DeliveryTax::InProportion, 19, vec!["19%: 19 on 100"]),
        (
            "free delivery",
            Excluding,
            &goods[..],
            0,
            DeliveryTax::InProportion,
            0,
            vec!["19%: 380 on 2000", "7%: 70 on 1000"],
        ),
    ] {
        let request = with_delivery(request("EUR", base, RoundingRule::default(), lines), minor, taxed);
        let (_, delivery, got) = told(&request);
        assert_eq!((delivery, got), (Some(tax), tax_lines.into_iter().map(str::to_owned).collect()), "{case}");
    }
}

#[test]
fn the_place_and_the_day_choose_the_rates() {
    let mut request = request("EUR", Excluding, RoundingRule::default(), &[(1_000, "standard"), (1_000, "books")]);
    request.destination = place("FR", "", "75001");
    assert_eq!(told(&request).0, [200, 55]);
    request.day = "2028-01-01".parse().unwrap();
    assert_eq!(told(&request).0, [210, 55]);
    request.treatment = TaxTreatment::Charged(RatesOf::Home);
    assert_eq!(told(&request).0, [190, 70]);
    for treatment in
        [TaxTreatment::ReverseCharged, TaxTreatment::Export, TaxTreatment::ExemptBusiness, TaxTreatment::NotRegistered]
    {
        request.treatment = treatment;
        // Where no tax is charged, a place without rules is no gap.
        request.destination = place("BR", "", "");
        assert_eq!(told(&request), (vec![0, 0], None, vec![]), "{treatment:?}");
    }
}

#[test]
fn what_has_no_answer_is_refused() {
    let fine = request("EUR", Including, RoundingRule::default(), &[(1_000, "standard")]);
    let refused = |change: &dyn Fn(&mut TaxRequest)| {
        let mut request = fine.clone();
        change(&mut request);
        calculate(&request, &table()).unwrap_err()
    };
    assert!(matches!(refused(&|request| request.destination = place("BR", "", "")), TaxError::NoRule(_)));
    let negative = |request: &mut TaxRequest| request.lines[0].amount = Money::from_minor(-1, request.currency);
    assert_eq!(refused(&negative), TaxError::Negative);
    let dollars = |request: &mut TaxRequest| request.currency = Currency::parse("USD").unwrap();
    assert!(matches!(refused(&dollars), TaxError::Money(MoneyError::Mixed(_, _))));
    let many = |request: &mut TaxRequest| request.lines = vec![request.lines[0].clone(); TAX_LINES_MAX + 1];
    assert_eq!(refused(&many), TaxError::TooManyLines);
    let huge = |request: &mut TaxRequest| {
        request.base = Excluding;
        request.lines[0].amount = Money::from_minor(i64::MAX, request.currency);
    };
    assert_eq!(refused(&huge), TaxError::Money(MoneyError::TooLarge));
    let sum = |request: &mut TaxRequest| {
        request.lines[0].amount = Money::from_minor(i64::MAX, request.currency);
        request.lines.push(request.lines[0].clone());
    };
    assert_eq!(refused(&sum), TaxError::Money(MoneyError::TooLarge));
}

const CLASSES: &[&str] = &["standard", "books", "food", "zero", "clothing", "toys"];

/// Any basket of these classes in any currency, base and rounding, to one of these countries; delivery in proportion, or
/// none, or of its own class.
fn requests(
    to: &'static [&'static str],
    classes: &'static [&'static str],
    like_goods: bool,
) -> impl Strategy<Value = TaxRequest> {
    let code = prop::sample::select(vec!["JPY", "EUR", "KWD"]);
    let lines = prop::collection::vec((0_i64..10_000_000, prop::sample::select(classes)), 0..40);
    let delivery = prop::option::of((0_i64..100_000, prop::sample::select(classes)));
    let to = prop::sample::select(to);
    (code, any::<[bool; 3]>(), lines, delivery, to).prop_map(
        move |(code, [including, total, even], lines, delivery, to)| {
            let base = if including { Including } else { Excluding };
            let per = if total { RoundedPer::Total } else { RoundedPer::Line };
            let mode = if even { RoundingMode::HalfEven } else { RoundingMode::HalfUp };
            let mut request = request(code, base, rounding(per, mode), &lines);
            request.destination = place(to, "NY", "10001");
            match delivery {
                Some((minor, _)) if like_goods => with_delivery(request, minor, DeliveryTax::InProportion),
                Some((minor, code)) => with_delivery(request, minor, DeliveryTax::OwnClass(class(code))),
                None => request,
            }
        },
    )
}

proptest! {
    #[test]
    fn the_laws_of_tax_hold(
        request in prop_oneof![requests(&["US", "DE", "FR"], CLASSES, true), requests(&["US", "DE", "FR"], CLASSES, false)],
    ) {
        let answer = calculate(&request, &table()).unwrap();
        prop_assert_eq!(answer.check(&request), Ok(()), "prices stay, nothing is below 0, shares and tax lines add up");
        let total = answer.total(&request).unwrap();
        let net: i64 = answer.lines.iter().chain(&answer.delivery).map(|line| line.total.net().minor()).sum();
        let tax: i64 = answer.taxes.iter().map(|line| line.tax.minor()).sum();
        prop_assert_eq!((net, tax), (total.net().minor(), total.tax().minor()));
        prop_assert_eq!(net + tax, total.gross().minor());
        let asked: i64 = request.amounts().map(Money::minor).sum();
        prop_assert_eq!(total.shown(request.base).minor(), asked);
    }

    #[test]
    fn a_tax_line_is_the_rounded_exact_sum(request in requests(&["DE", "FR"], CLASSES, false)) {
        // One rate holds at a time, and delivery of its own class is one more line.
        let answer = calculate(&request, &table()).unwrap();
        for (index, tax_line) in answer.taxes.iter().enumerate() {
            let rate = i128::from(tax_line.applied.rate.millionths());
            let whole = 1_000_000 + if request.base == Including { rate } else { 0 };
            let of_rate: Vec<(Money, i64)> = answer.lines.iter().chain(&answer.delivery).zip(request.amounts())
                .filter(|(line, _)| line.shares.iter().any(|share| share.tax_line == index))
                .map(|(line, amount)| (amount, line.total.tax().minor())).collect();
            let round = |amount: i128| request.rounding.mode.divide(amount * rate, whole).unwrap();
            let total: i128 = of_rate.iter().map(|(amount, _)| i128::from(amount.minor())).sum();
            if request.rounding.per == RoundedPer::Total {
                prop_assert_eq!(i128::from(tax_line.tax.minor()), round(total));
            }
            for (amount, tax) in of_rate {
                let (amount, tax) = (i128::from(amount.minor()), i128::from(tax));
                match request.rounding.per {
                    RoundedPer::Line => prop_assert_eq!(tax, round(amount)),
                    RoundedPer::Total => prop_assert!((tax * whole - amount * rate).abs() < whole, "less than a unit off"),
                }
            }
        }
    }

    #[test]
    fn levels_share_the_tax_in_proportion(request in requests(&["US"], &["standard", "toys"], false)) {
        let answer = calculate(&request, &table()).unwrap();
        let total = i128::from(answer.total(&request).unwrap().tax().minor());
        for line in &answer.taxes {
            let exact = total * i128::from(line.applied.rate.millionths());
            prop_assert!((i128::from(line.tax.minor()) * 88_750 - exact).abs() < 88_750, "less than a unit off");
        }
    }

    #[test]
    fn delivery_in_proportion_keeps_its_price(request in requests(&["DE"], CLASSES, true)) {
        let answer = calculate(&request, &table()).unwrap();
        for (delivery, asked) in answer.delivery.iter().zip(&request.delivery) {
            prop_assert_eq!(delivery.total.shown(request.base), asked.amount);
            let net: i64 = delivery.shares.iter().map(|share| share.net.minor()).sum();
            prop_assert_eq!(net, delivery.total.net().minor(), "no unit of the net price is without its rate");
            let shares = |line: &TaxedLine| line.shares.iter().map(|share| share.tax_line).collect::<Vec<_>>();
            let known: Vec<usize> = answer.lines.iter().flat_map(shares).collect();
            let of_goods = shares(delivery).iter().all(|tax_line| known.contains(tax_line));
            prop_assert!(of_goods || request.lines.is_empty(), "only rates of the goods");
        }
    }

    #[test]
    fn no_amount_panics(minors in prop::collection::vec(any::<i64>(), 0..5), including in any::<bool>(), total in any::<bool>()) {
        let lines: Vec<(i64, &str)> = minors.iter().map(|minor| (*minor, "standard")).collect();
        let base = if including { Including } else { Excluding };
        let per = if total { RoundedPer::Total } else { RoundedPer::Line };
        let request = request("EUR", base, rounding(per, RoundingMode::HalfEven), &lines);
        let request = with_delivery(request, minors.first().copied().unwrap_or(i64::MAX), DeliveryTax::InProportion);
        if let Ok(answer) = calculate(&request, &table()) {
            prop_assert_eq!(answer.check(&request), Ok(()));
        }
    }
}
