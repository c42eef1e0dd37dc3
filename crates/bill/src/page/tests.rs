use super::*;
use crate::fixture::Shop;

const INLINE: Delivery<'_> = Delivery::Inline { nonce: "n0nce" };

#[test]
fn the_page_shows_the_numbers() {
    let shop = Shop::small();
    let page = page(&shop.report(), INLINE).replace('\u{a0}', " ");
    for (case, part) in [
        ("the shop, escaped", "Tea &amp; &lt;Co&gt;"),
        ("the span", "20 s</span>"),
        ("requests", ">19</span>"),
        // 18 of 19 that may be kept
        ("the hit ratio", ">94.7 %</span>"),
        // 2 requests and 15 ms × 0.5 GB
        ("a line", ">0.0075 GB-seconds</td>"),
        ("its price", ">$0.0000166667 a GB-second; 400,000 a month free</td>"),
        ("what is not known", "Amazon SES (letters)"),
        ("an estimate", "0.06 DPU a statement"),
        ("a place", ">There</th>"),
        // 3 × 18.28 + 0.1 ms is the fifth tenth, 3 × 21.88 + 0.1 the sixth
        ("the world", ">66 ms</span>"),
        ("an assumption", "each region weighs the same"),
        ("the day of the prices", "read on 2026-11-29"),
    ] {
        assert!(page.contains(part), "{case}: {part} is not in\n{page}");
    }
}

#[test]
fn before_anybody_comes_the_page_says_so() {
    let shop = Shop::quiet();
    let page = page(&shop.report(), INLINE);
    for part in ["too early to tell", "After ten seconds", "No request yet.", ">–</span>"] {
        assert!(page.contains(part), "{part}");
    }
}

/// A policy of `default-src 'none'` and the nonce lets all of it through.
#[test]
fn nothing_in_the_page_needs_more_than_its_nonce() {
    let shop = Shop::small();
    let inline = page(&shop.report(), INLINE);
    let linked = page(&shop.report(), Delivery::Linked);
    for page in [&inline, &linked] {
        for part in [" style=", " onclick=", " onload=", "javascript:", "@import", "url(", "https://", "src=\"http"] {
            assert!(!page.contains(part), "{part}");
        }
        assert_eq!(page.matches("http://").count(), page.matches("http://www.w3.org/2000/svg").count());
    }
    assert_eq!((inline.matches("<style").count(), inline.matches("<script").count()), (1, 1));
    assert!(inline.contains("<style nonce=\"n0nce\">") && inline.contains("<script nonce=\"n0nce\">"));
    assert_eq!((linked.matches("<style").count(), linked.matches("<script").count()), (0, 1));
    assert!(linked.contains("href=\"/region.css\"") && linked.contains("src=\"/region.js\""));
}

/// Whatever the page shows by a name, its script finds in the JSON.
#[test]
fn every_number_of_the_page_is_in_the_json() {
    let shop = Shop::small();
    let report = shop.report();
    let (page, json) = (page(&report, Delivery::Linked), report_json(&report));
    let named = |attribute: &str| -> Vec<String> {
        let parts = page.split(attribute).skip(1);
        parts.filter_map(|part| Some(part.split_once('"')?.0.to_owned())).collect()
    };
    for name in named("data-value=\"") {
        assert!(json["shown"][&name].is_string(), "{name}");
    }
    for name in named("data-rows=\"") {
        assert!(json["shown"]["tables"][&name]["rows"].is_array(), "{name}");
    }
    for name in named("data-chart=\"") {
        assert!(Chart::parse(&name).is_some(), "{name}");
    }
    assert_eq!(named("data-chart=\"").len(), Chart::ALL.len());
}
