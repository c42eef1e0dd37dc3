//! Prices, tax and VAT numbers over a real connection, from the question to what the store goes on with.

use crate::support::{Module, Store, address, json, status};
use axum::http::Method;
use commerce::address::Country;
use commerce::basket::{BASKET_LINES_MAX, Quantity};
use commerce::ids::ProductId;
use commerce::language::Language;
use commerce::market::{MarketCode, TaxDisplay};
use commerce::money::{Currency, Money};
use commerce::tax::class::TaxClass;
use commerce::tax::place::TaxPlace;
use commerce::tax::request::{TaxRequest, TaxableLine};
use commerce::tax::rounding::RoundingRule;
use commerce::tax::table::TaxTable;
use commerce::tax::treatment::{NumberCheck, RatesOf, TaxTreatment};
use commerce::tax::vat_number::VatNumber;
use outside::line::DEADLINE_MS_MAX;
use outside::pricing::{PricingError, PricingLine, PricingQuestion, ask_prices};
use outside::tax::{TaxProviderError, TaxedBy, find_tax};
use outside::vat_register::{NotTold, VatRegister};
use outside::{Deadline, OutsideError};
use serde_json::{Value, json};
use uuid::Uuid;

fn eur(minor: i64) -> Money {
    Money::from_minor(minor, Currency::parse("EUR").unwrap())
}

fn basket(lines: usize) -> PricingQuestion {
    let line = |place: usize| PricingLine {
        sku: format!("MUG-{place}"),
        product: ProductId::new(Uuid::from_u128(place as u128)),
        quantity: Quantity::ONE,
        unit_price: eur(1_000),
        tax: TaxDisplay::Including,
    };
    PricingQuestion {
        currency: eur(0).currency(),
        market: MarketCode::parse("de").unwrap(),
        language: Language::ENGLISH,
        customer: None,
        lines: (0..lines).map(line).collect(),
    }
}

#[tokio::test]
async fn a_module_takes_a_tenth_off_every_second_line() {
    let module = Module::start(|asked| {
        let question: Value = serde_json::from_slice(&asked.body).unwrap();
        let lines = question["lines"].as_array().unwrap().iter().enumerate();
        let price = |(place, line): (usize, &Value)| {
            assert_eq!(line["unit_price"], "10.00");
            if place % 2 == 0 { json!({"unit_price": "9.00"}) } else { Value::Null }
        };
        json(json!({"lines": lines.map(price).collect::<Vec<_>>()}).to_string())
    })
    .await;
    let line = Store::new().outside(&module.url, DEADLINE_MS_MAX);
    let prices = ask_prices(&line, &basket(BASKET_LINES_MAX)).await.unwrap();
    let want = |place: usize| place.is_multiple_of(2).then(|| eur(900));
    assert_eq!(prices, (0..BASKET_LINES_MAX).map(want).collect::<Vec<_>>());
    assert_eq!(module.asked().len(), 1, "one question for the whole basket");
}

