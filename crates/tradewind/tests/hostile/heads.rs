//! Heads, methods, lengths and speed: what is not HTTP, or is so in two ways.

use super::world::{Answer, TestShop, end_writing};
use std::io::{Read, Write};
use std::time::{Duration, Instant};

#[test]
fn heads_that_can_be_read_in_two_ways_are_refused() {
    let shop = TestShop::open();
    let get = |rest: &str| format!("GET / HTTP/1.1\r\n{rest}\r\n").into_bytes();
    let many: String = (0..200).map(|n| format!("X-{n}: y\r\n")).collect();
    let post = |rest: &str| format!("POST /basket/undo HTTP/1.1\r\nHost: a\r\n{rest}").into_bytes();
    for (case, bytes, status, code) in [
        ("no host", get("Connection: close\r\n"), 400, "bad_host"),
        ("two hosts", get("Host: a\r\nHost: b\r\n"), 400, "bad_host"),
        ("a host that is none", get("Host: <script>alert(1)</script>\r\n"), 400, "bad_host"),
        ("an empty host", get("Host:\r\n"), 400, "bad_host"),
        ("200 headers", get(&format!("Host: a\r\n{many}")), 431, ""),
        ("a header of 60 KB", get(&format!("Host: a\r\nX: {}\r\n", "y".repeat(60_000))), 431, ""),
        ("a folded header", get("Host: a\r\nX: y\r\n z\r\n"), 400, ""),
        ("NUL in a header", get("Host: a\r\nX: y\0z\r\n"), 400, ""),
        ("a space before the colon", get("Host: a\r\nX : y\r\n"), 400, ""),
        ("no version", b"GET /\r\n\r\n".to_vec(), 400, ""),
        ("two lengths", post("Content-Length: 3\r\nContent-Length: 5\r\n\r\nabcde"), 400, ""),
        ("a list of lengths", post("Content-Length: 3, 5\r\n\r\nabcde"), 400, ""),
        ("a negative length", post("Content-Length: -1\r\n\r\n"), 400, ""),
        ("a length with a sign", post("Content-Length: +3\r\n\r\nabc"), 400, ""),
        ("a length past 64 bits", post("Content-Length: 99999999999999999999\r\n\r\n"), 400, ""),
        ("an unknown coding", post("Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n"), 400, ""),
        (
            "chunked, then not",
            post("Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n\r\n0\r\n\r\n"),
            400,
            "",
        ),
        (
            "a chunk past 64 bits",
            post("Transfer-Encoding: chunked\r\n\r\nFFFFFFFFFFFFFFFFF\r\nab\r\n0\r\n\r\n"),
            400,
            "body",
        ),
        (
            "trailers without end",
            post(&format!("Transfer-Encoding: chunked\r\n\r\n0\r\n{}", "X: y\r\n".repeat(9_000))),
            400,
            "body",
        ),
    ] {
        let answer = shop.answer(&bytes);
        assert_eq!((answer.status, answer.code()), (status, code), "{case}");
        assert_eq!(answer.header("connection"), "close", "{case}");
    }
}

#[test]
fn no_second_request_is_smuggled_behind_a_body() {
    let shop = TestShop::open();
    for (case, lengths) in [
        ("length, then chunks", "Content-Length: 6\r\nTransfer-Encoding: chunked\r\n"),
        ("chunks, then length", "Transfer-Encoding: chunked\r\nContent-Length: 6\r\n"),
        ("chunks alone", "Transfer-Encoding: chunked\r\n"),
    ] {
        let behind = "GET /about HTTP/1.1\r\nHost: a\r\n\r\n";
        let bytes = format!("POST /basket/undo HTTP/1.1\r\nHost: a\r\n{lengths}\r\n0\r\n\r\n{behind}");
        let all = String::from_utf8_lossy(&shop.raw(bytes.as_bytes())).into_owned();
        assert_eq!(all.matches("HTTP/1.1 ").count(), 1, "{case}: {all}");
    }
}

#[test]
fn methods_that_an_address_does_not_have_are_named_with_those_it_has() {
    let shop = TestShop::open();
    for method in ["TRACE", "CONNECT", "PROPFIND", "OPTIONS", "PUT", "DELETE", "PATCH", "get", "POST", &"X".repeat(200)]
    {
        for (path, allow) in
            [("/", "GET, HEAD"), ("/basket", "GET,HEAD"), ("/product/x", "GET, HEAD"), ("*", "GET, HEAD")]
        {
            let answer = shop.ask(method, path, &[], b"");
            assert_eq!((answer.status, answer.code()), (405, "method"), "{method} {path}");
            assert_eq!(answer.header("allow"), allow, "{method} {path}");
            assert!(!answer.body.contains("our fault"), "{method} {path}");
        }
    }
    assert_eq!(shop.answer(b"CONNECT evil.example:443 HTTP/1.1\r\nHost: a\r\n\r\n").status, 405);
    let head = shop.ask("HEAD", "/", &[], b"");
    assert_eq!((head.status, head.body.as_str()), (200, ""));
}

