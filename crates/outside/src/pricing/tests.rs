use super::*;
use crate::field::arbitrary_json;
use proptest::prelude::*;
use serde_json::json;
use uuid::Uuid;

fn question(code: &str, quantities: &[u32]) -> PricingQuestion {
    let currency = Currency::parse(code).unwrap();
    let line = |(place, quantity): (usize, &u32)| PricingLine {
        sku: format!("MUG-{place}"),
        product: ProductId::new(Uuid::from_u128(place as u128)),
        quantity: Quantity::new(*quantity).unwrap(),
        unit_price: Money::from_minor(990, currency),
        tax: TaxDisplay::Including,
    };
    PricingQuestion {
        currency,
        market: MarketCode::parse("de").unwrap(),
        language: Language::ENGLISH,
        customer: CustomerReference::parse("K-1009").ok(),
        lines: quantities.iter().enumerate().map(line).collect(),
    }
}

fn read(answer: &Value, question: &PricingQuestion) -> Result<Vec<Option<i64>>, String> {
    let prices = read_prices(answer, question).map_err(|error| error.to_string())?;
    Ok(prices.into_iter().map(|price| price.map(Money::minor)).collect())
}

#[test]
fn the_question_says_what_is_in_the_basket() {
    let mut question = question("EUR", &[2, 1]);
    question.lines[1].tax = TaxDisplay::Excluding;
    let body = serde_json::to_value(QuestionBody::of(&question)).unwrap();
    let want = json!({
        "format": 1, "question": "prices", "currency": "EUR", "market": "de", "language": "en", "customer": "K-1009",
        "lines": [
            {"sku": "MUG-0", "product": "00000000-0000-0000-0000-000000000000", "quantity": 2, "unit_price": "9.90",
             "tax_included": true},
            {"sku": "MUG-1", "product": "00000000-0000-0000-0000-000000000001", "quantity": 1, "unit_price": "9.90",
             "tax_included": false},
        ],
    });
    assert_eq!(body, want);
    question.customer = None;
    assert_eq!(serde_json::to_value(QuestionBody::of(&question)).unwrap()["customer"], Value::Null);
}

#[test]
fn the_page_for_developers_shows_a_question_and_an_answer() {
    let [asked, answer] = <[Value; 2]>::try_from(crate::documented::json_below("Prices")).unwrap();
    let mut question = question("EUR", &[12, 1]);
    question.language = Language::parse("de").unwrap();
    for (line, (sku, product, minor)) in question.lines.iter_mut().zip([
        ("MUG-1", "0198c5d2-6c1e-7b3a-9d53-0c8f6f0f5a11", 990),
        ("TEA-5", "0198c5d2-6c1f-7c44-8f0e-52a6d1f3b7c2", 1_250),
    ]) {
        line.sku = sku.to_owned();
        line.product = ProductId::parse(product).unwrap();
        line.unit_price = Money::from_minor(minor, question.currency);
    }
    assert_eq!(serde_json::to_value(QuestionBody::of(&question)).unwrap(), asked);
    assert_eq!(read(&answer, &question), Ok(vec![Some(891), None]));
}

#[test]
fn prices_are_taken_in_the_order_of_the_lines() {
    let question = question("EUR", &[2, 1, 1]);
    for (case, answer, want) in [
        (
            "all three",
            json!({"lines": [{"unit_price": "8.00"}, {"unit_price": "0"}, {"unit_price": "12.5"}]}),
            [Some(800), Some(0), Some(1_250)],
        ),
        ("some stay", json!({"lines": [null, {"unit_price": null}, {"unit_price": "1"}]}), [None, None, Some(100)]),
        (
            "what is not known is passed over",
            json!({"note": [1, {}], "currency": "EUR", "lines": [
            null, {"unit_price": "7.00", "sku": "MUG-1", "why": "agreed"}, null]}),
            [None, Some(700), None],
        ),
    ] {
        assert_eq!(read(&answer, &question), Ok(want.to_vec()), "{case}");
    }
}

