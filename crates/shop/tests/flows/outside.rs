//! Programs outside: what they say counts, and without them the store goes on.

use crate::on_both;
use crate::support::{Engine, OpenShop, TestShop, basket, draft, gbp, locale, new_checkout, order, settle_down};
use commerce::checkout::CheckoutDraft;
use commerce::ids::CheckoutId;
use commerce::tax::place::TaxPlace;
use commerce::tax::treatment::NumberCheck;
use commerce::tax::vat_number::VatNumber;
use serde_json::{Value, json};
use shop::checkout::{PayError, PayRequest, Paying};
use shop::delivery::DeliveryWish;
use shop::offered::Buyer;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};

const SECRET: &str = "0123456789abcdef";
/// Longest question that a stand-in reads, in bytes.
const QUESTION_BYTES_MAX: usize = 1 << 20;

/// A program that answers each question with what `answer` makes of its path and body; it lives as long as the tests.
fn stand_in(answer: impl Fn(&str, Value) -> Value + Send + 'static) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    std::thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            let _ = serve(&stream, &answer);
        }
    });
    format!("http://{address}")
}

fn serve(mut stream: &TcpStream, answer: &impl Fn(&str, Value) -> Value) -> std::io::Result<()> {
    let mut reader = BufReader::new(stream);
    let (mut first, mut length, mut signed) = (String::new(), 0, false);
    reader.read_line(&mut first)?;
    loop {
        let mut line = String::new();
        reader.read_line(&mut line)?;
        let line = line.trim().to_ascii_lowercase();
        if line.is_empty() {
            break;
        }
        signed |= line.starts_with("tradewind-signature: t=");
        if let Some(value) = line.strip_prefix("content-length:") {
            length = value.trim().parse().unwrap_or(0);
        }
    }
    let mut body = vec![0; QUESTION_BYTES_MAX.min(length)];
    reader.read_exact(&mut body)?;
    assert!(signed || length == 0, "a question with a body is signed");
    let path = first.split(' ').nth(1).unwrap_or_default();
    let answer = answer(path, serde_json::from_slice(&body).unwrap_or(Value::Null)).to_string();
    let head = "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\nconnection: close\r\ncontent-length:";
    write!(stream, "{head} {}\r\n\r\n{answer}", answer.len())
}

/// An address at which nobody is.
fn nobody() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    format!("http://{}", listener.local_addr().unwrap())
}

/// A press with what the last page shows.
async fn press(open: &OpenShop, id: CheckoutId, lines: &[(&str, u32)], draft: &CheckoutDraft) -> PayRequest {
    let to = draft.delivery.as_ref().map(TaxPlace::of);
    let buyer = Buyer { to: to.as_ref(), ..Buyer::default() };
    let (view, basket) = (open.shop.snapshots().current(), basket(lines));
    let priced = open.shop.price_basket(&view, &basket, locale(), buyer).await.unwrap();
    let quote = open.shop.checkout_quote(priced, &DeliveryWish::from(draft)).unwrap();
    let quote = open.shop.settle_tax(quote).await.unwrap();
    let amount_shown = quote.quote().total.gross();
    PayRequest { id, basket, locale: locale(), draft: draft.clone(), amount_shown }
}

fn store(pricing_url: &str) -> TestShop {
    let shop = TestShop::new().product("mug", 1_000, Some(90)).product("pin", 100, Some(90));
    shop.setting("pricing_url", pricing_url).setting("pricing_secret", SECRET)
}

