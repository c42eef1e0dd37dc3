use super::*;
use crate::field::arbitrary_json;
use commerce::address::Country;
use commerce::market::TaxDisplay;
use commerce::money::{Currency, Money};
use commerce::tax::class::TaxClass;
use commerce::tax::place::TaxPlace;
use commerce::tax::request::{DeliveryTax, TaxableDelivery, TaxableLine};
use commerce::tax::rounding::{RoundedPer, RoundingMode, RoundingRule};
use commerce::tax::treatment::{RatesOf, TaxTreatment};
use proptest::prelude::*;
use serde_json::{Value, json};

fn currency() -> Currency {
    Currency::parse("EUR").unwrap()
}

fn class(code: &str) -> TaxClass {
    TaxClass::parse(code).unwrap()
}

/// A mug for 10.00 and 1.90, a book for 10.00 and 0.70, delivery for 5.00 and 0.95.
fn request() -> TaxRequest {
    let line =
        |code: &str| TaxableLine { amount: Money::from_minor(1_000, currency()), class: class(code), is_sent: true };
    let place = |postcode: &str| TaxPlace::new(Country::parse("DE").unwrap(), "", postcode);
    TaxRequest {
        currency: currency(),
        base: TaxDisplay::Excluding,
        day: "2026-11-30".parse().unwrap(),
        home: place("10115"),
        destination: place("20095"),
        treatment: TaxTreatment::Charged(RatesOf::Destination),
        rounding: RoundingRule { per: RoundedPer::Line, mode: RoundingMode::HalfUp },
        lines: vec![line("standard"), line("books")],
        delivery: Some(TaxableDelivery {
            amount: Money::from_minor(500, currency()),
            taxed: DeliveryTax::OwnClass(TaxClass::standard()),
        }),
    }
}

fn table() -> TaxTable {
    TaxTable::parse("country,class,name,rate\nDE,standard,MwSt,19\nDE,books,MwSt,7\n").unwrap()
}

/// What the table says of [`request`], as a provider would write it.
fn good() -> Value {
    let line = |place: u64, net: &str, tax: &str| json!({"net": net, "tax": tax, "shares": [{"tax_line": place, "net": net, "tax": tax}]});
    json!({
        "lines": [line(0, "10.00", "1.90"), line(1, "10.00", "0.70")],
        "delivery": line(0, "5.00", "0.95"),
        "taxes": [
            {"name": "MwSt", "level": "country", "country": "DE", "region": null, "rate": "19", "net": "15.00", "tax": "2.85"},
            {"name": "MwSt", "level": "country", "country": "DE", "rate": "7.0", "net": "10.00", "tax": "0.70"},
        ],
    })
}

fn read(answer: &Value, request: &TaxRequest) -> Result<TaxAnswer, String> {
    let read = wire::read_answer(answer, request).map_err(|error| error.to_string())?;
    read.check(request).map_err(|problem| problem.to_string())?;
    Ok(read)
}

#[test]
fn the_question_says_what_is_sold_and_where() {
    let mut request = request();
    let body = |request: &TaxRequest| serde_json::to_value(wire::QuestionBody::of(request)).unwrap();
    let want = json!({
        "format": 1, "question": "tax", "currency": "EUR", "tax_included": false, "day": "2026-11-30",
        "home": {"country": "DE", "region": null, "postcode": "10115"},
        "destination": {"country": "DE", "region": null, "postcode": "20095"},
        "treatment": "charged_at_destination", "rounding": {"per": "line", "halves": "up"},
        "lines": [{"amount": "10.00", "class": "standard"}, {"amount": "10.00", "class": "books"}],
        "delivery": {"amount": "5.00", "class": "standard"},
    });
    assert_eq!(body(&request), want);
    request.base = TaxDisplay::Including;
    request.destination = TaxPlace::new(Country::parse("US").unwrap(), "New York", "10001-1234");
    request.treatment = TaxTreatment::Charged(RatesOf::Home);
    request.rounding = RoundingRule { per: RoundedPer::Total, mode: RoundingMode::HalfEven };
    request.delivery.as_mut().unwrap().taxed = DeliveryTax::InProportion;
    let other = body(&request);
    assert_eq!(other["tax_included"], true);
    assert_eq!(other["destination"], json!({"country": "US", "region": "NY", "postcode": "10001"}));
    assert_eq!(other["treatment"], "charged_at_home");
    assert_eq!(other["rounding"], json!({"per": "total", "halves": "even"}));
    assert_eq!(other["delivery"], json!({"amount": "5.00", "class": null}));
    request.delivery = None;
    assert_eq!(body(&request)["delivery"], Value::Null);
}