#[test]
fn an_answer_that_cannot_be_used_is_refused_as_a_whole() {
    let question = question("EUR", &[2, 9_999]);
    let price = |value: Value| json!({"lines": [{"unit_price": "1.00"}, {"unit_price": value}]});
    for (answer, want) in [
        (json!([]), "the answer is not an object"),
        (json!(null), "the answer is not an object"),
        (json!({}), "lines is missing"),
        (json!({"lines": {}}), "lines is not a list"),
        (json!({"lines": [null]}), "lines has 1 lines, 2 were asked about"),
        (json!({"lines": [null, null, {"unit_price": "0.01"}]}), "lines has 3 lines, 2 were asked about"),
        (json!({"lines": ["1.00", null]}), "lines[0] is not an object"),
        (json!({"lines": [null, {"price": "1.00"}]}), "lines[1].unit_price is missing"),
        (price(json!("-0.01")), "lines[1].unit_price is below nothing"),
        (price(json!("1.005")), "lines[1].unit_price has more than the 2 digits behind the point that EUR has"),
        (price(json!(1.5)), "lines[1].unit_price is not an amount in quotation marks such as \"12.50\""),
        (price(json!("92233720368547758.08")), "lines[1].unit_price has more digits than the store keeps"),
        (price(json!("92233720368547758.07")), "lines[1] has more digits than the store keeps"),
        (json!({"currency": "USD", "lines": [null, null]}), "currency is not what was asked about"),
        (json!({"lines": [{"unit_price": "1", "sku": "MUG-1"}, null]}), "lines[0].sku is not what was asked about"),
        (
            json!({"lines": [{"unit_price": "1", "product": "MUG-0"}, null]}),
            "lines[0].product is not what was asked about",
        ),
    ] {
        assert_eq!(read(&answer, &question), Err(want.to_owned()), "{answer}");
    }
}

#[test]
fn lines_that_are_too_dear_together_are_refused() {
    let question = question("JPY", &[1, 1]);
    let answer = json!({"lines": [{"unit_price": "9223372036854775807"}, {"unit_price": "1"}]});
    assert_eq!(read(&answer, &question), Err("lines[1] has more digits than the store keeps".to_owned()));
}

#[test]
fn customers_are_called_by_short_references() {
    let long = "x".repeat(CUSTOMER_CHARS_MAX + 1);
    for (raw, good) in
        [("K-1009", true), ("", false), ("Ann Example", false), ("ä", false), ("a\n", false), (&long, false)]
    {
        assert_eq!(CustomerReference::parse(raw).is_ok(), good, "{raw:?}");
    }
}

/// An answer of the right shape with odd values in it.
fn near_answer() -> impl Strategy<Value = Value> {
    let price = prop_oneof!["-?[0-9]{0,20}(\\.[0-9]{0,5})?".prop_map(Value::from), arbitrary_json()];
    let line = prop_oneof![Just(Value::Null), price.prop_map(|price| json!({"unit_price": price}))];
    prop::collection::vec(line, 0..4).prop_map(|lines| json!({"lines": lines}))
}

proptest! {
    #[test]
    fn no_answer_panics_or_gives_an_amount_that_the_store_cannot_charge(
        answer in prop_oneof![arbitrary_json(), near_answer()],
        code in prop::sample::select(vec!["JPY", "EUR", "KWD"]),
        quantities in prop::collection::vec(1_u32..=9_999, 0..4),
    ) {
        let question = question(code, &quantities);
        if let Ok(prices) = read_prices(&answer, &question) {
            prop_assert_eq!(prices.len(), quantities.len());
            let mut total = Money::zero(question.currency);
            for ((price, asked), told) in prices.iter().zip(&question.lines).zip(answer["lines"].as_array().unwrap()) {
                if let Some(price) = price {
                    prop_assert!(!price.is_negative());
                    let told = commerce::decimal::Decimal::parse(told["unit_price"].as_str().unwrap()).unwrap();
                    prop_assert_eq!(Money::from_decimal(told, question.currency), Ok(*price), "nothing was rounded");
                }
                total = total.plus(price.unwrap_or(asked.unit_price).times(asked.quantity.get()).unwrap()).unwrap();
            }
        }
    }
}