#[test]
fn pipelined_requests_are_answered_in_order() {
    let shop = TestShop::open();
    let one = "GET /about HTTP/1.1\r\nHost: a\r\n\r\n".repeat(40);
    let bytes = format!("{one}GET /nowhere HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
    let all = String::from_utf8_lossy(&shop.raw(bytes.as_bytes())).into_owned();
    assert_eq!((all.matches("HTTP/1.1 200").count(), all.matches("HTTP/1.1 404").count()), (40, 1));
}

#[test]
fn whoever_sends_slowly_is_told_or_cut_off_in_bounded_time() {
    let shop = TestShop::open();
    let form = "Content-Type: application/x-www-form-urlencoded\r\nContent-Length: 100\r\n\r\nproduct=";
    for (case, bytes, want) in [
        ("half a head", "GET / HTTP/1.1\r\nHost: a\r\n".to_owned(), None),
        ("nothing at all", String::new(), None),
        ("half a form", format!("POST /basket/lines HTTP/1.1\r\nHost: a\r\n{form}"), Some((408, "body"))),
        ("half a webhook", format!("POST /webhooks/demo HTTP/1.1\r\nHost: a\r\n{form}"), Some((408, "body"))),
    ] {
        let started = Instant::now();
        let out = shop.raw(bytes.as_bytes());
        let answer = Answer::read(&out);
        assert_eq!(answer.as_ref().map(|answer| (answer.status, answer.code())), want, "{case}");
        assert!(started.elapsed() < Duration::from_secs(20), "{case}: {:?}", started.elapsed());
    }
}

#[test]
fn a_form_that_ends_early_changes_nothing() {
    let shop = TestShop::open();
    let mut stream = shop.connect();
    let head = "POST /basket/lines HTTP/1.1\r\nHost: a\r\nContent-Type: application/x-www-form-urlencoded\r\n";
    stream.write_all(format!("{head}Content-Length: 100\r\n\r\nproduct=").as_bytes()).unwrap();
    end_writing(&stream);
    let mut out = Vec::new();
    stream.read_to_end(&mut out).unwrap();
    let answer = Answer::read(&out).unwrap();
    assert_eq!((answer.status, answer.code(), answer.header("set-cookie")), (400, "body", ""));
}

#[test]
fn headers_of_others_change_no_cached_page() {
    let shop = TestShop::open();
    let plain = shop.get("/about");
    for header in [
        ("X-Forwarded-Host", "evil.example"),
        ("X-Forwarded-Proto", "https"),
        ("X-Forwarded-For", "203.0.113.9"),
        ("X-Forwarded-Prefix", "/evil"),
        ("X-Original-URL", "/basket"),
        ("X-Rewrite-URL", "/basket"),
        ("X-HTTP-Method-Override", "DELETE"),
        ("Forwarded", "host=evil.example"),
        ("CloudFront-Viewer-Country", "DE"),
        ("CF-IPCountry", "DE"),
        ("Accept-Language", "de"),
        ("User-Agent", "<script>alert(1)</script>"),
        ("Referer", "https://evil.example/"),
        ("Cookie", "tw-basket=x; tw=9.Mallory"),
        ("Range", "bytes=0-9"),
        ("Accept", "application/json"),
        ("tradewind-fragment", "1"),
    ] {
        let answer = shop.ask("GET", "/about", &[header], b"");
        assert_eq!((answer.status, &answer.body), (200, &plain.body), "{header:?}");
        assert_eq!(answer.header("cache-control"), plain.header("cache-control"), "{header:?}");
        assert_eq!(answer.header("set-cookie"), "", "{header:?}");
    }
    let evil = shop.answer(b"GET /about HTTP/1.1\r\nHost: evil.example\r\nConnection: close\r\n\r\n");
    assert_eq!(evil.body, plain.body, "a page follows the settings, not the host");
    let tags = format!(
        "GET /about HTTP/1.1\r\nHost: a\r\nConnection: close\r\nIf-None-Match: {}\r\n\r\n",
        "\"x\",".repeat(5_000)
    );
    assert_eq!(shop.answer(tags.as_bytes()).status, 200);
}

#[test]
fn every_answer_carries_the_headers_that_keep_browsers_safe() {
    let shop = TestShop::open_with(&[("TRADEWIND_BASE_URL", "https://shop.example.org")]);
    for path in [
        "/",
        "/basket",
        "/checkout",
        "/nowhere",
        "/order/x",
        "/pay/return/x",
        "/static/x",
        "/search?q=tea",
        "/robots.txt",
    ] {
        let answer = shop.get(path);
        let policy = answer.header("content-security-policy");
        for part in
            ["default-src", "object-src 'none'", "base-uri 'none'", "frame-ancestors 'none'", "form-action 'self'"]
        {
            assert!(policy.contains(part), "{path}: {part} in {policy}");
        }
        assert!(!policy.contains("unsafe"), "{path}: {policy}");
        assert_eq!(answer.header("x-content-type-options"), "nosniff", "{path}");
        assert_eq!(answer.header("x-frame-options"), "DENY", "{path}");
        assert_eq!(answer.header("strict-transport-security"), "max-age=31536000; includeSubDomains", "{path}");
        assert!(
            !answer.header("permissions-policy").is_empty() && !answer.header("referrer-policy").is_empty(),
            "{path}"
        );
        assert_eq!(answer.header("server"), "", "{path}: the program is not named");
    }
    let basket = shop.get("/basket");
    let cookies: Vec<&String> =
        basket.headers.iter().filter(|(name, _)| name == "set-cookie").map(|(_, v)| v).collect();
    assert_eq!(cookies.len(), 2);
    for cookie in cookies {
        let is_hint = cookie.starts_with("tw=");
        assert!(is_hint || cookie.starts_with("__Host-tw-basket="), "{cookie}");
        for part in ["; Path=/", "; Secure", "; SameSite=Lax"] {
            assert!(cookie.contains(part), "{cookie}");
        }
        assert_eq!(cookie.contains("; HttpOnly"), !is_hint, "{cookie}");
        assert!(!cookie.contains("Domain"), "{cookie}");
    }
}
