//! Requests at random, from a seed: none is a fault of ours, a hang or the end of the program.

use super::world::{Answer, TestShop};
use std::time::{Duration, Instant};

/// Requests of one run.
const REQUESTS: u32 = 1_500;

/// Enough for choosing: SplitMix64.
struct Dice(u64);

impl Dice {
    fn throw(&mut self, sides: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        usize::try_from((mixed ^ (mixed >> 31)) % sides as u64).unwrap()
    }

    fn pick<'p>(&mut self, from: &[&'p str]) -> &'p str {
        from[self.throw(from.len())]
    }

    fn text(&mut self) -> String {
        const PARTS: &[&str] = &[
            "a",
            "0",
            "-1",
            "%00",
            "%FF",
            "%2e%2e",
            "%2f",
            "/",
            "\\",
            "..",
            "<script>",
            "'",
            "\"",
            "{{",
            "}}",
            "%0d%0a",
            "é",
            "\u{202e}",
            "=",
            "&",
            ";",
            "9999999999999999999",
            "GBP 1",
            "+",
            "%",
            "%zz",
            "?",
            "#",
            ":",
            "\t",
            "x",
        ];
        (0..self.throw(6)).map(|_| self.pick(PARTS)).collect()
    }
}

#[test]
fn nothing_sent_at_random_is_a_fault() {
    let mut shop = TestShop::open();
    let product = shop.shopper().find_product();
    let mut dice = Dice(20_261_124);
    let paths = [
        "/",
        "/basket",
        "/basket/lines",
        "/basket/quantity",
        "/basket/remove",
        "/basket/undo",
        "/checkout",
        "/checkout/address",
        "/checkout/delivery",
        "/checkout/review",
        "/checkout/pay",
        "/order/",
        "/pay/return/",
        "/webhooks/demo",
        "/product/",
        "/category/",
        "/search",
        "/suggest",
        "/stock",
        "/catalogue/",
        "/sitemap/",
        "/media/",
        "/media/drawn/",
        "/static/",
        "/de",
        "/de-en/",
        "*",
        "/robots.txt",
    ];
    let names = [
        "q", "f", "min", "max", "page", "sort", "ids", "product", "quantity", "token", "amount", "locale", "line",
        "option-x", "email",
    ];
    let mut log = String::new();
    for turn in 0..REQUESTS {
        let method = dice.pick(&["GET", "GET", "POST", "POST", "HEAD", "PUT", "OPTIONS", "x"]);
        let mut path = dice.pick(&paths).to_owned();
        if dice.throw(2) == 0 {
            path.push_str(&dice.text());
        }
        let mut query = String::new();
        for _ in 0..dice.throw(4) {
            let value = if dice.throw(4) == 0 { product.clone() } else { dice.text() };
            query.push_str(&format!("{}={value}&", dice.pick(&names)));
        }
        let (target, body) = if method == "POST" { (path, query) } else { (format!("{path}?{query}"), String::new()) };
        let kind = dice.pick(&["application/x-www-form-urlencoded", "application/x-www-form-urlencoded", "text/plain"]);
        let cookie = dice.pick(&["", "tw-basket=AAAA", "tw-checkout=;;;=", "tw=1.x"]);
        let host = shop.host();
        let head = format!(
            "{method} {target} HTTP/1.1\r\nHost: {host}\r\nOrigin: http://{host}\r\nContent-Type: {kind}\r\nCookie: {cookie}\r\n\
             Content-Length: {}\r\nConnection: close\r\n\r\n{body}",
            body.len()
        );
        let started = Instant::now();
        let out = shop.raw(head.as_bytes());
        let answer = Answer::read(&out).unwrap_or_else(|| panic!("turn {turn}: no answer to {head:?}"));
        assert!(answer.status < 500, "turn {turn}: {} to {head:?}", answer.status);
        assert!(started.elapsed() < Duration::from_secs(10), "turn {turn}: {head:?}");
        assert!(!answer.body.contains("<script>\"") && !answer.body.contains("<script>'"), "turn {turn}: {head:?}");
        log = head;
    }
    assert_eq!(shop.get("/").status, 200, "after {log:?}");
    assert!(!shop.log().contains("panicked") && !shop.log().contains("fault of the program"), "{}", shop.log());
    assert_eq!(shop.orders(), Vec::<String>::new());
    shop.kill_and_reopen();
}