#[test]
fn the_page_for_developers_shows_a_question_and_an_answer() {
    let [asked, answer] = <[Value; 2]>::try_from(crate::documented::json_below("Tax")).unwrap();
    let usd = |minor| Money::from_minor(minor, Currency::parse("USD").unwrap());
    let place = |postcode: &str| TaxPlace::new(Country::parse("US").unwrap(), "NY", postcode);
    let mut request =
        TaxRequest { currency: usd(0).currency(), home: place("10001"), destination: place("14850"), ..request() };
    for (line, minor) in request.lines.iter_mut().zip([2_000, 1_000]) {
        line.amount = usd(minor);
    }
    request.delivery.as_mut().unwrap().amount = usd(500);
    assert_eq!(serde_json::to_value(wire::QuestionBody::of(&request)).unwrap(), asked);
    let read = read(&answer, &request).unwrap();
    assert_eq!(read.total(&request).unwrap().tax(), usd(240));
}

#[test]
fn a_provider_that_answers_as_the_table_does_is_read_to_the_same_values() {
    assert_eq!(read(&good(), &request()), Ok(calculate(&request(), &table()).unwrap()));
}

#[test]
fn an_answer_that_cannot_be_believed_is_refused() {
    type Change = fn(&mut Value);
    let changes: [(Change, &str); 17] = [
        (|a| *a = json!([]), "the answer is not an object"),
        (|a| a["lines"] = json!([]), "lines has 0 lines, 2 were asked about"),
        (|a| a["delivery"] = Value::Null, "the answer has other lines than the question"),
        (|a| a["lines"][1]["net"] = json!("9.99"), "the answer changes the price of line 2"),
        (|a| a["delivery"]["net"] = json!("5.01"), "the answer changes the price of delivery"),
        (|a| a["lines"][0]["tax"] = json!("1.91"), "the taxes of line 1 do not add up"),
        (|a| a["lines"][0]["tax"] = json!("-1.90"), "lines[0].tax is below nothing"),
        (
            |a| a["lines"][0]["tax"] = json!("1.905"),
            "lines[0].tax has more than the 2 digits behind the point that EUR has",
        ),
        (|a| a["lines"][0]["net"] = json!(10), "lines[0].net is not an amount in quotation marks such as \"12.50\""),
        (|a| a["lines"][0]["shares"][0]["tax_line"] = json!(9), "the taxes of line 1 do not add up"),
        (
            |a| a["lines"][0]["shares"][0]["tax_line"] = json!(-1),
            "lines[0].shares[0].tax_line is not a place in a list, counted from 0",
        ),
        (|a| a["taxes"][0]["tax"] = json!("2.86"), "tax line 1 is not the sum of its parts"),
        (
            |a| a["taxes"][1]["rate"] = json!("7e0"),
            "taxes[1].rate is not a percentage in quotation marks such as \"8.875\"",
        ),
        (
            |a| a["taxes"][1]["rate"] = json!("1000.1"),
            "taxes[1].rate is not a percentage in quotation marks such as \"8.875\"",
        ),
        (|a| a["taxes"][1]["level"] = json!("moon"), "taxes[1].level is not country, region, county, city or district"),
        (|a| a["taxes"][1]["name"] = json!("\u{202e}"), "taxes[1].name is not the name of a tax"),
        (|a| a["taxes"][1]["country"] = json!("Germany"), "taxes[1].country is not a country such as US"),
    ];
    for (change, want) in changes {
        let mut answer = good();
        change(&mut answer);
        assert_eq!(read(&answer, &request()).unwrap_err(), want, "{answer}");
    }
    let untaxed = TaxRequest { treatment: TaxTreatment::Export, ..request() };
    assert_eq!(read(&good(), &untaxed).unwrap_err(), "the answer charges tax although the sale is not taxed");
}