#[tokio::test]
async fn an_answer_about_other_lines_counts_for_none() {
    let module = Module::start(|_| json(r#"{"lines":[{"unit_price":"1.00"},{"unit_price":"1.00"}]}"#)).await;
    let line = Store::new().outside(&module.url, DEADLINE_MS_MAX);
    let error = ask_prices(&line, &basket(1)).await.unwrap_err();
    assert_eq!(error.to_string(), "lines has 2 lines, 1 were asked about");
}

#[tokio::test]
async fn no_basket_and_no_endless_basket_is_asked_about() {
    let module = Module::start(|_| json("{}")).await;
    let line = Store::new().outside(&module.url, DEADLINE_MS_MAX);
    assert_eq!(ask_prices(&line, &basket(0)).await, Ok(vec![]));
    assert_eq!(ask_prices(&line, &basket(BASKET_LINES_MAX + 1)).await, Err(PricingError::TooManyLines));
    assert_eq!(module.asked().len(), 0);
}

fn sale() -> TaxRequest {
    let place = TaxPlace::new(Country::parse("DE").unwrap(), "", "10115");
    TaxRequest {
        currency: eur(0).currency(),
        base: TaxDisplay::Excluding,
        day: "2026-11-30".parse().unwrap(),
        home: place.clone(),
        destination: place,
        treatment: TaxTreatment::Charged(RatesOf::Destination),
        rounding: RoundingRule::default(),
        lines: vec![TaxableLine { amount: eur(1_000), class: TaxClass::standard(), is_sent: true }],
        delivery: None,
    }
}

fn taxed(net: &str) -> Value {
    let shares = json!([{"tax_line": 0, "net": net, "tax": "0.50"}]);
    json!({
        "lines": [{"net": net, "tax": "0.50", "shares": shares}],
        "taxes": [{"name": "Levy", "level": "country", "rate": "5", "net": net, "tax": "0.50"}],
    })
}

#[tokio::test]
async fn a_provider_is_believed_where_its_answer_adds_up_and_the_table_answers_where_not() {
    let table = TaxTable::parse("country,class,name,rate\nDE,standard,MwSt,19\n").unwrap();
    let store = Store::new();
    let good = Module::start(|_| json(taxed("10.00").to_string())).await;
    let found = find_tax(Some(&store.outside(&good.url, DEADLINE_MS_MAX)), &table, &sale()).await.unwrap();
    assert_eq!((found.answer.lines[0].total.tax(), found.by), (eur(50), TaxedBy::Provider));
    // The same tax, and another price than was asked about.
    let other = Module::start(|_| json(taxed("9.00").to_string())).await;
    let found = find_tax(Some(&store.outside(&other.url, DEADLINE_MS_MAX)), &table, &sale()).await.unwrap();
    assert_eq!(found.answer.lines[0].total.tax(), eur(190));
    let TaxedBy::TableInstead(TaxProviderError::Answer(problem)) = found.by else { panic!("{:?}", found.by) };
    assert_eq!(problem.to_string(), "the answer changes the price of line 1");
    let dead = Module::start(|_| status(500)).await;
    let found = find_tax(Some(&store.outside(&dead.url, DEADLINE_MS_MAX)), &table, &sale()).await.unwrap();
    assert_eq!(found.by, TaxedBy::TableInstead(OutsideError::Status(500).into()));
}

#[tokio::test]
async fn the_register_is_asked_by_the_letters_and_the_number() {
    let register = Module::start(|asked| {
        json(match asked.uri.path() {
            "/tradewind/ms/EL/vat/094259216" => r#"{"isValid":true,"userError":"VALID","name":"Somebody"}"#,
            "/tradewind/ms/XI/vat/980780684" => r#"{"isValid":false,"userError":"INVALID"}"#,
            _ => r#"{"actionSucceed":false,"errorWrappers":[{"error":"MS_UNAVAILABLE"}]}"#,
        })
    })
    .await;
    let deadline = Deadline::from_ms(DEADLINE_MS_MAX).unwrap();
    let store = Store::new();
    for base in [register.url.clone(), format!("{}/", register.url)] {
        let vies = VatRegister::new(&store.network, address(&base), deadline);
        for (number, want) in [
            ("EL094259216", NumberCheck::Confirmed),
            ("XI980780684", NumberCheck::Refused),
            ("DE136695976", NumberCheck::Unknown),
            ("GB980780684", NumberCheck::Unknown),
        ] {
            let answer = vies.check(&VatNumber::parse_with_country(number).unwrap()).await;
            assert_eq!(answer.check, want, "{number}");
            assert_eq!(answer.not_told.is_some(), want == NumberCheck::Unknown, "{number}: {answer:?}");
        }
    }
    let asked = register.asked();
    assert_eq!(asked.len(), 6, "numbers of Great Britain are not asked about");
    assert!(asked.iter().all(|asked| asked.method == Method::GET && asked.body.is_empty()));
    assert!(asked.iter().all(|asked| !asked.headers.contains_key("tradewind-signature")));
}

#[tokio::test]
async fn a_register_that_does_not_answer_refuses_nobody() {
    let register = Module::start(|_| status(500)).await;
    let store = Store::new();
    let vies = VatRegister::new(&store.network, address(&register.url), Deadline::from_ms(DEADLINE_MS_MAX).unwrap());
    let number = VatNumber::parse_with_country("DE136695976").unwrap();
    for question in 0..outside::FAILURES_IN_A_ROW_MAX + 3 {
        let answer = vies.check(&number).await;
        let resting = outside::FAILURES_IN_A_ROW_MAX <= question;
        let want = if resting { OutsideError::Resting } else { OutsideError::Status(500) };
        assert_eq!((answer.check, answer.not_told), (NumberCheck::Unknown, Some(NotTold::Outside(want))));
    }
}
