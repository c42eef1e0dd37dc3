//! Shoppers who do not go straight on: Back and Forward, two tabs, and windows that close while a payment is made.

use super::world::{Answer, PayForm, Shopper, TestShop, address, form};
use std::io::{Read, Write};
use std::net::TcpStream;

/// Largest answer of the payment site that is read, in bytes.
const SITE_BYTES_MAX: u64 = 1 << 20;

/// Presses a button of the payment site in a browser of its own.
fn at_the_bank(page: &str, choice: &str) -> Answer {
    let (host, path) = page.strip_prefix("http://").unwrap().split_once('/').unwrap();
    let body = form(&[("choice", choice)]);
    let head = format!(
        "POST /{path} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\nContent-Length: {}\r\n\
         Content-Type: application/x-www-form-urlencoded\r\n\r\n",
        body.len()
    );
    let mut stream = TcpStream::connect(host).unwrap();
    stream.write_all(&[head.as_bytes(), &body].concat()).unwrap();
    let mut out = Vec::new();
    stream.take(SITE_BYTES_MAX).read_to_end(&mut out).unwrap();
    let answer = Answer::read(&out).unwrap();
    assert_eq!(answer.status, 303, "{}", answer.body);
    answer
}

/// Leaves so many units of what the shopper buys.
fn leave(shop: &TestShop, shopper: &mut Shopper, units: &str) {
    let found = shopper.get("/search?q=whisk");
    let slug = found.body.split("href=\"/product/").nth(1).unwrap().split(['"', '#']).next().unwrap().to_owned();
    let page = shopper.get(&format!("/product/{slug}"));
    let sku = page.body.split("data-sku>").nth(1).unwrap().split('<').next().unwrap().to_owned();
    let set = shop.run(&["stock", "set", &sku, units, "--reason", "test"]);
    assert!(set.status.success(), "{}", String::from_utf8_lossy(&set.stderr));
}

/// The button of the review as it stands now.
fn button(shopper: &mut Shopper) -> PayForm {
    let review = shopper.get("/checkout/review");
    assert_eq!(review.status, 200, "{}", review.location());
    PayForm { token: review.field("token"), amount: review.field("amount") }
}

fn assert_bought(shopper: &mut Shopper, token: &str) {
    let back = shopper.get(&format!("/pay/return/{token}"));
    assert!(back.location().starts_with("/order/"), "{} {}", back.status, back.body);
    assert!(shopper.get("/basket").body.contains("Your basket is empty"));
}

#[test]
fn back_and_pay_again_is_the_same_payment_even_of_the_last_unit() {
    let shop = TestShop::open();
    let mut ann = shop.shopper();
    leave(&shop, &mut ann, "1");
    let first = ann.to_review("ann@example.org");
    let page = ann.press_pay(&first, "demo").location().to_owned();
    assert!(page.starts_with("http://localhost:"), "{page}");
    // More often than one person may have checkouts open.
    for _ in 0..4 {
        let again = button(&mut ann);
        assert_eq!(again.token, first.token);
        assert_eq!(ann.press_pay(&again, "demo").location(), page);
    }
    at_the_bank(&page, "approve");
    assert_bought(&mut ann, &first.token);
    assert_eq!(shop.orders().len(), 1);
}

#[test]
fn back_review_forward_and_pay_is_an_order_and_an_empty_basket() {
    let shop = TestShop::open();
    let mut ann = shop.shopper();
    let pay = ann.to_review("ann@example.org");
    let page = ann.press_pay(&pay, "demo").location().to_owned();
    for path in ["/basket", "/checkout", "/checkout/delivery", "/checkout/review"] {
        assert_eq!(ann.get(path).status, 200, "{path}");
    }
    at_the_bank(&page, "approve");
    assert_bought(&mut ann, &pay.token);
    // Once more, in another tab or after a while: the same order, and what was bought since stays.
    let product = ann.find_product();
    ann.post("/basket/lines", &[("product", &product)]);
    assert!(ann.get(&format!("/pay/return/{}", pay.token)).location().starts_with("/order/"));
    assert!(!ann.get("/basket").body.contains("Your basket is empty"));
}

#[test]
fn whoever_gives_up_at_a_page_that_stays_open_cannot_pay_there_any_more() {
    let shop = TestShop::open();
    let mut ann = shop.shopper();
    leave(&shop, &mut ann, "1");
    let first = ann.to_review("ann@example.org");
    let page = ann.press_pay(&first, "demo").location().to_owned();
    let back = ann.get(&format!("/pay/return/{}?cancelled=1", first.token));
    assert_eq!(back.location(), "/checkout/review?cancelled=1");
    let review = ann.get(back.location());
    assert!(review.body.contains("nothing was charged"), "whoever gave up is told what became of it");
    assert!(review.header("cache-control").contains("private"), "and nobody keeps the page");
    let second = button(&mut ann);
    assert_ne!(second.token, first.token);
    at_the_bank(&page, "approve");
    let other = ann.press_pay(&second, "demo").location().to_owned();
    assert!(other.starts_with("http://localhost:") && other != page, "the unit is free again: {other}");
    at_the_bank(&other, "approve");
    assert_bought(&mut ann, &second.token);
    assert_eq!(shop.orders().len(), 1);
}