on_both! {
    async fn a_pricing_module_names_prices_of_a_basket_in_one_call(engine: Engine) {
        let url = stand_in(|_, question| {
            let lines = question["lines"].as_array().unwrap();
            let price = |line: &Value| if line["sku"] == "mug" { json!({ "unit_price": "8.50" }) } else { Value::Null };
            json!({ "lines": lines.iter().map(price).collect::<Vec<_>>() })
        });
        let open = store(&url).open(engine).await;
        let (id, draft) = (new_checkout(&open.shop), draft("ann@example.org", "invoice"));
        let request = press(&open, id, &[("mug", 2), ("pin", 1)], &draft).await;
        assert_eq!(request.amount_shown, gbp(1_700 + 100 + 395));
        for _ in 0..2 {
            assert_eq!(open.shop.pay(&request).await.unwrap(), Paying::Settled(id));
        }
        settle_down(&open.shop).await;
        let sold = order(&open.shop, id).await.sold;
        let lines: Vec<_> = sold.lines.iter().map(|line| (line.unit_shown, line.is_priced_outside)).collect();
        assert_eq!(lines, [(gbp(850), true), (gbp(100), false)]);
        open.close().await;
    }

    async fn without_an_answer_the_store_sells_at_its_own_prices_or_waits(engine: Engine) {
        for (rule, sells) in [("store", true), ("refuse", false)] {
            let open = store(&nobody()).setting("pricing_without_answer", rule).open(engine).await;
            let (id, draft) = (new_checkout(&open.shop), draft("ann@example.org", "invoice"));
            let request = press(&open, id, &[("mug", 1)], &draft).await;
            assert_eq!(request.amount_shown, gbp(1_395), "the basket shows the store's price");
            match open.shop.pay(&request).await {
                Ok(paying) => assert!(sells && paying == Paying::Settled(id)),
                Err(error) => assert!(!sells && matches!(error, PayError::PricesUnknown), "{error}"),
            }
            open.close().await;
        }
    }

    async fn a_tax_provider_is_believed_if_its_answer_adds_up(engine: Engine) {
        for (tax, want) in [("4.79", 479), ("5000.00", 0)] {
            let url = stand_in(move |_, question| {
                let gross = |line: &Value| line["amount"].as_str().unwrap().to_owned();
                let lines = question["lines"].as_array().unwrap();
                assert_eq!(lines.len(), 1, "{question}");
                let (amount, delivery) = (gross(&lines[0]), gross(&question["delivery"]));
                assert_eq!((amount.as_str(), delivery.as_str()), ("20.00", "3.95"));
                json!({
                    "lines": [{ "net": "16.00", "tax": "4.00", "shares": [{ "tax_line": 0, "net": "16.00", "tax": "4.00" }] }],
                    "delivery": { "net": "3.16", "tax": "0.79", "shares": [{ "tax_line": 0, "net": "3.16", "tax": "0.79" }] },
                    "taxes": [{ "name": "VAT", "level": "country", "country": "FR", "rate": "25", "net": "19.16", "tax": tax }],
                })
            });
            let shop = TestShop::new().product("mug", 1_000, Some(90));
            let market = r#"[{ code = "eu", currency = "GBP", languages = ["en"], countries = ["FR"] }]"#;
            let shop = shop.setting("market", market).setting("tax", r#"{ country = "FR", tables = ["eu"] }"#);
            let open = shop.setting("tax_url", &url).setting("tax_secret", SECRET).open(engine).await;
            let mut draft = draft("ann@example.org", "invoice");
            if let Some(address) = &mut draft.delivery {
                (address.country, address.postcode) = (commerce::address::Country::parse("FR").unwrap(), "75001".to_owned());
            }
            let id = new_checkout(&open.shop);
            open.shop.pay(&press(&open, id, &[("mug", 2)], &draft).await).await.unwrap();
            settle_down(&open.shop).await;
            let sold = order(&open.shop, id).await.sold;
            let want = if want == 0 { 399 } else { want };
            assert_eq!(sold.total.tax(), gbp(want), "20 % of the table where the answer is none");
            open.close().await;
        }
    }

    async fn the_register_of_vat_numbers_is_asked(engine: Engine) {
        let url = stand_in(|path, _| {
            assert!(path.starts_with("/api/ms/FR/vat/"), "{path}");
            json!({ "isValid": path.ends_with("40303265045"), "userError": if path.ends_with("40303265045") { "VALID" } else { "INVALID" } })
        });
        let numbers = ["FR40303265045", "FR83404833048"].map(|raw| VatNumber::parse_with_country(raw).unwrap());
        for (url, want) in [
            (format!("{url}/api"), [NumberCheck::Confirmed, NumberCheck::Refused]),
            (nobody(), [NumberCheck::Unknown; 2]),
            (String::new(), [NumberCheck::Unknown; 2]),
        ] {
            let open = TestShop::new().setting("vat_register_url", &url).open(engine).await;
            for (number, want) in numbers.iter().zip(want) {
                assert_eq!(open.shop.check_vat_number(number).await, want, "{url}");
            }
            open.close().await;
        }
    }
}