/// A provider that answers as it is told and counts how often it was asked.
struct Told(Result<TaxAnswer, TaxProviderError>, std::sync::atomic::AtomicU32);

impl TaxProvider for Told {
    fn tax<'a>(&'a self, _: &'a TaxRequest) -> TaxReply<'a> {
        self.1.fetch_add(1, std::sync::atomic::Ordering::SeqCst);
        let answer = self.0.clone();
        Box::pin(async { answer })
    }
}

#[tokio::test]
async fn the_table_answers_where_the_provider_does_not_and_it_is_told() {
    let (request, table) = (request(), table());
    let by_table = calculate(&request, &table).unwrap();
    let found = |answer: &TaxAnswer, by| Ok(TaxFound { answer: answer.clone(), by });
    assert_eq!(find_tax(None, &table, &request).await, found(&by_table, TaxedBy::Table));
    assert_eq!(find_tax(Some(&table), &table, &request).await, found(&by_table, TaxedBy::Provider));
    let error = TaxProviderError::from(OutsideError::Resting);
    let silent = Told(Err(error.clone()), 0.into());
    assert_eq!(find_tax(Some(&silent), &table, &request).await, found(&by_table, TaxedBy::TableInstead(error)));
    // Neither knows: what the table lacks is the error, since that is what staff can mend.
    let empty = TaxTable::default();
    assert!(matches!(find_tax(Some(&silent), &empty, &request).await, Err(TaxError::NoRule(_))));
    assert_eq!(silent.1.load(std::sync::atomic::Ordering::SeqCst), 2);
}

#[tokio::test]
async fn nobody_is_asked_about_a_sale_without_tax() {
    for treatment in
        [TaxTreatment::ReverseCharged, TaxTreatment::Export, TaxTreatment::ExemptBusiness, TaxTreatment::NotRegistered]
    {
        let provider = Told(Err(OutsideError::Busy.into()), 0.into());
        let request = TaxRequest { treatment, ..request() };
        let found = find_tax(Some(&provider), &TaxTable::default(), &request).await.unwrap();
        assert_eq!((found.by, found.answer.taxes.len()), (TaxedBy::Table, 0), "{treatment:?}");
        assert_eq!(provider.1.load(std::sync::atomic::Ordering::SeqCst), 0, "{treatment:?}");
    }
}

/// The good answer with one of its values replaced.
fn near_answer() -> impl Strategy<Value = Value> {
    let pointer = prop::sample::select(vec![
        "/lines",
        "/lines/0",
        "/lines/0/net",
        "/lines/0/tax",
        "/lines/1/shares",
        "/lines/1/shares/0",
        "/lines/0/shares/0/tax_line",
        "/lines/0/shares/0/net",
        "/delivery",
        "/delivery/tax",
        "/taxes",
        "/taxes/0",
        "/taxes/0/rate",
        "/taxes/0/name",
        "/taxes/0/tax",
        "/taxes/1/net",
        "/taxes/0/region",
    ]);
    let amount = "[0-9]{0,19}(\\.[0-9]{0,3})?".prop_map(Value::from);
    (pointer, prop_oneof![amount, arbitrary_json()]).prop_map(|(pointer, value)| {
        let mut answer = good();
        *answer.pointer_mut(pointer).unwrap() = value;
        answer
    })
}

proptest! {
    #[test]
    fn no_answer_panics_or_changes_a_price(answer in prop_oneof![arbitrary_json(), near_answer()], including in any::<bool>()) {
        let base = if including { TaxDisplay::Including } else { TaxDisplay::Excluding };
        let request = TaxRequest { base, ..request() };
        if let Ok(answer) = read(&answer, &request) {
            for (line, asked) in answer.lines.iter().chain(&answer.delivery).zip(request.amounts()) {
                prop_assert_eq!(line.total.shown(base), asked);
                prop_assert!(!line.total.tax().is_negative() && !line.total.net().is_negative());
            }
        }
    }
}