#[test]
fn another_basket_or_way_to_pay_ends_the_payment_of_before() {
    let shop = TestShop::open();
    let mut ann = shop.shopper();
    leave(&shop, &mut ann, "1");
    let first = ann.to_review("ann@example.org");
    let page = ann.press_pay(&first, "demo").location().to_owned();
    // Pressed twice: the second press finds what the first began.
    let mut twice = ann.clone();
    let pressed = [ann.press_pay(&first, "invoice"), twice.press_pay(&first, "invoice")];
    assert_eq!((pressed[0].status, pressed[0].location()), (303, pressed[1].location()));
    at_the_bank(&page, "approve");
    let token = pressed[0].location().rsplit('/').next().unwrap().to_owned();
    assert_ne!(token, first.token);
    assert_bought(&mut ann, &token);
    assert_eq!(shop.orders().len(), 1);
}

#[test]
fn a_payment_that_was_made_before_the_basket_changed_is_told() {
    let shop = TestShop::open();
    let mut ann = shop.shopper();
    let first = ann.to_review("ann@example.org");
    let page = ann.press_pay(&first, "demo").location().to_owned();
    let mut other_tab = ann.clone();
    at_the_bank(&page, "webhook_first");
    let product = other_tab.find_product();
    other_tab.post("/basket/lines", &[("product", &product)]);
    let pressed = other_tab.press_pay(&first, "invoice");
    assert_eq!(pressed.location(), format!("/pay/return/{}", first.token), "{}", pressed.body);
    assert!(other_tab.get(&format!("/pay/return/{}", first.token)).location().starts_with("/order/"));
    assert!(!other_tab.get("/basket").body.contains("Your basket is empty"), "what was added since stays");
    assert_eq!(shop.orders().len(), 1);
}

#[test]
fn what_was_paid_for_after_the_window_closed_is_not_bought_again() {
    let shop = TestShop::open();
    let mut ann = shop.shopper();
    let pay = ann.to_review("ann@example.org");
    let page = ann.press_pay(&pay, "demo").location().to_owned();
    at_the_bank(&page, "webhook_first");
    for path in ["/checkout", "/checkout/delivery", "/checkout/review"] {
        assert_eq!(ann.clone().get(path).location(), format!("/pay/return/{}", pay.token), "{path}");
    }
    let basket = ann.get("/basket");
    assert!(basket.body.contains("Your payment arrived") && basket.body.contains("Your basket is empty"));
    assert!(!ann.get("/basket").body.contains("Your payment arrived"), "it is told once");
    assert!(ann.get(&format!("/pay/return/{}", pay.token)).location().starts_with("/order/"));
}

#[test]
fn a_declined_payment_is_followed_by_another() {
    let shop = TestShop::open();
    let mut ann = shop.shopper();
    let first = ann.to_review("ann@example.org");
    let page = ann.press_pay(&first, "demo").location().to_owned();
    at_the_bank(&page, "decline");
    assert_eq!(ann.get(&format!("/pay/return/{}", first.token)).location(), "/checkout/review?declined=1");
    assert_eq!(ann.press_pay(&first, "demo").status, 303);
    let second = button(&mut ann);
    assert_ne!(second.token, first.token);
    assert!(ann.press_pay(&second, "demo").location().starts_with("http://localhost:"));
}

#[test]
fn a_download_is_billed_to_the_address_that_was_typed() {
    let shop = TestShop::open();
    let mut ann = shop.shopper();
    let page = ann.get("/product/guide-cold-and-iced");
    assert_eq!(page.status, 200);
    assert!(!page.body.contains("Send it back within"), "nothing can be sent back");
    ann.post("/basket/lines", &[("product", &page.field("product"))]);
    ann.post("/checkout/address", &address("ann@example.org"));
    let delivery = ann.get("/checkout/delivery");
    assert!(!delivery.body.contains("The same as the delivery address"), "{}", delivery.body);
    assert_eq!(ann.post("/checkout/delivery", &[]).location(), "/checkout/review");
    let review = ann.get("/checkout/review");
    assert!(review.body.contains("1 Quay") && !review.body.contains("ame as the delivery address"));
    let pay = PayForm { token: review.field("token"), amount: review.field("amount") };
    let pressed = ann.press_pay(&pay, "invoice").location().to_owned();
    let order = ann.get(&pressed).location().to_owned();
    assert!(ann.get(&order).body.contains("1 Quay"));
}

#[test]
fn a_wrong_billing_address_is_not_passed_over() {
    let shop = TestShop::open();
    let mut ann = shop.shopper();
    let pay = ann.to_review("ann@example.org");
    let method = ann.get("/checkout/delivery").field("method");
    let answer = ann.post("/checkout/delivery", &[("method", &method), ("billing-name", "Ann Ash")]);
    assert_eq!((answer.status, answer.code()), (422, "form"));
    assert_eq!(ann.get("/checkout/review").location(), "/checkout/delivery");
    assert_eq!(ann.press_pay(&pay, "invoice").location(), "/checkout/delivery");
    assert!(ann.get("/checkout/delivery").body.contains("Enter your street"));
}

#[test]
fn a_choice_that_is_missing_is_told_at_its_place() {
    let shop = TestShop::open();
    let mut ann = shop.shopper();
    let pay = ann.to_review("ann@example.org");
    for (path, fields, id) in [
        ("/checkout/delivery", vec![("billing-same", "1")], "method-error"),
        ("/checkout/pay", vec![("token", pay.token.as_str()), ("amount", pay.amount.as_str())], "payment-error"),
    ] {
        let answer = ann.post(path, &fields);
        assert_eq!((answer.status, answer.code()), (422, "form"), "{path}");
        assert!(answer.body.contains(&format!("id=\"{id}\"")), "{path}: {}", answer.body);
        assert!(answer.body.contains(&format!("aria-describedby=\"{id}\"")), "{path}");
    }
}
