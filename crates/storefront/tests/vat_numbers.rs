//! VAT numbers at the checkout: asked for where they count, told what is wrong, and never gone past.
#![allow(clippy::unwrap_used, reason = "helpers of tests: what fails here fails the test")]

mod cache_world;

use cache_world::visitor::Visitor;
use cache_world::{World, header, text};
use std::io::{BufRead, BufReader, Write};
use std::net::TcpListener;

/// The number that the register knows.
const KNOWN: &str = "FR83404833048";
/// One with good check digits that it does not know.
const UNKNOWN: &str = "FR40303265045";
const ADDRESS: &str = "email=ann%40example.org&name=Ann+Ash&line1=3+rue&city=Paris&postcode=75002&country=FR";
/// Most lines of a question's head.
const HEAD_LINES_MAX: usize = 100;

/// A stand-in for the register, which lives as long as the tests.
fn register() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = format!("http://{}/api", listener.local_addr().unwrap());
    std::thread::spawn(move || {
        for mut stream in listener.incoming().flatten() {
            let lines = BufReader::new(&stream).lines().take(HEAD_LINES_MAX).map_while(Result::ok);
            let head: Vec<String> = lines.take_while(|line| !line.is_empty()).collect();
            let (valid, word) = match head.first().is_some_and(|first| first.contains(&KNOWN[2..])) {
                true => (true, "VALID"),
                false => (false, "INVALID"),
            };
            let answer = format!("{{\"isValid\": {valid}, \"userError\": \"{word}\"}}");
            let head = "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\nconnection: close\r\ncontent-length:";
            let _ = write!(stream, "{head} {}\r\n\r\n{answer}", answer.len());
        }
    });
    address
}

/// The demo's first market in the Union, sold from Germany.
async fn world(settings: &str) -> World {
    let with = |text: String| {
        let text = text.replacen("countries = [\"GB\", \"IE\"]\ntax_percent = 20", "countries = [\"DE\", \"FR\"]", 1);
        let tax = "[tax]\ncountry = \"DE\"\ntables = [\"eu\"]\nvat_number = \"DE136695976\"\none_stop_shop = true\n";
        format!("{settings}\n{text}\n{tax}")
    };
    World::made(3, |_| {}, with).await
}

async fn give(visitor: &mut Visitor<'_>, number: &str) -> http::Response<bytes::Bytes> {
    visitor.post("/checkout/address", &format!("{ADDRESS}&vat-number={number}")).await
}

#[tokio::test]
async fn a_number_that_is_none_stops_the_checkout_and_says_why() {
    let world = world(&format!("vat_register_url = \"{}\"", register())).await;
    let mut visitor = Visitor::with_goods(&world, 1).await;
    for (number, want) in [
        ("FR40303265046", "A digit of that VAT number is wrong"),
        ("FR12", "not how VAT numbers of that country look"),
        ("40303265045", "begins with its country"),
        (UNKNOWN, "does not know that VAT number"),
    ] {
        let answer = give(&mut visitor, number).await;
        let page = text(&answer);
        assert_eq!((answer.status().as_u16(), header(&answer, "x-error")), (422, "form"), "{number}");
        assert!(page.contains(want) && page.contains(&format!("value=\"{number}\"")), "{number}: {page}");
        for path in ["/checkout/delivery", "/checkout/review"] {
            assert_eq!(header(&visitor.get(path).await, "location"), "/checkout", "{number}: nobody goes past it");
        }
        assert!(visitor.page("/checkout").await.contains(want), "{number}: told to whoever comes back");
    }
    assert_eq!(header(&give(&mut visitor, KNOWN).await, "location"), "/checkout/delivery");
    visitor.post("/checkout/delivery", "method=standard&billing-same=1").await;
    let page = visitor.page("/checkout/review").await;
    assert!(page.contains("reverse charge") && page.contains(KNOWN), "{page}");
    assert_eq!(header(&give(&mut visitor, "").await, "location"), "/checkout/delivery", "it can be taken out");
    let page = visitor.page("/checkout/review").await;
    assert!(page.contains("TVA (20%)") && !page.contains(KNOWN), "{page}");
}

#[tokio::test]
async fn nobody_is_asked_for_a_number_that_changes_nothing() {
    let world = world("").await;
    let mut visitor = Visitor::with_goods(&world, 1).await;
    assert!(!visitor.page("/checkout").await.contains("vat-number"), "there is no register to ask");
    assert_eq!(header(&give(&mut visitor, UNKNOWN).await, "location"), "/checkout/delivery");
    visitor.post("/checkout/delivery", "method=standard&billing-same=1").await;
    let page = visitor.page("/checkout/review").await;
    assert!(page.contains("TVA (20%)") && !page.contains(UNKNOWN), "{page}");
}
